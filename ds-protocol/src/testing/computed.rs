//! A store of as many items as one likes, none of which is kept.

use bytes::Bytes;
use bytestring::ByteString;
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use crate::change::{
    Change, ChangeKind, ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, MapPair,
    Operation, Outcome, Revision, Scope,
};
use crate::link::{Anchors, Link, Opened};
use crate::peer::{PeerRecord, Secret};
use crate::store::{Store, StoreFault};
use crate::sync_type::SyncType;

type Result<T> = std::result::Result<T, StoreFault>;

/// A [`Store`] that computes its items from their numbers, and checks what it is given in the same way.
///
/// For measurements: what is left in the heap while it takes part in a session is the engine's. It knows one
/// datastore pair and one slow sync or refresh, in which everything goes one way.
#[derive(Debug)]
pub struct ComputedStore {
    own: u64,
    size: usize,
    secret: Option<(ByteString, Secret)>,
    peer: PeerRecord,
    nonces: u64,
    anchors: u64,
    last: Option<Anchors>,
    confirmed: u64,
    received: u64,
    mapped: u64,
    told: u64,
}

impl ComputedStore {
    /// A store of so many items of so many octets.
    #[must_use]
    pub fn new(items: u64, size: usize) -> Self {
        Self {
            own: items,
            size,
            secret: None,
            peer: PeerRecord::default(),
            nonces: 0,
            anchors: 0,
            last: None,
            confirmed: 0,
            received: 0,
            mapped: 0,
            told: 0,
        }
    }

    /// With a user who may log in.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<ByteString>, secret: Secret) -> Self {
        self.secret = Some((user.into(), secret));
        self
    }

    /// Items the peer has sent and that were right, in order and none twice.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Own items the peer has acknowledged.
    #[must_use]
    pub fn confirmed(&self) -> u64 {
        self.confirmed
    }

    /// Own ids the server has acknowledged (client), or ids of the client that came in a Map (server).
    #[must_use]
    pub fn mapped(&self) -> u64 {
        self.mapped
    }

    /// What the item with this number carries.
    fn content(&self, number: u64) -> Content {
        let mut data = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Person {number};;;;\r\nNOTE:");
        let end = "\r\nEND:VCARD\r\n";
        let filler = self.size.saturating_sub(data.len() + end.len());
        data.extend(std::iter::repeat_n('x', filler));
        data.push_str(end);
        Content::new(ByteString::from_static("text/vcard"), data)
    }

    fn take(&mut self, remote: &ItemId, content: &Content) -> Outcome {
        let number = self.received + 1;
        if *remote != name(number) || *content != self.content(number) {
            return Outcome::Refused(StatusCode::COMMAND_FAILED);
        }
        self.received = number;
        Outcome::Done(name(number))
    }
}

fn name(number: u64) -> ItemId {
    ItemId::new(number.to_string())
}

fn number(text: &str) -> Result<u64> {
    text.parse()
        .map_err(|_| StoreFault::new(StatusCode::COMMAND_FAILED, "no number of an item"))
}

impl Store for ComputedStore {
    fn load_secret(&mut self, user: &str) -> Result<Option<Secret>> {
        let known = self.secret.as_ref().filter(|(name, _)| *name == user);
        Ok(known.map(|(_, secret)| secret.clone()))
    }

    fn load_peer(&mut self, _: &str) -> Result<PeerRecord> {
        Ok(self.peer.clone())
    }

    fn save_peer(&mut self, _: &str, record: PeerRecord) -> Result<()> {
        self.peer = record;
        Ok(())
    }

    fn new_nonce(&mut self) -> Result<Nonce> {
        self.nonces += 1;
        Ok(Nonce::new(self.nonces.to_be_bytes().to_vec()))
    }

    fn open(&mut self, _: &Link) -> Result<Opened> {
        self.anchors += 1;
        Ok(Opened::new(self.last.clone(), self.anchors.to_string()))
    }

    fn begin(&mut self, _: &Link, _: SyncType, _: bool) -> Result<()> {
        Ok(())
    }

    fn list_changes(
        &mut self,
        _: &Link,
        _: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage> {
        let total = after.is_none().then_some(self.own - self.confirmed);
        let mut page = ChangePage::new(Vec::new(), false, total);
        let mut at = match after {
            Some(cursor) => number(&cursor.0)?,
            None => self.confirmed,
        };
        let mut rest = budget;
        while at < self.own && page.changes.len() < limit as usize {
            let content = self.content(at + 1);
            match rest.checked_sub(content.data.len() as u64) {
                Some(left) => rest = left,
                None if page.changes.is_empty() => return Ok(page),
                None => break,
            }
            at += 1;
            let cursor = Cursor(at.to_string().into());
            let change = Change::new(cursor, ChangeKind::Add, name(at), Revision(at));
            page.changes.push(change.with_content(Some(content)));
        }
        page.more = at < self.own;
        Ok(page)
    }

    fn read_item(
        &mut self,
        _: &Link,
        _: &ItemId,
        _: Revision,
        _: u64,
        _: u32,
    ) -> Result<Option<Bytes>> {
        Ok(None)
    }

    fn stage_chunk(&mut self, _: &Link, _: &ItemId, _: u64, _: u64, _: Bytes) -> Result<()> {
        Err(StoreFault::new(
            StatusCode::REQUEST_ENTITY_TOO_LARGE,
            "computed items are small",
        ))
    }

    fn resolve(&mut self, _: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>> {
        Ok(vec![None; keys.len()])
    }

    fn find_twins(&mut self, _: &Link, contents: &[Content]) -> Result<Vec<Option<ItemId>>> {
        Ok(vec![None; contents.len()])
    }

    fn apply(&mut self, _: &Link, operations: Vec<Operation>) -> Result<Vec<Outcome>> {
        let outcomes = operations.iter().map(|operation| match operation {
            Operation::Add {
                remote, content, ..
            } => self.take(remote, content),
            _ => Outcome::Refused(StatusCode::COMMAND_NOT_ALLOWED),
        });
        Ok(outcomes.collect())
    }

    fn hold(&mut self, _: &Link, _: &[Held]) -> Result<()> {
        Ok(())
    }

    fn confirm(&mut self, _: &Link, confirmed: &[Confirmed]) -> Result<()> {
        for confirmed in confirmed {
            // A server tells of its Adds before they go out; the Map says that they have arrived.
            if !confirmed.awaits_map {
                self.confirmed = self.confirmed.max(number(confirmed.local.as_str())?);
            }
        }
        Ok(())
    }

    fn list_maps(&mut self, _: &Link, after: Option<&ItemId>, limit: u32) -> Result<Vec<MapPair>> {
        let after = after.map_or(Ok(self.told), |after| number(after.as_str()))?;
        let until = self.received.min(after.saturating_add(limit.into()));
        Ok((after + 1..=until)
            .map(|number| MapPair::new(name(number), name(number)))
            .collect())
    }

    fn save_map(&mut self, _: &Link, pairs: &[MapPair]) -> Result<()> {
        for pair in pairs {
            self.mapped = self.mapped.max(number(pair.local.as_str())?);
        }
        Ok(())
    }

    fn confirm_maps(&mut self, _: &Link, pairs: &[MapPair]) -> Result<()> {
        for pair in pairs {
            self.told = self.told.max(number(pair.local.as_str())?);
        }
        self.mapped = self.told;
        Ok(())
    }

    fn commit(&mut self, _: &Link, anchors: &Anchors) -> Result<()> {
        self.last = Some(anchors.clone());
        Ok(())
    }
}

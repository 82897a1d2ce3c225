//! A store of as many items as one likes, none of which is kept.

use std::ops::Range;

use bytes::Bytes;
use bytestring::ByteString;
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use crate::change::{
    Change, ChangeKind, ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, Large,
    MapPair, Operation, Outcome, Revision, Scope,
};
use crate::link::{Anchors, Link, Opened};
use crate::peer::{PeerRecord, Secret};
use crate::store::{Store, StoreFault};
use crate::sync_type::SyncType;
use crate::twin::{NoTwin, Search, Twin};

const MEDIA_TYPE: ByteString = ByteString::from_static("text/vcard");

type Result<T> = std::result::Result<T, StoreFault>;

/// A [`Store`] that computes its items from their numbers, and checks what it is given in the same way.
///
/// For measurements: what is left in the heap while it takes part in a session is the engine's. It knows one
/// datastore pair and one slow sync or refresh, in which everything goes one way.
#[derive(Debug)]
pub struct ComputedStore {
    own: u64,
    size: u64,
    secret: Option<(ByteString, Secret)>,
    peer: PeerRecord,
    nonces: u64,
    anchors: u64,
    last: Option<Anchors>,
    confirmed: u64,
    received: u64,
    mapped: u64,
    told: u64,
    /// Octets kept aside of the next item.
    staged: u64,
}

impl ComputedStore {
    /// A store of so many items of so many octets.
    #[must_use]
    pub fn new(items: u64, size: u64) -> Self {
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
            staged: 0,
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

    /// Octets of the item with this number: a card with one long line.
    fn part(&self, number: u64, range: Range<u64>) -> Bytes {
        let begin = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Person {number};;;;\r\nNOTE:");
        let end = b"\r\nEND:VCARD\r\n";
        let until = self.size.saturating_sub(end.len() as u64);
        let at = |octets: &[u8], place: u64| {
            let place = usize::try_from(place).ok()?;
            octets.get(place).copied()
        };
        (range.start..range.end.min(self.size))
            .map(|place| {
                let in_end = place.checked_sub(until).and_then(|place| at(end, place));
                in_end
                    .or_else(|| at(begin.as_bytes(), place))
                    .unwrap_or(b'x')
            })
            .collect()
    }

    /// What the item with this number carries.
    fn content(&self, number: u64) -> Content {
        Content::new(MEDIA_TYPE, self.part(number, 0..self.size))
    }

    fn take(&mut self, remote: &ItemId, content: &Content) -> Outcome {
        let number = self.received + 1;
        let is_right = match content.staged {
            true => std::mem::take(&mut self.staged) == self.size,
            false => *content == self.content(number),
        };
        if *remote != name(number) || !is_right {
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
            let fits = rest.checked_sub(self.size);
            if fits.is_none() && !page.changes.is_empty() {
                break;
            }
            at += 1;
            let cursor = Cursor(at.to_string().into());
            let change = Change::new(cursor, ChangeKind::Add, name(at), Revision(at));
            page.changes.push(match fits {
                Some(_) => change.with_content(Some(self.content(at))),
                None => change.with_large(Some(Large::new(MEDIA_TYPE, self.size))),
            });
            rest = fits.unwrap_or_default();
        }
        page.more = at < self.own;
        Ok(page)
    }

    fn read_item(
        &mut self,
        _: &Link,
        local: &ItemId,
        _: Revision,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>> {
        let range = offset..offset.saturating_add(len.into());
        Ok(Some(self.part(number(local.as_str())?, range)))
    }

    fn stage_chunk(
        &mut self,
        _: &Link,
        item: &ItemId,
        _: u64,
        offset: u64,
        data: Bytes,
    ) -> Result<()> {
        let until = offset.saturating_add(data.len() as u64);
        if offset > 0 && offset != self.staged
            || data != self.part(number(item.as_str())?, offset..until)
        {
            return Err(StoreFault::new(
                StatusCode::SIZE_MISMATCH,
                "a chunk in the wrong place",
            ));
        }
        self.staged = until;
        Ok(())
    }

    fn resolve(&mut self, _: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>> {
        Ok(vec![None; keys.len()])
    }

    fn find_twins(&mut self, _: &Link, contents: &[Content], _: &Search) -> Result<Vec<Twin>> {
        Ok(vec![Twin::None(NoTwin::Nothing); contents.len()])
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

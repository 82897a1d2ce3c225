//! A store that lives in memory.

mod fields;
mod hash;
mod items;
mod ledger;
mod list;
mod loose;
mod number;
mod operation;
mod pairs;
mod tree;
mod twins;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use syncml_devinf::DsMem;
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use crate::auth::{Access, Authorization};
use crate::change::{
    ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, MapPair, Operation, Outcome,
    Revision, Scope,
};
use crate::filter::Filter;
use crate::link::{Anchors, Link, Opened, Partial};
use crate::peer::{PeerRecord, Secret};
use crate::place::Place;
use crate::store::{Store, StoreFault};
use crate::sync_type::SyncType;
use crate::twin::{Search, Twin};

use self::items::{Item, Items};
use self::ledger::Ledger;
use self::pairs::{Pairs, Stage};

pub use self::fields::{Cut, Fielding, Merge};
pub use self::loose::{Alike, Likening};

/// What makes two contents the same for [`Effect::FindTwins`](crate::Effect::FindTwins): equal keys.
pub type Matcher = fn(&Content) -> Vec<u8>;

/// Who may do what: the answer to [`Effect::Authorize`](crate::Effect::Authorize).
pub type Guard = fn(&Access) -> Authorization;

/// How a filter is read: the rule for which items pass it, or a fault with the status that refuses it
/// ([`Effect::CheckFilter`](crate::Effect::CheckFilter)).
pub type Filtering = fn(&Filter) -> Result<Box<Passes>, StoreFault>;

/// Whether an item passes a filter, by its content and the client's id.
pub type Passes = dyn Fn(&Content, Option<&ItemId>) -> bool;

/// Whether a slow sync or refresh may go on that was not asked for, as [`Effect::Agree`](crate::Effect::Agree) asks:
/// for this pair, with this type asked for and that one settled.
pub type Agreement = fn(&Link, SyncType, SyncType) -> bool;

/// A [`Store`] that keeps everything in memory, for tests, examples and stores that outlive nothing.
///
/// It is also the plainest reading of the contract: a change is an item whose state differs from
/// what the pairing says the peer has, found by comparing. Anchors, nonces and ids come from
/// counters, so that a test gives the same result each time. For that reason a server that strangers can reach must not
/// take its nonces from here: they can be guessed.
///
/// ```
/// use ds_protocol::{Content, Link, Scope, Store, SyncType};
/// use ds_protocol::memory::MemoryStore;
///
/// let mut store = MemoryStore::new();
/// let id = store.add("anna", "contacts", Content::new("text/vcard", "BEGIN:VCARD…"));
///
/// let link = Link::new("anna", "IMEI:493005100592800", "contacts", "card");
/// store.begin(&link, SyncType::Slow, false)?;
/// let page = store.list_changes(&link, &Scope::default(), None, 10, 65_536)?;
/// assert_eq!(page.total, Some(1));
/// assert_eq!(page.changes[0].local, id);
/// # Ok::<(), ds_protocol::StoreFault>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryStore {
    matcher: Matcher,
    likening: Option<Likening>,
    agreement: Agreement,
    guard: Guard,
    filtering: Option<Filtering>,
    fielding: Option<Fielding>,
    /// Of each datastore.
    room: Option<DsMem>,
    users: BTreeMap<ByteString, Secret>,
    peers: BTreeMap<ByteString, PeerRecord>,
    items: Datastores,
    links: BTreeMap<Link, Pairs>,
    /// The last one given out.
    revision: u64,
    anchors: u64,
    nonces: u64,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store. Two contents are the same when their octets are, line ends aside.
    #[must_use]
    pub fn new() -> Self {
        Self {
            matcher: fold_line_ends,
            likening: None,
            agreement: |_, _, _| true,
            guard: |_| Authorization::Granted,
            filtering: None,
            fielding: None,
            room: None,
            users: BTreeMap::new(),
            peers: BTreeMap::new(),
            items: BTreeMap::new(),
            links: BTreeMap::new(),
            revision: 0,
            anchors: 0,
            nonces: 0,
        }
    }

    /// With a user who may log in.
    #[must_use]
    pub fn with_user(mut self, user: impl Into<ByteString>, secret: Secret) -> Self {
        self.users.insert(user.into(), secret);
        self
    }

    /// With a say in slow syncs and refreshes that were not asked for. Default: they may go on.
    #[must_use]
    pub fn with_agreement(mut self, agreement: Agreement) -> Self {
        self.agreement = agreement;
        self
    }

    /// With so much room in each datastore: what is left is told ([`Opened::mem`]), and what the peer sends beyond it is
    /// refused (420). What is put here by hand is not. Default: any amount.
    #[must_use]
    pub fn with_room(mut self, room: DsMem) -> Self {
        self.room = Some(room);
        self
    }

    /// With another rule for what is the same content.
    #[must_use]
    pub fn with_matcher(mut self, matcher: Matcher) -> Self {
        self.matcher = matcher;
        self
    }

    /// With a rule for which items are alike whose contents differ. Without, none are.
    #[must_use]
    pub fn with_likening(mut self, likening: Likening) -> Self {
        self.likening = Some(likening);
        self
    }

    /// With filters of properties, followed like this. Without, each is refused.
    #[must_use]
    pub fn with_fielding(mut self, fielding: Fielding) -> Self {
        self.fielding = Some(fielding);
        self
    }

    /// With filters of items, read like this. Without, each is refused.
    #[must_use]
    pub fn with_filtering(mut self, filtering: Filtering) -> Self {
        self.filtering = Some(filtering);
        self
    }

    /// With a rule for who may do what. Without, everybody who has logged in may do everything.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Adds an item of a user's datastore; returns its id. Where nothing is there to stand under, it stands at the top.
    pub fn add(&mut self, user: &str, datastore: &str, mut content: Content) -> ItemId {
        let items = items_of(&mut self.items, user, datastore);
        if !items.may_stand(None, &content.place) {
            content.place = Place::Top;
        }
        let slot = ledger::create(items, &mut self.revision, content);
        let item = items.at(slot);
        item.map_or_else(|| ItemId::new(""), |item| item.id.clone())
    }

    /// Adds or replaces the item with this id. Whether that changed anything: an item cannot stand under one that is not
    /// there, or that is below it.
    pub fn put(&mut self, user: &str, datastore: &str, id: ItemId, content: Content) -> bool {
        let items = items_of(&mut self.items, user, datastore);
        let slot = items.slot(&id);
        if !items.may_stand(slot, &content.place) {
            return false;
        }
        let item = slot.and_then(|slot| items.at(slot));
        let old = item.and_then(|item| item.content.as_ref());
        let content = tree::settled(content, old);
        if old == Some(&content) {
            return false;
        }
        self.revision += 1;
        match slot {
            Some(slot) => items.write(slot, self.revision, Some(content)),
            None => _ = items.add(id, self.revision, content),
        }
        true
    }

    /// Deletes an item, and everything below it. Whether it was there.
    pub fn remove(&mut self, user: &str, datastore: &str, id: &ItemId) -> bool {
        let items = items_of(&mut self.items, user, datastore);
        let slot = items.slot(id);
        let Some(slot) = slot.filter(|slot| items.at(*slot).is_some_and(Item::is_alive)) else {
            return false;
        };
        for slot in items.tree.all_below(slot) {
            self.revision += 1;
            items.write(slot, self.revision, None);
        }
        true
    }

    /// Content of an item.
    #[must_use]
    pub fn get(&self, user: &str, datastore: &str, id: &ItemId) -> Option<&Content> {
        self.items_at(user, datastore)?.get(id)?.content.as_ref()
    }

    /// Number of the newest state of an item.
    #[cfg(feature = "testing")]
    pub(crate) fn revision(&self, user: &str, datastore: &str, id: &ItemId) -> Option<u64> {
        Some(self.items_at(user, datastore)?.get(id)?.revision)
    }

    /// All items of a user's datastore, ordered by id.
    pub fn items(&self, user: &str, datastore: &str) -> impl Iterator<Item = (&ItemId, &Content)> {
        let items = self.items_at(user, datastore).into_iter();
        items.flat_map(Items::alive)
    }

    /// Items that a peer had put into the archive before they were deleted, oldest first, under the ids they had.
    pub fn archived(
        &self,
        user: &str,
        datastore: &str,
    ) -> impl Iterator<Item = (&ItemId, &Content)> {
        let items = self.items_at(user, datastore).into_iter();
        let archived = items.flat_map(|items| &items.archive);
        archived.map(|(id, content)| (id, content))
    }

    fn items_at(&self, user: &str, datastore: &str) -> Option<&Items> {
        self.items.get(user)?.get(datastore)
    }

    fn pairs_mut(&mut self, link: &Link) -> &mut Pairs {
        self.links.entry(link.clone()).or_default()
    }

    fn ledger(&mut self, link: &Link) -> Ledger<'_> {
        Ledger {
            items: items_of(&mut self.items, &link.user, &link.local),
            pairs: self.links.entry(link.clone()).or_default(),
            revision: &mut self.revision,
            matcher: self.matcher,
            likening: self.likening,
            filtering: self.filtering,
            fielding: self.fielding,
            room: self.room,
        }
    }
}

/// By user and name of the datastore.
type Datastores = BTreeMap<ByteString, BTreeMap<ByteString, Items>>;

fn items_of<'a>(items: &'a mut Datastores, user: &str, datastore: &str) -> &'a mut Items {
    let datastores = items.entry(user.into()).or_default();
    datastores.entry(datastore.into()).or_default()
}

impl Store for MemoryStore {
    fn load_secret(&mut self, user: &str) -> Result<Option<Secret>, StoreFault> {
        Ok(self.users.get(user).cloned())
    }

    fn authorize(&mut self, access: &Access) -> Result<Authorization, StoreFault> {
        Ok((self.guard)(access))
    }

    fn load_peer(&mut self, device: &str) -> Result<PeerRecord, StoreFault> {
        Ok(self.peers.get(device).cloned().unwrap_or_default())
    }

    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Result<(), StoreFault> {
        self.peers.insert(device.into(), record);
        Ok(())
    }

    fn new_nonce(&mut self) -> Result<Nonce, StoreFault> {
        self.nonces += 1;
        Ok(Nonce::new(u128::from(self.nonces).to_be_bytes().to_vec()))
    }

    fn open(&mut self, link: &Link) -> Result<Opened, StoreFault> {
        self.anchors += 1;
        let next = self.anchors.to_string();
        let mem = self
            .room
            .map(|room| items_of(&mut self.items, &link.user, &link.local).left(room));
        let Some(pairs) = self.links.get(link) else {
            return Ok(Opened::new(None, next).with_mem(mem));
        };
        let partial = pairs
            .stage
            .as_ref()
            .map(|stage| Partial::new(stage.item.clone(), stage.total, stage.data.len() as u64));
        Ok(Opened::new(pairs.last.clone(), next)
            .with_unfinished(pairs.unfinished)
            .with_concluded(pairs.concluded.clone())
            .with_mem(mem)
            .with_partial(partial))
    }

    fn check_filter(&mut self, _link: &Link, filter: &Filter) -> Result<(), StoreFault> {
        fields::check(self.fielding, filter)?;
        ledger::passes(self.filtering, filter).map(drop)
    }

    fn agree(
        &mut self,
        link: &Link,
        asked: SyncType,
        settled: SyncType,
    ) -> Result<bool, StoreFault> {
        Ok((self.agreement)(link, asked, settled))
    }

    fn begin(&mut self, link: &Link, sync_type: SyncType, resumed: bool) -> Result<(), StoreFault> {
        if sync_type.is_afresh() && !resumed {
            self.links.remove(link);
        }
        let pairs = self.pairs_mut(link);
        pairs.unfinished = Some(sync_type);
        pairs.twins = None;
        if !resumed {
            pairs.stage = None;
            pairs.concluded = None;
        }
        Ok(())
    }

    fn list_changes(
        &mut self,
        link: &Link,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault> {
        self.ledger(link).list_changes(scope, after, limit, budget)
    }

    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>, StoreFault> {
        let content = self.ledger(link).read(local, revision);
        Ok(content.map(|content| {
            let size = content.data.len();
            let from = usize::try_from(offset).map_or(size, |offset| offset.min(size));
            let to = usize::try_from(len).map_or(size, |len| from.saturating_add(len).min(size));
            content.data.slice(from..to)
        }))
    }

    fn stage_chunk(
        &mut self,
        link: &Link,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: Bytes,
    ) -> Result<(), StoreFault> {
        let pairs = self.pairs_mut(link);
        if offset == 0 {
            let (item, data) = (item.clone(), BytesMut::new());
            pairs.stage = Some(Stage { item, total, data });
        }
        let held = usize::try_from(offset).unwrap_or(usize::MAX);
        let kept = pairs.stage.as_mut();
        match kept.filter(|stage| held <= stage.data.len() && stage.item == *item) {
            Some(stage) => {
                stage.data.truncate(held);
                stage.data.extend_from_slice(&data);
                Ok(())
            }
            None => Err(StoreFault::new(
                StatusCode::SIZE_MISMATCH,
                "a chunk of an object that is not kept",
            )),
        }
    }

    fn hold(&mut self, link: &Link, held: &[Held]) -> Result<(), StoreFault> {
        self.ledger(link).hold(held);
        Ok(())
    }

    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreFault> {
        let ledger = self.ledger(link);
        Ok(keys.iter().map(|key| ledger.known(key)).collect())
    }

    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Result<Vec<Twin>, StoreFault> {
        Ok(self.ledger(link).find_twins(contents, search))
    }

    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        let mut ledger = self.ledger(link);
        let outcomes = operations.into_iter();
        Ok(outcomes.map(|operation| ledger.apply(operation)).collect())
    }

    fn apply_atomic(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        Ok(self.ledger(link).apply_atomic(operations))
    }

    fn confirm(&mut self, link: &Link, confirmed: &[Confirmed]) -> Result<(), StoreFault> {
        let mut ledger = self.ledger(link);
        confirmed
            .iter()
            .for_each(|confirmed| ledger.confirm(confirmed));
        Ok(())
    }

    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> Result<Vec<MapPair>, StoreFault> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let Ledger { items, pairs, .. } = self.ledger(link);
        Ok(pairs.owed(items, after).take(limit).collect())
    }

    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        let mut ledger = self.ledger(link);
        pairs.iter().for_each(|pair| ledger.save_map(pair));
        Ok(())
    }

    fn confirm_maps(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        let mut ledger = self.ledger(link);
        pairs.iter().for_each(|pair| ledger.confirm_map(pair));
        Ok(())
    }

    fn conclude(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        self.pairs_mut(link).concluded = Some(anchors.clone());
        Ok(())
    }

    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        let mut ledger = self.ledger(link);
        ledger.settle_fields();
        let Ledger { items, pairs, .. } = ledger;
        pairs.raise_step(items);
        pairs.last = Some(anchors.clone());
        pairs.unfinished = None;
        pairs.concluded = None;
        pairs.stage = None;
        pairs.twins = None;
        pairs.reading = None;
        Ok(())
    }
}

/// The octets with CR LF folded to LF.
fn fold_line_ends(content: &Content) -> Vec<u8> {
    let mut folded = Vec::with_capacity(content.data.len());
    for line in content.data.split_inclusive(|&octet| octet == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(text) => {
                folded.extend_from_slice(text);
                folded.push(b'\n');
            }
            None => folded.extend_from_slice(line),
        }
    }
    folded
}

//! A store that lives in memory.

mod items;
mod pairs;

use std::collections::{BTreeMap, BTreeSet};

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use crate::auth::{Access, Authorization};
use crate::change::{
    Change, ChangeKind, ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known,
    KnownState, Large, MapPair, Operation, Outcome, Revision, Scope,
};
use crate::link::{Anchors, Link, Opened, Partial};
use crate::peer::{PeerRecord, Secret};
use crate::store::{Store, StoreFault};
use crate::sync_type::SyncType;

use self::items::{Item, Items};
use self::pairs::{Pairs, Row, Stage};

/// What makes two contents the same for [`Effect::FindTwins`](crate::Effect::FindTwins): equal keys.
pub type Matcher = fn(&Content) -> Vec<u8>;

/// Who may do what: the answer to [`Effect::Authorize`](crate::Effect::Authorize).
pub type Guard = fn(&Access) -> Authorization;

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
    guard: Guard,
    users: BTreeMap<ByteString, Secret>,
    peers: BTreeMap<ByteString, PeerRecord>,
    /// By user and name of the datastore.
    items: BTreeMap<ByteString, BTreeMap<ByteString, Items>>,
    links: BTreeMap<Link, Pairs>,
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
            guard: |_| Authorization::Granted,
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

    /// With another rule for what is the same content. Set it before items are added.
    #[must_use]
    pub fn with_matcher(mut self, matcher: Matcher) -> Self {
        self.matcher = matcher;
        self
    }

    /// With a rule for who may do what. Without, everybody who has logged in may do everything.
    #[must_use]
    pub fn with_guard(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    /// Adds an item of a user's datastore; returns its id.
    pub fn add(&mut self, user: &str, datastore: &str, content: Content) -> ItemId {
        self.create(Place(user, datastore), content)
    }

    /// Adds or replaces the item with this id. Whether that changed anything.
    pub fn put(&mut self, user: &str, datastore: &str, id: ItemId, content: Content) -> bool {
        let place = Place(user, datastore);
        if self
            .item(place, &id)
            .is_some_and(|item| item.content.as_ref() == Some(&content))
        {
            return false;
        }
        self.write(place, id, Some(content));
        true
    }

    /// Deletes an item. Whether it was there.
    pub fn remove(&mut self, user: &str, datastore: &str, id: &ItemId) -> bool {
        let place = Place(user, datastore);
        let alive = self.item(place, id).is_some_and(Item::is_alive);
        if alive {
            self.write(place, id.clone(), None);
        }
        alive
    }

    /// Content of an item.
    #[must_use]
    pub fn get(&self, user: &str, datastore: &str, id: &ItemId) -> Option<&Content> {
        self.item(Place(user, datastore), id)?.content.as_ref()
    }

    /// All items of a user's datastore, ordered by id.
    pub fn items(&self, user: &str, datastore: &str) -> impl Iterator<Item = (&ItemId, &Content)> {
        self.items_at(Place(user, datastore))
            .into_iter()
            .flat_map(Items::alive)
    }

    fn items_at(&self, Place(user, datastore): Place<'_>) -> Option<&Items> {
        self.items.get(user)?.get(datastore)
    }

    fn item(&self, place: Place<'_>, id: &ItemId) -> Option<&Item> {
        self.items_at(place)?.get(id)
    }

    /// Gives an item a new state; none deletes it. Returns the revision.
    fn write(&mut self, place: Place<'_>, id: ItemId, content: Option<Content>) -> u64 {
        self.revision += 1;
        let fingerprint = content.as_ref().map(self.matcher);
        let item = Item {
            revision: self.revision,
            content,
            fingerprint,
        };
        let Place(user, datastore) = place;
        let known = self.items.get_mut(user);
        match known.and_then(|datastores| datastores.get_mut(datastore)) {
            Some(items) => items.write(id, item),
            None => {
                let datastores = self.items.entry(user.into()).or_default();
                datastores
                    .entry(datastore.into())
                    .or_default()
                    .write(id, item);
            }
        }
        self.revision
    }

    fn create(&mut self, place: Place<'_>, content: Content) -> ItemId {
        // Deleted items keep their place, so an id is never given out twice.
        let mut number = self.revision + 1;
        let mut id = ItemId::new(number.to_string());
        while self.item(place, &id).is_some() {
            number += 1;
            id = ItemId::new(number.to_string());
        }
        self.write(place, id.clone(), Some(content));
        id
    }

    fn pairs(&self, link: &Link) -> Option<&Pairs> {
        self.links.get(link)
    }

    fn pairs_mut(&mut self, link: &Link) -> &mut Pairs {
        self.links.entry(link.clone()).or_default()
    }

    fn row(&self, link: &Link, local: &ItemId) -> Option<&Row> {
        self.pairs(link)?.get(local)
    }

    fn put_row(&mut self, link: &Link, local: ItemId, row: Row) {
        let other = self.pairs_mut(link).put(local.clone(), row);
        for touched in [Some(local), other].into_iter().flatten() {
            self.note_step(link, &touched);
        }
    }

    fn remove_row(&mut self, link: &Link, local: &ItemId) {
        self.pairs_mut(link).remove(local);
        self.note_step(link, local);
    }

    fn update_row(&mut self, link: &Link, local: &ItemId, change: impl FnOnce(&mut Row)) {
        if let Some(mut row) = self.row(link, local).cloned() {
            change(&mut row);
            self.put_row(link, local.clone(), row);
        }
    }

    /// An item whose row has changed may be out of step again.
    fn note_step(&mut self, link: &Link, local: &ItemId) {
        let Some(item) = self.item(Place::of(link), local) else {
            return;
        };
        if change_of(item, self.row(link, local)).is_some() {
            let before = item.revision.saturating_sub(1);
            let pairs = self.pairs_mut(link);
            pairs.in_step = pairs.in_step.min(before);
        }
    }

    /// The revision up to which the peer has everything.
    fn in_step(&self, link: &Link) -> u64 {
        let known = self.pairs(link).map_or(0, |pairs| pairs.in_step);
        let newer = self.items_at(Place::of(link)).into_iter();
        newer
            .flat_map(|items| items.between(known, self.revision))
            .take_while(|(id, item)| change_of(item, self.row(link, id)).is_none())
            .last()
            .map_or(known, |(_, item)| item.revision)
    }

    fn add_paired(
        &mut self,
        link: &Link,
        remote: ItemId,
        content: Content,
        owes_map: bool,
    ) -> Outcome {
        let place = Place::of(link);
        let paired = self
            .pairs(link)
            .and_then(|pairs| pairs.by_remote(&remote))
            .cloned();
        if let Some(local) = paired {
            // The same Add once more, by a session that was cut and restored: the item is here already.
            let item = self.item(place, &local);
            let revision = self.row(link, &local).map(|row| row.revision);
            if item.is_some_and(|item| {
                item.content.as_ref() == Some(&content) && Some(item.revision) == revision
            }) {
                self.update_row(link, &local, |row| row.owes_map |= owes_map);
                return Outcome::Done(local);
            }
            self.remove_row(link, &local);
        }
        let local = self.create(place, content);
        let row = Row {
            remote: Some(remote),
            revision: self.revision,
            awaits_map: false,
            owes_map,
        };
        self.put_row(link, local.clone(), row);
        Outcome::Done(local)
    }

    fn replace(&mut self, link: &Link, local: ItemId, content: Content) -> Outcome {
        let place = Place::of(link);
        let Some(item) = self.item(place, &local).filter(|item| item.is_alive()) else {
            return Outcome::Refused(StatusCode::NOT_FOUND);
        };
        let revision = if item.content.as_ref() == Some(&content) {
            item.revision
        } else {
            self.write(place, local.clone(), Some(content))
        };
        let mut row = self.row(link, &local).cloned().unwrap_or_default();
        row.revision = revision;
        self.put_row(link, local.clone(), row);
        Outcome::Done(local)
    }

    fn delete(&mut self, link: &Link, local: ItemId) -> Outcome {
        self.remove(&link.user, &link.local, &local);
        self.remove_row(link, &local);
        Outcome::Done(local)
    }

    fn pair(&mut self, link: &Link, local: ItemId, remote: ItemId, owes_map: bool) -> Outcome {
        let Some(item) = self
            .item(Place::of(link), &local)
            .filter(|item| item.is_alive())
        else {
            return Outcome::Refused(StatusCode::NOT_FOUND);
        };
        let row = Row {
            remote: Some(remote),
            revision: item.revision,
            awaits_map: false,
            owes_map,
        };
        self.put_row(link, local.clone(), row);
        Outcome::Done(local)
    }

    /// A content with its octets, which may be those that were kept aside.
    fn unstaged(&self, link: &Link, content: Content) -> Content {
        let stage = self.pairs(link).and_then(|pairs| pairs.stage.as_ref());
        match stage.filter(|_| content.staged) {
            Some(stage) => Content::new(content.media_type, stage.data.to_vec()),
            None => content,
        }
    }

    fn known(&self, link: &Link, key: &Key) -> Option<Known> {
        let local = match key {
            Key::Local(local) => local,
            Key::Remote(remote) => self.pairs(link)?.by_remote(remote)?,
        };
        let item = self.item(Place::of(link), local)?;
        let state = match self.row(link, local) {
            // Gone on both sides.
            None if !item.is_alive() => return None,
            None => KnownState::Changed,
            Some(_) if !item.is_alive() => KnownState::Deleted,
            Some(row) if row.revision < item.revision => KnownState::Changed,
            Some(_) => KnownState::Unchanged,
        };
        Some(Known::new(local.clone(), state))
    }

    fn confirm_one(&mut self, link: &Link, confirmed: &Confirmed) {
        let Confirmed {
            kind,
            local,
            revision: Revision(revision),
            awaits_map,
            ..
        } = confirmed;
        let row = self.row(link, local);
        if *kind == ChangeKind::Delete {
            if row.is_some_and(|row| row.revision <= *revision) {
                self.remove_row(link, local);
            }
            return;
        }
        if self.item(Place::of(link), local).is_none() {
            return;
        }
        let mut row = row.cloned().unwrap_or_default();
        row.revision = row.revision.max(*revision);
        row.awaits_map = *awaits_map && row.remote.is_none();
        self.put_row(link, local.clone(), row);
    }
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
        let Some(pairs) = self.pairs(link) else {
            return Ok(Opened::new(None, next));
        };
        let partial = pairs
            .stage
            .as_ref()
            .map(|stage| Partial::new(stage.item.clone(), stage.total, stage.data.len() as u64));
        Ok(Opened::new(pairs.last.clone(), next)
            .with_unfinished(pairs.unfinished)
            .with_partial(partial))
    }

    fn begin(&mut self, link: &Link, sync_type: SyncType, resumed: bool) -> Result<(), StoreFault> {
        if sync_type.is_afresh() && !resumed {
            self.links.remove(link);
        }
        let pairs = self.pairs_mut(link);
        pairs.unfinished = Some(sync_type);
        if !resumed {
            pairs.stage = None;
        }
        Ok(())
    }

    fn list_changes(
        &mut self,
        link: &Link,
        _scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault> {
        let (upper, after) = match after {
            None => (self.revision, None),
            Some(cursor) => parse_cursor(cursor).map(|(upper, after)| (upper, Some(after)))?,
        };
        let no_pairs = Pairs::default();
        let pairs = self.pairs(link).unwrap_or(&no_pairs);
        let items = self.items_at(Place::of(link));
        let changes = |after: u64| {
            items
                .into_iter()
                .flat_map(move |items| items.between(after, upper))
                .filter_map(|(id, item)| {
                    let row = pairs.get(id);
                    Some((change_of(item, row)?, id, item, row))
                })
        };
        // What the peer has is not looked at: an idle session costs nothing for each item.
        let in_step = pairs.in_step;
        let total = after.is_none().then(|| changes(in_step).count() as u64);

        let mut page = ChangePage::new(Vec::new(), false, total);
        let mut rest = budget;
        for (kind, id, item, row) in changes(after.unwrap_or(0).max(in_step)) {
            let mut content = item.content.clone();
            let len = content
                .as_ref()
                .map_or(0, |content| content.data.len() as u64);
            if page.changes.len() as u64 >= u64::from(limit)
                || (len > rest && !page.changes.is_empty())
            {
                page.more = true;
                break;
            }
            let mut large = None;
            if len > rest {
                large = content
                    .take()
                    .map(|content| Large::new(content.media_type, len));
            } else {
                rest -= len;
            }
            let cursor = Cursor(format!("{upper}:{}", item.revision).into());
            let change = Change::new(cursor, kind, id.clone(), Revision(item.revision))
                .with_remote(row.and_then(|row| row.remote.clone()))
                .with_content(content)
                .with_large(large);
            page.changes.push(change);
        }
        Ok(page)
    }

    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>, StoreFault> {
        let item = self.item(Place::of(link), local);
        let content = item
            .filter(|item| item.revision == revision.0)
            .and_then(|item| item.content.as_ref());
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

    fn hold(&mut self, _link: &Link, _held: &[Held]) -> Result<(), StoreFault> {
        Ok(())
    }

    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreFault> {
        Ok(keys.iter().map(|key| self.known(link, key)).collect())
    }

    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
    ) -> Result<Vec<Option<ItemId>>, StoreFault> {
        let Some(items) = self.items_at(Place::of(link)) else {
            return Ok(vec![None; contents.len()]);
        };
        let mut given = BTreeSet::new();
        let twins = contents.iter().map(|content| {
            let content = &self.unstaged(link, content.clone());
            let free = |id: &&ItemId| self.row(link, id).is_none() && !given.contains(*id);
            let twin = items
                .with_fingerprint(&(self.matcher)(content))
                .find(free)
                .cloned();
            given.extend(twin.clone());
            twin
        });
        Ok(twins.collect())
    }

    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        let outcomes = operations.into_iter().map(|operation| match operation {
            Operation::Add {
                remote,
                content,
                owes_map,
            } => {
                let content = self.unstaged(link, content);
                self.add_paired(link, remote, content, owes_map)
            }
            Operation::Replace { local, content } => {
                let content = self.unstaged(link, content);
                self.replace(link, local, content)
            }
            Operation::Delete { local } => self.delete(link, local),
            Operation::Pair {
                local,
                remote,
                owes_map,
            } => self.pair(link, local, remote, owes_map),
            Operation::Unpair { local } => {
                self.remove_row(link, &local);
                Outcome::Done(local)
            }
            Operation::SoftDelete { .. } | Operation::Archive { .. } | Operation::Copy { .. } => {
                Outcome::Refused(StatusCode::COMMAND_NOT_IMPLEMENTED)
            }
        });
        Ok(outcomes.collect())
    }

    fn confirm(&mut self, link: &Link, confirmed: &[Confirmed]) -> Result<(), StoreFault> {
        for confirmed in confirmed {
            self.confirm_one(link, confirmed);
        }
        Ok(())
    }

    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> Result<Vec<MapPair>, StoreFault> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self
            .pairs(link)
            .into_iter()
            .flat_map(|pairs| pairs.owed(after))
            .take(limit)
            .collect())
    }

    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        let place = Place::of(link);
        for MapPair { local, remote } in pairs {
            if self.item(place, local).is_none() {
                continue;
            }
            let row = self.row(link, local).cloned();
            let is_taken = || self.pairs(link)?.by_remote(remote);
            if row.is_none() && is_taken().is_some() {
                // The Map comes again, and what it names has been paired anew since.
                continue;
            }
            // Without a row the peer has some state of it, nobody confirmed which: what is here follows.
            let row = row.unwrap_or_default();
            let row = Row {
                remote: Some(remote.clone()),
                awaits_map: false,
                ..row
            };
            self.put_row(link, local.clone(), row);
        }
        Ok(())
    }

    fn confirm_maps(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        for MapPair { local, remote } in pairs {
            self.update_row(link, local, |row| {
                if row.owes_map && row.remote.as_ref() == Some(remote) {
                    row.owes_map = false;
                    row.remote = None;
                }
            });
        }
        Ok(())
    }

    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        let in_step = self.in_step(link);
        let pairs = self.pairs_mut(link);
        pairs.last = Some(anchors.clone());
        pairs.in_step = in_step;
        pairs.unfinished = None;
        pairs.stage = None;
        Ok(())
    }
}

/// Where items live: in a user's datastore.
#[derive(Clone, Copy)]
struct Place<'a>(&'a str, &'a str);

impl<'a> Place<'a> {
    fn of(link: &'a Link) -> Self {
        Self(&link.user, &link.local)
    }
}

/// What the peer does not have yet of this item.
fn change_of(item: &Item, row: Option<&Row>) -> Option<ChangeKind> {
    match (item.is_alive(), row) {
        (true, None) => Some(ChangeKind::Add),
        (true, Some(row)) if row.awaits_map => Some(ChangeKind::Add),
        (true, Some(row)) if row.revision < item.revision => Some(ChangeKind::Replace),
        // Without the peer's id there is no way to name it; the Map may still come.
        (false, Some(row)) if !row.awaits_map => Some(ChangeKind::Delete),
        _ => None,
    }
}

/// Upper bound of a list and place in it.
fn parse_cursor(cursor: &Cursor) -> Result<(u64, u64), StoreFault> {
    cursor
        .0
        .split_once(':')
        .and_then(|(upper, after)| Some((upper.parse().ok()?, after.parse().ok()?)))
        .ok_or_else(|| {
            StoreFault::new(
                StatusCode::COMMAND_FAILED,
                format!("not a cursor of this store: {}", cursor.0),
            )
        })
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

//! Several stores behind one session.

use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use ds_protocol::{
    Anchors, ChangePage, Confirmed, ConflictPolicy, Content, Cursor, Filter, Held, ItemId, Key,
    Known, Link, MapPair, Operation, Outcome, PeerRecord, Resolution, Revision, Scope, Search,
    Secret, Store, StoreFault, SyncType, Twin,
};
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

/// Several stores, one for each own datastore of a session.
///
/// What belongs to a datastore goes to its store. What belongs to the peer as a whole (nonce, device
/// information) is read from the first store that has any and written to all of them, so that each store
/// stays complete when it is synchronised alone.
pub struct Multiplex<'a> {
    stores: Vec<(ByteString, &'a mut dyn Store)>,
    refuses_slow: bool,
}

impl<'a> Multiplex<'a> {
    /// Stores by the name of their datastore ([`Link::local`]). They may be of different kinds.
    pub fn new<N: Into<ByteString>>(
        stores: impl IntoIterator<Item = (N, &'a mut dyn Store)>,
    ) -> Self {
        let stores = stores.into_iter();
        Self {
            stores: stores.map(|(name, store)| (name.into(), store)).collect(),
            refuses_slow: false,
        }
    }

    /// Without slow syncs and refreshes that were not asked for ([`Effect::Agree`](ds_protocol::Effect::Agree)).
    #[must_use]
    pub fn without_slow(mut self) -> Self {
        self.refuses_slow = true;
        self
    }

    fn of(&mut self, link: &Link) -> Result<&mut dyn Store, StoreFault> {
        let mut stores = self.stores.iter_mut();
        match stores.find(|(name, _)| *name == link.local) {
            Some((_, store)) => Ok(&mut **store),
            None => Err(StoreFault::new(
                StatusCode::NOT_FOUND,
                format!("there is no store for {}", link.local),
            )),
        }
    }

    fn first(&mut self) -> Result<&mut dyn Store, StoreFault> {
        match self.stores.first_mut() {
            Some((_, store)) => Ok(&mut **store),
            None => Err(StoreFault::new(
                StatusCode::DATA_STORE_FAILURE,
                "there is no store",
            )),
        }
    }
}

impl fmt::Debug for Multiplex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.stores.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

impl Store for Multiplex<'_> {
    fn load_secret(&mut self, user: &str) -> Result<Option<Secret>, StoreFault> {
        self.first()?.load_secret(user)
    }

    fn load_peer(&mut self, device: &str) -> Result<PeerRecord, StoreFault> {
        for (_, store) in &mut self.stores {
            let record = store.load_peer(device)?;
            if record != PeerRecord::default() {
                return Ok(record);
            }
        }
        Ok(PeerRecord::default())
    }

    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Result<(), StoreFault> {
        self.stores
            .iter_mut()
            .try_for_each(|(_, store)| store.save_peer(device, record.clone()))
    }

    fn new_nonce(&mut self) -> Result<Nonce, StoreFault> {
        self.first()?.new_nonce()
    }

    fn open(&mut self, link: &Link) -> Result<ds_protocol::Opened, StoreFault> {
        self.of(link)?.open(link)
    }

    fn begin(&mut self, link: &Link, sync_type: SyncType, resumed: bool) -> Result<(), StoreFault> {
        self.of(link)?.begin(link, sync_type, resumed)
    }

    fn list_changes(
        &mut self,
        link: &Link,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault> {
        self.of(link)?
            .list_changes(link, scope, after, limit, budget)
    }

    fn agree(
        &mut self,
        link: &Link,
        asked: SyncType,
        settled: SyncType,
    ) -> Result<bool, StoreFault> {
        Ok(!self.refuses_slow && self.of(link)?.agree(link, asked, settled)?)
    }

    fn check_filter(&mut self, link: &Link, filter: &Filter) -> Result<(), StoreFault> {
        self.of(link)?.check_filter(link, filter)
    }

    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>, StoreFault> {
        self.of(link)?.read_item(link, local, revision, offset, len)
    }

    fn stage_chunk(
        &mut self,
        link: &Link,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: Bytes,
    ) -> Result<(), StoreFault> {
        self.of(link)?.stage_chunk(link, item, total, offset, data)
    }

    fn apply_atomic(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        self.of(link)?.apply_atomic(link, operations)
    }

    fn reconcile(
        &mut self,
        link: &Link,
        policy: ConflictPolicy,
        local: &ItemId,
        theirs: &Content,
    ) -> Result<Resolution, StoreFault> {
        self.of(link)?.reconcile(link, policy, local, theirs)
    }

    fn hold(&mut self, link: &Link, held: &[Held]) -> Result<(), StoreFault> {
        self.of(link)?.hold(link, held)
    }

    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreFault> {
        self.of(link)?.resolve(link, keys)
    }

    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Result<Vec<Twin>, StoreFault> {
        self.of(link)?.find_twins(link, contents, search)
    }

    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        self.of(link)?.apply(link, operations)
    }

    fn confirm(&mut self, link: &Link, confirmed: &[Confirmed]) -> Result<(), StoreFault> {
        self.of(link)?.confirm(link, confirmed)
    }

    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> Result<Vec<MapPair>, StoreFault> {
        self.of(link)?.list_maps(link, after, limit)
    }

    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        self.of(link)?.save_map(link, pairs)
    }

    fn confirm_maps(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault> {
        self.of(link)?.confirm_maps(link, pairs)
    }

    fn conclude(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        self.of(link)?.conclude(link, anchors)
    }

    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        self.of(link)?.commit(link, anchors)
    }
}

#[cfg(test)]
mod tests {
    use ds_protocol::memory::MemoryStore;

    use super::*;

    #[test]
    fn each_datastore_goes_to_its_own_store() {
        let (mut contacts, mut calendar) = (MemoryStore::new(), MemoryStore::new());
        let stores: [(_, &mut dyn Store); 2] =
            [("contacts", &mut contacts), ("calendar", &mut calendar)];
        let mut stores = Multiplex::new(stores);
        let link = |name: &'static str| Link::new("ann", "server", name, name);
        let add = Operation::Add {
            remote: ItemId::new("1"),
            content: Content::new("text/vcard", "x"),
            owes_map: false,
        };
        let outcomes = stores.apply(&link("calendar"), vec![add]).unwrap();
        assert!(matches!(outcomes[..], [Outcome::Done(_)]));
        assert_eq!(
            stores.open(&link("notes")).unwrap_err().status(),
            StatusCode::NOT_FOUND
        );
        assert_eq!(contacts.items("ann", "contacts").count(), 0);
        assert_eq!(calendar.items("ann", "calendar").count(), 1);
    }

    #[test]
    fn the_peer_is_known_to_all() {
        let mut record = PeerRecord::default();
        record.nonce = Some(Nonce::new(b"n".as_slice()));
        let (mut early, mut late) = (MemoryStore::new(), MemoryStore::new());
        late.save_peer("server", record.clone()).unwrap();
        let stores: [(_, &mut dyn Store); 2] = [("contacts", &mut early), ("calendar", &mut late)];
        let mut stores = Multiplex::new(stores);
        assert_eq!(stores.load_peer("server").unwrap(), record);
        stores.save_peer("server", record.clone()).unwrap();
        for store in [&mut early, &mut late] {
            assert_eq!(store.load_peer("server").unwrap(), record);
        }
    }
}

//! A store that answers some effects as a test wants.

use bytes::Bytes;
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    Anchors, ChangePage, Confirmed, Content, Cursor, Effect, Held, ItemId, Key, Known, Link,
    MapPair, Opened, Operation, Outcome, PeerRecord, Reply, Revision, Scope, Search, Secret, Store,
    StoreFault, SyncType, Twin,
};
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

/// What a test answers to an effect; none: what the memory store does.
pub(crate) type Hook<'a> =
    Box<dyn FnMut(&Effect, &mut MemoryStore) -> Option<Result<Reply, StoreFault>> + 'a>;

/// A memory store behind a hook.
pub(crate) struct Hooked<'a> {
    pub(crate) inner: &'a mut MemoryStore,
    pub(crate) hook: Hook<'a>,
}

type Answer<T> = Result<T, StoreFault>;

/// Engines ask through `perform` alone; the rest is the memory store's.
impl Store for Hooked<'_> {
    fn perform(&mut self, effect: Effect) -> Answer<Reply> {
        (self.hook)(&effect, self.inner).unwrap_or_else(|| self.inner.perform(effect))
    }
    fn load_secret(&mut self, user: &str) -> Answer<Option<Secret>> {
        self.inner.load_secret(user)
    }
    fn load_peer(&mut self, device: &str) -> Answer<PeerRecord> {
        self.inner.load_peer(device)
    }
    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Answer<()> {
        self.inner.save_peer(device, record)
    }
    fn new_nonce(&mut self) -> Answer<Nonce> {
        self.inner.new_nonce()
    }
    fn open(&mut self, link: &Link) -> Answer<Opened> {
        self.inner.open(link)
    }
    fn begin(&mut self, link: &Link, sync_type: SyncType, resumed: bool) -> Answer<()> {
        self.inner.begin(link, sync_type, resumed)
    }
    fn list_changes(
        &mut self,
        link: &Link,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Answer<ChangePage> {
        self.inner.list_changes(link, scope, after, limit, budget)
    }
    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> Answer<Option<Bytes>> {
        self.inner.read_item(link, local, revision, offset, len)
    }
    fn stage_chunk(
        &mut self,
        link: &Link,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: Bytes,
    ) -> Answer<()> {
        self.inner.stage_chunk(link, item, total, offset, data)
    }
    fn hold(&mut self, link: &Link, held: &[Held]) -> Answer<()> {
        self.inner.hold(link, held)
    }
    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Answer<Vec<Option<Known>>> {
        self.inner.resolve(link, keys)
    }
    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Answer<Vec<Twin>> {
        self.inner.find_twins(link, contents, search)
    }
    fn apply(&mut self, link: &Link, operations: Vec<Operation>) -> Answer<Vec<Outcome>> {
        self.inner.apply(link, operations)
    }
    fn confirm(&mut self, link: &Link, confirmed: &[Confirmed]) -> Answer<()> {
        self.inner.confirm(link, confirmed)
    }
    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> Answer<Vec<MapPair>> {
        self.inner.list_maps(link, after, limit)
    }
    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> Answer<()> {
        self.inner.save_map(link, pairs)
    }
    fn confirm_maps(&mut self, link: &Link, pairs: &[MapPair]) -> Answer<()> {
        self.inner.confirm_maps(link, pairs)
    }
    fn conclude(&mut self, link: &Link, anchors: &Anchors) -> Answer<()> {
        self.inner.conclude(link, anchors)
    }
    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Answer<()> {
        self.inner.commit(link, anchors)
    }
}

impl<'a> Hooked<'a> {
    /// A store that refuses operations.
    pub(crate) fn refusing(
        inner: &'a mut MemoryStore,
        mut refuse: impl FnMut(&Operation) -> Option<StatusCode> + 'a,
    ) -> Self {
        let hook = move |effect: &Effect, store: &mut MemoryStore| {
            let Effect::Apply { link, operations } = effect else {
                return None;
            };
            let outcomes = operations.iter().map(|operation| match refuse(operation) {
                Some(status) => Ok(Outcome::Refused(status)),
                None => store
                    .apply(link, vec![operation.clone()])
                    .map(|mut outcomes| outcomes.remove(0)),
            });
            Some(outcomes.collect::<Result<_, _>>().map(Reply::Applied))
        };
        Self {
            inner,
            hook: Box::new(hook),
        }
    }
}

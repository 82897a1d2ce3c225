//! The SQLite store: the rules of every store, and what is its own.

use ds_host::store::{Put, SqliteStore, export, import};
use ds_protocol::testing::store_suite::{self, Profile, Subject};
use ds_protocol::{
    Anchors, ChangePage, Confirmed, Content, Cursor, ItemId, Key, Known, Link, MapPair, Opened,
    Operation, Outcome, PeerRecord, Secret, Store, StoreFault, SyncType,
};
use syncml_meta::Nonce;
use tempfile::TempDir;

/// A store under test, and its file.
struct Tested {
    folder: TempDir,
    store: Option<SqliteStore>,
}

fn open(folder: &TempDir) -> SqliteStore {
    let store = SqliteStore::open(folder.path().join("server.db")).unwrap();
    store.set_user("alice", "sesame").unwrap();
    store
}

impl Tested {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(open(&folder));
        Self { folder, store }
    }

    fn store(&mut self) -> &mut SqliteStore {
        self.store.as_mut().unwrap()
    }
}

impl Subject for Tested {
    fn user_adds(&mut self, link: &Link, content: &Content) -> ItemId {
        self.store().add(&link.user, &link.local, content).unwrap()
    }

    fn user_puts(&mut self, link: &Link, id: &ItemId, content: &Content) {
        self.store()
            .put(&link.user, &link.local, id, content)
            .unwrap();
    }

    fn user_deletes(&mut self, link: &Link, id: &ItemId) {
        assert!(self.store().remove(&link.user, &link.local, id).unwrap());
    }

    fn user_reads(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        self.store().items(&link.user, &link.local).unwrap()
    }

    fn reopen(&mut self) {
        self.store = None;
        self.store = Some(open(&self.folder));
    }
}

/// Passes every effect on.
macro_rules! pass_on {
    ($($name:ident($($arg:ident: $type:ty),*) -> $reply:ty;)+) => {
        impl Store for Tested {
            $(fn $name(&mut self, $($arg: $type),*) -> Result<$reply, StoreFault> {
                self.store().$name($($arg),*)
            })+
        }
    };
}

pass_on! {
    load_secret(user: &str) -> Option<Secret>;
    load_peer(device: &str) -> PeerRecord;
    save_peer(device: &str, record: PeerRecord) -> ();
    new_nonce() -> Nonce;
    open(link: &Link) -> Opened;
    begin(link: &Link, sync_type: SyncType) -> ();
    list_changes(link: &Link, after: Option<&Cursor>, limit: u32, budget: u64) -> ChangePage;
    resolve(link: &Link, keys: &[Key]) -> Vec<Option<Known>>;
    find_twins(link: &Link, contents: &[Content]) -> Vec<Option<ItemId>>;
    apply(link: &Link, operations: Vec<Operation>) -> Vec<Outcome>;
    confirm(link: &Link, confirmed: &[Confirmed]) -> ();
    list_maps(link: &Link, after: Option<&ItemId>, limit: u32) -> Vec<MapPair>;
    save_map(link: &Link, pairs: &[MapPair]) -> ();
    confirm_maps(link: &Link, pairs: &[MapPair]) -> ();
    commit(link: &Link, anchors: &Anchors) -> ();
}

#[test]
fn keeps_the_rules_of_stores() {
    let profile = Profile::all().with_login("alice", Secret::Password("sesame".into()));
    store_suite::check(&profile, Tested::new);
}

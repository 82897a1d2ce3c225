//! The SQLite store: the rules of every store, and what is its own.

use std::collections::BTreeSet;
use std::fs;

use bytes::Bytes;
use ds_host::ErrorKind;
use ds_host::store::{Put, SqliteStore, export, import};
use ds_protocol::testing::store_suite::{self, Profile, Subject};
use ds_protocol::{
    Anchors, ChangeKind, ChangePage, Confirmed, ConflictPolicy, Content, Cursor, Filter, Held,
    ItemId, Key, Known, Likeness, Link, MapPair, Opened, Operation, Outcome, PeerRecord,
    Resolution, Revision, Scope, Search, Secret, Store, StoreFault, SyncType, Twin,
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

    fn user_reads_archive(&mut self, link: &Link) -> Vec<(ItemId, Content)> {
        self.store().archived(&link.user, &link.local).unwrap()
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
    begin(link: &Link, sync_type: SyncType, resumed: bool) -> ();
    list_changes(link: &Link, scope: &Scope, after: Option<&Cursor>, limit: u32, budget: u64) -> ChangePage;
    agree(link: &Link, asked: SyncType, settled: SyncType) -> bool;
    check_filter(link: &Link, filter: &Filter) -> ();
    read_item(link: &Link, local: &ItemId, revision: Revision, offset: u64, len: u32) -> Option<Bytes>;
    stage_chunk(link: &Link, item: &ItemId, total: u64, offset: u64, data: Bytes) -> ();
    apply_atomic(link: &Link, operations: Vec<Operation>) -> Vec<Outcome>;
    reconcile(link: &Link, policy: ConflictPolicy, local: &ItemId, theirs: &Content) -> Resolution;
    hold(link: &Link, held: &[Held]) -> ();
    resolve(link: &Link, keys: &[Key]) -> Vec<Option<Known>>;
    find_twins(link: &Link, contents: &[Content], search: &Search) -> Vec<Twin>;
    apply(link: &Link, operations: Vec<Operation>) -> Vec<Outcome>;
    confirm(link: &Link, confirmed: &[Confirmed]) -> ();
    list_maps(link: &Link, after: Option<&ItemId>, limit: u32) -> Vec<MapPair>;
    save_map(link: &Link, pairs: &[MapPair]) -> ();
    confirm_maps(link: &Link, pairs: &[MapPair]) -> ();
    conclude(link: &Link, anchors: &Anchors) -> ();
    commit(link: &Link, anchors: &Anchors) -> ();
}

#[test]
fn keeps_the_rules_of_stores() {
    let profile = Profile::all()
        .with_login("alice", Secret::Password("sesame".into()))
        .with_random(10, 400);
    store_suite::check(&profile, Tested::new);
}

fn link() -> Link {
    Link::new("alice", "device", "contacts", "card")
}

fn card(name: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n"),
    )
}

/// Kind and id of what a device would be sent.
fn changes(store: &mut SqliteStore, link: &Link) -> Vec<(ChangeKind, String)> {
    let changes = store
        .list_changes(link, &Scope::default(), None, 1_000, u64::MAX)
        .unwrap()
        .changes;
    changes
        .into_iter()
        .map(|change| (change.kind, change.local.as_str().to_owned()))
        .collect()
}

/// A session in which the device takes everything.
fn in_step(store: &mut SqliteStore, link: &Link) {
    let changes = store
        .list_changes(link, &Scope::default(), None, 1_000, u64::MAX)
        .unwrap()
        .changes;
    let confirmed: Vec<_> = changes
        .into_iter()
        .map(|change| Confirmed::new(change.kind, change.local, change.revision, false))
        .collect();
    store.confirm(link, &confirmed).unwrap();
    let next = store.open(link).unwrap().next;
    store.commit(link, &Anchors::new(next, "1")).unwrap();
}

#[test]
fn foreign_text_is_only_text() {
    let mut tested = Tested::new();
    let store = tested.store();
    let odd = [
        "'; DROP TABLE item; --",
        "%_\\",
        "\"a\" OR 1=1",
        "\u{0}nul\u{0}",
        "王\u{202e}",
        " ",
        "?1",
        "a\r\nb",
    ];
    for (number, text) in odd.into_iter().enumerate() {
        let link = Link::new(text, text, text, text);
        let content = Content::new(text, text.as_bytes().to_vec());
        let id = ItemId::new(text);
        assert_eq!(store.put(text, text, &id, &content).unwrap(), Put::Added);
        assert_eq!(store.get(text, text, &id).unwrap(), Some(content.clone()));
        assert_eq!(changes(store, &link), [(ChangeKind::Add, text.to_owned())]);
        let pair = Operation::Pair {
            local: id.clone(),
            remote: id.clone(),
            owes_map: false,
        };
        assert_eq!(
            store.apply(&link, vec![pair]).unwrap(),
            [Outcome::Done(id.clone())]
        );
        let known = store.resolve(&link, &[Key::Remote(id.clone())]).unwrap();
        assert_eq!(known[0].as_ref().map(|known| &known.local), Some(&id));
        store.commit(&link, &Anchors::new(text, text)).unwrap();
        assert_eq!(
            store.open(&link).unwrap().last,
            Some(Anchors::new(text, text))
        );
        store.save_peer(text, PeerRecord::default()).unwrap();
        assert_eq!(store.datastores(text).unwrap(), [text], "number {number}");
    }
    for text in odd {
        assert_eq!(store.items(text, text).unwrap().len(), 1);
    }
}

#[test]
fn passwords_are_not_in_the_file() {
    let mut tested = Tested::new();
    tested
        .store()
        .set_user("carol", "correct horse battery")
        .unwrap();
    tested
        .store()
        .put("carol", "contacts", &ItemId::new("1"), &card("Carol"))
        .unwrap();
    let mut link = link();
    link.user = "carol".into();
    in_step(tested.store(), &link);
    assert!(tested.store().load_secret("carol").unwrap().is_some());
    for entry in fs::read_dir(tested.folder.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for password in ["correct horse battery", "sesame"] {
            assert!(
                !bytes
                    .windows(password.len())
                    .any(|window| window == password.as_bytes())
            );
        }
    }
    tested.reopen();
    assert_eq!(
        tested.store().load_secret("carol").unwrap(),
        None,
        "users are told at each start"
    );
    assert_eq!(
        tested.store().set_user("", "x").unwrap_err().kind(),
        ErrorKind::Config
    );
    assert!(!format!("{:?}", tested.store()).contains("sesame"));
}

#[test]
fn several_processes_may_have_the_file_open() {
    let mut tested = Tested::new();
    let other = open(&tested.folder);
    std::thread::scope(|scope| {
        for (number, store) in [tested.store().clone(), other, tested.store().clone()]
            .into_iter()
            .enumerate()
        {
            scope.spawn(move || {
                for item in 0..50 {
                    store
                        .add("alice", "contacts", &card(&format!("{number} {item}")))
                        .unwrap();
                }
            });
        }
    });
    let store = tested.store();
    assert_eq!(store.items("alice", "contacts").unwrap().len(), 150);
    let page = store
        .list_changes(&link(), &Scope::default(), None, 1_000, u64::MAX)
        .unwrap();
    let revisions: BTreeSet<_> = page.changes.iter().map(|change| change.revision).collect();
    assert_eq!(
        revisions.len(),
        150,
        "no two changes have the same revision"
    );
}

#[test]
fn import_and_export() {
    let mut tested = Tested::new();
    let files = tempfile::tempdir().unwrap();
    let path = |name: &str| files.path().join(name);
    fs::write(path("anna.vcf"), &card("Anna").data).unwrap();
    fs::write(path("Bert B.VCF"), &card("Bert").data).unwrap();
    fs::write(path("notes.txt"), "not an item").unwrap();
    fs::write(path(".hidden.vcf"), "not an item").unwrap();
    fs::create_dir(path("sub.vcf")).unwrap();
    let store = tested.store();
    let imported = import(store, "alice", "contacts", files.path(), false).unwrap();
    assert_eq!(
        (
            imported.added,
            imported.replaced,
            imported.unchanged,
            imported.removed
        ),
        (2, 0, 0, 0)
    );
    let ids: Vec<_> = store
        .items("alice", "contacts")
        .unwrap()
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(ids, [ItemId::new("Bert B"), ItemId::new("anna")]);
    in_step(store, &link());

    // Again: nothing changes, and no device hears of anything.
    let imported = import(store, "alice", "contacts", files.path(), true).unwrap();
    assert_eq!(
        (
            imported.added,
            imported.replaced,
            imported.unchanged,
            imported.removed
        ),
        (0, 0, 2, 0)
    );
    assert_eq!(changes(store, &link()), []);

    fs::write(path("anna.vcf"), &card("Anna 2").data).unwrap();
    fs::remove_file(path("Bert B.VCF")).unwrap();
    fs::write(path("edna.vcf"), &card("Edna").data).unwrap();
    let imported = import(store, "alice", "contacts", files.path(), false).unwrap();
    assert_eq!(
        (
            imported.added,
            imported.replaced,
            imported.unchanged,
            imported.removed
        ),
        (1, 1, 0, 0)
    );
    let imported = import(store, "alice", "contacts", files.path(), true).unwrap();
    assert_eq!(
        (
            imported.added,
            imported.replaced,
            imported.unchanged,
            imported.removed
        ),
        (0, 0, 2, 1)
    );
    assert_eq!(
        changes(store, &link()),
        [
            (ChangeKind::Replace, "anna".to_owned()),
            (ChangeKind::Add, "edna".to_owned()),
            (ChangeKind::Delete, "Bert B".to_owned()),
        ]
    );

    // Ids that are no file names, and back.
    store
        .put("alice", "contacts", &ItemId::new("../up"), &card("Up"))
        .unwrap();
    let copy = tempfile::tempdir().unwrap();
    let inner = copy.path().join("a/b");
    let exported = export(store, "alice", "contacts", &inner).unwrap();
    assert_eq!((exported.written, exported.unchanged), (3, 0));
    assert_eq!(
        fs::read_dir(copy.path()).unwrap().count(),
        1,
        "nothing leaves the directory"
    );
    let exported = export(store, "alice", "contacts", &inner).unwrap();
    assert_eq!((exported.written, exported.unchanged), (0, 3));
    let imported = import(store, "bob", "contacts", &inner, false).unwrap();
    assert_eq!(imported.added, 3);
    assert_eq!(
        store.items("bob", "contacts").unwrap(),
        store.items("alice", "contacts").unwrap()
    );

    let error = export(store, "alice", "calendar", &inner).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(error.hint(), Some("there is: contacts"));
    let error = import(store, "alice", "contacts", &path("missing"), true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(
        store.items("alice", "contacts").unwrap().len(),
        3,
        "a missing directory deletes nothing"
    );
}

#[test]
fn two_files_for_one_item_are_refused() {
    let mut tested = Tested::new();
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("a.vcf"), &card("One").data).unwrap();
    fs::write(files.path().join("%61.vcf"), &card("Two").data).unwrap();
    let error = import(tested.store(), "alice", "contacts", files.path(), false).unwrap_err();
    assert!(error.to_string().contains("two files"), "{error}");
}

#[test]
fn fingerprints_of_older_rules_are_made_anew() {
    let mut tested = Tested::new();
    let id = tested
        .store()
        .add("alice", "contacts", &card("Anna"))
        .unwrap();
    tested.store = None;
    let raw = rusqlite::Connection::open(tested.folder.path().join("server.db")).unwrap();
    raw.execute_batch("UPDATE setting SET value = 'old' WHERE name = 'fingerprint'; UPDATE item SET fingerprint = x'00';")
        .unwrap();
    drop(raw);
    tested.reopen();
    let search = Search::default();
    let twins = tested.store().find_twins(&link(), &[card("Anna")], &search);
    assert_eq!(twins.unwrap(), [Twin::Found(id, Likeness::Equal)]);
}

#[test]
fn what_every_device_knows_is_forgotten() {
    let mut tested = Tested::new();
    let other = Link::new("alice", "other", "contacts", "card");
    let store = tested.store();
    let id = store.add("alice", "contacts", &card("Anna")).unwrap();
    in_step(store, &link());
    in_step(store, &other);
    store.remove("alice", "contacts", &id).unwrap();
    in_step(store, &link());
    assert_eq!(
        changes(store, &other),
        [(ChangeKind::Delete, id.as_str().to_owned())]
    );
    in_step(store, &other);
    in_step(store, &link());
    tested.store = None;
    let raw = rusqlite::Connection::open(tested.folder.path().join("server.db")).unwrap();
    let rows: i64 = raw
        .query_row("SELECT count(*) FROM item", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 0, "tombstones do not pile up");
}

#[test]
fn an_idle_session_looks_at_no_item() {
    let mut tested = Tested::new();
    let store = tested.store();
    for number in 0..500 {
        store
            .add("alice", "contacts", &card(&number.to_string()))
            .unwrap();
    }
    in_step(store, &link());
    let last = store.add("alice", "contacts", &card("Last")).unwrap();
    tested.store = None;
    let raw = rusqlite::Connection::open(tested.folder.path().join("server.db")).unwrap();
    let (cutoff, newest): (i64, i64) = raw
        .query_row(
            "SELECT cutoff, (SELECT revision FROM counter) FROM link",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(
        (cutoff, newest),
        (500, 501),
        "everything up to the last session is behind the cutoff"
    );
    drop(raw);
    tested.reopen();
    assert_eq!(
        changes(tested.store(), &link()),
        [(ChangeKind::Add, last.as_str().to_owned())]
    );
}

//! The folder store: the rules of every store, and what is its own.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use ds_host::ErrorKind;
use ds_host::store::FolderStore;
use ds_protocol::testing::store_suite::{self, Profile, Subject};
use ds_protocol::{
    Anchors, ChangeKind, ChangePage, Confirmed, ConflictPolicy, Content, Cursor, Filter, Held,
    ItemId, Key, Known, Link, MapPair, Opened, Operation, Outcome, PeerRecord, Resolution,
    Revision, Scope, Search, Secret, Store, StoreFault, SyncType, Twin,
};
use syncml_meta::Nonce;
use syncml_repr::StatusCode;
use tempfile::TempDir;

/// A folder under test.
struct Tested {
    folder: TempDir,
    store: Option<FolderStore>,
    added: u32,
}

impl Tested {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Some(FolderStore::open(folder.path(), None).unwrap());
        Self {
            folder,
            store,
            added: 0,
        }
    }

    fn store(&mut self) -> &mut FolderStore {
        self.store.as_mut().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Subject for Tested {
    fn user_adds(&mut self, link: &Link, content: &Content) -> ItemId {
        self.added += 1;
        let id = ItemId::new(format!("mine {}.vcf", self.added));
        self.user_puts(link, &id, content);
        id
    }

    fn user_puts(&mut self, _: &Link, id: &ItemId, content: &Content) {
        fs::write(self.path(id.as_str()), &content.data).unwrap();
    }

    fn user_deletes(&mut self, _: &Link, id: &ItemId) {
        fs::remove_file(self.path(id.as_str())).unwrap();
    }

    fn user_reads(&mut self, _: &Link) -> Vec<(ItemId, Content)> {
        let mut items = Vec::new();
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if !name.starts_with('.') {
                let data = fs::read(self.path(&name)).unwrap();
                items.push((ItemId::new(name), Content::new("text/vcard", data)));
            }
        }
        items
    }

    fn reopen(&mut self) {
        self.store = None;
        self.store = Some(FolderStore::open(self.folder.path(), None).unwrap());
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
    store_suite::check(&Profile::client().with_random(4, 250), Tested::new);
}

fn link() -> Link {
    Link::new("alice", "server", "contacts", "card")
}

fn card(name: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n"),
    )
}

fn id(name: &str) -> ItemId {
    ItemId::new(name)
}

fn add(remote: &str, content: &Content) -> Operation {
    Operation::Add {
        remote: id(remote),
        content: content.clone(),
        owes_map: true,
    }
}

impl Tested {
    /// The server adds an item; returns its file's name.
    fn add(&mut self, remote: &str, content: &Content) -> Result<String, StatusCode> {
        match self
            .apply(&link(), vec![add(remote, content)])
            .unwrap()
            .remove(0)
        {
            Outcome::Done(local) => Ok(local.as_str().to_owned()),
            Outcome::Refused(status) => Err(status),
        }
    }

    /// What a session would send: kind and name.
    fn changes(&mut self) -> Vec<(ChangeKind, String)> {
        self.begin(&link(), SyncType::TwoWay, false).unwrap();
        self.rest()
    }

    fn rest(&mut self) -> Vec<(ChangeKind, String)> {
        let changes = self
            .list_changes(&link(), &Scope::default(), None, 1_000, u64::MAX)
            .unwrap()
            .changes;
        changes
            .into_iter()
            .map(|change| (change.kind, change.local.as_str().to_owned()))
            .collect()
    }

    /// The server takes everything.
    fn in_step(&mut self) {
        self.begin(&link(), SyncType::TwoWay, false).unwrap();
        let changes = self
            .list_changes(&link(), &Scope::default(), None, 1_000, u64::MAX)
            .unwrap()
            .changes;
        let confirmed: Vec<_> = changes
            .into_iter()
            .map(|change| Confirmed::new(change.kind, change.local, change.revision, false))
            .collect();
        self.confirm(&link(), &confirmed).unwrap();
        let next = self.open(&link()).unwrap().next;
        self.commit(&link(), &Anchors::new(next, "1")).unwrap();
    }

    fn write(&self, name: &str, content: &Content) {
        fs::write(self.path(name), &content.data).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }
}

#[test]
fn files_edited_during_the_session_are_left_alone() {
    let mut folder = Tested::new();
    folder.write("anna.vcf", &card("Anna"));
    folder.write("bert.vcf", &card("Bert"));
    folder.in_step();
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    // As long as before, and a moment later: neither size nor a slow clock tells.
    folder.write("anna.vcf", &card("Nana"));
    folder.write("bert.vcf", &card("Trek"));
    let outcomes = folder
        .apply(
            &link(),
            vec![
                Operation::Replace {
                    local: id("anna.vcf"),
                    content: card("Anna 2"),
                },
                Operation::Delete {
                    local: id("bert.vcf"),
                },
            ],
        )
        .unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Refused(StatusCode::CONFLICT),
            Outcome::Refused(StatusCode::CONFLICT)
        ]
    );
    assert_eq!(folder.read("anna.vcf"), card("Nana").data);
    assert_eq!(folder.read("bert.vcf"), card("Trek").data);
    let next = folder.open(&link()).unwrap().next;
    folder.commit(&link(), &Anchors::new(next, "2")).unwrap();
    // The next session sends what the user wrote; the server then decides about the conflict.
    let wanted = [
        (ChangeKind::Replace, "anna.vcf".to_owned()),
        (ChangeKind::Replace, "bert.vcf".to_owned()),
    ];
    assert_eq!(folder.changes(), wanted);
}

#[test]
fn files_deleted_during_the_session() {
    let mut folder = Tested::new();
    folder.write("anna.vcf", &card("Anna"));
    folder.write("bert.vcf", &card("Bert"));
    folder.in_step();
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    fs::remove_file(folder.path("anna.vcf")).unwrap();
    fs::remove_file(folder.path("bert.vcf")).unwrap();
    let outcomes = folder
        .apply(
            &link(),
            vec![
                Operation::Replace {
                    local: id("anna.vcf"),
                    content: card("Anna 2"),
                },
                Operation::Delete {
                    local: id("bert.vcf"),
                },
            ],
        )
        .unwrap();
    assert_eq!(
        outcomes,
        [
            Outcome::Refused(StatusCode::CONFLICT),
            Outcome::Done(id("bert.vcf"))
        ]
    );
    assert!(!folder.path("anna.vcf").exists());
    assert_eq!(
        folder.changes(),
        [(ChangeKind::Delete, "anna.vcf".to_owned())]
    );
}

#[test]
fn files_changed_after_the_look_around_are_for_the_next_session() {
    let mut folder = Tested::new();
    folder.write("anna.vcf", &card("Anna"));
    folder.write("bert.vcf", &card("Bert"));
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    folder.write("anna.vcf", &card("Nana"));
    assert_eq!(folder.rest(), [(ChangeKind::Add, "bert.vcf".to_owned())]);
    let names: Vec<_> = folder.changes().into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["bert.vcf", "anna.vcf"]);
}

#[test]
fn an_edit_that_hides_is_found() {
    let mut folder = Tested::new();
    folder.write("anna.vcf", &card("Anna"));
    folder.in_step();
    // Long enough for the file to count as settled, so that the next look trusts how it looks.
    std::thread::sleep(Duration::from_millis(2_200));
    assert_eq!(folder.changes(), []);
    assert_eq!(folder.changes(), []);
    // As long as before, and its time of change put back.
    let times = fs::metadata(folder.path("anna.vcf"))
        .unwrap()
        .modified()
        .unwrap();
    folder.write("anna.vcf", &card("Nana"));
    File::options()
        .append(true)
        .open(folder.path("anna.vcf"))
        .unwrap()
        .set_modified(times)
        .unwrap();
    assert_eq!(
        folder.changes(),
        [(ChangeKind::Replace, "anna.vcf".to_owned())]
    );
    // Touched, but not changed.
    folder.in_step();
    File::options()
        .append(true)
        .open(folder.path("anna.vcf"))
        .unwrap()
        .set_modified(SystemTime::now())
        .unwrap();
    assert_eq!(folder.changes(), []);
}

#[test]
fn a_folder_of_many_pieces_is_looked_through() {
    let mut folder = Tested::new();
    let name = |number: u32| format!("{number}.vcf");
    for number in 0..2_500 {
        folder.write(&name(number), &card(&format!("Anna {number}")));
    }
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    let changes = |folder: &mut Tested| {
        let page = folder.list_changes(&link(), &Scope::default(), None, 3_000, u64::MAX);
        let changes = page.unwrap().changes.into_iter();
        let confirmed: Vec<_> = changes
            .map(|change| Confirmed::new(change.kind, change.local, change.revision, false))
            .collect();
        folder.confirm(&link(), &confirmed).unwrap();
        confirmed
            .iter()
            .map(|change| (change.kind, change.local.as_str().to_owned()))
            .collect::<HashSet<_>>()
    };
    assert_eq!(changes(&mut folder).len(), 2_500);
    // Far apart: one in each piece, and one at each end.
    for number in [0, 1_100, 1_300, 2_499] {
        fs::remove_file(folder.path(&name(number))).unwrap();
    }
    folder.write(&name(1_200), &card("Bert"));
    folder.write(&name(9_999), &card("Edna"));
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    let wanted = [
        (ChangeKind::Add, 9_999),
        (ChangeKind::Replace, 1_200),
        (ChangeKind::Delete, 0),
        (ChangeKind::Delete, 1_100),
        (ChangeKind::Delete, 1_300),
        (ChangeKind::Delete, 2_499),
    ];
    assert_eq!(
        changes(&mut folder),
        wanted
            .map(|(kind, number)| (kind, name(number)))
            .into_iter()
            .collect()
    );
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    assert_eq!(folder.rest(), []);
}

#[test]
fn only_item_files_are_items() {
    let mut folder = Tested::new();
    folder.write("notes.txt", &card("Notes"));
    folder.write(".hidden.vcf", &card("Hidden"));
    folder.write("backup.vcf~", &card("Backup"));
    fs::create_dir(folder.path("sub.vcf")).unwrap();
    fs::write(folder.path("sub.vcf/inner.vcf"), &card("Inner").data).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path("notes.txt"), folder.path("link.vcf")).unwrap();
    assert_eq!(folder.changes(), []);
    // The server's items get other names.
    assert_eq!(folder.add("sub", &card("Sub")).unwrap(), "sub-2.vcf");
    #[cfg(unix)]
    assert_eq!(folder.add("link", &card("Link")).unwrap(), "link-2.vcf");
    assert_eq!(folder.read("notes.txt"), card("Notes").data);
    assert_eq!(folder.read("sub.vcf/inner.vcf"), card("Inner").data);
}

#[test]
fn servers_items_get_safe_and_free_names() {
    let mut folder = Tested::new();
    folder.write("Anna.VCF", &card("Anna"));
    folder.changes();
    let names = [
        "17",
        "anna",
        "ANNA.vcf",
        "../../etc/cron",
        "a/b",
        ".hidden",
        "CON",
        "x\0y",
    ]
    .map(|remote| {
        folder
            .add(remote, &card(&format!("Zoe / {}", remote.len())))
            .unwrap()
    });
    assert_eq!(
        names,
        [
            "17.vcf",
            "anna-2.vcf",
            "ANNA-3.vcf",
            "Zoe-14.vcf",
            "Zoe-3.vcf",
            "Zoe-7.vcf",
            "Zoe-3-2.vcf",
            "Zoe-3-3.vcf"
        ]
    );
    for name in names {
        assert!(folder.path(&name).is_file(), "{name}");
    }
    assert_eq!(folder.read("Anna.VCF"), card("Anna").data);
    let outside = fs::read_dir(folder.folder.path().parent().unwrap()).unwrap();
    assert!(
        outside
            .map(Result::unwrap)
            .all(|entry| !entry.file_name().to_string_lossy().contains("Zoe"))
    );
}

#[test]
fn a_name_the_server_knows_is_not_given_again() {
    let mut folder = Tested::new();
    assert_eq!(folder.add("17", &card("Anna")).unwrap(), "17.vcf");
    folder.changes();
    fs::remove_file(folder.path("17.vcf")).unwrap();
    folder.changes();
    // The server has not heard of the deletion: 17.vcf still means the old item there.
    assert_eq!(folder.add("17", &card("Bert")).unwrap(), "17-2.vcf");
}

#[test]
fn media_types_are_what_the_content_says() {
    let mut folder = Tested::new();
    fs::write(
        folder.path("old.vcf"),
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Old\r\nEND:VCARD\r\n",
    )
    .unwrap();
    fs::write(
        folder.path("new.ics"),
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
    )
    .unwrap();
    fs::write(folder.path("swapped.ics"), &card("Swapped").data).unwrap();
    fs::write(folder.path("broken.vcs"), "no calendar").unwrap();
    folder.begin(&link(), SyncType::TwoWay, false).unwrap();
    let changes = folder
        .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
        .unwrap()
        .changes;
    let mut types: Vec<_> = changes
        .iter()
        .map(|change| {
            (
                change.local.as_str(),
                &*change.content.as_ref().unwrap().media_type,
            )
        })
        .collect();
    types.sort_unstable();
    assert_eq!(
        types,
        [
            ("broken.vcs", "text/x-vcalendar"),
            ("new.ics", "text/calendar"),
            ("old.vcf", "text/x-vcard"),
            ("swapped.ics", "text/vcard"),
        ]
    );
}

#[test]
fn what_a_folder_cannot_keep_is_refused() {
    let mut folder = Tested::new();
    let letter = Content::new("text/plain", "Dear Sir or Madam");
    assert_eq!(
        folder.add("1", &letter),
        Err(StatusCode::UNSUPPORTED_MEDIA_TYPE)
    );
    let event = Content::new(
        "text/calendar",
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
    );
    assert_eq!(folder.add("2", &event).unwrap(), "2.ics");
    let replace = Operation::Replace {
        local: id("2.ics"),
        content: letter,
    };
    let outcomes = folder.apply(&link(), vec![replace]).unwrap();
    assert_eq!(
        outcomes,
        [Outcome::Refused(StatusCode::UNSUPPORTED_MEDIA_TYPE)]
    );
    assert_eq!(folder.read("2.ics"), event.data);
}

#[test]
fn a_file_that_cannot_be_taken_is_reported_and_kept() {
    let mut folder = Tested::new();
    folder.write("anna.vcf", &card("Anna"));
    folder.in_step();
    File::create(folder.path("anna.vcf"))
        .unwrap()
        .set_len(65 << 20)
        .unwrap();
    assert_eq!(folder.changes(), []);
    let [skipped] = folder.store().skipped() else {
        panic!("one file cannot be taken")
    };
    assert_eq!(skipped.name, "anna.vcf");
    assert!(
        skipped.reason.contains("67108864 bytes"),
        "{}",
        skipped.reason
    );
    folder.write("anna.vcf", &card("Anna 2"));
    assert_eq!(
        folder.changes(),
        [(ChangeKind::Replace, "anna.vcf".to_owned())]
    );
    assert!(folder.store().skipped().is_empty());
}

#[cfg(unix)]
#[test]
fn permissions_outlive_a_replace() {
    use std::os::unix::fs::PermissionsExt;
    let mut folder = Tested::new();
    let name = folder.add("1", &card("Anna")).unwrap();
    fs::set_permissions(folder.path(&name), fs::Permissions::from_mode(0o600)).unwrap();
    folder.changes();
    folder
        .apply(
            &link(),
            vec![Operation::Replace {
                local: id(&name),
                content: card("Anna 2"),
            }],
        )
        .unwrap();
    assert_eq!(folder.read(&name), card("Anna 2").data);
    assert_eq!(
        fs::metadata(folder.path(&name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o600
    );
}

#[test]
fn a_folder_is_one_datastore_for_all_servers() {
    let mut folder = Tested::new();
    folder.write("anna.vcf", &card("Anna"));
    folder.in_step();
    let other = Link::new("bob", "another server", "people", "contacts");
    folder.begin(&other, SyncType::Slow, false).unwrap();
    let page = folder
        .list_changes(&other, &Scope::default(), None, 10, u64::MAX)
        .unwrap();
    assert_eq!(page.total, Some(1));
    folder.apply(&other, vec![add("5", &card("Bert"))]).unwrap();
    assert_eq!(folder.changes(), [(ChangeKind::Add, "5.vcf".to_owned())]);
}

#[test]
fn the_device_is_remembered() {
    let mut folder = Tested::new();
    assert_eq!(folder.store().device(), None);
    folder.store().set_device("syncml-1234").unwrap();
    assert_eq!(folder.store().device(), Some("syncml-1234"));
    folder.reopen();
    assert_eq!(folder.store().device(), Some("syncml-1234"));
}

#[test]
fn a_state_file_belongs_to_one_folder() {
    let home = tempfile::tempdir().unwrap();
    let (one, two) = (home.path().join("one"), home.path().join("two"));
    fs::create_dir(&one).unwrap();
    fs::create_dir(&two).unwrap();
    let state = home.path().join("state.db");
    drop(FolderStore::open(&one, Some(&state)).unwrap());
    drop(FolderStore::open(&one, Some(&state)).unwrap());
    let error = FolderStore::open(&two, Some(&state)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("one"), "{error}");
    assert!(
        fs::read_dir(&one).unwrap().next().is_none(),
        "the state lies elsewhere"
    );
}

#[test]
fn a_folder_may_move_with_its_state() {
    let home = tempfile::tempdir().unwrap();
    let (before, after) = (home.path().join("before"), home.path().join("after"));
    fs::create_dir(&before).unwrap();
    fs::write(before.join("anna.vcf"), &card("Anna").data).unwrap();
    let mut store = FolderStore::open(&before, None).unwrap();
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    drop(store);
    fs::rename(&before, &after).unwrap();
    let mut store = FolderStore::open(&after, None).unwrap();
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    assert_eq!(
        store
            .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
            .unwrap()
            .changes
            .len(),
        1
    );
}

#[test]
fn what_is_no_folder_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let missing = home.path().join("missing");
    let error = FolderStore::open(&missing, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(
        !missing.exists(),
        "a folder that is not there is not made: all its items would count as deleted"
    );
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    assert_eq!(
        FolderStore::open(&file, None).unwrap_err().kind(),
        ErrorKind::Config
    );
}

//! A session that is cut at any point while files are written.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ds_protocol::{Content, ItemId, Link, MapPair, Operation, Outcome, Scope, Store, SyncType};

use super::FolderStore;

fn link() -> Link {
    Link::new("alice", "server", "contacts", "card")
}

fn card(name: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n"),
    )
}

fn open(folder: &Path) -> FolderStore {
    FolderStore::open(folder, None).unwrap()
}

/// Names and contents of all files, hidden ones too, except for the books.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let named = entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.path()));
    named
        .filter(|(name, _)| !name.starts_with(super::STATE))
        .map(|(name, path)| (name, fs::read(path).unwrap()))
        .collect()
}

/// A folder in step with a server: `1.vcf` and `2.vcf`.
fn in_step() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    store.begin(&link(), SyncType::Slow, false).unwrap();
    let add = |remote: &str, name: &str| Operation::Add {
        remote: ItemId::new(remote),
        content: card(name),
        owes_map: false,
    };
    let added = store
        .apply(&link(), vec![add("1", "Anna"), add("2", "Bert")])
        .unwrap();
    assert_eq!(
        added,
        ["1.vcf", "2.vcf"].map(|name| Outcome::Done(ItemId::new(name)))
    );
    folder
}

/// The server changes one item, deletes the other and adds a third.
fn work() -> Vec<Operation> {
    vec![
        Operation::Replace {
            local: ItemId::new("1.vcf"),
            content: card("Anna 2"),
        },
        Operation::Delete {
            local: ItemId::new("2.vcf"),
        },
        Operation::Add {
            remote: ItemId::new("3"),
            content: card("Edna"),
            owes_map: true,
        },
    ]
}

/// Opens the folder after the cut and lets the server send everything once more.
fn mend(folder: &Path, point: &str) {
    let mut store = open(folder);
    let hidden = files(folder)
        .into_keys()
        .filter(|name| name.starts_with('.'))
        .collect::<Vec<_>>();
    assert!(hidden.is_empty(), "{point}: left behind: {hidden:?}");
    for name in files(folder).into_values() {
        assert!(name.ends_with(b"END:VCARD\r\n"), "{point}: half a file");
    }
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    let page = store
        .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
        .unwrap();
    assert_eq!(
        page.changes,
        [],
        "{point}: our own writing was taken for the user's"
    );

    let outcomes = store.apply(&link(), work()).unwrap();
    assert!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Done(_))),
        "{point}: {outcomes:?}"
    );
    let wanted = BTreeMap::from([
        ("1.vcf".to_owned(), card("Anna 2").data.to_vec()),
        ("3.vcf".to_owned(), card("Edna").data.to_vec()),
    ]);
    assert_eq!(files(folder), wanted, "{point}: lost or doubled");
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    let page = store
        .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
        .unwrap();
    assert_eq!(page.changes, [], "{point}: something to tell the server");
    let owed = store.list_maps(&link(), None, 10).unwrap();
    assert_eq!(
        owed,
        [MapPair::new(ItemId::new("3.vcf"), ItemId::new("3"))],
        "{point}"
    );
}

#[test]
fn cut_before_anything_is_written() {
    let folder = in_step();
    let mut store = open(folder.path());
    store.plan(&link(), work()).unwrap();
    drop(store);
    mend(folder.path(), "nothing written");
}

#[test]
fn cut_while_hidden_files_are_written() {
    let folder = in_step();
    let mut store = open(folder.path());
    let plans = store.plan(&link(), work()).unwrap();
    for plan in &plans {
        if let super::apply::Plan::Intended(job) = plan {
            let half = (job.intent.id, b"BEGIN:VCARD\r\nVERS".as_slice(), false);
            let hidden = store.files.hide([half].into_iter(), || Ok(())).unwrap();
            assert!(hidden.values().all(Result::is_ok));
        }
    }
    drop(store);
    mend(folder.path(), "hidden files half written");
}

#[test]
fn cut_between_files_and_books() {
    for count in 1..=3 {
        let folder = in_step();
        let mut store = open(folder.path());
        let plans = store.plan(&link(), work()).unwrap();
        let written = store.carry_out(&plans[..count]).unwrap();
        assert!(written.values().all(Result::is_ok), "{written:?}");
        assert_eq!(written.len(), count);
        drop(store);
        mend(folder.path(), &format!("{count} of 3 files written"));
    }
}

#[test]
fn cut_after_the_books() {
    let folder = in_step();
    let mut store = open(folder.path());
    store.apply(&link(), work()).unwrap();
    drop(store);
    mend(folder.path(), "everything done, nobody told");
}

#[test]
fn the_next_effect_mends_too() {
    // The second transaction failed, but the program goes on.
    let folder = in_step();
    let mut store = open(folder.path());
    let plans = store.plan(&link(), work()).unwrap();
    store.carry_out(&plans).unwrap();
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    assert_eq!(
        store
            .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
            .unwrap()
            .changes,
        []
    );
    drop(store);
    mend(folder.path(), "mended in the same run");
}

#[test]
fn an_apply_that_follows_mends_too() {
    let folder = in_step();
    let mut store = open(folder.path());
    let plans = store.plan(&link(), work()).unwrap();
    store.carry_out(&plans).unwrap();
    let outcomes = store.apply(&link(), work()).unwrap();
    assert_eq!(
        outcomes,
        ["1.vcf", "2.vcf", "3.vcf"].map(|name| Outcome::Done(ItemId::new(name)))
    );
    drop(store);
    mend(folder.path(), "mended by the next Apply");
}

/// What comes up under a new item's name after the folder was looked through, or is no item, keeps its name.
#[test]
fn a_new_item_takes_nobodys_name() {
    let folder = in_step();
    let mut store = open(folder.path());
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    assert!(!store.files.has_strangers);
    fs::create_dir(folder.path().join("3.vcf")).unwrap();
    let add = |remote: &str| Operation::Add {
        remote: ItemId::new(remote),
        content: card(remote),
        owes_map: true,
    };
    let added = store.apply(&link(), vec![add("3"), add("4")]).unwrap();
    let done = |name: &str| Outcome::Done(ItemId::new(name));
    assert_eq!(added, ["3-2.vcf", "4.vcf"].map(done));
    let maps = store.list_maps(&link(), None, 9).unwrap();
    let maps: BTreeMap<_, _> = maps
        .iter()
        .map(|map| (map.local.as_str(), map.remote.as_str()))
        .collect();
    assert_eq!(maps, BTreeMap::from([("3-2.vcf", "3"), ("4.vcf", "4")]));
    fs::write(folder.path().join("5.vcf"), "").unwrap();
    fs::remove_dir(folder.path().join("3.vcf")).unwrap();
    fs::create_dir(folder.path().join("6.vcf")).unwrap();
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    assert!(store.files.has_strangers);
    let added = store
        .apply(&link(), vec![add("5"), add("6"), add("7")])
        .unwrap();
    assert_eq!(added, ["5-2.vcf", "6-2.vcf", "7.vcf"].map(done));
}

#[test]
fn hidden_files_of_nobody_are_removed() {
    let folder = in_step();
    for name in [
        ".syncml-77.tmp",
        ".syncml-.tmp",
        ".syncml-a.tmp",
        ".other-77.tmp",
    ] {
        fs::write(folder.path().join(name), "x").unwrap();
    }
    open(folder.path())
        .begin(&link(), SyncType::TwoWay, false)
        .unwrap();
    let hidden: Vec<_> = files(folder.path())
        .into_keys()
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(hidden, [".other-77.tmp", ".syncml-.tmp", ".syncml-a.tmp"]);
}

#[test]
fn what_the_user_does_after_the_cut_is_the_users() {
    let folder = in_step();
    let mut store = open(folder.path());
    let plans = store.plan(&link(), work()).unwrap();
    store.carry_out(&plans).unwrap();
    drop(store);
    fs::write(folder.path().join("1.vcf"), card("Anna, mine").data).unwrap();
    fs::write(folder.path().join("2.vcf"), card("Bert, mine").data).unwrap();
    let mut store = open(folder.path());
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    let changes = store
        .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
        .unwrap()
        .changes;
    let found: BTreeMap<_, _> = changes
        .into_iter()
        .map(|change| (change.local.as_str().to_owned(), change.content.unwrap()))
        .collect();
    let wanted = BTreeMap::from([
        ("1.vcf".to_owned(), card("Anna, mine")),
        ("2.vcf".to_owned(), card("Bert, mine")),
    ]);
    assert_eq!(found, wanted);
}

#[test]
fn a_file_is_read_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.vcf"), card("Anna").data).unwrap();
    let mut store = open(folder.path());
    let unread = |store: &FolderStore| -> i64 {
        store
            .connection
            .query_row("SELECT count(*) FROM file WHERE stamp = ''", [], |row| {
                row.get(0)
            })
            .unwrap()
    };
    // Until the clock of the file system has ticked, the file may change without looking different.
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    while unread(&store) > 0 {
        store.begin(&link(), SyncType::TwoWay, false).unwrap();
    }
    // A file that looks as before is not read: the books still say what they said.
    store
        .connection
        .execute("UPDATE file SET digest = zeroblob(32)", [])
        .unwrap();
    store.begin(&link(), SyncType::TwoWay, false).unwrap();
    let page = store
        .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)
        .unwrap();
    assert_eq!(page.changes, [], "it is no longer what the books say");
    let digest: [u8; 32] = store
        .connection
        .query_row("SELECT digest FROM file", [], |row| row.get(0))
        .unwrap();
    assert_eq!(digest, [0; 32]);
}

//! `syncml sync` with a database in the place of a folder.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Serve, failure, json, run, success};
use ds_host::store::SqliteStore;
use ds_protocol::{Content, ItemId};
use serde_json::Value;
use tempfile::tempdir;

fn card(name: &str) -> Content {
    let text = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n");
    Content::new("text/vcard", text)
}

fn event(uid: &str) -> Content {
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Content::new("text/calendar", text)
}

/// A database, and Ann's items in it.
struct Database(PathBuf);

impl Database {
    fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.0).unwrap()
    }

    fn put(&self, datastore: &str, id: &str, content: &Content) {
        let id = ItemId::new(id);
        self.store().put("ann", datastore, &id, content).unwrap();
    }

    /// Contents, sorted.
    fn contents(&self, datastore: &str) -> Vec<Vec<u8>> {
        let items = self.store().items("ann", datastore).unwrap();
        sorted(items.iter().map(|(_, content)| content.data.to_vec()))
    }

    fn with(&self, datastore: &str) -> String {
        format!("sqlite:{}={datastore}", self.0.display())
    }
}

fn sorted(contents: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let mut contents = contents.collect::<Vec<_>>();
    contents.sort();
    contents
}

/// One session; its report.
fn sync(url: &str, pairs: &[String], more: &[&str]) -> Value {
    let mut words = vec!["sync", url, "--user", "ann:tulip", "--json"];
    words.extend(more);
    words.extend(pairs.iter().map(String::as_str));
    json(success(run(words)).as_bytes())
}

/// Nothing of all these moved.
fn is_quiet(report: &Value) -> bool {
    let datastores = report["datastores"].as_array().unwrap();
    datastores.iter().all(|datastore| {
        ["client", "server"].iter().all(|side| {
            let counts = datastore[side].as_object().unwrap();
            counts.values().all(|count| count == 0)
        })
    })
}

#[test]
fn several_datastores_in_one_file() {
    let home = tempdir().unwrap();
    let server = Database::new(home.path().join("server.db"));
    let (mine, other) = (
        Database::new(home.path().join("mine.db")),
        Database::new(home.path().join("other.db")),
    );
    mine.put("contacts", "anna", &card("Anna"));
    mine.put("contacts", "bert", &card("Bert"));
    mine.put("calendar", "feast", &event("feast"));
    let serve = Serve::start(&server.0, &[]);
    let pairs = |database: &Database| [database.with("contacts"), database.with("calendar")];
    let report = sync(&serve.url, &pairs(&mine), &[]);
    assert_eq!(report["datastores"][0]["server"]["added"], 2, "{report}");
    assert_eq!(report["datastores"][1]["server"]["added"], 1, "{report}");
    // Nothing of its own yet: what it takes is known from the names.
    sync(&serve.url, &pairs(&other), &[]);

    mine.put("contacts", "bert", &card("Berta"));
    other.put("contacts", "carl", &card("Carl"));
    let anna = other.store().items("ann", "contacts").unwrap();
    let (anna, _) = anna
        .iter()
        .find(|(_, content)| content.data == card("Anna").data)
        .unwrap();
    assert!(other.store().remove("ann", "contacts", anna).unwrap());
    for database in [&mine, &other, &mine] {
        sync(&serve.url, &pairs(database), &[]);
    }
    let people = sorted(
        ["Berta", "Carl"]
            .map(|name| card(name).data.to_vec())
            .into_iter(),
    );
    for database in [&server, &mine, &other] {
        assert_eq!(database.contents("contacts"), people);
        assert_eq!(
            database.contents("calendar"),
            [event("feast").data.to_vec()]
        );
    }
    let report = sync(&serve.url, &pairs(&other), &[]);
    assert!(is_quiet(&report), "{report}");
    // It is the same device still, and has the ids that it had.
    assert!(mine.store().device().unwrap().is_some());
    assert!(
        mine.store()
            .get("ann", "contacts", &ItemId::new("bert"))
            .unwrap()
            .is_some()
    );
}

/// A database that is served to others is synchronised with a further server.
#[test]
fn a_server_between_two() {
    let home = tempdir().unwrap();
    let (above, between) = (
        Database::new(home.path().join("above.db")),
        Database::new(home.path().join("between.db")),
    );
    let folder = home.path().join("contacts");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("anna.vcf"), &card("Anna").data).unwrap();
    above.put("contacts", "bert", &card("Bert"));
    let (top, middle) = (Serve::start(&above.0, &[]), Serve::start(&between.0, &[]));
    let files = format!("{}=contacts", folder.display());
    for _ in 0..2 {
        sync(&middle.url, std::slice::from_ref(&files), &[]);
        sync(&top.url, &[between.with("contacts")], &[]);
    }
    let people = sorted(
        ["Anna", "Bert"]
            .map(|name| card(name).data.to_vec())
            .into_iter(),
    );
    assert_eq!(above.contents("contacts"), people);
    assert_eq!(between.contents("contacts"), people);
    let is_card = |path: &Path| path.extension().is_some_and(|extension| extension == "vcf");
    let files = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files
        .filter(|path| is_card(path))
        .map(|path| fs::read(path).unwrap());
    assert_eq!(sorted(files), people);
}

#[test]
fn one_at_a_time() {
    let home = tempdir().unwrap();
    let mine = Database::new(home.path().join("mine.db"));
    let serve = Serve::start(&home.path().join("server.db"), &[]);
    let pair = mine.with("contacts");
    let words = ["sync", &serve.url, "--user", "ann:tulip", &pair];
    let held = SqliteStore::open_alone(&mine.0).unwrap();
    let error = failure(run(words), 75);
    assert!(error.contains("mine.db"), "{error}");
    // Whoever looks into it does not matter, nor do clones that live longer than the first.
    let clone = held.clone();
    drop(held);
    drop(mine.store());
    failure(run(words), 75);
    drop(clone);
    success(run(words));
}

/// A refresh takes what is there and nothing else; filters take a part.
#[test]
fn a_part_and_all() {
    let home = tempdir().unwrap();
    let server = Database::new(home.path().join("server.db"));
    let mine = Database::new(home.path().join("mine.db"));
    for name in ["Anna", "Bert", "Carl"] {
        server.put("contacts", name, &card(name));
    }
    mine.put("contacts", "old", &card("Old"));
    let serve = Serve::start(&server.0, &[]);
    let pair = [mine.with("contacts")];
    sync(&serve.url, &pair, &["--mode", "refresh-from-server"]);
    assert_eq!(mine.contents("contacts"), server.contents("contacts"));
    sync(&serve.url, &pair, &["--filter", "FN&CON;B"]);
    assert_eq!(mine.contents("contacts"), [card("Bert").data.to_vec()]);
    assert_eq!(server.contents("contacts").len(), 3);
}

#[test]
fn what_is_for_folders_alone() {
    let pair = "sqlite:/nowhere/mine.db=contacts";
    let words = ["sync", "http://127.0.0.1:1/", "--user", "ann:tulip"];
    for more in [["--state", "x"], ["--quota", "1000"], ["--max-items", "3"]] {
        let error = failure(run(words.iter().chain(&more).chain([&pair])), 2);
        assert!(error.contains("for folders"), "{error}");
    }
    let error = failure(run(words.iter().chain([&pair])), 1);
    assert!(error.contains("/nowhere/mine.db"), "{error}");
}

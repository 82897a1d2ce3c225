//! A server whose store is slow: clients are told to come back, and nothing is carried out twice or lost.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use common::Serve;
use ds_host::http::client::{ClientOptions, HttpClient};
use ds_host::store::SqliteStore;
use ds_host::{Report, SyncRequest, sync_once};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{AuthScheme, Content, Credentials, Datastore, Device, Notice, client};
use rusqlite::Connection;
use syncml_devinf::ContentType;

fn card(name: &str) -> Content {
    let text = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n");
    Content::new("text/vcard", text)
}

/// Keeps everybody else from writing to the store for a while, from now on.
fn block(file: &Path, time: Duration) {
    let file = file.to_owned();
    let (blocked, is_blocked) = mpsc::channel();
    thread::spawn(move || {
        let connection = Connection::open(file).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        blocked.send(()).unwrap();
        thread::sleep(time);
        connection.execute_batch("COMMIT").unwrap();
    });
    is_blocked.recv().unwrap();
}

/// A session during which something happens with each notice. How often the client was told to wait.
fn sync(
    url: &str,
    session: &str,
    store: &mut MemoryStore,
    mut on_notice: impl FnMut(&Notice),
) -> (Report, usize) {
    let mut options = ClientOptions::default();
    options.busy_pause = Duration::from_millis(300);
    options.pause = Duration::from_millis(200);
    let people = Datastore::new("people", [ContentType::new("text/vcard", "3.0")]);
    let device = Device::new("phone-1", "phone");
    let request = client::Request::new(people, "contacts");
    let config = client::Config::new(device, url, session.to_owned().into(), [request])
        .with_auth(AuthScheme::Md5)
        .with_credentials(Credentials::new("ann", "tulip"));
    let mut told = 0;
    let request = SyncRequest::new(config).on_notice(|notice| {
        told += usize::from(matches!(notice, Notice::Busy));
        on_notice(notice);
    });
    let report = sync_once(&HttpClient::new(options), store, request).unwrap();
    (report, told)
}

fn assert_equal(file: &Path, phone: &MemoryStore, count: usize) {
    let theirs = SqliteStore::open(file)
        .unwrap()
        .items("ann", "contacts")
        .unwrap();
    let mut theirs: Vec<_> = theirs
        .into_iter()
        .map(|(_, content)| content.data)
        .collect();
    let mine = phone
        .items("ann", "people")
        .map(|(_, content)| content.data.clone());
    let mut mine: Vec<_> = mine.collect();
    theirs.sort();
    mine.sort();
    assert_eq!(mine.len(), count);
    assert_eq!(mine, theirs);
}

fn devices(file: &Path) -> MemoryStore {
    let store = SqliteStore::open(file).unwrap();
    let mut phone = MemoryStore::new();
    for number in 0..20 {
        store
            .add("ann", "contacts", &card(&format!("Theirs {number}")))
            .unwrap();
        phone.add("ann", "people", card(&format!("Mine {number}")));
    }
    phone
}

/// DS-S-011, DS-C-011: the turn goes on by itself while the client is told 101 and asks with 221, again and again.
#[test]
fn a_slow_store_keeps_the_client_waiting() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.db");
    let mut phone = devices(&file);
    let server = Serve::start(&file, &["--busy-after", "1"]);
    let begun = Instant::now();
    let (report, told) = sync(&server.url, "1", &mut phone, |notice| {
        // Before the items go out.
        if matches!(notice, Notice::Settled { .. }) {
            block(&file, Duration::from_secs(4));
        }
    });
    assert!(report.is_success(), "{report:?}");
    assert!(begun.elapsed() > Duration::from_secs(4));
    assert!(told > 1, "{told} times");
    assert_equal(&file, &phone, 40);
    let (report, told) = sync(&server.url, "2", &mut phone, |_| ());
    assert!(report.is_success() && told == 0, "{report:?}");
    assert!(report.datastores[0].is_quiet(), "{report:?}");
}

/// The server is killed while the turn goes on: the next session makes up for it.
#[test]
fn killed_while_it_is_late() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.db");
    let mut phone = devices(&file);
    let mut server = Some(Serve::start(&file, &["--busy-after", "1"]));
    let url = server.as_ref().unwrap().url.clone();
    let address = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let (_, told) = sync(&url, "1", &mut phone, |notice| match notice {
        Notice::Settled { .. } if server.is_some() => block(&file, Duration::from_secs(3)),
        Notice::Busy => {
            drop(server.take());
            server = Some(Serve::start_at(&address, &file, &["--busy-after", "1"]));
        }
        _ => {}
    });
    assert!(told > 0);
    thread::sleep(Duration::from_secs(3));
    for session in ["2", "3"] {
        let (report, _) = sync(&url, session, &mut phone, |_| ());
        assert!(report.is_success(), "{report:?}");
    }
    assert_equal(&file, &phone, 40);
}

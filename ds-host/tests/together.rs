//! Several programs at one store or one folder: one waits for the other, or is told, and nothing serves twice.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Barrier;
use std::thread::{self, sleep};
use std::time::Duration;

use common::{Serve, failure, first_message, post, run, success, syncml};
use ds_host::store::{FolderStore, SqliteStore};
use ds_host::{ErrorKind, SessionStore};
use ds_protocol::{Content, ItemId, PeerRecord, SessionKey, Store};
use rusqlite::Connection;
use syncml_meta::Nonce;
use tempfile::tempdir;

/// A folder that is being synchronised is not synchronised at the same time, with whatever state file: exit code 75.
#[test]
fn one_sync_of_a_folder_at_a_time() {
    let home = tempdir().unwrap();
    let server = Serve::start(&home.path().join("store.db"), &[]);
    let folder = home.path().join("cards");
    fs::create_dir(&folder).unwrap();
    let pair = format!("{}=contacts", folder.display());
    let other = home.path().join("other.db");
    let sync = |more: &[&str]| {
        let mut args = vec!["sync", &server.url, "--user", "ann:tulip", &pair];
        args.extend(more);
        run(args)
    };
    let open = FolderStore::open(&folder, None).unwrap();
    for more in [&[][..], &["--state", other.to_str().unwrap()]] {
        let told = failure(sync(more), 75);
        assert!(told.contains("another program synchronises"), "{told}");
        assert!(told.contains("cards") && told.contains("hint: "), "{told}");
    }
    drop(open);
    success(sync(&[]));
}

/// What a program held that was killed is free.
#[test]
fn a_dead_program_holds_nothing() {
    let home = tempdir().unwrap();
    let folder = home.path().join("cards");
    fs::create_dir(&folder).unwrap();
    // A server that never answers.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let mut hung = syncml()
        .args(["sync", &url, "--user", "ann:tulip"])
        .arg(format!("{}=contacts", folder.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _connection = listener.accept().unwrap();
    let error = FolderStore::open(&folder, None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    hung.kill().unwrap();
    hung.wait().unwrap();
    FolderStore::open(&folder, None).unwrap();
}

fn nonce(number: u32) -> Nonce {
    Nonce::new(number.to_be_bytes().to_vec())
}

/// Two processes are shown the same digest at the same time: its nonce serves one of them.
#[test]
fn a_nonce_serves_one_of_two() {
    let home = tempdir().unwrap();
    let file = home.path().join("store.db");
    let mut stores = [0, 1].map(|_| SqliteStore::open(&file).unwrap());
    let mut record = PeerRecord::default();
    record.nonce = Some(nonce(0));
    stores[0].save_peer("phone", record.clone()).unwrap();
    for round in 0..100 {
        let together = Barrier::new(2);
        let served: Vec<bool> = thread::scope(|scope| {
            let tries = stores.iter_mut().zip(1..).map(|(store, number)| {
                let together = &together;
                scope.spawn(move || {
                    let spent = store.load_peer("phone").unwrap().nonce.unwrap();
                    together.wait();
                    store
                        .spend_nonce("phone", &spent, nonce(2 * round + number))
                        .unwrap()
                })
            });
            let tries: Vec<_> = tries.collect();
            tries
                .into_iter()
                .map(|tried| tried.join().unwrap())
                .collect()
        });
        assert_eq!(
            served.iter().filter(|served| **served).count(),
            1,
            "{round}"
        );
    }
    // Whoever has read the record before, and writes it after, does not bring a nonce back.
    let before = stores[0].load_peer("phone").unwrap();
    let spent = before.nonce.clone().unwrap();
    assert!(
        stores[1]
            .spend_nonce("phone", &spent, nonce(1_000))
            .unwrap()
    );
    stores[0].save_peer("phone", before).unwrap();
    assert!(
        !stores[1]
            .spend_nonce("phone", &spent, nonce(1_001))
            .unwrap()
    );
}

/// Who writes and has to wait holds up nobody who looks something up, as all do before they have logged in.
#[test]
fn looking_up_waits_for_nobody() {
    let home = tempdir().unwrap();
    let file = home.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    store.set_user("ann", "tulip").unwrap();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    thread::scope(|scope| {
        let writing = scope.spawn(|| {
            let card = Content::new(
                "text/vcard",
                "BEGIN:VCARD\r\nVERSION:3.0\r\nN:x\r\nEND:VCARD\r\n",
            );
            store.put("ann", "contacts", &ItemId::new("x"), &card)
        });
        // Until it waits.
        sleep(Duration::from_millis(200));
        let mut reading = store.clone();
        for number in 0..50 {
            let device = format!("phone-{number}");
            assert_eq!(reading.load_peer(&device).unwrap(), PeerRecord::default());
            assert!(reading.load_secret("ann").unwrap().is_some());
            let key = SessionKey::new(device, "1".into());
            assert!(reading.load_session(&key).unwrap().is_none());
        }
        // It would have given up before anybody who waits for it.
        assert!(!writing.is_finished());
        other.execute_batch("COMMIT").unwrap();
        writing.join().unwrap().unwrap();
    });
    // And what was written is seen at once.
    assert_eq!(store.items("ann", "contacts").unwrap().len(), 1);
}

/// Of more sessions than a server remembers the oldest are forgotten, but those before all others in which nobody has
/// logged in.
#[test]
fn sessions_are_bounded() {
    let home = tempdir().unwrap();
    let file = home.path().join("store.db");
    let server = Serve::start(&file, &["--max-sessions", "3"]);
    let kept = || {
        let books = Connection::open(&file).unwrap();
        let mut statement = books
            .prepare("SELECT device FROM session ORDER BY rowid")
            .unwrap();
        let devices = statement
            .query_map([], |row| row.get::<_, String>(0))
            .unwrap();
        devices.map(Result::unwrap).collect::<Vec<_>>()
    };
    let begin = |message: &str| {
        let (status, ..) = post(
            &server.url,
            Some("application/vnd.syncml+xml"),
            message.as_bytes(),
        );
        assert_eq!(status, 200);
    };
    for device in ["known-1", "known-2"] {
        begin(&first_message(device, "1", &["contacts"]));
    }
    for number in 0..5 {
        let stranger = first_message(&format!("stranger-{number}"), "1", &["contacts"]);
        begin(&stranger.replace("YW5uOnR1bGlw", "YW5uOnRoaXN0bGU="));
    }
    let devices = kept();
    assert_eq!(devices, ["known-1", "known-2", "stranger-4"]);
    for device in ["known-3", "known-4"] {
        // The age of a session is counted in seconds.
        sleep(Duration::from_millis(1_100));
        begin(&first_message(device, "1", &["contacts"]));
    }
    let devices = kept();
    assert_eq!(devices.len(), 3, "{devices:?}");
    assert!(
        devices.iter().all(|device| device.starts_with("known-")),
        "{devices:?}"
    );
    assert!(devices.contains(&"known-4".to_owned()), "{devices:?}");
}

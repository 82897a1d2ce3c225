//! Ctrl-C in the middle of `syncml sync`.
#![cfg(unix)]
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use common::{Serve, json, syncml};
use ds_host::store::SqliteStore;
use rusqlite::Connection;

const CARDS: usize = 1_500;

fn interrupt(process: &Child) {
    let killed = Command::new("kill")
        .args(["-INT", &process.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
}

/// A session of many small messages.
fn sync(server: &Serve, folder: &Path) -> Child {
    syncml()
        .args(["sync", &server.url, "--user", "ann:tulip", "--json"])
        .args(["--max-msg-size", "6000"])
        .arg(format!("{}=contacts", folder.display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// As soon as the server has some of the items; it gets no more before the signal has come.
fn interrupt_in_the_middle(process: &Child, file: &Path, store: &SqliteStore) {
    while count(store) < 30 {
        sleep(Duration::from_millis(5));
    }
    let blocking = Connection::open(file).unwrap();
    blocking.busy_timeout(Duration::from_secs(10)).unwrap();
    blocking.execute_batch("BEGIN IMMEDIATE").unwrap();
    interrupt(process);
    sleep(Duration::from_millis(500));
    blocking.execute_batch("COMMIT").unwrap();
}

fn count(store: &SqliteStore) -> usize {
    store.items("ann", "contacts").unwrap().len()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// DS-C-012: Ctrl-C suspends the session (Alert 224), and the same command goes on with it (Alert 225).
#[test]
fn a_session_is_suspended_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("cards");
    fs::create_dir(&folder).unwrap();
    for number in 0..CARDS {
        let card = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna {number}\r\nN:Anna {number};;;;\r\nEND:VCARD\r\n"
        );
        fs::write(folder.join(format!("{number}.vcf")), card).unwrap();
    }
    let file = home.path().join("server.db");
    let server = Serve::start(&file, &["--max-msg-size", "6000"]);
    let store = SqliteStore::open(&file).unwrap();

    let process = sync(&server, &folder);
    interrupt_in_the_middle(&process, &file, &store);
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(
        text(&output).contains("the session is suspended"),
        "{}",
        text(&output)
    );
    assert!(
        text(&output).contains("the same command again goes on"),
        "{}",
        text(&output)
    );
    let report = json(&output.stdout);
    assert_eq!(report["ending"], "suspended");
    let sent = report["datastores"][0]["server"]["added"].as_u64().unwrap();
    assert!((1..CARDS as u64).contains(&sent), "{report}");

    let output = sync(&server, &folder).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    let report = json(&output.stdout);
    assert_eq!(report["datastores"][0]["reason"], "resumed", "{report}");
    let rest = report["datastores"][0]["server"]["added"].as_u64().unwrap();
    assert!(rest <= CARDS as u64 - sent, "{report}");
    assert_eq!(count(&store), CARDS);
    let output = sync(&server, &folder).wait_with_output().unwrap();
    assert_eq!(json(&output.stdout)["datastores"][0]["server"]["added"], 0);
}

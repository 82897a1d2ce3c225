//! A store that takes nothing more: what everybody is told, and that nothing is lost.
#![cfg(unix)]
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use common::{Serve, failure, json, run, success, syncml};
use ds_host::store::SqliteStore;
use rusqlite::Connection;
use tempfile::{TempDir, tempdir};

const CARDS: usize = 300;

/// Cards of 10 kB.
fn cards(home: &TempDir, from: usize) -> String {
    let folder = home.path().join("cards");
    fs::create_dir_all(&folder).unwrap();
    for number in from..from + CARDS {
        let card = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:{number};;;;\r\nFN:{number}\r\nNOTE:{}\r\nEND:VCARD\r\n",
            "n".repeat(10_000)
        );
        fs::write(folder.join(format!("{number}.vcf")), card).unwrap();
    }
    format!("{}=contacts", folder.display())
}

fn sync(server: &Serve, pair: &str) -> std::process::Output {
    let args = ["sync", &server.url, "--user", "ann:tulip", "--json", pair];
    run(args.iter().chain(&["--max-msg-size", "50000"]))
}

fn count(file: &Path) -> usize {
    let store = SqliteStore::open(file).unwrap();
    store.items("ann", "contacts").unwrap().len()
}

/// After the trouble everything is on both sides, once, and the file is sound.
fn goes_on(server: &Serve, file: &Path, pair: &str, cards: usize) {
    let mut output = sync(server, pair);
    // A session that was cut off may have to be resumed and then looked after.
    for _ in 0..2 {
        if output.status.success() {
            break;
        }
        output = sync(server, pair);
    }
    success(output);
    assert_eq!(count(file), cards);
    let folder = pair.split('=').next().unwrap();
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    assert_eq!(
        files
            .filter(|path| path.extension().is_some_and(|end| end == "vcf"))
            .count(),
        cards
    );
    let quiet = sync(server, pair);
    assert_eq!(json(&quiet.stdout)["datastores"][0]["server"]["added"], 0);
    let connection = Connection::open(file).unwrap();
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

/// The limit that `--max-store` sets is that of a disk: what does not fit is refused, and goes through when there is room.
#[test]
fn full_store() {
    let home = tempdir().unwrap();
    let (file, pair) = (home.path().join("server.db"), cards(&home, 0));
    let server = Serve::start(&file, &["--max-store", "1500000"]);
    let output = sync(&server, &pair);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("full"), "{error}");
    let log = fs::read_to_string(Serve::log_of(&file)).unwrap();
    assert!(log.contains("disk is full"), "{log}");
    let kept = count(&file);
    assert!((1..CARDS).contains(&kept), "{kept}");
    drop(server);
    let server = Serve::start(&file, &[]);
    goes_on(&server, &file, &pair, CARDS);
}

/// The system refuses to write on: the file may grow no more.
#[test]
fn file_that_may_not_grow() {
    let home = tempdir().unwrap();
    let (file, pair) = (home.path().join("server.db"), cards(&home, 0));
    let mut limited = Command::new("sh");
    // Blocks of 512 octets. Who ignores the signal is told by the system call.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$@\"", "sh"]);
    limited
        .arg(syncml().get_program())
        .env_remove("SYNCML_PASSWORD");
    let server = Serve::start_as(limited, "127.0.0.1:0", &file, &[]);
    let output = sync(&server, &pair);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let log = fs::read_to_string(Serve::log_of(&file)).unwrap();
    assert!(log.contains("the database failed"), "{log}");
    drop(server);
    assert!(count(&file) < CARDS);
    let server = Serve::start(&file, &[]);
    goes_on(&server, &file, &pair, CARDS);
}

/// A store that may not be written to is refused at once, with the reason, and is served when it may.
#[test]
fn read_only_store() {
    let home = tempdir().unwrap();
    let (file, pair) = (home.path().join("server.db"), cards(&home, 0));
    let server = Serve::start(&file, &[]);
    goes_on(&server, &file, &pair, CARDS);
    assert!(server.stop().success());
    let mode =
        |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(home.path(), 0o555);
    mode(&file, 0o444);
    let mut command = syncml();
    // Everything is allowed to root.
    let is_root = fs::write(home.path().join("probe"), "").is_ok();
    if is_root {
        fs::remove_file(home.path().join("probe")).unwrap();
        // The binary may lie where only root may look.
        let binary = home.path().join("syncml");
        fs::copy(syncml().get_program(), &binary).unwrap();
        mode(&binary, 0o755);
        command = Command::new(binary);
        command.uid(65_534).gid(65_534);
    }
    let store = format!("sqlite:{}", file.display());
    let args = [
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--user",
        "ann:tulip",
        "--store",
        &store,
    ];
    let error = failure(command.args(args).output().unwrap(), 1);
    assert!(
        error.contains("cannot open the store") && error.contains("server.db"),
        "{error}"
    );
    assert!(
        error.contains("hint: check that") && error.contains("may be written to"),
        "{error}"
    );
    mode(home.path(), 0o755);
    mode(&file, 0o644);
    let pair = cards(&home, CARDS);
    let server = Serve::start(&file, &[]);
    goes_on(&server, &file, &pair, 2 * CARDS);
}

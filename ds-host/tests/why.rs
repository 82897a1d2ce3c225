//! `syncml sync --why` against a running server: each decision is told, with what it stands on.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{Serve, json, run, syncml};
use rusqlite::Connection;
use tempfile::{TempDir, tempdir};

/// A server, and folders beside it.
struct Place {
    home: TempDir,
    server: Serve,
}

impl Place {
    fn new(more: &[&str]) -> Self {
        let home = tempdir().unwrap();
        let server = Serve::start(&home.path().join("store.db"), more);
        Self { home, server }
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.home.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    }

    /// What a session of a folder tells.
    fn sync(&self, folder: &Path, more: &[&str]) -> String {
        sync(&self.server.url, folder, more)
    }
}

fn sync(url: &str, folder: &Path, more: &[&str]) -> String {
    let pair = format!("{}=contacts", folder.display());
    let mut args = vec!["sync", url, "--user", "ann:tulip", "--json", "--why", &pair];
    args.extend(more);
    let output = run(args);
    json(&output.stdout);
    String::from_utf8(output.stderr).unwrap()
}

fn card(name: &str, lines: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\n{lines}END:VCARD\r\n")
}

fn put(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

/// The only card in a folder.
fn only(folder: &Path) -> PathBuf {
    let mut cards = cards(folder);
    assert_eq!(cards.len(), 1, "{cards:?}");
    cards.remove(0)
}

fn cards(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let is_card = |path: &PathBuf| path.extension().is_some_and(|end| end == "vcf");
    paths.filter(is_card).collect()
}

/// A line tells this of that.
#[track_caller]
fn told(stderr: &str, what: &str, evidence: &str) {
    let mut lines = stderr.lines();
    let is_told = lines.any(|line| {
        let decision = line.strip_prefix("why: ").unwrap_or_default();
        decision.contains(what) && decision.contains(evidence)
    });
    assert!(is_told, "no {what:?} because of {evidence:?} in {stderr}");
}

/// The first session, one that was asked to compare, and one in which nothing happens.
#[test]
fn first_and_quiet() {
    let place = Place::new(&[]);
    let folder = place.folder("one");
    put(&folder, "asa.vcf", &card("Åsa", ""));
    let first = place.sync(&folder, &[]);
    told(
        &first,
        "contacts: slow sync",
        "stored Next of the peer none",
    );
    told(
        &first,
        "contacts: slow sync",
        "without stored anchors everything is compared",
    );
    told(&first, "credentials refused", "407");
    let again = place.sync(&folder, &["--mode", "slow"]);
    assert!(
        !again.contains("contacts: slow sync"),
        "that was asked for: {again}"
    );
    told(&again, "is paired with an item of the peer", "200");
    let quiet = place.sync(&folder, &[]);
    assert!(!quiet.contains("why:"), "{quiet}");
}

/// Anchors that differ, as each side finds it.
#[test]
fn anchors_differ() {
    let place = Place::new(&[]);
    let folder = place.folder("one");
    place.sync(&folder, &[]);
    let other = |file: &Path| {
        let books = Connection::open(file).unwrap();
        let changed = books.execute("UPDATE link SET last_remote = 'another'", []);
        assert_eq!(changed.unwrap(), 1);
    };
    other(&folder.join(".syncml.db"));
    let here = place.sync(&folder, &["--combined=never"]);
    told(
        &here,
        "contacts: slow sync",
        "stored Next of the peer \"another\", its Last \"",
    );
    told(
        &here,
        "contacts: slow sync",
        "anchors are compared for equality",
    );
    other(&place.home.path().join("store.db"));
    let there = place.sync(&folder, &[]);
    told(&there, "contacts: slow sync", "the peer answered with it");
    assert!(!place.sync(&folder, &[]).contains("why:"));
    // Changes that went with the Alerts do not count then, and a session that begins afresh follows at once.
    other(&folder.join(".syncml.db"));
    let there = place.sync(&folder, &[]);
    told(
        &there,
        "contacts: slow sync",
        "stored Next of the peer none",
    );
    assert!(!there.contains("error:"), "{there}");
    assert!(!place.sync(&folder, &[]).contains("why:"));
}

/// An item that both sides have changed, under each policy.
#[test]
fn conflicts() {
    for (policy, what, status) in [
        (
            "client-wins",
            "takes the place of the peer's version",
            "208",
        ),
        ("server-wins", "gives way to the peer's version", "419"),
        ("duplicate", "stays beside the peer's version", "209"),
    ] {
        let place = Place::new(&["--conflict", policy]);
        let folders = ["one", "other"].map(|name| place.folder(name));
        put(&folders[0], "asa.vcf", &card("Asa", ""));
        for folder in &folders {
            place.sync(folder, &[]);
        }
        for (folder, note) in folders.iter().zip(["first", "second"]) {
            let file = only(folder);
            fs::write(file, card("Asa", &format!("NOTE:{note}\r\n"))).unwrap();
        }
        place.sync(&folders[0], &[]);
        let second = place.sync(&folders[1], &[]);
        told(&second, what, status);
        told(&second, what, "both sides have a version of the item");
    }
}

/// The server leaves it to the client, which has a mind of its own.
#[test]
fn conflicts_that_the_client_decides() {
    for (stands, left) in [("here", "NOTE:second"), ("there", "NOTE:first")] {
        let place = Place::new(&["--conflict", "client-decides"]);
        let folders = ["one", "other"].map(|name| place.folder(name));
        put(&folders[0], "asa.vcf", &card("Asa", ""));
        for folder in &folders {
            place.sync(folder, &[]);
        }
        for (folder, note) in folders.iter().zip(["first", "second"]) {
            let file = only(folder);
            fs::write(file, card("Asa", &format!("NOTE:{note}\r\n"))).unwrap();
        }
        place.sync(&folders[0], &[]);
        for _ in 0..2 {
            place.sync(&folders[1], &["--on-conflict", stands]);
        }
        place.sync(&folders[0], &[]);
        for folder in &folders {
            let card = fs::read_to_string(only(folder)).unwrap();
            assert!(card.contains(left), "{stands}: {card}");
        }
    }
}

/// Too large, read-only, of a type that is not taken.
#[test]
fn refused() {
    let photo = format!("NOTE:{}\r\n", "x".repeat(5_000));
    for (options, what, evidence) in [
        (
            ["--max-obj-size", "2000"],
            "is held back",
            "larger than the peer takes",
        ),
        (["--read-only", "contacts"], "was not taken", "403"),
        (
            ["--datastore", "contacts=text/calendar"],
            "was not taken",
            "415",
        ),
    ] {
        let place = Place::new(&options);
        let folder = place.folder("one");
        put(&folder, "asa.vcf", &card("Asa", &photo));
        told(&place.sync(&folder, &[]), what, evidence);
    }
    // What was refused for good is not sent again.
    let place = Place::new(&["--read-only", "contacts"]);
    let folder = place.folder("one");
    place.sync(&folder, &[]);
    put(&folder, "asa.vcf", &card("Asa", ""));
    let refused = place.sync(&folder, &[]);
    told(
        &refused,
        "is held back",
        "has refused this state of it for good",
    );
    assert!(!place.sync(&folder, &[]).contains("why:"));
    assert!(cards(&folder).len() == 1, "it stays here");
}

/// Arguments that make no sense: nothing is made.
#[test]
fn a_store_is_made_when_the_arguments_are_in_order() {
    let home = tempdir().unwrap();
    for more in [
        &["--user", "ann:tulip", "--read-only", "nothing"][..],
        &["--user", "ann"],
    ] {
        let output = syncml()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(more)
            .current_dir(home.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    }
}

/// Equal on both sides, and one item in two versions: neither is doubled.
#[test]
fn paired() {
    let place = Place::new(&["--conflict", "server-wins"]);
    let folders = ["one", "other"].map(|name| place.folder(name));
    for (folder, name) in folders.iter().zip(["Asa", "Åsa"]) {
        put(folder, "bo.vcf", &card("Bo", ""));
        put(
            folder,
            "asa.vcf",
            &card(name, "UID:0f6c1a52-asa@example.net\r\n"),
        );
    }
    place.sync(&folders[0], &[]);
    let second = place.sync(&folders[1], &[]);
    told(
        &second,
        "item bo.vcf is paired with an item of the peer",
        "200",
    );
    told(
        &second,
        "item asa.vcf gives way to the peer's version",
        "419",
    );
    assert_eq!(cards(&folders[1]).len(), 2);
    let asa = fs::read_to_string(folders[1].join("asa.vcf")).unwrap();
    assert!(asa.contains("FN:Asa"), "{asa}");
    assert!(
        !place.sync(&folders[0], &[]).contains("why:"),
        "nothing is new there"
    );
    assert_eq!(cards(&folders[0]).len(), 2);
}

/// A filter that is another one each time.
#[test]
fn changed_filter() {
    let place = Place::new(&[]);
    let (all, part) = (place.folder("all"), place.folder("part"));
    put(
        &all,
        "asa.vcf",
        &card("Asa", "CATEGORIES:family\r\nNOTE:Tea\r\n"),
    );
    put(&all, "bo.vcf", &card("Bo", "CATEGORIES:work\r\n"));
    place.sync(&all, &[]);
    let first = place.sync(
        &part,
        &["--filter", "CATEGORIES&EQ;family", "--fields", "FN"],
    );
    told(
        &first,
        "is not followed",
        "what the server can is not known yet",
    );
    told(
        &first,
        "a part is synchronised",
        "the filter is CATEGORIES&EQ;family [FN]",
    );
    assert!(!fs::read_to_string(only(&part)).unwrap().contains("NOTE"));
    let second = place.sync(&part, &["--filter", "CATEGORIES&EQ;work"]);
    told(
        &second,
        "a part is synchronised",
        "the filter is CATEGORIES&EQ;work",
    );
    assert!(fs::read_to_string(only(&part)).unwrap().contains("FN:Bo"));
}

/// Ids that the server was told in a message that was lost are told again.
#[test]
fn sent_again() {
    let place = Place::new(&[]);
    let (one, other) = (place.folder("one"), place.folder("other"));
    let way = Way::to(&place.server.url);
    sync(&way.url, &one, &[]);
    put(&other, "asa.vcf", &card("Asa", ""));
    place.sync(&other, &[]);
    // The Alert with the empty Sync passes, the Map does not.
    way.lets_pass(1);
    sync(&way.url, &one, &[]);
    assert_eq!(cards(&one).len(), 1);
    way.lets_pass(usize::MAX);
    let again = sync(&way.url, &one, &[]);
    told(
        &again,
        "the ids of 1 items are told again",
        "has not acknowledged",
    );
    assert_eq!(cards(&one).len(), 1, "nothing is doubled");
    assert!(!sync(&way.url, &one, &[]).contains("why:"));
}

/// A way to a server that lets so many requests pass.
struct Way {
    url: String,
    left: Arc<AtomicUsize>,
}

impl Way {
    fn to(server: &str) -> Self {
        let server = server
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let left = Arc::new(AtomicUsize::new(usize::MAX));
        let passes = left.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, passes) = (server.clone(), passes.clone());
                thread::spawn(move || {
                    // A connection that breaks is what this is for.
                    let _ = pass_on(client, &server, &passes);
                });
            }
        });
        Self { url, left }
    }

    fn lets_pass(&self, requests: usize) {
        self.left.store(requests, Ordering::SeqCst);
    }
}

fn pass_on(mut client: TcpStream, server: &str, left: &AtomicUsize) -> std::io::Result<()> {
    let mut upstream = TcpStream::connect(server)?;
    let (mut answers, mut back) = (upstream.try_clone()?, client.try_clone()?);
    thread::spawn(move || std::io::copy(&mut answers, &mut back));
    let mut octets = [0; 65_536];
    loop {
        let read = client.read(&mut octets)?;
        if read == 0 {
            break;
        }
        let is_request = octets.starts_with(b"POST");
        let next = |left: usize| left.checked_sub(usize::from(left < usize::MAX));
        if is_request
            && left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, next)
                .is_err()
        {
            break;
        }
        upstream.write_all(&octets[..read])?;
    }
    client.shutdown(Shutdown::Both)?;
    upstream.shutdown(Shutdown::Both)
}

//! Who tries to log in: what is slowed, what tells nothing, and what is never written down.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::net::IpAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::{Serve, run};
use ds_host::store::SqliteStore;
use ds_host::{ErrorKind, Event, Service, ServiceRequest};
use ds_protocol::{Datastore, Device, Received, server};
use std::sync::{Arc, Mutex};
use syncml_devinf::ContentType;
use syncml_wbxml::Encoding;

/// What is slowed takes five seconds.
const UNSLOWED: Duration = Duration::from_secs(4);

/// A first message with a password.
fn message(device: &str, session: usize, user: &str, password: &str) -> Bytes {
    let cred = format!("{user}:{password}");
    format!(
        "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>{session}</SessionID><MsgID>1</MsgID>\
         <Target><LocURI>http://server/</LocURI></Target><Source><LocURI>{device}</LocURI></Source>\
         <Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>{cred}</Data></Cred></SyncHdr><SyncBody>\
         <Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI>contacts</LocURI></Target>\
         <Source><LocURI>people</LocURI></Source><Meta><Anchor xmlns='syncml:metinf'><Last>0</Last><Next>1</Next></Anchor></Meta>\
         </Item></Alert><Final/></SyncBody></SyncML>"
    )
    .into()
}

struct Place {
    _home: tempfile::TempDir,
    service: Service,
    log: Arc<Mutex<String>>,
    sessions: usize,
}

impl Place {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(home.path().join("server.db")).unwrap();
        for user in ["ann", "bob", "eve"] {
            store.set_user(user, &format!("{user}-tulip")).unwrap();
        }
        let contacts = Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")]);
        let config = server::Config::new(Device::new("test", "server"), [contacts]);
        let log = Arc::new(Mutex::new(String::new()));
        let lines = log.clone();
        let service = Service::new(config, store).with_log(move |event: Event<'_>| {
            lines.lock().unwrap().push_str(&format!("{event:?}\n"));
        });
        Self {
            _home: home,
            service,
            log,
            sessions: 0,
        }
    }

    /// The status of the header of the answer; 503 where the attempt was turned away. How long it took.
    fn attempt(&mut self, user: &str, password: &str, address: &str) -> (u16, Duration, String) {
        self.sessions += 1;
        let bytes = message(
            &format!("phone-{}", self.sessions),
            self.sessions,
            user,
            password,
        );
        let mut request = ServiceRequest::new(bytes, Encoding::Xml);
        request.address = Some(address.parse::<IpAddr>().unwrap());
        let begun = Instant::now();
        let answer = self.service.take(&request);
        let took = begun.elapsed();
        match answer {
            Ok(answer) => {
                let text = String::from_utf8(answer.bytes.to_vec()).unwrap();
                let status = text.split("<Cmd>SyncHdr</Cmd>").nth(1).unwrap();
                let status = status.split("<Data>").nth(1).unwrap()[..3].parse().unwrap();
                (status, took, text)
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
                (503, took, error.to_string())
            }
        }
    }
}

/// Wrong passwords of one user from everywhere, and of many users from one address: both are slowed, whoever else logs in
/// is not, and right passwords never cost anything.
#[test]
fn failures_are_slowed() {
    let mut place = Place::new();
    for number in 1..=6 {
        let (status, took, _) = place.attempt("ann", "wrong", &format!("192.0.2.{number}"));
        assert_eq!(status, 401);
        assert!(took < UNSLOWED, "{number}: {took:?}");
    }
    let (status, took, _) = place.attempt("ann", "wrong", "192.0.2.99");
    assert_eq!(status, 401);
    assert!(took > Duration::from_secs(3), "{took:?}");
    // Another user from another address.
    for _ in 0..30 {
        let (status, took, _) = place.attempt("bob", "bob-tulip", "198.51.100.1");
        assert_eq!(status, 212);
        assert!(took < UNSLOWED, "{took:?}");
    }
    // From the same address there is no end of names.
    let mut longest = Duration::ZERO;
    for number in 0..23 {
        let (status, took, _) = place.attempt(&format!("user{number}"), "wrong", "203.0.113.9");
        assert_eq!(status, 401);
        longest = longest.max(took);
    }
    assert!(longest > Duration::from_millis(500), "{longest:?}");
    // Neither is locked out.
    let (status, ..) = place.attempt("ann", "ann-tulip", "198.51.100.7");
    assert_eq!(status, 212);
}

/// Whether there is such a user makes no difference to the answer, nor to the time it takes.
#[test]
fn users_are_not_told_apart() {
    let mut place = Place::new();
    let shape = |text: &str, user: &str| {
        let nonce = text.split("NextNonce").nth(1).map(str::to_owned);
        let text = nonce.map_or_else(|| text.to_owned(), |nonce| text.replace(&nonce, ""));
        let text = text.replace(user, "");
        let digits = text.chars().filter(|c| !c.is_ascii_digit());
        digits.collect::<String>()
    };
    let known = place.attempt("eve", "wrong", "192.0.2.1");
    let unknown = place.attempt("adam", "wrong", "192.0.2.2");
    assert_eq!((known.0, unknown.0), (401, 401));
    assert_eq!(shape(&known.2, "eve"), shape(&unknown.2, "adam"));
    // The time of many attempts, taken in turns; the machine that they come from is not slowed for, the users are new ones.
    let home = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(home.path().join("many.db")).unwrap();
    for number in 0..1_200 {
        store.set_user(&format!("known-{number}"), "tulip").unwrap();
    }
    let contacts = Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")]);
    let config = server::Config::new(Device::new("test", "server"), [contacts]);
    place.service = Service::new(config, store);
    let mut ratio = 0.0;
    // On a machine with much else to do it is not measured at once.
    for round in 0..3 {
        ratio = ratio_of(&mut place, round * 400..(round + 1) * 400);
        if (0.7..1.4).contains(&ratio) {
            return;
        }
    }
    panic!("{ratio}");
}

/// How long attempts of users take that there are, against others.
fn ratio_of(place: &mut Place, numbers: Range<u32>) -> f64 {
    let mut times = [Vec::new(), Vec::new()];
    for number in numbers {
        for (kind, times) in ["known", "other"].iter().zip(&mut times) {
            let (status, took, _) =
                place.attempt(&format!("{kind}-{number}"), "wrong", "127.0.0.1");
            assert_eq!(status, 401);
            times.push(took);
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    let ratio = known / unknown;
    println!(
        "401 takes {:.0} µs for users there are, {:.0} µs for others",
        known * 1e6,
        unknown * 1e6
    );
    ratio
}

/// A message that comes again, with its session and without: it is not carried out, and logs nobody in.
#[test]
fn replays() {
    let mut place = Place::new();
    let bytes = message("phone-1", 7, "ann", "ann-tulip");
    let request = ServiceRequest::new(bytes.clone(), Encoding::Xml);
    let first = place.service.take(&request).unwrap();
    assert_eq!(
        place.service.take(&request).unwrap(),
        first,
        "the stored answer"
    );
    // A later message of that session from somebody who does not know its address, with a made-up token or none.
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let begin = text.find("<Cred>").unwrap();
    let end = text.find("</SyncHdr>").unwrap();
    let forged = format!("{}{}", &text[..begin], &text[end..]).replace("<MsgID>1<", "<MsgID>2<");
    for token in [None, Some("0".repeat(32))] {
        let mut request = ServiceRequest::new(forged.clone(), Encoding::Xml);
        request.token = token;
        let answer = place.service.take(&request).unwrap();
        let answer = String::from_utf8(answer.bytes.to_vec()).unwrap();
        assert!(
            answer.contains("<Data>407</Data>") && !answer.contains("<Data>200</Data>"),
            "{answer}"
        );
    }
    place.sessions = 7;
}

/// Base64 of something.
fn base64(octets: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(octets)
}

/// No password and no digest in what is printed of a service and its sessions, nor in any file or log of a server.
#[test]
fn nothing_is_written_down() {
    let mut place = Place::new();
    place.attempt("ann", "ann-tulip", "192.0.2.1");
    place.attempt("ann", "ann-rose", "192.0.2.1");
    let request = ServiceRequest::new(message("p", 1, "ann", "ann-tulip"), Encoding::Xml);
    let answer = place.service.take(&request).unwrap();
    let limits = syncml_wbxml::Limits::default();
    let received = Received::decode(request.bytes.clone(), Encoding::Xml, &limits).unwrap();
    let log = place.log.lock().unwrap().clone();
    let service = &place.service;
    let printed = format!("{log}{service:?}{request:?}{answer:?}{received:?}");
    assert!(
        printed.contains("Authenticated") && printed.contains("Refused"),
        "{printed}"
    );
    for secret in ["ann-tulip", "ann-rose", &base64(b"ann:ann-tulip")] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }

    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.db");
    let server = Serve::start(&file, &["--user", "bob:very-secret-tulip"]);
    let folder = home.path().join("cards");
    fs::create_dir(&folder).unwrap();
    let pair = format!("{}=contacts", folder.display());
    let mut said = String::new();
    for auth in ["md5", "basic", "hmac"] {
        for password in ["very-secret-tulip", "very-secret-rose"] {
            let user = format!("bob:{password}");
            let output = run([
                "sync",
                &server.url,
                "--user",
                &user,
                "--auth",
                auth,
                "--why",
                &pair,
            ]);
            assert_eq!(
                output.status.success(),
                password.ends_with("tulip"),
                "{output:?}"
            );
            said += &String::from_utf8_lossy(&output.stdout);
            said += &String::from_utf8_lossy(&output.stderr);
        }
    }
    drop(server);
    said += &fs::read_to_string(Serve::log_of(&file)).unwrap();
    assert!(
        said.contains("bob logged in") && said.contains("credentials refused"),
        "{said}"
    );
    // Snapshots of sessions are in the store, and so is everything else that is kept.
    let mut kept = said.into_bytes();
    for entry in fs::read_dir(home.path())
        .unwrap()
        .chain(fs::read_dir(&folder).unwrap())
    {
        let path = entry.unwrap().path();
        if path.is_file() {
            kept.extend(fs::read(path).unwrap());
        }
    }
    let digest = {
        let line = common::success(run(["password", "--user", "bob:very-secret-tulip"]));
        line.trim().trim_start_matches("bob:").to_owned()
    };
    // The last message of a session is among it, as it went out.
    let sessions = rusqlite::Connection::open(&file).unwrap();
    let mut rows = sessions.prepare("SELECT snapshot FROM session").unwrap();
    let rows = rows.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let (mut count, command) = (0, b"SyncHdr");
    for row in rows {
        let row = row.unwrap();
        assert!(row.windows(command.len()).any(|window| window == command));
        kept.extend(row);
        count += 1;
    }
    assert!(count > 0);
    for secret in [
        "very-secret-tulip",
        "very-secret-rose",
        &digest,
        &base64(b"bob:very-secret-tulip"),
        &base64(b"bob:very-secret-rose"),
    ] {
        let found = kept
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} was written down");
    }
}

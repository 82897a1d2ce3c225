//! Sessions over a transport that loses things, servers that come and go, devices that come at once.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use ds_host::http::Background;
use ds_host::http::client::{ClientOptions, HttpClient};
use ds_host::store::{FolderStore, SqliteStore};
use ds_host::{Ending, ErrorKind, Report, Service, SyncRequest, sync_once};
use ds_protocol::{
    AuthScheme, Credentials, Datastore, Device, Profile, Rule, Sizes, client, server,
};
use syncml_devinf::{ContentType, Version};
use syncml_repr::{
    AlertCode, CmdId, Command, Message, MessageBuilder, MsgId, Status, StatusCode, decode, encode,
};
use syncml_wbxml::{Encoding, Limits};

fn contacts() -> Datastore {
    Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")])
}

/// Messages small enough to need several for a package.
fn sizes() -> Sizes {
    let mut sizes = Sizes::default();
    sizes.max_msg_size = 2000;
    sizes.max_sent = 2000;
    sizes
}

fn service(database: &Path) -> (Service, SqliteStore) {
    let store = SqliteStore::open(database).unwrap();
    store.set_user("ann", "tulip").unwrap();
    let config =
        server::Config::new(Device::new("test", "server"), [contacts()]).with_sizes(sizes());
    (Service::new(config, store.clone()), store)
}

fn client() -> HttpClient {
    let mut options = ClientOptions::default();
    options.pause = Duration::from_millis(1);
    options.busy_pause = Duration::from_millis(1);
    HttpClient::new(options)
}

fn fill(folder: &Path, device: &str, count: usize) {
    fs::create_dir_all(folder).unwrap();
    for number in 0..count {
        let name = format!("{device}-{number}");
        let card =
            format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n");
        fs::write(folder.join(format!("{name}.vcf")), card).unwrap();
    }
}

fn sync(url: &str, folder: &Path, device: &str, session: &str) -> Report {
    sync_by(AuthScheme::Md5, url, folder, device, session)
}

/// The digest of 1.0 is made of the password, and the server keeps none: it asks for Basic, to which no client is talked.
fn auth(version: Version) -> AuthScheme {
    match version {
        Version::V1_0 => AuthScheme::Basic,
        _ => AuthScheme::Md5,
    }
}

fn sync_by(auth: AuthScheme, url: &str, folder: &Path, device: &str, session: &str) -> Report {
    let request = client::Request::new(contacts(), "contacts");
    let config = client::Config::new(Device::new(device, "phone"), url, session.into(), [request])
        .with_credentials(Credentials::new("ann", "tulip"))
        .with_auth(auth)
        .with_sizes(sizes());
    let mut store = FolderStore::open(folder, None).unwrap();
    sync_once(&client(), &mut store, SyncRequest::new(config)).unwrap()
}

/// Contents of the items in a folder, sorted.
fn cards(folder: &Path) -> Vec<String> {
    let mut cards = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "vcf"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect::<Vec<_>>();
    cards.sort();
    cards
}

/// Reads one HTTP message with a `Content-Length`.
fn read_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = stream.read(&mut buffer).ok()?;
        if count == 0 {
            return None;
        }
        message.extend_from_slice(&buffer[..count]);
        let Some(end) = message.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&message[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        if message.len()
            >= end + 4 + length.map_or(0, |length| length.trim().parse::<usize>().unwrap())
        {
            return Some(message);
        }
    }
}

/// A proxy in front of a server that loses the answer to every `nth` request: the server has carried it out.
fn losing(address: std::net::SocketAddr, nth: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let lost = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&lost);
    thread::spawn(move || {
        let mut requests = 0;
        for stream in listener.incoming() {
            let mut from_client = stream.unwrap();
            let mut to_server = TcpStream::connect(address).unwrap();
            while let Some(request) = read_message(&mut from_client) {
                to_server.write_all(&request).unwrap();
                let answer = read_message(&mut to_server).unwrap();
                requests += 1;
                if requests % nth == 0 {
                    count.fetch_add(1, Ordering::Relaxed);
                    break;
                }
                from_client.write_all(&answer).unwrap();
            }
        }
    });
    (url, lost)
}

/// Answers are lost again and again: each message is carried out once, and nothing is doubled.
#[test]
fn lost_answers_are_asked_for_again() {
    let home = tempfile::tempdir().unwrap();
    let (service, store) = service(&home.path().join("store.db"));
    let server = Background::start(service, "127.0.0.1:0").unwrap();
    let (url, lost) = losing(server.address(), 2);
    let (a, b) = (home.path().join("a"), home.path().join("b"));
    fill(&a, "a", 40);
    fill(&b, "b", 40);
    for (folder, device, added) in [(&a, "A", (40, 0)), (&b, "B", (40, 40)), (&a, "A", (0, 40))] {
        let report = sync(&url, folder, device, &format!("{added:?}"));
        assert!(report.is_success(), "{report:?}");
        let datastore = &report.datastores[0];
        assert_eq!(
            (datastore.remote_counts.added, datastore.local.added),
            added
        );
        assert!(report.messages.sent > 3, "several messages a package");
    }
    assert!(lost.load(Ordering::Relaxed) >= 6);
    assert_eq!(store.items("ann", "contacts").unwrap().len(), 80);
    assert_eq!(cards(&a), cards(&b));
}

/// How a server says that it does not speak a version.
#[derive(Clone, Copy, Debug)]
enum Refusal {
    Status(StatusCode),
    Http(u16),
    Garbage,
}

/// A proxy in front of a server, as if that spoke the versions below `newest` only.
fn older(address: std::net::SocketAddr, newest: Version, refusal: Refusal) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut from_client = stream.unwrap();
            let mut to_server = TcpStream::connect(address).unwrap();
            while let Some(request) = read_message(&mut from_client) {
                let message = read_body(&request);
                if message.hdr.version() <= Some(newest) {
                    to_server.write_all(&request).unwrap();
                    let answer = read_message(&mut to_server).unwrap();
                    from_client.write_all(&answer).unwrap();
                    continue;
                }
                let (status, answer) = match refusal {
                    Refusal::Http(status) => (status, Vec::new()),
                    Refusal::Garbage => (200, b"\x02\x01\x6A\x00\x6D".to_vec()),
                    Refusal::Status(code) => {
                        let mut reply = MessageBuilder::new(message.hdr.reply(MsgId::FIRST));
                        reply.answer(&message, code).rest(code);
                        (200, encode(&reply.finish(true), Encoding::Wbxml).unwrap())
                    }
                };
                from_client.write_all(&with_head(status, answer)).unwrap();
            }
        }
    });
    url
}

/// DS-C-048: a server of old is spoken to as it understands, whatever it says to a newer version.
#[test]
fn falls_back_to_the_versions_of_the_server() {
    for refusal in [
        Refusal::Status(StatusCode::DTD_VERSION_NOT_SUPPORTED),
        Refusal::Status(StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED),
        Refusal::Status(StatusCode::BAD_REQUEST),
        Refusal::Status(StatusCode::COMMAND_NOT_IMPLEMENTED),
        Refusal::Http(400),
        Refusal::Garbage,
    ] {
        for newest in [Version::V1_0, Version::V1_1, Version::V1_2] {
            let home = tempfile::tempdir().unwrap();
            let (service, store) = service(&home.path().join("store.db"));
            let server = Background::start(service, "127.0.0.1:0").unwrap();
            let url = older(server.address(), newest, refusal);
            let folder = home.path().join("a");
            fill(&folder, "a", 3);
            let report = sync_by(auth(newest), &url, &folder, "A", "1");
            assert!(report.is_success(), "{refusal:?} {newest}: {report:?}");
            assert_eq!(report.syncml, newest);
            assert_eq!(store.items("ann", "contacts").unwrap().len(), 3);
        }
    }
}

/// A proxy that keeps the answer to every message with a Sync, and says 101 until it was asked twice.
fn busy(address: std::net::SocketAddr) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut from_client = stream.unwrap();
            let mut to_server = TcpStream::connect(address).unwrap();
            let mut kept = None;
            while let Some(request) = read_message(&mut from_client) {
                let message = read_body(&request);
                let says = |code: AlertCode| {
                    let mut commands = message.body.commands.iter();
                    commands.any(|command| matches!(command, Command::Alert(alert) if alert.code == Some(code)))
                };
                let asks = says(AlertCode::RESULT_ALERT);
                count.fetch_add(usize::from(asks), Ordering::Relaxed);
                let answer = match kept.take() {
                    Some(answer) if asks && count.load(Ordering::Relaxed).is_multiple_of(2) => {
                        answer
                    }
                    Some(answer) => {
                        kept = Some(answer);
                        said_busy(&message)
                    }
                    None => {
                        to_server.write_all(&request).unwrap();
                        let answer = read_message(&mut to_server).unwrap();
                        let mut commands = message.body.commands.iter();
                        if commands.any(|command| matches!(command, Command::Sync(_))) {
                            kept = Some(answer);
                            said_busy(&message)
                        } else {
                            answer
                        }
                    }
                };
                from_client.write_all(&answer).unwrap();
            }
        }
    });
    (url, asked)
}

fn read_body(http: &[u8]) -> Message {
    let head = http.windows(4).position(|window| window == b"\r\n\r\n");
    let bytes = Bytes::copy_from_slice(&http[head.unwrap() + 4..]);
    decode(&bytes, Encoding::Wbxml, &Limits::default()).unwrap()
}

fn said_busy(message: &Message) -> Vec<u8> {
    let hdr = &message.hdr;
    let status = Status::new(
        "1",
        hdr.msg_id,
        CmdId::header(),
        "SyncHdr",
        StatusCode::IN_PROGRESS,
    );
    let answer = Message::new(hdr.reply(hdr.msg_id), vec![status.into()], false);
    with_head(200, encode(&answer, Encoding::Wbxml).unwrap())
}

fn with_head(status: u16, body: Vec<u8>) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status} Said\r\nContent-Type: application/vnd.syncml+wbxml\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.into_bytes(), body].concat()
}

/// DS-C-011: a server that is busy is asked again until it answers.
#[test]
fn a_busy_server_is_asked_again() {
    let home = tempfile::tempdir().unwrap();
    let (service, store) = service(&home.path().join("store.db"));
    let server = Background::start(service, "127.0.0.1:0").unwrap();
    let (url, asked) = busy(server.address());
    let folder = home.path().join("a");
    fill(&folder, "a", 30);
    let report = sync(&url, &folder, "A", "1");
    assert!(report.is_success(), "{report:?}");
    // The server behind it has not seen the messages that asked: the first item after them may be the end of a large
    // object, and comes again in the next session.
    let [contacts] = &report.datastores[..] else {
        panic!("{report:?}");
    };
    let again = contacts.refused.len() as u64;
    assert_eq!(contacts.remote_counts.added + again, 30, "{report:?}");
    assert!(
        contacts.refused.iter().all(|item| item.status == 424),
        "{report:?}"
    );
    sync(&server.url(), &folder, "A", "2");
    assert_eq!(store.items("ann", "contacts").unwrap().len(), 30);
    assert!(
        asked.load(Ordering::Relaxed) >= 4,
        "several messages, each asked for twice"
    );
}

/// What has nothing to do with the version is not tried again.
#[test]
fn does_not_fall_back_for_other_reasons() {
    let home = tempfile::tempdir().unwrap();
    let (service, _) = service(&home.path().join("store.db"));
    let server = Background::start(service, "127.0.0.1:0").unwrap();
    let folder = home.path().join("a");
    fill(&folder, "a", 3);
    let forbidden = Refusal::Status(StatusCode::FORBIDDEN);
    let url = older(server.address(), Version::V1_0, forbidden);
    let report = sync(&url, &folder, "A", "1");
    assert!(
        matches!(report.ending, Ending::Aborted { status: 403 }),
        "{report:?}"
    );
    assert_eq!(report.syncml, Version::V1_2);
}

/// When every answer is lost, the client gives up, and the next session makes it good.
#[test]
fn a_session_that_breaks_is_made_good_by_the_next() {
    let home = tempfile::tempdir().unwrap();
    let (service, store) = service(&home.path().join("store.db"));
    let server = Background::start(service, "127.0.0.1:0").unwrap();
    let folder = home.path().join("a");
    fill(&folder, "a", 30);
    let (deaf, _) = losing(server.address(), 1);
    let report = sync(&deaf, &folder, "A", "1");
    assert!(!report.is_success());
    assert!(
        matches!(&report.ending, Ending::Broken { error } if error.kind() == ErrorKind::Unreachable),
        "{report:?}"
    );
    let report = sync(&server.url(), &folder, "A", "2");
    assert!(report.is_success(), "{report:?}");
    assert_eq!(store.items("ann", "contacts").unwrap().len(), 30);
}

/// A session is taken up by another process: nothing of it is in the memory of the first.
#[test]
fn a_session_goes_on_in_another_process() {
    let home = tempfile::tempdir().unwrap();
    let database = home.path().join("store.db");
    let folder = home.path().join("a");
    fill(&folder, "a", 30);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let answering = database.clone();
    // Every request is answered by a server that has just been started.
    let server = thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(request) = read_message(&mut stream) else {
                return;
            };
            let (service, _) = service(&answering);
            let head = String::from_utf8_lossy(&request);
            let token = head
                .split_once("?s=")
                .map(|(_, rest)| rest.split(' ').next().unwrap().to_owned());
            let body = request
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
                .unwrap()
                + 4;
            let bytes = Bytes::copy_from_slice(&request[body..]);
            let answer = service
                .answer(&bytes, Encoding::Wbxml, token.as_deref())
                .unwrap();
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml+wbxml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                answer.bytes.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&answer.bytes).unwrap();
        }
    });
    let report = sync(&url, &folder, "A", "1");
    assert!(report.is_success(), "{report:?}");
    assert_eq!(report.datastores[0].remote_counts.added, 30, "{report:?}");
    assert!(report.messages.sent > 3);
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    drop(TcpStream::connect(address).unwrap());
    server.join().unwrap();
    assert_eq!(
        SqliteStore::open(&database)
            .unwrap()
            .items("ann", "contacts")
            .unwrap()
            .len(),
        30
    );
}

/// to a server that is known to break on a repeated message nothing goes out twice.
#[test]
fn no_resend() {
    for (on, tries) in [(false, 3), (true, 1)] {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("A");
        fill(&folder, "A", 1);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&asked);
        let server = thread::spawn(move || {
            for stream in listener.incoming() {
                let mut head = [0];
                // Whoever says nothing ends it.
                if stream.unwrap().read(&mut head).unwrap() == 0 {
                    return;
                }
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        let request = client::Request::new(contacts(), "contacts");
        let mut profile = Profile::default();
        profile.no_resend = on;
        let url = format!("http://{address}/");
        let config = client::Config::new(Device::new("A", "phone"), url, "1".into(), [request])
            .with_rules([Rule::new("everybody", profile)]);
        let mut store = FolderStore::open(&folder, None).unwrap();
        let report = sync_once(&client(), &mut store, SyncRequest::new(config)).unwrap();
        assert!(matches!(report.ending, Ending::Broken { .. }), "{report:?}");
        drop(TcpStream::connect(address).unwrap());
        // It counts after it has hung up.
        server.join().unwrap();
        assert_eq!(asked.load(Ordering::SeqCst), tries);
    }
}

/// Devices that come at the same time do not disturb each other.
#[test]
fn devices_at_the_same_time() {
    let home = tempfile::tempdir().unwrap();
    let (service, store) = service(&home.path().join("store.db"));
    let server = Background::start(service, "127.0.0.1:0").unwrap();
    let url = server.url();
    let devices = ["A", "B", "C", "D"].map(|device| (device, home.path().join(device)));
    for (device, folder) in &devices {
        fill(folder, device, 15);
    }
    for session in ["1", "2"] {
        thread::scope(|scope| {
            for (device, folder) in &devices {
                let url = &url;
                scope.spawn(move || {
                    let report = sync(url, folder, device, session);
                    assert!(report.is_success(), "{report:?}");
                });
            }
        });
    }
    assert_eq!(store.items("ann", "contacts").unwrap().len(), 60);
    for (device, folder) in &devices {
        let report = sync(&url, folder, device, "3");
        assert!(
            report.datastores[0].local.replaced == 0
                && report.datastores[0].remote_counts.added == 0,
            "{report:?}"
        );
        assert_eq!(cards(folder), cards(&devices[0].1), "{device}");
        assert_eq!(cards(folder).len(), 60);
    }
}

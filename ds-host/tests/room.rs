//! Folders that hold so much and no more, datastores whose items stand under others, and last answers that are lost.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bytes::Bytes;
use common::{Serve, json, run, success};
use ds_host::http::client::HttpClient;
use ds_host::store::{FolderStore, SqliteStore};
use ds_host::{Ending, Report, Service, SyncRequest, sync_once};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    Content, Credentials, Datastore, Device, Notice, Place, Profile, Rule, SyncType, client, server,
};
use syncml_devinf::ContentType;
use syncml_wbxml::Encoding;

fn contacts() -> Datastore {
    Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")])
}

fn fill(folder: &Path, names: &[&str]) {
    fs::create_dir_all(folder).unwrap();
    for name in names {
        let card =
            format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n");
        fs::write(folder.join(format!("{name}.vcf")), card).unwrap();
    }
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "vcf"))
        .collect();
    files.sort();
    files
}

/// DS-C-052, DS-S-042: a folder that is to hold no more than so many items, or octets, is sent no more than that; the rest
/// stays at the server, and comes when there is room.
#[test]
fn a_quota() {
    let home = tempfile::tempdir().unwrap();
    let serve = Serve::start(&home.path().join("store.db"), &[]);
    let sync = |folder: &Path, more: &[&str]| {
        let place = format!("{}=contacts", folder.display());
        let fixed = ["sync", "--json", &serve.url, "--user", "ann:tulip"];
        let args = fixed
            .iter()
            .copied()
            .chain(more.iter().copied())
            .chain([&*place]);
        json(success(run(args)).as_bytes())
    };
    let full = home.path().join("full");
    fill(&full, &["Anna", "Bert", "Cleo", "Dora", "Emil"]);
    sync(&full, &[]);
    let size = fs::metadata(full.join("Anna.vcf")).unwrap().len();
    let octets = (3 * size).to_string();
    for (name, quota) in [
        ("few", ["--max-items", "3"]),
        ("small", ["--quota", &octets]),
    ] {
        let folder = home.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        let report = sync(&folder, &quota);
        assert_eq!(report["datastores"][0]["client"]["added"], 3, "{report}");
        assert_eq!(files(&folder).len(), 3);
        // Nothing of the rest is taken for deleted.
        assert_eq!(sync(&folder, &quota)["datastores"][0]["client"]["added"], 0);
        sync(&full, &[]);
        assert_eq!(files(&full).len(), 5);
        // One makes room for one.
        let mut left = files(&folder);
        let moved = home.path().join(format!("{name}.away"));
        fs::rename(left.remove(0), &moved).unwrap();
        let report = sync(&folder, &quota);
        assert_eq!(report["datastores"][0]["client"]["added"], 1, "{report}");
        assert_eq!(files(&folder).len(), 3);
        // What was deleted here is deleted there; it comes back by another.
        fs::rename(&moved, full.join(format!("{name}.vcf"))).unwrap();
        sync(&full, &[]);
        assert_eq!(files(&full).len(), 5);
    }
}

/// DS-S-014: `serve --datastore NAME=TYPE,hierarchical` keeps a tree, and gives it to another device as it was.
#[test]
fn a_tree_is_served() {
    let home = tempfile::tempdir().unwrap();
    let more = ["--datastore", "files=text/vcard,hierarchical"];
    let serve = Serve::start(&home.path().join("store.db"), &more);
    let files = Datastore::new("files", [ContentType::new("text/vcard", "3.0")]);
    let sync = |store: &mut MemoryStore, device: &str| {
        let request = client::Request::new(files.clone().with_hierarchical(true), "files");
        let device = Device::new(device.to_owned(), "phone");
        let config = client::Config::new(device, serve.url.as_str(), "1".into(), [request])
            .with_credentials(Credentials::new("ann", "tulip"));
        let report = sync_once(&HttpClient::default(), store, SyncRequest::new(config)).unwrap();
        assert!(report.is_success(), "{report:?}");
    };
    let mut first = MemoryStore::new();
    let top = first.add("ann", "files", Content::new("text/vcard", "top"));
    let leaf = Content::new("text/vcard", "leaf").with_place(Place::under(top));
    first.add("ann", "files", leaf);
    sync(&mut first, "A");
    let mut second = MemoryStore::new();
    sync(&mut second, "B");
    let items: Vec<_> = second.items("ann", "files").collect();
    assert_eq!(items.len(), 2);
    let (top, _) = items.iter().find(|(_, it)| it.data == "top").unwrap();
    let (_, leaf) = items.iter().find(|(_, it)| it.data == "leaf").unwrap();
    assert_eq!(leaf.place.parent(), Some(*top));
}

/// A service behind a transport that loses the answer for good when the count comes to zero.
fn losing(service: Service, count: Arc<AtomicUsize>) -> (String, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some((token, body)) = asked(&mut stream) else {
                return;
            };
            let answer = service
                .answer(&body, Encoding::Wbxml, token.as_deref())
                .unwrap();
            if count.fetch_sub(1, Ordering::SeqCst) == 1 {
                continue;
            }
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.syncml+wbxml\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                answer.bytes.len()
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream.write_all(&answer.bytes).unwrap();
        }
    });
    (url, server)
}

/// The token and the body of a request; none: nothing is asked.
fn asked(stream: &mut TcpStream) -> Option<(Option<String>, Bytes)> {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        if count == 0 {
            return None;
        }
        request.extend_from_slice(&buffer[..count]);
        let Some(end) = request.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        let length = head.split("content-length: ").nth(1).unwrap();
        let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
        if request.len() >= end + 4 + length {
            let original = String::from_utf8_lossy(&request[..end]).into_owned();
            let token = original.split("?s=").nth(1);
            let token = token.map(|rest| rest.split(' ').next().unwrap().to_owned());
            return Some((token, Bytes::copy_from_slice(&request[end + 4..])));
        }
    }
}

/// Whatever answer of a two-way sync is lost for good, the next one compares nothing, with the stores that people have.
#[test]
fn lost_answers() {
    for lost in 1.. {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("A");
        fill(&folder, &["Anna"]);
        let store = SqliteStore::open(home.path().join("store.db")).unwrap();
        store.set_user("ann", "tulip").unwrap();
        let service = Service::new(
            server::Config::new(Device::new("test", "server"), [contacts()]),
            store.clone(),
        );
        let count = Arc::new(AtomicUsize::new(usize::MAX));
        let (url, server) = losing(service, Arc::clone(&count));
        let sync = |lost: usize, session: &str| -> (Report, Vec<SyncType>) {
            count.store(lost, Ordering::SeqCst);
            let mut profile = Profile::default();
            profile.no_resend = true;
            let request = client::Request::new(contacts(), "contacts");
            let device = Device::new("A", "phone");
            let config = client::Config::new(device, url.as_str(), session.into(), [request])
                .with_credentials(Credentials::new("ann", "tulip"))
                .with_rules([Rule::new("once", profile)]);
            let mut settled = Vec::new();
            let mut folder = FolderStore::open(&folder, None).unwrap();
            let request = SyncRequest::new(config).on_notice(|notice| match notice {
                Notice::Settled { sync_type, .. } | Notice::Resumed { sync_type, .. } => {
                    settled.push(*sync_type);
                }
                _ => {}
            });
            let report = sync_once(&HttpClient::default(), &mut folder, request);
            (report.unwrap(), settled)
        };
        let whole = usize::MAX;
        assert!(sync(whole, "1").0.is_success());
        fill(&folder, &["Bert"]);
        let theirs = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Cleo;;;;\r\nFN:Cleo\r\nEND:VCARD\r\n";
        store
            .add("ann", "contacts", &Content::new("text/vcard", theirs))
            .unwrap();
        let (cut, _) = sync(lost, "2");
        let (next, settled) = sync(whole, "3");
        drop(TcpStream::connect(url.trim_start_matches("http://").trim_end_matches('/')).unwrap());
        server.join().unwrap();
        if cut.is_success() {
            assert!(lost > 3);
            return;
        }
        assert!(matches!(cut.ending, Ending::Broken { .. }), "{cut:?}");
        assert!(next.is_success(), "{lost} {next:?}");
        assert_eq!(settled, [SyncType::TwoWay], "{lost}");
        assert_eq!(files(&folder).len(), 3);
        assert_eq!(store.items("ann", "contacts").unwrap().len(), 3);
    }
}

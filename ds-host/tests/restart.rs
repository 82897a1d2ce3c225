//! A server that is killed after every message: the session goes on in another process.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use bytes::Bytes;
use common::Serve;
use ds_host::store::SqliteStore;
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    Closed, Content, Credentials, Datastore, Device, Received, Sizes, SyncType, Transmit, client,
    driver,
};
use syncml_devinf::ContentType;
use syncml_wbxml::{Encoding, Limits};

/// Small, so that packages take several messages.
const MAX_MSG_SIZE: u64 = 4_000;

fn card(text: &str) -> Content {
    let note = "n".repeat(500);
    Content::new(
        "text/vcard",
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{text}\r\nN:{text};;;;\r\nNOTE:{note}\r\nEND:VCARD\r\n"
        ),
    )
}

/// Posts a message to a server, whatever port the message was meant for.
fn post(server: &Serve, transmit: &Transmit) -> Bytes {
    let host = server
        .url
        .trim_start_matches("http://")
        .trim_end_matches('/');
    let (_, path) = transmit.uri["http://".len()..].split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
        syncml_repr::media_type(transmit.encoding),
        transmit.bytes.len()
    )
    .unwrap();
    stream.write_all(&transmit.bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
    Bytes::from(answer).slice(end + 4..)
}

/// DS-S-045, DS-S-065: after each answer the server is killed. The next process gives the same answer to the
/// message that comes again, and carries the session on.
#[test]
fn a_session_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.db");
    let store = SqliteStore::open(&file).unwrap();
    for number in 0..12 {
        let card = card(&format!("Theirs {number}"));
        store.add("ann", "contacts", &card).unwrap();
    }
    drop(store);
    let mut phone = MemoryStore::new();
    for number in 0..12 {
        phone.add("ann", "people", card(&format!("Mine {number}")));
    }
    let mut sizes = Sizes::default();
    sizes.max_msg_size = MAX_MSG_SIZE;
    sizes.max_sent = MAX_MSG_SIZE;
    let people = Datastore::new("people", [ContentType::new("text/vcard", "3.0")]);
    for (session, sync_type) in [SyncType::TwoWay, SyncType::TwoWay, SyncType::Slow]
        .into_iter()
        .enumerate()
    {
        let request = client::Request::new(people.clone(), "contacts").with_sync_type(sync_type);
        let config = client::Config::new(
            Device::new("phone-1", "phone"),
            "http://server/",
            (session + 1).to_string().into(),
            [request],
        )
        .with_sizes(sizes.clone())
        .with_encoding(Encoding::Wbxml)
        .with_credentials(Credentials::new("ann", "tulip"));
        let mut engine = client::Session::new(Arc::new(config));
        let (mut input, mut messages) = (None, 0);
        let closed = loop {
            let turn = driver::turn(&mut engine, &mut phone, input.take(), &mut |_| ()).unwrap();
            let Some(transmit) = turn.transmit else {
                break turn.closed;
            };
            messages += 1;
            let answers = [(); 2].map(|()| {
                let server = Serve::start(&file, &[]);
                let answer = post(&server, &transmit);
                // Not stopped: killed.
                drop(server);
                answer
            });
            assert_eq!(answers[0], answers[1], "message {messages}");
            let [answer, _] = answers;
            let received = Received::decode(answer, transmit.encoding, &Limits::default());
            input = Some(received.unwrap());
        };
        assert_eq!(closed, Some(Closed::Complete));
        assert!(messages >= if session == 0 { 8 } else { 3 }, "{messages}");
    }
    let theirs = SqliteStore::open(&file).unwrap().items("ann", "contacts");
    let mut theirs: Vec<_> = theirs
        .unwrap()
        .into_iter()
        .map(|item| item.1.data)
        .collect();
    let mut mine: Vec<_> = phone
        .items("ann", "people")
        .map(|item| item.1.data.clone())
        .collect();
    theirs.sort();
    mine.sort();
    assert_eq!(mine.len(), 24);
    assert_eq!(mine, theirs);
}

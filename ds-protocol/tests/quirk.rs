//! The oddities of peers in `testdata/quirk`, one message each: what our engines make of it, in the place of a session where
//! it belongs. Both encodings must lead to the same.

mod common;

use std::sync::Arc;

use common::datastore;
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Played, Player, Variant};
use ds_protocol::{
    Anchors, AuthScheme, Closed, Content, Credentials, Device, Input, Link, Received, Rule, Secret,
    Store, client, server,
};
use syncml_devinf::DevInf;
use syncml_repr::{Command, Message, MsgId, decode};
use syncml_wbxml::{Encoding, Limits};

const USER: &str = "liv";
const PASSWORD: &str = "fjellrev-7";
const PHONE: &str = "IMEI:004999010640042";
const SERVER: &str = "http://sync.fjell.example/ds";

/// Where in a session a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// It is the first of the session, or the answer to the first.
    Init,
    /// It comes when the datastores are agreed on.
    Sync,
}

fn fixture(stem: &str, encoding: Encoding) -> Option<Message> {
    let end = match encoding {
        Encoding::Xml => "xml",
        _ => "wbxml",
    };
    let fixture = testdata::get(&format!("quirk/{stem}.{end}"))?;
    Some(decode(&fixture.bytes.into(), encoding, &Limits::default()).expect(stem))
}

/// What an engine says: codes, commands, the end.
fn said(played: &Played) -> String {
    let mut said = Vec::new();
    if let Some(transmit) = &played.transmit {
        let message = decode(&transmit.bytes, transmit.encoding, &Limits::default()).unwrap();
        for command in &message.body.commands {
            said.push(match command {
                Command::Status(status) => format!("{} {}", status.cmd, status.code.get()),
                Command::Alert(alert) => format!("({})", alert.code.map_or(0, |code| code.get())),
                Command::Sync(sync) => {
                    let items = sync.commands.iter().map(Command::name);
                    let items: Vec<_> = items.collect();
                    format!("(Sync {})", items.join(" ")).replace(" )", ")")
                }
                other => format!("({})", other.name()),
            });
        }
    }
    if let Some(closed) = &played.closed {
        said.push(match closed {
            Closed::Aborted(code) => format!("aborted {}", code.get()),
            other => format!("{other:?}"),
        });
    }
    said.join(", ")
}

/// A phone that has been synchronised before, and its server.
fn served(stem: &str, place: Place, encoding: Encoding) -> Option<String> {
    let mut message = fixture(stem, encoding)?;
    let mut store = MemoryStore::new().with_user(USER, Secret::Password(PASSWORD.into()));
    let link = Link::new(USER, PHONE, "contacts", "kontakter");
    store.commit(&link, &Anchors::new("16", "17")).unwrap();
    let names = ["contacts", "calendar", "notes"];
    let types = ["text/x-vcard", "text/x-vcalendar", "text/plain"];
    let stores = names.map(|name| {
        let types = types.map(|it| syncml_devinf::ContentType::new(it.to_owned(), "1.0"));
        ds_protocol::Datastore::new(name, types)
    });
    let config = server::Config::new(Device::new("fjell", "server"), stores);
    let config = Arc::new(config.with_auth(AuthScheme::Basic));
    let mut server = Player::<server::Session>::new(config, Variant::Every);
    let mut deliver = |message: Message| {
        let bytes = syncml_repr::encode(&message, encoding).unwrap();
        let received = Received::decode(bytes, encoding, &Limits::default()).unwrap();
        // Who says nothing of himself has been let in by the transport.
        let received = match message.hdr.cred {
            Some(_) => received,
            None => received.with_user(USER),
        };
        let input = Input::Message(Box::new(received));
        server.turn(&mut store, Some(&input))
    };
    if place == Place::Sync {
        let mut init = fixture("q-419-plain", encoding).expect("there");
        init.hdr.cred = None;
        init.hdr.session_id = message.hdr.session_id.clone();
        assert_eq!(said(&deliver(init)), "SyncHdr 212, Alert 200, (Get), (200)");
        message.hdr.msg_id = MsgId::new(message.hdr.msg_id.get().max(2));
    }
    Some(said(&deliver(message)))
}

/// What each oddity of a client is answered.
const OF_CLIENTS: &[(&str, Place, &str)] = &[
    ("auth-type-case", Place::Init, ""),
    ("q-101-msg-id-3-first", Place::Init, ""),
    ("q-104-final-though-more", Place::Sync, ""),
    ("q-105-222-with-final", Place::Sync, ""),
    ("q-106-222-only", Place::Sync, ""),
    ("q-114-cmd-id-twice", Place::Init, ""),
    ("q-117-target-host", Place::Init, ""),
    ("q-117-target-slash", Place::Init, ""),
    ("q-118-empty-body", Place::Sync, ""),
    ("q-118-header-status-only", Place::Sync, ""),
    ("q-119-sync-first", Place::Sync, ""),
    ("q-123-namespace-lower-case", Place::Sync, ""),
    ("q-123-no-namespace", Place::Sync, ""),
    ("q-125-byte-order-mark", Place::Sync, ""),
    ("q-126-cr-cr-lf", Place::Sync, ""),
    ("q-128-source-other-than-notified", Place::Init, ""),
    ("q-129-late-slow", Place::Sync, ""),
    ("q-130-old-source-ref", Place::Sync, ""),
    ("q-137-221-header-uris", Place::Sync, ""),
    ("q-137-222-header-uris", Place::Sync, ""),
    ("q-137-223-header-uris", Place::Sync, ""),
    ("q-204-cred-without-meta", Place::Init, ""),
    ("q-204-cred-without-type", Place::Init, ""),
    ("q-205-basic-plain", Place::Init, ""),
    ("q-205-format-missing", Place::Init, ""),
    ("q-207-no-loc-name", Place::Init, ""),
    ("q-301-source-ref-with-cgi", Place::Init, ""),
    ("q-302-vendor-sync-type", Place::Init, ""),
    ("q-303-sync-type-zeros", Place::Init, ""),
    ("q-304-photo-size", Place::Init, ""),
    ("q-305-ctcap-incomplete", Place::Init, ""),
    ("q-306-ctcap-with-sizes", Place::Init, ""),
    ("q-307-no-ctcap", Place::Init, ""),
    ("q-308-names-as-parameters", Place::Init, ""),
    ("q-308-type-with-values", Place::Init, ""),
    ("q-309-put-in-slow-sync", Place::Init, ""),
    ("q-310-store-not-in-devinf", Place::Init, ""),
    ("q-311-store-below-another", Place::Init, ""),
    ("q-313-no-version", Place::Init, ""),
    ("q-314-blanks", Place::Init, ""),
    ("q-314-no-ver-dtd", Place::Init, ""),
    ("q-315-max-id", Place::Init, ""),
    ("q-316-utc-claimed", Place::Init, ""),
    ("q-317-uri-of-1.1", Place::Init, ""),
    ("q-317-uri-without-dot", Place::Init, ""),
    ("q-319-id-prefix", Place::Init, ""),
    ("q-320-no-put", Place::Init, ""),
    ("q-402-max-obj-size-in-alert", Place::Init, ""),
    ("q-404-first-anchors", Place::Init, ""),
    ("q-404-no-anchor", Place::Init, ""),
    ("q-408-server-alerted-codes", Place::Init, ""),
    ("q-409-empty-target", Place::Init, ""),
    ("q-410-names-differ", Place::Init, ""),
    ("q-411-names-of-vendors", Place::Init, ""),
    ("q-413-pc-suite", Place::Init, ""),
    ("q-416-resume-without-last", Place::Init, ""),
    ("q-419-anchor-blanks", Place::Init, ""),
    ("q-419-loc-uri-blanks", Place::Init, ""),
    ("q-419-plain", Place::Init, ""),
    ("q-504-size-off-by-one", Place::Sync, ""),
    ("q-505-trimmed", Place::Sync, ""),
    ("q-509-no-type", Place::Sync, ""),
    ("q-510-base64-on-command", Place::Sync, ""),
    ("q-510-base64-unannounced", Place::Sync, ""),
    ("q-511-line-feeds", Place::Sync, ""),
    ("q-512-items", Place::Sync, ""),
    ("q-513-number-wrong", Place::Sync, ""),
    ("q-518-map-before-sync", Place::Sync, ""),
    ("q-526-options-in-name", Place::Init, ""),
    ("q-529-continued-without-size", Place::Sync, ""),
    ("q-530-datapos-0", Place::Sync, ""),
    ("q-532-number-later", Place::Sync, ""),
    ("session-id-long", Place::Init, ""),
    ("sync-in-atomic", Place::Sync, ""),
    ("ver-proto-1.1.2", Place::Init, ""),
];

/// DS-B-008, DS-B-009, DS-S-022, DS-S-048: nothing a client is known to do ends a session.
#[test]
fn of_clients() {
    for (stem, place, expected) in OF_CLIENTS {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            if let Some(told) = served(stem, *place, encoding) {
                println!("{stem}|{encoding:?}|{told}|{}", *expected == told);
            }
        }
    }
}

/// A server that the phone knows from before, and the phone.
fn asked(stem: &str, place: Place, encoding: Encoding) -> Option<String> {
    let mut message = fixture(stem, encoding)?;
    let mut store = MemoryStore::new();
    let link = Link::new(USER, SERVER, "kontakter", "contacts");
    store.commit(&link, &Anchors::new("17", "17")).unwrap();
    let contacts = datastore("kontakter", "text/x-vcard");
    let request = client::Request::new(contacts, "contacts");
    let id = message.hdr.session_id.clone();
    let config = client::Config::new(Device::new(PHONE, "phone"), SERVER, id, [request])
        .with_credentials(Credentials::new(USER, PASSWORD))
        .with_auth(AuthScheme::Basic)
        .with_encoding(encoding)
        .with_rules(Vec::<Rule>::new());
    // Nothing but the Alert is to be said first.
    let mut known = Player::<client::Session>::new(Arc::new(config.clone()), Variant::Plain);
    known.turn(&mut store, None);
    let mut record = store.load_peer(SERVER).unwrap();
    record.dev_inf = Some(DevInf::default());
    store.save_peer(SERVER, record).unwrap();
    store.add(
        USER,
        "kontakter",
        Content::new("text/x-vcard", "BEGIN:VCARD\r\nEND:VCARD\r\n"),
    );
    let mut client = Player::<client::Session>::new(Arc::new(config), Variant::Every);
    client.turn(&mut store, None);
    let mut deliver = |message: Message| {
        let bytes = syncml_repr::encode(&message, encoding).unwrap();
        let received = Received::decode(bytes, encoding, &Limits::default()).unwrap();
        let input = Input::Message(Box::new(received));
        client.turn(&mut store, Some(&input))
    };
    if place == Place::Sync {
        let mut init = fixture("q-415-resume-refused", encoding).expect("there");
        init.hdr.session_id = message.hdr.session_id.clone();
        println!("init {}", said(&deliver(init)));
        message.hdr.msg_id = MsgId::new(message.hdr.msg_id.get().max(2));
    }
    Some(said(&deliver(message)))
}

const OF_SERVERS: &[(&str, Place, &str)] = &[
    ("children-order", Place::Init, ""),
    ("children-unknown", Place::Init, ""),
    ("cmd-case", Place::Init, ""),
    ("final-first", Place::Init, ""),
    ("lang-and-text", Place::Init, ""),
    ("q-108-sync-status-first", Place::Sync, ""),
    ("q-109-statuses-left-out", Place::Sync, ""),
    ("q-113-no-msg-ref", Place::Init, ""),
    ("q-115-refused-without-resp-uri", Place::Init, ""),
    ("q-120-201-alert-only", Place::Init, ""),
    ("q-120-508-status-only", Place::Init, ""),
    ("q-121-400-for-version", Place::Init, ""),
    ("q-122-505-for-version", Place::Init, ""),
    ("q-131-unfinished-without-222", Place::Sync, ""),
    ("q-132-refused-without-final", Place::Init, ""),
    ("q-133-status-per-item", Place::Init, ""),
    ("q-134-results-first", Place::Init, ""),
    ("q-135-package-2-complete", Place::Init, ""),
    ("q-203-nonce-not-base64", Place::Init, ""),
    ("q-208-nonce-out-of-step", Place::Init, ""),
    ("q-209-unknown-challenge", Place::Init, ""),
    ("q-210-challenge-with-212", Place::Init, ""),
    ("q-211-200-for-credentials", Place::Init, ""),
    ("q-312-get-refused", Place::Init, ""),
    ("q-401-both-anchors", Place::Init, ""),
    ("q-415-resume-refused", Place::Init, ""),
    ("q-503-gone", Place::Sync, ""),
    ("q-506-twin", Place::Sync, ""),
    ("q-521-message-size-refused", Place::Init, ""),
    ("q-522-keep-alive", Place::Sync, ""),
    ("q-523-busy", Place::Init, ""),
    ("q-531-223-swapped", Place::Sync, ""),
    ("resp-uri", Place::Init, ""),
    ("results-without-msg-ref", Place::Init, ""),
    ("unknown-code", Place::Init, ""),
];

/// DS-B-010, DS-B-011, DS-C-057: what servers are known to do.
#[test]
fn of_servers() {
    for (stem, place, expected) in OF_SERVERS {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            if let Some(told) = asked(stem, *place, encoding) {
                println!("{stem}|{encoding:?}|{told}|{}", *expected == told);
            }
        }
    }
}

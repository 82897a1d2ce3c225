//! The oddities of peers in `testdata/quirk`, one message each: what our engines make of it, in the place of a session where
//! it belongs. Both encodings must lead to the same.

mod common;

use std::sync::Arc;

use common::datastore;
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Pair, Played, Player, Variant};
use ds_protocol::{
    Anchors, AuthScheme, Closed, Content, Credentials, Device, Input, Link, PeerRecord, Received,
    Rule, Secret, Store, client, server,
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

/// Some exist in one encoding only.
fn is_there(stem: &str) -> bool {
    let encodings = [Encoding::Xml, Encoding::Wbxml];
    encodings
        .into_iter()
        .any(|encoding| fixture(stem, encoding).is_some())
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
    let names = [
        "contacts", "cal", "memo", "s1", "s2", "s3", "s4", "s5", "calendar", "notes",
    ];
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

/// What each oddity of a client is answered. In 409 the datastore is named by the client's name alone, which is no name
/// here.
const OF_CLIENTS: &[(&str, Place, &str)] = &[
    (
        "auth-type-case",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-101-msg-id-3-first",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-104-final-though-more",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-105-222-with-final",
        Place::Sync,
        "SyncHdr 200, Alert 200, (Sync)",
    ),
    (
        "q-106-222-only",
        Place::Sync,
        "SyncHdr 200, Alert 200, (222)",
    ),
    (
        "q-114-cmd-id-twice",
        Place::Init,
        "SyncHdr 212, Alert 200, Alert 508, (Get), (200), (201)",
    ),
    (
        "q-117-target-host",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-117-target-slash",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    ("q-118-empty-body", Place::Sync, "SyncHdr 200, (Sync)"),
    (
        "q-118-header-status-only",
        Place::Sync,
        "SyncHdr 200, (Sync)",
    ),
    (
        "q-119-sync-first",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, Map 200, (Sync)",
    ),
    (
        "q-123-namespace-lower-case",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-123-no-namespace",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-125-byte-order-mark",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-126-cr-cr-lf",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-128-source-other-than-notified",
        Place::Init,
        "SyncHdr 212, Alert 508, (Get), (201)",
    ),
    ("q-129-late-slow", Place::Sync, "SyncHdr 200, Alert 200"),
    ("q-130-old-source-ref", Place::Sync, "SyncHdr 200, (Sync)"),
    (
        "q-137-221-header-uris",
        Place::Sync,
        "SyncHdr 200, Alert 200, (Sync)",
    ),
    (
        "q-137-222-header-uris",
        Place::Sync,
        "SyncHdr 200, Alert 200, (Sync)",
    ),
    (
        "q-137-223-header-uris",
        Place::Sync,
        "SyncHdr 200, Alert 200, (Sync)",
    ),
    (
        "q-204-cred-without-meta",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-204-cred-without-type",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-205-basic-plain",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-205-format-missing",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-207-no-loc-name",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-301-source-ref-with-cgi",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-302-vendor-sync-type",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-303-sync-type-zeros",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-304-photo-size",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-305-ctcap-incomplete",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-306-ctcap-with-sizes",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-307-no-ctcap",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-308-names-as-parameters",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-308-type-with-values",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-309-put-in-slow-sync",
        Place::Init,
        "SyncHdr 212, Put 200, Alert 200, (201)",
    ),
    (
        "q-310-store-not-in-devinf",
        Place::Init,
        "SyncHdr 212, Alert 508, Put 200, (201)",
    ),
    (
        "q-311-store-below-another",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-313-no-version",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-314-blanks",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-314-no-ver-dtd",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-315-max-id",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-316-utc-claimed",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-317-uri-of-1.1",
        Place::Init,
        "SyncHdr 212, Put 200, Get 200, (Results), Complete",
    ),
    (
        "q-317-uri-without-dot",
        Place::Init,
        "SyncHdr 212, Put 200, Complete",
    ),
    (
        "q-319-id-prefix",
        Place::Init,
        "SyncHdr 212, Alert 508, (Get), (201)",
    ),
    (
        "q-320-no-put",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (201)",
    ),
    (
        "q-402-max-obj-size-in-alert",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-404-first-anchors",
        Place::Init,
        "SyncHdr 212, Alert 508, Alert 508, Alert 508, Alert 508, (Get), (201), (201), (201), (201)",
    ),
    (
        "q-404-no-anchor",
        Place::Init,
        "SyncHdr 212, Alert 508, (Get), (201)",
    ),
    (
        "q-408-server-alerted-codes",
        Place::Init,
        "SyncHdr 212, Alert 508, Alert 508, Alert 200, Alert 508, Alert 200, (Get), (201), (203), (203), (205), (205)",
    ),
    (
        "q-409-empty-target",
        Place::Init,
        "SyncHdr 212, Alert 404, Sync 403, (Get)",
    ),
    (
        "q-410-names-differ",
        Place::Init,
        "SyncHdr 212, Alert 200, Sync 200, Add 201, (Get), (200), (Sync)",
    ),
    (
        "q-411-names-of-vendors",
        Place::Init,
        "SyncHdr 212, Alert 200, Alert 200, Alert 200, Alert 404, Alert 404, Alert 200, (Get), (201), (201), (201), (201)",
    ),
    (
        "q-413-pc-suite",
        Place::Init,
        "SyncHdr 212, Alert 508, (Get), (201)",
    ),
    (
        "q-416-resume-without-last",
        Place::Init,
        "SyncHdr 212, Alert 508, (Get), (201)",
    ),
    (
        "q-419-anchor-blanks",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-419-loc-uri-blanks",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-419-plain",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-504-size-off-by-one",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-505-trimmed",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-509-no-type",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-510-base64-on-command",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-510-base64-unannounced",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-511-line-feeds",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-512-items",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-513-number-wrong",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-518-map-before-sync",
        Place::Sync,
        "SyncHdr 200, Map 200, Sync 200, Add 201, (Sync)",
    ),
    (
        "q-526-options-in-name",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "q-529-continued-without-size",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 424, (Sync)",
    ),
    (
        "q-530-datapos-0",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 213, (222)",
    ),
    (
        "q-532-number-later",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, Sync 200, Add 201, (Sync)",
    ),
    (
        "session-id-long",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
    (
        "sync-in-atomic",
        Place::Sync,
        "SyncHdr 200, Atomic 406, Sync 406, Add 406, (Sync)",
    ),
    (
        "ver-proto-1.1.2",
        Place::Init,
        "SyncHdr 212, Alert 200, (Get), (200)",
    ),
];

/// DS-B-008, DS-B-009, DS-S-022, DS-B-024: nothing a client is known to do ends a session.
#[test]
fn of_clients() {
    for (stem, place, expected) in OF_CLIENTS {
        assert!(is_there(stem), "{stem}");
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            if let Some(told) = served(stem, *place, encoding) {
                assert_eq!(told, *expected, "{stem} {encoding:?}");
            }
        }
    }
}

/// What a client remembers of a server to which it has said what it can.
fn introduced(config: &client::Config) -> PeerRecord {
    let mut client = MemoryStore::new();
    let mut hub = MemoryStore::new().with_user(USER, Secret::Password(PASSWORD.into()));
    let contacts = [datastore("contacts", "text/x-vcard")];
    let server = server::Config::new(Device::new("fjell", "server"), contacts);
    let pair = Pair::new(Arc::new(config.clone()), Arc::new(server));
    let transcript = pair.run(&mut client, &mut hub);
    assert_eq!(transcript.client, Some(Closed::Complete));
    client.load_peer(SERVER).unwrap()
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
    let mut record = introduced(&config);
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
        let began = said(&deliver(init));
        assert_eq!(began, "SyncHdr 200, Alert 200, (Sync Replace)");
        message.hdr.msg_id = MsgId::new(message.hdr.msg_id.get().max(2));
    }
    Some(said(&deliver(message)))
}

/// What a client says to each oddity of a server.
const OF_SERVERS: &[(&str, Place, &str)] = &[
    ("lang-and-text", Place::Init, "SyncHdr 200, (Sync Add)"),
    (
        "q-108-sync-status-first",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (Map)",
    ),
    ("q-109-statuses-left-out", Place::Sync, "Complete"),
    ("q-113-no-msg-ref", Place::Init, "SyncHdr 200, (Sync Add)"),
    (
        "q-115-refused-without-resp-uri",
        Place::Init,
        "SyncHdr 200, (200)",
    ),
    (
        "q-120-201-alert-only",
        Place::Init,
        "SyncHdr 200, Alert 200, (Sync Replace)",
    ),
    (
        "q-120-508-status-only",
        Place::Init,
        "SyncHdr 200, (Sync Replace)",
    ),
    ("q-121-400-for-version", Place::Init, "aborted 400"),
    ("q-122-505-for-version", Place::Init, "aborted 505"),
    (
        "q-131-unfinished-without-222",
        Place::Sync,
        "SyncHdr 200, Sync 200, Add 201, (222)",
    ),
    (
        "q-132-refused-without-final",
        Place::Init,
        "SyncHdr 200, (200)",
    ),
    (
        "q-133-status-per-item",
        Place::Init,
        "SyncHdr 200, (Sync Add)",
    ),
    (
        "q-134-results-first",
        Place::Init,
        "SyncHdr 200, Results 200, (Sync Add)",
    ),
    (
        "q-135-package-2-complete",
        Place::Init,
        "SyncHdr 200, Results 200, Alert 200, (Sync Add)",
    ),
    ("q-203-nonce-not-base64", Place::Init, "SyncHdr 200, (200)"),
    ("q-208-nonce-out-of-step", Place::Init, "SyncHdr 200, (200)"),
    ("q-209-unknown-challenge", Place::Init, "aborted 407"),
    (
        "q-210-challenge-with-212",
        Place::Init,
        "SyncHdr 200, (Sync Add)",
    ),
    (
        "q-211-200-for-credentials",
        Place::Init,
        "SyncHdr 200, (Sync Add)",
    ),
    ("q-312-get-refused", Place::Init, "SyncHdr 200, (Sync Add)"),
    ("q-401-both-anchors", Place::Init, "SyncHdr 200, (Sync Add)"),
    (
        "q-415-resume-refused",
        Place::Init,
        "SyncHdr 200, Alert 200, (Sync Replace)",
    ),
    ("q-503-gone", Place::Sync, "Complete"),
    ("q-506-twin", Place::Sync, "Complete"),
    ("q-521-message-size-refused", Place::Init, "aborted 512"),
    (
        "q-522-keep-alive",
        Place::Sync,
        "SyncHdr 200, Sync 200, Alert 200, (222)",
    ),
    ("q-523-busy", Place::Init, "(221)"),
    ("q-531-223-swapped", Place::Sync, "SyncHdr 200, Alert 200"),
    ("resp-uri", Place::Init, "SyncHdr 200, (Sync Add)"),
    (
        "results-without-msg-ref",
        Place::Init,
        "SyncHdr 200, Results 200, (Sync Add)",
    ),
    ("unknown-code", Place::Init, "SyncHdr 200, (Sync Add)"),
];

/// DS-B-010, DS-C-055, DS-C-056: what servers are known to do, up to the end that the host makes something of.
#[test]
fn of_servers() {
    for (stem, place, expected) in OF_SERVERS {
        assert!(is_there(stem), "{stem}");
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            if let Some(told) = asked(stem, *place, encoding) {
                assert_eq!(told, *expected, "{stem} {encoding:?}");
            }
        }
    }
}

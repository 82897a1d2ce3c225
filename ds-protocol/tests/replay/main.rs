//! The sessions of `testdata`, replayed: an engine gets the messages of the other side and must answer with the very
//! messages that stand there. What is left out of the comparison is named in [`script::essence`].

#[path = "../common/mod.rs"]
mod common;

mod client;
mod script;
mod server;

use ds_protocol::{ConflictPolicy, Content, ItemId, Operation, Store};
use syncml_wbxml::Encoding;

use client::Part;
use script::before;
use server::{replay_server, replay_server_with};

const PHONE: (&str, &str) = ("card", "agenda");
const TABLET: (&str, &str) = ("contacts", "kontakty");
const TOMEK: (&str, &str) = ("tomek", "żółw-1979");

/// DS-S-001, DS-C-001, DS-C-032: the white paper's session, on both sides; each shows the other who it is.
#[test]
fn white_paper() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server("white-paper", encoding, "lucia", "marea-alta", PHONE, None);
        let mut client = Part::new("white-paper", encoding, ("lucia", "marea-alta"), PHONE);
        client.server = Some(("marina", "bajamar-3"));
        client.replay();
    }
}

/// DS-S-016, DS-S-049, DS-C-030, DS-C-034: challenge, digest, next nonce, RespURI, on both sides.
#[test]
fn md5_challenge() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server(
            "md5-challenge",
            encoding,
            TOMEK.0,
            TOMEK.1,
            TABLET,
            Some("b7c14e90&n=2"),
        );
        Part::new("md5-challenge", encoding, TOMEK, TABLET).replay();
    }
}

/// DS-S-038, DS-C-040: packages over several messages; in XML, for whose sizes the session was written.
#[test]
fn multi_message() {
    replay_server(
        "multi-message-222",
        Encoding::Xml,
        TOMEK.0,
        TOMEK.1,
        TABLET,
        None,
    );
    Part::new("multi-message-222", Encoding::Xml, TOMEK, TABLET).replay();
}

/// DS-S-032, DS-S-034, DS-S-061, DS-C-026: the Map of a lost message comes before the next Sync, and the Add again.
#[test]
fn map_resend() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server("map-resend", encoding, TOMEK.0, TOMEK.1, TABLET, None);
        let mut client = Part::new("map-resend", encoding, TOMEK, TABLET);
        client.forgets = true;
        client.replay();
    }
}

/// DS-S-036, DS-S-037: 208, 409, 419 with the server's version, 419 to a Delete with the item as a new one.
#[test]
fn conflict() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server_with("conflict", encoding, TOMEK, TABLET, None, |memory, link| {
            let changed = |what: &str| Content::new("text/x-vcard", what.to_owned());
            let own = |luid: &str| ItemId::new(format!("g-{luid}"));
            for luid in ["41", "57"] {
                memory.put(TOMEK.0, TABLET.0, own(luid), changed("changed here"));
            }
            // What the client deletes has this id here, and was changed.
            let new = ItemId::new("fj-930");
            let content = memory.get(TOMEK.0, TABLET.0, &new).cloned().unwrap();
            memory.remove(TOMEK.0, TABLET.0, &own("59"));
            memory.put(TOMEK.0, TABLET.0, new.clone(), before());
            let pair = Operation::Pair {
                local: new.clone(),
                remote: ItemId::new("59"),
                owes_map: false,
            };
            let gone = Operation::Unpair { local: own("59") };
            memory.apply(link, vec![gone, pair]).unwrap();
            memory.put(TOMEK.0, TABLET.0, new, content);
            vec![
                (own("57"), ConflictPolicy::Unresolved),
                (own("58"), ConflictPolicy::ServerWins),
            ]
        });
        Part::new("conflict", encoding, TOMEK, TABLET).replay();
    }
}

/// DS-S-010, DS-S-012: chunks, a suspended session, the object once more from its beginning in the one that resumes it.
#[test]
fn large_object_resume() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let names = ("notes", "notatki");
        replay_server_with(
            "large-object-resume",
            encoding,
            TOMEK,
            names,
            None,
            |memory, _| {
                // A first synchronisation: nothing of the client's is here.
                for luid in ["n1", "n2"] {
                    memory.remove(TOMEK.0, names.0, &ItemId::new(format!("g-{luid}")));
                }
                Vec::new()
            },
        );
        // In XML ours sends the note as Base64, which is cut elsewhere.
        if encoding == Encoding::Wbxml {
            let mut client = Part::new("large-object-resume", encoding, TOMEK, names);
            client.max_sent = Some(925);
            client.replay();
        }
    }
}

//! What the files say in both encodings, and the forms and mistakes of peers.

use syncml_repr::{Bytes, Command, Data, Encoding, Limits, Message, decode, decode_header};

use crate::canonical::assert_canonical;
use crate::session::{cmd_id, encoding_of, flat, read, recorded, sessions, write};

/// REPR-009, WBXML-006: the twins decode to one message, and `decode_header` agrees.
#[test]
fn wbxml_006_both_encodings_say_the_same() {
    let sessions = sessions();
    let mut count = 0;
    for step in sessions.iter().flat_map(|session| session.messages()) {
        let name = &step.name;
        assert_eq!(
            step.message,
            read(step.wbxml, Encoding::Wbxml, name),
            "{name}"
        );
        for (bytes, encoding) in [(step.xml, Encoding::Xml), (step.wbxml, Encoding::Wbxml)] {
            let hdr = decode_header(&Bytes::from_static(bytes), encoding, &Limits::default());
            assert_eq!(hdr.as_ref(), Ok(&step.message.hdr), "{name}");
        }
        count += 1;
    }
    assert!(count >= 55, "{count}");
}

/// REPR-015, WBXML-012: decoded and encoded again, the files come back, in WBXML to the octet and in XML but for the
/// line ends between tags. So `Final` is last in all of them (DS-B-001).
#[test]
fn repr_015_canonical_bytes_come_back() {
    for session in sessions() {
        for step in session.messages() {
            assert_canonical(&step.name, &step.message, step.xml, step.wbxml);
        }
    }
}

/// REPR-016, META-004, DEVINF-014: the errata of the printed example are read.
#[test]
fn repr_016_errata_of_the_white_paper() {
    let erratum = |name: &str| {
        let fixture =
            testdata::get(&format!("message/errata/{name}")).expect("is in the collection");
        read(fixture.bytes, encoding_of(fixture), name)
    };
    let scenario = testdata::scenario("white-paper").expect("is in the collection");
    let packages: Vec<Message> = scenario
        .messages
        .iter()
        .map(|message| read(message.xml, Encoding::Xml, message.name))
        .collect();
    assert_eq!(erratum("dev-id.xml"), packages[0]);
    assert_eq!(erratum("free-id.xml"), packages[2]);
    for name in ["blanks.xml", "blanks.wbxml"] {
        // Device information is kept as it came; its own reader trims.
        let mut message = erratum(name);
        let Command::Put(put) = &mut message.body.commands[1] else {
            panic!("{name}: Put is second")
        };
        let Command::Put(original) = &packages[0].body.commands[1] else {
            panic!("Put is second")
        };
        let devinf = put.items[0].data.as_ref().and_then(Data::devinf);
        assert!(
            devinf.is_some() && put.items[0].data != original.items[0].data,
            "{name}"
        );
        put.items[0].data.clone_from(&original.items[0].data);
        assert_eq!(message, packages[0], "{name}");
    }
    let ids: Vec<String> = erratum("duplicate-cmd-id.xml")
        .body
        .commands
        .iter()
        .map(|command| cmd_id(command).to_owned())
        .collect();
    assert_eq!(ids, ["1", "1"]);
    let names: Vec<String> = erratum("get-without-status.wbxml")
        .body
        .commands
        .iter()
        .map(|command| command.name().to_owned())
        .collect();
    assert_eq!(names, ["Status", "Status", "Status", "Results", "Alert"]);
    for name in [
        "no-ver-dtd.xml",
        "no-ver-dtd.wbxml",
        "other-datastore.wbxml",
        "devinf-type.xml",
    ] {
        let message = erratum(name);
        let Command::Put(put) = &message.body.commands[1] else {
            panic!("{name}: Put is second")
        };
        assert!(
            put.items[0].data.as_ref().and_then(Data::devinf).is_some(),
            "{name}"
        );
    }
}

/// Recorded sessions of a real peer: read without loss in either encoding, and they keep the rules that peers rely on.
#[test]
fn recorded_sessions_of_a_real_peer() {
    for (folder, encoding) in [
        ("two-way-xml", Encoding::Xml),
        ("slow-wbxml", Encoding::Wbxml),
    ] {
        let session = recorded(folder, encoding);
        assert!(session.check_refs(false) >= 10, "{folder}");
        session.check_answers();
        assert!(session.check_anchors() >= 2, "{folder}");
        for step in &session.steps {
            for other in [Encoding::Xml, Encoding::Wbxml] {
                let written = Bytes::from(write(&step.message, other, &step.name));
                let again = decode(&written, other, &Limits::default())
                    .unwrap_or_else(|e| panic!("{}: {e}", step.name));
                assert_eq!(again, step.message, "{} by way of {other:?}", step.name);
            }
        }
        let cards = session
            .steps
            .iter()
            .flat_map(|step| flat(&step.message.body.commands))
            .filter(|command| {
                let Command::Modify(modify) = command else {
                    return false;
                };
                let payload = modify.items[0].payload(modify.meta.as_deref());
                payload.is_ok_and(|card| {
                    card.starts_with(b"BEGIN:VCARD")
                        && card.trim_ascii_end().ends_with(b"END:VCARD")
                })
            });
        assert!(cards.count() >= 4, "{folder}");
    }
}

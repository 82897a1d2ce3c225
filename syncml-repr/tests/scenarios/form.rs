//! What the files say in both encodings, and the forms and mistakes of peers.

use syncml_repr::{
    Bytes, Command, Data, DecodeErrorKind, Encoding, Limits, Message, StatusCode, decode,
    decode_header,
};
use syncml_wbxml::{ErrorKind, Space, Tag};
use testdata::{Expect, Kind};

use crate::session::{cmd_id, encoding_of, flat, read, recorded, sessions, write};

/// The XML without the line ends that were added for reading: those between two tags.
fn without_line_ends(xml: &[u8]) -> String {
    let text = std::str::from_utf8(xml).expect("canonical files are UTF-8");
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('>') {
        let (head, tail) = rest.split_at(at + 1);
        out.push_str(head);
        let next = tail.trim_start();
        let gap = &tail[..tail.len() - next.len()];
        rest = if gap.contains('\n') && (next.starts_with('<') || next.is_empty()) {
            next
        } else {
            tail
        };
    }
    out.push_str(rest);
    out
}

/// REPR-009, WBXML-006: the twins decode to one message, and `decode_header` agrees.
#[test]
fn wbxml_006_both_encodings_say_the_same() {
    let mut pairs: Vec<(&str, &[u8], &[u8])> = Vec::new();
    let sessions = sessions();
    for step in sessions.iter().flat_map(|session| &session.steps) {
        pairs.push((&step.name, step.xml, step.wbxml));
    }
    let messages = pairs.len();
    for fixture in testdata::all(Kind::Message) {
        let Some(stem) = fixture.name.strip_suffix(".xml") else {
            continue;
        };
        let Some(twin) = testdata::get(&format!("{stem}.wbxml")) else {
            continue;
        };
        pairs.push((fixture.name, fixture.bytes, twin.bytes));
    }
    assert!(
        messages >= 55 && pairs.len() >= messages + 20,
        "{messages} of {}",
        pairs.len()
    );
    for (name, xml, wbxml) in pairs {
        let from_xml = read(xml, Encoding::Xml, name);
        assert_eq!(from_xml, read(wbxml, Encoding::Wbxml, name), "{name}");
        for (bytes, encoding) in [(xml, Encoding::Xml), (wbxml, Encoding::Wbxml)] {
            let hdr = decode_header(&Bytes::from_static(bytes), encoding, &Limits::default());
            assert_eq!(hdr.as_ref(), Ok(&from_xml.hdr), "{name}");
        }
    }
}

/// REPR-015, WBXML-012: decoded and encoded again, the files come back, in WBXML to the octet and in XML but for the
/// line ends between tags. So `Final` is last in all of them (DS-B-001).
#[test]
fn repr_015_canonical_bytes_come_back() {
    for session in sessions() {
        for step in &session.steps {
            assert_canonical(&step.name, step.xml, step.wbxml);
        }
    }
    let canonical = testdata::all(Kind::Message).filter(|fixture| {
        let folder = fixture.name.rsplit_once('/').map(|(folder, _)| folder);
        folder == Some("message") || fixture.stem() == "plain"
    });
    let mut count = 0;
    for fixture in canonical.filter(|fixture| fixture.name.ends_with(".xml")) {
        let twin = testdata::get(&fixture.name.replace(".xml", ".wbxml"))
            .expect("canonical messages have twins");
        assert_canonical(fixture.name, fixture.bytes, twin.bytes);
        count += 1;
    }
    assert!(count >= 16, "{count} messages");
}

fn assert_canonical(name: &str, xml: &'static [u8], wbxml: &'static [u8]) {
    let message = read(xml, Encoding::Xml, name);
    let written = write(&message, Encoding::Xml, name);
    assert_same(name, &written, without_line_ends(xml).as_bytes());
    assert_same(name, &write(&message, Encoding::Wbxml, name), wbxml);
    let end = if message.body.is_final {
        "<Final/></SyncBody></SyncML>"
    } else {
        "></SyncBody></SyncML>"
    };
    assert!(written.ends_with(end.as_bytes()), "{name}");
}

/// Long files: shows the place where they part, not all of them.
fn assert_same(name: &str, written: &[u8], file: &[u8]) {
    let common = written
        .iter()
        .zip(file)
        .take_while(|(ours, theirs)| ours == theirs)
        .count();
    if common < written.len().max(file.len()) {
        let around = |bytes: &[u8]| {
            let to = bytes.len().min(common + 40);
            bytes[common.saturating_sub(40)..to]
                .escape_ascii()
                .to_string()
        };
        panic!(
            "{name}, octet {common}:\nwritten {}\nfile    {}",
            around(written),
            around(file)
        );
    }
}

/// REPR-001: every element of the SyncML and MetInf spaces occurs somewhere.
#[test]
fn repr_001_every_element_occurs() {
    let mut text = String::new();
    for step in sessions().iter().flat_map(|session| &session.steps) {
        text.push_str(&without_line_ends(step.xml));
    }
    for fixture in testdata::all(Kind::Message).filter(|fixture| fixture.stem().contains("-1.")) {
        if let Ok(xml) = std::str::from_utf8(fixture.bytes) {
            text.push_str(xml);
        }
    }
    let occurs = |tag: Tag| {
        [">", "/>", " "]
            .iter()
            .any(|end| text.contains(&format!("<{}{end}", tag.name())))
    };
    let missing: Vec<&str> = Tag::all(Space::SyncMl)
        .chain(Tag::all(Space::MetInf))
        .filter(|tag| tag.name() != "MetInf" && !occurs(*tag))
        .map(Tag::name)
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// REPR-003, REPR-004, REPR-008, REPR-017, WBXML-002 to WBXML-005, WBXML-008 to WBXML-010, DEVINF-011: whatever the
/// form, the message is the same.
#[test]
fn repr_004_variants_read_like_the_plain_message() {
    let plain = testdata::get("message/variant/plain.xml").expect("is in the collection");
    let plain = read(plain.bytes, Encoding::Xml, plain.name);
    let variants: Vec<_> = testdata::all(Kind::Message)
        .filter(|fixture| fixture.name.starts_with("message/variant/"))
        .collect();
    assert!(variants.len() >= 40, "{}", variants.len());
    for fixture in variants {
        assert_eq!(
            read(fixture.bytes, encoding_of(fixture), fixture.name),
            plain,
            "{}",
            fixture.name
        );
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

/// The name that the manifest has for a kind of error.
fn error_name(kind: &DecodeErrorKind) -> &'static str {
    match kind {
        DecodeErrorKind::Document(kind) => match kind {
            ErrorKind::Truncated => "truncated",
            ErrorKind::Version(_) => "version",
            ErrorKind::Charset(_) | ErrorKind::CharsetName(_) => "charset",
            ErrorKind::Integer => "integer",
            ErrorKind::TableOffset(_) => "table-offset",
            ErrorKind::Character(_) => "character",
            ErrorKind::Token(_) => "token",
            ErrorKind::Limit(_) => "limit",
            ErrorKind::Xml(_) => "not-well-formed",
            ErrorKind::InternalSubset => "internal-subset",
            _ => "other",
        },
        DecodeErrorKind::NotSyncMl(_) => "root",
        DecodeErrorKind::Missing(_) => "missing",
        DecodeErrorKind::Duplicate(_) => "duplicate",
        DecodeErrorKind::NotANumber(_) => "number",
        DecodeErrorKind::Nesting => "nesting",
        _ => "other",
    }
}

/// REPR-004, REPR-014, WBXML-007, WBXML-011, DS-B-018: bad input is refused for the right reason, or survived.
#[test]
fn ds_b_018_bad_input() {
    let mut wrong = Vec::new();
    let messages = testdata::all(Kind::Bad).filter(|fixture| fixture.name.starts_with("message/"));
    for fixture in messages {
        let result = decode(
            &Bytes::from_static(fixture.bytes),
            encoding_of(fixture),
            &Limits::default(),
        );
        let expected = match fixture.expect {
            Expect::Ok => "ok",
            Expect::Error(name) => name,
            other => panic!("{}: {other:?}", fixture.name),
        };
        let got = result
            .as_ref()
            .err()
            .map_or("ok", |error| error_name(error.kind()));
        if got != expected {
            wrong.push(format!(
                "{}: {got} in place of {expected}: {:?}",
                fixture.name,
                result.as_ref().err()
            ));
        }
        match result {
            Err(error) => {
                assert!(
                    error.position().byte <= fixture.bytes.len(),
                    "{}: {error}",
                    fixture.name
                );
                let limit = matches!(error.kind(), DecodeErrorKind::Document(ErrorKind::Limit(_)));
                let hint = if limit {
                    StatusCode::REQUEST_ENTITY_TOO_LARGE
                } else {
                    StatusCode::BAD_REQUEST
                };
                assert_eq!(error.status_hint(), hint, "{}", fixture.name);
            }
            // What is survived can also be written.
            Ok(message) => {
                for encoding in [Encoding::Xml, Encoding::Wbxml] {
                    let written = Bytes::from(write(&message, encoding, fixture.name));
                    decode(&written, encoding, &Limits::default())
                        .unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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

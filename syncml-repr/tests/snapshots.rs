//! What the messages of the test data decode to, and what is said about those that do not.
//!
//! That both encodings of a message say the same is tested in `scenarios/`; here is the XML.

use std::fmt::Write as _;

use syncml_repr::{Bytes, Encoding, Limits, Message, decode};
use testdata::{Kind, Origin};

fn read(bytes: &'static [u8], name: &str) -> Message {
    match decode(
        &Bytes::from_static(bytes),
        Encoding::Xml,
        &Limits::default(),
    ) {
        Ok(message) => message,
        Err(error) => panic!("{name}: {error}"),
    }
}

/// REPR-009, REPR-010, REPR-011, REPR-016: single messages, errata of the white paper among them.
#[test]
fn repr_009_messages() {
    let mut count = 0;
    for fixture in testdata::all(Kind::Message) {
        let Some(stem) = fixture
            .name
            .strip_prefix("message/")
            .and_then(|name| name.strip_suffix(".xml"))
        else {
            continue;
        };
        // All variants are the plain one, recorded sessions are long, and the rest is compared by the octet with what
        // is written again.
        if stem.contains('/') && !stem.starts_with("errata/") && stem != "variant/plain" {
            continue;
        }
        insta::assert_debug_snapshot!(stem.replace('/', "_"), read(fixture.bytes, fixture.name));
        count += 1;
    }
    assert!(count >= 20, "{count}");
}

/// REPR-009: sessions. Those that our own engines have written are compared where they are made.
#[test]
fn repr_009_sessions() {
    let mut count = 0;
    let given = testdata::scenarios().filter(|scenario| scenario.origin == Origin::SpecDerived);
    for scenario in given {
        for message in scenario.messages {
            let name = format!("{}_{}", scenario.name, message.name);
            insta::assert_debug_snapshot!(name.clone(), read(message.xml, &name));
            count += 1;
        }
    }
    assert!(count >= 40, "{count}");
}

/// Every bad input with what is wrong, where, and the Status for it; REPR-014.
#[test]
fn repr_014_errors() {
    let mut table = String::new();
    for fixture in testdata::all(Kind::Bad).filter(|bad| bad.name.starts_with("message/")) {
        let encoding = if fixture.name.ends_with(".xml") {
            Encoding::Xml
        } else {
            Encoding::Wbxml
        };
        let line = match decode(
            &Bytes::from_static(fixture.bytes),
            encoding,
            &Limits::default(),
        ) {
            Ok(message) => format!("ok, {} commands", message.body.commands.len()),
            Err(error) => format!("{error} [{}]", error.status_hint()),
        };
        writeln!(table, "{}: {line}", fixture.file_name()).expect("strings can be written to");
    }
    insta::assert_snapshot!(table);
}

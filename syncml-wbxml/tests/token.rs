//! The token tables and public identifiers, against a copy of the tables of the specification.

use syncml_wbxml::{Doctype, Space, Tag};

fn rows() -> impl Iterator<Item = (Space, &'static str, u8, &'static str)> {
    include_str!("data/tokens.csv").lines().skip(1).map(|line| {
        let fields: Vec<_> = line.split(',').collect();
        let space = match fields[0] {
            "SYNCML" => Space::SyncMl,
            "METINF" => Space::MetInf,
            "DEVINF" => Space::DevInf,
            other => panic!("{other}"),
        };
        (
            space,
            fields[1],
            u8::from_str_radix(fields[3], 16).unwrap(),
            fields[4],
        )
    })
}

/// Requirement WBXML-001: every name of every version has its token, and no other name is known.
#[test]
fn wbxml_001_tables_are_complete() {
    let mut known: Vec<Tag> = Vec::new();
    for (space, version, token, name) in rows() {
        let tag = Tag::lookup(space, name).unwrap_or_else(|| panic!("{space:?} {name} {version}"));
        assert_eq!((tag.space(), tag.token(), tag.name()), (space, token, name));
        let by_token = Tag::from_token(space, token).unwrap();
        assert!(by_token == tag || name == "MaxSize" && by_token.name() == "Size");
        known.push(tag);
    }
    for space in [Space::SyncMl, Space::MetInf, Space::DevInf] {
        for tag in Tag::all(space) {
            assert!(known.contains(&tag), "{tag:?} is in no table");
        }
    }
}

#[test]
fn lookup_is_exact() {
    for name in ["", "add", "Add ", "ADD", "Adds", "Size", "\0"] {
        assert_eq!(Tag::lookup(Space::SyncMl, name), None, "{name}");
    }
    for token in [0, 4, 0x30, 0x3D, 0x3F, 0x40, 0x5C, 0xFF] {
        assert_eq!(Tag::from_token(Space::SyncMl, token), None, "{token}");
    }
    assert_eq!(
        Tag::from_token(Space::DevInf, 0x5C),
        None,
        "an internal code is no token"
    );
}

/// Requirement WBXML-001: the public identifiers.
#[test]
fn wbxml_001_public_ids() {
    for (id, fpi, doctype) in [
        (0x0FD1, "-//SYNCML//DTD SyncML 1.0//EN", Doctype::SyncMl10),
        (0x0FD2, "-//SYNCML//DTD DevInf 1.0//EN", Doctype::DevInf10),
        (0x0FD3, "-//SYNCML//DTD SyncML 1.1//EN", Doctype::SyncMl11),
        (0x0FD4, "-//SYNCML//DTD DevInf 1.1//EN", Doctype::DevInf11),
        (0x1201, "-//SYNCML//DTD SyncML 1.2//EN", Doctype::SyncMl12),
        (0x1202, "-//SYNCML//DTD MetaInf 1.2//EN", Doctype::MetInf12),
        (0x1203, "-//SYNCML//DTD DevInf 1.2//EN", Doctype::DevInf12),
    ] {
        assert_eq!((doctype.public_id(), doctype.fpi()), (id, fpi));
        assert_eq!(Doctype::from_public_id(id), Some(doctype));
        assert_eq!(Doctype::from_fpi(fpi), Some(doctype));
        assert_eq!(Doctype::from_fpi(&fpi.to_ascii_lowercase()), Some(doctype));
        assert_eq!(
            Doctype::new(doctype.space().unwrap(), doctype.version()),
            Some(doctype)
        );
    }
    for (fpi, doctype) in [
        ("-//OMA//DTD SYNCML 1.2//EN", Some(Doctype::SyncMl12)),
        (
            " -//SYNCML//DTD SyncML 1.1.2//EN\0",
            Some(Doctype::SyncMl11),
        ),
        ("-//SYNCML//DTD MetInf 1.2//EN", Some(Doctype::MetInf12)),
        ("-//SYNCML//DTD SyncML 1.3//EN", None),
        ("-//OMA//DTD-DM-DDF 1.2//EN", None),
        ("", None),
    ] {
        assert_eq!(Doctype::from_fpi(fpi), doctype, "{fpi}");
    }
    assert_eq!(Doctype::from_public_id(1), None);
}

#[test]
fn namespaces() {
    for (namespace, doctype) in [
        ("SYNCML:SYNCML1.0", Some(Doctype::SyncMl10)),
        ("syncml:syncml1.2", Some(Doctype::SyncMl12)),
        ("SYNCML:SYNCML", None),
        ("syncml:devinf", None),
        ("syncml:metinf1.1", Some(Doctype::MetInf11)),
        ("urn:x", None),
    ] {
        assert_eq!(Doctype::from_namespace(namespace), doctype, "{namespace}");
    }
    assert_eq!(Space::from_namespace("SYNCML:SYNCML1.x"), None);
    assert_eq!(Space::from_namespace("syncml:meti"), None);
}

#[test]
fn tags_print_their_space() {
    assert_eq!(
        format!("{:?}", syncml_wbxml::tag::syncml::ADD),
        "SyncMl:Add"
    );
    assert_eq!(format!("{}", syncml_wbxml::tag::devinf::RX_PREF), "Rx-Pref");
}

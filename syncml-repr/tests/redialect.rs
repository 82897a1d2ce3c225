//! A message written in an older version than it was made for.

use proptest::prelude::*;
use syncml_repr::{
    Bytes, Command, EncodeErrorKind, Encoding, Limits, Message, Modify, ModifyKind, Version,
    decode, encode, testing,
};
use testdata::Kind;

/// Elements that an older version lacks wherever they stand, and since when they are there.
const SINCE: [(&str, Version); 11] = [
    ("MoreData", Version::V1_1),
    ("MaxObjSize", Version::V1_1),
    ("Filter", Version::V1_2),
    ("Field", Version::V1_2),
    ("Record", Version::V1_2),
    ("FilterType", Version::V1_2),
    ("SourceParent", Version::V1_2),
    ("TargetParent", Version::V1_2),
    ("Move", Version::V1_2),
    ("Correlator", Version::V1_2),
    ("FieldLevel", Version::V1_2),
];

fn has(xml: &str, element: &str) -> bool {
    [">", " ", "/>"]
        .iter()
        .any(|end| xml.contains(&format!("<{element}{end}")))
}

/// What stands where 1.0 has it not: changes in the body itself, other commands in groups.
fn misplaced_in_1_0(message: &Message) -> Vec<&str> {
    let is_change = |command: &&Command| {
        matches!(
            command,
            Command::Modify(Modify {
                kind: ModifyKind::Add | ModifyKind::Replace | ModifyKind::Delete,
                ..
            })
        )
    };
    let is_other = |command: &&Command| {
        matches!(
            command,
            Command::Get(_) | Command::Exec(_) | Command::Alert(_)
        )
    };
    let in_groups = message
        .body
        .all_commands()
        .filter(|command| matches!(command, Command::Group(_)));
    let in_groups = in_groups
        .flat_map(|group| group.commands())
        .filter(is_other);
    let in_body = message.body.commands.iter().filter(is_change);
    in_body.chain(in_groups).map(Command::name).collect()
}

/// The message without what may be left out silently.
fn without_number_of_changes(mut message: Message) -> Message {
    // A Sync in a group is legal, and nobody has one.
    for command in &mut message.body.commands {
        if let Command::Sync(sync) = command {
            sync.number_of_changes = None;
        }
    }
    message
}

/// The message as text. Device information travels as it is, but `MaxSize` of 1.2 and `Size` of
/// before are one and the same in WBXML.
fn shown(message: &Message) -> String {
    let xml = encode(message, Encoding::Xml).expect("can be encoded");
    let xml = String::from_utf8(xml).expect("is UTF-8");
    xml.replace("MaxSize>", "Size>")
}

/// Writes a message of 1.2 in `version`: refused because of an element that it has and the version
/// lacks, or written with nothing lost but NumberOfChanges. Returns whether it was written.
fn check(message: &Message, version: Version, encoding: Encoding) -> bool {
    let xml = shown(message);
    let mut older = message.clone();
    older.hdr = older.hdr.with_version(version);

    let misplaced = misplaced_in_1_0(message);
    let lacks = |element: &str| {
        SINCE
            .iter()
            .any(|(name, since)| *name == element && version < *since)
            || (version == Version::V1_0 && misplaced.contains(&element))
    };
    match encode(&older, encoding) {
        Err(error) => {
            let EncodeErrorKind::NotInVersion {
                element,
                version: of,
            } = error.kind()
            else {
                panic!("{error}")
            };
            assert_eq!(*of, version);
            assert!(lacks(element) && has(&xml, element), "{element}: {xml}");
            false
        }
        Ok(bytes) => {
            let present = SINCE.iter().filter(|(name, _)| has(&xml, name));
            let refusable: Vec<&str> = present
                .map(|(name, _)| *name)
                .filter(|name| lacks(name))
                .collect();
            assert!(refusable.is_empty(), "{refusable:?}: {xml}");
            assert!(
                version > Version::V1_0 || misplaced.is_empty(),
                "{misplaced:?}: {xml}"
            );
            let read =
                decode(&Bytes::from(bytes), encoding, &Limits::default()).expect("can be read");
            let expected = if version == Version::V1_0 {
                without_number_of_changes(older)
            } else {
                older
            };
            assert_eq!(shown(&read), shown(&expected));
            true
        }
    }
}

proptest! {
    /// REPR-002: what an older version lacks is refused, and only that; everything else arrives.
    #[test]
    fn repr_002_messages_in_older_versions(message in testing::message_of(Version::V1_2)) {
        for version in Version::ALL {
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                let written = check(&message, version, encoding);
                prop_assert!(written || version < Version::V1_2);
            }
        }
    }
}

/// REPR-002: the messages of the test data, in the versions that they were not made for.
#[test]
fn repr_002_fixtures_in_older_versions() {
    let (mut written, mut refused) = (0, 0);
    for fixture in testdata::all(Kind::Message).filter(|fixture| fixture.name.ends_with("-1.2.xml"))
    {
        let message = decode(
            &Bytes::from_static(fixture.bytes),
            Encoding::Xml,
            &Limits::default(),
        );
        let Ok(message) = message else { continue };
        for version in [Version::V1_0, Version::V1_1] {
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                if check(&message, version, encoding) {
                    written += 1;
                } else {
                    refused += 1;
                }
            }
        }
    }
    assert!(
        written > 4 && refused > 4,
        "{written} written, {refused} refused"
    );
}

/// The version is chosen in the header, for either protocol.
#[test]
fn version_of_a_header() {
    let hdr = syncml_repr::SyncHdr::default();
    let hdr = hdr.with_version(Version::V1_1);
    assert_eq!((&*hdr.ver_dtd, &*hdr.ver_proto), ("1.1", "SyncML/1.1"));
    assert_eq!(hdr.version(), Some(Version::V1_1));
    let mut hdr = hdr;
    hdr.ver_proto = "DM/1.1".into();
    let hdr = hdr.with_version(Version::V1_2);
    assert_eq!((&*hdr.ver_dtd, &*hdr.ver_proto), ("1.2", "DM/1.2"));
}

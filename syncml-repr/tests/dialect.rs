//! What each version has.

mod common;

use common::{body_xml, message};
use syncml_repr::{
    Alert, AlertCode, Command, EncodeError, EncodeErrorKind, Encoder, Encoding, Exec, Filter, Get,
    Group, GroupKind, Item, Locator, MetInf, Modify, ModifyKind, SyncCmd, SyncHdr, Version, encode,
};

fn sync_with(command: impl Into<Command>) -> SyncCmd {
    let mut sync = SyncCmd::new(1, Locator::new("t"), Locator::new("s"));
    sync.commands.push(command.into());
    sync
}

fn group_with(command: impl Into<Command>) -> Group {
    let mut group = Group::new(GroupKind::Atomic, 1);
    group.commands.push(command.into());
    group
}

/// REPR-002: an element that the version lacks is refused, in both encodings.
#[test]
fn repr_002_elements_need_their_version() {
    let add = || Modify::new(ModifyKind::Add, 2);
    let in_1_1: Vec<(&str, Command)> = vec![
        (
            "MoreData",
            sync_with(add().with_item(Item::new().with_more_data(true))).into(),
        ),
        (
            "MaxObjSize",
            Modify::new(ModifyKind::Copy, 1)
                .with_meta(MetInf::default().with_max_obj_size(1))
                .into(),
        ),
        ("Add", add().into()),
        ("Replace", Modify::new(ModifyKind::Replace, 1).into()),
        ("Delete", Modify::new(ModifyKind::Delete, 1).into()),
        ("Get", group_with(Get::new(2)).into()),
        (
            "Alert",
            group_with(Alert::new(2, AlertCode::DISPLAY)).into(),
        ),
        ("Exec", group_with(Exec::new(2, Item::new())).into()),
    ];
    let mut field_level = MetInf::default();
    field_level.field_level = true;
    let mut correlated = Alert::new(1, AlertCode::DISPLAY);
    correlated.correlator = Some("c".into());
    let in_1_2: Vec<(&str, Command)> = vec![
        ("Move", sync_with(Modify::new(ModifyKind::Move, 2)).into()),
        (
            "SourceParent",
            sync_with(add().with_item(Item::new().with_source_parent("p"))).into(),
        ),
        (
            "TargetParent",
            sync_with(add().with_item(Item::new().with_target_parent("p"))).into(),
        ),
        (
            "FieldLevel",
            sync_with(add().with_item(Item::new().with_meta(field_level))).into(),
        ),
        ("Correlator", correlated.into()),
        (
            "Filter",
            Alert::new(1, AlertCode::TWO_WAY)
                .with_item(
                    Item::new()
                        .with_target(Locator::new("t").with_filter(Filter::new("text/vcard"))),
                )
                .into(),
        ),
    ];
    let since = in_1_1.into_iter().map(|row| (Version::V1_1, row));
    for (since, (element, command)) in
        since.chain(in_1_2.into_iter().map(|row| (Version::V1_2, row)))
    {
        for version in Version::ALL {
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                let result = encode(&message(version, command.clone()), encoding);
                if version >= since {
                    assert!(result.is_ok(), "{element} in {version}");
                } else {
                    let kind = EncodeErrorKind::NotInVersion { element, version };
                    assert_eq!(
                        result.as_ref().map_err(EncodeError::kind),
                        Err(&kind),
                        "{element} in {version}"
                    );
                }
            }
        }
    }
}

/// REPR-002: `NumberOfChanges` is for progress bars, and left out where it is unknown.
#[test]
fn repr_002_number_of_changes_is_left_out() {
    let mut sync = SyncCmd::new(1, Locator::new("t"), Locator::new("s"));
    sync.number_of_changes = Some(5);
    assert!(!body_xml(Version::V1_0, sync.clone()).contains("NumberOfChanges"));
    assert!(body_xml(Version::V1_1, sync).contains("<NumberOfChanges>5</NumberOfChanges>"));
}

/// REPR-003: namespace and public identifier are those of the version.
#[test]
fn repr_003_document_types() {
    for (version, namespace, header) in [
        (
            Version::V1_0,
            "SYNCML:SYNCML1.0",
            [0x02, 0x9F, 0x51, 0x6A, 0x00],
        ),
        (
            Version::V1_1,
            "SYNCML:SYNCML1.1",
            [0x02, 0x9F, 0x53, 0x6A, 0x00],
        ),
        (
            Version::V1_2,
            "SYNCML:SYNCML1.2",
            [0x02, 0xA4, 0x01, 0x6A, 0x00],
        ),
    ] {
        let message = message(version, Alert::new(1, AlertCode::NEXT_MESSAGE));
        let xml = encode(&message, Encoding::Xml).expect("can be encoded");
        let start = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"{namespace}\"><SyncHdr>"
        );
        assert!(xml.starts_with(start.as_bytes()));
        assert!(
            encode(&message, Encoding::Wbxml)
                .expect("can be encoded")
                .starts_with(&header)
        );
    }
}

/// The header is written as it is, so that a 1.3 message can be answered in its own words.
#[test]
fn unknown_versions_are_written_like_1_2() {
    let mut message = message(Version::V1_2, Modify::new(ModifyKind::Move, 1));
    message.hdr.ver_dtd = "1.3".into();
    message.hdr.ver_proto = "SyncML/1.3".into();
    let xml = String::from_utf8(encode(&message, Encoding::Xml).expect("can be encoded"))
        .expect("is UTF-8");
    assert!(
        xml.contains("SYNCML:SYNCML1.2")
            && xml.contains("<VerDTD>1.3</VerDTD><VerProto>SyncML/1.3</VerProto>")
    );
}

#[test]
fn repr_012_unknown_commands_are_written_as_they_came() {
    let text = "<Foo><CmdID>9</CmdID><Bar xmlns=\"urn:x\">text</Bar></Foo>";
    let command = common::command(text);
    assert_eq!(body_xml(Version::V1_2, command.clone()), text);
    let message = message(Version::V1_2, command);
    assert_eq!(common::through_wbxml(&message), message);
}

#[test]
fn empty_meta_and_absent_ids_are_not_written() {
    let add = Modify::new(ModifyKind::Add, "")
        .with_meta(MetInf::default())
        .with_item(Item::new());
    assert_eq!(body_xml(Version::V1_2, add), "<Add><Item/></Add>");
}

#[test]
fn nesting_is_limited_when_writing() {
    let mut group = Group::new(GroupKind::Sequence, 1);
    for _ in 0..20 {
        group = group_with(group);
    }
    let error = encode(&message(Version::V1_2, group), Encoding::Xml).expect_err("is too deep");
    assert_eq!(error.kind(), &EncodeErrorKind::Nesting);
}

#[test]
fn a_failed_push_leaves_no_trace() {
    let hdr = SyncHdr::new(
        Version::V1_0,
        "1".into(),
        1.into(),
        Locator::new("t"),
        Locator::new("s"),
    );
    let mut encoder = Encoder::new(&hdr, Encoding::Wbxml, Some(500)).expect("fits");
    let room = encoder.remaining();
    let chunk = Item::new().with_data("text").with_more_data(true);
    assert!(
        encoder
            .push(&sync_with(Modify::new(ModifyKind::Add, 2).with_item(chunk)).into())
            .is_err()
    );
    assert_eq!(encoder.remaining(), room);
    assert!(
        encoder
            .push(&Alert::new(1, AlertCode::NEXT_MESSAGE).into())
            .expect("can be encoded")
    );
    assert!(encoder.finish(true).is_ok());
}

#[test]
fn open_and_close_go_in_turn() {
    let hdr = SyncHdr::new(
        Version::V1_2,
        "1".into(),
        1.into(),
        Locator::new("t"),
        Locator::new("s"),
    );
    let sync = SyncCmd::new(1, Locator::new("t"), Locator::new("s"));
    let mut encoder = Encoder::new(&hdr, Encoding::Xml, None).expect("can be encoded");
    assert_eq!(encoder.remaining(), usize::MAX);
    assert_eq!(
        encoder.close().expect_err("none is open").kind(),
        &EncodeErrorKind::OpenSync
    );
    assert!(encoder.open(&sync).expect("can be encoded"));
    assert_eq!(
        encoder.open(&sync).expect_err("one is open").kind(),
        &EncodeErrorKind::OpenSync
    );
    encoder.close().expect("one is open");
    assert!(encoder.open(&sync).expect("can be encoded"));
    let text = String::from_utf8(encoder.finish(true).expect("can be finished")).expect("is UTF-8");
    assert!(
        text.ends_with("</Sync><Final/></SyncBody></SyncML>"),
        "{text}"
    );
}

/// `remaining` is exact: a command of just that length fits, a longer one does not.
#[test]
fn repr_013_remaining_is_exact_in_xml() {
    let hdr = SyncHdr::new(
        Version::V1_2,
        "1".into(),
        1.into(),
        Locator::new("t"),
        Locator::new("s"),
    );
    let alert = |len: usize| {
        let item = Item::new().with_data("x".repeat(len));
        Command::from(Alert::new(1, AlertCode::DISPLAY).with_item(item))
    };
    let fixed = syncml_repr::encoded_len(&alert(1), Encoding::Xml, Version::V1_2)
        .expect("can be encoded")
        - 1;
    for after_another in [false, true] {
        let mut encoder = Encoder::new(&hdr, Encoding::Xml, Some(1000)).expect("fits");
        if after_another {
            assert!(encoder.push(&alert(3)).expect("can be encoded"));
        }
        let room = encoder.remaining() - fixed;
        assert!(!encoder.push(&alert(room + 1)).expect("can be encoded"));
        assert!(encoder.push(&alert(room)).expect("can be encoded"));
        assert_eq!(encoder.remaining(), 0);
        assert_eq!(encoder.finish(true).expect("can be finished").len(), 1000);
    }
}

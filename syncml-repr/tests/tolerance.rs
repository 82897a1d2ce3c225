//! What devices do and nobody should.

mod common;

use common::{HEADER, command, commands, decode_xml, document};
use syncml_repr::{
    AlertCode, Bytes, CmdId, Command, DecodeErrorKind, Encoding, Limits, ModifyKind, MsgId,
    StatusCode, Version, decode,
};

/// wire-representation: skeletons in the standard order and in another one.
#[test]
fn repr_009_child_order_does_not_matter() {
    let pairs = [
        (
            "<Alert><CmdID>1</CmdID><NoResp/><Data>200</Data><Item><Target><LocURI>t</LocURI></Target>\
             <Source><LocURI>s</LocURI></Source><Meta><Type>x</Type></Meta><Data>d</Data></Item></Alert>",
            "<Alert><Item><Data>d</Data><Meta><Type>x</Type></Meta><Source><LocURI>s</LocURI></Source>\
             <Target><LocURI>t</LocURI></Target></Item><Data>200</Data><NoResp/><CmdID>1</CmdID></Alert>",
        ),
        (
            "<Sync><CmdID>3</CmdID><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source>\
             <NumberOfChanges>1</NumberOfChanges><Delete><CmdID>4</CmdID><SftDel/><Item/></Delete></Sync>",
            "<Sync><Source><LocURI>s</LocURI></Source><Delete><Item/><SftDel/><CmdID>4</CmdID></Delete>\
             <NumberOfChanges>1</NumberOfChanges><Target><LocURI>t</LocURI></Target><CmdID>3</CmdID></Sync>",
        ),
        (
            "<Map><CmdID>1</CmdID><Target><LocURI>t</LocURI></Target><Source><LocURI>s</LocURI></Source><MapItem>\
             <Target><LocURI>g</LocURI></Target><Source><LocURI>l</LocURI></Source></MapItem></Map>",
            "<Map><MapItem><Source><LocURI>l</LocURI></Source><Target><LocURI>g</LocURI></Target></MapItem>\
             <Source><LocURI>s</LocURI></Source><Target><LocURI>t</LocURI></Target><CmdID>1</CmdID></Map>",
        ),
        (
            "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>3</CmdRef><Cmd>Add</Cmd><SourceRef>4</SourceRef>\
             <Chal><Meta><Type>syncml:auth-md5</Type></Meta></Chal><Data>401</Data></Status>",
            "<Status><Data>401</Data><Chal><Meta><Type>syncml:auth-md5</Type></Meta></Chal><SourceRef>4</SourceRef>\
             <Cmd>Add</Cmd><CmdRef>3</CmdRef><MsgRef>2</MsgRef><CmdID>1</CmdID></Status>",
        ),
    ];
    for (standard, other) in pairs {
        assert_eq!(command(standard), command(other));
    }
}

#[test]
fn repr_009_the_last_of_two_counts() {
    let Command::Alert(alert) =
        command("<Alert><CmdID>1</CmdID><Data>200</Data><CmdID>2</CmdID><Data>201</Data></Alert>")
    else {
        panic!("is an Alert")
    };
    assert_eq!(alert.cmd_id, "2");
    assert_eq!(alert.code, Some(AlertCode::SLOW));
}

#[test]
fn repr_008_identifiers_are_trimmed_and_data_is_not() {
    let Command::Modify(replace) = command(
        "<Replace>\n<CmdID> 4\t</CmdID><Item><Source><LocURI> 1012 </LocURI><LocName> n </LocName></Source>\
         <SourceParent><LocURI>\n7</LocURI></SourceParent><Data>  text \n</Data></Item></Replace>",
    ) else {
        panic!("is a Replace")
    };
    assert_eq!(replace.kind, ModifyKind::Replace);
    assert_eq!(replace.cmd_id, "4");
    let item = &replace.items[0];
    assert_eq!(item.source_uri(), Some("1012"));
    assert_eq!(
        item.source
            .as_ref()
            .and_then(|source| source.loc_name().map(|name| &**name)),
        Some("n")
    );
    assert_eq!(item.source_parent().map(|id| &**id), Some("7"));
    assert_eq!(
        item.data.as_ref().and_then(|data| data.as_text()),
        Some("  text \n")
    );
}

#[test]
fn repr_008_numbers_with_blanks_and_zeros() {
    let Command::Status(status) = command(
        "<Status><MsgRef> 007 </MsgRef><CmdRef> 0 </CmdRef><Cmd> SyncHdr </Cmd><Data> 0212\n</Data></Status>",
    ) else {
        panic!("is a Status")
    };
    assert_eq!(status.msg_ref, Some(MsgId::new(7)));
    assert!(status.cmd_ref.is_header());
    assert_eq!(status.cmd, "SyncHdr");
    assert_eq!(status.code, StatusCode::AUTHENTICATION_ACCEPTED);
}

/// REPR-012: enough is kept to answer 406 or 501 with name and CmdID.
#[test]
fn repr_012_unknown_commands_are_kept() {
    let found = commands(
        "<Foo><CmdID> 9 </CmdID><Bar x='1'>text</Bar></Foo><x:Run xmlns:x='urn:x'><x:CmdID>10</x:CmdID></x:Run>\
         <Baz/><Item><CmdID>11</CmdID></Item><Alert><CmdID>12</CmdID><Data>222</Data></Alert>",
    );
    let seen: Vec<_> = found
        .iter()
        .map(|command| (command.name(), command.cmd_id().map(CmdId::as_str)))
        .collect();
    assert_eq!(
        seen,
        [
            ("Foo", Some("9")),
            ("Run", Some("10")),
            ("Baz", None),
            ("Item", Some("11")),
            ("Alert", Some("12"))
        ]
    );
    // In a Sync and a Sequence too.
    let Command::Sync(sync) = command("<Sync><CmdID>1</CmdID><Frob><CmdID>2</CmdID></Frob></Sync>")
    else {
        panic!("is a Sync")
    };
    assert_eq!(sync.commands[0].name(), "Frob");
    assert!(!sync.commands[0].no_resp());
}

#[test]
fn unknown_elements_inside_of_commands_are_skipped() {
    let plain = command("<Add><CmdID>1</CmdID><Item><Data>x</Data></Item></Add>");
    let extended = command(
        "<Add xmlns:v='urn:v'><v:Hint><Item/></v:Hint><CmdID>1</CmdID><Error>?</Error><Item><v:Rank>1</v:Rank>\
         <Data>x</Data></Item></Add>",
    );
    assert_eq!(plain, extended);
}

#[test]
fn type_beside_an_empty_meta_counts_as_meta() {
    let Command::Modify(add) =
        command("<Add><CmdID>1</CmdID><Item><Meta/><Type>text/plain</Type></Item></Add>")
    else {
        panic!("is an Add")
    };
    assert_eq!(add.items[0].media_type(None), Some("text/plain"));
    let namespace = command("<Add><Item><Size xmlns='syncml:metinf'>5</Size></Item></Add>");
    assert_eq!(
        namespace,
        command("<Add><Item><Meta><Size>5</Size></Meta></Item></Add>")
    );
    assert_eq!(
        command("<Add><Item><Size>no number</Size></Item></Add>"),
        command("<Add><Item/></Add>")
    );
}

#[test]
fn final_may_stand_anywhere_and_hold_anything() {
    for body in [
        "<Final></Final>",
        "<Final> \n </Final>",
        "<Final><!-- end --></Final>",
    ] {
        let message = decode_xml(&document(HEADER, body)).expect("can be read");
        assert!(
            message.body.is_final && message.body.commands.is_empty(),
            "{body}"
        );
    }
    let early = decode_xml(&document(HEADER, "<Final/><Alert><CmdID>1</CmdID></Alert>"))
        .expect("can be read");
    assert!(early.body.is_final);
    assert_eq!(early.body.commands.len(), 1);
}

#[test]
fn missing_parts_of_commands_are_absent() {
    let Command::Status(status) = command("<Status><CmdID>1</CmdID></Status>") else {
        panic!("is a Status")
    };
    assert!(status.cmd_ref.is_empty() && status.msg_ref.is_none());
    assert_eq!(status.code, StatusCode::BAD_REQUEST);
    let Command::Alert(alert) = command("<Alert><Data>two-way</Data></Alert>") else {
        panic!("is an Alert")
    };
    assert_eq!(alert.code, None);
    assert_eq!(Command::from(alert).cmd_id(), None);
    let Command::Results(results) =
        command("<Results><CmdID>1</CmdID><CmdRef>3</CmdRef></Results>")
    else {
        panic!("are Results")
    };
    assert_eq!(results.msg_ref, None);
}

#[test]
fn repr_018_codes_of_all_kinds_are_kept() {
    for (text, code) in [("600", 600), ("299", 299), ("26001", 26_001), ("0", 0)] {
        let Command::Status(status) = command(&format!(
            "<Status><CmdRef>1</CmdRef><Data>{text}</Data></Status>"
        )) else {
            panic!("is a Status")
        };
        assert_eq!(status.code, StatusCode::new(code));
        assert!(status.code.name().is_none());
        assert_eq!(status.code.is_success(), code == 299);
    }
    for text in ["", "OK", "70000", "-200"] {
        let Command::Status(status) = command(&format!(
            "<Status><CmdRef>1</CmdRef><Data>{text}</Data></Status>"
        )) else {
            panic!("is a Status")
        };
        assert_eq!(status.code, StatusCode::BAD_REQUEST, "{text:?}");
    }
}

#[test]
fn versions_of_the_header() {
    for (ver_dtd, ver_proto, version) in [
        ("1.0", "SyncML/1.0", Some(Version::V1_0)),
        ("1.1", "SyncML/1.1", Some(Version::V1_1)),
        ("1.1", "SyncML/1.1.1", Some(Version::V1_1)),
        ("1.1", "SyncML/1.1.2", Some(Version::V1_1)),
        ("1.1.2", "SyncML/1.1", Some(Version::V1_1)),
        ("1.2", "syncml/1.2", Some(Version::V1_2)),
        ("1.2", "SyncML/1.1", None),
        ("1.2", "DM/1.2", None),
        ("2.0", "SyncML/2.0", None),
        ("1.2", "", None),
    ] {
        let header = HEADER
            .replace(">1.2<", &format!(">{ver_dtd}<"))
            .replace("SyncML/1.2", ver_proto);
        let message = decode_xml(&document(&header, "")).expect("can be read");
        assert_eq!(message.hdr.version(), version, "{ver_dtd} {ver_proto}");
    }
}

/// What a session cannot do without, and what it can.
#[test]
fn header_without_its_parts() {
    let without = |name: &str| {
        let start = HEADER.find(&format!("<{name}>")).expect("has it");
        let end = HEADER.find(&format!("</{name}>")).expect("has it") + name.len() + 3;
        decode_xml(&document(
            &format!("{}{}", &HEADER[..start], &HEADER[end..]),
            "",
        ))
    };
    for name in ["SessionID", "MsgID", "Source"] {
        let error = without(name).expect_err("cannot be read");
        assert_eq!(error.kind(), &DecodeErrorKind::Missing(name));
        assert_eq!(error.path(), "SyncHdr");
        assert_eq!(error.status_hint(), StatusCode::BAD_REQUEST);
    }
    for name in ["VerDTD", "VerProto", "Target"] {
        let message = without(name).expect("can be read");
        assert_eq!(
            message.hdr.version(),
            (name == "Target").then_some(Version::V1_2)
        );
    }
}

#[test]
fn only_the_header_may_not_repeat_itself() {
    for (twice, name) in [
        ("<SessionID>7</SessionID>", "SessionID"),
        ("<NoResp/><NoResp/>", "NoResp"),
    ] {
        let header = HEADER.replace("</SyncHdr>", &format!("{twice}</SyncHdr>"));
        let error = decode_xml(&document(&header, "")).expect_err("cannot be read");
        assert_eq!(error.kind(), &DecodeErrorKind::Duplicate(name));
    }
    let error = decode_xml(&document(&[HEADER, HEADER].concat(), "")).expect_err("cannot be read");
    assert_eq!(error.kind(), &DecodeErrorKind::Duplicate("SyncHdr"));
}

#[test]
fn errors_say_where() {
    let error = decode_xml(&document(
        HEADER,
        "<Alert/><Sync><Add><Item/></Add><Add><Item/><Item><Meta><Type></Meta></Item></Add></Sync>",
    ))
    .expect_err("is not well-formed");
    assert_eq!(error.path(), "SyncBody/Sync/Add[2]/Item[2]/Meta/Type");
    assert_eq!(error.position().line, Some(1));
    assert!(
        error
            .to_string()
            .contains("in SyncBody/Sync/Add[2]/Item[2]/Meta/Type at byte"),
        "{error}"
    );
}

#[test]
fn errors_are_short_whatever_the_input() {
    let long = "x".repeat(100_000);
    let error = decode_xml(&document(HEADER, &format!("<{long}><b></{long}>")))
        .expect_err("is not well-formed");
    assert!(error.path().len() < 100, "{}", error.path().len());
    let error = decode_xml(&Bytes::from(format!("<{long}/>"))).expect_err("is no message");
    assert!(error.to_string().len() < 100);
}

/// REPR-014.
#[test]
fn repr_014_limits_hold() {
    let many = "<Alert><CmdID>1</CmdID></Alert>".repeat(100);
    let bytes = document(HEADER, &many);
    for limits in [
        Limits::default().with_max_bytes(1000),
        Limits::default().with_max_elements(50),
        Limits::default().with_max_depth(2),
        Limits::default().with_max_text(20),
    ] {
        let error = decode(&bytes, Encoding::Xml, &limits).expect_err("is beyond the limit");
        assert!(
            matches!(
                error.kind(),
                DecodeErrorKind::Document(syncml_wbxml::ErrorKind::Limit(_))
            ),
            "{error}"
        );
        assert_eq!(error.status_hint(), StatusCode::REQUEST_ENTITY_TOO_LARGE);
    }
    assert!(decode(&bytes, Encoding::Xml, &Limits::default()).is_ok());
}

/// However much nesting the limits allow, commands in commands are refused early.
#[test]
fn repr_014_nesting_is_limited() {
    for (name, close) in [
        ("Sequence", "</Sequence>"),
        ("Sync", "</Sync>"),
        ("Atomic", "</Atomic>"),
    ] {
        let open = format!("<{name}>");
        let bytes = document(
            HEADER,
            &format!("{}{}", open.repeat(5000), close.repeat(5000)),
        );
        let limits = Limits::default().with_max_depth(100_000);
        let error = decode(&bytes, Encoding::Xml, &limits).expect_err("is too deep");
        assert_eq!(error.kind(), &DecodeErrorKind::Nesting);
    }
    assert_eq!(
        commands("<Atomic><Sequence><Sync><Sequence/></Sync></Sequence></Atomic>").len(),
        1
    );
}

#[test]
fn decoding_shares_the_buffer() {
    let body = "<Add><CmdID>1</CmdID><Item><Data>some text that is long enough to notice</Data></Item></Add>";
    let bytes = document(HEADER, body);
    let message = decode_xml(&bytes).expect("can be read");
    let Command::Modify(add) = &message.body.commands[0] else {
        panic!("is an Add")
    };
    let data = add.items[0].payload(None).expect("is text");
    let range = bytes.as_ptr_range();
    assert!(
        range.contains(&data.as_ptr()),
        "the data is a slice of the message"
    );
}

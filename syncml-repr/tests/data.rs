//! The content of `Data` in all its forms.

mod common;

use common::{body_xml, command, message, through_wbxml};
use syncml_repr::{
    Bytes, Chal, Command, Cred, DEVINF_WBXML, DEVINF_XML, Data, Encoding, Format, Item, Limits,
    MetInf, Modify, ModifyKind, Nonce, Put, Status, StatusCode, SyncHdr, Version, decode, encode,
};

const DEVINF: &str = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><DevID>d</DevID><DevTyp>phone</DevTyp></DevInf>";

fn only_item(command: &Command) -> &Item {
    match command {
        Command::Put(command) => &command.items[0],
        Command::Modify(command) => &command.items[0],
        Command::Status(command) => &command.items[0],
        other => panic!("{other:?}"),
    }
}

fn put(meta: &str, data: &str) -> Command {
    command(&format!(
        "<Put><CmdID>1</CmdID><Meta>{meta}</Meta><Item><Data>{data}</Data></Item></Put>"
    ))
}

/// REPR-006, DEVINF-011: device information is markup, however it came.
#[test]
fn repr_006_device_information_in_all_carriers() {
    let expected = put("<Type>application/vnd.syncml-devinf+xml</Type>", DEVINF);
    assert!(
        only_item(&expected)
            .data
            .as_ref()
            .and_then(Data::devinf)
            .is_some()
    );
    let escaped = DEVINF.replace('<', "&lt;");
    let base64 = syncml_repr::base64::encode(DEVINF.as_bytes());
    let nested = syncml_repr::base64::encode(
        b"\x02\xA4\x03\x6A\x00\x4A\x65\x031.2\x00\x01\x49\x03d\x00\x01\x4B\x03phone\x00\x01\x01",
    );
    for (meta, data) in [
        (
            "<Type>application/vnd.syncml-devinf+wbxml</Type>",
            DEVINF.to_owned(),
        ),
        (
            "<Type>application/vnd.syncml-devinf+xml</Type>",
            escaped.clone(),
        ),
        (
            "<Type>application/vnd.syncml-devinf+wbxml</Type>",
            format!("\n {escaped}\n"),
        ),
        (
            "<Type>application/vnd.syncml-devinf+xml</Type>",
            format!("<![CDATA[{DEVINF}]]>"),
        ),
        (
            "<Type>application/vnd.syncml-devinf+xml</Type><Format>b64</Format>",
            base64,
        ),
        (
            "<Type>application/vnd.syncml-devinf+wbxml</Type><Format>b64</Format>",
            nested,
        ),
    ] {
        assert_eq!(put(meta, &data), expected, "{meta} {data}");
    }
    // With the type in the item, after the data.
    let item = command(&format!(
        "<Put><CmdID>1</CmdID><Item><Data>{escaped}</Data><Meta><Type>{DEVINF_WBXML}</Type></Meta></Item></Put>"
    ));
    assert_eq!(only_item(&item).data, only_item(&expected).data);
    assert_eq!(only_item(&item).media_type(None), Some(DEVINF_XML));
}

/// Without the media type, text is text.
#[test]
fn repr_006_other_text_stays_text() {
    let escaped = DEVINF.replace('<', "&lt;");
    let item = put("<Type>text/plain</Type>", &escaped);
    assert_eq!(only_item(&item).data, Some(DEVINF.into()));
    for broken in ["&lt;DevInf>", "no markup", "&lt;a/>", ""] {
        let item = put("<Type>application/vnd.syncml-devinf+xml</Type>", broken);
        let text = broken.replace("&lt;", "<");
        assert_eq!(
            only_item(&item).data,
            Some(text.as_str().into()),
            "{broken}"
        );
    }
}

/// The properties of a field filter, with and without elements around them.
#[test]
fn repr_010_properties_of_a_filter() {
    let properties = "<Property xmlns=\"syncml:devinf\"><PropName>N</PropName></Property>\
        <Property xmlns=\"syncml:devinf\"><PropName>TEL</PropName><MaxSize>40</MaxSize></Property>";
    let alert = |data: &str| {
        command(&format!(
            "<Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI>t</LocURI><Filter><Meta>\
             <Type xmlns=\"syncml:metinf\">text/x-vcard</Type></Meta><Field><Item><Meta><Type xmlns=\"syncml:metinf\">\
             application/vnd.syncml-devinf+xml</Type></Meta><Data>{data}</Data></Item></Field></Filter></Target></Item></Alert>"
        ))
    };
    let expected = alert(properties);
    for other in [
        format!("<DevInf xmlns=\"syncml:devinf\">{properties}</DevInf>"),
        properties.replace(" xmlns=\"syncml:devinf\"", ""),
        properties.replace('<', "&lt;"),
        format!("<![CDATA[<DevInf>{properties}</DevInf>]]>"),
    ] {
        assert_eq!(alert(&other), expected, "{other}");
    }
    assert!(body_xml(Version::V1_2, expected.clone()).contains(properties));
    let message = message(Version::V1_2, expected);
    assert_eq!(through_wbxml(&message), message);
}

/// The media type follows the encoding when device information is written.
#[test]
fn devinf_011_media_type_follows_the_encoding() {
    let put = put(
        "<Type>application/vnd.syncml-devinf+xml; charset=utf-8</Type>",
        DEVINF,
    );
    let get = command(
        "<Get><CmdID>1</CmdID><Meta><Type>application/vnd.syncml-devinf+wbxml</Type></Meta><Item/></Get>",
    );
    for (command, parameters) in [(put, "; charset=utf-8"), (get, "")] {
        assert!(
            body_xml(Version::V1_2, command.clone())
                .contains(&format!(">{DEVINF_XML}{parameters}<"))
        );
        let message = message(Version::V1_2, command);
        let wbxml = encode(&message, Encoding::Wbxml).expect("can be encoded");
        let text = wbxml.escape_ascii().to_string();
        assert!(
            text.contains(&format!("{DEVINF_WBXML}{parameters}\\x00")),
            "{text}"
        );
        assert_eq!(through_wbxml(&message), message);
    }
}

/// A caller that must send device information as XML in WBXML says so with text.
#[test]
fn devinf_011_xml_as_text_in_wbxml_keeps_its_type() {
    let put = Put::new(1)
        .with_meta(MetInf::default().with_type(DEVINF_XML))
        .with_item(Item::new().with_data(DEVINF));
    let wbxml = encode(&message(Version::V1_2, put), Encoding::Wbxml).expect("can be encoded");
    let text = wbxml.escape_ascii().to_string();
    assert!(
        text.contains(DEVINF_XML) && text.contains("</DevID>") && !text.contains(DEVINF_WBXML),
        "{text}"
    );
}

/// REPR-006: anchors in data, as the echo in a Status, and bare.
#[test]
fn repr_006_anchors_in_data() {
    let status = |data: &str| {
        command(&format!(
            "<Status><CmdRef>1</CmdRef><Data>200</Data><Item><Data>{data}</Data></Item></Status>"
        ))
    };
    for data in [
        "<Anchor xmlns='syncml:metinf'><Next>276</Next></Anchor>",
        "<Anchor><Next>276</Next></Anchor>",
        "<Next xmlns='syncml:metinf'> 276 </Next>",
        "<MetInf xmlns='syncml:metinf'><Anchor><Next>276</Next></Anchor></MetInf>",
        "\n<Anchor xmlns='syncml:metinf'>\n<Next>276</Next>\n</Anchor>\n",
    ] {
        let status = status(data);
        let meta = only_item(&status)
            .data
            .as_ref()
            .and_then(Data::met_inf)
            .expect("has an anchor");
        assert_eq!(
            meta.anchor.map(|anchor| anchor.next.to_string()).as_deref(),
            Some("276"),
            "{data}"
        );
    }
    let built = Status::new(1, 1.into(), 1, "Alert", StatusCode::OK)
        .with_item(Item::new().with_data(Data::next_anchor("276")));
    let expected =
        "<Item><Data><Anchor xmlns=\"syncml:metinf\"><Next>276</Next></Anchor></Data></Item>";
    assert!(body_xml(Version::V1_2, built).contains(expected));
}

/// Empty data is not the same as none.
#[test]
fn empty_data_is_not_absent() {
    let with = command("<Replace><CmdID>1</CmdID><Item><Data/></Item></Replace>");
    let without = command("<Replace><CmdID>1</CmdID><Item/></Replace>");
    assert_eq!(only_item(&with).data, Some(Data::default()));
    assert_eq!(only_item(&without).data, None);
    assert!(
        only_item(&without)
            .payload(None)
            .expect("is nothing")
            .is_empty()
    );
    for command in [with, without] {
        let message = message(Version::V1_2, command);
        assert_eq!(through_wbxml(&message), message);
    }
}

/// REPR-005: what must be escaped, and the end of a CDATA section in the data.
#[test]
fn repr_005_escaping() {
    let text = "a<b>&amp; ]]> \"q\" 'q'\r\nnext\rlast\ttab";
    let add = Modify::new(ModifyKind::Add, 1).with_item(Item::new().with_data(text));
    let xml = body_xml(Version::V1_2, add);
    assert_eq!(only_item(&command(&xml)).data, Some(text.into()), "{xml}");
    let sections =
        "<![CDATA[a<b>&amp; ]]]]><![CDATA[> ]]>\"q\" <![CDATA['q']]>&#13;\nnext&#13;last\ttab";
    let sections = command(&format!(
        "<Add><CmdID>1</CmdID><Item><Data>{sections}</Data></Item></Add>"
    ));
    assert_eq!(only_item(&sections).data, Some(text.into()));
}

/// META-002: `bin` exists in WBXML only.
#[test]
fn meta_002_format_bin() {
    let base64 = put("<Format>bin</Format>", "AAH/");
    assert_eq!(
        only_item(&base64).payload(None).expect("is Base64"),
        &b"\x00\x01\xFF"[..]
    );
    assert_eq!(only_item(&base64).format(None), Some(&Format::B64));
    let text = put("<Format>bin</Format>", "not base64!");
    assert_eq!(
        only_item(&text).payload(None).expect("is text"),
        "not base64!"
    );

    // Octets that happen to be text: in XML they are Base64, or a receiver would decode them.
    let meta = MetInf::default().with_format(Format::Bin);
    let add = Modify::new(ModifyKind::Add, 1)
        .with_meta(meta)
        .with_item(Item::new().with_data("abcd"));
    let xml = body_xml(Version::V1_2, add.clone());
    assert!(
        xml.contains(">b64<") && xml.contains("<Data>YWJjZA==</Data>"),
        "{xml}"
    );
    let message = message(Version::V1_2, add);
    let wbxml = encode(&message, Encoding::Wbxml)
        .expect("can be encoded")
        .escape_ascii()
        .to_string();
    assert!(
        wbxml.contains("\\x03bin\\x00") && wbxml.contains("\\xc3\\x04abcd"),
        "{wbxml}"
    );
    assert_eq!(through_wbxml(&message), message);
}

/// META-002: Base64 on the command holds for its items.
#[test]
fn meta_002_format_of_the_command_holds_for_items() {
    let Command::Modify(add) = command(
        "<Add><CmdID>1</CmdID><Meta><Format>b64</Format></Meta><Item><Data>aGVs\n bG8</Data></Item>\
         <Item><Meta><Format>chr</Format></Meta><Data>aGVs</Data></Item><Item><Data>#</Data></Item></Add>",
    ) else {
        panic!("is an Add")
    };
    let payload = |at: usize| add.items[at].payload(add.meta.as_deref());
    assert_eq!(payload(0).expect("is Base64"), "hello");
    assert_eq!(payload(1).expect("is text"), "aGVs");
    assert!(payload(2).is_err());
}

/// Characters that XML cannot carry go out as Base64, which says so in the item.
#[test]
fn repr_007_control_characters_in_text() {
    let add = Modify::new(ModifyKind::Add, 1).with_item(Item::new().with_data("a\u{1}b"));
    let xml = body_xml(Version::V1_2, add);
    assert!(
        xml.contains(">b64</Format></Meta><Data>YQFi</Data>"),
        "{xml}"
    );
    for (octets, is_text) in [
        ("a\u{1}b", false),
        ("ab\r\n\t\u{85}", true),
        ("\u{FFFE}", false),
    ] {
        let data = Data::from(octets);
        assert_eq!(data.as_text(), is_text.then_some(octets));
    }
}

/// Chunks are cut anywhere, so that in WBXML they go as octets.
#[test]
fn chunks_are_octets_in_wbxml() {
    let euro = "€".as_bytes();
    for (chunk, more) in [(&euro[..1], true), (&euro[1..], false), (b"abc", true)] {
        let item = Item::new()
            .with_data(Data::from_octets(chunk.to_vec()))
            .with_more_data(more);
        let message = message(
            Version::V1_2,
            Modify::new(ModifyKind::Add, 1).with_item(item),
        );
        let wbxml = encode(&message, Encoding::Wbxml)
            .expect("can be encoded")
            .escape_ascii()
            .to_string();
        let opaque = format!("\\xc3\\x{:02x}{}", chunk.len(), chunk.escape_ascii());
        assert!(wbxml.contains(&opaque), "{opaque} in {wbxml}");
        assert_eq!(through_wbxml(&message), message);
    }
}

/// Digests as raw octets.
#[test]
fn credentials_of_octets() {
    let mut message = message(Version::V1_2, Put::new(1));
    let mut cred = Cred::new(Cred::MD5, b"");
    cred.meta = Some(MetInf::default().with_type(Cred::MD5).into());
    cred.data = Data::Octets(Bytes::from_static(&[0xFF; 16]));
    message.hdr.cred = Some(cred.into());
    assert_eq!(through_wbxml(&message), message);
    let xml = String::from_utf8(encode(&message, Encoding::Xml).expect("can be encoded"))
        .expect("is UTF-8");
    assert!(
        xml.contains(">b64<") && xml.contains("<Data>/////////////////////w==</Data>"),
        "{xml}"
    );
}

/// Nothing secret is shown.
#[test]
fn debug_hides_secrets() {
    let mut hdr = SyncHdr::default();
    hdr.cred = Some(Cred::basic("ann", "tulip").into());
    let status = Status::new(1, 1.into(), 0, "SyncHdr", StatusCode::MISSING_CREDENTIALS)
        .with_chal(Chal::new(Cred::MD5).with_nonce(Nonce::new("sesame")));
    let shown = format!("{hdr:?} {:?}", Command::from(status));
    for secret in ["tulip", "YW5uOnR1bGlw", "sesame", "c2VzYW1l"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(
        shown.contains("data: (12 octets)") && shown.contains("Nonce(6 octets)"),
        "{shown}"
    );
}

/// A document inside that is cut short is octets, for the command to be answered 415.
#[test]
fn repr_006_broken_nested_documents_are_octets() {
    let octets = &b"\x02\xA4\x03\x6A\x00\x4A\x65\x031.2"[..];
    let item = Item::new().with_data(Data::Octets(Bytes::from_static(octets)));
    let put = Put::new(1)
        .with_meta(MetInf::default().with_type(DEVINF_WBXML))
        .with_item(item);
    let bytes =
        Bytes::from(encode(&message(Version::V1_2, put), Encoding::Wbxml).expect("can be encoded"));
    let read = decode(&bytes, Encoding::Wbxml, &Limits::default()).expect("can be read");
    assert_eq!(
        only_item(&read.body.commands[0])
            .data
            .as_ref()
            .and_then(Data::as_bytes),
        Some(octets)
    );
}

/// Device information without its root gets one, and parts of it lose theirs, so that there is
/// one form for each.
#[test]
fn repr_006_device_information_without_its_root() {
    let data = |text: &str| {
        let add = command(&format!(
            "<Add><CmdID>1</CmdID><Item><Data>{text}</Data></Item></Add>"
        ));
        only_item(&add).data.clone().expect("has data")
    };
    let namespace = "xmlns='syncml:devinf'";
    let whole = data(&format!(
        "<DevInf {namespace}><VerDTD>1.2</VerDTD><Man>M</Man></DevInf>"
    ));
    assert_eq!(
        data(&format!(
            "<VerDTD {namespace}>1.2</VerDTD><Man {namespace}>M</Man>"
        )),
        whole
    );
    let part = data(&format!("<DataType {namespace}>chr</DataType>"));
    assert_eq!(
        data(&format!(
            "<DevInf {namespace}><DataType>chr</DataType></DevInf>"
        )),
        part
    );
    assert!(part.devinf().is_none());
    for data in [whole, part] {
        let add = Modify::new(ModifyKind::Add, 1).with_item(Item::new().with_data(data));
        let message = message(Version::V1_2, add);
        assert_eq!(through_wbxml(&message), message);
    }
}

/// Leaves in pieces: CDATA, comments, octets.
#[test]
fn leaves_in_pieces() {
    let whole = command(
        "<Status><MsgRef>12</MsgRef><CmdRef>3</CmdRef><Cmd>Add</Cmd><Data>200</Data></Status>",
    );
    let pieces = command(
        "<Status><MsgRef>1<!-- --><![CDATA[2]]></MsgRef><CmdRef> <x>9</x>3 </CmdRef><Cmd><![CDATA[A]]>dd</Cmd>\
         <Data><![CDATA[20]]>0</Data></Status>",
    );
    assert_eq!(whole, pieces);
}

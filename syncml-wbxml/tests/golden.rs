//! Golden bytes: what the writer makes and the reader finds in them.

mod common;

use common::{hex, read, sketch};
use syncml_wbxml::tag::{devinf, metinf, syncml};
use syncml_wbxml::{
    Bytes, Doctype, Encoder, Error, Event, FragmentBuilder, Name, Reader, Sink, Source, Tag,
    Writer, leaf_bytes, put_empty, put_end, put_leaf, put_opaque, put_start, put_text, share,
};

/// An Alert and a Put of device information in SyncML 1.2, as an independent encoder writes it.
const MESSAGE: &str = "02a4016a006d6c7103312e320001720353796e634d4c2f312e32000165033100015b033100016e57\
    0373000101675703630001015a00014c03353030300001010100006b464b033100014f0332303000\
    01546e570378000101675703790001015a0001454a033100014f033200010101010100005f4b0332\
    00015a000153036170706c69636174696f6e2f766e642e73796e636d6c2d646576696e662b776278\
    6d6c0001010000546757032e2f646576696e6631320001014fc31c02a4036a004a6503312e320001\
    49036400014b0370686f6e65000101010101120101";

const SKETCH: &str = "SyncML(SyncHdr(VerDTD('1.2')VerProto('SyncML/1.2')SessionID('1')MsgID('1')\
    Target(LocURI('s'))Source(LocURI('c'))Meta(MaxMsgSize('5000')))\
    SyncBody(Alert(CmdID('1')Data('200')Item(Target(LocURI('x'))Source(LocURI('y'))\
    Meta(Anchor(Last('1')Next('2')))))\
    Put(CmdID('2')Meta(Type('application/vnd.syncml-devinf+wbxml'))\
    Item(Source(LocURI('./devinf12'))Data(";

fn open(sink: &mut impl Sink, tags: &[Tag]) -> Result<(), Error> {
    tags.iter().try_for_each(|&tag| put_start(sink, tag))
}

fn close(sink: &mut impl Sink, count: usize) -> Result<(), Error> {
    (0..count).try_for_each(|_| put_end(sink))
}

fn devinf(sink: &mut impl Sink) -> Result<(), Error> {
    put_start(sink, devinf::DEV_INF)?;
    put_leaf(sink, devinf::VER_DTD, "1.2")?;
    put_leaf(sink, devinf::DEV_ID, "d")?;
    put_leaf(sink, devinf::DEV_TYP, "phone")?;
    put_end(sink)
}

/// The events of [`MESSAGE`], as the layer above puts them into either writer.
fn message(sink: &mut impl Sink, form: &str) -> Result<(), Error> {
    open(sink, &[syncml::SYNC_ML, syncml::SYNC_HDR])?;
    put_leaf(sink, syncml::VER_DTD, "1.2")?;
    put_leaf(sink, syncml::VER_PROTO, "SyncML/1.2")?;
    put_leaf(sink, syncml::SESSION_ID, "1")?;
    put_leaf(sink, syncml::MSG_ID, "1")?;
    for (end, uri) in [(syncml::TARGET, "s"), (syncml::SOURCE, "c")] {
        put_start(sink, end)?;
        put_leaf(sink, syncml::LOC_URI, uri)?;
        put_end(sink)?;
    }
    put_start(sink, syncml::META)?;
    put_leaf(sink, metinf::MAX_MSG_SIZE, "5000")?;
    close(sink, 2)?;
    open(sink, &[syncml::SYNC_BODY, syncml::ALERT])?;
    put_leaf(sink, syncml::CMD_ID, "1")?;
    put_leaf(sink, syncml::DATA, "200")?;
    put_start(sink, syncml::ITEM)?;
    for (end, uri) in [(syncml::TARGET, "x"), (syncml::SOURCE, "y")] {
        put_start(sink, end)?;
        put_leaf(sink, syncml::LOC_URI, uri)?;
        put_end(sink)?;
    }
    open(sink, &[syncml::META, metinf::ANCHOR])?;
    put_leaf(sink, metinf::LAST, "1")?;
    put_leaf(sink, metinf::NEXT, "2")?;
    close(sink, 4)?;
    put_start(sink, syncml::PUT)?;
    put_leaf(sink, syncml::CMD_ID, "2")?;
    put_start(sink, syncml::META)?;
    put_leaf(
        sink,
        metinf::TYPE,
        &format!("application/vnd.syncml-devinf+{form}"),
    )?;
    put_end(sink)?;
    open(sink, &[syncml::ITEM, syncml::SOURCE])?;
    put_leaf(sink, syncml::LOC_URI, "./devinf12")?;
    put_end(sink)?;
    put_start(sink, syncml::DATA)?;
    devinf(sink)?;
    close(sink, 3)?;
    put_empty(sink, syncml::FINAL)?;
    close(sink, 2)
}

/// Requirement WBXML-012.
#[test]
fn wbxml_012_writer_makes_the_golden_message() {
    let mut writer = Writer::new(Doctype::SyncMl12);
    assert!(writer.is_empty());
    message(&mut writer, "wbxml").unwrap();
    assert_eq!(writer.finish().unwrap(), hex(MESSAGE));
}

/// Requirements WBXML-004 and WBXML-005.
#[test]
fn wbxml_005_reader_finds_the_golden_message() {
    let bytes = Bytes::from(hex(MESSAGE));
    let mut reader = Reader::new(&bytes, &Default::default()).unwrap();
    let mut events = Vec::new();
    let mut nested = None;
    while let Some(event) = reader.next_event().unwrap() {
        if let Event::Opaque(bytes) = &event {
            nested = Some(share(reader.input(), bytes));
        } else if nested.is_none() {
            events.push(event.into_owned());
        }
    }
    assert_eq!(sketch(&events), SKETCH);
    assert_eq!(reader.doctype(), Doctype::SyncMl12);

    let nested = nested.unwrap();
    let reader = Reader::new(&nested, &Default::default()).unwrap();
    assert_eq!(reader.doctype(), Doctype::DevInf12);
    let mut builder = FragmentBuilder::new();
    devinf(&mut builder).unwrap();
    assert_eq!(
        common::drain(reader).unwrap(),
        common::drain(builder.finish().unwrap().source()).unwrap()
    );
}

/// Requirement WBXML-007: every proper part of the message is an error that says where.
#[test]
fn wbxml_007_truncation() {
    let bytes = hex(MESSAGE);
    for len in 0..bytes.len() {
        let error = read(&bytes[..len]).unwrap_err();
        assert_eq!(error.kind(), &syncml_wbxml::ErrorKind::Truncated, "{len}");
        assert_eq!(error.position().byte, len);
    }
}

#[cfg(feature = "xml")]
mod xml {
    use syncml_wbxml::{Limits, from_xml, to_xml, to_xml_pretty, xml};

    use super::*;

    const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>s</LocURI></Target><Source><LocURI>c</LocURI></Source><Meta><MaxMsgSize xmlns="syncml:metinf">5000</MaxMsgSize></Meta></SyncHdr><SyncBody><Alert><CmdID>1</CmdID><Data>200</Data><Item><Target><LocURI>x</LocURI></Target><Source><LocURI>y</LocURI></Source><Meta><Anchor xmlns="syncml:metinf"><Last>1</Last><Next>2</Next></Anchor></Meta></Item></Alert><Put><CmdID>2</CmdID><Meta><Type xmlns="syncml:metinf">application/vnd.syncml-devinf+xml</Type></Meta><Item><Source><LocURI>./devinf12</LocURI></Source><Data><DevInf xmlns="syncml:devinf"><VerDTD>1.2</VerDTD><DevID>d</DevID><DevTyp>phone</DevTyp></DevInf></Data></Item></Put><Final/></SyncBody></SyncML>"#;

    #[test]
    fn writer_makes_the_golden_message() {
        let mut writer = xml::Writer::new(Doctype::SyncMl12);
        message(&mut writer, "xml").unwrap();
        assert_eq!(String::from_utf8(writer.finish().unwrap()).unwrap(), XML);
    }

    #[test]
    fn reader_finds_the_golden_message() {
        let mut builder = FragmentBuilder::new();
        message(&mut builder, "xml").unwrap();
        let expected = common::drain(builder.finish().unwrap().source()).unwrap();
        assert_eq!(common::read_xml(XML).unwrap(), expected);
    }

    #[test]
    fn conversion_is_exact() {
        let limits = Limits::default();
        assert_eq!(to_xml(&hex(MESSAGE), &limits).unwrap(), XML);
        assert_eq!(from_xml(XML, &limits).unwrap(), hex(MESSAGE));
        let pretty = to_xml_pretty(&hex(MESSAGE), &limits).unwrap();
        assert!(
            pretty.contains("\n          <DevInf xmlns=\"syncml:devinf\">\n"),
            "{pretty}"
        );
        assert_eq!(from_xml(&pretty, &limits).unwrap(), hex(MESSAGE));
    }

    #[test]
    fn truncation() {
        for len in 0..XML.len() {
            let error = common::read_xml(&XML[..len]).unwrap_err();
            assert_eq!(error.kind(), &syncml_wbxml::ErrorKind::Truncated, "{len}");
        }
    }
}

/// A 1.1 message without its header.
const BODY: &str = "6d6c7103312e310001720353796e634d4c2f312e31000165033100015b033100016e5703730001\
    01675703630001015a00014c03353030300001010100006b464b033100014fc3033230360101120101";

const BODY_SKETCH: &str = "SyncML(SyncHdr(VerDTD('1.1')VerProto('SyncML/1.1')SessionID('1')MsgID('1')\
    Target(LocURI('s'))Source(LocURI('c'))Meta(MaxMsgSize('5000')))\
    SyncBody(Alert(CmdID('1')Data([32, 30, 36]))Final()))";

/// A reader that has passed `VerDTD`, by which the document type is known.
fn doctype(bytes: &[u8]) -> Doctype {
    let bytes = Bytes::copy_from_slice(bytes);
    let mut reader = Reader::new(&bytes, &Default::default()).unwrap();
    while reader.next_event().unwrap().is_some() {}
    reader.doctype()
}

fn assert_body(variant: &str) {
    let bytes = hex(variant);
    assert_eq!(sketch(&read(&bytes).unwrap()), BODY_SKETCH, "{variant}");
    assert_eq!(doctype(&bytes), Doctype::SyncMl11, "{variant}");
}

/// Requirements WBXML-002, WBXML-003, WBXML-008.
#[test]
fn wbxml_003_headers() {
    let fpi = "'-//SYNCML//DTD SyncML 1.1//EN'";
    for header in [
        "02 9f53 6a 00".to_owned(),
        // The document type as a string, with and without terminator.
        format!("02 0000 6a 1d {fpi}"),
        format!("02 0000 6a 1e {fpi} 00"),
        // As the second string of the table.
        format!("02 0002 6a 20 'x' 00 {fpi} 00"),
        // Untold.
        "02 01 6a 00".to_owned(),
        "02 0000 6a 00".to_owned(),
        // Charsets unknown and US-ASCII.
        "02 9f53 00 00".to_owned(),
        "02 9f53 03 00".to_owned(),
        "02 9f53 04 00".to_owned(),
        // Versions 1.0 (without charset), 1.1, 1.3, and one to come.
        "00 9f53 00".to_owned(),
        "01 9f53 6a 00".to_owned(),
        "03 9f53 6a 00".to_owned(),
        "04 9f53 6a 00".to_owned(),
        // Padded integers.
        "02 809f53 6a 8000".to_owned(),
        // Page switches before the root.
        "02 9f53 6a 00 0000 0001 0000".to_owned(),
        // A processing instruction before the root.
        "02 9f53 6a 00 43 05 03 'x' 00 01".to_owned(),
        // The number of another document type, or version.
        "02 a403 6a 00".to_owned(),
        "02 9f54 6a 00".to_owned(),
        "02 9f51 6a 00".to_owned(),
        "02 05 6a 00".to_owned(),
    ] {
        assert_body(&format!("{header} {BODY}"));
    }
}

#[test]
fn octets_after_the_root() {
    assert_body(&format!("02 9f53 6a 00 {BODY} 000000"));
    assert_body(&format!("02 9f53 6a 00 {BODY} ff"));
}

/// Nokia 6600: switches before END, doubled.
#[test]
fn redundant_page_switches() {
    let body = BODY.replace("3530303000010101", "353030300001 0000 0000 01 0000 01");
    assert_ne!(body, BODY);
    assert_body(&format!("02 9f53 6a 00 {body}"));
}

/// Requirement WBXML-010.
#[test]
fn wbxml_010_attributes() {
    // A literal xmlns on the root, out of an empty table.
    let nokia = BODY.replacen("6d6c", "ed 04 00 03 'SYNCML:SYNCML1.1' 00 01 6c", 1);
    assert_body(&format!("02 9f53 6a 00 {nokia}"));
    // The same out of a table, on an element of Meta; also values that hold octets of tokens.
    let attributes = "04 00 83 06 01";
    let meta = BODY.replacen("4c0335", &format!("cc {attributes} 0335"), 1);
    let table = "15 'xmlns' 00 'syncml:metinf' 00 00";
    assert_body(&format!("02 9f53 6a {table} {meta}"));
    for attributes in [
        "05 c3 02 0101 01",
        "05 03 0101 00 0002 06 85 86 02 41 01",
        "05 40 'x' 00 80 01 c0 83 00 44 00 01",
    ] {
        let body = BODY.replacen("6b46", &format!("eb {attributes} 46"), 1);
        assert_body(&format!("02 9f53 6a {table} {body}"));
        // On an element without content there is no second END.
        let body = BODY.replacen("120101", &format!("92 {attributes} 0101"), 1);
        assert_body(&format!("02 9f53 6a {table} {body}"));
    }
}

/// Requirement WBXML-009.
#[test]
fn wbxml_009_unknown_tags_and_extensions() {
    // Extension tokens in the body.
    let body = BODY.replacen(
        "6b46",
        "6b 40'x'00 42 00 80 05 82 8105 c0 c1 c2 43 05 01 46",
        1,
    );
    assert_body(&format!("02 9f53 6a 00 {body}"));
    // Tag codes that no table has, with and without content.
    for (octets, expected) in [
        ("7d 03 'x' 00 01", "{wbxml:page-0}token-3D('x')"),
        ("3d", "{wbxml:page-0}token-3D()"),
        ("0007 46 01 0000", "{wbxml:page-7}token-06()"),
    ] {
        let body = BODY.replacen("120101", &format!("{octets} 120101"), 1);
        let events = sketch(&read(&hex(&format!("02 9f53 6a 00 {body}"))).unwrap());
        assert_eq!(
            events,
            BODY_SKETCH.replace("Final", &format!("{expected}Final"))
        );
    }
}

#[test]
fn literal_tags() {
    for (octets, expected) in [
        ("44 00 03 'x' 00 01", "{SYNCML:SYNCML}Foo('x')"),
        ("04 00", "{SYNCML:SYNCML}Foo()"),
        ("84 00 04 04 03 'urn:y' 00 01", "{urn:y}Foo()"),
        (
            "c4 00 04 04 83 0a 01 44 00 01 01",
            "{urn:x}Foo({urn:x}Foo())",
        ),
        // A known name spelled out.
        ("44 10 01", "Add()"),
        // An attribute of another name says nothing about the namespace.
        ("84 00 04 10 03 'urn:y' 00 01", "{SYNCML:SYNCML}Foo()"),
    ] {
        let body = BODY.replacen("120101", &format!("{octets} 120101"), 1);
        let table = "14 'Foo' 00 'xmlns' 00 'urn:x' 00 'Add' 00";
        let events = sketch(&read(&hex(&format!("02 9f53 6a {table} {body}"))).unwrap());
        assert_eq!(
            events,
            BODY_SKETCH.replace("Final", &format!("{expected}Final")),
            "{octets}"
        );
    }
}

/// The text of the leaf, whatever runs it comes in.
fn leaf(header: &str, content: &str) -> Vec<u8> {
    let bytes = Bytes::from(hex(&format!("{header} 6d {content} 01")));
    let mut reader = Reader::new(&bytes, &Default::default()).unwrap();
    reader.next_event().unwrap();
    assert_eq!(
        reader.next_event().unwrap(),
        Some(Event::Start(syncml::DATA.into()))
    );
    leaf_bytes(&mut reader).unwrap().to_vec()
}

/// Requirement WBXML-004.
#[test]
fn wbxml_004_mixed_runs() {
    let header = "02 9f53 6a 0c '12' 00 'ab' 00 'hidden'";
    for (content, expected) in [
        ("4f 03'2'00 0230 c301'6' 01", &b"206"[..]),
        ("4f 8300 8303 01", b"12ab"),
        // Into the middle of a string, and one that the end of the table ends.
        ("4f 8304 01", b"b"),
        ("4f 8306 01", b"hidden"),
        ("4f c300 0300 01", b""),
        ("4f 01", b""),
        ("0f", b""),
        ("4f 02 ac2c 01", "\u{162C}".as_bytes()),
        ("4f 02 41 4b 03'no'00 01 02 42 01", b"AB"),
        ("4f 0001 03'a'00 0000 03'b'00 01", b"ab"),
        ("4f c303 ff00fe 01", b"\xFF\x00\xFE"),
        // Broken UTF-8 stays as it is.
        ("4f 03'a'ff00 01", b"a\xFF"),
    ] {
        assert_eq!(leaf(header, content), expected, "{content}");
    }
}

/// Requirement WBXML-008.
#[test]
fn wbxml_008_charsets() {
    assert_eq!(leaf("02 9f53 04 00", "4f 03 e9 00 01"), "é".as_bytes());
    assert_eq!(leaf("02 9f53 04 02 e900", "4f 8300 01"), "é".as_bytes());
    assert_eq!(leaf("02 9f53 6a 00", "4f 03 c3a9 00 01"), "é".as_bytes());
    // UTF-16: two octets end a string, and octet offsets count in the table.
    assert_eq!(
        leaf("02 9f53 8777 00", "4f 03 00e9 0100 0000 01"),
        "é\u{100}".as_bytes()
    );
    assert_eq!(
        leaf("02 9f53 8777 08 0061 0000 0062 0000", "4f 8304 01"),
        b"b"
    );
    // In the other order, told by the number or by a mark.
    assert_eq!(
        leaf("02 9f53 8776 00", "4f 03 e900 0000 01"),
        "é".as_bytes()
    );
    assert_eq!(
        leaf("02 9f53 8777 00", "4f 03 fffe e900 0000 01"),
        "é".as_bytes()
    );
    assert_eq!(
        leaf("02 9f53 8777 00", "4f 03 d83dde00 0000 01"),
        "\u{1F600}".as_bytes()
    );
    // Entities are characters in any charset; US-ASCII is a part of UTF-8.
    assert_eq!(
        leaf("02 9f53 04 00", "4f 02 a02c 02 8169 01"),
        "\u{102C}é".as_bytes()
    );
    assert_eq!(leaf("02 9f53 03 00", "4f 03'a'00 01"), b"a");
    // OPAQUE has no charset.
    assert_eq!(leaf("02 9f53 04 00", "4f c302 c3a9 01"), "é".as_bytes());
}

#[test]
fn empty_element_with_content_bit() {
    let body = BODY.replacen("120101", "52010101", 1);
    assert_body(&format!("02 9f53 6a 00 {body}"));
}

/// `Size` and `MaxSize` share a token; the version tells them apart.
#[test]
fn one_token_two_names() {
    for (header, expected) in [
        ("02 a403 6a 00", "MaxSize"),
        ("02 9f54 6a 00", "Size"),
        ("02 9f52 6a 00", "Size"),
        ("02 01 6a 00", "Size"),
    ] {
        let events = read(&hex(&format!("{header} 4a 45 5c 03'9'00 01 01 01"))).unwrap();
        assert_eq!(
            sketch(&events),
            format!("DevInf(CTCap({expected}('9')))"),
            "{header}"
        );
    }
    // VerDTD wins.
    let events = read(&hex(
        "02 9f54 6a 00 4a 65 03'1.2'00 01 45 5c 03'9'00 01 01 01",
    ))
    .unwrap();
    assert_eq!(sketch(&events), "DevInf(VerDTD('1.2')CTCap(MaxSize('9')))");
    let mut writer = Writer::new(Doctype::DevInf12);
    put_start(&mut writer, devinf::DEV_INF).unwrap();
    put_leaf(&mut writer, devinf::MAX_SIZE, "9").unwrap();
    put_end(&mut writer).unwrap();
    assert_eq!(
        writer.finish().unwrap(),
        hex("02 a403 6a 00 4a 5c 03'9'00 01 01")
    );
}

/// Which vocabulary a document is in when the header is wrong.
#[test]
fn the_root_decides() {
    for header in ["02 01 6a 00", "02 9f53 6a 00", "02 a401 6a 00"] {
        let bytes = hex(&format!("{header} 4a 49 03 'd' 00 01 01"));
        assert_eq!(
            sketch(&read(&bytes).unwrap()),
            "DevInf(DevID('d'))",
            "{header}"
        );
    }
    // The properties of a filter.
    let bytes = hex("02 a403 6a 00 6b 58 03 'TEL' 00 01 01");
    assert_eq!(sketch(&read(&bytes).unwrap()), "Property(PropName('TEL'))");
    // MetInf alone, on either page.
    for page in ["", "0001"] {
        let bytes = hex(&format!("02 a402 6a 00 {page} 4e 53 03 't' 00 01 01"));
        assert_eq!(
            sketch(&read(&bytes).unwrap()),
            "MetInf(Type('t'))",
            "{page}"
        );
    }
}

/// A nested document of a kind we do not know is still a document.
#[test]
fn management_tree_stays_readable() {
    let bytes = hex("02 00 00 6A 1B '-//OMA//DTD-DM-DDF 1.2//EN' 00 00 02 60 77 03 '1.2' 00 01 01");
    assert_eq!(
        sketch(&read(&bytes).unwrap()),
        "{wbxml:page-2}token-20({wbxml:page-2}token-37('1.2'))"
    );
    assert_eq!(doctype(&bytes), Doctype::Unknown);
}

/// What the writer makes of one element in a SyncML 1.2 document.
fn written(put: impl FnOnce(&mut Writer) -> Result<(), Error>) -> Vec<u8> {
    let mut writer = Writer::new(Doctype::SyncMl12);
    put_start(&mut writer, syncml::SYNC_ML).unwrap();
    put(&mut writer).unwrap();
    put_end(&mut writer).unwrap();
    writer.finish().unwrap()
}

fn other(space: &'static str, local: &'static str) -> Event<'static> {
    Event::Start(Name::Other {
        space: space.into(),
        local: local.into(),
    })
}

#[test]
fn canonical_content() {
    let head = "02 a401 6a 00 6d";
    for (put, expected) in [
        (vec![], "0f"),
        (
            vec![Event::Text("".into()), Event::Opaque(vec![].into())],
            "0f",
        ),
        (
            vec![Event::Text("a".into()), Event::Text("b".into())],
            "4f 03 'ab' 00 01",
        ),
        (vec![Event::Text("a\0b".into())], "4f c303 'a' 00 'b' 01"),
        (
            vec![Event::Opaque(b"\x00\xFF".to_vec().into())],
            "4f c302 00ff 01",
        ),
        (
            vec![Event::Text("a".into()), Event::Opaque(b"b".to_vec().into())],
            "4f 03 'a' 00 c301 'b' 01",
        ),
        (
            vec![other("wbxml:page-7", "token-3D"), Event::End],
            "4f 0007 3d 01",
        ),
    ] {
        let bytes = written(|writer| {
            put_start(writer, syncml::DATA)?;
            put.into_iter().try_for_each(|event| writer.put(event))?;
            put_end(writer)
        });
        assert_eq!(bytes, hex(&format!("{head} {expected} 01")), "{expected}");
    }
}

/// Names without a token go to the string table, which the header then has.
#[test]
fn unknown_names() {
    let bytes = written(|writer| {
        writer.put(other("", "Foo"))?;
        put_text(writer, "x")?;
        writer.put(other("urn:x", "Bar"))?;
        writer.put(other("urn:x", "Foo"))?;
        close(writer, 3)?;
        put_empty(writer, syncml::FINAL)
    });
    let table = "14 'Foo' 00 'urn:x' 00 'Bar' 00 'xmlns' 00";
    let body = "6d 44 00 03 'x' 00 c4 0a 04 0e 83 04 01 04 00 01 01 12 01";
    assert_eq!(bytes, hex(&format!("02 a401 6a {table} {body}")));
    assert_eq!(
        sketch(&read(&bytes).unwrap()),
        "SyncML({SYNCML:SYNCML}Foo('x'{urn:x}Bar({urn:x}Foo()))Final())"
    );
}

/// A token without a name has one in another vocabulary: there it is spelled out.
#[test]
fn tokens_of_another_vocabulary() {
    let names = [
        ("wbxml:page-0", "token-35"),
        ("wbxml:page-1", "token-05"),
        ("wbxml:page-0", "token-3D"),
    ];
    for (doctype, root) in [
        (Doctype::SyncMl12, syncml::SYNC_ML),
        (Doctype::Unknown, metinf::MET_INF),
        (Doctype::DevInf12, devinf::DEV_INF),
    ] {
        let mut writer = Writer::new(doctype);
        put_start(&mut writer, root).unwrap();
        for (space, local) in names {
            writer.put(other(space, local)).unwrap();
            put_end(&mut writer).unwrap();
        }
        put_end(&mut writer).unwrap();
        assert_eq!(
            sketch(&read(&writer.finish().unwrap()).unwrap()),
            format!(
                "{}({{wbxml:page-0}}token-35(){{wbxml:page-1}}token-05(){{wbxml:page-0}}token-3D())",
                root.name()
            ),
        );
    }
}

/// The `Property` elements of a filter share a nested document.
#[test]
fn properties_of_a_filter() {
    let bytes = written(|writer| {
        put_start(writer, syncml::DATA)?;
        for name in ["TEL", "N"] {
            put_start(writer, devinf::PROPERTY)?;
            put_leaf(writer, devinf::PROP_NAME, name)?;
            put_end(writer)?;
        }
        put_end(writer)
    });
    let nested = "02 a403 6a 00 4a 6b 58 03 'TEL' 00 01 01 6b 58 03 'N' 00 01 01 01";
    let expected = format!("02 a401 6a 00 6d 4f c3 17 {nested} 01 01");
    assert_eq!(bytes, hex(&expected));
    #[cfg(feature = "xml")]
    assert!(
        syncml_wbxml::to_xml(&bytes, &Default::default())
            .unwrap()
            .contains(
                "<Data><Property xmlns=\"syncml:devinf\"><PropName>TEL</PropName></Property>"
            )
    );
}

#[test]
fn what_does_not_form_a_document() {
    use syncml_wbxml::ErrorKind::{Name, Root, Unbalanced};
    let mut writer = Writer::new(Doctype::SyncMl12);
    let unbalanced =
        |result: Result<(), Error>| matches!(result.unwrap_err().kind(), Unbalanced(_));
    assert!(unbalanced(put_end(&mut writer)));
    assert!(unbalanced(put_text(&mut writer, "x")));
    assert!(unbalanced(put_opaque(&mut writer, b"x")));
    assert_eq!(
        put_start(&mut writer, devinf::DEV_INF).unwrap_err().kind(),
        &Root
    );
    put_start(&mut writer, syncml::SYNC_ML).unwrap();
    assert_eq!(
        writer.put(other("", "")).unwrap_err().kind(),
        &Name("".into())
    );
    assert_eq!(
        writer.put(other("", "a\0")).unwrap_err().kind(),
        &Name("a\0".into())
    );
    assert!(unbalanced(writer.clone().finish().map(drop)));
    put_end(&mut writer).unwrap();
    assert!(unbalanced(put_start(&mut writer, syncml::SYNC_ML)));
    assert!(unbalanced(put_end(&mut writer)));
    assert_eq!(writer.finish().unwrap(), hex("02 a401 6a 00 2d"));
}

/// Packing: put a command, look at the size, take it back.
#[test]
fn packing_under_a_limit() {
    fn pack<E: Encoder>(limit: usize) -> (usize, Vec<u8>) {
        let mut writer = E::new(Doctype::SyncMl12);
        open(&mut writer, &[syncml::SYNC_ML, syncml::SYNC_BODY]).unwrap();
        let mut count = 0;
        loop {
            let before = writer.checkpoint();
            put_start(&mut writer, syncml::STATUS).unwrap();
            put_leaf(&mut writer, syncml::CMD_ID, &count.to_string()).unwrap();
            put_start(&mut writer, syncml::CHAL).unwrap();
            put_leaf(&mut writer, metinf::TYPE, "x").unwrap();
            close(&mut writer, 2).unwrap();
            if writer.len() + writer.closing_len() > limit {
                writer.rollback(&before);
                break;
            }
            count += 1;
        }
        close(&mut writer, 2).unwrap();
        (count, writer.finish().unwrap())
    }
    let (count, bytes) = pack::<Writer>(100);
    assert!(bytes.len() <= 100 && bytes.len() > 80);
    assert_eq!(
        read(&bytes)
            .unwrap()
            .iter()
            .filter(|e| **e == Event::Start(syncml::STATUS.into()))
            .count(),
        count
    );
    #[cfg(feature = "xml")]
    {
        let (count, bytes) = pack::<syncml_wbxml::xml::Writer>(500);
        assert!(bytes.len() <= 500 && bytes.len() > 400);
        assert_eq!(
            String::from_utf8(bytes)
                .unwrap()
                .matches("<Status>")
                .count(),
            count
        );
    }
}

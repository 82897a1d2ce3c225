//! What the XML reader accepts, and what it makes of it.
#![cfg(feature = "xml")]

mod common;

use common::{read_xml, sketch};
use syncml_wbxml::tag::{metinf, syncml};
use syncml_wbxml::{
    Bytes, Child, Doctype, ErrorKind, Event, Fragment, LimitKind, Name, Sink, Source, leaf_text,
    put_end, put_leaf, put_opaque, put_start, put_text, skip, xml,
};

fn outline(text: &str) -> String {
    sketch(&read_xml(text).unwrap_or_else(|error| panic!("{text}: {error}")))
}

fn kind(text: &str) -> ErrorKind {
    read_xml(text).expect_err(text).kind().clone()
}

/// The text of `Data` whose content is spelled like this.
fn data(content: &str) -> String {
    let outline = outline(&format!("<SyncML><Data>{content}</Data></SyncML>"));
    let text = outline
        .strip_prefix("SyncML(Data(")
        .and_then(|o| o.strip_suffix("))"));
    let text = text.unwrap_or_else(|| panic!("{outline}"));
    text.strip_prefix('\'')
        .and_then(|t| t.strip_suffix('\''))
        .unwrap_or(text)
        .to_owned()
}

#[test]
fn references() {
    assert_eq!(data("a&lt;b&gt;c&amp;d&apos;e&quot;f"), "a<b>c&d'e\"f");
    assert_eq!(data("&#65;&#x42;&#x20AC;"), "AB€");
    // The operators of filters look like entities.
    assert_eq!(data("LUID&EQ;1&amp;EQ;2&LUID;"), "LUID&EQ;1&EQ;2&LUID;");
    assert_eq!(data("http://x/?a=1&b=2"), "http://x/?a=1&b=2");
    assert_eq!(data("&"), "&");
    for bad in ["&#0;", "&#xD800;", "&#x110000;", "&#;", "&#xyz;"] {
        let text = format!("<SyncML><Data>{bad}</Data></SyncML>");
        assert!(matches!(kind(&text), ErrorKind::Character(_)), "{bad}");
    }
}

#[test]
fn cdata() {
    assert_eq!(data("<![CDATA[a<b>&amp;]]>"), "a<b>&amp;");
    assert_eq!(data("x<![CDATA[a]]]]><![CDATA[>b]]>y"), "xa]]>by");
    assert_eq!(data("<![CDATA[]]>"), "");
    assert_eq!(data("<![CDATA[  ]]>"), "  ");
    let text = "<SyncML><![CDATA[]]><Item/> <Item/></SyncML>";
    assert_eq!(outline(text), "SyncML(Item()Item())");
}

#[test]
fn line_ends() {
    assert_eq!(data("a\r\nb\rc\n"), "a\nb\nc\n");
    assert_eq!(data("<![CDATA[a\r\nb]]>"), "a\nb");
    assert_eq!(data("a&#13;\nb&#xD;&#10;"), "a\r\nb\r\n");
    // A server writes CR CR LF.
    assert_eq!(data("<![CDATA[a\r\r\nb\r\r\n]]>"), "a\nb\n");
    // Two old line ends are two.
    assert_eq!(data("a\r\rb"), "a\n\nb");
    // No reference, and so text; leaves taken at once have the same.
    assert_eq!(data("a&\r\rb\r\n;"), "a&\n\nb\n;");
    let bytes = Bytes::from_static(b"<SyncML>a&\r\rb\r\n;</SyncML>");
    let mut reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    reader.next_event().unwrap();
    assert_eq!(leaf_text(&mut reader).unwrap(), "a&\n\nb\n;");
}

#[test]
fn white_space() {
    assert_eq!(data("  x  "), "  x  ");
    assert_eq!(data("  "), "  ");
    assert_eq!(data(""), "");
    assert_eq!(
        outline("\n <SyncML >\r\n\t<Item\n><Data> </Data>\n<Final /> </Item >\n</SyncML> \n"),
        "SyncML(Item(Data(' ')Final()))"
    );
    // Spelled white space is meant.
    assert_eq!(
        outline("<SyncML>&#32;<Item/></SyncML>"),
        "SyncML(' 'Item())"
    );
    // Text beside elements is kept, for the layer above to judge.
    assert_eq!(
        outline("<SyncML>a<Item/> b</SyncML>"),
        "SyncML('a'Item()' b')"
    );
}

#[test]
fn comments_and_instructions() {
    assert_eq!(data("a<!-- no -->b<?pi?>c"), "abc");
    assert_eq!(
        outline("<?pi?><!-- -- --><SyncML><!--x--></SyncML><!--y--><?z?>"),
        "SyncML()"
    );
}

#[test]
fn declaration_and_mark() {
    for head in [
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version='1.0'?>",
        "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
        "\u{FEFF}",
        "  \r\n<?xml version='1.0'?>",
    ] {
        assert_eq!(outline(&format!("{head}<SyncML/>")), "SyncML()", "{head}");
    }
}

#[test]
fn document_types() {
    for head in [
        "<!DOCTYPE SyncML>",
        "<!DOCTYPE SyncML SYSTEM 'syncml[1].dtd'>",
        "<!DOCTYPE SyncML PUBLIC \"-//SYNCML//DTD SyncML 1.1//EN\" \"http://example.com/a'[.dtd\">",
    ] {
        assert_eq!(outline(&format!("{head}<SyncML/>")), "SyncML()", "{head}");
    }
    for head in [
        "<!DOCTYPE SyncML []>",
        "<!DOCTYPE SyncML [<!ENTITY a \"b\">]>",
        "<!DOCTYPE SyncML SYSTEM \"x\" [<!ELEMENT SyncML ANY>]>",
    ] {
        assert_eq!(
            kind(&format!("{head}<SyncML/>")),
            ErrorKind::InternalSubset,
            "{head}"
        );
    }
}

fn doctype(text: &str) -> (Doctype, Doctype) {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let mut reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    let first = reader.doctype();
    while reader.next_event().unwrap().is_some() {}
    (first, reader.doctype())
}

#[test]
fn document_type_from_namespace_then_version() {
    let version = "<SyncHdr><VerDTD>1.1</VerDTD></SyncHdr>";
    for (head, first) in [
        ("<SyncML xmlns='SYNCML:SYNCML1.2'>", Doctype::SyncMl12),
        ("<SyncML xmlns='syncml:syncml1.1'>", Doctype::SyncMl11),
        ("<SyncML>", Doctype::Unknown),
        (
            "<!DOCTYPE SyncML PUBLIC '-//SYNCML//DTD SyncML 1.0//EN' ''><SyncML>",
            Doctype::SyncMl10,
        ),
    ] {
        let text = format!("{head}{version}</SyncML>");
        assert_eq!(doctype(&text), (first, Doctype::SyncMl11), "{head}");
    }
    let devinf = "<DevInf xmlns='syncml:devinf'><VerDTD>1.2</VerDTD></DevInf>";
    assert_eq!(doctype(devinf), (Doctype::Unknown, Doctype::DevInf12));
    // A DevInf inside does not speak for the message.
    let text = format!("<SyncML xmlns='SYNCML:SYNCML1.1'><Data>{devinf}</Data></SyncML>");
    assert_eq!(doctype(&text), (Doctype::SyncMl11, Doctype::SyncMl11));
}

const META: &str = "SyncML(Item(Meta(Type('t')Anchor(Next('n')))))";

/// Every way in which peers declare, or do not declare, the namespace of MetInf.
#[test]
fn namespaces_of_meta() {
    let types: Vec<Event<'_>> = [syncml::SYNC_ML, syncml::ITEM, syncml::META, metinf::TYPE]
        .map(|tag| Event::Start(Name::Known(tag)))
        .into();
    for text in [
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Item><Meta><Type xmlns='syncml:metinf'>t</Type><Anchor xmlns='syncml:metinf'><Next>n</Next></Anchor></Meta></Item></SyncML>",
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Item><Meta xmlns='syncml:metinf'><Type>t</Type><Anchor><Next>n</Next></Anchor></Meta></Item></SyncML>",
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Item><Meta><Type>t</Type><Anchor><Next>n</Next></Anchor></Meta></Item></SyncML>",
        "<SyncML><Item><Meta><Type>t</Type><Anchor><Next>n</Next></Anchor></Meta></Item></SyncML>",
        "<SyncML xmlns:m='syncml:metinf'><Item><Meta><m:Type>t</m:Type><m:Anchor><m:Next>n</m:Next></m:Anchor></Meta></Item></SyncML>",
        "<SyncML><Item><Meta><m:Type xmlns:m='syncml:metinf'>t</m:Type><m:Anchor xmlns:m='syncml:metinf1.1'><Next>n</Next></m:Anchor></Meta></Item></SyncML>",
        "<s:SyncML xmlns:s='SYNCML:SYNCML1.1' xmlns='syncml:metinf'><s:Item><s:Meta><Type>t</Type><Anchor><Next>n</Next></Anchor></s:Meta></s:Item></s:SyncML>",
        "<s:SyncML xmlns:s='SYNCML:SYNCML1.1'><s:Item><s:Meta><s:Type>t</s:Type><s:Anchor><s:Next>n</s:Next></s:Anchor></s:Meta></s:Item></s:SyncML>",
        "<SyncML xmlns='syncml:SYNCML1.0'><Item><Meta><Type xmlns='SYNCML:METINF'>t</Type><Anchor xmlns=' syncml:metinf '><Next xmlns=''>n</Next></Anchor></Meta></Item></SyncML>",
        "<SyncML xmlns='http://www.syncml.org/1.1'><Item><Meta><Type>t</Type><Anchor><Next>n</Next></Anchor></Meta></Item></SyncML>",
        "<x:SyncML><x:Item><x:Meta><x:Type>t</x:Type><x:Anchor><x:Next>n</x:Next></x:Anchor></x:Meta></x:Item></x:SyncML>",
    ] {
        assert_eq!(outline(text), META, "{text}");
        let events = read_xml(text).unwrap();
        assert_eq!(&events[..4], &types[..], "{text}");
    }
}

#[test]
fn device_information_and_anchors_in_data() {
    let devinf = "SyncML(Data(DevInf(VerDTD('1.2')DevID('d')Ext(XNam('n')XVal('v')))))";
    for text in [
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Data><DevInf xmlns='syncml:devinf'><VerDTD>1.2</VerDTD><DevID>d</DevID><Ext><XNam>n</XNam><XVal>v</XVal></Ext></DevInf></Data></SyncML>",
        "<SyncML xmlns='SYNCML:SYNCML1.2'><Data><DevInf><VerDTD>1.2</VerDTD><DevId>d</DevId><Ext><Xnam>n</Xnam><Xval>v</Xval></Ext></DevInf></Data></SyncML>",
        "<SyncML><Data><d:DevInf xmlns:d='syncml:devinf1.1'><d:VerDTD>1.2</d:VerDTD><d:DevID>d</d:DevID><Ext><XNam>n</XNam><XVal>v</XVal></Ext></d:DevInf></Data></SyncML>",
    ] {
        assert_eq!(outline(text), devinf, "{text}");
        let events = read_xml(text).unwrap();
        let version = Event::Start(syncml_wbxml::tag::devinf::VER_DTD.into());
        assert!(events.contains(&version), "{text}");
    }
    let text = "<SyncML><Data><Anchor><Next>2</Next></Anchor></Data><Data><Next>2</Next></Data><Data><Mem><FreeId>3</FreeId></Mem></Data></SyncML>";
    assert_eq!(
        outline(text),
        "SyncML(Data(Anchor(Next('2')))Data(Next('2'))Data(Mem(FreeID('3'))))"
    );
    let text = "<SyncML><Data><Property><PropName>TEL</PropName></Property></Data></SyncML>";
    assert_eq!(outline(text), "SyncML(Data(Property(PropName('TEL'))))");
}

#[test]
fn unknown_elements() {
    for (text, expected) in [
        ("<SyncML><Foo/></SyncML>", "SyncML({SYNCML:SYNCML}Foo())"),
        (
            "<SyncML><Meta><Foo/></Meta></SyncML>",
            "SyncML(Meta({SYNCML:SYNCML}Foo()))",
        ),
        (
            "<SyncML><Meta><Foo xmlns='syncml:metinf'/></Meta></SyncML>",
            "SyncML(Meta({syncml:metinf}Foo()))",
        ),
        // Names of ours in a namespace of others are others.
        (
            "<SyncML><Data><Item xmlns='urn:x'><Data/><y:Type xmlns:y='urn:y'/></Item></Data></SyncML>",
            "SyncML(Data({urn:x}Item({urn:x}Data(){urn:y}Type())))",
        ),
        // Our namespace within theirs.
        (
            "<SyncML xmlns='SYNCML:SYNCML1.2' xmlns:x='urn:x'><x:Foo><Add/></x:Foo></SyncML>",
            "SyncML({urn:x}Foo(Add()))",
        ),
        (
            "<SyncML xmlns:x='urn:a&amp;b'><x:Foo/></SyncML>",
            "SyncML({urn:a&b}Foo())",
        ),
        ("<sync><Add/></sync>", "{}sync({}Add())"),
        // Case matters.
        ("<SyncML><add/></SyncML>", "SyncML({SYNCML:SYNCML}add())"),
    ] {
        assert_eq!(outline(text), expected, "{text}");
    }
}

#[test]
fn attributes_are_ignored() {
    let text =
        "<SyncML a='1' xml:lang=\"en\" xmlns:msft='http://x/y'><Add msft:a = '>' a='2'/></SyncML>";
    assert_eq!(outline(text), "SyncML(Add())");
}

fn attribute<'a>(name: &'a str, value: &'a str) -> Event<'a> {
    Event::Attribute {
        name: name.into(),
        value: value.into(),
    }
}

#[test]
fn attributes_are_given_to_those_who_ask() {
    let bytes = Bytes::from_static(
        b"<SyncML xmlns='SYNCML:SYNCML1.2' xmlns:msft='urn:m' xml:lang='en'>\
          <Add msft:a = '>' b=\"&lt;&#65;&c;\td\"/><Data e=''>x</Data><Data>y</Data></SyncML>",
    );
    let reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    let start = |tag| Event::Start(Name::Known(tag));
    let text = |text: &'static str| Event::Text(text.into());
    assert_eq!(
        common::drain(reader.with_attributes(true)).unwrap(),
        [
            start(syncml::SYNC_ML),
            attribute("xml:lang", "en"),
            start(syncml::ADD),
            attribute("msft:a", ">"),
            attribute("b", "<A&c; d"),
            Event::End,
            start(syncml::DATA),
            attribute("e", ""),
            text("x"),
            Event::End,
            start(syncml::DATA),
            text("y"),
            Event::End,
            Event::End,
        ]
    );
    // Short cuts pass over them.
    let mut reader = xml::Reader::new(&bytes, &Default::default())
        .unwrap()
        .with_attributes(true);
    for tag in [syncml::SYNC_ML, syncml::ADD] {
        assert_eq!(reader.child().unwrap(), Child::Known(tag));
    }
    assert_eq!(reader.child().unwrap(), Child::End);
    assert_eq!(reader.child().unwrap(), Child::Known(syncml::DATA));
    assert_eq!(reader.whole_run().unwrap(), Some(&b"x"[..]));
    assert_eq!(reader.next_event().unwrap(), Some(start(syncml::DATA)));
}

#[test]
fn attributes_are_limited() {
    let bytes = Bytes::from_static(b"<SyncML a='12' b='34' xmlns:c='56'/>");
    let all = |limits: syncml_wbxml::Limits| {
        let reader = xml::Reader::new(&bytes, &limits).unwrap();
        let events = common::drain(reader.with_attributes(true));
        events.map_err(|error| error.kind().clone())
    };
    let limits = syncml_wbxml::Limits::default();
    assert!(all(limits.with_max_attributes(2).with_max_text(8)).is_ok());
    assert_eq!(
        all(limits.with_max_attributes(1)),
        Err(ErrorKind::Limit(LimitKind::Attributes))
    );
    // Names and values given are text.
    assert_eq!(
        all(limits.with_max_text(7)),
        Err(ErrorKind::Limit(LimitKind::Text))
    );
}

#[test]
fn attributes_are_written_after_a_start() {
    let name = |local: &'static str| {
        Event::Start(Name::Other {
            space: "urn:x".into(),
            local: local.into(),
        })
    };
    let mut writer = xml::Writer::new(Doctype::Unknown);
    let events = [
        name("si"),
        attribute("xml:lang", "en"),
        name("indication"),
        attribute("href", "http://x/?a=1&b=\"2\"\n"),
        attribute("si-id", ""),
        Event::Text("<".into()),
        Event::End,
        Event::End,
    ];
    for event in &events {
        writer.put(event.clone()).unwrap();
    }
    let bytes = Bytes::from(writer.finish().unwrap());
    assert!(bytes.ends_with(
        b"<si xmlns=\"urn:x\" xml:lang=\"en\"><indication \
          href=\"http://x/?a=1&amp;b=&quot;2&quot;&#10;\" si-id=\"\">&lt;</indication></si>"
    ));
    let reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    assert_eq!(common::drain(reader.with_attributes(true)).unwrap(), events);
}

#[test]
fn attributes_that_cannot_be_written_leave_no_trace() {
    let mut writer = writer();
    writer.put(attribute("a", "1")).unwrap();
    for (name, value) in [
        ("", "x"),
        ("b c", "x"),
        ("xmlns", "urn:x"),
        ("xmlns:b", "urn:x"),
        // Its declaration would be missing.
        ("msft:b", "x"),
    ] {
        let error = writer.put(attribute(name, value)).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Name(name.into()));
    }
    let error = writer.put(attribute("b", "\0")).unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::NotXml);
    let error = writer.put(attribute("a", "2")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unbalanced(_)));
    writer.put(Event::Text("x".into())).unwrap();
    let error = writer.put(attribute("b", "2")).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unbalanced(_)));
    assert_eq!(finished(writer), " a=\"1\">x</SyncML>");
}

/// Documents in other charsets, read as the layer above does.
#[test]
fn charsets() {
    let text = "<SyncML><LocName>é&#13;</LocName></SyncML>";
    let utf16 = |big: bool| -> Vec<u8> {
        let units = format!("\u{FEFF}<?xml version='1.0' encoding='UTF-16'?>{text}");
        units
            .encode_utf16()
            .flat_map(|unit| {
                if big {
                    unit.to_be_bytes()
                } else {
                    unit.to_le_bytes()
                }
            })
            .collect()
    };
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\
        <SyncML><LocName>\xE9&#13;</LocName></SyncML>";
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{FEFF}{text}").into_bytes(),
        format!(" \r\n<?xml version=\"1.0\"?>{text}").into_bytes(),
        utf16(true),
        utf16(false),
        latin.to_vec(),
        // Not declared, as old devices do.
        b"<SyncML><LocName>\xE9&#13;</LocName></SyncML>".to_vec(),
    ] {
        let utf8 = xml::decode_charset(bytes.into()).unwrap();
        let reader = xml::Reader::new(&utf8, &Default::default()).unwrap();
        let events = common::drain(reader).unwrap();
        assert_eq!(sketch(&events), "SyncML(LocName('é\r'))");
    }
}

/// Reading stops where UTF-8 does, not before.
#[test]
fn octets_that_are_not_utf8() {
    let bytes = Bytes::from_static(b"<SyncML><Data>a</Data><Data>b\xE9</Data></SyncML>");
    let mut reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    let mut events = 0;
    let error = loop {
        match reader.next_event() {
            Ok(_) => events += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(events, 5);
    assert_eq!(error.kind(), &ErrorKind::NotUtf8);
    assert_eq!(error.position().byte, 29);
    for bytes in [
        &b"\xFF<SyncML/>"[..],
        b"<SyncML \xFF/>",
        b"<!-- \xFF --><SyncML/>",
    ] {
        let bytes = Bytes::from_static(bytes);
        let error = xml::Reader::new(&bytes, &Default::default()).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::NotUtf8, "{bytes:?}");
    }
    let bytes = Bytes::from_static(b"<SyncML/>\xFF");
    let reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    assert_eq!(
        common::drain(reader).unwrap_err().kind(),
        &ErrorKind::NotUtf8
    );
}

#[test]
fn what_is_not_well_formed() {
    for text in [
        "<SyncML></Add>",
        "</SyncML>",
        "<SyncML/>x",
        "<SyncML/><SyncML/>",
        "x<SyncML/>",
        "<SyncML/>&amp;",
        "<SyncML/><![CDATA[]]>",
        "<SyncML><!DOCTYPE SyncML></SyncML>",
        "<SyncML><1a/></SyncML>",
        "<SyncML><a:b:c/></SyncML>",
        "<SyncML></></SyncML>",
        "<SyncML><Add a=></Add></SyncML>",
        "<SyncML><!bad></SyncML>",
        "<SyncML xmlns:a='\0'/>",
        "<SyncML/></SyncML>",
        "<SyncML/><!DOCTYPE SyncML>",
        "<SyncML><Data>x</Data a='1'></SyncML>",
    ] {
        assert!(
            matches!(kind(text), ErrorKind::Xml(_)),
            "{text}: {:?}",
            kind(text)
        );
    }
    for text in [
        "",
        " ",
        "<?xml version='1.0'?>",
        "<SyncML>",
        "<SyncML",
        "<SyncML><Add/>",
        "<!--",
    ] {
        assert_eq!(kind(text), ErrorKind::Truncated, "{text}");
    }
    let bytes = Bytes::from_static(b"<SyncML><Data>\xE9</Data></SyncML>");
    let reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    assert_eq!(
        common::drain(reader).unwrap_err().kind(),
        &ErrorKind::NotUtf8
    );
    // NUL octets of a buffer that was too long.
    assert_eq!(outline("<SyncML/>\n\0\0"), "SyncML()");
}

#[test]
fn errors_and_events_know_their_place() {
    let text = "\u{FEFF}<SyncML>\n  <Data>é</Data>\n  <Add>&#0;</Add>\n</SyncML>";
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let mut reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    let mut places = Vec::new();
    let error = loop {
        match reader.next_event() {
            Ok(Some(_)) => places.push(reader.position()),
            Ok(None) => panic!("no error"),
            Err(error) => break error,
        }
    };
    let places: Vec<_> = places
        .iter()
        .map(|p| (p.byte, p.line.unwrap(), p.column.unwrap()))
        .collect();
    assert_eq!(
        places,
        [(3, 1, 2), (14, 2, 3), (20, 2, 9), (22, 2, 10), (32, 3, 3)]
    );
    assert_eq!(
        error.to_string(),
        "character code 0 is not a Unicode character at byte 37 (line 3, column 8)"
    );
    // A source that has failed stays failed.
    assert_eq!(reader.next_event().unwrap_err(), error);
}

#[test]
fn leaves_are_slices_of_the_input() {
    let bytes = Bytes::from_static(
        b"<SyncML><Data>plain</Data><Data>a&amp;b<X>c</X>d</Data><Data/></SyncML>",
    );
    let mut reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    reader.next_event().unwrap();
    reader.next_event().unwrap();
    let text = leaf_text(&mut reader).unwrap();
    assert_eq!(text, "plain");
    assert_eq!(text.as_bytes().as_ptr(), bytes[14..].as_ptr(), "not copied");
    reader.next_event().unwrap();
    assert_eq!(leaf_text(&mut reader).unwrap(), "a&bd");
    reader.next_event().unwrap();
    assert_eq!(leaf_text(&mut reader).unwrap(), "");
    assert_eq!(reader.next_event().unwrap(), Some(Event::End));
    assert_eq!(reader.next_event().unwrap(), None);
}

#[test]
fn skipping_and_recording() {
    let bytes = Bytes::from_static(
        b"<SyncML><Add><Item>x</Item></Add><Meta><Type>t</Type></Meta></SyncML>",
    );
    let mut reader = xml::Reader::new(&bytes, &Default::default()).unwrap();
    reader.next_event().unwrap();
    reader.next_event().unwrap();
    skip(&mut reader).unwrap();
    let Some(Event::Start(name)) = reader.next_event().unwrap() else {
        panic!("Meta is next")
    };
    let fragment = Fragment::record(name, &mut reader).unwrap();
    assert_eq!(
        sketch(&common::drain(fragment.source()).unwrap()),
        "Meta(Type('t'))"
    );
    // Recorded text is a slice of the input as well.
    let Some(Event::Text(text)) = common_text(&fragment) else {
        panic!("Type has text")
    };
    assert_eq!(text.as_ptr(), bytes[45..].as_ptr());
    assert_eq!(leaf_text(&mut reader).unwrap(), "");
    // At the end there is nothing to skip.
    assert_eq!(skip(&mut reader).unwrap_err().kind(), &ErrorKind::Truncated);
}

fn common_text(fragment: &Fragment) -> Option<Event<'_>> {
    let mut source = fragment.source();
    std::iter::from_fn(|| source.next_event().unwrap()).find(|e| matches!(e, Event::Text(_)))
}

fn writer() -> xml::Writer {
    let mut writer = xml::Writer::new(Doctype::SyncMl11);
    put_start(&mut writer, syncml::SYNC_ML).unwrap();
    writer
}

fn finished(mut writer: xml::Writer) -> String {
    put_end(&mut writer).unwrap();
    let text = String::from_utf8(writer.finish().unwrap()).unwrap();
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SyncML xmlns=\"SYNCML:SYNCML1.1\"";
    text.strip_prefix(head)
        .unwrap_or_else(|| panic!("{text}"))
        .to_owned()
}

#[test]
fn writer_declares_where_the_vocabulary_changes() {
    let mut writer = writer();
    put_start(&mut writer, syncml::META).unwrap();
    put_leaf(&mut writer, metinf::TYPE, "a<b>&\r\n\"c\"").unwrap();
    put_start(&mut writer, metinf::ANCHOR).unwrap();
    put_leaf(&mut writer, metinf::NEXT, "").unwrap();
    put_end(&mut writer).unwrap();
    for (space, local) in [
        ("urn:\"x\"", "Foo"),
        ("urn:\"x\"", "Bar"),
        ("", "Baz"),
        ("SYNCML:SYNCML", "Q"),
    ] {
        let name = Name::Other {
            space: space.into(),
            local: local.into(),
        };
        writer.put(Event::Start(name)).unwrap();
    }
    (0..5).for_each(|_| put_end(&mut writer).unwrap());
    assert_eq!(
        finished(writer),
        "><Meta><Type xmlns=\"syncml:metinf\">a&lt;b&gt;&amp;&#13;\n\"c\"</Type>\
         <Anchor xmlns=\"syncml:metinf\"><Next/></Anchor>\
         <Foo xmlns=\"urn:&quot;x&quot;\"><Bar><Baz><Q xmlns=\"SYNCML:SYNCML1.1\"/></Baz></Bar></Foo>\
         </Meta></SyncML>"
    );
}

#[test]
fn what_xml_cannot_carry_leaves_no_trace() {
    let mut writer = writer();
    assert_eq!(
        put_text(&mut writer, "a\u{1}").unwrap_err().kind(),
        &ErrorKind::NotXml
    );
    assert_eq!(
        put_opaque(&mut writer, b"\xFF").unwrap_err().kind(),
        &ErrorKind::NotXml
    );
    let name = |space: &'static str, local: &'static str| {
        Event::Start(Name::Other {
            space: space.into(),
            local: local.into(),
        })
    };
    assert!(matches!(
        writer.put(name("", "a b")).unwrap_err().kind(),
        ErrorKind::Name(_)
    ));
    assert_eq!(
        writer.put(name("urn:\0", "a")).unwrap_err().kind(),
        &ErrorKind::NotXml
    );
    assert_eq!(finished(writer.clone()), "/>");
    put_opaque(&mut writer, "é".as_bytes()).unwrap();
    assert_eq!(
        put_text(&mut writer, "b\u{FFFF}").unwrap_err().kind(),
        &ErrorKind::NotXml
    );
    assert_eq!(finished(writer), ">é</SyncML>");
}

#[test]
fn what_does_not_form_a_document() {
    let unbalanced = |result: Result<(), syncml_wbxml::Error>| {
        matches!(result.unwrap_err().kind(), ErrorKind::Unbalanced(_))
    };
    let mut writer = xml::Writer::new(Doctype::DevInf11);
    assert!(writer.is_empty());
    assert!(unbalanced(put_text(&mut writer, "x")));
    assert!(unbalanced(put_end(&mut writer)));
    assert_eq!(
        put_start(&mut writer, syncml::SYNC_ML).unwrap_err().kind(),
        &ErrorKind::Root
    );
    put_start(&mut writer, syncml_wbxml::tag::devinf::DEV_INF).unwrap();
    assert!(unbalanced(writer.clone().finish().map(drop)));
    put_end(&mut writer).unwrap();
    assert!(unbalanced(put_start(
        &mut writer,
        syncml_wbxml::tag::devinf::DEV_INF
    )));
    assert!(
        writer
            .finish()
            .unwrap()
            .ends_with(b"?><DevInf xmlns=\"syncml:devinf\"/>")
    );
}

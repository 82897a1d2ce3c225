//! Languages other than SyncML: tables, attributes, and what an independent encoder makes of them.
#![cfg(feature = "languages")]

mod common;

use common::{drain, hex};
use syncml_wbxml::language::{
    ACTIVESYNC, BUILT_IN, DEVINF, DMDDF, EMN, Language, PROV, Reader, SI, SL, SYNCML, Writer,
};
use syncml_wbxml::token::{Document, Header, PublicId, Token};
use syncml_wbxml::{Bytes, Error, ErrorKind, Event, LimitKind, Limits, Name, Sink};

/// The language, its fixture, and whether the independent encoder and ours choose the same octets.
const FIXTURES: [(&Language<'_>, &[u8], &str, bool); 6] = [
    (
        &SI,
        include_bytes!("data/language/si.wbxml"),
        include_str!("data/language/si.xml"),
        true,
    ),
    (
        &SL,
        include_bytes!("data/language/sl.wbxml"),
        include_str!("data/language/sl.xml"),
        true,
    ),
    (
        &EMN,
        include_bytes!("data/language/emn.wbxml"),
        include_str!("data/language/emn.xml"),
        true,
    ),
    // It goes back to page 0 for each `value`, which both pages have.
    (
        &PROV,
        include_bytes!("data/language/prov.wbxml"),
        include_str!("data/language/prov.xml"),
        false,
    ),
    (
        &DMDDF,
        include_bytes!("data/language/dmddf.wbxml"),
        include_str!("data/language/dmddf.xml"),
        true,
    ),
    // It writes an identifier into the header.
    (
        &ACTIVESYNC,
        include_bytes!("data/language/activesync.wbxml"),
        include_str!("data/language/activesync.xml"),
        false,
    ),
];

fn read(language: &Language<'_>, bytes: &[u8]) -> Result<Vec<Event<'static>>, Error> {
    let bytes = Bytes::copy_from_slice(bytes);
    drain(Reader::new(language, &bytes, &Limits::default())?)
}

fn write(language: &Language<'_>, events: &[Event<'_>]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new(language)?;
    events
        .iter()
        .try_for_each(|event| writer.put(event.clone()))?;
    writer.finish()
}

/// Events as a line of XML, without escapes and namespaces.
fn sketch(events: &[Event<'_>]) -> String {
    let mut out = String::new();
    let mut open = Vec::new();
    for event in events {
        match event {
            Event::Start(name) => {
                out += &format!("<{}>", name.local());
                open.push(name.local().to_owned());
            }
            Event::Attribute { name, value } => out += &format!("[{name}={value}]"),
            Event::End => out += &format!("</{}>", open.pop().unwrap()),
            Event::Text(text) => out += text,
            Event::Opaque(bytes) => out += &format!("{bytes:02x?}"),
            other => panic!("{other:?}"),
        }
    }
    out
}

fn element(local: &'static str) -> Event<'static> {
    Event::Start(Name::Other {
        space: "".into(),
        local: local.into(),
    })
}

fn attribute<'a>(name: &'a str, value: &'a str) -> Event<'a> {
    Event::Attribute {
        name: name.into(),
        value: value.into(),
    }
}

#[test]
fn headers_name_their_language() {
    for (language, bytes, _, _) in FIXTURES {
        let header = Document::decode(bytes, &Limits::default()).unwrap().header;
        assert_eq!(Language::of(&header), Some(language), "{}", language.name());
    }
    for (number, language) in [
        (0x0FD1, Some(&SYNCML)),
        (0x0FD3, Some(&SYNCML)),
        (0x1201, Some(&SYNCML)),
        (0x0FD2, Some(&DEVINF)),
        (0x0FD4, Some(&DEVINF)),
        (0x1203, Some(&DEVINF)),
        (0x05, Some(&SI)),
        (0x06, Some(&SL)),
        (0x0B, Some(&PROV)),
        (0x0D, Some(&EMN)),
        (0x01, None),
        (0x04, None),
    ] {
        assert_eq!(
            Language::of(&Header::new(PublicId::Number(number))),
            language
        );
    }
    let mut header = Header::new(PublicId::Table(0));
    header.string_table = b" -//oma//dtd emn 1.0//en".into();
    assert_eq!(Language::of(&header), Some(&EMN));
    header.string_table = b"".into();
    assert_eq!(Language::of(&header), None);
    assert_eq!(BUILT_IN.len(), 8);
}

/// How many names each page has, as the tables of the specification do.
#[test]
fn tables_are_complete() {
    for (language, pages) in [
        (&SYNCML, &[55, 18][..]),
        // Two names share a token.
        (&DEVINF, &[48, 18]),
        (&DMDDF, &[56]),
        (&SI, &[4]),
        (&SL, &[1]),
        (&EMN, &[1]),
        (&PROV, &[3, 2]),
        (
            &ACTIVESYNC,
            &[
                37, 58, 59, 19, 48, 8, 10, 20, 13, 34, 25, 6, 10, 9, 55, 29, 14, 40, 38, 8, 21, 18,
                18, 5, 20, 22,
            ],
        ),
    ] {
        let counts: Vec<_> = language
            .tags()
            .iter()
            .map(|page| page.names.len())
            .collect();
        assert_eq!(counts, pages, "{}", language.name());
        for page in language.tags() {
            let in_order = page
                .names
                .windows(2)
                .all(|pair| pair[0].0 & 0x3F <= pair[1].0 & 0x3F);
            assert!(in_order, "{} {}", language.name(), page.page);
        }
    }
    for (language, pages) in [
        (&SI, &[(14, 4, 0)][..]),
        (&SL, &[(8, 4, 0)]),
        (&EMN, &[(9, 0, 4)]),
        (&PROV, &[(81, 58, 0), (29, 5, 6)]),
        (&ACTIVESYNC, &[(1, 0, 0)]),
    ] {
        let counts: Vec<_> = language
            .attributes()
            .iter()
            .map(|page| (page.starts.len(), page.values.len(), page.read_only.len()))
            .collect();
        assert_eq!(counts, pages, "{}", language.name());
    }
}

/// Codes that are easily mistaken.
#[test]
fn spot_values() {
    let tag = |language: &Language<'static>, page: u8, code| {
        let page = language.tags().iter().find(|own| own.page == page).unwrap();
        let found = page.names.iter().find(|(own, _)| *own == code);
        (page.namespace.to_owned(), found.map(|(_, name)| *name))
    };
    assert_eq!(tag(&DMDDF, 2, 0x24).1, Some("Node"));
    assert_eq!(tag(&DMDDF, 2, 0x25).1, Some("node"));
    assert_eq!(
        tag(&DMDDF, 2, 0x20),
        ("syncml:dmddf1.2".to_owned(), Some("MgmtTree"))
    );
    assert_eq!(
        tag(&ACTIVESYNC, 7, 0x16),
        ("FolderHierarchy:".to_owned(), Some("FolderSync"))
    );
    assert_eq!(
        tag(&ACTIVESYNC, 14, 0x10).1,
        Some("RequireStorageCardEncryption")
    );
    assert_eq!(
        tag(&ACTIVESYNC, 18, 0x2B).1,
        Some("RightsManagementInformation")
    );
    assert_eq!(tag(&ACTIVESYNC, 24, 0x12).1, Some("Owner"));
    assert_eq!(tag(&ACTIVESYNC, 21, 0x10).1, Some("Mime"));
    assert_eq!(tag(&PROV, 1, 0x07).1, Some("parm"));
    assert_eq!(tag(&SYNCML, 0, 0x30).1, None, "reserved");
    assert_eq!(
        tag(&SYNCML, 1, 0x0F),
        ("syncml:metinf".to_owned(), Some("Next"))
    );
}

/// Requirement WBXML-012: documents of an encoder that is not ours.
#[test]
fn wbxml_012_independent_documents() {
    for (language, bytes, _, same) in FIXTURES {
        let events = read(language, bytes).unwrap();
        let written = write(language, &events).unwrap();
        assert_eq!(
            read(language, &written).unwrap(),
            events,
            "{}",
            language.name()
        );
        assert_eq!(written == bytes, same, "{}", language.name());
    }
    let sketches = FIXTURES.map(|(language, bytes, _, _)| sketch(&read(language, bytes).unwrap()));
    assert_eq!(
        sketches[0],
        "<si><indication>[href=http://www.example.com/email/123/abc.wml][created=2026-01-02T03:04:05Z]\
         [si-expires=2026-06-30T00:00:00Z][si-id=a1][action=signal-high]You have 4 new emails</indication>\
         <info><item>[class=x]text</item></info></si>"
    );
    assert_eq!(
        sketches[1],
        "<sl>[href=https://www.example.org/ppaid/1.wml][action=execute-high]</sl>"
    );
    assert_eq!(
        sketches[2],
        "<emn>[mailbox=mailat:anna@example][timestamp=2026-01-02T03:04:05Z]</emn>"
    );
    assert!(
        sketches[3].contains("<parm>[name=APPID][value=w5]</parm>"),
        "{}",
        sketches[3]
    );
    assert!(sketches[3].contains("[type=APPAUTH]"), "{}", sketches[3]);
    assert!(
        sketches[4].contains("<DFFormat><node></node></DFFormat>"),
        "{}",
        sketches[4]
    );
    assert!(
        sketches[5].contains("<FirstName>Åsa</FirstName>"),
        "{}",
        sketches[5]
    );
}

/// The samples of the specifications, octet by octet.
#[test]
fn golden_octets() {
    let events = [
        element("si"),
        element("indication"),
        attribute("href", "http://www.example.com/sync"),
        attribute("created", "2026-01-02T03:04:05Z"),
        Event::Text("New".into()),
        Event::End,
        Event::End,
    ];
    let expected = hex(
        "02 05 6a 00 45 c6 0d 03'example'00 85 03'sync'00 0a c3 07 20260102030405 01 03'New'00 01 01",
    );
    assert_eq!(write(&SI, &events).unwrap(), expected);
    assert_eq!(read(&SI, &expected).unwrap(), events);

    // A start that stands for the whole value, for its longest beginning, for none of it.
    for (value, octets) in [
        ("http://www.example.com/a", "0d 03'example'00 85 03'a'00"),
        ("http://example.com", "0c 03'example.com'00"),
        ("https://www.", "0f"),
        ("ftp://example.net/", "0b 03'ftp://example'00 87"),
        ("", "0b"),
        (".edu/.org/", "0b 86 88"),
    ] {
        let bytes = hex(&format!("02 05 6a 00 85 {octets} 01"));
        let events = [element("si"), attribute("href", value), Event::End];
        assert_eq!(write(&SI, &events).unwrap(), bytes, "{value}");
        assert_eq!(read(&SI, &bytes).unwrap(), events, "{value}");
    }
    // A page switch before a start of the other page, and none back.
    let bytes = hex("02 0b 6a 00 87 07 01");
    let parm = |name| [element("parm"), attribute("name", name), Event::End];
    assert_eq!(
        write(&PROV, &parm("NAME")).unwrap(),
        hex("02 0b 6a 00 87 07 01")
    );
    assert_eq!(read(&PROV, &bytes).unwrap(), parm("NAME"));
    assert_eq!(
        write(&PROV, &parm("APPID")).unwrap(),
        hex("02 0b 6a 00 87 0001 36 01")
    );
}

/// Values on which implementations disagree: read as most have them, never written.
#[test]
fn values_never_written() {
    for (language, octets, text, written) in [
        (
            &EMN,
            "85 07 03'a'00 85 01",
            "mailat:a.com",
            "85 07 03'a.com'00 01",
        ),
        (&PROV, "85 0001 06 91 92 01", "HTTP-BASIC", "85 06 9c 01"),
        (&PROV, "85 0001 06 e0 01", "AAA", "85 06 e0 01"),
    ] {
        let header = if *language == EMN {
            "02 0d 6a 00"
        } else {
            "02 0b 6a 00"
        };
        let events = read(language, &hex(&format!("{header} {octets}"))).unwrap();
        assert!(
            matches!(&events[1], Event::Attribute { value, .. } if value == text),
            "{events:?}"
        );
        assert_eq!(
            write(language, &events).unwrap(),
            hex(&format!("{header} {written}"))
        );
    }
}

/// Requirement WBXML-009: tokens that no table has, names out of the string table, octets in values.
#[test]
fn wbxml_009_what_no_table_has() {
    for (body, expected) in [
        ("7f 03'x'00 01", "<token-3F>x</token-3F>"),
        (
            "0009 45 0007 06 01",
            "<token-05><token-06></token-06></token-05>",
        ),
        ("85 1f 03'v'00 01", "<si>[page-0.token-1F=v]</si>"),
        (
            "85 0003 0b 99 01",
            "<si>[page-3.token-0B={wbxml:page-3.token-99}]</si>",
        ),
        (
            "85 0b 03'a'00 c7 03'b'00 01",
            "<si>[href=a{wbxml:page-0.token-C7}b]</si>",
        ),
        ("85 0b c302 ff00 01", "<si>[href={wbxml:opaque-FF00}]</si>"),
        (
            "85 0a c302 2026 01",
            "<si>[created={wbxml:opaque-2026}]</si>",
        ),
        ("85 0400 03'v'00 01", "<si>[Foo=v]</si>"),
        ("04 00", "<Foo></Foo>"),
        ("c5 0400 01 c3 02 ff00 01", "<si>[Foo=][ff, 00]</si>"),
    ] {
        let bytes = hex(&format!("02 05 6a 04 'Foo'00 {body}"));
        let events = read(&SI, &bytes).unwrap();
        let shown = sketch(&events);
        assert_eq!(shown, expected, "{body}");
        let written = write(&SI, &events).unwrap();
        assert_eq!(read(&SI, &written).unwrap(), events, "{body}");
        let tokens = |bytes: &[u8]| {
            let document = Document::decode(bytes, &Limits::default()).unwrap();
            document.into_owned().tokens
        };
        assert_eq!(tokens(&written), tokens(&bytes), "{body}");
    }
    // In a namespace of its own.
    let bytes =
        hex("02 05 6a 10 'Foo'00'xmlns'00'urn:x'00 45 c4 00 04 04 83 0a 01 44 00 01 01 06 01");
    let events = read(&SI, &bytes).unwrap();
    let spaces: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Start(name) => Some((name.namespace(), name.local())),
            _ => None,
        })
        .collect();
    assert_eq!(
        spaces,
        [
            ("", "si"),
            ("urn:x", "Foo"),
            ("urn:x", "Foo"),
            ("", "indication")
        ]
    );
    assert_eq!(read(&SI, &write(&SI, &events).unwrap()).unwrap(), events);
}

/// All forms of values are joined; extensions and instructions say nothing.
#[test]
fn values_in_parts() {
    let bytes = hex(
        "02 05 6a 04 'abc'00 43 05 03'x'00 01 c5 0c 03'1'00 8300 0232 c301 33 85 c0 40'x'00 01 \
         8301 0241 43 05 01 03 00 c300 01",
    );
    let events = read(&SI, &bytes).unwrap();
    assert_eq!(sketch(&events), "<si>[href=http://1abc23.com/]bcA</si>");
    // A value before any attribute belongs to none.
    let bytes = hex("02 05 6a 00 85 03'x'00 0b 01");
    assert_eq!(sketch(&read(&SI, &bytes).unwrap()), "<si>[href=]</si>");
}

/// Requirement WBXML-007, with every limit at its last allowed value and one below.
#[test]
fn limits_one_by_one() {
    let limits = Limits::default();
    let bytes = Bytes::from(hex(
        "02 05 6a 04 'abc'00 c5 0b 8300 11 03'12'00 01 46 01 07 03'x'00 01",
    ));
    // href and its value, si-id and its value, x.
    let text = 4 + 3 + 5 + 2 + 1;
    for (kind, enough) in [
        (LimitKind::Bytes, limits.with_max_bytes(bytes.len())),
        (LimitKind::Depth, limits.with_max_depth(2)),
        (LimitKind::Elements, limits.with_max_elements(3)),
        (LimitKind::Attributes, limits.with_max_attributes(2)),
        (LimitKind::Text, limits.with_max_text(text)),
        (LimitKind::StringTable, limits.with_max_string_table(4)),
    ] {
        let run = |limits: &Limits| drain(Reader::new(&SI, &bytes, limits)?);
        assert!(run(&enough).is_ok(), "{kind:?}");
        let mut less = enough;
        match kind {
            LimitKind::Bytes => less.max_bytes -= 1,
            LimitKind::Depth => less.max_depth -= 1,
            LimitKind::Elements => less.max_elements -= 1,
            LimitKind::Attributes => less.max_attributes -= 1,
            LimitKind::Text => less.max_text -= 1,
            LimitKind::StringTable => less.max_string_table -= 1,
            other => unreachable!("{other:?}"),
        }
        assert_eq!(run(&less).unwrap_err().kind(), &ErrorKind::Limit(kind));
    }
}

/// A long string of the table named again and again, in all places.
#[test]
fn string_table_bombs() {
    let head = [
        b"\x02\x05\x6A\x83\xD4\x60",
        &vec![b'a'; 60_000][..],
        b"\x45",
    ]
    .concat();
    for run in [
        &b"\x83\x00"[..],
        b"\x04\x00",
        b"\x84\x00\x0B\x83\x00\x01",
        b"\x86\x0B\x83\x00\x01",
        b"\x86\x04\x00\x01",
    ] {
        let bytes = [&head, &run.repeat(200_000)[..], b"\x01"].concat();
        let error = read(&SI, &bytes).unwrap_err();
        assert_eq!(
            error.kind(),
            &ErrorKind::Limit(LimitKind::Text),
            "{run:02x?}"
        );
    }
}

/// Each octet of a document changed, to each value: an error, or events that can be written again.
#[test]
fn wbxml_007_mutations() {
    let (language, original, _, _) = FIXTURES[0];
    for at in 4..original.len() {
        for value in 0..=255 {
            let mut bytes = original.to_vec();
            bytes[at] = value;
            let Ok(events) = read(language, &bytes) else {
                continue;
            };
            if let Ok(written) = write(language, &events) {
                assert_eq!(read(language, &written).unwrap(), events, "{at} {value}");
            }
        }
        assert!(read(language, &original[..at]).is_err(), "{at}");
    }
}

#[test]
fn what_does_not_form_a_document() {
    let kind = |events: &[Event<'_>]| write(&SI, events).unwrap_err().kind().clone();
    let unbalanced = |events: &[Event<'_>]| matches!(kind(events), ErrorKind::Unbalanced(_));
    assert!(unbalanced(&[]));
    assert!(unbalanced(&[Event::End]));
    assert!(unbalanced(&[Event::Text("x".into())]));
    assert!(unbalanced(&[element("si")]));
    assert!(unbalanced(&[attribute("href", "x")]));
    assert!(unbalanced(&[
        element("si"),
        Event::Text("x".into()),
        attribute("href", "x")
    ]));
    assert_eq!(kind(&[element("")]), ErrorKind::Name("".into()));
    assert_eq!(
        kind(&[element("si"), attribute("\0", "")]),
        ErrorKind::Name("\0".into())
    );
    assert!(matches!(
        kind(&[element("si"), Event::End, element("si"), Event::End]),
        ErrorKind::Token(_)
    ));
    // NUL has no place in a string.
    let events = [
        element("si"),
        attribute("href", "a\0b"),
        Event::Text("\0".into()),
        Event::End,
    ];
    let bytes = write(&SI, &events).unwrap();
    assert_eq!(bytes, hex("02 05 6a 00 c5 0b c303 610062 01 c301 00 01"));
    // A language that no header can name.
    assert!(Writer::new(&Language::new("X").with_public_ids(&[(0, "")])).is_err());
    assert!(Writer::new(&Language::new("X").with_version(0x10)).is_err());
}

/// SyncML by its table gives what the reader that knows it by heart gives.
#[test]
fn syncml_is_a_language_like_others() {
    let mut compared = 0;
    for fixture in testdata::fixtures().filter(|fixture| fixture.name.ends_with(".wbxml")) {
        let Ok(document) = Document::decode(fixture.bytes, &Limits::default()) else {
            continue;
        };
        // Literal names and attributes mean more to the one than to the other.
        let plain = |token: &Token<'_>| {
            !matches!(
                token,
                Token::LiteralTag { .. }
                    | Token::Tag {
                        attributes: true,
                        ..
                    }
                    | Token::Pi
            )
        };
        if Language::of(&document.header) != Some(&SYNCML) || !document.tokens.iter().all(plain) {
            continue;
        }
        let by_heart = common::read(fixture.bytes);
        let by_table = read(&SYNCML, fixture.bytes);
        let (Ok(by_heart), Ok(by_table)) = (by_heart, by_table) else {
            continue;
        };
        let root = matches!(&by_table[0], Event::Start(name) if name.local() == "SyncML");
        if !root {
            continue;
        }
        let names = |events: &[Event<'_>]| {
            events
                .iter()
                .map(|event| match event {
                    Event::Start(name) => name.local().to_owned(),
                    event => format!("{event:?}"),
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&by_table), names(&by_heart), "{}", fixture.name);
        compared += 1;
    }
    assert!(compared >= 20, "{compared}");
}

#[cfg(feature = "xml")]
mod xml {
    use syncml_wbxml::language;
    use syncml_wbxml::{from_xml, to_xml, to_xml_pretty};

    use super::*;

    /// The text of a fixture from its root on.
    fn root(xml: &str) -> &str {
        let (_, root) = xml
            .split_once("dtd\">\n")
            .or_else(|| xml.split_once(".com/\">\n"))
            .unwrap();
        root.trim_end()
    }

    #[test]
    fn conversion_of_independent_documents() {
        let limits = Limits::default();
        for (own, wbxml, text, same) in FIXTURES {
            let xml = to_xml(wbxml, &limits).unwrap();
            assert!(xml.ends_with(root(text)), "{}: {xml}", own.name());
            assert_eq!(language::to_xml(own, wbxml, &limits).unwrap(), xml);
            for again in [
                from_xml(text, &limits).unwrap(),
                from_xml(&xml, &limits).unwrap(),
            ] {
                assert_eq!(
                    read(own, &again).unwrap(),
                    read(own, wbxml).unwrap(),
                    "{}",
                    own.name()
                );
                assert_eq!(again == wbxml, same, "{}", own.name());
            }
            assert_eq!(
                language::from_xml(own, text, &limits).unwrap(),
                from_xml(text, &limits).unwrap()
            );
            roxmltree::Document::parse(&xml).unwrap();
            let pretty = to_xml_pretty(wbxml, &limits).unwrap();
            assert!(pretty.lines().count() >= 2, "{pretty}");
        }
    }

    /// A root of SyncML overrules the number of another language.
    #[test]
    fn the_root_decides() {
        let bytes = hex("02 05 6a 00 6d 5b 03'1'00 01 01");
        let xml = to_xml(&bytes, &Limits::default()).unwrap();
        assert!(xml.contains("<MsgID>1</MsgID>"), "{xml}");
    }

    /// Requirement WBXML-005: a management tree in the data of a message, there and back.
    #[test]
    fn wbxml_005_nested_management_tree() {
        let (_, tree, text, _) = FIXTURES[4];
        let limits = Limits::default();
        let length = [u8::try_from(tree.len()).unwrap()];
        let message = [
            &hex("02 a401 6a 00 6d 4f c3")[..],
            &length,
            tree,
            &hex("01 12 01"),
        ]
        .concat();
        let xml = to_xml(&message, &limits).unwrap();
        assert!(
            xml.contains(&format!("<Data>{}</Data><Final/>", root(text))),
            "{xml}"
        );
        assert_eq!(from_xml(&xml, &limits).unwrap(), message);
        // Its cost counts.
        let few = limits.with_max_elements(10);
        let error = to_xml(&message, &few).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Limit(LimitKind::Elements));
        // What is broken stays data.
        let mut broken = message.clone();
        let last = broken.len() - 4;
        broken[last] = 0x3F;
        assert!(to_xml(&broken, &limits).unwrap().contains("<Data>AgAAahst"));
    }

    /// What XML cannot carry becomes Base64; attributes that are none, and doubled ones, are refused.
    #[test]
    fn what_xml_has_not() {
        let limits = Limits::default();
        let xml = to_xml(&hex("02 05 6a 00 45 c302 ff00 01"), &limits).unwrap();
        assert!(xml.ends_with("<si>/wA=</si>"), "{xml}");
        let xml = to_xml(&hex("02 05 6a 00 85 0b 03'\"<&'00 02 0a 01"), &limits).unwrap();
        assert!(
            xml.ends_with("<si href=\"&quot;&lt;&amp;&#10;\"/>"),
            "{xml}"
        );
        assert_eq!(
            from_xml(&xml, &limits).unwrap(),
            hex("02 05 6a 00 85 0b 03'\"<&'0a00 01")
        );
        for body in ["85 0b 0c 01", "85 0400 01", "85 0b 03 01 00 01"] {
            assert!(
                to_xml(&hex(&format!("02 05 6a 04 'a b'00 {body}")), &limits).is_err(),
                "{body}"
            );
        }
    }
}

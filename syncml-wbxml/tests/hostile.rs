//! Documents that ask for too much, or are broken on purpose.

mod common;

use common::{hex, read, read_within, sketch};
use syncml_wbxml::{ErrorKind, LimitKind, Limits};

fn kind(bytes: &[u8]) -> ErrorKind {
    read(bytes).unwrap_err().kind().clone()
}

fn limit(bytes: &[u8], limits: &Limits) -> Option<LimitKind> {
    match read_within(bytes, limits).err()?.kind() {
        ErrorKind::Limit(limit) => Some(*limit),
        other => panic!("{other:?}"),
    }
}

const HEADER: &[u8] = b"\x02\xA4\x01\x6A\x00";

/// Requirement WBXML-007.
#[test]
fn wbxml_007_broken_headers_and_tokens() {
    for (bytes, expected) in [
        ("", ErrorKind::Truncated),
        ("3c", ErrorKind::Version(0x3C)),
        ("12 a401 6a 00 2d", ErrorKind::Version(0x12)),
        ("02 ffffffff7f 6a 00 2d", ErrorKind::Integer),
        ("02 818181818181 6a 00 2d", ErrorKind::Integer),
        ("02 a401 07ff 00 2d", ErrorKind::Truncated),
        ("02 a401 8f7f 00 2d", ErrorKind::Charset(0x7FF)),
        ("02 a401 6a 05 'abc'", ErrorKind::Truncated),
        ("02 0005 6a 00 2d", ErrorKind::TableOffset(5)),
        ("02 a401 6a 00", ErrorKind::Truncated),
        ("02 a401 6a 00 00", ErrorKind::Truncated),
        ("02 a401 6a 00 01", ErrorKind::Token(1)),
        ("02 a401 6a 00 03 'x' 00", ErrorKind::Token(3)),
        ("02 a401 6a 00 c300", ErrorKind::Token(0xC3)),
        ("02 a401 6a 00 43 43", ErrorKind::Token(0x43)),
        ("02 a401 6a 00 6d c3 8fffffff7f", ErrorKind::Truncated),
        ("02 a401 6a 00 6d c3 05 'abc'", ErrorKind::Truncated),
        ("02 a401 6a 00 6d 03 'abc'", ErrorKind::Truncated),
        ("02 a401 6a 00 ad 05 03 'abc'", ErrorKind::Truncated),
        ("02 a401 6a 00 6d 02 83b000", ErrorKind::Character(0xD800)),
        ("02 a401 6a 00 6d 02 00", ErrorKind::Character(0)),
        (
            "02 a401 6a 00 6d 02 8080c48000",
            ErrorKind::Character(0x11_0000),
        ),
    ] {
        let bytes = hex(bytes);
        assert_eq!(kind(&bytes), expected, "{bytes:02x?}");
    }
}

/// Requirement WBXML-011.
#[test]
fn wbxml_011_table_offsets() {
    for body in [
        "6d 8303 01",
        "6d 8304 01",
        "6d 83 8fffffff7f 01",
        "04 05",
        "ad 04 09 01",
        "ad 05 8309 01",
    ] {
        let bytes = hex(&format!("02 a401 6a 03 'abc' {body}"));
        assert!(matches!(kind(&bytes), ErrorKind::TableOffset(_)), "{body}");
    }
    assert_eq!(
        sketch(&read(&hex("02 a401 6a 00 6d 8300 01")).unwrap()),
        "SyncML()"
    );
    assert_eq!(
        kind(&hex("02 a401 6a 00 6d 8301 01")),
        ErrorKind::TableOffset(1)
    );
}

#[test]
fn limits_of_wbxml() {
    let limits = Limits::default();
    let nested = |depth: usize| [HEADER, &vec![0x54; depth], &vec![0x01; depth]].concat();
    assert_eq!(limit(&nested(64), &limits), None);
    assert_eq!(limit(&nested(65), &limits), Some(LimitKind::Depth));
    assert_eq!(limit(&nested(1_000_000), &limits), Some(LimitKind::Depth));

    let wide = |count: usize| [HEADER, b"\x6D", &vec![0x12; count], b"\x01"].concat();
    let few = limits.with_max_elements(100);
    assert_eq!(limit(&wide(99), &few), None);
    assert_eq!(limit(&wide(100), &few), Some(LimitKind::Elements));

    let document = wide(10);
    assert_eq!(
        limit(&document, &limits.with_max_bytes(document.len())),
        None
    );
    let small = limits.with_max_bytes(document.len() - 1);
    assert_eq!(limit(&document, &small), Some(LimitKind::Bytes));

    let table = hex("02 a401 6a 03 'abc' 6d 8300 01");
    assert_eq!(limit(&table, &limits.with_max_string_table(3)), None);
    assert_eq!(
        limit(&table, &limits.with_max_string_table(2)),
        Some(LimitKind::StringTable)
    );

    let text = hex("02 a401 6a 03 'abc' 6d 03'12'00 c302 0000 8300 0241 01");
    assert_eq!(limit(&text, &limits.with_max_text(8)), None);
    assert_eq!(
        limit(&text, &limits.with_max_text(7)),
        Some(LimitKind::Text)
    );
}

/// The defaults, each at its end and one step further.
#[test]
fn default_limits_of_wbxml() {
    let limits = Limits::default();
    let document = |table: &[u8], root: &[u8]| {
        let len = table.len();
        let len = [len >> 14 | 0x80, len >> 7 & 0x7F | 0x80, len & 0x7F].map(|octet| octet as u8);
        [b"\x02\xA4\x01\x6A", &len[..], table, b"\x6D", root, b"\x01"].concat()
    };
    let table = |len: usize| document(&vec![b'a'; len], b"");
    assert_eq!(limit(&table(64 << 10), &limits), None);
    assert_eq!(
        limit(&table((64 << 10) + 1), &limits),
        Some(LimitKind::StringTable)
    );

    let elements = |count: usize| document(b"", &vec![0x12; count - 1]);
    assert_eq!(limit(&elements(1_000_000), &limits), None);
    assert_eq!(
        limit(&elements(1_000_001), &limits),
        Some(LimitKind::Elements)
    );

    let text = |more: &[u8]| {
        let run = [&b"\x83\x00".repeat(128)[..], more].concat();
        document(&vec![b'a'; 64 << 10], &run)
    };
    assert_eq!(limit(&text(b""), &limits), None);
    assert_eq!(limit(&text(b"\x03x\0"), &limits), Some(LimitKind::Text));

    // An extension token is a way to take up room and nothing else.
    let bytes = |len: usize| document(b"", &vec![0xC0; len - 9]);
    assert_eq!(bytes(8 << 20).len(), 8 << 20);
    assert_eq!(limit(&bytes(8 << 20), &limits), None);
    assert_eq!(
        limit(&bytes((8 << 20) + 1), &limits),
        Some(LimitKind::Bytes)
    );
}

/// A long string named again and again, in every place where a table may be named.
#[test]
fn string_table_bombs() {
    let table = vec![b'a'; 60_000];
    // 60 000 as an integer.
    let header = [b"\x02\xA4\x01\x6A\x83\xD4\x60", &table[..], b"\x6D"].concat();
    for run in [
        &b"\x83\x00"[..],
        b"\x04\x00",
        b"\x84\x00\x05\x83\x00\x01",
        b"\xAD\x05\x83\x00\x01",
    ] {
        let bytes = [&header, &run.repeat(200_000)[..], b"\x01"].concat();
        let start = std::time::Instant::now();
        let result = read_within(&bytes, &Limits::default());
        // Twelve gigabytes of text take that long and longer; a busy machine alone does not.
        assert!(start.elapsed().as_secs() < 60, "{run:02x?} takes its time");
        if run[0] == 0xAD {
            // Values of attributes nobody asks for cost nothing.
            assert_eq!(result.unwrap().len(), 400_002);
        } else {
            assert_eq!(
                result.unwrap_err().kind(),
                &ErrorKind::Limit(LimitKind::Text),
                "{run:02x?}"
            );
        }
    }
}

/// Requirement WBXML-007: each octet of a document changed, to each value.
#[test]
fn wbxml_007_mutations() {
    let original = hex(
        "02 a401 6a 0a 'Foo'00 'xmlns'00 6d 6c 71 03'1.2'00 01 5a 0001 4c 03'50'00 01 01 01 \
         c4 00 04 04 8300 01 8300 01 6b 46 4f c303 02a403 0241 01 01 12 01 01",
    );
    assert!(read(&original).is_ok());
    for at in 0..original.len() {
        for value in 0..=255 {
            let mut bytes = original.clone();
            bytes[at] = value;
            // The position of an error is inside of the document.
            if let Err(error) = read(&bytes) {
                assert!(
                    error.position().byte <= bytes.len(),
                    "{at} {value}: {error}"
                );
            }
        }
    }
}

#[cfg(feature = "xml")]
mod xml {
    use common::read_xml_within;
    use syncml_wbxml::{Bytes, from_xml, to_xml, xml};

    use super::*;

    fn limit(text: &str, limits: &Limits) -> Option<LimitKind> {
        match read_xml_within(text.as_bytes(), limits).err()?.kind() {
            ErrorKind::Limit(limit) => Some(*limit),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn limits_of_xml() {
        let limits = Limits::default();
        let nested = |depth| "<Item>".repeat(depth) + &"</Item>".repeat(depth);
        assert_eq!(limit(&nested(64), &limits), None);
        assert_eq!(limit(&nested(65), &limits), Some(LimitKind::Depth));
        let wide = |count| format!("<Item>{}</Item>", "<Final/>".repeat(count));
        let few = limits.with_max_elements(100);
        assert_eq!(limit(&wide(99), &few), None);
        assert_eq!(limit(&wide(100), &few), Some(LimitKind::Elements));
        assert_eq!(limit("<Data/>", &limits.with_max_bytes(7)), None);
        assert_eq!(
            limit("<Data/>", &limits.with_max_bytes(6)),
            Some(LimitKind::Bytes)
        );
        assert_eq!(
            limit("<SyncML>ab&amp;</SyncML>", &limits.with_max_text(3)),
            None
        );
        assert_eq!(
            limit("<SyncML>ab&amp;</SyncML>", &limits.with_max_text(2)),
            Some(LimitKind::Text)
        );
    }

    #[test]
    fn limit_of_attributes() {
        let attributes: String = (0..257).map(|i| format!(" a{i}='x'")).collect();
        for (count, limits, expected) in [
            (257, Limits::default().with_max_attributes(257), None),
            (257, Limits::default(), Some(LimitKind::Attributes)),
        ] {
            let bytes = Bytes::from(format!("<Item xmlns='SYNCML:SYNCML1.2'{attributes}/>"));
            let reader = xml::Reader::new(&bytes, &limits).unwrap();
            // Those nobody asks for are not counted.
            assert_eq!(common::drain(reader.clone()).unwrap().len(), 2);
            match (common::drain(reader.with_attributes(true)), expected) {
                (Ok(events), None) => assert_eq!(events.len(), count + 2),
                (Err(error), Some(limit)) => assert_eq!(error.kind(), &ErrorKind::Limit(limit)),
                (result, _) => panic!("{result:?}"),
            }
        }
    }

    /// Entities that stand for more entities: refused before the first is read.
    #[test]
    fn billion_laughs() {
        let mut subset = String::from("<!ENTITY l0 'lol'>");
        for i in 1..10 {
            let body = format!("&l{};", i - 1).repeat(10);
            subset += &format!("<!ENTITY l{i} '{body}'>");
        }
        let text = format!("<!DOCTYPE SyncML [{subset}]><SyncML><Data>&l9;</Data></SyncML>");
        let error = from_xml(&text, &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::InternalSubset);
    }

    /// Namespace declarations and prefixes in numbers.
    #[test]
    fn namespace_bombs() {
        let declarations: String = (0..10_000)
            .map(|i| format!(" xmlns:a{i}='urn:{i}'"))
            .collect();
        let text = format!(
            "<SyncML{declarations}>{}</SyncML>",
            "<b:x/>".repeat(100_000)
        );
        assert_eq!(
            limit(&text, &Limits::default()),
            Some(LimitKind::Namespaces)
        );
        // One long namespace for many elements counts as text for each.
        let uri = "u".repeat(100_000);
        let text = format!(
            "<SyncML xmlns:a='{uri}&amp;'>{}</SyncML>",
            "<a:x/>".repeat(1_000)
        );
        assert_eq!(limit(&text, &Limits::default()), Some(LimitKind::Text));
        // Out of force again, declarations do not add up.
        let text = format!(
            "<SyncML>{}</SyncML>",
            "<a:x xmlns:a='urn:a'/>".repeat(10_000)
        );
        assert_eq!(limit(&text, &Limits::default()), None);
    }

    /// Nested documents share one budget.
    #[test]
    fn nested_documents_share_limits() {
        let table = vec![b'a'; 1_000];
        let inner = [
            b"\x02\xA4\x03\x6A\x87\x68",
            &table[..],
            b"\x4A\x49",
            &b"\x83\x00".repeat(1_000),
            b"\x01\x01",
        ];
        let inner = inner.concat();
        let length = [0x80 | (inner.len() >> 7) as u8, inner.len() as u8 & 0x7F];
        let item = [b"\x4F\xC3", &length[..], &inner, b"\x01"].concat();
        let outer = |count| [HEADER, b"\x6D", &item.repeat(count), b"\x01"].concat();
        assert!(to_xml(&outer(2), &Limits::default()).is_ok());
        let error = to_xml(&outer(20), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Limit(LimitKind::Text));
    }

    /// A document in a document in a document, each with a short header.
    #[test]
    fn deep_nesting_of_documents() {
        let mut bytes = b"\x02\xA4\x03\x6A\x00\x0A".to_vec();
        for _ in 0..1_000 {
            let mut outer = b"\x02\xA4\x03\x6A\x00\x4A\xC3".to_vec();
            outer.extend([
                0x80 | (bytes.len() >> 14) as u8,
                0x80 | (bytes.len() >> 7) as u8,
                bytes.len() as u8 & 0x7F,
            ]);
            outer.extend(&bytes);
            outer.push(1);
            bytes = outer;
        }
        let text = to_xml(&bytes, &Limits::default().with_max_depth(10_000)).unwrap();
        assert_eq!(text.matches("<DevInf").count(), 9);
        assert!(text.contains("</DevInf>"));
    }

    /// Octets that are no text become Base64; those that look like a document but are none, too.
    #[test]
    fn binary_data_becomes_base64() {
        for (data, expected) in [
            ("c303 ff00fe", "/wD+"),
            ("c304 02a4036a", "AqQDag=="),
            ("c305 'hello'", "hello"),
            ("03'a'00 c301 00 03'b'00", "YQBi"),
            ("03 01 00", "AQ=="),
            // A SyncML document in a SyncML document is data.
            ("c306 02a4016a002d", "AqQBagAt"),
        ] {
            let bytes = [HEADER, &hex(&format!("6d 4f {data} 01 01"))].concat();
            let text = to_xml(&bytes, &Limits::default()).unwrap();
            assert!(
                text.contains(&format!("<Data>{expected}</Data>")),
                "{data}: {text}"
            );
        }
    }
}

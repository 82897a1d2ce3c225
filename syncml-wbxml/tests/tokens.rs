//! The token layer: every token of every document, and the same octets when written again.

mod common;

use std::borrow::Cow;

use common::hex;
use proptest::collection::vec;
use proptest::prelude::*;
use syncml_wbxml::token::{
    Document, Header, PublicId, Repair, RepairKind, Token, Tokens, Writer, recover_pages,
};
use syncml_wbxml::{Doctype, ErrorKind, LimitKind, Limits};

fn decode(bytes: &[u8]) -> Document<'_> {
    Document::decode(bytes, &Limits::default()).unwrap()
}

fn refused(text: &str) -> ErrorKind {
    let bytes = hex(text);
    let error = Document::decode(&bytes, &Limits::default()).unwrap_err();
    assert!(error.position().byte <= bytes.len(), "{text}: {error}");
    error.kind().clone()
}

/// Each token of an attribute document with its offset, page and state.
#[test]
fn each_token_has_a_place() {
    let bytes = hex(
        "01 05 6a 03 'ab'00 0002 45 c6 0007 0d 03'x'00 85 8301 04 00 0241 01 c303 010203 \
         0000 01 01",
    );
    let mut tokens = Tokens::new(&bytes, &Limits::default()).unwrap();
    assert_eq!(tokens.header().public_id, PublicId::Number(5));
    assert_eq!(tokens.header().string(1), Some(&b"b"[..]));
    assert_eq!(tokens.offset(), 7);
    let mut found = Vec::new();
    while let Some(token) = tokens.next() {
        let token = token.unwrap();
        assert_eq!(bytes[tokens.offset()], token.octet());
        found.push((
            tokens.offset(),
            tokens.page(),
            tokens.in_attributes(),
            tokens.depth(),
            token,
        ));
    }
    let tag = |identity, attributes| Token::Tag {
        identity,
        attributes,
        content: true,
    };
    assert_eq!(
        found,
        [
            (7, 2, false, 0, Token::SwitchPage(2)),
            (9, 2, false, 1, tag(5, false)),
            (10, 2, false, 1, tag(6, true)),
            (11, 7, true, 1, Token::SwitchPage(7)),
            (13, 7, true, 1, Token::AttributeStart(0x0D)),
            (14, 7, true, 1, Token::StrI(b"x".into())),
            (17, 7, true, 1, Token::AttributeValue(0x85)),
            (18, 7, true, 1, Token::StrT(1)),
            (20, 7, true, 1, Token::LiteralAttribute(0)),
            (22, 7, true, 1, Token::Entity(0x41)),
            (24, 7, true, 2, Token::End),
            (25, 2, false, 2, Token::Opaque(vec![1, 2, 3].into())),
            (30, 0, false, 2, Token::SwitchPage(0)),
            (32, 0, false, 1, Token::End),
            (33, 0, false, 0, Token::End),
        ]
    );
}

/// Every token form there is, in one document that comes back as it was.
#[test]
fn all_forms() {
    let bytes = hex(
        "03 00 04 6a 08 'Foo'00 'FPI'00 43 04 00 03'v'00 01 0001 ed 05 01 44 00 01 \
         84 00 06 86 01 c4 00 04 04 01 01 04 00 40'x'00 41 00 42'y'00 80 05 81 8105 82 00 83 00 02 41 \
         c0 c1 c2 c3 01 00 43 05 01 3f 01 43 05 01",
    );
    let document = decode(&bytes);
    assert_eq!(document.repairs, []);
    assert_eq!(document.header.fpi().as_deref(), Some("FPI"));
    assert_eq!(document.encode().unwrap(), bytes);
    assert_eq!(document.clone().into_owned(), document);
    let octets: Vec<u8> = document.tokens.iter().map(Token::octet).collect();
    for octet in [
        0x00, 0x01, 0x02, 0x03, 0x04, 0x40, 0x41, 0x42, 0x43, 0x44, 0x80, 0x81, 0x82, 0x83, 0x84,
        0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0x3F, 0xED,
    ] {
        assert!(octets.contains(&octet), "{octet:02x}");
    }
}

/// Every binary fixture: what can be decoded without repairs is written octet by octet as it was,
/// and a second pass finds nothing left to repair.
#[test]
fn fixtures_are_faithful() {
    let mut faithful = 0;
    for fixture in testdata::fixtures().filter(|fixture| fixture.name.ends_with(".wbxml")) {
        let Ok(document) = Document::decode(fixture.bytes, &Limits::default()) else {
            assert_ne!(fixture.expect, testdata::Expect::Ok, "{}", fixture.name);
            continue;
        };
        let again = document.encode().unwrap();
        if document
            .repairs
            .iter()
            .any(|repair| repair.kind.changes_bytes())
        {
            assert_ne!(again, fixture.bytes, "{}", fixture.name);
            let second = decode(&again);
            assert_eq!(second.tokens, document.tokens, "{}", fixture.name);
            assert!(
                !second
                    .repairs
                    .iter()
                    .any(|repair| repair.kind.changes_bytes())
            );
        } else {
            assert_eq!(again, fixture.bytes, "{}", fixture.name);
            faithful += 1;
        }
    }
    assert!(faithful >= 40, "{faithful}");
}

/// Requirements WBXML-002, WBXML-003: the headers that peers send, and what is odd about them.
#[test]
fn repairs_are_told() {
    use RepairKind::*;
    for (bytes, expected) in [
        ("02 a401 6a 00 2d", &[][..]),
        ("01 a401 6a 00 2d", &[]),
        ("00 a401 00 2d", &[]),
        ("04 a401 6a 00 2d", &[(Version, 0)]),
        (
            "02 80a401 6a 8000 2d",
            &[(PaddedInteger, 1), (PaddedInteger, 5)],
        ),
        ("02 0000 6a 00 2d", &[(EmptyTable, 1)]),
        ("02 0000 6a 03 'FPI' 2d", &[(Unterminated, 1)]),
        ("02 0000 6a 04 'FPI'00 2d", &[]),
        ("02 a401 6a 02 'a'00 6d 8301 01", &[]),
        (
            "02 a401 6a 03 'a'00'b' 6d 8300 8302 01",
            &[(Unterminated, 12)],
        ),
        (
            "02 a401 8777 06 0061 0000 0062 6d 8300 8304 01",
            &[(Unterminated, 16)],
        ),
        ("00 a401 00 6d c300 01", &[(Opaque, 5)]),
        ("02 a401 6a 00 ad 01", &[(NoAttributes, 6)]),
        ("02 a401 6a 00 ad 85 05 01", &[(NoAttributeStart, 6)]),
        ("02 a401 6a 01 00 ad c400 01", &[(LiteralForm, 7)]),
        ("02 a401 6a 00 6d c3 8001 00 01", &[(PaddedInteger, 7)]),
        ("02 a401 6a 00 2d 00", &[(Trailing, 6)]),
        ("02 a401 6a 00 2d 43 05 01", &[]),
        ("02 a401 6a 00 2d 43 05 01 00", &[(Trailing, 9)]),
        ("02 a401 6a 00 2d 43 05", &[(Trailing, 6)]),
        ("02 a401 6a 00 ed 0400 03'x'00 01 01", &[(EmptyTable, 7)]),
    ] {
        let bytes = hex(bytes);
        let document = decode(&bytes);
        let expected: Vec<_> = expected
            .iter()
            .map(|&(kind, offset)| Repair { kind, offset })
            .collect();
        assert_eq!(document.repairs, expected, "{bytes:02x?}");
        let changes = expected.iter().any(|repair| repair.kind.changes_bytes());
        assert_eq!(document.encode().unwrap() != bytes, changes, "{bytes:02x?}");
    }
}

/// Requirements WBXML-007, WBXML-011.
#[test]
fn wbxml_007_what_is_refused() {
    use ErrorKind::*;
    for (bytes, expected) in [
        ("", Truncated),
        ("3c", Version(0x3C)),
        ("02 a401 8f7f 00 2d", Charset(0x7FF)),
        ("02 0001 6a 00 2d", TableOffset(1)),
        ("02 a401 6a 00", Truncated),
        ("02 a401 6a 00 6d", Truncated),
        ("02 a401 6a 00 43 05", Truncated),
        ("02 a401 6a 00 01", Token(1)),
        ("02 a401 6a 00 03'x'00 2d", Token(3)),
        ("02 a401 6a 00 ad 43", Token(0x43)),
        ("02 a401 6a 00 6d 8301 01", TableOffset(1)),
        ("02 a401 6a 00 6d c3 05 'abc'", Truncated),
        ("02 a401 6a 00 6d c3 8fffffff7f", Truncated),
        ("02 a401 6a 00 6d 02 ffffffff7f", Integer),
        ("02 a401 6a 00 6d 03'abc'", Truncated),
        // The first of a pair of NULs that are not at a character of UTF-16.
        ("02 a401 8777 00 6d 03 6100 0062 00", Truncated),
    ] {
        assert_eq!(refused(bytes), expected, "{bytes}");
    }
    let bytes = hex("02 a401 6a 00 6d");
    let mut tokens = Tokens::new(&bytes, &Limits::default()).unwrap();
    assert!(tokens.next().unwrap().is_ok());
    assert!(tokens.next().unwrap().is_err());
    assert_eq!(tokens.next(), None, "failed for good");
}

/// Each limit, at its last allowed value and one below.
#[test]
fn limits_one_by_one() {
    let limits = Limits::default();
    let bytes = hex("02 a401 6a 03 'abc' 6d ed 05 06 04 00 01 03'12'00 c302 0000 01 12 01");
    for (kind, enough) in [
        (LimitKind::Bytes, limits.with_max_bytes(bytes.len())),
        (LimitKind::Depth, limits.with_max_depth(2)),
        (LimitKind::Elements, limits.with_max_elements(3)),
        (LimitKind::Attributes, limits.with_max_attributes(3)),
        (LimitKind::Text, limits.with_max_text(4)),
        (LimitKind::StringTable, limits.with_max_string_table(3)),
    ] {
        assert!(Document::decode(&bytes, &enough).is_ok(), "{kind:?}");
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
        let error = Document::decode(&bytes, &less).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::Limit(kind));
    }
}

/// The writer takes what the reader would give, and nothing else.
#[test]
fn writer_keeps_the_grammar() {
    let header = || Header::new(PublicId::Number(0x1201));
    let tag = |content| Token::Tag {
        identity: 5,
        attributes: false,
        content,
    };
    let put = |before: &[Token<'_>], token: &Token<'_>| {
        let mut writer = Writer::new(header()).unwrap();
        before.iter().for_each(|token| writer.put(token).unwrap());
        writer.put(token).map_err(|error| error.kind().clone())
    };
    let open = [tag(true)];
    assert_eq!(put(&open, &Token::StrI(b"a".into())), Ok(()));
    assert_eq!(
        put(&open, &Token::StrI(b"a\0b".into())),
        Err(ErrorKind::Terminator)
    );
    assert_eq!(put(&open, &Token::StrT(1)), Err(ErrorKind::TableOffset(1)));
    assert_eq!(put(&[], &Token::End), Err(ErrorKind::Token(1)));
    assert_eq!(put(&open, &Token::Ext(3)), Err(ErrorKind::Token(0xC3)));
    for code in [0, 4, 0x40, 0x44, 0x80] {
        let start = Token::AttributeStart(code);
        let list = Token::Tag {
            identity: 5,
            attributes: true,
            content: false,
        };
        assert_eq!(put(&[list], &start), Err(ErrorKind::Token(code)));
    }
    assert_eq!(
        put(&open, &Token::AttributeStart(5)),
        Err(ErrorKind::Token(5)),
        "outside of a list"
    );
    assert_eq!(
        put(&[tag(false)], &tag(false)),
        Err(ErrorKind::Token(5)),
        "a second root"
    );
    for identity in [0, 4, 0x40] {
        let token = Token::Tag {
            identity,
            attributes: false,
            content: false,
        };
        assert_eq!(put(&open, &token), Err(ErrorKind::Token(identity)));
    }
    let writer = Writer::new(header()).unwrap();
    assert!(matches!(
        writer.finish().unwrap_err().kind(),
        ErrorKind::Unbalanced(_)
    ));
    assert!(Writer::new(Header::new(PublicId::Number(0))).is_err());
    assert!(Writer::new(Header::new(PublicId::Table(1))).is_err());
    // Half a character of UTF-16 would shift the terminator.
    let mut wide = header();
    wide.charset = 1015;
    let mut writer = Writer::new(wide).unwrap();
    writer.put(&tag(true)).unwrap();
    assert!(writer.put(&Token::StrI(b"a".into())).is_err());
    assert!(writer.put(&Token::StrI(b"\0a".into())).is_ok());
}

#[test]
fn headers() {
    for (bytes, doctype, fpi) in [
        ("02 a401 6a 00", Some(Doctype::SyncMl12), None),
        ("02 05 6a 00", None, None),
        (
            "02 0000 04 1d '-//SYNCML//DTD SyncML 1.0//EN'",
            Some(Doctype::SyncMl10),
            Some("-//SYNCML//DTD SyncML 1.0//EN"),
        ),
    ] {
        let bytes = hex(&format!("{bytes} 2d"));
        let header = decode(&bytes).header.into_owned();
        assert_eq!(header.doctype(), doctype);
        assert_eq!(header.fpi().as_deref(), fpi);
        assert_eq!(header.encode(), bytes[..bytes.len() - 1]);
    }
    let bytes = hex("02 a401 04 02 e900 2d");
    let header = decode(&bytes).header;
    assert_eq!(header.decode(header.string(0).unwrap()), "é");
    assert_eq!(header.string(2), None);
}

/// Encoders that do not go back to page 0 after `Meta` (wbxml quirk): nothing is guessed unless asked for.
#[test]
fn pages_are_recovered_on_request() {
    // After `Meta` in an item; after it, up one level; a tag that page 1 has not; attributes on both.
    for (broken, sound) in [
        (
            "6d 54 5a 0001 53 03't'00 01 01 4f 03'x'00 01 01 01",
            "6d 54 5a 0001 53 03't'00 01 01 0000 4f 03'x'00 01 01 01",
        ),
        (
            "6d 46 54 5a 0001 53 03't'00 01 01 01 01 45 4b 03'1'00 01 01 01",
            "6d 46 54 5a 0001 53 03't'00 01 01 01 01 0000 45 4b 03'1'00 01 01 01",
        ),
        (
            "6d 54 0001 6e 57 03'x'00 01 01 01 01",
            "6d 54 0001 0000 6e 57 03'x'00 01 01 01 01",
        ),
        (
            "6d da 05 01 0001 93 05 01 01 0f 01",
            "6d da 05 01 0001 93 05 01 01 0000 0f 01",
        ),
    ] {
        let header = "02 a401 6a 00";
        let (broken, sound) = (
            hex(&format!("{header} {broken}")),
            hex(&format!("{header} {sound}")),
        );
        let recovered = recover_pages(&broken, &Limits::default()).unwrap();
        assert_eq!(recovered, sound, "{broken:02x?}");
        assert_eq!(recover_pages(&sound, &Limits::default()).unwrap(), sound);
        assert_ne!(common::read(&broken), common::read(&sound), "not by itself");
    }
    // What is sound stays what it is; but MetInf beside `Meta` is taken for what it is not.
    let changed: Vec<_> = testdata::fixtures()
        .filter(|fixture| fixture.name.ends_with(".wbxml"))
        .filter(|fixture| fixture.expect == testdata::Expect::Ok)
        .filter(|fixture| {
            let recovered = recover_pages(fixture.bytes, &Limits::default());
            recovered.is_ok_and(|bytes| bytes != fixture.bytes)
        })
        .map(|fixture| fixture.name)
        .collect();
    assert_eq!(
        changed,
        [
            "message/dm/mdm-type-beside-meta.wbxml",
            "message/bad/page-not-reset.wbxml"
        ]
    );
}

const TABLE: &[u8] = b"Foo\0xmlns\0urn:x\0";

/// Tokens that belong together.
type Run = Vec<Token<'static>>;
/// A tag code, or the offset of a name.
type Code = (u8, Option<u32>);

/// An element with its attribute list and content, as tokens of the default charset.
fn element() -> impl Strategy<Value = Run> {
    let text = || "[a-zA-Z0-9 <&é]{0,8}".prop_map(|text| Cow::Owned(text.into_bytes()));
    let offset = || 0..TABLE.len() as u32;
    let global = || {
        prop_oneof![
            4 => text().prop_map(Token::StrI),
            2 => offset().prop_map(Token::StrT),
            1 => any::<u32>().prop_map(Token::Entity),
            2 => vec(any::<u8>(), 0..200).prop_map(|bytes| Token::Opaque(bytes.into())),
            1 => (0_u8..3, text()).prop_map(|(number, text)| Token::ExtI(number, text)),
            1 => (0_u8..3, any::<u32>()).prop_map(|(number, value)| Token::ExtT(number, value)),
            1 => (0_u8..3).prop_map(Token::Ext),
            1 => any::<u8>().prop_map(Token::SwitchPage),
        ]
    };
    let start = prop_oneof![
        (5_u8..0x40, 0_u8..2).prop_map(|(code, bit)| Token::AttributeStart(code | bit << 6)),
        offset().prop_map(Token::LiteralAttribute),
    ];
    let value = prop_oneof![
        3 => global(),
        1 => (0x85_u8..0xC0, 0_u8..2).prop_map(|(code, bit)| Token::AttributeValue(code | bit << 6)),
    ];
    let list = vec((start, vec(value, 0..4)), 1..3).prop_map(|attributes| {
        let mut tokens = Vec::new();
        for (start, values) in attributes {
            tokens.push(start);
            tokens.extend(values);
        }
        tokens.push(Token::End);
        tokens
    });
    let tag = (5_u8..0x40, proptest::option::weighted(0.2, offset()));
    let instruction = list
        .clone()
        .prop_map(|list| [vec![Token::Pi], list].concat());
    let leaf = prop_oneof![8 => global().prop_map(|token| vec![token]), 1 => instruction];
    let make = |(tag, list, content): (Code, Option<Run>, Option<Vec<Run>>)| {
        let (attributes, has_content) = (list.is_some(), content.is_some());
        let mut tokens = vec![match tag {
            (identity, None) => Token::Tag {
                identity,
                attributes,
                content: has_content,
            },
            (_, Some(name)) => Token::LiteralTag {
                name,
                attributes,
                content: has_content,
            },
        }];
        tokens.extend(list.unwrap_or_default());
        if let Some(content) = content {
            tokens.extend(content.concat());
            tokens.push(Token::End);
        }
        tokens
    };
    let (tag_in, list_in) = (tag.clone(), list.clone());
    let content = leaf.prop_recursive(5, 60, 5, move |inner| {
        let list = proptest::option::weighted(0.3, list_in.clone());
        let content = proptest::option::weighted(0.8, vec(inner, 0..5));
        (tag_in.clone(), list, content).prop_map(make)
    });
    let list = proptest::option::weighted(0.3, list);
    (
        tag,
        list,
        proptest::option::weighted(0.9, vec(content, 0..6)),
    )
        .prop_map(make)
}

fn document() -> impl Strategy<Value = Document<'static>> {
    let id = prop_oneof![
        (1..u32::MAX).prop_map(PublicId::Number),
        (0..TABLE.len() as u32).prop_map(PublicId::Table),
    ];
    let charset = proptest::sample::select(vec![0, 3, 4, 106]);
    (1_u8..4, id, charset, element()).prop_map(|(version, public_id, charset, tokens)| Document {
        header: Header {
            version,
            public_id,
            charset,
            string_table: TABLE.into(),
        },
        tokens,
        repairs: Vec::new(),
    })
}

proptest! {
    /// Any document at all: tokens → octets → tokens → octets.
    #[test]
    fn faithful(document in document()) {
        let bytes = document.encode().unwrap();
        let again = Document::decode(&bytes, &Limits::default()).unwrap();
        prop_assert_eq!(&again, &document);
        prop_assert_eq!(again.encode().unwrap(), bytes);
    }

    /// Any octets: an error, or a document that is written as it was unless a repair says so.
    #[test]
    fn arbitrary_octets(body in vec(any::<u8>(), 0..200)) {
        let bytes = [b"\x02\xA4\x01\x6A\x04abc\0\x6D", &body[..]].concat();
        if let Ok(document) = Document::decode(&bytes, &Limits::default()) {
            let again = document.encode().unwrap();
            let changed = document.repairs.iter().any(|repair| repair.kind.changes_bytes());
            prop_assert_eq!(again != bytes, changed);
        }
    }
}

//! Strings moved to the table: the same events from fewer octets.

mod common;

use common::{drain, hex, read, tree};
use proptest::prelude::*;
use syncml_wbxml::tag::{metinf, syncml};
use syncml_wbxml::token::{Document, share_strings};
use syncml_wbxml::{
    Bytes, Doctype, FragmentBuilder, Limits, Reader, Sink, Writer, put_end, put_leaf, put_start,
};

/// Adds with a few texts in common and some of their own.
fn adds(count: usize) -> Vec<u8> {
    let mut writer = Writer::new(Doctype::SyncMl12);
    put_start(&mut writer, syncml::SYNC_ML).unwrap();
    put_start(&mut writer, syncml::SYNC_BODY).unwrap();
    for i in 0..count {
        put_start(&mut writer, syncml::ADD).unwrap();
        put_leaf(&mut writer, syncml::CMD_ID, &i.to_string()).unwrap();
        put_start(&mut writer, syncml::META).unwrap();
        put_leaf(&mut writer, metinf::TYPE, "text/x-vcard").unwrap();
        put_end(&mut writer).unwrap();
        put_leaf(&mut writer, syncml::DATA, &format!("BEGIN:VCARD {i}")).unwrap();
        put_end(&mut writer).unwrap();
    }
    put_end(&mut writer).unwrap();
    put_end(&mut writer).unwrap();
    writer.finish().unwrap()
}

/// Each command loses the shared text and nothing else, however many there are.
#[test]
fn repeated_commands() {
    for count in [2, 100, 10_000] {
        let bytes = adds(count);
        let shared = share_strings(&bytes, &Limits::default()).unwrap();
        assert_eq!(read(&shared).unwrap(), read(&bytes).unwrap());
        // An inline string of 14 octets becomes a reference of two, and stands once in the table.
        assert_eq!(shared.len(), bytes.len() - 12 * count + 13, "{count}");
        let again = share_strings(&shared, &Limits::default()).unwrap();
        assert_eq!(again, shared, "nothing is left to share");
    }
}

#[test]
fn what_is_shared() {
    for (bytes, expected) in [
        // Too short, or too rare, to gain anything.
        ("02 a401 6a 00 6d 03'a'00 03'a'00 01", None),
        ("02 a401 6a 00 6d 03'abcdef'00 01", None),
        ("02 a401 6a 00 6d 0300 0300 0300 01", None),
        // A single use, but the table has it already.
        (
            "02 a401 6a 04 'abc'00 6d 03'abc'00 44 00 01 01",
            Some("02 a401 6a 04 'abc'00 6d 8300 44 00 01 01"),
        ),
        // An identifier without terminator gets one.
        (
            "02 0000 6a 03 'FPI' 6d 03'abc'00 03'abc'00 03'abc'00 01",
            Some("02 0000 6a 08 'FPI'00 'abc'00 6d 8304 8304 8304 01"),
        ),
        // Offset 0 of an empty table goes on being an empty string.
        (
            "02 0000 6a 00 6d 03'abc'00 03'abc'00 03'abc'00 01",
            Some("02 0000 6a 05 00 'abc'00 6d 8301 8301 8301 01"),
        ),
        // Attribute values are strings as well; the more frequent comes first.
        (
            "02 05 6a 00 45 03'uvwx'00 03'uvwx'00 c6 0b 03'abc'00 01 03'abc'00 01 06 03'abc'00 03'abc'00 01",
            Some("02 05 6a 09 'abc'00 'uvwx'00 45 8304 8304 c6 0b 8300 01 8300 01 06 8300 8300 01"),
        ),
        // UTF-16 ends with two octets.
        (
            "02 a401 8777 00 6d 03 00610062 0000 03 00610062 0000 01",
            Some("02 a401 8777 06 00610062 0000 6d 8300 8300 01"),
        ),
        // A string that begins at half a character ends nowhere: nothing is appended to it.
        (
            "02 a401 8777 04 00310000 6d 8301 03 00610062 0000 03 00610062 0000 03 00610062 0000 01",
            None,
        ),
    ] {
        let bytes = hex(bytes);
        let shared = share_strings(&bytes, &Limits::default()).unwrap();
        let expected = expected.map_or_else(|| bytes.clone(), hex);
        assert_eq!(shared, expected, "{shared:02x?}");
    }
}

/// A reader with the same limits can read the result.
#[test]
fn the_table_stays_within_its_limit() {
    let limits = Limits::default().with_max_string_table(30);
    let text = |c: char| format!("03'{}'00", c.to_string().repeat(20));
    let body: String = ['a', 'b', 'a', 'b'].map(text).concat();
    let bytes = hex(&format!("02 a401 6a 00 6d {body} 01"));
    let shared = share_strings(&bytes, &limits).unwrap();
    let document = Document::decode(&shared, &limits).unwrap();
    assert_eq!(document.header.string_table.len(), 21);
}

/// Every fixture that can be read.
#[test]
fn fixtures_keep_their_events() {
    let mut shorter = 0;
    for fixture in testdata::fixtures().filter(|fixture| fixture.name.ends_with(".wbxml")) {
        let Ok(events) = read(fixture.bytes) else {
            continue;
        };
        let shared = share_strings(fixture.bytes, &Limits::default()).unwrap();
        assert_eq!(read(&shared).unwrap(), events, "{}", fixture.name);
        shorter += usize::from(shared.len() < fixture.bytes.len());
    }
    assert!(shorter >= 10, "{shorter}");
}

proptest! {
    /// Any document of SyncML.
    #[test]
    fn events_are_the_same(document in tree::document(tree::Shape { opaque: true, tokens: true, devinf: false, nested: true })) {
        let mut builder = FragmentBuilder::new();
        let mut writer = Writer::new(Doctype::SyncMl12);
        for event in document.events() {
            builder.put(event.clone()).unwrap();
            writer.put(event).unwrap();
        }
        let bytes = Bytes::from(writer.finish().unwrap());
        let shared = Bytes::from(share_strings(&bytes, &Limits::default()).unwrap());
        prop_assert!(shared.len() <= bytes.len());
        let limits = Limits::default();
        prop_assert_eq!(
            drain(Reader::new(&shared, &limits).unwrap()),
            drain(Reader::new(&bytes, &limits).unwrap())
        );
    }
}

//! One view of a device, whatever the version of its document.

use syncml_devinf::{Bytes, DevInf, ErrorKind, Limits, Version};

fn read(xml: &str) -> DevInf {
    DevInf::from_bytes(&Bytes::copy_from_slice(xml.as_bytes()), &Limits::default())
        .expect("can be read")
}

/// DEVINF-003: without `VerDTD` the shape tells the version.
#[test]
fn devinf_003_version_by_shape() {
    for (content, expected) in [
        ("", Version::V1_1),
        ("<DataStore/>", Version::V1_1),
        (
            "<DataStore/><CTCap><CTType>a/b</CTType><PropName>N</PropName></CTCap>",
            Version::V1_1,
        ),
        (
            "<DataStore><CTCap><CTType>a/b</CTType></CTCap></DataStore>",
            Version::V1_2,
        ),
        (
            "<DataStore><SupportHierarchicalSync/></DataStore>",
            Version::V1_2,
        ),
        (
            "<DataStore><Filter-Rx><CTType>a/b</CTType></Filter-Rx></DataStore>",
            Version::V1_2,
        ),
        (
            "<DataStore/><CTCap><CTType>a/b</CTType><Property><PropName>N</PropName><MaxOccur>1</MaxOccur></Property></CTCap>",
            Version::V1_2,
        ),
        ("<DataStore/><CTCap><FieldLevel/></CTCap>", Version::V1_2),
    ] {
        let devinf = read(&format!("<DevInf>{content}</DevInf>"));
        assert_eq!(devinf.version(), Some(expected), "{content}");
    }
}

/// DEVINF-001, DEVINF-002: the same answer from content types in the datastore and behind it.
#[test]
fn devinf_001_properties_that_a_datastore_knows() {
    let grouped = "<CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT><Property><PropName>TEL</PropName></Property></CTCap>";
    let flat = "<CTCap><CTType>text/x-vcard</CTType><PropName>TEL</PropName></CTCap>";
    let device = |inside: &str, behind: &str| {
        read(&format!(
            "<DevInf><DataStore><SourceRef>./pb</SourceRef><Rx-Pref><CTType>text/x-vcard</CTType></Rx-Pref>{inside}\
             </DataStore>{behind}</DevInf>"
        ))
    };
    for devinf in [
        device(grouped, ""),
        device("", flat),
        device("", grouped),
        device(flat, ""),
    ] {
        let store = &devinf.data_stores[0];
        let supports = |name| devinf.supports_property(store, "text/X-vCard; charset=utf-8", name);
        assert_eq!(
            (supports("tel"), supports("PHOTO")),
            (Some(true), Some(false))
        );
        assert_eq!(devinf.supports_property(store, "text/vcard", "TEL"), None);
    }
    // A type without properties says nothing, and neither does no type.
    for devinf in [
        device("<CTCap><CTType>text/x-vcard</CTType></CTCap>", ""),
        device("", ""),
    ] {
        assert_eq!(
            devinf.supports_property(&devinf.data_stores[0], "text/x-vcard", "TEL"),
            None
        );
    }
}

/// DEVINF-008, Q-410: case counts only where it tells datastores apart.
#[test]
fn devinf_008_case_of_an_address() {
    let devinf = read(
        "<DevInf><DataStore><SourceRef>./Contacts</SourceRef></DataStore>\
         <DataStore><SourceRef>./contacts</SourceRef></DataStore><DataStore><SourceRef>Café</SourceRef></DataStore></DevInf>",
    );
    for (uri, expected) in [
        ("contacts", Some("./contacts")),
        ("Contacts", Some("./Contacts")),
        ("CONTACTS", Some("./Contacts")),
        ("CONTACTS/work", Some("./Contacts")),
        ("http://x.example/CONTACTS", Some("./Contacts")),
        ("café", Some("Café")),
        ("caf", None),
        ("cafè", None),
    ] {
        let found = devinf.data_store(uri).map(|store| &*store.source_ref);
        assert_eq!(found, expected, "{uri}");
    }
}

/// DEVINF-012: announced extensions of the protocol.
#[test]
fn devinf_012_features() {
    let devinf = read(
        "<DevInf><Ext><XNam>x-dsx</XNam><XVal>poll/1</XVal><XVal>broken</XVal><XVal> fp/2 </XVal></Ext>\
         <Ext><XNam>Other</XNam><XVal>a/1</XVal></Ext></DevInf>",
    );
    assert_eq!(
        devinf.dsx_features().collect::<Vec<_>>(),
        [("poll", "1"), ("fp", "2")]
    );
    assert_eq!(read("<DevInf/>").dsx_features().count(), 0);
}

/// Many datastores and many content types of the device: each copied into each would be a document
/// that grows with the square of what was read.
#[test]
fn copies_of_content_types_are_limited() {
    let device = |stores: usize, types: usize| {
        read(&format!(
            "<DevInf>{}{}</DevInf>",
            "<DataStore/>".repeat(stores),
            "<CTCap><CTType>a/b</CTType></CTCap>".repeat(types)
        ))
    };
    let large = device(20_000, 20_000);
    let error = large.to_wbxml(Version::V1_2).expect_err("is too large");
    assert!(matches!(error.kind(), ErrorKind::Limit(_)), "{error}");
    assert!(large.to_wbxml(Version::V1_1).is_ok());
    // What is told about it still depends on it.
    assert_ne!(large.fingerprint(), device(20_001, 20_000).fingerprint());
    let written = device(30, 1_000).to_wbxml(Version::V1_2);
    assert!(written.expect("is large, but not too large").len() > 30_000);
}

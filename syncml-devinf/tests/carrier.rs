//! Documents in the forms in which they arrive.

use syncml_devinf::{Bytes, DevInf, ErrorKind, Limits, Version};

fn read(bytes: impl Into<Vec<u8>>) -> Result<DevInf, syncml_devinf::Error> {
    DevInf::from_bytes(&Bytes::from(bytes.into()), &Limits::default())
}

/// The document of [`BODY`].
fn expected() -> DevInf {
    let mut devinf = DevInf::new("d", "phone");
    devinf.ver_dtd = "1.2".into();
    devinf
}

/// A document in WBXML without its header.
const BODY: &[u8] = b"\x4A\x65\x031.2\0\x01\x49\x03d\0\x01\x4B\x03phone\0\x01\x01";

/// DEVINF-011: whatever version, public id and charset the header states.
#[test]
fn devinf_011_headers_of_wbxml() {
    let fpi = b"-//SYNCML//DTD DevInf 1.2//EN";
    let table = [b"\x02\x00\x00\x6A\x1E", &fpi[..], b"\0"].concat();
    let without_nul = [b"\x02\x00\x00\x6A\x1D", &fpi[..]].concat();
    let oma = b"-//OMA//DTD SYNCML-DEVINF 1.2//EN";
    let oma = [b"\x02\x00\x00\x6A\x22", &oma[..], b"\0"].concat();
    for header in [
        &b"\x02\xA4\x03\x6A\x00"[..],
        b"\x01\xA4\x03\x6A\x00",
        b"\x03\xA4\x03\x6A\x00",
        b"\x02\x9F\x54\x6A\x00",
        b"\x02\x9F\x52\x6A\x00",
        b"\x02\xA4\x03\x04\x00",
        b"\x02\xA4\x03\x03\x00",
        b"\x02\xA4\x03\x00\x00",
        &table,
        &without_nul,
        &oma,
    ] {
        let document = [header, BODY].concat();
        assert_eq!(read(document), Ok(expected()), "{header:02X?}");
    }
    // A header that does not say what it is the header of.
    for header in [&b"\x02\x01\x6A\x00"[..], b"\x02\x00\x00\x6A\x00"] {
        let document = [header, BODY].concat();
        assert_eq!(read(document), Ok(expected()), "{header:02X?}");
    }
    let written = expected().to_wbxml(Version::V1_2).expect("can be written");
    assert_eq!(written, [b"\x02\xA4\x03\x6A\x00", BODY].concat());
}

/// DEVINF-011: with a namespace, in another case, with a prefix or without one; in any charset.
#[test]
fn devinf_011_forms_of_xml() {
    let content = "<VerDTD>1.2</VerDTD><DevID>d</DevID><DevTyp>phone</DevTyp>";
    let prefixed = content
        .replace("</", "\u{1}")
        .replace('<', "<d:")
        .replace('\u{1}', "</d:");
    let plain = format!("<DevInf xmlns='syncml:devinf'>{content}</DevInf>");
    for document in [
        plain.clone(),
        format!("<DevInf>{content}</DevInf>"),
        format!("<DevInf xmlns='SYNCML:DEVINF'>{content}</DevInf>"),
        format!("<DevInf xmlns='syncml:devinf1.1'>{content}</DevInf>"),
        format!("<d:DevInf xmlns:d='syncml:devinf'>{prefixed}</d:DevInf>"),
        format!("\u{FEFF} \r\n<?xml version='1.0' encoding='UTF-8'?>\n<!-- phone -->\n{plain}\n"),
        format!(
            "<?xml version='1.0'?><!DOCTYPE DevInf PUBLIC '-//OMA//DTD SYNCML-DEVINF 1.2//EN' 'devinf.dtd'>{plain}"
        ),
    ] {
        assert_eq!(read(document.clone()), Ok(expected()), "{document}");
    }
    let wide: Vec<u8> = std::iter::once(0xFEFF)
        .chain(plain.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(read(wide), Ok(expected()));
}

#[test]
fn neither_encoding() {
    for document in ["", "BEGIN:VCARD", "\u{7F}"] {
        let error = read(document).expect_err("is no document");
        let is_told = matches!(
            error.kind(),
            ErrorKind::Truncated | ErrorKind::Root | ErrorKind::Xml(_)
        );
        assert!(is_told, "{document:?}: {error}");
    }
}

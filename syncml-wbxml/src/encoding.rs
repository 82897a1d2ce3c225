//! The two forms of a document, told apart by the first octets.

/// The form of a document: text or binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
#[allow(clippy::exhaustive_enums, reason = "SyncML has two forms")]
pub enum Encoding {
    /// XML, media types ending in `+xml`.
    Xml,
    /// WBXML, media types ending in `+wbxml`.
    Wbxml,
}

/// Tells the form from the first octets, for bodies with a missing or wrong media type.
///
/// `None` means neither: the body is no SyncML, MetInf or DevInf document. `Some` is a guess that
/// the reader confirms.
///
/// ```
/// use syncml_wbxml::{Encoding, sniff};
///
/// assert_eq!(sniff(b"\xEF\xBB\xBF <?xml version='1.0'?>"), Some(Encoding::Xml));
/// assert_eq!(sniff(b"<s:SyncML xmlns:s='SYNCML:SYNCML1.1'>"), Some(Encoding::Xml));
/// assert_eq!(sniff(&[0x02, 0xA4, 0x01, 0x6A, 0x00]), Some(Encoding::Wbxml));
/// assert_eq!(sniff(b"GET / HTTP/1.1"), None);
/// ```
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<Encoding> {
    match bytes {
        // UTF-16, with byte order mark or with the zero octet of an ASCII character.
        [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0x00, b'<', 0x00, ..] | [b'<', 0x00, ..] => {
            Some(Encoding::Xml)
        }
        [0x00..=0x03, _, ..] => Some(Encoding::Wbxml),
        _ => sniff_xml(bytes).then_some(Encoding::Xml),
    }
}

fn sniff_xml(bytes: &[u8]) -> bool {
    let bytes = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let Some(rest) = bytes.strip_prefix(b"<") else {
        return false;
    };
    if rest.starts_with(b"?xml") || rest.starts_with(b"!--") || rest.starts_with(b"!DOCTYPE") {
        return true;
    }
    let end = rest
        .iter()
        .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/'));
    let name = &rest[..end.unwrap_or(rest.len())];
    let local = name.rsplit(|&b| b == b':').next().unwrap_or(name);
    matches!(local, b"SyncML" | b"DevInf" | b"MetInf")
}

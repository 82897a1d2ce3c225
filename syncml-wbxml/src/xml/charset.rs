//! From the charset of an XML document to UTF-8.

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::error::{Error, ErrorKind};

/// Brings an XML document to UTF-8, by its byte order mark or else its declaration.
///
/// A document in UTF-8 comes back as it is, without a copy. Octets that are not UTF-8 in a document
/// that should be are taken for Windows-1252, since old devices put such text into their messages.
///
/// The declaration still names the old charset afterwards; [`Reader`](super::Reader) does not look
/// at it.
///
/// # Errors
///
/// [`ErrorKind::CharsetName`] for a charset that is not known.
pub fn decode_charset(bytes: Bytes) -> Result<Bytes, Error> {
    decode_charset_or(bytes, None)
}

/// As [`decode_charset`], with the `charset` parameter of a media type for documents that have
/// neither a byte order mark nor a declared encoding.
///
/// ```
/// use syncml_wbxml::{Bytes, xml};
///
/// let latin = Bytes::from_static(b"<LocName>Andr\xE9</LocName>");
/// let utf8 = xml::decode_charset_or(latin, Some("ISO-8859-1"))?;
/// assert_eq!(utf8, "<LocName>Andr\u{E9}</LocName>");
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::CharsetName`] for a charset that is not known.
pub fn decode_charset_or(bytes: Bytes, label: Option<&str>) -> Result<Bytes, Error> {
    let encoding = match Encoding::for_bom(&bytes) {
        Some((encoding, _)) => encoding,
        None => match wide(&bytes) {
            Some(encoding) => encoding,
            None => match declared(&bytes).or_else(|| label.map(str::as_bytes)) {
                // Octets we have just read as ASCII cannot be UTF-16, whatever they say.
                Some(label) => for_label(label)?.output_encoding(),
                None => UTF_8,
            },
        },
    };
    if encoding != UTF_8 {
        return Ok(encoding.decode(&bytes).0.into_owned().into());
    }
    if simdutf8::basic::from_utf8(&bytes).is_ok() {
        return Ok(bytes);
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    Ok(text.into())
}

fn for_label(label: &[u8]) -> Result<&'static Encoding, Error> {
    Encoding::for_label(label).ok_or_else(|| {
        Error::at(
            ErrorKind::CharsetName(String::from_utf8_lossy(label).into()),
            0,
        )
    })
}

/// UTF-16 without a byte order mark.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<', 0, ..] => Some(UTF_16BE),
        [b'<', 0, _, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

/// The value of `encoding` in the XML declaration.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let declaration = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = declaration.iter().position(|&b| b == b'>')?;
    let declaration = &declaration[..end];
    let at = declaration
        .windows(8)
        .position(|window| window == b"encoding")?;
    let value = declaration[at + 8..]
        .trim_ascii_start()
        .strip_prefix(b"=")?
        .trim_ascii_start();
    let (&quote, value) = value.split_first()?;
    let end = value.iter().position(|&b| b == quote)?;
    matches!(quote, b'"' | b'\'').then_some(&value[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &'static [u8]) -> Bytes {
        decode_charset(Bytes::from_static(bytes)).unwrap()
    }

    #[test]
    fn utf8_is_not_copied() {
        let bytes = Bytes::from_static("<?xml version='1.0' encoding='utf-8'?><a>é</a>".as_bytes());
        let same = decode_charset(bytes.clone()).unwrap();
        assert_eq!(same.as_ptr(), bytes.as_ptr());
    }

    #[test]
    fn declared_charset() {
        assert_eq!(
            decoded(b" <?xml version=\"1.0\" encoding = 'ISO-8859-1' ?><a>\xE9</a>"),
            " <?xml version=\"1.0\" encoding = 'ISO-8859-1' ?><a>é</a>"
        );
    }

    #[test]
    fn utf16_with_and_without_mark() {
        assert_eq!(decoded(b"\xFF\xFE<\0a\0/\0>\0"), "<a/>");
        assert_eq!(decoded(b"\xFE\xFF\0<\0a\0/\0>"), "<a/>");
        assert_eq!(decoded(b"<\0a\0/\0>\0"), "<a/>");
        assert_eq!(decoded(b"\0<\0a\0/\0>"), "<a/>");
    }

    #[test]
    fn byte_order_mark_beats_declaration() {
        let bytes = b"\xEF\xBB\xBF<?xml version='1.0' encoding='ISO-8859-1'?><a>\xC3\xA9</a>";
        assert_eq!(decoded(bytes), &bytes[..]);
    }

    #[test]
    fn declaration_of_utf16_in_ascii_is_wrong() {
        let bytes = b"<?xml version='1.0' encoding='UTF-16'?><a>x</a>";
        assert_eq!(decoded(bytes), &bytes[..]);
    }

    #[test]
    fn stray_octets_are_windows_1252() {
        assert_eq!(decoded(b"<a>\xC3\xA9\xE9 \x80</a>"), "<a>éé €</a>");
    }

    #[test]
    fn unknown_charset() {
        let bytes = Bytes::from_static(b"<?xml version='1.0' encoding='EBCDIC-42'?><a/>");
        let error = decode_charset(bytes).unwrap_err();
        assert_eq!(error.kind(), &ErrorKind::CharsetName("EBCDIC-42".into()));
    }
}

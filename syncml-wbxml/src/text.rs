//! Small readers of character data shared by all leaves.

use bytestring::ByteString;

/// The white space XML knows.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// `text` without surrounding white space, sharing its buffer.
///
/// Identifiers, numbers and URIs are trimmed when they are read, because printed examples and
/// real devices put blanks around them; the data of an item never is.
#[must_use]
pub fn trim(text: ByteString) -> ByteString {
    let inner = text.trim_matches(is_space);
    if inner.len() == text.len() {
        text
    } else {
        text.slice_ref(inner)
    }
}

/// A decimal number as peers write it: blanks around it and a leading `+` are accepted, and a
/// value beyond 64 bits saturates. `None` when the text is anything else.
///
/// ```
/// # use syncml_wbxml::number;
/// assert_eq!(number(" 05000 "), Some(5000));
/// assert_eq!(number("99999999999999999999999"), Some(u64::MAX));
/// assert_eq!(number("-1"), None);
/// assert_eq!(number("5 KB"), None);
/// ```
#[must_use]
pub fn number(text: impl AsRef<[u8]>) -> Option<u64> {
    let text = text.as_ref().trim_ascii();
    let digits = text.strip_prefix(b"+").unwrap_or(text);
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |sum, octet| {
        let digit = octet.is_ascii_digit().then(|| u64::from(octet - b'0'))?;
        Some(sum.saturating_mul(10).saturating_add(digit))
    })
}

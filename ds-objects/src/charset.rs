//! From octets and a `CHARSET` label to text.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Decodes without guessing: by the label if there is one, else UTF-8. `None` if the octets do not fit or the label is
/// unknown, so that the caller can keep the octets.
pub(crate) fn decode_strict<'a>(bytes: &'a [u8], label: Option<&str>) -> Option<Cow<'a, str>> {
    if is_utf_8(label) {
        return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    let encoding = by_label(label?)?;
    encoding.decode_without_bom_handling_and_without_replacement(bytes)
}

/// Whether a label is missing or the usual one.
pub(crate) fn is_utf_8(label: Option<&str>) -> bool {
    label.is_none_or(|label| label.eq_ignore_ascii_case("UTF-8"))
}

/// Decodes for people to read: by the label if the octets fit it, else as UTF-8, else with replacement characters or,
/// without a usable label, as windows-1252, in which every octet is a character.
pub(crate) fn decode_lenient<'a>(bytes: &'a [u8], label: Option<&str>) -> Cow<'a, str> {
    if let Some(text) = decode_strict(bytes, label) {
        return text;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let encoding = label
        .and_then(by_label)
        .filter(|encoding| *encoding != UTF_8)
        .unwrap_or(WINDOWS_1252);
    encoding.decode_without_bom_handling(bytes).0
}

/// Text for octets that should be ASCII, such as names: UTF-8, or else one character per octet, so that different octets
/// never become the same text.
pub(crate) fn decode_name(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

fn by_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    // Written by some phones for "the code page of the PC", which in practice is the western one.
    if label.eq_ignore_ascii_case("ANSI") {
        return Some(WINDOWS_1252);
    }
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_never_invents_characters() {
        assert_eq!(
            decode_strict(b"\xFC", Some("ISO-8859-1")).as_deref(),
            Some("ü")
        );
        assert_eq!(decode_strict(b"\xFC", Some("ansi")).as_deref(), Some("ü"));
        assert_eq!(decode_strict("ü".as_bytes(), None).as_deref(), Some("ü"));
        assert_eq!(decode_strict(b"\xFC", None), None);
        assert_eq!(decode_strict(b"\xFC", Some("UTF-8")), None);
        assert_eq!(decode_strict(b"x", Some("UTF-7")), None);
        assert_eq!(
            decode_strict(b"\x8B\xC6", Some("Shift_JIS")).as_deref(),
            Some("業")
        );
    }

    #[test]
    fn lenient_always_answers() {
        assert_eq!(decode_lenient(b"M\xFCller", None), "Müller");
        assert_eq!(decode_lenient(b"M\xFCller", Some("UTF-8")), "Müller");
        assert_eq!(
            decode_lenient("Müller".as_bytes(), Some("X-UNKNOWN")),
            "Müller"
        );
    }
}

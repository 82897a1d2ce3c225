//! Escapes and structure of values.

use std::borrow::Cow;

use crate::format::Dialect;

/// Splits a raw value at separators that are not escaped.
///
/// In the old family a backslash before the separator escapes it, whatever stands before the backslash; in the other
/// one a backslash takes the next character with it, so that `\\\\;` ends a component.
pub(crate) fn split(raw: &[u8], separator: u8, dialect: Dialect) -> impl Iterator<Item = &[u8]> {
    let mut escaped = false;
    raw.split(move |byte| {
        let was_escaped = escaped;
        escaped = *byte == b'\\' && (dialect == Dialect::Old || !was_escaped);
        *byte == separator && !was_escaped
    })
}

/// Is escaped in a value of one of the families, or may be.
pub(crate) const ESCAPED: u8 = BACKSLASH | CONTROL | 4;
const BACKSLASH: u8 = 1;
/// Begins a control character.
pub(crate) const CONTROL: u8 = 2;
/// Is quoted, escaped or forbidden in a value of a parameter.
pub(crate) const QUOTED: u8 = 8 | CONTROL;

/// What octets are, one bit for each of the sets above.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut octet = 0;
    while octet < 0x20 {
        classes[octet] = CONTROL;
        octet += 1;
    }
    classes[0x7F] = CONTROL;
    // The second block of controls in Unicode begins so, as do other characters.
    classes[0xC2] = CONTROL;
    classes[b'\\' as usize] = BACKSLASH;
    classes[b';' as usize] = 4 | 8;
    classes[b',' as usize] = 4 | 8;
    classes[b':' as usize] = 8;
    classes[b'^' as usize] = 8;
    classes[b'"' as usize] = 8;
    classes
};

/// Whether an octet is in none of some sets.
pub(crate) fn is_plain(octet: u8, sets: u8) -> bool {
    CLASSES
        .get(usize::from(octet))
        .is_some_and(|class| class & sets == 0)
}

/// Takes escapes out of decoded text and turns every line break into LF.
///
/// The old family escapes only the semicolon; a backslash before anything else is a character there.
pub(crate) fn unescape(text: Cow<'_, str>, dialect: Dialect) -> Cow<'_, str> {
    if memchr::memchr2(b'\\', b'\r', text.as_bytes()).is_none() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\\' => match (dialect, chars.peek()) {
                (_, Some(';')) | (Dialect::MimeDir, Some('\\' | ',')) => out.extend(chars.next()),
                (Dialect::MimeDir, Some('n' | 'N')) => {
                    chars.next();
                    out.push('\n');
                }
                _ => out.push('\\'),
            },
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Escapes text for a value. Line breaks become `\n` in the MIME-DIR family and CR LF, to be quoted-printable encoded,
/// in the old one.
pub(crate) fn escape(text: &str, dialect: Dialect) -> String {
    let mut out = Vec::with_capacity(text.len());
    escape_into(text, dialect, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

/// The same, appended.
pub(crate) fn escape_into(text: &str, dialect: Dialect, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| !is_plain(b, ESCAPED)) {
        let (plain, special) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.extend_from_slice(plain.as_bytes());
        let mut chars = special.chars();
        let Some(c) = chars.next() else { return };
        rest = chars.as_str();
        match (c, dialect) {
            ('\r' | '\n', _) => {
                if c == '\r' {
                    rest = rest.strip_prefix('\n').unwrap_or(rest);
                }
                out.extend_from_slice(match dialect {
                    Dialect::MimeDir => b"\\n",
                    Dialect::Old => b"\r\n",
                });
            }
            (';', _) | ('\\' | ',', Dialect::MimeDir) => {
                out.push(b'\\');
                push_char(c, out);
            }
            // Controls cannot stand in a MIME-DIR line [RFC 5545 §3.1]; the old family quotes them.
            (c, Dialect::MimeDir) if c.is_control() && c != '\t' => {}
            (c, _) => push_char(c, out),
        }
    }
    out.extend_from_slice(rest.as_bytes());
}

fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_respects_escapes() {
        let parts = |dialect| split(br"a\;b;c\\;;", b';', dialect).collect::<Vec<_>>();
        assert_eq!(parts(Dialect::MimeDir), [&br"a\;b"[..], br"c\\", b"", b""]);
        assert_eq!(parts(Dialect::Old), [&br"a\;b"[..], br"c\\;", b""]);
    }

    #[test]
    fn unescape_by_family() {
        let raw = r"a\;b\,c\\n\nd\N\x\";
        assert_eq!(unescape(raw.into(), Dialect::MimeDir), "a;b,c\\n\nd\n\\x\\");
        assert_eq!(unescape(raw.into(), Dialect::Old), r"a;b\,c\\n\nd\N\x\");
        assert_eq!(unescape("a\r\nb\rc\nd".into(), Dialect::Old), "a\nb\nc\nd");
    }

    #[test]
    fn escape_is_undone_by_unescape() {
        for text in ["a;b,c\\d\ne", "C:\\new; x", "", "\n\n", "\\", "ü\tü"] {
            assert_eq!(
                unescape(escape(text, Dialect::MimeDir).into(), Dialect::MimeDir),
                text
            );
        }
        assert_eq!(
            unescape(escape("a;b,c\\d\ne", Dialect::Old).into(), Dialect::Old),
            "a;b,c\\d\ne"
        );
        assert_eq!(escape("a\u{1}b\r\nc", Dialect::MimeDir), "ab\\nc");
    }
}

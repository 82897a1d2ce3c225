//! Character data: line ends, references, escapes.

use std::borrow::Cow;

use memchr::memchr;

use crate::error::ErrorKind;

/// Whether text holds nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether XML can carry this text.
pub(super) fn is_legal(text: &str) -> bool {
    // A byte of each kind: controls that are not white space, first bytes of noncharacters. Without
    // branches, so that the compiler looks at many bytes at once.
    let look = |(control, first): (u8, u8), byte: &u8| {
        let white = (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r');
        let is_control = u8::from((*byte < b' ') & !white);
        (control | is_control, first | u8::from(*byte == 0xEF))
    };
    let (blocks, rest) = text.as_bytes().as_chunks::<64>();
    let mut seen = rest.iter().fold((0, 0), look);
    for block in blocks {
        seen = block.iter().fold(seen, look);
    }
    let (control, first) = seen;
    if control != 0 {
        return false;
    }
    first == 0 || !text.contains(['\u{FFFE}', '\u{FFFF}'])
}

/// Gives the parts of text with its line ends as LF, as XML demands of what stands literally in a
/// document. A few CRs before an LF are one line end together: a server is known to write CR CR LF.
pub(super) fn normalize<'a>(text: &'a str, mut push: impl FnMut(&'a str)) {
    let bytes = text.as_bytes();
    // Where the part begins that has not been given.
    let mut from = 0;
    let mut at = 0;
    while let Some(len) = memchr(b'\r', bytes.get(at..).unwrap_or_default()) {
        let first = at + len;
        at = first + 1;
        while bytes.get(at) == Some(&b'\r') {
            at += 1;
        }
        push(text.get(from..first).unwrap_or_default());
        from = at;
        if bytes.get(at) != Some(&b'\n') {
            (first..at).for_each(|_| push("\n"));
        }
    }
    push(text.get(from..).unwrap_or_default());
}

/// What `&name;` stands for; `None` for an entity that is not predefined, which stands for itself.
pub(super) fn resolve_reference(name: &str) -> Result<Option<char>, ErrorKind> {
    Ok(Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "apos" => '\'',
        "quot" => '"',
        _ => match name.strip_prefix('#') {
            Some(number) => character(number)?,
            None => return Ok(None),
        },
    }))
}

/// The value of an attribute: white space as spaces, references resolved. What is no proper
/// reference stands for itself.
pub(super) fn attribute_value(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '\t', '\r', '\n']) {
        return Cow::Borrowed(value);
    }
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find(['&', '\t', '\r', '\n']) {
        let (text, special) = rest.split_at(at);
        out.push_str(text);
        let reference = special.strip_prefix('&').and_then(|name| {
            let end = name.find([';', '&'])?;
            let after = name[end..].strip_prefix(';')?;
            Some((resolve_reference(&name[..end]).ok()??, after))
        });
        rest = match reference {
            Some((character, after)) => {
                out.push(character);
                after
            }
            None => {
                out.push(if special.starts_with('&') { '&' } else { ' ' });
                let after = special.strip_prefix("\r\n");
                after.unwrap_or_else(|| special.get(1..).unwrap_or_default())
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character with this number, decimal or after an `x` hexadecimal.
fn character(number: &str) -> Result<char, ErrorKind> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // `from_str_radix` takes a sign.
    let code = match digits.as_bytes().first() {
        Some(first) if first.is_ascii_alphanumeric() => u32::from_str_radix(digits, radix).ok(),
        _ => None,
    };
    let code = code.unwrap_or(u32::MAX);
    char::from_u32(code)
        .filter(|&c| c != '\0')
        .ok_or(ErrorKind::Character(code))
}

/// Bytes looked at in one go.
const BLOCK: usize = 32;

/// Whether text can hold this byte only after a closer look: controls but for LF, markup, and the
/// first byte of U+FFFE and U+FFFF, among others.
const fn is_special(byte: u8) -> bool {
    // Without branches, so that the compiler looks at many bytes at once.
    ((byte < b' ') & (byte != b'\n')) | (byte & !2 == b'<') | (byte == b'&') | (byte == 0xEF)
}

/// Appends text with its markup characters escaped; `false` if XML cannot carry it, and then what
/// has been appended is not all.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str) -> bool {
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let mut done = 0;
    let mut from = 0;
    while from < bytes.len() {
        let rest = &bytes[from..];
        let block = rest.first_chunk::<BLOCK>().copied().unwrap_or_else(|| {
            let mut block = [b' '; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            block
        });
        let marks = block.map(|byte| u8::from(is_special(byte)));
        let (words, _) = marks.as_chunks();
        for (i, word) in words.iter().enumerate() {
            let mut word = u64::from_le_bytes(*word);
            while word != 0 {
                let at = from + i * 8 + word.trailing_zeros() as usize / 8;
                word &= word - 1;
                let escape: &[u8] = match bytes[at] {
                    b'\t' => continue,
                    b'<' => b"&lt;",
                    b'>' => b"&gt;",
                    b'&' => b"&amp;",
                    b'\r' => b"&#13;",
                    0xEF if !matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])) => {
                        continue;
                    }
                    _ => return false,
                };
                out.extend_from_slice(&bytes[done..at]);
                out.extend_from_slice(escape);
                done = at + 1;
            }
        }
        from += BLOCK;
    }
    out.extend_from_slice(&bytes[done..]);
    true
}

/// Octets as text, if XML can carry them as such: UTF-8 without control characters other than
/// white space, and without U+FFFE and U+FFFF.
///
/// ```
/// use syncml_wbxml::xml;
///
/// assert_eq!(xml::text(b"BEGIN:VCARD\r\n"), Some("BEGIN:VCARD\r\n"));
/// assert_eq!(xml::text(b"\0"), None);
/// assert_eq!(xml::text(b"\xFF"), None);
/// ```
#[must_use]
pub fn text(octets: &[u8]) -> Option<&str> {
    simdutf8::basic::from_utf8(octets)
        .ok()
        .filter(|text| is_legal(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends() {
        for (text, expected) in [
            ("a\r\nb\rc\nd", "a\nb\nc\nd"),
            ("\r", "\n"),
            ("\r\r", "\n\n"),
            ("\r\n\r\n\n", "\n\n\n"),
            ("a\r\r\nb\r\r\r\n\r", "a\nb\n\n"),
        ] {
            let mut out = String::new();
            normalize(text, |part| out.push_str(part));
            assert_eq!(out, expected, "{text:?}");
        }
    }

    #[test]
    fn references() {
        assert_eq!(resolve_reference("amp"), Ok(Some('&')));
        assert_eq!(resolve_reference("#13"), Ok(Some('\r')));
        assert_eq!(resolve_reference("#x20AC"), Ok(Some('€')));
        assert_eq!(resolve_reference("EQ"), Ok(None));
        for bad in [
            "#",
            "#x",
            "#0",
            "#xD800",
            "#x110000",
            "#+13",
            "#99999999999",
            "#1 ",
        ] {
            assert!(
                matches!(resolve_reference(bad), Err(ErrorKind::Character(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn attribute_values() {
        for (value, expected) in [
            ("a&amp;b&#x41;&lt;", "a&bA<"),
            ("?a=1&b=2&#0;&c", "?a=1&b=2&#0;&c"),
            ("&a&amp;", "&a&"),
            ("a\tb\nc\r\nd\re&#10;", "a b c d e\n"),
        ] {
            assert_eq!(attribute_value(value), expected);
        }
        assert!(matches!(attribute_value("urn:x"), Cow::Borrowed(_)));
    }

    fn escaped(text: &str) -> Option<String> {
        let mut out = Vec::new();
        push_escaped(&mut out, text).then(|| String::from_utf8(out).unwrap())
    }

    #[test]
    fn escapes() {
        assert_eq!(
            escaped("a<b>&c\r\n\"é'").as_deref(),
            Some("a&lt;b&gt;&amp;c&#13;\n\"é'")
        );
        assert_eq!(
            escaped("\u{FFFD}\u{FEFF}").as_deref(),
            Some("\u{FFFD}\u{FEFF}")
        );
        for bad in ["\0", "\u{8}", "\u{1F}", "a\u{FFFE}", "\u{FFFF}"] {
            assert_eq!(escaped(bad), None, "{bad:?}");
        }
        for c in ('\0'..'\u{100}').chain('\u{FFF0}'..='\u{10010}') {
            let text = c.to_string();
            assert_eq!(is_legal(&text), escaped(&text).is_some(), "{c:?}");
        }
    }
}

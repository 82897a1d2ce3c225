//! Character data: line ends, references, escapes.

use std::borrow::Cow;

use crate::error::ErrorKind;

/// Whether text holds nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes()
        .all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Whether XML can carry this text.
pub(super) fn is_legal(text: &str) -> bool {
    text.chars().all(|c| !matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}'))
}

/// Turns CR LF and CR into LF, as XML demands of what stands literally in a document.
pub(super) fn normalize(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.as_bytes().contains(&b'\r') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = &*text;
    while let Some(at) = rest.find('\r') {
        out.push_str(&rest[..at]);
        out.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Appends what `&name;` stands for; an entity that is not predefined stands for itself.
pub(super) fn push_reference(out: &mut String, name: &str) -> Result<(), ErrorKind> {
    match name {
        "lt" => out.push('<'),
        "gt" => out.push('>'),
        "amp" => out.push('&'),
        "apos" => out.push('\''),
        "quot" => out.push('"'),
        _ => match name.strip_prefix('#') {
            Some(number) => out.push(character(number)?),
            None => {
                out.push('&');
                out.push_str(name);
                out.push(';');
            }
        },
    }
    Ok(())
}

/// An attribute value with its references resolved, if it has any. What is no proper reference
/// stands for itself.
pub(super) fn unescape(value: &str) -> Option<String> {
    let (head, mut rest) = value.split_once('&')?;
    let mut out = head.to_owned();
    loop {
        let after = match rest.split_once(';') {
            Some((name, after)) if push_reference(&mut out, name).is_ok() => after,
            _ => {
                out.push('&');
                rest
            }
        };
        let Some((text, next)) = after.split_once('&') else {
            out.push_str(after);
            return Some(out);
        };
        out.push_str(text);
        rest = next;
    }
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

/// What a byte of text means for writing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Escape,
    /// First byte of U+FFFE and U+FFFF, among others.
    Check,
    Illegal,
}

const CLASSES: [Class; 256] = {
    let mut classes = [Class::Plain; 256];
    let mut i = 0;
    while i < 0x20 {
        classes[i] = Class::Illegal;
        i += 1;
    }
    classes[b'\t' as usize] = Class::Plain;
    classes[b'\n' as usize] = Class::Plain;
    classes[b'\r' as usize] = Class::Escape;
    classes[b'<' as usize] = Class::Escape;
    classes[b'>' as usize] = Class::Escape;
    classes[b'&' as usize] = Class::Escape;
    classes[0xEF] = Class::Check;
    classes
};

/// Appends text with its markup characters escaped; `false` if XML cannot carry it, and then what
/// has been appended is not all.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &str) -> bool {
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let mut done = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match CLASSES[usize::from(byte)] {
            Class::Plain => continue,
            Class::Check if matches!(bytes.get(i + 1..i + 3), Some([0xBF, 0xBE | 0xBF])) => {
                return false;
            }
            Class::Check => continue,
            Class::Illegal => return false,
            Class::Escape => match byte {
                b'<' => b"&lt;",
                b'>' => b"&gt;",
                b'&' => b"&amp;",
                _ => b"&#13;",
            },
        };
        out.extend_from_slice(&bytes[done..i]);
        out.extend_from_slice(escape);
        done = i + 1;
    }
    out.extend_from_slice(&bytes[done..]);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends() {
        assert_eq!(normalize("a\r\nb\rc\nd\r\r\n".into()), "a\nb\nc\nd\n\n");
        assert!(matches!(normalize("a\nb".into()), Cow::Borrowed(_)));
    }

    fn reference(name: &str) -> Result<String, ErrorKind> {
        let mut out = String::new();
        push_reference(&mut out, name).map(|()| out)
    }

    #[test]
    fn references() {
        assert_eq!(reference("amp").as_deref(), Ok("&"));
        assert_eq!(reference("#13").as_deref(), Ok("\r"));
        assert_eq!(reference("#x20AC").as_deref(), Ok("€"));
        assert_eq!(reference("EQ").as_deref(), Ok("&EQ;"));
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
                matches!(reference(bad), Err(ErrorKind::Character(_))),
                "{bad}"
            );
        }
    }

    #[test]
    fn attribute_values() {
        assert_eq!(unescape("urn:x"), None);
        assert_eq!(unescape("a&amp;b&#x41;&lt;").as_deref(), Some("a&bA<"));
        assert_eq!(
            unescape("?a=1&b=2&#0;&c").as_deref(),
            Some("?a=1&b=2&#0;&c")
        );
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

//! Where the pieces of a document begin and end.

use core::ops::Range;

use memchr::{memchr, memchr2, memchr3};

pub(super) const CDATA: &[u8] = b"<![CDATA[";

/// What comes next inside of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Characters as they stand, and where the next piece begins.
    Text(Range<usize>),
    /// The content of a CDATA section.
    CData(Range<usize>),
    /// The name in `&name;`.
    Reference(Range<usize>),
    /// `</`
    End,
    /// `<!` or `<?`: no content.
    Aside,
    /// `<`
    Start,
    /// A CDATA section without an end, or nothing at all.
    Truncated,
}

impl Piece {
    /// The piece at an offset.
    #[inline]
    pub(super) fn at(bytes: &[u8], at: usize) -> Self {
        let rest = bytes.get(at..).unwrap_or_default();
        match rest {
            [b'<', b'/', ..] => Self::End,
            [b'<', b'!' | b'?', ..] => match rest.strip_prefix(CDATA) {
                Some(content) => {
                    let from = at + CDATA.len();
                    cdata_len(content).map_or(Self::Truncated, |len| Self::CData(from..from + len))
                }
                None => Self::Aside,
            },
            [b'<', ..] => Self::Start,
            // An ampersand that no semicolon answers stands for itself.
            [b'&', more @ ..] => match memchr3(b';', b'&', b'<', more) {
                Some(len) if more[len] == b';' => Self::Reference(at + 1..at + 1 + len),
                Some(len) => Self::Text(at..at + 1 + len),
                None => Self::Text(at..bytes.len()),
            },
            [_, ..] => {
                Self::Text(at..memchr2(b'<', b'&', rest).map_or(bytes.len(), |len| at + len))
            }
            [] => Self::Truncated,
        }
    }

    /// Where the next piece begins.
    pub(super) const fn next(&self) -> Option<usize> {
        match self {
            Self::Text(range) => Some(range.end),
            Self::CData(range) => Some(range.end + "]]>".len()),
            Self::Reference(range) => Some(range.end + 1),
            Self::End | Self::Aside | Self::Start | Self::Truncated => None,
        }
    }
}

/// Bytes before `]]>`.
fn cdata_len(content: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        from += memchr(b']', content.get(from..)?)?;
        if content[from..].starts_with(b"]]>") {
            return Some(from);
        }
        from += 1;
    }
}

/// Bytes before the `>` that ends a tag; in quotes it does not.
pub(super) fn tag_len(rest: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        from += memchr3(b'>', b'"', b'\'', rest.get(from..)?)?;
        let quote = rest[from];
        if quote == b'>' {
            return Some(from);
        }
        from += 1;
        from += memchr(quote, rest.get(from..)?)? + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces() {
        for (text, piece, next) in [
            ("</a>", Piece::End, None),
            ("<a>", Piece::Start, None),
            ("<", Piece::Start, None),
            ("<!--", Piece::Aside, None),
            ("<![CDATA", Piece::Aside, None),
            ("<![CDATA[a]]", Piece::Truncated, None),
            ("<![CDATA[]]]>]]>", Piece::CData(9..10), Some(13)),
            ("<?", Piece::Aside, None),
            ("", Piece::Truncated, None),
            ("a<", Piece::Text(0..1), Some(1)),
            ("a", Piece::Text(0..1), Some(1)),
            ("&amp;", Piece::Reference(1..4), Some(5)),
            ("&;", Piece::Reference(1..1), Some(2)),
            ("&a&b;", Piece::Text(0..2), Some(2)),
            ("&a<;", Piece::Text(0..2), Some(2)),
            ("&", Piece::Text(0..1), Some(1)),
        ] {
            let found = Piece::at(text.as_bytes(), 0);
            assert_eq!(found, piece, "{text}");
            assert_eq!(found.next(), next, "{text}");
        }
    }

    #[test]
    fn ends_of_tags() {
        for (text, len) in [
            ("a>", Some(1)),
            (">", Some(0)),
            ("a b='>' c=\"'>\">", Some(14)),
            ("a b='>", None),
            ("a", None),
            ("'", None),
        ] {
            assert_eq!(tag_len(text.as_bytes()), len, "{text}");
        }
    }
}

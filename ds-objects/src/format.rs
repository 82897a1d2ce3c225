//! Which format, and which of the two lexical families it belongs to.

use crate::media_type;

/// Lexical family of a format: how lines are folded, values escaped and parameters written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the two families are history; a third would be another lexer"
)]
pub enum Dialect {
    /// vCard 2.1, vCalendar 1.0, vNote and vBookmark: bare parameters, quoted-printable, base64 blocks, folding only at blanks.
    Old,
    /// vCard 3.0, vCard 4.0 and iCalendar 2.0 [RFC 2425 §5.8]: `NAME=value` parameters, backslash escapes, folding
    /// anywhere.
    MimeDir,
}

/// Format and version of an object, as its own `BEGIN` and `VERSION` lines tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// vCard 2.1 (versit 1996), `text/x-vcard`.
    VCard21,
    /// vCard 3.0 [RFC 2426], `text/vcard`.
    VCard30,
    /// vCard 4.0 [RFC 6350], `text/vcard`.
    VCard40,
    /// vCalendar 1.0 (versit 1996), `text/x-vcalendar`.
    VCalendar10,
    /// iCalendar 2.0 [RFC 5545], `text/calendar`.
    ICalendar20,
    /// vNote 1.1 (IrMC 1999), `text/x-vnote`.
    VNote11,
    /// vBookmark 1.0, `text/x-vbookmark`.
    VBookmark10,
}

impl Format {
    /// Format of the content by its first `BEGIN` and its outer `VERSION`; `None` if it is none of ours or does not
    /// state a version that exists.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let outline = Outline::read(bytes)?;
        match outline.kind {
            Kind::Card | Kind::Calendar => Self::of(outline.kind, outline.version?),
            Kind::Note | Kind::Bookmark => Self::of(outline.kind, b""),
        }
    }

    /// Format of content that came with a declared media type.
    ///
    /// The content outranks the declaration; the declaration only fills in for a missing `VERSION`. `None` if the
    /// content is neither a card nor a calendar, or nothing says which version it is.
    #[must_use]
    pub fn detect(declared: &str, bytes: &[u8]) -> Option<Self> {
        let outline = Outline::read(bytes)?;
        if let Some(version) = outline.version {
            return Self::of(outline.kind, version);
        }
        match (outline.kind, media_type::essence(declared).as_str()) {
            (Kind::Card, media_type::VCARD_OLD) => Some(Self::VCard21),
            (Kind::Card, media_type::VCARD | media_type::DIRECTORY) => Some(Self::VCard30),
            (Kind::Calendar, media_type::VCALENDAR) => Some(Self::VCalendar10),
            (Kind::Calendar, media_type::ICALENDAR) => Some(Self::ICalendar20),
            (Kind::Note, _) => Some(Self::VNote11),
            (Kind::Bookmark, _) => Some(Self::VBookmark10),
            _ => None,
        }
    }

    fn of(kind: Kind, version: &[u8]) -> Option<Self> {
        match (kind, version) {
            (Kind::Card, b"2.1") => Some(Self::VCard21),
            (Kind::Card, b"3.0") => Some(Self::VCard30),
            (Kind::Card, b"4.0") => Some(Self::VCard40),
            (Kind::Calendar, b"1.0") => Some(Self::VCalendar10),
            (Kind::Calendar, b"2.0") => Some(Self::ICalendar20),
            // There is one version each; what a phone calls it makes no difference.
            (Kind::Note, _) => Some(Self::VNote11),
            (Kind::Bookmark, _) => Some(Self::VBookmark10),
            _ => None,
        }
    }

    /// Lexical family.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        match self {
            Self::VCard21 | Self::VCalendar10 | Self::VNote11 | Self::VBookmark10 => Dialect::Old,
            Self::VCard30 | Self::VCard40 | Self::ICalendar20 => Dialect::MimeDir,
        }
    }

    /// Name of its outermost component.
    pub(crate) const fn component(self) -> &'static str {
        match self {
            Self::VCard21 | Self::VCard30 | Self::VCard40 => "VCARD",
            Self::VCalendar10 | Self::ICalendar20 => "VCALENDAR",
            Self::VNote11 => "VNOTE",
            Self::VBookmark10 => "VBKM",
        }
    }

    /// Media type to declare for it.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::VCard21 => media_type::VCARD_OLD,
            Self::VCard30 | Self::VCard40 => media_type::VCARD,
            Self::VCalendar10 => media_type::VCALENDAR,
            Self::ICalendar20 => media_type::ICALENDAR,
            Self::VNote11 => media_type::VNOTE,
            Self::VBookmark10 => media_type::VBOOKMARK,
        }
    }

    /// Value of its `VERSION` property, also `VerCT` in device information.
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::VCard21 => "2.1",
            Self::VCard30 => "3.0",
            Self::VCard40 => "4.0",
            Self::VCalendar10 | Self::VBookmark10 => "1.0",
            Self::VNote11 => "1.1",
            Self::ICalendar20 => "2.0",
        }
    }

    /// True for the three vCard versions.
    #[must_use]
    pub const fn is_card(self) -> bool {
        matches!(self, Self::VCard21 | Self::VCard30 | Self::VCard40)
    }

    /// True for the two calendars.
    #[must_use]
    pub const fn is_calendar(self) -> bool {
        matches!(self, Self::VCalendar10 | Self::ICalendar20)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Card,
    Calendar,
    Note,
    Bookmark,
}

const KINDS: [(&[u8], Kind); 4] = [
    (b"VCARD", Kind::Card),
    (b"VCALENDAR", Kind::Calendar),
    (b"VNOTE", Kind::Note),
    (b"VBKM", Kind::Bookmark),
];

/// What `BEGIN` and the outer `VERSION` say, read without knowing the dialect yet.
struct Outline<'a> {
    kind: Kind,
    version: Option<&'a [u8]>,
}

impl<'a> Outline<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut lines = bytes
            .split(|b| matches!(b, b'\r' | b'\n'))
            .filter(|line| !line.is_empty());
        let (name, value) = name_and_value(lines.next()?)?;
        if !name.eq_ignore_ascii_case(b"BEGIN") {
            return None;
        }
        let (_, kind) = KINDS
            .iter()
            .find(|(name, _)| value.eq_ignore_ascii_case(name))?;
        let mut depth = 1_usize;
        for line in lines {
            // The first letter decides for nearly every line, so that photos cost little.
            let Some((name, value)) = line
                .first()
                .filter(|b| b"BbEeVv".contains(b))
                .and_then(|_| name_and_value(line))
            else {
                continue;
            };
            if name.eq_ignore_ascii_case(b"BEGIN") {
                depth += 1;
            } else if name.eq_ignore_ascii_case(b"END") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            } else if depth == 1 && name.eq_ignore_ascii_case(b"VERSION") {
                return Some(Self {
                    kind: *kind,
                    version: Some(value),
                });
            }
        }
        Some(Self {
            kind: *kind,
            version: None,
        })
    }
}

/// Splits a line at the first colon; parameters are cut from the name, blanks from the value.
fn name_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|b| *b == b':')?;
    let (head, value) = line.split_at(colon);
    let name = head.split(|b| *b == b';').next()?;
    Some((name.trim_ascii(), value.get(1..)?.trim_ascii()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_decides_and_declaration_fills_in() {
        let card = b"\xEF\xBB\xBF\r\n\r\nbegin:vcard\r\nVersion: 2.1 \r\nend:vcard\r\n";
        assert_eq!(Format::sniff(card), Some(Format::VCard21));
        assert_eq!(Format::detect("text/vcard", card), Some(Format::VCard21));
        let bare = b"BEGIN:VCARD\nFN:x\nEND:VCARD\n";
        assert_eq!(Format::sniff(bare), None);
        assert_eq!(
            Format::detect("Text/X-vCard; charset=utf-8", bare),
            Some(Format::VCard21)
        );
        assert_eq!(
            Format::detect("text/directory;profile=vCard", bare),
            Some(Format::VCard30)
        );
        assert_eq!(Format::detect("text/calendar", bare), None);
    }

    #[test]
    fn version_of_a_nested_card_is_not_taken() {
        let card =
            b"BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nEND:VCARD\nVERSION:3.0\nEND:VCARD\n";
        assert_eq!(Format::sniff(card), Some(Format::VCard30));
        let unversioned = b"BEGIN:VCARD\nEND:VCARD\nVERSION:3.0\n";
        assert_eq!(Format::sniff(unversioned), None);
    }

    #[test]
    fn foreign_content_is_none() {
        for bytes in [
            &b""[..],
            b"hello",
            b"BEGIN:VMSG\nVERSION:1.1\n",
            b"<File/>",
            b"BEGIN\nVCARD",
            b"\xFF\xFE",
        ] {
            assert_eq!(Format::sniff(bytes), None);
        }
        assert_eq!(
            Format::sniff(b"BEGIN:VCARD\nVERSION:9.9\nEND:VCARD\n"),
            None
        );
    }
}

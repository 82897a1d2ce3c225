//! Numbers for media types: the WSP well-known content types as OMNA registers them.

use std::fmt;

/// Media type of a sync request as a number, `content-type`, 24 bits. Unknown numbers are legal.
///
/// A hint only: the server URI decides which datastore is meant. Some receivers keep just the lowest byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentType(u32);

impl ContentType {
    /// 0: none stated, also for types without a number such as `text/vcard`.
    pub const UNSPECIFIED: Self = Self(0);

    /// The number; `None` if it needs more than 24 bits.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number < 1 << 24 {
            Some(Self(number))
        } else {
            None
        }
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Media type with this number, if we know it.
    ///
    /// ```
    /// use san::ContentType;
    /// assert_eq!(ContentType::new(7).and_then(ContentType::media_type), Some("text/x-vcard"));
    /// assert_eq!(ContentType::UNSPECIFIED.media_type(), None);
    /// ```
    #[must_use]
    pub fn media_type(self) -> Option<&'static str> {
        TABLE
            .iter()
            .find(|(number, _)| *number == self.0)
            .map(|(_, name)| *name)
    }

    /// Number of a media type, case and parameters ignored; [`UNSPECIFIED`](Self::UNSPECIFIED) if it has none.
    ///
    /// `text/vcard` has no number of its own and is sent as `text/x-vcard`, which peers understand.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Self {
        let full: String = media_type.chars().filter(|c| !c.is_whitespace()).collect();
        let essence = full.split(';').next().unwrap_or_default();
        let wanted = if essence.eq_ignore_ascii_case("text/vcard") {
            "text/x-vcard"
        } else {
            essence
        };
        TABLE
            .iter()
            .find(|(_, name)| name.eq_ignore_ascii_case(&full))
            .or_else(|| {
                TABLE
                    .iter()
                    .find(|(_, name)| name.eq_ignore_ascii_case(wanted))
            })
            .map_or(Self::UNSPECIFIED, |(number, _)| Self(*number))
    }

    pub(crate) const fn from_bytes([a, b, c]: [u8; 3]) -> Self {
        Self(u32::from_be_bytes([0, a, b, c]))
    }

    pub(crate) const fn to_bytes(self) -> [u8; 3] {
        let [_, a, b, c] = self.0.to_be_bytes();
        [a, b, c]
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.media_type() {
            Some(name) => f.write_str(name),
            None => write!(f, "0x{:04X}", self.0),
        }
    }
}

/// Media types a notification or a WAP push header can name.
const TABLE: [(u32, &str); 26] = [
    (0x03, "text/plain"),
    (0x06, "text/x-vcalendar"),
    (0x07, "text/x-vcard"),
    (0x2D, "text/vnd.wap.si"),
    (0x2E, "application/vnd.wap.sic"),
    (0x2F, "text/vnd.wap.sl"),
    (0x30, "application/vnd.wap.slc"),
    (0x35, "text/vnd.wap.connectivity-xml"),
    (0x36, "application/vnd.wap.connectivity-wbxml"),
    (0x42, "application/vnd.syncml.dm+wbxml"),
    (0x43, "application/vnd.syncml.dm+xml"),
    (0x44, "application/vnd.syncml.notification"),
    (0x4E, "application/vnd.syncml.ds.notification"),
    (0x55, "text/x-vmessage"),
    (0x56, "application/vnd.omads-email+wbxml"),
    (0x57, "text/x-vbookmark"),
    (0x58, "application/vnd.syncml.dm.notification"),
    (0x0302, "application/vnd.syncml+xml"),
    (0x0303, "application/vnd.syncml+wbxml"),
    (0x0304, "text/vnd.wap.emn+xml"),
    (0x0305, "text/calendar"),
    (0x0306, "application/vnd.omads-email+xml"),
    (0x0307, "application/vnd.omads-file+xml"),
    (0x0308, "application/vnd.omads-folder+xml"),
    (0x0309, "text/directory;profile=vCard"),
    (0x030A, "application/vnd.wap.emn+wbxml"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn san_004_numbers_and_names_both_ways() {
        for (number, name) in TABLE {
            let code = ContentType::new(number).expect("24 bits");
            assert_eq!(code.media_type(), Some(name));
            assert_eq!(
                ContentType::from_media_type(&name.to_ascii_uppercase()),
                code
            );
            assert_eq!(ContentType::from_bytes(code.to_bytes()), code);
        }
        for (name, number) in [
            ("text/x-vCard; charset=utf-8", 7),
            ("text/vcard", 7),
            ("text/calendar", 0x0305),
            ("text/directory; profile=vCard", 0x0309),
            ("text/directory", 0),
            ("image/png", 0),
            ("", 0),
        ] {
            assert_eq!(
                ContentType::from_media_type(name).number(),
                number,
                "{name}"
            );
        }
    }

    #[test]
    fn san_004_unknown_numbers_are_legal() {
        let unknown = ContentType::new(0xABCDEF).expect("24 bits");
        assert_eq!(
            (unknown.media_type(), unknown.to_string()),
            (None, "0xABCDEF".to_owned())
        );
        assert_eq!(unknown.to_bytes(), [0xAB, 0xCD, 0xEF]);
        assert_eq!(ContentType::new(1 << 24), None);
    }
}

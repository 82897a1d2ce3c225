//! Charsets of WBXML strings, by MIBenum.

use alloc::borrow::Cow;

use encoding_rs::Encoding;

/// How the strings of a document are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8, US-ASCII too.
    Utf8,
    /// Two octets for each unit, so that the terminator has two as well.
    Wide(&'static Encoding),
    /// One or more octets for each character, none of them zero.
    Narrow(&'static Encoding),
}

impl Charset {
    /// The charset with this MIBenum; 0 means unknown and is taken for UTF-8.
    pub(crate) fn from_mib(mib: u32) -> Option<Self> {
        use encoding_rs as e;
        Some(match mib {
            0 | 3 | 106 => Self::Utf8,
            1000 | 1013 | 1015 => Self::Wide(e::UTF_16BE),
            1014 => Self::Wide(e::UTF_16LE),
            // Windows-1252 differs from ISO-8859-1 only where the latter has control codes.
            4 | 2252 => Self::Narrow(e::WINDOWS_1252),
            5 => Self::Narrow(e::ISO_8859_2),
            6 => Self::Narrow(e::ISO_8859_3),
            7 => Self::Narrow(e::ISO_8859_4),
            8 => Self::Narrow(e::ISO_8859_5),
            9 => Self::Narrow(e::ISO_8859_6),
            10 => Self::Narrow(e::ISO_8859_7),
            11 => Self::Narrow(e::ISO_8859_8),
            12 | 2254 => Self::Narrow(e::WINDOWS_1254),
            13 => Self::Narrow(e::ISO_8859_10),
            17 => Self::Narrow(e::SHIFT_JIS),
            18 => Self::Narrow(e::EUC_JP),
            38 => Self::Narrow(e::EUC_KR),
            111 => Self::Narrow(e::ISO_8859_15),
            113 | 2025 => Self::Narrow(e::GBK),
            114 => Self::Narrow(e::GB18030),
            2026 => Self::Narrow(e::BIG5),
            2084 => Self::Narrow(e::KOI8_R),
            2250 => Self::Narrow(e::WINDOWS_1250),
            2251 => Self::Narrow(e::WINDOWS_1251),
            2253 => Self::Narrow(e::WINDOWS_1253),
            2255 => Self::Narrow(e::WINDOWS_1255),
            2256 => Self::Narrow(e::WINDOWS_1256),
            2257 => Self::Narrow(e::WINDOWS_1257),
            2258 => Self::Narrow(e::WINDOWS_1258),
            _ => return None,
        })
    }

    /// Octets of the terminator of a string.
    pub(crate) const fn unit(self) -> usize {
        match self {
            Self::Wide(_) => 2,
            Self::Utf8 | Self::Narrow(_) => 1,
        }
    }

    /// Offset of the first terminator in `bytes`.
    pub(crate) fn terminator(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Wide(_) => bytes
                .chunks_exact(2)
                .position(|unit| unit == [0, 0])
                .map(|units| units * 2),
            Self::Utf8 | Self::Narrow(_) => memchr::memchr(0, bytes),
        }
    }

    /// Whether a terminator behind `bytes` would be the first one.
    pub(crate) fn can_terminate(self, bytes: &[u8]) -> bool {
        bytes.len().is_multiple_of(self.unit()) && self.terminator(bytes).is_none()
    }

    /// The text of a string without its terminator; `None` if UTF-8 is broken.
    pub(crate) fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Utf8 => core::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            // With a byte order mark it may be the other order.
            Self::Wide(encoding) => Some(encoding.decode(bytes).0),
            Self::Narrow(encoding) => Some(encoding.decode_without_bom_handling(bytes).0),
        }
    }
}

//! The eight bytes after the digest, and the server identifier behind them.
//!
//! Most significant bit first: version 10, ui-mode 2, initiator 1, future use 27, session id 16, length 8.

use crate::error::{ParseError, ParseErrorKind};

/// Version of the notification, which is that of the protocol meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Version {
    /// 1.0, on the wire 10.
    V1_0,
    /// 1.1, on the wire 11; device management writes this even for its version 1.2.
    V1_1,
    /// 1.2, on the wire 12.
    #[default]
    V1_2,
}

impl Version {
    /// Number on the wire: ten times the version.
    #[must_use]
    pub const fn tenths(self) -> u16 {
        match self {
            Self::V1_0 => 10,
            Self::V1_1 => 11,
            Self::V1_2 => 12,
        }
    }

    /// The version with this number; `None` for numbers nobody defined.
    #[must_use]
    pub const fn from_tenths(tenths: u16) -> Option<Self> {
        match tenths {
            10 => Some(Self::V1_0),
            11 => Some(Self::V1_1),
            12 => Some(Self::V1_2),
            _ => None,
        }
    }
}

/// What the server wants the user to notice, `ui-mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "two bits, all defined")]
pub enum UiMode {
    /// 0: the client decides.
    #[default]
    NotSpecified,
    /// 1: work silently.
    Background,
    /// 2: tell the user.
    Informative,
    /// 3: ask the user.
    UserInteraction,
}

impl UiMode {
    const fn bits(self) -> u8 {
        match self {
            Self::NotSpecified => 0,
            Self::Background => 1,
            Self::Informative => 2,
            Self::UserInteraction => 3,
        }
    }

    const fn from_bits(bits: u8) -> Self {
        match bits & 3 {
            0 => Self::NotSpecified,
            1 => Self::Background,
            2 => Self::Informative,
            _ => Self::UserInteraction,
        }
    }
}

/// Whose wish it is, `initiator`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "one bit, both values defined")]
pub enum Initiator {
    /// 0: something on the client's side caused it.
    User,
    /// 1: the server.
    #[default]
    Server,
}

/// The fixed part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) version: Version,
    pub(crate) ui_mode: UiMode,
    pub(crate) initiator: Initiator,
    pub(crate) session_id: u16,
    pub(crate) server_id_len: u8,
}

/// Size of the fixed part in bytes.
pub(crate) const LEN: usize = 8;

impl Header {
    /// Reads the fixed part; bits for future use are ignored. `position` is where it starts.
    pub(crate) fn read(bytes: [u8; LEN], position: usize) -> Result<Self, ParseError> {
        let [high, low, _, _, _, session_high, session_low, server_id_len] = bytes;
        let tenths = u16::from(high) << 2 | u16::from(low) >> 6;
        let version = Version::from_tenths(tenths)
            .ok_or_else(|| ParseError::new(ParseErrorKind::Version(tenths), position))?;
        Ok(Self {
            version,
            ui_mode: UiMode::from_bits(low >> 4),
            initiator: if low & 0x08 == 0 {
                Initiator::User
            } else {
                Initiator::Server
            },
            session_id: u16::from_be_bytes([session_high, session_low]),
            server_id_len,
        })
    }

    /// Writes the fixed part with zero for future use.
    pub(crate) fn write(self) -> [u8; LEN] {
        let tenths = self.version.tenths();
        let initiator = match self.initiator {
            Initiator::User => 0,
            Initiator::Server => 0x08,
        };
        // No version needs more than four bits, so only the low byte of the number can be set.
        let [_, tenths] = tenths.to_be_bytes();
        let low = (tenths & 3) << 6 | self.ui_mode.bits() << 4 | initiator;
        let [session_high, session_low] = self.session_id.to_be_bytes();
        [
            tenths >> 2,
            low,
            0,
            0,
            0,
            session_high,
            session_low,
            self.server_id_len,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn san_001_bits_are_where_they_belong() {
        let header = Header {
            version: Version::V1_2,
            ui_mode: UiMode::Background,
            initiator: Initiator::Server,
            session_id: 0x1234,
            server_id_len: 3,
        };
        assert_eq!(header.write(), [0x03, 0x18, 0, 0, 0, 0x12, 0x34, 3]);
        let dm = Header {
            version: Version::V1_1,
            ui_mode: UiMode::UserInteraction,
            ..header
        };
        assert_eq!(dm.write()[..2], [0x02, 0xF8]);
        let user = Header {
            version: Version::V1_0,
            ui_mode: UiMode::Informative,
            initiator: Initiator::User,
            ..header
        };
        assert_eq!(user.write()[..2], [0x02, 0xA0]);
    }

    #[test]
    fn san_001_every_combination_comes_back() {
        for version in [Version::V1_0, Version::V1_1, Version::V1_2] {
            for mode in [
                UiMode::NotSpecified,
                UiMode::Background,
                UiMode::Informative,
                UiMode::UserInteraction,
            ] {
                for initiator in [Initiator::User, Initiator::Server] {
                    let header = Header {
                        version,
                        ui_mode: mode,
                        initiator,
                        session_id: 0xFFFE,
                        server_id_len: 255,
                    };
                    let read = Header::read(header.write(), 16).expect("reads");
                    assert_eq!(
                        (read.version, read.ui_mode, read.initiator),
                        (version, mode, initiator)
                    );
                    assert_eq!((read.session_id, read.server_id_len), (0xFFFE, 255));
                }
            }
        }
    }

    #[test]
    fn unknown_versions_are_named() {
        for tenths in [0_u16, 9, 13, 20, 1023] {
            let [high, low] = (tenths << 6).to_be_bytes();
            let error = Header::read([high, low, 0, 0, 0, 0, 0, 0], 16).expect_err("unknown");
            assert_eq!(
                (error.kind(), error.position()),
                (&ParseErrorKind::Version(tenths), 16)
            );
        }
    }
}

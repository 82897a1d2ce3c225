//! What can go wrong, and at which byte.

use std::fmt;

/// Why bytes are not a notification.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {position}")]
pub struct ParseError {
    kind: ParseErrorKind,
    position: usize,
}

/// What is wrong, see [`ParseError::kind`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// The input ends inside this field.
    Truncated {
        /// Name of the field, as in the specification.
        field: &'static str,
    },
    /// The version is not one of 1.0, 1.1 and 1.2. Holds the number read, ten times the version.
    Version(u16),
    /// A sync type that is reserved.
    SyncType(u8),
    /// This text is not UTF-8.
    Text {
        /// Name of the field, as in the specification.
        field: &'static str,
    },
    /// Longer than [`MAX_LEN`](crate::MAX_LEN).
    TooLong,
    /// Not a push of the Wireless Session Protocol, see [`wap`](crate::wap).
    NotPush,
    /// A part of a short message that cannot be, see [`wdp`](crate::wdp).
    UserData,
    /// Not a packet of the Object Exchange protocol, see [`obex`](crate::obex).
    NotObex,
    /// Not an e-mail notification, see [`emn`](crate::emn). Holds what is wrong.
    NotEmn(String),
}

impl ParseError {
    pub(crate) const fn new(kind: ParseErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// The same error in something that begins this many bytes further on.
    pub(crate) const fn moved(mut self, by: usize) -> Self {
        self.position += by;
        self
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &ParseErrorKind {
        &self.kind
    }

    /// Offset of the field in question, in bytes from the start of the input.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { field } => write!(f, "input ends inside {field}"),
            Self::Version(tenths) => write!(f, "unknown version {}.{}", tenths / 10, tenths % 10),
            Self::SyncType(value) => write!(f, "sync type {value} is reserved"),
            Self::Text { field } => write!(f, "{field} is not UTF-8"),
            Self::TooLong => write!(f, "longer than {} bytes", crate::MAX_LEN),
            Self::NotPush => f.write_str("not a WAP push"),
            Self::UserData => f.write_str("no such part of a short message"),
            Self::NotObex => f.write_str("not an OBEX packet"),
            Self::NotEmn(what) => write!(f, "not an e-mail notification: {what}"),
        }
    }
}

/// The digest does not belong to this notification and secret: forged, damaged, or the nonces have drifted apart.
///
/// There is no answer to a notification; ignore it and log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("notification digest does not match")]
#[non_exhaustive]
pub struct DigestMismatch;

/// Why a notification cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// More than 15 syncs.
    #[error("{0} syncs, at most 15 fit")]
    TooManySyncs(usize),
    /// The server identifier is longer than 255 bytes.
    #[error("server identifier of {0} bytes, at most 255 fit")]
    ServerIdTooLong(usize),
    /// A server URI is longer than 255 bytes.
    #[error("server URI of sync {index} has {len} bytes, at most 255 fit")]
    ServerUriTooLong {
        /// Position in the list of syncs, from 0.
        index: usize,
        /// Its length in bytes.
        len: usize,
    },
    /// A device management notification has no list of syncs.
    #[error("a device management notification cannot list syncs")]
    SyncsInDeviceManagement,
    /// Vendor data makes it longer than [`MAX_LEN`](crate::MAX_LEN).
    #[error("notification of {0} bytes is longer than anybody reads")]
    TooLong(usize),
}

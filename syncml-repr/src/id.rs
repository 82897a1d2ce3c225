use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use syncml_meta::always_shown;

use syncml_wbxml::ByteString;

use crate::short::Short;

/// Names a session between two devices (`SessionID`) `[RepPro §SessionID]`.
///
/// Opaque text. The client chooses it, one to four characters; longer ones are accepted.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct SessionId(ByteString);

impl SessionId {
    /// A session id of this text.
    #[must_use]
    pub fn new(text: impl Into<ByteString>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Number of a message (`MsgID`): per sender, 1 for the first one of a session, then one more
/// each `[RepPro §MsgID]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct MsgId(u32);

impl MsgId {
    /// The first message of a session.
    pub const FIRST: Self = Self(1);

    /// A message number.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The number of the message after this one. The last of four billion stays where it is.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Reads a number, with blanks and leading zeros.
    pub(crate) fn parse(text: &[u8]) -> Option<Self> {
        syncml_meta::number(text)?.try_into().ok().map(Self)
    }
}

impl Default for MsgId {
    /// [`FIRST`](Self::FIRST).
    fn default() -> Self {
        Self::FIRST
    }
}

impl From<u32> for MsgId {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

/// Names a command within its message (`CmdID`, and `CmdRef` in an answer) `[RepPro §CmdID]`.
///
/// Opaque text: engines count 1, 2, 3 and so on, peers may write anything and even repeat
/// themselves. An absent element reads as the empty id, and an empty id is not written.
#[derive(Clone, Default)]
pub struct CmdId(Short);

impl CmdId {
    /// The text that refers to the header of a message instead of a command.
    pub const HEADER: &'static str = "0";

    /// A command id of this text.
    #[must_use]
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(Short::new(text.as_ref()))
    }

    /// The id that refers to the header of a message, in `CmdRef`.
    #[must_use]
    pub const fn header() -> Self {
        Self(Short::new_static(Self::HEADER))
    }

    pub(crate) const fn absent() -> Self {
        Self(Short::EMPTY)
    }

    /// The octets of the text.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Takes the text of the element.
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(Short::read(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether this refers to the header of a message.
    #[must_use]
    pub fn is_header(&self) -> bool {
        self.0.as_bytes() == Self::HEADER.as_bytes()
    }

    /// Whether the element was absent or empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<u32> for CmdId {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

/// Name of a command that a Status answers (`Cmd`) `[RepPro §Cmd]`: that of its element, or
/// `SyncHdr`.
///
/// ```
/// use syncml_repr::CmdName;
///
/// assert_eq!(CmdName::new("Replace"), "Replace");
/// ```
#[derive(Clone, Default)]
pub struct CmdName(Short);

impl CmdName {
    /// What answers the header of a message.
    pub const SYNC_HDR: Self = Self(Short::new_static("SyncHdr"));

    pub(crate) const fn absent() -> Self {
        Self(Short::EMPTY)
    }

    /// The octets of the text.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Takes the text of the element.
    pub(crate) fn read(text: &[u8]) -> Self {
        Self(Short::read(text))
    }

    /// A name of a command.
    #[must_use]
    pub fn new(name: impl AsRef<str>) -> Self {
        Self(Short::new(name.as_ref()))
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the element was absent or empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

macro_rules! text_id {
    ($($name:ident),+) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::new(text)
            }
        }
        impl From<ByteString> for $name {
            fn from(text: ByteString) -> Self {
                Self::new(text)
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0.as_bytes() == other.as_bytes()
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0.as_bytes() == other.as_bytes()
            }
        }
        always_shown!($name);
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
    )+};
}
text_id!(SessionId, CmdId, CmdName);

/// What a slice of the input would say, for the ids that are held in place.
macro_rules! by_text {
    ($($name:ident),+) => {$(
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.as_bytes() == other.0.as_bytes()
            }
        }
        impl Eq for $name {}
        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_str().hash(state);
            }
        }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_str().cmp(other.as_str())
            }
        }
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }
    )+};
}
by_text!(CmdId, CmdName);

impl fmt::Debug for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for MsgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
always_shown!(MsgId);

use std::fmt;

use syncml_meta::Version;
use syncml_wbxml::{Error, ErrorKind, Position};

use crate::StatusCode;

/// A message that cannot be read.
///
/// Says what is wrong, in which element and at which byte, and which Status fits.
///
/// ```
/// use syncml_repr::{Bytes, DecodeErrorKind, Encoding, Limits, decode};
///
/// let bytes = Bytes::from_static(b"<SyncML><SyncHdr><MsgID>one</MsgID></SyncHdr></SyncML>");
/// let error = decode(&bytes, Encoding::Xml, &Limits::default()).unwrap_err();
/// assert!(matches!(error.kind(), DecodeErrorKind::NotANumber("MsgID")));
/// assert_eq!(error.path(), "SyncHdr/MsgID");
/// assert_eq!(error.status_hint().get(), 400);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    kind: DecodeErrorKind,
    path: String,
    position: Position,
}

impl DecodeError {
    pub(crate) const fn new(kind: DecodeErrorKind, path: String, position: Position) -> Self {
        Self {
            kind,
            path,
            position,
        }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &DecodeErrorKind {
        &self.kind
    }

    /// In which element, below the root: `SyncBody/Sync/Add[2]/Item/Meta` is in the second Add of
    /// the Sync. Empty for the root itself and for what is before it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where in the input.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// The Status that fits, if the sender is to be told: 413 for a message beyond the limits,
    /// else 400.
    #[must_use]
    pub const fn status_hint(&self) -> StatusCode {
        match &self.kind {
            DecodeErrorKind::Document(ErrorKind::Limit(_)) => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind)?;
        if !self.path.is_empty() {
            write!(f, " in {}", self.path)?;
        }
        write!(f, " at {}", self.position)
    }
}

impl std::error::Error for DecodeError {}

/// The kinds of [`DecodeError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The document itself cannot be read, or is beyond a limit.
    #[error(transparent)]
    Document(ErrorKind),
    /// The root is another element.
    #[error("the root is {0}, not SyncML")]
    NotSyncMl(Box<str>),
    /// An element that no session can do without is missing.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// An element that may occur once occurs again where that is not tolerated.
    #[error("{0} occurs twice")]
    Duplicate(&'static str),
    /// The text of this element is no number.
    #[error("{0} is not a number")]
    NotANumber(&'static str),
    /// Commands stand in commands in commands, more than anybody means.
    #[error("commands are nested too deeply")]
    Nesting,
}

/// A message that cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct EncodeError {
    /// Boxed, so that success takes one word.
    kind: Box<EncodeErrorKind>,
}

impl EncodeError {
    pub(crate) fn new(kind: EncodeErrorKind) -> Self {
        Self {
            kind: Box::new(kind),
        }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &EncodeErrorKind {
        &self.kind
    }
}

impl From<Error> for EncodeError {
    fn from(error: Error) -> Self {
        Self::new(EncodeErrorKind::Document(error.kind().clone()))
    }
}

/// The kinds of [`EncodeError`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The version of the message lacks this element.
    #[error("version {version} has no {element} there")]
    NotInVersion {
        /// Name of the element.
        element: &'static str,
        /// Version of the message.
        version: Version,
    },
    /// The encoding cannot carry something: in XML, a control character outside of item data.
    #[error(transparent)]
    Document(ErrorKind),
    /// The header alone is longer than the limit.
    #[error("the header needs {needed} bytes, the limit is {limit}")]
    Limit {
        /// Bytes of the message with this header and no commands.
        needed: usize,
        /// Most bytes allowed.
        limit: usize,
    },
    /// A Sync was opened inside of an open one, or closed while none is open.
    #[error("a Sync is opened twice, or closed without being open")]
    OpenSync,
    /// Commands stand in commands in commands, more than anybody reads.
    #[error("commands are nested too deeply")]
    Nesting,
}

//! Why an object could not be read.

use std::fmt;

/// Why bytes are not an object this crate reads, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {position}")]
pub struct Error {
    kind: ErrorKind,
    position: usize,
}

/// What went wrong, see [`Error::kind`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// It does not begin with `BEGIN` of a format of this crate, or nothing says which version it is.
    UnknownFormat,
    /// An `END` without its `BEGIN`, or one that names another component.
    UnexpectedEnd {
        /// The component that is open here, empty if none is.
        open: String,
    },
    /// Content after the outermost `END`: one item holds one object.
    TrailingContent,
    /// It is no XML, or not as these objects are made.
    Xml,
    /// A content that is not packed as it says, or has another size than it says.
    Body,
    /// One of the [`Limits`](crate::Limits) is exceeded; the text is the name of its field.
    Limit(&'static str),
}

impl Error {
    pub(crate) const fn new(kind: ErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Offset in the input, in bytes, of the line in question.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.position
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownFormat => {
                f.write_str("no vCard, calendar, vNote or vBookmark of a known version")
            }
            Self::UnexpectedEnd { open } if open.is_empty() => f.write_str("END without BEGIN"),
            Self::UnexpectedEnd { open } => {
                write!(f, "END names another component than the open {open}")
            }
            Self::TrailingContent => f.write_str("content after the end of the object"),
            Self::Xml => f.write_str("not well-formed XML"),
            Self::Body => f.write_str("a content that is not what it says"),
            Self::Limit(field) => write!(f, "limit on {field} exceeded"),
        }
    }
}

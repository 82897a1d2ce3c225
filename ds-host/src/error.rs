//! What goes wrong outside of the engines: transport, files, databases, arguments.

use std::error::Error as StdError;
use std::fmt;

/// An error of this crate: what happened, and what to do about it.
///
/// `Display` is one sentence without a full stop; [`hint`](Self::hint) is what a person may try next.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    hint: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kinds of [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Nobody answers: connection refused, name not found, time is up, TLS.
    Unreachable,
    /// The server answers with this HTTP status.
    Http(u16),
    /// What the server answers is not SyncML.
    NotSyncMl,
    /// The server refused the session or a datastore.
    Refused,
    /// The server no longer knows the session (HTTP 404, 408 or 410 after the first message).
    SessionLost,
    /// The caller wanted the session to be left.
    Interrupted,
    /// A message cannot be decoded.
    Message,
    /// The server asks for the same message again, later.
    Busy,
    /// Another program works on it; later it may be free.
    InUse,
    /// A store cannot be opened, read or written.
    Store,
    /// A setting makes no sense.
    Config,
    /// A file or stream cannot be read or written.
    Io,
    /// The caller of an engine broke its contract, or another process interfered with a session.
    Internal,
}

impl Error {
    /// An error of this kind, with a message that says what happened.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
            source: None,
        }
    }

    /// With a hint: what to try next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With the error that led to this one. Its text belongs into the message where it helps.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of error this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// What to try next.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

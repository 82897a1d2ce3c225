//! What is wrong with an expression.

/// Why an expression cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} at byte {position}")]
pub struct Error {
    kind: ErrorKind,
    position: usize,
}

impl Error {
    pub(super) fn new(kind: ErrorKind, position: usize) -> Self {
        Self { kind, position }
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// Octets before the place where it is wrong.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

/// What can be wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Something else should stand here.
    #[error("expected {0}")]
    Expected(&'static str),
    /// There is no such operator.
    #[error("unknown operator &{0};")]
    Operator(String),
    /// A keyword that is not offered: `MAXCOUNT` and `NOATT` say nothing of a single item.
    #[error("the keyword {0} is not offered")]
    Keyword(String),
    /// The keyword wants another kind of value.
    #[error("the keyword wants {0}")]
    KeywordValue(&'static str),
    /// `%` is not followed by two hexadecimal digits.
    #[error("% without two hexadecimal digits")]
    Percent,
    /// The octets of a value are not UTF-8.
    #[error("the value is not UTF-8")]
    Utf8,
    /// Longer, deeper or of more terms than is taken.
    #[error("more {0} than is taken")]
    Limit(&'static str),
}

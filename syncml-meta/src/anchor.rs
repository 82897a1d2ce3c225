use syncml_wbxml::ByteString;

use crate::sparse_debug;

/// The sync anchors of one side for one datastore (`Anchor`) `[MetInf §Anchor]`.
///
/// Anchors are opaque: they are compared for equality and never read as times. Surrounding white
/// space is removed when they are read, everything else is kept.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Anchor {
    /// Anchor of the last session that succeeded (`Last`); absent before the first one.
    pub last: Option<ByteString>,
    /// Anchor of this session (`Next`). Empty when a peer left it out.
    pub next: ByteString,
}

impl Anchor {
    /// Anchors with `Next` only: a first sync, or the echo of an anchor in a Status.
    #[must_use]
    pub fn new(next: impl Into<ByteString>) -> Self {
        Self {
            last: None,
            next: next.into(),
        }
    }

    /// The same with `Last`.
    #[must_use]
    pub fn with_last(mut self, last: impl Into<ByteString>) -> Self {
        self.last = Some(last.into());
        self
    }
}

sparse_debug!(Anchor { last, next });

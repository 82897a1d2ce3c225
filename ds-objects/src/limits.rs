//! How much one object may cost.

/// Limits for reading one object. Beyond any of them [`parse_with`](crate::parse_with) fails; nothing is cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Size of the object in bytes. Default 16 MiB.
    pub bytes: usize,
    /// Count of lines after unfolding. Default 10 000.
    pub lines: usize,
    /// Size of one line up to its colon (name and parameters), in bytes. Default 16 KiB.
    pub head: usize,
    /// Count of parameters in one line. Default 64.
    pub params: usize,
    /// Depth of components; the outermost counts 1. Default 16.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            lines: 10_000,
            head: 16 << 10,
            params: 64,
            depth: 16,
        }
    }
}

impl Limits {
    /// The same limits with another size in bytes.
    #[must_use]
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// The same limits with another count of lines.
    #[must_use]
    pub fn with_lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// The same limits with another depth.
    #[must_use]
    pub fn with_depth(mut self, depth: usize) -> Self {
        self.depth = depth;
        self
    }
}

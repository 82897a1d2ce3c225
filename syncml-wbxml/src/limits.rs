//! How much a document may ask of its reader.

/// Limits that readers check before they allocate or descend.
///
/// All readers keep all of them, but for those that have nothing to count: the string table is one of
/// WBXML, and attributes count where they are given, in [`token`](crate::token), in
/// [`language`](crate::language) and in XML on request.
///
/// ```
/// let limits = syncml_wbxml::Limits::default().with_max_bytes(64 * 1024);
/// assert_eq!(limits.max_depth, 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Longest document, in bytes of its encoded form. Default 8 MiB.
    pub max_bytes: usize,
    /// Most elements open at once, nested documents included. Default 64; real messages need 16.
    pub max_depth: usize,
    /// Most elements in a document. Default 1 000 000.
    pub max_elements: usize,
    /// Most attributes of one element, for readers that look at them. Default 256.
    pub max_attributes: usize,
    /// Most text and octets in a document after expansion of string table references, in bytes.
    /// Default 8 MiB.
    pub max_text: usize,
    /// Longest WBXML string table, in bytes. Default 64 KiB.
    pub max_string_table: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 8 << 20,
            max_depth: 64,
            max_elements: 1_000_000,
            max_attributes: 256,
            max_text: 8 << 20,
            max_string_table: 64 << 10,
        }
    }
}

impl Limits {
    /// Sets [`max_bytes`](Self::max_bytes).
    #[must_use]
    pub const fn with_max_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets [`max_depth`](Self::max_depth).
    #[must_use]
    pub const fn with_max_depth(mut self, depth: usize) -> Self {
        self.max_depth = depth;
        self
    }

    /// Sets [`max_elements`](Self::max_elements).
    #[must_use]
    pub const fn with_max_elements(mut self, elements: usize) -> Self {
        self.max_elements = elements;
        self
    }

    /// Sets [`max_attributes`](Self::max_attributes).
    #[must_use]
    pub const fn with_max_attributes(mut self, attributes: usize) -> Self {
        self.max_attributes = attributes;
        self
    }

    /// Sets [`max_text`](Self::max_text).
    #[must_use]
    pub const fn with_max_text(mut self, bytes: usize) -> Self {
        self.max_text = bytes;
        self
    }

    /// Sets [`max_string_table`](Self::max_string_table).
    #[must_use]
    pub const fn with_max_string_table(mut self, bytes: usize) -> Self {
        self.max_string_table = bytes;
        self
    }
}

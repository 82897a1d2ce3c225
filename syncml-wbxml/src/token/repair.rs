//! What was read although it breaks the format: [`Repair`].

use core::fmt;

/// A departure from the format that [`Tokens`](super::Tokens) read past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_structs, reason = "a repair is a kind and a place")]
pub struct Repair {
    /// What was wrong.
    pub kind: RepairKind,
    /// Where, as offset from the start of the document in bytes.
    pub offset: usize,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.kind, self.offset)
    }
}

/// The kinds of [`Repair`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// The version is later than 1.3, and read like it.
    Version,
    /// An integer with leading zero groups. Encoding again gives the shortest form.
    PaddedInteger,
    /// Offset 0 of a string table that is empty stands for an empty string.
    EmptyTable,
    /// A string at the end of the string table lacks its terminator.
    Unterminated,
    /// OPAQUE in a document of WBXML 1.0, which has it not yet.
    Opaque,
    /// A tag or a processing instruction promises attributes, and there is none.
    NoAttributes,
    /// A part of an attribute value stands before the start of any attribute.
    NoAttributeStart,
    /// LITERAL_C, LITERAL_A or LITERAL_AC in an attribute list. Encoding again gives LITERAL.
    LiteralForm,
    /// Octets after the document. They are not looked at; encoding again leaves them out.
    Trailing,
}

impl RepairKind {
    /// Whether encoding the tokens again gives other octets than those read.
    #[must_use]
    pub const fn changes_bytes(self) -> bool {
        matches!(
            self,
            Self::PaddedInteger | Self::LiteralForm | Self::Trailing
        )
    }
}

impl fmt::Display for RepairKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "WBXML version later than 1.3",
            Self::PaddedInteger => "integer with leading zeros",
            Self::EmptyTable => "reference into an empty string table",
            Self::Unterminated => "table string without terminator",
            Self::Opaque => "OPAQUE in WBXML 1.0",
            Self::NoAttributes => "attribute list without attributes",
            Self::NoAttributeStart => "attribute value without attribute",
            Self::LiteralForm => "tag literal in an attribute list",
            Self::Trailing => "octets after the document",
        })
    }
}

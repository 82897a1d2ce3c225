//! What went wrong and where.

use alloc::boxed::Box;

use core::fmt;

/// A place in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a place has an offset, a line and a column"
)]
pub struct Position {
    /// Offset from the start of the document, in bytes.
    pub byte: usize,
    /// Line, from 1. Only XML has lines.
    pub line: Option<u32>,
    /// Column in characters, from 1. Only XML has columns.
    pub column: Option<u32>,
}

impl Position {
    /// A place in a document without lines.
    #[must_use]
    pub const fn at(byte: usize) -> Self {
        Self {
            byte,
            line: None,
            column: None,
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}", self.byte)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, " (line {line}, column {column})")?;
        }
        Ok(())
    }
}

/// A document that cannot be read, or an event that cannot be written.
///
/// One word in size, so that what goes well is returned without ado.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} at {}", .0.kind, .0.position)]
pub struct Error(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: ErrorKind,
    position: Position,
}

impl Error {
    /// An error of this kind at this place.
    #[cold]
    #[must_use]
    pub fn new(kind: ErrorKind, position: Position) -> Self {
        Self(Box::new(Inner { kind, position }))
    }

    #[cold]
    pub(crate) fn at(kind: ErrorKind, byte: usize) -> Self {
        Self::new(kind, Position::at(byte))
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> &ErrorKind {
        &self.0.kind
    }

    /// Where it is wrong: in the input of a reader, in the output of a writer.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.0.position
    }
}

/// The kinds of [`Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The document ends before it is complete.
    #[error("unexpected end of the document")]
    Truncated,
    /// The first octet is no WBXML version 1.x.
    #[error("WBXML version octet 0x{0:02X} is not supported")]
    Version(u8),
    /// The header names a charset that cannot be decoded.
    #[error("charset {0} is not supported")]
    Charset(u32),
    /// The declaration of an XML document names a charset that cannot be decoded.
    #[error("charset {0:?} is not supported")]
    CharsetName(Box<str>),
    /// A multi-byte integer is longer than five octets or greater than 2^32 - 1.
    #[error("multi-byte integer does not fit 32 bits")]
    Integer,
    /// A reference points behind the string table.
    #[error("offset {0} is outside of the string table")]
    TableOffset(u32),
    /// A character reference is no Unicode scalar value.
    #[error("character code {0} is not a Unicode character")]
    Character(u32),
    /// A token stands where it must not.
    #[error("unexpected token 0x{0:02X}")]
    Token(u8),
    /// A limit is exceeded.
    #[error("limit exceeded: {0}")]
    Limit(LimitKind),
    /// An XML document is not UTF-8; see [`xml::decode_charset`.
    #[cfg(feature = "xml")]
    #[error("text is not valid UTF-8")]
    NotUtf8,
    /// An XML document is not well-formed.
    #[cfg(feature = "xml")]
    #[error("XML is not well-formed: {0}")]
    Xml(Box<str>),
    /// A document type declaration with an internal subset, which is never read.
    #[cfg(feature = "xml")]
    #[error("document type declarations with an internal subset are refused")]
    InternalSubset,
    /// Octets or characters that XML cannot carry; send them in Base64.
    #[error("data cannot be represented in XML")]
    NotXml,
    /// A name that is none in the form written.
    #[error("{0:?} cannot be an element name")]
    Name(Box<str>),
    /// The events put do not form one element.
    #[error("events do not form one element: {0}")]
    Unbalanced(&'static str),
    /// A string to be written in place holds its own terminator; OPAQUE can carry it.
    #[error("a string holds its terminator")]
    Terminator,
    /// A root that does not belong to the document type of the writer.
    #[error("the root element does not belong to the document type")]
    Root,
}

/// The limits of [`Limits`](crate::Limits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKind {
    /// Bytes in the document.
    Bytes,
    /// Open elements.
    Depth,
    /// Elements in the document.
    Elements,
    /// Attributes of one element.
    Attributes,
    /// Bytes of text.
    Text,
    /// Bytes in the string table.
    StringTable,
    /// XML namespace declarations in force at once; fixed.
    Namespaces,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes in the document",
            Self::Depth => "depth of elements",
            Self::Elements => "number of elements",
            Self::Attributes => "attributes of an element",
            Self::Text => "bytes of text",
            Self::StringTable => "bytes in the string table",
            Self::Namespaces => "namespace declarations in force",
        })
    }
}

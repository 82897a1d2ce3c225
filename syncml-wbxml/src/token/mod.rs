//! The lowest layer of WBXML: every token of a document, nothing lost and nothing added.
//!
//! [`Tokens`] reads the tokens of any WBXML 1.x document, of whatever document type: it knows the
//! grammar, not the names. [`Writer`] is the inverse. [`Document`] is a whole document to look at, to
//! change and to write again. [`share_strings`] makes a document shorter by a string table,
//! [`recover_pages`] mends those of an encoder that forgets to switch pages.
//!
//! # Faithful mode
//!
//! A document decoded as [`Document`] and encoded again is the same, octet by octet, unless a
//! [`Repair`] says otherwise. So a proxy can change one thing and leave the rest alone, where
//! [`Reader`](crate::Reader) and [`crate::Writer`] would bring it into canonical form:
//!
//! ```
//! use syncml_wbxml::Limits;
//! use syncml_wbxml::tag::syncml::LOC_URI;
//! use syncml_wbxml::token::{Document, Token};
//!
//! let bytes = b"\x03\x01\x6A\x00\x00\x00\x6D\x6E\x57\x03./old\x00\x01\x01\x00\x00\x01";
//! let mut document = Document::decode(bytes, &Limits::default())?;
//! assert_eq!(document.encode()?, bytes);
//!
//! let mut in_uri = false;
//! for token in &mut document.tokens {
//!     match token {
//!         Token::Tag { identity, .. } => in_uri = *identity == LOC_URI.token(),
//!         Token::StrI(text) if in_uri => *text = b"./new".into(),
//!         _ => {}
//!     }
//! }
//! assert_eq!(
//!     document.encode()?,
//!     b"\x03\x01\x6A\x00\x00\x00\x6D\x6E\x57\x03./new\x00\x01\x01\x00\x00\x01"
//! );
//! # Ok::<(), syncml_wbxml::Error>(())
//! ```

mod code;
mod document;
mod grammar;
mod header;
mod recover;
mod repair;
mod share;
mod tokens;
mod writer;

use alloc::borrow::Cow;

pub(crate) use self::code::*;
pub use self::document::Document;
pub use self::header::{Header, PublicId};
pub use self::recover::recover_pages;
pub use self::repair::{Repair, RepairKind};
pub use self::share::share_strings;
pub use self::tokens::Tokens;
pub use self::writer::Writer;

/// One token of the body, with its operands \[WBXML §5.8\].
///
/// Octets of strings are in the charset of the header, without terminator; see
/// [`Header::decode`]. Offsets point into the string table; see [`Header::string`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the grammar of WBXML 1.x is closed"
)]
pub enum Token<'a> {
    /// SWITCH_PAGE: another page of tags, or of attributes where it stands in an attribute list.
    SwitchPage(u8),
    /// A tag from the page of tags.
    Tag {
        /// Its code, 0x05 to 0x3F.
        identity: u8,
        /// An attribute list follows, ended by [`End`](Self::End).
        attributes: bool,
        /// Content follows, ended by [`End`](Self::End).
        content: bool,
    },
    /// LITERAL, LITERAL_C, LITERAL_A, LITERAL_AC: a tag by its name.
    LiteralTag {
        /// Offset of the name in the string table.
        name: u32,
        /// An attribute list follows, ended by [`End`](Self::End).
        attributes: bool,
        /// Content follows, ended by [`End`](Self::End).
        content: bool,
    },
    /// END of an attribute list, of a processing instruction, or of the innermost element.
    End,
    /// STR_I: a string in place.
    StrI(Cow<'a, [u8]>),
    /// STR_T: a string at this offset of the table.
    StrT(u32),
    /// ENTITY: a character by its UCS-4 code.
    Entity(u32),
    /// OPAQUE: octets.
    Opaque(Cow<'a, [u8]>),
    /// EXT_I_0 to EXT_I_2: an extension with a string in place.
    ExtI(u8, Cow<'a, [u8]>),
    /// EXT_T_0 to EXT_T_2: an extension with an integer.
    ExtT(u8, u32),
    /// EXT_0 to EXT_2: an extension without operand.
    Ext(u8),
    /// PI: a processing instruction, which goes on like an attribute list up to its
    /// [`End`](Self::End).
    Pi,
    /// The start of an attribute, from the page of attributes: 0x05 to 0x7F but for global tokens.
    AttributeStart(u8),
    /// LITERAL in an attribute list: the start of an attribute whose name is at this offset of the
    /// string table.
    LiteralAttribute(u32),
    /// A part of an attribute value, from the page of attributes: 0x85 and up but for global tokens.
    AttributeValue(u8),
}

impl Token<'_> {
    /// The first octet of the token.
    #[must_use]
    pub const fn octet(&self) -> u8 {
        match self {
            Self::SwitchPage(_) => SWITCH_PAGE,
            Self::Tag {
                identity,
                attributes,
                content,
            } => *identity | tag_bits(*attributes, *content),
            Self::LiteralTag {
                attributes,
                content,
                ..
            } => LITERAL | tag_bits(*attributes, *content),
            Self::End => END,
            Self::StrI(_) => STR_I,
            Self::StrT(_) => STR_T,
            Self::Entity(_) => ENTITY,
            Self::Opaque(_) => OPAQUE,
            Self::ExtI(number, _) => EXT_I_0 | *number,
            Self::ExtT(number, _) => EXT_T_0 | *number,
            Self::Ext(number) => EXT_0 | *number,
            Self::Pi => PI,
            Self::AttributeStart(code) | Self::AttributeValue(code) => *code,
            Self::LiteralAttribute(_) => LITERAL,
        }
    }

    /// The same token without borrowing.
    #[must_use]
    pub fn into_owned(self) -> Token<'static> {
        match self {
            Self::SwitchPage(page) => Token::SwitchPage(page),
            Self::Tag {
                identity,
                attributes,
                content,
            } => Token::Tag {
                identity,
                attributes,
                content,
            },
            Self::LiteralTag {
                name,
                attributes,
                content,
            } => Token::LiteralTag {
                name,
                attributes,
                content,
            },
            Self::End => Token::End,
            Self::StrI(text) => Token::StrI(Cow::Owned(text.into_owned())),
            Self::StrT(offset) => Token::StrT(offset),
            Self::Entity(code) => Token::Entity(code),
            Self::Opaque(bytes) => Token::Opaque(Cow::Owned(bytes.into_owned())),
            Self::ExtI(number, text) => Token::ExtI(number, Cow::Owned(text.into_owned())),
            Self::ExtT(number, value) => Token::ExtT(number, value),
            Self::Ext(number) => Token::Ext(number),
            Self::Pi => Token::Pi,
            Self::AttributeStart(code) => Token::AttributeStart(code),
            Self::LiteralAttribute(name) => Token::LiteralAttribute(name),
            Self::AttributeValue(code) => Token::AttributeValue(code),
        }
    }
}

const fn tag_bits(attributes: bool, content: bool) -> u8 {
    let attributes = if attributes { ATTRIBUTES } else { 0 };
    attributes | if content { CONTENT } else { 0 }
}

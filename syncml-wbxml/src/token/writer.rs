//! Writes tokens: [`Writer`].

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::grammar::Grammar;
use super::header::Header;
use super::{IDENTITY, LITERAL, PublicId, Token, tag_bits};
use crate::charset::Charset;
use crate::error::{Error, ErrorKind};
use crate::limits::Limits;
use crate::mb_int;

/// Writes tokens as they are, checked against the grammar.
///
/// ```
/// use syncml_wbxml::token::{Header, PublicId, Token, Writer};
///
/// let mut writer = Writer::new(Header::new(PublicId::Number(0x1201)))?;
/// writer.put(&Token::Tag { identity: 0x2D, attributes: false, content: true })?;
/// writer.put(&Token::StrI(b"x".into()))?;
/// writer.put(&Token::End)?;
/// assert_eq!(writer.finish()?, b"\x02\xA4\x01\x6A\x00\x6D\x03x\x00\x01");
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer<'h> {
    body: Vec<u8>,
    header: Header<'h>,
    /// Octets of the header without its string table.
    head: usize,
    /// Where strings are that were interned.
    interned: BTreeMap<Box<[u8]>, u32>,
    charset: Charset,
    grammar: Grammar,
}

/// A writer trusts its caller with the size of the document.
const UNLIMITED: Limits = Limits {
    max_bytes: usize::MAX,
    max_depth: usize::MAX,
    max_elements: usize::MAX,
    max_attributes: usize::MAX,
    max_text: usize::MAX,
    max_string_table: usize::MAX,
};

impl<'h> Writer<'h> {
    /// A writer of a document with this header.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Version`], [`ErrorKind::Charset`] and [`ErrorKind::TableOffset`] for a header that
    /// could not be read again; [`ErrorKind::Token`] for the public id number 0.
    pub fn new(header: Header<'h>) -> Result<Self, Error> {
        if header.version > 0x0F {
            return Err(Error::at(ErrorKind::Version(header.version), 0));
        }
        match header.public_id {
            PublicId::Number(0) => return Err(Error::at(ErrorKind::Token(0), 1)),
            PublicId::Number(_) => {}
            PublicId::Table(offset) => header.check(offset, 1)?,
        }
        let charset = if header.version == 0 {
            0
        } else {
            header.charset
        };
        let Some(charset) = Charset::from_mib(charset) else {
            return Err(Error::at(ErrorKind::Charset(charset), 1));
        };
        Ok(Self {
            body: Vec::new(),
            head: header.encode().len() - header.string_table.len(),
            header,
            interned: BTreeMap::new(),
            charset,
            grammar: Grammar::default(),
        })
    }

    /// The offset of a string in the table, which gets it if it has not. It is in the charset of the
    /// document, and has no terminator.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Terminator`] for a string that holds its terminator.
    pub fn intern(&mut self, text: &[u8]) -> Result<u32, Error> {
        if !self.charset.can_terminate(text) {
            return Err(Error::at(ErrorKind::Terminator, self.len()));
        }
        if let Some(&offset) = self.interned.get(text) {
            return Ok(offset);
        }
        let table = self.header.string_table.to_mut();
        let offset = u32::try_from(table.len()).unwrap_or(u32::MAX);
        table.extend_from_slice(text);
        table.resize(table.len() + self.charset.unit(), 0);
        self.interned.insert(text.into(), offset);
        Ok(offset)
    }

    /// Bytes written so far, those of the header included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.head + self.header.string_table.len() + self.body.len()
    }

    /// Whether no token has been written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Writes a token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Token`] for a token that has no place here or whose code is none,
    /// [`ErrorKind::TableOffset`] for a reference behind the string table,
    /// [`ErrorKind::Terminator`] for a string that holds its terminator. Nothing is written then.
    pub fn put(&mut self, token: &Token<'_>) -> Result<(), Error> {
        let at = self.len();
        self.check(token).map_err(|kind| Error::at(kind, at))?;
        if let Token::StrT(offset)
        | Token::LiteralTag { name: offset, .. }
        | Token::LiteralAttribute(offset) = token
        {
            self.header.check(*offset, at)?;
        }
        self.grammar
            .accept(token, &UNLIMITED)
            .map_err(|kind| Error::at(kind, at))?;
        self.body.push(token.octet());
        match token {
            Token::SwitchPage(page) => self.body.push(*page),
            Token::LiteralTag { name: value, .. }
            | Token::LiteralAttribute(value)
            | Token::StrT(value)
            | Token::Entity(value)
            | Token::ExtT(_, value) => mb_int::write(&mut self.body, *value),
            Token::StrI(text) | Token::ExtI(_, text) => {
                self.body.extend_from_slice(text);
                self.body.extend_from_slice(&[0; 2][..self.charset.unit()]);
            }
            Token::Opaque(bytes) => {
                let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                mb_int::write(&mut self.body, len);
                self.body.extend_from_slice(bytes);
            }
            Token::Tag { .. }
            | Token::End
            | Token::Ext(_)
            | Token::Pi
            | Token::AttributeStart(_)
            | Token::AttributeValue(_) => {}
        }
        Ok(())
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unbalanced`] unless the root has been put and ended.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        if !self.grammar.is_complete() {
            let kind = ErrorKind::Unbalanced("the root has not ended");
            return Err(Error::at(kind, self.len()));
        }
        let mut out = self.header.encode();
        out.extend_from_slice(&self.body);
        Ok(out)
    }

    /// Whether the operands of a token are such as would be read again.
    fn check(&self, token: &Token<'_>) -> Result<(), ErrorKind> {
        let is_code = match token {
            Token::Tag {
                identity,
                attributes,
                content,
            } => {
                let bits = tag_bits(*attributes, *content);
                let is_tag = *identity > LITERAL && *identity <= IDENTITY;
                return if is_tag {
                    Ok(())
                } else {
                    Err(ErrorKind::Token(identity | bits))
                };
            }
            Token::ExtI(number, _) | Token::ExtT(number, _) | Token::Ext(number) => *number < 3,
            Token::AttributeStart(code) => *code < 0x80 && code & IDENTITY > LITERAL,
            Token::AttributeValue(code) => *code >= 0x80 && code & IDENTITY > LITERAL,
            _ => true,
        };
        if !is_code {
            return Err(ErrorKind::Token(token.octet()));
        }
        match token {
            Token::StrI(text) | Token::ExtI(_, text) if !self.charset.can_terminate(text) => {
                Err(ErrorKind::Terminator)
            }
            _ => Ok(()),
        }
    }
}

//! Writes tokens: [`Writer`].

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
    out: Vec<u8>,
    header: Header<'h>,
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
    /// Writes the header.
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
            out: header.encode(),
            header,
            charset,
            grammar: Grammar::default(),
        })
    }

    /// Writes a token.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Token`] for a token that has no place here or whose code is none,
    /// [`ErrorKind::TableOffset`] for a reference behind the string table,
    /// [`ErrorKind::Terminator`] for a string that holds its terminator. Nothing is written then.
    pub fn put(&mut self, token: &Token<'_>) -> Result<(), Error> {
        let at = self.out.len();
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
        self.out.push(token.octet());
        match token {
            Token::SwitchPage(page) => self.out.push(*page),
            Token::LiteralTag { name: value, .. }
            | Token::LiteralAttribute(value)
            | Token::StrT(value)
            | Token::Entity(value)
            | Token::ExtT(_, value) => mb_int::write(&mut self.out, *value),
            Token::StrI(text) | Token::ExtI(_, text) => {
                self.out.extend_from_slice(text);
                self.out.extend_from_slice(&[0; 2][..self.charset.unit()]);
            }
            Token::Opaque(bytes) => {
                let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                mb_int::write(&mut self.out, len);
                self.out.extend_from_slice(bytes);
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
            return Err(Error::at(kind, self.out.len()));
        }
        Ok(self.out)
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

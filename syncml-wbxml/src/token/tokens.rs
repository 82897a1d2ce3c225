//! Reads the tokens of a document: [`Tokens`].

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::grammar::Grammar;
use super::header::{Header, integer};
use super::{
    ATTRIBUTES, CONTENT, END, ENTITY, EXT_0, EXT_2, EXT_I_0, EXT_I_2, EXT_T_0, EXT_T_2, IDENTITY,
    LITERAL, LITERAL_A, LITERAL_AC, LITERAL_C, OPAQUE, PI, Repair, RepairKind, STR_I, STR_T,
    SWITCH_PAGE, Token,
};
use crate::charset::Charset;
use crate::cursor::Cursor;
use crate::error::{Error, ErrorKind, LimitKind};
use crate::limits::Limits;
use crate::string_table::StringTable;

/// The tokens of a document, in order.
///
/// It ends after the root, and the processing instructions that may follow it. After an error there
/// are no more tokens.
///
/// ```
/// use syncml_wbxml::Limits;
/// use syncml_wbxml::token::{Token, Tokens};
///
/// let mut tokens = Tokens::new(b"\x02\x05\x6A\x00\x45\xC6\x0B\x03x\x00\x01\x01\x01", &Limits::default())?;
/// let mut listing = Vec::new();
/// while let Some(token) = tokens.next() {
///     listing.push((tokens.offset(), tokens.in_attributes(), token?));
/// }
/// assert_eq!(listing.len(), 7);
/// assert_eq!(listing[2], (6, true, Token::AttributeStart(0x0B)));
/// assert_eq!(listing[3], (7, true, Token::StrI(b"x".into())));
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    cursor: Cursor<'a>,
    header: Header<'a>,
    charset: Charset,
    /// Octets of the string table up to its last terminator.
    terminated: usize,
    limits: Limits,
    grammar: Grammar,
    /// Octets in strings and OPAQUE so far.
    text: usize,
    done: bool,
    /// Of the last token: its offset, its page, whether it stood in an attribute list.
    at: usize,
    page: u8,
    in_attributes: bool,
    /// Of the last step.
    repairs: Vec<Repair>,
}

impl<'a> Tokens<'a> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Version`], [`ErrorKind::Charset`], [`ErrorKind::Integer`],
    /// [`ErrorKind::TableOffset`], [`ErrorKind::Truncated`] for a broken header,
    /// [`ErrorKind::Limit`] for a document or a string table that is too long.
    pub fn new(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.max_bytes {
            return Err(Error::at(
                ErrorKind::Limit(LimitKind::Bytes),
                limits.max_bytes,
            ));
        }
        let mut cursor = Cursor::new(bytes);
        let mut repairs = Vec::new();
        let header = Header::read(&mut cursor, limits, &mut repairs)?;
        let charset = header
            .encoding()
            .ok_or_else(|| cursor.error(ErrorKind::Charset(header.charset)))?;
        Ok(Self {
            at: cursor.pos(),
            cursor,
            terminated: header.terminated_len(),
            header,
            charset,
            limits: *limits,
            grammar: Grammar::default(),
            text: 0,
            done: false,
            page: 0,
            in_attributes: false,
            repairs,
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        &self.header
    }

    /// Offset of the last token from the start of the document, in bytes; that of the body before
    /// the first.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.at
    }

    /// Offset of the first octet behind the last token.
    #[must_use]
    pub const fn end(&self) -> usize {
        self.cursor.pos()
    }

    /// The page in force at the last token: of attributes in an attribute list, of tags elsewhere. At
    /// a [`SwitchPage`](Token::SwitchPage) it is the new one.
    #[must_use]
    pub const fn page(&self) -> u8 {
        self.page
    }

    /// Whether the last token stood in an attribute list or a processing instruction, its
    /// [`End`](Token::End) included.
    #[must_use]
    pub const fn in_attributes(&self) -> bool {
        self.in_attributes
    }

    /// Elements that are open after the last token.
    #[must_use]
    pub const fn depth(&self) -> usize {
        self.grammar.depth()
    }

    /// Elements so far.
    #[cfg(feature = "xml")]
    pub(crate) const fn elements(&self) -> usize {
        self.grammar.elements()
    }

    /// The string at an offset that a token had, in the lifetime of the input.
    pub(crate) fn table_string(&self, offset: u32) -> &'a [u8] {
        let table = match self.header.string_table {
            Cow::Borrowed(table) => StringTable::new(table),
            Cow::Owned(_) => return &[],
        };
        table.get(offset, self.charset).unwrap_or_default()
    }

    /// What was repaired in the last step: in the header before the first token, in the last token,
    /// or after the document once there are no more.
    #[must_use]
    pub fn repairs(&self) -> &[Repair] {
        &self.repairs
    }

    fn step(&mut self) -> Result<Option<Token<'a>>, Error> {
        self.at = self.cursor.pos();
        if self.grammar.is_complete() && !self.instruction_follows() {
            if self.cursor.peek().is_ok() {
                self.repair(RepairKind::Trailing, self.at);
            }
            return Ok(None);
        }
        let octet = self.cursor.octet()?;
        self.in_attributes = self.grammar.in_attributes();
        let token = if self.in_attributes {
            self.attribute_token(octet)?
        } else {
            self.tag_token(octet)?
        };
        let overlooked = self
            .grammar
            .accept(&token, &self.limits)
            .map_err(|kind| Error::at(kind, self.at))?;
        if let Some(kind) = overlooked {
            self.repair(kind, self.at);
        }
        self.page = if self.in_attributes {
            self.grammar.attribute_page
        } else {
            self.grammar.tag_page
        };
        Ok(Some(token))
    }

    /// Whether a whole processing instruction stands after the root. Anything else there is no part
    /// of the document.
    fn instruction_follows(&self) -> bool {
        if !matches!(self.cursor.peek(), Ok(PI)) {
            return false;
        }
        let mut ahead = self.clone();
        ahead.cursor.octet().is_ok() && ahead.grammar.accept(&Token::Pi, &self.limits).is_ok() && {
            while ahead.grammar.in_attributes() {
                ahead.repairs.clear();
                if ahead.step().is_err() {
                    return false;
                }
            }
            true
        }
    }

    fn tag_token(&mut self, octet: u8) -> Result<Token<'a>, Error> {
        let attributes = octet & ATTRIBUTES != 0;
        let content = octet & CONTENT != 0;
        Ok(match octet & IDENTITY {
            LITERAL => Token::LiteralTag {
                name: self.table_offset()?,
                attributes,
                content,
            },
            0..LITERAL if octet == PI => Token::Pi,
            0..LITERAL => self.global(octet)?,
            identity => Token::Tag {
                identity,
                attributes,
                content,
            },
        })
    }

    fn attribute_token(&mut self, octet: u8) -> Result<Token<'a>, Error> {
        Ok(match octet {
            LITERAL => Token::LiteralAttribute(self.table_offset()?),
            LITERAL_C | LITERAL_A | LITERAL_AC => {
                self.repair(RepairKind::LiteralForm, self.at);
                Token::LiteralAttribute(self.table_offset()?)
            }
            _ if octet & IDENTITY < LITERAL => self.global(octet)?,
            0..0x80 => Token::AttributeStart(octet),
            0x80.. => Token::AttributeValue(octet),
        })
    }

    /// A token that is the same in both states.
    fn global(&mut self, octet: u8) -> Result<Token<'a>, Error> {
        Ok(match octet {
            SWITCH_PAGE => Token::SwitchPage(self.cursor.octet()?),
            END => Token::End,
            ENTITY => Token::Entity(self.integer()?),
            STR_I => Token::StrI(self.inline()?),
            STR_T => Token::StrT(self.table_offset()?),
            EXT_I_0..=EXT_I_2 => Token::ExtI(octet - EXT_I_0, self.inline()?),
            EXT_T_0..=EXT_T_2 => Token::ExtT(octet - EXT_T_0, self.integer()?),
            EXT_0..=EXT_2 => Token::Ext(octet - EXT_0),
            OPAQUE => {
                if self.header.version == 0 {
                    self.repair(RepairKind::Opaque, self.at);
                }
                let len = self.integer()?;
                let bytes = self.cursor.take(len)?;
                self.count(bytes)?;
                Token::Opaque(Cow::Borrowed(bytes))
            }
            _ => return Err(Error::at(ErrorKind::Token(octet), self.at)),
        })
    }

    fn inline(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        let text = self.cursor.terminated(self.charset)?;
        self.count(text)?;
        Ok(Cow::Borrowed(text))
    }

    fn integer(&mut self) -> Result<u32, Error> {
        integer(&mut self.cursor, &mut self.repairs)
    }

    fn table_offset(&mut self) -> Result<u32, Error> {
        let at = self.cursor.pos();
        let offset = self.integer()?;
        self.header.check(offset, at)?;
        self.repairs
            .extend(self.header.repair(offset, self.terminated, at));
        Ok(offset)
    }

    fn count(&mut self, octets: &[u8]) -> Result<(), Error> {
        self.text = self.text.saturating_add(octets.len());
        if self.text > self.limits.max_text {
            return Err(Error::at(ErrorKind::Limit(LimitKind::Text), self.at));
        }
        Ok(())
    }

    fn repair(&mut self, kind: RepairKind, offset: usize) {
        self.repairs.push(Repair { kind, offset });
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Result<Token<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        self.repairs.clear();
        let step = self.step().transpose();
        self.done = !matches!(step, Some(Ok(_)));
        step
    }
}

impl core::iter::FusedIterator for Tokens<'_> {}

//! Writes WBXML of any language: [`Writer`].

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::value::{self, Special};
use super::{Language, date};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Name, Sink};
use crate::token::{self, Token, parse_unknown};

/// Writes events as a WBXML document of a [`Language`].
///
/// The attribute start that stands for most of a value is taken, and the rest of the value is split
/// into the parts that the page has tokens for. Names that the language has not are literals in a
/// string table.
///
/// ```
/// # #[cfg(feature = "si")] {
/// use syncml_wbxml::language::{SI, Writer};
/// use syncml_wbxml::{Event, Name, Sink};
///
/// let mut writer = Writer::new(&SI)?;
/// writer.put(Event::Start(Name::Other { space: "".into(), local: "si".into() }))?;
/// writer.put(Event::Start(Name::Other { space: "".into(), local: "indication".into() }))?;
/// let href = "http://www.example.com/sync".into();
/// writer.put(Event::Attribute { name: "href".into(), value: href })?;
/// writer.put(Event::End)?;
/// writer.put(Event::End)?;
/// assert_eq!(
///     writer.finish()?,
///     b"\x02\x05\x6A\x00\x45\x86\x0D\x03example\x00\x85\x03sync\x00\x01\x01"
/// );
/// # }
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer<'t> {
    language: &'t Language<'t>,
    tokens: token::Writer<'static>,
    tag_page: u8,
    attribute_page: u8,
    /// Namespaces of the open elements.
    open: Vec<Box<str>>,
    /// A start tag whose attributes may still come.
    pending: Option<Pending>,
}

/// A start tag, as far as it is known.
#[derive(Clone, Debug)]
struct Pending {
    name: TagName,
    /// Tokens of the attribute list, without its END.
    attributes: Vec<Token<'static>>,
}

#[derive(Clone, Copy, Debug)]
enum TagName {
    Identity(u8),
    Literal(u32),
}

impl<'t> Writer<'t> {
    /// A writer of a document of this language.
    ///
    /// # Errors
    ///
    /// Those of [`token::Writer::new`] if the version or the public id of the language is none.
    pub fn new(language: &'t Language<'t>) -> Result<Self, Error> {
        Ok(Self {
            language,
            tokens: token::Writer::new(language.header())?,
            tag_page: 0,
            attribute_page: 0,
            open: Vec::new(),
            pending: None,
        })
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unbalanced`] unless the root has been put and ended.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        self.tokens.finish()
    }

    fn start(&mut self, space: &str, local: &str) -> Result<(), Error> {
        self.begun(true)?;
        if local.is_empty() || local.contains('\0') || space.contains('\0') {
            return Err(self.error(ErrorKind::Name(local.into())));
        }
        let outer = self.open.last().map(|space| &**space);
        let outer = outer.unwrap_or_else(|| self.language.namespace());
        let space = if space.is_empty() { outer } else { space };
        let found = match parse_unknown(space, local) {
            // Names in such an element go on being those of its parent.
            Some(token) => Some((outer, token)),
            None => {
                let token = self.language.find_tag(space, local, self.tag_page);
                token.map(|token| (space, token))
            }
        };
        let is_declared = found.is_none() && space != outer;
        let space: Box<str> = found.map_or(space, |(space, _)| space).into();
        let mut attributes = Vec::new();
        let name = match found {
            Some((_, (page, identity))) => {
                if page != self.tag_page {
                    self.tokens.put(&Token::SwitchPage(page))?;
                    self.tag_page = page;
                }
                TagName::Identity(identity)
            }
            None => {
                if is_declared {
                    let xmlns = self.tokens.intern(b"xmlns")?;
                    attributes.push(Token::LiteralAttribute(xmlns));
                    attributes.push(Token::StrT(self.tokens.intern(space.as_bytes())?));
                }
                TagName::Literal(self.tokens.intern(local.as_bytes())?)
            }
        };
        self.open.push(space);
        self.pending = Some(Pending { name, attributes });
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let Some(mut pending) = self.pending.take() else {
            return Err(self.unbalanced("an attribute without a start"));
        };
        let tokens = &mut pending.attributes;
        let result = self.push_attribute(tokens, name, value);
        self.pending = Some(pending);
        result
    }

    fn push_attribute(
        &mut self,
        tokens: &mut Vec<Token<'static>>,
        name: &str,
        value: &str,
    ) -> Result<(), Error> {
        let page = self.attribute_page;
        let (start, prefix) = match value::parse_start(name) {
            Some(start) => (Some(start), 0),
            None => match self.language.find_start(name, value, page) {
                Some((page, code, prefix)) => (Some((page, code)), prefix),
                None => (None, 0),
            },
        };
        match start {
            Some((page, code)) => {
                self.switch(tokens, page);
                tokens.push(Token::AttributeStart(code));
            }
            None if name.is_empty() || name.contains('\0') => {
                return Err(self.error(ErrorKind::Name(name.into())));
            }
            None => tokens.push(Token::LiteralAttribute(
                self.tokens.intern(name.as_bytes())?,
            )),
        }
        let rest = value.get(prefix..).unwrap_or_default();
        if prefix == 0
            && self.language.is_date(name)
            && let Some(octets) = date::encode(value)
        {
            tokens.push(Token::Opaque(Cow::Owned(octets)));
            return Ok(());
        }
        self.push_value(tokens, rest);
        Ok(())
    }

    /// The rest of a value, in parts.
    fn push_value(&mut self, tokens: &mut Vec<Token<'static>>, value: &str) {
        // What stands before `from` is written.
        let (mut from, mut at) = (0, 0);
        while at < value.len() {
            let rest = value.get(at..).unwrap_or_default();
            let found = match value::parse_special(rest) {
                Some((special, len)) => Some((special, len)),
                None => self
                    .language
                    .find_value(rest, self.attribute_page)
                    .map(|(code, len)| (Special::Token(self.attribute_page, code), len)),
            };
            let Some((special, len)) = found else {
                at += rest.chars().next().map_or(1, char::len_utf8);
                continue;
            };
            push_text(tokens, &value[from..at]);
            match special {
                Special::Token(page, code) => {
                    self.switch(tokens, page);
                    tokens.push(Token::AttributeValue(code));
                }
                Special::Opaque(octets) => tokens.push(Token::Opaque(Cow::Owned(octets))),
            }
            at += len;
            from = at;
        }
        push_text(tokens, &value[from..]);
    }

    fn switch(&mut self, tokens: &mut Vec<Token<'static>>, page: u8) {
        if page != self.attribute_page {
            tokens.push(Token::SwitchPage(page));
            self.attribute_page = page;
        }
    }

    /// Writes the start tag that is pending.
    fn begun(&mut self, content: bool) -> Result<(), Error> {
        let Some(Pending { name, attributes }) = self.pending.take() else {
            return Ok(());
        };
        let has_attributes = !attributes.is_empty();
        self.tokens.put(&match name {
            TagName::Identity(identity) => Token::Tag {
                identity,
                attributes: has_attributes,
                content,
            },
            TagName::Literal(name) => Token::LiteralTag {
                name,
                attributes: has_attributes,
                content,
            },
        })?;
        if has_attributes {
            attributes
                .iter()
                .try_for_each(|token| self.tokens.put(token))?;
            self.tokens.put(&Token::End)?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        if self.open.pop().is_none() {
            return Err(self.unbalanced("an end without a start"));
        }
        if self.pending.is_some() {
            return self.begun(false);
        }
        self.tokens.put(&Token::End)
    }

    fn content(&mut self, token: &Token<'_>) -> Result<(), Error> {
        if self.open.is_empty() {
            return Err(self.unbalanced("content outside of the root"));
        }
        self.begun(true)?;
        self.tokens.put(token)
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.tokens.len())
    }

    fn unbalanced(&self, what: &'static str) -> Error {
        self.error(ErrorKind::Unbalanced(what))
    }
}

/// Text in a value: a string in place, or octets if it holds what ends a string.
fn push_text(tokens: &mut Vec<Token<'static>>, text: &str) {
    let octets = Cow::Owned(text.as_bytes().to_vec());
    if text.contains('\0') {
        tokens.push(Token::Opaque(octets));
    } else if !text.is_empty() {
        tokens.push(Token::StrI(octets));
    }
}

impl Sink for Writer<'_> {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        match event {
            Event::Start(Name::Known(tag)) => self.start(tag.space().namespace(), tag.name()),
            Event::Start(Name::Other { space, local }) => self.start(&space, &local),
            Event::Attribute { name, value } => self.attribute(&name, &value),
            Event::End => self.end(),
            Event::Text(text) if text.is_empty() => Ok(()),
            Event::Text(text) if text.contains('\0') => {
                self.content(&Token::Opaque(text.as_bytes().into()))
            }
            Event::Text(text) => self.content(&Token::StrI(text.as_bytes().into())),
            Event::Opaque(bytes) if bytes.is_empty() => Ok(()),
            Event::Opaque(bytes) => self.content(&Token::Opaque(bytes)),
        }
    }
}

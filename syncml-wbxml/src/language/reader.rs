//! Reads WBXML of any language: [`Reader`].

use alloc::borrow::{Cow, ToOwned};
use alloc::collections::VecDeque;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;

use super::{Language, date, value};
use crate::charset::Charset;
use crate::error::{Error, ErrorKind, LimitKind, Position};
use crate::event::{Event, Name, Source};
use crate::limits::Limits;
use crate::token::{Header, Token, Tokens, unknown};

/// Reads a WBXML document of a [`Language`] as events, attributes among them.
///
/// All names come as [`Name::Other`], whichever language it is. A nested document stays one
/// [`Event::Opaque`].
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a Bytes,
    language: &'a Language<'a>,
    tokens: Tokens<'a>,
    charset: Charset,
    limits: Limits,
    text: usize,
    /// Namespaces of the open elements.
    open: Vec<Cow<'a, str>>,
    /// Events of one token that are still to be given, with their offsets.
    queue: VecDeque<(usize, Event<'a>)>,
    /// Offset of the event returned last.
    at: usize,
    failed: Option<Error>,
}

/// A start tag.
struct Opening<'a> {
    space: Cow<'a, str>,
    local: Cow<'a, str>,
    attributes: bool,
    content: bool,
    /// Spelled out, so that it may say which namespace it is in.
    is_literal: bool,
}

/// The offset, the name and the value of an attribute.
type Attribute<'a> = (usize, Cow<'a, str>, String);

impl<'a> Reader<'a> {
    /// Reads the header, whatever document type it names.
    ///
    /// # Errors
    ///
    /// Those of [`Tokens::new`].
    pub fn new(
        language: &'a Language<'a>,
        bytes: &'a Bytes,
        limits: &Limits,
    ) -> Result<Self, Error> {
        let tokens = Tokens::new(bytes, limits)?;
        Ok(Self {
            input: bytes,
            language,
            charset: tokens.header().encoding().unwrap_or(Charset::Utf8),
            tokens,
            limits: *limits,
            text: 0,
            open: Vec::new(),
            queue: VecDeque::new(),
            at: 0,
            failed: None,
        })
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header<'a> {
        self.tokens.header()
    }

    /// Elements and bytes of text so far.
    #[cfg(feature = "xml")]
    pub(crate) const fn used(&self) -> (usize, usize) {
        (self.tokens.elements(), self.text)
    }

    /// The next event. As long as the list of tokens: one arm for each.
    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        if let Some((at, event)) = self.queue.pop_front() {
            self.at = at;
            return Ok(Some(event));
        }
        while let Some(token) = self.tokens.next() {
            let token = token?;
            self.at = self.tokens.offset();
            let run = match token {
                Token::Tag {
                    identity,
                    attributes,
                    content,
                } => {
                    let (space, local) = self.tag(identity)?;
                    let tag = Opening {
                        space,
                        local,
                        attributes,
                        content,
                        is_literal: false,
                    };
                    return self.element(tag).map(Some);
                }
                Token::LiteralTag {
                    name,
                    attributes,
                    content,
                } => {
                    let outer = self.open.last().cloned();
                    let tag = Opening {
                        space: outer.unwrap_or_else(|| self.language.namespace().into()),
                        local: self.table_text(name)?,
                        attributes,
                        content,
                        is_literal: true,
                    };
                    return self.element(tag).map(Some);
                }
                Token::End => {
                    self.open.pop();
                    return Ok(Some(Event::End));
                }
                Token::Pi => {
                    self.attributes()?;
                    continue;
                }
                Token::Entity(code) => {
                    let text = self.character(code)?.to_string();
                    return Ok(Some(Event::Text(Cow::Owned(text))));
                }
                Token::Opaque(bytes) => {
                    if bytes.is_empty() {
                        continue;
                    }
                    self.count(bytes.len())?;
                    return Ok(Some(Event::Opaque(bytes)));
                }
                Token::StrI(Cow::Borrowed(run)) => run,
                Token::StrT(offset) => self.table_string(offset),
                // Extensions have a meaning in WML only, and switches none of their own.
                _ => continue,
            };
            if run.is_empty() {
                continue;
            }
            let text = self.charset.decode(run);
            self.count(text.as_ref().map_or(run.len(), |text| text.len()))?;
            return Ok(Some(match text {
                Some(text) => Event::Text(text),
                None => Event::Opaque(Cow::Borrowed(run)),
            }));
        }
        Ok(None)
    }

    /// The namespace and the name of a token.
    fn tag(&mut self, identity: u8) -> Result<(Cow<'a, str>, Cow<'a, str>), Error> {
        let page = self.tokens.page();
        if let Some((space, local)) = self.language.tag(page, identity) {
            return Ok((Cow::Borrowed(space), Cow::Borrowed(local)));
        }
        let (space, local) = unknown(page, identity);
        self.count(local.len())?;
        Ok((Cow::Owned(space), Cow::Owned(local)))
    }

    /// The start of an element; what else it gives goes to the queue.
    fn element(&mut self, tag: Opening<'a>) -> Result<Event<'a>, Error> {
        let at = self.at;
        let mut space = tag.space;
        if tag.attributes {
            for (at, name, value) in self.attributes()? {
                if name == "xmlns" && tag.is_literal {
                    space = Cow::Owned(value);
                } else if name != "xmlns" && !name.starts_with("xmlns:") {
                    let value = Cow::Owned(value);
                    self.queue.push_back((at, Event::Attribute { name, value }));
                }
            }
        }
        if tag.content {
            self.open.push(space.clone());
        } else {
            self.queue.push_back((self.tokens.end(), Event::End));
        }
        if let Cow::Owned(space) = &space {
            self.count(space.len())?;
        }
        self.at = at;
        let local = tag.local;
        Ok(Event::Start(Name::Other { space, local }))
    }

    /// The attributes of a list up to its END: offset, name, value.
    fn attributes(&mut self) -> Result<Vec<Attribute<'a>>, Error> {
        let mut list: Vec<Attribute<'a>> = Vec::new();
        while let Some(token) = self.tokens.next() {
            let token = token?;
            let (at, page) = (self.tokens.offset(), self.tokens.page());
            let before = list.last().map_or(0, |(_, _, value)| value.len());
            match token {
                Token::End => return Ok(list),
                Token::AttributeStart(code) => {
                    let (name, prefix) = match self.language.start(page, code) {
                        Some((name, prefix)) => (Cow::Borrowed(name), prefix),
                        None => (Cow::Owned(value::start_name(page, code)), ""),
                    };
                    self.count(name.len() + prefix.len())?;
                    list.push((at, name, prefix.to_owned()));
                    continue;
                }
                Token::LiteralAttribute(name) => {
                    let name = self.table_text(name)?;
                    list.push((at, name, String::new()));
                    continue;
                }
                _ => {}
            }
            // A value before any attribute belongs to none.
            let Some((_, name, value)) = list.last_mut() else {
                continue;
            };
            match token {
                Token::StrI(run) => value.push_str(&self.tokens.header().decode(&run)),
                Token::StrT(offset) => {
                    let run = self.tokens.table_string(offset);
                    value.push_str(&self.tokens.header().decode(run));
                }
                Token::AttributeValue(code) => match self.language.value(page, code) {
                    Some(part) => value.push_str(part),
                    None => value::push_token(value, page, code),
                },
                Token::Entity(code) => {
                    let code = character(code).ok_or(ErrorKind::Character(code));
                    value.push(code.map_err(|kind| Error::at(kind, at))?);
                }
                Token::Opaque(octets) => {
                    let text = if self.language.is_date(name) {
                        date::decode(&octets).map(Cow::Owned)
                    } else {
                        core::str::from_utf8(&octets).ok().map(Cow::Borrowed)
                    };
                    match text {
                        Some(text) => value.push_str(&text),
                        None => value::push_opaque(value, &octets),
                    }
                }
                _ => {}
            }
            let added = value.len() - before;
            self.count(added)?;
        }
        Ok(list)
    }

    fn table_string(&self, offset: u32) -> &'a [u8] {
        self.tokens.table_string(offset)
    }

    fn table_text(&mut self, offset: u32) -> Result<Cow<'a, str>, Error> {
        let octets = self.table_string(offset);
        self.count(octets.len())?;
        let text = self.charset.decode(octets);
        Ok(text.unwrap_or_else(|| String::from_utf8_lossy(octets)))
    }

    fn character(&mut self, code: u32) -> Result<char, Error> {
        let text = character(code).ok_or_else(|| Error::at(ErrorKind::Character(code), self.at))?;
        self.count(text.len_utf8())?;
        Ok(text)
    }

    fn count(&mut self, len: usize) -> Result<(), Error> {
        self.text = self.text.saturating_add(len);
        if self.text > self.limits.max_text {
            let kind = ErrorKind::Limit(LimitKind::Text);
            return Err(Error::at(kind, self.tokens.offset()));
        }
        Ok(())
    }
}

/// The character of a code, but for NUL.
fn character(code: u32) -> Option<char> {
    char::from_u32(code).filter(|&text| text != '\0')
}

impl<'a> Source<'a> for Reader<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let step = self.step();
        if let Err(error) = &step {
            self.failed = Some(error.clone());
        }
        step
    }

    fn position(&self) -> Position {
        Position::at(self.at)
    }

    fn input(&self) -> Option<&'a Bytes> {
        Some(self.input)
    }
}

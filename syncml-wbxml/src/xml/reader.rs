//! Reads XML: [`Reader`].

use std::borrow::Cow;

use bytes::Bytes;
use quick_xml::Reader as Tokenizer;
use quick_xml::errors::SyntaxError;
use quick_xml::events::{BytesStart, BytesText, Event as Token};

use super::name::is_name;
use super::namespace::{Bindings, Namespace, Parent, resolve, root};
use super::place::Lines;
use super::text::{is_blank, is_legal, normalize, push_reference, unescape};
use crate::doctype::Doctype;
use crate::error::{Error, ErrorKind, LimitKind, Position};
use crate::event::{Event, Name, Source};
use crate::limits::Limits;
use crate::tag::{Space, devinf, syncml};

/// Reads an XML document as events that borrow from it.
///
/// Runs of text, CDATA sections and references come as one [`Event::Text`]; white space between
/// elements does not come, that in a leaf does. Attributes are ignored.
///
/// A name in a foreign namespace is [`Name::Other`]. Any other name is looked up where its own
/// prefix or declaration says, then in the vocabulary of its parent, with MetInf for children of
/// `Meta` and `Data`, and DevInf for `DevInf` in `Data`. If the root has a strange namespace but is
/// called `SyncML`, `DevInf` or `MetInf`, then that namespace is taken for ours.
///
/// ```
/// use syncml_wbxml::{Bytes, Event, Limits, Source, tag::syncml, xml};
///
/// let bytes = Bytes::from_static(b"<SyncML xmlns='SYNCML:SYNCML1.2'> <SyncBody/> </SyncML>");
/// let mut reader = xml::Reader::new(&bytes, &Limits::default())?;
/// assert_eq!(reader.next_event()?, Some(Event::Start(syncml::SYNC_ML.into())));
/// assert_eq!(reader.next_event()?, Some(Event::Start(syncml::SYNC_BODY.into())));
/// assert_eq!(reader.next_event()?, Some(Event::End));
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a Bytes,
    tokens: Tokenizer<&'a [u8]>,
    /// Octets of the byte order mark, which the tokenizer does not get to see.
    base: usize,
    lines: Lines<'a>,
    limits: Limits,
    elements: usize,
    text: usize,
    doctype: Doctype,
    /// The vocabulary of the root.
    home: Option<Space>,
    bindings: Bindings<'a>,
    open: Vec<Open<'a>>,
    run: Run<'a>,
    /// A tag read to see where text ends.
    ahead: Ahead<'a>,
    state: State,
    failed: Option<Error>,
    /// The element that began last is `VerDTD`, whose text decides on the version.
    in_version: bool,
    /// Offset of the event returned last.
    at: usize,
}

#[derive(Clone, Debug)]
struct Open<'a> {
    element: Parent<'a>,
    /// Declarations in force outside.
    bindings: usize,
}

/// Character data since the last event.
#[derive(Clone, Debug, Default)]
struct Run<'a> {
    text: Cow<'a, str>,
    at: usize,
    /// Not blank, or spelled as CDATA or a reference: kept wherever it stands.
    kept: bool,
}

#[derive(Clone, Debug)]
enum Ahead<'a> {
    Nothing,
    Start {
        tag: BytesStart<'a>,
        is_empty: bool,
        at: usize,
    },
    End {
        at: usize,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Prolog,
    /// Right after a start tag.
    Started,
    /// In an element, not at its start.
    Inside,
    /// Right after an empty element tag, which is a start and an end.
    Empty,
    /// After the root.
    Epilog,
    Done,
}

impl<'a> Reader<'a> {
    /// Reads what precedes the root, and the start of the root.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Xml`], [`ErrorKind::NotUtf8`] or [`ErrorKind::Truncated`] for what is not XML,
    /// [`ErrorKind::InternalSubset`] for a document that declares entities or elements,
    /// [`ErrorKind::Limit`] for a document that is too long.
    pub fn new(bytes: &'a Bytes, limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.max_bytes {
            return Err(Error::at(
                ErrorKind::Limit(LimitKind::Bytes),
                limits.max_bytes,
            ));
        }
        let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let mut tokens = Tokenizer::from_reader(text);
        tokens.config_mut().allow_dangling_amp = true;
        let mut reader = Self {
            input: bytes,
            tokens,
            base: bytes.len() - text.len(),
            lines: Lines::new(bytes),
            limits: *limits,
            elements: 0,
            text: 0,
            doctype: Doctype::Unknown,
            home: None,
            bindings: Bindings::default(),
            open: Vec::new(),
            run: Run::default(),
            ahead: Ahead::Nothing,
            state: State::Prolog,
            failed: None,
            in_version: false,
            at: 0,
        };
        reader.prolog()?;
        Ok(reader)
    }

    /// The document type: what the document type declaration or the namespace of the root says,
    /// corrected by the text of `VerDTD` once that has been read.
    #[must_use]
    pub const fn doctype(&self) -> Doctype {
        self.doctype
    }

    /// Looks at the root, and leaves its tag for the first step.
    fn prolog(&mut self) -> Result<(), Error> {
        loop {
            let at = self.offset();
            let token = self.tokens.read_event();
            let (tag, is_empty) = match token.map_err(|error| self.xml_error(error))? {
                Token::Start(tag) => (tag, false),
                Token::Empty(tag) => (tag, true),
                token => {
                    self.other_token(token, at)?;
                    continue;
                }
            };
            let declared = tag
                .attributes()
                .with_checks(false)
                .filter_map(Result::ok)
                .filter(|a| a.key.0 == "xmlns" || a.key.0.starts_with("xmlns:"))
                .find_map(|attribute| Doctype::from_namespace(&attribute.value));
            if let Some(doctype) = declared {
                self.doctype = doctype;
            }
            self.ahead = Ahead::Start { tag, is_empty, at };
            return Ok(());
        }
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        match self.state {
            State::Started | State::Inside | State::Prolog | State::Epilog => {}
            State::Empty => {
                self.at = self.offset();
                return Ok(Some(self.end()));
            }
            State::Done => return self.failed.clone().map_or(Ok(None), Err),
        }
        if !matches!(self.ahead, Ahead::Nothing) {
            return self.resume();
        }
        loop {
            let at = self.offset();
            match self.tokens.read_event() {
                Ok(Token::Text(text)) if self.state != State::Epilog => {
                    let text = normalize(text.into_inner());
                    let kept = !is_blank(&text);
                    self.collect(text, kept, at)?;
                }
                Ok(Token::Start(tag)) => return self.begin(tag, false, at),
                Ok(Token::Empty(tag)) => return self.begin(tag, true, at),
                Ok(Token::End(_)) => {
                    if let Some(text) = self.take_run(true) {
                        self.ahead = Ahead::End { at };
                        return Ok(Some(Event::Text(text)));
                    }
                    self.at = at;
                    return Ok(Some(self.end()));
                }
                Ok(Token::Eof) if self.state == State::Epilog => {
                    self.state = State::Done;
                    return Ok(None);
                }
                Ok(token) => self.other_token(token, at)?,
                Err(error) => return Err(self.xml_error(error)),
            }
        }
    }

    /// Handles the tag that text has been returned before.
    fn resume(&mut self) -> Result<Option<Event<'a>>, Error> {
        match core::mem::replace(&mut self.ahead, Ahead::Nothing) {
            Ahead::Start { tag, is_empty, at } => self.begin(tag, is_empty, at),
            Ahead::End { at } => {
                self.at = at;
                Ok(Some(self.end()))
            }
            Ahead::Nothing => Ok(None),
        }
    }

    /// Returns the text before a start tag, if there is any, or else the start.
    fn begin(
        &mut self,
        tag: BytesStart<'a>,
        is_empty: bool,
        at: usize,
    ) -> Result<Option<Event<'a>>, Error> {
        if self.state == State::Epilog {
            return Err(self.error_str("a second root", at));
        }
        if let Some(text) = self.take_run(false) {
            self.ahead = Ahead::Start { tag, is_empty, at };
            return Ok(Some(Event::Text(text)));
        }
        self.at = at;
        let event = self.start(&tag)?;
        self.state = if is_empty {
            State::Empty
        } else {
            State::Started
        };
        Ok(Some(event))
    }

    /// The text since the last tag, if it is content rather than white space between elements.
    fn take_run(&mut self, at_end: bool) -> Option<Cow<'a, str>> {
        if self.run.text.is_empty() {
            // An empty CDATA section keeps nothing.
            self.run.kept = false;
            return None;
        }
        let run = core::mem::take(&mut self.run);
        let in_leaf = at_end && self.state == State::Started;
        if !run.kept && !in_leaf {
            return None;
        }
        self.state = State::Inside;
        self.at = run.at;
        if self.in_version {
            self.version(&run.text);
        }
        Some(run.text)
    }

    /// Handles what is neither a tag nor text of an element.
    fn other_token(&mut self, token: Token<'a>, at: usize) -> Result<(), Error> {
        let outside = matches!(self.state, State::Prolog | State::Epilog);
        match token {
            // Some devices send the NUL that ends their buffer.
            Token::Text(text) if text.bytes().all(|b| b.is_ascii_whitespace() || b == 0) => Ok(()),
            Token::Text(_) | Token::CData(_) | Token::GeneralRef(_) if outside => {
                Err(self.error_str("text outside of the root", at))
            }
            Token::CData(text) => self.collect(normalize(text.into_inner()), true, at),
            Token::GeneralRef(reference) => {
                let mut text = String::new();
                push_reference(&mut text, &reference).map_err(|kind| self.error(kind, at))?;
                self.collect(Cow::Owned(text), true, at)
            }
            Token::DocType(text) if self.state == State::Prolog => self.document_type(&text, at),
            Token::DocType(_) => Err(self.error_str("a document type declaration in the root", at)),
            Token::Eof => Err(self.error(ErrorKind::Truncated, at)),
            Token::Decl(_) | Token::PI(_) | Token::Comment(_) => Ok(()),
            // The callers handle these.
            Token::Text(_) | Token::Start(_) | Token::Empty(_) | Token::End(_) => Ok(()),
        }
    }

    /// Adds to the character data since the last tag.
    fn collect(&mut self, text: Cow<'a, str>, kept: bool, at: usize) -> Result<(), Error> {
        self.count_text(text.len(), at)?;
        let run = &mut self.run;
        run.kept |= kept;
        if run.text.is_empty() {
            run.text = text;
            run.at = at;
        } else {
            run.text.to_mut().push_str(&text);
        }
        Ok(())
    }

    /// Refuses an internal subset, and takes a known public identifier for a hint.
    fn document_type(&mut self, text: &BytesText<'_>, at: usize) -> Result<(), Error> {
        let mut rest: &str = text;
        let mut first = true;
        while let Some(i) = rest.find(['"', '\'', '[']) {
            if rest[i..].starts_with('[') {
                return Err(self.error(ErrorKind::InternalSubset, at));
            }
            let quote = if rest[i..].starts_with('"') {
                '"'
            } else {
                '\''
            };
            let Some((literal, after)) = rest[i + 1..].split_once(quote) else {
                break;
            };
            if first {
                self.doctype = Doctype::from_fpi(literal).unwrap_or_default();
                first = false;
            }
            rest = after;
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'a>) -> Result<Event<'a>, Error> {
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            return Err(self.error(ErrorKind::Limit(LimitKind::Elements), self.at));
        }
        if self.open.len() >= self.limits.max_depth {
            return Err(self.error(ErrorKind::Limit(LimitKind::Depth), self.at));
        }
        let outer = self.bindings.len();
        self.declare(tag)?;
        let full = tag.name();
        let (prefix, local) = match full.0.bytes().position(|b| b == b':') {
            Some(colon) => (&full.0[..colon], &full.0[colon + 1..]),
            None => ("", full.0),
        };
        if self.open.is_empty() {
            self.adopt(prefix, local);
        }
        let (namespace, here) = self.bindings.get(prefix, outer);
        // A prefix that nobody declared says nothing.
        let own = here || !prefix.is_empty() && *namespace != Namespace::Missing;
        let parent = self.open.last().map(|open| &open.element);
        let known = match namespace {
            Namespace::Foreign(_) => None,
            _ => resolve(local, namespace, own, parent),
        };
        let (name, element) = match known {
            Some(tag) => {
                let namespace = Namespace::Known(tag.space());
                (
                    Name::Known(tag),
                    Parent {
                        tag: Some(tag),
                        namespace,
                    },
                )
            }
            None => {
                let namespace = match (namespace, parent) {
                    (Namespace::Missing, Some(parent)) => parent.namespace.clone(),
                    _ => namespace.clone(),
                };
                (
                    self.other(&namespace, local)?,
                    Parent {
                        tag: None,
                        namespace,
                    },
                )
            }
        };
        self.open.push(Open {
            element,
            bindings: outer,
        });
        if self.open.len() == 1 {
            self.home = name.space();
            if self.doctype.space() != self.home {
                let version = self.doctype.version();
                self.doctype = self
                    .home
                    .and_then(|space| Doctype::new(space, version))
                    .unwrap_or_default();
            }
        }
        self.in_version = match name.tag() {
            Some(syncml::VER_DTD) => self.home == Some(Space::SyncMl),
            Some(devinf::VER_DTD) => self.home == Some(Space::DevInf),
            _ => false,
        };
        Ok(Event::Start(name))
    }

    /// The name of an element that has no tag.
    fn other(&mut self, namespace: &Namespace<'a>, local: &str) -> Result<Name<'a>, Error> {
        if !is_name(local) {
            return Err(self.error_str("an element without a proper name", self.at));
        }
        let space = match namespace {
            Namespace::Missing => Cow::Borrowed(""),
            Namespace::Known(space) => Cow::Borrowed(space.namespace()),
            Namespace::Foreign(uri) => uri.clone(),
        };
        // A namespace may be declared once and named a million times.
        self.count_text(space.len() + local.len(), self.at)?;
        Ok(Name::Other {
            space,
            local: self.borrow(local),
        })
    }

    /// Enters the namespace declarations of a tag.
    fn declare(&mut self, tag: &BytesStart<'a>) -> Result<(), Error> {
        if tag.attributes_raw().is_empty() {
            return Ok(());
        }
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute
                .map_err(|error| self.error(ErrorKind::Xml(error.to_string().into()), self.at))?;
            let prefix = match attribute.key.0.strip_prefix("xmlns") {
                Some("") => Cow::Borrowed(""),
                Some(prefix) => match prefix.strip_prefix(':') {
                    Some(prefix) => self.borrow(prefix),
                    None => continue,
                },
                None => continue,
            };
            let uri = match unescape(&attribute.value) {
                Some(uri) => Cow::Owned(uri),
                None => self.borrow(&attribute.value),
            };
            self.count_text(uri.len(), self.at)?;
            if !is_legal(&uri) {
                return Err(self.error_str("a control character in a namespace", self.at));
            }
            // Prefixes come from the input, so there is always a borrowed one.
            if let Cow::Borrowed(prefix) = prefix
                && !self.bindings.declare(prefix, Namespace::new(trim(uri)))
            {
                return Err(self.error(ErrorKind::Limit(LimitKind::Namespaces), self.at));
            }
        }
        Ok(())
    }

    /// Takes a strange namespace for ours if the root has one of our names.
    fn adopt(&mut self, prefix: &str, local: &str) {
        if let (Namespace::Foreign(_), Some(tag)) = (self.bindings.get(prefix, 0).0, root(local)) {
            self.bindings.alias(prefix, tag.space());
        }
    }

    /// The same text with the lifetime of the input it stands in.
    fn borrow(&self, part: &str) -> Cow<'a, str> {
        let start = (part.as_ptr() as usize).wrapping_sub(self.input.as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        match self
            .input
            .get(start..end)
            .and_then(|part| core::str::from_utf8(part).ok())
        {
            Some(borrowed) => Cow::Borrowed(borrowed),
            None => Cow::Owned(part.to_owned()),
        }
    }

    fn end(&mut self) -> Event<'a> {
        self.in_version = false;
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.bindings);
        }
        self.state = if self.open.is_empty() {
            State::Epilog
        } else {
            State::Inside
        };
        Event::End
    }

    fn version(&mut self, text: &str) {
        self.in_version = false;
        if let Some(doctype) = self.home.and_then(|space| Doctype::new(space, text)) {
            self.doctype = doctype;
        }
    }

    fn count_text(&mut self, len: usize, at: usize) -> Result<(), Error> {
        self.text = self.text.saturating_add(len);
        if self.text > self.limits.max_text {
            return Err(self.error(ErrorKind::Limit(LimitKind::Text), at));
        }
        Ok(())
    }

    /// Offset of the next token.
    fn offset(&self) -> usize {
        usize::try_from(self.tokens.buffer_position())
            .unwrap_or(usize::MAX)
            .saturating_add(self.base)
    }

    fn error(&self, kind: ErrorKind, at: usize) -> Error {
        Error::new(kind, self.lines.position(at))
    }

    fn error_str(&self, what: &str, at: usize) -> Error {
        self.error(ErrorKind::Xml(what.into()), at)
    }

    fn xml_error(&self, error: quick_xml::Error) -> Error {
        let at = usize::try_from(self.tokens.error_position()).unwrap_or(usize::MAX);
        let at = at.saturating_add(self.base);
        let kind = match error {
            quick_xml::Error::Encoding(_) => ErrorKind::NotUtf8,
            // All others mean that something is not closed before the end.
            quick_xml::Error::Syntax(error) if error != SyntaxError::InvalidBangMarkup => {
                ErrorKind::Truncated
            }
            error => ErrorKind::Xml(error.to_string().into()),
        };
        self.error(kind, at)
    }
}

impl<'a> Source<'a> for Reader<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        let step = self.step();
        if let Err(error) = &step {
            self.state = State::Done;
            self.failed = Some(error.clone());
        }
        step
    }

    fn position(&self) -> Position {
        self.lines.position(self.at)
    }

    fn input(&self) -> Option<&'a Bytes> {
        Some(self.input)
    }
}

fn trim(uri: Cow<'_, str>) -> Cow<'_, str> {
    match uri {
        Cow::Borrowed(uri) => Cow::Borrowed(uri.trim_ascii()),
        Cow::Owned(uri) => Cow::Owned(uri.trim_ascii().to_owned()),
    }
}

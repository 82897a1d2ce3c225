//! Reads XML: [`Reader`].

mod short_cut;
mod tag;

use bytes::{Bytes, BytesMut};
use quick_xml::events::attributes::Attributes;

use self::tag::{Open, Usual};
use super::namespace::Bindings;
use super::place::Lines;
use super::run::Run;
use super::scan::Piece;
use super::text::resolve_reference;
use crate::doctype::Doctype;
use crate::error::{Error, ErrorKind, LimitKind, Position};
use crate::event::{Child, Event, Mark, Source};
use crate::limits::Limits;
use crate::tag::{Space, devinf, syncml};

/// Reads an XML document as events that borrow from it.
///
/// Runs of text, CDATA sections and references come as one [`Event::Text`]; white space between
/// elements does not come, that in a leaf does. Attributes are ignored unless
/// [asked for](Self::with_attributes).
///
/// A name in a foreign namespace is [`Name::Other`](crate::Name::Other). Any other name is looked
/// up where its own prefix or declaration says, then in the vocabulary of its parent, with MetInf
/// for children of `Meta` and `Data`, and DevInf for `DevInf` in `Data`. If the root has a strange
/// namespace but is called `SyncML`, `DevInf` or `MetInf`, then that namespace is taken for ours.
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
    /// The input as far as it is UTF-8.
    text: &'a str,
    /// Offset of what comes next.
    pos: usize,
    /// Offset of the event returned last.
    at: usize,
    state: State,
    open: Vec<Open<'a>>,
    bindings: Bindings<'a>,
    usual: Usual<'a>,
    elements: usize,
    characters: usize,
    limits: Limits,
    doctype: Doctype,
    /// The vocabulary of the root.
    home: Option<Space>,
    with_attributes: bool,
    /// Those of the element that began last which have not been given.
    attributes: Option<Attributes<'a>>,
    /// Where content is put together that is not in the input as it is.
    spare: BytesMut,
    /// Size of the spare buffer allocated last.
    spare_len: usize,
    lines: Lines<'a>,
    failed: Option<Error>,
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
    /// Reads what precedes the root.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Xml`], [`ErrorKind::NotUtf8`] or [`ErrorKind::Truncated`] for what is not XML,
    /// [`ErrorKind::InternalSubset`] for a document that declares entities or elements,
    /// [`ErrorKind::Limit`] for a document that is too long.
    pub fn new(bytes: &'a Bytes, limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.max_bytes {
            let kind = ErrorKind::Limit(LimitKind::Bytes);
            return Err(Error::at(kind, limits.max_bytes));
        }
        let text = simdutf8::basic::from_utf8(bytes).unwrap_or_else(|_| {
            // What is wrong is found when it is reached.
            bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid())
        });
        let mut reader = Self {
            input: bytes,
            text,
            pos: if text.starts_with('\u{FEFF}') { 3 } else { 0 },
            at: 0,
            state: State::Prolog,
            open: Vec::new(),
            bindings: Bindings::new(),
            usual: Usual::default(),
            elements: 0,
            characters: 0,
            limits: *limits,
            doctype: Doctype::Unknown,
            home: None,
            with_attributes: false,
            attributes: None,
            spare: BytesMut::new(),
            spare_len: 0,
            lines: Lines::new(bytes),
            failed: None,
        };
        if !reader.outside()? {
            return Err(reader.truncated(reader.pos));
        }
        let (content, name, _) = reader.tag()?;
        let declared = Attributes::new(content, name.len())
            .with_checks(false)
            .filter_map(Result::ok)
            .filter(|a| a.key.0 == "xmlns" || a.key.0.starts_with("xmlns:"))
            .find_map(|attribute| Doctype::from_namespace(&attribute.value));
        if let Some(doctype) = declared {
            reader.doctype = doctype;
        }
        Ok(reader)
    }

    /// Whether [`next_event`](Source::next_event) gives an [`Event::Attribute`] for each attribute,
    /// right after the start of its element. Off by default. Declarations of namespaces do not come:
    /// names tell.
    #[must_use]
    pub const fn with_attributes(mut self, on: bool) -> Self {
        self.with_attributes = on;
        self
    }

    /// The document type: what the document type declaration or the namespace of the root says,
    /// corrected by the text of `VerDTD` once that has been read.
    #[must_use]
    pub const fn doctype(&self) -> Doctype {
        self.doctype
    }

    const fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        if self.attributes.is_some()
            && let Some(event) = self.attribute()?
        {
            return Ok(Some(event));
        }
        match self.state {
            State::Started | State::Inside => self.content().map(Some),
            State::Empty => {
                self.at = self.pos;
                self.close();
                Ok(Some(Event::End))
            }
            State::Prolog => self.start().map(Some),
            State::Epilog => {
                if self.outside()? {
                    return Err(self.error_str("a second root", self.pos));
                }
                if self.text.len() < self.input.len() {
                    return Err(self.truncated(self.pos));
                }
                self.state = State::Done;
                Ok(None)
            }
            State::Done => self.failed.clone().map_or(Ok(None), Err),
        }
    }

    /// The next event in an element.
    fn content(&mut self) -> Result<Event<'a>, Error> {
        let mut run = Run::default();
        loop {
            let at = self.pos;
            let piece = Piece::at(self.bytes(), at);
            let next = piece.next().unwrap_or(at);
            let before = run.len();
            match piece {
                Piece::Text(range) => run.push_text(&self.text[range], at),
                Piece::CData(range) => run.push_cdata(&self.text[range], at),
                Piece::Reference(range) => {
                    let character = resolve_reference(&self.text[range]);
                    match character.map_err(|kind| self.error(kind, at))? {
                        Some(character) => run.push_char(character, at),
                        // It stands for itself, with its punctuation.
                        None => run.push_text(&self.text[at..next], at),
                    }
                }
                Piece::Aside => {
                    self.aside()?;
                    continue;
                }
                Piece::Start | Piece::End => {
                    let in_leaf = piece == Piece::End && self.state == State::Started;
                    if let Some(text) = run.finish(in_leaf) {
                        self.state = State::Inside;
                        self.at = run.at;
                        if self.decides_version() {
                            self.set_version(&text);
                        }
                        return Ok(Event::Text(text));
                    }
                    if piece == Piece::Start {
                        return self.start();
                    }
                    self.end()?;
                    return Ok(Event::End);
                }
                Piece::Truncated => return Err(self.truncated(at)),
            }
            self.count_text(run.len() - before, at)?;
            self.pos = next;
        }
    }

    /// Passes over what may stand outside of the root. Whether something follows.
    fn outside(&mut self) -> Result<bool, Error> {
        loop {
            let at = self.pos;
            match Piece::at(self.bytes(), at) {
                Piece::Aside => self.aside()?,
                Piece::Start => return Ok(true),
                // Some devices send the NUL that ends their buffer.
                Piece::Text(range)
                    if self.text[range.clone()]
                        .bytes()
                        .all(|b| b.is_ascii_whitespace() || b == 0) =>
                {
                    self.pos = range.end;
                }
                Piece::Truncated if at == self.text.len() => return Ok(false),
                Piece::Truncated => return Err(self.truncated(at)),
                Piece::End => return Err(self.error_str("an end without a start", at)),
                Piece::Text(_) | Piece::CData(_) | Piece::Reference(_) => {
                    return Err(self.error_str("text outside of the root", at));
                }
            }
        }
    }

    /// Passes over a declaration, comment or processing instruction. A document type declaration
    /// may stand before the root.
    fn aside(&mut self) -> Result<(), Error> {
        let at = self.pos;
        let mut tokens = quick_xml::Reader::from_str(&self.text[at..]);
        match tokens.read_event() {
            Ok(quick_xml::events::Event::DocType(text)) if self.state == State::Prolog => {
                self.document_type(&text, at)?;
            }
            Ok(quick_xml::events::Event::DocType(_)) => {
                return Err(self.error_str("a document type declaration in the root", at));
            }
            Ok(_) => {}
            // Something is not closed before the end.
            Err(quick_xml::Error::Syntax(error))
                if error != quick_xml::errors::SyntaxError::InvalidBangMarkup =>
            {
                return Err(self.truncated(at));
            }
            Err(error) => return Err(self.error_str(&error.to_string(), at)),
        }
        // The tokenizer has seen the text from `at` on, and taken one token.
        self.pos = usize::try_from(tokens.buffer_position())
            .unwrap_or(usize::MAX)
            .saturating_add(at);
        Ok(())
    }

    /// Refuses an internal subset, and takes a known public identifier for a hint.
    fn document_type(&mut self, text: &str, at: usize) -> Result<(), Error> {
        let mut rest = text;
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

    /// The innermost element has ended.
    fn close(&mut self) {
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.bindings);
        }
        self.state = if self.open.is_empty() {
            State::Epilog
        } else {
            State::Inside
        };
    }

    fn set_home(&mut self, home: Option<Space>) {
        self.home = home;
        if self.doctype.space() != home {
            let version = self.doctype.version();
            self.doctype = home
                .and_then(|space| Doctype::new(space, version))
                .unwrap_or_default();
        }
    }

    /// Whether the text of the innermost element is the version of the document.
    fn decides_version(&self) -> bool {
        let tag = self.open.last().and_then(|open| open.element.tag);
        matches!(tag, Some(tag @ (syncml::VER_DTD | devinf::VER_DTD)) if self.home == Some(tag.space()))
    }

    fn set_version(&mut self, text: &str) {
        if let Some(doctype) = self.home.and_then(|space| Doctype::new(space, text)) {
            self.doctype = doctype;
        }
    }

    fn count_element(&mut self) -> Result<(), Error> {
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            return Err(self.error(ErrorKind::Limit(LimitKind::Elements), self.at));
        }
        if self.open.len() >= self.limits.max_depth {
            return Err(self.error(ErrorKind::Limit(LimitKind::Depth), self.at));
        }
        Ok(())
    }

    fn count_text(&mut self, len: usize, at: usize) -> Result<(), Error> {
        self.characters = self.characters.saturating_add(len);
        if self.characters > self.limits.max_text {
            return Err(self.error(ErrorKind::Limit(LimitKind::Text), at));
        }
        Ok(())
    }

    #[cold]
    fn error(&self, kind: ErrorKind, at: usize) -> Error {
        Error::new(kind, self.lines.position(at))
    }

    #[cold]
    fn error_str(&self, what: &str, at: usize) -> Error {
        self.error(ErrorKind::Xml(what.into()), at)
    }

    /// What begins at this place does not end.
    #[cold]
    fn truncated(&self, at: usize) -> Error {
        if self.text.len() < self.input.len() {
            return self.error(ErrorKind::NotUtf8, self.text.len());
        }
        self.error(ErrorKind::Truncated, at)
    }

    /// A source that has failed stays failed.
    #[cold]
    fn fail(&mut self, error: Error) -> Error {
        self.state = State::Done;
        self.attributes = None;
        self.failed = Some(error.clone());
        error
    }
}

impl<'a> Source<'a> for Reader<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        self.step().map_err(|error| self.fail(error))
    }

    fn position(&self) -> Position {
        self.lines.position(self.at)
    }

    fn input(&self) -> Option<&'a Bytes> {
        Some(self.input)
    }

    fn child(&mut self) -> Result<Child<'a>, Error> {
        self.next_child().map_err(|error| self.fail(error))
    }

    fn whole_run(&mut self) -> Result<Option<&'a [u8]>, Error> {
        Ok(self.leaf_text().map(str::as_bytes))
    }

    fn whole_octets(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(self.leaf_octets())
    }

    fn mark(&self) -> Option<Mark> {
        self.here()
    }

    fn pass_same(&mut self, from: Mark, to: Mark) -> Result<bool, Error> {
        Ok(self.pass(from, to))
    }
}

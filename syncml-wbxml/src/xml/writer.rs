//! Writes XML: [`Writer`].

use core::ops::Range;

use super::name::is_name;
use super::text::push_escaped;
use crate::doctype::Doctype;
use crate::encoder::Encoder;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Name, Sink};
use crate::tag::{Space, Tag};

const DECLARATION: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// Writes events as an XML document in canonical form.
///
/// A declaration, no document type, no white space; `xmlns` wherever the vocabulary changes and
/// nowhere else; empty elements as one tag; `&`, `<`, `>` and CR escaped. [`Event::Opaque`] is
/// written as text if it is valid UTF-8. [`Event::Attribute`] is written if it comes right after a
/// start and has no prefix other than `xml`.
///
/// ```
/// use syncml_wbxml::{Doctype, tag::syncml, write, xml};
///
/// let mut writer = xml::Writer::new(Doctype::SyncMl12);
/// write::put_start(&mut writer, syncml::SYNC_ML)?;
/// write::put_leaf(&mut writer, syncml::MSG_ID, "1")?;
/// write::put_end(&mut writer)?;
/// let xml = writer.finish()?;
/// assert_eq!(
///     String::from_utf8_lossy(&xml),
///     r#"<?xml version="1.0" encoding="UTF-8"?><SyncML xmlns="SYNCML:SYNCML1.2"><MsgID>1</MsgID></SyncML>"#
/// );
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer {
    out: Vec<u8>,
    doctype: Doctype,
    state: State,
}

/// What a checkpoint has to bring back.
#[derive(Clone, Debug)]
struct State {
    open: Vec<Open>,
    /// Bytes of the end tags of all open elements.
    closing: usize,
    last: Last,
}

impl State {
    fn renew(&mut self, state: &Self) {
        let Self {
            open,
            closing,
            last,
        } = state;
        (self.closing, self.last) = (*closing, *last);
        self.open.clone_from(open);
    }
}

#[derive(Clone, Debug)]
struct Open {
    /// Where the name stands in the output.
    name: Range<usize>,
    namespace: Namespace,
}

/// The default namespace in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Namespace {
    None,
    Known(Space),
    /// Where the URI stands in the output, escaped.
    Foreign(Range<usize>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Declaration,
    /// A start tag without its `>`.
    Start,
    Other,
    /// The end of the root.
    Root,
}

/// A state of a [`Writer`] to come back to.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    len: usize,
    state: State,
}

impl Writer {
    /// A writer for a document of this type.
    ///
    /// With [`Doctype::Unknown`] a SyncML root gets the namespace of version 1.2.
    #[must_use]
    pub fn new(doctype: Doctype) -> Self {
        Self::with_capacity(doctype, 512)
    }

    /// A writer with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(doctype: Doctype, capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity.max(DECLARATION.len()));
        out.extend_from_slice(DECLARATION);
        let state = State {
            open: Vec::new(),
            closing: 0,
            last: Last::Declaration,
        };
        Self {
            out,
            doctype,
            state,
        }
    }

    /// The document type given to [`new`](Self::new).
    #[must_use]
    pub const fn doctype(&self) -> Doctype {
        self.doctype
    }

    /// Bytes written so far, see [`Encoder::len`].
    #[must_use]
    pub const fn len(&self) -> usize {
        self.out.len()
    }

    /// Whether no element has begun yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.last == Last::Declaration
    }

    /// Bytes that ending all open elements would add, see [`Encoder::closing_len`].
    #[must_use]
    pub fn closing_len(&self) -> usize {
        match (self.state.last, self.state.open.last()) {
            (Last::Start, Some(open)) => self.state.closing - end_len(&open.name) + "/>".len(),
            _ => self.state.closing,
        }
    }

    /// The present state.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            len: self.out.len(),
            state: self.state.clone(),
        }
    }

    /// Makes an older checkpoint one of the present state. Its memory is used again.
    pub fn renew(&self, checkpoint: &mut Checkpoint) {
        checkpoint.len = self.out.len();
        checkpoint.state.renew(&self.state);
    }

    /// Takes back all that was put since the checkpoint, see [`Encoder::rollback`].
    pub fn rollback(&mut self, to: &Checkpoint) {
        self.out.truncate(to.len);
        self.state.clone_from(&to.state);
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unbalanced`] unless the root has been put and ended.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        if self.state.last != Last::Root {
            return Err(self.unbalanced("the root has not ended"));
        }
        Ok(self.out)
    }

    fn start(&mut self, name: &Name<'_>) -> Result<(), Error> {
        if self.state.last == Last::Root {
            return Err(self.unbalanced("a second root"));
        }
        if self.state.open.is_empty()
            && let (Some(expected), Name::Known(tag)) = (self.doctype.space(), name)
            && expected != tag.space()
        {
            return Err(self.error(ErrorKind::Root));
        }
        let local = name.local();
        if name.tag().is_none() && !is_name(local) {
            return Err(self.error(ErrorKind::Name(local.into())));
        }
        let before = (self.out.len(), self.state.last);
        self.content();
        self.out.push(b'<');
        let from = self.out.len();
        self.out.extend_from_slice(local.as_bytes());
        let written = from..self.out.len();
        let Some(namespace) = self.declare(name) else {
            return Err(self.take_back(before));
        };
        self.state.closing += end_len(&written);
        self.state.open.push(Open {
            name: written,
            namespace,
        });
        self.state.last = Last::Start;
        Ok(())
    }

    /// Writes `xmlns` if the element is in another namespace than its parent; `None` if XML cannot
    /// carry it.
    fn declare(&mut self, name: &Name<'_>) -> Option<Namespace> {
        let outer = self
            .state
            .open
            .last()
            .map_or(&Namespace::None, |open| &open.namespace);
        let (space, uri) = match name {
            Name::Known(tag) => (Some(tag.space()), ""),
            Name::Other { space, .. } if space.is_empty() => return Some(outer.clone()),
            Name::Other { space, .. } => (Space::from_namespace(space), &**space),
        };
        let from = self.out.len();
        if let Some(space) = space {
            if *outer != Namespace::Known(space) {
                self.declare_space(space);
            }
            return Some(Namespace::Known(space));
        }
        let outer = match outer {
            Namespace::Foreign(uri) => Some(uri.clone()),
            Namespace::None | Namespace::Known(_) => None,
        };
        self.out.extend_from_slice(b" xmlns=\"");
        let start = self.out.len();
        if !push_attribute(&mut self.out, uri) {
            return None;
        }
        let written = start..self.out.len();
        self.out.push(b'"');
        if let Some(outer) = outer
            && self.out[outer.clone()] == self.out[written.clone()]
        {
            self.out.truncate(from);
            return Some(Namespace::Foreign(outer));
        }
        Some(Namespace::Foreign(written))
    }

    fn declare_space(&mut self, space: Space) {
        let uri = match space {
            Space::SyncMl => match self.doctype.space() {
                Some(Space::SyncMl) => self.doctype.namespace(),
                _ => Doctype::SyncMl12.namespace(),
            },
            Space::MetInf | Space::DevInf => space.namespace(),
        };
        self.out.extend_from_slice(b" xmlns=\"");
        self.out.extend_from_slice(uri.as_bytes());
        self.out.push(b'"');
    }

    /// A known element with text only, as its three events would be written. If XML cannot carry the
    /// text, then nothing has been put.
    fn leaf(&mut self, tag: Tag, text: &str) -> Result<(), Error> {
        let Some(parent) = self.state.open.last() else {
            // A root, or one too many.
            self.start(&Name::Known(tag))?;
            self.text(text)?;
            return self.end();
        };
        let is_inherited = parent.namespace == Namespace::Known(tag.space());
        let name = tag.name().as_bytes();
        let before = (self.out.len(), self.state.last);
        self.out.reserve(2 * name.len() + "></>".len() + text.len());
        self.content();
        self.out.push(b'<');
        self.out.extend_from_slice(name);
        if !is_inherited {
            self.declare_space(tag.space());
        }
        if text.is_empty() {
            self.out.extend_from_slice(b"/>");
            return Ok(());
        }
        self.out.push(b'>');
        if !push_escaped(&mut self.out, text) {
            return Err(self.take_back(before));
        }
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name);
        self.out.push(b'>');
        Ok(())
    }

    /// An attribute of the element that has just begun. One with a prefix would need a declaration
    /// that names do not carry, but for that of XML itself.
    fn attribute(&mut self, name: &str, value: &str) -> Result<(), Error> {
        let (Last::Start, Some(open)) = (self.state.last, self.state.open.last()) else {
            return Err(self.unbalanced("an attribute that does not follow a start"));
        };
        let local = name.strip_prefix("xml:").unwrap_or(name);
        if !is_name(local) || local == "xmlns" {
            return Err(self.error(ErrorKind::Name(name.into())));
        }
        let before = (self.out.len(), self.state.last);
        let spelling = format!(" {name}=\"");
        let tag = &self.out[open.name.start..];
        if tag
            .windows(spelling.len())
            .any(|part| part == spelling.as_bytes())
        {
            return Err(self.unbalanced("an attribute twice"));
        }
        self.out.extend_from_slice(spelling.as_bytes());
        if !push_attribute(&mut self.out, value) {
            return Err(self.take_back(before));
        }
        self.out.push(b'"');
        Ok(())
    }

    /// As if what XML cannot carry had not been put, so that the caller can put it in Base64.
    #[cold]
    fn take_back(&mut self, before: (usize, Last)) -> Error {
        self.out.truncate(before.0);
        self.state.last = before.1;
        self.error(ErrorKind::NotXml)
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(open) = self.state.open.pop() else {
            return Err(self.unbalanced("an end without a start"));
        };
        self.state.closing -= end_len(&open.name);
        if self.state.last == Last::Start {
            self.out.extend_from_slice(b"/>");
        } else {
            self.out.extend_from_slice(b"</");
            self.out.extend_from_within(open.name);
            self.out.push(b'>');
        }
        self.state.last = if self.state.open.is_empty() {
            Last::Root
        } else {
            Last::Other
        };
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        if self.state.open.is_empty() {
            return Err(self.unbalanced("content outside of the root"));
        }
        if text.is_empty() {
            return Ok(());
        }
        let before = (self.out.len(), self.state.last);
        self.content();
        if !push_escaped(&mut self.out, text) {
            return Err(self.take_back(before));
        }
        Ok(())
    }

    fn opaque(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match core::str::from_utf8(bytes) {
            Ok(text) => self.text(text),
            Err(_) => Err(self.error(ErrorKind::NotXml)),
        }
    }

    /// Ends the start tag, since something follows in the element.
    fn content(&mut self) {
        if self.state.last == Last::Start {
            self.out.push(b'>');
        }
        self.state.last = Last::Other;
    }

    #[cold]
    fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.out.len())
    }

    #[cold]
    fn unbalanced(&self, what: &'static str) -> Error {
        self.error(ErrorKind::Unbalanced(what))
    }
}

impl Sink for Writer {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        match event {
            Event::Start(name) => self.start(&name),
            Event::Attribute { name, value } => self.attribute(&name, &value),
            Event::End => self.end(),
            Event::Text(text) => self.text(&text),
            Event::Opaque(bytes) => self.opaque(&bytes),
        }
    }

    fn put_leaf(&mut self, tag: Tag, text: &str) -> Result<(), Error> {
        self.leaf(tag, text)
    }
}

impl Encoder for Writer {
    type Checkpoint = Checkpoint;

    fn new(doctype: Doctype) -> Self {
        Self::new(doctype)
    }

    fn with_capacity(doctype: Doctype, capacity: usize) -> Self {
        Self::with_capacity(doctype, capacity)
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn is_empty(&self) -> bool {
        self.is_empty()
    }

    fn closing_len(&self) -> usize {
        self.closing_len()
    }

    fn checkpoint(&self) -> Checkpoint {
        self.checkpoint()
    }

    fn rollback(&mut self, to: &Checkpoint) {
        self.rollback(to);
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        self.finish()
    }
}

/// Bytes of an end tag.
fn end_len(name: &Range<usize>) -> usize {
    name.len() + "</>".len()
}

/// Appends an attribute value.
fn push_attribute(out: &mut Vec<u8>, value: &str) -> bool {
    value.split_inclusive(['"', '\n', '\t']).all(|part| {
        let (text, escape) = match part.as_bytes().last() {
            Some(b'"') => (&part[..part.len() - 1], "&quot;"),
            // Left as they are, a parser would turn them into spaces.
            Some(b'\n') => (&part[..part.len() - 1], "&#10;"),
            Some(b'\t') => (&part[..part.len() - 1], "&#9;"),
            _ => (part, ""),
        };
        let written = push_escaped(out, text);
        out.extend_from_slice(escape.as_bytes());
        written
    })
}

//! Writes WBXML: [`Writer`].

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use crate::cursor::find_nul;
use crate::doctype::Doctype;
use crate::encoder::Encoder;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Mark, Name, Sink};
use crate::mb_int;
use crate::string_table::TableBuilder;
use crate::tag::{Space, Tag, devinf};
use crate::token;

/// Writes events as a WBXML document in canonical form.
///
/// WBXML 1.2, the document type as a number, UTF-8. There is no string table unless an element is
/// unknown; then its name is a literal there. The page is switched right before a start tag of
/// another space and never else.
///
/// An element of the DevInf space inside of a SyncML document begins a nested document, which is put
/// as one OPAQUE when the element ends. Where it is not `DevInf` itself, such as the `Property`
/// elements of a filter, it and its siblings are put into a `DevInf` of their own.
///
/// ```
/// use syncml_wbxml::{Doctype, Writer, tag::syncml, write};
///
/// let mut writer = Writer::new(Doctype::SyncMl12);
/// write::put_start(&mut writer, syncml::SYNC_ML)?;
/// write::put_leaf(&mut writer, syncml::MSG_ID, "1")?;
/// write::put_end(&mut writer)?;
/// assert_eq!(writer.finish()?, b"\x02\xA4\x01\x6A\x00\x6D\x5B\x031\x00\x01\x01");
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer {
    /// Header with an empty string table, then the body.
    out: Vec<u8>,
    /// Octets of the header with an empty string table.
    header: usize,
    doctype: Doctype,
    table: TableBuilder,
    state: State,
    nested: Option<Box<Nested>>,
}

/// Longest text that counts as short: any number, most ids, any name of a command.
const SHORT: usize = 28;

/// What a checkpoint has to bring back.
#[derive(Clone, Debug)]
struct State {
    /// The vocabulary of page 0, once the root is known.
    home: Space,
    page: u8,
    /// The namespace of each open element.
    open: Vec<Scope>,
    last: Last,
}

impl State {
    fn renew(&mut self, state: &Self) {
        let Self {
            home,
            page,
            open,
            last,
        } = state;
        (self.home, self.page, self.last) = (*home, *page, *last);
        self.open.clone_from(open);
    }
}

/// What was written last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    Header,
    /// A start tag, whose octet at this offset lacks the content bit as yet.
    Start(usize),
    /// An inline string, which the next one can continue.
    Text,
    Other,
    /// The end of the root.
    Root,
}

/// The namespace of an open element; literal names in another one declare it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Known(Space),
    /// Offset of a URI in the string table.
    Foreign(u32),
}

/// A document inside of an element of the outer one.
#[derive(Clone, Debug)]
struct Nested {
    writer: Writer,
    /// Elements the caller has left open.
    depth: usize,
    /// The root is one the caller did not put.
    wrapped: bool,
}

/// A state of a [`Writer`] to come back to.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    len: usize,
    table: usize,
    state: State,
    nested: Option<Box<Nested>>,
}

impl Writer {
    /// A writer for a document of this type.
    ///
    /// With [`Doctype::Unknown`] the root decides on the vocabulary, and the header tells nothing.
    #[must_use]
    pub fn new(doctype: Doctype) -> Self {
        Self::with_capacity(doctype, 256)
    }

    /// A writer with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(doctype: Doctype, capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity);
        out.push(0x02);
        mb_int::write(&mut out, doctype.public_id());
        out.extend_from_slice(&[0x6A, 0x00]);
        Self {
            header: out.len(),
            out,
            doctype,
            table: TableBuilder::default(),
            state: State {
                home: doctype.space().unwrap_or(Space::SyncMl),
                page: 0,
                open: Vec::new(),
                last: Last::Header,
            },
            nested: None,
        }
    }

    /// The document type given to [`new`](Self::new).
    #[must_use]
    pub const fn doctype(&self) -> Doctype {
        self.doctype
    }

    /// Bytes written so far, see [`Encoder::len`].
    #[must_use]
    pub fn len(&self) -> usize {
        // The header holds the one octet of an empty table already.
        let outer = self.out.len() - 1 + self.table.header_len();
        outer + self.nested.as_ref().map_or(0, |nested| nested.writer.len())
    }

    /// Whether no element has begun yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.state.last == Last::Header
    }

    /// Bytes that ending all open elements would add, see [`Encoder::closing_len`].
    #[must_use]
    pub fn closing_len(&self) -> usize {
        let open = self.state.open.len();
        match &self.nested {
            Some(nested) => {
                let closing = nested.writer.closing_len();
                1 + mb_int::len(saturate(nested.writer.len() + closing)) + closing + open
            }
            None if matches!(self.state.last, Last::Start(_)) => open - 1,
            None => open,
        }
    }

    /// The present state.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            len: self.out.len(),
            table: self.table.len(),
            state: self.state.clone(),
            nested: self.nested.clone(),
        }
    }

    /// Makes an older checkpoint one of the present state. Its memory is used again.
    pub fn renew(&self, checkpoint: &mut Checkpoint) {
        checkpoint.len = self.out.len();
        checkpoint.table = self.table.len();
        checkpoint.state.renew(&self.state);
        checkpoint.nested.clone_from(&self.nested);
    }

    /// Takes back all that was put since the checkpoint, see [`Encoder::rollback`].
    pub fn rollback(&mut self, to: &Checkpoint) {
        self.out.truncate(to.len);
        self.table.truncate(to.table);
        self.state.clone_from(&to.state);
        self.nested.clone_from(&to.nested);
        // What came later may have changed the last octet.
        match self.state.last {
            Last::Start(at) => {
                if let Some(octet) = self.out.get_mut(at) {
                    *octet &= !token::CONTENT;
                }
            }
            Last::Text => {
                if let Some(octet) = self.out.last_mut() {
                    *octet = 0;
                }
            }
            Last::Header | Last::Other | Last::Root => {}
        }
    }

    /// The document.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unbalanced`] unless the root has been put and ended.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        if self.state.last != Last::Root {
            return Err(self.unbalanced("the root has not ended"));
        }
        if self.table.len() > 0 {
            let mut table = Vec::with_capacity(self.table.header_len());
            mb_int::write(&mut table, saturate(self.table.len()));
            table.extend_from_slice(self.table.bytes());
            self.out.splice(self.header - 1..self.header, table);
        }
        Ok(self.out)
    }

    /// Takes an event outside of a nested document.
    fn put_here(&mut self, event: Event<'_>) -> Result<(), Error> {
        match event {
            Event::Start(Name::Known(tag)) => self.start(tag),
            Event::Start(Name::Other { space, local }) => self.start_other(&space, &local),
            // No SyncML peer has a use for one.
            Event::Attribute { .. } => Ok(()),
            Event::End => self.end(),
            Event::Text(text) => self.text(&text),
            Event::Opaque(bytes) => self.opaque(&bytes),
        }
    }

    fn start(&mut self, tag: Tag) -> Result<(), Error> {
        let space = tag.space();
        if self.state.open.is_empty() {
            match self.doctype.space() {
                None => self.state.home = space,
                Some(home) if home == space => {}
                Some(_) => return Err(self.error(ErrorKind::Root)),
            }
        } else if space == Space::DevInf && self.state.home == Space::SyncMl {
            return self.start_nested(tag);
        }
        self.content()?;
        match space {
            Space::MetInf => self.switch(1),
            _ if space == self.state.home => self.switch(0),
            // No page of this document: spelled out.
            _ => {
                self.literal(Scope::Known(space), tag.name());
                return Ok(());
            }
        }
        self.tag(tag.token(), Scope::Known(space));
        Ok(())
    }

    fn start_other(&mut self, space: &str, local: &str) -> Result<(), Error> {
        if local.is_empty() || local.contains('\0') || space.contains('\0') {
            return Err(self.error(ErrorKind::Name(local.into())));
        }
        self.content()?;
        // A token that has a name in this vocabulary would read as that one: it is spelled out.
        if let Some((page, identity)) = token::parse_unknown(space, local)
            && self.known(page, identity).is_none()
        {
            self.switch(page);
            self.tag(identity, Scope::Known(self.state.home));
            return Ok(());
        }
        let scope = if space.is_empty() {
            self.scope()
        } else if let Some(space) = Space::from_namespace(space) {
            Scope::Known(space)
        } else {
            Scope::Foreign(self.table.intern(space))
        };
        self.literal(scope, local);
        Ok(())
    }

    /// What a token means in this document.
    fn known(&self, page: u8, identity: u8) -> Option<Tag> {
        let space = match page {
            // The page of the root tells a reader nothing about page 0.
            0 if self.doctype == Doctype::Unknown && self.state.home == Space::MetInf => {
                Space::SyncMl
            }
            0 => self.state.home,
            1 => Space::MetInf,
            _ => return None,
        };
        Tag::from_token(space, identity)
    }

    /// The namespace of the innermost open element.
    fn scope(&self) -> Scope {
        self.state
            .open
            .last()
            .copied()
            .unwrap_or(Scope::Known(self.state.home))
    }

    #[inline(always)]
    fn tag(&mut self, identity: u8, scope: Scope) {
        self.state.last = Last::Start(self.out.len());
        self.state.open.push(scope);
        self.out.push(identity);
    }

    /// A tag by its name in the string table, with an `xmlns` attribute if its parent has another one.
    fn literal(&mut self, scope: Scope, local: &str) {
        let declared = scope != self.scope();
        self.tag(
            if declared {
                token::LITERAL_A
            } else {
                token::LITERAL
            },
            scope,
        );
        let name = self.table.intern(local);
        mb_int::write(&mut self.out, name);
        if declared {
            let xmlns = self.table.intern("xmlns");
            let value = match scope {
                Scope::Known(space) => self.table.intern(space.namespace()),
                Scope::Foreign(value) => value,
            };
            self.out.push(token::LITERAL);
            mb_int::write(&mut self.out, xmlns);
            self.out.push(token::STR_T);
            mb_int::write(&mut self.out, value);
            self.out.push(token::END);
        }
    }

    #[inline(always)]
    fn end(&mut self) -> Result<(), Error> {
        if self.state.open.pop().is_none() {
            return Err(self.unbalanced("an end without a start"));
        }
        if !matches!(self.state.last, Last::Start(_)) {
            self.out.push(token::END);
        }
        self.state.last = if self.state.open.is_empty() {
            Last::Root
        } else {
            Last::Other
        };
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        if text.as_bytes().contains(&0) {
            return self.opaque(text.as_bytes());
        }
        if self.state.open.is_empty() {
            return Err(self.unbalanced("content outside of the root"));
        }
        if text.is_empty() {
            return Ok(());
        }
        if self.state.last == Last::Text {
            self.out.pop();
        } else {
            self.content()?;
            self.out.push(token::STR_I);
        }
        self.out.extend_from_slice(text.as_bytes());
        self.out.push(0);
        self.state.last = Last::Text;
        Ok(())
    }

    fn opaque(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.state.open.is_empty() {
            return Err(self.unbalanced("content outside of the root"));
        }
        if bytes.is_empty() {
            return Ok(());
        }
        self.content()?;
        self.out.push(token::OPAQUE);
        mb_int::write(&mut self.out, saturate(bytes.len()));
        self.out.extend_from_slice(bytes);
        self.state.last = Last::Other;
        Ok(())
    }

    /// The page of a tag that needs nothing but its token, in an element and outside of nested
    /// documents.
    #[inline(always)]
    fn page_of(&self, tag: Tag) -> Option<u8> {
        if self.nested.is_some() || self.state.open.is_empty() {
            return None;
        }
        match tag.space() {
            Space::MetInf => Some(1),
            space => (space == self.state.home).then_some(0),
        }
    }

    /// A leaf with an inline string, if it can be one: not empty and without NUL.
    #[inline]
    fn string_leaf(&mut self, page: u8, tag: Tag, text: &[u8]) -> bool {
        if text.is_empty() || find_nul(text).is_some() {
            return false;
        }
        self.before_leaf(page);
        let start = [tag.token() | token::CONTENT, token::STR_I];
        let end = [0, token::END];
        if text.len() <= SHORT {
            let mut leaf = [0; SHORT + 4];
            leaf[..2].copy_from_slice(&start);
            leaf[2..][..text.len()].copy_from_slice(text);
            leaf[2..][text.len()..][..2].copy_from_slice(&end);
            self.cut_leaf(&leaf, text.len() + 4);
        } else {
            self.out.reserve(text.len() + 4);
            self.out.extend_from_slice(&start);
            self.out.extend_from_slice(text);
            self.out.extend_from_slice(&end);
        }
        true
    }

    /// The same for a short word in printable ASCII.
    #[inline]
    fn word_leaf(&mut self, page: u8, tag: Tag, word: &[u8]) -> bool {
        if word.is_empty() || word.len() > SHORT {
            return false;
        }
        let mut leaf = [0; SHORT + 4];
        leaf[0] = tag.token() | token::CONTENT;
        leaf[1] = token::STR_I;
        let mut len = 2;
        for &octet in word {
            if !matches!(octet, b' '..=b'~') {
                return false;
            }
            leaf[len] = octet;
            len += 1;
        }
        leaf[len + 1] = token::END;
        self.before_leaf(page);
        self.cut_leaf(&leaf, len + 2);
        true
    }

    /// Adds the first octets. As many as are known beforehand are added with least effort, and cut
    /// then.
    #[inline(always)]
    fn cut_leaf(&mut self, leaf: &[u8; SHORT + 4], len: usize) {
        let end = self.out.len() + len;
        self.out.extend_from_slice(leaf);
        self.out.truncate(end);
    }

    /// Makes room for a leaf in the innermost element.
    #[inline(always)]
    fn before_leaf(&mut self, page: u8) {
        self.mark_content();
        self.switch(page);
        self.state.last = Last::Other;
    }

    /// Notes that something follows in the innermost open element.
    #[inline(always)]
    fn mark_content(&mut self) {
        if let Last::Start(at) = self.state.last
            && let Some(octet) = self.out.get_mut(at)
        {
            *octet |= token::CONTENT;
        }
    }

    /// Notes that something follows in the innermost element.
    fn content(&mut self) -> Result<(), Error> {
        if self.state.last == Last::Root {
            return Err(self.unbalanced("a second root"));
        }
        self.mark_content();
        Ok(())
    }

    #[inline]
    fn switch(&mut self, page: u8) {
        if self.state.page != page {
            self.state.page = page;
            self.out.extend_from_slice(&[token::SWITCH_PAGE, page]);
        }
    }

    fn start_nested(&mut self, tag: Tag) -> Result<(), Error> {
        let mut writer = Self::new(self.doctype.devinf());
        let wrapped = tag != devinf::DEV_INF;
        if wrapped {
            writer.start(devinf::DEV_INF)?;
        }
        writer.start(tag)?;
        self.nested = Some(Box::new(Nested {
            writer,
            depth: 1,
            wrapped,
        }));
        Ok(())
    }

    /// Takes an event into the nested document; gives it back if it belongs behind that document.
    fn put_nested<'e>(&mut self, event: Event<'e>) -> Result<Option<Event<'e>>, Error> {
        let Some(nested) = &mut self.nested else {
            return Ok(Some(event));
        };
        match &event {
            Event::Start(Name::Known(tag))
                if nested.depth == 0
                    && (tag.space() != Space::DevInf || *tag == devinf::DEV_INF) =>
            {
                self.end_nested()?;
                return Ok(Some(event));
            }
            Event::Start(_) if nested.depth > 0 => nested.depth += 1,
            Event::Start(Name::Known(_)) => nested.depth = 1,
            _ if nested.depth == 0 => {
                self.end_nested()?;
                return Ok(Some(event));
            }
            Event::End => nested.depth -= 1,
            Event::Attribute { .. } | Event::Text(_) | Event::Opaque(_) | Event::Start(_) => {}
        }
        nested.writer.put_here(event)?;
        if nested.depth == 0 && !nested.wrapped {
            self.end_nested()?;
        }
        Ok(None)
    }

    fn end_nested(&mut self) -> Result<(), Error> {
        if let Some(mut nested) = self.nested.take() {
            if nested.wrapped {
                nested.writer.end()?;
            }
            self.opaque(&nested.writer.finish()?)?;
        }
        Ok(())
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.len())
    }

    fn unbalanced(&self, what: &'static str) -> Error {
        self.error(ErrorKind::Unbalanced(what))
    }
}

impl Sink for Writer {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        match self.put_nested(event)? {
            Some(event) => self.put_here(event),
            None => Ok(()),
        }
    }

    #[inline(always)]
    fn put_start(&mut self, tag: Tag) -> Result<(), Error> {
        match self.page_of(tag) {
            Some(page) => {
                self.mark_content();
                self.switch(page);
                self.tag(tag.token(), Scope::Known(tag.space()));
                Ok(())
            }
            None => self.put(Event::Start(Name::Known(tag))),
        }
    }

    #[inline(always)]
    fn put_end(&mut self) -> Result<(), Error> {
        match self.nested {
            None => self.end(),
            Some(_) => self.put(Event::End),
        }
    }

    #[inline]
    fn put_leaf(&mut self, tag: Tag, text: &str) -> Result<(), Error> {
        if let Some(page) = self.page_of(tag)
            && self.string_leaf(page, tag, text.as_bytes())
        {
            return Ok(());
        }
        self.put(Event::Start(Name::Known(tag)))?;
        self.put(Event::Text(Cow::Borrowed(text)))?;
        self.put(Event::End)
    }

    #[inline]
    fn put_word(&mut self, tag: Tag, word: &[u8]) -> Result<(), Error> {
        if let Some(page) = self.page_of(tag)
            && self.word_leaf(page, tag, word)
        {
            return Ok(());
        }
        self.put_leaf(tag, &String::from_utf8_lossy(word))
    }

    #[inline]
    fn put_octets(&mut self, tag: Tag, octets: &[u8]) -> Result<(), Error> {
        if let Some(page) = self.page_of(tag)
            && !octets.is_empty()
        {
            self.out.reserve(octets.len() + 10);
            self.before_leaf(page);
            self.out
                .extend_from_slice(&[tag.token() | token::CONTENT, token::OPAQUE]);
            mb_int::write(&mut self.out, saturate(octets.len()));
            self.out.extend_from_slice(octets);
            self.out.push(token::END);
            return Ok(());
        }
        self.put(Event::Start(Name::Known(tag)))?;
        self.put(Event::Opaque(Cow::Borrowed(octets)))?;
        self.put(Event::End)
    }

    fn mark(&self) -> Option<Mark> {
        // What has been interned since the first mark may not be there at the second.
        (self.nested.is_none() && self.table.len() == 0).then_some(Mark {
            byte: self.out.len(),
            context: self.state.page.into(),
            elements: self.state.open.len(),
            text: 0,
        })
    }

    fn put_same(&mut self, from: Mark, to: Mark) -> bool {
        let same = self.nested.is_none()
            && self.table.len() == 0
            && !self.state.open.is_empty()
            && from.elements == to.elements
            && from.context == u64::from(self.state.page)
            && from.byte < to.byte
            && to.byte <= self.out.len();
        if same {
            self.mark_content();
            self.out.extend_from_within(from.byte..to.byte);
            self.state.page = to.context as u8;
            self.state.last = Last::Other;
        }
        same
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

/// A length as WBXML can tell it; no document in memory is longer in practice.
fn saturate(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

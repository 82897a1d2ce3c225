//! Reads WBXML: [`Reader`].

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use bytes::Bytes;

use crate::charset::Charset;
use crate::cursor::{Cursor, find_nul};
use crate::doctype::Doctype;
use crate::error::{Error, ErrorKind, LimitKind, Position};
use crate::event::{Child, Event, Mark, Name, Source, next_child};
use crate::limits::Limits;
use crate::mb_int;
use crate::read::share_octets;
use crate::string_table::StringTable;
use crate::tag::{Space, Tag, devinf, metinf, syncml};
use crate::token;

/// Reads a WBXML document as events that borrow from it.
///
/// Every header of WBXML 1.x is accepted, with the document type as a number, as a string in the
/// table, or untold. Attributes, processing instructions and extension tokens are passed over.
/// Octets after the root are not looked at. A nested document stays one [`Event::Opaque`].
///
/// ```
/// use syncml_wbxml::{Bytes, Event, Limits, Reader, Source, tag};
///
/// let bytes = Bytes::from_static(b"\x02\xA4\x01\x6A\x00\x6D\x6B\x12\x01\x01");
/// let mut reader = Reader::new(&bytes, &Limits::default())?;
/// assert_eq!(reader.next_event()?, Some(Event::Start(tag::syncml::SYNC_ML.into())));
/// assert_eq!(reader.next_event()?, Some(Event::Start(tag::syncml::SYNC_BODY.into())));
/// assert_eq!(reader.next_event()?, Some(Event::Start(tag::syncml::FINAL.into())));
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    input: &'a Bytes,
    cursor: Cursor<'a>,
    charset: Charset,
    table: StringTable<'a>,
    doctype: Doctype,
    /// The vocabulary of page 0.
    home: Space,
    page: u8,
    /// The vocabulary of `page`.
    space: Option<Space>,
    /// The tags of `page` that [`child`](Source::child) need not look at twice, one bit each.
    plain: u64,
    /// Those of them that hold text only, where inline strings are UTF-8.
    leaves: u64,
    limits: Limits,
    elements: usize,
    text: usize,
    /// Vocabulary of each open element, which literal names in it share.
    open: Vec<Scope>,
    /// Namespaces that are none of ours.
    foreign: Vec<Cow<'a, str>>,
    state: State,
    failed: Option<Error>,
    /// The element that began last is `VerDTD`, whose text decides on the version.
    in_version: bool,
    /// Offset of the event returned last.
    at: usize,
}

/// The tags of a vocabulary that mean the same in all versions and whose text nobody reads on the
/// way.
const fn plain_tags(space: Space) -> u64 {
    match space {
        Space::SyncMl => PLAIN[0],
        Space::MetInf => PLAIN[1],
        Space::DevInf => PLAIN[2],
    }
}

/// The tags of the SyncML vocabulary that hold text only, or nearly always. `VerDTD` is none: the reader itself reads
/// it.
const LEAVES: u64 = {
    let leaves = [
        syncml::CMD,
        syncml::CMD_ID,
        syncml::CMD_REF,
        syncml::CORRELATOR,
        syncml::DATA,
        syncml::FILTER_TYPE,
        syncml::LANG,
        syncml::LOC_NAME,
        syncml::LOC_URI,
        syncml::MSG_ID,
        syncml::MSG_REF,
        syncml::NUMBER_OF_CHANGES,
        syncml::RESP_URI,
        syncml::SESSION_ID,
        syncml::SOURCE_REF,
        syncml::TARGET_REF,
        syncml::VER_PROTO,
    ];
    let mut bits = 0;
    let mut i = 0;
    while i < leaves.len() {
        bits |= 1 << leaves[i].token();
        i += 1;
    }
    bits
};

static PLAIN: [u64; 3] = [
    syncml::PAGE.tokens() & !(1 << syncml::VER_DTD.token()),
    metinf::PAGE.tokens(),
    devinf::PAGE.tokens() & !(1 << devinf::VER_DTD.token()) & !(1 << devinf::SIZE.token()),
];

/// The namespace of an open element.
#[derive(Clone, Copy, Debug)]
enum Scope {
    Known(Space),
    /// Which one of the foreign ones.
    Foreign(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the root.
    Prolog,
    /// At the start of an element with content that is not among the open ones as yet.
    Fresh,
    /// In an element with content.
    Content,
    /// In an element without content, which ends at once.
    Empty,
    Done,
    Failed,
}

impl<'a> Reader<'a> {
    /// Reads the header, and what precedes the root.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Version`], [`ErrorKind::Charset`], [`ErrorKind::Integer`],
    /// [`ErrorKind::TableOffset`], [`ErrorKind::Truncated`] for a broken header,
    /// [`ErrorKind::Limit`] for a document or a string table that is too long.
    pub fn new(bytes: &'a Bytes, limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.max_bytes {
            return Err(Error::at(
                ErrorKind::Limit(LimitKind::Bytes),
                limits.max_bytes,
            ));
        }
        let mut cursor = Cursor::new(bytes);
        let version = cursor.octet()?;
        if version > 0x0F {
            return Err(Error::at(ErrorKind::Version(version), 0));
        }
        let public_id = cursor.integer()?;
        let fpi = if public_id == 0 {
            Some(cursor.integer()?)
        } else {
            None
        };
        // WBXML 1.0 has no charset.
        let charset = if version == 0 { 0 } else { cursor.integer()? };
        let charset =
            Charset::from_mib(charset).ok_or_else(|| cursor.error(ErrorKind::Charset(charset)))?;
        let len = cursor.integer()?;
        if usize::try_from(len).map_or(true, |len| len > limits.max_string_table) {
            return Err(cursor.error(ErrorKind::Limit(LimitKind::StringTable)));
        }
        let table = StringTable::new(cursor.take(len)?);
        let doctype = match fpi {
            None => Doctype::from_public_id(public_id),
            Some(offset) => {
                let fpi = table.get(offset, charset);
                let fpi = fpi.ok_or_else(|| cursor.error(ErrorKind::TableOffset(offset)))?;
                charset.decode(fpi).and_then(|fpi| Doctype::from_fpi(&fpi))
            }
        };
        let doctype = doctype.unwrap_or_default();
        let mut reader = Self {
            input: bytes,
            cursor,
            charset,
            table,
            doctype,
            home: doctype.space().unwrap_or(Space::SyncMl),
            page: 0,
            space: None,
            plain: 0,
            leaves: 0,
            limits: *limits,
            elements: 0,
            text: 0,
            open: Vec::new(),
            foreign: Vec::new(),
            state: State::Prolog,
            failed: None,
            in_version: false,
            at: 0,
        };
        reader.prolog()?;
        Ok(reader)
    }

    /// The document type: what the header says, corrected by the root and, once it has been read,
    /// by the text of `VerDTD`.
    #[must_use]
    pub const fn doctype(&self) -> Doctype {
        self.doctype
    }

    /// Elements and bytes of text so far.
    #[cfg(feature = "xml")]
    pub(crate) const fn used(&self) -> (usize, usize) {
        (self.elements, self.text)
    }

    /// Passes what precedes the root, and looks at the root to tell the document type.
    fn prolog(&mut self) -> Result<(), Error> {
        let root = loop {
            match self.cursor.peek()? {
                token::SWITCH_PAGE => {
                    self.cursor.octet()?;
                    self.page = self.cursor.octet()?;
                }
                token::PI => {
                    self.cursor.octet()?;
                    self.attributes()?;
                }
                root => break root,
            }
        };
        let root = root & token::IDENTITY;
        if self.page == 0 {
            let home = match (root, self.home) {
                (_, Space::MetInf) => Space::MetInf,
                _ if root == syncml::SYNC_ML.token() => Space::SyncMl,
                _ if root == devinf::DEV_INF.token() => Space::DevInf,
                _ => self.home,
            };
            if home != self.home {
                self.home = home;
                self.doctype = Doctype::new(home, self.doctype.version()).unwrap_or_default();
            }
        }
        self.switch(self.page);
        Ok(())
    }

    fn switch(&mut self, page: u8) {
        self.page = page;
        self.space = match page {
            0 => Some(self.home),
            1 => Some(Space::MetInf),
            _ => None,
        };
        self.plain = self.space.map_or(0, plain_tags);
        self.leaves = match self.space {
            Some(Space::SyncMl) if self.charset == Charset::Utf8 => LEAVES,
            _ => 0,
        };
    }

    fn step(&mut self) -> Result<Option<Event<'a>>, Error> {
        self.settle();
        match self.state {
            State::Prolog | State::Fresh | State::Content => {}
            State::Empty => return Ok(Some(self.end())),
            State::Done => return Ok(None),
            State::Failed => return self.failed.clone().map_or(Ok(None), Err),
        }
        loop {
            self.at = self.cursor.pos();
            let octet = self.cursor.octet()?;
            let run = match octet {
                token::SWITCH_PAGE => {
                    let page = self.cursor.octet()?;
                    self.switch(page);
                    continue;
                }
                token::PI => {
                    self.attributes()?;
                    continue;
                }
                _ if octet & token::IDENTITY >= token::LITERAL => {
                    return self.element(octet).map(Some);
                }
                // What remains is content, which has no place before the root.
                _ if self.open.is_empty() => return Err(self.unexpected(octet)),
                token::END => return Ok(Some(self.end())),
                token::STR_I => self.cursor.terminated(self.charset)?,
                token::STR_T => self.table_string()?,
                token::ENTITY => {
                    let code = self.cursor.integer()?;
                    let text = char::from_u32(code)
                        .filter(|&text| text != '\0')
                        .ok_or_else(|| Error::at(ErrorKind::Character(code), self.at))?;
                    self.count_text(text.len_utf8())?;
                    return Ok(Some(Event::Text(Cow::Owned(text.to_string()))));
                }
                token::OPAQUE => {
                    let bytes = self.cursor.counted()?;
                    if bytes.is_empty() {
                        continue;
                    }
                    self.count_text(bytes.len())?;
                    if self.in_version {
                        self.version(&String::from_utf8_lossy(bytes));
                    }
                    return Ok(Some(Event::Opaque(Cow::Borrowed(bytes))));
                }
                _ => {
                    self.extension(octet)?;
                    continue;
                }
            };
            if run.is_empty() {
                continue;
            }
            let text = self.charset.decode(run);
            self.count_text(text.as_ref().map_or(run.len(), |text| text.len()))?;
            return Ok(Some(match text {
                Some(text) => {
                    if self.in_version {
                        self.version(&text);
                    }
                    Event::Text(text)
                }
                None => Event::Opaque(Cow::Borrowed(run)),
            }));
        }
    }

    fn element(&mut self, octet: u8) -> Result<Event<'a>, Error> {
        self.elements += 1;
        if self.elements > self.limits.max_elements {
            return Err(self.limit(LimitKind::Elements));
        }
        if self.open.len() >= self.limits.max_depth {
            return Err(self.limit(LimitKind::Depth));
        }
        let identity = octet & token::IDENTITY;
        let (name, scope) = if identity == token::LITERAL {
            self.literal(octet & token::ATTRIBUTES != 0)?
        } else {
            if octet & token::ATTRIBUTES != 0 {
                self.attributes()?;
            }
            match self
                .space
                .and_then(|space| Tag::from_token(space, identity))
            {
                Some(tag) => (Name::Known(self.rename(tag)), Scope::Known(tag.space())),
                None => {
                    let (space, local) = token::unknown(self.page, identity);
                    self.count_text(space.len() + local.len())?;
                    (
                        Name::Other {
                            space: space.into(),
                            local: local.into(),
                        },
                        Scope::Known(self.home),
                    )
                }
            }
        };
        self.in_version = name == syncml::VER_DTD || name == devinf::VER_DTD;
        self.open.push(scope);
        self.state = if octet & token::CONTENT != 0 {
            State::Content
        } else {
            State::Empty
        };
        Ok(Event::Start(name))
    }

    /// The name that the version of the document gives to a token.
    fn rename(&self, tag: Tag) -> Tag {
        if tag == devinf::SIZE && self.doctype == Doctype::DevInf12 {
            devinf::MAX_SIZE
        } else {
            tag
        }
    }

    /// A name from the string table, in the namespace of its `xmlns` attribute or of its parent.
    fn literal(&mut self, has_attributes: bool) -> Result<(Name<'a>, Scope), Error> {
        let local = self.table_string()?;
        // A table string may be named a million times: the work counts as text.
        self.count_text(local.len())?;
        let local = self
            .charset
            .decode(local)
            .unwrap_or_else(|| String::from_utf8_lossy(local));
        let declared = if has_attributes {
            self.attributes()?
        } else {
            None
        };
        let scope = match declared {
            Some(namespace) => match Space::from_namespace(&namespace) {
                Some(space) => Scope::Known(space),
                None => {
                    // Each one counts as text, so that there are not too many.
                    self.foreign.push(namespace);
                    Scope::Foreign((self.foreign.len() - 1) as u32)
                }
            },
            None => self.open.last().copied().unwrap_or(Scope::Known(self.home)),
        };
        let space = match scope {
            Scope::Known(space) => {
                if let Some(tag) = Tag::lookup(space, &local) {
                    return Ok((Name::Known(tag), scope));
                }
                Cow::Borrowed(space.namespace())
            }
            Scope::Foreign(at) => self.foreign.get(at as usize).cloned().unwrap_or_default(),
        };
        self.count_text(space.len())?;
        Ok((Name::Other { space, local }, scope))
    }

    /// Passes an attribute list with its END; gives the value of a literal `xmlns`.
    fn attributes(&mut self) -> Result<Option<Cow<'a, str>>, Error> {
        let mut namespace: Option<Cow<'a, str>> = None;
        let mut in_namespace = false;
        loop {
            let octet = self.cursor.octet()?;
            let run = match octet {
                token::END => return Ok(namespace),
                // The page of attributes is another one than that of tags.
                token::SWITCH_PAGE => {
                    self.cursor.octet()?;
                    continue;
                }
                token::LITERAL | token::LITERAL_C | token::LITERAL_A | token::LITERAL_AC => {
                    let offset = self.table_offset()?;
                    in_namespace = namespace.is_none() && self.table.is(offset, b"xmlns");
                    continue;
                }
                token::STR_I => self.cursor.terminated(self.charset)?,
                token::STR_T if in_namespace => self.table_string()?,
                token::STR_T => {
                    self.table_offset()?;
                    continue;
                }
                token::OPAQUE => self.cursor.counted()?,
                token::ENTITY => {
                    self.cursor.integer()?;
                    continue;
                }
                token::EXT_I_0..=token::EXT_I_2
                | token::EXT_T_0..=token::EXT_T_2
                | token::EXT_0..=token::EXT_2 => {
                    self.extension(octet)?;
                    continue;
                }
                token::PI => return Err(self.unexpected(octet)),
                // An attribute start, or a value from the page.
                _ => {
                    in_namespace &= octet >= 0x80;
                    continue;
                }
            };
            if in_namespace && !run.is_empty() {
                self.count_text(run.len())?;
                if let Some(text) = self.charset.decode(run) {
                    match &mut namespace {
                        Some(namespace) => namespace.to_mut().push_str(&text),
                        None => namespace = Some(text),
                    }
                }
            }
        }
    }

    /// Passes the operand of an extension token, which has no meaning in SyncML.
    fn extension(&mut self, octet: u8) -> Result<(), Error> {
        match octet {
            token::EXT_I_0..=token::EXT_I_2 => {
                self.cursor.terminated(self.charset)?;
            }
            token::EXT_T_0..=token::EXT_T_2 => {
                self.cursor.integer()?;
            }
            token::EXT_0..=token::EXT_2 => {}
            _ => return Err(self.unexpected(octet)),
        }
        Ok(())
    }

    /// A reference into the string table, and the string there. To find its end takes time, so
    /// callers count its length as text.
    fn table_string(&mut self) -> Result<&'a [u8], Error> {
        let offset = self.table_offset()?;
        Ok(self.table.get(offset, self.charset).unwrap_or_default())
    }

    fn table_offset(&mut self) -> Result<u32, Error> {
        let at = self.cursor.pos();
        let offset = self.cursor.integer()?;
        if !self.table.contains(offset) {
            return Err(Error::at(ErrorKind::TableOffset(offset), at));
        }
        Ok(offset)
    }

    fn end(&mut self) -> Event<'a> {
        if self.state == State::Empty {
            self.at = self.cursor.pos();
        }
        self.close();
        Event::End
    }

    /// The innermost element has ended.
    #[inline]
    fn close(&mut self) {
        self.in_version = false;
        self.open.pop();
        self.leave();
    }

    /// The innermost element, which is not among the open ones any more, has ended.
    #[inline]
    fn leave(&mut self) {
        self.state = if self.open.is_empty() {
            State::Done
        } else {
            State::Content
        };
    }

    /// [`child`](Source::child) for the tags, ends and switches that documents mostly consist of.
    /// `None` for all else, and then nothing has been taken but switches.
    #[inline(always)]
    fn quick_child(&mut self) -> Option<Child<'a>> {
        self.settle();
        if self.state != State::Content {
            return None;
        }
        let (mut octet, mut rest) = self.cursor.rest().split_first()?;
        while *octet == token::SWITCH_PAGE {
            let (&page, behind) = rest.split_first()?;
            self.cursor.go_on(behind);
            self.switch(page);
            (octet, rest) = behind.split_first()?;
        }
        let octet = *octet;
        if octet == token::END {
            self.at = self.cursor.pos();
            self.cursor.go_on(rest);
            self.close();
            return Some(Child::End);
        }
        let identity = octet & token::IDENTITY;
        if octet & token::ATTRIBUTES != 0
            || self.plain >> identity & 1 == 0
            || self.elements >= self.limits.max_elements
            || self.open.len() >= self.limits.max_depth
        {
            return None;
        }
        let space = self.space?;
        self.at = self.cursor.pos();
        self.cursor.go_on(rest);
        self.elements += 1;
        self.in_version = false;
        if octet & token::CONTENT == 0 {
            self.open.push(Scope::Known(space));
            self.state = State::Empty;
        } else {
            self.state = State::Fresh;
        }
        Some(Child::Known(Tag::new(space, identity)))
    }

    /// A leaf with an inline string, all of it.
    #[inline(always)]
    fn quick_leaf(&mut self) -> Option<(Tag, &'a [u8])> {
        self.settle();
        let [octet, token::STR_I, rest @ ..] = self.cursor.rest() else {
            return None;
        };
        let identity = octet & token::IDENTITY;
        let is_leaf = self.leaves >> identity & 1 != 0
            && octet & (token::ATTRIBUTES | token::CONTENT) == token::CONTENT;
        if !is_leaf || self.state != State::Content {
            return None;
        }
        let (run, rest) = rest.split_at_checked(find_nul(rest)?)?;
        let [0, token::END, rest @ ..] = rest else {
            return None;
        };
        let text = self.text + run.len();
        if text > self.limits.max_text
            || self.elements >= self.limits.max_elements
            || self.open.len() >= self.limits.max_depth
        {
            return None;
        }
        self.text = text;
        self.elements += 1;
        self.cursor.go_on(rest);
        self.at = self.cursor.pos() - 1;
        Some((Tag::new(Space::SyncMl, identity), run))
    }

    /// Puts an element that has just begun among the open ones. Most are leaves, which end before
    /// anybody looks.
    #[inline]
    fn settle(&mut self) {
        if self.state == State::Fresh {
            self.open
                .push(Scope::Known(self.space.unwrap_or(self.home)));
            self.state = State::Content;
        }
    }

    /// The octets that are all there is in the innermost element, and what comes behind it, if it is
    /// as simple as that.
    #[inline]
    fn quick_run(&self, opaque: bool) -> Option<(&'a [u8], &'a [u8])> {
        if !matches!(self.state, State::Fresh | State::Content) || self.in_version {
            return None;
        }
        let (&octet, rest) = self.cursor.rest().split_first()?;
        let (run, rest) = match octet {
            token::STR_I if self.charset == Charset::Utf8 => {
                let (run, rest) = rest.split_at_checked(find_nul(rest)?)?;
                (run, rest.get(1..)?)
            }
            token::OPAQUE if opaque => {
                let (len, octets) = mb_int::read(rest).ok()?;
                rest.get(octets..)?
                    .split_at_checked(usize::try_from(len).ok()?)?
            }
            _ => return None,
        };
        let (&end, rest) = rest.split_first()?;
        let fits = run.len() <= self.limits.max_text.saturating_sub(self.text);
        (fits && end == token::END).then_some((run, rest))
    }

    /// Passes such a run of `len` octets, and the end of the element.
    #[inline]
    fn pass(&mut self, len: usize, rest: &'a [u8]) {
        self.text += len;
        self.cursor.go_on(rest);
        self.at = self.cursor.pos() - 1;
        if self.state == State::Fresh {
            self.leave();
        } else {
            self.close();
        }
    }

    /// What decides on the meaning of what comes next.
    #[inline]
    const fn context(&self) -> u64 {
        let has_content = matches!(self.state, State::Fresh | State::Content);
        (self.page as u64) << 1 | has_content as u64
    }

    fn version(&mut self, text: &str) {
        self.in_version = false;
        if let Some(doctype) = Doctype::new(self.home, text) {
            self.doctype = doctype;
        }
    }

    fn count_text(&mut self, len: usize) -> Result<(), Error> {
        self.text = self.text.saturating_add(len);
        if self.text > self.limits.max_text {
            return Err(self.limit(LimitKind::Text));
        }
        Ok(())
    }

    #[cold]
    fn limit(&self, limit: LimitKind) -> Error {
        Error::at(ErrorKind::Limit(limit), self.at)
    }

    #[cold]
    fn unexpected(&self, octet: u8) -> Error {
        Error::at(ErrorKind::Token(octet), self.cursor.pos() - 1)
    }
}

impl<'a> Source<'a> for Reader<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        let step = self.step();
        if let Err(error) = &step {
            self.state = State::Failed;
            self.failed = Some(error.clone());
        }
        step
    }

    #[inline]
    fn child(&mut self) -> Result<Child<'a>, Error> {
        match self.quick_child() {
            Some(child) => Ok(child),
            None => next_child(self),
        }
    }

    #[inline]
    fn child_or_leaf(&mut self) -> Result<(Child<'a>, Option<&'a [u8]>), Error> {
        match self.quick_leaf() {
            Some((tag, run)) => Ok((Child::Known(tag), Some(run))),
            None => match self.quick_child() {
                Some(child) => Ok((child, None)),
                None => Ok((next_child(self)?, None)),
            },
        }
    }

    #[inline]
    fn whole_run(&mut self) -> Result<Option<&'a [u8]>, Error> {
        let Some((run, rest)) = self.quick_run(false) else {
            return Ok(None);
        };
        self.pass(run.len(), rest);
        Ok(Some(run))
    }

    #[inline]
    fn whole_octets(&mut self) -> Result<Option<Bytes>, Error> {
        let Some((run, rest)) = self.quick_run(true) else {
            return Ok(None);
        };
        self.pass(run.len(), rest);
        Ok(Some(share_octets(Some(self.input), run)))
    }

    fn mark(&self) -> Option<Mark> {
        Some(Mark {
            byte: self.cursor.pos(),
            context: self.context(),
            elements: self.elements,
            text: self.text,
        })
    }

    #[inline]
    fn pass_same(&mut self, from: Mark, to: Mark) -> Result<bool, Error> {
        let elements = self.elements + (to.elements - from.elements);
        let text = self.text.saturating_add(to.text - from.text);
        let rest = self
            .input
            .get(from.byte..to.byte)
            .and_then(|known| self.cursor.rest().strip_prefix(known))
            .filter(|_| {
                matches!(self.state, State::Fresh | State::Content)
                    && self.context() == from.context
                    && elements <= self.limits.max_elements
                    && text <= self.limits.max_text
            });
        let Some(rest) = rest else {
            return Ok(false);
        };
        self.elements = elements;
        self.pass(0, rest);
        self.text = text;
        let page = (to.context >> 1) as u8;
        if page != self.page {
            self.switch(page);
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position::at(self.at)
    }

    fn input(&self) -> Option<&'a Bytes> {
        Some(self.input)
    }
}

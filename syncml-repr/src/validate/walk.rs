use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write as _;

use syncml_meta::Version;
use syncml_wbxml::tag::{devinf as d, metinf as m, syncml as s};
use syncml_wbxml::{
    Bytes, Encoding, Error, Event, Limits, Name, Position, Reader, Source, Space, Tag, share, xml,
};

use super::Rule;
use super::form::{Form, Note};
use super::model::{self, Content, Fit, Progress};
use super::node::{Holds, Node};
use super::report::{Finding, Findings};
use super::usage::Usage;
use super::wbxml::WbxmlForm;
use crate::decode::shorten;

/// Walks through a document, matches its elements with the content models, and hands each element
/// that ends to the rules of usage.
#[derive(Debug)]
pub(super) struct Walker<'l> {
    pub(super) findings: Findings,
    pub(super) encoding: Encoding,
    pub(super) limits: &'l Limits,
    /// The version of the message.
    pub(super) version: Option<Version>,
    /// The version of the device information that is being read.
    pub(super) devinf_version: Option<Version>,
    pub(super) usage: Usage,
    /// The elements that are open, the root first.
    pub(super) frames: Vec<Frame>,
    place: Place,
}

/// Where the positions of a source are in the document.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// So many bytes on.
    After(usize),
    /// All of it stands, in another spelling, at one byte.
    At(usize),
}

impl Place {
    const fn byte(self, inner: usize) -> usize {
        match self {
            Self::After(start) => start.saturating_add(inner),
            Self::At(byte) => byte,
        }
    }
}

/// An open element.
#[derive(Debug)]
pub(super) struct Frame {
    /// `None` if no vocabulary has it.
    pub(super) tag: Option<Tag>,
    name: Cow<'static, str>,
    /// Which one of its name among its siblings, from 1.
    number: usize,
    pub(super) byte: usize,
    progress: Progress,
    /// How many children of each name there were.
    counts: HashMap<Cow<'static, str>, usize>,
    /// Children that have ended and that rules of usage look at, the last one of each name.
    pub(super) children: Vec<Node>,
    /// Text so far: one run, or several joined.
    run: Bytes,
    joined: Vec<u8>,
    is_opaque: bool,
    pub(super) holds: Holds,
    /// Changes in it, if it is a Sync.
    pub(super) changes: u64,
    /// The reader passes over it, or keeps it unread: nothing more is said about what is in it.
    is_passed: bool,
}

impl Frame {
    fn new(tag: Option<Tag>, name: Cow<'static, str>, byte: usize, content: Content) -> Self {
        Self {
            tag,
            name,
            number: 1,
            byte,
            progress: Progress::new(content),
            counts: HashMap::new(),
            children: Vec::new(),
            run: Bytes::new(),
            joined: Vec::new(),
            is_opaque: false,
            holds: Holds::Text,
            changes: 0,
            is_passed: false,
        }
    }
}

impl<'l> Walker<'l> {
    pub(super) fn new(encoding: Encoding, limits: &'l Limits) -> Self {
        Self {
            findings: Findings::default(),
            encoding,
            limits,
            version: None,
            devinf_version: None,
            usage: Usage::default(),
            frames: Vec::new(),
            place: Place::After(0),
        }
    }

    /// Reads a source through its end, or as far as it can be read.
    pub(super) fn read<'a>(
        &mut self,
        source: &mut impl Source<'a>,
        form: &mut impl Form,
        place: Place,
    ) -> Result<(), Error> {
        let outer = std::mem::replace(&mut self.place, place);
        let mut notes = Vec::new();
        let read = loop {
            let event = source.next_event();
            let inner = source.position().byte;
            let byte = self.place.byte(inner);
            match event {
                Ok(Some(Event::Start(name))) => {
                    form.before(inner, self.leaf(), &mut notes);
                    self.take(&mut notes);
                    self.start(&name, byte);
                    form.start(&name, &mut notes);
                    self.take(&mut notes);
                }
                Ok(Some(Event::End)) => {
                    form.before(inner, self.leaf(), &mut notes);
                    form.end(&mut notes);
                    self.take(&mut notes);
                    let version = match self.end() {
                        Some(s::VER_DTD) => self.version,
                        Some(d::VER_DTD) => self.devinf_version,
                        _ => None,
                    };
                    if let Some(version) = version {
                        form.version(version, &mut notes);
                        self.take(&mut notes);
                    }
                }
                Ok(Some(Event::Text(text))) => {
                    let bytes = match text {
                        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                    };
                    self.text(share(source.input(), &bytes), false, byte);
                }
                Ok(Some(Event::Opaque(octets))) => {
                    let octets = share(source.input(), &octets);
                    if !self.nested(&octets, source.input()) {
                        self.text(octets, true, byte);
                    }
                }
                // Nobody asked for attributes.
                Ok(Some(_)) => {}
                Ok(None) => {
                    form.finish(&mut notes);
                    self.take(&mut notes);
                    break Ok(());
                }
                Err(error) => break Err(error),
            }
        };
        self.place = outer;
        read
    }

    /// The innermost element, if it holds text.
    fn leaf(&self) -> Option<Tag> {
        let frame = self.frames.last()?;
        match frame.progress.content() {
            Content::Text | Content::Any => frame.tag,
            _ => None,
        }
    }

    fn take(&mut self, notes: &mut Vec<Note>) {
        for note in notes.drain(..) {
            let frames = if note.is_of_root {
                &[][..]
            } else {
                &self.frames
            };
            let position = Position::at(self.place.byte(note.byte));
            self.findings.add(|| Finding {
                rule: note.rule,
                path: path(frames, &[]),
                position,
                repaired: note.repaired,
                status: None,
                detail: note.detail,
            });
        }
    }

    /// The tag of an open element, 0 the innermost.
    pub(super) fn around(&self, level: usize) -> Option<Tag> {
        self.frames.iter().rev().nth(level)?.tag
    }

    /// Whether an element of this name is open.
    pub(super) fn is_in(&self, tag: Tag) -> bool {
        self.frames.iter().any(|frame| frame.tag == Some(tag))
    }

    /// Whether the innermost element has had a child of this name.
    pub(super) fn had(&self, tag: Tag) -> bool {
        let frame = self.frames.last();
        frame.is_some_and(|frame| frame.counts.contains_key(tag.name()))
    }

    /// Adds a finding in the innermost element.
    pub(super) fn add(
        &mut self,
        rule: Rule,
        byte: usize,
        repaired: bool,
        detail: impl Into<String>,
    ) {
        self.add_in(&[], rule, byte, repaired, detail);
    }

    /// Adds a finding in a child of the innermost element, one that has ended or is not there.
    pub(super) fn add_in(
        &mut self,
        below: &[Tag],
        rule: Rule,
        byte: usize,
        repaired: bool,
        detail: impl Into<String>,
    ) {
        let frames = &self.frames;
        self.findings.add(|| Finding {
            rule,
            path: path(frames, below),
            position: Position::at(byte),
            repaired,
            status: None,
            detail: detail.into(),
        });
    }

    /// The path of the innermost element.
    pub(super) fn path(&self) -> String {
        path(&self.frames, &[])
    }

    const fn version_of(&self, tag: Tag) -> Option<Version> {
        match tag.space() {
            Space::DevInf => self.devinf_version,
            _ => self.version,
        }
    }

    /// Begins an element: first its frame, then whether it may be where it is.
    fn start(&mut self, name: &Name<'_>, byte: usize) {
        let tag = name.tag();
        let shown = tag.map_or_else(
            || Cow::Owned(shorten(name.local()).to_owned()),
            |tag| Cow::Borrowed(tag.name()),
        );
        if tag == Some(d::DEV_INF) {
            self.devinf_version = self.version;
        }
        let version = self
            .around(0)
            .or(tag)
            .and_then(|parent| self.version_of(parent));
        let mut number = 1;
        let mut parent = None;
        let mut fit = Fit::Right;
        let mut around = Content::Any;
        let mut is_passed = false;
        if let Some(frame) = self.frames.last_mut() {
            let count = frame.counts.entry(shown.clone()).or_insert(0);
            *count += 1;
            number = *count;
            parent = frame.tag;
            around = frame.progress.content();
            frame.holds = frame.holds.max(tag);
            is_passed = frame.is_passed;
            if let (Some(tag), Some(_)) = (tag, parent) {
                fit = frame.progress.child(tag, version);
            }
        }
        let content = tag.filter(|_| !is_passed).map_or(Content::Any, |tag| {
            let in_field = self.is_in(s::FIELD);
            model::content(tag, parent, self.version_of(tag), in_field)
        });
        self.frames.push(Frame {
            number,
            is_passed,
            ..Frame::new(tag, shown, byte, content)
        });
        let Some(parent) = parent.filter(|_| !is_passed) else {
            return;
        };
        let is_passed = match (around, tag) {
            // What an item carries stands for itself.
            (Content::Any, tag) => tag.is_some_and(|tag| tag.space() == Space::SyncMl),
            (Content::Text | Content::Empty, _) => {
                self.intruder(around, parent, byte);
                true
            }
            (_, None) => {
                self.unknown(name, parent, byte);
                true
            }
            (_, Some(tag)) => {
                self.misfit(fit, tag, parent, version, byte);
                let is_read = match parent {
                    // A few stray elements of its Meta are read there.
                    s::ITEM => tag.space() == Space::MetInf,
                    _ => model::is_command(tag) && holds_commands(parent),
                };
                fit == Fit::Misplaced && !is_read
            }
        };
        match tag {
            Some(tag) if !is_passed => self.begun(tag, parent, byte),
            _ => {
                if let Some(frame) = self.frames.last_mut() {
                    frame.is_passed = true;
                    frame.progress = Progress::new(Content::Any);
                }
            }
        }
    }

    /// An element where none may be.
    fn intruder(&mut self, around: Content, parent: Tag, byte: usize) {
        let (rule, detail) = if matches!(around, Content::Text) {
            let detail = format!("an element inside of {parent}, which holds text");
            (Rule::DtdLeaf, detail)
        } else {
            (Rule::DtdEmpty, format!("{parent} is not empty"))
        };
        self.add(rule, byte, true, detail);
    }

    /// An element that no vocabulary has. In the place of a command it is kept for an answer.
    fn unknown(&mut self, name: &Name<'_>, parent: Tag, byte: usize) {
        let detail = match name.namespace().strip_prefix("wbxml:page-") {
            Some(page) => format!("no vocabulary has {} on page {page}", name.local()),
            None => format!("no vocabulary has {}", shorten(name.local())),
        };
        self.add(Rule::DtdUnknown, byte, !holds_commands(parent), detail);
    }

    fn misfit(&mut self, fit: Fit, tag: Tag, parent: Tag, version: Option<Version>, byte: usize) {
        let read = model::is_command(tag) && holds_commands(parent);
        match fit {
            Fit::Right => {}
            Fit::After(Some(before)) => self.add(
                Rule::DtdOrder,
                byte,
                true,
                format!("{tag} cannot follow {before}"),
            ),
            Fit::After(None) => self.add(
                Rule::DtdOrder,
                byte,
                true,
                format!("{parent} cannot begin with {tag}"),
            ),
            Fit::Twice => {
                let fatal = parent == s::SYNC_HDR || tag == s::SYNC_HDR;
                self.add(
                    Rule::DtdTwice,
                    byte,
                    !fatal,
                    format!("{parent} has another {tag} already"),
                );
            }
            Fit::OtherVersion => self.add(
                Rule::VerElement,
                byte,
                true,
                format!(
                    "{parent} of version {} has no {tag}",
                    version.map_or("?", Version::as_str)
                ),
            ),
            Fit::Misplaced => self.add(
                Rule::DtdPlace,
                byte,
                !read,
                format!("{tag} has no place in {parent}"),
            ),
        }
    }

    fn text(&mut self, octets: Bytes, is_opaque: bool, byte: usize) {
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let Some(tag) = frame.tag.filter(|_| !frame.is_passed) else {
            return;
        };
        let is_blank = || {
            octets
                .iter()
                .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        };
        match frame.progress.content() {
            Content::Text | Content::Any => {
                frame.is_opaque |= is_opaque;
                if frame.run.is_empty() {
                    frame.run = octets;
                } else {
                    if frame.joined.is_empty() {
                        frame.joined.extend_from_slice(&frame.run);
                    }
                    frame.joined.extend_from_slice(&octets);
                }
            }
            Content::Empty => self.add(Rule::DtdEmpty, byte, true, format!("{tag} is not empty")),
            Content::Sequence(_) | Content::Chain(..) if is_blank() => {}
            Content::Sequence(_) | Content::Chain(..) => self.add(
                Rule::DtdText,
                byte,
                true,
                format!("text between the elements of {tag}"),
            ),
        }
    }

    /// Closes the innermost element, and tells which one it was.
    fn end(&mut self) -> Option<Tag> {
        let frame = self.frames.last_mut()?;
        let (byte, progress, tag) = (frame.byte, frame.progress, frame.tag);
        if let Some(tag) = tag.filter(|_| !frame.is_passed) {
            let content = if frame.joined.is_empty() {
                std::mem::take(&mut frame.run)
            } else {
                std::mem::take(&mut frame.joined).into()
            };
            let mut node = Node {
                tag,
                byte,
                content,
                is_opaque: frame.is_opaque,
                holds: frame.holds,
                children: std::mem::take(&mut frame.children),
            };
            for missing in progress.missing(self.version_of(tag)) {
                let detail = match missing {
                    [one] => format!("{one} is missing"),
                    _ => "there is no command".to_owned(),
                };
                let harmless = tag == s::SYNC_BODY || missing == [s::SYNC_BODY];
                self.add(Rule::DtdMissing, byte, harmless, detail);
            }
            self.ended(&mut node);
            self.frames.pop();
            self.keep(node);
            Some(tag)
        } else {
            self.frames.pop();
            None
        }
    }

    /// Keeps what rules for the element around it look at.
    fn keep(&mut self, node: Node) {
        let Some(parent) = self.frames.last_mut() else {
            return;
        };
        let is_small = match node.tag {
            s::META | s::TARGET | s::SOURCE | m::ANCHOR => true,
            m::MET_INF => {
                parent.children.extend(node.children);
                return;
            }
            _ => !matches!(
                model::content(node.tag, parent.tag, self.version, false),
                Content::Sequence(_) | Content::Chain(..)
            ),
        };
        if !is_small {
            return;
        }
        match parent.children.iter_mut().find(|old| old.tag == node.tag) {
            Some(old) => *old = node,
            None => parent.children.push(node),
        }
    }

    /// Reads a nested document in the data of an item, if it is one.
    fn nested(&mut self, octets: &Bytes, input: Option<&Bytes>) -> bool {
        let in_data = self.around(0) == Some(s::DATA) && self.around(1) == Some(s::ITEM);
        if !in_data || !is_devinf(octets, self.limits) {
            return false;
        }
        let start = input.map_or(0, |input| {
            (octets.as_ptr() as usize).saturating_sub(input.as_ptr() as usize)
        });
        if let Some(frame) = self.frames.last_mut() {
            frame.holds = Holds::Nested;
        }
        if let Ok(mut reader) = Reader::new(octets, self.limits) {
            let place = Place::After(self.place.byte(start));
            let mut form = WbxmlForm::new(octets, self.limits);
            // It has been read before, so it does not fail.
            let _ = self.read(&mut reader, &mut form, place);
        }
        true
    }

    /// Reads device information that is spelled as the text of the data of the innermost element.
    /// `false` if it is none.
    pub(super) fn spelled(&mut self, data: &Node, octets: &Bytes) -> bool {
        if is_devinf(octets, self.limits) {
            self.within_data(data, |walker| {
                if let Ok(mut reader) = Reader::new(octets, walker.limits) {
                    let _ = walker.read(&mut reader, &mut (), Place::At(data.byte));
                }
            });
            return true;
        }
        let Ok(octets) = xml::decode_charset(octets.clone()) else {
            return false;
        };
        let read_all = xml::Reader::new(&octets, self.limits).is_ok_and(is_all_devinf);
        if read_all {
            self.within_data(data, |walker| {
                if let Ok(mut reader) = xml::Reader::new(&octets, walker.limits) {
                    let _ = walker.read(&mut reader, &mut (), Place::At(data.byte));
                }
            });
        }
        read_all
    }

    /// Does something as if the data of the innermost element were open still.
    fn within_data(&mut self, data: &Node, read: impl FnOnce(&mut Self)) {
        let name = Cow::Borrowed(s::DATA.name());
        let frame = Frame::new(Some(s::DATA), name, data.byte, Content::Any);
        self.frames.push(frame);
        read(self);
        self.frames.pop();
    }
}

impl Holds {
    /// The same with a child of this name.
    fn max(self, child: Option<Tag>) -> Self {
        match (self, child) {
            (Self::Nested, _) => Self::Nested,
            (_, Some(child)) if child.space() == Space::DevInf => Self::DevInf,
            (Self::DevInf, _) => Self::DevInf,
            _ => Self::Markup,
        }
    }
}

/// Whether commands stand in this element.
const fn holds_commands(parent: Tag) -> bool {
    matches!(parent, s::SYNC_BODY | s::SYNC | s::ATOMIC | s::SEQUENCE)
}

fn path(frames: &[Frame], below: &[Tag]) -> String {
    let mut path = String::new();
    let mut step = |name: &str, number: usize| {
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        if number > 1 {
            // Writing to a String does not fail.
            let _ = write!(path, "[{number}]");
        }
    };
    for frame in frames.iter().skip(1) {
        step(&frame.name, frame.number);
    }
    for tag in below {
        step(tag.name(), 1);
    }
    path
}

/// Whether octets are device information in WBXML.
fn is_devinf(octets: &Bytes, limits: &Limits) -> bool {
    matches!(octets.first(), Some(0..=3)) && Reader::new(octets, limits).is_ok_and(is_all_devinf)
}

/// Whether a source is device information through its end.
fn is_all_devinf<'a>(mut source: impl Source<'a>) -> bool {
    match source.next_event() {
        Ok(Some(Event::Start(Name::Known(root)))) if root.space() == Space::DevInf => {}
        _ => return false,
    }
    loop {
        match source.next_event() {
            Ok(Some(_)) => {}
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

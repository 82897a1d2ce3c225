//! The ways through a document that typed decoders take most.
//!
//! What is out of the ordinary, errors among them, is left to the long way.

use bytes::{Bytes, BytesMut};
use memchr::{memchr, memchr3};

use super::{Reader, State};
use crate::error::{Error, ErrorKind};
use crate::event::{Child, Event, Mark, Name};
use crate::tag::syncml;
use crate::xml::scan::Piece;
use crate::xml::unescape::{push_cdata, push_text};

/// Content that is not in the input as it is stands together in buffers. The first is so small, so
/// that who keeps nothing needs little, and later ones grow to this size, in bytes. A leaf may be
/// longer.
const MIN_SPARE: usize = 1 << 10;
const MAX_SPARE: usize = 64 << 10;

/// Deepest place that can be marked.
const MAX_DEPTH: usize = 0xFFFF;

impl<'a> Reader<'a> {
    pub(super) fn next_child(&mut self) -> Result<Child<'a>, Error> {
        self.attributes = None;
        if matches!(self.state, State::Started | State::Inside) {
            match self.bytes().get(self.pos..).unwrap_or_default() {
                [b'<', b'/', ..] => {
                    self.end()?;
                    return Ok(Child::End);
                }
                [b'<', ..] => {
                    if let Some(tag) = self.plain_start()? {
                        return Ok(Child::Known(tag));
                    }
                }
                _ => {}
            }
        }
        loop {
            return Ok(match self.step()? {
                Some(Event::Start(Name::Known(tag))) => Child::Known(tag),
                Some(Event::Start(name)) => Child::Other(Box::new(name)),
                Some(Event::End) => Child::End,
                Some(Event::Attribute { .. } | Event::Text(_) | Event::Opaque(_)) => continue,
                None => return Err(self.error(ErrorKind::Truncated, self.at)),
            });
        }
    }

    pub(super) fn leaf_text(&mut self) -> Option<&'a str> {
        match self.state {
            State::Started => {
                let from = self.pos;
                let rest = self.bytes().get(from..)?;
                let at = from + memchr3(b'<', b'&', b'\r', rest)?;
                let text = self.text.get(from..at)?;
                self.take_leaf(at, text.len())?;
                Some(text)
            }
            State::Empty => self.take_empty().then_some(""),
            _ => None,
        }
    }

    pub(super) fn leaf_octets(&mut self) -> Option<Bytes> {
        match self.state {
            State::Started => {
                let octets = self.gather();
                self.spare.clear();
                octets
            }
            State::Empty => self.take_empty().then(Bytes::new),
            _ => None,
        }
    }

    /// A leaf that is one piece is a slice of the input, if it can be.
    fn gather(&mut self) -> Option<Bytes> {
        let bytes = self.bytes();
        let piece = Piece::at(bytes, self.pos);
        let (range, next) = match &piece {
            Piece::Text(range) | Piece::CData(range) => (range.clone(), piece.next()?),
            Piece::End => (self.pos..self.pos, self.pos),
            Piece::Reference(_) => return self.assemble(),
            Piece::Start | Piece::Aside | Piece::Truncated => return None,
        };
        let is_only = bytes.get(next..)?.starts_with(b"</");
        if !is_only || memchr(b'\r', bytes.get(range.clone())?).is_some() {
            return self.assemble();
        }
        self.take_leaf(next, range.len())?;
        Some(self.input.slice(range))
    }

    /// The pieces of any other leaf are written into the spare buffer.
    fn assemble(&mut self) -> Option<Bytes> {
        let bytes = self.bytes();
        let mut at = self.pos;
        loop {
            let rest = bytes.get(at..)?;
            at = match rest {
                [b'<', b'/', ..] => {
                    self.take_leaf(at, self.spare.len())?;
                    return Some(self.spare.split().freeze());
                }
                [b'<', ..] => {
                    let piece = Piece::at(bytes, at);
                    let Piece::CData(range) = &piece else {
                        return None;
                    };
                    let content = self.text.get(range.clone())?;
                    self.make_room(content.len());
                    push_cdata(&mut self.spare, content)?;
                    piece.next()?
                }
                _ => {
                    let next = at + memchr(b'<', rest)?;
                    let text = self.text.get(at..next)?;
                    self.make_room(text.len());
                    push_text(&mut self.spare, text)?;
                    next
                }
            };
        }
    }

    /// Gets the spare buffer ready for the first bytes of a leaf.
    fn make_room(&mut self, len: usize) {
        // A buffer that nobody shares any more is used again, and only if there is none, a larger one.
        if self.spare.is_empty() && self.spare.capacity() < len && !self.spare.try_reclaim(len) {
            let rest = self.text.len() - self.pos;
            self.spare_len = (self.spare_len * 4).clamp(MIN_SPARE, MAX_SPARE);
            self.spare = BytesMut::with_capacity(len.max(rest.min(self.spare_len)));
        }
    }

    /// Takes a leaf with so much text, whose end tag stands at `at`.
    fn take_leaf(&mut self, at: usize, len: usize) -> Option<()> {
        let next = self.plain_end(at)?;
        let characters = self.characters.checked_add(len)?;
        if characters > self.limits.max_text || self.decides_version() {
            return None;
        }
        self.characters = characters;
        self.attributes = None;
        self.at = at;
        self.pos = next;
        self.close();
        Some(())
    }

    /// Takes the end of an element that is one tag.
    fn take_empty(&mut self) -> bool {
        self.attributes = None;
        self.at = self.pos;
        self.close();
        true
    }

    pub(super) fn here(&self) -> Option<Mark> {
        let depth = self.open.len();
        // What stands in an unknown element depends on more than a mark can hold.
        if self.state == State::Empty
            || depth > MAX_DEPTH
            || self
                .open
                .last()
                .is_some_and(|open| open.element.tag.is_none())
        {
            return None;
        }
        Some(Mark {
            byte: self.pos,
            context: self.context(),
            elements: self.elements,
            text: self.characters,
        })
    }

    /// What decides on the meaning of what comes next.
    fn context(&self) -> u64 {
        let Some(open) = self.open.last() else {
            return 0;
        };
        let parent = match open.element.tag {
            Some(syncml::META) => 1,
            Some(syncml::DATA) => 2,
            _ => 0,
        };
        let space = open
            .element
            .namespace
            .space()
            .map_or(0, |space| 1 + space as u64);
        let is_start = u64::from(self.state == State::Started);
        let depth = self.open.len() as u64 & MAX_DEPTH as u64;
        u64::from(self.bindings.number()) << 32 | depth << 16 | space << 8 | parent << 4 | is_start
    }

    pub(super) fn pass(&mut self, from: Mark, to: Mark) -> bool {
        self.try_pass(from, to).is_some()
    }

    fn try_pass(&mut self, from: Mark, to: Mark) -> Option<()> {
        if self.state != State::Started || self.here()?.context != from.context {
            return None;
        }
        let bytes = self.bytes();
        let same = bytes.get(from.byte..to.byte)?;
        if !bytes.get(self.pos..)?.starts_with(same) {
            return None;
        }
        let next = self.pos + same.len();
        let name = self.open.last()?.name;
        let end = next.checked_sub("</>".len() + name.len())?;
        let elements = self
            .elements
            .checked_add(to.elements.checked_sub(from.elements)?)?;
        let characters = self
            .characters
            .checked_add(to.text.checked_sub(from.text)?)?;
        if self.plain_end(end) != Some(next)
            || elements > self.limits.max_elements
            || characters > self.limits.max_text
        {
            return None;
        }
        self.elements = elements;
        self.characters = characters;
        self.attributes = None;
        self.at = end;
        self.pos = next;
        self.close();
        Some(())
    }
}

//! Large objects of the peer: chunks put together `[DSPro §large objects]`.
//!
//! Nothing of an object is kept here but how far it has come: the octets go to the store, chunk by chunk
//! ([`Effect::StageChunk`](crate::Effect::StageChunk)), and the command is carried out with the last of them.

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_meta::{Format, base64};
use syncml_repr::{Data, Item, Modify, ModifyKind, StatusCode};

use super::command::uri;
use super::place_in::Said;
use crate::change::ItemId;
use crate::link::Partial;

/// Objects of the peer that are on their way to one datastore: at most one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkIn {
    object: Option<Object>,
    /// What is left of an object of an earlier session, which the peer may go on with.
    pub(crate) kept: Option<Partial>,
    /// Where the object on its way stands.
    said: Said,
    /// The object that was given up last: what follows of it cannot be used.
    lost: Option<ItemId>,
    /// A message of the peer was not seen before this one: what comes first may be the end of an object.
    torn: bool,
}

/// An object on its way, and its octets counted in every way a peer may count them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Object {
    kind: ModifyKind,
    names: Names,
    id: ItemId,
    media_type: ByteString,
    base64: bool,
    /// `Size` of the first chunk.
    total: u64,
    /// As transmitted.
    wire: u64,
    /// As stored.
    held: u64,
    /// Line feeds without a carriage return, which an XML reader has dropped.
    bare_lf: u64,
    ends_with: LineEnd,
    /// Base64 text that makes no whole octets yet.
    carry: String,
}

/// What the octets so far end with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum LineEnd {
    /// No line end.
    None,
    /// A carriage return.
    Cr,
    /// A line feed alone.
    Lf,
    /// A line feed that an XML reader has made of a carriage return: the line feed that belongs to it begins the
    /// next chunk.
    Half,
}

/// How a command names its item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Names {
    pub(crate) target: Option<ByteString>,
    pub(crate) source: Option<ByteString>,
}

/// A chunk to be kept aside.
#[derive(Clone, Debug)]
pub(crate) struct Chunk {
    pub(crate) item: ItemId,
    pub(crate) total: u64,
    pub(crate) offset: u64,
    pub(crate) data: Bytes,
    /// With the last one the object has this type and can be used.
    pub(crate) completes: Option<ByteString>,
}

/// What an item is to the objects on their way.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// It comes in one piece.
    Whole,
    Chunk(Chunk),
}

impl Names {
    pub(crate) fn of(item: &Item) -> Self {
        Self {
            target: uri(item.target.as_ref()),
            source: uri(item.source.as_ref()),
        }
    }

    pub(super) fn detached(self) -> Self {
        let copy = |uri: ByteString| ByteString::from(&*uri);
        Self {
            target: self.target.map(copy),
            source: self.source.map(copy),
        }
    }
}

impl ChunkIn {
    /// With what is left of an object of the session that goes on.
    pub(crate) fn with_kept(kept: Option<Partial>) -> Self {
        Self {
            kept,
            ..Self::default()
        }
    }

    /// A message of the peer begins, behind one that was seen or not.
    pub(crate) fn begin_message(&mut self, torn: bool) {
        self.torn = torn;
    }

    /// The object that this item command is not about, which is incomplete for good: the peer has gone on.
    pub(crate) fn interrupted_by(&mut self, kind: ModifyKind, item: &Item) -> Option<Names> {
        let goes_on = |object: &Object| object.is(kind, item);
        if self.object.as_ref().is_none_or(goes_on) {
            return None;
        }
        self.give_up()
    }

    /// Gives up the object that is on its way.
    pub(crate) fn give_up(&mut self) -> Option<Names> {
        let object = self.object.take()?;
        self.lost = Some(object.id);
        Some(object.names)
    }

    /// Gives up this object, if it is on its way still: the store could not keep it.
    pub(crate) fn give_up_item(&mut self, id: &ItemId) {
        if self.object.as_ref().is_some_and(|object| object.id == *id) {
            self.give_up();
        }
    }

    /// Takes an item of an Add or Replace. The error is its status, and the object is given up.
    ///
    /// `media_type` is asked where an object begins, `limit` is our own `MaxObjSize`, and `slack` is by how much an object may
    /// differ from its Size.
    pub(crate) fn take(
        &mut self,
        modify: &Modify,
        item: &Item,
        id: &ItemId,
        (limit, slack): (u64, u8),
        media_type: impl FnOnce() -> Result<ByteString, StatusCode>,
    ) -> Result<Part, StatusCode> {
        let outer = modify.meta.as_deref();
        let size = item.size(outer);
        let position = [item.meta.as_deref(), outer]
            .into_iter()
            .flatten()
            .find_map(|meta| meta.data_pos());
        let object = self.object.take();
        let torn = std::mem::take(&mut self.torn);
        if !item.more_data && object.is_none() && position.unwrap_or(0) == 0 {
            self.forget(id);
            // An end looks like a whole item.
            return match torn {
                true => Err(StatusCode::SIZE_MISMATCH),
                false => Ok(Part::Whole),
            };
        }
        let data = item.data.as_ref().ok_or(StatusCode::INCOMPLETE_COMMAND);
        let taken = (|| {
            let data = data?;
            let object = match object {
                Some(object) if object.goes_on(size, position, data, item.more_data) => {
                    Ok(object.at(position)?)
                }
                // The peer begins anew, and not with a part.
                _ if !item.more_data && position.unwrap_or(0) == 0 => return Ok(None),
                _ => self.begin(modify, item, id, (size, position), media_type),
            }?;
            if object.total > limit {
                return Err(StatusCode::REQUESTED_SIZE_TOO_BIG);
            }
            object.take(data, item.more_data, (limit, slack)).map(Some)
        })();
        match taken {
            Ok(Some((object, chunk))) => {
                self.object = item.more_data.then_some(object);
                self.forget(id);
                Ok(Part::Chunk(chunk))
            }
            Ok(None) => Ok(Part::Whole),
            Err(code) => {
                self.lost = Some(ItemId::new(id.as_str().to_owned()));
                Err(code)
            }
        }
    }

    /// The first chunk that is seen of an object in this session.
    fn begin(
        &mut self,
        modify: &Modify,
        item: &Item,
        id: &ItemId,
        (size, position): (Option<u64>, Option<u64>),
        media_type: impl FnOnce() -> Result<ByteString, StatusCode>,
    ) -> Result<Object, StatusCode> {
        let format = item.format(modify.meta.as_deref());
        let object = |total, media_type| Object {
            kind: modify.kind,
            // Copies: what is kept until the next message must not keep this one.
            names: Names::of(item).detached(),
            id: ItemId::new(id.as_str().to_owned()),
            media_type,
            base64: format == Some(&Format::B64),
            total,
            wire: 0,
            held: 0,
            bare_lf: 0,
            ends_with: LineEnd::None,
            carry: String::new(),
        };
        match (size, position.unwrap_or(0)) {
            (Some(size), 0) => {
                // The store drops what it had with the first octets of another.
                self.kept = None;
                Ok(object(size, media_type()?))
            }
            (None, 0) if position.is_none() && self.lost.as_ref() == Some(id) => {
                Err(StatusCode::SIZE_MISMATCH)
            }
            (None, 0) => Err(StatusCode::SIZE_REQUIRED),
            (_, position) => {
                // The rest of an object that began in another session, or of one that is not here.
                let kept = self.kept.take().filter(|kept| kept.item == *id);
                let kept = kept.ok_or(StatusCode::SIZE_MISMATCH)?;
                object(kept.total, media_type()?).resumed(position, kept.held)
            }
        }
    }

    /// Where the object stands that a chunk belongs to: some say it with the first one only.
    pub(super) fn note_place(&mut self, said: Said, chunk: &Chunk) -> Said {
        if chunk.offset == 0 || said != Said::Nothing {
            self.said = said;
        }
        self.said.clone()
    }

    fn forget(&mut self, id: &ItemId) {
        if self.lost.as_ref() == Some(id) {
            self.lost = None;
        }
    }
}

impl Object {
    /// Whether a command is about this object.
    fn is(&self, kind: ModifyKind, item: &Item) -> bool {
        self.kind == kind && self.names == Names::of(item)
    }

    /// Whether a chunk continues the object, or begins it anew.
    fn goes_on(&self, size: Option<u64>, position: Option<u64>, data: &Data, more: bool) -> bool {
        match (size, position) {
            (_, Some(position)) => position > 0,
            (None, None) => true,
            // A peer that says the Size again with the end of it.
            (Some(size), None) => !more && size == self.total && (data.len() as u64) < size,
        }
    }

    /// The object where it is to go on at this place of the peer's count: what came behind it, comes again.
    fn at(mut self, position: Option<u64>) -> Result<Self, StatusCode> {
        let here = [self.wire, self.held, self.wire + self.bare_lf];
        match position {
            Some(position)
                if self.ends_with == LineEnd::Lf && position + 1 == self.wire + self.bare_lf =>
            {
                self.bare_lf -= 1;
                self.ends_with = LineEnd::Half;
                Ok(self)
            }
            Some(position) if !here.contains(&position) => {
                let held = self.held;
                self.bare_lf = 0;
                self.carry.clear();
                self.ends_with = LineEnd::None;
                self.resumed(position, held)
            }
            _ => Ok(self),
        }
    }

    /// The object with no more than `position` octets of the `held` that the store has.
    fn resumed(mut self, position: u64, held: u64) -> Result<Self, StatusCode> {
        self.wire = position;
        self.held = match self.base64 {
            true if !position.is_multiple_of(4) => return Err(StatusCode::SIZE_MISMATCH),
            true => position / 4 * 3,
            false => position,
        };
        if self.held > held {
            return Err(StatusCode::SIZE_MISMATCH);
        }
        Ok(self)
    }

    /// Takes the data of a chunk.
    fn take(
        mut self,
        data: &Data,
        more: bool,
        (limit, slack): (u64, u8),
    ) -> Result<(Self, Chunk), StatusCode> {
        if !more && data.is_empty() {
            return Err(StatusCode::INCOMPLETE_COMMAND);
        }
        let octets = data.to_bytes().ok_or(StatusCode::BAD_REQUEST)?;
        self.wire = self.wire.saturating_add(octets.len() as u64);
        let octets = match data.as_text().filter(|_| self.base64) {
            Some(text) => self.decode(text, more)?,
            // Some send the octets themselves, whatever the Format says.
            None => octets,
        };
        let octets = match self.base64 {
            true => octets,
            false => self.count_lines(octets),
        };
        let offset = self.held;
        self.held = self.held.saturating_add(octets.len() as u64);
        let counted = [self.wire, self.held, self.wire + self.bare_lf];
        if counted.iter().all(|count| *count > limit) {
            return Err(StatusCode::REQUEST_ENTITY_TOO_LARGE);
        }
        let slack = u64::from(slack);
        let fits = counted.iter().any(|count| match more {
            true => *count <= self.total.saturating_add(slack),
            false => count.abs_diff(self.total) <= slack,
        });
        if !fits {
            return Err(StatusCode::SIZE_MISMATCH);
        }
        let chunk = Chunk {
            item: self.id.clone(),
            total: self.total,
            offset,
            data: octets,
            completes: (!more).then(|| self.media_type.clone()),
        };
        Ok((self, chunk))
    }

    /// The octets of Base64 text, as far as they are whole; the rest waits for the next chunk.
    fn decode(&mut self, text: &str, more: bool) -> Result<Bytes, StatusCode> {
        let mut all = std::mem::take(&mut self.carry);
        all.extend(text.split_ascii_whitespace());
        // Padding ends a piece, also in the middle, where each chunk was coded by itself.
        let open = all.len() - all.rfind('=').map_or(0, |padding| padding + 1);
        let rest = if more { open % 4 } else { 0 };
        self.carry = all.split_off(all.len() - rest);
        base64::decode_lenient(&all)
            .map(Bytes::from)
            .ok_or(StatusCode::BAD_REQUEST)
    }

    /// Counts line ends, and drops the second half of one that was cut between two chunks.
    fn count_lines(&mut self, octets: Bytes) -> Bytes {
        let octets = match self.ends_with {
            LineEnd::Half if octets.first() == Some(&b'\n') => octets.slice(1..),
            _ => octets,
        };
        for octet in &octets {
            self.ends_with = match octet {
                b'\r' => LineEnd::Cr,
                b'\n' if self.ends_with != LineEnd::Cr => {
                    self.bare_lf += 1;
                    LineEnd::Lf
                }
                _ => LineEnd::None,
            };
        }
        octets
    }
}

//! Own large objects: sent chunk by chunk `[DSPro §large objects]`.
//!
//! An item that fits no message is read from the store part by part, one part for each message. The next one goes
//! out when the peer has said 213; the status of the last one is that of the item.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_meta::{Format, MetInf, base64};
use syncml_repr::{Command, Data, Modify, StatusCode, encoded_len};
use syncml_wbxml::Encoding;

use super::compose::Composer;
use super::pending::Awaiting;
use super::place_out::Standing;
use super::send;
use super::talk::{Abort, Talk};
use crate::change::{Change, Confirmed, Cursor, Held, ItemId, Revision};
use crate::notice::{Notice, Side};

/// Room in a message that is worth a chunk, in octets of content.
const MIN_CHUNK: u64 = 64;

/// Octets that a chunk may need beside its command and content: its number, lengths and switches of the code page.
const SLACK: u64 = 48;

/// An object on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ChunkOut {
    /// What the peer has when it is through.
    change: Confirmed,
    remote: Option<ItemId>,
    media_type: ByteString,
    /// Octets of the content, and how many of them were sent.
    size: u64,
    offset: u64,
    standing: Standing,
    /// Behind the change.
    cursor: Cursor,
    answer: Answer,
}

/// What the peer said to the last chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Answer {
    /// Go on; or nothing was sent yet.
    Accepted,
    /// Nothing yet.
    Open,
    /// Nothing, and it was given another message to say it.
    Late,
}

/// What became of the next chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// It is out, and more are to come.
    Chunk,
    /// It is out, and was the last.
    Last,
    /// It comes in another message.
    NoRoom,
    /// There is none: the object is not sent to its end.
    Gone,
}

impl Talk {
    /// Whether the peer takes items of this datastore in chunks.
    pub(super) fn may_split(&self, index: usize) -> bool {
        let common = &self.common;
        let stated = common.datastores[index].max_obj_size;
        common.version != Version::V1_0
            && !common.chosen.profile.no_large_objects
            && (common.peer_takes_chunks || stated.or(common.peer_max_obj_size).is_some())
    }

    /// Octets of the largest item that the peer takes, where there is a limit.
    pub(super) fn max_size(&self, index: usize) -> Option<u64> {
        let stated = self.common.datastores[index].max_obj_size;
        let stated = stated.or(self.common.peer_max_obj_size);
        if self.may_split(index) {
            return stated;
        }
        Some(stated.unwrap_or(u64::MAX).min(self.max_sent()))
    }

    /// Octets of content as they are counted on the wire when they go out in chunks.
    fn wire_size(&self, size: u64) -> u64 {
        match self.common.encoding {
            Encoding::Xml => size.div_ceil(3).saturating_mul(4),
            _ => size,
        }
    }

    /// Sets a change on its way that is to go out in chunks; false: the peer takes nothing that large.
    pub(super) fn begin_object(
        &mut self,
        index: usize,
        change: &Change,
        confirmed: Confirmed,
        standing: Standing,
    ) -> bool {
        let (media_type, size) = match (&change.content, &change.large) {
            (Some(content), _) => (&content.media_type, content.data.len() as u64),
            (None, Some(large)) => (&large.media_type, large.size),
            (None, None) => return false,
        };
        if self
            .max_size(index)
            .is_some_and(|limit| self.wire_size(size) > limit)
        {
            return false;
        }
        self.common.datastores[index].sending.object = Some(ChunkOut {
            change: confirmed,
            remote: change.remote.clone(),
            media_type: media_type.clone(),
            size,
            offset: 0,
            standing,
            cursor: change.cursor.clone(),
            answer: Answer::Accepted,
        });
        true
    }

    /// Whether there is something to send: no object is on its way, or its next chunk may go out. A peer that does
    /// not answer a chunk gets another message to do so.
    pub(super) fn may_go_on(&mut self, index: usize) -> bool {
        let store = &mut self.common.datastores[index];
        let Some(object) = &mut store.sending.object else {
            return true;
        };
        match object.answer {
            Answer::Accepted => true,
            Answer::Open => {
                object.answer = Answer::Late;
                false
            }
            Answer::Late => {
                let (datastore, item) = (store.link.local.clone(), object.change.local.clone());
                self.port.notice(Notice::ItemRefused {
                    datastore,
                    item,
                    by: Side::Remote,
                    status: StatusCode::REQUEST_TIMEOUT,
                });
                self.end_object(index);
                true
            }
        }
    }

    /// The answer to a chunk that is not the last.
    pub(super) fn take_chunk_status(&mut self, index: usize, code: StatusCode) {
        let Some(object) = &mut self.common.datastores[index].sending.object else {
            return;
        };
        // Some say 200 to a part, too. 214 to 216: cancelled, refused, undone.
        if matches!(code.get(), 200..=213) {
            object.answer = Answer::Accepted;
        } else {
            let change = object.change.clone();
            self.acknowledged.push((index, change, code));
            self.end_object(index);
        }
    }

    /// The peer lacks the end of our object (Alert 223), or the object has changed: it is for another session.
    pub(crate) fn break_off_objects(&mut self) {
        for index in 0..self.common.datastores.len() {
            self.break_off_object(index);
        }
    }

    fn break_off_object(&mut self, index: usize) {
        if let Some(object) = self.end_object(index) {
            let datastore = self.common.datastores[index].link.local.clone();
            self.port.notice(Notice::Incomplete {
                datastore,
                item: object.change.local,
                by: Side::Local,
            });
        }
    }

    fn end_object(&mut self, index: usize) -> Option<ChunkOut> {
        let sending = &mut self.common.datastores[index].sending;
        let object = sending.object.take()?;
        sending.after = Some(object.cursor.clone());
        sending.stuck = false;
        Some(object)
    }

    /// Writes the next chunk into the open Sync. In one piece, for each step may end it, and leaves the object as it is then.
    pub(super) async fn write_chunk(
        &mut self,
        index: usize,
        composer: &mut Composer,
    ) -> Result<Written, Abort> {
        let store = &self.common.datastores[index];
        let Some(mut object) = store.sending.object.clone() else {
            return Ok(Written::Gone);
        };
        let rest = object.size.saturating_sub(object.offset);
        let room = self.room_for_chunk(index, &object, composer)?;
        if composer.is_full() || room < rest.min(MIN_CHUNK) {
            return self.wait_for_room(index, composer, &object).await;
        }
        let whole = |octets: u64| match self.common.encoding {
            // Each chunk can be decoded by itself.
            Encoding::Xml => octets / 3 * 3,
            _ => octets,
        };
        let len =
            u32::try_from(if room < rest { whole(room) } else { rest }).unwrap_or(u32::MAX / 3 * 3);
        let Confirmed {
            local, revision, ..
        } = object.change.clone();
        let link = store.link.clone();
        let read = self
            .port
            .read_item(link, local, revision, object.offset, len);
        let data = match read.await {
            Ok(Some(data)) if data.len() as u64 == u64::from(len) => data,
            Ok(_) => {
                self.break_off_object(index);
                return Ok(Written::Gone);
            }
            Err(fault) => {
                self.store_failed(index, &fault);
                return Ok(Written::Gone);
            }
        };
        let last = object.offset + u64::from(len) >= object.size;
        let data = match self.common.encoding {
            Encoding::Xml => Data::from(base64::encode(&data)),
            _ => Data::from_octets(data),
        };
        let command = self.chunk(index, &object, data, !last);
        let awaiting = match last {
            true => Awaiting::Item(index, object.change.clone()),
            false => Awaiting::Chunk(index),
        };
        if !composer.command(command.into(), awaiting)? {
            return self.wait_for_room(index, composer, &object).await;
        }
        composer.set_full();
        if last {
            self.end_object(index);
            return Ok(Written::Last);
        }
        object.offset += u64::from(len);
        object.answer = Answer::Open;
        let sending = &mut self.common.datastores[index].sending;
        sending.object = Some(object);
        sending.stuck = false;
        Ok(Written::Chunk)
    }

    /// Octets of content for which the message has room.
    fn room_for_chunk(
        &self,
        index: usize,
        object: &ChunkOut,
        composer: &Composer,
    ) -> Result<u64, Abort> {
        let empty = Command::Modify(self.chunk(index, object, Data::default(), true));
        let frame = encoded_len(&empty, self.common.encoding, self.common.version)? as u64;
        let room = composer.remaining().saturating_sub(frame + SLACK);
        Ok(match self.common.encoding {
            Encoding::Xml => room / 4 * 3,
            _ => room,
        })
    }

    /// A message without other items that has no room for a chunk, twice: the object cannot be sent.
    async fn wait_for_room(
        &mut self,
        index: usize,
        composer: &Composer,
        object: &ChunkOut,
    ) -> Result<Written, Abort> {
        let sending = &mut self.common.datastores[index].sending;
        if composer.has_items() || !std::mem::replace(&mut sending.stuck, true) {
            return Ok(Written::NoRoom);
        }
        self.end_object(index);
        let Confirmed {
            local, revision, ..
        } = object.change.clone();
        self.hold_too_large(index, local, revision).await;
        Ok(Written::Gone)
    }

    /// An item that the peer does not take stays unsent, until it takes more.
    pub(super) async fn hold_too_large(&mut self, index: usize, local: ItemId, revision: Revision) {
        let link = self.common.datastores[index].link.clone();
        self.port.notice(Notice::TooLarge {
            datastore: link.local.clone(),
            item: local.clone(),
        });
        let Some(limit) = self.max_size(index) else {
            return;
        };
        let held = vec![Held::new(local, revision).with_limit(limit)];
        if let Err(fault) = self.port.hold(link, held).await {
            self.store_failed(index, &fault);
        }
    }

    fn chunk(&self, index: usize, object: &ChunkOut, data: Data, more: bool) -> Modify {
        let store = &self.common.datastores[index];
        let (kind, name) = (object.change.kind, object.change.name());
        let role = self.common.role;
        let (kind, item) = send::item(kind, name, object.remote.as_ref(), store, role);
        let mut item = object.standing.write(item, role);
        let mut meta = MetInf::default().with_type(object.media_type.clone());
        if self.common.encoding == Encoding::Xml {
            meta = meta.with_format(Format::B64);
        }
        if object.offset == 0 {
            let mut size = MetInf::default().with_size(self.wire_size(object.size));
            if self.common.version == Version::V1_2 {
                // Whoever kept a part of it from an earlier session begins anew.
                size = size.with_emi("datapos=0");
            }
            item.meta = Some(size.into());
        }
        item.data = Some(data);
        item.more_data = more;
        Modify::new(kind, "").with_meta(meta).with_item(item)
    }
}

//! One outgoing message, built under the peer's size limit.

use std::collections::HashMap;
use std::sync::Arc;

use bytestring::ByteString;
use syncml_meta::MetInf;
use syncml_repr::{CmdId, Command, EncodeError, Encoder, Status, SyncCmd, SyncHdr};
use syncml_wbxml::Encoding;

use super::command::set_cmd_id;
use super::pending::Awaiting;
use crate::change::{ChangeKind, Confirmed, ItemId};

/// Octets of a message for which it may hold one pair of a Map. On the wire a pair takes less, but until the Map
/// is acknowledged it is remembered, and the memory for that is to stay below the size of the message.
const OCTETS_PER_PAIR: usize = 48;

/// Numbers the commands of a message and remembers which of them await an answer.
pub(crate) struct Composer {
    encoder: Encoder,
    next: u32,
    awaiting: Vec<(u32, Awaiting)>,
    statuses: usize,
    items: usize,
    /// Pairs that Maps may still hold.
    pairs: usize,
    full: bool,
    /// The last `Meta` of an item: most are the same.
    meta: Arc<MetInf>,
    /// Adds to a datastore that keeps a tree, with the names they have in the message.
    sent: HashMap<ItemId, ItemId>,
    /// Items in the message that the peer is to remove while they stay here, with their datastores.
    soft: Vec<(usize, ItemId)>,
}

/// A finished message.
pub(crate) struct Composed {
    pub(crate) bytes: Vec<u8>,
    pub(crate) awaiting: Vec<(u32, Awaiting)>,
}

impl Composer {
    pub(crate) fn new(hdr: &SyncHdr, encoding: Encoding, limit: u64) -> Result<Self, EncodeError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let encoder = Encoder::new(hdr, encoding, Some(limit))?;
        Ok(Self {
            encoder,
            next: 1,
            awaiting: Vec::new(),
            meta: Arc::default(),
            statuses: 0,
            items: 0,
            pairs: limit / OCTETS_PER_PAIR,
            full: false,
            sent: HashMap::new(),
            soft: Vec::new(),
        })
    }

    /// The `Meta` of an item of this media type.
    pub(crate) fn meta(&mut self, media_type: &ByteString) -> Arc<MetInf> {
        if self.meta.media_type.as_ref() != Some(media_type) {
            self.meta = Arc::new(MetInf::default().with_type(media_type.clone()));
        }
        Arc::clone(&self.meta)
    }

    /// Adds a status; false: no room, and nothing was written.
    pub(crate) fn status(&mut self, status: &mut Status) -> Result<bool, EncodeError> {
        status.cmd_id = CmdId::from(self.next);
        let fits = self.encoder.push_status(status)?;
        self.next += u32::from(fits);
        self.statuses += usize::from(fits);
        Ok(fits)
    }

    /// Adds a command; false: no room, and nothing was written.
    pub(crate) fn command(
        &mut self,
        mut command: Command,
        awaiting: Awaiting,
    ) -> Result<bool, EncodeError> {
        set_cmd_id(&mut command, CmdId::from(self.next));
        if !self.encoder.push(&command)? {
            return Ok(false);
        }
        match &awaiting {
            Awaiting::Item(..) | Awaiting::Chunk(_) => self.items += 1,
            Awaiting::Map(_, pairs) => self.pairs = self.pairs.saturating_sub(pairs.len()),
            _ => {}
        }
        self.awaiting.push((self.next, awaiting));
        self.next += 1;
        Ok(true)
    }

    /// Opens a Sync; the commands that follow are its children until [`close_sync`](Self::close_sync).
    pub(crate) fn open_sync(
        &mut self,
        mut sync: SyncCmd,
        awaiting: Awaiting,
    ) -> Result<bool, EncodeError> {
        sync.cmd_id = CmdId::from(self.next);
        if !self.encoder.open(&sync)? {
            return Ok(false);
        }
        self.awaiting.push((self.next, awaiting));
        self.next += 1;
        Ok(true)
    }

    pub(crate) fn close_sync(&mut self) -> Result<(), EncodeError> {
        self.encoder.close()
    }

    /// The Adds in the message, with their datastores.
    pub(crate) fn adds(&self) -> impl Iterator<Item = (usize, &Confirmed)> {
        self.awaiting
            .iter()
            .filter_map(|(_, awaiting)| match awaiting {
                Awaiting::Item(index, confirmed) if confirmed.kind == ChangeKind::Add => {
                    Some((*index, confirmed))
                }
                _ => None,
            })
    }

    /// Notes that the peer is told to remove an item that stays here.
    pub(crate) fn note_soft(&mut self, index: usize, local: ItemId) {
        self.soft.push((index, local));
    }

    /// Items that the peer is told to remove, and that stay here, with their datastores.
    pub(crate) fn take_soft(&mut self) -> Vec<(usize, ItemId)> {
        std::mem::take(&mut self.soft)
    }

    /// Notes the name under which an item is in the message.
    pub(crate) fn note_sent(&mut self, confirmed: &Confirmed) {
        let (local, name) = (confirmed.local.clone(), confirmed.name().clone());
        self.sent.insert(local, name);
    }

    /// The name under which an item is in the message.
    pub(crate) fn sent(&self, local: &ItemId) -> Option<&ItemId> {
        self.sent.get(local)
    }

    /// Octets left for commands.
    pub(crate) fn remaining(&self) -> u64 {
        self.encoder.remaining() as u64
    }

    /// Pairs that a Map may hold.
    pub(crate) fn room_for_pairs(&self) -> usize {
        self.pairs
    }

    /// Whether the message holds nothing but statuses.
    pub(crate) fn only_statuses(&self) -> bool {
        self.awaiting.is_empty()
    }

    /// Whether the message holds no command at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.awaiting.is_empty() && self.statuses == 0
    }

    /// Whether the message holds item commands.
    pub(crate) fn has_items(&self) -> bool {
        self.items > 0
    }

    /// Takes no more item commands: a chunk is the last of its message.
    pub(crate) fn set_full(&mut self) {
        self.full = true;
    }

    /// Whether item commands must wait for the next message, whatever room is left.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn finish(self, is_final: bool) -> Result<Composed, EncodeError> {
        Ok(Composed {
            bytes: self.encoder.finish(is_final)?,
            awaiting: self.awaiting,
        })
    }
}

//! What the peer's datastores have room for: ids, items, memory `[DSPro §memory]`.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::{DataStore, DsMem};
use syncml_meta::Mem;

use super::datastore::base_name;
use super::talk::{Role, Talk};
use crate::change::{Change, ChangeKind, ItemId};

/// Octets of the longest id that is sent to a client that does not say how long one it can keep.
const GUID_SIZE: u64 = 32;

/// A datastore of the peer as its device information describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerStore {
    name: ByteString,
    /// Octets of the longest id of ours that it keeps until it was told the Map (`MaxGUIDSize`).
    max_guid_size: Option<u64>,
    room: Room,
    /// Its items stand under others (`SupportHierarchicalSync`).
    hierarchical: bool,
}

/// Room for new items; none: it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Room {
    /// Several datastores share it.
    shared: bool,
    octets: Option<u64>,
    items: Option<u64>,
}

impl PeerStore {
    pub(crate) fn of(described: &DataStore) -> Self {
        Self {
            name: base_name(&described.source_ref).into(),
            max_guid_size: described.max_guid_size,
            room: described.ds_mem.map_or_else(Room::default, Room::from),
            hierarchical: described.support_hierarchical_sync,
        }
    }
}

impl From<DsMem> for Room {
    fn from(mem: DsMem) -> Self {
        Self {
            shared: mem.shared_mem,
            octets: mem.max_mem,
            items: mem.max_id,
        }
    }
}

impl From<Mem> for Room {
    fn from(mem: Mem) -> Self {
        Self {
            shared: mem.shared_mem,
            octets: mem.free_mem,
            items: mem.free_id,
        }
    }
}

impl Talk {
    fn peer_store(&self, index: usize) -> Option<&PeerStore> {
        let name = base_name(&self.common.datastores[index].remote_uri);
        let mut stores = self.common.peer_stores.iter();
        stores.find(|store| store.name == name)
    }

    /// Whether the items of the peer's datastore stand under others.
    pub(super) fn is_tree(&self, index: usize) -> bool {
        self.peer_store(index)
            .is_some_and(|store| store.hierarchical)
    }

    /// The room of the peer's datastore: what is free now goes before what there is at all.
    fn room(&self, index: usize) -> Room {
        let stated = self.common.datastores[index].room;
        stated.unwrap_or_else(|| {
            self.peer_store(index)
                .map_or_else(Room::default, |it| it.room)
        })
    }

    /// Whether the client has room for one more item of so many octets.
    pub(super) fn has_room(&self, index: usize, change: &Change) -> bool {
        if self.common.role != Role::Server || change.kind != ChangeKind::Add {
            return true;
        }
        let room = self.room(index);
        room.items != Some(0) && room.octets.is_none_or(|octets| change.size() <= octets)
    }

    /// Counts a new item that is on its way to the client.
    pub(super) fn take_room(&mut self, index: usize, size: u64) {
        let taken = self.room(index);
        for other in 0..self.common.datastores.len() {
            let mut room = self.room(other);
            if other != index && !(taken.shared && room.shared) {
                continue;
            }
            room.octets = room.octets.map(|octets| octets.saturating_sub(size));
            room.items = room.items.map(|items| items.saturating_sub(1));
            self.common.datastores[other].room = Some(room);
        }
    }

    /// A short name for an item whose id the client could not keep, until its Map has come.
    pub(super) fn temporary_id(&self, index: usize, change: &Change) -> Option<ItemId> {
        if self.common.role != Role::Server || change.kind != ChangeKind::Add {
            return None;
        }
        let stated = self.peer_store(index).and_then(|store| store.max_guid_size);
        let is_long = change.local.as_str().len() as u64 > stated.unwrap_or(GUID_SIZE);
        // A state has a number that no other has.
        is_long.then(|| ItemId::new(format!("#{}", change.revision.0)))
    }
}

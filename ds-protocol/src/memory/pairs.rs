use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use bytes::BytesMut;

use crate::change::{ItemId, MapPair};
use crate::link::Anchors;
use crate::sync_type::SyncType;

/// What the peer has of one item. An item without a row is unknown to the peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// The peer's id. A client knows the server's only until the Map is acknowledged.
    pub(super) remote: Option<ItemId>,
    /// The state the peer has.
    pub(super) revision: u64,
    /// Sent as Add, but the peer has not said yet which id it got. Never together with `remote`.
    pub(super) awaits_map: bool,
    /// The server must still be told the own id.
    pub(super) owes_map: bool,
}

/// A large object of the peer, as far as it has arrived.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) item: ItemId,
    pub(super) total: u64,
    pub(super) data: BytesMut,
}

/// What is remembered of one link.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    pub(super) last: Option<Anchors>,
    /// The peer has everything up to this revision of the datastore.
    pub(super) in_step: u64,
    /// Type of a session that was begun and never committed.
    pub(super) unfinished: Option<SyncType>,
    pub(super) stage: Option<Stage>,
    rows: BTreeMap<ItemId, Row>,
    by_remote: BTreeMap<ItemId, ItemId>,
    /// Rows that owe a Map.
    owed: BTreeSet<ItemId>,
}

impl Pairs {
    pub(super) fn get(&self, local: &ItemId) -> Option<&Row> {
        self.rows.get(local)
    }

    /// Own id of the item that the peer calls `remote`.
    pub(super) fn by_remote(&self, remote: &ItemId) -> Option<&ItemId> {
        self.by_remote.get(remote)
    }

    /// Pairs the server has not acknowledged, ordered by the own id.
    pub(super) fn owed(&self, after: Option<&ItemId>) -> impl Iterator<Item = MapPair> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.owed
            .range::<ItemId, _>((from, Bound::Unbounded))
            .filter_map(|local| {
                let remote = self.rows.get(local)?.remote.clone()?;
                Some(MapPair::new(local.clone(), remote))
            })
    }

    /// Sets the row of an item. Another item that had the same peer's id loses its row, and is told.
    pub(super) fn put(&mut self, local: ItemId, row: Row) -> Option<ItemId> {
        self.remove(&local);
        let other = row
            .remote
            .as_ref()
            .and_then(|remote| self.by_remote.insert(remote.clone(), local.clone()));
        if let Some(other) = &other {
            self.rows.remove(other);
            self.owed.remove(other);
        }
        if row.owes_map {
            self.owed.insert(local.clone());
        }
        self.rows.insert(local, row);
        other
    }

    pub(super) fn remove(&mut self, local: &ItemId) {
        self.owed.remove(local);
        if let Some(Row {
            remote: Some(remote),
            ..
        }) = self.rows.remove(local)
        {
            self.by_remote.remove(&remote);
        }
    }
}

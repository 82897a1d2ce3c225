use std::collections::BTreeSet;
use std::ops::Bound;

use bytes::BytesMut;

use super::fields::Fields;
use super::hash::FastMap;
use super::items::{Item, Items, Slot};
use super::twins::Twins;
use crate::change::{ChangeKind, Content, ItemId, MapPair};
use crate::link::Anchors;
use crate::place::Moved;
use crate::sync_type::SyncType;

/// What the peer has of one item. An item without a row is unknown to the peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// The peer's id. A client knows the server's only until the Map is acknowledged.
    pub(super) remote: Option<ItemId>,
    /// The state the peer has.
    pub(super) revision: u64,
    /// Sent as Add, but the peer has not said yet which id it got. Never together with `remote`.
    pub(super) awaits_map: bool,
    /// The id under which it was sent then, where that was not the own one.
    pub(super) temporary: Option<Box<ItemId>>,
    /// The server must still be told the own id.
    pub(super) owes_map: bool,
    /// The peer has removed its copy and wants none.
    pub(super) is_soft_deleted: bool,
    /// The properties of that state that the peer has.
    pub(super) fields: Fields,
}

/// A change that is not listed while it stays as it is.
#[derive(Clone, Copy, Debug)]
struct HeldBack {
    revision: u64,
    kind: ChangeKind,
    limit: Option<u64>,
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
    /// Nothing at or below this revision of the datastore is to be listed.
    pub(super) in_step: u64,
    /// Type of a session that was begun and never committed.
    pub(super) unfinished: Option<SyncType>,
    /// What it would have left, where everything was said in it.
    pub(super) concluded: Option<Anchors>,
    pub(super) stage: Option<Stage>,
    /// Made when twins are first asked for, dropped when the session ends.
    pub(super) twins: Option<Twins>,
    /// The properties that the peer is to have, as it said last.
    pub(super) fields: Fields,
    /// The state that is being read part by part, cut to those.
    pub(super) reading: Option<(u64, Content)>,
    /// Rows of items of which the peer has some properties alone.
    cut: usize,
    /// By slot.
    rows: Vec<Option<Row>>,
    by_remote: FastMap<ItemId, Slot>,
    by_temporary: FastMap<ItemId, Slot>,
    /// Items that owe a Map.
    owed: BTreeSet<ItemId>,
    held: FastMap<Slot, HeldBack>,
    /// Those that are held for a limit, the smallest first.
    by_limit: BTreeSet<(u64, Slot)>,
}

impl Row {
    /// Whether the peer has said that it has the item: it has given it an id, or a status.
    fn is_settled(&self) -> bool {
        !self.awaits_map && (self.remote.is_some() || self.revision > 0)
    }
}

impl Pairs {
    /// Whether an item may be the same as one that the peer has: nobody knows that it has this one.
    pub(super) fn is_free(&self, slot: Slot) -> bool {
        !self.row(slot).is_some_and(Row::is_settled)
    }

    pub(super) fn row(&self, slot: Slot) -> Option<&Row> {
        self.rows.get(slot)?.as_ref()
    }

    /// The item that the peer calls `remote`.
    pub(super) fn by_remote(&self, remote: &ItemId) -> Option<Slot> {
        self.by_remote.get(remote).copied()
    }

    /// The item that was sent under another id than its own.
    pub(super) fn by_temporary(&self, temporary: &ItemId) -> Option<Slot> {
        self.by_temporary.get(temporary).copied()
    }

    /// What the peer is to be told of an item.
    pub(super) fn change(&self, slot: Slot, item: &Item) -> Option<ChangeKind> {
        let kind = match (item.is_alive(), self.row(slot)) {
            (_, Some(row)) if row.is_soft_deleted => None,
            (true, None) => Some(ChangeKind::Add),
            (true, Some(row)) if row.awaits_map => Some(ChangeKind::Add),
            (true, Some(row)) if row.revision < item.revision => Some(ChangeKind::Replace),
            // Without the peer's id there is no way to name it; the Map may still come.
            (false, Some(row)) if !row.awaits_map => Some(ChangeKind::Delete),
            _ => None,
        }?;
        let held = self.held.get(&slot);
        let is_held = held.is_some_and(|held| held.revision == item.revision && held.kind == kind);
        (!is_held).then_some(kind)
    }

    /// Whether some change to this state is held back.
    pub(super) fn is_held(&self, slot: Slot, item: &Item) -> bool {
        let held = self.held.get(&slot);
        held.is_some_and(|held| held.revision == item.revision)
    }

    /// Whether the peer has some properties alone of any item.
    pub(super) fn has_cut(&self) -> bool {
        self.cut > 0
    }

    /// Pairs the server has not acknowledged, ordered by the own id.
    pub(super) fn owed(
        &self,
        items: &Items,
        after: Option<&ItemId>,
    ) -> impl Iterator<Item = MapPair> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.owed
            .range::<ItemId, _>((from, Bound::Unbounded))
            .filter_map(|local| {
                let remote = self.row(items.slot(local)?)?.remote.clone()?;
                Some(MapPair::new(local.clone(), remote))
            })
    }

    /// Sets the row of an item. Another item that had the same peer's id loses its row.
    pub(super) fn put(&mut self, items: &Items, slot: Slot, row: Row) {
        let Some(item) = items.at(slot) else { return };
        if let Some(remote) = &row.remote
            && let Some(other) = self.by_remote(remote).filter(|other| *other != slot)
        {
            self.remove(items, other);
        }
        if let Some(temporary) = &row.temporary
            && let Some(other) = self.by_temporary(temporary).filter(|other| *other != slot)
            && let Some(Some(other)) = self.rows.get_mut(other)
        {
            // The id serves another item now.
            other.temporary = None;
        }
        let old = self.rows.get_mut(slot).and_then(Option::take);
        self.cut += usize::from(row.fields.is_some());
        let (remote, temporary, owed) = match old {
            Some(old) => {
                self.cut -= usize::from(old.fields.is_some());
                (old.remote, old.temporary, old.owes_map)
            }
            None => (None, None, false),
        };
        if remote != row.remote {
            if let Some(remote) = &remote {
                self.by_remote.swap_remove(remote);
            }
            if let Some(remote) = &row.remote {
                self.by_remote.insert(remote.clone(), slot);
            }
        }
        if temporary != row.temporary {
            if let Some(temporary) = &temporary {
                self.by_temporary.swap_remove(&**temporary);
            }
            if let Some(temporary) = &row.temporary {
                self.by_temporary.insert((**temporary).clone(), slot);
            }
        }
        match (owed, row.owes_map) {
            (false, true) => _ = self.owed.insert(item.id.clone()),
            (true, false) => _ = self.owed.remove(&item.id),
            _ => {}
        }
        if self.rows.len() <= slot {
            self.rows.resize_with(slot + 1, || None);
        }
        if let Some(place) = self.rows.get_mut(slot) {
            *place = Some(row);
        }
        self.note_step(slot, item);
    }

    pub(super) fn remove(&mut self, items: &Items, slot: Slot) {
        let row = self.rows.get_mut(slot).and_then(Option::take);
        let (Some(row), Some(item)) = (row, items.at(slot)) else {
            return;
        };
        if let Some(remote) = &row.remote {
            self.by_remote.swap_remove(remote);
        }
        if let Some(temporary) = &row.temporary {
            self.by_temporary.swap_remove(&**temporary);
        }
        if row.owes_map {
            self.owed.remove(&item.id);
        }
        self.cut -= usize::from(row.fields.is_some());
        if let Some(twins) = &mut self.twins {
            twins.note_free(slot);
        }
        self.note_step(slot, item);
        // What is below it stands elsewhere for the peer, or will.
        for child in items.tree.below(slot) {
            self.update(items, child, |row| row.revision = 0);
        }
    }

    /// Whether the peer has an item in the state that is here, its place included.
    pub(super) fn moved(&self, slot: Slot, item: &Item) -> Moved {
        match self.row(slot) {
            Some(row) if item.moved <= row.revision => Moved::No,
            Some(row) if item.written <= row.revision => Moved::Only,
            _ => Moved::Too,
        }
    }

    pub(super) fn update(&mut self, items: &Items, slot: Slot, change: impl FnOnce(&mut Row)) {
        if let Some(mut row) = self.row(slot).cloned() {
            change(&mut row);
            self.put(items, slot, row);
        }
    }

    /// Holds the change of an item back, if it has one.
    pub(super) fn hold(&mut self, slot: Slot, item: &Item, limit: Option<u64>) {
        self.let_go(slot);
        let Some(kind) = self.change(slot, item) else {
            return;
        };
        let revision = item.revision;
        self.held.insert(
            slot,
            HeldBack {
                revision,
                kind,
                limit,
            },
        );
        if let Some(limit) = limit {
            self.by_limit.insert((limit, slot));
        }
    }

    fn let_go(&mut self, slot: Slot) {
        if let Some(HeldBack {
            limit: Some(limit), ..
        }) = self.held.swap_remove(&slot)
        {
            self.by_limit.remove(&(limit, slot));
        }
    }

    /// Lets go of what was held for less than the peer takes now.
    pub(super) fn raise_limit(&mut self, items: &Items, max_size: Option<u64>) {
        let is_less = |limit| max_size.is_none_or(|max_size| limit < max_size);
        while let Some(&(_, slot)) = self.by_limit.first().filter(|(limit, _)| is_less(*limit)) {
            self.let_go(slot);
            if let Some(item) = items.at(slot) {
                self.note_step(slot, item);
            }
        }
    }

    /// What has become of an item may be something to tell again.
    fn note_step(&mut self, slot: Slot, item: &Item) {
        if item.revision <= self.in_step && self.change(slot, item).is_some() {
            self.in_step = item.revision.saturating_sub(1);
        }
    }

    /// Raises the promise of `in_step` as far as nothing is to be told.
    pub(super) fn raise_step(&mut self, items: &Items) {
        for (slot, item) in items.between(self.in_step, u64::MAX) {
            if self.change(slot, item).is_some() {
                break;
            }
            self.in_step = item.revision;
        }
    }
}

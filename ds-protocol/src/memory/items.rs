use std::sync::atomic::{AtomicUsize, Ordering};

use syncml_devinf::DsMem;
use syncml_meta::Mem;

use super::hash::FastMap;
use super::number::Numbers;
use super::tree::{self, Tree};
use crate::change::{Content, ItemId};
use crate::place::Place;

/// Place of an item in its datastore. It never changes, and no other item ever gets it.
pub(super) type Slot = usize;

/// The newest state of an item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: ItemId,
    pub(super) revision: u64,
    /// The revision that brought its place.
    pub(super) moved: u64,
    /// The revision that brought the rest of its content.
    pub(super) written: u64,
    /// None: it is deleted.
    pub(super) content: Option<Content>,
}

impl Item {
    pub(super) fn is_alive(&self) -> bool {
        self.content.is_some()
    }
}

/// A place to look at first. Any will do, so it is no part of what a store holds.
#[derive(Debug, Default)]
struct Next(AtomicUsize);

impl Clone for Next {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The items of one user's datastore, in the order they came up. Deleted ones keep their place, so that an id is never
/// given out twice.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// By id; the place in it is the slot.
    items: FastMap<ItemId, Item>,
    /// Behind the item that was asked for last.
    next: Next,
    /// Each state with its revision, oldest first. States that were followed by newer ones are among them.
    log: Vec<(u64, Slot)>,
    pub(super) tree: Tree,
    /// Ids of our own choice are numbers.
    pub(super) numbers: Numbers,
    /// How many are there, and what they carry, in octets.
    used: (u64, u64),
    /// What was put aside before it was deleted.
    pub(super) archive: Vec<(ItemId, Content)>,
}

impl Items {
    pub(super) fn slot(&self, id: &ItemId) -> Option<Slot> {
        // Most are asked for in the order they came up, and then the index, which no cache holds, is not needed.
        let next = self.next.0.load(Ordering::Relaxed);
        let slot = match self.items.get_index(next) {
            Some((there, _)) if there == id => next,
            _ => self.items.get_index_of(id)?,
        };
        self.next.0.store(slot + 1, Ordering::Relaxed);
        Some(slot)
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Item> {
        self.items.get_index(slot).map(|(_, item)| item)
    }

    pub(super) fn get(&self, id: &ItemId) -> Option<&Item> {
        self.at(self.slot(id)?)
    }

    /// The items that are there, ordered by id.
    pub(super) fn alive(&self) -> impl Iterator<Item = (&ItemId, &Content)> {
        let alive = self.items.values();
        let mut alive: Vec<_> = alive
            .filter_map(|item| Some((&item.id, item.content.as_ref()?)))
            .collect();
        alive.sort_unstable_by_key(|(id, _)| *id);
        alive.into_iter()
    }

    /// Items whose newest state came after `after` and not after `upper`, oldest first.
    pub(super) fn between(&self, after: u64, upper: u64) -> impl Iterator<Item = (Slot, &Item)> {
        let begin = self.log.partition_point(|(revision, _)| *revision <= after);
        let newer = self.log.get(begin..).unwrap_or_default().iter();
        newer
            .take_while(move |(revision, _)| *revision <= upper)
            .filter_map(|(revision, slot)| {
                let item = self.at(*slot)?;
                (item.revision == *revision).then_some((*slot, item))
            })
    }

    /// Adds an item under an id that no item has or had.
    pub(super) fn add(&mut self, id: ItemId, revision: u64, content: Content) -> Slot {
        let slot = self.items.len();
        let content = Some(tree::settled(content, None));
        self.note_place(slot, content.as_ref());
        self.used = room_after(self.used, None, content.as_ref());
        let item = Item {
            id: id.clone(),
            revision,
            moved: revision,
            written: revision,
            content,
        };
        self.items.insert(id, item);
        self.log.push((revision, slot));
        slot
    }

    /// Whether an item, or a new one, has a place there.
    pub(super) fn may_stand(&self, slot: Option<Slot>, place: &Place) -> bool {
        let Some(parent) = place.parent() else {
            return true;
        };
        let above = self.slot(parent);
        let is_alive = |above: &Slot| self.at(*above).is_some_and(Item::is_alive);
        let is_below =
            |above: Slot| slot.is_some_and(|slot| self.tree.upwards(above).any(|it| it == slot));
        above.filter(is_alive).is_some_and(|above| !is_below(above))
    }

    /// What is left of so much room.
    pub(super) fn left(&self, room: DsMem) -> Mem {
        let (items, octets) = self.used;
        let left = |most: Option<u64>, used: u64| most.map(|most| most.saturating_sub(used));
        Mem::new(left(room.max_mem, octets), left(room.max_id, items))
    }

    fn note_place(&mut self, slot: Slot, content: Option<&Content>) {
        let parent = content.and_then(|content| content.place.parent());
        let parent = parent.and_then(|parent| self.slot(parent));
        self.tree.stand(slot, parent);
    }

    /// Gives an item its newest state; none deletes it.
    pub(super) fn write(&mut self, slot: Slot, revision: u64, content: Option<Content>) {
        self.note_place(slot, content.as_ref());
        let old = self.at(slot).and_then(|item| item.content.as_ref());
        self.used = room_after(self.used, old, content.as_ref());
        if let Some((_, item)) = self.items.get_index_mut(slot) {
            let old = item.content.as_ref();
            let is_same = |same: fn(&Content, &Content) -> bool| {
                let both = old.zip(content.as_ref());
                both.is_some_and(|(old, new)| same(old, new))
            };
            if !is_same(|old, new| old.place == new.place) {
                item.moved = revision;
            }
            if !is_same(|old, new| old.media_type == new.media_type && old.data == new.data) {
                item.written = revision;
            }
            item.revision = revision;
            item.content = content;
            self.log.push((revision, slot));
        }
        if self.log.len() > 64 + 2 * self.items.len() {
            let items = &self.items;
            let is_newest = |(revision, slot): &(u64, Slot)| {
                items
                    .get_index(*slot)
                    .is_some_and(|(_, item)| item.revision == *revision)
            };
            self.log.retain(is_newest);
        }
    }
}

/// Items and octets that are there when one has another content.
fn room_after(
    (items, octets): (u64, u64),
    old: Option<&Content>,
    new: Option<&Content>,
) -> (u64, u64) {
    let len = |content: Option<&Content>| content.map_or(0, |content| content.data.len() as u64);
    let items = items.saturating_sub(u64::from(old.is_some()));
    let octets = octets.saturating_sub(len(old));
    (items + u64::from(new.is_some()), octets + len(new))
}

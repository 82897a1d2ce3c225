use std::collections::{BTreeMap, BTreeSet};

use super::items::Slot;
use crate::change::Content;
use crate::place::Place;

/// Which items are below which. Empty, and without cost, while nothing was ever put under anything.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    above: BTreeMap<Slot, Slot>,
    below: BTreeMap<Slot, BTreeSet<Slot>>,
    /// Something stood under something once.
    grown: bool,
}

impl Tree {
    /// Whether the order of things matters.
    pub(super) fn is_grown(&self) -> bool {
        self.grown
    }

    /// Puts an item under another one; none: at the top, or nowhere.
    pub(super) fn stand(&mut self, slot: Slot, parent: Option<Slot>) {
        if let Some(old) = self.above.remove(&slot)
            && let Some(siblings) = self.below.get_mut(&old)
        {
            siblings.remove(&slot);
            if siblings.is_empty() {
                self.below.remove(&old);
            }
        }
        if let Some(parent) = parent {
            self.grown = true;
            self.above.insert(slot, parent);
            self.below.entry(parent).or_default().insert(slot);
        }
    }

    /// Items directly below one.
    pub(super) fn below(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        self.below.get(&slot).into_iter().flatten().copied()
    }

    /// The item and everything below it, each behind what is below it.
    pub(super) fn all_below(&self, slot: Slot) -> Vec<Slot> {
        let mut all = vec![slot];
        let mut next = 0;
        while let Some(&slot) = all.get(next) {
            all.extend(self.below(slot));
            next += 1;
        }
        all.reverse();
        all
    }

    /// The item and those above it, up to the top.
    pub(super) fn upwards(&self, slot: Slot) -> impl Iterator<Item = Slot> {
        std::iter::successors(Some(slot), |slot| self.above.get(slot).copied())
    }

    /// How many items are above one.
    pub(super) fn level(&self, slot: Slot) -> u64 {
        self.upwards(slot).skip(1).count() as u64
    }
}

/// A content as it is kept: what says nothing of its place stays where the item stood, and the top is not named.
pub(super) fn settled(mut content: Content, old: Option<&Content>) -> Content {
    content.place = match content.place {
        Place::Unsaid => old.map_or(Place::Unsaid, |old| old.place.clone()),
        Place::Top => Place::Unsaid,
        under => under,
    };
    content
}

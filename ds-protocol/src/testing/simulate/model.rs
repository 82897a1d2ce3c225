//! What ought to be: every state that anybody ever gave an item, and what became of it by the word of people alone.
//!
//! The model knows nothing of revisions, pairings or anchors. It knows who made which state of which item out of
//! which other, so it can tell what may be left when everybody has been told everything.

use std::collections::{BTreeMap, BTreeSet};

use super::body::Label;

/// A state of an item.
#[derive(Clone, Debug)]
struct State {
    store: usize,
    item: u32,
    parents: Vec<u32>,
    /// Somebody has made another state out of it, or deleted it.
    is_past: bool,
}

/// All edits that were made.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    states: Vec<State>,
    items: u32,
    /// States made of two, that are past once this one is somewhere.
    merged: BTreeMap<(u32, u32), u32>,
    /// Items that somebody has deleted, or that were to be removed.
    deleted: BTreeSet<u32>,
    /// Items that were told to be in conflict.
    pub(super) conflicted: BTreeSet<u32>,
    /// Items that were told to be refused, or held back.
    pub(super) refused: BTreeSet<u32>,
    /// States that were there when a pair began afresh: past or not, they are sent again.
    returning: BTreeSet<u32>,
    /// States that were to be removed: a refresh was asked for.
    waived: BTreeSet<u32>,
    /// States of items that a person has put elsewhere.
    moved: BTreeSet<u32>,
    /// Items that a device does not want any more.
    forgone: BTreeSet<(usize, u32)>,
}

impl Model {
    fn state(&self, version: u32) -> Option<&State> {
        self.states.get(version as usize)
    }

    fn next(&mut self, store: usize, item: u32, parents: Vec<u32>) -> u32 {
        self.states.push(State {
            store,
            item,
            parents,
            is_past: false,
        });
        (self.states.len() - 1) as u32
    }

    /// A new item's first state.
    pub(super) fn add(&mut self, store: usize) -> u32 {
        self.items += 1;
        self.next(store, self.items, Vec::new())
    }

    /// Another state of an item.
    pub(super) fn replace(&mut self, of: Label) -> u32 {
        let (store, item) = self
            .state(of.version)
            .map_or((0, 0), |state| (state.store, state.item));
        self.end(of.version);
        self.next(store, item, vec![of.version])
    }

    /// A state made of two versions. It counts when it is seen.
    pub(super) fn merge(&mut self, ours: Label, theirs: Label) -> u32 {
        let of = (ours.version, theirs.version);
        if let Some(known) = self.merged.get(&of) {
            return *known;
        }
        let (store, item) = self
            .state(of.0)
            .map_or((0, 0), |state| (state.store, state.item));
        let version = self.next(store, item, vec![of.0, of.1]);
        self.merged.insert(of, version);
        version
    }

    /// A state that somebody has deleted.
    pub(super) fn delete(&mut self, version: u32) {
        if let Some(item) = self.item(version) {
            self.deleted.insert(item);
        }
        self.end(version);
    }

    /// A device does not want the item of a state any more.
    pub(super) fn forgo(&mut self, device: usize, version: u32) {
        if let Some(item) = self.item(version) {
            self.forgone.insert((device, item));
        }
    }

    /// Whether a device has said so.
    pub(super) fn is_forgone(&self, device: usize, item: u32) -> bool {
        self.forgone.contains(&(device, item))
    }

    fn end(&mut self, version: u32) {
        if let Some(state) = self.states.get_mut(version as usize) {
            state.is_past = true;
        }
    }

    /// The item that a state is of.
    pub(super) fn item(&self, version: u32) -> Option<u32> {
        self.state(version).map(|state| state.item)
    }

    /// A state was seen in a datastore. Whether it belongs there.
    pub(super) fn see(&mut self, store: usize, version: u32) -> bool {
        let Some(state) = self.states.get(version as usize) else {
            return false;
        };
        let belongs = state.store == store;
        if state.parents.len() > 1 {
            for parent in state.parents.clone() {
                self.end(parent);
            }
        }
        belongs
    }

    /// A pair begins afresh while these are there.
    pub(super) fn begin_afresh(&mut self, there: impl IntoIterator<Item = u32>) {
        self.returning.extend(there);
    }

    /// Whether a state is past and may come back: as a new item, before the one that has replaced it is gone.
    pub(super) fn returns(&self, version: u32) -> bool {
        let is_gone = |state: &State| {
            // In a conflict a state may have been given up that nobody has replaced.
            let is_given_up = self.conflicted.contains(&state.item);
            state.is_past || is_given_up || self.waived.contains(&version)
        };
        self.returning.contains(&version) && self.state(version).is_some_and(is_gone)
    }

    /// A person has put an item in this state elsewhere.
    pub(super) fn relocate(&mut self, version: u32) {
        self.moved.insert(version);
    }

    /// Whether a state may stand in two places, since everything was compared, and was moved after that: into the place of
    /// its copy, it may be.
    pub(super) fn meets_copies(&self, version: u32) -> bool {
        self.returning.contains(&version) && self.moved.contains(&version)
    }

    /// Whether a conflict was told of an item that was put elsewhere: there may be two of it, in the same place.
    pub(super) fn is_moved_twice(&self, version: u32) -> bool {
        self.moved.contains(&version) && self.is_told(version)
    }

    /// Whether the item of a state was told to be in conflict.
    pub(super) fn is_told(&self, version: u32) -> bool {
        let item = self.item(version);
        item.is_some_and(|item| self.conflicted.contains(&item))
    }

    /// Whether the item of a state was told to be refused.
    pub(super) fn is_refused(&self, version: u32) -> bool {
        let item = self.item(version);
        item.is_some_and(|item| self.refused.contains(&item))
    }

    /// A refresh was asked for, and these are only where it removes them.
    pub(super) fn waive(&mut self, gone: impl IntoIterator<Item = u32>) {
        for version in gone {
            self.waived.insert(version);
            self.deleted.extend(self.item(version));
        }
    }

    /// What is wrong with what is left of a datastore when everybody has been told everything. `left` is what the
    /// server has, `elsewhere` what any device has.
    pub(super) fn judge(
        &self,
        store: usize,
        left: &BTreeSet<u32>,
        elsewhere: &BTreeSet<u32>,
    ) -> Result<(), String> {
        let items_left: BTreeSet<u32> = left.iter().filter_map(|left| self.item(*left)).collect();
        for (version, state) in (0..).zip(&self.states) {
            if state.store != store {
                continue;
            }
            let is_merge = state.parents.len() > 1;
            let is_left = left.contains(&version);
            let item = state.item;
            let is_told = self.conflicted.contains(&item);
            let is_refused = self.refused.contains(&item);
            if state.is_past {
                let may_return = self.returning.contains(&version) || is_told || is_refused;
                if is_left && !may_return {
                    return Err(format!(
                        "state {version} of item {item} is back, which was replaced or deleted"
                    ));
                }
            } else if !is_left && !is_merge {
                let is_elsewhere = elsewhere.contains(&version);
                let gives_way =
                    is_told && (items_left.contains(&item) || self.deleted.contains(&item));
                let stays = is_refused && is_elsewhere;
                if !gives_way && !stays && !self.waived.contains(&version) {
                    return Err(format!("state {version} of item {item} is lost"));
                }
            }
        }
        Ok(())
    }
}

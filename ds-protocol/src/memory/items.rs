use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::change::{Content, ItemId};

/// The newest state of an item.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) revision: u64,
    /// None: it is deleted.
    pub(super) content: Option<Content>,
    /// What the matcher makes of the content.
    pub(super) fingerprint: Option<Vec<u8>>,
}

impl Item {
    pub(super) fn is_alive(&self) -> bool {
        self.content.is_some()
    }
}

/// The items of one user's datastore, with the two orders they are searched by.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    by_id: BTreeMap<ItemId, Item>,
    by_revision: BTreeMap<u64, ItemId>,
    by_fingerprint: BTreeMap<Vec<u8>, BTreeSet<ItemId>>,
}

impl Items {
    pub(super) fn get(&self, id: &ItemId) -> Option<&Item> {
        self.by_id.get(id)
    }

    pub(super) fn alive(&self) -> impl Iterator<Item = (&ItemId, &Content)> {
        self.by_id
            .iter()
            .filter_map(|(id, item)| Some((id, item.content.as_ref()?)))
    }

    /// Items whose newest state came after `after` and not after `upper`, oldest first.
    pub(super) fn between(&self, after: u64, upper: u64) -> impl Iterator<Item = (&ItemId, &Item)> {
        // A range that begins behind its end would panic.
        let upper = upper.max(after);
        self.by_revision
            .range((
                Bound::Excluded(after),
                Bound::Excluded(upper.saturating_add(1)),
            ))
            .filter_map(|(_, id)| Some((id, self.by_id.get(id)?)))
    }

    /// Items alive with this fingerprint.
    pub(super) fn with_fingerprint(&self, fingerprint: &[u8]) -> impl Iterator<Item = &ItemId> {
        self.by_fingerprint.get(fingerprint).into_iter().flatten()
    }

    /// Gives an item its newest state.
    pub(super) fn write(&mut self, id: ItemId, item: Item) {
        self.by_revision.insert(item.revision, id.clone());
        if let Some(fingerprint) = &item.fingerprint {
            self.by_fingerprint
                .entry(fingerprint.clone())
                .or_default()
                .insert(id.clone());
        }
        let fingerprint = item.fingerprint.clone();
        if let Some(old) = self.by_id.insert(id.clone(), item) {
            self.by_revision.remove(&old.revision);
            if let Some(stale) = old
                .fingerprint
                .filter(|stale| Some(stale) != fingerprint.as_ref())
                && let Some(twins) = self.by_fingerprint.get_mut(&stale)
            {
                twins.remove(&id);
                if twins.is_empty() {
                    self.by_fingerprint.remove(&stale);
                }
            }
        }
    }
}

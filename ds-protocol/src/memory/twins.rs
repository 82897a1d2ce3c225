use std::collections::VecDeque;

use super::Matcher;
use super::hash::{self, FastMap};
use super::items::{Item, Items, Slot};
use crate::change::Content;
use crate::place::Place;

/// The items of a datastore by their contents, as far as they have no row in one link. Made bit by bit, so that an item
/// that comes with its pairing costs nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Twins {
    by_hash: FastMap<u64, VecDeque<Twin>>,
    /// The states that are in `by_hash`: each is there once.
    listed: FastMap<Slot, u64>,
    /// States up to this revision were looked at.
    seen: u64,
    /// Items that have lost their row since they were looked at.
    freed: Vec<Slot>,
}

/// A state of an item that had no row.
#[derive(Clone, Copy, Debug)]
struct Twin {
    slot: Slot,
    revision: u64,
}

impl Twins {
    /// Notes that an item has no row any more.
    pub(super) fn note_free(&mut self, slot: Slot) {
        self.freed.push(slot);
    }

    /// Looks at items that are new, or free again.
    pub(super) fn look(&mut self, items: &Items, matcher: Matcher, is_free: impl Fn(Slot) -> bool) {
        let freed = std::mem::take(&mut self.freed);
        for (slot, item) in items.between(self.seen, u64::MAX) {
            self.seen = item.revision;
            if is_free(slot) {
                self.insert(slot, item, matcher);
            }
        }
        for slot in freed {
            if let Some(item) = items.at(slot).filter(|_| is_free(slot)) {
                self.insert(slot, item, matcher);
            }
        }
    }

    fn insert(&mut self, slot: Slot, item: &Item, matcher: Matcher) {
        if let Some(content) = &item.content {
            let revision = item.revision;
            if self.listed.insert(slot, revision) != Some(revision) {
                let twins = self.by_hash.entry(hash::of(&matcher(content)));
                twins.or_default().push_back(Twin { slot, revision });
            }
        }
    }

    /// A free item for each content; each is given at most once.
    pub(super) fn find<'a>(
        &mut self,
        items: &Items,
        matcher: Matcher,
        is_free: impl Fn(Slot) -> bool,
        contents: impl Iterator<Item = &'a Content>,
    ) -> Vec<Option<Slot>> {
        let mut given = Vec::new();
        let found = contents
            .map(|content| {
                if self.by_hash.is_empty() {
                    return None;
                }
                let key = matcher(content);
                let hash = hash::of(&key);
                let twin = self.take(hash, |twin| {
                    let item = items.at(twin.slot).filter(|_| is_free(twin.slot));
                    item.filter(|item| item.revision == twin.revision)
                        .and_then(|item| item.content.as_ref())
                        .map(|own| stands_as(content, own) && matcher(own) == key)
                })?;
                given.push((hash, twin));
                Some(twin.slot)
            })
            .collect();
        // They stay until they have a row: the question may come again.
        for (hash, twin) in given.into_iter().rev() {
            self.by_hash.entry(hash).or_default().push_front(twin);
        }
        found
    }

    /// Takes a twin that is the same. What `is_same` knows nothing of is out of date, and goes for good.
    fn take(&mut self, hash: u64, is_same: impl Fn(Twin) -> Option<bool>) -> Option<Twin> {
        let twins = self.by_hash.get_mut(&hash)?;
        let mut others = VecDeque::new();
        let mut found = None;
        while let Some(twin) = twins.pop_front() {
            match is_same(twin) {
                Some(true) => {
                    found = Some(twin);
                    break;
                }
                Some(false) => others.push_back(twin),
                None => {
                    if self.listed.get(&twin.slot) == Some(&twin.revision) {
                        self.listed.swap_remove(&twin.slot);
                    }
                }
            }
        }
        twins.append(&mut others);
        if twins.is_empty() {
            self.by_hash.swap_remove(&hash);
        }
        found
    }
}

/// Whether an item stands where a content does that the peer sent.
fn stands_as(theirs: &Content, own: &Content) -> bool {
    theirs.place == Place::Unsaid || theirs.place.parent() == own.place.parent()
}

use std::collections::{HashSet, VecDeque};

use super::Likening;
use super::hash::{self, FastMap};
use super::items::{Item, Items, Slot};
use super::loose::Loose;
use crate::change::Content;
use crate::place::Place;
use crate::twin::{Likeness, NoTwin};

/// An item, and how it is like what was looked for; or why there is none.
pub(super) type Found = Result<(Slot, Likeness), NoTwin>;

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
    /// Keys of items that had no row when they were looked at, and have one now, or were given away.
    paired: FastMap<u64, ()>,
    loose: Loose,
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
    pub(super) fn look(
        &mut self,
        items: &Items,
        key: impl Fn(&Content) -> Vec<u8>,
        is_free: impl Fn(Slot) -> bool,
    ) {
        let freed = std::mem::take(&mut self.freed);
        for (slot, item) in items.between(self.seen, u64::MAX) {
            self.seen = item.revision;
            if is_free(slot) {
                self.insert(slot, item, &key);
            }
        }
        for slot in freed {
            if let Some(item) = items.at(slot).filter(|_| is_free(slot)) {
                self.insert(slot, item, &key);
            }
        }
    }

    fn insert(&mut self, slot: Slot, item: &Item, key: impl Fn(&Content) -> Vec<u8>) {
        if let Some(content) = &item.content {
            let revision = item.revision;
            if self.listed.insert(slot, revision) != Some(revision) {
                let twins = self.by_hash.entry(hash::of(&key(content)));
                twins.or_default().push_back(Twin { slot, revision });
            }
        }
    }

    /// A free item for each content; each is given at most once.
    pub(super) fn find<'a>(
        &mut self,
        items: &Items,
        key_of: impl Fn(&Content) -> Vec<u8>,
        is_free: impl Fn(Slot) -> bool,
        contents: impl Iterator<Item = &'a Content>,
    ) -> Vec<Found> {
        let mut given = Vec::new();
        let found = contents
            .map(|content| {
                if self.by_hash.is_empty() && self.paired.is_empty() {
                    return Err(NoTwin::Nothing);
                }
                let key = key_of(content);
                let hash = hash::of(&key);
                let twin = self.take(hash, |twin| {
                    let item = items.at(twin.slot).filter(|_| is_free(twin.slot));
                    item.filter(|item| item.revision == twin.revision)
                        .and_then(|item| item.content.as_ref())
                        .map(|own| stands_as(content, own) && key_of(own) == key)
                });
                let twin = twin.ok_or_else(|| match self.paired.contains_key(&hash) {
                    true => NoTwin::Paired,
                    false => NoTwin::Nothing,
                })?;
                given.push((hash, twin));
                self.paired.insert(hash, ());
                Ok((twin.slot, Likeness::Equal))
            })
            .collect();
        // They stay until they have a row: the question may come again.
        for (hash, twin) in given.into_iter().rev() {
            self.by_hash.entry(hash).or_default().push_front(twin);
        }
        found
    }

    /// A free item that is alike, for each content for which none is equal.
    pub(super) fn find_loose(
        &mut self,
        items: &Items,
        likening: Likening,
        is_free: impl Fn(Slot) -> bool,
        contents: &[Content],
        found: &mut [Found],
    ) {
        if found.iter().all(Result::is_ok) {
            return;
        }
        self.loose.look(items, likening);
        let equal = found.iter().flatten();
        let mut given: HashSet<Slot> = equal.map(|(slot, _)| *slot).collect();
        for (found, content) in found.iter_mut().zip(contents) {
            let Err(why) = found else { continue };
            match self.loose.find(items, likening, content, &is_free, &given) {
                Ok((slot, likeness)) => {
                    given.insert(slot);
                    *found = Ok((slot, likeness));
                }
                Err(NoTwin::Nothing) => {}
                Err(looser) => *why = looser,
            }
        }
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
                    self.paired.insert(hash, ());
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
pub(super) fn stands_as(theirs: &Content, own: &Content) -> bool {
    theirs.place == Place::Unsaid || theirs.place.parent() == own.place.parent()
}

use std::collections::HashSet;

use super::hash::{self, FastMap};
use super::items::{Items, Slot};
use super::twins::stands_as;
use crate::change::Content;
use crate::twin::{Likeness, NoTwin};

/// By what items are alike whose contents differ, for a [`Search`](crate::Search) that is loose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Alike {
    /// The unique id that it has for itself.
    pub uid: Option<Vec<u8>>,
    /// What it says when case and blanks do not count; none: that is not to be asked of it.
    pub normalized: Option<Vec<u8>>,
}

impl Alike {
    /// An item with these.
    #[must_use]
    pub fn new(uid: Option<Vec<u8>>, normalized: Option<Vec<u8>>) -> Self {
        Self { uid, normalized }
    }

    fn key(&self, likeness: Likeness) -> Option<&Vec<u8>> {
        match likeness {
            Likeness::SameUid => self.uid.as_ref(),
            _ => self.normalized.as_ref(),
        }
    }
}

/// The rule for what is alike.
pub type Likening = fn(&Content) -> Alike;

/// The ways of being alike, the closest first.
const WAYS: [Likeness; 2] = [Likeness::SameUid, Likeness::Normalized];

/// Items of one key that are remembered. More than one cannot be told apart.
const MOST: usize = 8;

/// The items of a datastore by what they are alike by. Made bit by bit.
#[derive(Clone, Debug, Default)]
pub(super) struct Loose {
    by_key: [FastMap<u64, Vec<Slot>>; 2],
    /// States up to this revision were looked at.
    seen: u64,
}

impl Loose {
    /// Looks at items that are new.
    pub(super) fn look(&mut self, items: &Items, likening: Likening) {
        for (slot, item) in items.between(self.seen, u64::MAX) {
            self.seen = item.revision;
            let Some(content) = &item.content else {
                continue;
            };
            let alike = likening(content);
            for (way, by_key) in WAYS.into_iter().zip(&mut self.by_key) {
                if let Some(key) = alike.key(way) {
                    let slots = by_key.entry(hash::of(key)).or_default();
                    if slots.len() < MOST && !slots.contains(&slot) {
                        slots.push(slot);
                    }
                }
            }
        }
    }

    /// A free item that is like a content and was not given away.
    pub(super) fn find(
        &self,
        items: &Items,
        likening: Likening,
        content: &Content,
        is_free: impl Fn(Slot) -> bool,
        given: &HashSet<Slot>,
    ) -> Result<(Slot, Likeness), NoTwin> {
        let wanted = likening(content);
        let mut why = NoTwin::Nothing;
        for (way, by_key) in WAYS.into_iter().zip(&self.by_key) {
            let Some(key) = wanted.key(way) else { continue };
            let is_alike = |slot: &Slot| {
                let item = items.at(*slot).and_then(|item| item.content.as_ref());
                item.is_some_and(|own| {
                    stands_as(content, own) && likening(own).key(way) == Some(key)
                })
            };
            let slots = by_key.get(&hash::of(key)).into_iter().flatten();
            let alike: Vec<Slot> = slots.copied().filter(is_alike).collect();
            let free = |slot: &&Slot| is_free(**slot) && !given.contains(*slot);
            let mut free = alike.iter().filter(free);
            match (free.next(), free.next()) {
                (Some(slot), None) => return Ok((*slot, way)),
                (Some(_), Some(_)) => why = NoTwin::Several,
                (None, _) if !alike.is_empty() && why == NoTwin::Nothing => why = NoTwin::Paired,
                (None, _) => {}
            }
        }
        Err(why)
    }
}

use syncml_repr::StatusCode;

use super::items::{Item, Items, Slot};
use super::number;
use super::pairs::{Pairs, Row};
use super::{Filtering, Matcher, Passes};
use crate::change::{
    ChangeKind, Confirmed, Content, Held, ItemId, Key, Known, KnownState, MapPair, Revision,
};
use crate::filter::Filter;
use crate::place::Parent;
use crate::store::StoreFault;

/// A link's datastore, and what is remembered of the link.
pub(super) struct Ledger<'a> {
    pub(super) items: &'a mut Items,
    pub(super) pairs: &'a mut Pairs,
    /// The last revision given out.
    pub(super) revision: &'a mut u64,
    pub(super) matcher: Matcher,
    pub(super) filtering: Option<Filtering>,
}

impl Ledger<'_> {
    pub(super) fn known(&self, key: &Key) -> Option<Known> {
        let slot = match key {
            Key::Local(local) => self.items.slot(local),
            Key::Remote(remote) => self.pairs.by_remote(remote),
        }?;
        let item = self.items.at(slot)?;
        let state = match self.pairs.row(slot) {
            // Gone on both sides.
            None if !item.is_alive() => return None,
            None => KnownState::Changed,
            Some(_) if !item.is_alive() => KnownState::Deleted,
            Some(row) if row.revision < item.revision => KnownState::Changed,
            Some(_) => KnownState::Unchanged,
        };
        Some(Known::new(item.id.clone(), state).with_revision(Revision(item.revision)))
    }

    pub(super) fn find_twins(&mut self, contents: &[Content]) -> Vec<Option<ItemId>> {
        let mut twins = self.pairs.twins.take().unwrap_or_default();
        let is_free = |slot| self.pairs.row(slot).is_none();
        twins.look(self.items, self.matcher, is_free);
        let unstaged: Vec<_> = contents
            .iter()
            .map(|content| {
                self.unstaged(content.clone())
                    .unwrap_or_else(|| content.clone())
            })
            .collect();
        let found = twins.find(self.items, self.matcher, is_free, unstaged.iter());
        self.pairs.twins = Some(twins);
        let id = |slot| self.items.at(slot).map(|item| item.id.clone());
        found.into_iter().map(|twin| twin.and_then(id)).collect()
    }

    pub(super) fn hold(&mut self, held: &[Held]) {
        for Held {
            local,
            revision: Revision(revision),
            limit,
        } in held
        {
            let slot = self.items.slot(local);
            let item = slot.and_then(|slot| Some((slot, self.items.at(slot)?)));
            if let Some((slot, item)) = item.filter(|(_, item)| item.revision == *revision) {
                self.pairs.hold(slot, item, *limit);
            }
        }
    }

    pub(super) fn confirm(&mut self, confirmed: &Confirmed) {
        let Confirmed {
            kind,
            local,
            revision: Revision(revision),
            awaits_map,
            temporary,
        } = confirmed;
        let Some(slot) = self.items.slot(local) else {
            return;
        };
        let row = self.pairs.row(slot);
        if *kind == ChangeKind::Delete {
            if row.is_some_and(|row| row.revision <= *revision) {
                self.pairs.remove(self.items, slot);
            }
            return;
        }
        let mut row = row.cloned().unwrap_or_default();
        row.revision = row.revision.max(*revision);
        row.awaits_map = *awaits_map && row.remote.is_none();
        if !row.awaits_map {
            row.temporary = None;
        } else if let Some(temporary) = temporary {
            row.temporary = Some(Box::new(temporary.clone()));
        }
        self.pairs.put(self.items, slot, row);
    }

    pub(super) fn save_map(&mut self, MapPair { local, remote }: &MapPair) {
        let named = self.pairs.by_temporary(local);
        let Some(slot) = named.or_else(|| self.items.slot(local)) else {
            return;
        };
        let row = self.pairs.row(slot);
        if row.is_none() && self.pairs.by_remote(remote).is_some() {
            // The Map comes again, and what it names has been paired anew since.
            return;
        }
        // Without a row the peer has some state of it, nobody confirmed which: what is here follows.
        let row = Row {
            remote: Some(remote.clone()),
            awaits_map: false,
            temporary: None,
            ..row.cloned().unwrap_or_default()
        };
        self.pairs.put(self.items, slot, row);
    }

    pub(super) fn confirm_map(&mut self, MapPair { local, remote }: &MapPair) {
        let Some(slot) = self.items.slot(local) else {
            return;
        };
        self.pairs.update(self.items, slot, |row| {
            if row.owes_map && row.remote.as_ref() == Some(remote) {
                row.owes_map = false;
                row.remote = None;
            }
        });
    }

    /// The item above one, as the peer may know it.
    pub(super) fn parent(&self, item: &Item) -> Option<Parent> {
        let local = item.content.as_ref()?.place.parent()?;
        let row = self
            .items
            .slot(local)
            .and_then(|slot| self.pairs.row(slot))
            .filter(|row| !row.is_soft_deleted);
        let sent = row.filter(|row| row.remote.is_none()).map(|row| {
            let temporary = row.temporary.as_deref();
            temporary.unwrap_or(local).clone()
        });
        let remote = row.and_then(|row| row.remote.clone());
        let parent = Parent::new(local.clone());
        Some(parent.with_remote(remote).with_sent(sent))
    }

    pub(super) fn alive(&self, local: &ItemId) -> Option<(Slot, &Item)> {
        let slot = self.items.slot(local)?;
        let item = self.items.at(slot).filter(|item| item.is_alive())?;
        Some((slot, item))
    }

    /// A content with its octets, which may be those that were kept aside; none: nothing is kept.
    pub(super) fn unstaged(&self, content: Content) -> Option<Content> {
        if !content.staged {
            return Some(content);
        }
        let stage = self.pairs.stage.as_ref()?;
        let unstaged = Content::new(content.media_type, stage.data.to_vec());
        Some(unstaged.with_place(content.place))
    }

    /// Gives an item a new state; none deletes it. Returns the revision.
    pub(super) fn write(&mut self, slot: Slot, content: Option<Content>) -> u64 {
        *self.revision += 1;
        self.items.write(slot, *self.revision, content);
        *self.revision
    }

    /// Adds an item under an id of our own choice.
    pub(super) fn create(&mut self, content: Content) -> Slot {
        create(self.items, self.revision, content)
    }
}

/// The rule of a filter.
pub(super) fn passes(
    filtering: Option<Filtering>,
    filter: &Filter,
) -> Result<Box<Passes>, StoreFault> {
    let filtering = filtering.ok_or_else(|| {
        StoreFault::new(
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            "this store has no filters",
        )
    })?;
    filtering(filter)
}

/// Adds an item under the next number that is no id yet.
pub(super) fn create(items: &mut Items, revision: &mut u64, content: Content) -> Slot {
    *revision += 1;
    let mut number = *revision;
    loop {
        let id = ItemId::new(number::text([number]));
        if items.slot(&id).is_none() {
            return items.add(id, *revision, content);
        }
        number += 1;
    }
}

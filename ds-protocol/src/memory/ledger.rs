use syncml_devinf::DsMem;
use syncml_repr::StatusCode;

use super::fields::{self, Fields};
use super::items::{Item, Items, Slot};
use super::pairs::{Pairs, Row};
use super::{Fielding, Filtering, Likening, Matcher, Passes};
use crate::change::{
    ChangeKind, Confirmed, Content, Held, ItemId, Key, Known, KnownState, MapPair, Revision,
};
use crate::defect::Defect;
use crate::filter::Filter;
use crate::place::Parent;
use crate::store::StoreFault;
use crate::twin::{Likeness, NoTwin, Search, Twin};

/// A link's datastore, and what is remembered of the link.
pub(super) struct Ledger<'a> {
    pub(super) items: &'a mut Items,
    pub(super) pairs: &'a mut Pairs,
    /// The last revision given out.
    pub(super) revision: &'a mut u64,
    pub(super) matcher: Matcher,
    pub(super) likening: Option<Likening>,
    pub(super) filtering: Option<Filtering>,
    pub(super) fielding: Option<Fielding>,
    pub(super) room: Option<DsMem>,
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

    pub(super) fn find_twins(&mut self, contents: &[Content], search: &Search) -> Vec<Twin> {
        let fields = fields::of(search.filter.as_deref());
        self.pairs.fields = fields.clone();
        let mut twins = self.pairs.twins.take().unwrap_or_default();
        let is_free = |slot| self.pairs.is_free(slot);
        let key = |content: &Content| (self.matcher)(&self.shown(&fields, content));
        twins.look(self.items, key, is_free);
        let unstaged: Vec<_> = contents
            .iter()
            .map(|content| {
                self.unstaged(content.clone())
                    .unwrap_or_else(|| content.clone())
            })
            .collect();
        let mut found = twins.find(self.items, key, is_free, unstaged.iter());
        if let Some(likening) = self.likening.filter(|_| search.loose) {
            twins.find_loose(self.items, likening, is_free, &unstaged, &mut found);
        }
        self.pairs.twins = Some(twins);
        let found = found.into_iter().zip(&unstaged);
        found
            .map(|(found, theirs)| self.twin(found, theirs, &fields))
            .collect()
    }

    fn twin(
        &self,
        found: Result<(Slot, Likeness), NoTwin>,
        theirs: &Content,
        fields: &Fields,
    ) -> Twin {
        let (slot, likeness) = match found {
            Ok(found) => found,
            Err(why) => return Twin::None(why),
        };
        let Some(item) = self.items.at(slot) else {
            return Twin::None(NoTwin::Nothing);
        };
        let is_more = fields.is_some()
            && likeness == Likeness::Equal
            && item.content.as_ref().map(self.matcher) != Some((self.matcher)(theirs));
        let likeness = if is_more { Likeness::Shown } else { likeness };
        Twin::Found(item.id.clone(), likeness)
    }

    /// A state of an item, cut to the properties that the peer is to have.
    pub(super) fn read(&mut self, local: &ItemId, Revision(revision): Revision) -> Option<Content> {
        let item = self.items.get(local)?;
        let content = item
            .content
            .as_ref()
            .filter(|_| item.revision == revision)?;
        if self.pairs.fields.is_none() {
            return Some(content.clone());
        }
        let cut = match self
            .pairs
            .reading
            .take()
            .filter(|(cut, _)| *cut == revision)
        {
            Some((_, cut)) => cut,
            None => self.shown(&self.pairs.fields, content).into_owned(),
        };
        self.pairs.reading = Some((revision, cut.clone()));
        Some(cut)
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
        let newest = self.items.at(slot).map(|item| &item.revision);
        let revision = newest
            .filter(|_| Defect::EditOverlooked.is_armed())
            .unwrap_or(revision);
        let row = self.pairs.row(slot);
        if *kind == ChangeKind::Delete {
            if row.is_some_and(|row| row.revision <= *revision) {
                self.pairs.remove(self.items, slot);
            }
            return;
        }
        let mut row = row.cloned().unwrap_or_default();
        if *revision >= row.revision {
            row.revision = *revision;
            row.fields = self.pairs.fields.clone();
        }
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
            ..row.cloned().unwrap_or_else(|| Row {
                fields: self.pairs.fields.clone(),
                ..Row::default()
            })
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
    if filter.expression.is_empty() {
        return Ok(Box::new(|_, _| true));
    }
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
        let id = ItemId::new(items.numbers.text([number]));
        if items.slot(&id).is_none() {
            return items.add(id, *revision, content);
        }
        number += 1;
    }
}

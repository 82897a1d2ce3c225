use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use syncml_repr::StatusCode;

use super::items::{Item, Slot};
use super::ledger::Ledger;
use crate::change::Content;
use crate::filter::{Field, Filter};
use crate::store::StoreFault;

/// The properties of each item that a peer has; none: all.
pub(super) type Fields = Option<Arc<Vec<Field>>>;

/// What is shown of a content; none: nothing can be left out of it.
pub type Cut = fn(&[Field], &Content) -> Option<Content>;

/// Our content put together with that of a peer that was shown a part, and whether the peer has what it is to have of the
/// outcome; none: it cannot be done (426).
pub type Merge = fn(&[Field], &Content, &Content) -> Option<(Content, bool)>;

/// How a filter of properties is followed ([`Filter::fields`]).
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Fielding {
    cut: Cut,
    merge: Merge,
}

impl Fielding {
    /// With these two rules.
    #[must_use]
    pub fn new(cut: Cut, merge: Merge) -> Self {
        Self { cut, merge }
    }

    /// What is shown of a content.
    pub(super) fn shown<'a>(self, fields: &Fields, content: &'a Content) -> Cow<'a, Content> {
        let cut = fields
            .as_ref()
            .and_then(|fields| (self.cut)(fields, content));
        cut.map_or(Cow::Borrowed(content), |cut| {
            Cow::Owned(cut.with_place(content.place.clone()))
        })
    }
}

impl fmt::Debug for Fielding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fielding")
    }
}

/// The properties that a filter names.
pub(super) fn of(filter: Option<&Filter>) -> Fields {
    let fields = filter.map(|filter| &filter.fields)?;
    (!fields.is_empty()).then(|| Arc::new(fields.clone()))
}

/// A store that cuts nothing refuses a filter of properties.
pub(super) fn check(fielding: Option<Fielding>, filter: &Filter) -> Result<(), StoreFault> {
    match filter.fields.is_empty() || fielding.is_some() {
        true => Ok(()),
        false => Err(StoreFault::new(
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            "this store has no filters of properties",
        )),
    }
}

impl Ledger<'_> {
    /// What a peer with these properties is shown of a content.
    #[inline]
    pub(super) fn shown<'a>(&self, fields: &Fields, content: &'a Content) -> Cow<'a, Content> {
        match self.fielding.filter(|_| fields.is_some()) {
            Some(fielding) => fielding.shown(fields, content),
            None => Cow::Borrowed(content),
        }
    }

    /// Whether the peer has this state of an item, and was sent more or less of it than it is to have.
    pub(super) fn has_other_fields(&self, slot: Slot, item: &Item, fields: &Fields) -> bool {
        self.is_cut_otherwise(slot, item, fields) && !self.is_shown_the_same(slot, item, fields)
    }

    fn is_cut_otherwise(&self, slot: Slot, item: &Item, fields: &Fields) -> bool {
        self.pairs.row(slot).is_some_and(|row| {
            row.fields != *fields
                && row.revision >= item.revision
                && !row.is_soft_deleted
                && !row.awaits_map
                && !self.pairs.is_held(slot, item)
        })
    }

    fn is_shown_the_same(&self, slot: Slot, item: &Item, fields: &Fields) -> bool {
        let row = self.pairs.row(slot);
        row.zip(item.content.as_ref()).is_none_or(|(row, content)| {
            self.shown(&row.fields, content) == self.shown(fields, content)
        })
    }

    /// Notes of the items of which other properties were to be sent, and nothing is different in those, that the peer
    /// has these now.
    pub(super) fn settle_fields(&mut self) {
        let fields = self.pairs.fields.clone();
        if fields.is_none() && !self.pairs.has_cut() {
            return;
        }
        let all = self.items.between(0, u64::MAX);
        let settled: Vec<Slot> = all
            .filter(|(slot, item)| {
                self.is_cut_otherwise(*slot, item, &fields)
                    && self.is_shown_the_same(*slot, item, &fields)
            })
            .map(|(slot, _)| slot)
            .collect();
        for slot in settled {
            let fields = fields.clone();
            self.pairs
                .update(self.items, slot, |row| row.fields = fields);
        }
    }

    /// A peer's version of an item with what the peer was not sent of it, and whether the peer has what it is to have
    /// of that; none: the two cannot be put together.
    pub(super) fn merged(&self, slot: Slot, theirs: Content) -> Option<(Content, bool)> {
        let row = self.pairs.row(slot);
        let fields = row.and_then(|row| row.fields.as_ref());
        let ours = self.items.at(slot).and_then(|item| item.content.as_ref());
        match (fields, ours, self.fielding) {
            // Of what cannot be cut the peer has everything.
            (Some(fields), Some(ours), Some(fielding))
                if (fielding.cut)(fields, ours).is_some() =>
            {
                let (merged, agrees) = (fielding.merge)(fields, ours, &theirs)?;
                Some((merged.with_place(theirs.place), agrees))
            }
            _ => Some((theirs, true)),
        }
    }
}

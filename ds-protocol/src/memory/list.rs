use std::borrow::Cow;

use syncml_repr::StatusCode;

use super::Passes;
use super::fields;
use super::items::{Item, Slot};
use super::ledger::{self, Ledger};
use super::number::Numbers;
use crate::change::{Change, ChangeKind, ChangePage, Cursor, Large, Revision, Scope};
use crate::place::Moved;
use crate::store::StoreFault;

impl Ledger<'_> {
    /// A page of changes. In one piece: the scope is taken apart before the loop that fills the page with it.
    pub(super) fn list_changes(
        &mut self,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault> {
        let place = after.map(parse_cursor).transpose()?;
        let filter = match &scope.filter {
            Some(filter) => Some(Wanted {
                passes: ledger::passes(self.filtering, filter)?,
                inclusive: filter.inclusive,
            }),
            None => None,
        };
        let fields = fields::of(scope.filter.as_deref());
        if place.is_none() {
            // What is too large as a whole may be small enough now.
            let max_size = scope.max_size.filter(|_| fields.is_none());
            self.pairs.raise_limit(self.items, max_size);
            self.pairs.fields = fields.clone();
            self.pairs.reading = None;
        }
        let (upper, after) = place.unwrap_or_else(|| (*self.revision, At::default()));
        // What the peer has is not looked at: an idle session costs nothing for each item.
        // A filter may leave out what the peer has, or parts of it.
        let in_step = match &filter {
            Some(filter) if !filter.inclusive => 0,
            _ if fields.is_some() || self.pairs.has_cut() => 0,
            _ => self.pairs.in_step,
        };
        let fits = |item: &Item| {
            scope.max_size.is_none_or(|max_size| {
                let shown = item
                    .content
                    .as_ref()
                    .map(|content| self.shown(&fields, content));
                shown.is_none_or(|shown| shown.data.len() as u64 <= max_size)
            })
        };
        let total = place.is_none().then(|| {
            let changes = self.changes(in_step, upper, filter.as_ref());
            let counted = changes.filter(|(.., soft, item)| *soft || fits(item));
            counted.count() as u64
        });
        let mut page = ChangePage::new(Vec::new(), false, total);
        let mut rest = budget;
        let mut cursors = Numbers::default();
        for (at, (kind, slot, soft, item)) in self.ordered(in_step, after, upper, filter.as_ref()) {
            let content = item.content.as_ref().filter(|_| !soft);
            let content = content.map(|content| self.shown(&fields, content));
            let size = content
                .as_ref()
                .map_or(0, |content| content.data.len() as u64);
            let is_full = page.changes.len() as u64 >= u64::from(limit);
            if is_full || (size > rest && !page.changes.is_empty()) {
                page.more = true;
                break;
            }
            let cursor = at.cursor(upper, &mut cursors);
            let revision = Revision(item.revision);
            let mut change = Change::new(cursor, kind, item.id.clone(), revision);
            change.remote = self.pairs.row(slot).and_then(|row| row.remote.clone());
            change.soft = soft;
            if kind != ChangeKind::Delete {
                change.parent = self.parent(item).map(Box::new);
                change.moved = self.moved(kind, slot, item);
            }
            if size > rest {
                change.large = content.map(|content| Large::new(content.media_type.clone(), size));
            } else if !soft {
                rest -= size;
                change.content = content.map(Cow::into_owned);
            }
            page.changes.push(change);
        }
        Ok(page)
    }

    fn moved(&self, kind: ChangeKind, slot: Slot, item: &Item) -> Moved {
        match kind {
            ChangeKind::Replace => self.pairs.moved(slot, item),
            _ => Moved::No,
        }
    }

    /// What the peer is to be told behind a place of the list. Where nothing ever stood under anything, that is the
    /// order in which it came about; else what has others below it goes before them, and deletions go last, from below.
    fn ordered<'b>(
        &'b self,
        in_step: u64,
        after: At,
        upper: u64,
        filter: Option<&'b Wanted>,
    ) -> Box<dyn Iterator<Item = (At, Told<'b>)> + 'b> {
        let tree = &self.items.tree;
        if !tree.is_grown() {
            let changes = self.changes(after.revision.max(in_step), upper, filter);
            return Box::new(changes.map(|told| (At::flat(told.3.revision), told)));
        }
        let level = |(_, slot, soft, item): &Told<'_>| match *soft {
            false if item.is_alive() => tree.level(*slot),
            // The upper one was deleted last.
            false => DELETED,
            true => GONE - tree.level(*slot),
        };
        let changes = self.changes(in_step, upper, filter);
        let mut changes: Vec<(At, Told<'b>)> = changes
            .map(|told| {
                let (level, revision) = (level(&told), told.3.revision);
                (At { level, revision }, told)
            })
            .filter(|(at, _)| *at > after)
            .collect();
        changes.sort_unstable_by_key(|(at, _)| *at);
        Box::new(changes.into_iter())
    }

    /// What the peer is to be told, in the order in which it came about.
    fn changes<'b>(
        &'b self,
        after: u64,
        upper: u64,
        filter: Option<&'b Wanted>,
    ) -> impl Iterator<Item = Told<'b>> {
        let newer = self.items.between(after, upper);
        newer.filter_map(move |(slot, item)| {
            let (kind, soft) = self.told(slot, item, filter)?;
            Some((kind, slot, soft, item))
        })
    }

    /// What the peer is to be told of an item, and whether it is gone for the peer alone.
    fn told(&self, slot: Slot, item: &Item, filter: Option<&Wanted>) -> Option<(ChangeKind, bool)> {
        let row = self.pairs.row(slot);
        if let (Some(filter), Some(content)) = (filter, &item.content)
            && !(filter.passes)(content, row.and_then(|row| row.remote.as_ref()))
        {
            // Nothing is said of what the peer neither wants nor has.
            let has = row.is_some_and(|row| !row.is_soft_deleted && !row.awaits_map);
            return (has && !filter.inclusive).then_some((ChangeKind::Delete, true));
        }
        let kind = self.pairs.change(slot, item).or_else(|| {
            self.has_other_fields(slot, item, &self.pairs.fields)
                .then_some(ChangeKind::Replace)
        });
        Some((kind?, false))
    }
}

/// Which items are for the peer.
struct Wanted {
    passes: Box<Passes>,
    /// What it has beside them stays there.
    inclusive: bool,
}

/// A change: what it is, of which item, and whether that is gone for the peer alone.
type Told<'b> = (ChangeKind, Slot, bool, &'b Item);

/// Place in a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct At {
    /// How many items are above it; else deletions, and behind them what is gone for the peer alone.
    level: u64,
    revision: u64,
}

const DELETED: u64 = 1 << 40;
const GONE: u64 = 1 << 41;

impl At {
    fn flat(revision: u64) -> Self {
        Self { level: 0, revision }
    }

    fn cursor(self, upper: u64, numbers: &mut Numbers) -> Cursor {
        Cursor(match self.level {
            0 => numbers.text([upper, self.revision]),
            level => numbers.text([upper, self.revision, level]),
        })
    }
}

/// Upper bound of a list and place in it.
fn parse_cursor(cursor: &Cursor) -> Result<(u64, At), StoreFault> {
    let parse = || {
        let mut numbers = cursor.0.split(':').map(str::parse);
        let (upper, revision) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let level = numbers.next().unwrap_or(Ok(0)).ok()?;
        Some((upper, At { level, revision }))
    };
    parse().ok_or_else(|| {
        StoreFault::new(
            StatusCode::COMMAND_FAILED,
            format!("not a cursor of this store: {}", cursor.0),
        )
    })
}

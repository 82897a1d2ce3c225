use syncml_repr::StatusCode;

use super::Passes;
use super::items::{Item, Slot};
use super::ledger::{self, Ledger};
use super::number;
use crate::change::{Change, ChangeKind, ChangePage, Cursor, Large, Revision, Scope};
use crate::store::StoreFault;

impl Ledger<'_> {
    pub(super) fn list_changes(
        &mut self,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault> {
        let place = after.map(parse_cursor).transpose()?;
        if place.is_none() {
            self.pairs.raise_limit(self.items, scope.max_size);
        }
        let filter = match &scope.filter {
            Some(filter) => Some(Wanted {
                passes: ledger::passes(self.filtering, filter)?,
                inclusive: filter.inclusive,
            }),
            None => None,
        };
        let (upper, after) = place.unwrap_or((*self.revision, 0));
        // What the peer has is not looked at: an idle session costs nothing for each item.
        // A filter may leave out what the peer has.
        let in_step = match &filter {
            Some(filter) if !filter.inclusive => 0,
            _ => self.pairs.in_step,
        };
        let fits = |item: &Item| {
            scope
                .max_size
                .is_none_or(|max_size| item.size() <= max_size)
        };
        let total = place.is_none().then(|| {
            let changes = self.changes(in_step, upper, filter.as_ref());
            let counted = changes.filter(|(.., soft, item)| *soft || fits(item));
            counted.count() as u64
        });
        let mut page = ChangePage::new(Vec::new(), false, total);
        let mut rest = budget;
        for (kind, slot, soft, item) in self.changes(after.max(in_step), upper, filter.as_ref()) {
            let size = if soft { 0 } else { item.size() };
            let is_full = page.changes.len() as u64 >= u64::from(limit);
            if is_full || (size > rest && !page.changes.is_empty()) {
                page.more = true;
                break;
            }
            let cursor = Cursor(number::text([upper, item.revision]));
            let change = Change::new(cursor, kind, item.id.clone(), Revision(item.revision))
                .with_remote(self.pairs.row(slot).and_then(|row| row.remote.clone()))
                .with_soft(soft);
            page.changes.push(if soft {
                change
            } else if size > rest {
                let content = item.content.as_ref();
                change
                    .with_large(content.map(|content| Large::new(content.media_type.clone(), size)))
            } else {
                rest -= size;
                change.with_content(item.content.clone())
            });
        }
        Ok(page)
    }

    /// What the peer is to be told, in the order in which it came about.
    fn changes(
        &self,
        after: u64,
        upper: u64,
        filter: Option<&Wanted>,
    ) -> impl Iterator<Item = (ChangeKind, Slot, bool, &Item)> {
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
        Some((self.pairs.change(slot, item)?, false))
    }
}

/// Which items are for the peer.
struct Wanted {
    passes: Box<Passes>,
    /// What it has beside them stays there.
    inclusive: bool,
}

/// Upper bound of a list and place in it.
fn parse_cursor(cursor: &Cursor) -> Result<(u64, u64), StoreFault> {
    cursor
        .0
        .split_once(':')
        .and_then(|(upper, after)| Some((upper.parse().ok()?, after.parse().ok()?)))
        .ok_or_else(|| {
            StoreFault::new(
                StatusCode::COMMAND_FAILED,
                format!("not a cursor of this store: {}", cursor.0),
            )
        })
}

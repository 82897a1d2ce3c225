use syncml_repr::StatusCode;

use super::items::{Item, Slot};
use super::ledger::Ledger;
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
        let (upper, after) = place.unwrap_or((*self.revision, 0));
        // What the peer has is not looked at: an idle session costs nothing for each item.
        let in_step = self.pairs.in_step;
        let fits = |item: &Item| {
            scope
                .max_size
                .is_none_or(|max_size| item.size() <= max_size)
        };
        let total = place.is_none().then(|| {
            let counted = self.changes(in_step, upper).filter(|(.., item)| fits(item));
            counted.count() as u64
        });
        let mut page = ChangePage::new(Vec::new(), false, total);
        let mut rest = budget;
        for (kind, slot, item) in self.changes(after.max(in_step), upper) {
            let size = item.size();
            let is_full = page.changes.len() as u64 >= u64::from(limit);
            if is_full || (size > rest && !page.changes.is_empty()) {
                page.more = true;
                break;
            }
            let cursor = Cursor(format!("{upper}:{}", item.revision).into());
            let change = Change::new(cursor, kind, item.id.clone(), Revision(item.revision))
                .with_remote(self.pairs.row(slot).and_then(|row| row.remote.clone()));
            page.changes.push(if size > rest {
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
    fn changes(&self, after: u64, upper: u64) -> impl Iterator<Item = (ChangeKind, Slot, &Item)> {
        let newer = self.items.between(after, upper);
        newer.filter_map(|(slot, item)| Some((self.pairs.change(slot, item)?, slot, item)))
    }
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

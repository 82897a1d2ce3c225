use std::collections::BTreeSet;

use syncml_repr::StatusCode;

use super::items::Slot;
use super::ledger::Ledger;
use super::pairs::Row;
use crate::change::{Content, ItemId, Operation, Outcome};

impl Ledger<'_> {
    pub(super) fn apply(&mut self, operation: Operation) -> Outcome {
        match self.refusal(&operation, |_| false) {
            Some(status) => Outcome::Refused(status),
            None => Outcome::Done(self.carry_out(operation)),
        }
    }

    /// All or none. What will be refused is known before anything is done, so nothing must be undone.
    pub(super) fn apply_atomic(&mut self, operations: Vec<Operation>) -> Vec<Outcome> {
        let mut gone = BTreeSet::new();
        let refused = operations.iter().enumerate().find_map(|(at, operation)| {
            let refusal = self.refusal(operation, |slot| gone.contains(&slot));
            if let Operation::Delete { local } | Operation::Archive { local } = operation {
                gone.extend(self.items.slot(local));
            }
            Some((at, refusal?))
        });
        let Some((failed, status)) = refused else {
            let outcomes = operations.into_iter();
            return outcomes.map(|operation| self.apply(operation)).collect();
        };
        let outcome = |at: usize| {
            Outcome::Refused(match at.cmp(&failed) {
                std::cmp::Ordering::Less => StatusCode::ATOMIC_ROLL_BACK_OK,
                std::cmp::Ordering::Equal => status,
                std::cmp::Ordering::Greater => StatusCode::NOT_EXECUTED,
            })
        };
        (0..operations.len()).map(outcome).collect()
    }

    /// Why an operation cannot be done, where some items are as good as deleted.
    fn refusal(&self, operation: &Operation, is_gone: impl Fn(Slot) -> bool) -> Option<StatusCode> {
        let (local, content) = match operation {
            Operation::Add { content, .. } => (None, Some(content)),
            Operation::Replace { local, content } | Operation::Merge { local, content } => {
                (Some(local), Some(content))
            }
            Operation::Copy { local, .. } | Operation::Pair { local, .. } => (Some(local), None),
            Operation::Delete { .. }
            | Operation::SoftDelete { .. }
            | Operation::Archive { .. }
            | Operation::Unpair { .. } => (None, None),
        };
        let is_there = |local: &ItemId| self.alive(local).is_some_and(|(slot, _)| !is_gone(slot));
        if local.is_some_and(|local| !is_there(local)) {
            return Some(StatusCode::NOT_FOUND);
        }
        let is_kept = |content: &Content| !content.staged || self.pairs.stage.is_some();
        // The peer sends the object again.
        (!content.is_none_or(is_kept)).then_some(StatusCode::SIZE_MISMATCH)
    }

    /// Carries out what is not refused; returns the own id of the item.
    fn carry_out(&mut self, operation: Operation) -> ItemId {
        match operation {
            Operation::Add {
                remote,
                content,
                owes_map,
            } => match self.unstaged(content) {
                Some(content) => self.add(remote, content, owes_map),
                None => remote,
            },
            Operation::Replace { local, content } => {
                if let Some(content) = self.unstaged(content) {
                    self.replace(&local, content);
                }
                local
            }
            Operation::Merge { local, content } => {
                if let (Some(content), Some((slot, item))) =
                    (self.unstaged(content), self.alive(&local))
                    && item.content.as_ref() != Some(&content)
                {
                    self.write(slot, Some(content));
                }
                local
            }
            Operation::Delete { local } => {
                self.delete(&local);
                local
            }
            Operation::SoftDelete { local } => {
                self.soft_delete(&local);
                local
            }
            Operation::Archive { local } => {
                let content = self
                    .alive(&local)
                    .and_then(|(_, item)| item.content.clone());
                let aside = content.map(|content| (local.clone(), content));
                self.items.archive.extend(aside);
                self.delete(&local);
                local
            }
            Operation::Copy {
                local,
                remote,
                owes_map,
            } => match self
                .alive(&local)
                .and_then(|(_, item)| item.content.clone())
            {
                Some(content) => self.add(remote, content, owes_map),
                None => local,
            },
            Operation::Pair {
                local,
                remote,
                owes_map,
            } => {
                if let Some((slot, item)) = self.alive(&local) {
                    let row = paired(remote, item.revision, owes_map);
                    self.pairs.put(self.items, slot, row);
                }
                local
            }
            Operation::Unpair { local } => {
                self.unpair(&local);
                local
            }
        }
    }

    fn add(&mut self, remote: ItemId, content: Content, owes_map: bool) -> ItemId {
        if let Some(slot) = self.pairs.by_remote(&remote) {
            // The same Add once more, by a session that was cut and restored: the item is here already.
            let item = self.items.at(slot);
            let revision = self.pairs.row(slot).map(|row| row.revision);
            if let Some(item) = item.filter(|item| {
                item.content.as_ref() == Some(&content) && Some(item.revision) == revision
            }) {
                let local = item.id.clone();
                self.pairs.update(self.items, slot, |row| {
                    row.owes_map |= owes_map;
                    row.is_soft_deleted = false;
                });
                return local;
            }
            self.pairs.remove(self.items, slot);
        }
        let slot = self.create(content);
        let row = paired(remote, *self.revision, owes_map);
        self.pairs.put(self.items, slot, row);
        let item = self.items.at(slot);
        item.map_or_else(|| ItemId::new(""), |item| item.id.clone())
    }

    fn replace(&mut self, local: &ItemId, content: Content) {
        let Some((slot, item)) = self.alive(local) else {
            return;
        };
        let revision = if item.content.as_ref() == Some(&content) {
            item.revision
        } else {
            self.write(slot, Some(content))
        };
        let mut row = self.pairs.row(slot).cloned().unwrap_or_default();
        row.revision = revision;
        row.is_soft_deleted = false;
        self.pairs.put(self.items, slot, row);
    }

    fn delete(&mut self, local: &ItemId) {
        if let Some((slot, _)) = self.alive(local) {
            self.write(slot, None);
        }
        self.unpair(local);
    }

    fn soft_delete(&mut self, local: &ItemId) {
        let Some((slot, item)) = self.alive(local) else {
            // Gone on both sides.
            return self.unpair(local);
        };
        let mut row = self.pairs.row(slot).cloned().unwrap_or_default();
        row.revision = item.revision;
        row.is_soft_deleted = true;
        self.pairs.put(self.items, slot, row);
    }

    fn unpair(&mut self, local: &ItemId) {
        if let Some(slot) = self.items.slot(local) {
            self.pairs.remove(self.items, slot);
        }
    }
}

/// The row of an item that the peer has in this state.
fn paired(remote: ItemId, revision: u64, owes_map: bool) -> Row {
    Row {
        remote: Some(remote),
        revision,
        owes_map,
        ..Row::default()
    }
}

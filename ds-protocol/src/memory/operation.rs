use std::collections::BTreeSet;

use syncml_repr::StatusCode;

use super::items::Slot;
use super::ledger::Ledger;
use super::pairs::Row;
use super::tree::settled;
use crate::change::{Content, ItemId, Operation, Outcome};
use crate::place::Place;

impl Ledger<'_> {
    pub(super) fn apply(&mut self, operation: Operation) -> Outcome {
        match self.refusal(&operation, |_| false) {
            Some(status) => Outcome::Refused(status),
            None => Outcome::Done(self.carry_out(operation)),
        }
    }

    /// All or none. What will be refused is known before anything is done, so nothing must be undone; but where items
    /// stand under others, one operation may stand in the way of the next.
    pub(super) fn apply_atomic(&mut self, operations: Vec<Operation>) -> Vec<Outcome> {
        let count = operations.len();
        let brings_parents = |operation: &Operation| match operation {
            Operation::Add { content, .. } => matches!(content.place, Place::UnderNew(_)),
            _ => false,
        };
        let is_bounded = self.room.is_some();
        if is_bounded || self.items.tree.is_grown() || operations.iter().any(brings_parents) {
            let before = (self.items.clone(), self.pairs.clone());
            let mut outcomes = Vec::with_capacity(count);
            for mut operation in operations {
                let outcome = match operation.find_parent(|name| self.named(name)) {
                    true => self.apply(operation),
                    false => Outcome::Refused(StatusCode::NOT_FOUND),
                };
                match outcome {
                    Outcome::Refused(status) => {
                        (*self.items, *self.pairs) = before;
                        return undone(count, outcomes.len(), status);
                    }
                    done => outcomes.push(done),
                }
            }
            return outcomes;
        }
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
        undone(count, failed, status)
    }

    /// Own id of the item that the peer calls so.
    fn named(&self, remote: &ItemId) -> Option<ItemId> {
        let item = self.items.at(self.pairs.by_remote(remote)?)?;
        Some(item.id.clone())
    }

    /// Why an operation cannot be done, where some items are as good as deleted.
    fn refusal(&self, operation: &Operation, is_gone: impl Fn(Slot) -> bool) -> Option<StatusCode> {
        let (local, content) = match operation {
            Operation::Add { content, .. } => (None, Some(content)),
            Operation::Move { local, .. } => (Some(local), None),
            Operation::Replace { local, content } | Operation::Merge { local, content } => {
                (Some(local), Some(content))
            }
            Operation::Copy { local, .. } | Operation::Pair { local, .. } => (Some(local), None),
            Operation::Delete { .. }
            | Operation::DeleteTree { .. }
            | Operation::SoftDelete { .. }
            | Operation::Archive { .. }
            | Operation::Resend { .. }
            | Operation::Unpair { .. } => (None, None),
        };
        let is_there = |local: &ItemId| self.alive(local).is_some_and(|(slot, _)| !is_gone(slot));
        if local.is_some_and(|local| !is_there(local)) {
            return Some(StatusCode::NOT_FOUND);
        }
        let is_kept = |content: &Content| !content.staged || self.pairs.stage.is_some();
        if !content.is_none_or(is_kept) {
            // The peer sends the object again.
            return Some(StatusCode::SIZE_MISMATCH);
        }
        self.misplacement(operation)
            .or_else(|| self.is_partial(operation))
            .or_else(|| self.lacks_room(operation))
    }

    /// Why there is no place for what an operation brings.
    fn lacks_room(&self, operation: &Operation) -> Option<StatusCode> {
        let left = self.items.left(self.room?);
        let size = |content: &Content| match (content.staged, &self.pairs.stage) {
            (true, Some(stage)) => stage.data.len() as u64,
            _ => content.data.len() as u64,
        };
        let (new, grows_by) = match operation {
            // It comes once more.
            Operation::Add { remote, .. } if self.pairs.by_remote(remote).is_some() => return None,
            Operation::Add { content, .. } => (true, size(content)),
            Operation::Copy { local, .. } => {
                let (_, original) = self.alive(local)?;
                (true, original.content.as_ref().map_or(0, size))
            }
            Operation::Replace { local, content } | Operation::Merge { local, content } => {
                let (_, old) = self.alive(local)?;
                let old = old.content.as_ref().map_or(0, size);
                (false, size(content).saturating_sub(old))
            }
            _ => return None,
        };
        let is_full =
            new && left.free_id == Some(0) || left.free_mem.is_some_and(|free| grows_by > free);
        is_full.then_some(StatusCode::DEVICE_FULL)
    }

    /// Why an edit cannot be put together with what the peer was not sent.
    fn is_partial(&self, operation: &Operation) -> Option<StatusCode> {
        let Operation::Replace { local, content } = operation else {
            return None;
        };
        let merged = self.merged(self.items.slot(local)?, self.unstaged(content.clone())?);
        merged
            .is_none()
            .then_some(StatusCode::PARTIAL_ITEM_NOT_ACCEPTED)
    }

    /// Why an operation does not leave a tree.
    fn misplacement(&self, operation: &Operation) -> Option<StatusCode> {
        let (local, place) = match operation {
            Operation::Add { content, .. } => (None, &content.place),
            Operation::Replace { local, content } | Operation::Merge { local, content } => {
                (Some(local), &content.place)
            }
            Operation::Move { local, place } => (Some(local), place),
            Operation::Delete { local } | Operation::Archive { local } => {
                let slot = self.items.slot(local)?;
                let has_children = self.items.tree.below(slot).next().is_some();
                return has_children.then_some(StatusCode::ITEM_NOT_EMPTY);
            }
            _ => return None,
        };
        let slot = local.and_then(|local| self.items.slot(local));
        let refused = match local {
            None => StatusCode::NOT_FOUND,
            Some(_) => StatusCode::MOVE_FAILED,
        };
        (!self.items.may_stand(slot, place)).then_some(refused)
    }

    /// Carries out what is not refused, one arm for each operation; returns the own id of the item.
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
                {
                    let content = settled(content, item.content.as_ref());
                    if item.content.as_ref() != Some(&content) {
                        self.write(slot, Some(content));
                    }
                }
                local
            }
            Operation::Move { local, place } => {
                self.relocate(&local, place);
                local
            }
            Operation::DeleteTree { local } => {
                let slot = self.items.slot(&local);
                let all = slot.map(|slot| self.items.tree.all_below(slot));
                for slot in all.unwrap_or_default() {
                    if let Some(item) = self.items.at(slot) {
                        self.delete(&item.id.clone());
                    }
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
            Operation::Resend { local } => {
                if let Some(slot) = self.items.slot(&local) {
                    self.pairs.update(self.items, slot, |row| row.revision = 0);
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
        let content = settled(content, None);
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

    /// Puts an item elsewhere. The peer knows, unless it lacks something else.
    fn relocate(&mut self, local: &ItemId, place: Place) {
        let Some((slot, item)) = self.alive(local) else {
            return;
        };
        let Some(content) = &item.content else { return };
        let written = item.written;
        let moved = settled(content.clone().with_place(place), Some(content));
        let revision = match moved == *content {
            true => item.revision,
            false => self.write(slot, Some(moved)),
        };
        if self
            .pairs
            .row(slot)
            .is_some_and(|row| row.revision >= written)
        {
            self.pairs
                .update(self.items, slot, |row| row.revision = revision);
        }
    }

    fn replace(&mut self, local: &ItemId, content: Content) {
        let Some((slot, item)) = self.alive(local) else {
            return;
        };
        let Some((content, agrees)) = self.merged(slot, content) else {
            return;
        };
        let known = self.pairs.row(slot).map_or(0, |row| row.revision);
        // Where it stands is still to be told.
        let tells_place = content.place == Place::Unsaid && item.moved > known && item.moved > 0;
        let tells_place = tells_place && self.items.tree.is_grown();
        let content = settled(content, item.content.as_ref());
        let revision = if item.content.as_ref() == Some(&content) {
            item.revision
        } else {
            self.write(slot, Some(content))
        };
        let mut row = self.pairs.row(slot).cloned().unwrap_or_default();
        if !agrees {
            // What the peer has beside that is not what it is to have: it is sent what is here.
            row.revision = 0;
        } else if !tells_place {
            row.revision = revision;
        }
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

/// The outcomes of operations of which one was refused, and nothing done.
fn undone(count: usize, failed: usize, status: StatusCode) -> Vec<Outcome> {
    let outcome = |at: usize| {
        Outcome::Refused(match at.cmp(&failed) {
            std::cmp::Ordering::Less => StatusCode::ATOMIC_ROLL_BACK_OK,
            std::cmp::Ordering::Equal => status,
            std::cmp::Ordering::Greater => StatusCode::NOT_EXECUTED,
        })
    };
    (0..count).map(outcome).collect()
}

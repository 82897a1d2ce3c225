//! The end of a refresh: what the peer did not send is removed `[DSPro §refresh]`.

use bytestring::ByteString;
use syncml_repr::StatusCode;

use super::resume::Resumption;
use super::send::PAGE;
use super::talk::Talk;
use crate::change::{ChangeKind, ItemId, Operation, Outcome};
use crate::defect::Defect;
use crate::notice::{Notice, Side};
use crate::store::StoreFault;
use crate::sync_type::SyncType;
use crate::twin::Finding;

impl Talk {
    /// Gives a slow sync up of which not one item was taken: what is here and what the peer has do not meet (512).
    pub(crate) fn fail_if_nothing_was_taken(&mut self, index: usize) {
        let store = &mut self.common.datastores[index];
        let is_slow = store.sync_type == SyncType::Slow && store.is_active();
        // Of one that goes on the rest may be what cannot be taken.
        let resumed = store.resumption == Resumption::Agreed;
        if !is_slow || resumed || !store.lacks_items || store.takes_items {
            return;
        }
        store.fail(StatusCode::SYNCHRONIZATION_FAILED);
        let uri = store.local_uri.clone();
        // The answer to its last Sync is still owed.
        let mut owed = self.common.statuses.iter_mut().rev();
        let sync =
            owed.find(|status| status.cmd.as_str() == "Sync" && status.target_refs.contains(&uri));
        if let Some(sync) = sync {
            sync.code = StatusCode::SYNCHRONIZATION_FAILED;
        }
        self.protocol("slow sync given up: not one item was taken");
    }

    /// Removes the own items that the peer did not send, if that was asked for. The peer has sent all it has
    /// by now, so a session that was cut before has removed nothing.
    ///
    /// A one-way sync that had to begin afresh removes nothing: it was not asked to. Nor does a refresh in which
    /// an item was not taken: the own copy of it would be gone, and nothing in its place.
    pub(crate) async fn remove_unsent(&mut self, index: usize) {
        let store = &self.common.datastores[index];
        let role = self.common.role;
        let asked = store.asked.is_refreshed(role) || Defect::RefreshUnasked.is_armed();
        let is_asked = store.sync_type.is_refreshed(role) && asked;
        if !is_asked || !store.heard || !store.is_active() {
            return;
        }
        if store.lacks_items {
            return self.protocol("nothing removed in a refresh: not every item was taken");
        }
        if let Err(fault) = self.remove_unpaired(index).await {
            self.store_failed(index, &fault);
        }
    }

    /// Removes the items that the peer does not have. All it has was paired in this session. What has others below it
    /// is listed before them, and goes in a later turn.
    async fn remove_unpaired(&mut self, index: usize) -> Result<(), StoreFault> {
        loop {
            let (removed, kept) = self.remove_listed(index).await?;
            if kept > 0 && removed == 0 {
                self.protocol(format!("{kept} items stay for what is below them"));
            }
            if kept == 0 || removed == 0 {
                return Ok(());
            }
        }
    }

    /// Removes what is listed and can be removed: how many items, and how many have others below them and stay.
    async fn remove_listed(&mut self, index: usize) -> Result<(u64, u64), StoreFault> {
        let link = self.common.datastores[index].link.clone();
        // What is not for the peer was not to be sent by it.
        let scope = self.scope(index, None);
        let mut after = None;
        let (mut removed, mut kept) = (0, 0);
        loop {
            let budget = self.sizes.max_msg_size;
            let page = self
                .port
                .list_changes(link.clone(), scope.clone(), after, PAGE, budget)
                .await?;
            let unsent: Vec<ItemId> = page
                .changes
                .iter()
                .filter(|change| change.kind == ChangeKind::Add)
                .map(|change| change.local.clone())
                .rev()
                .collect();
            after = page.changes.last().map(|change| change.cursor.clone());
            if !unsent.is_empty() {
                let delete = |local: &ItemId| Operation::Delete {
                    local: local.clone(),
                };
                let operations = unsent.iter().map(delete).collect();
                let outcomes = self.port.apply(link.clone(), operations).await?;
                for (local, outcome) in unsent.into_iter().zip(outcomes) {
                    if outcome == Outcome::Refused(StatusCode::ITEM_NOT_EMPTY) {
                        kept += 1;
                        continue;
                    }
                    removed += u64::from(matches!(outcome, Outcome::Done(_)));
                    self.note_removed(link.local.clone(), local, &outcome);
                }
            }
            if !page.more || after.is_none() {
                return Ok((removed, kept));
            }
        }
    }

    fn note_removed(&self, datastore: ByteString, local: ItemId, outcome: &Outcome) {
        self.port.notice(match outcome {
            Outcome::Done(_) => Notice::Received {
                datastore,
                kind: ChangeKind::Delete,
                local,
                matched: false,
                compared: Some(Finding::NotSent),
                status: StatusCode::OK,
            },
            Outcome::Refused(status) => Notice::ItemRefused {
                datastore,
                item: local,
                by: Side::Local,
                status: *status,
            },
        });
    }
}

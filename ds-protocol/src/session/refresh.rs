//! The end of a refresh: what the peer did not send is removed `[DSPro §refresh]`.

use syncml_repr::StatusCode;

use super::send::PAGE;
use super::talk::Talk;
use crate::change::{ChangeKind, Operation, Outcome};
use crate::notice::{Notice, Side};
use crate::store::StoreFault;

impl Talk {
    /// Removes the own items that the peer did not send, if that was asked for. The peer has sent all it has
    /// by now, so a session that was cut before has removed nothing.
    ///
    /// A one-way sync that had to begin afresh removes nothing: it was not asked to.
    pub(crate) async fn remove_unsent(&mut self, index: usize) {
        let store = &self.common.datastores[index];
        let role = self.common.role;
        let is_refresh = store.sync_type.is_refreshed(role) && store.asked.is_refreshed(role);
        if is_refresh
            && store.heard
            && store.is_active()
            && let Err(fault) = self.remove_unpaired(index).await
        {
            self.store_failed(index, &fault);
        }
    }

    /// Removes the items that the peer does not have. All it has was paired in this session.
    async fn remove_unpaired(&mut self, index: usize) -> Result<(), StoreFault> {
        let link = self.common.datastores[index].link.clone();
        let mut after = None;
        loop {
            let budget = self.sizes.max_msg_size;
            let page = self
                .port
                .list_changes(link.clone(), after, PAGE, budget)
                .await?;
            let operations: Vec<Operation> = page
                .changes
                .iter()
                .filter(|change| change.kind == ChangeKind::Add)
                .map(|change| Operation::Delete {
                    local: change.local.clone(),
                })
                .collect();
            after = page.changes.last().map(|change| change.cursor.clone());
            if !operations.is_empty() {
                let asked = operations.clone();
                let outcomes = self.port.apply(link.clone(), operations).await?;
                for (operation, outcome) in asked.iter().zip(outcomes) {
                    self.note_removed(&link.local, operation, outcome);
                }
            }
            if !page.more || after.is_none() {
                return Ok(());
            }
        }
    }

    fn note_removed(&self, datastore: &str, operation: &Operation, outcome: Outcome) {
        let datastore = datastore.into();
        self.port.notice(match (outcome, operation) {
            (Outcome::Refused(status), Operation::Delete { local }) => Notice::ItemRefused {
                datastore,
                item: local.clone(),
                by: Side::Local,
                status,
            },
            (Outcome::Done(local), _) => Notice::Received {
                datastore,
                kind: ChangeKind::Delete,
                local,
                matched: false,
                status: StatusCode::OK,
            },
            (Outcome::Refused(_), _) => return,
        });
    }
}

//! The peer's items, from a Sync to what becomes of them.

use syncml_repr::{CmdId, SyncCmd};

use super::accept::Accepts;
use super::items::{Batch, GROUP, Requests, Step};
use super::talk::{Incoming, Talk};
use crate::server::Verdict;
use crate::store::StoreFault;

/// A role that takes the peer's items.
pub(crate) trait Receive {
    fn talk(&mut self) -> &mut Talk;

    /// Carries out items with different ids: asks what is known, decides, applies. In one piece in either role, so that the
    /// ways in which a request can end (its twin, its copy, a conflict, a decision) are seen side by side.
    async fn carry_out(
        &mut self,
        index: usize,
        requests: &mut Requests,
        batch: &mut Batch,
    ) -> Result<(), StoreFault>;

    /// Takes the commands of a Sync, but those that are denied, some at a time.
    async fn take_commands(
        &mut self,
        index: usize,
        incoming: &Incoming,
        sync: &SyncCmd,
        accepts: &Accepts<'_>,
        denied: &[(CmdId, Verdict)],
    ) {
        for commands in sync.commands.chunks(GROUP) {
            let chunks = &mut self.talk().common.datastores[index].chunk_in;
            let mut batch = Batch::read(commands, accepts, chunks);
            batch.deny(denied);
            self.take_items(index, &mut batch).await;
            self.talk().owe_batch(incoming, index, batch);
            self.take_ready(index).await;
        }
    }

    /// Has carried out what need not wait any longer.
    async fn take_ready(&mut self, index: usize) {
        while let Some((incoming, mut batch)) = self.talk().ready(index).await {
            self.take_items(index, &mut batch).await;
            self.talk().owe_batch(&incoming, index, batch);
        }
    }

    /// The peer has sent all it has: what waits is carried out now, or refused.
    async fn end_waiting(&mut self, index: usize) {
        for is_last in [false, true] {
            let mut left = usize::MAX;
            while self.talk().waits(index) < left
                && let Some((incoming, mut batch)) = self.talk().rest(index, is_last)
            {
                left = batch.len();
                self.take_items(index, &mut batch).await;
                self.talk().owe_batch(&incoming, index, batch);
            }
        }
    }

    /// Has what a batch asks for carried out, in its order.
    async fn take_items(&mut self, index: usize, batch: &mut Batch) {
        for step in batch.steps() {
            let mut group = match step {
                Step::Requests(group) => match batch.unanswered(group) {
                    Some(group) => group,
                    None => continue,
                },
                Step::Chunk(chunk) => {
                    self.talk().stage(index, chunk, batch).await;
                    continue;
                }
            };
            let failed = match self.talk().common.datastores[index].failed {
                Some(code) => Some(code),
                None => match self.carry_out(index, &mut group, batch).await {
                    Ok(()) => None,
                    Err(fault) => {
                        self.talk().store_failed(index, &fault);
                        Some(fault.status())
                    }
                },
            };
            if let Some(code) = failed {
                batch.fail(&group, code);
            }
        }
    }
}

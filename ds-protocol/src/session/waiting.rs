//! Item commands that wait for others: an item for the one above it, the deletion of an item for those of what is below
//! it. They are answered when those have come, or when the peer's package is complete `[DSPro §hierarchy]`.

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_repr::{CmdId, ModifyKind, StatusCode};

use super::chunk_in::Names;
use super::items::{Answer, Batch, Request, RequestKind, Requests};
use super::place_in::Said;
use super::talk::{Incoming, Talk};
use crate::change::{Content, ItemId, Key, Operation};
use crate::store::StoreFault;

/// Most commands that wait at a time.
const MOST: usize = 256;

/// Octets that a command takes while it waits, beside its content and names.
const FRAME: u64 = 256;

/// Commands for one datastore that wait, in their order. What they take together stays below the largest message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting(Vec<Asked>);

/// A command about an item, and how it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asked {
    incoming: Incoming,
    cmd_id: CmdId,
    cmd: ModifyKind,
    no_resp: bool,
    names: Names,
    kind: RequestKind,
    id: ItemId,
    said: Said,
}

impl Waiting {
    fn size(&self) -> u64 {
        let sizes = self.0.iter().map(|asked| size(&asked.kind, &asked.id));
        sizes.sum()
    }

    /// Takes out those for which this holds.
    fn take(&mut self, mut which: impl FnMut(&Asked) -> bool) -> Vec<Asked> {
        let all = std::mem::take(&mut self.0).into_iter();
        let (taken, rest) = all.partition(|asked| which(asked));
        self.0 = rest;
        taken
    }
}

fn size(kind: &RequestKind, id: &ItemId) -> u64 {
    let data = kind.content().map_or(0, |content| content.data.len());
    FRAME + data as u64 + 3 * id.as_str().len() as u64
}

/// What waits must not keep the message that it came in.
fn detached(kind: RequestKind) -> RequestKind {
    let copied = |content: Content| Content {
        data: Bytes::copy_from_slice(&content.data),
        media_type: ByteString::from(&*content.media_type),
        ..content
    };
    match kind {
        RequestKind::Add(content) => RequestKind::Add(copied(content)),
        RequestKind::Replace(content) => RequestKind::Replace(copied(content)),
        kind => kind,
    }
}

fn detached_id(id: &ItemId) -> ItemId {
    ItemId::new(id.as_str().to_owned())
}

impl Asked {
    fn new(incoming: &Incoming, answer: &Answer, request: Request) -> Option<Self> {
        let mut kinds = ModifyKind::ALL.into_iter();
        let said = match request.said {
            Said::Under(Key::Local(id)) => Said::Under(Key::Local(detached_id(&id))),
            Said::Under(Key::Remote(id)) => Said::Under(Key::Remote(detached_id(&id))),
            said => said,
        };
        Some(Self {
            incoming: answer.incoming.as_ref().unwrap_or(incoming).clone(),
            cmd_id: CmdId::new(answer.cmd_id.as_str()),
            cmd: kinds.find(|kind| kind.name() == answer.cmd)?,
            no_resp: answer.no_resp,
            names: Names {
                target: answer.target.clone(),
                source: answer.source.clone(),
            }
            .detached(),
            kind: detached(request.kind),
            id: detached_id(&request.id),
            said,
        })
    }
}

impl Batch {
    /// Those that waited, to be tried again.
    fn again(asked: Vec<Asked>, is_last: bool) -> Option<(Incoming, Self)> {
        let incoming = asked.first()?.incoming.clone();
        let mut batch = Self {
            is_again: true,
            is_last,
            ..Self::default()
        };
        for asked in asked {
            let (kind, id, said) = (asked.kind.clone(), asked.id.clone(), asked.said.clone());
            let answer = batch.recall(asked, StatusCode::COMMAND_FAILED);
            batch.push(Request {
                kind,
                id,
                said,
                answer,
            });
        }
        Some((incoming, batch))
    }

    /// How many commands there are.
    pub(crate) fn len(&self) -> usize {
        self.answers.len()
    }

    /// Answers what waited together with these.
    fn recall(&mut self, asked: Asked, code: StatusCode) -> usize {
        let answer = self.answers.len();
        self.answers.push(Answer {
            incoming: Some(asked.incoming),
            cmd_id: asked.cmd_id,
            cmd: asked.cmd.name(),
            carries_item: asked.cmd != ModifyKind::Delete,
            no_resp: asked.no_resp,
            target: asked.names.target,
            source: asked.names.source,
            ..Answer::new(code)
        });
        answer
    }
}

impl Talk {
    /// Sets a request aside, if there is room; it is answered later.
    pub(super) fn let_wait(&self, index: usize, request: &Request, batch: &mut Batch) -> bool {
        let waiting = &self.common.datastores[index].waiting;
        let of = |request: &Request| size(&request.kind, &request.id);
        let taken: u64 = batch.waiting.iter().map(of).sum();
        let stores = self.common.datastores.iter();
        let taken = taken + stores.map(|store| store.waiting.size()).sum::<u64>();
        let has_room = taken + of(request) <= self.sizes.max_msg_size
            && waiting.0.len() + batch.waiting.len() < MOST;
        if has_room && !batch.is_last {
            batch.waiting.push(request.clone());
            return true;
        }
        false
    }

    /// Keeps what waits, and takes its answers out of those that are owed now.
    pub(super) fn keep_waiting(&mut self, incoming: &Incoming, index: usize, batch: &mut Batch) {
        let mut waits = vec![false; batch.answers.len()];
        for request in std::mem::take(&mut batch.waiting) {
            let place = request.answer;
            let (Some(answer), Some(waits)) = (batch.answers.get(place), waits.get_mut(place))
            else {
                continue;
            };
            if let Some(asked) = Asked::new(incoming, answer, request) {
                *waits = true;
                self.common.datastores[index].waiting.0.push(asked);
            }
        }
        let mut waits = waits.into_iter();
        batch.answers.retain(|_| !waits.next().unwrap_or_default());
    }

    /// What waits gives way to newer commands about the same items: the peer sends it again if it is still true.
    pub(super) fn give_way(&mut self, index: usize, requests: &Requests, batch: &mut Batch) {
        let waiting = &mut self.common.datastores[index].waiting;
        if waiting.0.is_empty() || batch.is_again {
            return;
        }
        let is_renewed = |asked: &Asked| requests.all.iter().any(|request| request.id == asked.id);
        for asked in waiting.take(is_renewed) {
            batch.recall(asked, StatusCode::COMMAND_FAILED);
        }
    }

    /// The octets of a large object that waits are about to be replaced by those of another.
    pub(super) fn give_up_staged(&mut self, index: usize, batch: &mut Batch) {
        let is_staged = |asked: &Asked| asked.kind.content().is_some_and(|content| content.staged);
        for asked in self.common.datastores[index].waiting.take(is_staged) {
            batch.recall(asked, StatusCode::SIZE_MISMATCH);
        }
    }

    /// Items that need not wait any longer: what they stand under has come.
    pub(crate) async fn ready(&mut self, index: usize) -> Option<(Incoming, Batch)> {
        let asked = self.common.datastores[index].waiting.0.iter();
        let keys: Vec<Key> = asked
            .filter_map(|asked| asked.said.key().cloned())
            .collect();
        if keys.is_empty() {
            return None;
        }
        let mut are_here = match self.are_here(index, keys).await {
            Ok(are_here) => are_here.into_iter(),
            Err(fault) => {
                self.store_failed(index, &fault);
                return None;
            }
        };
        let waiting = &mut self.common.datastores[index].waiting;
        let ready =
            waiting.take(|asked| asked.said.key().is_some() && are_here.next().unwrap_or_default());
        Batch::again(ready, false)
    }

    /// Where the datastore allows for it, what has others below it goes with them: all that were to be taken out of it
    /// have been.
    pub(super) fn remove_below(&self, index: usize, operations: &mut [Operation]) {
        if !self.common.datastores[index].recursive_delete {
            return;
        }
        for operation in operations {
            if let Operation::Delete { local } = operation {
                let local = local.clone();
                *operation = Operation::DeleteTree { local };
            }
        }
    }

    /// Items whose removal by the peer was refused go back to it as new ones, with what is below them that it does not
    /// know: both sides would not have the same else, and nobody would notice.
    pub(super) async fn bring_back(
        &mut self,
        index: usize,
        kept: Vec<ItemId>,
    ) -> Result<(), StoreFault> {
        if kept.is_empty() {
            return Ok(());
        }
        let link = self.common.datastores[index].link.clone();
        let kept = kept.into_iter();
        let unpair = kept.map(|local| Operation::Unpair { local }).collect();
        self.port.apply(link, unpair).await.map(drop)
    }

    /// How many commands wait.
    pub(crate) fn waits(&self, index: usize) -> usize {
        self.common.datastores[index].waiting.0.len()
    }

    /// Everything that waits, as the peer has sent all it has; `is_last`: no more is waited for.
    pub(crate) fn rest(&mut self, index: usize, is_last: bool) -> Option<(Incoming, Batch)> {
        let waiting = &mut self.common.datastores[index].waiting;
        let rest = waiting.take(|asked| is_last || asked.said == Said::Nothing);
        Batch::again(rest, is_last)
    }
}

/// The item that an operation removes if it is empty.
pub(super) fn removed(operation: &Operation) -> Option<ItemId> {
    match operation {
        Operation::Delete { local } | Operation::Archive { local } => Some(local.clone()),
        _ => None,
    }
}

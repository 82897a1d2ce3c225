//! Item commands of the peer: taken out of a Sync, checked, answered `[DSPro §item operations]`.

use std::collections::HashSet;
use std::ops::Range;

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_repr::{
    Alert, AlertCode, Chal, CmdId, Command, Group, GroupKind, Item, List, Locator, Modify,
    ModifyKind, Status, StatusCode, SyncCmd,
};

use super::accept::{Accepts, Reading, read};
use super::chunk_in::{Chunk, ChunkIn, Names};
use super::command::{children, refs};
use super::datastore::{base_name, find};
use super::place_in::Said;
use super::talk::{Incoming, Talk};
use super::waiting::removed;
use crate::change::{ChangeKind, Content, ItemId, Operation, Outcome};
use crate::defect::Defect;
use crate::notice::{Notice, Side};
use crate::place::Place;
use crate::server::Verdict;
use crate::store::{StoreFault, failure};
use crate::twin::Finding;

/// Alerts about broken objects that wait for room in a message.
const MOST_ALERTS: usize = 16;

/// Most commands of a Sync, and most requests, that are taken together: what is in hand stays small, however large the
/// message is.
pub(crate) const GROUP: usize = 256;

/// One item of the peer that can be carried out.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) kind: RequestKind,
    /// The id the peer gave: its own, or ours where a server names a client's item.
    pub(crate) id: ItemId,
    pub(crate) said: Said,
    /// Place of the answer among those owed for this Sync.
    pub(super) answer: usize,
}

/// What an item of the peer comes to, in its order.
pub(crate) enum Step {
    Requests(Requests),
    /// A part of a large object, to be kept aside.
    Chunk(Staging),
}

/// Requests that can be carried out together: no two are about the same item.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) all: Vec<Request>,
    /// Where they are to be done all or not at all: the places of the answers to the Atomic and what is in it.
    pub(crate) atomic: Option<Range<usize>>,
}

/// A chunk, and the place of its answer.
#[derive(Clone, Debug)]
pub(crate) struct Staging {
    chunk: Chunk,
    answer: usize,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RequestKind {
    Add(Content),
    Replace(Content),
    Delete,
    /// The peer does not want it any more, which says nothing of ours (`SftDel`).
    SoftDelete,
    Archive,
    /// Where the item is not archived.
    DeleteInstead,
    /// Another item with the same content, of this name.
    Copy(ItemId),
    /// Another place.
    Move(Place),
}

/// The answer to one item, kept in its place until it is known.
pub(super) struct Answer {
    /// The message of the command, where it is another than that of the rest.
    pub(super) incoming: Option<Incoming>,
    pub(super) cmd_id: CmdId,
    pub(super) cmd: &'static str,
    /// The command brings an item.
    pub(super) carries_item: bool,
    pub(super) no_resp: bool,
    pub(super) target: Option<ByteString>,
    pub(super) source: Option<ByteString>,
    pub(super) code: StatusCode,
    pub(super) chal: Option<Box<Chal>>,
    /// What the peer is told beside the code: the ids in a conflict.
    pub(super) item: Option<Box<Item>>,
}

/// Item commands of one Sync: those that can be carried out, and the answers to all.
#[derive(Default)]
pub(crate) struct Batch {
    pub(super) steps: Vec<Step>,
    /// Items that the open group of requests is about; none: their ids have risen so far, and no two are the same.
    pub(super) open: Option<HashSet<ItemId>>,
    pub(super) answers: Vec<Answer>,
    /// Answers that are settled before their request comes up.
    pub(super) settled: HashSet<usize>,
    /// Large objects that these commands have interrupted.
    pub(super) interrupted: Vec<Names>,
    /// Requests that are answered later, when others have come.
    pub(super) waiting: Vec<Request>,
    /// These have waited, and are tried again.
    pub(super) is_again: bool,
    /// These wait no longer: the peer has sent all it has.
    pub(super) is_last: bool,
}

impl Requests {
    /// Whether the group may go on with a request about this item, which is under another.
    fn takes(&self, seen: &mut Option<HashSet<ItemId>>, id: &ItemId, said: &Said) -> bool {
        if self.atomic.is_some() || self.all.len() >= GROUP {
            return false;
        }
        let order = |id: &ItemId| (id.as_str().len(), id.clone());
        let has = |id: &ItemId| match &*seen {
            Some(seen) => seen.contains(id),
            None => {
                let place = self
                    .all
                    .binary_search_by_key(&order(id), |it| order(&it.id));
                place.is_ok()
            }
        };
        if said.name().is_some_and(has) {
            // It is not known yet what becomes of that.
            return false;
        }
        let rises = |last: &ItemId| {
            let [last, id] = [last.as_str(), id.as_str()];
            (last.len(), last) < (id.len(), id)
        };
        match seen {
            Some(seen) => seen.insert(id.clone()),
            None if self.all.last().is_none_or(|last| rises(&last.id)) => true,
            None => {
                let ids = self.all.iter().map(|request| request.id.clone());
                seen.insert(ids.collect()).insert(id.clone())
            }
        }
    }
}

impl RequestKind {
    /// The kind, with what it carries; without that it stays what it is.
    pub(crate) fn take(&mut self) -> Self {
        match self {
            Self::Add(_) | Self::Replace(_) => std::mem::replace(self, Self::Delete),
            kind => kind.clone(),
        }
    }

    pub(crate) fn content(&self) -> Option<&Content> {
        match self {
            Self::Add(content) | Self::Replace(content) => Some(content),
            _ => None,
        }
    }

    /// The peer's name of the item that is to come to be.
    pub(crate) fn copy(&self) -> Option<ItemId> {
        match self {
            Self::Copy(copy) => Some(copy.clone()),
            _ => None,
        }
    }
}

impl Batch {
    /// Reads item commands of a Sync. What cannot be carried out is answered with the reason.
    pub(crate) fn read(commands: &[Command], accepts: &Accepts<'_>, chunks: &mut ChunkIn) -> Self {
        let mut batch = Self {
            answers: Vec::with_capacity(commands.len()),
            ..Self::default()
        };
        batch.read_commands(commands, accepts, chunks);
        batch
    }

    fn read_commands(&mut self, commands: &[Command], accepts: &Accepts<'_>, chunks: &mut ChunkIn) {
        for command in commands {
            match command {
                Command::Modify(modify) => collect_items(modify, accepts, chunks, self),
                Command::Group(Group {
                    kind: GroupKind::Sequence,
                    ..
                }) => {
                    // In order is how everything is carried out.
                    self.answers.push(Answer::of(command, StatusCode::OK));
                    self.read_commands(children(command), accepts, chunks);
                }
                Command::Group(Group {
                    kind: GroupKind::Atomic,
                    commands,
                    ..
                }) if accepts.atomic => {
                    self.read_atomic(command, commands, accepts, chunks);
                }
                other => refuse(
                    other,
                    StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
                    &mut self.answers,
                ),
            }
        }
    }

    pub(super) fn refuse_request(&mut self, request: &Request, code: StatusCode) {
        self.answer(request, code);
        self.settled.insert(request.answer);
    }

    /// Takes out what may not be done, and answers it.
    pub(crate) fn deny(&mut self, denied: &[(CmdId, Verdict)]) {
        for (cmd_id, verdict) in denied {
            for (place, answer) in self.answers.iter_mut().enumerate() {
                if answer.cmd_id == *cmd_id {
                    answer.code = verdict.code;
                    answer.chal = verdict.chal.clone();
                    self.settled.insert(place);
                }
            }
        }
    }

    /// What is to be done, in the order of the commands. A group of requests ends where one is about an item of the
    /// group, since it is decided on what the first left, and where a chunk comes, since the object that it belongs
    /// to takes the place of the one before.
    pub(crate) fn steps(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.steps)
    }

    pub(super) fn push(&mut self, request: Request) {
        // A copy is about two items.
        let alone = matches!(request.kind, RequestKind::Copy(_));
        match self.steps.last_mut() {
            Some(Step::Requests(group))
                if !alone && group.takes(&mut self.open, &request.id, &request.said) =>
            {
                group.all.push(request);
            }
            _ => {
                self.open = None;
                let mut all = Vec::with_capacity(self.answers.capacity().min(GROUP));
                all.push(request);
                self.steps
                    .push(Step::Requests(Requests { all, atomic: None }));
            }
        }
        if alone {
            self.push_break();
        }
    }

    /// What comes next is decided on what was done before.
    fn push_break(&mut self) {
        self.steps.push(Step::Requests(Requests::default()));
        self.open = None;
    }

    fn push_chunk(&mut self, chunk: Chunk, answer: usize) {
        self.open = None;
        self.steps.push(Step::Chunk(Staging { chunk, answer }));
    }

    /// The requests that are not answered yet; none: there is nothing to do.
    pub(crate) fn unanswered(&self, mut requests: Requests) -> Option<Requests> {
        let is_open = |request: &Request| !self.settled.contains(&request.answer);
        requests.all.retain(is_open);
        (!requests.all.is_empty() || requests.atomic.is_some()).then_some(requests)
    }

    /// The datastore failed before these were done.
    pub(crate) fn fail(&mut self, requests: &Requests, code: StatusCode) {
        for request in &requests.all {
            self.answer(request, code);
        }
        if let Some(answers) = &requests.atomic
            && let Some(atomic) = self.answers.get_mut(answers.start)
        {
            atomic.code = code;
        }
    }

    /// A conflict that leaves another version than the peer's names the items: the merged one, or the one that came
    /// to be.
    fn tell_ids(&mut self, request: &Request, local: &ItemId, status: StatusCode) {
        let mut item = Item::new().with_target(Locator::new(local.text()));
        match status {
            StatusCode::CONFLICT_RESOLVED_MERGE => {
                item = item.with_source(Locator::new(request.id.text()));
            }
            StatusCode::CONFLICT_RESOLVED_DUPLICATE => {}
            _ => return,
        }
        if let Some(answer) = self.answers.get_mut(request.answer) {
            answer.item = Some(Box::new(item));
        }
    }

    /// Settles the answer to a request.
    pub(crate) fn answer(&mut self, request: &Request, code: StatusCode) {
        if let Some(answer) = self.answers.get_mut(request.answer) {
            answer.code = code;
        }
    }
}

/// A request for which an operation was decided: what the peer is told when that is done.
pub(crate) struct Decided<'a> {
    pub(crate) request: &'a Request,
    /// What this means to a person on this side; none: nothing was received.
    pub(crate) kind: Option<ChangeKind>,
    /// What comparing it with the items here has found, in a slow sync or refresh.
    pub(crate) finding: Option<Finding>,
    pub(crate) status: StatusCode,
}

impl Talk {
    /// Which datastore of this session a Sync or Map is about.
    pub(crate) fn place(
        &self,
        local: Option<&ByteString>,
        remote: Option<&ByteString>,
    ) -> Option<usize> {
        let stores = &self.common.datastores;
        let by_local = local
            .filter(|uri| !base_name(uri).is_empty())
            .and_then(|uri| {
                stores
                    .iter()
                    .position(|store| store.local_uri == *uri)
                    .or_else(|| find(stores.iter().map(|store| &*store.link.local), uri))
            });
        let by_remote = || {
            let uri = remote.filter(|uri| !base_name(uri).is_empty())?;
            stores
                .iter()
                .position(|store| base_name(&store.remote_uri) == base_name(uri))
        };
        // Some phones name one side only, or none where one datastore is synchronised.
        let nameless =
            || (local.is_none_or(|uri| uri.is_empty()) && stores.len() == 1).then_some(0);
        by_local.or_else(by_remote).or_else(nameless)
    }

    /// Has decided requests carried out, and settles their answers.
    pub(crate) async fn carry_out(
        &mut self,
        index: usize,
        decided: Vec<(Operation, Decided<'_>)>,
        atomic: Option<&Range<usize>>,
        batch: &mut Batch,
    ) -> Result<(), StoreFault> {
        let link = self.common.datastores[index].link.clone();
        let (mut operations, decided): (Vec<_>, Vec<_>) = decided.into_iter().unzip();
        if batch.is_last {
            self.remove_below(index, &mut operations);
        }
        let removed = operations.iter().map(removed).collect::<Vec<_>>();
        let outcomes = match atomic {
            Some(answers) if !Defect::AtomicInParts.is_armed() => {
                let done = self.carry_out_together(&link, &decided, operations, answers, batch);
                match done.await? {
                    Some(outcomes) => outcomes,
                    None => return Ok(()),
                }
            }
            _ if operations.is_empty() => return Ok(()),
            _ => self.port.apply(link.clone(), operations).await?,
        };
        let mut kept = Vec::new();
        for ((decided, outcome), removed) in decided.into_iter().zip(outcomes).zip(removed) {
            let is_kept = outcome == Outcome::Refused(StatusCode::ITEM_NOT_EMPTY);
            if is_kept && removed.is_some() && atomic.is_none() {
                if self.let_wait(index, decided.request, batch) {
                    continue;
                }
                kept.extend(removed);
            }
            self.settle(index, decided, outcome, batch);
        }
        self.bring_back(index, kept).await
    }

    /// Settles the answer to a request.
    fn settle(&self, index: usize, decided: Decided<'_>, outcome: Outcome, batch: &mut Batch) {
        let store = &self.common.datastores[index];
        let datastore = store.link.local.clone();
        let Decided {
            request,
            kind,
            finding,
            status,
            ..
        } = decided;
        match outcome {
            Outcome::Done(local) => {
                batch.answer(request, status);
                batch.tell_ids(request, &local, status);
                if let Some(kind) = kind {
                    self.port.notice(Notice::Received {
                        datastore,
                        kind,
                        local,
                        matched: matches!(finding, Some(Finding::Twin(likeness)) if !likeness.differs()),
                        compared: finding,
                        status,
                    });
                }
            }
            Outcome::Refused(status) => {
                let status = failure(status);
                batch.answer(request, status);
                let item = request.id.clone();
                self.port.notice(Notice::ItemRefused {
                    datastore,
                    item,
                    by: Side::Local,
                    status,
                });
            }
        }
    }

    /// Has a chunk kept aside, and answers it. A chunk that cannot be kept fails its object, and nothing else.
    pub(crate) async fn stage(&mut self, index: usize, staging: Staging, batch: &mut Batch) {
        let Staging { chunk, answer } = staging;
        if chunk.offset == 0 {
            self.give_up_staged(index, batch);
        }
        let store = &mut self.common.datastores[index];
        if batch.settled.contains(&answer) {
            store.chunk_in.give_up_item(&chunk.item);
            return;
        }
        let kept = match store.failed {
            Some(code) => Err(StoreFault::new(code, "the datastore was given up")),
            None => {
                let Chunk {
                    item,
                    total,
                    offset,
                    data,
                    ..
                } = chunk.clone();
                let link = store.link.clone();
                self.port.stage_chunk(link, item, total, offset, data).await
            }
        };
        let code = match kept {
            Ok(()) if chunk.completes.is_some() => return,
            Ok(()) => StatusCode::CHUNKED_ITEM_ACCEPTED,
            Err(fault) => {
                let store = &mut self.common.datastores[index];
                store.chunk_in.give_up_item(&chunk.item);
                self.port.notice(Notice::ItemRefused {
                    datastore: store.link.local.clone(),
                    item: chunk.item,
                    by: Side::Local,
                    status: fault.status(),
                });
                batch.settled.insert(answer);
                fault.status()
            }
        };
        if let Some(answer) = batch.answers.get_mut(answer) {
            answer.code = code;
        }
    }

    /// Tells the peer that the object was lost which this item command of another datastore, or the end of its
    /// package, has interrupted: it is to send it again another time.
    pub(crate) fn give_up_objects(&mut self, but: Option<usize>) {
        for index in 0..self.common.datastores.len() {
            if but != Some(index)
                && let Some(names) = self.common.datastores[index].chunk_in.give_up()
            {
                self.lose_object(index, names);
            }
        }
    }

    fn lose_object(&mut self, index: usize, names: Names) {
        let store = &mut self.common.datastores[index];
        store.lacks_items = true;
        let datastore = store.link.local.clone();
        let mut item = Item::new();
        item.target = names.target.map(Locator::new);
        item.source = names.source.map(Locator::new);
        self.port.notice(Notice::Incomplete {
            datastore,
            item: ItemId::new(
                item.source_uri()
                    .or_else(|| item.target_uri())
                    .unwrap_or_default()
                    .to_owned(),
            ),
            by: Side::Remote,
        });
        let alert = Alert::new("", AlertCode::NO_END_OF_DATA).with_item(item);
        // A peer that takes no answers does not make them pile up; it keeps the item to be sent all the same.
        if self.common.urgent.len() < MOST_ALERTS {
            self.common.urgent.push_back(alert.into());
        }
    }

    /// Owes the answers of a batch for a datastore, in the order of its commands.
    pub(crate) fn owe_batch(&mut self, incoming: &Incoming, index: usize, mut batch: Batch) {
        if !batch.waiting.is_empty() {
            self.keep_waiting(incoming, index, &mut batch);
        }
        for names in batch.interrupted {
            self.lose_object(index, names);
        }
        if !batch.answers.is_empty() {
            self.give_up_objects(Some(index));
        }
        let store = &mut self.common.datastores[index];
        for answer in batch.answers.iter().filter(|answer| answer.carries_item) {
            let is_lacking = answer.is_refused();
            store.lacks_items |= is_lacking;
            // What is too large says nothing of the rest.
            let is_large = matches!(answer.code.get(), 413 | 416);
            store.takes_items |= !is_lacking || is_large;
        }
        let same = |a: &Answer, b: &Answer| a.cmd_id == b.cmd_id && a.incoming == b.incoming;
        for same_command in batch.answers.chunk_by_mut(same) {
            // One Status for each code that the items of a command have.
            let mut codes: List<StatusCode> = List::new();
            for answer in &*same_command {
                if !codes.contains(&answer.code) {
                    codes.push(answer.code);
                }
            }
            for &code in &codes {
                let Some(first) = same_command.first() else {
                    continue;
                };
                let incoming = &first.incoming.clone().unwrap_or_else(|| incoming.clone());
                let told = self
                    .profile()
                    .item_status(first.cmd, code, self.common.role);
                if self.profile().omit_item_status
                    && told.is_success()
                    && told != StatusCode::CHUNKED_ITEM_ACCEPTED
                {
                    continue;
                }
                let mut status =
                    Status::new("", incoming.msg_id, first.cmd_id.clone(), first.cmd, told);
                status.chal = first.chal.clone();
                let no_resp = first.no_resp;
                for answer in same_command.iter_mut().filter(|answer| answer.code == code) {
                    status.target_refs.extend(answer.target.take());
                    status.source_refs.extend(answer.source.take());
                    status.items.extend(answer.item.take().map(|item| *item));
                }
                self.owe(incoming, no_resp, status);
            }
        }
    }

    /// Owes the same status for a command and everything inside it.
    pub(crate) fn owe_all(&mut self, incoming: &Incoming, command: &Command, code: StatusCode) {
        self.owe_one(incoming, command, code);
        for child in children(command) {
            self.owe_all(incoming, child, code);
        }
    }

    /// Owes a status for a command alone. A Status is never answered, nor what has no number.
    pub(crate) fn owe_one(&mut self, incoming: &Incoming, command: &Command, code: StatusCode) {
        if let (Some(cmd_id), false) = (command.cmd_id(), matches!(command, Command::Status(_))) {
            let mut status = Status::new(
                "",
                incoming.msg_id,
                cmd_id.clone(),
                ByteString::from(command.name()),
                code,
            );
            (status.target_refs, status.source_refs) = refs(command);
            self.owe(incoming, command.no_resp(), status);
        }
    }

    /// Tells how many changes the peer announces.
    pub(crate) fn expect(&self, index: usize, sync: &SyncCmd) {
        if let Some(changes) = sync.number_of_changes {
            let datastore = self.common.datastores[index].link.local.clone();
            self.port.notice(Notice::Expecting { datastore, changes });
        }
    }
}

impl Answer {
    /// Whether the peer has an item that is not here.
    fn is_refused(&self) -> bool {
        // Of an item in conflict there is a version here.
        let is_here = [
            StatusCode::ALREADY_EXISTS,
            StatusCode::CONFLICT,
            StatusCode::CONFLICT_RESOLVED_SERVER_WINS,
        ];
        !self.code.is_success() && !is_here.contains(&self.code)
    }

    pub(super) fn of(command: &Command, code: StatusCode) -> Self {
        let (cmd, carries_item) = match command {
            Command::Modify(modify) => (modify.kind.name(), modify.kind != ModifyKind::Delete),
            Command::Group(group) => (group.kind.name(), false),
            _ => ("", true),
        };
        Self {
            cmd_id: command.cmd_id().cloned().unwrap_or_default(),
            cmd,
            carries_item,
            no_resp: command.no_resp(),
            ..Self::new(code)
        }
    }

    pub(super) fn new(code: StatusCode) -> Self {
        Self {
            incoming: None,
            cmd_id: CmdId::default(),
            cmd: "",
            carries_item: false,
            no_resp: false,
            target: None,
            source: None,
            code,
            chal: None,
            item: None,
        }
    }
}

/// Answers a command that is not offered, and everything inside it.
pub(super) fn refuse(command: &Command, code: StatusCode, answers: &mut Vec<Answer>) {
    answers.push(Answer::of(command, code));
    for child in children(command) {
        refuse(child, code, answers);
    }
}

pub(super) fn collect_items(
    modify: &Modify,
    accepts: &Accepts<'_>,
    chunks: &mut ChunkIn,
    batch: &mut Batch,
) {
    for item in &modify.items {
        let names = Names::of(item);
        batch
            .interrupted
            .extend(chunks.interrupted_by(modify.kind, item));
        let read = read(modify, item, &names, accepts, chunks);
        let answer = batch.answers.len();
        let Names { target, source } = names;
        // What the store leaves open has failed.
        let code = read.as_ref().err().copied();
        let code = code.unwrap_or(StatusCode::COMMAND_FAILED);
        batch.answers.push(Answer {
            cmd_id: modify.cmd_id.clone(),
            cmd: modify.kind.name(),
            carries_item: modify.kind != ModifyKind::Delete,
            no_resp: modify.no_resp,
            target,
            source,
            ..Answer::new(code)
        });
        let Ok((reading, id, said)) = read else {
            continue;
        };
        let kind = match reading {
            Reading::Request(kind) => Some(kind),
            Reading::Chunk(chunk) => {
                let whole = chunk.completes.clone().map(Content::staged);
                batch.push_chunk(chunk, answer);
                whole.map(|content| match modify.kind {
                    ModifyKind::Add => RequestKind::Add(content),
                    _ => RequestKind::Replace(content),
                })
            }
        };
        if let Some(kind) = kind {
            batch.push(Request {
                kind,
                id,
                said,
                answer,
            });
        }
    }
    if modify.items.is_empty() {
        batch.answers.push(Answer {
            cmd_id: modify.cmd_id.clone(),
            cmd: modify.kind.name(),
            carries_item: modify.kind != ModifyKind::Delete,
            no_resp: modify.no_resp,
            ..Answer::new(StatusCode::INCOMPLETE_COMMAND)
        });
    }
}

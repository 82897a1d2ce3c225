//! What both roles keep of a session, and the parts of a turn they share: reading statuses, owing
//! answers, composing a message.

use std::collections::VecDeque;

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_meta::MetInf;
use syncml_repr::{
    Alert, AlertCode, CmdId, Command, Data, EncodeError, EncodeErrorKind, Item, Locator, MsgId,
    SessionId, Status, StatusCode, SyncHdr,
};
use syncml_wbxml::Encoding;

use super::compose::Composer;
use super::datastore::StoreState;
use super::pending::{Awaiting, Pending};
use super::port::Port;
use super::state::{Event, Phase};
use crate::change::{ChangeKind, Confirmed, Operation, Revision};
use crate::config::Sizes;
use crate::engine::{Closed, Transmit};
use crate::notice::{Notice, Side, SlowReason};
use crate::store::StoreFault;
use crate::sync_type::SyncType;

/// Which of the two this engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Role {
    Client,
    Server,
}

/// State of a session that both roles have: the part of a snapshot they share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Common {
    pub(crate) role: Role,
    pub(crate) session_id: SessionId,
    pub(crate) version: Version,
    pub(crate) encoding: Encoding,
    pub(crate) phase: Phase,
    /// Who the peer is to the store: the client's `SyncHdr/Source`, or the server as it is configured.
    pub(crate) peer: ByteString,
    /// The peer's device information is stored.
    pub(crate) knows_dev_inf: bool,
    /// `SyncHdr/Source` of our messages.
    pub(crate) local_uri: ByteString,
    /// `SyncHdr/Target` of our messages, and where they go.
    pub(crate) remote_uri: ByteString,
    /// Our last message; 0: none yet.
    pub(crate) msg_id: u32,
    /// The peer's last message; 0: none yet.
    pub(crate) peer_msg_id: u32,
    /// `MaxMsgSize` of the peer.
    pub(crate) peer_max_msg_size: Option<u64>,
    /// The peer wants to know how many changes to expect.
    pub(crate) peer_wants_number_of_changes: bool,
    pub(crate) datastores: Vec<StoreState>,
    pub(crate) pending: Pending,
    /// Answers we owe, in the order of the commands.
    pub(crate) statuses: VecDeque<Status>,
    /// Commands of our package beside Sync and Map.
    pub(crate) outgoing: VecDeque<(Command, Awaiting)>,
    /// Our last message, to be sent again when the peer's comes again.
    pub(crate) last_sent: Bytes,
    /// Messages in a row in which we had nothing to say but statuses.
    pub(crate) idle: u32,
    pub(crate) emitted: u64,
    pub(crate) closed: Option<Closed>,
}

impl Common {
    pub(crate) fn new(
        role: Role,
        session_id: SessionId,
        version: Version,
        encoding: Encoding,
    ) -> Self {
        Self {
            role,
            session_id,
            version,
            encoding,
            phase: Phase::ClientInit,
            peer: ByteString::new(),
            knows_dev_inf: false,
            local_uri: ByteString::new(),
            remote_uri: ByteString::new(),
            msg_id: 0,
            peer_msg_id: 0,
            peer_max_msg_size: None,
            peer_wants_number_of_changes: false,
            datastores: Vec::new(),
            pending: Pending::default(),
            statuses: VecDeque::new(),
            outgoing: VecDeque::new(),
            last_sent: Bytes::new(),
            idle: 0,
            emitted: 0,
            closed: None,
        }
    }
}

/// The session cannot go on; the status says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Abort(pub(crate) StatusCode);

impl From<EncodeError> for Abort {
    /// What we compose can be encoded; where it cannot, the peer's limit is too small or the fault is ours.
    fn from(error: EncodeError) -> Self {
        Self(match error.kind() {
            EncodeErrorKind::Limit { .. } => StatusCode::REQUEST_ENTITY_TOO_LARGE,
            _ => StatusCode::COMMAND_FAILED,
        })
    }
}

/// The incoming message as its answers refer to it.
#[derive(Clone, Debug)]
pub(crate) struct Incoming {
    pub(crate) msg_id: MsgId,
    /// `NoResp` of the header: no command of the message is answered.
    pub(crate) no_resp: bool,
}

/// A session in a turn.
pub(crate) struct Talk {
    pub(crate) common: Common,
    pub(crate) port: Port,
    pub(crate) sizes: Sizes,
    /// Item changes the peer has acknowledged in this message, by datastore.
    acknowledged: Vec<(usize, Confirmed, StatusCode)>,
}

/// At most so many messages in a row without any progress. A peer that keeps alive at a slower pace
/// than it works is far below; the engines have no clock to ask.
const MAX_IDLE: u32 = 32;

impl Talk {
    pub(crate) fn new(common: Common, port: Port, sizes: Sizes) -> Self {
        Self {
            common,
            port,
            sizes,
            acknowledged: Vec::new(),
        }
    }

    /// The state to keep until the next message.
    pub(crate) fn into_common(mut self) -> Common {
        self.common.emitted = self.port.emitted();
        self.common
    }

    /// Owes the peer an answer, unless it wants none.
    pub(crate) fn owe(&mut self, incoming: &Incoming, no_resp: bool, status: Status) {
        if !incoming.no_resp && !no_resp {
            self.common.statuses.push_back(status);
        }
    }

    /// Answers the header; this comes first and is owed even to a peer that wants no answers.
    pub(crate) fn owe_header(&mut self, hdr: &SyncHdr, code: StatusCode) -> &mut Status {
        let mut status = Status::new("", hdr.msg_id, CmdId::header(), "SyncHdr", code);
        status.target_refs = vec![hdr.target.loc_uri.clone()];
        status.source_refs = vec![hdr.source.loc_uri.clone()];
        self.common.statuses.push_front(status);
        // just pushed, so there is a first
        &mut self.common.statuses[0]
    }

    pub(crate) fn protocol(&self, what: impl Into<String>) {
        self.port.notice(Notice::Protocol { what: what.into() });
    }

    /// An Alert that keeps the session going, or has something to show; whether it was one.
    pub(crate) fn is_small_talk(&self, alert: &Alert) -> bool {
        if alert.code == Some(AlertCode::DISPLAY) {
            for item in &alert.items {
                if let Some(text) = item.data.as_ref().and_then(Data::as_text) {
                    self.port.notice(Notice::Display {
                        text: text.to_owned(),
                    });
                }
            }
        }
        matches!(
            alert.code,
            Some(AlertCode::NEXT_MESSAGE | AlertCode::DISPLAY | AlertCode::NO_END_OF_DATA)
        )
    }

    /// Tells that the store failed at something that is not one datastore's.
    pub(crate) fn peer_failed(&self, fault: &StoreFault) {
        self.port.notice(Notice::StoreFailed {
            datastore: None,
            message: fault.to_string(),
        });
    }

    /// Gives a datastore up because the store failed.
    pub(crate) fn store_failed(&mut self, index: usize, fault: &StoreFault) {
        let store = &mut self.common.datastores[index];
        store.fail(fault.status());
        let datastore = Some(store.link.local.clone());
        self.port.notice(Notice::StoreFailed {
            datastore,
            message: fault.to_string(),
        });
    }

    /// Moves the session on, where the event means anything.
    pub(crate) fn advance(&mut self, event: Event) -> bool {
        let next = self.common.phase.after(event);
        if let Some(phase) = next {
            self.common.phase = phase;
        }
        next.is_some()
    }

    /// Reads a status of the peer. Header statuses are the role's matter.
    pub(crate) async fn take_status(&mut self, status: &Status) {
        let Some(awaiting) = self.common.pending.answered(status, self.common.msg_id) else {
            // Late, repeated or invented: no command of ours waits for it.
            return;
        };
        let code = status.code;
        match awaiting {
            Awaiting::Nothing => {}
            Awaiting::Alert(index) => self.take_alert_status(index, code),
            Awaiting::Sync(index) => {
                if is_failure(code) {
                    self.common.datastores[index].fail(code);
                }
            }
            Awaiting::Item(index, confirmed) => self.acknowledged.push((index, confirmed, code)),
            Awaiting::Map(index, pairs) => {
                if code.is_success() {
                    let link = self.common.datastores[index].link.clone();
                    if let Err(fault) = self.port.confirm_maps(link, pairs).await {
                        self.store_failed(index, &fault);
                    }
                }
            }
        }
    }

    fn take_alert_status(&mut self, index: usize, code: StatusCode) {
        let store = &mut self.common.datastores[index];
        if code == StatusCode::REFRESH_REQUIRED {
            // 508 alone switches to slow, an Alert that says so may follow or not.
            if store.begun {
                store.fail(code);
            } else if store.sync_type != SyncType::Slow {
                store.sync_type = SyncType::Slow;
                self.port.notice(Notice::Settled {
                    datastore: store.link.local.clone(),
                    sync_type: SyncType::Slow,
                    reason: Some(SlowReason::PeerAsked),
                });
            }
        } else if is_failure(code) {
            store.fail(code);
        }
    }

    /// Tells the store what the statuses read so far have settled, one effect for each datastore.
    pub(crate) async fn settle_acknowledged(&mut self) {
        let mut acknowledged = std::mem::take(&mut self.acknowledged);
        acknowledged.sort_by_key(|(index, ..)| *index);
        for group in acknowledged.chunk_by(|a, b| a.0 == b.0) {
            let index = group[0].0;
            let link = self.common.datastores[index].link.clone();
            let datastore = link.local.clone();
            let mut confirmed = Vec::new();
            let mut unpaired = Vec::new();
            for (_, change, code) in group {
                let local = change.local.clone();
                match verdict(change.kind, *code) {
                    Verdict::Done => {
                        if !change.awaits_map {
                            confirmed.push(change.clone());
                        } else if *code == StatusCode::ALREADY_EXISTS {
                            // It has the item of an earlier session, in a state we can only guess.
                            unpaired.push(Operation::Unpair {
                                local: local.clone(),
                            });
                        }
                        let (kind, status) = (change.kind, *code);
                        self.port.notice(Notice::Sent {
                            datastore: datastore.clone(),
                            kind,
                            local,
                            status,
                        });
                    }
                    Verdict::Gone => unpaired.push(Operation::Unpair { local }),
                    Verdict::Refused => self.port.notice(Notice::ItemRefused {
                        datastore: datastore.clone(),
                        item: local,
                        by: Side::Remote,
                        status: *code,
                    }),
                }
            }
            if !confirmed.is_empty()
                && let Err(fault) = self.port.confirm(link.clone(), confirmed).await
            {
                self.store_failed(index, &fault);
            }
            if !unpaired.is_empty()
                && let Err(fault) = self.port.apply(link, unpaired).await
            {
                self.store_failed(index, &fault);
            }
        }
    }

    /// Carries out `Begin` for a datastore, once.
    pub(crate) async fn begin(&mut self, index: usize) {
        let store = &mut self.common.datastores[index];
        if store.begun || !store.is_active() {
            return;
        }
        store.begun = true;
        let (link, sync_type) = (store.link.clone(), store.sync_type);
        if let Err(fault) = self.port.begin(link, sync_type).await {
            self.store_failed(index, &fault);
        }
    }

    /// Moves the anchors of every datastore that took part to the end.
    pub(crate) async fn commit(&mut self) {
        for index in 0..self.common.datastores.len() {
            let store = &self.common.datastores[index];
            if store.is_active() && store.begun {
                let (link, anchors) = (store.link.clone(), store.anchors.clone());
                if let Err(fault) = self.port.commit(link, anchors).await {
                    self.store_failed(index, &fault);
                }
            }
            let store = &self.common.datastores[index];
            let status = match store.failed {
                Some(status) => status,
                None if store.begun => StatusCode::OK,
                // Alerted, accepted, and then never spoken of again.
                None => StatusCode::INCOMPLETE_COMMAND,
            };
            self.port.notice(Notice::DatastoreDone {
                datastore: store.link.local.clone(),
                status,
            });
        }
    }

    /// Header of our next message.
    pub(crate) fn header(&mut self) -> SyncHdr {
        self.common.msg_id += 1;
        let common = &self.common;
        let mut hdr = SyncHdr::new(
            common.version,
            common.session_id.clone(),
            MsgId::new(common.msg_id),
            Locator::new(common.remote_uri.clone()),
            Locator::new(common.local_uri.clone()),
        );
        hdr.meta = Some(
            MetInf::default()
                .with_max_msg_size(self.sizes.max_msg_size)
                .into(),
        );
        hdr
    }

    /// Whether the package on its way is ours.
    fn is_my_package(&self) -> bool {
        self.common.phase != Phase::Done
            && self.common.phase.is_clients() == (self.common.role == Role::Client)
    }

    /// An empty message under the limit of both sides.
    fn composer(&self, hdr: &SyncHdr) -> Result<Composer, Abort> {
        let stated = self.common.peer_max_msg_size.unwrap_or(u64::MAX);
        let limit = stated.min(self.sizes.max_sent);
        Ok(Composer::new(hdr, self.common.encoding, limit)?)
    }

    /// Composes and sends a message: the statuses owed, then as much of our package as fits.
    pub(crate) async fn send(&mut self, hdr: &SyncHdr) -> Result<(), Abort> {
        let mut composer = self.composer(hdr)?;
        let mut complete = self.write_statuses(&mut composer)?;
        let mine = self.is_my_package();
        if complete && mine {
            complete = self.write_package(&mut composer).await?;
        }
        if composer.is_empty() && !complete {
            // Not even one status fits: the peer's MaxMsgSize is too small to talk.
            return Err(Abort(StatusCode::REQUEST_ENTITY_TOO_LARGE));
        }
        let is_final = complete && mine;
        if composer.only_statuses() && !is_final && complete && self.common.phase != Phase::Done {
            // Nothing to say until the peer's package is finished: ask for the rest of it.
            composer.command(self.next_message(), Awaiting::Nothing)?;
        }
        let only_statuses = composer.only_statuses() || (complete && !mine);
        self.common.idle = if only_statuses {
            self.common.idle + 1
        } else {
            0
        };
        if self.common.idle > MAX_IDLE {
            return Err(Abort(StatusCode::REQUEST_TIMEOUT));
        }
        self.note_adds(&composer).await;
        if is_final {
            self.advance(match self.common.role {
                Role::Client => Event::ClientFinal,
                Role::Server => Event::ServerFinal,
            });
        }
        self.finish(composer, is_final)
    }

    /// Tells the store of the Adds that are about to go out. Whether they arrived may become known in a later
    /// session only, from the client's Map, or never.
    ///
    /// A server notes which state of the item it sends, for the Map that pairs it. A client notes that the server
    /// may have the item, in a state that is not worth knowing, so that it is not left behind there when it is
    /// deleted here. In a slow sync that is cut, everything is compared again anyway.
    async fn note_adds(&mut self, composer: &Composer) {
        let role = self.common.role;
        let noted = composer.adds().filter(|(index, _)| {
            role == Role::Server || self.common.datastores[*index].sync_type != SyncType::Slow
        });
        let mut adds: Vec<(usize, Confirmed)> = noted
            .map(|(index, add)| {
                let mut add = add.clone();
                if role == Role::Client {
                    add.revision = Revision::default();
                }
                (index, add)
            })
            .collect();
        adds.sort_by_key(|(index, _)| *index);
        for group in adds.chunk_by(|a, b| a.0 == b.0) {
            let index = group[0].0;
            let link = self.common.datastores[index].link.clone();
            let noted = group.iter().map(|(_, add)| add.clone()).collect();
            if let Err(fault) = self.port.confirm(link, noted).await {
                self.store_failed(index, &fault);
            }
        }
    }

    /// Sends a message that holds the statuses owed and nothing else (a refusal).
    pub(crate) fn send_statuses(&mut self, hdr: &SyncHdr, is_final: bool) -> Result<(), Abort> {
        let mut composer = self.composer(hdr)?;
        self.write_statuses(&mut composer)?;
        // What did not fit is not owed to a peer that was refused.
        self.common.statuses.clear();
        self.finish(composer, is_final)
    }

    fn finish(&mut self, composer: Composer, is_final: bool) -> Result<(), Abort> {
        let composed = composer.finish(is_final)?;
        let msg_id = self.common.msg_id;
        for (cmd_id, awaiting) in composed.awaiting {
            self.common.pending.insert(msg_id, cmd_id, awaiting);
        }
        let bytes = Bytes::from(composed.bytes);
        self.common.last_sent = bytes;
        self.transmit_last();
        Ok(())
    }

    /// Sends the last message (again).
    pub(crate) fn transmit_last(&self) {
        self.port.transmit(Transmit {
            bytes: self.common.last_sent.clone(),
            encoding: self.common.encoding,
            uri: self.common.remote_uri.clone(),
        });
    }

    /// Writes statuses in the order owed; false: the rest waits for the next message.
    fn write_statuses(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        while let Some(status) = self.common.statuses.front() {
            if !composer.status(status)? {
                return Ok(false);
            }
            self.common.statuses.pop_front();
        }
        Ok(true)
    }

    /// Writes commands of our package; true: all of it is out.
    async fn write_package(&mut self, composer: &mut Composer) -> Result<bool, Abort> {
        while let Some((command, awaiting)) = self.common.outgoing.front() {
            if !composer.command(command.clone(), awaiting.clone())? {
                // Room for little but statuses, message after message: it will never fit.
                if composer.is_empty() || (composer.only_statuses() && self.common.idle > 1) {
                    return Err(Abort(StatusCode::REQUEST_ENTITY_TOO_LARGE));
                }
                return Ok(false);
            }
            self.common.outgoing.pop_front();
        }
        match self.common.phase {
            Phase::ClientSync | Phase::ServerSync => self.write_changes(composer).await,
            Phase::ClientMap => self.write_maps(composer).await,
            _ => Ok(true),
        }
    }

    fn next_message(&self) -> Command {
        let item = Item::new()
            .with_target(Locator::new(self.common.remote_uri.clone()))
            .with_source(Locator::new(self.common.local_uri.clone()));
        Alert::new("", AlertCode::NEXT_MESSAGE)
            .with_item(item)
            .into()
    }
}

/// What a status says of an item of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The peer has it.
    Done,
    /// The peer does not have the item we changed: it is new to it.
    Gone,
    /// The peer does not have the change. It stays to be sent.
    Refused,
}

fn verdict(kind: ChangeKind, code: StatusCode) -> Verdict {
    match (kind, code.get()) {
        // 213: a chunk, and we send none; 214, 215, 216: cancelled, refused by the user, rolled back
        (_, 213..=216) => Verdict::Refused,
        // 304 not executed because nothing differs; 419 the server's version stands and comes next
        (_, 200..=299 | 304 | 419) => Verdict::Done,
        (ChangeKind::Add, 418) => Verdict::Done,
        (ChangeKind::Replace, 404 | 410) => Verdict::Gone,
        (ChangeKind::Delete, 404 | 410 | 423) => Verdict::Done,
        _ => Verdict::Refused,
    }
}

/// Whether a status of an Alert or Sync ends the datastore's part.
fn is_failure(code: StatusCode) -> bool {
    code.get() >= 300
}

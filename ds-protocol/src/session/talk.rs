//! What both roles keep of a session, and the simplest things they do with it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::{DevInf, Version};
use syncml_repr::{
    Alert, AlertCode, CmdId, Command, Data, EncodeError, EncodeErrorKind, MsgId, SessionId, Status,
    StatusCode, SyncHdr,
};
use syncml_wbxml::Encoding;

use super::datastore::StoreState;
use super::login::MacKey;
use super::peer_store::PeerStore;
use super::pending::{Awaiting, Pending};
use super::port::{Port, join_all};
use super::resume::{self, Suspension};
use super::state::{Event, Phase};
use super::transmit::writable;
use crate::auth::Hmac;
use crate::change::Confirmed;
use crate::config::Sizes;
use crate::engine::Closed;
use crate::notice::Notice;
use crate::profile::{Chosen, Profile, Rule};
use crate::store::StoreFault;

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
    /// The client's first package holds changes, too (packages 1 and 3 in one).
    pub(crate) combined: bool,
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
    /// The peer has answered a message that we know nothing of: we have begun again with a session that is older.
    pub(crate) is_behind: bool,
    /// `MaxMsgSize` of the peer.
    pub(crate) peer_max_msg_size: Option<u64>,
    /// `MaxObjSize` of the peer's header, for datastores of which it says nothing else.
    pub(crate) peer_max_obj_size: Option<u64>,
    /// The peer takes and sends items in chunks.
    pub(crate) peer_takes_chunks: bool,
    /// The peer is made of this toolkit, and takes what we do.
    pub(crate) is_kin: bool,
    /// The peer's datastores as it has described them.
    pub(crate) peer_stores: Vec<PeerStore>,
    /// The peer wants to know how many changes to expect.
    pub(crate) peer_wants_number_of_changes: bool,
    pub(crate) datastores: Vec<StoreState>,
    pub(crate) pending: Pending,
    /// Answers we owe, in the order of the commands.
    pub(crate) statuses: VecDeque<Status>,
    /// What goes out with the next message, whoever's package is on its way.
    pub(crate) urgent: VecDeque<Command>,
    /// Commands of our package beside Sync and Map.
    pub(crate) outgoing: VecDeque<(Command, Awaiting)>,
    /// Our last message, to be sent again when the peer's comes again.
    #[serde(with = "super::octets")]
    pub(crate) last_sent: Bytes,
    /// What this peer wants otherwise.
    pub(crate) chosen: Chosen,
    /// The transport's header that goes with it.
    pub(crate) last_hmac: Option<Hmac>,
    pub(crate) suspension: Suspension,
    /// What is found out of [`PeerRecord::resumes`](crate::PeerRecord::resumes) in this session.
    pub(crate) peer_resumes: Option<bool>,
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
            combined: false,
            peer: ByteString::new(),
            knows_dev_inf: false,
            local_uri: ByteString::new(),
            remote_uri: ByteString::new(),
            msg_id: 0,
            peer_msg_id: 0,
            is_behind: false,
            peer_max_msg_size: None,
            peer_max_obj_size: None,
            peer_takes_chunks: false,
            is_kin: false,
            peer_stores: Vec::new(),
            peer_wants_number_of_changes: false,
            datastores: Vec::new(),
            pending: Pending::default(),
            statuses: VecDeque::new(),
            urgent: VecDeque::new(),
            outgoing: VecDeque::new(),
            last_sent: Bytes::new(),
            last_hmac: None,
            suspension: Suspension::No,
            peer_resumes: None,
            chosen: Chosen::default(),
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What is known of peers.
    pub(crate) rules: Arc<[Rule]>,
    /// What the digest over the next message is made with, where there is to be one.
    pub(crate) key: Option<MacKey>,
    /// Item changes the peer has acknowledged in this message, by datastore.
    pub(super) acknowledged: Vec<(usize, Confirmed, StatusCode)>,
}

impl Talk {
    pub(crate) fn new(common: Common, port: Port, sizes: Sizes) -> Self {
        Self {
            common,
            port,
            sizes,
            rules: Arc::default(),
            key: None,
            acknowledged: Vec::new(),
        }
    }

    /// The state to keep until the next message.
    pub(crate) fn into_common(mut self) -> Common {
        self.common.emitted = self.port.emitted();
        self.common
    }

    /// What this peer wants otherwise.
    pub(crate) fn profile(&self) -> &Profile {
        &self.common.chosen.profile
    }

    /// Looks whether a rule fits the peer, by its identity and what it says of itself. Once data moves, nothing changes
    /// any more.
    pub(crate) fn choose_profile(&mut self, dev_inf: Option<&DevInf>) {
        if self.common.datastores.iter().any(|store| store.begun) {
            return;
        }
        let found = Rule::choose(&self.rules, &self.common.peer, dev_inf);
        if let Some((chosen, why)) = found
            && chosen.name != self.common.chosen.name
        {
            if let Some(rule) = chosen.name.clone() {
                self.port.notice(Notice::Profile { rule, why });
            }
            self.common.chosen = chosen;
        }
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
        status.target_refs = writable(&hdr.target.loc_uri).into();
        status.source_refs = writable(&hdr.source.loc_uri).into();
        self.common.statuses.push_front(status);
        // just pushed, so there is a first
        &mut self.common.statuses[0]
    }

    pub(crate) fn protocol(&self, what: impl Into<String>) {
        self.port.notice(Notice::Protocol { what: what.into() });
    }

    /// An Alert that keeps the session going, or has something to show; whether it was one.
    pub(crate) fn is_small_talk(&mut self, alert: &Alert) -> bool {
        if alert.code == Some(AlertCode::NO_END_OF_DATA) {
            // It means the one object in flight, whatever it names.
            self.break_off_objects();
        }
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
            Some(
                AlertCode::NEXT_MESSAGE
                    | AlertCode::RESULT_ALERT
                    | AlertCode::DISPLAY
                    | AlertCode::NO_END_OF_DATA
            )
        )
    }

    /// Notes the limits a header states; the latest count.
    pub(crate) fn note_sizes(&mut self, hdr: &SyncHdr) {
        // 0 is seen for "unknown".
        let stated = |size: Option<u64>| size.filter(|size| *size > 0);
        let common = &mut self.common;
        common.peer_max_msg_size = stated(hdr.max_msg_size()).or(common.peer_max_msg_size);
        common.peer_max_obj_size = stated(hdr.max_obj_size()).or(common.peer_max_obj_size);
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
        #[cfg(feature = "defects")]
        crate::defect::note_move(self.common.phase, event, next.is_some());
        if let Some(phase) = next {
            self.common.phase = phase;
        }
        next.is_some()
    }

    /// Notes the number of the peer's message. Where one before it was not seen, the session goes on as well as it can.
    pub(crate) fn note_msg_id(&mut self, msg_id: MsgId) {
        let last = std::mem::replace(&mut self.common.peer_msg_id, msg_id.get());
        let torn = last != 0 && msg_id.get() > last.saturating_add(1);
        if torn {
            self.protocol(format!(
                "messages between {last} and {} were not seen",
                msg_id.get()
            ));
        }
        // A peer that says nothing of large objects sends none in parts, however it counts.
        let common = &mut self.common;
        let is_known = common.peer_takes_chunks || common.peer_max_obj_size.is_some();
        for store in &mut common.datastores {
            let may_be_end = torn && (is_known || store.max_obj_size.is_some());
            store.chunk_in.begin_message(may_be_end);
        }
    }

    /// Takes for a success what was never answered, where the peer is known for that.
    async fn forgive(&mut self) {
        if !self.profile().lenient_status {
            return;
        }
        let unanswered = self.common.pending.take_items();
        let success = |(index, confirmed)| (index, confirmed, StatusCode::OK);
        self.acknowledged.extend(unanswered.map(success));
        self.settle_acknowledged().await;
    }

    /// Moves the anchors of every datastore that took part to the end.
    pub(crate) async fn commit(&mut self) {
        self.forgive().await;
        let port = &self.port;
        let stores = self.common.datastores.iter_mut().enumerate();
        let ending: Vec<usize> = stores
            .filter_map(|(index, store)| {
                (!std::mem::replace(&mut store.ended, true)).then_some(index)
            })
            .collect();
        let commits = ending.iter().filter_map(|index| {
            let store = &self.common.datastores[*index];
            (store.is_active() && store.begun).then(|| {
                let (link, anchors) = (store.link.clone(), store.anchors.clone());
                let goes_on = self.resumable(store);
                async move { (*index, resume::commit(port, link, anchors, goes_on).await) }
            })
        });
        for (index, done) in join_all(commits).await {
            if let Err(fault) = done {
                self.store_failed(index, &fault);
            }
        }
        for index in ending {
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
}

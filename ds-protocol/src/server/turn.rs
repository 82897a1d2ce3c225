//! A server's turn: one message in, one message out.

use std::sync::Arc;

use bytestring::ByteString;
use syncml_devinf::Version;
use syncml_repr::{AlertCode, Command, Data, Item, Message, MsgId, StatusCode, SyncHdr};

use super::{Config, Own, State};
use crate::auth::Sender;
use crate::defect::Defect;
use crate::engine::{Closed, Received};
use crate::notice::Notice;
use crate::session::busy::Busy;
use crate::session::command::{in_order, is_sequence};
use crate::session::port::Port;
use crate::session::receive::Receive;
use crate::session::resume::{Resumption, Suspension};
use crate::session::state::{Event, Phase};
use crate::session::talk::{Abort, Incoming, Role, Talk};
use crate::session::transmit::writable;

/// Messages in a row that ask for the next one and say nothing else, from a client whose turn it is.
const MAX_ASKING: u32 = 3;

/// A server session in a turn.
pub(super) struct Server {
    pub(super) config: Arc<Config>,
    pub(super) state: Own,
    pub(super) talk: Talk,
}

/// Ends a session at the caller's wish. The client learns of it with its next message.
pub(super) async fn abort(mut state: State, _port: Port) -> State {
    state
        .common
        .closed
        .get_or_insert(Closed::Aborted(StatusCode::SERVICE_UNAVAILABLE));
    state
}

/// Takes a message and answers it.
pub(super) async fn take_message(
    config: Arc<Config>,
    state: State,
    port: Port,
    received: Received,
) -> State {
    let mut talk = Talk::new(state.common, port, config.sizes.clone());
    talk.rules = config.rules.clone();
    let mut server = Server {
        config,
        state: state.own,
        talk,
    };
    let Received {
        message,
        encoding,
        sender,
    } = received;
    if server.is_repeated(&message.hdr) {
        server.talk.port.notice(Notice::Repeated);
        server.talk.transmit_last();
    } else {
        let statuses = message
            .body
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Status(status) => status.msg_ref,
                _ => None,
            });
        let answered = statuses.map(MsgId::get).max().unwrap_or_default();
        server.meet(&message.hdr, answered, encoding);
        if let Err(abort) = server.answer(&message, &sender).await {
            server.give_up(&message.hdr, abort);
        }
    }
    State {
        common: server.talk.into_common(),
        own: server.state,
    }
}

impl Server {
    /// Whether the message was taken before. Nothing is carried out twice; the stored answer goes out again.
    fn is_repeated(&self, hdr: &SyncHdr) -> bool {
        !Defect::RepeatApplied.is_armed()
            && self.talk.common.peer_msg_id != 0
            && hdr.msg_id.get() <= self.talk.common.peer_msg_id
    }

    /// Notes what the header says, and the number of the last message of ours that is answered.
    fn meet(&mut self, hdr: &SyncHdr, answered: u32, encoding: syncml_wbxml::Encoding) {
        // Copies: what is kept must not hold the message that it came in.
        let owned = |text: &ByteString| ByteString::from(&**text);
        let common = &mut self.talk.common;
        if common.peer_msg_id == 0 {
            common.session_id = hdr.session_id.as_str().into();
            common.encoding = encoding;
            common.version = hdr.version().unwrap_or(Version::V1_2);
            common.peer = owned(&hdr.source.loc_uri);
            // Our URI is the one we were first addressed with; the RespURI form holds the token.
            common.local_uri = owned(&hdr.target.loc_uri);
            // A client that comes from another session may go on counting.
            common.msg_id = common
                .msg_id
                .saturating_add(hdr.msg_id.get().saturating_sub(1));
            self.talk.choose_profile(None);
            if let Some(id) = self.talk.profile().local_id.clone() {
                self.talk.common.local_uri = id;
            }
        }
        self.talk.common.is_behind |=
            self.talk.common.peer_msg_id != 0 && self.talk.common.msg_id < answered;
        self.talk.note_msg_id(hdr.msg_id);
        let common = &mut self.talk.common;
        if common.remote_uri != hdr.source.loc_uri {
            common.remote_uri = owned(&hdr.source.loc_uri);
        }
        self.talk.note_sizes(hdr);
    }

    async fn answer(&mut self, message: &Message, sender: &Sender) -> Result<(), Abort> {
        let hdr = &message.hdr;
        if let Some(Closed::Aborted(code)) = self.talk.common.closed {
            // What was given up is not taken up again, with whatever credentials.
            self.talk.owe_header(hdr, code);
            return self.refuse(message, code);
        }
        if self.talk.common.closed == Some(Closed::Suspended) {
            let code = StatusCode::OPERATION_CANCELLED_NOT_EXECUTED;
            self.talk.owe_header(hdr, code);
            return self.refuse(message, code);
        }
        if hdr.version().is_none() {
            return self.refuse_version(message);
        }
        if let Err(refusal) = self.login(hdr, sender).await {
            return self.refuse(message, refusal);
        }
        if let Some(status) = self.is_refused(message) {
            self.prove_again(&status)?;
            let reply = self.header(&hdr.target.loc_uri);
            self.talk.send(&reply).await?;
            self.end_quietly().await;
            return Ok(());
        }
        let incoming = Incoming {
            msg_id: hdr.msg_id,
            no_resp: hdr.no_resp,
        };
        self.may_be_late(hdr);
        self.take_commands(&incoming, &message.body.commands).await;
        if self.talk.common.suspension == Suspension::Said {
            if !self.was_late() {
                return self.suspend(hdr).await;
            }
            return Ok(());
        }
        if message.body.is_final || self.says_nothing_more(message) {
            self.take_final().await;
        }
        if self.was_late() {
            return Ok(());
        }
        let reply = self.header(&hdr.target.loc_uri);
        self.talk.send(&reply).await?;
        self.end_quietly().await;
        Ok(())
    }

    /// Ends a session of which the client may send nothing more.
    async fn end_quietly(&mut self) {
        if self.talk.common.phase == Phase::ClientMap && self.sends_nothing() {
            // The client has nothing to answer, and may end the session without another message.
            self.talk.commit().await;
        }
        if self.talk.common.phase == Phase::ClientSync && !self.state.alerted {
            // Nothing but device information was exchanged; nothing more is to be waited for.
            self.talk.advance(Event::NothingOwed);
        }
        if self.talk.common.phase == Phase::Done {
            self.talk.common.closed.get_or_insert(Closed::Complete);
        }
    }

    /// From here on the client may be told that its message is at work still. Not where the answer to its header has
    /// something to say, which would be lost.
    fn may_be_late(&mut self, hdr: &SyncHdr) {
        let common = &self.talk.common;
        let plain = common.statuses.front().is_some_and(|status| {
            status.cmd_ref.is_header() && status.code == StatusCode::OK && status.chal.is_none()
        });
        if plain && !self.state.proves_each {
            let encoding = common.encoding;
            let msg_id = common.msg_id;
            let reply = self.header(&hdr.target.loc_uri);
            // The number is given out when it is used.
            self.talk.common.msg_id = msg_id;
            let mode = self.talk.profile().busy_mode;
            self.talk
                .port
                .busy(|busy| busy.ask(hdr, reply, (encoding, mode)));
        }
    }

    /// Whether the client was told in the meantime that its message was at work still; then the answer waits for the
    /// message in which it asks for it.
    fn was_late(&mut self) -> bool {
        let Some((theirs, ours, said)) = self.talk.port.busy(Busy::end) else {
            return false;
        };
        let common = &mut self.talk.common;
        common.peer_msg_id = theirs.get();
        common.msg_id = ours.get();
        common.last_sent = said.bytes;
        common.last_hmac = None;
        // What was said was the answer to the header.
        common.statuses.pop_front();
        true
    }

    /// Whether all datastores of the session go one way, from the client.
    fn sends_nothing(&self) -> bool {
        let mut active = self
            .talk
            .common
            .datastores
            .iter()
            .filter(|store| store.is_active());
        active.all(|store| !store.sync_type.sends(Role::Server))
    }

    /// Header of the answer to a message that was addressed to `used`.
    fn header(&mut self, used: &str) -> SyncHdr {
        let mut hdr = self.talk.header();
        if let (Some(_), Some(token)) = (&self.state.user, &self.state.resp_token) {
            let (base, query) = used.split_once('?').unwrap_or((used, ""));
            if (base.starts_with("http://") || base.starts_with("https://"))
                && query != format!("s={token}")
            {
                hdr.resp_uri = Some(writable(&format!("{base}?s={token}")));
            }
        }
        self.sign(&mut hdr);
        hdr
    }

    /// Carries out the commands of a message, in their order, and owes their answers.
    async fn take_commands(&mut self, incoming: &Incoming, commands: &[Command]) {
        for (command, nested) in in_order(commands) {
            if self.talk.common.suspension == Suspension::Said
                && !matches!(command, Command::Status(_))
            {
                let code = StatusCode::OPERATION_CANCELLED_NOT_EXECUTED;
                if !nested {
                    self.talk.owe_all(incoming, command, code);
                }
                continue;
            }
            if !matches!(command, Command::Status(_)) {
                // Everything that was answered is settled before anything new is begun.
                self.talk.settle_acknowledged().await;
            }
            if !self.may(incoming, command).await {
                continue;
            }
            match command {
                Command::Status(status) if status.cmd_ref.is_header() => {
                    self.take_header_status(status).await;
                }
                Command::Status(status) => self.talk.take_status(status).await,
                Command::Alert(alert) => self.take_alert(incoming, alert).await,
                Command::Put(put) => {
                    self.talk
                        .take_dev_inf(incoming, command, &put.items, put.meta.as_deref())
                        .await;
                }
                Command::Get(get) => self.take_get(incoming, command, get),
                Command::Results(results) => {
                    let (items, meta) = (&results.items, results.meta.as_deref());
                    self.talk.take_dev_inf(incoming, command, items, meta).await;
                }
                Command::Sync(sync) if !nested => self.take_sync(incoming, command, sync).await,
                other if is_sequence(other) => {
                    self.talk.owe_one(incoming, other, StatusCode::OK);
                }
                Command::Map(map) => self.take_map(incoming, command, map).await,
                other => self.refuse_command(incoming, other),
            }
            let asks_for_more = matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE));
            if !matches!(command, Command::Status(_)) && !asks_for_more {
                self.talk.common.idle = 0;
            }
        }
        self.talk.settle_acknowledged().await;
        self.talk.note_lacks().await;
    }

    /// What has no place at the top of a message, or is not offered: answered, and nothing done.
    pub(super) fn refuse_command(&mut self, incoming: &Incoming, command: &Command) {
        let code = match command {
            // Item commands belong inside a Sync.
            Command::Modify(_) => StatusCode::COMMAND_NOT_ALLOWED,
            Command::Unknown(_) => StatusCode::COMMAND_NOT_IMPLEMENTED,
            _ => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        };
        self.talk.owe_all(incoming, command, code);
    }

    /// `Final` of the client: its package is complete.
    async fn take_final(&mut self) {
        match self.talk.common.phase {
            Phase::ClientInit => {
                let all_settled = self
                    .talk
                    .common
                    .datastores
                    .iter()
                    .all(|store| store.heard || !store.is_active());
                if self.talk.common.combined
                    && all_settled
                    && self.talk.common.datastores.iter().any(|store| store.heard)
                {
                    self.talk.advance(Event::CombinedFinal);
                    self.prepare_answers();
                    self.end_client_sync().await;
                } else {
                    self.talk.advance(Event::ClientFinal);
                    self.prepare_answers();
                }
            }
            Phase::ClientSync => {
                self.talk.advance(Event::ClientFinal);
                self.end_client_sync().await;
            }
            Phase::ClientMap => {
                // The client has answered everything: only now both sides have everything.
                self.talk.advance(Event::ClientFinal);
                self.talk.commit().await;
            }
            // A `Final` in the middle of our own package means nothing.
            _ => {}
        }
    }

    /// The client leaves the session (Alert 224): it is told what became of its commands, and nothing else.
    ///
    /// The client has begun with every datastore that was agreed on, so each of them can be resumed.
    async fn suspend(&mut self, hdr: &SyncHdr) -> Result<(), Abort> {
        if self.talk.common.phase != Phase::ClientInit {
            for index in 0..self.talk.common.datastores.len() {
                self.talk.begin(index).await;
            }
        }
        let status = StatusCode::OPERATION_CANCELLED_NOT_EXECUTED;
        for store in &mut self.talk.common.datastores {
            if !store.ended {
                store.fail(status);
                let datastore = store.link.local.clone();
                let status = store.failed.unwrap_or(status);
                let done = Notice::DatastoreDone { datastore, status };
                self.talk.port.notice(done);
            }
        }
        self.talk.common.outgoing.clear();
        self.talk.common.closed = Some(Closed::Suspended);
        let reply = self.header(&hdr.target.loc_uri);
        self.talk.send_statuses(&reply, true)
    }

    /// Whether a client that has resumed only asks for the next message although it is its turn: some phones forget
    /// the Sync where nothing is left to send (DS-S-064).
    fn says_nothing_more(&self, message: &Message) -> bool {
        let common = &self.talk.common;
        let mut resumed = common.datastores.iter();
        let only_asks = message.body.commands.iter().all(|command| match command {
            Command::Alert(alert) => alert.code == Some(AlertCode::NEXT_MESSAGE),
            command => matches!(command, Command::Status(_)),
        });
        only_asks
            && common.phase == Phase::ClientSync
            && common.idle >= MAX_ASKING
            && resumed.any(|store| store.resumption == Resumption::Agreed)
    }

    /// The client has sent all its changes.
    async fn end_client_sync(&mut self) {
        self.talk.give_up_objects(None);
        self.open_unheard().await;
        for index in 0..self.talk.common.datastores.len() {
            self.end_waiting(index).await;
            self.talk.fail_if_nothing_was_taken(index);
            self.talk.remove_unsent(index).await;
        }
    }

    /// A client that sends no Sync for an alerted datastore says "nothing changed"; where it was to send
    /// everything, it has given the datastore up.
    async fn open_unheard(&mut self) {
        for index in 0..self.talk.common.datastores.len() {
            let store = &mut self.talk.common.datastores[index];
            if store.heard || !store.is_active() {
                continue;
            }
            let resumed = store.resumption == Resumption::Agreed;
            if resumed {
                // It may have nothing left to send.
                store.heard = true;
            }
            if store.sync_type.is_afresh() && store.sync_type.sends(Role::Client) && !resumed {
                store.fail(StatusCode::INCOMPLETE_COMMAND);
                self.talk
                    .protocol("slow sync or refresh without a Sync of the client");
            } else {
                self.talk.begin(index).await;
            }
        }
    }

    /// 505 or 513 with the versions we speak, in the newest of them.
    fn refuse_version(&mut self, message: &Message) -> Result<(), Abort> {
        self.talk.common.version = Version::V1_2;
        let proto_known = Version::ALL.iter().any(|version| {
            message
                .hdr
                .ver_proto
                .trim()
                .starts_with(version.ver_proto())
        });
        let (code, list): (_, Vec<_>) = if proto_known {
            (
                StatusCode::DTD_VERSION_NOT_SUPPORTED,
                Version::ALL.iter().map(|v| v.as_str().to_owned()).collect(),
            )
        } else {
            let protos = Version::ALL
                .iter()
                .map(|v| v.ver_proto().to_owned())
                .collect();
            (StatusCode::PROTOCOL_VERSION_NOT_SUPPORTED, protos)
        };
        let mut item = Item::default();
        item.data = Some(Data::from(list.join(",")));
        self.talk.owe_header(&message.hdr, code).items = vec![item];
        self.talk.common.closed = Some(Closed::Aborted(code));
        let hdr = self.talk.header();
        self.talk.send_statuses(&hdr, true)
    }

    /// Answers a message whose sender did not prove who it is: every command gets the same status and none is
    /// carried out. `Final` mirrors the message, and no package moves on.
    fn refuse(&mut self, message: &Message, code: StatusCode) -> Result<(), Abort> {
        let incoming = Incoming {
            msg_id: message.hdr.msg_id,
            no_resp: message.hdr.no_resp,
        };
        for command in &message.body.commands {
            self.talk.owe_all(&incoming, command, code);
        }
        let hdr = self.talk.header();
        self.talk.send_statuses(&hdr, message.body.is_final)
    }

    /// The session ends here; the client is told why.
    fn give_up(&mut self, hdr: &SyncHdr, abort: Abort) {
        let Abort(code) = abort;
        self.talk
            .protocol(format!("session given up: {}", code.get()));
        let common = &mut self.talk.common;
        common.closed = Some(Closed::Aborted(code));
        common.statuses.clear();
        common.outgoing.clear();
        // The peer's limit may be what we failed at, and the number of the message was given out already.
        common.peer_max_msg_size = None;
        common.msg_id = common.msg_id.saturating_sub(1);
        self.talk.owe_header(hdr, code);
        let reply = self.talk.header();
        if self.talk.send_statuses(&reply, true).is_err() {
            // A header and one status can always be encoded; if not, the transport has nothing to send.
            self.talk.protocol("no answer could be composed");
        }
    }
}

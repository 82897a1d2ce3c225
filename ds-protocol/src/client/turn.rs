//! A client's turn: the server's message in, the next one out, or the end.

use std::sync::Arc;

use syncml_repr::{Command, StatusCode, SyncHdr};

use super::{Config, Own, State};
use crate::engine::{Closed, Received};
use crate::notice::Notice;
use crate::session::command::{in_order, is_sequence};
use crate::session::port::Port;
use crate::session::receive::Receive;
use crate::session::resume::Suspension;
use crate::session::state::{Event, Phase};
use crate::session::talk::{Abort, Incoming, Role, Talk};

/// A client session in a turn.
pub(super) struct Client {
    pub(super) config: Arc<Config>,
    pub(super) state: Own,
    pub(super) talk: Talk,
}

/// What the end of a package of the server's leads to.
enum Begun {
    /// The session is over.
    Over,
    /// There is something to send.
    Owing,
    /// There is nothing to send for it.
    Quietly,
}

/// The session goes on with the next message, or it is over.
pub(super) enum Next {
    Send,
    /// The server has not proved who it is: nothing is said but that.
    Refuse {
        is_final: bool,
    },
    /// The server is at work still.
    AskAgain,
    Suspend,
    /// The session is over already.
    Left,
    Finish,
}

/// Composes the first message.
pub(super) async fn begin(config: Arc<Config>, state: State, port: Port) -> State {
    let mut client = Client::new(config, state, port);
    let begun = client.init().await;
    let sent = match begun {
        Ok(()) if client.talk.common.outgoing.is_empty() => {
            // The caller has refused everything, and nothing is to be said.
            client.finish().await;
            Ok(())
        }
        Ok(()) => client.send().await,
        Err(abort) => Err(abort),
    };
    client.end_turn(sent).await
}

/// Takes the server's message.
pub(super) async fn take_message(
    config: Arc<Config>,
    state: State,
    port: Port,
    received: Received,
) -> State {
    let mut client = Client::new(config, state, port);
    let result = match client.take(&received).await {
        Ok(Next::Send) => client.send().await,
        Ok(Next::Refuse { is_final }) => client.refuse(is_final),
        Ok(Next::AskAgain) => client.ask_again(),
        Ok(Next::Suspend) => client.say_suspend(),
        Ok(Next::Left) => Ok(()),
        Ok(Next::Finish) => {
            client.finish().await;
            Ok(())
        }
        Err(abort) => Err(abort),
    };
    client.end_turn(result).await
}

/// Ends a session at the caller's wish: nothing is sent, no anchor moves.
pub(super) async fn abort(mut state: State, port: Port) -> State {
    for store in &mut state.common.datastores {
        store.fail(StatusCode::OPERATION_CANCELLED_NOT_EXECUTED);
        let (datastore, status) = (
            store.link.local.clone(),
            StatusCode::OPERATION_CANCELLED_NOT_EXECUTED,
        );
        port.notice(Notice::DatastoreDone { datastore, status });
    }
    state.common.closed.get_or_insert(Closed::Aborted(
        StatusCode::OPERATION_CANCELLED_NOT_EXECUTED,
    ));
    state
}

impl Client {
    fn new(config: Arc<Config>, state: State, port: Port) -> Self {
        let mut talk = Talk::new(state.common, port, config.sizes.clone());
        talk.rules = config.rules.clone();
        Self {
            config,
            state: state.own,
            talk,
        }
    }

    async fn end_turn(mut self, result: Result<(), Abort>) -> State {
        if let Err(Abort(code)) = result {
            for store in &mut self.talk.common.datastores {
                store.fail(code);
                let (datastore, status) = (store.link.local.clone(), code);
                self.talk
                    .port
                    .notice(Notice::DatastoreDone { datastore, status });
            }
            self.talk.common.closed.get_or_insert(Closed::Aborted(code));
        }
        State {
            common: self.talk.into_common(),
            own: self.state,
        }
    }

    /// Reads a message: what to do next. In one piece, for the order of the questions is what matters: who speaks, whether
    /// it is busy, whether it believes us and we it, and only then what it says.
    async fn take(&mut self, received: &Received) -> Result<Next, Abort> {
        let message = &received.message;
        let hdr = &message.hdr;
        if hdr.session_id != self.talk.common.session_id {
            return Err(Abort(StatusCode::BAD_REQUEST));
        }
        self.meet(hdr);
        // The header's status comes first, but some servers do not know (order-free reading, Q-134).
        let header_status = message
            .body
            .commands
            .iter()
            .find_map(|command| match command {
                Command::Status(status) if status.cmd_ref.is_header() => Some(status),
                _ => None,
            });
        if let Some(status) = header_status
            && status.code == StatusCode::IN_PROGRESS
        {
            self.talk.port.notice(Notice::Busy);
            return Ok(Next::AskAgain);
        }
        if let Some(status) = header_status
            && self.take_header_status(status).await?
        {
            // Refused: package 1 goes out again from its first command, with credentials.
            if !self.talk.profile().auth_retry_new_session {
                self.talk.owe_header(hdr, StatusCode::OK);
            }
            return Ok(Next::Send);
        }
        if !self.knows_server(message, &received.sender).await? {
            return Ok(Next::Refuse {
                is_final: message.body.is_final,
            });
        }
        if self.talk.common.suspension == Suspension::Said {
            self.end_suspended(message).await;
            return Ok(Next::Left);
        }
        let incoming = Incoming {
            msg_id: hdr.msg_id,
            no_resp: hdr.no_resp,
        };
        let has_asked = self.talk.common.idle > 0;
        let mut owes = self.take_commands(&incoming, &message.body.commands).await;
        if self.talk.common.suspension == Suspension::Said {
            // By the server.
            self.leave().await;
            return Ok(Next::Left);
        }
        if message.body.is_final && self.talk.advance(self.server_final()) {
            match self.begin_phase().await {
                Begun::Over => {
                    self.trust();
                    return Ok(Next::Finish);
                }
                Begun::Owing => owes = true,
                Begun::Quietly => {}
            }
        }
        if self.talk.common.phase == Phase::ClientMap && !owes && !self.owes_maps().await {
            // Nothing to answer and nothing to tell: the session is over without another message.
            self.talk.advance(Event::NothingOwed);
            return Ok(Next::Finish);
        }
        if self.state.alerted.is_empty() && has_asked {
            // The server was asked to end its package, and has not.
            self.trust();
            return Ok(Next::Finish);
        }
        self.accept_header(hdr).await?;
        Ok(match self.talk.common.suspension {
            Suspension::No => Next::Send,
            _ => Next::Suspend,
        })
    }

    /// The server has ended a package: what that leads to.
    async fn begin_phase(&mut self) -> Begun {
        match self.talk.common.phase {
            Phase::ClientSync if self.state.alerted.is_empty() => {
                self.talk.advance(Event::NothingOwed);
                Begun::Over
            }
            Phase::ClientSync => {
                self.talk.common.combined = false;
                self.begin_datastores().await;
                Begun::Owing
            }
            Phase::ClientMap => {
                let owed = self.talk.common.statuses.len();
                self.end_server_sync().await;
                // What had waited is answered now.
                match self.talk.common.statuses.len() > owed {
                    true => Begun::Owing,
                    false => Begun::Quietly,
                }
            }
            Phase::Done => Begun::Over,
            _ => Begun::Quietly,
        }
    }

    /// The server has sent all its changes.
    async fn end_server_sync(&mut self) {
        self.talk.give_up_objects(None);
        for index in 0..self.talk.common.datastores.len() {
            self.end_waiting(index).await;
            let store = &mut self.talk.common.datastores[index];
            if store.sync_type.is_refreshed(Role::Client) && !store.heard && store.is_active() {
                store.fail(StatusCode::INCOMPLETE_COMMAND);
                self.talk.protocol("refresh without a Sync of the server");
            }
            self.talk.remove_unsent(index).await;
        }
    }

    /// Notes what the header says.
    fn meet(&mut self, hdr: &SyncHdr) {
        self.talk.note_msg_id(hdr.msg_id);
        let common = &mut self.talk.common;
        if let Some(uri) = hdr.resp_uri.as_ref().filter(|uri| !uri.trim().is_empty()) {
            common.remote_uri = uri.clone();
        }
        self.talk.note_sizes(hdr);
    }

    /// Carries out the commands of a message; whether any of them needs an answer.
    async fn take_commands(&mut self, incoming: &Incoming, commands: &[Command]) -> bool {
        let mut owes = false;
        for (command, nested) in in_order(commands) {
            if let Command::Status(status) = command {
                if !status.cmd_ref.is_header() {
                    self.talk.take_status(status).await;
                }
                continue;
            }
            owes = true;
            self.talk.common.idle = 0;
            // Everything that was answered is settled before anything new is begun.
            self.talk.settle_acknowledged().await;
            match command {
                Command::Alert(alert) => self.take_alert(incoming, command, alert).await,
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
                other => self.refuse_command(incoming, other),
            }
        }
        self.talk.settle_acknowledged().await;
        self.talk.note_lacks().await;
        owes
    }

    fn refuse_command(&mut self, incoming: &Incoming, command: &Command) {
        let code = match command {
            Command::Modify(_) => StatusCode::COMMAND_NOT_ALLOWED,
            // Ids are the client's to give.
            Command::Map(_) => StatusCode::BAD_REQUEST,
            Command::Unknown(_) => StatusCode::COMMAND_NOT_IMPLEMENTED,
            _ => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
        };
        self.talk.owe_all(incoming, command, code);
    }

    async fn send(&mut self) -> Result<(), Abort> {
        let mut hdr = self.talk.header();
        self.sign(&mut hdr)?;
        self.talk.send(&hdr).await
    }

    fn refuse(&mut self, is_final: bool) -> Result<(), Abort> {
        let mut hdr = self.talk.header();
        self.sign(&mut hdr)?;
        self.talk.send_statuses(&hdr, is_final)
    }

    fn say_suspend(&mut self) -> Result<(), Abort> {
        let mut hdr = self.talk.header();
        self.sign(&mut hdr)?;
        self.talk.send_suspend(&hdr)
    }

    fn ask_again(&mut self) -> Result<(), Abort> {
        let mut hdr = self.talk.header();
        self.sign(&mut hdr)?;
        self.talk.send_result_alert(&hdr)
    }

    /// The end of a complete session: anchors move, datastore by datastore.
    async fn finish(&mut self) {
        self.talk.commit().await;
        self.remember().await;
        self.talk.common.closed.get_or_insert(Closed::Complete);
    }
}

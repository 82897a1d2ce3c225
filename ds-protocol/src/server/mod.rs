//! The server's engine.

mod access;
mod config;
mod conflict;
mod filter;
mod init;
mod login;
mod receive;
mod turn;
mod twin;

use std::sync::Arc;

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_repr::{MsgId, SessionId};
use syncml_wbxml::Encoding;

pub(crate) use access::Verdict;
pub use config::Config;

use crate::engine::{Engine, Input, Misuse, Output, Received, Wait, sealed};
use crate::session::busy::{Busy, Came};
use crate::session::login::Login;
use crate::session::machine::{Machine, Waits};
use crate::session::pending::Awaiting;
use crate::session::port::Port;
use crate::session::talk::{Common, Role};
use crate::snapshot::{NotQuiescent, RestoreError, Saved, SessionKey, Snapshot};

/// A server's side of one session.
///
/// It takes the client's messages and answers each with one message. It stays usable after
/// [`Wait::Closed`]: a client that lost the last answer and sends its message again gets the same bytes.
///
/// ```
/// # use std::sync::Arc;
/// use ds_protocol::{Datastore, Device, server};
/// use syncml_devinf::ContentType;
///
/// let contacts = Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")]);
/// let config = Arc::new(server::Config::new(Device::new("sync.example.net", "server"), [contacts]));
/// let session = server::Session::new(config);
/// # let _ = session;
/// ```
#[derive(Debug)]
pub struct Session {
    config: Arc<Config>,
    machine: Machine<State>,
    /// The client asks for an answer that is late.
    waiting: Option<Box<Received>>,
}

/// What a server keeps of a session between messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) common: Common,
    pub(crate) own: Own,
}

/// The part of it that a client does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Own {
    /// Who proved to be the user; none until then.
    pub(crate) user: Option<ByteString>,
    /// The user proves it with each message.
    pub(crate) proves_each: bool,
    /// Credentials that were wrong.
    pub(crate) failures: u8,
    /// The client was asked for credentials in this session.
    pub(crate) challenged: bool,
    /// How far the client believes us.
    pub(crate) login: Login,
    /// Commands of package 2, to be sent again when the client wants our credentials first.
    pub(crate) package: Vec<(syncml_repr::Command, Awaiting)>,
    /// The client has alerted a datastore, known or not.
    pub(crate) alerted: bool,
    /// Datastores whose Alert was answered 508: what the client sends with that Alert does not count.
    pub(crate) refreshed: Vec<usize>,
    /// Token of the `RespURI`.
    pub(crate) resp_token: Option<ByteString>,
}

impl Waits for State {
    fn wait(&self) -> Wait {
        self.common
            .closed
            .clone()
            .map_or(Wait::Message, Wait::Closed)
    }
}

impl Session {
    /// A session that waits for the client's first message.
    pub fn new(config: Arc<Config>) -> Self {
        // Version and encoding are the first message's matter.
        let mut common = Common::new(
            Role::Server,
            SessionId::default(),
            syncml_devinf::Version::V1_2,
            Encoding::Xml,
        );
        common.msg_id = u32::from(config.notified);
        let state = State {
            common,
            own: Own {
                user: None,
                proves_each: false,
                failures: 0,
                challenged: false,
                login: Login::default(),
                package: Vec::new(),
                alerted: false,
                refreshed: Vec::new(),
                resp_token: config.resp_token.clone(),
            },
        };
        Self {
            config,
            machine: Machine::idle(state, Port::default()),
            waiting: None,
        }
    }

    fn take(&mut self, received: Box<Received>) -> Result<(), Misuse> {
        let config = self.config.clone();
        self.machine
            .start(|state, port| Box::pin(turn::take_message(config, state, port, *received)))
    }

    /// A message that comes while a turn is at work.
    fn come(&mut self, received: Box<Received>) -> Result<(), Misuse> {
        let port = self.machine.port();
        match port.busy(|busy| busy.come(&received.message.hdr)) {
            Came::Again(said) => port.transmit(said),
            Came::Next => self.waiting = Some(received),
            Came::Unasked => return Err(Misuse::NotWaiting),
        }
        Ok(())
    }

    /// Whether the client is known to wait for an answer half a minute at most ([`Profile::short_keepalive`]), as far as a
    /// session between two messages knows it: a transport then gives [`Input::Busy`] the sooner.
    ///
    /// [`Profile::short_keepalive`]: crate::Profile::short_keepalive
    pub fn short_keepalive(&self) -> bool {
        let state = self.machine.state();
        state.is_some_and(|state| state.common.chosen.profile.short_keepalive)
    }

    /// Token of the `RespURI`, whether the client was told or not; none in the middle of a turn.
    pub fn resp_token(&self) -> Option<&str> {
        self.machine.state()?.own.resp_token.as_deref()
    }

    /// The session as it stands, to go on later or elsewhere.
    ///
    /// # Errors
    ///
    /// [`NotQuiescent`] while the engine waits for anything but a message.
    pub fn snapshot(&self) -> Result<Snapshot, NotQuiescent> {
        self.machine
            .state()
            .cloned()
            .map(|state| Snapshot::new(Saved::Server(Box::new(state))))
            .ok_or(NotQuiescent)
    }

    /// Takes a stored session up again.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] when the snapshot is not one of a server session.
    pub fn restore(snapshot: Snapshot, config: Arc<Config>) -> Result<Self, RestoreError> {
        let Saved::Server(state) = snapshot.into_saved()? else {
            return Err(RestoreError::OtherRole);
        };
        let port = Port::new(state.common.emitted);
        Ok(Self {
            config,
            machine: Machine::idle(*state, port),
            waiting: None,
        })
    }
}

impl State {
    pub(crate) fn key(&self) -> SessionKey {
        SessionKey {
            device: self.common.peer.clone(),
            session_id: self.common.session_id.clone(),
        }
    }

    pub(crate) fn revision(&self) -> MsgId {
        MsgId::new(self.common.peer_msg_id)
    }
}

impl sealed::Sealed for Session {}

impl Engine for Session {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        match input {
            Input::Reply(id, reply) => self.machine.port().answer(id, reply),
            Input::Message(received) if self.machine.state().is_none() => self.come(received),
            Input::Message(received) => self.take(received),
            Input::Busy => {
                let port = self.machine.port();
                let said = port.busy(Busy::say).ok_or(Misuse::NotWaiting)?;
                port.transmit(said);
                // If it asked for the answer, this was one.
                self.waiting = None;
                Ok(())
            }
            Input::Abort | Input::Suspend => self
                .machine
                .start(|state, port| Box::pin(turn::abort(state, port))),
        }
    }

    fn poll(&mut self) -> Output {
        let output = self.machine.poll();
        match (&output, self.waiting.take()) {
            // The answer that was late is ready for the client that asks for it.
            (Output::Wait(Wait::Message | Wait::Closed(_)), Some(received)) => {
                match self.take(received) {
                    Ok(()) => self.machine.poll(),
                    Err(_) => output,
                }
            }
            (_, waiting) => {
                self.waiting = waiting;
                output
            }
        }
    }
}

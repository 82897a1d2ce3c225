//! The client's engine.

mod combined;
mod config;
mod init;
mod login;
mod receive;
mod suspend;
mod turn;

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use syncml_repr::MsgId;

pub use config::{Config, Request};

use self::login::Guard;
use crate::engine::{Engine, Input, Misuse, Output, Wait, sealed};
use crate::session::login::Login;
use crate::session::machine::{Machine, Waits};
use crate::session::port::Port;
use crate::session::talk::{Common, Role};
use crate::snapshot::{NotQuiescent, RestoreError, Saved, SessionKey, Snapshot};

/// A client's side of one session.
///
/// The first [`poll`](Engine::poll) begins it: effects, then the first message.
///
/// ```
/// # use std::sync::Arc;
/// use ds_protocol::{Credentials, Datastore, Device, client};
/// use syncml_devinf::ContentType;
///
/// let contacts = Datastore::new("phonebook", [ContentType::new("text/vcard", "3.0")]);
/// let config = client::Config::new(
///     Device::new("IMEI:490154203237518", "phone"),
///     "http://sync.example.net/ds",
///     "1".into(),
///     [client::Request::new(contacts, "contacts")],
/// )
/// .with_credentials(Credentials::new("ann", "tulip"));
/// let session = client::Session::new(Arc::new(config));
/// # let _ = session;
/// ```
#[derive(Debug)]
pub struct Session {
    config: Arc<Config>,
    machine: Machine<State>,
}

/// What a client keeps of a session between messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) common: Common,
    pub(crate) own: Own,
}

/// The part of it that a server does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Own {
    /// How far the server believes us.
    pub(crate) login: Login,
    /// How far we believe the server.
    pub(crate) guard: Guard,
    /// The server has our device information as it is now.
    pub(crate) dev_inf_sent: bool,
    /// The datastores whose Alerts are in it, in their order.
    pub(crate) alerted: Vec<usize>,
    /// Commands of package 1, to be sent again when the server wants credentials first.
    pub(crate) package: Vec<syncml_repr::Command>,
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
    /// A session about to begin.
    pub fn new(config: Arc<Config>) -> Self {
        let common = Common::new(
            Role::Client,
            config.session_id.clone(),
            config.version,
            config.encoding,
        );
        let state = State {
            common,
            own: Own {
                login: Login::default(),
                guard: Guard::default(),
                dev_inf_sent: false,
                alerted: Vec::new(),
                package: Vec::new(),
            },
        };
        let port = Port::default();
        let turn = Box::pin(turn::begin(config.clone(), state, port.clone()));
        Self {
            config,
            machine: Machine::running(turn, port),
        }
    }

    /// The session as it stands, to go on later or elsewhere. It holds no credentials: what was sent is not in it, since
    /// nothing is ever sent again from there.
    ///
    /// # Errors
    ///
    /// [`NotQuiescent`] while the engine waits for anything but a message.
    pub fn snapshot(&self) -> Result<Snapshot, NotQuiescent> {
        let mut state = self.machine.state().cloned().ok_or(NotQuiescent)?;
        (state.common.last_sent, state.common.last_hmac) = (Bytes::new(), None);
        Ok(Snapshot::new(Saved::Client(Box::new(state))))
    }

    /// Takes a stored session up again.
    ///
    /// # Errors
    ///
    /// [`RestoreError`] when the snapshot is not one of a client session.
    pub fn restore(snapshot: Snapshot, config: Arc<Config>) -> Result<Self, RestoreError> {
        let Saved::Client(state) = snapshot.into_saved()? else {
            return Err(RestoreError::OtherRole);
        };
        let port = Port::new(state.common.emitted);
        Ok(Self {
            config,
            machine: Machine::idle(*state, port),
        })
    }
}

impl State {
    pub(crate) fn key(&self) -> SessionKey {
        SessionKey {
            device: self.common.local_uri.clone(),
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
        if let Input::Reply(id, reply) = input {
            return self.machine.port().answer(id, reply);
        }
        if self
            .machine
            .state()
            .is_none_or(|state| state.common.closed.is_some())
        {
            return Err(Misuse::NotWaiting);
        }
        match input {
            Input::Message(received) => {
                let config = self.config.clone();
                self.machine.start(|state, port| {
                    Box::pin(turn::take_message(config, state, port, *received))
                })
            }
            Input::Busy => Err(Misuse::NotWaiting),
            Input::Suspend => self
                .machine
                .start(|state, port| Box::pin(suspend::suspend(state, port))),
            _ => self
                .machine
                .start(|state, port| Box::pin(turn::abort(state, port))),
        }
    }

    fn poll(&mut self) -> Output {
        self.machine.poll()
    }
}

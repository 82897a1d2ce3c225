//! Server sessions: found by the header of a message, taken up, carried on for one turn, stored again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use bytestring::ByteString;
use ds_protocol::driver::turn;
use ds_protocol::{Hmac, Notice, Received, SessionKey, Snapshot, Store, Transmit, server};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use syncml_repr::{MsgId, SessionId};
use syncml_wbxml::Encoding;

use crate::error::{Error, ErrorKind};

/// Times a turn is tried where another process carries the same session on at the same time.
const TRIES: usize = 3;
/// Longest device identity and session id taken, in bytes.
const LONGEST_ID: usize = 1024;

/// A server session between two messages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredSession {
    /// The session.
    pub snapshot: Snapshot,
    /// SHA-256 of the last message taken: tells that message, come again, from one of a new session.
    pub request: [u8; 32],
}

impl StoredSession {
    /// A session after this message.
    pub fn new(snapshot: Snapshot, request: [u8; 32]) -> Self {
        Self { snapshot, request }
    }
}

impl fmt::Debug for StoredSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSession")
            .field("key", &self.snapshot.key())
            .field("revision", &self.snapshot.revision())
            .finish_non_exhaustive()
    }
}

/// Where server sessions rest between two messages.
pub trait SessionStore {
    /// The session with this key, as it was stored last.
    ///
    /// # Errors
    ///
    /// When the store cannot answer.
    fn load_session(&mut self, key: &SessionKey) -> Result<Option<StoredSession>, Error>;

    /// Stores a session in the place of the one with revision `expected` (none: where there was none).
    /// False, and nothing is stored, when another one is there by now.
    ///
    /// # Errors
    ///
    /// When the store cannot answer.
    fn swap_session(
        &mut self,
        key: &SessionKey,
        expected: Option<MsgId>,
        next: &StoredSession,
    ) -> Result<bool, Error>;

    /// Forgets all other sessions of the same device and user: the device has begun a new one, and will not come back
    /// to them. What they have done stays.
    ///
    /// # Errors
    ///
    /// When the store cannot answer.
    fn end_other_sessions(&mut self, key: &SessionKey, user: &str) -> Result<(), Error>;
}

/// What a [`Service`] keeps everything in: something that gives connections.
pub trait Backend: Send + Sync + 'static {
    /// A connection, used by one turn at a time.
    type Connection: Store + SessionStore;

    /// A connection for one turn.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached.
    fn connect(&self) -> Result<Self::Connection, Error>;
}

/// What a [`Service`] tells its log.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A session did something.
    Notice {
        /// Which session.
        session: &'a SessionKey,
        /// What it did.
        notice: &'a Notice,
    },
    /// A request could not be answered, and it was not the client's fault.
    Failure(&'a Error),
}

/// A message of a client, and what its transport knows of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceRequest {
    /// The document.
    pub bytes: Bytes,
    /// Its encoding.
    pub encoding: Encoding,
    /// What the request's URI carries as `s=…`. Default: none.
    pub token: Option<String>,
    /// The header [`Hmac::HEADER`]. Default: none.
    pub hmac: Option<Hmac>,
    /// The user whom the transport has authenticated: no credentials of SyncML are wanted. Default: none.
    pub user: Option<ByteString>,
}

impl ServiceRequest {
    /// A message of which nothing else is known.
    pub fn new(bytes: impl Into<Bytes>, encoding: Encoding) -> Self {
        Self {
            bytes: bytes.into(),
            encoding,
            token: None,
            hmac: None,
            user: None,
        }
    }
}

type Log = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// A SyncML server without its transport: messages in, messages out. Cheap to clone.
///
/// Each message is one turn: load the session, take it up, let the engine work on the store, store the
/// session by compare-and-swap. Turns of one device wait for each other, so that a message that comes
/// twice is carried out once and answered twice. Several processes may serve one store.
#[derive(Clone)]
pub struct Service {
    turns: Arc<dyn Turns>,
    log: Option<Log>,
}

impl Service {
    /// A server with this configuration over this store. [`server::Config::resp_token`] is not used: each
    /// session gets a token of its own.
    pub fn new(config: impl Into<Arc<server::Config>>, backend: impl Backend) -> Self {
        let turns = Inner {
            config: config.into(),
            backend,
            gates: Gates::default(),
        };
        Self {
            turns: Arc::new(turns),
            log: None,
        }
    }

    /// With a log. It is called in the middle of a turn and should be quick.
    #[must_use]
    pub fn with_log(mut self, log: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(log));
        self
    }

    /// Largest message taken, in bytes.
    pub fn max_body(&self) -> usize {
        self.turns.max_body()
    }

    /// Takes a message and gives the answer. Blocks: in an asynchronous program, call it where blocking is allowed.
    ///
    /// `token` is what the request's URI carries as `s=…`, if anything.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Message`] when the message cannot be decoded; then nothing was touched. All other kinds are
    /// the server's own trouble.
    pub fn answer(
        &self,
        bytes: &Bytes,
        encoding: Encoding,
        token: Option<&str>,
    ) -> Result<Transmit, Error> {
        let mut request = ServiceRequest::new(bytes.clone(), encoding);
        request.token = token.map(str::to_owned);
        self.take(&request)
    }

    /// As [`answer`](Self::answer), with everything a transport may know of a message.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer).
    pub fn take(&self, request: &ServiceRequest) -> Result<Transmit, Error> {
        let log = |event: Event<'_>| {
            if let Some(log) = &self.log {
                log(event);
            }
        };
        let answer = self.turns.answer(request, &log);
        if let Err(error) = &answer
            && error.kind() != ErrorKind::Message
        {
            log(Event::Failure(error));
        }
        answer
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("max_body", &self.max_body())
            .finish_non_exhaustive()
    }
}

/// [`Inner`] without its type of store.
trait Turns: Send + Sync {
    fn max_body(&self) -> usize;
    fn answer(&self, request: &ServiceRequest, log: &dyn Fn(Event<'_>)) -> Result<Transmit, Error>;
}

struct Inner<B> {
    config: Arc<server::Config>,
    backend: B,
    gates: Gates,
}

impl<B: Backend> Turns for Inner<B> {
    fn max_body(&self) -> usize {
        self.config.sizes.limits.max_bytes
    }

    fn answer(&self, request: &ServiceRequest, log: &dyn Fn(Event<'_>)) -> Result<Transmit, Error> {
        let posted = request;
        let received = self.decode(posted)?;
        let hdr = &received.message.hdr;
        let (device, session_id) = (&*hdr.source.loc_uri, hdr.session_id.as_str());
        if device.len().max(session_id.len()) > LONGEST_ID {
            return Err(Error::new(
                ErrorKind::Message,
                format!("an identifier in SyncHdr is longer than {LONGEST_ID} bytes"),
            ));
        }
        let request = Request {
            // Copies: slices would keep the whole message in memory.
            key: SessionKey::new(device, SessionId::new(session_id)),
            msg_id: hdr.msg_id,
            digest: Sha256::digest(&posted.bytes).into(),
            token: posted.token.as_deref(),
        };
        let gate = self.gates.of(&request.key.device);
        let _turn = gate.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = self.backend.connect()?;
        let mut received = Some(received);
        for _ in 0..TRIES {
            let stored = connection.load_session(&request.key)?;
            let expected = stored.as_ref().map(|stored| stored.snapshot.revision());
            let stored = stored.filter(|stored| request.belongs_to(stored));
            let was_known = stored
                .as_ref()
                .is_some_and(|stored| stored.snapshot.user().is_some());
            let taken_up = stored.and_then(|stored| {
                server::Session::restore(stored.snapshot, Arc::clone(&self.config)).ok()
            });
            let is_repeat = taken_up.is_some() && expected == Some(request.msg_id);
            let mut session = match taken_up {
                Some(session) => session,
                None => server::Session::new(Arc::new(
                    self.config.as_ref().clone().with_resp_token(new_token()?),
                )),
            };
            let message = match received.take() {
                Some(received) => received,
                None => self.decode(posted)?,
            };
            let mut note = |notice: Notice| {
                log(Event::Notice {
                    session: &request.key,
                    notice: &notice,
                })
            };
            let done =
                turn(&mut session, &mut connection, Some(message), &mut note).map_err(internal)?;
            let answer = done.transmit.ok_or_else(|| {
                Error::new(ErrorKind::Internal, "the engine had no answer to a message")
            })?;
            if is_repeat {
                // The stored answer; the session has not moved.
                return Ok(answer);
            }
            let snapshot = session.snapshot().map_err(internal)?;
            let next = StoredSession::new(snapshot, request.digest);
            if connection.swap_session(&request.key, expected, &next)? {
                if let Some(user) = next.snapshot.user().filter(|_| !was_known) {
                    connection.end_other_sessions(&request.key, user)?;
                }
                return Ok(answer);
            }
        }
        Err(Error::new(
            ErrorKind::Internal,
            "another process carries the same session on, again and again",
        )
        .with_hint("let all messages of a device go to one process, or try again"))
    }
}

/// What tells which session a message belongs to.
struct Request<'a> {
    key: SessionKey,
    msg_id: MsgId,
    digest: [u8; 32],
    token: Option<&'a str>,
}

impl<B> Inner<B> {
    fn decode(&self, request: &ServiceRequest) -> Result<Received, Error> {
        let limits = &self.config.sizes.limits;
        let mut received = Received::decode(request.bytes.clone(), request.encoding, limits)
            .map_err(|error| {
                Error::new(ErrorKind::Message, error.to_string()).with_source(error)
            })?;
        if let Some(hmac) = &request.hmac {
            received = received.with_hmac(hmac.clone(), &request.bytes);
        }
        if let Some(user) = &request.user {
            received = received.with_user(user.clone());
        }
        Ok(received)
    }
}

impl Request<'_> {
    /// Whether a message belongs to a session: the one that comes next, or the last one once more.
    fn belongs_to(&self, stored: &StoredSession) -> bool {
        let revision = stored.snapshot.revision();
        if self.msg_id < revision {
            return false;
        }
        if self.msg_id == revision {
            if self.digest == stored.request {
                // The client never saw the answer that would have told it the token.
                return true;
            }
            if revision == MsgId::FIRST {
                // Another session with the same number: devices count them from 1 again.
                return false;
            }
        }
        match (stored.snapshot.resp_token(), self.token) {
            (Some(expected), Some(given)) => expected.as_bytes().ct_eq(given.as_bytes()).into(),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }
}

/// 128 unguessable bits.
fn new_token() -> Result<ByteString, Error> {
    let mut bits = [0_u8; 16];
    getrandom::fill(&mut bits).map_err(internal)?;
    Ok(bits
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect::<String>()
        .into())
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, error.to_string()).with_source(error)
}

/// One gate for each device that has a turn under way.
#[derive(Debug, Default)]
struct Gates {
    gates: Mutex<HashMap<ByteString, Weak<Mutex<()>>>>,
}

impl Gates {
    fn of(&self, device: &ByteString) -> Arc<Mutex<()>> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(device).and_then(Weak::upgrade) {
            return gate;
        }
        if gates.len() == gates.capacity() {
            // Before the table grows: what nobody holds any more can go.
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::default();
        gates.insert(device.clone(), Arc::downgrade(&gate));
        gate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_shared_and_forgotten() {
        let gates = Gates::default();
        let first = gates.of(&"a".into());
        assert!(Arc::ptr_eq(&first, &gates.of(&"a".into())));
        assert!(!Arc::ptr_eq(&first, &gates.of(&"b".into())));
        for number in 0..10_000 {
            gates.of(&format!("{number}").into());
        }
        assert!(gates.gates.lock().unwrap().len() < 100);
        assert!(Arc::ptr_eq(&first, &gates.of(&"a".into())));
    }

    #[test]
    fn tokens_differ() {
        let (a, b) = (new_token().unwrap(), new_token().unwrap());
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
    }
}

//! Server sessions: found by the header of a message, taken up, carried on for one turn, stored again.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use bytestring::ByteString;
use ds_protocol::driver::turn;
use ds_protocol::{Hmac, Notice, Received, SessionKey, Snapshot, Store, Transmit, server};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use syncml_repr::{MsgId, SessionId};
use syncml_wbxml::Encoding;

use crate::error::{Error, ErrorKind};

/// Times a turn is tried where another process carries the same session on at the same time.
const TRIES: usize = 3;
/// Sessions whose last request is remembered, to tell a repeated first message from a new session.
const REMEMBERED: usize = 4096;
/// Longest device identity and session id taken, in bytes.
const LONGEST_ID: usize = 1024;

/// Where server sessions rest between two messages.
pub trait SessionStore {
    /// The session with this key, as it was stored last.
    ///
    /// # Errors
    ///
    /// When the store cannot answer.
    fn load_session(&mut self, key: &SessionKey) -> Result<Option<Snapshot>, Error>;

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
        next: &Snapshot,
    ) -> Result<bool, Error>;
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
            remembered: Mutex::default(),
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
    /// Last message taken in a session and the digest of its octets.
    remembered: Mutex<HashMap<SessionKey, (MsgId, [u8; 32])>>,
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
            // Copies: a slice would keep the whole message in memory for as long as the session is remembered.
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
            let expected = stored.as_ref().map(Snapshot::revision);
            let taken_up = stored
                .filter(|stored| self.belongs(&request, stored))
                .and_then(|stored| server::Session::restore(stored, Arc::clone(&self.config)).ok());
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
            let next = session.snapshot().map_err(internal)?;
            if connection.swap_session(&request.key, expected, &next)? {
                self.remember(request);
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

    /// Whether a message goes on with a stored session. If not, it begins a new one in its place.
    fn belongs(&self, request: &Request<'_>, stored: &Snapshot) -> bool {
        let revision = stored.revision();
        if request.msg_id < revision {
            return false;
        }
        let remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&request.key)
            .copied();
        if request.msg_id == revision
            && let Some((msg_id, digest)) = remembered
            && msg_id == revision
        {
            if digest == request.digest {
                // The client never saw the answer that would have told it the token.
                return true;
            }
            if revision == MsgId::FIRST {
                // Another session with the same number: devices count them from 1 again.
                return false;
            }
        }
        match (stored.resp_token(), request.token) {
            (Some(expected), Some(given)) => expected.as_bytes().ct_eq(given.as_bytes()).into(),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    fn remember(&self, request: Request<'_>) {
        let mut remembered = self
            .remembered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED {
            // Forgetting costs a repeated first message its short cut, nothing else.
            remembered.clear();
        }
        remembered.insert(request.key, (request.msg_id, request.digest));
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

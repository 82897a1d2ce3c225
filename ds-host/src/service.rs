//! A server without its transport: a message is decoded, finds its session, and gets its answer.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use bytestring::ByteString;
use ds_protocol::{Effect, Hmac, Notice, Received, SessionKey, Store, Transmit, server};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use syncml_repr::{MsgId, SessionId, StatusCode};
use syncml_wbxml::Encoding;

use crate::desk::{self, Desk, Entry, Gates, Late, Turn};
use crate::error::{Error, ErrorKind};
use crate::origin::Origin;
use crate::sessions::{Backend, SessionStore, StoredSession};
use crate::throttle::{Attempt, Throttle};

/// Times a turn is tried where another process carries the same session on at the same time.
const TRIES: usize = 3;
/// Longest device identity and session id taken, in bytes.
const LONGEST_ID: usize = 1024;
/// Longest wait of a message for an earlier one of the same device.
const LONGEST_TURN: Duration = Duration::from_secs(300);
/// Turns that may go on after their clients were told that they are late: each holds a thread. Other clients wait.
const LATE_TURNS: usize = 64;

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
#[derive(Clone)]
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
    /// Where it comes from: attempts to log in are slowed for each address. Default: none.
    pub address: Option<IpAddr>,
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
            address: None,
        }
    }
}

impl fmt::Debug for ServiceRequest {
    /// Neither the message, which may hold credentials, nor the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceRequest")
            .field("bytes", &format_args!("({} octets)", self.bytes.len()))
            .field("encoding", &self.encoding)
            .field("user", &self.user)
            .field("address", &self.address)
            .finish_non_exhaustive()
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
    how: How,
}

/// What a [`Service`] was told beside its configuration.
#[derive(Clone, Default)]
struct How {
    log: Option<Log>,
    busy_after: Option<Duration>,
}

impl How {
    fn log(&self, event: Event<'_>) {
        if let Some(log) = &self.log {
            log(event);
        }
    }
}

impl Service {
    /// A server with this configuration over this store. [`server::Config::resp_token`] is not used: each
    /// session gets a token of its own.
    pub fn new(config: impl Into<Arc<server::Config>>, backend: impl Backend) -> Self {
        let mut config = config.into();
        if backend.has_digests() && !config.has_digests {
            Arc::make_mut(&mut config).has_digests = true;
        }
        let turns = Inner {
            config,
            backend,
            gates: Gates::default(),
            throttle: Throttle::default(),
            late: Arc::default(),
        };
        Self {
            turns: Arc::new(turns),
            how: How::default(),
        }
    }

    /// With a log. It is called in the middle of a turn and should be quick.
    #[must_use]
    pub fn with_log(mut self, log: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        self.how.log = Some(Arc::new(log));
        self
    }

    /// With clients that are not left waiting: a turn that takes longer than this goes on by itself, on a thread of its
    /// own, while its client is told that the server is busy (Status 101) and asks for the answer later (Alert 221); clients
    /// that do not know this are answered in the way their rule says ([`BusyMode`](ds_protocol::BusyMode)). Default: a client
    /// waits as long as it takes.
    #[must_use]
    pub fn with_busy_after(mut self, patience: Duration) -> Self {
        self.how.busy_after = Some(patience);
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
    /// [`ErrorKind::Message`] when the message cannot be decoded; then nothing was touched. [`ErrorKind::Busy`] when it is to
    /// come again later: another message of the device is at work, or too many attempts to log in have failed. All other
    /// kinds are the server's own trouble.
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
        self.turns.clone().answer(request, &self.how)
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
    fn answer(self: Arc<Self>, request: &ServiceRequest, how: &How) -> Result<Transmit, Error>;
}

struct Inner<B> {
    config: Arc<server::Config>,
    backend: B,
    gates: Gates,
    throttle: Throttle,
    /// Turns whose clients were told that they are late.
    late: Arc<AtomicUsize>,
}

impl<B: Backend> Turns for Inner<B> {
    fn max_body(&self) -> usize {
        self.config.sizes.limits.max_bytes
    }

    fn answer(self: Arc<Self>, posted: &ServiceRequest, how: &How) -> Result<Transmit, Error> {
        let received = self.decode(posted)?;
        let request = Request::new(posted, &received)?;
        let gate = self.gates.of(&request.key.device);
        let desk = match gate.enter(&request, &received, LONGEST_TURN)? {
            Entry::Answered(said) => return Ok(said),
            Entry::Waits(desk) => desk,
            Entry::Turn(turn) => {
                let desk = turn.desk.clone();
                let (inner, how) = (self.clone(), how.clone());
                let is_patient = how.busy_after.is_none();
                let work = move || inner.work(&turn, request, received, &how);
                if is_patient {
                    work();
                } else {
                    let thread = thread::Builder::new().name("syncml-turn".to_owned());
                    thread.spawn(work).map_err(internal)?;
                }
                desk
            }
        };
        desk.wait(how.busy_after, || Late::new(&self.late, LATE_TURNS))
    }
}

impl<B: Backend> Inner<B> {
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

    /// Carries out a turn, and tells those who wait for it.
    fn work(&self, turn: &Turn, request: Request, received: Received, how: &How) {
        let done = self.carry_out(&turn.desk, &request, received, how);
        if let Err(error) = &done
            && error.kind() != ErrorKind::Busy
        {
            how.log(Event::Failure(error));
        }
        turn.desk.publish(done);
    }

    fn carry_out(
        &self,
        desk: &Desk,
        request: &Request,
        received: Received,
        how: &How,
    ) -> Result<Option<Transmit>, Error> {
        let mut connection = self.backend.connect()?;
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
            let session = match taken_up {
                Some(session) => session,
                None => {
                    let config = self.config.as_ref().clone().with_resp_token(new_token()?);
                    let is_notified = connection.is_notified(&request.key)?;
                    let is_notified = is_notified || self.config.notified;
                    server::Session::new(Arc::new(config.with_notified(is_notified)))
                }
            };
            desk.begin(session, received.clone()).map_err(internal)?;
            self.run(desk, request, &mut connection, how)?;
            let (session, digest, answer) = desk.end().map_err(internal)?;
            if answer.is_none() && !desk.is_late() {
                let what = "the engine had no answer to a message";
                return Err(Error::new(ErrorKind::Internal, what));
            }
            if is_repeat {
                // The stored answer; the session has not moved.
                return Ok(answer);
            }
            let snapshot = session.snapshot().map_err(internal)?;
            let next = StoredSession::new(snapshot, digest);
            if connection.swap_session(&request.key, expected, &next)? {
                if let Some(user) = next.snapshot.user().filter(|_| !was_known) {
                    connection.end_other_sessions(&request.key, user)?;
                }
                return Ok(answer);
            }
            if desk.is_late() {
                // The client has been told of this turn, and not of another one.
                break;
            }
        }
        Err(Error::new(
            ErrorKind::Internal,
            "another process carries the same session on, again and again",
        )
        .with_hint("let all messages of a device go to one process, or try again"))
    }

    /// Carries out what the engine wants of the store, until the turn has ended.
    fn run(
        &self,
        desk: &Desk,
        request: &Request,
        connection: &mut B::Connection,
        how: &How,
    ) -> Result<(), Error> {
        let mut attempt = None;
        let (mut is_wrong, mut is_stale) = (false, false);
        loop {
            let (task, notices) = desk.next().map_err(internal)?;
            for notice in &notices {
                is_wrong |= matches!(notice, Notice::Refused { status } if *status == StatusCode::INVALID_CREDENTIALS);
                is_stale |= matches!(notice, Notice::StaleNonce { .. });
                let session = &request.key;
                how.log(Event::Notice { session, notice });
            }
            let Some((id, effect)) = task else {
                break;
            };
            if let Effect::LoadSecret { user } = &effect {
                let tried = Attempt::new(user.clone(), request.origin);
                if !self.throttle.admit(&tried) {
                    return Err(desk::busy("too many attempts to log in have failed"));
                }
                attempt = Some(tried);
            }
            let reply = connection.perform(effect);
            desk.reply(id, reply).map_err(internal)?;
        }
        if let Some(attempt) = attempt.filter(|_| is_wrong && !is_stale) {
            self.throttle.failed(&attempt, Instant::now());
        }
        Ok(())
    }
}

/// What tells which session a message belongs to.
pub(crate) struct Request {
    pub(crate) key: SessionKey,
    msg_id: MsgId,
    /// SHA-256 of the message.
    pub(crate) digest: [u8; 32],
    pub(crate) token: Option<String>,
    origin: Option<Origin>,
}

impl Request {
    fn new(posted: &ServiceRequest, received: &Received) -> Result<Self, Error> {
        let hdr = &received.message.hdr;
        let (device, session_id) = (&*hdr.source.loc_uri, hdr.session_id.as_str());
        if device.len().max(session_id.len()) > LONGEST_ID {
            return Err(Error::new(
                ErrorKind::Message,
                format!("an identifier in SyncHdr is longer than {LONGEST_ID} bytes"),
            ));
        }
        Ok(Self {
            // Copies: slices would keep the whole message in memory.
            key: SessionKey::new(device, SessionId::new(session_id)),
            msg_id: hdr.msg_id,
            digest: Sha256::digest(&posted.bytes).into(),
            token: posted.token.clone(),
            origin: posted.address.map(Origin::new),
        })
    }

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
        self.knows(stored.snapshot.resp_token())
    }

    /// Whether a message came to the address that only its client was told.
    pub(crate) fn knows(&self, token: Option<&str>) -> bool {
        match (token, &self.token) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ() {
        let (a, b) = (new_token().unwrap(), new_token().unwrap());
        assert_eq!(a.len(), 32);
        assert_ne!(a, b);
    }
}

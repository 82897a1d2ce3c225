//! The server: its sessions rest between two messages, are found by the header of the next, and may be lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use syncml_repr::MsgId;

use super::fault::Restart;
use super::tap::Answer;
use super::turn::{Held, Turn, drive, give};
use crate::effect::Effect;
use crate::engine::{Closed, Engine, Input, Received, Transmit};
use crate::notice::Notice;
use crate::server::{Config, Session};
use crate::snapshot::{SessionKey, Snapshot};

/// A session at rest.
#[derive(Clone, Debug)]
struct Stored {
    snapshot: Snapshot,
    /// The message that led to it.
    request: Bytes,
}

/// A session whose client was told to wait.
#[derive(Debug)]
struct Open {
    key: SessionKey,
    session: Session,
    held: Vec<Held>,
}

/// The server beside its store.
#[derive(Debug)]
pub(super) struct Host {
    config: Config,
    sessions: BTreeMap<SessionKey, Vec<Stored>>,
    open: Option<Open>,
    tokens: u32,
    /// Sessions that were asked for in a message, which counts as their first.
    pub(super) notified: BTreeSet<String>,
}

/// What became of a request.
#[derive(Debug)]
pub(super) enum Answered {
    Sent(Transmit, Option<Closed>),
    /// The server has died.
    Nothing,
}

impl Host {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            sessions: BTreeMap::new(),
            open: None,
            tokens: 0,
            notified: BTreeSet::new(),
        }
    }

    /// The session that a message belongs to; another one, if there is none.
    fn find(&mut self, key: &SessionKey, received: &Received, request: &Transmit) -> Session {
        let msg_id = received.message.hdr.msg_id;
        let stored = self.sessions.get(key).and_then(|stored| stored.last());
        if let Some(stored) = stored.filter(|stored| belongs(stored, msg_id, request)) {
            let config = Arc::new(self.config.clone());
            if let Ok(session) = Session::restore(stored.snapshot.clone(), config) {
                return session;
            }
        }
        self.tokens += 1;
        let token = format!("t{}", self.tokens);
        let is_notified = self.notified.contains(key.session_id.as_str());
        let config = self.config.clone().with_resp_token(token);
        Session::new(Arc::new(config.with_notified(is_notified)))
    }

    /// A copy of the session that a message belongs to.
    pub(super) fn copy(&mut self, received: &Received, request: &Transmit) -> Session {
        let hdr = &received.message.hdr;
        let key = SessionKey::new(hdr.source.loc_uri.clone(), hdr.session_id.clone());
        self.find(&key, received, request)
    }

    /// Takes a message, and answers it.
    ///
    /// # Errors
    ///
    /// How the engine has broken its contract.
    pub(super) fn take(
        &mut self,
        perform: &mut dyn FnMut(Effect) -> Answer,
        received: Received,
        request: &Transmit,
        notices: &mut Vec<Notice>,
    ) -> Result<Answered, String> {
        let hdr = &received.message.hdr;
        let key = SessionKey::new(hdr.source.loc_uri.clone(), hdr.session_id.clone());
        let is_open = self.open.as_ref().is_some_and(|open| open.key == key);
        let (mut session, held) = match self.open.take().filter(|_| is_open) {
            Some(open) => (open.session, open.held),
            None => (self.find(&key, &received, request), Vec::new()),
        };
        let input = Input::Message(Box::new(received));
        let taken = session.handle(input);
        taken.map_err(|misuse| format!("the server refuses a message: {misuse}"))?;
        for held in held {
            give(&mut session, held)?;
        }
        let before = notices.len();
        match drive(&mut session, perform, notices)? {
            Turn::Busy(sent, held) => {
                self.open = Some(Open { key, session, held });
                Ok(Answered::Sent(sent, None))
            }
            Turn::Killed(restart) => {
                self.restart(&key, restart);
                Ok(Answered::Nothing)
            }
            Turn::Rests(sent, closed) => {
                let snapshot = session
                    .snapshot()
                    .map_err(|_| "no snapshot of a session that rests".to_owned())?;
                let is_new = |notice: &Notice| matches!(notice, Notice::Authenticated { .. });
                if notices.iter().skip(before).any(is_new) {
                    // The device has begun another session, and comes back to no older one.
                    self.sessions
                        .retain(|other, _| other.device != key.device || *other == key);
                }
                self.keep(key, snapshot, request);
                let sent = sent.ok_or("a server has no answer to a message")?;
                Ok(Answered::Sent(sent, closed))
            }
        }
    }

    fn keep(&mut self, key: SessionKey, snapshot: Snapshot, request: &Transmit) {
        let stored = self.sessions.entry(key).or_default();
        if stored.last().is_some_and(|last| last.snapshot == snapshot) {
            return;
        }
        stored.push(Stored {
            snapshot,
            request: request.bytes.clone(),
        });
        if stored.len() > 2 {
            stored.remove(0);
        }
    }

    fn restart(&mut self, key: &SessionKey, restart: Restart) {
        match restart {
            Restart::Snapshot => {}
            Restart::Durable => self.sessions.clear(),
            Restart::Stale => _ = self.sessions.get_mut(key).and_then(Vec::pop),
        }
    }

    /// Octets of the session that rests under this key.
    pub(super) fn weight(&self, key: &SessionKey) -> usize {
        let stored = self.sessions.get(key).and_then(|stored| stored.last());
        stored.map_or(0, |stored| {
            serde_json::to_string(&stored.snapshot).map_or(usize::MAX, |text| text.len())
        })
    }
}

/// Whether a message is a session's next, or its last once more.
fn belongs(stored: &Stored, msg_id: MsgId, request: &Transmit) -> bool {
    let revision = stored.snapshot.revision();
    if msg_id == revision && request.bytes == stored.request {
        return true;
    }
    if msg_id < revision || (msg_id == revision && revision == MsgId::FIRST) {
        return false;
    }
    let token = request.uri.split_once("?s=").map(|(_, token)| token);
    match stored.snapshot.resp_token() {
        Some(expected) => token == Some(expected),
        None => true,
    }
}

//! Server sessions between two messages, and where they rest.

use std::fmt;

use ds_protocol::{SessionKey, Snapshot, Store};
use serde::{Deserialize, Serialize};
use syncml_repr::MsgId;

use crate::error::Error;

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

    /// Whether the client was asked for this session in a message, which was message 1 of it
    /// ([`server::Config::notified`](ds_protocol::server::Config::notified)). Default: no.
    ///
    /// # Errors
    ///
    /// When the store cannot answer.
    fn is_notified(&mut self, key: &SessionKey) -> Result<bool, Error> {
        let _ = key;
        Ok(false)
    }

    /// Forgets all other sessions of the same device and user: the device has begun a new one, and will not come back
    /// to them. What they have done stays.
    ///
    /// # Errors
    ///
    /// When the store cannot answer.
    fn end_other_sessions(&mut self, key: &SessionKey, user: &str) -> Result<(), Error>;
}

/// What a [`Service`](crate::Service) keeps everything in: something that gives connections.
pub trait Backend: Send + Sync + 'static {
    /// A connection, used by one turn at a time.
    type Connection: Store + SessionStore;

    /// A connection for one turn.
    ///
    /// # Errors
    ///
    /// When the store cannot be reached.
    fn connect(&self) -> Result<Self::Connection, Error>;

    /// Whether it keeps digests of passwords ([`Secret::Digest`](ds_protocol::Secret::Digest)) and no passwords: clients of
    /// SyncML 1.0 are then asked for Basic. Default: no.
    fn has_digests(&self) -> bool {
        false
    }
}

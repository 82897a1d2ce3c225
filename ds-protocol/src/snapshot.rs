//! Sessions at rest: stored between two messages, taken up again in any process.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_repr::{MsgId, SessionId};

use crate::defect;

/// Version of the stored form. It changes with every change of its content: a session lives minutes,
/// so an older one is given up rather than translated.
const FORM: u32 = 23;

/// A session as it stands between two messages.
///
/// It holds ids, limits, the phase, anchors of this session, unsent statuses and, of a server, the last message sent; no item
/// that was received, no configuration, no password. That message may hold an item, and the server's own credentials where it
/// shows any: keep snapshots as secret as the traffic.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    form: u32,
    saved: Saved,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Saved {
    Server(Box<crate::server::State>),
    Client(Box<crate::client::State>),
}

/// What a session is found by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SessionKey {
    /// The client's identity, its `SyncHdr/Source`.
    pub device: ByteString,
    /// `SessionID`.
    pub session_id: SessionId,
}

impl SessionKey {
    /// A key.
    pub fn new(device: impl Into<ByteString>, session_id: SessionId) -> Self {
        Self {
            device: device.into(),
            session_id,
        }
    }
}

impl Snapshot {
    pub(crate) fn new(saved: Saved) -> Self {
        let saved = defect::stored(saved);
        Self { form: FORM, saved }
    }

    pub(crate) fn into_saved(self) -> Result<Saved, RestoreError> {
        if self.form == FORM {
            Ok(self.saved)
        } else {
            Err(RestoreError::OtherForm)
        }
    }

    /// What the session is found by.
    pub fn key(&self) -> SessionKey {
        match &self.saved {
            Saved::Server(state) => state.key(),
            Saved::Client(state) => state.key(),
        }
    }

    /// Last message of the peer the session has taken: what a compare-and-swap compares.
    pub fn revision(&self) -> MsgId {
        match &self.saved {
            Saved::Server(state) => state.revision(),
            Saved::Client(state) => state.revision(),
        }
    }

    /// The user who has proved who it is (server only).
    pub fn user(&self) -> Option<&str> {
        match &self.saved {
            Saved::Server(state) => state.own.user.as_deref(),
            Saved::Client(_) => None,
        }
    }

    /// The token of the `RespURI` the client was told to use, once it was told (server only). A message
    /// without it is not this session's.
    pub fn resp_token(&self) -> Option<&str> {
        match &self.saved {
            Saved::Server(state) if state.own.user.is_some() => state.own.resp_token.as_deref(),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Snapshot {
    /// Names the session; its content may quote credentials.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("key", &self.key())
            .field("revision", &self.revision())
            .finish_non_exhaustive()
    }
}

/// A snapshot was asked for in the middle of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session is in the middle of a turn")]
#[allow(clippy::exhaustive_structs, reason = "it says all in its name")]
pub struct NotQuiescent;

/// A snapshot cannot be taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It was stored by another version of this crate.
    #[error("the snapshot was stored by another version")]
    OtherForm,
    /// A client's snapshot for a server, or the reverse.
    #[error("the snapshot is one of the other role")]
    OtherRole,
}

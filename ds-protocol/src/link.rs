//! A datastore pair and its anchors.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_meta::Mem;

use crate::change::ItemId;
use crate::sync_type::SyncType;

/// One own datastore and one datastore of one peer and user: the key of everything a store remembers
/// of earlier sessions `[DSPro §anchors]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// Authenticated user; empty where nobody authenticates.
    pub user: ByteString,
    /// The peer's identity: device for a server, server for a client.
    pub peer: ByteString,
    /// Name of the own datastore, without `./`.
    pub local: ByteString,
    /// Name of the peer's datastore, without `./`.
    pub remote: ByteString,
}

impl Link {
    /// A pair.
    pub fn new(
        user: impl Into<ByteString>,
        peer: impl Into<ByteString>,
        local: impl Into<ByteString>,
        remote: impl Into<ByteString>,
    ) -> Self {
        Self {
            user: user.into(),
            peer: peer.into(),
            local: local.into(),
            remote: remote.into(),
        }
    }
}

/// The `Next` anchors of a session, one of each side: opaque text, compared for equality only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Anchors {
    /// Ours.
    pub local: ByteString,
    /// The peer's.
    pub remote: ByteString,
}

impl Anchors {
    /// A pair of anchors.
    pub fn new(local: impl Into<ByteString>, remote: impl Into<ByteString>) -> Self {
        Self {
            local: local.into(),
            remote: remote.into(),
        }
    }
}

/// What a store knows of a pair when a session begins.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// Anchors of the last session that ended well; none: never, or a slow sync was cut.
    pub last: Option<Anchors>,
    /// Own `Next` anchor for this session: never used before for this pair, not empty.
    pub next: ByteString,
    /// Type of a session that was begun ([`Effect::Begin`](crate::Effect::Begin)) and never committed.
    pub unfinished: Option<SyncType>,
    /// The anchors that the unfinished session would have left, where this side has said everything in it
    /// ([`Effect::Conclude`](crate::Effect::Conclude)). Boxed, since most sessions end.
    pub concluded: Option<Box<Anchors>>,
    /// A large object of the peer that was on its way then.
    pub partial: Option<Partial>,
    /// Room for new items; none: it is not told. A client tells the server (`Mem`), which then sends no more.
    pub mem: Option<Mem>,
}

/// A large object that has not arrived as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Partial {
    /// The peer's name of the item.
    pub item: ItemId,
    /// The size that the peer has announced.
    pub total: u64,
    /// Octets that the store holds.
    pub held: u64,
}

impl Partial {
    /// A part of an object.
    pub fn new(item: ItemId, total: u64, held: u64) -> Self {
        Self { item, total, held }
    }
}

impl Opened {
    /// What is known.
    pub fn new(last: Option<Anchors>, next: impl Into<ByteString>) -> Self {
        Self {
            last,
            next: next.into(),
            unfinished: None,
            concluded: None,
            partial: None,
            mem: None,
        }
    }

    /// With the room that there is.
    #[must_use]
    pub fn with_mem(mut self, mem: Option<Mem>) -> Self {
        self.mem = mem;
        self
    }

    /// With the session that was begun and never committed.
    #[must_use]
    pub fn with_unfinished(mut self, unfinished: Option<SyncType>) -> Self {
        self.unfinished = unfinished;
        self
    }

    /// With what the unfinished session would have left.
    #[must_use]
    pub fn with_concluded(mut self, concluded: Option<Anchors>) -> Self {
        self.concluded = concluded.map(Box::new);
        self
    }

    /// With the object that was on its way.
    #[must_use]
    pub fn with_partial(mut self, partial: Option<Partial>) -> Self {
        self.partial = partial;
        self
    }
}

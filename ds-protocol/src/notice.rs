//! Notices: what a session did and why, for logs and screens.

mod cause;

use bytestring::ByteString;
use syncml_devinf::Version;
use syncml_repr::StatusCode;

use crate::change::{ChangeKind, ItemId};
use crate::config::ConflictPolicy;
use crate::sync_type::SyncType;
use crate::twin::{Finding, Likeness};

pub use cause::Cause;

/// Something worth telling a person. Never needed for correctness, never holds a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The peer proved who it is (server), or accepted our credentials (client).
    Authenticated {
        /// User name.
        user: ByteString,
    },
    /// Credentials were missing or wrong, on either side.
    Refused {
        /// 401, 407 …
        status: StatusCode,
    },
    /// Right credentials, made with a nonce that has served its time: the client missed an answer, or somebody repeats
    /// what it has overheard. They are refused, and the client is asked for new ones (server).
    StaleNonce {
        /// User name.
        user: ByteString,
    },
    /// The server proved who it is (client), or the client accepted our credentials (server).
    ServerAuthenticated {
        /// The server's user name.
        user: ByteString,
    },
    /// Credentials of the server were missing or wrong, on either side.
    ServerRefused {
        /// 401, 407.
        status: StatusCode,
    },
    /// The sync type of a datastore is settled.
    Settled {
        /// Own datastore.
        datastore: ByteString,
        /// The type.
        sync_type: SyncType,
        /// Why it is not what was asked for.
        reason: Option<SlowReason>,
        /// The anchors that were compared.
        anchors: Compared,
    },
    /// A server did not understand the version; the session begins again in a lower one.
    Fallback {
        /// The version that was refused.
        from: Version,
        /// The version that is tried now.
        to: Version,
    },
    /// The peer is one that wants to be treated otherwise than the specification says.
    Profile {
        /// Name of the rule.
        rule: ByteString,
        /// Why it fits.
        why: String,
    },
    /// A client wants to have a part of a datastore.
    Filter {
        /// Own datastore.
        datastore: ByteString,
        /// Which part, as a text for people ([`Filter`](crate::Filter)).
        expression: ByteString,
        /// 200: the server sends that part. 406, 415, 422: it cannot tell which items these are.
        status: StatusCode,
        /// Why not, in words.
        why: String,
        /// What the server can was not known; it is known now, and the next session may get further.
        later: bool,
    },
    /// A datastore goes on where an earlier session has left it.
    Resumed {
        /// Own datastore.
        datastore: ByteString,
        /// The type of that session.
        sync_type: SyncType,
    },
    /// The peer says how many changes it will send.
    Expecting {
        /// Own datastore.
        datastore: ByteString,
        /// `NumberOfChanges`.
        changes: u64,
    },
    /// A change of the peer was carried out here.
    Received {
        /// Own datastore.
        datastore: ByteString,
        /// What was done here: a Replace of an item that was not there counts as Add.
        kind: ChangeKind,
        /// Own id.
        local: ItemId,
        /// In a slow sync or refresh: it was here already, with the same content.
        matched: bool,
        /// In a slow sync or refresh: what comparing the item with those that are here has found; none: it was not
        /// compared.
        compared: Option<Finding>,
        /// Status sent.
        status: StatusCode,
    },
    /// A change of ours was answered by the peer with success.
    Sent {
        /// Own datastore.
        datastore: ByteString,
        /// What was sent.
        kind: ChangeKind,
        /// Own id.
        local: ItemId,
        /// Status received.
        status: StatusCode,
    },
    /// An item was refused, by us or by the peer. It stays as it was and is tried again in the next session, unless
    /// it is held ([`Notice::ItemHeld`]).
    ItemRefused {
        /// Own datastore.
        datastore: ByteString,
        /// Own id, or the peer's where it has none.
        item: ItemId,
        /// Who refused it.
        by: Side,
        /// Why.
        status: StatusCode,
    },
    /// The item under which another is to stand is not there: one of the peer's was refused, or an own one was not sent.
    Orphan {
        /// Own datastore.
        datastore: ByteString,
        /// The peer's id of the item, or the own one of what was not sent.
        item: ItemId,
        /// The name that the sender gave the other item.
        parent: ItemId,
        /// What the peer was told: 404 of what is new, 428 of what is elsewhere; none: an own item.
        status: Option<StatusCode>,
    },
    /// What the peer has refused is not sent again while it stays as it is.
    ItemHeld {
        /// Own datastore.
        datastore: ByteString,
        /// Own id.
        item: ItemId,
    },
    /// An item is larger than the peer takes, or does not fit its largest message, and was not sent. It is
    /// sent when the peer takes more, or it has changed.
    TooLarge {
        /// Own datastore.
        datastore: ByteString,
        /// Own id.
        item: ItemId,
    },
    /// The client has no room for a new item, as it told. It stays unsent.
    NoRoom {
        /// Own datastore.
        datastore: ByteString,
        /// Own id.
        item: ItemId,
    },
    /// A large object broke off: its end did not come, or the item has changed on its way. It is sent again in
    /// another session.
    Incomplete {
        /// Own datastore.
        datastore: ByteString,
        /// The sender's name of the item, or the receiver's where it has one.
        item: ItemId,
        /// Whose object it is.
        by: Side,
    },
    /// Both sides had changed an item.
    Conflict {
        /// Own datastore.
        datastore: ByteString,
        /// Own id.
        item: ItemId,
        /// 208 client's change stands, 419 server's change stands, 409 neither.
        status: StatusCode,
        /// By which policy the server decided; none: this is the client, which does not decide.
        policy: Option<ConflictPolicy>,
    },
    /// In a slow sync: an item of the peer and an own one that differ are taken for one. What becomes of the two
    /// contents a [`Notice::Conflict`] says.
    Paired {
        /// Own datastore.
        datastore: ByteString,
        /// Own id.
        item: ItemId,
        /// The peer's id.
        theirs: ItemId,
        /// How they are alike.
        likeness: Likeness,
    },
    /// The peer added an item once more that is here already.
    Doubled {
        /// Own datastore.
        datastore: ByteString,
        /// Own id.
        item: ItemId,
    },
    /// Ids of an earlier session that the server has not acknowledged are sent again.
    MapsAgain {
        /// Own datastore.
        datastore: ByteString,
        /// How many.
        pairs: usize,
    },
    /// A datastore has ended.
    DatastoreDone {
        /// Own datastore.
        datastore: ByteString,
        /// 200, or why it was given up; then its anchors have not moved.
        status: StatusCode,
    },
    /// The peer wants a person to read this (Alert 100).
    Display {
        /// What it says.
        text: String,
    },
    /// The same message came again and got the stored answer.
    Repeated,
    /// The server is at work on the last message still (Status 101), and is asked again after a pause.
    Busy,
    /// The peer sent something that cannot be followed.
    Protocol {
        /// What, in words.
        what: String,
    },
    /// The store failed.
    StoreFailed {
        /// Own datastore; none: the peer's record or a secret.
        datastore: Option<ByteString>,
        /// What it said.
        message: String,
    },
}

/// The anchors that decide whether changes are enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compared {
    /// The peer's `Next` of the last session, as it is stored.
    pub stored: Option<ByteString>,
    /// The peer's `Last`, as it says now.
    pub said: Option<ByteString>,
}

/// Why a slow sync takes the place of the type that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlowReason {
    /// No session of this pair has ended well before.
    FirstSync,
    /// The peer's `Last` is not the `Next` we stored.
    AnchorMismatch,
    /// The peer wants to resume a session that is not kept.
    NotResumable,
    /// The peer asked for it.
    PeerAsked,
}

/// A side of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there are two sides")]
pub enum Side {
    /// This engine.
    Local,
    /// The peer.
    Remote,
}

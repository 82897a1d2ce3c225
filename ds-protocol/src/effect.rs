//! Effects: the work an engine asks of its caller, and the replies it expects.
//!
//! An effect is plain data. The engine never learns how it was carried out; the caller never learns
//! why it was asked. Most callers implement [`Store`](crate::store::Store) and let
//! [`Store::perform`](crate::store::Store::perform) turn an [`Effect`] into a [`Reply`].

use bytestring::ByteString;

use crate::change::{
    ChangePage, Confirmed, Content, Cursor, ItemId, Key, Known, MapPair, Operation, Outcome,
};
use crate::link::{Anchors, Link, Opened};
use crate::peer::{PeerRecord, Secret};
use crate::sync_type::SyncType;
use syncml_meta::Nonce;

/// Number of an [`Effect`] within one session, in the order of emission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId(pub(crate) u64);

/// Work for the caller's store. Each variant names the [`Reply`] it expects.
///
/// Every effect may be carried out twice without harm: a session that is cut between a store's write
/// and the next snapshot asks again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Effect {
    /// The secret of a user, to check a credential → [`Reply::Secret`]. Server only.
    LoadSecret {
        /// User name as the peer wrote it.
        user: ByteString,
    },
    /// What is remembered of a peer device → [`Reply::Peer`].
    LoadPeer {
        /// The peer's identity: its `SyncHdr/Source` for a server, the configured server for a client.
        device: ByteString,
    },
    /// Remember this of a peer device → [`Reply::Done`].
    SavePeer {
        /// As in [`Effect::LoadPeer`].
        device: ByteString,
        /// The whole record; it takes the place of the older one.
        record: Box<PeerRecord>,
    },
    /// At least 128 unpredictable bits → [`Reply::Nonce`]. Server only.
    NewNonce,
    /// Anchors of a datastore pair → [`Reply::Opened`].
    Open {
        /// The pair.
        link: Link,
    },
    /// The sync type is settled and data will move → [`Reply::Done`].
    ///
    /// A type that begins afresh ([`SyncType::is_afresh`]) forgets the pair's anchors, pairings and owed
    /// maps in one step: from here on a session that is cut begins afresh again.
    Begin {
        /// The pair.
        link: Link,
        /// What was agreed.
        sync_type: SyncType,
    },
    /// A page of what the peer does not have yet → [`Reply::Changes`].
    ListChanges {
        /// The pair.
        link: Link,
        /// Continue behind this change; none starts a new list, whose upper bound is "now".
        after: Option<Cursor>,
        /// At most this many changes.
        limit: u32,
        /// At most this many octets of content in the page.
        budget: u64,
    },
    /// What is known of these items → [`Reply::Resolved`], same length and order.
    Resolve {
        /// The pair.
        link: Link,
        /// Items by the peer's id or by the own one.
        keys: Vec<Key>,
    },
    /// Own items with the same content and no pairing yet → [`Reply::Twins`], same length and order.
    ///
    /// An own item is given to at most one of the contents. Slow sync and refresh only.
    FindTwins {
        /// The pair.
        link: Link,
        /// What the peer sent.
        contents: Vec<Content>,
    },
    /// Change items → [`Reply::Applied`], same length and order. One failure does not stop the others.
    Apply {
        /// The pair.
        link: Link,
        /// What to do.
        operations: Vec<Operation>,
    },
    /// The peer has these changes now, or is sent them as Adds whose Map is to come → [`Reply::Done`].
    Confirm {
        /// The pair.
        link: Link,
        /// What it has.
        confirmed: Vec<Confirmed>,
    },
    /// Pairs the server has not acknowledged → [`Reply::Maps`]. Client only.
    ListMaps {
        /// The pair.
        link: Link,
        /// Continue behind this own id.
        after: Option<ItemId>,
        /// At most this many pairs.
        limit: u32,
    },
    /// The client's ids for items it was sent → [`Reply::Done`]. Server only.
    SaveMap {
        /// The pair.
        link: Link,
        /// GUID (own) and LUID (peer's). An unknown GUID is ignored, and one that was never sent or was unpaired
        /// does not take a LUID that another item has: such a Map comes again and is out of date.
        pairs: Vec<MapPair>,
    },
    /// The server has acknowledged these pairs → [`Reply::Done`]. Client only.
    ConfirmMaps {
        /// The pair.
        link: Link,
        /// What it acknowledged.
        pairs: Vec<MapPair>,
    },
    /// The pair is in step: both `Next` anchors become `Last` → [`Reply::Done`]. The last effect of a datastore.
    Commit {
        /// The pair.
        link: Link,
        /// The anchors of this session.
        anchors: Anchors,
    },
}

/// The answer to an [`Effect`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// Carried out.
    Done,
    /// To [`Effect::LoadSecret`]; none: no such user.
    Secret(Option<Secret>),
    /// To [`Effect::LoadPeer`]; an unknown peer has a default record.
    Peer(Box<PeerRecord>),
    /// To [`Effect::NewNonce`].
    Nonce(Nonce),
    /// To [`Effect::Open`].
    Opened(Opened),
    /// To [`Effect::ListChanges`].
    Changes(ChangePage),
    /// To [`Effect::Resolve`].
    Resolved(Vec<Option<Known>>),
    /// To [`Effect::FindTwins`].
    Twins(Vec<Option<ItemId>>),
    /// To [`Effect::Apply`].
    Applied(Vec<Outcome>),
    /// To [`Effect::ListMaps`], ordered by the own id.
    Maps(Vec<MapPair>),
}

/// What a [`Reply`] must look like to answer an [`Effect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Done,
    Secret,
    Peer,
    Nonce,
    Opened,
    Changes,
    Resolved(usize),
    Twins(usize),
    Applied(usize),
    Maps,
}

impl Effect {
    /// The reply this effect asks for.
    pub(crate) fn shape(&self) -> Shape {
        match self {
            Self::LoadSecret { .. } => Shape::Secret,
            Self::LoadPeer { .. } => Shape::Peer,
            Self::NewNonce => Shape::Nonce,
            Self::Open { .. } => Shape::Opened,
            Self::ListChanges { .. } => Shape::Changes,
            Self::ListMaps { .. } => Shape::Maps,
            Self::Resolve { keys, .. } => Shape::Resolved(keys.len()),
            Self::FindTwins { contents, .. } => Shape::Twins(contents.len()),
            Self::Apply { operations, .. } => Shape::Applied(operations.len()),
            Self::SavePeer { .. }
            | Self::Begin { .. }
            | Self::Confirm { .. }
            | Self::SaveMap { .. }
            | Self::ConfirmMaps { .. }
            | Self::Commit { .. } => Shape::Done,
        }
    }
}

impl Shape {
    /// Whether a reply has this shape.
    pub(crate) fn fits(self, reply: &Reply) -> bool {
        match (self, reply) {
            (Self::Done, Reply::Done)
            | (Self::Secret, Reply::Secret(_))
            | (Self::Peer, Reply::Peer(_))
            | (Self::Nonce, Reply::Nonce(_))
            | (Self::Opened, Reply::Opened(_))
            | (Self::Changes, Reply::Changes(_))
            | (Self::Maps, Reply::Maps(_)) => true,
            (Self::Resolved(len), Reply::Resolved(known)) => len == known.len(),
            (Self::Twins(len), Reply::Twins(twins)) => len == twins.len(),
            (Self::Applied(len), Reply::Applied(outcomes)) => len == outcomes.len(),
            _ => false,
        }
    }
}

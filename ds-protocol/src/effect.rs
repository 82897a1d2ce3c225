//! Effects: the work an engine asks of its caller, and the replies it expects.
//!
//! An effect is plain data. The engine never learns how it was carried out; the caller never learns
//! why it was asked. Most callers implement [`Store`](crate::store::Store) and let
//! [`Store::perform`](crate::store::Store::perform) turn an [`Effect`] into a [`Reply`].

use bytes::Bytes;
use bytestring::ByteString;

use crate::auth::{Access, Authorization};
use crate::change::{
    ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, MapPair, Operation, Outcome,
    Resolution, Revision, Scope,
};
use crate::config::ConflictPolicy;
use crate::filter::Filter;
use crate::link::{Anchors, Link, Opened};
use crate::peer::{PeerRecord, Secret};
use crate::sync_type::SyncType;
use crate::twin::{Search, Twin};
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
    /// Whether somebody may do something → [`Reply::Authorized`]. Server only.
    ///
    /// Asked when a user has logged in, when a sync of a datastore is asked for, and for each command with a
    /// credential of its own.
    Authorize {
        /// Who and what.
        access: Box<Access>,
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
    /// A digest was made with this nonce and is right: does it serve for the first time? Then it has served, and the device is
    /// to use the next one → [`Reply::Agreed`]. One step: of two sessions that come with the same nonce at the same time, be it
    /// in two processes, one is let in. Asked again for the same nonce, it says no, and the client is given another one.
    /// Server only.
    SpendNonce {
        /// As in [`Effect::LoadPeer`].
        device: ByteString,
        /// The nonce of the digest ([`PeerRecord::nonce`]).
        spent: Nonce,
        /// The next one.
        next: Nonce,
    },
    /// At least 128 unpredictable bits → [`Reply::Nonce`]. A client asks where the server must prove who it is.
    NewNonce,
    /// Anchors of a datastore pair → [`Reply::Opened`].
    Open {
        /// The pair.
        link: Link,
    },
    /// Whether a slow sync or refresh that was not asked for may go on → [`Reply::Agreed`]. No data has moved.
    Agree {
        /// The pair.
        link: Link,
        /// What was asked for.
        asked: SyncType,
        /// What it has come to.
        settled: SyncType,
    },
    /// Whether the client's filter can be followed → [`Reply::Done`]; a fault's status goes to the client: 406
    /// grammar or filters not supported, 415 content type unknown, 422 expression malformed. Server only.
    ///
    /// Where it names properties ([`Filter::fields`]), the store cuts what it lists and gives out to those, and
    /// remembers for each item what the peer was sent of it: an item of which the peer is to have more or less now is
    /// listed as a Replace, and an [`Operation::Replace`] of the peer leaves what it was not sent as it is (426 where
    /// the two cannot be put together).
    CheckFilter {
        /// The pair.
        link: Link,
        /// What the client wants to have.
        filter: Box<Filter>,
    },
    /// The sync type is settled and data will move → [`Reply::Done`].
    ///
    /// A type that begins afresh ([`SyncType::is_afresh`]) forgets the pair's anchors, pairings and owed
    /// maps in one step: from here on a session that is cut begins afresh again. The type is remembered until
    /// [`Effect::Commit`] ([`Opened::unfinished`]).
    Begin {
        /// The pair.
        link: Link,
        /// What was agreed.
        sync_type: SyncType,
        /// This session goes on with the unfinished one (Alert 225): nothing is forgotten, whatever the type.
        resumed: bool,
    },
    /// A page of what the peer does not have yet → [`Reply::Changes`].
    ListChanges {
        /// The pair.
        link: Link,
        /// Which items are meant.
        scope: Scope,
        /// Continue behind this change; none starts a new list, whose upper bound is "now".
        after: Option<Cursor>,
        /// At most this many changes.
        limit: u32,
        /// At most this many octets of content in the page.
        budget: u64,
    },
    /// A part of what an item carries → [`Reply::Data`].
    ReadItem {
        /// The pair.
        link: Link,
        /// Own id.
        local: ItemId,
        /// The state that is being sent.
        revision: Revision,
        /// Octets before the part.
        offset: u64,
        /// At most this many octets.
        len: u32,
    },
    /// A part of what a large item will carry; kept aside until an operation names it ([`Content::staged`])
    /// → [`Reply::Done`]. The part takes the place of everything kept from `offset` on; 0 begins anew.
    ///
    /// One object at a time is on its way for a pair. [`Effect::Commit`] and a [`Effect::Begin`] that does not
    /// resume drop what is left of it.
    StageChunk {
        /// The pair.
        link: Link,
        /// The peer's name of the item.
        item: ItemId,
        /// The size that the peer has announced (`Size`), in its own counting; kept for [`Opened::partial`].
        total: u64,
        /// Octets kept before this part.
        offset: u64,
        /// The part.
        data: Bytes,
    },
    /// What is known of these items → [`Reply::Resolved`], same length and order.
    Resolve {
        /// The pair.
        link: Link,
        /// Items by the peer's id or by the own one.
        keys: Vec<Key>,
    },
    /// Own items that may be the same as the peer's → [`Reply::Twins`], same length and order.
    ///
    /// Looked at are items without a pairing, and those that were sent without a word from the peer: confirmed with
    /// `awaits_map` and not mapped since, or confirmed in no state (revision 0) and named by no id of the peer's.
    ///
    /// An own item is given to at most one of the contents, and an equal one goes before one that is merely alike. How
    /// items are alike beyond being equal is the store's choice. Slow sync and refresh only.
    FindTwins {
        /// The pair.
        link: Link,
        /// What the peer sent.
        contents: Vec<Content>,
        /// How to look.
        search: Search,
    },
    /// Change items → [`Reply::Applied`], same length and order. One failure does not stop the others.
    Apply {
        /// The pair.
        link: Link,
        /// What to do.
        operations: Vec<Operation>,
    },
    /// Change items, all or none → [`Reply::Applied`], same length and order. Where one outcome is a refusal, all are, and
    /// nothing of the list was done: the operation that failed has its own status, those before it have 216 (undone),
    /// those behind it 215 (not tried). Asked only of datastores that are configured for it.
    ApplyAtomic {
        /// The pair.
        link: Link,
        /// What to do.
        operations: Vec<Operation>,
    },
    /// Both sides changed an item, and the policy asks the caller → [`Reply::Reconciled`]. Server only.
    Reconcile {
        /// The pair.
        link: Link,
        /// [`ConflictPolicy::NewestWins`] or [`ConflictPolicy::Merge`].
        policy: ConflictPolicy,
        /// Own id.
        local: ItemId,
        /// What the client's version carries.
        theirs: Content,
    },
    /// Changes that the peer is not sent again while they stay as they are: it has refused them for good, or they
    /// are too large for it → [`Reply::Done`]. Where one's state is no longer the one named, nothing is held. A
    /// [`Effect::Begin`] that begins afresh lets go of all.
    Hold {
        /// The pair.
        link: Link,
        /// Which, and until when.
        held: Vec<Held>,
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
    /// This side has said everything with the message that goes out now; the peer may have moved its anchors, and only its
    /// answer is missing → [`Reply::Done`]. Client only.
    ///
    /// Comes back as [`Opened::concluded`] until [`Effect::Commit`], or a [`Effect::Begin`] that does not resume.
    Conclude {
        /// The pair.
        link: Link,
        /// The anchors that this session leaves, if the answer comes.
        anchors: Anchors,
    },
    /// The pair is in step: both `Next` anchors become `Last`, and the session is no longer unfinished
    /// → [`Reply::Done`]. The last effect of a datastore.
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
    /// To [`Effect::Authorize`].
    Authorized(Authorization),
    /// To [`Effect::LoadPeer`]; an unknown peer has a default record.
    Peer(Box<PeerRecord>),
    /// To [`Effect::NewNonce`].
    Nonce(Nonce),
    /// To [`Effect::Open`].
    Opened(Opened),
    /// To [`Effect::Agree`] and [`Effect::SpendNonce`].
    Agreed(bool),
    /// To [`Effect::ReadItem`]: the octets, fewer than asked for only at the end; none: the item has changed since.
    Data(Option<Bytes>),
    /// To [`Effect::Reconcile`].
    Reconciled(Box<Resolution>),
    /// To [`Effect::ListChanges`].
    Changes(ChangePage),
    /// To [`Effect::Resolve`].
    Resolved(Vec<Option<Known>>),
    /// To [`Effect::FindTwins`].
    Twins(Vec<Twin>),
    /// To [`Effect::Apply`] and [`Effect::ApplyAtomic`].
    Applied(Vec<Outcome>),
    /// To [`Effect::ListMaps`], in an order of the store's own that stays the same.
    Maps(Vec<MapPair>),
}

/// What a [`Reply`] must look like to answer an [`Effect`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Done,
    Secret,
    Authorized,
    Peer,
    Nonce,
    Opened,
    Changes,
    Resolved(usize),
    Twins(usize),
    Applied(usize),
    Maps,
    Agreed,
    Data,
    Reconciled,
}

impl Effect {
    /// The reply this effect asks for.
    pub(crate) fn shape(&self) -> Shape {
        match self {
            Self::LoadSecret { .. } => Shape::Secret,
            Self::Authorize { .. } => Shape::Authorized,
            Self::LoadPeer { .. } => Shape::Peer,
            Self::NewNonce => Shape::Nonce,
            Self::Open { .. } => Shape::Opened,
            Self::ListChanges { .. } => Shape::Changes,
            Self::ListMaps { .. } => Shape::Maps,
            Self::Resolve { keys, .. } => Shape::Resolved(keys.len()),
            Self::FindTwins { contents, .. } => Shape::Twins(contents.len()),
            Self::Agree { .. } | Self::SpendNonce { .. } => Shape::Agreed,
            Self::ReadItem { .. } => Shape::Data,
            Self::Reconcile { .. } => Shape::Reconciled,
            Self::Apply { operations, .. } | Self::ApplyAtomic { operations, .. } => {
                Shape::Applied(operations.len())
            }
            Self::SavePeer { .. }
            | Self::CheckFilter { .. }
            | Self::Begin { .. }
            | Self::StageChunk { .. }
            | Self::Hold { .. }
            | Self::Confirm { .. }
            | Self::SaveMap { .. }
            | Self::ConfirmMaps { .. }
            | Self::Conclude { .. }
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
            | (Self::Authorized, Reply::Authorized(_))
            | (Self::Peer, Reply::Peer(_))
            | (Self::Nonce, Reply::Nonce(_))
            | (Self::Opened, Reply::Opened(_))
            | (Self::Changes, Reply::Changes(_))
            | (Self::Maps, Reply::Maps(_))
            | (Self::Agreed, Reply::Agreed(_))
            | (Self::Data, Reply::Data(_))
            | (Self::Reconciled, Reply::Reconciled(_)) => true,
            (Self::Resolved(len), Reply::Resolved(known)) => len == known.len(),
            (Self::Twins(len), Reply::Twins(twins)) => len == twins.len(),
            (Self::Applied(len), Reply::Applied(outcomes)) => len == outcomes.len(),
            _ => false,
        }
    }
}

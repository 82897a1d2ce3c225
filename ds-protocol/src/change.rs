//! Items, changes and operations: what moves between a store and an engine.

use bytes::Bytes;
use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_repr::StatusCode;

use crate::config::ConflictPolicy;
use crate::filter::Filter;
use crate::place::{Moved, Parent, Place};

/// Identifier of an item: a LUID where a client owns it, a GUID where a server does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemId(ByteString);

impl ItemId {
    /// An identifier.
    pub fn new(id: impl Into<ByteString>) -> Self {
        Self(id.into())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn text(&self) -> ByteString {
        self.0.clone()
    }
}

/// A number a store gives to each state of an item; a newer state has a greater one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[allow(clippy::exhaustive_structs, reason = "a number and nothing else")]
pub struct Revision(pub u64);

/// Place in a list of changes. Only the store that made it reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::exhaustive_structs, reason = "a text and nothing else")]
pub struct Cursor(pub ByteString);

/// What an item carries, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Content {
    /// Media type without parameters, MetInf `Type`.
    pub media_type: ByteString,
    /// The octets, as they stand after any Base64 transfer form was undone. Empty where they are staged.
    pub data: Bytes,
    /// The octets are those that the store keeps aside for the pair ([`Effect::StageChunk`](crate::Effect::StageChunk)).
    pub staged: bool,
    /// Where it stands in a datastore that keeps a tree. Default: it is not said.
    pub place: Place,
}

impl Content {
    /// A content.
    pub fn new(media_type: impl Into<ByteString>, data: impl Into<Bytes>) -> Self {
        Self {
            media_type: media_type.into(),
            data: data.into(),
            staged: false,
            place: Place::default(),
        }
    }

    /// With a place.
    #[must_use]
    pub fn with_place(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    /// Under the item with this own id.
    #[must_use]
    pub fn under(self, parent: ItemId) -> Self {
        self.with_place(Place::under(parent))
    }

    /// A content whose octets are kept aside for the pair.
    pub fn staged(media_type: impl Into<ByteString>) -> Self {
        Self {
            staged: true,
            ..Self::new(media_type, Bytes::new())
        }
    }
}

/// What is told of a content that is not in a page because it alone is larger than the page's budget.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Large {
    /// Media type without parameters, MetInf `Type`.
    pub media_type: ByteString,
    /// Its octets, to be read with [`Effect::ReadItem`](crate::Effect::ReadItem).
    pub size: u64,
}

impl Large {
    /// A large content.
    pub fn new(media_type: impl Into<ByteString>, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            size,
        }
    }
}

/// Which items a list of changes is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// The peer takes no item with more octets than this. Those held back for a smaller limit are listed again,
    /// and [`ChangePage::total`] counts none that is larger. Default: no limit.
    pub max_size: Option<u64>,
    /// Only these are for the peer. Default: all are.
    pub filter: Option<Box<Filter>>,
}

impl Scope {
    /// For a peer that takes no larger item.
    #[must_use]
    pub fn with_max_size(mut self, max_size: Option<u64>) -> Self {
        self.max_size = max_size;
        self
    }

    /// With those alone that pass a filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Option<Box<Filter>>) -> Self {
        self.filter = filter;
        self
    }
}

/// What happened to an item since the peer last had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(
    clippy::exhaustive_enums,
    reason = "the three changes of every change log"
)]
pub enum ChangeKind {
    /// The peer does not have it.
    Add,
    /// The peer has an older state.
    Replace,
    /// The peer has it, here it is gone.
    Delete,
}

/// One change of an own item that the peer does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// To continue the list behind this change.
    pub cursor: Cursor,
    /// What happened.
    pub kind: ChangeKind,
    /// Own id.
    pub local: ItemId,
    /// The peer's id, where the item is paired.
    pub remote: Option<ItemId>,
    /// State that is sent.
    pub revision: Revision,
    /// What it carries. None for a deletion, and for what is `large`.
    pub content: Option<Content>,
    /// The content alone is larger than the page's budget.
    pub large: Option<Large>,
    /// A deletion for the peer alone: the item is still here, and not for it any more (`SftDel`).
    pub soft: bool,
    /// The item above; none: it stands at the top, or is gone. What `content` says of the place is the same.
    pub parent: Option<Box<Parent>>,
    /// Of a Replace: whether it stands elsewhere than where the peer has it.
    pub moved: Moved,
}

impl Change {
    /// A change.
    pub fn new(cursor: Cursor, kind: ChangeKind, local: ItemId, revision: Revision) -> Self {
        Self {
            cursor,
            kind,
            local,
            remote: None,
            revision,
            content: None,
            large: None,
            soft: false,
            parent: None,
            moved: Moved::No,
        }
    }

    /// Octets of what it carries.
    pub(crate) fn size(&self) -> u64 {
        let inline = self.content.as_ref().map(|content| content.data.len());
        let inline = inline.map_or(0, |len| len as u64);
        self.large.as_ref().map_or(inline, |large| large.size)
    }

    /// With the peer's id.
    #[must_use]
    pub fn with_remote(mut self, remote: Option<ItemId>) -> Self {
        self.remote = remote;
        self
    }

    /// With content.
    #[must_use]
    pub fn with_content(mut self, content: Option<Content>) -> Self {
        self.content = content;
        self
    }

    /// With a content that is read part by part.
    #[must_use]
    pub fn with_large(mut self, large: Option<Large>) -> Self {
        self.large = large;
        self
    }

    /// With the item above.
    #[must_use]
    pub fn with_parent(mut self, parent: Option<Parent>) -> Self {
        self.parent = parent.map(Box::new);
        self
    }

    /// With a place where the peer does not have it.
    #[must_use]
    pub fn with_moved(mut self, moved: Moved) -> Self {
        self.moved = moved;
        self
    }

    /// As a deletion for the peer alone.
    #[must_use]
    pub fn with_soft(mut self, soft: bool) -> Self {
        self.soft = soft;
        self
    }
}

/// A part of a list of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChangePage {
    /// In an order that continues over pages: of the store's choice, but what has others below it comes before them,
    /// and deletions come last, from below. So an engine need not keep what it cannot send yet.
    pub changes: Vec<Change>,
    /// Whether the list goes on behind the last of them.
    pub more: bool,
    /// Length of the whole list, on its first page (`NumberOfChanges`).
    pub total: Option<u64>,
}

impl ChangePage {
    /// A page.
    pub fn new(changes: Vec<Change>, more: bool, total: Option<u64>) -> Self {
        Self {
            changes,
            more,
            total,
        }
    }
}

/// How an item is named in [`Effect::Resolve`](crate::Effect::Resolve).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(clippy::exhaustive_enums, reason = "there are two sides")]
pub enum Key {
    /// By the own id.
    Local(ItemId),
    /// By the peer's id.
    Remote(ItemId),
}

/// State of a paired item on our side, compared with what the peer last had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "every state an item can be in")]
pub enum KnownState {
    /// The peer has this state.
    Unchanged,
    /// Changed here since.
    Changed,
    /// Deleted here since.
    Deleted,
}

/// What a store knows of an item that a peer speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Known {
    /// Own id.
    pub local: ItemId,
    /// State against the peer's.
    pub state: KnownState,
    /// The state that is here; none: a conflict that nobody resolves comes up in each session.
    pub revision: Option<Revision>,
    /// Decision of the store for a conflict on this very item; none: the configured policy.
    pub conflict: Option<ConflictPolicy>,
}

impl Known {
    /// An item that is known.
    pub fn new(local: ItemId, state: KnownState) -> Self {
        Self {
            local,
            state,
            revision: None,
            conflict: None,
        }
    }

    /// With the state that is here.
    #[must_use]
    pub fn with_revision(mut self, revision: Revision) -> Self {
        self.revision = Some(revision);
        self
    }
}

/// A change of an own item on behalf of the peer, with the pairing it makes or breaks.
///
/// Item and pairing change in one step: both or neither.
///
/// Where items stand in a tree, an item is under one that is there (else refused: 404 what is new, 428 what is here)
/// and not below itself (428), and what has others below it is not removed (427).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// New item, paired with the peer's `remote` id in the state it gets.
    ///
    /// A pairing that `remote` already had is broken.
    Add {
        /// The peer's id.
        remote: ItemId,
        /// What it carries.
        content: Content,
        /// Whether the server must be told the own id (client only): the pair is listed by
        /// [`Effect::ListMaps`](crate::Effect::ListMaps) until the server acknowledged it.
        owes_map: bool,
    },
    /// New content for an own item; the peer has the state it gets. Where no place is said, and the item stands
    /// elsewhere than where the peer has it, the peer is still to be told.
    Replace {
        /// Own id.
        local: ItemId,
        /// What it carries.
        content: Content,
    },
    /// New content for an own item, made of both sides' versions: the peer has an older state, and is sent this one.
    Merge {
        /// Own id.
        local: ItemId,
        /// What it carries.
        content: Content,
    },
    /// Another place for an own item. If the peer had the state before, it has the one that this gives.
    Move {
        /// Own id.
        local: ItemId,
        /// Where to.
        place: Place,
    },
    /// Remove an own item (if it is still there) and its pairing.
    Delete {
        /// Own id.
        local: ItemId,
    },
    /// As [`Operation::Delete`], with everything below.
    DeleteTree {
        /// Own id.
        local: ItemId,
    },
    /// The peer has removed its copy and does not want it back: the item stays, and is not sent until the pair
    /// begins afresh or the peer sends it again (`SftDel`). The store knows it by the peer's id still.
    SoftDelete {
        /// Own id.
        local: ItemId,
    },
    /// Put a copy into the archive, then as [`Operation::Delete`]. Asked only of datastores that are configured for it.
    Archive {
        /// Own id.
        local: ItemId,
    },
    /// New item with what an own item carries, otherwise as [`Operation::Add`].
    Copy {
        /// Own id of the original.
        local: ItemId,
        /// The peer's id of the copy.
        remote: ItemId,
        /// As in [`Operation::Add`].
        owes_map: bool,
    },
    /// Pair an own item with the peer's id in the state it has (slow sync, refresh).
    Pair {
        /// Own id.
        local: ItemId,
        /// The peer's id.
        remote: ItemId,
        /// As in [`Operation::Add`].
        owes_map: bool,
    },
    /// The peer has a version of its own of a paired item, which does not stand: it is sent ours, with everything, whatever
    /// has changed in it.
    Resend {
        /// Own id.
        local: ItemId,
    },
    /// Break the pairing: the peer no longer has the item. What is below it, and the peer may have elsewhere, is to be
    /// sent again.
    Unpair {
        /// Own id.
        local: ItemId,
    },
}

impl Operation {
    /// Where it puts an item, if anywhere.
    fn place(&mut self) -> Option<&mut Place> {
        match self {
            Self::Add { content, .. }
            | Self::Replace { content, .. }
            | Self::Merge { content, .. } => Some(&mut content.place),
            Self::Move { place, .. } => Some(place),
            _ => None,
        }
    }

    /// Finds the item above, where it is known by the peer's name alone ([`Place::UnderNew`]), as a store does that carries
    /// out operations all or none, one by one. False: it has not come, and the operation is refused (404).
    pub fn find_parent(&mut self, find: impl FnOnce(&ItemId) -> Option<ItemId>) -> bool {
        let Some(place) = self.place() else {
            return true;
        };
        let Place::UnderNew(name) = &*place else {
            return true;
        };
        let found = find(name);
        let is_found = found.is_some();
        *place = found.map_or(Place::Top, Place::under);
        is_found
    }
}

/// What became of an [`Operation`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "done or refused")]
pub enum Outcome {
    /// Done; the own id of the item.
    Done(ItemId),
    /// Refused with the status the peer is to see; nothing of it was done.
    Refused(StatusCode),
}

/// A change the peer has acknowledged, or an Add that is about to be sent to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confirmed {
    /// What was sent.
    pub kind: ChangeKind,
    /// Own id.
    pub local: ItemId,
    /// State that was sent; 0, less than any: the peer may have the item in whatever state.
    pub revision: Revision,
    /// The peer's id is still to come in a Map (a server's Add). Until it came, a new list has the
    /// item as an Add again.
    pub awaits_map: bool,
    /// The id under which the peer was sent the item, where the own one is too long for it: the Map names it so.
    pub temporary: Option<ItemId>,
}

impl Confirmed {
    /// An acknowledged change.
    pub fn new(kind: ChangeKind, local: ItemId, revision: Revision, awaits_map: bool) -> Self {
        Self {
            kind,
            local,
            revision,
            awaits_map,
            temporary: None,
        }
    }

    /// The id under which the item is sent.
    pub(crate) fn name(&self) -> &ItemId {
        self.temporary.as_ref().unwrap_or(&self.local)
    }

    /// With the id under which the item was sent.
    #[must_use]
    pub fn with_temporary(mut self, temporary: Option<ItemId>) -> Self {
        self.temporary = temporary;
        self
    }
}

/// A change that is not sent again while it stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Held {
    /// Own id.
    pub local: ItemId,
    /// The state that is held back; a newer one is listed again.
    pub revision: Revision,
    /// It is larger than this, which was the most the peer took: it is listed again when the peer takes more.
    pub limit: Option<u64>,
}

impl Held {
    /// A change held back.
    pub fn new(local: ItemId, revision: Revision) -> Self {
        Self {
            local,
            revision,
            limit: None,
        }
    }

    /// Because it is larger than the peer takes.
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// What a caller makes of two versions of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// The client's version stands.
    ClientWins,
    /// The server's version stands.
    ServerWins,
    /// Both become one.
    Merged(Content),
    /// Both stay, as two items.
    Duplicate,
    /// Nobody can tell: each side keeps its own for now.
    Unresolved,
}

/// Own id and peer's id of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MapPair {
    /// Own id.
    pub local: ItemId,
    /// The peer's id.
    pub remote: ItemId,
}

impl MapPair {
    /// A pair.
    pub fn new(local: ItemId, remote: ItemId) -> Self {
        Self { local, remote }
    }
}

//! What a session is told before it begins.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::{ContentType, CtCap, DsMem};
use syncml_wbxml::Limits;

/// Who decides when both sides changed the same item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ConflictPolicy {
    /// The client's change stands, answered 208. A client's Delete does not win over a server's
    /// change by this policy alone: data survives, answered 419.
    #[default]
    ClientWins,
    /// The server's change stands and is sent to the client, answered 419.
    ServerWins,
    /// The newer change stands, as the store tells ([`Effect::Reconcile`](crate::Effect::Reconcile)).
    NewestWins,
    /// Both become one, which is sent to the client, answered 207; made by the store
    /// ([`Effect::Reconcile`](crate::Effect::Reconcile)).
    Merge,
    /// Both stay, as two items on both sides, answered 209.
    Duplicate,
    /// Each side keeps its own, answered 409, until one of them changes.
    Unresolved,
    /// The client is answered 409 and sent the server's version; what it makes of it comes with its next session
    /// ([`client::Request::on_conflict`](crate::client::Request::on_conflict)). Where one side has deleted the item, data
    /// survives. Not for clients that are known to give up on 409.
    ClientDecides,
}

/// What becomes of a peer's changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Writes {
    /// They are carried out.
    #[default]
    Taken,
    /// The datastore is read-only: each is answered 403.
    Refused,
    /// The datastore is read-only, for peers that do not bear to be told so: each is answered as if it were done.
    Ignored,
}

/// What becomes of a Delete with `Archive`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Archiving {
    /// A server answers 501 and keeps the item; in SyncML 1.0, which does not allow for that, and as a client, the
    /// item is deleted without a copy, answered 210.
    #[default]
    Refused,
    /// The item is deleted without a copy, answered 210.
    DeletesOnly,
    /// The store keeps a copy ([`Operation::Archive`](crate::Operation::Archive)).
    Archives,
}

/// How credentials are made and asked for `[DSPro §authentication]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AuthScheme {
    /// `syncml:auth-basic`.
    Basic,
    /// `syncml:auth-md5`.
    #[default]
    Md5,
    /// `syncml:auth-MAC`: a digest of each message, beside it in the transport's header
    /// [`Hmac::HEADER`](crate::Hmac::HEADER).
    Mac,
}

impl AuthScheme {
    /// MetInf `Type` of the scheme.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Basic => "syncml:auth-basic",
            Self::Md5 => "syncml:auth-md5",
            Self::Mac => "syncml:auth-MAC",
        }
    }

    /// The scheme of a MetInf `Type`; compared without case.
    pub fn from_media_type(text: &str) -> Option<Self> {
        [Self::Basic, Self::Md5, Self::Mac]
            .into_iter()
            .find(|scheme| scheme.media_type().eq_ignore_ascii_case(text.trim()))
    }
}

/// The own device, as told to the peer in DevInf.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Device {
    /// Identity (`DevID`); a client's is also its `SyncHdr/Source`.
    pub id: ByteString,
    /// DevInf `DevTyp`, such as `server`, `workstation`, `phone`.
    pub dev_typ: ByteString,
    /// DevInf `Man`.
    pub man: ByteString,
    /// DevInf `Mod`.
    pub model: ByteString,
    /// DevInf `SwV`.
    pub sw_v: ByteString,
}

impl Device {
    const MAN: &'static str = "syncml";
    const MODEL: &'static str = "ds-protocol";

    /// Whether a device of this maker is made of this toolkit, whatever model it is.
    pub(crate) fn is_own(man: Option<&ByteString>) -> bool {
        man.is_some_and(|man| *man == Self::MAN)
    }

    /// A device; maker, model and version name this toolkit until they are set.
    pub fn new(id: impl Into<ByteString>, dev_typ: impl Into<ByteString>) -> Self {
        Self {
            id: id.into(),
            dev_typ: dev_typ.into(),
            man: ByteString::from_static(Self::MAN),
            model: ByteString::from_static(Self::MODEL),
            sw_v: ByteString::from_static(env!("CARGO_PKG_VERSION")),
        }
    }
}

/// An own datastore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Datastore {
    /// Name, without `./`.
    pub name: ByteString,
    /// Content types it takes and gives, the preferred one first.
    pub types: Vec<ContentType>,
    /// The properties that its items may have, as told in DevInf (`CTCap`). A peer may leave out all others, and is not to
    /// take it for a deletion if they are missing in what comes back. Default: nothing is said, and everything goes.
    pub ct_caps: Vec<CtCap>,
    /// What to do about conflicts; a server's matter. Default: [`ConflictPolicy::ClientWins`].
    pub conflict: ConflictPolicy,
    /// Whether under [`ConflictPolicy::ClientWins`] a client's Delete stands against a server's change, too, answered
    /// 208. Default: data survives.
    pub deletes_win: bool,
    /// What clients may do to it; a server's matter. Default: [`Writes::Taken`].
    pub writes: Writes,
    /// What to do with a Delete that asks for an archive copy first. Default: [`Archiving::Refused`].
    pub archiving: Archiving,
    /// Whether commands are taken that are to be carried out together or not at all (`Atomic`); the store must be
    /// able to ([`Effect::ApplyAtomic`](crate::Effect::ApplyAtomic)). Default: they are refused (406).
    pub atomic: bool,
    /// Whether its items stand under others, folders and what is in them (`SupportHierarchicalSync`, since 1.2); the store
    /// must keep the places ([`Content::place`](crate::Content::place)). Default: all items are side by side, and those
    /// that are to stand under others are refused (406).
    pub hierarchical: bool,
    /// Whether deleting an item deletes what is below it, too, and the peer has not deleted. Default: the item stays,
    /// answered 427.
    pub recursive_delete: bool,
    /// Room of the whole datastore, in octets and items, as told in DevInf (`DSMem`). What is free of it is the store's to
    /// tell ([`Opened::mem`](crate::Opened::mem)). None: it is not told. Default: none.
    pub room: Option<DsMem>,
    /// What clients may filter on; none: filters are not offered. A server's matter. Default: none.
    pub filter: Option<FilterCaps>,
}

/// What filters of a datastore may speak of, as told in DevInf (`FilterCap`). A store may know more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterCaps {
    /// Keywords, such as `SINCE`.
    pub keywords: Vec<ByteString>,
    /// Properties, such as `CATEGORIES`.
    pub properties: Vec<ByteString>,
    /// Clients may have some properties of each item alone (field filters). Default: they are refused (406).
    pub fields: bool,
}

impl FilterCaps {
    /// These keywords and properties.
    pub fn new<T: Into<ByteString>>(
        keywords: impl IntoIterator<Item = T>,
        properties: impl IntoIterator<Item = T>,
    ) -> Self {
        Self {
            keywords: keywords.into_iter().map(Into::into).collect(),
            properties: properties.into_iter().map(Into::into).collect(),
            fields: false,
        }
    }

    /// With or without field filters.
    #[must_use]
    pub fn with_fields(mut self, fields: bool) -> Self {
        self.fields = fields;
        self
    }
}

impl Datastore {
    /// A datastore.
    pub fn new(name: impl Into<ByteString>, types: impl IntoIterator<Item = ContentType>) -> Self {
        Self {
            name: name.into(),
            types: types.into_iter().collect(),
            ct_caps: Vec::new(),
            conflict: ConflictPolicy::default(),
            deletes_win: false,
            writes: Writes::default(),
            archiving: Archiving::default(),
            atomic: false,
            hierarchical: false,
            recursive_delete: false,
            room: None,
            filter: None,
        }
    }

    /// With items that may have these properties.
    #[must_use]
    pub fn with_ct_caps(mut self, ct_caps: impl IntoIterator<Item = CtCap>) -> Self {
        self.ct_caps = ct_caps.into_iter().collect();
        self
    }

    /// With Deletes that win over changes.
    #[must_use]
    pub fn with_deletes_win(mut self, deletes_win: bool) -> Self {
        self.deletes_win = deletes_win;
        self
    }

    /// With another answer to changes of the peer.
    #[must_use]
    pub fn with_writes(mut self, writes: Writes) -> Self {
        self.writes = writes;
        self
    }

    /// With another answer to a Delete that asks for an archive copy.
    #[must_use]
    pub fn with_archiving(mut self, archiving: Archiving) -> Self {
        self.archiving = archiving;
        self
    }

    /// With commands that are carried out together or not at all.
    #[must_use]
    pub fn with_atomic(mut self, atomic: bool) -> Self {
        self.atomic = atomic;
        self
    }

    /// With items that stand under others.
    #[must_use]
    pub fn with_hierarchical(mut self, hierarchical: bool) -> Self {
        self.hierarchical = hierarchical;
        self
    }

    /// With deletions of whole trees.
    #[must_use]
    pub fn with_recursive_delete(mut self, recursive_delete: bool) -> Self {
        self.recursive_delete = recursive_delete;
        self
    }

    /// With so much room.
    #[must_use]
    pub fn with_room(mut self, room: DsMem) -> Self {
        self.room = Some(room);
        self
    }

    /// With filters. The store must follow them ([`Effect::CheckFilter`](crate::Effect::CheckFilter)).
    #[must_use]
    pub fn with_filter(mut self, filter: FilterCaps) -> Self {
        self.filter = Some(filter);
        self
    }

    /// With another conflict policy.
    #[must_use]
    pub fn with_conflict(mut self, conflict: ConflictPolicy) -> Self {
        self.conflict = conflict;
        self
    }
}

/// Sizes, for both roles.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sizes {
    /// Largest message we take, in octets of the encoded document (`MaxMsgSize`), told to the peer. Default 65,536.
    pub max_msg_size: u64,
    /// Largest item we take, in octets (`MaxObjSize`), told to the peer. What is larger than a message comes in
    /// chunks, which a store keeps aside. Default 16,777,216 (16 MiB).
    pub max_obj_size: u64,
    /// Largest message we send where the peer states no limit, or a greater one. Default 65,536.
    pub max_sent: u64,
    /// Limits of the decoder for what comes in. They stand above `max_msg_size`, for peers that exceed it a little.
    pub limits: Limits,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            max_msg_size: 65_536,
            max_obj_size: 16 << 20,
            max_sent: 65_536,
            limits: Limits::default(),
        }
    }
}

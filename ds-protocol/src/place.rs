//! Where items stand: a datastore may keep a tree of them, folders and what is in them `[DSPro §hierarchy]`.

use serde::{Deserialize, Serialize};

use crate::change::ItemId;

/// Where an item stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(
    clippy::exhaustive_enums,
    reason = "there is nowhere else in a tree, and the places of a flat datastore are all the same"
)]
pub enum Place {
    /// It is not said: a new item stands at the top, one that is here stays where it is, and a twin may be anywhere.
    /// What a store gives out with it stands at the top.
    #[default]
    Unsaid,
    /// Under no other item.
    Top,
    /// Under the item with this own id. Boxed, since most contents say nothing of a place.
    Under(Box<ItemId>),
    /// Under the item that the peer calls so and that an operation before this one brings, in a list that is carried out as
    /// a whole ([`Effect::ApplyAtomic`](crate::Effect::ApplyAtomic)): it has no own id yet. No store gives it out.
    UnderNew(Box<ItemId>),
}

impl Place {
    /// Under the item with this own id.
    pub fn under(parent: ItemId) -> Self {
        Self::Under(Box::new(parent))
    }

    /// The item above.
    pub fn parent(&self) -> Option<&ItemId> {
        match self {
            Self::Unsaid | Self::Top | Self::UnderNew(_) => None,
            Self::Under(parent) => Some(parent),
        }
    }
}

/// The item above one that has changed, by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parent {
    /// Own id.
    pub local: ItemId,
    /// The peer's id, where the item is paired.
    pub remote: Option<ItemId>,
    /// The id under which the peer was sent it ([`Effect::Confirm`](crate::Effect::Confirm)), where it has no id of the
    /// peer's: the temporary one, else the own one. Neither this nor `remote`: the peer does not have it.
    pub sent: Option<ItemId>,
}

impl Parent {
    /// An item of which the peer does not know.
    pub fn new(local: ItemId) -> Self {
        Self {
            local,
            remote: None,
            sent: None,
        }
    }

    /// With the peer's id.
    #[must_use]
    pub fn with_remote(mut self, remote: Option<ItemId>) -> Self {
        self.remote = remote;
        self
    }

    /// With the id under which the peer was sent it.
    #[must_use]
    pub fn with_sent(mut self, sent: Option<ItemId>) -> Self {
        self.sent = sent;
        self
    }
}

/// Whether a changed item stands elsewhere than where the peer has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_enums,
    reason = "every way an item can have changed"
)]
pub enum Moved {
    /// It stands where the peer has it.
    #[default]
    No,
    /// That alone has changed: the peer has what it carries.
    Only,
    /// That has changed, and what it carries too, or the peer may have the item in whatever state.
    Too,
}

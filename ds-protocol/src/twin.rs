//! Twins: an own item and an item of the peer that may be one `[DSPro §slow sync]`.

use crate::change::ItemId;
use crate::filter::Filter;

/// How twins are looked for ([`Effect::FindTwins`](crate::Effect::FindTwins)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Search {
    /// Whether items are found whose contents differ, too. Default: equal ones alone.
    pub loose: bool,
    /// What the peer has had of each item, and will have: where it names properties, an own item that says the same in
    /// those is a twin. Default: everything.
    pub filter: Option<Box<Filter>>,
}

impl Search {
    /// With or without items whose contents differ.
    #[must_use]
    pub fn with_loose(mut self, loose: bool) -> Self {
        self.loose = loose;
        self
    }

    /// With what the peer has of each item.
    #[must_use]
    pub fn with_filter(mut self, filter: Option<Box<Filter>>) -> Self {
        self.filter = filter;
        self
    }
}

/// What a search for a twin has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "found or not")]
pub enum Twin {
    /// An own item that is alike and has no pairing.
    Found(ItemId, Likeness),
    /// There is none.
    None(NoTwin),
}

impl Twin {
    /// The own item, if one was found.
    pub fn found(&self) -> Option<&ItemId> {
        match self {
            Self::Found(local, _) => Some(local),
            Self::None(_) => None,
        }
    }
}

/// How two items are alike, the closest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Likeness {
    /// They say the same: equal octets, or what the store takes for equal (line ends, order of properties …).
    Equal,
    /// They say the same in the properties that the peer was to have; the own item has more.
    Shown,
    /// They differ, and have the same unique id (`UID`).
    SameUid,
    /// They differ, and no more when case and blanks do not count.
    Normalized,
    /// They differ, and agree in everything that tells one item from another, such as a person's name. In a slow sync the
    /// two become one ([`ConflictPolicy::Merge`](crate::ConflictPolicy::Merge)).
    Alike,
}

impl Likeness {
    /// Whether the two say different things, so that one of them must give way.
    pub(crate) fn differs(self) -> bool {
        matches!(self, Self::SameUid | Self::Normalized | Self::Alike)
    }
}

/// Why an item has no twin, as far as the store can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoTwin {
    /// Nothing here is alike.
    Nothing,
    /// What is alike is paired with another item of the peer.
    Paired,
    /// Several items are alike, none is equal, and nobody can tell which is meant.
    Several,
}

/// What comparing an item with those that are here has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Finding {
    /// It is here already.
    Twin(Likeness),
    /// It is not.
    NoTwin(NoTwin),
    /// In a refresh: the peer, which sent everything, did not send it.
    NotSent,
}

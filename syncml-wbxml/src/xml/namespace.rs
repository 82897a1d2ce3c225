//! Which namespace a prefix means, and which vocabulary a name belongs to.

use std::borrow::Cow;

use crate::tag::{Space, Tag, devinf, metinf, syncml};

/// Most declarations in force at once. Looking up a prefix takes time in proportion.
const MAX_BINDINGS: usize = 64;

/// What a namespace is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Namespace<'a> {
    /// None declared, or `xmlns=""`.
    Missing,
    Known(Space),
    Foreign(Cow<'a, str>),
}

impl<'a> Namespace<'a> {
    pub(super) fn new(uri: Cow<'a, str>) -> Self {
        match Space::from_namespace(&uri) {
            Some(space) => Self::Known(space),
            None if uri.is_empty() => Self::Missing,
            None => Self::Foreign(uri),
        }
    }

    const fn space(&self) -> Option<Space> {
        match self {
            Self::Known(space) => Some(*space),
            Self::Missing | Self::Foreign(_) => None,
        }
    }
}

/// The declarations in force.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings<'a> {
    stack: Vec<(&'a str, Namespace<'a>)>,
}

impl<'a> Bindings<'a> {
    pub(super) const fn len(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.stack.truncate(len);
    }

    /// Declares a prefix; `false` if there are too many.
    pub(super) fn declare(&mut self, prefix: &'a str, namespace: Namespace<'a>) -> bool {
        self.stack.push((prefix, namespace));
        self.stack.len() <= MAX_BINDINGS
    }

    /// The namespace of a prefix, and whether the declarations from `since` on say so.
    pub(super) fn get(&self, prefix: &str, since: usize) -> (&Namespace<'a>, bool) {
        // Most documents have the empty prefix only, and comparing nothing is slower than it looks.
        let is_same =
            |bound: &str| bound.len() == prefix.len() && (prefix.is_empty() || bound == prefix);
        match self.stack.iter().rposition(|(bound, _)| is_same(bound)) {
            Some(i) => (&self.stack[i].1, i >= since),
            None => (&Namespace::Missing, false),
        }
    }

    /// Takes the namespace of a prefix for one of ours from now on.
    pub(super) fn alias(&mut self, prefix: &str, space: Space) {
        if let Some((_, namespace)) = self.stack.iter_mut().rfind(|(bound, _)| *bound == prefix) {
            *namespace = Namespace::Known(space);
        }
    }
}

/// An open element, as far as it matters to the names in it.
#[derive(Clone, Debug)]
pub(super) struct Parent<'a> {
    pub(super) tag: Option<Tag>,
    pub(super) namespace: Namespace<'a>,
}

/// Finds the tag that a local name means in its place, unless its namespace is foreign.
///
/// `own` tells that the element itself says which namespace it is in, by a prefix or a declaration;
/// such a statement comes first. Otherwise its parent does, since peers leave declarations out.
pub(super) fn resolve(
    local: &str,
    namespace: &Namespace<'_>,
    own: bool,
    parent: Option<&Parent<'_>>,
) -> Option<Tag> {
    let Some(parent) = parent else {
        let space = namespace.space();
        return space
            .and_then(|space| lookup(space, local))
            .or_else(|| root(local));
    };
    let stated = namespace.space();
    let outer = parent.namespace.space();
    let (first, last) = if own {
        (stated, outer)
    } else {
        (outer, stated)
    };
    first
        .and_then(|space| lookup(space, local))
        .or_else(|| inside(parent.tag, local))
        .or_else(|| last.and_then(|space| lookup(space, local)))
}

/// The tag of a root, by its name alone.
pub(super) fn root(local: &str) -> Option<Tag> {
    [syncml::SYNC_ML, devinf::DEV_INF, metinf::MET_INF]
        .into_iter()
        .find(|tag| tag.name() == local)
}

/// What may stand in Meta and Data in a vocabulary of its own.
fn inside(parent: Option<Tag>, local: &str) -> Option<Tag> {
    match parent {
        Some(syncml::META) => lookup(Space::MetInf, local),
        Some(syncml::DATA) => [
            devinf::DEV_INF,
            devinf::CT_CAP,
            devinf::PROPERTY,
            devinf::DATA_STORE,
        ]
        .into_iter()
        .find(|tag| tag.name() == local)
        .or_else(|| lookup(Space::MetInf, local)),
        _ => None,
    }
}

/// The tag with this name, or with one of its known misspellings.
fn lookup(space: Space, local: &str) -> Option<Tag> {
    Tag::lookup(space, local).or(match (space, local) {
        (Space::MetInf, "FreeId") => Some(metinf::FREE_ID),
        (Space::DevInf, "DevId") => Some(devinf::DEV_ID),
        (Space::DevInf, "Xnam") => Some(devinf::X_NAM),
        (Space::DevInf, "Xval") => Some(devinf::X_VAL),
        _ => None,
    })
}

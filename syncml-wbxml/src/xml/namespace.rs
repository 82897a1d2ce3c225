//! Which namespace a prefix means, and which vocabulary a name belongs to.

use std::borrow::Cow;

use crate::tag::{Space, Tag, devinf, metinf, syncml};

/// Most declarations in force at once. Looking up a prefix takes time in proportion.
const MAX_BINDINGS: u8 = 64;

/// What a namespace is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    /// None declared, or `xmlns=""`.
    Missing,
    Known(Space),
    /// The URI of a declaration in force, by its place among them.
    Foreign(u8),
}

impl Namespace {
    pub(super) const fn space(self) -> Option<Space> {
        match self {
            Self::Known(space) => Some(space),
            Self::Missing | Self::Foreign(_) => None,
        }
    }
}

/// The declarations in force.
#[derive(Clone, Debug)]
pub(super) struct Bindings<'a> {
    stack: Vec<Binding<'a>>,
    /// The namespace of names without a prefix.
    default: Namespace,
    /// Declarations so far.
    count: u32,
}

#[derive(Clone, Debug)]
struct Binding<'a> {
    prefix: &'a str,
    namespace: Namespace,
    /// Empty unless foreign.
    uri: Cow<'a, str>,
    /// The default namespace without this declaration.
    outer: Namespace,
    /// Its number among all of the document.
    number: u32,
}

impl<'a> Bindings<'a> {
    pub(super) const fn new() -> Self {
        Self {
            stack: Vec::new(),
            default: Namespace::Missing,
            count: 0,
        }
    }

    pub(super) const fn len(&self) -> u8 {
        // Never more than the most there may be.
        self.stack.len() as u8
    }

    pub(super) fn truncate(&mut self, len: u8) {
        if let Some(first) = self.stack.get(usize::from(len)) {
            self.default = first.outer;
            self.stack.truncate(usize::from(len));
        }
    }

    /// Declares a prefix; `None` if there are too many.
    pub(super) fn declare(&mut self, prefix: &'a str, uri: Cow<'a, str>) -> Option<Namespace> {
        let (namespace, uri) = match Space::from_namespace(&uri) {
            Some(space) => (Namespace::Known(space), Cow::Borrowed("")),
            None if uri.is_empty() => (Namespace::Missing, uri),
            None => (Namespace::Foreign(self.len()), uri),
        };
        self.push(prefix, namespace, uri).then_some(namespace)
    }

    /// Declares the default namespace to be one of ours; `false` if there are too many declarations.
    pub(super) fn declare_default(&mut self, space: Space) -> bool {
        self.push("", Namespace::Known(space), Cow::Borrowed(""))
    }

    fn push(&mut self, prefix: &'a str, namespace: Namespace, uri: Cow<'a, str>) -> bool {
        if self.len() == MAX_BINDINGS {
            return false;
        }
        self.count = self.count.wrapping_add(1);
        self.stack.push(Binding {
            prefix,
            namespace,
            uri,
            outer: self.default,
            number: self.count,
        });
        if prefix.is_empty() {
            self.default = namespace;
        }
        true
    }

    /// Tells these declarations from all others that are in force elsewhere in the document.
    pub(super) fn number(&self) -> u32 {
        self.stack.last().map_or(0, |binding| binding.number)
    }

    /// The namespace of names without a prefix.
    pub(super) const fn default(&self) -> Namespace {
        self.default
    }

    /// The namespace of a prefix, and whether the declarations from `since` on say so.
    pub(super) fn get(&self, prefix: &str, since: u8) -> (Namespace, bool) {
        match self.stack.iter().rposition(|bound| bound.prefix == prefix) {
            Some(i) => (self.stack[i].namespace, i >= usize::from(since)),
            None => (Namespace::Missing, false),
        }
    }

    /// The name of a namespace.
    pub(super) fn uri(&self, namespace: Namespace) -> Cow<'a, str> {
        match namespace {
            Namespace::Missing => Cow::Borrowed(""),
            Namespace::Known(space) => Cow::Borrowed(space.namespace()),
            Namespace::Foreign(i) => self
                .stack
                .get(usize::from(i))
                .map_or(Cow::Borrowed(""), |b| b.uri.clone()),
        }
    }

    /// Takes the namespace of a prefix for one of ours from now on.
    pub(super) fn alias(&mut self, prefix: &str, space: Space) {
        if let Some(binding) = self.stack.iter_mut().rfind(|b| b.prefix == prefix) {
            binding.namespace = Namespace::Known(space);
        }
        if prefix.is_empty() {
            self.default = Namespace::Known(space);
        }
    }
}

/// An open element, as far as it matters to the names in it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parent {
    pub(super) tag: Option<Tag>,
    pub(super) namespace: Namespace,
}

/// Finds the tag that a local name means in its place, unless its namespace is foreign.
///
/// `own` tells that the element itself says which namespace it is in, by a prefix or a declaration;
/// such a statement comes first. Otherwise its parent does, since peers leave declarations out.
pub(super) fn resolve(
    local: &str,
    namespace: Namespace,
    own: bool,
    parent: Option<Parent>,
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

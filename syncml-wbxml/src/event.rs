//! What readers give and writers take: [`Event`], [`Name`], and the traits [`Source`] and [`Sink`].

use core::fmt;
use std::borrow::Cow;

use bytes::Bytes;

use crate::error::{Error, Position};
use crate::tag::{Space, Tag};

/// The name of an element.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a name is known or it is not")]
pub enum Name<'a> {
    /// An element of a SyncML vocabulary.
    Known(Tag),
    /// Any other element.
    Other {
        /// The namespace: [`Space::namespace`] for a strange element in a known vocabulary, the URI
        /// for a foreign one, `wbxml:page-N` for a token that no table has, empty if nothing tells.
        /// A writer takes an empty one as that of the parent.
        space: Cow<'a, str>,
        /// The name without prefix; `token-XX` for a token that no table has.
        local: Cow<'a, str>,
    },
}

impl Name<'_> {
    /// The tag of a known name.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        match self {
            Self::Known(tag) => Some(*tag),
            Self::Other { .. } => None,
        }
    }

    /// The name without namespace.
    #[must_use]
    pub fn local(&self) -> &str {
        match self {
            Self::Known(tag) => tag.name(),
            Self::Other { local, .. } => local,
        }
    }

    /// The namespace without a version.
    #[must_use]
    pub fn namespace(&self) -> &str {
        match self {
            Self::Known(tag) => tag.space().namespace(),
            Self::Other { space, .. } => space,
        }
    }

    /// The vocabulary, if it is one of ours: also for a strange element in it.
    #[must_use]
    pub fn space(&self) -> Option<Space> {
        match self {
            Self::Known(tag) => Some(tag.space()),
            Self::Other { space, .. } => Space::from_namespace(space),
        }
    }

    /// The same name without borrowing.
    #[must_use]
    pub fn into_owned(self) -> Name<'static> {
        match self {
            Self::Known(tag) => Name::Known(tag),
            Self::Other { space, local } => Name::Other {
                space: Cow::Owned(space.into_owned()),
                local: Cow::Owned(local.into_owned()),
            },
        }
    }
}

impl From<Tag> for Name<'_> {
    fn from(tag: Tag) -> Self {
        Self::Known(tag)
    }
}

impl PartialEq<Tag> for Name<'_> {
    fn eq(&self, tag: &Tag) -> bool {
        self.tag() == Some(*tag)
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.local())
    }
}

/// One step through a document.
///
/// Readers never give an empty `Text` or `Opaque`: an empty element is `Start`, `End`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<'a> {
    /// An element begins.
    Start(Name<'a>),
    /// The innermost open element ends.
    End,
    /// Character data. An element may hold several runs, to be joined.
    Text(Cow<'a, str>),
    /// Octets as they are: OPAQUE of WBXML, a nested document among them. Text that is not valid in
    /// its charset comes as octets too.
    Opaque(Cow<'a, [u8]>),
}

impl Event<'_> {
    /// The same event without borrowing.
    #[must_use]
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Self::Start(name) => Event::Start(name.into_owned()),
            Self::End => Event::End,
            Self::Text(text) => Event::Text(Cow::Owned(text.into_owned())),
            Self::Opaque(bytes) => Event::Opaque(Cow::Owned(bytes.into_owned())),
        }
    }
}

/// A stream of events: one element with all that is in it.
pub trait Source<'a> {
    /// The next event, or `None` after the end of the root.
    ///
    /// # Errors
    ///
    /// When the input breaks the rules of its form or a limit. A source that has failed stays failed.
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error>;

    /// Where the event returned last begins in the input.
    fn position(&self) -> Position;

    /// The shared buffer that borrowed events point into, if there is one.
    fn input(&self) -> Option<&'a Bytes> {
        None
    }
}

impl<'a, S: Source<'a> + ?Sized> Source<'a> for &mut S {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        (**self).next_event()
    }

    fn position(&self) -> Position {
        (**self).position()
    }

    fn input(&self) -> Option<&'a Bytes> {
        (**self).input()
    }
}

/// A taker of events.
pub trait Sink {
    /// Takes one event.
    ///
    /// # Errors
    ///
    /// When the event has no place here, or the form cannot carry it.
    fn put(&mut self, event: Event<'_>) -> Result<(), Error>;
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        (**self).put(event)
    }
}

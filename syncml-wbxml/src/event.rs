//! What readers give and writers take: [`Event`], [`Name`], and the traits [`Source`] and [`Sink`].

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;

use core::fmt;

use bytes::Bytes;

use crate::error::{Error, ErrorKind, Position};
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
    /// An attribute of the element that has just begun. SyncML has none but declarations of
    /// namespaces, which names carry; readers give them where they are asked to.
    Attribute {
        /// The name, with its prefix if it has one.
        name: Cow<'a, str>,
        /// The value, its references resolved.
        value: Cow<'a, str>,
    },
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
            Self::Attribute { name, value } => Event::Attribute {
                name: Cow::Owned(name.into_owned()),
                value: Cow::Owned(value.into_owned()),
            },
            Self::End => Event::End,
            Self::Text(text) => Event::Text(Cow::Owned(text.into_owned())),
            Self::Opaque(bytes) => Event::Opaque(Cow::Owned(bytes.into_owned())),
        }
    }
}

/// What comes next in an element, see [`Source::child`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a child or the end")]
pub enum Child<'a> {
    /// A child begins, one of a SyncML vocabulary.
    Known(Tag),
    /// Any other child begins.
    Other(Box<Name<'a>>),
    /// The element ends.
    End,
}

/// A place in the input of a source, see [`Source::mark`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Offset of what comes next.
    pub(crate) byte: usize,
    /// What decides on the meaning of what comes next: code page, namespaces in force.
    pub(crate) context: u64,
    /// Elements so far.
    pub(crate) elements: usize,
    /// Bytes of text so far.
    pub(crate) text: usize,
}

/// A stream of events: one element with all that is in it.
///
/// Only the first two methods need to be written. The others are the ways through a document that
/// typed decoders take most, and readers know short cuts for them; what they give and what
/// `next_event` gives is the same.
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

    /// The next child of the innermost open element, its start taken, or the end of that element.
    /// Text between children is passed over.
    ///
    /// # Errors
    ///
    /// Those of [`next_event`](Self::next_event); [`ErrorKind::Truncated`] if there is no event.
    fn child(&mut self) -> Result<Child<'a>, Error> {
        next_child(self)
    }

    /// The next child like [`child`](Self::child), and if it is a SyncML element that mostly
    /// holds text only, perhaps its content like [`whole_run`](Self::whole_run): then its end has been taken,
    /// too.
    ///
    /// # Errors
    ///
    /// Those of [`child`](Self::child).
    fn child_or_leaf(&mut self) -> Result<(Child<'a>, Option<&'a [u8]>), Error> {
        Ok((self.child()?, None))
    }

    /// The content of the element that has just begun, through its end, if it is a single run of
    /// text that stands in the input as it is. `None` for anything else, and then nothing has been
    /// taken.
    ///
    /// These are the octets of the text. They should be UTF-8; who needs that looks.
    ///
    /// # Errors
    ///
    /// Those of [`next_event`](Self::next_event).
    fn whole_run(&mut self) -> Result<Option<&'a [u8]>, Error> {
        Ok(None)
    }

    /// The same for any single run, also of what is not meant to be text, and also if it does not
    /// stand in the input as it is.
    ///
    /// # Errors
    ///
    /// Those of [`next_event`](Self::next_event).
    fn whole_octets(&mut self) -> Result<Option<Bytes>, Error> {
        Ok(None)
    }

    /// The place where the source is, if it can tell.
    fn mark(&self) -> Option<Mark> {
        None
    }

    /// Passes over the rest of the innermost element if it reads, letter by letter, like what stands
    /// between two marks: one taken after the start of an earlier element, one after its end.
    /// Otherwise nothing is taken.
    ///
    /// # Errors
    ///
    /// Those of [`next_event`](Self::next_event).
    fn pass_same(&mut self, _from: Mark, _to: Mark) -> Result<bool, Error> {
        Ok(false)
    }
}

/// [`Source::child`] by way of events.
pub(crate) fn next_child<'a, S: Source<'a> + ?Sized>(source: &mut S) -> Result<Child<'a>, Error> {
    loop {
        return Ok(match source.next_event()? {
            Some(Event::Start(Name::Known(tag))) => Child::Known(tag),
            Some(Event::Start(name)) => Child::Other(Box::new(name)),
            Some(Event::End) => Child::End,
            Some(Event::Attribute { .. } | Event::Text(_) | Event::Opaque(_)) => continue,
            None => return Err(Error::new(ErrorKind::Truncated, source.position())),
        });
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

    fn child(&mut self) -> Result<Child<'a>, Error> {
        (**self).child()
    }

    fn child_or_leaf(&mut self) -> Result<(Child<'a>, Option<&'a [u8]>), Error> {
        (**self).child_or_leaf()
    }

    fn whole_run(&mut self) -> Result<Option<&'a [u8]>, Error> {
        (**self).whole_run()
    }

    fn whole_octets(&mut self) -> Result<Option<Bytes>, Error> {
        (**self).whole_octets()
    }

    fn mark(&self) -> Option<Mark> {
        (**self).mark()
    }

    fn pass_same(&mut self, from: Mark, to: Mark) -> Result<bool, Error> {
        (**self).pass_same(from, to)
    }
}

/// A taker of events.
///
/// Only the first method needs to be written. The others are what typed encoders put most, and
/// writers know short cuts for them.
pub trait Sink {
    /// Takes one event.
    ///
    /// # Errors
    ///
    /// When the event has no place here, or the form cannot carry it.
    fn put(&mut self, event: Event<'_>) -> Result<(), Error>;

    /// Begins an element of a SyncML vocabulary.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Self::put).
    fn put_start(&mut self, tag: Tag) -> Result<(), Error> {
        self.put(Event::Start(Name::Known(tag)))
    }

    /// Ends the innermost element.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Self::put).
    fn put_end(&mut self) -> Result<(), Error> {
        self.put(Event::End)
    }

    /// Takes an element that holds text only.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Self::put).
    fn put_leaf(&mut self, tag: Tag, text: &str) -> Result<(), Error> {
        self.put_start(tag)?;
        self.put(Event::Text(Cow::Borrowed(text)))?;
        self.put_end()
    }

    /// Takes an element that holds a number or a short word: text in printable ASCII. Octets that are
    /// something else are put as text, with U+FFFD for what is not UTF-8.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Self::put).
    fn put_word(&mut self, tag: Tag, word: &[u8]) -> Result<(), Error> {
        self.put_leaf(tag, &String::from_utf8_lossy(word))
    }

    /// Takes an element that holds octets only.
    ///
    /// # Errors
    ///
    /// Those of [`put`](Self::put).
    fn put_octets(&mut self, tag: Tag, octets: &[u8]) -> Result<(), Error> {
        self.put_start(tag)?;
        self.put(Event::Opaque(Cow::Borrowed(octets)))?;
        self.put_end()
    }

    /// The place where the sink is, if it can tell; the same as [`Source::mark`].
    fn mark(&self) -> Option<Mark> {
        None
    }

    /// Puts once more what was put between two marks with no element open at either that was not open
    /// at the other, if it would come out the same here. Otherwise nothing is put.
    fn put_same(&mut self, _from: Mark, _to: Mark) -> bool {
        false
    }
}

impl<S: Sink + ?Sized> Sink for &mut S {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        (**self).put(event)
    }

    fn put_start(&mut self, tag: Tag) -> Result<(), Error> {
        (**self).put_start(tag)
    }

    fn put_end(&mut self) -> Result<(), Error> {
        (**self).put_end()
    }

    fn put_leaf(&mut self, tag: Tag, text: &str) -> Result<(), Error> {
        (**self).put_leaf(tag, text)
    }

    fn put_word(&mut self, tag: Tag, word: &[u8]) -> Result<(), Error> {
        (**self).put_word(tag, word)
    }

    fn put_octets(&mut self, tag: Tag, octets: &[u8]) -> Result<(), Error> {
        (**self).put_octets(tag, octets)
    }

    fn mark(&self) -> Option<Mark> {
        (**self).mark()
    }

    fn put_same(&mut self, from: Mark, to: Mark) -> bool {
        (**self).put_same(from, to)
    }
}

//! Element names that the SyncML vocabularies define: [`Space`], [`Tag`] and a constant for each.

use core::fmt;

use crate::table::{self, CodePage, RENAMED};

pub use crate::table::{devinf, metinf, syncml};

/// A vocabulary, that is an XML namespace and a WBXML code page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Space {
    /// The representation protocol itself \[RepPro\], WBXML page 0, namespace `SYNCML:SYNCML1.x`.
    SyncMl,
    /// Meta information \[MetInf\], WBXML page 1, namespace `syncml:metinf`.
    MetInf,
    /// Device information \[DevInf\], a WBXML document of its own, namespace `syncml:devinf`.
    DevInf,
}

impl Space {
    /// The namespace without a version: `SYNCML:SYNCML`, `syncml:metinf` or `syncml:devinf`.
    ///
    /// The namespace that a document of one version declares is
    /// [`Doctype::namespace`](crate::Doctype::namespace).
    ///
    /// ```
    /// # use syncml_wbxml::Space;
    /// assert_eq!(Space::MetInf.namespace(), "syncml:metinf");
    /// ```
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::SyncMl => "SYNCML:SYNCML",
            Self::MetInf => "syncml:metinf",
            Self::DevInf => "syncml:devinf",
        }
    }

    /// The space that a namespace means, whatever its case and version.
    ///
    /// ```
    /// # use syncml_wbxml::Space;
    /// assert_eq!(Space::from_namespace("syncml:syncml1.1"), Some(Space::SyncMl));
    /// assert_eq!(Space::from_namespace("syncml:metinf1.0"), Some(Space::MetInf));
    /// assert_eq!(Space::from_namespace("urn:other"), None);
    /// ```
    #[must_use]
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        let namespace = namespace.trim_ascii().as_bytes();
        [Self::SyncMl, Self::MetInf, Self::DevInf]
            .into_iter()
            .find(|space| {
                let prefix = space.namespace().as_bytes();
                namespace
                    .get(..prefix.len())
                    .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
                    && namespace[prefix.len()..]
                        .iter()
                        .all(|b| b.is_ascii_digit() || *b == b'.')
            })
    }

    fn page(self) -> &'static CodePage {
        match self {
            Self::SyncMl => &table::syncml::PAGE,
            Self::MetInf => &table::metinf::PAGE,
            Self::DevInf => &table::devinf::PAGE,
        }
    }
}

/// A known element, such as `Add` of the SyncML space.
///
/// Constants for all of them are in [`syncml`], [`metinf`] and [`devinf`]; they may stand in patterns.
///
/// ```
/// use syncml_wbxml::{Space, Tag, tag};
///
/// let tag = Tag::lookup(Space::SyncMl, "LocURI").unwrap();
/// assert_eq!(tag.name(), "LocURI");
/// assert!(matches!(tag, tag::syncml::LOC_URI));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag {
    space: Space,
    /// Wire token, with [`RENAMED`] set for the younger of two names of one token.
    code: u8,
}

impl Tag {
    pub(crate) const fn new(space: Space, code: u8) -> Self {
        Self { space, code }
    }

    /// The name as the DTD writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.space.page().name(self.code)
    }

    /// The vocabulary the name belongs to.
    #[must_use]
    pub const fn space(self) -> Space {
        self.space
    }

    /// The identity on the wire, 0x05 to 0x3F, without the flags for attributes and content.
    ///
    /// Two DevInf names share a token: 0x1C is `Size` up to version 1.1 and `MaxSize` in 1.2.
    #[must_use]
    pub const fn token(self) -> u8 {
        self.code & !RENAMED
    }

    /// Finds an element by its exact name.
    #[must_use]
    pub fn lookup(space: Space, name: &str) -> Option<Self> {
        space.page().code(name).map(|code| Self::new(space, code))
    }

    /// Finds an element by its token on the wire, under its oldest name.
    #[must_use]
    pub fn from_token(space: Space, token: u8) -> Option<Self> {
        let known = token < RENAMED && !space.page().name(token).is_empty();
        known.then_some(Self::new(space, token))
    }

    /// All elements of a space, in the order of their tokens.
    pub fn all(space: Space) -> impl Iterator<Item = Self> {
        space.page().codes().map(move |code| Self::new(space, code))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}:{}", self.space, self.name())
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

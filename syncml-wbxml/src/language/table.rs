//! What a document type looks like in tokens: [`Language`].

use super::BUILT_IN;
use crate::tag::Space;
use crate::token::{Header, PublicId};

/// A document type: how the header names it, and its code pages.
///
/// It is plain data and may be a constant; nothing in it is looked up by more than a scan of one page.
///
/// ```
/// use syncml_wbxml::language::{Language, SYNCML};
/// use syncml_wbxml::token::{Header, PublicId};
///
/// let header = Header::new(PublicId::Number(0x0FD3));
/// assert_eq!(Language::of(&header), Some(&SYNCML));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language<'t> {
    name: &'t str,
    version: u8,
    public_ids: &'t [(u32, &'t str)],
    root: &'t str,
    tags: &'t [TagPage<'t>],
    attributes: &'t [AttributePage<'t>],
    dates: &'t [&'t str],
}

/// A code page of tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "written out in tables of users")]
pub struct TagPage<'t> {
    /// The number of the page.
    pub page: u8,
    /// The namespace of its names in XML, empty for none.
    pub namespace: &'t str,
    /// Token, from 0x05 to 0x3F, and name. In order, they are found without a search.
    pub names: &'t [(u8, &'t str)],
}

/// A code page of attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "written out in tables of users")]
pub struct AttributePage<'t> {
    /// The number of the page.
    pub page: u8,
    /// Token below 0x80 and what it stands for: `name`, or `name=` and the beginning of the value.
    pub starts: &'t [(u8, &'t str)],
    /// Token from 0x85 and the part of a value it stands for.
    pub values: &'t [(u8, &'t str)],
    /// As `values`, but never written, since not all implementations have them.
    pub read_only: &'t [(u8, &'t str)],
}

impl<'t> Language<'t> {
    /// A language without names; WBXML 1.2, no document type in the header.
    #[must_use]
    pub const fn new(name: &'t str) -> Self {
        Self {
            name,
            version: 0x02,
            public_ids: &[],
            root: "",
            tags: &[],
            attributes: &[],
            dates: &[],
        }
    }

    /// Sets the version octet that is written.
    #[must_use]
    pub const fn with_version(mut self, version: u8) -> Self {
        self.version = version;
        self
    }

    /// Sets how headers name the document type: a number, 1 if there is none, and a formal public
    /// identifier, empty if there is none. The first is what is written.
    #[must_use]
    pub const fn with_public_ids(mut self, public_ids: &'t [(u32, &'t str)]) -> Self {
        self.public_ids = public_ids;
        self
    }

    /// Sets the name of the root, by which an XML document is known to be of this language.
    #[must_use]
    pub const fn with_root(mut self, root: &'t str) -> Self {
        self.root = root;
        self
    }

    /// Sets the code pages of tags. The first is that of the root.
    #[must_use]
    pub const fn with_tags(mut self, pages: &'t [TagPage<'t>]) -> Self {
        self.tags = pages;
        self
    }

    /// Sets the code pages of attributes.
    #[must_use]
    pub const fn with_attributes(mut self, pages: &'t [AttributePage<'t>]) -> Self {
        self.attributes = pages;
        self
    }

    /// Sets the attributes whose values are dates, which travel as decimal digits in OPAQUE.
    #[must_use]
    pub const fn with_dates(mut self, names: &'t [&'t str]) -> Self {
        self.dates = names;
        self
    }

    /// The name given to [`new`](Self::new).
    #[must_use]
    pub const fn name(&self) -> &'t str {
        self.name
    }

    /// The code pages of tags.
    #[must_use]
    pub const fn tags(&self) -> &'t [TagPage<'t>] {
        self.tags
    }

    /// The code pages of attributes.
    #[must_use]
    pub const fn attributes(&self) -> &'t [AttributePage<'t>] {
        self.attributes
    }

    /// The header that documents of this language get.
    pub(super) fn header(&self) -> Header<'static> {
        let (number, fpi) = self.public_ids.first().copied().unwrap_or((1, ""));
        let mut header = Header::new(PublicId::Number(number));
        if number == 1 && !fpi.is_empty() {
            header.public_id = PublicId::Table(0);
            header
                .string_table
                .to_mut()
                .extend_from_slice(fpi.as_bytes());
            header.string_table.to_mut().push(0);
        }
        header.version = self.version;
        header
    }

    /// Whether a header names this language.
    pub(crate) fn has_header(&self, header: &Header<'_>) -> bool {
        match header.public_id {
            PublicId::Number(1) => false,
            PublicId::Number(number) => self.public_ids.iter().any(|&(own, _)| own == number),
            PublicId::Table(_) => header.fpi().is_some_and(|fpi| {
                let fpi = fpi.trim_matches(|c: char| c == '\0' || c.is_whitespace());
                let mut own = self.public_ids.iter();
                !fpi.is_empty() && own.any(|(_, own)| own.eq_ignore_ascii_case(fpi))
            }),
        }
    }

    /// Whether a document with this root in XML is of this language.
    pub(crate) fn has_root(&self, namespace: &str, local: &str) -> bool {
        let in_namespace = |page: &TagPage<'_>| {
            same_namespace(page.namespace, namespace)
                && page.names.iter().any(|(_, name)| *name == local)
        };
        if self.root.is_empty() {
            return !namespace.is_empty() && self.tags.iter().any(in_namespace);
        }
        local == self.root && (namespace.is_empty() || self.tags.iter().any(in_namespace))
    }

    /// Whether the other reader and writer know it by heart.
    #[cfg(feature = "xml")]
    pub(crate) fn is_syncml(&self) -> bool {
        self.tags
            .first()
            .is_some_and(|page| Space::from_namespace(page.namespace).is_some())
    }

    /// Whether elements of it can be told from those around them.
    #[cfg(feature = "xml")]
    pub(crate) fn may_be_nested(&self) -> bool {
        !self.is_syncml() && !self.namespace().is_empty() && !self.root.is_empty()
    }

    /// The namespace of the root.
    pub(super) fn namespace(&self) -> &'t str {
        self.tags.first().map_or("", |page| page.namespace)
    }

    /// The namespace and the name of a tag.
    pub(crate) fn tag(&self, page: u8, identity: u8) -> Option<(&'t str, &'t str)> {
        let page = self.tags.iter().find(|own| own.page == page)?;
        Some((page.namespace, name(page.names, identity, 0x05)?))
    }

    /// The page and the token of a tag, on the current page if it is there.
    pub(super) fn find_tag(&self, namespace: &str, local: &str, current: u8) -> Option<(u8, u8)> {
        let on = |page: &TagPage<'_>| {
            let (code, _) = page.names.iter().find(|(_, name)| *name == local)?;
            // Two names of one token differ in a bit of ours.
            Some((page.page, code & 0x3F))
        };
        let mut pages = self
            .tags
            .iter()
            .filter(|page| same_namespace(page.namespace, namespace));
        let first = pages.clone().find(|page| page.page == current);
        first.and_then(on).or_else(|| pages.find_map(on))
    }

    /// The name and the beginning of the value that an attribute start stands for.
    pub(super) fn start(&self, page: u8, code: u8) -> Option<(&'t str, &'t str)> {
        let page = self.attributes.iter().find(|own| own.page == page)?;
        let start = name(page.starts, code, 0x05)?;
        Some(start.split_once('=').unwrap_or((start, "")))
    }

    /// The page, the token and the length of the value it stands for, of the start that stands for
    /// most of this attribute.
    pub(super) fn find_start(
        &self,
        name: &str,
        value: &str,
        current: u8,
    ) -> Option<(u8, u8, usize)> {
        let mut best: Option<(u8, u8, usize)> = None;
        for page in self.attributes {
            for &(code, start) in page.starts {
                let (own, prefix) = start.split_once('=').unwrap_or((start, ""));
                if own != name || !value.starts_with(prefix) {
                    continue;
                }
                let rank = |page: u8, len: usize| (len, page == current);
                if best.is_none_or(|(on, _, len)| rank(page.page, prefix.len()) > rank(on, len)) {
                    best = Some((page.page, code, prefix.len()));
                }
            }
        }
        best
    }

    /// The part of a value that a token stands for.
    pub(super) fn value(&self, page: u8, code: u8) -> Option<&'t str> {
        let page = self.attributes.iter().find(|own| own.page == page)?;
        name(page.values, code, 0x85).or_else(|| name(page.read_only, code, 0x85))
    }

    /// The token and the length of what it stands for, of the longest part that `value` begins with.
    pub(super) fn find_value(&self, value: &str, page: u8) -> Option<(u8, usize)> {
        let page = self.attributes.iter().find(|own| own.page == page)?;
        let parts = page
            .values
            .iter()
            .filter(|(_, part)| value.starts_with(part));
        let (code, part) = parts.max_by_key(|(_, part)| part.len())?;
        Some((*code, part.len()))
    }

    /// Whether the values of an attribute are dates.
    pub(super) fn is_date(&self, name: &str) -> bool {
        self.dates.contains(&name)
    }
}

impl Language<'static> {
    /// The language that a header names, among those that this build has.
    #[must_use]
    pub fn of(header: &Header<'_>) -> Option<&'static Self> {
        BUILT_IN
            .iter()
            .copied()
            .find(|language| language.has_header(header))
    }

    /// The language of an XML document by its root, among those that this build has.
    #[must_use]
    pub fn of_root(namespace: &str, local: &str) -> Option<&'static Self> {
        BUILT_IN
            .iter()
            .copied()
            .find(|language| language.has_root(namespace, local))
    }
}

/// Whether two namespaces are one; those of SyncML are whatever their version.
fn same_namespace(one: &str, other: &str) -> bool {
    one == other
        || Space::from_namespace(one).is_some_and(|one| Some(one) == Space::from_namespace(other))
}

/// The name of a code. Most tables have no gaps after `first`.
fn name<'t>(names: &[(u8, &'t str)], code: u8, first: u8) -> Option<&'t str> {
    let guess = names.get(usize::from(code.checked_sub(first)?));
    guess
        .filter(|(own, _)| *own == code)
        .or_else(|| names.iter().find(|(own, _)| *own == code))
        .map(|(_, name)| *name)
}

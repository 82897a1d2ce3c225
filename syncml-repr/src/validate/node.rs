use syncml_wbxml::{Bytes, Tag};

/// A small element that has been read: a leaf, or what holds a few.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) tag: Tag,
    /// Where it begins.
    pub(super) byte: usize,
    /// Its own text, all runs joined.
    pub(super) content: Bytes,
    /// Some of it came as octets.
    pub(super) is_opaque: bool,
    /// What it holds apart from text.
    pub(super) holds: Holds,
    /// Its children, the last one of each name.
    pub(super) children: Vec<Self>,
}

/// What an element holds apart from text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Holds {
    #[default]
    Text,
    /// Elements.
    Markup,
    /// Elements of device information.
    DevInf,
    /// A nested document.
    Nested,
}

impl Node {
    /// The child of this name.
    pub(super) fn child(&self, tag: Tag) -> Option<&Self> {
        find(&self.children, tag)
    }

    /// The text without surrounding white space; nothing if it is none.
    pub(super) fn text(&self) -> &str {
        trimmed(&self.content)
    }

    /// The text of the child of this name.
    pub(super) fn leaf(&self, tag: Tag) -> Option<&str> {
        self.child(tag).map(Self::text)
    }
}

/// The one of this name.
pub(super) fn find(nodes: &[Node], tag: Tag) -> Option<&Node> {
    nodes.iter().find(|node| node.tag == tag)
}

/// Text without surrounding white space; nothing if it is none.
pub(super) fn trimmed(octets: &[u8]) -> &str {
    let text = std::str::from_utf8(octets).unwrap_or_default();
    text.trim_matches([' ', '\t', '\r', '\n'])
}

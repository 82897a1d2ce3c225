//! Random documents: well-formed, and with the oddities that the wire allows.

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use syncml_wbxml::{Event, Name, Space, Tag, tag::devinf, tag::syncml};

/// A piece of a document.
#[derive(Clone, Debug)]
pub enum Node {
    Element(Name<'static>, Vec<Self>),
    Text(String),
    Opaque(Vec<u8>),
}

impl Node {
    pub fn events(&self) -> Vec<Event<'static>> {
        let mut events = Vec::new();
        self.append(&mut events);
        events
    }

    fn append(&self, events: &mut Vec<Event<'static>>) {
        match self {
            Self::Element(name, children) => {
                events.push(Event::Start(name.clone()));
                children.iter().for_each(|child| child.append(events));
                events.push(Event::End);
            }
            Self::Text(text) => events.push(Event::Text(Cow::Owned(text.clone()))),
            Self::Opaque(bytes) => events.push(Event::Opaque(Cow::Owned(bytes.clone()))),
        }
    }
}

/// What documents are made of.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Octets as they are.
    pub opaque: bool,
    /// Tokens that no table has.
    pub tokens: bool,
    /// Any DevInf element anywhere.
    pub devinf: bool,
    /// Whole DevInf documents.
    pub nested: bool,
}

/// A document with a root of the SyncML space.
pub fn document(shape: Shape) -> impl Strategy<Value = Node> {
    // A root with the token of `Cmd` is `DevInf`, whatever the header says.
    let roots = Tag::all(Space::SyncMl)
        .filter(|tag| *tag != syncml::CMD)
        .collect::<Vec<_>>();
    let root = select(roots).prop_map(Name::Known);
    let node = leaf(shape).prop_recursive(6, 64, 6, move |inner| {
        let elements = (name(shape), vec(inner.clone(), 0..6)).prop_map(element);
        if shape.nested {
            prop_oneof![8 => elements, 1 => whole_devinf(), 1 => properties()].boxed()
        } else {
            elements.boxed()
        }
    });
    (root, vec(node, 0..6)).prop_map(element)
}

/// Joins text runs that would read as one.
fn element((name, children): (Name<'static>, Vec<Node>)) -> Node {
    let mut joined: Vec<Node> = Vec::new();
    for child in children {
        match (joined.last_mut(), child) {
            (Some(Node::Text(text)), Node::Text(more)) => text.push_str(&more),
            (_, child) => joined.push(child),
        }
    }
    Node::Element(name, joined)
}

fn leaf(shape: Shape) -> BoxedStrategy<Node> {
    let text = text().prop_map(Node::Text);
    let empty = name(shape).prop_map(|name| Node::Element(name, Vec::new()));
    let filled =
        (name(shape), text.clone()).prop_map(|(name, text)| Node::Element(name, vec![text]));
    if shape.opaque {
        let opaque = vec(any::<u8>(), 1..20).prop_map(Node::Opaque);
        prop_oneof![1 => text, 2 => empty, 4 => filled, 1 => opaque].boxed()
    } else {
        prop_oneof![1 => text, 2 => empty, 4 => filled].boxed()
    }
}

/// Text that XML can carry and that is not blank.
fn text() -> impl Strategy<Value = String> + Clone {
    let pieces = select(vec![
        "1",
        "text/x-vcard",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "]]>",
        "&amp;",
        "\r\n",
        "\n",
        "\r",
        "\t",
        " ",
        "é",
        "\u{20AC}",
        "\u{1F600}",
        "\u{FFFD}",
        "a b",
        "./contacts",
        "<![CDATA[",
        "&EQ;",
        "%",
    ]);
    let pieces = vec(pieces, 0..6).prop_map(|pieces| pieces.concat());
    (pieces.clone(), "[!-~]", pieces).prop_map(|(before, mark, after)| before + &mark + &after)
}

fn tags(space: Space) -> impl Strategy<Value = Tag> + Clone {
    select(Tag::all(space).collect::<Vec<_>>())
}

fn name(shape: Shape) -> BoxedStrategy<Name<'static>> {
    let syncml = tags(Space::SyncMl).prop_map(Name::Known);
    let metinf = tags(Space::MetInf).prop_map(Name::Known);
    let local = "X[a-zA-Z0-9_.-]{0,6}";
    let space = select(vec![
        "SYNCML:SYNCML",
        "syncml:metinf",
        "syncml:devinf",
        "urn:x",
        "http://example.com/?a=1&b=\"2\"",
    ]);
    let other = (space, local).prop_map(|(space, local)| Name::Other {
        space: Cow::Borrowed(space),
        local: Cow::Owned(local),
    });
    let token = (2_u8..=255, 5_u8..0x40).prop_map(|(page, token)| Name::Other {
        space: Cow::Owned(format!("wbxml:page-{page}")),
        local: Cow::Owned(format!("token-{token:02X}")),
    });
    let devinf = tags(Space::DevInf).prop_map(Name::Known);
    let mut choices = vec![(6, syncml.boxed()), (4, metinf.boxed()), (2, other.boxed())];
    if shape.tokens {
        choices.push((1, token.boxed()));
    }
    if shape.devinf {
        choices.push((2, devinf.boxed()));
    }
    proptest::strategy::Union::new_weighted(choices).boxed()
}

/// Elements of a DevInf document, without those that depend on its version.
fn devinf_elements() -> impl Strategy<Value = Vec<Node>> {
    let tags = Tag::all(Space::DevInf)
        .filter(|tag| ![devinf::DEV_INF, devinf::VER_DTD, devinf::SIZE].contains(tag));
    let tags = select(tags.collect::<Vec<_>>());
    let filled = (tags.clone(), text())
        .prop_map(|(tag, text)| Node::Element(Name::Known(tag), vec![Node::Text(text)]));
    let element = (tags, vec(filled, 0..4))
        .prop_map(|(tag, children)| Node::Element(Name::Known(tag), children));
    vec(element, 0..4)
}

fn data(children: Vec<Node>) -> Node {
    Node::Element(Name::Known(syncml::DATA), children)
}

fn whole_devinf() -> impl Strategy<Value = Node> {
    devinf_elements().prop_map(|mut children| {
        let version = Node::Text("1.2".to_owned());
        children.insert(
            0,
            Node::Element(Name::Known(devinf::VER_DTD), vec![version]),
        );
        data(vec![Node::Element(Name::Known(devinf::DEV_INF), children)])
    })
}

/// The properties of a filter, which stand in Data without a DevInf.
fn properties() -> impl Strategy<Value = Node> {
    vec(devinf_elements(), 1..4).prop_map(|properties| {
        let property = |children| Node::Element(Name::Known(devinf::PROPERTY), children);
        data(properties.into_iter().map(property).collect())
    })
}

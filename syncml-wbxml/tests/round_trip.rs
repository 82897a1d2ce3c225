//! Random documents through both forms.

mod common;

use common::tree::{Node, Shape, document};
use common::{drain, read, sketch};
use proptest::prelude::*;
use syncml_wbxml::{
    Doctype, Encoder, Event, Fragment, FragmentBuilder, Sink, Source, Writer, tag::syncml,
};

const PLAIN: Shape = Shape {
    opaque: false,
    tokens: false,
    devinf: false,
    nested: false,
};
const BINARY: Shape = Shape {
    opaque: true,
    tokens: true,
    ..PLAIN
};
const ANY: Shape = Shape {
    opaque: true,
    tokens: true,
    devinf: true,
    nested: true,
};

fn put_all(sink: &mut impl Sink, events: &[Event<'static>]) {
    events
        .iter()
        .for_each(|event| sink.put(event.clone()).unwrap());
}

fn encode<E: Encoder>(events: &[Event<'static>]) -> Vec<u8> {
    let mut writer = E::new(Doctype::SyncMl12);
    put_all(&mut writer, events);
    writer.finish().unwrap()
}

/// Ends all that is open; the result tells the length before and the length announced.
fn close<E: Encoder>(mut writer: E, events: &[Event<'static>]) -> (usize, usize) {
    let announced = writer.len() + writer.closing_len();
    let depth = events.iter().fold(0, |depth, event| match event {
        Event::Start(_) => depth + 1,
        Event::End => depth - 1,
        _ => depth,
    });
    for _ in 0..depth {
        writer.put(Event::End).unwrap();
    }
    (announced, writer.finish().unwrap().len())
}

/// Lengths are exact at any point, and a rollback leaves no trace.
fn check_packing<E: Encoder + Clone>(events: &[Event<'static>], cut: usize, back: usize) {
    let cut = 1 + cut % (events.len() - 1).max(1);
    let back = (cut + back % (events.len() - cut + 1)).min(events.len());
    let mut writer = E::new(Doctype::SyncMl12);
    put_all(&mut writer, &events[..cut]);
    if cut < events.len() {
        let (announced, len) = close(writer.clone(), &events[..cut]);
        assert_eq!(announced, len, "{}", sketch(&events[..cut]));
    }
    let before = (writer.len(), writer.closing_len());
    let checkpoint = writer.checkpoint();
    put_all(&mut writer, &events[cut..back]);
    writer.rollback(&checkpoint);
    assert_eq!((writer.len(), writer.closing_len()), before);
    put_all(&mut writer, &events[cut..]);
    assert_eq!(writer.len() + writer.closing_len(), writer.len());
    assert_eq!(writer.finish().unwrap(), encode::<E>(events));
}

fn fragment(events: &[Event<'static>]) -> Fragment {
    let mut builder = FragmentBuilder::new();
    put_all(&mut builder, events);
    builder.finish().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn wbxml(tree in document(BINARY)) {
        let events = tree.events();
        let bytes = encode::<Writer>(&events);
        let again = read(&bytes).unwrap();
        prop_assert_eq!(&again, &events);
        prop_assert_eq!(encode::<Writer>(&again), bytes);
    }

    #[test]
    fn wbxml_packing(tree in document(ANY), cut: usize, back: usize) {
        check_packing::<Writer>(&tree.events(), cut, back);
    }

    #[test]
    fn fragments(tree in document(ANY)) {
        let events = tree.events();
        let whole = fragment(&events);
        prop_assert_eq!(Event::Start(whole.name()), events[0].clone());
        // Runs of octets are joined, so compare with a fragment of the fragment.
        let mut source = whole.source();
        let Some(Event::Start(name)) = source.next_event().unwrap() else {
            panic!("a fragment begins with a start");
        };
        let recorded = Fragment::record(name, &mut source).unwrap();
        prop_assert_eq!(&recorded, &whole);
        prop_assert_eq!(source.next_event().unwrap(), None);
        let mut builder = FragmentBuilder::new();
        whole.replay(&mut builder).unwrap();
        prop_assert_eq!(builder.finish().unwrap(), whole);
    }

    /// A fragment recorded from WBXML is the element that was written.
    #[test]
    fn recorded_fragments(tree in document(BINARY)) {
        let Node::Element(_, children) = &tree else { panic!("a root is an element") };
        let bytes = encode::<Writer>(&tree.events()).into();
        let mut reader = syncml_wbxml::Reader::new(&bytes, &Default::default()).unwrap();
        reader.next_event().unwrap();
        let elements = children.iter().filter(|child| matches!(child, Node::Element(..)));
        for child in elements {
            let name = loop {
                match reader.next_event().unwrap() {
                    Some(Event::Start(name)) => break name,
                    Some(_) => {}
                    None => panic!("an element is missing"),
                }
            };
            let recorded = Fragment::record(name, &mut reader).unwrap();
            prop_assert_eq!(recorded, fragment(&child.events()));
        }
    }

    /// Octets that are no document end in an error or in events, and those can be written again.
    #[test]
    fn noise(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut input = b"\x02\xA4\x01\x6A\x04x\0y\0\x6D".to_vec();
        input.extend_from_slice(&bytes);
        if let Ok(events) = read(&input) {
            let written = encode::<Writer>(&events);
            prop_assert_eq!(fragment(&read(&written).unwrap()), fragment(&events));
        }
    }
}

#[cfg(feature = "xml")]
mod xml {
    use syncml_wbxml::{Limits, Name, from_xml, to_xml, to_xml_pretty, xml::Writer as XmlWriter};

    use super::*;

    const NESTED: Shape = Shape {
        nested: true,
        tokens: true,
        ..PLAIN
    };
    const TEXT: Shape = Shape {
        devinf: true,
        nested: true,
        tokens: true,
        ..PLAIN
    };

    fn read_xml(bytes: &[u8]) -> Vec<Event<'static>> {
        common::read_xml(core::str::from_utf8(bytes).unwrap()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn xml(tree in document(TEXT)) {
            let events = tree.events();
            let bytes = encode::<XmlWriter>(&events);
            prop_assert_eq!(sketch(&read_xml(&bytes)), sketch(&events));
            prop_assert_eq!(read_xml(&bytes), events);
        }

        #[test]
        fn xml_packing(tree in document(TEXT), cut: usize, back: usize) {
            check_packing::<XmlWriter>(&tree.events(), cut, back);
        }

        /// An independent parser agrees on names, namespaces and text.
        #[test]
        fn xml_agrees_with_another_parser(tree in document(TEXT)) {
            let events = tree.events();
            let text = String::from_utf8(encode::<XmlWriter>(&events)).unwrap();
            let parsed = roxmltree::Document::parse(&text).unwrap();
            let mut found = Vec::new();
            collect(parsed.root_element(), &mut found);
            prop_assert_eq!(sketch(&found), sketch(&events));
        }

        /// Requirement WBXML-006: both forms hold the same.
        #[test]
        fn wbxml_006_conversion(tree in document(NESTED)) {
            let limits = Limits::default();
            let text = String::from_utf8(encode::<XmlWriter>(&tree.events())).unwrap();
            let bytes = from_xml(&text, &limits).unwrap();
            prop_assert_eq!(&to_xml(&bytes, &limits).unwrap(), &text);
            prop_assert_eq!(&encode::<Writer>(&tree.events()), &bytes);
            let pretty = to_xml_pretty(&bytes, &limits).unwrap();
            let mixed = |events: &[Event<'_>]| events.windows(2).any(|pair| {
                matches!(pair, [Event::End, Event::Text(_)] | [Event::Text(_), Event::Start(_)])
            });
            if !mixed(&tree.events()) {
                prop_assert_eq!(from_xml(&pretty, &limits).unwrap(), bytes);
            }
        }
    }

    /// Events as another parser sees them; names are known by namespace and spelling.
    fn collect(node: roxmltree::Node<'_, '_>, events: &mut Vec<Event<'static>>) {
        use syncml_wbxml::{Space, Tag};
        let local = node.tag_name().name();
        let uri = node.tag_name().namespace().unwrap_or("");
        let space = Space::from_namespace(uri);
        let tag = space.and_then(|space| Tag::lookup(space, local));
        events.push(Event::Start(tag.map_or_else(
            || {
                Name::Other {
                    space: space
                        .map_or_else(|| uri.to_owned(), |space| space.namespace().to_owned())
                        .into(),
                    local: local.to_owned().into(),
                }
            },
            Name::Known,
        )));
        for child in node.children() {
            match child.text() {
                Some(text) if child.is_text() => events.push(Event::Text(text.to_owned().into())),
                _ => collect(child, events),
            }
        }
        events.push(Event::End);
    }
}

#[cfg(feature = "serde")]
mod serde {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn fragments(tree in document(ANY)) {
            let fragment = fragment(&tree.events());
            let json = serde_json::to_string(&fragment).unwrap();
            prop_assert_eq!(serde_json::from_str::<Fragment>(&json).unwrap(), fragment);
        }
    }

    #[test]
    fn json_is_readable_and_checked() {
        let event = |text: &str| Event::Text(text.to_owned().into());
        let opaque = Event::Opaque(vec![0, 0xAB].into());
        let start = Event::Start(syncml::DATA.into());
        let fragment = fragment(&[start, event("x"), opaque, Event::End]);
        let json = r#"[{"start":["SYNCML:SYNCML","Data"]},{"text":"x"},{"opaque":"00ab"},"end"]"#;
        assert_eq!(serde_json::to_string(&fragment).unwrap(), json);
        for bad in [
            r#"[]"#,
            r#"["end"]"#,
            r#"[{"start":["a","b"]}]"#,
            r#"[{"text":"x"}]"#,
            r#"[{"start":["a","b"]},{"opaque":"0"},"end"]"#,
            r#"[{"start":["a","b"]},"end","end"]"#,
        ] {
            assert!(serde_json::from_str::<Fragment>(bad).is_err(), "{bad}");
        }
    }
}

/// What the reader gives has the events of what was written: with no random part.
#[test]
fn drained_fragment_is_the_same() {
    let events = [
        Event::Start(syncml::DATA.into()),
        Event::Text("a".into()),
        Event::Text("b".into()),
        Event::Opaque(b"c".to_vec().into()),
        Event::Opaque(b"d".to_vec().into()),
        Event::End,
    ];
    let fragment = fragment(&events);
    assert_eq!(
        sketch(&drain(fragment.source()).unwrap()),
        "Data('ab'[63, 64])"
    );
    assert_eq!(fragment.text(), "abcd");
}

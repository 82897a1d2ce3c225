//! The documents of other languages in `testdata`, which libwbxml made: read like their XML, and written back.
#![cfg(all(feature = "languages", feature = "xml"))]

use std::collections::BTreeMap;

use syncml_wbxml::language::{self, ACTIVESYNC, Language};
use syncml_wbxml::token::Document;
use syncml_wbxml::{Limits, from_xml, to_xml};
use testdata::{Encoding, Fixture, Kind};

fn documents() -> impl Iterator<Item = &'static Fixture> {
    testdata::all(Kind::Wbxml)
        .filter(|fixture| fixture.encoding == Encoding::Wbxml && !fixture.name.contains("/vector/"))
}

/// The language that the header names; ActiveSync has no name there.
fn language_of(fixture: &Fixture) -> &'static Language<'static> {
    let document = Document::decode(fixture.bytes, &Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
    Language::of(&document.header).unwrap_or(&ACTIVESYNC)
}

/// An element as one that does not know prefixes, orders of attributes or white space between elements sees it.
#[derive(Debug, PartialEq, Eq)]
struct Element {
    name: (String, String),
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Self>,
}

impl Element {
    /// An XML document; the parser is none of ours.
    fn parse(xml: &str, name: &str) -> Self {
        let options = roxmltree::ParsingOptions {
            allow_dtd: true,
            ..Default::default()
        };
        let document = roxmltree::Document::parse_with_options(xml, options)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        Self::new(document.root_element())
    }

    fn new(node: roxmltree::Node<'_, '_>) -> Self {
        let tag = node.tag_name();
        let children: Vec<Self> = node
            .children()
            .filter(roxmltree::Node::is_element)
            .map(Self::new)
            .collect();
        let text: String = node
            .children()
            .filter_map(|child| child.is_text().then(|| child.text()).flatten())
            .collect();
        Self {
            name: (
                tag.namespace().unwrap_or_default().to_owned(),
                tag.name().to_owned(),
            ),
            attributes: node
                .attributes()
                .map(|attribute| (attribute.name().to_owned(), attribute.value().to_owned()))
                .collect(),
            text: if children.is_empty() {
                text
            } else {
                String::new()
            },
            children,
        }
    }
}

/// WBXML-012: what an independent encoder made of the XML is read as that XML, and what is written of either is read so
/// too.
#[test]
fn wbxml_012_documents_of_an_independent_encoder() {
    let limits = Limits::default();
    let mut count = 0;
    for fixture in documents() {
        let name = fixture.name;
        let language = language_of(fixture);
        let twin = fixture.twin().expect("each has its XML beside it");
        let text = std::str::from_utf8(twin.bytes).expect("is UTF-8");
        let expected = Element::parse(text, name);

        let xml = language::to_xml(language, fixture.bytes, &limits)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(Element::parse(&xml, name), expected, "{name}");
        for source in [text, &xml] {
            let wbxml = language::from_xml(language, source, &limits)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            let again = language::to_xml(language, &wbxml, &limits)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(again, xml, "{name}");
        }
        count += 1;
    }
    assert!(count >= 15, "{count}");
}

/// Documents whose header or root tells the language are converted without naming it.
#[test]
fn languages_are_found() {
    let limits = Limits::default();
    let mut count = 0;
    for fixture in documents() {
        let name = fixture.name;
        let language = language_of(fixture);
        if language.name() == ACTIVESYNC.name() {
            continue;
        }
        let xml = to_xml(fixture.bytes, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            Ok(&xml),
            language::to_xml(language, fixture.bytes, &limits).as_ref(),
            "{name}"
        );
        let wbxml = from_xml(&xml, &limits).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(to_xml(&wbxml, &limits).as_ref(), Ok(&xml), "{name}");
        count += 1;
    }
    assert!(count >= 9, "{count}");
}

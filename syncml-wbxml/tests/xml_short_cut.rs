//! The short cuts of the XML reader and its events tell the same.
#![cfg(feature = "xml")]

mod common;

use std::borrow::Cow;

use common::tree::{Node, Shape, document};
use common::{read_xml, sketch};
use proptest::prelude::*;
use syncml_wbxml::tag::{metinf, syncml};
use syncml_wbxml::{
    Bytes, Child, Doctype, ErrorKind, Event, LimitKind, Limits, Mark, Name, Sink, Source, skip, xml,
};

/// How a walk through a document takes leaves.
#[derive(Clone, Copy, Debug)]
enum Leaves {
    Text,
    Octets,
}

fn owned(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

/// All children and the leaves that short cuts take, as events; other content as its events.
fn walk(text: &str, leaves: Leaves) -> Vec<Event<'static>> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let mut reader = xml::Reader::new(&bytes, &Limits::default()).unwrap();
    let mut events = Vec::new();
    let mut depth = 0;
    loop {
        let name = match reader.child().unwrap() {
            Child::Known(tag) => Name::Known(tag),
            Child::Other(name) => name.into_owned(),
            Child::End => {
                events.push(Event::End);
                depth -= 1;
                if depth == 0 {
                    assert_eq!(reader.next_event().unwrap(), None, "{text}");
                    return events;
                }
                continue;
            }
        };
        events.push(Event::Start(name));
        let content = match leaves {
            Leaves::Text => reader.whole_run().unwrap().map(owned),
            Leaves::Octets => reader.whole_octets().unwrap().map(|octets| owned(&octets)),
        };
        match content {
            Some(content) => {
                if !content.is_empty() {
                    events.push(Event::Text(Cow::Owned(content)));
                }
                events.push(Event::End);
                if depth == 0 {
                    return events;
                }
            }
            None => depth += 1,
        }
    }
}

/// Events as a walk sees them: text beside elements is passed over, and so is what a walk over texts
/// cannot take whole.
fn seen(text: &str, walked: &[Event<'static>]) -> Vec<Event<'static>> {
    let mut walked = walked.iter();
    let mut next = walked.next();
    let mut seen = Vec::new();
    for event in read_xml(text).unwrap() {
        if next == Some(&event) {
            next = walked.next();
        } else if matches!(event, Event::Text(_)) {
            continue;
        }
        seen.push(event);
    }
    seen
}

fn compare(text: &str) {
    for leaves in [Leaves::Text, Leaves::Octets] {
        let walked = walk(text, leaves);
        assert_eq!(
            sketch(&walked),
            sketch(&seen(text, &walked)),
            "{leaves:?} {text}"
        );
    }
}

#[test]
fn leaves_as_peers_spell_them() {
    for content in [
        "",
        "x",
        "  x ",
        " ",
        "a&amp;b",
        "a&lt;b&gt;c&#13;\nd&#x20AC;&apos;&quot;",
        "&",
        "a&EQ;b&c",
        "a\r\nb\rc\r\r\nd",
        "<![CDATA[]]>",
        "<![CDATA[a<b]]>",
        "<![CDATA[a\r\nb]]>",
        "<![CDATA[a]]]]><![CDATA[>b]]>",
        "a<![CDATA[<]]>b&amp;<![CDATA[\r\n]]>",
        "a<!-- c -->b<?p?>",
        "\u{FEFF}\u{E9}\u{1F600}",
        "a<Item/>b",
        "<Item>x</Item>",
        "\n <Item>x</Item>\n ",
    ] {
        for data in [
            format!("<Data>{content}</Data>"),
            format!("<Data\n>{content}</Data >"),
            format!("<Foo>{content}</Foo>"),
            format!("<s:Data xmlns:s='SYNCML:SYNCML1.1' a='1'>{content}</s:Data>"),
        ] {
            compare(&format!(
                "<SyncML><Add>{data}<CmdID>1</CmdID></Add></SyncML>"
            ));
        }
    }
}

/// Whole content is taken where it can be: nothing of this may come to be read the long way.
#[test]
fn which_leaves_are_taken_whole() {
    for (content, text, octets) in [
        ("", true, true),
        ("x", true, true),
        ("a&amp;b", false, true),
        ("a\r\nb", false, true),
        ("<![CDATA[a<b]]>", false, true),
        ("a<!-- -->", false, false),
        ("a<Item/>", false, false),
    ] {
        let bytes = Bytes::from(format!("<SyncML><Data>{content}</Data></SyncML>"));
        let mut reader = xml::Reader::new(&bytes, &Limits::default()).unwrap();
        assert_eq!(reader.whole_run().unwrap(), None, "before the root");
        reader.child().unwrap();
        reader.child().unwrap();
        assert_eq!(
            reader.clone().whole_run().unwrap().is_some(),
            text,
            "{content}"
        );
        assert_eq!(
            reader.whole_octets().unwrap().is_some(),
            octets,
            "{content}"
        );
    }
}

#[test]
fn octets_share_the_input_or_one_buffer() {
    let bytes = Bytes::from_static(
        b"<SyncML><Data><![CDATA[plain]]></Data><Data>a&amp;b</Data><Data>c\r\nd</Data></SyncML>",
    );
    let mut reader = xml::Reader::new(&bytes, &Limits::default()).unwrap();
    let mut next = || {
        while reader.child().unwrap() != Child::Known(syncml::DATA) {}
        reader.whole_octets().unwrap().unwrap()
    };
    let (plain, reference, lines) = (next(), next(), next());
    assert_eq!(
        (&*plain, &*reference, &*lines),
        (&b"plain"[..], &b"a&b"[..], &b"c\nd"[..])
    );
    assert_eq!(plain.as_ptr(), bytes[23..].as_ptr(), "not copied");
    assert_eq!(
        lines.as_ptr(),
        reference.as_ptr().wrapping_add(3),
        "no buffer of its own"
    );
}

#[test]
fn a_buffer_is_used_again_when_nobody_shares_it() {
    let line = "0123456789\r\n".repeat(50);
    let text = format!(
        "<SyncML>{}</SyncML>",
        format!("<Data>{line}</Data>").repeat(100)
    );
    let bytes = Bytes::from(text);
    // At how many places the leaves stand, with so many of the last ones kept.
    let places = |kept: usize| {
        let mut reader = xml::Reader::new(&bytes, &Limits::default()).unwrap();
        assert_eq!(reader.child().unwrap(), Child::Known(syncml::SYNC_ML));
        let mut leaves: Vec<Bytes> = Vec::new();
        let mut places = std::collections::BTreeSet::new();
        while reader.child().unwrap() == Child::Known(syncml::DATA) {
            let octets = reader.whole_octets().unwrap().unwrap();
            places.insert(octets.as_ptr() as usize);
            leaves.push(octets);
            if leaves.len() > kept {
                leaves.remove(0);
            }
            let expected = line.replace('\r', "");
            assert!(leaves.iter().all(|leaf| *leaf == expected.as_bytes()));
        }
        places.len()
    };
    assert_eq!(places(0), 1);
    assert_eq!(places(100), 100);
}

/// Takes each Meta of a document, and tells which were passed as equal to the first.
fn metas(text: &str) -> Vec<bool> {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let mut reader = xml::Reader::new(&bytes, &Limits::default()).unwrap();
    let mut first: Option<(Mark, Mark)> = None;
    let mut passed = Vec::new();
    let mut depth = 0;
    loop {
        match reader.child().unwrap() {
            Child::Known(syncml::META) => {
                let from = reader.mark().expect("a place in Meta");
                let same = first.is_some_and(|(from, to)| reader.pass_same(from, to).unwrap());
                if !same {
                    skip(&mut reader).unwrap();
                    let to = reader.mark().expect("a place after Meta");
                    first = first.or(Some((from, to)));
                }
                passed.push(same);
            }
            Child::End if depth == 1 => break,
            Child::End => depth -= 1,
            _ => depth += 1,
        }
    }
    assert_eq!(reader.next_event().unwrap(), None);
    passed
}

#[test]
fn what_reads_the_same_is_passed_over() {
    const META: &str = "<Meta><Type xmlns='syncml:metinf'>t</Type></Meta>";
    let two = |second: &str| metas(&format!("<SyncML>{META}{second}</SyncML>"));
    assert_eq!(two(META), [false, true]);
    assert_eq!(
        two("<Meta><Type xmlns='syncml:metinf'>u</Type></Meta>"),
        [false, false]
    );
    assert_eq!(
        two("<Meta><Type xmlns='syncml:metinf'>t</Type></Meta >"),
        [false, false]
    );
    assert_eq!(
        two("<Meta> <Type xmlns='syncml:metinf'>t</Type></Meta>"),
        [false, false]
    );
    // The same letters mean something else under another declaration, or deeper.
    assert_eq!(two(&format!("<Item>{META}</Item>")), [false, false]);
    assert_eq!(
        two(&META.replacen(
            "<Meta>",
            "<Meta xmlns='urn:x' xmlns:s='SYNCML:SYNCML1.2'>",
            1
        )),
        [false]
    );
    assert_eq!(
        two("<s:Meta xmlns:s='SYNCML:SYNCML1.2'><Type xmlns='syncml:metinf'>t</Type></s:Meta>"),
        [false, false]
    );
}

#[test]
fn passing_over_counts_against_the_limits() {
    const META: &str = "<Meta><Type>text</Type></Meta>";
    let text = format!("<SyncML>{}</SyncML>", META.repeat(10));
    let bytes = Bytes::from(text);
    let run = |limits: Limits| {
        let mut reader = xml::Reader::new(&bytes, &limits).unwrap();
        reader.child()?;
        reader.child()?;
        let from = reader.mark().unwrap();
        skip(&mut reader)?;
        let to = reader.mark().unwrap();
        while reader.child()? != Child::End {
            if !reader.pass_same(from, to)? {
                skip(&mut reader)?;
            }
        }
        Ok::<_, syncml_wbxml::Error>(())
    };
    let limit = |limits| run(limits).map_err(|error| error.kind().clone());
    let limits = Limits::default();
    assert_eq!(
        limit(limits.with_max_elements(21).with_max_text(40)),
        Ok(())
    );
    assert_eq!(
        limit(limits.with_max_elements(20)),
        Err(ErrorKind::Limit(LimitKind::Elements))
    );
    assert_eq!(
        limit(limits.with_max_text(39)),
        Err(ErrorKind::Limit(LimitKind::Text))
    );
}

#[test]
fn short_cuts_count_against_the_limits_and_fail_as_events_do() {
    let bytes = Bytes::from_static(b"<SyncML><Data>12345</Data><Item/><Item></Add></SyncML>");
    let walk = |limits: &Limits| {
        let mut reader = xml::Reader::new(&bytes, limits).unwrap();
        loop {
            let child = reader.child();
            let leaf = match child {
                Ok(Child::Known(syncml::DATA)) => reader.whole_octets().map(|_| ()),
                child => child.map(|_| ()),
            };
            if let Err(error) = leaf {
                return error;
            }
        }
    };
    let kind = |limits: &Limits| walk(limits).kind().clone();
    let limits = Limits::default();
    assert_eq!(
        kind(&limits.with_max_text(4)),
        ErrorKind::Limit(LimitKind::Text)
    );
    assert_eq!(
        kind(&limits.with_max_elements(3)),
        ErrorKind::Limit(LimitKind::Elements)
    );
    assert_eq!(
        kind(&limits.with_max_depth(1)),
        ErrorKind::Limit(LimitKind::Depth)
    );
    // A wrong end tag; once failed, always failed.
    assert!(matches!(kind(&limits), ErrorKind::Xml(_)));
    let mut reader = xml::Reader::new(&bytes, &limits).unwrap();
    let error = loop {
        if let Err(error) = reader.child() {
            break error;
        }
    };
    assert_eq!(reader.child().unwrap_err(), error);
    assert_eq!(reader.next_event().unwrap_err(), error);
    assert_eq!(reader.whole_run(), Ok(None));
    assert_eq!(error.position().byte, 39);
}

/// A declaration that is spelled as always is not looked at again; it must not stand for another.
#[test]
fn the_usual_declaration() {
    let text = "<SyncML xmlns='SYNCML:SYNCML1.2'><Meta><Type xmlns='syncml:metinf'>a</Type>\
        <Format xmlns='syncml:metinf'>b</Format><Size xmlns='syncml:metinf'/>\
        <Mark xmlns='syncml:metinf' >c</Mark><Mem xmlns='syncml:metinf'><FreeID>1</FreeID></Mem>\
        <Data xmlns='syncml:metinf'/><Next xmlns='syncml:devinf'>d</Next></Meta>\
        <Type xmlns='syncml:metinf'>e</Type></SyncML>";
    let expected = "SyncML(Meta(Type('a')Format('b')Size()Mark('c')Mem(FreeID('1'))\
        Data()Next('d'))Type('e'))";
    assert_eq!(sketch(&read_xml(text).unwrap()), expected);
    let kinds = read_xml(text).unwrap();
    for tag in [
        metinf::TYPE,
        metinf::FORMAT,
        metinf::SIZE,
        metinf::MARK,
        metinf::FREE_ID,
    ] {
        assert!(kinds.contains(&Event::Start(tag.into())), "{tag}");
    }
    compare(text);
}

fn written(document: &Node) -> String {
    let mut writer = xml::Writer::new(Doctype::SyncMl12);
    for event in document.events() {
        writer.put(event).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

const SHAPE: Shape = Shape {
    opaque: false,
    tokens: false,
    devinf: true,
    nested: true,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn all_documents(document in document(SHAPE)) {
        compare(&written(&document));
    }

    /// Leaves put in one go are written like their three events.
    #[test]
    fn leaves_are_written_as_their_events(text in "[a-z<>&\r\n\t \u{E9}\u{20AC}\u{FFFD}]{0,80}", meta: bool) {
        let tag = if meta { metinf::TYPE } else { syncml::LOC_URI };
        let mut one = xml::Writer::new(Doctype::SyncMl12);
        one.put(Event::Start(syncml::SYNC_ML.into())).unwrap();
        let mut three = one.clone();
        one.put_leaf(tag, &text).unwrap();
        three.put(Event::Start(tag.into())).unwrap();
        three.put(Event::Text(Cow::Borrowed(&text))).unwrap();
        three.put(Event::End).unwrap();
        for writer in [&mut one, &mut three] {
            writer.put(Event::End).unwrap();
        }
        prop_assert_eq!(one.finish().unwrap(), three.finish().unwrap());
    }
}

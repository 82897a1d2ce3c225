//! proptest strategies, shared with the crates above (feature `testing`).

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use syncml_wbxml::{ByteString, Event, Fragment, FragmentBuilder, Name, Sink};

use crate::{Anchor, Format, Mem, MetInf, Nonce, trim};

/// Any character that both encodings can carry, with those that must be escaped more often than
/// by chance.
pub fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::range(' ', '~'),
        2 => proptest::sample::select(vec!['&', '<', '>', '"', '\'', ']', ';', '\r', '\n', '\t']),
        1 => proptest::char::range('\u{A0}', '\u{D7FF}'),
        1 => proptest::char::range('\u{10000}', '\u{1FAFF}'),
    ]
}

/// Text of any kind, up to 40 characters.
pub fn text() -> impl Strategy<Value = ByteString> {
    vec(character(), 0..40).prop_map(|text| text.into_iter().collect::<String>().into())
}

/// Text of an identifier or address: no white space around it, perhaps empty.
pub fn identifier() -> impl Strategy<Value = ByteString> {
    vec(character(), 0..16).prop_map(|text| trim(text.into_iter().collect::<String>().into()))
}

/// Text of an identifier or address that is not empty.
pub fn word() -> impl Strategy<Value = ByteString> {
    identifier().prop_map(|text| {
        if text.is_empty() {
            ByteString::from_static("-")
        } else {
            text
        }
    })
}

/// An element of a foreign vocabulary, with text or with a child.
pub fn foreign_element() -> BoxedStrategy<Fragment> {
    ("[A-Z][a-z]{2,6}", "[a-z]{1,8}", any::<bool>())
        .prop_map(|(local, text, nested)| {
            let name = |local: &'static str| Name::Other {
                space: "urn:example:extra".into(),
                local: local.into(),
            };
            let mut events = vec![Event::Text(Cow::Owned(text))];
            if nested {
                events.insert(0, Event::Start(name("Inner")));
                events.push(Event::End);
            }
            events.insert(
                0,
                Event::Start(Name::Other {
                    space: "urn:example:extra".into(),
                    local: local.into(),
                }),
            );
            events.push(Event::End);
            let mut builder = FragmentBuilder::new();
            for event in events {
                builder.put(event).expect("events are balanced");
            }
            builder.finish().expect("events are balanced")
        })
        .boxed()
}

/// A coding.
pub fn format() -> impl Strategy<Value = Format> {
    prop_oneof![
        3 => proptest::sample::select(vec![Format::Chr, Format::B64, Format::Xml, Format::Int, Format::Bool]),
        1 => "x-[a-z]{1,6}".prop_map(|text| Format::Other(text.into())),
    ]
}

/// Sync anchors.
pub fn anchor() -> impl Strategy<Value = Anchor> {
    (option::of(identifier()), identifier()).prop_map(|(last, next)| Anchor { last, next })
}

/// Free space.
pub fn mem() -> impl Strategy<Value = Mem> {
    (any::<bool>(), any::<Option<u64>>(), any::<Option<u64>>()).prop_map(
        |(shared_mem, free_mem, free_id)| Mem {
            shared_mem,
            free_mem,
            free_id,
        },
    )
}

/// Meta information in which anything may occur. `Format` is never `bin`, which does not survive
/// XML.
pub fn met_inf() -> BoxedStrategy<MetInf> {
    let words = (
        any::<bool>(),
        option::of(format()),
        option::of(word()),
        option::of(word()),
        option::of(word()),
        option::of(vec(any::<u8>(), 0..20)),
    );
    let numbers = (
        any::<Option<u64>>(),
        any::<Option<u64>>(),
        any::<Option<u64>>(),
    );
    let rest = (
        option::of(anchor()),
        vec(identifier(), 0..3),
        option::of(mem()),
        vec(foreign_element(), 0..2),
    );
    (words, numbers, rest)
        .prop_map(
            |(
                (field_level, format, media_type, mark, version, nonce),
                (size, max_msg_size, max_obj_size),
                (anchor, emi, mem, other),
            )| MetInf {
                field_level,
                format,
                media_type,
                mark,
                size,
                anchor,
                version,
                next_nonce: nonce.map(Nonce::new),
                max_msg_size,
                max_obj_size,
                emi,
                mem,
                other,
            },
        )
        .boxed()
}

//! `Serialize` and `Deserialize` for [`Fragment`]: a list of events, checked when it is read.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use core::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::{Event, Name, Sink};
use crate::fragment::{Fragment, FragmentBuilder, Record};
use crate::tag::{Space, Tag};

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Repr<'a> {
    /// Namespace and name.
    Start(Cow<'a, str>, Cow<'a, str>),
    /// Name and value.
    Attribute(Cow<'a, str>, Cow<'a, str>),
    End,
    Text(Cow<'a, str>),
    Opaque(Octets<'a>),
}

/// Hexadecimal where people read it, plain octets elsewhere.
struct Octets<'a>(Cow<'a, [u8]>);

impl<'a> From<Event<'a>> for Repr<'a> {
    fn from(event: Event<'a>) -> Self {
        match event {
            Event::Start(Name::Known(tag)) => Self::Start(
                Cow::Borrowed(tag.space().namespace()),
                Cow::Borrowed(tag.name()),
            ),
            Event::Start(Name::Other { space, local }) => Self::Start(space, local),
            Event::Attribute { name, value } => Self::Attribute(name, value),
            Event::End => Self::End,
            Event::Text(text) => Self::Text(text),
            Event::Opaque(bytes) => Self::Opaque(Octets(bytes)),
        }
    }
}

impl<'a> From<Repr<'a>> for Event<'a> {
    fn from(repr: Repr<'a>) -> Self {
        match repr {
            Repr::Start(space, local) => {
                let tag = Space::from_namespace(&space).and_then(|s| Tag::lookup(s, &local));
                Event::Start(tag.map_or(Name::Other { space, local }, Name::Known))
            }
            Repr::Attribute(name, value) => Event::Attribute { name, value },
            Repr::End => Event::End,
            Repr::Text(text) => Event::Text(text),
            Repr::Opaque(Octets(bytes)) => Event::Opaque(bytes),
        }
    }
}

impl Serialize for Fragment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.records.iter().map(Record::event).map(Repr::from))
    }
}

impl<'de> Deserialize<'de> for Fragment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Events;

        impl<'de> Visitor<'de> for Events {
            type Value = Fragment;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the events of one element")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Fragment, A::Error> {
                let mut builder = FragmentBuilder::new();
                while let Some(repr) = seq.next_element::<Repr<'_>>()? {
                    builder.put(repr.into()).map_err(A::Error::custom)?;
                }
                builder.finish().map_err(A::Error::custom)
            }
        }

        deserializer.deserialize_seq(Events)
    }
}

impl Serialize for Octets<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return serializer.serialize_bytes(&self.0);
        }
        let mut text = String::with_capacity(self.0.len() * 2);
        for byte in &*self.0 {
            for nibble in [byte >> 4, byte & 0xF] {
                text.push(char::from_digit(nibble.into(), 16).unwrap_or('0'));
            }
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Octets<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return deserializer
                .deserialize_byte_buf(Plain)
                .map(|bytes| Self(Cow::Owned(bytes)));
        }
        let text = String::deserialize(deserializer)?;
        let digits: Option<Vec<u8>> = text
            .chars()
            .map(|c| c.to_digit(16).map(|digit| digit as u8))
            .collect();
        match digits {
            Some(digits) if digits.len() % 2 == 0 => Ok(Self(
                digits
                    .chunks_exact(2)
                    .map(|pair| pair[0] << 4 | pair[1])
                    .collect(),
            )),
            _ => Err(D::Error::custom("octets need two hexadecimal digits each")),
        }
    }
}

struct Plain;

impl<'de> Visitor<'de> for Plain {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("octets")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = seq.next_element()? {
            bytes.push(byte);
        }
        Ok(bytes)
    }
}

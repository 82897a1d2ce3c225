//! What several tests need.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses its part")]

pub mod tree;

use syncml_wbxml::{Bytes, Error, Event, Limits, Reader, Source};

/// Octets of hexadecimal digits; white space is ignored, text may stand between apostrophes.
pub fn hex(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (i, part) in text.split('\'').enumerate() {
        if i % 2 == 1 {
            out.extend_from_slice(part.as_bytes());
            continue;
        }
        let digits: Vec<u32> = part
            .chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| c.to_digit(16).expect("hexadecimal"))
            .collect();
        out.extend(digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8));
    }
    out
}

/// All events of a source, not borrowed any more.
pub fn drain<'a>(mut source: impl Source<'a>) -> Result<Vec<Event<'static>>, Error> {
    let mut events = Vec::new();
    while let Some(event) = source.next_event()? {
        events.push(event.into_owned());
    }
    Ok(events)
}

/// All events of a WBXML document.
pub fn read(bytes: &[u8]) -> Result<Vec<Event<'static>>, Error> {
    read_within(bytes, &Limits::default())
}

pub fn read_within(bytes: &[u8], limits: &Limits) -> Result<Vec<Event<'static>>, Error> {
    drain(Reader::new(&Bytes::copy_from_slice(bytes), limits)?)
}

/// All events of an XML document.
#[cfg(feature = "xml")]
pub fn read_xml(text: &str) -> Result<Vec<Event<'static>>, Error> {
    read_xml_within(text.as_bytes(), &Limits::default())
}

#[cfg(feature = "xml")]
pub fn read_xml_within(bytes: &[u8], limits: &Limits) -> Result<Vec<Event<'static>>, Error> {
    drain(syncml_wbxml::xml::Reader::new(
        &Bytes::copy_from_slice(bytes),
        limits,
    )?)
}

/// Events as one line: `Name(` … `)`, text in apostrophes, octets in brackets.
pub fn sketch(events: &[Event<'_>]) -> String {
    let mut out = String::new();
    for event in events {
        match event {
            Event::Start(name) => {
                if name.tag().is_none() {
                    out += "{";
                    out += name.namespace();
                    out += "}";
                }
                out += name.local();
                out += "(";
            }
            Event::End => out += ")",
            Event::Text(text) => out += &format!("'{text}'"),
            Event::Opaque(bytes) => out += &format!("{bytes:02x?}"),
            _ => unreachable!("events of this version"),
        }
    }
    out
}

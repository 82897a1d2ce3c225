//! Helpers over any sink.

use std::borrow::Cow;

use crate::error::Error;
use crate::event::{Event, Name, Sink};
use crate::tag::Tag;

/// Begins an element.
///
/// # Errors
///
/// Those of the sink.
pub fn put_start(sink: &mut impl Sink, tag: Tag) -> Result<(), Error> {
    sink.put(Event::Start(Name::Known(tag)))
}

/// Ends the innermost element.
///
/// # Errors
///
/// Those of the sink.
pub fn put_end(sink: &mut impl Sink) -> Result<(), Error> {
    sink.put(Event::End)
}

/// Puts text into the innermost element.
///
/// # Errors
///
/// Those of the sink.
pub fn put_text(sink: &mut impl Sink, text: &str) -> Result<(), Error> {
    sink.put(Event::Text(Cow::Borrowed(text)))
}

/// Puts octets into the innermost element.
///
/// # Errors
///
/// Those of the sink.
pub fn put_opaque(sink: &mut impl Sink, bytes: &[u8]) -> Result<(), Error> {
    sink.put(Event::Opaque(Cow::Borrowed(bytes)))
}

/// Puts an element that holds text only.
///
/// # Errors
///
/// Those of the sink.
pub fn put_leaf(sink: &mut impl Sink, tag: Tag, text: &str) -> Result<(), Error> {
    put_start(sink, tag)?;
    put_text(sink, text)?;
    put_end(sink)
}

/// Puts an element without content.
///
/// # Errors
///
/// Those of the sink.
pub fn put_empty(sink: &mut impl Sink, tag: Tag) -> Result<(), Error> {
    put_start(sink, tag)?;
    put_end(sink)
}

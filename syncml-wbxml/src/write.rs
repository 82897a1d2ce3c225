//! Helpers over any sink.

use alloc::borrow::Cow;

use crate::error::Error;
use crate::event::{Event, Sink};
use crate::tag::Tag;

/// Begins an element.
///
/// # Errors
///
/// Those of the sink.
#[inline]
pub fn put_start(sink: &mut impl Sink, tag: Tag) -> Result<(), Error> {
    sink.put_start(tag)
}

/// Ends the innermost element.
///
/// # Errors
///
/// Those of the sink.
#[inline]
pub fn put_end(sink: &mut impl Sink) -> Result<(), Error> {
    sink.put_end()
}

/// Puts text into the innermost element.
///
/// # Errors
///
/// Those of the sink.
#[inline]
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
#[inline]
pub fn put_leaf(sink: &mut impl Sink, tag: Tag, text: &str) -> Result<(), Error> {
    sink.put_leaf(tag, text)
}

/// Puts an element that holds a decimal number.
///
/// # Errors
///
/// Those of the sink.
#[inline]
pub fn put_number(sink: &mut impl Sink, tag: Tag, number: u64) -> Result<(), Error> {
    // Room for the longest one.
    let mut digits = [b'0'; 20];
    let mut first = digits.len() - 1;
    let mut rest = number;
    while rest > 9 {
        digits[first] += (rest % 10) as u8;
        first -= 1;
        rest /= 10;
    }
    digits[first] += rest as u8;
    sink.put_word(tag, &digits[first..])
}

/// Puts an element without content.
///
/// # Errors
///
/// Those of the sink.
#[inline]
pub fn put_empty(sink: &mut impl Sink, tag: Tag) -> Result<(), Error> {
    put_start(sink, tag)?;
    put_end(sink)
}

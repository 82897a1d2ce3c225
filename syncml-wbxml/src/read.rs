//! Helpers over any source. All start right after the `Start` of an element and consume its `End`.

use alloc::borrow::Cow;
use alloc::string::String;

use bytes::{Bytes, BytesMut};
use bytestring::ByteString;

use crate::error::{Error, ErrorKind};
use crate::event::{Event, Source};

/// The text of a leaf, all its runs joined; what stands in nested elements is skipped.
///
/// One run that the source borrows from its input becomes a slice of that input, not a copy.
/// Octets count as text; what is not UTF-8 in them is replaced by U+FFFD. Callers that need octets
/// use [`leaf_bytes`].
///
/// # Errors
///
/// Those of the source; [`ErrorKind::Truncated`] if it ends inside the element.
pub fn leaf_text<'a>(source: &mut impl Source<'a>) -> Result<ByteString, Error> {
    Ok(text(leaf_bytes(source)?))
}

/// Octets as text; what is not UTF-8 in them is replaced by U+FFFD.
#[must_use]
pub fn text(octets: Bytes) -> ByteString {
    match ByteString::try_from(octets.clone()) {
        Ok(text) => text,
        Err(_) => String::from_utf8_lossy(&octets).into_owned().into(),
    }
}

/// The content of a leaf as octets, all its runs joined; what stands in nested elements is skipped.
///
/// # Errors
///
/// Those of the source; [`ErrorKind::Truncated`] if it ends inside the element.
pub fn leaf_bytes<'a>(source: &mut impl Source<'a>) -> Result<Bytes, Error> {
    if let Some(octets) = source.whole_octets()? {
        return Ok(octets);
    }
    let mut first: Option<Cow<'a, [u8]>> = None;
    let mut joined = BytesMut::new();
    loop {
        let run = match next(source)? {
            Event::Start(_) => {
                skip(source)?;
                continue;
            }
            Event::Attribute { .. } => continue,
            Event::End => break,
            Event::Text(Cow::Borrowed(text)) => Cow::Borrowed(text.as_bytes()),
            Event::Text(Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
            Event::Opaque(bytes) => bytes,
        };
        match &first {
            None => first = Some(run),
            Some(head) => {
                if joined.is_empty() {
                    joined.extend_from_slice(head);
                }
                joined.extend_from_slice(&run);
            }
        }
    }
    Ok(match first {
        None => Bytes::new(),
        Some(_) if !joined.is_empty() => joined.freeze(),
        Some(Cow::Owned(bytes)) => bytes.into(),
        Some(run) => share(source.input(), &run),
    })
}

/// Passes over the rest of an element.
///
/// # Errors
///
/// Those of the source; [`ErrorKind::Truncated`] if it ends inside the element.
pub fn skip<'a>(source: &mut impl Source<'a>) -> Result<(), Error> {
    let mut depth = 0_usize;
    loop {
        match next(source)? {
            Event::Start(_) => depth += 1,
            Event::End if depth == 0 => return Ok(()),
            Event::End => depth -= 1,
            Event::Attribute { .. } | Event::Text(_) | Event::Opaque(_) => {}
        }
    }
}

/// The next event of an element that is still open.
///
/// # Errors
///
/// Those of the source; [`ErrorKind::Truncated`] if it has no more events.
pub fn next<'a>(source: &mut impl Source<'a>) -> Result<Event<'a>, Error> {
    match source.next_event()? {
        Some(event) => Ok(event),
        None => Err(Error::new(ErrorKind::Truncated, source.position())),
    }
}

/// Owned octets of an event: a slice of the input if the event borrows from it, a copy otherwise.
#[must_use]
#[allow(
    clippy::ptr_arg,
    reason = "borrowed events carry the lifetime of the input"
)]
pub fn share<'a>(input: Option<&'a Bytes>, bytes: &Cow<'a, [u8]>) -> Bytes {
    match (input, bytes) {
        (Some(input), Cow::Borrowed(bytes)) => slice_of(input, bytes),
        _ => None,
    }
    .unwrap_or_else(|| Bytes::copy_from_slice(bytes))
}

/// Owned octets of a run: a slice of the input if the run stands there, a copy otherwise.
#[must_use]
#[inline]
pub fn share_octets<'a>(input: Option<&'a Bytes>, run: &'a [u8]) -> Bytes {
    input
        .and_then(|input| slice_of(input, run))
        .unwrap_or_else(|| Bytes::copy_from_slice(run))
}

/// Owned text of an event: a slice of the input if the event borrows from it, a copy otherwise.
#[must_use]
#[allow(
    clippy::ptr_arg,
    reason = "borrowed events carry the lifetime of the input"
)]
pub fn share_text<'a>(input: Option<&'a Bytes>, text: &Cow<'a, str>) -> ByteString {
    match (input, text) {
        (Some(input), Cow::Borrowed(text)) => slice_of(input, text.as_bytes()),
        _ => None,
    }
    .and_then(|bytes| ByteString::try_from(bytes).ok())
    .unwrap_or_else(|| ByteString::from(&**text))
}

/// The slice of `input` that `part` is, if it is one.
fn slice_of(input: &Bytes, part: &[u8]) -> Option<Bytes> {
    let start = (part.as_ptr() as usize).checked_sub(input.as_ptr() as usize)?;
    let end = start.checked_add(part.len())?;
    (end <= input.len()).then(|| input.slice(start..end))
}

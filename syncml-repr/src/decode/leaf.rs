use std::borrow::Cow;

use syncml_wbxml::{ByteString, Event, Source, read, share_octets, skip};

use super::{Decoder, Read};

/// Text of a leaf, trimmed.
enum Leaf<'a> {
    /// One run that points into the input. Should be UTF-8, but nobody has looked.
    Whole(&'a [u8]),
    /// Anything else: several runs, octets, no text.
    Pieces(ByteString),
}

// Most of a message is leaves, and nearly all of them are one run of text. So that case is
// looked for before anything else, and numbers are read where they stand.
impl<'a, S: Source<'a>> Decoder<'a, S> {
    /// Text of a leaf, trimmed.
    pub(super) fn leaf(&mut self) -> Read<ByteString> {
        if let Some(run) = self.run.take() {
            return Ok(read::text(share_octets(self.source.input(), trim(run))));
        }
        Ok(match self.any_leaf()? {
            Leaf::Whole(run) => read::text(share_octets(self.source.input(), run)),
            Leaf::Pieces(text) => text,
        })
    }

    /// What the text of a leaf means, without keeping the text.
    #[inline(always)]
    pub(super) fn leaf_as<T>(&mut self, parse: impl Fn(&[u8]) -> T) -> Read<T> {
        match self.run.take() {
            Some(run) => Ok(parse(trim(run))),
            None => self.leaf_as_other(parse),
        }
    }

    #[inline(never)]
    fn leaf_as_other<T>(&mut self, parse: impl Fn(&[u8]) -> T) -> Read<T> {
        Ok(match self.any_leaf()? {
            Leaf::Whole(run) => parse(run),
            Leaf::Pieces(text) => parse(text.as_bytes()),
        })
    }

    fn any_leaf(&mut self) -> Read<Leaf<'a>> {
        match self.source.whole_run()? {
            Some(text) => Ok(Leaf::Whole(trim(text))),
            None => self.runs(),
        }
    }

    /// A leaf that the source knows no short cut for.
    fn runs(&mut self) -> Read<Leaf<'a>> {
        // Matched where they are: events are large.
        let first = match self.source.next_event() {
            Ok(Some(Event::Text(Cow::Borrowed(text)))) => text,
            Ok(Some(Event::End)) => return Ok(Leaf::Pieces(ByteString::new())),
            Ok(Some(event)) => return self.pieces("", event).map(Leaf::Pieces),
            Ok(None) => return Err(self.truncated()),
            Err(error) => return Err(error.into()),
        };
        match self.source.next_event() {
            Ok(Some(Event::End)) => Ok(Leaf::Whole(trim(first.as_bytes()))),
            Ok(Some(event)) => self.pieces(first, event).map(Leaf::Pieces),
            Ok(None) => Err(self.truncated()),
            Err(error) => Err(error.into()),
        }
    }

    /// The rest of a leaf that is not as simple as most. What stands in nested elements is
    /// skipped, and octets that are no text are replaced.
    #[cold]
    fn pieces(&mut self, first: &str, second: Event<'a>) -> Read<ByteString> {
        let mut joined = first.as_bytes().to_vec();
        let mut event = second;
        loop {
            match event {
                Event::Text(text) => joined.extend_from_slice(text.as_bytes()),
                Event::Opaque(octets) => joined.extend_from_slice(&octets),
                Event::Start(_) => skip(&mut self.source)?,
                _ => break,
            }
            event = read::next(&mut self.source)?;
        }
        let text = String::from_utf8(joined)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
        Ok(syncml_meta::trim(text.into()))
    }
}

/// Text without white space around it, which most has not.
#[inline]
fn trim(text: &[u8]) -> &[u8] {
    match (text.first(), text.last()) {
        (Some(b'!'..), Some(b'!'..)) => text,
        _ => trim_spaces(text),
    }
}

#[cold]
fn trim_spaces(mut text: &[u8]) -> &[u8] {
    // The white space XML knows.
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..]
    | [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = text
    {
        text = rest;
    }
    text
}

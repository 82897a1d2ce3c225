//! Bytes to content lines, for both lexical families.
//!
//! Reads every input: what is no property becomes a stray line. Nothing is dropped, each line carries its own bytes.

use std::sync::Arc;

use crate::charset;
use crate::content_line::{ContentLine, Head, Meaning, bare_meaning, is_name_byte, read_params};
use crate::error::{Error, ErrorKind};
use crate::format::Dialect;
use crate::limits::Limits;
use crate::slice::{Slice, offset};
use crate::transfer::Transfer;

/// Reads an input line by line.
pub(crate) struct Lexer<'a> {
    input: &'a Arc<[u8]>,
    pos: usize,
    dialect: Dialect,
    limits: &'a Limits,
    lines: usize,
}

impl<'a> Lexer<'a> {
    /// Skips what stands before the first line: byte order mark, blank lines.
    pub(crate) fn new(
        input: &'a Arc<[u8]>,
        dialect: Dialect,
        limits: &'a Limits,
    ) -> Result<Self, Error> {
        // Lines tell their place in the input in 32 bits.
        let most = limits.bytes.min(u32::MAX as usize);
        if input.len() > most {
            return Err(Error::new(ErrorKind::Limit("bytes"), most));
        }
        let mut lexer = Self {
            input,
            pos: 0,
            dialect,
            limits,
            lines: 0,
        };
        if input.starts_with(b"\xEF\xBB\xBF") {
            lexer.pos = 3;
        }
        lexer.skip_blank_lines();
        Ok(lexer)
    }

    /// Offset of the line that is next.
    pub(crate) const fn position(&self) -> usize {
        self.pos
    }

    /// The next line; none: the input is at its end.
    pub(crate) fn next_line(&mut self) -> Result<Option<ContentLine>, Error> {
        if self.pos >= self.input.len() {
            return Ok(None);
        }
        if self.lines == self.limits.lines {
            return Err(Error::new(ErrorKind::Limit("lines"), self.pos));
        }
        self.lines += 1;
        self.line().map(Some)
    }

    /// Takes one physical line without its end. Line ends are CR LF, LF, CR and runs of CR before LF; a run counts as
    /// one end, so that scanning stays linear.
    fn physical(&mut self) -> (usize, usize) {
        let start = self.pos;
        let rest = self.input.get(start..).unwrap_or_default();
        let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let after = match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\n', ..]) => 1,
            Some(tail) => {
                let returns = tail.iter().take_while(|b| **b == b'\r').count();
                returns + usize::from(tail.get(returns) == Some(&b'\n'))
            }
            None => 0,
        };
        self.pos = start + length + after;
        (start, start + length)
    }

    fn peek(&self) -> Option<u8> {
        self.input.get(self.pos).copied()
    }

    fn skip_blank_lines(&mut self) {
        while matches!(self.peek(), Some(b'\r' | b'\n')) {
            self.physical();
        }
    }

    /// Takes one logical line with everything that belongs to it.
    fn line(&mut self) -> Result<ContentLine, Error> {
        let start = self.pos;
        let (from, to) = self.physical();
        let mut text = Text::Slice(self.input.get(from..to).unwrap_or_default());
        let mut scan = HeadScan::default();
        let mut found: Option<(Head, Transfer)> = None;
        let mut colon = None;
        let mut last_part = 0;
        loop {
            if colon.is_none() {
                if scan.pos == 0
                    && let Some(head) = self.plain_head(text.bytes())
                {
                    colon = Some(head.value as usize - 1);
                    found = Some((head, Transfer::Plain));
                    continue;
                }
                colon = scan.advance(text.bytes());
                if let Some(colon) = colon {
                    found = self.head(&mut text, colon, start)?;
                } else if scan.pos > self.limits.head {
                    return Err(Error::new(ErrorKind::Limit("head"), start));
                }
            }
            let transfer = found.map_or(Transfer::Plain, |(_, transfer)| transfer);
            let value_start = found.map_or(0, |(head, _)| head.value as usize);
            if transfer == Transfer::QuotedPrintable
                && self.soft_break(&mut text, value_start.max(last_part))
            {
                last_part = text.bytes().len();
                if self.pos < self.input.len() {
                    let (from, to) = self.physical();
                    text.push(self.input.get(from..to).unwrap_or_default());
                }
                continue;
            }
            last_part = text.bytes().len();
            match self.peek() {
                Some(b' ' | b'\t') => {
                    let (from, to) = self.physical();
                    // MIME-DIR writers insert the blank, old ones fold before a blank that belongs to the value.
                    let from = from + usize::from(self.dialect == Dialect::MimeDir);
                    text.push(self.input.get(from..to).unwrap_or_default());
                }
                Some(_)
                    if transfer == Transfer::Base64
                        && self.continues_base64(&text, value_start) =>
                {
                    let (from, to) = self.physical();
                    text.push(self.input.get(from..to).unwrap_or_default());
                }
                _ => break,
            }
        }
        self.skip_blank_lines();
        if colon.is_none()
            // A quote that is never closed hides the colon; read the line without regard to quotes.
            && let Some(colon) = memchr::memchr(b':', text.bytes())
        {
            found = self.head(&mut text, colon, start)?;
        }
        let (head, transfer) = found.unwrap_or_else(|| (Head::default(), Transfer::Plain));
        let raw = Slice::of(self.input, start, self.pos);
        Ok(match text {
            Text::Slice(text) => ContentLine::read(self.dialect, transfer, head, raw, text.len()),
            Text::Owned(text) => ContentLine::joined(self.dialect, transfer, head, raw, text),
        })
    }

    /// Whether the text ends in a soft line break, which is then cut off. Only the last physical line is looked at.
    fn soft_break(&self, text: &mut Text<'_>, from: usize) -> bool {
        let part = text.bytes().get(from..).unwrap_or_default();
        let trimmed = part.trim_ascii_end();
        if !trimmed.ends_with(b"=") {
            return false;
        }
        // A blank at the start of the next line is a fold in this family, and the `=` begins an octet cut in two.
        if self.dialect == Dialect::MimeDir && matches!(self.peek(), Some(b' ' | b'\t')) {
            return false;
        }
        // Written by a Nokia device where `=` alone was meant.
        let cut = if trimmed.ends_with(b"==0A=0D=") { 8 } else { 1 };
        text.truncate(from + trimmed.len() - cut);
        true
    }

    /// Whether the next physical line goes on with a base64 block though nothing is indented.
    fn continues_base64(&self, text: &Text<'_>, value_start: usize) -> bool {
        let rest = self.input.get(self.pos..).unwrap_or_default();
        if matches!(rest.first(), Some(b'\r' | b'\n')) {
            // An empty line ends the block unless the block has not begun.
            return text.bytes().len() == value_start;
        }
        for byte in rest {
            match byte {
                b'\r' | b'\n' => return true,
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' | b' ' | b'\t' => {}
                _ => return false,
            }
        }
        true
    }

    /// The head of most lines, at once: a name, and types in ASCII that no encoding begins like. None: see [`Self::head`].
    fn plain_head(&self, text: &[u8]) -> Option<Head> {
        let name_end = text.iter().position(|b| !is_name_byte(*b))?;
        let mut end = name_end;
        let mut params = 0;
        // Behind the name comes the colon or a parameter.
        while let [b';', first, ..] = text.get(end..)? {
            if first.is_ascii_whitespace() || b"EeQqBb78".contains(first) {
                return None;
            }
            params += 1;
            let behind = text.get(end + 1..)?;
            end += 1 + behind.iter().position(|b| matches!(b, b':' | b';'))?;
        }
        let head = text.get(..end)?;
        let is_plain = name_end > 0
            && text.get(end) == Some(&b':')
            && end <= self.limits.head
            && params <= self.limits.params
            && !head
                .iter()
                .fold(false, |any, b| any | (!b.is_ascii() || *b == b'"'));
        is_plain.then(|| Head {
            name: 0,
            name_end: offset(name_end),
            value: offset(end + 1),
        })
    }

    /// What stands before the colon. None: no name, so that the line is a stray one. A head that is not in UTF-8, or
    /// begins with blanks, is put in order in the text.
    fn head(
        &self,
        text: &mut Text<'_>,
        colon: usize,
        position: usize,
    ) -> Result<Option<(Head, Transfer)>, Error> {
        if colon > self.limits.head {
            return Err(Error::new(ErrorKind::Limit("head"), position));
        }
        let bytes = text.bytes().get(..colon).unwrap_or_default();
        let end = memchr::memchr(b';', bytes).unwrap_or(colon);
        let (name, params) = bytes.split_at(end);
        if name.first().is_some_and(u8::is_ascii_whitespace)
            || (!params.is_ascii() && std::str::from_utf8(params).is_err())
        {
            let head = charset::decode_name(bytes).trim_start().as_bytes().to_vec();
            let colon = head.len();
            text.replace_head(&head, bytes.len());
            return self.head(text, colon, position);
        }
        let name = name.trim_ascii_end();
        let dot = memchr::memrchr(b'.', name);
        let start = dot.map_or(0, |dot| dot + 1);
        let (group, plain) = name.split_at(start);
        if plain.is_empty()
            || !plain.iter().all(|b| is_name_byte(*b))
            || !group.iter().all(|b| is_name_byte(*b) || *b == b'.')
        {
            return Ok(None);
        }
        let transfer = match params {
            [] => Transfer::Plain,
            params => self.transfer(params, position)?,
        };
        let head = Head {
            name: offset(start),
            name_end: offset(name.len()),
            value: offset(colon + 1),
        };
        Ok(Some((head, transfer)))
    }

    /// How the value is packed: what the first parameter says that names an encoding.
    fn transfer(&self, params: &[u8], position: usize) -> Result<Transfer, Error> {
        let mut found = None;
        for (count, param) in read_params(params).enumerate() {
            if count == self.limits.params {
                return Err(Error::new(ErrorKind::Limit("params"), position));
            }
            if found.is_none() && bare_meaning(param) == Meaning::Encoding {
                found = Transfer::from_name(param.value().trim_matches('"'));
            }
        }
        Ok(found.unwrap_or(Transfer::Plain))
    }
}

/// Looks for the colon that ends the head, going on where it stopped when more of the line arrives.
#[derive(Default)]
struct HeadScan {
    pos: usize,
    quoted: bool,
}

impl HeadScan {
    fn advance(&mut self, text: &[u8]) -> Option<usize> {
        let rest = text.get(self.pos..).unwrap_or_default();
        let found = rest.iter().position(|byte| {
            self.quoted ^= *byte == b'"';
            *byte == b':' && !self.quoted
        });
        let colon = found.map(|index| self.pos + index);
        self.pos = colon.unwrap_or(text.len());
        colon
    }
}

/// A logical line: a slice of the input until something is joined to it.
enum Text<'a> {
    Slice(&'a [u8]),
    Owned(Vec<u8>),
}

impl Text<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Slice(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }

    fn push(&mut self, more: &[u8]) {
        match self {
            Self::Slice(bytes) => {
                let mut owned = Vec::with_capacity(2 * (bytes.len() + more.len()));
                owned.extend_from_slice(bytes);
                owned.extend_from_slice(more);
                *self = Self::Owned(owned);
            }
            Self::Owned(bytes) => bytes.extend_from_slice(more),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Slice(bytes) => *bytes = bytes.get(..len).unwrap_or_default(),
            Self::Owned(bytes) => bytes.truncate(len),
        }
    }

    fn replace_head(&mut self, head: &[u8], length: usize) {
        let mut text = head.to_vec();
        text.extend_from_slice(self.bytes().get(length..).unwrap_or_default());
        *self = Self::Owned(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All heads of up to six of these octets.
    #[test]
    fn plain_heads_are_those_that_the_long_way_finds() {
        let limits = Limits::default();
        let input: Arc<[u8]> = Arc::from(&b""[..]);
        let lexer = Lexer::new(&input, Dialect::Old, &limits).expect("is small");
        let octets = b"AB;:=\". \xC3";
        let mut plain = 0;
        for number in 0..octets.len().pow(6) {
            let digit = |place: u32| number / octets.len().pow(place) % octets.len();
            let text: Vec<u8> = (0..6).map(|place| octets[digit(place)]).collect();
            let Some(head) = lexer.plain_head(&text) else {
                continue;
            };
            plain += 1;
            let colon = HeadScan::default().advance(&text).expect("has a colon");
            let found = lexer.head(&mut Text::Slice(&text), colon, 0);
            assert_eq!(found.expect("is no error"), Some((head, Transfer::Plain)));
        }
        assert!(plain > 10_000, "{plain}");
    }
}

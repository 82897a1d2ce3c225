//! Bytes to content lines, for both lexical families.
//!
//! Reads every input: what is no property becomes a stray line. Nothing is dropped, each line carries its own bytes.

use bytes::Bytes;

use crate::charset;
use crate::content_line::{ContentLine, Meaning, bare_meaning, is_name_char};
use crate::error::{Error, ErrorKind};
use crate::format::Dialect;
use crate::limits::Limits;
use crate::param::Param;
use crate::transfer::Transfer;

/// The result of lexing: bytes before the first line (byte order mark, blank lines) and the lines with their offsets.
pub(crate) struct Lexed {
    pub(crate) prefix: Bytes,
    pub(crate) lines: Vec<(usize, ContentLine)>,
}

pub(crate) fn lex(input: &Bytes, dialect: Dialect, limits: &Limits) -> Result<Lexed, Error> {
    if input.len() > limits.bytes {
        return Err(Error::new(ErrorKind::Limit("bytes"), limits.bytes));
    }
    let mut lexer = Lexer {
        input,
        pos: 0,
        dialect,
        limits,
    };
    if input.starts_with(b"\xEF\xBB\xBF") {
        lexer.pos = 3;
    }
    lexer.skip_blank_lines();
    let prefix = input.slice(..lexer.pos);
    let mut lines = Vec::new();
    while lexer.pos < input.len() {
        if lines.len() == limits.lines {
            return Err(Error::new(ErrorKind::Limit("lines"), lexer.pos));
        }
        lines.push((lexer.pos, lexer.line()?));
    }
    Ok(Lexed { prefix, lines })
}

struct Lexer<'a> {
    input: &'a Bytes,
    pos: usize,
    dialect: Dialect,
    limits: &'a Limits,
}

impl Lexer<'_> {
    /// Takes one physical line without its end. Line ends are CR LF, LF, CR and runs of CR before LF; a run counts as
    /// one end, so that scanning stays linear.
    fn physical(&mut self) -> (usize, usize) {
        let start = self.pos;
        let rest = self.input.get(start..).unwrap_or_default();
        let len = rest
            .iter()
            .position(|b| matches!(b, b'\r' | b'\n'))
            .unwrap_or(rest.len());
        let tail = rest.get(len..).unwrap_or_default();
        let returns = tail.iter().take_while(|b| **b == b'\r').count();
        let feed = usize::from(tail.get(returns) == Some(&b'\n'));
        self.pos = start + len + returns + feed;
        (start, start + len)
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
        let mut text = Text::Slice(self.input.slice(from..to));
        let mut scan = HeadScan::default();
        let mut head: Option<Head> = None;
        let mut last_part = 0;
        loop {
            if head.is_none() {
                if let Some(colon) = scan.advance(text.bytes()) {
                    head = Some(self.head(text.bytes(), colon, start)?);
                } else if scan.pos > self.limits.head {
                    return Err(Error::new(ErrorKind::Limit("head"), start));
                }
            }
            let transfer = head.as_ref().map_or(Transfer::Plain, |head| head.transfer);
            let value_start = head.as_ref().map_or(0, |head| head.colon + 1);
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
        let raw = self.input.slice(start..self.pos);
        if head.is_none() {
            // A quote that is never closed hides the colon; read the line without regard to quotes.
            if let Some(colon) = text.bytes().iter().position(|b| *b == b':') {
                head = Some(self.head(text.bytes(), colon, start)?);
            }
        }
        Ok(self.finish(text, head, raw))
    }

    /// Whether the text ends in a soft line break, which is then cut off. Only the last physical line is looked at.
    fn soft_break(&self, text: &mut Text, from: usize) -> bool {
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
    fn continues_base64(&self, text: &Text, value_start: usize) -> bool {
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

    fn head(&self, text: &[u8], colon: usize, position: usize) -> Result<Head, Error> {
        if colon > self.limits.head {
            return Err(Error::new(ErrorKind::Limit("head"), position));
        }
        let bytes = text.get(..colon).unwrap_or_default();
        let decoded = charset::decode_name(bytes);
        let mut pieces = crate::param::split_unquoted(&decoded, b';');
        let full_name = pieces.next().unwrap_or_default().trim();
        let (group, name) = match full_name.rsplit_once('.') {
            Some((group, name)) => (Some(group), name),
            None => (None, full_name),
        };
        let valid = !name.is_empty()
            && name.chars().all(is_name_char)
            && group.is_none_or(|group| group.chars().all(|c| is_name_char(c) || c == '.'));
        let mut params = Vec::new();
        for piece in pieces.filter(|piece| !piece.trim().is_empty()) {
            if params.len() == self.limits.params {
                return Err(Error::new(ErrorKind::Limit("params"), position));
            }
            params.push(Param::read(piece));
        }
        let transfer = params
            .iter()
            .filter(|param| bare_meaning(param) == Meaning::Encoding)
            .find_map(|param| Transfer::from_name(param.value().trim_matches('"')))
            .unwrap_or(Transfer::Plain);
        // Without a name there are no parameters either, so nothing may join lines.
        let transfer = if valid { transfer } else { Transfer::Plain };
        Ok(Head {
            colon,
            valid,
            group: group.map(str::to_owned),
            name: name.to_owned(),
            params,
            transfer,
        })
    }

    fn finish(&self, text: Text, head: Option<Head>, raw: Bytes) -> ContentLine {
        let text = text.into_bytes();
        match head {
            Some(head) if head.valid => ContentLine {
                dialect: self.dialect,
                group: head.group,
                name: head.name,
                params: head.params,
                transfer: head.transfer,
                value: text.slice((head.colon + 1).min(text.len())..),
                raw: Some(raw),
            },
            _ => ContentLine {
                dialect: self.dialect,
                group: None,
                name: String::new(),
                params: Vec::new(),
                transfer: Transfer::Plain,
                value: text,
                raw: Some(raw),
            },
        }
    }
}

struct Head {
    colon: usize,
    valid: bool,
    group: Option<String>,
    name: String,
    params: Vec<Param>,
    transfer: Transfer,
}

/// Looks for the colon that ends the head, going on where it stopped when more of the line arrives.
#[derive(Default)]
struct HeadScan {
    pos: usize,
    quoted: bool,
}

impl HeadScan {
    fn advance(&mut self, text: &[u8]) -> Option<usize> {
        for (index, byte) in text.iter().enumerate().skip(self.pos) {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b':' if !self.quoted => {
                    self.pos = index;
                    return Some(index);
                }
                _ => {}
            }
        }
        self.pos = text.len();
        None
    }
}

/// A logical line: a slice of the input until something is joined to it.
enum Text {
    Slice(Bytes),
    Owned(Vec<u8>),
}

impl Text {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Slice(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }

    fn push(&mut self, more: &[u8]) {
        match self {
            Self::Slice(bytes) => {
                let mut owned = bytes.to_vec();
                owned.extend_from_slice(more);
                *self = Self::Owned(owned);
            }
            Self::Owned(bytes) => bytes.extend_from_slice(more),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Self::Slice(bytes) => bytes.truncate(len),
            Self::Owned(bytes) => bytes.truncate(len),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Slice(bytes) => bytes,
            Self::Owned(bytes) => bytes.into(),
        }
    }
}

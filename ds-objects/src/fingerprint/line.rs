//! One content line in canonical form.
//!
//! Layout: `GROUP.NAME;PARAM=value,value…:value`, names in upper case, parameters sorted. The value is UTF-8 text in which
//! `\\`, `\;`, `\,` and `\n` stand for the character itself, bare `;` and `,` for structure, and `\!` for a backslash of
//! which nobody can tell whether it is an escape. A value that is no text follows a marker in lower case in place of a
//! parameter (`;base64`, `;raw`), which no parameter name can be mistaken for.

use std::borrow::Cow;

use crate::charset;
use crate::content_line::{ContentLine, Meaning, bare_meaning};
use crate::format::{Dialect, Format};
use crate::param::Param;
use crate::transfer::{self, Transfer};

/// Left out of cards.
const CARD_NOISE: [&str; 5] = ["VERSION", "PRODID", "REV", "UID", "X-IRMC-LUID"];
/// Left out of calendars. `VERSION` stands in the first line already.
const CALENDAR_NOISE: [&str; 8] = [
    "VERSION",
    "PRODID",
    "DTSTAMP",
    "CREATED",
    "DCREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
    "X-IRMC-LUID",
];
/// Hold one text, in which an unescaped comma or semicolon is a character like any other.
const ONE_TEXT: [&str; 17] = [
    "FN",
    "NOTE",
    "TITLE",
    "ROLE",
    "LABEL",
    "MAILER",
    "SORT-STRING",
    "TEL",
    "EMAIL",
    "URL",
    "UID",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "COMMENT",
    "CONTACT",
    "TZID",
];
/// Structured values in which components missing at the end are the same as empty ones.
const OPEN_ENDED: [&str; 3] = ["N", "ADR", "ORG"];
/// Parameters whose values are compared without case, besides `TYPE`.
const CASELESS: [&str; 10] = [
    "VALUE", "PARTSTAT", "ROLE", "RSVP", "CUTYPE", "RELATED", "RANGE", "RELTYPE", "FBTYPE",
    "LANGUAGE",
];

/// The canonical line, or `None` if the line says nothing: noise, or no value.
pub(super) fn canonical(line: &ContentLine, format: Format) -> Option<Vec<u8>> {
    if line.is_stray() {
        if line.raw_value().is_empty() {
            return None;
        }
        let mut out = b"?".to_vec();
        out.extend_from_slice(line.raw_value());
        return Some(out);
    }
    let name = line.name().to_ascii_uppercase();
    let noise = if format.is_card() {
        &CARD_NOISE[..]
    } else {
        &CALENDAR_NOISE[..]
    };
    if noise.contains(&name.as_str()) {
        return None;
    }
    let value = Value::read(line, &name, format);
    if value.is_empty() {
        return None;
    }
    if format == Format::ICalendar20 && name == "CALSCALE" && value.is_text("GREGORIAN") {
        return None;
    }
    let mut out = Vec::new();
    if let Some(group) = line.group().filter(|group| !group.is_empty()) {
        out.extend_from_slice(group.to_ascii_uppercase().as_bytes());
        out.push(b'.');
    }
    out.extend_from_slice(name.as_bytes());
    for param in params(line, &value) {
        out.push(b';');
        out.extend_from_slice(&param);
    }
    value.write(&mut out);
    Some(out)
}

/// A value in the strongest form that loses nothing.
enum Value<'a> {
    /// Canonical text.
    Text(Vec<u8>),
    /// Decoded base64.
    Binary(Vec<u8>),
    /// As in the line, because it does not decode.
    Raw(Cow<'a, [u8]>),
}

impl<'a> Value<'a> {
    fn read(line: &'a ContentLine, name: &str, format: Format) -> Self {
        let raw = line.raw_value();
        let label = line.param("CHARSET").map(|label| label.trim_matches('"'));
        match line.transfer() {
            Transfer::Base64 => match transfer::base64_decode(raw) {
                Some(octets) => Self::Binary(octets),
                None => Self::Raw(
                    raw.iter()
                        .copied()
                        .filter(|b| !b.is_ascii_whitespace())
                        .collect(),
                ),
            },
            Transfer::Plain => match charset::decode_strict(raw, label) {
                Some(text) => {
                    let mut canonical = Canonical::new(Shape::of(name, format), line.dialect());
                    canonical.plain(&text);
                    Self::Text(canonical.finish())
                }
                None => Self::Raw(Cow::Borrowed(raw)),
            },
            Transfer::QuotedPrintable => {
                let mut canonical = Canonical::new(Shape::of(name, format), line.dialect());
                match canonical.quoted(raw, label) {
                    Some(()) => Self::Text(canonical.finish()),
                    None => Self::Raw(Cow::Borrowed(raw)),
                }
            }
        }
    }

    /// Nothing, or nothing but separators.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.iter().all(|b| matches!(b, b';' | b',')),
            Self::Binary(octets) => octets.is_empty(),
            Self::Raw(octets) => octets.is_empty(),
        }
    }

    fn is_text(&self, expected: &str) -> bool {
        matches!(self, Self::Text(text) if text.eq_ignore_ascii_case(expected.as_bytes()))
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                out.push(b':');
                out.extend_from_slice(text);
            }
            Self::Binary(octets) => {
                out.extend_from_slice(b";base64:");
                out.extend_from_slice(transfer::base64_encode(octets).as_bytes());
            }
            Self::Raw(octets) => {
                out.extend_from_slice(b";raw:");
                out.extend_from_slice(octets);
            }
        }
    }
}

/// How commas and semicolons of a value are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// As characters.
    OneText,
    /// As structure unless escaped; the flag drops separators at the end.
    Structured { open_ended: bool, commas: bool },
    /// A recurrence rule of iCalendar: `PART=value` in any order.
    Rule,
}

impl Shape {
    fn of(name: &str, format: Format) -> Self {
        if ONE_TEXT.contains(&name) {
            return Self::OneText;
        }
        if format == Format::ICalendar20 && matches!(name, "RRULE" | "EXRULE") {
            return Self::Rule;
        }
        Self::Structured {
            open_ended: format.is_card() && OPEN_ENDED.contains(&name),
            // Commas separate nothing in the old family, save in the one property phones took over from 3.0.
            commas: format.dialect() == Dialect::MimeDir
                || (format.is_card() && name == "CATEGORIES"),
        }
    }
}

/// Builds canonical text from a value.
struct Canonical {
    shape: Shape,
    dialect: Dialect,
    out: Vec<u8>,
    /// Separators that are written once something follows them.
    pending: usize,
}

impl Canonical {
    const fn new(shape: Shape, dialect: Dialect) -> Self {
        Self {
            shape,
            dialect,
            out: Vec::new(),
            pending: 0,
        }
    }

    fn flush(&mut self) {
        self.out.extend(std::iter::repeat_n(b';', self.pending));
        self.pending = 0;
    }

    /// A bare `;` or `,` of the value.
    fn separator(&mut self, c: char) {
        match (self.shape, c) {
            (
                Shape::Structured {
                    open_ended: true, ..
                },
                ';',
            ) => self.pending += 1,
            (Shape::Structured { .. } | Shape::Rule, ';')
            | (Shape::Structured { commas: true, .. } | Shape::Rule, ',') => {
                self.flush();
                self.out
                    .extend_from_slice(if c == ';' { b";" } else { b"," });
            }
            _ => self.character(c),
        }
    }

    /// A character that is content.
    fn character(&mut self, c: char) {
        self.flush();
        escape_char(c, &mut self.out);
    }

    /// A backslash that may be an escape for some programs and a character for others.
    fn doubtful_backslash(&mut self) {
        self.flush();
        self.out.extend_from_slice(b"\\!");
    }

    /// Text that was not quoted-printable: the escapes of the family apply.
    fn plain(&mut self, text: &str) {
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match (self.dialect, chars.peek().copied()) {
                    (Dialect::Old, Some(';')) | (Dialect::MimeDir, Some('\\' | ';' | ',')) => {
                        if let Some(c) = chars.next() {
                            self.character(c);
                        }
                    }
                    (Dialect::MimeDir, Some('n' | 'N')) => {
                        chars.next();
                        self.character('\n');
                    }
                    _ => self.doubtful_backslash(),
                },
                ';' | ',' => self.separator(c),
                c => self.character(c),
            }
        }
    }

    /// A quoted-printable value: structure is read before decoding, so that `=3B` is a character and `;` is not.
    fn quoted(&mut self, raw: &[u8], label: Option<&str>) -> Option<()> {
        let mut rest = raw;
        loop {
            let stop = rest
                .iter()
                .position(|b| matches!(b, b';' | b',' | b'\\'))
                .unwrap_or(rest.len());
            let (run, tail) = rest.split_at(stop);
            self.decoded(run, label)?;
            let Some((mark, after)) = tail.split_first() else {
                return Some(());
            };
            rest = after;
            match (mark, self.dialect, after.first()) {
                (b'\\', Dialect::Old, Some(b';'))
                | (b'\\', Dialect::MimeDir, Some(b'\\' | b';' | b',')) => {
                    let (escaped, after) = after.split_first()?;
                    self.character(char::from(*escaped));
                    rest = after;
                }
                (b'\\', Dialect::MimeDir, Some(b'n' | b'N')) => {
                    self.character('\n');
                    rest = after.get(1..)?;
                }
                (b'\\', ..) => self.doubtful_backslash(),
                (mark, ..) => self.separator(char::from(*mark)),
            }
        }
    }

    fn decoded(&mut self, run: &[u8], label: Option<&str>) -> Option<()> {
        let (octets, valid) = transfer::quoted_printable_decode(run);
        if !valid {
            return None;
        }
        let text = charset::decode_strict(&octets, label)?;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '\r' => {
                    chars.next_if_eq(&'\n');
                    self.character('\n');
                }
                // Some programs undo escapes after decoding, some before.
                '\\' => self.doubtful_backslash(),
                c => self.character(c),
            }
        }
        Some(())
    }

    fn finish(self) -> Vec<u8> {
        // A rule holds no backslash; with one, nobody knows where its parts end.
        if self.shape != Shape::Rule || self.out.contains(&b'\\') {
            return self.out;
        }
        let rule = self.out.to_ascii_uppercase();
        let mut parts: Vec<&[u8]> = rule
            .split(|b| *b == b';')
            .filter(|part| !part.is_empty())
            .collect();
        parts.sort_unstable();
        parts.join(&b';')
    }
}

/// Parameters in canonical form, sorted. What the value's decoding has used up is left out.
fn params(line: &ContentLine, value: &Value<'_>) -> Vec<Vec<u8>> {
    let mut types: Vec<String> = Vec::new();
    let mut out: Vec<Vec<u8>> = Vec::new();
    for param in line.params() {
        match bare_meaning(param) {
            Meaning::Type => {
                types.extend(
                    param
                        .values()
                        .filter(|t| !t.is_empty())
                        .map(str::to_ascii_lowercase),
                );
            }
            Meaning::Encoding
                if !matches!(value, Value::Raw(_)) && names_transfer(param, line.transfer()) => {}
            // Only the first one was used.
            Meaning::Charset
                if matches!(value, Value::Text(_))
                    && line.param("CHARSET") == Some(param.value()) => {}
            Meaning::Value
                if matches!(value, Value::Binary(_))
                    && param.value().eq_ignore_ascii_case("BINARY") => {}
            _ => out.extend(named(param)),
        }
    }
    types.sort_unstable();
    types.dedup();
    if !types.is_empty() {
        let types: Vec<&str> = types.iter().map(String::as_str).collect();
        out.push(assignment("TYPE", &types));
    }
    out.sort_unstable();
    out
}

/// Whether the parameter names the encoding that has been undone.
fn names_transfer(param: Param<'_>, transfer: Transfer) -> bool {
    Transfer::from_name(param.value().trim_matches('"')) == Some(transfer)
}

/// `None` for a parameter without a value.
fn named(param: Param<'_>) -> Option<Vec<u8>> {
    let name = param.name().map_or_else(
        || match bare_meaning(param) {
            Meaning::Encoding => "ENCODING".to_owned(),
            _ => "VALUE".to_owned(),
        },
        str::to_ascii_uppercase,
    );
    let values: Vec<Cow<'_, str>> = param
        .values()
        .map(|value| {
            if CASELESS.contains(&name.as_str()) {
                Cow::Owned(value.to_ascii_lowercase())
            } else {
                Cow::Borrowed(value)
            }
        })
        .collect();
    let values: Vec<&str> = values.iter().map(AsRef::as_ref).collect();
    (!values.iter().all(|value| value.is_empty())).then(|| assignment(&name, &values))
}

fn assignment(name: &str, values: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    escape_text(name, &mut out);
    out.push(b'=');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        escape_text(value, &mut out);
    }
    out
}

/// Writes text so that no separator of the canonical form can be part of it.
pub(super) fn escape_text(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        match c {
            '=' | ':' => {
                out.push(b'\\');
                escape_char(c, out);
            }
            c => escape_char(c, out),
        }
    }
}

fn escape_char(c: char, out: &mut Vec<u8>) {
    match c {
        '\n' => out.extend_from_slice(b"\\n"),
        '\\' | ';' | ',' => {
            out.push(b'\\');
            escape_char_plain(c, out);
        }
        c => escape_char_plain(c, out),
    }
}

fn escape_char_plain(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

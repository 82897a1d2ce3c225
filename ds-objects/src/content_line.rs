//! One line of an object after unfolding: group, name, parameters, value.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;

use crate::charset;
use crate::format::Dialect;
use crate::param::{Param, split_unquoted};
use crate::slice::{Slice, offset};
use crate::transfer::{self, Transfer};
use crate::value;

/// One content line [RFC 2425 §5.8.1], kept so that an untouched line is written back byte for byte.
///
/// The value stays as it was in the line (escaped, encoded) until one of the accessors is asked for it. A line shares
/// the input it was read from with the other lines of its object.
#[derive(Clone)]
pub struct ContentLine {
    text: Text,
    head: Head,
    dialect: Dialect,
    transfer: Transfer,
}

/// `group.name;params:value`: unfolded, soft breaks joined, without any line break; up to the colon it is UTF-8.
#[derive(Clone)]
enum Text {
    /// The first octets of a line as read. The others are its end and blank lines.
    Begins { raw: Slice, length: u32 },
    /// A line as read, and the text made of it.
    Joined(Box<(Slice, Vec<u8>)>),
    /// A line that was made or changed.
    Own(Vec<u8>),
}

/// Where the parts are in the text. A line without a name is all value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    /// Where the name begins; anything but 0 is the place behind the dot of a group.
    pub(crate) name: u32,
    /// Where it ends, and the parameters begin.
    pub(crate) name_end: u32,
    /// Where the value begins: behind the colon.
    pub(crate) value: u32,
}

impl ContentLine {
    /// A line as read: a slice of the input that begins with its text.
    pub(crate) fn read(
        dialect: Dialect,
        transfer: Transfer,
        head: Head,
        raw: Slice,
        length: usize,
    ) -> Self {
        let length = offset(length);
        Self {
            text: Text::Begins { raw, length },
            head,
            dialect,
            transfer,
        }
    }

    /// A line as read whose text had to be joined.
    pub(crate) fn joined(
        dialect: Dialect,
        transfer: Transfer,
        head: Head,
        raw: Slice,
        text: Vec<u8>,
    ) -> Self {
        Self {
            text: Text::Joined(Box::new((raw, text))),
            head,
            dialect,
            transfer,
        }
    }

    /// Takes the text out of a line that was made. It gets one back by [`ContentLine::share`].
    pub(crate) fn take_text(&mut self) -> Vec<u8> {
        match &mut self.text {
            Text::Own(text) => std::mem::take(text),
            _ => Vec::new(),
        }
    }

    /// Puts the line among those of an object, as if it had been read: one physical line with its end.
    pub(crate) fn share(&mut self, raw: Slice) {
        let length = offset(raw.bytes().len().saturating_sub(2));
        self.text = Text::Begins { raw, length };
    }

    /// The `END` of a component that has none: a line that is written as no octet.
    pub(crate) fn forgotten_end(dialect: Dialect, name: &str, raw: Slice) -> Self {
        let mut line = Self::empty(dialect, "END");
        line.add_escaped(name);
        let text = line.take_text();
        line.text = Text::Joined(Box::new((raw, text)));
        line
    }

    /// A new line with one text value.
    #[must_use]
    pub fn text_line(dialect: Dialect, name: &str, text: &str) -> Self {
        let mut line = Self::empty(dialect, name);
        line.set_text(text);
        line
    }

    /// A new line with a structured value such as `N`: components separated by semicolons.
    #[must_use]
    pub fn structured_line(dialect: Dialect, name: &str, components: &[&str]) -> Self {
        let mut line = Self::empty(dialect, name);
        line.set_components(components);
        line
    }

    pub(crate) fn empty(dialect: Dialect, name: &str) -> Self {
        Self::empty_in(dialect, None, name, Vec::with_capacity(96))
    }

    /// A line without parameters and value, its text in a vector with nothing in it. What cannot be in a name is left out;
    /// without a name it is a stray line.
    pub(crate) fn empty_in(
        dialect: Dialect,
        group: Option<&str>,
        name: &str,
        mut text: Vec<u8>,
    ) -> Self {
        if let Some(group) = group {
            text.extend(group.bytes().filter(|b| is_name_byte(*b) || *b == b'.'));
            text.push(b'.');
        }
        let start = offset(text.len());
        match name.bytes().all(is_name_byte) {
            true => text.extend_from_slice(name.as_bytes()),
            false => text.extend(name.bytes().filter(|b| is_name_byte(*b))),
        }
        let end = offset(text.len());
        if start == end {
            text.clear();
        } else {
            text.push(b':');
        }
        let head = Head {
            name: start,
            name_end: end,
            value: offset(text.len()),
        };
        Self {
            text: Text::Own(text),
            head: if start == end { Head::default() } else { head },
            dialect,
            transfer: Transfer::Plain,
        }
    }

    /// The same line with one parameter more.
    #[must_use]
    pub fn with_param(mut self, param: Param<'_>) -> Self {
        self.push_param(param);
        self
    }

    /// Lexical family of the object it is from.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Text after unfolding, up to the colon in UTF-8.
    pub(crate) fn line_text(&self) -> &[u8] {
        match &self.text {
            Text::Begins { raw, length } => raw.bytes().get(..*length as usize).unwrap_or_default(),
            Text::Joined(joined) => &joined.1,
            Text::Own(text) => text,
        }
    }

    /// The line as read, folds, line end and following blank lines included. None: it was made or changed.
    pub(crate) fn raw(&self) -> Option<&[u8]> {
        match &self.text {
            Text::Begins { raw, .. } => Some(raw.bytes()),
            Text::Joined(joined) => Some(joined.0.bytes()),
            Text::Own(_) => None,
        }
    }

    fn piece(&self, from: u32, to: u32) -> &[u8] {
        self.line_text()
            .get(from as usize..to as usize)
            .unwrap_or_default()
    }

    /// Group before the dot, as written: `item1` in `item1.TEL`.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        let end = self.head.name.checked_sub(1)?;
        std::str::from_utf8(self.piece(0, end)).ok()
    }

    /// Property name as written; names are compared without regard to case, see [`ContentLine::is`].
    #[must_use]
    pub fn name(&self) -> &str {
        std::str::from_utf8(self.name_bytes()).unwrap_or_default()
    }

    pub(crate) fn name_bytes(&self) -> &[u8] {
        self.piece(self.head.name, self.head.name_end)
    }

    /// Whether the property has this name, any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        let length = (self.head.name_end - self.head.name) as usize;
        length == name.len() && self.name_bytes().eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it is not a property at all: a line without a colon or with an impossible name. Such lines are kept.
    #[must_use]
    pub const fn is_stray(&self) -> bool {
        self.head.value == 0
    }

    /// Parameters in order.
    pub fn params(&self) -> impl Iterator<Item = Param<'_>> {
        read_params(self.params_bytes())
    }

    /// Value of the first parameter with this name, as written.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        // Name and `=` at least.
        if self.params_bytes().len() < name.len() + 2 {
            return None;
        }
        self.params()
            .find(|param| param.is_named(name))
            .map(|param| param.value())
    }

    pub(crate) const fn has_params(&self) -> bool {
        self.head.name_end + 1 < self.head.value
    }

    fn params_bytes(&self) -> &[u8] {
        self.piece(self.head.name_end, self.head.value.saturating_sub(1))
    }

    /// The `TYPE` values, also those of bare parameters, in order and as written.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.params()
            .filter(|param| bare_meaning(*param) == Meaning::Type)
            .flat_map(|param| param.values())
            // vCard 4.0 puts the whole list into quotes.
            .flat_map(|types| types.split(','))
    }

    /// Transfer encoding of the value.
    #[must_use]
    pub const fn transfer(&self) -> Transfer {
        self.transfer
    }

    /// Value as in the line after unfolding: still escaped and still in its transfer encoding and character set.
    #[must_use]
    pub fn raw_value(&self) -> &[u8] {
        self.line_text()
            .get(self.head.value as usize..)
            .unwrap_or_default()
    }

    /// The same, shared with the input where it can be.
    pub(crate) fn shared_value(&self) -> Bytes {
        match &self.text {
            Text::Begins { raw, length } => raw.part(self.head.value as usize, *length as usize),
            _ => Bytes::copy_from_slice(self.raw_value()),
        }
    }

    /// Value as one text: decoded and unescaped, line breaks as LF.
    ///
    /// Octets that fit neither the declared character set nor UTF-8 are read as windows-1252.
    #[must_use]
    pub fn text(&self) -> String {
        self.part(self.raw_value())
    }

    /// Components of a structured value such as `N` or `ADR`, each decoded and unescaped.
    #[must_use]
    pub fn components(&self) -> Vec<String> {
        self.parts(b';').map(Cow::into_owned).collect()
    }

    /// Octets of a base64 value such as a photo; `None` if the value is not base64.
    #[must_use]
    pub fn binary(&self) -> Option<Vec<u8>> {
        (self.transfer == Transfer::Base64)
            .then(|| transfer::base64_decode(self.raw_value()))
            .flatten()
    }

    /// A piece of the value, decoded and unescaped.
    pub(crate) fn part(&self, piece: &[u8]) -> String {
        value::unescape(self.decode(piece, self.charset()), self.dialect).into_owned()
    }

    /// The pieces of the value between separators, decoded and unescaped.
    pub(crate) fn parts(&self, separator: u8) -> impl Iterator<Item = Cow<'_, str>> {
        let charset = self.charset();
        value::split(self.raw_value(), separator, self.dialect)
            .map(move |piece| value::unescape(self.decode(piece, charset), self.dialect))
    }

    fn charset(&self) -> Option<&str> {
        // This is asked for every value, and one letter answers it for most.
        let params = self.params_bytes();
        let may_be = |w: &[u8]| matches!(w, [b';', b'C' | b'c' | b' ' | b'\t']);
        match params.windows(2).any(may_be) {
            true => self.param("CHARSET"),
            false => None,
        }
    }

    /// The value decoded, with whatever escapes it has.
    pub(crate) fn part_as_is(&self) -> String {
        self.decode(self.raw_value(), self.charset()).into_owned()
    }

    fn decode<'a>(&self, bytes: &'a [u8], label: Option<&str>) -> Cow<'a, str> {
        let unpacked = match self.transfer {
            Transfer::Plain => {
                return match std::str::from_utf8(bytes) {
                    Ok(text) if charset::is_utf_8(label) => Cow::Borrowed(text),
                    _ => charset::decode_lenient(bytes, label),
                };
            }
            Transfer::QuotedPrintable => transfer::quoted_printable_decode(bytes).0,
            Transfer::Base64 => transfer::base64_decode(bytes).unwrap_or_else(|| bytes.to_vec()),
        };
        Cow::Owned(match String::from_utf8(unpacked) {
            Ok(text) if charset::is_utf_8(label) => text,
            Ok(text) => charset::decode_lenient(text.as_bytes(), label).into_owned(),
            Err(error) => charset::decode_lenient(error.as_bytes(), label).into_owned(),
        })
    }

    /// Replaces the value by one text. `ENCODING` and `CHARSET` are set as the family needs it, other parameters stay.
    pub fn set_text(&mut self, text: &str) {
        self.set_components(&[text]);
    }

    /// Replaces the value by components separated by semicolons, see [`ContentLine::set_text`].
    pub fn set_components(&mut self, components: &[&str]) {
        let dialect = self.dialect;
        self.set_value_with(|out| {
            for (index, text) in components.iter().enumerate() {
                if index > 0 {
                    out.push(b';');
                }
                value::escape_into(text, dialect, out);
            }
        });
    }

    /// Replaces the value by octets in base64 without white space, and says so as the family does.
    pub(crate) fn set_base64(&mut self, base64: &[u8]) {
        self.forget_value();
        let name = match self.dialect {
            Dialect::Old => "BASE64",
            Dialect::MimeDir => "b",
        };
        self.push_param(Param::new("ENCODING", name));
        self.transfer = Transfer::Base64;
        self.edit(|text| text.extend_from_slice(base64));
    }

    /// Replaces the value by a text whose escapes are in place.
    pub(crate) fn set_escaped(&mut self, plain: &str) {
        self.set_value_with(|out| out.extend_from_slice(plain.as_bytes()));
    }

    /// A text whose escapes are in place for a line that has no value yet, and no parameter that says how it is packed.
    pub(crate) fn add_escaped(&mut self, plain: &str) {
        self.add_value_with(|out| out.extend_from_slice(plain.as_bytes()));
    }

    /// Replaces the value by what is appended: text in UTF-8 whose escapes are in place.
    pub(crate) fn set_value_with(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        self.forget_value();
        self.add_value_with(append);
    }

    /// The same for a line that has no value yet, and no parameter that says how it is packed.
    pub(crate) fn add_value_with(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        self.edit(append);
        if self.dialect == Dialect::MimeDir || !self.needs_quoting() {
            return;
        }
        let plain = self.raw_value().to_vec();
        self.cut_value();
        if !plain.is_ascii() {
            self.push_param(Param::new("CHARSET", "UTF-8"));
        }
        self.push_param(Param::new("ENCODING", "QUOTED-PRINTABLE"));
        self.transfer = Transfer::QuotedPrintable;
        self.edit(|text| transfer::quoted_printable_into(&plain, text));
    }

    /// Replaces the value by octets that are packed as the line says.
    pub(crate) fn set_packed(&mut self, transfer: Transfer, packed: &[u8]) {
        self.cut_value();
        self.transfer = transfer;
        self.edit(|text| text.extend_from_slice(packed));
    }

    /// A text that belongs to no name.
    pub(crate) fn set_stray(&mut self, text: &[u8]) {
        self.head = Head::default();
        self.transfer = Transfer::Plain;
        self.text = Text::Own(text.to_vec());
    }

    /// One parameter more, behind the others.
    pub(crate) fn push_param(&mut self, param: Param<'_>) {
        self.push_param_with(|out| param.write(out));
    }

    /// The same with what is appended: name, `=` and value.
    pub(crate) fn push_param_with(&mut self, append: impl FnOnce(&mut Vec<u8>)) {
        let Some(colon) = (self.head.value as usize).checked_sub(1) else {
            return;
        };
        let mut end = colon;
        self.edit(|text| {
            // Nearly always there is none yet.
            let value = text.get(colon + 1..).unwrap_or_default().to_vec();
            text.truncate(colon);
            text.push(b';');
            append(text);
            end = text.len();
            text.push(b':');
            text.extend_from_slice(&value);
        });
        self.head.value = offset(end + 1);
    }

    /// Leaves out the parameters that are not wanted, and tells whether there were any.
    pub(crate) fn retain_params(&mut self, wanted: impl Fn(Param<'_>) -> bool) -> bool {
        if self.params().all(&wanted) {
            return false;
        }
        let mut params = Vec::new();
        for param in self.params().filter(|param| wanted(*param)) {
            params.push(b';');
            param.write(&mut params);
        }
        self.set_params(&params);
        true
    }

    /// Replaces the parameters by others, each with a semicolon before it.
    pub(crate) fn set_params(&mut self, params: &[u8]) {
        let (from, colon) = (
            self.head.name_end as usize,
            self.head.value.saturating_sub(1) as usize,
        );
        let text = self.line_text();
        let mut own = text.get(..from).unwrap_or_default().to_vec();
        own.extend_from_slice(params);
        let value = offset(own.len() + 1);
        own.extend_from_slice(text.get(colon..).unwrap_or_default());
        if !self.is_stray() {
            self.text = Text::Own(own);
            self.head.value = value;
        }
    }

    /// Changes the text. What was read is forgotten.
    fn edit(&mut self, change: impl FnOnce(&mut Vec<u8>)) {
        if let Text::Own(text) = &mut self.text {
            return change(text);
        }
        let mut text = self.line_text().to_vec();
        change(&mut text);
        self.text = Text::Own(text);
    }

    fn cut_value(&mut self) {
        let value = self.head.value as usize;
        self.edit(|text| text.truncate(value));
    }

    fn forget_value(&mut self) {
        self.cut_value();
        self.transfer = Transfer::Plain;
        if self.has_params() {
            self.retain_params(|param| {
                !matches!(bare_meaning(param), Meaning::Encoding | Meaning::Charset)
            });
        }
    }

    /// Old family: line breaks, octets beyond ASCII and lines that would need folding are quoted; phones read that best.
    fn needs_quoting(&self) -> bool {
        let plain = self.raw_value();
        self.line_text().len() > crate::write::LINE
            || plain
                .iter()
                .fold(false, |any, b| any | !matches!(b, b' '..=b'~'))
            || plain.ends_with(b" ")
    }

    /// Name and parameters up to and with the colon.
    pub(crate) fn head_bytes(&self) -> &[u8] {
        self.piece(0, self.head.value)
    }
}

impl PartialEq for ContentLine {
    fn eq(&self, other: &Self) -> bool {
        self.dialect == other.dialect
            && self.transfer == other.transfer
            && self.head == other.head
            && self.line_text() == other.line_text()
            && self.raw() == other.raw()
    }
}

impl Eq for ContentLine {}

impl fmt::Debug for ContentLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentLine")
            .field("text", &String::from_utf8_lossy(self.line_text()))
            .field("dialect", &self.dialect)
            .field("transfer", &self.transfer)
            .field("is_as_read", &self.raw().is_some())
            .finish_non_exhaustive()
    }
}

/// The parameters in the text between name and colon. Empty ones say nothing.
pub(crate) fn read_params(text: &[u8]) -> impl Iterator<Item = Param<'_>> {
    let text = match text {
        // Most lines have none.
        [] => "",
        text => std::str::from_utf8(text).unwrap_or_default(),
    };
    split_unquoted(text, b';')
        .filter(|piece| !piece.trim_ascii().is_empty())
        .map(Param::read)
}

/// Octets of names and groups: what the grammars allow, and the underscore phones use.
pub(crate) const fn is_name_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')
}

/// What a parameter is about, bare ones by their value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Type,
    Encoding,
    Charset,
    Value,
    Other,
}

/// A bare value names an encoding, else a kind of value, else a type.
pub(crate) fn bare_meaning(param: Param<'_>) -> Meaning {
    let is = |text: &str, word: &str| text.eq_ignore_ascii_case(word);
    let value = param.value();
    match param.name() {
        Some(name) => match name.len() {
            4 if is(name, "TYPE") => Meaning::Type,
            5 if is(name, "VALUE") => Meaning::Value,
            7 if is(name, "CHARSET") => Meaning::Charset,
            8 if is(name, "ENCODING") => Meaning::Encoding,
            _ => Meaning::Other,
        },
        None => match value.len() {
            3 if is(value, "URL") || is(value, "CID") => Meaning::Value,
            6 if is(value, "INLINE") => Meaning::Value,
            10 if is(value, "CONTENT-ID") => Meaning::Value,
            // One letter names an encoding only after `ENCODING=`.
            4 | 6 | 7 | 16 if Transfer::from_name(value).is_some() => Meaning::Encoding,
            _ => Meaning::Type,
        },
    }
}

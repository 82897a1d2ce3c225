//! One line of an object after unfolding: group, name, parameters, value.

use std::borrow::Cow;

use bytes::Bytes;

use crate::charset;
use crate::format::Dialect;
use crate::param::Param;
use crate::transfer::{self, Transfer};
use crate::value;

/// One content line [RFC 2425 §5.8.1], kept so that an untouched line is written back byte for byte.
///
/// The value stays as it was in the line (escaped, encoded) until one of the accessors is asked for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentLine {
    pub(crate) dialect: Dialect,
    pub(crate) group: Option<String>,
    /// Empty for a line that has no name, see [`ContentLine::is_stray`].
    pub(crate) name: String,
    pub(crate) params: Vec<Param>,
    pub(crate) transfer: Transfer,
    /// Unfolded, soft breaks joined; never holds a line break.
    pub(crate) value: Bytes,
    /// The line as read, folds, line end and following blank lines included. Gone once the line is changed.
    pub(crate) raw: Option<Bytes>,
}

impl ContentLine {
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
        Self {
            dialect,
            group: None,
            name: name.chars().filter(|c| is_name_char(*c)).collect(),
            params: Vec::new(),
            transfer: Transfer::Plain,
            value: Bytes::new(),
            raw: None,
        }
    }

    /// The same line with one parameter more.
    #[must_use]
    pub fn with_param(mut self, param: Param) -> Self {
        self.params.push(param);
        self.raw = None;
        self
    }

    /// Lexical family of the object it is from.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Group before the dot, as written: `item1` in `item1.TEL`.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.group.as_deref()
    }

    /// Property name as written; names are compared without regard to case, see [`ContentLine::is`].
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the property has this name, any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether it is not a property at all: a line without a colon or with an impossible name. Such lines are kept.
    #[must_use]
    pub fn is_stray(&self) -> bool {
        self.name.is_empty()
    }

    /// Parameters in order.
    #[must_use]
    pub fn params(&self) -> &[Param] {
        &self.params
    }

    /// Value of the first parameter with this name, as written.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params
            .iter()
            .find(|param| param.is_named(name))
            .map(Param::value)
    }

    /// The `TYPE` values, also those of bare parameters, in order and as written.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.params
            .iter()
            .filter(|p| bare_meaning(p) == Meaning::Type)
            .flat_map(Param::values)
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
        &self.value
    }

    /// Value as one text: decoded and unescaped, line breaks as LF.
    ///
    /// Octets that fit neither the declared character set nor UTF-8 are read as windows-1252.
    #[must_use]
    pub fn text(&self) -> String {
        value::unescape(&self.decode(&self.value), self.dialect)
    }

    /// Components of a structured value such as `N` or `ADR`, each decoded and unescaped.
    #[must_use]
    pub fn components(&self) -> Vec<String> {
        value::split(&self.value, b';', self.dialect)
            .map(|component| value::unescape(&self.decode(component), self.dialect))
            .collect()
    }

    /// Octets of a base64 value such as a photo; `None` if the value is not base64.
    #[must_use]
    pub fn binary(&self) -> Option<Vec<u8>> {
        (self.transfer == Transfer::Base64)
            .then(|| transfer::base64_decode(&self.value))
            .flatten()
    }

    /// A piece of the value, decoded and unescaped.
    pub(crate) fn part(&self, piece: &[u8]) -> String {
        value::unescape(&self.decode(piece), self.dialect)
    }

    /// The value decoded, with whatever escapes it has.
    pub(crate) fn part_as_is(&self) -> String {
        self.decode(&self.value).into_owned()
    }

    fn decode<'a>(&self, bytes: &'a [u8]) -> Cow<'a, str> {
        let label = self.param("CHARSET");
        let unpacked = match self.transfer {
            Transfer::Plain => return charset::decode_lenient(bytes, label),
            Transfer::QuotedPrintable => transfer::quoted_printable_decode(bytes).0,
            Transfer::Base64 => transfer::base64_decode(bytes).unwrap_or_else(|| bytes.to_vec()),
        };
        Cow::Owned(charset::decode_lenient(&unpacked, label).into_owned())
    }

    /// Replaces the value by one text. `ENCODING` and `CHARSET` are set as the family needs it, other parameters stay.
    pub fn set_text(&mut self, text: &str) {
        self.set_components(&[text]);
    }

    /// Replaces the value by components separated by semicolons, see [`ContentLine::set_text`].
    pub fn set_components(&mut self, components: &[&str]) {
        let plain: Vec<String> = components
            .iter()
            .map(|text| value::escape(text, self.dialect))
            .collect();
        self.set_escaped(plain.join(";"));
    }

    /// Replaces the value by octets in base64 without white space, and says so as the family does.
    pub(crate) fn set_base64(&mut self, base64: Bytes) {
        self.forget_value();
        let name = match self.dialect {
            Dialect::Old => "BASE64",
            Dialect::MimeDir => "b",
        };
        self.params.push(Param::new("ENCODING", name));
        self.transfer = Transfer::Base64;
        self.value = base64;
    }

    fn forget_value(&mut self) {
        self.params
            .retain(|param| !matches!(bare_meaning(param), Meaning::Encoding | Meaning::Charset));
        self.raw = None;
        self.transfer = Transfer::Plain;
    }

    /// Replaces the value by a text whose escapes are in place.
    pub(crate) fn set_escaped(&mut self, plain: String) {
        self.forget_value();
        if self.dialect == Dialect::MimeDir || !self.needs_quoting(&plain) {
            self.value = plain.into();
            return;
        }
        if !plain.is_ascii() {
            self.params.push(Param::new("CHARSET", "UTF-8"));
        }
        self.params.push(Param::new("ENCODING", "QUOTED-PRINTABLE"));
        self.transfer = Transfer::QuotedPrintable;
        self.value = transfer::quoted_printable_encode(plain.as_bytes()).into();
    }

    /// Old family: line breaks, octets beyond ASCII and lines that would need folding are quoted; phones read that best.
    fn needs_quoting(&self, plain: &str) -> bool {
        let mut head = Vec::new();
        self.write_head(&mut head);
        !plain.is_ascii()
            || plain.bytes().any(|b| b.is_ascii_control())
            || plain.ends_with(' ')
            || head.len() + plain.len() > crate::write::LINE
    }

    /// Writes name and parameters up to and with the colon.
    pub(crate) fn write_head(&self, out: &mut Vec<u8>) {
        if let Some(group) = &self.group {
            out.extend_from_slice(group.as_bytes());
            out.push(b'.');
        }
        out.extend_from_slice(self.name.as_bytes());
        for param in &self.params {
            out.push(b';');
            param.write(out);
        }
        out.push(b':');
    }
}

/// Characters of names and groups: what the grammars allow, and the underscore phones use.
pub(crate) const fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
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
pub(crate) fn bare_meaning(param: &Param) -> Meaning {
    match param.name() {
        Some(name) if name.eq_ignore_ascii_case("TYPE") => Meaning::Type,
        Some(name) if name.eq_ignore_ascii_case("ENCODING") => Meaning::Encoding,
        Some(name) if name.eq_ignore_ascii_case("CHARSET") => Meaning::Charset,
        Some(name) if name.eq_ignore_ascii_case("VALUE") => Meaning::Value,
        Some(_) => Meaning::Other,
        // One letter names an encoding only after `ENCODING=`.
        None if param.value().len() > 1 && Transfer::from_name(param.value()).is_some() => {
            Meaning::Encoding
        }
        None if ["URL", "CID", "CONTENT-ID", "INLINE"]
            .iter()
            .any(|v| v.eq_ignore_ascii_case(param.value())) =>
        {
            Meaning::Value
        }
        None => Meaning::Type,
    }
}

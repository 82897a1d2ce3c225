//! From the model to lines.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{Binary, Field, Item, Parameter, Structured, Value};
use crate::civil::Time;
use crate::content_line::ContentLine;
use crate::document::Document;
use crate::format::{Dialect, Format};
use crate::ledger::{Effect, Ledger, Reason};
use crate::param::Param;
use crate::schema::{self, Kind};
use crate::slice::Slice;
use crate::transfer::Transfer;
use crate::value::{QUOTED, escape_into, is_plain};
use crate::write::LINE;

/// The lines of a component and all that is in it.
pub(crate) fn write(item: &Item, format: Format, ledger: &mut Ledger) -> Document {
    let lines = (item.fields.len() + 4).min(64);
    let mut writer = Writer {
        format,
        dialect: format.dialect(),
        lines: Vec::with_capacity(lines),
        short: Vec::with_capacity(lines * 48),
        places: Vec::with_capacity(lines),
        spare: Vec::new(),
        ledger,
    };
    writer.item(item, true);
    Document::of(format, writer.finish())
}

struct Writer<'a> {
    format: Format,
    dialect: Dialect,
    lines: Vec<ContentLine>,
    /// The lines that need no folding, one behind the other: most of an object is allocated once.
    short: Vec<u8>,
    /// Which line is where among them, in order.
    places: Vec<(usize, Range<usize>)>,
    /// Room for the text of the next line, which the last one among them needs no more.
    spare: Vec<u8>,
    ledger: &'a mut Ledger,
}

impl Writer<'_> {
    /// A line with nothing but a name.
    fn line(&mut self, group: Option<&str>, name: &str) -> ContentLine {
        let mut text = std::mem::take(&mut self.spare);
        text.reserve(2 * LINE);
        ContentLine::empty_in(self.dialect, group, name, text)
    }

    fn push(&mut self, mut line: ContentLine) {
        let is_plain = self.dialect == Dialect::MimeDir || line.transfer() == Transfer::Plain;
        let is_short = is_plain && !line.is_stray() && line.line_text().len() <= LINE;
        if is_short && line.raw().is_none() {
            let start = self.short.len();
            self.spare = line.take_text();
            self.short.extend_from_slice(&self.spare);
            self.short.extend_from_slice(b"\r\n");
            self.spare.clear();
            self.places
                .push((self.lines.len(), start..self.short.len()));
        }
        self.lines.push(line);
    }

    fn finish(mut self) -> Vec<ContentLine> {
        let short = Arc::from(self.short);
        for (index, place) in self.places {
            if let Some(line) = self.lines.get_mut(index) {
                line.share(Slice::of(&short, place.start, place.end));
            }
        }
        self.lines
    }

    fn item(&mut self, item: &Item, versioned: bool) {
        self.plain_line("BEGIN", &item.name);
        if versioned {
            self.plain_line("VERSION", self.format.version());
        }
        for field in &item.fields {
            self.field(&item.name, field);
        }
        for inner in &item.items {
            self.item(inner, false);
        }
        self.plain_line("END", &item.name);
    }

    fn plain_line(&mut self, name: &str, value: &str) {
        let mut line = self.line(None, name);
        line.add_escaped(value);
        self.push(line);
    }

    fn drop(&mut self, component: &str, field: &Field, reason: Reason, detail: &str) {
        let place = (component, &*field.name);
        self.ledger.note(place, Effect::Dropped, reason, detail);
    }

    fn field(&mut self, component: &str, field: &Field) {
        if let Value::Unknown(line) = &field.value {
            let line = self.foreign(component, field, line);
            self.push(line);
            return;
        }
        // Of what no table knows, the name is that of its writer.
        let name = match field.schema {
            None => &*field.name,
            Some(property) => match self.name_of(component, field, property) {
                Some(name) => name,
                None => return self.drop(component, field, Reason::NoSuchProperty, ""),
            },
        };
        if field.schema.is_some() && name != field.name && name.starts_with("X-") {
            let place = (component, &*field.name);
            self.ledger
                .note(place, Effect::Converted, Reason::OtherName, name);
        }
        let mut line = self.line(field.group.as_deref(), name);
        self.params(component, field, &mut line);
        self.value(component, field, line);
    }

    /// What it is called here. A part of a birthday is one for 4.0 alone.
    fn name_of(
        &self,
        component: &str,
        field: &Field,
        property: &'static schema::Property,
    ) -> Option<&'static str> {
        let is_part = property.kind == Kind::Birthday
            && property.name == "BDAY"
            && field.value.time().is_none()
            && !field.value.is_empty()
            && self.format != Format::VCard40;
        if is_part {
            return Some("X-BDAY");
        }
        // Inside of zones and alarms, both calendars have what iCalendar has.
        let is_inner = matches!(component, "VALARM" | "STANDARD" | "DAYLIGHT" | "VTIMEZONE");
        property
            .name_in(self.format)
            .or_else(|| is_inner.then_some(property.name))
    }

    /// A line that no table knows: as it is, or in the manner of the other family.
    fn foreign(&mut self, component: &str, field: &Field, line: &ContentLine) -> ContentLine {
        // Behind another line than before, a blank at the beginning would make it a part of that.
        let is_indented = |raw: &[u8]| raw.first().is_some_and(u8::is_ascii_whitespace);
        if line.dialect() == self.dialect && !line.raw().is_some_and(is_indented) {
            return line.clone();
        }
        let mut copy = self.line(line.group(), line.name());
        if line.is_stray() {
            copy.set_stray(line.raw_value().trim_ascii());
            return copy;
        }
        let params = super::read::params(self.format, line);
        let field = Field {
            params,
            ..field.clone()
        };
        self.params(component, &field, &mut copy);
        if line.transfer() == Transfer::Base64 {
            let packed = line.raw_value().iter().copied();
            let packed: Vec<u8> = packed.filter(|b| !b.is_ascii_whitespace()).collect();
            copy.set_base64(&packed);
        } else {
            let parts = line.components();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            copy.set_components(&parts);
        }
        copy
    }

    fn params(&mut self, component: &str, field: &Field, line: &mut ContentLine) {
        // Before 4.0 it is a type.
        let is_preferred =
            self.format == Format::VCard30 && field.param("PREF").is_some_and(|pref| pref == "1");
        for param in &field.params {
            let preferred = param.name == "PREF" && self.format.is_card();
            if preferred && self.format != Format::VCard40 {
                match param.values.first().map(|value| &**value) {
                    Some("1") if self.dialect == Dialect::Old => {
                        line.push_param(Param::bare("PREF"));
                    }
                    // Else it is among the types.
                    Some("1") if field.types().next().is_none() => {
                        line.push_param(Param::new("TYPE", "pref"));
                    }
                    Some("1") => {}
                    _ => self.drop(component, field, Reason::NoSuchParameter, "PREF"),
                }
                continue;
            }
            if !schema::has_parameter(self.format, &param.name) {
                self.drop(component, field, Reason::NoSuchParameter, &param.name);
                continue;
            }
            match self.dialect {
                Dialect::Old => self.old_param(component, field, param, line),
                Dialect::MimeDir => {
                    line.push_param_with(|out| {
                        Param::new(&param.name, "").write(out);
                        for (index, value) in param.values.iter().enumerate() {
                            if index > 0 {
                                out.push(b',');
                            }
                            Param::bare(&self.quoted(value)).write(out);
                        }
                        if is_preferred && param.name == "TYPE" {
                            out.extend_from_slice(b",pref");
                        }
                    });
                }
            }
        }
    }

    /// Types are bare, each by itself; nothing can be quoted.
    fn old_param(
        &mut self,
        component: &str,
        field: &Field,
        param: &Parameter,
        line: &mut ContentLine,
    ) {
        if param.name == "VALUE" {
            return;
        }
        for value in &param.values {
            let fits = |c: char| c.is_ascii() && !c.is_ascii_control() && !";:=,\"".contains(c);
            let is_type = param.name == "TYPE" && self.format.is_card();
            // A type that is a word of another parameter would be taken for one.
            let told = Param::bare(value);
            let clash =
                crate::content_line::bare_meaning(told) != crate::content_line::Meaning::Type;
            if !value.chars().all(fits) {
                self.drop(component, field, Reason::NoSuchParameter, &param.name);
            } else if is_type && !clash {
                line.push_param(Param::bare(&value.to_ascii_uppercase()));
            } else {
                line.push_param(Param::new(&param.name, value));
            }
        }
    }

    /// A value of a parameter, in quotes where it needs them.
    fn quoted<'v>(&self, value: &'v str) -> Cow<'v, str> {
        if value.bytes().all(|b| is_plain(b, QUOTED)) {
            return Cow::Borrowed(value);
        }
        let value = match self.format {
            Format::VCard40 | Format::ICalendar20 => value
                .replace('^', "^^")
                .replace('"', "^'")
                .replace('\n', "^n"),
            _ => value.replace('"', "'").replace('\n', " "),
        };
        Cow::Owned(match value.contains([':', ';', ',']) {
            true => format!("\"{value}\""),
            false => value,
        })
    }

    fn value(&mut self, component: &str, field: &Field, mut line: ContentLine) {
        let kind = field.schema.map_or(Kind::Text, |property| property.kind);
        match &field.value {
            Value::Text(text) | Value::Other(text) => {
                self.text(component, field, kind, text, &mut line)
            }
            Value::List(texts) => self.list(component, field, texts, &mut line),
            Value::Structured(parts) => self.structured(component, field, parts, &mut line),
            Value::Uri(uri) => self.uri(field, kind, uri, &mut line),
            Value::Binary(binary) => self.binary(binary, &mut line),
            Value::Time(time) => self.time(kind, *time, &mut line),
            Value::Times(times) => self.times(times, &mut line),
            Value::Duration(duration) => line.add_escaped(&duration.to_string()),
            Value::Rule(rule) => line.add_escaped(&rule.to_string()),
            Value::Geo(lat, lon) => line.add_escaped(&match self.format {
                Format::VCard40 => format!("geo:{lat},{lon}"),
                Format::VCalendar10 => format!("{lon},{lat}"),
                _ => format!("{lat};{lon}"),
            }),
            Value::Item(item) => return self.inner(item, line),
            Value::Unknown(_) => {}
        }
        self.push(line);
    }

    fn text(&self, component: &str, field: &Field, kind: Kind, text: &str, line: &mut ContentLine) {
        if kind == Kind::Word
            && self.format == Format::VCalendar10
            && let Some(words) = schema::enumeration(component, &field.name)
            && let Some((old, _)) = words.iter().find(|(_, new)| *new == text)
        {
            return line.add_escaped(old);
        }
        // What is no day has to say so.
        let is_date = text.is_empty() || text.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        if kind == Kind::Birthday && !is_date && self.dialect == Dialect::MimeDir {
            line.push_param(Param::new("VALUE", "text"));
        }
        match kind {
            Kind::Structured | Kind::Rule | Kind::Times => line.add_escaped(text),
            _ => line.add_value_with(|out| escape_into(text, self.dialect, out)),
        }
    }

    fn list(&mut self, component: &str, field: &Field, texts: &[String], line: &mut ContentLine) {
        if self.format == Format::VCard21 && texts.iter().any(|text| text.contains(',')) {
            let place = (component, &*field.name);
            let reason = Reason::NoSuchValue;
            self.ledger.note(place, Effect::Converted, reason, "comma");
        }
        match self.format {
            Format::VCalendar10 | Format::VNote11 | Format::VBookmark10 => {
                line.add_value_with(|out| join(texts, b';', self.dialect, out));
            }
            _ => {
                line.add_value_with(|out| join(texts, b',', self.dialect, out));
            }
        }
    }

    fn structured(
        &mut self,
        component: &str,
        field: &Field,
        value: &Structured,
        line: &mut ContentLine,
    ) {
        if self.dialect == Dialect::MimeDir {
            return line.add_escaped(value.escaped());
        }
        let parts = value.parts();
        if parts.iter().any(|part| part.len() > 1) {
            let place = (component, &*field.name);
            self.ledger
                .note(place, Effect::Converted, Reason::OneOnly, "list");
        }
        line.add_value_with(|out| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push(b';');
                }
                join(part, b',', Dialect::Old, out);
            }
        });
    }

    fn uri(&self, field: &Field, kind: Kind, uri: &str, line: &mut ContentLine) {
        if let (Kind::Binary, Format::VCard21, Some(id)) =
            (kind, self.format, uri.strip_prefix("cid:"))
        {
            line.push_param(Param::new("VALUE", "CONTENT-ID"));
            return line.add_escaped(&format!("<{id}>"));
        }
        let is_text = !super::person::has_scheme(uri);
        match (kind, self.format) {
            (Kind::Binary | Kind::Card, Format::VCard21) => {
                line.push_param(Param::new("VALUE", "URL"))
            }
            (Kind::Binary | Kind::Card, Format::VCard30) => {
                line.push_param(Param::new("VALUE", "uri"))
            }
            (Kind::Uri, Format::VCard40) if is_text => line.push_param(Param::new("VALUE", "text")),
            _ => {}
        }
        match is_text
            && self.dialect == Dialect::MimeDir
            && matches!(&*field.name, "UID" | "RELATED")
        {
            true => line.set_text(uri),
            false => line.add_value_with(|out| {
                out.extend(uri.bytes().filter(|b| !matches!(b, b'\r' | b'\n')));
            }),
        }
    }

    fn binary(&self, binary: &Binary, line: &mut ContentLine) {
        let word = binary.media_type.as_deref().map(schema::word);
        match (self.format, word) {
            (Format::VCard40, _) => {
                let media_type = binary.media_type.as_deref().unwrap_or_default();
                let packed = String::from_utf8_lossy(&binary.base64);
                return line.add_escaped(&format!("data:{media_type};base64,{packed}"));
            }
            (Format::ICalendar20, _) => {
                if let Some(media_type) = &binary.media_type {
                    line.push_param(Param::new("FMTTYPE", media_type));
                }
                line.push_param(Param::new("VALUE", "BINARY"));
                line.set_base64(&binary.base64);
                // The only name that iCalendar has for it.
                line.retain_params(|param| !param.is_named("ENCODING"));
                return line.push_param(Param::new("ENCODING", "BASE64"));
            }
            (Format::VCard21, Some(word)) => line.push_param(Param::new("TYPE", &word)),
            (_, Some(word)) => line.push_param(Param::new("TYPE", &word)),
            _ => {}
        }
        line.set_base64(&binary.base64);
    }

    fn time(&self, kind: Kind, time: Time, line: &mut ContentLine) {
        let is_birthday = kind == Kind::Birthday;
        if time.is_date() && self.format == Format::ICalendar20 {
            line.push_param(Param::new("VALUE", "DATE"));
        }
        let text = time.to_string();
        line.add_escaped(&match self.format {
            Format::VCard30 if is_birthday => extended(&text),
            _ => text,
        });
    }

    fn times(&self, times: &[Time], line: &mut ContentLine) {
        if self.format == Format::ICalendar20 && times.iter().any(|time| time.is_date()) {
            line.push_param(Param::new("VALUE", "DATE"));
        }
        let separator = if self.dialect == Dialect::Old {
            ";"
        } else {
            ","
        };
        let times: Vec<String> = times.iter().map(ToString::to_string).collect();
        line.add_escaped(&times.join(separator));
    }

    /// Another card: behind the line in 2.1, as text in 3.0, as a resource in 4.0.
    fn inner(&mut self, item: &Item, mut line: ContentLine) {
        if self.dialect == Dialect::Old {
            self.push(line);
            return self.item(item, true);
        }
        let document = write(item, self.format, self.ledger);
        let text = document.encode();
        if self.format == Format::VCard40 {
            let packed = crate::transfer::base64_encode(&text);
            line.add_escaped(&format!("data:text/vcard;base64,{packed}"));
        } else {
            line.set_text(String::from_utf8_lossy(&text).trim_end());
        }
        self.push(line);
    }
}

/// Texts, escaped, with a separator between them.
fn join(texts: &[String], separator: u8, dialect: Dialect, out: &mut Vec<u8>) {
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(separator);
        }
        escape_into(text, dialect, out);
    }
}

/// `19810517T000000Z` as `1981-05-17T00:00:00Z`.
fn extended(basic: &str) -> String {
    let part = |from: usize, to: usize| basic.get(from..to).unwrap_or_default();
    let date = format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8));
    match basic.len() {
        8 => date,
        _ => format!(
            "{date}T{}:{}:{}{}",
            part(9, 11),
            part(11, 13),
            part(13, 15),
            part(15, 16)
        ),
    }
}

//! From lines to the model.

use std::borrow::Cow;

use super::person::strip_mailto;
use super::{Binary, Field, Item, Parameter, Structured, Value};
use crate::Limits;
use crate::civil::{Duration, Time};
use crate::content_line::{ContentLine, Meaning, bare_meaning};
use crate::document::{Document, component_name};
use crate::format::{Dialect, Format};
use crate::param::Param;
use crate::recur::Rule;
use crate::schema::{self, Kind, Property};
use crate::transfer::Transfer;
use crate::value;

impl Item {
    /// The outermost component of a document, its values read but not yet put into the form of the newest version.
    pub(crate) fn read(document: &Document) -> Self {
        Self::read_root(document, 0)
    }

    fn read_root(document: &Document, depth: usize) -> Self {
        let item = Self::read_lines(document.format, &document.lines, depth);
        // The format was told by the beginning of the line; it may have gone on.
        let name = document.format.component().to_owned();
        Self { name, ..item }
    }

    fn read_lines(format: Format, lines: &[ContentLine], depth: usize) -> Self {
        let mut open: Vec<Self> = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            if line.is("BEGIN") {
                // Most lines are fields of the one component.
                let rest = if index == 0 { lines.len() } else { 0 };
                open.push(Self {
                    name: component_name(line),
                    fields: Vec::with_capacity(rest.min(64)),
                    items: Vec::new(),
                });
            } else if line.is("END") {
                let Some(closed) = open.pop() else { continue };
                match open.last_mut() {
                    Some(outer) => outer.close(closed),
                    None => return closed,
                }
            } else if let Some(item) = open.last_mut()
                && !line.is("VERSION")
            {
                let field = Field::read(format, &item.name, line, depth);
                item.fields.push(field);
            }
        }
        // Phones forget the last END.
        while let Some(closed) = open.pop() {
            match open.last_mut() {
                Some(outer) => outer.close(closed),
                None => return closed,
            }
        }
        Self::default()
    }

    /// Takes an inner component; a card behind an empty `AGENT` is what that says.
    fn close(&mut self, inner: Self) {
        match self.fields.last_mut() {
            Some(agent) if inner.name == "VCARD" && agent.is("AGENT") && agent.value.is_empty() => {
                agent.value = Value::Item(Box::new(inner));
            }
            _ => self.items.push(inner),
        }
    }
}

impl Field {
    fn read(format: Format, component: &str, line: &ContentLine, depth: usize) -> Self {
        let property = match line.is_stray() {
            true => None,
            false => schema::property_of(format, line.name_bytes()),
        };
        let Some(property) = property else {
            return Self {
                group: line.group().map(str::to_owned),
                name: Cow::Owned(line.name().to_ascii_uppercase()),
                params: Vec::new(),
                value: Value::Unknown(line.clone()),
                schema: None,
            };
        };
        let mut field = Self::new(property, Value::Text(String::new()));
        let group = line.group().filter(|group| !group.is_empty());
        field.group = group.map(str::to_owned);
        field.params = params(format, line);
        field.value = match property.kind {
            Kind::Card => {
                take_value_type(&mut field.params);
                agent(format, line, depth)
            }
            kind => read_value(format, component, property, kind, line, &mut field.params),
        };
        field
    }
}

/// Parameters but for those that say how the value is packed.
pub(super) fn params(format: Format, line: &ContentLine) -> Vec<Parameter> {
    let mut params: Vec<Parameter> = Vec::new();
    if !line.has_params() {
        return params;
    }
    let escaped = matches!(format, Format::VCard40 | Format::ICalendar20);
    for param in line.params() {
        let meaning = bare_meaning(param);
        if meaning == Meaning::Type {
            add_types(param, &mut params);
            continue;
        }
        let values = param.values().filter(|value| !value.is_empty());
        let (name, mut values): (_, Vec<Cow<'static, str>>) = match meaning {
            Meaning::Encoding | Meaning::Charset | Meaning::Type => continue,
            Meaning::Value => {
                let values = values.map(|value| Cow::Owned(value.to_ascii_lowercase()));
                (Cow::Borrowed("VALUE"), values.collect())
            }
            Meaning::Other => (
                Cow::Owned(param.name().unwrap_or_default().to_ascii_uppercase()),
                values.map(|value| Cow::Owned(value.to_owned())).collect(),
            ),
        };
        if escaped && values.iter().any(|value| value.contains('^')) {
            let unescaped = values.iter().map(|value| Cow::Owned(uncaret(value)));
            values = unescaped.collect();
        }
        if !values.is_empty() {
            params.push(Parameter { name, values });
        }
    }
    params
}

/// Puts types to those that are there.
fn add_types(param: Param<'_>, params: &mut Vec<Parameter>) {
    let own = params.iter_mut().find(|param| param.name == "TYPE");
    let mut types = match own {
        Some(own) => std::mem::take(&mut own.values),
        None => Vec::with_capacity(3),
    };
    let mut add = |list: &str| {
        for word in list.as_bytes().split(|b| *b == b',') {
            let word = word.trim_ascii();
            if !word.is_empty() {
                types.push(schema::type_word(word));
            }
        }
    };
    match param.value().contains('"') {
        // vCard 4.0 puts the whole list into quotes.
        true => param.values().for_each(add),
        false => add(param.value()),
    }
    match params.iter_mut().find(|param| param.name == "TYPE") {
        Some(own) => own.values = types,
        None if types.is_empty() => {}
        None => params.push(Parameter {
            name: Cow::Borrowed("TYPE"),
            values: types,
        }),
    }
}

/// Takes out the escapes of parameter values [RFC 6868].
fn uncaret(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('^', Some('n')) => out.push('\n'),
            ('^', Some('^')) => out.push('^'),
            ('^', Some('\'')) => out.push('"'),
            _ => {
                out.push(c);
                continue;
            }
        }
        chars.next();
    }
    out
}

fn take_value_type(params: &mut Vec<Parameter>) -> Option<Cow<'static, str>> {
    let index = params.iter().position(|param| param.name == "VALUE")?;
    params.remove(index).values.into_iter().next()
}

fn read_value(
    format: Format,
    component: &str,
    property: &Property,
    kind: Kind,
    line: &ContentLine,
    params: &mut Vec<Parameter>,
) -> Value {
    match kind {
        Kind::List => Value::List(list(format, line)),
        Kind::Structured => Value::Structured(structured(line)),
        Kind::Binary => binary(property, line, params),
        Kind::Uri => {
            take_value_type(params);
            Value::Uri(uri(line))
        }
        Kind::Phone => match take_value_type(params).as_deref() {
            Some("uri") => Value::Text(phone(&line.text())),
            _ => Value::Text(line.text()),
        },
        Kind::Birthday => match take_value_type(params).as_deref() {
            Some("text") => Value::Other(line.text()),
            _ => birthday(line.text()),
        },
        Kind::Timestamp if format.is_card() => Value::Text(line.text()),
        Kind::Time | Kind::Timestamp => {
            take_value_type(params);
            let text = line.text();
            Time::parse(&text).map_or(Value::Other(text), Value::Time)
        }
        Kind::Times => {
            take_value_type(params);
            times(line.text())
        }
        Kind::Duration => {
            let text = line.text();
            Duration::parse(&text).map_or(Value::Other(text), Value::Duration)
        }
        // A rule of vCalendar is told by the beginning of its item, too.
        Kind::Rule if format == Format::ICalendar20 => {
            let text = line.text();
            Rule::parse(&text).map_or(Value::Other(text), |rule| Value::Rule(Box::new(rule)))
        }
        Kind::Geo => geo(format, line.text()),
        Kind::Word => Value::Text(word(format, component, property, line.text())),
        _ => Value::Text(line.text()),
    }
}

fn list(format: Format, line: &ContentLine) -> Vec<String> {
    let separator = match format {
        Format::VCalendar10 | Format::VNote11 | Format::VBookmark10 => b';',
        _ => b',',
    };
    let texts = line.parts(separator).map(|text| text.trim().to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

fn structured(line: &ContentLine) -> Structured {
    if line.dialect() == Dialect::Old {
        let plain = Some(line.raw_value())
            .filter(|_| line.transfer() == Transfer::Plain && line.param("CHARSET").is_none());
        let plain = plain.and_then(Structured::of_old);
        return plain.unwrap_or_else(|| Structured::of(line.parts(b';')));
    }
    let plain = match line.transfer() {
        Transfer::Plain => std::str::from_utf8(line.raw_value()).ok(),
        _ => None,
    };
    if let Some(value) = plain.and_then(Structured::of_plain)
        && line.param("CHARSET").is_none()
    {
        return value;
    }
    let parts = value::split(line.raw_value(), b';', Dialect::MimeDir).map(|part| {
        let texts = value::split(part, b',', Dialect::MimeDir);
        texts.map(|text| line.part(text)).collect()
    });
    Structured::of_lists(&parts.collect::<Vec<_>>())
}

/// Octets, the address of them, or a text where a phone puts one (`SOUND;X-IRMC-N`).
fn binary(property: &Property, line: &ContentLine, params: &mut Vec<Parameter>) -> Value {
    let kind = take_value_type(params);
    if line.transfer() == Transfer::Base64 {
        let packed = line.raw_value();
        let base64 = match packed.iter().any(u8::is_ascii_whitespace) {
            false => line.shared_value(),
            true => packed
                .iter()
                .copied()
                .filter(|b| !b.is_ascii_whitespace())
                .collect(),
        };
        return Value::Binary(Binary {
            media_type: take_media_type(property, params),
            base64,
        });
    }
    let text = uri(line);
    if let Some((head, base64)) = text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(','))
        && let Some(media_type) = head.strip_suffix(";base64")
    {
        let media_type = media_type.split(';').next().unwrap_or_default();
        return Value::Binary(Binary {
            media_type: (!media_type.is_empty()).then(|| media_type.to_owned()),
            base64: base64.to_owned().into(),
        });
    }
    // The id of a part of a message, in brackets.
    if let (Some("cid" | "content-id"), false) = (kind.as_deref(), super::person::has_scheme(&text))
    {
        return Value::Uri(format!("cid:{}", text.trim_matches(['<', '>'])));
    }
    let is_uri = match kind.as_deref() {
        Some("text") => false,
        Some(_) => true,
        None => super::person::has_scheme(&text),
    };
    if is_uri {
        Value::Uri(text)
    } else {
        Value::Text(line.text())
    }
}

/// The media type that the types, or a parameter of a later version, tell.
fn take_media_type(property: &Property, params: &mut Vec<Parameter>) -> Option<String> {
    for name in ["MEDIATYPE", "FMTTYPE"] {
        if let Some(index) = params.iter().position(|param| param.name == name) {
            let values = params.remove(index).values;
            return values.into_iter().next().map(Cow::into_owned);
        }
    }
    let types = params.iter_mut().find(|param| param.name == "TYPE")?;
    let place = types
        .values
        .iter()
        .position(|word| !matches!(&**word, "pref" | "home" | "work"))?;
    let found = schema::media_type(property.name, types.values.get(place)?)?;
    types.values.remove(place);
    params.retain(|param| !param.values.is_empty());
    Some(found)
}

/// The address of a resource has no escapes, but some write them.
fn uri(line: &ContentLine) -> String {
    let text = line.part_as_is();
    if !text.contains('\\') {
        return text;
    }
    ["\\,", "\\;", "\\:"].iter().fold(text, |text, escape| {
        text.replace(escape, escape.trim_start_matches('\\'))
    })
}

fn phone(uri: &str) -> String {
    match uri.split_at_checked(4) {
        Some((scheme, number)) if scheme.eq_ignore_ascii_case("tel:") => number.to_owned(),
        _ => uri.to_owned(),
    }
}

/// In the basic form of ISO 8601; anything but a whole day or time stays as it is.
fn birthday(text: String) -> Value {
    match Time::parse(&text) {
        Some(time) => Value::Time(time),
        None => Value::Text(text),
    }
}

fn times(text: String) -> Value {
    let times: Option<Vec<Time>> = text
        .split([',', ';'])
        .filter(|part| !part.trim().is_empty())
        .map(Time::parse)
        .collect();
    times.map_or(Value::Other(text), Value::Times)
}

/// `lat;lon`, `geo:lat,lon`; vCalendar has `lon,lat`.
fn geo(format: Format, text: String) -> Value {
    let bare = text.strip_prefix("geo:").unwrap_or(&text);
    let turned = format == Format::VCalendar10 && bare.contains(',');
    let mut parts = bare.split([';', ',']).map(str::trim);
    let is_number = |part: &&str| part.parse::<f64>().is_ok();
    match (
        parts.next().filter(is_number),
        parts.next().filter(is_number),
    ) {
        (Some(lon), Some(lat)) if turned => Value::Geo(lat.to_owned(), lon.to_owned()),
        (Some(lat), Some(lon)) => Value::Geo(lat.to_owned(), lon.to_owned()),
        _ => Value::Other(text),
    }
}

fn word(format: Format, component: &str, property: &Property, text: String) -> String {
    let text = text.trim().to_ascii_uppercase();
    match schema::enumeration(component, property.name) {
        Some(words) if format == Format::VCalendar10 => {
            let row = words.iter().find(|(old, _)| *old == text);
            row.map_or(text, |(_, new)| (*new).to_owned())
        }
        _ => text,
    }
}

/// A card in a card: behind the line in 2.1, as text in 3.0.
fn agent(format: Format, line: &ContentLine, depth: usize) -> Value {
    let text = line.text();
    let is_card = text
        .get(..12)
        .is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCARD\n"));
    let limits = Limits::default();
    if is_card && depth < limits.depth {
        let inner = Format::sniff(text.as_bytes()).unwrap_or(format);
        let document = Document::read(inner, text.as_bytes(), &limits);
        if let Ok(document) = document {
            return Value::Item(Box::new(Item::read_root(&document, depth + 1)));
        }
    }
    match super::person::has_scheme(strip_mailto(&text)) && !text.contains('\n') {
        true => Value::Uri(text),
        false => Value::Text(text),
    }
}

//! What an item says, in a form that makes no difference of spelling.

use std::collections::BTreeSet;

use crate::civil::{Moment, Time};
use crate::model::{Field, Item, Value};
use crate::object::Object;
use crate::schema::{Kind, Relevance};
use crate::zone::{self, Zone};

/// Everything that an object says at a relevance: the name of a property and its value, in order, once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sayings {
    kind: String,
    said: BTreeSet<(String, String)>,
}

impl Sayings {
    pub(super) fn of(object: &Object, relevance: Relevance) -> Self {
        Self::of_item(&Item::of(object), relevance)
    }

    pub(super) fn of_item(item: &Item, relevance: Relevance) -> Self {
        let zones = zone::of_calendar(item);
        let mut sayings = Self {
            kind: item.name.clone(),
            said: BTreeSet::new(),
        };
        sayings.add(item, "", relevance, &zones);
        for (index, inner) in item
            .items
            .iter()
            .filter(|inner| inner.is_entry())
            .enumerate()
        {
            let place = format!("{index} {}", inner.name);
            sayings.said.insert((place.clone(), String::new()));
            sayings.add(inner, &place, relevance, &zones);
            if relevance >= Relevance::Conflict {
                for alarm in &inner.items {
                    let said = alarm.fields.iter().map(|field| saying(field, &zones));
                    let mut said: Vec<String> = said.collect();
                    said.sort_unstable();
                    sayings
                        .said
                        .insert((format!("{place} {}", alarm.name), said.join(";")));
                }
            }
        }
        sayings
    }

    fn add(&mut self, item: &Item, place: &str, relevance: Relevance, zones: &[Zone]) {
        for field in &item.fields {
            let own = field
                .schema()
                .map_or(Relevance::Conflict, |row| row.relevance);
            if own > relevance || field.value.is_empty() {
                continue;
            }
            for said in sayings(field, zones)
                .into_iter()
                .filter(|said| !said.is_empty())
            {
                self.said.insert((format!("{place} {}", field.name), said));
            }
        }
        // One without a name is known by the first way to reach it.
        let has_name = item.fields_named("N").any(|name| !name.value.is_empty());
        if item.name == "VCARD" && !has_name && relevance < Relevance::Conflict {
            let way = ["FN", "ORG", "TEL", "EMAIL"]
                .iter()
                .find_map(|name| item.field(name));
            if let Some(way) = way {
                self.said
                    .insert((format!("{place} {}", way.name), saying(way, zones)));
            }
        }
    }

    /// As one text; none: nothing is said.
    pub(super) fn text(&self) -> Option<String> {
        if self.said.iter().all(|(_, value)| value.is_empty()) {
            return None;
        }
        let lines = self
            .said
            .iter()
            .map(|(name, value)| format!("{name}:{value}\n"));
        Some(format!("{}\n{}", self.kind, lines.collect::<String>()))
    }
}

/// Each value of a field; the texts of a list by themselves.
pub(super) fn sayings(field: &Field, zones: &[Zone]) -> Vec<String> {
    match &field.value {
        Value::List(texts) => texts.iter().map(|text| plain(text)).collect(),
        Value::Times(times) => times
            .iter()
            .map(|time| instant(*time, field, zones))
            .collect(),
        _ => vec![saying(field, zones)],
    }
}

pub(super) fn saying(field: &Field, zones: &[Zone]) -> String {
    let kind = field.schema().map_or(Kind::Text, |row| row.kind);
    match &field.value {
        Value::Text(text) | Value::Other(text) if kind == Kind::Phone => number(text),
        Value::Text(text) | Value::Other(text) | Value::Uri(text) => plain(text),
        Value::List(texts) => texts
            .iter()
            .map(|text| plain(text))
            .collect::<Vec<_>>()
            .join(","),
        Value::Structured(parts) => {
            let texts = parts.texts();
            let parts: Vec<String> = texts.iter().map(|text| plain(text)).collect();
            parts.join(";").trim_end_matches(';').to_owned()
        }
        Value::Binary(binary) => String::from_utf8_lossy(&binary.base64)
            .trim_end_matches('=')
            .to_owned(),
        Value::Time(time) => instant(*time, field, zones),
        Value::Times(times) => {
            let times = times.iter().map(|time| instant(*time, field, zones));
            times.collect::<Vec<_>>().join(",")
        }
        Value::Duration(duration) => duration.seconds().to_string(),
        Value::Rule(rule) => rule.to_string(),
        Value::Geo(lat, lon) => format!("{lat};{lon}"),
        Value::Item(item) => {
            let said = item
                .fields
                .iter()
                .map(|field| format!("{}={}", field.name, saying(field, zones)));
            let mut said: Vec<String> = said.collect();
            said.sort_unstable();
            said.join("|")
        }
        Value::Unknown(line) => plain(&line.text()),
    }
}

/// Case, blanks at the ends and runs of blanks say nothing.
fn plain(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

/// Letters, digits, `+ * #`.
fn number(text: &str) -> String {
    let counts = |c: &char| c.is_alphanumeric() || matches!(c, '+' | '*' | '#');
    text.chars()
        .filter(counts)
        .flat_map(char::to_lowercase)
        .collect()
}

/// The point in time where the zone is known.
fn instant(time: Time, field: &Field, zones: &[Zone]) -> String {
    let Time::Moment(moment) = time else {
        return time.to_string();
    };
    let zone = field
        .param("TZID")
        .and_then(|id| zones.iter().find(|zone| zone.id == id));
    let utc = |zone: &Zone| -> Option<Moment> { zone.utc(moment) };
    match (moment.is_utc(), zone.and_then(utc)) {
        (false, Some(utc)) => utc.to_string(),
        _ => moment.to_string(),
    }
}

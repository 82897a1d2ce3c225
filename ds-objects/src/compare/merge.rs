//! One item of two that were edited on both sides.

use super::saying::{Sayings, saying, sayings};
use crate::convert::{self, Options};
use crate::ledger::Ledger;
use crate::model::{Field, Item, Value};
use crate::object::Object;
use crate::schema::{Kind, Occurs, Relevance};

/// One item of two.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// The item, in the version that ours has.
    pub object: Object,
    /// It says more than ours.
    pub is_news_to_ours: bool,
    /// It says more than, or something else than, theirs.
    pub is_news_to_theirs: bool,
}

/// How two values of one property become one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Theirs stands where ours says nothing.
    Fill,
    /// Those of theirs that ours does not have come behind ours.
    Add,
    /// Lines of theirs that ours does not have come behind ours.
    Lines,
}

fn mode(field: &Field) -> Mode {
    match (&*field.name, field.schema()) {
        ("NOTE" | "DESCRIPTION" | "BODY", _) => Mode::Lines,
        (_, Some(row)) if row.occurs == Occurs::Once || row.kind == Kind::Rule => Mode::Fill,
        // Names and photos: one is enough.
        ("FN" | "ORG" | "TITLE" | "ROLE" | "PHOTO" | "LOGO" | "SOUND", _) => Mode::Fill,
        _ => Mode::Add,
    }
}

/// Puts two versions of one item together. Where both say something of which there can be one, ours stands. None: they
/// are two different things, such as a card and an event, or calendars with several items.
#[must_use]
pub fn merge(ours: &Object, theirs: &Object) -> Option<Merged> {
    let mut mine = Item::of(ours);
    let other = Item::of(theirs);
    if mine.name != other.name {
        return None;
    }
    match ours.format().is_calendar() {
        false => add(&mut mine, &other),
        true => {
            let entries = |item: &Item| item.items.iter().filter(|inner| inner.is_entry()).count();
            if entries(&mine) != 1 || entries(&other) != 1 {
                return None;
            }
            let inner = mine.items.iter_mut().find(|inner| inner.is_entry())?;
            let news = other.items.iter().find(|inner| inner.is_entry())?;
            if inner.name != news.name {
                return None;
            }
            add(inner, news);
            if !inner.items.iter().any(|part| part.name == "VALARM") {
                inner.items.extend(news.items.iter().cloned());
            }
            zones(&mut mine, &other);
        }
    }
    // Before anything is added that the version cannot do without.
    let said = Sayings::of_item(&mine, Relevance::Conflict);
    let is_news_to_ours = said != Sayings::of(ours, Relevance::Conflict);
    let is_news_to_theirs = said != Sayings::of(theirs, Relevance::Conflict);
    let mut ledger = Ledger::default();
    let object = convert::write(&mut mine, ours.format(), &Options::default(), &mut ledger);
    Some(Merged {
        // What is the same stays as it was written.
        object: if is_news_to_ours {
            object
        } else {
            ours.clone()
        },
        is_news_to_ours,
        is_news_to_theirs,
    })
}

fn add(mine: &mut Item, other: &Item) {
    for news in &other.fields {
        if news.value.is_empty() {
            continue;
        }
        let first = mine.fields.iter().position(|own| own.is(&news.name));
        let last = mine.fields.iter().rposition(|own| own.is(&news.name));
        let (Some(first), Some(last)) = (first, last) else {
            let is_noise = news
                .schema()
                .is_some_and(|row| row.relevance == Relevance::Never);
            // A length and an end exclude each other.
            let clashes = news.is("DURATION")
                && (mine.field("DTEND").is_some() || mine.field("DUE").is_some());
            if !clashes && (!is_noise || matches!(news.value, Value::Binary(_))) {
                mine.fields.push(news.clone());
            }
            continue;
        };
        match mode(news) {
            Mode::Fill => {
                if let Some(own) = mine
                    .fields
                    .get_mut(first)
                    .filter(|own| own.value.is_empty())
                {
                    *own = news.clone();
                }
            }
            Mode::Lines => {
                let said = saying(news, &[]);
                let has = |own: &Field| saying(own, &[]).contains(&said);
                if mine.fields_named(&news.name).any(has) {
                    continue;
                }
                if let Some(own) = mine.fields.get_mut(first) {
                    lines(own, news);
                }
            }
            Mode::Add => {
                let has = |said: &String| {
                    let own = mine.fields_named(&news.name);
                    own.flat_map(|own| sayings(own, &[]))
                        .any(|own| own == *said)
                };
                let said = sayings(news, &[]);
                if said.iter().all(has) {
                    continue;
                }
                match &news.value {
                    Value::List(texts) => {
                        let fresh: Vec<String> = (texts.iter().zip(&said))
                            .filter(|(_, said)| !has(said))
                            .map(|(text, _)| text.clone())
                            .collect();
                        if let Some(Value::List(own)) =
                            mine.fields.get_mut(last).map(|f| &mut f.value)
                        {
                            own.extend(fresh);
                        }
                    }
                    _ => mine.fields.insert(last + 1, news.clone()),
                }
            }
        }
    }
}

fn lines(own: &mut Field, news: &Field) {
    let (Value::Text(own), Value::Text(news)) = (&mut own.value, &news.value) else {
        return;
    };
    for line in news.lines() {
        let has = own.lines().any(|known| known.trim() == line.trim());
        if !has {
            own.push_str(if own.is_empty() || own.ends_with('\n') {
                ""
            } else {
                "\n"
            });
            own.push_str(line);
        }
    }
}

/// The zones of what was taken over.
fn zones(mine: &mut Item, other: &Item) {
    let used: Vec<String> = (mine.items.iter())
        .flat_map(|item| &item.fields)
        .filter_map(|field| field.param("TZID").map(str::to_owned))
        .collect();
    let known = |mine: &Item, id: Option<&str>| {
        mine.items
            .iter()
            .any(|zone| zone.name == "VTIMEZONE" && zone.text("TZID") == id)
    };
    for zone in other.items.iter().filter(|item| item.name == "VTIMEZONE") {
        let id = zone.text("TZID");
        if !known(mine, id) && used.iter().any(|used| Some(used.as_str()) == id) {
            mine.items.insert(0, zone.clone());
        }
    }
}

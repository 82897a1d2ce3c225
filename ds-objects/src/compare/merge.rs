//! One item of two that were edited on both sides.

use std::collections::HashSet;

use super::base;
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
pub(super) enum Mode {
    /// Theirs stands where ours says nothing.
    Fill,
    /// Those of theirs that ours does not have come behind ours.
    Add,
    /// Lines of theirs that ours does not have come behind ours.
    Lines,
}

pub(super) fn mode(field: &Field) -> Mode {
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
///
/// What one of them lacks the other one brings: nobody knows whether it was added there or removed here. Where the version
/// is known that both come from, [`merge_from`] does.
#[must_use]
pub fn merge(ours: &Object, theirs: &Object) -> Option<Merged> {
    together(None, ours, theirs)
}

/// Puts two versions of one item together that come from a third one. What one side has changed or removed and the other
/// one has left as it was is as the first side has it; where both have changed the same, it is as in [`merge`].
///
/// ```
/// use ds_objects::compare::merge_from;
/// use ds_objects::parse;
///
/// let card = |lines: &str| {
///     let text = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat\r\nFN:Pat Quill\r\n{lines}END:VCARD\r\n");
///     parse("text/vcard", text.as_bytes()).expect("is a card")
/// };
/// let base = card("TEL:1\r\nTEL:2\r\nNOTE:tea\r\n");
/// let ours = card("TEL:1\r\nTEL:2\r\nNOTE:cake\r\n");
/// let theirs = card("TEL:2\r\nTEL:3\r\nNOTE:tea\r\n");
/// let merged = merge_from(&base, &ours, &theirs).expect("three cards");
/// assert_eq!(merged.object, card("TEL:2\r\nTEL:3\r\nNOTE:cake\r\n"));
/// ```
#[must_use]
pub fn merge_from(base: &Object, ours: &Object, theirs: &Object) -> Option<Merged> {
    together(Some(base), ours, theirs)
}

fn together(base: Option<&Object>, ours: &Object, theirs: &Object) -> Option<Merged> {
    let mut mine = Item::of(ours);
    let mut other = Item::of(theirs);
    if mine.name != other.name {
        return None;
    }
    let base = base.map(Item::of).filter(|base| base.name == mine.name);
    let (mine_had, other_had) = (pictures(&mine), pictures(&other));
    match ours.format().is_calendar() {
        false => {
            if let Some(base) = &base {
                base::settle(base, &mut mine, &mut other);
            }
            add(&mut mine, &other);
        }
        true => {
            let inner = only_entry(&mut mine)?;
            let news = only_entry(&mut other)?;
            if inner.name != news.name {
                return None;
            }
            let mut base = base;
            let base = base.as_mut().and_then(only_entry);
            if let Some(base) = base.filter(|base| base.name == inner.name) {
                base::settle(base, inner, news);
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
    let has = pictures(&mine);
    let is_news_to = |side: &Object, had: Vec<String>| {
        said != Sayings::of(side, Relevance::Conflict) || has != had
    };
    let is_news_to_ours = is_news_to(ours, mine_had);
    let is_news_to_theirs = is_news_to(theirs, other_had);
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

/// Photos and the like, which do not count where items are compared.
fn pictures(item: &Item) -> Vec<String> {
    let inner = item.items.iter().filter(|inner| inner.is_entry());
    let fields = inner.flat_map(|inner| &inner.fields).chain(&item.fields);
    let pictures = fields.filter(|field| matches!(field.value, Value::Binary(_)));
    pictures.map(|field| saying(field, &[])).collect()
}

/// The item of a calendar that holds one.
fn only_entry(calendar: &mut Item) -> Option<&mut Item> {
    let mut entries = calendar.items.iter_mut().filter(|inner| inner.is_entry());
    let entry = entries.next()?;
    entries.next().is_none().then_some(entry)
}

fn add(mine: &mut Item, other: &Item) {
    let mut known: HashSet<(String, String)> = HashSet::new();
    for own in &mine.fields {
        let said = sayings(own, &[]).into_iter();
        known.extend(said.map(|said| (own.name.to_ascii_uppercase(), said)));
    }
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
            // Another one of the same name may say it already.
            Mode::Fill => {
                let is_silent = mine
                    .fields_named(&news.name)
                    .all(|own| own.value.is_empty());
                if let Some(own) = mine.fields.get_mut(first).filter(|_| is_silent) {
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
                let name = news.name.to_ascii_uppercase();
                let said = sayings(news, &[]);
                let said = said.into_iter().map(|said| (name.clone(), said));
                let is_new: Vec<bool> = said.map(|said| known.insert(said)).collect();
                if !is_new.contains(&true) {
                    continue;
                }
                match &news.value {
                    Value::List(texts) => {
                        let fresh: Vec<String> = (texts.iter().zip(&is_new))
                            .filter(|(_, is_new)| **is_new)
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
    let mut known: HashSet<String> = own.lines().map(|line| line.trim().to_owned()).collect();
    for line in news.lines() {
        if known.insert(line.trim().to_owned()) {
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

//! Notes: vNote of phones, `VJOURNAL` of calendars, and plain text.
//!
//! A text is its lines; the first one that says something is its title. Phones have the title beside the whole text.
//!
//! ```
//! use ds_objects::note;
//!
//! let (note, ledger) = note::of_text("Shopping\ntea\ncake");
//! assert!(ledger.is_lossless());
//! assert_eq!(note.encode(), b"BEGIN:VNOTE\r\nVERSION:1.1\r\nSUMMARY:Shopping\r\n\
//!     BODY;ENCODING=QUOTED-PRINTABLE:Shopping=0D=0Atea=0D=0Acake\r\nEND:VNOTE\r\n");
//! let (text, ledger) = note::text(&note).expect("a note has a text");
//! assert_eq!((text.as_str(), ledger.is_lossless()), ("Shopping\ntea\ncake", true));
//! ```

use crate::convert::{self, Conversion, Options};
use crate::format::Format;
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Value};
use crate::object::Object;
use crate::schema;

const JOURNAL: &str = "VJOURNAL";
/// What each property of a vNote is called in a `VJOURNAL`.
const NAMES: [(&str, &str); 7] = [
    ("SUMMARY", "SUMMARY"),
    ("BODY", "DESCRIPTION"),
    ("CATEGORIES", "CATEGORIES"),
    ("CLASS", "CLASS"),
    ("DCREATED", "CREATED"),
    ("LAST-MODIFIED", "LAST-MODIFIED"),
    ("X-IRMC-LUID", "X-IRMC-LUID"),
];

/// A plain text as a vNote.
#[must_use]
pub fn of_text(text: &str) -> (Object, Ledger) {
    let mut note = Item::new(Format::VNote11.component());
    let title = text.lines().map(str::trim).find(|line| !line.is_empty());
    let fields = [("SUMMARY", title), ("BODY", Some(text))];
    let fields = fields.into_iter().filter_map(|(name, value)| {
        let property = schema::property(Format::VNote11, name)?;
        Some(Field::new(
            property,
            Value::Text(value?.replace("\r\n", "\n")),
        ))
    });
    note.fields.extend(fields);
    let mut ledger = Ledger::default();
    let note = convert::write(&mut note, Format::VNote11, &Options::default(), &mut ledger);
    (note, ledger)
}

/// The text of a vNote or a `VJOURNAL`, lines ended by LF, and what it has no room for. None: it is neither.
#[must_use]
pub fn text(object: &Object) -> Option<(String, Ledger)> {
    let mut item = Item::of(object);
    let mut ledger = Ledger::default();
    let body_name = match object.format() {
        Format::VNote11 => "BODY",
        Format::ICalendar20 => {
            item = only_journal(item, &mut ledger)?;
            "DESCRIPTION"
        }
        _ => return None,
    };
    let place = item.name.clone();
    let title = item.text("SUMMARY").unwrap_or_default().trim().to_owned();
    let bodies = item.take(body_name);
    let texts: Vec<&str> = bodies.iter().filter_map(|body| body.value.text()).collect();
    if texts.len() > 1 {
        ledger.note((&place, body_name), Effect::Converted, Reason::OneOnly, "");
    }
    let body = texts.join("\n\n").replace("\r\n", "\n");
    let first = body.lines().map(str::trim).find(|line| !line.is_empty());
    let text = match (title.is_empty(), first) {
        (true, _) => body,
        (false, Some(first)) if first == title => body,
        (false, None) => title,
        (false, Some(_)) => format!("{title}\n{body}"),
    };
    for field in item.fields.iter().filter(|field| !field.is("SUMMARY")) {
        ledger.note(
            (&place, &field.name),
            Effect::Dropped,
            Reason::NoSuchProperty,
            "",
        );
    }
    Some((text, ledger))
}

/// A vNote as a calendar with a `VJOURNAL`.
pub(crate) fn journal(object: &Object) -> Conversion {
    let note = Item::of(object);
    let mut journal = Item::new(JOURNAL);
    let mut ledger = Ledger::default();
    for field in note.fields {
        match NAMES.iter().find(|(own, _)| field.is(own)) {
            Some((_, name)) => journal.fields.push(Field::calendar(name, field.value)),
            None if field.name.starts_with("X-") => journal.fields.push(field),
            None => ledger.note(
                (&note.name, &field.name),
                Effect::Dropped,
                Reason::NoSuchProperty,
                "",
            ),
        }
    }
    let mut calendar = Item::new("VCALENDAR");
    calendar.items.push(journal);
    let object = convert::write(
        &mut calendar,
        Format::ICalendar20,
        &Options::default(),
        &mut ledger,
    );
    Conversion { object, ledger }
}

/// The only `VJOURNAL` of a calendar as a vNote; none: it holds something else.
pub(crate) fn of_journal(object: &Object) -> Option<Conversion> {
    let mut ledger = Ledger::default();
    let mut journal = only_journal(Item::of(object), &mut ledger)?;
    let mut note = Item::new(Format::VNote11.component());
    let bodies = journal.fields_named("DESCRIPTION");
    let texts: Vec<String> = bodies
        .filter_map(|body| body.value.text())
        .map(str::to_owned)
        .collect();
    if texts.len() > 1 {
        ledger.note(
            (JOURNAL, "DESCRIPTION"),
            Effect::Converted,
            Reason::OneOnly,
            "",
        );
        journal.take("DESCRIPTION");
        let text = Value::Text(texts.join("\n\n"));
        journal.fields.push(Field::calendar("DESCRIPTION", text));
    }
    for field in journal.fields {
        let known = NAMES.iter().find(|(_, name)| field.is(name));
        match known.and_then(|(own, _)| schema::property(Format::VNote11, own)) {
            Some(property) => note.fields.push(Field::new(property, field.value)),
            None if field.name.starts_with("X-") => note.fields.push(field),
            None => ledger.note(
                (JOURNAL, &field.name),
                Effect::Dropped,
                Reason::NoSuchProperty,
                "",
            ),
        }
    }
    let object = convert::write(&mut note, Format::VNote11, &Options::default(), &mut ledger);
    Some(Conversion { object, ledger })
}

fn only_journal(calendar: Item, ledger: &mut Ledger) -> Option<Item> {
    let mut entries = calendar.items.into_iter().filter(Item::is_entry);
    let journal = entries.next().filter(|entry| entry.name == JOURNAL)?;
    if entries.next().is_some() {
        return None;
    }
    for inner in &journal.items {
        ledger.note(
            (JOURNAL, &inner.name),
            Effect::Dropped,
            Reason::NoSuchComponent,
            "",
        );
    }
    Some(journal)
}

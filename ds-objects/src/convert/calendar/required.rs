//! What iCalendar cannot do without: `PRODID`, `UID`, `DTSTAMP`.

use sha2::{Digest as _, Sha256};

use crate::civil::{Moment, Time};
use crate::format::Format;
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{self, Field, Item, Value};

const PRODUCT: &str = "-//ds-objects//converted//EN";

pub(in crate::convert) fn complete(calendar: &mut Item, ledger: &mut Ledger) {
    let text = |name, text: String| Field::calendar(name, Value::Text(text));
    if calendar.field("PRODID").is_none() {
        calendar
            .fields
            .insert(0, text("PRODID", PRODUCT.to_owned()));
        ledger.note(
            (&calendar.name, "PRODID"),
            Effect::Added,
            Reason::Required,
            "",
        );
    }
    for item in calendar.items.iter_mut().filter(|item| item.is_entry()) {
        let name = item.name.clone();
        if item.field("DTSTAMP").is_none() {
            let stamp = stamp(item).map(|time| Field::calendar("DTSTAMP", Value::Time(time)));
            item.fields.splice(0..0, stamp);
            ledger.note((&name, "DTSTAMP"), Effect::Added, Reason::Required, "");
        }
        if item.field("UID").is_none() {
            let uid = uid(item);
            item.fields.insert(0, text("UID", uid));
            ledger.note((&name, "UID"), Effect::Added, Reason::Required, "");
        }
    }
}

/// There is no clock here: the time of the last writing, as far as the item tells.
fn stamp(item: &Item) -> Option<Time> {
    let told = ["LAST-MODIFIED", "CREATED"].iter().find_map(|name| {
        let time = item.field(name)?.value.time()?;
        (!time.is_date()).then(|| time.moment().with_utc(true))
    });
    told.or_else(|| Moment::parse("19700101T000000Z"))
        .map(Time::Moment)
}

/// The same content has the same id, however often it is converted.
fn uid(item: &Item) -> String {
    let document = model::write(item, Format::ICalendar20, &mut Ledger::default());
    let digest = Sha256::digest(document.encode());
    let hex: String = digest
        .iter()
        .take(16)
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("{hex}@converted")
}

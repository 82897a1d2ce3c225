//! Whole days: dates in iCalendar, midnight to midnight in vCalendar.

use crate::civil::{Date, Moment, Time};
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Value};
use crate::zone::Zone;

/// From this second of the day on, an end is that of the day: 23:59.
const EVENING: u32 = 86_340;

/// What phones say of events without times, and how.
const HINTS: [(&str, &[&str]); 3] = [
    ("X-FUNAMBOL-ALLDAY", &["1", "TRUE"]),
    ("X-MICROSOFT-CDO-ALLDAYEVENT", &["1", "TRUE"]),
    ("X-EPOCAGENDAENTRYTYPE", &["EVENT", "ANNIVERSARY"]),
];

fn is_hinted(item: &Item) -> bool {
    let says = |field: &Field, words: &[&str]| match &field.value {
        Value::Unknown(line) => words
            .iter()
            .any(|word| line.text().trim().eq_ignore_ascii_case(word)),
        _ => false,
    };
    HINTS
        .iter()
        .any(|(name, words)| item.fields_named(name).any(|field| says(field, words)))
}

pub(super) fn read(item: &mut Item, zone: Option<&Zone>, ledger: &mut Ledger) {
    let local = |field: &Field| match field.value.time()? {
        Time::Moment(moment) if moment.is_utc() => zone?.local(moment),
        Time::Moment(moment) => Some(moment),
        Time::Date(_) => None,
    };
    if item.name == "VTODO" {
        let start = item.field("DTSTART").map(local);
        return task(item, start, due(item, &local), ledger);
    }
    let Some(start) = item.field("DTSTART").and_then(local) else {
        return;
    };
    let end = item.field("DTEND").and_then(local);
    let Some(end) = days(start, end, is_hinted(item)) else {
        return;
    };
    let as_date = |time: &Time| match time {
        Time::Moment(moment) if moment.is_utc() => zone
            .and_then(|zone| zone.local(*moment))
            .map_or(*time, |local| Time::Date(local.date())),
        time => Time::Date(time.date()),
    };
    for field in &mut item.fields {
        match (&*field.name, &mut field.value) {
            ("DTSTART", value) => *value = Value::Time(Time::Date(start.date())),
            ("DTEND", value) => *value = Value::Time(Time::Date(end)),
            ("RECURRENCE-ID", Value::Time(time)) => *time = as_date(time),
            ("EXDATE" | "RDATE", Value::Times(times)) => {
                times.iter_mut().for_each(|time| *time = as_date(time));
            }
            _ => {}
        }
    }
    ledger.note(("VEVENT", "DTSTART"), Effect::Converted, Reason::AllDay, "");
}

/// The day on whose evening a task is due.
fn due(item: &Item, local: &impl Fn(&Field) -> Option<Moment>) -> Option<Date> {
    let due = item.field("DUE").and_then(local)?;
    (due.second_of_day() >= EVENING).then_some(due.date())
}

/// A task that is due on a day; `start` is when it begins, none inside where that is no time.
fn task(item: &mut Item, start: Option<Option<Moment>>, due: Option<Date>, ledger: &mut Ledger) {
    let Some(due) = due else { return };
    let first = match start {
        None => None,
        Some(Some(start)) if start.second_of_day() == 0 => Some(start.date()),
        Some(_) => return,
    };
    for field in &mut item.fields {
        match (&*field.name, first) {
            ("DUE", _) => field.value = Value::Time(Time::Date(due)),
            ("DTSTART", Some(first)) => field.value = Value::Time(Time::Date(first)),
            _ => {}
        }
    }
    ledger.note(("VTODO", "DUE"), Effect::Converted, Reason::AllDay, "");
}

/// The day behind the last one, if these are whole days.
fn days(start: Moment, end: Option<Moment>, hinted: bool) -> Option<Date> {
    if start.second_of_day() != 0 {
        return None;
    }
    let Some(end) = end else {
        return start.date().plus_days(1).filter(|_| hinted);
    };
    let first = start.date();
    match end.second_of_day() {
        // A device that knows no length tells the beginning twice.
        0 if end.date() == first => first.plus_days(1),
        0 if end.date() > first => Some(end.date()),
        EVENING.. if end.date() >= first => end.date().plus_days(1),
        _ => None,
    }
}

pub(super) fn write(item: &mut Item, ledger: &mut Ledger) {
    let name = item.name.clone();
    let first = item.field("DTSTART").and_then(|field| field.value.time());
    let day = |date: Date, second: u32| Moment::new(date, second).map(Time::Moment);
    let mut found = false;
    for field in &mut item.fields {
        let is_end = matches!(&*field.name, "DTEND" | "DUE");
        match &mut field.value {
            Value::Time(Time::Date(date)) => {
                // The end of an event is the day behind it, that of a task is its day.
                let last = match &*field.name {
                    "DTEND" => date.plus_days(-1).unwrap_or(*date),
                    _ => *date,
                };
                let last = first.map_or(last, |first| last.max(first.date()));
                let time = match is_end {
                    true => day(last, EVENING),
                    false => day(*date, 0),
                };
                found = true;
                if let Some(time) = time {
                    field.value = Value::Time(time);
                }
            }
            Value::Times(times) => {
                for time in times.iter_mut().filter(|time| time.is_date()) {
                    *time = Time::Moment(time.moment());
                }
            }
            _ => {}
        }
    }
    if !found {
        return;
    }
    ledger.note((&name, "DTSTART"), Effect::Converted, Reason::AllDay, "");
    if let Some(Time::Date(date)) = first
        && name == "VEVENT"
        && item.field("DTEND").is_none()
        && let Some(end) = day(date, EVENING)
    {
        let place = item.fields.iter().position(|field| field.is("DTSTART"));
        let place = place.map_or(item.fields.len(), |place| place + 1);
        item.fields
            .insert(place, Field::calendar("DTEND", Value::Time(end)));
    }
}

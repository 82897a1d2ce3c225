//! vCalendar 1.0 and iCalendar 2.0: what the two have in different places.

mod alarm;
mod all_day;
mod clock;
mod exception;
mod people;
mod required;
mod rule;

pub(super) use required::complete;

use super::{Options, Times};
use crate::civil::{Moment, Time};
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Parameter, Structured, Value};
use crate::zone::Zone;
use clock::Clock;

/// Puts a vCalendar into the form of the model.
pub(super) fn read(calendar: &mut Item, options: &Options, ledger: &mut Ledger) {
    let zone = own_zone(calendar).or_else(|| options.zone.clone());
    let mut is_zone_used = false;
    for item in calendar.items.iter_mut().filter(|item| item.is_entry()) {
        all_day::read(item, zone.as_ref(), ledger);
        people::read(item);
        alarm::read(item, zone.as_ref(), ledger);
        rule::read(item, zone.as_ref(), ledger);
        item.take("RNUM");
        if let Some(zone) = &zone {
            is_zone_used |= settle(item, zone);
        }
    }
    exception::read(calendar);
    if let Some(zone) = zone.filter(|_| is_zone_used) {
        let years = calendar.items.iter().flat_map(|item| &item.fields);
        let years = years.filter_map(|field| Some(field.value.time()?.date().year()));
        let zone = zone.since(years.min().unwrap_or_default());
        calendar.items.insert(0, zone.component());
    }
}

/// The zone of the calendar, whose lines are taken out.
fn own_zone(calendar: &mut Item) -> Option<Zone> {
    let parts = |field: &Field| match &field.value {
        Value::Structured(parts) => Some(parts.texts()),
        _ => None,
    };
    let daylights = calendar.take("DAYLIGHT");
    let daylights: Vec<Vec<String>> = daylights.iter().filter_map(parts).collect();
    let tz = calendar.take("TZ");
    Zone::of_old(tz.first()?.value.text()?, &daylights)
}

/// Puts local times into the zone; whether there were any.
fn settle(item: &mut Item, zone: &Zone) -> bool {
    let is_local = |time: &Time| matches!(time, Time::Moment(moment) if !moment.is_utc());
    let mut found = false;
    for field in &mut item.fields {
        match &mut field.value {
            // The times of the writing are told in UTC.
            Value::Time(time)
                if matches!(
                    &*field.name,
                    "CREATED" | "LAST-MODIFIED" | "DTSTAMP" | "COMPLETED"
                ) =>
            {
                if is_local(time)
                    && let Some(utc) = zone.utc(time.moment())
                {
                    *time = Time::Moment(utc);
                }
            }
            Value::Time(time) if is_local(time) => {
                field.params.push(Parameter::new("TZID", zone.id.clone()));
                found = true;
            }
            Value::Times(times) if !times.is_empty() && times.iter().all(is_local) => {
                field.params.push(Parameter::new("TZID", zone.id.clone()));
                found = true;
            }
            _ => {}
        }
    }
    found
}

/// Puts a calendar into the form of vCalendar.
pub(super) fn write(calendar: &mut Item, options: &Options, ledger: &mut Ledger) {
    calendar.fields.retain(|field| {
        let is_default = field
            .value
            .text()
            .is_some_and(|text| text.eq_ignore_ascii_case("GREGORIAN"));
        !(field.is("CALSCALE") && is_default)
    });
    exception::write(calendar);
    let mut clock = Clock::of(calendar, options);
    let years = clock.years(calendar);
    calendar.items.retain(|item| {
        let known = matches!(item.name.as_str(), "VEVENT" | "VTODO");
        if !known && item.name != "VTIMEZONE" {
            let place = (calendar.name.as_str(), item.name.as_str());
            ledger.note(place, Effect::Dropped, Reason::NoSuchComponent, "");
        }
        known
    });
    for item in &mut calendar.items {
        end_of(item, ledger);
        alarm::write(item, &mut clock, ledger);
        people::write(item, ledger);
        // The rule first: it is told by the first time in its own zone.
        rule::write(item, &mut clock, ledger);
        clock.write(item, ledger);
        all_day::write(item, ledger);
        summary(item, ledger);
        let alarms = item.items.len();
        item.items.retain(|inner| inner.name != "VALARM");
        for inner in std::mem::take(&mut item.items) {
            let place = (item.name.as_str(), inner.name.as_str());
            ledger.note(place, Effect::Dropped, Reason::NoSuchComponent, "");
        }
        debug_assert!(item.items.is_empty() || alarms > 0);
    }
    if let Some(zone) = clock.stated_zone() {
        let (tz, daylights) = zone.to_old(years);
        let text = |name, text| Field::calendar(name, Value::Text(text));
        let lines = daylights.into_iter().map(|line| {
            let parts = Structured::of(line.split(';'));
            Field::calendar("DAYLIGHT", Value::Structured(parts))
        });
        let lines: Vec<Field> = std::iter::once(text("TZ", tz)).chain(lines).collect();
        calendar.fields.splice(0..0, lines);
        ledger.note(
            ("VTIMEZONE", "TZID"),
            Effect::Converted,
            Reason::OtherPlace,
            &*zone.id,
        );
    }
}

/// Puts the times of an iCalendar into UTC or the user's zone, for a device that knows no zones.
pub(super) fn retime(calendar: &mut Item, options: &Options, ledger: &mut Ledger) {
    if options.times == Times::WithZone {
        return;
    }
    let mut clock = Clock::of(calendar, options);
    for item in calendar.items.iter_mut().filter(|item| item.is_entry()) {
        rule::retime(item, &clock, ledger);
        clock.write(item, ledger);
    }
    calendar.items.retain(|item| item.name != "VTIMEZONE");
}

/// A length becomes an end.
fn end_of(item: &mut Item, ledger: &mut Ledger) {
    let name = if item.name == "VTODO" { "DUE" } else { "DTEND" };
    let durations = item.take("DURATION");
    let Some(Value::Duration(duration)) = durations.first().map(|field| &field.value) else {
        return;
    };
    let Some(start) = item.field("DTSTART") else {
        return;
    };
    let Some(time) = start.value.time().filter(|_| item.field(name).is_none()) else {
        return;
    };
    let end = time.moment().plus(duration.seconds());
    let end = end.map(|end| match time {
        Time::Date(_) => Time::Date(end.date()),
        Time::Moment(_) => Time::Moment(end),
    });
    if let Some(end) = end {
        let mut field = Field::calendar(name, Value::Time(end));
        field.params.clone_from(&start.params);
        item.fields.push(field);
        let place = (item.name.as_str(), "DURATION");
        ledger.note(place, Effect::Converted, Reason::OtherPlace, name);
    }
}

/// Phones need one.
fn summary(item: &mut Item, ledger: &mut Ledger) {
    if item
        .text("SUMMARY")
        .is_some_and(|text| !text.trim().is_empty())
    {
        return;
    }
    let line = item
        .text("DESCRIPTION")
        .and_then(|text| text.lines().find(|line| !line.trim().is_empty()));
    let text: String = line.unwrap_or("?").trim().chars().take(32).collect();
    item.take("SUMMARY");
    item.fields
        .insert(0, Field::calendar("SUMMARY", Value::Text(text)));
    ledger.note((&item.name, "SUMMARY"), Effect::Added, Reason::Required, "");
}

/// The first time of an item, by its own clock.
fn start_of(item: &Item) -> Option<(&Field, Moment)> {
    let field = item.field("DTSTART").or_else(|| item.field("DUE"))?;
    Some((field, field.value.time()?.moment()))
}

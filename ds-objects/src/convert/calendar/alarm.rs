//! Alarms: `AALARM`, `DALARM`, `MALARM` and `PALARM` of vCalendar, `VALARM` of iCalendar.
//!
//! An old alarm is `run;snooze;repeat;what`, of mail `run;snooze;repeat;address;text`.

use super::clock::Clock;
use crate::civil::{Duration, Moment, Time};
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Parameter, Person, Structured, Value};
use crate::zone::Zone;

const KINDS: [(&str, &str); 4] = [
    ("AALARM", "AUDIO"),
    ("DALARM", "DISPLAY"),
    ("MALARM", "EMAIL"),
    ("PALARM", "PROCEDURE"),
];

/// What an alarm shows that has nothing to say.
const DEFAULT: &str = "Alarm";

pub(super) fn read(item: &mut Item, zone: Option<&Zone>, ledger: &mut Ledger) {
    let start = item.field("DTSTART").and_then(|field| field.value.time());
    let due = item.field("DUE").and_then(|field| field.value.time());
    // An alarm of a task is about its end.
    let base = Base {
        time: due.or(start).map(Time::moment),
        is_end: due.is_some(),
        zone,
    };
    let summary = item.text("SUMMARY").unwrap_or(DEFAULT).to_owned();
    for (old, action) in KINDS {
        for field in item.take(old) {
            let Value::Structured(parts) = &field.value else {
                continue;
            };
            let parts: Vec<String> = (parts.texts().iter())
                .map(|part| part.trim().to_owned())
                .collect();
            match alarm(action, &parts, &base, &summary) {
                Some(alarm) => item.items.push(alarm),
                None => ledger.note(
                    (&item.name, old),
                    Effect::Dropped,
                    Reason::Unreadable,
                    parts.join(";"),
                ),
            }
        }
    }
}

/// What alarms are told from.
struct Base<'a> {
    time: Option<Moment>,
    /// It is the end of a task.
    is_end: bool,
    zone: Option<&'a Zone>,
}

impl Base<'_> {
    /// From the beginning, so that it moves along; else at a time.
    fn trigger(&self, run: &str) -> Option<Field> {
        if let Some(duration) = Duration::parse(run) {
            return Some(Field::calendar(
                "TRIGGER",
                Value::Text(duration.to_string()),
            ));
        }
        let run = match Time::parse(run)? {
            Time::Moment(moment) => moment,
            Time::Date(_) => return None,
        };
        let utc = |time: Moment| match time.is_utc() {
            true => Some(time),
            false => self.zone.and_then(|zone| zone.utc(time)),
        };
        let seconds = self
            .time
            .and_then(|base| match base.is_utc() == run.is_utc() {
                true => Some(run.seconds() - base.seconds()),
                false => Some(utc(run)?.seconds() - utc(base)?.seconds()),
            });
        if let Some(seconds) = seconds {
            let duration = Duration::from_seconds(seconds).to_string();
            let trigger = Field::calendar("TRIGGER", Value::Text(duration));
            return Some(match self.is_end {
                true => trigger.with_param(Parameter::new("RELATED", "END")),
                false => trigger,
            });
        }
        let at = utc(run).unwrap_or(run);
        let trigger = Field::calendar("TRIGGER", Value::Text(at.to_string()));
        Some(trigger.with_param(Parameter::new("VALUE", "date-time")))
    }
}

fn alarm(action: &str, parts: &[String], base: &Base<'_>, summary: &str) -> Option<Item> {
    let part = |index: usize| {
        parts
            .get(index)
            .map(String::as_str)
            .filter(|part| !part.is_empty())
    };
    let text = |name, text: &str| Field::calendar(name, Value::Text(text.to_owned()));
    let mut alarm = Item::new("VALARM");
    alarm.fields.push(text("ACTION", action));
    alarm.fields.push(base.trigger(part(0)?)?);
    // One without the other says nothing.
    let snooze = part(1).and_then(Duration::parse);
    let repeat = part(2)
        .and_then(|repeat| repeat.parse::<u32>().ok())
        .filter(|n| *n > 0);
    if let (Some(snooze), Some(repeat)) = (snooze, repeat) {
        alarm
            .fields
            .push(Field::calendar("DURATION", Value::Duration(snooze)));
        alarm.fields.push(text("REPEAT", &repeat.to_string()));
    }
    match action {
        "DISPLAY" => alarm
            .fields
            .push(text("DESCRIPTION", part(3).unwrap_or(summary))),
        "EMAIL" => {
            let address = Person::read(part(3)?).uri();
            alarm.fields.push(text("ATTENDEE", &address));
            alarm.fields.push(text("SUMMARY", summary));
            alarm
                .fields
                .push(text("DESCRIPTION", part(4).unwrap_or(summary)));
        }
        _ => {
            let sound =
                part(3).map(|sound| Field::calendar("ATTACH", Value::Uri(sound.to_owned())));
            alarm.fields.extend(sound);
        }
    }
    Some(alarm)
}

pub(super) fn write(item: &mut Item, clock: &mut Clock, ledger: &mut Ledger) {
    let alarms: Vec<Item> = item
        .items
        .extract_if(.., |inner| inner.name == "VALARM")
        .collect();
    let mut told: Vec<(usize, Moment, Field)> = Vec::new();
    for alarm in &alarms {
        let action = alarm.text("ACTION").unwrap_or("AUDIO").to_ascii_uppercase();
        let kind = KINDS.iter().position(|(_, known)| *known == action);
        let place = (item.name.as_str(), "VALARM");
        let Some((run, kind)) = run_of(item, alarm, clock).zip(kind) else {
            ledger.note(place, Effect::Dropped, Reason::NoSuchValue, action);
            continue;
        };
        let field = old_alarm(item, alarm, kind, run);
        match told.iter_mut().find(|(other, ..)| *other == kind) {
            None => told.push((kind, run, field)),
            Some(other) => {
                ledger.note(place, Effect::Dropped, Reason::OneOnly, action);
                // The earliest one stays.
                if run < other.1 {
                    *other = (kind, run, field);
                }
            }
        }
    }
    item.fields
        .extend(told.into_iter().map(|(.., field)| field));
}

/// When an alarm goes off, as the object writes times.
fn run_of(item: &Item, alarm: &Item, clock: &Clock) -> Option<Moment> {
    let trigger = alarm.field("TRIGGER")?;
    let text = trigger.value.text()?;
    if let Some(at) = Moment::parse(text) {
        return clock.told(at, None);
    }
    let by_end = trigger
        .param("RELATED")
        .is_some_and(|related| related.eq_ignore_ascii_case("END"));
    let names = match by_end {
        true => ["DTEND", "DUE", "DTSTART"],
        false => ["DTSTART", "DUE", "DTEND"],
    };
    let base = names.iter().find_map(|name| item.field(name))?;
    let run = base
        .value
        .time()?
        .moment()
        .plus(Duration::parse(text)?.seconds())?;
    clock.told(run, base.param("TZID"))
}

fn old_alarm(item: &Item, alarm: &Item, kind: usize, run: Moment) -> Field {
    let (name, action) = KINDS.get(kind).copied().unwrap_or(("AALARM", "AUDIO"));
    let snooze = alarm.field("DURATION").and_then(|field| match field.value {
        Value::Duration(duration) => Some(duration.to_string()),
        _ => None,
    });
    let repeat = alarm.text("REPEAT").map(str::to_owned);
    let mut parts = vec![
        run.to_string(),
        snooze.unwrap_or_default(),
        repeat.unwrap_or_default(),
    ];
    let text = || {
        let text = alarm.text("DESCRIPTION").or_else(|| item.text("SUMMARY"));
        text.unwrap_or(DEFAULT).to_owned()
    };
    match action {
        "DISPLAY" => parts.push(text()),
        "EMAIL" => {
            let address = alarm.text("ATTENDEE").unwrap_or_default();
            parts.push(Person::read(address).address);
            parts.push(text());
        }
        _ => parts.push(alarm.text("ATTACH").unwrap_or_default().to_owned()),
    }
    Field::calendar(name, Value::Structured(Structured::of(parts)))
}

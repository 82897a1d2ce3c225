//! Recurrence rules.

use super::clock::Clock;
use super::start_of;
use crate::civil::{Moment, Time, Weekday};
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Value};
use crate::recur::{End, Freq, Oddity, Rule};
use crate::zone::Zone;

/// Most occurrences that are told as dates where there is no rule for them.
const DATES: usize = 30;

/// Keeps a rule that vCalendar has no words for.
const KEPT: &str = "X-RRULE";

pub(super) fn read(item: &mut Item, zone: Option<&Zone>, ledger: &mut Ledger) {
    let start = item.field("DTSTART").or_else(|| item.field("DUE"));
    let start = start.and_then(|field| field.value.time());
    let name = item.name.clone();
    for field in &mut item.fields {
        let Some(text) = field
            .value
            .text()
            .filter(|_| field.is("RRULE") || field.is("EXRULE"))
        else {
            continue;
        };
        let place = (name.as_str(), &*field.name);
        // Some devices write rules of iCalendar.
        let read = Rule::parse_old(text, start.map(Time::moment))
            .or_else(|| Some((Rule::parse(text)?, Vec::new())));
        let Some((mut rule, odd)) = read else {
            ledger.note(place, Effect::Dropped, Reason::Unreadable, text);
            field.value = Value::Other(text.to_owned());
            continue;
        };
        if odd.contains(&Oddity::TimeOfDay) {
            ledger.note(place, Effect::Dropped, Reason::Recurrence, "times of day");
        }
        rule.end = end_read(rule.end, start, zone);
        field.value = Value::Rule(Box::new(rule));
    }
    // A rule that cannot be read is no rule.
    item.fields
        .retain(|field| !(field.is("RRULE") && matches!(field.value, Value::Other(_))));
    for kept in item.take(KEPT) {
        let Value::Unknown(line) = &kept.value else {
            continue;
        };
        if let Some(rule) = Rule::parse(&line.text())
            && item.field("RRULE").is_none()
        {
            item.fields
                .push(Field::calendar("RRULE", Value::Rule(Box::new(rule))));
        }
    }
}

/// An end is a day where the start is one, in UTC where the start is in a zone, and as the start otherwise.
fn end_read(end: End, start: Option<Time>, zone: Option<&Zone>) -> End {
    let End::Until(Time::Moment(until)) = end else {
        return end;
    };
    let told = match (start, zone) {
        (Some(Time::Date(_)), zone) => {
            let local = zone
                .filter(|_| until.is_utc())
                .and_then(|zone| zone.local(until));
            Time::Date(local.unwrap_or(until).date())
        }
        (_, Some(zone)) if !until.is_utc() => Time::Moment(zone.utc(until).unwrap_or(until)),
        (Some(Time::Moment(start)), None) => Time::Moment(until.with_utc(start.is_utc())),
        _ => Time::Moment(until),
    };
    End::Until(told)
}

pub(super) fn write(item: &mut Item, clock: &mut Clock, ledger: &mut Ledger) {
    let Some((first, start)) = start_of(item) else {
        return;
    };
    let is_date = first.value.time().is_some_and(Time::is_date);
    let zone = first.param("TZID").map(str::to_owned);
    let told = match is_date {
        true => start,
        false => clock.told(start, zone.as_deref()).unwrap_or(start),
    };
    let place = Place {
        start,
        told,
        zone,
        is_date,
    };
    let name = item.name.clone();
    let mut fields = Vec::with_capacity(item.fields.len());
    for mut field in std::mem::take(&mut item.fields) {
        let Value::Rule(rule) = &field.value else {
            fields.push(field);
            continue;
        };
        let at = (name.as_str(), &*field.name);
        match place.old(rule, clock) {
            Ok(text) => {
                field.value = Value::Text(text);
                fields.push(field);
            }
            Err(why) if field.is("RRULE") => {
                if let Some(dates) = place.dates(rule, clock) {
                    ledger.note(
                        at,
                        Effect::Converted,
                        Reason::Recurrence,
                        format!("{why}, as RDATE"),
                    );
                    if !dates.is_empty() {
                        fields.push(Field::calendar("RDATE", Value::Times(dates)));
                    }
                } else {
                    ledger.note(at, Effect::Dropped, Reason::Recurrence, why);
                    let kept = Value::Text(rule.to_string());
                    fields.push(Field::calendar(KEPT, kept));
                }
            }
            Err(why) => ledger.note(at, Effect::Dropped, Reason::Recurrence, why),
        }
    }
    item.fields = fields;
}

/// Rules of days that are others in the zone that times come into.
pub(super) fn retime(item: &mut Item, clock: &Clock, ledger: &mut Ledger) {
    let Some((first, start)) =
        start_of(item).filter(|(first, _)| first.value.time().is_some_and(|t| !t.is_date()))
    else {
        return;
    };
    let told = clock.told(start, first.param("TZID")).unwrap_or(start);
    let days = told.date().days() - start.date().days();
    let name = item.name.clone();
    for field in &mut item.fields {
        if let Value::Rule(rule) = &mut field.value {
            match shifted(rule, days) {
                Some(shifted) => **rule = shifted,
                None => ledger.note(
                    (&name, &field.name),
                    Effect::Converted,
                    Reason::Recurrence,
                    "days in another zone",
                ),
            }
        }
    }
}

/// When the item takes place first.
struct Place {
    /// By its own clock.
    start: Moment,
    /// As it is written.
    told: Moment,
    zone: Option<String>,
    is_date: bool,
}

impl Place {
    fn old(&self, rule: &Rule, clock: &Clock) -> Result<String, String> {
        let days = self.told.date().days() - self.start.date().days();
        let mut rule = shifted(rule, days).ok_or("days in another zone")?;
        if let End::Until(Time::Moment(until)) = rule.end
            && !self.is_date
        {
            let until = clock.told(until, self.zone.as_deref()).unwrap_or(until);
            // The end is in the zone of the start, whichever that is.
            let until = match (until.is_utc(), self.told.is_utc(), self.zone.as_deref()) {
                (true, false, Some(_)) => self.localized(until, clock).unwrap_or(until),
                _ => until,
            };
            rule.end = End::Until(Time::Moment(until));
        }
        rule.to_old(self.told).map_err(|why| why.to_string())
    }

    /// A time in UTC by the clock that the start is told by.
    fn localized(&self, utc: Moment, clock: &Clock) -> Option<Moment> {
        clock.stated_zone()?.local(utc)
    }

    /// All occurrences but the first, if they are few.
    fn dates(&self, rule: &Rule, clock: &Clock) -> Option<Vec<Time>> {
        if matches!(rule.end, End::Never) {
            return None;
        }
        let mut rule = rule.clone();
        if let End::Until(Time::Moment(until)) = rule.end
            && until.is_utc()
            && !self.start.is_utc()
        {
            let local = self
                .localized(until, clock)
                .unwrap_or_else(|| until.with_utc(false));
            rule.end = End::Until(Time::Moment(local));
        }
        let times: Vec<Moment> = rule.occurrences(self.start)?.take(DATES + 1).collect();
        if times.len() > DATES {
            return None;
        }
        let told = times.into_iter().filter(|time| *time != self.start);
        told.map(|time| {
            let told = match self.is_date {
                true => Some(time),
                false => clock.told(time, self.zone.as_deref()),
            };
            told.map(Time::Moment)
        })
        .collect()
    }
}

/// The rule where midnight lies between the two clocks. None: it names days in a way that cannot be shifted.
fn shifted(rule: &Rule, days: i64) -> Option<Rule> {
    let mut rule = rule.clone();
    let names_days = !rule.by_day.is_empty()
        || !rule.by_month_day.is_empty()
        || !rule.by_year_day.is_empty()
        || !rule.by_week_no.is_empty();
    if days == 0 || !names_days {
        return Some(rule);
    }
    if rule.freq != Freq::Weekly || !rule.by_month.is_empty() {
        return None;
    }
    for (_, day) in &mut rule.by_day {
        let index = (*day as i64 + days).rem_euclid(7);
        *day = *Weekday::ALL.get(usize::try_from(index).ok()?)?;
    }
    Some(rule)
}

//! Time zones as objects tell them: `VTIMEZONE` of iCalendar, `TZ` and `DAYLIGHT` of vCalendar. With the feature `zones`
//! also those that objects name alone: `Europe/Berlin`, `W. Europe Standard Time`.

mod modern;
#[cfg(feature = "zones")]
mod named;
mod old;

use crate::civil::{Moment, Time};
use crate::model::Item;
use crate::recur::{End, Freq, Rule};

/// Most zones that are looked up for one calendar: one that names more is up to no good.
#[cfg(feature = "zones")]
const NAMES: usize = 16;

/// A time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Zone {
    /// Its name (`TZID`).
    pub id: String,
    /// When which offset begins.
    pub observances: Vec<Observance>,
}

/// An offset and when it begins (`STANDARD`, `DAYLIGHT`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Observance {
    /// Whether it is daylight saving time.
    pub is_daylight: bool,
    /// Offset before it, in seconds east of UTC (`TZOFFSETFROM`).
    pub from: i64,
    /// Offset in it (`TZOFFSETTO`).
    pub to: i64,
    /// When it begins for the first time, by the clock of the time before it (`DTSTART`).
    pub start: Moment,
    /// When it begins again.
    pub rule: Option<Rule>,
    /// What people call it (`TZNAME`); may be empty.
    pub name: String,
}

impl Zone {
    /// A zone whose offset never changes, in seconds east of UTC.
    #[must_use]
    pub fn fixed(id: impl Into<String>, offset: i64) -> Self {
        let observance = epoch().map(|start| Observance {
            is_daylight: false,
            from: offset,
            to: offset,
            start,
            rule: None,
            name: String::new(),
        });
        Self {
            id: id.into(),
            observances: observance.into_iter().collect(),
        }
    }

    /// Offset at a time in UTC, in seconds east.
    #[must_use]
    pub fn offset_at_utc(&self, utc: Moment) -> i64 {
        self.offset(|observance| utc.plus(observance.from))
    }

    /// Offset at a time by the clock of the zone. Of an hour that comes twice the first one is meant.
    #[must_use]
    pub fn offset_at(&self, local: Moment) -> i64 {
        self.offset(|_| Some(local))
    }

    /// The same point in time by the clock of the zone.
    #[must_use]
    pub fn local(&self, utc: Moment) -> Option<Moment> {
        let local = utc.plus(self.offset_at_utc(utc))?;
        Some(local.with_utc(false))
    }

    /// The same point in time in UTC.
    #[must_use]
    pub fn utc(&self, local: Moment) -> Option<Moment> {
        let utc = local.plus(-self.offset_at(local))?;
        Some(utc.with_utc(true))
    }

    /// What it tells from a year on.
    #[must_use]
    pub(crate) fn since(&self, year: i32) -> Self {
        let is_past = |one: &&Observance| one.rule.is_none() && one.start.date().year() < year;
        // The last one that is over may be in force still when the year begins.
        let last = self
            .observances
            .iter()
            .filter(is_past)
            .max_by_key(|one| one.start);
        let kept = |one: &&Observance| !is_past(one) || Some(*one) == last;
        Self {
            id: self.id.clone(),
            observances: self.observances.iter().filter(kept).cloned().collect(),
        }
    }

    /// Whether its offset is always the same.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        let mut offsets = self.observances.iter().map(|observance| observance.to);
        let first = offsets.next();
        offsets.all(|offset| Some(offset) == first)
    }

    /// The offset of the observance that has begun last; `clock` tells the time as an observance counts it.
    fn offset(&self, clock: impl Fn(&Observance) -> Option<Moment>) -> i64 {
        let mut best: Option<(Moment, i64)> = None;
        for observance in &self.observances {
            let onset = clock(observance).and_then(|now| observance.last_onset(now));
            if let Some(onset) = onset
                && best.is_none_or(|(last, _)| onset > last)
            {
                best = Some((onset, observance.to));
            }
        }
        let earliest = || self.observances.iter().min_by_key(|one| one.start);
        best.map(|(_, to)| to)
            .or_else(|| earliest().map(|first| first.from))
            .unwrap_or(0)
    }
}

impl Observance {
    /// When it has begun last.
    fn last_onset(&self, now: Moment) -> Option<Moment> {
        let now = now.with_utc(false);
        if now < self.start {
            return None;
        }
        let Some(rule) = &self.rule else {
            return Some(self.start);
        };
        if rule.freq != Freq::Yearly {
            return rule
                .occurrences(self.start)?
                .take_while(|onset| *onset <= now)
                .take(1000)
                .last();
        }
        // The day is in the rule: a year before is early enough to begin.
        let year = (now.date().year() - 1).max(self.start.date().year());
        let first = match crate::civil::Date::new(year, 1, 1) {
            Some(january) if january > self.start.date() => self.start.on(january),
            _ => self.start,
        };
        let has_day =
            !rule.by_month.is_empty() && (!rule.by_day.is_empty() || !rule.by_month_day.is_empty());
        let first = if has_day { first } else { self.start };
        let bounded = match rule.end {
            End::Until(Time::Moment(until)) if until.is_utc() => {
                let local = until.plus(self.from)?.with_utc(false);
                rule.clone().with_end(End::Until(Time::Moment(local)))
            }
            End::Until(_) => rule.clone(),
            _ => rule.clone().with_end(End::Never),
        };
        let last = bounded
            .occurrences(first)?
            .take_while(|onset| *onset <= now)
            .take(1000)
            .last();
        // A rule that has ended goes on with what it said last.
        last.or_else(|| match bounded.end {
            End::Until(_) => bounded.occurrences(self.start)?.take(1000).last(),
            _ => Some(self.start),
        })
    }
}

/// The zones of a calendar: those that it tells, and of those that it names alone the ones that are known.
pub(crate) fn of_calendar(calendar: &Item) -> Vec<Zone> {
    let told = calendar
        .items
        .iter()
        .filter(|item| item.name == "VTIMEZONE");
    #[cfg_attr(
        not(feature = "zones"),
        expect(unused_mut, reason = "no names are known")
    )]
    let mut zones: Vec<Zone> = told.filter_map(Zone::of).collect();
    #[cfg(feature = "zones")]
    {
        let mut asked: Vec<&str> = Vec::new();
        for id in names(calendar) {
            if zones.iter().any(|zone| zone.id == id) || asked.contains(&id) {
                continue;
            }
            if asked.len() == NAMES {
                break;
            }
            asked.push(id);
            zones.extend(Zone::named(id));
        }
    }
    zones
}

/// The names of zones in the items of a calendar, as often as they are used.
pub(crate) fn names(calendar: &Item) -> impl Iterator<Item = &str> {
    let entries = calendar.items.iter().filter(|item| item.is_entry());
    entries
        .flat_map(|item| &item.fields)
        .filter_map(|field| field.param("TZID"))
}

/// Before all that anybody writes down.
fn epoch() -> Option<Moment> {
    Moment::new(crate::civil::Date::new(1970, 1, 1)?, 0)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn berlin() -> Zone {
        let observance = |is_daylight, from, to, start, rule, name: &str| Observance {
            is_daylight,
            from,
            to,
            start: Moment::parse(start).expect("a time"),
            rule: Rule::parse(rule),
            name: name.to_owned(),
        };
        Zone {
            id: "Europe/Berlin".to_owned(),
            observances: vec![
                observance(
                    true,
                    3600,
                    7200,
                    "19700329T020000",
                    "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
                    "CEST",
                ),
                observance(
                    false,
                    7200,
                    3600,
                    "19701025T030000",
                    "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
                    "CET",
                ),
            ],
        }
    }

    #[test]
    fn offsets_of_berlin() {
        let zone = berlin();
        for (utc, local) in [
            ("20250113T083000Z", "20250113T093000"),
            ("20250713T083000Z", "20250713T103000"),
            ("20250330T005959Z", "20250330T015959"),
            ("20250330T010000Z", "20250330T030000"),
            ("20251026T005959Z", "20251026T025959"),
            ("20251026T020000Z", "20251026T030000"),
            ("19691231T120000Z", "19691231T130000"),
        ] {
            let utc = Moment::parse(utc).expect("a time");
            let local = Moment::parse(local).expect("a time");
            assert_eq!(zone.local(utc), Some(local), "{utc}");
            assert_eq!(zone.utc(local), Some(utc), "{local}");
        }
        assert!(!zone.is_fixed() && Zone::fixed("x", 3600).is_fixed());
        let half = Zone::fixed("x", -19_800);
        let noon = Moment::parse("20250101T120000").expect("a time");
        assert_eq!(
            half.utc(noon).map(|t| t.to_string()).as_deref(),
            Some("20250101T173000Z")
        );
    }
}

//! `TZ` and `DAYLIGHT` of vCalendar 1.0, to and fro.
//!
//! `DAYLIGHT:TRUE;+02;20250330T020000;20251026T030000;CET;CEST`: offset, begin and end of daylight saving time in one
//! year, and what people call the two times.

use super::{Observance, Zone, epoch};
use crate::civil::{Date, Moment, Weekday, days_in_month, offset, parse_offset};
use crate::recur::{Freq, Rule};

impl Zone {
    /// The zone of a calendar: its `TZ`, and the parts of each `DAYLIGHT`. None: it tells none.
    ///
    /// What is told of some years goes on for all: the last Sunday of March is that of every March.
    pub(crate) fn of_old(tz: &str, daylights: &[Vec<String>]) -> Option<Self> {
        let standard = parse_offset(tz)?;
        let mut changes: Vec<Change> = daylights
            .iter()
            .filter_map(|parts| Change::read(parts))
            .collect();
        changes.sort_by_key(|change| change.start);
        let Some(last) = changes.last() else {
            let mut zone = Self::fixed(format!("UTC{}", offset(standard)), standard);
            for observance in &mut zone.observances {
                observance.start = epoch()?;
            }
            return Some(zone);
        };
        let id = match (last.standard_name.as_str(), last.daylight_name.as_str()) {
            ("", _) | (_, "") => format!("UTC{}/{}", offset(standard), offset(last.offset)),
            (standard, daylight) => format!("{standard}/{daylight}"),
        };
        let mut observances = Vec::new();
        for (index, change) in changes.iter().enumerate() {
            // The last one goes on.
            let goes_on = index + 1 == changes.len();
            let rule = |at: Moment| goes_on.then(|| yearly(at.date()));
            observances.push(Observance {
                is_daylight: true,
                from: standard,
                to: change.offset,
                start: change.start,
                rule: rule(change.start),
                name: change.daylight_name.clone(),
            });
            observances.push(Observance {
                is_daylight: false,
                from: change.offset,
                to: standard,
                start: change.end,
                rule: rule(change.end),
                name: change.standard_name.clone(),
            });
        }
        Some(Self { id, observances })
    }

    /// The lines that tell the zone for some years: `TZ`, and a `DAYLIGHT` for each.
    pub(crate) fn to_old(&self, years: impl Iterator<Item = i32>) -> (String, Vec<String>) {
        let years: Vec<i32> = years.collect();
        let tz = offset(self.standard_of(years.first().copied()));
        let lines = years.into_iter().filter_map(|year| {
            let start = self.onset(true, year)?;
            // South of the equator it ends in the year after.
            let end = self.onset(false, year)?;
            let end = match end.1 < start.1 {
                true => self.onset(false, year + 1)?,
                false => end,
            };
            Some(format!(
                "TRUE;{};{};{};{};{}",
                offset(start.0.to),
                start.1,
                end.1,
                end.0.name,
                start.0.name
            ))
        });
        (tz, lines.collect())
    }

    /// The offset of the standard time that is in force at the end of a year; none: of the last one.
    fn standard_of(&self, year: Option<i32>) -> i64 {
        let end = year.and_then(|year| Date::new(year, 12, 31));
        let standard = self.observances.iter().filter(|one| !one.is_daylight);
        let in_force = standard.max_by_key(|one| match end {
            Some(end) => one.last_onset(one.start.on(end)),
            None => Some(one.start),
        });
        let one = in_force.or_else(|| self.observances.first());
        one.map_or(0, |one| one.to)
    }

    /// When the daylight saving time, or the standard time, of a year begins.
    fn onset(&self, is_daylight: bool, year: i32) -> Option<(&Observance, Moment)> {
        let first = Date::new(year, 1, 1)?;
        let last = Date::new(year, 12, 31)?;
        let wanted = self
            .observances
            .iter()
            .filter(|one| one.is_daylight == is_daylight);
        wanted
            .filter_map(|one| Some((one, one.last_onset(one.start.on(last))?)))
            .filter(|(_, onset)| onset.date() >= first)
            .max_by_key(|(_, onset)| *onset)
    }
}

/// Daylight saving time of one year.
struct Change {
    offset: i64,
    start: Moment,
    end: Moment,
    standard_name: String,
    daylight_name: String,
}

impl Change {
    /// None: there is none, or nobody can tell when.
    fn read(parts: &[String]) -> Option<Self> {
        let part = |index: usize| parts.get(index).map_or("", |part| part.trim());
        if !part(0).eq_ignore_ascii_case("TRUE") {
            return None;
        }
        let time = |index: usize| Moment::parse(part(index)).map(|time| time.with_utc(false));
        Some(Self {
            offset: parse_offset(part(1))?,
            start: time(2)?,
            end: time(3)?,
            standard_name: part(4).to_owned(),
            daylight_name: part(5).to_owned(),
        })
    }
}

/// The same weekday of the month, the last one where it may be that, each year.
fn yearly(date: Date) -> Rule {
    let length = days_in_month(date.year(), date.month());
    let number = match date.day() + 7 > length {
        true => -1,
        false => i8::try_from((date.day() - 1) / 7 + 1).unwrap_or(1),
    };
    let weekday: Weekday = date.weekday();
    let mut rule = Rule::new(Freq::Yearly, 1);
    rule.by_month = vec![date.month()];
    rule.by_day = vec![(number, weekday)];
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let parts: Vec<String> = "TRUE;+02;20250330T020000;20251026T030000;CET;CEST"
            .split(';')
            .map(str::to_owned)
            .collect();
        let zone = Zone::of_old("+01", &[parts]).expect("a zone");
        assert_eq!(zone.id, "CET/CEST");
        let utc = Moment::parse("20300701T120000Z").expect("a time");
        assert_eq!(zone.offset_at_utc(utc), 7200);
        let (tz, lines) = zone.to_old(2025..2027);
        assert_eq!(tz, "+0100");
        assert_eq!(
            lines,
            [
                "TRUE;+0200;20250330T020000;20251026T030000;CET;CEST",
                "TRUE;+0200;20260329T020000;20261025T030000;CET;CEST"
            ]
        );
        let berlin = crate::zone::tests::berlin();
        assert_eq!(berlin.to_old(2025..2027), (tz, lines));
        let fixed = Zone::of_old("-0530", &[]).expect("a zone");
        assert_eq!(fixed.id, "UTC-0530");
        assert_eq!(fixed.to_old(2025..2026), ("-0530".to_owned(), Vec::new()));
        assert_eq!(Zone::of_old("CET", &[]), None);
    }
}

//! Zones that an object names and does not tell: those of the IANA database, and Windows' names for them (CLDR).

use icu_time::zone::iana::IanaParserExtended;
use icu_time::zone::windows::WindowsParser;
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{Observance, Zone, epoch};
use crate::civil::{Date, Moment, days_in_month};
use crate::recur::{Freq, Rule};

/// From here on the database has rules and no changes by decree.
const RULES: i32 = 2038;
/// In so many years a rule about weekdays has met all days that it can.
const CYCLE: usize = 28;
/// Weekday and number of day of the month come together on these, and nowhere else.
const WEEK: u8 = 6;

impl Zone {
    /// The zone of a name: one of the IANA database (`Europe/Berlin`, any case), also behind the name of somebody's own
    /// collection (`/example.org/20250101_1/Europe/Berlin`), or one of Windows (`W. Europe Standard Time`). None: nobody
    /// knows it. The zone has the name that was asked for, and tells changes since 1970.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let zone = iana(name).or_else(|| windows(name))?;
        Some(Self {
            id: name.to_owned(),
            observances: observances(&zone)?,
        })
    }
}

/// Names have up to three parts; what stands before them is whose collection it is.
fn iana(name: &str) -> Option<TimeZone> {
    let zones = TimeZoneDatabase::bundled();
    let name = name.trim();
    let Some(name) = name.strip_prefix('/') else {
        return zones.get(name).ok();
    };
    let slashes = name.rmatch_indices('/').take(3);
    let tails = slashes.filter_map(|(at, _)| name.get(at + 1..));
    let mut tails: Vec<&str> = tails.collect();
    tails.reverse();
    tails.into_iter().find_map(|tail| zones.get(tail).ok())
}

fn windows(name: &str) -> Option<TimeZone> {
    let id = WindowsParser::new().parse(name.trim(), None)?;
    let names = IanaParserExtended::new();
    let known = names.iter().find(|known| known.time_zone == id)?;
    TimeZoneDatabase::bundled().get(known.canonical).ok()
}

/// A change of the clock.
struct Change {
    observance: Observance,
    /// The rule that it begins, and those after it of its kind follow.
    is_of_rule: bool,
}

fn observances(zone: &TimeZone) -> Option<Vec<Observance>> {
    let begin = Timestamp::from_second(0).ok()?;
    let first = zone.to_offset_info(begin);
    let mut before = (i64::from(first.offset().seconds()), first.dst().is_dst());
    let mut changes: Vec<Change> = Vec::new();
    // Four changes a year are more than any zone has.
    for change in zone.following(begin).take(4 * 100) {
        let (from, was_dst) = before;
        let (to, is_dst) = (i64::from(change.offset().seconds()), change.dst().is_dst());
        before = (to, is_dst);
        let start = moment(change.timestamp())?.plus(from)?;
        if start.date().year() >= RULES + i32::try_from(CYCLE).ok()? {
            break;
        }
        changes.push(Change {
            observance: Observance {
                // There are places whose winter time is the exception by law.
                is_daylight: to > from && (is_dst || was_dst),
                from,
                to,
                start,
                rule: None,
                name: change.abbreviation().to_owned(),
            },
            is_of_rule: false,
        });
    }
    summarize(&mut changes);
    let mut observances: Vec<Observance> = changes
        .into_iter()
        .filter(|change| !change.is_of_rule)
        .map(|change| change.observance)
        .collect();
    if observances.is_empty() {
        observances.push(Observance {
            is_daylight: false,
            from: before.0,
            to: before.0,
            start: epoch()?,
            rule: None,
            name: first.abbreviation().to_owned(),
        });
    }
    Some(observances)
}

/// Puts rules in the place of changes that go by them, as far back as they do.
fn summarize(changes: &mut [Change]) {
    let is_late = |change: &Change| change.observance.start.date().year() >= RULES;
    let Some(late) = changes.iter().position(is_late) else {
        return;
    };
    // What the last two say is said each year.
    for last in (late..changes.len()).rev().take(2) {
        let same: Vec<usize> = (0..changes.len())
            .filter(|index| {
                let of = |index: usize| changes.get(index).map(|change| kind(&change.observance));
                of(*index) == of(last)
            })
            .collect();
        let dates = same.iter().filter_map(|index| {
            let change = changes.get(*index)?;
            is_late(change).then(|| change.observance.start.date())
        });
        let Some(rule) = rule(&dates.collect::<Vec<_>>()) else {
            continue;
        };
        // As long as it was one a year, on a day of the rule.
        let mut year = RULES + i32::try_from(CYCLE).unwrap_or_default();
        let mut begin = None;
        for index in same.into_iter().rev() {
            let Some(change) = changes.get_mut(index) else {
                continue;
            };
            let date = change.observance.start.date();
            if date.year() != year - 1 || !fits(&rule, date) {
                break;
            }
            year = date.year();
            change.is_of_rule = true;
            begin = Some(index);
        }
        if let Some(begin) = begin.and_then(|begin| changes.get_mut(begin)) {
            begin.is_of_rule = false;
            begin.observance.rule = Some(rule);
        }
    }
}

/// What changes that go by one rule have in common.
fn kind(one: &Observance) -> (bool, i64, i64, &str, u32, u8) {
    let start = one.start;
    (
        one.is_daylight,
        one.from,
        one.to,
        &one.name,
        start.second_of_day(),
        start.date().month(),
    )
}

/// The weekday of a month on which all these days are, one a year.
fn rule(dates: &[Date]) -> Option<Rule> {
    let date = dates.first()?;
    let weekday = date.weekday();
    if dates.len() != CYCLE || dates.iter().any(|date| date.weekday() != weekday) {
        return None;
    }
    let days = || dates.iter().map(|date| date.day());
    let (first, last) = (days().min()?, days().max()?);
    if last - first != WEEK {
        return None;
    }
    let mut rule = Rule::new(Freq::Yearly, 1);
    rule.by_month = vec![date.month()];
    if last == days_in_month(date.year(), date.month()) {
        rule.by_day = vec![(-1, weekday)];
    } else if first % 7 == 1 {
        rule.by_day = vec![(number_of(first), weekday)];
    } else {
        rule.by_day = vec![(0, weekday)];
        rule.by_month_day = (first..=last).map(u8::cast_signed).collect();
    }
    Some(rule)
}

/// Whether the rule has this day of its month.
fn fits(rule: &Rule, date: Date) -> bool {
    let length = days_in_month(date.year(), date.month());
    let day = date.day();
    let (number, weekday) = match rule.by_day.first() {
        Some(day) => *day,
        None => return false,
    };
    date.weekday() == weekday
        && match number {
            0 => rule.by_month_day.contains(&day.cast_signed()),
            -1 => day + 7 > length,
            number => number == number_of(day),
        }
}

/// The how manieth of its weekday a day of the month is.
const fn number_of(day: u8) -> i8 {
    ((day - 1) / 7 + 1).cast_signed()
}

/// A point in time, in UTC.
fn moment(time: Timestamp) -> Option<Moment> {
    epoch()?.plus(time.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let berlin = Zone::named("Europe/Berlin").expect("is known");
        let noon = Moment::parse("20250713T120000").expect("a time");
        assert_eq!(berlin.offset_at(noon), 7200);
        assert_eq!(berlin.id, "Europe/Berlin");
        for same in [
            "europe/berlin",
            "W. Europe Standard Time",
            "/freeassociation.sourceforge.net/Europe/Berlin",
            "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin",
        ] {
            let zone = Zone::named(same).expect(same);
            assert_eq!(zone.observances, berlin.observances, "{same}");
            assert_eq!(zone.id, same);
        }
        let east = Zone::named("/x/20070129_1/America/Argentina/Buenos_Aires").expect("is known");
        assert_eq!(east.offset_at(noon), -3 * 3600);
        for nobody in [
            "",
            "/",
            "Europe",
            "Mitteleuropa",
            "Europe/",
            "/x/y",
            "CET Time",
        ] {
            assert_eq!(Zone::named(nobody), None, "{nobody:?}");
        }
    }

    /// All zones of the database tell the same offsets when they are told as objects tell them.
    #[test]
    fn offsets_are_those_of_the_database() {
        let mut count = 0;
        for name in TimeZoneDatabase::bundled().available() {
            let zone = Zone::named(name.as_str()).expect("is known");
            let known = iana(name.as_str()).expect("is known");
            assert!(
                zone.observances.len() < 250,
                "{name}: {}",
                zone.observances.len()
            );
            // Every 311 days and some hours, from 1970 to 2065.
            for second in (86_400..3_000_000_000_i64).step_by(311 * 86_400 + 12_345) {
                let time = Timestamp::from_second(second).expect("a time");
                let wanted = i64::from(known.to_offset(time).seconds());
                let utc = moment(time).expect("a time").with_utc(true);
                assert_eq!(zone.offset_at_utc(utc), wanted, "{name} at {time}");
                count += 1;
            }
        }
        assert!(count > 50_000, "{count}");
    }

    #[test]
    fn rules_are_short() {
        let zone = Zone::named("Europe/Berlin").expect("is known");
        let last: Vec<String> = (zone.observances.iter())
            .filter_map(|one| Some(format!("{} {} {}", one.start, one.name, one.rule.as_ref()?)))
            .collect();
        assert_eq!(
            last,
            [
                "19810329T020000 CEST FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
                "19961027T030000 CET FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"
            ]
        );
    }
}

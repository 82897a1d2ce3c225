//! Rules as vCalendar 1.0 writes them: reading.
//!
//! `rule = freq interval *( SP modifier ) [ SP limit ]`, such as `MP1 1+ MO #0`.

use super::{End, Freq, Rule};
use crate::civil::{Moment, Time, Weekday};

/// Most parts of a rule.
const MOST: usize = 400;

/// What was passed over in a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Oddity {
    /// Times of day, which no rule of days can tell.
    TimeOfDay,
    /// Marks for the end of a list (`$`).
    EndMark,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    MonthByWeekday,
    MonthByDay,
    YearByMonth,
    YearByDay,
}

const UNITS: [(&str, Unit); 6] = [
    ("MP", Unit::MonthByWeekday),
    ("MD", Unit::MonthByDay),
    ("YM", Unit::YearByMonth),
    ("YD", Unit::YearByDay),
    ("D", Unit::Day),
    ("W", Unit::Week),
];

impl Rule {
    /// Reads a rule of vCalendar 1.0, and tells what it passes over. `start` is the first time of the item: a number
    /// of intervals becomes the last day that it means, where an interval has more than one.
    ///
    /// None: it is no such rule, or counts in minutes.
    #[must_use]
    pub fn parse_old(text: &str, start: Option<Moment>) -> Option<(Self, Vec<Oddity>)> {
        let text = text.to_ascii_uppercase();
        let mut parts = text.split_ascii_whitespace();
        let head = parts.next()?;
        let (unit, interval) = UNITS.iter().find_map(|(name, unit)| {
            let interval = head.strip_prefix(name)?.parse::<u32>().ok()?;
            Some((*unit, interval))
        })?;
        if interval == 0 || interval > 10_000 {
            return None;
        }
        let mut reading = Reading::new(unit, interval);
        for (index, part) in parts.enumerate() {
            if index == MOST {
                return None;
            }
            reading.part(part)?;
        }
        reading.finish(start)
    }
}

struct Reading {
    unit: Unit,
    rule: Rule,
    /// Numbers before the weekdays to come: `1+ 2-`.
    numbers: Vec<i8>,
    /// Whether a weekday has followed them.
    used: bool,
    count: Option<u32>,
    until: Option<Time>,
    odd: Vec<Oddity>,
}

impl Reading {
    fn new(unit: Unit, interval: u32) -> Self {
        let freq = match unit {
            Unit::Day => Freq::Daily,
            Unit::Week => Freq::Weekly,
            Unit::MonthByWeekday | Unit::MonthByDay => Freq::Monthly,
            Unit::YearByMonth | Unit::YearByDay => Freq::Yearly,
        };
        Self {
            unit,
            rule: Rule::new(freq, interval),
            numbers: Vec::new(),
            used: true,
            count: None,
            until: None,
            odd: Vec::new(),
        }
    }

    fn part(&mut self, part: &str) -> Option<()> {
        if let Some(count) = part.strip_prefix('#') {
            self.count = Some(count.parse().ok()?);
            return Some(());
        }
        if part.len() >= 8
            && let Some(until) = Time::parse(part)
        {
            self.until = Some(until);
            return Some(());
        }
        let trimmed = part.trim_end_matches('$');
        if trimmed.len() < part.len() {
            self.note(Oddity::EndMark);
        }
        if trimmed.is_empty() {
            return Some(());
        }
        match self.unit {
            Unit::Day | Unit::Week if is_time(trimmed) => self.note(Oddity::TimeOfDay),
            Unit::Week => self.rule.by_day.push((0, Weekday::from_code(trimmed)?)),
            Unit::MonthByWeekday => self.weekday(trimmed)?,
            Unit::MonthByDay if trimmed == "LD" => self.rule.by_month_day.push(-1),
            Unit::MonthByDay => self.rule.by_month_day.push(signed(trimmed, 31)?),
            Unit::YearByMonth => {
                let month = trimmed.parse().ok().filter(|m| (1..=12).contains(m))?;
                self.rule.by_month.push(month);
            }
            Unit::YearByDay => {
                let day = trimmed.parse().ok().filter(|day| (1..=366).contains(day))?;
                self.rule.by_year_day.push(day);
            }
            Unit::Day => return None,
        }
        Some(())
    }

    fn weekday(&mut self, part: &str) -> Option<()> {
        if is_time(part) {
            self.note(Oddity::TimeOfDay);
            return Some(());
        }
        let Some(day) = Weekday::from_code(part) else {
            if std::mem::take(&mut self.used) {
                self.numbers.clear();
            }
            self.numbers.push(signed(part, 5)?);
            return Some(());
        };
        self.used = true;
        if self.numbers.is_empty() {
            return None;
        }
        let days = self.numbers.iter().map(|number| (*number, day));
        self.rule.by_day.extend(days);
        Some(())
    }

    fn note(&mut self, oddity: Oddity) {
        if !self.odd.contains(&oddity) {
            self.odd.push(oddity);
        }
    }

    fn finish(self, start: Option<Moment>) -> Option<(Rule, Vec<Oddity>)> {
        let Self { mut rule, odd, .. } = self;
        // Numbers that no weekday follows mean that of the start.
        if self.unit == Unit::MonthByWeekday && rule.by_day.is_empty() {
            let day = start?.date().weekday();
            rule.by_day = self.numbers.iter().map(|number| (*number, day)).collect();
        }
        if rule.freq == Freq::Monthly {
            every_week(&mut rule);
            yearly(&mut rule, start);
        }
        rule.end = match (self.count, self.until) {
            (None | Some(0), Some(until)) => End::Until(until),
            (Some(0), None) => End::Never,
            (None, None) => limited(&rule, 2, start),
            (Some(count), None) => limited(&rule, count, start),
            (Some(count), Some(until)) => stricter(&rule, count, until, start),
        };
        Some((rule, odd))
    }
}

/// `0600`: a time of day.
fn is_time(part: &str) -> bool {
    matches!(part.len(), 4 | 6) && part.bytes().all(|b| b.is_ascii_digit())
}

/// `2`, `2+`, `2-`.
fn signed(part: &str, most: i8) -> Option<i8> {
    let (digits, sign) = match part.strip_suffix('-') {
        Some(digits) => (digits, -1),
        None => (part.strip_suffix('+').unwrap_or(part), 1),
    };
    let number: i8 = digits.parse().ok()?;
    (1..=most).contains(&number).then_some(sign * number)
}

/// The first to fifth Monday are all Mondays.
fn every_week(rule: &mut Rule) {
    let mut days: Vec<Weekday> = rule.by_day.iter().map(|(_, day)| *day).collect();
    days.dedup();
    let all = |day: &Weekday| (1..=5).all(|number| rule.by_day.contains(&(number, *day)));
    if !days.is_empty() && rule.by_day.iter().all(|(n, _)| *n > 0) && days.iter().all(all) {
        days.sort_unstable();
        days.dedup();
        rule.by_day = days.into_iter().map(|day| (0, day)).collect();
    }
}

/// Each twelfth month is a month of each year.
fn yearly(rule: &mut Rule, start: Option<Moment>) {
    if let Some(start) = start
        && rule.interval.is_multiple_of(12)
    {
        rule.freq = Freq::Yearly;
        rule.interval /= 12;
        rule.by_month = vec![start.date().month()];
        if rule.by_day.is_empty() && rule.by_month_day.is_empty() {
            rule.by_month_day = vec![i8::try_from(start.date().day()).unwrap_or(1)];
        }
    }
}

/// The end of a number of intervals.
fn limited(rule: &Rule, intervals: u32, start: Option<Moment>) -> End {
    let days = rule.by_day.len() + rule.by_month_day.len() + rule.by_year_day.len();
    let months = rule.by_month.len();
    let every_week = rule.freq == Freq::Monthly && rule.by_day.iter().any(|(n, _)| *n == 0);
    if days.max(1) * months.max(1) == 1 && !every_week {
        return End::Count(intervals);
    }
    // The last day of the last interval: what is in an interval is what the rule says of one alone.
    let last = || -> Option<Moment> {
        let mut times = rule.occurrences(start?)?;
        times.last_of_intervals(intervals)
    };
    last().map_or(End::Count(intervals), |last| End::Until(Time::Moment(last)))
}

fn stricter(rule: &Rule, count: u32, until: Time, start: Option<Moment>) -> End {
    let counted = limited(rule, count, start);
    let until = End::Until(until);
    let last = |end: End| {
        let rule = rule.clone().with_end(end);
        let times = rule.occurrences(start?)?;
        Some(times.take(10_000).count())
    };
    match (last(counted), last(until)) {
        (Some(by_count), Some(by_time)) if by_count <= by_time => counted,
        _ => until,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn modern(old: &str, start: &str) -> Option<String> {
        let start = Moment::parse(start);
        assert!(start.is_some());
        Rule::parse_old(old, start).map(|(rule, _)| rule.to_string())
    }

    #[test]
    fn the_table() {
        for (old, start, expected) in [
            ("D1 #10", "20250101T080000", "FREQ=DAILY;COUNT=10"),
            (
                "D2 20101231T000000Z",
                "20100101T080000",
                "FREQ=DAILY;INTERVAL=2;UNTIL=20101231T000000Z",
            ),
            (
                "W2 TU 20101231T000000Z",
                "20100105T080000",
                "FREQ=WEEKLY;INTERVAL=2;UNTIL=20101231T000000Z;BYDAY=TU",
            ),
            (
                "W1 MO WE FR #0",
                "20250101T080000",
                "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            ),
            ("MP1 1+ MO #0", "20250106T080000", "FREQ=MONTHLY;BYDAY=1MO"),
            ("MP1 1- FR #0", "20250131T080000", "FREQ=MONTHLY;BYDAY=-1FR"),
            (
                "MP2 1 TU 3 TH #0",
                "20250107T080000",
                "FREQ=MONTHLY;INTERVAL=2;BYDAY=1TU,3TH",
            ),
            (
                "MP1 1+ 2+ 3+ 4+ 5+ MO #0",
                "20250106T080000",
                "FREQ=MONTHLY;BYDAY=MO",
            ),
            ("MD1 15 #0", "20250115T080000", "FREQ=MONTHLY;BYMONTHDAY=15"),
            ("MD1 LD #0", "20250131T080000", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("MD1 1- #0", "20250131T080000", "FREQ=MONTHLY;BYMONTHDAY=-1"),
            ("YM1 6 #0", "20250615T080000", "FREQ=YEARLY;BYMONTH=6"),
            ("YD1 100 #0", "20250410T080000", "FREQ=YEARLY;BYYEARDAY=100"),
            (
                "MP12 1- SU #0",
                "20251026T080000",
                "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            ),
            ("D1", "20250101T080000", "FREQ=DAILY;COUNT=2"),
            (
                "W1 MO WE #3",
                "20250113T080000",
                "FREQ=WEEKLY;UNTIL=20250129T080000;BYDAY=MO,WE",
            ),
            (
                "D1 #3 20250102T235959",
                "20250101T080000",
                "FREQ=DAILY;UNTIL=20250102T235959",
            ),
            (
                "D1 #3 20250131T235959",
                "20250101T080000",
                "FREQ=DAILY;COUNT=3",
            ),
            ("d1 0600 0900$ #5", "20250101T080000", "FREQ=DAILY;COUNT=5"),
        ] {
            assert_eq!(modern(old, start).as_deref(), Some(expected), "{old}");
        }
    }

    #[test]
    fn faults() {
        for old in [
            "",
            "M5 #0",
            "D0 #0",
            "D",
            "W1 XX",
            "MP1 6+ MO",
            "MP1 MO",
            "MD1 32",
            "YM1 13",
            "YD1 0",
            "FREQ=DAILY",
            "D1 #x",
            "W1 MO YM1",
        ] {
            assert_eq!(modern(old, "20250101T080000"), None, "{old}");
        }
        let odd = Rule::parse_old("W1 MO 0600$ #1", None).map(|(_, odd)| odd);
        assert_eq!(odd, Some(vec![Oddity::EndMark, Oddity::TimeOfDay]));
    }
}

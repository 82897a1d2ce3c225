//! Dates and times of the civil calendar, as objects write them.
//!
//! Years 1 to 9999 of the Gregorian calendar. There is no clock and no database of time zones here.

mod duration;

use std::fmt;

pub use duration::Duration;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a week has seven days")]
pub enum Weekday {
    /// `MO`
    Monday,
    /// `TU`
    Tuesday,
    /// `WE`
    Wednesday,
    /// `TH`
    Thursday,
    /// `FR`
    Friday,
    /// `SA`
    Saturday,
    /// `SU`
    Sunday,
}

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];
    const CODES: [&'static str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

    /// The day with these two letters, any case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        let index = Self::CODES
            .iter()
            .position(|known| known.eq_ignore_ascii_case(code))?;
        Self::ALL.get(index).copied()
    }

    /// Its two letters: `MO`.
    #[must_use]
    pub fn code(self) -> &'static str {
        Self::CODES.get(self as usize).copied().unwrap_or("MO")
    }

    /// Days from the last `start` to this one, 0 to 6.
    #[must_use]
    pub fn days_since(self, start: Self) -> i64 {
        (self as i64 - start as i64).rem_euclid(7)
    }
}

/// A day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// A day that exists.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let exists = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// The day so many days after 1970-01-01; none: the year is not one of four digits.
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        // Years begin with March here, so that the leap day is the last one.
        let shifted = days.checked_add(719_468)?;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(
            i32::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
        )
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
            - 719_468
    }

    /// Year, 1 to 9999.
    #[must_use]
    pub const fn year(self) -> i32 {
        self.year
    }

    /// Month, 1 to 12.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.month
    }

    /// Day of the month, 1 to 31.
    #[must_use]
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        // 1970-01-01 was a Thursday.
        let index = (self.days() + 3).rem_euclid(7);
        let index = usize::try_from(index).unwrap_or_default();
        Weekday::ALL.get(index).copied().unwrap_or(Weekday::Monday)
    }

    /// So many days later, or earlier.
    #[must_use]
    pub fn plus_days(self, days: i64) -> Option<Self> {
        Self::from_days(self.days().checked_add(days)?)
    }

    /// Reads `YYYYMMDD` or `YYYY-MM-DD`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match Time::parse(text)? {
            Time::Date(date) => Some(date),
            Time::Moment(_) => None,
        }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

/// Days of a month, 28 to 31.
#[must_use]
pub fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A day and a time of day, in UTC or in whatever zone the context names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    date: Date,
    /// Second of the day.
    second: u32,
    utc: bool,
}

impl Moment {
    /// A local time: so many seconds after the beginning of a day.
    #[must_use]
    pub fn new(date: Date, second: u32) -> Option<Self> {
        (i64::from(second) < DAY).then_some(Self {
            date,
            second,
            utc: false,
        })
    }

    /// The day.
    #[must_use]
    pub const fn date(self) -> Date {
        self.date
    }

    /// Seconds since the beginning of the day.
    #[must_use]
    pub const fn second_of_day(self) -> u32 {
        self.second
    }

    /// Whether it is in UTC, not local.
    #[must_use]
    pub const fn is_utc(self) -> bool {
        self.utc
    }

    /// The same figures in UTC or as a local time.
    #[must_use]
    pub const fn with_utc(self, utc: bool) -> Self {
        Self { utc, ..self }
    }

    /// The same time on another day.
    #[must_use]
    pub const fn on(self, date: Date) -> Self {
        Self { date, ..self }
    }

    /// Seconds since 1970-01-01 as its own figures count them.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.date.days() * DAY + i64::from(self.second)
    }

    /// So many seconds later, or earlier.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Option<Self> {
        let total = self.seconds().checked_add(seconds)?;
        Some(Self {
            date: Date::from_days(total.div_euclid(DAY))?,
            second: u32::try_from(total.rem_euclid(DAY)).ok()?,
            utc: self.utc,
        })
    }

    /// Reads `YYYYMMDDTHHMMSS`, basic or extended, with `Z`, an offset (which makes it UTC) or nothing behind it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match Time::parse(text)? {
            Time::Moment(moment) => Some(moment),
            Time::Date(_) => None,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.second / 3600, self.second / 60 % 60);
        write!(
            f,
            "{}T{hour:02}{minute:02}{:02}",
            self.date,
            self.second % 60
        )?;
        f.write_str(if self.utc { "Z" } else { "" })
    }
}

/// A day, or a day and a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a time has a time of day or none")]
pub enum Time {
    /// A day (`DATE`).
    Date(Date),
    /// A time (`DATE-TIME`).
    Moment(Moment),
}

impl Time {
    /// Reads a date or time of ISO 8601, basic or extended. None: it is none, or one that does not exist, such as
    /// minute 65.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = Digits(text.trim().as_bytes());
        let year = rest.number(4)?;
        let extended = rest.skip(b'-');
        let month = rest.number(2)?;
        if extended && !rest.skip(b'-') {
            return None;
        }
        let day = rest.number(2)?;
        let date = Date::new(
            i32::try_from(year).ok()?,
            u8::try_from(month).ok()?,
            u8::try_from(day).ok()?,
        )?;
        if rest.0.is_empty() {
            return Some(Self::Date(date));
        }
        if !rest.skip(b'T') && !rest.skip(b't') && !rest.skip(b' ') {
            return None;
        }
        let hour = rest.number(2)?;
        rest.skip(b':');
        let minute = rest.number(2)?;
        rest.skip(b':');
        // A leap second is told as the one before it; nobody's calendar knows it.
        let second = rest.number(2).unwrap_or(0).min(59);
        if rest.skip(b'.') || rest.skip(b',') {
            while rest.number(1).is_some() {}
        }
        // 24:00:00 is how some devices write the end of a day.
        if hour > 24 || minute > 59 {
            return None;
        }
        let zone = rest.zone()?;
        let moment = Moment {
            date,
            second: 0,
            utc: zone.is_some(),
        };
        moment
            .plus(hour * 3600 + minute * 60 + second - zone.unwrap_or(0))
            .map(Self::Moment)
    }

    /// The day it is on.
    #[must_use]
    pub const fn date(self) -> Date {
        match self {
            Self::Date(date) => date,
            Self::Moment(moment) => moment.date,
        }
    }

    /// The time, or the beginning of the day.
    #[must_use]
    pub const fn moment(self) -> Moment {
        match self {
            Self::Date(date) => Moment {
                date,
                second: 0,
                utc: false,
            },
            Self::Moment(moment) => moment,
        }
    }

    /// Whether it is a day.
    #[must_use]
    pub const fn is_date(self) -> bool {
        matches!(self, Self::Date(_))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Date(date) => date.fmt(f),
            Self::Moment(moment) => moment.fmt(f),
        }
    }
}

/// Reads an offset from UTC: `+01`, `+0100`, `+01:00`, `-5`; in seconds east.
#[must_use]
pub fn parse_offset(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => (1, text),
    };
    let mut rest = Digits(digits.as_bytes());
    let hours = rest.number(2).or_else(|| rest.number(1))?;
    rest.skip(b':');
    let minutes = rest.number(2).unwrap_or(0);
    rest.skip(b':');
    let seconds = rest.number(2).unwrap_or(0);
    let exists = rest.0.is_empty() && hours < 24 && minutes < 60 && seconds < 60;
    exists.then_some(sign * (hours * 3600 + minutes * 60 + seconds))
}

/// An offset as `+0100`.
#[must_use]
pub fn offset(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn number(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.0 = rest;
        Some(
            digits
                .iter()
                .fold(0, |number, digit| number * 10 + i64::from(digit - b'0')),
        )
    }

    fn skip(&mut self, byte: u8) -> bool {
        let rest = self.0.strip_prefix(&[byte]);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The zone at the end, in seconds east; the inner none: there is none.
    #[allow(clippy::option_option, reason = "a fault, no zone, a zone")]
    fn zone(&mut self) -> Option<Option<i64>> {
        match self.0 {
            [] => Some(None),
            [b'Z' | b'z'] => Some(Some(0)),
            [b'+' | b'-', ..] => {
                let text = std::str::from_utf8(self.0).ok()?;
                parse_offset(text).map(Some)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_agree() {
        for (text, days, weekday) in [
            ("19700101", 0, Weekday::Thursday),
            ("20000229", 11_016, Weekday::Tuesday),
            ("20261122", 20_779, Weekday::Sunday),
            ("00010101", -719_162, Weekday::Monday),
            ("99991231", 2_932_896, Weekday::Friday),
        ] {
            let date = Date::parse(text).expect("is a date");
            assert_eq!((date.days(), date.weekday()), (days, weekday), "{text}");
            assert_eq!(Date::from_days(days), Some(date));
            assert_eq!(date.to_string(), text);
        }
        assert_eq!(Date::from_days(2_932_897), None);
        assert_eq!(Date::from_days(i64::MAX), None);
    }

    #[test]
    fn forms_of_a_time() {
        let show = |text| Time::parse(text).map(|time| time.to_string());
        for (text, shown) in [
            ("2026-11-22", "20261122"),
            ("20261122T080000", "20261122T080000"),
            ("2026-11-22T08:00:00Z", "20261122T080000Z"),
            ("2026-11-22T08:00:00+01:00", "20261122T070000Z"),
            ("20261122T0800-0530", "20261122T133000Z"),
            ("20261122T240000", "20261123T000000"),
            ("20261122T235960Z", "20261122T235959Z"),
            ("20261122T080000.25Z", "20261122T080000Z"),
        ] {
            assert_eq!(show(text).as_deref(), Some(shown), "{text}");
        }
        for none in [
            "",
            "2026",
            "20260229",
            "20261122T",
            "20261122T016500",
            "20261122X",
            "2026112é",
            "20261122T080000+99",
            "99991231T240000",
            "2026-1122",
        ] {
            assert_eq!(show(none), None, "{none}");
        }
    }

    #[test]
    fn offsets() {
        for (text, seconds) in [
            ("+01", 3600),
            ("-0530", -19_800),
            ("+05:45", 20_700),
            ("-5", -18_000),
            ("2", 7200),
        ] {
            assert_eq!(parse_offset(text), Some(seconds), "{text}");
        }
        assert_eq!(parse_offset("é"), None);
        assert_eq!(
            (offset(3600), offset(-19_800)),
            ("+0100".into(), "-0530".into())
        );
    }
}

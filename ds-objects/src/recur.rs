//! Recurrence rules: those of iCalendar 2.0 and those of vCalendar 1.0, as one kind of data, and the days they mean.
//!
//! ```
//! use ds_objects::civil::Moment;
//! use ds_objects::recur::Rule;
//!
//! let start = Moment::parse("20250113T093000").expect("a time");
//! let (rule, _) = Rule::parse_old("W1 MO WE #3", Some(start)).expect("a rule of vCalendar");
//! // Three weeks, not three meetings.
//! assert_eq!(rule.to_string(), "FREQ=WEEKLY;UNTIL=20250129T093000;BYDAY=MO,WE");
//! assert_eq!(rule.occurrences(start).expect("days only").count(), 6);
//! assert_eq!(rule.to_old(start).as_deref(), Ok("W1 MO WE 20250129T093000"));
//! ```

mod modern;
mod occurrences;
mod old;
mod old_write;

use crate::civil::{Time, Weekday};

pub use occurrences::Occurrences;
pub use old::Oddity;
pub use old_write::Inexpressible;

/// The unit in which a rule counts (`FREQ`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "RFC 5545 closes the list")]
pub enum Freq {
    /// Every second.
    Secondly,
    /// Every minute.
    Minutely,
    /// Every hour.
    Hourly,
    /// Every day.
    Daily,
    /// Every week.
    Weekly,
    /// Every month.
    Monthly,
    /// Every year.
    Yearly,
}

/// Where a rule ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "RFC 5545 closes the list")]
pub enum End {
    /// Never.
    Never,
    /// After so many occurrences (`COUNT`).
    Count(u32),
    /// With the last occurrence that is not behind this (`UNTIL`).
    Until(Time),
}

/// A recurrence rule [RFC 5545 §3.3.10].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Rule {
    /// Unit (`FREQ`).
    pub freq: Freq,
    /// Each how many of them, from 1 (`INTERVAL`).
    pub interval: u32,
    /// Where it ends.
    pub end: End,
    /// Months, 1 to 12 (`BYMONTH`).
    pub by_month: Vec<u8>,
    /// Weeks of the year, 1 to 53, negative from the end (`BYWEEKNO`).
    pub by_week_no: Vec<i8>,
    /// Days of the year, 1 to 366, negative from the end (`BYYEARDAY`).
    pub by_year_day: Vec<i16>,
    /// Days of the month, 1 to 31, negative from the end (`BYMONTHDAY`).
    pub by_month_day: Vec<i8>,
    /// Days of the week, with the how manieth of the month or year; 0 is each (`BYDAY`).
    pub by_day: Vec<(i8, Weekday)>,
    /// Which of the occurrences of one interval (`BYSETPOS`).
    pub by_set_pos: Vec<i16>,
    /// First day of the week where it is stated (`WKST`); the default is Monday.
    pub week_start: Option<Weekday>,
    /// Other parts as written, such as `BYHOUR`. With any of them no occurrences are told.
    pub other: Vec<(String, String)>,
}

impl Rule {
    /// A rule without an end and without further parts.
    #[must_use]
    pub const fn new(freq: Freq, interval: u32) -> Self {
        Self {
            freq,
            interval,
            end: End::Never,
            by_month: Vec::new(),
            by_week_no: Vec::new(),
            by_year_day: Vec::new(),
            by_month_day: Vec::new(),
            by_day: Vec::new(),
            by_set_pos: Vec::new(),
            week_start: None,
            other: Vec::new(),
        }
    }

    /// The same rule with another end.
    #[must_use]
    pub fn with_end(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// The days of the week where none of them has a number.
    fn plain_days(&self) -> Option<Vec<Weekday>> {
        let plain = self.by_day.iter().all(|(number, _)| *number == 0);
        plain.then(|| self.by_day.iter().map(|(_, day)| *day).collect())
    }
}

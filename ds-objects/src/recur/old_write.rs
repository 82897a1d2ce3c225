//! Rules as vCalendar 1.0 writes them: writing.

use std::fmt;

use super::{End, Freq, Rule};
use crate::civil::{Moment, Time, Weekday};

/// Most occurrences that are looked at to find the last one.
const MOST: usize = 10_000;

/// Why a rule has no form in vCalendar 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Inexpressible {
    /// It counts in hours or less, or names times of day.
    TimesOfDay,
    /// It takes some of what an interval has (`BYSETPOS`).
    Positions,
    /// It names weeks of the year (`BYWEEKNO`), or begins its weeks on another day than Monday where that counts.
    Weeks,
    /// It puts parts together that vCalendar has one at a time.
    Parts,
    /// Its first time does not follow it, and vCalendar counts from there.
    Start,
    /// Its last occurrence cannot be found.
    End,
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimesOfDay => "times of day",
            Self::Positions => "positions within an interval",
            Self::Weeks => "weeks of the year",
            Self::Parts => "parts that do not go together",
            Self::Start => "a first time that does not follow the rule",
            Self::End => "an end that cannot be told",
        })
    }
}

impl Rule {
    /// The rule as vCalendar 1.0 writes it, for an item that begins at `start`. An `UNTIL` is written as it stands.
    ///
    /// # Errors
    /// Why there is no such form.
    pub fn to_old(&self, start: Moment) -> Result<String, Inexpressible> {
        if self.freq < Freq::Daily || !self.other.is_empty() {
            return Err(Inexpressible::TimesOfDay);
        }
        if !self.by_week_no.is_empty() {
            return Err(Inexpressible::Weeks);
        }
        let body = match self.freq {
            Freq::Weekly => self.old_week(start)?,
            Freq::Monthly => self.old_month(start)?,
            Freq::Yearly => self.old_year(start)?,
            _ => self.old_day(start)?,
        };
        // The first time is one of the series, whatever the rule says.
        let first = self.occurrences(start).and_then(|mut times| times.next());
        if first != Some(start) {
            return Err(Inexpressible::Start);
        }
        let limit = self.old_limit(start, &body)?;
        Ok(format!("{} {limit}", body.text))
    }

    fn old_day(&self, start: Moment) -> Result<Body, Inexpressible> {
        if self.by_day.is_empty() && self.is_plain() {
            return Ok(Body::single(format!("D{}", self.interval)));
        }
        // Some days of every week are a rule of weeks.
        let days = self
            .plain_days()
            .filter(|_| self.interval == 1 && self.has_only_days());
        let days = days.ok_or(Inexpressible::Parts)?;
        Self {
            by_day: days.into_iter().map(|day| (0, day)).collect(),
            ..Self::new(Freq::Weekly, 1)
        }
        .old_week(start)
    }

    fn old_week(&self, start: Moment) -> Result<Body, Inexpressible> {
        if !self.has_only_days() {
            return Err(Inexpressible::Parts);
        }
        let mut days: Vec<Weekday> = self.by_day.iter().map(|(_, day)| *day).collect();
        if days.is_empty() {
            days.push(start.date().weekday());
        }
        days.sort_unstable();
        days.dedup();
        let is_odd_week = self.week_start.is_some_and(|day| day != Weekday::Monday);
        if is_odd_week && self.interval > 1 && days.len() > 1 {
            return Err(Inexpressible::Weeks);
        }
        let is_single = days.len() == 1;
        let days: Vec<&str> = days.into_iter().map(Weekday::code).collect();
        Ok(Body {
            text: format!("W{} {}", self.interval, days.join(" ")),
            is_single,
        })
    }

    fn old_month(&self, start: Moment) -> Result<Body, Inexpressible> {
        if !self.by_month.is_empty() || !self.by_year_day.is_empty() {
            return Err(Inexpressible::Parts);
        }
        self.old_month_days(start, self.interval)
    }

    /// Days of each month that comes.
    fn old_month_days(&self, start: Moment, interval: u32) -> Result<Body, Inexpressible> {
        match (self.by_day.is_empty(), self.by_month_day.is_empty()) {
            (false, true) => {
                let days = self.numbered_days()?;
                // The fifth one is not in every month.
                let is_single = days.len() == 1 && days.iter().all(|(n, _)| n.abs() < 5);
                Ok(Body {
                    text: format!("MP{interval}{}", weekdays(&days)),
                    is_single,
                })
            }
            (true, _) if self.by_set_pos.is_empty() => {
                let own = [i8::try_from(start.date().day()).unwrap_or(1)];
                let days = match self.by_month_day.as_slice() {
                    [] => &own[..],
                    days => days,
                };
                let is_single = days.len() == 1 && days.iter().all(|day| day.abs() <= 28);
                let text: String = days.iter().map(|day| month_day(*day)).collect();
                Ok(Body {
                    text: format!("MD{interval}{text}"),
                    is_single,
                })
            }
            (true, _) => Err(Inexpressible::Positions),
            (false, false) => Err(Inexpressible::Parts),
        }
    }

    /// Weekdays with their numbers: `BYDAY=MO;BYSETPOS=1` is `1MO`, `BYDAY=MO` is all five.
    fn numbered_days(&self) -> Result<Vec<(i8, Weekday)>, Inexpressible> {
        let plain = self.plain_days();
        match (plain.as_deref(), self.by_set_pos.as_slice()) {
            (None, []) => {
                let fits = |(number, _): &(i8, Weekday)| (-5..=5).contains(number) && *number != 0;
                let all = self.by_day.iter().all(fits);
                all.then(|| self.by_day.clone()).ok_or(Inexpressible::Parts)
            }
            (Some([day]), positions) if !positions.is_empty() => {
                let number = |position: &i16| {
                    let number = i8::try_from(*position).ok()?;
                    (-5..=5).contains(&number).then_some((number, *day))
                };
                let days: Option<Vec<_>> = positions.iter().map(number).collect();
                days.ok_or(Inexpressible::Positions)
            }
            (Some(days), []) => Ok(days
                .iter()
                .flat_map(|day| (1..=5).map(|number| (number, *day)))
                .collect()),
            _ => Err(Inexpressible::Positions),
        }
    }

    fn old_year(&self, start: Moment) -> Result<Body, Inexpressible> {
        let own = start.date();
        let own_day = i8::try_from(own.day()).unwrap_or(1);
        let months = match self.by_month.as_slice() {
            [] => vec![own.month()],
            months => months.to_vec(),
        };
        let in_own_month = self.by_month.as_slice() == [own.month()];
        if !self.by_year_day.is_empty() {
            let only = self.by_day.is_empty() && self.by_month_day.is_empty();
            let forwards = self.by_year_day.iter().all(|day| *day > 0);
            if !only || !forwards || !self.by_month.is_empty() || !self.by_set_pos.is_empty() {
                return Err(Inexpressible::Parts);
            }
            let text: String = self
                .by_year_day
                .iter()
                .map(|day| format!(" {day}"))
                .collect();
            return Ok(Body {
                text: format!("YD{}{text}", self.interval),
                is_single: matches!(self.by_year_day.as_slice(), [1..=365]),
            });
        }
        let on_own_day = matches!(self.by_month_day.as_slice(), [] | [_])
            && self.by_month_day.iter().all(|day| *day == own_day);
        if self.by_day.is_empty() && on_own_day {
            if !self.by_set_pos.is_empty() {
                return Err(Inexpressible::Positions);
            }
            // A day of the month without a month is one of every month.
            if self.by_month.is_empty() && !self.by_month_day.is_empty() {
                return self.old_month_days(start, self.interval).and_then(|body| {
                    (self.interval == 1)
                        .then_some(body)
                        .ok_or(Inexpressible::Parts)
                });
            }
            let text: String = months.iter().map(|month| format!(" {month}")).collect();
            return Ok(Body {
                text: format!("YM{}{text}", self.interval),
                is_single: months.len() == 1 && own.day() <= 28,
            });
        }
        // Each twelfth month, if that is the month in which it begins.
        let twelfth = self.interval.checked_mul(12).ok_or(Inexpressible::Parts)?;
        if in_own_month {
            return self.old_month_days(start, twelfth);
        }
        Err(Inexpressible::Parts)
    }

    fn old_limit(&self, start: Moment, body: &Body) -> Result<String, Inexpressible> {
        match self.end {
            End::Never => Ok("#0".to_owned()),
            End::Count(count) if body.is_single => Ok(format!("#{count}")),
            End::Count(_) => {
                let times = self.occurrences(start).ok_or(Inexpressible::End)?;
                let last = times.take(MOST + 1).enumerate().last();
                let (_, last) = last.filter(|(i, _)| *i < MOST).ok_or(Inexpressible::End)?;
                Ok(last.to_string())
            }
            End::Until(Time::Moment(until)) => Ok(until.to_string()),
            // The whole of the last day.
            End::Until(Time::Date(until)) => Ok(format!("{until}T235959")),
        }
    }

    /// Whether nothing but the unit and the end is stated.
    fn is_plain(&self) -> bool {
        self.has_only_days() && self.by_day.is_empty()
    }

    fn has_only_days(&self) -> bool {
        self.by_month.is_empty()
            && self.by_month_day.is_empty()
            && self.by_year_day.is_empty()
            && self.by_set_pos.is_empty()
    }
}

/// A rule without its limit.
struct Body {
    text: String,
    /// Whether every interval has one occurrence, so that their numbers are the same.
    is_single: bool,
}

impl Body {
    fn single(text: String) -> Self {
        Self {
            text,
            is_single: true,
        }
    }
}

/// ` 1+ 3+ MO 1- FR`: numbers that go with one weekday stand before it.
fn weekdays(days: &[(i8, Weekday)]) -> String {
    let mut text = String::new();
    let mut index = 0;
    while let Some((_, day)) = days.get(index) {
        let same = days.iter().skip(index).take_while(|(_, d)| d == day);
        let numbers: Vec<i8> = same.map(|(number, _)| *number).collect();
        index += numbers.len();
        for number in numbers {
            let sign = if number < 0 { '-' } else { '+' };
            text.push_str(&format!(" {}{sign}", number.unsigned_abs()));
        }
        text.push(' ');
        text.push_str(day.code());
    }
    text
}

fn month_day(day: i8) -> String {
    match day {
        -1 => " LD".to_owned(),
        day if day < 0 => format!(" {}-", day.unsigned_abs()),
        day => format!(" {day}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn old(rule: &str, start: &str) -> Result<String, Inexpressible> {
        let start = Moment::parse(start).expect("a time");
        Rule::parse(rule).expect("a rule").to_old(start)
    }

    #[test]
    fn the_table() {
        for (rule, start, expected) in [
            ("FREQ=DAILY;COUNT=10", "20250101T080000", "D1 #10"),
            (
                "FREQ=DAILY;INTERVAL=2;UNTIL=20101231T000000Z",
                "20100101T080000",
                "D2 20101231T000000Z",
            ),
            ("FREQ=DAILY;BYDAY=MO,TU", "20250106T080000", "W1 MO TU #0"),
            ("FREQ=WEEKLY", "20250106T080000", "W1 MO #0"),
            ("FREQ=WEEKLY;COUNT=4", "20250106T080000", "W1 MO #4"),
            (
                "FREQ=WEEKLY;BYDAY=WE,MO;COUNT=4",
                "20250106T080000",
                "W1 MO WE 20250115T080000",
            ),
            ("FREQ=MONTHLY;BYDAY=1MO", "20250106T080000", "MP1 1+ MO #0"),
            ("FREQ=MONTHLY;BYDAY=-1FR", "20250131T080000", "MP1 1- FR #0"),
            (
                "FREQ=MONTHLY;BYDAY=1TU,3TH",
                "20250107T080000",
                "MP1 1+ TU 3+ TH #0",
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2",
                "20250113T080000",
                "MP1 2+ MO #0",
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO",
                "20250106T080000",
                "MP1 1+ 2+ 3+ 4+ 5+ MO #0",
            ),
            ("FREQ=MONTHLY", "20250115T080000", "MD1 15 #0"),
            (
                "FREQ=MONTHLY;BYMONTHDAY=-1,-3",
                "20250129T080000",
                "MD1 LD 3- #0",
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3",
                "20250131T080000",
                "MD1 31 20250531T080000",
            ),
            ("FREQ=YEARLY;BYMONTH=6", "20250615T080000", "YM1 6 #0"),
            ("FREQ=YEARLY", "20250615T080000", "YM1 6 #0"),
            (
                "FREQ=YEARLY;BYMONTH=6;BYMONTHDAY=15",
                "20250615T080000",
                "YM1 6 #0",
            ),
            (
                "FREQ=YEARLY;COUNT=2",
                "20240229T080000",
                "YM1 2 20280229T080000",
            ),
            ("FREQ=YEARLY;BYYEARDAY=100", "20250410T080000", "YD1 100 #0"),
            (
                "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
                "20251026T080000",
                "MP12 1- SU #0",
            ),
            (
                "FREQ=YEARLY;UNTIL=20280101",
                "20251026T080000",
                "YM1 10 20280101T235959",
            ),
        ] {
            assert_eq!(old(rule, start).as_deref(), Ok(expected), "{rule}");
        }
    }

    #[test]
    fn what_has_no_form() {
        use Inexpressible as I;
        for (rule, why) in [
            ("FREQ=HOURLY", I::TimesOfDay),
            ("FREQ=DAILY;BYHOUR=9", I::TimesOfDay),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
                I::Positions,
            ),
            ("FREQ=YEARLY;BYWEEKNO=20", I::Weeks),
            ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", I::Weeks),
            ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", I::Parts),
            ("FREQ=YEARLY;BYMONTH=3,10;BYDAY=-1SU", I::Parts),
            ("FREQ=WEEKLY;BYDAY=TU", I::Start),
            ("FREQ=YEARLY;BYYEARDAY=-1", I::Parts),
        ] {
            assert_eq!(old(rule, "20250106T080000"), Err(why), "{rule}");
        }
    }
}

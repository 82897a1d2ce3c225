//! When a rule takes place.

use std::collections::VecDeque;

use super::{End, Freq, Rule};
use crate::civil::{Date, Moment, Time, Weekday, days_in_month};

/// Most intervals that may be asked for by their number.
const INTERVALS: u32 = 4_000;

/// Most intervals in a row without an occurrence; a rule such as 30 February has none ever. The calendar repeats itself
/// after 400 years.
const fn most_empty(freq: Freq) -> u32 {
    match freq {
        Freq::Yearly => 400,
        Freq::Monthly => 400 * 12,
        Freq::Weekly => 400 * 53,
        _ => 400 * 366,
    }
}

impl Rule {
    /// When the rule takes place, from a first time on, which is in it only if it follows the rule itself. The figures
    /// are those of the zone of `start`; `UNTIL` is compared with them as it stands.
    ///
    /// None: the rule counts in hours or less, or has parts that are not known.
    #[must_use]
    pub fn occurrences(&self, start: Moment) -> Option<Occurrences<'_>> {
        let known = self.freq >= Freq::Daily && self.other.is_empty() && self.interval > 0;
        known.then(|| Occurrences {
            rule: self,
            start,
            interval: 0,
            told: 0,
            ready: VecDeque::new(),
        })
    }
}

/// The times of a rule, in order; see [`Rule::occurrences`].
#[derive(Clone, Debug)]
pub struct Occurrences<'a> {
    rule: &'a Rule,
    start: Moment,
    /// The next interval, from 0.
    interval: u32,
    told: u32,
    ready: VecDeque<Date>,
}

impl Iterator for Occurrences<'_> {
    type Item = Moment;

    fn next(&mut self) -> Option<Moment> {
        if matches!(self.rule.end, End::Count(count) if self.told >= count) {
            return None;
        }
        let moment = self.start.on(self.next_date()?);
        let is_late = match self.rule.end {
            End::Until(Time::Date(last)) => moment.date() > last,
            End::Until(Time::Moment(last)) => moment.seconds() > last.seconds(),
            End::Never | End::Count(_) => false,
        };
        if is_late {
            return None;
        }
        self.told = self.told.saturating_add(1);
        Some(moment)
    }
}

impl Occurrences<'_> {
    /// The last time within so many intervals that have any.
    pub(super) fn last_of_intervals(&mut self, intervals: u32) -> Option<Moment> {
        if intervals > INTERVALS {
            return None;
        }
        let mut last = None;
        for _ in 0..intervals {
            last = Some(self.next_date()?);
            last = self.ready.pop_back().or(last);
            self.ready.clear();
        }
        last.map(|date| self.start.on(date))
    }

    fn next_date(&mut self) -> Option<Date> {
        let mut empty = 0;
        loop {
            if let Some(date) = self.ready.pop_front() {
                return Some(date);
            }
            if empty > most_empty(self.rule.freq) {
                return None;
            }
            let mut dates = self.dates_of(self.interval)?;
            dates.retain(|date| *date >= self.start.date());
            self.interval = self.interval.checked_add(1)?;
            empty += 1;
            self.ready = dates.into();
        }
    }

    /// The days of one interval; none: it is beyond the calendar.
    fn dates_of(&self, number: u32) -> Option<Vec<Date>> {
        let rule = self.rule;
        let start = self.start.date();
        let step = i64::from(number).checked_mul(i64::from(rule.interval))?;
        let mut dates = match rule.freq {
            Freq::Weekly => rule.week(start, step)?,
            Freq::Monthly => rule.month(start, step)?,
            Freq::Yearly => {
                let year = i64::from(start.year()).checked_add(step)?;
                let year = i32::try_from(year).ok().filter(|year| *year <= 9999)?;
                rule.year(start, year)
            }
            _ => {
                let date = start.plus_days(step)?;
                vec![date]
                    .into_iter()
                    .filter(|d| rule.allows_day(*d))
                    .collect()
            }
        };
        dates.sort_unstable();
        dates.dedup();
        Some(rule.positions(dates))
    }
}

impl Rule {
    fn week(&self, start: Date, step: i64) -> Option<Vec<Date>> {
        let first = self.week_start.unwrap_or(Weekday::Monday);
        let back = start.weekday().days_since(first);
        let monday = start.days().checked_add(step.checked_mul(7)?)? - back;
        // A week that begins before the calendar does has days in it all the same, but none at its end.
        let days: Vec<Date> = (0..7)
            .filter_map(|day| Date::from_days(monday + day))
            .collect();
        if days.is_empty() {
            return None;
        }
        let is_meant = |date: &Date| match self.by_day.is_empty() {
            true => date.weekday() == start.weekday(),
            false => self.by_day.iter().any(|(_, day)| *day == date.weekday()),
        };
        Some(
            days.into_iter()
                .filter(is_meant)
                .filter(|date| self.allows_month(*date))
                .collect(),
        )
    }

    fn month(&self, start: Date, step: i64) -> Option<Vec<Date>> {
        let months = i64::from(start.year()) * 12 + i64::from(start.month()) - 1;
        let months = months.checked_add(step)?;
        let year = i32::try_from(months.div_euclid(12))
            .ok()
            .filter(|y| *y <= 9999)?;
        let month = u8::try_from(months.rem_euclid(12) + 1).ok()?;
        let days = month_days(year, month).filter(|date| self.allows_month(*date));
        let is_meant = |date: &Date| match (self.by_month_day.is_empty(), self.by_day.is_empty()) {
            (true, true) => date.day() == start.day(),
            _ => self.allows_month_day(*date) && self.allows_weekday(*date, Within::Month),
        };
        Some(days.filter(is_meant).collect())
    }

    fn year(&self, start: Date, year: i32) -> Vec<Date> {
        let all = (1..=12).flat_map(|month| month_days(year, month));
        let in_months = all.filter(|date| self.allows_month(*date));
        let by_weeks = !self.by_week_no.is_empty();
        let by_days = !self.by_day.is_empty();
        if !self.by_year_day.is_empty() || !self.by_month_day.is_empty() || by_weeks {
            // Numbers of weekdays mean nothing beside numbers of weeks.
            let within = match (by_weeks, self.by_month.is_empty()) {
                (true, _) => Within::Any,
                (false, true) => Within::Year,
                (false, false) => Within::Month,
            };
            let alone =
                by_weeks && !by_days && self.by_year_day.is_empty() && self.by_month_day.is_empty();
            return in_months
                .filter(|date| self.allows_year_day(*date) && self.allows_month_day(*date))
                .filter(|date| self.allows_week(*date) && self.allows_weekday(*date, within))
                .filter(|date| !alone || date.weekday() == start.weekday())
                .collect();
        }
        if by_days {
            let within = match self.by_month.is_empty() {
                true => Within::Year,
                false => Within::Month,
            };
            return in_months
                .filter(|date| self.allows_weekday(*date, within))
                .collect();
        }
        let months = match self.by_month.as_slice() {
            [] => vec![start.month()],
            months => months.to_vec(),
        };
        months
            .iter()
            .filter_map(|month| Date::new(year, *month, start.day()))
            .collect()
    }

    /// For rules that count in days, whose other parts can but leave days out.
    fn allows_day(&self, date: Date) -> bool {
        self.allows_month(date)
            && self.allows_month_day(date)
            && self.allows_year_day(date)
            && self.allows_weekday(date, Within::Any)
    }

    fn allows_month(&self, date: Date) -> bool {
        self.by_month.is_empty() || self.by_month.contains(&date.month())
    }

    fn allows_month_day(&self, date: Date) -> bool {
        let length = days_in_month(date.year(), date.month());
        let (day, length) = (i16::from(date.day()), i16::from(length));
        self.by_month_day.is_empty()
            || self.by_month_day.iter().any(|wanted| {
                let wanted = i16::from(*wanted);
                wanted == day || wanted == day - length - 1
            })
    }

    fn allows_year_day(&self, date: Date) -> bool {
        let (day, length) = day_of_year(date);
        self.by_year_day.is_empty()
            || self.by_year_day.iter().any(|wanted| {
                let wanted = i64::from(*wanted);
                wanted == day || wanted == day - length - 1
            })
    }

    fn allows_weekday(&self, date: Date, within: Within) -> bool {
        let (day, length) = match within {
            Within::Year => day_of_year(date),
            _ => {
                let length = days_in_month(date.year(), date.month());
                (i64::from(date.day()), i64::from(length))
            }
        };
        let forwards = (day - 1) / 7 + 1;
        let backwards = -((length - day) / 7 + 1);
        self.by_day.is_empty()
            || self.by_day.iter().any(|(number, weekday)| {
                let number = i64::from(*number);
                let any = number == 0 || matches!(within, Within::Any);
                *weekday == date.weekday() && (any || number == forwards || number == backwards)
            })
    }

    /// Weeks of a year begin with the one that has four days or more of it.
    fn allows_week(&self, date: Date) -> bool {
        if self.by_week_no.is_empty() {
            return true;
        }
        let first = self.week_start.unwrap_or(Weekday::Monday);
        let start_of = |year: i32| {
            let january = Date::new(year, 1, 4)?;
            Some(january.days() - january.weekday().days_since(first))
        };
        let (Some(this), Some(next)) = (start_of(date.year()), start_of(date.year() + 1)) else {
            return false;
        };
        let days = date.days();
        // Days that belong to a week of another year are told there.
        let (number, weeks) = ((days - this).div_euclid(7) + 1, (next - this) / 7);
        (1..=weeks).contains(&number)
            && self.by_week_no.iter().any(|wanted| {
                let wanted = i64::from(*wanted);
                wanted == number || wanted == number - weeks - 1
            })
    }

    fn positions(&self, dates: Vec<Date>) -> Vec<Date> {
        if self.by_set_pos.is_empty() {
            return dates;
        }
        let mut chosen: Vec<Date> = self
            .by_set_pos
            .iter()
            .filter_map(|position| {
                let position = i64::from(*position);
                let length = i64::try_from(dates.len()).ok()?;
                let index = if position > 0 {
                    position - 1
                } else {
                    length + position
                };
                dates.get(usize::try_from(index).ok()?).copied()
            })
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// What a number before a weekday counts in.
#[derive(Clone, Copy)]
enum Within {
    Month,
    Year,
    Any,
}

fn month_days(year: i32, month: u8) -> impl Iterator<Item = Date> {
    (1..=days_in_month(year, month)).filter_map(move |day| Date::new(year, month, day))
}

/// Day of the year from 1, and days of the year.
fn day_of_year(date: Date) -> (i64, i64) {
    let first = Date::new(date.year(), 1, 1).map_or(0, Date::days);
    let leap = days_in_month(date.year(), 2) == 29;
    (date.days() - first + 1, if leap { 366 } else { 365 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(rule: &str, start: &str) -> String {
        let rule = Rule::parse(rule).expect("a rule");
        let start = Moment::parse(start).expect("a time");
        let times = rule.occurrences(start).expect("counts in days");
        let days: Vec<String> = times.take(6).map(|t| t.date().to_string()).collect();
        days.join(" ")
    }

    #[test]
    fn examples() {
        for (rule, start, expected) in [
            (
                "FREQ=DAILY;COUNT=3",
                "20251230T090000",
                "20251230 20251231 20260101",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4",
                "19970805T090000",
                "19970805 19970810 19970819 19970824",
            ),
            (
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=4;WKST=SU",
                "19970805T090000",
                "19970805 19970817 19970819 19970831",
            ),
            (
                "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20250401",
                "20250101T000000",
                "20250131 20250228 20250328",
            ),
            (
                "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3",
                "20250131T000000",
                "20250131 20250331 20250531",
            ),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2",
                "20250101T000000",
                "20250131 20250228",
            ),
            (
                "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;COUNT=2",
                "20250101T020000",
                "20250330 20260329",
            ),
            (
                "FREQ=YEARLY;BYDAY=20MO;COUNT=2",
                "19970519T090000",
                "19970519 19980518",
            ),
            (
                "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=2",
                "19970512T090000",
                "19970512 19980511",
            ),
            (
                "FREQ=YEARLY;BYYEARDAY=100,-1;COUNT=3",
                "20240101T000000",
                "20240409 20241231 20250410",
            ),
            (
                "FREQ=YEARLY;COUNT=2",
                "20240229T000000",
                "20240229 20280229",
            ),
            ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "20240101T000000", ""),
        ] {
            assert_eq!(days(rule, start), expected, "{rule}");
        }
    }

    #[test]
    fn ends_with_the_calendar() {
        assert_eq!(days("FREQ=YEARLY", "99980101T000000"), "99980101 99990101");
        assert_eq!(
            days("FREQ=DAILY;INTERVAL=4294967295", "20240101T000000"),
            "20240101"
        );
        let hourly = Rule::parse("FREQ=HOURLY").expect("a rule");
        let start = Moment::parse("20240101T000000").expect("a time");
        assert!(hourly.occurrences(start).is_none());
    }
}

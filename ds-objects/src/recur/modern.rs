//! Rules as iCalendar writes them.

use std::fmt;
use std::str::FromStr;

use super::{End, Freq, Rule};
use crate::civil::{Time, Weekday};

/// Most values of one part.
const MOST: usize = 400;

const FREQS: [(&str, Freq); 7] = [
    ("SECONDLY", Freq::Secondly),
    ("MINUTELY", Freq::Minutely),
    ("HOURLY", Freq::Hourly),
    ("DAILY", Freq::Daily),
    ("WEEKLY", Freq::Weekly),
    ("MONTHLY", Freq::Monthly),
    ("YEARLY", Freq::Yearly),
];

impl Rule {
    /// Reads `FREQ=WEEKLY;BYDAY=MO`. None: it is no rule of iCalendar.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let parts: Vec<(String, &str)> = text
            .split(';')
            .filter(|part| !part.trim().is_empty())
            .map(|part| {
                let (name, value) = part.split_once('=')?;
                Some((name.trim().to_ascii_uppercase(), value.trim()))
            })
            .collect::<Option<_>>()?;
        let (_, freq) = parts.iter().find(|(name, _)| name == "FREQ")?;
        let (_, freq) = FREQS
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(freq))?;
        let mut rule = Self::new(*freq, 1);
        for (name, value) in parts {
            match name.as_str() {
                "FREQ" => {}
                "INTERVAL" => rule.interval = value.parse().ok().filter(|n| *n > 0)?,
                "COUNT" => rule.end = End::Count(value.parse().ok().filter(|n| *n > 0)?),
                "UNTIL" => rule.end = End::Until(Time::parse(value)?),
                "BYMONTH" => rule.by_month = numbers(value, 1, 12)?,
                "BYWEEKNO" => rule.by_week_no = numbers(value, -53, 53)?,
                "BYYEARDAY" => rule.by_year_day = numbers(value, -366, 366)?,
                "BYMONTHDAY" => rule.by_month_day = numbers(value, -31, 31)?,
                "BYSETPOS" => rule.by_set_pos = numbers(value, -366, 366)?,
                "BYDAY" => rule.by_day = list(value, day)?,
                "WKST" => rule.week_start = Some(Weekday::from_code(value)?),
                _ => rule.other.push((name, value.to_owned())),
            }
        }
        Some(rule)
    }
}

fn list<T>(text: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let values = text.split(',').take(MOST + 1);
    let values: Vec<T> = values
        .map(|value| read(value.trim()))
        .collect::<Option<_>>()?;
    (values.len() <= MOST).then_some(values)
}

fn numbers<T: FromStr + TryFrom<i16>>(text: &str, least: i16, most: i16) -> Option<Vec<T>> {
    list(text, |value| {
        let number: i16 = value.trim_start_matches('+').parse().ok()?;
        let known = number != 0 && (least..=most).contains(&number);
        known.then(|| T::try_from(number).ok()).flatten()
    })
}

/// `MO`, `1MO`, `-1MO`.
fn day(text: &str) -> Option<(i8, Weekday)> {
    let (number, code) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let day = Weekday::from_code(code)?;
    if number.is_empty() {
        return Some((0, day));
    }
    let number: i8 = number.trim_start_matches('+').parse().ok()?;
    (number != 0 && (-53..=53).contains(&number)).then_some((number, day))
}

/// The rule as iCalendar writes it.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let freq = FREQS.iter().find(|(_, freq)| *freq == self.freq);
        write!(f, "FREQ={}", freq.map_or("DAILY", |(name, _)| name))?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.end {
            End::Never => {}
            End::Count(count) => write!(f, ";COUNT={count}")?,
            End::Until(time) => write!(f, ";UNTIL={time}")?,
        }
        part(f, "BYMONTH", &self.by_month)?;
        part(f, "BYWEEKNO", &self.by_week_no)?;
        part(f, "BYYEARDAY", &self.by_year_day)?;
        part(f, "BYMONTHDAY", &self.by_month_day)?;
        let days = self.by_day.iter().map(|(number, day)| match number {
            0 => day.code().to_owned(),
            number => format!("{number}{}", day.code()),
        });
        part(f, "BYDAY", &days.collect::<Vec<_>>())?;
        part(f, "BYSETPOS", &self.by_set_pos)?;
        for (name, value) in &self.other {
            write!(f, ";{name}={value}")?;
        }
        match self.week_start {
            Some(day) => write!(f, ";WKST={}", day.code()),
            None => Ok(()),
        }
    }
}

fn part(f: &mut fmt::Formatter<'_>, name: &str, values: &[impl fmt::Display]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        match index {
            0 => write!(f, ";{name}={value}")?,
            _ => write!(f, ",{value}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back() {
        for text in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=5;BYDAY=MO,WE;WKST=SU",
            "FREQ=MONTHLY;UNTIL=20261231T230000Z;BYDAY=-1FR,2MO",
            "FREQ=YEARLY;UNTIL=20261231;BYMONTH=3,10;BYMONTHDAY=-1;BYSETPOS=1",
            "FREQ=YEARLY;BYWEEKNO=20;BYYEARDAY=1,-1",
            "FREQ=HOURLY;BYHOUR=9,10;X-ODD=1",
        ] {
            let rule = Rule::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(rule.to_string(), text);
        }
        let rule = Rule::parse(" byday=+1mo ; freq=Monthly; ").expect("a rule");
        assert_eq!(rule.to_string(), "FREQ=MONTHLY;BYDAY=1MO");
    }

    #[test]
    fn faults() {
        for text in [
            "",
            "D1 #0",
            "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;COUNT=0",
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=DAILY;BYMONTHDAY=32",
            "FREQ=DAILY;BYMONTH=0",
            "FREQ=SOMETIMES",
            "FREQ=DAILY;UNTIL=soon",
            "FREQ=DAILY;BYDAY=é",
        ] {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
        let many = format!("FREQ=YEARLY;BYYEARDAY={}", "1,".repeat(500) + "1");
        assert_eq!(Rule::parse(&many), None);
    }
}

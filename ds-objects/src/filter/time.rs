//! Dates and times as filters compare them.

/// A point in time, in seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instant(i64);

impl Instant {
    /// Reads a date (its first second) or a time of ISO 8601, basic or extended. Without a zone it is UTC.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = Digits(text.trim());
        let year = digits.number(4)?;
        let extended = digits.skip('-');
        let month = digits.number(2)?;
        if extended && !digits.skip('-') {
            return None;
        }
        let day = digits.number(2)?;
        let date = days(year, month, day)? * 86_400;
        if digits.0.is_empty() {
            return Some(Self(date));
        }
        if !digits.skip('T') && !digits.skip('t') {
            return None;
        }
        let hour = digits.number(2)?;
        digits.skip(':');
        let minute = digits.number(2)?;
        digits.skip(':');
        let second = digits.number(2).unwrap_or(0);
        if digits.skip('.') {
            digits.0 = digits.0.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        // 24:00:00 is how some devices write the end of a day.
        if hour > 24 || minute > 59 || second > 60 {
            return None;
        }
        let offset = digits.offset()?;
        Some(Self(date + hour * 3600 + minute * 60 + second - offset))
    }

    /// So many seconds later.
    pub(super) fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }
}

struct Digits<'a>(&'a str);

impl Digits<'_> {
    fn number(&mut self, digits: usize) -> Option<i64> {
        let text = self.0.get(..digits)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.0 = self.0.get(digits..)?;
        text.parse().ok()
    }

    fn skip(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// The zone at the end, in seconds east.
    fn offset(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.0.eq_ignore_ascii_case("Z") {
            return Some(0);
        }
        let sign = if self.skip('+') {
            1
        } else if self.skip('-') {
            -1
        } else {
            return None;
        };
        let hours = self.number(2)?;
        self.skip(':');
        let minutes = self.number(2).unwrap_or(0);
        self.0
            .is_empty()
            .then_some(sign * (hours * 3600 + minutes * 60))
    }
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin with March here, so that the leap day is the last one.
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468)
}

/// Seconds of a duration such as `P1DT2H30M` or `P2W`; years and months are not in it.
pub(super) fn duration(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('+').strip_prefix('P')?;
    let (mut seconds, mut number) = (0_i64, String::new());
    for c in text.chars() {
        let unit = match c {
            '0'..='9' if number.len() < 9 => {
                number.push(c);
                continue;
            }
            'T' => continue,
            'W' => 604_800,
            'D' => 86_400,
            'H' => 3_600,
            'M' => 60,
            'S' => 1,
            _ => return None,
        };
        seconds = seconds.checked_add(number.parse::<i64>().ok()?.checked_mul(unit)?)?;
        number.clear();
    }
    Some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_time() {
        let at = |text| Instant::parse(text).unwrap_or_else(|| panic!("{text}")).0;
        assert_eq!(at("19700101T000000Z"), 0);
        assert_eq!(at("1970-01-02"), 86_400);
        assert_eq!(at("20000229"), 951_782_400);
        assert_eq!(at("2026-11-21T19:30:00Z"), 1_795_289_400);
        for same in [
            "20261121T193000Z",
            "2026-11-21T20:30:00+01:00",
            "20261121T1430-0500",
            "20261121T193000",
            "2026-11-21T19:30:00.25Z",
            " 20261121T193000Z ",
        ] {
            assert_eq!(at(same), 1_795_289_400, "{same}");
        }
        for none in [
            "",
            "2026",
            "202611",
            "20261321",
            "20261132",
            "2026-1121",
            "20261121X",
            "20261121T",
            "20261121T25",
            "20261121T256000Z",
            "Pat",
            "20261121T193000+",
            "2026112é",
        ] {
            assert_eq!(Instant::parse(none), None, "{none}");
        }
    }

    #[test]
    fn durations() {
        for (text, seconds) in [
            ("PT1H", Some(3600)),
            ("P1DT2H30M5S", Some(95_405)),
            ("P2W", Some(1_209_600)),
            ("1H", None),
            ("P1Y", None),
            ("P9999999999D", None),
        ] {
            assert_eq!(duration(text), seconds, "{text}");
        }
    }
}

//! Spans of time.

use std::fmt;

use super::DAY;

/// A span of time in seconds, also backwards: `-PT15M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

impl Duration {
    /// So many seconds.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Its seconds; a day has 86 400.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Reads `P1DT2H`, `-PT15M`, `P2W`. None: it is no duration, or has years or months, whose length nobody knows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let text = text.strip_prefix(['P', 'p'])?;
        let (mut total, mut number, mut in_time) = (0_i64, None::<i64>, false);
        for c in text.chars() {
            let unit = match c.to_ascii_uppercase() {
                'T' if number.is_none() => {
                    in_time = true;
                    continue;
                }
                'W' => 7 * DAY,
                'D' => DAY,
                'H' => 3600,
                'M' if in_time => 60,
                'S' => 1,
                c => {
                    let digit = i64::from(c.to_digit(10)?);
                    number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
                    continue;
                }
            };
            total = total.checked_add(number.take()?.checked_mul(unit)?)?;
        }
        (number.is_none() && !text.is_empty()).then_some(Self(sign * total))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.0.unsigned_abs();
        f.write_str(if self.0 < 0 { "-P" } else { "P" })?;
        if total > 0 && total.is_multiple_of(604_800) {
            return write!(f, "{}W", total / 604_800);
        }
        let (days, rest) = (total / 86_400, total % 86_400);
        if days > 0 {
            write!(f, "{days}D")?;
        }
        if rest == 0 && days > 0 {
            return Ok(());
        }
        f.write_str("T")?;
        let parts = [(rest / 3600, 'H'), (rest / 60 % 60, 'M'), (rest % 60, 'S')];
        for (number, unit) in parts.iter().filter(|(number, _)| *number > 0) {
            write!(f, "{number}{unit}")?;
        }
        f.write_str(if total == 0 { "0S" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for (text, seconds) in [
            ("-PT15M", -900),
            ("P1DT2H30M5S", 95_405),
            ("P2W", 1_209_600),
            ("PT0S", 0),
            ("P1D", 86_400),
            ("PT1H", 3600),
        ] {
            assert_eq!(Duration::parse(text).map(Duration::seconds), Some(seconds));
            assert_eq!(Duration::from_seconds(seconds).to_string(), text);
        }
        assert_eq!(Duration::parse("+P0DT600S"), Duration::parse("PT10M"));
        for none in [
            "",
            "P",
            "1H",
            "P1Y",
            "P1M",
            "PT5",
            "PTM",
            "P99999999999999999999D",
        ] {
            assert_eq!(Duration::parse(none), None, "{none}");
        }
    }
}

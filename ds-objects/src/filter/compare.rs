//! Whether a term holds for an item.

use std::cmp::Ordering;

use super::fields::Fields;
use super::time::Instant;
use super::{Keyword, Operator, Subject, Term, Value};

pub(super) fn holds(term: &Term, fields: &impl Fields) -> bool {
    match &term.subject {
        Subject::Luid => any(term, fields.luid().map(str::to_owned).into_iter().collect()),
        Subject::Named(name) => match Keyword::of(name) {
            Some(keyword) => keyword_holds(keyword, term, fields),
            // Funambol's way to say "of any age".
            None if name.eq_ignore_ascii_case("modified")
                && matches!(&term.value, Value::Text(all) if all.eq_ignore_ascii_case("ALL")) =>
            {
                true
            }
            None => any(term, fields.values(name)),
        },
    }
}

/// Whether a term holds for one of the values that are not empty: what is empty is as good as not there.
fn any(term: &Term, values: Vec<String>) -> bool {
    let mut values = values.into_iter().filter(|value| !value.trim().is_empty());
    let text = match &term.value {
        Value::Text(text) => text,
        Value::Null => {
            let there = values.next().is_some();
            return match term.operator {
                Operator::Eq => !there,
                Operator::Ne => there,
                _ => false,
            };
        }
    };
    let mut one = |operator| values.any(|value| compare(&value, operator, text, term.any_case));
    match term.operator {
        Operator::Ne => !one(Operator::Eq),
        Operator::Ncon => !one(Operator::Con),
        operator => one(operator),
    }
}

fn compare(value: &str, operator: Operator, text: &str, any_case: bool) -> bool {
    let folded = any_case.then(|| (value.to_lowercase(), text.to_lowercase()));
    let (value, text) = folded
        .as_ref()
        .map_or((value, text), |(value, text)| (value, text));
    if operator == Operator::Con {
        return value.contains(text);
    }
    let order = numbers(value, text)
        .or_else(|| instants(value, text))
        .unwrap_or_else(|| value.cmp(text));
    match operator {
        Operator::Eq => order == Ordering::Equal,
        Operator::Gt => order == Ordering::Greater,
        Operator::Ge => order != Ordering::Less,
        Operator::Lt => order == Ordering::Less,
        Operator::Le => order != Ordering::Greater,
        Operator::Ne | Operator::Con | Operator::Ncon => false,
    }
}

fn instants(value: &str, text: &str) -> Option<Ordering> {
    // Eight digits are a date as well, beside something that is no number.
    let (value, text) = (Instant::parse(value)?, Instant::parse(text)?);
    Some(value.cmp(&text))
}

fn numbers(value: &str, text: &str) -> Option<Ordering> {
    let (value, text) = (Number::parse(value)?, Number::parse(text)?);
    Some(value.cmp(&text))
}

/// A decimal number of any length.
#[derive(PartialEq, Eq)]
struct Number<'a> {
    negative: bool,
    /// Without zeros before.
    whole: &'a str,
    /// Without zeros behind.
    fraction: &'a str,
}

impl<'a> Number<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let negative = text.starts_with('-');
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(fraction) {
            return None;
        }
        let number = Self {
            negative: false,
            whole: whole.trim_start_matches('0'),
            fraction: fraction.trim_end_matches('0'),
        };
        let zero = number.whole.is_empty() && number.fraction.is_empty();
        Some(Self {
            negative: negative && !zero,
            ..number
        })
    }

    fn cmp(&self, other: &Self) -> Ordering {
        let size = |number: &Self| (number.whole.len(), number.whole.to_owned());
        let magnitude = size(self)
            .cmp(&size(other))
            .then_with(|| self.fraction.cmp(other.fraction));
        match (self.negative, other.negative) {
            (false, false) => magnitude,
            (true, true) => magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// libsynthesis writes its keywords with `&EQ;`: a bound, read as what the word says.
fn keyword_holds(keyword: Keyword, term: &Term, fields: &impl Fields) -> bool {
    let Value::Text(text) = &term.value else {
        return false;
    };
    match keyword {
        Keyword::Since | Keyword::Before => {
            let (Some(period), Some(bound)) = (fields.period(), Instant::parse(text)) else {
                return true;
            };
            match (keyword, term.operator) {
                // What never ends is after everything.
                (Keyword::Since, Operator::Gt) => period.end.is_none_or(|end| end > bound),
                (Keyword::Since, _) => period.end.is_none_or(|end| end >= bound),
                (_, Operator::Le) => period.start <= bound,
                _ => period.start < bound,
            }
        }
        Keyword::MaxSize => text.parse().is_ok_and(|max: u64| match term.operator {
            Operator::Lt => fields.size() < max,
            _ => fields.size() <= max,
        }),
        Keyword::Other => false,
    }
}

//! What others make of what we write: rrule for when rules take place, calcard for cards and calendars.

use calcard::{Entry, Parser};
use ds_objects::civil::{Date, Moment, Time, Weekday};
use ds_objects::convert::{Options, convert};
use ds_objects::recur::{End, Freq, Rule};
use ds_objects::{Format, parse};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use rrule::RRuleSet;
use testdata::Kind;

/// Occurrences that are compared.
const COMPARED: usize = 25;

fn start() -> impl Strategy<Value = Moment> {
    (2000..2040_i32, 1..=12_u8, 1..=31_u8, 0..86_400_u32)
        .prop_filter_map("exists", |(y, m, d, s)| Moment::new(Date::new(y, m, d)?, s))
}

fn some<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![2 => Just(Vec::new()), 3 => subsequence(all, 1..=3)]
}

fn days(numbers: &'static [i8]) -> impl Strategy<Value = Vec<(i8, Weekday)>> {
    let days = some(Weekday::ALL.to_vec());
    (days, prop::collection::vec(select(numbers), 3))
        .prop_map(|(days, numbers)| numbers.into_iter().zip(days).collect())
}

fn end() -> impl Strategy<Value = (u32, i64, u8)> {
    (1..40_u32, 1..2_000_i64, 0..3_u8)
}

fn with_end(rule: Rule, start: Moment, (count, days, kind): (u32, i64, u8)) -> Rule {
    let until = start.plus(days * 86_400).map(Time::Moment);
    rule.with_end(match (kind, until) {
        (0, _) => End::Never,
        (1, Some(until)) => End::Until(until),
        _ => End::Count(count),
    })
}

/// Rules of all kinds that others agree upon.
fn any_rule() -> impl Strategy<Value = (Rule, Moment)> {
    let freq = select(&[Freq::Daily, Freq::Weekly, Freq::Monthly, Freq::Yearly][..]);
    let parts = (
        some((1..=12).collect()),
        some(vec![1, 2, 13, 28, 29, 30, 31, -1, -2, -31]),
        some(vec![1, 60, 100, 366, -1, -100]),
        days(&[0, 0, 1, 2, 5, -1, -2]),
        some(vec![1, 2, -1]),
    );
    (freq, 1..5_u32, parts, start(), end()).prop_map(|(freq, interval, parts, start, end)| {
        let (months, month_days, year_days, days, positions) = parts;
        let mut rule = Rule::new(freq, interval);
        rule.by_month = months;
        // Each part where RFC 5545 allows it.
        if freq != Freq::Weekly {
            rule.by_month_day = month_days;
        }
        if freq == Freq::Yearly && rule.by_month_day.is_empty() && rule.by_month.is_empty() {
            rule.by_year_day = year_days;
        }
        let numbered = matches!(freq, Freq::Monthly | Freq::Yearly)
            && rule.by_year_day.is_empty()
            && rule.by_month_day.is_empty();
        rule.by_day = days;
        // rrule takes days with numbers and days without for a rule that never comes true.
        if !numbered || rule.by_day.iter().any(|(number, _)| *number == 0) {
            rule.by_day.iter_mut().for_each(|(number, _)| *number = 0);
        }
        let has_parts = !(rule.by_day.is_empty()
            && rule.by_month_day.is_empty()
            && rule.by_year_day.is_empty());
        if has_parts && matches!(freq, Freq::Monthly | Freq::Yearly) {
            rule.by_set_pos = positions;
        }
        (with_end(rule, start, end), start)
    })
}

/// Rules that phones know: every one of them that begins where its first time is has a form in vCalendar.
fn phone_rule() -> impl Strategy<Value = (Rule, Moment)> {
    let kinds = prop_oneof![
        Just((Freq::Daily, Vec::new(), Vec::new())).boxed(),
        days(&[0])
            .prop_map(|days| (Freq::Weekly, days, Vec::new()))
            .boxed(),
        days(&[1, 2, 3, 4, 5, -1, -2])
            .prop_map(|days| (Freq::Monthly, days, Vec::new()))
            .boxed(),
        some(vec![1, 15, 28, 31, -1, -3])
            .prop_map(|days| (Freq::Monthly, Vec::new(), days))
            .boxed(),
        Just((Freq::Yearly, Vec::new(), Vec::new())).boxed(),
    ];
    (kinds, 1..4_u32, start(), end()).prop_filter_map(
        "begins where it should",
        |(kind, interval, start, end)| {
            let mut rule = Rule::new(kind.0, interval);
            rule.by_day = kind.1;
            rule.by_month_day = kind.2;
            // The first time is one of the series.
            let start = rule.occurrences(start)?.next()?;
            Some((with_end(rule, start, end), start))
        },
    )
}

fn ours(rule: &Rule, start: Moment) -> Vec<String> {
    let times = rule.occurrences(start).expect("counts in days");
    times.take(COMPARED).map(|time| time.to_string()).collect()
}

/// What the crate rrule says; none: it refuses the rule.
fn theirs(rule: &Rule, start: Moment) -> Option<Vec<String>> {
    let mut utc = rule.clone();
    if let End::Until(Time::Moment(until)) = utc.end {
        utc.end = End::Until(Time::Moment(until.with_utc(true)));
    }
    let text = format!("DTSTART:{}\nRRULE:{utc}", start.with_utc(true));
    let set: RRuleSet = text.parse().ok()?;
    let dates = set.all(u16::try_from(COMPARED).unwrap_or(25)).dates;
    Some(
        dates
            .iter()
            .map(|date| date.format("%Y%m%dT%H%M%S").to_string())
            .collect(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_take_place_when_rrule_says_so((rule, start) in any_rule()) {
        let ours = ours(&rule, start);
        // rrule looks for what never comes for minutes.
        let ends = ours.len() == COMPARED || rule.end != End::Never;
        if ends && !ours.is_empty()
            && let Some(theirs) = theirs(&rule, start)
        {
            prop_assert_eq!(ours, theirs, "{} from {}", rule, start);
        }
    }

    #[test]
    fn rules_of_phones_take_place_at_the_same_times_in_both_forms((rule, start) in phone_rule()) {
        let old = rule.to_old(start).unwrap_or_else(|why| panic!("{rule} from {start}: {why}"));
        let (back, odd) = Rule::parse_old(&old, Some(start)).expect("reads what it writes");
        prop_assert!(odd.is_empty());
        prop_assert_eq!(ours(&back, start), ours(&rule, start), "{} as {} as {}", rule, old, back);
        if let Some(theirs) = theirs(&back, start) {
            prop_assert_eq!(ours(&rule, start), theirs, "{} as {} as {}", rule, old, back);
        }
    }
}

/// calcard reads all that we make of the collection, and finds in it what we put there.
#[test]
fn calcard_reads_what_is_converted() {
    let mut count = 0;
    for fixture in [Kind::Contact, Kind::Calendar, Kind::Object]
        .into_iter()
        .flat_map(testdata::all)
    {
        let object = parse(fixture.media_type, fixture.bytes).expect("reads");
        for to in [Format::VCard30, Format::VCard40, Format::ICalendar20] {
            let Some(converted) = convert(&object, to, &Options::default()) else {
                continue;
            };
            let ours = converted.object;
            let text = String::from_utf8_lossy(&ours.encode()).into_owned();
            let is_card = to.is_card();
            count += 1;
            match Parser::new(&text).entry() {
                Entry::VCard(card) if is_card => {
                    let lines = ours.lines().iter().filter(|line| {
                        // calcard keeps the frame apart, and leaves out what is no property and what is empty.
                        !line.is("BEGIN")
                            && !line.is("END")
                            && !line.is("VERSION")
                            && !line.is_stray()
                    });
                    let named = |name: &str| lines.clone().filter(|line| line.is(name)).count();
                    for name in [
                        "N", "FN", "TEL", "EMAIL", "ADR", "NOTE", "PHOTO", "BDAY", "ORG",
                    ] {
                        let theirs = card
                            .entries
                            .iter()
                            .filter(|entry| entry.name.as_str() == name)
                            .count();
                        assert_eq!(theirs, named(name), "{} {name}\n{text}", fixture.name);
                    }
                }
                Entry::ICalendar(calendar) if !is_card => {
                    let theirs = calendar.components.iter().flat_map(|one| &one.entries);
                    let named =
                        |name: &str| ours.lines().iter().filter(|line| line.is(name)).count();
                    let theirs: Vec<String> =
                        theirs.map(|entry| entry.name.as_str().to_owned()).collect();
                    for name in [
                        "SUMMARY", "DTSTART", "DTEND", "RRULE", "TRIGGER", "ATTENDEE", "EXDATE",
                    ] {
                        let found = theirs.iter().filter(|own| *own == name).count();
                        assert_eq!(found, named(name), "{} {name}\n{text}", fixture.name);
                    }
                }
                other => panic!("{} to {}: {other:?}\n{text}", fixture.name, to.version()),
            }
        }
    }
    assert!(count > 120, "{count}");
}

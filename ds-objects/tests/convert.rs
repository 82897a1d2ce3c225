//! Every object of the collection in every other version, with what it costs.

use std::fmt::Write as _;

use ds_objects::civil::Duration;
use ds_objects::convert::{Options, convert};
use ds_objects::ledger::{Effect, Reason};
use ds_objects::model::{Item, Value};
use ds_objects::{Format, Object, parse};
use testdata::{Fixture, Kind};

const CARDS: [Format; 3] = [Format::VCard21, Format::VCard30, Format::VCard40];
const CALENDARS: [Format; 2] = [Format::VCalendar10, Format::ICalendar20];

fn targets(format: Format) -> Vec<Format> {
    let all: &[Format] = match format {
        format if format.is_card() => &CARDS,
        format if format.is_calendar() => &CALENDARS,
        _ => &[],
    };
    all.iter().copied().filter(|to| *to != format).collect()
}

fn fixtures() -> impl Iterator<Item = (&'static Fixture, Object)> {
    [Kind::Contact, Kind::Calendar, Kind::Object]
        .into_iter()
        .flat_map(testdata::all)
        .map(|fixture| {
            let object = parse(fixture.media_type, fixture.bytes);
            (
                fixture,
                object.unwrap_or_else(|e| panic!("{}: {e}", fixture.name)),
            )
        })
}

/// The expected conversions, one file for each object.
#[test]
fn conversions_are_those_expected() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let mut count = 0;
    for (fixture, object) in fixtures() {
        let mut shown = String::new();
        for to in targets(object.format()) {
            let converted = convert(&object, to, &Options::default()).expect("one family");
            assert_eq!(converted.object.format(), to, "{}", fixture.name);
            let text = String::from_utf8(converted.object.encode()).expect("is UTF-8");
            let _ = writeln!(shown, "=== {}\n{}", to.version(), text.replace('\r', ""));
            for entry in converted.ledger.entries() {
                let _ = writeln!(shown, "* {entry}");
            }
        }
        if !shown.is_empty() {
            count += 1;
            let name = fixture.name.trim_start_matches("object/").replace('/', "-");
            settings.bind(|| insta::assert_snapshot!(name, shown));
        }
    }
    assert!(count >= 150, "{count}");
}

/// What an item says, one text for each property, so that two can be compared.
fn sayings(item: &Item, path: &str, into: &mut Vec<String>) {
    let path = format!("{path}/{}", item.name);
    for field in &item.fields {
        let mut params: Vec<String> = field
            .params
            .iter()
            // The zone has another name, and alarms that go off at a time go off at one from the beginning.
            .filter(|param| param.name != "TZID" && param.values != ["START"])
            .map(|param| {
                let mut values = param.values.clone();
                values.sort_unstable();
                format!(";{}={values:?}", param.name)
            })
            .collect();
        params.sort_unstable();
        if field.name == "TRIGGER" && params.concat().contains("VALUE") {
            continue;
        }
        let text = field.value.text().unwrap_or_default();
        let duration = Duration::parse(text).filter(|_| field.name == "TRIGGER");
        let value = match &field.value {
            _ if duration.is_some() => format!("{duration:?}"),
            // One rule has many forms; what counts is when it takes place.
            Value::Rule(rule) => {
                let start = item.field("DTSTART").or_else(|| item.field("DUE"));
                let start = start.and_then(|start| start.value.time());
                let start = start.expect("has a beginning").moment();
                let times = rule.occurrences(start).into_iter().flatten();
                format!("{:?}", times.take(10).collect::<Vec<_>>())
            }
            Value::Unknown(line) => format!("{:?}", line.components()),
            Value::Item(inner) => {
                sayings(inner, &path, into);
                continue;
            }
            Value::Structured(parts) => {
                let mut parts = parts.texts();
                while parts.last().is_some_and(String::is_empty) {
                    parts.pop();
                }
                format!("{parts:?}")
            }
            value => format!("{value:?}"),
        };
        let group = field.group.as_deref().unwrap_or_default();
        into.push(format!(
            "{path}/{group}.{}{}:{value}",
            field.name,
            params.concat()
        ));
    }
    for inner in item.items.iter().filter(|inner| inner.name != "VTIMEZONE") {
        sayings(inner, &path, into);
    }
}

/// There and back, an object says what it said, but for what the ledger tells.
#[test]
fn what_comes_back_is_what_went_out() {
    let mut count = 0;
    let mut lost = Vec::new();
    for (fixture, object) in fixtures() {
        for to in targets(object.format()) {
            let there = convert(&object, to, &Options::default()).expect("one family");
            let back = convert(&there.object, object.format(), &Options::default());
            let back = back.expect("one family");
            let (mut before, mut after) = (Vec::new(), Vec::new());
            sayings(&Item::of(&object), "", &mut before);
            sayings(&Item::of(&back.object), "", &mut after);
            for saying in before {
                count += 1;
                let told = there.ledger.entries().iter().any(|entry| {
                    let is_loss = entry.effect == Effect::Dropped
                        || matches!(
                            entry.reason,
                            Reason::OneOnly
                                | Reason::NoSuchValue
                                | Reason::Recurrence
                                | Reason::OtherPlace
                                | Reason::OtherZone
                        );
                    is_loss && saying.contains(&entry.property)
                });
                if !told && !after.contains(&saying) {
                    let there = String::from_utf8_lossy(&there.object.encode()).into_owned();
                    lost.push(format!(
                        "{} by {}: {saying}\n{there}{after:#?}",
                        fixture.name,
                        to.version()
                    ));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n\n"));
    assert!(count > 1000, "{count}");
}

/// Found by fuzzing: behind a blank line, a line may begin with a blank; behind another one it would be a part of that.
#[test]
fn lines_that_begin_with_a_blank_stay_lines() {
    for (version, to) in [("2.1", Format::VCard30), ("3.0", Format::VCard40)] {
        let text = format!(
            "BEGIN:VCARD\nVERSION:{version}\nAGENT:\nBEGIN:VCARD\n\n stray\n\n X-A:1\nEND:VCARD\nEND:VCARD\n"
        );
        let object = parse("", text.as_bytes()).expect("is a card");
        let converted = convert(&object, to, &Options::default()).expect("cards to cards");
        let written = String::from_utf8(converted.object.encode()).expect("is UTF-8");
        let again = parse("", written.as_bytes()).unwrap_or_else(|e| panic!("{e}: {written}"));
        assert_eq!(again.format(), to);
    }
}

/// Found by fuzzing: what the object is was told by the first line, which goes on in the next.
#[test]
fn a_folded_beginning_begins_an_object() {
    let object =
        parse("text/x-vcard", b"BEGIN:VCARD\n x\nVERSION:2.1\nN:Quill\n").expect("is a card");
    let converted = convert(&object, Format::VCard30, &Options::default()).expect("cards to cards");
    let again = parse("", &converted.object.encode()).expect("is a card");
    assert_eq!(again.title().as_deref(), Some("Quill"));
}

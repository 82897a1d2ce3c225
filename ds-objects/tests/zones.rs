//! Calendars that name a zone and do not tell it: names of the IANA database and of Windows.
#![cfg(feature = "zones")]

use ds_objects::civil::Moment;
use ds_objects::compare::is_same;
use ds_objects::convert::{Conversion, Options, Times, convert};
use ds_objects::schema::Relevance;
use ds_objects::zone::Zone;
use ds_objects::{Format, parse};

fn event(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Tea\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn converted(text: &str, to: Format, options: &Options) -> (String, Vec<String>) {
    let object = parse("text/calendar", text.as_bytes()).expect("is a calendar");
    let Conversion { object, ledger, .. } = convert(&object, to, options).expect("calendars");
    (
        String::from_utf8(object.encode()).expect("is UTF-8"),
        ledger.entries().iter().map(ToString::to_string).collect(),
    )
}

#[test]
fn named_zones_become_offsets() {
    for (id, tz) in [
        (
            "Europe/Berlin",
            [
                "TZ:+0100",
                "DAYLIGHT:TRUE;+0200;20250330T020000;20251026T030000;CET;CEST",
            ],
        ),
        (
            "W. Europe Standard Time",
            [
                "TZ:+0100",
                "DAYLIGHT:TRUE;+0200;20250330T020000;20251026T030000;CET;CEST",
            ],
        ),
        (
            "Eastern Standard Time",
            [
                "TZ:-0500",
                "DAYLIGHT:TRUE;-0400;20250309T020000;20251102T020000;EST;EDT",
            ],
        ),
        // South of the equator it ends in the year after.
        (
            "Australia/Sydney",
            [
                "TZ:+1000",
                "DAYLIGHT:TRUE;+1100;20251005T020000;20260405T030000;AEST;AEDT",
            ],
        ),
        (
            "/freeassociation.sourceforge.net/Asia/Kolkata",
            ["TZ:+0530", ""],
        ),
        ("Asia/Kolkata", ["TZ:+0530", ""]),
    ] {
        let text = event(&format!(
            "DTSTART;TZID=\"{id}\":20250713T093000\r\nDTEND;TZID=\"{id}\":20250713T101500\r\n"
        ));
        let (old, ledger) = converted(&text, Format::VCalendar10, &Options::default());
        let head: Vec<&str> = old
            .lines()
            .filter(|line| line.starts_with("TZ:") || line.starts_with("DAYLIGHT:"))
            .collect();
        assert_eq!(
            head,
            tz.into_iter()
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>(),
            "{id}"
        );
        assert!(
            old.contains("\r\nDTSTART:20250713T093000\r\nDTEND:20250713T101500\r\n"),
            "{old}"
        );
        assert_eq!(
            ledger,
            [format!(
                "VTIMEZONE/TZID converted ({id}): the version has it in another place"
            )]
        );
    }
}

/// What a phone makes of it is the same points in time.
#[test]
fn there_and_back() {
    let text = event(
        "DTSTART;TZID=W. Europe Standard Time:20250113T093000\r\nRRULE:FREQ=WEEKLY;UNTIL=20250728T073000Z;BYDAY=MO\r\n\
         EXDATE;TZID=W. Europe Standard Time:20250721T093000\r\n",
    );
    let (old, _) = converted(&text, Format::VCalendar10, &Options::default());
    let back = parse("text/x-vcalendar", old.as_bytes()).expect("is a calendar");
    let back = convert(&back, Format::ICalendar20, &Options::default())
        .expect("calendars")
        .object;
    let text = parse("text/calendar", text.as_bytes()).expect("is a calendar");
    assert!(
        is_same(&text, &back, Relevance::Conflict),
        "{}",
        String::from_utf8_lossy(&back.encode())
    );
}

#[test]
fn several_zones_in_one_object() {
    let text = event(
        "DTSTART;TZID=Europe/Berlin:20250713T093000\r\nDTEND;TZID=America/New_York:20250713T043000\r\n",
    );
    let (old, ledger) = converted(&text, Format::VCalendar10, &Options::default());
    assert!(
        old.contains("\r\nDTSTART:20250713T093000\r\nDTEND:20250713T103000\r\n"),
        "{old}"
    );
    assert!(
        ledger.contains(
            &"VEVENT/DTEND converted (America/New_York): the same points in time in another zone"
                .to_owned()
        )
    );
}

#[test]
fn devices_with_times_in_utc() {
    let text = event("DTSTART;TZID=Europe/Berlin:20250713T093000\r\n");
    let utc = Options::default().with_times(Times::Utc);
    let (old, ledger) = converted(&text, Format::VCalendar10, &utc);
    assert!(
        old.contains("\r\nDTSTART:20250713T073000Z\r\n") && !old.contains("TZ:"),
        "{old}"
    );
    assert_eq!(
        ledger,
        ["VEVENT/DTSTART converted (Europe/Berlin): the same points in time in another zone"]
    );
    // A device that knows no UTC has the times of its user.
    let local = Options::default()
        .with_times(Times::Local)
        .with_zone(Zone::named("GMT Standard Time"));
    let (old, _) = converted(&text, Format::VCalendar10, &local);
    assert!(old.contains("\r\nDTSTART:20250713T083000\r\n"), "{old}");
}

/// A phone's times are those of its user, whose zone is told as far as the item needs it.
#[test]
fn a_zone_of_the_user() {
    let old = "BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nSUMMARY:Tea\r\nDTSTART:20250713T093000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let options = Options::default().with_zone(Zone::named("Europe/Berlin"));
    let object = parse("text/x-vcalendar", old.as_bytes()).expect("is a calendar");
    let new = convert(&object, Format::ICalendar20, &options)
        .expect("calendars")
        .object;
    let text = String::from_utf8(new.encode()).expect("is UTF-8");
    assert!(
        text.contains("DTSTART;TZID=Europe/Berlin:20250713T093000\r\n"),
        "{text}"
    );
    assert!(text.matches("TZOFFSETTO:").count() <= 3, "{text}");
    let utc = event("DTSTART:20250713T073000Z\r\n");
    let utc = parse("text/calendar", utc.as_bytes()).expect("is a calendar");
    assert!(is_same(&new, &utc, Relevance::Always));
}

/// The standard time is that of the event.
#[test]
fn offsets_are_those_of_the_year() {
    let text = event("DTSTART;TZID=Europe/Moscow:20120713T093000\r\n");
    let (old, _) = converted(&text, Format::VCalendar10, &Options::default());
    assert!(old.contains("\r\nTZ:+0400\r\n"), "{old}");
}

#[test]
fn what_nobody_knows_is_told() {
    let text = event("DTSTART;TZID=Mitteleuropa:20250713T093000\r\n");
    let (old, ledger) = converted(&text, Format::VCalendar10, &Options::default());
    assert!(old.contains("\r\nDTSTART:20250713T093000\r\n"), "{old}");
    assert_eq!(
        ledger,
        ["VEVENT/DTSTART dropped (Mitteleuropa): nobody has told the time zone"]
    );
}

/// A zone that is told outranks one that is known by its name.
#[test]
fn what_is_told_counts() {
    let zone = "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\n\
                DTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n";
    let text = event("DTSTART;TZID=Europe/Berlin:20250713T093000\r\n");
    let text = text.replace("BEGIN:VEVENT", &format!("{zone}BEGIN:VEVENT"));
    let utc = Options::default().with_times(Times::Utc);
    let (old, _) = converted(&text, Format::VCalendar10, &utc);
    assert!(old.contains("\r\nDTSTART:20250713T063000Z\r\n"), "{old}");
}

/// Two that write one point in time in two ways have the same event.
#[test]
fn events_are_compared_by_their_time() {
    let one = event("DTSTART;TZID=Europe/Berlin:20250713T093000\r\n");
    let other = event("DTSTART:20250713T073000Z\r\n");
    let [one, other] =
        [one, other].map(|text| parse("text/calendar", text.as_bytes()).expect("is a calendar"));
    assert!(is_same(&one, &other, Relevance::Always));
}

/// An object that names zones without end is read in no time.
#[test]
fn many_names() {
    let lines: String = (0..5_000)
        .map(|n| format!("X-A;TZID=/{n}/Europe/Berlin:20250713T093000\r\n"))
        .collect();
    let (old, _) = converted(&event(&lines), Format::VCalendar10, &Options::default());
    assert!(old.contains("X-A"));
    let zone = Zone::named("Europe/Berlin").expect("is known");
    let noon = Moment::parse("20250713T120000").expect("a time");
    assert_eq!(zone.offset_at(noon), 7200);
}

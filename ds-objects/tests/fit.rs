//! What devices may have of objects, and what comes back of them.

use ds_objects::fit::{Capability, ParamCap, Profile, PropertyCap, Unfit, capability};
use ds_objects::ledger::{Effect, Reason};
use ds_objects::{Format, Object, parse};
use testdata::Kind;

fn object(text: &str) -> Object {
    parse("text/vcard", text.as_bytes()).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn card(lines: &str) -> Object {
    object(&format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}END:VCARD\r\n"
    ))
}

fn names(names: &[&str]) -> Capability {
    Capability::new(names.iter().map(|name| PropertyCap::new(*name)))
}

fn text(object: &Object) -> String {
    String::from_utf8_lossy(&object.encode()).into_owned()
}

/// Devices of all kinds: old and new, small and strict.
fn profiles(format: Format) -> Vec<Profile> {
    let small = |format| {
        let phone = [
            PropertyCap::new("N").with_max_size(12),
            PropertyCap::new("TEL").with_max_occur(1).with_max_size(10),
            PropertyCap::new("NOTE")
                .with_max_size(20)
                .without_truncation(),
            PropertyCap::new("SUMMARY").with_max_size(6),
            PropertyCap::new("DTSTART"),
            PropertyCap::new("DTEND"),
            PropertyCap::new("CATEGORIES").with_values(["MEETING"]),
        ];
        Profile::new(format).with_capability(Capability::new(phone))
    };
    let formats: &[Format] = match format {
        format if format.is_card() => &[Format::VCard21, Format::VCard30, Format::VCard40],
        format if format.is_calendar() => &[Format::VCalendar10, Format::ICalendar20],
        _ => return vec![Profile::new(format)],
    };
    let all = formats.iter().flat_map(|format| {
        [
            Profile::new(*format),
            Profile::new(*format).with_capability(capability(*format)),
            Profile::new(*format).with_utc(false, None),
            small(*format),
            small(*format).with_utc(false, None),
        ]
    });
    all.collect()
}

/// What a device sends back untouched changes nothing at all.
#[test]
fn an_echo_changes_nothing() {
    let mut count = 0;
    for kind in [Kind::Contact, Kind::Calendar, Kind::Object] {
        for fixture in testdata::all(kind) {
            let ours = parse(fixture.media_type, fixture.bytes).expect("reads");
            for profile in profiles(ours.format()) {
                let Ok(shown) = profile.fit(&ours) else {
                    continue;
                };
                count += 1;
                let back = profile.restore(&ours, &shown.object).expect("one family");
                let shown = text(&shown.object);
                assert_eq!(
                    back.encode().trim_ascii_end(),
                    // What is behind the end says nothing.
                    fixture
                        .bytes
                        .strip_suffix(b"\0")
                        .unwrap_or(fixture.bytes)
                        .trim_ascii_end(),
                    "{}: {:?} was shown {shown}",
                    fixture.name,
                    profile.format,
                );
            }
        }
    }
    assert!(count > 700, "{count}");
}

/// A device that forgets what kind of picture it is has not changed the picture.
#[test]
fn a_picture_without_its_type() {
    let card = |photo: &str, note: &str| {
        let text = format!(
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nPHOTO{photo}\r\n\r\nX-A:1\r\nNOTE:{note}\r\nEND:VCARD\r\n"
        );
        parse("text/x-vcard", text.as_bytes()).expect("is a card")
    };
    let known = ["N", "PHOTO", "NOTE"].map(PropertyCap::new);
    let profile = Profile::new(Format::VCard21).with_capability(Capability::new(known));
    let ours = card(";JPEG;ENCODING=BASE64:\r\n AAEC", "tea");
    let theirs = card(";ENCODING=BASE64:\r\n AAEC", "cake");
    let restored = profile.restore(&ours, &theirs).expect("cards");
    assert_eq!(
        text(&restored),
        text(&card(";JPEG;ENCODING=BASE64:\r\n AAEC", "cake"))
    );
    // Another one is another one.
    let theirs = card(";ENCODING=BASE64:\r\n AAED", "tea");
    let restored = profile.restore(&ours, &theirs).expect("cards");
    assert!(text(&restored).contains("AAED"), "{}", text(&restored));
}

fn losses(shown: &ds_objects::fit::Fitted) -> Vec<(String, Effect, Reason, String)> {
    let entries = shown.ledger.entries().iter();
    let told = entries.map(|one| {
        (
            one.property.clone(),
            one.effect,
            one.reason,
            one.detail.clone(),
        )
    });
    told.collect()
}

#[test]
fn each_rule_of_a_device_is_followed_and_told() {
    let caps = [
        PropertyCap::new("fn").with_max_size(7),
        PropertyCap::new("NOTE")
            .with_max_size(5)
            .without_truncation(),
        PropertyCap::new("TEL")
            .with_max_occur(2)
            .with_param(ParamCap::new("CELL;WORK")),
        PropertyCap::new("CATEGORIES").with_values(["Friends", "Family"]),
        PropertyCap::new("CLASS").with_values(["PUBLIC"]),
        PropertyCap::new("PHOTO").with_max_size(10),
    ];
    let profile = Profile::new(Format::VCard30).with_capability(Capability::new(caps));
    let ours = card(
        "N:Müller;Jürgen;;;\r\nFN:Jürgen Müller\r\nNOTE:too long\r\nTEL;TYPE=CELL:1\r\nTEL;TYPE=HOME:2\r\n\
         TEL;TYPE=WORK,PREF:3\r\nCATEGORIES:Friends,Chess\r\nCLASS:PRIVATE\r\nTITLE:Gardener\r\n\
         PHOTO;ENCODING=b;TYPE=GIF:R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7\r\n",
    );
    let shown = profile.fit(&ours).expect("fits");
    assert_eq!(
        text(&shown.object),
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller;Jürgen;;;\r\nFN:Jürgen\r\nTEL;TYPE=CELL:1\r\nTEL;TYPE=WORK:3\r\n\
         CATEGORIES:Friends\r\nEND:VCARD\r\n"
    );
    let name = |name: &str| name.to_owned();
    assert_eq!(
        losses(&shown),
        [
            (
                name("TEL"),
                Effect::Dropped,
                Reason::MaxOccur,
                name("1 of 3")
            ),
            (name("FN"), Effect::Shortened, Reason::MaxSize, name("7")),
            (name("NOTE"), Effect::Dropped, Reason::MaxSize, name("5")),
            (
                name("TEL"),
                Effect::Dropped,
                Reason::PeerLacksParameter,
                name("PREF")
            ),
            (
                name("CATEGORIES"),
                Effect::Dropped,
                Reason::PeerLacksValue,
                name("Chess")
            ),
            (
                name("CLASS"),
                Effect::Dropped,
                Reason::PeerLacksValue,
                name("PRIVATE")
            ),
            (
                name("TITLE"),
                Effect::Dropped,
                Reason::PeerLacksProperty,
                name("")
            ),
            (name("PHOTO"), Effect::Dropped, Reason::MaxSize, name("10")),
        ]
    );
    let mut trusting = profile.clone();
    trusting.has_sizes = false;
    let shown = trusting.fit(&ours).expect("fits");
    assert!(text(&shown.object).contains("FN:Jürgen Müller\r\nNOTE:too long\r\n"));
}

/// A peer writes out what it has no value for, and takes one of each.
#[test]
fn what_says_nothing_takes_nobodys_place() {
    let caps = ["N", "NICKNAME"].map(|name| PropertyCap::new(name).with_max_occur(1));
    let profile = Profile::new(Format::VCard30).with_capability(Capability::new(caps));
    let ours = card("N:Quill;Pat;;;\r\nFN:Pat\r\nNICKNAME:\r\nNICKNAME:Patty\r\n");
    let shown = profile.fit(&ours).expect("fits");
    assert!(text(&shown.object).contains("NICKNAME:Patty"));
}

#[test]
fn an_edit_of_a_device_costs_nothing_that_it_was_not_shown() {
    let caps = [
        PropertyCap::new("N"),
        PropertyCap::new("TEL").with_max_occur(2),
        PropertyCap::new("NOTE").with_max_size(8),
        PropertyCap::new("EMAIL"),
    ];
    let profile = Profile::new(Format::VCard21).with_capability(Capability::new(caps));
    let ours = card(
        "N:Quill;Pat;;;\r\nFN:Pat Quill\r\nX-MINE:1\r\nTEL;TYPE=home:1\r\nNOTE:Likes tea and cake\r\n\
         TEL;TYPE=cell:2\r\nTEL;TYPE=work:3\r\nPHOTO;VALUE=uri:http://x.example/p.jpg\r\nEMAIL:p@x.example\r\n",
    );
    // One number changed, the mail deleted, a title new, the note left as it was cut.
    let edit = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;CELL:2\r\nTEL;HOME:9\r\n\
         NOTE:Likes te\r\nTITLE:Baker\r\nEND:VCARD\r\n";
    let whole = profile
        .restore(&ours, &object(edit))
        .expect("both are cards");
    assert_eq!(
        text(&whole),
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nX-MINE:1\r\nTEL;TYPE=home:9\r\n\
         NOTE:Likes tea and cake\r\nTEL;TYPE=cell:2\r\nTEL;TYPE=work:3\r\n\
         PHOTO;VALUE=uri:http://x.example/p.jpg\r\nTITLE:Baker\r\nEND:VCARD\r\n"
    );
    // A note that is another one replaces ours.
    let edit = edit.replace("Likes te", "No cake");
    let whole = profile
        .restore(&ours, &object(&edit))
        .expect("both are cards");
    assert!(
        text(&whole).contains("NOTE:No cake\r\n"),
        "{}",
        text(&whole)
    );
}

#[test]
fn a_moved_event_keeps_its_zone_alarms_and_guests() {
    let fixture = testdata::get("object/calendar/team-meeting.ics").expect("is in the collection");
    let ours = parse("text/calendar", fixture.bytes).expect("reads");
    let phone = Profile::new(Format::VCalendar10)
        .with_capability(names(&["SUMMARY", "DTSTART", "DTEND", "RRULE"]));
    let shown = text(&phone.fit(&ours).expect("fits").object);
    assert!(
        shown.contains("DTSTART:20250113T083000Z\r\n") && !shown.contains("ATTENDEE"),
        "{shown}"
    );
    let edit = shown.replace("SUMMARY:Werkstattrunde", "SUMMARY:Runde");
    let whole = phone
        .restore(&ours, &object(&edit))
        .expect("both are calendars");
    let expected = String::from_utf8_lossy(fixture.bytes).replacen(
        "SUMMARY:Werkstattrunde",
        "SUMMARY:Runde",
        1,
    );
    assert_eq!(text(&whole), expected);
    // A user who says when instead of how long.
    let long = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:long-event@x.example\r\nDTSTAMP:20250101T000000Z\r\n\
        DTSTART:20250113T083000Z\r\nDURATION:PT1H\r\nSUMMARY:Tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let ours = object(long);
    let shown = text(&phone.fit(&ours).expect("fits").object);
    let edit = shown.replace("DTEND:20250113T093000Z", "DTEND:20250113T100000Z");
    let whole = phone
        .restore(&ours, &object(&edit))
        .expect("both are calendars");
    assert_eq!(
        text(&whole),
        long.replace("DURATION:PT1H\r\n", "").replace(
            "SUMMARY:Tea\r\n",
            "SUMMARY:Tea\r\nDTEND:20250113T100000Z\r\n"
        )
    );
}

#[test]
fn times_are_in_the_zone_of_the_user_or_in_utc() {
    let fixture = testdata::get("object/calendar/team-meeting.ics").expect("is in the collection");
    let ours = parse("text/calendar", fixture.bytes).expect("reads");
    let zone = ds_objects::zone::Zone::fixed("home", -5 * 3600);
    let start = |profile: Profile| {
        let shown = text(&profile.fit(&ours).expect("fits").object);
        let line = shown
            .lines()
            .rfind(|line| line.starts_with("DTSTART"))
            .map(str::to_owned);
        line.expect("has a beginning")
    };
    let old = Profile::new(Format::VCalendar10);
    assert_eq!(start(old.clone()), "DTSTART:20250113T083000Z");
    assert_eq!(
        start(old.clone().with_utc(false, Some(zone.clone()))),
        "DTSTART:20250113T033000"
    );
    assert_eq!(start(old.with_utc(false, None)), "DTSTART:20250113T093000");
    // A modern device that does not know zones.
    let new = Profile::new(Format::ICalendar20);
    assert_eq!(
        start(new.clone()),
        "DTSTART;TZID=Europe/Berlin:20250113T093000"
    );
    let new = new.with_capability(names(&["SUMMARY", "DTSTART", "RRULE"]));
    assert_eq!(start(new.clone()), "DTSTART:20250113T083000Z");
    assert_eq!(
        start(new.with_utc(false, Some(zone))),
        "DTSTART:20250113T033000"
    );
}

#[test]
fn what_does_not_fit_at_all_is_refused() {
    let todo = testdata::get("object/calendar/buy-paint.ics").expect("is in the collection");
    let todo = parse("text/calendar", todo.bytes).expect("reads");
    let begin = PropertyCap::new("BEGIN").with_values(["VCALENDAR", "VEVENT"]);
    let events = Profile::new(Format::VCalendar10).with_capability(Capability::new([begin]));
    assert_eq!(events.fit(&todo).err(), Some(Unfit::Component));
    assert_eq!(
        Profile::new(Format::VCard21).fit(&todo).err(),
        Some(Unfit::Format)
    );
    let card = card("N:Quill;Pat;;;\r\nFN:Pat Quill\r\nPHOTO;ENCODING=b:QUJD\r\n");
    let small = |most| {
        Profile::new(Format::VCard30)
            .with_max_obj_size(Some(most))
            .fit(&card)
    };
    assert!(small(80).is_ok_and(|shown| !text(&shown.object).contains("PHOTO")));
    assert_eq!(small(40).err(), Some(Unfit::MaxObjSize));
}

#[test]
fn what_we_say_of_ourselves_holds_all_that_we_write() {
    for kind in [Kind::Contact, Kind::Calendar] {
        for fixture in testdata::all(kind) {
            let ours = parse(fixture.media_type, fixture.bytes).expect("reads");
            let own = Profile::new(ours.format()).with_capability(capability(ours.format()));
            let shown = own.fit(&ours).expect("fits");
            let lost = shown.ledger.entries().iter();
            let lost: Vec<String> = lost
                .filter(|one| !one.property.starts_with("X-") && !one.detail.starts_with("X-"))
                .map(ToString::to_string)
                .collect();
            assert!(lost.is_empty(), "{}: {lost:?}", fixture.name);
        }
    }
    let old = capability(Format::VCard21);
    assert_eq!(
        old.property("VERSION").map(|p| p.values.clone()),
        Some(vec!["2.1".to_owned()])
    );
    assert!(
        old.property("TEL")
            .is_some_and(|tel| tel.allows_type("cell") && !tel.allows_type("pcs"))
    );
    assert_eq!(old.property("N").and_then(|n| n.max_occur), Some(1));
}

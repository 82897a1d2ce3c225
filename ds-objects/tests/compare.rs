//! Which items are the same, and what becomes of two versions.

use ds_objects::compare::{is_same, key, merge, merge_from};
use ds_objects::convert::{Options, convert};
use ds_objects::schema::Relevance;
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

fn event(lines: &str) -> Object {
    object(&format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{lines}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ))
}

fn text(object: &Object) -> String {
    String::from_utf8(object.encode()).expect("is UTF-8")
}

#[test]
fn versions_of_one_item_are_the_same_and_edits_differ() {
    for kind in [Kind::Rewrite, Kind::Edit] {
        for fixture in testdata::all(kind) {
            let original = fixture.original().expect("has one");
            let read = |f: &testdata::Fixture| parse(f.media_type, f.bytes).expect("reads");
            let (ours, theirs) = (read(original), read(fixture));
            let same = is_same(&ours, &theirs, Relevance::Conflict);
            assert_eq!(same, kind == Kind::Rewrite, "{}", fixture.name);
        }
    }
    // Nor does the version of the format count.
    for fixture in testdata::all(Kind::Contact) {
        let ours = parse(fixture.media_type, fixture.bytes).expect("reads");
        for to in [Format::VCard21, Format::VCard30, Format::VCard40] {
            let other = convert(&ours, to, &Options::default())
                .expect("cards")
                .object;
            assert!(
                is_same(&ours, &other, Relevance::Always),
                "{} in {}",
                fixture.name,
                to.version()
            );
            assert_eq!(
                key(&ours, Relevance::Always),
                key(&other, Relevance::Always)
            );
        }
    }
}

#[test]
fn no_two_items_of_the_collection_are_taken_for_one() {
    let all = [Kind::Contact, Kind::Calendar]
        .into_iter()
        .flat_map(testdata::all);
    let keys: Vec<_> = all
        .map(|fixture| {
            let object = parse(fixture.media_type, fixture.bytes).expect("reads");
            (
                fixture.name,
                key(&object, Relevance::Always).expect("says something"),
            )
        })
        .collect();
    for (index, (name, key)) in keys.iter().enumerate() {
        for (other, same) in &keys[..index] {
            assert_ne!(key, same, "{name} and {other}");
        }
    }
}

#[test]
fn what_counts_depends_on_the_situation() {
    let one = card("N:Quill;Pat;;;\r\nFN:Pat\r\nORG:Tidewater\r\nTEL:1\r\nREV:20250101\r\n");
    let other = card("N: QUILL;pat\r\nFN:Patty\r\nORG:Highwater\r\nTEL:(1)\r\nREV:20250202\r\n");
    assert!(is_same(&one, &other, Relevance::Always));
    assert!(!is_same(&one, &other, Relevance::SlowSync));
    assert!(!is_same(&one, &card("N:Quill;Pam\r\n"), Relevance::Always));
    // Without a name the first way to reach somebody counts.
    assert!(!is_same(
        &card("TEL:1\r\n"),
        &card("TEL:2\r\n"),
        Relevance::Always
    ));
    assert_eq!(key(&card("NOTE:x\r\n"), Relevance::Always), None);
    // A time is a point in time.
    let zoned = testdata::get("object/calendar/dentist.ics").expect("is in the collection");
    let zoned = parse("text/calendar", zoned.bytes).expect("reads");
    let utc = object(&text(&zoned).replace("LOCATION:", "X-OTHER:"));
    assert!(
        is_same(&zoned, &utc, Relevance::Always) && !is_same(&zoned, &utc, Relevance::SlowSync)
    );
    assert!(!is_same(
        &event("SUMMARY:Tea\r\nDTSTART:20250101T080000Z\r\n"),
        &event("SUMMARY:Tea\r\nDTSTART:20250102T080000Z\r\n"),
        Relevance::Always
    ));
}

#[test]
fn nothing_of_either_side_is_lost() {
    let ours = card(
        "N:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;TYPE=home:+1 555\r\nCATEGORIES:Tea\r\nX-OURS:1\r\nTITLE:\r\n",
    );
    let theirs = card(
        "N:Quill;Pat;;;\r\nFN:Patty\r\nTEL;TYPE=cell:+1555\r\nTEL:7\r\nCATEGORIES:tea,Cake\r\nTITLE:Baker\r\nBDAY:1990-01-02\r\n",
    );
    let merged = merge(&ours, &theirs).expect("two cards");
    assert_eq!(
        text(&merged.object),
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;TYPE=home:+1 555\r\nTEL:7\r\n\
         CATEGORIES:Tea,Cake\r\nX-OURS:1\r\nTITLE:Baker\r\nBDAY:1990-01-02\r\nEND:VCARD\r\n"
    );
    assert!(merged.is_news_to_ours && merged.is_news_to_theirs);
    // Once more: nothing is new, and what was written stays.
    let again = merge(&merged.object, &theirs).expect("two cards");
    assert_eq!(
        (again.is_news_to_ours, again.object),
        (false, merged.object)
    );
    let notes = card("N:x\r\nFN:x\r\nNOTE;LANGUAGE=zu:a\r\nNOTE;LANGUAGE=en:b\r\n");
    assert!(merge(&notes, &notes).is_some_and(|merged| !merged.is_news_to_ours));
    let same = merge(&ours, &ours).expect("two cards");
    assert!(!same.is_news_to_ours && !same.is_news_to_theirs && same.object == ours);
}

#[test]
fn events_are_merged_with_their_alarms() {
    let ours = event(
        "UID:tea-on-monday\r\nSUMMARY:Tea\r\nDTSTART:20250101T080000Z\r\nDTEND:20250101T090000Z\r\nDESCRIPTION:one\\ntwo\r\n",
    );
    let theirs = event(
        "UID:tea-on-monday\r\nSUMMARY:Tea\r\nDTSTART:20250101T080000Z\r\nDURATION:PT2H\r\nDESCRIPTION:two\\nthree\r\nLOCATION:Barn\r\n\
         BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n",
    );
    let merged = text(&merge(&ours, &theirs).expect("two events").object);
    for part in [
        "DESCRIPTION:one\\ntwo\\nthree\r\n",
        "LOCATION:Barn\r\n",
        "TRIGGER:-PT5M\r\n",
        "DTEND:20250101T090000Z\r\n",
    ] {
        assert!(merged.contains(part), "{merged}");
    }
    assert!(!merged.contains("DURATION"), "{merged}");
    assert!(merge(&ours, &card("N:x\r\n")).is_none());
}

/// What one side removed and the other one left as it was stays removed; what both changed is kept from both.
#[test]
fn changes_of_each_side_since_the_last_common_version() {
    let name = "N:Quill;Pat\r\nFN:Pat Quill\r\n";
    for (what, base, ours, theirs, merged) in [
        (
            "removed there",
            "TEL:1\r\nTEL:2\r\n",
            "TEL:1\r\nTEL:2\r\nURL:a\r\n",
            "TEL:2\r\n",
            "TEL:2\r\nURL:a\r\n",
        ),
        (
            "removed here",
            "TEL:1\r\nTEL:2\r\n",
            "TEL:2\r\n",
            "TEL:1\r\nTEL:2\r\nURL:a\r\n",
            "TEL:2\r\nURL:a\r\n",
        ),
        ("removed on both", "TEL:1\r\nNOTE:x\r\n", "", "", ""),
        (
            "changed there",
            "ORG:A\r\nTEL:1\r\n",
            "ORG:A\r\nTEL:1\r\nURL:u\r\n",
            "ORG:B\r\nTEL:1\r\n",
            "ORG:B\r\nTEL:1\r\nURL:u\r\n",
        ),
        (
            "changed here",
            "ORG:A\r\nTEL:1\r\n",
            "ORG:B\r\nTEL:1\r\n",
            "ORG:A\r\nTEL:1\r\nURL:u\r\n",
            "ORG:B\r\nTEL:1\r\nURL:u\r\n",
        ),
        (
            "changed on both",
            "ORG:A\r\n",
            "ORG:B\r\n",
            "ORG:C\r\n",
            "ORG:B\r\n",
        ),
        (
            "changed here, removed there",
            "TEL:1\r\n",
            "TEL:2\r\n",
            "",
            "TEL:2\r\n",
        ),
        (
            "removed here, changed there",
            "TEL:1\r\n",
            "",
            "TEL:2\r\n",
            "TEL:2\r\n",
        ),
        (
            "lists",
            "CATEGORIES:A,B,C\r\n",
            "CATEGORIES:A,C,D\r\n",
            "CATEGORIES:A,B,E\r\n",
            "CATEGORIES:A,D,E\r\n",
        ),
        (
            "lines",
            "NOTE:a\\nb\\nc\r\n",
            "NOTE:a\\nb\\nc\\nd\r\n",
            "NOTE:a\\nc\\ne\r\n",
            "NOTE:a\\nc\\nd\\ne\r\n",
        ),
        (
            "photos",
            "PHOTO;ENCODING=b:AAAA\r\n",
            "PHOTO;ENCODING=b:AAAA\r\nTEL:1\r\n",
            "",
            "TEL:1\r\n",
        ),
        (
            "unknown ones",
            "X-A:1\r\nX-B:1\r\n",
            "X-A:2\r\nX-B:1\r\n",
            "X-A:1\r\n",
            "X-A:2\r\n",
        ),
        (
            "time stamps",
            "REV:20250101T000000Z\r\nTEL:1\r\n",
            "REV:20250101T000000Z\r\nTEL:1\r\nTEL:2\r\n",
            "TEL:1\r\n",
            "REV:20250101T000000Z\r\nTEL:1\r\nTEL:2\r\n",
        ),
    ] {
        let [base, ours, theirs, wanted] =
            [base, ours, theirs, merged].map(|lines| card(&format!("{name}{lines}")));
        let merged = merge_from(&base, &ours, &theirs).expect("cards");
        assert_eq!(text(&merged.object), text(&wanted), "{what}");
        assert_eq!(
            merged.is_news_to_ours,
            text(&ours) != text(&wanted),
            "{what}"
        );
        assert_eq!(
            merged.is_news_to_theirs,
            !is_same(&theirs, &wanted, Relevance::Conflict),
            "{what}"
        );
        // From the other side it is the same, but where both have changed one thing.
        let turned = merge_from(&base, &theirs, &ours).expect("cards");
        let is_clash = ["changed on both", "lines", "time stamps"].contains(&what);
        assert!(
            is_clash || is_same(&turned.object, &wanted, Relevance::Conflict),
            "{what}: {}",
            text(&turned.object)
        );
        // Without the base, nothing is known to be removed.
        let two = merge(&ours, &theirs).expect("cards");
        assert!(
            text(&two.object).len() >= text(&merged.object).len(),
            "{what}"
        );
    }
}

#[test]
fn events_that_come_from_one() {
    let alarm =
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";
    let event = |lines: &str| {
        let text = text(&event(lines));
        object(&text.replace("2.0\r\n", "2.0\r\nPRODID:x\r\n"))
    };
    let lines = "UID:1\r\nDTSTAMP:20250101T000000Z\r\nDTSTART:20250713T093000Z\r\n";
    let base = event(&format!("{lines}SUMMARY:Tea\r\nLOCATION:here\r\n{alarm}"));
    let ours = event(&format!("{lines}SUMMARY:Cake\r\nLOCATION:here\r\n{alarm}"));
    let theirs = event(&format!("{lines}SUMMARY:Tea\r\n"));
    let merged = merge_from(&base, &ours, &theirs).expect("events");
    assert_eq!(
        text(&merged.object),
        text(&event(&format!("{lines}SUMMARY:Cake\r\n")))
    );
    // Of something else nothing is known.
    let merged = merge_from(&card("FN:x\r\n"), &ours, &theirs).expect("events");
    assert_eq!(Some(merged), merge(&ours, &theirs));
}

/// Many properties are put together in no time.
#[test]
fn long_items_are_merged() {
    let lines = |from: usize| -> String {
        (from..from + 4_000)
            .map(|n| format!("TEL:{n}\r\nX-A:{n}\r\n"))
            .collect()
    };
    let [base, ours, theirs] = [0, 1_000, 2_000].map(|from| card(&lines(from)));
    let merged = merge_from(&base, &ours, &theirs).expect("cards");
    // 2,000 to 3,999 are in all three, 4,000 to 5,999 are new.
    assert_eq!(text(&merged.object).matches("TEL:").count(), 4_000);
}

/// Found by fuzzing: of two pictures the first one says nothing, and took the second one from its twin.
#[test]
fn an_item_is_no_news_to_itself() {
    for lines in [
        "FN:x\r\nPHOTO;ENCODING=b:\r\nPHOTO;ENCODING=b:AAAA\r\n",
        "FN:x\r\nTITLE:\r\nTITLE:a\r\nTITLE:b\r\n",
    ] {
        let card = card(lines);
        for merged in [merge(&card, &card), merge_from(&card, &card, &card)] {
            let merged = merged.expect("cards");
            assert!(
                !merged.is_news_to_ours && !merged.is_news_to_theirs,
                "{lines}"
            );
            assert_eq!(text(&merged.object), text(&card));
        }
    }
}

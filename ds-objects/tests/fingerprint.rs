//! OBJ-013: one digest for one content, another for any other.

use std::collections::HashMap;

use ds_objects::fingerprint::{self, canonical, of};
use testdata::Kind;

fn card(version: &str, lines: &str) -> Vec<u8> {
    format!("BEGIN:VCARD\r\nVERSION:{version}\r\n{lines}\r\nEND:VCARD\r\n").into_bytes()
}

fn event(lines: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n").into_bytes()
}

#[track_caller]
fn same(a: &[u8], b: &[u8]) {
    assert_eq!(
        String::from_utf8_lossy(&canonical("", a)),
        String::from_utf8_lossy(&canonical("", b)),
        "expected one content"
    );
    assert_eq!(of("", a), of("", b));
}

#[track_caller]
fn differ(a: &[u8], b: &[u8]) {
    assert_ne!(
        of("", a),
        of("", b),
        "expected two contents:\n{}{}",
        String::from_utf8_lossy(&canonical("", a)),
        String::from_utf8_lossy(&canonical("", b))
    );
}

#[test]
fn obj_013_fixtures_are_all_different_and_rewrites_equal() {
    let mut seen = HashMap::new();
    for kind in [Kind::Contact, Kind::Calendar, Kind::Edit] {
        for fixture in testdata::all(kind) {
            let canonical = canonical(fixture.media_type, fixture.bytes);
            assert!(
                canonical.starts_with(b"\0ds-objects 2 v")
                    || canonical.starts_with(b"\0ds-objects 2 icalendar")
            );
            if let Some(other) = seen.insert(of(fixture.media_type, fixture.bytes), fixture.name) {
                panic!("{} and {other} have one fingerprint", fixture.name);
            }
        }
    }
    for fixture in testdata::all(Kind::Rewrite) {
        let original = fixture.original().expect("has an original");
        let text = |f: &testdata::Fixture| {
            String::from_utf8_lossy(&canonical(f.media_type, f.bytes)).into_owned()
        };
        assert_eq!(text(fixture), text(original), "{}", fixture.name);
    }
}

#[test]
fn obj_013_any_changed_octet_of_content_shows() {
    // Change one digit at a time: numbers, dates, photos, quoted octets. Not in properties that are left out, and not in
    // the label of a character set, since these words are the same octets in several sets.
    for fixture in testdata::all(Kind::Contact) {
        let base = of(fixture.media_type, fixture.bytes);
        let noise = noise_ranges(fixture.bytes);
        for (index, byte) in fixture.bytes.iter().enumerate() {
            if !byte.is_ascii_digit() || noise.iter().any(|range| range.contains(&index)) {
                continue;
            }
            let mut changed = fixture.bytes.to_vec();
            changed[index] = if *byte == b'9' { b'0' } else { byte + 1 };
            assert_ne!(
                of(fixture.media_type, &changed),
                base,
                "{} at byte {index}",
                fixture.name
            );
        }
    }
}

/// Where a changed digit may go unnoticed: properties that are left out, and labels.
fn noise_ranges(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut start = 0;
    let label = b"ISO-8859-1";
    let labels = bytes
        .windows(label.len())
        .enumerate()
        .filter(|(_, window)| window == label);
    let mut ranges: Vec<_> = labels.map(|(at, _)| at..at + label.len()).collect();
    for line in bytes.split_inclusive(|b| *b == b'\n') {
        let upper = line.to_ascii_uppercase();
        if ["VERSION:", "PRODID:", "REV:", "UID:", "X-IRMC-LUID:"]
            .iter()
            .any(|p| upper.starts_with(p.as_bytes()))
        {
            ranges.push(start..start + line.len());
        }
        start += line.len();
    }
    ranges
}

#[test]
fn obj_013_line_ends_and_folding() {
    let base = card("3.0", "FN:Åsa Lindqvist\r\nNOTE:one\\ntwo three");
    same(
        &base,
        &String::from_utf8(base.clone())
            .expect("UTF-8")
            .replace("\r\n", "\n")
            .into_bytes(),
    );
    same(
        &base,
        &String::from_utf8(base.clone())
            .expect("UTF-8")
            .replace("\r\n", "\r\r\n")
            .into_bytes(),
    );
    same(
        &base,
        &[b"\xEF\xBB\xBF\r\n\r\n", &base[..], b"\r\n\r\n"].concat(),
    );
    same(
        &base,
        &card(
            "3.0",
            "FN:Åsa L\r\n indqvist\r\nNOTE:one\\\r\n ntwo \r\n\t\r\n three",
        ),
    );
    // Folds may cut a character in two; what counts is the line after unfolding.
    let cut = [&b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:\xC3\r\n \x85sa Lindqvist\r\nNOTE:one\\ntwo three\r\nEND:VCARD"[..]].concat();
    same(&base, &cut);
    same(
        &card("2.1", "NOTE:one two"),
        &card("2.1", "NOTE:one\r\n two"),
    );
    differ(
        &card("2.1", "NOTE:onetwo"),
        &card("2.1", "NOTE:one\r\n two"),
    );
    differ(
        &card("3.0", "NOTE:one two"),
        &card("3.0", "NOTE:one\r\n two"),
    );
}

#[test]
fn obj_013_order_case_and_parameters() {
    let base = card(
        "3.0",
        "FN:Pat\r\nTEL;TYPE=HOME,VOICE;X-A=1:1\r\nitem1.URL:x",
    );
    same(
        &base,
        &card(
            "3.0",
            "ITEM1.url:x\r\ntel;x-a=1;type=voice;Type=\"home\":1\r\nfn:Pat",
        ),
    );
    same(
        &base,
        &card(
            "3.0",
            "FN:Pat\r\nTEL;HOME;VOICE;VOICE;X-A=1;TYPE=:1\r\nitem1.URL:x",
        ),
    );
    differ(
        &base,
        &card("3.0", "FN:Pat\r\nTEL;TYPE=HOME;X-A=1:1\r\nitem1.URL:x"),
    );
    differ(
        &base,
        &card(
            "3.0",
            "FN:Pat\r\nTEL;TYPE=HOME,VOICE;X-A=2:1\r\nitem1.URL:x",
        ),
    );
    differ(
        &base,
        &card(
            "3.0",
            "FN:Pat\r\nTEL;TYPE=HOME,VOICE;X-A=1:1\r\nitem2.URL:x",
        ),
    );
    differ(
        &base,
        &card(
            "3.0",
            "FN:pat\r\nTEL;TYPE=HOME,VOICE;X-A=1:1\r\nitem1.URL:x",
        ),
    );
    differ(
        &card("3.0", "TEL;X-A=\"a,b\":1"),
        &card("3.0", "TEL;X-A=a,b:1"),
    );
    differ(&card("3.0", "TEL:1\r\nTEL:1"), &card("3.0", "TEL:1"));
    // Bare forms that are no types.
    same(
        &card("2.1", "PHOTO;URL;GIF:http://x"),
        &card("2.1", "PHOTO;TYPE=gif;VALUE=url:http://x"),
    );
    same(
        &card("2.1", "FN;8BIT:x"),
        &card("2.1", "FN;ENCODING=8BIT;CHARSET=UTF-8:x"),
    );
}

#[test]
fn obj_013_empty_properties_say_nothing() {
    let base = card("3.0", "N:Quill;Pat\r\nFN:Pat");
    same(
        &base,
        &card(
            "3.0",
            "N:Quill;Pat;;;\r\nFN:Pat\r\nNOTE:\r\nADR;TYPE=HOME:;;;;;;\r\nPHOTO;ENCODING=b:\r\nCATEGORIES:,",
        ),
    );
    differ(&base, &card("3.0", "N:Quill;Pat;;;\r\nFN:Pat\r\nNOTE: "));
    differ(&base, &card("3.0", "N:Quill;;Pat\r\nFN:Pat"));
    differ(&base, &card("3.0", "N:Quill;Pat;;;\\;\r\nFN:Pat"));
    differ(&card("3.0", "FN:x\r\nNOTE:\\,"), &card("3.0", "FN:x"));
    differ(&card("3.0", "X-A:a;"), &card("3.0", "X-A:a"));
}

#[test]
fn obj_013_transfer_encodings_and_charsets() {
    let plain = card("2.1", "NOTE;CHARSET=UTF-8:Grüße; A=B");
    same(&plain, &card("2.1", "NOTE:Grüße; A=B"));
    same(
        &plain,
        &card(
            "2.1",
            "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Gr=C3=BC=\r\n=C3=9Fe; A=3DB",
        ),
    );
    same(
        &plain,
        &card(
            "2.1",
            "NOTE;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Gr=FC=DFe=3B A=3DB",
        ),
    );
    same(&plain, &card("3.0", "NOTE:Grüße\\; A=B"));
    let breaks = card("3.0", "NOTE:a\\nb\\Nc");
    same(
        &breaks,
        &card("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0Ab=0Ac"),
    );
    same(
        &breaks,
        &card("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:a=0D=0A=\r\nb=0Dc"),
    );
    differ(&breaks, &card("3.0", "NOTE:a\\nb c"));
    let photo = card("3.0", "PHOTO;ENCODING=b;TYPE=PNG:QUJD\r\n RA==");
    same(
        &photo,
        &card("2.1", "PHOTO;PNG;BASE64:\r\n QU\r\n JDRA\r\n\r\n"),
    );
    same(
        &photo,
        &card("3.0", "PHOTO;VALUE=binary;ENCODING=B;TYPE=png:QUJDRA"),
    );
    differ(&photo, &card("3.0", "PHOTO;ENCODING=b;TYPE=PNG:QUJDRQ=="));
    differ(&photo, &card("3.0", "PHOTO;TYPE=PNG:QUJDRA=="));
    differ(&card("3.0", "X-A;ENCODING=b:QUJD"), &card("3.0", "X-A:ABC"));
}

#[test]
fn obj_013_structure_is_not_text() {
    differ(&card("3.0", "N:a\\;b;c"), &card("3.0", "N:a;b;c"));
    differ(
        &card("3.0", "CATEGORIES:a,b"),
        &card("3.0", "CATEGORIES:a\\,b"),
    );
    differ(&card("3.0", "NICKNAME:a,b"), &card("3.0", "NICKNAME:a\\,b"));
    differ(
        &card("2.1", "N;ENCODING=QUOTED-PRINTABLE:a=3Bb"),
        &card("2.1", "N:a;b"),
    );
    same(
        &card("2.1", "N;ENCODING=QUOTED-PRINTABLE:a=3Bb"),
        &card("2.1", "N:a\\;b"),
    );
    same(&card("3.0", "NOTE:a\\,b\\;c"), &card("3.0", "NOTE:a,b;c"));
    same(
        &card("2.1", "CATEGORIES:a,b"),
        &card("3.0", "CATEGORIES:a,b"),
    );
    same(&card("2.1", "ORG:a, b;c"), &card("3.0", "ORG:a\\, b;c"));
    differ(&card("3.0", "NOTE:a\\\\nb"), &card("3.0", "NOTE:a\\nb"));
    differ(
        &card("3.0", "NOTE:C:\\Temp"),
        &card("3.0", "NOTE:C:\\\\Temp"),
    );
}

#[test]
fn obj_013_doubtful_backslashes_of_the_old_family_stay_apart() {
    differ(&card("2.1", "NOTE:a\\,b"), &card("2.1", "NOTE:a,b"));
    differ(&card("2.1", "NOTE:a\\\\b"), &card("2.1", "NOTE:a\\b"));
    differ(&card("2.1", "NOTE:a\\nb"), &card("3.0", "NOTE:a\\nb"));
    differ(&card("2.1", "NOTE:a\\nb"), &card("3.0", "NOTE:a\\\\nb"));
    differ(
        &card("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:a=5C=3Bb"),
        &card("2.1", "NOTE:a;b"),
    );
    same(
        &card("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:a=5Cb"),
        &card("2.1", "NOTE:a\\b"),
    );
}

#[test]
fn obj_013_octets_that_do_not_decode_are_compared_as_they_are() {
    let latin = |octet: u8| {
        [
            b"BEGIN:VCARD\nVERSION:2.1\nFN:M",
            &[octet][..],
            b"ller\nEND:VCARD\n",
        ]
        .concat()
    };
    differ(&latin(0xFC), &latin(0xFD));
    differ(&latin(0xFC), &card("2.1", "FN:Müller"));
    differ(
        &card("2.1", "FN;ENCODING=QUOTED-PRINTABLE:=GG"),
        &card("2.1", "FN;ENCODING=QUOTED-PRINTABLE:=GH"),
    );
    differ(
        &card("2.1", "FN;ENCODING=QUOTED-PRINTABLE:=GG"),
        &card("2.1", "FN:=GG"),
    );
    differ(&card("2.1", "FN;CHARSET=UTF-7:a"), &card("2.1", "FN:a"));
    differ(
        &card("3.0", "PHOTO;ENCODING=b:Q*JD"),
        &card("3.0", "PHOTO;ENCODING=b:QUJD"),
    );
    differ(
        &card("3.0", "FN:x\r\nstray one"),
        &card("3.0", "FN:x\r\nstray two"),
    );
    differ(&card("3.0", "FN:x\r\nstray one"), &card("3.0", "FN:x"));
}

#[test]
fn obj_013_server_noise_of_cards() {
    let base = card("3.0", "FN:x");
    same(
        &base,
        &card(
            "3.0",
            "FN:x\r\nPRODID:y\r\nREV:2025-01-01T00:00:00Z\r\nUID:1\r\nX-IRMC-LUID:2",
        ),
    );
    same(&base, &card("2.1", "FN:x"));
    same(&base, &card("4.0", "FN:x"));
    for line in [
        "X-UID:1",
        "NOTE:1",
        "PHOTO;VALUE=uri:x",
        "SOUND:x",
        "KEY:x",
        "CLASS:PRIVATE",
        "SORT-STRING:x",
    ] {
        differ(&base, &card("3.0", &format!("FN:x\r\n{line}")));
    }
}

#[test]
fn obj_013_calendars() {
    let base = event(
        "UID:1\r\nSUMMARY:x\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3",
    );
    same(
        &base,
        &event(
            "DTSTAMP:20250101T000000Z\r\nCREATED:20250101T000000Z\r\nLAST-MODIFIED:20250101T000000Z\r\nSEQUENCE:3\r\n\
             rrule:count=3;FREQ=weekly;BYDAY=mo,tu\r\nDTSTART:20250101T100000Z\r\nSUMMARY:x\r\nUID:1\r\nLOCATION:",
        ),
    );
    for changed in [
        "UID:2\r\nSUMMARY:x\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3",
        "UID:1\r\nSUMMARY:y\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3",
        "UID:1\r\nSUMMARY:x\r\nDTSTART:20250101T100000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3",
        "UID:1\r\nSUMMARY:x\r\nDTSTART;TZID=A:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3",
        "UID:1\r\nSUMMARY:x\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3",
        "UID:1\r\nSUMMARY:x\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3\r\nEXDATE:20250107T100000Z",
        "UID:1\r\nSUMMARY:x\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3\r\nBEGIN:VALARM\r\nTRIGGER:-PT1M\r\nEND:VALARM",
        "UID:1\r\nSUMMARY:x\r\nDTSTART:20250101T100000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=3\r\nATTENDEE;PARTSTAT=DECLINED:mailto:a",
    ] {
        differ(&base, &event(changed));
    }
    same(
        &event("ATTENDEE;PARTSTAT=accepted;CN=A B:mailto:a"),
        &event("ATTENDEE;CN=\"A B\";PARTSTAT=ACCEPTED:mailto:a"),
    );
    differ(
        &event("ATTENDEE;CN=a:mailto:a"),
        &event("ATTENDEE;CN=A:mailto:a"),
    );
    differ(&event("RRULE:A\\;B;C"), &event("RRULE:B;A\\;C"));
    // A to-do is no event.
    let todo = String::from_utf8(event("UID:1\r\nSUMMARY:x"))
        .expect("ASCII")
        .replace("VEVENT", "VTODO");
    differ(todo.as_bytes(), &event("UID:1\r\nSUMMARY:x"));
    // Properties of an alarm are not those of the event.
    let inside = event("SUMMARY:x\r\nBEGIN:VALARM\r\nDESCRIPTION:y\r\nEND:VALARM");
    differ(
        &inside,
        &event("SUMMARY:x\r\nDESCRIPTION:y\r\nBEGIN:VALARM\r\nEND:VALARM"),
    );
    // vCalendar 1.0 means other things by the same words.
    let old = String::from_utf8(event("SUMMARY:x"))
        .expect("ASCII")
        .replace("VERSION:2.0", "VERSION:1.0");
    differ(old.as_bytes(), &event("SUMMARY:x"));
}

#[test]
fn obj_013_other_content() {
    assert_eq!(canonical("text/plain", b"a\r\nb\rc\n"), b"a\nb\rc\n");
    assert_eq!(
        canonical(
            "Application/VND.omads-email+XML; charset=utf-8",
            b"<a>\r\n</a>"
        ),
        b"<a>\n</a>"
    );
    assert_eq!(
        canonical("image/png", b"\x89PNG\r\n\x1a\n"),
        b"\x89PNG\r\n\x1a\n"
    );
    // A card declared as plain text is plain text.
    let card = card("3.0", "FN:x");
    assert_eq!(
        canonical("text/plain", &card),
        String::from_utf8(card)
            .expect("ASCII")
            .replace("\r\n", "\n")
            .into_bytes()
    );
    // An object that is not in order counts as text: nothing in it is overlooked.
    for broken in [
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\n",
        "BEGIN:VCARD\r\nVERSION:9\r\nUID:1\r\nEND:VCARD\r\n",
        "x\r\n",
        "",
    ] {
        assert_eq!(
            canonical("text/vcard", broken.as_bytes()),
            broken.replace("\r\n", "\n").into_bytes()
        );
    }
}

/// What is equal is alike, and case, blanks and order do not count; everything else does.
#[test]
fn normalized_contents() {
    let normalized = |text: &str| fingerprint::normalized("text/vcard", text.as_bytes());
    let card =
        "BEGIN:VCARD\nVERSION:3.0\nFN:Åsa Lindqvist\nTEL;TYPE=CELL:+46 70\nNOTE:a\\nb\nEND:VCARD\n";
    let alike = "BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;ENCODING=QUOTED-PRINTABLE:A=0AB\r\nTEL;CELL:+4670\r\nFN:åsa  LINDQVIST\r\nUID:7\r\nEND:VCARD\r\n";
    assert_eq!(normalized(card), normalized(alike));
    assert_ne!(
        fingerprint::of("text/vcard", card.as_bytes()),
        fingerprint::of("text/vcard", alike.as_bytes())
    );
    for (from, to) in [("+46 70", "+46 71"), ("CELL", "HOME"), ("Åsa", "Asa")] {
        assert_ne!(
            normalized(card),
            normalized(&card.replace(from, to)),
            "{to}"
        );
    }
    // The order of lines is content in a plain text.
    let plain = |text: &str| fingerprint::normalized("text/plain", text.as_bytes());
    assert_eq!(plain("One\r\nTwo"), plain(" one\ntwo\n"));
    assert_ne!(plain("one\ntwo"), plain("two\none"));
}

/// An id counts where it can be unique in the world, and for one kind of item and one occurrence.
#[test]
fn unique_ids() {
    let card = |uid: &str| {
        let card = format!("BEGIN:VCARD\nVERSION:3.0\n{uid}FN:x\nEND:VCARD\n");
        fingerprint::uid("text/vcard", card.as_bytes())
    };
    assert!(card("UID:pas-id-53BD04B300000001\n").is_some());
    for none in [
        "",
        "UID:7\n",
        "UID:\n",
        "UID:short\n",
        "UID:123456789012345\n",
    ] {
        assert_eq!(card(none), None, "{none}");
    }
    let item = |kind: &str, more: &str| {
        let text = format!(
            "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:{kind}\nUID:tea@host.example\n{more}END:{kind}\nEND:VCALENDAR\n"
        );
        fingerprint::uid("text/calendar", text.as_bytes())
    };
    assert!(item("VEVENT", "").is_some());
    assert_eq!(item("VEVENT", ""), item("VEVENT", "SUMMARY:Tea\n"));
    assert_ne!(item("VEVENT", ""), item("VTODO", ""));
    assert_ne!(
        item("VEVENT", ""),
        item("VEVENT", "RECURRENCE-ID:20260101T000000Z\n")
    );
    assert_eq!(
        fingerprint::uid("text/plain", b"UID:tea@host.example"),
        None
    );
}

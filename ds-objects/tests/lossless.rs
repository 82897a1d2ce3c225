//! What is read comes back, and accessors see what the sender meant.

use ds_objects::{
    ContentLine, Dialect, ErrorKind, Format, Limits, Object, Param, Transfer, VCard, parse,
    parse_with,
};
use testdata::Kind;

fn card(name: &str) -> VCard {
    let fixture = testdata::get(name).expect("is in the collection");
    match parse(fixture.media_type, fixture.bytes) {
        Ok(Object::VCard(card)) => card,
        other => panic!("{name}: {other:?}"),
    }
}

#[test]
fn obj_012_untouched_objects_come_back_byte_for_byte() {
    for kind in [Kind::Contact, Kind::Calendar, Kind::Edit, Kind::Rewrite] {
        for fixture in testdata::all(kind) {
            let object = parse(fixture.media_type, fixture.bytes)
                .unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
            assert_eq!(object.encode(), fixture.bytes, "{}", fixture.name);
            assert_eq!(object.media_type(), fixture.media_type, "{}", fixture.name);
            assert!(
                object.lines().iter().all(|line| !line.is_stray()),
                "{}",
                fixture.name
            );
            // XML parsers turn CR LF into LF; that must read the same.
            let text = String::from_utf8(fixture.bytes.to_vec())
                .expect("UTF-8")
                .replace("\r\n", "\n");
            let again = parse(fixture.media_type, text.as_bytes())
                .unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
            assert_eq!(again.encode(), text.as_bytes(), "{}", fixture.name);
            let values = |object: &Object| {
                object
                    .lines()
                    .iter()
                    .map(ContentLine::text)
                    .collect::<Vec<_>>()
            };
            assert_eq!(values(&again), values(&object), "{}", fixture.name);
        }
    }
}

#[test]
fn obj_005_escapes_and_structure_of_3_0() {
    let card = card("object/contacts/escape-mill.vcf");
    assert_eq!(
        card.first("n").expect("N").components(),
        ["Mill; Sons", "Escape, Inc.", "", "", ""]
    );
    assert_eq!(
        card.first("ORG").expect("ORG").components(),
        ["Slash\\Backslash", "R;D"]
    );
    assert_eq!(
        card.first("NOTE").expect("NOTE").text(),
        "Path C:\\Temp\\new, then a semicolon; a real line break\nand a backslash before n: \\n. Equals=100%, colon: yes."
    );
}

#[test]
fn obj_005_quoted_printable_and_charsets_of_2_1() {
    let bjorn = card("object/contacts/bjorn-eriksson.vcf");
    assert_eq!(
        bjorn.first("N").expect("N").components(),
        ["Eriksson", "Björn", "", "", ""]
    );
    let address = bjorn.first("ADR").expect("ADR");
    assert_eq!(
        address.components(),
        ["", "", "Älvstigen 9", "Umeå", "", "907 40", "Sverige"]
    );
    assert_eq!(address.types().collect::<Vec<_>>(), ["HOME"]);
    assert_eq!(
        bjorn.first("NOTE").expect("NOTE").text(),
        "Kör lastbil mellan Umeå och Örnsköldsvik.\nRinga helst på förmiddagen; annars sms."
    );
    let jurgen = card("object/contacts/jurgen-muller.vcf");
    assert_eq!(
        jurgen.first("ORG").expect("ORG").components(),
        ["Gärtnerei Grünspan", "Verkauf"]
    );
    let petr = card("object/contacts/petr-novak.vcf");
    assert_eq!(
        petr.first("N").expect("N").transfer(),
        Transfer::QuotedPrintable,
        "bare parameter"
    );
    assert_eq!(
        petr.first("ORG").expect("ORG").components(),
        ["Klempo; Novak a synove", "Dilna"]
    );
    // The nested card is kept but its properties are not taken for those of the outer one.
    assert_eq!(petr.properties().filter(|line| line.is("TEL")).count(), 2);
    assert_eq!(petr.lines().iter().filter(|line| line.is("TEL")).count(), 3);
}

#[test]
fn obj_005_photos_are_the_same_octets_in_every_layout() {
    let photo = |name: &str| {
        card(name)
            .first("PHOTO")
            .and_then(ContentLine::binary)
            .expect("a photo")
    };
    let png = photo("object/contacts/hanna-virtanen.vcf");
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(photo("object/contacts/carla-rossi.vcf"), png);
    assert_eq!(photo("object/rewrites/contacts/carla-rossi.vcf"), png);
    assert!(photo("object/contacts/sato-haruka.vcf").starts_with(b"\xFF\xD8\xFF"));
    assert_eq!(
        card("object/contacts/grace-okafor.vcf")
            .first("TEL")
            .and_then(ContentLine::binary),
        None
    );
}

#[test]
fn base64_blocks_of_careless_writers() {
    for block in [
        "PHOTO;BASE64:QUJD\r\nREVG\r\n\r\n",
        "PHOTO;ENCODING=BASE64:\r\n\r\n QUJD\r\n REVG\r\n\r\n",
        "PHOTO;ENCODING=b:QUJDREVG\r\n",
        "PHOTO;TYPE=PNG;ENCODING=BASE64:\r\n QUJDREVG\r\n",
        "photo;encoding=\"b\":QUJDRE\n VG",
    ] {
        let bytes = format!("BEGIN:VCARD\r\nVERSION:2.1\r\n{block}\nTEL:1\r\nEND:VCARD\r\n");
        let Ok(Object::VCard(card)) = parse("text/x-vcard", bytes.as_bytes()) else {
            panic!("{block}")
        };
        assert_eq!(
            card.first("PHOTO").and_then(ContentLine::binary).as_deref(),
            Some(&b"ABCDEF"[..]),
            "{block}"
        );
        assert_eq!(
            card.first("TEL").map(ContentLine::text).as_deref(),
            Some("1"),
            "{block}"
        );
        assert_eq!(card.encode(), bytes.as_bytes());
    }
}

#[test]
fn unfolding_follows_the_family() {
    let value = |version: &str, line: &str| {
        let bytes = format!("BEGIN:VCARD\r\nVERSION:{version}\r\n{line}\r\nEND:VCARD\r\n");
        let Ok(Object::VCard(card)) = parse("text/vcard", bytes.as_bytes()) else {
            panic!("{line}")
        };
        card.first("NOTE").expect("NOTE").text()
    };
    assert_eq!(value("3.0", "NOTE:one\r\n  two\r\n\tthree"), "one twothree");
    assert_eq!(
        value("2.1", "NOTE:one\r\n  two\r\n\tthree"),
        "one  two\tthree"
    );
    assert_eq!(value("3.0", "NO\r\n TE;X=\"a:b\":c"), "c");
    assert_eq!(
        value("2.1", "NOTE;QUOTED-PRINTABLE:a=\r\n b=\r\n=20c"),
        "a b c"
    );
    assert_eq!(
        value("3.0", "NOTE;ENCODING=QUOTED-PRINTABLE:a=\r\n 3Db=\r\nc"),
        "a=bc"
    );
    // a Nokia device writes this where a soft break is meant.
    assert_eq!(
        value("2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:one ==0A=0D=\r\ntwo"),
        "one two"
    );
    assert_eq!(
        value("2.1", "NOTE;CHARSET=ISO-8859-1:Gr\u{fc}n"),
        "GrÃ¼n",
        "the label is believed"
    );
}

#[test]
fn calendars_have_components() {
    let fixture = testdata::get("object/calendar/team-meeting.ics").expect("is in the collection");
    let Ok(Object::ICalendar(calendar)) = parse("text/calendar", fixture.bytes) else {
        panic!("a calendar")
    };
    let names: Vec<String> = calendar.components().iter().map(|c| c.name()).collect();
    assert_eq!(names, ["VTIMEZONE", "VEVENT"]);
    let event = calendar.item().expect("an event");
    assert_eq!(
        calendar.uid().as_deref(),
        Some("team-meeting@fixtures.example")
    );
    assert_eq!(
        event.first("LOCATION").map(ContentLine::text).as_deref(),
        Some("Küche, 1. Stock")
    );
    let organizer = event.first("ORGANIZER").expect("ORGANIZER");
    assert_eq!(
        organizer
            .params()
            .next()
            .expect("has a parameter")
            .values()
            .collect::<Vec<_>>(),
        ["Müller, Jürgen"]
    );
    let alarms = event.components();
    assert_eq!(alarms.len(), 1);
    assert_eq!(
        alarms[0].first("TRIGGER").map(ContentLine::text).as_deref(),
        Some("-PT10M")
    );
    assert!(event.first("TRIGGER").is_none() && event.properties().count() < event.lines().len());
}

#[test]
fn changed_lines_are_written_in_the_manner_of_their_version() {
    let mut card = card("object/contacts/bjorn-eriksson.vcf");
    card.first_mut("NOTE")
        .expect("NOTE")
        .set_text("Bättre på kvällen;\nring!");
    card.first_mut("TEL").expect("TEL").set_text("+46701740688");
    assert_eq!(card.remove("rev"), 1);
    card.push(
        ContentLine::text_line(Dialect::Old, "TITLE", "Driver").with_param(Param::bare("WORK")),
    );
    let bytes = card.encode();
    let text = String::from_utf8(bytes.clone()).expect("ASCII");
    assert!(
        text.contains("\r\nTEL;CELL;PREF:+46701740688\r\n"),
        "{text}"
    );
    assert!(
        text.ends_with("TITLE;WORK:Driver\r\nEND:VCARD\r\n"),
        "{text}"
    );
    assert!(text.lines().all(|line| line.len() <= 76), "{text}");
    let Ok(Object::VCard(again)) = parse("text/x-vcard", &bytes) else {
        panic!("{text}")
    };
    assert_eq!(
        again.first("NOTE").expect("NOTE").text(),
        "Bättre på kvällen;\nring!"
    );
    assert_eq!(again.first("FN").expect("FN").text(), "Björn Eriksson");
}

#[test]
fn unterminated_input_stays_unterminated_and_can_grow() {
    let bytes = b"BEGIN:VCARD\nVERSION:3.0\nFN:x";
    let Ok(Object::VCard(mut card)) = parse("text/vcard", bytes) else {
        panic!("END may be missing")
    };
    assert_eq!(card.encode(), bytes);
    card.push(ContentLine::text_line(Dialect::MimeDir, "NOTE", "y"));
    assert_eq!(
        card.encode(),
        b"BEGIN:VCARD\nVERSION:3.0\nFN:x\r\nNOTE:y\r\n"
    );
}

#[test]
fn stray_lines_are_kept() {
    let bytes =
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nno colon here\r\nTEL HOME:1\r\n:\r\nFN:x\r\nEND:VCARD\r\n";
    let object = parse("text/vcard", bytes).expect("reads");
    let strays: Vec<_> = object
        .lines()
        .iter()
        .filter(|l| l.is_stray())
        .map(|l| l.raw_value().to_vec())
        .collect();
    assert_eq!(strays, [&b"no colon here"[..], b"TEL HOME:1", b":"]);
    assert_eq!(object.encode(), bytes);
}

#[test]
fn padding_after_the_end_is_kept() {
    let bytes = b"BEGIN:VCARD\nVERSION:2.1\nN:x\nEND:VCARD\n\0\0";
    let Ok(Object::VCard(mut card)) = parse("text/x-vcard", bytes) else {
        panic!("reads")
    };
    assert_eq!(card.encode(), bytes);
    card.push(ContentLine::text_line(Dialect::Old, "TEL", "1"));
    assert_eq!(
        card.encode(),
        b"BEGIN:VCARD\nVERSION:2.1\nN:x\nTEL:1\r\nEND:VCARD\n\0\0"
    );
    let plain = &bytes[..bytes.len() - 2];
    assert_eq!(
        ds_objects::fingerprint::of("", bytes),
        ds_objects::fingerprint::of("", plain)
    );
}

#[test]
fn structure_errors_name_the_place() {
    let error = |bytes: &str| parse("text/vcard", bytes.as_bytes()).expect_err(bytes);
    assert_eq!(*error("hello").kind(), ErrorKind::UnknownFormat);
    let twice = "BEGIN:VCARD\nVERSION:3.0\nEND:VCARD\n";
    let trailing = error(&format!("{twice}{twice}"));
    assert_eq!(
        (trailing.kind(), trailing.position()),
        (&ErrorKind::TrailingContent, twice.len())
    );
    let crossed = error("BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nEND:VTODO\n");
    assert_eq!(
        *crossed.kind(),
        ErrorKind::UnexpectedEnd {
            open: "VEVENT".to_owned()
        }
    );
    assert_eq!(
        crossed.to_string(),
        "END names another component than the open VEVENT at byte 41"
    );
}

#[test]
fn a_forgotten_end_costs_nothing() {
    let text = "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMARY:Tea\nBEGIN:VALARM\nACTION:AUDIO\nEND:VCALENDAR\n";
    let Ok(Object::ICalendar(calendar)) = parse("text/calendar", text.as_bytes()) else {
        panic!("a calendar");
    };
    assert_eq!(calendar.encode(), text.as_bytes());
    let event = calendar.item().expect("has an event");
    assert_eq!(event.components()[0].name(), "VALARM");
    assert_eq!(event.properties().count(), 1);
}

#[test]
fn limits_hold() {
    let fails = |bytes: &str, limits: &Limits| {
        parse_with("text/vcard", bytes.as_bytes(), limits)
            .expect_err("over the limit")
            .kind()
            .clone()
    };
    let card = |inner: &str| format!("BEGIN:VCARD\nVERSION:3.0\n{inner}\nEND:VCARD\n");
    let limits = Limits::default();
    assert_eq!(
        fails(&card("FN:x"), &limits.clone().with_bytes(10)),
        ErrorKind::Limit("bytes")
    );
    assert_eq!(
        fails(&card("FN:x\nFN:x"), &limits.clone().with_lines(3)),
        ErrorKind::Limit("lines")
    );
    assert_eq!(
        fails(&card("BEGIN:A\nBEGIN:B"), &limits.clone().with_depth(2)),
        ErrorKind::Limit("depth")
    );
    assert_eq!(
        fails(&card(&format!("X{}:1", ";A=1".repeat(65))), &limits),
        ErrorKind::Limit("params")
    );
    assert_eq!(
        fails(&card(&format!("{}:1", "X".repeat(20_000))), &limits),
        ErrorKind::Limit("head")
    );
    assert_eq!(
        fails(&card(&"X\n ".repeat(20_000)), &limits),
        ErrorKind::Limit("head")
    );
    assert_eq!(
        fails(&card(&"A:1\n".repeat(100_000)), &limits),
        ErrorKind::Limit("lines")
    );
}

#[test]
fn declared_type_fills_in_for_a_missing_version() {
    let bytes = b"BEGIN:VCARD\nTEL;HOME:1\nEND:VCARD\n";
    assert_eq!(
        parse("text/x-vcard", bytes).expect("reads").format(),
        Format::VCard21
    );
    assert_eq!(
        parse("text/vcard;charset=utf-8", bytes)
            .expect("reads")
            .format(),
        Format::VCard30
    );
    assert!(parse("text/calendar", bytes).is_err());
}

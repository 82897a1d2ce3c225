//! Field filters: what is shown of an item, and what becomes of the rest when it comes back.

use ds_objects::field_filter::{Field, FieldFilter};
use ds_objects::fingerprint;
use ds_objects::omads::{Body, Email};
use testdata::Kind;

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:17\r\nN:Lindqvist;Åsa;;;\r\nFN:Åsa Lindqvist\r\n\
    item1.TEL;TYPE=CELL;X-SIM=1:+46 70 174 06 05\r\nTEL;TYPE=HOME:+46 8 55\r\nNOTE:Likes tea\\, and\r\n  talks a lot\r\n\
    PHOTO;ENCODING=b;TYPE=JPEG:QUJDREVG\r\nX-RANK:10\r\nEND:VCARD\r\n";

fn named(names: &[&str]) -> FieldFilter {
    FieldFilter::new(names.iter().map(|name| Field::new(*name)))
}

fn cut(filter: &FieldFilter, text: &str) -> String {
    let shown = filter
        .cut("text/vcard", text.as_bytes())
        .expect("an object");
    String::from_utf8(shown).expect("text stays text")
}

fn merge(filter: &FieldFilter, ours: &str, theirs: &str) -> (String, bool) {
    let merged = filter
        .merge("text/vcard", ours.as_bytes(), theirs.as_bytes())
        .expect("objects of one family");
    (String::from_utf8(merged.data).expect("text"), merged.agrees)
}

fn card(lines: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:17\r\n{lines}END:VCARD\r\n")
}

/// FLT-008: named properties stay byte for byte, in any case of their names and with their groups and folds.
#[test]
fn named_properties_stay_as_they_are() {
    assert_eq!(
        cut(&named(&["tel", "Note", "NOTHING"]), CARD),
        card(
            "item1.TEL;TYPE=CELL;X-SIM=1:+46 70 174 06 05\r\nTEL;TYPE=HOME:+46 8 55\r\nNOTE:Likes tea\\, and\r\n  talks a lot\r\n"
        )
    );
    assert_eq!(cut(&named(&[]), CARD), card(""));
    let old = "BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lind=\nqvist;=C3=85sa\n\
        PHOTO;BASE64:\n QUJD\n REVG\n\nTEL;CELL:1\nEND:VCARD";
    assert_eq!(
        cut(&named(&["N", "PHOTO"]), old),
        old.replace("TEL;CELL:1\n", "")
    );
    assert_eq!(named(&["N"]).cut("text/plain", b"no object"), None);
    assert_eq!(
        named(&["N"]).cut("text/vcard", b"BEGIN:VCARD\nEND:VEVENT"),
        None
    );
}

/// FLT-008: `MaxSize` cuts texts at a character, counts before escaping, and leaves out what a part of means nothing.
#[test]
fn long_values() {
    let sized =
        |name: &str, size: u64| FieldFilter::new([Field::new(name).with_max_size(Some(size))]);
    for (name, size, line) in [
        ("NOTE", 9, "NOTE:Likes tea\r\n"),
        ("NOTE", 10, "NOTE:Likes tea\\,\r\n"),
        ("NOTE", 27, "NOTE:Likes tea\\, and\r\n  talks a lot\r\n"),
        ("FN", 1, ""),
        ("FN", 2, "FN:Å\r\n"),
        ("N", 10, "N:Lindqvist;;;;\r\n"),
        ("N", 11, "N:Lindqvist;Å;;;\r\n"),
        ("PHOTO", 5, ""),
        ("PHOTO", 6, "PHOTO;ENCODING=b;TYPE=JPEG:QUJDREVG\r\n"),
    ] {
        assert_eq!(cut(&sized(name, size), CARD), card(line), "{name} {size}");
    }
    let whole = Field::new("NOTE")
        .with_max_size(Some(9))
        .with_no_truncate(true);
    assert_eq!(cut(&FieldFilter::new([whole]), CARD), card(""));
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nRRULE:FREQ=DAILY;COUNT=3\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    assert!(!cut(&sized("RRULE", 10), event).contains("RRULE"));
}

/// FLT-008: parameters that are not wanted go; those that say how to read the value stay.
#[test]
fn parameters() {
    let filter = FieldFilter::new([
        Field::new("TEL").with_params(["TYPE"]),
        Field::new("PHOTO").with_params(["X-NONE"]),
    ]);
    assert_eq!(
        cut(&filter, CARD),
        card(
            "item1.TEL;TYPE=CELL:+46 70 174 06 05\r\nTEL;TYPE=HOME:+46 8 55\r\nPHOTO;ENCODING=b:QUJDREVG\r\n"
        )
    );
    let bare = "BEGIN:VCARD\r\nVERSION:2.1\r\nTEL;CELL;X-SIM=1:5\r\nEND:VCARD\r\n";
    assert!(cut(&filter, bare).contains("\r\nTEL;CELL:5\r\n"));
}

const SERIES: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X\r\nMETHOD:PUBLISH\r\nBEGIN:VTIMEZONE\r\nTZID:Oslo\r\n\
    BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:e\r\n\
    SUMMARY:Tea\r\nDTSTART;TZID=Oslo:20260101T090000\r\nDESCRIPTION:Hot\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n\
    END:VEVENT\r\nBEGIN:VEVENT\r\nUID:e\r\nRECURRENCE-ID:20260102T090000\r\nSUMMARY:Late tea\r\nDESCRIPTION:Cold\r\nEND:VEVENT\r\n\
    END:VCALENDAR\r\n";

/// FLT-008: each item of a calendar is cut; alarms stay where they are named, time zones where a kept time is in one.
#[test]
fn calendars() {
    let shown = cut(&named(&["SUMMARY"]), SERIES);
    assert_eq!(
        shown,
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//X\r\nBEGIN:VEVENT\r\nUID:e\r\nSUMMARY:Tea\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nUID:e\r\nRECURRENCE-ID:20260102T090000\r\nSUMMARY:Late tea\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let shown = cut(&named(&["DTSTART", "VALARM"]), SERIES);
    assert!(
        shown.contains("TZID:Oslo\r\n") && shown.contains("TRIGGER:-PT5M"),
        "{shown}"
    );
    assert!(!shown.contains("SUMMARY"), "{shown}");
}

/// DS-C-054: what the client was not shown it has not edited; what it was shown, and has not sent, is gone.
#[test]
fn edits() {
    let filter = FieldFilter::new([
        Field::new("FN"),
        Field::new("TEL").with_params(["TYPE"]),
        Field::new("NOTE").with_max_size(Some(9)),
    ]);
    // It calls him otherwise, has dropped the number at home, and has touched neither the cell phone nor the note.
    let edited = card("FN:Asa\r\nitem1.TEL;TYPE=cell:+46 70 174 06 05\r\nNOTE:Likes tea\r\n");
    let expected = CARD
        .replace("FN:Åsa Lindqvist", "FN:Asa")
        .replace("TEL;TYPE=HOME:+46 8 55\r\n", "");
    assert_eq!(merge(&filter, CARD, &edited), (expected, true));
    // A note that was written anew is no longer the beginning of ours.
    let edited = card("NOTE:Hates all tea\r\n");
    let (merged, agrees) = merge(&filter, CARD, &edited);
    assert!(
        merged.contains("NOTE:Hates all tea\r\n") && !merged.contains("FN:"),
        "{merged}"
    );
    assert!(!agrees, "that note is cut as well");
    // What is new here is taken; what is here and was not shown is not touched, and the client is told.
    let edited = card("FN:Åsa Lindqvist\r\nX-RANK:99\r\nX-NEW:1\r\n");
    let (merged, agrees) = merge(&filter, CARD, &edited);
    assert!(
        merged.contains("X-RANK:10\r\n") && !merged.contains("99"),
        "{merged}"
    );
    assert!(merged.contains("X-NEW:1\r\n"), "{merged}");
    assert!(!agrees);
    // A photo that was too large to be shown is not lost when the client has none.
    let filter = FieldFilter::new([Field::new("PHOTO").with_max_size(Some(1))]);
    assert_eq!(merge(&filter, CARD, &card("")), (CARD.to_owned(), true));
}

/// DS-C-054: the occurrences of a series are told apart, and alarms stay.
#[test]
fn edits_of_calendars() {
    let filter = named(&["SUMMARY"]);
    let edited = cut(&filter, SERIES).replace("Late tea", "Coffee");
    let (merged, agrees) = merge(&filter, SERIES, &edited);
    assert_eq!(merged, SERIES.replace("Late tea", "Coffee"));
    assert!(agrees);
    // One occurrence was dropped, another one made.
    let edited = edited.replace("20260102", "20260103");
    let (merged, _) = merge(&filter, SERIES, &edited);
    assert!(
        merged.contains("20260103") && !merged.contains("20260102"),
        "{merged}"
    );
    assert!(
        merged.contains("DESCRIPTION:Hot") && !merged.contains("Cold"),
        "{merged}"
    );
    // An alarm that was shown and is gone is gone.
    let filter = named(&["SUMMARY", "VALARM"]);
    let shown = cut(&filter, SERIES);
    let (begin, end) = (
        shown.find("BEGIN:VALARM").unwrap(),
        shown.find("END:VALARM\r\n").unwrap() + 12,
    );
    let edited = format!("{}{}", &shown[..begin], &shown[end..]);
    let (merged, _) = merge(&filter, SERIES, &edited);
    assert!(
        !merged.contains("VALARM") && merged.contains("DESCRIPTION:Hot"),
        "{merged}"
    );
}

/// What cannot be put together is told, not guessed.
#[test]
fn other_formats() {
    let filter = named(&["FN"]);
    let old = "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nEND:VCARD\r\n";
    for theirs in [old, "no card", SERIES.get(..40).unwrap()] {
        assert_eq!(
            filter.merge("text/vcard", CARD.as_bytes(), theirs.as_bytes()),
            None,
            "{theirs}"
        );
    }
}

/// Email, File and Folder: the elements that are named, and as much of a message as the parameters say.
#[test]
fn mails_files_and_folders() {
    let types = [
        "application/vnd.omads-email+xml",
        "application/vnd.omads-file+xml",
        "application/vnd.omads-folder+xml",
    ];
    let mail = "<Email><read>false</read><flagged>true</flagged><emailitem><![CDATA[Subject: Tea\n\nAt four.]]></emailitem></Email>";
    let item = |shown: &[u8]| Email::parse(shown).expect("a mail").item;
    let cut = |field: Field, content: &str| {
        let filter = FieldFilter::new([field, Field::new("read")]);
        filter.cut(types[0], content.as_bytes()).expect("a mail")
    };
    let message = |params: &[&str], most| {
        Field::new("emailitem")
            .with_params(params.iter().copied())
            .with_max_size(most)
    };
    for (field, shown) in [
        (message(&[], None), "Subject: Tea\n\n"),
        (message(&["texttype"], None), "Subject: Tea\n\nAt four."),
        (message(&["texttype"], Some(2)), "Subject: Tea\n\nAt"),
        (
            message(&["TextType", "attachtype"], None),
            "Subject: Tea\n\nAt four.",
        ),
        (message(&["attachtype"], Some(18)), "Subject: Tea\n\nAt f"),
        (message(&["attachtype"], Some(1)), "Subject: Tea\n\n"),
    ] {
        assert_eq!(
            item(&cut(field, mail)),
            Body::Present(shown.as_bytes().to_vec())
        );
    }
    let headers = cut(message(&[], None), mail);
    assert_eq!(
        String::from_utf8_lossy(&headers),
        "<Email><read>false</read><emailitem><![CDATA[Subject: Tea\n\n]]></emailitem>\
         <Ext><XNam>x-funambol-size</XNam><XVal>22</XVal></Ext><Ext><XNam>x-funambol-body</XNam><XVal>8</XVal></Ext></Email>"
    );
    assert_eq!(item(&cut(Field::new("flagged"), mail)), Body::Absent);
    // It comes back read, with as much of the message as was shown.
    let filter = FieldFilter::new([Field::new("emailitem"), Field::new("read")]);
    let edited = String::from_utf8_lossy(&headers).replace("false", "true");
    let merged = filter
        .merge(types[0], mail.as_bytes(), edited.as_bytes())
        .expect("two mails");
    assert_eq!(
        String::from_utf8_lossy(&merged.data),
        mail.replace("false", "true")
    );
    assert!(merged.agrees);
    // Flags alone leave the message, and are nothing to tell of.
    let flags = b"<Email><read>true</read></Email>";
    let merged = filter
        .merge(types[0], mail.as_bytes(), flags)
        .expect("two mails");
    assert_eq!(
        String::from_utf8_lossy(&merged.data),
        mail.replace("false", "true")
    );
    assert!(merged.agrees);

    let file = "<File><name>tea.txt</name><created>20250101T000000Z</created><body enc=\"base64\">dGVh</body><size>3</size></File>";
    let filter = named(&["size"]);
    let shown = filter.cut(types[1], file.as_bytes()).expect("a file");
    assert_eq!(shown, b"<File><name>tea.txt</name><size>3</size></File>");
    let merged = filter
        .merge(
            types[1],
            file.as_bytes(),
            b"<File><name>Tea.txt</name></File>",
        )
        .expect("two files");
    assert_eq!(
        String::from_utf8_lossy(&merged.data),
        file.replace("tea.txt", "Tea.txt")
    );
    let small = FieldFilter::new([Field::new("body").with_max_size(Some(2))]);
    assert_eq!(
        small.cut(types[1], file.as_bytes()).expect("a file"),
        b"<File><name>tea.txt</name></File>"
    );

    let folder = "<Folder><name>Eingang</name><created>20250101T000000Z</created><role>inbox</role><colour>red</colour></Folder>";
    let shown = named(&["x"])
        .cut(types[2], folder.as_bytes())
        .expect("a folder");
    assert_eq!(
        shown,
        b"<Folder><name>Eingang</name><role>inbox</role></Folder>"
    );
    let merged = named(&["x"])
        .merge(types[2], folder.as_bytes(), &shown)
        .expect("two folders");
    assert_eq!(
        (merged.agrees, merged.data),
        (true, folder.as_bytes().to_vec())
    );
    assert!(
        named(&["x"])
            .merge(types[2], folder.as_bytes(), file.as_bytes())
            .is_none()
    );
}

/// The text of a message of several parts, without what is attached.
#[cfg(feature = "mail")]
#[test]
fn attachments_are_left_out() {
    let mail = "<Email><emailitem><![CDATA[Subject: Tea\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\nContent-Type: text/plain\r\n\r\nAt four.\r\n--q\r\n\
        Content-Type: image/gif\r\nContent-Disposition: attachment; filename=t.gif\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nR0lGODlh\r\n--q--\r\n]]></emailitem></Email>";
    let field = Field::new("emailitem").with_params(["texttype"]);
    let shown = FieldFilter::new([field]).cut("application/vnd.omads-email+xml", mail.as_bytes());
    let shown = String::from_utf8(shown.expect("a mail")).expect("is text");
    assert!(
        shown.contains("At four.") && !shown.contains("R0lGODlh"),
        "{shown}"
    );
}

/// DS-C-054: an item that comes back as it was shown is what it was, whatever the filter: all objects of the collection.
#[test]
fn what_comes_back_unchanged_changes_nothing() {
    let filters = [
        named(&[]),
        named(&["N", "TEL", "SUMMARY"]),
        FieldFilter::new(
            ["N", "FN", "TEL", "NOTE", "SUMMARY", "DESCRIPTION", "PHOTO"].map(|name| {
                Field::new(name)
                    .with_max_size(Some(3))
                    .with_params(["TYPE"])
            }),
        ),
    ];
    let mut objects = 0;
    let kinds = [Kind::Contact, Kind::Calendar, Kind::Edit, Kind::Rewrite];
    for object in kinds.into_iter().flat_map(testdata::all) {
        let (media_type, bytes) = (object.media_type, object.bytes);
        for filter in &filters {
            let Some(shown) = filter.cut(media_type, bytes) else {
                continue;
            };
            assert_eq!(
                filter.cut(media_type, &shown).as_deref(),
                Some(&*shown),
                "{}",
                object.name
            );
            let merged = filter.merge(media_type, bytes, &shown).expect("one format");
            assert!(merged.agrees, "{}", object.name);
            assert_eq!(
                fingerprint::of(media_type, &merged.data),
                fingerprint::of(media_type, bytes),
                "{}\n{}",
                object.name,
                String::from_utf8_lossy(&merged.data)
            );
            objects += 1;
        }
    }
    assert!(objects > 100, "{objects}");
}

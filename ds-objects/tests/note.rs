//! Notes of phones, of calendars, and plain text.

use ds_objects::convert::{Options, convert};
use ds_objects::ledger::Ledger;
use ds_objects::note::{of_text, text};
use ds_objects::{Format, Object, fingerprint, parse};

const NOTE: &str = "BEGIN:VNOTE\r\nVERSION:1.1\r\nSUMMARY:Shopping\r\n\
    BODY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Shopping=0D=0Atea, caf=C3=A9\r\nCATEGORIES:HOME;FOOD\r\nCLASS:PRIVATE\r\n\
    DCREATED:20250101T080000Z\r\nLAST-MODIFIED:20250102T080000Z\r\nX-IRMC-LUID:17\r\nX-FUNAMBOL-COLOR:3\r\nEND:VNOTE\r\n";

fn read(media_type: &str, text: &str) -> Object {
    parse(media_type, text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn written(object: &Object) -> String {
    String::from_utf8(object.encode()).expect("is UTF-8")
}

fn told(ledger: &Ledger) -> Vec<String> {
    ledger.entries().iter().map(ToString::to_string).collect()
}

fn into(object: &Object, format: Format) -> (Object, Vec<String>) {
    let done = convert(object, format, &Options::default()).expect("notes");
    (done.object, told(&done.ledger))
}

#[test]
fn a_note_and_a_journal() {
    let note = read("text/x-vnote", NOTE);
    let (journal, ledger) = into(&note, Format::ICalendar20);
    let calendar = written(&journal);
    for line in [
        "BEGIN:VJOURNAL",
        "SUMMARY:Shopping",
        "DESCRIPTION:Shopping\\ntea\\, café",
        "CATEGORIES:HOME,FOOD",
        "CLASS:PRIVATE",
        "CREATED:20250101T080000Z",
        "LAST-MODIFIED:20250102T080000Z",
        "DTSTAMP:20250102T080000Z",
        "X-IRMC-LUID:17",
        "X-FUNAMBOL-COLOR:3",
        "END:VJOURNAL",
    ] {
        assert!(
            calendar.contains(&format!("\r\n{line}\r\n")),
            "{line}: {calendar}"
        );
    }
    assert_eq!(
        ledger,
        [
            "VCALENDAR/PRODID added: the version cannot do without",
            "VJOURNAL/DTSTAMP added: the version cannot do without",
            "VJOURNAL/UID added: the version cannot do without"
        ]
    );
    let (back, ledger) = into(&journal, Format::VNote11);
    assert_eq!(
        fingerprint::of("text/x-vnote", NOTE.as_bytes()),
        fingerprint::of("text/x-vnote", &back.encode()),
        "{}",
        written(&back)
    );
    // What was made for the calendar is told as lost.
    assert!(
        ledger
            .iter()
            .all(|one| one.contains("UID") || one.contains("DTSTAMP")),
        "{ledger:?}"
    );
}

#[test]
fn what_a_note_has_no_room_for_is_told() {
    let journal = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VJOURNAL\r\nUID:1\r\nDTSTAMP:20250101T000000Z\r\n\
        SUMMARY:Day\r\nDTSTART;VALUE=DATE:20250101\r\nDESCRIPTION:one\r\nDESCRIPTION:two\r\nATTENDEE:mailto:a@b\r\n\
        END:VJOURNAL\r\nEND:VCALENDAR\r\n";
    let journal = read("text/calendar", journal);
    let (note, ledger) = into(&journal, Format::VNote11);
    assert!(
        written(&note).contains("BODY;ENCODING=QUOTED-PRINTABLE:one=0D=0A=0D=0Atwo\r\n"),
        "{}",
        written(&note)
    );
    for lost in [
        "DTSTART dropped",
        "ATTENDEE dropped",
        "UID dropped",
        "DTSTAMP dropped",
        "DESCRIPTION converted",
    ] {
        assert!(
            ledger.iter().any(|one| one.contains(lost)),
            "{lost}: {ledger:?}"
        );
    }
    let (plain, ledger) = text(&journal).expect("a journal");
    assert_eq!(plain, "Day\none\n\ntwo");
    assert!(
        told(&ledger)
            .iter()
            .any(|one| one.contains("ATTENDEE dropped"))
    );
    // An event is no note, nor is a card.
    let event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let event = read("text/calendar", event);
    assert_eq!(convert(&event, Format::VNote11, &Options::default()), None);
    assert_eq!(text(&event), None);
}

#[test]
fn texts_there_and_back() {
    for plain in [
        "",
        "tea",
        "tea\ncake",
        "\n\n  tea \ncake\n",
        "ünd\tsö; on, and\\on",
        "=\n=0D",
        "a\n\nb\n",
    ] {
        let (note, ledger) = of_text(plain);
        assert!(ledger.is_lossless());
        let again = read("text/x-vnote", &written(&note));
        let (back, ledger) = text(&again).expect("a note");
        assert_eq!(back, plain);
        assert!(ledger.is_lossless());
        let (journal, _) = into(&again, Format::ICalendar20);
        assert_eq!(text(&journal).map(|(text, _)| text).as_deref(), Some(plain));
    }
    // A title that is not in the text is the first line of it.
    let note = read(
        "text/x-vnote",
        "BEGIN:VNOTE\r\nVERSION:1.1\r\nSUMMARY:Tea\r\nBODY:green\r\nEND:VNOTE\r\n",
    );
    assert_eq!(
        text(&note).map(|(text, _)| text).as_deref(),
        Some("Tea\ngreen")
    );
    // Categories are nowhere in a text.
    let (_, ledger) = text(&read("text/x-vnote", NOTE)).expect("a note");
    assert!(
        told(&ledger)
            .contains(&"VNOTE/CATEGORIES dropped: the version has no such property".to_owned())
    );
}

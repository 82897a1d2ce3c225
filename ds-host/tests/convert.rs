//! `syncml convert`, as a user runs it.

mod common;

use std::fs;

use common::{failure, json, pipe, run, success};
use tempfile::tempdir;

const EXPORT: &str = "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:\
    Lindqvist;=C3=85sa\r\nTEL;CELL:+1-555-0190\r\nEND:VCARD\r\n\r\n\
    BEGIN:VCARD\r\nN:Quill;Pat\r\nX-EPOCSECONDNAME:Patty\r\nEND:VCARD\r\n";

#[test]
fn an_export_of_cards_becomes_modern() {
    let output = pipe(["convert", "--to", "vcard3", "--report"], EXPORT.as_bytes());
    assert!(output.status.success());
    let cards = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        cards,
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Lindqvist;Åsa\r\nFN:Åsa Lindqvist\r\nTEL;TYPE=cell:+1-555-0190\r\nEND:VCARD\r\n\
         BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat\r\nFN:Pat Quill\r\nNICKNAME:Patty\r\nEND:VCARD\r\n"
    );
    let report = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        report,
        "-:1: VCARD/FN added: the version cannot do without\n\
         -:2: VCARD/FN added: the version cannot do without\n"
    );
    // And back.
    let back = pipe(["convert", "--to", "vcard21"], cards.as_bytes());
    let back = String::from_utf8(back.stdout).unwrap();
    assert!(back.contains("N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Lindqvist;=C3=85sa\r\n"));
}

#[test]
fn files_go_into_a_folder_under_their_names() {
    let home = tempdir().unwrap();
    let old = home.path().join("phone.vcs");
    let event = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Tea\nDTSTART:20250113T080000\nRRULE:W1 MO #0\n\
         END:VEVENT\nEND:VCALENDAR\n";
    fs::write(&old, event).unwrap();
    let folder = home.path().join("new");
    let output = run([
        "convert",
        "--to",
        "ical",
        "--into",
        folder.to_str().unwrap(),
        old.to_str().unwrap(),
    ]);
    success(output);
    let event = fs::read_to_string(folder.join("phone.ics")).unwrap();
    assert!(event.contains("RRULE:FREQ=WEEKLY;BYDAY=MO\r\n"), "{event}");
}

#[test]
fn what_cannot_be_converted_is_passed_over() {
    let home = tempdir().unwrap();
    let mixed = home.path().join("mixed.vcf");
    fs::write(
        &mixed,
        format!("{EXPORT}BEGIN:VCALENDAR\nVERSION:1.0\nEND:VCALENDAR\n"),
    )
    .unwrap();
    let output = run(["convert", "--to", "vcard4", mixed.to_str().unwrap()]);
    let cards = String::from_utf8(output.stdout.clone()).unwrap();
    let complaint = failure(output, 1);
    assert!(
        complaint.contains("mixed.vcf:3: text/x-vcalendar is no text/vcard"),
        "{complaint}"
    );
    assert_eq!(cards.matches("VERSION:4.0").count(), 2);
    let output = run([
        "--json",
        "convert",
        "--to",
        "vcard4",
        mixed.to_str().unwrap(),
    ]);
    let told = json(&output.stdout);
    assert_eq!(told["failed"], 1);
    assert_eq!(told["objects"][0]["title"], "Åsa Lindqvist");
    assert_eq!(told["objects"][0]["lossless"], true);
    assert_eq!(told["objects"][0]["changes"][0]["reason"], "required");
}

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

/// A phone's note becomes a calendar's journal, and the reverse.
#[test]
fn notes_become_journals() {
    let note = "BEGIN:VNOTE\r\nVERSION:1.1\r\nBODY:tea and cake\r\nEND:VNOTE\r\n";
    let journal = pipe(["convert", "--to", "ical"], note.as_bytes());
    let journal = String::from_utf8(journal.stdout).unwrap();
    assert!(
        journal.contains("BEGIN:VJOURNAL\r\n") && journal.contains("DESCRIPTION:tea and cake\r\n"),
        "{journal}"
    );
    let back = pipe(["convert", "--to", "vnote", "--report"], journal.as_bytes());
    assert_eq!(String::from_utf8(back.stdout).unwrap(), note);
    assert!(
        String::from_utf8(back.stderr)
            .unwrap()
            .contains("VJOURNAL/UID dropped")
    );
}

/// Names of zones become offsets where the version has no names, and a user's zone may be told.
#[test]
fn zones_have_names() {
    let event = |version: &str, start: &str| {
        format!(
            "BEGIN:VCALENDAR\nVERSION:{version}\nBEGIN:VEVENT\nSUMMARY:Tea\nDTSTART{start}\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let new = event("2.0", ";TZID=W. Europe Standard Time:20250713T093000");
    let output = pipe(["convert", "--to", "vcal", "--report"], new.as_bytes());
    let old = String::from_utf8(output.stdout).unwrap();
    assert!(
        old.contains(
            "TZ:+0100\r\nDAYLIGHT:TRUE;+0200;20250330T020000;20251026T030000;CET;CEST\r\n"
        ),
        "{old}"
    );
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(
        report.contains("VTIMEZONE/TZID converted (W. Europe Standard Time)"),
        "{report}"
    );
    let old = event("1.0", ":20250713T093000");
    let convert = |zone| pipe(["convert", "--to", "ical", "--zone", zone], old.as_bytes());
    let new = String::from_utf8(convert("Europe/Berlin").stdout).unwrap();
    assert!(
        new.contains("DTSTART;TZID=Europe/Berlin:20250713T093000\r\n"),
        "{new}"
    );
    assert_eq!(convert("Europe/Nowhere").status.code(), Some(2));
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
    // Dots are part of a name, and no file is written over.
    let convert = |file: &std::path::Path| {
        let [folder, file] = [&folder, file].map(|path| path.to_str().unwrap());
        run(["convert", "--to", "ical", "--into", folder, file])
    };
    let dotted = home.path().join("phone.2025.vcs");
    fs::copy(&old, &dotted).unwrap();
    success(convert(&dotted));
    assert!(folder.join("phone.2025.ics").exists());
    let error = failure(convert(&old), 1);
    assert!(error.contains("exists"), "{error}");
    assert_eq!(fs::read_to_string(folder.join("phone.ics")).unwrap(), event);
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

#[test]
fn what_a_device_does_not_take_is_left_out_and_told() {
    let home = tempdir().unwrap();
    let phone = home.path().join("phone.xml");
    let devinf = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><DevID>1</DevID><DevTyp>phone</DevTyp><DataStore>\
        <SourceRef>./pb</SourceRef><Rx-Pref><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Rx-Pref><Tx-Pref>\
        <CTType>text/x-vcard</CTType><VerCT>2.1</VerCT></Tx-Pref><CTCap><CTType>text/x-vcard</CTType><VerCT>2.1</VerCT>\
        <Property><PropName>N</PropName></Property><Property><PropName>TEL</PropName><MaxOccur>1</MaxOccur></Property>\
        </CTCap><SyncCap><SyncType>1</SyncType></SyncCap></DataStore></DevInf>";
    fs::write(&phone, devinf).unwrap();
    let card =
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Pat\r\nTEL:1\r\nTEL;PREF=1:2\r\nNOTE:x\r\nEND:VCARD\r\n";
    let phone = phone.to_str().unwrap();
    let args = ["convert", "--to", "vcard21", "--devinf", phone, "--report"];
    let output = pipe(args, card.as_bytes());
    let cut = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        cut,
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Pat;;;;\r\nFN:Pat\r\nTEL;PREF:2\r\nEND:VCARD\r\n"
    );
    let report = String::from_utf8(output.stderr).unwrap();
    assert!(report.contains("VCARD/TEL dropped (1 of 2): the device takes fewer of them"));
    assert!(report.contains("VCARD/NOTE dropped: the device does not know the property"));
}

/// What we say of ourselves is what we read of others.
#[test]
fn our_own_capabilities_come_back() {
    use ds_host::capability::{ct_cap, profile};
    use ds_objects::Format;
    use syncml_devinf::{ContentType, DataStore, DevInf};
    for format in [
        Format::VCard21,
        Format::VCard30,
        Format::VCalendar10,
        Format::ICalendar20,
    ] {
        let store = DataStore::new("x", ContentType::new(format.media_type(), format.version()));
        let device = DevInf::new("d", "server").with_data_store(store.with_ct_cap(ct_cap(format)));
        let read = profile(&device, Some("./x"), format).capability;
        assert_eq!(read, ds_objects::fit::capability(format));
    }
}

//! The binary `syncml`, as a user runs it.

mod common;

use std::fs;
use std::path::Path;

use common::{Serve, failure, json, pipe, run, success};
use tempfile::tempdir;

const XML: &str = "application/vnd.syncml+xml";

fn card(name: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n")
}

fn event(uid: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART:20260102T100000Z\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// The `FN` and `SUMMARY` lines of all items in a folder, sorted.
fn titles(folder: &Path) -> Vec<String> {
    let mut titles = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.file_name().unwrap().to_str().unwrap().starts_with('.'))
        .map(|path| fs::read_to_string(path).unwrap())
        .flat_map(|text| {
            let line = text
                .lines()
                .find(|line| line.starts_with("FN:") || line.starts_with("SUMMARY:"));
            line.map(str::to_owned)
        })
        .collect::<Vec<_>>();
    titles.sort();
    titles
}

fn pair(folder: &Path, datastore: &str) -> String {
    format!("{}={datastore}", folder.display())
}

#[test]
fn demo_ends_with_three_equal_places() {
    let output = run(["demo", "--json"]);
    assert!(output.status.success(), "{output:?}");
    let value = json(&output.stdout);
    assert_eq!(value["equal"], true);
    assert_eq!(value["differences"].as_array().unwrap().len(), 0);
    let steps = value["steps"].as_array().unwrap();
    assert!(steps.len() >= 6, "{steps:?}");
    let first = &steps[0]["report"]["datastores"][0];
    assert_eq!(first["mode"], "slow");
    assert!(first["server"]["added"].as_u64().unwrap() >= 20, "{first}");
    assert!(
        steps[0]["report"]["datastores"][1]["server"]["added"]
            .as_u64()
            .unwrap()
            >= 10
    );
    // What B had already, written by another program, is found and not doubled.
    assert!(
        steps[1]["report"]["datastores"][0]["matched"]
            .as_u64()
            .unwrap()
            >= 1,
        "{}",
        steps[1]
    );
    let conflicts = steps
        .iter()
        .flat_map(|step| step["report"]["datastores"].as_array().unwrap())
        .map(|datastore| datastore["conflicts"].as_array().unwrap().len());
    assert_eq!(conflicts.sum::<usize>(), 1, "the contact that both edited");
    // The server has told device A that a contact was edited there.
    let notified = steps.iter().find(|step| step["step"] == "notified");
    let notified = &notified.expect("a session")["report"]["datastores"];
    assert_eq!(
        notified.as_array().unwrap().len(),
        1,
        "what was asked for alone"
    );
    assert_eq!(notified[0]["client"]["replaced"], 1, "{notified}");
    for last in &steps[steps.len() - 2..] {
        for datastore in last["report"]["datastores"].as_array().unwrap() {
            assert_eq!(datastore["mode"], "two-way");
            for side in ["client", "server"] {
                for count in ["added", "replaced", "deleted"] {
                    assert_eq!(datastore[side][count], 0, "{last}");
                }
            }
        }
    }
}

#[test]
fn demo_shows_a_table_and_keeps_what_it_made() {
    let home = tempdir().unwrap();
    let kept = home.path().join("kept");
    let text = success(run(["demo".as_ref(), "--keep".as_ref(), kept.as_os_str()]));
    assert!(text.contains("sync type"), "{text}");
    assert!(text.contains("all three are equal"), "{text}");
    assert_eq!(
        titles(&kept.join("device-a/contacts")),
        titles(&kept.join("device-b/contacts"))
    );
    assert!(titles(&kept.join("device-a/calendar")).len() >= 10);
    assert!(kept.join("server.db").exists());
    // Not over what is there.
    let error = failure(
        run(["demo".as_ref(), "--keep".as_ref(), kept.as_os_str()]),
        2,
    );
    assert!(error.contains("not empty"), "{error}");
}

#[test]
fn decode_and_encode_are_inverse() {
    for message in testdata::scenarios().flat_map(|scenario| scenario.messages) {
        let xml = success(pipe(["decode"], message.wbxml));
        assert!(
            xml.starts_with("<?xml") && xml.contains("\n  <SyncHdr>\n"),
            "{xml}"
        );
        assert_eq!(
            success(pipe(["decode", "-"], message.xml)),
            xml,
            "{}",
            message.name
        );
        let wbxml = pipe(["encode"], xml.as_bytes());
        assert!(wbxml.status.success(), "{wbxml:?}");
        assert_eq!(
            success(pipe(["decode"], &wbxml.stdout)),
            xml,
            "{}",
            message.name
        );
    }
}

#[test]
fn decode_and_encode_give_json() {
    let message = testdata::scenarios().next().unwrap().messages[0];
    let value = json(&pipe(["decode", "--json"], message.wbxml).stdout);
    assert_eq!(value["encoding"], "wbxml");
    assert_eq!(value["bytes"], message.wbxml.len());
    assert!(value["xml"].as_str().unwrap().contains("<SyncBody>"));
    let value = json(&pipe(["encode", "--json"], message.xml).stdout);
    let wbxml = syncml_meta::base64::decode_lenient(value["wbxml"].as_str().unwrap()).unwrap();
    assert_eq!(value["bytes"], wbxml.len());
    let back = success(pipe(["decode"], &wbxml));
    assert_eq!(back, success(pipe(["decode"], message.wbxml)));
}

#[test]
fn decode_names_byte_and_element() {
    let message = testdata::scenarios().next().unwrap().messages[0];
    let cut = message.wbxml.len() - 10;
    let error = failure(pipe(["decode"], &message.wbxml[..cut]), 1);
    assert!(
        error.starts_with("error: ") && error.contains("\nhint: "),
        "{error}"
    );
    assert!(
        error.contains("byte ") && error.contains(" in SyncBody/"),
        "{error}"
    );

    let xml =
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Add/><Add><Item></Add></SyncBody></SyncML>";
    for command in ["decode", "encode"] {
        let error = failure(pipe([command], xml.as_bytes()), 1);
        assert!(
            error.contains("byte 6") && error.contains(" in SyncBody/Add[2]/Item"),
            "{error}"
        );
    }
    for (input, what) in [
        (&b""[..], "empty"),
        (b"GET / HTTP/1.1", "byte 0"),
        (b"\x03\x01", "byte"),
    ] {
        let error = failure(pipe(["decode"], input), 1);
        assert!(error.contains(what), "{error}");
    }
    assert!(failure(pipe(["encode"], message.wbxml), 1).contains("WBXML already"));
    assert!(failure(run(["decode", "/nowhere/at/all"]), 1).contains("/nowhere/at/all"));
}

#[test]
fn bad_arguments_end_with_2() {
    for args in [
        &["synchronise"][..],
        &["sync", "http://127.0.0.1:1/"],
        &["sync", "http://127.0.0.1:1/", "--user", "ann:x", "no-pair"],
        &[
            "sync",
            "http://127.0.0.1:1/",
            "--user",
            "ann:x",
            "--mode",
            "sideways",
            "dir=contacts",
        ],
        &[
            "sync",
            "http://127.0.0.1:1/",
            "--user",
            "ann",
            "/nowhere=contacts",
        ],
        &[
            "sync",
            "http://127.0.0.1:1/",
            "--user",
            "ann:x",
            "/nowhere=contacts",
            "/else=contacts",
        ],
        &[
            "sync",
            "http://127.0.0.1:1/",
            "--user",
            "ann:x",
            "/nowhere=contacts",
            "/nowhere=calendar",
        ],
        &[
            "sync",
            "http://127.0.0.1:1/",
            "--user",
            "ann:x",
            "--device",
            "two words",
            "/nowhere=contacts",
        ],
        &["serve", "--listen", "127.0.0.1:0"],
        &["serve", "--user", "ann:x", "--store", "postgres:somewhere"],
        &["serve", "--user", "ann:x", "--datastore", "contacts"],
        &["export", "--user", "ann"],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?} {output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).starts_with("error: "),
            "{output:?}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn errors_have_a_hint_and_never_the_password() {
    let home = tempdir().unwrap();
    // Nobody listens at a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let output = run([
        "sync",
        &format!("http://{free}/"),
        "--user",
        "ann:tulip",
        &pair(home.path(), "contacts"),
    ]);
    let error = failure(output, 1);
    assert!(
        error.contains("error: no answer from") && error.contains("hint: is the server running"),
        "{error}"
    );
    assert!(!error.contains("tulip"), "{error}");
    let error = failure(
        run([
            "sync",
            "ftp://x/",
            "--user",
            "ann:tulip",
            &pair(home.path(), "contacts"),
        ]),
        1,
    );
    assert!(
        error.contains("ftp://x/") && error.contains("hint: "),
        "{error}"
    );
}

#[test]
fn two_folders_a_server_and_back() {
    let home = tempdir().unwrap();
    let at = |name: &str| {
        let folder = home.path().join(name);
        fs::create_dir_all(&folder).unwrap();
        folder
    };
    let store = home.path().join("store.db");
    let (contacts, calendar) = (at("a/contacts"), at("a/calendar"));
    fs::write(contacts.join("asa.vcf"), card("Åsa")).unwrap();
    fs::write(contacts.join("bo.vcf"), card("Bo")).unwrap();
    fs::write(calendar.join("dentist.ics"), event("dentist")).unwrap();

    let server = Serve::start(&store, &[]);
    let sync = |folders: &[String], more: &[&str]| {
        let mut args = vec!["sync", server.url.as_str(), "--user", "ann:tulip", "--json"];
        args.extend(more);
        args.extend(folders.iter().map(String::as_str));
        let output = run(args);
        assert!(output.status.success(), "{output:?}");
        json(&output.stdout)
    };
    let a = [pair(&contacts, "contacts"), pair(&calendar, "calendar")];
    // The first time everything is sent and compared, which may be refused.
    let mut refused = vec!["sync", &server.url, "--user", "ann:tulip", "--no-slow"];
    refused.extend(a.iter().map(String::as_str));
    let output = run(refused);
    assert!(!output.status.success(), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("--mode slow"),
        "{output:?}"
    );

    let report = sync(&a, &[]);
    assert_eq!(report["ending"], "complete");
    assert_eq!(report["datastores"][0]["name"], "contacts");
    assert_eq!(report["datastores"][0]["mode"], "slow");
    assert_eq!(report["datastores"][0]["reason"], "first-sync");
    assert_eq!(report["datastores"][0]["server"]["added"], 2);
    assert_eq!(report["datastores"][1]["server"]["added"], 1);
    assert!(report["messages"]["sent"].as_u64().unwrap() >= 2);
    assert!(report["bytes"]["received"].as_u64().unwrap() > 100);
    let device = report["device"].as_str().unwrap().to_owned();
    assert!(device.starts_with("syncml-"), "{device}");

    // The same device again, and nothing to do.
    let report = sync(&a, &["--encoding", "xml", "--auth", "basic"]);
    assert_eq!(report["device"], device.as_str());
    assert_eq!(report["datastores"][0]["mode"], "two-way");
    assert_eq!(report["datastores"][0]["server"]["added"], 0);
    // Changes go with the first message to servers known to take them there, which saves a round trip.
    assert_eq!(report["messages"]["sent"], 2);
    assert_eq!(sync(&a, &["--combined=never"])["messages"]["sent"], 3);
    assert_eq!(sync(&a, &["--combined"])["messages"]["sent"], 2);

    // Another device, with the state elsewhere.
    let b = at("b");
    let state = home.path().join("b.state");
    let elsewhere = [
        "--state",
        state.to_str().unwrap(),
        "--device",
        "IMEI:490154203237518",
    ];
    let report = sync(&[pair(&b, "contacts")], &elsewhere);
    assert_eq!(report["device"], "IMEI:490154203237518");
    assert_eq!(report["datastores"][0]["client"]["added"], 2);
    assert!(state.exists());
    assert_eq!(
        fs::read_dir(&b).unwrap().count(),
        2,
        "nothing hidden in the folder"
    );
    assert_eq!(titles(&b), ["FN:Bo", "FN:Åsa"]);

    // Changes travel, in text too.
    fs::write(contacts.join("bo.vcf"), card("Bo Ek")).unwrap();
    fs::remove_file(contacts.join("asa.vcf")).unwrap();
    fs::write(contacts.join("cy.vcf"), card("Cy")).unwrap();
    let text = success(run(["sync", &server.url, "--user", "ann:tulip", &a[0]]));
    assert!(text.contains("+1 ~1 -1"), "{text}");
    let report = sync(&[pair(&b, "contacts")], &elsewhere);
    for count in ["added", "replaced", "deleted"] {
        assert_eq!(report["datastores"][0]["client"][count], 1, "{report}");
    }
    assert_eq!(titles(&b), ["FN:Bo Ek", "FN:Cy"]);

    // A slow sync finds everything in place.
    let report = sync(
        &[pair(&b, "contacts")],
        &[&elsewhere[..], &["--mode", "slow"]].concat(),
    );
    assert_eq!(report["datastores"][0]["mode"], "slow");
    assert_eq!(report["datastores"][0]["matched"], 2, "{report}");
    assert_eq!(report["datastores"][0]["server"]["added"], 0);
    assert_eq!(report["datastores"][0]["client"]["added"], 0);

    assert!(server.stop().success(), "SIGTERM stops it cleanly");
    let store = format!("sqlite:{}", store.display());
    let out = at("out");
    let exported = run([
        "export",
        "--store",
        &store,
        "--user",
        "ann",
        "contacts",
        out.to_str().unwrap(),
        "--json",
    ]);
    assert!(exported.status.success(), "{exported:?}");
    assert_eq!(json(&exported.stdout)["items"], 2);
    assert_eq!(titles(&out), ["FN:Bo Ek", "FN:Cy"]);

    // And back, into another user's datastore: everything is new once.
    for (new, unchanged) in [(2, 0), (0, 2)] {
        let args = [
            "import",
            "--store",
            &store,
            "--user",
            "bob",
            "contacts",
            out.to_str().unwrap(),
            "--json",
        ];
        let imported = json(&run(args).stdout);
        assert_eq!(
            (&imported["added"], &imported["unchanged"]),
            (&new.into(), &unchanged.into()),
            "{imported}"
        );
    }
    let text = success(run([
        "import",
        "--store",
        &store,
        "--user",
        "bob",
        "contacts",
        out.to_str().unwrap(),
    ]));
    assert!(text.contains('2'), "{text}");
}

#[test]
fn a_wrong_password_is_refused_and_changes_nothing() {
    let home = tempdir().unwrap();
    let folder = home.path().join("contacts");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("asa.vcf"), card("Åsa")).unwrap();
    let server = Serve::start(&home.path().join("store.db"), &[]);
    for auth in ["basic", "md5"] {
        let args = [
            "sync",
            &server.url,
            "--user",
            "ann:rose",
            "--auth",
            auth,
            "--json",
            &pair(&folder, "contacts"),
        ];
        let output = run(args);
        let report = json(&output.stdout);
        assert_eq!(report["ending"], "aborted");
        assert_eq!(report["status"], 401);
        let error = failure(output, 1);
        assert!(
            error.contains("credentials") && error.contains("hint: "),
            "{error}"
        );
        assert!(!error.contains("rose"), "{error}");
    }
    // The right one, from the environment.
    let output = common::syncml()
        .args([
            "sync",
            &server.url,
            "--user",
            "ann",
            "--json",
            &pair(&folder, "contacts"),
        ])
        .env("SYNCML_PASSWORD", "tulip")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json(&output.stdout)["datastores"][0]["server"]["added"], 1);
}

#[test]
fn an_unknown_datastore_fails_alone() {
    let home = tempdir().unwrap();
    let (contacts, notes) = (home.path().join("contacts"), home.path().join("notes"));
    for folder in [&contacts, &notes] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("asa.vcf"), card("Åsa")).unwrap();
    }
    let server = Serve::start(&home.path().join("store.db"), &[]);
    let args = [
        "sync",
        &server.url,
        "--user",
        "ann:tulip",
        "--json",
        &pair(&notes, "notes"),
        &pair(&contacts, "contacts"),
    ];
    let output = run(args);
    let report = json(&output.stdout);
    assert_eq!(report["datastores"][0]["status"], 404);
    assert_eq!(report["datastores"][1]["status"], 200);
    assert_eq!(report["datastores"][1]["server"]["added"], 1);
    let error = failure(output, 1);
    assert!(
        error.contains("notes (404") && error.contains("hint: "),
        "{error}"
    );
}

#[test]
fn serve_offers_what_it_is_told() {
    let home = tempdir().unwrap();
    let folder = home.path().join("people");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("asa.vcf"), card("Åsa")).unwrap();
    let server = Serve::start(
        &home.path().join("store.db"),
        &["--datastore", "people=text/vcard", "--user", "bob:lily"],
    );
    let args = [
        "sync",
        &server.url,
        "--user",
        "bob:lily",
        "--json",
        &pair(&folder, "people"),
    ];
    let output = run(args);
    assert!(output.status.success(), "{output:?}");
    // The defaults are gone.
    let message = common::first_message("phone-1", "1", &["contacts", "people"]);
    let (status, _, answer) = common::post(&server.url, Some(XML), message.as_bytes());
    let answer = String::from_utf8(answer).unwrap();
    assert_eq!(status, 200);
    assert!(
        answer.contains("<Data>404</Data>") && answer.contains("./people"),
        "{answer}"
    );
}

/// BIND-008: each message and each answer with its digest in a header; a client that was told md5 follows there.
#[test]
fn digests_of_messages_go_beside_them() {
    let home = tempdir().unwrap();
    let folder = home.path().join("contacts");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("asa.vcf"), card("Åsa")).unwrap();
    let server = Serve::start(&home.path().join("store.db"), &["--auth", "hmac"]);
    for (auth, password, ending) in [
        ("basic", "tulip", "complete"),
        ("md5", "tulip", "complete"),
        ("hmac", "tulip", "complete"),
        ("hmac", "rose", "aborted"),
    ] {
        let user = format!("ann:{password}");
        let folder = pair(&folder, "contacts");
        let args = [
            "sync",
            &server.url,
            "--user",
            &user,
            "--auth",
            auth,
            "--json",
            &folder,
        ];
        let report = json(&run(args).stdout);
        assert_eq!(report["ending"], ending, "{auth} {password}: {report}");
    }
}

/// DS-C-013, DS-S-013, FLT-004 to FLT-006: a part of a datastore; what leaves the part leaves the folder, and stays at
/// the server.
#[test]
fn a_part_of_a_datastore() {
    let home = tempdir().unwrap();
    let at = |name: &str| {
        let folder = home.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    };
    let (all, part) = (at("all"), at("part"));
    for (name, category) in [("Asa", "family"), ("Bo", "work"), ("Cy", "family")] {
        let text = card(name).replace("END:VCARD", &format!("CATEGORIES:{category}\r\nEND:VCARD"));
        fs::write(all.join(format!("{name}.vcf")), text).unwrap();
    }
    let server = Serve::start(&home.path().join("store.db"), &[]);
    let sync = |folder: &Path, more: &[&str]| {
        let pair = pair(folder, "contacts");
        let mut args = vec!["sync", &server.url, "--user", "ann:tulip", "--json", &pair];
        args.extend(more);
        let output = run(args);
        assert!(output.status.success(), "{output:?}");
        json(&output.stdout)
    };
    let files = |folder: &Path| {
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().ends_with(".vcf"))
            .count()
    };
    sync(&all, &[]);
    // Nothing is known of the server at first: it is asked, and then the filter is sent.
    sync(&part, &["--filter", "CATEGORIES&iEQ;FAMILY"]);
    assert_eq!(files(&part), 2);
    sync(&part, &["--filter", "CATEGORIES&EQ;work&OR;FN&CON;Asa"]);
    assert_eq!(files(&part), 2);
    sync(&part, &[]);
    assert_eq!(files(&part), 3);
    let report = sync(&part, &["--filter", "FN&CON;Nobody"]);
    assert_eq!(report["datastores"][0]["client"]["deleted"], 3);
    assert_eq!(files(&part), 0);
    sync(&all, &[]);
    assert_eq!(files(&all), 3, "nothing is lost");
    // What cannot be read is not sent.
    let output = run([
        "sync",
        &server.url,
        "--user",
        "ann:tulip",
        "--filter",
        "FN&LIKE;x",
        "x=contacts",
    ]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// DS-C-054, FLT-006, FLT-008: some properties of each item; what is not taken stays at the server, whatever becomes of
/// the rest, and comes when it is wanted.
#[test]
fn a_part_of_each_item() {
    let home = tempdir().unwrap();
    let at = |name: &str| {
        let folder = home.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    };
    let (all, part) = (at("all"), at("part"));
    let text = card("Asa").replace(
        "END:VCARD",
        "NOTE:Likes tea and talks\r\nTEL:1\r\nEND:VCARD",
    );
    fs::write(all.join("asa.vcf"), &text).unwrap();
    let server = Serve::start(&home.path().join("store.db"), &[]);
    let sync = |folder: &Path, more: &[&str]| {
        let pair = pair(folder, "contacts");
        let mut args = vec!["sync", &server.url, "--user", "ann:tulip", "--why", &pair];
        args.extend(more);
        let output = run(args);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let read = |folder: &Path| {
        let file = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|end| end == "vcf"));
        let file = file.unwrap();
        (fs::read_to_string(&file).unwrap(), file)
    };
    sync(&all, &[]);
    let why = sync(&part, &["--fields", "fn,N,TEL"]);
    assert!(
        why.contains("contacts: a part is synchronised: the filter is [fn N TEL]"),
        "{why}"
    );
    let (cut, file) = read(&part);
    assert!(cut.contains("TEL:1") && !cut.contains("NOTE"), "{cut}");
    fs::write(&file, cut.replace("TEL:1", "TEL:2")).unwrap();
    sync(&part, &["--fields", "fn,N,TEL"]);
    sync(&all, &[]);
    let (edited, _) = read(&all);
    assert_eq!(edited, text.replace("TEL:1", "TEL:2"), "nothing is lost");
    // Another list, a slow sync with it, and no list at all.
    sync(&part, &["--fields", "FN,NOTE:9"]);
    let (other, _) = read(&part);
    assert!(
        other.contains("NOTE:Likes tea\r\n") && !other.contains("TEL"),
        "{other}"
    );
    let why = sync(&part, &["--fields", "FN,NOTE:9", "--mode", "slow"]);
    sync(&all, &[]);
    assert_eq!(read(&all).0, edited, "{why}");
    assert_eq!(
        fs::read_dir(&all).unwrap().count(),
        2,
        "nothing is doubled: {why}"
    );
    sync(&part, &[]);
    assert_eq!(read(&part).0, edited);
    // What is no list is not sent.
    for wrong in ["", "TEL:x", "T EL", "TEL,,N"] {
        let args = [
            "sync",
            &server.url,
            "--user",
            "ann:tulip",
            "--fields",
            wrong,
            "x=contacts",
        ];
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{wrong} {output:?}");
    }
}

/// DS-S-036: what becomes of an item that both sides have changed is for who serves to say.
#[test]
fn conflicts_are_decided_as_served() {
    for (policy, files, stands) in [
        ("client-wins", 1, "second"),
        ("server-wins", 1, "first"),
        ("duplicate", 2, "both"),
        ("unresolved", 1, "each its own"),
    ] {
        let home = tempdir().unwrap();
        let folders = ["one", "other"].map(|name| {
            let folder = home.path().join(name);
            fs::create_dir(&folder).unwrap();
            folder
        });
        let server = Serve::start(&home.path().join("store.db"), &["--conflict", policy]);
        let sync = |folder: &Path| {
            let pair = pair(folder, "contacts");
            let output = run(["sync", &server.url, "--user", "ann:tulip", &pair]);
            assert!(output.status.success(), "{policy} {output:?}");
        };
        let cards = |folder: &Path| {
            let files = fs::read_dir(folder)
                .unwrap()
                .map(|file| file.unwrap().path());
            let cards = files.filter(|file| file.extension().is_some_and(|end| end == "vcf"));
            cards.collect::<Vec<_>>()
        };
        fs::write(folders[0].join("asa.vcf"), card("Asa")).unwrap();
        folders.iter().for_each(|folder| sync(folder));
        for (folder, name) in folders.iter().zip(["first", "second"]) {
            let file = cards(folder).pop().unwrap();
            let text = fs::read_to_string(&file).unwrap();
            let edit = format!("NOTE:{name}\r\nEND:VCARD");
            fs::write(&file, text.replace("END:VCARD", &edit)).unwrap();
        }
        // The first edit is the server's when the second comes.
        for folder in folders.iter().cycle().take(4) {
            sync(folder);
        }
        for (folder, own) in folders.iter().zip(["first", "second"]) {
            let found = cards(folder);
            assert_eq!(found.len(), files, "{policy}");
            let text: String = found
                .iter()
                .map(|file| fs::read_to_string(file).unwrap())
                .collect();
            let expected = match stands {
                "both" => vec!["first", "second"],
                "each its own" => vec![own],
                one => vec![one],
            };
            for edit in ["first", "second"] {
                let is_there = text.contains(&format!("NOTE:{edit}"));
                assert_eq!(is_there, expected.contains(&edit), "{policy} {edit}");
            }
        }
    }
}

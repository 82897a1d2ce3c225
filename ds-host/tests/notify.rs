//! Notifications by the binary `syncml`: built, read, sent, followed.

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Stdio};
use std::time::Duration;

use common::{Serve, failure, first_message, json, pipe, post, run, success, syncml};
use ds_host::store::SqliteStore;
use tempfile::tempdir;

const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ida Vos;;;;\r\nFN:Ida Vos\r\nEND:VCARD\r\n";
const IDENTITY: &str = "hub:reed-42";

fn fixture(name: &str) -> &'static [u8] {
    testdata::get(name).expect("is in the collection").bytes
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// SAN-001, SAN-002: the worked examples are built to the bit.
#[test]
fn worked_examples_are_built() {
    let two = [
        "san",
        "build",
        "--server-id",
        "sync.example.com",
        "--secret",
        "s3cret",
        "--nonce",
        "Tm9uY2UtMDE=",
        "--session",
        "4660",
        "--ui",
        "informative",
        "--sync",
        "./contacts=two-way,text/x-vcard",
        "--sync",
        "./calendar=one-way-from-server,text/x-vcalendar",
    ];
    let all = [
        "san",
        "build",
        "--server-id",
        "srv",
        "--secret",
        "pw",
        "--session",
        "7",
        "--ui",
        "background",
    ];
    let vendor = [
        "san",
        "build",
        "--server-id",
        "srv",
        "--secret",
        "pw",
        "--nonce",
        "AAECAwQFBgc=",
        "--session",
        "65535",
        "--ui",
        "user-interaction",
        "--by-user",
        "--sync",
        "mail=refresh-from-client,application/vnd.omads-email+xml",
        "--vendor",
        "56 45 4e 44",
    ];
    let dm = [
        "san",
        "build",
        "--dm",
        "--server-id",
        "com.example.dm",
        "--secret",
        "dmpw",
        "--nonce",
        "AAAAAA==",
        "--session",
        "161",
        "--ui",
        "user-interaction",
    ];
    let nokia = [
        "san",
        "build",
        "--server-id",
        "PC Suite Data Sync",
        "--secret",
        "",
        "--session",
        "0",
        "--ui",
        "background",
        "--sync",
        "Contacts",
    ];
    let unsigned = [
        "san",
        "build",
        "--server-id",
        "srv",
        "--session",
        "7",
        "--ui",
        "background",
    ];
    for (args, name) in [
        (&two[..], "a-two-stores"),
        (&all, "b-all-stores"),
        (&vendor, "c-vendor-data"),
        (&dm, "d-dm"),
        (&nokia, "n1-nokia-contacts"),
        (&unsigned, "e-unauthenticated"),
    ] {
        let expected = hex(fixture(&format!("san/{name}.san")));
        assert_eq!(success(run(args)).trim_end(), expected, "{name}");
    }
}

/// SAN-006, SAN-010: the form of 1.1, and the layers of carriers, as others write them.
#[test]
fn forms_and_carriers_are_built() {
    let message = [
        "san",
        "build",
        "--server-id",
        "http://s.example/ds",
        "--syncml",
        "1.1",
        "--device",
        "IMEI:1",
        "--sync",
        "./contacts=two-way,text/x-vcard",
    ];
    let wap = [&message[..], &["--carrier", "wap"]].concat();
    assert_eq!(
        success(run(message)).trim_end(),
        hex(fixture("san/carrier/legacy-1.1.wbxml"))
    );
    assert_eq!(
        success(run(&wap)).trim_end(),
        hex(fixture("san/carrier/legacy-1.1.wsp"))
    );

    let folder = tempdir().unwrap();
    let mut long = [
        "san",
        "build",
        "--server-id",
        "sync.example.com",
        "--session",
        "1",
    ]
    .map(str::to_owned)
    .to_vec();
    for number in 0..20 {
        long.extend(["--sync".to_owned(), format!("./store-{number:02}")]);
    }
    let refused = failure(run(&long), 2);
    assert!(refused.contains("at most 15"), "{refused}");
    long.truncate(long.len() - 10);
    let note = run(&long);
    let note = String::from_utf8(note.stderr).unwrap();
    assert!(
        note.contains("do not fit one SMS") && note.contains("--fit"),
        "{note}"
    );
    let fit = [&long[..], &["--fit".to_owned(), "--json".to_owned()]].concat();
    let fit = json(&run(&fit).stdout);
    assert_eq!(fit["fits_one_sms"], true);
    assert_eq!(fit["left_out"][0], "./ of the datastores");
    assert_eq!(fit["left_out"].as_array().unwrap().len(), 10);

    let file = folder.path().join("out");
    let out = file.to_str().unwrap().to_owned();
    let parts = [
        &long[..],
        &["--carrier", "sms-wide", "--out", &out].map(str::to_owned),
    ]
    .concat();
    let lines = success(run(&parts));
    assert_eq!(lines.lines().count(), 3);
    let names = [1, 2, 3].map(|number| format!("{out}.{number}"));
    for (line, name) in lines.lines().zip(&names) {
        assert_eq!(hex(&fs::read(name).unwrap()), line);
    }
    let read = run(["san", "parse", "--json", &names[2], &names[0], &names[1]]);
    let read = json(&read.stdout);
    assert_eq!(read["syncs"].as_array().unwrap().len(), 15);
    assert_eq!(read["carrier"][0], "3 SMS, port 2948 from 49154");
    let lacking = failure(run(["san", "parse", &names[2], &names[0]]), 1);
    assert!(lacking.contains("missing"), "{lacking}");
}

/// SAN-001, SAN-002, SAN-011: every field with its bits, what the secret says, and the exit code that goes with it.
#[test]
fn notifications_are_read() {
    let digits = hex(fixture("san/a-two-stores.san"));
    let plain = success(run(["san", "parse", &digits]));
    for line in [
        "  16  00000011 00......",
        "  17  ..10....",
        "2: informative",
        "4660: SessionID 4660",
        "9: Alert 209, one-way-from-server",
        "\"./calendar\"",
    ] {
        assert!(plain.contains(line), "{line}\n{plain}");
    }
    assert!(plain.ends_with("\ndigest: not checked\n"), "{plain}");
    let good = [
        "san",
        "parse",
        &digits,
        "--secret",
        "s3cret",
        "--nonce",
        "Tm9uY2UtMDE=",
    ];
    assert!(success(run(good)).ends_with("\ndigest: verified\n"));
    let wrong = run(["san", "parse", &digits, "--secret", "s3cret"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(
        String::from_utf8(wrong.stdout)
            .unwrap()
            .ends_with("\ndigest: mismatch\n")
    );
    assert!(wrong.stderr.is_empty());
    let piped = pipe(
        ["san", "parse", "-", "--json"],
        fixture("san/carrier/d-dm.sms"),
    );
    let piped = json(&piped.stdout);
    assert_eq!(piped["kind"], "device management notification");
    assert_eq!(piped["session_id"], "A1");
    assert_eq!(piped["digest"], "not-checked");
    let email = pipe(["san", "parse", "-"], fixture("san/carrier/emn-mailat.wsp"));
    assert!(success(email).contains("mailat:user@wapforum.org"));
    for (input, expected) in [
        (
            &digits[..60],
            "input ends inside server-identifier at byte 24",
        ),
        ("0605040b84c00201", "input ends inside PDU type at byte 8"),
        ("3c3f786d6c", "no notification"),
    ] {
        let said = failure(run(["san", "parse", input]), 1);
        assert!(said.contains(expected), "{said}");
    }
    let usage = failure(run(["san", "parse", "abc"]), 2);
    assert!(usage.contains("neither a file nor hexadecimal"), "{usage}");
}

/// SAN-002: the credentials of a message are its digest.
#[test]
fn messages_are_signed() {
    let folder = tempdir().unwrap();
    let out = folder.path().join("out");
    let out = out.to_str().unwrap();
    let build = [
        "san",
        "build",
        "--server-id",
        "hub",
        "--syncml",
        "1.1",
        "--encoding",
        "xml",
        "--sync",
        "contacts",
        "--secret",
        "reed-42",
        "--nonce",
        "bm9uY2U=",
        "--out",
        out,
    ];
    success(run(build));
    for (secret, nonce, expected) in [
        ("reed-42", "bm9uY2U=", "verified"),
        ("reed-43", "bm9uY2U=", "mismatch"),
        ("reed-42", "", "mismatch"),
    ] {
        let read = run(["san", "parse", out, "--secret", secret, "--nonce", nonce]);
        let text = String::from_utf8(read.stdout).unwrap();
        assert!(text.ends_with(&format!("\ndigest: {expected}\n")), "{text}");
    }
}

/// A `syncml sync --listen-notifications`; killed when it is dropped.
struct Device {
    child: Child,
    address: String,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

impl Device {
    fn start(url: &str, folder: &Path, more: &[&str]) -> Self {
        let mut child = syncml()
            .args(["sync", url, "--user", "ann:tulip", "--json"])
            .args(["--listen-notifications", "127.0.0.1:0"])
            .args(more)
            .arg(format!("{}=contacts", folder.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let address = json(line.as_bytes())["listening"]
            .as_str()
            .expect("text")
            .to_owned();
        Self {
            child,
            address,
            stdout,
            stderr,
        }
    }

    fn report(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("a line");
        json(line.as_bytes())
    }

    fn complaint(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).expect("a line");
        line
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A server, and a device that has synchronised with it; then something changes on the server.
struct World {
    folder: tempfile::TempDir,
    serve: Serve,
}

impl World {
    fn new() -> Self {
        let folder = tempdir().unwrap();
        let serve = Serve::start(&folder.path().join("hub.db"), &["--identity", IDENTITY]);
        fs::create_dir(folder.path().join("phone")).unwrap();
        let world = Self { folder, serve };
        world.sync("phone");
        world.change("one.vcf");
        world
    }

    fn sync(&self, name: &str) {
        let pair = format!("{}=contacts", self.folder.path().join(name).display());
        let args = [
            "sync",
            &self.serve.url,
            "--user",
            "ann:tulip",
            "--server",
            IDENTITY,
        ];
        success(run(args.into_iter().chain([pair.as_str()])));
    }

    /// Another device brings a contact.
    fn change(&self, name: &str) {
        let other = self.folder.path().join("other");
        fs::create_dir_all(&other).unwrap();
        let card = CARD.replace("Ida Vos", name);
        fs::write(other.join(name), card).unwrap();
        self.sync("other");
    }

    fn phone(&self, more: &[&str]) -> Device {
        Device::start(&self.serve.url, &self.folder.path().join("phone"), more)
    }

    fn contacts(&self) -> usize {
        let phone = fs::read_dir(self.folder.path().join("phone")).unwrap();
        let names = phone.map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| !name.to_string_lossy().starts_with('.'))
            .count()
    }

    fn notify(&self, more: &[&str]) -> std::process::Output {
        let store = format!("sqlite:{}", self.folder.path().join("hub.db").display());
        let args = [
            "notify",
            "--json",
            "--user",
            "ann",
            "--store",
            &store,
            "--url",
            &self.serve.url,
        ];
        run(args.into_iter().chain(more.iter().copied()))
    }
}

/// DS-C-007, DS-C-015, DS-S-007, SAN-009: from a change on the server to the device that has it, through `serve`, `notify` and
/// `sync`. One session for one notification, and the nonce of each session goes into the next.
#[test]
fn a_device_syncs_by_itself() {
    let world = World::new();
    assert_eq!(world.contacts(), 0);
    let mut phone = world.phone(&["--server", IDENTITY]);
    let address = phone.address.clone();
    for (count, carrier) in [(1, "none"), (2, "wap"), (3, "sms")] {
        let more = [
            "--identity",
            IDENTITY,
            "--udp",
            &address,
            "--carrier",
            carrier,
            "--wait",
            "20",
        ];
        let done = world.notify(&more);
        let notified = json(&done.stdout)["notified"].clone();
        assert!(done.status.success(), "{notified} {done:?}");
        assert_eq!(
            notified.as_array().unwrap().len(),
            1,
            "the other device lacks nothing"
        );
        assert_eq!(
            (&notified[0]["answered"], &notified[0]["sent"]),
            (&true.into(), &1.into())
        );
        let report = phone.report();
        assert_eq!(report["datastores"][0]["client"]["added"], 1, "{report}");
        assert_eq!(world.contacts(), count);
        world.change(&format!("{count}.vcf"));
    }
}

/// SAN-002, SAN-008, SAN-011, MEM-T-014: what is broken, forged, repeated or takes something away starts nothing, and the
/// reason is told.
#[test]
fn a_device_says_why_it_stays() {
    let world = World::new();
    let mut phone = world.phone(&["--server", IDENTITY]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let send = |bytes: &[u8]| {
        socket.send_to(bytes, &phone.address).unwrap();
    };
    send(b"hello");
    send(fixture("san/a-two-stores.san"));
    send(fixture("san/carrier/emn-mailat.wsp"));
    let file = world.folder.path().join("san");
    let out = file.to_str().unwrap();
    let notify = |more: &[&str]| {
        let done = world.notify(&[&["--file", out][..], more].concat());
        assert!(done.status.success(), "{done:?}");
        fs::read(&file).unwrap()
    };
    send(&notify(&[]));
    send(&notify(&["--identity", "hub:reed-43"]));
    send(&notify(&[
        "--identity",
        IDENTITY,
        "--mode",
        "refresh-from-server",
    ]));
    let good = notify(&["--identity", IDENTITY]);
    send(&good);
    for expected in [
        "it cannot be read",
        "the server \"sync.example.com\" is not known",
        "it is a notification about e-mail",
        "it is not proved to be from the server",
        "it is not proved to be from the server",
        "is not wanted",
    ] {
        let said = phone.complaint();
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert_eq!(phone.report()["datastores"][0]["client"]["added"], 1);
    socket.send_to(&good, &phone.address).unwrap();
    let said = phone.complaint();
    assert!(
        said.contains("is over") || said.contains("not proved"),
        "{said}"
    );
    assert_eq!(world.contacts(), 1);
}

/// SAN-009, SAN-012: nobody comes, and a device that refuses a form.
#[test]
fn devices_that_do_not_come() {
    let world = World::new();
    let nowhere = UdpSocket::bind("127.0.0.1:0").unwrap();
    nowhere
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    let address = nowhere.local_addr().unwrap().to_string();
    let done = world.notify(&["--identity", IDENTITY, "--udp", &address, "--wait", "1,1"]);
    let notified = json(&done.stdout)["notified"].clone();
    assert_eq!(
        (&notified[0]["answered"], &notified[0]["sent"]),
        (&false.into(), &2.into())
    );
    assert!(failure(done, 1).contains("did not come"));
    let mut buffer = [0; 2000];
    let first = nowhere.recv(&mut buffer).unwrap();
    let octets = buffer[..first].to_vec();
    let second = nowhere.recv(&mut buffer).unwrap();
    assert_eq!(octets, &buffer[..second], "the same again");

    // Exit code 69 refuses what is no message.
    let log = world.folder.path().join("log");
    let command = format!(
        "echo $SYNCML_MEDIA_TYPE >> '{}'; test $SYNCML_MEDIA_TYPE = application/vnd.syncml+wbxml || exit 69",
        log.display()
    );
    if cfg!(unix) {
        let done = world.notify(&["--identity", IDENTITY, "--command", &command]);
        assert!(done.status.success(), "{done:?}");
        let lines = fs::read_to_string(&log).unwrap();
        let forms: Vec<_> = lines.lines().collect();
        assert_eq!(
            forms,
            [
                "application/vnd.syncml.ds.notification",
                "application/vnd.syncml+wbxml"
            ]
        );
    }
    let unknown = world.notify(&["--device", "nobody", "--udp", &address]);
    assert!(failure(unknown, 1).contains("has synchronised nothing"));
    let nowhere = world.notify(&["--identity", IDENTITY]);
    assert!(failure(nowhere, 2).contains("--udp"));
}

/// What was sent is kept: a run after one that was killed waits for the same session, and asks no more for what has come.
#[test]
fn a_run_goes_on_with_the_last() {
    let world = World::new();
    let store = format!("sqlite:{}", world.folder.path().join("hub.db").display());
    let nowhere = UdpSocket::bind("127.0.0.1:0").unwrap();
    nowhere
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let address = nowhere.local_addr().unwrap().to_string();
    let mut first = syncml()
        .args(["notify", "--user", "ann", "--store", &store])
        .args(["--url", &world.serve.url, "--identity", IDENTITY])
        .args(["--udp", &address, "--wait", "60,60"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut buffer = [0; 2000];
    let len = nowhere.recv(&mut buffer).unwrap();
    let sent = buffer[..len].to_vec();
    first.kill().unwrap();
    first.wait().unwrap();
    let kept = SqliteStore::open(store.trim_start_matches("sqlite:")).unwrap();
    assert!(kept.outbox("ann").unwrap().is_some());

    // Sent once, it has one time left.
    let done = world.notify(&["--identity", IDENTITY, "--udp", &address, "--wait", "1,1"]);
    let notified = json(&done.stdout)["notified"].clone();
    assert_eq!(notified[0]["sent"], 2, "{notified}");
    assert!(failure(done, 1).contains("did not come"));
    let len = nowhere.recv(&mut buffer).unwrap();
    assert_eq!(sent, &buffer[..len], "the same session");
    assert_eq!(kept.outbox("ann").unwrap(), None, "given up");

    // What a run has left that the device has fetched by itself is asked for no more.
    let mut third = syncml()
        .args(["notify", "--user", "ann", "--store", &store])
        .args(["--url", &world.serve.url, "--udp", &address, "--wait", "60"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    nowhere.recv(&mut buffer).unwrap();
    third.kill().unwrap();
    third.wait().unwrap();
    world.sync("phone");
    let done = world.notify(&["--udp", &address, "--wait", "1"]);
    assert!(done.status.success(), "{done:?}");
    assert_eq!(json(&done.stdout)["notified"], serde_json::json!([]));
    assert_eq!(kept.outbox("ann").unwrap(), None);
}

/// A notification that is a message is message 1 of the session that it asks for: the server's numbers go on from there, in that session
/// and in no other.
#[test]
fn numbers_go_on_from_a_message() {
    let world = World::new();
    let file = world.folder.path().join("hub.db");
    let store = SqliteStore::open(&file).unwrap();
    store.note_notified("tablet", 171).unwrap();
    let first_answer = |device: &str, session: &str| {
        let message = first_message(device, session, &["contacts"]);
        let media_type = Some("application/vnd.syncml+xml");
        let (status, _, answer) = post(&world.serve.url, media_type, message.as_bytes());
        assert_eq!(status, 200);
        let answer = String::from_utf8(answer).unwrap();
        let number = answer.split("<MsgID>").nth(1).unwrap();
        number.split('<').next().unwrap().to_owned()
    };
    assert_eq!(first_answer("tablet", "171"), "2");
    assert_eq!(
        first_answer("tablet", "ab"),
        "2",
        "the same in hexadecimal digits"
    );
    assert_eq!(first_answer("tablet", "172"), "1");
    assert_eq!(first_answer("other", "171"), "1");
    // It is noted when it is sent.
    if cfg!(unix) {
        let command = "test $SYNCML_MEDIA_TYPE = application/vnd.syncml+wbxml || exit 69";
        let done = world.notify(&["--identity", IDENTITY, "--command", command]);
        let notified = json(&done.stdout)["notified"].clone();
        let last = notified.as_array().unwrap().last().unwrap();
        let session = last["session_id"].to_string();
        let device = last["device"].as_str().unwrap();
        assert_eq!(first_answer(device, &session), "2", "{notified}");
    }
}

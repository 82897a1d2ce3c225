//! Two hundred devices at once with one server, its real file and real sockets: nothing is lost, nothing is doubled, also
//! where the server is killed in the middle.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use common::Serve;
use common::fleet::{Fleet, Round};
use rusqlite::Connection;

const DEVICES: usize = 200;
/// Each device brings half of what it has in the end; the other half comes from the user's other device.
const ITEMS: usize = 100;

fn serve(address: &str, file: &Path) -> Serve {
    let users = Fleet::users(DEVICES);
    let users: Vec<_> = users.iter().map(String::as_str).collect();
    Serve::start_at(address, file, &users)
}

fn figures(what: &str, round: &Round) {
    println!(
        "{what}: {} sessions ({} broken), {} messages, {} kB in {:.1} s",
        round.sessions,
        round.broken,
        round.messages,
        round.bytes / 1000,
        round.took.as_secs_f64()
    );
}

/// Largest resident size of a process so far, in kB.
fn peak(server: &Serve) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().split(' ').next()?.parse().ok())
        .unwrap_or_default()
}

/// All devices bring their items, take those of their user's other device, and change some; nothing breaks.
#[test]
fn two_hundred_devices_at_once() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.db");
    let server = serve("127.0.0.1:0", &file);
    let mut fleet = Fleet::new(DEVICES, ITEMS, &server.url);
    let expected = fleet.all();
    let first = fleet.sync(1);
    figures(
        &format!("{DEVICES} devices bring {ITEMS} items each"),
        &first,
    );
    let second = fleet.sync(1);
    figures("and take those of the other device", &second);
    fleet.assert_equal(&file, &expected);
    fleet.edit();
    let expected = fleet.all();
    fleet.sync(1);
    let third = fleet.sync(1);
    figures("a third of all items changed", &third);
    fleet.assert_equal(&file, &expected);
    println!("largest size of the server: {} MB", peak(&server) / 1000);
}

/// The server is killed while all of them bring their items, again and again, and comes back.
#[test]
fn killed_in_the_middle() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.db");
    let mut server = serve("127.0.0.1:0", &file);
    let mut fleet = Fleet::new(DEVICES, ITEMS, &server.url);
    let expected = fleet.all();
    let address = server
        .url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let (round, kills, _server) = thread::scope(|scope| {
        let running = scope.spawn(|| fleet.sync(20));
        let mut kills = 0;
        let begun = Instant::now();
        while !running.is_finished() {
            thread::sleep(Duration::from_millis(1_500));
            if kills < 3 && begun.elapsed() < Duration::from_secs(30) {
                // SIGKILL, and the next one with the same file and address.
                drop(server);
                server = serve(&address, &file);
                kills += 1;
            }
        }
        (running.join().unwrap(), kills, server)
    });
    figures(
        &format!("{DEVICES} devices bring {ITEMS} items each, the server killed {kills} times"),
        &round,
    );
    assert!(kills > 1, "it was over too soon");
    let second = fleet.sync(20);
    figures("and take those of the other device", &second);
    fleet.assert_equal(&file, &expected);
}

/// Two servers over one file, one device of each user with either of them.
#[test]
fn two_processes_with_one_file() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("server.db");
    let servers = [(); 2].map(|()| serve("127.0.0.1:0", &file));
    let mut fleet = Fleet::new(40, 50, &servers[0].url).with_other(&servers[1].url);
    let expected = fleet.all();
    let first = fleet.sync(3);
    figures(
        "40 devices bring 50 items each, to two servers over one file",
        &first,
    );
    fleet.sync(3);
    fleet.assert_equal(&file, &expected);
    fleet.edit();
    let expected = fleet.all();
    fleet.sync(3);
    fleet.sync(3);
    fleet.assert_equal(&file, &expected);
    drop(servers);
    let connection = Connection::open(&file).unwrap();
    let sound: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

//! Clients that mean no good, or know no better, and a device that synchronises beside them.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::fleet::Fleet;
use common::{Serve, first_message};
use tokio::net::TcpSocket;

const DEVICES: usize = 4;
const MAX_BODY: usize = 100_000;
const CONNECTIONS: usize = 40;
/// Longer than anything here takes, on a machine that has much else to do as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with narrow limits.
struct Place {
    home: tempfile::TempDir,
    server: Serve,
    address: SocketAddr,
}

impl Place {
    fn new(patience: &str, more: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let users = Fleet::users(DEVICES);
        let mut options: Vec<_> = users.iter().map(String::as_str).collect();
        options.extend(["--patience", patience, "--max-body", "100000"]);
        options.extend(["--max-msg-size", "50000", "--max-connections", "40"]);
        options.extend(more);
        let server = Serve::start(&home.path().join("server.db"), &options);
        let address = server
            .url
            .trim_start_matches("http://")
            .trim_end_matches('/');
        let address = address.parse().unwrap();
        Self {
            home,
            server,
            address,
        }
    }

    /// A connection that comes from elsewhere.
    fn connect(&self) -> TcpStream {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let stream = runtime.block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
            socket
                .connect(self.address)
                .await
                .unwrap()
                .into_std()
                .unwrap()
        });
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Whatever the server says until it closes, and how long that took.
    fn say(&self, octets: &[u8]) -> (String, Duration) {
        let begun = Instant::now();
        let mut stream = self.connect();
        // It may have heard enough before all was said.
        let _ = stream.write_all(octets);
        (hear(&mut stream), begun.elapsed())
    }

    /// Says it again and again, until the answer begins so: the server may not have seen yet what others do.
    fn say_until(&self, octets: &[u8], wanted: &str) -> String {
        let begun = Instant::now();
        loop {
            let (heard, _) = self.say(octets);
            if heard.starts_with(wanted) {
                return heard;
            }
            assert!(begun.elapsed() < PATIENCE, "{heard}");
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Devices synchronise until everybody else is through.
    fn sync_beside(&self, others: impl FnOnce() + Send) -> usize {
        let mut fleet = Fleet::new(DEVICES, 20, &self.server.url);
        let expected = fleet.all();
        let mut rounds = 0;
        thread::scope(|scope| {
            let others = scope.spawn(others);
            while rounds < 2 || !others.is_finished() {
                let round = fleet.sync(1);
                assert_eq!(round.broken, 0);
                rounds += 1;
            }
        });
        fleet.assert_equal(&self.home.path().join("server.db"), &expected);
        rounds
    }
}

fn hear(stream: &mut TcpStream) -> String {
    let mut heard = Vec::new();
    // A reset says as much as an end.
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).into_owned()
}

fn post(length: usize, body: &[u8], more: &str) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.syncml+xml\r\nContent-Length: {length}\r\n{more}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A head, a body and an answer that never end: each connection is closed before long, and nobody else is disturbed.
#[test]
fn slow_clients() {
    let place = Place::new("2", &[]);
    let rounds = place.sync_beside(|| {
        thread::scope(|scope| {
            let place = &place;
            for number in 0..12 {
                scope.spawn(move || {
                    let mut stream = place.connect();
                    let begun = Instant::now();
                    let head = match number % 3 {
                        // Nothing at all, a head, a body: one octet now and then.
                        0 => Vec::new(),
                        1 => b"POST / HTTP/1.1\r\nX: ".to_vec(),
                        _ => post(50_000, b"<SyncML", ""),
                    };
                    stream.write_all(&head).unwrap();
                    while number % 3 > 0 && begun.elapsed() < PATIENCE {
                        if stream.write_all(b"x").is_err() {
                            break;
                        }
                        thread::sleep(Duration::from_millis(100));
                    }
                    hear(&mut stream);
                    let took = begun.elapsed();
                    assert!(took < PATIENCE, "{number}: {took:?}");
                });
            }
        });
    });
    println!("{rounds} rounds of {DEVICES} devices beside slow clients");
}

/// Everything that is no message.
#[test]
fn garbage() {
    let place = Place::new("2", &[]);
    place.sync_beside(|| {
        let (heard, _) =
            place.say(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello by TLS\r\n\r\n");
        assert!(
            heard.is_empty() || heard.starts_with("HTTP/1.1 400"),
            "{heard}"
        );
        let mut noise = 1_u32;
        for _ in 0..20 {
            let octets: Vec<u8> = (0..3000)
                .map(|_| {
                    noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (noise >> 24) as u8
                })
                .collect();
            place.say(&octets);
            let (heard, _) = place.say(&post(octets.len(), &octets, "Connection: close\r\n"));
            assert!(heard.starts_with("HTTP/1.1 400"), "{heard}");
        }
        let (heard, _) = place.say(&post(
            2 * MAX_BODY,
            &vec![b' '; 2 * MAX_BODY],
            "Connection: close\r\n",
        ));
        assert!(heard.starts_with("HTTP/1.1 413"), "{heard}");
        let endless = format!(
            "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
            "x".repeat(200_000)
        );
        let (heard, _) = place.say(endless.as_bytes());
        assert!(
            heard.is_empty() || heard.starts_with("HTTP/1.1 431"),
            "{heard}"
        );
        // A length that nobody has so much memory for.
        let (heard, _) = place.say(&post(usize::MAX / 4, b"<SyncML>", ""));
        assert!(
            heard.is_empty() || heard.starts_with("HTTP/1.1 4"),
            "{heard}"
        );
    });
}

/// Who has said everything and closes that direction still has its answer; who hangs up in the middle is forgotten.
#[test]
fn half_closed() {
    let place = Place::new("2", &[]);
    let message = first_message("half", "1", &["contacts"]);
    place.sync_beside(|| {
        for _ in 0..20 {
            let mut stream = place.connect();
            let body = message.as_bytes();
            stream.write_all(&post(body.len(), body, "")).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let heard = hear(&mut stream);
            assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
            let mut stream = place.connect();
            stream.write_all(&post(body.len() + 1, body, "")).unwrap();
            stream.shutdown(Shutdown::Write).unwrap();
            let heard = hear(&mut stream);
            assert!(
                heard.is_empty() || heard.starts_with("HTTP/1.1 400"),
                "{heard}"
            );
            let mut stream = place.connect();
            stream.write_all(&post(body.len(), body, "")).unwrap();
            drop(stream);
        }
    });
}

/// One address takes all the connections it is given; the others are refused, and other addresses are served.
#[test]
fn too_many_connections() {
    let place = Place::new("20", &[]);
    place.sync_beside(|| {
        let mut held: Vec<_> = (0..CONNECTIONS / 2).map(|_| place.connect()).collect();
        // Each of them is in use.
        for stream in &mut held {
            stream
                .write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                .unwrap();
            stream.read_exact(&mut [0; 12]).unwrap();
        }
        for _ in 0..10 {
            let heard = hear(&mut place.connect());
            assert!(heard.starts_with("HTTP/1.1 503"), "{heard}");
            assert!(heard.contains("Retry-After"), "{heard}");
        }
        drop(held);
        let get = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        place.say_until(get, "HTTP/1.1 200");
    });
}

/// The memory of all requests together, 16 times their bodies: who has room goes on, who has none comes again.
#[test]
fn too_much_memory() {
    let place = Place::new("20", &["--max-memory", "2560000"]);
    place.sync_beside(|| {
        let body = vec![b' '; 90_000];
        let full = post(body.len(), &body, "Connection: close\r\n");
        let begun = Instant::now();
        let (held, heard) = loop {
            // Held without an end. Where the server has not seen it yet, it is this one that finds no room.
            let mut held = place.connect();
            held.write_all(&post(90_000, &[b' '; 80_000], "")).unwrap();
            thread::sleep(Duration::from_millis(500));
            let (heard, _) = place.say(&full);
            if heard.starts_with("HTTP/1.1 503") || begun.elapsed() > PATIENCE {
                break (held, heard);
            }
        };
        assert!(heard.starts_with("HTTP/1.1 503"), "{heard}");
        assert!(heard.to_lowercase().contains("retry-after"), "{heard}");
        drop(held);
        // Room again, and no message.
        place.say_until(&full, "HTTP/1.1 400");
    });
}

//! Many connections at once: every request has an answer, whatever became of those before it.
#![allow(missing_docs, reason = "tests")]

mod common;

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use common::first_message;
use ds_host::Service;
use ds_host::http::Background;
use ds_host::store::SqliteStore;
use ds_protocol::{Datastore, Device, server};
use syncml_devinf::ContentType;
use syncml_wbxml::Limits;

/// Largest body the service takes.
const LIMIT: usize = 100_000;
const CONNECTIONS: usize = 64;
const REQUESTS: usize = 40;

/// A request, and the status it must be answered with.
struct Asked {
    method: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    status: u16,
}

/// Everything a client may send, in turn.
fn asked(number: usize) -> Asked {
    let xml = "application/vnd.syncml+xml";
    let post = |content_type, body, status| Asked {
        method: "POST",
        content_type,
        body,
        status,
    };
    match number % 5 {
        0 => {
            let session = number.to_string();
            let message = first_message("phone", &session, &["contacts"]);
            post(xml, message.into_bytes(), 200)
        }
        1 => post("text/html", vec![b'x'; 50_000], 415),
        2 => post(xml, b"<SyncML>".to_vec(), 400),
        3 => post(xml, vec![b' '; 3 * LIMIT], 413),
        _ => Asked {
            method: "GET",
            content_type: xml,
            body: Vec::new(),
            status: 200,
        },
    }
}

/// A connection that is kept as long as the server keeps it.
struct Kept(BufReader<TcpStream>);

impl Kept {
    fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Asks, and reads the whole answer. Its status, and whether the connection stays.
    fn ask(&mut self, asked: &Asked) -> io::Result<(u16, bool)> {
        let stream = self.0.get_mut();
        write!(
            stream,
            "{} / HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n",
            asked.method,
            asked.content_type,
            asked.body.len()
        )?;
        stream.write_all(&asked.body)?;
        let mut line = String::new();
        if self.0.read_line(&mut line)? == 0 {
            return Err(io::Error::other("closed without an answer"));
        }
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let (mut length, mut stays) = (0, true);
        loop {
            line.clear();
            self.0.read_line(&mut line)?;
            let header = line.trim_end().to_ascii_lowercase();
            match header.split_once(": ") {
                None => break,
                Some(("content-length", value)) => length = value.parse().unwrap_or(0),
                Some(("connection", "close")) => stays = false,
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status.unwrap_or(0), stays))
    }
}

/// Requests on one connection after the other; a connection may end only where the server has said so.
fn client(address: &str, seed: usize) -> Result<(), String> {
    let mut kept = None;
    for number in 0..REQUESTS {
        let asked = asked(seed + number * (1 + seed % 3));
        let failed = |error: io::Error| {
            let what = format!("{} {}", asked.method, asked.content_type);
            format!("client {seed}, request {number} ({what}): {error}")
        };
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => Kept::open(address).map_err(failed)?,
        };
        let (status, stays) = connection.ask(&asked).map_err(failed)?;
        if status != asked.status {
            return Err(failed(io::Error::other(format!("status {status}"))));
        }
        // Some hang up of their own accord.
        if stays && !(seed + number).is_multiple_of(7) {
            kept = Some(connection);
        }
    }
    Ok(())
}

#[test]
fn no_connection_is_closed_without_an_answer() {
    let home = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(home.path().join("store.db")).unwrap();
    store.set_user("ann", "tulip").unwrap();
    let contacts = Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")]);
    let mut config = server::Config::new(Device::new("test", "server"), [contacts]);
    config.sizes.limits = Limits::default().with_max_bytes(LIMIT);
    let server = Background::start(Service::new(config, store), "127.0.0.1:0").unwrap();
    let address = server.address().to_string();
    let clients: Vec<_> = (0..CONNECTIONS)
        .map(|seed| {
            let address = address.clone();
            thread::spawn(move || client(&address, seed))
        })
        .collect();
    let failures: Vec<_> = clients
        .into_iter()
        .filter_map(|client| client.join().unwrap().err())
        .collect();
    assert_eq!(failures, Vec::<String>::new());
}

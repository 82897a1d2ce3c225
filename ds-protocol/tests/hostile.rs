//! Peers and stores that do what they like: the sessions of the fuzz targets, with octets of chance.
#![allow(missing_docs, reason = "tests")]

#[path = "hostile/play.rs"]
mod play;

use ds_protocol::Closed;
use play::Script;

/// Scripts of chance. `HOSTILE_SCRIPTS` says how many; default 300.
fn scripts() -> impl Iterator<Item = Vec<u8>> {
    let count = std::env::var("HOSTILE_SCRIPTS").ok();
    let count = count.and_then(|count| count.parse().ok()).unwrap_or(300);
    (0..count).map(|seed: u64| {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
        let length = 50 + seed as usize % 1_500;
        let octets = (0..length).map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        });
        octets.collect()
    })
}

#[test]
fn a_client_of_chance() {
    let left: Vec<_> = scripts()
        .map(|script| play::server(Script::new(&script)))
        .collect();
    // Some had their way.
    assert!(left.iter().any(|count| *count > 5) && left.iter().any(|count| *count < 5));
}

#[test]
fn a_server_of_chance() {
    let ends: Vec<_> = scripts()
        .map(|script| play::client(Script::new(&script)))
        .collect();
    assert!(ends.contains(&Closed::Complete));
    assert!(ends.iter().any(|end| matches!(end, Closed::Aborted(_))));
}

/// Each recorded message at a time when it makes no sense.
#[test]
fn messages_out_of_place() {
    let mut count = 0;
    for scenario in testdata::scenarios() {
        for message in scenario.messages {
            play::octets(message.xml);
            count += 1;
        }
    }
    assert!(count > 100, "{count}");
}

/// A name that XML cannot hold came in a document that was read leniently: it is answered all the same.
#[test]
fn names_that_cannot_be_written() {
    let message = "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>6\u{1}</SessionID><MsgID>1</MsgID>\
        <Target><LocURI>http://hub/\u{2}</LocURI></Target><Source><LocURI>phone\u{3}\u{FFFE}</LocURI></Source></SyncHdr>\
        <SyncBody><Status><CmdID>1</CmdID><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status><Final/></SyncBody></SyncML>";
    play::octets(message.as_bytes());
}

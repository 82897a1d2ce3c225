//! What decoding XML costs beside quick-xml: its bare event loop, and serde on top of it.
//!
//! `cargo bench -p syncml-repr --bench xml -- FILE…` prints the median time per command of each way
//! through a message, and the median of its ratios to the bare loop, over interleaved rounds.
//! `… -- --once WAY COUNT FILE` goes one way through a file COUNT times and is for callgrind: take
//! the instructions of one time minus those of none.
#![allow(missing_docs, reason = "a program")]

mod derived;

use std::hint::black_box;
use std::time::Instant;

use quick_xml::events::Event;
use syncml_repr::{Bytes, CommandReader, Encoding, Limits, Step, decode};

const ROUNDS: usize = 21;
/// Bytes to read in one round.
const BATCH: usize = 4_000_000;

/// A way through a message. Each returns a count, so that its work is used.
type Way = fn(&File) -> usize;

const WAYS: [(&str, Way); 4] = [
    ("quick-xml", events),
    ("decode", message),
    ("stream", stream),
    ("serde", derived),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["--once", way, count, name, ..] => {
            let way = WAYS.iter().find(|(name, _)| name == way);
            let way = way.expect("a way through the message").1;
            let file = File::read(name);
            for _ in 0..count.parse::<usize>().expect("a count") {
                black_box(way(&file));
            }
        }
        // Cargo's own arguments come without files.
        names => names
            .iter()
            .filter(|name| !name.starts_with("--"))
            .for_each(|name| File::read(name).compare()),
    }
}

struct File {
    name: String,
    /// Known to be UTF-8, which quick-xml then need not find out.
    text: String,
    bytes: Bytes,
    limits: Limits,
}

impl File {
    fn read(name: &str) -> Self {
        let text = std::fs::read_to_string(name).expect("a file to read");
        let bytes = Bytes::from(text.clone());
        // The first share of a buffer makes it shareable, which is not the decoder's doing.
        drop(bytes.clone());
        let limits = Limits::default()
            .with_max_bytes(bytes.len())
            .with_max_text(bytes.len());
        Self {
            name: name.to_owned(),
            text,
            bytes,
            limits,
        }
    }

    fn compare(&self) {
        let commands = commands(self);
        // Who reads less does less.
        assert_eq!(derived(self), commands, "serde reads all commands");
        let times = (BATCH / self.bytes.len()).max(1);
        let mut rounds = [const { Vec::new() }; WAYS.len()];
        for _ in 0..ROUNDS {
            for (round, (_, way)) in rounds.iter_mut().zip(WAYS) {
                let start = Instant::now();
                for _ in 0..times {
                    black_box(way(black_box(self)));
                }
                round.push(start.elapsed().as_secs_f64() / times as f64);
            }
        }
        for ((way, _), own) in WAYS.iter().zip(&rounds) {
            let ratios = own.iter().zip(&rounds[0]).map(|(own, bare)| own / bare);
            println!(
                "file={} way={way} ns_per_command={:.0} ratio={:.2}",
                self.name,
                median(own.iter().copied()) * 1e9 / commands as f64,
                median(ratios)
            );
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// quick-xml's events, nothing done with them.
fn events(file: &File) -> usize {
    let mut reader = quick_xml::Reader::from_str(&file.text);
    let mut count = 0;
    loop {
        match reader.read_event().expect("XML") {
            Event::Eof => return count,
            event => {
                black_box(event);
                count += 1;
            }
        }
    }
}

fn message(file: &File) -> usize {
    let message = decode(&file.bytes, Encoding::Xml, &file.limits).expect("a message");
    black_box(&message).body.commands.len()
}

fn stream(file: &File) -> usize {
    let reader = CommandReader::new(&file.bytes, Encoding::Xml, &file.limits).expect("a message");
    let mut count = 0;
    for step in reader {
        black_box(step.expect("a message"));
        count += 1;
    }
    count
}

fn derived(file: &File) -> usize {
    let message: derived::SyncMl = quick_xml::de::from_str(&file.text).expect("a message");
    black_box(&message).commands()
}

/// Commands, those in a `Sync` too.
fn commands(file: &File) -> usize {
    CommandReader::new(&file.bytes, Encoding::Xml, &file.limits)
        .expect("a message")
        .filter(|step| matches!(step, Ok(Step::Command(_) | Step::Open(_))))
        .count()
}

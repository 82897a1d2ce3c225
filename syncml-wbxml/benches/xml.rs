//! What reading XML costs beside quick-xml's bare event loop.
//!
//! `cargo bench -p syncml-wbxml --bench xml -- FILE…` prints the median time per command of each way
//! through a document, and the median of its ratios to the bare loop, over interleaved rounds.
//! `… -- --once WAY COUNT FILE` walks one way through a file COUNT times and is for callgrind: take
//! the instructions of one walk minus those of none.
#![allow(missing_docs, reason = "a program")]

use std::hint::black_box;
use std::time::Instant;

use syncml_wbxml::tag::{metinf, syncml};
use syncml_wbxml::{Bytes, Child, Event, Limits, Mark, Name, Sink, Source, xml};

const ROUNDS: usize = 15;

type Way = fn(&Bytes) -> usize;

const WAYS: [(&str, Way); 4] = [
    ("quick-xml", quick_xml),
    ("events", events),
    ("children", children),
    ("write", write),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["--once", way, count, file] => {
            let way = WAYS.iter().find(|(name, _)| name == way);
            let way = way.expect("a way through the document").1;
            let bytes = read(file);
            for _ in 0..count.parse::<usize>().expect("a count") {
                black_box(way(&bytes));
            }
        }
        // Cargo's own arguments come without files.
        files => files
            .iter()
            .filter(|file| !file.starts_with("--"))
            .for_each(|file| compare(file)),
    }
}

fn read(file: &str) -> Bytes {
    std::fs::read(file).expect("a file to read").into()
}

fn compare(file: &str) {
    let bytes = read(file);
    let commands = commands(&bytes).max(1);
    let walks = (2_000_000 / bytes.len()).max(1);
    let mut times = [const { Vec::new() }; WAYS.len()];
    for _ in 0..ROUNDS {
        for (times, (_, way)) in times.iter_mut().zip(WAYS) {
            let start = Instant::now();
            for _ in 0..walks {
                black_box(way(black_box(&bytes)));
            }
            times.push(start.elapsed().as_secs_f64() / walks as f64);
        }
    }
    for ((name, _), own) in WAYS.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]).map(|(own, bare)| own / bare);
        println!(
            "file={file} way={name} ns_per_command={:.0} ratio={:.2}",
            median(own.iter().copied()) * 1e9 / commands as f64,
            median(ratios)
        );
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Commands with an id.
fn commands(bytes: &Bytes) -> usize {
    let mut reader = xml::Reader::new(bytes, &limits()).expect("XML");
    let mut commands = 0;
    while let Some(event) = reader.next_event().expect("XML") {
        commands += usize::from(event == Event::Start(Name::Known(syncml::CMD_ID)));
    }
    commands
}

fn limits() -> Limits {
    Limits::default()
        .with_max_bytes(usize::MAX)
        .with_max_text(usize::MAX)
}

fn quick_xml(bytes: &Bytes) -> usize {
    let text = core::str::from_utf8(bytes).expect("UTF-8");
    let mut reader = quick_xml::Reader::from_str(text);
    let mut count = 0;
    loop {
        match reader.read_event().expect("XML") {
            quick_xml::events::Event::Eof => return count,
            event => {
                black_box(event);
                count += 1;
            }
        }
    }
}

fn events(bytes: &Bytes) -> usize {
    let mut reader = xml::Reader::new(bytes, &limits()).expect("XML");
    let mut count = 0;
    while let Some(event) = reader.next_event().expect("XML") {
        black_box(event);
        count += 1;
    }
    count
}

/// As a typed decoder goes.
fn children(bytes: &Bytes) -> usize {
    let mut reader = xml::Reader::new(bytes, &limits()).expect("XML");
    let mut count = 0;
    let mut seen: Vec<(Mark, Mark)> = Vec::new();
    let mut depth = 0;
    loop {
        let tag = match reader.child().expect("XML") {
            Child::Known(tag) => tag,
            Child::Other(_) => syncml::SYNC_ML,
            Child::End => {
                depth -= 1;
                if depth == 0 {
                    return count;
                }
                continue;
            }
        };
        count += 1;
        match tag {
            syncml::META => {
                let from = reader.mark();
                let same = |&(from, to): &(Mark, Mark)| {
                    reader.pass_same(from, to).expect("XML").then_some(())
                };
                if seen.iter().find_map(same).is_none() {
                    syncml_wbxml::skip(&mut reader).expect("XML");
                    seen.extend(from.zip(reader.mark()));
                }
            }
            syncml::DATA => {
                match reader.whole_octets().expect("XML") {
                    Some(octets) => drop(black_box(octets)),
                    None => drop(black_box(syncml_wbxml::leaf_bytes(&mut reader))),
                };
            }
            syncml::CMD_ID
            | syncml::MSG_REF
            | syncml::CMD_REF
            | syncml::CMD
            | syncml::SOURCE_REF
            | syncml::TARGET_REF
            | syncml::LOC_URI
            | metinf::TYPE => {
                match reader.whole_run().expect("XML") {
                    Some(text) => drop(black_box(text)),
                    None => drop(black_box(syncml_wbxml::leaf_text(&mut reader))),
                };
            }
            _ => depth += 1,
        }
    }
}

/// Reads events and writes them again.
fn write(bytes: &Bytes) -> usize {
    let mut reader = xml::Reader::new(bytes, &limits()).expect("XML");
    let mut writer = xml::Writer::with_capacity(reader.doctype(), bytes.len() + bytes.len() / 8);
    while let Some(event) = reader.next_event().expect("XML") {
        writer.put(event).expect("one element");
    }
    writer.finish().expect("one element").len()
}

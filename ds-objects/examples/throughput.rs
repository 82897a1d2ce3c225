//! How fast cards and calendars are read and converted, beside calcard in the same run.
//!
//! ```text
//! cargo run --release -p ds-objects --example throughput -- FILE…
//! ```
//!
//! Each file may hold many objects. The work on all of them is repeated for about a second, in turns, so that both
//! programs see the same weather; the best turn of each counts.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use calcard::{Entry, Parser};
use ds_objects::convert::{Options, convert};
use ds_objects::{Format, parse, split};

/// Turns of each kind of work.
const TURNS: u32 = 12;
/// How long a turn is at least.
const TURN: Duration = Duration::from_millis(120);

fn main() -> ExitCode {
    let mut objects: Vec<Vec<u8>> = Vec::new();
    for path in std::env::args_os().skip(1) {
        match std::fs::read(&path) {
            Ok(bytes) => objects.extend(split(&bytes).map(<[u8]>::to_vec)),
            Err(error) => {
                eprintln!("error: {}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    let bytes: usize = objects.iter().map(Vec::len).sum();
    if bytes == 0 {
        eprintln!("error: no objects; name files with cards or calendars");
        return ExitCode::from(2);
    }
    let texts: Vec<String> = objects
        .iter()
        .map(|object| String::from_utf8_lossy(object).into_owned())
        .collect();
    println!(
        "{} objects, {} bytes each on average",
        objects.len(),
        bytes / objects.len()
    );

    let read = || {
        objects
            .iter()
            .filter(|object| black_box(parse("text/x-vcard", object)).is_ok())
            .count()
    };
    let converted = || {
        let done = objects.iter().filter_map(|object| {
            let object = parse("text/x-vcard", object).ok()?;
            let to = match object.format() {
                Format::VCard21 => Format::VCard30,
                Format::VCalendar10 => Format::ICalendar20,
                format if format.is_card() => Format::VCard21,
                _ => Format::VCalendar10,
            };
            Some(convert(&object, to, &Options::default())?.object.encode())
        });
        done.map(|bytes| black_box(bytes).len()).sum::<usize>()
    };
    let judged = || {
        texts
            .iter()
            .filter(|text| {
                matches!(
                    black_box(first(text)),
                    Entry::VCard(_) | Entry::ICalendar(_)
                )
            })
            .count()
    };

    let mut best = [0.0_f64; 3];
    for _ in 0..TURNS {
        let works: [&dyn Fn() -> usize; 3] = [&read, &converted, &judged];
        for (work, best) in works.iter().zip(&mut best) {
            *best = best.max(rate(bytes, work));
        }
    }
    let [ours, conversion, theirs] = best;
    println!("ds-objects reads     {ours:8.1} MB/s");
    println!(
        "ds-objects converts  {conversion:8.1} MB/s (read, converted to the other version, written)"
    );
    println!("calcard reads        {theirs:8.1} MB/s");
    println!("reading: {:.1} times calcard's rate", ours / theirs);
    println!(
        "converting: {:.1} times the rate at which calcard only reads",
        conversion / theirs
    );
    ExitCode::SUCCESS
}

fn first(text: &str) -> Entry {
    Parser::new(text).entry()
}

/// Megabytes a second in one turn.
fn rate(bytes: usize, work: &dyn Fn() -> usize) -> f64 {
    let start = Instant::now();
    let mut rounds = 0_u32;
    while start.elapsed() < TURN {
        black_box(work());
        rounds += 1;
    }
    let bytes = bytes as f64 * f64::from(rounds);
    bytes / start.elapsed().as_secs_f64() / 1e6
}

//! Every fixture, cut off everywhere and with every octet corrupted, in front of every parser.
//!
//! Whatever the input, each parser gives a result, does not panic, and takes a number of steps that
//! its size bounds. `cargo test` takes a sample, the same each time; `HOSTILE=N` takes one input of
//! N instead of [`SAMPLE`]. All of them are some millions:
//!
//! ```text
//! HOSTILE=1 cargo test --release -p syncml-repr --test hostile -- --nocapture
//! ```

mod input;
mod parser;
mod stream;
mod walk;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use input::{Original, originals};

/// Fixtures up to this size are taken whole, larger ones in samples. In bytes.
const WHOLE: usize = 8 << 10;

/// Of so many inputs `cargo test` takes one. Prime, so that over the fixtures every kind of
/// corruption and every place gets its turn.
const SAMPLE: usize = 997;

/// Of so many inputs made of a large fixture every run takes one at most.
const SAMPLE_OF_LARGE: usize = 61;

/// Requirements WBXML-007, REPR-014.
#[test]
fn every_truncation_and_every_corrupted_octet() {
    let sample = std::env::var("HOSTILE").map_or(SAMPLE, |sample| {
        sample.parse().expect("HOSTILE is a number")
    });
    let originals = originals();
    assert!(originals.len() > 200, "the collection is there");
    let (next, inputs) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some(original) = originals.get(next.fetch_add(1, Ordering::Relaxed)) {
                    inputs.fetch_add(torment(original, sample), Ordering::Relaxed);
                }
            });
        }
    });
    let inputs = inputs.into_inner();
    println!(
        "fixtures={} inputs={inputs} seconds={:.1}",
        originals.len(),
        start.elapsed().as_secs_f32()
    );
    assert!(inputs > 10_000, "{inputs} inputs");
}

/// Shows one fixture in its corrupted forms to all parsers; the number of forms shown.
fn torment(original: &Original, sample: usize) -> usize {
    let stride = if original.bytes.len() > WHOLE {
        sample * SAMPLE_OF_LARGE
    } else {
        sample
    };
    let mut shown = 0;
    // Where to begin differs from fixture to fixture.
    let first = original.name.bytes().map(usize::from).sum::<usize>() % stride;
    for case in original.cases().skip(first).step_by(stride) {
        let _told = input::TellOnPanic(original, case);
        parser::show_all(&original.apply(case), original.encoding);
        shown += 1;
    }
    parser::show_all(&original.bytes, original.encoding);
    shown + 1
}

//! How much memory a file or mail of any size takes on its way through, both directions at once.
//!
//! ```text
//! cargo run --release -p ds-objects --example large_body -- 1024
//! ```
//!
//! The number is the size of the content in MiB. The content is made as it goes, written piece by piece, and what is
//! written is read again; all that is allocated is counted.

use std::process::ExitCode;

use ds_objects::omads::{BodyReader, BodyWriter, Email, File};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Octets that are handed over at a time.
const PIECE: usize = 16 << 10;

fn main() -> ExitCode {
    let Some(size) = std::env::args()
        .nth(1)
        .and_then(|size| size.parse::<u64>().ok())
    else {
        eprintln!("error: name the size of the content in MiB");
        return ExitCode::from(2);
    };
    let pieces = size << 20 >> PIECE.trailing_zeros();
    let mut is_right = true;
    for kind in ["File", "Email"] {
        let profiler = dhat::Profiler::builder().testing().build();
        let through = pass(kind == "Email", pieces);
        let peak = dhat::HeapStats::get().max_bytes;
        drop(profiler);
        println!("{kind}: {size} MiB through, at most {peak} bytes allocated at a time");
        is_right &= through == Some(pieces * PIECE as u64);
    }
    match is_right {
        true => ExitCode::SUCCESS,
        false => {
            eprintln!("error: what was read is not what was written");
            ExitCode::FAILURE
        }
    }
}

/// Octets that came through as they were; none: they did not.
fn pass(is_email: bool, pieces: u64) -> Option<u64> {
    let piece = [0xA5_u8; PIECE];
    let (mut out, mut read) = (Vec::new(), 0);
    let (mut reader, mut writer) = match is_email {
        true => (
            BodyReader::email(),
            BodyWriter::begin_email(&Email::default(), &mut out),
        ),
        false => (
            BodyReader::new(),
            BodyWriter::begin(&File::default(), &mut out),
        ),
    };
    for _ in 0..pieces {
        writer.content(&piece, &mut out);
        feed(&mut reader, &mut out, &mut read)?;
    }
    writer.end(&mut out);
    feed(&mut reader, &mut out, &mut read)?;
    let is_whole = match is_email {
        true => reader.finish_email().is_ok(),
        false => reader.finish().is_ok(),
    };
    is_whole.then_some(read)
}

fn feed(reader: &mut BodyReader, out: &mut Vec<u8>, read: &mut u64) -> Option<()> {
    let mut is_same = true;
    let fed = reader.feed(out, &mut |octets| {
        is_same &= octets.iter().all(|octet| *octet == 0xA5);
        *read += octets.len() as u64;
    });
    out.clear();
    (fed.is_ok() && is_same).then_some(())
}

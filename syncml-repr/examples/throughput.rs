//! Measures decoding and encoding of messages.
//!
//! ```text
//! cargo run --release -p syncml-repr --example throughput -- FILE...
//! ```
//!
//! One line for each file: time per command (median of 15 rounds), allocations per command, and the
//! most heap in use above the input per command. Commands are all elements with a `CmdID`, those in
//! a `Sync` and the `Sync` itself too. `stream_peak_bytes` is the most heap in use, in all, when the
//! commands are taken one at a time.
//!
//! Clocks depend on what else the machine does. What does not is the number of instructions; for
//! that, `--once OPERATION FILE` does one thing once, to be run under a profiler such as
//! `valgrind --tool=callgrind`. Costs are differences, since an operation does what it needs before:
//!
//! | operation | does | its cost is the difference to |
//! | --- | --- | --- |
//! | `decode` | decodes | `none` |
//! | `encode` | decodes, encodes twice | `read`, which encodes once |
//! | `stream` | decodes command by command | `none` |
//! | `share` | moves repeated texts of WBXML to a string table | `none` |
//! | `decode-shared` | the same, and decodes the result | `share` |

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use syncml_repr::{Bytes, Command, CommandReader, Encoding, Limits, Message, decode, encode};
use syncml_wbxml::sniff;
use syncml_wbxml::token::share_strings;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const ROUNDS: usize = 15;
/// Time for one operation in one round.
const BATCH: Duration = Duration::from_millis(20);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    if arguments.peek().is_none() {
        return Err(
            "usage: throughput FILE... | --once decode|encode|stream|share|decode-shared|none|read FILE".into(),
        );
    }
    if arguments.next_if(|first| first == "--once").is_some() {
        let operation = arguments.next().ok_or("which operation?")?;
        let file = File::read(&arguments.next().ok_or("which file?")?)?;
        return file.once(&operation);
    }
    for name in arguments {
        File::read(&name)?.measure()?;
    }
    Ok(())
}

struct File {
    name: String,
    bytes: Bytes,
    encoding: Encoding,
    limits: Limits,
}

impl File {
    fn read(name: &str) -> Result<Self, Box<dyn Error>> {
        let bytes = Bytes::from(std::fs::read(name)?);
        // The first share of a buffer makes it shareable, which is not the decoder's doing.
        drop(bytes.clone());
        let encoding = sniff(&bytes).ok_or("neither XML nor WBXML")?;
        let limits = Limits::default()
            .with_max_bytes(bytes.len())
            .with_max_text(bytes.len());
        Ok(Self {
            name: name.to_owned(),
            bytes,
            encoding,
            limits,
        })
    }

    fn decode(&self) -> Result<Message, Box<dyn Error>> {
        Ok(decode(&self.bytes, self.encoding, &self.limits)?)
    }

    fn stream(&self) -> Result<usize, Box<dyn Error>> {
        let mut reader = CommandReader::new(&self.bytes, self.encoding, &self.limits)?;
        let mut steps = 0;
        while let Some(step) = reader.next_step()? {
            black_box(&step);
            steps += 1;
        }
        Ok(steps)
    }

    /// The document with its repeated texts in a string table.
    fn shared(&self) -> Result<Vec<u8>, Box<dyn Error>> {
        Ok(share_strings(&self.bytes, &self.limits)?)
    }

    fn once(&self, operation: &str) -> Result<(), Box<dyn Error>> {
        match operation {
            "decode" => drop(black_box(self.decode()?)),
            "encode" => {
                let message = self.decode()?;
                black_box(encode(&message, self.encoding)?);
                black_box(encode(&message, self.encoding)?);
            }
            "stream" => drop(black_box(self.stream()?)),
            "none" => {}
            "share" => drop(black_box(self.shared()?)),
            "decode-shared" => {
                let shared = Bytes::from(self.shared()?);
                black_box(decode(&shared, self.encoding, &self.limits)?);
            }
            "read" => drop(black_box(encode(&self.decode()?, self.encoding)?)),
            other => return Err(format!("{other}: no such operation").into()),
        }
        Ok(())
    }

    fn measure(&self) -> Result<(), Box<dyn Error>> {
        let message = self.decode()?;
        let commands = count(&message.body.commands).max(1);
        let each = |total: f64| total / commands as f64;

        let (allocations, peak) = heap(|| self.decode())?;
        let (_, stream_peak) = heap(|| self.stream())?;
        let [decode_time, encode_time] =
            interleaved([&mut || drop(black_box(self.decode())), &mut || {
                drop(black_box(encode(&message, self.encoding)))
            }]);
        println!(
            "file={} encoding={} commands={commands} decode_ns_per_command={:.0} \
             encode_ns_per_command={:.0} decode_allocs_per_command={:.4} \
             peak_bytes_per_command={:.0} stream_peak_bytes={stream_peak}",
            self.name,
            match self.encoding {
                Encoding::Xml => "xml",
                Encoding::Wbxml => "wbxml",
            },
            each(decode_time),
            each(encode_time),
            each(allocations as f64),
            each(peak as f64),
        );
        Ok(())
    }
}

/// Commands, those in other commands too.
fn count(commands: &[Command]) -> usize {
    commands
        .iter()
        .map(|command| {
            1 + match command {
                Command::Sync(sync) => count(&sync.commands),
                Command::Group(group) => count(&group.commands),
                _ => 0,
            }
        })
        .sum()
}

/// Allocations, and the most bytes in use, while something is done and its result still lives.
fn heap<T>(
    operation: impl Fn() -> Result<T, Box<dyn Error>>,
) -> Result<(u64, usize), Box<dyn Error>> {
    let profiler = dhat::Profiler::builder().testing().build();
    let result = operation()?;
    let stats = dhat::HeapStats::get();
    drop(result);
    drop(profiler);
    Ok((stats.total_blocks, stats.max_bytes))
}

/// Median time of each operation in nanoseconds, in rounds one after the other.
fn interleaved<const N: usize>(mut operations: [&mut dyn FnMut(); N]) -> [f64; N] {
    let time = |operation: &mut dyn FnMut(), times: u32| {
        let start = Instant::now();
        (0..times).for_each(|_| operation());
        start.elapsed()
    };
    let mut samples = [const { Vec::new() }; N];
    let times: Vec<u32> = operations
        .iter_mut()
        .map(|operation| {
            let once = time(operation, 1).max(Duration::from_nanos(1));
            u32::try_from(BATCH.as_nanos() / once.as_nanos()).map_or(1, |times| times.max(1))
        })
        .collect();
    for _ in 0..ROUNDS {
        for ((operation, samples), &times) in operations.iter_mut().zip(&mut samples).zip(&times) {
            samples.push(time(operation, times).as_secs_f64() * 1e9 / f64::from(times));
        }
    }
    samples.map(|mut samples| {
        samples.sort_by(f64::total_cmp);
        samples[samples.len() / 2]
    })
}

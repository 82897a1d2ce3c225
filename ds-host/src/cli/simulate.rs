//! `syncml simulate`: a server and its devices in a world in which everything goes wrong that can.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use ds_host::{Error, ErrorKind};
use ds_protocol::testing::simulate::{Broken, Plan, Tally};
use serde::Serialize;

use super::{Failure, Output, Table};

/// Let everything go wrong that can, and see whether anything is lost.
///
/// Each seed stands for a server, devices, edits, sessions and mishaps, and is the same each time. Exit code 1 if a promise is not kept: then the smallest
/// run in which it is not kept is told, message by message.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// First seed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many seeds; 1 where a seed is named, else 1000.
    #[arg(long, value_name = "COUNT")]
    seeds: Option<u64>,
    /// Devices beside the server, 1 to 4; else as the seed has it.
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=4))]
    devices: Option<u8>,
    /// Play the plan in this file in place of seeds.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seed", "seeds", "devices"])]
    plan: Option<PathBuf>,
    /// Where a promise is not kept: write the smallest plan to this file, to be played again by --plan.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The JSON object of `simulate`.
#[derive(Serialize)]
struct Simulated {
    seeds: u64,
    sessions: u64,
    messages: u64,
    /// Octets of the largest session at rest.
    heaviest: u64,
    faults: BTreeMap<&'static str, u64>,
    /// Seeds by the quiet rounds that were needed.
    rounds: BTreeMap<u32, u64>,
    broken: Option<Told>,
}

/// A promise that was not kept.
#[derive(Serialize)]
struct Told {
    seed: u64,
    what: String,
    /// The smallest run.
    transcript: String,
    /// The command that plays the seed again.
    again: String,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let named = args.seed > 0;
    let count = args.seeds.unwrap_or(if named { 1 } else { 1000 });
    let devices = args.devices.map(usize::from);
    let (tally, broken) = match &args.plan {
        Some(file) => match read(file)?.play() {
            Ok(tally) => (tally, None),
            Err(broken) => (Tally::default(), Some(broken)),
        },
        None => play(args.seed, count, devices),
    };
    let broken = broken.map(|broken| told(&broken, &args)).transpose()?;
    let result = Simulated {
        seeds: tally.seeds,
        sessions: tally.sessions,
        messages: tally.messages,
        heaviest: tally.heaviest,
        faults: tally.faults,
        rounds: tally.rounds,
        broken,
    };
    output.result(&result, || text(&result))?;
    match result.broken {
        None => Ok(()),
        Some(told) => Err(Failure::Error(
            Error::new(
                ErrorKind::Internal,
                format!("seed {}: {}", told.seed, told.what),
            )
            .with_hint(told.again),
        )),
    }
}

/// Plays the seeds on all processors; of those that fail, the first.
fn play(from: u64, count: u64, devices: Option<usize>) -> (Tally, Option<Broken>) {
    let next = AtomicU64::new(from);
    let end = from.saturating_add(count);
    let failed = AtomicU64::new(u64::MAX);
    let worker = || {
        let mut tally = Tally::default();
        let mut first: Option<Broken> = None;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end || seed > failed.load(Ordering::Relaxed) {
                return (tally, first);
            }
            match Plan::of(seed, devices).play() {
                Ok(played) => tally.add(&played),
                Err(broken) => {
                    failed.fetch_min(seed, Ordering::Relaxed);
                    first.get_or_insert(broken);
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (mut tally, mut broken) = (Tally::default(), None::<Broken>);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            let Ok((played, found)) = worker.join() else {
                continue;
            };
            tally.add(&played);
            let seed = |broken: &Broken| broken.plan.seed();
            broken = [broken.take(), found]
                .into_iter()
                .flatten()
                .min_by_key(seed);
        }
    });
    (tally, broken)
}

fn read(file: &Path) -> Result<Plan, Error> {
    let unusable = |error: &dyn std::fmt::Display| {
        Error::new(ErrorKind::Config, format!("{}: {error}", file.display()))
    };
    let text = fs::read_to_string(file).map_err(|error| unusable(&error))?;
    Plan::from_json(&text).map_err(|error| unusable(&error))
}

fn told(broken: &Broken, args: &Args) -> Result<Told, Error> {
    let small = broken.plan.shrunk();
    let seed = broken.plan.seed();
    if let Some(file) = &args.save {
        let written = fs::write(file, small.to_json());
        written
            .map_err(|error| Error::new(ErrorKind::Io, format!("{}: {error}", file.display())))?;
    }
    let again = match (&args.save, &args.plan) {
        (Some(file), _) | (None, Some(file)) => {
            format!("syncml simulate --plan {}", file.display())
        }
        (None, None) => {
            let devices = args.devices;
            let devices =
                devices.map_or_else(String::new, |devices| format!(" --devices {devices}"));
            format!("syncml simulate --seed {seed} --seeds 1{devices}")
        }
    };
    Ok(Told {
        seed,
        what: broken.what.clone(),
        transcript: small.transcript(),
        again,
    })
}

fn text(result: &Simulated) -> String {
    let mut text = String::new();
    if let Some(told) = &result.broken {
        text.push_str(&told.transcript);
        text.push_str("\n\n");
    }
    let mut table = Table::new(["what happened", "times"]);
    let counted = [
        ("seeds", result.seeds),
        ("sessions", result.sessions),
        ("messages", result.messages),
    ];
    for (name, count) in counted {
        table.row([name.to_owned(), count.to_string()]);
    }
    for (name, count) in &result.faults {
        table.row([(*name).to_owned(), count.to_string()]);
    }
    for (rounds, seeds) in &result.rounds {
        let name = format!("together after {rounds} quiet rounds");
        table.row([name, seeds.to_string()]);
    }
    text.push_str(&table.render());
    text
}

//! `syncml demo`: see it work.

use std::fs;
use std::path::PathBuf;

use ds_host::{Error, ErrorKind};
use serde::Serialize;

use super::summary::counts;
use super::{Failure, Output, Table};
use crate::demo::{self, Outcome, Step};

/// Start a server, synchronise two devices with it over HTTP, and compare all three.
///
/// Everything happens in a temporary directory and on a loopback port. Exit code 1 if anything differs at the end.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Keep the server's database and the devices' folders in this directory, which must be empty or new.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// The JSON object of `demo`.
#[derive(Serialize)]
struct Result_<'a> {
    equal: bool,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let temporary;
    let home = match &args.keep {
        Some(directory) => {
            fs::create_dir_all(directory)
                .map_err(|error| Failure::io(&directory.display().to_string(), error))?;
            let mut entries = fs::read_dir(directory)
                .map_err(|error| Failure::io(&directory.display().to_string(), error))?;
            if entries.next().is_some() {
                return Err(Failure::Usage(format!(
                    "{} is not empty",
                    directory.display()
                )));
            }
            directory.as_path()
        }
        None => {
            temporary =
                tempfile::tempdir().map_err(|error| Failure::io("a temporary directory", error))?;
            temporary.path()
        }
    };
    let mut said = Ok(());
    let outcome = demo::run(home, &mut |line| {
        if said.is_ok() {
            said = output.line(line);
        }
    })?;
    said?;
    let equal = outcome.differences.is_empty();
    output.result(
        &Result_ {
            equal,
            outcome: &outcome,
        },
        || describe(&outcome),
    )?;
    if equal {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Refused, format!("{} differences at the end", outcome.differences.len()))
        .with_hint("this is an error in syncml itself: please report it, with the output of `syncml demo --json`")
        .into())
}

fn describe(outcome: &Outcome) -> String {
    let mut table = Table::new([
        "step",
        "device",
        "over",
        "datastore",
        "sync type",
        "client",
        "server",
        "matched",
        "conflicts",
        "messages",
        "bytes",
        "ms",
    ]);
    for step in &outcome.steps {
        rows(step, &mut table);
    }
    let mut text = format!("\n{}\n", table.render());
    text.push_str("client, server: items added (+), replaced (~) and deleted (-) there; messages, bytes and time are the session's\n\n");
    for held in &outcome.items {
        text.push_str(&format!(
            "{}: {} items on the server, {} on device A, {} on device B\n",
            held.datastore, held.server, held.a, held.b
        ));
    }
    for difference in &outcome.differences {
        text.push_str(&format!("DIFFERENT {difference}\n"));
    }
    if outcome.differences.is_empty() {
        text.push_str("compared item by item: all three are equal\n");
    }
    text
}

/// A row for each datastore of a session; what belongs to the session stands in the first.
fn rows(step: &Step, table: &mut Table) {
    let report = &step.report;
    for (number, datastore) in report.datastores.iter().enumerate() {
        let once = |text: String| if number == 0 { text } else { String::new() };
        table.row([
            once(step.step.clone()),
            once(step.device.to_owned()),
            once(format!("{:?} {}", step.encoding, step.auth).to_lowercase()),
            datastore.name.clone(),
            datastore.mode.unwrap_or("-").to_owned(),
            counts(&datastore.local),
            counts(&datastore.remote_counts),
            datastore.matched.to_string(),
            datastore.conflicts.len().to_string(),
            once((report.messages.sent + report.messages.received).to_string()),
            once((report.bytes.sent + report.bytes.received).to_string()),
            once(report.duration.as_millis().to_string()),
        ]);
    }
}

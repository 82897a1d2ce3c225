//! The command line: one file for each subcommand.

mod carrier;
mod choice;
mod convert;
mod decode;
mod demo;
mod encode;
mod explain;
mod export;
mod failure;
mod fitted;
mod folder_type;
mod import;
mod input;
mod interrupt;
mod limit;
mod listen;
mod local;
mod notify;
mod option;
mod output;
mod path;
mod progress;
mod san;
mod secret;
mod serve;
mod simulate;
mod size;
mod summary;
mod sync;
mod users;
mod validate;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use ds_host::ErrorKind;

pub(crate) use failure::Failure;
pub(crate) use output::{Output, Table};
pub(crate) use serve::{config, default_datastores};

/// SyncML / OMA Data Synchronization: a server, a client and tools.
#[derive(Debug, Parser)]
#[command(name = "syncml", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Give one JSON object on standard output instead of text.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Args),
    Sync(sync::Args),
    Password(users::Args),
    Export(export::Args),
    Fitted(fitted::Args),
    Import(import::Args),
    Decode(decode::Args),
    Encode(encode::Args),
    Validate(validate::Args),
    Convert(convert::Args),
    San(san::Args),
    Notify(notify::Args),
    Demo(demo::Args),
    Simulate(simulate::Args),
}

/// Exit code of what may work later, as `sysexits.h` has it.
const TRY_AGAIN: u8 = 75;

/// Runs the command line. Exit code 1: it did not work; 2: the arguments make no sense; 75: another program is at it.
/// `validate` has a scale of its own.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.json);
    let done = match cli.command {
        Command::Serve(args) => serve::run(args, output),
        Command::Sync(args) => sync::run(args, output),
        Command::Password(args) => users::run(args, output),
        Command::Export(args) => export::run(args, output),
        Command::Fitted(args) => fitted::run(args, output),
        Command::Import(args) => import::run(args, output),
        Command::Decode(args) => decode::run(args, output),
        Command::Encode(args) => encode::run(args, output),
        Command::Validate(args) => match validate::run(args, output) {
            Ok(code) => return code,
            Err(failure) => Err(failure),
        },
        Command::Convert(args) => convert::run(args, output),
        Command::San(args) => match san::run(args, output) {
            Ok(code) => return code,
            Err(failure) => Err(failure),
        },
        Command::Notify(args) => notify::run(args, output),
        Command::Demo(args) => demo::run(args, output),
        Command::Simulate(args) => simulate::run(args, output),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(message)) => Cli::command()
            .error(clap::error::ErrorKind::ValueValidation, message)
            .exit(),
        Err(Failure::OutputClosed) => ExitCode::FAILURE,
        Err(Failure::Error(error)) => {
            output::complain(&error);
            match error.kind() {
                ErrorKind::InUse => TRY_AGAIN.into(),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_arguments_is_sound() {
        Cli::command().debug_assert();
    }
}

//! `syncml san`: notifications as octets, to and fro.

mod bits;
mod build;
mod parse;

use std::process::ExitCode;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub(super) use self::build::Ui;
use super::{Failure, Output};

/// Build and read notifications: what a server sends to ask a device for a session.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Build(build::Args),
    Parse(parse::Args),
}

pub(super) fn run(args: Args, output: Output) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Build(args) => build::run(args, output).map(|()| ExitCode::SUCCESS),
        Command::Parse(args) => parse::run(args, output),
    }
}

/// The octets of a nonce.
#[derive(Clone, Debug, Default)]
struct Nonce(Vec<u8>);

fn nonce(text: &str) -> Result<Nonce, String> {
    let octets = BASE64_STANDARD.decode(text.trim());
    octets.map(Nonce).map_err(|error| {
        format!("a nonce is Base64, as in NextNonce, such as Tm9uY2UtMDE=: {error}")
    })
}

/// Octets as hexadecimal digits.
pub(super) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Hexadecimal digits as octets; blanks and colons between them do not matter. None: it is something else.
fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|c| !c.is_whitespace() && *c != ':');
    let digits = digits.map(|c| c.to_digit(16)).collect::<Option<Vec<_>>>()?;
    if digits.is_empty() || !digits.len().is_multiple_of(2) {
        return None;
    }
    let octets = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    octets.collect()
}

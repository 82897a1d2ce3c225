//! Users whose passwords nobody has to tell: a file of digests.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ds_host::{Error, ErrorKind};
use ds_protocol::Secret;
use serde::Serialize;

use super::option::User;
use super::{Failure, Output};

/// Give the line of a user for the file of `serve --users`.
///
/// The line holds a digest of name and password, with which the protocol itself works. Whoever has it can log in as that
/// user, so keep the file as secret as a password; the password itself is not in it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For NAME alone the password is taken from SYNCML_PASSWORD.
    #[arg(long, value_name = "NAME:PASSWORD")]
    user: User,
}

/// The JSON object of `password`.
#[derive(Serialize)]
struct Line {
    line: String,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let password = args.user.password()?;
    let name = args.user.name;
    let Secret::Digest(digest) = Secret::hashed(&name, password) else {
        return Err(Failure::Usage("the password has no digest".to_owned()));
    };
    let line = format!("{name}:{}", BASE64_STANDARD.encode(digest));
    let line = Line { line };
    output.result(&line, || format!("{}\n", line.line))
}

/// Reads the users of a file: a line `NAME:DIGEST` for each, empty lines, and comments behind `#`.
pub(super) fn read(file: &Path) -> Result<Vec<(String, Secret)>, Failure> {
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::io(&format!("cannot read {}", file.display()), error))?;
    let mut users = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let user = line.rsplit_once(':').and_then(|(name, digest)| {
            let digest = BASE64_STANDARD.decode(digest).ok()?.try_into().ok()?;
            (!name.is_empty()).then(|| (name.to_owned(), Secret::Digest(digest)))
        });
        // Not the line itself: somebody may have written a password.
        let user = user.ok_or_else(|| {
            let (file, number) = (file.display(), number + 1);
            Error::new(
                ErrorKind::Config,
                format!("{file}:{number}: this is not NAME:DIGEST"),
            )
            .with_hint("`syncml password --user NAME` gives such a line")
        })?;
        users.push(user);
    }
    Ok(users)
}

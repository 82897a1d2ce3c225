//! Decodes the messages in the files named on the command line, and shows them.
//!
//! ```text
//! cargo run -p syncml-repr --example decode -- message.wbxml
//! ```

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;

use syncml_repr::{Bytes, Limits, decode};

fn main() -> ExitCode {
    let mut failed = false;
    for path in std::env::args().skip(1) {
        let shown = std::fs::read(&path)
            .map_err(Box::from)
            .and_then(|bytes| show(&path, &bytes.into(), &mut stdout().lock()));
        if let Err(error) = shown {
            eprintln!("{path}: {error}");
            failed = true;
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

/// Decodes the message that `bytes` are.
pub(crate) fn show(name: &str, bytes: &Bytes, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let encoding = syncml_wbxml::sniff(bytes).ok_or("neither XML nor WBXML")?;
    let message = decode(bytes, encoding, &Limits::default())?;
    writeln!(out, "{name}: {message:#?}")?;
    Ok(())
}

//! Decodes the messages in the files named on the command line, and shows them.
//!
//! ```text
//! cargo run -p syncml-repr --example decode -- message.wbxml
//! ```

use std::process::ExitCode;

use syncml_repr::{Bytes, Limits, decode};

fn main() -> ExitCode {
    let mut failed = false;
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => Bytes::from(bytes),
            Err(error) => {
                eprintln!("{path}: {error}");
                failed = true;
                continue;
            }
        };
        let Some(encoding) = syncml_wbxml::sniff(&bytes) else {
            eprintln!("{path}: neither XML nor WBXML");
            failed = true;
            continue;
        };
        match decode(&bytes, encoding, &Limits::default()) {
            Ok(message) => println!("{path}: {message:#?}"),
            Err(error) => {
                eprintln!("{path}: {error}");
                failed = true;
            }
        }
    }
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

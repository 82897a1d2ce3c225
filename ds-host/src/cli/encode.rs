//! `syncml encode`: XML in, WBXML out.

use std::path::PathBuf;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ds_host::{Error, ErrorKind};
use serde::Serialize;
use syncml_wbxml::Encoding;

use super::decode::{broken, encoding, to_wbxml};
use super::input::read;
use super::{Failure, Output, output};

/// Turn a message in XML into WBXML.
///
/// The WBXML goes to standard output as it is, with `--json` as Base64.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Document to read; none or `-` is standard input.
    file: Option<PathBuf>,
}

/// The JSON object of `encode`.
#[derive(Serialize)]
struct Encoded {
    bytes: usize,
    /// In Base64.
    wbxml: String,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let bytes = read(args.file.as_deref())?;
    if encoding(&bytes)? != Encoding::Xml {
        return Err(Error::new(
            ErrorKind::Message,
            "the document is WBXML already, at byte 0",
        )
        .with_hint("`syncml decode` shows it as XML")
        .into());
    }
    let wbxml = to_wbxml(&bytes).map_err(|error| broken(error, &bytes, Encoding::Xml))?;
    if output.is_json() {
        let encoded = Encoded {
            bytes: wbxml.len(),
            wbxml: BASE64_STANDARD.encode(&wbxml),
        };
        return output.result(&encoded, String::new);
    }
    output::write(&wbxml)
}

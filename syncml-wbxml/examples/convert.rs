//! Converts a SyncML document between its two forms, to standard output.
//!
//! ```sh
//! cargo run --example convert -- message.wbxml
//! ```

use std::io::{Error, Write};
use std::process::ExitCode;

use syncml_wbxml::{Bytes, Encoding, Limits, from_xml, sniff, to_xml_pretty, xml};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: convert FILE");
        return ExitCode::FAILURE;
    };
    match convert(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn convert(path: &std::ffi::OsStr) -> Result<(), Error> {
    let bytes = std::fs::read(path)?;
    let limits = Limits::default();
    let out = match sniff(&bytes) {
        Some(Encoding::Wbxml) => to_xml_pretty(&bytes, &limits)
            .map_err(Error::other)?
            .into_bytes(),
        Some(Encoding::Xml) => {
            let utf8 = xml::decode_charset(Bytes::from(bytes)).map_err(Error::other)?;
            let text = core::str::from_utf8(&utf8).map_err(Error::other)?;
            from_xml(text, &limits).map_err(Error::other)?
        }
        _ => return Err(Error::other("neither a WBXML nor an XML document")),
    };
    std::io::stdout().write_all(&out)
}

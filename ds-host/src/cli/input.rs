//! A document from a file or from standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use ds_host::{Error, ErrorKind};
use syncml_wbxml::Limits;

use super::Failure;

/// Largest document the tools take; messages are far smaller.
const LARGEST: usize = 64 << 20;

/// What a document may ask of `decode` and `encode`.
pub(crate) fn limits() -> Limits {
    Limits::default()
        .with_max_bytes(LARGEST)
        .with_max_text(LARGEST)
        .with_max_elements(LARGEST)
}

/// Reads all of a file; `-` and none are standard input.
pub(crate) fn read(file: Option<&Path>) -> Result<Bytes, Failure> {
    let mut bytes = Vec::new();
    let take = LARGEST as u64 + 1;
    match file.filter(|path| *path != Path::new("-")) {
        Some(path) => File::open(path)
            .and_then(|file| file.take(take).read_to_end(&mut bytes))
            .map_err(|error| Failure::io(&path.display().to_string(), error))?,
        None => io::stdin()
            .lock()
            .take(take)
            .read_to_end(&mut bytes)
            .map_err(|error| Failure::io("standard input", error))?,
    };
    if bytes.len() > LARGEST {
        return Err(Error::new(
            ErrorKind::Message,
            format!("the document is longer than {LARGEST} bytes"),
        )
        .into());
    }
    Ok(bytes.into())
}

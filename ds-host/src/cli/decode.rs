//! `syncml decode`: WBXML or XML in, indented XML or an explanation out.

use std::path::PathBuf;

use bytes::Bytes;
use ds_host::{Error, ErrorKind};
use serde::Serialize;
use syncml_wbxml::{Encoding, sniff};

use super::explain::explain;
use super::input::{limits, read};
use super::path::path_of_error;
use super::{Failure, Output};

/// Show a message, WBXML or XML, as indented XML.
///
/// Any SyncML, DevInf or MetInf document will do. An error names the byte where reading ended and the
/// element it happened in.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Document to read; none or `-` is standard input.
    file: Option<PathBuf>,
    /// Show element by element where it stands, code pages and tokens or namespaces, values, and what
    /// a reader has to put right.
    #[arg(long)]
    explain: bool,
    /// With `--explain`, show credentials, nonces and passwords, which are `***` otherwise.
    #[arg(long, requires = "explain")]
    show_secrets: bool,
}

/// The JSON object of `decode`.
#[derive(Serialize)]
struct Decoded {
    encoding: Encoding,
    bytes: usize,
    xml: String,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let bytes = read(args.file.as_deref())?;
    let encoding = encoding(&bytes)?;
    if args.explain {
        let (explained, error) = explain(&bytes, encoding, &limits(), args.show_secrets);
        output.result(&explained, || explained.render())?;
        return error.map_or(Ok(()), |error| Err(broken(error, &bytes, encoding)));
    }
    let decoded = Decoded {
        encoding,
        bytes: bytes.len(),
        xml: to_xml(&bytes, encoding)?,
    };
    output.result(&decoded, || decoded.xml.clone())
}

/// The form of a document, from its first octets.
pub(super) fn encoding(bytes: &Bytes) -> Result<Encoding, Failure> {
    if let Some(encoding) = sniff(bytes) {
        return Ok(encoding);
    }
    // Whatever begins like XML is to get the error of the XML reader.
    if bytes.trim_ascii_start().starts_with(b"<") {
        return Ok(Encoding::Xml);
    }
    let what = if bytes.is_empty() {
        "the document is empty"
    } else {
        "the document is neither XML nor WBXML at byte 0"
    };
    Err(Error::new(ErrorKind::Message, what)
        .with_hint("XML begins with `<`, WBXML with an octet 00 to 03")
        .into())
}

fn to_xml(bytes: &Bytes, encoding: Encoding) -> Result<String, Failure> {
    let limits = limits();
    let done = match encoding {
        Encoding::Wbxml => syncml_wbxml::to_xml_pretty(bytes, &limits),
        // Through WBXML and back: what two spellings have in common is then spelled the same.
        Encoding::Xml => {
            to_wbxml(bytes).and_then(|wbxml| syncml_wbxml::to_xml_pretty(&wbxml, &limits))
        }
    };
    done.map_err(|error| broken(error, bytes, encoding))
}

/// Turns XML into WBXML.
pub(super) fn to_wbxml(bytes: &Bytes) -> Result<Vec<u8>, syncml_wbxml::Error> {
    let text = syncml_wbxml::xml::decode_charset(bytes.clone())?;
    syncml_wbxml::from_xml(&String::from_utf8_lossy(&text), &limits())
}

/// The error for a document that cannot be read.
pub(super) fn broken(error: syncml_wbxml::Error, bytes: &Bytes, encoding: Encoding) -> Failure {
    let path = path_of_error(bytes, encoding, &limits());
    Error::new(ErrorKind::Message, format!("{error}{path}"))
        .with_hint("the document is broken there, or it is no SyncML document")
        .with_source(error)
        .into()
}

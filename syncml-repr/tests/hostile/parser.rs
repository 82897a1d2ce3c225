//! Every parser of this layer.

use syncml_devinf::DevInf;
use syncml_repr::command::Command;
use syncml_repr::validate::validate;
use syncml_repr::{
    Bytes, Data, DecodeErrorKind, Encoding, Item, Limits, Message, decode, decode_header,
};
use syncml_wbxml::language::{self, Language};
use syncml_wbxml::token::{Document, share_strings};
use syncml_wbxml::{Reader, from_xml, to_xml, xml};

use crate::{stream, walk::walk};

/// Smaller than the defaults, so that corrupted lengths meet them.
fn limits() -> Limits {
    Limits::default()
        .with_max_depth(32)
        .with_max_elements(20_000)
        .with_max_text(64 << 10)
        .with_max_string_table(16 << 10)
}

/// Shows an input to the parsers of its encoding, or to all if it does not look like any.
pub(crate) fn show_all(bytes: &Bytes, encoding: Option<Encoding>) {
    let limits = limits();
    if encoding != Some(Encoding::Xml) {
        show_wbxml(bytes, &limits);
    }
    if encoding != Some(Encoding::Wbxml) {
        show_xml(bytes, &limits);
    }
    let _ = DevInf::from_bytes(bytes, &limits);
}

fn show_wbxml(bytes: &Bytes, limits: &Limits) {
    if let Ok(reader) = Reader::new(bytes, limits) {
        walk(&reader, bytes.len(), limits);
    }
    if let Ok(document) = Document::decode(bytes, limits) {
        if document.repairs.is_empty() {
            assert_eq!(document.encode().as_ref(), Ok(&bytes.to_vec()));
        }
        if let Some(language) = Language::of(&document.header)
            && let Ok(reader) = language::Reader::new(language, bytes, limits)
        {
            walk(&reader, bytes.len(), limits);
        }
    }
    if let Ok(shared) = share_strings(bytes, limits) {
        assert!(shared.len() <= bytes.len());
    }
    if let Ok(text) = to_xml(bytes, limits) {
        // An element of one octet becomes a pair of tags with a namespace, a character a reference.
        assert!(text.len() <= 120 * bytes.len() + 6 * limits.max_text);
    }
    show_message(bytes, Encoding::Wbxml, limits);
}

fn show_xml(bytes: &Bytes, limits: &Limits) {
    if let Ok(text) = xml::decode_charset(bytes.clone())
        && let Ok(reader) = xml::Reader::new(&text, limits)
    {
        walk(&reader, text.len(), limits);
    }
    if let Ok(text) = str::from_utf8(bytes)
        && let Ok(wbxml) = from_xml(text, limits)
    {
        assert!(wbxml.len() <= 2 * bytes.len() + 16);
    }
    show_message(bytes, Encoding::Xml, limits);
}

fn show_message(bytes: &Bytes, encoding: Encoding, limits: &Limits) {
    let header = decode_header(bytes, encoding, limits);
    let report = validate(bytes, encoding, limits);
    let decoded = decode(bytes, encoding, limits);
    // A document of device information is no message, but may be a good one of its kind.
    let is_other =
        matches!(&decoded, Err(error) if matches!(error.kind(), DecodeErrorKind::NotSyncMl(_)));
    assert!(
        is_other || report.is_readable() == decoded.is_ok(),
        "{report:?} {decoded:?}"
    );
    stream::compare(bytes, encoding, limits, &decoded);
    match decoded {
        Ok(message) => {
            assert_eq!(header.as_ref(), Ok(&message.hdr));
            show_devinf(&message);
        }
        Err(error) => {
            // Other charsets are decoded first, and then the place is one in UTF-8.
            assert!(error.position().byte <= 3 * bytes.len());
            assert!(error.status_hint().get() >= 400, "{error}");
        }
    }
}

/// Shows the device information of a message to the reader of device information.
fn show_devinf(message: &Message) {
    for command in &message.body.commands {
        let items: &[Item] = match command {
            Command::Put(put) => &put.items,
            Command::Results(results) => &results.items,
            _ => continue,
        };
        for fragment in items
            .iter()
            .filter_map(|item| item.data.as_ref())
            .filter_map(Data::devinf)
        {
            DevInf::from_fragment(fragment).expect("a fragment is complete");
        }
    }
}

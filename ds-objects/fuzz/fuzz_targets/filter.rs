//! Invariant: no panic; a filter is written as text that is the same filter; it can be asked about any item.
#![no_main]

use ds_objects::filter::{Item, LuidForm, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The filter is the first line, the item all the rest.
    let line = bytes.iter().position(|b| *b == b'\n');
    let (text, content) = bytes.split_at(line.unwrap_or(bytes.len()));
    let Ok(text) = std::str::from_utf8(text).map_err(drop) else {
        return;
    };
    let Ok(filter) = parse(text) else { return };
    let written = filter.to_text(LuidForm::default());
    // Escapes may make it longer than is read.
    if written.len() <= 8192 {
        assert_eq!(parse(&written).as_ref(), Ok(&filter), "{written}");
    }
    let content = content.get(1..).unwrap_or_default();
    for media_type in [
        "text/x-vcard",
        "text/calendar",
        "text/plain",
        "application/vnd.omads-email+xml",
        "application/vnd.omads-file+xml",
        "application/vnd.omads-folder+xml",
    ] {
        let _ = filter.matches(&Item::new(media_type, content));
    }
});

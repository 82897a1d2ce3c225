//! No panic; in any language, what was converted to XML can be converted back, and from then on back
//! and forth without a change; short cuts meet what events meet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_wbxml::language::{
    ACTIVESYNC, DEVINF, DMDDF, EMN, Language, PROV, Reader, SI, SL, SYNCML, from_xml, to_xml,
};
use syncml_wbxml::{Bytes, ErrorKind, Limits};

#[path = "../../../syncml-repr/tests/hostile/walk.rs"]
mod walk;

const LANGUAGES: [&Language<'static>; 8] = [
    &SYNCML, &DEVINF, &DMDDF, &SI, &SL, &EMN, &PROV, &ACTIVESYNC,
];

/// Converts XML to and fro.
fn settles(language: &Language<'_>, xml: &str) {
    let limits = Limits::default();
    let Some(there) = written(from_xml(language, xml, &limits)) else {
        return;
    };
    let Some(once) = written(to_xml(language, &there, &limits)) else {
        return;
    };
    let again = from_xml(language, &once, &limits).expect("what was converted can be converted");
    assert_eq!(to_xml(language, &again, &limits).as_ref(), Ok(&once));
}

/// `None` for names, and for characters in attributes, that the other form has no place for.
fn written<T>(result: Result<T, syncml_wbxml::Error>) -> Option<T> {
    match result {
        Ok(written) => Some(written),
        Err(error) => {
            assert!(matches!(error.kind(), ErrorKind::Name(_) | ErrorKind::NotXml), "{error}");
            None
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default()
        .with_max_depth(20)
        .with_max_elements(500)
        .with_max_text(10_000);
    // The last octet names the language.
    let Some((index, document)) = data.split_last() else {
        return;
    };
    let language = LANGUAGES[usize::from(*index) % LANGUAGES.len()];
    let bytes = Bytes::copy_from_slice(document);
    if let Ok(reader) = Reader::new(language, &bytes, &limits) {
        walk::walk(&reader, bytes.len(), &limits);
    }
    if let Ok(xml) = to_xml(language, document, &limits) {
        settles(language, &xml);
    }
    if let Ok(text) = str::from_utf8(document)
        && from_xml(language, text, &limits).is_ok()
    {
        settles(language, text);
    }
});

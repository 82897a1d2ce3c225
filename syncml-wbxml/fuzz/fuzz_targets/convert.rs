//! No panic; what was converted can be converted back, and from then on back and forth without a
//! change.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_wbxml::{Limits, from_xml, to_xml, to_xml_pretty};

/// Converts XML to and fro.
fn settles(xml: &str) {
    let limits = Limits::default();
    let there = from_xml(xml, &limits).expect("what was converted can be read");
    let once = to_xml(&there, &limits).expect("and converted back");
    let again = from_xml(&once, &limits).expect("and there again");
    assert_eq!(to_xml(&again, &limits).as_ref(), Ok(&once));
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default()
        .with_max_depth(20)
        .with_max_elements(500)
        .with_max_text(10_000);
    let xml = to_xml(data, &limits);
    assert_eq!(xml.is_ok(), to_xml_pretty(data, &limits).is_ok());
    if let Ok(xml) = xml {
        settles(&xml);
    }
    if let Ok(text) = str::from_utf8(data)
        && let Ok(wbxml) = from_xml(text, &limits)
        && let Ok(xml) = to_xml(&wbxml, &Limits::default())
    {
        settles(&xml);
    }
});

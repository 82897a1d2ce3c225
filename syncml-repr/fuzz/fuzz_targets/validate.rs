//! No panic; a message is readable by its report if and only if it can be decoded; findings lie inside
//! of the document.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_repr::validate::validate;
use syncml_repr::{Bytes, DecodeErrorKind, Encoding, Limits, decode};

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    let limits = Limits::default();
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let report = validate(&bytes, encoding, &limits);
        for finding in &report.findings {
            let _ = finding.to_string();
            assert!(finding.position.byte <= 3 * bytes.len(), "{finding:?}");
        }
        match decode(&bytes, encoding, &limits) {
            Ok(_) => assert!(report.is_readable(), "{report:?}"),
            // Device information is checked too.
            Err(error) if matches!(error.kind(), DecodeErrorKind::NotSyncMl(_)) => {}
            Err(error) => assert!(!report.is_readable(), "{error}"),
        }
    }
});

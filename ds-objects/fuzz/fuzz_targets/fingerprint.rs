//! Invariant: no panic; same bytes with other line ends, same fingerprint; a canonical form never grows out of bounds;
//! adding a property with content always shows.
#![no_main]

use ds_objects::fingerprint::{canonical, of};
use ds_objects::parse;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for media_type in ["text/x-vcard", "text/calendar", "text/plain"] {
        let base = canonical(media_type, bytes);
        // Escapes double a character, base64 grows by a third, a component is framed twice.
        assert!(base.len() <= 64 + bytes.len() * 4);
        if !bytes.contains(&b'\r') {
            let crlf: Vec<u8> = bytes
                .iter()
                .flat_map(|b| {
                    if *b == b'\n' {
                        &b"\r\n"[..]
                    } else {
                        std::slice::from_ref(b)
                    }
                })
                .copied()
                .collect();
            assert_eq!(canonical(media_type, &crlf), base);
            assert_eq!(of(media_type, &crlf), of(media_type, bytes));
        }
        // Right behind the first line, before anything that could swallow it.
        if base.starts_with(b"\0") && parse(media_type, bytes).is_ok() {
            let end = bytes
                .iter()
                .position(|b| matches!(b, b'\r' | b'\n'))
                .map_or(bytes.len(), |at| at + 1);
            let rest = &bytes[end..];
            if !matches!(rest.first(), Some(b' ' | b'\t' | b'\n')) {
                let more = [&bytes[..end], b"X-FUZZ:1\n", rest].concat();
                assert_ne!(of(media_type, &more), of(media_type, bytes));
            }
        }
    }
});

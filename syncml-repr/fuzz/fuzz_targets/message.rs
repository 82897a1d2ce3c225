//! Any bytes: no panic, and a message that was read and written reads the same again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_repr::{Bytes, Encoding, EncodeErrorKind, Limits, Message, decode, decode_header, encode};

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    let limits = Limits::default();
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let header = decode_header(&bytes, encoding, &limits);
        let message = match decode(&bytes, encoding, &limits) {
            Ok(message) => message,
            Err(error) => {
                let _ = error.to_string();
                continue;
            }
        };
        assert_eq!(header.as_ref(), Ok(&message.hdr));
        // XML has another form for octets, but they keep it from then on. Nothing else changes.
        let has_octets = format!("{message:?}").contains("Opaque(");
        for to in [Encoding::Xml, Encoding::Wbxml] {
            let Some(once) = again(&message, to, &limits) else { continue };
            assert_eq!(again(&once, to, &limits).as_ref(), Some(&once));
            if to == encoding && (to == Encoding::Wbxml || !has_octets) {
                assert_eq!(once, message);
            }
        }
    }
});

/// The message written and read; `None` if it cannot be written.
fn again(message: &Message, encoding: Encoding, limits: &Limits) -> Option<Message> {
    let bytes = match encode(message, encoding) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) => {
            assert!(matches!(
                error.kind(),
                EncodeErrorKind::NotInVersion { .. } | EncodeErrorKind::Document(_)
            ));
            return None;
        }
    };
    match decode(&bytes, encoding, limits) {
        Ok(message) => Some(message),
        // Writing may need more bytes and elements than were read.
        Err(error) if error.status_hint().get() == 413 => None,
        Err(error) => panic!("{error}: {}", bytes.escape_ascii()),
    }
}

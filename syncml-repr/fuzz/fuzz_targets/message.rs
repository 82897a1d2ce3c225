//! Any bytes: no panic; a message that was read and written reads the same again; read one command at a
//! time it is the same message, or fails the same way.

#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_repr::{Bytes, Encoding, EncodeErrorKind, Limits, Message, Version, decode, decode_header, encode};

#[path = "../../tests/hostile/stream.rs"]
mod stream;

fuzz_target!(|input: &[u8]| {
    let bytes = Bytes::copy_from_slice(input);
    let limits = Limits::default();
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let header = decode_header(&bytes, encoding, &limits);
        let decoded = decode(&bytes, encoding, &limits);
        stream::compare(&bytes, encoding, &limits, &decoded);
        let message = match decoded {
            Ok(message) => message,
            Err(error) => {
                let _ = error.to_string();
                continue;
            }
        };
        assert_eq!(header.as_ref(), Ok(&message.hdr));
        // XML has another form for octets, but they keep it from then on. Nothing else changes.
        let has_octets = serde_json::to_string(&message).is_ok_and(|json| json.contains("{\"Opaque\":"));
        for to in [Encoding::Xml, Encoding::Wbxml] {
            let Some(once) = again(&message, to, &limits) else { continue };
            // What was Base64 of XML with control characters cannot be written as XML again.
            if let Some(twice) = again(&once, to, &limits) {
                assert_same(&twice, &once);
            }
            // NumberOfChanges is left out in 1.0.
            let keeps_all = message.hdr.dtd_version() != Some(Version::V1_0);
            if keeps_all && to == encoding && (to == Encoding::Wbxml || !has_octets) {
                assert_same(&once, &message);
            }
        }
    }
});

/// Equal, but for two names of one element of device information, which is read under the one that
/// fits the version of its document.
fn assert_same(one: &Message, other: &Message) {
    if one != other {
        let text = |message: &Message| format!("{message:?}").replace("MaxSize>", "Size>");
        assert_eq!(text(one), text(other));
    }
}

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

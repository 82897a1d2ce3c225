//! Invariant: no panic; what is read is written byte for byte; changed lines are read back with their new value.
#![no_main]

use ds_objects::{ContentLine, Object, parse, title};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = title(bytes);
    for media_type in [
        "text/x-vcard",
        "text/vcard",
        "text/x-vcalendar",
        "text/calendar",
    ] {
        let Ok(object) = parse(media_type, bytes) else {
            continue;
        };
        assert_eq!(object.encode(), bytes);
        for line in object.lines() {
            let _ = (
                line.text(),
                line.components(),
                line.binary(),
                line.types().count(),
            );
        }
        let Object::VCard(mut card) = object else {
            continue;
        };
        let text = "new; value, with\nevery\\thing ü";
        let properties = card.properties().count();
        card.push(ContentLine::text_line(
            card.format().dialect(),
            "X-FUZZ",
            text,
        ));
        let encoded = card.encode();
        // Without the END the card could be open inside something else, where the new line is not its own.
        let Ok(Object::VCard(again)) = parse(media_type, &encoded) else {
            continue;
        };
        if again.properties().count() == properties + 1 && !bytes_mention(bytes) {
            assert_eq!(
                again.first("X-FUZZ").map(ContentLine::text).as_deref(),
                Some(text)
            );
        }
    }
});

/// Whether the input has a property of the name we add.
fn bytes_mention(bytes: &[u8]) -> bool {
    bytes
        .to_ascii_uppercase()
        .windows(6)
        .any(|part| part == b"X-FUZZ")
}

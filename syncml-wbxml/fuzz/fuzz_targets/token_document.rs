//! No panic; a document without repairs is encoded as it was, any other with the same tokens; shared
//! strings make a document no longer and leave its events as they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_wbxml::token::{Document, share_strings};
use syncml_wbxml::{Bytes, Event, Limits, Reader, Source};

/// The events of a document, runs of text joined; `None` if it is no document of SyncML.
fn events(bytes: &Bytes, limits: &Limits) -> Option<Vec<Event<'static>>> {
    let mut reader = Reader::new(bytes, limits).ok()?;
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().ok()? {
        match (events.last_mut(), event) {
            (Some(Event::Text(run)), Event::Text(more)) => run.to_mut().push_str(&more),
            (_, event) => events.push(event.into_owned()),
        }
    }
    Some(events)
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default()
        .with_max_depth(20)
        .with_max_elements(500)
        .with_max_text(10_000);
    let shared = share_strings(data, &limits);
    let Ok(document) = Document::decode(data, &limits) else {
        assert!(shared.is_err());
        return;
    };
    let encoded = document.encode().expect("what was decoded can be encoded");
    if document.repairs.is_empty() {
        assert_eq!(encoded, data);
    } else {
        let again = Document::decode(&encoded, &limits).expect("what was encoded can be decoded");
        assert_eq!(again.tokens, document.tokens);
        assert_eq!(again.encode().as_ref(), Ok(&encoded));
    }
    let shared = shared.expect("what can be decoded can be shared");
    assert!(shared.len() <= encoded.len().max(data.len()));
    if let Some(before) = events(&Bytes::copy_from_slice(data), &limits) {
        assert_eq!(events(&shared.into(), &limits), Some(before));
    }
});

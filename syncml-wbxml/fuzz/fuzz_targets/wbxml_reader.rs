//! No panic; what can be read, can be written and reads equal; limits hold; short cuts meet what
//! events meet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_wbxml::{
    Bytes, Doctype, Event, Fragment, FragmentBuilder, Limits, Reader, Sink, Source, Writer,
};

#[path = "../../../syncml-repr/tests/hostile/walk.rs"]
mod walk;

fn read(bytes: &Bytes, limits: &Limits) -> Option<(Fragment, Doctype)> {
    let mut reader = Reader::new(bytes, limits).ok()?;
    let mut builder = FragmentBuilder::new();
    let (mut depth, mut elements, mut text) = (0, 0, 0);
    let mut at = 0;
    while let Some(event) = reader.next_event().ok()? {
        assert!(reader.position().byte >= at && reader.position().byte <= bytes.len());
        at = reader.position().byte;
        match &event {
            Event::Start(_) => (depth, elements) = (depth + 1, elements + 1),
            Event::End => depth -= 1,
            Event::Text(run) => text += run.len(),
            Event::Opaque(run) => text += run.len(),
            _ => {}
        }
        assert!(
            depth <= limits.max_depth && elements <= limits.max_elements && text <= limits.max_text
        );
        builder.put(event).unwrap();
    }
    Some((builder.finish().unwrap(), reader.doctype()))
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default()
        .with_max_depth(20)
        .with_max_elements(500)
        .with_max_text(10_000);
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(reader) = Reader::new(&bytes, &limits) {
        walk::walk(&reader, bytes.len(), &limits);
    }
    let Some((fragment, doctype)) = read(&bytes, &limits) else {
        return;
    };
    // The root may be of another vocabulary than the document claims to be.
    let doctype = match fragment.name().tag() {
        Some(root) if doctype.space() != Some(root.space()) => Doctype::Unknown,
        _ => doctype,
    };
    let mut writer = Writer::new(doctype);
    // Names in a table may hold what no name may hold.
    if fragment.replay(&mut writer).is_ok() {
        let written = Bytes::from(writer.finish().unwrap());
        let (again, _) = read(&written, &Limits::default()).expect("what was written can be read");
        assert_eq!(again, fragment);
    }
});

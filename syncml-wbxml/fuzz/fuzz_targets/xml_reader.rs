//! No panic; what can be read, can be written as XML (unless it holds what XML must not) and as WBXML
//! and reads equal; positions never go back; short cuts meet what events meet.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_wbxml::{
    Bytes, Doctype, ErrorKind, Fragment, FragmentBuilder, Limits, Reader, Sink, Source, Writer, xml,
};

#[path = "../../../syncml-repr/tests/hostile/walk.rs"]
mod walk;

fn record<'a>(mut source: impl Source<'a>, len: usize) -> Option<Fragment> {
    let mut builder = FragmentBuilder::new();
    let mut at = 0;
    while let Some(event) = source.next_event().ok()? {
        let position = source.position();
        assert!(position.byte >= at && position.byte <= len);
        at = position.byte;
        builder.put(event).unwrap();
    }
    Some(builder.finish().unwrap())
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits::default()
        .with_max_depth(20)
        .with_max_elements(500)
        .with_max_text(10_000);
    let Ok(bytes) = xml::decode_charset(Bytes::copy_from_slice(data)) else {
        return;
    };
    let Ok(reader) = xml::Reader::new(&bytes, &limits) else {
        return;
    };
    walk::walk(&reader, bytes.len(), &limits);
    let Some(fragment) = record(reader, bytes.len()) else {
        return;
    };

    let mut writer = xml::Writer::new(Doctype::Unknown);
    match fragment.replay(&mut writer) {
        Ok(()) => {
            let written = Bytes::from(writer.finish().unwrap());
            let reader = xml::Reader::new(&written, &Limits::default()).unwrap();
            let again = record(reader, written.len()).expect("what was written can be read");
            assert_eq!(again, fragment);
        }
        Err(error) => assert_eq!(error.kind(), &ErrorKind::NotXml),
    }

    let mut writer = Writer::new(Doctype::Unknown);
    fragment
        .replay(&mut writer)
        .expect("XML fits into WBXML, but for NUL");
    let written = Bytes::from(writer.finish().unwrap());
    let reader = Reader::new(&written, &Limits::default()).unwrap();
    record(reader, written.len()).expect("what was written can be read");
});

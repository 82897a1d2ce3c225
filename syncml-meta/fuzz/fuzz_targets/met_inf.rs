//! No panic; each `Meta` of a document that can be read can be written, in XML unless it holds what
//! XML must not, and reads equal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use syncml_meta::{Bytes, Dsx, MetInf};
use syncml_wbxml::tag::syncml::META;
use syncml_wbxml::{
    Doctype, Encoding, ErrorKind, Event, Limits, Name, Reader, Sink, Source, Writer, put_end,
    put_start, sniff, xml,
};

/// Each `Meta` up to the place where the source fails.
fn read_all<'a>(mut source: impl Source<'a>) -> Vec<MetInf> {
    let mut all = Vec::new();
    while let Ok(Some(event)) = source.next_event() {
        if event == Event::Start(Name::Known(META)) {
            let Ok(meta) = MetInf::read(&mut source) else {
                break;
            };
            all.push(meta);
        }
    }
    all
}

fn read(bytes: &Bytes) -> Vec<MetInf> {
    let limits = Limits::default();
    match sniff(bytes) {
        Some(Encoding::Wbxml) => Reader::new(bytes, &limits).map(read_all),
        _ => xml::Reader::new(bytes, &limits).map(read_all),
    }
    .unwrap_or_default()
}

fn write(meta: &MetInf, mut sink: impl Sink) -> Result<(), syncml_wbxml::Error> {
    put_start(&mut sink, META)?;
    meta.write(&mut sink)?;
    put_end(&mut sink)
}

/// What was written is what was read. In strangers octets become text or the other way round, and
/// white space between elements goes away.
fn same(meta: &MetInf, written: Vec<u8>) {
    let [mut again] = <[MetInf; 1]>::try_from(read(&written.into())).expect("is one again");
    again.other.clone_from(&meta.other);
    assert_eq!(&again, meta);
}

fuzz_target!(|data: &[u8]| {
    for meta in read(&Bytes::copy_from_slice(data)) {
        let mut writer = Writer::new(Doctype::SyncMl12);
        match write(&meta, &mut writer) {
            Ok(()) => same(&meta, writer.finish().expect("is complete")),
            // A string table may hold what is no name.
            Err(error) => assert!(matches!(error.kind(), ErrorKind::Name(_))),
        }
        let mut writer = xml::Writer::new(Doctype::SyncMl12);
        match write(&meta, &mut writer) {
            Ok(()) => same(&meta, writer.finish().expect("is complete")),
            Err(error) => assert!(matches!(error.kind(), ErrorKind::NotXml | ErrorKind::Name(_))),
        }

        assert_eq!(meta.inherit(&meta), meta);
        for dsx in meta.emi.iter().filter_map(|emi| Dsx::parse(emi)) {
            assert_eq!(Dsx::parse(&dsx.to_string()), Some(dsx));
        }
    }
});

//! Reading and writing one `Meta` as a document.

use syncml_meta::{Bytes, Error, MetInf};
use syncml_wbxml::{
    Doctype, Event, Limits, Name, Reader, Source, Writer, put_empty, put_end, put_start,
    tag::syncml as tag, xml,
};

/// Reads the first `Meta` of an XML document.
pub(crate) fn from_xml(content: &str) -> MetInf {
    let document =
        format!("<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr>{content}</SyncHdr></SyncML>");
    let bytes = Bytes::from(document);
    let mut reader = xml::Reader::new(&bytes, &Limits::default()).expect("the document is XML");
    read(&mut reader).expect("the document can be read")
}

/// Reads the first `Meta` of a WBXML document.
pub(crate) fn from_wbxml(bytes: &[u8]) -> MetInf {
    let bytes = Bytes::copy_from_slice(bytes);
    let mut reader = Reader::new(&bytes, &Limits::default()).expect("the document is WBXML");
    read(&mut reader).expect("the document can be read")
}

/// Reads the first `Meta`, and then that the source is where it should be: behind its end.
fn read<'a>(source: &mut impl Source<'a>) -> Result<MetInf, Error> {
    while source.next_event()? != Some(Event::Start(Name::Known(tag::META))) {}
    let meta = MetInf::read(source)?;
    let mut ends = 0;
    while let Some(event) = source.next_event()? {
        assert_eq!(event, Event::End);
        ends += 1;
    }
    assert_eq!(ends, 2, "SyncHdr and SyncML are still open");
    Ok(meta)
}

fn write(meta: &MetInf, sink: &mut impl syncml_wbxml::Sink) -> Result<(), Error> {
    put_start(sink, tag::SYNC_ML)?;
    put_start(sink, tag::SYNC_HDR)?;
    if meta.is_empty() {
        put_empty(sink, tag::META)?;
    } else {
        put_start(sink, tag::META)?;
        meta.write(sink)?;
        put_end(sink)?;
    }
    put_end(sink)?;
    put_end(sink)
}

/// The document that [`from_xml`] reads, with `content` left out again.
pub(crate) fn to_xml(meta: &MetInf) -> String {
    let mut writer = xml::Writer::new(Doctype::SyncMl12);
    write(meta, &mut writer).expect("can be written");
    let document = String::from_utf8(writer.finish().expect("is complete")).expect("is UTF-8");
    let start = document.find("<Meta").expect("has Meta");
    let end = document.find("</SyncHdr>").expect("has SyncHdr");
    document[start..end].to_owned()
}

/// A WBXML document with this `Meta`.
pub(crate) fn to_wbxml(meta: &MetInf) -> Vec<u8> {
    let mut writer = Writer::new(Doctype::SyncMl12);
    write(meta, &mut writer).expect("can be written");
    writer.finish().expect("is complete")
}

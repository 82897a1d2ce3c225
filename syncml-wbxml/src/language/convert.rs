//! Documents of any language from one form to the other: [`to_xml`], [`from_xml`].

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::{Language, Reader, Writer};
use crate::doctype::Doctype;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Sink, Source};
use crate::limits::Limits;
use crate::{write, xml};

/// Converts a WBXML document of a language to XML.
///
/// OPAQUE that is not text becomes Base64; so do nested documents, which stay what they are.
/// [`crate::to_xml`] finds the language by itself.
///
/// ```
/// # #[cfg(feature = "activesync")] {
/// use syncml_wbxml::language::{ACTIVESYNC, to_xml};
///
/// let xml = to_xml(&ACTIVESYNC, b"\x03\x01\x6A\x00\x00\x07\x56\x52\x030\x00\x01\x01", &Default::default())?;
/// assert!(xml.ends_with(r#"<FolderSync xmlns="FolderHierarchy:"><SyncKey>0</SyncKey></FolderSync>"#));
/// # }
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Reader`]; [`ErrorKind::Name`] and [`ErrorKind::NotXml`] for names that XML has not.
pub fn to_xml(language: &Language<'_>, wbxml: &[u8], limits: &Limits) -> Result<String, Error> {
    let bytes = Bytes::copy_from_slice(wbxml);
    let mut writer = xml::Writer::with_capacity(Doctype::Unknown, wbxml.len() * 2);
    copy(&mut Reader::new(language, &bytes, limits)?, &mut writer)?;
    let at = writer.len();
    String::from_utf8(writer.finish()?).map_err(|_| Error::at(ErrorKind::NotXml, at))
}

/// Converts an XML document to WBXML of a language. Base64 stays text.
///
/// # Errors
///
/// Those of [`xml::Reader`] and [`Writer`].
pub fn from_xml(language: &Language<'_>, xml: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    let bytes = Bytes::copy_from_slice(xml.as_bytes());
    let mut reader = xml::Reader::new(&bytes, limits)?.with_attributes(true);
    let mut writer = Writer::new(language)?;
    while let Some(event) = reader.next_event()? {
        writer.put(event)?;
    }
    writer.finish()
}

/// Copies all events to a sink of XML, what it cannot carry as Base64.
pub(crate) fn copy(reader: &mut Reader<'_>, sink: &mut impl Sink) -> Result<(), Error> {
    while let Some(event) = reader.next_event()? {
        let octets = match &event {
            Event::Opaque(Cow::Borrowed(bytes)) => bytes,
            Event::Text(Cow::Borrowed(text)) => text.as_bytes(),
            _ => {
                sink.put(event)?;
                continue;
            }
        };
        match sink.put(event) {
            Err(error) if *error.kind() == ErrorKind::NotXml => {
                write::put_text(sink, &STANDARD.encode(octets))?;
            }
            result => result?,
        }
    }
    Ok(())
}

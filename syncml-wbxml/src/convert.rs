//! Whole documents from one form to the other: [`to_xml`], [`to_xml_pretty`], [`from_xml`].

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::doctype::Doctype;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Name, Sink, Source};
use crate::language::{self, Language};
use crate::limits::Limits;
use crate::read;
use crate::reader::Reader;
use crate::tag::{Space, devinf, metinf};
use crate::token::{Token, Tokens};
use crate::write;
use crate::writer::Writer;
use crate::xml;

/// Converts a WBXML document to XML in canonical form.
///
/// The header tells the [language](crate::language), if this build has it, or else it is SyncML's. A
/// nested DevInf or MgmtTree document becomes child elements, and the media type of DevInf in `Meta`
/// follows the form. Content that XML cannot carry becomes Base64, which is what formats `bin` and `b64` of
/// MetInf let a receiver expect.
///
/// ```
/// let wbxml = b"\x02\xA4\x01\x6A\x00\x6D\x5B\x031\x00\x01\x01";
/// let xml = syncml_wbxml::to_xml(wbxml, &Default::default())?;
/// assert!(xml.ends_with(r#"<SyncML xmlns="SYNCML:SYNCML1.2"><MsgID>1</MsgID></SyncML>"#));
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Reader`]; [`ErrorKind::Name`] and [`ErrorKind::NotXml`] for literal names that XML has
/// not.
pub fn to_xml(wbxml: &[u8], limits: &Limits) -> Result<String, Error> {
    let with_doctype = |doctype| xml::Writer::with_capacity(doctype, wbxml.len() * 2);
    utf8(unfold(wbxml, limits, with_doctype)?)
}

/// Converts a WBXML document to XML for human eyes: indented, one element a line.
///
/// The white space between elements is the only difference to [`to_xml`].
///
/// # Errors
///
/// Those of [`to_xml`].
pub fn to_xml_pretty(wbxml: &[u8], limits: &Limits) -> Result<String, Error> {
    let pretty = unfold(wbxml, limits, |doctype| Pretty {
        writer: xml::Writer::new(doctype),
        depth: 0,
        last: Last::Text,
    })?;
    let mut text = utf8(pretty.writer)?;
    if let Some(end) = text.find("?>") {
        text.insert(end + 2, '\n');
    }
    text.push('\n');
    Ok(text)
}

/// Converts an XML document to WBXML in canonical form.
///
/// The root tells the [language](crate::language). `DevInf` and `MgmtTree` in `Data` become nested
/// documents, and the media type of DevInf in `Meta` follows the form. Base64 stays text.
///
/// ```
/// let xml = "<SyncML xmlns='SYNCML:SYNCML1.1'><MsgID>1</MsgID></SyncML>";
/// let wbxml = syncml_wbxml::from_xml(xml, &Default::default())?;
/// assert_eq!(wbxml, b"\x02\x9F\x53\x6A\x00\x6D\x5B\x031\x00\x01\x01");
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`xml::Reader`].
pub fn from_xml(xml: &str, limits: &Limits) -> Result<Vec<u8>, Error> {
    let bytes = Bytes::copy_from_slice(xml.as_bytes());
    let mut reader = xml::Reader::new(&bytes, limits)?;
    if let Some(Event::Start(root)) = reader.clone().next_event()?
        && let Some(language) = language_of_root(&root)
    {
        return language::from_xml(language, xml, limits);
    }
    let doctype = settled(&reader, xml::Reader::doctype);
    let mut writer = Writer::with_capacity(doctype, xml.len() / 2);
    let mut in_type = false;
    while let Some(event) = reader.next_event()? {
        match &event {
            Event::Text(text) if in_type && text.trim_ascii() == DEVINF_XML => {
                write::put_text(&mut writer, DEVINF_WBXML)?;
                continue;
            }
            Event::Start(name) => {
                in_type = *name == metinf::TYPE;
                if let Some(language) = language_of_root(name).filter(|own| own.may_be_nested()) {
                    let nested = nest(language, event, &mut reader)?;
                    write::put_opaque(&mut writer, &nested)?;
                    continue;
                }
            }
            _ => in_type = false,
        }
        writer.put(event)?;
    }
    writer.finish()
}

/// The language of an element that is none of SyncML's.
fn language_of_root(name: &Name<'_>) -> Option<&'static Language<'static>> {
    match name {
        Name::Known(_) => None,
        Name::Other { space, local } => Language::of_root(space, local),
    }
}

/// Writes an element as a document of its own.
fn nest(
    language: &Language<'_>,
    start: Event<'_>,
    reader: &mut xml::Reader<'_>,
) -> Result<Vec<u8>, Error> {
    let mut writer = language::Writer::new(language)?;
    writer.put(start)?;
    let mut depth = 1_usize;
    while depth > 0 {
        let event = read::next(reader)?;
        match event {
            Event::Start(_) => depth += 1,
            Event::End => depth -= 1,
            _ => {}
        }
        writer.put(event)?;
    }
    writer.finish()
}

const DEVINF_XML: &str = "application/vnd.syncml-devinf+xml";
const DEVINF_WBXML: &str = "application/vnd.syncml-devinf+wbxml";

/// The document type that a reader will know once it has passed `VerDTD`.
fn settled<'a, S: Source<'a> + Clone>(reader: &S, doctype: impl Fn(&S) -> Doctype) -> Doctype {
    let mut ahead = reader.clone();
    // SyncML, SyncHdr, VerDTD, and its text.
    for _ in 0..4 {
        if !matches!(ahead.next_event(), Ok(Some(_))) {
            break;
        }
    }
    doctype(&ahead)
}

fn utf8(writer: xml::Writer) -> Result<String, Error> {
    let at = writer.len();
    String::from_utf8(writer.finish()?).map_err(|_| Error::at(ErrorKind::NotXml, at))
}

/// The language of a WBXML document, unless it is one of SyncML's. As with those, the root has to be
/// of the vocabulary that the header names.
fn language_of(bytes: &[u8], limits: &Limits) -> Result<Option<&'static Language<'static>>, Error> {
    let mut tokens = Tokens::new(bytes, limits)?;
    let Some(language) = Language::of(tokens.header()).filter(|own| !own.is_syncml()) else {
        return Ok(None);
    };
    while let Some(token) = tokens.next() {
        match token? {
            Token::Tag { identity, .. } => {
                let is_known = language.tag(tokens.page(), identity).is_some();
                return Ok(is_known.then_some(language));
            }
            Token::LiteralTag { .. } => break,
            _ => {}
        }
    }
    Ok(Some(language))
}

/// Copies all events of a document to a sink for its type, with nested documents as elements.
fn unfold<S: Sink>(
    wbxml: &[u8],
    limits: &Limits,
    sink: impl FnOnce(Doctype) -> S,
) -> Result<S, Error> {
    let bytes = Bytes::copy_from_slice(wbxml);
    if let Some(language) = language_of(&bytes, limits)? {
        let mut sink = sink(Doctype::Unknown);
        language::copy(
            &mut language::Reader::new(language, &bytes, limits)?,
            &mut sink,
        )?;
        return Ok(sink);
    }
    let mut reader = Reader::new(&bytes, limits)?;
    let mut sink = sink(settled(&reader, Reader::doctype));
    Unfold {
        sink: &mut sink,
        limits: *limits,
        nesting: 0,
    }
    .copy(&mut reader, 0, Kind::Document)?;
    Ok(sink)
}

struct Unfold<'s, S> {
    sink: &'s mut S,
    /// What nested documents may still use.
    limits: Limits,
    /// Documents in documents.
    nesting: usize,
}

/// Most documents within another; real messages have one. It bounds the use of the stack whatever
/// the limits.
const MAX_NESTING: usize = 8;

impl<S: Sink> Unfold<'_, S> {
    fn copy(&mut self, reader: &mut Reader<'_>, outer: usize, kind: Kind) -> Result<(), Error> {
        let mut depth = outer;
        let mut in_type = false;
        let mut content = Content::default();
        while let Some(event) = reader.next_event()? {
            let is_root = match &event {
                Event::Start(_) => {
                    self.flush(&mut content, depth)?;
                    depth += 1;
                    depth == outer + 1
                }
                Event::End => {
                    self.flush(&mut content, depth)?;
                    depth -= 1;
                    depth == outer
                }
                Event::Attribute { .. } | Event::Text(_) | Event::Opaque(_) => false,
            };
            match event {
                Event::Text(text) if in_type && text.trim_ascii() == DEVINF_WBXML => {
                    content.push(Cow::Borrowed(DEVINF_XML.as_bytes()), false);
                    continue;
                }
                _ => in_type = matches!(event, Event::Start(Name::Known(metinf::TYPE))),
            }
            match event {
                Event::Text(text) => content.push(into_bytes(text), false),
                Event::Opaque(bytes) => content.push(bytes, true),
                _ if is_root && kind == Kind::Wrapper => {}
                event => self.sink.put(event)?,
            }
        }
        Ok(())
    }

    /// Writes what stands between two tags.
    fn flush(&mut self, content: &mut Content<'_>, depth: usize) -> Result<(), Error> {
        let content = core::mem::take(content);
        if content.bytes.is_empty() {
            return Ok(());
        }
        if self.nesting < MAX_NESTING
            && content.is_opaque
            && content.bytes.first().is_some_and(|&version| version <= 3)
        {
            let bytes = Bytes::copy_from_slice(&content.bytes);
            if let Some(kind) = self.examine(&bytes, depth)? {
                return self.inline(&bytes, depth, kind);
            }
        }
        let text = core::str::from_utf8(&content.bytes).ok().map(Cow::Borrowed);
        if let Some(text) = text {
            match self.sink.put(Event::Text(text)) {
                Err(error) if *error.kind() == ErrorKind::NotXml => {}
                result => return result,
            }
        }
        write::put_text(self.sink, &STANDARD.encode(&content.bytes))
    }

    /// Whether octets are a DevInf document or one of another language that may be nested, and takes
    /// its cost off the limits.
    fn examine(&mut self, bytes: &Bytes, depth: usize) -> Result<Option<Kind>, Error> {
        let limits = self
            .limits
            .with_max_depth(self.limits.max_depth.saturating_sub(depth));
        if let Ok(Some(language)) = language_of(bytes, &limits) {
            return self.examine_language(language, bytes, &limits);
        }
        let Ok(mut reader) = Reader::new(bytes, &limits) else {
            return Ok(None);
        };
        let mut nesting = 0_usize;
        let mut properties = false;
        let mut others = false;
        loop {
            match reader.next_event() {
                Ok(Some(Event::Start(name))) => {
                    match (nesting, &name) {
                        (0, Name::Known(tag)) if tag.space() == Space::DevInf => {
                            others |= *tag != devinf::DEV_INF;
                        }
                        (0, _) => return Ok(None),
                        (1, Name::Known(devinf::PROPERTY)) => properties = true,
                        (1, _) => others = true,
                        _ => {}
                    }
                    nesting += 1;
                }
                Ok(Some(Event::End)) => nesting -= 1,
                Ok(Some(_)) => {}
                Ok(None) => break,
                // A bomb must not pass for data.
                Err(error) if matches!(error.kind(), ErrorKind::Limit(_)) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        self.spend(reader.used());
        Ok(Some(if properties && !others {
            Kind::Wrapper
        } else {
            Kind::Document
        }))
    }

    fn examine_language(
        &mut self,
        language: &'static Language<'static>,
        bytes: &Bytes,
        limits: &Limits,
    ) -> Result<Option<Kind>, Error> {
        if !language.may_be_nested() {
            return Ok(None);
        }
        let Ok(mut reader) = language::Reader::new(language, bytes, limits) else {
            return Ok(None);
        };
        loop {
            match reader.next_event() {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) if matches!(error.kind(), ErrorKind::Limit(_)) => return Err(error),
                Err(_) => return Ok(None),
            }
        }
        self.spend(reader.used());
        Ok(Some(Kind::Language(language)))
    }

    fn spend(&mut self, (elements, text): (usize, usize)) {
        self.limits.max_elements = self.limits.max_elements.saturating_sub(elements);
        self.limits.max_text = self.limits.max_text.saturating_sub(text);
    }

    /// Writes a nested document as elements.
    fn inline(&mut self, bytes: &Bytes, depth: usize, kind: Kind) -> Result<(), Error> {
        // `examine` has found it to be within the limits and taken them down.
        let limits = Limits {
            max_elements: usize::MAX,
            max_text: usize::MAX,
            ..self.limits
        };
        if let Kind::Language(language) = kind {
            let mut reader = language::Reader::new(language, bytes, &limits)?;
            return language::copy(&mut reader, self.sink);
        }
        self.nesting += 1;
        self.copy(&mut Reader::new(bytes, &limits)?, depth, kind)?;
        self.nesting -= 1;
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Document,
    /// A `DevInf` that [`Writer`] puts around the properties of a filter.
    Wrapper,
    /// A document of another language.
    Language(&'static Language<'static>),
}

/// Character data and octets between two tags.
#[derive(Default)]
struct Content<'a> {
    bytes: Cow<'a, [u8]>,
    /// A single run of octets.
    is_opaque: bool,
}

impl<'a> Content<'a> {
    fn push(&mut self, run: Cow<'a, [u8]>, is_opaque: bool) {
        if self.bytes.is_empty() {
            *self = Self {
                bytes: run,
                is_opaque,
            };
        } else {
            self.bytes.to_mut().extend_from_slice(&run);
            self.is_opaque = false;
        }
    }
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Puts every element on a line of its own, unless text stands before it.
struct Pretty {
    writer: xml::Writer,
    depth: usize,
    last: Last,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    End,
    Text,
}

impl Pretty {
    fn new_line(&mut self) -> Result<(), Error> {
        let line = format!("\n{:1$}", "", self.depth * 2);
        write::put_text(&mut self.writer, &line)
    }
}

impl Sink for Pretty {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        match &event {
            Event::Start(_) => {
                if self.depth > 0 && self.last != Last::Text {
                    self.new_line()?;
                }
                self.depth += 1;
                self.last = Last::Start;
            }
            Event::End => {
                self.depth = self.depth.saturating_sub(1);
                if self.last == Last::End {
                    self.new_line()?;
                }
                self.last = Last::End;
            }
            Event::Attribute { .. } => {}
            Event::Text(_) | Event::Opaque(_) => self.last = Last::Text,
        }
        self.writer.put(event)
    }
}

use std::borrow::Cow;

use syncml_meta::{Format, MetInf, base64};
use syncml_wbxml::tag::devinf;
use syncml_wbxml::{
    ByteString, Bytes, Encoding, Event, Fragment, Limits, Name, Reader, Source, Space, Tag, read,
    share, xml,
};

use super::{Decoder, Read};
use crate::data::is_xml_text;
use crate::{Data, Item, dialect};

impl<'a, S: Source<'a>> Decoder<'_, S> {
    /// `Data`. Text next to child elements is dropped: no content model has both.
    pub(super) fn data(&mut self) -> Read<Data> {
        let input = self.source.input();
        let mut first: Option<Run<'a>> = None;
        let mut joined: Vec<u8> = Vec::new();
        let mut children = Vec::new();
        loop {
            let run = match self.next()? {
                Event::Start(name) => {
                    children.push(Fragment::record(name, &mut self.source)?);
                    continue;
                }
                Event::Text(text) => Run::Text(text),
                Event::Opaque(octets) => {
                    if let Some(nested) = nested_devinf(&share(input, &octets), self.limits) {
                        children.extend(nested);
                        continue;
                    }
                    Run::Octets(octets)
                }
                Event::End => break,
                _ => continue,
            };
            match &first {
                None => first = Some(run),
                Some(head) => {
                    if joined.is_empty() {
                        joined.extend_from_slice(head.as_bytes());
                    }
                    joined.extend_from_slice(run.as_bytes());
                }
            }
        }
        if !children.is_empty() {
            return Ok(Data::Markup(
                children.into_iter().flat_map(unwrap_properties).collect(),
            ));
        }
        Ok(match first {
            None => Data::default(),
            Some(_) if !joined.is_empty() => Data::from_octets(joined),
            Some(Run::Text(text)) if is_xml_text(&text) => {
                Data::Text(syncml_wbxml::share_text(input, &text))
            }
            Some(run) => Data::from_octets(run.share(input)),
        })
    }

    /// Brings the items of a command, whose meta information is known by now, into the one form
    /// that they have whatever the encoding:
    ///
    /// - Device information that came as escaped text, as text in WBXML or in Base64 is markup.
    /// - There are no octets in XML: Format `bin` is `b64` there if the text is Base64, and `chr`
    ///   if it is not.
    pub(super) fn settle(&self, meta: &mut Option<Box<MetInf>>, items: &mut [Item]) {
        let xml = self.encoding == Encoding::Xml;
        let mut opened = false;
        for item in &mut *items {
            let Some(Data::Text(text)) = &item.data else {
                continue;
            };
            let format = item.format(meta.as_deref());
            if item
                .media_type(meta.as_deref())
                .is_some_and(dialect::is_devinf)
                && let Some(children) = text_devinf(text, format, self.limits)
            {
                item.data = Some(Data::Markup(children));
                drop_format(&mut item.meta);
                opened = true;
            } else if xml && format == Some(&Format::Bin) {
                let format = if base64::decode_lenient(text).is_some() {
                    Format::B64
                } else {
                    Format::Chr
                };
                item.meta.get_or_insert_default().format = Some(format);
            }
        }
        if opened
            && items
                .iter()
                .all(|item| matches!(item.data, Some(Data::Markup(_))))
        {
            drop_format(meta);
        }
    }
}

/// Removes a Format that does not hold any more.
fn drop_format(meta: &mut Option<Box<MetInf>>) {
    if let Some(inner) = meta {
        if matches!(inner.format, Some(Format::B64 | Format::Bin)) {
            inner.format = None;
        }
        if inner.is_empty() {
            *meta = None;
        }
    }
}

/// A run of character data.
enum Run<'a> {
    Text(Cow<'a, str>),
    Octets(Cow<'a, [u8]>),
}

impl<'a> Run<'a> {
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Octets(octets) => octets,
        }
    }

    fn share(self, input: Option<&'a Bytes>) -> Bytes {
        match self {
            Self::Text(Cow::Borrowed(text)) => share(input, &Cow::Borrowed(text.as_bytes())),
            Self::Text(Cow::Owned(text)) => text.into_bytes().into(),
            Self::Octets(Cow::Owned(octets)) => octets.into(),
            Self::Octets(octets) => share(input, &octets),
        }
    }
}

/// Device information in text: XML, perhaps only a few of its elements, or Base64 of either form.
fn text_devinf(
    text: &ByteString,
    format: Option<&Format>,
    limits: &Limits,
) -> Option<Vec<Fragment>> {
    let trimmed = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    if trimmed.starts_with('<') {
        return xml_devinf(text.as_bytes(), limits).or_else(|| {
            // Properties of a filter, without a root.
            let document = format!("<DevInf xmlns=\"syncml:devinf\">{trimmed}</DevInf>");
            xml_devinf(&document.into(), limits)
                .filter(|parts| parts.iter().all(|part| part.name() != devinf::DEV_INF))
        });
    }
    if !matches!(format, Some(Format::B64 | Format::Bin)) {
        return None;
    }
    let octets = Bytes::from(base64::decode_lenient(text)?);
    nested_devinf(&octets, limits).or_else(|| xml_devinf(&octets, limits))
}

/// A device information document in WBXML.
fn nested_devinf(octets: &Bytes, limits: &Limits) -> Option<Vec<Fragment>> {
    // The version octet of WBXML 1.0 to 1.3. Most other data is told from a document by it.
    if !matches!(octets.first(), Some(0..=3)) {
        return None;
    }
    whole_devinf(&mut Reader::new(octets, limits).ok()?)
}

/// A device information document in XML.
fn xml_devinf(octets: &Bytes, limits: &Limits) -> Option<Vec<Fragment>> {
    let octets = xml::decode_charset(octets.clone()).ok()?;
    whole_devinf(&mut xml::Reader::new(&octets, limits).ok()?)
}

/// The whole of a source, if it is device information.
fn whole_devinf<'a>(source: &mut impl Source<'a>) -> Option<Vec<Fragment>> {
    let Ok(Some(Event::Start(Name::Known(root)))) = source.next_event() else {
        return None;
    };
    if root.space() != Space::DevInf {
        return None;
    }
    let document = Fragment::record(Name::Known(root), source).ok()?;
    source
        .next_event()
        .ok()?
        .is_none()
        .then(|| unwrap_properties(document))
}

/// The properties of a field filter have a `DevInf` around them in WBXML, since a document has
/// one root, and mostly none in XML. Here they have none.
fn unwrap_properties(document: Fragment) -> Vec<Fragment> {
    let is_part = |known: Tag| known == devinf::PROPERTY || known == devinf::CT_CAP;
    if document.name() != devinf::DEV_INF {
        return vec![document];
    }
    let mut parts = Vec::new();
    let mut source = document.source();
    // A fragment is complete: its source ends with the end of its root, and never fails.
    let _root = source.next_event();
    while let Ok(Event::Start(name)) = read::next(&mut source) {
        if !name.tag().is_some_and(is_part) {
            return vec![document];
        }
        let Ok(part) = Fragment::record(name, &mut source) else {
            return vec![document];
        };
        parts.push(part);
    }
    if parts.is_empty() {
        vec![document]
    } else {
        parts
    }
}

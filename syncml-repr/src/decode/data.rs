use std::sync::Arc;

use std::borrow::Cow;

use syncml_meta::{Format, MetInf, base64};
use syncml_wbxml::tag::devinf;
use syncml_wbxml::{
    Bytes, Encoding, Event, Fragment, FragmentBuilder, Limits, Name, Reader, Sink, Source, Space,
    Tag, put_end, put_start, read, share, share_octets, xml,
};

use super::{Decoder, Read};
use crate::{Data, Item, dialect};

impl<'a, S: Source<'a>> Decoder<'a, S> {
    /// `Data`. Text next to child elements is dropped: no content model has both.
    pub(super) fn data(&mut self) -> Read<Data> {
        let whole = match self.run.take() {
            Some(run) => Some(share_octets(self.source.input(), run)),
            None => self.source.whole_octets()?,
        };
        if let Some(octets) = whole {
            return Ok(match nested_devinf(&octets, &self.limits) {
                Some(nested) => Data::Markup(regroup(nested)),
                None => Data::Octets(octets),
            });
        }
        let input = self.source.input();
        let mut first: Option<Run<'a>> = None;
        let mut joined: Vec<u8> = Vec::new();
        let mut children = Vec::new();
        loop {
            // Matched where it is: events are large.
            let run = match self.source.next_event() {
                Ok(Some(Event::Text(text))) => Run::Text(text),
                Ok(Some(Event::Opaque(octets))) => {
                    if may_be_wbxml(&octets)
                        && let Some(nested) = nested_devinf(&share(input, &octets), &self.limits)
                    {
                        children.extend(nested);
                        continue;
                    }
                    Run::Octets(octets)
                }
                Ok(Some(Event::Start(name))) => {
                    let child = Fragment::record(name, &mut self.source)?;
                    children.push(spelled_out_devinf(&child).unwrap_or(child));
                    continue;
                }
                Ok(Some(Event::End)) => break,
                Ok(Some(_)) => continue,
                Ok(None) => return Err(self.truncated()),
                Err(error) => return Err(error.into()),
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
            return Ok(Data::Markup(regroup(children)));
        }
        Ok(match first {
            None => Data::default(),
            Some(_) if !joined.is_empty() => Data::from_octets(joined),
            Some(run) => Data::Octets(run.share(input)),
        })
    }

    /// Brings the items of a command, whose meta information is known by now, into the one form
    /// that they have whatever the encoding:
    ///
    /// - Device information that came as escaped text, as text in WBXML or in Base64 is markup.
    /// - There are no octets in XML: Format `bin` is `b64` there if the text is Base64, and `chr`
    ///   if it is not.
    pub(super) fn settle(&self, meta: &mut Option<Arc<MetInf>>, items: &mut [Item]) {
        let xml = self.encoding == Encoding::Xml;
        let mut opened = false;
        for item in &mut *items {
            let Some(data @ Data::Octets(_)) = &item.data else {
                continue;
            };
            let format = item.format(meta.as_deref());
            if item
                .media_type(meta.as_deref())
                .is_some_and(dialect::is_devinf)
                && let Some(text) = data.as_text()
                && let Some(children) = text_devinf(text, format, &self.limits)
            {
                item.data = Some(Data::Markup(children));
                drop_format(&mut item.meta);
                opened = true;
            } else if xml && format == Some(&Format::Bin) {
                let is_base64 = data.as_text().and_then(base64::decode_lenient).is_some();
                let format = if is_base64 { Format::B64 } else { Format::Chr };
                Arc::make_mut(item.meta.get_or_insert_default()).format = Some(format);
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
fn drop_format(meta: &mut Option<Arc<MetInf>>) {
    if let Some(inner) = meta.as_mut().map(Arc::make_mut) {
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
fn text_devinf(text: &str, format: Option<&Format>, limits: &Limits) -> Option<Vec<Fragment>> {
    let trimmed = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    if trimmed.starts_with('<') {
        return xml_devinf(&Bytes::copy_from_slice(text.as_bytes()), limits).or_else(|| {
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
    may_be_wbxml(octets).then(|| whole_devinf(&mut Reader::new(octets, limits).ok()?))?
}

/// Looks at the version octet of WBXML 1.0 to 1.3, which tells most other data from a document.
fn may_be_wbxml(octets: &[u8]) -> bool {
    matches!(octets.first(), Some(0..=3))
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
        .then(|| regroup(vec![document]))
}

/// Device information whose names were spelled out without their namespace, which is that of the message
/// then: so libwbxml writes the properties of a filter.
fn spelled_out_devinf(element: &Fragment) -> Option<Fragment> {
    let in_devinf = |name: &Name<'_>| match name {
        Name::Known(tag) if tag.space() == Space::SyncMl => Tag::lookup(Space::DevInf, tag.name()),
        Name::Other { space, local } if Space::from_namespace(space) == Some(Space::SyncMl) => {
            Tag::lookup(Space::DevInf, local)
        }
        _ => None,
    };
    if matches!(element.name(), Name::Known(_)) {
        return None;
    }
    in_devinf(&element.name())?;
    let mut builder = FragmentBuilder::new();
    let mut source = element.source();
    while let Ok(Some(event)) = source.next_event() {
        let event = match event {
            Event::Start(name) => Event::Start(in_devinf(&name).map_or(name, Name::Known)),
            other => other,
        };
        builder.put(event).ok()?;
    }
    builder.finish().ok()
}

/// Whether an element is a part of device information that stands inside of others, such as the
/// properties of a field filter. These have a `DevInf` around them in WBXML, since a document has
/// one root, and mostly none in XML.
fn is_part(name: &Name<'_>) -> bool {
    const DIRECTLY_IN_DEVINF: [Tag; 14] = [
        devinf::VER_DTD,
        devinf::MAN,
        devinf::MOD,
        devinf::OEM,
        devinf::FW_V,
        devinf::SW_V,
        devinf::HW_V,
        devinf::DEV_ID,
        devinf::DEV_TYP,
        devinf::UTC,
        devinf::SUPPORT_LARGE_OBJS,
        devinf::SUPPORT_NUMBER_OF_CHANGES,
        devinf::DATA_STORE,
        devinf::EXT,
    ];
    is_rootless(name)
        && name
            .tag()
            .is_some_and(|tag| !DIRECTLY_IN_DEVINF.contains(&tag))
}

/// Whether an element is device information without its root.
fn is_rootless(name: &Name<'_>) -> bool {
    name.tag()
        .is_some_and(|tag| tag.space() == Space::DevInf && tag != devinf::DEV_INF)
}

/// Gives device information its one form: parts stand alone, everything else is in a `DevInf`.
fn regroup(children: Vec<Fragment>) -> Vec<Fragment> {
    let mut out = Vec::with_capacity(children.len());
    let mut rootless: Vec<Fragment> = Vec::new();
    for child in children.into_iter().flat_map(unwrap_parts) {
        if is_rootless(&child.name()) {
            rootless.push(child);
        } else {
            out.append(&mut wrap(std::mem::take(&mut rootless)));
            out.push(child);
        }
    }
    out.append(&mut wrap(rootless));
    out
}

/// The parts in a `DevInf` that holds nothing else; other elements as they are.
fn unwrap_parts(document: Fragment) -> Vec<Fragment> {
    if document.name() != devinf::DEV_INF {
        return vec![document];
    }
    let mut parts = Vec::new();
    let mut source = document.source();
    // A fragment is complete: its source ends with the end of its root, and never fails.
    let _root = source.next_event();
    loop {
        match read::next(&mut source) {
            Ok(Event::Start(name)) if is_part(&name) => match Fragment::record(name, &mut source) {
                Ok(part) => parts.push(part),
                Err(_) => return vec![document],
            },
            Ok(Event::End) if !parts.is_empty() => return parts,
            _ => return vec![document],
        }
    }
}

/// Puts elements into a `DevInf` unless all of them are parts.
fn wrap(rootless: Vec<Fragment>) -> Vec<Fragment> {
    if rootless.iter().all(|fragment| is_part(&fragment.name())) {
        return rootless;
    }
    let mut builder = FragmentBuilder::new();
    let whole = put_start(&mut builder, devinf::DEV_INF)
        .and_then(|()| {
            rootless
                .iter()
                .try_for_each(|fragment| fragment.replay(&mut builder))
        })
        .and_then(|()| put_end(&mut builder))
        .and_then(|()| builder.finish());
    // Complete elements in one more are a complete element.
    whole.map_or(rootless, |whole| vec![whole])
}

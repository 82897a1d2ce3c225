use std::fmt;

use syncml_meta::{Anchor, Format, MetInf, always_shown, base64};
use syncml_wbxml::{ByteString, Bytes, Event, Fragment, FragmentBuilder, Name, Source, Space, xml};

/// Content of a `Data` element `[RepPro §Data]`.
///
/// One model for both encodings: octets are octets whether they came as XML text, CDATA, inline
/// string or OPAQUE, and a device information document is markup whether it came as child element, as
/// nested WBXML document or as escaped text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Data {
    /// Octets, never trimmed, and mostly text: [`as_text`](Self::as_text) looks. In Base64 if the
    /// Format says so; [`Item::payload`](crate::Item::payload) decodes.
    ///
    /// In WBXML they travel as they are. In XML they are text; octets that are not UTF-8, or that
    /// are characters XML cannot carry, are sent in Base64 with Format `b64`.
    Octets(Bytes),
    /// Child elements: a device information document (`DevInf`), properties of a field filter,
    /// an `Anchor` that is confirmed, `Mem`, or elements of other vocabularies.
    Markup(Vec<Fragment>),
}

impl Default for Data {
    /// Nothing in it.
    fn default() -> Self {
        Self::Octets(Bytes::new())
    }
}

impl Data {
    /// These octets.
    #[must_use]
    pub fn from_octets(octets: impl Into<Bytes>) -> Self {
        Self::Octets(octets.into())
    }

    /// An `Anchor` with `Next` only: how a Status confirms an anchor.
    #[must_use]
    pub fn next_anchor(next: impl Into<ByteString>) -> Self {
        Self::anchor(&Anchor::new(next))
    }

    /// An `Anchor`.
    #[must_use]
    pub fn anchor(anchor: &Anchor) -> Self {
        let mut builder = FragmentBuilder::new();
        // A builder refuses unbalanced events only, and these are balanced.
        let written = anchor.write(&mut builder).and_then(|()| builder.finish());
        Self::Markup(written.into_iter().collect())
    }

    /// The octets; `None` for markup.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Octets(octets) => Some(octets),
            Self::Markup(_) => None,
        }
    }

    /// The same, sharing the buffer.
    #[must_use]
    pub fn to_bytes(&self) -> Option<Bytes> {
        match self {
            Self::Octets(octets) => Some(octets.clone()),
            Self::Markup(_) => None,
        }
    }

    /// The octets as text, if they are text that both encodings can carry: UTF-8 without the
    /// control characters and noncharacters that XML excludes. Looks at all of them.
    ///
    /// ```
    /// use syncml_repr::Data;
    ///
    /// assert_eq!(Data::from("Grüße").as_text(), Some("Grüße"));
    /// assert_eq!(Data::from_octets(&b"a\x01b"[..]).as_text(), None);
    /// ```
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        xml::text(self.as_bytes()?)
    }

    /// Length in bytes of the octets as transmitted; 0 for markup.
    #[must_use]
    pub fn len(&self) -> usize {
        self.as_bytes().map_or(0, <[u8]>::len)
    }

    /// Whether there is nothing in it: `<Data/>`, which is not the same as no `Data` at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Markup(children) => children.is_empty(),
            _ => self.len() == 0,
        }
    }

    /// The device information document, if this is one.
    #[must_use]
    pub fn devinf(&self) -> Option<&Fragment> {
        let Self::Markup(children) = self else {
            return None;
        };
        children
            .iter()
            .find(|child| child.name() == syncml_wbxml::tag::devinf::DEV_INF)
    }

    /// Meta information that stands in data: a confirmed `Anchor`, a bare `Next`, `Mem`, with or
    /// without a `MetInf` around them. `None` if there is none.
    #[must_use]
    pub fn met_inf(&self) -> Option<MetInf> {
        let Self::Markup(children) = self else {
            return None;
        };
        let mut meta = MetInf::default();
        for child in children
            .iter()
            .filter(|child| child.name().space() == Some(Space::MetInf))
        {
            let mut source = child.source();
            let Ok(Some(Event::Start(name))) = source.next_event() else {
                continue;
            };
            let read = meta.read_child(name, &mut source);
            debug_assert!(read.is_ok(), "a recorded fragment is complete");
        }
        (!meta.is_empty()).then_some(meta)
    }
}

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octets(octets) => match self.as_text() {
                Some(text) => f.debug_tuple("Text").field(&text).finish(),
                None => f.debug_tuple("Opaque").field(octets).finish(),
            },
            Self::Markup(children) => {
                f.write_str("Markup(")?;
                children
                    .iter()
                    .try_for_each(|child| fmt_fragment(child, f))?;
                f.write_str(")")
            }
        }
    }
}

/// Shows an element like XML, on one line. For reading, not for parsing.
pub(crate) fn fmt_fragment(fragment: &Fragment, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut source = fragment.source();
    let mut open: Vec<Name<'_>> = Vec::new();
    while let Ok(Some(event)) = source.next_event() {
        match event {
            Event::Start(name) => {
                write!(f, "<{name}>")?;
                open.push(name);
            }
            Event::End => write!(f, "</{}>", open.pop().as_ref().map_or("", Name::local))?,
            Event::Text(text) => write!(f, "{}", text.escape_debug())?,
            Event::Opaque(octets) => write!(f, "{}", octets.escape_ascii())?,
            _ => {}
        }
    }
    Ok(())
}

impl From<&str> for Data {
    fn from(text: &str) -> Self {
        Self::Octets(Bytes::copy_from_slice(text.as_bytes()))
    }
}
impl From<String> for Data {
    fn from(text: String) -> Self {
        Self::Octets(text.into())
    }
}
impl From<ByteString> for Data {
    fn from(text: ByteString) -> Self {
        Self::Octets(text.into_bytes())
    }
}
impl From<Fragment> for Data {
    fn from(fragment: Fragment) -> Self {
        Self::Markup(vec![fragment])
    }
}
always_shown!(Data);

#[cfg(feature = "serde")]
mod form {
    //! Text as text, for those who read snapshots.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use syncml_wbxml::{ByteString, Bytes, Fragment};

    use super::Data;

    #[derive(Serialize)]
    #[serde(rename = "Data")]
    enum Written<'a> {
        Text(&'a str),
        Opaque(&'a Bytes),
        Markup(&'a [Fragment]),
    }

    #[derive(Deserialize)]
    #[serde(rename = "Data")]
    enum Read {
        Text(ByteString),
        Opaque(Bytes),
        Markup(Vec<Fragment>),
    }

    impl Serialize for Data {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match (self, self.as_text()) {
                (Self::Markup(children), _) => Written::Markup(children),
                (Self::Octets(_), Some(text)) => Written::Text(text),
                (Self::Octets(octets), None) => Written::Opaque(octets),
            }
            .serialize(serializer)
        }
    }

    impl<'de> Deserialize<'de> for Data {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Ok(match Read::deserialize(deserializer)? {
                Read::Text(text) => Self::from(text),
                Read::Opaque(octets) => Self::Octets(octets),
                Read::Markup(children) => Self::Markup(children),
            })
        }
    }
}

/// The data of an item cannot be decoded as its Format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    /// Format is `b64`, the data is not.
    #[error("data is not Base64 although its Format says so")]
    NotBase64,
    /// The data is markup, which has no octets.
    #[error("data is markup")]
    Markup,
}

/// The octets of `data` that is coded as `format` says.
pub(crate) fn payload(data: &Data, format: Option<&Format>) -> Result<Bytes, PayloadError> {
    match data {
        Data::Markup(_) => Err(PayloadError::Markup),
        Data::Octets(octets) if format == Some(&Format::B64) => match data.as_text() {
            Some(text) => base64::decode_lenient(text)
                .map(Bytes::from)
                .ok_or(PayloadError::NotBase64),
            // Some send the octets themselves whatever the Format says.
            None => Ok(octets.clone()),
        },
        Data::Octets(octets) => Ok(octets.clone()),
    }
}

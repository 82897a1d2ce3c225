//! What a peer is shown of an item: in a version that it takes, with the properties that it knows and wants; and what
//! becomes of its own version of that item.
//!
//! The engine asks for changes and hands over what the peer sends; which properties a peer can hold is a matter between
//! what it says of itself (`CTCap`, `Rx`) and [`ds_objects`], and is settled here.

use std::borrow::Cow;

use bytes::Bytes;
use bytestring::ByteString;
use ds_objects::convert::{self, convert};
use ds_objects::field_filter::{self, FieldFilter};
use ds_objects::fit::{Profile, Unfit};
use ds_objects::ledger;
use ds_objects::{Format, Object, media_type, parse};
use ds_protocol::{Content, Field, Filter};
use serde::{Deserialize, Serialize};
use syncml_devinf::{DataStore, DevInf};

use super::trouble::{Result, Trouble};
use crate::capability;

/// What a peer is to have of each item.
#[derive(Clone, Debug)]
pub(super) struct View {
    /// The name under which the books know it; none: the peer has everything of what it is sent, be it in a version of
    /// its own.
    pub(super) id: Option<String>,
    wanted: Option<FieldFilter>,
    device: Option<DevInf>,
    /// Most octets of an item.
    pub(super) max_size: Option<u64>,
}

/// A view as it is kept.
#[derive(Serialize, Deserialize)]
struct Text {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Field>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DevInf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_size: Option<u64>,
}

/// An item as a peer is shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) media_type: ByteString,
    pub(super) data: Bytes,
    /// What is not as it is here.
    pub(super) ledger: ledger::Ledger,
}

impl Shown {
    pub(super) fn whole(media_type: &str, data: &Bytes) -> Self {
        Self {
            media_type: media_type.into(),
            data: data.clone(),
            ledger: ledger::Ledger::default(),
        }
    }
}

/// What became of a peer's version of an item.
#[derive(Clone, Debug)]
pub(super) struct Restored<'a> {
    /// It, with everything of ours that the peer was not shown.
    pub(super) content: Cow<'a, Content>,
    /// The peer has what it is to have of that.
    pub(super) agrees: bool,
}

impl<'a> Restored<'a> {
    pub(super) fn whole(theirs: &'a Content) -> Self {
        Self {
            content: Cow::Borrowed(theirs),
            agrees: true,
        }
    }
}

impl View {
    /// What a device takes in one of its datastores, and what it wants of that; none: everything, as it is.
    pub(super) fn of(
        device: Option<&DevInf>,
        datastore: &str,
        wanted: &[Field],
        max_size: Option<u64>,
    ) -> Option<Self> {
        let view = Self::new(&Text {
            fields: wanted.to_vec(),
            device: device.and_then(|device| of_datastore(device, datastore)),
            max_size,
        });
        (view.wanted.is_some() || view.device.is_some()).then_some(view)
    }

    /// A view that was kept under a name. Older ones are lists of properties.
    pub(super) fn read(id: &str, text: &str) -> Result<Self> {
        let read = match text.starts_with('[') {
            true => serde_json::from_str(text).map(|fields| Text {
                fields,
                device: None,
                max_size: None,
            }),
            false => serde_json::from_str(text),
        };
        let read = read.map_err(|error| Trouble::Foreign(error.to_string()))?;
        Ok(Self {
            id: Some(id.to_owned()),
            ..Self::new(&read)
        })
    }

    fn new(text: &Text) -> Self {
        let fields = text.fields.iter().map(|field| {
            field_filter::Field::new(field.name.to_string())
                .with_max_size(field.max_size)
                .with_no_truncate(field.no_truncate)
                .with_params(field.params.iter().map(ToString::to_string))
        });
        Self {
            id: None,
            wanted: (!text.fields.is_empty()).then(|| FieldFilter::new(fields)),
            device: text.device.clone(),
            max_size: text.max_size,
        }
    }

    /// The text to be kept of it; none: the peer has all properties, and nothing need be known to restore them.
    pub(super) fn text(&self, wanted: &[Field]) -> Result<Option<String>> {
        let knows = |device: &&DevInf| device.data_stores.iter().any(|it| !it.ct_caps.is_empty());
        let device = self.device.as_ref().filter(knows);
        if self.wanted.is_none() && device.is_none() {
            return Ok(None);
        }
        let text = serde_json::to_string(&Text {
            fields: wanted.to_vec(),
            max_size: self.max_size.filter(|_| device.is_some()),
            device: device.cloned(),
        });
        text.map(Some)
            .map_err(|error| Trouble::Foreign(error.to_string()))
    }

    /// Whether the peer has asked for some properties alone.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether items of a media type are shown as they are, whatever is in them.
    pub(super) fn leaves(&self, media_type: &str) -> bool {
        if self.wanted.is_some() {
            return false;
        }
        let Some(device) = &self.device else {
            return true;
        };
        let formats = formats(media_type);
        formats.iter().all(|format| {
            capability::taken(device, *format) == *format
                && capability::profile(device, None, *format)
                    .capability
                    .is_open()
        })
    }

    /// An item as the peer is shown it.
    ///
    /// # Errors
    ///
    /// Why it can have nothing of it.
    pub(super) fn show(&self, media_type: &str, data: &Bytes) -> std::result::Result<Shown, Unfit> {
        let mut shown = self.fit(media_type, data)?;
        if let Some(wanted) = &self.wanted
            && let Some(cut) = wanted.cut(&shown.media_type, &shown.data)
        {
            shown.data = cut.into();
        }
        Ok(shown)
    }

    fn fit(&self, media_type: &str, data: &Bytes) -> std::result::Result<Shown, Unfit> {
        let whole = || Ok(Shown::whole(media_type, data));
        let (Some(device), Some(format)) = (&self.device, Format::detect(media_type, data)) else {
            return whole();
        };
        let target = capability::taken(device, format);
        let profile = self.profile(target);
        if target == format && profile.capability.is_open() {
            return whole();
        }
        let Ok(object) = parse(media_type, data) else {
            return whole();
        };
        let fitted = match profile.fit(&object) {
            // That it is too large is for the peer's limit to say, which may rise.
            Err(Unfit::MaxObjSize) => profile.with_max_obj_size(None).fit(&object),
            fitted => fitted,
        };
        match fitted {
            Ok(fitted) if fitted.object == object => whole(),
            Ok(fitted) => Ok(Shown {
                media_type: match target == format {
                    true => media_type.into(),
                    false => target.media_type().into(),
                },
                data: fitted.object.encode().into(),
                ledger: fitted.ledger,
            }),
            // What it is not known to take, it may take all the same.
            Err(Unfit::Format) => whole(),
            Err(unfit) => Err(unfit),
        }
    }

    /// What it takes of a version. Where it lists no properties, nothing is left out, be it large.
    fn profile(&self, format: Format) -> Profile {
        let Some(device) = &self.device else {
            return Profile::new(format);
        };
        let profile = capability::profile(device, None, format);
        let max_size = self.max_size.filter(|_| !profile.capability.is_open());
        profile.with_max_obj_size(max_size)
    }
}

/// What becomes of a peer's version of an item of ours: what it was not shown stays, what it has in a version that can say
/// less stays in ours. None: the two cannot be put together.
pub(super) fn restored<'a>(
    view: Option<&View>,
    media_type: &str,
    ours: impl FnOnce() -> Result<Option<Bytes>>,
    theirs: &'a Content,
) -> Result<Option<Restored<'a>>> {
    let whole = Restored::whole(theirs);
    let is_same_type = same_type(media_type, &theirs.media_type);
    if is_same_type && view.is_none_or(|view| view.leaves(media_type)) {
        return Ok(Some(whole));
    }
    let Some(ours) = ours()? else {
        return Ok(Some(whole));
    };
    let wanted = view.and_then(|view| view.wanted.as_ref());
    let objects = parse(media_type, &ours)
        .ok()
        .zip(parse(&theirs.media_type, &theirs.data).ok());
    let Some((mine, news)) = objects else {
        // Of what cannot be cut the peer has everything.
        let is_cut = |wanted: &&FieldFilter| wanted.cut(media_type, &ours).is_some();
        let Some(wanted) = wanted.filter(is_cut) else {
            return Ok(Some(whole));
        };
        let merged = wanted.merge(media_type, &ours, &theirs.data);
        return Ok(merged.map(|merged| Restored {
            content: Cow::Owned(Content::new(theirs.media_type.clone(), merged.data)),
            agrees: merged.agrees,
        }));
    };
    let profile = view.map_or_else(
        || Profile::new(news.format()),
        |view| view.profile(news.format()),
    );
    let Some(mine) = at_least(&mine, news.format()) else {
        return Ok(wanted.is_none().then_some(whole));
    };
    let (profile, fitted) = match profile.fit(&mine) {
        Err(Unfit::MaxObjSize) => {
            let profile = profile.with_max_obj_size(None);
            let fitted = profile.fit(&mine);
            (profile, fitted)
        }
        fitted => (profile, fitted),
    };
    let Ok(fitted) = fitted else {
        return Ok(wanted.is_none().then_some(whole));
    };
    let is_as_it_is = fitted.object == mine;
    let (news, agrees) = match wanted {
        None if is_as_it_is => return Ok(Some(whole)),
        None => (news, true),
        Some(wanted) => {
            let media_type = news.media_type();
            let fitted = fitted.object.encode();
            let Some(merged) = wanted.merge(media_type, &fitted, &theirs.data) else {
                return Ok(None);
            };
            let Ok(object) = parse(media_type, &merged.data) else {
                return Ok(None);
            };
            if is_as_it_is {
                let content = Content::new(theirs.media_type.clone(), merged.data);
                return Ok(Some(Restored {
                    content: Cow::Owned(content),
                    agrees: merged.agrees,
                }));
            }
            (object, merged.agrees)
        }
    };
    let Some(restored) = profile.restore(&mine, &news) else {
        return Ok(wanted.is_none().then_some(whole));
    };
    let restored_type = match same_type(media_type, restored.media_type()) {
        true => media_type,
        false => restored.media_type(),
    };
    Ok(Some(Restored {
        content: Cow::Owned(Content::new(restored_type, restored.encode())),
        agrees,
    }))
}

/// Ours, in the peer's version where that can say more: nothing of what the peer has said is lost.
fn at_least(ours: &Object, theirs: Format) -> Option<Object> {
    let rank = |format| match format {
        Format::VCard21 | Format::VCalendar10 => 0,
        Format::VCard30 | Format::ICalendar20 => 1,
        _ => 2,
    };
    if rank(theirs) <= rank(ours.format()) {
        return Some(ours.clone());
    }
    let converted = convert(ours, theirs, &convert::Options::default());
    converted.map(|converted| converted.object)
}

/// One of the device's datastores, with what decides what it may have of an item, and nothing else.
fn of_datastore(device: &DevInf, uri: &str) -> Option<DevInf> {
    let known = device.data_store(uri)?;
    let mut datastore = DataStore::default();
    datastore.source_ref = known.source_ref.clone();
    datastore.rx_pref = known.rx_pref.clone();
    datastore.rx = known.rx.clone();
    if !capability::keeps_all(device) {
        datastore.ct_caps = device.ct_caps(known).cloned().collect();
        datastore.ct_caps.retain(|cap| !cap.properties.is_empty());
    }
    let is_silent = datastore.ct_caps.is_empty() && datastore.receives().next().is_none();
    let mut reduced = DevInf::default();
    reduced.utc = device.utc;
    reduced.data_stores = vec![datastore];
    (!is_silent).then_some(reduced)
}

fn same_type(one: &str, other: &str) -> bool {
    media_type::essence(one) == media_type::essence(other)
}

/// The versions that items of a media type may have.
fn formats(media_type: &str) -> &'static [Format] {
    match media_type::essence(media_type).as_str() {
        media_type::VCARD_OLD => &[Format::VCard21],
        media_type::VCARD | media_type::DIRECTORY => &[Format::VCard30, Format::VCard40],
        media_type::VCALENDAR => &[Format::VCalendar10],
        media_type::ICALENDAR => &[Format::ICalendar20],
        media_type::VNOTE => &[Format::VNote11],
        media_type::VBOOKMARK => &[Format::VBookmark10],
        _ => &[],
    }
}

/// The properties that a filter names.
pub(super) fn fields(filter: Option<&Filter>) -> &[Field] {
    filter.map_or(&[], |filter| &filter.fields)
}

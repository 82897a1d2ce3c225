//! Device information and what objects make of it: to and fro.

use ds_objects::Format;
use ds_objects::fit::{self, Capability, ParamCap, Profile, PropertyCap};
use syncml_devinf::{ContentType, CtCap, DataStore, DevInf, PropParam, Property};

/// `Mod` of the device information of `syncml serve`.
pub const SERVER: &str = "syncml serve";
/// `Mod` of the device information of `syncml sync`.
pub const CLIENT: &str = "syncml sync";
const MAKER: &str = "syncml";

/// Whether a device is one of this crate's own, which list what they know and keep everything.
#[must_use]
pub fn keeps_all(device: &DevInf) -> bool {
    let of = |model: &str| [SERVER, CLIENT].contains(&model);
    device.man.as_deref() == Some(MAKER) && device.model.as_deref().is_some_and(of)
}

/// What a device takes of a format, as its device information says: of the datastore if one is named, else of the first
/// one that has the format's media type.
///
/// What it says of another version of the format counts where it says nothing of this one.
#[must_use]
pub fn profile(device: &DevInf, datastore: Option<&str>, format: Format) -> Profile {
    let stores: Vec<&DataStore> = match datastore {
        Some(uri) => device.data_store(uri).into_iter().collect(),
        None => device.data_stores.iter().collect(),
    };
    let caps = || stores.iter().flat_map(|store| device.ct_caps(store));
    let of = |exact: bool| caps().find(|cap| is_of(cap, format, exact));
    let capability = of(true).or_else(|| of(false)).map(capability);
    Profile::new(format)
        .with_capability(capability.unwrap_or_default())
        .with_utc(device.utc, None)
}

/// The version in which a device takes an object of a version: that one, if it takes it (`Rx`), or the one that it likes best
/// of the same kind; of its first datastore.
///
/// A device that lists no properties is taken to mean every version that goes by a media type it lists.
#[must_use]
pub fn taken(device: &DevInf, format: Format) -> Format {
    let Some(store) = device.data_stores.first() else {
        return format;
    };
    let is_open = device.ct_caps(store).next().is_none();
    let mut best = None;
    for listed in store.receives() {
        let Some(known) = format_of(listed).filter(|known| is_kin_of(*known, format)) else {
            continue;
        };
        let is_of_type = || ds_objects::media_type::essence(&listed.ct_type) == format.media_type();
        if known == format || is_open && is_of_type() {
            return format;
        }
        best = best.or(Some(known));
    }
    best.unwrap_or(format)
}

/// The version that a content type means: the one that it states, else the one of its media type.
fn format_of(listed: &ContentType) -> Option<Format> {
    use ds_objects::media_type::{
        DIRECTORY, ICALENDAR, VBOOKMARK, VCALENDAR, VCARD, VCARD_OLD, VNOTE,
    };
    let stated = listed.ver_ct.as_deref().unwrap_or_default().trim();
    Some(
        match ds_objects::media_type::essence(&listed.ct_type).as_str() {
            VCARD | VCARD_OLD | DIRECTORY if stated == "2.1" => Format::VCard21,
            VCARD | VCARD_OLD | DIRECTORY if stated == "3.0" => Format::VCard30,
            VCARD | VCARD_OLD | DIRECTORY if stated == "4.0" => Format::VCard40,
            VCARD_OLD => Format::VCard21,
            VCARD | DIRECTORY => Format::VCard30,
            ICALENDAR | VCALENDAR if stated == "1.0" => Format::VCalendar10,
            ICALENDAR | VCALENDAR if stated == "2.0" => Format::ICalendar20,
            ICALENDAR => Format::ICalendar20,
            VCALENDAR => Format::VCalendar10,
            VNOTE => Format::VNote11,
            VBOOKMARK => Format::VBookmark10,
            _ => return None,
        },
    )
}

fn is_kin_of(one: Format, other: Format) -> bool {
    one == other || one.is_card() && other.is_card() || one.is_calendar() && other.is_calendar()
}

/// What this crate's objects can hold of a format, for one's own device information.
#[must_use]
pub fn ct_cap(format: Format) -> CtCap {
    let mut cap = CtCap::new(format.media_type(), format.version());
    for known in fit::capability(format).properties {
        let mut property = Property::new(known.name).with_values(known.values);
        property.max_occur = known.max_occur;
        property.params = (known.params.into_iter())
            .map(|param| PropParam::new(param.name).with_values(param.values))
            .collect();
        cap.properties.push(property);
    }
    cap
}

/// What this crate's stores say of a datastore with these content types: the properties of each format among them. A
/// content type that is none of those formats has none, and anything goes.
#[must_use]
pub fn ct_caps(types: &[ContentType]) -> Vec<CtCap> {
    let mut caps = Vec::<CtCap>::new();
    for format in types.iter().filter_map(format_of) {
        let cap = ct_cap(format);
        if !caps.contains(&cap) {
            caps.push(cap);
        }
    }
    caps
}

/// Whether it is about a format: with its version, or with any of the same kind of object.
fn is_of(cap: &CtCap, format: Format, exact: bool) -> bool {
    let media_type = ds_objects::media_type::essence(&cap.ct_type);
    if exact {
        return cap.version() == Some(format.version()) && is_kin(&media_type, format);
    }
    is_kin(&media_type, format)
}

fn is_kin(media_type: &str, format: Format) -> bool {
    use ds_objects::media_type::{DIRECTORY, ICALENDAR, VCALENDAR, VCARD, VCARD_OLD};
    match media_type {
        VCARD | VCARD_OLD | DIRECTORY => format.is_card(),
        ICALENDAR | VCALENDAR => format.is_calendar(),
        other => other == format.media_type(),
    }
}

fn capability(cap: &CtCap) -> Capability {
    Capability::new(cap.properties.iter().map(|property| {
        let mut known = PropertyCap::new(&*property.prop_name)
            .with_values(property.val_enums.iter().map(ToString::to_string));
        known.max_occur = property.max_occur;
        known.max_size = property.max_size;
        known.no_truncate = property.no_truncate;
        known.params = (property.params.iter())
            .map(|param| {
                let values = param.val_enums.iter().map(ToString::to_string);
                ParamCap::new(&*param.param_name).with_values(values)
            })
            .collect();
        known
    }))
}

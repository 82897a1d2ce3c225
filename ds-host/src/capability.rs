//! Device information and what objects make of it: to and fro.

use ds_objects::Format;
use ds_objects::fit::{self, Capability, ParamCap, Profile, PropertyCap};
use syncml_devinf::{CtCap, DataStore, DevInf, PropParam, Property};

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

//! From the tables to what we say of ourselves.

use super::{Capability, ParamCap, PropertyCap};
use crate::format::Format;
use crate::schema::{self, Kind, Occurs};

/// Types of properties of cards: 2.1, 3.0. Those of 4.0 are an open list.
#[rustfmt::skip]
const TYPES: [(&str, [&[&str]; 2]); 3] = [
    ("TEL", [
        &["HOME", "WORK", "VOICE", "CELL", "FAX", "PAGER", "MSG", "PREF", "CAR", "BBS", "MODEM", "ISDN", "VIDEO"],
        &["HOME", "WORK", "VOICE", "CELL", "FAX", "PAGER", "MSG", "PREF", "CAR", "BBS", "MODEM", "ISDN", "VIDEO", "PCS"],
    ]),
    ("EMAIL", [
        &["INTERNET", "X400", "HOME", "WORK", "PREF"],
        &["INTERNET", "X400", "HOME", "WORK", "PREF"],
    ]),
    ("ADR", [
        &["HOME", "WORK", "DOM", "INTL", "POSTAL", "PARCEL", "PREF"],
        &["HOME", "WORK", "DOM", "INTL", "POSTAL", "PARCEL", "PREF"],
    ]),
];

/// Everything that this crate knows of a format, for the `CTCap` of one's own device information: the properties with
/// how often they may be there, types, and the fixed values of `BEGIN`, `END` and `VERSION`.
#[must_use]
pub fn capability(format: Format) -> Capability {
    let components: &[&str] = match format {
        Format::VCard21 | Format::VCard30 | Format::VCard40 => &["VCARD"],
        Format::VCalendar10 => &["VCALENDAR", "VEVENT", "VTODO"],
        Format::ICalendar20 => &[
            "VCALENDAR",
            "VTIMEZONE",
            "STANDARD",
            "DAYLIGHT",
            "VEVENT",
            "VTODO",
            "VALARM",
        ],
        Format::VNote11 => &["VNOTE"],
        Format::VBookmark10 => &["VBKM"],
    };
    let frame = |name: &str| PropertyCap::new(name).with_values(components.iter().copied());
    let version = PropertyCap::new("VERSION").with_values([format.version()]);
    let rows = schema::properties(format).iter().filter_map(|row| {
        let property = PropertyCap::new(row.name_in(format)?);
        Some(params(
            format,
            row,
            match row.occurs {
                Occurs::Once => property.with_max_occur(1),
                Occurs::Many => property,
            },
        ))
    });
    let frames = [frame("BEGIN"), frame("END"), version];
    Capability::new(frames.into_iter().chain(rows))
}

fn params(format: Format, row: &schema::Property, property: PropertyCap) -> PropertyCap {
    let column = match format {
        Format::VCard21 => 0,
        Format::VCard30 => 1,
        _ => {
            return match (format, row.kind) {
                (Format::ICalendar20, Kind::Time | Kind::Times) => {
                    let value = ParamCap::new("VALUE").with_values(["DATE", "DATE-TIME"]);
                    property.with_param(value).with_param(ParamCap::new("TZID"))
                }
                _ => property,
            };
        }
    };
    let types = TYPES.iter().find(|(name, _)| *name == row.name);
    let types = types.and_then(|(_, versions)| versions.get(column));
    match types {
        Some(types) => {
            property.with_param(ParamCap::new("TYPE").with_values(types.iter().copied()))
        }
        None => property,
    }
}

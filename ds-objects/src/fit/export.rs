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

/// What makers of devices and programs add to cards and calendars. Nothing here knows what they mean, all of it is kept; a
/// peer that sends what is listed alone is told that it may send them.
#[rustfmt::skip]
const OTHERS: [(Kin, &[&str]); 2] = [
    (Kin::Card, &[
        "X-EPOCSECONDNAME", "X-ASSISTANT", "X-ASSISTANT-TEL", "X-CHILDREN", "X-MANAGER", "X-SPOUSE", "X-SIP", "X-WV-ID",
        "X-AIM", "X-ICQ", "X-JABBER", "X-MSN", "X-YAHOO", "X-SKYPE", "X-SKYPE-USERNAME", "X-GADUGADU", "X-GROUPWISE",
        "X-GOOGLE-TALK", "X-TWITTER", "X-QQ", "X-MOZILLA-HTML", "X-PHONETIC-FIRST-NAME", "X-PHONETIC-LAST-NAME",
        "X-ABLABEL", "X-ABDATE", "X-ABRELATEDNAMES", "X-ABSHOWAS", "X-ABADR", "X-ADDRESSBOOKSERVER-KIND",
        "X-ADDRESSBOOKSERVER-MEMBER", "X-EVOLUTION-ANNIVERSARY", "X-EVOLUTION-ASSISTANT", "X-EVOLUTION-BLOG-URL",
        "X-EVOLUTION-CALLBACK", "X-EVOLUTION-FILE-AS", "X-EVOLUTION-MANAGER", "X-EVOLUTION-RADIO", "X-EVOLUTION-SPOUSE",
        "X-EVOLUTION-TELEX", "X-EVOLUTION-TTYTDD", "X-EVOLUTION-VIDEO-URL", "X-EVOLUTION-WEBDAV-ETAG",
        "X-FUNAMBOL-ANNIVERSARY", "X-FUNAMBOL-ASSISTANT", "X-FUNAMBOL-CHILDREN", "X-FUNAMBOL-FOLDER",
        "X-FUNAMBOL-INSTANTMESSENGER", "X-FUNAMBOL-MANAGER", "X-FUNAMBOL-SPOUSE", "X-MOT-NICKNAME", "X-MOT-SPOUSE",
        "X-MOT-ANNIVERSARY", "X-SYNCMLREF",
    ]),
    (Kin::Calendar, &[
        "X-EPOCAGENDAENTRYTYPE", "X-FUNAMBOL-ALLDAY", "X-FUNAMBOL-FOLDER", "X-MICROSOFT-CDO-ALLDAYEVENT",
        "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-IMPORTANCE", "X-SYNCMLREF", "X-RRULE", "X-WR-CALNAME",
        "X-EVOLUTION-ALARM-UID", "X-LIC-LOCATION", "X-ALT-DESC",
    ]),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kin {
    Card,
    Calendar,
}

/// Everything that this crate knows of a format, for the `CTCap` of one's own device information: the properties with
/// how often they may be there, types, and the fixed values of `BEGIN`, `END` and `VERSION`; and what makers of devices
/// add, as far as it is known by name.
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
    let mut properties = vec![frame("BEGIN"), frame("END"), version];
    properties.extend(rows);
    // Devices write cards of 2.1 with the names of 3.0.
    let modern = schema::properties(format).iter().map(|row| row.name);
    let modern = modern.filter(|_| format.is_card());
    for name in modern.chain(others(format).iter().copied()) {
        if !properties.iter().any(|known| known.name == name) {
            properties.push(PropertyCap::new(name));
        }
    }
    Capability::new(properties)
}

fn others(format: Format) -> &'static [&'static str] {
    let kin = match format {
        format if format.is_card() => Kin::Card,
        format if format.is_calendar() => Kin::Calendar,
        _ => return &[],
    };
    let listed = OTHERS.iter().find(|(of, _)| *of == kin);
    listed.map_or(&[], |(_, names)| names)
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

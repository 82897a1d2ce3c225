//! One version of a format to another, and what it costs.
//!
//! ```
//! use ds_objects::convert::{Options, convert};
//! use ds_objects::{Format, parse};
//!
//! let phone = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nTEL;CELL;PREF:+1-555-0190\r\nEND:VCARD\r\n";
//! let object = parse("text/x-vcard", phone)?;
//! let converted = convert(&object, Format::VCard40, &Options::default()).expect("cards to cards");
//! assert_eq!(
//!     converted.object.encode(),
//!     b"BEGIN:VCARD\r\nVERSION:4.0\r\nN:Quill;Pat\r\nFN:Pat Quill\r\n\
//!       TEL;TYPE=cell;PREF=1:+1-555-0190\r\nEND:VCARD\r\n"
//! );
//! // Nothing is gone, but a name had to be made.
//! assert!(converted.ledger.is_lossless());
//! assert_eq!(converted.ledger.entries()[0].to_string(), "VCARD/FN added: the version cannot do without");
//! # Ok::<(), ds_objects::Error>(())
//! ```
//!
//! Reading puts an object into the form of the newest version, writing puts it into that of the version wanted. What
//! no table knows goes along as it is. An object that has the version already is given back untouched.

mod calendar;
mod card;

use crate::format::Format;
use crate::ledger::Ledger;
use crate::model::{self, Item};
use crate::note;
use crate::object::Object;
use crate::zone::Zone;

/// What else there is to know for a conversion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How times are written.
    pub times: Times,
    /// The zone of the user: that of times without one, and the one of [`Times::Local`]. Default: none.
    pub zone: Option<Zone>,
}

impl Options {
    /// The same with times written in another way.
    #[must_use]
    pub const fn with_times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    /// The same with a zone of the user.
    #[must_use]
    pub fn with_zone(mut self, zone: Option<Zone>) -> Self {
        self.zone = zone;
        self
    }
}

/// How times are written. vCalendar 1.0 has one zone for all of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Times {
    /// Times in a zone as local times, with the zone (`VTIMEZONE`, `TZ` and `DAYLIGHT`) in the calendar; times in UTC
    /// stay.
    #[default]
    WithZone,
    /// Times in a zone as times in UTC: for devices that say `UTC` in their device information.
    Utc,
    /// All times as local times of the user's zone, which is not stated: for devices that do not say `UTC`.
    Local,
}

/// An object in another version.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// The object.
    pub object: Object,
    /// What is not as it was.
    pub ledger: Ledger,
}

/// Puts an object into another version of its format. None: the two are different things, such as a card and a
/// calendar. A vNote and a calendar with one `VJOURNAL` are the same.
#[must_use]
pub fn convert(object: &Object, to: Format, options: &Options) -> Option<Conversion> {
    let from = object.format();
    let retimed = to == Format::ICalendar20 && options.times != Times::WithZone;
    if from == to && !retimed {
        return Some(Conversion {
            object: object.clone(),
            ledger: Ledger::default(),
        });
    }
    match (from, to) {
        (Format::VNote11, Format::ICalendar20) => return Some(note::journal(object)),
        (Format::ICalendar20, Format::VNote11) => return note::of_journal(object),
        _ => {}
    }
    let same = (from.is_card() && to.is_card()) || (from.is_calendar() && to.is_calendar());
    if !same {
        return None;
    }
    let (mut item, mut ledger) = read(object, options);
    let document = write(&mut item, to, options, &mut ledger);
    Some(Conversion {
        object: document,
        ledger,
    })
}

/// An object in the form of the newest version.
pub(crate) fn read(object: &Object, options: &Options) -> (Item, Ledger) {
    let mut item = Item::read(object.document());
    let mut ledger = Ledger::default();
    match object.format() {
        format if format.is_card() => card::read(&mut item, format),
        Format::VCalendar10 => calendar::read(&mut item, options, &mut ledger),
        _ => {}
    }
    (item, ledger)
}

/// An object in the form of a version.
pub(crate) fn write(item: &mut Item, to: Format, options: &Options, ledger: &mut Ledger) -> Object {
    match to {
        to if to.is_card() => card::write(item, to, ledger),
        Format::VCalendar10 => calendar::write(item, options, ledger),
        Format::ICalendar20 => {
            calendar::retime(item, options, ledger);
            calendar::complete(item, ledger);
        }
        _ => {}
    }
    Object::of(model::write(item, to, ledger))
}

/// What an object says, whatever version it has.
pub(crate) fn neutral(object: &Object) -> (Item, Ledger) {
    read(object, &Options::default())
}

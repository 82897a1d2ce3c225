//! What a device may have of an object, and what becomes of the rest when its version comes back.
//!
//! ```
//! use ds_objects::fit::{Capability, Profile, PropertyCap};
//! use ds_objects::{Format, parse};
//!
//! // A phone that knows names and one number of 14 octets.
//! let capability = Capability::new([PropertyCap::new("N"), PropertyCap::new("TEL").with_max_occur(1)]);
//! let phone = Profile::new(Format::VCard21).with_capability(capability);
//! let card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat Quill\r\nN:Quill;Pat;;;\r\nTEL;TYPE=home:1\r\n\
//!     TEL;TYPE=cell,pref:2\r\nNOTE:Likes tea\r\nEND:VCARD\r\n";
//! let ours = parse("text/vcard", card)?;
//! let shown = phone.fit(&ours).expect("it takes cards");
//! assert_eq!(
//!     shown.object.encode(),
//!     b"BEGIN:VCARD\r\nVERSION:2.1\r\nFN:Pat Quill\r\nN:Quill;Pat;;;\r\nTEL;CELL;PREF:2\r\nEND:VCARD\r\n"
//! );
//!
//! // Its user changes the number. The note and the other number are not lost.
//! let edited = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL;CELL;PREF:3\r\nEND:VCARD\r\n";
//! let theirs = parse("text/x-vcard", edited)?;
//! let whole = phone.restore(&ours, &theirs).expect("both are cards");
//! assert_eq!(
//!     whole.encode(),
//!     b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat Quill\r\nN:Quill;Pat;;;\r\nTEL;TYPE=home:1\r\n\
//!       TEL;TYPE=cell,pref:3\r\nNOTE:Likes tea\r\nEND:VCARD\r\n"
//! );
//! # Ok::<(), ds_objects::Error>(())
//! ```

mod capability;
mod export;
mod prune;
mod restore;

use std::fmt;

pub use capability::{Capability, ParamCap, PropertyCap};
pub use export::capability;

use crate::convert::{Options, Times, convert};
use crate::document::Document;
use crate::field_filter::tree;
use crate::format::Format;
use crate::ledger::{Effect, Ledger, Reason};
use crate::object::Object;
use crate::zone::Zone;

/// A device as far as one of its content types goes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Profile {
    /// The version that it takes.
    pub format: Format,
    /// The properties that it knows (`CTCap`). Default: all.
    pub capability: Capability,
    /// It takes times in UTC (`UTC`). Default: yes.
    pub utc: bool,
    /// The zone of its user, for a device that does not. Default: not known.
    pub zone: Option<Zone>,
    /// Most octets of an object (`MaxObjSize`). Default: no limit.
    pub max_obj_size: Option<u64>,
    /// Whether its limits of values are believed; those of some phones are wrong. Default: yes.
    pub has_sizes: bool,
}

/// An object as a device may have it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fitted {
    /// The object.
    pub object: Object,
    /// What is not as it was.
    pub ledger: Ledger,
}

/// Why a device can have nothing of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unfit {
    /// It is another kind of object than the device takes.
    Format,
    /// The device does not know such items, such as tasks.
    Component,
    /// It is too large, whatever is left out.
    MaxObjSize,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "another kind of object than the device takes",
            Self::Component => "an item of a kind that the device does not know",
            Self::MaxObjSize => "larger than the device takes",
        })
    }
}

impl std::error::Error for Unfit {}

impl Profile {
    /// A device that takes everything of a version.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self {
            format,
            capability: Capability::default(),
            utc: true,
            zone: None,
            max_obj_size: None,
            has_sizes: true,
        }
    }

    /// The same with these properties.
    #[must_use]
    pub fn with_capability(mut self, capability: Capability) -> Self {
        self.capability = capability;
        self
    }

    /// The same with or without times in UTC, and the zone of the user.
    #[must_use]
    pub fn with_utc(mut self, utc: bool, zone: Option<Zone>) -> Self {
        self.utc = utc;
        self.zone = zone;
        self
    }

    /// The same with a largest object.
    #[must_use]
    pub const fn with_max_obj_size(mut self, max_obj_size: Option<u64>) -> Self {
        self.max_obj_size = max_obj_size;
        self
    }

    /// An object as the device may have it: in its version, with the properties, parameters and values that it knows,
    /// as many and as long as it takes.
    ///
    /// # Errors
    /// Why it can have nothing of it.
    pub fn fit(&self, object: &Object) -> Result<Fitted, Unfit> {
        let converted = convert(object, self.format, &self.writing()).ok_or(Unfit::Format)?;
        let mut ledger = converted.ledger;
        let (mut document, root) =
            tree::of(converted.object.document().clone()).ok_or(Unfit::Format)?;
        let root = prune::prune(self, root, &mut ledger).ok_or(Unfit::Component)?;
        document.lines = root.into_lines();
        self.shrink(&mut document, &mut ledger)?;
        Ok(Fitted {
            object: Object::of(document),
            ledger,
        })
    }

    /// The device's version of an item, with everything of ours that the device was not shown, could not hold, or has
    /// in another form, in the version that ours has. None: the two are different things.
    ///
    /// `ours` has to be what was fitted for the device last. What the device was shown and has left as it was is ours;
    /// what it was not shown stays.
    #[must_use]
    pub fn restore(&self, ours: &Object, theirs: &Object) -> Option<Object> {
        let reading = self.reading();
        let shown = self.fit(ours).ok()?;
        let echo = convert(&shown.object, ours.format(), &reading)?;
        let news = convert(theirs, ours.format(), &reading)?;
        restore::restore(ours, &echo.object, &news.object)
    }

    /// Leaves out octets until the object is small enough.
    fn shrink(&self, document: &mut Document, ledger: &mut Ledger) -> Result<(), Unfit> {
        let Some(most) = self.max_obj_size else {
            return Ok(());
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        for name in ["PHOTO", "LOGO", "SOUND", "ATTACH", "KEY"] {
            if document.encode().len() <= most {
                return Ok(());
            }
            let before = document.lines.len();
            document.lines.retain(|line| !line.is(name));
            if document.lines.len() < before {
                ledger.note(("", name), Effect::Dropped, Reason::MaxObjSize, "");
            }
        }
        let fits = document.encode().len() <= most;
        fits.then_some(()).ok_or(Unfit::MaxObjSize)
    }

    /// How times are written for the device.
    fn writing(&self) -> Options {
        let times = match self.format {
            Format::ICalendar20 if self.takes_zones() => Times::WithZone,
            _ if self.utc => Times::Utc,
            _ if self.zone.is_some() => Times::Local,
            _ => Times::WithZone,
        };
        Options::default()
            .with_times(times)
            .with_zone(self.zone.clone())
    }

    /// How its times are read: without a zone, they are those of its user where it knows no UTC.
    fn reading(&self) -> Options {
        let zone = self.zone.clone().filter(|_| !self.utc);
        Options::default().with_zone(zone)
    }

    /// Whether it takes `TZID` and what that means.
    fn takes_zones(&self) -> bool {
        let start = self.capability.property("DTSTART");
        self.capability.is_open()
            || self.capability.component("VTIMEZONE") == Some(true)
            || start.is_some_and(|start| start.param("TZID").is_some())
    }
}

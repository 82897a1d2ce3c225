//! What became of a property on its way to another version or another device.

use std::fmt;

/// One thing that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Entry {
    /// The component it was in, such as `VEVENT`.
    pub component: String,
    /// Name of the property, of the component if all of it is meant.
    pub property: String,
    /// What was done.
    pub effect: Effect,
    /// Why.
    pub reason: Reason,
    /// Which parameter, value or other name; may be empty.
    pub detail: String,
}

/// What was done to a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// All or some of it is gone.
    Dropped,
    /// Its value was cut.
    Shortened,
    /// It says the same in another way, or nearly the same.
    Converted,
    /// It was not there before.
    Added,
}

/// The rule by which it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The version has no such property.
    NoSuchProperty,
    /// The version has no such parameter, or none with such a value.
    NoSuchParameter,
    /// The version has no such component.
    NoSuchComponent,
    /// The version has no such value of the property.
    NoSuchValue,
    /// The version has it under another name.
    OtherName,
    /// The version has it in another place.
    OtherPlace,
    /// The version cannot do without.
    Required,
    /// The version has one value where there were more.
    OneOnly,
    /// A recurrence rule the version has no words for.
    Recurrence,
    /// A time zone nobody has told.
    UnknownZone,
    /// A time zone became another one, the points in time are the same.
    OtherZone,
    /// A day became a time, or the reverse.
    AllDay,
    /// It cannot be read as what it should be.
    Unreadable,
    /// The device does not know the property.
    PeerLacksProperty,
    /// The device does not know the parameter, or not this value of it.
    PeerLacksParameter,
    /// The device does not know this value.
    PeerLacksValue,
    /// The device takes fewer of them (`MaxOccur`).
    MaxOccur,
    /// The device takes no value as long as this (`MaxSize`).
    MaxSize,
    /// The device takes no object as large as this (`MaxObjSize`).
    MaxObjSize,
}

/// All reasons with their ids and what they mean.
const REASONS: [(Reason, &str, &str); 19] = [
    (
        Reason::NoSuchProperty,
        "no-such-property",
        "the version has no such property",
    ),
    (
        Reason::NoSuchParameter,
        "no-such-parameter",
        "the version has no such parameter",
    ),
    (
        Reason::NoSuchComponent,
        "no-such-component",
        "the version has no such component",
    ),
    (
        Reason::NoSuchValue,
        "no-such-value",
        "the version has no such value",
    ),
    (
        Reason::OtherName,
        "other-name",
        "the version has it under another name",
    ),
    (
        Reason::OtherPlace,
        "other-place",
        "the version has it in another place",
    ),
    (
        Reason::Required,
        "required",
        "the version cannot do without",
    ),
    (
        Reason::OneOnly,
        "one-only",
        "the version has one where there were more",
    ),
    (
        Reason::Recurrence,
        "recurrence",
        "the version has no words for the rule",
    ),
    (
        Reason::UnknownZone,
        "unknown-zone",
        "nobody has told the time zone",
    ),
    (
        Reason::OtherZone,
        "other-zone",
        "the same points in time in another zone",
    ),
    (
        Reason::AllDay,
        "all-day",
        "a day became a time, or the reverse",
    ),
    (
        Reason::Unreadable,
        "unreadable",
        "it cannot be read as what it should be",
    ),
    (
        Reason::PeerLacksProperty,
        "peer-lacks-property",
        "the device does not know the property",
    ),
    (
        Reason::PeerLacksParameter,
        "peer-lacks-parameter",
        "the device does not know the parameter",
    ),
    (
        Reason::PeerLacksValue,
        "peer-lacks-value",
        "the device does not know the value",
    ),
    (
        Reason::MaxOccur,
        "max-occur",
        "the device takes fewer of them",
    ),
    (
        Reason::MaxSize,
        "max-size",
        "the device takes no longer value",
    ),
    (
        Reason::MaxObjSize,
        "max-obj-size",
        "the device takes no larger object",
    ),
];

impl Reason {
    /// A short id that stays the same from version to version, such as `max-size`.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        let row = REASONS.iter().find(|(reason, ..)| *reason == self);
        *row.unwrap_or(&(self, "", ""))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().2)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dropped => "dropped",
            Self::Shortened => "shortened",
            Self::Converted => "converted",
            Self::Added => "added",
        })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} {}", self.component, self.property, self.effect)?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Everything that became of an object, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    entries: Vec<Entry>,
}

impl Ledger {
    /// The entries in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether nothing is gone: neither dropped nor shortened.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        let is_loss = |entry: &Entry| matches!(entry.effect, Effect::Dropped | Effect::Shortened);
        !self.entries.iter().any(is_loss)
    }

    pub(crate) fn note(
        &mut self,
        (component, property): (&str, &str),
        effect: Effect,
        reason: Reason,
        detail: impl Into<String>,
    ) {
        let entry = Entry {
            component: component.to_owned(),
            property: property.to_owned(),
            effect,
            reason,
            detail: detail.into(),
        };
        // What happens to each of many lines in the same way is told once.
        if !self.entries.contains(&entry) {
            self.entries.push(entry);
        }
    }
}

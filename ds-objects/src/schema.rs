//! The properties of each format: name in each version, kind of value, how often, what for.
//!
//! Tables, not code: conversion, fitting to a device, comparing, merging and device information read the same rows.

mod calendar;
mod card;
mod enumeration;
mod media;
mod note;
mod parameter;

pub(crate) use enumeration::{ATTENDEE, enumeration};
pub(crate) use media::{media_type, word};
pub(crate) use parameter::{has_parameter, type_word};

use crate::format::Format;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// One text.
    Text,
    /// A telephone number.
    Phone,
    /// Texts in a list.
    List,
    /// Components, each of which may be a list: `N`, `ADR`.
    Structured,
    /// An address of a resource.
    Uri,
    /// Octets or the address of them: `PHOTO`.
    Binary,
    /// A day, or a part of one, of a person's life: `BDAY`.
    Birthday,
    /// The time of a writing: `REV`.
    Timestamp,
    /// A day or time: `DTSTART`.
    Time,
    /// Days or times in a list: `EXDATE`.
    Times,
    /// A span of time.
    Duration,
    /// A recurrence rule.
    Rule,
    /// A place on the globe.
    Geo,
    /// A number.
    Integer,
    /// One of the words of a table, see the module `enumeration`.
    Word,
    /// A person of a calendar: `ATTENDEE`.
    Person,
    /// Another card: `AGENT`.
    Card,
}

/// How often a property may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "one or more, there is no third")]
pub enum Occurs {
    /// Once.
    Once,
    /// Any number of times.
    Many,
}

/// When a property decides whether two items are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the levels are ranks")]
pub enum Relevance {
    /// Always: without it two items are different ones.
    Always,
    /// In a slow sync of devices that have been synchronized before.
    SlowSync,
    /// Only in telling whether two versions of one item differ.
    Conflict,
    /// Never: it is set by whatever program stores the item.
    Never,
}

/// One property.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Property {
    /// Its name in the newest version.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Its names in the versions, oldest first; empty: the version has none.
    names: [&'static str; 3],
    /// How often it may be there.
    pub occurs: Occurs,
    /// When it counts.
    pub relevance: Relevance,
}

impl Property {
    /// Its name in a format; none: the format has no such property.
    #[must_use]
    pub fn name_in(&self, format: Format) -> Option<&'static str> {
        let name = self.names.get(column(format)).copied();
        name.filter(|name| !name.is_empty())
    }
}

/// Which of its names a format has for a property.
const fn column(format: Format) -> usize {
    match format {
        Format::VCard21 | Format::VCalendar10 | Format::VNote11 | Format::VBookmark10 => 0,
        Format::VCard30 | Format::ICalendar20 => 1,
        Format::VCard40 => 2,
    }
}

/// The properties of a format and its other versions.
#[must_use]
pub const fn properties(format: Format) -> &'static [Property] {
    match format {
        Format::VCard21 | Format::VCard30 | Format::VCard40 => card::PROPERTIES,
        Format::VCalendar10 | Format::ICalendar20 => calendar::PROPERTIES,
        Format::VNote11 => note::PROPERTIES,
        Format::VBookmark10 => note::BOOKMARK,
    }
}

/// The property that a format calls by this name, any case; else the one that another version or a maker of phones
/// calls so. None: it is nobody's but its writer's.
#[must_use]
pub fn property(format: Format, name: &str) -> Option<&'static Property> {
    property_of(format, name.as_bytes())
}

pub(crate) fn property_of(format: Format, name: &[u8]) -> Option<&'static Property> {
    let rows = properties(format);
    let column = column(format);
    let is = |known: &str, name: &[u8]| {
        // Length and last letter tell nearly all of them apart.
        let last = |bytes: &[u8]| bytes.last().map(u8::to_ascii_uppercase);
        known.len() == name.len()
            && last(known.as_bytes()) == last(name)
            && known.as_bytes().eq_ignore_ascii_case(name)
    };
    let own = |row: &&Property| row.names.get(column).is_some_and(|known| is(known, name));
    rows.iter().find(own).or_else(|| {
        let aliases = match format {
            Format::VCard21 | Format::VCard30 | Format::VCard40 => card::ALIASES,
            _ => &[],
        };
        let alias = aliases.iter().find(|(alias, _)| is(alias, name));
        let name = alias.map_or(name, |(_, name)| name.as_bytes());
        rows.iter()
            .find(|row| is(row.name, name) || row.names.iter().any(|known| is(known, name)))
    })
}

const fn row(
    name: &'static str,
    kind: Kind,
    names: [&'static str; 3],
    occurs: Occurs,
    relevance: Relevance,
) -> Property {
    Property {
        name,
        kind,
        names,
        occurs,
        relevance,
    }
}

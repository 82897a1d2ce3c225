//! vCalendar 1.0 and iCalendar 2.0.

use super::Kind::{
    Binary, Duration, Geo, Integer, List, Person, Rule, Structured, Text, Time, Times, Timestamp,
    Uri, Word,
};
use super::Occurs::{Many, Once};
use super::Relevance::{Always, Conflict, Never, SlowSync};
use super::{Kind, Occurs, Property, Relevance, row};

const fn both(name: &'static str, kind: Kind, occurs: Occurs, relevance: Relevance) -> Property {
    row(name, kind, [name, name, ""], occurs, relevance)
}

const fn new(name: &'static str, kind: Kind, occurs: Occurs, relevance: Relevance) -> Property {
    row(name, kind, ["", name, ""], occurs, relevance)
}

#[rustfmt::skip]
pub(super) static PROPERTIES: &[Property] = &[
    both("SUMMARY", Text, Once, Always),
    both("DTSTART", Time, Once, Always),
    both("DTEND", Time, Once, Conflict),
    both("DESCRIPTION", Text, Many, SlowSync),
    both("LOCATION", Text, Once, SlowSync),
    both("DUE", Time, Once, SlowSync),
    both("COMPLETED", Time, Once, Conflict),
    both("RRULE", Rule, Many, Conflict),
    both("EXRULE", Rule, Many, Conflict),
    both("RDATE", Times, Many, Conflict),
    both("EXDATE", Times, Many, Conflict),
    both("CATEGORIES", List, Many, Conflict),
    both("RESOURCES", List, Many, Conflict),
    both("STATUS", Word, Once, Conflict),
    both("CLASS", Word, Once, Conflict),
    both("TRANSP", Word, Once, Conflict),
    both("PRIORITY", Integer, Once, Conflict),
    both("ATTENDEE", Person, Many, Conflict),
    both("GEO", Geo, Once, Conflict),
    both("URL", Uri, Once, Conflict),
    both("ATTACH", Binary, Many, Conflict),
    both("RELATED-TO", Text, Many, Conflict),
    both("UID", Text, Once, Never),
    both("SEQUENCE", Integer, Once, Never),
    both("LAST-MODIFIED", Timestamp, Once, Never),
    both("PRODID", Text, Once, Never),
    row("CREATED", Timestamp, ["DCREATED", "CREATED", ""], Once, Never),
    row("RECURRENCE-ID", Time, ["X-RECURRENCE-ID", "RECURRENCE-ID", ""], Once, Always),
    row("PERCENT-COMPLETE", Integer, ["X-PERCENT-COMPLETE", "PERCENT-COMPLETE", ""], Once, Conflict),
    row("CONTACT", Text, ["X-CONTACT", "CONTACT", ""], Many, Conflict),
    row("COMMENT", Text, ["X-COMMENT", "COMMENT", ""], Many, Conflict),
    row("COLOR", Text, ["X-COLOR", "COLOR", ""], Once, Conflict),
    row("CONFERENCE", Uri, ["X-CONFERENCE", "CONFERENCE", ""], Many, Conflict),
    row("IMAGE", Binary, ["X-IMAGE", "IMAGE", ""], Many, Never),
    // A number of occurrences that phones count; it follows from the rule.
    row("RNUM", Integer, ["RNUM", "", ""], Once, Never),
    // They become zones, people and alarms.
    row("TZ", Text, ["TZ", "", ""], Once, Never),
    row("DAYLIGHT", Structured, ["DAYLIGHT", "", ""], Many, Never),
    row("AALARM", Structured, ["AALARM", "", ""], Many, Conflict),
    row("DALARM", Structured, ["DALARM", "", ""], Many, Conflict),
    row("MALARM", Structured, ["MALARM", "", ""], Many, Conflict),
    row("PALARM", Structured, ["PALARM", "", ""], Many, Conflict),
    new("DTSTAMP", Timestamp, Once, Never),
    new("ORGANIZER", Person, Once, Conflict),
    new("DURATION", Duration, Once, Conflict),
    new("REQUEST-STATUS", Structured, Many, Conflict),
    new("METHOD", Text, Once, Never),
    new("CALSCALE", Text, Once, Never),
    new("ACTION", Text, Once, Conflict),
    new("TRIGGER", Text, Once, Conflict),
    new("REPEAT", Integer, Once, Conflict),
    new("ACKNOWLEDGED", Timestamp, Once, Never),
    new("FREEBUSY", Text, Many, Conflict),
    new("TZID", Text, Once, Conflict),
    new("TZOFFSETFROM", Text, Once, Conflict),
    new("TZOFFSETTO", Text, Once, Conflict),
    new("TZNAME", Text, Many, Never),
    new("TZURL", Uri, Once, Never),
];

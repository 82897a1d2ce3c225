//! Values that are one of a few words, which the two calendars spell in different ways.

/// Words of vCalendar 1.0 and iCalendar 2.0 for the same thing. Of several rows with one word the first counts.
pub(crate) type Enumeration = &'static [(&'static str, &'static str)];

#[rustfmt::skip]
const EVENT_STATUS: Enumeration = &[
    ("CONFIRMED", "CONFIRMED"),
    ("TENTATIVE", "TENTATIVE"),
    ("NEEDS ACTION", "TENTATIVE"),
    ("SENT", "TENTATIVE"),
    ("ACCEPTED", "CONFIRMED"),
    ("COMPLETED", "CONFIRMED"),
    ("DECLINED", "CANCELLED"),
    ("DELEGATED", "TENTATIVE"),
    ("IN PROCESS", "CONFIRMED"),
];

#[rustfmt::skip]
const TODO_STATUS: Enumeration = &[
    ("NEEDS ACTION", "NEEDS-ACTION"),
    ("COMPLETED", "COMPLETED"),
    ("IN PROCESS", "IN-PROCESS"),
    ("ACCEPTED", "IN-PROCESS"),
    ("DECLINED", "CANCELLED"),
    ("SENT", "NEEDS-ACTION"),
    ("CONFIRMED", "IN-PROCESS"),
    ("TENTATIVE", "NEEDS-ACTION"),
    ("DELEGATED", "IN-PROCESS"),
];

#[rustfmt::skip]
const TRANSP: Enumeration = &[
    ("0", "OPAQUE"),
    ("1", "TRANSPARENT"),
    // By the habit of devices: tentative and out of office.
    ("2", "OPAQUE"),
    ("3", "OPAQUE"),
];

/// The words for a property of a component; none: both versions have the same ones.
pub(crate) fn enumeration(component: &str, property: &str) -> Option<Enumeration> {
    match (component, property) {
        ("VTODO", "STATUS") => Some(TODO_STATUS),
        (_, "STATUS") => Some(EVENT_STATUS),
        (_, "TRANSP") => Some(TRANSP),
        _ => None,
    }
}

/// Parameters of `ATTENDEE`: name and words of vCalendar, name and words of iCalendar.
#[rustfmt::skip]
pub(crate) const ATTENDEE: [(&str, &str, Enumeration); 3] = [
    ("STATUS", "PARTSTAT", &[
        ("ACCEPTED", "ACCEPTED"),
        ("NEEDS ACTION", "NEEDS-ACTION"),
        ("TENTATIVE", "TENTATIVE"),
        ("DECLINED", "DECLINED"),
        ("COMPLETED", "COMPLETED"),
        ("DELEGATED", "DELEGATED"),
        ("SENT", "NEEDS-ACTION"),
        ("CONFIRMED", "ACCEPTED"),
        ("IN PROCESS", "IN-PROCESS"),
    ]),
    ("RSVP", "RSVP", &[("YES", "TRUE"), ("NO", "FALSE")]),
    ("EXPECT", "ROLE", &[
        ("REQUIRE", "REQ-PARTICIPANT"),
        ("REQUEST", "OPT-PARTICIPANT"),
        ("FYI", "NON-PARTICIPANT"),
        ("IMMEDIATE", "REQ-PARTICIPANT"),
    ]),
];

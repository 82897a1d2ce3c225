//! Which versions have which parameters.

use std::borrow::Cow;

use crate::format::Format;

/// Parameters that not all versions have: cards of 2.1, of 3.0, of 4.0; vCalendar, iCalendar.
#[rustfmt::skip]
const PARAMETERS: [(&str, [bool; 5]); 34] = [
    ("ALTID", [false, false, true, false, false]),
    ("PID", [false, false, true, false, false]),
    ("PREF", [false, false, true, false, false]),
    ("MEDIATYPE", [false, false, true, false, false]),
    ("CALSCALE", [false, false, true, false, false]),
    ("SORT-AS", [false, false, true, false, false]),
    ("LABEL", [false, false, true, false, true]),
    ("GEO", [false, false, true, false, false]),
    ("TZ", [false, false, true, false, false]),
    ("CC", [false, false, true, false, false]),
    ("INDEX", [false, false, true, false, false]),
    ("LEVEL", [false, false, true, false, false]),
    ("AUTHOR", [false, false, true, false, false]),
    ("AUTHOR-NAME", [false, false, true, false, false]),
    ("CREATED", [false, false, true, false, false]),
    ("DERIVED", [false, false, true, false, true]),
    ("PROP-ID", [false, false, true, false, false]),
    ("SERVICE-TYPE", [false, false, true, false, false]),
    ("USERNAME", [false, false, true, false, false]),
    ("CN", [false, false, false, false, true]),
    ("CUTYPE", [false, false, false, false, true]),
    ("DELEGATED-FROM", [false, false, false, false, true]),
    ("DELEGATED-TO", [false, false, false, false, true]),
    ("DIR", [false, false, false, false, true]),
    ("EMAIL", [false, false, false, false, true]),
    ("MEMBER", [false, false, false, false, true]),
    ("PARTSTAT", [false, false, false, false, true]),
    ("SENT-BY", [false, false, false, false, true]),
    ("FBTYPE", [false, false, false, false, true]),
    ("ALTREP", [false, false, false, false, true]),
    ("RANGE", [false, false, false, false, true]),
    ("RELATED", [false, false, false, false, true]),
    ("RELTYPE", [false, false, false, false, true]),
    ("TZID", [false, false, false, false, true]),
];

/// A type in lower case; nothing is allocated for those that most cards have.
pub(crate) fn type_word(name: &[u8]) -> Cow<'static, str> {
    Cow::Borrowed(match name {
        b"HOME" | b"home" => "home",
        b"WORK" | b"work" => "work",
        b"CELL" | b"cell" => "cell",
        b"VOICE" | b"voice" => "voice",
        b"FAX" | b"fax" => "fax",
        b"PREF" | b"pref" => "pref",
        b"INTERNET" | b"internet" => "internet",
        b"PAGER" | b"pager" => "pager",
        b"POSTAL" | b"postal" => "postal",
        b"PARCEL" | b"parcel" => "parcel",
        b"DOM" | b"dom" => "dom",
        b"INTL" | b"intl" => "intl",
        b"JPEG" | b"jpeg" => "jpeg",
        name => return Cow::Owned(String::from_utf8_lossy(name).to_ascii_lowercase()),
    })
}

/// Whether a format has a parameter. One that is in none of them is for those who wrote it.
pub(crate) fn has_parameter(format: Format, name: &str) -> bool {
    let column = match format {
        Format::VCard21 | Format::VNote11 | Format::VBookmark10 => 0,
        Format::VCard30 => 1,
        Format::VCard40 => 2,
        Format::VCalendar10 => 3,
        Format::ICalendar20 => 4,
    };
    if name == "TYPE" {
        return true;
    }
    let row = PARAMETERS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    row.is_none_or(|(_, versions)| versions.get(column).copied().unwrap_or(true))
}

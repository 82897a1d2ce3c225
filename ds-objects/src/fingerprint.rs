//! One digest for one content, however it is written.
//!
//! A slow sync compares every item of both sides. [`of`] gives equal digests to two spellings of the same content and,
//! as far as it can be told, never to two different contents: a false "different" costs a duplicate, a false "equal"
//! loses somebody's data. Where the two aims meet, the second one wins.
//!
//! # What makes no difference
//!
//! - line ends, folding, soft line breaks, blank lines, a byte order mark;
//! - order of properties and of components inside a component;
//! - case of property names, parameter names and component names;
//! - order of parameters, of `TYPE` values and repeated `TYPE`; a bare `HOME` against `TYPE=HOME`; quotes around a
//!   parameter value; case of those parameter values the standards compare without case (`TYPE`, `VALUE`, `ENCODING`,
//!   `CHARSET`, `PARTSTAT`, `ROLE`, `RSVP`, `CUTYPE`, `RELATED`, `RANGE`, `RELTYPE`, `FBTYPE`, `LANGUAGE`);
//! - quoted-printable or plain, base64 layout, the declared character set, as long as the octets fit it;
//! - properties without a value, and empty components at the end of `N`, `ADR` and `ORG`;
//! - an escaped or unescaped comma or semicolon in properties that hold one text (`NOTE`, `SUMMARY` …);
//! - order of the parts of a recurrence rule in iCalendar, and their case;
//! - version 2.1, 3.0 or 4.0 of a card, if the properties are the same.
//!
//! # What is left out, and why
//!
//! | property | where | why |
//! | --- | --- | --- |
//! | `VERSION` | cards | a server hands out the version the peer can read |
//! | `PRODID` | all | names the program that wrote it last |
//! | `REV` | cards | time of the last writing |
//! | `UID`, `X-IRMC-LUID` | cards | made up anew by every address book; phones drop them |
//! | `DTSTAMP`, `CREATED`, `DCREATED`, `LAST-MODIFIED`, `SEQUENCE` | calendars | set by the program that stores the item |
//! | `X-IRMC-LUID` | calendars | the phone's own item id |
//! | `CALSCALE:GREGORIAN` | iCalendar | it is the default |
//!
//! `UID` of calendar items stays: it names the same event for everybody invited. So do photos, alarms, time zones,
//! groups, unknown `X-` properties, and blanks inside values.
//!
//! # What stays different on purpose
//!
//! Default types (`EMAIL` against `EMAIL;TYPE=INTERNET`), renamed groups, `BDAY:19810517` against `1981-05-17`,
//! phone number punctuation, backslashes of the old family that may or may not be escapes, Unicode normal forms.
//!
//! # Content that is no such object
//!
//! Text (`text/*`, `message/*`, `+xml`) with CR LF turned into LF; anything else as it is. An object that cannot be
//! read in full (limits, wrong `END`, no `END`) counts as text.

mod line;
mod tree;

use sha2::{Digest as _, Sha256};

use crate::content_line::ContentLine;
use crate::format::Format;
use crate::limits::Limits;
use crate::media_type;
use crate::object::Object;

/// First octets of the canonical form of an object. NUL keeps it apart from any text; the number changes with the rules.
const MAGIC: &[u8] = b"\0ds-objects 2 ";

/// SHA-256 of the [`canonical`] form.
///
/// ```
/// use ds_objects::fingerprint;
///
/// let phone = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nTEL;CELL;PREF:+1-555-0190\r\nEND:VCARD\r\n";
/// let server = b"BEGIN:VCARD\nVERSION:2.1\nREV:20250101T000000Z\nTEL;TYPE=PREF;TYPE=CELL:+1-555-0190\nN:Quill;Pat;;;\nNOTE:\nEND:VCARD\n";
/// assert_eq!(fingerprint::of("text/x-vcard", phone), fingerprint::of("text/x-vcard", server));
/// ```
#[must_use]
pub fn of(media_type: &str, bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(canonical(media_type, bytes)).into()
}

/// The octets the fingerprint is taken of: equal for equal content, see the [module](self) for the rules.
///
/// `media_type` is what the peer declared. It decides whether the bytes are looked at as an object, as text or as
/// binary; which object they are, they say themselves. Not meant to be read back, and it may change with a minor
/// version: store digests, be ready to compute them anew.
#[must_use]
pub fn canonical(media_type: &str, bytes: &[u8]) -> Vec<u8> {
    let essence = media_type::essence(media_type);
    let is_object = matches!(
        essence.as_str(),
        "" | media_type::VCARD_OLD
            | media_type::VCARD
            | media_type::DIRECTORY
            | media_type::VCALENDAR
            | media_type::ICALENDAR
            | media_type::VNOTE
            | media_type::VBOOKMARK
    );
    if is_object
        && let Some(format) = Format::detect(&essence, bytes)
        && let Some(canonical) = object(format, bytes)
    {
        return canonical;
    }
    let is_text = is_object
        || essence.starts_with("text/")
        || essence.starts_with("message/")
        || essence.ends_with("+xml")
        || essence == "application/xml";
    if is_text {
        line_feeds(bytes)
    } else {
        bytes.to_vec()
    }
}

/// SHA-256 of what is said when case and blanks do not count, nor where in an object a property stands.
///
/// Two contents with equal [fingerprints](of) have equal ones of these, too. The reverse says no more than that the two
/// are alike: one of them has to give way.
///
/// ```
/// use ds_objects::fingerprint;
///
/// let card = |name: &str| format!("BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEND:VCARD\n");
/// let normalized = |name: &str| fingerprint::normalized("text/vcard", card(name).as_bytes());
/// assert_eq!(normalized("Pat Quill"), normalized("PAT  QUILL "));
/// assert_ne!(normalized("Pat Quill"), normalized("Pat Quilt"));
/// ```
#[must_use]
pub fn normalized(media_type: &str, bytes: &[u8]) -> [u8; 32] {
    let canonical = canonical(media_type, bytes);
    let text = String::from_utf8_lossy(&canonical).to_lowercase();
    let mut lines: Vec<String> = text
        .split('\n')
        .map(|line| line.chars().filter(|c| !c.is_whitespace()).collect())
        .filter(|line: &String| !line.is_empty())
        .collect();
    // Sorted when case counted.
    if canonical.starts_with(MAGIC) {
        lines.sort_unstable();
    }
    Sha256::digest(lines.join("\n")).into()
}

/// The unique id (`UID`) of a card, or of the first item of a calendar with its kind, and with the occurrence of a series
/// that it is. None: there is none, or nothing that could be unique in the world: less than twelve characters, or
/// digits alone, as phones count their entries.
#[must_use]
pub fn uid(media_type: &str, bytes: &[u8]) -> Option<String> {
    let object = crate::parse(media_type, bytes).ok()?;
    let of = |kind: &str, uid: Option<&ContentLine>, occurrence: Option<&ContentLine>| {
        let uid = uid?.text();
        let uid = uid.trim();
        let is_unique = uid.chars().count() >= 12 && !uid.bytes().all(|b| b.is_ascii_digit());
        let occurrence = occurrence.map(ContentLine::text).unwrap_or_default();
        is_unique.then(|| format!("{kind} {occurrence} {uid}"))
    };
    let item = match &object {
        Object::VCard(card) => return of("VCARD", card.first("UID"), None),
        Object::VCalendar(calendar) => calendar.item()?,
        Object::ICalendar(calendar) => calendar.item()?,
        Object::VNote(_) | Object::VBookmark(_) => return None,
    };
    of(&item.name(), item.first("UID"), item.first("RECURRENCE-ID"))
}

/// What a line says; `None`: nothing that counts.
pub(crate) fn line(line: &ContentLine, format: Format) -> Option<Vec<u8>> {
    line::canonical(line, format)
}

/// `None` if the object is not in order.
fn object(format: Format, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = MAGIC.to_vec();
    // Versions of a card differ in spelling only. The two calendars differ in meaning: recurrence rules, alarms.
    out.extend_from_slice(match format {
        Format::VCalendar10 => b"vcalendar\n",
        Format::ICalendar20 => b"icalendar\n",
        Format::VCard21 | Format::VCard30 | Format::VCard40 => b"vcard\n",
        Format::VNote11 => b"vnote\n",
        Format::VBookmark10 => b"vbookmark\n",
    });
    tree::write(format, bytes, &Limits::default(), &mut out)?;
    Some(out)
}

fn line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}

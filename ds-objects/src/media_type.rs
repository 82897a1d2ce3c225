//! Media types: names, recognition by content, file extensions.

use crate::format::Format;

/// Media type of vCard 2.1; many peers declare it for 3.0 as well.
pub const VCARD_OLD: &str = "text/x-vcard";
/// Media type of vCard 3.0 and 4.0.
pub const VCARD: &str = "text/vcard";
/// Older media type of vCard 3.0, usually with the parameter `profile=vCard`.
pub const DIRECTORY: &str = "text/directory";
/// Media type of vCalendar 1.0.
pub const VCALENDAR: &str = "text/x-vcalendar";
/// Media type of iCalendar 2.0.
pub const ICALENDAR: &str = "text/calendar";
/// Media type of vNote 1.1.
pub const VNOTE: &str = "text/x-vnote";
/// Media type of vBookmark 1.0.
pub const VBOOKMARK: &str = "text/x-vbookmark";

/// Media type of content by its own `BEGIN` and `VERSION` lines.
///
/// `None` if it is none of the formats of this crate, or has no version that exists. To use a declared type as a fallback
/// for a missing `VERSION`, see [`Format::detect`].
///
/// ```
/// assert_eq!(ds_objects::media_type::sniff(b"BEGIN:VCARD\r\nVERSION:2.1\r\n"), Some("text/x-vcard"));
/// assert_eq!(ds_objects::media_type::sniff(b"Dear diary"), None);
/// ```
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    Format::sniff(bytes).map(Format::media_type)
}

/// Usual file extension without the dot for a media type, parameters ignored; `None` if we know none.
///
/// ```
/// assert_eq!(ds_objects::media_type::file_extension("text/x-vCard;charset=utf-8"), Some("vcf"));
/// ```
#[must_use]
pub fn file_extension(media_type: &str) -> Option<&'static str> {
    Some(match essence(media_type).as_str() {
        VCARD_OLD | VCARD | DIRECTORY => "vcf",
        VCALENDAR => "vcs",
        ICALENDAR => "ics",
        VNOTE => "vnt",
        VBOOKMARK => "vbm",
        "text/x-vmessage" => "vmg",
        "text/plain" => "txt",
        "message/rfc822" | "text/message" => "eml",
        "application/vnd.omads-email+xml"
        | "application/vnd.omads-file+xml"
        | "application/vnd.omads-folder+xml" => "xml",
        _ => return None,
    })
}

/// Type and subtype in lower case, without parameters and blanks.
///
/// ```
/// assert_eq!(ds_objects::media_type::essence(" Text/vCard ; charset=UTF-8"), "text/vcard");
/// ```
#[must_use]
pub fn essence(media_type: &str) -> String {
    media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obj_005_fixtures_are_recognised_by_content() {
        for kind in [
            testdata::Kind::Contact,
            testdata::Kind::Calendar,
            testdata::Kind::Edit,
            testdata::Kind::Rewrite,
        ] {
            for fixture in testdata::all(kind) {
                assert_eq!(
                    sniff(fixture.bytes),
                    Some(fixture.media_type),
                    "{}",
                    fixture.name
                );
                let extension = file_extension(fixture.media_type).expect("has an extension");
                assert!(fixture.name.ends_with(extension), "{}", fixture.name);
            }
        }
    }

    #[test]
    fn unknown_types_have_no_extension() {
        for media_type in ["", "text", "image/png", ";"] {
            assert_eq!(file_extension(media_type), None);
        }
    }
}

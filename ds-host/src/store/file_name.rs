//! File names for items: safe on every system, inside their directory, with the right extension.

use std::borrow::Cow;
use std::path::Path;

/// Extensions of the files that are items.
pub(super) const EXTENSIONS: [&str; 3] = ["vcf", "ics", "vcs"];

/// Longest name without its extension, in bytes.
const LONGEST: usize = 64;

/// Names with numbers below this one are tried one by one.
const FEW: i64 = 10;

/// Whether a file of this name is an item: not hidden, and of a known extension.
pub(super) fn is_item(name: &str) -> bool {
    !name.starts_with('.') && extension(name).is_some()
}

/// The extension of an item's file, as in [`EXTENSIONS`].
pub(super) fn extension(name: &str) -> Option<&'static str> {
    let found = Path::new(name).extension()?.to_str()?;
    EXTENSIONS
        .into_iter()
        .find(|known| found.eq_ignore_ascii_case(known))
}

/// Media type of an item by what it holds, or else by its file's extension.
pub(super) fn media_type(name: &str, data: &[u8]) -> &'static str {
    use ds_objects::media_type::{ICALENDAR, VCALENDAR, VCARD, sniff};
    sniff(data).unwrap_or_else(|| match extension(name) {
        Some("ics") => ICALENDAR,
        Some("vcs") => VCALENDAR,
        _ => VCARD,
    })
}

/// Extension for an item's file by what it holds, or else by its declared type; none: nothing a folder keeps.
pub(super) fn extension_for(media_type: &str, data: &[u8]) -> Option<&'static str> {
    let media_type = ds_objects::media_type::sniff(data).unwrap_or(media_type);
    ds_objects::media_type::file_extension(media_type).filter(|found| EXTENSIONS.contains(found))
}

/// Names for a new item, the best one first, without end: by the peer's id where that can be a file name, or
/// else by the item's title; with a small number behind it, or else with one from `unused` on, which is near at hand
/// however many items have the same title.
pub(super) fn candidates(
    peers_id: &str,
    extension: &'static str,
    data: &[u8],
    unused: i64,
) -> impl Iterator<Item = String> {
    let suffix = format!(".{extension}");
    let stem = match peers_id.len().checked_sub(suffix.len()) {
        Some(at)
            if peers_id.is_char_boundary(at) && peers_id[at..].eq_ignore_ascii_case(&suffix) =>
        {
            &peers_id[..at]
        }
        _ => peers_id,
    };
    let stem = if is_safe(stem) {
        Cow::Borrowed(stem)
    } else {
        Cow::Owned(from_title(data))
    }
    .into_owned();
    let numbered = (2..FEW).chain(unused.max(FEW)..).map({
        let stem = stem.clone();
        move |number| format!("{stem}-{number}.{extension}")
    });
    std::iter::once(format!("{stem}{suffix}")).chain(numbered)
}

/// Whether this is a good file name, extension aside, on every system: short, plain, visible, not a device of DOS.
fn is_safe(stem: &str) -> bool {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    let first = stem.split('.').next().unwrap_or_default();
    !stem.is_empty()
        && stem.len() <= LONGEST
        && stem.bytes().all(plain)
        && !stem.starts_with(['.', '-'])
        && !stem.ends_with('.')
        && !is_device(first)
}

/// Names that DOS keeps for devices, and Windows with it.
fn is_device(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let numbered = |prefix| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9']))
    };
    matches!(name.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// A name by what a person would call the item. Other letters than ASCII become hyphens: file systems
/// disagree on when two such names are the same.
fn from_title(data: &[u8]) -> String {
    let title = ds_objects::title(data).unwrap_or_default();
    let mut stem = String::new();
    for c in title.chars() {
        if c.is_ascii_alphanumeric() {
            stem.push(c);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
        if stem.len() == LONGEST {
            break;
        }
    }
    let stem = stem.trim_end_matches('-');
    if is_safe(stem) {
        stem.to_owned()
    } else {
        "item".to_owned()
    }
}

/// An item's id as the stem of a file name, for export. [`decode`] turns it back.
pub(super) fn encode(id: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    // Hidden files, options and devices are told by how a name begins and ends.
    let edges = id.starts_with(['.', '-'])
        || id.ends_with('.')
        || is_device(id.split('.').next().unwrap_or_default());
    let mut stem = String::new();
    for (at, octet) in id.bytes().enumerate() {
        if plain(octet) && !(edges && (at == 0 || at + 1 == id.len())) {
            stem.push(char::from(octet));
        } else {
            stem.push_str(&format!("%{octet:02X}"));
        }
    }
    stem
}

/// The id that [`encode`] made this stem of; other stems are ids as they are.
pub(super) fn decode(stem: &str) -> String {
    let mut octets = Vec::with_capacity(stem.len());
    let mut rest = stem.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let octet = match behind {
            [high, low, ..] if first == b'%' => {
                hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low)
            }
            _ => None,
        };
        match octet {
            Some(octet) => {
                octets.push(octet);
                rest = &behind[2..];
            }
            None => {
                octets.push(first);
                rest = behind;
            }
        }
    }
    String::from_utf8(octets).unwrap_or_else(|_| stem.to_owned())
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: &[u8] =
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna / B\xc3\xa4r ..\r\nN:x\r\nEND:VCARD\r\n";

    fn names(peers_id: &str) -> Vec<String> {
        candidates(peers_id, "vcf", ANNA, 0).take(3).collect()
    }

    #[test]
    fn the_peers_id_is_the_name_where_it_can_be() {
        assert_eq!(names("17"), ["17.vcf", "17-2.vcf", "17-3.vcf"]);
        assert_eq!(names("anna.vcf")[0], "anna.vcf");
        assert_eq!(names("anna.VCF")[0], "anna.vcf");
        assert_eq!(names("pas-id-3F.a_b")[0], "pas-id-3F.a_b.vcf");
    }

    #[test]
    fn of_many_items_with_one_title_each_soon_has_a_name() {
        let names: Vec<_> = candidates("a b", "vcf", ANNA, 4_711).take(12).collect();
        assert_eq!(
            names[8..],
            [
                "Anna-B-r-9.vcf",
                "Anna-B-r-4711.vcf",
                "Anna-B-r-4712.vcf",
                "Anna-B-r-4713.vcf"
            ]
        );
        assert_eq!(
            candidates("a b", "vcf", ANNA, 3).nth(9).unwrap(),
            "Anna-B-r-10.vcf"
        );
    }

    #[test]
    fn no_id_leads_out_of_the_directory() {
        let long = "x".repeat(65);
        for id in [
            "",
            ".",
            "..",
            "../etc/passwd",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "C:a",
            ".hidden",
            "con",
            "NUL.txt",
            "lpt1",
            "a.",
            "-rf",
            "a b",
            "a\0b",
            "ä",
            "a%2Fb",
            ".vcf",
            "\u{202e}fcv",
            &long,
        ] {
            assert_eq!(names(id)[0], "Anna-B-r.vcf", "{id:?}");
        }
        assert_eq!(
            candidates("../x", "ics", b"no object", 0).next().unwrap(),
            "item.ics"
        );
    }

    #[test]
    fn exported_names_are_read_back() {
        for id in [
            "17", "anna.vcf", ".", "..", "a/b", "%41", "con", "nul.a", "ä", " a ", "a%", "-",
            "x\0", "a..b", "a.",
        ] {
            let stem = encode(id);
            assert_eq!(decode(&stem), id, "{stem}");
            assert!(
                stem.bytes()
                    .all(|octet| octet.is_ascii_graphic() && octet != b'/'),
                "{stem}"
            );
            assert!(
                !stem.starts_with('.') && !is_device(stem.split('.').next().unwrap()),
                "{stem}"
            );
        }
        assert_eq!(encode("17"), "17");
        assert_eq!(encode("a b"), "a%20b");
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%FF"), "%FF");
    }

    #[test]
    fn only_visible_files_of_known_kinds_are_items() {
        assert!(
            is_item("a.vcf")
                && is_item("A.VCF")
                && is_item("b.ics")
                && is_item("c.vcs")
                && is_item("d.e.vcf")
        );
        assert!(
            !is_item(".a.vcf")
                && !is_item("a.txt")
                && !is_item("vcf")
                && !is_item(".vcf")
                && !is_item("a.vcf~")
        );
    }

    #[test]
    fn content_outranks_the_name() {
        assert_eq!(media_type("a.ics", ANNA), "text/vcard");
        assert_eq!(media_type("a.ics", b"?"), "text/calendar");
        assert_eq!(media_type("a.VCS", b"?"), "text/x-vcalendar");
        assert_eq!(extension_for("text/calendar", ANNA), Some("vcf"));
        assert_eq!(extension_for("text/x-vcalendar", b"?"), Some("vcs"));
        assert_eq!(extension_for("text/plain", b"?"), None);
    }
}

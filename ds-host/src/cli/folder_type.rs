//! What kind of items a folder holds.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use ds_objects::media_type::{self, ICALENDAR, VCALENDAR, VCARD, VCARD_OLD};
use ds_protocol::Datastore;

use super::Failure;
use super::option::{Folder, content_type};

/// Octets of a file in which its type must show.
const HEAD: u64 = 2048;
/// Files read of each extension. A folder of thousands holds what its first files hold.
const SAMPLES: usize = 32;
const EXTENSIONS: [&str; 3] = ["vcf", "ics", "vcs"];
const CARDS: [&str; 2] = [VCARD, VCARD_OLD];
const CALENDARS: [&str; 2] = [ICALENDAR, VCALENDAR];

/// The datastore a folder is, with the media types that are offered to the server for it.
pub(super) fn datastore(folder: &Folder) -> Result<Datastore, Failure> {
    let mut counts = CARDS
        .into_iter()
        .chain(CALENDARS)
        .map(|name| (name, 0))
        .collect::<Vec<_>>();
    count(&folder.directory, &mut counts)
        .map_err(|error| Failure::io(&folder.directory.display().to_string(), error))?;
    let types = offered(counts, &folder.datastore);
    Ok(Datastore::new(
        folder.datastore.as_str(),
        types.into_iter().map(content_type),
    ))
}

/// Counts the files of each type, as far as they are read.
fn count(directory: &Path, counts: &mut [(&'static str, usize)]) -> std::io::Result<()> {
    let mut samples = EXTENSIONS.map(|extension| (extension, SAMPLES));
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let sample = samples
            .iter_mut()
            .find(|(known, left)| *left > 0 && known.eq_ignore_ascii_case(extension));
        let Some((_, left)) = sample else { continue };
        if !path.is_file() {
            continue;
        }
        *left -= 1;
        let mut head = Vec::new();
        File::open(&path)?.take(HEAD).read_to_end(&mut head)?;
        let found = media_type::sniff(&head);
        if let Some((_, count)) = counts.iter_mut().find(|(name, _)| Some(*name) == found) {
            *count += 1;
        }
    }
    Ok(())
}

/// The types to offer, the preferred one first: the family of what is there, and where nothing is there, the one
/// that the datastore's name speaks of. Both versions of a family are offered: we store them as they come.
fn offered(mut counts: Vec<(&'static str, usize)>, name: &str) -> Vec<&'static str> {
    let has = |family: [&str; 2]| {
        counts
            .iter()
            .any(|(name, count)| *count > 0 && family.contains(name))
    };
    let name = name.to_ascii_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let (cards, calendars) = match (has(CARDS), has(CALENDARS)) {
        (false, false) => match (
            speaks_of(&["card", "contact", "addr", "book", "phone", "people"]),
            speaks_of(&["cal", "event", "task", "todo", "agenda"]),
        ) {
            (cards, calendars) if cards == calendars => (true, true),
            spoken => spoken,
        },
        found => found,
    };
    counts.retain(|(name, _)| {
        (cards && CARDS.contains(name)) || (calendars && CALENDARS.contains(name))
    });
    // The sort is stable: among equals, the newer format stays first.
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_decide_and_then_the_name() {
        let types = |counts: [usize; 4], name| {
            let all = [VCARD, VCARD_OLD, ICALENDAR, VCALENDAR];
            offered(all.into_iter().zip(counts).collect(), name)
        };
        assert_eq!(types([0; 4], "contacts"), CARDS);
        assert_eq!(types([0; 4], "Calendar"), CALENDARS);
        assert_eq!(
            types([0; 4], "stuff"),
            [VCARD, VCARD_OLD, ICALENDAR, VCALENDAR]
        );
        assert_eq!(types([1, 3, 0, 0], "calendar"), [VCARD_OLD, VCARD]);
        assert_eq!(types([0, 0, 0, 1], "contacts"), [VCALENDAR, ICALENDAR]);
        assert_eq!(types([1, 0, 2, 0], "x").first(), Some(&ICALENDAR));
    }
}

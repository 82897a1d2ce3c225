//! What kind of items a folder or a database holds.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use ds_host::capability;
use ds_objects::media_type::{self, ICALENDAR, VCALENDAR, VCARD, VCARD_OLD};
use ds_protocol::Datastore;

use super::Failure;
use super::local::{Home, Local, LocalStore};
use super::option::content_type;

/// Octets of a file in which its type must show.
const HEAD: u64 = 2048;
/// Files read of each extension. A folder of thousands holds what its first files hold.
const SAMPLES: usize = 32;
const EXTENSIONS: [&str; 3] = ["vcf", "ics", "vcs"];
const CARDS: [&str; 2] = [VCARD, VCARD_OLD];
const CALENDARS: [&str; 2] = [ICALENDAR, VCALENDAR];

/// The own datastore, with the media types that are offered to the server for it.
pub(super) fn datastore(
    local: &Local,
    store: &LocalStore,
    user: &str,
) -> Result<Datastore, Failure> {
    let mut counts = CARDS
        .into_iter()
        .chain(CALENDARS)
        .map(|name| (name.to_owned(), 0))
        .collect::<Vec<_>>();
    match (&local.home, store) {
        (_, LocalStore::Database(store)) => {
            for found in store.media_types(user, &local.datastore)? {
                note(&mut counts, found);
            }
        }
        (Home::Folder(path) | Home::Database(path), LocalStore::Folder(_)) => {
            count(path, &mut counts)
                .map_err(|error| Failure::io(&path.display().to_string(), error))?;
        }
    }
    let types = offered(counts, &local.datastore);
    let types: Vec<_> = types.iter().map(|name| content_type(name)).collect();
    let ct_caps = capability::ct_caps(&types);
    Ok(Datastore::new(local.datastore.as_str(), types).with_ct_caps(ct_caps))
}

/// Adds to the count of a type.
fn note(counts: &mut Vec<(String, u64)>, (found, number): (String, u64)) {
    match counts.iter_mut().find(|(name, _)| *name == found) {
        Some((_, count)) => *count += number,
        None => counts.push((found, number)),
    }
}

/// Counts the files of each type, as far as they are read.
fn count(directory: &Path, counts: &mut Vec<(String, u64)>) -> std::io::Result<()> {
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
        if let Some(found) = media_type::sniff(&head) {
            note(counts, (found.to_owned(), 1));
        }
    }
    Ok(())
}

/// The types to offer, the preferred one first: the family of what is there, and where nothing is there, the one
/// that the datastore's name speaks of. Both versions of a family are offered: we store them as they come. What belongs
/// to no family is offered where it is there.
fn offered(mut counts: Vec<(String, u64)>, name: &str) -> Vec<String> {
    let is_of = |family: [&str; 2], name: &str| family.contains(&name);
    let is_other = |name: &str| !is_of(CARDS, name) && !is_of(CALENDARS, name);
    let has = |family: [&str; 2]| {
        counts
            .iter()
            .any(|(name, count)| *count > 0 && is_of(family, name))
    };
    let has_others = counts
        .iter()
        .any(|(name, count)| *count > 0 && is_other(name));
    let name = name.to_ascii_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let (cards, calendars) = match (has(CARDS), has(CALENDARS)) {
        (false, false) if has_others => (false, false),
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
        (cards && is_of(CARDS, name)) || (calendars && is_of(CALENDARS, name)) || is_other(name)
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
        let types = |counts: [u64; 4], name| {
            let all = [VCARD, VCARD_OLD, ICALENDAR, VCALENDAR];
            let all = all.map(str::to_owned).into_iter();
            offered(all.zip(counts).collect(), name)
        };
        assert_eq!(types([0; 4], "contacts"), CARDS);
        assert_eq!(types([0; 4], "Calendar"), CALENDARS);
        assert_eq!(
            types([0; 4], "stuff"),
            [VCARD, VCARD_OLD, ICALENDAR, VCALENDAR]
        );
        assert_eq!(types([1, 3, 0, 0], "calendar"), [VCARD_OLD, VCARD]);
        assert_eq!(types([0, 0, 0, 1], "contacts"), [VCALENDAR, ICALENDAR]);
        assert_eq!(types([1, 0, 2, 0], "x")[0], ICALENDAR);
        let notes = vec![(VCARD.to_owned(), 0), ("text/plain".to_owned(), 2)];
        assert_eq!(offered(notes, "notes"), ["text/plain"]);
    }
}

//! Whether three places hold the same items.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ds_host::{Error, ErrorKind};

/// One place and its items: name and content.
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) items: Vec<(String, Vec<u8>)>,
}

impl Place {
    /// A folder of items.
    pub(crate) fn folder(name: &str, folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            name: name.to_owned(),
            items: files(folder)?,
        })
    }
}

/// Name and content of every file in a folder that is not hidden, in the order of the names.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let failed = |error: std::io::Error| {
        Error::new(ErrorKind::Io, format!("{}: {error}", folder.display())).with_source(error)
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') && entry.path().is_file() {
            files.push((name, fs::read(entry.path()).map_err(failed)?));
        }
    }
    files.sort();
    Ok(files)
}

/// What makes two items the same, however they are written.
pub(crate) fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    ds_objects::fingerprint::of(
        ds_objects::media_type::sniff(bytes).unwrap_or_default(),
        bytes,
    )
}

/// Compares places item by item: one line for each item that some place has more often than another.
pub(crate) fn differences(datastore: &str, places: &[Place]) -> Vec<String> {
    // For each content: how often each place has it, and what it is called where it was seen first.
    let mut contents = BTreeMap::<[u8; 32], (Vec<usize>, String)>::new();
    for (index, place) in places.iter().enumerate() {
        for (name, bytes) in &place.items {
            let (counts, _) = contents
                .entry(fingerprint(bytes))
                .or_insert_with(|| (vec![0; places.len()], format!("{name} of {}", place.name)));
            counts[index] += 1;
        }
    }
    contents
        .values()
        .filter(|(counts, _)| counts.iter().any(|count| *count != counts[0]))
        .map(|(counts, name)| {
            let counts = places
                .iter()
                .zip(counts)
                .map(|(place, count)| format!("{} has {count}", place.name));
            format!(
                "{datastore}: {name}: {}",
                counts.collect::<Vec<_>>().join(", ")
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str, items: &[&[u8]]) -> Place {
        let items = items
            .iter()
            .enumerate()
            .map(|(number, item)| (number.to_string(), item.to_vec()))
            .collect();
        Place {
            name: name.to_owned(),
            items,
        }
    }

    #[test]
    fn writing_does_not_matter_but_number_does() {
        let (one, same) = (
            b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:A;B\r\nEND:VCARD\r\n",
            b"BEGIN:VCARD\nVERSION:3.0\nN:A;B;;;\nEND:VCARD\n",
        );
        let equal = [place("A", &[one]), place("B", &[same])];
        assert_eq!(differences("contacts", &equal), Vec::<String>::new());
        let twice = [place("A", &[one]), place("B", &[same, one])];
        assert_eq!(
            differences("contacts", &twice),
            ["contacts: 0 of A: A has 1, B has 2"]
        );
        let lacks = [place("A", &[]), place("B", &[one])];
        assert_eq!(
            differences("contacts", &lacks),
            ["contacts: 0 of B: A has 0, B has 1"]
        );
    }
}

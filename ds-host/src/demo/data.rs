//! What the two devices of the demonstration hold, and what their users do to it.
//!
//! All of it comes from `testdata`; nothing names a single file, so that the collection may grow.

use std::fs;
use std::path::{Path, PathBuf};

use ds_host::{Error, ErrorKind};
use ds_objects::fingerprint;
use testdata::{Fixture, Kind};

/// Datastores of the demonstration.
pub(crate) const DATASTORES: [&str; 2] = ["contacts", "calendar"];

/// A user's work between two syncs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Work {
    pub(crate) edited: u32,
    pub(crate) added: u32,
    pub(crate) deleted: u32,
}

/// The collection, dealt out to two devices.
pub(crate) struct Deal {
    /// Items a device has when it synchronises for the first time.
    pub(crate) first: [Vec<&'static Fixture>; 2],
    /// What its user changes then.
    edits: [Vec<&'static Fixture>; 2],
    /// What its user deletes.
    deleted: [Vec<&'static Fixture>; 2],
    /// What its user adds.
    added: [Vec<&'static Fixture>; 2],
    /// Changed on both, in two ways.
    pub(crate) conflict: &'static Fixture,
}

impl Deal {
    /// Device A has nearly all there is. B has a few items of its own, and a few of A's as another program
    /// writes them: the first sync has to see that they are the same.
    pub(crate) fn new() -> Result<Self, Error> {
        let mut deal = Self {
            first: [Vec::new(), Vec::new()],
            edits: [Vec::new(), Vec::new()],
            deleted: [Vec::new(), Vec::new()],
            added: [Vec::new(), Vec::new()],
            conflict: testdata::all(Kind::Edit)
                .find(|edit| datastore_of(edit) == "contacts")
                .ok_or_else(|| missing("edited contacts"))?,
        };
        for kind in [Kind::Contact, Kind::Calendar] {
            let all = testdata::all(kind).collect::<Vec<_>>();
            let edits = testdata::all(Kind::Edit)
                .filter(|edit| {
                    edit.original()
                        .is_some_and(|original| original.kind == kind)
                })
                .collect::<Vec<_>>();
            let rewrites = testdata::all(Kind::Rewrite)
                .filter(|rewrite| {
                    rewrite
                        .original()
                        .is_some_and(|original| original.kind == kind)
                })
                .collect::<Vec<_>>();
            let touched = |item: &&Fixture| {
                edits
                    .iter()
                    .chain(&rewrites)
                    .any(|other| other.original() == Some(*item))
            };
            // Items nobody edits: four for later and for B, two to delete, the rest for A to keep.
            let mut plain = all.iter().copied().filter(|item| !touched(item)).rev();
            let mut some =
                |count: usize| (0..count).map_while(|_| plain.next()).collect::<Vec<_>>();
            let (own_b, later_a, later_b) = (some(2), some(1), some(1));
            let (gone_a, gone_b) = (some(1), some(1));
            if gone_b.is_empty() || edits.len() < 2 || rewrites.is_empty() {
                return Err(missing("items to edit, to delete and to add"));
            }
            let held_back = |item: &&Fixture| {
                own_b
                    .iter()
                    .chain(&later_a)
                    .chain(&later_b)
                    .any(|other| other == item)
            };
            deal.first[0].extend(all.iter().filter(|item| !held_back(item)));
            deal.first[1].extend(rewrites.iter().chain(&own_b));
            for (number, edit) in edits
                .iter()
                .filter(|edit| **edit != deal.conflict)
                .enumerate()
            {
                deal.edits[number % 2].push(edit);
            }
            deal.added[0].extend(later_a);
            deal.added[1].extend(later_b);
            deal.deleted[0].extend(gone_a);
            deal.deleted[1].extend(gone_b);
        }
        Ok(deal)
    }

    /// How many items there must be in the end: all that is in the collection, once, but for what was deleted.
    pub(crate) fn expected(&self, datastore: &str) -> usize {
        let count = |items: &[Vec<&'static Fixture>; 2]| {
            items
                .iter()
                .flatten()
                .filter(|item| item.original().is_none() && datastore_of(item) == datastore)
                .count()
        };
        count(&self.first) + count(&self.added) - count(&self.deleted)
    }

    /// Fills the folders of a device.
    pub(crate) fn fill(&self, device: usize, home: &Path) -> Result<u32, Error> {
        for name in DATASTORES {
            let folder = home.join(name);
            fs::create_dir_all(&folder).map_err(|error| io(&folder, error))?;
        }
        let mut count = 0;
        for item in &self.first[device] {
            add(home, item)?;
            count += 1;
        }
        Ok(count)
    }

    /// Does the work of the user of a device.
    pub(crate) fn work(&self, device: usize, home: &Path) -> Result<Work, Error> {
        let mut work = Work::default();
        for edit in &self.edits[device] {
            let original = edit
                .original()
                .ok_or_else(|| missing("the original of an edit"))?;
            let path = find(home, original)?;
            fs::write(&path, edit.bytes).map_err(|error| io(&path, error))?;
            work.edited += 1;
        }
        let original = self
            .conflict
            .original()
            .ok_or_else(|| missing("the original of an edit"))?;
        let path = find(home, original)?;
        let changed = if device == 0 {
            self.conflict.bytes.to_vec()
        } else {
            annotated(original.bytes, "X-DEMO:changed on device B")?
        };
        fs::write(&path, changed).map_err(|error| io(&path, error))?;
        work.edited += 1;
        for item in &self.deleted[device] {
            let path = find(home, item)?;
            fs::remove_file(&path).map_err(|error| io(&path, error))?;
            work.deleted += 1;
        }
        for item in &self.added[device] {
            add(home, item)?;
            work.added += 1;
        }
        Ok(work)
    }
}

/// The datastore an item belongs to.
fn datastore_of(item: &Fixture) -> &'static str {
    let kind = item.original().map_or(item.kind, |original| original.kind);
    if kind == Kind::Contact {
        DATASTORES[0]
    } else {
        DATASTORES[1]
    }
}

fn add(home: &Path, item: &Fixture) -> Result<(), Error> {
    let path = home.join(datastore_of(item)).join(item.file_name());
    fs::write(&path, item.bytes).map_err(|error| io(&path, error))
}

/// The file in which a device keeps an item, whatever it is called there.
fn find(home: &Path, item: &Fixture) -> Result<PathBuf, Error> {
    let wanted = fingerprint::of(item.media_type, item.bytes);
    let folder = home.join(datastore_of(item));
    super::compare::files(&folder)?
        .into_iter()
        .find(|(_, bytes)| super::compare::fingerprint(bytes) == wanted)
        .map(|(name, _)| folder.join(name))
        .ok_or_else(|| missing(item.name))
}

/// A card with one line more.
pub(super) fn annotated(card: &[u8], line: &str) -> Result<Vec<u8>, Error> {
    const END: &[u8] = b"END:VCARD";
    let end = card
        .windows(END.len())
        .rposition(|window| window == END)
        .ok_or_else(|| missing("END:VCARD"))?;
    let mut changed = card[..end].to_vec();
    changed.extend_from_slice(line.as_bytes());
    changed.extend_from_slice(b"\r\n");
    changed.extend_from_slice(&card[end..]);
    Ok(changed)
}

pub(super) fn missing(what: &str) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("the demonstration lacks {what}"),
    )
}

fn io(path: &Path, error: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("{}: {error}", path.display())).with_source(error)
}

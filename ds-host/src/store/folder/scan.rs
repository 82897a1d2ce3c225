//! Looking through a folder for what was done to it since.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::file::{Digest, Files, Known};
use super::{FolderStore, Skipped};
use crate::store::file_name;
use crate::store::item::{DatastoreId, Described};
use crate::store::schema::in_one_step;
use crate::store::trouble::{Result, Trouble};

/// An item that has a file, as the books have it.
struct Entry {
    item: i64,
    known: Known,
    /// Whether the books have its fingerprint by the rules of today.
    has_fingerprint: bool,
}

impl FolderStore {
    /// Turns new, changed and missing files into changes of items.
    pub(super) fn scan(&mut self) -> Result<()> {
        self.recover()?;
        let (files, datastore) = (&self.files, self.datastore);
        self.skipped =
            in_one_step::<_, Trouble>(&mut self.connection, |c| scan(c, files, datastore))?;
        Ok(())
    }
}

fn scan(c: &Connection, files: &Files, datastore: DatastoreId) -> Result<Vec<Skipped>> {
    let mut entries = entries(c, datastore)?;
    let mut skipped = Vec::new();
    let mut names = files.names()?;
    names.retain(|name| file_name::is_item(name));
    names.sort();
    for name in names {
        let entry = entries.remove(&name);
        let read = match files.stamp(&name) {
            Ok(Some(stamp))
                if !stamp.is_empty()
                    && entry
                        .as_ref()
                        .is_some_and(|entry| entry.known.stamp == stamp) =>
            {
                continue;
            }
            Ok(_) => files.read(&name),
            Err(trouble) => Err(trouble),
        };
        match read {
            Ok(Some(found)) => {
                let describe =
                    || Described::new(file_name::media_type(&name, &found.data), &found.data);
                match entry.filter(|entry| entry.known.digest == found.known.digest) {
                    Some(entry) => {
                        if !entry.has_fingerprint {
                            c.prepare_cached("UPDATE item SET fingerprint = ?2 WHERE id = ?1")?
                                .execute(params![entry.item, describe().fingerprint])?;
                        }
                        if entry.known != found.known {
                            found.known.save(c, entry.item)?;
                        }
                    }
                    None => {
                        let (item, _) = datastore.write(c, &name, Some(&describe()))?;
                        found.known.save(c, item)?;
                    }
                }
            }
            // It went while we looked, or it is no file at all.
            Ok(None) => {
                if let Some(Entry { item, .. }) = entry {
                    bury(c, datastore, &name, item)?;
                }
            }
            // Not to be read is not to be gone.
            Err(trouble) => skipped.push(Skipped {
                name,
                reason: trouble.to_string(),
            }),
        }
    }
    for (name, Entry { item, .. }) in entries {
        bury(c, datastore, &name, item)?;
    }
    Ok(skipped)
}

/// Notes that an item's file is gone.
pub(super) fn bury(c: &Connection, datastore: DatastoreId, name: &str, item: i64) -> Result<()> {
    datastore.write(c, name, None)?;
    Known::forget(c, item)?;
    Ok(())
}

/// All items alive, by name.
fn entries(c: &Connection, datastore: DatastoreId) -> Result<BTreeMap<String, Entry>> {
    let mut statement = c.prepare_cached(
        "SELECT i.name, i.id, f.stamp, f.digest, i.fingerprint <> x'' FROM item i JOIN file f ON f.item = i.id
         WHERE i.datastore = ?1 AND i.deleted = 0",
    )?;
    let rows = statement.query_map([datastore.0], |row| {
        let known = Known {
            stamp: row.get(2)?,
            digest: row.get::<_, Digest>(3)?,
        };
        Ok((
            row.get(0)?,
            Entry {
                item: row.get(1)?,
                known,
                has_fingerprint: row.get(4)?,
            },
        ))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

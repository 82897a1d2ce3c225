//! Looking through a folder for what was done to it since.

use std::collections::BTreeMap;
use std::fs::DirEntry;

use rusqlite::{Connection, OptionalExtension, params};

use super::file::{self, Digest, Files, Known};
use super::seen::Seen;
use super::stamp::{Clock, stamp};
use super::{FolderStore, Skipped};
use crate::store::file_name;
use crate::store::item::{DatastoreId, Described};
use crate::store::schema::in_one_step;
use crate::store::trouble::{Result, Trouble};

/// Files, or rows, looked at together. In a folder of no more than that, they come in the order of their names.
const PIECE: usize = 1024;

impl FolderStore {
    /// Turns new, changed and missing files into changes of items.
    pub(super) fn scan(&mut self) -> Result<()> {
        self.recover()?;
        let clock = self.files.look_around();
        let (files, datastore) = (&self.files, self.datastore);
        let (skipped, has_strangers) = in_one_step::<_, Trouble>(&mut self.connection, |c| {
            let mut scan = Scan {
                c,
                files,
                datastore,
                clock,
                seen: Seen::default(),
                looked_at: 0,
                skipped: Vec::new(),
            };
            scan.look_through()?;
            scan.bury_missing()?;
            Ok((scan.skipped, scan.looked_at > scan.seen.len()))
        })?;
        self.skipped = skipped;
        self.files.has_strangers = has_strangers;
        Ok(())
    }
}

/// One look through a folder. It needs memory for a piece of the folder, and a bit for each item.
struct Scan<'a> {
    c: &'a Connection,
    files: &'a Files,
    datastore: DatastoreId,
    clock: Clock,
    /// Items whose file is there, or whose name is taken by something that cannot be looked at.
    seen: Seen,
    /// Names that an item may have.
    looked_at: u64,
    skipped: Vec<Skipped>,
}

impl Scan<'_> {
    fn look_through(&mut self) -> Result<()> {
        let mut piece = Vec::with_capacity(PIECE);
        for entry in self.files.entries()? {
            let (name, entry) = entry?;
            if file_name::is_item(&name) {
                piece.push((name, entry));
            } else if file::is_unfinished(&name) {
                // Nobody's: what was begun is finished by now. If it stays, the next look finds it again.
                let _ = std::fs::remove_file(entry.path());
            }
            if piece.len() == PIECE {
                self.look_at_piece(&mut piece)?;
            }
        }
        self.look_at_piece(&mut piece)
    }

    fn look_at_piece(&mut self, piece: &mut Vec<(String, DirEntry)>) -> Result<()> {
        piece.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (name, entry) in piece.drain(..) {
            if let Err(trouble) = self.look_at(&name, &entry)? {
                self.skipped.push(Skipped {
                    name,
                    reason: trouble.to_string(),
                });
            }
        }
        Ok(())
    }

    /// Looks at one file. The inner error is the file's: not to be read is not to be gone.
    fn look_at(&mut self, name: &str, entry: &DirEntry) -> Result<Result<()>> {
        self.looked_at += 1;
        let looks = match file::is_file(entry.metadata()) {
            Ok(looks) => looks,
            Err(error) => {
                if let Some((item, _)) = self.find(name, "")? {
                    self.seen.insert(item);
                }
                return Ok(Err(Trouble::io(&entry.path())(error)));
            }
        };
        // It went while we looked, or it is no file at all.
        let Some(looks) = looks else {
            return Ok(Ok(()));
        };
        let found = self.find(name, &stamp(&looks))?;
        let read = match found {
            Some((item, true)) => {
                self.seen.insert(item);
                return Ok(Ok(()));
            }
            _ => self.files.read_as(name, &looks),
        };
        let Ok(Some(read)) = read else {
            if let (Err(_), Some((item, _))) = (&read, found) {
                self.seen.insert(item);
            }
            return Ok(read.map(drop));
        };
        let known = read.known(&self.clock);
        match found {
            Some((item, _)) if known.digest == self.digest(item)? => {
                self.seen.insert(item);
                if !known.stamp.is_empty() {
                    known.save(self.c, item)?;
                }
            }
            _ => {
                let media_type = file_name::media_type(name, &read.data);
                let described = Described::new(media_type, &read.data);
                let (item, _) = self.datastore.write(self.c, name, Some(&described))?;
                self.seen.insert(item);
                known.save(self.c, item)?;
            }
        }
        Ok(Ok(()))
    }

    /// The item alive of this name, and whether its file looked like this.
    fn find(&self, name: &str, looks: &str) -> Result<Option<(i64, bool)>> {
        let mut statement = self.c.prepare_cached(
            "SELECT i.id, f.stamp = ?3 FROM item i JOIN file f ON f.item = i.id
             WHERE i.datastore = ?1 AND i.name = ?2 AND i.deleted = 0",
        )?;
        let found = statement.query_row(params![self.datastore.0, name, looks], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        Ok(found.optional()?)
    }

    fn digest(&self, item: i64) -> Result<Digest> {
        let mut statement = self
            .c
            .prepare_cached("SELECT digest FROM file WHERE item = ?1")?;
        Ok(statement.query_row([item], |row| row.get(0))?)
    }

    /// Notes which items have no file any more.
    fn bury_missing(&self) -> Result<()> {
        let count: i64 = self
            .c
            .prepare_cached("SELECT count(*) FROM file")?
            .query_row([], |row| row.get(0))?;
        if u64::try_from(count) == Ok(self.seen.len()) {
            return Ok(());
        }
        let mut last = i64::MIN;
        loop {
            let piece = self.items_behind(last)?;
            let Some((end, _)) = piece.last() else {
                return Ok(());
            };
            last = *end;
            let unseen = piece
                .into_iter()
                .filter(|(item, _)| !self.seen.contains(*item));
            let mut missing: BTreeMap<_, _> = unseen.map(|(item, name)| (name, item)).collect();
            self.spare_overlooked(&mut missing)?;
            for (name, item) in missing {
                bury(self.c, self.datastore, &name, item)?;
            }
        }
    }

    /// Some file systems do not list a file that another one is moved onto at this moment, as editors do when they save.
    fn spare_overlooked(&self, missing: &mut BTreeMap<String, i64>) -> Result<()> {
        let is_there = |name: &str| Ok::<_, Trouble>(self.files.look(name)?.is_some());
        let mut doubted = false;
        for name in missing.keys() {
            doubted |= is_there(name)?;
        }
        if !doubted {
            return Ok(());
        }
        // Where names are taken without regard to case, another one answered: the list knows.
        for entry in self.files.entries()? {
            let (name, _) = entry?;
            if missing.contains_key(&name) && is_there(&name)? {
                missing.remove(&name);
            }
        }
        Ok(())
    }

    /// A piece of the items that have, or had, a file: those with higher numbers than this.
    fn items_behind(&self, item: i64) -> Result<Vec<(i64, String)>> {
        let mut statement = self.c.prepare_cached(
            "SELECT f.item, i.name FROM file f JOIN item i ON i.id = f.item
             WHERE f.item > ?1 ORDER BY f.item LIMIT ?2",
        )?;
        let piece = statement.query_map(params![item, PIECE as u32], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        Ok(piece?.collect::<rusqlite::Result<_>>()?)
    }
}

/// Notes that an item's file is gone.
pub(super) fn bury(c: &Connection, datastore: DatastoreId, name: &str, item: i64) -> Result<()> {
    datastore.write(c, name, None)?;
    Known::forget(c, item)?;
    Ok(())
}

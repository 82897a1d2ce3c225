//! Files of a folder: how they look, what they hold, and how they are written.

use std::fs::{self, DirEntry, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};

use super::hidden;
use super::stamp::{Clock, stamp};
use crate::store::trouble::{Result, Trouble};

/// SHA-256 of what a file holds.
pub(super) type Digest = [u8; 32];

/// Largest file taken as an item, in bytes.
const LARGEST: u64 = 64 << 20;

/// Beginning and end of the name of a file that is being written.
const UNFINISHED: (&str, &str) = (".syncml-", ".tmp");

/// What the books say of an item's file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// How it looked; empty: look closer.
    pub(super) stamp: String,
    pub(super) digest: Digest,
}

impl Known {
    pub(super) fn load(c: &Connection, item: i64) -> rusqlite::Result<Option<Self>> {
        c.prepare_cached("SELECT stamp, digest FROM file WHERE item = ?1")?
            .query_row([item], |row| {
                Ok(Self {
                    stamp: row.get(0)?,
                    digest: row.get(1)?,
                })
            })
            .optional()
    }

    pub(super) fn save(&self, c: &Connection, item: i64) -> rusqlite::Result<()> {
        // Most files are new. An upsert costs SQLite more than both of these.
        let new = c
            .prepare_cached("INSERT OR IGNORE INTO file (item, stamp, digest) VALUES (?1, ?2, ?3)")?
            .execute(params![item, self.stamp, self.digest])?;
        if new == 0 {
            c.prepare_cached("UPDATE file SET stamp = ?2, digest = ?3 WHERE item = ?1")?
                .execute(params![item, self.stamp, self.digest])?;
        }
        Ok(())
    }

    pub(super) fn forget(c: &Connection, item: i64) -> rusqlite::Result<()> {
        c.prepare_cached("DELETE FROM file WHERE item = ?1")?
            .execute([item])?;
        Ok(())
    }
}

/// What a file holds, and how it looked meanwhile.
pub(super) struct Found {
    pub(super) data: Bytes,
    pub(super) digest: Digest,
    /// None where it did not keep still.
    looks: Option<Metadata>,
}

impl Found {
    /// What the books are to say of it.
    pub(super) fn known(&self, clock: &Clock) -> Known {
        let looks = self.looks.as_ref();
        let settled = looks.filter(|looks| clock.has_settled(looks));
        Known {
            stamp: settled.map(stamp).unwrap_or_default(),
            digest: self.digest,
        }
    }
}

/// The files of a directory.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    has_unnamed: bool,
    /// Whether what makes the whole file system safe makes the books safe, too.
    has_books: bool,
    /// Something may stand in the way of a new file that is in no book.
    pub(super) has_strangers: bool,
}

impl Files {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self {
            directory,
            has_unnamed: false,
            has_books: false,
            has_strangers: true,
        }
    }

    /// With books in this file.
    pub(super) fn beside(mut self, books: &Path) -> Self {
        let system = |path: &Path| fs::metadata(path).ok().as_ref().and_then(file_system);
        let own = system(&self.directory);
        self.has_books = own.is_some() && own == system(books);
        self
    }

    pub(super) fn has_books(&self) -> bool {
        self.has_books
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Everything in the directory that has a name in Unicode, by its name.
    pub(super) fn entries(&self) -> Result<impl Iterator<Item = Result<(String, DirEntry)>>> {
        let entries = fs::read_dir(&self.directory).map_err(Trouble::io(&self.directory))?;
        Ok(entries.filter_map(|entry| match entry {
            Ok(entry) => {
                let name = entry.file_name().into_string().ok()?;
                Some(Ok((name, entry)))
            }
            Err(error) => Some(Err(Trouble::io(&self.directory)(error))),
        }))
    }

    /// Finds out what the file system can, and what its clock says.
    pub(super) fn look_around(&mut self) -> Clock {
        // Numbers of intents begin with 1.
        let probe = self.hidden(0);
        self.has_unnamed = hidden::has_unnamed(&self.directory, &probe);
        Clock::look(&probe)
    }

    /// Whether new files can be written before they have a name.
    pub(super) fn has_unnamed(&self) -> bool {
        self.has_unnamed
    }

    /// How a file looks; none: there is no such file. Something else under this name is no file.
    pub(super) fn look(&self, name: &str) -> Result<Option<Metadata>> {
        let path = self.path(name);
        is_file(fs::symlink_metadata(&path)).map_err(Trouble::io(&path))
    }

    /// Whether nothing has this name that is in no book. Where the last look through the folder found no such thing,
    /// the system says it when the file is given its name.
    pub(super) fn is_free(&self, name: &str) -> Result<bool> {
        if !self.has_strangers {
            return Ok(true);
        }
        let path = self.path(name);
        match fs::symlink_metadata(&path) {
            Ok(_) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(Trouble::io(&path)(error)),
        }
    }

    /// Reads a file; none: there is no such file.
    pub(super) fn read(&self, name: &str) -> Result<Option<Found>> {
        match self.look(name)? {
            Some(before) => self.read_as(name, &before),
            None => Ok(None),
        }
    }

    /// Reads a file that looked like this; none: it is gone.
    pub(super) fn read_as(&self, name: &str, before: &Metadata) -> Result<Option<Found>> {
        let path = self.path(name);
        let read = || -> io::Result<(Vec<u8>, Metadata)> {
            let mut file = File::open(&path)?;
            // One octet more, so that reading stops at the end of the file without asking for more room.
            let expected = usize::try_from(before.len().min(LARGEST)).unwrap_or_default();
            let mut data = Vec::with_capacity(expected + 1);
            (&mut file).take(LARGEST + 1).read_to_end(&mut data)?;
            Ok((data, file.metadata()?))
        };
        let (data, after) = match read() {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Trouble::io(&path)(error)),
        };
        if data.len() as u64 > LARGEST {
            let error = io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!("more than {LARGEST} bytes"),
            );
            return Err(Trouble::io(&path)(error));
        }
        Ok(Some(Found {
            digest: digest(&data),
            data: data.into(),
            // A file that was written meanwhile looks different now.
            looks: (stamp(&after) == stamp(before)).then_some(after),
        }))
    }

    /// What a file holds, if it can be read and that is still what the books say.
    pub(super) fn read_known(
        &self,
        c: &Connection,
        item: i64,
        name: &str,
    ) -> Result<Option<Bytes>> {
        let known = Known::load(c, item)?;
        let found = self.read(name).unwrap_or_default();
        Ok(found
            .filter(|found| known.is_some_and(|known| known.digest == found.digest))
            .map(|found| found.data))
    }

    /// At most this many octets of a file from an offset on, if that is what the books say.
    pub(super) fn read_known_part(
        &self,
        c: &Connection,
        item: i64,
        name: &str,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>> {
        let read = || -> io::Result<Bytes> {
            let mut file = File::open(self.path(name))?;
            let offset = offset.min(file.metadata()?.len());
            file.seek(SeekFrom::Start(offset))?;
            let mut part = Vec::new();
            file.take(u64::from(len)).read_to_end(&mut part)?;
            Ok(part.into())
        };
        let (Ok(part), Some(known)) = (read(), Known::load(c, item)?) else {
            return Ok(None);
        };
        // Looked at afterwards: a file that is written meanwhile is another one.
        Ok(self.is_known(name, &known)?.then_some(part))
    }

    /// Whether a file is still what the books say.
    pub(super) fn is_known(&self, name: &str, known: &Known) -> Result<bool> {
        let Some(looks) = self.look(name)? else {
            return Ok(false);
        };
        if known.stamp == stamp(&looks) {
            return Ok(true);
        }
        Ok(self
            .read_as(name, &looks)?
            .is_some_and(|found| found.digest == known.digest))
    }

    /// Removes what is left of a hidden file.
    pub(super) fn discard(&self, intent: i64) {
        // Whether or not it is there: it is nobody's. What stays is removed when the folder is opened next.
        let _ = fs::remove_file(self.hidden(intent));
    }

    pub(super) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    /// Makes new and removed names safe against a loss of power.
    pub(super) fn sync(&self) -> io::Result<()> {
        if cfg!(unix) {
            File::open(&self.directory)?.sync_all()
        } else {
            Ok(())
        }
    }

    pub(super) fn hidden(&self, intent: i64) -> PathBuf {
        self.path(&format!("{}{intent}{}", UNFINISHED.0, UNFINISHED.1))
    }
}

/// Whether a file of this name is one that was being written when a session was cut.
pub(super) fn is_unfinished(name: &str) -> bool {
    name.strip_prefix(UNFINISHED.0)
        .and_then(|rest| rest.strip_suffix(UNFINISHED.1))
        .is_some_and(|number| number.parse::<i64>().is_ok())
}

/// The looks of a file; none where there is none, or something else.
pub(super) fn is_file(looks: io::Result<Metadata>) -> io::Result<Option<Metadata>> {
    match looks {
        Ok(looks) => Ok(Some(looks).filter(Metadata::is_file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The file system something is on.
#[cfg(unix)]
fn file_system(metadata: &Metadata) -> Option<u64> {
    Some(std::os::unix::fs::MetadataExt::dev(metadata))
}

#[cfg(not(unix))]
fn file_system(_: &Metadata) -> Option<u64> {
    None
}

pub(super) fn digest(data: &[u8]) -> Digest {
    Sha256::digest(data).into()
}

//! Files of a folder: how they look, what they hold, and how they are written.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest as _, Sha256};

use crate::store::trouble::{Result, Trouble};

/// SHA-256 of what a file holds.
pub(super) type Digest = [u8; 32];

/// Largest file taken as an item, in bytes.
const LARGEST: u64 = 64 << 20;

/// A file that was written this recently may be written again without looking different: clocks of file systems
/// tick slowly, at the worst every two seconds (FAT).
const TICK: Duration = Duration::from_secs(2);

/// So many files are made safe one by one.
const FEW: usize = 4;

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
        c.prepare_cached("INSERT OR REPLACE INTO file (item, stamp, digest) VALUES (?1, ?2, ?3)")?
            .execute(params![item, self.stamp, self.digest])?;
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
    pub(super) known: Known,
}

/// The files of a directory.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
}

impl Files {
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Names of everything in the directory that has a name in Unicode.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        let failed = || Trouble::io(&self.directory);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.directory).map_err(failed())? {
            if let Ok(name) = entry.map_err(failed())?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// How a file looks; none: there is no such file. Something else under this name is no file.
    pub(super) fn stamp(&self, name: &str) -> Result<Option<String>> {
        let path = self.path(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(stamp(&metadata))),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Trouble::io(&path)(error)),
        }
    }

    /// Reads a file; none: there is no such file.
    pub(super) fn read(&self, name: &str) -> Result<Option<Found>> {
        let path = self.path(name);
        let Some(before) = self.stamp(name)? else {
            return Ok(None);
        };
        let read = || -> io::Result<Option<Vec<u8>>> {
            let mut data = Vec::new();
            match File::open(&path) {
                Ok(file) => file.take(LARGEST + 1).read_to_end(&mut data)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            if data.len() as u64 > LARGEST {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("more than {LARGEST} bytes"),
                ));
            }
            Ok(Some(data))
        };
        let Some(data) = read().map_err(Trouble::io(&path))? else {
            return Ok(None);
        };
        // A file that was written meanwhile looks different now; the digest is of what was read.
        let stamp = self
            .stamp(name)?
            .filter(|after| *after == before)
            .unwrap_or_default();
        let known = Known {
            stamp,
            digest: digest(&data),
        };
        Ok(Some(Found {
            data: data.into(),
            known,
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
            .filter(|found| known.is_some_and(|known| known.digest == found.known.digest))
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
        let stamp = self.stamp(name)?;
        if !known.stamp.is_empty() && stamp.as_ref() == Some(&known.stamp) {
            return Ok(true);
        }
        Ok(self
            .read(name)?
            .is_some_and(|found| found.known.digest == known.digest))
    }

    /// Writes files under hidden names, safe against a loss of power; returns those that could not be.
    pub(super) fn write_hidden<'a>(
        &self,
        contents: impl Iterator<Item = (i64, &'a [u8])>,
    ) -> BTreeMap<i64, io::Error> {
        let mut failed = BTreeMap::new();
        let mut written = Vec::new();
        for (intent, data) in contents {
            match fs::write(self.hidden(intent), data) {
                Ok(()) => written.push(intent),
                Err(error) => _ = failed.insert(intent, error),
            }
        }
        // Where there are many, one call for the whole file system is much less work than one for each.
        if written.len() > FEW && self.sync_all().is_ok() {
            return failed;
        }
        for intent in written {
            if let Err(error) = File::open(self.hidden(intent)).and_then(|file| file.sync_all()) {
                failed.insert(intent, error);
            }
        }
        failed
    }

    #[cfg(target_os = "linux")]
    fn sync_all(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(File::open(&self.directory)?)?)
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_all(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Gives a hidden file the name of a file, whose place and permissions it takes.
    pub(super) fn reveal_over(&self, intent: i64, name: &str) -> io::Result<()> {
        let (hidden, path) = (self.hidden(intent), self.path(name));
        fs::set_permissions(&hidden, fs::symlink_metadata(&path)?.permissions())?;
        fs::rename(hidden, path)
    }

    /// Gives a hidden file its name, unless another file has it.
    pub(super) fn reveal_new(&self, intent: i64, name: &str) -> io::Result<()> {
        let (hidden, path) = (self.hidden(intent), self.path(name));
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{CWD, RenameFlags, renameat_with};
            match renameat_with(CWD, &hidden, CWD, &path, RenameFlags::NOREPLACE) {
                Ok(()) => return Ok(()),
                Err(rustix::io::Errno::EXIST) => return Err(io::ErrorKind::AlreadyExists.into()),
                // A file system that does not know this.
                Err(_) => {}
            }
        }
        match fs::hard_link(&hidden, &path) {
            Ok(()) => fs::remove_file(&hidden),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // A file system without hard links, such as a memory card's.
            Err(_) => match fs::symlink_metadata(&path) {
                Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(&hidden, &path),
                Err(error) => Err(error),
            },
        }
    }

    /// Removes what is left of a hidden file.
    pub(super) fn discard(&self, intent: i64) {
        // Whether or not it is there: it is nobody's. What stays is removed when the folder is opened next.
        let _ = fs::remove_file(self.hidden(intent));
    }

    /// Removes every hidden file that a cut session left.
    pub(super) fn discard_all(&self) -> Result<()> {
        for name in self.names()? {
            let number = name
                .strip_prefix(UNFINISHED.0)
                .and_then(|rest| rest.strip_suffix(UNFINISHED.1));
            if let Some(intent) = number.and_then(|number| number.parse().ok()) {
                self.discard(intent);
            }
        }
        Ok(())
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

    fn hidden(&self, intent: i64) -> PathBuf {
        self.path(&format!("{}{intent}{}", UNFINISHED.0, UNFINISHED.1))
    }
}

pub(super) fn digest(data: &[u8]) -> Digest {
    Sha256::digest(data).into()
}

/// How a file looks: equal stamps mean equal content. Empty where that cannot be promised.
fn stamp(metadata: &Metadata) -> String {
    let Ok(modified) = metadata.modified() else {
        return String::new();
    };
    let settled = |time: SystemTime| {
        SystemTime::now()
            .duration_since(time)
            .is_ok_and(|age| age > TICK)
    };
    if !settled(modified) || !settled(changed(metadata).unwrap_or(modified)) {
        return String::new();
    }
    let nanoseconds = |time: SystemTime| {
        time.duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos()
    };
    format!(
        "{}.{}.{}.{}",
        metadata.len(),
        nanoseconds(modified),
        nanoseconds(changed(metadata).unwrap_or(modified)),
        inode(metadata)
    )
}

/// When anything about the file was changed last, its name and its times included.
#[cfg(unix)]
fn changed(metadata: &Metadata) -> Option<SystemTime> {
    use std::os::unix::fs::MetadataExt;
    let seconds = Duration::from_secs(u64::try_from(metadata.ctime()).ok()?);
    let rest = Duration::from_nanos(u64::try_from(metadata.ctime_nsec()).ok()?);
    UNIX_EPOCH.checked_add(seconds)?.checked_add(rest)
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> Option<SystemTime> {
    None
}

#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_written_just_now_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        fs::write(folder.path().join("a.vcf"), "a").unwrap();
        assert_eq!(files.stamp("a.vcf").unwrap().as_deref(), Some(""));
        assert_eq!(files.stamp("b.vcf").unwrap(), None);
        // Nor one from the future.
        let file = File::options()
            .append(true)
            .open(folder.path().join("a.vcf"))
            .unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(3_600))
            .unwrap();
        assert_eq!(files.stamp("a.vcf").unwrap().as_deref(), Some(""));
    }

    #[test]
    fn a_new_file_takes_no_others_place() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::new(folder.path().to_owned());
        fs::write(folder.path().join("a.vcf"), "theirs").unwrap();
        let failed = files.write_hidden([(1, b"ours".as_slice())].into_iter());
        assert!(failed.is_empty());
        let error = files.reveal_new(1, "a.vcf").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        files.reveal_new(1, "b.vcf").unwrap();
        assert_eq!(fs::read(folder.path().join("a.vcf")).unwrap(), b"theirs");
        assert_eq!(fs::read(folder.path().join("b.vcf")).unwrap(), b"ours");
        assert_eq!(files.names().unwrap().len(), 2, "the hidden file is gone");
    }
}

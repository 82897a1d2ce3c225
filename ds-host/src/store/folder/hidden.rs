//! What a file is to hold, written and safe against a loss of power, but not to be seen yet.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::Files;
use crate::store::trouble::Result;

/// So many files are made safe one by one.
const FEW: usize = 4;

/// Files without a name that are open at a time.
const OPEN: usize = 256;

/// A file that is about to be seen.
#[derive(Debug)]
pub(super) enum Hidden {
    /// It has a hidden name.
    Named(PathBuf),
    /// It has none yet, which is less work. If it gets none, the system forgets it.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "Linux alone has such files")
    )]
    Unnamed(File),
}

impl Files {
    /// Writes files that are not to be seen yet: by intent what it is to hold, and whether the file is a new one. They are
    /// safe then, and so are the books, for which there is `make_safe`.
    ///
    /// # Errors
    /// Of `make_safe`. Then all is as it was, but for hidden files.
    pub(super) fn hide<'a>(
        &self,
        contents: impl Iterator<Item = (i64, &'a [u8], bool)>,
        make_safe: impl FnOnce() -> Result<()>,
    ) -> Result<BTreeMap<i64, io::Result<Hidden>>> {
        let mut open = 0;
        let mut hidden: BTreeMap<_, _> = contents
            .map(|(intent, data, is_new)| {
                let is_unnamed = is_new && self.has_unnamed() && open < OPEN;
                open += usize::from(is_unnamed);
                let path = self.hidden(intent);
                let written = match is_unnamed {
                    true => unnamed(self.directory()).and_then(|mut file| {
                        file.write_all(data)?;
                        Ok(Hidden::Unnamed(file))
                    }),
                    false => fs::write(&path, data).map(|()| Hidden::Named(path)),
                };
                (intent, written)
            })
            .collect();
        // Where there are many, one call for the whole file system is much less work than one for each.
        if hidden.len() > FEW && sync_all(self.directory()).is_ok() {
            if !self.has_books() {
                make_safe()?;
            }
            return Ok(hidden);
        }
        make_safe()?;
        for written in hidden.values_mut() {
            let synced = match written {
                Ok(Hidden::Named(path)) => File::open(path).and_then(|file| file.sync_all()),
                Ok(Hidden::Unnamed(file)) => file.sync_all(),
                Err(_) => continue,
            };
            if let Err(error) = synced {
                *written = Err(error);
            }
        }
        Ok(hidden)
    }
}

impl Hidden {
    /// Gives it the name of a file, whose place and permissions it takes.
    pub(super) fn show_over(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Named(hidden) => {
                fs::set_permissions(&hidden, fs::symlink_metadata(path)?.permissions())?;
                fs::rename(hidden, path)
            }
            // Such files are made for new names only.
            Self::Unnamed(_) => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Gives it a name, unless another file has it.
    pub(super) fn show_new(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Named(hidden) => rename_new(&hidden, path),
            Self::Unnamed(file) => name(&file, path),
        }
    }
}

/// Whether files without a name can be made in a directory and named later; tried with this name.
pub(super) fn has_unnamed(directory: &Path, probe: &Path) -> bool {
    let named = unnamed(directory).and_then(|file| name(&file, probe));
    let _ = fs::remove_file(probe);
    named.is_ok()
}

fn rename_new(hidden: &Path, path: &Path) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, hidden, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::EXIST) => return Err(io::ErrorKind::AlreadyExists.into()),
            // A file system that does not know this.
            Err(_) => {}
        }
    }
    match fs::hard_link(hidden, path) {
        Ok(()) => fs::remove_file(hidden),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without hard links, such as a memory card's.
        Err(_) => match fs::symlink_metadata(path) {
            Ok(_) => Err(io::ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => fs::rename(hidden, path),
            Err(error) => Err(error),
        },
    }
}

#[cfg(target_os = "linux")]
fn unnamed(directory: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
    Ok(openat(CWD, directory, flags, Mode::from_raw_mode(0o666))?.into())
}

#[cfg(target_os = "linux")]
fn name(file: &File, path: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use rustix::io::Errno;
    use std::os::fd::AsRawFd;
    match linkat(file, "", CWD, path, AtFlags::EMPTY_PATH) {
        // Not before Linux 6.10, unless with privileges.
        Err(Errno::NOENT) => {
            let own = format!("/proc/self/fd/{}", file.as_raw_fd());
            Ok(linkat(CWD, own, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
        }
        done => Ok(done?),
    }
}

#[cfg(target_os = "linux")]
fn sync_all(directory: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(directory)?)?)
}

#[cfg(not(target_os = "linux"))]
fn unnamed(_: &Path) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn name(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn sync_all(_: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_takes_no_others_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a.vcf"), "theirs").unwrap();
        let mut files = Files::new(folder.path().to_owned());
        // With hidden names, and without where the file system can.
        for round in 0..2 {
            let contents = [(1, b"ours".as_slice(), true), (2, b"ours".as_slice(), true)];
            let mut hidden = files.hide(contents.into_iter(), || Ok(())).unwrap();
            let mut show =
                |intent, path: &Path| hidden.remove(&intent).unwrap().unwrap().show_new(path);
            let error = show(1, &at("a.vcf")).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            show(2, &at(&format!("b{round}.vcf"))).unwrap();
            files.discard(1);
            assert_eq!(fs::read(at("a.vcf")).unwrap(), b"theirs");
            assert_eq!(fs::read(at(&format!("b{round}.vcf"))).unwrap(), b"ours");
            assert_eq!(
                files.entries().unwrap().count(),
                2 + round,
                "no hidden file is left"
            );
            files.look_around();
        }
    }
}

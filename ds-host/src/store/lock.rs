//! One program at a time synchronises a folder or a database.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// A folder or a file is ours until this is dropped, or the process ends in whatever way: the system keeps it.
#[derive(Debug)]
pub(super) struct Lock {
    _path: Option<File>,
}

impl Lock {
    /// Takes what is there. Where the system or the file system has no such locks, a folder's state file has its own, and
    /// a database none.
    pub(super) fn take(path: &Path) -> Result<Self, Error> {
        match lock(path) {
            Ok(path) => Ok(Self { _path: path }),
            Err(()) => Err(Error::new(
                ErrorKind::InUse,
                format!("another program synchronises {}", path.display()),
            )
            .with_hint("wait until it has ended, and try again")),
        }
    }
}

/// The error: somebody else has it.
#[cfg(unix)]
fn lock(path: &Path) -> Result<Option<File>, ()> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    let Ok(file) = File::open(path) else {
        return Ok(None);
    };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Err(()),
        Err(_) => Ok(None),
    }
}

#[cfg(not(unix))]
fn lock(_path: &Path) -> Result<Option<File>, ()> {
    Ok(None)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InUse);
        assert!(error.hint().is_some());
        drop(first);
        Lock::take(folder.path()).unwrap();
    }
}

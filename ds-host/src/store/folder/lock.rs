//! One program at a time works on a folder.

use std::fs::File;
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// The folder is ours until this is dropped, or the process ends in whatever way: the system keeps it.
#[derive(Debug)]
pub(super) struct Lock {
    _directory: Option<File>,
}

impl Lock {
    /// Takes a folder. Where the system or the file system has no such locks, the state file's own is all there is.
    pub(super) fn take(directory: &Path) -> Result<Self, Error> {
        match lock(directory) {
            Ok(directory) => Ok(Self {
                _directory: directory,
            }),
            Err(()) => Err(Error::new(
                ErrorKind::InUse,
                format!("another program synchronises {}", directory.display()),
            )
            .with_hint("wait until it has ended, and try again")),
        }
    }
}

/// The error: somebody else has it.
#[cfg(unix)]
fn lock(directory: &Path) -> Result<Option<File>, ()> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    let Ok(file) = File::open(directory) else {
        return Ok(None);
    };
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(Some(file)),
        Err(Errno::WOULDBLOCK) => Err(()),
        Err(_) => Ok(None),
    }
}

#[cfg(not(unix))]
fn lock(_directory: &Path) -> Result<Option<File>, ()> {
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

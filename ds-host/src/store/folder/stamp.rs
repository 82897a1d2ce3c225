//! How files look, and which looks can be trusted.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How coarse clocks of file systems are at the worst (FAT).
const TICK: Duration = Duration::from_secs(2);

/// How a file looks: equal stamps mean equal content, if the file was [settled](Clock::has_settled).
pub(super) fn stamp(metadata: &Metadata) -> String {
    let nanoseconds = |time: SystemTime| {
        time.duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_nanos()
    };
    let times = Times::of(metadata);
    format!(
        "{}.{}.{}.{}",
        metadata.len(),
        nanoseconds(times.modified),
        nanoseconds(times.changed),
        inode(metadata)
    )
}

/// What the clock of a file system said when a folder began to be looked through.
///
/// A file that is written twice within one tick of that clock looks the same both times. But whatever is written from
/// now on gets times that are no older than those of a file made now. So a file whose times are older than that looks
/// different after the next change, however slowly the clock ticks, and whether or not it is this machine's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(Times);

impl Clock {
    /// The clock of the file system on which a file can be made at this path. Where none can, this machine's.
    pub(super) fn look(probe: &Path) -> Self {
        let times = File::create(probe).and_then(|file| file.metadata());
        let _ = std::fs::remove_file(probe);
        Self(times.map_or_else(|_: io::Error| Times::of_machine(), |file| Times::of(&file)))
    }

    /// Whether a file that looks like this looks different after its next change.
    pub(super) fn has_settled(&self, metadata: &Metadata) -> bool {
        let times = Times::of(metadata);
        times.modified < self.0.modified && times.changed < self.0.changed
    }
}

/// When a file was written last, and when anything about it was changed, its name and its times included.
#[derive(Clone, Copy, Debug)]
struct Times {
    modified: SystemTime,
    changed: SystemTime,
}

impl Times {
    fn of(metadata: &Metadata) -> Self {
        // Without this time every file counts as new.
        let modified = metadata.modified().unwrap_or_else(|_| SystemTime::now());
        Self {
            modified,
            changed: changed(metadata).unwrap_or(modified),
        }
    }

    /// What any file system's clock has passed.
    fn of_machine() -> Self {
        let passed = SystemTime::now().checked_sub(TICK).unwrap_or(UNIX_EPOCH);
        Self {
            modified: passed,
            changed: passed,
        }
    }
}

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
    use std::fs;

    #[test]
    fn only_files_older_than_the_look_are_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let (probe, path) = (folder.path().join("probe"), folder.path().join("a.vcf"));
        fs::write(&path, "a").unwrap();
        let settled = |clock: &Clock| clock.has_settled(&fs::metadata(&path).unwrap());
        // A tick of the clock later it is older than any file to come.
        while !settled(&Clock::look(&probe)) {}
        assert!(!probe.exists());
        let clock = Clock::look(&probe);
        let before = stamp(&fs::metadata(&path).unwrap());
        fs::write(&path, "b").unwrap();
        assert!(!settled(&clock), "written after the look");
        assert_ne!(stamp(&fs::metadata(&path).unwrap()), before);
        // Nor is one from the future.
        let file = File::options().append(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(3_600))
            .unwrap();
        assert!(!settled(&Clock::look(&probe)));
    }

    #[test]
    fn without_a_probe_the_worst_clock_is_assumed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.vcf");
        fs::write(&path, "a").unwrap();
        let clock = Clock::look(&folder.path().join("missing/probe"));
        assert!(!clock.has_settled(&fs::metadata(&path).unwrap()));
    }
}

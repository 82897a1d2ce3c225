//! What a folder has room for.

use std::path::Path;

use rusqlite::params;
use syncml_devinf::DsMem;
use syncml_meta::Mem;

use crate::store::ledger::Ledger;
use crate::store::trouble::Result;

/// Where a file system has less room than this, in octets, that is told.
const LITTLE: u64 = 256 << 20;

/// What a folder has room for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Room {
    /// What it may hold in all.
    quota: DsMem,
    /// What is free around it, where that is little.
    free: Option<u64>,
}

impl Room {
    /// The room of a folder that may hold so much.
    pub(super) fn of(quota: Option<DsMem>, directory: &Path) -> Self {
        Self {
            quota: quota.unwrap_or_default(),
            free: free(directory).filter(|free| *free < LITTLE),
        }
    }

    /// What may still come; none: any amount.
    pub(super) fn left(self, ledger: &Ledger<'_>) -> Result<Option<Mem>> {
        let DsMem {
            max_mem, max_id, ..
        } = self.quota;
        if max_mem.is_none() && max_id.is_none() {
            return Ok(self.free.map(|free| Mem::new(Some(free), None)));
        }
        let (items, octets): (i64, i64) = ledger
            .c
            .prepare_cached("SELECT count(*), coalesce(sum(size), 0) FROM item WHERE datastore = ?1 AND deleted = 0")?
            .query_row(params![ledger.link.datastore.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let left = |most: Option<u64>, used: i64| {
            most.map(|most| most.saturating_sub(u64::try_from(used).unwrap_or(0)))
        };
        let octets = match (left(max_mem, octets), self.free) {
            (Some(left), Some(free)) => Some(left.min(free)),
            (left, free) => left.or(free),
        };
        Ok(Some(Mem::new(octets, left(max_id, items))))
    }
}

/// Whether an item that brings, or grows by, so many octets has a place, which is taken then.
pub(super) fn take(left: &mut Option<Mem>, is_new: bool, octets: u64) -> bool {
    let Some(Mem {
        free_mem, free_id, ..
    }) = left
    else {
        return true;
    };
    let fits = free_mem.is_none_or(|free| octets <= free) && !(is_new && *free_id == Some(0));
    if fits {
        *free_mem = free_mem.map(|free| free.saturating_sub(octets));
        *free_id = free_id.map(|free| free.saturating_sub(u64::from(is_new)));
    }
    fits
}

/// Octets that a user may still fill where a folder lies; none: nobody knows.
#[cfg(target_os = "linux")]
fn free(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(not(target_os = "linux"))]
fn free(_: &Path) -> Option<u64> {
    None
}

//! What is remembered of devices, in either store.

use std::time::SystemTime;

use ds_protocol::PeerRecord;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use syncml_meta::Nonce;

use super::session::seconds;
use super::trouble::{Result, Trouble};

/// Devices that were asked for credentials and never logged in: as many nonces are remembered. Whoever speaks to a
/// server can have as many names as it likes.
const MAX_STRANGERS: u32 = 10_000;

/// Nonces of a device that are remembered after they have served: more than there can be sessions of one device that began
/// before a nonce served and write what they read then.
const SPENT_NONCES: u32 = 16;

pub(super) fn load_peer(c: &Connection, device: &str) -> Result<PeerRecord> {
    let record = c
        .prepare_cached("SELECT record FROM peer WHERE device = ?1")?
        .query_row([device], |row| row.get::<_, String>(0))
        .optional()?;
    // Nothing in it is worth more than a round trip: what cannot be read is asked for again.
    Ok(record
        .and_then(|record| serde_json::from_str(&record).ok())
        .unwrap_or_default())
}

pub(super) fn save_peer(c: &Connection, device: &str, record: &PeerRecord) -> Result<()> {
    let is_stranger = {
        let mut rest = record.clone();
        rest.nonce = None;
        rest == PeerRecord::default()
    };
    let asked = is_stranger.then(|| seconds(SystemTime::now()));
    let record =
        serde_json::to_string(record).map_err(|error| Trouble::Foreign(error.to_string()))?;
    c.prepare_cached("INSERT OR REPLACE INTO peer (device, record, asked) VALUES (?1, ?2, ?3)")?
        .execute(params![device, record, asked])?;
    if is_stranger {
        forget_strangers(c, device)?;
    }
    Ok(())
}

/// Whether a nonce serves for the first time; then the device has the next one. What has served is remembered for itself: a
/// record that was read before, and is written after, does not bring it back.
pub(super) fn spend_nonce(
    c: &Connection,
    device: &str,
    spent: &Nonce,
    next: Nonce,
) -> Result<bool> {
    let mut record = load_peer(c, device)?;
    let digest: [u8; 32] = Sha256::digest(spent.as_bytes()).into();
    if !record.spend_nonce(spent, next) {
        return Ok(false);
    }
    let is_first = c
        .prepare_cached("INSERT OR IGNORE INTO spent (device, nonce) VALUES (?1, ?2)")?
        .execute(params![device, digest])?;
    if is_first == 0 {
        return Ok(false);
    }
    c.prepare_cached(
        "DELETE FROM spent WHERE device = ?1 AND id <= (
             SELECT id FROM spent WHERE device = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )?
    .execute(params![device, SPENT_NONCES])?;
    save_peer(c, device, &record)?;
    Ok(true)
}

/// Forgets the strangers that were asked first where there are too many, but not this one.
fn forget_strangers(c: &Connection, keep: &str) -> Result<()> {
    let count: u32 = c
        .prepare_cached("SELECT count(*) FROM peer WHERE asked IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    if count > MAX_STRANGERS {
        c.prepare_cached(
            "DELETE FROM peer WHERE device IN (
                 SELECT device FROM peer WHERE asked IS NOT NULL AND device <> ?1 ORDER BY asked LIMIT ?2)",
        )?
        .execute(params![keep, count - MAX_STRANGERS])?;
    }
    Ok(())
}

/// 128 bits that nobody can guess.
pub(super) fn new_nonce() -> Result<Nonce> {
    let mut octets = [0_u8; 16];
    getrandom::fill(&mut octets).map_err(|error| Trouble::Io {
        what: "random numbers".to_owned(),
        error: std::io::Error::other(error),
    })?;
    Ok(Nonce::new(octets.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::schema::{self, Kind, in_one_step};

    /// A flood of strangers does not fill the disk, and devices that have logged in stay.
    #[test]
    fn strangers_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let mut c = schema::open(&folder.path().join("store.db"), Kind::Server).unwrap();
        let mut known = PeerRecord::default();
        known.nonce = Some(Nonce::new(b"new".to_vec()));
        known.spent_nonce = Some(Nonce::new(b"old".to_vec()));
        let mut stranger = PeerRecord::default();
        stranger.nonce = Some(Nonce::new(b"new".to_vec()));
        in_one_step::<_, crate::Error>(&mut c, |c| {
            save_peer(c, "phone", &known)?;
            for number in 0..MAX_STRANGERS + 50 {
                save_peer(c, &format!("stranger-{number}"), &stranger)?;
            }
            let count = c.query_row("SELECT count(*) FROM peer", [], |row| row.get::<_, u32>(0))?;
            assert_eq!(count, MAX_STRANGERS + 1);
            assert_eq!(load_peer(c, "phone")?, known);
            let last = format!("stranger-{}", MAX_STRANGERS + 49);
            assert_eq!(load_peer(c, &last)?, stranger);
            Ok(())
        })
        .unwrap();
    }

    /// Nonces of 128 bits that differ.
    #[test]
    fn nonces_differ() {
        let nonces = (0..1000).map(|_| new_nonce().unwrap().as_bytes().to_vec());
        let nonces: std::collections::BTreeSet<_> = nonces.collect();
        assert_eq!(nonces.len(), 1000);
        assert!(nonces.iter().all(|nonce| nonce.len() == 16));
        // Each bit is set in about half of them.
        for bit in 0..128 {
            let set = nonces
                .iter()
                .filter(|nonce| nonce[bit / 8] >> (bit % 8) & 1 == 1);
            assert!((350..650).contains(&set.count()), "bit {bit}");
        }
    }
}

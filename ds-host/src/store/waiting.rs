//! Whom a server has something to tell, in the SQLite store.

use ds_protocol::PeerRecord;
use rusqlite::params;
use syncml_repr::SessionId;

use super::sqlite::SqliteStore;
use super::{peer, query};
use crate::error::Error;

/// A device that synchronises a datastore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Waiting {
    /// The device's id.
    pub device: String,
    /// The server's datastore.
    pub datastore: String,
    /// Items that the device is to be told of.
    pub changes: u64,
}

impl SqliteStore {
    /// The devices that have synchronised datastores of a user, and what waits for them: whom to notify.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn waiting(&self, user: &str) -> Result<Vec<Waiting>, Error> {
        self.look(|c| {
            let mut statement = c.prepare_cached(
                "SELECT id, datastore, cutoff, peer, local FROM link
                 WHERE user = ?1 AND last_local IS NOT NULL ORDER BY peer, local",
            )?;
            let links = statement.query_map([user], |row| {
                let numbers: (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
                Ok((numbers, row.get(3)?, row.get(4)?))
            })?;
            let links = links.collect::<rusqlite::Result<Vec<(_, String, String)>>>()?;
            let mut count = c.prepare_cached(query::COUNT)?;
            let waiting = links
                .into_iter()
                .map(|((link, id, cutoff), device, datastore)| {
                    let all = params![link, id, cutoff, i64::MAX, i64::MAX];
                    let changes = count.query_row(all, |row| row.get::<_, i64>(0))?;
                    Ok(Waiting {
                        device,
                        datastore,
                        changes: changes.unsigned_abs(),
                    })
                });
            Ok(waiting.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Ids of the sessions that a device has begun lately.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn sessions_of(&self, device: &str) -> Result<Vec<SessionId>, Error> {
        self.look(|c| {
            let mut statement =
                c.prepare_cached("SELECT session FROM session WHERE device = ?1")?;
            let ids = statement.query_map([device], |row| row.get::<_, String>(0))?;
            let ids = ids.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(ids.into_iter().map(SessionId::new).collect())
        })
    }

    /// What is remembered of a device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn peer(&self, device: &str) -> Result<PeerRecord, Error> {
        self.look(|c| peer::load_peer(c, device))
    }
}

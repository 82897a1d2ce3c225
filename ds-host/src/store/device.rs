//! A database that is a client's.

use std::path::Path;

use rusqlite::params;

use super::item::DatastoreId;
use super::schema::{set_setting, setting};
use super::sqlite::SqliteStore;
use crate::error::Error;

/// Items whose type is looked at.
const SAMPLES: u32 = 256;

impl SqliteStore {
    /// Opens a database as [`open`](Self::open) does, for a client that synchronises it with a server. No other program
    /// can open it in this way meanwhile; a server may have it open.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InUse`](crate::ErrorKind::InUse) when another program synchronises it;
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) as [`open`](Self::open).
    pub fn open_alone(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::open_as(path.as_ref(), true)
    }

    /// Identity of the device as which this database was synchronised.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn device(&self) -> Result<Option<String>, Error> {
        self.look(|c| Ok(setting(c, "device")?))
    }

    /// Remembers the identity of the device as which this database is synchronised.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn set_device(&self, device: &str) -> Result<(), Error> {
        self.step(|c| Ok(set_setting(c, "device", device)?))
    }

    /// Media types of a user's datastore, with the number of items of each among the first few.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn media_types(&self, user: &str, datastore: &str) -> Result<Vec<(String, u64)>, Error> {
        self.look(|c| {
            let Some(datastore) = DatastoreId::find(c, user, datastore)? else {
                return Ok(Vec::new());
            };
            let mut statement = c.prepare_cached(
                "SELECT media_type, count(*) FROM
                 (SELECT media_type FROM item WHERE datastore = ?1 AND deleted = 0 LIMIT ?2)
                 GROUP BY media_type ORDER BY 2 DESC, 1",
            )?;
            let types = statement.query_map(params![datastore.0, SAMPLES], |row| {
                Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs()))
            })?;
            Ok(types.collect::<rusqlite::Result<_>>()?)
        })
    }
}

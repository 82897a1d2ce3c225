//! What devices were asked for, in the SQLite store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{OptionalExtension, params};

use super::session::seconds;
use super::sqlite::SqliteStore;
use crate::error::Error;

/// How long a device may take to begin the session that it was asked for. Later it may use the number for one of its own.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

impl SqliteStore {
    /// The notifications to devices of a user that were not answered yet, as they were kept.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn outbox(&self, user: &str) -> Result<Option<String>, Error> {
        self.look(|c| {
            let mut statement = c.prepare_cached("SELECT state FROM outbox WHERE user = ?1")?;
            Ok(statement.query_row([user], |row| row.get(0)).optional()?)
        })
    }

    /// Keeps the notifications to devices of a user that were not answered yet; none: there are none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn keep_outbox(&self, user: &str, state: Option<&str>) -> Result<(), Error> {
        self.step(|c| {
            match state {
                Some(state) => c
                    .prepare_cached("INSERT OR REPLACE INTO outbox (user, state) VALUES (?1, ?2)")?
                    .execute(params![user, state])?,
                None => c
                    .prepare_cached("DELETE FROM outbox WHERE user = ?1")?
                    .execute([user])?,
            };
            Ok(())
        })
    }

    /// Notes that a device is asked for a session in a message, which is message 1 of that session
    /// ([`server::Config::notified`](ds_protocol::server::Config::notified)).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn note_notified(&self, device: &str, session_id: u16) -> Result<(), Error> {
        let now = SystemTime::now();
        let old = seconds(now.checked_sub(PATIENCE).unwrap_or(UNIX_EPOCH));
        self.step(|c| {
            c.prepare_cached("DELETE FROM notified WHERE asked <= ?1")?
                .execute([old])?;
            c.prepare_cached(
                "INSERT OR REPLACE INTO notified (device, session, asked) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![device, session_id, seconds(now)])?;
            Ok(())
        })
    }

    /// Whether a device was asked for a session in a message. Devices write its number in decimal or hexadecimal digits.
    pub(super) fn was_notified(&self, device: &str, session_id: &str) -> Result<bool, Error> {
        let old = SystemTime::now()
            .checked_sub(PATIENCE)
            .unwrap_or(UNIX_EPOCH);
        let numbers = [
            session_id.parse::<u16>(),
            u16::from_str_radix(session_id, 16),
        ];
        self.look(|c| {
            let mut statement = c.prepare_cached(
                "SELECT 1 FROM notified WHERE device = ?1 AND session = ?2 AND asked > ?3",
            )?;
            for number in numbers.into_iter().flatten() {
                if statement.exists(params![device, number, seconds(old)])? {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}

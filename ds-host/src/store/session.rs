//! Server sessions between two messages, in the SQLite store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ds_protocol::SessionKey;
use rusqlite::{Connection, OptionalExtension, params};
use syncml_repr::MsgId;

use super::sqlite::SqliteStore;
use super::trouble::Trouble;
use crate::error::Error;
use crate::sessions::{Backend, SessionStore, StoredSession};

/// How long a session waits for its next message before it is forgotten. A phone may pause for minutes; an answer
/// that was lost may be asked for again hours later, and is then answered by a new session.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

impl SqliteStore {
    /// Forgets sessions that had no message for this long; returns how many there were.
    ///
    /// Each session that begins does this for those of the last day, so a server need not call it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn expire_sessions(&self, age: Duration) -> Result<usize, Error> {
        let before = seconds(SystemTime::now().checked_sub(age).unwrap_or(UNIX_EPOCH));
        self.step(|c| {
            Ok(
                c.prepare_cached("DELETE FROM session WHERE known IN (0, 1) AND touched <= ?1")?
                    .execute([before])?,
            )
        })
    }

    /// With at most this many sessions. The oldest are forgotten, those that nobody has logged in to before all others.
    /// Default: 10,000.
    #[must_use]
    pub fn with_max_sessions(mut self, count: u32) -> Self {
        self.max_sessions = count;
        self
    }
}

impl SessionStore for SqliteStore {
    fn load_session(&mut self, key: &SessionKey) -> Result<Option<StoredSession>, Error> {
        let (device, session): (&str, &str) = (&key.device, key.session_id.as_str());
        let stored =
            self.look::<_, Error>(|c| {
                Ok(c.prepare_cached(
                    "SELECT snapshot FROM session WHERE device = ?1 AND session = ?2",
                )?
                .query_row(params![device, session], |row| row.get::<_, Vec<u8>>(0))
                .optional()?)
            })?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        match rmp_serde::from_slice(&stored) {
            Ok(session) => Ok(Some(session)),
            Err(_) => {
                // Another version wrote it. The client finds its session gone and begins a new one.
                self.step::<_, Error>(|c| {
                    c.prepare_cached(
                        "DELETE FROM session WHERE device = ?1 AND session = ?2 AND snapshot = ?3",
                    )?
                    .execute(params![device, session, stored])?;
                    Ok(())
                })?;
                Ok(None)
            }
        }
    }

    fn swap_session(
        &mut self,
        key: &SessionKey,
        expected: Option<MsgId>,
        next: &StoredSession,
    ) -> Result<bool, Error> {
        if expected.is_none() {
            self.expire_sessions(PATIENCE)?;
        }
        // By name, as in JSON, but octets stay octets: the last answer is most of it.
        let snapshot = rmp_serde::to_vec_named(next)
            .map_err(|error| Error::from(Trouble::Foreign(error.to_string())))?;
        let (device, session): (&str, &str) = (&key.device, key.session_id.as_str());
        let (revision, now) = (next.snapshot.revision().get(), seconds(SystemTime::now()));
        let known = next.snapshot.user().is_some();
        let most = self.max_sessions;
        self.step(|c| {
            let written = match expected {
                None => c
                    .prepare_cached(
                        "INSERT INTO session (device, session, revision, touched, snapshot, known)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                    )?
                    .execute(params![device, session, revision, now, snapshot, known])?,
                Some(expected) => c
                    .prepare_cached(
                        "UPDATE session SET revision = ?3, touched = ?4, snapshot = ?5, known = ?7
                         WHERE device = ?1 AND session = ?2 AND revision = ?6",
                    )?
                    .execute(params![
                        device,
                        session,
                        revision,
                        now,
                        snapshot,
                        expected.get(),
                        known
                    ])?,
            };
            if expected.is_none() {
                forget_oldest(c, most, (device, session))?;
            }
            Ok(written == 1)
        })
    }

    fn is_notified(&mut self, key: &SessionKey) -> Result<bool, Error> {
        self.was_notified(&key.device, key.session_id.as_str())
    }

    fn end_other_sessions(&mut self, key: &SessionKey, user: &str) -> Result<(), Error> {
        let (device, session): (&str, &str) = (&key.device, key.session_id.as_str());
        self.step::<_, Error>(|c| {
            let others = c
                .prepare_cached(
                    "SELECT session, snapshot FROM session WHERE device = ?1 AND session <> ?2",
                )?
                .query_map(params![device, session], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))
                })?
                .collect::<Result<Vec<_>, _>>()?;
            for (other, snapshot) in others {
                let of_user = rmp_serde::from_slice::<StoredSession>(&snapshot)
                    .is_ok_and(|stored| stored.snapshot.user() == Some(user));
                if of_user {
                    c.prepare_cached("DELETE FROM session WHERE device = ?1 AND session = ?2")?
                        .execute(params![device, other])?;
                }
            }
            Ok(())
        })
    }
}

/// Forgets sessions that are too many, but not this one.
fn forget_oldest(c: &Connection, most: u32, keep: (&str, &str)) -> super::trouble::Result<()> {
    let count: u32 = c
        .prepare_cached("SELECT count(*) FROM session")?
        .query_row([], |row| row.get(0))?;
    if count > most {
        c.prepare_cached(
            "DELETE FROM session WHERE rowid IN (
                 SELECT rowid FROM session WHERE device <> ?1 OR session <> ?2
                 ORDER BY known, touched LIMIT ?3)",
        )?
        .execute(params![keep.0, keep.1, count - most])?;
    }
    Ok(())
}

impl Backend for SqliteStore {
    type Connection = Self;

    fn connect(&self) -> Result<Self, Error> {
        Ok(self.clone())
    }

    fn has_digests(&self) -> bool {
        true
    }
}

pub(super) fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

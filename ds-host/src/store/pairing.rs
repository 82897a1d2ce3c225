//! Links and their pairing rows.

use ds_protocol::Link;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::item::{DatastoreId, Item};
use super::place;
use super::query;

/// A link, by the number of its row.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkRow {
    pub(super) id: i64,
    pub(super) datastore: DatastoreId,
    /// Nothing at or below this revision differs. It may have sunk since the row was read, never risen.
    pub(super) cutoff: i64,
}

/// What the peer has of one item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pairing {
    /// The peer's id. A client knows the server's only until the Map is acknowledged.
    pub(super) remote: Option<String>,
    /// The state the peer has.
    pub(super) revision: i64,
    /// Sent as Add, but the peer has not said yet which id it got. Never together with `remote`.
    pub(super) awaits_map: bool,
    /// The id under which it was sent then, where that was not the own one.
    pub(super) temporary: Option<String>,
    /// The server must still be told the own id.
    pub(super) owes_map: bool,
    /// The peer has removed its copy and wants none.
    pub(super) soft_deleted: bool,
    /// The view in which the peer has that state, by its name; none: all of it.
    pub(super) fields: Option<String>,
}

impl LinkRow {
    /// The row of a link whose items are in this datastore; made where there is none.
    pub(super) fn of(
        c: &Connection,
        link: &Link,
        datastore: DatastoreId,
    ) -> rusqlite::Result<Self> {
        let (user, peer): (&str, &str) = (&link.user, &link.peer);
        let (local, remote): (&str, &str) = (&link.local, &link.remote);
        let found = c
            .prepare_cached(
                "SELECT id, cutoff FROM link WHERE user = ?1 AND peer = ?2 AND local = ?3 AND remote = ?4",
            )?
            .query_row(params![user, peer, local, remote], |row| {
                Ok(Self { id: row.get(0)?, datastore, cutoff: row.get(1)? })
            })
            .optional()?;
        if let Some(found) = found {
            return Ok(found);
        }
        let id = c
            .prepare_cached("INSERT INTO link (datastore, user, peer, local, remote) VALUES (?5, ?1, ?2, ?3, ?4)")?
            .insert(params![user, peer, local, remote, datastore.0])?;
        Ok(Self {
            id,
            datastore,
            cutoff: 0,
        })
    }

    /// The cutoff as it is now.
    pub(super) fn newest_cutoff(&self, c: &Connection) -> rusqlite::Result<i64> {
        c.prepare_cached("SELECT cutoff FROM link WHERE id = ?1")?
            .query_row([self.id], |row| row.get(0))
    }

    /// What the peer has of an item.
    pub(super) fn pairing(&self, c: &Connection, item: i64) -> rusqlite::Result<Option<Pairing>> {
        c.prepare_cached(
            "SELECT remote, revision, awaits_map, temporary, owes_map, soft_deleted, fields
             FROM pairing WHERE link = ?1 AND item = ?2",
        )?
        .query_row(params![self.id, item], |row| {
            Ok(Pairing {
                remote: row.get(0)?,
                revision: row.get(1)?,
                awaits_map: row.get(2)?,
                temporary: row.get(3)?,
                owes_map: row.get(4)?,
                soft_deleted: row.get(5)?,
                fields: row.get(6)?,
            })
        })
        .optional()
    }

    /// Own id and row number of the item that the peer calls `remote`.
    pub(super) fn by_remote(
        &self,
        c: &Connection,
        remote: &str,
    ) -> rusqlite::Result<Option<(String, i64)>> {
        c.prepare_cached(query::BY_REMOTE)?
            .query_row(params![self.id, remote], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
    }

    /// Row number of the item that the peer was sent as `temporary`.
    pub(super) fn by_temporary(
        &self,
        c: &Connection,
        temporary: &str,
    ) -> rusqlite::Result<Option<i64>> {
        c.prepare_cached(query::BY_TEMPORARY)?
            .query_row(params![self.id, temporary], |row| row.get(0))
            .optional()
    }

    /// Sets what the peer has of an item whose newest state has this revision. Another item that had the same peer's
    /// id loses its row.
    pub(super) fn pair(
        &self,
        c: &Connection,
        item: i64,
        newest: i64,
        pairing: &Pairing,
    ) -> rusqlite::Result<()> {
        if let Err(error) = self.write(c, item, pairing) {
            if error.sqlite_error_code() != Some(ErrorCode::ConstraintViolation) {
                return Err(error);
            }
            // One of the ids serves another item now.
            self.free_ids(c, item, pairing)?;
            self.write(c, item, pairing)?;
        }
        // What is above the cutoff may differ as it likes.
        if newest > self.cutoff {
            return Ok(());
        }
        self.lower_cutoff(c, item)
    }

    fn write(&self, c: &Connection, item: i64, pairing: &Pairing) -> rusqlite::Result<()> {
        c.prepare_cached(
            "INSERT INTO pairing
                (link, item, remote, revision, awaits_map, temporary, owes_map, soft_deleted, fields)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (link, item) DO UPDATE SET remote = excluded.remote, revision = excluded.revision,
                awaits_map = excluded.awaits_map, temporary = excluded.temporary,
                owes_map = excluded.owes_map, soft_deleted = excluded.soft_deleted, fields = excluded.fields",
        )?
        .execute(params![
            self.id,
            item,
            pairing.remote,
            pairing.revision,
            pairing.awaits_map,
            pairing.temporary,
            pairing.owes_map,
            pairing.soft_deleted,
            pairing.fields
        ])?;
        Ok(())
    }

    /// Takes a row from the item that had the peer's id, and the temporary id from the item that had that.
    fn free_ids(&self, c: &Connection, item: i64, pairing: &Pairing) -> rusqlite::Result<()> {
        if let Some(remote) = &pairing.remote
            && let Some((_, other)) = self.by_remote(c, remote)?
            && other != item
        {
            self.unpair(c, other)?;
        }
        c.prepare_cached(
            "UPDATE pairing SET temporary = NULL WHERE link = ?1 AND temporary = ?2 AND item <> ?3",
        )?
        .execute(params![self.id, pairing.temporary, item])?;
        Ok(())
    }

    /// The peer has nothing of an item.
    pub(super) fn unpair(&self, c: &Connection, item: i64) -> rusqlite::Result<()> {
        c.prepare_cached("DELETE FROM pairing WHERE link = ?1 AND item = ?2")?
            .execute(params![self.id, item])?;
        c.prepare_cached("DELETE FROM fitted WHERE link = ?1 AND item = ?2")?
            .execute(params![self.id, item])?;
        c.prepare_cached(query::LOWER_PAIRED)?
            .execute(params![self.id, item])?;
        // What is below it stands elsewhere for the peer, or will.
        for child in place::children(c, item)? {
            self.forget_state(c, child)?;
        }
        self.lower_cutoff(c, item)
    }

    /// The peer has some state of a paired item, it is not known which.
    pub(super) fn forget_state(&self, c: &Connection, item: i64) -> rusqlite::Result<()> {
        c.prepare_cached("UPDATE pairing SET revision = 0 WHERE link = ?1 AND item = ?2")?
            .execute(params![self.id, item])?;
        self.lower_cutoff(c, item)
    }

    /// Whether every item alive has a pairing, so that none is the twin of another one to come. What was found to be
    /// so is remembered: items are looked at once, not once in each message of a first sync.
    pub(super) fn has_all(&self, c: &Connection) -> rusqlite::Result<bool> {
        c.prepare_cached(query::RAISE_PAIRED)?
            .execute(params![self.id, self.datastore.0])?;
        c.prepare_cached("SELECT paired >= (SELECT revision FROM counter) FROM link WHERE id = ?1")?
            .query_row([self.id], |row| row.get(0))
    }

    /// Keeps the promise of the cutoff after the row of an item has changed.
    pub(super) fn lower_cutoff(&self, c: &Connection, item: i64) -> rusqlite::Result<()> {
        c.prepare_cached(query::LOWER_CUTOFF)?
            .execute(params![self.id, item])?;
        Ok(())
    }

    /// Raises the cutoff as far as nothing differs.
    pub(super) fn raise_cutoff(&self, c: &Connection) -> rusqlite::Result<()> {
        c.prepare_cached(query::RAISE_CUTOFF)?
            .execute(params![self.id, self.datastore.0])?;
        Ok(())
    }

    /// Forgets pairings, held changes, owed maps, anchors and cutoff; what Next was given out last is remembered.
    pub(super) fn forget(&self, c: &Connection) -> rusqlite::Result<()> {
        c.prepare_cached("DELETE FROM pairing WHERE link = ?1")?
            .execute([self.id])?;
        c.prepare_cached("DELETE FROM held WHERE link = ?1")?
            .execute([self.id])?;
        c.prepare_cached("DELETE FROM fitted WHERE link = ?1")?
            .execute([self.id])?;
        c.prepare_cached(
            "UPDATE link SET cutoff = 0, paired = 0, equal_up_to = 0, last_local = NULL, last_remote = NULL WHERE id = ?1",
        )?
        .execute([self.id])?;
        Ok(())
    }

    /// Whether the peer has this very state of an item.
    pub(super) fn is_in_step(&self, c: &Connection, item: &Item) -> rusqlite::Result<bool> {
        Ok(self
            .pairing(c, item.id)?
            .is_some_and(|pairing| pairing.revision == item.revision))
    }
}

//! Items: their newest states, by name and by revision.

use ds_protocol::ItemId;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::query;

/// Number of a row of `datastore`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DatastoreId(pub(super) i64);

/// An item as the table has it, without what it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Number of its row.
    pub(super) id: i64,
    pub(super) revision: i64,
    pub(super) deleted: bool,
    pub(super) media_type: String,
    pub(super) size: i64,
}

impl Item {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            revision: row.get(1)?,
            deleted: row.get(2)?,
            media_type: row.get(3)?,
            size: row.get(4)?,
        })
    }
}

/// What is said of a content beside the content itself. Its fingerprint is made when somebody asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Described {
    pub(super) media_type: String,
    pub(super) size: i64,
}

impl Described {
    pub(super) fn new(media_type: &str, data: &[u8]) -> Self {
        Self {
            media_type: media_type.to_owned(),
            size: i64::try_from(data.len()).unwrap_or(i64::MAX),
        }
    }
}

impl DatastoreId {
    /// A user's datastore; made where there is none.
    pub(super) fn of(c: &Connection, user: &str, name: &str) -> rusqlite::Result<Self> {
        if let Some(found) = Self::find(c, user, name)? {
            return Ok(found);
        }
        c.prepare_cached("INSERT INTO datastore (user, name) VALUES (?1, ?2)")?
            .insert(params![user, name])
            .map(Self)
    }

    /// A user's datastore, if anything was ever put into it.
    pub(super) fn find(c: &Connection, user: &str, name: &str) -> rusqlite::Result<Option<Self>> {
        c.prepare_cached("SELECT id FROM datastore WHERE user = ?1 AND name = ?2")?
            .query_row(params![user, name], |row| row.get(0).map(Self))
            .optional()
    }

    /// The item with this id, be it alive or deleted.
    pub(super) fn item(self, c: &Connection, name: &str) -> rusqlite::Result<Option<Item>> {
        c.prepare_cached(
            "SELECT id, revision, deleted, media_type, size FROM item WHERE datastore = ?1 AND name = ?2",
        )?
        .query_row(params![self.0, name], Item::read)
        .optional()
    }

    /// Whether an item, be it alive or deleted, has this id or one that differs in the case of letters of ASCII alone.
    /// For folders only: [`Kind::Folder`](super::schema::Kind::Folder) has an index for it.
    pub(super) fn has_name(self, c: &Connection, name: &str) -> rusqlite::Result<bool> {
        c.prepare_cached(query::HAS_NAME)?
            .exists(params![self.0, name])
    }

    /// Gives an item its newest state; none: it is deleted. Returns its row number and revision.
    pub(super) fn write(
        self,
        c: &Connection,
        name: &str,
        state: Option<&Described>,
    ) -> rusqlite::Result<(i64, i64)> {
        // Looked up, and neither an upsert nor RETURNING: those cost SQLite more than the rest of the step.
        let known = c
            .prepare_cached("SELECT id FROM item WHERE datastore = ?1 AND name = ?2")?
            .query_row(params![self.0, name], |row| row.get(0))
            .optional()?;
        let revision = next_revision(c)?;
        let media_type = state.map_or("", |state| &state.media_type);
        let size = state.map_or(0, |state| state.size);
        if let Some(id) = known {
            c.prepare_cached(
                "UPDATE item SET revision = ?2, deleted = ?3, media_type = ?4, size = ?5, fingerprint = x'' WHERE id = ?1",
            )?
            .execute(params![id, revision, state.is_none(), media_type, size])?;
            return Ok((id, revision));
        }
        let id = c
            .prepare_cached(
                "INSERT INTO item (datastore, name, revision, deleted, media_type, size, fingerprint)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, x'')",
            )?
            .insert(params![self.0, name, revision, state.is_none(), media_type, size])?;
        Ok((id, revision))
    }

    /// Adds an item under a number that no item here has or had; returns its id, row number and revision.
    pub(super) fn add(
        self,
        c: &Connection,
        state: &Described,
    ) -> rusqlite::Result<(ItemId, i64, i64)> {
        let revision = next_revision(c)?;
        // Revisions only grow, so this one is free unless somebody chose a number as an id.
        let name = revision.to_string();
        let added = c
            .prepare_cached(
                "INSERT INTO item (datastore, name, revision, deleted, media_type, size, fingerprint)
                 VALUES (?1, ?2, ?3, 0, ?4, ?5, x'') ON CONFLICT (datastore, name) DO NOTHING",
            )?
            .execute(
                params![
                    self.0,
                    name,
                    revision,
                    state.media_type,
                    state.size
                ],
            )?;
        match added {
            1 => Ok((ItemId::new(name), c.last_insert_rowid(), revision)),
            _ => {
                let id = self.new_id(c)?;
                let (item, revision) = self.write(c, id.as_str(), Some(state))?;
                Ok((id, item, revision))
            }
        }
    }

    /// An id that no item here has or had.
    fn new_id(self, c: &Connection) -> rusqlite::Result<ItemId> {
        // Revisions only grow, so this is found at once unless somebody chose a number as an id.
        let mut number: i64 = c
            .prepare_cached("SELECT revision + 1 FROM counter")?
            .query_row([], |row| row.get(0))?;
        loop {
            let id = number.to_string();
            if self.item(c, &id)?.is_none() {
                return Ok(ItemId::new(id));
            }
            number += 1;
        }
    }

    /// Forgets deleted items that no link will ever speak of again.
    pub(super) fn forget_deleted(self, c: &Connection) -> rusqlite::Result<()> {
        c.prepare_cached(query::FORGET_DELETED)?.execute([self.0])?;
        Ok(())
    }
}

/// The next number for a state of an item.
pub(super) fn next_revision(c: &Connection) -> rusqlite::Result<i64> {
    c.prepare_cached("UPDATE counter SET revision = revision + 1")?
        .execute([])?;
    last_revision(c)
}

/// The last revision given out.
pub(super) fn last_revision(c: &Connection) -> rusqlite::Result<i64> {
    c.prepare_cached("SELECT revision FROM counter")?
        .query_row([], |row| row.get(0))
}

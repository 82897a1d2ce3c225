//! What became of items on their way to a peer, item by item.

use std::fmt;

use ds_objects::fit::Unfit;
use ds_protocol::ItemId;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::item::DatastoreId;
use super::ledger::Ledger;
use super::sqlite::SqliteStore;
use super::trouble::{Result, Trouble};
use crate::error::Error;

/// What a peer has of an item in another way than it is here. It stays here; what the peer sends back is put together
/// with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Fitted {
    /// The peer: a device of a server, the server of a folder.
    pub peer: String,
    /// The item.
    pub item: ItemId,
    /// What is not as it is here, in order.
    pub entries: Vec<FittedEntry>,
    /// It was noted in the session that was opened last.
    pub is_new: bool,
}

/// One thing that a peer has in another way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FittedEntry {
    /// The component it is in, such as `VEVENT`.
    pub component: String,
    /// Name of the property; of the component if all of it is meant; empty: the item as a whole.
    pub property: String,
    /// What was done: `dropped`, `shortened`, `converted`, `added`; `withheld` of a whole item.
    pub effect: String,
    /// Which parameter, value or other name; may be empty.
    pub detail: String,
    /// Id of the rule by which it was done, such as `max-size`.
    pub rule: String,
    /// The rule for people.
    pub reason: String,
}

impl fmt::Display for FittedEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.property.is_empty() {
            return write!(f, "{}: {}", self.effect, self.reason);
        }
        if !self.component.is_empty() {
            write!(f, "{}/", self.component)?;
        }
        write!(f, "{} {}", self.property, self.effect)?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl From<&ds_objects::ledger::Entry> for FittedEntry {
    fn from(entry: &ds_objects::ledger::Entry) -> Self {
        Self {
            component: entry.component.clone(),
            property: entry.property.clone(),
            effect: entry.effect.to_string(),
            detail: entry.detail.clone(),
            rule: entry.reason.id().to_owned(),
            reason: entry.reason.to_string(),
        }
    }
}

impl From<Unfit> for FittedEntry {
    fn from(unfit: Unfit) -> Self {
        let rule = match unfit {
            Unfit::Component => "peer-lacks-component",
            Unfit::MaxObjSize => "max-obj-size",
            _ => "other-kind",
        };
        Self {
            component: String::new(),
            property: String::new(),
            effect: "withheld".to_owned(),
            detail: String::new(),
            rule: rule.to_owned(),
            reason: unfit.to_string(),
        }
    }
}

impl Ledger<'_> {
    /// Notes what the peer has in another way of an item in this state.
    pub(super) fn note_fitted(
        &self,
        item: i64,
        state: i64,
        ledger: &ds_objects::ledger::Ledger,
    ) -> Result<()> {
        let entries: Vec<FittedEntry> = ledger.entries().iter().map(FittedEntry::from).collect();
        self.note_entries(item, state, &entries)
    }

    /// Notes why the peer can have nothing of an item.
    pub(super) fn note_unfit(&self, item: i64, state: i64, unfit: Unfit) -> Result<()> {
        self.note_entries(item, state, &[unfit.into()])
    }

    fn note_entries(&self, item: i64, state: i64, entries: &[FittedEntry]) -> Result<()> {
        if entries.is_empty() {
            self.c
                .prepare_cached("DELETE FROM fitted WHERE link = ?1 AND item = ?2")?
                .execute(params![self.link.id, item])?;
            return Ok(());
        }
        let text =
            serde_json::to_string(entries).map_err(|error| Trouble::Foreign(error.to_string()))?;
        self.c
            .prepare_cached(
                "INSERT OR REPLACE INTO fitted (link, item, revision, session, entries)
                 SELECT ?1, ?2, ?3, next, ?4 FROM link WHERE id = ?1",
            )?
            .execute(params![self.link.id, item, state, text])?;
        Ok(())
    }
}

impl SqliteStore {
    /// What devices have of the items of a user's datastore in another way than it is here, ordered by item and device.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`](crate::ErrorKind::Store) when the database fails.
    pub fn fitted(&self, user: &str, datastore: &str) -> std::result::Result<Vec<Fitted>, Error> {
        self.step(|c| match DatastoreId::find(c, user, datastore)? {
            Some(datastore) => fitted(c, datastore),
            None => Ok(Vec::new()),
        })
    }
}

/// What all peers have in another way, ordered by item and peer. Of states that are there still.
pub(super) fn fitted(c: &Connection, datastore: DatastoreId) -> Result<Vec<Fitted>> {
    let mut statement = c.prepare_cached(
        "SELECT l.peer, i.name, f.entries, f.session = l.next FROM item i
         JOIN fitted f ON f.item = i.id AND f.revision = i.revision JOIN link l ON l.id = f.link
         WHERE i.datastore = ?1 AND i.deleted = 0 ORDER BY i.name, l.peer",
    )?;
    let rows = statement.query_map([datastore.0], |row| {
        let (peer, item): (String, String) = (row.get(0)?, row.get(1)?);
        Ok((peer, item, row.get::<_, String>(2)?, row.get(3)?))
    })?;
    rows.map(|row| {
        let (peer, item, entries, is_new) = row?;
        let entries =
            serde_json::from_str(&entries).map_err(|error| Trouble::Foreign(error.to_string()))?;
        Ok(Fitted {
            peer,
            item: ItemId::new(item),
            entries,
            is_new,
        })
    })
    .collect()
}

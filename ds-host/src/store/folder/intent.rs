//! Intents: what is about to be done to files, noted before it is done.

use rusqlite::{Connection, Row, params};

use super::FolderStore;
use super::file::{Digest, Files, Known};
use super::scan::bury;
use crate::store::item::{DatastoreId, Described};
use crate::store::ledger::Ledger;
use crate::store::pairing::LinkRow;
use crate::store::schema::in_one_step;
use crate::store::trouble::{Result, Trouble};

/// A file that is about to be written or removed on behalf of a peer.
#[derive(Clone, Debug)]
pub(super) struct Intent {
    pub(super) id: i64,
    pub(super) name: String,
    /// The item there is; none: a new one.
    pub(super) item: Option<i64>,
    pub(super) work: Work,
}

/// What is to be done to the file.
#[derive(Clone, Debug)]
pub(super) enum Work {
    /// It will hold this.
    Write {
        digest: Digest,
        described: Described,
        pairing: Option<NewPairing>,
    },
    /// It will be gone.
    Remove,
}

/// The pairing of a new item.
#[derive(Clone, Debug)]
pub(super) struct NewPairing {
    pub(super) remote: String,
    pub(super) owes_map: bool,
}

impl Intent {
    /// Notes an intent. Its number is also the name of the hidden file.
    pub(super) fn note(
        c: &Connection,
        link: &LinkRow,
        name: String,
        item: Option<i64>,
        work: Work,
    ) -> Result<Self> {
        let mut statement = c.prepare_cached(
            "INSERT INTO intent (link, datastore, name, item, digest, media_type, size, remote, owes_map)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let id = match &work {
            Work::Write {
                digest,
                described,
                pairing,
            } => statement.insert(params![
                link.id,
                link.datastore.0,
                name,
                item,
                digest,
                described.media_type,
                described.size,
                pairing.as_ref().map(|pairing| &pairing.remote),
                pairing.as_ref().map(|pairing| pairing.owes_map),
            ])?,
            Work::Remove => {
                let nothing = rusqlite::types::Null;
                statement.insert(params![
                    link.id,
                    link.datastore.0,
                    name,
                    item,
                    nothing,
                    nothing,
                    nothing,
                    nothing,
                    nothing
                ])?
            }
        };
        Ok(Self {
            id,
            name,
            item,
            work,
        })
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<(LinkRow, Self)> {
        let link = LinkRow {
            id: row.get(0)?,
            datastore: DatastoreId(row.get(1)?),
            // Of no use here but to be above every revision: whatever is entered is compared with it.
            cutoff: i64::MAX,
        };
        let work = match row.get::<_, Option<Digest>>(5)? {
            None => Work::Remove,
            Some(digest) => Work::Write {
                digest,
                described: Described {
                    media_type: row.get(6)?,
                    size: row.get(7)?,
                },
                pairing: match row.get(8)? {
                    None => None,
                    Some(remote) => Some(NewPairing {
                        remote,
                        owes_map: row.get(9)?,
                    }),
                },
            },
        };
        Ok((
            link,
            Self {
                id: row.get(2)?,
                name: row.get(3)?,
                item: row.get(4)?,
                work,
            },
        ))
    }

    /// Brings the books up to date with what was done to the file.
    pub(super) fn finish(&self, ledger: &Ledger<'_>) -> Result<()> {
        let (c, datastore) = (ledger.c, ledger.link.datastore);
        match &self.work {
            Work::Write {
                digest,
                described,
                pairing,
            } => {
                let (item, revision) = datastore.write(c, &self.name, Some(described))?;
                Known {
                    // What it looks like now may be the work of somebody who was quick: the next look reads it.
                    stamp: String::new(),
                    digest: *digest,
                }
                .save(c, item)?;
                match pairing {
                    Some(NewPairing { remote, owes_map }) => {
                        ledger.pair_new(item, revision, remote, *owes_map)?
                    }
                    None => ledger.put_in_step(item, revision)?,
                }
            }
            Work::Remove => {
                if let Some(item) = self.item {
                    bury(c, datastore, &self.name, item)?;
                    ledger.link.unpair(c, item)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets all intents: what was to be done is done and in the books, or never will be.
    pub(super) fn drop_all(c: &Connection) -> Result<()> {
        c.prepare_cached("DELETE FROM intent")?.execute([])?;
        Ok(())
    }

    /// Whether the file is what it was to become.
    fn is_done(&self, files: &Files) -> Result<bool> {
        match &self.work {
            Work::Write { digest, .. } => Ok(files
                .read(&self.name)?
                .is_some_and(|found| found.digest == *digest)),
            Work::Remove => Ok(files.look(&self.name)?.is_none()),
        }
    }
}

impl FolderStore {
    /// Finishes what a session that was cut had done to files, and forgets what it had not. The peer was told of
    /// none of it, and sends again what is forgotten.
    pub(super) fn recover(&mut self) -> Result<()> {
        let files = &self.files;
        in_one_step::<_, Trouble>(&mut self.connection, |c| {
            let intents = {
                let mut statement = c.prepare_cached(
                    "SELECT link, datastore, id, name, item, digest, media_type, size, remote, owes_map
                     FROM intent ORDER BY id",
                )?;
                let rows = statement.query_map([], Intent::read)?;
                rows.collect::<rusqlite::Result<Vec<_>>>()?
            };
            for (link, intent) in &intents {
                files.discard(intent.id);
                if intent.is_done(files)? {
                    intent.finish(&Ledger { c, link: *link })?;
                }
            }
            match intents.is_empty() {
                true => Ok(()),
                false => Intent::drop_all(c),
            }
        })
    }
}

//! Looking for twins among the files.

use ds_protocol::{Content, Link, NoTwin, Operation, Search, Twin};
use rusqlite::{OptionalExtension, params};

use super::FolderStore;
use crate::store::ledger::Ledger;
use crate::store::query;
use crate::store::schema::in_one_step;
use crate::store::trouble::{Result, Trouble};

/// Items completed in one transaction.
const PIECE: u32 = 256;

impl FolderStore {
    /// The items that are like these contents and have no pairing.
    pub(super) fn twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Result<Vec<Twin>> {
        if self.all_paired.as_ref() == Some(link) {
            return Ok(vec![Twin::None(NoTwin::Nothing); contents.len()]);
        }
        let datastore = self.datastore;
        let unpaired: Option<i64> = in_one_step::<_, Trouble>(&mut self.connection, |c| {
            let link = Ledger::new(c, link, datastore)?.link;
            let mut statement = c.prepare_cached(query::UNPAIRED)?;
            let first = statement.query_row(params![link.id, datastore.0], |row| row.get(0));
            Ok(first.optional()?)
        })?;
        if unpaired.is_none() {
            // As in a refresh of an empty folder, which would ask for each page of thousands of items.
            self.all_paired = Some(link.clone());
            return Ok(vec![Twin::None(NoTwin::Nothing); contents.len()]);
        }
        self.complete_fingerprints(link)?;
        let files = &self.files;
        in_one_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            ledger.find_twins(contents, search, &|item, name| {
                files.read_known(c, item, name)
            })
        })
    }

    /// Notes what operations on a link do to the knowledge that all items have a pairing: Adds of what the peer never
    /// named before leave no item without one. `keys` are the operations'.
    pub(super) fn keep_all_paired(&mut self, operations: &[Operation], keys: &[Vec<String>]) {
        let only_new = operations
            .iter()
            .zip(keys)
            .all(|(operation, keys)| matches!(operation, Operation::Add { .. }) && keys.len() == 1);
        if !only_new {
            self.all_paired = None;
        }
    }

    /// Makes the fingerprints that are missing. Only a slow sync or refresh in which the server sends items asks for
    /// them; all other sessions go without.
    fn complete_fingerprints(&mut self, link: &Link) -> Result<()> {
        let (files, datastore) = (&self.files, self.datastore);
        let mut last = Some(i64::MIN);
        while let Some(behind) = last {
            last = in_one_step::<_, Trouble>(&mut self.connection, |c| {
                let link = Ledger::new(c, link, datastore)?.link;
                let piece: Vec<(i64, String, String)> = {
                    let mut statement = c.prepare_cached(query::WITHOUT_FINGERPRINT)?;
                    let piece = statement
                        .query_map(params![link.id, datastore.0, behind, PIECE], |row| {
                            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                        })?;
                    piece.collect::<rusqlite::Result<_>>()?
                };
                for (item, name, media_type) in &piece {
                    // A file that was changed after the look around has no twin in this session.
                    if let Some(data) = files.read_known(c, *item, name)? {
                        let fingerprint = ds_objects::fingerprint::of(media_type, &data);
                        c.prepare_cached("UPDATE item SET fingerprint = ?2 WHERE id = ?1")?
                            .execute(params![item, fingerprint])?;
                    }
                }
                Ok(piece.last().map(|(item, ..)| *item))
            })?;
        }
        Ok(())
    }
}

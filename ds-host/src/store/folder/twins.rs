//! Looking for twins among the files.

use ds_protocol::{Content, Link, NoTwin, Search, Twin};
use rusqlite::params;

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
        let datastore = self.datastore;
        let has_all = in_one_step::<_, Trouble>(&mut self.connection, |c| {
            Ok(Ledger::new(c, link, datastore)?.link.has_all(c)?)
        })?;
        if has_all {
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

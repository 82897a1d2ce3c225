//! Changes that are held back.

use ds_protocol::{Held, Revision};
use rusqlite::{ToSql, params};

use super::ledger::Ledger;
use super::query;
use super::trouble::Result;

impl Ledger<'_> {
    pub(super) fn hold(&self, held: &[Held]) -> Result<()> {
        for Held {
            local,
            revision: Revision(revision),
            limit,
            ..
        } in held
        {
            let Some(item) = self.link.datastore.item(self.c, local.as_str())? else {
                continue;
            };
            if u64::try_from(item.revision) != Ok(*revision) {
                continue;
            }
            self.c
                .prepare_cached("DELETE FROM held WHERE link = ?1 AND item = ?2")?
                .execute(params![self.link.id, item.id])?;
            let limit = limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
            self.c
                .prepare_cached(query::HOLD)?
                .execute(params![self.link.id, item.id, limit])?;
        }
        Ok(())
    }

    /// Lets go of what was held for less than the peer takes now.
    pub(super) fn raise_limit(&self, max_size: Option<u64>) -> Result<()> {
        let max_size = max_size.map_or(i64::MAX, |size| i64::try_from(size).unwrap_or(i64::MAX));
        self.free(query::LET_GO, params![self.link.id, max_size])
    }

    /// Lets go of everything: the peer is another one than that for which it was held.
    pub(super) fn let_go(&self) -> Result<()> {
        let all = "DELETE FROM held WHERE link = ?1 RETURNING item";
        self.free(all, params![self.link.id])
    }

    fn free(&self, query: &str, known: &[&dyn ToSql]) -> Result<()> {
        let freed: Vec<i64> = {
            let mut statement = self.c.prepare_cached(query)?;
            let items = statement.query_map(known, |row| row.get(0))?;
            items.collect::<rusqlite::Result<_>>()?
        };
        for item in freed {
            self.link.lower_cutoff(self.c, item)?;
        }
        Ok(())
    }
}

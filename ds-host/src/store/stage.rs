//! Large objects of the peer, as far as they have arrived.

use bytes::Bytes;
use ds_protocol::{Content, ItemId, Partial};
use rusqlite::{OptionalExtension, params};
use syncml_repr::StatusCode;

use super::ledger::Ledger;
use super::trouble::{Result, Trouble};

impl Ledger<'_> {
    /// The object that is on its way.
    pub(super) fn partial(&self) -> Result<Option<Partial>> {
        let stage = self
            .c
            .prepare_cached("SELECT item, total, held FROM stage WHERE link = ?1")?
            .query_row([self.link.id], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        let number = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(stage.map(|(item, total, held)| {
            Partial::new(ItemId::new(item), number(total), number(held))
        }))
    }

    /// Keeps a part, in place of all that is kept from its offset on.
    pub(super) fn stage_chunk(
        &self,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: &[u8],
    ) -> Result<()> {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        if offset == 0 {
            self.drop_stage()?;
            self.c
                .prepare_cached(
                    "INSERT INTO stage (link, item, total, held) VALUES (?1, ?2, ?3, 0)",
                )?
                .execute(params![self.link.id, item.as_str(), number(total)])?;
        }
        let partial = self.partial()?;
        if partial.is_none_or(|partial| partial.held < offset || partial.item != *item) {
            return Err(Trouble::Refused(
                StatusCode::SIZE_MISMATCH,
                "a part of an object that is not kept",
            ));
        }
        let offset = number(offset);
        self.c
            .prepare_cached("DELETE FROM stage_part WHERE link = ?1 AND place >= ?2")?
            .execute(params![self.link.id, offset])?;
        self.c
            .prepare_cached(
                "UPDATE stage_part SET data = substr(data, 1, ?2 - place)
                 WHERE link = ?1 AND place = (SELECT max(place) FROM stage_part WHERE link = ?1)
                    AND place + length(data) > ?2",
            )?
            .execute(params![self.link.id, offset])?;
        self.c
            .prepare_cached("INSERT INTO stage_part (link, place, data) VALUES (?1, ?2, ?3)")?
            .execute(params![self.link.id, offset, data])?;
        self.c
            .prepare_cached("UPDATE stage SET held = ?2 WHERE link = ?1")?
            .execute(params![
                self.link.id,
                offset.saturating_add_unsigned(data.len() as u64)
            ])?;
        Ok(())
    }

    /// A content with its octets, which may be those that are kept; none: nothing is kept.
    pub(super) fn unstaged(&self, content: Content) -> Result<Option<Content>> {
        if !content.staged {
            return Ok(Some(content));
        }
        let Some(partial) = self.partial()? else {
            return Ok(None);
        };
        let mut data = Vec::with_capacity(usize::try_from(partial.held).unwrap_or(0));
        let mut statement = self
            .c
            .prepare_cached("SELECT data FROM stage_part WHERE link = ?1 ORDER BY place")?;
        let mut rows = statement.query([self.link.id])?;
        while let Some(row) = rows.next()? {
            data.extend_from_slice(row.get_ref(0)?.as_blob().unwrap_or_default());
        }
        let unstaged = Content::new(content.media_type, Bytes::from(data));
        Ok(Some(unstaged.with_place(content.place)))
    }

    /// Drops what is left of an object.
    pub(super) fn drop_stage(&self) -> Result<()> {
        self.c
            .prepare_cached("DELETE FROM stage WHERE link = ?1")?
            .execute([self.link.id])?;
        Ok(())
    }
}

//! What items carry, where that is not in files.

use std::io::{Read, Seek, SeekFrom};

use bytes::Bytes;
use ds_protocol::{Content, ItemId};
use rusqlite::{Connection, OptionalExtension, params};

use super::item::DatastoreId;
use super::trouble::{Result, Trouble};

pub(super) fn read(c: &Connection, item: i64) -> Result<Option<Bytes>> {
    let body = c
        .prepare_cached("SELECT content FROM body WHERE item = ?1")?
        .query_row([item], |row| row.get::<_, Vec<u8>>(0))
        .optional()?;
    Ok(body.map(Bytes::from))
}

/// At most this many octets from an offset on. Memory is needed for those alone, however much the item carries.
pub(super) fn read_part(c: &Connection, item: i64, offset: u64, len: u32) -> Result<Option<Bytes>> {
    let failed = |error| Trouble::Io {
        what: "an item's content".to_owned(),
        error,
    };
    let mut body = c.blob_open("main", "body", "content", item, true)?;
    let size = body.len() as u64;
    let offset = offset.min(size);
    body.seek(SeekFrom::Start(offset)).map_err(failed)?;
    let len = u64::from(len).min(size - offset);
    let mut part = vec![0; usize::try_from(len).unwrap_or(0)];
    body.read_exact(&mut part).map_err(failed)?;
    Ok(Some(part.into()))
}

/// Whether an item carries these octets.
pub(super) fn is(c: &Connection, item: i64, data: &[u8]) -> Result<bool> {
    let found = c
        .prepare_cached("SELECT 1 FROM body WHERE item = ?1 AND content = ?2")?
        .exists(params![item, data])?;
    Ok(found)
}

pub(super) fn write(c: &Connection, item: i64, data: &[u8]) -> Result<()> {
    c.prepare_cached("INSERT OR REPLACE INTO body (item, content) VALUES (?1, ?2)")?
        .execute(params![item, data])?;
    Ok(())
}

/// Keeps what an item holds now as what the peers have that have this state, all but one: the one that is changing it.
pub(super) fn keep_base(
    c: &Connection,
    datastore: DatastoreId,
    name: &str,
    but: Option<i64>,
) -> Result<()> {
    c.prepare_cached(
        "INSERT OR IGNORE INTO base (item, revision, media_type, content)
         SELECT i.id, i.revision, i.media_type, b.content FROM item i JOIN body b ON b.item = i.id
         WHERE i.datastore = ?1 AND i.name = ?2 AND i.deleted = 0 AND EXISTS (
             SELECT 1 FROM pairing p WHERE p.item = i.id AND p.revision = i.revision AND p.link IS NOT ?3)",
    )?
    .execute(params![datastore.0, name, but])?;
    Ok(())
}

/// What an item held in a state that a peer has; none: nobody has kept it, or it holds that still.
pub(super) fn base(c: &Connection, item: i64, revision: i64) -> Result<Option<Content>> {
    let base = c
        .prepare_cached("SELECT media_type, content FROM base WHERE item = ?1 AND revision = ?2")?
        .query_row(params![item, revision], |row| {
            let (media_type, content): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
            Ok(Content::new(media_type, content))
        })
        .optional()?;
    Ok(base)
}

/// Drops what was kept of states that no peer has any more, among the items that have changed since the last session of a
/// link: others are as they were.
pub(super) fn forget_bases(c: &Connection, link: i64) -> Result<()> {
    c.prepare_cached(
        "DELETE FROM base WHERE item IN (
             SELECT i.id FROM link l JOIN item i ON i.datastore = l.datastore AND i.revision > l.cutoff
             WHERE l.id = ?1)
         AND NOT EXISTS (
             SELECT 1 FROM pairing p WHERE p.item = base.item AND p.revision = base.revision)",
    )?
    .execute([link])?;
    Ok(())
}

pub(super) fn remove(c: &Connection, item: i64) -> Result<()> {
    c.prepare_cached("DELETE FROM body WHERE item = ?1")?
        .execute([item])?;
    Ok(())
}

/// Puts a copy of an item aside.
pub(super) fn archive(c: &Connection, item: i64) -> Result<()> {
    c.prepare_cached(
        "INSERT INTO archive (datastore, name, media_type, content)
         SELECT i.datastore, i.name, i.media_type, b.content FROM item i JOIN body b ON b.item = i.id
         WHERE i.id = ?1",
    )?
    .execute([item])?;
    Ok(())
}

/// What was put aside, oldest first.
pub(super) fn archived(c: &Connection, datastore: DatastoreId) -> Result<Vec<(ItemId, Content)>> {
    let mut statement = c.prepare_cached(
        "SELECT name, media_type, content FROM archive WHERE datastore = ?1 ORDER BY id",
    )?;
    let archived = statement.query_map([datastore.0], |row| {
        let (name, media_type, content): (String, String, Vec<u8>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((ItemId::new(name), Content::new(media_type, content)))
    })?;
    Ok(archived.collect::<rusqlite::Result<_>>()?)
}

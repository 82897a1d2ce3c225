//! Twins: items that may be the same as the peer's.
//!
//! Equal items are found by their fingerprints, which are made when they are first asked for, and kept. Others are looked
//! for by keys that are made when they are first asked for in a session, of the items without a pairing, a few at a time,
//! and forgotten when it ends.

use std::collections::{HashMap, HashSet};

use bytes::Bytes;
use ds_objects::schema::Relevance;
use ds_objects::{compare, fingerprint};
use ds_protocol::{Content, ItemId, Likeness, NoTwin, Search, Twin};
use rusqlite::{OptionalExtension, params};

use super::ledger::Ledger;
use super::query;
use super::trouble::Result;
use super::view::{self, View};

/// Items looked at in one go.
const BATCH: u32 = 256;

/// Items of one key that are looked at. More than one cannot be told apart.
const MOST: usize = 8;

/// What keys are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The fingerprint of what the peer is shown.
    Shown = 0,
    Uid = 1,
    Normalized = 2,
    /// What tells it from other items.
    Alike = 3,
}

/// The keys of an item by its media type and content, the closest way first.
type Keys<'a> = &'a dyn Fn(&str, &Bytes) -> Vec<(Way, Vec<u8>)>;

/// What items carry, by row number and name; none: an item has changed meanwhile.
pub(super) type Read<'a> = &'a dyn Fn(i64, &str) -> Result<Option<Bytes>>;

impl Ledger<'_> {
    /// Makes fingerprints of some items that have none and no pairing; true: there may be more. Most items are never
    /// compared with any, and go without.
    pub(super) fn make_fingerprints(&self, read: Read<'_>) -> Result<bool> {
        let c = self.c;
        if self.link.has_all(c)? {
            return Ok(false);
        }
        let (done, newest): (i64, i64) = c
            .prepare_cached(query::EQUAL_UP_TO)?
            .query_row([self.link.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        if done >= newest {
            return Ok(false);
        }
        let mut statement = c.prepare_cached(query::WITHOUT_FINGERPRINT)?;
        let known = params![self.link.id, self.link.datastore.0, done, BATCH];
        let piece = statement.query_map(known, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        let piece: Vec<(i64, String, i64, String)> = piece.collect::<rusqlite::Result<_>>()?;
        let mut update = c.prepare_cached("UPDATE item SET fingerprint = ?2 WHERE id = ?1")?;
        for (item, name, _, media_type) in &piece {
            // What has changed since has no twin in this session, and another revision in the next.
            if let Some(data) = read(*item, name)? {
                update.execute(params![item, fingerprint::of(media_type, &data)])?;
            }
        }
        let done = piece.last().map_or(newest, |(_, _, revision, _)| *revision);
        c.prepare_cached("UPDATE link SET equal_up_to = ?2 WHERE id = ?1")?
            .execute(params![self.link.id, done])?;
        Ok(done < newest)
    }

    /// The filter of a search is the peer's wish, or one's own: then it says nothing of what the peer is to have.
    pub(super) fn find_twins(
        &self,
        contents: &[Content],
        search: &Search,
        is_own_filter: bool,
        read: Read<'_>,
    ) -> Result<Vec<Twin>> {
        let contents = contents
            .iter()
            .map(|content| self.unstaged(content.clone()));
        let contents: Vec<Option<Content>> = contents.collect::<Result<_>>()?;
        let noted = self.view_of(self.noted_view()?.as_deref())?;
        let max_size = noted.and_then(|noted| noted.max_size);
        let view = self.view(view::fields(search.filter.as_deref()), max_size)?;
        if !is_own_filter {
            self.note_view(view.as_ref())?;
        }
        if self.link.has_all(self.c)? {
            return Ok(vec![Twin::None(NoTwin::Nothing); contents.len()]);
        }
        let mut given = HashSet::new();
        let mut twins = self.find_equal(&contents, &mut given)?;
        let is_any_left = |twins: &[Twin]| twins.iter().any(|twin| twin.found().is_none());
        if let Some(view) = &view
            && is_any_left(&twins)
        {
            // What the peer has of our items is what it was shown of them.
            let shown = |media_type: &str, data: &Bytes| shown_keys(view, media_type, data);
            let differs = |media_type: &str| !view.leaves(media_type);
            self.look(Way::Shown, &differs, &shown, read)?;
            self.find_by(&theirs_as_shown, &contents, &mut given, &mut twins)?;
        }
        if search.loose && is_any_left(&twins) {
            self.look(Way::Uid, &|_| true, &alike_keys, read)?;
            self.find_by(&alike_keys, &contents, &mut given, &mut twins)?;
        }
        Ok(twins)
    }

    fn find_equal(
        &self,
        contents: &[Option<Content>],
        given: &mut HashSet<i64>,
    ) -> Result<Vec<Twin>> {
        let mut statement = self.c.prepare_cached(query::TWIN)?;
        let mut any = self.c.prepare_cached(query::EQUAL)?;
        // The last item given out for each fingerprint: the next one is behind it.
        let mut last = HashMap::<([u8; 32], Option<i64>), i64>::new();
        let mut twins = Vec::with_capacity(contents.len());
        for content in contents {
            let Some(content) = content else {
                twins.push(Twin::None(NoTwin::Nothing));
                continue;
            };
            let fingerprint = fingerprint::of(&content.media_type, &content.data);
            let Ok(parent) = self.parent_of(content)? else {
                twins.push(Twin::None(NoTwin::Nothing));
                continue;
            };
            let behind = last.entry((fingerprint, parent)).or_insert(i64::MIN);
            let twin = statement
                .query_row(
                    params![
                        self.link.id,
                        self.link.datastore.0,
                        fingerprint,
                        *behind,
                        parent
                    ],
                    |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)),
                )
                .optional()?;
            twins.push(match twin {
                Some((item, name)) => {
                    *behind = item;
                    given.insert(item);
                    Twin::Found(ItemId::new(name), Likeness::Equal)
                }
                None if any.exists(params![self.link.datastore.0, fingerprint])? => {
                    Twin::None(NoTwin::Paired)
                }
                None => Twin::None(NoTwin::Nothing),
            });
        }
        Ok(twins)
    }

    /// Looks for those that have no twin yet by keys.
    fn find_by(
        &self,
        keys: Keys<'_>,
        contents: &[Option<Content>],
        given: &mut HashSet<i64>,
        twins: &mut [Twin],
    ) -> Result<()> {
        for (content, twin) in contents.iter().zip(twins) {
            let (Some(content), Twin::None(why)) = (content, &mut *twin) else {
                continue;
            };
            let Ok(parent) = self.parent_of(content)? else {
                continue;
            };
            for (way, key) in keys(&content.media_type, &content.data) {
                match self.by_key(way, &key, parent, given)? {
                    Ok((item, name)) => {
                        given.insert(item);
                        *twin = Twin::Found(ItemId::new(name), way.likeness());
                        break;
                    }
                    Err(NoTwin::Several) => *why = NoTwin::Several,
                    Err(other) if *why == NoTwin::Nothing => *why = other,
                    Err(_) => {}
                }
            }
        }
        Ok(())
    }

    /// The item with a key, where it is the only one without a pairing, or where any will do.
    fn by_key(
        &self,
        way: Way,
        key: &[u8],
        parent: Option<i64>,
        given: &HashSet<i64>,
    ) -> Result<std::result::Result<(i64, String), NoTwin>> {
        let mut statement = self.c.prepare_cached(query::ALIKE)?;
        // Any item will do that says the same: there is one behind those that are given away.
        let most = match way {
            Way::Shown => given.len() + 1,
            _ => MOST,
        };
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![self.link.id, way as i64, key, most])?;
        let (mut found, mut is_paired) = (None, false);
        while let Some(row) = rows.next()? {
            let (item, paired): (i64, bool) = (row.get(0)?, row.get(2)?);
            if let Some(parent) = parent
                && self.stands_under(item)? != parent
            {
                continue;
            }
            if paired || given.contains(&item) {
                is_paired = true;
            } else if found.is_some() {
                return Ok(Err(NoTwin::Several));
            } else {
                found = Some((item, row.get(1)?));
                if way == Way::Shown {
                    break;
                }
            }
        }
        let why = if is_paired {
            NoTwin::Paired
        } else {
            NoTwin::Nothing
        };
        Ok(found.ok_or(why))
    }

    /// Makes the keys of items that have none yet.
    fn look(
        &self,
        way: Way,
        wants: &dyn Fn(&str) -> bool,
        keys: Keys<'_>,
        read: Read<'_>,
    ) -> Result<()> {
        let column = if way == Way::Shown {
            "shown_up_to"
        } else {
            "alike_up_to"
        };
        let mut seen: i64 = self
            .c
            .prepare_cached(&format!("SELECT {column} FROM link WHERE id = ?1"))?
            .query_row([self.link.id], |row| row.get(0))?;
        let upper = super::item::last_revision(self.c)?;
        if seen >= upper {
            return Ok(());
        }
        let mut statement = self.c.prepare_cached(query::UNPAIRED_SINCE)?;
        let mut insert = self.c.prepare_cached(
            "INSERT OR REPLACE INTO twin (link, way, key, item, revision) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        loop {
            let rows = statement.query_map(
                params![self.link.id, self.link.datastore.0, seen, BATCH],
                |row| {
                    let (item, name): (i64, String) = (row.get(0)?, row.get(1)?);
                    let (revision, media_type): (i64, String) = (row.get(2)?, row.get(3)?);
                    Ok((item, name, revision, media_type))
                },
            )?;
            let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
            let Some((.., last, _)) = rows.last() else {
                break;
            };
            seen = *last;
            for (item, name, revision, media_type) in rows {
                if !wants(&media_type) {
                    continue;
                }
                let Some(data) = read(item, &name)? else {
                    continue;
                };
                for (way, key) in keys(&media_type, &data) {
                    insert.execute(params![self.link.id, way as i64, key, item, revision])?;
                }
            }
        }
        self.c
            .prepare_cached(&format!("UPDATE link SET {column} = ?2 WHERE id = ?1"))?
            .execute(params![self.link.id, upper])?;
        Ok(())
    }

    /// Forgets all keys.
    pub(super) fn drop_twins(&self) -> Result<()> {
        let looked = self
            .c
            .prepare_cached(
                "UPDATE link SET shown_up_to = 0, alike_up_to = 0
                 WHERE id = ?1 AND (shown_up_to > 0 OR alike_up_to > 0)",
            )?
            .execute([self.link.id])?;
        if looked > 0 {
            self.c
                .prepare_cached("DELETE FROM twin WHERE link = ?1")?
                .execute([self.link.id])?;
        }
        Ok(())
    }
}

impl Way {
    fn likeness(self) -> Likeness {
        match self {
            Self::Shown => Likeness::Shown,
            Self::Uid => Likeness::SameUid,
            Self::Normalized => Likeness::Normalized,
            Self::Alike => Likeness::Alike,
        }
    }
}

fn shown_keys(view: &View, media_type: &str, data: &Bytes) -> Vec<(Way, Vec<u8>)> {
    let shown = view.show(media_type, data);
    let shown = shown.into_iter();
    shown
        .flat_map(|shown| theirs_as_shown(&shown.media_type, &shown.data))
        .collect()
}

/// The key of what the peer itself has.
fn theirs_as_shown(media_type: &str, data: &Bytes) -> Vec<(Way, Vec<u8>)> {
    vec![(Way::Shown, fingerprint::of(media_type, data).to_vec())]
}

fn alike_keys(media_type: &str, data: &Bytes) -> Vec<(Way, Vec<u8>)> {
    let uid = fingerprint::uid(media_type, data).map(|uid| (Way::Uid, uid.into_bytes()));
    let normalized = fingerprint::normalized(media_type, data).to_vec();
    let object = ds_objects::parse(media_type, data).ok();
    let alike = object.and_then(|object| compare::key(&object, Relevance::SlowSync));
    let alike = alike.map(|alike| (Way::Alike, alike.to_vec()));
    uid.into_iter()
        .chain([(Way::Normalized, normalized)])
        .chain(alike)
        .collect()
}

//! The books behind a link: everything a store does that does not touch what an item carries.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use ds_protocol::{
    Anchors, Change, ChangeKind, ChangePage, Confirmed, Content, Cursor, ItemId, Key, Known,
    KnownState, Large, Link, MapPair, Opened, Outcome, Revision, Scope, SyncType,
};
use rusqlite::{Connection, params};
use syncml_repr::StatusCode;

use super::body;
use super::item::{DatastoreId, Item, last_revision};
use super::pairing::{LinkRow, Pairing};
use super::query;
use super::trouble::{Result, Trouble};
use super::view::View;

/// Rows of a list read at a time.
const BATCH: u32 = 100;

/// One link in one step of the database.
pub(super) struct Ledger<'c> {
    pub(super) c: &'c Connection,
    pub(super) link: LinkRow,
}

/// An item that differs, before its content is fetched.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) item: i64,
    pub(super) name: String,
    pub(super) revision: i64,
    kind: ChangeKind,
    pub(super) media_type: String,
    size: u64,
    remote: Option<String>,
}

impl<'c> Ledger<'c> {
    pub(super) fn new(c: &'c Connection, link: &Link, datastore: DatastoreId) -> Result<Self> {
        Ok(Self {
            c,
            link: LinkRow::of(c, link, datastore)?,
        })
    }

    pub(super) fn open(&self) -> Result<Opened> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        // Where the clock stands still or goes back, the anchor goes on by one: no two sessions share one.
        let next: i64 = self
            .c
            .prepare_cached(
                "UPDATE link SET next = max(next + 1, ?2) WHERE id = ?1 RETURNING next",
            )?
            .query_row(
                params![self.link.id, i64::try_from(now).unwrap_or(0)],
                |row| row.get(0),
            )?;
        let (last, concluded, unfinished) = self
            .c
            .prepare_cached(
                "SELECT last_local, last_remote, concluded_local, concluded_remote, unfinished FROM link WHERE id = ?1",
            )?
            .query_row([self.link.id], |row| {
                let anchors = |at| -> rusqlite::Result<_> {
                    let (local, remote): (Option<String>, Option<String>) =
                        (row.get(at)?, row.get(at + 1)?);
                    Ok(local.zip(remote).map(|(local, remote)| Anchors::new(local, remote)))
                };
                Ok((anchors(0)?, anchors(2)?, row.get::<_, Option<String>>(4)?))
            })?;
        let unfinished = SyncType::ALL
            .into_iter()
            .find(|sync_type| unfinished.as_deref() == Some(sync_type.name()));
        Ok(Opened::new(last, iso_8601_basic(next))
            .with_unfinished(unfinished)
            .with_concluded(concluded)
            .with_partial(self.partial()?))
    }

    pub(super) fn begin(&self, sync_type: SyncType, resumed: bool) -> Result<()> {
        if sync_type.is_afresh() && !resumed {
            self.link.forget(self.c)?;
        }
        if !resumed {
            self.drop_stage()?;
        }
        self.drop_twins()?;
        self.c
            .prepare_cached(
                "UPDATE link SET unfinished = ?2, concluded_local = iif(?3, concluded_local, NULL),
                    concluded_remote = iif(?3, concluded_remote, NULL) WHERE id = ?1",
            )?
            .execute(params![self.link.id, sync_type.name(), resumed])?;
        Ok(())
    }

    pub(super) fn conclude(&self, anchors: &Anchors) -> Result<()> {
        let (local, remote): (&str, &str) = (&anchors.local, &anchors.remote);
        self.c
            .prepare_cached(
                "UPDATE link SET concluded_local = ?2, concluded_remote = ?3 WHERE id = ?1",
            )?
            .execute(params![self.link.id, local, remote])?;
        Ok(())
    }

    pub(super) fn commit(&self, anchors: &Anchors) -> Result<()> {
        let (local, remote): (&str, &str) = (&anchors.local, &anchors.remote);
        self.c
            .prepare_cached(
                "UPDATE link SET last_local = ?2, last_remote = ?3, unfinished = NULL, concluded_local = NULL,
                    concluded_remote = NULL WHERE id = ?1",
            )?
            .execute(params![self.link.id, local, remote])?;
        self.drop_stage()?;
        self.drop_shown()?;
        self.drop_twins()?;
        body::forget_bases(self.c, self.link.id)?;
        self.link.raise_cutoff(self.c)?;
        self.link.datastore.forget_deleted(self.c)?;
        Ok(())
    }

    /// A page of changes, as the peer is shown them. `content` fetches what an item carries; none: it has changed since,
    /// and belongs to the next list.
    pub(super) fn list_changes(
        &self,
        scope: &Scope,
        view: Option<&View>,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
        mut content: impl FnMut(&Candidate) -> Result<Option<Bytes>>,
    ) -> Result<ChangePage> {
        let (upper, mut at, total) = match after.map(parse_cursor).transpose()? {
            Some((upper, at)) => (upper, at, None),
            None => {
                self.raise_limit(scope.max_size)?;
                self.note_view(view)?;
                let upper = last_revision(self.c)?;
                let cutoff = self.link.newest_cutoff(self.c)?;
                let total = self.count(cutoff, upper, scope)?;
                (upper, At::top(cutoff), Some(total))
            }
        };
        let mut page = ChangePage::new(Vec::new(), false, total);
        let mut rest = budget;
        let has_places = self.link.datastore.has_places(self.c)?;
        loop {
            let most = limit.saturating_add(1).min(BATCH);
            let batch = self.candidates(at, upper, most, has_places)?;
            if batch.is_empty() {
                // What has others below it comes before them.
                match self.link.datastore.next_level(self.c, at.level)? {
                    Some(level) if has_places => {
                        let revision = self.link.newest_cutoff(self.c)?;
                        at = At { level, revision };
                        continue;
                    }
                    _ => return Ok(page),
                }
            }
            for candidate in batch {
                at.revision = candidate.revision;
                let view = view.filter(|view| {
                    candidate.kind != ChangeKind::Delete && !view.leaves(&candidate.media_type)
                });
                let shown = match view {
                    None => None,
                    // Only what the peer is shown tells how large it is.
                    Some(view) => match content(&candidate)? {
                        None => continue,
                        Some(whole) => match self.show(view, &candidate, &whole)? {
                            None => continue,
                            shown => shown,
                        },
                    },
                };
                let size = shown.as_ref().map(|shown| shown.data.len() as u64);
                let size = size.unwrap_or(candidate.size);
                let full = page.changes.len() as u64 >= u64::from(limit);
                if full || (size > rest && !page.changes.is_empty()) {
                    page.more = true;
                    return Ok(page);
                }
                let media_type = match &shown {
                    Some(shown) => shown.media_type.clone(),
                    None => candidate.media_type.as_str().into(),
                };
                let mut large = None;
                let content = if candidate.kind == ChangeKind::Delete {
                    None
                } else if size > rest {
                    large = Some(Large::new(media_type, size));
                    None
                } else {
                    let data = match shown {
                        Some(shown) => Some(shown.data),
                        None => content(&candidate)?,
                    };
                    let Some(data) = data else { continue };
                    rest = rest.saturating_sub(data.len() as u64);
                    Some(Content::new(media_type, data))
                };
                let mut change = Change::new(
                    at.cursor(upper),
                    candidate.kind,
                    ItemId::new(candidate.name),
                    revision(at.revision),
                )
                .with_remote(candidate.remote.map(ItemId::new))
                .with_content(content)
                .with_large(large);
                if has_places {
                    change = self.with_place(change, candidate.item)?;
                }
                page.changes.push(change);
            }
        }
    }

    fn candidates(
        &self,
        At { level, revision }: At,
        upper: i64,
        limit: u32,
        has_places: bool,
    ) -> Result<Vec<Candidate>> {
        let (link, datastore) = (self.link.id, self.link.datastore.0);
        let mut statement = self.c.prepare_cached(match (has_places, level) {
            (false, _) => query::CANDIDATES,
            (true, 0) => query::CANDIDATES_AT_TOP,
            (true, _) => query::CANDIDATES_AT_LEVEL,
        })?;
        let known = params![link, datastore, revision, upper, limit, level];
        let known = &known[..statement.parameter_count()];
        let rows = statement.query_map(known, |row| {
            Ok(Candidate {
                item: row.get(0)?,
                name: row.get(1)?,
                revision: row.get(2)?,
                media_type: row.get(3)?,
                size: u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
                remote: row.get(5)?,
                kind: match row.get::<_, i64>(6)? {
                    0 => ChangeKind::Add,
                    1 => ChangeKind::Replace,
                    _ => ChangeKind::Delete,
                },
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn count(&self, cutoff: i64, upper: i64, scope: &Scope) -> Result<u64> {
        let link = &self.link;
        let max_size = scope.max_size.map_or(Ok(i64::MAX), i64::try_from);
        let max_size = max_size.unwrap_or(i64::MAX);
        let count: i64 = self.c.prepare_cached(query::COUNT)?.query_row(
            params![link.id, link.datastore.0, cutoff, upper, max_size],
            |row| row.get(0),
        )?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// An item that is there.
    pub(super) fn alive(&self, local: &ItemId) -> Result<Option<Item>> {
        let item = self.link.datastore.item(self.c, local.as_str())?;
        Ok(item.filter(|item| !item.deleted))
    }

    /// The state that is named of an item, if that is its newest.
    pub(super) fn at_revision(&self, local: &ItemId, wanted: Revision) -> Result<Option<Item>> {
        let item = self.alive(local)?;
        Ok(item.filter(|item| revision(item.revision) == wanted))
    }

    pub(super) fn resolve(&self, keys: &[Key]) -> Result<Vec<Option<Known>>> {
        keys.iter().map(|key| self.known(key)).collect()
    }

    fn known(&self, key: &Key) -> Result<Option<Known>> {
        let name = match key {
            Key::Local(local) => local.as_str().to_owned(),
            Key::Remote(remote) => match self.link.by_remote(self.c, remote.as_str())? {
                Some((name, _)) => name,
                None => return Ok(None),
            },
        };
        let Some(item) = self.link.datastore.item(self.c, &name)? else {
            return Ok(None);
        };
        let state = match self.link.pairing(self.c, item.id)? {
            // Gone on both sides.
            None if item.deleted => return Ok(None),
            None => KnownState::Changed,
            Some(_) if item.deleted => KnownState::Deleted,
            Some(pairing) if pairing.revision < item.revision => KnownState::Changed,
            Some(_) => KnownState::Unchanged,
        };
        let known = Known::new(ItemId::new(name), state);
        Ok(Some(known.with_revision(revision(item.revision))))
    }

    pub(super) fn pair(&self, local: ItemId, remote: &ItemId, owes_map: bool) -> Result<Outcome> {
        let Some(item) = self.alive(&local)? else {
            return Ok(Outcome::Refused(StatusCode::NOT_FOUND));
        };
        self.pair_new(item.id, item.revision, remote.as_str(), owes_map)?;
        // What it has of it may be no more than it can hold.
        let view = self.view_of(self.noted_view()?.as_deref())?;
        if let Some(view) = view.filter(|view| !view.is_wanted()) {
            self.settle_view(item.id, Some(&view))?;
        }
        Ok(Outcome::Done(local))
    }

    pub(super) fn unpair(&self, local: ItemId) -> Result<Outcome> {
        if let Some(item) = self.link.datastore.item(self.c, local.as_str())? {
            self.link.unpair(self.c, item.id)?;
        }
        Ok(Outcome::Done(local))
    }

    /// The peer has this revision of an item; the rest of its row stays.
    pub(super) fn put_in_step(&self, item: i64, revision: i64) -> Result<()> {
        self.put_at(item, revision, revision)
    }

    /// The peer has an older revision of an item than any; the rest of its row stays.
    pub(super) fn put_behind(&self, item: i64, newest: i64) -> Result<()> {
        self.put_at(item, newest, 0)
    }

    /// The peer has the revision of an item that it had.
    pub(super) fn put_as_it_was(&self, item: i64, newest: i64) -> Result<()> {
        let known = self.link.pairing(self.c, item)?.unwrap_or_default();
        self.put_at(item, newest, known.revision)
    }

    fn put_at(&self, item: i64, newest: i64, revision: i64) -> Result<()> {
        let pairing = Pairing {
            revision,
            soft_deleted: false,
            ..self.link.pairing(self.c, item)?.unwrap_or_default()
        };
        Ok(self.link.pair(self.c, item, newest, &pairing)?)
    }

    /// The peer has removed its copy of an item and wants none.
    pub(super) fn soft_delete(&self, local: ItemId) -> Result<Outcome> {
        let Some(item) = self.alive(&local)? else {
            // Gone on both sides.
            return self.unpair(local);
        };
        let pairing = Pairing {
            revision: item.revision,
            soft_deleted: true,
            ..self.link.pairing(self.c, item.id)?.unwrap_or_default()
        };
        self.link.pair(self.c, item.id, item.revision, &pairing)?;
        Ok(Outcome::Done(local))
    }

    /// Notes that an item without a pairing is the peer's `remote`.
    pub(super) fn pair_new(
        &self,
        item: i64,
        revision: i64,
        remote: &str,
        owes_map: bool,
    ) -> Result<()> {
        let pairing = Pairing {
            remote: Some(remote.to_owned()),
            revision,
            owes_map,
            ..Pairing::default()
        };
        Ok(self.link.pair(self.c, item, revision, &pairing)?)
    }

    /// The item of an Add that was carried out before, by a session that was cut and restored: the peer's id
    /// has an item in step, with the content that `is_same` looks for.
    pub(super) fn added_before(
        &self,
        remote: &ItemId,
        content: &Content,
        owes_map: bool,
        is_same: impl FnOnce(i64, &str) -> Result<bool>,
    ) -> Result<Option<Outcome>> {
        let Some((name, _)) = self.link.by_remote(self.c, remote.as_str())? else {
            return Ok(None);
        };
        let Some(item) = self.link.datastore.item(self.c, &name)? else {
            return Ok(None);
        };
        if item.deleted
            || item.media_type != *content.media_type
            || !self.link.is_in_step(self.c, &item)?
            || !is_same(item.id, &name)?
        {
            return Ok(None);
        }
        let pairing = self.link.pairing(self.c, item.id)?.unwrap_or_default();
        if pairing.soft_deleted || owes_map && !pairing.owes_map {
            let pairing = Pairing {
                owes_map: owes_map || pairing.owes_map,
                soft_deleted: false,
                ..pairing
            };
            self.link.pair(self.c, item.id, item.revision, &pairing)?;
        }
        Ok(Some(Outcome::Done(ItemId::new(name))))
    }

    pub(super) fn confirm(&self, confirmed: &[Confirmed]) -> Result<()> {
        let fields = self.noted_view()?;
        for Confirmed {
            kind,
            local,
            revision: Revision(revision),
            awaits_map,
            temporary,
            ..
        } in confirmed
        {
            let Some(item) = self.link.datastore.item(self.c, local.as_str())? else {
                continue;
            };
            let sent = i64::try_from(*revision).unwrap_or(i64::MAX);
            let pairing = self.link.pairing(self.c, item.id)?;
            if *kind == ChangeKind::Delete {
                // The peer may have got a newer state since.
                if pairing.is_some_and(|pairing| pairing.revision <= sent) {
                    self.link.unpair(self.c, item.id)?;
                }
                continue;
            }
            let pairing = pairing.unwrap_or_default();
            let awaits_map = *awaits_map && pairing.remote.is_none();
            let temporary = temporary.as_ref().map(|id| id.as_str().to_owned());
            let is_newest = sent >= pairing.revision;
            let pairing = Pairing {
                revision: pairing.revision.max(sent),
                fields: if is_newest {
                    fields.clone()
                } else {
                    pairing.fields
                },
                awaits_map,
                temporary: temporary.or(pairing.temporary).filter(|_| awaits_map),
                ..pairing
            };
            self.link.pair(self.c, item.id, item.revision, &pairing)?;
        }
        Ok(())
    }

    pub(super) fn list_maps(&self, after: Option<&ItemId>, limit: u32) -> Result<Vec<MapPair>> {
        let behind = match after {
            None => i64::MIN,
            // A name that is gone ends the list; what is owed still comes with the next session.
            Some(after) => {
                let item = self.link.datastore.item(self.c, after.as_str())?;
                item.map_or(i64::MAX, |item| item.id)
            }
        };
        let mut statement = self.c.prepare_cached(query::OWED)?;
        let rows = statement.query_map(params![self.link.id, behind, limit], |row| {
            Ok(MapPair::new(
                ItemId::new(row.get::<_, String>(0)?),
                ItemId::new(row.get::<_, String>(1)?),
            ))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn save_map(&self, pairs: &[MapPair]) -> Result<()> {
        for MapPair { local, remote, .. } in pairs {
            let named = self.link.by_temporary(self.c, local.as_str())?;
            let (item, newest) = match named {
                // Of an older state than any: the cutoff is looked at.
                Some(item) => (item, 0),
                None => match self.link.datastore.item(self.c, local.as_str())? {
                    Some(item) => (item.id, item.revision),
                    None => continue,
                },
            };
            let pairing = self.link.pairing(self.c, item)?;
            if pairing.is_none() && self.link.by_remote(self.c, remote.as_str())?.is_some() {
                // The Map comes again, and what it names has been paired anew since.
                continue;
            }
            // Without a row the peer has some state of it, nobody confirmed which: what is here follows.
            let pairing = Pairing {
                remote: Some(remote.as_str().to_owned()),
                awaits_map: false,
                temporary: None,
                ..match pairing {
                    Some(pairing) => pairing,
                    None => Pairing {
                        fields: self.noted_view()?,
                        ..Pairing::default()
                    },
                }
            };
            self.link.pair(self.c, item, newest, &pairing)?;
        }
        Ok(())
    }

    pub(super) fn confirm_maps(&self, pairs: &[MapPair]) -> Result<()> {
        let mut statement = self.c.prepare_cached(
            "UPDATE pairing SET owes_map = 0, remote = NULL
             WHERE link = ?1 AND owes_map = 1 AND remote = ?3
                AND item = (SELECT id FROM item WHERE datastore = ?2 AND name = ?4)",
        )?;
        for MapPair { local, remote, .. } in pairs {
            statement.execute(params![
                self.link.id,
                self.link.datastore.0,
                remote.as_str(),
                local.as_str()
            ])?;
        }
        Ok(())
    }
}

pub(super) fn revision(number: i64) -> Revision {
    Revision(u64::try_from(number).unwrap_or(0))
}

/// Place in a list: how many items are above it, and its revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At {
    pub(super) level: i64,
    pub(super) revision: i64,
}

impl At {
    pub(super) fn top(revision: i64) -> Self {
        Self { level: 0, revision }
    }

    pub(super) fn cursor(self, upper: i64) -> Cursor {
        let Self { level, revision } = self;
        Cursor(match level {
            0 => format!("{upper}:{revision}").into(),
            _ => format!("{upper}:{revision}:{level}").into(),
        })
    }
}

/// Upper bound of a list, and place in it.
pub(super) fn parse_cursor(cursor: &Cursor) -> Result<(i64, At)> {
    let parse = || {
        let mut numbers = cursor.0.split(':').map(str::parse);
        let (upper, revision) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
        let level = numbers.next().unwrap_or(Ok(0)).ok()?;
        (numbers.next().is_none()).then_some((upper, At { level, revision }))
    };
    parse().ok_or_else(|| Trouble::Foreign(format!("not a cursor of this store: {}", cursor.0)))
}

/// `YYYYMMDDThhmmssZ` of seconds since 1970.
fn iso_8601_basic(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days since 0000-03-01, in eras of 400 years: leap days come last in a year that begins in March.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_are_dates() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_399, "20000228T235959Z"),
            (951_782_400, "20000229T000000Z"),
            (951_868_800, "20000301T000000Z"),
            (1_735_689_599, "20241231T235959Z"),
            (1_795_255_319, "20261121T100159Z"),
            (4_107_542_400, "21000301T000000Z"),
        ] {
            assert_eq!(iso_8601_basic(seconds), text);
        }
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for text in [
            "",
            "7",
            "7:",
            "a:b",
            "1:2:c",
            "1:2:3:4",
            "99999999999999999999:1",
        ] {
            assert!(parse_cursor(&Cursor(text.into())).is_err(), "{text}");
        }
        for (text, at) in [
            ("12:7", At::top(7)),
            (
                "12:7:3",
                At {
                    level: 3,
                    revision: 7,
                },
            ),
        ] {
            assert_eq!(parse_cursor(&Cursor(text.into())).unwrap(), (12, at));
            assert_eq!(at.cursor(12).0, text);
        }
    }
}

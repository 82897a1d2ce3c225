//! Items that stand under others.
//!
//! Nothing is kept of a datastore in which nothing ever stood under anything, and nothing is looked up but whether that
//! is so. Else `place` has a row for each item that stands under another, was moved, or was deleted.

use ds_protocol::{Change, ChangeKind, Content, ItemId, Moved, Outcome, Parent, Place};
use rusqlite::{Connection, OptionalExtension, params};
use syncml_repr::StatusCode;

use super::item::{DatastoreId, Item, next_revision};
use super::ledger::Ledger;
use super::pairing::Pairing;
use super::query;
use super::trouble::Result;

/// The level of what is deleted: behind every other, in the order in which it went.
const DELETED: i64 = 1 << 40;

/// That of what is gone for a peer alone, less the level of the item.
pub(super) const GONE: i64 = 1 << 41;

/// Whether a level is one of what is gone for a peer alone.
pub(super) fn is_gone(level: i64) -> bool {
    level > DELETED
}

/// The place of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Standing {
    parent: Option<i64>,
    level: i64,
    /// The revision that brought the place.
    moved: i64,
    /// The revision that brought the rest.
    written: i64,
}

/// Nothing is there to stand under.
pub(super) struct NoPlace;

/// A place that an item may have: the row number and level of what is above it, or the top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot(Option<(i64, i64)>);

impl Spot {
    pub(super) const TOP: Self = Self(None);

    fn parent(self) -> Option<i64> {
        self.0.map(|(parent, _)| parent)
    }

    fn level(self) -> i64 {
        self.0.map_or(0, |(_, level)| level + 1)
    }
}

impl DatastoreId {
    /// Whether the order of things matters.
    pub(super) fn has_places(self, c: &Connection) -> rusqlite::Result<bool> {
        c.prepare_cached(query::HAS_PLACES)?.exists([self.0])
    }

    /// The level behind one.
    pub(super) fn next_level(self, c: &Connection, level: i64) -> rusqlite::Result<Option<i64>> {
        c.prepare_cached(query::NEXT_LEVEL)?
            .query_row(params![self.0, level], |row| row.get(0))
    }

    /// The level behind one, where what is gone for a peer alone comes behind all else, from below.
    pub(super) fn next_filtered_level(
        self,
        c: &Connection,
        level: i64,
    ) -> rusqlite::Result<Option<i64>> {
        let before = match is_gone(level) {
            false => match self.next_level(c, level)? {
                Some(next) => return Ok(Some(next)),
                None => DELETED,
            },
            true if level == GONE => return Ok(None),
            true => GONE - level,
        };
        let before: Option<i64> = c
            .prepare_cached(query::LEVEL_BEFORE)?
            .query_row(params![self.0, before], |row| row.get(0))?;
        Ok(Some(GONE - before.unwrap_or(0)))
    }

    /// The place that is meant, for an item or a new one; none: it may not stand there, or nothing is said.
    pub(super) fn spot(
        self,
        c: &Connection,
        item: Option<i64>,
        place: &Place,
    ) -> rusqlite::Result<Option<Spot>> {
        let Some(parent) = place.parent() else {
            return Ok(Some(Spot(None)));
        };
        let above = self.item(c, parent.as_str())?;
        let Some(above) = above.filter(|above| !above.deleted) else {
            return Ok(None);
        };
        let level = standing(c, above.id)?.unwrap_or_default().level;
        let mut next = Some(above.id);
        while let Some(above) = next {
            if Some(above) == item {
                return Ok(None);
            }
            next = standing(c, above)?.and_then(|standing| standing.parent);
        }
        Ok(Some(Spot(Some((above.id, level)))))
    }

    /// Puts an item there, and what is below it along with it.
    pub(super) fn stand(
        self,
        c: &Connection,
        item: i64,
        revision: i64,
        spot: Spot,
    ) -> rusqlite::Result<()> {
        if spot.0.is_none() && standing(c, item)?.is_none() {
            return Ok(());
        }
        c.prepare_cached(
            "INSERT INTO place (item, datastore, parent, level, revision, moved, written)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?5)
             ON CONFLICT (item) DO UPDATE SET parent = excluded.parent, level = excluded.level,
                revision = excluded.revision, moved = excluded.moved",
        )?
        .execute(params![item, self.0, spot.parent(), spot.level(), revision])?;
        let mut levels = vec![(item, spot.level())];
        while let Some((above, level)) = levels.pop() {
            for child in children(c, above)? {
                c.prepare_cached("UPDATE place SET level = ?2 WHERE item = ?1")?
                    .execute(params![child, level + 1])?;
                levels.push((child, level + 1));
            }
        }
        Ok(())
    }

    /// Notes that an item has a new content.
    pub(super) fn note_written(
        self,
        c: &Connection,
        item: i64,
        revision: i64,
    ) -> rusqlite::Result<()> {
        c.prepare_cached(
            "UPDATE place SET revision = ?2, written = ?2, level = iif(level = ?3, 0, level),
                moved = iif(level = ?3, ?2, moved) WHERE item = ?1",
        )?
        .execute(params![item, revision, DELETED])?;
        Ok(())
    }

    /// Notes that an item is deleted.
    pub(super) fn note_buried(
        self,
        c: &Connection,
        item: i64,
        revision: i64,
    ) -> rusqlite::Result<()> {
        if self.has_places(c)? {
            c.prepare_cached(
                "INSERT OR REPLACE INTO place (item, datastore, parent, level, revision, moved, written)
                 VALUES (?1, ?2, NULL, ?4, ?3, ?3, ?3)",
            )?
            .execute(params![item, self.0, revision, DELETED])?;
        }
        Ok(())
    }

    /// Gives an item its next state, with the content it has.
    fn touch(self, c: &Connection, item: i64) -> rusqlite::Result<i64> {
        let revision = next_revision(c)?;
        c.prepare_cached("UPDATE item SET revision = ?2 WHERE id = ?1")?
            .execute(params![item, revision])?;
        Ok(revision)
    }

    /// Puts an item where it is to stand, if that is elsewhere: with the state that was given it just now, or with another
    /// one, whose revision is returned.
    pub(super) fn relocate(
        self,
        c: &Connection,
        item: i64,
        fresh: Option<i64>,
        spot: Spot,
    ) -> rusqlite::Result<Option<i64>> {
        let old = standing(c, item)?.unwrap_or_default();
        if old.parent == spot.parent() {
            return Ok(None);
        }
        // Before the first move the newest state is that of the content.
        c.prepare_cached(
            "INSERT OR IGNORE INTO place (item, datastore, parent, level, revision, moved, written)
             SELECT id, datastore, NULL, 0, revision, revision, revision FROM item WHERE id = ?1",
        )?
        .execute([item])?;
        let revision = match fresh {
            Some(revision) => revision,
            None => self.touch(c, item)?,
        };
        self.stand(c, item, revision, spot)?;
        Ok(Some(revision))
    }
}

fn standing(c: &Connection, item: i64) -> rusqlite::Result<Option<Standing>> {
    c.prepare_cached("SELECT parent, level, moved, written FROM place WHERE item = ?1")?
        .query_row([item], |row| {
            Ok(Standing {
                parent: row.get(0)?,
                level: row.get(1)?,
                moved: row.get(2)?,
                written: row.get(3)?,
            })
        })
        .optional()
}

/// Items directly below one.
pub(super) fn children(c: &Connection, item: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = c.prepare_cached(query::CHILDREN)?;
    let children = statement.query_map([item], |row| row.get(0))?;
    children.collect()
}

/// Names of an item and everything below it, each behind what is below it.
pub(super) fn all_below(c: &Connection, item: &Item, name: &str) -> rusqlite::Result<Vec<ItemId>> {
    let mut all = vec![(item.id, ItemId::new(name.to_owned()))];
    let mut next = 0;
    while let Some((above, _)) = all.get(next) {
        for child in children(c, *above)? {
            all.push((child, name_of(c, child)?));
        }
        next += 1;
    }
    Ok(all.into_iter().rev().map(|(_, name)| name).collect())
}

fn name_of(c: &Connection, item: i64) -> rusqlite::Result<ItemId> {
    c.prepare_cached("SELECT name FROM item WHERE id = ?1")?
        .query_row([item], |row| Ok(ItemId::new(row.get::<_, String>(0)?)))
}

/// Where an item stands.
pub(super) fn place_of(c: &Connection, item: i64) -> rusqlite::Result<Place> {
    Ok(
        match standing(c, item)?.and_then(|standing| standing.parent) {
            Some(parent) => Place::under(name_of(c, parent)?),
            None => Place::Unsaid,
        },
    )
}

impl Ledger<'_> {
    /// A change with what is known of the item's place.
    pub(super) fn with_place(&self, change: Change, item: i64) -> Result<Change> {
        if change.kind == ChangeKind::Delete {
            return Ok(change);
        }
        let (parent, moved) = (self.parent(item)?, self.moved(change.kind, item)?);
        let mut change = change.with_parent(parent).with_moved(moved);
        if let (Some(content), Some(parent)) = (&mut change.content, &change.parent) {
            content.place = Place::under(parent.local.clone());
        }
        Ok(change)
    }

    /// The item above one, as the peer may know it.
    fn parent(&self, item: i64) -> Result<Option<Parent>> {
        let Some(above) = standing(self.c, item)?.and_then(|standing| standing.parent) else {
            return Ok(None);
        };
        let local = name_of(self.c, above)?;
        let pairing = self.link.pairing(self.c, above)?;
        let pairing = pairing.filter(|pairing| !pairing.soft_deleted);
        let parent = Parent::new(local.clone());
        Ok(Some(match pairing {
            None => parent,
            Some(Pairing {
                remote: Some(remote),
                ..
            }) => parent.with_remote(Some(ItemId::new(remote))),
            Some(Pairing { temporary, .. }) => {
                parent.with_sent(Some(temporary.map_or(local, ItemId::new)))
            }
        }))
    }

    /// The item that a twin of a content must stand under (0: it stands at the top; none: anywhere), unless nothing
    /// stands there.
    pub(super) fn parent_of(
        &self,
        content: &Content,
    ) -> Result<std::result::Result<Option<i64>, NoPlace>> {
        if content.place == Place::Unsaid {
            return Ok(Ok(None));
        }
        let spot = self.link.datastore.spot(self.c, None, &content.place)?;
        Ok(match spot {
            Some(spot) => Ok(Some(spot.parent().unwrap_or(0))),
            None => Err(NoPlace),
        })
    }

    /// The item that one stands under; 0: it stands at the top.
    pub(super) fn stands_under(&self, item: i64) -> Result<i64> {
        let standing = standing(self.c, item)?;
        Ok(standing.and_then(|standing| standing.parent).unwrap_or(0))
    }

    /// Whether an item stands elsewhere than where the peer has it.
    fn moved(&self, kind: ChangeKind, item: i64) -> Result<Moved> {
        if kind != ChangeKind::Replace {
            return Ok(Moved::No);
        }
        let known = self
            .link
            .pairing(self.c, item)?
            .unwrap_or_default()
            .revision;
        Ok(match standing(self.c, item)? {
            _ if known == 0 => Moved::Too,
            Some(standing) if standing.moved > known && standing.written <= known => Moved::Only,
            Some(standing) if standing.moved > known => Moved::Too,
            _ => Moved::No,
        })
    }

    /// Whether the peer is still to be told where an item stands.
    pub(super) fn owes_place(&self, item: i64) -> Result<bool> {
        let known = self
            .link
            .pairing(self.c, item)?
            .unwrap_or_default()
            .revision;
        Ok(match standing(self.c, item)? {
            Some(standing) => standing.moved > known,
            // It never moved, but the peer may have it in whatever state.
            None => known == 0 && self.link.datastore.has_places(self.c)?,
        })
    }

    /// Puts an item elsewhere. The peer knows, unless it lacks something else.
    pub(super) fn move_to(&self, local: ItemId, place: &Place) -> Result<Outcome> {
        let Some(item) = self.alive(&local)? else {
            return Ok(Outcome::Refused(StatusCode::NOT_FOUND));
        };
        let datastore = self.link.datastore;
        let Some(spot) = datastore.spot(self.c, Some(item.id), place)? else {
            return Ok(Outcome::Refused(StatusCode::MOVE_FAILED));
        };
        let written = match standing(self.c, item.id)? {
            Some(standing) => standing.written,
            None => item.revision,
        };
        let revision = match place {
            Place::Unsaid => None,
            _ => datastore.relocate(self.c, item.id, None, spot)?,
        };
        let pairing = self.link.pairing(self.c, item.id)?;
        if let Some(pairing) = pairing.filter(|pairing| pairing.revision >= written) {
            let revision = revision.unwrap_or(item.revision);
            let pairing = Pairing {
                revision,
                ..pairing
            };
            self.link.pair(self.c, item.id, revision, &pairing)?;
        }
        Ok(Outcome::Done(local))
    }

    /// The peer is sent an item whatever it has of it.
    pub(super) fn resend(&self, local: ItemId) -> Result<Outcome> {
        if let Some(item) = self.link.datastore.item(self.c, local.as_str())? {
            self.link.forget_state(self.c, item.id)?;
        }
        Ok(Outcome::Done(local))
    }
}

//! The books of what a peer is shown.

use bytes::Bytes;
use ds_protocol::{Field, Held, ItemId};
use rusqlite::{OptionalExtension, params};

use super::item::Item;
use super::ledger::{Candidate, Ledger, revision};
use super::peer;
use super::query;
use super::trouble::Result;
use super::view::{Shown, View};

impl Ledger<'_> {
    /// What the peer is to have of each item: what it takes, as it has said last, of no more than so many octets, and of that
    /// the properties it wants; none: everything, as it is.
    pub(super) fn view(&self, wanted: &[Field], max_size: Option<u64>) -> Result<Option<View>> {
        let (peer, remote): (String, String) = self
            .c
            .prepare_cached("SELECT peer, remote FROM link WHERE id = ?1")?
            .query_row([self.link.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let record = peer::load_peer(self.c, &peer)?;
        let view = View::of(record.dev_inf.as_ref(), &remote, wanted, max_size);
        let Some(mut view) = view else {
            return Ok(None);
        };
        if let Some(text) = view.text(wanted)? {
            view.id = Some(self.view_id(&text)?);
        }
        Ok(Some(view))
    }

    /// The name of a view; it gets one where it has none.
    fn view_id(&self, text: &str) -> Result<String> {
        let known = self
            .c
            .prepare_cached("SELECT id FROM view WHERE link = ?1 AND text = ?2")?
            .query_row(params![self.link.id, text], |row| row.get::<_, i64>(0))
            .optional()?;
        let id = match known {
            Some(id) => id,
            None => self
                .c
                .prepare_cached("INSERT INTO view (link, text) VALUES (?1, ?2)")?
                .insert(params![self.link.id, text])?,
        };
        Ok(id.to_string())
    }

    /// The view of a name, as rows of links and pairings have it.
    pub(super) fn view_of(&self, id: Option<&str>) -> Result<Option<View>> {
        let Some(id) = id else { return Ok(None) };
        if id.starts_with('[') {
            // The list of properties itself, as it was kept once.
            return View::read(id, id).map(Some);
        }
        let text: Option<String> = self
            .c
            .prepare_cached("SELECT text FROM view WHERE id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        text.map(|text| View::read(id, &text)).transpose()
    }

    /// Notes what the peer is to have from now on. What it could not have before is looked at again.
    pub(super) fn note_view(&self, view: Option<&View>) -> Result<()> {
        let id = view.and_then(|view| view.id.as_deref());
        let is_new = self
            .c
            .prepare_cached("UPDATE link SET fields = ?2 WHERE id = ?1 AND fields IS NOT ?2")?
            .execute(params![self.link.id, id])?;
        if is_new > 0 {
            self.let_go()?;
            self.c
                .prepare_cached(query::FORGET_VIEWS)?
                .execute(params![self.link.id, id])?;
        }
        self.drop_shown()
    }

    /// The view that the peer was to have last.
    pub(super) fn noted_view(&self) -> Result<Option<String>> {
        Ok(self
            .c
            .prepare_cached("SELECT fields FROM link WHERE id = ?1")?
            .query_row([self.link.id], |row| row.get(0))?)
    }

    /// Whether the peer has some item in another view.
    pub(super) fn has_others(&self, view: Option<&View>) -> Result<bool> {
        let id = view.and_then(|view| view.id.as_deref()).unwrap_or_default();
        Ok(self
            .c
            .prepare_cached(query::OTHER_VIEW)?
            .exists(params![self.link.id, id])?)
    }

    /// Notes that what an item has in another view is what it has in this one.
    pub(super) fn settle_view(&self, item: i64, view: Option<&View>) -> Result<()> {
        let id = view.and_then(|view| view.id.as_deref());
        self.c
            .prepare_cached("UPDATE pairing SET fields = ?3 WHERE link = ?1 AND item = ?2")?
            .execute(params![self.link.id, item, id])?;
        Ok(())
    }

    /// What the peer is shown of a candidate whose content is this; none: nothing, and it is held back.
    pub(super) fn show(
        &self,
        view: &View,
        candidate: &Candidate,
        whole: &Bytes,
    ) -> Result<Option<Shown>> {
        self.show_item(
            view,
            (candidate.item, &candidate.name),
            candidate.revision,
            (&candidate.media_type, whole),
        )
    }

    /// As [`show`](Self::show).
    pub(super) fn show_item(
        &self,
        view: &View,
        (item, name): (i64, &str),
        state: i64,
        (media_type, whole): (&str, &Bytes),
    ) -> Result<Option<Shown>> {
        match view.show(media_type, whole) {
            Ok(shown) => {
                self.note_fitted(item, state, &shown.ledger)?;
                Ok(Some(shown))
            }
            Err(unfit) => {
                self.note_unfit(item, state, unfit)?;
                self.hold(&[Held::new(ItemId::new(name), revision(state))])?;
                Ok(None)
            }
        }
    }

    /// Some octets of what the peer is shown of a state; none: it is shown everything. It is cut once, however many
    /// parts of it are read.
    pub(super) fn read_shown(
        &self,
        item: &Item,
        offset: u64,
        len: u32,
        whole: impl FnOnce() -> Result<Option<Bytes>>,
    ) -> Result<Option<Option<Bytes>>> {
        let view = match self.noted_view()? {
            Some(id) => self.view_of(Some(&id))?,
            None => self.view(&[], None)?,
        };
        let Some(view) = view.filter(|view| !view.leaves(&item.media_type)) else {
            return Ok(None);
        };
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let part = || -> Result<Option<Vec<u8>>> {
            Ok(self
                .c
                .prepare_cached(
                    "SELECT substr(content, ?3 + 1, ?4) FROM shown WHERE link = ?1 AND revision = ?2",
                )?
                .query_row(
                    params![self.link.id, item.revision, number(offset), len],
                    |row| row.get(0),
                )
                .optional()?)
        };
        if let Some(part) = part()? {
            return Ok(Some(Some(part.into())));
        }
        let Some(whole) = whole()? else {
            return Ok(Some(None));
        };
        let Ok(shown) = view.show(&item.media_type, &whole) else {
            return Ok(Some(None));
        };
        self.c
            .prepare_cached(
                "INSERT OR REPLACE INTO shown (link, revision, content) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![self.link.id, item.revision, &shown.data[..]])?;
        Ok(Some(part()?.map(Bytes::from)))
    }

    /// Drops what was cut for reading.
    pub(super) fn drop_shown(&self) -> Result<()> {
        self.c
            .prepare_cached("DELETE FROM shown WHERE link = ?1")?
            .execute([self.link.id])?;
        Ok(())
    }
}

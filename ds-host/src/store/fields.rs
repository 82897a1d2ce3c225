//! Which properties of each item a device is to have, and what it is shown of an item.

use std::borrow::Cow;

use bytes::Bytes;
use ds_objects::field_filter::{self, FieldFilter};
use ds_protocol::{Content, Field, Filter};
use rusqlite::{OptionalExtension, params};

use super::ledger::Ledger;
use super::trouble::{Result, Trouble};

/// A list of properties, as it is kept and as it is followed.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    /// The list as a text.
    pub(super) text: String,
    filter: FieldFilter,
}

impl Fields {
    /// The properties that a filter names; none: all.
    pub(super) fn of(filter: Option<&Filter>) -> Result<Option<Self>> {
        match filter.map(|filter| &filter.fields) {
            Some(fields) if !fields.is_empty() => {
                let text = serde_json::to_string(fields);
                let text = text.map_err(|error| Trouble::Foreign(error.to_string()))?;
                Ok(Some(Self::new(text, fields)))
            }
            _ => Ok(None),
        }
    }

    /// A list that was kept.
    pub(super) fn read(text: Option<String>) -> Result<Option<Self>> {
        let Some(text) = text else { return Ok(None) };
        let fields: Vec<Field> =
            serde_json::from_str(&text).map_err(|error| Trouble::Foreign(error.to_string()))?;
        Ok(Some(Self::new(text, &fields)))
    }

    fn new(text: String, fields: &[Field]) -> Self {
        let filter = FieldFilter::new(fields.iter().map(|field| {
            field_filter::Field::new(field.name.to_string())
                .with_max_size(field.max_size)
                .with_no_truncate(field.no_truncate)
                .with_params(field.params.iter().map(ToString::to_string))
        }));
        Self { text, filter }
    }

    /// What is shown of a content.
    pub(super) fn cut(&self, media_type: &str, data: &Bytes) -> Bytes {
        let cut = self.filter.cut(media_type, data);
        cut.map_or_else(|| data.clone(), Bytes::from)
    }
}

/// What is shown of a content, where all or some properties are.
pub(super) fn shown(fields: Option<&Fields>, media_type: &str, data: &Bytes) -> Bytes {
    fields.map_or_else(|| data.clone(), |fields| fields.cut(media_type, data))
}

/// A device's version of an item, put together with what it was not shown of ours, and whether it has what it is to have
/// of that; none: that cannot be done.
pub(super) fn merged<'a>(
    fields: Option<&Fields>,
    ours: impl FnOnce() -> Result<Option<Bytes>>,
    theirs: &'a Content,
) -> Result<Option<(Cow<'a, Content>, bool)>> {
    let whole = Some((Cow::Borrowed(theirs), true));
    let Some(Fields { filter, .. }) = fields else {
        return Ok(whole);
    };
    let media_type = &theirs.media_type;
    match ours()? {
        // Of what cannot be cut the device has everything.
        Some(ours) if filter.cut(media_type, &ours).is_some() => {
            let merged = filter.merge(media_type, &ours, &theirs.data);
            Ok(merged.map(|merged| {
                let content = Content::new(media_type.clone(), merged.data);
                (Cow::Owned(content), merged.agrees)
            }))
        }
        _ => Ok(whole),
    }
}

impl Ledger<'_> {
    /// Notes which properties the device is to have from now on.
    pub(super) fn note_fields(&self, fields: Option<&Fields>) -> Result<()> {
        self.c
            .prepare_cached("UPDATE link SET fields = ?2 WHERE id = ?1 AND fields IS NOT ?2")?
            .execute(params![self.link.id, fields.map(|fields| &fields.text)])?;
        self.drop_shown()
    }

    /// The list of properties that the device is to have, as it said last.
    pub(super) fn fields(&self) -> Result<Option<String>> {
        Ok(self
            .c
            .prepare_cached("SELECT fields FROM link WHERE id = ?1")?
            .query_row([self.link.id], |row| row.get(0))?)
    }

    /// Whether the device has some properties alone of any item.
    pub(super) fn has_cut(&self) -> Result<bool> {
        Ok(self
            .c
            .prepare_cached("SELECT 1 FROM pairing WHERE link = ?1 AND fields IS NOT NULL LIMIT 1")?
            .exists([self.link.id])?)
    }

    /// Notes that what an item has of other properties is what it has of these.
    pub(super) fn settle_fields(&self, item: i64, fields: Option<&Fields>) -> Result<()> {
        self.c
            .prepare_cached("UPDATE pairing SET fields = ?3 WHERE link = ?1 AND item = ?2")?
            .execute(params![
                self.link.id,
                item,
                fields.map(|fields| &fields.text)
            ])?;
        Ok(())
    }

    /// Some octets of what the device is shown of a state; none: it is shown everything. It is cut once, however many
    /// parts of it are read.
    pub(super) fn read_shown(
        &self,
        item: &super::item::Item,
        offset: u64,
        len: u32,
        whole: impl FnOnce() -> Result<Option<Bytes>>,
    ) -> Result<Option<Option<Bytes>>> {
        let Some(fields) = Fields::read(self.fields()?)? else {
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
        self.c
            .prepare_cached(
                "INSERT OR REPLACE INTO shown (link, revision, content) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![
                self.link.id,
                item.revision,
                &fields.cut(&item.media_type, &whole)[..]
            ])?;
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

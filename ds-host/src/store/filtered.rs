//! What a client is sent that wants a part of a datastore, or of each item.

use ds_objects::filter::{self, Expr};
use ds_protocol::{
    Change, ChangeKind, ChangePage, Content, Field, Filter, ItemId, Large, StoreFault,
};
use rusqlite::params;
use syncml_repr::StatusCode;

use super::body;
use super::ledger::{At, Ledger, revision};
use super::place;
use super::query;
use super::trouble::Result;
use super::view::{self, Shown, View};

/// Rows looked at in one go.
const BATCH: u32 = 256;

/// What a client wants to have.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Which items; none: all.
    expression: Option<Expr>,
    /// What it has beside those stays there.
    inclusive: bool,
    /// Which properties; none: all.
    fields: Vec<Field>,
}

impl Wanted {
    /// Whether the peer loses what it has and does not want.
    fn takes_back(&self) -> bool {
        self.expression.is_some() && !self.inclusive
    }

    /// What a filter says; a fault tells what is wrong with it.
    pub(super) fn of(filter: &Filter) -> std::result::Result<Self, StoreFault> {
        Ok(Self {
            expression: expression(filter)?,
            inclusive: filter.inclusive,
            fields: view::fields(Some(filter)).to_vec(),
        })
    }

    /// The properties that are wanted; none: all.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }
}

fn expression(wanted: &Filter) -> std::result::Result<Option<Expr>, StoreFault> {
    if wanted.expression.is_empty() {
        return Ok(None);
    }
    if !wanted.grammar.eq_ignore_ascii_case(Filter::CGI) {
        return Err(StoreFault::new(
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            format!("no filters of the grammar {}", wanted.grammar),
        ));
    }
    filter::parse(&wanted.expression)
        .map(Some)
        .map_err(|error| StoreFault::new(StatusCode::BAD_CGI_SCRIPT, error.to_string()))
}

/// An item of the datastore and what the peer has of it.
struct Row {
    item: i64,
    name: String,
    revision: i64,
    media_type: String,
    remote: Option<String>,
    kind: Option<ChangeKind>,
    /// The peer has some state of it.
    has: bool,
    deleted: bool,
    /// The state that the peer has is the newest.
    in_step: bool,
    /// The properties that the peer has of it.
    fields: Option<String>,
}

impl Ledger<'_> {
    /// As [`list_changes`](Ledger::list_changes), of the items alone that pass, with the properties alone that are
    /// wanted; what the peer has beside them is taken back, unless the filter is inclusive. Each item is looked at: a
    /// filter may have changed.
    pub(super) fn list_filtered(
        &self,
        (wanted, view): (&Wanted, Option<&View>),
        max_size: Option<u64>,
        after: Option<(i64, At)>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage> {
        let (upper, mut at) = match after {
            Some(after) => after,
            None => {
                // What is too large as a whole may be small enough now.
                self.raise_limit(max_size.filter(|_| wanted.fields.is_empty()))?;
                self.note_view(view)?;
                (super::item::last_revision(self.c)?, At::top(0))
            }
        };
        let mut page = ChangePage::new(Vec::new(), false, None);
        let mut rest = budget;
        let has_places = self.link.datastore.has_places(self.c)?;
        loop {
            let rows = self.rows(at, upper, has_places)?;
            if rows.is_empty() {
                // What has others below it comes before them, and is taken back behind them.
                let next = match has_places {
                    true => self.link.datastore.next_filtered_level(self.c, at.level)?,
                    false => None,
                };
                match next {
                    Some(level) if !place::is_gone(level) || wanted.takes_back() => {
                        at = At { level, revision: 0 };
                        continue;
                    }
                    _ => return Ok(page),
                }
            }
            for row in rows {
                let told = self.told(&row, wanted, view)?;
                let is_due = |soft| !has_places || soft == place::is_gone(at.level);
                let Some((kind, soft, shown)) = told.filter(|(_, soft, _)| is_due(*soft)) else {
                    at.revision = row.revision;
                    continue;
                };
                let size = shown.as_ref().map_or(0, |shown| shown.data.len() as u64);
                let full = page.changes.len() as u64 >= u64::from(limit);
                if full || (size > rest && !page.changes.is_empty()) {
                    page.more = true;
                    return Ok(page);
                }
                at.revision = row.revision;
                let (cursor, state) = (at.cursor(upper), revision(at.revision));
                let mut change = Change::new(cursor, kind, ItemId::new(row.name), state)
                    .with_remote(row.remote.map(ItemId::new))
                    .with_soft(soft);
                if has_places {
                    change = self.with_place(change, row.item)?;
                }
                page.changes.push(match shown {
                    Some(shown) if size > rest => {
                        change.with_large(Some(Large::new(shown.media_type, size)))
                    }
                    Some(shown) => {
                        rest -= size;
                        change.with_content(Some(Content::new(shown.media_type, shown.data)))
                    }
                    None => change,
                });
            }
        }
    }

    /// What the peer is to be told of an item: what has become of it, whether for the peer alone, and what it is shown.
    fn told(
        &self,
        row: &Row,
        wanted: &Wanted,
        view: Option<&View>,
    ) -> Result<Option<(ChangeKind, bool, Option<Shown>)>> {
        if row.deleted {
            return Ok(row.kind.map(|kind| (kind, false, None)));
        }
        let id = view.and_then(|view| view.id.as_deref());
        // What came from the peer, or went to it whole, it has, whether or not it says that it can hold it.
        let has_all = row.fields.is_none() && !view.is_some_and(View::is_wanted);
        let is_shown_otherwise = row.has && row.in_step && !has_all && row.fields.as_deref() != id;
        if row.kind.is_none() && !is_shown_otherwise && wanted.expression.is_none() {
            return Ok(None);
        }
        // It has changed since, and belongs to the next list.
        let Some(data) = body::read(self.c, row.item)? else {
            return Ok(None);
        };
        if let Some(expression) = &wanted.expression {
            let item = filter::Item::new(&row.media_type, &data).with_luid(row.remote.as_deref());
            if !expression.matches(&item) {
                let leaves = row.has && !wanted.inclusive;
                return Ok(leaves.then_some((ChangeKind::Delete, true, None)));
            }
        }
        let kind = match row.kind {
            Some(kind) => kind,
            None if is_shown_otherwise => ChangeKind::Replace,
            None => return Ok(None),
        };
        let whole = (row.media_type.as_str(), &data);
        let shown = match view {
            None => Some(Shown::whole(whole.0, whole.1)),
            Some(view) => self.show_item(view, (row.item, &row.name), row.revision, whole)?,
        };
        let Some(shown) = shown else {
            return Ok(None);
        };
        if row.kind.is_none() {
            let has = match self.view_of(row.fields.as_deref())? {
                None => Some(data),
                Some(has) => has.show(whole.0, whole.1).ok().map(|shown| shown.data),
            };
            if has.is_some_and(|has| has == shown.data) {
                self.settle_view(row.item, view)?;
                return Ok(None);
            }
        }
        Ok(Some((kind, false, Some(shown))))
    }

    fn rows(&self, At { level, revision }: At, upper: i64, has_places: bool) -> Result<Vec<Row>> {
        let level = match place::is_gone(level) {
            true => place::GONE - level,
            false => level,
        };
        let (link, datastore) = (self.link.id, self.link.datastore.0);
        let mut statement = self.c.prepare_cached(match (has_places, level) {
            (false, _) => query::ALL,
            (true, 0) => query::ALL_AT_TOP,
            (true, _) => query::ALL_AT_LEVEL,
        })?;
        let known = params![link, datastore, revision, upper, BATCH, level];
        let known = &known[..statement.parameter_count()];
        let rows = statement.query_map(known, |row| {
            Ok(Row {
                item: row.get(0)?,
                name: row.get(1)?,
                revision: row.get(2)?,
                media_type: row.get(3)?,
                remote: row.get(4)?,
                kind: match row.get::<_, Option<i64>>(5)? {
                    None => None,
                    Some(0) => Some(ChangeKind::Add),
                    Some(1) => Some(ChangeKind::Replace),
                    Some(_) => Some(ChangeKind::Delete),
                },
                has: row.get(6)?,
                deleted: row.get(7)?,
                in_step: row.get(8)?,
                fields: row.get(9)?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

//! What a peer has done to items, carried out in a database.

use ds_protocol::{Content, ItemId, Operation, Outcome, Place};
use rusqlite::Connection;
use syncml_repr::StatusCode;

use super::body;
use super::item::{DatastoreId, Described};
use super::ledger::Ledger;
use super::place::{self, Spot};
use super::trouble::Result;
use super::view;

pub(super) fn apply_one(ledger: &Ledger<'_>, operation: Operation) -> Result<Outcome> {
    match operation {
        Operation::Add {
            remote,
            content,
            owes_map,
        } => match ledger.unstaged(content)? {
            Some(content) => add(ledger, &remote, &content, owes_map),
            // The peer sends the object again.
            None => Ok(Outcome::Refused(StatusCode::SIZE_MISMATCH)),
        },
        Operation::Replace { local, content } => replace(ledger, local, content, true),
        Operation::Merge { local, content } => replace(ledger, local, content, false),
        Operation::Move { local, place } => ledger.move_to(local, &place),
        Operation::Resend { local } => ledger.resend(local),
        Operation::Delete { local } | Operation::Archive { local }
            if has_children(ledger, &local)? =>
        {
            Ok(Outcome::Refused(StatusCode::ITEM_NOT_EMPTY))
        }
        Operation::Delete { local } => {
            bury(ledger.c, ledger.link.datastore, &local)?;
            ledger.unpair(local)
        }
        Operation::DeleteTree { local } => {
            if let Some(item) = ledger.alive(&local)? {
                for below in place::all_below(ledger.c, &item, local.as_str())? {
                    bury(ledger.c, ledger.link.datastore, &below)?;
                    ledger.unpair(below)?;
                }
            }
            ledger.unpair(local)
        }
        Operation::SoftDelete { local } => ledger.soft_delete(local),
        Operation::Archive { local } => {
            if let Some(item) = ledger.alive(&local)? {
                body::archive(ledger.c, item.id)?;
            }
            bury(ledger.c, ledger.link.datastore, &local)?;
            ledger.unpair(local)
        }
        Operation::Copy {
            local,
            remote,
            owes_map,
        } => {
            let original = ledger.alive(&local)?;
            let content = match original {
                Some(item) => {
                    let place = place::place_of(ledger.c, item.id)?;
                    let data = body::read(ledger.c, item.id)?;
                    data.map(|data| Content::new(item.media_type, data).with_place(place))
                }
                None => None,
            };
            match content {
                Some(content) => add(ledger, &remote, &content, owes_map),
                None => Ok(Outcome::Refused(StatusCode::NOT_FOUND)),
            }
        }
        Operation::Pair {
            local,
            remote,
            owes_map,
        } => ledger.pair(local, &remote, owes_map),
        Operation::Unpair { local } => ledger.unpair(local),
        _ => Ok(Outcome::Refused(StatusCode::COMMAND_NOT_IMPLEMENTED)),
    }
}

/// Carries out operations until one is refused; then nothing was done.
pub(super) fn apply_all_or_none(
    ledger: &Ledger<'_>,
    operations: Vec<Operation>,
) -> Result<Vec<Outcome>> {
    let count = operations.len();
    ledger.c.execute_batch("SAVEPOINT atomic")?;
    let mut outcomes = Vec::with_capacity(count);
    for mut operation in operations {
        let find = |name: &ItemId| ledger.link.by_remote(ledger.c, name.as_str());
        let mut failed = None;
        let is_found = operation.find_parent(|name| match find(name) {
            Ok(found) => found.map(|(local, _)| ItemId::new(local)),
            Err(error) => {
                failed = Some(error);
                None
            }
        });
        if let Some(error) = failed {
            return Err(error.into());
        }
        let outcome = match is_found {
            true => apply_one(ledger, operation)?,
            false => Outcome::Refused(StatusCode::NOT_FOUND),
        };
        if let Outcome::Refused(_) = outcome {
            outcomes.fill(Outcome::Refused(StatusCode::ATOMIC_ROLL_BACK_OK));
            outcomes.push(outcome);
            outcomes.resize(count, Outcome::Refused(StatusCode::NOT_EXECUTED));
            ledger.c.execute_batch("ROLLBACK TO atomic")?;
            break;
        }
        outcomes.push(outcome);
    }
    ledger.c.execute_batch("RELEASE atomic")?;
    Ok(outcomes)
}

fn add(ledger: &Ledger<'_>, remote: &ItemId, content: &Content, owes_map: bool) -> Result<Outcome> {
    let (c, datastore) = (ledger.c, ledger.link.datastore);
    let Some(spot) = datastore.spot(c, None, &content.place)? else {
        return Ok(Outcome::Refused(StatusCode::NOT_FOUND));
    };
    let is_same = |item: i64, _: &str| {
        let is_there = place::place_of(c, item)?.parent() == content.place.parent();
        Ok(is_there && body::is(c, item, &content.data)?)
    };
    if let Some(done) = ledger.added_before(remote, content, owes_map, is_same)? {
        return Ok(done);
    }
    let (local, item, revision) = add_item(c, datastore, content, spot)?;
    ledger.pair_new(item, revision, remote.as_str(), owes_map)?;
    Ok(Outcome::Done(local))
}

/// Gives an item a new content, which the peer has, or is to be sent.
fn replace(ledger: &Ledger<'_>, local: ItemId, content: Content, in_step: bool) -> Result<Outcome> {
    let (c, datastore) = (ledger.c, ledger.link.datastore);
    let Some(item) = ledger.alive(&local)? else {
        return Ok(Outcome::Refused(StatusCode::NOT_FOUND));
    };
    let Some(content) = ledger.unstaged(content)? else {
        return Ok(Outcome::Refused(StatusCode::SIZE_MISMATCH));
    };
    let Some(spot) = datastore.spot(c, Some(item.id), &content.place)? else {
        return Ok(Outcome::Refused(StatusCode::MOVE_FAILED));
    };
    let place = content.place.clone();
    let pairing = ledger.link.pairing(c, item.id)?.filter(|_| in_step);
    let view = ledger.view_of(pairing.and_then(|pairing| pairing.fields).as_deref())?;
    let ours = || body::read(c, item.id);
    let restored = match in_step {
        true => view::restored(view.as_ref(), &item.media_type, ours, &content)?,
        false => Some(view::Restored::whole(&content)),
    };
    let Some(view::Restored { content, agrees }) = restored else {
        return Ok(Outcome::Refused(StatusCode::PARTIAL_ITEM_NOT_ACCEPTED));
    };
    // Where it stands is still to be told.
    let owes_place = place == Place::Unsaid && in_step && ledger.owes_place(item.id)?;
    let is_same = item.media_type == *content.media_type && body::is(c, item.id, &content.data)?;
    let written = match is_same {
        true => None,
        false => Some(write_item(c, datastore, Some(ledger.link.id), &local, &content)?.1),
    };
    let moved = match place {
        Place::Unsaid => None,
        _ => datastore.relocate(c, item.id, written, spot)?,
    };
    let revision = moved.or(written).unwrap_or(item.revision);
    match (in_step, agrees) {
        (false, _) => {}
        (true, true) if owes_place => ledger.put_as_it_was(item.id, revision)?,
        (true, true) => ledger.put_in_step(item.id, revision)?,
        // What the peer has beside that is not what it is to have: it is sent what is here.
        (true, false) => ledger.put_behind(item.id, revision)?,
    }
    Ok(Outcome::Done(local))
}

/// Adds an item; returns its id, row number and revision.
pub(super) fn add_item(
    c: &Connection,
    datastore: DatastoreId,
    content: &Content,
    spot: Spot,
) -> Result<(ItemId, i64, i64)> {
    let described = Described::new(&content.media_type, &content.data);
    let added = datastore.add(c, &described)?;
    body::write(c, added.1, &content.data)?;
    datastore.stand(c, added.1, added.2, spot)?;
    Ok(added)
}

/// Whether an item that is there has others below it.
fn has_children(ledger: &Ledger<'_>, local: &ItemId) -> Result<bool> {
    if !ledger.link.datastore.has_places(ledger.c)? {
        return Ok(false);
    }
    let item = ledger.alive(local)?;
    Ok(match item {
        Some(item) => !place::children(ledger.c, item.id)?.is_empty(),
        None => false,
    })
}

/// Gives an item a new content, which comes from the peer of a link or from here; returns its row number and revision.
pub(super) fn write_item(
    c: &Connection,
    datastore: DatastoreId,
    from: Option<i64>,
    id: &ItemId,
    content: &Content,
) -> Result<(i64, i64)> {
    body::keep_base(c, datastore, id.as_str(), from)?;
    let described = Described::new(&content.media_type, &content.data);
    let (item, revision) = datastore.write(c, id.as_str(), Some(&described))?;
    body::write(c, item, &content.data)?;
    datastore.note_written(c, item, revision)?;
    Ok((item, revision))
}

/// Makes an item a tombstone. Whether it was alive.
pub(super) fn bury(c: &Connection, datastore: DatastoreId, id: &ItemId) -> Result<bool> {
    if datastore
        .item(c, id.as_str())?
        .is_none_or(|item| item.deleted)
    {
        return Ok(false);
    }
    let (item, revision) = datastore.write(c, id.as_str(), None)?;
    datastore.note_buried(c, item, revision)?;
    body::remove(c, item)?;
    Ok(true)
}

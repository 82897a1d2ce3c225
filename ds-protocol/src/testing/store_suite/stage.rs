//! Large objects: kept part by part while they come, read part by part when they go.

use super::*;
use crate::change::Revision;
use crate::link::Partial;

rules! {
    Nothing: staged_parts_become_an_item, staged_parts_become_a_new_content, a_part_replaces_what_is_behind_it,
        the_first_part_begins_anew, a_part_of_nothing_kept_is_a_fault, staged_contents_may_be_used_twice,
        staged_contents_have_twins, nothing_staged_is_refused, a_partial_object_is_told, a_partial_object_ends_with_its_session,
        objects_of_devices_are_apart, large_items_are_read_in_parts, a_changed_item_is_not_read;
}

fn parts<S: Subject>(b: &mut Bench<S>, link: &Link, item: &ItemId, content: &Content) -> Check {
    let total = content.data.len() as u64;
    let mut offset = 0;
    for part in content.data.chunks(1_000) {
        let data = Bytes::copy_from_slice(part);
        b.store.stage_chunk(link, item, total, offset, data)?;
        offset += part.len() as u64;
    }
    Ok(())
}

fn staged() -> Content {
    Content::staged("text/vcard")
}

fn staged_parts_become_an_item<S: Subject>(b: &mut Bench<S>) -> Check {
    let photo = long_card("Photo", 20_000);
    parts(b, &link(), &remote(1), &photo)?;
    same!(b.user_reads(), vec![], "parts alone are no item");
    let local = b.done(&link(), add(&remote(1), &staged()))?;
    same!(
        b.user_reads(),
        vec![(local.clone(), photo.clone())],
        "the items"
    );
    b.commit(&link())?;
    b.reopen();
    same!(b.user_reads(), vec![(local.clone(), photo)], "after Commit");
    same!(b.seen(&link())?, vec![], "the peer has what it sent");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((local, KnownState::Unchanged)),
        "the pair"
    );
    Ok(())
}

fn staged_parts_become_a_new_content<S: Subject>(b: &mut Bench<S>) -> Check {
    let local = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let photo = long_card("Anna with a photo", 20_000);
    parts(b, &link(), &remote(1), &photo)?;
    b.done(&link(), replace(&local, &staged()))?;
    same!(b.user_reads(), vec![(local.clone(), photo)], "the items");
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "the peer has what it sent");
    Ok(())
}

fn a_part_replaces_what_is_behind_it<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, other) = (long_card("Anna", 5_000), long_card("Zoe", 9_000));
    parts(b, &link(), &remote(1), &other)?;
    // The last good part came twice, and what came behind it was another thing.
    let text = anna.data.clone();
    let total = text.len() as u64;
    b.store
        .stage_chunk(&link(), &remote(1), total, 0, text.slice(..1_500))?;
    b.store.stage_chunk(
        &link(),
        &remote(1),
        total,
        1_500,
        Bytes::from_static(b"nothing of it"),
    )?;
    b.store
        .stage_chunk(&link(), &remote(1), total, 1_000, text.slice(1_000..))?;
    b.store
        .stage_chunk(&link(), &remote(1), total, 1_000, text.slice(1_000..))?;
    let local = b.done(&link(), add(&remote(1), &staged()))?;
    same!(b.user_reads(), vec![(local, anna)], "the items");
    Ok(())
}

fn the_first_part_begins_anew<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = (long_card("Anna", 5_000), long_card("Bert", 3_000));
    parts(b, &link(), &remote(1), &anna)?;
    parts(b, &link(), &remote(2), &bert)?;
    let local = b.done(&link(), add(&remote(2), &staged()))?;
    same!(b.user_reads(), vec![(local, bert)], "the items");
    Ok(())
}

fn a_part_of_nothing_kept_is_a_fault<S: Subject>(b: &mut Bench<S>) -> Check {
    let mut part = |offset: u64, item: usize| {
        let data = Bytes::from_static(b"BEGIN:VCARD\r\n");
        b.store
            .stage_chunk(&link(), &remote(item), 1_000, offset, data)
            .is_err()
    };
    holds!(part(13, 1), "a part behind nothing was taken");
    holds!(!part(0, 1), "the first part was refused");
    holds!(part(14, 1), "a part behind a gap was taken");
    holds!(part(13, 2), "a part of another object was taken");
    holds!(!part(13, 1), "the second part was refused");
    Ok(())
}

fn staged_contents_may_be_used_twice<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = long_card("Anna", 5_000);
    parts(b, &link(), &remote(1), &anna)?;
    let local = b.done(&link(), add(&remote(1), &staged()))?;
    let again = b.done(&link(), add(&remote(1), &staged()))?;
    same!(
        again,
        local,
        "the same Add once more, by a session that was restored"
    );
    same!(b.user_reads(), vec![(local, anna)], "the items");
    Ok(())
}

fn staged_contents_have_twins<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = long_card("Anna", 5_000);
    let local = b.user_adds(&anna);
    b.store.begin(&link(), SyncType::Slow, false)?;
    parts(b, &link(), &remote(1), &anna)?;
    let twins = b.twins(&[card("Bert"), staged()])?;
    same!(twins, vec![None, Some(local)], "twins");
    Ok(())
}

fn nothing_staged_is_refused<S: Subject>(b: &mut Bench<S>) -> Check {
    let local = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let operations = vec![add(&remote(2), &staged()), replace(&local, &staged())];
    let outcomes = b.apply(&link(), operations)?;
    let is_refused = |outcome: &Outcome| matches!(outcome, Outcome::Refused(_));
    holds!(
        outcomes.iter().all(is_refused),
        "{outcomes:?}, though nothing is staged"
    );
    same!(b.user_reads(), vec![(local, card("Anna"))], "the items");
    Ok(())
}

fn a_partial_object_is_told<S: Subject>(b: &mut Bench<S>) -> Check {
    let photo = long_card("Photo", 20_000);
    same!(b.store.open(&link())?.partial, None, "before any session");
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let first = photo.data.slice(..5_000);
    b.store.stage_chunk(&link(), &remote(1), 24_000, 0, first)?;
    b.reopen();
    let partial = Some(Partial::new(remote(1), 24_000, 5_000));
    same!(
        b.store.open(&link())?.partial,
        partial,
        "after the session was cut"
    );
    b.store.begin(&link(), SyncType::TwoWay, true)?;
    let rest = photo.data.slice(5_000..);
    b.store
        .stage_chunk(&link(), &remote(1), 24_000, 5_000, rest)?;
    let local = b.done(&link(), add(&remote(1), &staged()))?;
    same!(b.user_reads(), vec![(local, photo)], "the items");
    Ok(())
}

fn a_partial_object_ends_with_its_session<S: Subject>(b: &mut Bench<S>) -> Check {
    let photo = long_card("Photo", 3_000);
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    parts(b, &link(), &remote(1), &photo)?;
    b.commit(&link())?;
    same!(b.store.open(&link())?.partial, None, "after Commit");
    for sync_type in [SyncType::TwoWay, SyncType::Slow] {
        parts(b, &link(), &remote(1), &photo)?;
        b.store.begin(&link(), sync_type, false)?;
        same!(
            b.store.open(&link())?.partial,
            None,
            "after Begin of a new session"
        );
    }
    Ok(())
}

fn objects_of_devices_are_apart<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = (long_card("Anna", 5_000), long_card("Bert", 3_000));
    parts(b, &link(), &remote(1), &anna)?;
    parts(b, &other_link(), &remote(1), &bert)?;
    let first = b.done(&link(), add(&remote(1), &staged()))?;
    let second = b.done(&other_link(), add(&remote(1), &staged()))?;
    let mut wanted = vec![(first, anna), (second, bert)];
    wanted.sort_by(|left, right| left.0.cmp(&right.0));
    same!(b.user_reads(), wanted, "the items");
    Ok(())
}

/// The one change, of an item that is larger than the page's budget.
fn large<S: Subject>(b: &mut Bench<S>) -> Result<Change, Failure> {
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let mut page = b
        .store
        .list_changes(&link(), &Scope::default(), None, 10, 1_000)?;
    match page.changes.pop() {
        Some(change) if page.changes.is_empty() => Ok(change),
        last => Err(Failure(format!(
            "one change is wanted, not {:?} and {last:?}",
            page.changes
        ))),
    }
}

fn large_items_are_read_in_parts<S: Subject>(b: &mut Bench<S>) -> Check {
    let photo = long_card("Photo", 20_000);
    let size = photo.data.len() as u64;
    b.user_adds(&photo);
    let change = large(b)?;
    same!(
        change.content,
        None,
        "what is larger than the budget is not in the page"
    );
    let told = change.large.map(|large| (large.media_type, large.size));
    same!(
        told,
        Some((photo.media_type.clone(), size)),
        "what is told of it"
    );
    let (local, revision) = (change.local, change.revision);
    let mut read = Vec::new();
    loop {
        let offset = read.len() as u64;
        let part = b
            .store
            .read_item(&link(), &local, revision, offset, 1_100)?;
        let Some(part) = part else {
            return Err(Failure(
                "an item that did not change could not be read".into(),
            ));
        };
        same!(
            part.len() as u64,
            1_100.min(size - offset),
            "octets of a part at {offset}"
        );
        if part.is_empty() {
            break;
        }
        read.extend_from_slice(&part);
    }
    same!(Bytes::from(read), photo.data, "the parts together");
    let whole = b.store.read_item(&link(), &local, revision, 0, u32::MAX)?;
    same!(whole, Some(photo.data), "the whole in one part");
    let beyond = b.store.read_item(&link(), &local, revision, u64::MAX, 10)?;
    same!(beyond, Some(Bytes::new()), "a part behind the end");
    Ok(())
}

fn a_changed_item_is_not_read<S: Subject>(b: &mut Bench<S>) -> Check {
    let local = b.user_adds(&long_card("Photo", 20_000));
    let change = large(b)?;
    b.user_puts(&local, &long_card("Another photo", 20_000));
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let mut read = |local: &ItemId, revision| b.store.read_item(&link(), local, revision, 0, 100);
    same!(
        read(&local, change.revision)?,
        None,
        "an item that has changed"
    );
    same!(
        read(&id("none.vcf"), change.revision)?,
        None,
        "an item that never was"
    );
    same!(
        read(&local, Revision(u64::MAX))?,
        None,
        "a state that never was"
    );
    b.user_deletes(&local);
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let read = b
        .store
        .read_item(&link(), &local, change.revision, 0, 100)?;
    same!(read, None, "an item that was deleted");
    Ok(())
}

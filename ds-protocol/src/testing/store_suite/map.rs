//! Maps: a server waits for the peer's ids, a client owes its own.

use super::*;

rules! {
    Nothing: items_awaiting_their_map_are_adds, a_map_settles_an_add, a_map_keeps_later_edits,
        deletions_wait_for_the_map, maps_of_strangers_are_ignored, a_map_replaces_an_older_one,
        a_map_takes_the_id_from_another_item, a_map_out_of_date_takes_no_id, a_map_may_come_before_the_status,
        a_map_without_a_confirmed_add_is_followed_by_the_content, maps_twice_are_harmless,
        owed_maps_are_listed_until_acknowledged, owed_maps_come_in_pages,
        acknowledged_pairs_are_named_by_the_own_id, foreign_acknowledgements_are_ignored,
        owed_maps_outlive_edits, owed_maps_survive_reopening;
}

/// A server's session in which two new items were taken by the peer, which has not named them yet.
fn sent<S: Subject>(b: &mut Bench<S>) -> Result<(ItemId, ItemId), Failure> {
    let (anna, bert) = (b.user_adds(&card("Anna")), b.user_adds(&card("Bert")));
    let changes = b.changes(&link())?;
    b.confirm(&link(), &changes, true)?;
    Ok((anna, bert))
}

fn items_awaiting_their_map_are_adds<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    let mut wanted = vec![
        seen_add(&anna, &card("Anna")),
        seen_add(&bert, &card("Bert")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(b.seen(&link())?, wanted, "no Map came");
    b.commit(&link())?;
    same!(b.seen(&link())?, wanted, "no Map came, after Commit");
    b.reopen();
    same!(
        b.seen(&link())?,
        wanted,
        "no Map came, after the store was closed and opened"
    );
    Ok(())
}

fn a_map_settles_an_add<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.save_map(&link(), &anna, &remote(1))?;
    same!(
        b.seen(&link())?,
        vec![seen_add(&bert, &card("Bert"))],
        "one of two Maps came"
    );
    b.save_map(&link(), &bert, &remote(2))?;
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "both Maps came");
    b.user_puts(&anna, &card("Anna 2"));
    b.user_deletes(&bert);
    let mut wanted = vec![
        seen_replace(&anna, Some(&remote(1)), &card("Anna 2")),
        seen_delete(&bert, Some(&remote(2))),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(
        b.seen(&link())?,
        wanted,
        "later changes name the peer's ids"
    );
    Ok(())
}

fn a_map_keeps_later_edits<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.user_puts(&anna, &card("Anna 2"));
    b.changes(&link())?;
    b.save_map(&link(), &anna, &remote(1))?;
    b.save_map(&link(), &bert, &remote(2))?;
    b.commit(&link())?;
    let wanted = seen_replace(&anna, Some(&remote(1)), &card("Anna 2"));
    same!(
        b.seen(&link())?,
        vec![wanted],
        "edited between the Add and its Map"
    );
    Ok(())
}

fn deletions_wait_for_the_map<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.save_map(&link(), &bert, &remote(2))?;
    b.user_deletes(&anna);
    same!(
        b.seen(&link())?,
        vec![],
        "deleted, but the peer has not named it"
    );
    b.commit(&link())?;
    b.in_step(&other_link())?;
    same!(
        b.seen(&link())?,
        vec![],
        "deleted, but the peer has not named it, after Commit"
    );
    b.save_map(&link(), &anna, &remote(1))?;
    same!(
        b.seen(&link())?,
        vec![seen_delete(&anna, Some(&remote(1)))],
        "the Map came in a later session"
    );
    b.in_step(&link())?;
    same!(b.seen(&link())?, vec![], "after the deletion was confirmed");
    Ok(())
}

fn maps_of_strangers_are_ignored<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.save_map(&link(), &id("none.vcf"), &remote(1))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "an unknown own id makes no pair"
    );
    b.save_map(&link(), &anna, &remote(1))?;
    b.save_map(&link(), &bert, &remote(2))?;
    b.save_map(&link(), &id("none.vcf"), &remote(1))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna, KnownState::Unchanged)),
        "an unknown own id breaks no pair"
    );
    Ok(())
}

fn a_map_replaces_an_older_one<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.save_map(&link(), &anna, &remote(1))?;
    b.save_map(&link(), &bert, &remote(2))?;
    b.save_map(&link(), &anna, &remote(3))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "the older of the peer's ids"
    );
    same!(
        b.resolve_remote(&link(), &remote(3))?,
        Some((anna, KnownState::Unchanged)),
        "the newer of the peer's ids"
    );
    same!(b.seen(&link())?, vec![], "nothing to tell the peer");
    Ok(())
}

fn a_map_takes_the_id_from_another_item<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.save_map(&link(), &anna, &remote(1))?;
    b.save_map(&link(), &bert, &remote(2))?;
    b.commit(&link())?;
    b.in_step(&link())?;
    b.save_map(&link(), &bert, &remote(1))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((bert, KnownState::Unchanged)),
        "whom the peer's id means"
    );
    same!(
        b.resolve_remote(&link(), &remote(2))?,
        None,
        "the id the peer no longer uses"
    );
    same!(
        b.seen(&link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "the item that lost its pair"
    );
    Ok(())
}

fn a_map_out_of_date_takes_no_id<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = sent(b)?;
    b.save_map(&link(), &anna, &remote(1))?;
    b.save_map(&link(), &bert, &remote(2))?;
    // The peer changed what was deleted here: it is a new item under the peer's old id.
    b.user_deletes(&anna);
    let again = b.done(&link(), add(&remote(1), &card("Anna 2")))?;
    b.save_map(&link(), &anna, &remote(1))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((again, KnownState::Unchanged)),
        "whom the peer's id means"
    );
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "nothing to tell the peer");
    Ok(())
}

fn a_map_may_come_before_the_status<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.save_map(&link(), &anna, &remote(1))?;
    b.confirm(&link(), &changes, true)?;
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "mapped, then confirmed");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna, KnownState::Unchanged)),
        "the pair"
    );
    Ok(())
}

fn a_map_without_a_confirmed_add_is_followed_by_the_content<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.changes(&link())?;
    b.save_map(&link(), &anna, &remote(1))?;
    b.commit(&link())?;
    let wanted = seen_replace(&anna, Some(&remote(1)), &card("Anna"));
    same!(
        b.seen(&link())?,
        vec![wanted],
        "nobody knows which state the peer has"
    );
    Ok(())
}

fn maps_twice_are_harmless<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = (b.user_adds(&card("Anna")), b.user_adds(&card("Bert")));
    let changes = b.changes(&link())?;
    let pairs = [
        MapPair::new(anna.clone(), remote(1)),
        MapPair::new(bert, remote(2)),
    ];
    for _ in 0..2 {
        b.confirm(&link(), &changes, true)?;
        b.store.save_map(&link(), &pairs)?;
    }
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "status and Map carried out twice");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna, KnownState::Unchanged)),
        "the pair"
    );
    Ok(())
}

/// A client's session in which the server added items.
fn received<S: Subject>(b: &mut Bench<S>, count: usize) -> Result<Vec<MapPair>, Failure> {
    let mut pairs = Vec::new();
    for number in 1..=count {
        let local = b.done(
            &link(),
            add_owing(&remote(number), &card(&format!("Card {number}"))),
        )?;
        pairs.push(MapPair::new(local, remote(number)));
    }
    pairs.sort_by(|left, right| left.local.cmp(&right.local));
    Ok(pairs)
}

fn owed_maps_are_listed_until_acknowledged<S: Subject>(b: &mut Bench<S>) -> Check {
    same!(
        b.store.list_maps(&link(), None, 10)?,
        vec![],
        "an empty store owes nothing"
    );
    let pairs = received(b, 3)?;
    same!(
        b.store.list_maps(&link(), None, 10)?,
        pairs,
        "what is owed, ordered by the own id"
    );
    b.commit(&link())?;
    same!(
        b.store.list_maps(&link(), None, 10)?,
        pairs,
        "what is owed, after Commit"
    );
    same!(
        b.store.list_maps(&other_link(), None, 10)?,
        vec![],
        "nothing is owed to another server"
    );
    b.store.confirm_maps(&link(), &pairs[..1])?;
    same!(
        b.store.list_maps(&link(), None, 10)?,
        pairs[1..],
        "one was acknowledged"
    );
    b.store.confirm_maps(&link(), &pairs)?;
    same!(
        b.store.list_maps(&link(), None, 10)?,
        vec![],
        "all were acknowledged, one of them twice"
    );
    same!(b.seen(&link())?, vec![], "nothing to tell the server");
    Ok(())
}

fn owed_maps_come_in_pages<S: Subject>(b: &mut Bench<S>) -> Check {
    let pairs = received(b, 5)?;
    let first = b.store.list_maps(&link(), None, 2)?;
    same!(first, pairs[..2], "the first page");
    let second = b
        .store
        .list_maps(&link(), first.last().map(|pair| &pair.local), 2)?;
    same!(second, pairs[2..4], "the second page");
    let third = b
        .store
        .list_maps(&link(), second.last().map(|pair| &pair.local), 2)?;
    same!(third, pairs[4..], "the third page");
    same!(
        b.store
            .list_maps(&link(), third.last().map(|pair| &pair.local), 2)?,
        vec![],
        "behind the last"
    );
    Ok(())
}

fn acknowledged_pairs_are_named_by_the_own_id<S: Subject>(b: &mut Bench<S>) -> Check {
    let pairs = received(b, 1)?;
    let local = pairs[0].local.clone();
    let owed = Some((local.clone(), KnownState::Unchanged));
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        owed,
        "the server's id, before the Map is acknowledged"
    );
    b.store.confirm_maps(&link(), &pairs)?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "the server's id, after the Map was acknowledged"
    );
    same!(
        b.resolve_local(&link(), &local)?,
        Some(KnownState::Unchanged),
        "the own id"
    );
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "nothing to tell the server");
    b.user_puts(&local, &card("Anna 2"));
    same!(
        b.seen(&link())?,
        vec![seen_replace(&local, None, &card("Anna 2"))],
        "a later edit"
    );
    Ok(())
}

fn foreign_acknowledgements_are_ignored<S: Subject>(b: &mut Bench<S>) -> Check {
    let pairs = received(b, 1)?;
    let local = pairs[0].local.clone();
    b.store.confirm_maps(
        &link(),
        &[
            MapPair::new(local, remote(7)),
            MapPair::new(id("none.vcf"), remote(1)),
        ],
    )?;
    same!(
        b.store.list_maps(&link(), None, 10)?,
        pairs,
        "other pairs were acknowledged"
    );
    Ok(())
}

fn owed_maps_outlive_edits<S: Subject>(b: &mut Bench<S>) -> Check {
    let pairs = received(b, 2)?;
    b.changes(&link())?;
    b.user_puts(&pairs[0].local, &card("Anna 2"));
    b.user_deletes(&pairs[1].local);
    let mut wanted = vec![
        seen_replace(&pairs[0].local, Some(&pairs[0].remote), &card("Anna 2")),
        seen_delete(&pairs[1].local, Some(&pairs[1].remote)),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(
        b.seen(&link())?,
        wanted,
        "edits before the server has the Maps"
    );
    // The server needs the Map to know which item the Delete means.
    same!(b.store.list_maps(&link(), None, 10)?, pairs, "what is owed");
    b.in_step(&link())?;
    same!(
        b.store.list_maps(&link(), None, 10)?,
        pairs[..1],
        "the deletion that was confirmed owes nothing"
    );
    Ok(())
}

fn owed_maps_survive_reopening<S: Subject>(b: &mut Bench<S>) -> Check {
    let pairs = received(b, 2)?;
    b.reopen();
    same!(b.store.list_maps(&link(), None, 10)?, pairs, "what is owed");
    let known = b
        .resolve_remote(&link(), &remote(1))?
        .map(|(local, _)| local);
    let wanted = pairs
        .iter()
        .find(|pair| pair.remote == remote(1))
        .map(|pair| pair.local.clone());
    same!(known, wanted, "an Add that comes again is known");
    Ok(())
}

//! Slow sync: everything is forgotten, everything is sent, equal contents find each other.

use super::*;
use crate::change::Revision;

rules! {
    Nothing: slow_sync_lists_what_is_there, slow_sync_forgets_pairs_maps_and_anchors,
        slow_sync_leaves_other_devices_alone, slow_sync_may_be_cut, refreshes_forget_too, other_types_forget_nothing,
        an_owing_pair_is_listed,
        twins_have_equal_content, twins_do_not_mind_line_ends, twins_are_given_once, twins_are_alive_and_unpaired,
        twins_may_have_been_sent,
        twins_keep_the_order, twins_are_of_this_device;
}

fn slow_sync_lists_what_is_there<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.done(&link(), add(&remote(1), &card("Bert")))?;
    let gone = b.user_adds(&card("Gone"));
    b.in_step(&link())?;
    b.user_deletes(&gone);
    b.changes(&link())?;
    b.store.begin(&link(), SyncType::Slow, false)?;
    let first = b
        .store
        .list_changes(&link(), &Scope::default(), None, 1, u64::MAX)?;
    same!(first.total, Some(2), "length of the list");
    let found = b.rest(&link(), None)?;
    let mut wanted = vec![
        seen_add(&anna, &card("Anna")),
        seen_add(&bert, &card("Bert")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(
        seen(&found),
        wanted,
        "every item that is there, and no deletion"
    );
    b.confirm(&link(), &found, false)?;
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "after the slow sync");
    Ok(())
}

fn slow_sync_forgets_pairs_maps_and_anchors<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.done(&link(), add_owing(&remote(2), &card("Bert")))?;
    b.in_step(&link())?;
    b.store.begin(&link(), SyncType::Slow, false)?;
    same!(b.store.open(&link())?.last, None, "the anchors");
    same!(b.resolve_remote(&link(), &remote(1))?, None, "the pair");
    same!(
        b.resolve_local(&link(), &anna)?,
        Some(KnownState::Changed),
        "the peer may lack it"
    );
    same!(
        b.store.list_maps(&link(), None, 10)?,
        vec![],
        "the owed maps"
    );
    Ok(())
}

fn slow_sync_leaves_other_devices_alone<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&other_link(), add_owing(&remote(1), &card("Anna")))?;
    b.in_step(&other_link())?;
    let last = b.store.open(&other_link())?.last;
    b.store.begin(&link(), SyncType::Slow, false)?;
    let changes = b.rest(&link(), None)?;
    b.confirm(&link(), &changes, false)?;
    b.commit(&link())?;
    same!(
        b.store.open(&other_link())?.last,
        last,
        "the other device's anchors"
    );
    same!(
        b.resolve_remote(&other_link(), &remote(1))?,
        Some((anna, KnownState::Unchanged)),
        "the other device's pair"
    );
    same!(
        b.store.list_maps(&other_link(), None, 10)?.len(),
        1,
        "the other device's owed maps"
    );
    same!(
        b.seen(&other_link())?,
        vec![],
        "the other device hears of nothing"
    );
    Ok(())
}

fn slow_sync_may_be_cut<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    b.in_step(&link())?;
    b.store.begin(&link(), SyncType::Slow, false)?;
    let page = b
        .store
        .list_changes(&link(), &Scope::default(), None, 1, u64::MAX)?;
    b.confirm(&link(), &page.changes, false)?;
    b.reopen();
    same!(
        b.store.open(&link())?.last,
        None,
        "a slow sync that was cut leaves no anchors"
    );
    b.store.begin(&link(), SyncType::Slow, false)?;
    let found = b.rest(&link(), None)?;
    let mut wanted = vec![
        seen_add(&anna, &card("Anna")),
        seen_add(&bert, &card("Bert")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(seen(&found), wanted, "the next slow sync sends everything");
    Ok(())
}

fn refreshes_forget_too<S: Subject>(b: &mut Bench<S>) -> Check {
    for sync_type in [SyncType::RefreshFromClient, SyncType::RefreshFromServer] {
        let anna = b.done(&link(), add_owing(&remote(1), &card("Anna")))?;
        b.in_step(&link())?;
        b.store.begin(&link(), sync_type, false)?;
        same!(b.store.open(&link())?.last, None, "the anchors");
        same!(
            b.store.list_maps(&link(), None, 10)?,
            vec![],
            "the owed maps"
        );
        same!(
            b.seen(&link())?,
            vec![seen_add(&anna, &card("Anna"))],
            "everything is listed"
        );
        b.done(&link(), delete(&anna))?;
    }
    Ok(())
}

/// A client that compares in a refresh pairs what it has, and the server has to be told.
fn an_owing_pair_is_listed<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.store.begin(&link(), SyncType::RefreshFromServer, false)?;
    let pair = Operation::Pair {
        local: anna.clone(),
        remote: remote(1),
        owes_map: true,
    };
    b.done(&link(), pair)?;
    let owed = vec![MapPair::new(anna, remote(1))];
    same!(b.store.list_maps(&link(), None, 10)?, owed, "the owed map");
    same!(b.seen(&link())?, vec![], "the peer has the item");
    Ok(())
}

fn other_types_forget_nothing<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add_owing(&remote(1), &card("Anna")))?;
    b.in_step(&link())?;
    let last = b.store.open(&link())?.last;
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    b.store.begin(&link(), SyncType::OneWayFromClient, false)?;
    b.store.begin(&link(), SyncType::OneWayFromServer, false)?;
    same!(b.store.open(&link())?.last, last, "the anchors");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna.clone(), KnownState::Unchanged)),
        "the pair"
    );
    same!(
        b.store.list_maps(&link(), None, 10)?,
        vec![MapPair::new(anna, remote(1))],
        "the owed maps"
    );
    Ok(())
}

fn twins_have_equal_content<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.user_adds(&card("Bert"));
    b.store.begin(&link(), SyncType::Slow, false)?;
    same!(
        b.twins(&[card("Anna")])?,
        vec![Some(anna.clone())],
        "a content that is here"
    );
    same!(
        b.twins(&[card("Edna")])?,
        vec![None],
        "a content that is not here"
    );
    same!(b.twins(&[])?, vec![], "no contents");
    b.user_puts(&anna, &card("Anna 2"));
    b.store.begin(&link(), SyncType::Slow, false)?;
    same!(
        b.twins(&[card("Anna"), card("Anna 2")])?,
        vec![None, Some(anna)],
        "after an edit"
    );
    Ok(())
}

fn twins_do_not_mind_line_ends<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let text = String::from_utf8_lossy(&card("Anna").data).replace("\r\n", "\n");
    same!(
        b.twins(&[Content::new("text/vcard", text)])?,
        vec![Some(anna)],
        "the same lines, ended by LF"
    );
    Ok(())
}

fn twins_are_given_once<S: Subject>(b: &mut Bench<S>) -> Check {
    let (one, two) = (b.user_adds(&card("Anna")), b.user_adds(&card("Anna")));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let found = b.twins(&[card("Anna"), card("Anna"), card("Anna")])?;
    same!(found[2], None, "the third of three where there are two");
    let mut given: Vec<_> = found.into_iter().flatten().collect();
    given.sort();
    let mut wanted = vec![one, two];
    wanted.sort();
    same!(given, wanted, "each item once");
    let again = b.twins(&[card("Anna")])?;
    holds!(
        again[0].is_some(),
        "what was given out, but not paired, may be given out again"
    );
    Ok(())
}

fn twins_may_have_been_sent<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    b.store.begin(&link(), SyncType::Slow, false)?;
    // What a server has sent, and what a client has, none of which was answered.
    let awaiting = Confirmed::new(ChangeKind::Add, anna.clone(), Revision(1), true);
    let unanswered = Confirmed::new(ChangeKind::Add, bert.clone(), Revision(0), false);
    b.store.confirm(&link(), &[awaiting, unanswered])?;
    same!(
        b.twins(&[card("Anna"), card("Bert")])?,
        vec![Some(anna.clone()), Some(bert)],
        "twins of what the peer has said nothing of"
    );
    b.store
        .save_map(&link(), &[MapPair::new(anna, remote(1))])?;
    same!(
        b.twins(&[card("Anna")])?,
        vec![None],
        "twins of what the peer has named"
    );
    Ok(())
}

fn twins_are_alive_and_unpaired<S: Subject>(b: &mut Bench<S>) -> Check {
    let gone = b.user_adds(&card("Anna"));
    b.changes(&link())?;
    b.user_deletes(&gone);
    b.store.begin(&link(), SyncType::Slow, false)?;
    same!(
        b.twins(&[card("Anna")])?,
        vec![None],
        "a deleted item is nobody's twin"
    );
    let anna = b.user_adds(&card("Anna"));
    b.store.begin(&link(), SyncType::Slow, false)?;
    b.done(&link(), pair(&anna, &remote(1)))?;
    same!(
        b.twins(&[card("Anna")])?,
        vec![None],
        "a paired item is nobody's twin"
    );
    b.done(&link(), unpair(&anna))?;
    same!(
        b.twins(&[card("Anna")])?,
        vec![Some(anna.clone())],
        "after the pair was broken"
    );
    Ok(())
}

fn twins_keep_the_order<S: Subject>(b: &mut Bench<S>) -> Check {
    let (anna, bert) = (b.user_adds(&card("Anna")), b.user_adds(&card("Bert")));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let found = b.twins(&[card("Edna"), card("Bert"), card("Anna"), card("Bert")])?;
    same!(
        found,
        vec![None, Some(bert), Some(anna), None],
        "one answer for each content"
    );
    Ok(())
}

fn twins_are_of_this_device<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&other_link(), add(&remote(1), &card("Anna")))?;
    b.store.begin(&link(), SyncType::Slow, false)?;
    same!(
        b.twins(&[card("Anna")])?,
        vec![Some(anna)],
        "paired with another device only"
    );
    Ok(())
}

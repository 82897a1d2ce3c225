//! What is listed, and when it is no longer listed.

use super::*;

rules! {
    Nothing: new_items_are_adds, confirmed_changes_are_gone, confirming_needs_no_commit,
        unconfirmed_changes_are_listed_again, commit_hides_nothing, edits_are_replaces, edits_name_the_peers_id,
        deletions_are_deletes, deletions_name_the_peers_id, items_that_came_and_went_are_nothing,
        items_put_back_are_replaces, deletions_confirmed_and_put_back_are_adds, states_grow,
        pages_keep_to_the_limit, the_first_page_knows_the_length, pages_keep_to_the_budget,
        large_items_are_listed_without_content, a_list_ends_where_it_began, a_list_survives_reopening,
        edits_after_listing_are_not_lost, deletions_after_listing_are_not_lost,
        confirming_old_news_changes_nothing, confirming_twice_is_harmless, devices_are_apart,
        one_devices_commit_hides_nothing_from_another;
    Many: users_and_datastores_are_apart;
}

fn new_items_are_adds<S: Subject>(b: &mut Bench<S>) -> Check {
    same!(b.seen(&link())?, vec![], "an empty store has no changes");
    let (anna, bert) = (b.user_adds(&card("Anna")), b.user_adds(&card("Bert")));
    let mut wanted = vec![
        seen_add(&anna, &card("Anna")),
        seen_add(&bert, &card("Bert")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(b.seen(&link())?, wanted, "two new items");
    Ok(())
}

fn confirmed_changes_are_gone<S: Subject>(b: &mut Bench<S>) -> Check {
    b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    same!(
        b.seen(&link())?,
        vec![],
        "after a session in which all was confirmed"
    );
    b.user_adds(&card("Bert"));
    b.in_step(&link())?;
    same!(b.seen(&link())?, vec![], "after a second session");
    Ok(())
}

fn confirming_needs_no_commit<S: Subject>(b: &mut Bench<S>) -> Check {
    b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.confirm(&link(), &changes, false)?;
    same!(
        b.seen(&link())?,
        vec![],
        "confirmed, though the session was cut before Commit"
    );
    Ok(())
}

fn unconfirmed_changes_are_listed_again<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.changes(&link())?;
    same!(
        b.seen(&link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "listing alone confirms nothing"
    );
    Ok(())
}

fn commit_hides_nothing<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    let edna = b.user_adds(&card("Edna"));
    b.in_step(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    b.user_puts(&bert, &card("Bert 2"));
    b.user_deletes(&edna);
    // The peer takes Bert's change and refuses the other two, session after session.
    for round in 1..4 {
        let changes = b.changes(&link())?;
        let taken: Vec<_> = changes
            .into_iter()
            .filter(|change| change.local == bert)
            .collect();
        b.confirm(&link(), &taken, false)?;
        b.commit(&link())?;
        let mut wanted = vec![
            seen_replace(&anna, None, &card("Anna 2")),
            seen_delete(&edna, None),
        ];
        wanted.sort_by(|left, right| left.1.cmp(&right.1));
        same!(
            b.seen(&link())?,
            wanted,
            "what the peer refused, after {round} sessions"
        );
    }
    Ok(())
}

fn edits_are_replaces<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    same!(
        b.seen(&link())?,
        vec![seen_replace(&anna, None, &card("Anna 2"))],
        "an edited item"
    );
    b.user_puts(&anna, &card("Anna 3"));
    same!(
        b.seen(&link())?,
        vec![seen_replace(&anna, None, &card("Anna 3"))],
        "an item edited twice is one change"
    );
    b.in_step(&link())?;
    same!(b.seen(&link())?, vec![], "after the edit was confirmed");
    Ok(())
}

fn edits_name_the_peers_id<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.commit(&link())?;
    // A folder may need its look at the files before it is changed.
    same!(b.seen(&link())?, vec![], "an item that came from the peer");
    b.user_puts(&anna, &card("Anna 2"));
    let wanted = seen_replace(&anna, Some(&remote(1)), &card("Anna 2"));
    same!(
        b.seen(&link())?,
        vec![wanted],
        "an edit of an item that came from the peer"
    );
    b.in_step(&link())?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna, KnownState::Unchanged)),
        "the pair after the edit"
    );
    Ok(())
}

fn deletions_are_deletes<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    b.user_deletes(&anna);
    same!(
        b.seen(&link())?,
        vec![seen_delete(&anna, None)],
        "a deleted item"
    );
    b.in_step(&link())?;
    same!(b.seen(&link())?, vec![], "after the deletion was confirmed");
    Ok(())
}

fn deletions_name_the_peers_id<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.commit(&link())?;
    b.user_deletes(&anna);
    same!(
        b.seen(&link())?,
        vec![seen_delete(&anna, Some(&remote(1)))],
        "a deletion of an item that came from the peer"
    );
    b.in_step(&link())?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "the pair after the deletion was confirmed"
    );
    Ok(())
}

fn items_that_came_and_went_are_nothing<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.changes(&link())?;
    b.user_deletes(&anna);
    same!(
        b.seen(&link())?,
        vec![],
        "added and deleted, and the peer never had it"
    );
    Ok(())
}

fn items_put_back_are_replaces<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    b.user_deletes(&anna);
    b.changes(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    let wanted = seen_replace(&anna, None, &card("Anna 2"));
    same!(
        b.seen(&link())?,
        vec![wanted],
        "deleted and put back before the peer heard of it"
    );
    Ok(())
}

fn deletions_confirmed_and_put_back_are_adds<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    b.user_deletes(&anna);
    b.in_step(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    same!(
        b.seen(&link())?,
        vec![seen_add(&anna, &card("Anna 2"))],
        "put back after the peer had deleted it too"
    );
    Ok(())
}

fn states_grow<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let first = b.only(&link())?.revision;
    b.user_puts(&anna, &card("Anna 2"));
    let second = b.only(&link())?.revision;
    holds!(
        second > first,
        "a newer state has a greater revision: {first:?}, then {second:?}"
    );
    b.in_step(&link())?;
    b.user_deletes(&anna);
    let third = b.only(&link())?.revision;
    holds!(
        third > second,
        "a deletion has a greater revision: {second:?}, then {third:?}"
    );
    Ok(())
}

fn pages_keep_to_the_limit<S: Subject>(b: &mut Bench<S>) -> Check {
    for number in 0..7 {
        b.user_adds(&card(&format!("Card {number}")));
    }
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let whole = b
        .store
        .list_changes(&link(), &Scope::default(), None, 100, u64::MAX)?;
    holds!(
        !whole.more,
        "a page that holds everything has nothing behind it"
    );
    same!(whole.changes.len(), 7, "everything in one page");
    for limit in [1, 2, 3, 7] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = b.store.list_changes(
                &link(),
                &Scope::default(),
                after.as_ref(),
                limit,
                u64::MAX,
            )?;
            holds!(
                page.changes.len() <= limit as usize,
                "{} changes in a page of {limit}",
                page.changes.len()
            );
            holds!(
                !page.changes.is_empty(),
                "a page with nothing in it, limit {limit}"
            );
            after = page.changes.last().map(|change| change.cursor.clone());
            found.extend(page.changes);
            if !page.more {
                break;
            }
        }
        same!(seen(&found), seen(&whole.changes), "pages of {limit}");
        let order = |changes: &[Change]| {
            changes
                .iter()
                .map(|change| change.local.clone())
                .collect::<Vec<_>>()
        };
        same!(
            order(&found),
            order(&whole.changes),
            "the order in pages of {limit}"
        );
    }
    // Any change can be the place to go on from, not only the last of a page.
    let middle = whole.changes.get(3).map(|change| change.cursor.clone());
    let rest = b.rest(&link(), middle)?;
    same!(
        seen(&rest),
        seen(&whole.changes[4..]),
        "behind the fourth change"
    );
    Ok(())
}

fn the_first_page_knows_the_length<S: Subject>(b: &mut Bench<S>) -> Check {
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let empty = b
        .store
        .list_changes(&link(), &Scope::default(), None, 10, u64::MAX)?;
    same!(
        (empty.total, empty.more),
        (Some(0), false),
        "length of an empty list"
    );
    for number in 0..5 {
        b.user_adds(&card(&format!("Card {number}")));
    }
    b.in_step(&link())?;
    for number in 5..9 {
        b.user_adds(&card(&format!("Card {number}")));
    }
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let first = b
        .store
        .list_changes(&link(), &Scope::default(), None, 3, u64::MAX)?;
    same!(
        (first.total, first.more),
        (Some(4), true),
        "length of the list, on its first page"
    );
    let cursor = first.changes.last().map(|change| change.cursor.clone());
    let second = b
        .store
        .list_changes(&link(), &Scope::default(), cursor.as_ref(), 3, u64::MAX)?;
    same!(
        (second.total, second.more),
        (None, false),
        "length of the list, on its second page"
    );
    Ok(())
}

fn pages_keep_to_the_budget<S: Subject>(b: &mut Bench<S>) -> Check {
    let len = long_card("Card 0", 400).data.len() as u64;
    for number in 0..5 {
        b.user_adds(&long_card(&format!("Card {number}"), 400));
    }
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    for (budget, counts) in [
        (len, vec![1, 1, 1, 1, 1]),
        (2 * len + 1, vec![2, 2, 1]),
        (5 * len, vec![5]),
    ] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page =
                b.store
                    .list_changes(&link(), &Scope::default(), after.as_ref(), 100, budget)?;
            holds!(
                page.changes.iter().all(|change| change.content.is_some()),
                "content within {budget} octets is inline"
            );
            after = page.changes.last().map(|change| change.cursor.clone());
            found.push(page.changes.len());
            if !page.more {
                break;
            }
        }
        same!(
            found,
            counts,
            "changes in each page of at most {budget} octets"
        );
    }
    Ok(())
}

fn large_items_are_listed_without_content<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    b.user_deletes(&anna);
    b.changes(&link())?;
    let bert = b.user_adds(&long_card("Bert", 4_000));
    b.changes(&link())?;
    let edna = b.user_adds(&card("Edna"));
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = b
            .store
            .list_changes(&link(), &Scope::default(), after.as_ref(), 100, 1_000)?;
        let inline: usize = page
            .changes
            .iter()
            .filter_map(|change| Some(change.content.as_ref()?.data.len()))
            .sum();
        holds!(inline <= 1_000, "{inline} octets in a page of at most 1000");
        holds!(!page.changes.is_empty(), "a page with nothing in it");
        after = page.changes.last().map(|change| change.cursor.clone());
        found.extend(page.changes);
        if !page.more {
            break;
        }
    }
    let mut wanted = vec![
        seen_delete(&anna, None),
        (ChangeKind::Add, bert, None, None),
        seen_add(&edna, &card("Edna")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(
        seen(&found),
        wanted,
        "a deletion, an item above the budget and a small one"
    );
    Ok(())
}

fn a_list_ends_where_it_began<S: Subject>(b: &mut Bench<S>) -> Check {
    for number in 0..4 {
        b.user_adds(&card(&format!("Card {number}")));
    }
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let first = b
        .store
        .list_changes(&link(), &Scope::default(), None, 2, u64::MAX)?;
    let late = b.user_adds(&card("Late"));
    // Another device lets the store see the new item.
    b.changes(&other_link())?;
    let cursor = first.changes.last().map(|change| change.cursor.clone());
    let rest = b.rest(&link(), cursor)?;
    same!(
        rest.len(),
        2,
        "the rest of the list, without what came after its first page"
    );
    b.confirm(&link(), &first.changes, false)?;
    b.confirm(&link(), &rest, false)?;
    b.commit(&link())?;
    same!(
        b.seen(&link())?,
        vec![seen_add(&late, &card("Late"))],
        "the next list"
    );
    Ok(())
}

fn a_list_survives_reopening<S: Subject>(b: &mut Bench<S>) -> Check {
    for number in 0..4 {
        b.user_adds(&card(&format!("Card {number}")));
    }
    let all = b.changes(&link())?;
    b.reopen();
    let rest = b.rest(&link(), all.get(1).map(|change| change.cursor.clone()))?;
    same!(
        seen(&rest),
        seen(&all[2..]),
        "a list goes on after the store was closed and opened"
    );
    Ok(())
}

fn edits_after_listing_are_not_lost<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.done(&link(), add(&remote(1), &card("Bert")))?;
    b.changes(&link())?;
    b.user_puts(&bert, &card("Bert 2"));
    let changes = b.changes(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    b.user_puts(&bert, &card("Bert 3"));
    b.confirm(&link(), &changes, false)?;
    b.commit(&link())?;
    let mut wanted = vec![
        seen_replace(&anna, None, &card("Anna 2")),
        seen_replace(&bert, Some(&remote(1)), &card("Bert 3")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(
        b.seen(&link())?,
        wanted,
        "edits made while the older states were on their way"
    );
    Ok(())
}

fn deletions_after_listing_are_not_lost<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.user_deletes(&anna);
    // The store sees the deletion before the peer's answer comes, and another device has its session.
    b.in_step(&other_link())?;
    b.confirm(&link(), &changes, false)?;
    b.commit(&link())?;
    same!(
        b.seen(&link())?,
        vec![seen_delete(&anna, None)],
        "deleted while the Add was on its way"
    );
    Ok(())
}

fn confirming_old_news_changes_nothing<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let old = b.only(&link())?;
    b.confirm(&link(), std::slice::from_ref(&old), false)?;
    let anna = b.done(&link(), replace(&anna, &card("Anna 2")))?;
    b.confirm(&link(), &[old], false)?;
    same!(
        b.seen(&link())?,
        vec![],
        "the peer's own newer state stays confirmed"
    );
    // A deletion confirmed after the item was put back and sent again.
    b.user_deletes(&anna);
    let gone = b.only(&link())?;
    b.user_puts(&anna, &card("Anna 3"));
    let back = b.only(&link())?;
    b.confirm(&link(), &[back], false)?;
    b.confirm(&link(), &[gone], false)?;
    same!(
        b.seen(&link())?,
        vec![],
        "the deletion was older than the state the peer has"
    );
    Ok(())
}

fn confirming_twice_is_harmless<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    b.in_step(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    b.user_deletes(&bert);
    let changes = b.changes(&link())?;
    b.confirm(&link(), &changes, false)?;
    b.confirm(&link(), &changes, false)?;
    b.commit(&link())?;
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "everything confirmed twice");
    Ok(())
}

fn devices_are_apart<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&link())?;
    same!(
        b.seen(&other_link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "the other device has heard of nothing"
    );
    b.in_step(&other_link())?;
    let changed = b.done(&link(), replace(&anna, &card("Anna 2")))?;
    same!(b.seen(&link())?, vec![], "the device that made the change");
    let wanted = seen_replace(&changed, None, &card("Anna 2"));
    same!(b.seen(&other_link())?, vec![wanted], "the other device");
    b.in_step(&other_link())?;
    b.done(&other_link(), delete(&anna))?;
    same!(b.seen(&other_link())?, vec![], "the device that deleted");
    same!(
        b.seen(&link())?,
        vec![seen_delete(&anna, None)],
        "the device that has not heard of it"
    );
    Ok(())
}

fn one_devices_commit_hides_nothing_from_another<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    b.in_step(&link())?;
    b.in_step(&other_link())?;
    // Both devices are in a session at the same time.
    b.changes(&link())?;
    b.done(&other_link(), replace(&anna, &card("Anna 2")))?;
    b.done(&other_link(), delete(&bert))?;
    let edna = b.done(&other_link(), add(&remote(1), &card("Edna")))?;
    b.commit(&link())?;
    b.commit(&other_link())?;
    let mut wanted = vec![
        seen_replace(&anna, None, &card("Anna 2")),
        seen_delete(&bert, None),
        seen_add(&edna, &card("Edna")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(
        b.seen(&link())?,
        wanted,
        "what the other device did meanwhile"
    );
    same!(b.seen(&other_link())?, vec![], "the device that did it");
    Ok(())
}

fn users_and_datastores_are_apart<S: Subject>(b: &mut Bench<S>) -> Check {
    let mine = Link::new("alice", "device-1", "contacts", "card");
    let theirs = Link::new("bob", "device-1", "contacts", "card");
    let calendar = Link::new("alice", "device-1", "calendar", "card");
    let anna = b.store.user_adds(&mine, &card("Anna"));
    b.store.user_puts(&theirs, &anna, &card("Not Anna"));
    same!(
        b.seen(&mine)?,
        vec![seen_add(&anna, &card("Anna"))],
        "the same id under another user is another item"
    );
    same!(
        b.seen(&theirs)?,
        vec![seen_add(&anna, &card("Not Anna"))],
        "the other user's item"
    );
    same!(b.seen(&calendar)?, vec![], "the other datastore");
    let stranger = b.apply(&calendar, vec![replace(&anna, &card("Anna 2"))])?;
    holds!(
        matches!(stranger[..], [Outcome::Refused(_)]),
        "an item of another datastore is unknown: {stranger:?}"
    );
    b.done(&theirs, delete(&anna))?;
    same!(
        b.store.user_reads(&mine),
        vec![(anna, card("Anna"))],
        "after the other user deleted theirs"
    );
    Ok(())
}

//! Changes that are held back, and what lets go of them.

use super::*;
use crate::change::{Held, Revision};

rules! {
    Nothing: held_changes_are_not_listed, holding_is_heard_by_nobody_else, a_newer_state_is_not_held,
        an_older_state_is_not_held, another_change_of_a_held_item_is_listed, an_add_that_awaits_its_map_is_held,
        held_for_a_limit_until_the_peer_takes_more, what_is_too_large_is_listed_and_not_counted,
        beginning_afresh_lets_go, held_changes_do_not_stop_others;
}

fn hold<S: Subject>(b: &mut Bench<S>, changes: &[Change], limit: Option<u64>) -> Check {
    let held = |change: &Change| {
        let held = Held::new(change.local.clone(), change.revision);
        match limit {
            Some(limit) => held.with_limit(limit),
            None => held,
        }
    };
    let held: Vec<_> = changes.iter().map(held).collect();
    Ok(b.store.hold(&link(), &held)?)
}

/// Length of the list, and what is listed, for a peer that takes so many octets.
fn listed<S: Subject>(
    b: &mut Bench<S>,
    max_size: Option<u64>,
) -> Result<(Option<u64>, Vec<Seen>), Failure> {
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let scope = Scope::default().with_max_size(max_size);
    let page = b.store.list_changes(&link(), &scope, None, 100, u64::MAX)?;
    Ok((page.total, seen(&page.changes)))
}

fn held_changes_are_not_listed<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    b.in_step(&link())?;
    b.user_adds(&card("Edna"));
    b.user_puts(&anna, &card("Anna 2"));
    b.user_deletes(&bert);
    let changes = b.changes(&link())?;
    same!(changes.len(), 3, "an Add, a Replace and a Delete");
    hold(b, &changes, None)?;
    hold(b, &changes, None)?;
    for what in [
        "in this session",
        "in the next one",
        "in the one after that",
    ] {
        same!(listed(b, None)?, (Some(0), vec![]), "held changes {what}");
        b.commit(&link())?;
        b.reopen();
    }
    Ok(())
}

fn holding_is_heard_by_nobody_else<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    hold(b, &changes, None)?;
    let wanted = vec![seen_add(&anna, &card("Anna"))];
    same!(b.seen(&other_link())?, wanted, "the other device's list");
    Ok(())
}

fn a_newer_state_is_not_held<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    hold(b, &changes, None)?;
    b.commit(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    let wanted = vec![seen_add(&anna, &card("Anna 2"))];
    same!(b.seen(&link())?, wanted, "a newer state of a held item");
    b.in_step(&link())?;
    same!(b.seen(&link())?, vec![], "once the peer has it");
    Ok(())
}

fn an_older_state_is_not_held<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    hold(b, &changes, None)?;
    let nobody = Held::new(id("none.vcf"), Revision(1));
    b.store.hold(&link(), &[nobody])?;
    let wanted = vec![seen_add(&anna, &card("Anna 2"))];
    same!(
        b.seen(&link())?,
        wanted,
        "the state was no longer the one to hold"
    );
    Ok(())
}

fn another_change_of_a_held_item_is_listed<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.user_puts(&anna, &card("Anna 2"));
    let changes = b.changes(&link())?;
    hold(b, &changes, None)?;
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "a held Replace");
    b.done(&link(), unpair(&anna))?;
    let wanted = vec![seen_add(&anna, &card("Anna 2"))];
    same!(
        b.seen(&link())?,
        wanted,
        "the peer has it no more: it is an Add now"
    );
    Ok(())
}

fn an_add_that_awaits_its_map_is_held<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.confirm(&link(), &changes, true)?;
    hold(b, &changes, None)?;
    same!(b.seen(&link())?, vec![], "an Add that was refused");
    b.commit(&link())?;
    b.user_puts(&anna, &card("Anna 2"));
    let wanted = vec![seen_add(&anna, &card("Anna 2"))];
    same!(b.seen(&link())?, wanted, "it is still an Add");
    b.user_deletes(&anna);
    same!(
        b.seen(&link())?,
        vec![],
        "it is gone, and the peer never had it"
    );
    Ok(())
}

fn held_for_a_limit_until_the_peer_takes_more<S: Subject>(b: &mut Bench<S>) -> Check {
    let photo = long_card("Photo", 5_000);
    let local = b.user_adds(&photo);
    b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    let (large, small): (Vec<_>, Vec<_>) = changes
        .into_iter()
        .partition(|change| change.local == local);
    hold(b, &large, Some(1_000))?;
    b.confirm(&link(), &small, false)?;
    b.commit(&link())?;
    b.reopen();
    for limit in [1_000, 999] {
        let nothing = (Some(0), vec![]);
        same!(
            listed(b, Some(limit))?,
            nothing,
            "the peer takes no more than {limit}"
        );
        b.commit(&link())?;
    }
    for (limit, total) in [(Some(2_000), 0), (Some(10_000), 1), (None, 1)] {
        let wanted = (Some(total), vec![seen_add(&local, &photo)]);
        same!(listed(b, limit)?, wanted, "the peer takes {limit:?} now");
        b.commit(&link())?;
    }
    b.in_step(&link())?;
    same!(listed(b, None)?, (Some(0), vec![]), "once the peer has it");
    Ok(())
}

fn what_is_too_large_is_listed_and_not_counted<S: Subject>(b: &mut Bench<S>) -> Check {
    let (photo, anna) = (long_card("Photo", 5_000), card("Anna"));
    let (large, small) = (b.user_adds(&photo), b.user_adds(&anna));
    let gone = b.done(&link(), add(&remote(1), &card("Bert")))?;
    b.user_deletes(&gone);
    let mut wanted = vec![
        seen_add(&large, &photo),
        seen_add(&small, &anna),
        seen_delete(&gone, Some(&remote(1))),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    let size = photo.data.len() as u64;
    for (limit, total) in [
        (None, 3),
        (Some(size), 3),
        (Some(size - 1), 2),
        (Some(1), 1),
    ] {
        let wanted = (Some(total), wanted.clone());
        same!(listed(b, limit)?, wanted, "the peer takes {limit:?}");
    }
    Ok(())
}

fn beginning_afresh_lets_go<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    hold(b, &changes, None)?;
    b.commit(&link())?;
    b.store.begin(&link(), SyncType::Slow, true)?;
    same!(
        seen(&b.rest(&link(), None)?),
        vec![],
        "a session that goes on"
    );
    b.store.begin(&link(), SyncType::Slow, false)?;
    let wanted = vec![seen_add(&anna, &card("Anna"))];
    same!(
        seen(&b.rest(&link(), None)?),
        wanted,
        "everything is sent again"
    );
    Ok(())
}

fn held_changes_do_not_stop_others<S: Subject>(b: &mut Bench<S>) -> Check {
    for number in 0..6 {
        b.user_adds(&card(&format!("Person {number}")));
    }
    let changes = b.changes(&link())?;
    hold(b, &changes[..2], None)?;
    b.confirm(&link(), &changes[3..], false)?;
    b.commit(&link())?;
    same!(
        b.only(&link())?.local,
        changes[2].local,
        "what is neither held nor confirmed"
    );
    b.in_step(&link())?;
    let edna = b.user_adds(&card("Edna"));
    same!(b.only(&link())?.local, edna, "a new item behind held ones");
    Ok(())
}

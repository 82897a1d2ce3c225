//! Soft deletion: the peer has no copy any more, and wants none.

use super::*;

rules! {
    Nothing: soft_deleted_items_stay_and_are_not_listed, soft_deletion_is_heard_by_nobody_else,
        soft_deletion_settles_a_change_of_ours, a_soft_deleted_item_may_come_back, a_soft_deleted_item_that_is_added_is_the_same,
        beginning_afresh_forgets_soft_deletions, soft_deletion_of_what_is_gone_is_done;
}

/// An item that the peer calls 1 and has removed.
fn removed<S: Subject>(b: &mut Bench<S>) -> Result<ItemId, Failure> {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.done(&link(), soft_delete(&anna))?;
    Ok(anna)
}

fn soft_deleted_items_stay_and_are_not_listed<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = removed(b)?;
    same!(
        b.done(&link(), soft_delete(&anna))?,
        anna,
        "the same once more"
    );
    same!(
        b.user_reads(),
        vec![(anna.clone(), card("Anna"))],
        "the items"
    );
    let known = b.resolve_remote(&link(), &remote(1))?;
    same!(
        known,
        Some((anna.clone(), KnownState::Unchanged)),
        "the peer's id"
    );
    b.commit(&link())?;
    b.reopen();
    same!(b.seen(&link())?, vec![], "after the session");
    b.user_puts(&anna, &card("Anna 2"));
    same!(b.seen(&link())?, vec![], "edited here");
    b.commit(&link())?;
    same!(b.seen(&link())?, vec![], "edited here, a session later");
    b.user_deletes(&anna);
    same!(b.seen(&link())?, vec![], "deleted here");
    b.commit(&link())?;
    let known = b.resolve_remote(&link(), &remote(1))?;
    same!(
        known,
        Some((anna, KnownState::Deleted)),
        "the peer's id, deleted here"
    );
    Ok(())
}

fn soft_deletion_is_heard_by_nobody_else<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&other_link())?;
    b.done(&link(), soft_delete(&anna))?;
    same!(b.seen(&other_link())?, vec![], "the other device");
    Ok(())
}

fn soft_deletion_settles_a_change_of_ours<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.user_puts(&anna, &card("Anna 2"));
    b.changes(&link())?;
    b.done(&link(), soft_delete(&anna))?;
    same!(b.seen(&link())?, vec![], "a change that nobody wants");
    let known = b.resolve_remote(&link(), &remote(1))?;
    same!(known, Some((anna, KnownState::Unchanged)), "the peer's id");
    Ok(())
}

fn a_soft_deleted_item_may_come_back<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = removed(b)?;
    b.commit(&link())?;
    b.done(&link(), replace(&anna, &card("Anna 2")))?;
    same!(b.seen(&link())?, vec![], "the peer has what it sent");
    b.commit(&link())?;
    b.user_puts(&anna, &card("Anna 3"));
    let wanted = vec![seen_replace(&anna, Some(&remote(1)), &card("Anna 3"))];
    same!(
        b.seen(&link())?,
        wanted,
        "the peer has it again, and is told"
    );
    Ok(())
}

fn a_soft_deleted_item_that_is_added_is_the_same<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = removed(b)?;
    same!(
        b.done(&link(), add(&remote(1), &card("Anna")))?,
        anna,
        "the item"
    );
    b.commit(&link())?;
    b.user_deletes(&anna);
    let wanted = vec![seen_delete(&anna, Some(&remote(1)))];
    same!(
        b.seen(&link())?,
        wanted,
        "the peer has it again, and is told"
    );
    Ok(())
}

fn beginning_afresh_forgets_soft_deletions<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = removed(b)?;
    b.commit(&link())?;
    b.store.begin(&link(), SyncType::Slow, false)?;
    let twins = b.twins(&[card("Anna")])?;
    same!(twins, vec![Some(anna.clone())], "it may be a twin");
    let wanted = vec![seen_add(&anna, &card("Anna"))];
    same!(
        seen(&b.rest(&link(), None)?),
        wanted,
        "everything is sent again"
    );
    Ok(())
}

fn soft_deletion_of_what_is_gone_is_done<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.user_deletes(&anna);
    b.changes(&link())?;
    b.done(&link(), soft_delete(&anna))?;
    same!(b.seen(&link())?, vec![], "gone on both sides");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "the peer's id"
    );
    b.done(&link(), soft_delete(&id("none.vcf")))?;
    Ok(())
}

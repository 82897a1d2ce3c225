//! Copies, and what is put aside before it is deleted.

use super::*;

rules! {
    Nothing: a_copy_is_an_item_of_its_own, copying_twice_is_one_copy, a_copy_may_owe_a_map, a_copy_of_nothing_is_refused;
    Archive: archived_items_are_aside_and_deleted, archiving_twice_is_one_copy, archiving_nothing_is_done;
}

fn archive(local: &ItemId) -> Operation {
    Operation::Archive {
        local: local.clone(),
    }
}

fn a_copy_is_an_item_of_its_own<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let other = b.done(&link(), copy(&anna, &remote(2), false))?;
    same!(b.seen(&link())?, vec![], "the peer has both");
    b.user_puts(&anna, &card("Anna 2"));
    let mut wanted = vec![
        (anna.clone(), card("Anna 2")),
        (other.clone(), card("Anna")),
    ];
    wanted.sort_by(|left, right| left.0.cmp(&right.0));
    same!(b.user_reads(), wanted, "the items");
    let known = b.resolve_remote(&link(), &remote(2))?;
    same!(known, Some((other, KnownState::Unchanged)), "the copy");
    let wanted = vec![seen_replace(&anna, Some(&remote(1)), &card("Anna 2"))];
    same!(b.seen(&link())?, wanted, "the original");
    Ok(())
}

fn copying_twice_is_one_copy<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let first = b.done(&link(), copy(&anna, &remote(2), false))?;
    let again = b.done(&link(), copy(&anna, &remote(2), false))?;
    same!(again, first, "the same once more");
    same!(b.user_reads().len(), 2, "items");
    Ok(())
}

fn a_copy_may_owe_a_map<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let other = b.done(&link(), copy(&anna, &remote(2), true))?;
    let owed = b.store.list_maps(&link(), None, 10)?;
    same!(owed, vec![MapPair::new(other, remote(2))], "the owed maps");
    Ok(())
}

fn a_copy_of_nothing_is_refused<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.user_deletes(&anna);
    b.changes(&link())?;
    for local in [anna, id("none.vcf")] {
        let outcomes = b.apply(&link(), vec![copy(&local, &remote(2), false)])?;
        let wanted = vec![Outcome::Refused(StatusCode::NOT_FOUND)];
        same!(outcomes, wanted, "a copy of {local:?}");
    }
    same!(b.user_reads(), vec![], "the items");
    Ok(())
}

fn archived_items_are_aside_and_deleted<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&other_link())?;
    b.user_puts(&anna, &card("Anna 2"));
    b.changes(&link())?;
    b.done(&link(), archive(&anna))?;
    same!(b.user_reads(), vec![], "the items");
    let archived = b.store.user_reads_archive(&link());
    same!(
        archived,
        vec![(anna.clone(), card("Anna 2"))],
        "the archive"
    );
    b.reopen();
    let archived = b.store.user_reads_archive(&link());
    same!(
        archived,
        vec![(anna.clone(), card("Anna 2"))],
        "the archive, opened again"
    );
    same!(b.seen(&link())?, vec![], "the peer knows");
    let wanted = vec![seen_delete(&anna, None)];
    same!(b.seen(&other_link())?, wanted, "the other device is told");
    Ok(())
}

fn archiving_twice_is_one_copy<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.done(&link(), archive(&anna))?;
    b.done(&link(), archive(&anna))?;
    same!(
        b.store.user_reads_archive(&link()).len(),
        1,
        "copies in the archive"
    );
    Ok(())
}

fn archiving_nothing_is_done<S: Subject>(b: &mut Bench<S>) -> Check {
    b.done(&link(), archive(&id("none.vcf")))?;
    same!(b.store.user_reads_archive(&link()), vec![], "the archive");
    Ok(())
}

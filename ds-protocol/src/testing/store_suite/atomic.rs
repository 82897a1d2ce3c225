//! Operations of which all are done, or none.

use super::*;

rules! {
    Atomic: all_of_them_are_done, none_of_them_is_done, what_is_gone_within_the_list_is_gone,
        trying_again_after_a_refusal_works;
}

fn all_of_them_are_done<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add(&remote(2), &card("Bert")))?;
    let operations = vec![
        replace(&anna, &card("Anna 2")),
        delete(&bert),
        add_owing(&remote(3), &card("Edna")),
    ];
    let outcomes = b.store.apply_atomic(&link(), operations)?;
    let [
        Outcome::Done(first),
        Outcome::Done(second),
        Outcome::Done(edna),
    ] = &outcomes[..]
    else {
        return Err(Failure(format!("all three must be done: {outcomes:?}")));
    };
    same!((first, second), (&anna, &bert), "own ids");
    let mut wanted = vec![(anna, card("Anna 2")), (edna.clone(), card("Edna"))];
    wanted.sort_by(|left, right| left.0.cmp(&right.0));
    same!(b.user_reads(), wanted, "the items");
    same!(b.seen(&link())?, vec![], "the peer has what it sent");
    let owed = b.store.list_maps(&link(), None, 10)?;
    same!(
        owed,
        vec![MapPair::new(edna.clone(), remote(3))],
        "the owed maps"
    );
    Ok(())
}

/// Everything that can be seen of the store from the pair and from another device.
type View = (
    Vec<(ItemId, Content)>,
    Vec<Seen>,
    Vec<Seen>,
    Vec<MapPair>,
    Vec<Option<(ItemId, KnownState)>>,
);

fn view<S: Subject>(b: &mut Bench<S>) -> Result<View, Failure> {
    let mut known = Vec::new();
    for number in 0..8 {
        known.push(b.resolve_remote(&link(), &remote(number))?);
    }
    let owed = b.store.list_maps(&link(), None, 10)?;
    Ok((
        b.user_reads(),
        b.seen(&link())?,
        b.seen(&other_link())?,
        owed,
        known,
    ))
}

fn none_of_them_is_done<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add_owing(&remote(2), &card("Bert")))?;
    let edna = b.user_adds(&card("Edna"));
    b.commit(&link())?;
    let before = view(b)?;
    let operations = vec![
        replace(&anna, &card("Anna 2")),
        add(&remote(2), &card("Bert 2")),
        delete(&bert),
        pair(&edna, &remote(1)),
        unpair(&anna),
        Operation::SoftDelete {
            local: anna.clone(),
        },
        replace(&id("none.vcf"), &card("Nobody")),
        add(&remote(5), &card("Fay")),
        delete(&anna),
    ];
    let outcomes = b.store.apply_atomic(&link(), operations)?;
    let statuses: Vec<_> = outcomes
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Done(_) => 200,
            Outcome::Refused(status) => status.get(),
        })
        .collect();
    let wanted = vec![216, 216, 216, 216, 216, 216, 404, 215, 215];
    same!(statuses, wanted, "undone, refused, not tried");
    same!(view(b)?, before, "the store, as it was before");
    b.reopen();
    same!(view(b)?, before, "the store, opened again");
    Ok(())
}

fn what_is_gone_within_the_list_is_gone<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let operations = vec![delete(&anna), replace(&anna, &card("Anna 2"))];
    let outcomes = b.store.apply_atomic(&link(), operations)?;
    let wanted = vec![
        Outcome::Refused(StatusCode::ATOMIC_ROLL_BACK_OK),
        Outcome::Refused(StatusCode::NOT_FOUND),
    ];
    same!(
        outcomes,
        wanted,
        "a Replace of what the operation before has deleted"
    );
    same!(b.user_reads(), vec![(anna, card("Anna"))], "the items");
    Ok(())
}

fn trying_again_after_a_refusal_works<S: Subject>(b: &mut Bench<S>) -> Check {
    let nobody = id("none.vcf");
    let wrong = vec![
        add(&remote(1), &card("Anna")),
        replace(&nobody, &card("Nobody")),
    ];
    b.store.apply_atomic(&link(), wrong)?;
    let outcomes = b
        .store
        .apply_atomic(&link(), vec![add(&remote(1), &card("Anna"))])?;
    let [Outcome::Done(anna)] = &outcomes[..] else {
        return Err(Failure(format!("must be done: {outcomes:?}")));
    };
    same!(
        b.user_reads(),
        vec![(anna.clone(), card("Anna"))],
        "the items"
    );
    Ok(())
}

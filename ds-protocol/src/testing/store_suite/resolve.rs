//! What a store says of items that the peer speaks of.

use super::*;

rules! {
    Nothing: strangers_are_unknown, states_against_the_peers, items_the_peer_lacks_are_changed,
        items_gone_on_both_sides_are_unknown, answers_keep_the_order, confirmed_items_are_unchanged;
}

fn strangers_are_unknown<S: Subject>(b: &mut Bench<S>) -> Check {
    b.user_adds(&card("Anna"));
    b.changes(&link())?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "an id of the peer's that was never seen"
    );
    same!(
        b.resolve_local(&link(), &id("none.vcf"))?,
        None,
        "an own id that was never given out"
    );
    same!(
        b.store.resolve(&link(), &[])?,
        vec![],
        "no keys, no answers"
    );
    Ok(())
}

fn states_against_the_peers<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    for (state, what) in [
        (KnownState::Unchanged, "just received"),
        (KnownState::Changed, "edited here"),
        (KnownState::Deleted, "deleted here"),
    ] {
        match state {
            KnownState::Unchanged => {}
            KnownState::Changed => b.user_puts(&anna, &card("Anna 2")),
            KnownState::Deleted => b.user_deletes(&anna),
        }
        b.changes(&link())?;
        same!(
            b.resolve_remote(&link(), &remote(1))?,
            Some((anna.clone(), state)),
            "{what}, by the peer's id"
        );
        same!(
            b.resolve_local(&link(), &anna)?,
            Some(state),
            "{what}, by the own id"
        );
    }
    Ok(())
}

fn items_the_peer_lacks_are_changed<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.in_step(&other_link())?;
    same!(
        b.resolve_local(&link(), &anna)?,
        Some(KnownState::Changed),
        "an item the peer does not have"
    );
    Ok(())
}

fn items_gone_on_both_sides_are_unknown<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.changes(&link())?;
    b.user_deletes(&anna);
    b.in_step(&link())?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "deleted and confirmed, by the peer's id"
    );
    same!(
        b.resolve_local(&link(), &anna)?,
        None,
        "deleted and confirmed, by the own id"
    );
    Ok(())
}

fn answers_keep_the_order<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add(&remote(2), &card("Bert")))?;
    let keys = [
        Key::Remote(remote(2)),
        Key::Local(id("none.vcf")),
        Key::Local(anna.clone()),
        Key::Remote(remote(3)),
        Key::Remote(remote(2)),
    ];
    let known = b.store.resolve(&link(), &keys)?;
    let found: Vec<_> = known
        .into_iter()
        .map(|known| known.map(|known| known.local))
        .collect();
    same!(
        found,
        vec![Some(bert.clone()), None, Some(anna), None, Some(bert)],
        "one answer for each key"
    );
    Ok(())
}

fn confirmed_items_are_unchanged<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let changes = b.changes(&link())?;
    b.confirm(&link(), &changes, true)?;
    same!(
        b.resolve_local(&link(), &anna)?,
        Some(KnownState::Unchanged),
        "confirmed, its Map still to come"
    );
    b.save_map(&link(), &anna, &remote(1))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna.clone(), KnownState::Unchanged)),
        "after its Map"
    );
    b.user_puts(&anna, &card("Anna 2"));
    b.changes(&link())?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna, KnownState::Changed)),
        "edited after its Map"
    );
    Ok(())
}

//! Operations: item and pairing change together, and only for the device they are done for.

use super::*;

rules! {
    Nothing: add_makes_an_item_and_a_pair, content_comes_back_as_it_went_in, add_twice_is_one_item,
        equal_contents_may_be_two_items, add_breaks_an_older_pair, add_over_a_deleted_item_is_a_new_item,
        ids_are_not_given_out_twice, replace_is_in_step, replace_with_the_same_content_is_in_step,
        replace_overrides_a_change_of_ours, replace_of_nothing_is_refused, delete_removes_item_and_pair,
        delete_of_nothing_is_done, delete_of_a_deleted_item_is_done, pair_is_in_step, pair_moves_the_peers_id,
        pair_moves_the_own_item, pair_of_nothing_is_refused, unpair_makes_the_item_new_to_the_peer,
        unpair_is_heard_by_nobody_else, unpair_of_a_deleted_item_is_silent, unpair_of_nothing_is_done,
        resend_is_a_change, a_refusal_stops_nobody, operations_are_done_in_order, items_survive_reopening;
}

fn resend_is_a_change<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add(&remote(2), &card("Bert")))?;
    b.in_step(&link())?;
    b.in_step(&other_link())?;
    let resend = |local: &ItemId| Operation::Resend {
        local: local.clone(),
    };
    b.done(&link(), resend(&anna))?;
    let change = b.only(&link())?;
    same!(
        (change.kind, &change.local),
        (ChangeKind::Replace, &anna),
        "what has not changed is sent"
    );
    same!(b.changes(&other_link())?, vec![], "nobody else hears of it");
    b.reopen();
    let change = b.only(&link())?;
    b.confirm(&link(), &[change], false)?;
    same!(b.changes(&link())?, vec![], "once");
    b.user_puts(&bert, &card("Berta"));
    b.done(&link(), resend(&bert))?;
    same!(b.only(&link())?.local, bert, "what has changed goes anyway");
    b.done(&link(), resend(&id("none")))?;
    Ok(())
}

fn add_makes_an_item_and_a_pair<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    same!(
        b.user_reads(),
        vec![(anna.clone(), card("Anna"))],
        "the items"
    );
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna.clone(), KnownState::Unchanged)),
        "the pair"
    );
    same!(b.seen(&link())?, vec![], "the peer has what it sent");
    b.commit(&link())?;
    same!(
        b.seen(&link())?,
        vec![],
        "the peer has what it sent, also in the next session"
    );
    same!(
        b.resolve_remote(&other_link(), &remote(1))?,
        None,
        "the other device's ids are its own"
    );
    Ok(())
}

fn content_comes_back_as_it_went_in<S: Subject>(b: &mut Bench<S>) -> Check {
    let odd = [
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ærø;Zoë;;;\r\nFN:Zoë Ærø 王 \u{1F600}\r\nNOTE:a\\nb\\, c\r\n d\r\nEND:VCARD\r\n",
        "BEGIN:VCARD\nVERSION:3.0\nN:Line;Feed;;;\nFN:Line Feed\nEND:VCARD\n",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:No end of line, tab\tand all  blanks  \r\nN:x\r\nEND:VCARD",
    ];
    for (number, text) in odd.into_iter().enumerate() {
        let content = Content::new("text/vcard", text);
        let local = b.done(&link(), add(&remote(number), &content))?;
        let found = b
            .user_reads()
            .into_iter()
            .find(|(id, _)| *id == local)
            .map(|(_, content)| content);
        same!(
            found,
            Some(content.clone()),
            "content of an item, octet by octet"
        );
        let listed = b
            .changes(&other_link())?
            .into_iter()
            .find(|change| change.local == local);
        same!(
            listed.and_then(|change| change.content),
            Some(content),
            "content in a list, octet by octet"
        );
    }
    Ok(())
}

fn add_twice_is_one_item<S: Subject>(b: &mut Bench<S>) -> Check {
    let first = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let second = b.done(&link(), add(&remote(1), &card("Anna")))?;
    same!(first, second, "an Apply that is repeated after a cut");
    same!(b.user_reads(), vec![(first, card("Anna"))], "the items");
    let first = b.done(&link(), add_owing(&remote(2), &card("Bert")))?;
    let second = b.done(&link(), add_owing(&remote(2), &card("Bert")))?;
    same!(
        first,
        second,
        "an Apply with an owed map that is repeated after a cut"
    );
    same!(
        b.store.list_maps(&link(), None, 10)?,
        vec![MapPair::new(first, remote(2))],
        "the owed maps"
    );
    same!(b.seen(&link())?, vec![], "nothing to tell the peer");
    Ok(())
}

fn equal_contents_may_be_two_items<S: Subject>(b: &mut Bench<S>) -> Check {
    let outcomes = b.apply(
        &link(),
        vec![
            add(&remote(1), &card("Anna")),
            add(&remote(2), &card("Anna")),
        ],
    )?;
    holds!(
        matches!(&outcomes[..], [Outcome::Done(one), Outcome::Done(two)] if one != two),
        "two items: {outcomes:?}"
    );
    same!(b.user_reads().len(), 2, "number of items");
    Ok(())
}

fn add_breaks_an_older_pair<S: Subject>(b: &mut Bench<S>) -> Check {
    let old = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&link())?;
    b.in_step(&other_link())?;
    let new = b.done(&link(), add(&remote(1), &card("Bert")))?;
    holds!(old != new, "the other item keeps its id: {old:?}");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((new.clone(), KnownState::Unchanged)),
        "whom the peer's id means"
    );
    same!(
        b.seen(&link())?,
        vec![seen_add(&old, &card("Anna"))],
        "the item that lost its pair"
    );
    same!(
        b.seen(&other_link())?,
        vec![seen_add(&new, &card("Bert"))],
        "the other device hears of the new item only"
    );
    Ok(())
}

fn add_over_a_deleted_item_is_a_new_item<S: Subject>(b: &mut Bench<S>) -> Check {
    let old = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.commit(&link())?;
    b.changes(&link())?;
    b.user_deletes(&old);
    same!(
        b.seen(&link())?,
        vec![seen_delete(&old, Some(&remote(1)))],
        "deleted here"
    );
    let new = b.done(&link(), add(&remote(1), &card("Anna")))?;
    holds!(
        old != new,
        "the deleted item's id is not used again: {old:?}"
    );
    same!(b.seen(&link())?, vec![], "the peer keeps its item");
    same!(
        b.user_reads(),
        vec![(new, card("Anna"))],
        "the item is back"
    );
    Ok(())
}

fn ids_are_not_given_out_twice<S: Subject>(b: &mut Bench<S>) -> Check {
    let mut given = Vec::new();
    for number in 0..5 {
        let local = b.done(&link(), add(&remote(number), &card("Anna")))?;
        holds!(
            !given.contains(&local),
            "{local:?} was given out before, and the peer has not heard that it is gone"
        );
        given.push(local.clone());
        b.changes(&link())?;
        b.user_deletes(&local);
        b.changes(&link())?;
    }
    Ok(())
}

fn replace_is_in_step<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&other_link())?;
    same!(
        b.done(&link(), replace(&anna, &card("Anna 2")))?,
        anna.clone(),
        "the id stays"
    );
    same!(
        b.user_reads(),
        vec![(anna.clone(), card("Anna 2"))],
        "the items"
    );
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna.clone(), KnownState::Unchanged)),
        "the pair"
    );
    same!(b.seen(&link())?, vec![], "the peer has what it sent");
    same!(
        b.seen(&other_link())?,
        vec![seen_replace(&anna, None, &card("Anna 2"))],
        "the other device"
    );
    Ok(())
}

fn replace_with_the_same_content_is_in_step<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&other_link())?;
    b.user_puts(&anna, &card("Anna 2"));
    b.in_step(&other_link())?;
    let wanted = seen_replace(&anna, Some(&remote(1)), &card("Anna 2"));
    same!(b.seen(&link())?, vec![wanted], "edited here");
    b.done(&link(), replace(&anna, &card("Anna 2")))?;
    same!(b.seen(&link())?, vec![], "the peer made the same edit");
    same!(
        b.seen(&other_link())?,
        vec![],
        "nothing changed for the other device"
    );
    Ok(())
}

fn replace_overrides_a_change_of_ours<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.changes(&link())?;
    b.user_puts(&anna, &card("Anna, ours"));
    b.changes(&link())?;
    b.done(&link(), replace(&anna, &card("Anna, theirs")))?;
    same!(
        b.user_reads(),
        vec![(anna, card("Anna, theirs"))],
        "the items"
    );
    same!(
        b.seen(&link())?,
        vec![],
        "the engine decided for the peer's state"
    );
    Ok(())
}

fn replace_of_nothing_is_refused<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.done(&link(), delete(&anna))?;
    let outcomes = b.apply(
        &link(),
        vec![
            replace(&anna, &card("Anna 2")),
            replace(&id("none.vcf"), &card("None")),
        ],
    )?;
    holds!(
        matches!(outcomes[..], [Outcome::Refused(_), Outcome::Refused(_)]),
        "a deleted and an unknown item cannot be replaced: {outcomes:?}"
    );
    same!(b.user_reads(), vec![], "the items");
    Ok(())
}

fn delete_removes_item_and_pair<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&other_link())?;
    b.done(&link(), delete(&anna))?;
    same!(b.user_reads(), vec![], "the items");
    same!(b.resolve_remote(&link(), &remote(1))?, None, "the pair");
    same!(b.seen(&link())?, vec![], "the peer deleted it itself");
    same!(
        b.seen(&other_link())?,
        vec![seen_delete(&anna, None)],
        "the other device"
    );
    Ok(())
}

fn delete_of_nothing_is_done<S: Subject>(b: &mut Bench<S>) -> Check {
    let none = id("none.vcf");
    same!(
        b.apply(&link(), vec![delete(&none)])?,
        vec![Outcome::Done(none)],
        "an unknown item is gone already"
    );
    Ok(())
}

fn delete_of_a_deleted_item_is_done<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.changes(&link())?;
    b.user_deletes(&anna);
    b.changes(&link())?;
    b.done(&link(), delete(&anna))?;
    same!(b.resolve_remote(&link(), &remote(1))?, None, "the pair");
    same!(b.seen(&link())?, vec![], "deleted on both sides");
    b.done(&link(), delete(&anna))?;
    same!(b.seen(&link())?, vec![], "and deleted once more");
    Ok(())
}

fn pair_is_in_step<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.changes(&link())?;
    same!(
        b.done(&link(), pair(&anna, &remote(1)))?,
        anna.clone(),
        "the own id"
    );
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna.clone(), KnownState::Unchanged)),
        "the pair"
    );
    same!(b.seen(&link())?, vec![], "both have it");
    same!(
        b.seen(&other_link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "the other device has heard of nothing"
    );
    Ok(())
}

fn pair_moves_the_peers_id<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.user_adds(&card("Bert"));
    b.in_step(&link())?;
    b.in_step(&other_link())?;
    b.done(&link(), pair(&bert, &remote(1)))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((bert, KnownState::Unchanged)),
        "whom the peer's id means"
    );
    same!(
        b.seen(&link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "the item that lost its pair"
    );
    same!(
        b.seen(&other_link())?,
        vec![],
        "the other device hears of nothing"
    );
    Ok(())
}

fn pair_moves_the_own_item<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.done(&link(), pair(&anna, &remote(2)))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "the older of the peer's ids"
    );
    same!(
        b.resolve_remote(&link(), &remote(2))?,
        Some((anna, KnownState::Unchanged)),
        "the newer of the peer's ids"
    );
    same!(b.seen(&link())?, vec![], "nothing to tell the peer");
    Ok(())
}

fn pair_of_nothing_is_refused<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.done(&link(), delete(&anna))?;
    let outcomes = b.apply(
        &link(),
        vec![pair(&anna, &remote(2)), pair(&id("none.vcf"), &remote(3))],
    )?;
    holds!(
        matches!(outcomes[..], [Outcome::Refused(_), Outcome::Refused(_)]),
        "a deleted and an unknown item cannot be paired: {outcomes:?}"
    );
    same!(
        b.resolve_remote(&link(), &remote(2))?,
        None,
        "no pair was made"
    );
    Ok(())
}

fn unpair_makes_the_item_new_to_the_peer<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add(&remote(2), &card("Bert")))?;
    let edna = b.user_adds(&card("Edna"));
    for _ in 0..3 {
        b.in_step(&link())?;
    }
    b.done(&link(), unpair(&anna))?;
    same!(b.resolve_remote(&link(), &remote(1))?, None, "the pair");
    same!(
        b.seen(&link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "the peer lost it, long after the last change"
    );
    b.commit(&link())?;
    same!(
        b.seen(&link())?,
        vec![seen_add(&anna, &card("Anna"))],
        "still so after a session"
    );
    b.in_step(&link())?;
    same!(b.seen(&link())?, vec![], "after it was sent again");
    // The last one in the order of changes, too.
    b.done(&link(), unpair(&edna))?;
    b.done(&link(), unpair(&bert))?;
    let mut wanted = vec![
        seen_add(&bert, &card("Bert")),
        seen_add(&edna, &card("Edna")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(b.seen(&link())?, wanted, "two that the peer lost");
    Ok(())
}

fn unpair_is_heard_by_nobody_else<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.in_step(&link())?;
    b.in_step(&other_link())?;
    b.done(&link(), unpair(&anna))?;
    same!(
        b.seen(&other_link())?,
        vec![],
        "the other device still has it"
    );
    b.in_step(&link())?;
    same!(
        b.seen(&other_link())?,
        vec![],
        "the other device, after the item was sent again to the first"
    );
    Ok(())
}

fn unpair_of_a_deleted_item_is_silent<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    b.changes(&link())?;
    b.user_deletes(&anna);
    b.changes(&link())?;
    b.done(&link(), unpair(&anna))?;
    same!(b.seen(&link())?, vec![], "gone on both sides");
    same!(
        b.resolve_local(&link(), &anna)?,
        None,
        "an item gone on both sides"
    );
    Ok(())
}

fn unpair_of_nothing_is_done<S: Subject>(b: &mut Bench<S>) -> Check {
    let none = id("none.vcf");
    same!(
        b.apply(&link(), vec![unpair(&none)])?,
        vec![Outcome::Done(none)],
        "there is no pair to break"
    );
    Ok(())
}

fn a_refusal_stops_nobody<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    b.changes(&link())?;
    let outcomes = b.apply(
        &link(),
        vec![
            replace(&id("none.vcf"), &card("None")),
            replace(&anna, &card("Anna 2")),
            pair(&id("none.vcf"), &remote(1)),
            add(&remote(2), &card("Bert")),
        ],
    )?;
    holds!(
        matches!(&outcomes[..], [Outcome::Refused(_), Outcome::Done(local), Outcome::Refused(_), Outcome::Done(_)] if *local == anna),
        "refused and done in the order of the operations: {outcomes:?}"
    );
    same!(b.user_reads().len(), 2, "number of items");
    Ok(())
}

fn operations_are_done_in_order<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.user_adds(&card("Anna"));
    let bert = b.user_adds(&card("Bert"));
    b.changes(&link())?;
    let outcomes = b.apply(
        &link(),
        vec![
            pair(&anna, &remote(1)),
            replace(&anna, &card("Anna 2")),
            replace(&anna, &card("Anna 3")),
            unpair(&anna),
            pair(&anna, &remote(2)),
            replace(&bert, &card("Bert 2")),
            delete(&bert),
            replace(&bert, &card("Bert 3")),
            add(&remote(3), &card("Edna")),
            add(&remote(3), &card("Fay")),
        ],
    )?;
    let done: Vec<_> = outcomes
        .iter()
        .map(|outcome| matches!(outcome, Outcome::Done(_)))
        .collect();
    same!(
        done,
        [true, true, true, true, true, true, true, false, true, true],
        "which of them were done"
    );
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "the pair that was broken"
    );
    same!(
        b.resolve_remote(&link(), &remote(2))?,
        Some((anna.clone(), KnownState::Unchanged)),
        "the pair that was made"
    );
    let mut texts: Vec<_> = b
        .user_reads()
        .into_iter()
        .map(|(_, content)| content.data)
        .collect();
    texts.sort();
    let wanted = ["Anna 3", "Edna", "Fay"].map(|name| card(name).data);
    same!(texts, wanted, "the items");
    Ok(())
}

fn items_survive_reopening<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add_owing(&remote(2), &card("Bert")))?;
    let edna = b.done(&link(), add(&remote(3), &card("Edna")))?;
    b.done(&link(), replace(&anna, &card("Anna 2")))?;
    b.done(&link(), delete(&edna))?;
    let items = b.user_reads();
    b.reopen();
    same!(b.user_reads(), items, "the items");
    same!(b.seen(&link())?, vec![], "nothing to tell the peer");
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        Some((anna, KnownState::Unchanged)),
        "the pair"
    );
    same!(
        b.store.list_maps(&link(), None, 10)?,
        vec![MapPair::new(bert, remote(2))],
        "the owed maps"
    );
    Ok(())
}

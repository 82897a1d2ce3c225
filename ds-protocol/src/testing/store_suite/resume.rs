//! Sessions that were cut and go on, and ids that outlive them.

use super::*;

rules! {
    Nothing: a_session_is_unfinished_until_commit, what_is_concluded_is_told_while_the_session_may_go_on,
        a_session_that_goes_on_forgets_nothing,
        unfinished_sessions_of_devices_are_apart, maps_may_name_temporary_ids, a_temporary_id_may_be_another_items_own,
        a_temporary_id_is_one_items, temporary_ids_end_with_their_map, beginning_afresh_forgets_temporary_ids;
}

fn a_session_is_unfinished_until_commit<S: Subject>(b: &mut Bench<S>) -> Check {
    same!(
        b.store.open(&link())?.unfinished,
        None,
        "before any session"
    );
    for sync_type in SyncType::ALL {
        b.store.begin(&link(), sync_type, false)?;
        same!(
            b.store.open(&link())?.unfinished,
            Some(sync_type),
            "after Begin"
        );
        b.reopen();
        same!(
            b.store.open(&link())?.unfinished,
            Some(sync_type),
            "opened again"
        );
        b.store.begin(&link(), sync_type, true)?;
        same!(
            b.store.open(&link())?.unfinished,
            Some(sync_type),
            "after it went on"
        );
        b.commit(&link())?;
        same!(b.store.open(&link())?.unfinished, None, "after Commit");
    }
    Ok(())
}

/// A store that notes nothing is slower, and breaks no rule.
fn what_is_concluded_is_told_while_the_session_may_go_on<S: Subject>(b: &mut Bench<S>) -> Check {
    b.commit(&link())?;
    let anchors = Anchors::new("ours", "theirs");
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    b.store.conclude(&link(), &anchors)?;
    let opened = b.store.open(&link())?;
    holds!(
        opened.last.as_ref() != Some(&anchors),
        "the anchors have moved before the answer came"
    );
    let told = opened.concluded.map(|told| *told);
    let offers = told.is_some();
    let expected = Some(anchors.clone()).filter(|_| offers);
    same!(told, expected, "what was concluded");
    b.reopen();
    b.store.begin(&link(), SyncType::TwoWay, true)?;
    let told = b.store.open(&link())?.concluded.map(|told| *told);
    same!(told, expected, "after it went on");
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let told = b.store.open(&link())?.concluded.map(|told| *told);
    same!(told, None, "after another session has begun");
    b.store.conclude(&link(), &anchors)?;
    b.store.commit(&link(), &anchors)?;
    let told = b.store.open(&link())?.concluded.map(|told| *told);
    same!(told, None, "after Commit");
    let last = b.store.open(&link())?.last;
    same!(last, Some(anchors), "Last");
    Ok(())
}

fn a_session_that_goes_on_forgets_nothing<S: Subject>(b: &mut Bench<S>) -> Check {
    b.commit(&link())?;
    for sync_type in [
        SyncType::Slow,
        SyncType::RefreshFromClient,
        SyncType::RefreshFromServer,
    ] {
        b.store.begin(&link(), sync_type, false)?;
        same!(
            b.store.open(&link())?.last,
            None,
            "Last, since it began afresh"
        );
        let anna = b.done(&link(), add_owing(&remote(1), &card("Anna")))?;
        b.reopen();
        b.store.begin(&link(), sync_type, true)?;
        same!(b.store.open(&link())?.last, None, "Last, when it goes on");
        let known = b.resolve_remote(&link(), &remote(1))?;
        same!(
            known,
            Some((anna.clone(), KnownState::Unchanged)),
            "what it received"
        );
        let owed = b.store.list_maps(&link(), None, 10)?;
        same!(
            owed,
            vec![MapPair::new(anna.clone(), remote(1))],
            "the owed maps"
        );
        same!(
            seen(&b.rest(&link(), None)?),
            vec![],
            "nothing is sent back"
        );
        b.done(&link(), delete(&anna))?;
    }
    Ok(())
}

fn unfinished_sessions_of_devices_are_apart<S: Subject>(b: &mut Bench<S>) -> Check {
    b.store.begin(&link(), SyncType::Slow, false)?;
    same!(
        b.store.open(&other_link())?.unfinished,
        None,
        "the other device"
    );
    b.store.begin(&other_link(), SyncType::TwoWay, false)?;
    b.commit(&other_link())?;
    same!(
        b.store.open(&link())?.unfinished,
        Some(SyncType::Slow),
        "this device"
    );
    Ok(())
}

/// An item that is sent under another id.
fn sent<S: Subject>(b: &mut Bench<S>, name: &str, temporary: &str) -> Result<ItemId, Failure> {
    let local = b.user_adds(&card(name));
    for mut change in b.changes(&link())? {
        if change.local == local {
            change.kind = ChangeKind::Add;
            let confirmed = confirmed(&change, true).with_temporary(Some(id(temporary)));
            b.store.confirm(&link(), &[confirmed])?;
        }
    }
    Ok(local)
}

fn maps_may_name_temporary_ids<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = sent(b, "Anna", "#1")?;
    let bert = sent(b, "Bert", "#2")?;
    // The peer acknowledges the Add, and the session ends before the Map.
    let acknowledged: Vec<_> = b
        .changes(&link())?
        .iter()
        .map(|change| confirmed(change, true))
        .collect();
    b.store.confirm(&link(), &acknowledged)?;
    b.commit(&link())?;
    b.reopen();
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    b.save_map(&link(), &id("#2"), &remote(2))?;
    b.save_map(&link(), &id("#1"), &remote(1))?;
    for (local, number) in [(anna, 1), (bert, 2)] {
        let known = b.resolve_remote(&link(), &remote(number))?;
        same!(
            known,
            Some((local, KnownState::Unchanged)),
            "the item that was mapped"
        );
    }
    same!(b.seen(&link())?, vec![], "nothing to tell");
    Ok(())
}

fn a_temporary_id_may_be_another_items_own<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = sent(b, "Anna", "#1")?;
    b.save_map(&link(), &anna, &remote(1))?;
    let known = b.resolve_remote(&link(), &remote(1))?;
    same!(
        known,
        Some((anna.clone(), KnownState::Unchanged)),
        "a Map with the own id"
    );
    // That id lent to another item: who was sent something under it means that.
    let bert = sent(b, "Bert", anna.as_str())?;
    b.save_map(&link(), &anna, &remote(2))?;
    let known = b.resolve_remote(&link(), &remote(2))?;
    same!(
        known,
        Some((bert, KnownState::Unchanged)),
        "a Map with the temporary id"
    );
    Ok(())
}

fn temporary_ids_end_with_their_map<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = sent(b, "Anna", "#1")?;
    b.save_map(&link(), &id("#1"), &remote(1))?;
    b.save_map(&link(), &id("#1"), &remote(1))?;
    b.save_map(&link(), &id("#1"), &remote(7))?;
    let known = b.resolve_remote(&link(), &remote(1))?;
    same!(
        known,
        Some((anna, KnownState::Unchanged)),
        "the Map that came first"
    );
    same!(
        b.resolve_remote(&link(), &remote(7))?,
        None,
        "the id is nobody's now"
    );
    let bert = sent(b, "Bert", "#1")?;
    b.save_map(&link(), &id("#1"), &remote(2))?;
    let known = b.resolve_remote(&link(), &remote(2))?;
    same!(
        known,
        Some((bert, KnownState::Unchanged)),
        "the id serves another item"
    );
    Ok(())
}

fn a_temporary_id_is_one_items<S: Subject>(b: &mut Bench<S>) -> Check {
    let anna = sent(b, "Anna", "#1")?;
    let bert = sent(b, "Bert", "#1")?;
    // Anna goes by her own id now, and takes nothing from Bert.
    b.save_map(&link(), &anna, &remote(1))?;
    b.save_map(&link(), &id("#1"), &remote(2))?;
    for (local, number) in [(anna, 1), (bert, 2)] {
        let known = b.resolve_remote(&link(), &remote(number))?;
        same!(
            known,
            Some((local, KnownState::Unchanged)),
            "the item that was mapped"
        );
    }
    Ok(())
}

fn beginning_afresh_forgets_temporary_ids<S: Subject>(b: &mut Bench<S>) -> Check {
    sent(b, "Anna", "#1")?;
    b.store.begin(&link(), SyncType::Slow, false)?;
    b.save_map(&link(), &id("#1"), &remote(1))?;
    same!(
        b.resolve_remote(&link(), &remote(1))?,
        None,
        "a Map of an older session"
    );
    Ok(())
}

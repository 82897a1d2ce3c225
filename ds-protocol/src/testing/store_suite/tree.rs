//! Items that stand under others.

use super::*;
use crate::place::{Moved, Parent, Place};

rules! {
    Tree: items_stand_where_they_were_put, parents_are_listed_before_children, deletions_come_last_and_from_below,
        parents_are_told_by_the_peers_names, moves_are_told_from_other_changes, moving_says_nothing_of_other_changes,
        a_replace_that_names_no_place_leaves_the_item_there, nothing_stands_below_itself,
        nothing_stands_under_what_is_not_there, what_has_children_is_not_removed, a_tree_is_removed_as_a_whole,
        twins_stand_in_the_same_place, what_is_sent_again_has_changed_in_everything, children_of_unpaired_items_are_told_again, trees_are_changed_all_or_none,
        what_is_new_may_stand_under_what_is_new, what_passes_a_filter_is_listed_in_the_same_order;
}

fn relocate(local: &ItemId, place: Place) -> Operation {
    Operation::Move {
        local: local.clone(),
        place,
    }
}

fn under(name: &str, parent: &ItemId) -> Content {
    card(name).under(parent.clone())
}

fn refused(status: StatusCode) -> Vec<Outcome> {
    vec![Outcome::Refused(status)]
}

/// Folder, folder in it, and item in that: made by the user.
fn branch<S: Subject>(b: &mut Bench<S>) -> [ItemId; 3] {
    let top = b.user_adds(&card("Top"));
    let middle = b.user_adds(&under("Middle", &top));
    let leaf = b.user_adds(&under("Leaf", &middle));
    [top, middle, leaf]
}

/// Ids of what is listed, as it is listed.
fn order(changes: &[Change]) -> Vec<ItemId> {
    changes.iter().map(|change| change.local.clone()).collect()
}

impl<S: Subject> Bench<S> {
    /// Where an item stands; none: it is not there.
    fn place(&mut self, id: &ItemId) -> Option<Place> {
        let mut items = self.user_reads().into_iter();
        let found = items.find(|(found, _)| found == id)?;
        Some(match found.1.place {
            Place::Top => Place::Unsaid,
            place => place,
        })
    }
}

fn items_stand_where_they_were_put<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    let theirs = b.done(&link(), add(&remote(1), &under("Theirs", &leaf)))?;
    for reopened in [false, true] {
        if reopened {
            b.reopen();
        }
        for (item, place) in [
            (&top, Place::Unsaid),
            (&middle, Place::under(top.clone())),
            (&leaf, Place::under(middle.clone())),
            (&theirs, Place::under(leaf.clone())),
        ] {
            same!(b.place(item), Some(place), "place of {item:?}");
        }
    }
    b.done(&link(), relocate(&theirs, Place::under(top.clone())))?;
    same!(b.place(&theirs), Some(Place::under(top)), "it was moved");
    b.done(&link(), relocate(&theirs, Place::Top))?;
    same!(b.place(&theirs), Some(Place::Unsaid), "it was moved up");
    Ok(())
}

fn parents_are_listed_before_children<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    let late = b.user_adds(&card("Late"));
    // Every parent is newer than what is below it.
    b.user_puts(&middle, &card("Middle").under(late.clone()));
    b.user_puts(&leaf, &card("Leaf 2"));
    b.user_puts(&middle, &card("Middle 2"));
    b.user_puts(&late, &card("Late 2").under(top.clone()));
    let wanted = vec![top, late, middle, leaf];
    same!(order(&b.changes(&link())?), wanted, "the list");
    Ok(())
}

fn deletions_come_last_and_from_below<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    let other = b.user_adds(&under("Other", &middle));
    b.in_step(&link())?;
    b.user_puts(&other, &card("Other").with_place(Place::Top));
    b.user_deletes(&leaf);
    b.user_deletes(&middle);
    b.user_deletes(&top);
    b.user_puts(&other, &card("Other 2"));
    let wanted = vec![other, leaf, middle, top];
    same!(order(&b.changes(&link())?), wanted, "the list");
    Ok(())
}

fn parents_are_told_by_the_peers_names<S: Subject>(b: &mut Bench<S>) -> Check {
    let top = b.user_adds(&card("Top"));
    let leaf = b.user_adds(&under("Leaf", &top));
    let parent_of_leaf = |b: &mut Bench<S>| -> Result<Option<Parent>, Failure> {
        let changes = b.changes(&link())?;
        let leaf = changes.iter().find(|change| change.local == leaf);
        same!(
            changes
                .iter()
                .find(|change| change.local == top)
                .and_then(|top| top.parent.clone()),
            None,
            "nothing is above the top"
        );
        Ok(leaf.and_then(|leaf| leaf.parent.as_deref().cloned()))
    };
    let unknown = Parent::new(top.clone());
    same!(
        parent_of_leaf(b)?,
        Some(unknown.clone()),
        "nothing was sent"
    );
    let noted = |b: &mut Bench<S>, temporary: Option<ItemId>| -> Check {
        let changes = b.changes(&link())?;
        let sent = changes.iter().filter(|change| change.local == top);
        let sent: Vec<_> = sent
            .map(|change| confirmed(change, true).with_temporary(temporary.clone()))
            .collect();
        Ok(b.store.confirm(&link(), &sent)?)
    };
    noted(b, None)?;
    let sent = unknown.clone().with_sent(Some(top.clone()));
    same!(parent_of_leaf(b)?, Some(sent), "sent under the own id");
    noted(b, Some(id("#1")))?;
    let sent = unknown.clone().with_sent(Some(id("#1")));
    same!(parent_of_leaf(b)?, Some(sent), "sent under another id");
    b.save_map(&link(), &id("#1"), &remote(1))?;
    let paired = unknown.with_remote(Some(remote(1)));
    same!(parent_of_leaf(b)?, Some(paired), "paired");
    Ok(())
}

fn moves_are_told_from_other_changes<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    b.in_step(&link())?;
    b.user_puts(&leaf, &card("Leaf 2"));
    same!(b.only(&link())?.moved, Moved::No, "its content has changed");
    b.in_step(&link())?;
    b.user_puts(&leaf, &under("Leaf 2", &top));
    let change = b.only(&link())?;
    same!(change.kind, ChangeKind::Replace, "a move");
    same!(change.moved, Moved::Only, "its place has changed");
    b.user_puts(&leaf, &card("Leaf 3"));
    same!(b.only(&link())?.moved, Moved::Too, "both have changed");
    b.in_step(&link())?;
    b.user_puts(&middle, &card("Middle").with_place(Place::Top));
    let change = b.only(&link())?;
    same!(change.parent, None, "at the top");
    same!(change.moved, Moved::Only, "its place has changed");
    b.confirm(&link(), &[change], false)?;
    same!(b.changes(&link())?, vec![], "the peer has it there");
    Ok(())
}

fn moving_says_nothing_of_other_changes<S: Subject>(b: &mut Bench<S>) -> Check {
    let top = b.done(&link(), add(&remote(1), &card("Top")))?;
    let leaf = b.done(&link(), add(&remote(2), &card("Leaf")))?;
    b.done(&link(), relocate(&leaf, Place::under(top.clone())))?;
    same!(b.seen(&link())?, vec![], "the peer has moved it");
    b.user_puts(&leaf, &card("Leaf 2"));
    b.done(&link(), relocate(&leaf, Place::Top))?;
    let change = b.only(&link())?;
    same!(change.local, leaf, "the peer has the old content");
    same!(b.place(&leaf), Some(Place::Unsaid), "but it is moved");
    b.in_step(&other_link())?;
    b.done(&link(), relocate(&leaf, Place::under(top)))?;
    let change = b.only(&other_link())?;
    same!(change.moved, Moved::Only, "another device is told");
    Ok(())
}

fn a_replace_that_names_no_place_leaves_the_item_there<S: Subject>(b: &mut Bench<S>) -> Check {
    let top = b.done(&link(), add(&remote(1), &card("Top")))?;
    let leaf = b.done(&link(), add(&remote(2), &under("Leaf", &top)))?;
    b.done(&link(), replace(&leaf, &card("Leaf 2")))?;
    same!(b.place(&leaf), Some(Place::under(top.clone())), "its place");
    same!(b.seen(&link())?, vec![], "the peer knows");
    b.user_puts(&leaf, &card("Leaf 2").with_place(Place::Top));
    b.done(&link(), replace(&leaf, &card("Leaf 3")))?;
    same!(b.place(&leaf), Some(Place::Unsaid), "its new place");
    let change = b.only(&link())?;
    same!(change.local, leaf, "the peer is to be told where it stands");
    holds!(change.moved != Moved::No, "and that it was moved");
    b.in_step(&link())?;
    b.done(&link(), replace(&leaf, &under("Leaf 3", &top)))?;
    same!(b.place(&leaf), Some(Place::under(top)), "the peer's place");
    same!(b.seen(&link())?, vec![], "the peer knows");
    Ok(())
}

fn nothing_stands_below_itself<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    b.in_step(&link())?;
    let failed = refused(StatusCode::MOVE_FAILED);
    for above in [&top, &middle, &leaf] {
        let place = Place::under(above.clone());
        let outcomes = b.apply(&link(), vec![relocate(&top, place)])?;
        same!(outcomes, failed, "top under {above:?}");
        let outcomes = b.apply(&link(), vec![replace(&top, &under("Top 2", above))])?;
        same!(outcomes, failed, "another top under {above:?}");
    }
    same!(b.seen(&link())?, vec![], "nothing was done");
    same!(b.place(&top), Some(Place::Unsaid), "the top");
    Ok(())
}

fn nothing_stands_under_what_is_not_there<S: Subject>(b: &mut Bench<S>) -> Check {
    let gone = b.user_adds(&card("Gone"));
    let leaf = b.user_adds(&card("Leaf"));
    b.in_step(&link())?;
    b.user_deletes(&gone);
    b.in_step(&link())?;
    for parent in [gone, id("never")] {
        let place = Place::under(parent.clone());
        for (operation, status) in [
            (
                add(&remote(1), &under("New", &parent)),
                StatusCode::NOT_FOUND,
            ),
            (
                replace(&leaf, &under("Leaf 2", &parent)),
                StatusCode::MOVE_FAILED,
            ),
            (relocate(&leaf, place), StatusCode::MOVE_FAILED),
        ] {
            let outcomes = b.apply(&link(), vec![operation.clone()])?;
            same!(outcomes, refused(status), "{operation:?}");
        }
    }
    same!(b.user_reads(), vec![(leaf, card("Leaf"))], "the items");
    same!(b.seen(&link())?, vec![], "nothing was done");
    Ok(())
}

fn what_has_children_is_not_removed<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    b.in_step(&link())?;
    let outcomes = b.apply(&link(), vec![delete(&top), delete(&leaf), delete(&middle)])?;
    let wanted = vec![
        Outcome::Refused(StatusCode::ITEM_NOT_EMPTY),
        Outcome::Done(leaf),
        Outcome::Done(middle),
    ];
    same!(outcomes, wanted, "the top, and then what is below it");
    b.done(&link(), delete(&top))?;
    same!(b.user_reads(), vec![], "the items");
    same!(b.seen(&link())?, vec![], "the peer knows");
    Ok(())
}

fn a_tree_is_removed_as_a_whole<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    let beside = b.user_adds(&card("Beside"));
    b.in_step(&link())?;
    b.in_step(&other_link())?;
    let local = top.clone();
    b.done(&link(), Operation::DeleteTree { local })?;
    same!(b.user_reads(), vec![(beside, card("Beside"))], "the items");
    same!(b.seen(&link())?, vec![], "the peer knows");
    let wanted = vec![leaf, middle, top];
    same!(
        order(&b.changes(&other_link())?),
        wanted,
        "the other device is told"
    );
    Ok(())
}

fn twins_stand_in_the_same_place<S: Subject>(b: &mut Bench<S>) -> Check {
    let [one, two] = ["One", "Two"].map(|name| b.user_adds(&card(name)));
    let in_one = b.user_adds(&under("Leaf", &one));
    let in_two = b.user_adds(&under("Leaf", &two));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let leaf_in_two = under("Leaf", &two);
    let at_top = card("Leaf").with_place(Place::Top);
    for (content, twin) in [(leaf_in_two, Some(in_two.clone())), (at_top, None)] {
        let found = b.twins(std::slice::from_ref(&content))?;
        same!(found, vec![twin], "{:?}", content.place);
    }
    b.done(&link(), pair(&in_two, &remote(1)))?;
    let found = b.twins(&[card("Leaf")])?;
    same!(found, vec![Some(in_one)], "whose place is not said");
    Ok(())
}

fn what_is_sent_again_has_changed_in_everything<S: Subject>(b: &mut Bench<S>) -> Check {
    let top = b.done(&link(), add(&remote(1), &card("Top")))?;
    let leaf = b.done(&link(), add(&remote(2), &card("Leaf")))?;
    b.in_step(&link())?;
    b.user_puts(&leaf, &under("Leaf", &top));
    same!(b.only(&link())?.moved, Moved::Only, "it was moved");
    let local = leaf.clone();
    b.done(&link(), Operation::Resend { local })?;
    let change = b.only(&link())?;
    same!(change.local, leaf, "it is sent");
    same!(change.moved, Moved::Too, "with everything");
    b.in_step(&link())?;
    b.done(
        &link(),
        Operation::Resend {
            local: leaf.clone(),
        },
    )?;
    let change = b.only(&link())?;
    same!(change.kind, ChangeKind::Replace, "what has not changed");
    b.confirm(&link(), &[change], false)?;
    same!(b.changes(&link())?, vec![], "and once only");
    b.done(&link(), Operation::Resend { local: id("none") })?;
    Ok(())
}

fn children_of_unpaired_items_are_told_again<S: Subject>(b: &mut Bench<S>) -> Check {
    let [top, middle, leaf] = branch(b);
    b.in_step(&link())?;
    b.done(&link(), unpair(&top))?;
    let changes = b.changes(&link())?;
    same!(order(&changes), vec![top, middle.clone()], "the list");
    let told = changes.iter().find(|change| change.local == middle);
    same!(
        told.map(|told| told.kind),
        Some(ChangeKind::Replace),
        "the child"
    );
    holds!(told.is_some_and(|told| told.moved != Moved::No), "as moved");
    b.in_step(&link())?;
    b.done(&link(), unpair(&leaf))?;
    same!(b.only(&link())?.local, leaf, "nothing is below it");
    Ok(())
}

fn trees_are_changed_all_or_none<S: Subject>(b: &mut Bench<S>) -> Check {
    if !b.profile.atomic {
        return Ok(());
    }
    let [top, middle, leaf] = branch(b);
    let before = b.user_reads();
    let swapped = vec![
        relocate(&middle, Place::Top),
        relocate(&top, Place::under(middle.clone())),
        delete(&leaf),
    ];
    let mut failing = swapped.clone();
    failing.push(relocate(&middle, Place::under(top.clone())));
    let outcomes = b.store.apply_atomic(&link(), failing)?;
    let wanted = [StatusCode::ATOMIC_ROLL_BACK_OK; 3].into_iter();
    let wanted = wanted
        .chain([StatusCode::MOVE_FAILED])
        .map(Outcome::Refused);
    same!(outcomes, wanted.collect::<Vec<_>>(), "a circle at last");
    same!(b.user_reads(), before, "nothing was done");
    let outcomes = b.store.apply_atomic(&link(), swapped)?;
    holds!(
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Done(_))),
        "{outcomes:?}"
    );
    same!(
        b.place(&top),
        Some(Place::under(middle)),
        "the other way round"
    );
    Ok(())
}

fn what_is_new_may_stand_under_what_is_new<S: Subject>(b: &mut Bench<S>) -> Check {
    if !b.profile.atomic {
        return Ok(());
    }
    // The first that stand under anything.
    let new = |name: &str, number, place| add(&remote(number), &card(name).with_place(place));
    let under_new = |number| Place::UnderNew(Box::new(remote(number)));
    let tree = vec![
        new("Top", 1, Place::Top),
        new("Middle", 2, under_new(1)),
        new("Leaf", 3, under_new(2)),
    ];
    let mut failing = tree.clone();
    failing.push(new("Orphan", 4, under_new(5)));
    let outcomes = b.store.apply_atomic(&link(), failing)?;
    let wanted = [StatusCode::ATOMIC_ROLL_BACK_OK; 3].into_iter();
    let wanted = wanted.chain([StatusCode::NOT_FOUND]).map(Outcome::Refused);
    same!(outcomes, wanted.collect::<Vec<_>>(), "an orphan at last");
    same!(b.user_reads().len(), 0, "nothing was done");
    let outcomes = b.store.apply_atomic(&link(), tree)?;
    let [
        Outcome::Done(top),
        Outcome::Done(middle),
        Outcome::Done(leaf),
    ] = &outcomes[..]
    else {
        return Err(Failure(format!("{outcomes:?}")));
    };
    b.reopen();
    same!(
        b.place(middle),
        Some(Place::under(top.clone())),
        "the second"
    );
    same!(
        b.place(leaf),
        Some(Place::under(middle.clone())),
        "the third"
    );
    Ok(())
}

fn what_passes_a_filter_is_listed_in_the_same_order<S: Subject>(b: &mut Bench<S>) -> Check {
    if !super::filter::has_filters(b)? {
        return Ok(());
    }
    let anna = |note: &str| {
        let card = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Anna;;;;\r\nFN:Anna\r\nNOTE:{note}\r\nEND:VCARD\r\n"
        );
        Content::new("text/vcard", card)
    };
    // What is below has come about first.
    let top = b.user_adds(&anna("top"));
    let middle = b.user_adds(&anna("middle").under(top.clone()));
    let leaf = b.user_adds(&anna("leaf").under(middle.clone()));
    b.user_puts(&middle, &anna("in the middle").under(top.clone()));
    b.user_puts(&top, &anna("at the top"));
    let bert = b.user_adds(&card("Bert"));
    let scope = |name: &str| {
        let filter = super::filter::only(name);
        Scope::default().with_filter(Some(Box::new(filter)))
    };
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    for limit in [1, 2, 10] {
        let changes = pages_of(b, &scope("Anna"), limit)?;
        let wanted = [top.clone(), middle.clone(), leaf.clone()];
        same!(order(&changes), wanted, "what passes, {limit} at a time");
    }
    let confirmed: Vec<Confirmed> = pages_of(b, &scope("Anna"), 10)?
        .iter()
        .map(|change| Confirmed::new(ChangeKind::Add, change.local.clone(), change.revision, true))
        .collect();
    b.store.confirm(&link(), &confirmed)?;
    let maps: Vec<MapPair> = [&top, &middle, &leaf]
        .into_iter()
        .zip(1..)
        .map(|(local, number)| MapPair::new(local.clone(), remote(number)))
        .collect();
    b.store.save_map(&link(), &maps)?;
    b.commit(&link())?;
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    for limit in [1, 2, 10] {
        let changes = pages_of(b, &scope("Bert"), limit)?;
        let wanted = [bert.clone(), leaf.clone(), middle.clone(), top.clone()];
        same!(
            order(&changes),
            wanted,
            "what is taken back, {limit} at a time"
        );
        let soft: Vec<bool> = changes.iter().map(|change| change.soft).collect();
        same!(soft, [false, true, true, true], "gone for the peer alone");
    }
    Ok(())
}

/// All pages of a list.
fn pages_of<S: Subject>(
    b: &mut Bench<S>,
    scope: &Scope,
    limit: u32,
) -> Result<Vec<Change>, Failure> {
    let mut all: Vec<Change> = Vec::new();
    loop {
        let after = all.last().map(|change| change.cursor.clone());
        let page = b
            .store
            .list_changes(&link(), scope, after.as_ref(), limit, u64::MAX)?;
        all.extend(page.changes);
        if !page.more {
            return Ok(all);
        }
    }
}

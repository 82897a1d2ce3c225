//! Filters of properties: a peer that wants a part of each item. A store that refuses them with 406 has none.

use super::*;
use crate::change::Revision;
use crate::filter::{Field, Filter};
use crate::twin::{Likeness, Twin};

rules! {
    Nothing: what_is_wanted_alone_is_listed, changed_fields_are_listed_again, what_was_not_sent_survives_a_replace,
        parts_are_of_what_is_wanted, twins_are_found_by_what_is_wanted;
}

fn of(names: &[&'static str]) -> Filter {
    let fields = names.iter().map(|name| Field::new(*name));
    Filter::of_fields("text/vcard", fields)
}

/// Whether the store has filters of properties.
fn has_fields<S: Subject>(b: &mut Bench<S>) -> Result<bool, Failure> {
    match b.store.check_filter(&link(), &of(&["FN"])) {
        Ok(()) => Ok(true),
        Err(fault) => {
            same!(
                fault.status().get(),
                406,
                "the status of a store without filters of properties"
            );
            Ok(false)
        }
    }
}

fn noted(name: &str, note: &str) -> Content {
    let note = if note.is_empty() {
        String::new()
    } else {
        format!("NOTE:{note}\r\n")
    };
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{note}END:VCARD\r\n"),
    )
}

fn scope(names: &[&'static str]) -> Scope {
    let filter = (!names.is_empty()).then(|| Box::new(of(names)));
    Scope::default().with_filter(filter)
}

/// A session in which the peer takes what is listed for it; what that was.
fn session<S: Subject>(b: &mut Bench<S>, names: &[&'static str]) -> Result<Vec<Seen>, Failure> {
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let (mut changes, mut after) = (Vec::<Change>::new(), None);
    loop {
        let scope = scope(names);
        let page = b
            .store
            .list_changes(&link(), &scope, after.as_ref(), 1, u64::MAX)?;
        b.confirm(&link(), &page.changes, false)?;
        after = page.changes.last().map(|change| change.cursor.clone());
        changes.extend(page.changes);
        if !page.more {
            break;
        }
    }
    b.commit(&link())?;
    b.reopen();
    Ok(seen(&changes))
}

fn what_is_wanted_alone_is_listed<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_fields(b)? {
        return Ok(());
    }
    let anna = id("anna.vcf");
    b.user_puts(&anna, &noted("Anna", "tall"));
    let wanted = vec![seen_add(&anna, &noted("Anna", ""))];
    same!(session(b, &["fn"])?, wanted, "what is listed");
    same!(session(b, &["fn"])?, vec![], "once it was sent");
    let here = vec![(anna, noted("Anna", "tall"))];
    same!(b.user_reads(), here, "what is here");
    Ok(())
}

fn changed_fields_are_listed_again<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_fields(b)? {
        return Ok(());
    }
    let anna = b.done(&link(), add(&remote(1), &noted("Anna", "tall")))?;
    b.done(&link(), add(&remote(2), &noted("Bert", "")))?;
    let whole = noted("Anna", "tall");
    for (names, wanted) in [
        (&["FN"][..], Some(noted("Anna", ""))),
        (&["Fn"], None),
        (&["FN", "NOTE"], Some(whole.clone())),
        (&["NOTE", "FN", "TEL"], None),
        // She has all of it.
        (&[], None),
        (&["FN"], Some(noted("Anna", ""))),
        (&[], Some(whole)),
        (&[], None),
    ] {
        let wanted = wanted.map(|content| seen_replace(&anna, Some(&remote(1)), &content));
        let wanted: Vec<_> = wanted.into_iter().collect();
        same!(session(b, names)?, wanted, "with {names:?}");
    }
    Ok(())
}

fn what_was_not_sent_survives_a_replace<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_fields(b)? {
        return Ok(());
    }
    let anna = b.done(&link(), add(&remote(1), &noted("Anna", "tall")))?;
    session(b, &["FN"])?;
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    b.done(&link(), replace(&anna, &noted("Anne", "")))?;
    let here = vec![(anna.clone(), noted("Anne", "tall"))];
    same!(b.user_reads(), here, "what is here");
    same!(session(b, &["FN"])?, vec![], "what is sent back");
    // What it makes of a property that it was not sent does not count, and it is told.
    b.done(&link(), replace(&anna, &noted("Anne", "small")))?;
    same!(b.user_reads(), here, "what is here");
    let wanted = vec![seen_replace(&anna, Some(&remote(1)), &noted("Anne", ""))];
    same!(session(b, &["FN"])?, wanted, "what is sent back");
    // Once it has everything, everything is its to edit.
    session(b, &[])?;
    b.done(&link(), replace(&anna, &noted("Anne", "")))?;
    same!(
        b.user_reads(),
        vec![(anna, noted("Anne", ""))],
        "what is here"
    );
    Ok(())
}

fn parts_are_of_what_is_wanted<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_fields(b)? {
        return Ok(());
    }
    let cut = noted(&"Anna ".repeat(500), "");
    b.user_adds(&noted(&"Anna ".repeat(500), "tall"));
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let page = b
        .store
        .list_changes(&link(), &scope(&["FN"]), None, 10, 100)?;
    let change = page.changes.first();
    let (large, local) = (
        change.and_then(|change| change.large.clone()),
        change.map(|change| (change.local.clone(), change.revision)),
    );
    same!(
        large.map(|large| large.size),
        Some(cut.data.len() as u64),
        "the size that is told"
    );
    let (local, revision) = local.unwrap_or_else(|| (id(""), Revision(0)));
    let mut read = Vec::new();
    loop {
        let offset = read.len() as u64;
        let part = b.store.read_item(&link(), &local, revision, offset, 700)?;
        match part {
            Some(part) if !part.is_empty() => read.extend_from_slice(&part),
            _ => break,
        }
    }
    same!(Bytes::from(read), cut.data, "what is read");
    Ok(())
}

fn twins_are_found_by_what_is_wanted<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_fields(b)? {
        return Ok(());
    }
    let many: Vec<ItemId> = (0..12)
        .map(|number| b.user_adds(&noted("Many", &number.to_string())))
        .collect();
    b.store.begin(&link(), SyncType::Slow, false)?;
    let search = Search::default().with_filter(Some(Box::new(of(&["FN"]))));
    for (number, _) in many.iter().enumerate() {
        // One after the other: any that is left will do.
        let twins = b.store.find_twins(&link(), &[noted("Many", "")], &search)?;
        let found = own_items(&twins).pop().flatten();
        let found = found.ok_or_else(|| Failure(format!("no twin for number {number}")))?;
        b.save_map(&link(), &found, &remote(100 + number))?;
    }
    for local in &many {
        b.user_deletes(local);
    }
    let anna = b.user_adds(&noted("Anna", "tall"));
    let bert = b.user_adds(&noted("Bert", ""));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let search = Search::default().with_filter(Some(Box::new(of(&["FN"]))));
    let theirs = [noted("Bert", ""), noted("Anna", ""), noted("Cleo", "")];
    let twins = b.store.find_twins(&link(), &theirs, &search)?;
    let found: Vec<_> = twins
        .iter()
        .map(|twin| match twin {
            Twin::Found(local, likeness) => Some((local.clone(), *likeness)),
            Twin::None(_) => None,
        })
        .collect();
    let wanted = vec![
        Some((bert.clone(), Likeness::Equal)),
        Some((anna.clone(), Likeness::Shown)),
        None,
    ];
    same!(found, wanted, "twins");
    b.done(&link(), pair(&bert, &remote(1)))?;
    // That is how it is paired.
    b.save_map(&link(), &anna, &remote(2))?;
    b.done(&link(), replace(&anna, &noted("Anna", "")))?;
    same!(session(b, &["FN"])?, vec![], "what is sent");
    let mut here = vec![(anna, noted("Anna", "tall")), (bert, noted("Bert", ""))];
    here.sort_by(|left, right| left.0.cmp(&right.0));
    same!(b.user_reads(), here, "what is here");
    Ok(())
}

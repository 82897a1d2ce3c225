//! Filters: a peer that wants a part of the datastore. A store that refuses them with 406 has none.

use super::*;
use crate::filter::Filter;

rules! {
    Nothing: what_passes_alone_is_listed, what_does_not_pass_any_more_is_taken_back,
        an_inclusive_filter_takes_nothing_back, filters_that_cannot_be_read_are_refused;
}

pub(super) fn only(name: &str) -> Filter {
    Filter::cgi("text/vcard", format!("FN&EQ;{name}"))
}

/// Whether the store has filters.
pub(super) fn has_filters<S: Subject>(b: &mut Bench<S>) -> Result<bool, Failure> {
    match b.store.check_filter(&link(), &only("Anna")) {
        Ok(()) => Ok(true),
        Err(fault) => {
            same!(
                fault.status().get(),
                406,
                "the status of a store without filters"
            );
            Ok(false)
        }
    }
}

/// What is listed with a filter, one change a page, and which of it is gone for the peer alone.
fn listed<S: Subject>(b: &mut Bench<S>, filter: Filter) -> Result<Vec<Change>, Failure> {
    let scope = Scope::default().with_filter(Some(Box::new(filter)));
    let (mut changes, mut after) = (Vec::<Change>::new(), None);
    loop {
        let page = b
            .store
            .list_changes(&link(), &scope, after.as_ref(), 1, u64::MAX)?;
        let more = page.more;
        changes.extend(page.changes);
        if !more {
            return Ok(changes);
        }
        after = changes.last().map(|change| change.cursor.clone());
    }
}

/// Two items that the peer has, and one that is new.
fn items<S: Subject>(b: &mut Bench<S>) -> Result<[ItemId; 3], Failure> {
    let anna = b.done(&link(), add(&remote(1), &card("Anna")))?;
    let bert = b.done(&link(), add(&remote(2), &card("Bert")))?;
    let cleo = id("cleo.vcf");
    b.user_puts(&cleo, &card("Cleo"));
    Ok([anna, bert, cleo])
}

fn what_passes_alone_is_listed<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_filters(b)? {
        return Ok(());
    }
    for name in ["Anna", "Bert", "Cleo"] {
        b.user_puts(&id(&format!("{name}.vcf")), &card(name));
    }
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let wanted = vec![seen_add(&id("Bert.vcf"), &card("Bert"))];
    same!(seen(&listed(b, only("Bert"))?), wanted, "one of three");
    same!(seen(&listed(b, only("Dora"))?), vec![], "none of three");
    b.commit(&link())?;
    same!(
        b.seen(&link())?.len(),
        3,
        "what did not pass is not forgotten"
    );
    Ok(())
}

fn what_does_not_pass_any_more_is_taken_back<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_filters(b)? {
        return Ok(());
    }
    let [anna, bert, cleo] = items(b)?;
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let changes = listed(b, only("Anna"))?;
    let wanted = vec![seen_delete(&bert, Some(&remote(2)))];
    same!(
        seen(&changes),
        wanted,
        "what the peer has beside what passes"
    );
    same!(
        changes.iter().all(|change| change.soft),
        true,
        "gone for the peer alone"
    );
    let confirmed: Vec<_> = changes
        .iter()
        .map(|change| {
            Confirmed::new(
                ChangeKind::Delete,
                change.local.clone(),
                change.revision,
                false,
            )
        })
        .collect();
    b.store.confirm(&link(), &confirmed)?;
    b.commit(&link())?;
    b.reopen();
    same!(b.user_reads().len(), 3, "the items that are here");
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    same!(
        seen(&listed(b, only("Anna"))?),
        vec![],
        "once it is taken back"
    );
    let mut wanted = vec![
        seen_add(&bert, &card("Bert")),
        seen_add(&cleo, &card("Cleo")),
    ];
    wanted.sort_by(|left, right| left.1.cmp(&right.1));
    same!(b.seen(&link())?, wanted, "without a filter");
    b.user_deletes(&anna);
    let wanted = vec![seen_delete(&anna, Some(&remote(1)))];
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let changes = listed(b, only("Dora"))?;
    same!(
        seen(&changes),
        wanted,
        "what is deleted has nothing to pass"
    );
    same!(
        changes.iter().any(|change| change.soft),
        false,
        "gone for all"
    );
    Ok(())
}

fn an_inclusive_filter_takes_nothing_back<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_filters(b)? {
        return Ok(());
    }
    let [anna, _, cleo] = items(b)?;
    b.user_puts(&anna, &card("Anna 2"));
    b.store.begin(&link(), SyncType::TwoWay, false)?;
    let filter = only("Cleo").with_inclusive(true);
    let wanted = vec![seen_add(&cleo, &card("Cleo"))];
    same!(seen(&listed(b, filter)?), wanted, "what passes alone");
    b.commit(&link())?;
    same!(b.seen(&link())?.len(), 2, "the edit is not forgotten");
    Ok(())
}

fn filters_that_cannot_be_read_are_refused<S: Subject>(b: &mut Bench<S>) -> Check {
    if !has_filters(b)? {
        return Ok(());
    }
    let refused = b
        .store
        .check_filter(&link(), &Filter::cgi("text/vcard", "FN&LIKE;x"));
    let status = refused.map_err(|fault| fault.status().get());
    same!(status, Err(422), "an expression that is none");
    Ok(())
}

//! Twins whose contents differ. A store that finds equal ones alone has none.

use super::*;
use crate::twin::{Likeness, NoTwin, Twin};

rules! {
    Nothing: twins_may_be_alike, alike_twins_are_given_where_they_are_asked_for, equal_twins_go_before_alike_ones,
        one_of_several_is_not_chosen, alike_twins_have_no_pairing;
}

const UID: &str = "UID:0f6c1a52-anna@example.net\r\n";

fn with(lines: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}END:VCARD\r\n"),
    )
}

fn search<S: Subject>(b: &mut Bench<S>, contents: &[Content]) -> Result<Vec<Twin>, Failure> {
    let search = Search::default().with_loose(true);
    let twins = b.store.find_twins(&link(), contents, &search)?;
    same!(twins.len(), contents.len(), "one answer for each content");
    Ok(twins)
}

/// An item, and another version of it, if the store finds the one by the other.
fn alike<S: Subject>(b: &mut Bench<S>) -> Result<Option<(ItemId, Content)>, Failure> {
    let anna = b.user_adds(&with(&format!("{UID}FN:Anna\r\n")));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let other = with(&format!("{UID}FN:Anne\r\n"));
    Ok(match search(b, std::slice::from_ref(&other))?.pop() {
        Some(Twin::Found(found, likeness)) => {
            same!(found, anna, "the item with this UID");
            same!(likeness, Likeness::SameUid, "how it is alike");
            Some((anna, other))
        }
        _ => None,
    })
}

fn twins_may_be_alike<S: Subject>(b: &mut Bench<S>) -> Check {
    if alike(b)?.is_none() {
        return Ok(());
    }
    let bert = b.user_adds(&with("FN:Bert  Brown\r\nTEL:1\r\n"));
    let dora = b.user_adds(&with("FN:Dora\r\n"));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let twins = search(
        b,
        &[
            with("TEL:1\r\nFN:bert BROWN\r\n"),
            with("FN:Dora\r\n"),
            with("FN:Edna\r\n"),
        ],
    )?;
    let wanted = vec![
        Twin::Found(bert, Likeness::Normalized),
        Twin::Found(dora, Likeness::Equal),
        Twin::None(NoTwin::Nothing),
    ];
    same!(twins, wanted, "twins");
    Ok(())
}

fn alike_twins_are_given_where_they_are_asked_for<S: Subject>(b: &mut Bench<S>) -> Check {
    let Some((_, other)) = alike(b)? else {
        return Ok(());
    };
    same!(b.twins(&[other])?, vec![None], "equal twins");
    Ok(())
}

fn equal_twins_go_before_alike_ones<S: Subject>(b: &mut Bench<S>) -> Check {
    let Some((anna, other)) = alike(b)? else {
        return Ok(());
    };
    let equal = with(&format!("{UID}FN:Anna\r\n"));
    let twins = search(b, &[other, equal])?;
    same!(own_items(&twins), vec![None, Some(anna)], "twins");
    Ok(())
}

fn one_of_several_is_not_chosen<S: Subject>(b: &mut Bench<S>) -> Check {
    let Some((_, other)) = alike(b)? else {
        return Ok(());
    };
    b.user_adds(&with(&format!("{UID}FN:Annette\r\n")));
    b.store.begin(&link(), SyncType::Slow, false)?;
    let wanted = vec![Twin::None(NoTwin::Several)];
    same!(search(b, &[other])?, wanted, "twins");
    Ok(())
}

fn alike_twins_have_no_pairing<S: Subject>(b: &mut Bench<S>) -> Check {
    let Some((anna, other)) = alike(b)? else {
        return Ok(());
    };
    b.done(&link(), pair(&anna, &remote(1)))?;
    let twins = search(b, std::slice::from_ref(&other))?;
    same!(own_items(&twins), vec![None], "twins of what is paired");
    b.user_deletes(&anna);
    b.store.begin(&link(), SyncType::Slow, false)?;
    let twins = search(b, &[other])?;
    same!(own_items(&twins), vec![None], "twins of what is deleted");
    Ok(())
}

//! Two versions of an item and the one that both come from: what one side alone has changed is settled before the two are
//! put together.

use std::collections::HashSet;

use super::merge::{Mode, mode};
use super::saying::{saying, sayings};
use crate::model::{Field, Item, Value};
use crate::schema::Relevance;

/// Takes out of ours what was left as it was here and is gone or changed there, and the reverse. What is left are news, and
/// what both sides have.
pub(super) fn settle(base: &Item, ours: &mut Item, theirs: &mut Item) {
    let origin = Said::of(base);
    let (mine, other) = (Said::of(ours), Said::of(theirs));
    // Of which there is one, the news stand where it stood.
    for own in &mut ours.fields {
        let is_left = !own.value.is_empty() && origin.has_all(own);
        if mode(own) == Mode::Fill && counts(own) && is_left && !other.has_all(own) {
            let news = theirs.fields_named(&own.name).next().cloned();
            *own = news.unwrap_or_else(|| own.clone());
        }
    }
    forget(&mut ours.fields, &origin, &other);
    forget(&mut theirs.fields, &origin, &mine);
    // Alarms have no names: all of them are one thing.
    let [was, is, becomes] = [base, &*ours, &*theirs].map(alarms);
    if is == was {
        ours.items.clone_from(&theirs.items);
    } else if becomes == was {
        theirs.items.clear();
    }
}

/// Takes out what the base has and the other side has no more.
fn forget(fields: &mut Vec<Field>, base: &Said, other: &Said) {
    fields.retain_mut(|field| {
        if field.value.is_empty() || !counts(field) {
            return true;
        }
        let name = field.name.to_ascii_uppercase();
        let is_gone = |said: &str| base.has(&name, said) && !other.has(&name, said);
        let said = sayings(field, &[]);
        if said.iter().all(|said| is_gone(said)) {
            return false;
        }
        let is_text = mode(field) == Mode::Lines;
        match &mut field.value {
            Value::List(texts) => {
                let mut said = said.iter();
                texts.retain(|_| said.next().is_none_or(|said| !is_gone(said)));
            }
            Value::Text(text) if is_text => {
                let kept = text.lines().filter(|line| !is_gone(&line_of(line)));
                *text = kept.collect::<Vec<_>>().join("\n");
            }
            _ => {}
        }
        true
    });
}

/// A photo is looked at, a time stamp is not.
fn counts(field: &Field) -> bool {
    let is_noise = field
        .schema()
        .is_some_and(|row| row.relevance == Relevance::Never);
    !is_noise || matches!(field.value, Value::Binary(_))
}

fn alarms(item: &Item) -> Vec<Vec<String>> {
    let said = |alarm: &Item| {
        alarm
            .fields
            .iter()
            .map(|field| saying(field, &[]))
            .collect()
    };
    item.items.iter().map(said).collect()
}

/// What an item says: names of properties and values; of texts each line, too.
struct Said(HashSet<(String, String)>);

impl Said {
    fn of(item: &Item) -> Self {
        let mut said = HashSet::new();
        for field in &item.fields {
            let name = field.name.to_ascii_uppercase();
            if let (Mode::Lines, Some(text)) = (mode(field), field.value.text()) {
                said.extend(text.lines().map(|line| (name.clone(), line_of(line))));
            }
            let values = sayings(field, &[]).into_iter();
            said.extend(values.map(|value| (name.clone(), value)));
        }
        Self(said)
    }

    fn has(&self, name: &str, said: &str) -> bool {
        self.0.contains(&(name.to_owned(), said.to_owned()))
    }

    fn has_all(&self, field: &Field) -> bool {
        let name = field.name.to_ascii_uppercase();
        sayings(field, &[]).iter().all(|said| self.has(&name, said))
    }
}

/// A line, told apart from a whole text.
fn line_of(line: &str) -> String {
    format!("\n{}", line.trim())
}

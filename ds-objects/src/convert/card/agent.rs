//! `AGENT`: a card in a card, which 4.0 has as `RELATED;TYPE=agent`.

use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Value};
use crate::transfer;

/// Most octets of a card in a card.
const MOST: usize = 1 << 20;

pub(super) fn read(item: &mut Item) {
    for field in &mut item.fields {
        if !field.is("RELATED") || !field.has_type("agent") {
            continue;
        }
        let Value::Uri(uri) = &field.value else {
            continue;
        };
        let value = match inner(uri) {
            Some(inner) => Value::Item(Box::new(inner)),
            None => Value::Uri(uri.clone()),
        };
        field.take_type("agent");
        let mut agent = Field::card("AGENT", value);
        agent.group = field.group.take();
        agent.params = std::mem::take(&mut field.params);
        *field = agent;
    }
}

/// The card in `data:text/vcard;base64,…`.
fn inner(uri: &str) -> Option<Item> {
    let (head, packed) = uri.strip_prefix("data:text/vcard")?.split_once(',')?;
    if !head.ends_with(";base64") || packed.len() > MOST {
        return None;
    }
    let bytes = transfer::base64_decode(packed.as_bytes())?;
    let object = crate::parse("text/vcard", &bytes).ok()?;
    object
        .format()
        .is_card()
        .then(|| super::super::neutral(&object).0)
}

pub(super) fn write(item: &mut Item, ledger: &mut Ledger) {
    for field in &mut item.fields {
        if !field.is("AGENT") {
            continue;
        }
        let mut related = Field::card("RELATED", field.value.clone());
        related.group = field.group.take();
        related.params = std::mem::take(&mut field.params);
        related.add_type("agent");
        if let Value::Text(text) = related.value {
            related.value = Value::Uri(text);
        }
        *field = related;
        let place = ("VCARD", "AGENT");
        ledger.note(place, Effect::Converted, Reason::OtherPlace, "RELATED");
    }
}

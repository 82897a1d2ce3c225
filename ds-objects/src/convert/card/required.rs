//! What a version of the card cannot do without: `N` before 4.0, `FN` since 3.0.

use crate::format::Format;
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Structured, Value};

pub(super) fn complete(item: &mut Item, to: Format, ledger: &mut Ledger) {
    if to != Format::VCard21 && item.field("FN").is_none() {
        let name = formatted(item).unwrap_or_else(|| "?".to_owned());
        let behind = item.fields.iter().position(|field| field.is("N"));
        let place = behind.map_or(0, |place| place + 1);
        let field = Field::card("FN", Value::Text(name));
        item.fields.insert(place, field);
        ledger.note(("VCARD", "FN"), Effect::Added, Reason::Required, "");
    }
    if to != Format::VCard40 && item.field("N").is_none() {
        let family = item.text("FN").unwrap_or_default().to_owned();
        let parts = Structured::of([family.as_str(), "", "", "", ""]);
        item.fields
            .insert(0, Field::card("N", Value::Structured(parts)));
        ledger.note(("VCARD", "N"), Effect::Added, Reason::Required, "");
    }
}

/// The name as people say it; else the firm, an address, a number.
fn formatted(item: &Item) -> Option<String> {
    let parts = |name: &str| match item.field(name).map(|field| &field.value) {
        Some(Value::Structured(value)) => {
            let parts = value.parts();
            parts.iter().map(|part| part.join(" ")).collect()
        }
        _ => Vec::<String>::new(),
    };
    let name = parts("N");
    let said = [3, 1, 2, 0, 4].iter().filter_map(|index| name.get(*index));
    let said: Vec<&str> = said
        .map(|part| part.trim())
        .filter(|p| !p.is_empty())
        .collect();
    let org = parts("ORG");
    let org: Vec<&str> = org
        .iter()
        .map(|part| part.trim())
        .filter(|p| !p.is_empty())
        .collect();
    let text = |name: &str| item.text(name).map(|text| text.trim().to_owned());
    [
        Some(said.join(" ")),
        Some(org.join(" ")),
        text("EMAIL"),
        text("TEL"),
    ]
    .into_iter()
    .flatten()
    .find(|text| !text.is_empty())
}

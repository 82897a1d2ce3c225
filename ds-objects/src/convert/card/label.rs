//! `LABEL`: an address as it stands on an envelope, which 4.0 has as a parameter of `ADR`.

use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Parameter, Structured, Value};

/// Parameters to properties, each behind its address.
pub(super) fn unfold(item: &mut Item) {
    let mut index = 0;
    while let Some(field) = item.fields.get_mut(index) {
        index += 1;
        if !field.is("ADR") {
            continue;
        }
        let Some(param) = field.take_param("LABEL") else {
            continue;
        };
        let mut label = Field::card("LABEL", Value::Text(param.values.join(",")));
        label.group.clone_from(&field.group);
        let types = field.params.iter().filter(|param| param.name == "TYPE");
        label.params = types.cloned().collect();
        item.fields.insert(index, label);
        index += 1;
    }
}

/// Properties to parameters of the address with the same types and group, or of one that has nothing else.
pub(super) fn fold(item: &mut Item, ledger: &mut Ledger) {
    for label in item.take("LABEL") {
        let Some(text) = label.value.text().map(str::to_owned) else {
            continue;
        };
        let place = ("VCARD", "LABEL");
        ledger.note(place, Effect::Converted, Reason::OtherPlace, "ADR;LABEL");
        let fits = |field: &&mut Field| {
            let same = field.types().eq(label.types()) && field.group == label.group;
            field.is("ADR") && same && field.param("LABEL").is_none()
        };
        if let Some(address) = item.fields.iter_mut().find(fits) {
            address.params.push(Parameter::new("LABEL", text));
            continue;
        }
        let empty = Value::Structured(Structured::of([""; 7]));
        let mut address = Field::card("ADR", empty);
        address.group = label.group;
        address.params = label.params;
        address.params.push(Parameter::new("LABEL", text));
        item.fields.push(address);
    }
}

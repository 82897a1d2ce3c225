//! vCard 2.1, 3.0 and 4.0: what the versions have in different places.

mod agent;
mod label;
mod required;

use std::borrow::Cow;

use crate::format::Format;
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Parameter, Value};

/// Puts a card into the form of the model.
pub(super) fn read(item: &mut Item, format: Format) {
    for field in &mut item.fields {
        if let Value::Item(inner) = &mut field.value {
            read(inner, format);
        }
        if format != Format::VCard40 && field.take_type("pref") {
            field.params.push(Parameter::new("PREF", "1"));
        }
        if field.is("EMAIL") {
            field.take_type("internet");
        }
    }
    if format == Format::VCard40 {
        label::unfold(item);
        sort_string(item);
    }
    agent::read(item);
}

/// Puts a card into the form of a version.
pub(super) fn write(item: &mut Item, to: Format, ledger: &mut Ledger) {
    for field in &mut item.fields {
        if let Value::Item(inner) = &mut field.value {
            write(inner, to, ledger);
        }
        if to != Format::VCard40 && field.is("EMAIL") && !field.has_type("x400") {
            internet(field);
        }
        if to == Format::VCard21 && field.is("FN") {
            field.take_param("PREF");
        }
    }
    if to == Format::VCard40 {
        label::fold(item, ledger);
        sort_as(item, ledger);
        agent::write(item, ledger);
    }
    required::complete(item, to, ledger);
}

/// The first of the types, as it was the only one once.
fn internet(field: &mut Field) {
    match field.params.iter_mut().find(|param| param.name == "TYPE") {
        Some(types) => types.values.insert(0, Cow::Borrowed("internet")),
        None => field.params.insert(0, Parameter::new("TYPE", "internet")),
    }
}

/// `N;SORT-AS=` of 4.0 is the property `SORT-STRING` before.
fn sort_string(item: &mut Item) {
    let taken = item
        .field_mut("N")
        .and_then(|name| name.take_param("SORT-AS"));
    if let Some(param) = taken {
        let text = Value::Text(param.values.join(","));
        item.fields.push(Field::card("SORT-STRING", text));
    }
}

fn sort_as(item: &mut Item, ledger: &mut Ledger) {
    let Some(text) = item.text("SORT-STRING").map(str::to_owned) else {
        return;
    };
    let Some(name) = item.field_mut("N") else {
        return;
    };
    name.params.push(Parameter::new("SORT-AS", text));
    item.take("SORT-STRING");
    let place = ("VCARD", "SORT-STRING");
    ledger.note(place, Effect::Converted, Reason::OtherPlace, "N;SORT-AS");
}

//! Organizers and attendees.

use std::borrow::Cow;

use crate::format::Format;
use crate::ledger::{Effect, Ledger, Reason};
use crate::model::{Field, Item, Parameter, Person, Value};
use crate::schema::{ATTENDEE, has_parameter};

pub(super) fn read(item: &mut Item) {
    for field in item.fields.iter_mut().filter(|field| field.is("ATTENDEE")) {
        let Some(text) = field.value.text() else {
            continue;
        };
        let person = Person::read(text);
        let role = field.take_param("ROLE");
        let role = role.and_then(|role| role.values.into_iter().next());
        let is_organizer = role.is_some_and(|role| {
            role.eq_ignore_ascii_case("ORGANIZER") || role.eq_ignore_ascii_case("OWNER")
        });
        let name = if is_organizer {
            "ORGANIZER"
        } else {
            "ATTENDEE"
        };
        let mut new = Field::calendar(name, Value::Text(person.uri()));
        if let Some(name) = person.name {
            new.params.push(Parameter::new("CN", name));
        }
        for (old, modern, words) in ATTENDEE {
            let Some(param) = field.take_param(old) else {
                continue;
            };
            let value = param.values.join(" ").to_ascii_uppercase();
            let row = words.iter().find(|(old, _)| *old == value);
            if let Some((_, word)) = row
                && !is_organizer
            {
                new.params.push(Parameter::new(modern, *word));
            }
        }
        let rest = std::mem::take(&mut field.params);
        new.params
            .extend(rest.into_iter().filter(|param| param.name != "VALUE"));
        *field = new;
    }
}

pub(super) fn write(item: &mut Item, ledger: &mut Ledger) {
    let component = item.name.clone();
    for field in &mut item.fields {
        let is_organizer = field.is("ORGANIZER");
        if !is_organizer && !field.is("ATTENDEE") {
            continue;
        }
        let Some(text) = field.value.text() else {
            continue;
        };
        let mut person = Person::read(text);
        if let Some(name) = field.take_param("CN") {
            person.name = name.values.into_iter().next().map(Cow::into_owned);
        }
        let mut old = Field::calendar("ATTENDEE", Value::Text(person.old()));
        if is_organizer {
            old.params.push(Parameter::new("ROLE", "ORGANIZER"));
        }
        for (name, modern, words) in ATTENDEE {
            let Some(param) = field.take_param(modern) else {
                continue;
            };
            let value = param.values.join(",").to_ascii_uppercase();
            match words.iter().find(|(_, modern)| *modern == value) {
                Some((word, _)) => old.params.push(Parameter::new(name, *word)),
                None => {
                    let place = (component.as_str(), &*field.name);
                    ledger.note(
                        place,
                        Effect::Dropped,
                        Reason::NoSuchParameter,
                        format!("{modern}={value}"),
                    );
                }
            }
        }
        for param in std::mem::take(&mut field.params) {
            if has_parameter(Format::VCalendar10, &param.name) {
                old.params.push(param);
                continue;
            }
            let place = (component.as_str(), &*field.name);
            ledger.note(place, Effect::Dropped, Reason::NoSuchParameter, param.name);
        }
        *field = old;
    }
}

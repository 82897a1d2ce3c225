//! Single occurrences that differ from their series: in vCalendar they are events of their own.

use std::collections::HashMap;

use crate::civil::Time;
use crate::model::{Field, Item, Value};

/// The series of each id, by what a single occurrence says of it.
fn exceptions(calendar: &Item) -> HashMap<String, Vec<Field>> {
    let mut found: HashMap<String, Vec<Field>> = HashMap::new();
    for item in &calendar.items {
        if let (Some(uid), Some(field)) = (item.text("UID"), item.field("RECURRENCE-ID")) {
            found.entry(uid.to_owned()).or_default().push(field.clone());
        }
    }
    found
}

/// The series does not take place when one of its occurrences is told by itself.
pub(super) fn write(calendar: &mut Item) {
    let found = exceptions(calendar);
    for item in &mut calendar.items {
        let exceptions = item.text("UID").and_then(|uid| found.get(uid));
        let Some(exceptions) = exceptions.filter(|_| item.field("RECURRENCE-ID").is_none()) else {
            continue;
        };
        for field in exceptions {
            if let Value::Time(time) = field.value {
                let mut excluded = Field::calendar("EXDATE", Value::Times(vec![time]));
                excluded.params.clone_from(&field.params);
                excluded.params.retain(|param| param.name == "TZID");
                item.fields.push(excluded);
            }
        }
    }
}

/// Takes those dates out again.
pub(super) fn read(calendar: &mut Item) {
    let found = exceptions(calendar);
    for item in &mut calendar.items {
        let exceptions = item.text("UID").and_then(|uid| found.get(uid));
        let Some(exceptions) = exceptions.filter(|_| item.field("RECURRENCE-ID").is_none()) else {
            continue;
        };
        let told: Vec<Time> = exceptions
            .iter()
            .filter_map(|field| field.value.time())
            .collect();
        for field in item.fields.iter_mut().filter(|field| field.is("EXDATE")) {
            if let Value::Times(times) = &mut field.value {
                times.retain(|time| !told.contains(time));
            }
        }
        item.fields
            .retain(|field| !(field.is("EXDATE") && field.value.is_empty()));
    }
}

//! `VTIMEZONE`, to and fro.

use super::{Observance, Zone};
use crate::civil::{Time, offset, parse_offset};
use crate::model::{Field, Item, Value};

impl Zone {
    /// The zone that a component `VTIMEZONE` tells; none: it has no name or no offset.
    pub(crate) fn of(item: &Item) -> Option<Self> {
        let id = item.text("TZID")?.trim().to_owned();
        let observances: Vec<Observance> = item.items.iter().filter_map(observance).collect();
        (!observances.is_empty()).then_some(Self { id, observances })
    }

    /// The component that tells the zone.
    pub(crate) fn component(&self) -> Item {
        let mut item = Item::new("VTIMEZONE");
        let text = |name, text: &str| Field::calendar(name, Value::Text(text.to_owned()));
        item.fields.push(text("TZID", &self.id));
        for observance in &self.observances {
            let name = if observance.is_daylight {
                "DAYLIGHT"
            } else {
                "STANDARD"
            };
            let mut inner = Item::new(name);
            inner
                .fields
                .push(text("TZOFFSETFROM", &offset(observance.from)));
            inner
                .fields
                .push(text("TZOFFSETTO", &offset(observance.to)));
            if !observance.name.is_empty() {
                inner.fields.push(text("TZNAME", &observance.name));
            }
            let start = Value::Time(Time::Moment(observance.start));
            inner.fields.push(Field::calendar("DTSTART", start));
            if let Some(rule) = &observance.rule {
                let rule = Value::Rule(Box::new(rule.clone()));
                inner.fields.push(Field::calendar("RRULE", rule));
            }
            item.items.push(inner);
        }
        item
    }
}

fn observance(item: &Item) -> Option<Observance> {
    let is_daylight = match item.name.as_str() {
        "DAYLIGHT" => true,
        "STANDARD" => false,
        _ => return None,
    };
    let rule = item.field("RRULE").and_then(|field| match &field.value {
        Value::Rule(rule) => Some((**rule).clone()),
        _ => None,
    });
    let to = parse_offset(item.text("TZOFFSETTO")?)?;
    Some(Observance {
        is_daylight,
        from: item
            .text("TZOFFSETFROM")
            .and_then(parse_offset)
            .unwrap_or(to),
        to,
        start: item
            .field("DTSTART")?
            .value
            .time()?
            .moment()
            .with_utc(false),
        rule,
        name: item.text("TZNAME").unwrap_or_default().to_owned(),
    })
}

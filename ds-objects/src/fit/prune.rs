//! What a device does not know or not take is left out.

use std::collections::HashMap;

use super::Profile;
use crate::content_line::{ContentLine, Meaning, bare_meaning};
use crate::field_filter::Field;
use crate::field_filter::cut::shorten;
use crate::field_filter::tree::{Component, Part};
use crate::format::Dialect;
use crate::ledger::{Effect, Ledger, Reason};
use crate::param::Param;
use crate::schema::{self, Kind};

/// What no object is one without, whatever a device lists.
const ALWAYS: [&str; 11] = [
    "VERSION", "N", "FN", "DTSTART", "SUMMARY", "PRODID", "UID", "DTSTAMP", "BODY", "TZ",
    "DAYLIGHT",
];

/// None: nothing is left that would be an item.
pub(super) fn prune(profile: &Profile, root: Component, ledger: &mut Ledger) -> Option<Component> {
    if profile.capability.is_open() {
        return Some(root);
    }
    let has_items = root.components().any(Component::is_item);
    let pruned = Pruning { profile, ledger }.component(root);
    let is_left = !has_items || pruned.components().any(Component::is_item);
    is_left.then_some(pruned)
}

struct Pruning<'a> {
    profile: &'a Profile,
    ledger: &'a mut Ledger,
}

impl Pruning<'_> {
    fn component(&mut self, mut component: Component) -> Component {
        let name = component.name.clone();
        // Before any parameter is gone that says which one is preferred.
        self.limit(&name, &mut component.parts);
        let mut parts = Vec::with_capacity(component.parts.len());
        for part in std::mem::take(&mut component.parts) {
            match part {
                Part::Line(line) => parts.extend(self.line(&name, line).map(Part::Line)),
                Part::Component(inner) if !self.knows(&inner.name) => {
                    let place = (name.as_str(), inner.name.as_str());
                    self.ledger
                        .note(place, Effect::Dropped, Reason::PeerLacksValue, "");
                }
                Part::Component(inner) if inner.is_item() => {
                    parts.push(Part::Component(self.component(inner)));
                }
                Part::Component(inner) => parts.push(Part::Component(inner)),
            }
        }
        component.with_parts(parts)
    }

    /// Whether the device knows a component. Alarms and zones are often not listed, but their properties are.
    fn knows(&self, name: &str) -> bool {
        let capability = &self.profile.capability;
        let listed = capability.component(name).unwrap_or(true);
        listed
            || match name {
                "VALARM" => capability.property("TRIGGER").is_some(),
                "VTIMEZONE" => self.profile.takes_zones(),
                _ => false,
            }
    }

    /// What is left of a line; none: nothing.
    fn line(&mut self, component: &str, mut line: ContentLine) -> Option<ContentLine> {
        let name = line.name().to_ascii_uppercase();
        let place = (component, name.as_str());
        let Some(cap) = self.profile.capability.property(&name) else {
            let always = ALWAYS.contains(&name.as_str());
            if !always {
                self.ledger
                    .note(place, Effect::Dropped, Reason::PeerLacksProperty, "");
            }
            return always.then_some(line);
        };
        let property = schema::property(self.profile.format, &name);
        let kind = property.map_or(Kind::Text, |property| property.kind);
        if !cap.values.is_empty() && !self.value(place, cap, kind, &mut line) {
            return None;
        }
        self.params(place, cap, &mut line);
        if !self.profile.has_sizes || cap.max_size.is_none() {
            return Some(line);
        }
        let field = Field::new(&name)
            .with_max_size(cap.max_size)
            .with_no_truncate(cap.no_truncate);
        let before = line.clone();
        let shortened = shorten(line, &field);
        let effect = match &shortened {
            None => Effect::Dropped,
            Some(line) if *line != before => Effect::Shortened,
            Some(_) => return shortened,
        };
        let detail = cap.max_size.unwrap_or_default().to_string();
        self.ledger.note(place, effect, Reason::MaxSize, detail);
        shortened
    }

    /// Whether the value, or some of a list, is one that the device knows.
    fn value(
        &mut self,
        place: (&str, &str),
        cap: &super::PropertyCap,
        kind: Kind,
        line: &mut ContentLine,
    ) -> bool {
        let is_old = line.dialect() == Dialect::Old && self.profile.format.is_calendar();
        let values: Vec<String> = match kind {
            Kind::List if is_old => line.components(),
            Kind::List => crate::value::split(line.raw_value(), b',', line.dialect())
                .map(|part| line.part(part))
                .collect(),
            _ => vec![line.text()],
        };
        let (known, unknown): (Vec<&String>, Vec<&String>) =
            values.iter().partition(|value| cap.allows(value.trim()));
        for value in &unknown {
            self.ledger.note(
                place,
                Effect::Dropped,
                Reason::PeerLacksValue,
                value.as_str(),
            );
        }
        if !unknown.is_empty() && !known.is_empty() {
            let known: Vec<String> = known
                .iter()
                .map(|value| crate::value::escape(value, line.dialect()))
                .collect();
            line.set_escaped(&known.join(if is_old { ";" } else { "," }));
        }
        !known.is_empty()
    }

    /// Leaves out types and parameters that the device does not know.
    fn params(&mut self, place: (&str, &str), cap: &super::PropertyCap, line: &mut ContentLine) {
        if cap.params.is_empty() {
            return;
        }
        let mut kept = Vec::new();
        let mut keep = |param: Param<'_>| {
            kept.push(b';');
            param.write(&mut kept);
        };
        let mut is_changed = false;
        for param in line.params() {
            let mut drop = |detail: &str| {
                is_changed = true;
                self.ledger
                    .note(place, Effect::Dropped, Reason::PeerLacksParameter, detail);
            };
            match bare_meaning(param) {
                Meaning::Encoding | Meaning::Charset | Meaning::Value => keep(param),
                Meaning::Type => {
                    let (known, unknown): (Vec<&str>, Vec<&str>) =
                        (param.values().flat_map(|types| types.split(',')))
                            .partition(|value| cap.allows_type(value.trim()));
                    unknown.iter().for_each(|value| drop(value));
                    match (known.is_empty(), unknown.is_empty(), param.name()) {
                        (_, true, _) => keep(param),
                        (false, _, Some(name)) => keep(Param::new(name, &known.join(","))),
                        _ => {}
                    }
                }
                Meaning::Other => {
                    let name = param.name().unwrap_or_default();
                    let listed = cap.param(name);
                    let is_known = |listed: &super::ParamCap| {
                        let known = |value: &str| {
                            listed.values.iter().any(|v| v.eq_ignore_ascii_case(value))
                        };
                        listed.values.is_empty() || param.values().all(known)
                    };
                    if name.eq_ignore_ascii_case("TZID") || listed.is_some_and(is_known) {
                        keep(param);
                    } else {
                        drop(name);
                    }
                }
            }
        }
        if is_changed {
            line.set_params(&kept);
        }
    }

    /// Of too many those stay that say something, of these the preferred ones, then the first.
    fn limit(&mut self, component: &str, parts: &mut Vec<Part>) {
        let mut places: HashMap<String, Vec<(bool, bool, usize)>> = HashMap::new();
        for (index, part) in parts.iter().enumerate() {
            if let Part::Line(line) = part {
                let name = line.name().to_ascii_uppercase();
                let places = places.entry(name).or_default();
                places.push((is_empty(line), !is_preferred(line), index));
            }
        }
        let mut doomed = Vec::new();
        for (name, mut places) in places {
            let most = self
                .profile
                .capability
                .property(&name)
                .and_then(|cap| cap.max_occur);
            let most = most
                .and_then(|most| usize::try_from(most).ok())
                .unwrap_or(usize::MAX);
            if places.len() <= most {
                continue;
            }
            let detail = format!("{} of {}", places.len() - most, places.len());
            self.ledger.note(
                (component, &name),
                Effect::Dropped,
                Reason::MaxOccur,
                detail,
            );
            places.sort_unstable();
            doomed.extend(places.split_off(most).into_iter().map(|(.., index)| index));
        }
        doomed.sort_unstable();
        let mut index = 0;
        parts.retain(|_| {
            let keep = doomed.binary_search(&index).is_err();
            index += 1;
            keep
        });
    }
}

/// Some devices write out what they have no value for.
fn is_empty(line: &ContentLine) -> bool {
    let value = line.raw_value();
    value
        .iter()
        .all(|octet| matches!(octet, b';' | b',' | b' '))
}

fn is_preferred(line: &ContentLine) -> bool {
    line.types().any(|word| word.eq_ignore_ascii_case("PREF")) || line.param("PREF").is_some()
}

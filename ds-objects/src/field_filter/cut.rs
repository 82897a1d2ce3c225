//! What is shown of an item.

use super::tree::{Component, Part};
use super::{Field, FieldFilter};
use crate::content_line::{ContentLine, Meaning, bare_meaning};
use crate::transfer::Transfer;

/// What an object is not one without.
const KEPT: [&str; 5] = ["VERSION", "PRODID", "UID", "RECURRENCE-ID", "DTSTAMP"];

/// Values with components, each of which is a text.
const STRUCTURED: [&str; 3] = ["N", "ADR", "ORG"];

/// Values of which a part means nothing: dates, rules, addresses of resources, lists.
const WHOLE: [&str; 26] = [
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "DTSTART",
    "DTEND",
    "DUE",
    "DURATION",
    "COMPLETED",
    "TRIGGER",
    "FREEBUSY",
    "BDAY",
    "ANNIVERSARY",
    "REV",
    "GEO",
    "TZ",
    "URL",
    "PHOTO",
    "LOGO",
    "SOUND",
    "KEY",
    "ATTACH",
    "CATEGORIES",
    "NICKNAME",
    "RESOURCES",
    "MEMBER",
];

pub(super) fn is_kept(name: &str) -> bool {
    is_one_of(&KEPT, name)
}

fn is_one_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl FieldFilter {
    /// What is shown of a whole object.
    pub(super) fn cut_root(&self, root: Component) -> Component {
        let cut = self.cut_component(root);
        let mut inner = cut.parts.iter().filter_map(|part| match part {
            Part::Component(item) if item.is_item() => Some(item),
            _ => None,
        });
        if inner.any(|item| item.lines().any(|line| line.param("TZID").is_some())) {
            return cut;
        }
        // Nothing that is left is in a time zone.
        let is_told = |part: &Part| match part {
            Part::Component(inner) => inner.name != "VTIMEZONE" || self.wants(inner),
            Part::Line(_) => true,
        };
        let mut cut = cut;
        cut.parts.retain(is_told);
        cut
    }

    fn cut_component(&self, mut component: Component) -> Component {
        let mut parts = Vec::with_capacity(component.parts.len());
        for part in std::mem::take(&mut component.parts) {
            match part {
                Part::Line(line) => parts.extend(self.cut_line(line).map(Part::Line)),
                Part::Component(inner) if self.wants(&inner) => {
                    parts.push(Part::Component(inner));
                }
                Part::Component(inner) if inner.is_item() => {
                    parts.push(Part::Component(self.cut_component(inner)));
                }
                Part::Component(inner) if inner.name == "VTIMEZONE" => {
                    parts.push(Part::Component(inner));
                }
                Part::Component(_) => {}
            }
        }
        component.with_parts(parts)
    }

    /// Whether a component is named, like a property.
    pub(super) fn wants(&self, component: &Component) -> bool {
        self.field(&component.name).is_some()
    }

    /// What is shown of a line; none: nothing.
    pub(super) fn cut_line(&self, line: ContentLine) -> Option<ContentLine> {
        if is_kept(line.name()) {
            return Some(line);
        }
        let field = self.field(line.name())?;
        shorten(cut_params(line, field), field)
    }
}

/// Leaves out parameters that are not wanted.
fn cut_params(mut line: ContentLine, field: &Field) -> ContentLine {
    let is_wanted = |param: crate::Param<'_>| {
        let meaning = bare_meaning(param);
        let name = param.name().unwrap_or("TYPE");
        matches!(
            meaning,
            Meaning::Encoding | Meaning::Charset | Meaning::Value
        ) || name.eq_ignore_ascii_case("TZID")
            || field
                .params
                .iter()
                .any(|wanted| name.eq_ignore_ascii_case(wanted.trim()))
    };
    if !field.params.is_empty() {
        line.retain_params(is_wanted);
    }
    line
}

/// Cuts a value that is too long; none: it is left out.
pub(crate) fn shorten(mut line: ContentLine, field: &Field) -> Option<ContentLine> {
    let Some(max_size) = field.max_size else {
        return Some(line);
    };
    let max_size = usize::try_from(max_size).unwrap_or(usize::MAX);
    if line.transfer() == Transfer::Base64 {
        let size = line
            .binary()
            .map_or_else(|| line.raw_value().len(), |octets| octets.len());
        return (size <= max_size).then_some(line);
    }
    let parts = match is_one_of(&STRUCTURED, line.name()) {
        true => line.components(),
        false => vec![line.text()],
    };
    if parts.iter().map(String::len).sum::<usize>() <= max_size {
        return Some(line);
    }
    if field.no_truncate || is_one_of(&WHOLE, line.name()) {
        return None;
    }
    let mut room = max_size;
    let shortened: Vec<&str> = parts
        .iter()
        .map(|part| {
            let shown = begin(part, room);
            // What comes behind a part that was cut is cut as well.
            room = if shown.len() < part.len() {
                0
            } else {
                room - shown.len()
            };
            shown
        })
        .collect();
    if shortened.iter().all(|part| part.is_empty()) {
        return None;
    }
    line.set_components(&shortened);
    Some(line)
}

/// As much of the beginning as has so many octets and ends with a whole character.
fn begin(text: &str, octets: usize) -> &str {
    let mut end = octets.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

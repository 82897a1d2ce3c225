//! A client's version, with what the client was not shown.

use std::collections::{HashMap, HashSet, VecDeque};

use super::FieldFilter;
use super::cut::is_kept;
use super::tree::{Component, Part};
use crate::content_line::ContentLine;
use crate::fingerprint;
use crate::format::Format;

impl FieldFilter {
    /// Our version, edited as far as the client was shown it.
    pub(super) fn merge_component(
        &self,
        format: Format,
        mut ours: Component,
        mut theirs: Component,
    ) -> Component {
        let own = std::mem::take(&mut ours.parts);
        let here = Here::of(&own);
        let mut edited = Edited::of(std::mem::take(&mut theirs.parts));
        let mut shown = self.shown(format, &own);
        let (mut lines, mut components) = (Vec::new(), Vec::new());
        for part in own {
            match part {
                Part::Line(line) if self.was_shown(&line) => {
                    // All of a name stand where the first one stood.
                    let taken = edited.lines.remove(&line.name().to_ascii_uppercase());
                    let restored = taken.into_iter().flatten();
                    lines.extend(restored.map(|line| restore(format, &mut shown, line)));
                }
                Part::Line(line) => lines.push(line),
                Part::Component(component) if self.wants(&component) => {}
                Part::Component(component) if component.is_item() => {
                    let merged = edited
                        .take_item(&component)
                        .map(|theirs| self.merge_component(format, component, theirs));
                    components.extend(merged);
                }
                Part::Component(component) => components.push(component),
            }
        }
        for name in &edited.order {
            let is_new = self.is_wanted(name) || !here.lines.contains(name);
            let news = edited.lines.remove(name).filter(|_| is_new);
            lines.extend(news.into_iter().flatten());
        }
        for component in edited.components.into_iter().flatten() {
            let is_new = match component.name.as_str() {
                "VTIMEZONE" => !here.zones.contains(&component.text("TZID")),
                name => {
                    component.is_item() || self.wants(&component) || !here.components.contains(name)
                }
            };
            components.extend(is_new.then_some(component));
        }
        // Properties come before components.
        let parts = lines.into_iter().map(Part::Line);
        let parts = parts.chain(components.into_iter().map(Part::Component));
        ours.with_parts(parts.collect())
    }

    /// Whether a property of this name is for the client to edit.
    fn is_wanted(&self, name: &str) -> bool {
        !is_kept(name) && self.field(name).is_some()
    }

    /// Whether the client has seen anything of a line. A value that is too long to be shown is none of its business,
    /// and stays beside what it has in its place.
    fn was_shown(&self, line: &ContentLine) -> bool {
        self.is_wanted(line.name()) && self.cut_line(line.clone()).is_some()
    }

    /// Our lines by what the client was shown of them.
    fn shown(&self, format: Format, own: &[Part]) -> HashMap<Vec<u8>, VecDeque<ContentLine>> {
        let mut shown: HashMap<Vec<u8>, VecDeque<ContentLine>> = HashMap::new();
        for part in own {
            if let Part::Line(line) = part
                && self.is_wanted(line.name())
                && let Some(cut) = self.cut_line(line.clone())
                && let Some(said) = fingerprint::line(&cut, format)
            {
                shown.entry(said).or_default().push_back(line.clone());
            }
        }
        shown
    }
}

/// Our line where theirs says no more than was shown of it.
fn restore(
    format: Format,
    shown: &mut HashMap<Vec<u8>, VecDeque<ContentLine>>,
    line: ContentLine,
) -> ContentLine {
    let said = fingerprint::line(&line, format);
    let ours = said.and_then(|said| shown.get_mut(&said)?.pop_front());
    ours.unwrap_or(line)
}

/// What is in a component of ours.
struct Here {
    lines: HashSet<String>,
    components: HashSet<String>,
    /// `TZID` of its time zones.
    zones: HashSet<Option<String>>,
}

impl Here {
    fn of(own: &[Part]) -> Self {
        let mut here = Self {
            lines: HashSet::new(),
            components: HashSet::new(),
            zones: HashSet::new(),
        };
        for part in own {
            match part {
                Part::Line(line) => _ = here.lines.insert(line.name().to_ascii_uppercase()),
                Part::Component(inner) => {
                    if inner.name == "VTIMEZONE" {
                        here.zones.insert(inner.text("TZID"));
                    }
                    here.components.insert(inner.name.clone());
                }
            }
        }
        here
    }
}

/// What the client has sent of a component.
struct Edited {
    /// By name, in upper case.
    lines: HashMap<String, Vec<ContentLine>>,
    /// Names in the order in which they come up.
    order: Vec<String>,
    /// Those that were taken have left their places.
    components: Vec<Option<Component>>,
    items: HashMap<Occurrence, VecDeque<usize>>,
}

/// Kind of an item, and `RECURRENCE-ID` where it is one occurrence of a series.
type Occurrence = (String, Option<String>);

fn occurrence(item: &Component) -> Occurrence {
    (item.name.clone(), item.text("RECURRENCE-ID"))
}

impl Edited {
    fn of(parts: Vec<Part>) -> Self {
        let mut edited = Self {
            lines: HashMap::new(),
            order: Vec::new(),
            components: Vec::new(),
            items: HashMap::new(),
        };
        for part in parts {
            match part {
                Part::Line(line) => {
                    let name = line.name().to_ascii_uppercase();
                    let same = edited.lines.entry(name.clone()).or_default();
                    if same.is_empty() {
                        edited.order.push(name);
                    }
                    same.push(line);
                }
                Part::Component(inner) => {
                    let place = edited.components.len();
                    let same = edited.items.entry(occurrence(&inner)).or_default();
                    same.push_back(place);
                    edited.components.push(Some(inner));
                }
            }
        }
        edited
    }

    /// Their version of an item of ours.
    fn take_item(&mut self, ours: &Component) -> Option<Component> {
        let place = self.items.get_mut(&occurrence(ours))?.pop_front()?;
        self.components.get_mut(place)?.take()
    }
}

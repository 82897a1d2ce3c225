//! A device's version, with what it was not shown: three versions become one.
//!
//! `echo` is what the device would send back if nobody touched it. What `theirs` has in common with it is not news.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::content_line::ContentLine;
use crate::field_filter::tree::{self, Component, Part};
use crate::fingerprint;
use crate::format::Format;
use crate::object::Object;

/// Properties of which an item has one: where the device says the second, the first is no more.
const INSTEAD: [(&str, &str); 3] = [
    ("DURATION", "DTEND"),
    ("DURATION", "DUE"),
    ("RRULE", "RDATE"),
];

/// Properties with octets of a type.
const PICTURES: [&str; 4] = ["PHOTO", "LOGO", "SOUND", "KEY"];

pub(super) fn restore(ours: &Object, echo: &Object, theirs: &Object) -> Option<Object> {
    let format = ours.format();
    let (mut document, mine) = tree::of(ours.document().clone())?;
    let (_, echo) = tree::of(echo.document().clone())?;
    let (_, theirs) = tree::of(theirs.document().clone())?;
    if mine.name != theirs.name {
        return None;
    }
    let merged = Merging { format }.component(mine, echo, theirs);
    document.lines = merged.into_lines();
    Some(Object::of(document))
}

/// Whether a line of ours is where a line that was shown comes from.
type Test<'a> = &'a dyn Fn(&ContentLine, &ContentLine) -> bool;

struct Merging {
    format: Format,
}

/// What is in a component, lines by name in upper case, names in the order in which they come up.
#[derive(Default)]
struct Lines {
    order: Vec<String>,
    by_name: HashMap<String, Vec<ContentLine>>,
    components: Vec<Component>,
    /// What stands where: a line by its name, or a component.
    places: Vec<Option<String>>,
}

impl Lines {
    fn of(component: &mut Component) -> Self {
        let mut lines = Self::default();
        for part in std::mem::take(&mut component.parts) {
            match part {
                Part::Line(line) => {
                    let name = line.name().to_ascii_uppercase();
                    let same = lines.by_name.entry(name.clone()).or_default();
                    if same.is_empty() {
                        lines.order.push(name.clone());
                    }
                    same.push(line);
                    lines.places.push(Some(name));
                }
                Part::Component(inner) => {
                    lines.components.push(inner);
                    lines.places.push(None);
                }
            }
        }
        lines
    }

    /// A picture that comes back with the same octets is the one that was shown: many devices forget its type.
    fn recognise_pictures(&mut self, shown: &Self) {
        for name in PICTURES {
            let known = shown.named(name).iter();
            let known: HashMap<Vec<u8>, &ContentLine> = known
                .filter_map(|line| Some((line.binary()?, line)))
                .collect();
            for line in self.by_name.get_mut(name).into_iter().flatten() {
                let found = line.binary().and_then(|octets| known.get(&octets));
                if let Some(found) = found {
                    *line = (*found).clone();
                }
            }
        }
    }

    fn named(&self, name: &str) -> &[ContentLine] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What becomes of things of ours, each in its place, and what comes behind them.
struct Outcome<T> {
    own: VecDeque<Option<T>>,
    more: Vec<T>,
}

impl<T> Outcome<T> {
    /// What stands in the next place, with everything else if that is the last one.
    fn next(&mut self) -> Vec<T> {
        let mut next: Vec<T> = self.own.pop_front().flatten().into_iter().collect();
        if self.own.is_empty() {
            next.append(&mut self.more);
        }
        next
    }
}

impl Merging {
    fn component(
        &self,
        mut ours: Component,
        mut echo: Component,
        mut theirs: Component,
    ) -> Component {
        let mut mine = Lines::of(&mut ours);
        let mut shown = Lines::of(&mut echo);
        let mut news = Lines::of(&mut theirs);
        news.recognise_pictures(&shown);
        let changed: HashSet<String> = (mine.order.iter().chain(&news.order))
            .filter(|name| self.said(shown.named(name)) != self.said(news.named(name)))
            .cloned()
            .collect();
        let mut outcomes: HashMap<String, Outcome<ContentLine>> = HashMap::new();
        for name in &mine.order {
            let outcome = self.outcome(name, &mine, &shown, &news, &changed);
            outcomes.insert(name.clone(), outcome);
        }
        // What conversion has made of something else is not news.
        let is_new = |name: &&String| mine.named(name).is_empty() && changed.contains(*name);
        let added = news.order.iter().filter(is_new);
        let added = added.flat_map(|name| news.named(name)).cloned();
        let mut added: Vec<Part> = added.map(Part::Line).collect();
        let mut inner = self.components(
            std::mem::take(&mut mine.components),
            std::mem::take(&mut shown.components),
            std::mem::take(&mut news.components),
        );
        let last_line = mine.places.iter().rposition(Option::is_some);
        let mut parts: Vec<Part> = Vec::new();
        if last_line.is_none() {
            parts.append(&mut added);
        }
        for (index, place) in mine.places.iter().enumerate() {
            match place {
                None => parts.extend(inner.next().into_iter().map(Part::Component)),
                Some(name) => {
                    let lines = outcomes.get_mut(name).map(Outcome::next);
                    parts.extend(lines.into_iter().flatten().map(Part::Line));
                }
            }
            if Some(index) == last_line {
                parts.append(&mut added);
            }
        }
        // Where ours has no component at all.
        parts.extend(inner.next().into_iter().map(Part::Component));
        ours.with_parts(parts)
    }

    /// What becomes of all lines of one name.
    fn outcome(
        &self,
        name: &str,
        mine: &Lines,
        shown: &Lines,
        news: &Lines,
        changed: &HashSet<String>,
    ) -> Outcome<ContentLine> {
        let lines = mine.named(name);
        let replaced = INSTEAD.iter().any(|(old, new)| {
            *old == name && shown.named(name).is_empty() && changed.contains(*new)
        });
        if changed.contains(name) {
            return self.lines(lines, shown.named(name), news.named(name));
        }
        let kept = lines.iter().cloned().map(Some).filter(|_| !replaced);
        Outcome {
            own: kept.collect(),
            more: Vec::new(),
        }
    }

    /// What the device has left as it was is ours, what it has changed stands in the same place, and what it was not
    /// shown stays.
    fn lines(
        &self,
        mine: &[ContentLine],
        shown: &[ContentLine],
        news: &[ContentLine],
    ) -> Outcome<ContentLine> {
        let sources = self.sources(mine, shown);
        let mut left: Vec<bool> = vec![true; shown.len()];
        let mut own: Vec<Option<ContentLine>> = mine.iter().cloned().map(Some).collect();
        let mut more: Vec<ContentLine> = Vec::new();
        // Some devices send what they say they do not know.
        let mut hidden: HashSet<Option<Vec<u8>>> = (mine.iter().enumerate())
            .filter(|(index, _)| !sources.contains(&Some(*index)))
            .map(|(_, line)| self.say(line))
            .collect();
        for line in news {
            let said = self.say(line);
            let mut candidates = shown.iter().zip(&mut left);
            let same = candidates.find(|(one, left)| **left && self.say(one) == said);
            match same {
                Some((_, left)) => *left = false,
                None if hidden.remove(&said) => {}
                None => more.push(line.clone()),
            }
        }
        // What was shown and is not here any more gives its place to what is new.
        let mut more = more.into_iter();
        for (source, left) in sources.iter().zip(&left) {
            if *left && let Some(place) = source.and_then(|source| own.get_mut(source)) {
                *place = more.next();
            }
        }
        Outcome {
            own: own.into(),
            more: more.collect(),
        }
    }

    /// Which line of ours each line that was shown comes from: the same one, one that begins like it, the next.
    fn sources(&self, mine: &[ContentLine], shown: &[ContentLine]) -> Vec<Option<usize>> {
        let mut sources: Vec<Option<usize>> = vec![None; shown.len()];
        let mut free: Vec<bool> = vec![true; mine.len()];
        let tests: [Test<'_>; 4] = [
            &|mine, shown| self.say(mine) == self.say(shown),
            &|mine, shown| mine.text() == shown.text(),
            &|mine, shown| {
                let text = shown.text();
                !text.is_empty() && mine.text().starts_with(&text)
            },
            &|_, _| true,
        ];
        for test in tests {
            for (line, source) in shown
                .iter()
                .zip(&mut sources)
                .filter(|(_, source)| source.is_none())
            {
                let found = mine
                    .iter()
                    .zip(&free)
                    .position(|(one, free)| *free && test(one, line));
                if let Some(found) = found {
                    *source = Some(found);
                    if let Some(free) = free.get_mut(found) {
                        *free = false;
                    }
                }
            }
        }
        sources
    }

    fn say(&self, line: &ContentLine) -> Option<Vec<u8>> {
        fingerprint::line(line, self.format)
    }

    /// What lines say, in any order.
    fn said(&self, lines: &[ContentLine]) -> Vec<Vec<u8>> {
        let mut said: Vec<Vec<u8>> = lines.iter().filter_map(|line| self.say(line)).collect();
        said.sort_unstable();
        said
    }

    fn components(
        &self,
        mine: Vec<Component>,
        mut shown: Vec<Component>,
        news: Vec<Component>,
    ) -> Outcome<Component> {
        let (new_zones, mut news): (Vec<_>, Vec<_>) = news.into_iter().partition(is_zone);
        shown.retain(|one| !is_zone(one));
        // Alarms are looked at as a whole.
        let same_alarms = self.alarms(&shown) == self.alarms(&news);
        let known: HashSet<Option<String>> = (mine.iter().filter(|one| is_zone(one)))
            .map(|zone| zone.text("TZID"))
            .collect();
        let own = mine.into_iter().map(|own| {
            if !own.is_item() {
                let was_shown = shown.iter().any(|one| one.name == own.name);
                return (is_zone(&own) || same_alarms || !was_shown).then_some(own);
            }
            // Fitting leaves the items in order.
            let place = shown.iter().position(|one| one.name == own.name);
            let Some(echo) = place.map(|place| shown.remove(place)) else {
                return Some(own);
            };
            take(&mut news, &echo).map(|twin| self.component(own, echo, twin))
        });
        let own: VecDeque<Option<Component>> = own.collect();
        news.retain(|one| one.is_item() || !same_alarms);
        let all = own.iter().flatten().chain(&news);
        let needed: HashSet<String> = all.flat_map(zones_of).collect();
        let zones = new_zones.into_iter().filter(|zone| {
            let id = zone.text("TZID");
            !known.contains(&id) && id.is_some_and(|id| needed.contains(&id))
        });
        let more = zones.chain(news).collect();
        Outcome { own, more }
    }

    fn alarms(&self, all: &[Component]) -> Vec<Vec<u8>> {
        let alarms = all.iter().filter(|one| !one.is_item());
        let mut said: Vec<Vec<u8>> = alarms.map(|one| self.said_of(one)).collect();
        said.sort_unstable();
        said
    }

    fn said_of(&self, component: &Component) -> Vec<u8> {
        let lines: Vec<ContentLine> = component.lines().cloned().collect();
        let mut said = component.name.clone().into_bytes();
        for line in self.said(&lines) {
            said.push(b'\n');
            said.extend(line);
        }
        said
    }
}

fn is_zone(component: &Component) -> bool {
    component.name == "VTIMEZONE"
}

fn zones_of(item: &Component) -> Vec<String> {
    let ids = item.lines().filter_map(|line| line.param("TZID"));
    ids.map(|id| id.trim_matches('"').to_owned()).collect()
}

/// The version of the same item: the same occurrence of the same kind, by its id where both have one; else the only one
/// of its kind.
fn take(all: &mut Vec<Component>, wanted: &Component) -> Option<Component> {
    let key = |one: &Component| (one.name.clone(), one.text("RECURRENCE-ID"));
    let is_twin = |one: &Component| {
        let same_id = match (one.text("UID"), wanted.text("UID")) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        key(one) == key(wanted) && same_id
    };
    let kin = all.iter().filter(|one| one.name == wanted.name).count();
    let only = || {
        all.iter()
            .position(|one| one.name == wanted.name && kin == 1)
    };
    let place = all.iter().position(is_twin).or_else(only)?;
    Some(all.remove(place))
}

//! Content models as data, and how children are matched against them.

mod devinf;
mod metinf;
mod syncml;

use syncml_meta::Version;
use syncml_wbxml::tag::{devinf as d, metinf as m, syncml as s};
use syncml_wbxml::{Space, Tag};

/// What an element may hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    /// Nothing.
    Empty,
    /// Text.
    Text,
    /// Anything, such as what an item carries.
    Any,
    /// Children in this order.
    Sequence(&'static [Particle]),
    /// Children of which each tells what may follow it; and those of other versions.
    Chain(&'static [Link], &'static [Tag]),
}

/// A place in a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Particle {
    /// What may stand here, one of them.
    tags: &'static [Tag],
    /// The same, from a later version on.
    later: &'static [(Tag, Version)],
    required: bool,
    repeats: bool,
    since: Version,
    /// The last version that has it.
    until: Version,
}

impl Particle {
    const fn new(tags: &'static [Tag], required: bool, repeats: bool) -> Self {
        Self {
            tags,
            later: &[],
            required,
            repeats,
            since: Version::V1_0,
            until: Version::V1_2,
        }
    }

    const fn since(mut self, version: Version) -> Self {
        self.since = version;
        self
    }

    const fn until(mut self, version: Version) -> Self {
        self.until = version;
        self
    }

    const fn or_later(mut self, later: &'static [(Tag, Version)]) -> Self {
        self.later = later;
        self
    }

    fn holds(&self, tag: Tag) -> bool {
        self.tags.contains(&tag) || self.later.iter().any(|(later, _)| *later == tag)
    }

    fn is_in(&self, version: Version, tag: Tag) -> bool {
        let since = self.later.iter().find(|(later, _)| *later == tag);
        let since = since.map_or(self.since, |(_, since)| *since);
        (since..=self.until).contains(&version)
    }
}

/// One, as DTDs write it without a mark.
const fn one(tags: &'static [Tag]) -> Particle {
    Particle::new(tags, true, false)
}

/// `?`
const fn opt(tags: &'static [Tag]) -> Particle {
    Particle::new(tags, false, false)
}

/// `*`
const fn any(tags: &'static [Tag]) -> Particle {
    Particle::new(tags, false, true)
}

/// `+`
const fn some(tags: &'static [Tag]) -> Particle {
    Particle::new(tags, true, true)
}

/// What may follow a child in a chain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// The child; `None` is the start of the element.
    after: Option<Tag>,
    next: &'static [Tag],
}

/// An element and its content.
struct Element {
    tag: Tag,
    content: Content,
}

const fn element(tag: Tag, content: Content) -> Element {
    Element { tag, content }
}

/// The content of an element that stands in `parent`. `in_field`: it is a part of a filter, which has
/// its own way with device information.
pub(super) fn content(
    tag: Tag,
    parent: Option<Tag>,
    version: Option<Version>,
    in_field: bool,
) -> Content {
    if tag == s::DATA && matches!(parent, Some(s::ALERT | s::STATUS | s::CRED)) {
        return Content::Text;
    }
    let old = version.is_some_and(|version| version < Version::V1_2);
    let elements = match tag.space() {
        Space::SyncMl => syncml::ELEMENTS,
        Space::MetInf => metinf::ELEMENTS,
        Space::DevInf if in_field && tag == d::DEV_INF => devinf::FIELD,
        Space::DevInf if old => devinf::ELEMENTS_OLD,
        Space::DevInf => devinf::ELEMENTS,
        _ => return Content::Any,
    };
    let found = elements.iter().find(|element| element.tag == tag);
    found.map_or_else(
        || match tag.space() {
            // Its name of another version.
            Space::DevInf => devinf::other(tag),
            _ => Content::Text,
        },
        |element| element.content,
    )
}

/// Whether an element is one of the commands.
pub(super) fn is_command(tag: Tag) -> bool {
    syncml::COMMANDS.contains(&tag)
}

/// Whether the element is text whose surrounding white space readers remove.
pub(super) const fn is_trimmed(tag: Tag, parent: Option<Tag>) -> bool {
    match tag {
        s::DATA => matches!(parent, Some(s::ALERT | s::STATUS)),
        m::NEXT_NONCE | s::LOC_NAME | d::MAN | d::MOD | d::OEM | d::FW_V | d::SW_V | d::HW_V => {
            false
        }
        d::DISPLAY_NAME | d::VAL_ENUM | d::X_VAL => false,
        _ => true,
    }
}

/// How far the children of an open element have come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    content: Content,
    /// The particle, or 0 and the child before.
    at: usize,
    last: Option<Tag>,
    /// The particles that had a child.
    seen: u32,
}

/// What a child is to the content model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Right,
    /// It cannot follow the child of this name, or cannot be the first.
    After(Option<Tag>),
    Twice,
    /// The model of another version has it here.
    OtherVersion,
    /// No model has it here.
    Misplaced,
}

impl Progress {
    pub(super) const fn new(content: Content) -> Self {
        Self {
            content,
            at: 0,
            last: None,
            seen: 0,
        }
    }

    pub(super) const fn content(&self) -> Content {
        self.content
    }

    /// Takes up a child.
    pub(super) fn child(&mut self, tag: Tag, version: Option<Version>) -> Fit {
        let before = self.last.replace(tag);
        match self.content {
            Content::Any => Fit::Right,
            Content::Empty | Content::Text => Fit::Misplaced,
            Content::Chain(links, others) => {
                let fit = chained(links, others, before, tag);
                if matches!(fit, Fit::OtherVersion | Fit::Misplaced) {
                    self.last = before;
                }
                fit
            }
            Content::Sequence(particles) => self.in_sequence(particles, before, tag, version),
        }
    }

    fn in_sequence(
        &mut self,
        particles: &[Particle],
        before: Option<Tag>,
        tag: Tag,
        version: Option<Version>,
    ) -> Fit {
        let Some(index) = particles.iter().position(|particle| particle.holds(tag)) else {
            self.last = before;
            return Fit::Misplaced;
        };
        let particle = &particles[index];
        let bit = 1_u32 << index;
        let seen = self.seen & bit != 0;
        self.seen |= bit;
        if version.is_some_and(|version| !particle.is_in(version, tag)) {
            return Fit::OtherVersion;
        }
        if seen && !particle.repeats {
            return Fit::Twice;
        }
        // From here on what stands is taken for right, so that one child too early is one finding.
        let late = index < self.at;
        self.at = index;
        if late { Fit::After(before) } else { Fit::Right }
    }

    /// The children that must be there and are not, each with what may stand for it.
    pub(super) fn missing(self, version: Option<Version>) -> Vec<&'static [Tag]> {
        let version = version.unwrap_or(Version::V1_2);
        match self.content {
            Content::Sequence(particles) => particles
                .iter()
                .enumerate()
                .filter(|(index, particle)| {
                    particle.required
                        && self.seen & (1 << index) == 0
                        && (particle.since..=particle.until).contains(&version)
                })
                .map(|(_, particle)| particle.tags)
                .collect(),
            Content::Chain(links, _) => links
                .iter()
                .filter(|link| link.after == self.last && link.next.len() == 1)
                .map(|link| link.next)
                .collect(),
            Content::Empty | Content::Text | Content::Any => Vec::new(),
        }
    }
}

fn chained(links: &[Link], others: &[Tag], before: Option<Tag>, tag: Tag) -> Fit {
    if others.contains(&tag) {
        return Fit::OtherVersion;
    }
    if !links.iter().any(|link| link.after == Some(tag)) {
        return Fit::Misplaced;
    }
    let link = links.iter().find(|link| link.after == before);
    if link.is_some_and(|link| link.next.contains(&tag)) {
        Fit::Right
    } else {
        Fit::After(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_element_has_a_model_and_every_model_fits_its_bits() {
        for space in [Space::SyncMl, Space::MetInf, Space::DevInf] {
            for tag in Tag::all(space) {
                for version in Version::ALL {
                    if let Content::Sequence(particles) = content(tag, None, Some(version), false) {
                        assert!((1..=32).contains(&particles.len()), "{tag}");
                    }
                }
            }
        }
    }

    #[test]
    fn one_descent_is_one_finding() {
        let mut progress = Progress::new(content(s::SYNC_BODY, None, None, false));
        let version = Some(Version::V1_2);
        assert_eq!(progress.child(s::FINAL, version), Fit::Right);
        assert_eq!(progress.child(s::ADD, version), Fit::After(Some(s::FINAL)));
        assert_eq!(progress.child(s::ALERT, version), Fit::Right);
        assert_eq!(progress.child(s::FINAL, version), Fit::Twice);
        assert_eq!(
            progress.child(s::MOVE, Some(Version::V1_1)),
            Fit::OtherVersion
        );
        assert_eq!(progress.child(s::CHAL, version), Fit::Misplaced);
    }

    #[test]
    fn a_flat_ctcap() {
        let mut progress = Progress::new(content(d::CT_CAP, None, Some(Version::V1_1), false));
        for tag in [
            d::CT_TYPE,
            d::PROP_NAME,
            d::VAL_ENUM,
            d::VAL_ENUM,
            d::PROP_NAME,
            d::DATA_TYPE,
            d::SIZE,
            d::PARAM_NAME,
            d::PARAM_NAME,
            d::CT_TYPE,
            d::PROP_NAME,
        ] {
            assert_eq!(
                progress.child(tag, Some(Version::V1_1)),
                Fit::Right,
                "{tag}"
            );
        }
        assert_eq!(
            progress.child(d::SIZE, Some(Version::V1_1)),
            Fit::After(Some(d::PROP_NAME))
        );
    }
}

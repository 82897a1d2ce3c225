//! An object as components that hold lines and components.

use crate::content_line::ContentLine;
use crate::document::{Document, component_name};
use crate::format::Format;
use crate::limits::Limits;

/// A component with all that is in it, in order.
pub(crate) struct Component {
    /// In upper case.
    pub(crate) name: String,
    begin: ContentLine,
    pub(crate) parts: Vec<Part>,
    end: Option<ContentLine>,
}

pub(crate) enum Part {
    Line(ContentLine),
    Component(Component),
}

impl Component {
    /// The same component with other parts.
    pub(crate) fn with_parts(self, parts: Vec<Part>) -> Self {
        Self { parts, ..self }
    }

    /// Its own properties.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &ContentLine> {
        self.parts.iter().filter_map(|part| match part {
            Part::Line(line) => Some(line),
            Part::Component(_) => None,
        })
    }

    /// Text of its first own property with this name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.lines()
            .find(|line| line.is(name))
            .map(ContentLine::text)
    }

    /// Whether it is an item of its own, in contrast to time zones and alarms.
    pub(crate) fn is_item(&self) -> bool {
        crate::object::ITEMS.contains(&self.name.as_str())
    }

    /// The components directly inside.
    pub(crate) fn components(&self) -> impl Iterator<Item = &Self> {
        self.parts.iter().filter_map(|part| match part {
            Part::Line(_) => None,
            Part::Component(inner) => Some(inner),
        })
    }

    pub(crate) fn into_lines(self) -> Vec<ContentLine> {
        let mut lines = Vec::new();
        self.append_to(&mut lines);
        lines
    }

    fn append_to(self, lines: &mut Vec<ContentLine>) {
        lines.push(self.begin);
        for part in self.parts {
            match part {
                Part::Line(line) => lines.push(line),
                Part::Component(inner) => inner.append_to(lines),
            }
        }
        lines.extend(self.end);
    }
}

/// Reads an object; none: it is none. What stands behind its end says nothing, and is left out.
pub(crate) fn read(media_type: &str, data: &[u8]) -> Option<(Document, Component)> {
    let limits = Limits::default();
    let format = Format::detect(media_type, data)?;
    of(Document::read(format, data, &limits).ok()?)
}

/// The component that a document is; the document is left without lines.
pub(crate) fn of(mut document: Document) -> Option<(Document, Component)> {
    let mut open: Vec<Component> = Vec::new();
    let mut root = None;
    for line in std::mem::take(&mut document.lines) {
        if line.is("BEGIN") {
            open.push(Component {
                name: component_name(&line),
                begin: line,
                parts: Vec::new(),
                end: None,
            });
        } else if line.is("END") {
            let Some(mut closed) = open.pop() else {
                continue;
            };
            closed.end = Some(line);
            root = close(&mut open, closed);
        } else if let Some(component) = open.last_mut() {
            component.parts.push(Part::Line(line));
        }
    }
    // Phones forget the last END.
    while let Some(closed) = open.pop() {
        root = close(&mut open, closed);
    }
    Some((document, root?))
}

/// Puts a component into the one around it, or gives the outermost one back.
fn close(open: &mut [Component], closed: Component) -> Option<Component> {
    match open.last_mut() {
        Some(outer) => {
            outer.parts.push(Part::Component(closed));
            None
        }
        None => Some(closed),
    }
}

//! Lines between `BEGIN` and `END`: what the object types have in common.

use std::sync::Arc;

use crate::charset;
use crate::content_line::ContentLine;
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::lexer::Lexer;
use crate::limits::Limits;
use crate::slice::Slice;

/// A checked sequence of lines: one outermost component, `BEGIN` and `END` in step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) format: Format,
    /// Byte order mark and blank lines before the first line.
    prefix: Option<Slice>,
    pub(crate) lines: Vec<ContentLine>,
    /// Whether the last line as read has its line end.
    terminated: bool,
    /// Whether the outermost `END` is there; phones forget it.
    pub(crate) complete: bool,
}

impl Document {
    pub(crate) fn read(format: Format, input: &[u8], limits: &Limits) -> Result<Self, Error> {
        if input.len() > limits.bytes {
            return Err(Error::new(ErrorKind::Limit("bytes"), limits.bytes));
        }
        let input: Arc<[u8]> = Arc::from(input);
        let mut lexer = Lexer::new(&input, format.dialect(), limits)?;
        let prefix = Slice::of(&input, 0, lexer.position());
        // Lines are longer than this on average, and a photo is one.
        let mut lines = Vec::with_capacity((input.len() / 24).min(64));
        // The lines that opened what is open.
        let mut open: Vec<usize> = Vec::new();
        let mut done = false;
        let mut position = lexer.position();
        while let Some(line) = lexer.next_line()? {
            let fail = |kind| Err(Error::new(kind, position));
            if done {
                // A terminating NUL or blanks are left over from some C program or XML layout.
                let is_padding = |b: &u8| *b == 0 || b.is_ascii_whitespace();
                if !line.is_stray() || !line.raw_value().iter().all(is_padding) {
                    return fail(ErrorKind::TrailingContent);
                }
            } else if line.is("BEGIN") {
                if open.len() == limits.depth {
                    return fail(ErrorKind::Limit("depth"));
                }
                open.push(lines.len());
            } else if line.is("END") {
                let is_meant = |index: &usize| {
                    let begin: Option<&ContentLine> = lines.get(*index);
                    begin.is_some_and(|begin| is_same_component(begin, &line))
                };
                let Some(place) = open.iter().rposition(is_meant) else {
                    let last = open.last().and_then(|index| lines.get(*index));
                    let open = last.map(component_name).unwrap_or_default();
                    return fail(ErrorKind::UnexpectedEnd { open });
                };
                // Phones forget the END of what is inside: it ends here, without an octet.
                for index in open.split_off(place).into_iter().skip(1).rev() {
                    let name = lines.get(index).map(component_name).unwrap_or_default();
                    let here = Slice::of(&input, position, position);
                    lines.push(ContentLine::forgotten_end(format.dialect(), &name, here));
                }
                done = open.is_empty();
            } else if open.is_empty() {
                return fail(ErrorKind::UnknownFormat);
            }
            lines.push(line);
            position = lexer.position();
        }
        let terminated = matches!(input.last(), Some(b'\r' | b'\n'));
        Ok(Self {
            format,
            prefix: Some(prefix).filter(|prefix| !prefix.bytes().is_empty()),
            lines,
            terminated,
            complete: done,
        })
    }

    /// A document of lines that are in step.
    pub(crate) const fn of(format: Format, lines: Vec<ContentLine>) -> Self {
        Self {
            format,
            prefix: None,
            lines,
            terminated: true,
            complete: true,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 * self.lines.len());
        if let Some(prefix) = &self.prefix {
            out.extend_from_slice(prefix.bytes());
        }
        for line in &self.lines {
            line.write(&mut out);
        }
        // Give an unterminated input back as it was, unless its last line is not the last any more.
        let untouched_end = self.lines.last().is_some_and(|line| line.raw().is_some());
        if !self.terminated && untouched_end && out.ends_with(b"\r\n") {
            out.truncate(out.len() - 2);
        }
        out
    }

    /// Adds a line at the end of the outermost component.
    pub(crate) fn push(&mut self, line: ContentLine) {
        let end = self
            .complete
            .then(|| self.lines.iter().rposition(|line| line.is("END")))
            .flatten();
        let at = end.unwrap_or(self.lines.len());
        self.lines.insert(at, line);
    }

    /// Indices of the lines of the outermost component itself, those of inner components left out.
    fn outer_indices(&self) -> impl Iterator<Item = usize> {
        direct(&self.lines, 1).map(|(index, _)| index)
    }

    pub(crate) fn outer(&self) -> impl Iterator<Item = &ContentLine> {
        direct(&self.lines, 1).map(|(_, line)| line)
    }

    pub(crate) fn first_mut(&mut self, name: &str) -> Option<&mut ContentLine> {
        let index = self
            .outer_indices()
            .find(|index| self.lines.get(*index).is_some_and(|line| line.is(name)))?;
        self.lines.get_mut(index)
    }

    /// Removes the properties with this name from the outermost component.
    pub(crate) fn remove(&mut self, name: &str) -> usize {
        let doomed: Vec<usize> = self
            .outer_indices()
            .filter(|index| self.lines.get(*index).is_some_and(|line| line.is(name)))
            .collect();
        let mut index = 0;
        self.lines.retain(|_| {
            let keep = doomed.binary_search(&index).is_err();
            index += 1;
            keep
        });
        doomed.len()
    }
}

/// Name after `BEGIN:` or `END:`, in upper case.
pub(crate) fn component_name(line: &ContentLine) -> String {
    charset::decode_name(line.raw_value().trim_ascii()).to_ascii_uppercase()
}

fn is_same_component(begin: &ContentLine, end: &ContentLine) -> bool {
    let name = begin.raw_value().trim_ascii();
    name.eq_ignore_ascii_case(end.raw_value().trim_ascii())
}

/// The property lines at one depth; `BEGIN` and `END` are not properties. Depth 0 is where the slice starts.
fn direct(lines: &[ContentLine], at: usize) -> impl Iterator<Item = (usize, &ContentLine)> {
    let mut depth = 0_usize;
    lines.iter().enumerate().filter(move |(_, line)| {
        if line.is("BEGIN") {
            depth += 1;
            false
        } else if line.is("END") {
            depth = depth.saturating_sub(1);
            false
        } else {
            depth == at
        }
    })
}

/// A component of a calendar, such as `VEVENT`: a view of its lines.
#[derive(Clone, Copy, Debug)]
pub struct Component<'a> {
    /// Its lines from `BEGIN` to `END`.
    lines: &'a [ContentLine],
}

impl<'a> Component<'a> {
    /// Name after `BEGIN:`, in upper case.
    #[must_use]
    pub fn name(&self) -> String {
        self.lines.first().map(component_name).unwrap_or_default()
    }

    /// All lines, from its `BEGIN` to its `END`, those of inner components included.
    #[must_use]
    pub const fn lines(&self) -> &'a [ContentLine] {
        self.lines
    }

    /// Its own properties in order, without those of inner components.
    pub fn properties(&self) -> impl Iterator<Item = &'a ContentLine> + use<'a> {
        direct(self.lines, 1).map(|(_, line)| line)
    }

    /// Its first own property with this name, any case.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&'a ContentLine> {
        self.properties().find(|line| line.is(name))
    }

    /// The components directly inside it, such as the alarms of an event.
    #[must_use]
    pub fn components(&self) -> Vec<Self> {
        inner(self.lines)
    }
}

/// The components directly inside the component that `lines` is.
pub(crate) fn inner(lines: &[ContentLine]) -> Vec<Component<'_>> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (index, line) in lines.iter().enumerate() {
        if line.is("BEGIN") {
            depth += 1;
            if depth == 2 {
                start = index;
            }
        } else if line.is("END") {
            if depth == 2 {
                found.extend(lines.get(start..=index).map(|lines| Component { lines }));
            }
            depth = depth.saturating_sub(1);
        }
    }
    found
}

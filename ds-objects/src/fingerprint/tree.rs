//! Components: canonical properties sorted, then canonical inner components sorted.

use super::line;
use crate::document::{Document, component_name};
use crate::format::Format;
use crate::limits::Limits;

/// A component being read.
struct Open {
    name: String,
    lines: Vec<Vec<u8>>,
    inner: Vec<Vec<u8>>,
}

impl Open {
    fn close(mut self) -> Vec<u8> {
        // Equal lines stay as often as they are: twice the same number is not once the same number.
        self.lines.sort_unstable();
        self.inner.sort_unstable();
        let mut out = Vec::new();
        frame(&mut out, b"BEGIN:", &self.name);
        for line in self.lines {
            out.extend_from_slice(&line);
            out.push(b'\n');
        }
        for component in self.inner {
            out.extend_from_slice(&component);
        }
        frame(&mut out, b"END:", &self.name);
        out
    }
}

fn frame(out: &mut Vec<u8>, word: &[u8], name: &str) {
    out.extend_from_slice(word);
    line::escape_text(name, out);
    out.push(b'\n');
}

/// Appends the canonical form; `None` if the object is not complete and in order.
pub(super) fn write(
    format: Format,
    bytes: &[u8],
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Option<()> {
    let document = Document::read(format, bytes, limits).ok()?;
    if !document.complete {
        return None;
    }
    let mut open: Vec<Open> = Vec::new();
    for line in &document.lines {
        if line.is("BEGIN") {
            open.push(Open {
                name: component_name(line),
                lines: Vec::new(),
                inner: Vec::new(),
            });
        } else if line.is("END") {
            let closed = open.pop()?.close();
            match open.last_mut() {
                Some(outer) => outer.inner.push(closed),
                None => out.extend_from_slice(&closed),
            }
        } else if let Some(component) = open.last_mut() {
            // After the last END only padding can follow, which says nothing.
            component.lines.extend(line::canonical(line, format));
        }
    }
    Some(())
}

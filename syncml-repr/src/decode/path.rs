use std::collections::HashMap;
use std::fmt::Write as _;

use syncml_wbxml::{Bytes, Error, Event, Position, Source};

/// A source that remembers in which element it is, for error messages.
pub(super) struct Tracked<'s, 'a> {
    inner: &'s mut dyn Source<'a>,
    open: Vec<Element>,
    /// The element whose end was the last event: what was wrong with it was noticed right then.
    ended: Option<Element>,
}

struct Element {
    name: String,
    /// Which one of its name among its siblings, from 1.
    index: usize,
    /// How many children of each name there were so far.
    children: HashMap<String, usize>,
}

impl<'s, 'a> Tracked<'s, 'a> {
    pub(super) const fn new(inner: &'s mut dyn Source<'a>) -> Self {
        Self {
            inner,
            open: Vec::new(),
            ended: None,
        }
    }

    /// The element that was read last, from below the root, such as `SyncBody/Add[2]/Item`.
    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for Element { name, index, .. } in self.open.iter().chain(&self.ended).skip(1) {
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(name);
            if *index > 1 {
                // Writing to a String does not fail.
                let _ = write!(path, "[{index}]");
            }
        }
        path
    }

    fn start(&mut self, name: &str) {
        let mut index = 1;
        let name = shorten(name);
        if let Some(parent) = self.open.last_mut() {
            let count = parent.children.entry(name.to_owned()).or_insert(0);
            *count += 1;
            index = *count;
        }
        self.open.push(Element {
            name: name.to_owned(),
            index,
            children: HashMap::new(),
        });
    }
}

impl<'a> Source<'a> for Tracked<'_, 'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        self.ended = None;
        let event = self.inner.next_event()?;
        match &event {
            Some(Event::Start(name)) => self.start(name.local()),
            Some(Event::End) => self.ended = self.open.pop(),
            _ => {}
        }
        Ok(event)
    }

    fn position(&self) -> Position {
        self.inner.position()
    }

    fn input(&self) -> Option<&'a Bytes> {
        self.inner.input()
    }
}

/// Enough of a name to recognise it. Names in hostile input are as long as they like.
pub(crate) fn shorten(name: &str) -> &str {
    name.char_indices()
        .nth(40)
        .map_or(name, |(end, _)| &name[..end])
}

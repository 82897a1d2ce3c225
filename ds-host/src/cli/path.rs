//! The element in which reading a document fails.

use std::collections::HashMap;

use bytes::Bytes;
use syncml_wbxml::{Encoding, Event, Limits, Reader, Source, xml};

/// An open element: its name, its number among its namesakes, and what it holds so far.
struct Open {
    name: String,
    number: usize,
    children: HashMap<String, usize>,
}

impl Open {
    fn child(&mut self, name: &str) -> usize {
        let count = self.children.entry(name.to_owned()).or_default();
        *count += 1;
        *count
    }
}

/// Reads a broken document again and gives ` in SyncBody/Sync/Add[2]` where it breaks; nothing where it
/// breaks outside of all elements, or not as a stream of elements at all.
pub(super) fn path_of_error(bytes: &Bytes, encoding: Encoding, limits: &Limits) -> String {
    match encoding {
        Encoding::Wbxml => Reader::new(bytes, limits).map(walk),
        Encoding::Xml => match xml::decode_charset(bytes.clone()) {
            Ok(text) => xml::Reader::new(&text, limits).map(walk),
            Err(error) => Err(error),
        },
    }
    .unwrap_or_default()
}

fn walk<'a>(mut source: impl Source<'a>) -> String {
    let mut open = Vec::<Open>::new();
    loop {
        match source.next_event() {
            Ok(Some(Event::Start(name))) => {
                let name = name.local().to_owned();
                let number = open.last_mut().map_or(1, |parent| parent.child(&name));
                open.push(Open {
                    name,
                    number,
                    children: HashMap::new(),
                });
            }
            Ok(Some(Event::End)) => {
                open.pop();
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => break,
        }
    }
    // The root is always the same and says nothing, unless there is nothing else to say.
    let shown = if open.len() > 1 {
        &open[1..]
    } else {
        &open[..]
    };
    let steps = shown
        .iter()
        .map(|element| match element.number {
            1 => element.name.clone(),
            number => format!("{}[{number}]", element.name),
        })
        .collect::<Vec<_>>();
    if steps.is_empty() {
        String::new()
    } else {
        format!(" in {}", steps.join("/"))
    }
}

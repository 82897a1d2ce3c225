//! Ways through a source, with the steps counted.

use syncml_wbxml::{Child, Event, Limits, Name, Source};

/// An element as one of the ways meets it.
struct Met<'a> {
    name: Name<'a>,
    /// Its text and octets; `None` if this way does not tell.
    content: Option<Vec<u8>>,
    has_children: bool,
}

/// Goes through a source step by step and by its short cuts, and compares what they meet.
pub(crate) fn walk<'a, S: Source<'a> + Clone>(source: &S, len: usize, limits: &Limits) {
    let (plain, plain_is_complete) = by_events(source.clone(), len, limits);
    let (short, short_is_complete) = by_short_cuts(source.clone(), len);
    assert_eq!(
        plain_is_complete, short_is_complete,
        "one of two ways fails"
    );
    // Before they fail the one way may come farther than the other.
    for (plain, short) in plain.iter().zip(&short) {
        assert_eq!(plain.name, short.name);
        if let Some(content) = &short.content {
            assert!(!plain.has_children, "{}", plain.name);
            assert_eq!(plain.content.as_ref(), Some(content), "{}", plain.name);
        }
    }
    if plain_is_complete {
        assert_eq!(plain.len(), short.len());
    }
}

/// Event by event. Each step goes ahead in the input, but for the end of an empty element, so that
/// the steps are at most twice the octets.
fn by_events<'a>(mut source: impl Source<'a>, len: usize, limits: &Limits) -> (Vec<Met<'a>>, bool) {
    let mut met: Vec<Met<'a>> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let (mut steps, mut at, mut text) = (0, 0, 0);
    let complete = loop {
        let event = source.next_event();
        let position = source.position().byte;
        assert!(position >= at && position <= len, "{position} after {at}");
        (at, steps) = (position, steps + 1);
        assert!(steps <= 2 * len + 1, "{steps} steps for {len} octets");
        let run = match &event {
            Ok(Some(Event::Start(name))) => {
                if let Some(parent) = open.last() {
                    met[*parent].has_children = true;
                }
                open.push(met.len());
                met.push(Met {
                    name: name.clone(),
                    content: Some(Vec::new()),
                    has_children: false,
                });
                continue;
            }
            Ok(Some(Event::End)) => {
                open.pop();
                continue;
            }
            Ok(Some(Event::Text(run))) => run.as_bytes(),
            Ok(Some(Event::Opaque(run))) => run,
            Ok(Some(_)) => continue,
            Ok(None) => break true,
            Err(error) => {
                assert!(error.position().byte <= len, "{error}");
                assert!(source.next_event().is_err(), "failed sources stay failed");
                break false;
            }
        };
        text += run.len();
        if let Some(Met { content, .. }) = open.last().and_then(|at| met.get_mut(*at)) {
            content.get_or_insert_default().extend_from_slice(run);
        }
    };
    assert!(met.len() <= limits.max_elements && text <= limits.max_text);
    (met, complete)
}

/// By the short cuts to children and leaves that typed decoders take.
fn by_short_cuts<'a>(mut source: impl Source<'a>, len: usize) -> (Vec<Met<'a>>, bool) {
    let mut met: Vec<Met<'a>> = Vec::new();
    let Ok(Some(Event::Start(root))) = source.next_event() else {
        return (met, false);
    };
    let (mut name, mut depth, mut steps) = (root, 0, 0);
    loop {
        // The element `name` has just begun. Two of three leaves are taken at once, as text and as
        // octets.
        let leaf = match met.len() % 3 {
            0 => source.whole_run().map(|text| text.map(<[u8]>::to_vec)),
            1 => source.whole_octets().map(|octets| octets.map(Into::into)),
            _ => Ok(None),
        };
        let Ok(content) = leaf else {
            return (met, false);
        };
        depth += usize::from(content.is_none());
        met.push(Met {
            name,
            content,
            has_children: false,
        });
        name = loop {
            steps += 1;
            assert!(steps <= 2 * len + 1, "{steps} steps for {len} octets");
            if depth == 0 {
                let end = source.next_event();
                return (met, matches!(end, Ok(None)));
            }
            match source.child() {
                Ok(Child::Known(tag)) => break Name::Known(tag),
                Ok(Child::Other(name)) => break *name,
                Ok(Child::End) => depth -= 1,
                Err(_) => return (met, false),
            }
        };
    }
}

//! A recorded subtree: [`Fragment`].

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;
use bytestring::ByteString;

use crate::error::{Error, ErrorKind, Position};
use crate::event::{Event, Name, Sink, Source};
use crate::read;
use crate::tag::Tag;

/// One element with all that is in it, kept apart from the document it came from.
///
/// Cheap to clone. Text that stood in the input of a reader stays a slice of that input. Two
/// fragments are equal if their elements and contents are; how text was cut into runs is not kept.
///
/// ```
/// use syncml_wbxml::{Fragment, FragmentBuilder, tag::metinf, write};
///
/// let mut builder = FragmentBuilder::new();
/// write::put_leaf(&mut builder, metinf::TYPE, "text/x-vcard")?;
/// let fragment: Fragment = builder.finish()?;
/// assert_eq!(fragment.name(), metinf::TYPE);
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// Balanced: begins with the start of the element and ends with its end.
    pub(crate) records: Arc<[Record]>,
}

/// One event, owned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Record {
    Start(Tag),
    StartOther {
        space: ByteString,
        local: ByteString,
    },
    Attribute {
        name: ByteString,
        value: ByteString,
    },
    End,
    Text(ByteString),
    Opaque(Bytes),
}

impl Record {
    pub(crate) fn event(&self) -> Event<'_> {
        match self {
            Self::Start(tag) => Event::Start(Name::Known(*tag)),
            Self::StartOther { space, local } => Event::Start(Name::Other {
                space: Cow::Borrowed(space),
                local: Cow::Borrowed(local),
            }),
            Self::Attribute { name, value } => Event::Attribute {
                name: Cow::Borrowed(name),
                value: Cow::Borrowed(value),
            },
            Self::End => Event::End,
            Self::Text(text) => Event::Text(Cow::Borrowed(text)),
            Self::Opaque(bytes) => Event::Opaque(Cow::Borrowed(bytes)),
        }
    }
}

impl Fragment {
    /// Records the element whose `Start` has just been read, through its `End`.
    ///
    /// # Errors
    ///
    /// Those of the source; [`ErrorKind::Truncated`] if it ends inside the element.
    pub fn record<'a>(name: Name<'a>, source: &mut impl Source<'a>) -> Result<Self, Error> {
        let input = source.input();
        let mut builder = FragmentBuilder::new();
        builder.put_shared(Event::Start(name), input)?;
        while builder.depth > 0 {
            builder.put_shared(read::next(source)?, input)?;
        }
        builder.finish()
    }

    /// The name of the element.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        match self.records.first().map(Record::event) {
            Some(Event::Start(name)) => name,
            _ => Name::Other {
                space: Cow::Borrowed(""),
                local: Cow::Borrowed(""),
            },
        }
    }

    /// The text directly in the element, its runs joined; octets that are not UTF-8 are left out.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        let mut depth = 0_usize;
        let mut text = Cow::Borrowed("");
        for record in &*self.records {
            let run = match record {
                Record::Start(_) | Record::StartOther { .. } => {
                    depth += 1;
                    continue;
                }
                Record::End => {
                    depth -= 1;
                    continue;
                }
                Record::Attribute { .. } => continue,
                Record::Text(run) => &**run,
                Record::Opaque(bytes) => core::str::from_utf8(bytes).unwrap_or_default(),
            };
            if depth == 1 && text.is_empty() {
                text = Cow::Borrowed(run);
            } else if depth == 1 {
                text += run;
            }
        }
        text
    }

    /// Puts all events of the element into a sink.
    ///
    /// # Errors
    ///
    /// Those of the sink.
    pub fn replay<S: Sink + ?Sized>(&self, sink: &mut S) -> Result<(), Error> {
        self.records
            .iter()
            .try_for_each(|record| sink.put(record.event()))
    }

    /// A source over the fragment; its first event is the `Start` of the element.
    ///
    /// Its positions count events, since a fragment has no bytes of its own.
    #[must_use]
    pub fn source(&self) -> FragmentSource<'_> {
        FragmentSource {
            records: &self.records,
            next: 0,
        }
    }
}

/// The events of a [`Fragment`].
#[derive(Clone, Debug)]
pub struct FragmentSource<'a> {
    records: &'a [Record],
    next: usize,
}

impl<'a> Source<'a> for FragmentSource<'a> {
    fn next_event(&mut self) -> Result<Option<Event<'a>>, Error> {
        let record = self.records.get(self.next);
        self.next += usize::from(record.is_some());
        Ok(record.map(Record::event))
    }

    fn position(&self) -> Position {
        Position::at(self.next.saturating_sub(1))
    }
}

/// Builds a [`Fragment`] from events.
#[derive(Clone, Debug, Default)]
pub struct FragmentBuilder {
    records: Vec<Record>,
    /// Runs that continue the last record, joined to it when another one follows.
    tail: Vec<u8>,
    depth: usize,
}

impl FragmentBuilder {
    /// A builder without events.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The fragment.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unbalanced`] unless exactly one element has been put and ended.
    pub fn finish(mut self) -> Result<Fragment, Error> {
        self.join();
        if self.depth > 0 || self.records.is_empty() {
            return Err(self.unbalanced("the element is not complete"));
        }
        Ok(Fragment {
            records: self.records.into(),
        })
    }

    /// Takes an event; text borrowed from `input` is shared with it.
    fn put_shared<'a>(&mut self, event: Event<'a>, input: Option<&'a Bytes>) -> Result<(), Error> {
        if self.depth == 0 {
            if !matches!(event, Event::Start(_)) {
                return Err(self.unbalanced("content outside of the element"));
            }
            if !self.records.is_empty() {
                return Err(self.unbalanced("a second element"));
            }
        }
        match event {
            Event::Start(name) => {
                self.depth += 1;
                self.push(match name {
                    Name::Known(tag) => Record::Start(tag),
                    Name::Other { space, local } => Record::StartOther {
                        space: read::share_text(input, &space),
                        local: read::share_text(input, &local),
                    },
                });
            }
            Event::Attribute { name, value } => self.push(Record::Attribute {
                name: read::share_text(input, &name),
                value: read::share_text(input, &value),
            }),
            Event::End => {
                self.depth -= 1;
                self.push(Record::End);
            }
            Event::Text(text) if text.is_empty() => {}
            Event::Text(text) => match self.records.last() {
                Some(Record::Text(_)) => self.tail.extend_from_slice(text.as_bytes()),
                _ => self.push(Record::Text(read::share_text(input, &text))),
            },
            Event::Opaque(bytes) if bytes.is_empty() => {}
            Event::Opaque(bytes) => match self.records.last() {
                Some(Record::Opaque(_)) => self.tail.extend_from_slice(&bytes),
                _ => self.push(Record::Opaque(read::share(input, &bytes))),
            },
        }
        Ok(())
    }

    fn push(&mut self, record: Record) {
        self.join();
        self.records.push(record);
    }

    fn join(&mut self) {
        if self.tail.is_empty() {
            return;
        }
        let tail = core::mem::take(&mut self.tail);
        match self.records.last_mut() {
            Some(Record::Text(run)) => {
                *run = [&**run, &*String::from_utf8_lossy(&tail)].concat().into()
            }
            Some(Record::Opaque(run)) => *run = [&**run, &*tail].concat().into(),
            _ => {}
        }
    }

    fn unbalanced(&self, what: &'static str) -> Error {
        Error::at(ErrorKind::Unbalanced(what), self.records.len())
    }
}

impl Sink for FragmentBuilder {
    fn put(&mut self, event: Event<'_>) -> Result<(), Error> {
        self.put_shared(event, None)
    }
}

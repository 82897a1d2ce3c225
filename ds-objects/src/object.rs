//! The object types and how bytes become one of them.

use crate::content_line::ContentLine;
use crate::document::{Component, Document, inner};
use crate::error::{Error, ErrorKind};
use crate::format::Format;
use crate::limits::Limits;

/// One item's content, by format.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Object {
    /// A vCard 2.1, 3.0 or 4.0.
    VCard(VCard),
    /// A vCalendar 1.0.
    VCalendar(VCalendar),
    /// An iCalendar 2.0 object.
    ICalendar(ICalendar),
    /// A vNote.
    VNote(VNote),
    /// A vBookmark.
    VBookmark(VBookmark),
}

/// Reads one object within the default [`Limits`].
///
/// `media_type` is what the peer declared; the content's own `VERSION` outranks it.
///
/// # Errors
/// [`ErrorKind::UnknownFormat`] if it is no card, calendar, note or bookmark, [`ErrorKind::UnexpectedEnd`] and
/// [`ErrorKind::TrailingContent`] if its components are not in order, [`ErrorKind::Limit`]. A missing final `END` is no
/// error.
///
/// # Examples
/// ```
/// let card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nEND:VCARD\r\n";
/// let object = ds_objects::parse("text/vcard", card)?;
/// assert_eq!(object.title().as_deref(), Some("Pat Quill"));
/// assert_eq!(object.encode(), card);
/// # Ok::<(), ds_objects::Error>(())
/// ```
pub fn parse(media_type: &str, bytes: &[u8]) -> Result<Object, Error> {
    parse_with(media_type, bytes, &Limits::default())
}

/// Reads one object within the given limits, see [`parse`].
///
/// # Errors
/// As [`parse`].
pub fn parse_with(media_type: &str, bytes: &[u8], limits: &Limits) -> Result<Object, Error> {
    let format =
        Format::detect(media_type, bytes).ok_or_else(|| Error::new(ErrorKind::UnknownFormat, 0))?;
    let document = Document::read(format, bytes, limits)?;
    Ok(Object::of(document))
}

impl Object {
    pub(crate) fn of(document: Document) -> Self {
        match document.format {
            Format::VCard21 | Format::VCard30 | Format::VCard40 => Self::VCard(VCard(document)),
            Format::VCalendar10 => Self::VCalendar(VCalendar(document)),
            Format::ICalendar20 => Self::ICalendar(ICalendar(document)),
            Format::VNote11 => Self::VNote(VNote(document)),
            Format::VBookmark10 => Self::VBookmark(VBookmark(document)),
        }
    }

    pub(crate) const fn document(&self) -> &Document {
        match self {
            Self::VCard(VCard(document))
            | Self::VCalendar(VCalendar(document))
            | Self::ICalendar(ICalendar(document))
            | Self::VNote(VNote(document))
            | Self::VBookmark(VBookmark(document)) => document,
        }
    }

    /// Format and version.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.document().format
    }

    /// Media type to declare for it, see [`Format::media_type`].
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        self.format().media_type()
    }

    /// All lines in order, `BEGIN` and `END` included.
    #[must_use]
    pub fn lines(&self) -> &[ContentLine] {
        &self.document().lines
    }

    /// Bytes of the object. Lines that were not changed come back exactly as they were read.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.document().encode()
    }

    /// Name or summary for people, see [`title`](crate::title).
    #[must_use]
    pub fn title(&self) -> Option<String> {
        crate::title::of_object(self)
    }
}

/// What the types share: the same methods on the same document.
macro_rules! document_methods {
    ($name:ident) => {
        impl $name {
            /// Format and version.
            #[must_use]
            pub const fn format(&self) -> Format {
                self.0.format
            }

            /// All lines in order, `BEGIN` and `END` and inner components included.
            #[must_use]
            pub fn lines(&self) -> &[ContentLine] {
                &self.0.lines
            }

            /// The object's own properties in order; those of inner components are left out.
            pub fn properties(&self) -> impl Iterator<Item = &ContentLine> {
                self.0.outer()
            }

            /// The first own property with this name, any case.
            #[must_use]
            pub fn first(&self, name: &str) -> Option<&ContentLine> {
                self.properties().find(|line| line.is(name))
            }

            /// The first own property with this name, to be changed.
            pub fn first_mut(&mut self, name: &str) -> Option<&mut ContentLine> {
                self.0.first_mut(name)
            }

            /// Adds a property at the end of the object itself.
            pub fn push(&mut self, line: ContentLine) {
                self.0.push(line);
            }

            /// Removes its own properties with this name and tells how many there were.
            pub fn remove(&mut self, name: &str) -> usize {
                self.0.remove(name)
            }

            /// Bytes of the object. Lines that were not changed come back exactly as they were read.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                self.0.encode()
            }
        }
    };
}

/// A vCard 2.1, 3.0 or 4.0 as lines, lossless and in order.
///
/// ```
/// use ds_objects::{Object, parse};
///
/// let bytes = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:Quill;Pat\r\nTEL;CELL:+1-555-0190\r\nEND:VCARD\r\n";
/// let Object::VCard(mut card) = parse("text/x-vcard", bytes)? else { panic!("a card") };
/// let phone = card.first_mut("TEL").expect("has a phone");
/// assert_eq!(phone.types().collect::<Vec<_>>(), ["CELL"]);
/// phone.set_text("+1-555-0191");
/// assert!(card.encode().windows(20).any(|part| part == b"TEL;CELL:+1-555-0191"));
/// # Ok::<(), ds_objects::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VCard(Document);

/// A vCalendar 1.0 as lines, lossless and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VCalendar(Document);

/// An iCalendar 2.0 object as lines, lossless and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ICalendar(Document);

/// A vNote 1.1 as lines, lossless and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VNote(Document);

/// A vBookmark 1.0 as lines, lossless and in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VBookmark(Document);

document_methods!(VCard);
document_methods!(VCalendar);
document_methods!(ICalendar);
document_methods!(VNote);
document_methods!(VBookmark);

/// Components that are items of their own, in contrast to time zones.
pub(crate) const ITEMS: [&str; 4] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"];

macro_rules! calendar_methods {
    ($name:ident) => {
        impl $name {
            /// The components directly inside the calendar: events, to-dos, time zones.
            #[must_use]
            pub fn components(&self) -> Vec<Component<'_>> {
                inner(self.lines())
            }

            /// The first event, to-do, journal entry or free/busy report: what the item is about.
            #[must_use]
            pub fn item(&self) -> Option<Component<'_>> {
                self.components()
                    .into_iter()
                    .find(|component| ITEMS.contains(&component.name().as_str()))
            }

            /// `UID` of the item, which names the same event on every device.
            #[must_use]
            pub fn uid(&self) -> Option<String> {
                self.item()?.first("UID").map(ContentLine::text)
            }
        }
    };
}

calendar_methods!(VCalendar);
calendar_methods!(ICalendar);

//! What a filter can ask of an item.

use super::content::Content;
use super::time::{self, Instant};

/// The view of an item that a filter is compared with.
pub trait Fields {
    /// All values of a property, in any case of its name: of each line the whole value and each of its components. No
    /// value: it is not there.
    fn values(&self, name: &str) -> Vec<String>;

    /// The id that the client has for the item; none: it has none yet, and no id matches.
    fn luid(&self) -> Option<&str>;

    /// Octets of its content.
    fn size(&self) -> u64;

    /// The time that it takes; none: it has nothing to do with time.
    fn period(&self) -> Option<Period>;
}

/// From when to when an item is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Period {
    /// Its first moment.
    pub start: Instant,
    /// Its last moment; none: it comes again and again.
    pub end: Option<Instant>,
}

impl Period {
    /// A period.
    #[must_use]
    pub const fn new(start: Instant, end: Option<Instant>) -> Self {
        Self { start, end }
    }
}

/// An item by its content: the properties of a card, note or bookmark, of the first event or to-do of a calendar, of an
/// Email, File or Folder, of a message or a plain note.
///
/// Of other content only size and id are known.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    content: Content,
    luid: Option<&'a str>,
    size: u64,
}

impl<'a> Item<'a> {
    /// An item with this content.
    #[must_use]
    pub fn new(media_type: &str, content: &[u8]) -> Self {
        Self {
            content: Content::read(media_type, content),
            luid: None,
            size: content.len() as u64,
        }
    }

    /// With the id that the client has for it.
    #[must_use]
    pub fn with_luid(mut self, luid: Option<&'a str>) -> Self {
        self.luid = luid;
        self
    }

    fn text(&self, name: &str) -> Option<String> {
        self.content.lines(name).first().map(|line| line.text())
    }

    fn time(&self, name: &str) -> Option<Instant> {
        Instant::parse(&self.text(name)?)
    }

    /// The last moment of a rule of recurrence; none: it has no end, or one that cannot be told.
    fn until(rule: &str) -> Option<Instant> {
        // iCalendar names it, vCalendar writes it behind blanks.
        let parts = rule.split([';', ' ']);
        parts
            .map(|part| part.trim_start_matches("UNTIL="))
            .filter(|part| part.len() >= 8)
            .find_map(Instant::parse)
    }
}

/// Properties whose value is a list with commas.
const LISTS: [&str; 3] = ["CATEGORIES", "NICKNAME", "RESOURCES"];

impl Fields for Item<'_> {
    fn values(&self, name: &str) -> Vec<String> {
        if name.eq_ignore_ascii_case("modified") {
            let changed = self.content.changed().map(str::to_owned);
            let modified = [self.text("LAST-MODIFIED"), self.text("REV"), changed];
            return modified.into_iter().flatten().take(1).collect();
        }
        let mut values: Vec<String> = self.content.values(name).map(str::to_owned).collect();
        let is_list = LISTS.iter().any(|list| name.eq_ignore_ascii_case(list));
        for line in self.content.lines(name) {
            let text = line.text();
            let components = line.components();
            if is_list {
                values.extend(text.split([',', ';']).map(|part| part.trim().to_owned()));
            } else if components.len() > 1 {
                values.extend(components);
            }
            values.push(text);
        }
        values
    }

    fn luid(&self) -> Option<&str> {
        self.luid
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn period(&self) -> Option<Period> {
        let start = self.time("DTSTART");
        let end = self.time("DTEND").or_else(|| self.time("DUE"));
        let lasting = start.zip(self.text("DURATION").and_then(|text| time::duration(&text)));
        let end = end.or_else(|| lasting.map(|(start, seconds)| start.plus(seconds)));
        let Some(start) = start.or(end) else {
            let moment = self.content.moment()?;
            return Some(Period::new(moment, Some(moment)));
        };
        let end = match self.text("RRULE") {
            Some(rule) => Self::until(&rule).map(|until| until.max(end.unwrap_or(start))),
            None => Some(end.unwrap_or(start)),
        };
        Some(Period::new(start, end))
    }
}

//! What an item says of itself, whatever kind of object it is.

use super::time::Instant;
use crate::content_line::ContentLine;
use crate::media_type::essence;
use crate::object::{Object, parse};
use crate::omads::Any;

/// The content of an item as a filter sees it.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// A card, note, bookmark or calendar.
    Object(Object),
    /// Names and values of anything else: of an Email, File or Folder, of a message, of a plain note.
    Properties(Vec<(String, String)>),
}

/// When an item was changed, in the order in which it is looked for.
const CHANGED: [&str; 4] = ["modified", "received", "created", "date"];

impl Content {
    pub(super) fn read(media_type: &str, content: &[u8]) -> Self {
        if let Ok(object) = parse(media_type, content) {
            return Self::Object(object);
        }
        if let Some(any) = Any::read(media_type, content) {
            let mut properties = any.properties();
            if let Any::Email(email) = &any {
                properties.extend(header(email.item.octets().unwrap_or_default()));
            }
            return Self::Properties(properties);
        }
        Self::Properties(match essence(media_type).as_str() {
            "message/rfc822" | "text/message" => header(content),
            "text/plain" => note(content),
            _ => Vec::new(),
        })
    }

    /// The lines of a property of the object itself, or of the first item of a calendar.
    pub(super) fn lines(&self, name: &str) -> Vec<&ContentLine> {
        let Self::Object(object) = self else {
            return Vec::new();
        };
        let named = |line: &&ContentLine| line.is(name);
        match object {
            Object::VCard(card) => card.properties().filter(named).collect(),
            Object::VCalendar(calendar) => {
                let item = calendar.item().into_iter();
                item.flat_map(|item| item.properties())
                    .filter(named)
                    .collect()
            }
            Object::ICalendar(calendar) => {
                let item = calendar.item().into_iter();
                item.flat_map(|item| item.properties())
                    .filter(named)
                    .collect()
            }
            Object::VNote(note) => note.properties().filter(named).collect(),
            Object::VBookmark(bookmark) => bookmark.properties().filter(named).collect(),
        }
    }

    /// The values of a property of what has no lines.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let properties = match self {
            Self::Object(_) => &[][..],
            Self::Properties(properties) => properties,
        };
        let named = properties
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }

    /// When it was changed: for mail, when it came.
    pub(super) fn changed(&self) -> Option<&str> {
        CHANGED.iter().find_map(|name| self.values(name).next())
    }

    /// When what has no lines was changed. A folder has to be there at any time, for what is in it.
    pub(super) fn moment(&self) -> Option<Instant> {
        let is_folder = self.values("role").next().is_some();
        Instant::parse(self.changed()?).filter(|_| !is_folder)
    }
}

/// A note without a form: its first line is what it is about.
fn note(content: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(content).into_owned();
    let title = text.lines().next().unwrap_or_default().trim().to_owned();
    vec![("SUMMARY".to_owned(), title), ("BODY".to_owned(), text)]
}

#[cfg(feature = "mail")]
fn header(message: &[u8]) -> Vec<(String, String)> {
    let Some(mail) = crate::mail::summary(message) else {
        return Vec::new();
    };
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let mut found = Vec::new();
    found.extend(mail.message_id.map(|id| pair("message-id", id)));
    found.extend(mail.subject.map(|subject| pair("subject", subject)));
    found.extend(mail.from.into_iter().map(|from| pair("from", from)));
    found.extend(mail.to.into_iter().map(|to| pair("to", to)));
    found.extend(mail.date.map(|date| pair("date", date)));
    found
}

/// What is in a message is read with the feature `mail` alone.
#[cfg(not(feature = "mail"))]
fn header(_message: &[u8]) -> Vec<(String, String)> {
    Vec::new()
}

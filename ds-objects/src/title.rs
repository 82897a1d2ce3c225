//! A name for an object, for lists, logs and file names.

use crate::content_line::ContentLine;
use crate::document::Component;
use crate::object::{Object, parse};

/// Longest title in characters.
const LENGTH: usize = 120;

/// What a person would call this object: `FN` or `N` of a card, `SUMMARY` of an event, to-do or note, `TITLE` of
/// a bookmark.
///
/// If these are missing or empty: `NICKNAME`, `ORG`, `EMAIL` and `TEL` of a card; the first line of `DESCRIPTION` of an
/// event and of `BODY` of a note; `URL` of a bookmark. One line without control characters, at most 120 characters; it may still hold what a file system forbids,
/// such as `/`. `None` if the bytes are no object or nothing in it names it.
///
/// ```
/// let event = b"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nSUMMARY:Tea\\, then cake\nEND:VEVENT\nEND:VCALENDAR\n";
/// assert_eq!(ds_objects::title(event).as_deref(), Some("Tea, then cake"));
/// ```
#[must_use]
pub fn title(bytes: &[u8]) -> Option<String> {
    // The second try is for a card without a version.
    parse("text/x-vcard", bytes)
        .or_else(|_| parse("text/calendar", bytes))
        .ok()
        .and_then(|object| of_object(&object))
}

pub(crate) fn of_object(object: &Object) -> Option<String> {
    match object {
        Object::VCard(card) => {
            let text = |name: &str| {
                card.properties()
                    .filter(|line| line.is(name))
                    .find_map(|line| tidy(&line.text()))
            };
            let parts = |name: &str| {
                card.first(name)
                    .map(ContentLine::components)
                    .unwrap_or_default()
            };
            text("FN")
                .or_else(|| name(&parts("N")))
                .or_else(|| text("NICKNAME"))
                .or_else(|| tidy(&parts("ORG").join(" ")))
                .or_else(|| text("EMAIL"))
                .or_else(|| text("TEL"))
        }
        Object::VCalendar(calendar) => calendar.item().and_then(of_component),
        Object::ICalendar(calendar) => calendar.item().and_then(of_component),
        Object::VNote(note) => {
            let text = |name: &str| note.first(name).map(ContentLine::text);
            summary_or_line(text("SUMMARY"), text("BODY"))
        }
        Object::VBookmark(bookmark) => ["TITLE", "X-IRMC-TITLE", "URL"]
            .iter()
            .find_map(|name| tidy(&bookmark.first(name)?.text())),
    }
}

fn of_component(component: Component<'_>) -> Option<String> {
    let text = |name: &str| component.first(name).map(ContentLine::text);
    summary_or_line(text("SUMMARY"), text("DESCRIPTION"))
}

/// The summary, else the first line of the text that says something.
fn summary_or_line(summary: Option<String>, text: Option<String>) -> Option<String> {
    summary
        .and_then(|summary| tidy(&summary))
        .or_else(|| text?.lines().find_map(tidy))
}

/// `N` is family; given; additional; prefixes; suffixes. People say it in another order.
fn name(parts: &[String]) -> Option<String> {
    let said: Vec<&str> = [3, 1, 2, 0, 4]
        .iter()
        .filter_map(|index| parts.get(*index))
        .map(String::as_str)
        .collect();
    tidy(&said.join(" "))
}

/// One line, single blanks, no controls; `None` if nothing is left.
fn tidy(text: &str) -> Option<String> {
    let text = text.replace(char::is_control, " ");
    let words: Vec<&str> = text.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(LENGTH).collect();
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixtures_have_the_titles_people_expect() {
        for (name, expected) in [
            ("object/contacts/asa-lindqvist.vcf", "Åsa Lindqvist"),
            (
                "object/contacts/tidewater-workshop.vcf",
                "Tidewater Bicycle Workshop",
            ),
            ("object/contacts/jurgen-muller.vcf", "Jürgen Müller"),
            ("object/contacts/petr-novak.vcf", "Petr Novák"),
            ("object/contacts/escape-mill.vcf", "Escape Mill; Sons"),
            ("object/contacts/ana-horvat.vcf", "Ana Horvat"),
            ("object/contacts/robin-sunde.vcf", "Robin Sunde 🧗🏽‍♀️"),
            ("object/calendar/team-meeting.ics", "Werkstattrunde"),
            ("object/calendar/choir-practice.ics", "Chorprobe"),
            (
                "object/calendar/old-phone-standup.vcs",
                "Kurze Runde im Büro",
            ),
            (
                "object/calendar/old-phone-todo.vcs",
                "Купить билеты на поезд до Выборга и обратно, два места у окна",
            ),
        ] {
            let fixture = testdata::get(name).expect("is in the collection");
            assert_eq!(title(fixture.bytes).as_deref(), Some(expected), "{name}");
        }
    }

    #[test]
    fn fallbacks() {
        let card = |line: &str| title(format!("BEGIN:VCARD\n{line}\nEND:VCARD\n").as_bytes());
        assert_eq!(
            card("N:Berg;Mir;;Dr.;M.Sc.").as_deref(),
            Some("Dr. Mir Berg M.Sc.")
        );
        assert_eq!(
            card("FN: \nORG:Tidewater;Repairs").as_deref(),
            Some("Tidewater Repairs")
        );
        assert_eq!(card("EMAIL:a@b.example").as_deref(), Some("a@b.example"));
        assert_eq!(card("TEL:1").as_deref(), Some("1"));
        assert_eq!(card("NOTE:x"), None);
        assert_eq!(
            title(b"BEGIN:VCALENDAR\nBEGIN:VTODO\nDESCRIPTION:\\n\\none\\ntwo\nEND:VTODO")
                .as_deref(),
            Some("one")
        );
        assert_eq!(title(b"plain"), None);
    }

    #[test]
    fn titles_are_one_short_line() {
        let card = format!(
            "BEGIN:VCARD\nVERSION:3.0\nFN:a\\n\tb {}\nEND:VCARD\n",
            "ü".repeat(500)
        );
        let title = title(card.as_bytes()).expect("has a title");
        assert!(
            title.starts_with("a b ü") && title.chars().count() == LENGTH,
            "{title}"
        );
    }
}

//! Many objects one behind the other, as phones and address books export them.

/// The objects of an export, each from its `BEGIN` to its `END`. What stands between them is left out; text without any
/// `BEGIN` is nothing.
///
/// ```
/// let export = b"BEGIN:VCARD\r\nN:One\r\nEND:VCARD\r\n\r\nBEGIN:VCARD\r\nN:Two\r\nEND:VCARD\r\n";
/// let cards: Vec<&[u8]> = ds_objects::split(export).collect();
/// assert_eq!(cards[1], b"BEGIN:VCARD\r\nN:Two\r\nEND:VCARD\r\n");
/// ```
pub fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (object, behind) = first(rest)?;
        rest = behind;
        Some(object)
    })
}

fn first(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (mut start, mut pos) = (None, 0);
    // Names of what is open; the END of what is inside may be forgotten.
    let mut open: Vec<&[u8]> = Vec::new();
    while pos < bytes.len() {
        let rest = bytes.get(pos..)?;
        let length = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
        let line = rest.get(..length.unwrap_or(rest.len()))?;
        let ends = rest.get(line.len()..)?;
        let returns = ends.iter().take_while(|b| **b == b'\r').count();
        let feed = usize::from(ends.get(returns) == Some(&b'\n'));
        let next = pos + line.len() + returns + feed;
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        if let Some(name) = framed(line, b"BEGIN") {
            // What is deeper than any object is none; it is not worth remembering.
            if open.len() < MOST {
                open.push(name);
            }
            start.get_or_insert(pos);
        } else if let Some(name) = framed(line, b"END") {
            let place = open.iter().rposition(|own| own.eq_ignore_ascii_case(name));
            open.truncate(place.unwrap_or(open.len()));
            if start.is_some() && open.is_empty() {
                return Some((bytes.get(start?..next)?, bytes.get(next..)?));
            }
        }
        pos = next;
    }
    // Phones forget the last END.
    Some((bytes.get(start?..)?, &[]))
}

/// Deepest nesting that is followed.
const MOST: usize = 64;

/// The name behind `BEGIN:` or `END:`, with parameters or without.
fn framed<'a>(line: &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let (own, rest) = line.split_at_checked(word.len())?;
    let is_frame = own.eq_ignore_ascii_case(word)
        && matches!(rest.trim_ascii_start().first(), Some(b':' | b';'));
    let colon = rest.iter().position(|b| *b == b':').filter(|_| is_frame)?;
    Some(rest.get(colon + 1..)?.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_in_a_row() {
        let agent = "BEGIN:VCARD\nAGENT:\nBEGIN:VCARD\nN:In\nEND:VCARD\nEND:VCARD\n";
        let export =
            format!("\u{feff}begin:vcard\r\r\nEND:VCARD\r\rnoise\n{agent}BEGIN:VCALENDAR\nX:1");
        let objects: Vec<_> = split(export.as_bytes())
            .map(String::from_utf8_lossy)
            .collect();
        assert_eq!(
            objects,
            [
                "\u{feff}begin:vcard\r\r\nEND:VCARD\r\r",
                agent,
                "BEGIN:VCALENDAR\nX:1"
            ]
        );
        assert_eq!(split(b"Dear diary\nEND:VCARD\n").count(), 0);
        let forgetful = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nBEGIN:VCARD\nEND:VCARD\n";
        assert_eq!(split(forgetful).count(), 2);
    }
}

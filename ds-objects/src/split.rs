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
    let (mut depth, mut start, mut pos) = (0_usize, None, 0);
    while pos < bytes.len() {
        let rest = bytes.get(pos..)?;
        let length = rest.iter().position(|b| matches!(b, b'\r' | b'\n'));
        let line = rest.get(..length.unwrap_or(rest.len()))?;
        let ends = rest.get(line.len()..)?;
        let returns = ends.iter().take_while(|b| **b == b'\r').count();
        let feed = usize::from(ends.get(returns) == Some(&b'\n'));
        let next = pos + line.len() + returns + feed;
        let line = line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line);
        if is_frame(line, b"BEGIN") {
            depth += 1;
            start.get_or_insert(pos);
        } else if is_frame(line, b"END") && start.is_some() {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some((bytes.get(start?..next)?, bytes.get(next..)?));
            }
        }
        pos = next;
    }
    // Phones forget the last END.
    Some((bytes.get(start?..)?, &[]))
}

/// Whether a line is `BEGIN:` or `END:`, with parameters or without.
fn is_frame(line: &[u8], word: &[u8]) -> bool {
    line.split_at_checked(word.len())
        .is_some_and(|(name, rest)| {
            name.eq_ignore_ascii_case(word)
                && matches!(rest.trim_ascii_start().first(), Some(b':' | b';'))
        })
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
    }
}

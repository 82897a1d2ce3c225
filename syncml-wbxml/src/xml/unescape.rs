//! Content of leaves, put together many bytes at a time.

use bytes::BytesMut;
use memchr::memchr2;

use super::text::resolve_reference;

/// Adds text as it stands in a document: its references resolved, its line ends as LF. `None` for a
/// reference to what is no character; what has been added then means nothing.
pub(super) fn push_text(out: &mut BytesMut, text: &str) -> Option<()> {
    push::<true>(out, text)
}

/// The same for the content of a CDATA section, which has no references.
pub(super) fn push_cdata(out: &mut BytesMut, text: &str) -> Option<()> {
    push::<false>(out, text)
}

fn push<const REFERENCES: bool>(out: &mut BytesMut, text: &str) -> Option<()> {
    let source = text.as_bytes();
    let begin = out.len();
    // Nothing is longer than its spelling, so what is written never overtakes what is read.
    out.resize(begin + source.len(), 0);
    let target = out.get_mut(begin..)?;
    let (mut from, mut to) = (0, 0);
    loop {
        let (chunks, _) = source.get(from..)?.as_chunks();
        let (rooms, _) = target.get_mut(to..)?.as_chunks_mut();
        for (chunk, room) in chunks.iter().zip(rooms) {
            // All of them: those from a special one on are written over.
            *room = *chunk;
            let len = before_special::<REFERENCES>(*chunk);
            from += len;
            to += len;
            if len < CHUNK {
                break;
            }
        }
        let rest = source.get(from..)?;
        let (byte, len) = match rest {
            [b'\r', b'\n', ..] => (b'\n', 2),
            // A few CRs before an LF are one line end together, see `normalize`.
            [b'\r', ..] => {
                let len = rest.iter().take_while(|&&b| b == b'\r').count();
                if rest.get(len) != Some(&b'\n') {
                    target.get_mut(to..to + len)?.fill(b'\n');
                    to += len;
                }
                from += len;
                continue;
            }
            [b'&', b'a', b'm', b'p', b';', ..] if REFERENCES => (b'&', 5),
            [b'&', b'#', b'1', b'3', b';', ..] if REFERENCES => (b'\r', 5),
            [b'&', b'l', b't', b';', ..] if REFERENCES => (b'<', 4),
            [b'&', b'g', b't', b';', ..] if REFERENCES => (b'>', 4),
            [b'&', ..] if REFERENCES => match reference(text.get(from + 1..)?)? {
                Some((character, len)) => {
                    let room = target.get_mut(to..to + character.len_utf8())?;
                    to += character.encode_utf8(room).len();
                    from += len;
                    continue;
                }
                None => (b'&', 1),
            },
            [byte, ..] => (*byte, 1),
            [] => break,
        };
        *target.get_mut(to)? = byte;
        from += len;
        to += 1;
    }
    out.truncate(begin + to);
    Some(())
}

/// The character that a reference stands for and the length of its spelling, for what follows an
/// ampersand. One that no semicolon answers, or whose name nobody knows, stands for itself.
fn reference(text: &str) -> Option<Option<(char, usize)>> {
    let end = memchr2(b';', b'&', text.as_bytes()).unwrap_or(text.len());
    if text.as_bytes().get(end) != Some(&b';') {
        return Some(None);
    }
    let character = resolve_reference(text.get(..end)?).ok()?;
    Some(character.map(|character| (character, "&;".len() + end)))
}

/// Bytes looked at together.
const CHUNK: usize = 16;

/// Bytes before the first CR or, with references, ampersand; as many as there are if there is none.
#[inline(always)]
fn before_special<const REFERENCES: bool>(chunk: [u8; CHUNK]) -> usize {
    const ONES: u128 = u128::from_le_bytes([1; CHUNK]);
    // The highest bit of each byte that is zero. Bits above the lowest one may be wrong.
    let zeros = |word: u128| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let word = u128::from_le_bytes(chunk);
    let mut special = zeros(word ^ (ONES * u128::from(b'\r')));
    if REFERENCES {
        special |= zeros(word ^ (ONES * u128::from(b'&')));
    }
    special.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unescaped(text: &str, push: fn(&mut BytesMut, &str) -> Option<()>) -> Option<String> {
        let mut out = BytesMut::from(&b"before "[..]);
        push(&mut out, text)?;
        let text = String::from_utf8(out.to_vec()).unwrap();
        text.strip_prefix("before ").map(str::to_owned)
    }

    #[test]
    fn text_and_cdata() {
        for (text, as_text, as_cdata) in [
            ("", "", ""),
            ("é\r\nb", "é\nb", "é\nb"),
            ("a\r\r\r\nb\r\r", "a\nb\n\n", "a\nb\n\n"),
            ("a&#13;\nb", "a\r\nb", "a&#13;\nb"),
            ("&lt;&gt;&amp;&quot;", "<>&\"", "&lt;&gt;&amp;&quot;"),
            ("&#x1F600;&own;&;", "\u{1F600}&own;&;", "&#x1F600;&own;&;"),
            ("&a\r;b\r\n;", "&a\n;b\n;", "&a\n;b\n;"),
            ("a & b && c &amp", "a & b && c &amp", "a & b && c &amp"),
        ] {
            // At all places in the chunks that are looked at.
            for (before, after) in
                (0..17).flat_map(|before| (0..17).map(move |after| (before, after)))
            {
                let around = |text| {
                    format!(
                        "{}{text}{}",
                        &"0123456789abcdef"[..before],
                        &"ghijklmnopqrstuv"[..after]
                    )
                };
                let found = unescaped(&around(text), push_text);
                assert_eq!(found, Some(around(as_text)), "{text:?}");
                let found = unescaped(&around(text), push_cdata);
                assert_eq!(found, Some(around(as_cdata)), "{text:?}");
            }
        }
        assert_eq!(unescaped("a&#0;", push_text), None);
    }
}

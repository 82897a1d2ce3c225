//! Texts that come again and again, moved into the string table: [`share_strings`].

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Document, Repair, RepairKind, Token};
use crate::charset::Charset;
use crate::error::Error;
use crate::limits::Limits;
use crate::mb_int;

/// Writes a document anew, with each inline string that comes often enough in the string table.
///
/// It works on what any encoder made. The strings that save most come first, as their offsets are
/// shortest; a string goes there only if that makes the document shorter, and only as long as the
/// table stays within [`max_string_table`](Limits::max_string_table). If nothing is gained the
/// document comes back as it was. The events are the same, those of OPAQUE data are not looked into.
///
/// It takes time in proportion to the length of the document, whatever is in it.
///
/// ```
/// use syncml_wbxml::token::share_strings;
///
/// let text = b"\x03text/x-vcard\x00\x01";
/// let item = [b"\x53", &text[..]].concat();
/// let bytes = [&b"\x02\xA4\x01\x6A\x00\x5A\x00\x01"[..], &item, &item, b"\x01"].concat();
/// let shared = share_strings(&bytes, &Default::default())?;
/// assert_eq!(
///     shared,
///     b"\x02\xA4\x01\x6A\x0Dtext/x-vcard\x00\x5A\x00\x01\x53\x83\x00\x01\x53\x83\x00\x01\x01"
/// );
/// # Ok::<(), syncml_wbxml::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Document::decode`].
pub fn share_strings(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let mut document = Document::decode(bytes, limits)?;
    let charset = document.header.encoding().unwrap_or(Charset::Utf8);
    let mut table = document.header.string_table.to_vec();
    if table.is_empty() {
        // Someone refers to the empty string at offset 0.
        let is_used = |repair: &Repair| repair.kind == RepairKind::EmptyTable;
        if document.repairs.iter().any(is_used) {
            table.resize(charset.unit(), 0);
        }
    } else if charset.unit() > 1 {
        // Strings that begin in the middle of a character do not end where the others do: what is
        // appended would become part of them.
        return Ok(bytes.to_vec());
    } else if document.header.terminated_len() < table.len() {
        table.push(0);
    }
    let old = table.clone();
    let mut strings = Strings::with_capacity(document.tokens.len() + old.len());
    strings.note_table(&old, charset);
    let noted: Vec<_> = document
        .tokens
        .iter()
        .map(|token| match token {
            Token::StrI(text) => strings.note(text),
            _ => None,
        })
        .collect();
    strings.move_to(&mut table, charset, limits.max_string_table);
    let moved: Vec<_> = noted
        .into_iter()
        .map(|noted| strings.entries.get(noted?)?.offset)
        .collect();
    for (token, offset) in document.tokens.iter_mut().zip(moved) {
        if let Some(offset) = offset {
            *token = Token::StrT(offset);
        }
    }
    document.header.string_table = Cow::Owned(table);
    let shared = document.encode()?;
    Ok(if shared.len() < bytes.len() {
        shared
    } else {
        bytes.to_vec()
    })
}

/// How far a string is looked for. One that is not found by then stays where it is, so that strings
/// chosen to collide cost no more than others.
const MAX_PROBES: usize = 16;

/// The distinct strings of a document.
#[derive(Debug)]
struct Strings<'s> {
    entries: Vec<Entry<'s>>,
    /// Open addressing: 0 is free, else the index of an entry and 1. A power of two.
    slots: Vec<u32>,
    #[cfg(test)]
    probes: usize,
}

#[derive(Debug)]
struct Entry<'s> {
    text: &'s [u8],
    /// How often it stands in place.
    uses: usize,
    /// Where it stands in the table.
    offset: Option<u32>,
}

impl<'s> Strings<'s> {
    fn with_capacity(strings: usize) -> Self {
        let slots = strings.saturating_mul(2).next_power_of_two();
        Self {
            entries: Vec::new(),
            slots: vec![0; slots],
            #[cfg(test)]
            probes: 0,
        }
    }

    /// Takes down the strings that are in a table already.
    fn note_table(&mut self, table: &'s [u8], charset: Charset) {
        let mut rest = table;
        while let Some(len) = charset.terminator(rest) {
            let offset = u32::try_from(table.len() - rest.len()).ok();
            if let Some(entry) = self.find(&rest[..len])
                && entry.offset.is_none()
            {
                entry.offset = offset;
            }
            rest = &rest[len + charset.unit()..];
        }
    }

    /// Takes down one use of a string; gives the index of its entry.
    fn note(&mut self, text: &'s [u8]) -> Option<usize> {
        let index = self.index(text)?;
        self.entries[index].uses += 1;
        Some(index)
    }

    fn find(&mut self, text: &'s [u8]) -> Option<&mut Entry<'s>> {
        let index = self.index(text)?;
        self.entries.get_mut(index)
    }

    /// The index of the entry of a string, which may be a new one.
    fn index(&mut self, text: &'s [u8]) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let start = hash(text);
        for probe in 0..MAX_PROBES.min(self.slots.len()) {
            #[cfg(test)]
            {
                self.probes += 1;
            }
            let slot = start.wrapping_add(probe) & mask;
            let Some(index) = (self.slots[slot] as usize).checked_sub(1) else {
                self.entries.push(Entry {
                    text,
                    uses: 0,
                    offset: None,
                });
                self.slots[slot] = u32::try_from(self.entries.len()).ok()?;
                return Some(self.entries.len() - 1);
            };
            if self.entries[index].text == text {
                return Some(index);
            }
        }
        None
    }

    /// Appends to the table what gains by it.
    fn move_to(&mut self, table: &mut Vec<u8>, charset: Charset, max_len: usize) {
        // By the magnitude of the number of uses, which takes linear time where sorting does not.
        let mut ranks = [const { Vec::new() }; usize::BITS as usize];
        for (index, entry) in self.entries.iter_mut().enumerate() {
            let len = entry.text.len() + charset.unit();
            match entry.offset {
                Some(offset) if len <= mb_int::len(offset) => entry.offset = None,
                Some(_) => {}
                None if entry.uses > 1 => ranks[entry.uses.ilog2() as usize].push(index),
                None => {}
            }
        }
        for index in ranks.into_iter().rev().flatten() {
            let entry = &mut self.entries[index];
            let len = entry.text.len() + charset.unit();
            let Ok(offset) = u32::try_from(table.len()) else {
                return;
            };
            let in_table = len.saturating_add(entry.uses.saturating_mul(mb_int::len(offset)));
            if len.saturating_mul(entry.uses) > in_table && table.len() + len <= max_len {
                entry.offset = Some(offset);
                table.extend_from_slice(entry.text);
                table.resize(offset as usize + len, 0);
            }
        }
    }
}

/// A hash of octets, eight at a time.
fn hash(octets: &[u8]) -> usize {
    const FACTOR: u128 = 0x9E37_79B9_7F4A_7C15;
    octets.chunks(8).fold(octets.len() as u64, |hash, chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let mixed = u128::from(hash.rotate_left(23) ^ u64::from_le_bytes(word)) * FACTOR;
        (mixed ^ mixed >> 64) as u64
    }) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probes and strings for this many commands of a usual kind.
    fn cost(commands: usize) -> (usize, usize) {
        let texts: Vec<String> = (0..commands)
            .flat_map(|i| {
                let own = [
                    i.to_string(),
                    format!("./contact/{i}"),
                    format!("BEGIN:VCARD {i}"),
                ];
                let shared = ["text/x-vcard", "bin", "200"].map(String::from);
                [own, shared].concat()
            })
            .collect();
        let mut strings = Strings::with_capacity(texts.len() * 3);
        for text in &texts {
            strings.note(text.as_bytes());
        }
        let mut table = Vec::new();
        strings.move_to(&mut table, Charset::Utf8, 1 << 16);
        assert!(
            table.starts_with(b"text/x-vcard\0bin\x00200\0"),
            "{commands}"
        );
        (strings.probes, texts.len())
    }

    /// The work for a command is the same among a hundred and among ten thousand.
    #[test]
    fn work_does_not_grow() {
        let per_string = [100, 10_000].map(|commands| {
            let (probes, strings) = cost(commands);
            probes as f64 / strings as f64
        });
        assert!(
            per_string[0] >= 1.0 && per_string[1] < 1.6,
            "{per_string:?}"
        );
        assert!(per_string[1] <= per_string[0] * 1.3, "{per_string:?}");
    }

    /// Strings chosen to collide are not all found, and cost no more than the limit each.
    #[test]
    fn collisions_are_bounded() {
        let texts: Vec<Vec<u8>> = (0..5_000_u32).map(|i| i.to_le_bytes().to_vec()).collect();
        let mut strings = Strings::with_capacity(8);
        for text in &texts {
            strings.note(text);
        }
        assert!(strings.probes <= texts.len() * MAX_PROBES);
        assert!(strings.entries.len() <= 16);
    }
}

//! Names of known elements as they stand in tags, found without a comparison of texts.

use crate::table::{self, CodePage};
use crate::tag::{Space, Tag};

/// Longest name that is found this way, in bytes.
const MAX: usize = 16;

/// A short name as two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    low: u64,
    high: u64,
    len: usize,
}

const ONES: u64 = 0x0101_0101_0101_0101;

impl Word {
    /// The bytes before the first one that no known name has, if there are few. Only a look at what
    /// follows tells whether they are a name.
    pub(super) fn at_start(rest: &[u8]) -> Option<Self> {
        let (first, rest) = rest.split_first_chunk()?;
        let low = u64::from_le_bytes(*first);
        let ends = ends(low);
        if ends != 0 {
            let len = ends.trailing_zeros() as usize / 8;
            return Some(Self {
                low: low & mask(len),
                high: 0,
                len,
            });
        }
        let high = u64::from_le_bytes(*rest.first_chunk()?);
        let ends = self::ends(high);
        if ends == 0 {
            return None;
        }
        let len = ends.trailing_zeros() as usize / 8;
        Some(Self {
            low,
            high: high & mask(len),
            len: 8 + len,
        })
    }

    pub(super) const fn len(self) -> usize {
        self.len
    }

    /// The element with this name.
    pub(super) fn tag(self, space: Space) -> Option<Tag> {
        let words = match space {
            Space::SyncMl => &SYNCML,
            Space::MetInf => &METINF,
            Space::DevInf => &DEVINF,
        };
        let mut slot = hash(self.low, self.high);
        loop {
            let entry = &words.0[slot];
            if entry.low == self.low && entry.high == self.high {
                // The entry of a free slot has no tag.
                return entry.tag;
            }
            entry.tag?;
            slot = (slot + 1) % SLOTS;
        }
    }
}

/// The highest bit of each byte less than `@`: all bytes that may end a name are among these. Bits
/// above the lowest one may be wrong.
const fn ends(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x40) & !word & (ONES * 0x80)
}

/// The lowest bytes, fewer than eight.
const fn mask(bytes: usize) -> u64 {
    (1 << (bytes * 8)) - 1
}

/// Several times as many as the longest page has names.
const SLOTS: usize = 256;

#[derive(Clone, Copy)]
struct Entry {
    low: u64,
    high: u64,
    tag: Option<Tag>,
}

/// An open-addressed hash table of the names in a space, filled by the compiler.
struct Words([Entry; SLOTS]);

static SYNCML: Words = Words::new(Space::SyncMl, &table::syncml::PAGE);
static METINF: Words = Words::new(Space::MetInf, &table::metinf::PAGE);
static DEVINF: Words = Words::new(Space::DevInf, &table::devinf::PAGE);

impl Words {
    const fn new(space: Space, page: &CodePage) -> Self {
        let mut entries = [Entry {
            low: 0,
            high: 0,
            tag: None,
        }; SLOTS];
        let mut code = 0;
        while code < u8::MAX {
            let name = page.name(code).as_bytes();
            let (low, high, is_word) = spell(name);
            if is_word {
                let mut slot = hash(low, high);
                while entries[slot].tag.is_some() {
                    slot = (slot + 1) % SLOTS;
                }
                entries[slot] = Entry {
                    low,
                    high,
                    tag: Some(Tag::new(space, code)),
                };
            }
            code += 1;
        }
        Self(entries)
    }
}

/// A name as two numbers, and whether it is one that [`Word::at_start`] can find.
const fn spell(name: &[u8]) -> (u64, u64, bool) {
    let mut halves = [0; 2];
    let mut i = 0;
    while i < name.len() && i < MAX {
        if name[i] < b'@' {
            return (0, 0, false);
        }
        halves[i / 8] |= (name[i] as u64) << (i % 8 * 8);
        i += 1;
    }
    let is_word = !name.is_empty() && name.len() < MAX;
    (halves[0], halves[1], is_word)
}

const fn hash(low: u64, high: u64) -> usize {
    // The best spread of the names there are, of a few odd numbers tried.
    let mixed = (low ^ high.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names() {
        let mut looks = 0;
        let mut count = 0;
        for space in [Space::SyncMl, Space::MetInf, Space::DevInf] {
            for tag in Tag::all(space) {
                let name = tag.name();
                let text = format!("{name}>                ");
                let word = Word::at_start(text.as_bytes());
                let plain = name.len() < MAX && name.bytes().all(|b| b >= b'@');
                let found = word.filter(|word| word.len() == name.len());
                assert_eq!(
                    found.and_then(|word| word.tag(space)),
                    plain.then_some(tag),
                    "{name}"
                );
                if let (true, Some(word)) = (plain, found) {
                    let words = match space {
                        Space::SyncMl => &SYNCML,
                        Space::MetInf => &METINF,
                        Space::DevInf => &DEVINF,
                    };
                    let mut slot = hash(word.low, word.high);
                    while words.0[slot].tag != Some(tag) {
                        slot = (slot + 1) % SLOTS;
                        looks += 1;
                    }
                    count += 1;
                }
            }
        }
        println!("{looks} {count}");
        assert!(looks * 5 < count);
    }
}

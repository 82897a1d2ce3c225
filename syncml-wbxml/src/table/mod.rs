//! Code pages as data: one file for each space, and the lookup by token and by name they share.

/// Declares the tag constants of one space and its [`CodePage`].
macro_rules! code_page {
    ($space:ident; $($konst:ident = $code:literal, $name:literal, $since:literal;)*) => {
        use crate::tag::{Space, Tag};

        $(
            #[doc = concat!("`", $name, "`, in the vocabulary since version ", $since, ".")]
            pub const $konst: Tag = Tag::new(Space::$space, $code);
        )*

        pub(crate) const NAMES: &[(u8, &str)] = &[$(($code, $name)),*];

        pub(crate) static PAGE: crate::table::CodePage = crate::table::CodePage::new(NAMES);
    };
}

pub mod devinf;
pub mod metinf;
pub mod syncml;

/// Set in the code of a tag that shares its wire token with an older name, see [`Tag::token`](crate::Tag::token).
pub(crate) const RENAMED: u8 = 0x40;

/// Codes are six bits of wire token and the [`RENAMED`] bit.
const CODES: usize = 0x80;
/// Slots of the name table: a power of two, about four times the longest page.
const SLOTS: usize = 256;

/// The names of one space, by code and by name.
///
/// By name it is a small open-addressed hash table that the compiler fills, so that a lookup costs
/// one hash over three bytes and, nearly always, one comparison.
#[derive(Debug)]
pub(crate) struct CodePage {
    names: [&'static str; CODES],
    /// Code in each slot; 0 is free, since codes start at 5.
    slots: [u8; SLOTS],
}

impl CodePage {
    const fn new(entries: &[(u8, &'static str)]) -> Self {
        let mut names = [""; CODES];
        let mut slots = [0; SLOTS];
        let mut i = 0;
        while i < entries.len() {
            let (code, name) = entries[i];
            names[code as usize] = name;
            let mut slot = hash(name.as_bytes());
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = code;
            i += 1;
        }
        Self { names, slots }
    }

    /// The wire tokens in use, one bit each.
    pub(crate) const fn tokens(&self) -> u64 {
        let mut bits = 0;
        let mut token = 0;
        while token < RENAMED {
            if !self.names[token as usize].is_empty() {
                bits |= 1 << token;
            }
            token += 1;
        }
        bits
    }

    /// The name with this code, or an empty string.
    pub(crate) const fn name(&self, code: u8) -> &'static str {
        if (code as usize) < CODES {
            self.names[code as usize]
        } else {
            ""
        }
    }

    /// The code of a name, compared with its case.
    pub(crate) fn code(&self, name: &str) -> Option<u8> {
        if name.is_empty() {
            return None;
        }
        let mut slot = hash(name.as_bytes());
        loop {
            let code = self.slots[slot];
            if code == 0 {
                return None;
            }
            if self.name(code) == name {
                return Some(code);
            }
            slot = (slot + 1) % SLOTS;
        }
    }

    /// All codes in use.
    pub(crate) fn codes(&self) -> impl Iterator<Item = u8> + '_ {
        (0..CODES as u8).filter(|&code| !self.name(code).is_empty())
    }
}

/// Hash of a name that is not empty.
const fn hash(name: &[u8]) -> usize {
    let len = name.len();
    let first = name[0] as usize;
    let middle = name[len / 2] as usize;
    let last = name[len - 1] as usize;
    (len * 37 + first * 7 + middle * 83 + last * 29) % SLOTS
}

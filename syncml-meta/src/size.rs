//! Counting a large object and comparing it with the announced `Size`.

use crate::Format;

/// What arrived of an object, counted in all the ways peers count.
///
/// `Size` means the octets of the whole `Data` as transmitted, but some peers announce the
/// length before Base64, and XML turns CR LF into LF on the way. [`agrees`](Self::agrees)
/// accepts all three, so that no good object is refused with 424.
///
/// ```
/// # use syncml_meta::size::Count;
/// let mut count = Count::default();
/// count.push(b"BEGIN:VCARD\nEN");
/// count.push(b"D:VCARD\n");
/// assert!(count.agrees(22, None));
/// assert!(count.agrees(24, None)); // counted with CR LF
/// assert!(!count.agrees(23, None));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Count {
    /// Octets as transmitted.
    pub octets: u64,
    /// LF without a CR before it.
    pub bare_lf: u64,
    /// Characters of the Base64 alphabet.
    pub base64: u64,
    /// The last octet was a CR.
    pub after_cr: bool,
}

impl Count {
    /// Counts one more chunk.
    pub fn push(&mut self, chunk: &[u8]) {
        self.octets = self.octets.saturating_add(chunk.len() as u64);
        for &byte in chunk {
            match byte {
                b'\n' if !self.after_cr => self.bare_lf += 1,
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => self.base64 += 1,
                _ => {}
            }
            self.after_cr = byte == b'\r';
        }
    }

    /// Octets after decoding when `format` is Base64, else as transmitted.
    #[must_use]
    pub fn decoded(&self, format: Option<&Format>) -> u64 {
        if format == Some(&Format::B64) {
            self.base64 / 4 * 3 + self.base64 % 4 * 3 / 4
        } else {
            self.octets
        }
    }

    /// Whether the announced `Size` fits what was counted, in one of the ways peers count.
    #[must_use]
    pub fn agrees(&self, announced: u64, format: Option<&Format>) -> bool {
        announced == self.octets
            || announced == self.decoded(format)
            || announced == self.octets.saturating_add(self.bare_lf)
    }
}

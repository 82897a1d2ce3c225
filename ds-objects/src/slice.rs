//! A part of an input that all lines of an object share.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

/// Octets of a shared input. Half the size of a `Bytes`, and nothing is called through a table to copy or drop it: an
/// object has one for each of its lines.
#[derive(Clone)]
pub(crate) struct Slice {
    input: Arc<[u8]>,
    start: u32,
    end: u32,
}

impl Slice {
    /// The octets between two offsets. Offsets behind the end are taken for the end.
    pub(crate) fn of(input: &Arc<[u8]>, start: usize, end: usize) -> Self {
        Self {
            input: Arc::clone(input),
            start: offset(start),
            end: offset(end),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.input
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }

    /// The octets from one offset in it to another, without a copy.
    pub(crate) fn part(&self, from: usize, to: usize) -> Bytes {
        let start = self.start as usize;
        let end = (start + to).min(self.end as usize);
        Bytes::from_owner(Self::of(&self.input, (start + from).min(end), end))
    }
}

impl PartialEq for Slice {
    fn eq(&self, other: &Self) -> bool {
        self.bytes() == other.bytes()
    }
}

impl Eq for Slice {}

impl fmt::Debug for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(self.bytes()))
    }
}

impl AsRef<[u8]> for Slice {
    fn as_ref(&self) -> &[u8] {
        self.bytes()
    }
}

/// An offset in an object, which is smaller than 4 GiB: the lexer refuses others.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_parts() {
        let input: Arc<[u8]> = Arc::from(&b"0123456789"[..]);
        let slice = Slice::of(&input, 2, 8);
        assert_eq!(slice.bytes(), b"234567");
        assert_eq!(&slice.part(1, 3)[..], b"34");
        assert_eq!(&slice.part(4, 99)[..], b"67");
        assert_eq!(&slice.part(99, 99)[..], b"");
        assert_eq!(Slice::of(&input, 8, 99).bytes(), b"");
    }
}

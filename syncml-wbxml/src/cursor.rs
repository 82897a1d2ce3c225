//! A place in WBXML octets that moves forward.

use crate::charset::Charset;
use crate::error::{Error, ErrorKind};
use crate::mb_int::{self, Fault};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    /// What is still to come: an end of `bytes`.
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, rest: bytes }
    }

    #[inline]
    pub(crate) const fn pos(&self) -> usize {
        self.bytes.len() - self.rest.len()
    }

    /// What is still to come.
    #[inline]
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Goes on where `rest`, an end of [`rest`](Self::rest), begins.
    #[inline]
    pub(crate) const fn go_on(&mut self, rest: &'a [u8]) {
        self.rest = rest;
    }

    /// The next octet, without moving.
    pub(crate) fn peek(&self) -> Result<u8, Error> {
        self.rest.first().copied().ok_or_else(|| self.truncated())
    }

    pub(crate) fn octet(&mut self) -> Result<u8, Error> {
        let Some((&octet, rest)) = self.rest.split_first() else {
            return Err(self.truncated());
        };
        self.rest = rest;
        Ok(octet)
    }

    pub(crate) fn integer(&mut self) -> Result<u32, Error> {
        match mb_int::read(self.rest) {
            Ok((value, len)) => {
                self.rest = self.rest.get(len..).unwrap_or_default();
                Ok(value)
            }
            Err(Fault::Truncated) => Err(self.truncated()),
            Err(Fault::TooLarge) => Err(self.error(ErrorKind::Integer)),
        }
    }

    /// `len` octets.
    pub(crate) fn take(&mut self, len: u32) -> Result<&'a [u8], Error> {
        let split = usize::try_from(len)
            .ok()
            .and_then(|len| self.rest.split_at_checked(len));
        let (taken, rest) = split.ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(taken)
    }

    /// A length, then as many octets.
    pub(crate) fn counted(&mut self) -> Result<&'a [u8], Error> {
        let len = self.integer()?;
        self.take(len)
    }

    /// The octets before a terminator, which is passed as well.
    pub(crate) fn terminated(&mut self, charset: Charset) -> Result<&'a [u8], Error> {
        let len = charset
            .terminator(self.rest)
            .ok_or_else(|| self.truncated())?;
        let (text, rest) = self.rest.split_at(len);
        self.rest = rest.get(charset.unit()..).unwrap_or_default();
        Ok(text)
    }

    /// An error at the present place.
    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.pos())
    }

    /// The document lacks something, which is noticed at its end.
    #[cold]
    fn truncated(&self) -> Error {
        Error::at(ErrorKind::Truncated, self.bytes.len())
    }
}

/// Where the first NUL is. Most strings are short, so the first octets are looked at eight at a
/// time, without a call.
#[inline]
pub(crate) fn find_nul(octets: &[u8]) -> Option<usize> {
    const SHORT: usize = 32;
    let mut done = 0;
    while done < SHORT {
        let Some(eight) = octets.get(done..).and_then(|rest| rest.first_chunk()) else {
            // Eight octets that were looked at in part before.
            if octets.last_chunk().is_some_and(|&eight| zeros(eight) == 0) {
                return None;
            }
            return octets[done..]
                .iter()
                .position(|&octet| octet == 0)
                .map(|at| done + at);
        };
        let zeros = zeros(*eight);
        if zeros != 0 {
            return Some(done + zeros.trailing_zeros() as usize / 8);
        }
        done += 8;
    }
    memchr::memchr(0, &octets[done..]).map(|at| done + at)
}

/// Bits that tell of octets that are zero; the lowest is that of the first such octet.
#[inline]
fn zeros(eight: [u8; 8]) -> u64 {
    const LOW: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH: u64 = u64::from_le_bytes([0x80; 8]);
    let eight = u64::from_le_bytes(eight);
    eight.wrapping_sub(LOW) & !eight & HIGH
}

#[cfg(test)]
mod tests {
    use super::find_nul;

    #[test]
    fn finds_the_first_nul() {
        for len in 0..80 {
            let mut octets = vec![0x81; len];
            assert_eq!(find_nul(&octets), None, "{len}");
            for at in (0..len).rev() {
                octets[at] = 0;
                assert_eq!(find_nul(&octets), Some(at), "{at} of {len}");
                if at % 3 == 0 {
                    octets[at] = 1;
                    let next = octets.iter().position(|&octet| octet == 0);
                    assert_eq!(find_nul(&octets), next, "{at} of {len}");
                }
            }
        }
    }
}

//! A place in WBXML octets that moves forward.

use crate::charset::Charset;
use crate::error::{Error, ErrorKind};
use crate::mb_int::{self, Fault};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    /// Never behind the end of `bytes`.
    pos: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, pos: 0 }
    }

    pub(crate) const fn pos(&self) -> usize {
        self.pos
    }

    /// The next octet, without moving.
    pub(crate) fn peek(&self) -> Result<u8, Error> {
        self.bytes
            .get(self.pos)
            .copied()
            .ok_or_else(|| self.truncated())
    }

    pub(crate) fn octet(&mut self) -> Result<u8, Error> {
        let octet = self.peek()?;
        self.pos += 1;
        Ok(octet)
    }

    pub(crate) fn integer(&mut self) -> Result<u32, Error> {
        match mb_int::read(self.rest()) {
            Ok((value, len)) => {
                self.pos += len;
                Ok(value)
            }
            Err(Fault::Truncated) => Err(self.truncated()),
            Err(Fault::TooLarge) => Err(self.error(ErrorKind::Integer)),
        }
    }

    /// `len` octets.
    pub(crate) fn take(&mut self, len: u32) -> Result<&'a [u8], Error> {
        let taken = usize::try_from(len)
            .ok()
            .and_then(|len| self.rest().get(..len));
        let taken = taken.ok_or_else(|| self.truncated())?;
        self.pos += taken.len();
        Ok(taken)
    }

    /// A length, then as many octets.
    pub(crate) fn counted(&mut self) -> Result<&'a [u8], Error> {
        let len = self.integer()?;
        self.take(len)
    }

    /// The octets before a terminator, which is passed as well.
    pub(crate) fn terminated(&mut self, charset: Charset) -> Result<&'a [u8], Error> {
        let rest = self.rest();
        let len = charset.terminator(rest).ok_or_else(|| self.truncated())?;
        self.pos += len + charset.unit();
        Ok(&rest[..len])
    }

    /// An error at the present place.
    #[cold]
    pub(crate) fn error(&self, kind: ErrorKind) -> Error {
        Error::at(kind, self.pos)
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.pos..]
    }

    /// The document lacks something, which is noticed at its end.
    #[cold]
    fn truncated(&self) -> Error {
        Error::at(ErrorKind::Truncated, self.bytes.len())
    }
}

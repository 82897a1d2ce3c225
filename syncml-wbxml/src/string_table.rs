//! String tables of WBXML documents: one to read, one to build.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::charset::Charset;
use crate::mb_int;

/// The string table of a document being read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StringTable<'a> {
    bytes: &'a [u8],
}

impl<'a> StringTable<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The string at an offset, without its terminator. The end of the table terminates too, and
    /// offset 0 of an empty table is an empty string.
    pub(crate) fn get(&self, offset: u32, charset: Charset) -> Option<&'a [u8]> {
        if !self.contains(offset) {
            return None;
        }
        let rest = self.bytes.get(usize::try_from(offset).ok()?..)?;
        let end = charset.terminator(rest).unwrap_or(rest.len());
        rest.get(..end)
    }

    /// Whether the string at an offset is this one; takes no longer than comparing it.
    pub(crate) fn is(&self, offset: u32, text: &[u8]) -> bool {
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|offset| self.bytes.get(offset..));
        rest.and_then(|rest| rest.strip_prefix(text))
            .is_some_and(|rest| rest.first().is_none_or(|&b| b == 0))
    }

    /// Whether an offset is inside of the table.
    pub(crate) fn contains(&self, offset: u32) -> bool {
        offset == 0 || usize::try_from(offset).is_ok_and(|offset| offset < self.bytes.len())
    }
}

/// The string table of a document being written; strings are UTF-8 with a terminator each.
#[derive(Clone, Debug, Default)]
pub(crate) struct TableBuilder {
    bytes: Vec<u8>,
    /// Empty, and not allocated, in the usual message.
    offsets: BTreeMap<Box<str>, u32>,
}

impl TableBuilder {
    /// The offset of a string, which must hold no NUL.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        if let Some(&offset) = self.offsets.get(text) {
            return offset;
        }
        let offset = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        self.bytes.extend_from_slice(text.as_bytes());
        self.bytes.push(0);
        self.offsets.insert(text.into(), offset);
        offset
    }

    /// Octets of the strings.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Octets in the header: the length, then the strings.
    pub(crate) fn header_len(&self) -> usize {
        mb_int::len(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)) + self.bytes.len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Forgets the strings after the first `len` octets.
    pub(crate) fn truncate(&mut self, len: usize) {
        if len < self.bytes.len() {
            self.bytes.truncate(len);
            self.offsets.retain(|_, offset| (*offset as usize) < len);
        }
    }
}

//! Lines and columns, counted when somebody asks.

use core::cell::Cell;

use memchr::{memchr_iter, memrchr};

use crate::error::Position;

/// Counts on from where it was asked last, so that asking for each event in turn reads the input once.
#[derive(Clone, Debug)]
pub(super) struct Lines<'a> {
    bytes: &'a [u8],
    last: Cell<(usize, u32, u32)>,
}

impl<'a> Lines<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            last: Cell::new((0, 1, 1)),
        }
    }

    pub(super) fn position(&self, byte: usize) -> Position {
        let byte = byte.min(self.bytes.len());
        let (mut from, mut line, mut column) = self.last.get();
        if from > byte {
            (from, line, column) = (0, 1, 1);
        }
        let mut passed = self.bytes.get(from..byte).unwrap_or_default();
        if let Some(end) = memrchr(b'\n', passed) {
            let ends = memchr_iter(b'\n', passed).count();
            line = line.saturating_add(u32::try_from(ends).unwrap_or(u32::MAX));
            column = 1;
            passed = &passed[end + 1..];
        }
        // A character is counted by its first byte.
        let characters = passed.iter().filter(|&&b| b & 0xC0 != 0x80).count();
        column = column.saturating_add(u32::try_from(characters).unwrap_or(u32::MAX));
        self.last.set((byte, line, column));
        Position {
            byte,
            line: Some(line),
            column: Some(column),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns() {
        let lines = Lines::new("<a>\né<b/>\n</a>".as_bytes());
        for (byte, line, column) in [(0, 1, 1), (6, 2, 2), (11, 3, 1), (4, 2, 1), (99, 3, 5)] {
            let position = lines.position(byte);
            assert_eq!(
                (position.line, position.column),
                (Some(line), Some(column)),
                "{byte}"
            );
        }
    }
}

//! Lines and columns, counted when somebody asks.

use core::cell::Cell;

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
        for &b in self.bytes.get(from..byte).unwrap_or_default() {
            if b == b'\n' {
                line = line.saturating_add(1);
                column = 1;
            } else if b & 0xC0 != 0x80 {
                // Not a continuation of a character.
                column = column.saturating_add(1);
            }
        }
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

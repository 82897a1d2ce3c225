//! Which items have been seen.

/// A set of row numbers, a bit for each row there is.
#[derive(Debug, Default)]
pub(super) struct Seen {
    words: Vec<u64>,
    len: u64,
}

impl Seen {
    /// Adds a row, which may be there already.
    pub(super) fn insert(&mut self, row: i64) {
        let Some((word, bit)) = place(row) else {
            return;
        };
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.len += u64::from(self.words[word] & bit == 0);
        self.words[word] |= bit;
    }

    /// Whether a row was added.
    pub(super) fn contains(&self, row: i64) -> bool {
        place(row).is_some_and(|(word, bit)| {
            let word = self.words.get(word);
            word.is_some_and(|word| word & bit != 0)
        })
    }

    /// How many rows were added.
    pub(super) fn len(&self) -> u64 {
        self.len
    }
}

/// Row numbers of SQLite begin with 1, and the next one is one more than the largest.
fn place(row: i64) -> Option<(usize, u64)> {
    let word = usize::try_from(row / 64).ok()?;
    let bit = u32::try_from(row % 64).ok()?;
    Some((word, 1 << bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_once() {
        let mut seen = Seen::default();
        for row in [1, 63, 64, 65, 64, 1_000, 1] {
            seen.insert(row);
        }
        assert_eq!(seen.len(), 5);
        let found = (-70..1_100).filter(|row| seen.contains(*row));
        assert_eq!(found.collect::<Vec<_>>(), [1, 63, 64, 65, 1_000]);
    }
}

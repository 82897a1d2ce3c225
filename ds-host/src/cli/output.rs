//! Standard output and standard error.

use std::io::{self, Write};

use ds_host::Error;
use serde::Serialize;

use super::Failure;

/// Where the result goes: text for people or one JSON object for programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// Gives the result, in one form or the other. Text brings its own line ends.
    pub(crate) fn result(
        self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let mut json = serde_json::to_string(value).map_err(|error| {
                Failure::io("the result cannot be written as JSON", error.into())
            })?;
            json.push('\n');
            write(json.as_bytes())
        } else {
            write(text().as_bytes())
        }
    }

    /// A line for people only, at once.
    pub(crate) fn line(self, line: &str) -> Result<(), Failure> {
        if self.json {
            Ok(())
        } else {
            write(format!("{line}\n").as_bytes())
        }
    }
}

/// Writes to standard output, at once.
pub(crate) fn write(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                Failure::OutputClosed
            } else {
                Failure::io("standard output", error)
            }
        })
}

/// Writes a line to standard error; where nobody reads it, it is lost.
pub(crate) fn log(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// An error and its hint, on standard error.
pub(crate) fn complain(error: &Error) {
    log(&format!("error: {error}"));
    if let Some(hint) = error.hint() {
        log(&format!("hint: {hint}"));
    }
}

/// Rows of text under a heading, in columns as wide as they need to be.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self {
            rows: vec![heading.map(str::to_owned).to_vec()],
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.to_vec());
    }

    /// The table as lines. Columns that hold numbers only, and `-`, are aligned to the right.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let widths = (0..columns).map(|column| {
            cells(column)
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        });
        let shape = widths
            .zip(0..)
            .map(|(width, column)| {
                let is_number = |cell: &String| {
                    cell.chars()
                        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'))
                };
                (
                    width,
                    self.rows.len() > 1 && cells(column).skip(1).all(is_number),
                )
            })
            .collect::<Vec<_>>();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, (width, right)) in row.iter().zip(&shape) {
                if !line.is_empty() {
                    line.push_str("  ");
                }
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if *right {
                    (padding.as_str(), "")
                } else {
                    ("", padding.as_str())
                };
                line.push_str(before);
                line.push_str(cell);
                line.push_str(after);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(["who", "count"]);
        table.row(["Åsa".into(), "7".into()]);
        table.row(["Benedikt".into(), "-".into()]);
        assert_eq!(
            table.render(),
            "who       count\nÅsa           7\nBenedikt      -\n"
        );
    }
}

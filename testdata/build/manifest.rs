//! Reader for the small part of TOML that `MANIFEST.toml` uses.
//!
//! Tables of strings only: `key = "basic string"` lines and `[[name]]` headers. Written by hand so that the crate,
//! which sits below everything else as a development dependency, builds without any dependency of its own. A test
//! reads the same file with a full TOML parser and compares.

use std::collections::BTreeMap;

/// One `[[name]]` block, or the top of the file (empty name).
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) entries: BTreeMap<String, String>,
}

impl Table {
    /// The value of a key, or an error that names the block.
    pub(crate) fn required(&self, key: &str) -> Result<&str, String> {
        self.entries.get(key).map(String::as_str).ok_or_else(|| {
            let label = self
                .entries
                .get("path")
                .or_else(|| self.entries.get("name"));
            format!("[[{}]] {:?} has no `{key}`", self.name, label)
        })
    }
}

/// Reads the file. The first table is the top level.
pub(crate) fn parse(text: &str) -> Result<Vec<Table>, String> {
    let mut tables = vec![Table::default()];
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| format!("MANIFEST.toml line {}: {what}", index + 1);
        if let Some(rest) = line.strip_prefix("[[") {
            let name = rest
                .strip_suffix("]]")
                .ok_or_else(|| wrong("unclosed [[header]]"))?;
            tables.push(Table {
                name: name.to_owned(),
                entries: BTreeMap::new(),
            });
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| wrong("expected key = \"value\""))?;
        let value =
            unquote(value.trim()).ok_or_else(|| wrong("expected one basic string in quotes"))?;
        let table = tables.last_mut().ok_or_else(|| wrong("no table"))?;
        if table.entries.insert(key.trim().to_owned(), value).is_some() {
            return Err(wrong("key given twice"));
        }
    }
    Ok(tables)
}

/// A basic string with the escapes `\"` and `\\`.
fn unquote(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return None,
            '\\' => match chars.next()? {
                c @ ('"' | '\\') => out.push(c),
                _ => return None,
            },
            c => out.push(c),
        }
    }
    Some(out)
}

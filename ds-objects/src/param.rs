//! Parameters of a content line.

use crate::value::{CONTROL, is_plain};

/// One parameter as written: `TYPE=HOME,VOICE`, or bare `HOME` in the old family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param<'a> {
    name: Option<&'a str>,
    value: &'a str,
}

impl<'a> Param<'a> {
    /// A parameter with a name. The value is taken as written, but for controls, which a line leaves out; a value with
    /// `:`, `;` or `,` in it needs its own double quotes (the old family has no quotes).
    #[must_use]
    pub const fn new(name: &'a str, value: &'a str) -> Self {
        Self {
            name: Some(name),
            value,
        }
    }

    /// A bare parameter, old family only.
    #[must_use]
    pub const fn bare(value: &'a str) -> Self {
        Self { name: None, value }
    }

    /// Reads one piece between semicolons.
    pub(crate) fn read(piece: &'a str) -> Self {
        let equals = piece.bytes().position(|b| b == b'=');
        match equals.and_then(|at| piece.split_at_checked(at)) {
            Some((name, value)) => Self {
                name: Some(name.trim_ascii()),
                value: value.get(1..).unwrap_or_default().trim_ascii(),
            },
            None => Self {
                name: None,
                value: piece.trim_ascii(),
            },
        }
    }

    /// Name as written; `None` for a bare value.
    #[must_use]
    pub const fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// Value as written, with its quotes and commas.
    #[must_use]
    pub const fn value(&self) -> &'a str {
        self.value
    }

    /// Whether it has this name, any case.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name.is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// The values of the list, split at commas outside quotes, quotes removed.
    ///
    /// ```
    /// let param = ds_objects::Param::new("TYPE", "home,\"a,b\"");
    /// assert_eq!(param.values().collect::<Vec<_>>(), ["home", "a,b"]);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        split_unquoted(self.value, b',').map(unquote)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if let Some(name) = self.name {
            write_clean(name, out);
            out.push(b'=');
        }
        write_clean(self.value, out);
    }
}

/// Splits at an ASCII separator outside double quotes. A quote that is never closed is an ordinary character.
pub(crate) fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let quotes = text.bytes().filter(|b| *b == b'"').count();
    let has_quoted = quotes > 0 && quotes % 2 == 0;
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let mut quoted = false;
        let end = text.bytes().position(|b| {
            quoted ^= has_quoted && b == b'"';
            !quoted && b == separator
        });
        let (piece, behind) = match end {
            Some(end) => (text.get(..end)?, text.get(end + 1..)),
            None => (text, None),
        };
        rest = behind;
        Some(piece)
    })
}

fn unquote(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text)
}

/// Leaves out what would end the line.
fn write_clean(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|b| is_plain(b, CONTROL)) {
        return out.extend_from_slice(text.as_bytes());
    }
    for c in text.chars().filter(|c| !c.is_control()) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_named_and_bare() {
        let named = Param::read(" TYPE = \"a;b\" ");
        assert_eq!((named.name(), named.value()), (Some("TYPE"), "\"a;b\""));
        assert!(named.is_named("type") && !named.is_named("typ"));
        assert_eq!(named.values().collect::<Vec<_>>(), ["a;b"]);
        let bare = Param::read("HOME");
        assert_eq!((bare.name(), bare.value()), (None, "HOME"));
        assert!(!bare.is_named(""));
    }

    #[test]
    fn open_quote_is_a_character() {
        assert_eq!(
            split_unquoted("a\",b", b',').collect::<Vec<_>>(),
            ["a\"", "b"]
        );
        assert_eq!(
            split_unquoted("\"a,b\",c", b',').collect::<Vec<_>>(),
            ["\"a,b\"", "c"]
        );
    }

    #[test]
    fn built_parameters_cannot_break_the_line() {
        let mut out = Vec::new();
        Param::new("X\r\n", "1\nEND:VCARD").write(&mut out);
        Param::bare("A\rB").write(&mut out);
        assert_eq!(out, b"X=1END:VCARDAB");
    }
}

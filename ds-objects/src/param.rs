//! Parameters of a content line.

/// One parameter as written: `TYPE=HOME,VOICE`, or bare `HOME` in the old family.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    name: Option<String>,
    value: String,
}

impl Param {
    /// A parameter with a name. The value is taken as written; it must not hold a line break, and a value with `:`, `;`
    /// or `,` in it needs its own double quotes (the old family has no quotes).
    #[must_use]
    pub fn new(name: &str, value: &str) -> Self {
        Self {
            name: Some(clean(name)),
            value: clean(value),
        }
    }

    /// A bare parameter, old family only.
    #[must_use]
    pub fn bare(value: &str) -> Self {
        Self {
            name: None,
            value: clean(value),
        }
    }

    /// Reads one piece between semicolons.
    pub(crate) fn read(piece: &str) -> Self {
        match piece.split_once('=') {
            Some((name, value)) => Self {
                name: Some(name.trim().to_owned()),
                value: value.trim().to_owned(),
            },
            None => Self {
                name: None,
                value: piece.trim().to_owned(),
            },
        }
    }

    /// Name as written; `None` for a bare value.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Value as written, with its quotes and commas.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Whether it has this name, any case.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(name))
    }

    /// The values of the list, split at commas outside quotes, quotes removed.
    ///
    /// ```
    /// let param = ds_objects::Param::new("TYPE", "home,\"a,b\"");
    /// assert_eq!(param.values().collect::<Vec<_>>(), ["home", "a,b"]);
    /// ```
    pub fn values(&self) -> impl Iterator<Item = &str> {
        split_unquoted(&self.value, b',').map(unquote)
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        if let Some(name) = &self.name {
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
        }
        out.extend_from_slice(self.value.as_bytes());
    }
}

/// Splits at a separator outside double quotes. A quote that is never closed is an ordinary character.
pub(crate) fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let balanced = text.bytes().filter(|b| *b == b'"').count() % 2 == 0;
    let mut quoted = false;
    text.split(move |c: char| {
        if c == '"' && balanced {
            quoted = !quoted;
        }
        !quoted && c == char::from(separator)
    })
}

fn unquote(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(text)
}

/// Removes what would end the line.
fn clean(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
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

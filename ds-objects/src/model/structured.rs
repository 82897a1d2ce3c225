//! Values of several components.

use crate::format::Dialect;
use crate::value::{self, escape_into};

/// Components, each a list of texts: the value of `N` or `ADR`.
///
/// It is kept as vCard 3.0 and iCalendar write it, so that two that say the same are equal and most are never taken
/// apart.
///
/// ```
/// use ds_objects::model::Structured;
///
/// let name = Structured::of(["Quill; Sons", "Pat"]);
/// assert_eq!(name.texts(), ["Quill; Sons", "Pat"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Structured {
    escaped: String,
}

impl Structured {
    /// Components of one text each.
    pub fn of(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut out = Vec::with_capacity(64);
        for (index, text) in texts.into_iter().enumerate() {
            if index > 0 {
                out.push(b';');
            }
            escape_into(text.as_ref(), Dialect::MimeDir, &mut out);
        }
        Self::of_bytes(out)
    }

    /// Components, each a list.
    #[must_use]
    pub fn of_lists(parts: &[Vec<String>]) -> Self {
        let mut out = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                out.push(b';');
            }
            for (index, text) in part.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                escape_into(text, Dialect::MimeDir, &mut out);
            }
        }
        Self::of_bytes(out)
    }

    /// A value as MIME-DIR has it. None: it has escapes or controls, of which some could be written in another way.
    pub(crate) fn of_plain(value: &str) -> Option<Self> {
        let is_plain = value
            .bytes()
            .all(|b| matches!(b, b';' | b',') || value::is_plain(b, value::ESCAPED));
        is_plain.then(|| Self {
            escaped: value.to_owned(),
        })
    }

    /// A value as the old family has it. None: both families do not write it alike.
    pub(crate) fn of_old(value: &[u8]) -> Option<Self> {
        let is_plain = value
            .iter()
            .all(|b| b.is_ascii() && (*b == b';' || value::is_plain(*b, value::ESCAPED)));
        let value = std::str::from_utf8(value).ok().filter(|_| is_plain)?;
        Some(Self {
            escaped: value.to_owned(),
        })
    }

    /// Escaped text is text still.
    fn of_bytes(escaped: Vec<u8>) -> Self {
        Self {
            escaped: String::from_utf8(escaped).unwrap_or_default(),
        }
    }

    /// The components. One that is not stated is one empty text.
    #[must_use]
    pub fn parts(&self) -> Vec<Vec<String>> {
        let split = |text, separator| value::split(text, separator, Dialect::MimeDir);
        split(self.escaped.as_bytes(), b';')
            .map(|part| {
                let texts = split(part, b',').map(String::from_utf8_lossy);
                texts
                    .map(|text| value::unescape(text, Dialect::MimeDir).into_owned())
                    .collect()
            })
            .collect()
    }

    /// The components, a list as one text with commas.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        self.parts().iter().map(|part| part.join(",")).collect()
    }

    /// Whether no component says anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.escaped.bytes().all(|b| matches!(b, b';' | b','))
    }

    pub(crate) fn escaped(&self) -> &str {
        &self.escaped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The short cut gives what the long way gives.
    #[test]
    fn what_both_families_write_alike() {
        for value in [
            "",
            ";",
            "Quill;Pat;;;",
            "12 \"Mill\" Lane; Alingsas ;",
            "a:b",
        ] {
            let parts = value::split(value.as_bytes(), b';', Dialect::Old);
            let parts = parts.map(|part| std::str::from_utf8(part).unwrap());
            assert_eq!(
                Structured::of_old(value.as_bytes()),
                Some(Structured::of(parts)),
                "{value}"
            );
        }
        for value in ["a,b;c", "a\\;b", "Åsa;Pat", "a\tb\u{1}"] {
            assert_eq!(Structured::of_old(value.as_bytes()), None, "{value}");
        }
    }

    #[test]
    fn parts_are_those_it_was_made_of() {
        let parts = [
            vec!["a;b".to_owned(), "c,d\\".to_owned()],
            vec![String::new()],
            vec!["\u{85}é\n".to_owned()],
        ];
        let value = Structured::of_lists(&parts);
        assert_eq!(value.escaped(), "a\\;b,c\\,d\\\\;;é\\n");
        assert_eq!(value.parts()[..2], parts[..2]);
        assert_eq!(value.texts(), ["a;b,c,d\\", "", "é\n"]);
        assert_eq!(Structured::of(["a;b", ""]).escaped(), "a\\;b;");
        assert!(!value.is_empty() && Structured::of(["", ""]).is_empty());
        assert_eq!(
            Structured::of_plain("a;b,c;").expect("is plain").parts()[1],
            ["b", "c"]
        );
        assert_eq!(Structured::of_plain("a\\;b"), None);
    }
}

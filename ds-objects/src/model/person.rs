//! A person of a calendar: name and address, which vCalendar writes as one text.

/// `Joe <j@x>`.
pub(crate) struct Person {
    pub(crate) name: Option<String>,
    /// Without `mailto:`; another address is as it was.
    pub(crate) address: String,
}

impl Person {
    /// Reads `Joe <j@x>`, `mailto:j@x`, `j@x (Joe)` or a name alone.
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        let (name, address) = match text.rsplit_once('<') {
            Some((name, rest)) => (name, rest.trim_end_matches('>')),
            None => match text.split_once('(') {
                Some((address, name)) if address.contains('@') => {
                    (name.trim_end_matches(')'), address)
                }
                _ => ("", text),
            },
        };
        let name = name.trim().trim_matches('"').trim();
        Self {
            name: (!name.is_empty()).then(|| name.to_owned()),
            address: strip_mailto(address.trim()).to_owned(),
        }
    }

    /// `Joe <j@x>`.
    pub(crate) fn old(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} <{}>", self.address),
            None => self.address.clone(),
        }
    }

    /// `mailto:j@x`; an address that has a scheme already stays as it is, and a name alone has none that could be meant.
    pub(crate) fn uri(&self) -> String {
        match &self.address {
            address if has_scheme(address) => address.clone(),
            address if address.contains('@') => format!("mailto:{address}"),
            address if address.is_empty() => "invalid:nomail".to_owned(),
            address => format!("mailto:{address}"),
        }
    }
}

pub(crate) fn strip_mailto(address: &str) -> &str {
    match address.split_at_checked(7) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mailto:") => rest,
        _ => address,
    }
}

/// Whether a text begins like the address of a resource.
pub(crate) fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        let is_letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        scheme.len() > 1
            && !rest.is_empty()
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, name, address) in [
            ("Joe <j@x.example>", Some("Joe"), "j@x.example"),
            (
                "\"Joe B.\" <MAILTO:j@x.example>",
                Some("Joe B."),
                "j@x.example",
            ),
            ("j@x.example (Joe)", Some("Joe"), "j@x.example"),
            ("mailto:j@x.example", None, "j@x.example"),
            ("Joe", None, "Joe"),
        ] {
            let person = Person::read(text);
            assert_eq!((person.name.as_deref(), &*person.address), (name, address));
        }
        assert_eq!(Person::read("Joe <j@x.example>").old(), "Joe <j@x.example>");
        assert_eq!(Person::read("tel:+1").uri(), "tel:+1");
        assert!(!has_scheme("10:30") && has_scheme("urn:uuid:1"));
    }
}

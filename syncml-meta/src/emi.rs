use std::fmt;

use crate::{MetInf, number};

/// An extension of the `dsx.` family, as an `EMI` child carries it `[MetInf §EMI]`:
/// `dsx.<key>=<value>`, then `;<parameter>:<value>` any number of times.
///
/// The text after `=` is a list of pieces between semicolons. A piece with a colon is a parameter,
/// the first one without is the value. In a piece `;` is written `%3B` and `%` is written `%25`.
///
/// ```
/// use syncml_meta::Dsx;
///
/// let ls = Dsx::parse("dsx.ls=open;ttl:600").unwrap();
/// assert_eq!((ls.key(), ls.value(), ls.param("ttl")), ("ls", Some("open"), Some("600")));
/// assert_eq!(Dsx::new("neg").with_param("dir", "up;down").to_string(), "dsx.neg=dir:up%3Bdown");
/// assert_eq!(Dsx::parse("datapos=120"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dsx {
    key: String,
    pieces: Vec<String>,
}

impl Dsx {
    /// An extension without a value.
    #[must_use]
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            pieces: Vec::new(),
        }
    }

    /// The same with one more piece, a value or an address.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.pieces.push(value.into());
        self
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with_param(mut self, name: &str, value: &str) -> Self {
        self.pieces.push(format!("{name}:{value}"));
        self
    }

    /// Reads the text of an `EMI` child. `None` if it is not of this family, or has no key or no
    /// `=`.
    #[must_use]
    pub fn parse(emi: &str) -> Option<Self> {
        let (key, rest) = emi.trim().strip_prefix("dsx.")?.split_once('=')?;
        let key = key.trim();
        if key.is_empty() {
            return None;
        }
        let pieces = rest
            .split(';')
            .map(|piece| piece.trim().replace("%3B", ";").replace("%25", "%"));
        Some(Self {
            key: key.to_owned(),
            pieces: pieces.filter(|piece| !piece.is_empty()).collect(),
        })
    }

    /// What stands between `dsx.` and `=`.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The first piece that is no parameter.
    #[must_use]
    pub fn value(&self) -> Option<&str> {
        self.pieces().find(|piece| !piece.contains(':'))
    }

    /// The value of a parameter, of the last one with this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&str> {
        self.pieces()
            .filter_map(|piece| piece.split_once(':'))
            .filter_map(|(own, value)| (own == name).then_some(value))
            .last()
    }

    /// All pieces in order, for keys whose value may hold a colon, such as an address.
    pub fn pieces(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().map(String::as_str)
    }
}

/// The text of the `EMI` child.
impl fmt::Display for Dsx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dsx.{}=", self.key)?;
        for (index, piece) in self.pieces.iter().enumerate() {
            let separator = if index == 0 { "" } else { ";" };
            write!(
                f,
                "{separator}{}",
                piece.replace('%', "%25").replace(';', "%3B")
            )?;
        }
        Ok(())
    }
}

impl MetInf {
    /// The value of the `EMI` child `key=value`, of the last one with this key.
    #[must_use]
    pub fn emi_value(&self, key: &str) -> Option<&str> {
        self.emi.iter().rev().find_map(|emi| {
            let (name, value) = emi.split_once('=')?;
            (name.trim() == key).then(|| value.trim())
        })
    }

    /// The octets of the object that were transmitted before this chunk (`datapos=N` in an `EMI`
    /// child), in bytes. 0 in a first chunk says that the sender can resume inside of an object.
    #[must_use]
    pub fn data_pos(&self) -> Option<u64> {
        number(self.emi_value("datapos")?)
    }

    /// The extension with this key, the last one if there are several.
    #[must_use]
    pub fn dsx(&self, key: &str) -> Option<Dsx> {
        let mut all = self.emi.iter().rev().filter_map(|emi| Dsx::parse(emi));
        all.find(|dsx| dsx.key == key)
    }
}

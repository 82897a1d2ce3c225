use std::fmt;

use syncml_wbxml::ByteString;

/// How the `Data` beside it is coded (`Format`) `[MetInf §Format]`.
///
/// Values are compared without regard to case and written in lower case. An absent Format means
/// [`Chr`](Self::Chr) for items and [`B64`](Self::B64) for credentials.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Format {
    /// `chr`: text.
    Chr,
    /// `b64`: Base64 text.
    B64,
    /// `bin`: octets; exists in WBXML only.
    Bin,
    /// `xml`: markup.
    Xml,
    /// `int`: decimal integer (DM).
    Int,
    /// `bool`: `true` or `false` (DM).
    Bool,
    /// `node`: interior node without data (DM).
    Node,
    /// `null`: no data (DM).
    Null,
    /// `float` (DM 1.2).
    Float,
    /// `date` (DM 1.2).
    Date,
    /// `time` (DM 1.2).
    Time,
    /// Anything else, as written.
    Other(ByteString),
}

/// Every value with a name of its own.
const NAMED: [Format; 11] = [
    Format::Chr,
    Format::B64,
    Format::Bin,
    Format::Xml,
    Format::Int,
    Format::Bool,
    Format::Node,
    Format::Null,
    Format::Float,
    Format::Date,
    Format::Time,
];

impl Format {
    /// Reads the text of a `Format` element: white space around it and case do not matter.
    ///
    /// ```
    /// # use syncml_meta::Format;
    /// assert_eq!(Format::parse(" B64 ".into()), Format::B64);
    /// assert_eq!(Format::parse("x-own".into()).as_str(), "x-own");
    /// ```
    #[must_use]
    pub fn parse(text: ByteString) -> Self {
        let text = crate::trim(text);
        for named in NAMED {
            if text.eq_ignore_ascii_case(named.as_str()) {
                return named;
            }
        }
        Self::Other(text)
    }

    /// The text as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Chr => "chr",
            Self::B64 => "b64",
            Self::Bin => "bin",
            Self::Xml => "xml",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Node => "node",
            Self::Null => "null",
            Self::Float => "float",
            Self::Date => "date",
            Self::Time => "time",
            Self::Other(text) => text,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! What a property says.

use bytes::Bytes;

use super::{Item, Structured};
use crate::civil::{Duration, Time};
use crate::content_line::ContentLine;
use crate::recur::Rule;
use crate::transfer;

/// What a property says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// A text.
    Text(String),
    /// Texts in a list.
    List(Vec<String>),
    /// Components, each a list.
    Structured(Structured),
    /// An address of a resource.
    Uri(String),
    /// Octets.
    Binary(Binary),
    /// A day or a time; which zone it is in says the parameter `TZID`.
    Time(Time),
    /// Days or times.
    Times(Vec<Time>),
    /// A span of time.
    Duration(Duration),
    /// A recurrence rule.
    Rule(Box<Rule>),
    /// Latitude and longitude as written.
    Geo(String, String),
    /// Another object.
    Item(Box<Item>),
    /// A text that is not what this property should be, such as a date with minute 65.
    Other(String),
    /// The line of a property that no table knows.
    Unknown(ContentLine),
}

impl Value {
    /// The text of a text, a resource or of what could not be read.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Uri(text) | Self::Other(text) => Some(text),
            _ => None,
        }
    }

    /// The day or time.
    #[must_use]
    pub const fn time(&self) -> Option<Time> {
        match self {
            Self::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) | Self::Uri(text) | Self::Other(text) => text.is_empty(),
            Self::List(texts) => texts.iter().all(String::is_empty),
            Self::Structured(parts) => parts.is_empty(),
            Self::Binary(binary) => binary.base64.is_empty(),
            Self::Times(times) => times.is_empty(),
            Self::Unknown(line) => line.raw_value().is_empty(),
            _ => false,
        }
    }
}

/// Octets, packed as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Binary {
    /// Media type where it is stated: `image/jpeg`.
    pub media_type: Option<String>,
    /// In base64, without white space.
    pub base64: Bytes,
}

impl Binary {
    /// The octets themselves; none: it is no base64.
    #[must_use]
    pub fn octets(&self) -> Option<Vec<u8>> {
        transfer::base64_decode(&self.base64)
    }
}

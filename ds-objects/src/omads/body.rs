//! Contents and how they are packed.

use super::xml::Element;
use crate::transfer;

/// The content of a file or message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "there, empty, not there")]
pub enum Body {
    /// It is not there: a change of other things leaves the content as it is.
    #[default]
    Absent,
    /// It is there and empty.
    Empty,
    /// These octets.
    Present(Vec<u8>),
}

/// How a content is packed (`enc`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "the list is closed")]
pub enum Enc {
    /// As it is.
    #[default]
    Plain,
    /// `quoted-printable`
    QuotedPrintable,
    /// `base64`
    Base64,
}

impl Enc {
    /// The encoding of this name, any case; an unknown one is none.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" | "b64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::Plain,
        }
    }
}

impl Body {
    /// What an element holds. None: it is not packed as it says.
    pub(super) fn of(element: &Element) -> Option<Self> {
        if element.text.is_empty() {
            return Some(Self::Empty);
        }
        let enc = Enc::from_name(element.attribute("enc").unwrap_or_default());
        let octets = match enc {
            Enc::Plain => element.text.clone().into_bytes(),
            Enc::Base64 => transfer::base64_decode(element.text.as_bytes())?,
            Enc::QuotedPrintable => {
                let joined = element.text.replace("=\r\n", "").replace("=\n", "");
                transfer::quoted_printable_decode(joined.as_bytes()).0
            }
        };
        Some(match octets.is_empty() {
            true => Self::Empty,
            false => Self::Present(octets),
        })
    }

    /// Its octets; none if it is not there.
    #[must_use]
    pub fn octets(&self) -> Option<&[u8]> {
        match self {
            Self::Absent => None,
            Self::Empty => Some(&[]),
            Self::Present(octets) => Some(octets),
        }
    }

    /// As the body of a file: always base64, which every device reads.
    pub(super) fn write_file(&self, out: &mut String) {
        match self {
            Self::Absent => {}
            Self::Empty => out.push_str("<body/>"),
            Self::Present(octets) => {
                out.push_str("<body enc=\"base64\">");
                out.push_str(&transfer::base64_encode(octets));
                out.push_str("</body>");
            }
        }
    }
}

/// A message as text for CDATA. None: CDATA cannot hold it, so it is packed.
pub(super) fn as_cdata(octets: &[u8]) -> Option<&str> {
    let is_xml = |c: char| c >= ' ' || matches!(c, '\t' | '\n' | '\r');
    let fits = |text: &&str| !text.contains("]]>") && text.chars().all(is_xml);
    std::str::from_utf8(octets).ok().filter(fits)
}

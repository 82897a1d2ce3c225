use core::fmt;

use crate::{Doctype, Space};

/// A version of the SyncML family: `VerDTD` of messages and of device information.
///
/// The editions 1.1.1 and 1.1.2 differ from 1.1 in print only and count as 1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(
    clippy::exhaustive_enums,
    reason = "the 1.x line is closed, and 2.0 never had a wire form"
)]
pub enum Version {
    /// SyncML 1.0 (2000).
    #[cfg_attr(feature = "serde", serde(rename = "1.0"))]
    V1_0,
    /// SyncML 1.1 (2002).
    #[cfg_attr(feature = "serde", serde(rename = "1.1"))]
    V1_1,
    /// OMA Data Synchronization 1.2 (2006).
    #[cfg_attr(feature = "serde", serde(rename = "1.2"))]
    V1_2,
}

impl Version {
    /// All versions, oldest first.
    pub const ALL: [Self; 3] = [Self::V1_0, Self::V1_1, Self::V1_2];

    /// Reads the text of `VerDTD`: `1.2`, or an edition such as `1.1.2`.
    ///
    /// ```
    /// # use syncml_wbxml::Version;
    /// assert_eq!(Version::parse(" 1.1.2"), Some(Version::V1_1));
    /// assert_eq!(Version::parse("1.20"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        Self::ALL.into_iter().find(|version| {
            text.strip_prefix(version.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The text of `VerDTD`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_0 => "1.0",
            Self::V1_1 => "1.1",
            Self::V1_2 => "1.2",
        }
    }

    /// The text of `VerProto` in data synchronization.
    #[must_use]
    pub const fn ver_proto(self) -> &'static str {
        match self {
            Self::V1_0 => "SyncML/1.0",
            Self::V1_1 => "SyncML/1.1",
            Self::V1_2 => "SyncML/1.2",
        }
    }

    /// The address of the device information document of this version.
    #[must_use]
    pub const fn devinf_uri(self) -> &'static str {
        match self {
            Self::V1_0 => "./devinf10",
            Self::V1_1 => "./devinf11",
            Self::V1_2 => "./devinf12",
        }
    }

    /// The version whose device information document `uri` names, with or without `./`.
    ///
    /// ```
    /// # use syncml_wbxml::Version;
    /// assert_eq!(Version::from_devinf_uri("devinf11"), Some(Version::V1_1));
    /// assert_eq!(Version::from_devinf_uri("./contacts"), None);
    /// ```
    #[must_use]
    pub fn from_devinf_uri(uri: &str) -> Option<Self> {
        let name = uri.trim();
        let name = name.strip_prefix("./").unwrap_or(name);
        Self::ALL
            .into_iter()
            .find(|version| version.devinf_uri()[2..].eq_ignore_ascii_case(name))
    }

    /// The document type of a message of this version.
    #[must_use]
    pub const fn message(self) -> Doctype {
        match self {
            Self::V1_0 => Doctype::SyncMl10,
            Self::V1_1 => Doctype::SyncMl11,
            Self::V1_2 => Doctype::SyncMl12,
        }
    }

    /// The document type of device information of this version.
    #[must_use]
    pub const fn devinf(self) -> Doctype {
        match self {
            Self::V1_0 => Doctype::DevInf10,
            Self::V1_1 => Doctype::DevInf11,
            Self::V1_2 => Doctype::DevInf12,
        }
    }

    /// The version of a document type.
    #[must_use]
    pub fn of(doctype: Doctype) -> Option<Self> {
        doctype
            .space()
            .filter(|space| matches!(space, Space::SyncMl | Space::DevInf))?;
        Self::parse(doctype.version())
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

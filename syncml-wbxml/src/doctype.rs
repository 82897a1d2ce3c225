//! Document types: public identifiers, versions and namespaces.

use crate::tag::Space;

/// The type of a document: vocabulary and version.
///
/// What a header, namespace or public identifier claims is a hint; `VerDTD` inside decides. Readers
/// correct their answer once they have passed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Doctype {
    /// SyncML representation 1.0.
    SyncMl10,
    /// SyncML representation 1.1, its editions 1.1.1 and 1.1.2 too.
    SyncMl11,
    /// SyncML representation 1.2.
    SyncMl12,
    /// Device information 1.0.
    DevInf10,
    /// Device information 1.1.
    DevInf11,
    /// Device information 1.2.
    DevInf12,
    /// Meta information 1.0 as a document of its own.
    MetInf10,
    /// Meta information 1.1 as a document of its own.
    MetInf11,
    /// Meta information 1.2 as a document of its own.
    MetInf12,
    /// Not told, or not one of ours.
    #[default]
    Unknown,
}

impl Doctype {
    const ALL: [Self; 9] = [
        Self::SyncMl10,
        Self::SyncMl11,
        Self::SyncMl12,
        Self::DevInf10,
        Self::DevInf11,
        Self::DevInf12,
        Self::MetInf10,
        Self::MetInf11,
        Self::MetInf12,
    ];

    /// The number in the WBXML header, 1 if there is none.
    #[must_use]
    pub const fn public_id(self) -> u32 {
        match self {
            Self::SyncMl10 => 0x0FD1,
            Self::DevInf10 => 0x0FD2,
            Self::SyncMl11 => 0x0FD3,
            Self::DevInf11 => 0x0FD4,
            Self::SyncMl12 => 0x1201,
            Self::MetInf12 => 0x1202,
            Self::DevInf12 => 0x1203,
            Self::MetInf10 | Self::MetInf11 | Self::Unknown => 1,
        }
    }

    /// The formal public identifier, empty for [`Unknown`](Self::Unknown).
    #[must_use]
    pub const fn fpi(self) -> &'static str {
        match self {
            Self::SyncMl10 => "-//SYNCML//DTD SyncML 1.0//EN",
            Self::SyncMl11 => "-//SYNCML//DTD SyncML 1.1//EN",
            Self::SyncMl12 => "-//SYNCML//DTD SyncML 1.2//EN",
            Self::DevInf10 => "-//SYNCML//DTD DevInf 1.0//EN",
            Self::DevInf11 => "-//SYNCML//DTD DevInf 1.1//EN",
            Self::DevInf12 => "-//SYNCML//DTD DevInf 1.2//EN",
            Self::MetInf10 => "-//SYNCML//DTD MetInf 1.0//EN",
            Self::MetInf11 => "-//SYNCML//DTD MetInf 1.1//EN",
            Self::MetInf12 => "-//SYNCML//DTD MetaInf 1.2//EN",
            Self::Unknown => "",
        }
    }

    /// The XML namespace of the root, empty for [`Unknown`](Self::Unknown).
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::SyncMl10 => "SYNCML:SYNCML1.0",
            Self::SyncMl11 => "SYNCML:SYNCML1.1",
            Self::SyncMl12 => "SYNCML:SYNCML1.2",
            Self::DevInf10 | Self::DevInf11 | Self::DevInf12 => Space::DevInf.namespace(),
            Self::MetInf10 | Self::MetInf11 | Self::MetInf12 => Space::MetInf.namespace(),
            Self::Unknown => "",
        }
    }

    /// The vocabulary of the root.
    #[must_use]
    pub const fn space(self) -> Option<Space> {
        match self {
            Self::SyncMl10 | Self::SyncMl11 | Self::SyncMl12 => Some(Space::SyncMl),
            Self::DevInf10 | Self::DevInf11 | Self::DevInf12 => Some(Space::DevInf),
            Self::MetInf10 | Self::MetInf11 | Self::MetInf12 => Some(Space::MetInf),
            Self::Unknown => None,
        }
    }

    /// The version as `VerDTD` writes it, empty for [`Unknown`](Self::Unknown).
    #[must_use]
    pub const fn version(self) -> &'static str {
        match self {
            Self::SyncMl10 | Self::DevInf10 | Self::MetInf10 => "1.0",
            Self::SyncMl11 | Self::DevInf11 | Self::MetInf11 => "1.1",
            Self::SyncMl12 | Self::DevInf12 | Self::MetInf12 => "1.2",
            Self::Unknown => "",
        }
    }

    /// The document type with this vocabulary and this text of `VerDTD`; `1.1.2` means 1.1.
    #[must_use]
    pub fn new(space: Space, version: &str) -> Option<Self> {
        let version = version.trim_ascii();
        Self::ALL.into_iter().find(|doctype| {
            doctype.space() == Some(space)
                && version
                    .strip_prefix(doctype.version())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }

    /// The document type with this number in the WBXML header.
    #[must_use]
    pub fn from_public_id(id: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|doctype| doctype.public_id() == id && id != 1)
    }

    /// The document type with this formal public identifier, whatever its case and owner.
    ///
    /// ```
    /// # use syncml_wbxml::Doctype;
    /// assert_eq!(Doctype::from_fpi("-//OMA//DTD SYNCML 1.2//EN"), Some(Doctype::SyncMl12));
    /// assert_eq!(Doctype::from_fpi("-//OMA//DTD SYNCML-DEVINF 1.1//EN"), Some(Doctype::DevInf11));
    /// assert_eq!(Doctype::from_fpi("-//OMA//DTD SYNCML-METINF 1.2//EN"), Some(Doctype::MetInf12));
    /// ```
    #[must_use]
    pub fn from_fpi(fpi: &str) -> Option<Self> {
        let fpi = fpi
            .trim_matches(|c: char| c.is_ascii_whitespace() || c == '\0')
            .to_ascii_uppercase();
        let fpi = fpi
            .strip_prefix("-//SYNCML//DTD ")
            .or_else(|| fpi.strip_prefix("-//OMA//DTD "))?;
        let (name, version) = fpi.split_once("//")?.0.split_once(' ')?;
        let space = match name {
            "SYNCML" => Space::SyncMl,
            "METINF" | "METAINF" | "SYNCML-METINF" => Space::MetInf,
            "DEVINF" | "SYNCML-DEVINF" => Space::DevInf,
            _ => return None,
        };
        Self::new(space, version)
    }

    /// The document type that a namespace means: with a version only for SyncML.
    #[must_use]
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        let space = Space::from_namespace(namespace)?;
        let version = namespace.trim_ascii().get(space.namespace().len()..)?;
        Self::new(space, version)
    }

    /// The DevInf document that belongs into a message of this type.
    #[must_use]
    pub(crate) const fn devinf(self) -> Self {
        match self {
            Self::SyncMl10 => Self::DevInf10,
            Self::SyncMl11 => Self::DevInf11,
            _ => Self::DevInf12,
        }
    }
}

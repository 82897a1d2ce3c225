use std::fmt;

use syncml_wbxml::ByteString;
use syncml_wbxml::same_essence;

use crate::DataStore;

/// A media type with its version (`CTType`, `VerCT`) `[DevInf §CTType, §VerCT]`.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct ContentType {
    /// Media type (`CTType`).
    pub ct_type: ByteString,
    /// Version (`VerCT`); `None` if absent or empty, which then may be any.
    pub ver_ct: Option<ByteString>,
}

impl ContentType {
    /// A content type.
    ///
    /// ```
    /// # use syncml_devinf::ContentType;
    /// let card = ContentType::new("text/x-vcard", "2.1");
    /// assert!(card.matches(&ContentType::new("text/X-VCARD", "")));
    /// assert!(!card.matches(&ContentType::new("text/vcard", "3.0")));
    /// ```
    #[must_use]
    pub fn new(ct_type: impl Into<ByteString>, ver_ct: impl Into<ByteString>) -> Self {
        let ver_ct = ver_ct.into();
        Self {
            ct_type: ct_type.into(),
            ver_ct: (!ver_ct.is_empty()).then_some(ver_ct),
        }
    }

    /// The version, or if there is none the one that the type means: 2.1 of `text/x-vcard`, 3.0
    /// of `text/vcard`, 1.0 of `text/x-vcalendar`, 2.0 of `text/calendar`, 1.0 of `text/plain`.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.ver_ct
            .as_deref()
            .or_else(|| implied_version(&self.ct_type))
    }

    /// Whether both mean the same: equal types but for parameters and case, and versions that do
    /// not differ as far as they are known.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        same_essence(&self.ct_type, &other.ct_type)
            && match (&self.ver_ct, &other.ver_ct) {
                (Some(one), Some(another)) => one == another,
                _ => true,
            }
    }
}

impl fmt::Debug for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.ct_type)?;
        self.ver_ct
            .as_ref()
            .map_or(Ok(()), |ver_ct| write!(f, " {ver_ct}"))
    }
}

/// The version that a media type has by its name.
pub(crate) fn implied_version(ct_type: &str) -> Option<&'static str> {
    [
        ("text/x-vcard", "2.1"),
        ("text/vcard", "3.0"),
        ("text/x-vcalendar", "1.0"),
        ("text/calendar", "2.0"),
        ("text/plain", "1.0"),
    ]
    .into_iter()
    .find_map(|(known, version)| same_essence(known, ct_type).then_some(version))
}

impl DataStore {
    /// Types it can receive, the preferred one first. If none is marked as preferred, the first
    /// one is.
    pub fn receives(&self) -> impl Iterator<Item = &ContentType> {
        self.rx_pref.iter().chain(&self.rx)
    }

    /// Types it can send, the preferred one first.
    pub fn sends(&self) -> impl Iterator<Item = &ContentType> {
        self.tx_pref.iter().chain(&self.tx)
    }
}

/// The type in which `sender` should send to `receiver`: the one the receiver likes best of
/// those that the sender has. `None` if they have none in common, or one of them names none.
///
/// ```
/// use syncml_devinf::{ContentType, DataStore, common_type};
///
/// let mut phone = DataStore::new("./pb", ContentType::new("text/x-vcard", "2.1"));
/// let mut server = DataStore::new("./card", ContentType::new("text/vcard", "3.0"));
/// assert_eq!(common_type(&server, &phone), None);
/// server.tx.push(ContentType::new("text/x-vcard", "2.1"));
/// assert_eq!(common_type(&server, &phone).unwrap().ct_type, "text/x-vcard");
/// ```
#[must_use]
pub fn common_type<'a>(sender: &'a DataStore, receiver: &'a DataStore) -> Option<&'a ContentType> {
    receiver.receives().find_map(|wanted| {
        // The one of the two that knows its version.
        let offered = sender.sends().find(|offered| offered.matches(wanted))?;
        Some(if offered.ver_ct.is_some() {
            offered
        } else {
            wanted
        })
    })
}

use std::fmt;

use syncml_meta::{MetInf, sparse_debug};
use syncml_wbxml::ByteString;

use crate::Item;

/// An end of a message or an operation (`Target` or `Source`) `[RepPro §Target, §Source]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Locator {
    /// Address of a device, datastore or item, or the id of an item (`LocURI`).
    pub loc_uri: ByteString,
    /// What few of them have.
    rest: Option<Box<Rest>>,
}

#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Rest {
    loc_name: Option<ByteString>,
    filter: Option<Filter>,
}

impl Locator {
    /// An end with this address.
    #[must_use]
    pub fn new(loc_uri: impl Into<ByteString>) -> Self {
        Self {
            loc_uri: loc_uri.into(),
            rest: None,
        }
    }

    /// Name for people; the user name in the Source of a header (`LocName`).
    #[must_use]
    pub fn loc_name(&self) -> Option<&ByteString> {
        self.rest.as_ref()?.loc_name.as_ref()
    }

    /// What of the datastore is wanted (`Filter`, since 1.2); in a Target only.
    #[must_use]
    pub fn filter(&self) -> Option<&Filter> {
        self.rest.as_ref()?.filter.as_ref()
    }

    /// The same with a name.
    #[must_use]
    pub fn with_name(mut self, loc_name: impl Into<ByteString>) -> Self {
        self.rest.get_or_insert_default().loc_name = Some(loc_name.into());
        self
    }

    /// The same with a filter.
    #[must_use]
    pub fn with_filter(mut self, filter: Filter) -> Self {
        self.rest.get_or_insert_default().filter = Some(filter);
        self
    }
}

impl fmt::Debug for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Locator");
        out.field("loc_uri", &self.loc_uri);
        if let Some(loc_name) = self.loc_name() {
            out.field("loc_name", loc_name);
        }
        if let Some(filter) = self.filter() {
            out.field("filter", filter);
        }
        out.finish()
    }
}

/// What of a datastore is wanted (`Filter`, since 1.2) `[RepPro §Filter]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Filter {
    /// Media type of the objects (`Meta`).
    pub meta: MetInf,
    /// Which properties are wanted (`Field`): an item with device information properties.
    pub field: Option<Item>,
    /// Which objects are wanted (`Record`): an item with an expression.
    pub record: Option<Item>,
    /// `INCLUSIVE` or `EXCLUSIVE`, the latter if absent (`FilterType`).
    pub filter_type: Option<ByteString>,
}

impl Filter {
    /// A filter on objects of this media type.
    #[must_use]
    pub fn new(media_type: impl Into<ByteString>) -> Self {
        Self {
            meta: MetInf::default().with_type(media_type),
            ..Self::default()
        }
    }

    /// Whether objects outside of the filter stay on the other side (`INCLUSIVE`).
    #[must_use]
    pub fn is_inclusive(&self) -> bool {
        self.filter_type
            .as_deref()
            .is_some_and(|text| text.eq_ignore_ascii_case("INCLUSIVE"))
    }
}

sparse_debug!(Filter {
    meta,
    field,
    record,
    filter_type
});

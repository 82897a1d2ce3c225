use std::fmt;
use std::sync::Arc;

use syncml_meta::{Format, MetInf, always_shown};
use syncml_wbxml::sparse::Shown;
use syncml_wbxml::{ByteString, Bytes};

use crate::data::{self, PayloadError};
use crate::{Data, Locator};

/// What a command acts on (`Item`) `[RepPro §Item]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Item {
    /// Address at the receiver (`Target`).
    pub target: Option<Locator>,
    /// Address at the sender (`Source`).
    pub source: Option<Locator>,
    /// Where it is in a hierarchy, which few items say.
    parents: Option<Box<Parents>>,
    /// Own meta information; what it lacks is that of the command (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// Content (`Data`). Empty is not absent.
    pub data: Option<Data>,
    /// More chunks of the same object follow (`MoreData`, since 1.1).
    pub more_data: bool,
}

#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Parents {
    source_parent: Option<ByteString>,
    target_parent: Option<ByteString>,
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (source_parent, target_parent) = (self.source_parent(), self.target_parent());
        let fields: [(&str, Option<&dyn fmt::Debug>); 7] = [
            ("target", self.target.shown()),
            ("source", self.source.shown()),
            ("source_parent", source_parent.as_ref().map(|id| id as _)),
            ("target_parent", target_parent.as_ref().map(|id| id as _)),
            ("meta", self.meta.shown()),
            ("data", self.data.shown()),
            ("more_data", self.more_data.shown()),
        ];
        let mut out = f.debug_struct("Item");
        for (name, value) in fields {
            if let Some(value) = value {
                out.field(name, value);
            }
        }
        out.finish()
    }
}
always_shown!(Item);

impl Item {
    /// An item with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with this `Target`.
    #[must_use]
    pub fn with_target(mut self, target: Locator) -> Self {
        self.target = Some(target);
        self
    }

    /// The same with this `Source`.
    #[must_use]
    pub fn with_source(mut self, source: Locator) -> Self {
        self.source = Some(source);
        self
    }

    /// The same with this `Meta`.
    #[must_use]
    pub fn with_meta(mut self, meta: impl Into<Arc<MetInf>>) -> Self {
        self.meta = Some(meta.into());
        self
    }

    /// The same with this `Data`.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Data>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// The same with `MoreData`, or without.
    #[must_use]
    pub const fn with_more_data(mut self, more_data: bool) -> Self {
        self.more_data = more_data;
        self
    }

    /// The same with this `SourceParent`.
    #[must_use]
    pub fn with_source_parent(mut self, parent: impl Into<ByteString>) -> Self {
        self.parents.get_or_insert_default().source_parent = Some(parent.into());
        self
    }

    /// The same with this `TargetParent`.
    #[must_use]
    pub fn with_target_parent(mut self, parent: impl Into<ByteString>) -> Self {
        self.parents.get_or_insert_default().target_parent = Some(parent.into());
        self
    }

    /// Whether there may be a parent.
    #[inline]
    pub(crate) fn has_parents(&self) -> bool {
        self.parents.is_some()
    }

    /// Id of the parent at the sender (`SourceParent/LocURI`, since 1.2).
    #[must_use]
    pub fn source_parent(&self) -> Option<&ByteString> {
        self.parents.as_ref()?.source_parent.as_ref()
    }

    /// Id of the parent at the receiver (`TargetParent/LocURI`, since 1.2).
    #[must_use]
    pub fn target_parent(&self) -> Option<&ByteString> {
        self.parents.as_ref()?.target_parent.as_ref()
    }

    /// Address at the receiver, if there is one.
    #[must_use]
    pub fn target_uri(&self) -> Option<&str> {
        self.target.as_ref().map(|target| &*target.loc_uri)
    }

    /// Address at the sender, if there is one.
    #[must_use]
    pub fn source_uri(&self) -> Option<&str> {
        self.source.as_ref().map(|source| &*source.loc_uri)
    }

    /// What holds for this item: its own meta information over that of its command.
    #[must_use]
    pub fn effective_meta(&self, command_meta: Option<&MetInf>) -> MetInf {
        match (self.meta.as_deref(), command_meta) {
            (Some(own), Some(outer)) => own.inherit(outer),
            (Some(one), None) | (None, Some(one)) => one.clone(),
            (None, None) => MetInf::default(),
        }
    }

    /// Coding of the data: that of the item, else that of the command.
    #[must_use]
    pub fn format<'a>(&'a self, command_meta: Option<&'a MetInf>) -> Option<&'a Format> {
        let of = |meta: Option<&'a MetInf>| meta.and_then(|meta| meta.format.as_ref());
        of(self.meta.as_deref()).or_else(|| of(command_meta))
    }

    /// Media type of the data: that of the item, else that of the command.
    #[must_use]
    pub fn media_type<'a>(&'a self, command_meta: Option<&'a MetInf>) -> Option<&'a str> {
        let of = |meta: Option<&'a MetInf>| meta.and_then(|meta| meta.media_type.as_deref());
        of(self.meta.as_deref()).or_else(|| of(command_meta))
    }

    /// Announced length of the whole object in bytes: that of the item, else of the command.
    #[must_use]
    pub fn size(&self, command_meta: Option<&MetInf>) -> Option<u64> {
        let of = |meta: Option<&MetInf>| meta.and_then(|meta| meta.size);
        of(self.meta.as_deref()).or_else(|| of(command_meta))
    }

    /// The octets of the data, Base64 decoded if the Format says so. Empty without `Data`.
    ///
    /// ```
    /// use syncml_repr::{Format, Item, MetInf};
    ///
    /// let command_meta = MetInf::default().with_format(Format::B64);
    /// let item = Item::new().with_data("aGVsbG8=");
    /// assert_eq!(item.payload(Some(&command_meta)).unwrap(), "hello");
    /// assert_eq!(item.payload(None).unwrap(), "aGVsbG8=");
    /// ```
    ///
    /// # Errors
    /// [`PayloadError::NotBase64`], [`PayloadError::Markup`].
    pub fn payload(&self, command_meta: Option<&MetInf>) -> Result<Bytes, PayloadError> {
        self.data.as_ref().map_or(Ok(Bytes::new()), |data| {
            data::payload(data, self.format(command_meta))
        })
    }
}

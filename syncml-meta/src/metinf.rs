use syncml_wbxml::{ByteString, Fragment};

use crate::{Anchor, Format, Mem, Nonce, same_essence};
use crate::{always_shown, sparse_debug};

/// The children of one `Meta` element (`MetInf`) `[MetInf §MetInf]`.
///
/// All of them are optional, and a reader accepts all of them everywhere; which have a meaning
/// where is the business of the layer above. Numbers that are none are dropped.
///
/// ```
/// use syncml_meta::{Format, MetInf};
///
/// let meta = MetInf::default().with_type("text/x-vcard").with_format(Format::B64).with_size(4096);
/// assert!(meta.is_type("text/X-VCARD; charset=utf-8"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MetInf {
    /// The data holds changed fields only (`FieldLevel`, since 1.2).
    pub field_level: bool,
    /// How the data is coded (`Format`).
    pub format: Option<Format>,
    /// Media type, authentication scheme or alert type (`Type`), with its parameters.
    pub media_type: Option<ByteString>,
    /// State flag of an item, or importance of a generic alert (`Mark`).
    pub mark: Option<ByteString>,
    /// Length of the whole object in bytes as transmitted (`Size`).
    pub size: Option<u64>,
    /// Sync anchors (`Anchor`).
    pub anchor: Option<Anchor>,
    /// Version of the object (`Version`).
    pub version: Option<ByteString>,
    /// Nonce for the next digest (`NextNonce`).
    pub next_nonce: Option<Nonce>,
    /// Largest message in bytes that the sender of this element can receive (`MaxMsgSize`).
    pub max_msg_size: Option<u64>,
    /// Largest object in bytes that the sender of this element accepts (`MaxObjSize`, since
    /// 1.1). Some peers write 0 for "no limit".
    pub max_obj_size: Option<u64>,
    /// Vendor information (`EMI`), any number, in order; see [`data_pos`](Self::data_pos) and
    /// [`dsx`](Self::dsx).
    pub emi: Vec<ByteString>,
    /// Free space of a datastore (`Mem`).
    pub mem: Option<Mem>,
    /// Children of other vocabularies, in order.
    pub other: Vec<Fragment>,
}

always_shown!(MetInf);
sparse_debug!(MetInf {
    field_level,
    format,
    media_type,
    mark,
    size,
    anchor,
    version,
    next_nonce,
    max_msg_size,
    max_obj_size,
    emi,
    mem,
    other,
});

impl MetInf {
    /// Whether there is nothing in it. An empty `Meta` is not written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            field_level,
            format,
            media_type,
            mark,
            size,
            anchor,
            version,
            next_nonce,
            max_msg_size,
            max_obj_size,
            emi,
            mem,
            other,
        } = self;
        // In the order in which they mostly settle it.
        media_type.is_none()
            && format.is_none()
            && size.is_none()
            && anchor.is_none()
            && next_nonce.is_none()
            && max_msg_size.is_none()
            && max_obj_size.is_none()
            && mem.is_none()
            && mark.is_none()
            && version.is_none()
            && emi.is_empty()
            && other.is_empty()
            && !field_level
    }

    /// Whether `Type` is this media type, but for parameters and case.
    #[must_use]
    pub fn is_type(&self, media_type: &str) -> bool {
        self.media_type
            .as_deref()
            .is_some_and(|own| same_essence(own, media_type))
    }

    /// The same with this `Format`.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// The same with this `Type`.
    #[must_use]
    pub fn with_type(mut self, media_type: impl Into<ByteString>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// The same with this `Size` in bytes.
    #[must_use]
    pub const fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }

    /// The same with these anchors.
    #[must_use]
    pub fn with_anchor(mut self, anchor: Anchor) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// The same with this `NextNonce`.
    #[must_use]
    pub fn with_next_nonce(mut self, nonce: Nonce) -> Self {
        self.next_nonce = Some(nonce);
        self
    }

    /// The same with this `MaxMsgSize` in bytes.
    #[must_use]
    pub const fn with_max_msg_size(mut self, bytes: u64) -> Self {
        self.max_msg_size = Some(bytes);
        self
    }

    /// The same with this `MaxObjSize` in bytes.
    #[must_use]
    pub const fn with_max_obj_size(mut self, bytes: u64) -> Self {
        self.max_obj_size = Some(bytes);
        self
    }

    /// The same with one more `EMI`.
    #[must_use]
    pub fn with_emi(mut self, emi: impl Into<ByteString>) -> Self {
        self.emi.push(emi.into());
        self
    }

    /// The same with this `Mem`.
    #[must_use]
    pub const fn with_mem(mut self, mem: Mem) -> Self {
        self.mem = Some(mem);
        self
    }
}

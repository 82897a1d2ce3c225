//! Device information of SyncML: what a device is, which datastores it has and what they can do.
//!
#![doc = include_str!("../README.md")]

mod content_type;
mod ctcap;
mod datastore;
mod detail;
mod device;
mod document;
mod ext;
mod fingerprint;
mod mem;
mod read;
mod sync_type;
#[cfg(feature = "testing")]
pub mod testing;
mod view;
mod write;

pub use crate::content_type::{ContentType, common_type};
pub use crate::ctcap::{CtCap, FilterCap, PropParam, Property};
pub use crate::datastore::DataStore;
pub use crate::detail::Detail;
pub use crate::device::DevInf;
pub use crate::ext::Ext;
pub use crate::mem::DsMem;
pub use crate::sync_type::SyncType;
pub use syncml_wbxml::{ByteString, Bytes, Error, ErrorKind, Fragment, Limits};
pub use syncml_wbxml::{DEVINF_WBXML as MEDIA_TYPE_WBXML, DEVINF_XML as MEDIA_TYPE_XML, Version};

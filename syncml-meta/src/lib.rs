//! Meta information of SyncML messages: the vocabulary inside `Meta` (`syncml:metinf`).
//!
#![doc = include_str!("../README.md")]

pub mod base64;
pub mod size;

mod anchor;
mod format;
mod inherit;
mod media_type;
mod mem;
mod metinf;
mod nonce;
mod read;
#[doc(hidden)]
pub mod sparse;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod version;
mod write;

pub use crate::anchor::Anchor;
pub use crate::format::Format;
pub use crate::media_type::{DEVINF_WBXML, DEVINF_XML, charset, essence, same_essence};
pub use crate::mem::Mem;
pub use crate::metinf::MetInf;
pub use crate::nonce::Nonce;
pub use crate::text::{number, trim};
pub use crate::version::Version;
pub use syncml_wbxml::{ByteString, Bytes, Error, Fragment};

//! Meta information of SyncML messages: the vocabulary inside `Meta` (`syncml:metinf`).
//!
#![doc = include_str!("../README.md")]

pub mod base64;
pub mod size;

mod anchor;
mod emi;
mod format;
mod inherit;
mod mem;
mod metinf;
mod nonce;
mod read;
#[cfg(feature = "testing")]
pub mod testing;
mod write;

pub use crate::anchor::Anchor;
pub use crate::emi::Dsx;
pub use crate::format::Format;
pub use crate::mem::Mem;
pub use crate::metinf::MetInf;
pub use crate::nonce::Nonce;
pub use syncml_wbxml::{
    ByteString, Bytes, DEVINF_WBXML, DEVINF_XML, Error, Fragment, Version, charset, essence,
    number, same_essence, trim,
};
#[doc(hidden)]
pub use syncml_wbxml::{always_shown, sparse, sparse_debug};

//! Meta information of SyncML messages: the vocabulary inside `Meta` (`syncml:metinf`).
//!
//! Every `Meta` element of a message holds a few of the same children: how the data is coded
//! ([`Format`]), what it is (`Type`), how long it is (`Size`), the sync [`Anchor`]s of a
//! datastore, the [`Nonce`] of a challenge, the size limits of a device. [`MetInf`] is one such
//! set; it is read from any event [`Source`](syncml_wbxml::Source) and written to any
//! [`Sink`](syncml_wbxml::Sink), so that XML and WBXML share one code path.
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
mod text;
mod version;
mod write;

pub use crate::anchor::Anchor;
pub use crate::format::Format;
pub use crate::media_type::{charset, essence, same_essence};
pub use crate::mem::Mem;
pub use crate::metinf::MetInf;
pub use crate::nonce::Nonce;
pub use crate::text::{number, trim};
pub use crate::version::Version;
pub use syncml_wbxml::{ByteString, Bytes, Error, Fragment};

#![doc = include_str!("../README.md")]

mod body;
mod carrier;
mod content_type;
mod digest;
#[cfg(feature = "emn")]
pub mod emn;
mod encode;
mod error;
mod fit;
mod header;
mod notification;
pub mod obex;
mod parse;
mod sync_type;
pub mod wap;
pub mod wdp;

pub use carrier::Payload;
pub use content_type::ContentType;
pub use digest::{Secret, Tolerance};
pub use error::{DigestMismatch, EncodeError, ParseError, ParseErrorKind};
pub use fit::{Fit, LeftOut};
pub use header::{Initiator, UiMode, Version};
pub use notification::{Application, Notification, SyncRequest};
pub use parse::Unverified;
pub use sync_type::SyncType;

/// Longest notification that fits a single SMS, in bytes: 140 less 7 of user data header and 6 of WSP push header.
pub const SINGLE_SMS: usize = 127;

/// Longest notification that is read, in bytes. Without vendor data none is longer than 4180.
pub const MAX_LEN: usize = 65_536;

#![doc = include_str!("../README.md")]

mod charset;
pub mod civil;
pub mod compare;
mod content_line;
pub mod convert;
mod document;
mod error;
pub mod field_filter;
pub mod filter;
pub mod fingerprint;
pub mod fit;
mod format;
pub mod ledger;
mod lexer;
mod limits;
#[cfg(feature = "mail")]
pub mod mail;
pub mod media_type;
pub mod model;
pub mod note;
mod object;
pub mod omads;
mod param;
pub mod recur;
pub mod schema;
mod slice;
mod split;
mod title;
pub mod transfer;
mod value;
mod write;
pub mod zone;

pub use content_line::ContentLine;
pub use convert::{Conversion, convert};
pub use document::Component;
pub use error::{Error, ErrorKind};
pub use format::{Dialect, Format};
pub use limits::Limits;
pub use object::{ICalendar, Object, VBookmark, VCalendar, VCard, VNote, parse, parse_with};
pub use param::Param;
pub use split::split;
pub use title::title;
pub use transfer::Transfer;

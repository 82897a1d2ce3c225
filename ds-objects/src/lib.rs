#![doc = include_str!("../README.md")]

mod charset;
mod content_line;
mod document;
mod error;
pub mod field_filter;
pub mod filter;
pub mod fingerprint;
mod format;
mod lexer;
mod limits;
pub mod media_type;
mod object;
mod param;
mod title;
pub mod transfer;
mod value;
mod write;

pub use content_line::ContentLine;
pub use document::Component;
pub use error::{Error, ErrorKind};
pub use format::{Dialect, Format};
pub use limits::Limits;
pub use object::{ICalendar, Object, VBookmark, VCalendar, VCard, VNote, parse, parse_with};
pub use param::Param;
pub use title::title;
pub use transfer::Transfer;

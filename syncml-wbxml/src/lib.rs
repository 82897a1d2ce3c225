//! Streaming codec for SyncML documents: WBXML and XML as one stream of events.
mod doctype;
mod encoding;
mod error;
mod event;
mod fragment;
mod limits;
pub mod read;
mod table;
pub mod tag;
pub mod write;

pub use bytes::Bytes;
pub use bytestring::ByteString;

pub use crate::doctype::Doctype;
pub use crate::encoding::{Encoding, sniff};
pub use crate::error::{Error, ErrorKind, LimitKind, Position};
pub use crate::event::{Event, Name, Sink, Source};
pub use crate::fragment::{Fragment, FragmentBuilder, FragmentSource};
pub use crate::limits::Limits;
pub use crate::read::{leaf_bytes, leaf_text, share, share_text, skip};
pub use crate::tag::{Space, Tag};
pub use crate::write::{put_empty, put_end, put_leaf, put_opaque, put_start, put_text};

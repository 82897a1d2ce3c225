//! Streaming codec for SyncML documents: WBXML and XML as one stream of events.
mod charset;
#[cfg(feature = "xml")]
mod convert;
mod cursor;
mod doctype;
mod encoder;
mod encoding;
mod error;
mod event;
mod fragment;
#[cfg(feature = "serde")]
mod fragment_serde;
mod limits;
mod mb_int;
pub mod read;
mod reader;
mod string_table;
mod table;
pub mod tag;
mod token;
pub mod write;
mod writer;
#[cfg(feature = "xml")]
pub mod xml;

pub use bytes::Bytes;
pub use bytestring::ByteString;

#[cfg(feature = "xml")]
pub use crate::convert::{from_xml, to_xml, to_xml_pretty};
pub use crate::doctype::Doctype;
pub use crate::encoder::Encoder;
pub use crate::encoding::{Encoding, sniff};
pub use crate::error::{Error, ErrorKind, LimitKind, Position};
pub use crate::event::{Event, Name, Sink, Source};
pub use crate::fragment::{Fragment, FragmentBuilder, FragmentSource};
pub use crate::limits::Limits;
pub use crate::read::{leaf_bytes, leaf_text, share, share_text, skip};
pub use crate::reader::Reader;
pub use crate::tag::{Space, Tag};
pub use crate::write::{put_empty, put_end, put_leaf, put_opaque, put_start, put_text};
pub use crate::writer::{Checkpoint, Writer};

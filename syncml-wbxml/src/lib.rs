//! Streaming codec for SyncML / OMA Data Synchronization documents: WBXML and XML as one stream of
//! events.
//!
//! ```
//! use syncml_wbxml::tag::syncml;
//! use syncml_wbxml::{Bytes, Event, Limits, Name, Reader, Source, leaf_text};
//!
//! let bytes = Bytes::from_static(
//!     b"\x02\xA4\x01\x6A\x00\x6D\x6C\x71\x031.2\x00\x01\x5B\x037\x00\x01\x01\x01",
//! );
//! let mut reader = Reader::new(&bytes, &Limits::default())?;
//! let mut number = None;
//! while let Some(event) = reader.next_event()? {
//!     if let Event::Start(Name::Known(syncml::MSG_ID)) = event {
//!         number = Some(leaf_text(&mut reader)?);
//!     }
//! }
//! assert_eq!(number.as_deref(), Some("7"));
//! # Ok::<(), syncml_wbxml::Error>(())
//! ```
//!
//! # Flow
//!
//! ```text
//! bytes ─→ Reader      ─┐                              ┌─→ Writer      ─→ bytes
//!                       ├─→ Source ─→ Event ─→ Sink ─┤
//! text  ─→ xml::Reader ─┘        Fragment              └─→ xml::Writer ─→ text
//! ```
//!
//! - [`Source`] gives [`Event`]s that borrow from the input; [`Sink`] takes them. [`read`] and
//!   [`write`](mod@write) have helpers over both.
//! - [`Tag`] is the name of a known element, with constants in [`tag`] that may stand in patterns.
//!   Unknown elements come as [`Name::Other`] and can be kept as a [`Fragment`].
//! - [`Reader`] and [`Writer`] are those of WBXML, [`xml::Reader`] and [`xml::Writer`] those of XML.
//!   [`Encoder`] is what both writers have in common, with checkpoints to pack a message under a size
//!   limit.
//! - [`to_xml`] and [`from_xml`] convert whole documents, [`sniff`] tells the form of one.
//!
//! - [`token`] is the layer below: every token of a document with its place, and documents that come
//!   back octet by octet. [`language`] reads and writes other document types by their tables.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! | --- | --- | --- |
//! | `xml` | yes | [`xml`], [`to_xml`], [`to_xml_pretty`], [`from_xml`] |
//! | `serde` | no | `Serialize` and `Deserialize` for [`Fragment`], [`Encoding`], [`Doctype`] |
//! | `activesync`, `dmddf`, `emn`, `prov`, `si`, `sl` | no | a [`language`] each |
//! | `languages` | no | all of these |
//!
//! Without `xml` the crate needs `alloc` only, no `std`.
//!
//! # Not supported
//!
//! Token tables of document types that [`language`] does not list, unless you bring them; writing in
//! other charsets than UTF-8 but through [`token`]; validation. [`guide`] says what is kept, normalised
//! and dropped.

// The links of these pages are for the usual build.
#![cfg_attr(not(feature = "xml"), allow(rustdoc::broken_intra_doc_links))]
#![cfg_attr(not(any(feature = "xml", test)), no_std)]

#[cfg_attr(not(any(feature = "xml", test)), macro_use)]
extern crate alloc;

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
pub mod guide;
pub mod language;
mod limits;
mod mb_int;
mod media_type;
pub mod read;
mod reader;
#[doc(hidden)]
pub mod sparse;
mod string_table;
mod table;
pub mod tag;
mod text;
pub mod token;
mod version;
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
pub use crate::event::{Child, Event, Mark, Name, Sink, Source};
pub use crate::fragment::{Fragment, FragmentBuilder, FragmentSource};
pub use crate::limits::Limits;
pub use crate::media_type::{DEVINF_WBXML, DEVINF_XML, charset, essence, same_essence};
pub use crate::read::{leaf_bytes, leaf_text, share, share_octets, share_text, skip};
pub use crate::reader::Reader;
pub use crate::tag::{Space, Tag};
pub use crate::text::{number, trim};
pub use crate::version::Version;
pub use crate::write::{put_empty, put_end, put_leaf, put_number, put_opaque, put_start, put_text};
pub use crate::writer::{Checkpoint, Writer};

#[cfg(all(doctest, feature = "xml"))]
#[doc = include_str!("../README.md")]
#[allow(
    missing_debug_implementations,
    reason = "holds the examples of the README only"
)]
pub struct ReadmeExamples;

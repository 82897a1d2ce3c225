//! Document types as data: the token tables of [`Language`]s, and a [`Reader`] and a [`Writer`] for any
//! of them.
//!
//! [`crate::Reader`] and [`crate::Writer`] know the vocabularies of SyncML by heart and pass over
//! attributes. The ones here take their names from a table, attributes and all, so that they serve
//! every WBXML document type: those built in, and any other one for which you bring a table.
//!
//! | language | feature | root | document type in the header |
//! | --- | --- | --- | --- |
//! | [`SYNCML`], with MetInf | | `SyncML` | 0x0FD1, 0x0FD3, 0x1201 |
//! | [`DEVINF`] | | `DevInf` | 0x0FD2, 0x0FD4, 0x1203 |
//! | `DMDDF`: OMA DM tree, device descriptions | `dmddf` | `MgmtTree` | by string |
//! | `SI`: service indication | `si` | `si` | 0x05 |
//! | `SL`: service loading | `sl` | `sl` | 0x06 |
//! | `EMN`: email notification | `emn` | `emn` | 0x0D |
//! | `PROV`: client provisioning | `prov` | `wap-provisioningdoc` | 0x0B |
//! | `ACTIVESYNC`: Exchange ActiveSync | `activesync` | many | none: name it yourself |
//!
//! Feature `languages` has them all.
//!
//! ```
//! use syncml_wbxml::language::{AttributePage, Language, Reader, TagPage};
//! use syncml_wbxml::{Bytes, Event, Limits, Source};
//!
//! const NOTE: Language<'static> = Language::new("NOTE")
//!     .with_tags(&[TagPage { page: 0, namespace: "", names: &[(0x05, "note")] }])
//!     .with_attributes(&[AttributePage {
//!         page: 0,
//!         starts: &[(0x05, "href=http://")],
//!         values: &[(0x85, ".com/")],
//!         read_only: &[],
//!     }]);
//!
//! let bytes = Bytes::from_static(b"\x02\x01\x6A\x00\xC5\x05\x03example\x00\x85\x01\x03hi\x00\x01");
//! let mut reader = Reader::new(&NOTE, &bytes, &Limits::default())?;
//! assert!(matches!(reader.next_event()?, Some(Event::Start(name)) if name.local() == "note"));
//! let href = Event::Attribute { name: "href".into(), value: "http://example.com/".into() };
//! assert_eq!(reader.next_event()?, Some(href));
//! assert_eq!(reader.next_event()?, Some(Event::Text("hi".into())));
//! # Ok::<(), syncml_wbxml::Error>(())
//! ```
//!
//! # What no table names
//!
//! | in the document | as an event |
//! | --- | --- |
//! | a tag token | element `token-XX` in namespace `wbxml:page-N` |
//! | an attribute token | attribute `page-N.token-XX` |
//! | a value token | `{wbxml:page-N.token-XX}` in the value |
//! | OPAQUE in a value, neither a date nor text | `{wbxml:opaque-XXXX…}` in the value |
//!
//! The writer turns all of them back. Processing instructions and extension tokens have no events; use
//! [`token`](crate::token) to keep them.

#[cfg(feature = "activesync")]
mod activesync;
#[cfg(feature = "xml")]
mod convert;
mod date;
#[cfg(feature = "dmddf")]
mod dmddf;
#[cfg(feature = "emn")]
mod emn;
#[cfg(feature = "prov")]
mod prov;
mod reader;
#[cfg(feature = "si")]
mod si;
#[cfg(feature = "sl")]
mod sl;
mod syncml;
mod table;
mod value;
mod writer;

#[cfg(feature = "activesync")]
pub use self::activesync::ACTIVESYNC;
#[cfg(feature = "xml")]
pub(crate) use self::convert::copy;
#[cfg(feature = "xml")]
pub use self::convert::{from_xml, to_xml};
#[cfg(feature = "dmddf")]
pub use self::dmddf::DMDDF;
#[cfg(feature = "emn")]
pub use self::emn::EMN;
#[cfg(feature = "prov")]
pub use self::prov::PROV;
pub use self::reader::Reader;
#[cfg(feature = "si")]
pub use self::si::SI;
#[cfg(feature = "sl")]
pub use self::sl::SL;
pub use self::syncml::{DEVINF, SYNCML};
pub use self::table::{AttributePage, Language, TagPage};
pub use self::writer::Writer;

/// The languages that this build has.
pub static BUILT_IN: &[&Language<'static>] = &[
    &SYNCML,
    &DEVINF,
    #[cfg(feature = "dmddf")]
    &DMDDF,
    #[cfg(feature = "si")]
    &SI,
    #[cfg(feature = "sl")]
    &SL,
    #[cfg(feature = "emn")]
    &EMN,
    #[cfg(feature = "prov")]
    &PROV,
    #[cfg(feature = "activesync")]
    &ACTIVESYNC,
];

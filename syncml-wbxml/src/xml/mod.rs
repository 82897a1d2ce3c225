//! The XML form of documents: the same events from and to text.
//!
//! What is read: XML 1.0 in UTF-8 (see [`decode_charset`] for other charsets) with or without
//! declaration and namespaces. A document type declaration is recognised and ignored, unless it has
//! an internal subset, which is refused. The five predefined entities and character references are
//! resolved; another `&name;` stays as it stands, since filters are full of them.
//!
//! Names are resolved as peers mean them rather than as XML has it: namespaces of any case, of any
//! version, on the wrong element, or missing. See [`Reader`].

mod charset;
mod name;
mod namespace;
mod place;
mod reader;
mod run;
mod scan;
mod text;
mod unescape;
mod word;
mod writer;

pub use self::charset::{decode_charset, decode_charset_or};
pub use self::reader::Reader;
pub use self::text::text;
pub use self::writer::{Checkpoint, Writer};

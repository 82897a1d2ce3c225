//! Field filters: which properties of each item a client wants to have, and what becomes of the others
//! `[DSPro §filtering]`.
//!
//! ```
//! use ds_objects::field_filter::{Field, FieldFilter};
//!
//! let filter = FieldFilter::new([Field::new("FN"), Field::new("TEL")]);
//! let card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat\r\nTEL:+15550190\r\nNOTE:Likes tea\r\nEND:VCARD\r\n";
//! let shown = filter.cut("text/vcard", card).expect("a card");
//! assert_eq!(shown, b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat\r\nTEL:+15550190\r\nEND:VCARD\r\n");
//!
//! // What the client was not shown it cannot have edited.
//! let edited = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat Quill\r\nEND:VCARD\r\n";
//! let merged = filter.merge("text/vcard", card, edited).expect("both are cards");
//! assert_eq!(merged.data, b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Pat Quill\r\nNOTE:Likes tea\r\nEND:VCARD\r\n");
//! # Some::<()>(());
//! ```
//!
//! # What is kept
//!
//! * Named properties, in any case of their names, and what an object cannot do without: `BEGIN`, `END`, `VERSION`,
//!   `PRODID`, `UID`, `RECURRENCE-ID` and `DTSTAMP`. Kept lines stay as they are, folds included.
//! * Events, to-dos, journal entries and free/busy reports of a calendar, each cut in the same way. A component inside
//!   them, such as an alarm, is kept as a whole where it is named. Time zones are kept where a kept property is in one.
//! * Of a value that is longer than `max_size` octets (as UTF-8, before escaping) as much as ends with a whole
//!   character. Binary values, dates, rules, addresses of resources and lists mean nothing when they are cut: they are
//!   left out.
//! * Of an Email, File or Folder the elements that are named; a File always has its name, a Folder name and role. Of a
//!   message (`emailitem`) the header alone, with the parameter `texttype` the text, too (of several parts with the
//!   feature `mail`), with `attachtype` all of it; `max_size` is about the text, or about the whole message with
//!   `attachtype`. Where a message is not shown to its end, `x-funambol-size` and `x-funambol-body` tell its size and the
//!   octets that were left out. The content of a file is shown as a whole or not at all.

pub(crate) mod cut;
mod merge;
mod omads;
pub(crate) mod tree;

use std::collections::HashMap;

/// A property that is wanted (`Property` of the device information).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Field {
    /// Its name (`PropName`), such as `TEL`; any case.
    pub name: String,
    /// Most octets of its value (`MaxSize`). Default: no limit.
    pub max_size: Option<u64>,
    /// A value that is longer is left out, not cut (`NoTruncate`). Default: cut.
    pub no_truncate: bool,
    /// The parameters that are wanted (`ParamName`), beside those that say how the value is to be read. None: all.
    pub params: Vec<String>,
}

impl Field {
    /// A property as it is.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            max_size: None,
            no_truncate: false,
            params: Vec::new(),
        }
    }

    /// With at most so many octets.
    #[must_use]
    pub fn with_max_size(mut self, max_size: Option<u64>) -> Self {
        self.max_size = max_size;
        self
    }

    /// With or without leaving out what is longer.
    #[must_use]
    pub fn with_no_truncate(mut self, no_truncate: bool) -> Self {
        self.no_truncate = no_truncate;
        self
    }

    /// With these parameters alone.
    #[must_use]
    pub fn with_params(mut self, params: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.params = params.into_iter().map(Into::into).collect();
        self
    }
}

/// A list of properties that are wanted. Of two with one name the first counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldFilter {
    /// By name, in upper case.
    fields: HashMap<String, Field>,
}

/// A client's version of an item, with everything that the client was not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merged {
    /// The item as a whole.
    pub data: Vec<u8>,
    /// Cut again, it says what the client's version says: the client need not be told of it.
    pub agrees: bool,
}

impl FieldFilter {
    /// A filter of these properties.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        let mut by_name = HashMap::new();
        for field in fields {
            let name = field.name.trim().to_ascii_uppercase();
            by_name.entry(name).or_insert(field);
        }
        Self { fields: by_name }
    }

    /// What is shown of an item; none: it is no object of which anything could be left out.
    #[must_use]
    pub fn cut(&self, media_type: &str, data: &[u8]) -> Option<Vec<u8>> {
        let Some((mut document, root)) = tree::read(media_type, data) else {
            return self.cut_omads(media_type, data);
        };
        document.lines = self.cut_root(root).into_lines();
        Some(document.encode())
    }

    /// The version of a client that was shown `ours` cut by this filter, with what it was not shown as it is in `ours`.
    ///
    /// A line that says what our line says when it is cut is our line. A property that was not shown and is not here is
    /// news, and is taken.
    ///
    /// None: the two are not of one family of formats, or one of them cannot be read.
    #[must_use]
    pub fn merge(&self, media_type: &str, ours: &[u8], theirs: &[u8]) -> Option<Merged> {
        let Some((mut document, mine)) = tree::read(media_type, ours) else {
            return self.merge_omads(media_type, ours, theirs);
        };
        let (other, edited) = tree::read(media_type, theirs)?;
        if document.format.dialect() != other.format.dialect() || mine.name != edited.name {
            return None;
        }
        let merged = self.merge_component(document.format, mine, edited);
        document.lines = merged.into_lines();
        let data = document.encode();
        let canonical = |data: &[u8]| crate::fingerprint::canonical(media_type, data);
        let shown = self.cut(media_type, &data)?;
        let agrees = canonical(&shown) == canonical(theirs);
        Some(Merged { data, agrees })
    }

    /// The property of this name, where it is wanted.
    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.get(&name.to_ascii_uppercase())
    }
}

//! Whether two items are the same, and one item of two.
//!
//! What counts is said by the tables: each property has a [`Relevance`]. Values are compared by what they mean: blanks at
//! the ends, case and the punctuation of numbers make no difference, nor does the version of an object.
//!
//! ```
//! use ds_objects::compare::{Merged, is_same, merge};
//! use ds_objects::parse;
//! use ds_objects::schema::Relevance;
//!
//! let ours = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL:+1 555-0190\r\nNOTE:tea\r\nEND:VCARD\r\n";
//! let phone = b"BEGIN:VCARD\r\nVERSION:2.1\r\nN:QUILL;Pat\r\nTEL:+15550190\r\nTEL:2\r\nNOTE:cake\r\nEND:VCARD\r\n";
//! let (ours, phone) = (parse("text/vcard", ours)?, parse("text/x-vcard", phone)?);
//! // One person, two versions.
//! assert!(is_same(&ours, &phone, Relevance::Always) && !is_same(&ours, &phone, Relevance::Conflict));
//!
//! let Merged { object, is_news_to_ours, is_news_to_theirs, .. } = merge(&ours, &phone).expect("two cards");
//! assert!(is_news_to_ours && is_news_to_theirs);
//! assert_eq!(
//!     object.encode(),
//!     b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat;;;\r\nFN:Pat Quill\r\nTEL:+1 555-0190\r\nTEL:2\r\n\
//!       NOTE:tea\\ncake\r\nEND:VCARD\r\n"
//! );
//! # Ok::<(), ds_objects::Error>(())
//! ```

mod base;
mod merge;
mod saying;

use sha2::{Digest as _, Sha256};

pub use merge::{Merged, merge, merge_from};
use saying::Sayings;

use crate::object::Object;
use crate::schema::Relevance;

/// Whether two items are the same as far as the properties of this relevance, and of higher ones, tell. With
/// [`Relevance::Conflict`] it tells whether two versions of one item say the same; with [`Relevance::Never`] everything
/// counts.
#[must_use]
pub fn is_same(one: &Object, other: &Object, relevance: Relevance) -> bool {
    Sayings::of(one, relevance) == Sayings::of(other, relevance)
}

/// A digest that two items share if they are the [same](is_same), for looking them up. None: the item says nothing at
/// this relevance, as a card without a name at [`Relevance::Always`].
#[must_use]
pub fn key(object: &Object, relevance: Relevance) -> Option<[u8; 32]> {
    let sayings = Sayings::of(object, relevance);
    let text = sayings.text()?;
    Some(Sha256::digest(text).into())
}

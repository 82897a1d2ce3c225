//! vNote and vBookmark.

use super::Kind::{List, Text, Timestamp, Uri};
use super::Occurs::Once;
use super::Relevance::{Always, Conflict, Never, SlowSync};
use super::{Kind, Property, Relevance, row};

const fn only(name: &'static str, kind: Kind, relevance: Relevance) -> Property {
    row(name, kind, [name, "", ""], Once, relevance)
}

pub(super) static PROPERTIES: &[Property] = &[
    only("SUMMARY", Text, Always),
    only("BODY", Text, SlowSync),
    only("CATEGORIES", List, Conflict),
    only("CLASS", Text, Conflict),
    only("DCREATED", Timestamp, Never),
    only("LAST-MODIFIED", Timestamp, Never),
    only("X-IRMC-LUID", Text, Never),
];

pub(super) static BOOKMARK: &[Property] = &[
    only("TITLE", Text, Always),
    only("URL", Uri, Always),
    only("X-IRMC-URL", Text, Conflict),
];

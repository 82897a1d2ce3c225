//! The vocabularies of SyncML, as languages like others.

use super::{Language, TagPage};
use crate::doctype::Doctype;
use crate::table;
use crate::tag::Space;

const fn public_id(doctype: Doctype) -> (u32, &'static str) {
    (doctype.public_id(), doctype.fpi())
}

const METINF: TagPage<'static> = TagPage {
    page: 1,
    namespace: Space::MetInf.namespace(),
    names: table::metinf::NAMES,
};

/// SyncML 1.0 to 1.2 with MetInf on page 1, as the union of all versions.
pub static SYNCML: Language<'static> = Language::new("SYNCML")
    .with_public_ids(&[
        public_id(Doctype::SyncMl12),
        public_id(Doctype::SyncMl11),
        public_id(Doctype::SyncMl10),
    ])
    .with_root("SyncML")
    .with_tags(&[
        TagPage {
            page: 0,
            namespace: Doctype::SyncMl12.namespace(),
            names: table::syncml::NAMES,
        },
        METINF,
    ]);

/// Device information 1.0 to 1.2, as the union of all versions: `Size` stands for `MaxSize` too.
pub static DEVINF: Language<'static> = Language::new("DEVINF")
    .with_public_ids(&[
        public_id(Doctype::DevInf12),
        public_id(Doctype::DevInf11),
        public_id(Doctype::DevInf10),
    ])
    .with_root("DevInf")
    .with_tags(&[
        TagPage {
            page: 0,
            namespace: Space::DevInf.namespace(),
            names: table::devinf::NAMES,
        },
        METINF,
    ]);

//! The tokens of Service Loading.

use super::{AttributePage, Language, TagPage};

/// Service Loading 1.0 (WAP-168).
pub static SL: Language<'static> = Language::new("SL")
    .with_public_ids(&[(0x06, "-//WAPFORUM//DTD SL 1.0//EN")])
    .with_root("sl")
    .with_tags(&[TagPage {
        page: 0,
        namespace: "",
        names: &[(0x05, "sl")],
    }])
    .with_attributes(&[AttributePage {
        page: 0,
        starts: &[
            (0x05, "action=execute-low"),
            (0x06, "action=execute-high"),
            (0x07, "action=cache"),
            (0x08, "href"),
            (0x09, "href=http://"),
            (0x0A, "href=http://www."),
            (0x0B, "href=https://"),
            (0x0C, "href=https://www."),
        ],
        values: &[
            (0x85, ".com/"),
            (0x86, ".edu/"),
            (0x87, ".net/"),
            (0x88, ".org/"),
        ],
        read_only: &[],
    }]);

//! The tokens of Service Indication.

use super::{AttributePage, Language, TagPage};

/// Service Indication 1.0 (WAP-167).
pub static SI: Language<'static> = Language::new("SI")
    .with_public_ids(&[(0x05, "-//WAPFORUM//DTD SI 1.0//EN")])
    .with_root("si")
    .with_tags(&[TagPage {
        page: 0,
        namespace: "",
        names: &[
            (0x05, "si"),
            (0x06, "indication"),
            (0x07, "info"),
            (0x08, "item"),
        ],
    }])
    .with_attributes(&[AttributePage {
        page: 0,
        starts: &[
            (0x05, "action=signal-none"),
            (0x06, "action=signal-low"),
            (0x07, "action=signal-medium"),
            (0x08, "action=signal-high"),
            (0x09, "action=delete"),
            (0x0A, "created"),
            (0x0B, "href"),
            (0x0C, "href=http://"),
            (0x0D, "href=http://www."),
            (0x0E, "href=https://"),
            (0x0F, "href=https://www."),
            (0x10, "si-expires"),
            (0x11, "si-id"),
            (0x12, "class"),
        ],
        values: &[
            (0x85, ".com/"),
            (0x86, ".edu/"),
            (0x87, ".net/"),
            (0x88, ".org/"),
        ],
        read_only: &[],
    }])
    .with_dates(&["created", "si-expires"]);

//! The tokens of Email Notification.

use super::{AttributePage, Language, TagPage};

/// Email Notification 1.0.
///
/// Implementations disagree on the values 85 to 88, so they are read and never written.
pub static EMN: Language<'static> = Language::new("EMN")
    .with_public_ids(&[
        (0x0D, "-//WAPFORUM//DTD EMN 1.0//EN"),
        (0x0D, "-//OMA//DTD EMN 1.0//EN"),
    ])
    .with_root("emn")
    .with_tags(&[TagPage {
        page: 0,
        namespace: "",
        names: &[(0x05, "emn")],
    }])
    .with_attributes(&[AttributePage {
        page: 0,
        starts: &[
            (0x05, "timestamp"),
            (0x06, "mailbox"),
            (0x07, "mailbox=mailat:"),
            (0x08, "mailbox=pop://"),
            (0x09, "mailbox=imap://"),
            (0x0A, "mailbox=http://"),
            (0x0B, "mailbox=http://www."),
            (0x0C, "mailbox=https://"),
            (0x0D, "mailbox=https://www."),
        ],
        values: &[],
        read_only: &[
            (0x85, ".com"),
            (0x86, ".edu"),
            (0x87, ".net"),
            (0x88, ".org"),
        ],
    }])
    .with_dates(&["timestamp"]);

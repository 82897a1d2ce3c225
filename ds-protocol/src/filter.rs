//! What a client wants to have of a datastore `[DSPro §filtering]`.

use bytestring::ByteString;
use serde::{Deserialize, Serialize};

/// A record filter, as the client wrote it (`Filter`). The engine carries it; the store reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Filter {
    /// Content type it is about (`Filter/Meta/Type`); empty: the datastore's preferred one.
    pub media_type: ByteString,
    /// Grammar of the expression, such as `syncml:filtertype-cgi`.
    pub grammar: ByteString,
    /// The expression.
    pub expression: ByteString,
    /// Matching items are added to what the client has (`INCLUSIVE`); else the client is to have exactly
    /// those (`EXCLUSIVE`, the default).
    pub inclusive: bool,
}

impl Filter {
    /// The grammar that everybody knows.
    pub const CGI: &'static str = "syncml:filtertype-cgi";

    /// An exclusive filter in the CGI grammar.
    pub fn cgi(media_type: impl Into<ByteString>, expression: impl Into<ByteString>) -> Self {
        Self {
            media_type: media_type.into(),
            grammar: ByteString::from_static(Self::CGI),
            expression: expression.into(),
            inclusive: false,
        }
    }

    /// Whether matching items are added to what the client has.
    #[must_use]
    pub fn with_inclusive(mut self, inclusive: bool) -> Self {
        self.inclusive = inclusive;
        self
    }
}

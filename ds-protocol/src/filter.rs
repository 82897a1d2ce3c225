//! What a client wants to have of a datastore `[DSPro §filtering]`.

use std::fmt;

use bytestring::ByteString;
use serde::{Deserialize, Serialize};

/// A filter, as the client wrote it (`Filter`): which items it wants, and what of each. The engine carries it; the
/// store reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Filter {
    /// Content type it is about (`Filter/Meta/Type`); empty: the datastore's preferred one.
    pub media_type: ByteString,
    /// Grammar of the expression, such as `syncml:filtertype-cgi`.
    pub grammar: ByteString,
    /// The expression (`Record`); empty: every item.
    pub expression: ByteString,
    /// Matching items are added to what the client has (`INCLUSIVE`); else the client is to have exactly
    /// those (`EXCLUSIVE`, the default).
    pub inclusive: bool,
    /// The properties of each item that are wanted (`Field`); none: all.
    pub fields: Vec<Field>,
}

/// A property that a client wants to have (`Property` in a `Field`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// Its name (`PropName`), such as `TEL`.
    pub name: ByteString,
    /// Most octets of its value (`MaxSize`); none: no limit.
    pub max_size: Option<u64>,
    /// A value that is longer is left out, not cut (`NoTruncate`).
    pub no_truncate: bool,
    /// The parameters that are wanted (`ParamName`); none: all.
    pub params: Vec<ByteString>,
}

impl Field {
    /// A property as it is.
    pub fn new(name: impl Into<ByteString>) -> Self {
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

    /// With these parameters alone.
    #[must_use]
    pub fn with_params<T: Into<ByteString>>(mut self, params: impl IntoIterator<Item = T>) -> Self {
        self.params = params.into_iter().map(Into::into).collect();
        self
    }
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
            fields: Vec::new(),
        }
    }

    /// A filter that lets every item pass, with these properties alone.
    pub fn of_fields(
        media_type: impl Into<ByteString>,
        fields: impl IntoIterator<Item = Field>,
    ) -> Self {
        Self::cgi(media_type, "").with_fields(fields)
    }

    /// Whether matching items are added to what the client has.
    #[must_use]
    pub fn with_inclusive(mut self, inclusive: bool) -> Self {
        self.inclusive = inclusive;
        self
    }

    /// With these properties alone; none: all.
    #[must_use]
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields = fields.into_iter().collect();
        self
    }
}

/// For people: `CATEGORIES&EQ;family [N TEL:20]`.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.expression)?;
        if self.fields.is_empty() {
            return Ok(());
        }
        let space = if self.expression.is_empty() { "" } else { " " };
        let fields: Vec<String> = self.fields.iter().map(Field::to_string).collect();
        write!(f, "{space}[{}]", fields.join(" "))
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for param in &self.params {
            write!(f, ";{param}")?;
        }
        match self.max_size {
            Some(max_size) => write!(f, ":{max_size}"),
            None => Ok(()),
        }
    }
}

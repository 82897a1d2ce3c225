//! Record filters in the grammar `syncml:filtertype-cgi`: which items of a datastore a client wants to have
//! `[DSPro §filtering]`.
//!
//! ```
//! use ds_objects::filter::{Item, parse};
//!
//! let filter = parse("CATEGORIES&iCON;family&OR;BDAY&EQ;&NULL;")?;
//! let card = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Quill;Pat\r\nBDAY:1990-02-03\r\nCATEGORIES:Family\r\nEND:VCARD\r\n";
//! assert!(filter.matches(&Item::new("text/vcard", card)));
//! # Ok::<(), ds_objects::filter::Error>(())
//! ```
//!
//! # How it is read
//!
//! * Terms are joined from left to right: `a&OR;b&AND;c` is `(a or b) and c`. Parentheses are read, and written only
//!   where nothing else says the same.
//! * A bare `&` or `&amp;` is AND, a bare `|` is OR. Entity names are compared without case.
//! * `&LUID;` and, directly before an operator, `&LUID` mean the id that the client has for an item.
//! * Two values are compared as numbers where both are decimal, as instants where both are ISO 8601, else as text. A
//!   time without a zone is taken as UTC.
//! * A property may be there several times, and have several components: a term holds if it holds for one of them;
//!   `NE` and `NCON` hold where `EQ` and `CON` do not.
//! * `SINCE` and `BEFORE` are about the whole time that an item takes, `MAXSIZE` about its octets. An item without any
//!   time is in every period. `modified` is `LAST-MODIFIED` or `REV`, and `ALL` is any time.
//! * An Email, File or Folder has the properties its elements are named after, the letters of its attributes, and its
//!   extensions; a message (feature `mail`) has `subject`, `from`, `to`, `date` and `message-id`; a plain note has its first
//!   line as `SUMMARY` and all of it as `BODY`. What they were changed is their time: mail has `modified`, else
//!   `received`. Folders are in every period.

mod compare;
mod content;
mod error;
mod fields;
mod parse;
mod print;
mod time;

pub use error::{Error, ErrorKind};
pub use fields::{Fields, Item, Period};
pub use parse::parse;
pub use print::LuidForm;
pub use time::Instant;

/// A filter: terms, joined from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    first: Operand,
    rest: Vec<(Join, Operand)>,
}

/// What stands between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Join {
    And,
    Or,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Term(Term),
    /// More than one operand, joined otherwise than what stands before it.
    Group(Box<Expr>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    subject: Subject,
    operator: Operator,
    /// `i` before the operator: letters are compared without case.
    any_case: bool,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Subject {
    Luid,
    /// A keyword or property, as it was written.
    Named(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Con,
    Ncon,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Null,
    Text(String),
}

/// Words that are not properties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keyword {
    Since,
    Before,
    MaxSize,
    /// Known, but nothing that can be said of one item.
    Other,
}

impl Keyword {
    fn of(name: &str) -> Option<Self> {
        [
            ("SINCE", Self::Since),
            ("BEFORE", Self::Before),
            ("MAXSIZE", Self::MaxSize),
            ("MAXCOUNT", Self::Other),
            ("NOATT", Self::Other),
        ]
        .into_iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known))
        .map(|(_, keyword)| keyword)
    }
}

impl Operator {
    const ALL: [(&'static str, Self); 8] = [
        ("EQ", Self::Eq),
        ("NE", Self::Ne),
        ("GT", Self::Gt),
        ("GE", Self::Ge),
        ("LT", Self::Lt),
        ("LE", Self::Le),
        ("CON", Self::Con),
        ("NCON", Self::Ncon),
    ];
}

/// The keywords that [`parse`] takes, for `FilterKeyword` of the device information.
pub const KEYWORDS: [&str; 3] = ["SINCE", "BEFORE", "MAXSIZE"];

impl Expr {
    /// Whether an item is one of those that are wanted.
    pub fn matches(&self, fields: &impl Fields) -> bool {
        let mut holds = self.first.matches(fields);
        for (join, operand) in &self.rest {
            // Short cuts change nothing: terms have no effects.
            holds = match join {
                Join::And => holds && operand.matches(fields),
                Join::Or => holds || operand.matches(fields),
            };
        }
        holds
    }

    /// Whether it asks for the client's ids.
    #[must_use]
    pub fn uses_luid(&self) -> bool {
        let operands = std::iter::once(&self.first).chain(self.rest.iter().map(|(_, o)| o));
        operands.into_iter().any(|operand| match operand {
            Operand::Term(term) => term.subject == Subject::Luid,
            Operand::Group(expr) => expr.uses_luid(),
        })
    }
}

impl Operand {
    fn matches(&self, fields: &impl Fields) -> bool {
        match self {
            Self::Term(term) => compare::holds(term, fields),
            Self::Group(expr) => expr.matches(fields),
        }
    }
}

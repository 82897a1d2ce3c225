//! Filter to text.

use std::fmt::{self, Write as _};

use super::{Expr, Join, Operand, Operator, Subject, Term, Value};

/// How the client's id is spelled: some servers understand one form only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LuidForm {
    /// `&LUID;&EQ;1`
    #[default]
    Closed,
    /// `&LUID&EQ;1`
    Open,
}

impl Expr {
    /// The expression as text, before any escaping by XML.
    #[must_use]
    pub fn to_text(&self, luid: LuidForm) -> String {
        let mut text = String::new();
        self.write(&mut text, luid);
        text
    }

    fn write(&self, out: &mut String, luid: LuidForm) {
        self.first.write(out, luid);
        for (join, operand) in &self.rest {
            out.push_str(match join {
                Join::And => "&AND;",
                Join::Or => "&OR;",
            });
            operand.write(out, luid);
        }
    }
}

impl Operand {
    fn write(&self, out: &mut String, luid: LuidForm) {
        match self {
            Self::Term(term) => term.write(out, luid),
            Self::Group(expr) => {
                out.push('(');
                expr.write(out, luid);
                out.push(')');
            }
        }
    }
}

impl Term {
    fn write(&self, out: &mut String, luid: LuidForm) {
        match &self.subject {
            Subject::Named(name) => out.push_str(name),
            Subject::Luid => out.push_str(match luid {
                LuidForm::Closed => "&LUID;",
                LuidForm::Open => "&LUID",
            }),
        }
        out.push('&');
        if self.any_case {
            out.push('i');
        }
        out.push_str(self.operator.name());
        out.push(';');
        match &self.value {
            Value::Null => out.push_str("&NULL;"),
            Value::Text(text) => write_value(out, text),
        }
    }
}

impl Operator {
    fn name(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(_, known)| *known == self)
            .map_or("EQ", |(name, _)| name)
    }
}

/// A value; what would end it, and white space at its ends, as `%HH`.
fn write_value(out: &mut String, text: &str) {
    let inside = text.trim().len();
    let begin = text.len() - text.trim_start().len();
    for (at, c) in text.char_indices() {
        let at_the_end = at < begin || at >= begin + inside;
        if at_the_end || c.is_control() || matches!(c, '&' | '|' | ')' | '%') {
            let mut octets = [0; 4];
            for octet in c.encode_utf8(&mut octets).bytes() {
                // A String takes everything.
                let _ = write!(out, "%{octet:02X}");
            }
        } else {
            out.push(c);
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text(LuidForm::default()))
    }
}

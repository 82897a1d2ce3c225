//! Text to filter.

use super::time::Instant;
use super::{Error, ErrorKind, Expr, Join, Keyword, Operand, Operator, Subject, Term, Value};

/// Longest expression in octets.
const MAX_LENGTH: usize = 8192;
/// Deepest parentheses.
const MAX_DEPTH: usize = 16;
/// Most terms.
const MAX_TERMS: usize = 256;

/// Reads an expression.
///
/// # Errors
/// [`Error`] says what is wrong and at which octet. An expression may have 8,192 octets, 256 terms and parentheses 16
/// deep.
pub fn parse(expression: &str) -> Result<Expr, Error> {
    if expression.len() > MAX_LENGTH {
        return Err(Error::new(ErrorKind::Limit("octets"), MAX_LENGTH));
    }
    let mut parser = Parser {
        text: expression,
        at: 0,
        terms: 0,
    };
    let expr = parser.query(0)?;
    match parser.rest() {
        "" => Ok(expr),
        _ => Err(parser.error(ErrorKind::Expected("&AND; or &OR;"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// Octets read; always at a character's first one.
    at: usize,
    terms: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, kind: ErrorKind) -> Error {
        Error::new(kind, self.at)
    }

    fn skip_white(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes this text, in any case of its letters, if it stands here.
    fn take(&mut self, text: &str) -> bool {
        let found = self
            .rest()
            .get(..text.len())
            .is_some_and(|here| here.eq_ignore_ascii_case(text));
        if found {
            self.at += text.len();
        }
        found
    }

    fn query(&mut self, depth: usize) -> Result<Expr, Error> {
        if depth > MAX_DEPTH {
            return Err(self.error(ErrorKind::Limit("parentheses")));
        }
        let mut expr = match self.operand(depth)? {
            Operand::Group(expr) => *expr,
            first => Expr {
                first,
                rest: Vec::new(),
            },
        };
        while let Some(join) = self.join() {
            let operand = self.operand(depth)?;
            expr.join(join, operand);
        }
        Ok(expr)
    }

    fn operand(&mut self, depth: usize) -> Result<Operand, Error> {
        self.skip_white();
        if !self.take("(") {
            return self.term().map(Operand::Term);
        }
        let expr = self.query(depth + 1)?;
        self.skip_white();
        if !self.take(")") {
            return Err(self.error(ErrorKind::Expected("a closing parenthesis")));
        }
        Ok(if expr.rest.is_empty() {
            expr.first
        } else {
            Operand::Group(Box::new(expr))
        })
    }

    fn join(&mut self) -> Option<Join> {
        self.skip_white();
        if self.take("&AND;") || self.take("&amp;") {
            Some(Join::And)
        } else if self.take("&OR;") || self.take("|") {
            Some(Join::Or)
        } else {
            self.take("&").then_some(Join::And)
        }
    }

    fn term(&mut self) -> Result<Term, Error> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.error(ErrorKind::Limit("terms")));
        }
        let begin = self.at;
        let subject = self.subject()?;
        self.skip_white();
        let (any_case, operator) = self.operator()?;
        self.skip_white();
        let value_at = self.at;
        let value = self.value()?;
        let term = Term {
            subject,
            operator,
            any_case,
            value,
        };
        term.check(begin, value_at)?;
        Ok(term)
    }

    fn subject(&mut self) -> Result<Subject, Error> {
        if self.take("&LUID;") {
            return Ok(Subject::Luid);
        }
        let begin = self.at;
        if self.take("&LUID") {
            // The open form is one only directly before an operator.
            if self.rest().starts_with('&') {
                return Ok(Subject::Luid);
            }
            self.at = begin;
        }
        let rest = self.rest();
        let is_end = |c: char| !(c.is_ascii_alphanumeric() || "[]._-".contains(c));
        let name = rest.get(..rest.find(is_end).unwrap_or(rest.len()));
        match name.unwrap_or_default() {
            "" => Err(self.error(ErrorKind::Expected("a property or &LUID;"))),
            name => {
                self.at += name.len();
                Ok(Subject::Named(name.to_owned()))
            }
        }
    }

    fn operator(&mut self) -> Result<(bool, Operator), Error> {
        let begin = self.at;
        let expected = || Error::new(ErrorKind::Expected("an operator such as &EQ;"), begin);
        if !self.take("&") {
            return Err(expected());
        }
        let rest = self.rest();
        let letters = rest.len()
            - rest
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let name = rest.get(..letters).unwrap_or_default();
        self.at += letters;
        if name.is_empty() || !self.take(";") {
            return Err(expected());
        }
        let known = |name: &str| {
            let mut all = Operator::ALL.into_iter();
            all.find(|(known, _)| name.eq_ignore_ascii_case(known))
                .map(|(_, operator)| operator)
        };
        let any_case = || known(name.strip_prefix(['i', 'I'])?);
        known(name)
            .map(|operator| (false, operator))
            .or_else(|| any_case().map(|operator| (true, operator)))
            .ok_or_else(|| Error::new(ErrorKind::Operator(name.to_owned()), begin))
    }

    fn value(&mut self) -> Result<Value, Error> {
        if self.take("&NULL;") {
            return Ok(Value::Null);
        }
        let rest = self.rest();
        let raw = rest.get(..rest.find(['&', '|', ')']).unwrap_or(rest.len()));
        let raw = raw.unwrap_or_default();
        let begin = self.at;
        self.at += raw.len();
        // White space around operators is no part of the value; what belongs to it is written as %20.
        let mut octets = Vec::with_capacity(raw.len());
        let mut bytes = raw.trim_end().bytes().enumerate();
        while let Some((at, byte)) = bytes.next() {
            let byte = if byte == b'%' {
                let mut digit = || {
                    let (_, digit) = bytes.next()?;
                    char::from(digit).to_digit(16)
                };
                let high = digit();
                let octet = high
                    .zip(digit())
                    .and_then(|(h, l)| u8::try_from(h * 16 + l).ok());
                octet.ok_or_else(|| Error::new(ErrorKind::Percent, begin + at))?
            } else {
                byte
            };
            octets.push(byte);
        }
        String::from_utf8(octets)
            .map(Value::Text)
            .map_err(|_| Error::new(ErrorKind::Utf8, begin))
    }
}

impl Expr {
    /// Joins an operand, and takes a group apart where it says the same without parentheses.
    fn join(&mut self, join: Join, operand: Operand) {
        match operand {
            Operand::Group(group) if group.rest.iter().all(|(inner, _)| *inner == join) => {
                self.rest.push((join, group.first));
                self.rest.extend(group.rest);
            }
            operand => self.rest.push((join, operand)),
        }
    }
}

impl Term {
    /// Whether the value is one that the keyword takes.
    fn check(&self, begin: usize, value_at: usize) -> Result<(), Error> {
        let Subject::Named(name) = &self.subject else {
            return Ok(());
        };
        let wants = |what| Err(Error::new(ErrorKind::KeywordValue(what), value_at));
        let text = match &self.value {
            Value::Null => "",
            Value::Text(text) => text,
        };
        match Keyword::of(name) {
            Some(Keyword::Other) => Err(Error::new(ErrorKind::Keyword(name.clone()), begin)),
            Some(Keyword::Since | Keyword::Before) if Instant::parse(text).is_none() => {
                wants("a date or time of ISO 8601")
            }
            Some(Keyword::MaxSize) if text.parse::<u64>().is_err() => wants("a number of octets"),
            _ => Ok(()),
        }
    }
}

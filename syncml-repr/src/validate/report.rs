use std::fmt;

use syncml_wbxml::Position;

use super::Rule;
use crate::{DecodeError, DecodeErrorKind, StatusCode};
use syncml_wbxml::ErrorKind;

/// Most findings that a report lists; more are counted only.
pub(super) const MOST: usize = 1_000;

/// What [`validate`](super::validate) found.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The findings in the order of the document, the first 1,000 that were made.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub omitted: usize,
}

impl Report {
    /// Whether nothing was found.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Whether [`decode`](crate::decode) reads the message.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.findings.iter().all(|finding| finding.status.is_none())
    }

    /// What the reader puts right or passes over, without a word to its caller.
    pub fn repairs(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.repaired)
    }
}

/// One departure from a rule.
///
/// Displayed as `DTD-ORDER SyncBody/Alert/CmdID: …`. Neither credentials nor item data are quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// In which element, below the root, such as `SyncBody/Sync/Add[2]/Item/Meta`; empty for the root
    /// and for what is before it. A nested document stands below its `Data`.
    pub path: String,
    /// Where in the document: line and column in XML too. If an XML document is not in UTF-8, then
    /// where it would be.
    pub position: Position,
    /// The reader puts this right or passes over it, so that the message is what it should be.
    /// Otherwise the message is read as it stands, if `status` is none.
    pub repaired: bool,
    /// The status that fits, if the message cannot be read because of this.
    pub status: Option<StatusCode>,
    /// What is wrong, in a few words.
    pub detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rule)?;
        if !self.path.is_empty() {
            write!(f, " {}", self.path)?;
        }
        write!(f, ": {}", self.detail)
    }
}

impl From<&DecodeError> for Finding {
    fn from(error: &DecodeError) -> Self {
        let rule = match error.kind() {
            DecodeErrorKind::Document(ErrorKind::Limit(_)) => Rule::ReadLimit,
            DecodeErrorKind::Document(_) => Rule::ReadDocument,
            DecodeErrorKind::NotSyncMl(_) | DecodeErrorKind::Missing("SyncML") => Rule::ReadRoot,
            DecodeErrorKind::Nesting => Rule::ReadNesting,
            DecodeErrorKind::Missing(_)
            | DecodeErrorKind::Duplicate(_)
            | DecodeErrorKind::NotANumber(_) => Rule::ReadHeader,
        };
        Self {
            rule,
            path: error.path().to_owned(),
            position: error.position(),
            repaired: false,
            status: Some(error.status_hint()),
            detail: error.kind().to_string(),
        }
    }
}

/// Takes findings up to the limit.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    omitted: usize,
}

impl Findings {
    /// Takes a finding; what is costly to say is made only if it is kept.
    pub(super) fn add(&mut self, make: impl FnOnce() -> Finding) {
        if self.list.len() < MOST {
            self.list.push(make());
        } else {
            self.omitted = self.omitted.saturating_add(1);
        }
    }

    /// The report, with lines and columns if `text` is the XML document.
    pub(super) fn finish(self, text: Option<&[u8]>) -> Report {
        let mut findings = self.list;
        findings.sort_by_key(|finding| finding.position.byte);
        if let Some(text) = text {
            let (mut at, mut line, mut column) = (0, 1_u32, 1_u32);
            for finding in &mut findings {
                let to = finding.position.byte.min(text.len());
                for &byte in text.get(at..to).unwrap_or_default() {
                    if byte == b'\n' {
                        line = line.saturating_add(1);
                        column = 1;
                    } else if byte & 0xC0 != 0x80 {
                        // Not a continuation of a character.
                        column = column.saturating_add(1);
                    }
                }
                at = at.max(to);
                finding.position = Position {
                    byte: finding.position.byte,
                    line: Some(line),
                    column: Some(column),
                };
            }
        }
        Report {
            findings,
            omitted: self.omitted,
        }
    }
}

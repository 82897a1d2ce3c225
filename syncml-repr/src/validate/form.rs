//! What the checks of the two forms have in common.

use syncml_meta::Version;
use syncml_wbxml::{Name, Tag};

use super::Rule;

/// Something about the form of a document; the reader passes over all of it, save where `repaired`
/// says otherwise.
#[derive(Debug)]
pub(super) struct Note {
    pub(super) rule: Rule,
    pub(super) byte: usize,
    pub(super) repaired: bool,
    /// It is about the document, whatever element is open.
    pub(super) is_of_root: bool,
    pub(super) detail: String,
}

impl Note {
    pub(super) fn new(rule: Rule, byte: usize, detail: impl Into<String>) -> Self {
        Self {
            rule,
            byte,
            repaired: true,
            is_of_root: false,
            detail: detail.into(),
        }
    }

    pub(super) fn of_root(mut self) -> Self {
        self.is_of_root = true;
        self
    }
}

/// Reads the tokens of a document alongside its events.
///
/// What it finds is in the element that is open at the time.
pub(super) trait Form {
    /// Takes up what comes before an event; `leaf` is the innermost element if it holds text.
    fn before(&mut self, byte: usize, leaf: Option<Tag>, notes: &mut Vec<Note>);

    /// Takes up the start of an element, where the last call of `before` ended.
    fn start(&mut self, name: &Name<'_>, notes: &mut Vec<Note>);

    /// Takes up the end of an element, where the last call of `before` ended.
    fn end(&mut self, _notes: &mut Vec<Note>) {}

    /// Learns the version that `VerDTD` states.
    fn version(&mut self, _version: Version, _notes: &mut Vec<Note>) {}

    /// Takes up what follows the root.
    fn finish(&mut self, notes: &mut Vec<Note>);
}

/// Text within text has no form of its own.
impl Form for () {
    fn before(&mut self, _byte: usize, _leaf: Option<Tag>, _notes: &mut Vec<Note>) {}
    fn start(&mut self, _name: &Name<'_>, _notes: &mut Vec<Note>) {}
    fn finish(&mut self, _notes: &mut Vec<Note>) {}
}

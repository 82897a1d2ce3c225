//! Character data between two tags: [`Run`].

use std::borrow::Cow;

use memchr::memchr;

use super::text::{is_blank, normalize};

/// Pieces of character data that make one text.
#[derive(Clone, Debug, Default)]
pub(super) struct Run<'a> {
    text: Cow<'a, str>,
    /// Where it begins.
    pub(super) at: usize,
    /// Not blank, or spelled as CDATA or a reference: kept wherever it stands.
    kept: bool,
}

impl<'a> Run<'a> {
    pub(super) const fn len(&self) -> usize {
        match &self.text {
            Cow::Borrowed(text) => text.len(),
            Cow::Owned(text) => text.len(),
        }
    }

    /// Adds text as it stands at this place.
    pub(super) fn push_text(&mut self, text: &'a str, at: usize) {
        self.push(text, !is_blank(text), at);
    }

    /// Adds the content of a CDATA section.
    pub(super) fn push_cdata(&mut self, text: &'a str, at: usize) {
        self.push(text, true, at);
    }

    /// Adds what a reference stands for.
    pub(super) fn push_char(&mut self, character: char, at: usize) {
        self.begin(true, at);
        self.text.to_mut().push(character);
    }

    fn push(&mut self, text: &'a str, kept: bool, at: usize) {
        self.begin(kept, at);
        let is_plain = memchr(b'\r', text.as_bytes()).is_none();
        if is_plain && self.text.is_empty() {
            self.text = Cow::Borrowed(text);
        } else {
            let joined = self.text.to_mut();
            joined.reserve(text.len());
            normalize(text, |part| joined.push_str(part));
        }
    }

    fn begin(&mut self, kept: bool, at: usize) {
        self.kept |= kept;
        if self.text.is_empty() {
            self.at = at;
        }
    }

    /// The text, if it is content rather than white space between elements.
    pub(super) fn finish(&mut self, in_leaf: bool) -> Option<Cow<'a, str>> {
        let text = core::mem::take(&mut self.text);
        // An empty CDATA section keeps nothing.
        (!text.is_empty() && (self.kept || in_leaf)).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_kept_in_leaves_and_where_it_is_spelled() {
        let blank = || {
            let mut run = Run::default();
            run.push_text(" \r\n", 7);
            run
        };
        assert_eq!(blank().finish(false), None);
        assert_eq!(blank().finish(true).as_deref(), Some(" \n"));
        let mut spelled = blank();
        spelled.push_char('\n', 10);
        assert_eq!(spelled.at, 7);
        assert_eq!(spelled.finish(false).as_deref(), Some(" \n\n"));
        let mut empty = Run::default();
        empty.push_cdata("", 3);
        assert_eq!(empty.finish(true), None);
    }

    #[test]
    fn one_piece_is_borrowed() {
        let mut run = Run::default();
        run.push_cdata("", 1);
        run.push_text("a\n", 2);
        assert_eq!((run.at, run.len()), (2, 2));
        assert!(matches!(run.finish(true), Some(Cow::Borrowed("a\n"))));
    }
}

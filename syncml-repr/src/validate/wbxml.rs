use syncml_meta::Version;
use syncml_wbxml::tag::{metinf as m, syncml as s};
use syncml_wbxml::token::{RepairKind, Token, Tokens};
use syncml_wbxml::{Doctype, Limits, Name, Tag};

use super::Rule;
use super::form::{Form, Note};
use crate::decode::shorten;

/// Looks at how a WBXML document is spelled.
pub(super) struct WbxmlForm<'a> {
    /// `None` if the header cannot be read.
    tokens: Option<Tokens<'a>>,
    ahead: Option<(Token<'a>, usize)>,
    /// What is wrong with the header.
    first: Vec<Note>,
    /// What the header says about the type.
    claimed: Option<Doctype>,
    /// Strings are UTF-8.
    is_utf8: bool,
    had_root: bool,
    page: u8,
    /// A switch that no tag has followed yet.
    switched: Option<usize>,
    /// The tag right before, if it announces content.
    opened: Option<usize>,
    /// Whether each open element has an END.
    open: Vec<bool>,
}

impl<'a> WbxmlForm<'a> {
    pub(super) fn new(octets: &'a [u8], limits: &Limits) -> Self {
        let tokens = Tokens::new(octets, limits).ok();
        let mut first = Vec::new();
        let mut claimed = None;
        let mut is_utf8 = true;
        if let Some(tokens) = &tokens {
            let header = tokens.header();
            if header.version == 0 {
                first.push(Note::new(Rule::WbxVersion, 0, "WBXML 1.0"));
            }
            claimed = header.doctype();
            let spelled = header.fpi();
            match (claimed, &spelled) {
                (None, _) => {
                    let detail = "an identifier that tells no type of SyncML";
                    first.push(Note::new(Rule::WbxPublicId, 1, detail));
                }
                (Some(claimed), Some(spelled)) if **spelled != *claimed.fpi() => {
                    let detail = format!("{} for {}", shorten(spelled), claimed.fpi());
                    first.push(Note::new(Rule::WbxPublicId, 1, detail));
                }
                _ => {}
            }
            is_utf8 = matches!(header.charset, 0 | 3 | 106);
            match header.charset {
                106 | 3 => {}
                0 => first.push(Note::new(
                    Rule::WbxCharset,
                    0,
                    "no charset, taken for UTF-8",
                )),
                other => first.push(Note::new(Rule::WbxCharset, 0, format!("charset {other}"))),
            }
            repairs(tokens, &mut first);
        }
        Self {
            tokens,
            ahead: None,
            first,
            claimed,
            is_utf8,
            had_root: false,
            page: 0,
            switched: None,
            opened: None,
            open: Vec::new(),
        }
    }

    /// The next token, and what was wrong with it.
    fn next(&mut self, notes: &mut Vec<Note>) -> Option<(Token<'a>, usize)> {
        let tokens = self.tokens.as_mut()?;
        let token = tokens.next();
        repairs(tokens, notes);
        Some((token?.ok()?, tokens.offset()))
    }

    fn token(&mut self, token: &Token<'_>, at: usize, leaf: Option<Tag>, notes: &mut Vec<Note>) {
        if let Some(opened) = self.opened.take()
            && *token == Token::End
        {
            notes.push(Note::new(Rule::WbxContent, opened, "there is no content"));
        }
        if !matches!(token, Token::Tag { .. })
            && let Some(switched) = self.switched.take()
        {
            let detail = "a switch that no tag follows";
            notes.push(Note::new(Rule::WbxSwitch, switched, detail));
        }
        match token {
            Token::SwitchPage(page) if *page == self.page => {
                let detail = format!("a switch to page {page}, which is in force");
                notes.push(Note::new(Rule::WbxSwitch, at, detail));
            }
            Token::SwitchPage(page) => {
                self.page = *page;
                self.switched = Some(at);
            }
            Token::Pi => {
                let detail = "a processing instruction";
                notes.push(Note::new(Rule::WbxInstruction, at, detail));
            }
            Token::ExtI(..) | Token::ExtT(..) | Token::Ext(_) => {
                notes.push(Note::new(Rule::WbxExtension, at, "an extension token"));
            }
            Token::Opaque(_) if leaf.is_some_and(|tag| tag != s::DATA && tag != m::NEXT_NONCE) => {
                notes.push(Note::new(Rule::WbxOpaque, at, "text as OPAQUE"));
            }
            Token::StrI(text) if self.is_utf8 && std::str::from_utf8(text).is_err() => {
                notes.push(Note {
                    repaired: false,
                    ..Note::new(Rule::WbxText, at, "octets that are not UTF-8")
                });
            }
            _ => {}
        }
    }
}

/// Takes over what the token layer read past.
fn repairs(tokens: &Tokens<'_>, notes: &mut Vec<Note>) {
    for repair in tokens.repairs() {
        let rule = match repair.kind {
            RepairKind::PaddedInteger => Rule::WbxInteger,
            RepairKind::Version | RepairKind::Opaque => Rule::WbxVersion,
            RepairKind::EmptyTable | RepairKind::Unterminated => Rule::WbxTable,
            RepairKind::Trailing => Rule::WbxTrailing,
            _ => Rule::WbxAttribute,
        };
        notes.push(Note::new(rule, repair.offset, repair.kind.to_string()));
    }
}

impl Form for WbxmlForm<'_> {
    fn before(&mut self, byte: usize, leaf: Option<Tag>, notes: &mut Vec<Note>) {
        notes.append(&mut self.first);
        loop {
            let Some((token, at)) = self.ahead.take().or_else(|| self.next(notes)) else {
                return;
            };
            if at >= byte {
                self.ahead = Some((token, at));
                return;
            }
            if !self.tokens.as_ref().is_some_and(Tokens::in_attributes) || token == Token::Pi {
                self.token(&token, at, leaf, notes);
            }
        }
    }

    fn start(&mut self, name: &Name<'_>, notes: &mut Vec<Note>) {
        if !std::mem::replace(&mut self.had_root, true)
            && let (Some(claimed), Some(tag)) = (self.claimed, name.tag())
            && claimed.space() != Some(tag.space())
        {
            let detail = format!("{} with the root {tag}", claimed.fpi());
            notes.push(Note::new(Rule::WbxPublicIdOther, 1, detail));
            self.claimed = None;
        }
        let Some((token, at)) = self.ahead.take() else {
            self.open.push(false);
            return;
        };
        self.switched = None;
        self.opened = None;
        let (attributes, content) = match token {
            Token::Tag {
                attributes,
                content,
                ..
            } => (attributes, content),
            Token::LiteralTag {
                attributes,
                content,
                ..
            } => {
                if name.tag().is_some() {
                    notes.push(Note::new(
                        Rule::WbxLiteral,
                        at,
                        "a name in place of a token",
                    ));
                }
                (attributes, content)
            }
            _ => (false, false),
        };
        // What is of another vocabulary has its own rules.
        if attributes && name.tag().is_some() {
            notes.push(Note::new(Rule::WbxAttribute, at, "a tag with attributes"));
        }
        self.opened = content.then_some(at);
        self.open.push(content);
    }

    fn end(&mut self, notes: &mut Vec<Note>) {
        if self.open.pop() == Some(true)
            && let Some((token, at)) = self.ahead.take()
        {
            self.token(&token, at, None, notes);
        }
    }

    fn version(&mut self, version: Version, notes: &mut Vec<Note>) {
        if let Some(claimed) = self.claimed.take()
            && Version::of(claimed) != Some(version)
        {
            let detail = format!("{} with VerDTD {version}", claimed.fpi());
            notes.push(Note::new(Rule::WbxPublicIdOther, 1, detail).of_root());
        }
    }

    fn finish(&mut self, notes: &mut Vec<Note>) {
        self.before(usize::MAX, None, notes);
    }
}

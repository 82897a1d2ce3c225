use std::borrow::Cow;

use quick_xml::Reader as Tokens;
use quick_xml::events::{BytesStart, Event as Token};
use syncml_meta::Version;
use syncml_wbxml::tag::syncml as s;
use syncml_wbxml::{Bytes, Doctype, Name, Space, Tag};

use super::Rule;
use super::form::{Form, Note};
use crate::decode::shorten;

/// Looks at how an XML document is spelled.
pub(super) struct XmlForm<'a> {
    tokens: Tokens<&'a [u8]>,
    /// Octets of the byte order mark.
    base: usize,
    /// The token that is next, and where it begins.
    ahead: Option<(Token<'a>, usize)>,
    /// Prefixes and namespaces in force.
    bindings: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    open: Vec<Open>,
    /// What is known before the document begins.
    first: Vec<Note>,
    /// The document was in UTF-16.
    is_wide: bool,
    /// White space before anything else.
    leading: bool,
    /// The charset that the document declares.
    declared: Option<String>,
    /// The document was not in UTF-8.
    converted: bool,
    /// The version in the namespace of the root, and where that stands.
    claimed: Option<(Version, usize)>,
}

struct Open {
    /// Declarations in force outside.
    bindings: usize,
    /// The namespace is right, or nothing is to be said about it any more.
    in_place: bool,
    /// The tag is a start and an end.
    is_whole: bool,
}

impl<'a> XmlForm<'a> {
    /// `text` is the document in UTF-8, `raw` what it was before.
    pub(super) fn new(text: &'a Bytes, raw: &Bytes) -> Self {
        let body = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let mut tokens = Tokens::from_reader(body);
        tokens.config_mut().allow_dangling_amp = true;
        let mut first = Vec::new();
        if body.len() < text.len() {
            first.push(Note::new(Rule::XmlByteOrderMark, 0, "a byte order mark"));
        }
        let wide = matches!(
            **raw,
            [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, _, ..] | [_, 0, ..]
        );
        if wide {
            first.push(Note::new(Rule::XmlCharset, 0, "UTF-16"));
        }
        Self {
            tokens,
            base: text.len() - body.len(),
            ahead: None,
            bindings: Vec::new(),
            open: Vec::new(),
            first,
            is_wide: wide,
            leading: false,
            declared: None,
            converted: !wide && text.as_ptr() != raw.as_ptr(),
            claimed: None,
        }
    }

    fn offset(&self) -> usize {
        usize::try_from(self.tokens.buffer_position())
            .unwrap_or(usize::MAX)
            .saturating_add(self.base)
    }

    /// A token that is neither the start nor the end of an element.
    fn token(&mut self, token: &Token<'a>, at: usize, leaf: Option<Tag>, notes: &mut Vec<Note>) {
        match token {
            Token::Decl(declaration) => {
                if self.leading {
                    notes.push(Note::new(Rule::XmlStart, at, "white space before it"));
                }
                if let Some(Ok(charset)) = declaration.encoding() {
                    let is_utf8 = ["utf-8", "utf8", "us-ascii"]
                        .iter()
                        .any(|name| charset.eq_ignore_ascii_case(name));
                    if !is_utf8 && !self.is_wide {
                        let detail = shorten(&charset).to_owned();
                        notes.push(Note::new(Rule::XmlCharset, at, detail));
                    }
                    self.declared = (!is_utf8).then(|| charset.into_owned());
                }
            }
            Token::DocType(_) => {
                let detail = "a document type declaration";
                notes.push(Note::new(Rule::XmlDoctype, at, detail));
            }
            Token::CData(text) => {
                if leaf.is_some_and(|leaf| leaf != s::DATA) {
                    notes.push(Note::new(Rule::XmlCdata, at, "a CDATA section"));
                }
                line_ends(text, at, leaf, notes);
            }
            Token::Text(text) => {
                if self.open.is_empty() && text.contains('\0') {
                    notes.push(Note::new(Rule::XmlNul, at, "zero octets"));
                }
                self.leading |= at == self.base && !text.is_empty();
                line_ends(text, at, leaf, notes);
            }
            Token::GeneralRef(name) => {
                let known = matches!(&**name, "lt" | "gt" | "amp" | "apos" | "quot");
                if !known && !name.starts_with('#') {
                    let detail = format!("&{}; stays as it is", shorten(name));
                    notes.push(Note::new(Rule::XmlEntity, at, detail));
                }
            }
            _ => {}
        }
    }

    /// The namespace that a prefix means.
    fn namespace(&self, prefix: &str) -> &str {
        let bound = self.bindings.iter().rev().find(|(name, _)| name == prefix);
        bound.map_or("", |(_, uri)| uri)
    }

    fn element(
        &mut self,
        tag: &BytesStart<'a>,
        at: usize,
        is_whole: bool,
        name: &Name<'_>,
        notes: &mut Vec<Note>,
    ) {
        let outer = self.bindings.len();
        self.attributes(tag, at, name.tag().is_some(), notes);
        let full = tag.name().0;
        let (prefix, local) = full.split_once(':').unwrap_or(("", full));
        let parent_in_place = self.open.last().is_none_or(|open| open.in_place);
        let mut in_place = true;
        if let Name::Known(tag) = name {
            if local != tag.name() {
                let detail = format!("{} for {tag}", shorten(local));
                notes.push(Note::new(Rule::XmlSpelling, at, detail));
            }
            let uri = self.namespace(prefix);
            in_place = Space::from_namespace(uri) == Some(tag.space());
            if !in_place && parent_in_place {
                let detail = if uri.is_empty() {
                    format!("{tag} is in no namespace")
                } else {
                    format!("{tag} is in the namespace {}", shorten(uri))
                };
                notes.push(Note::new(Rule::XmlNamespace, at, detail));
            }
            if self.open.is_empty() {
                let version = Doctype::from_namespace(uri).and_then(Version::of);
                self.claimed = version.map(|version| (version, at));
            }
        }
        self.open.push(Open {
            bindings: outer,
            in_place,
            is_whole,
        });
    }

    /// `is_ours`: what is of another vocabulary has its own rules.
    fn attributes(
        &mut self,
        tag: &BytesStart<'a>,
        at: usize,
        is_ours: bool,
        notes: &mut Vec<Note>,
    ) {
        let mut others = String::new();
        for attribute in tag.attributes().with_checks(false).filter_map(Result::ok) {
            let key = attribute.key.0;
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) if rest.starts_with(':') => &rest[1..],
                _ => {
                    if others.len() < 80 {
                        others.push(' ');
                        others.push_str(shorten(key));
                    }
                    continue;
                }
            };
            let uri = attribute.value.trim_ascii();
            declaration(prefix, uri, at, notes);
            self.bindings
                .push((prefix.to_owned().into(), uri.to_owned().into()));
        }
        if is_ours && !others.is_empty() {
            let detail = others.trim_start().to_owned();
            notes.push(Note::new(Rule::XmlAttribute, at, detail));
        }
    }
}

/// A declaration of one of our namespaces.
fn declaration(prefix: &str, uri: &str, at: usize, notes: &mut Vec<Note>) {
    let Some(space) = Space::from_namespace(uri) else {
        return;
    };
    let right = match space {
        Space::SyncMl => Doctype::from_namespace(uri).map_or("", Doctype::namespace),
        _ => space.namespace(),
    };
    if uri != right {
        let rule = if uri.eq_ignore_ascii_case(right) {
            Rule::XmlNamespaceCase
        } else {
            Rule::XmlNamespaceVersion
        };
        notes.push(Note::new(rule, at, shorten(uri).to_owned()));
    }
    if !prefix.is_empty() {
        let detail = format!("{} stands for {}", shorten(prefix), shorten(uri));
        notes.push(Note::new(Rule::XmlPrefix, at, detail));
    }
}

/// Carriage returns that came in twice.
fn line_ends(text: &str, at: usize, leaf: Option<Tag>, notes: &mut Vec<Note>) {
    if leaf == Some(s::DATA) && text.contains("\r\r\n") {
        notes.push(Note {
            repaired: false,
            ..Note::new(Rule::XmlLineEnd, at, "CR CR LF")
        });
    }
}

impl Form for XmlForm<'_> {
    fn before(&mut self, byte: usize, leaf: Option<Tag>, notes: &mut Vec<Note>) {
        notes.append(&mut self.first);
        loop {
            let (token, at) = match self.ahead.take() {
                Some(ahead) => ahead,
                None => {
                    let at = self.offset();
                    match self.tokens.read_event() {
                        Ok(Token::Eof) | Err(_) => return,
                        Ok(token) => (token, at),
                    }
                }
            };
            if at >= byte {
                self.ahead = Some((token, at));
                return;
            }
            self.token(&token, at, leaf, notes);
        }
    }

    fn start(&mut self, name: &Name<'_>, notes: &mut Vec<Note>) {
        if self.open.is_empty() && self.converted && self.declared.is_none() {
            let detail = "octets that are not UTF-8, taken for Windows-1252";
            notes.push(Note::new(Rule::XmlCharsetWrong, 0, detail));
        }
        match self.ahead.take() {
            Some((Token::Start(tag), at)) => self.element(&tag, at, false, name, notes),
            Some((Token::Empty(tag), at)) => self.element(&tag, at, true, name, notes),
            other => self.ahead = other,
        }
    }

    fn end(&mut self, _notes: &mut Vec<Note>) {
        if let Some(open) = self.open.pop() {
            self.bindings.truncate(open.bindings);
            if !open.is_whole {
                self.ahead = None;
            }
        }
    }

    fn version(&mut self, version: Version, notes: &mut Vec<Note>) {
        if let Some((claimed, at)) = self.claimed.take()
            && claimed != version
        {
            let detail = format!("the namespace of {claimed} with VerDTD {version}");
            notes.push(Note::new(Rule::XmlNamespaceVersion, at, detail).of_root());
        }
    }

    fn finish(&mut self, notes: &mut Vec<Note>) {
        self.before(usize::MAX, None, notes);
    }
}

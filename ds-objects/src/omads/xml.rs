//! As much XML as these objects are made of.

use crate::error::{Error, ErrorKind};

/// Deepest element; the root counts 1.
const DEPTH: usize = 8;
/// Most elements of an object.
const ELEMENTS: usize = 1_000;

/// An element with its text and children. Names are local names, as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Element {
    /// Local name.
    pub name: String,
    /// Attributes in order, without namespaces.
    pub attributes: Vec<(String, String)>,
    /// All text directly inside, CDATA included.
    pub text: String,
    /// Elements directly inside.
    pub children: Vec<Self>,
}

impl Element {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Reads the one element of a document.
    pub(super) fn parse(bytes: &[u8], name: &str) -> Result<Self, Error> {
        let text = repaired(bytes);
        let mut reader = Reader {
            text: &text,
            pos: 0,
            elements: 0,
        };
        let root = reader.document()?;
        if root.is(name) {
            return Ok(root);
        }
        Err(Error::new(ErrorKind::UnknownFormat, 0))
    }

    /// Writes an element that was kept.
    pub(super) fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            escape(value, out);
            out.push('"');
        }
        out.push('>');
        escape(&self.text, out);
        for child in &self.children {
            child.write(out);
        }
        close(&self.name, out);
    }
}

pub(super) fn close(name: &str, out: &mut String) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

/// Writes `<name>text</name>`; without a text, nothing.
pub(super) fn leaf(name: &str, text: Option<&str>, out: &mut String) {
    let Some(text) = text else { return };
    out.push('<');
    out.push_str(name);
    out.push('>');
    escape(text, out);
    close(name, out);
}

/// Writes a text, without characters that XML does not have.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if (c as u32) < 0x20 && !matches!(c, '\t' | '\n' | '\r') => {}
            c => out.push(c),
        }
    }
}

/// The text of `&name;`, of which `name` is given.
pub(super) fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Takes out entities. An ampersand that begins none is one.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('&') {
        let (before, tail) = rest.split_at(place);
        out.push_str(before);
        // No name is longer, and looking further would take time for every ampersand.
        let end = tail.bytes().take(10).position(|b| b == b';');
        let found = end.and_then(|end| Some((entity(tail.get(1..end)?)?, tail.get(end + 1..)?)));
        match found {
            Some((c, behind)) => {
                out.push(c);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = tail.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// Undoes what clients do to put CDATA into CDATA.
fn repaired(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let inner = text
        .strip_prefix("<![CDATA[")
        .and_then(|rest| rest.strip_suffix("]]>"));
    inner.unwrap_or(text).trim().replace("]]&gt;", "]]>")
}

struct Reader<'a> {
    text: &'a str,
    pos: usize,
    elements: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn fail<T>(&self, kind: ErrorKind) -> Result<T, Error> {
        Err(Error::new(kind, self.pos))
    }

    /// Goes behind a mark.
    fn behind(&mut self, mark: &str) -> Result<&'a str, Error> {
        let rest = self.rest();
        let Some(place) = rest.find(mark) else {
            return self.fail(ErrorKind::Xml);
        };
        self.pos += place + mark.len();
        Ok(rest.get(..place).unwrap_or_default())
    }

    /// Skips declarations, comments and a document type, which defines nothing here.
    fn prolog(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            self.pos += rest.len() - rest.trim_start().len();
            let rest = rest.trim_start();
            if rest.starts_with("<?") {
                self.behind("?>")?;
            } else if rest.starts_with("<!--") {
                self.behind("-->")?;
            } else if rest.starts_with("<!") && !rest.starts_with("<![CDATA[") {
                let declared = self.behind(">")?;
                if declared.contains('[') {
                    return self.fail(ErrorKind::Xml);
                }
            } else {
                return Ok(());
            }
        }
    }

    fn document(&mut self) -> Result<Element, Error> {
        self.prolog()?;
        let mut open: Vec<Element> = Vec::new();
        loop {
            let rest = self.rest();
            if let Some(tag) = rest.strip_prefix("</") {
                let _ = tag;
                let name = self.behind(">")?.trim_start_matches("</").trim();
                let Some(closed) = open.pop() else {
                    return self.fail(ErrorKind::Xml);
                };
                if !closed.is(local(name)) {
                    return self.fail(ErrorKind::Xml);
                }
                match open.last_mut() {
                    Some(outer) => outer.children.push(closed),
                    None => return Ok(closed),
                }
            } else if rest.starts_with("<![CDATA[") {
                self.pos += 9;
                let data = self.behind("]]>")?;
                if let Some(element) = open.last_mut() {
                    element.text.push_str(data);
                }
            } else if rest.starts_with("<!--") {
                self.behind("-->")?;
            } else if rest.starts_with("<?") {
                self.behind("?>")?;
            } else if rest.starts_with('<') {
                let (element, is_empty) = self.tag()?;
                if !is_empty {
                    if open.len() == DEPTH {
                        return self.fail(ErrorKind::Limit("depth"));
                    }
                    open.push(element);
                    continue;
                }
                match open.last_mut() {
                    Some(outer) => outer.children.push(element),
                    None => return Ok(element),
                }
            } else {
                let length = rest.find('<').unwrap_or(rest.len());
                let Some(element) = open.last_mut().filter(|_| length > 0) else {
                    return self.fail(ErrorKind::Xml);
                };
                element
                    .text
                    .push_str(&unescape(rest.get(..length).unwrap_or_default()));
                self.pos += length;
            }
        }
    }

    /// A tag that begins an element, and whether it ends it, too.
    fn tag(&mut self) -> Result<(Element, bool), Error> {
        self.elements += 1;
        if self.elements > ELEMENTS {
            return self.fail(ErrorKind::Limit("elements"));
        }
        let tag = self.behind(">")?;
        let tag = tag.strip_prefix('<').unwrap_or(tag);
        let (tag, is_empty) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        let name = local(name);
        if !is_name(name) {
            return self.fail(ErrorKind::Xml);
        }
        let element = Element {
            name: name.to_owned(),
            attributes: attributes(rest),
            ..Element::default()
        };
        Ok((element, is_empty))
    }
}

/// The attributes of a tag; those of namespaces are left out.
pub(super) fn attributes(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((name, tail)) = rest.split_once('=') {
        let tail = tail.trim_start();
        let Some(quote) = tail.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            break;
        };
        let Some((value, behind)) = tail.get(1..).and_then(|tail| tail.split_once(quote)) else {
            break;
        };
        let name = name.trim();
        if !name.starts_with("xmlns") && is_name(local(name)) {
            found.push((local(name).to_owned(), unescape(value)));
        }
        rest = behind;
    }
    found
}

/// Whether a text can be written as a name again. Others would be taken for something else.
fn is_name(text: &str) -> bool {
    let is_part =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.') || !c.is_ascii();
    !text.is_empty() && text.chars().all(is_part)
}

pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':')
        .map_or(name, |(_, local)| local)
        .trim()
}

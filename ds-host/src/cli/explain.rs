//! `syncml decode --explain`: a document element by element, with what is beneath and beside it.

use std::fmt::Write as _;

use bytes::Bytes;
use serde::Serialize;
use syncml_repr::validate::{Finding, validate};
use syncml_wbxml::tag::syncml as tag;
use syncml_wbxml::token::{Header, PublicId, Token, Tokens};
use syncml_wbxml::{Encoding, Error, Event, Limits, Name, Reader, Source, xml};

use super::secret::Secrets;
use super::validate::FindingJson;

/// Most characters of a value that are shown.
const SHOWN: usize = 60;

/// The JSON object of `decode --explain`.
#[derive(Serialize)]
pub(super) struct Explained {
    encoding: Encoding,
    bytes: usize,
    lines: Vec<Line>,
    findings: Vec<FindingJson>,
    #[serde(skip)]
    notes: Vec<Finding>,
}

/// An element, or what stands between elements.
#[derive(Debug, Serialize)]
struct Line {
    /// Where it begins, nested documents included.
    byte: usize,
    /// Elements around it.
    depth: usize,
    /// The code page of the tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u8>,
    /// The tag octet, with the bits for attributes and content.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<u8>,
    /// The vocabulary, if it is not that of the element around.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    /// The element; none for what is no element.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Its text, or what is to be said.
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
}

/// Explains a document as far as it can be read, and gives the error where it cannot.
pub(super) fn explain(
    bytes: &Bytes,
    encoding: Encoding,
    limits: &Limits,
    show_secrets: bool,
) -> (Explained, Option<Error>) {
    let mut walk = Walk {
        lines: Vec::new(),
        open: Vec::new(),
        secrets: Secrets::new(show_secrets),
        limits,
    };
    let read = match encoding {
        Encoding::Wbxml => walk.wbxml(bytes, 0),
        Encoding::Xml => xml::decode_charset(bytes.clone()).and_then(|text| {
            let mut reader = xml::Reader::new(&text, limits)?;
            walk.source(&mut reader, None, 0)
        }),
    };
    let report = validate(bytes, encoding, limits);
    let explained = Explained {
        encoding,
        bytes: bytes.len(),
        lines: walk.lines,
        findings: report.findings.iter().map(FindingJson::from).collect(),
        notes: report.findings,
    };
    (explained, read.err())
}

impl Explained {
    /// One line for each element, and under it what was found there.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        let mut notes = self.notes.iter().peekable();
        let mut lines = self.lines.iter().peekable();
        while let Some(line) = lines.next() {
            self.push_line(&mut text, line);
            let next = lines.peek().map_or(usize::MAX, |next| next.byte);
            while let Some(note) = notes.next_if(|note| note.position.byte < next) {
                Self::push_note(&mut text, note, line.depth);
            }
        }
        for note in notes {
            Self::push_note(&mut text, note, 0);
        }
        text
    }

    fn push_line(&self, text: &mut String, line: &Line) {
        let tag = match (line.page, line.token) {
            (Some(page), Some(token)) => format!("{page:02X}:{token:02X}"),
            _ => String::new(),
        };
        let start = match self.encoding {
            Encoding::Wbxml => format!("{:06X}  {tag:<5}", line.byte),
            Encoding::Xml => format!("{:>6}", line.byte),
        };
        let namespace = line.namespace.as_ref();
        let parts = [
            line.name.clone(),
            namespace.map(|namespace| format!("[{namespace}]")),
            Some(line.value.clone()).filter(|value| !value.is_empty()),
        ];
        let rest = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        // Strings can be written to.
        let _ = writeln!(
            text,
            "{start}  {:indent$}{rest}",
            "",
            indent = 2 * line.depth
        );
    }

    fn push_note(text: &mut String, note: &Finding, depth: usize) {
        let repaired = if note.repaired { ", repaired" } else { "" };
        let _ = writeln!(
            text,
            "{:indent$}! {} {}{repaired}",
            "",
            note.rule,
            note.detail,
            indent = 2 * depth + 10
        );
    }
}

/// An element that has begun and whose line waits for its text.
struct Started {
    name: Name<'static>,
    byte: usize,
    page: Option<u8>,
    token: Option<u8>,
    value: String,
    octets: usize,
}

struct Walk<'l> {
    lines: Vec<Line>,
    /// The elements that are open.
    open: Vec<Name<'static>>,
    secrets: Secrets,
    limits: &'l Limits,
}

impl Walk<'_> {
    /// A WBXML document that begins at `base` of the whole.
    fn wbxml(&mut self, octets: &Bytes, base: usize) -> Result<(), Error> {
        let tokens = Tokens::new(octets, self.limits)?;
        self.note(base, header(tokens.header()));
        let mut reader = Reader::new(octets, self.limits)?;
        self.source(&mut reader, Some(tokens), base)
    }

    /// A line that is no element.
    fn note(&mut self, byte: usize, value: String) {
        self.lines.push(Line {
            byte,
            depth: self.open.len(),
            page: None,
            token: None,
            namespace: None,
            name: None,
            value,
        });
    }

    fn source<'a>(
        &mut self,
        source: &mut impl Source<'a>,
        mut tokens: Option<Tokens<'_>>,
        base: usize,
    ) -> Result<(), Error> {
        let mut started: Option<Started> = None;
        loop {
            let event = source.next_event();
            let at = source.position().byte;
            let byte = base.saturating_add(at);
            match event {
                Ok(Some(Event::Start(name))) => {
                    self.finish(started.take());
                    let tag = tokens
                        .as_mut()
                        .and_then(|tokens| self.tag(tokens, at, base));
                    let (page, token) = tag.unzip();
                    let name = name.into_owned();
                    self.secrets.start(name.tag());
                    started = Some(Started {
                        name,
                        byte,
                        page,
                        token,
                        value: String::new(),
                        octets: 0,
                    });
                }
                Ok(Some(Event::End)) => {
                    if let Some(leaf) = started.take() {
                        self.finish(Some(leaf));
                    }
                    self.open.pop();
                    self.secrets.end();
                }
                Ok(Some(Event::Text(text))) => self.text(&mut started, text.as_bytes(), byte),
                Ok(Some(Event::Opaque(octets))) => {
                    let shared = syncml_wbxml::share(source.input(), &octets);
                    let in_data = started.as_ref().is_some_and(|one| one.name == tag::DATA);
                    if in_data && is_document(&shared, self.limits) {
                        self.finish(started.take());
                        let start = source.input().map_or(0, |input| {
                            (shared.as_ptr() as usize).saturating_sub(input.as_ptr() as usize)
                        });
                        let depth = self.open.len();
                        self.wbxml(&shared, base.saturating_add(start))?;
                        self.open.truncate(depth);
                    } else {
                        self.text(&mut started, &octets, byte);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    self.finish(started.take());
                    return Ok(());
                }
                Err(error) => {
                    self.finish(started.take());
                    return Err(error);
                }
            }
        }
    }

    /// Page and token of the element at an offset. Switches of pages before it are lines of their own.
    fn tag(&mut self, tokens: &mut Tokens<'_>, at: usize, base: usize) -> Option<(u8, u8)> {
        while let Some(Ok(token)) = tokens.next() {
            if let Token::SwitchPage(page) = token
                && !tokens.in_attributes()
            {
                let byte = base.saturating_add(tokens.offset());
                self.note(byte, format!("-- page {page}"));
            }
            if tokens.offset() >= at {
                return Some((tokens.page(), token.octet()));
            }
        }
        None
    }

    fn text(&mut self, started: &mut Option<Started>, octets: &[u8], byte: usize) {
        match started {
            Some(leaf) => {
                self.secrets.text(octets);
                leaf.octets = leaf.octets.saturating_add(octets.len());
                // Enough to be cut afterwards.
                if leaf.value.len() <= 4 * SHOWN {
                    leaf.value.push_str(&readable(octets));
                }
            }
            None => self.note(byte, shorten(&readable(octets), octets.len())),
        }
    }

    /// Writes the line of an element that has begun.
    fn finish(&mut self, started: Option<Started>) {
        let Some(leaf) = started else { return };
        let value = if leaf.octets == 0 {
            String::new()
        } else if self.secrets.hides() {
            "***".to_owned()
        } else {
            shorten(&leaf.value, leaf.octets)
        };
        let namespace = leaf.name.namespace();
        let around = self.open.last().map(Name::namespace);
        self.lines.push(Line {
            byte: leaf.byte,
            depth: self.open.len(),
            page: leaf.page,
            token: leaf.token,
            namespace: (around != Some(namespace)).then(|| namespace.to_owned()),
            name: Some(leaf.name.local().to_owned()),
            value,
        });
        self.open.push(leaf.name);
    }
}

/// What the header of a WBXML document says.
fn header(header: &Header<'_>) -> String {
    let public_id = match header.public_id {
        PublicId::Number(number) => format!("public id 0x{number:X}"),
        PublicId::Table(_) => format!("public id {:?}", header.fpi().unwrap_or_default()),
    };
    let doctype = header.doctype().map_or("unknown", |doctype| doctype.fpi());
    format!(
        "-- WBXML 1.{}, {public_id} ({doctype}), charset {}, string table of {} octets",
        header.version,
        header.charset,
        header.string_table.len()
    )
}

/// Whether octets are a document that can be shown element by element, from its beginning to its end.
fn is_document(octets: &Bytes, limits: &Limits) -> bool {
    let Some(0..=3) = octets.first() else {
        return false;
    };
    let Ok(mut reader) = Reader::new(octets, limits) else {
        return false;
    };
    loop {
        match reader.next_event() {
            Ok(Some(Event::Start(Name::Other { .. }))) | Err(_) => return false,
            Ok(Some(_)) => {}
            Ok(None) => return true,
        }
    }
}

/// Text as it is, other octets in hexadecimal.
fn readable(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => octets
            .iter()
            .take(SHOWN)
            .map(|octet| format!("{octet:02X}"))
            .collect(),
    }
}

/// A value in quotes, and if it is long only its beginning.
fn shorten(value: &str, octets: usize) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{:?}… ({octets} octets)", &value[..end]),
        None => format!("{value:?}"),
    }
}

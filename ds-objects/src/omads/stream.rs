//! Files and mails whose content is larger than one wants to hold.

use super::xml::{Element, attributes, entity};
use super::{Email, Enc, File};
use crate::error::{Error, ErrorKind};
use crate::transfer;

/// Most octets before and behind the content.
const AROUND: usize = 64 << 10;
const OPEN: &[u8] = b"<![CDATA[";
/// What ends CDATA. The second is how clients write it inside of another one.
const SHUT: [&[u8]; 2] = [b"]]>", b"]]&gt;"];

/// Reads a file or mail piece by piece: what it is told in the end is everything but the content, which has gone to a
/// sink.
///
/// ```
/// use ds_objects::omads::{Body, BodyReader};
///
/// let mut content = Vec::new();
/// let mut reader = BodyReader::new();
/// for piece in b"<File><name>t</name><body enc=\"base64\">dG\r\nVh</body><size>3</size></File>".chunks(5) {
///     reader.feed(piece, &mut |octets| content.extend_from_slice(octets))?;
/// }
/// let file = reader.finish()?;
/// assert_eq!((file.name.as_deref(), file.body, content), (Some("t"), Body::Absent, b"tea".to_vec()));
/// # Ok::<(), ds_objects::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct BodyReader {
    /// The document without the content.
    around: Vec<u8>,
    /// Where in it a tag may begin that has not been looked at.
    seen: usize,
    state: State,
    packing: Packing,
    /// Octets of a mark that is not whole.
    held: Vec<u8>,
    in_cdata: bool,
    has_body: bool,
    of: Object,
}

/// Whose content it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Object {
    #[default]
    File,
    Email,
}

impl Object {
    const fn root(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Email => "Email",
        }
    }

    const fn content(self) -> &'static str {
        match self {
            Self::File => "body",
            Self::Email => "emailitem",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    Content,
    Behind,
}

impl BodyReader {
    /// A reader of one file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A reader of one mail, which [`finish_email`](Self::finish_email) gives.
    ///
    /// CDATA in CDATA is read as it comes: `]]&gt;` ends the message where a `<` follows.
    #[must_use]
    pub fn email() -> Self {
        Self {
            of: Object::Email,
            ..Self::default()
        }
    }

    /// Whether a content has begun. One of no octets is empty, and not absent.
    #[must_use]
    pub const fn has_content(&self) -> bool {
        self.has_body
    }

    /// Octets of the content so far.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.packing.length
    }

    /// Takes the next piece; the octets of the content in it go to the sink.
    ///
    /// # Errors
    /// [`ErrorKind::Limit`] if there is too much around the content, [`ErrorKind::Body`] if that is no base64 though it
    /// says so.
    pub fn feed(&mut self, piece: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let mut rest = piece;
        while let Some((byte, tail)) = rest.split_first() {
            if self.state == State::Content {
                let run = rest.iter().position(|b| matches!(b, b'<' | b'&' | b']'));
                let run = run.unwrap_or(rest.len());
                // Runs without marks go through in one go.
                if run > 0 && self.held.is_empty() {
                    let (plain, behind) = rest.split_at(run);
                    self.octets(plain, sink)?;
                    rest = behind;
                    continue;
                }
                rest = tail;
                self.mark(*byte, sink)?;
                continue;
            }
            rest = tail;
            if self.around.len() == AROUND {
                return Err(Error::new(ErrorKind::Limit("around the body"), AROUND));
            }
            self.around.push(*byte);
            if *byte == b'>' && self.state == State::Before {
                self.tag();
            }
        }
        Ok(())
    }

    /// Looks whether the tag that has just ended begins the content.
    fn tag(&mut self) {
        let tail = self.around.get(self.seen..).unwrap_or_default();
        let start = tail
            .iter()
            .rposition(|b| *b == b'<')
            .map(|start| start + self.seen);
        self.seen = self.around.len();
        let tag = start.and_then(|start| self.around.get(start + 1..self.around.len() - 1));
        let Some(tag) = tag.and_then(|tag| std::str::from_utf8(tag).ok()) else {
            return;
        };
        let (name, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
        if super::xml::local(name).eq_ignore_ascii_case(self.of.content()) && !tag.ends_with('/') {
            let own = attributes(rest)
                .into_iter()
                .find(|(name, _)| name.eq_ignore_ascii_case("enc"));
            self.packing.enc = own.map_or(Enc::Plain, |(_, name)| Enc::from_name(&name));
            self.state = State::Content;
            self.has_body = true;
            // What is left is an empty element, whose content was told already.
            self.around.truncate(start.unwrap_or(0));
        }
    }

    /// One octet of or behind a mark.
    fn mark(&mut self, byte: u8, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.held.push(byte);
        let held = std::mem::take(&mut self.held);
        if self.in_cdata {
            if SHUT.contains(&held.as_slice()) {
                self.in_cdata = false;
                return Ok(());
            }
            // As much as may be the beginning of the end is held, the rest is content.
            let may_end = |tail: &[u8]| SHUT.iter().any(|shut| shut.starts_with(tail));
            let tails = (0..=held.len()).map(|at| held.split_at(at));
            let (content, tail) = tails
                .into_iter()
                .find(|(_, tail)| may_end(tail))
                .unwrap_or((&held, &[]));
            self.held = tail.to_vec();
            return self.octets(content, sink);
        }
        match held.first() {
            Some(b'<') if held == OPEN => self.in_cdata = true,
            Some(b'<') if OPEN.starts_with(&held) => self.held = held,
            Some(b'<') if held.len() < AROUND => match byte {
                b'>' => {
                    self.state = State::Behind;
                    return self.packing.end(sink);
                }
                _ => self.held = held,
            },
            Some(b'<') => return Err(Error::new(ErrorKind::Xml, 0)),
            Some(b'&') if byte == b';' => {
                let name = held
                    .get(1..held.len() - 1)
                    .and_then(|name| std::str::from_utf8(name).ok());
                match name.and_then(entity) {
                    Some(c) => self.octets(c.encode_utf8(&mut [0; 4]).as_bytes(), sink)?,
                    None => self.octets(&held, sink)?,
                }
            }
            Some(b'&') if held.len() < 10 && byte != b'<' => self.held = held,
            Some(b'&') if byte == b'<' => {
                // An ampersand that was none, and a tag.
                self.octets(held.get(..held.len() - 1).unwrap_or_default(), sink)?;
                self.held = vec![b'<'];
            }
            _ => self.octets(&held, sink)?,
        }
        Ok(())
    }

    /// Content as it stands in the document.
    fn octets(&mut self, packed: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        self.packing.feed(packed, sink)
    }

    /// The file without its content.
    ///
    /// # Errors
    /// As [`File::parse`]: the sizes have to agree here, too.
    pub fn finish(self) -> Result<File, Error> {
        let file = File::of(self.root()?)?;
        let length = match (self.has_body, &file.body) {
            (true, _) => Some(self.packing.length),
            (false, body) => body.octets().map(|octets| octets.len() as u64),
        };
        match (length, file.size) {
            (Some(length), Some(size)) if length != size => Err(Error::new(ErrorKind::Body, 0)),
            _ => Ok(file),
        }
    }
}

impl BodyReader {
    /// The mail without its message, of a reader of [mails](Self::email).
    ///
    /// # Errors
    /// As [`Email::parse`].
    pub fn finish_email(self) -> Result<Email, Error> {
        Email::of(self.root()?)
    }

    /// The document without its content.
    fn root(&self) -> Result<Element, Error> {
        match self.state {
            State::Content => Err(Error::new(ErrorKind::Xml, self.around.len())),
            _ => Element::parse(&self.around, self.of.root()),
        }
    }
}

/// Undoes the packing of a content as it comes.
#[derive(Debug, Default)]
struct Packing {
    enc: Enc,
    /// Octets that mean nothing without those to come.
    carry: Vec<u8>,
    /// Base64 has come to its end.
    is_padded: bool,
    length: u64,
}

impl Packing {
    fn tell(&mut self, octets: &[u8], sink: &mut dyn FnMut(&[u8])) {
        self.length += octets.len() as u64;
        sink(octets);
    }

    fn feed(&mut self, packed: &[u8], sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        match self.enc {
            Enc::Plain => self.tell(packed, sink),
            Enc::Base64 => {
                for byte in packed.iter().filter(|b| !b.is_ascii_whitespace()) {
                    // Refused at once, so that it makes no difference where a piece ends.
                    let fits = match byte {
                        b'=' => true,
                        b'+' | b'/' => !self.is_padded,
                        byte => byte.is_ascii_alphanumeric() && !self.is_padded,
                    };
                    if !fits {
                        return Err(Error::new(ErrorKind::Body, 0));
                    }
                    self.is_padded |= *byte == b'=';
                    self.carry.push(*byte);
                }
                let whole = self.carry.len() / 4 * 4;
                self.base64(whole, sink)?;
            }
            Enc::QuotedPrintable => {
                self.carry.extend_from_slice(packed);
                // An escape has three octets at most.
                let tail = self.carry.len().saturating_sub(2);
                let open = self.carry.iter().skip(tail).position(|b| *b == b'=');
                let whole = open.map_or(self.carry.len(), |open| tail + open);
                self.quoted(whole, sink);
            }
        }
        Ok(())
    }

    fn base64(&mut self, count: usize, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let packed: Vec<u8> = self.carry.drain(..count).collect();
        let octets = transfer::base64_decode(&packed);
        let octets = octets.ok_or_else(|| Error::new(ErrorKind::Body, 0))?;
        self.tell(&octets, sink);
        Ok(())
    }

    fn quoted(&mut self, count: usize, sink: &mut dyn FnMut(&[u8])) {
        let packed: Vec<u8> = self.carry.drain(..count).collect();
        let mut joined = Vec::with_capacity(packed.len());
        let mut rest = packed.as_slice();
        while let Some((byte, tail)) = rest.split_first() {
            let soft = [&b"=\r\n"[..], b"=\n"]
                .into_iter()
                .find_map(|soft| rest.strip_prefix(soft));
            rest = soft.unwrap_or(tail);
            if soft.is_none() {
                joined.push(*byte);
            }
        }
        let (octets, _) = transfer::quoted_printable_decode(&joined);
        self.tell(&octets, sink);
    }

    /// Nothing more comes.
    fn end(&mut self, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let left = self.carry.len();
        match self.enc {
            Enc::Plain => Ok(()),
            Enc::Base64 => self.base64(left, sink),
            Enc::QuotedPrintable => {
                self.quoted(left, sink);
                Ok(())
            }
        }
    }
}

/// Writes a file or mail piece by piece: [`begin`](Self::begin) or [`begin_email`](Self::begin_email), any number of [`content`](Self::content), [`end`](Self::end).
///
/// ```
/// use ds_objects::omads::{BodyWriter, File};
///
/// let mut file = File::default();
/// file.name = Some("tea.txt".into());
/// let mut document = Vec::new();
/// let mut writer = BodyWriter::begin(&file, &mut document);
/// for piece in ["te", "a"] {
///     writer.content(piece.as_bytes(), &mut document);
/// }
/// writer.end(&mut document);
/// assert_eq!(document, b"<File><name>tea.txt</name><body enc=\"base64\">dGVh</body></File>");
/// assert_eq!(BodyWriter::encoded_len(&file, 3), document.len() as u64);
/// ```
#[derive(Debug)]
pub struct BodyWriter {
    end: String,
    /// Up to two octets that wait for a third one.
    carry: Vec<u8>,
}

const BODY: &str = "<body enc=\"base64\">";
const BODY_END: &str = "</body>";
pub(super) const ITEM_END: &str = "]]></emailitem>";

impl BodyWriter {
    /// Writes what comes before the content. `file.body` is not looked at; `file.size` is what the content will have.
    pub fn begin(file: &File, out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(file.beginning().as_bytes());
        out.extend_from_slice(BODY.as_bytes());
        Self {
            end: format!("{BODY_END}{}", file.end()),
            carry: Vec::new(),
        }
    }

    /// Writes what comes before the message of a mail. `email.item` is not looked at.
    pub fn begin_email(email: &Email, out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(email.beginning().as_bytes());
        out.extend_from_slice(email.item_tag(true).as_bytes());
        Self {
            end: format!("{ITEM_END}{}", email.end()),
            carry: Vec::new(),
        }
    }

    /// Octets of the whole document for a message of this length.
    #[must_use]
    pub fn encoded_email_len(email: &Email, content: u64) -> u64 {
        let begin = email.beginning().len() + email.item_tag(true).len();
        let around = begin + ITEM_END.len() + email.end().len();
        around as u64 + content.div_ceil(3).saturating_mul(4)
    }

    /// Writes the next octets of the content.
    pub fn content(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        let missing = (3 - self.carry.len()) % 3;
        let (first, rest) = match self.carry.is_empty() {
            true => (&[][..], octets),
            false => octets.split_at(missing.min(octets.len())),
        };
        self.carry.extend_from_slice(first);
        if self.carry.len() == 3 {
            out.extend_from_slice(transfer::base64_encode(&self.carry).as_bytes());
            self.carry.clear();
        }
        let (whole, left) = rest.split_at(rest.len() / 3 * 3);
        out.extend_from_slice(transfer::base64_encode(whole).as_bytes());
        self.carry.extend_from_slice(left);
    }

    /// Writes what comes behind the content.
    pub fn end(self, out: &mut Vec<u8>) {
        out.extend_from_slice(transfer::base64_encode(&self.carry).as_bytes());
        out.extend_from_slice(self.end.as_bytes());
    }

    /// Octets of the whole document for a content of this length, for the `Size` of its item.
    #[must_use]
    pub fn encoded_len(file: &File, content: u64) -> u64 {
        let around = file.beginning().len() + file.end().len() + BODY.len() + BODY_END.len();
        around as u64 + content.div_ceil(3).saturating_mul(4)
    }
}

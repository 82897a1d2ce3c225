//! E-mail notifications `[EMN 1.0]`: "look for new mail in that mailbox".
//!
//! They come by the same carriers as notifications of SyncML, as WBXML or XML, and begin whatever the client fetches its
//! mail with. Nobody signs them: a hint, never an order.
//!
//! ```
//! use san::emn::Emn;
//! let emn = Emn::new("imap://ann@mail.example/INBOX").with_timestamp("2026-01-02T03:04:05Z");
//! assert_eq!(Emn::read(&emn.to_wbxml()?)?, emn);
//! assert_eq!(Emn::read(&emn.to_xml()?)?, emn);
//! # Ok::<(), san::ParseError>(())
//! ```

use syncml_wbxml::language::{EMN, Reader, Writer};
use syncml_wbxml::{Bytes, Doctype, Encoding, Error, Event, Limits, Name, Sink, Source, xml};

use crate::error::{ParseError, ParseErrorKind};

/// Media type of the XML form.
pub const XML: &str = "text/vnd.wap.emn+xml";
/// Media type of the WBXML form.
pub const WBXML: &str = "application/vnd.wap.emn+wbxml";

/// An e-mail notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Emn {
    /// The mailbox, `mailbox`: a URI such as `imap://ann@mail.example/INBOX` or `mailat:ann@mail.example`.
    pub mailbox: String,
    /// When the mail came, `timestamp`: date and time of ISO 8601 in UTC, as in the XML form. Not checked.
    pub timestamp: Option<String>,
}

impl Emn {
    /// About a mailbox.
    pub fn new(mailbox: impl Into<String>) -> Self {
        Self {
            mailbox: mailbox.into(),
            timestamp: None,
        }
    }

    /// The same with the time at which the mail came.
    #[must_use]
    pub fn with_timestamp(mut self, timestamp: impl Into<String>) -> Self {
        self.timestamp = Some(timestamp.into());
        self
    }

    /// Reads one, in whichever of its forms.
    ///
    /// # Errors
    /// [`ParseErrorKind::NotEmn`] if it is neither, or names no mailbox; [`ParseErrorKind::TooLong`]. The position in XML of
    /// another charset is that in the same text as UTF-8.
    pub fn read(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > crate::MAX_LEN {
            return Err(ParseError::new(ParseErrorKind::TooLong, crate::MAX_LEN));
        }
        let limits = Limits::default().with_max_bytes(crate::MAX_LEN);
        let bytes = Bytes::copy_from_slice(bytes);
        match syncml_wbxml::sniff(&bytes) {
            Some(Encoding::Wbxml) => {
                Self::of(&mut Reader::new(&EMN, &bytes, &limits).map_err(broken)?)
            }
            // Its reader says best what is wrong with what is neither.
            _ => {
                let bytes = xml::decode_charset(bytes).map_err(broken)?;
                let reader = xml::Reader::new(&bytes, &limits).map_err(broken)?;
                Self::of(&mut reader.with_attributes(true))
            }
        }
    }

    fn of<'a>(source: &mut impl Source<'a>) -> Result<Self, ParseError> {
        let mut emn = Self::default();
        let mut depth = 0_usize;
        while let Some(event) = source.next_event().map_err(broken)? {
            match event {
                Event::Start(name) if depth == 0 && name.local() != "emn" => {
                    let what = format!("the root is {}", name.local());
                    return Err(ParseError::new(ParseErrorKind::NotEmn(what), 0));
                }
                Event::Start(_) => depth += 1,
                Event::End => depth = depth.saturating_sub(1),
                // XML has no such character, and WBXML only as octets, which may mean a date.
                Event::Attribute { value, .. } if value.contains('\0') => {
                    let what = "a value holds NUL".to_owned();
                    return Err(ParseError::new(ParseErrorKind::NotEmn(what), 0));
                }
                Event::Attribute { name, value } if depth == 1 => match &*name {
                    "mailbox" => emn.mailbox = value.into_owned(),
                    "timestamp" => emn.timestamp = Some(value.into_owned()),
                    _ => {}
                },
                _ => {}
            }
        }
        if emn.mailbox.is_empty() {
            let what = "it names no mailbox".to_owned();
            return Err(ParseError::new(ParseErrorKind::NotEmn(what), 0));
        }
        Ok(emn)
    }

    /// Writes the WBXML form, [`WBXML`].
    ///
    /// # Errors
    /// [`ParseErrorKind::NotEmn`] if a text is one that the form cannot hold.
    pub fn to_wbxml(&self) -> Result<Vec<u8>, ParseError> {
        let mut writer = Writer::new(&EMN).map_err(broken)?;
        self.write(&mut writer)?;
        writer.finish().map_err(broken)
    }

    /// Writes the XML form, [`XML`].
    ///
    /// # Errors
    /// [`ParseErrorKind::NotEmn`] if a text is one that the form cannot hold, such as a control character.
    pub fn to_xml(&self) -> Result<Vec<u8>, ParseError> {
        let mut writer = xml::Writer::new(Doctype::Unknown);
        self.write(&mut writer)?;
        writer.finish().map_err(broken)
    }

    fn write(&self, sink: &mut impl Sink) -> Result<(), ParseError> {
        let (space, local) = ("".into(), "emn".into());
        let mut put = |event| sink.put(event).map_err(broken);
        put(Event::Start(Name::Other { space, local }))?;
        let timestamp = self.timestamp.iter().map(|value| ("timestamp", value));
        for (name, value) in [("mailbox", &self.mailbox)].into_iter().chain(timestamp) {
            put(Event::Attribute {
                name: name.into(),
                value: value.as_str().into(),
            })?;
        }
        put(Event::End)
    }
}

fn broken(error: Error) -> ParseError {
    let position = error.position().byte;
    ParseError::new(ParseErrorKind::NotEmn(error.kind().to_string()), position)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Octets of a peer, with the tokens for `.com` and `.org`, and the same without them.
    #[test]
    fn samples() {
        let user = b"\x03\x0d\x6a\x00\x85\x07\x03user@wapforum\x00\x88\x05\xc3\x07\x20\x01\x09\x07\x10\x23\x21\x01";
        let plain = b"\x03\x0d\x6a\x00\x85\x07\x03user@wapforum.org\x00\x05\xc3\x07\x20\x01\x09\x07\x10\x23\x21\x01";
        let expected = Emn::new("mailat:user@wapforum.org").with_timestamp("2001-09-07T10:23:21Z");
        assert_eq!(Emn::read(user).as_ref(), Ok(&expected));
        assert_eq!(Emn::read(plain).as_ref(), Ok(&expected));
        // We write the prefix as a token and the rest as text; the version of the header is the lowest that will do.
        let written = expected.to_wbxml().expect("writes");
        assert_eq!(written[1..], plain[1..]);

        let joe = b"\x03\x0d\x6a\x00\x85\x05\xc3\x05\x20\x26\x01\x02\x03\x09\x03joe;AUTH=*@mail.example\x00\x85\x03/INBOX\x00\x01";
        let joe = Emn::read(joe).expect("reads");
        assert_eq!(joe.mailbox, "imap://joe;AUTH=*@mail.example.com/INBOX");
        assert_eq!(joe.timestamp.as_deref(), Some("2026-01-02T03:00:00Z"));
    }

    #[test]
    fn both_forms_say_the_same() {
        let xml = br#"<?xml version="1.0"?><!DOCTYPE emn PUBLIC "-//WAPFORUM//DTD EMN 1.0//EN" "http://www.wapforum.org/DTD/emn.dtd">
            <emn timestamp="2026-01-02T03:04:05Z" mailbox="pop://a&amp;b@mail.example"/>"#;
        let emn = Emn::read(xml).expect("reads");
        let expected = Emn::new("pop://a&b@mail.example").with_timestamp("2026-01-02T03:04:05Z");
        assert_eq!(emn, expected);
        for mailbox in [
            "https://www.mail.example/x",
            "http://b",
            "pop://",
            "тест:<&\">'",
        ] {
            let emn = Emn::new(mailbox);
            assert_eq!(Emn::read(&emn.to_wbxml().expect("writes")), Ok(emn.clone()));
            assert_eq!(Emn::read(&emn.to_xml().expect("writes")), Ok(emn));
        }
    }

    #[test]
    fn what_is_none() {
        for bytes in [
            &b""[..],
            b"hello",
            b"<emn/>",
            b"<emn mailbox='pop://x' timestamp='2026\0'/>",
            b"<mail mailbox='pop://x'/>",
            b"<emn mailbox='pop://x'",
            b"<emn><emn mailbox='pop://x'/></emn>",
            b"\x03\x0d\x6a\x00",
            b"\x03\x0d\x6a\x00\x05",
            b"\x03\x0d\x6a\x00\x85\x08\x03",
        ] {
            let error = Emn::read(bytes).expect_err("is none");
            assert!(matches!(error.kind(), ParseErrorKind::NotEmn(_)), "{error}");
        }
        let long = vec![b' '; crate::MAX_LEN + 1];
        assert!(matches!(
            Emn::read(&long).expect_err("too long").kind(),
            ParseErrorKind::TooLong
        ));
    }
}

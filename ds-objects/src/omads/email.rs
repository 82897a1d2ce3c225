//! Mail.

use super::attributes::{boolean, word};
use super::stream::ITEM_END;
use super::xml::{self, leaf};
use super::{Body, Element, Ext, body};
use crate::error::{Error, ErrorKind};
use crate::transfer;

/// A mail (`Email`). Without `item` it is a change of flags alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Email {
    /// Has been read.
    pub read: Option<bool>,
    /// Has been forwarded.
    pub forwarded: Option<bool>,
    /// Has been answered.
    pub replied: Option<bool>,
    /// When it came, as written.
    pub received: Option<String>,
    /// When it was made.
    pub created: Option<String>,
    /// When it was changed.
    pub modified: Option<String>,
    /// Is marked for deletion in the mailbox.
    pub deleted: Option<bool>,
    /// Is flagged.
    pub flagged: Option<bool>,
    /// The message (`emailitem`).
    pub item: Body,
    /// The attribute `cid` of the message.
    pub cid: Option<String>,
    /// Extensions.
    pub ext: Vec<Ext>,
    /// Children that nobody knows.
    pub other: Vec<Element>,
}

impl Email {
    /// Reads a mail.
    ///
    /// # Errors
    /// [`ErrorKind::Xml`], [`ErrorKind::UnknownFormat`] if it is no `Email`, [`ErrorKind::Body`] if the message is not
    /// packed as it says, [`ErrorKind::Limit`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::of(Element::parse(bytes, "Email")?)
    }

    pub(super) fn of(root: Element) -> Result<Self, Error> {
        let mut email = Self::default();
        for child in root.children {
            // An empty date is none.
            let date = || Some(child.text.trim().to_owned()).filter(|date| !date.is_empty());
            match child.name.to_ascii_lowercase().as_str() {
                "read" => email.read = boolean(&child.text),
                "forwarded" => email.forwarded = boolean(&child.text),
                "replied" => email.replied = boolean(&child.text),
                "received" => email.received = date(),
                "created" => email.created = date(),
                "modified" => email.modified = date(),
                "deleted" => email.deleted = boolean(&child.text),
                "flagged" => email.flagged = boolean(&child.text),
                "emailitem" => {
                    email.cid = child.attribute("cid").map(str::to_owned);
                    email.item = Body::of(&child).ok_or_else(|| Error::new(ErrorKind::Body, 0))?;
                }
                "ext" => email.ext.extend(Ext::of(&child)),
                _ => email.other.push(child),
            }
        }
        Ok(email)
    }

    /// The object as XML.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.beginning();
        if let Some(octets) = self.item.octets() {
            let text = body::as_cdata(octets);
            out.push_str(&self.item_tag(text.is_none()));
            match text {
                Some(text) => out.push_str(text),
                None => out.push_str(&transfer::base64_encode(octets)),
            }
            out.push_str(ITEM_END);
        }
        out.push_str(&self.end());
        out.into_bytes()
    }

    /// What comes before the message.
    pub(super) fn beginning(&self) -> String {
        let mut out = String::from("<Email>");
        leaf("read", self.read.map(word), &mut out);
        leaf("forwarded", self.forwarded.map(word), &mut out);
        leaf("replied", self.replied.map(word), &mut out);
        leaf("received", self.received.as_deref(), &mut out);
        leaf("created", self.created.as_deref(), &mut out);
        leaf("modified", self.modified.as_deref(), &mut out);
        leaf("deleted", self.deleted.map(word), &mut out);
        leaf("flagged", self.flagged.map(word), &mut out);
        out
    }

    /// The tag of the message: always in CDATA, since some read nothing else.
    pub(super) fn item_tag(&self, is_packed: bool) -> String {
        let mut out = String::from("<emailitem");
        if let Some(cid) = &self.cid {
            out.push_str(" cid=\"");
            xml::escape(cid, &mut out);
            out.push('"');
        }
        if is_packed {
            out.push_str(" enc=\"base64\"");
        }
        out.push_str("><![CDATA[");
        out
    }

    /// What comes behind the message.
    pub(super) fn end(&self) -> String {
        let mut out = String::new();
        self.ext.iter().for_each(|ext| ext.write(&mut out));
        self.other.iter().for_each(|other| other.write(&mut out));
        out.push_str("</Email>");
        out
    }
}

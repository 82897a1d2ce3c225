//! Files.

use super::xml::leaf;
use super::{Attributes, Body, Element, Ext};
use crate::error::{Error, ErrorKind};

/// A file (`File`). For contents that are too large to be held there are [`BodyReader`](super::BodyReader) and
/// [`BodyWriter`](super::BodyWriter).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// Its name, no path.
    pub name: Option<String>,
    /// When it was made, as written; a date that does not exist is kept.
    pub created: Option<String>,
    /// When it was changed.
    pub modified: Option<String>,
    /// When it was looked at.
    pub accessed: Option<String>,
    /// Flags.
    pub attributes: Option<Attributes>,
    /// Media type of the content.
    pub cttype: Option<String>,
    /// The content.
    pub body: Body,
    /// Octets of the content, unpacked.
    pub size: Option<u64>,
    /// Extensions.
    pub ext: Vec<Ext>,
    /// Children that nobody knows.
    pub other: Vec<Element>,
}

impl File {
    /// Reads a file.
    ///
    /// # Errors
    /// [`ErrorKind::Xml`], [`ErrorKind::UnknownFormat`] if it is no `File`, [`ErrorKind::Body`] if the content is not
    /// packed as it says or has another size, [`ErrorKind::Limit`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let file = Self::of(Element::parse(bytes, "File")?)?;
        let length = file.body.octets().map(|octets| octets.len() as u64);
        match (length, file.size) {
            (Some(length), Some(size)) if length != size => Err(Error::new(ErrorKind::Body, 0)),
            _ => Ok(file),
        }
    }

    pub(super) fn of(root: Element) -> Result<Self, Error> {
        let mut file = Self::default();
        for child in root.children {
            let date = || Some(child.text.trim().to_owned()).filter(|date| !date.is_empty());
            match child.name.to_ascii_lowercase().as_str() {
                "name" => file.name = Some(child.text),
                "created" => file.created = date(),
                "modified" => file.modified = date(),
                "accessed" => file.accessed = date(),
                "attributes" => file.attributes = Some(Attributes::of(&child)),
                "cttype" => file.cttype = Some(child.text.trim().to_owned()),
                "body" => {
                    file.body = Body::of(&child).ok_or_else(|| Error::new(ErrorKind::Body, 0))?;
                }
                "size" => file.size = child.text.trim().parse().ok(),
                "ext" => file.ext.extend(Ext::of(&child)),
                _ => file.other.push(child),
            }
        }
        Ok(file)
    }

    /// The object as XML.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (mut out, end) = (self.beginning(), self.end());
        self.body.write_file(&mut out);
        out.push_str(&end);
        out.into_bytes()
    }

    /// All that comes before the content.
    pub(super) fn beginning(&self) -> String {
        let mut out = String::from("<File>");
        leaf("name", self.name.as_deref(), &mut out);
        leaf("created", self.created.as_deref(), &mut out);
        leaf("modified", self.modified.as_deref(), &mut out);
        leaf("accessed", self.accessed.as_deref(), &mut out);
        self.attributes
            .iter()
            .for_each(|flags| flags.write(&mut out));
        leaf("cttype", self.cttype.as_deref(), &mut out);
        out
    }

    /// All that comes behind it.
    pub(super) fn end(&self) -> String {
        let mut out = String::new();
        let size = self.size.map(|size| size.to_string());
        leaf("size", size.as_deref(), &mut out);
        self.ext.iter().for_each(|ext| ext.write(&mut out));
        self.other.iter().for_each(|other| other.write(&mut out));
        out.push_str("</File>");
        out
    }
}

//! Folders.

use super::xml::leaf;
use super::{Attributes, Element, Ext};
use crate::error::Error;

/// A folder (`Folder`). Where it stands tells the item that carries it, not the folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Folder {
    /// Its name, no path.
    pub name: Option<String>,
    /// When it was made, as written.
    pub created: Option<String>,
    /// When it was changed.
    pub modified: Option<String>,
    /// When it was looked at.
    pub accessed: Option<String>,
    /// Flags.
    pub attributes: Option<Attributes>,
    /// What it is for, as written; see [`Folder::known_role`].
    pub role: Option<String>,
    /// Extensions.
    pub ext: Vec<Ext>,
    /// Children that nobody knows.
    pub other: Vec<Element>,
}

/// What a folder of mail is for, whatever it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// What came in.
    Inbox,
    /// What is to go out.
    Outbox,
    /// What went out.
    Sent,
    /// What is not finished.
    Drafts,
    /// What was deleted.
    Deleted,
    /// What nobody wanted.
    Junk,
}

const ROLES: [(&str, Role); 9] = [
    ("inbox", Role::Inbox),
    ("outbox", Role::Outbox),
    ("sent", Role::Sent),
    ("drafts", Role::Drafts),
    ("deleted", Role::Deleted),
    ("junk", Role::Junk),
    ("draft", Role::Drafts),
    ("trash", Role::Deleted),
    ("spam", Role::Junk),
];

impl Role {
    /// Its word: `inbox`.
    #[must_use]
    pub fn word(self) -> &'static str {
        let row = ROLES.iter().find(|(_, role)| *role == self);
        row.map_or("", |(word, _)| word)
    }
}

impl Folder {
    /// Its role, if it is a known one in any spelling.
    #[must_use]
    pub fn known_role(&self) -> Option<Role> {
        let role = self.role.as_deref()?.trim();
        let row = ROLES
            .iter()
            .find(|(word, _)| word.eq_ignore_ascii_case(role));
        row.map(|(_, role)| *role)
    }

    /// Reads a folder.
    ///
    /// # Errors
    /// [`Xml`](crate::ErrorKind::Xml), [`UnknownFormat`](crate::ErrorKind::UnknownFormat) if it is no `Folder`,
    /// [`Limit`](crate::ErrorKind::Limit).
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let root = Element::parse(bytes, "Folder")?;
        let mut folder = Self::default();
        for child in root.children {
            let date = || Some(child.text.trim().to_owned()).filter(|date| !date.is_empty());
            match child.name.to_ascii_lowercase().as_str() {
                "name" => folder.name = Some(child.text),
                "created" => folder.created = date(),
                "modified" => folder.modified = date(),
                "accessed" => folder.accessed = date(),
                "attributes" => folder.attributes = Some(Attributes::of(&child)),
                "role" => folder.role = Some(child.text),
                "ext" => folder.ext.extend(Ext::of(&child)),
                _ => folder.other.push(child),
            }
        }
        Ok(folder)
    }

    /// The object as XML.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = String::from("<Folder>");
        leaf("name", self.name.as_deref(), &mut out);
        leaf("created", self.created.as_deref(), &mut out);
        leaf("modified", self.modified.as_deref(), &mut out);
        leaf("accessed", self.accessed.as_deref(), &mut out);
        self.attributes
            .iter()
            .for_each(|flags| flags.write(&mut out));
        leaf("role", self.role.as_deref(), &mut out);
        self.ext.iter().for_each(|ext| ext.write(&mut out));
        self.other.iter().for_each(|other| other.write(&mut out));
        out.push_str("</Folder>");
        out.into_bytes()
    }
}

//! An object of whichever kind its media type says.

use super::attributes::word;
use super::{Email, Ext, File, Folder};
use crate::media_type::essence;

/// One of the three.
pub(crate) enum Any {
    Email(Box<Email>),
    File(Box<File>),
    Folder(Box<Folder>),
}

impl Any {
    /// Reads an object of a declared type, with `+xml` or without. None: it is another type, or cannot be read.
    pub(crate) fn read(media_type: &str, content: &[u8]) -> Option<Self> {
        let essence = essence(media_type);
        match essence.strip_suffix("+xml").unwrap_or(&essence) {
            "application/vnd.omads-email" => {
                let email = Email::parse(content).ok()?;
                Some(Self::Email(Box::new(email)))
            }
            "application/vnd.omads-file" => {
                let file = File::parse(content).ok()?;
                Some(Self::File(Box::new(file)))
            }
            "application/vnd.omads-folder" => {
                let folder = Folder::parse(content).ok()?;
                Some(Self::Folder(Box::new(folder)))
            }
            _ => None,
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Email(email) => email.encode(),
            Self::File(file) => file.encode(),
            Self::Folder(folder) => folder.encode(),
        }
    }

    /// Its properties by the names of its elements, without its content.
    pub(crate) fn properties(&self) -> Vec<(String, String)> {
        let mut found = Found::default();
        match self {
            Self::Email(email) => {
                found.flag("read", email.read);
                found.flag("forwarded", email.forwarded);
                found.flag("replied", email.replied);
                found.text("received", email.received.as_deref());
                found.text("created", email.created.as_deref());
                found.text("modified", email.modified.as_deref());
                found.flag("deleted", email.deleted);
                found.flag("flagged", email.flagged);
                found.extensions(&email.ext);
            }
            Self::File(file) => {
                found.text("name", file.name.as_deref());
                found.text("created", file.created.as_deref());
                found.text("modified", file.modified.as_deref());
                found.text("accessed", file.accessed.as_deref());
                found.text("cttype", file.cttype.as_deref());
                let length = file.body.octets().map(|octets| octets.len() as u64);
                let size = file.size.or(length).map(|size| size.to_string());
                found.text("size", size.as_deref());
                let letters = file.attributes.iter().flat_map(super::Attributes::letters);
                letters.for_each(|(letter, flag)| found.flag(letter, Some(flag)));
                found.extensions(&file.ext);
            }
            Self::Folder(folder) => {
                found.text("name", folder.name.as_deref());
                found.text("created", folder.created.as_deref());
                found.text("modified", folder.modified.as_deref());
                found.text("accessed", folder.accessed.as_deref());
                found.text("role", folder.role.as_deref());
                let letters = folder
                    .attributes
                    .iter()
                    .flat_map(super::Attributes::letters);
                letters.for_each(|(letter, flag)| found.flag(letter, Some(flag)));
                found.extensions(&folder.ext);
            }
        }
        found.0
    }
}

#[derive(Default)]
struct Found(Vec<(String, String)>);

impl Found {
    fn text(&mut self, name: &str, text: Option<&str>) {
        self.0
            .extend(text.map(|text| (name.to_owned(), text.to_owned())));
    }

    fn flag(&mut self, name: &str, flag: Option<bool>) {
        self.text(name, flag.map(word));
    }

    fn extensions(&mut self, extensions: &[Ext]) {
        for ext in extensions {
            ext.values
                .iter()
                .for_each(|value| self.text(&ext.name, Some(value)));
        }
    }
}

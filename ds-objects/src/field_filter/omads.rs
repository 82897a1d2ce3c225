//! What is shown of an Email, File or Folder.

use super::{FieldFilter, Merged};
use crate::omads::{Any, Body, Element, Email, Ext, File, Folder};

impl FieldFilter {
    /// What is shown of an object; none: it is none of the three.
    pub(super) fn cut_omads(&self, media_type: &str, data: &[u8]) -> Option<Vec<u8>> {
        Any::read(media_type, data).map(|any| self.cut_any(any).encode())
    }

    /// An edit of what was shown, with what was not shown. What an edit does not state stays as it is.
    pub(super) fn merge_omads(
        &self,
        media_type: &str,
        ours: &[u8],
        theirs: &[u8],
    ) -> Option<Merged> {
        let read = |data| Any::read(media_type, data);
        let shown = self.cut_any(read(ours)?);
        let data = overlay(read(ours)?, read(theirs)?, &shown)?.encode();
        // It agrees if all that it states is what it would be shown.
        let again = self.cut_any(read(&data)?).encode();
        let stated = overlay(read(&again)?, read(theirs)?, &shown)?;
        let agrees = stated.encode() == again;
        Some(Merged { data, agrees })
    }

    fn cut_any(&self, any: Any) -> Any {
        match any {
            Any::Email(email) => Any::Email(Box::new(self.cut_email(*email))),
            Any::File(file) => Any::File(Box::new(self.cut_file(*file))),
            Any::Folder(folder) => Any::Folder(Box::new(self.cut_folder(*folder))),
        }
    }

    fn clear_unless_wanted<T: Default>(&self, name: &str, value: &mut T) {
        if self.field(name).is_none() {
            *value = T::default();
        }
    }

    fn cut_ext(&self, extensions: &mut Vec<Ext>) {
        extensions.retain(|ext| self.field(&ext.name).is_some());
    }

    fn cut_email(&self, mut shown: Email) -> Email {
        self.clear_unless_wanted("read", &mut shown.read);
        self.clear_unless_wanted("forwarded", &mut shown.forwarded);
        self.clear_unless_wanted("replied", &mut shown.replied);
        self.clear_unless_wanted("received", &mut shown.received);
        self.clear_unless_wanted("created", &mut shown.created);
        self.clear_unless_wanted("modified", &mut shown.modified);
        self.clear_unless_wanted("deleted", &mut shown.deleted);
        self.clear_unless_wanted("flagged", &mut shown.flagged);
        self.cut_ext(&mut shown.ext);
        shown.other.clear();
        let item = std::mem::take(&mut shown.item);
        if let Some(field) = self.field("emailitem") {
            let has = |name: &str| {
                let mut params = field.params.iter();
                params.any(|param| param.trim().eq_ignore_ascii_case(name))
            };
            let most = field.max_size.unwrap_or(u64::MAX);
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            shown.item = match item {
                Body::Present(message) => {
                    let length = shown_length(&message, has("texttype"), has("attachtype"), most);
                    if length < message.len() {
                        let left_out = (message.len() - length).to_string();
                        let size = message.len().to_string();
                        shown.ext.push(Ext::new("x-funambol-size", [size]));
                        shown.ext.push(Ext::new("x-funambol-body", [left_out]));
                    }
                    of(message.get(..length).unwrap_or_default())
                }
                item => item,
            };
        }
        shown
    }

    fn cut_file(&self, mut shown: File) -> File {
        // The name stays: a file without one is none for most devices.
        self.clear_unless_wanted("created", &mut shown.created);
        self.clear_unless_wanted("modified", &mut shown.modified);
        self.clear_unless_wanted("accessed", &mut shown.accessed);
        self.clear_unless_wanted("attributes", &mut shown.attributes);
        self.clear_unless_wanted("cttype", &mut shown.cttype);
        self.clear_unless_wanted("size", &mut shown.size);
        self.cut_ext(&mut shown.ext);
        shown.other.clear();
        // Half a file is none.
        let length = shown.body.octets().map_or(0, <[u8]>::len) as u64;
        let field = self.field("body");
        if field.is_none_or(|field| field.max_size.is_some_and(|most| length > most)) {
            shown.body = Body::Absent;
        }
        shown
    }

    fn cut_folder(&self, mut shown: Folder) -> Folder {
        // Name and role stay: by these a device knows it.
        self.clear_unless_wanted("created", &mut shown.created);
        self.clear_unless_wanted("modified", &mut shown.modified);
        self.clear_unless_wanted("accessed", &mut shown.accessed);
        self.clear_unless_wanted("attributes", &mut shown.attributes);
        self.cut_ext(&mut shown.ext);
        shown.other.clear();
        shown
    }
}

fn of(octets: &[u8]) -> Body {
    match octets.is_empty() {
        true => Body::Empty,
        false => Body::Present(octets.to_vec()),
    }
}

/// Octets of a message that are shown, from its beginning: the header alone; with `texttype` the text; with `attachtype`
/// all of it. The limit is about the text, and about the whole message where the attachments are in it.
fn shown_length(message: &[u8], text: bool, attachments: bool, most: usize) -> usize {
    let header = header_length(message);
    match (text, attachments) {
        (false, false) => header,
        (_, true) => most.max(header).min(message.len()),
        (true, false) => {
            let end = text_end(message).unwrap_or(message.len());
            header.saturating_add(most).min(end.max(header))
        }
    }
}

/// Octets up to and with the empty line behind the header.
fn header_length(message: &[u8]) -> usize {
    let breaks = memchr::memchr_iter(b'\n', message);
    let ends = breaks.filter_map(|at| match message.get(at + 1..)? {
        [b'\n', ..] => Some(at + 2),
        [b'\r', b'\n', ..] => Some(at + 3),
        _ => None,
    });
    ends.into_iter().next().unwrap_or(message.len())
}

/// Where the first text of a message of several parts ends: what comes behind it is attached.
#[cfg(feature = "mail")]
fn text_end(message: &[u8]) -> Option<usize> {
    crate::mail::text_end(message)
}

/// What is in a message is read with the feature `mail` alone.
#[cfg(not(feature = "mail"))]
const fn text_end(_message: &[u8]) -> Option<usize> {
    None
}

/// Marks of ours, which no client has to send back.
fn is_mark(ext: &Ext) -> bool {
    ext.name.starts_with("x-funambol-")
}

/// An object as an edit states it, the rest as it was; `shown` is what the edit was made of. None: they are not of one kind.
fn overlay(ours: Any, theirs: Any, shown: &Any) -> Option<Any> {
    Some(match (ours, theirs, shown) {
        (Any::Email(ours), Any::Email(theirs), Any::Email(shown)) => {
            Any::Email(Box::new(merge_email(*ours, *theirs, shown)))
        }
        (Any::File(ours), Any::File(theirs), _) => Any::File(Box::new(merge_file(*ours, *theirs))),
        (Any::Folder(ours), Any::Folder(theirs), _) => {
            Any::Folder(Box::new(merge_folder(*ours, *theirs)))
        }
        _ => return None,
    })
}

fn merge_email(ours: Email, mut theirs: Email, shown: &Email) -> Email {
    theirs.read = theirs.read.or(ours.read);
    theirs.forwarded = theirs.forwarded.or(ours.forwarded);
    theirs.replied = theirs.replied.or(ours.replied);
    theirs.received = theirs.received.or(ours.received);
    theirs.created = theirs.created.or(ours.created);
    theirs.modified = theirs.modified.or(ours.modified);
    theirs.deleted = theirs.deleted.or(ours.deleted);
    theirs.flagged = theirs.flagged.or(ours.flagged);
    theirs.cid = theirs.cid.or(ours.cid);
    if theirs.item == Body::Absent || theirs.item == shown.item {
        theirs.item = ours.item;
    }
    theirs.ext.retain(|ext| !is_mark(ext));
    keep_ext(ours.ext, &mut theirs.ext);
    keep_other(ours.other, &mut theirs.other);
    theirs
}

fn merge_file(ours: File, mut theirs: File) -> File {
    theirs.name = theirs.name.or(ours.name);
    theirs.created = theirs.created.or(ours.created);
    theirs.modified = theirs.modified.or(ours.modified);
    theirs.accessed = theirs.accessed.or(ours.accessed);
    theirs.attributes = theirs.attributes.or(ours.attributes);
    theirs.cttype = theirs.cttype.or(ours.cttype);
    if theirs.body == Body::Absent {
        theirs.body = ours.body;
        theirs.size = ours.size;
    }
    keep_ext(ours.ext, &mut theirs.ext);
    keep_other(ours.other, &mut theirs.other);
    theirs
}

fn merge_folder(ours: Folder, mut theirs: Folder) -> Folder {
    theirs.name = theirs.name.or(ours.name);
    theirs.created = theirs.created.or(ours.created);
    theirs.modified = theirs.modified.or(ours.modified);
    theirs.accessed = theirs.accessed.or(ours.accessed);
    theirs.attributes = theirs.attributes.or(ours.attributes);
    theirs.role = theirs.role.or(ours.role);
    keep_ext(ours.ext, &mut theirs.ext);
    keep_other(ours.other, &mut theirs.other);
    theirs
}

/// Puts to the extensions of an edit those that it does not have.
fn keep_ext(ours: Vec<Ext>, theirs: &mut Vec<Ext>) {
    for ext in ours {
        if !theirs.iter().any(|own| own.name == ext.name) {
            theirs.push(ext);
        }
    }
}

/// The same with children that nobody knows.
fn keep_other(ours: Vec<Element>, theirs: &mut Vec<Element>) {
    for element in ours {
        if !theirs.iter().any(|own| own.name == element.name) {
            theirs.push(element);
        }
    }
}

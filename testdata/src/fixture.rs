//! One file of the collection and where it comes from.

/// A file of the collection, embedded, with what the manifest says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fixture {
    /// Path inside the collection with `/` as separator, such as `object/contacts/asa-lindqvist.vcf`.
    pub name: &'static str,
    /// The group it belongs to; follows from the folder.
    pub kind: Kind,
    /// Media type a sender would declare for it.
    pub media_type: &'static str,
    /// The content, byte for byte.
    pub bytes: &'static [u8],
    /// Who made it.
    pub origin: Origin,
    /// Licence as an SPDX expression.
    pub licence: &'static str,
    /// Section of the document it illustrates, or `project` if it stands for a rule of this project.
    pub spec: &'static str,
    /// What a correct reader makes of it.
    pub expect: Expect,
    /// One line on what is special about it.
    pub note: &'static str,
}

impl Fixture {
    /// Last part of the path: `asa-lindqvist.vcf`.
    #[must_use]
    pub fn file_name(&self) -> &'static str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }

    /// File name without its extension: `asa-lindqvist`.
    #[must_use]
    pub fn stem(&self) -> &'static str {
        let file = self.file_name();
        file.rsplit_once('.').map_or(file, |(stem, _)| stem)
    }

    /// For [`Kind::Edit`] and [`Kind::Rewrite`], the file that was edited or rewritten.
    ///
    /// The two share the path below the folder: `object/edits/contacts/x.vcf` is an edit of `object/contacts/x.vcf`.
    #[must_use]
    pub fn original(&self) -> Option<&'static Self> {
        let rest = self
            .name
            .strip_prefix("object/edits/")
            .or_else(|| self.name.strip_prefix("object/rewrites/"))?;
        crate::FIXTURES
            .iter()
            .find(|f| f.name.strip_prefix("object/") == Some(rest))
    }
}

/// The groups of fixtures, one per folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Kind {
    /// `object/contacts`: vCards, one a file.
    Contact,
    /// `object/calendar`: events and to-dos, one a file.
    Calendar,
    /// `object/edits`: what a user changed since in a contact or calendar item.
    Edit,
    /// `object/rewrites`: a contact or calendar item as another program writes it; content unchanged.
    Rewrite,
    /// Any other file below `object`.
    Object,
    /// `san`: SyncML 1.2 server alerted notifications.
    San,
    /// `wbxml`: binary documents.
    Wbxml,
    /// `message`: single SyncML messages, but not `message/bad`.
    Message,
    /// `meta`: MetInf fragments.
    Meta,
    /// `devinf`: device information documents.
    DevInf,
    /// `bad`, `message/bad`: input a reader must refuse or survive.
    Bad,
}

/// Who made a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// Built after an example or rule of a specification.
    SpecDerived,
    /// Written for this project; people, places and events are fictional.
    HandMade,
    /// The bytes a real program sent.
    Recorded {
        /// Name of that program.
        peer: &'static str,
    },
}

/// What a correct reader makes of a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expect {
    /// It is read without complaint.
    Ok,
    /// It is answered with this SyncML status code.
    Status(u16),
    /// It is refused for this reason; the README lists the names.
    Error(&'static str),
}

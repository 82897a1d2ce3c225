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
    /// SyncML version it belongs to, such as `1.2`; none if the versions do not differ in it.
    pub version: Option<&'static str>,
    /// How to read the content.
    pub encoding: Encoding,
    /// Who made it.
    pub origin: Origin,
    /// Licence as an SPDX expression.
    pub licence: &'static str,
    /// Section of the document it illustrates, or `project` if it stands for a rule of this project.
    pub spec: &'static str,
    /// What a correct reader makes of it.
    pub expect: Expect,
    /// With [`Expect::Error`], the offset in bytes of what is wrong, where only one place can be meant.
    pub at: Option<usize>,
    /// Path of the fixture that says the same thing as it should be said; see [`Fixture::model`].
    pub same_as: Option<&'static str>,
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

    /// The same document in the other encoding: the file beside it that differs in `.xml` or `.wbxml` only. Bad input
    /// has no twin.
    #[must_use]
    pub fn twin(&self) -> Option<&'static Self> {
        let other = match self.encoding {
            _ if self.kind == Kind::Bad => return None,
            Encoding::Xml => "wbxml",
            Encoding::Wbxml => "xml",
            _ => return None,
        };
        let (stem, _) = self.name.rsplit_once('.')?;
        crate::FIXTURES.iter().find(|f| {
            f.name
                .strip_prefix(stem)
                .and_then(|rest| rest.strip_prefix('.'))
                == Some(other)
        })
    }

    /// The fixture that says the same as this one in the proper form: a tolerant reader makes the same of both.
    #[must_use]
    pub fn model(&self) -> Option<&'static Self> {
        crate::get(self.same_as?)
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
    /// `san/carrier`: notifications as a carrier brings them; [`Fixture::model`] is what is in them.
    Carrier,
    /// `message`: single SyncML messages, but not `message/bad`.
    Message,
    /// `meta`: SyncML messages for what is in a Meta.
    Meta,
    /// `quirk`: SyncML messages as peers with oddities send them.
    Quirk,
    /// `devinf`: device information documents.
    DevInf,
    /// `wbxml`: test vectors of the binary format, and documents of other languages in it.
    Wbxml,
    /// The `bad` folders: input a reader must refuse or survive.
    Bad,
}

/// How to read the content of a fixture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// An XML document.
    Xml,
    /// A WBXML document.
    Wbxml,
    /// Lines of text, such as a vCard.
    Text,
    /// Another binary format, such as a notification.
    Binary,
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

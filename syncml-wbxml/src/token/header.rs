//! What stands before the body: [`Header`].

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Repair, RepairKind};
use crate::charset::Charset;
use crate::cursor::Cursor;
use crate::doctype::Doctype;
use crate::error::{Error, ErrorKind, LimitKind};
use crate::limits::Limits;
use crate::mb_int;
use crate::string_table::StringTable;

/// The header of a document \[WBXML §5.4–5.7\].
///
/// ```
/// use syncml_wbxml::token::{Header, PublicId};
///
/// let header = Header::new(PublicId::Number(0x05));
/// assert_eq!(header.encode(), b"\x02\x05\x6A\x00");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[allow(
    clippy::exhaustive_structs,
    reason = "the header of WBXML 1.x is closed"
)]
pub struct Header<'a> {
    /// The version octet: 0x01 is 1.1, 0x02 is 1.2, 0x03 is 1.3.
    pub version: u8,
    /// The document type.
    pub public_id: PublicId,
    /// The charset of strings as MIBenum: 106 is UTF-8, 3 US-ASCII, 4 ISO-8859-1, 1015 UTF-16, 0
    /// unknown, which is read as UTF-8. WBXML 1.0 has none: it is 0 then and not written.
    pub charset: u32,
    /// The string table, each string with its terminator.
    pub string_table: Cow<'a, [u8]>,
}

/// How a header names the document type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "WBXML has these two forms")]
pub enum PublicId {
    /// A well-known number; 1 is unknown, and 0 cannot be written.
    Number(u32),
    /// Offset of the formal public identifier in the string table.
    Table(u32),
}

impl Header<'static> {
    /// A header of WBXML 1.2, UTF-8, without string table.
    #[must_use]
    pub const fn new(public_id: PublicId) -> Self {
        Self {
            version: 0x02,
            public_id,
            charset: 106,
            string_table: Cow::Borrowed(&[]),
        }
    }
}

impl<'a> Header<'a> {
    /// Reads the header at the start of a document, and notes what it repaired.
    pub(super) fn read(
        cursor: &mut Cursor<'a>,
        limits: &Limits,
        repairs: &mut Vec<Repair>,
    ) -> Result<Self, Error> {
        let version = cursor.octet()?;
        if version > 0x0F {
            return Err(Error::at(ErrorKind::Version(version), 0));
        }
        if version > 0x03 {
            repairs.push(Repair {
                kind: RepairKind::Version,
                offset: 0,
            });
        }
        let id_at = cursor.pos();
        let public_id = match integer(cursor, repairs)? {
            0 => PublicId::Table(integer(cursor, repairs)?),
            number => PublicId::Number(number),
        };
        let charset_at = cursor.pos();
        let charset = if version == 0 {
            0
        } else {
            integer(cursor, repairs)?
        };
        if Charset::from_mib(charset).is_none() {
            return Err(Error::at(ErrorKind::Charset(charset), charset_at));
        }
        let len_at = cursor.pos();
        let len = integer(cursor, repairs)?;
        if usize::try_from(len).map_or(true, |len| len > limits.max_string_table) {
            return Err(Error::at(ErrorKind::Limit(LimitKind::StringTable), len_at));
        }
        let header = Self {
            version,
            public_id,
            charset,
            string_table: Cow::Borrowed(cursor.take(len)?),
        };
        if let PublicId::Table(offset) = public_id {
            header.check(offset, id_at)?;
            repairs.extend(header.repair(offset, header.terminated_len(), id_at));
        }
        Ok(header)
    }

    /// The octets of the string at an offset of the table, without terminator. The end of the table
    /// ends a string too, and offset 0 of an empty table is an empty string.
    ///
    /// It takes time in proportion to the length of the string. `None` if the offset is outside of
    /// the table.
    #[must_use]
    pub fn string(&self, offset: u32) -> Option<&[u8]> {
        StringTable::new(&self.string_table).get(offset, self.encoding()?)
    }

    /// The text of octets in the charset of the document; what is broken becomes U+FFFD.
    #[must_use]
    pub fn decode<'o>(&self, octets: &'o [u8]) -> Cow<'o, str> {
        self.encoding()
            .and_then(|charset| charset.decode(octets))
            .unwrap_or_else(|| String::from_utf8_lossy(octets))
    }

    /// The formal public identifier, if the document type is named by it.
    #[must_use]
    pub fn fpi(&self) -> Option<Cow<'_, str>> {
        match self.public_id {
            PublicId::Number(_) => None,
            PublicId::Table(offset) => self.string(offset).map(|fpi| self.decode(fpi)),
        }
    }

    /// The document type that the header claims, if it is one of SyncML.
    #[must_use]
    pub fn doctype(&self) -> Option<Doctype> {
        match self.public_id {
            PublicId::Number(number) => Doctype::from_public_id(number),
            PublicId::Table(_) => self.fpi().and_then(|fpi| Doctype::from_fpi(&fpi)),
        }
    }

    /// The octets of the header.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + self.string_table.len());
        out.push(self.version);
        match self.public_id {
            PublicId::Number(number) => mb_int::write(&mut out, number),
            PublicId::Table(offset) => {
                out.push(0);
                mb_int::write(&mut out, offset);
            }
        }
        if self.version != 0 {
            mb_int::write(&mut out, self.charset);
        }
        let len = u32::try_from(self.string_table.len()).unwrap_or(u32::MAX);
        mb_int::write(&mut out, len);
        out.extend_from_slice(&self.string_table);
        out
    }

    /// The same header without borrowing.
    #[must_use]
    pub fn into_owned(self) -> Header<'static> {
        Header {
            version: self.version,
            public_id: self.public_id,
            charset: self.charset,
            string_table: Cow::Owned(self.string_table.into_owned()),
        }
    }

    pub(crate) fn encoding(&self) -> Option<Charset> {
        Charset::from_mib(self.charset)
    }

    /// An error unless the offset is inside of the table.
    pub(super) fn check(&self, offset: u32, at: usize) -> Result<(), Error> {
        if StringTable::new(&self.string_table).contains(offset) {
            Ok(())
        } else {
            Err(Error::at(ErrorKind::TableOffset(offset), at))
        }
    }

    /// What is wrong with a reference that [`check`](Self::check) let pass.
    pub(super) fn repair(&self, offset: u32, terminated: usize, at: usize) -> Option<Repair> {
        let kind = if self.string_table.is_empty() {
            RepairKind::EmptyTable
        } else if offset as usize >= terminated {
            RepairKind::Unterminated
        } else {
            return None;
        };
        Some(Repair { kind, offset: at })
    }

    /// Octets of the table up to the end of its last terminator.
    pub(super) fn terminated_len(&self) -> usize {
        let table = &self.string_table;
        let unit = self.encoding().map_or(1, Charset::unit);
        let last = table
            .chunks_exact(unit)
            .rposition(|unit| unit.iter().all(|&b| b == 0));
        last.map_or(0, |at| (at + 1) * unit)
    }
}

/// An integer, and whether it was longer than need be.
pub(super) fn integer(cursor: &mut Cursor<'_>, repairs: &mut Vec<Repair>) -> Result<u32, Error> {
    let at = cursor.pos();
    let value = cursor.integer()?;
    if cursor.pos() - at > mb_int::len(value) {
        repairs.push(Repair {
            kind: RepairKind::PaddedInteger,
            offset: at,
        });
    }
    Ok(value)
}

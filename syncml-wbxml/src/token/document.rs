//! A whole document as tokens: [`Document`].

use alloc::vec::Vec;

use super::{Header, Repair, Token, Tokens, Writer};
use crate::error::Error;
use crate::limits::Limits;

/// A document as its header and tokens, to be looked at, changed and written again.
///
/// [`encode`](Self::encode) gives the octets that were decoded, unless there is a repair that
/// [changes them](super::RepairKind::changes_bytes). A token takes some 24 bytes of memory beside
/// the input it borrows from, for as little as one octet of input; lower
/// [`max_bytes`](Limits::max_bytes) where that matters, or use [`Tokens`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a document is a header and tokens"
)]
pub struct Document<'a> {
    /// The header.
    pub header: Header<'a>,
    /// The tokens of the body.
    pub tokens: Vec<Token<'a>>,
    /// What was repaired in reading; of no effect in writing.
    pub repairs: Vec<Repair>,
}

impl<'a> Document<'a> {
    /// Reads a document.
    ///
    /// # Errors
    ///
    /// Those of [`Tokens::new`]; [`Truncated`](crate::ErrorKind::Truncated),
    /// [`Token`](crate::ErrorKind::Token), [`Integer`](crate::ErrorKind::Integer),
    /// [`TableOffset`](crate::ErrorKind::TableOffset), [`Limit`](crate::ErrorKind::Limit) for a body
    /// that breaks the grammar or a limit.
    pub fn decode(bytes: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        let mut source = Tokens::new(bytes, limits)?;
        let mut tokens = Vec::new();
        let mut repairs = source.repairs().to_vec();
        while let Some(token) = source.next() {
            tokens.push(token?);
            repairs.extend_from_slice(source.repairs());
        }
        repairs.extend_from_slice(source.repairs());
        Ok(Self {
            header: source.header().clone(),
            tokens,
            repairs,
        })
    }

    /// Writes the document.
    ///
    /// # Errors
    ///
    /// Those of [`Writer`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(self.header.clone())?;
        self.tokens.iter().try_for_each(|token| writer.put(token))?;
        writer.finish()
    }

    /// The same document without borrowing.
    #[must_use]
    pub fn into_owned(self) -> Document<'static> {
        Document {
            header: self.header.into_owned(),
            tokens: self.tokens.into_iter().map(Token::into_owned).collect(),
            repairs: self.repairs,
        }
    }
}

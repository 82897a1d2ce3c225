//! Bytes of the list of syncs, and the cursor that reads them.

use crate::content_type::ContentType;
use crate::error::{ParseError, ParseErrorKind};
use crate::notification::SyncRequest;
use crate::sync_type::SyncType;

/// Reads fields one after the other and knows where it is.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            position: 0,
        }
    }

    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, len: usize, field: &'static str) -> Result<&'a [u8], ParseError> {
        let Some((taken, rest)) = self.rest.split_at_checked(len) else {
            return Err(ParseError::new(
                ParseErrorKind::Truncated { field },
                self.position,
            ));
        };
        self.rest = rest;
        self.position += len;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], ParseError> {
        let Some((taken, rest)) = self.rest.split_first_chunk() else {
            return Err(ParseError::new(
                ParseErrorKind::Truncated { field },
                self.position,
            ));
        };
        self.rest = rest;
        self.position += N;
        Ok(*taken)
    }

    pub(crate) fn byte(&mut self, field: &'static str) -> Result<u8, ParseError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    /// A text with a length byte of its own counted before. Old generators count a terminating NUL, which is dropped.
    pub(crate) fn text(&mut self, len: u8, field: &'static str) -> Result<&'a str, ParseError> {
        let start = self.position;
        let bytes = self.take(usize::from(len), field)?;
        let bytes = bytes.strip_suffix(&[0]).unwrap_or(bytes);
        std::str::from_utf8(bytes).map_err(|error| {
            ParseError::new(ParseErrorKind::Text { field }, start + error.valid_up_to())
        })
    }
}

/// Reads the list of syncs. No octet at all is an empty list.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Vec<SyncRequest>, ParseError> {
    if cursor.rest().is_empty() {
        return Ok(Vec::new());
    }
    let count = cursor.byte("num-syncs")? >> 4;
    let mut syncs = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let start = cursor.position();
        let value = cursor.byte("sync-type")? >> 4;
        let sync_type = SyncType::from_value(value)
            .ok_or_else(|| ParseError::new(ParseErrorKind::SyncType(value), start))?;
        let content_type = ContentType::from_bytes(cursor.array("content-type")?);
        let len = cursor.byte("length-server-URI")?;
        let server_uri = cursor.text(len, "server-URI")?;
        syncs.push(SyncRequest::new(sync_type, content_type, server_uri));
    }
    Ok(syncs)
}

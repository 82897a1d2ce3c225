//! From bytes to a notification nobody should act on yet, and from there to a trusted one.

use std::fmt;

use crate::body::{self, Cursor};
use crate::digest::{self, Secret, Tolerance};
use crate::error::{DigestMismatch, ParseError, ParseErrorKind};
use crate::header::{self, Header};
use crate::notification::{Application, Notification};

/// A notification that was read but not checked: anybody can have sent it.
///
/// Look the sender up by [`claimed`](Self::claimed)`().server_id`, then [`verify`](Self::verify) with that account's
/// secret. Only the result of that is to be acted on.
#[derive(Clone)]
pub struct Unverified<'a> {
    digest: [u8; digest::LEN],
    /// As sent, also with a NUL at its end: this is what was hashed.
    server_id: &'a [u8],
    /// Everything behind the digest.
    signed: &'a [u8],
    claimed: Notification,
}

impl<'a> Unverified<'a> {
    /// Reads a notification for data synchronization, `application/vnd.syncml.ds.notification`.
    ///
    /// # Errors
    /// See [`ParseErrorKind`]; the position is the byte at which the field in question starts. Bits and bytes for future
    /// use and vendor data are no errors.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use san::{Secret, Unverified};
    ///
    /// // Sent by a well known phone suite, with an empty password and nonce.
    /// let bytes = b"\x01\x79\xab\x67\x1b\x68\xf2\x66\x98\x26\x9b\x4c\xa7\x82\x22\xad\x03\x18\0\0\0\0\0\x12PC Suite Data Sync\x10\x60\0\0\0\x08Contacts";
    /// let unverified = Unverified::parse(bytes)?;
    /// assert_eq!(unverified.claimed().server_id, "PC Suite Data Sync");
    /// let notification = unverified.verify(&Secret::new("", b""))?;
    /// assert_eq!(notification.syncs[0].server_uri, "Contacts");
    /// # Ok(()) }
    /// ```
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_as(Application::DataSync, bytes)
    }

    /// Reads a notification for the given application, which the media type tells.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_as(application: Application, bytes: &'a [u8]) -> Result<Self, ParseError> {
        if bytes.len() > crate::MAX_LEN {
            return Err(ParseError::new(ParseErrorKind::TooLong, crate::MAX_LEN));
        }
        let mut cursor = Cursor::new(bytes);
        let digest = cursor.array("digest")?;
        let signed = cursor.rest();
        let start = cursor.position();
        let header = Header::read(cursor.array::<{ header::LEN }>("header")?, start)?;
        let server_id_octets = cursor
            .rest()
            .get(..usize::from(header.server_id_len))
            .unwrap_or_default();
        let server_id = cursor.text(header.server_id_len, "server-identifier")?;
        let syncs = match application {
            Application::DataSync => body::read(&mut cursor)?,
            Application::DeviceManagement => Vec::new(),
        };
        let claimed = Notification {
            application,
            version: header.version,
            ui_mode: header.ui_mode,
            initiator: header.initiator,
            session_id: header.session_id,
            server_id: server_id.to_owned(),
            syncs,
            vendor: cursor.rest().to_vec(),
        };
        Ok(Self {
            digest,
            server_id: server_id_octets,
            signed,
            claimed,
        })
    }

    /// What it says, to look up the account. Not to be acted on.
    #[must_use]
    pub const fn claimed(&self) -> &Notification {
        &self.claimed
    }

    /// Whether the digest is all zeros: the sender proves nothing.
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        self.digest == [0; digest::LEN]
    }

    /// Checks the digest against the secret of the claimed server, in constant time.
    ///
    /// A device management client that gets a mismatch tries again with four zero bytes as nonce; clone this for it.
    ///
    /// # Errors
    /// [`DigestMismatch`] if the digest is another one.
    pub fn verify(self, secret: &Secret<'_>) -> Result<Notification, DigestMismatch> {
        self.verify_with(secret, &Tolerance::default())
    }

    /// Checks the digest as [`verify`](Self::verify) does, and lets pass what the tolerances allow.
    ///
    /// # Errors
    /// [`DigestMismatch`] if none of the allowed digests is the one in the message.
    pub fn verify_with(
        self,
        secret: &Secret<'_>,
        tolerance: &Tolerance<'_>,
    ) -> Result<Notification, DigestMismatch> {
        if digest::matches(&self.digest, self.server_id, secret, self.signed, tolerance) {
            Ok(self.claimed)
        } else {
            Err(DigestMismatch)
        }
    }
}

impl fmt::Debug for Unverified<'_> {
    /// Leaves the digest out: it depends on the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unverified")
            .field("claimed", &self.claimed)
            .finish_non_exhaustive()
    }
}

//! From a notification to bytes.

use crate::digest::{self, Secret};
use crate::error::EncodeError;
use crate::header::{self, Header};
use crate::notification::{Application, Notification};

/// Largest count of syncs: four bits.
const MAX_SYNCS: usize = 15;

impl Notification {
    /// Size in bytes once encoded, digest included. Compare with [`SINGLE_SMS`](crate::SINGLE_SMS).
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        let body = match self.application {
            Application::DataSync => {
                1 + self
                    .syncs
                    .iter()
                    .map(|sync| 5 + sync.server_uri.len())
                    .sum::<usize>()
            }
            Application::DeviceManagement => 0,
        };
        digest::LEN + header::LEN + self.server_id.len() + body + self.vendor.len()
    }

    /// Writes it and signs it.
    ///
    /// # Errors
    /// [`EncodeError`] if a count or a length does not fit its field.
    ///
    /// # Examples
    /// ```
    /// use san::{ContentType, Notification, Secret, SyncRequest, SyncType};
    ///
    /// let contacts = SyncRequest::new(SyncType::TwoWay, ContentType::from_media_type("text/x-vcard"), "./contacts");
    /// let bytes = Notification::new("sync.example.com", 7).with_sync(contacts).encode(&Secret::new("s3cret", b"n"))?;
    /// assert!(bytes.len() <= san::SINGLE_SMS);
    /// # Ok::<(), san::EncodeError>(())
    /// ```
    pub fn encode(&self, secret: &Secret<'_>) -> Result<Vec<u8>, EncodeError> {
        let signed = self.signed_part()?;
        let mut out = digest::compute(self.server_id.as_bytes(), secret, &signed).to_vec();
        out.extend_from_slice(&signed);
        Ok(out)
    }

    /// Writes it with a digest of zeros, for receivers that check none. Others ignore it.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_unsigned(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = vec![0; digest::LEN];
        out.extend_from_slice(&self.signed_part()?);
        Ok(out)
    }

    /// Header and body: everything the digest is about.
    fn signed_part(&self) -> Result<Vec<u8>, EncodeError> {
        let len = self.encoded_len();
        let server_id_len = u8::try_from(self.server_id.len())
            .map_err(|_| EncodeError::ServerIdTooLong(self.server_id.len()))?;
        if len > crate::MAX_LEN {
            return Err(EncodeError::TooLong(len));
        }
        let header = Header {
            version: self.version,
            ui_mode: self.ui_mode,
            initiator: self.initiator,
            session_id: self.session_id,
            server_id_len,
        };
        let mut out = Vec::with_capacity(len);
        out.extend_from_slice(&header.write());
        out.extend_from_slice(self.server_id.as_bytes());
        match self.application {
            Application::DataSync => self.write_syncs(&mut out)?,
            Application::DeviceManagement if self.syncs.is_empty() => {}
            Application::DeviceManagement => return Err(EncodeError::SyncsInDeviceManagement),
        }
        out.extend_from_slice(&self.vendor);
        Ok(out)
    }

    fn write_syncs(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let too_many = EncodeError::TooManySyncs(self.syncs.len());
        let count = u8::try_from(self.syncs.len())
            .ok()
            .filter(|count| usize::from(*count) <= MAX_SYNCS)
            .ok_or(too_many)?;
        out.push(count << 4);
        for (index, sync) in self.syncs.iter().enumerate() {
            let len = sync.server_uri.len();
            let uri_len =
                u8::try_from(len).map_err(|_| EncodeError::ServerUriTooLong { index, len })?;
            out.push(sync.sync_type.value() << 4);
            out.extend_from_slice(&sync.content_type.to_bytes());
            out.push(uri_len);
            out.extend_from_slice(sync.server_uri.as_bytes());
        }
        Ok(())
    }
}

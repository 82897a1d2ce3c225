//! Package 0 of SyncML 1.2: between the octets' values and what a session needs.

use bytestring::ByteString;
use san::{Application, ContentType, SyncRequest};
use syncml_meta::Nonce;

use super::{Alerted, Notification};
use crate::peer::Secret;
use crate::session::datastore::base_name;
use crate::session::dev_inf;
use crate::sync_type::SyncType;

impl Notification {
    /// What a notification of 1.2 asks for; make sure first that it may be believed ([`san::Unverified::verify`]). None: it
    /// is one of device management, or names datastores by nothing.
    ///
    /// Its `SessionID` is a number, which goes on in decimals.
    pub fn from_san(notification: &san::Notification) -> Option<Self> {
        if notification.application != Application::DataSync {
            return None;
        }
        let syncs = &notification.syncs;
        let alerts: Vec<_> = syncs.iter().filter_map(Alerted::from_san).collect();
        // Nothing at all means everything; nothing that can be read does not.
        (syncs.is_empty() || !alerts.is_empty()).then(|| Self {
            session_id: notification.session_id_text().into(),
            server: notification.server_id.as_str().into(),
            alerts,
        })
    }

    /// The same for 1.2. A `SessionID` that is no number below 65536 becomes 0: the client chooses.
    pub fn to_san(&self) -> san::Notification {
        let session_id = self.session_id.as_str().parse().unwrap_or_default();
        let mut notification = san::Notification::new(self.server.to_string(), session_id);
        notification.syncs = self.alerts.iter().map(Alerted::to_san).collect();
        notification
    }
}

impl Alerted {
    fn from_san(sync: &SyncRequest) -> Option<Self> {
        let name = base_name(&sync.server_uri);
        let mut alerted = Self::new(name, sync.sync_type.into());
        alerted.media_type = sync.content_type.media_type().map(ByteString::from);
        (!name.is_empty()).then_some(alerted)
    }

    fn to_san(&self) -> SyncRequest {
        let media_type = self.media_type.as_deref().unwrap_or_default();
        let content_type = ContentType::from_media_type(media_type);
        let uri = dev_inf::uri(&self.datastore).to_string();
        SyncRequest::new(self.sync_type.into(), content_type, uri)
    }
}

/// What a digest of the binary form is made with. No nonce is an empty one.
pub(super) fn secret<'a>(secret: &'a Secret, nonce: Option<&'a Nonce>) -> san::Secret<'a> {
    let nonce = nonce.map_or(&[][..], Nonce::as_bytes);
    match secret {
        Secret::Password(password) => san::Secret::new(password, nonce),
        Secret::Digest(digest) => san::Secret::of_digest(*digest, nonce),
    }
}

impl From<san::SyncType> for SyncType {
    fn from(sync_type: san::SyncType) -> Self {
        match sync_type {
            san::SyncType::TwoWay => Self::TwoWay,
            san::SyncType::OneWayFromClient => Self::OneWayFromClient,
            san::SyncType::RefreshFromClient => Self::RefreshFromClient,
            san::SyncType::OneWayFromServer => Self::OneWayFromServer,
            san::SyncType::RefreshFromServer => Self::RefreshFromServer,
        }
    }
}

impl From<SyncType> for san::SyncType {
    /// Notifications know no slow sync: it goes out as a two-way sync, and becomes a slow one where it must.
    fn from(sync_type: SyncType) -> Self {
        match sync_type {
            SyncType::TwoWay | SyncType::Slow => Self::TwoWay,
            SyncType::OneWayFromClient => Self::OneWayFromClient,
            SyncType::RefreshFromClient => Self::RefreshFromClient,
            SyncType::OneWayFromServer => Self::OneWayFromServer,
            SyncType::RefreshFromServer => Self::RefreshFromServer,
        }
    }
}

//! A notification as values.

use crate::content_type::ContentType;
use crate::header::{Initiator, UiMode, Version};
use crate::sync_type::SyncType;

/// What a server alerted notification says: package 0 of a SyncML 1.2 session [SAN 1.2].
///
/// Read one with [`Unverified::parse`](crate::Unverified::parse), write one with [`Notification::encode`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// Whether it belongs to data synchronization or device management. Not on the wire: the media type tells.
    pub application: Application,
    /// Version of the notification; default 1.2.
    pub version: Version,
    /// What the user shall notice; default not specified.
    pub ui_mode: UiMode,
    /// Whose wish it is; default the server's.
    pub initiator: Initiator,
    /// Becomes the SessionID of the session the client opens; 0 means the client chooses.
    pub session_id: u16,
    /// Identifier of the server, under which the client keeps the account. At most 255 bytes of UTF-8.
    pub server_id: String,
    /// The datastores to sync, at most 15. Empty: all, or as the client is set up.
    pub syncs: Vec<SyncRequest>,
    /// Everything behind the last sync, meant for clients of the same vendor.
    pub vendor: Vec<u8>,
}

impl Notification {
    /// A notification for data synchronization with this server and session.
    #[must_use]
    pub fn new(server_id: impl Into<String>, session_id: u16) -> Self {
        Self {
            server_id: server_id.into(),
            session_id,
            ..Self::default()
        }
    }

    /// A notification for device management. Its version number is 1.1 whatever the protocol version.
    #[must_use]
    pub fn device_management(server_id: impl Into<String>, session_id: u16) -> Self {
        Self {
            application: Application::DeviceManagement,
            version: Version::V1_1,
            ..Self::new(server_id, session_id)
        }
    }

    /// The same with another wish for the user's attention.
    #[must_use]
    pub fn with_ui_mode(mut self, ui_mode: UiMode) -> Self {
        self.ui_mode = ui_mode;
        self
    }

    /// The same with one datastore more.
    #[must_use]
    pub fn with_sync(mut self, sync: SyncRequest) -> Self {
        self.syncs.push(sync);
        self
    }

    /// SessionID as the client writes it in its SyncHdr: decimal for data synchronization, upper-case hexadecimal for
    /// device management. A server should accept both.
    ///
    /// ```
    /// use san::Notification;
    /// assert_eq!(Notification::new("s", 0xA1).session_id_text(), "161");
    /// assert_eq!(Notification::device_management("s", 0xA1).session_id_text(), "A1");
    /// ```
    #[must_use]
    pub fn session_id_text(&self) -> String {
        match self.application {
            Application::DataSync => self.session_id.to_string(),
            Application::DeviceManagement => format!("{:X}", self.session_id),
        }
    }
}

/// One datastore a notification asks to sync.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SyncRequest {
    /// Kind of sync.
    pub sync_type: SyncType,
    /// Media type as a number; a hint.
    pub content_type: ContentType,
    /// Datastore on the server, such as `./contacts`. At most 255 bytes of UTF-8.
    pub server_uri: String,
}

impl SyncRequest {
    /// A request for one datastore.
    #[must_use]
    pub fn new(
        sync_type: SyncType,
        content_type: ContentType,
        server_uri: impl Into<String>,
    ) -> Self {
        Self {
            sync_type,
            content_type,
            server_uri: server_uri.into(),
        }
    }
}

/// The protocol a notification belongs to. The bytes do not tell; its media type, port or application id does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Application {
    /// OMA Data Synchronization: the header is followed by a list of syncs.
    #[default]
    DataSync,
    /// OMA Device Management 1.x: the header is followed by vendor data or nothing.
    DeviceManagement,
}

impl Application {
    /// Media type of the notification.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::DataSync => "application/vnd.syncml.ds.notification",
            Self::DeviceManagement => "application/vnd.syncml.notification",
        }
    }

    /// The application a media type belongs to, case and parameters ignored.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        let essence = media_type
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        match essence.as_str() {
            "application/vnd.syncml.ds.notification" => Some(Self::DataSync),
            "application/vnd.syncml.notification" | "application/vnd.syncml.dm.notification" => {
                Some(Self::DeviceManagement)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_tell_the_application() {
        for application in [Application::DataSync, Application::DeviceManagement] {
            assert_eq!(
                Application::from_media_type(application.media_type()),
                Some(application)
            );
        }
        let alias = "Application/vnd.syncml.DM.notification; x=1";
        assert_eq!(
            Application::from_media_type(alias),
            Some(Application::DeviceManagement)
        );
        assert_eq!(Application::from_media_type("text/plain"), None);
    }
}

//! Package 0: a server asks a client for a session `[DSPro §server-alerted sync]`.

#[cfg(feature = "san")]
mod binary;
#[cfg(feature = "san")]
mod inbox;
#[cfg(feature = "san")]
mod outbox;

use bytestring::ByteString;
use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_meta::{MetInf, Nonce};
use syncml_repr::{Alert, AlertCode, Command, Item, Locator, Message, MsgId, SessionId, SyncHdr};

use crate::auth::{Claim, Credentials, Sender};
use crate::config::AuthScheme;
use crate::session::datastore::base_name;
use crate::session::dev_inf;
use crate::session::login::Login;
use crate::sync_type::SyncType;

#[cfg(feature = "san")]
pub use self::inbox::{Account, Call, Ignored, Inbox};
#[cfg(feature = "san")]
pub use self::outbox::{Asked, Form, Outbox, OutboxConfig, OutboxError, Receipt, Sending, Step};

/// What a server asks for, in whatever form it came: in SyncML 1.0 and 1.1 that is a message
/// ([`from_message`](Self::from_message)), in 1.2 a few octets, whose reader fills in the fields.
///
/// A client answers it with a session ([`client::Config::alerted`](crate::client::Config::alerted)), and with nothing else.
/// Whoever can send one can have a client's changes overwritten, so see first who it is from.
///
/// ```
/// use ds_protocol::{Alerted, Datastore, Device, Notification, SyncType, client};
/// use syncml_devinf::{ContentType, Version};
///
/// // the server
/// let mut asked = Notification::new("7", "http://sync.example.net/ds");
/// asked.alerts.push(Alerted::new("contacts", SyncType::TwoWay));
/// let message = asked.to_message(Version::V1_1, "IMEI:490154203237518");
///
/// // the client
/// let asked = Notification::from_message(&message).unwrap();
/// let contacts = Datastore::new("phonebook", [ContentType::new("text/vcard", "3.0")]);
/// let device = Device::new("IMEI:490154203237518", "phone");
/// let requests = [client::Request::new(contacts, "contacts")];
/// let config = client::Config::new(device, "http://sync.example.net/ds", "1".into(), requests);
/// assert_eq!(config.alerted(&asked).unwrap().session_id.as_str(), "7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Notification {
    /// `SessionID` that the session is to have. Empty or `0`: the client chooses.
    pub session_id: SessionId,
    /// Who asks: `SyncHdr/Source` of a message, the server identifier of the other form.
    pub server: ByteString,
    /// What for. Nothing: every datastore, as the client is configured.
    pub alerts: Vec<Alerted>,
}

/// A datastore for which a server asks for a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alerted {
    /// Name of the server's datastore, without `./`.
    pub datastore: ByteString,
    /// What the client is to ask for. Notifications know no slow sync; it goes out as a two-way sync, and the session
    /// finds out that it must be slow.
    pub sync_type: SyncType,
    /// Media type of the items, where it is told: a hint.
    pub media_type: Option<ByteString>,
}

impl Alerted {
    /// Without a media type.
    pub fn new(datastore: impl Into<ByteString>, sync_type: SyncType) -> Self {
        Self {
            datastore: datastore.into(),
            sync_type,
            media_type: None,
        }
    }

    /// With the media type of the items.
    #[must_use]
    pub fn with_media_type(mut self, media_type: impl Into<ByteString>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// What an Item of an Alert asks for.
    fn read(code: AlertCode, item: &Item) -> Option<Self> {
        let by_server = |_: &SyncType| (206..=210).contains(&code.get());
        let sync_type = SyncType::from_alert(code).filter(by_server)?;
        let name = base_name(item.source_uri()?);
        let mut alerted = Self::new(name, sync_type);
        alerted.media_type = item.media_type(None).map(ByteString::from);
        (!name.is_empty()).then_some(alerted)
    }
}

impl Notification {
    /// One that asks for everything.
    pub fn new(session_id: impl Into<SessionId>, server: impl Into<ByteString>) -> Self {
        Self {
            session_id: session_id.into(),
            server: server.into(),
            alerts: Vec::new(),
        }
    }

    /// Reads a message of SyncML 1.0 or 1.1: Alerts 206 to 210, one for each datastore or with several Items. None: it asks
    /// for no session.
    pub fn from_message(message: &Message) -> Option<Self> {
        let alerts = message
            .body
            .commands
            .iter()
            .filter_map(|command| match command {
                Command::Alert(alert) => Some((alert.code?, &alert.items)),
                _ => None,
            });
        let asked = alerts.flat_map(|(code, items)| {
            let items = items.iter();
            items.filter_map(move |item| Alerted::read(code, item))
        });
        let alerts: Vec<Alerted> = asked.collect();
        let hdr = &message.hdr;
        (!alerts.is_empty()).then(|| Self {
            session_id: hdr.session_id.clone(),
            server: hdr.source.loc_uri.clone(),
            alerts,
        })
    }

    /// The message to send to a device of SyncML 1.0 or 1.1, with an Alert for each datastore; `device` is its id, or `/`
    /// where that is not known. It is message 1 of the session, see
    /// [`server::Config::notified`](crate::server::Config::notified).
    pub fn to_message(&self, version: Version, device: impl Into<ByteString>) -> Message {
        let (target, source) = (Locator::new(device), Locator::new(self.server.clone()));
        let hdr = SyncHdr::new(
            version,
            self.session_id.clone(),
            MsgId::new(1),
            target,
            source,
        );
        let alerts = (1_u32..).zip(&self.alerts).map(|(cmd_id, alerted)| {
            let uri = dev_inf::uri(&alerted.datastore);
            let mut item = Item::new().with_source(Locator::new(uri));
            if let Some(media_type) = &alerted.media_type {
                item = item.with_meta(MetInf::default().with_type(media_type.clone()));
            }
            let code = alerted.sync_type.alert_code_by_server();
            Alert::new(cmd_id, code).with_item(item).into()
        });
        Message::new(hdr, alerts.collect(), true)
    }

    /// Adds the server's credentials to a message, so that the client can see who it is from. A digest is made with the
    /// nonce that the client gave out last; without one there is none to be made, and nothing is added.
    pub fn sign(
        message: &mut Message,
        credentials: &Credentials,
        scheme: AuthScheme,
        nonce: Option<Nonce>,
    ) {
        let version = message.hdr.version().unwrap_or(Version::V1_1);
        // HMAC goes with a transport, and package 0 may come without any.
        let scheme = match scheme {
            AuthScheme::Mac => AuthScheme::Md5,
            scheme => scheme,
        };
        let signed = Login::new(scheme, nonce).sign(&mut message.hdr, credentials, version);
        debug_assert!(signed.is_ok(), "Basic and MD5 can always be made");
    }

    /// Whether a message shows these credentials of the server. `nonce` is the one that was given to it last
    /// ([`PeerRecord::server_nonce`](crate::PeerRecord::server_nonce)).
    pub fn is_signed_by(
        message: &Message,
        credentials: &Credentials,
        nonce: Option<&Nonce>,
    ) -> bool {
        let hdr = &message.hdr;
        let version = hdr.version().unwrap_or(Version::V1_1);
        let cred = hdr.cred.as_deref();
        match Claim::of_message(cred, hdr.source.loc_name(), &Sender::default()) {
            Some(Ok(claim)) => {
                let fresh = claim.scheme() == AuthScheme::Basic || nonce.is_some();
                fresh
                    && claim.user == credentials.user
                    && claim.holds(Some(&credentials.secret), nonce, version)
            }
            _ => false,
        }
    }

    /// Whether a session with this header is the one that was asked for. An id that is a number may have become a
    /// hexadecimal one on its way.
    pub fn began(&self, hdr: &SyncHdr) -> bool {
        is_session(&self.session_id, &hdr.session_id)
    }
}

/// Whether a session has the id that was given out for it.
fn is_session(ours: &SessionId, theirs: &SessionId) -> bool {
    let (ours, theirs) = (ours.as_str(), theirs.as_str());
    let hex = || Some(ours.parse::<u32>().ok()? == u32::from_str_radix(theirs, 16).ok()?);
    ours == theirs || hex().unwrap_or(false)
}

//! The client's side: which notifications are followed, and why others are not.

use std::collections::VecDeque;
use std::fmt;

use bytes::Bytes;
use bytestring::ByteString;
use san::{Initiator, Payload, Tolerance, UiMode, Unverified};
use serde::{Deserialize, Serialize};
use syncml_meta::Nonce;
use syncml_repr::{Message, SessionId, decode};
use syncml_wbxml::{Encoding, Limits, sniff};

use super::{Notification, binary};
use crate::client;

/// Sessions that are remembered, so that none begins twice.
const REMEMBERED: usize = 64;

/// A server that may ask this client for sessions.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The session without a notification. Its [`server_credentials`](client::Config::server_credentials) are what a
    /// notification is checked against: their user is the server's identifier, their secret the password or the digest of both.
    pub config: client::Config,
    /// The nonce that this client gave to the server last
    /// ([`PeerRecord::server_nonce`](crate::PeerRecord::server_nonce)). Default: none, which is an empty one.
    pub nonce: Option<Nonce>,
    /// Follow notifications that prove nothing: a digest of zeros, a message without credentials. Anybody who knows the
    /// name of the server can then make this client sync; it goes no further than what a session allows. Default: no.
    pub unsigned: bool,
    /// The colon between the server's identifier and an empty password may be missing in a digest. Default: no.
    pub no_colon_without_password: bool,
    /// The nonce may stand as Base64 text in a digest. Default: no.
    pub nonce_as_base64: bool,
    /// The user of [`config`](Self::config) may stand in place of the server's identifier in a digest. Default: no.
    pub user_for_server: bool,
}

impl Account {
    /// An account that believes nothing but proper digests.
    pub fn new(config: client::Config, nonce: Option<Nonce>) -> Self {
        Self {
            config,
            nonce,
            unsigned: false,
            no_colon_without_password: false,
            nonce_as_base64: false,
            user_for_server: false,
        }
    }

    /// With or without notifications that prove nothing.
    #[must_use]
    pub fn with_unsigned(mut self, unsigned: bool) -> Self {
        self.unsigned = unsigned;
        self
    }

    fn tolerance(&self) -> Tolerance<'_> {
        let tolerance = Tolerance::default()
            .with_zero_digest(self.unsigned)
            .with_no_colon_without_password(self.no_colon_without_password)
            .with_nonce_as_base64(self.nonce_as_base64);
        match &self.config.credentials {
            Some(own) if self.user_for_server => tolerance.with_user_name(&own.user),
            _ => tolerance,
        }
    }

    /// The binary form.
    fn verify(&self, unverified: Unverified<'_>) -> Option<san::Notification> {
        match &self.config.server_credentials {
            Some(server) => {
                let secret = binary::secret(&server.secret, self.nonce.as_ref());
                unverified.verify_with(&secret, &self.tolerance()).ok()
            }
            None => {
                let unsigned = self.unsigned && unverified.is_unsigned();
                unsigned.then(|| unverified.claimed().clone())
            }
        }
    }

    /// The form of a message.
    fn is_from_server(&self, message: &Message) -> bool {
        let server = self.config.server_credentials.as_ref();
        let proves = |server| Notification::is_signed_by(message, server, self.nonce.as_ref());
        server.is_some_and(proves) || (self.unsigned && message.hdr.cred.is_none())
    }
}

/// A notification that is to be followed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// What was asked for.
    pub notification: Notification,
    /// The session to begin: under the id that was given, with the datastores that were named.
    pub config: client::Config,
    /// What the user is to notice; to ask and to tell is the caller's business, before the session.
    pub ui_mode: UiMode,
    /// Whose wish it is.
    pub initiator: Initiator,
    /// Data for clients of the server's vendor.
    pub vendor: Vec<u8>,
}

/// Why a notification starts nothing. There is no answer to one: this is for a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ignored {
    /// It cannot be read. Holds what is wrong, and where.
    Malformed(String),
    /// It is no notification for data synchronization. Holds what it is.
    NotOurs(&'static str),
    /// It asks for nothing that could be synchronised.
    Nothing,
    /// It claims to be from a server that is not known. Holds the name.
    UnknownServer(ByteString),
    /// It is not proved to be from the server that it claims to be from. Holds the name.
    Unverified(ByteString),
    /// The session that it asks for has begun, or is over.
    Repeated {
        /// Under this id.
        session_id: SessionId,
        /// It is not over yet.
        running: bool,
    },
    /// It names no datastore that is set up here.
    UnknownDatastores,
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "it cannot be read: {what}"),
            Self::NotOurs(what) => write!(f, "it is {what}"),
            Self::Nothing => f.write_str("it asks for nothing"),
            Self::UnknownServer(server) => write!(f, "the server {server:?} is not known"),
            Self::Unverified(server) => {
                write!(f, "it is not proved to be from the server {server:?}")
            }
            Self::Repeated {
                session_id,
                running,
            } => {
                let how = if *running { "is running" } else { "is over" };
                write!(f, "the session {session_id} that it asks for {how}")
            }
            Self::UnknownDatastores => f.write_str("it names no datastore that is set up here"),
        }
    }
}

/// The notifications a client has followed, in memory or stored: what came once is not followed twice.
///
/// ```
/// use ds_protocol::{Account, Credentials, Datastore, Device, Ignored, Inbox, client};
/// use ds_protocol::{Alerted, AuthScheme, Notification, SyncType};
/// use san::Secret;
/// use syncml_devinf::ContentType;
/// use syncml_meta::Nonce;
///
/// // The server: what is to be synchronised, signed.
/// let mut asked = Notification::new("7", "sync.example.net");
/// asked.alerts.push(Alerted::new("contacts", SyncType::TwoWay));
/// let octets = asked.to_san().encode(&Secret::new("reed-42", b"nonce"))?;
///
/// // The client: what it would do by itself, and how it knows the server.
/// let contacts = Datastore::new("phonebook", [ContentType::new("text/vcard", "3.0")]);
/// let requests = [client::Request::new(contacts, "contacts")];
/// let config = client::Config::new(Device::new("IMEI:1", "phone"), "http://sync.example.net/ds", "1".into(), requests)
///     .with_server_credentials(Credentials::new("sync.example.net", "reed-42"), AuthScheme::Md5);
/// let account = Account::new(config, Some(Nonce::new(b"nonce".as_slice())));
///
/// let mut inbox = Inbox::default();
/// let call = inbox.take(&octets, None, |_| Some(account.clone())).unwrap();
/// assert_eq!(call.config.session_id.as_str(), "7");
/// let again = inbox.take(&octets, None, |_| Some(account.clone()));
/// assert!(matches!(again, Err(Ignored::Repeated { running: true, .. })));
/// # Ok::<(), san::EncodeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    seen: VecDeque<Seen>,
}

/// A session that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    server: ByteString,
    session_id: SessionId,
    running: bool,
}

/// What was read, before it is believed.
enum Read<'a> {
    Binary(Unverified<'a>),
    Message(Message),
}

impl Inbox {
    /// Takes what came in: as it came from the network, with whatever layers a carrier left on it, or what was in a push
    /// or a put, with its media type. `account` is asked once, for the server that it claims to be from: the server's
    /// identifier, or the URI that a message is from.
    ///
    /// What is followed is remembered; tell when its session is over ([`ended`](Self::ended)).
    ///
    /// # Errors
    ///
    /// Why it starts nothing.
    pub fn take(
        &mut self,
        bytes: &[u8],
        media_type: Option<&str>,
        account: impl FnOnce(&str) -> Option<Account>,
    ) -> Result<Call, Ignored> {
        let payload = match media_type {
            None => Payload::unpack(bytes).map_err(malformed)?,
            media_type => Payload::new(media_type, bytes),
        };
        let read = read(payload)?;
        let claimed = match &read {
            Read::Binary(unverified) => Notification::from_san(unverified.claimed()),
            Read::Message(message) => Notification::from_message(message),
        };
        let claimed = claimed.ok_or(Ignored::Nothing)?;
        if let Some(seen) = self.seen(&claimed) {
            return Err(Ignored::Repeated {
                session_id: seen.session_id.clone(),
                running: seen.running,
            });
        }
        let server = claimed.server.clone();
        let Some(account) = account(&server) else {
            return Err(Ignored::UnknownServer(server));
        };
        let trusted = match read {
            Read::Binary(unverified) => account.verify(unverified),
            // What it would say in the other form: a message has no room for the rest.
            Read::Message(message) => {
                let trusted = account.is_from_server(&message);
                trusted.then(|| claimed.to_san())
            }
        };
        let Some(trusted) = trusted else {
            return Err(Ignored::Unverified(server));
        };
        let config = account.config.alerted(&claimed);
        let config = config.ok_or(Ignored::UnknownDatastores)?;
        self.remember(&claimed);
        Ok(Call {
            notification: claimed,
            config,
            ui_mode: trusted.ui_mode,
            initiator: trusted.initiator,
            vendor: trusted.vendor,
        })
    }

    /// The session that a notification has begun is over, however it ended.
    pub fn ended(&mut self, notification: &Notification) {
        let is_it = |seen: &&mut Seen| seen.is(notification);
        if let Some(seen) = self.seen.iter_mut().find(is_it) {
            seen.running = false;
        }
    }

    /// Sessions without a number cannot be told from each other, so one of them can begin when the last is over.
    fn seen(&self, notification: &Notification) -> Option<&Seen> {
        let counts = |seen: &&Seen| seen.is(notification) && (seen.running || seen.is_numbered());
        self.seen.iter().find(counts)
    }

    fn remember(&mut self, notification: &Notification) {
        self.seen.retain(|seen| !seen.is(notification));
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(Seen {
            server: notification.server.clone(),
            session_id: notification.session_id.clone(),
            running: true,
        });
    }
}

impl Seen {
    fn is(&self, notification: &Notification) -> bool {
        self.server == notification.server && self.session_id == notification.session_id
    }

    fn is_numbered(&self) -> bool {
        !matches!(self.session_id.as_str(), "" | "0")
    }
}

fn read(payload: Payload<'_>) -> Result<Read<'_>, Ignored> {
    match payload {
        Payload::Notification(application @ san::Application::DataSync, bytes) => {
            let unverified = Unverified::parse_as(application, bytes);
            unverified.map(Read::Binary).map_err(malformed)
        }
        Payload::Notification(..) => Err(Ignored::NotOurs("a notification for device management")),
        Payload::Message(bytes) => {
            let encoding = sniff(bytes).unwrap_or(Encoding::Xml);
            let limits = Limits::default().with_max_bytes(san::MAX_LEN);
            let message = decode(&Bytes::copy_from_slice(bytes), encoding, &limits);
            message.map(Read::Message).map_err(malformed)
        }
        Payload::Email(_) => Err(Ignored::NotOurs("a notification about e-mail")),
        _ => Err(Ignored::NotOurs("something else")),
    }
}

fn malformed(error: impl fmt::Display) -> Ignored {
    Ignored::Malformed(error.to_string())
}

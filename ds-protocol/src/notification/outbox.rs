//! The server's side: whom to notify, what was sent, when to send it again.

use std::collections::VecDeque;

use bytestring::ByteString;
use san::{Initiator, LeftOut, UiMode};
use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_meta::Nonce;
use syncml_repr::{EncodeError, SessionId, encode, media_type};
use syncml_wbxml::Encoding;

use super::{Alerted, Notification, binary, is_session};
use crate::auth::Credentials;
use crate::config::AuthScheme;
use crate::session::datastore::base_name;
use crate::sync_type::SyncType;

/// Most datastores that the binary form can list.
const MOST: usize = 15;

/// How a server notifies.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutboxConfig {
    /// Who the server is to its clients: its identifier and its password. None: notifications prove nothing, and clients
    /// follow them only where they are told to. Default: none.
    pub credentials: Option<Credentials>,
    /// The server's identifier in the binary form.
    pub server_id: ByteString,
    /// The server's URI, which a message is from.
    pub uri: ByteString,
    /// How a message shows the credentials. Default: MD5.
    pub auth: AuthScheme,
    /// What the users are to notice. Default: nothing is said.
    pub ui_mode: UiMode,
    /// Most octets of a notification in the binary form; what does not fit is asked for later. Default: no limit.
    pub limit: Option<usize>,
    /// Seconds to wait for a session after each time a notification was sent; one that never came after the last is given
    /// up. Default: 30 seconds, 2 minutes, 10 minutes, an hour.
    pub waits: Vec<u32>,
}

impl OutboxConfig {
    /// A configuration with the defaults, for a server that goes by this identifier and is reached at this URI.
    pub fn new(server_id: impl Into<ByteString>, uri: impl Into<ByteString>) -> Self {
        Self {
            credentials: None,
            server_id: server_id.into(),
            uri: uri.into(),
            auth: AuthScheme::Md5,
            ui_mode: UiMode::NotSpecified,
            limit: None,
            waits: vec![30, 120, 600, 3600],
        }
    }

    /// With credentials; their user is the server's identifier from now on.
    #[must_use]
    pub fn with_credentials(mut self, credentials: Credentials) -> Self {
        self.server_id = credentials.user.clone();
        self.credentials = Some(credentials);
        self
    }

    /// With another wish for the users' attention.
    #[must_use]
    pub fn with_ui_mode(mut self, ui_mode: UiMode) -> Self {
        self.ui_mode = ui_mode;
        self
    }

    /// With a limit for the size, such as [`san::SINGLE_SMS`].
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// With other waits, in seconds.
    #[must_use]
    pub fn with_waits(mut self, waits: impl Into<Vec<u32>>) -> Self {
        self.waits = waits.into();
        self
    }
}

/// The form in which a device takes notifications.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Form {
    /// Octets: SyncML 1.2.
    #[default]
    Binary,
    /// A message: SyncML 1.0 and 1.1.
    Message(Version, Encoding),
}

impl Form {
    /// The form that goes with a version, such as that of the device information.
    pub fn of(version: Version) -> Self {
        match version {
            Version::V1_0 | Version::V1_1 => Self::Message(version, Encoding::Wbxml),
            _ => Self::Binary,
        }
    }

    /// What a device may take that does not take this.
    const fn other(self) -> Self {
        match self {
            Self::Binary => Self::Message(Version::V1_1, Encoding::Wbxml),
            Self::Message(..) => Self::Binary,
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Binary => san::Application::DataSync.media_type(),
            Self::Message(_, encoding) => media_type(encoding),
        }
    }
}

/// A device that synchronises a datastore.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Asked {
    /// Its id.
    pub device: ByteString,
    /// What to ask it for.
    pub alerted: Alerted,
    /// The form it takes, as far as that is known. Default: binary.
    pub form: Form,
}

impl Asked {
    /// A two-way sync of a datastore, in the binary form.
    pub fn new(device: impl Into<ByteString>, datastore: impl Into<ByteString>) -> Self {
        Self {
            device: device.into(),
            alerted: Alerted::new(datastore, SyncType::TwoWay),
            form: Form::default(),
        }
    }

    /// In another form.
    #[must_use]
    pub fn with_form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// For another sync.
    #[must_use]
    pub fn with_alerted(mut self, alerted: Alerted) -> Self {
        self.alerted = alerted;
        self
    }
}

/// What is to be done next for somebody's notification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Tell the nonce that this device gave out last ([`PeerRecord::server_nonce`](crate::PeerRecord::server_nonce)):
    /// [`Outbox::nonce`].
    Nonce {
        /// The device.
        device: ByteString,
    },
    /// Send this, by whatever reaches the device. Where it refuses the form: [`Outbox::refused`].
    Send(Sending),
    /// When this time is over: [`Outbox::woken`].
    Wait {
        /// The device.
        device: ByteString,
        /// The session that it was asked for.
        session_id: u16,
        /// The time.
        seconds: u32,
    },
    /// The device does not come, or takes no form. Its next session brings what it lacks.
    GaveUp {
        /// The device.
        device: ByteString,
        /// The session that it was asked for.
        session_id: u16,
    },
}

/// A notification on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sending {
    /// The device.
    pub device: ByteString,
    /// The session that it is asked for.
    pub session_id: u16,
    /// How often it was sent before.
    pub repeats: u32,
    /// What it says.
    pub notification: Notification,
    /// Its media type.
    pub media_type: &'static str,
    /// Its octets.
    pub bytes: Vec<u8>,
}

/// A session that answers a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// The form that was understood: remember it for this device.
    pub form: Form,
}

impl Receipt {
    /// For [`server::Config::with_notified`](crate::server::Config::with_notified): the notification was message 1 of the
    /// session.
    pub const fn is_notified(self) -> bool {
        matches!(self.form, Form::Message(..))
    }
}

/// The notifications of a server that were not answered yet, in memory or stored.
///
/// It knows no clock: it says how long to wait, and is told when that is over. What is lost is sent again, and what stays
/// lost does no harm: nothing depends on a notification but how soon the device comes.
///
/// ```
/// use ds_protocol::{Asked, Credentials, Outbox, OutboxConfig, Step};
///
/// let config = OutboxConfig::new("sync.example.net", "http://sync.example.net/ds")
///     .with_credentials(Credentials::new("sync.example.net", "reed-42"))
///     .with_waits([30, 60]);
/// let mut outbox = Outbox::new(7);
/// // The tablet has changed the contacts, and the phone synchronises them, too.
/// outbox.changed(Some("tablet"), [Asked::new("phone", "contacts"), Asked::new("tablet", "contacts")]);
///
/// assert!(matches!(outbox.poll(&config)?, Some(Step::Nonce { device }) if device == "phone"));
/// outbox.nonce("phone", None);
/// let Some(Step::Send(sent)) = outbox.poll(&config)? else { panic!() };
/// assert_eq!((&*sent.device, sent.session_id), ("phone", 7));
/// assert!(matches!(outbox.poll(&config)?, Some(Step::Wait { seconds: 30, .. })));
/// assert_eq!(outbox.poll(&config)?, None);
///
/// // It comes: nothing is sent again.
/// assert!(outbox.began("phone", &"7".into()).is_some());
/// outbox.woken("phone", 7);
/// assert_eq!(outbox.poll(&config)?, None);
/// # Ok::<(), ds_protocol::OutboxError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outbox {
    calls: VecDeque<Call>,
    next: u16,
}

/// What one device is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Call {
    device: ByteString,
    session_id: u16,
    alerts: Vec<Alerted>,
    /// For a session after this one.
    later: Vec<Alerted>,
    form: Form,
    /// The other form was refused.
    fell_back: bool,
    nonce: Option<Nonce>,
    sent: u32,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    /// It is to be sent.
    Due,
    /// It waits for the nonce.
    Asking,
    /// It can be sent.
    Ready,
    /// It was sent, and nobody was told to wait.
    Sent,
    /// It waits for the session.
    Waiting,
    /// It will not be sent again.
    Over,
}

/// A notification cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// In the binary form.
    #[error("the notification cannot be written: {0}")]
    Binary(#[from] san::EncodeError),
    /// As a message.
    #[error("the notification cannot be written: {0}")]
    Message(#[from] EncodeError),
}

impl Outbox {
    /// Without anything to send. Session ids are counted up from `first`, which is best another one each time this state
    /// begins anew: devices remember the ids of sessions they have had.
    pub fn new(first: u16) -> Self {
        Self {
            calls: VecDeque::new(),
            next: first,
        }
    }

    /// Something has changed: all who synchronise it are asked, but for the device that has changed it. Who is asked
    /// already is asked for more before it was sent, and in a session of its own after that.
    pub fn changed(&mut self, by: Option<&str>, asked: impl IntoIterator<Item = Asked>) {
        for asked in asked {
            if by.is_none_or(|by| *by != *asked.device) {
                self.ask(asked);
            }
        }
    }

    fn ask(&mut self, asked: Asked) {
        let Asked {
            device,
            alerted,
            form,
        } = asked;
        let Some(call) = self.calls.iter_mut().find(|call| call.device == device) else {
            return self.call(device, form, vec![alerted]);
        };
        if call.alerts.contains(&alerted) {
            return;
        }
        let list = match call.sent {
            0 if call.phase != Phase::Over => &mut call.alerts,
            _ => &mut call.later,
        };
        // The last word on a datastore counts.
        list.retain(|known| known.datastore != alerted.datastore);
        list.push(alerted);
    }

    fn call(&mut self, device: ByteString, form: Form, alerts: Vec<Alerted>) {
        let session_id = self.next.max(1);
        self.next = session_id.wrapping_add(1);
        self.calls.push_back(Call {
            device,
            session_id,
            alerts,
            later: Vec::new(),
            form,
            fell_back: false,
            nonce: None,
            sent: 0,
            phase: Phase::Due,
        });
    }

    /// What is to be done next; none: nothing, until something is told.
    ///
    /// # Errors
    ///
    /// [`OutboxError`] where a notification cannot be written, such as one with a name of more than 255 octets. It is
    /// given up.
    pub fn poll(&mut self, config: &OutboxConfig) -> Result<Option<Step>, OutboxError> {
        let at = self
            .calls
            .iter()
            .position(|call| !matches!(call.phase, Phase::Asking | Phase::Waiting));
        let Some(mut call) = at.and_then(|at| self.calls.remove(at)) else {
            return Ok(None);
        };
        let device = call.device.clone();
        let session_id = call.session_id;
        let step = match call.phase {
            Phase::Ready => {
                let sending = call.sending(config)?;
                call.phase = Phase::Sent;
                call.sent += 1;
                Step::Send(sending)
            }
            Phase::Sent => {
                call.phase = Phase::Waiting;
                let seconds = call.wait(config).unwrap_or_default();
                Step::Wait {
                    device,
                    session_id,
                    seconds,
                }
            }
            Phase::Over => {
                self.next_after(call);
                return Ok(Some(Step::GaveUp { device, session_id }));
            }
            _ if call.sent > 0 && call.is_last(config) => {
                self.next_after(call);
                return Ok(Some(Step::GaveUp { device, session_id }));
            }
            _ => {
                call.phase = Phase::Asking;
                Step::Nonce { device }
            }
        };
        self.calls.push_back(call);
        Ok(Some(step))
    }

    /// The nonce for notifications to a device, as [`Step::Nonce`] asked; none: an empty one in the binary form, and no
    /// credentials in a message.
    pub fn nonce(&mut self, device: &str, nonce: Option<Nonce>) {
        if let Some(call) = self.find(device, |call| call.phase == Phase::Asking) {
            call.nonce = nonce;
            call.phase = Phase::Ready;
        }
    }

    /// The wait for a session is over.
    pub fn woken(&mut self, device: &str, session_id: u16) {
        let waits = |call: &Call| call.session_id == session_id && call.phase == Phase::Waiting;
        if let Some(call) = self.find(device, waits) {
            call.phase = Phase::Due;
        }
    }

    /// The device has refused what was sent to it: it is asked in the other form at once, unless it has refused that, too.
    pub fn refused(&mut self, device: &str, session_id: u16) {
        let is_out = |call: &Call| call.session_id == session_id && call.sent > 0;
        if let Some(call) = self.find(device, is_out) {
            call.phase = match call.fell_back {
                true => Phase::Over,
                false => Phase::Due,
            };
            call.form = call.form.other();
            call.fell_back = true;
            call.sent = 0;
        }
    }

    /// A device has begun a session. Some: it is the one that it was asked for, and nothing is sent again.
    pub fn began(&mut self, device: &str, session_id: &SessionId) -> Option<Receipt> {
        let ours = |call: &Call| {
            call.device == *device && call.sent > 0 && is_session(&call.id(), session_id)
        };
        let at = self.calls.iter().position(ours)?;
        let call = self.calls.remove(at)?;
        let form = call.form;
        self.next_after(call);
        Some(Receipt { form })
    }

    /// A device has synchronised a datastore, in whatever session: it need not be asked for that any more.
    pub fn synced(&mut self, device: &str, datastore: &str) {
        let of_device = |call: &Call| call.device == *device;
        let Some(at) = self.calls.iter().position(of_device) else {
            return;
        };
        let Some(mut call) = self.calls.remove(at) else {
            return;
        };
        let is_other = |alerted: &Alerted| base_name(&alerted.datastore) != base_name(datastore);
        call.alerts.retain(is_other);
        call.later.retain(is_other);
        match call.alerts.is_empty() {
            true => self.next_after(call),
            false => self.calls.insert(at, call),
        }
    }

    /// After this state was stored and taken up again, nobody waits any more: the waits begin anew.
    pub fn restored(&mut self) {
        for call in &mut self.calls {
            call.phase = match call.phase {
                Phase::Asking => Phase::Due,
                Phase::Waiting => Phase::Sent,
                phase => phase,
            };
        }
    }

    /// Whether nobody is asked for anything.
    pub fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// What was put off while a call was out is a call of its own.
    fn next_after(&mut self, call: Call) {
        if !call.later.is_empty() {
            self.call(call.device, call.form, call.later);
        }
    }

    fn find(&mut self, device: &str, fits: impl Fn(&Call) -> bool) -> Option<&mut Call> {
        let mut calls = self.calls.iter_mut();
        calls.find(|call| call.device == *device && fits(call))
    }
}

impl Call {
    fn id(&self) -> SessionId {
        self.session_id.to_string().into()
    }

    /// How long to wait after the last time it was sent.
    fn wait(&self, config: &OutboxConfig) -> Option<u32> {
        let at = usize::try_from(self.sent).ok()?.checked_sub(1)?;
        config.waits.get(at).copied()
    }

    fn is_last(&self, config: &OutboxConfig) -> bool {
        usize::try_from(self.sent).is_ok_and(|sent| sent >= config.waits.len())
    }

    fn sending(&mut self, config: &OutboxConfig) -> Result<Sending, OutboxError> {
        let (notification, bytes) = match self.form {
            Form::Binary => self.binary(config)?,
            Form::Message(version, encoding) => {
                let mut notification = Notification::new(self.id(), config.uri.clone());
                notification.alerts.clone_from(&self.alerts);
                let mut message = notification.to_message(version, self.device.clone());
                if let Some(own) = &config.credentials {
                    Notification::sign(&mut message, own, config.auth, self.nonce.clone());
                }
                (notification, encode(&message, encoding)?)
            }
        };
        Ok(Sending {
            device: self.device.clone(),
            session_id: self.session_id,
            repeats: self.sent,
            notification,
            media_type: self.form.media_type(),
            bytes,
        })
    }

    /// Keeps the first so many datastores; the others come first in the next session.
    fn put_off(&mut self, kept: usize) {
        let mut rest = self.alerts.split_off(kept);
        rest.append(&mut self.later);
        self.later = rest;
    }

    /// The binary form, with what it has room for; the rest is put off.
    fn binary(&mut self, config: &OutboxConfig) -> Result<(Notification, Vec<u8>), OutboxError> {
        let mut notification = Notification::new(self.id(), config.server_id.clone());
        if self.alerts.len() > MOST {
            self.put_off(MOST);
        }
        notification.alerts.clone_from(&self.alerts);
        let mut san = notification.to_san();
        san.ui_mode = config.ui_mode;
        san.initiator = Initiator::Server;
        if let Some(fit) = config.limit.and_then(|limit| san.fit(limit)) {
            let put_off = |left: &LeftOut| matches!(left, LeftOut::Sync(_));
            let kept = self.alerts.len() - fit.left_out.iter().filter(|left| put_off(left)).count();
            self.put_off(kept);
            notification.alerts.truncate(kept);
            san = fit.notification;
        }
        let bytes = match &config.credentials {
            Some(own) => san.encode(&binary::secret(&own.secret, self.nonce.as_ref()))?,
            None => san.encode_unsigned()?,
        };
        Ok((notification, bytes))
    }
}

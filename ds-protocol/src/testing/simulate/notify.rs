//! Notifications: a server asks devices for sessions, on a road where anything may befall what it sends.
//!
//! Whatever does, nothing begins a session but what the server has sent, unchanged, once; and what never arrives costs
//! nothing but time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use syncml_devinf::Version;
use syncml_repr::SessionId;

use super::device::{SERVER, hub, server_name};
use super::plan::{Fate, NotifyPlan, SessionPlan};
use super::session::Running;
use super::world::World;
use crate::auth::Credentials;
use crate::client::Config;
use crate::config::AuthScheme;
use crate::notification::{
    Account, Alerted, Asked, Form, Ignored, Inbox, Outbox, OutboxConfig, Sending, Step,
};
use crate::store::Store;
use crate::sync_type::SyncType;

/// Ids of sessions that were asked for are no device's own.
const FIRST: u16 = 10_000;

/// A notification under way.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mail {
    device: usize,
    session_id: u16,
    media_type: &'static str,
    bytes: Vec<u8>,
    /// What it asks for.
    store: usize,
    sync_type: SyncType,
}

/// What the server and the devices remember of notifications, and what is on its way.
#[derive(Debug)]
pub(super) struct Post {
    outbox: Outbox,
    inboxes: BTreeMap<usize, Inbox>,
    /// Everything that the server has sent.
    sent: Vec<Mail>,
    late: Vec<Mail>,
    /// Sessions that were begun for one.
    followed: BTreeSet<(usize, u16)>,
}

impl Default for Post {
    fn default() -> Self {
        Self {
            outbox: Outbox::new(FIRST),
            inboxes: BTreeMap::new(),
            sent: Vec::new(),
            late: Vec::new(),
            followed: BTreeSet::new(),
        }
    }
}

fn config(credentials: Credentials) -> OutboxConfig {
    OutboxConfig::new(credentials.user.clone(), SERVER)
        .with_credentials(credentials)
        .with_waits([1, 2])
}

impl World {
    /// The server asks a device for a session, as often as it does.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub(super) fn notify(&mut self, plan: &NotifyPlan) -> Result<(), String> {
        let device = plan
            .session
            .device
            .min(self.devices.len().saturating_sub(1));
        let store = plan
            .store
            .min(self.plan.setting.stores.len().saturating_sub(1));
        let asked = self.asked(device, store, plan.session.sync_type);
        self.post.outbox.changed(None, [asked.clone()]);
        let mut fates = plan.fates.iter();
        loop {
            let step = self.post.outbox.poll(&config(hub()));
            let Some(step) = step.map_err(|error| error.to_string())? else {
                break;
            };
            match step {
                Step::Nonce { device } => {
                    let record = self.server.load_peer(&device);
                    let record = record.map_err(|fault| fault.to_string())?;
                    self.post.outbox.nonce(&device, record.server_nonce);
                }
                Step::Send(sending) => {
                    let mail = mail(device, store, plan.session.sync_type, sending);
                    self.post.sent.push(mail.clone());
                    let fate = fates.next().unwrap_or(&Fate::Lost);
                    self.tally.strike(fate.name());
                    self.say(|| format!("-- notification {mail:?}: {fate:?}"));
                    self.carry(mail, fate, &asked, plan)?;
                }
                Step::Wait {
                    device, session_id, ..
                } => self.post.outbox.woken(&device, session_id),
                Step::GaveUp { .. } => {}
            }
        }
        // What came late, and somebody who sends again what was sent once.
        let late = std::mem::take(&mut self.post.late);
        let again = self.post.sent.iter().find(|mail| mail.device == device);
        for mail in late.into_iter().chain(again.cloned()) {
            let session = SessionPlan::quiet(mail.device);
            self.deliver(&mail, session)?;
        }
        Ok(())
    }

    fn asked(&self, device: usize, store: usize, sync_type: SyncType) -> Asked {
        let version = self.devices[device].setting.version;
        Asked::new(self.devices[device].id(), server_name(store))
            .with_form(Form::of(version))
            .with_alerted(Alerted::new(server_name(store), sync_type))
    }

    /// What befalls a notification.
    fn carry(
        &mut self,
        mail: Mail,
        fate: &Fate,
        asked: &Asked,
        plan: &NotifyPlan,
    ) -> Result<(), String> {
        match fate {
            Fate::Lost => {}
            Fate::Arrives => self.deliver(&mail, plan.session.clone())?,
            Fate::Twice => {
                self.deliver(&mail, plan.session.clone())?;
                self.deliver(&mail, plan.session.clone())?;
            }
            Fate::Late => self.post.late.push(mail),
            Fate::Damaged(at, bits) => {
                let mut damaged = mail;
                let at = damaged.bytes.len() * usize::from(*at) / 1000;
                if let Some(octet) = damaged.bytes.get_mut(at) {
                    *octet ^= bits;
                }
                // The digest of a message says nothing of the rest of it: there the transport tells.
                if self.devices[damaged.device].setting.version == Version::V1_2 {
                    self.deliver(&damaged, plan.session.clone())?;
                }
            }
            Fate::Forged => {
                let mut forger = Outbox::new(mail.session_id);
                forger.changed(None, [asked.clone()]);
                let wrong = config(Credentials::new(hub().user, "not the password"));
                while let Ok(Some(step)) = forger.poll(&wrong) {
                    match step {
                        Step::Nonce { device } => forger.nonce(&device, None),
                        Step::Send(sending) => {
                            let forged = super::notify::mail(
                                mail.device,
                                mail.store,
                                mail.sync_type,
                                sending,
                            );
                            self.deliver(&forged, plan.session.clone())?;
                            break;
                        }
                        _ => break,
                    }
                }
            }
        }
        Ok(())
    }

    /// A notification reaches a device, which may follow it.
    fn deliver(&mut self, mail: &Mail, session: SessionPlan) -> Result<(), String> {
        let device = mail.device;
        let usual = self.devices[device].config(&self.plan.setting, SyncType::TwoWay);
        let mut inbox = self.post.inboxes.remove(&device).unwrap_or_default();
        let taken = self.take(&mut inbox, mail, &usual);
        match taken {
            Ok((config, notification)) => {
                self.check(mail, &usual, &config)?;
                self.post
                    .outbox
                    .began(&self.devices[device].id(), &config.session_id);
                if self.devices[device].setting.version != Version::V1_2 {
                    self.note_notified(&config.session_id);
                }
                self.tally.sessions += 1;
                self.tally.strike("session begun by a notification");
                let sync_type = match mail.sync_type {
                    SyncType::Slow => SyncType::TwoWay,
                    other => other,
                };
                let plan = SessionPlan {
                    device,
                    sync_type,
                    ..session
                };
                self.finish(Running::new(plan, Arc::new(config)))?;
                inbox.ended(&notification);
            }
            Err(ignored) => self.say(|| format!("device {device} ignores it: {ignored}")),
        }
        self.post.inboxes.insert(device, inbox);
        Ok(())
    }

    fn take(
        &mut self,
        inbox: &mut Inbox,
        mail: &Mail,
        usual: &Config,
    ) -> Result<(Config, crate::notification::Notification), Ignored> {
        let record = self.devices[mail.device].store.load_peer(SERVER);
        let nonce = record.ok().and_then(|record| record.server_nonce);
        let known = usual.clone();
        let known = known.with_server_credentials(hub(), AuthScheme::Md5);
        let account = Account::new(known, nonce);
        let is_known = |name: &str| name == &*hub().user || name == SERVER;
        let call = inbox.take(&mail.bytes, Some(mail.media_type), |name| {
            is_known(name).then_some(account)
        })?;
        let mut config = call.config;
        // How the server proves in its sessions who it is has nothing to do with that.
        (config.server_credentials, config.server_auth) =
            (usual.server_credentials.clone(), usual.server_auth);
        Ok((config, call.notification))
    }

    /// A session begins for a notification: the right one, for one that was sent, and once.
    fn check(&mut self, mail: &Mail, usual: &Config, config: &Config) -> Result<(), String> {
        if !self.post.sent.contains(mail) {
            return Err("a notification that nobody sent begins a session".to_owned());
        }
        let key = (mail.device, mail.session_id);
        if !self.post.followed.insert(key) {
            return Err("a notification begins two sessions".to_owned());
        }
        let is_same = config.server == usual.server
            && config.credentials == usual.credentials
            && config.session_id.as_str() == mail.session_id.to_string();
        let asks = config.requests.iter();
        let is_asked = asks
            .map(|request| &*request.remote)
            .eq([&*server_name(mail.store)]);
        match is_same && is_asked {
            true => Ok(()),
            false => Err("a notification begins another session than it asks for".to_owned()),
        }
    }

    /// The server knows the session for one that it has asked for in a message.
    fn note_notified(&mut self, session_id: &SessionId) {
        self.host.notified.insert(session_id.as_str().to_owned());
    }
}

fn mail(device: usize, store: usize, sync_type: SyncType, sending: Sending) -> Mail {
    Mail {
        device,
        session_id: sending.session_id,
        media_type: sending.media_type,
        bytes: sending.bytes,
        store,
        sync_type,
    }
}

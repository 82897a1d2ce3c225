//! Packages 1 and 2: Alerts, anchors, device information.

use bytestring::ByteString;
use syncml_devinf::{DevInf, Version};
use syncml_meta::base64;
use syncml_repr::{Alert, AlertCode, Command, Data, Get, Item, Put, Status, StatusCode};

use super::login::Guard;
use super::turn::Client;
use crate::config::Device;
use crate::link::Link;
use crate::notice::{Notice, SlowReason};
use crate::peer::PeerRecord;
use crate::session::command::uri;
use crate::session::datastore::StoreState;
use crate::session::login::Login;
use crate::session::pending::Awaiting;
use crate::session::port::join_all;
use crate::session::resume::{Resumption, Suspension};
use crate::session::talk::{Abort, Incoming, Role};
use crate::session::{dev_inf, filter};
use crate::store::StoreFault;
use crate::sync_type::SyncType;

/// Longest GUID we keep, told to the server as `MaxGUIDSize`, in octets.
const MAX_GUID_SIZE: u64 = 255;

/// What takes the place of a slow sync where the server bears few of them ([`Profile::recovers_by_refresh`]), and the mark
/// in the store that it has to.
///
/// [`Profile::recovers_by_refresh`]: crate::Profile::recovers_by_refresh
const RECOVERY: SyncType = SyncType::RefreshFromServer;

impl Client {
    /// Prepares package 1: Put and Get of device information where needed, then the Alerts.
    pub(super) async fn init(&mut self) -> Result<(), Abort> {
        self.talk.common.peer = self.config.server.clone();
        self.talk.common.local_uri = self.config.device.id.clone();
        self.talk.common.remote_uri = self.config.server.clone();
        match self.open().await {
            Ok(record) => {
                for index in 0..self.talk.common.datastores.len() {
                    self.talk.agree(index).await;
                    let store = &mut self.talk.common.datastores[index];
                    // What the caller agrees to is as good as asked for by it.
                    store.asked = match store.sync_type {
                        SyncType::RefreshFromServer => SyncType::RefreshFromServer,
                        _ => self.config.requests[index].sync_type,
                    };
                }
                self.compose_package(&record)?;
                self.tell_anew(&record).await?;
                if self.may_combine(&record) {
                    self.combine(&record).await;
                }
                Ok(())
            }
            Err(fault) => {
                self.talk.peer_failed(&fault);
                Err(Abort(fault.status()))
            }
        }
    }

    /// Asks the store what it remembers of the server and of every datastore pair.
    async fn open(&mut self) -> Result<Box<PeerRecord>, StoreFault> {
        let server = self.config.server.clone();
        let record = self.talk.port.load_peer(server.clone()).await?;
        self.talk.choose_profile(record.dev_inf.as_ref());
        self.follow_profile();
        self.state.login = Login::new(self.config.auth, record.nonce.clone());
        self.state.guard = Guard::new(record.server_nonce.clone());
        let config = self.config.clone();
        let user = config
            .credentials
            .as_ref()
            .map(|credentials| credentials.user.clone());
        let user = user.unwrap_or_default();
        let links = config.requests.iter().map(|request| {
            let (local, remote) = (request.datastore.name.clone(), request.remote.clone());
            Link::new(user.clone(), server.clone(), local, remote)
        });
        let port = &self.talk.port;
        let opening = links.map(|link| async move { (link.clone(), port.open(link).await) });
        for (request, (link, opened)) in config.requests.iter().zip(join_all(opening).await) {
            let opened = opened?;
            let cannot =
                self.talk.common.version != Version::V1_2 || self.talk.profile().no_suspend;
            let profile = self.talk.profile();
            let (by_refresh, emulates) = (profile.recovers_by_refresh, profile.emulates_refresh);
            let resumed = self.config.resumes(request.sync_type, &opened, &record);
            // To the server that refresh was a slow sync, in which it would not send again what was confirmed.
            let emulated = emulates && resumed == Some(SyncType::RefreshFromServer);
            let resumed = resumed.filter(|_| !cannot && !emulated);
            if resumed.is_none() && opened.unfinished.is_some_and(SyncType::is_afresh) {
                self.talk.forget_unfinished(link.clone()).await?;
            }
            let slow = opened.last.is_none() && request.sync_type == SyncType::TwoWay;
            let recovers = slow && opened.unfinished == Some(RECOVERY) && by_refresh;
            // The server's wish is not the caller's yet.
            let asked = match request.by_server {
                true => SyncType::TwoWay,
                false => request.sync_type,
            };
            let (sync_type, resumption) = match resumed {
                Some(unfinished) => (unfinished, Resumption::Asked),
                None if recovers => (RECOVERY, Resumption::No),
                None if slow => (SyncType::Slow, Resumption::No),
                None => (request.sync_type, Resumption::No),
            };
            let own = Some(&request.datastore);
            let store = StoreState::new(link, opened, own, (asked, sync_type), resumption);
            self.talk.common.datastores.push(store);
        }
        Ok(record)
    }

    /// Does before the first message what the server's profile says of it.
    fn follow_profile(&mut self) {
        let common = &mut self.talk.common;
        let profile = &common.chosen.profile;
        if let Some(max) = profile.version_max {
            common.version = common.version.min(max);
        }
        if let Some(id) = profile.local_id.clone() {
            common.local_uri = id;
        }
    }

    /// About to tell the server other device information than it has: which of them it has in the end nobody knows before
    /// the session has ended.
    async fn tell_anew(&mut self, record: &PeerRecord) -> Result<(), Abort> {
        let other = self.fingerprint();
        if record.dev_inf_sent.as_ref().is_none_or(|it| *it == other) {
            return Ok(());
        }
        let unsure = self.talk.update_peer(|record| record.dev_inf_sent = None);
        unsure.await.map_err(|fault| {
            self.talk.peer_failed(&fault);
            Abort(fault.status())
        })
    }

    fn compose_package(&mut self, record: &PeerRecord) -> Result<(), Abort> {
        let broken = |_| Abort(StatusCode::COMMAND_FAILED);
        let version = self.talk.common.version;
        let slow = self
            .talk
            .common
            .datastores
            .iter()
            .any(|store| store.sync_type.is_afresh());
        let mut package = Vec::new();
        // Some servers want it on every slow sync.
        self.state.dev_inf_sent =
            record.dev_inf_sent.as_ref() == Some(&self.fingerprint()) && !slow;
        // A session without datastores is there for that alone.
        let is_asked = self.config.requests.is_empty();
        self.state.dev_inf_sent &= !is_asked;
        // What a server does not keep, it asks for too late where the changes come with the Alerts: libsynthesis writes local
        // times until it is told of UTC.
        let is_kin = record
            .dev_inf
            .as_ref()
            .is_some_and(|server| Device::is_own(server.man.as_ref()));
        let tells_again = self.may_combine(record) && !is_kin;
        if !self.state.dev_inf_sent || tells_again {
            let item = self.talk.dev_inf_item(&self.dev_inf()).map_err(broken)?;
            package.push(
                Put::new("")
                    .with_meta(dev_inf::meta())
                    .with_item(item)
                    .into(),
            );
        }
        match &record.dev_inf {
            Some(dev_inf) if !is_asked => self.talk.common.note_dev_inf(dev_inf),
            _ => package.push(dev_inf::get(version)),
        }
        for index in 0..self.talk.common.datastores.len() {
            package.extend(self.alert(index, record.dev_inf.as_ref()));
        }
        self.talk.common.outgoing = package
            .iter()
            .map(|command| (command.clone(), Awaiting::Nothing))
            .collect();
        self.state.package = package;
        self.await_alerts();
        Ok(())
    }

    /// The Alert of a datastore; none where the server cannot send the part of it that is wanted.
    fn alert(&mut self, index: usize, server: Option<&DevInf>) -> Option<Command> {
        let max_obj_size = self.talk.own_max_obj_size();
        let mut wanted = self
            .config
            .requests
            .get(index)
            .and_then(|request| request.filter.clone());
        let profile = self.talk.profile();
        let (no_filter, emulates_refresh) = (profile.no_filter, profile.emulates_refresh);
        let bare_luid = profile.bare_luid;
        let store = &mut self.talk.common.datastores[index];
        if !store.is_active() {
            return None;
        }
        if let Some(wanted) = &mut wanted {
            if bare_luid {
                wanted.expression = filter::with_bare_luid(&wanted.expression).into();
            }
            let why = match server {
                _ if no_filter => "the server's profile says that it cannot bear any",
                _ if self.talk.common.version < Version::V1_2 => "filters need SyncML 1.2",
                None => "what the server can is not known yet",
                Some(server) if !filter::is_taken(server, &store.link.remote, wanted) => {
                    "the server has no such filters for this datastore"
                }
                Some(_) => "",
            };
            let status = match why {
                "" => StatusCode::OK,
                _ => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            };
            self.talk.port.notice(Notice::Filter {
                datastore: store.link.local.clone(),
                expression: wanted.to_string().into(),
                status,
                why: why.to_owned(),
                later: server.is_none() && self.talk.common.version >= Version::V1_2,
            });
            if status != StatusCode::OK {
                store.fail(status);
                return None;
            }
        }
        let code = match store.alert_code() {
            AlertCode::REFRESH_FROM_SERVER if emulates_refresh => AlertCode::SLOW,
            code => code,
        };
        self.state.alerted.push(index);
        Some(store.alert(code, max_obj_size, wanted.as_ref()))
    }

    /// Notes for each Alert in the package which datastore its answer is about.
    pub(super) fn await_alerts(&mut self) {
        let alerted = &self.state.alerted;
        let alerts = self
            .talk
            .common
            .outgoing
            .iter_mut()
            .filter(|(command, _)| matches!(command, Command::Alert(_)));
        for ((_, awaiting), index) in alerts.zip(alerted) {
            *awaiting = Awaiting::Alert(*index);
        }
    }

    fn dev_inf(&self) -> syncml_devinf::DevInf {
        let datastores = self
            .config
            .requests
            .iter()
            .map(|request| &request.datastore);
        dev_inf::own(
            &self.config.device,
            datastores,
            Some(MAX_GUID_SIZE),
            self.talk.common.version,
        )
    }

    /// Changes when our device information does.
    fn fingerprint(&self) -> ByteString {
        base64::encode(&self.dev_inf().fingerprint()).into()
    }

    /// The server's Alert: what it agreed to, with its anchors.
    pub(super) async fn take_alert(
        &mut self,
        incoming: &Incoming,
        command: &Command,
        alert: &Alert,
    ) {
        if self.talk.is_small_talk(alert) {
            return self.talk.owe_one(incoming, command, StatusCode::OK);
        }
        let Some(code) = alert.code else {
            return self
                .talk
                .owe_one(incoming, command, StatusCode::BAD_REQUEST);
        };
        if code == AlertCode::SUSPEND {
            // The server leaves the session, and says nothing more.
            self.talk.common.suspension = Suspension::Said;
            return;
        }
        let is_settling = self.is_settling();
        let (status, item) = match (alert.items.first(), SyncType::from_alert(code)) {
            (None, _) => (StatusCode::INCOMPLETE_COMMAND, None),
            (Some(_), _) if !is_settling => (StatusCode::COMMAND_NOT_ALLOWED, None),
            (Some(item), sync_type) => {
                let (target, source) = (uri(item.target.as_ref()), uri(item.source.as_ref()));
                match (self.talk.place(target.as_ref(), source.as_ref()), sync_type) {
                    (None, _) => (StatusCode::NOT_FOUND, Some(item)),
                    (Some(index), Some(sync_type)) => {
                        (self.settle(index, item, sync_type).await, Some(item))
                    }
                    // A server that repeats our 225 means the type that the unfinished session has.
                    (Some(index), None) if code == AlertCode::RESUME => {
                        let offered = self.talk.common.datastores[index].sync_type;
                        (self.settle(index, item, offered).await, Some(item))
                    }
                    (Some(index), None) => {
                        let status = StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED;
                        self.talk.common.datastores[index].fail(status);
                        (status, Some(item))
                    }
                }
            }
        };
        let mut answer = Status::new("", incoming.msg_id, alert.cmd_id.clone(), "Alert", status);
        (answer.target_refs, answer.source_refs) = crate::session::command::refs(command);
        if let Some(anchor) = item
            .and_then(|item| item.meta.as_ref())
            .and_then(|meta| meta.anchor.as_ref())
        {
            answer.items = vec![Item::new().with_data(Data::next_anchor(anchor.next.clone()))];
        }
        self.talk.owe(incoming, alert.no_resp, answer);
    }

    /// Settles the type of one datastore with what the server offers. In one piece: each rule of the negotiation is decided on
    /// what those before it have left.
    async fn settle(&mut self, index: usize, item: &Item, offered: SyncType) -> StatusCode {
        let store = &mut self.talk.common.datastores[index];
        let anchor = item.meta.as_ref().and_then(|meta| meta.anchor.as_ref());
        let (server_last, server_next) = match anchor {
            Some(anchor) => (anchor.last.clone().unwrap_or_default(), anchor.next.clone()),
            None => (ByteString::new(), ByteString::new()),
        };
        store.anchors.remote = server_next;
        store.note_sizes(item.meta.as_deref());
        // The server spells its datastore as we did, or as it likes it better.
        if let Some(source) = uri(item.source.as_ref()) {
            store.remote_uri = source;
        }
        self.finish_concluded(index, &server_last).await;
        let lenient = self.talk.common.chosen.profile.lenient_anchors;
        let store = &mut self.talk.common.datastores[index];
        let known = store
            .last
            .as_ref()
            .is_some_and(|last| lenient || (!last.remote.is_empty() && last.remote == server_last));
        let was = store.sync_type;
        if offered != was {
            store.resumption = Resumption::No;
        }
        let Some(settled) = was.settled(offered) else {
            return self.give_up_type(index, was).await;
        };
        let (sync_type, status, reason) = if settled.is_afresh() {
            let by_server = self
                .config
                .requests
                .get(index)
                .is_some_and(|it| it.by_server);
            let peer_asked = settled != was || by_server && was.is_refresh();
            let reason = peer_asked.then_some(SlowReason::PeerAsked);
            // A server that would only send changes learns that this is not enough.
            let status = match offered.is_afresh() {
                true => StatusCode::OK,
                false => StatusCode::REFRESH_REQUIRED,
            };
            (settled, status, reason)
        } else if known {
            (settled, StatusCode::OK, None)
        } else if store.begun {
            store.fail(StatusCode::REFRESH_REQUIRED);
            self.give_up_combined(index).await;
            return StatusCode::REFRESH_REQUIRED;
        } else {
            // Our anchors match the server's, the server's do not match ours: start afresh.
            store.resumption = Resumption::No;
            let reason = Some(SlowReason::AnchorMismatch);
            (settled.afresh(), StatusCode::REFRESH_REQUIRED, reason)
        };
        if sync_type == SyncType::Slow && self.recovers(index) {
            return self.recover(index).await;
        }
        let store = &mut self.talk.common.datastores[index];
        if sync_type.is_afresh() && store.begun {
            // It went out as changes, together with the Alert, and is wanted afresh.
            self.talk.take_back(index);
        }
        let store = &mut self.talk.common.datastores[index];
        store.sync_type = sync_type;
        self.talk.agree(index).await;
        let store = &self.talk.common.datastores[index];
        if let Some(refused) = store.failed {
            // 508 would ask for what is not wanted.
            return refused;
        }
        let is_recovery = store.sync_type == RECOVERY && store.last.is_none();
        let is_lost = is_recovery && self.config.requests[index].sync_type == SyncType::TwoWay;
        let reason = reason
            .or_else(|| is_lost.then_some(SlowReason::AnchorMismatch))
            .or_else(|| store.first_sync());
        let said = anchor.and_then(|anchor| anchor.last.clone());
        self.talk.port.notice(store.settled(reason, said));
        status
    }

    /// The session that is resumed may have ended at the server, with an answer that was lost. Its `Last` says so: then
    /// nothing is missing, and the anchors of that session are those of both.
    async fn finish_concluded(&mut self, index: usize, server_last: &ByteString) {
        let store = &mut self.talk.common.datastores[index];
        let agreed = store.resumption == Resumption::Agreed;
        let concluded = store.concluded.take().filter(|concluded| {
            agreed && !server_last.is_empty() && concluded.remote == *server_last
        });
        if let Some(concluded) = concluded {
            store.last = Some(concluded.clone());
            let link = store.link.clone();
            if let Err(fault) = self.talk.port.commit(link, concluded).await {
                self.talk.store_failed(index, &fault);
            }
        }
    }

    /// Whether everything would be compared because anchors are lost, with a server that had better send what it has.
    fn recovers(&self, index: usize) -> bool {
        let store = &self.talk.common.datastores[index];
        let is_lost = store.asked == SyncType::TwoWay && store.last.is_some();
        is_lost && self.talk.profile().recovers_by_refresh && store.is_active()
    }

    /// Gives the datastore up for this session: the next one asks for everything, if the caller agrees to that. The
    /// status is for the server's Alert.
    async fn recover(&mut self, index: usize) -> StatusCode {
        let store = &mut self.talk.common.datastores[index];
        store.sync_type = RECOVERY;
        self.talk.agree(index).await;
        let store = &mut self.talk.common.datastores[index];
        if let Some(refused) = store.failed {
            return refused;
        }
        store.fail(StatusCode::REFRESH_REQUIRED);
        let link = store.link.clone();
        self.talk
            .protocol("anchors are lost: the next session takes what the server has");
        if let Err(fault) = self.talk.port.begin(link, RECOVERY, false).await {
            self.talk.store_failed(index, &fault);
        }
        StatusCode::DATA_STORE_FAILURE
    }

    /// What was asked for is not to be had, and what is offered would change what was not to be changed.
    async fn give_up_type(&mut self, index: usize, asked: SyncType) -> StatusCode {
        let store = &mut self.talk.common.datastores[index];
        let status = match asked.sends(Role::Server) {
            true => StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            false => StatusCode::FORBIDDEN,
        };
        store.fail(status);
        if asked.is_afresh() && store.last.is_none() {
            // It would be asked for again and again.
            let link = store.link.clone();
            if let Err(fault) = self.talk.forget_unfinished(link).await {
                self.talk.store_failed(index, &fault);
            }
        }
        status
    }

    /// Package 2 is complete: data is about to move.
    pub(super) async fn begin_datastores(&mut self) {
        for index in 0..self.talk.common.datastores.len() {
            // Where the server has said it by a status alone.
            if self.talk.common.datastores[index].sync_type == SyncType::Slow
                && self.recovers(index)
            {
                self.recover(index).await;
            }
            self.talk.begin(index).await;
        }
    }

    /// Whether the server is still to be told ids.
    pub(super) async fn owes_maps(&mut self) -> bool {
        for index in 0..self.talk.common.datastores.len() {
            let store = &self.talk.common.datastores[index];
            if store.is_active() {
                let link = store.link.clone();
                match self.talk.port.list_maps(link, None, 1).await {
                    Ok(pairs) if pairs.is_empty() => {}
                    Ok(_) => return true,
                    Err(fault) => self.talk.store_failed(index, &fault),
                }
            }
        }
        false
    }

    /// The server asks what we can.
    pub(super) fn take_get(&mut self, incoming: &Incoming, command: &Command, get: &Get) {
        let own = self.dev_inf();
        self.talk.take_get(incoming, command, get, |_| own);
    }

    /// Keeps what the next session with this server needs: nonce, and that it has our device information.
    pub(super) async fn remember(&mut self) {
        let (nonce, sent) = (self.state.login.nonce.clone(), Some(self.fingerprint()));
        let common = &self.talk.common;
        let sizes = (common.peer_max_msg_size, common.peer_max_obj_size);
        let resumes = common.peer_resumes;
        let kept = self.talk.update_peer(|record| {
            record.nonce = nonce;
            record.dev_inf_sent = sent;
            (record.max_msg_size, record.max_obj_size) = sizes;
            record.resumes = resumes.or_else(|| record.resumes.filter(|resumes| !resumes));
        });
        if let Err(fault) = kept.await {
            self.talk.peer_failed(&fault);
        }
    }
}

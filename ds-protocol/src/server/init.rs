//! Packages 1 and 2: Alerts, anchors, device information.

use bytestring::ByteString;
use syncml_devinf::Version;
use syncml_meta::Anchor;
use syncml_repr::{Alert, AlertCode, Command, Cred, Data, Get, Item, Locator, Status, StatusCode};

use super::access::Verdict;
use super::turn::Server;
use crate::filter::Filter;
use crate::link::Link;
use crate::notice::SlowReason;
use crate::session::datastore::{StoreState, base_name, find};
use crate::session::dev_inf;
use crate::session::pending::Awaiting;
use crate::session::resume::{Resumption, Suspension};
use crate::session::state::{Event, Phase};
use crate::session::talk::Incoming;
use crate::store::StoreFault;
use crate::sync_type::SyncType;

/// A datastore of ours that is named, and the names of both sides as the client spells them.
struct Addressed {
    index: usize,
    target: ByteString,
    source: ByteString,
}

impl Server {
    /// An Alert, of any kind; each Item is answered.
    pub(super) async fn take_alert(&mut self, incoming: &Incoming, alert: &Alert) {
        let Some(code) = alert.code else {
            return self.owe_alert(incoming, alert, None, StatusCode::BAD_REQUEST);
        };
        if self.talk.is_small_talk(alert) {
            return self.owe_alert(incoming, alert, alert.items.first(), StatusCode::OK);
        }
        match code {
            AlertCode::SUSPEND if self.talk.common.version == Version::V1_2 => {
                self.talk.common.suspension = Suspension::Said;
                self.owe_alert(incoming, alert, alert.items.first(), StatusCode::OK);
            }
            code if code == AlertCode::RESUME || SyncType::from_alert(code).is_some() => {
                if alert.items.is_empty() {
                    return self.owe_alert(incoming, alert, None, StatusCode::INCOMPLETE_COMMAND);
                }
                self.begin_round();
                for item in &alert.items {
                    let verdict = self
                        .take_sync_alert(code, item, alert.cred.as_deref())
                        .await;
                    let verdict = verdict.map_or_else(|denied| denied, Verdict::from);
                    self.owe_alert(incoming, alert, Some(item), verdict);
                }
            }
            _ => {
                let item = alert.items.first();
                self.owe_alert(
                    incoming,
                    alert,
                    item,
                    StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
                );
            }
        }
    }

    /// An Alert for datastores: after the end of a round it begins the next one in the same session.
    fn begin_round(&mut self) {
        self.state.alerted = true;
        if self.talk.advance(Event::NextRound) {
            self.state.refreshed.clear();
            let common = &mut self.talk.common;
            common.datastores.clear();
            common.pending.clear();
            common.combined = false;
            common.closed = None;
        }
    }

    fn owe_alert(
        &mut self,
        incoming: &Incoming,
        alert: &Alert,
        item: Option<&Item>,
        verdict: impl Into<Verdict>,
    ) {
        let Verdict { code, chal } = verdict.into();
        let mut status = Status::new("", incoming.msg_id, alert.cmd_id.clone(), "Alert", code);
        status.chal = chal;
        if let Some(item) = item {
            status.target_refs = item
                .target
                .iter()
                .map(|target| target.loc_uri.clone())
                .collect();
            status.source_refs = item
                .source
                .iter()
                .map(|source| source.loc_uri.clone())
                .collect();
            // The client's Next comes back to it, so that it knows what was understood.
            if let Some(anchor) = item.meta.as_ref().and_then(|meta| meta.anchor.as_ref()) {
                let mut echoed = Anchor::new(anchor.next.clone());
                if self.talk.profile().echo_both_anchors {
                    echoed.last = anchor.last.clone();
                }
                status.items = vec![Item::new().with_data(Data::anchor(&echoed))];
            }
        }
        self.talk.owe(incoming, alert.no_resp, status);
    }

    /// An Alert for one datastore: settles the sync type. Nothing is opened or cleared yet. In one piece: the checks in the order
    /// in which their statuses go before each other.
    async fn take_sync_alert(
        &mut self,
        code: AlertCode,
        item: &Item,
        cred: Option<&Cred>,
    ) -> Result<StatusCode, Verdict> {
        let Addressed {
            index,
            target,
            source,
        } = match self.addressed(item) {
            Ok(named) => named,
            Err(status) => return Ok(status),
        };
        let name = self.config.datastores[index].name.clone();
        self.authorize("Alert", Some(name.clone()), cred).await?;
        let remote = if base_name(&source).is_empty() {
            &target
        } else {
            &source
        };
        let user = self.state.user.clone().unwrap_or_default();
        let link = Link::new(user, self.talk.common.peer.clone(), name, base_name(remote));
        let place = self
            .talk
            .common
            .datastores
            .iter()
            .position(|store| store.link == link);
        if self.talk.common.phase != Phase::ClientInit {
            return Ok(self.take_late_alert(code, place));
        }
        if code == AlertCode::RESUME && self.talk.common.version != Version::V1_2 {
            return Ok(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
        }
        let other_pair = self
            .talk
            .common
            .datastores
            .iter()
            .any(|store| store.link.local == link.local && store.link != link);
        if other_pair {
            // Two datastores of the client against one of ours: a second Sync could not be told from the first.
            return Ok(StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED);
        }
        let filter = self.take_filter(item, &link).await?;
        let settled = self.settle(code, item, link, (target, source), filter);
        Ok(match settled.await {
            Ok((store, status)) => {
                let index = place.unwrap_or(self.talk.common.datastores.len());
                self.state.refreshed.retain(|refreshed| *refreshed != index);
                if status == StatusCode::REFRESH_REQUIRED {
                    self.state.refreshed.push(index);
                }
                match place {
                    Some(place) => self.talk.common.datastores[place] = store,
                    None => self.talk.common.datastores.push(store),
                }
                self.talk.agree(index).await;
                self.talk.common.datastores[index].failed.unwrap_or(status)
            }
            Err(fault) => {
                self.talk.peer_failed(&fault);
                fault.status()
            }
        })
    }

    /// Which datastore of ours an Alert is about.
    fn addressed(&self, item: &Item) -> Result<Addressed, StatusCode> {
        let uri = |locator: Option<&Locator>| {
            let uri = locator.map(|locator| locator.loc_uri.clone());
            uri.unwrap_or_default()
        };
        let (target, source) = (uri(item.target.as_ref()), uri(item.source.as_ref()));
        // Some phones name one side only.
        let named = if base_name(&target).is_empty() {
            &source
        } else {
            &target
        };
        if base_name(named).is_empty() {
            return Err(StatusCode::INCOMPLETE_COMMAND);
        }
        let names = self.config.datastores.iter().map(|own| &*own.name);
        let index = find(names, named).ok_or(StatusCode::NOT_FOUND)?;
        Ok(Addressed {
            index,
            target,
            source,
        })
    }

    /// An Alert after package 1: only one that begins afresh before any data moved.
    fn take_late_alert(&mut self, code: AlertCode, place: Option<usize>) -> StatusCode {
        let Some(store) = place.and_then(|place| self.talk.common.datastores.get_mut(place)) else {
            return StatusCode::COMMAND_NOT_ALLOWED;
        };
        let afresh = store.sync_type.afresh();
        if SyncType::from_alert(code) == Some(afresh) && !store.begun && store.is_active() {
            store.sync_type = afresh;
            StatusCode::OK
        } else {
            StatusCode::COMMAND_NOT_ALLOWED
        }
    }

    /// Settles the type of one datastore, by the anchors of both sides and what was left unfinished. In one piece: each
    /// rule is decided on what those before it have left.
    async fn settle(
        &mut self,
        code: AlertCode,
        item: &Item,
        link: Link,
        uris: (ByteString, ByteString),
        filter: Option<Filter>,
    ) -> Result<(StoreState, StatusCode), StoreFault> {
        let opened = self.talk.port.open(link.clone()).await?;
        let anchor = item.meta.as_ref().and_then(|meta| meta.anchor.as_ref());
        let (client_last, client_next) = match anchor {
            Some(anchor) => (anchor.last.clone().unwrap_or_default(), anchor.next.clone()),
            None => (ByteString::new(), ByteString::new()),
        };
        let reason = match &opened.last {
            None => Some(SlowReason::FirstSync),
            Some(last) if last.remote.is_empty() || last.remote != client_last => {
                Some(SlowReason::AnchorMismatch)
            }
            Some(_) => None,
        };
        let asked = SyncType::from_alert(code);
        if let (Some(asked), Some(unfinished)) = (asked, opened.unfinished) {
            self.replace_unfinished(&link, unfinished, asked).await?;
        }
        let no_suspend = self.talk.profile().no_suspend;
        // A Last that is absent is no other one, where an unfinished session is meant.
        let resumed = opened.resumable().filter(|unfinished| {
            asked.is_none()
                && !no_suspend
                && (unfinished.is_afresh() || reason.is_none() || client_last.is_empty())
        });
        let takes_override = self.talk.common.is_kin || self.talk.profile().takes_override;
        let overrides = takes_override && asked.is_none() && resumed.is_none() && reason.is_none();
        let reason = match asked {
            _ if resumed.is_some() || overrides => None,
            Some(asked) if asked.is_afresh() => None,
            Some(_) => reason,
            None => Some(SlowReason::NotResumable),
        };
        let asked = asked.or(opened.unfinished).unwrap_or(SyncType::Slow);
        let (sync_type, status) = match reason {
            None if overrides => (SyncType::TwoWay, StatusCode::RESUME_OVERRIDDEN),
            None => (asked, StatusCode::OK),
            Some(_) => (asked.afresh(), StatusCode::REFRESH_REQUIRED),
        };
        let resumption = match resumed {
            Some(_) => Resumption::Agreed,
            None => Resumption::No,
        };
        let mut own = self.config.datastores.iter();
        let own = own.find(|own| own.name == link.local);
        let mut store = StoreState::new(link, opened, own, (asked, sync_type), resumption);
        (store.local_uri, store.remote_uri) = uris;
        store.anchors.remote = client_next;
        store.filter = filter.map(Box::new);
        // Only a client's room is told.
        store.mem = None;
        let said = anchor.and_then(|anchor| anchor.last.clone());
        self.talk.port.notice(store.settled(reason, said));
        store.note_sizes(item.meta.as_deref());
        Ok((store, status))
    }

    /// What could be resumed is over with any other Alert. From here on a client means what it asks for now, if it asks to
    /// go on with it, whether it was begun here or not.
    async fn replace_unfinished(
        &self,
        link: &Link,
        unfinished: SyncType,
        asked: SyncType,
    ) -> Result<(), StoreFault> {
        // What begins afresh is not there to be resumed before it has begun.
        let meant = match asked.is_afresh() {
            true => SyncType::TwoWay,
            false => asked,
        };
        match meant == unfinished {
            true => Ok(()),
            false => self.talk.port.begin(link.clone(), meant, false).await,
        }
    }

    /// Package 1 is complete: the rest of what package 2 must hold.
    pub(super) fn prepare_answers(&mut self) {
        if !self.talk.common.knows_dev_inf {
            let get = dev_inf::get(self.talk.common.version);
            self.talk
                .common
                .outgoing
                .push_back((get, Awaiting::Nothing));
        }
        let max_obj_size = self.talk.own_max_obj_size();
        for (index, store) in self.talk.common.datastores.iter().enumerate() {
            if !store.is_active() {
                continue;
            }
            let alert = store.alert(store.alert_code(), max_obj_size, None);
            let outgoing = &mut self.talk.common.outgoing;
            outgoing.push_back((alert, Awaiting::Alert(index)));
        }
        if self.config.credentials.is_some() {
            self.state.package = self.talk.common.outgoing.iter().cloned().collect();
        }
    }

    /// The client asks what we can.
    pub(super) fn take_get(&mut self, incoming: &Incoming, command: &Command, get: &Get) {
        let config = self.config.clone();
        self.talk.take_get(incoming, command, get, |talk| {
            let version = talk.common.version;
            let mut own = dev_inf::own(&config.device, config.datastores.iter(), None, version);
            // Newer Nokia phones look for the very spelling they alerted.
            for store in &talk.common.datastores {
                let mut listed = own.data_stores.iter_mut();
                let name = &*store.link.local;
                if let Some(listed) = listed.find(|listed| base_name(&listed.source_ref) == name) {
                    listed.source_ref = store.local_uri.clone();
                }
            }
            own
        });
    }
}

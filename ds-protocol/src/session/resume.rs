//! Sessions that were cut or suspended, and go on in another `[DSPro §resume]`.
//!
//! What is needed for that is in the store at any time: which state of which item the other side has, the Maps
//! owed, and the type of the session since `Begin`. A sync of changes is the same whether it is resumed or asked
//! for anew, for what was confirmed is no change any more. A slow sync or refresh, asked for anew, begins again;
//! resumed, it keeps what was paired. Both sides must then mean the same session: so each forgets that it could be
//! resumed as soon as an Alert asks for anything else.

use serde::{Deserialize, Serialize};
use syncml_devinf::Version;
use syncml_repr::{AlertCode, StatusCode, SyncHdr};

use super::datastore::StoreState;
use super::pending::Awaiting;
use super::port::Port;
use super::state::Phase;
use super::talk::{Abort, Role, Talk};
use crate::link::{Anchors, Link, Opened};
use crate::store::StoreFault;
use crate::sync_type::SyncType;

/// Whether a datastore goes on where an earlier session has left it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Resumption {
    #[default]
    No,
    /// We have asked for it (Alert 225).
    Asked,
    Agreed,
}

/// How far a session is with its suspension (Alert 224).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Suspension {
    #[default]
    No,
    /// Our next message says it.
    Wanted,
    /// It was said, by us or by the peer.
    Said,
}

/// Room kept for an Alert beside its two URIs, in octets.
const ALERT: u64 = 512;

impl Opened {
    /// The type of an unfinished session that may go on: the anchors that its type needs must be there.
    pub(crate) fn resumable(&self) -> Option<SyncType> {
        self.unfinished
            .filter(|unfinished| unfinished.is_afresh() || self.last.is_some())
    }
}

/// Moves the anchors of a pair; a session of the given type may go on all the same.
pub(super) async fn commit(
    port: &Port,
    link: Link,
    anchors: Anchors,
    goes_on: Option<SyncType>,
) -> Result<(), StoreFault> {
    port.commit(link.clone(), anchors).await?;
    match goes_on {
        Some(sync_type) => port.begin(link, sync_type, true).await,
        None => Ok(()),
    }
}

impl Talk {
    /// Carries out `Begin` for a datastore, once.
    pub(crate) async fn begin(&mut self, index: usize) {
        self.agree(index).await;
        let store = &mut self.common.datastores[index];
        if store.begun || !store.is_active() {
            return;
        }
        store.begun = true;
        let (link, sync_type, asked) = (store.link.clone(), store.sync_type, store.asked);
        let resumed = store.resumption == Resumption::Agreed;
        if self.common.is_behind && !resumed && sync_type.is_afresh() {
            // The peer counts on what we have done meanwhile, and this would forget it.
            self.protocol(
                "a sync is given up that has begun in messages of which nothing is known here",
            );
            self.common.datastores[index].fail(StatusCode::SYNCHRONIZATION_FAILED);
            if let Err(fault) = self.forget_unfinished(link).await {
                self.store_failed(index, &fault);
            }
            return;
        }
        let store = &mut self.common.datastores[index];
        if !resumed {
            // A session that begins anew keeps nothing of an object that was on its way.
            store.chunk_in.kept = None;
        }
        let mut begun = self.port.begin(link.clone(), sync_type, resumed).await;
        // A one-way sync that has to begin afresh removes nothing at its end; resumed as the refresh that it looks
        // like, it would. And a server that never heard of a refresh offers a slow sync in the place of it, which
        // goes both ways: until it has answered a Sync, a client does not ask it.
        let may_go_on = asked.is_refresh() && self.common.role == Role::Server;
        if begun.is_ok() && !resumed && sync_type.is_refresh() && !may_go_on {
            begun = self.forget_unfinished(link).await;
        }
        if let Err(fault) = begun {
            self.store_failed(index, &fault);
        }
    }

    /// The peer has begun, too.
    pub(crate) async fn note_begun(&mut self, index: usize) {
        let store = &mut self.common.datastores[index];
        let is_refresh = store.sync_type.is_refresh() && store.asked.is_refresh();
        let is_new = !std::mem::replace(&mut store.noted, true);
        if is_refresh && is_new && self.common.role == Role::Client && store.is_active() {
            let (link, sync_type) = (store.link.clone(), store.sync_type);
            if let Err(fault) = self.port.begin(link, sync_type, true).await {
                self.store_failed(index, &fault);
            }
        }
    }

    /// A session that a server ends: a client that loses the last answer has not, and asks to go on. Until its next Alert
    /// it may, with nothing left to do. It sees by our `Last` what it has missed.
    pub(super) fn resumable(&self, store: &StoreState) -> Option<SyncType> {
        let (sync_type, asked) = (store.sync_type, store.asked);
        let may_go_on = self.common.role == Role::Server
            && self.common.version == Version::V1_2
            && !(sync_type.is_refresh() && (store.lacks_items || !asked.is_refresh()));
        may_go_on.then_some(sync_type)
    }

    /// Makes a slow sync or refresh that was cut one that cannot be resumed. It stays what it is: a pair without
    /// anchors.
    pub(crate) async fn forget_unfinished(&self, link: Link) -> Result<(), StoreFault> {
        self.port.begin(link, SyncType::TwoWay, false).await
    }

    /// A client's message goes out with which it has said everything, and after which the server may move its anchors.
    /// Where the answer is lost, the next session is told by it what became of that.
    pub(super) async fn conclude(&mut self) {
        let common = &self.common;
        let mut active = common.datastores.iter().filter(|store| store.is_active());
        let is_last = match common.phase {
            Phase::ClientMap => true,
            Phase::ClientSync => active.all(|store| !store.sync_type.sends(Role::Server)),
            _ => false,
        };
        if common.role != Role::Client || common.version != Version::V1_2 || !is_last {
            return;
        }
        for index in 0..self.common.datastores.len() {
            let store = &self.common.datastores[index];
            // A slow sync or refresh goes on without anchors.
            let ends = store.is_active() && store.begun && !store.sync_type.is_afresh();
            if ends && !store.anchors.remote.is_empty() {
                let (link, anchors) = (store.link.clone(), store.anchors.clone());
                if let Err(fault) = self.port.conclude(link, anchors).await {
                    self.store_failed(index, &fault);
                }
            }
        }
    }

    /// An item that the peer has sent was not taken in a refresh. The session that goes on with it would not know
    /// that, and remove what is here in its place.
    pub(crate) async fn note_lacks(&mut self) {
        for index in 0..self.common.datastores.len() {
            let store = &mut self.common.datastores[index];
            let lacks = store.lacks_items && store.sync_type.is_refreshed(self.common.role);
            // Nor is it noted later that it could go on.
            store.noted |= lacks;
            if lacks && store.is_active() && !std::mem::replace(&mut store.lacks_noted, true) {
                let link = store.link.clone();
                if let Err(fault) = self.forget_unfinished(link).await {
                    self.store_failed(index, &fault);
                }
            }
        }
    }

    /// Reads the answer to our Alert 225; true: it means what the answer to any other Alert does.
    ///
    /// The status decides, not the code that the peer alerts: a resumed slow sync and one from the start both show
    /// Alert 201.
    pub(super) async fn take_resume_status(&mut self, index: usize, code: StatusCode) -> bool {
        let store = &mut self.common.datastores[index];
        if code.is_success() {
            store.resumption = Resumption::Agreed;
            return false;
        }
        store.resumption = Resumption::No;
        store.concluded = None;
        match code {
            StatusCode::REFRESH_REQUIRED => return true,
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED | StatusCode::COMMAND_NOT_IMPLEMENTED => {
                self.common.peer_resumes = Some(false);
            }
            _ => {}
        }
        let link = store.link.clone();
        if let Err(fault) = self.forget_unfinished(link).await {
            self.store_failed(index, &fault);
        }
        // The type that the peer alerts, from the start.
        code != StatusCode::RESUME_OVERRIDDEN
    }

    /// Says that the session is to be suspended: after as many of the statuses owed as leave room for it, and with
    /// nothing else.
    pub(crate) fn send_suspend(&mut self, hdr: &SyncHdr) -> Result<(), Abort> {
        let uris = self.common.remote_uri.len() + self.common.local_uri.len();
        let room = ALERT.saturating_add(uris as u64);
        let mut composer = self.composer(hdr)?;
        while composer.remaining() > room
            && let Some(mut status) = self.common.statuses.pop_front()
        {
            composer.status(&mut status)?;
        }
        // What was not answered is sent again, and recognised.
        self.common.statuses.clear();
        composer.command(self.alert(AlertCode::SUSPEND), Awaiting::Suspend)?;
        self.common.suspension = Suspension::Said;
        self.finish(composer, true)
    }
}

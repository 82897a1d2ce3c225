//! The store behind an engine, as a trait with one method for each effect.

use bytes::Bytes;
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use crate::auth::{Access, Authorization};
use crate::change::{
    ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, MapPair, Operation, Outcome,
    Resolution, Revision, Scope,
};
use crate::config::ConflictPolicy;
use crate::effect::{Effect, Reply};
use crate::filter::Filter;
use crate::link::{Anchors, Link, Opened};
use crate::peer::{PeerRecord, Secret};
use crate::sync_type::SyncType;
use crate::twin::{Search, Twin};

/// A store could not do what was asked. Only the datastore concerned suffers, never the process.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (status {})", .status.get())]
pub struct StoreFault {
    status: StatusCode,
    message: String,
}

impl StoreFault {
    /// A fault with the status the peer is to see and a text for the own log. A status that says that all is well is none
    /// for a fault: 510 takes its place.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status: failure(status),
            message: message.into(),
        }
    }

    /// Status for the peer, 510 where nothing better is known.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// The status for something that has failed: this one, unless it says that all is well.
pub(crate) fn failure(status: StatusCode) -> StatusCode {
    match status.get() {
        400.. => status,
        _ => StatusCode::DATA_STORE_FAILURE,
    }
}

/// What an engine needs remembered: items, pairings, anchors, peers.
///
/// Each method is one [`Effect`] and is described there. `ds_protocol::testing::store_suite` checks an implementation.
/// A store keeps for each [`Link`] which state (revision) of which item the peer has; a change is an
/// item whose state differs from that. So nothing is sent twice, nothing is forgotten when a session
/// is cut, and no clock is needed.
///
/// A method with a body is for something that not every store offers, and says so to the peer.
///
/// # Errors
///
/// Every method fails with a [`StoreFault`] when the store as a whole cannot answer; trouble with one
/// item is an [`Outcome::Refused`].
pub trait Store {
    /// [`Effect::LoadSecret`].
    fn load_secret(&mut self, user: &str) -> Result<Option<Secret>, StoreFault>;
    /// [`Effect::Authorize`]. Grants everything, unless the store says otherwise: who has logged in may use what is
    /// offered, and credentials of single commands change nothing.
    fn authorize(&mut self, access: &Access) -> Result<Authorization, StoreFault> {
        let _ = access;
        Ok(Authorization::Granted)
    }
    /// [`Effect::LoadPeer`].
    fn load_peer(&mut self, device: &str) -> Result<PeerRecord, StoreFault>;
    /// [`Effect::SavePeer`].
    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Result<(), StoreFault>;
    /// [`Effect::SpendNonce`]. Looks at the record and writes it: a store that several processes or threads use at a time
    /// does both in one step.
    fn spend_nonce(
        &mut self,
        device: &str,
        spent: &Nonce,
        next: Nonce,
    ) -> Result<bool, StoreFault> {
        let mut record = self.load_peer(device)?;
        let is_first = record.spend_nonce(spent, next);
        if is_first {
            self.save_peer(device, record)?;
        }
        Ok(is_first)
    }
    /// [`Effect::NewNonce`].
    fn new_nonce(&mut self) -> Result<Nonce, StoreFault>;
    /// [`Effect::Open`].
    fn open(&mut self, link: &Link) -> Result<Opened, StoreFault>;
    /// [`Effect::Agree`]. Agrees, unless the store says otherwise.
    fn agree(
        &mut self,
        link: &Link,
        asked: SyncType,
        settled: SyncType,
    ) -> Result<bool, StoreFault> {
        let _ = (link, asked, settled);
        Ok(true)
    }
    /// [`Effect::CheckFilter`]. Refuses every filter (406), unless the store says otherwise.
    fn check_filter(&mut self, link: &Link, filter: &Filter) -> Result<(), StoreFault> {
        let _ = (link, filter);
        Err(StoreFault::new(
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            "this store has no filters",
        ))
    }
    /// [`Effect::Begin`].
    fn begin(&mut self, link: &Link, sync_type: SyncType, resumed: bool) -> Result<(), StoreFault>;
    /// [`Effect::ListChanges`].
    fn list_changes(
        &mut self,
        link: &Link,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault>;
    /// [`Effect::ReadItem`].
    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> Result<Option<Bytes>, StoreFault>;
    /// [`Effect::StageChunk`].
    fn stage_chunk(
        &mut self,
        link: &Link,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: Bytes,
    ) -> Result<(), StoreFault>;
    /// [`Effect::Resolve`].
    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreFault>;
    /// [`Effect::FindTwins`].
    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> Result<Vec<Twin>, StoreFault>;
    /// [`Effect::Apply`].
    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault>;
    /// [`Effect::ApplyAtomic`]. Refuses (406), unless the store says otherwise.
    fn apply_atomic(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault> {
        let _ = (link, operations);
        Err(StoreFault::new(
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED,
            "this store does not undo",
        ))
    }
    /// [`Effect::Reconcile`]. Leaves the client's version in place, unless the store says otherwise.
    fn reconcile(
        &mut self,
        link: &Link,
        policy: ConflictPolicy,
        local: &ItemId,
        theirs: &Content,
    ) -> Result<Resolution, StoreFault> {
        let _ = (link, policy, local, theirs);
        Ok(Resolution::ClientWins)
    }
    /// [`Effect::Hold`].
    fn hold(&mut self, link: &Link, held: &[Held]) -> Result<(), StoreFault>;
    /// [`Effect::Confirm`].
    fn confirm(&mut self, link: &Link, confirmed: &[Confirmed]) -> Result<(), StoreFault>;
    /// [`Effect::ListMaps`].
    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> Result<Vec<MapPair>, StoreFault>;
    /// [`Effect::SaveMap`].
    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault>;
    /// [`Effect::ConfirmMaps`].
    fn confirm_maps(&mut self, link: &Link, pairs: &[MapPair]) -> Result<(), StoreFault>;
    /// [`Effect::Conclude`]. Nothing is noted, unless the store says otherwise: where the last answer of a session is lost,
    /// the next one is slow.
    fn conclude(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault> {
        let _ = (link, anchors);
        Ok(())
    }
    /// [`Effect::Commit`].
    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault>;

    /// Carries out an effect: one arm for each.
    fn perform(&mut self, effect: Effect) -> Result<Reply, StoreFault> {
        Ok(match effect {
            Effect::LoadSecret { user } => Reply::Secret(self.load_secret(&user)?),
            Effect::Authorize { access } => Reply::Authorized(self.authorize(&access)?),
            Effect::LoadPeer { device } => Reply::Peer(Box::new(self.load_peer(&device)?)),
            Effect::SavePeer { device, record } => {
                self.save_peer(&device, *record)?;
                Reply::Done
            }
            Effect::SpendNonce {
                device,
                spent,
                next,
            } => Reply::Agreed(self.spend_nonce(&device, &spent, next)?),
            Effect::NewNonce => Reply::Nonce(self.new_nonce()?),
            Effect::Open { link } => Reply::Opened(self.open(&link)?),
            Effect::Agree {
                link,
                asked,
                settled,
            } => Reply::Agreed(self.agree(&link, asked, settled)?),
            Effect::CheckFilter { link, filter } => {
                self.check_filter(&link, &filter)?;
                Reply::Done
            }
            Effect::Begin {
                link,
                sync_type,
                resumed,
            } => {
                self.begin(&link, sync_type, resumed)?;
                Reply::Done
            }
            Effect::ListChanges {
                link,
                scope,
                after,
                limit,
                budget,
            } => Reply::Changes(self.list_changes(&link, &scope, after.as_ref(), limit, budget)?),
            Effect::ReadItem {
                link,
                local,
                revision,
                offset,
                len,
            } => Reply::Data(self.read_item(&link, &local, revision, offset, len)?),
            Effect::StageChunk {
                link,
                item,
                total,
                offset,
                data,
            } => {
                self.stage_chunk(&link, &item, total, offset, data)?;
                Reply::Done
            }
            Effect::Resolve { link, keys } => Reply::Resolved(self.resolve(&link, &keys)?),
            Effect::FindTwins {
                link,
                contents,
                search,
            } => Reply::Twins(self.find_twins(&link, &contents, &search)?),
            Effect::Apply { link, operations } => Reply::Applied(self.apply(&link, operations)?),
            Effect::ApplyAtomic { link, operations } => {
                Reply::Applied(self.apply_atomic(&link, operations)?)
            }
            Effect::Reconcile {
                link,
                policy,
                local,
                theirs,
            } => {
                let resolution = self.reconcile(&link, policy, &local, &theirs)?;
                Reply::Reconciled(Box::new(resolution))
            }
            Effect::Hold { link, held } => {
                self.hold(&link, &held)?;
                Reply::Done
            }
            Effect::Confirm { link, confirmed } => {
                self.confirm(&link, &confirmed)?;
                Reply::Done
            }
            Effect::ListMaps { link, after, limit } => {
                Reply::Maps(self.list_maps(&link, after.as_ref(), limit)?)
            }
            Effect::SaveMap { link, pairs } => {
                self.save_map(&link, &pairs)?;
                Reply::Done
            }
            Effect::ConfirmMaps { link, pairs } => {
                self.confirm_maps(&link, &pairs)?;
                Reply::Done
            }
            Effect::Conclude { link, anchors } => {
                self.conclude(&link, &anchors)?;
                Reply::Done
            }
            Effect::Commit { link, anchors } => {
                self.commit(&link, &anchors)?;
                Reply::Done
            }
        })
    }
}

//! The store behind an engine, as a trait with one method for each effect.

use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use crate::change::{
    ChangePage, Confirmed, Content, Cursor, ItemId, Key, Known, MapPair, Operation, Outcome,
};
use crate::effect::{Effect, Reply};
use crate::link::{Anchors, Link, Opened};
use crate::peer::{PeerRecord, Secret};
use crate::sync_type::SyncType;

/// A store could not do what was asked. Only the datastore concerned suffers, never the process.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} (status {})", .status.get())]
pub struct StoreFault {
    status: StatusCode,
    message: String,
}

impl StoreFault {
    /// A fault with the status the peer is to see and a text for the own log.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// Status for the peer, 510 where nothing better is known.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// What an engine needs remembered: items, pairings, anchors, peers.
///
/// Each method is one [`Effect`] and is described there. `ds_protocol::testing::store_suite` checks an implementation.
/// A store keeps for each [`Link`] which state (revision) of which item the peer has; a change is an
/// item whose state differs from that. So nothing is sent twice, nothing is forgotten when a session
/// is cut, and no clock is needed.
///
/// # Errors
///
/// Every method fails with a [`StoreFault`] when the store as a whole cannot answer; trouble with one
/// item is an [`Outcome::Refused`].
pub trait Store {
    /// [`Effect::LoadSecret`].
    fn load_secret(&mut self, user: &str) -> Result<Option<Secret>, StoreFault>;
    /// [`Effect::LoadPeer`].
    fn load_peer(&mut self, device: &str) -> Result<PeerRecord, StoreFault>;
    /// [`Effect::SavePeer`].
    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Result<(), StoreFault>;
    /// [`Effect::NewNonce`].
    fn new_nonce(&mut self) -> Result<Nonce, StoreFault>;
    /// [`Effect::Open`].
    fn open(&mut self, link: &Link) -> Result<Opened, StoreFault>;
    /// [`Effect::Begin`].
    fn begin(&mut self, link: &Link, sync_type: SyncType) -> Result<(), StoreFault>;
    /// [`Effect::ListChanges`].
    fn list_changes(
        &mut self,
        link: &Link,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> Result<ChangePage, StoreFault>;
    /// [`Effect::Resolve`].
    fn resolve(&mut self, link: &Link, keys: &[Key]) -> Result<Vec<Option<Known>>, StoreFault>;
    /// [`Effect::FindTwins`].
    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
    ) -> Result<Vec<Option<ItemId>>, StoreFault>;
    /// [`Effect::Apply`].
    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> Result<Vec<Outcome>, StoreFault>;
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
    /// [`Effect::Commit`].
    fn commit(&mut self, link: &Link, anchors: &Anchors) -> Result<(), StoreFault>;

    /// Carries out an effect.
    fn perform(&mut self, effect: Effect) -> Result<Reply, StoreFault> {
        Ok(match effect {
            Effect::LoadSecret { user } => Reply::Secret(self.load_secret(&user)?),
            Effect::LoadPeer { device } => Reply::Peer(Box::new(self.load_peer(&device)?)),
            Effect::SavePeer { device, record } => {
                self.save_peer(&device, *record)?;
                Reply::Done
            }
            Effect::NewNonce => Reply::Nonce(self.new_nonce()?),
            Effect::Open { link } => Reply::Opened(self.open(&link)?),
            Effect::Begin { link, sync_type } => {
                self.begin(&link, sync_type)?;
                Reply::Done
            }
            Effect::ListChanges {
                link,
                after,
                limit,
                budget,
            } => Reply::Changes(self.list_changes(&link, after.as_ref(), limit, budget)?),
            Effect::Resolve { link, keys } => Reply::Resolved(self.resolve(&link, &keys)?),
            Effect::FindTwins { link, contents } => {
                Reply::Twins(self.find_twins(&link, &contents)?)
            }
            Effect::Apply { link, operations } => Reply::Applied(self.apply(&link, operations)?),
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
            Effect::Commit { link, anchors } => {
                self.commit(&link, &anchors)?;
                Reply::Done
            }
        })
    }
}

//! The opening in the wall between a running turn and its caller.
//!
//! A turn is written as one `async` function that awaits replies where it needs them. It is driven by
//! [`Machine`](super::machine::Machine) alone: no runtime, no waker, no thread. Effects are emitted when
//! [`Port::ask`] is called and consumed where the answer is awaited, so several can be open at a time
//! and what the peer sees never depends on the order of the answers.

use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use bytestring::ByteString;
use syncml_meta::Nonce;
use syncml_repr::StatusCode;

use super::busy::Busy;
use crate::auth::{Access, Authorization};
use crate::change::{
    ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, MapPair, Operation, Outcome,
    Resolution, Revision, Scope,
};
use crate::config::ConflictPolicy;
use crate::defect;
use crate::effect::{Effect, EffectId, Reply, Shape};
use crate::engine::{Misuse, Output, Transmit};
use crate::filter::Filter;
use crate::link::{Anchors, Link, Opened};
use crate::notice::Notice;
use crate::peer::{PeerRecord, Secret};
use crate::store::StoreFault;
use crate::sync_type::SyncType;
use crate::twin::{Search, Twin};

type Answer = Result<Reply, StoreFault>;

#[derive(Debug, Default)]
struct Inner {
    /// Effects emitted in this session so far.
    emitted: u64,
    outbox: VecDeque<Output>,
    open: BTreeMap<EffectId, Shape>,
    answers: BTreeMap<EffectId, Answer>,
    busy: Busy,
}

/// Shared by a turn and the machine that drives it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Port {
    inner: Arc<Mutex<Inner>>,
}

impl Port {
    /// A port that numbers its effects from `emitted` on.
    pub(crate) fn new(emitted: u64) -> Self {
        Self {
            inner: Arc::new(Mutex::new(Inner {
                emitted,
                ..Inner::default()
            })),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A poisoned lock means a panic in a caller's thread; the data are whole at every unlock.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn emitted(&self) -> u64 {
        self.lock().emitted
    }

    /// Takes what was put out, into an empty queue.
    pub(crate) fn take(&self, outputs: &mut VecDeque<Output>) {
        std::mem::swap(&mut self.lock().outbox, outputs);
    }

    pub(crate) fn notice(&self, notice: Notice) {
        if !defect::keeps_back(&notice) {
            self.lock().outbox.push_back(Output::Notice(notice));
        }
    }

    pub(crate) fn transmit(&self, transmit: Transmit) {
        self.lock().outbox.push_back(Output::Transmit(transmit));
    }

    /// What is said while the turn is at work.
    pub(crate) fn busy<T>(&self, with: impl FnOnce(&mut Busy) -> T) -> T {
        with(&mut self.lock().busy)
    }

    /// Takes the caller's answer to an effect.
    pub(crate) fn answer(&self, id: EffectId, answer: Answer) -> Result<(), Misuse> {
        let mut inner = self.lock();
        let shape = inner.open.get(&id).ok_or(Misuse::UnknownEffect(id))?;
        if answer.as_ref().is_ok_and(|reply| !shape.fits(reply)) {
            return Err(Misuse::WrongReply(id));
        }
        inner.open.remove(&id);
        inner.answers.insert(id, answer);
        Ok(())
    }

    fn ask(&self, effect: Effect) -> Asked {
        let mut inner = self.lock();
        let id = EffectId(inner.emitted);
        inner.emitted += 1;
        inner.open.insert(id, effect.shape());
        let effect = defect::twisted(effect);
        inner.outbox.push_back(Output::Effect(id, effect));
        Asked {
            port: self.clone(),
            id,
        }
    }
}

/// An effect under way.
struct Asked {
    port: Port,
    id: EffectId,
}

impl Future for Asked {
    type Output = Answer;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Answer> {
        let answer = self.port.lock().answers.remove(&self.id);
        answer.map_or(Poll::Pending, Poll::Ready)
    }
}

/// Waits for several effects at a time; the answers in the order of the effects.
pub(crate) async fn join_all<F: Future>(effects: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = effects.into_iter().map(Box::pin).collect();
    let mut answers: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (effect, answer) in waiting.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = effect.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        match answers.iter().all(Option::is_some) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// `answer` checked every reply against the shape its effect asks for; this is what is left to say if it had not.
fn strange() -> StoreFault {
    StoreFault::new(StatusCode::SERVER_FAILURE, "reply of another kind")
}

macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident ( $($arg:ident : $type:ty),* ) -> $out:ty = $effect:ident, $pattern:pat => $value:expr;)*) => {
        /// One method for each effect: emits it and waits for the answer.
        impl Port {
            $($(#[$doc])* pub(crate) async fn $name(&self, $($arg: $type),*) -> Result<$out, StoreFault> {
                match self.ask(Effect::$effect { $($arg),* }).await? {
                    $pattern => Ok($value),
                    _ => Err(strange()),
                }
            })*
        }
    };
}

asks! {
    load_secret(user: ByteString) -> Option<Secret> = LoadSecret, Reply::Secret(secret) => secret;
    authorize(access: Box<Access>) -> Authorization = Authorize, Reply::Authorized(authorization) => authorization;
    load_peer(device: ByteString) -> Box<PeerRecord> = LoadPeer, Reply::Peer(record) => record;
    save_peer(device: ByteString, record: Box<PeerRecord>) -> () = SavePeer, Reply::Done => ();
    spend_nonce(device: ByteString, spent: Nonce, next: Nonce) -> bool = SpendNonce, Reply::Agreed(is_first) => is_first;
    new_nonce() -> Nonce = NewNonce, Reply::Nonce(nonce) => nonce;
    open(link: Link) -> Opened = Open, Reply::Opened(opened) => opened;
    agree(link: Link, asked: SyncType, settled: SyncType) -> bool = Agree, Reply::Agreed(agreed) => agreed;
    check_filter(link: Link, filter: Box<Filter>) -> () = CheckFilter, Reply::Done => ();
    begin(link: Link, sync_type: SyncType, resumed: bool) -> () = Begin, Reply::Done => ();
    read_item(link: Link, local: ItemId, revision: Revision, offset: u64, len: u32) -> Option<Bytes> = ReadItem, Reply::Data(data) => data;
    stage_chunk(link: Link, item: ItemId, total: u64, offset: u64, data: Bytes) -> () = StageChunk, Reply::Done => ();
    apply_atomic(link: Link, operations: Vec<Operation>) -> Vec<Outcome> = ApplyAtomic, Reply::Applied(outcomes) => outcomes;
    reconcile(link: Link, policy: ConflictPolicy, local: ItemId, theirs: Content) -> Box<Resolution> = Reconcile, Reply::Reconciled(resolution) => resolution;
    hold(link: Link, held: Vec<Held>) -> () = Hold, Reply::Done => ();
    list_changes(link: Link, scope: Scope, after: Option<Cursor>, limit: u32, budget: u64) -> ChangePage = ListChanges, Reply::Changes(page) => page;
    resolve(link: Link, keys: Vec<Key>) -> Vec<Option<Known>> = Resolve, Reply::Resolved(known) => known;
    find_twins(link: Link, contents: Vec<Content>, search: Search) -> Vec<Twin> = FindTwins, Reply::Twins(twins) => twins;
    apply(link: Link, operations: Vec<Operation>) -> Vec<Outcome> = Apply, Reply::Applied(outcomes) => outcomes;
    confirm(link: Link, confirmed: Vec<Confirmed>) -> () = Confirm, Reply::Done => ();
    list_maps(link: Link, after: Option<ItemId>, limit: u32) -> Vec<MapPair> = ListMaps, Reply::Maps(pairs) => pairs;
    save_map(link: Link, pairs: Vec<MapPair>) -> () = SaveMap, Reply::Done => ();
    confirm_maps(link: Link, pairs: Vec<MapPair>) -> () = ConfirmMaps, Reply::Done => ();
    conclude(link: Link, anchors: Anchors) -> () = Conclude, Reply::Done => ();
    commit(link: Link, anchors: Anchors) -> () = Commit, Reply::Done => ();
}

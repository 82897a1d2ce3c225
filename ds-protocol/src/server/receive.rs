//! Packages 3 and 5: the client's changes and its Maps.

use syncml_repr::{Command, Map, StatusCode, SyncCmd};

use super::conflict::{Decision, Rules};
use super::turn::Server;
use super::twin;
use crate::change::{
    ChangeKind, Content, Held, ItemId, Key, Known, KnownState, MapPair, Operation,
};
use crate::link::Link;
use crate::notice::Notice;
use crate::session::accept::Accepts;
use crate::session::command::uri;
use crate::session::datastore::find;
use crate::session::items::{Batch, Decided, RequestKind, Requests};
use crate::session::receive::Receive;
use crate::session::resume::Resumption;
use crate::session::state::Phase;
use crate::session::talk::{Incoming, Role, Talk};
use crate::store::StoreFault;
use crate::twin::Finding;

impl Server {
    /// A Sync of the client: its item commands are carried out and answered one by one.
    pub(super) async fn take_sync(
        &mut self,
        incoming: &Incoming,
        command: &Command,
        sync: &SyncCmd,
    ) {
        let index = match self.open_for(sync) {
            Ok(index) => index,
            Err(code) => return self.talk.owe_all(incoming, command, code),
        };
        self.talk.common.datastores[index].heard = true;
        self.talk.begin(index).await;
        if let Some(code) = self.talk.common.datastores[index].failed {
            return self.talk.owe_all(incoming, command, code);
        }
        self.talk.expect(index, sync);
        self.talk.common.datastores[index].note_sizes(sync.meta.as_deref());
        self.talk.owe_one(incoming, command, StatusCode::OK);

        let name = self.talk.common.datastores[index].link.local.clone();
        let denied = self.denied(sync, &name).await;
        let config = self.config.clone();
        let sync_type = self.talk.common.datastores[index].sync_type;
        let mut datastores = config.datastores.iter();
        let datastore = datastores.find(|datastore| datastore.name == name);
        let limits = (self.talk.common.version, &config.sizes);
        let mut accepts = Accepts::of(datastore, sync_type, Role::Server, limits);
        accepts.size_slack = self.talk.profile().size_slack;
        self.talk.common.statuses.reserve(sync.commands.len());
        self.take_commands(index, incoming, sync, &accepts, &denied)
            .await;
    }

    /// The datastore a Sync is for, where it may send now; else the status of the Sync and all in it.
    fn open_for(&mut self, sync: &SyncCmd) -> Result<usize, StatusCode> {
        let (target, source) = (uri(sync.target.as_ref()), uri(sync.source.as_ref()));
        let Some(index) = self.talk.place(target.as_ref(), source.as_ref()) else {
            let known = target.is_some_and(|uri| {
                find(self.config.datastores.iter().map(|d| &*d.name), &uri).is_some()
            });
            return Err(if known {
                StatusCode::FORBIDDEN
            } else {
                StatusCode::NOT_FOUND
            });
        };
        let store = &self.talk.common.datastores[index];
        if let Some(code) = store.failed {
            return Err(code);
        }
        match self.talk.common.phase {
            Phase::ClientSync => Ok(index),
            Phase::ClientInit => {
                // Combined packages 1 and 3. Nothing counts that was sent for another type than the settled one.
                self.talk.common.combined = true;
                if self.state.refreshed.contains(&index) {
                    Err(StatusCode::REFRESH_REQUIRED)
                } else {
                    Ok(index)
                }
            }
            _ => Err(StatusCode::COMMAND_NOT_ALLOWED),
        }
    }

    /// Tells of a conflict, and what is held for it.
    fn tell_conflict(
        &self,
        link: &Link,
        rules: Rules,
        known: &Known,
        status: StatusCode,
    ) -> Option<Held> {
        self.talk.port.notice(Notice::Conflict {
            datastore: link.local.clone(),
            item: known.local.clone(),
            status,
            policy: Some(rules.policy(known)),
        });
        // Each side keeps its own, until one of them changes, or the client has seen ours.
        let keeps = status == StatusCode::CONFLICT && !rules.hands_over(known);
        let revision = known.revision.filter(|_| keeps);
        revision.map(|revision| Held::new(known.local.clone(), revision))
    }

    /// How the datastore decides.
    fn rules(&self, link: &Link) -> Rules {
        let mut datastores = self.config.datastores.iter();
        let datastore = datastores.find(|datastore| datastore.name == link.local);
        datastore.map(Rules::of).unwrap_or_default()
    }

    /// Decides about an item that has no twin.
    async fn decide(
        &mut self,
        link: &Link,
        rules: Rules,
        kind: RequestKind,
        luid: &ItemId,
        known: Option<&Known>,
    ) -> Result<Decision, StoreFault> {
        let mut known = known.cloned();
        if let (Some(known), Some(content)) = (&mut known, kind.content())
            && rules.doubles(&kind, known)
            && self.has_same(link, known, content).await?
        {
            known.state = KnownState::Unchanged;
        }
        let known = known.as_ref();
        let asked = known.and_then(|known| {
            let policy = rules.asks(&kind, known)?;
            Some((policy, known.local.clone(), kind.content()?.clone()))
        });
        let resolution = match asked {
            Some((policy, local, theirs)) => {
                let asked = self
                    .talk
                    .port
                    .reconcile(link.clone(), policy, local, theirs);
                Some(*asked.await?)
            }
            None => None,
        };
        Ok(rules.decide(kind, luid, known, resolution))
    }

    /// Whether an item holds here what the client sends of it.
    async fn has_same(
        &self,
        link: &Link,
        known: &Known,
        theirs: &Content,
    ) -> Result<bool, StoreFault> {
        let (Some(revision), Ok(len)) = (known.revision, u32::try_from(theirs.data.len())) else {
            return Ok(false);
        };
        let (link, local) = (link.clone(), known.local.clone());
        let len = len.saturating_add(1);
        let ours = self.talk.port.read_item(link, local, revision, 0, len);
        Ok(ours.await?.is_some_and(|ours| ours == theirs.data))
    }

    /// A Map: the client's ids for items it was sent. Answered 200 whatever it holds: some peers give the
    /// session up on anything else.
    pub(super) async fn take_map(&mut self, incoming: &Incoming, command: &Command, map: &Map) {
        let (target, source) = (uri(Some(&map.target)), uri(Some(&map.source)));
        let Some(index) = self.talk.place(target.as_ref(), source.as_ref()) else {
            return self.talk.owe_all(incoming, command, StatusCode::NOT_FOUND);
        };
        let pairs: Vec<MapPair> = map
            .items
            .iter()
            .filter_map(|item| {
                let (guid, luid) = (uri(Some(&item.target))?, uri(Some(&item.source))?);
                Some(MapPair::new(ItemId::new(guid), ItemId::new(luid)))
            })
            .collect();
        // After a slow sync or refresh was agreed, pairs of earlier sessions mean nothing.
        let store = &self.talk.common.datastores[index];
        let resumed = store.resumption == Resumption::Agreed;
        let stale = store.sync_type.is_afresh() && !store.begun && !resumed;
        let mut code = StatusCode::OK;
        if !stale && !pairs.is_empty() {
            let link = store.link.clone();
            if let Err(fault) = self.talk.port.save_map(link, pairs).await {
                self.talk.store_failed(index, &fault);
                code = fault.status();
            }
        }
        self.talk.owe_all(incoming, command, code);
    }
}

impl Receive for Server {
    fn talk(&mut self) -> &mut Talk {
        &mut self.talk
    }

    async fn carry_out(
        &mut self,
        index: usize,
        requests: &mut Requests,
        batch: &mut Batch,
    ) -> Result<(), StoreFault> {
        let link = self.talk.common.datastores[index].link.clone();
        let slow = self.talk.common.datastores[index].sync_type.is_afresh();
        self.talk.settle_places(index, requests, batch).await?;
        let Requests { all, atomic } = requests;
        let mut keys: Vec<Key> = all
            .iter()
            .map(|request| Key::Remote(request.id.clone()))
            .collect();
        // A copy that was made before is not made again.
        keys.extend(
            all.iter()
                .filter_map(|request| request.kind.copy())
                .map(Key::Remote),
        );
        let mut known = self.talk.port.resolve(link.clone(), keys).await?;
        let copies = known.split_off(all.len().min(known.len()));
        let mut copies = copies.iter();
        // What is new on both sides may be the same.
        let twins = self.talk.find_twins(index, all, &known, slow, |_| true);
        let twins = twins.await?;
        self.pair_loosely(index, all, &twins, &mut known).await?;
        let of_add = self.talk.profile().add_in_slow_status;
        let rules = self.rules(&link);
        let mut decided = Vec::with_capacity(all.len());
        let mut held = Vec::new();
        for ((request, known), twin) in all.iter_mut().zip(&known).zip(twins) {
            let is_copied =
                request.kind.copy().is_some() && copies.next().is_some_and(Option::is_some);
            let is_add = matches!(request.kind, RequestKind::Add(_));
            // What it carries is for the store now.
            let kind = request.kind.take();
            let request = &*request;
            let finding = twin.as_ref().map(Finding::from);
            let decision = match twin::matched(twin.as_ref(), &kind, &request.id, of_add) {
                // The same content is here already: the two are one item.
                Some(decision) => decision,
                None if is_copied => Decision::nothing(StatusCode::ALREADY_EXISTS),
                None => {
                    let known = known.as_ref();
                    self.decide(&link, rules, kind, &request.id, known).await?
                }
            };
            let Decision {
                operation,
                status,
                conflict,
            } = decision;
            if let Some(known) = known.as_ref().filter(|_| conflict) {
                held.extend(self.tell_conflict(&link, rules, known, status));
            } else if let (true, Some(known), None) = (is_add, known, finding) {
                self.talk.port.notice(Notice::Doubled {
                    datastore: link.local.clone(),
                    item: known.local.clone(),
                });
            }
            match operation {
                Some(operation) => {
                    let kind = done_here(&operation);
                    let told = Decided {
                        request,
                        kind,
                        finding,
                        status,
                    };
                    decided.push((operation, told));
                }
                None => batch.answer(request, status),
            }
        }
        if !held.is_empty() {
            self.talk.port.hold(link.clone(), held).await?;
        }
        self.talk
            .carry_out(index, decided, atomic.as_ref(), batch)
            .await
    }
}

/// What an operation means to a person who looks at this side.
fn done_here(operation: &Operation) -> Option<ChangeKind> {
    match operation {
        Operation::Add { .. } | Operation::Copy { .. } => Some(ChangeKind::Add),
        Operation::Replace { .. } | Operation::Merge { .. } | Operation::Move { .. } => {
            Some(ChangeKind::Replace)
        }
        Operation::Delete { .. } | Operation::DeleteTree { .. } | Operation::Archive { .. } => {
            Some(ChangeKind::Delete)
        }
        // The client's Delete lost against our change, or is about its own copy: nothing happens here.
        Operation::Pair { .. } => Some(ChangeKind::Add),
        Operation::Unpair { .. } | Operation::Resend { .. } | Operation::SoftDelete { .. } => None,
    }
}

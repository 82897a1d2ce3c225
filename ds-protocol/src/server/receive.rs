//! Packages 3 and 5: the client's changes and its Maps.

use syncml_repr::{Command, Map, StatusCode, SyncCmd};

use super::conflict::{Decision, decide};
use super::turn::Server;
use crate::change::{ChangeKind, ItemId, Key, MapPair, Operation};
use crate::notice::Notice;
use crate::session::command::uri;
use crate::session::datastore::find;
use crate::session::items::{Accepts, Batch, Decided, Request, RequestKind, Step};
use crate::session::resume::Resumption;
use crate::session::state::Phase;
use crate::session::talk::{Incoming, Role};
use crate::store::StoreFault;

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
        let store = &self.talk.common.datastores[index];
        let slow = store.sync_type.is_afresh();
        let items = store.sync_type.sends(Role::Client);
        let datastore = self
            .config
            .datastores
            .iter()
            .find(|datastore| datastore.name == store.link.local);
        let types = datastore
            .map(|datastore| datastore.types.clone())
            .unwrap_or_default();
        let accepts = Accepts {
            types: &types,
            items,
            deletes: !slow,
            by_target: false,
            max_obj_size: self.config.sizes.max_obj_size,
        };
        let chunks = &mut self.talk.common.datastores[index].chunk_in;
        let mut batch = Batch::read(sync, &accepts, chunks);
        batch.deny(denied);
        for step in batch.steps() {
            let group = match step {
                Step::Requests(group) => batch.unanswered(group),
                Step::Chunk(chunk) => {
                    self.talk.stage(index, chunk, &mut batch).await;
                    continue;
                }
            };
            if group.is_empty() {
                continue;
            }
            let failed = match self.talk.common.datastores[index].failed {
                Some(code) => Some(code),
                None => match self.carry_out(index, slow, &group, &mut batch).await {
                    Ok(()) => None,
                    Err(fault) => {
                        self.talk.store_failed(index, &fault);
                        Some(fault.status())
                    }
                },
            };
            if let Some(code) = failed {
                for request in &group {
                    batch.answer(request, code);
                }
            }
        }
        self.talk.owe_batch(incoming, index, batch);
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

    /// Carries out items with different ids: asks what is known, decides, applies.
    async fn carry_out(
        &mut self,
        index: usize,
        slow: bool,
        requests: &[Request],
        batch: &mut Batch,
    ) -> Result<(), StoreFault> {
        let link = self.talk.common.datastores[index].link.clone();
        let keys = requests
            .iter()
            .map(|request| Key::Remote(request.id.clone()))
            .collect();
        let known = self.talk.port.resolve(link.clone(), keys).await?;
        let twins = self
            .talk
            .find_twins(index, requests, &known, |_| slow)
            .await?;
        let datastore = self
            .config
            .datastores
            .iter()
            .find(|datastore| datastore.name == link.local);
        let configured = datastore
            .map(|datastore| datastore.conflict)
            .unwrap_or_default();

        let mut decided = Vec::new();
        for ((request, known), twin) in requests.iter().zip(&known).zip(twins) {
            if let Some(local) = twin {
                // The same content is here already: the two are one item.
                let status = match request.kind {
                    RequestKind::Add(_) => self.talk.profile().add_in_slow_status,
                    _ => StatusCode::OK,
                };
                let operation = Operation::Pair {
                    local,
                    remote: request.id.clone(),
                    owes_map: false,
                };
                let kind = Some(ChangeKind::Add);
                decided.push(Decided {
                    request,
                    operation,
                    kind,
                    matched: true,
                    status,
                });
                continue;
            }
            let Decision {
                operation,
                status,
                conflict,
            } = decide(
                request.kind.clone(),
                &request.id,
                known.as_ref(),
                configured,
            );
            if conflict {
                let item = known
                    .as_ref()
                    .map_or(&request.id, |known| &known.local)
                    .clone();
                let datastore = link.local.clone();
                let policy = known.as_ref().and_then(|known| known.conflict);
                self.talk.port.notice(Notice::Conflict {
                    datastore,
                    item,
                    status,
                    policy: Some(policy.unwrap_or(configured)),
                });
            } else if let (RequestKind::Add(_), Some(known)) = (&request.kind, known) {
                self.talk.port.notice(Notice::Doubled {
                    datastore: link.local.clone(),
                    item: known.local.clone(),
                });
            }
            match operation {
                Some(operation) => {
                    let kind = done_here(&operation);
                    decided.push(Decided {
                        request,
                        operation,
                        kind,
                        matched: false,
                        status,
                    });
                }
                None => batch.answer(request, status),
            }
        }
        self.talk.carry_out(&link, decided, batch).await
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

/// What an operation means to a person who looks at this side.
fn done_here(operation: &Operation) -> Option<ChangeKind> {
    match operation {
        Operation::Add { .. } | Operation::Copy { .. } => Some(ChangeKind::Add),
        Operation::Replace { .. } => Some(ChangeKind::Replace),
        Operation::Delete { .. } | Operation::Archive { .. } => Some(ChangeKind::Delete),
        // The client's Delete lost against our change, or is about its own copy: nothing happens here.
        Operation::Pair { .. } | Operation::Unpair { .. } | Operation::SoftDelete { .. } => None,
    }
}

//! Package 4: the server's changes.

use syncml_repr::{Command, StatusCode, SyncCmd};

use super::turn::Client;
use crate::change::{ChangeKind, ItemId, Key, Known, KnownState, Operation};
use crate::config::ConflictPolicy;
use crate::defect::Defect;
use crate::notice::{Notice, Side};
use crate::session::accept::Accepts;
use crate::session::command::uri;
use crate::session::items::{Batch, Decided, Request, RequestKind, Requests};
use crate::session::receive::Receive;
use crate::session::state::Phase;
use crate::session::talk::{Incoming, Role, Talk};
use crate::store::StoreFault;
use crate::twin::{Finding, Twin};

impl Client {
    /// A Sync of the server: its item commands are carried out and answered one by one.
    pub(super) async fn take_sync(
        &mut self,
        incoming: &Incoming,
        command: &Command,
        sync: &SyncCmd,
    ) {
        let (target, source) = (uri(sync.target.as_ref()), uri(sync.source.as_ref()));
        let Some(index) = self.talk.place(target.as_ref(), source.as_ref()) else {
            return self.talk.owe_all(incoming, command, StatusCode::NOT_FOUND);
        };
        // A server may begin before we are through (an early Sync), but not before the type is settled.
        if matches!(
            self.talk.common.phase,
            Phase::ClientInit | Phase::ServerInit | Phase::Done
        ) {
            return self
                .talk
                .owe_all(incoming, command, StatusCode::COMMAND_NOT_ALLOWED);
        }
        let store = &mut self.talk.common.datastores[index];
        store.heard = true;
        if let Some(code) = store.failed {
            return self.talk.owe_all(incoming, command, code);
        }
        if !store.begun {
            // It was told to wait for our changes afresh.
            return self
                .talk
                .owe_all(incoming, command, StatusCode::COMMAND_NOT_ALLOWED);
        }
        let sync_type = store.sync_type;
        self.talk.expect(index, sync);
        self.talk.common.datastores[index].note_sizes(sync.meta.as_deref());
        self.talk.owe_one(incoming, command, StatusCode::OK);

        let config = self.config.clone();
        let name = &self.talk.common.datastores[index].link.local;
        let mut datastores = config.requests.iter().map(|request| &request.datastore);
        let datastore = datastores.find(|datastore| datastore.name == *name);
        let limits = (self.talk.common.version, &config.sizes);
        let mut accepts = Accepts::of(datastore, sync_type, Role::Client, limits);
        accepts.size_slack = self.talk.profile().size_slack;
        self.take_commands(index, incoming, sync, &accepts, &[])
            .await;
    }
}

impl Receive for Client {
    fn talk(&mut self) -> &mut Talk {
        &mut self.talk
    }

    async fn carry_out(
        &mut self,
        index: usize,
        requests: &mut Requests,
        batch: &mut Batch,
    ) -> Result<(), StoreFault> {
        self.talk.settle_places(index, requests, batch).await?;
        let Requests { all, atomic } = requests;
        let link = self.talk.common.datastores[index].link.clone();
        let mut keys: Vec<Key> = all.iter().map(key).collect();
        // A copy that was made before is not made again.
        keys.extend(
            all.iter()
                .filter_map(|request| request.kind.copy())
                .map(Key::Remote),
        );
        let known = self.talk.port.resolve(link.clone(), keys).await?;
        // The server has compared with what it was sent. Something may have been too large for it, or was refused.
        let compares = |kind: &RequestKind| matches!(kind, RequestKind::Add(_));
        let twins = self.talk.find_twins(index, all, &known, false, compares);
        let twins = twins.await?;
        let request = self.config.requests.get(index);
        let stands = request.and_then(|request| request.on_conflict);
        let mut decided = Vec::with_capacity(all.len());
        let mut copies = known.iter().skip(all.len());
        for ((request, known), twin) in all.iter().zip(&known).zip(twins) {
            let finding = twin.as_ref().map(Finding::from);
            if let Some(Twin::Found(local, _)) = twin {
                // The same content is here already: the two are one item.
                let operation = Operation::Pair {
                    local,
                    remote: request.id.clone(),
                    owes_map: true,
                };
                let told = Decided {
                    request,
                    kind: Some(ChangeKind::Add),
                    finding,
                    status: StatusCode::ITEM_ADDED,
                };
                decided.push((operation, told));
                continue;
            }
            let is_copied =
                request.kind.copy().is_some() && copies.next().is_some_and(Option::is_some);
            let decision = match is_copied {
                true => Err(StatusCode::ALREADY_EXISTS),
                false => decide(&request.kind, &request.id, known.as_ref(), stands),
            };
            let status = decision
                .as_ref()
                .map_or_else(|status| *status, |(_, _, status)| *status);
            let resolves = resolved(&request.kind, known.as_ref(), stands).is_some();
            if resolves || status == StatusCode::CONFLICT {
                self.talk.port.notice(Notice::Conflict {
                    datastore: link.local.clone(),
                    item: request.id.clone(),
                    status,
                    policy: resolves.then_some(ConflictPolicy::ClientDecides),
                });
            }
            match decision {
                Ok((operation, kind, status)) => {
                    // What stays as it is was not received.
                    let is_done = !matches!(operation, Operation::Resend { .. });
                    let told = Decided {
                        request,
                        kind: is_done.then_some(kind),
                        finding,
                        status,
                    };
                    decided.push((operation, told));
                }
                Err(status) => batch.answer(request, status),
            }
        }
        self.talk
            .carry_out(index, decided, atomic.as_ref(), batch)
            .await
    }
}

/// What a client makes of an item that both sides have changed, where it is told whose version stands. Its own goes to the
/// server with the next session, and is no conflict there any more: the server hears that its version was taken note of.
fn resolved(
    kind: &RequestKind,
    known: Option<&Known>,
    stands: Option<Side>,
) -> Option<(Operation, StatusCode)> {
    let known = known.filter(|known| known.state == KnownState::Changed)?;
    let RequestKind::Replace(content) = kind else {
        return None;
    };
    Some(match stands? {
        Side::Local => {
            // The whole of it goes out, even where only its place was changed here.
            let local = known.local.clone();
            let operation = Operation::Resend { local };
            (operation, StatusCode::CONFLICT_RESOLVED_CLIENT_WINS)
        }
        Side::Remote => {
            let (local, content) = (known.local.clone(), content.clone());
            let operation = Operation::Replace { local, content };
            (operation, StatusCode::OK)
        }
    })
}

/// A server names what it adds by its own id, and everything else by ours.
fn key(request: &Request) -> Key {
    match request.kind {
        RequestKind::Add(_) => Key::Remote(request.id.clone()),
        _ => Key::Local(request.id.clone()),
    }
}

/// What to do with an item of the server and the status for when it is done, or the status at once.
///
/// A client does not resolve a conflict unless it is told whose version `stands`: its own change stands for now and goes to
/// the server in the next session. One arm for each row of the matrix.
fn decide(
    kind: &RequestKind,
    id: &ItemId,
    known: Option<&Known>,
    stands: Option<Side>,
) -> Result<(Operation, ChangeKind, StatusCode), StatusCode> {
    let done = |operation, kind, status| Ok((operation, kind, status));
    if let Some((operation, status)) = resolved(kind, known, stands) {
        return done(operation, ChangeKind::Replace, status);
    }
    match (kind, known) {
        (RequestKind::Add(content), None) => {
            let operation = Operation::Add {
                remote: id.clone(),
                content: content.clone(),
                owes_map: true,
            };
            done(operation, ChangeKind::Add, StatusCode::ITEM_ADDED)
        }
        // It came before, and the server does not know our id for it yet: the Map goes out again.
        (RequestKind::Add(_), Some(_)) => Err(StatusCode::ALREADY_EXISTS),
        (RequestKind::Replace(_) | RequestKind::Copy(_) | RequestKind::Move(_), None) => {
            Err(StatusCode::NOT_FOUND)
        }
        (_, None) => Err(StatusCode::ITEM_NOT_DELETED),
        (RequestKind::Replace(content), Some(known)) if known.state == KnownState::Unchanged => {
            let operation = Operation::Replace {
                local: known.local.clone(),
                content: content.clone(),
            };
            done(operation, ChangeKind::Replace, StatusCode::OK)
        }
        (RequestKind::Copy(_), Some(known)) if known.state == KnownState::Deleted => {
            Err(StatusCode::NOT_FOUND)
        }
        (RequestKind::Copy(copy), Some(known)) => {
            let operation = Operation::Copy {
                local: known.local.clone(),
                remote: copy.clone(),
                owes_map: true,
            };
            done(operation, ChangeKind::Add, StatusCode::ITEM_ADDED)
        }
        (RequestKind::Move(place), Some(known)) if known.state == KnownState::Unchanged => {
            let operation = Operation::Move {
                local: known.local.clone(),
                place: place.clone(),
            };
            done(operation, ChangeKind::Replace, StatusCode::OK)
        }
        (RequestKind::Replace(_) | RequestKind::Move(_), Some(_)) => Err(StatusCode::CONFLICT),
        (_, Some(known))
            if known.state == KnownState::Changed && !Defect::ClientDeleted.is_armed() =>
        {
            Err(StatusCode::CONFLICT)
        }
        // The server does not want to be told that the item is gone here (`SftDel`): that is true of every Delete.
        (kind, Some(known)) => {
            let local = known.local.clone();
            let (operation, status) = match kind {
                RequestKind::Archive => (Operation::Archive { local }, StatusCode::OK),
                RequestKind::DeleteInstead => (
                    Operation::Delete { local },
                    StatusCode::DELETE_WITHOUT_ARCHIVE,
                ),
                _ => (Operation::Delete { local }, StatusCode::OK),
            };
            done(operation, ChangeKind::Delete, status)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Content;
    use crate::place::Place;

    /// DS-C-043, DS-C-044, DS-B-026: what the server sent × what became of it here.
    #[test]
    fn matrix() {
        use KnownState::{Changed, Deleted, Unchanged};
        let content = Content::new("text/vcard", "v");
        let copy = ItemId::new("G2");
        let kinds = [
            RequestKind::Add(content.clone()),
            RequestKind::Replace(content),
            RequestKind::Delete,
            RequestKind::SoftDelete,
            RequestKind::Archive,
            RequestKind::DeleteInstead,
            RequestKind::Copy(copy.clone()),
            RequestKind::Move(Place::Top),
        ];
        let (local, id) = (ItemId::new("L1"), ItemId::new("X"));
        let name = |operation: &Operation| match operation {
            Operation::Add {
                remote,
                owes_map: true,
                ..
            } if *remote == id => "add",
            Operation::Replace { local: of, .. } if *of == local => "replace",
            Operation::Delete { local: of } if *of == local => "delete",
            Operation::Move {
                local: of,
                place: Place::Top,
            } if *of == local => "move",
            Operation::Archive { local: of } if *of == local => "archive",
            Operation::Copy {
                local: of,
                remote,
                owes_map: true,
            } if (of, remote) == (&local, &copy) => "copy",
            other => panic!("{other:?}"),
        };
        let deletes = [
            ("delete", 200),
            ("delete", 200),
            ("archive", 200),
            ("delete", 210),
        ];
        for (state, add, replace, deletes, copied, moved) in [
            (
                None,
                ("add", 201),
                ("-", 404),
                [("-", 211); 4],
                ("-", 404),
                ("-", 404),
            ),
            (
                Some(Unchanged),
                ("-", 418),
                ("replace", 200),
                deletes,
                ("copy", 201),
                ("move", 200),
            ),
            (
                Some(Changed),
                ("-", 418),
                ("-", 409),
                [("-", 409); 4],
                ("copy", 201),
                ("-", 409),
            ),
            (
                Some(Deleted),
                ("-", 418),
                ("-", 409),
                deletes,
                ("-", 404),
                ("-", 409),
            ),
        ] {
            let known = state.map(|state| Known::new(local.clone(), state));
            let expected = [add, replace]
                .into_iter()
                .chain(deletes)
                .chain([copied, moved]);
            for (kind, expected) in kinds.iter().zip(expected) {
                let decided = match decide(kind, &id, known.as_ref(), None) {
                    Ok((operation, _, status)) => (name(&operation), status.get()),
                    Err(status) => ("-", status.get()),
                };
                assert_eq!(decided, expected, "{state:?} {kind:?}");
            }
        }
    }
}

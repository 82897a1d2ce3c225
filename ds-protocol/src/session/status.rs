//! Statuses of the peer: what became of our commands.

use syncml_repr::{Status, StatusCode};

use super::datastore::Sending;
use super::pending::Awaiting;
use super::resume::Resumption;
use super::state::Phase;
use super::talk::{Role, Talk};
use crate::change::{ChangeKind, Held, Operation};
use crate::defect::Defect;
use crate::notice::{Compared, Notice, Side, SlowReason};

impl Talk {
    /// Reads a status of the peer. Header statuses are the role's matter.
    pub(crate) async fn take_status(&mut self, status: &Status) {
        let Some(awaiting) = self.common.pending.answered(status, self.common.msg_id) else {
            // Late, repeated or invented: no command of ours waits for it.
            return;
        };
        let code = status.code;
        match awaiting {
            Awaiting::Nothing => {}
            Awaiting::Suspend => self.common.peer_resumes = Some(code.is_success()),
            Awaiting::Alert(index) => {
                let resumption = self.common.datastores[index].resumption;
                let resumes = resumption == Resumption::Asked;
                if !resumes || self.take_resume_status(index, code).await {
                    self.take_alert_status(index, code);
                }
                let is_refused = resumption == Resumption::Agreed && is_failure(code);
                if is_refused && self.common.role == Role::Server {
                    // The client means to go on with another session than was left here, and would ask for it again and again.
                    let link = self.common.datastores[index].link.clone();
                    if let Err(fault) = self.forget_unfinished(link).await {
                        self.store_failed(index, &fault);
                    }
                }
            }
            Awaiting::Sync(index) => {
                if code == StatusCode::REFRESH_REQUIRED && self.is_combining() {
                    self.take_alert_status(index, code);
                } else if is_failure(code) {
                    self.common.datastores[index].fail(code);
                } else {
                    self.note_begun(index).await;
                }
            }
            Awaiting::Item(index, confirmed) => self.acknowledged.push((index, confirmed, code)),
            Awaiting::Chunk(index) => self.take_chunk_status(index, code),
            Awaiting::Map(index, pairs) => {
                if code.is_success() {
                    let link = self.common.datastores[index].link.clone();
                    if let Err(fault) = self.port.confirm_maps(link, pairs).await {
                        self.store_failed(index, &fault);
                    }
                }
            }
        }
    }

    /// Whether our changes went out with Alerts that the peer may still refuse.
    fn is_combining(&self) -> bool {
        let common = &self.common;
        common.combined
            && common.role == Role::Client
            && matches!(common.phase, Phase::ClientInit | Phase::ServerSync)
    }

    /// What was sent for a datastore together with its Alert does not count: it goes out again, or nothing does.
    pub(crate) fn take_back(&mut self, index: usize) {
        self.common.pending.forget(index);
        self.acknowledged.retain(|(about, ..)| *about != index);
        let store = &mut self.common.datastores[index];
        store.begun = false;
        store.sending = Sending::default();
    }

    fn take_alert_status(&mut self, index: usize, code: StatusCode) {
        if is_failure(code) && self.is_combining() {
            self.take_back(index);
            // A datastore that was refused has nothing missing in the package.
            self.common.datastores[index].sending.opened = code != StatusCode::REFRESH_REQUIRED;
        }
        let store = &mut self.common.datastores[index];
        if code == StatusCode::REFRESH_REQUIRED {
            // 508 alone switches to the slow variant, an Alert that says so may follow or not.
            if store.begun {
                store.fail(code);
                return;
            }
            // It cannot go on with what it does not have.
            store.resumption = Resumption::No;
            if !store.sync_type.is_afresh() {
                store.sync_type = store.sync_type.afresh();
                self.port.notice(Notice::Settled {
                    datastore: store.link.local.clone(),
                    sync_type: store.sync_type,
                    reason: Some(SlowReason::PeerAsked),
                    anchors: Compared::default(),
                });
            }
        } else if is_failure(code) {
            store.fail(code);
        }
    }

    /// Tells the store what the statuses read so far have settled, one effect for each datastore. In one piece: what is
    /// gathered for the three effects is gathered in one loop.
    pub(crate) async fn settle_acknowledged(&mut self) {
        let mut acknowledged = std::mem::take(&mut self.acknowledged);
        acknowledged.sort_by_key(|(index, ..)| *index);
        for group in acknowledged.chunk_by(|a, b| a.0 == b.0) {
            let index = group[0].0;
            let link = self.common.datastores[index].link.clone();
            let datastore = link.local.clone();
            let mut confirmed = Vec::new();
            let mut unsure = Vec::new();
            let mut unsent = Vec::new();
            let mut held = Vec::new();
            for (_, change, code) in group {
                let local = change.local.clone();
                match verdict(change.kind, *code) {
                    Verdict::Done => {
                        if !change.awaits_map {
                            confirmed.push(change.clone());
                        } else if *code == StatusCode::ALREADY_EXISTS {
                            // It has the item of an earlier session, in a state we can only guess.
                            // Its Map may have come before this status.
                            unsure.push(Operation::Resend {
                                local: local.clone(),
                            });
                        }
                        let (kind, status) = (change.kind, *code);
                        self.port.notice(Notice::Sent {
                            datastore: datastore.clone(),
                            kind,
                            local,
                            status,
                        });
                    }
                    Verdict::Gone => unsure.push(Operation::Unpair { local }),
                    refused => {
                        if change.kind == ChangeKind::Add && self.common.role == Role::Client {
                            // That the server may have it is known to be wrong.
                            unsent.push(Operation::Unpair {
                                local: local.clone(),
                            });
                        }
                        self.port.notice(Notice::ItemRefused {
                            datastore: datastore.clone(),
                            item: local.clone(),
                            by: Side::Remote,
                            status: *code,
                        });
                        if refused == Verdict::RefusedAsItIs {
                            held.push(Held::new(local.clone(), change.revision));
                            self.port.notice(Notice::ItemHeld {
                                datastore: datastore.clone(),
                                item: local,
                            });
                        }
                        self.common.datastores[index].sending.peer_is_full |=
                            *code == StatusCode::DEVICE_FULL;
                    }
                }
            }
            if !unsent.is_empty()
                && let Err(fault) = self.port.apply(link.clone(), unsent).await
            {
                self.store_failed(index, &fault);
            }
            if !held.is_empty()
                && let Err(fault) = self.port.hold(link.clone(), held).await
            {
                self.store_failed(index, &fault);
            }
            if !confirmed.is_empty()
                && let Err(fault) = self.port.confirm(link.clone(), confirmed).await
            {
                self.store_failed(index, &fault);
            }
            if !unsure.is_empty()
                && let Err(fault) = self.port.apply(link, unsure).await
            {
                self.store_failed(index, &fault);
            }
        }
    }
}

/// What a status says of an item of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// The peer has it.
    Done,
    /// The peer does not have the item we changed: it is new to it.
    Gone,
    /// The peer does not have the change. It stays to be sent.
    Refused,
    /// The peer does not take it, and will not while it is what it is.
    RefusedAsItIs,
}

fn verdict(kind: ChangeKind, code: StatusCode) -> Verdict {
    match (kind, code.get()) {
        _ if Defect::RefusalConfirmed.is_armed() => Verdict::Done,
        (ChangeKind::Replace, 404 | 410) if Defect::GoneConfirmed.is_armed() => Verdict::Done,
        // 213 to what is whole: the end of it is not there; 214, 215, 216: cancelled, refused by the user, rolled back
        (_, 213..=216) => Verdict::Refused,
        // 304 not executed because nothing differs; 419 the server's version stands and comes next
        (_, 200..=299 | 304 | 419) => Verdict::Done,
        (ChangeKind::Add, 418) => Verdict::Done,
        (ChangeKind::Replace, 404 | 410) => Verdict::Gone,
        (ChangeKind::Delete, 404 | 410 | 423) => Verdict::Done,
        (_, 403 | 405 | 406 | 412 | 413 | 414 | 416 | 425..=428) => Verdict::RefusedAsItIs,
        _ => Verdict::Refused,
    }
}

/// Whether a status of an Alert or Sync ends the datastore's part.
fn is_failure(code: StatusCode) -> bool {
    code.get() >= 300
}

//! What a session did, counted.

use std::time::Duration;

use ds_protocol::{ChangeKind, Closed, ItemId, Notice, Side, SlowReason, SyncType, client};
use serde::{Serialize, Serializer};
use syncml_devinf::Version;
use syncml_repr::StatusCode;

use crate::error::Error;

/// What one session did. `Serialize` gives the JSON object of `syncml sync --json`.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Address of the server.
    pub server: String,
    /// Identity the client gave itself.
    pub device: String,
    /// Version of the protocol that was spoken.
    #[serde(serialize_with = "version")]
    pub syncml: Version,
    /// How the session ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// One for each datastore, in the order of the request.
    pub datastores: Vec<DatastoreReport>,
    /// Messages sent and received.
    pub messages: Traffic,
    /// Octets of messages sent and received, repeats included.
    pub bytes: Traffic,
    /// Time from the first message to the last, in seconds.
    #[serde(rename = "seconds", serialize_with = "seconds")]
    pub duration: Duration,
}

impl Report {
    pub(crate) fn new(config: &client::Config, datastores: Vec<DatastoreReport>) -> Self {
        Self {
            server: config.server.to_string(),
            device: config.device.id.to_string(),
            syncml: config.version,
            ending: Ending::Complete,
            datastores,
            messages: Traffic::default(),
            bytes: Traffic::default(),
            duration: Duration::ZERO,
        }
    }

    /// Whether the session was completed and every datastore with it. Single items may have been refused.
    pub fn is_success(&self) -> bool {
        matches!(self.ending, Ending::Complete)
            && self.datastores.iter().all(DatastoreReport::is_success)
    }

    /// Takes note of a notice.
    pub(crate) fn note(&mut self, notice: &Notice) {
        let (Notice::Settled { datastore, .. }
        | Notice::Resumed { datastore, .. }
        | Notice::Received { datastore, .. }
        | Notice::Sent { datastore, .. }
        | Notice::ItemRefused { datastore, .. }
        | Notice::TooLarge { datastore, .. }
        | Notice::Conflict { datastore, .. }
        | Notice::DatastoreDone { datastore, .. }
        | Notice::StoreFailed {
            datastore: Some(datastore),
            ..
        }) = notice
        else {
            return;
        };
        let mut reports = self.datastores.iter_mut();
        if let Some(report) = reports.find(|report| *report.name == **datastore) {
            report.note(notice);
        }
    }
}

/// How a session ended.
#[derive(Debug, Serialize)]
#[serde(tag = "ending", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Ending {
    /// All messages were exchanged.
    Complete,
    /// The session was left, to go on in another one.
    Suspended,
    /// A side refused or ended the session early: wrong credentials (401), for example.
    Aborted {
        /// The status that says why.
        status: u16,
    },
    /// The transport failed for good, or the server sent what cannot be read. Anchors stay: the next session goes on.
    Broken {
        /// What happened.
        #[serde(serialize_with = "text")]
        error: Error,
    },
}

impl From<Closed> for Ending {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::Complete => Self::Complete,
            Closed::Suspended => Self::Suspended,
            Closed::Aborted(status) => Self::Aborted {
                status: status.get(),
            },
            _ => Self::Aborted {
                status: StatusCode::SERVER_FAILURE.get(),
            },
        }
    }
}

/// What was done with one datastore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DatastoreReport {
    /// The client's name of it.
    pub name: String,
    /// The server's name of it.
    pub remote: String,
    /// Sync type that was carried out: `two-way` or `slow`. None: it never came to that.
    pub mode: Option<&'static str>,
    #[serde(skip)]
    asked: SyncType,
    /// Why a slow sync took the place of the type asked for, or `resumed`: it goes on with an earlier session.
    pub reason: Option<&'static str>,
    /// Status it ended with: 200, or why it was given up. None: the session ended before.
    pub status: Option<u16>,
    /// Done at the client.
    #[serde(rename = "client")]
    pub local: Counts,
    /// Done at the server.
    #[serde(rename = "server")]
    pub remote_counts: Counts,
    /// Items a slow sync found on both sides.
    pub matched: u64,
    /// Items both sides had changed, with the status that says whose change stands.
    pub conflicts: Vec<ItemStatus>,
    /// Items that a side refused.
    pub refused: Vec<ItemStatus>,
    /// Items that do not fit the server's largest message.
    pub too_large: Vec<String>,
    /// What the client's own store said when it failed.
    pub fault: Option<String>,
}

impl DatastoreReport {
    pub(crate) fn new(name: &str, remote: &str, asked: SyncType) -> Self {
        Self {
            name: name.to_owned(),
            remote: remote.to_owned(),
            mode: None,
            asked,
            reason: None,
            status: None,
            local: Counts::default(),
            remote_counts: Counts::default(),
            matched: 0,
            conflicts: Vec::new(),
            refused: Vec::new(),
            too_large: Vec::new(),
            fault: None,
        }
    }

    /// Whether it ended well.
    pub fn is_success(&self) -> bool {
        self.status
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// Whether nothing moved.
    pub fn is_quiet(&self) -> bool {
        self.local == Counts::default()
            && self.remote_counts == Counts::default()
            && self.conflicts.is_empty()
            && self.refused.is_empty()
            && self.too_large.is_empty()
    }

    /// Takes note of a notice about this datastore.
    fn note(&mut self, notice: &Notice) {
        match notice {
            Notice::Settled {
                sync_type, reason, ..
            } => self.settled(*sync_type, *reason),
            Notice::Resumed { sync_type, .. } => {
                self.mode = Some(sync_type.name());
                self.reason = Some("resumed");
            }
            Notice::Received { matched: true, .. } => self.matched += 1,
            Notice::Received { kind, .. } => self.local.count(*kind),
            Notice::Sent {
                kind,
                local,
                status,
                ..
            } => self.sent(*kind, local, *status),
            Notice::ItemRefused {
                item, by, status, ..
            } => {
                let by = match by {
                    Side::Local => "client",
                    Side::Remote => "server",
                };
                self.refused.push(ItemStatus::new(item, by, *status));
            }
            Notice::TooLarge { item, .. } => self.too_large.push(item.as_str().to_owned()),
            Notice::Conflict { item, status, .. } => {
                self.conflicts
                    .push(ItemStatus::new(item, "server", *status));
            }
            Notice::DatastoreDone { status, .. } => self.status = Some(status.get()),
            Notice::StoreFailed { message, .. } => self.fault = Some(message.clone()),
            _ => {}
        }
    }

    fn settled(&mut self, sync_type: SyncType, reason: Option<SlowReason>) {
        self.mode = Some(sync_type.name());
        // A pair that never ended a session well is asked for as a slow one from the start.
        let first = sync_type.is_afresh() && !self.asked.is_afresh();
        self.reason = reason
            .or_else(|| first.then_some(SlowReason::FirstSync))
            .map(why_slow);
    }

    /// A change of ours that the server has answered with success.
    fn sent(&mut self, kind: ChangeKind, item: &ItemId, status: StatusCode) {
        if matches!(
            status,
            StatusCode::CONFLICT_RESOLVED_MERGE
                | StatusCode::CONFLICT_RESOLVED_CLIENT_WINS
                | StatusCode::CONFLICT_RESOLVED_DUPLICATE
                | StatusCode::CONFLICT_RESOLVED_SERVER_WINS
        ) {
            self.conflicts.push(ItemStatus::new(item, "server", status));
        }
        match (kind, status) {
            // Nothing was done there.
            (_, StatusCode::CONFLICT_RESOLVED_SERVER_WINS | StatusCode::ITEM_NOT_DELETED) => {}
            (_, StatusCode::ALREADY_EXISTS) => self.matched += 1,
            (ChangeKind::Delete, _) => self.remote_counts.count(kind),
            _ if self.mode != Some(SyncType::Slow.name()) => self.remote_counts.count(kind),
            // In a slow sync a client sends everything, and only the status tells what was new to the server.
            (_, StatusCode::ITEM_ADDED) => self.remote_counts.count(ChangeKind::Add),
            _ => self.matched += 1,
        }
    }
}

/// Items added, replaced and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// New items.
    pub added: u64,
    /// Items with new content.
    pub replaced: u64,
    /// Items removed.
    pub deleted: u64,
}

impl Counts {
    fn count(&mut self, kind: ChangeKind) {
        *match kind {
            ChangeKind::Add => &mut self.added,
            ChangeKind::Replace => &mut self.replaced,
            ChangeKind::Delete => &mut self.deleted,
        } += 1;
    }
}

/// An item and the status a side gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ItemStatus {
    /// Identifier: the client's, or the server's where the client has none.
    pub item: String,
    /// `client` or `server`.
    pub by: &'static str,
    /// Status code.
    pub status: u16,
}

impl ItemStatus {
    fn new(item: &ItemId, by: &'static str, status: StatusCode) -> Self {
        Self {
            item: item.as_str().to_owned(),
            by,
            status: status.get(),
        }
    }
}

/// Counts of both directions, as the client sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Traffic {
    /// Sent by the client.
    pub sent: u64,
    /// Received by the client.
    pub received: u64,
}

fn why_slow(reason: SlowReason) -> &'static str {
    match reason {
        SlowReason::FirstSync => "first-sync",
        SlowReason::AnchorMismatch => "anchor-mismatch",
        SlowReason::PeerAsked => "server-asked",
        _ => "other",
    }
}

fn version<S: Serializer>(version: &Version, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(version.as_str())
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    // Milliseconds are as much as a clock on a busy machine is worth.
    serializer.serialize_f64((duration.as_secs_f64() * 1000.0).round() / 1000.0)
}

fn text<S: Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(error)
}

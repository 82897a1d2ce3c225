use std::sync::Arc;

use syncml_meta::{MetInf, sparse_debug};

use crate::{CmdId, Command, Cred, Locator};

/// Changes of one datastore (`Sync`) `[RepPro §Sync]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SyncCmd {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Credentials for the datastore (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Datastore of the receiver (`Target`).
    pub target: Option<Locator>,
    /// Datastore of the sender (`Source`).
    pub source: Option<Locator>,
    /// Free space and limits of the datastore (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// How many changes follow, in all messages of the package (`NumberOfChanges`, since 1.1).
    pub number_of_changes: Option<u64>,
    /// The changes.
    pub commands: Vec<Command>,
}

sparse_debug!(SyncCmd {
    cmd_id,
    no_resp,
    cred,
    target,
    source,
    meta,
    number_of_changes,
    commands
});

impl SyncCmd {
    /// A Sync between two datastores, without changes.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>, target: Locator, source: Locator) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            target: Some(target),
            source: Some(source),
            ..Self::default()
        }
    }
}

use std::sync::Arc;

use syncml_meta::{MetInf, sparse_debug};
use syncml_wbxml::ByteString;

use crate::{CmdId, Cred, Item};

/// Runs something at the receiver (`Exec`) `[RepPro §Exec]`. Device management only.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Exec {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Meta information (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// Comes back in the alert that tells the outcome (`Correlator`, since 1.2).
    pub correlator: Option<ByteString>,
    /// What to run: exactly one in a well-formed command (`Item`).
    pub items: Vec<Item>,
}

sparse_debug!(Exec {
    cmd_id,
    no_resp,
    cred,
    meta,
    correlator,
    items
});

impl Exec {
    /// A command that runs `item`.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>, item: Item) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            items: vec![item],
            ..Self::default()
        }
    }
}

use syncml_meta::sparse_debug;
use syncml_wbxml::ByteString;

use crate::{AlertCode, CmdId, Cred, Item};

/// Asks for a sync, for more messages, or tells something (`Alert`) `[RepPro §Alert]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Alert {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Credentials for a datastore (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// What is asked for (`Data`); `None` if that is missing or no number.
    pub code: Option<AlertCode>,
    /// Ties an alert to an earlier Exec (`Correlator`, DM 1.2).
    pub correlator: Option<ByteString>,
    /// What it is about: a datastore with anchors, an object, a text (`Item`).
    pub items: Vec<Item>,
}

sparse_debug!(Alert {
    cmd_id,
    no_resp,
    cred,
    code,
    correlator,
    items
});

impl Alert {
    /// An alert without items.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>, code: AlertCode) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            code: Some(code),
            ..Self::default()
        }
    }

    /// The same with one more item.
    #[must_use]
    pub fn with_item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }
}

use std::sync::Arc;

use syncml_meta::{MetInf, sparse_debug};
use syncml_wbxml::ByteString;

use crate::{CmdId, Item, MsgId};

/// Answer to a Get or Search (`Results`) `[RepPro §Results]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Results {
    /// Id of this command (`CmdID`).
    pub cmd_id: CmdId,
    /// Message of the command answered (`MsgRef`); absent means message 1.
    pub msg_ref: Option<MsgId>,
    /// Id of the command answered (`CmdRef`); empty if absent.
    pub cmd_ref: CmdId,
    /// Meta information for all items that have none of their own (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// Address that the command had as target (`TargetRef`).
    pub target_ref: Option<ByteString>,
    /// Address that the command had as source (`SourceRef`).
    pub source_ref: Option<ByteString>,
    /// What was found (`Item`).
    pub items: Vec<Item>,
}

sparse_debug!(Results {
    cmd_id,
    msg_ref,
    cmd_ref,
    meta,
    target_ref,
    source_ref,
    items
});

impl Results {
    /// Results of command `cmd_ref` of message `msg_ref`, without items.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>, msg_ref: MsgId, cmd_ref: impl Into<CmdId>) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            msg_ref: Some(msg_ref),
            cmd_ref: cmd_ref.into(),
            ..Self::default()
        }
    }

    /// The same with this `Meta`.
    #[must_use]
    pub fn with_meta(mut self, meta: impl Into<Arc<MetInf>>) -> Self {
        self.meta = Some(meta.into());
        self
    }

    /// The same with one more item.
    #[must_use]
    pub fn with_item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }
}

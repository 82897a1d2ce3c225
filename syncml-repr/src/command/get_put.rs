use std::sync::Arc;

use syncml_meta::{MetInf, sparse_debug};
use syncml_wbxml::ByteString;

use crate::{CmdId, Cred, Item};

/// Asks for data (`Get`) `[RepPro §Get]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Get {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Language of the answer (`Lang`).
    pub lang: Option<ByteString>,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Meta information for all items that have none of their own (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// What is wanted (`Item`).
    pub items: Vec<Item>,
}

sparse_debug!(Get {
    cmd_id,
    no_resp,
    lang,
    cred,
    meta,
    items
});

impl Get {
    /// A command without items.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>) -> Self {
        Self {
            cmd_id: cmd_id.into(),
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

/// Hands over data (`Put`) `[RepPro §Put]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Put {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Language of the answer (`Lang`).
    pub lang: Option<ByteString>,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Meta information for all items that have none of their own (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// What is handed over (`Item`).
    pub items: Vec<Item>,
}

sparse_debug!(Put {
    cmd_id,
    no_resp,
    lang,
    cred,
    meta,
    items
});

impl Put {
    /// A command without items.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>) -> Self {
        Self {
            cmd_id: cmd_id.into(),
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

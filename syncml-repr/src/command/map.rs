use std::sync::Arc;

use syncml_meta::{MetInf, always_shown, sparse_debug};

use crate::{CmdId, Cred, Locator};

/// Ids that a client gave to items of the server (`Map`) `[RepPro §Map]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Map {
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// Datastore of the server (`Target`).
    pub target: Locator,
    /// Datastore of the client (`Source`).
    pub source: Locator,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Meta information (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// The pairs of ids (`MapItem`).
    pub items: Vec<MapItem>,
}

sparse_debug!(Map {
    cmd_id,
    target,
    source,
    cred,
    meta,
    items
});

impl Map {
    /// A Map between two datastores, without pairs.
    #[must_use]
    pub fn new(cmd_id: impl Into<CmdId>, target: Locator, source: Locator) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            target,
            source,
            ..Self::default()
        }
    }

    /// The same with one more pair.
    #[must_use]
    pub fn with_item(mut self, item: MapItem) -> Self {
        self.items.push(item);
        self
    }
}

/// A pair of ids (`MapItem`) `[RepPro §MapItem]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct MapItem {
    /// Id at the server, the GUID (`Target`).
    pub target: Locator,
    /// Id at the client, the LUID (`Source`).
    pub source: Locator,
}

sparse_debug!(MapItem { target, source });
always_shown!(MapItem);

impl MapItem {
    /// A pair of ids.
    #[must_use]
    pub const fn new(target: Locator, source: Locator) -> Self {
        Self { target, source }
    }
}

use std::sync::Arc;

use syncml_meta::{MetInf, always_shown, sparse_debug};
use syncml_wbxml::Tag;
use syncml_wbxml::tag::syncml as tag;

use crate::{CmdId, Cred, Item, List};

/// Which of the five commands that change items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the commands of a closed protocol")]
pub enum ModifyKind {
    /// `Add`: a new item.
    Add,
    /// `Copy`: an item once more.
    Copy,
    /// `Delete`: an item no longer.
    Delete,
    /// `Move`: an item under another parent (1.2).
    Move,
    /// `Replace`: new content of an item; adds it if there is none.
    Replace,
}

impl ModifyKind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Add,
        Self::Copy,
        Self::Delete,
        Self::Move,
        Self::Replace,
    ];

    /// Name of the element.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "Add",
            Self::Copy => "Copy",
            Self::Delete => "Delete",
            Self::Move => "Move",
            Self::Replace => "Replace",
        }
    }

    pub(crate) const fn tag(self) -> Tag {
        match self {
            Self::Add => tag::ADD,
            Self::Copy => tag::COPY,
            Self::Delete => tag::DELETE,
            Self::Move => tag::MOVE,
            Self::Replace => tag::REPLACE,
        }
    }
}

always_shown!(ModifyKind);

/// Changes items (`Add`, `Copy`, `Delete`, `Move`, `Replace`) `[RepPro §Add]` and following.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Modify {
    /// Which command.
    pub kind: ModifyKind,
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Keep a copy of what is deleted (`Archive`, Delete only).
    pub archive: bool,
    /// Delete on the client only (`SftDel`, Delete only).
    pub sft_del: bool,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// Meta information for all items that have none of their own (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// The items (`Item`).
    pub items: List<Item>,
}

sparse_debug!(Modify {
    kind,
    cmd_id,
    no_resp,
    archive,
    sft_del,
    cred,
    meta,
    items
});

impl Modify {
    /// A command without items.
    #[must_use]
    pub fn new(kind: ModifyKind, cmd_id: impl Into<CmdId>) -> Self {
        Self {
            kind,
            cmd_id: cmd_id.into(),
            no_resp: false,
            archive: false,
            sft_del: false,
            cred: None,
            meta: None,
            items: List::new(),
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

use std::sync::Arc;

use syncml_meta::{MetInf, always_shown, sparse_debug};
use syncml_wbxml::Tag;
use syncml_wbxml::tag::syncml as tag;

use crate::{CmdId, Command};

/// Which kind of group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[allow(clippy::exhaustive_enums, reason = "the commands of a closed protocol")]
pub enum GroupKind {
    /// `Atomic`: all of the commands or none.
    Atomic,
    /// `Sequence`: the commands in this order.
    #[default]
    Sequence,
}

impl GroupKind {
    /// Name of the element.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Atomic => "Atomic",
            Self::Sequence => "Sequence",
        }
    }

    pub(crate) const fn tag(self) -> Tag {
        match self {
            Self::Atomic => tag::ATOMIC,
            Self::Sequence => tag::SEQUENCE,
        }
    }
}

always_shown!(GroupKind);

/// Commands that belong together (`Atomic`, `Sequence`) `[RepPro §Atomic, §Sequence]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Group {
    /// Which kind.
    pub kind: GroupKind,
    /// Id of the command (`CmdID`).
    pub cmd_id: CmdId,
    /// No Status is wanted (`NoResp`).
    pub no_resp: bool,
    /// Meta information (`Meta`).
    pub meta: Option<Arc<MetInf>>,
    /// The commands.
    pub commands: Vec<Command>,
}

sparse_debug!(Group {
    kind,
    cmd_id,
    no_resp,
    meta,
    commands
});

impl Group {
    /// A group without commands.
    #[must_use]
    pub fn new(kind: GroupKind, cmd_id: impl Into<CmdId>) -> Self {
        Self {
            kind,
            cmd_id: cmd_id.into(),
            ..Self::default()
        }
    }
}

use syncml_meta::{always_shown, sparse_debug};

use crate::{Command, SyncHdr};

/// A message (`SyncML`) `[RepPro §SyncML]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Message {
    /// Who to whom, in which session (`SyncHdr`).
    pub hdr: SyncHdr,
    /// What is to be done (`SyncBody`).
    pub body: SyncBody,
}

impl Message {
    /// A message with this header and these commands.
    #[must_use]
    pub const fn new(hdr: SyncHdr, commands: Vec<Command>, is_final: bool) -> Self {
        Self {
            hdr,
            body: SyncBody { commands, is_final },
        }
    }
}

/// Commands of a message, in the order of the wire (`SyncBody`) `[RepPro §SyncBody]`.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct SyncBody {
    /// The commands.
    pub commands: Vec<Command>,
    /// The package ends with this message (`Final`).
    pub is_final: bool,
}

sparse_debug!(SyncBody { commands, is_final });
always_shown!(SyncHdr);

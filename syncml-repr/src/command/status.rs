use syncml_meta::sparse_debug;
use syncml_wbxml::ByteString;

use crate::{Chal, CmdId, CmdName, Cred, Item, List, MsgId, StatusCode};

/// Outcome of a command of the other side (`Status`) `[RepPro §Status]`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Status {
    /// Id of this command (`CmdID`).
    pub cmd_id: CmdId,
    /// Message of the command answered (`MsgRef`); `None` if absent or no number.
    pub msg_ref: Option<MsgId>,
    /// Id of the command answered (`CmdRef`), [`CmdId::HEADER`] for the header of the message.
    /// Empty if absent: then nobody knows what the Status is for.
    pub cmd_ref: CmdId,
    /// Name of the command answered (`Cmd`), as written.
    pub cmd: CmdName,
    /// Addresses that the command had as targets (`TargetRef`).
    pub target_refs: List<ByteString>,
    /// Addresses that the command had as sources (`SourceRef`).
    pub source_refs: List<ByteString>,
    /// Credentials (`Cred`).
    pub cred: Option<Box<Cred>>,
    /// A challenge (`Chal`).
    pub chal: Option<Box<Chal>>,
    /// The outcome (`Data`). Missing or not a number counts as
    /// [`BAD_REQUEST`](StatusCode::BAD_REQUEST).
    pub code: StatusCode,
    /// More about the outcome: an anchor, conflict data, a text (`Item`).
    pub items: Vec<Item>,
}

sparse_debug!(Status {
    cmd_id,
    msg_ref,
    cmd_ref,
    cmd,
    target_refs,
    source_refs,
    cred,
    chal,
    code,
    items,
});

impl Status {
    /// What a Status without any children says.
    pub(crate) const fn empty() -> Self {
        Self {
            cmd_id: CmdId::absent(),
            msg_ref: None,
            cmd_ref: CmdId::absent(),
            cmd: CmdName::absent(),
            target_refs: List::new(),
            source_refs: List::new(),
            cred: None,
            chal: None,
            code: StatusCode::BAD_REQUEST,
            items: Vec::new(),
        }
    }

    /// The outcome `code` of command `cmd_ref`, called `cmd`, of message `msg_ref`.
    ///
    /// ```
    /// use syncml_repr::{CmdId, MsgId, Status, StatusCode};
    ///
    /// let header = Status::new(1, MsgId::FIRST, CmdId::header(), "SyncHdr", StatusCode::AUTHENTICATION_ACCEPTED)
    ///     .with_target_ref("http://sync.example.net/ds")
    ///     .with_source_ref("IMEI:1");
    /// assert!(header.cmd_ref.is_header());
    /// ```
    #[must_use]
    pub fn new(
        cmd_id: impl Into<CmdId>,
        msg_ref: MsgId,
        cmd_ref: impl Into<CmdId>,
        cmd: impl Into<CmdName>,
        code: StatusCode,
    ) -> Self {
        Self {
            cmd_id: cmd_id.into(),
            msg_ref: Some(msg_ref),
            cmd_ref: cmd_ref.into(),
            cmd: cmd.into(),
            target_refs: List::new(),
            source_refs: List::new(),
            cred: None,
            chal: None,
            code,
            items: Vec::new(),
        }
    }

    /// The same with one more `TargetRef`.
    #[must_use]
    pub fn with_target_ref(mut self, uri: impl Into<ByteString>) -> Self {
        self.target_refs.push(uri.into());
        self
    }

    /// The same with one more `SourceRef`.
    #[must_use]
    pub fn with_source_ref(mut self, uri: impl Into<ByteString>) -> Self {
        self.source_refs.push(uri.into());
        self
    }

    /// The same with this challenge.
    #[must_use]
    pub fn with_chal(mut self, chal: Chal) -> Self {
        self.chal = Some(Box::new(chal));
        self
    }

    /// The same with one more item.
    #[must_use]
    pub fn with_item(mut self, item: Item) -> Self {
        self.items.push(item);
        self
    }
}

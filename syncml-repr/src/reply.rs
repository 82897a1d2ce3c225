use std::collections::HashMap;

use crate::{CmdId, CmdName, Command, Item, Locator, MsgId, Results, Status, StatusCode, SyncHdr};

impl SyncHdr {
    /// The header of an answer: same session, versions and protocol; the ends change places, and
    /// the receiver is addressed where it wants to be (`RespURI`).
    ///
    /// `msg_id` counts the messages of the side that answers.
    #[must_use]
    pub fn reply(&self, msg_id: MsgId) -> Self {
        let target = self.resp_uri.as_ref().unwrap_or(&self.source.loc_uri);
        Self {
            ver_dtd: self.ver_dtd.clone(),
            ver_proto: self.ver_proto.clone(),
            session_id: self.session_id.clone(),
            msg_id,
            target: Locator::new(target.clone()),
            source: Locator::new(self.target.loc_uri.clone()),
            ..Self::default()
        }
    }

    /// Whether the protocol is that of device management (`DM/1.1`, `DM/1.2`).
    #[must_use]
    pub fn is_dm(&self) -> bool {
        let protocol = self.ver_proto.split('/').next().unwrap_or_default();
        protocol.eq_ignore_ascii_case("DM")
    }
}

/// Makes the answers to one message: each refers to it (`MsgRef`), to the command answered
/// (`CmdRef`, `Cmd`), and to the addresses that the command had (`TargetRef`, `SourceRef`).
///
/// Only their own `CmdID` is left open, since it belongs to the message they will be in. For a
/// whole message at once there is [`MessageBuilder::answer`](crate::MessageBuilder::answer).
///
/// ```
/// use syncml_repr::{Item, Locator, Modify, ModifyKind, MsgId, Reply, StatusCode, SyncHdr, Version};
///
/// let received = SyncHdr::new(Version::V1_2, "1".into(), MsgId::new(3), Locator::new("server"), Locator::new("device"));
/// let add = Modify::new(ModifyKind::Add, 5).with_item(Item::new().with_source(Locator::new("luid-1")));
/// let status = Reply::to(&received).status(&add.into(), StatusCode::ITEM_ADDED).unwrap();
/// assert_eq!((status.msg_ref.unwrap().get(), status.cmd_ref.as_str(), status.cmd.as_str()), (3, "5", "Add"));
/// assert_eq!(&*status.source_refs[0], "luid-1");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Reply<'m> {
    hdr: &'m SyncHdr,
}

impl<'m> Reply<'m> {
    /// For the message with this header.
    #[must_use]
    pub const fn to(hdr: &'m SyncHdr) -> Self {
        Self { hdr }
    }

    /// The Status of the message as a whole. It is the first one of every answer, also if the
    /// message asks for no others.
    #[must_use]
    pub fn header(self, code: StatusCode) -> Status {
        let (msg_id, name) = (self.hdr.msg_id, CmdName::SYNC_HDR);
        let mut status = Status::new("", msg_id, CmdId::header(), name, code);
        add_refs(&mut status, [&self.hdr.target], [&self.hdr.source]);
        status
    }

    /// The Status of a command; `None` if there is none to give: to a Status, and where the
    /// command or the message says `NoResp`.
    ///
    /// A command that lacks its `CmdID` is answered without `CmdRef`.
    #[must_use]
    pub fn status(self, command: &Command, code: StatusCode) -> Option<Status> {
        let mut status = self.bare(command, code)?;
        match command {
            Command::Sync(sync) => add_refs(&mut status, &sync.target, &sync.source),
            Command::Map(map) => add_refs(&mut status, [&map.target], [&map.source]),
            other => {
                for item in other.items() {
                    add_refs(&mut status, &item.target, &item.source);
                }
            }
        }
        Some(status)
    }

    /// Statuses of a command with several items, one for each outcome, in the order in which the
    /// outcomes first occur. None if there is none to give, as above, or no item.
    ///
    /// Items without addresses cannot be told apart by the receiver.
    #[must_use]
    pub fn statuses(
        self,
        command: &Command,
        mut outcome: impl FnMut(&Item) -> StatusCode,
    ) -> Vec<Status> {
        let mut statuses: Vec<Status> = Vec::new();
        let mut known: HashMap<StatusCode, usize> = HashMap::new();
        for item in command.items() {
            let code = outcome(item);
            let at = match known.get(&code) {
                Some(at) => *at,
                None => {
                    let Some(status) = self.bare(command, code) else {
                        break;
                    };
                    statuses.push(status);
                    *known.entry(code).or_insert(statuses.len() - 1)
                }
            };
            add_refs(&mut statuses[at], &item.target, &item.source);
        }
        statuses
    }

    /// The Results of a Get, Search or Exec, without items as yet.
    #[must_use]
    pub fn results(self, query: &Command) -> Results {
        Results::new("", self.hdr.msg_id, cmd_ref(query))
    }

    fn bare(self, command: &Command, code: StatusCode) -> Option<Status> {
        let silent = self.hdr.no_resp || command.no_resp() || matches!(command, Command::Status(_));
        let status = || {
            let name = command.name();
            Status::new("", self.hdr.msg_id, cmd_ref(command), name, code)
        };
        (!silent).then(status)
    }
}

fn cmd_ref(command: &Command) -> CmdId {
    command.cmd_id().cloned().unwrap_or_default()
}

/// What was absent or empty is not referred to.
fn add_refs<'a>(
    status: &mut Status,
    targets: impl IntoIterator<Item = &'a Locator>,
    sources: impl IntoIterator<Item = &'a Locator>,
) {
    for uri in targets.into_iter().map(|target| &target.loc_uri) {
        if !uri.is_empty() {
            status.target_refs.push(uri.clone());
        }
    }
    for uri in sources.into_iter().map(|source| &source.loc_uri) {
        if !uri.is_empty() {
            status.source_refs.push(uri.clone());
        }
    }
}

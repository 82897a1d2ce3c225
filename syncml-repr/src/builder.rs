use std::collections::HashSet;
use std::ptr;

use crate::{
    Alert, CmdId, CmdIds, Command, Exec, Get, Group, Item, Map, Message, Modify, Put, Reply,
    Results, Search, Status, StatusCode, SyncCmd, SyncHdr,
};

/// Puts a message together and numbers it.
///
/// Every command gets its `CmdID`, also those inside of others, and every answer its `MsgRef`,
/// `CmdRef`, `Cmd` and references: there is no way to add a Status or Results but with the message
/// it is for. In the message the Statuses come first, that of the header before the others, then
/// Results, then other commands, each in the order of the calls, which is that of the
/// numbers.
///
/// ```
/// use syncml_repr::{
///     Alert, AlertCode, Command, Get, Item, Locator, Message, MessageBuilder, MsgId, StatusCode, SyncHdr, Version,
/// };
///
/// // A server asks for something.
/// let hdr = SyncHdr::new(
///     Version::V1_2,
///     "7".into(),
///     MsgId::FIRST,
///     Locator::new("IMEI:1"),
///     Locator::new("http://sync.example.net/ds"),
/// );
/// let mut message = MessageBuilder::new(hdr);
/// let get = message.add(Get::new("").with_item(Item::new().with_target(Locator::new("./devinf12"))));
/// assert_eq!(get, "1");
/// let received = message.finish(true);
///
/// // The client answers, and has something to say, too.
/// let mut message = MessageBuilder::new(received.hdr.reply(MsgId::FIRST));
/// message.add(Alert::new("", AlertCode::TWO_WAY));
/// let mut answer = message.answer(&received, StatusCode::OK);
/// for command in received.body.all_commands() {
///     answer.status(command, StatusCode::OK);
///     answer.results(command, [Item::new().with_source(Locator::new("./devinf12")).with_data("…")]);
/// }
/// let sent = message.finish(true);
///
/// let names: Vec<&str> = sent.body.commands.iter().map(Command::name).collect();
/// assert_eq!(names, ["Status", "Status", "Results", "Alert"]);
/// let Command::Status(status) = &sent.body.commands[1] else { panic!() };
/// assert_eq!(status.msg_ref, Some(received.hdr.msg_id));
/// assert_eq!((status.cmd_ref.as_str(), status.cmd.as_str()), ("1", "Get"));
/// assert_eq!(&*status.target_refs[0], "./devinf12");
/// ```
#[derive(Clone, Debug)]
pub struct MessageBuilder {
    hdr: SyncHdr,
    ids: CmdIds,
    statuses: Vec<Status>,
    results: Vec<Results>,
    requests: Vec<Command>,
}

impl MessageBuilder {
    /// A message with this header, for which [`SyncHdr::new`] and [`SyncHdr::reply`] are good.
    #[must_use]
    pub fn new(hdr: SyncHdr) -> Self {
        Self {
            hdr,
            ids: CmdIds::new(),
            statuses: Vec::new(),
            results: Vec::new(),
            requests: Vec::new(),
        }
    }

    /// Adds a command, and gives it and those inside of it their ids. Returns that of the command
    /// itself.
    pub fn add(&mut self, request: impl Into<Request>) -> CmdId {
        let Request(mut command) = request.into();
        let id = self.ids.assign(&mut command);
        self.requests.push(command);
        id
    }

    /// Answers a message that was received: adds the Status of its header, `code`, and lets
    /// its commands be answered. A builder can answer several messages, the oldest first.
    pub fn answer<'b, 'm>(&'b mut self, received: &'m Message, code: StatusCode) -> Answer<'b, 'm> {
        let reply = Reply::to(&received.hdr);
        let header = self.statuses.len();
        self.status(reply.header(code));
        Answer {
            message: self,
            received,
            reply,
            header,
            answered: HashSet::new(),
        }
    }

    /// The finished message. With `is_final` it ends its package.
    #[must_use]
    pub fn finish(self, is_final: bool) -> Message {
        let statuses = self.statuses.into_iter().map(Command::from);
        let results = self.results.into_iter().map(Command::from);
        let commands = statuses.chain(results).chain(self.requests).collect();
        Message::new(self.hdr, commands, is_final)
    }

    fn status(&mut self, mut status: Status) -> &mut Status {
        status.cmd_id = self.ids.next_id();
        push(&mut self.statuses, status)
    }
}

/// Answers the commands of one message; see [`MessageBuilder::answer`].
///
/// Each method gives out what it added, for the rest that it may hold: items, a challenge.
#[derive(Debug)]
pub struct Answer<'b, 'm> {
    message: &'b mut MessageBuilder,
    received: &'m Message,
    reply: Reply<'m>,
    /// Where the Status of the header is.
    header: usize,
    /// The commands that have their Status. By their place, since ids may be repeated (Q-114).
    answered: HashSet<*const Command>,
}

impl<'m> Answer<'_, 'm> {
    /// The Status of the header.
    pub fn header(&mut self) -> &mut Status {
        &mut self.message.statuses[self.header]
    }

    /// Adds the Status of a command of the message. `None` if there is none to give: to a Status,
    /// where the command or the message says `NoResp`, or once the command has one.
    pub fn status(&mut self, command: &'m Command, code: StatusCode) -> Option<&mut Status> {
        let status = self.reply.status(command, code)?;
        let is_first = self.answered.insert(ptr::from_ref(command));
        is_first.then(|| self.message.status(status))
    }

    /// Adds the Statuses of a command whose items fared differently: one for each outcome, with
    /// references to its items. None if there is none to give, as above, or no item. Returns how
    /// many.
    pub fn statuses(
        &mut self,
        command: &'m Command,
        outcome: impl FnMut(&Item) -> StatusCode,
    ) -> usize {
        if self.answered.contains(&ptr::from_ref(command)) {
            return 0;
        }
        let statuses = self.reply.statuses(command, outcome);
        let count = statuses.len();
        if count > 0 {
            self.answered.insert(ptr::from_ref(command));
        }
        for status in statuses {
            self.message.status(status);
        }
        count
    }

    /// Adds the Status `code` of every command that has none yet, in the order of the document. To
    /// refuse a message, this is all there is to do.
    ///
    /// Results count as commands, but not in device management unless something is wrong with
    /// them.
    pub fn rest(&mut self, code: StatusCode) {
        let quiet = self.received.hdr.is_dm() && code.is_success();
        for command in self.received.body.all_commands() {
            if !(quiet && matches!(command, Command::Results(_))) {
                self.status(command, code);
            }
        }
    }

    /// Adds the Results of a Get, Search or Exec of the message.
    pub fn results(
        &mut self,
        query: &'m Command,
        items: impl IntoIterator<Item = Item>,
    ) -> &mut Results {
        let mut results = self.reply.results(query);
        results.cmd_id = self.message.ids.next_id();
        results.items.extend(items);
        push(&mut self.message.results, results)
    }
}

/// A command of one's own accord: any but Status and Results, which are answers.
///
/// Nothing has to be done to make one: where it is asked for, the commands themselves will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request(Command);

impl From<Request> for Command {
    fn from(request: Request) -> Self {
        request.0
    }
}

macro_rules! into_request {
    ($($command:ident),+) => {$(
        impl From<$command> for Request {
            fn from(command: $command) -> Self {
                Self(command.into())
            }
        }
    )+};
}
into_request!(Alert, Exec, Get, Group, Map, Modify, Put, Search, SyncCmd);

fn push<T>(list: &mut Vec<T>, value: T) -> &mut T {
    let at = list.len();
    list.push(value);
    &mut list[at]
}

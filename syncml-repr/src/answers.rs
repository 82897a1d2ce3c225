use std::collections::{BTreeMap, HashMap};

use crate::{CmdId, Command, Message, MsgId, Results, Status, StatusCode, SyncHdr};

/// Joins the answers of the other side to the commands of a session.
///
/// Tell it what is sent and what is received, in that order; it holds references only. Then
/// every Status and Results is with its command, whichever message it came in.
///
/// ```
/// use syncml_repr::{
///     Alert, AlertCode, Answers, Exec, Item, Locator, MessageBuilder, MsgId, StatusCode, SyncHdr, Version,
/// };
///
/// let hdr = SyncHdr::new(
///     Version::V1_2,
///     "7".into(),
///     MsgId::FIRST,
///     Locator::new("http://sync.example.net/ds"),
///     Locator::new("IMEI:1"),
/// );
/// let mut message = MessageBuilder::new(hdr);
/// message.add(Alert::new("", AlertCode::TWO_WAY));
/// message.add(Exec::new("", Item::new()));
/// let sent = message.finish(true);
/// let mut message = MessageBuilder::new(sent.hdr.reply(MsgId::FIRST));
/// message.answer(&sent, StatusCode::OK).status(&sent.body.commands[0], StatusCode::REFRESH_REQUIRED);
/// let received = message.finish(true);
///
/// let mut answers = Answers::new();
/// answers.sent(&sent);
/// answers.received(&received);
/// let alert = &answers.commands()[1];
/// assert_eq!(alert.code(), Some(StatusCode::REFRESH_REQUIRED));
/// let forgotten: Vec<&str> = answers.unanswered().map(|answered| answered.name()).collect();
/// assert_eq!(forgotten, ["Exec"]);
/// assert!(answers.unmatched().is_empty());
/// ```
///
/// What peers do is allowed for: an answer may come messages later (Q-112), lack its `MsgRef`
/// (Q-113: the last message that was sent is meant; in Results the first one), or refer to one of
/// several commands with the same id (Q-114: the name of the command decides, then the order).
/// A message that is sent or received again counts once.
#[derive(Clone, Debug, Default)]
pub struct Answers<'m> {
    commands: Vec<Answered<'m>>,
    /// Where the commands of each id are.
    places: HashMap<(MsgId, &'m str), Places>,
    sent: HashMap<MsgId, &'m Message>,
    received: HashMap<MsgId, &'m Message>,
    last: Option<MsgId>,
    unmatched: Vec<&'m Command>,
}

/// A header or command that was sent, and what came in answer to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answered<'m> {
    /// Header of the message it was in.
    pub hdr: &'m SyncHdr,
    /// The command; `None` stands for the header itself.
    pub command: Option<&'m Command>,
    /// Its Statuses as they came: mostly one, several for several items or outcomes.
    pub statuses: Vec<&'m Status>,
    /// Its Results as they came.
    pub results: Vec<&'m Results>,
}

impl<'m> Answers<'m> {
    /// Nothing sent or received yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a message of the own side.
    pub fn sent(&mut self, message: &'m Message) {
        let hdr = &message.hdr;
        self.last = Some(hdr.msg_id);
        if self.sent.insert(hdr.msg_id, message) == Some(message) {
            return;
        }
        self.note(hdr, None);
        for command in message.body.all_commands() {
            self.note(hdr, Some(command));
        }
    }

    /// Takes a message of the other side: its answers are joined to what was sent before.
    pub fn received(&mut self, message: &'m Message) {
        if self.received.insert(message.hdr.msg_id, message) == Some(message) {
            return;
        }
        for command in message.body.all_commands() {
            match command {
                Command::Status(status) => match self.place_of_status(status) {
                    Some(at) => self.commands[at].statuses.push(status),
                    None => self.unmatched.push(command),
                },
                Command::Results(results) => match self.place_of_results(results) {
                    Some(at) => self.commands[at].results.push(results),
                    None => self.unmatched.push(command),
                },
                _ => {}
            }
        }
    }

    /// All headers and commands that were sent, in the order of the documents. Statuses are
    /// commands that nobody answers.
    #[must_use]
    pub fn commands(&self) -> &[Answered<'m>] {
        &self.commands
    }

    /// The commands that got no answer, although one was wanted. A Get with Results is answered
    /// also without a Status, and Results need none.
    pub fn unanswered(&self) -> impl Iterator<Item = &Answered<'m>> {
        self.commands
            .iter()
            .filter(|answered| answered.is_awaited())
    }

    /// The Statuses and Results that match nothing that was sent before them, in the order in
    /// which they came. Nobody knows what they are for: they are to be ignored.
    #[must_use]
    pub fn unmatched(&self) -> &[&'m Command] {
        &self.unmatched
    }

    fn note(&mut self, hdr: &'m SyncHdr, command: Option<&'m Command>) {
        let at = self.commands.len();
        self.commands.push(Answered {
            hdr,
            command,
            statuses: Vec::new(),
            results: Vec::new(),
        });
        let id = match command {
            None => CmdId::HEADER,
            Some(Command::Status(_)) => return,
            Some(command) => match command.cmd_id() {
                Some(id) => id.as_str(),
                None => return,
            },
        };
        let commands = &self.commands;
        self.places
            .entry((hdr.msg_id, id))
            .and_modify(|places| places.add(at, commands))
            .or_insert_with(|| Places::only(at));
    }

    fn place_of_status(&mut self, status: &'m Status) -> Option<usize> {
        let candidates = match status.msg_ref {
            Some(msg_ref) => [Some(msg_ref), None],
            None => [self.last, Some(MsgId::FIRST)],
        };
        let id = status.cmd_ref.as_str();
        let mut candidates = candidates.into_iter().flatten();
        let msg_id = candidates.find(|msg_id| self.places.contains_key(&(*msg_id, id)))?;
        let places = self.places.get_mut(&(msg_id, id))?;
        Some(places.take(&[status.cmd.as_str()], |turns| &mut turns.statuses))
    }

    fn place_of_results(&mut self, results: &'m Results) -> Option<usize> {
        let candidates = match results.msg_ref {
            Some(msg_ref) => [Some(msg_ref), None],
            None => [Some(MsgId::FIRST), self.last],
        };
        let id = results.cmd_ref.as_str();
        candidates.into_iter().flatten().find_map(|msg_id| {
            let places = self.places.get_mut(&(msg_id, id))?;
            let at = places.take(&QUERIES, |turns| &mut turns.results);
            let is_query = QUERIES.contains(&self.commands[at].name());
            (is_query || results.msg_ref.is_some()).then_some(at)
        })
    }
}

/// What Results can be for.
const QUERIES: [&str; 3] = ["Get", "Search", "Exec"];

impl Answered<'_> {
    /// Name of the command, `SyncHdr` for a header: what a Status says in `Cmd`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.command.map_or("SyncHdr", Command::name)
    }

    /// The outcome: the first failure if there is one, else what came last, which may be that it
    /// is still in progress. `None` without a Status.
    #[must_use]
    pub fn code(&self) -> Option<StatusCode> {
        let mut codes = self.statuses.iter().map(|status| status.code);
        let failure = codes.clone().find(|code| code.is_failure());
        failure.or_else(|| codes.next_back())
    }

    /// The outcome of each item of the command, `None` where no Status is for it.
    ///
    /// A Status names items by its references, or, from old peers, by Items of its own (Q-111).
    /// One that names none is for all of them. Where several are for one item the last counts.
    #[must_use]
    pub fn item_codes(&self) -> Vec<Option<StatusCode>> {
        let items = self.command.map_or(&[][..], Command::items);
        let mut for_all = None;
        let mut targets: HashMap<&str, StatusCode> = HashMap::new();
        let mut sources: HashMap<&str, StatusCode> = HashMap::new();
        for status in &self.statuses {
            let code = status.code;
            let mut names_any = false;
            for uri in &status.target_refs {
                names_any = true;
                targets.insert(uri, code);
            }
            for uri in &status.source_refs {
                names_any = true;
                sources.insert(uri, code);
            }
            if !names_any {
                for item in &status.items {
                    names_any |= item.target.is_some() || item.source.is_some();
                    targets.extend(item.target_uri().map(|uri| (uri, code)));
                    sources.extend(item.source_uri().map(|uri| (uri, code)));
                }
            }
            if !names_any {
                for_all = Some(code);
            }
        }
        let code_of = |codes: &HashMap<&str, StatusCode>, uri: Option<&str>| {
            uri.and_then(|uri| codes.get(uri).copied())
        };
        items
            .iter()
            .map(|item| {
                code_of(&sources, item.source_uri())
                    .or_else(|| code_of(&targets, item.target_uri()))
                    .or(for_all)
            })
            .collect()
    }

    fn is_awaited(&self) -> bool {
        let Some(command) = self.command else {
            return false;
        };
        let wants = !self.hdr.no_resp
            && !command.no_resp()
            && !matches!(command, Command::Status(_) | Command::Results(_));
        wants && self.statuses.is_empty() && self.results.is_empty()
    }
}

/// Where the commands of one id are: in one place, unless the sender repeats itself.
#[derive(Clone, Debug)]
struct Places {
    first: usize,
    /// All of them by their names in small letters, once there are two.
    twins: BTreeMap<String, Turns>,
}

/// Commands with the same id and name, and whose turn it is.
#[derive(Clone, Debug, Default)]
struct Turns {
    places: Vec<usize>,
    statuses: usize,
    results: usize,
}

impl Places {
    fn only(at: usize) -> Self {
        Self {
            first: at,
            twins: BTreeMap::new(),
        }
    }

    fn add(&mut self, at: usize, commands: &[Answered<'_>]) {
        let first = self.twins.is_empty().then_some(self.first);
        for at in first.into_iter().chain([at]) {
            let name = commands[at].name().to_ascii_lowercase();
            self.twins.entry(name).or_default().places.push(at);
        }
    }

    /// The place of the command that an answer is for: of one with the first of these names that
    /// there is, in turn.
    fn take(&mut self, names: &[&str], turn: impl FnOnce(&mut Turns) -> &mut usize) -> usize {
        if self.twins.is_empty() {
            return self.first;
        }
        let name = names
            .iter()
            .map(|name| name.to_ascii_lowercase())
            .find(|name| self.twins.contains_key(name));
        let Some(turns) = name.and_then(|name| self.twins.get_mut(&name)) else {
            return self.first;
        };
        let last = turns.places.len() - 1;
        let turn = turn(turns);
        let at = (*turn).min(last);
        *turn = at + 1;
        turns.places[at]
    }
}

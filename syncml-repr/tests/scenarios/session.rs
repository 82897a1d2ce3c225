//! Sessions of the test data, decoded, and ways to look into them.

use std::collections::BTreeMap;

use syncml_repr::{Alert, Bytes, Command, Encoding, Item, Limits, Message, Status, decode, encode};
use testdata::{Fixture, Kind, Side};

/// One message of a session.
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) from: Side,
    pub(crate) lost: bool,
    pub(crate) xml: &'static [u8],
    pub(crate) wbxml: &'static [u8],
    pub(crate) hmac: Option<&'static str>,
    pub(crate) message: Message,
}

/// One session: messages that share a SessionID. A scenario has one or two.
pub(crate) struct Session {
    pub(crate) name: String,
    /// The message in which the server asked for it (package 0).
    pub(crate) notification: Option<Step>,
    pub(crate) steps: Vec<Step>,
}

pub(crate) fn read(bytes: &'static [u8], encoding: Encoding, name: &str) -> Message {
    decode(&Bytes::from_static(bytes), encoding, &Limits::default())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn write(message: &Message, encoding: Encoding, name: &str) -> Vec<u8> {
    encode(message, encoding).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn sessions() -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for scenario in testdata::scenarios() {
        let mut current = None;
        for message in scenario.messages {
            let name = format!("{}/{}", scenario.name, message.name);
            let step = Step {
                from: message.from,
                lost: message.lost,
                xml: message.xml,
                wbxml: message.wbxml,
                hmac: message.hmac,
                message: read(message.xml, Encoding::Xml, &name),
                name,
            };
            let id = step.message.hdr.session_id.clone();
            if current.as_ref() != Some(&id) {
                sessions.push(Session {
                    name: format!("{} session {}", scenario.name, id.as_str()),
                    notification: None,
                    steps: Vec::new(),
                });
                current = Some(id);
            }
            let session = sessions.last_mut().expect("just pushed");
            if session.steps.is_empty() && step.from == Side::Server {
                session.notification = Some(step);
            } else {
                session.steps.push(step);
            }
        }
    }
    assert!(sessions.len() >= 8, "{} sessions", sessions.len());
    sessions
}

/// A recorded session; the other encoding of its messages is not recorded.
pub(crate) fn recorded(folder: &str, encoding: Encoding) -> Session {
    let prefix = format!("message/recorded/{folder}/");
    let steps: Vec<Step> = testdata::all(Kind::Message)
        .filter(|fixture| fixture.name.starts_with(&prefix))
        .map(|fixture| Step {
            name: fixture.name.to_owned(),
            from: if fixture.stem().ends_with("client") {
                Side::Client
            } else {
                Side::Server
            },
            lost: false,
            xml: if encoding == Encoding::Xml {
                fixture.bytes
            } else {
                b""
            },
            wbxml: if encoding == Encoding::Wbxml {
                fixture.bytes
            } else {
                b""
            },
            hmac: None,
            message: read(fixture.bytes, encoding, fixture.name),
        })
        .collect();
    assert_eq!(steps.len(), 6, "{prefix}");
    Session {
        name: prefix,
        notification: None,
        steps,
    }
}

pub(crate) fn encoding_of(fixture: &Fixture) -> Encoding {
    if fixture.name.ends_with(".xml") {
        Encoding::Xml
    } else {
        Encoding::Wbxml
    }
}

/// All commands in the order of the wire, those inside of others after the one they are in.
pub(crate) fn flat(commands: &[Command]) -> Vec<&Command> {
    let mut out = Vec::new();
    for command in commands {
        out.push(command);
        match command {
            Command::Sync(sync) => out.extend(flat(&sync.commands)),
            Command::Group(group) => out.extend(flat(&group.commands)),
            _ => {}
        }
    }
    out
}

pub(crate) fn statuses(message: &Message) -> impl Iterator<Item = &Status> {
    message
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) => Some(status),
            _ => None,
        })
}

pub(crate) fn cmd_id(command: &Command) -> &str {
    command.cmd_id().map_or("", |id| id.as_str())
}

pub(crate) fn items(command: &Command) -> &[Item] {
    match command {
        Command::Alert(command) => &command.items,
        Command::Modify(command) => &command.items,
        Command::Results(command) => &command.items,
        Command::Get(command) => &command.items,
        Command::Put(command) => &command.items,
        Command::Exec(command) => &command.items,
        _ => &[],
    }
}

/// TargetRef and SourceRef that a Status for this command has: what the command had.
pub(crate) fn refs(command: &Command) -> (Vec<&str>, Vec<&str>) {
    match command {
        Command::Sync(sync) => (
            sync.target.iter().map(|target| &*target.loc_uri).collect(),
            sync.source.iter().map(|source| &*source.loc_uri).collect(),
        ),
        Command::Map(map) => (vec![&map.target.loc_uri], vec![&map.source.loc_uri]),
        Command::Search(search) => (
            search
                .target
                .iter()
                .map(|target| &*target.loc_uri)
                .collect(),
            search
                .sources
                .iter()
                .map(|source| &*source.loc_uri)
                .collect(),
        ),
        other => (
            items(other).iter().filter_map(Item::target_uri).collect(),
            items(other).iter().filter_map(Item::source_uri).collect(),
        ),
    }
}

impl Session {
    /// Every message, package 0 too.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Step> {
        self.notification.iter().chain(&self.steps)
    }

    /// What the other side sent before step `at`, by MsgID.
    pub(crate) fn answerable(&self, at: usize) -> BTreeMap<u32, &Message> {
        let from = self.steps[at].from;
        let before = self.steps[..at]
            .iter()
            .filter(|step| step.from != from && !step.lost);
        before
            .map(|step| (step.message.hdr.msg_id.get(), &step.message))
            .collect()
    }

    /// The Status of a command that side `from` sent under this MsgID, the first after step `at`.
    pub(crate) fn status_of(&self, at: usize, command: &Command) -> Option<&Status> {
        let sent = &self.steps[at];
        let later = self.steps[at + 1..].iter();
        let mut given = later
            .filter(|step| step.from != sent.from)
            .flat_map(|step| statuses(&step.message));
        given.find(|status| {
            status.msg_ref == Some(sent.message.hdr.msg_id)
                && Some(&status.cmd_ref) == command.cmd_id()
        })
    }

    /// The commands of one side, each with the step it stands in.
    pub(crate) fn commands(&self, from: Side) -> impl Iterator<Item = (usize, &Command)> {
        let steps = self.steps.iter().enumerate();
        let mine = steps.filter(move |(_, step)| step.from == from && !step.lost);
        mine.flat_map(|(at, step)| {
            let commands = flat(&step.message.body.commands);
            commands.into_iter().map(move |command| (at, command))
        })
    }

    /// The command of the other side that a status in step `at` answers; `None` for its header.
    pub(crate) fn answered<'a>(&'a self, at: usize, status: &Status) -> Option<&'a Command> {
        let name = &self.steps[at].name;
        let number = status
            .msg_ref
            .unwrap_or_else(|| panic!("{name}: Status without MsgRef"))
            .get();
        let messages = self.answerable(at);
        let message = messages
            .get(&number)
            .unwrap_or_else(|| panic!("{name}: MsgRef {number} was never received"));
        if status.cmd_ref.as_str() == "0" {
            return None;
        }
        let found = flat(&message.body.commands)
            .into_iter()
            .find(|command| cmd_id(command) == status.cmd_ref.as_str());
        Some(found.unwrap_or_else(|| {
            panic!(
                "{name}: MsgRef {number} has no CmdID {:?}",
                status.cmd_ref.as_str()
            )
        }))
    }
}

pub(crate) fn alert_anchor(alert: &Alert) -> Option<String> {
    let anchor = alert.items.first()?.meta.as_ref()?.anchor.as_ref()?;
    Some(anchor.next.to_string())
}

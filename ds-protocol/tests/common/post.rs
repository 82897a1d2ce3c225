//! A session whose messages pass through other hands.

use std::sync::Arc;

use ds_protocol::testing::{Played, Player};
use ds_protocol::{Closed, Input, Notice, Received, Side, Transmit, client, server};
use syncml_repr::{Command, Message, Status};
use syncml_wbxml::Limits;

use super::World;

/// What went over the wire, as it arrived.
pub(crate) struct Exchange {
    pub(crate) messages: Vec<(Side, Message)>,
    /// Octets as they were sent.
    pub(crate) sent: Vec<Vec<u8>>,
    /// Where the client's messages went.
    pub(crate) uris: Vec<String>,
    pub(crate) client: Option<Closed>,
    pub(crate) notices: Vec<(Side, Notice)>,
}

impl Exchange {
    /// Statuses that one side sent for commands of this name.
    pub(crate) fn statuses(&self, from: Side, cmd: &str) -> Vec<Status> {
        let messages = self.messages.iter().filter(|(side, _)| *side == from);
        messages
            .flat_map(|(_, message)| &message.body.commands)
            .filter_map(|command| match command {
                Command::Status(status) if status.cmd == cmd => Some(status.clone()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn codes(&self, from: Side, cmd: &str) -> Vec<u16> {
        let statuses = self.statuses(from, cmd);
        statuses.iter().map(|status| status.code.get()).collect()
    }

    pub(crate) fn notices(&self, of: Side) -> impl Iterator<Item = &Notice> {
        let of_side = move |(side, _): &&(Side, Notice)| *side == of;
        self.notices
            .iter()
            .filter(of_side)
            .map(|(_, notice)| notice)
    }

    fn note(&mut self, turn: Played) -> Option<Transmit> {
        let side = turn.step.side;
        if side == Side::Local {
            self.client = turn.closed;
        }
        let notices = turn.step.notices.into_iter();
        self.notices.extend(notices.map(|notice| (side, notice)));
        turn.transmit
    }
}

/// Runs a session; `doctor` may change each message before it arrives.
pub(crate) fn exchange(world: &mut World, mut doctor: impl FnMut(Side, &mut Message)) -> Exchange {
    let pair = world.pair();
    let mut client = Player::<client::Session>::new(Arc::clone(&pair.client), pair.variant);
    let mut server = Player::<server::Session>::new(Arc::clone(&pair.server), pair.variant);
    let mut exchange = Exchange {
        messages: Vec::new(),
        sent: Vec::new(),
        uris: Vec::new(),
        client: None,
        notices: Vec::new(),
    };
    let mut input: Option<Input> = None;
    for _ in 0..1000 {
        let turn = client.turn(&mut world.client, input.as_ref());
        let Some(sent) = exchange.note(turn) else {
            return exchange;
        };
        exchange.uris.push(sent.uri.to_string());
        exchange.sent.push(sent.bytes.to_vec());
        let mut received = Received::decode(sent.bytes, sent.encoding, &Limits::default()).unwrap();
        doctor(Side::Local, &mut received.message);
        exchange
            .messages
            .push((Side::Local, received.message.clone()));
        let turn = server.turn(&mut world.server, Some(&Input::Message(Box::new(received))));
        let sent = exchange.note(turn).expect("a server always answers");
        exchange.sent.push(sent.bytes.to_vec());
        let mut received = Received::decode(sent.bytes, sent.encoding, &Limits::default()).unwrap();
        doctor(Side::Remote, &mut received.message);
        exchange
            .messages
            .push((Side::Remote, received.message.clone()));
        input = Some(Input::Message(Box::new(received)));
    }
    panic!("the session does not end");
}

/// Every command of a message, however deep.
pub(crate) fn each(commands: &mut Vec<Command>, change: &mut impl FnMut(&mut Command)) {
    for command in commands {
        change(command);
        match command {
            Command::Sync(sync) => each(&mut sync.commands, change),
            Command::Group(group) => each(&mut group.commands, change),
            _ => {}
        }
    }
}

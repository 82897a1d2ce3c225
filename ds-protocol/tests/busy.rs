//! A server that is at work still says so (101), and is asked again (221): both roles.

mod common;

use common::{NAMES, USER, World, card};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    AuthScheme, BusyMode, Closed, Effect, EffectId, Engine, Input, Misuse, Notice, Output, Profile,
    Received, Rule, Store, Transmit, client, driver, server,
};
use std::sync::Arc;
use syncml_repr::{AlertCode, CmdId, Command, Message, MsgId, Status, StatusCode, decode, encode};
use syncml_wbxml::Limits;

/// A client whose server answers package 3 late, through a front that says 101 until then.
struct Front {
    world: World,
    client: client::Session,
    server: server::Session,
    /// Messages the front has said on its own.
    own: u32,
    /// Times the client is told to wait.
    patience: u32,
}

impl Front {
    fn new(patience: u32) -> Self {
        let mut world = World::new();
        world.add_client("Mine;One");
        world.add_server("Theirs;One");
        Self {
            client: client::Session::new(Arc::new(world.client_config.clone())),
            server: server::Session::new(Arc::new(world.server_config.clone())),
            world,
            own: 0,
            patience,
        }
    }

    fn tell_client(&mut self, message: Option<Message>, notices: &mut Vec<Notice>) -> driver::Turn {
        let received = message.map(|message| {
            let encoding = self.world.client_config.encoding;
            let bytes = encode(&message, encoding).unwrap();
            Received::decode(bytes, encoding, &Limits::default()).unwrap()
        });
        let mut note = |notice| notices.push(notice);
        driver::turn(
            &mut self.client,
            &mut self.world.client,
            received,
            &mut note,
        )
        .unwrap()
    }

    fn ask_server(&mut self, sent: &Transmit) -> Message {
        let received =
            Received::decode(sent.bytes.clone(), sent.encoding, &Limits::default()).unwrap();
        let store = &mut self.world.server;
        let turn = driver::turn(&mut self.server, store, Some(received), &mut |_| ()).unwrap();
        read(&turn.transmit.unwrap())
    }
}

fn read(sent: &Transmit) -> Message {
    decode(&sent.bytes, sent.encoding, &Limits::default()).unwrap()
}

/// PS 25.5: runs a session in which the front tells the client to wait for the answer to package 3.
fn run(front: &mut Front) -> (Option<Closed>, Vec<Notice>) {
    let mut notices = Vec::new();
    let mut turn = front.tell_client(None, &mut notices);
    let mut waits = 0;
    while let Some(sent) = turn.transmit.take() {
        assert!(!sent.after_pause, "only the question is late");
        let mut answer = front.ask_server(&sent);
        answer.hdr.msg_id = MsgId::new(answer.hdr.msg_id.get() + front.own);
        let is_package_3 = read(&sent)
            .body
            .commands
            .iter()
            .any(|command| matches!(command, Command::Sync(_)));
        let mut asked = read(&sent);
        while is_package_3 && waits < front.patience {
            waits += 1;
            let busy = Status::new(
                "1",
                asked.hdr.msg_id,
                CmdId::header(),
                "SyncHdr",
                StatusCode::IN_PROGRESS,
            );
            let said = Message::new(answer.hdr.clone(), vec![busy.into()], false);
            answer.hdr.msg_id = MsgId::new(answer.hdr.msg_id.get() + 1);
            front.own += 1;
            turn = front.tell_client(Some(said), &mut notices);
            let Some(question) = turn.transmit.take() else {
                return (turn.closed, notices);
            };
            // DS-C-011: Alert 221 alone, after a pause.
            assert!(question.after_pause);
            asked = read(&question);
            assert!(!asked.body.is_final);
            let [Command::Alert(alert)] = &asked.body.commands[..] else {
                panic!("{asked:?}");
            };
            assert_eq!(alert.code, Some(AlertCode::RESULT_ALERT));
            assert_eq!(
                alert.items[0].target_uri(),
                Some(&*asked.hdr.target.loc_uri)
            );
            // The answer comes late, and refers to the message that it answers; only the header is that of 221.
            for command in &mut answer.body.commands {
                if let Command::Status(status) = command
                    && status.cmd_ref.is_header()
                {
                    status.msg_ref = Some(asked.hdr.msg_id);
                }
            }
        }
        turn = front.tell_client(Some(answer), &mut notices);
    }
    (turn.closed, notices)
}

/// DS-C-011: a busy server is waited for, once or often, and nothing is sent twice.
#[test]
fn waits_for_a_busy_server() {
    for patience in [1, 2, 20] {
        let mut front = Front::new(patience);
        let (closed, notices) = run(&mut front);
        assert_eq!(closed, Some(Closed::Complete));
        let busy = notices
            .iter()
            .filter(|notice| matches!(notice, Notice::Busy))
            .count();
        assert_eq!(busy, patience as usize);
        front.world.assert_equal();
        assert_eq!(front.world.client.items(USER, NAMES[0].0).count(), 2);
        assert!(
            front
                .world
                .client
                .items(USER, NAMES[0].0)
                .any(|(_, content)| *content == card("Theirs;One"))
        );
    }
}

/// DS-C-011: there is an end to waiting.
#[test]
fn does_not_wait_for_ever() {
    let mut front = Front::new(u32::MAX);
    let (closed, _) = run(&mut front);
    assert_eq!(closed, Some(Closed::Aborted(StatusCode::REQUEST_TIMEOUT)));
}

/// A server whose store is slow: its effects are answered when the test says so.
struct SlowServer {
    session: server::Session,
    open: Vec<(EffectId, Effect)>,
    applied: usize,
}

impl SlowServer {
    fn new(world: &World) -> Self {
        Self {
            session: server::Session::new(Arc::new(world.server_config.clone())),
            open: Vec::new(),
            applied: 0,
        }
    }

    /// What it says until it waits for something. Effects are kept, or carried out by a store.
    fn poll(&mut self, mut store: Option<&mut MemoryStore>) -> Option<Transmit> {
        let mut said = None;
        loop {
            match self.session.poll() {
                Output::Effect(id, effect) => {
                    self.applied += usize::from(matches!(effect, Effect::Apply { .. }));
                    match &mut store {
                        Some(store) => {
                            let reply = store.perform(effect);
                            self.session.handle(Input::Reply(id, reply)).unwrap();
                        }
                        None => self.open.push((id, effect)),
                    }
                }
                Output::Transmit(transmit) => {
                    assert!(said.is_none(), "one message for one message");
                    said = Some(transmit);
                }
                Output::Wait(_) => return said,
                _ => {}
            }
        }
    }

    fn give(&mut self, sent: &Transmit) -> Result<(), Misuse> {
        let received =
            Received::decode(sent.bytes.clone(), sent.encoding, &Limits::default()).unwrap();
        self.session.handle(Input::Message(Box::new(received)))
    }

    /// The store is there again.
    fn hurry(&mut self, store: &mut MemoryStore) -> Option<Transmit> {
        for (id, effect) in std::mem::take(&mut self.open) {
            let reply = store.perform(effect);
            self.session.handle(Input::Reply(id, reply)).unwrap();
        }
        self.poll(Some(store))
    }
}

fn header_codes(message: &Message) -> Vec<u16> {
    let commands = message.body.commands.iter();
    commands
        .filter_map(|command| match command {
            Command::Status(status) if status.cmd_ref.is_header() => Some(status.code.get()),
            _ => None,
        })
        .collect()
}

/// Runs a session in which the server's store is slow with every message after the first, and the server says so
/// `times` times; with `early`, the client asks for the answer before it is there.
fn run_slow(world: &mut World, times: usize, early: bool, mode: BusyMode) -> Option<Closed> {
    let mut profile = Profile::default();
    profile.busy_mode = mode;
    world.server_config.rules = vec![Rule::new("everybody", profile)].into();
    let mut client = client::Session::new(Arc::new(world.client_config.clone()));
    let mut server = SlowServer::new(world);
    let mut input = None;
    let mut asked = 0;
    loop {
        let turn = driver::turn(&mut client, &mut world.client, input.take(), &mut |_| ()).unwrap();
        let Some(mut sent) = turn.transmit else {
            // Every item was carried out once.
            assert!(asked > 0 && server.applied > 0);
            return turn.closed;
        };
        server.give(&sent).unwrap();
        let first = read(&sent).hdr.msg_id == MsgId::new(1);
        let mut answer = server.poll(if first { Some(&mut world.server) } else { None });
        if answer.is_none() {
            for round in 1..=times {
                // Nothing but this can be given, and nothing can be asked of it.
                server.session.handle(Input::Busy).unwrap();
                assert_eq!(server.session.handle(Input::Busy), Err(Misuse::NotWaiting));
                let busy = server.poll(None).expect("a message for the message");
                let said = read(&busy);
                let is_told = mode == BusyMode::Full || mode == BusyMode::Once && round == 1;
                assert_eq!(header_codes(&said), [if is_told { 101 } else { 200 }]);
                assert_eq!(said.body.commands.len(), 1);
                assert!(!said.body.is_final);
                // DS-S-045: the same message again gets the same answer, and is not carried out.
                server.give(&sent).unwrap();
                assert_eq!(server.poll(None).as_ref(), Some(&busy));
                let received =
                    Received::decode(busy.bytes, busy.encoding, &Limits::default()).unwrap();
                let store = &mut world.client;
                let turn = driver::turn(&mut client, store, Some(received), &mut |_| ()).unwrap();
                sent = turn.transmit.expect("the client asks for the answer");
                assert_eq!(sent.after_pause, is_told);
                let asks = match is_told {
                    true => AlertCode::RESULT_ALERT,
                    false => AlertCode::NEXT_MESSAGE,
                };
                let commands = read(&sent).body.commands;
                assert!(commands.iter().any(
                    |command| matches!(command, Command::Alert(alert) if alert.code == Some(asks))
                ));
                asked += 1;
                if early || round < times {
                    server.give(&sent).unwrap();
                    assert_eq!(server.poll(None), None, "the store is slow still");
                }
            }
            answer = server.hurry(&mut world.server);
            if !early {
                assert_eq!(answer, None, "nobody has asked");
                server.give(&sent).unwrap();
                answer = server.poll(Some(&mut world.server));
            }
        }
        let answer = answer.expect("a message for the message");
        let codes = header_codes(&read(&answer));
        assert!(codes.len() == 1 && codes[0] != 101, "{codes:?}");
        input = Some(Received::decode(answer.bytes, answer.encoding, &Limits::default()).unwrap());
    }
}

/// DS-S-011, DS-S-045, PS 25.5, Q-523: the server's store is slow; nothing is carried out twice and nothing is lost, however
/// the client is told to wait.
#[test]
fn the_server_is_busy() {
    for mode in [BusyMode::Full, BusyMode::Once, BusyMode::Never] {
        for (times, early) in [(1, false), (1, true), (2, true), (3, false), (3, true)] {
            let mut world = World::new();
            world.client_config.auth = AuthScheme::Basic;
            world.add_client("Mine;One");
            world.add_server("Theirs;One");
            let closed = run_slow(&mut world, times, early, mode);
            assert_eq!(closed, Some(Closed::Complete));
            world.assert_equal();
            let quiet = world.sync();
            assert_eq!(common::moved(&quiet), [[0; 4]; 2], "{quiet}");
        }
    }
}

/// There is nothing to be late with: before the first message, and between two.
#[test]
fn no_time_to_be_busy() {
    let world = World::new();
    let mut server = SlowServer::new(&world);
    assert_eq!(server.session.handle(Input::Busy), Err(Misuse::NotWaiting));
    let mut client = client::Session::new(Arc::new(world.client_config.clone()));
    assert_eq!(client.handle(Input::Busy), Err(Misuse::NotWaiting));
}

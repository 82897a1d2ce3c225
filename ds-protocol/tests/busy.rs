//! A server that is at work still says so (101), and is asked again (221).

mod common;

use common::{NAMES, USER, World, card};
use ds_protocol::{Closed, Notice, Received, Transmit, client, driver, server};
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

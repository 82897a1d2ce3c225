//! The shape of a session: packages, messages, and when it ends.

mod common;

use common::desk::{Desk, alert, codes};
use common::{NAMES, USER, World, ended, moved, sizes};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Anchors, Closed, Link, Secret, Side, Store, SyncType};
use syncml_repr::{Command, Message, StatusCode};
use syncml_wbxml::{Encoding, Limits};

/// `MaxMsgSize` that a message states.
fn announced(message: &Message) -> u64 {
    message.hdr.max_msg_size().expect("always stated")
}

/// A client that sends far more than it takes: it is asked for smaller messages, and everything is answered.
#[test]
fn answers_do_not_pile_up() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            let mut world = World::new().with_variant(variant).with_encoding(encoding);
            // It takes little, and would send much.
            world.client_config.sizes = sizes(3000);
            world.client_config.sizes.max_sent = 60_000;
            for n in 0..500 {
                world.add_client(&format!("Client;{n}"));
            }
            let first = world.sync();
            assert_eq!(moved(&first)[1][0], 500);
            let mut asked = Vec::new();
            let mut sent = Vec::new();
            for (turn, bytes) in first.messages().enumerate() {
                let message = syncml_repr::decode(bytes, encoding, &Limits::default()).unwrap();
                if turn % 2 == 0 {
                    sent.push(bytes.len() as u64);
                } else {
                    asked.push(announced(&message));
                }
            }
            assert!(
                asked.contains(&65_536) && asked.contains(&2048),
                "{asked:?}"
            );
            assert!(*sent.iter().max().unwrap() > 40_000, "{sent:?}");
            // Each message keeps to the limit of the answer before it.
            for (asked, sent) in asked.iter().zip(&sent[1..]) {
                assert!(sent <= asked);
            }
            assert_eq!(asked.last(), Some(&65_536), "{asked:?}");
            world.assert_equal();
        }
    }
}

/// A client that does not care what it is asked for is given up before its answers fill the memory.
#[test]
fn piles_of_answers_are_given_up() {
    let mut desk = Desk::with_sizes(sizes(10_000));
    let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    let takes = r#"<Meta><MaxMsgSize xmlns="syncml:metinf">2500</MaxMsgSize></Meta>"#;
    let mut answered = 0;
    for round in 1..100 {
        let deletes: String = (0..100)
            .map(|n| format!("<Delete><CmdID>{}</CmdID><Item><Source><LocURI>{round}-{n}</LocURI></Source></Item></Delete>", n + 3))
            .collect();
        let sync = format!(
            "<Sync><CmdID>2</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source>{deletes}</Sync>"
        );
        let answer = desk.say_with("1.2", takes, &sync);
        if codes(&answer) == ["0 SyncHdr 413"] {
            assert!(answer.body.is_final);
            // Eight of our messages' worth of answers may wait, and no more.
            let waiting = (round * 100 - answered) * 64;
            assert!((80_000..100_000).contains(&waiting), "{waiting}");
            // What was given up is over.
            let answer = desk.say("<Final/>");
            assert_eq!(codes(&answer), ["0 SyncHdr 413"]);
            return;
        }
        assert!(codes(&answer).len() > 1, "some are answered");
        answered += codes(&answer).len();
    }
    panic!("answers pile up");
}

fn messages(transcript: &Transcript, side: Side) -> Vec<Message> {
    let of_side = transcript.steps.iter().filter(|step| step.side == side);
    of_side
        .filter_map(|step| step.message.as_ref())
        .map(|bytes| syncml_repr::decode(bytes, transcript.encoding, &Limits::default()).unwrap())
        .collect()
}

fn has_sync(transcript: &Transcript, side: Side) -> bool {
    let messages = messages(transcript, side);
    let mut commands = messages.iter().flat_map(|message| &message.body.commands);
    commands.any(|command| matches!(command, Command::Sync(_)))
}

/// A session of contacts alone, which may end in any way.
fn one_session(world: &mut World) -> Transcript {
    world.client_config.requests.truncate(1);
    let pair = world.pair();
    pair.run(&mut world.client, &mut world.server)
}

fn refuse(store: &mut MemoryStore, refuses: bool) {
    let agreement = match refuses {
        true => |_: &Link, _, _| false,
        false => |_: &Link, _, _| true,
    };
    *store = store.clone().with_agreement(agreement);
}

/// The server has lost what it knew of the client.
fn forgetful(world: &mut World) {
    let mut fresh = MemoryStore::new().with_user(USER, Secret::Password(common::PASSWORD.into()));
    for (_, content) in world.server.items(USER, NAMES[0].1) {
        fresh.add(USER, NAMES[0].1, content.clone());
    }
    world.server = fresh;
}

/// A client whose caller wants no slow sync answers the server's Alert with 403, and nothing moves; nor does it ask
/// for one itself.
#[test]
fn the_caller_of_a_client_refuses_a_slow_sync() {
    for variant in Variant::EACH {
        for combined in [false, true] {
            let mut world = World::new().with_variant(variant);
            world.client_config.combined = combined;
            world.add_client("Mine;One");
            world.add_server("Theirs;One");
            refuse(&mut world.client, true);
            let refused = (NAMES[0].0.to_owned(), StatusCode::FORBIDDEN);
            // For want of anchors it would be a slow one: the server hears nothing of it.
            let first = one_session(&mut world);
            assert_eq!(ended(&first), std::slice::from_ref(&refused), "{first}");
            assert!(!has_sync(&first, Side::Local), "{first}");
            assert!(!first.to_string().contains("<Alert>"), "{first}");
            // Asked for, it is no surprise.
            world.client_config.requests[0].sync_type = SyncType::Slow;
            one_session(&mut world);
            world.assert_equal();
            world.client_config.requests[0].sync_type = SyncType::TwoWay;
            world.add_client("Mine;Two");
            forgetful(&mut world);
            let second = one_session(&mut world);
            assert_eq!(second.client, Some(Closed::Complete), "{second}");
            assert_eq!(ended(&second), [refused], "{second}");
            assert_eq!(moved(&second), [[0; 4]; 2], "{second}");
            let said: Vec<_> = messages(&second, Side::Local)
                .iter()
                .flat_map(codes)
                .collect();
            assert!(
                said.iter().any(|code| code.ends_with("Alert 403")),
                "{second}"
            );
            assert!(combined || !has_sync(&second, Side::Local), "{second}");
            // It changed nothing: with a word of the caller it goes on.
            refuse(&mut world.client, false);
            let third = one_session(&mut world);
            assert_eq!(third.client, Some(Closed::Complete), "{third}");
            world.assert_equal();
        }
    }
}

/// A client finds the server's Last wrong: 403, not the 508 that would ask for a slow sync.
#[test]
fn the_caller_refuses_what_wrong_anchors_ask_for() {
    let mut world = World::new();
    world.add_client("Mine;One");
    one_session(&mut world);
    let link = Link::new(
        USER,
        world.client_config.server.clone(),
        NAMES[0].0,
        NAMES[0].1,
    );
    let last = world.client.open(&link).unwrap().last.unwrap();
    let forged = Anchors::new(last.local, "of another life");
    world.client.commit(&link, &forged).unwrap();
    refuse(&mut world.client, true);
    let second = one_session(&mut world);
    assert_eq!(
        ended(&second),
        [(NAMES[0].0.to_owned(), StatusCode::FORBIDDEN)],
        "{second}"
    );
    assert!(!second.to_string().contains("<Data>508</Data>"), "{second}");
}

/// A server refuses a slow sync that the client has not asked for: 403 for its Alert.
#[test]
fn the_caller_of_a_server_refuses_a_slow_sync() {
    for variant in Variant::EACH {
        for combined in [false, true] {
            let mut world = World::new().with_variant(variant);
            world.client_config.combined = combined;
            world.add_client("Mine;One");
            one_session(&mut world);
            world.add_client("Mine;Two");
            forgetful(&mut world);
            refuse(&mut world.server, true);
            let second = one_session(&mut world);
            assert_eq!(
                ended(&second),
                [(NAMES[0].0.to_owned(), StatusCode::FORBIDDEN)]
            );
            assert_eq!(moved(&second), [[0; 4]; 2], "{second}");
            assert!(!has_sync(&second, Side::Remote), "{second}");
            world.client_config.requests[0].sync_type = SyncType::Slow;
            let third = one_session(&mut world);
            assert_eq!(third.client, Some(Closed::Complete), "{third}");
            world.assert_equal();
        }
    }
}

//! The shape of a session: packages, messages, and when it ends.

mod common;

use bytestring::ByteString;
use common::desk::{Desk, alert, codes};
use common::{NAMES, USER, World, ended, moved, sizes};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{
    Anchors, AuthScheme, Closed, Link, Notice, Received, Secret, Side, Store, SyncType, Transmit,
    client, driver, server,
};
use syncml_devinf::{CtCap, PropParam, Property};
use syncml_repr::{
    AlertCode, Command, Data, Item, Locator, Message, Modify, ModifyKind, StatusCode, SyncCmd,
};
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

/// A client and a server whose messages can be changed on their way.
struct Relay<'a> {
    world: &'a mut World,
    client: client::Session,
    server: server::Session,
}

impl<'a> Relay<'a> {
    fn new(world: &'a mut World) -> Self {
        let pair = world.pair();
        Self {
            client: client::Session::new(pair.client),
            server: server::Session::new(pair.server),
            world,
        }
    }

    /// Runs the session; every message goes through `edit` with its number, counted on each side.
    fn run(mut self, mut edit: impl FnMut(Side, usize, &mut Message)) -> Relayed {
        let mut relayed = Relayed::default();
        let mut input = None;
        for number in 1..1000 {
            let notices = &mut relayed.notices;
            let store = &mut self.world.client;
            let mut note = |notice| notices.push(notice);
            let turn = driver::turn(&mut self.client, store, input.take(), &mut note).unwrap();
            let Some(sent) = turn.transmit else {
                relayed.closed = turn.closed;
                return relayed;
            };
            relayed.pauses += usize::from(sent.after_pause);
            let mut change = |side, sent: Transmit| {
                let mut message =
                    syncml_repr::decode(&sent.bytes, sent.encoding, &Limits::default()).unwrap();
                edit(side, number, &mut message);
                let bytes = syncml_repr::encode(&message, sent.encoding).unwrap();
                let received = Received::decode(bytes, sent.encoding, &Limits::default()).unwrap();
                (message, received)
            };
            let (message, received) = change(Side::Local, sent);
            relayed.said.push(message);
            let store = &mut self.world.server;
            let answer = driver::turn(&mut self.server, store, Some(received), &mut |_| ());
            let (message, received) = change(Side::Remote, answer.unwrap().transmit.unwrap());
            relayed.answers.push(message);
            input = Some(received);
        }
        panic!("the session does not end");
    }
}

#[derive(Default)]
struct Relayed {
    said: Vec<Message>,
    answers: Vec<Message>,
    notices: Vec<Notice>,
    closed: Option<Closed>,
    pauses: usize,
}

impl Relayed {
    /// Status with which the first datastore of the client ended.
    fn ended(&self) -> Option<u16> {
        self.notices.iter().find_map(|notice| match notice {
            Notice::DatastoreDone { status, .. } => Some(status.get()),
            _ => None,
        })
    }
}

fn alert_codes(message: &Message) -> Vec<u16> {
    let commands = message.body.commands.iter();
    commands
        .filter_map(|command| match command {
            Command::Alert(alert) => alert.code.map(AlertCode::get),
            _ => None,
        })
        .collect()
}

/// DS-B-021, DS-C-041: nobody ever says 222, and packages of many messages go on all the same.
#[test]
fn nobody_asks_for_the_next_message() {
    let mut world = World::new();
    world.client_config.sizes = sizes(1500);
    world.server_config.sizes = sizes(1500);
    for n in 0..30 {
        world.add_client(&format!("Mine;{n}"));
        world.add_server(&format!("Theirs;{n}"));
    }
    let relayed = Relay::new(&mut world).run(|_, _, message| {
        message.body.commands.retain(
            |command| !matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NEXT_MESSAGE)),
        );
    });
    assert_eq!(relayed.closed, Some(Closed::Complete));
    assert!(relayed.said.len() > 8);
    world.assert_equal();
}

/// DS-C-042: a server that has nothing to say is asked again and again, after a pause from the sixth time on, and
/// not for ever.
#[test]
fn asking_has_an_end() {
    let mut world = World::new();
    world.add_client("Mine;One");
    let relayed = Relay::new(&mut world).run(|side, number, message| {
        if side == Side::Remote && number > 2 {
            message.body.is_final = false;
            message.body.commands.truncate(1);
        }
    });
    assert_eq!(
        relayed.closed,
        Some(Closed::Aborted(StatusCode::REQUEST_TIMEOUT))
    );
    let asked = relayed
        .said
        .iter()
        .filter(|said| alert_codes(said) == [222])
        .count();
    assert!((20..40).contains(&asked), "{asked}");
    assert_eq!(relayed.pauses, asked - 5);
}

/// DS-C-056: the server's Source changes inside a session, and the refs of its header statuses mean nothing.
#[test]
fn the_server_changes_its_name() {
    let mut world = World::new();
    world.add_client("Mine;One");
    world.add_server("Theirs;One");
    let relayed = Relay::new(&mut world).run(|side, number, message| {
        if side == Side::Remote && number > 1 {
            message.hdr.source.loc_uri = format!("http://elsewhere.example.net/{number}").into();
            for command in &mut message.body.commands {
                if let Command::Status(status) = command
                    && status.cmd_ref.is_header()
                {
                    status.target_refs = [ByteString::from("http://nobody.example.net/")]
                        .into_iter()
                        .collect();
                }
            }
        }
    });
    assert_eq!(relayed.closed, Some(Closed::Complete));
    world.assert_equal();
}

/// DS-C-059, DS-B-013: nothing is owed after package 4, so nothing more is said.
#[test]
fn the_end_is_found_without_a_message() {
    for variant in Variant::EACH {
        let mut world = World::new().with_variant(variant);
        one_session(&mut world);
        world.add_client("Mine;One");
        world.client_config.requests[0].sync_type = SyncType::OneWayFromClient;
        let one_way = one_session(&mut world);
        assert_eq!(one_way.client, Some(Closed::Complete));
        assert_eq!(messages(&one_way, Side::Local).len(), 2, "{one_way}");
    }
}

/// DS-C-021: a session about some of the datastores tells of those alone. Where it is cut, the next one tells of all again: the
/// server may know nothing else than what it was told last.
#[test]
fn device_information_of_a_session_that_was_cut() {
    let mut world = World::new();
    world.sync();
    let requests = world.client_config.requests.clone();
    let puts = |transcript: &Transcript| {
        let first = messages(transcript, Side::Local).swap_remove(0);
        let commands = first.body.commands.iter();
        commands
            .filter(|command| matches!(command, Command::Put(_)))
            .count()
    };
    assert_eq!(puts(&world.sync()), 0, "the server knows");
    world.client_config.requests.truncate(1);
    let mut pair = world.pair();
    pair.lost_requests.push(1);
    let cut = pair.run(&mut world.client, &mut world.server);
    assert_ne!(cut.client, Some(ds_protocol::Closed::Complete));
    assert_eq!(puts(&cut), 1);
    world.client_config.requests = requests;
    assert_eq!(puts(&world.sync()), 1, "what it knows is not known");
    assert_eq!(puts(&world.sync()), 0);
}

/// DS-C-053, DS-S-044, EXT-007: device information is exchanged and nothing else: two messages.
#[test]
fn device_information_only() {
    for variant in Variant::EACH {
        for known in [false, true] {
            let mut world = World::new().with_variant(variant);
            world.client_config.auth = AuthScheme::Basic;
            if known {
                world.sync();
            }
            let requests = std::mem::take(&mut world.client_config.requests);
            let only = world.sync();
            assert_eq!(only.messages().count(), 2, "{only}");
            let told = only.to_string();
            assert!(
                told.contains("<Put>") && told.contains("<Results>"),
                "{told}"
            );
            assert!(!told.contains("<Alert>"), "{told}");
            let server = world.client_config.server.clone();
            let record = world.client.load_peer(&server).unwrap();
            assert_eq!(record.dev_inf.unwrap().data_stores.len(), 2);
            world.client_config.requests = requests;
            world.add_client("Mine;One");
            world.sync();
            world.assert_equal();
        }
    }
}

/// What our items may have is told to a peer whose messages have room for it: all of it, the names alone, or nothing.
#[test]
fn properties_are_told_where_there_is_room() {
    let mut cap = CtCap::new("text/x-vcard", "2.1");
    cap.properties = (0..60)
        .map(|n| {
            let types = PropParam::new("TYPE").with_values(["HOME", "WORK", "CELL", "FAX"]);
            let mut property = Property::new(format!("X-PROPERTY-{n}"));
            property.params.push(types);
            property
        })
        .collect();
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let told = |size| {
            let mut world = World::new().with_encoding(encoding);
            world.server_config.datastores[0].ct_caps = vec![cap.clone()];
            world.client_config.sizes = sizes(size);
            world.add_client("Mine;One");
            let session = world.sync();
            world.assert_equal();
            let record = world
                .client
                .load_peer(&world.client_config.server.clone())
                .unwrap();
            let known = record.dev_inf.expect("fits in any case");
            let caps: Vec<&CtCap> = known
                .data_stores
                .iter()
                .flat_map(|it| &it.ct_caps)
                .collect();
            assert!(
                session
                    .messages()
                    .all(|bytes| bytes.len() as u64 <= size.max(65_536))
            );
            let properties = caps.iter().flat_map(|cap| &cap.properties);
            (
                properties.clone().count(),
                properties.flat_map(|it| &it.params).count(),
            )
        };
        let (names, nothing) = match encoding {
            Encoding::Xml => (16_000, 3_000),
            Encoding::Wbxml => (6_000, 2_000),
        };
        assert_eq!(told(60_000), (60, 60), "{encoding:?}");
        assert_eq!(told(names), (60, 0), "{encoding:?}");
        assert_eq!(told(nothing), (0, 0), "{encoding:?}");
    }
}

/// DS-C-053: a server that does not end its package is asked to once.
#[test]
fn device_information_without_an_end() {
    let mut world = World::new();
    world.client_config.auth = AuthScheme::Basic;
    world.client_config.requests.clear();
    let relayed = Relay::new(&mut world).run(|side, _, message| {
        if side == Side::Remote {
            message.body.is_final = false;
        }
    });
    assert_eq!(relayed.closed, Some(Closed::Complete));
    assert_eq!(relayed.said.len(), 2);
    assert_eq!(alert_codes(&relayed.said[1]), [222]);
}

/// PS 8.7, EXT-009: several rounds in one session, without credentials from the second on.
#[test]
fn several_rounds_in_one_session() {
    let mut desk = Desk::new();
    let add = |name: &str| {
        format!(
            "<Add><CmdID>3</CmdID><Item><Source><LocURI>{name}</LocURI></Source><Data>{name}</Data></Item></Add>"
        )
    };
    for (round, code) in [201, 201, 200].into_iter().enumerate() {
        let alert = common::desk::alert_with(1, code, "contacts", (round > 0).then_some("7"), "7");
        let answer = match round {
            0 => desk.say(&format!("{alert}<Final/>")),
            _ => desk.say_with("1.2", "", &format!("{alert}<Final/>")),
        };
        assert_eq!(codes(&answer)[1], "1 Alert 200", "round {round}");
        let next = answer
            .body
            .commands
            .iter()
            .filter(|command| matches!(command, Command::Alert(_)));
        assert_eq!(next.count(), 1, "{answer:?}");
        let name = format!("item-{round}");
        let answer = desk.say_with("1.2", "", &common::desk::sync(&add(&name)));
        assert!(
            codes(&answer).contains(&"3 Add 201".to_owned()),
            "{answer:?}"
        );
        assert!(answer.body.is_final);
        let answer = desk.say_with("1.2", "", "<Final/>");
        assert!(answer.body.is_final);
    }
    assert_eq!(desk.store.items(USER, "contacts").count(), 3);
}

/// DS-C-012, DS-C-057: what servers say to Alert 225, and what becomes of the session and the next one.
#[test]
fn answers_to_a_wish_to_resume() {
    // The code of the Alert's status, that of the server's Alert, if any; how the datastore ends; what the next
    // session asks for.
    for (status, alerted, ending, next) in [
        (200, Some(201), 200, 200),
        (200, Some(225), 200, 200),
        (406, None, 406, 201),
        (501, None, 501, 201),
        (404, None, 404, 201),
    ] {
        let mut world = World::new();
        world.client_config.sizes = sizes(1500);
        world.server_config.sizes = sizes(1500);
        world.client_config.auth = AuthScheme::Basic;
        for n in 0..20 {
            world.add_client(&format!("Mine;{n}"));
        }
        world.client_config.requests.truncate(1);
        let mut pair = world.pair();
        pair.lost_answers.push(4);
        let cut = pair.run(&mut world.client, &mut world.server);
        assert!(cut.client != Some(Closed::Complete));
        let relayed = Relay::new(&mut world).run(|side, number, message| {
            if side != Side::Remote || number != 1 {
                return;
            }
            for command in &mut message.body.commands {
                match command {
                    Command::Status(answer) if answer.cmd == "Alert" => {
                        answer.code = StatusCode::new(status);
                    }
                    Command::Alert(alert) => alert.code = alerted.map(AlertCode::new),
                    _ => {}
                }
            }
            if alerted.is_none() {
                message
                    .body
                    .commands
                    .retain(|command| !matches!(command, Command::Alert(_)));
            }
        });
        assert_eq!(alert_codes(&relayed.said[0]), [225]);
        assert_eq!(relayed.ended(), Some(ending), "{status} {alerted:?}");
        let all = relayed.said.iter().flat_map(|said| &said.body.commands);
        let sent: usize = all
            .map(|command| match command {
                Command::Sync(sync) => sync.commands.len(),
                _ => 0,
            })
            .sum();
        assert!(sent < 20, "what had arrived is not sent again");
        let last = one_session(&mut world);
        assert_eq!(
            alert_codes(&messages(&last, Side::Local)[0]),
            [next],
            "{last}"
        );
        assert_eq!(last.client, Some(Closed::Complete));
        world.assert_equal();
    }
}

/// DS-B-014: a server sends an item while the client's package is not finished: it is taken, answered, and mapped.
#[test]
fn an_early_sync_is_taken() {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.client_config.sizes = sizes(1500);
    world.server_config.sizes = sizes(1500);
    for n in 0..30 {
        world.add_client(&format!("Mine;{n}"));
    }
    let mut early = None;
    let relayed = Relay::new(&mut world).run(|side, number, message| {
        let sends = message
            .body
            .commands
            .iter()
            .any(|command| matches!(command, Command::Status(status) if status.cmd == "Sync"));
        if side == Side::Remote && early.is_none() && sends && !message.body.is_final {
            early = Some(number);
            let item = Item::new()
                .with_source(Locator::new("early-1"))
                .with_data(Data::from("BEGIN:VCARD".to_owned()));
            let meta = syncml_meta::MetInf::default().with_type("text/vcard");
            let add = Modify::new(ModifyKind::Add, "91")
                .with_meta(meta)
                .with_item(item);
            let mut sync = SyncCmd::new("90", Locator::new("./people"), Locator::new("./contacts"));
            sync.commands.push(add.into());
            message.body.commands.push(sync.into());
        }
    });
    let early = early.expect("the package takes more than one message");
    assert_eq!(relayed.closed, Some(Closed::Complete));
    let answer = &relayed.said[early];
    assert!(
        !answer.body.is_final,
        "the client goes on with its own package"
    );
    for expected in ["90 Sync 200", "91 Add 201"] {
        assert!(codes(answer).contains(&expected.to_owned()), "{answer:?}");
    }
    let maps = relayed.said.iter().flat_map(|said| &said.body.commands);
    let mapped = maps.filter_map(|command| match command {
        Command::Map(map) => Some(&map.items),
        _ => None,
    });
    assert!(
        mapped
            .flatten()
            .any(|item| item.target.loc_uri == "early-1")
    );
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 31);
    assert_eq!(world.server.items(USER, NAMES[0].1).count(), 30);
}

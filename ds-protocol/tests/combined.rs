//! Sync without separate initialisation: packages 1 and 3 in one, 2 and 4 in the answer.

mod common;

use common::{NAMES, USER, World, card, ended, event, moved, sizes};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Anchors, AuthScheme, Closed, Link, Secret, Side, Store, SyncType};
use syncml_meta::Nonce;
use syncml_repr::{Command, Message, StatusCode, decode};
use syncml_wbxml::{Encoding, Limits};

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

/// Two sides in step that have met before, whose client combines from now on.
fn acquainted(variant: Variant, encoding: Encoding) -> World {
    let mut world = World::new().with_variant(variant).with_encoding(encoding);
    world.client_config.combined = true;
    world.add_client("Mine;Old");
    world.add_server("Theirs;Old");
    // Nothing is known yet, so the first session takes the long way.
    let first = world.sync();
    assert!(first.messages().count() >= 6, "{first}");
    world.assert_equal();
    world
}

fn in_every_way(scenario: impl Fn(Variant, Encoding)) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            scenario(variant, encoding);
        }
    }
}

fn round_trips(transcript: &Transcript) -> usize {
    transcript.messages().count() / 2
}

/// The messages of one side.
fn sent(transcript: &Transcript, side: Side) -> Vec<Message> {
    let of_side = transcript.steps.iter().filter(|step| step.side == side);
    of_side
        .filter_map(|step| step.message.as_ref())
        .map(|bytes| decode(bytes, transcript.encoding, &Limits::default()).unwrap())
        .collect()
}

fn has_sync(message: &Message) -> bool {
    let mut commands = message.body.commands.iter();
    commands.any(|command| matches!(command, Command::Sync(_)))
}

/// Status codes of a message for commands with this name.
fn codes(message: &Message, cmd: &str) -> Vec<u16> {
    let commands = message.body.commands.iter();
    commands
        .filter_map(|command| match command {
            Command::Status(status) if status.cmd == cmd => Some(status.code.get()),
            _ => None,
        })
        .collect()
}

/// A change of each kind on both sides.
fn change(world: &mut World) {
    world.add_client("Mine;New");
    world.add_server("Theirs;New");
    for (store, name, text) in [
        (&mut world.client, NAMES[0].0, "Mine;Edited"),
        (&mut world.server, NAMES[0].1, "Theirs;Edited"),
    ] {
        let wanted = &text[..text.find(';').unwrap()];
        let found = store
            .items(USER, name)
            .find(|(_, content)| String::from_utf8_lossy(&content.data).contains(wanted));
        let id = found.unwrap().0.clone();
        assert!(store.put(USER, name, id, card(text)));
    }
}

/// DS-C-008, DS-S-008, DS-B-013, MEM-T-017: an idle session takes two requests, one with changes two as well;
/// with separate initialisation each takes three.
#[test]
fn saves_a_round_trip() {
    in_every_way(|variant, encoding| {
        for (combined, expected) in [(true, 2), (false, 3)] {
            let mut world = acquainted(variant, encoding);
            world.client_config.combined = combined;
            let idle = world.sync();
            assert_eq!(moved(&idle), QUIET);
            assert_eq!(round_trips(&idle), expected, "{idle}");
            change(&mut world);
            world.client.add(USER, NAMES[1].0, event("Breakfast"));
            let busy = world.sync();
            assert_eq!(moved(&busy), [[1, 1, 0, 0], [2, 1, 0, 0]], "{busy}");
            assert_eq!(round_trips(&busy), expected, "{busy}");
            world.assert_equal();
            assert_eq!(moved(&world.sync()), QUIET);
        }
    });
}

/// DS-C-003, DS-C-005: the types that go one way, combined.
#[test]
fn one_way() {
    in_every_way(|variant, encoding| {
        for (sync_type, expected) in [
            (SyncType::OneWayFromClient, [[0; 4], [1, 1, 0, 0]]),
            (SyncType::OneWayFromServer, [[1, 1, 0, 0], [0; 4]]),
        ] {
            let mut world = acquainted(variant, encoding);
            change(&mut world);
            for request in &mut world.client_config.requests {
                request.sync_type = sync_type;
            }
            let pair = world.pair();
            let one_way = pair.run(&mut world.client, &mut world.server);
            assert_eq!(one_way.client, Some(Closed::Complete), "{one_way}");
            assert_eq!(moved(&one_way), expected, "{one_way}");
            assert_eq!(round_trips(&one_way), 2, "{one_way}");
            for request in &mut world.client_config.requests {
                request.sync_type = SyncType::TwoWay;
            }
            let rest = world.sync();
            assert_ne!(moved(&rest), QUIET, "{rest}");
            world.assert_equal();
            assert_eq!(moved(&world.sync()), QUIET);
        }
    });
}

/// DS-C-008: what must be agreed before is agreed before.
#[test]
fn only_where_nothing_is_to_be_agreed() {
    let doubts: [fn(&mut World); 4] = [
        // A slow sync
        |world| world.client_config.requests[0].sync_type = SyncType::Slow,
        // The own device information has changed.
        |world| world.client_config.device.sw_v = "next".into(),
        // The server's is not known.
        |world| {
            let server = world.client_config.server.clone();
            let mut record = world.client.load_peer(&server).unwrap();
            record.dev_inf = None;
            world.client.save_peer(&server, record).unwrap();
        },
        // MD5 needs a nonce.
        |world| {
            let server = world.client_config.server.clone();
            let mut record = world.client.load_peer(&server).unwrap();
            record.nonce = None;
            world.client.save_peer(&server, record).unwrap();
        },
    ];
    for doubt in doubts {
        let mut world = acquainted(Variant::Plain, Encoding::Wbxml);
        doubt(&mut world);
        change(&mut world);
        let transcript = world.sync();
        assert!(
            !has_sync(&sent(&transcript, Side::Local)[0]),
            "{transcript}"
        );
        world.assert_equal();
        world.client_config.requests[0].sync_type = SyncType::TwoWay;
        assert_eq!(round_trips(&world.sync()), 2);
    }
    // Basic needs none.
    let mut world = World::new();
    world.client_config.combined = true;
    world.client_config.auth = AuthScheme::Basic;
    world.sync();
    assert_eq!(round_trips(&world.sync()), 2);
}

/// DS-C-035: the first message already keeps to the limit that the server stated in the last session, and packages
/// take as many messages as they need.
#[test]
fn over_several_messages() {
    in_every_way(|variant, encoding| {
        let mut world = acquainted(variant, encoding);
        world.client_config.sizes = sizes(2500);
        world.server_config.sizes = sizes(2500);
        world.sync();
        for n in 0..60 {
            world.add_client(&format!("Client;{n}"));
            world.add_server(&format!("Server;{n}"));
        }
        let transcript = world.sync();
        assert!(has_sync(&sent(&transcript, Side::Local)[0]), "{transcript}");
        assert_eq!(moved(&transcript), [[60, 0, 0, 0], [60, 0, 0, 0]]);
        assert!(round_trips(&transcript) > 5, "{transcript}");
        world.assert_equal();
        assert_eq!(moved(&world.sync()), QUIET);
    });
}

/// The server loses what it knew of the client, and keeps its items.
fn forget(world: &mut World) {
    let mut fresh = MemoryStore::new().with_user(USER, Secret::Password(common::PASSWORD.into()));
    for (_, name, _) in NAMES {
        for (_, content) in world.server.items(USER, name) {
            fresh.add(USER, name, content.clone());
        }
    }
    world.server = fresh;
}

/// DS-S-067, DS-C-008: 508 for the Alert, the Sync and all in it, no Sync of the server and nothing applied; then
/// everything in a slow sync in the same session.
#[test]
fn server_wants_a_slow_sync() {
    in_every_way(|variant, encoding| {
        for size in [2500, 60_000] {
            let mut world = acquainted(variant, encoding);
            // Without a challenge, so that the first package is the one that counts.
            world.client_config.auth = AuthScheme::Basic;
            world.client_config.sizes = sizes(size);
            world.server_config.sizes = sizes(size);
            for n in 0..10 {
                world.add_client(&format!("Client;{n}"));
                world.add_server(&format!("Server;{n}"));
            }
            // Learns the server's limit.
            world.client_config.combined = false;
            world.sync();
            world.client_config.combined = true;
            change(&mut world);
            for n in 10..30 {
                world.add_client(&format!("Client;{n}"));
            }
            forget(&mut world);
            let transcript = world.sync();
            let refusal = &sent(&transcript, Side::Remote)[0];
            assert!(codes(refusal, "Alert").contains(&508), "{transcript}");
            assert!(!has_sync(refusal), "{transcript}");
            let children = [codes(refusal, "Add"), codes(refusal, "Replace")].concat();
            assert!(!children.is_empty(), "{transcript}");
            assert!(children.iter().all(|code| *code == 508), "{transcript}");
            // Twenty are the same on both sides; both edits meet as strangers.
            let [client, server] = moved(&transcript);
            assert_eq!(server, [23, 0, 0, 20], "{transcript}");
            assert_eq!(client, [3, 0, 0, 0], "{transcript}");
            world.assert_equal();
            assert_eq!(moved(&world.sync()), QUIET);
        }
    });
}

/// One datastore of two is out of step: its changes do not count, those of the other do, and are not sent again.
#[test]
fn one_of_two_datastores_begins_afresh() {
    in_every_way(|variant, encoding| {
        let mut world = acquainted(variant, encoding);
        world.client_config.auth = AuthScheme::Basic;
        // A session for contacts alone whose last answer is lost: the server has moved its anchors.
        let requests = world.client_config.requests.clone();
        world.client_config.requests.truncate(1);
        world.add_server("Theirs;Moved");
        let mut pair = world.pair();
        pair.lost_answers.push(3);
        let cut = pair.run(&mut world.client, &mut world.server);
        assert_eq!(cut.server, Some(Closed::Complete), "{cut}");
        world.client_config.requests = requests;
        // And the client does not ask what became of it.
        world.client_config.resume = false;

        world.add_client("Mine;New");
        world.client.add(USER, NAMES[1].0, event("Breakfast"));
        world.server.add(USER, NAMES[1].1, event("Lunch"));
        let transcript = world.sync();
        assert_eq!(
            codes(&sent(&transcript, Side::Remote)[0], "Alert"),
            [508, 200]
        );
        let [client, server] = moved(&transcript);
        assert_eq!(client, [1, 0, 0, 0], "{transcript}");
        assert_eq!(server, [2, 0, 0, 3], "{transcript}");
        world.assert_equal();
        assert_eq!(moved(&world.sync()), QUIET);
    });
}

/// DS-C-008, DS-C-058, DS-S-017: a package that was refused is repeated as a whole, with credentials that hold.
#[test]
fn credentials_are_refused() {
    in_every_way(|variant, encoding| {
        for size in [2500, 60_000] {
            let mut world = acquainted(variant, encoding);
            world.client_config.sizes = sizes(size);
            world.server_config.sizes = sizes(size);
            world.sync();
            change(&mut world);
            for n in 0..20 {
                world.add_client(&format!("Client;{n}"));
            }
            // The server gave out another nonce since.
            let device = world.client_config.device.id.clone();
            let mut record = world.server.load_peer(&device).unwrap();
            record.nonce = Some(Nonce::new(b"0123456789abcdef".to_vec()));
            world.server.save_peer(&device, record).unwrap();
            let transcript = world.sync();
            let refusal = &sent(&transcript, Side::Remote)[0];
            for cmd in ["SyncHdr", "Alert", "Sync", "Add"] {
                let codes = codes(refusal, cmd);
                assert!(!codes.is_empty() && codes.iter().all(|code| *code == 401));
            }
            let repeated = &sent(&transcript, Side::Local)[1];
            assert!(has_sync(repeated), "{transcript}");
            assert_eq!(
                moved(&transcript),
                [[1, 1, 0, 0], [21, 1, 0, 0]],
                "{transcript}"
            );
            world.assert_equal();
            assert_eq!(moved(&world.sync()), QUIET);
        }
    });
}

/// DS-C-020: a client that finds the server's Last wrong gives the datastore up, and the next session begins afresh.
#[test]
fn client_finds_a_wrong_anchor() {
    in_every_way(|variant, encoding| {
        let mut world = acquainted(variant, encoding);
        let (local, remote, _) = NAMES[0];
        let link = Link::new(USER, world.client_config.server.clone(), local, remote);
        let last = world.client.open(&link).unwrap().last.unwrap();
        let forged = Anchors::new(last.local, "of another life");
        world.client.commit(&link, &forged).unwrap();
        change(&mut world);
        world.client.add(USER, NAMES[1].0, event("Breakfast"));
        let transcript = world.sync();
        let expected = [
            (local.to_owned(), StatusCode::REFRESH_REQUIRED),
            (NAMES[1].0.to_owned(), StatusCode::OK),
        ];
        assert_eq!(ended(&transcript), expected, "{transcript}");
        assert_eq!(moved(&transcript)[0], [0; 4], "{transcript}");
        assert_eq!(
            codes(&sent(&transcript, Side::Local)[1], "Alert"),
            [508, 200]
        );
        let slow = world.sync();
        assert!(!has_sync(&sent(&slow, Side::Local)[0]), "{slow}");
        for (datastore, status) in ended(&slow) {
            assert_eq!(status, StatusCode::OK, "{datastore}");
        }
        // The edits meet as strangers, for nobody knows any more what they come from.
        world.assert_equal();
        assert_eq!(moved(&world.sync()), QUIET);
    });
}

/// DS-C-050, DS-S-029, DS-B-017: combined sessions that are cut lose and double nothing.
#[test]
fn cut_everywhere() {
    for answers in [false, true] {
        for cut in 1.. {
            let mut world = acquainted(Variant::Plain, Encoding::Wbxml);
            world.client_config.sizes = sizes(2500);
            world.server_config.sizes = sizes(2500);
            world.sync();
            change(&mut world);
            for n in 0..20 {
                world.add_client(&format!("Client;{n}"));
                world.add_server(&format!("Server;{n}"));
            }
            let mut pair = world.pair();
            let lost = if answers {
                &mut pair.lost_answers
            } else {
                &mut pair.lost_requests
            };
            lost.push(cut);
            let transcript = pair.run(&mut world.client, &mut world.server);
            world.sync();
            let told = format!("cut at {cut}, answers {answers}\n{transcript}");
            let [client, server] = world.contents(0);
            assert_eq!(client, server, "{told}");
            assert!(client.values().all(|count| *count == 1), "doubled: {told}");
            assert_eq!(client.len(), 44, "{told}");
            assert_eq!(moved(&world.sync()), QUIET, "{told}");
            if transcript.client == Some(Closed::Complete) {
                assert!(cut > 4);
                break;
            }
        }
    }
}

/// A server of another make may not keep our device information, and asks for it too late: it is told again with such
/// changes.
#[test]
fn device_information_goes_along() {
    for (maker, is_told) in [("syncml", false), ("Somebody", true)] {
        let mut world = World::new();
        world.client_config.auth = AuthScheme::Basic;
        world.server_config.device.man = maker.into();
        world.sync();
        world.client_config.combined = true;
        world.add_client("Mine;New");
        let transcript = world.sync();
        let first = &sent(&transcript, Side::Local)[0];
        assert!(has_sync(first), "{transcript}");
        let mut commands = first.body.commands.iter();
        let told = commands.any(|command| matches!(command, Command::Put(_)));
        assert_eq!(told, is_told, "{maker} {transcript}");
        world.assert_equal();
    }
}

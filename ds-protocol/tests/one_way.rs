//! Sessions that go one way: what is sent, what stays, what is removed.

mod common;

use common::{NAMES, USER, World, card, ended, moved};
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Closed, Notice, Side, SlowReason, SyncType};
use syncml_repr::StatusCode;
use syncml_wbxml::Encoding;

/// A session of this type for contacts and events.
fn sync(world: &mut World, sync_type: SyncType) -> Transcript {
    for request in &mut world.client_config.requests {
        request.sync_type = sync_type;
    }
    let pair = world.pair();
    let transcript = pair.run(&mut world.client, &mut world.server);
    assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
    for (datastore, status) in ended(&transcript) {
        assert_eq!(status, StatusCode::OK, "{datastore}\n{transcript}");
    }
    transcript
}

/// The texts of the contacts on both sides that no one else has.
fn differ(world: &World) -> [usize; 2] {
    let [client, server] = world.contents(0);
    let only = |a: &std::collections::BTreeMap<Vec<u8>, usize>,
                b: &std::collections::BTreeMap<_, _>| {
        a.keys().filter(|text| !b.contains_key(*text)).count()
    };
    [only(&client, &server), only(&server, &client)]
}

/// Two sides in step, then an addition, an edit and a deletion on each.
fn changed(variant: Variant, encoding: Encoding) -> World {
    let mut world = World::new().with_variant(variant).with_encoding(encoding);
    let mine = world.add_client("Mine;Old");
    let doomed = world.add_client("Mine;Doomed");
    let theirs = world.add_server("Theirs;Old");
    let lost = world.add_server("Theirs;Doomed");
    sync(&mut world, SyncType::TwoWay);
    world.assert_equal();
    world.add_client("Mine;New");
    world.add_server("Theirs;New");
    assert!(
        world
            .client
            .put(USER, NAMES[0].0, mine, card("Mine;Edited"))
    );
    assert!(
        world
            .server
            .put(USER, NAMES[0].1, theirs, card("Theirs;Edited"))
    );
    assert!(world.client.remove(USER, NAMES[0].0, &doomed));
    assert!(world.server.remove(USER, NAMES[0].1, &lost));
    world
}

fn in_every_way(scenario: impl Fn(Variant, Encoding)) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            scenario(variant, encoding);
        }
    }
}

/// DS-S-003, DS-C-003: 202 moves the client's changes only; the server's come with the next two-way sync.
#[test]
fn one_way_from_client() {
    in_every_way(|variant, encoding| {
        let mut world = changed(variant, encoding);
        let one_way = sync(&mut world, SyncType::OneWayFromClient);
        assert_eq!(moved(&one_way), [[0; 4], [1, 1, 1, 0]], "{one_way}");
        let quiet = sync(&mut world, SyncType::OneWayFromClient);
        assert_eq!(moved(&quiet), [[0; 4]; 2], "{quiet}");
        let rest = sync(&mut world, SyncType::TwoWay);
        assert_eq!(moved(&rest), [[1, 1, 1, 0], [0; 4]], "{rest}");
        world.assert_equal();
    });
}

/// DS-S-005, DS-C-005: 204 moves the server's changes only; the client's go with the next two-way sync.
#[test]
fn one_way_from_server() {
    in_every_way(|variant, encoding| {
        let mut world = changed(variant, encoding);
        let one_way = sync(&mut world, SyncType::OneWayFromServer);
        assert_eq!(moved(&one_way), [[1, 1, 1, 0], [0; 4]], "{one_way}");
        let quiet = sync(&mut world, SyncType::OneWayFromServer);
        assert_eq!(moved(&quiet), [[0; 4]; 2], "{quiet}");
        let rest = sync(&mut world, SyncType::TwoWay);
        assert_eq!(moved(&rest), [[0; 4], [1, 1, 1, 0]], "{rest}");
        world.assert_equal();
    });
}

/// DS-S-004, DS-C-004: 203 leaves the server with what the client has. What both have stays the same item.
#[test]
fn refresh_from_client() {
    in_every_way(|variant, encoding| {
        let mut world = changed(variant, encoding);
        let both = world.add_client("Both;Here");
        let kept = world.add_server("Both;Here");
        let refresh = sync(&mut world, SyncType::RefreshFromClient);
        assert_eq!(differ(&world), [0, 0], "{refresh}");
        assert!(world.client.get(USER, NAMES[0].0, &both).is_some());
        assert!(world.server.get(USER, NAMES[0].1, &kept).is_some());
        assert_eq!(moved(&refresh)[0], [0; 4], "{refresh}");
        let quiet = sync(&mut world, SyncType::TwoWay);
        assert_eq!(moved(&quiet), [[0; 4]; 2], "{quiet}");
    });
}

/// DS-S-006, DS-C-006: 205 leaves the client with what the server has. What both have stays the same item.
#[test]
fn refresh_from_server() {
    in_every_way(|variant, encoding| {
        let mut world = changed(variant, encoding);
        let both = world.add_client("Both;Here");
        let kept = world.add_server("Both;Here");
        let refresh = sync(&mut world, SyncType::RefreshFromServer);
        assert_eq!(differ(&world), [0, 0], "{refresh}");
        assert!(world.client.get(USER, NAMES[0].0, &both).is_some());
        assert!(world.server.get(USER, NAMES[0].1, &kept).is_some());
        assert_eq!(moved(&refresh)[1], [0; 4], "{refresh}");
        let quiet = sync(&mut world, SyncType::TwoWay);
        assert_eq!(moved(&quiet), [[0; 4]; 2], "{quiet}");
    });
}

/// DS-S-025: a one-way sync without a common past sends everything, and removes nothing: that was not asked for.
#[test]
fn one_way_afresh_removes_nothing() {
    for (sync_type, expected) in [
        (SyncType::OneWayFromClient, [0, 1]),
        (SyncType::OneWayFromServer, [1, 0]),
    ] {
        in_every_way(|variant, encoding| {
            let mut world = World::new().with_variant(variant).with_encoding(encoding);
            world.add_client("Mine;One");
            world.add_server("Theirs;One");
            let first = sync(&mut world, sync_type);
            assert_eq!(differ(&world), expected, "{first}");
            let told = first.notices(Side::Remote).any(|notice| {
                matches!(notice, Notice::Settled { sync_type: settled, reason: Some(SlowReason::FirstSync), .. }
                    if *settled == sync_type.afresh())
            });
            assert!(told, "{first}");
            // The other side's item is not forgotten.
            sync(&mut world, SyncType::TwoWay);
            world.assert_equal();
        });
    }
}

/// A refresh that is cut before its end has removed nothing: the next one does.
#[test]
fn a_cut_refresh_loses_nothing() {
    for sync_type in [SyncType::RefreshFromClient, SyncType::RefreshFromServer] {
        for cut in 1.. {
            let mut world = changed(Variant::Every, Encoding::Wbxml);
            for request in &mut world.client_config.requests {
                request.sync_type = sync_type;
            }
            let mut pair = world.pair();
            pair.lost_answers.push(cut);
            let transcript = pair.run(&mut world.client, &mut world.server);
            if transcript.client == Some(Closed::Complete) {
                assert!(cut > 2, "{transcript}");
                break;
            }
            // The changes of the client are in its message 2, those of the server in the answer to it, which came
            // if answer 3 was lost. Before, nothing may be removed.
            let (receiver, heard) = match sync_type {
                SyncType::RefreshFromClient => (1, cut >= 2),
                _ => (0, cut >= 3),
            };
            let removed = moved(&transcript)[receiver][2];
            assert_eq!(removed > 0, heard, "cut at {cut}\n{transcript}");
            sync(&mut world, sync_type);
            assert_eq!(differ(&world), [0, 0], "cut at {cut}\n{transcript}");
            let quiet = sync(&mut world, SyncType::TwoWay);
            assert_eq!(moved(&quiet), [[0; 4]; 2], "{quiet}");
        }
    }
}

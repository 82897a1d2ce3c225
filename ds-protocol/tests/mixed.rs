//! Datastores of different sync types in one session.

mod common;

use std::collections::BTreeSet;

use common::{USER, World, card, datastore, ended};
use ds_protocol::{Notice, Side, SyncType, client, server};
use syncml_repr::StatusCode;
use syncml_wbxml::Encoding;

const TYPES: [SyncType; 6] = SyncType::ALL;

/// A client with a datastore for each type, and one that the server does not have.
fn world(encoding: Encoding) -> World {
    let mut world = World::new().with_encoding(encoding);
    let names = TYPES.map(SyncType::name);
    let requests = names.iter().zip(TYPES).map(|(name, sync_type)| {
        client::Request::new(datastore(name, "text/vcard"), name.to_string())
            .with_sync_type(sync_type)
    });
    world.client_config.requests = requests.collect();
    let nowhere = client::Request::new(datastore("nowhere", "text/vcard"), "nowhere");
    world.client_config.requests.push(nowhere);
    let datastores = names.map(|name| datastore(name, "text/vcard"));
    world.server_config =
        server::Config::new(world.server_config.device.clone(), datastores.to_vec());
    world
}

/// What a person sees of a datastore on both sides: who wrote the items that are there.
fn authors(world: &World, name: &str) -> [BTreeSet<&'static str>; 2] {
    [&world.client, &world.server].map(|store| {
        let texts = store.items(USER, name).map(|(_, content)| {
            let text = String::from_utf8_lossy(&content.data);
            ["old", "mine", "theirs"]
                .into_iter()
                .find(|author| text.contains(&format!("N:{author}")))
                .unwrap()
        });
        texts.collect()
    })
}

/// DS-C-003, DS-C-004, DS-C-005, DS-C-006, DS-C-049, DS-S-003, DS-S-004, DS-S-005, DS-S-006, DS-S-023: six types in one session, each datastore after its own;
/// one that the server does not know stops nobody.
#[test]
fn each_datastore_after_its_own_type() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let mut world = world(encoding);
        // They know each other, and have one item in common.
        let asked = world.client_config.requests.clone();
        for request in &mut world.client_config.requests {
            request.sync_type = SyncType::TwoWay;
        }
        for sync_type in TYPES {
            world.client.add(USER, sync_type.name(), card("old"));
        }
        world.sync();
        world.client_config.requests = asked;
        for sync_type in TYPES {
            world.client.add(USER, sync_type.name(), card("mine"));
            world.server.add(USER, sync_type.name(), card("theirs"));
        }
        let transcript = world.sync();
        let both = BTreeSet::from(["old", "mine", "theirs"]);
        let mine = BTreeSet::from(["old", "mine"]);
        let theirs = BTreeSet::from(["old", "theirs"]);
        for (sync_type, expected) in TYPES.into_iter().zip([
            [&both, &both],
            [&both, &both],
            [&mine, &both],
            [&mine, &mine],
            [&both, &theirs],
            [&theirs, &theirs],
        ]) {
            let [client, server] = authors(&world, sync_type.name());
            let name = sync_type.name();
            assert_eq!([&client, &server], expected, "{name}\n{transcript}");
        }
        for (name, status) in ended(&transcript) {
            let expected = match &*name {
                "nowhere" => StatusCode::NOT_FOUND,
                _ => StatusCode::OK,
            };
            assert_eq!(status, expected, "{name}");
        }
        let settled: Vec<_> = transcript
            .notices(Side::Remote)
            .filter_map(|notice| match notice {
                Notice::Settled { sync_type, .. } => Some(*sync_type),
                _ => None,
            })
            .collect();
        assert_eq!(settled, TYPES);
    }
}

/// DS-S-038, DS-S-040: the same in a session whose packages take several messages.
#[test]
fn over_several_messages() {
    let mut world = world(Encoding::Wbxml);
    for sync_type in TYPES {
        for number in 0..20 {
            let text = format!("mine {number}");
            world.client.add(USER, sync_type.name(), card(&text));
            let text = format!("theirs {number}");
            world.server.add(USER, sync_type.name(), card(&text));
        }
    }
    let sizes = common::sizes(2_500);
    world.client_config.sizes = sizes.clone();
    world.server_config.sizes = sizes;
    let transcript = world.sync();
    assert!(transcript.messages().count() > 20, "{transcript}");
    let counts = TYPES.map(|sync_type| {
        [&world.client, &world.server].map(|store| store.items(USER, sync_type.name()).count())
    });
    assert_eq!(
        counts,
        [[40, 40], [40, 40], [20, 40], [20, 20], [40, 20], [20, 20]]
    );
}

//! Sessions as the engines hold them of themselves.

use ds_protocol::{SyncType, client};
use syncml_repr::Encoding;

use crate::common::{USER, World, card, datastore, sizes};
use crate::{as_type, changed, in_step, record};

/// DS-C-003, DS-S-003.
#[test]
fn one_way_from_client() {
    let mut world = changed();
    as_type(&mut world, SyncType::OneWayFromClient);
    record("one-way-from-client", &[world.run()]);
}

/// DS-C-004, DS-S-004.
#[test]
fn refresh_from_client() {
    let mut world = changed();
    as_type(&mut world, SyncType::RefreshFromClient);
    record("refresh-from-client", &[world.run()]);
}

/// DS-C-005, DS-S-005.
#[test]
fn one_way_from_server() {
    let mut world = changed();
    as_type(&mut world, SyncType::OneWayFromServer);
    record("one-way-from-server", &[world.sync()]);
}

/// DS-C-006, DS-S-006.
#[test]
fn refresh_from_server() {
    let mut world = changed();
    as_type(&mut world, SyncType::RefreshFromServer);
    record("refresh-from-server", &[world.sync()]);
}

/// DS-C-008, DS-S-008.
#[test]
fn combined_initialisation() {
    let mut world = changed();
    world.client_config.combined = true;
    record("combined-init", &[world.sync()]);
}

/// DS-C-002, DS-S-026: the answer that ends a session is lost, so only the server has moved its anchors.
#[test]
fn anchors_that_differ() {
    let mut world = changed();
    world.client_config.resume = false;
    let mut lost = world.pair();
    lost.lost_answers.push(3);
    lost.run(&mut world.client, &mut world.server);
    record("slow-after-loss", &[world.sync()]);
}

/// DS-C-009, DS-S-010 and DS-C-010, DS-S-009.
#[test]
fn large_objects() {
    let mut world = in_step();
    world.client_config.sizes = sizes(2_000);
    world.server_config.sizes = sizes(2_000);
    world.add_client(&format!("Long;{}", "Mine ".repeat(150)));
    world.add_server(&format!("Long;{}", "Theirs ".repeat(100)));
    record("large-objects", &[world.sync()]);
}

/// DS-C-012, DS-S-012: suspended by will in the middle of package 3, then resumed.
#[test]
fn suspended_and_resumed() {
    let mut world = in_step();
    world.client_config.sizes = sizes(2_000);
    world.server_config.sizes = sizes(2_000);
    for number in 0..8 {
        world.add_client(&format!("Mine;{number}"));
        world.add_server(&format!("Theirs;{number}"));
    }
    let mut pair = world.pair();
    pair.suspend_before = Some(3);
    let cut = pair.run(&mut world.client, &mut world.server);
    record("suspend-resume", &[cut, world.sync()]);
    world.assert_equal();
}

/// DS-B-010: datastores of different types in one session.
#[test]
fn mixed_types() {
    let mut world = World::new().with_encoding(Encoding::Xml);
    let types = [
        SyncType::TwoWay,
        SyncType::OneWayFromClient,
        SyncType::OneWayFromServer,
    ];
    let names = ["family", "customers", "colleagues"];
    world.client_config.requests = names
        .into_iter()
        .map(|name| client::Request::new(datastore(name, "text/vcard"), name))
        .collect();
    world.server_config.datastores = names.map(|name| datastore(name, "text/vcard")).to_vec();
    for name in names {
        world.client.add(USER, name, card("Okafor;Chidi"));
    }
    world.sync();
    for (request, sync_type) in world.client_config.requests.iter_mut().zip(types) {
        request.sync_type = sync_type;
    }
    for name in names {
        world.client.add(USER, name, card("Tanaka;Yui"));
        world.server.add(USER, name, card("Moreau;Luc"));
    }
    record("mixed-types", &[world.sync()]);
}

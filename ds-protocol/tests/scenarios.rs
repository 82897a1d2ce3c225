//! Sessions of our own engines that are fixtures for everybody: `testdata/session`.
//!
//! Each is run here and must give the messages that are stored, octet by octet. `RECORD=1` stores what it gives;
//! the scenario tests of `syncml-repr` then judge it by the rules of the protocol, knowing nothing of engines.

mod common;

use std::path::{Path, PathBuf};

use common::{NAMES, USER, World, card, datastore, sizes};
use ds_protocol::testing::Transcript;
use ds_protocol::{SyncType, client};
use syncml_repr::{Encoding, Limits, decode, encode};
use testdata::Side;

/// A message as it is stored.
struct Recorded {
    name: String,
    xml: Vec<u8>,
    wbxml: Vec<u8>,
}

/// One datastore pair in XML, the two in step with one item from each.
fn world() -> World {
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    world.server_config.sizes.max_sent = 20_000;
    world
}

fn in_step() -> World {
    let mut world = world();
    world.add_client("Okafor;Chidi");
    world.add_server("Lindqvist;Maja");
    world.sync();
    world
}

/// One change of each kind on both sides.
fn changed() -> World {
    let mut world = in_step();
    world.add_client("Tanaka;Yui");
    world.add_server("Moreau;Luc");
    let id = |store: &ds_protocol::memory::MemoryStore, name, text: &str| {
        let mut items = store.items(USER, name);
        let found =
            items.find(|(_, content)| String::from_utf8_lossy(&content.data).contains(text));
        found.unwrap().0.clone()
    };
    let theirs = id(&world.server, NAMES[0].1, "Lindqvist");
    let mine = id(&world.client, NAMES[0].0, "Okafor");
    world
        .server
        .put(USER, NAMES[0].1, theirs, card("Lindqvist;Maja Karin"));
    world
        .client
        .put(USER, NAMES[0].0, mine, card("Okafor;Chidi Emeka"));
    world
}

fn as_type(world: &mut World, sync_type: SyncType) {
    for request in &mut world.client_config.requests {
        request.sync_type = sync_type;
    }
}

/// Runs a session and compares it with what is stored under this name.
fn record(name: &str, transcripts: &[Transcript]) {
    let sides = transcripts.iter().flat_map(|transcript| {
        let steps = transcript.steps.iter();
        steps.filter_map(|step| Some((step.side, step.message.clone()?)))
    });
    let recorded: Vec<Recorded> = sides
        .zip(1..)
        .map(|((side, bytes), number)| {
            let side = match side {
                ds_protocol::Side::Local => "client",
                ds_protocol::Side::Remote => "server",
            };
            let message = decode(&bytes, Encoding::Xml, &Limits::default()).unwrap();
            Recorded {
                name: format!("{number:02}-{side}"),
                xml: readable(&bytes),
                wbxml: encode(&message, Encoding::Wbxml).unwrap(),
            }
        })
        .collect();
    if std::env::var_os("RECORD").is_some() {
        return store(name, &recorded);
    }
    let scenario = testdata::scenario(name).unwrap_or_else(|| panic!("{name} is stored"));
    assert_eq!(recorded.len(), scenario.messages.len(), "{name}");
    for (ours, stored) in recorded.iter().zip(scenario.messages) {
        assert_eq!(ours.name, stored.name, "{name}");
        assert_eq!(
            String::from_utf8_lossy(&ours.xml),
            String::from_utf8_lossy(stored.xml),
            "{name}/{}",
            ours.name
        );
        assert_eq!(ours.wbxml, stored.wbxml, "{name}/{}", ours.name);
        let from = match stored.from {
            Side::Client => "client",
            Side::Server => "server",
        };
        assert!(ours.name.ends_with(from), "{name}");
    }
}

fn store(name: &str, recorded: &[Recorded]) {
    let folder: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../testdata/session", name]
        .iter()
        .collect();
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let write = |name: &Path, bytes: &[u8]| std::fs::write(folder.join(name), bytes).unwrap();
    for message in recorded {
        let name = PathBuf::from(&message.name);
        write(&name.with_extension("xml"), &message.xml);
        write(&name.with_extension("wbxml"), &message.wbxml);
    }
}

/// The XML with a line for each command.
fn readable(xml: &[u8]) -> Vec<u8> {
    let mut text = String::from_utf8(xml.to_vec()).unwrap();
    let ends = [
        "Status", "Alert", "Put", "Get", "Results", "Map", "Add", "Replace", "Delete", "Sync",
        "SyncHdr", "Atomic", "Sequence", "Copy", "Move",
    ];
    for tag in ends {
        text = text.replace(&format!("</{tag}>"), &format!("</{tag}>\n"));
    }
    for tag in ["<SyncHdr>", "<SyncBody>", "</SyncBody>", "</SyncML>"] {
        text = text.replace(tag, &format!("{tag}\n"));
    }
    text.into_bytes()
}

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

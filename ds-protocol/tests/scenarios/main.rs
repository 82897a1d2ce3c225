//! Sessions of our own engines that are fixtures for everybody: `testdata/session`.
//!
//! Each is run here and must give the messages that are stored, octet by octet. `RECORD=1` stores what it gives;
//! the scenario tests of `syncml-repr` then judge it by the rules of the protocol, knowing nothing of engines.

#[path = "../common/mod.rs"]
mod common;

mod busy;
mod by_hand;
mod content;
mod engines;
mod partner;
mod tree;
mod trust;

use std::path::{Path, PathBuf};

use bytes::Bytes;
use common::{NAMES, USER, World, card};
use ds_protocol::testing::Transcript;
use ds_protocol::{Hmac, SyncType};
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

/// Runs sessions and compares them with what is stored under this name.
fn record(name: &str, transcripts: &[Transcript]) {
    let steps = transcripts.iter().flat_map(|transcript| &transcript.steps);
    let messages = steps.filter_map(|step| Some((step.side, step.message.clone()?)));
    compare(name, transcripts[0].encoding, messages);
}

/// Compares messages with what is stored under this name.
fn compare(
    name: &str,
    encoding: Encoding,
    messages: impl Iterator<Item = (ds_protocol::Side, Bytes)>,
) {
    let recorded: Vec<Recorded> = messages
        .zip(1..)
        .map(|((side, bytes), number)| {
            let side = match side {
                ds_protocol::Side::Local => "client",
                ds_protocol::Side::Remote => "server",
            };
            let message = decode(&bytes, encoding, &Limits::default()).unwrap();
            Recorded {
                name: format!("{number:02}-{side}"),
                xml: readable(encode(&message, Encoding::Xml).unwrap()),
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

fn folder(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../testdata/session", name]
        .iter()
        .collect()
}

/// Compares the transport's headers of all messages with what is stored under this name.
fn record_headers<'a>(name: &str, headers: impl Iterator<Item = Option<&'a Hmac>>) {
    let headers: Vec<Option<String>> = headers.map(|hmac| hmac.map(Hmac::to_string)).collect();
    let scenario = testdata::scenario(name);
    if std::env::var_os("RECORD").is_some() {
        let mut names: Vec<PathBuf> = std::fs::read_dir(folder(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "xml"))
            .collect();
        names.sort();
        assert_eq!(names.len(), headers.len());
        for (path, header) in names.iter().zip(headers) {
            if let Some(header) = header {
                std::fs::write(path.with_extension("hmac"), header + "\n").unwrap();
            }
        }
        return;
    }
    let stored = scenario.expect("is stored").messages.iter();
    let stored: Vec<Option<String>> = stored.map(|it| it.hmac.map(str::to_owned)).collect();
    assert_eq!(headers, stored, "{name}");
}

fn store(name: &str, recorded: &[Recorded]) {
    let folder = folder(name);
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
fn readable(xml: Vec<u8>) -> Vec<u8> {
    let mut text = String::from_utf8(xml).unwrap();
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

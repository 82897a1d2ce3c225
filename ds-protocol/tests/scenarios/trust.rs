//! Who is it, and in which version do they speak?

use bytes::Bytes;
use ds_protocol::memory::MemoryStore;
use ds_protocol::{Alerted, AuthScheme, Closed, Credentials, Notification, Side, SyncType, client};
use syncml_repr::{Encoding, StatusCode, Version, encode};

use crate::common::{NAMES, USER, World, card, datastore};
use crate::partner::{DEVICE, Scene};
use crate::{changed, compare, in_step, record, record_headers};

/// DS-C-032, DS-S-020: MD5 both ways. Each side asks the other; in the next session both have their nonces.
#[test]
fn both_prove_who_they_are() {
    let mut world = changed();
    let hub = Credentials::new("hub", "reed-42");
    world.client_config = world
        .client_config
        .with_server_credentials(hub.clone(), AuthScheme::Md5);
    world.server_config = world.server_config.with_credentials(hub, AuthScheme::Md5);
    let first = world.sync();
    record("md5-both-ways", &[first, world.sync()]);
}

/// DS-S-048, DS-C-029: SyncML 1.1, where the digest is that of 1.2.
#[test]
fn version_1_1() {
    let mut world = changed();
    world.client_config.version = Version::V1_1;
    record("version-1.1", &[world.sync()]);
}

/// DS-S-048, DS-C-029: SyncML 1.0 has a digest of its own, no large objects and no numbers of changes.
#[test]
fn version_1_0() {
    let mut world = crate::world();
    world.client_config.version = Version::V1_0;
    world.add_client("Okafor;Chidi");
    world.add_server("Lindqvist;Maja");
    record("version-1.0", &[world.sync()]);
}

/// DS-C-007, DS-S-007: the server asks for a session in the form of 1.1, and goes on counting from that message.
#[test]
fn alerted() {
    let mut world = changed();
    world.client_config.version = Version::V1_1;
    let contacts = Alerted::new(NAMES[0].1, SyncType::OneWayFromServer);
    let asked = [contacts.with_media_type("text/vcard")];
    compare("alerted", Encoding::Xml, on_request(&mut world, &asked));
}

/// A session that the server asks for in a message of SyncML 1.1, with that message.
fn on_request(world: &mut World, alerts: &[Alerted]) -> impl Iterator<Item = (Side, Bytes)> {
    world.server_config.notified = true;
    let mut asked = Notification::new("1906", world.client_config.server.clone());
    asked.alerts = alerts.to_vec();
    let message = asked.to_message(Version::V1_1, DEVICE);
    let package_0 = encode(&message, Encoding::Xml).unwrap();
    let mut pair = world.pair();
    let read = Notification::from_message(&message).expect("a notification");
    let config = (*pair.client).clone().alerted(&read);
    pair.client = config.expect("a session").into();
    let session = pair.run(&mut world.client, &mut world.server);
    assert_eq!(session.client, Some(Closed::Complete));
    let steps = session.steps.into_iter();
    let messages = steps.filter_map(|step| Some((step.side, step.message?)));
    std::iter::once((Side::Remote, package_0.into())).chain(messages)
}

/// SAN-003: every type that a server may ask for, in one session.
#[test]
fn alerted_types() {
    let types = [
        ("family", SyncType::TwoWay),
        ("customers", SyncType::OneWayFromClient),
        ("colleagues", SyncType::RefreshFromClient),
        ("suppliers", SyncType::OneWayFromServer),
        ("neighbours", SyncType::RefreshFromServer),
    ];
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.version = Version::V1_1;
    let stores = types.map(|(name, _)| datastore(name, "text/vcard"));
    let requests = stores.clone().map(|own| {
        let name = own.name.clone();
        client::Request::new(own, name)
    });
    world.client_config.requests = requests.to_vec();
    world.server_config.datastores = stores.to_vec();
    for (name, _) in types {
        world.client.add(USER, name, card("Okafor;Chidi"));
    }
    world.sync();
    for (name, _) in types {
        world.client.add(USER, name, card("Tanaka;Yui"));
        world.server.add(USER, name, card("Moreau;Luc"));
    }
    let alerts = types.map(|(name, sync_type)| Alerted::new(name, sync_type));
    compare(
        "alerted-types",
        Encoding::Xml,
        on_request(&mut world, &alerts),
    );
    let counts = |store: &MemoryStore| types.map(|(name, _)| store.items(USER, name).count());
    assert_eq!(counts(&world.client), [3, 2, 2, 3, 2]);
    assert_eq!(counts(&world.server), [3, 3, 2, 2, 2]);
}

/// BIND-008, DS-S-017, DS-C-032: a digest beside each message, from both ends; in the next session both have their nonces.
#[test]
fn hmac() {
    let mut world = crate::world().with_encoding(Encoding::Wbxml);
    world.add_client("Okafor;Chidi");
    world.add_server("Lindqvist;Maja");
    let hub = Credentials::new("hub", "reed-42");
    let mac = AuthScheme::Mac;
    world.client_config = world.client_config.with_auth(mac);
    world.client_config = world
        .client_config
        .with_server_credentials(hub.clone(), mac);
    world.server_config = world
        .server_config
        .with_auth(mac)
        .with_credentials(hub, mac);
    let sessions = [world.sync(), world.sync()];
    record("hmac", &sessions);
    let steps = sessions.iter().flat_map(|session| &session.steps);
    let headers = steps.filter(|step| step.message.is_some());
    record_headers("hmac", headers.map(|step| step.hmac.as_ref()));
}

/// DS-C-048, DS-S-047: a server that knows 1.0 and 1.1 alone refuses 1.2; the client comes again with 1.1.
#[test]
fn version_fallback() {
    let mut world = in_step();
    let pair = world.pair();
    let mut refused = Scene::of_server(&world, (*pair.client).clone(), Version::V1_1);
    refused.partner.codes = vec![("SyncHdr", 505), ("Alert", 505)];
    refused.partner.supports = Some("1.0,1.1");
    assert_eq!(refused.say("<Final/>"), None);
    let unknown = StatusCode::DTD_VERSION_NOT_SUPPORTED;
    assert_eq!(refused.closed, Some(Closed::Aborted(unknown)));
    world.client = refused.store.clone();
    world.client_config.version = Version::V1_1;
    let second = world.sync();
    let messages = second
        .steps
        .into_iter()
        .filter_map(|step| Some((step.side, step.message?)));
    let all = refused.said.into_iter().chain(messages);
    compare("version-fallback", Encoding::Xml, all);
}

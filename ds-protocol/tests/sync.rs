//! Sessions between our own engines: everything two-way and slow, with every way of running them.

mod common;

use common::{NAMES, USER, World, card, ended, event, moved, sizes};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::Variant;
use ds_protocol::{
    AuthScheme, Closed, ConflictPolicy, Credentials, Datastore, ItemId, Notice, Side, SyncType,
    client,
};
use syncml_devinf::{ContentType, Version};
use syncml_repr::StatusCode;
use syncml_wbxml::Encoding;

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

/// DS-C-001, DS-C-002, DS-S-001, DS-S-002: a life of a pair, in both encodings, run in every way.
#[test]
fn life_of_a_pair() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let mut transcripts: Vec<Vec<_>> = Vec::new();
        for variant in Variant::EACH {
            let mut world = World::new().with_encoding(encoding).with_variant(variant);
            let both = "Both;Here";
            world.add_client(both);
            world.add_server(both);
            let mine = world.add_client("Client;One");
            world.add_client("Client;Two");
            let theirs = world.add_server("Server;One");
            world.add_server("Server;Two");
            world.client.add(USER, NAMES[1].0, event("Breakfast"));
            world.server.add(USER, NAMES[1].1, event("Lunch"));

            let first = world.sync();
            assert_eq!(moved(&first), [[3, 0, 0, 0], [3, 0, 0, 1]], "{first}");
            world.assert_equal();

            let idle = world.sync();
            assert_eq!(moved(&idle), QUIET);
            assert_eq!(idle.messages().count(), 6, "3 round trips:\n{idle}");

            // Adds, edits and deletions on both sides.
            world.add_client("Client;Three");
            world.add_server("Server;Three");
            assert!(
                world
                    .client
                    .put(USER, NAMES[0].0, mine, card("Client;Edited"))
            );
            assert!(
                world
                    .server
                    .put(USER, NAMES[0].1, theirs, card("Server;Edited"))
            );
            let doomed = client_item(&world, "Server;Two");
            assert!(world.client.remove(USER, NAMES[0].0, &doomed));
            let doomed = server_item(&world, "Client;Two");
            assert!(world.server.remove(USER, NAMES[0].1, &doomed));
            let second = world.sync();
            assert_eq!(moved(&second), [[1, 1, 1, 0], [1, 1, 1, 0]], "{second}");
            world.assert_equal();
            let quiet = world.sync();
            assert_eq!(moved(&quiet), QUIET, "{quiet}");
            transcripts.push(vec![first, idle, second, quiet]);
        }
        // Whatever way they are run, sessions are the same to the last octet and effect.
        for other in &transcripts[1..] {
            for (plain, other) in transcripts[0].iter().zip(other) {
                assert_eq!(plain.steps, other.steps);
            }
        }
    }
}

fn client_item(world: &World, text: &str) -> ItemId {
    find(&world.client, NAMES[0].0, text)
}

fn server_item(world: &World, text: &str) -> ItemId {
    find(&world.server, NAMES[0].1, text)
}

fn find(store: &MemoryStore, datastore: &str, text: &str) -> ItemId {
    let found = store
        .items(USER, datastore)
        .find(|(_, content)| String::from_utf8_lossy(&content.data).contains(text));
    found.unwrap_or_else(|| panic!("no {text}")).0.clone()
}

/// DS-C-035, DS-S-038, DS-S-040, DS-B-021: many items under small messages, both ways; `Pair` checks every size.
#[test]
fn small_messages() {
    for (encoding, size) in [
        (Encoding::Xml, 2500),
        (Encoding::Xml, 4000),
        (Encoding::Wbxml, 1400),
        (Encoding::Wbxml, 3000),
    ] {
        for variant in Variant::EACH {
            let mut world = World::new().with_encoding(encoding).with_variant(variant);
            world.client_config.sizes = sizes(size);
            world.server_config.sizes = sizes(size);
            for n in 0..40 {
                world.add_client(&format!("Client;{n}"));
                world.add_server(&format!("Server;{n}"));
            }
            let first = world.sync();
            assert_eq!(moved(&first), [[40, 0, 0, 0], [40, 0, 0, 0]]);
            assert!(
                first.messages().count() > 12,
                "packages over several messages"
            );
            world.assert_equal();
            assert_eq!(moved(&world.sync()), QUIET);
        }
    }
}

/// DS-S-041: an item that the peer does not take stays behind and is told; the others go. Without large objects
/// (1.0) it must fit a message, with them `MaxObjSize` counts.
#[test]
fn too_large_an_item_stays_behind() {
    for version in [Version::V1_0, Version::V1_2] {
        let sizes = |object: u64| {
            let mut sizes = match version {
                Version::V1_0 => sizes(object),
                _ => sizes(4000),
            };
            sizes.max_obj_size = object;
            sizes
        };
        let mut world = World::new();
        world.client_config.version = version;
        world.server_config.sizes = sizes(3000);
        world.add_client("Small;One");
        let large = world.add_client(&"Large".repeat(2000));
        world.add_client("Small;Two");
        let transcript = world.sync();
        assert_eq!(moved(&transcript)[1][0], 2, "{transcript}");
        let told = transcript
            .notices(Side::Local)
            .any(|notice| matches!(notice, Notice::TooLarge { item, .. } if *item == large));
        assert!(told, "{transcript}");
        // It goes when the peer takes more.
        world.server_config.sizes = sizes(100_000);
        assert_eq!(moved(&world.sync())[1][0], 1);
        world.assert_equal();
    }
}

/// DS-S-048, DS-B-016: all versions.
#[test]
fn versions() {
    for version in [Version::V1_0, Version::V1_1, Version::V1_2] {
        for auth in [AuthScheme::Basic, AuthScheme::Md5] {
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                let mut world = World::new().with_encoding(encoding);
                world.client_config.version = version;
                world.client_config.auth = auth;
                world.add_client("One;C");
                world.add_server("One;S");
                let transcript = world.sync();
                assert_eq!(
                    moved(&transcript),
                    [[1, 0, 0, 0], [1, 0, 0, 0]],
                    "{version:?}\n{transcript}"
                );
                world.add_client("Two;C");
                world.sync();
                world.assert_equal();
            }
        }
    }
}

/// DS-C-029, DS-C-030, DS-C-033, DS-S-019: MD5 asks for a nonce once, and keeps the next one for the next session.
#[test]
fn md5_challenge_then_nonce() {
    let mut world = World::new();
    let first = world.sync();
    assert!(first.to_string().contains("<Data>407</Data>"), "{first}");
    let second = world.sync();
    assert!(!second.to_string().contains("<Data>407</Data>"), "{second}");
    assert!(second.to_string().contains("<Data>212</Data>"), "{second}");
}

/// DS-S-016, DS-S-017, DS-S-018: a wrong password is refused, and nothing is touched.
#[test]
fn wrong_password() {
    for auth in [AuthScheme::Basic, AuthScheme::Md5] {
        for credentials in [
            Some(Credentials::new(USER, "rose")),
            Some(Credentials::new("bob", "tulip")),
            None,
        ] {
            let mut world = World::new();
            world.client_config.auth = auth;
            world.client_config.credentials = credentials.clone();
            world.add_client("Secret;Item");
            world.add_server("Other;Item");
            let pair = world.pair();
            let transcript = pair.run(&mut world.client, &mut world.server);
            let refused = match &transcript.client {
                Some(Closed::Aborted(code)) => *code,
                other => panic!("{other:?}"),
            };
            let expected = if credentials.is_some() {
                StatusCode::INVALID_CREDENTIALS
            } else {
                StatusCode::MISSING_CREDENTIALS
            };
            assert_eq!(refused, expected);
            assert_eq!(moved(&transcript), QUIET);
            assert_eq!(world.server.items(USER, "contacts").count(), 1);
            assert!(
                !transcript.to_string().contains("rose"),
                "no password in a transcript"
            );
        }
    }
}

/// DS-S-023, DS-C-049: one datastore of two is unknown: 404 for it, the other goes on.
#[test]
fn unknown_datastore() {
    let mut world = World::new();
    let strange = Datastore::new("notes", [ContentType::new("text/plain", "1.0")]);
    world
        .client_config
        .requests
        .insert(0, client::Request::new(strange, "nowhere"));
    world.add_client("Goes;On");
    let transcript = world.sync();
    assert_eq!(moved(&transcript)[1][0], 1, "{transcript}");
    let ended = ended(&transcript);
    assert!(
        ended.contains(&("notes".into(), StatusCode::NOT_FOUND)),
        "{ended:?}"
    );
    assert!(
        ended.contains(&("people".into(), StatusCode::OK)),
        "{ended:?}"
    );
}

/// DS-C-020, DS-S-025, DS-S-026: anchors that do not fit lead to a slow sync without doubles, whoever finds out.
#[test]
fn anchors_that_do_not_fit() {
    let mut world = World::new();
    world.add_client("One;C");
    world.add_server("One;S");
    world.sync();
    // The server forgets the device.
    let items: Vec<_> = world
        .server
        .items(USER, "contacts")
        .map(|(_, content)| content.clone())
        .collect();
    world.server =
        MemoryStore::new().with_user(USER, ds_protocol::Secret::Password(common::PASSWORD.into()));
    for content in items {
        world.server.add(USER, "contacts", content);
    }
    let transcript = world.sync();
    assert!(
        transcript.to_string().contains("<Data>508</Data>"),
        "{transcript}"
    );
    assert_eq!(moved(&transcript), [[0; 4], [0, 0, 0, 2]], "{transcript}");
    world.assert_equal();
    // The client forgets the server.
    let items: Vec<_> = world
        .client
        .items(USER, "people")
        .map(|(_, content)| content.clone())
        .collect();
    world.client = MemoryStore::new();
    for content in items {
        world.client.add(USER, "people", content);
    }
    assert_eq!(moved(&world.sync()), [[0; 4], [0, 0, 0, 2]]);
    world.assert_equal();
    assert_eq!(moved(&world.sync()), QUIET);
}

/// A slow sync on request matches everything and moves nothing.
#[test]
fn slow_on_request() {
    let mut world = World::new();
    for n in 0..5 {
        world.add_client(&format!("C;{n}"));
        world.add_server(&format!("S;{n}"));
    }
    world.sync();
    for request in &mut world.client_config.requests {
        request.sync_type = SyncType::Slow;
    }
    assert_eq!(moved(&world.sync()), [[0; 4], [0, 0, 0, 10]]);
    world.assert_equal();
}

/// DS-S-036, DS-S-037: both sides changed the same item.
#[test]
fn conflicts() {
    for (policy, client_edit, server_edit, expected) in [
        (ConflictPolicy::ClientWins, Some("C"), Some("S"), Some("C")),
        (ConflictPolicy::ServerWins, Some("C"), Some("S"), Some("S")),
        // a change survives a deletion, whoever deleted
        (ConflictPolicy::ClientWins, Some("C"), None, Some("C")),
        (ConflictPolicy::ClientWins, None, Some("S"), Some("S")),
        (ConflictPolicy::ServerWins, None, Some("S"), Some("S")),
        // the server's deletion stands where the server wins
        (ConflictPolicy::ServerWins, Some("C"), None, None),
        // deleted on both sides is no conflict
        (ConflictPolicy::ClientWins, None, None, None),
    ] {
        let mut world = World::new();
        for datastore in &mut world.server_config.datastores {
            datastore.conflict = policy;
        }
        let id = world.add_client("Before");
        world.sync();
        let edit = |store: &mut MemoryStore, name: &str, id: &ItemId, text: Option<&str>| {
            let done = match text {
                Some(text) => store.put(USER, name, id.clone(), card(text)),
                None => store.remove(USER, name, id),
            };
            assert!(done);
        };
        let guid = server_item(&world, "Before");
        edit(&mut world.client, NAMES[0].0, &id, client_edit);
        edit(&mut world.server, NAMES[0].1, &guid, server_edit);
        world.sync();
        // A server that wins over a client's edit of a deleted item has its Delete still to be carried out.
        let told = format!("{policy:?} {client_edit:?} {server_edit:?}");
        for _ in 0..2 {
            world.sync();
        }
        world.assert_equal();
        let left: Vec<_> = world.contents(0)[1].keys().cloned().collect();
        let expected: Vec<_> = expected
            .map(|text| card(text).data.to_vec())
            .into_iter()
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|data| {
                String::from_utf8_lossy(data)
                    .replace("\r\n", "\n")
                    .into_bytes()
            })
            .collect();
        assert_eq!(left, expected, "{told}");
        assert_eq!(moved(&world.sync()), QUIET, "{told}");
    }
}

/// DS-C-050, DS-S-029, DS-S-034, DS-B-017: a session cut at any message loses and doubles nothing.
#[test]
fn cut_everywhere() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for cut in 1..60 {
            for answers in [false, true] {
                let mut world = World::new().with_encoding(encoding);
                world.client_config.sizes = sizes(2500);
                world.server_config.sizes = sizes(2500);
                for n in 0..6 {
                    world.add_client(&format!("C;{n}"));
                    world.add_server(&format!("S;{n}"));
                }
                world.sync();
                for n in 6..12 {
                    world.add_client(&format!("C;{n}"));
                    world.add_server(&format!("S;{n}"));
                }
                let id = client_item(&world, "C;1\r");
                world.client.put(USER, NAMES[0].0, id, card("C;1 edited"));
                let id = server_item(&world, "S;1\r");
                world.server.put(USER, NAMES[0].1, id, card("S;1 edited"));
                let id = client_item(&world, "S;2\r");
                world.client.remove(USER, NAMES[0].0, &id);
                let id = server_item(&world, "C;2\r");
                world.server.remove(USER, NAMES[0].1, &id);

                let mut pair = world.pair();
                if answers {
                    pair.lost_answers.push(cut)
                } else {
                    pair.lost_requests.push(cut)
                }
                let transcript = pair.run(&mut world.client, &mut world.server);
                let was_cut = transcript.client != Some(Closed::Complete);
                world.sync();
                let told = format!("cut at {cut}, answers {answers}\n{transcript}");
                for pair in 0..NAMES.len() {
                    let [client, server] = world.contents(pair);
                    assert_eq!(client, server, "{told}");
                    assert!(client.values().all(|count| *count == 1), "doubled: {told}");
                }
                assert_eq!(world.contents(0)[0].len(), 22, "{told}");
                assert_eq!(moved(&world.sync()), QUIET, "{told}");
                if !was_cut {
                    break;
                }
            }
        }
    }
}

/// A whole session to read: messages, effects and notices in their order.
#[test]
fn transcript() {
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.requests.truncate(1);
    world.client_config.device.sw_v = "1".into();
    world.server_config.device.sw_v = "1".into();
    world.server_config.datastores.truncate(1);
    world.add_client("Client;One");
    world.sync();
    world.add_server("Server;One");
    let one = client_item(&world, "Client;One");
    assert!(
        world
            .client
            .put(USER, NAMES[0].0, one, card("Client;Edited"))
    );
    insta::assert_snapshot!(world.sync());
}

/// No credential and no token in what a program may log of a session: neither as it is nor in Base64.
#[test]
fn sessions_do_not_print_secrets() {
    use ds_protocol::{Engine, Output, Store, server};
    use std::sync::Arc;

    let mut world = World::new();
    world.client_config.auth = AuthScheme::Basic;
    let mut session = client::Session::new(Arc::new(world.client_config.clone()));
    let mut printed = format!("{:?}", world.client_config);
    loop {
        let output = session.poll();
        printed += &format!("{output:?}{session:?}");
        match output {
            Output::Effect(id, effect) => {
                let reply = world.client.perform(effect);
                session
                    .handle(ds_protocol::Input::Reply(id, reply))
                    .unwrap();
            }
            Output::Wait(_) => break,
            _ => {}
        }
    }
    printed += &format!("{:?}", session.snapshot().unwrap());
    let config = world.server_config.clone().with_resp_token("unguessable");
    printed += &format!(
        "{config:?}{:?}",
        server::Session::new(Arc::new(config.clone()))
    );
    // "ann:tulip" in Base64, as text and as the octets of a byte string
    for secret in [common::PASSWORD, "YW5uOnR1bGlw", "unguessable"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
    assert!(
        printed.contains("octets"),
        "the message was printed: {printed}"
    );
}

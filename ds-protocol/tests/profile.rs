//! Peers that want to be treated otherwise: each switch off and on, and how a peer is known.

mod common;

use std::collections::BTreeSet;
use std::sync::Arc;

use common::desk::{Desk, alert, codes, item, sync};
use common::post::{Exchange, each, exchange};
use common::{NAMES, PASSWORD, USER, World, card, moved, sizes};
use ds_protocol::testing::{Player, Variant};
use ds_protocol::{
    AuthScheme, Closed, Filter, FilterCaps, Input, Notice, Pattern, Profile, Received, Rule, Side,
    SyncType, Transmit, client, server,
};
use md5::{Digest, Md5};
use syncml_devinf::Version;
use syncml_meta::{Nonce, base64};
use syncml_repr::{Command, Cred, Message, ModifyKind, StatusCode};
use syncml_wbxml::{Encoding, Limits};

type Change = fn(&mut Profile);

/// A world of contacts alone, whose peers have this profile on both sides, if any.
fn world(change: Option<Change>) -> World {
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    let mut rules = Vec::new();
    if let Some(change) = change {
        let mut profile = Profile::default();
        change(&mut profile);
        rules.push(Rule::new("everybody", profile));
    }
    world.client_config.rules = rules.clone().into();
    world.server_config.rules = rules.into();
    world
}

/// A switch off and on.
fn both(change: Change) -> [(World, bool); 2] {
    [(world(None), false), (world(Some(change)), true)]
}

fn plain(_: Side, _: &mut Message) {}

fn settled(exchange: &Exchange) -> Vec<SyncType> {
    let of = |notice: &Notice| match notice {
        Notice::Settled { sync_type, .. } => Some(*sync_type),
        _ => None,
    };
    exchange.notices(Side::Local).filter_map(of).collect()
}

/// DS-S-071: an item without data is refused with 412, or with what a libsynthesis peer survives.
#[test]
fn plain_item_status() {
    for (mut world, on) in both(|profile| profile.plain_item_status = true) {
        world.add_client("One");
        let done = exchange(&mut world, |side, message| {
            each(&mut message.body.commands, &mut |command| {
                if let (Side::Local, Command::Modify(modify)) = (side, command) {
                    modify.items[0].data = None;
                }
            });
        });
        assert_eq!(
            done.codes(Side::Remote, "Replace"),
            [if on { 415 } else { 412 }]
        );
    }
}

/// a peer that cannot bear so many statuses is told of failures only.
#[test]
fn omit_item_status() {
    for (mut world, on) in both(|profile| profile.omit_item_status = true) {
        world.add_client("One");
        world.add_client("Two");
        let done = exchange(&mut world, plain);
        let told = done.codes(Side::Remote, "Replace");
        assert_eq!(told, if on { vec![] } else { vec![201, 201] });
        assert_eq!(done.codes(Side::Remote, "Sync"), [200]);
        // A failure is told in any case.
        world.add_client("Three");
        let done = exchange(&mut world, |side, message| {
            each(&mut message.body.commands, &mut |command| {
                if let (Side::Local, Command::Modify(modify)) = (side, command) {
                    modify.items[0].data = None;
                }
            });
        });
        assert!(done.codes(Side::Remote, "Add").contains(&412));
    }
}

/// a status that never came is a failure, unless the peer is known to leave them out.
#[test]
fn lenient_status() {
    for (mut world, on) in both(|profile| profile.lenient_status = true) {
        world.sync();
        world.add_client("One");
        exchange(&mut world, |side, message| {
            if side == Side::Remote {
                message.body.commands.retain(
                    |command| !matches!(command, Command::Status(status) if status.cmd == "Add"),
                );
            }
        });
        let again = world.sync();
        let sent = again.to_string().matches("<Add>").count()
            + again.to_string().matches("<Replace>").count();
        assert_eq!(sent, usize::from(!on), "{again}");
        world.assert_equal();
    }
}

/// a server whose `Last` is never right leads to a slow sync, or is believed.
#[test]
fn lenient_anchors() {
    for (mut world, on) in both(|profile| profile.lenient_anchors = true) {
        world.add_client("One");
        world.sync();
        let done = exchange(&mut world, |side, message| {
            for command in &mut message.body.commands {
                if let (Side::Remote, Command::Alert(alert)) = (side, command)
                    && let Some(meta) = alert.items[0].meta.as_mut()
                {
                    let meta = std::sync::Arc::make_mut(meta);
                    meta.anchor.as_mut().unwrap().last = Some("nonsense".into());
                }
            }
        });
        let expected = if on { SyncType::TwoWay } else { SyncType::Slow };
        assert_eq!(settled(&done), [expected]);
    }
}

/// the status of an Alert tells one anchor, or both.
#[test]
fn echo_both_anchors() {
    for (mut world, on) in both(|profile| profile.echo_both_anchors = true) {
        world.sync();
        let done = exchange(&mut world, plain);
        let status = &done.statuses(Side::Remote, "Alert")[0];
        let data = format!("{:?}", status.items[0].data);
        assert!(data.contains("Next"), "{data}");
        assert_eq!(data.contains("Last"), on, "{data}");
    }
}

/// what a Delete of something unknown is answered.
#[test]
fn delete_gone() {
    let gone: [(Option<Change>, u16); 3] = [
        (None, 211),
        (
            Some(|profile| profile.delete_gone = StatusCode::NOT_FOUND),
            404,
        ),
        (Some(|profile| profile.delete_gone = StatusCode::OK), 200),
    ];
    for (change, expected) in gone {
        let mut world = world(change);
        let id = world.add_client("One");
        world.sync();
        world.client.remove(USER, NAMES[0].0, &id);
        let done = exchange(&mut world, |side, message| {
            each(&mut message.body.commands, &mut |command| {
                if let (Side::Local, Command::Modify(modify)) = (side, command) {
                    modify.items[0].source = Some(syncml_repr::Locator::new("never heard of"));
                }
            });
        });
        assert_eq!(done.codes(Side::Remote, "Delete"), [expected]);
    }
}

/// what an Add is answered in a slow sync whose item is here already.
#[test]
fn add_in_slow_status() {
    let told: [(Option<Change>, u16); 3] = [
        (None, 201),
        (
            Some(|profile| profile.add_in_slow_status = StatusCode::OK),
            200,
        ),
        (
            Some(|profile| profile.add_in_slow_status = StatusCode::ALREADY_EXISTS),
            418,
        ),
    ];
    for (change, expected) in told {
        let mut world = world(change);
        world.add_client("One");
        world.add_server("One");
        let done = exchange(&mut world, |side, message| {
            each(&mut message.body.commands, &mut |command| {
                if let (Side::Local, Command::Modify(modify)) = (side, command) {
                    modify.kind = ModifyKind::Add;
                }
            });
        });
        assert_eq!(done.codes(Side::Remote, "Add"), [expected]);
    }
}

/// no filter goes to a server that cannot bear one, whatever it says of itself.
#[test]
fn no_filter() {
    for (mut world, on) in both(|profile| profile.no_filter = true) {
        let datastore = world.server_config.datastores[0].clone();
        world.server_config.datastores[0] = datastore.with_filter(FilterCaps::new(["SINCE"], []));
        world.server = world.server.with_filtering(|_| Ok(Box::new(|_, _| true)));
        world.sync();
        world.client_config.requests[0].filter = Some(Filter::cgi("text/vcard", "FN&EQ;One"));
        let done = exchange(&mut world, plain);
        let sent = done
            .messages
            .iter()
            .any(|(_, message)| format!("{message:?}").contains("FN&EQ;One"));
        assert_eq!(sent, !on);
    }
}

/// `NumberOfChanges` where the peer asks for it, unless it is known to fail on it.
#[test]
fn no_number_of_changes() {
    for (mut world, on) in both(|profile| profile.no_number_of_changes = true) {
        world.sync();
        let done = exchange(&mut world, plain);
        let told = done
            .sent
            .iter()
            .any(|bytes| String::from_utf8_lossy(bytes).contains("NumberOfChanges>0"));
        assert_eq!(told, !on);
    }
}

/// An item that is larger than a message is split, unless the peer is known to fail on that; then it stays.
#[test]
fn no_large_objects() {
    for (mut world, on) in both(|profile| profile.no_large_objects = true) {
        world.server_config.sizes = sizes(4000);
        world.add_client(&"Large".repeat(2000));
        let transcript = world.sync();
        assert_eq!(
            transcript.to_string().contains("<MoreData/>"),
            !on,
            "{transcript}"
        );
        assert_eq!(moved(&transcript)[1][0], usize::from(!on));
    }
}

/// device information inside a WBXML session.
#[test]
fn devinf_as_xml() {
    for (world, on) in both(|profile| profile.devinf_as_xml = true) {
        let mut world = world.with_encoding(Encoding::Wbxml);
        world.client_config.auth = AuthScheme::Basic;
        let done = exchange(&mut world, plain);
        let as_text = done
            .sent
            .iter()
            .filter(|bytes| bytes.windows(7).any(|window| window == b"<DevInf"))
            .count();
        assert_eq!(
            as_text,
            if on { 2 } else { 0 },
            "the client's Put and the server's Results"
        );
        // Either can be read.
        let url = world.client_config.server.clone();
        use ds_protocol::Store;
        assert!(world.client.load_peer(&url).unwrap().dev_inf.is_some());
        assert!(
            world
                .server
                .load_peer("urn:x-dev:tablet-5")
                .unwrap()
                .dev_inf
                .is_some()
        );
    }
}

/// a server that wants the password in the open does not get it, unless that is allowed.
#[test]
fn auth_downgrade() {
    for (mut world, on) in both(|profile| profile.auth_downgrade = true) {
        world.server_config.auth = AuthScheme::Basic;
        let done = exchange(&mut world, plain);
        let expected = match on {
            true => Closed::Complete,
            false => Closed::Aborted(StatusCode::MISSING_CREDENTIALS),
        };
        assert_eq!(done.client, Some(expected));
        let shown = done.messages.iter().any(|(_, message)| {
            message
                .hdr
                .cred
                .as_ref()
                .is_some_and(|cred| cred.is_scheme(Cred::BASIC))
        });
        assert_eq!(shown, on);
    }
}

/// where package 1 goes after a challenge that names another place.
#[test]
fn auth_retry_original_uri() {
    for (mut world, on) in both(|profile| profile.auth_retry_original_uri = true) {
        let done = exchange(&mut world, |side, message| {
            if side == Side::Remote && message.hdr.msg_id.get() == 1 {
                message.hdr.resp_uri = Some("http://elsewhere.example.net/ds".into());
            }
        });
        let second = if on {
            "http://sync.example.net/ds"
        } else {
            "http://elsewhere.example.net/ds"
        };
        assert_eq!(done.uris[1], second);
        assert_eq!(done.client, Some(Closed::Complete));
    }
}

/// after a challenge package 1 goes out in the same session, or in one of its own, at the first address.
#[test]
fn auth_retry_new_session() {
    let change: Change = |profile| profile.auth_retry_new_session = true;
    for on in [false, true] {
        for id in ["1", "4999", "5000", "x1", "abcr", "65535"] {
            let mut world = world(on.then_some(change));
            world.client_config.session_id = id.into();
            let config = Arc::new(world.server_config.clone().with_resp_token("t"));
            let mut client = Player::<client::Session>::new(
                Arc::new(world.client_config.clone()),
                Variant::Every,
            );
            let mut server = Player::<server::Session>::new(config.clone(), Variant::Every);
            let mut ids: Vec<(String, u32)> = Vec::new();
            let mut input = None;
            let closed = loop {
                let turn = client.turn(&mut world.client, input.as_ref());
                let Some(sent) = turn.transmit else {
                    break turn.closed;
                };
                let said = received(&sent);
                let hdr = &said.message.hdr;
                let session = hdr.session_id.as_str().to_owned();
                if ids.last().is_some_and(|(last, _)| *last != session) {
                    // As a host does: another id is another session.
                    server = Player::new(config.clone(), Variant::Every);
                    assert_eq!(sent.uri, world.client_config.server);
                }
                ids.push((session, hdr.msg_id.get()));
                let input_of_server = Input::Message(Box::new(said));
                let turn = server.turn(&mut world.server, Some(&input_of_server));
                input = Some(Input::Message(Box::new(received(&turn.transmit.unwrap()))));
            };
            assert_eq!(closed, Some(Closed::Complete));
            assert_eq!(ids[0], (id.to_owned(), 1));
            assert_eq!(ids[1].1, if on { 1 } else { 2 });
            assert_eq!(ids[1].0 != id, on, "{id}");
            assert!(ids[1].0.chars().count() <= 4 || !on);
            assert!(ids[2..].iter().all(|(session, _)| *session == ids[1].0));
        }
    }
}

fn received(sent: &Transmit) -> Received {
    Received::decode(sent.bytes.clone(), sent.encoding, &Limits::default()).unwrap()
}

/// The version of the configuration, or the highest that the server is known to bear.
#[test]
fn version_max() {
    for (mut world, on) in both(|profile| profile.version_max = Some(Version::V1_1)) {
        for configured in [Version::V1_0, Version::V1_1, Version::V1_2] {
            world.client_config.version = configured;
            let done = exchange(&mut world, plain);
            let expected = if on {
                configured.min(Version::V1_1)
            } else {
                configured
            };
            assert_eq!(done.messages[0].1.hdr.version(), Some(expected));
            assert_eq!(done.client, Some(Closed::Complete));
        }
    }
}

/// another name than the device's own, on either side.
#[test]
fn local_id() {
    for (mut world, on) in both(|profile| profile.local_id = Some("PC Suite".into())) {
        let done = exchange(&mut world, plain);
        assert_eq!(done.client, Some(Closed::Complete));
        for (side, own) in [
            (Side::Local, "urn:x-dev:tablet-5"),
            (Side::Remote, "http://sync.example.net/ds"),
        ] {
            let expected = if on { "PC Suite" } else { own };
            let mut said = done.messages.iter().filter(|(from, _)| *from == side);
            assert!(said.all(|(_, message)| message.hdr.source.loc_uri == expected));
        }
    }
}

/// A peer that cannot bear the messages it asks for.
#[test]
fn max_msg_size() {
    for (mut world, on) in both(|profile| profile.max_msg_size = Some(2_500)) {
        for n in 0..20 {
            world.add_client(&format!("Mine;{n}"));
            world.add_server(&format!("Theirs;{n}"));
        }
        let transcript = world.sync();
        let longest = transcript.messages().map(|message| message.len()).max();
        assert_eq!(longest.unwrap() <= 2_500, on);
        world.assert_equal();
    }
}

/// Neither 224 nor 225 where the peer is known to fail on them: a session that is left is over, and the next one begins
/// again.
#[test]
fn no_suspend() {
    for (mut world, on) in both(|profile| profile.no_suspend = true) {
        world.client_config.sizes = sizes(2500);
        world.server_config.sizes = sizes(2500);
        for n in 0..20 {
            world.add_client(&format!("Mine;{n}"));
        }
        let mut pair = world.pair();
        pair.suspend_before = Some(5);
        let first = pair.run(&mut world.client, &mut world.server);
        assert_eq!(first.client, Some(Closed::Suspended));
        assert_eq!(
            first.to_string().contains("<Data>224</Data>"),
            !on,
            "{first}"
        );
        let second = world.sync();
        assert_eq!(
            second.to_string().contains("<Data>225</Data>"),
            !on,
            "{second}"
        );
        world.assert_equal();
    }
    // A server that is asked all the same.
    for (theirs, on) in both(|profile| profile.no_suspend = true) {
        let mut world = world(None);
        world.server_config.rules = theirs.server_config.rules.clone();
        world.server_config.sizes = sizes(2500);
        for n in 0..20 {
            world.add_client(&format!("Mine;{n}"));
        }
        let mut pair = world.pair();
        pair.suspend_before = Some(5);
        pair.run(&mut world.client, &mut world.server);
        let second = world.sync();
        let refused = second.to_string().contains("<Data>508</Data>");
        assert_eq!(refused, on, "{second}");
        world.assert_equal();
    }
}

/// an object that is a little shorter or longer than was announced.
#[test]
fn size_slack() {
    for (slack, expected) in [
        (0, [424, 424, 424]),
        (1, [201, 424, 201]),
        (2, [201, 201, 201]),
    ] {
        for (said, code) in [101, 98, 99].into_iter().zip(expected) {
            let mut world = world(None);
            let mut profile = Profile::default();
            profile.size_slack = slack;
            world.server_config.rules = vec![Rule::new("everybody", profile)].into();
            let config = world.server_config.clone().with_auth(AuthScheme::Basic);
            let mut desk = Desk::of(config);
            desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
            let part = |size: &str, length: usize, more: &str| {
                let data = "x".repeat(length);
                let add = format!(
                    "<Meta><Type @>text/vcard</Type>{size}</Meta><Item><Source><LocURI>L1</LocURI></Source><Data>{data}</Data>{more}</Item>"
                );
                sync(&item("Add", 3, &add))
            };
            let size = format!("<Size @>{said}</Size>");
            let first = part(&size, 60, "<MoreData/>").replace("<Final/>", "");
            let answer = desk.say(&first);
            assert_eq!(codes(&answer)[2..3], ["3 Add 213"]);
            let answer = desk.say(&part("", 40, ""));
            assert_eq!(
                codes(&answer)[2..3],
                [format!("3 Add {code}")],
                "{slack} {said}"
            );
        }
    }
}

/// an item that is changed here while a slow sync is left comes back with the rest of it, or with the next session.
#[test]
fn no_replace_in_slow() {
    for (mut world, on) in both(|profile| profile.no_replace_in_slow = true) {
        world.client_config.sizes = sizes(2500);
        world.server_config.sizes = sizes(2500);
        for n in 0..20 {
            world.add_client(&format!("Mine;{n}"));
        }
        let mut pair = world.pair();
        pair.suspend_before = Some(6);
        pair.run(&mut world.client, &mut world.server);
        let there = world.server.items(USER, NAMES[0].1).next();
        let item = there.expect("some have arrived").0.clone();
        world
            .server
            .put(USER, NAMES[0].1, item, card("Changed;Here"));
        let rest = world.sync();
        assert!(rest.to_string().contains("<Data>225</Data>"), "{rest}");
        assert_eq!(moved(&rest)[0][1], usize::from(!on), "{rest}");
        assert_eq!(moved(&world.sync())[0][1], usize::from(on));
        world.assert_equal();
    }
}

/// a digest after the formula of SyncML 1.0 in a session of 1.2.
#[test]
fn md5_variants() {
    for (mut world, on) in both(|profile| profile.md5_variants = true) {
        let mut nonce: Option<Nonce> = None;
        let done = exchange(&mut world, |side, message| match side {
            Side::Remote => {
                let mut statuses = message.body.commands.iter();
                nonce = statuses.find_map(|command| match command {
                    Command::Status(status) => status.chal.as_ref()?.meta.next_nonce.clone(),
                    _ => None,
                });
            }
            Side::Local => {
                if message.hdr.cred.is_some() {
                    let mut md5 = Md5::new();
                    md5.update(format!("{USER}:{PASSWORD}:"));
                    md5.update(nonce.as_ref().unwrap().as_bytes());
                    message.hdr.cred = Some(Box::new(Cred::new(Cred::MD5, &md5.finalize())));
                }
            }
        });
        let expected = match on {
            true => Closed::Complete,
            false => Closed::Aborted(StatusCode::INVALID_CREDENTIALS),
        };
        assert_eq!(done.client, Some(expected));
    }
    // The recorded one is of that formula.
    let fixture = testdata::all(testdata::Kind::Quirk)
        .find(|f| f.name.ends_with("q-201-digest-formula-1.0.xml"));
    let text = String::from_utf8_lossy(fixture.expect("a fixture").bytes).into_owned();
    let digest = text
        .split("</Meta><Data>")
        .nth(1)
        .and_then(|rest| rest.split("</Data>").next());
    assert_eq!(
        base64::decode_lenient(digest.unwrap()).map(|octets| octets.len()),
        Some(16)
    );
}

fn chosen(exchange: &Exchange, side: Side) -> Vec<(String, String)> {
    let of = |notice: &Notice| match notice {
        Notice::Profile { rule, why } => Some((rule.to_string(), why.clone())),
        _ => None,
    };
    exchange.notices(side).filter_map(of).collect()
}

/// Each rule that comes with the crate is found by what such peers say of themselves, once, with the reason; a session
/// with them goes on, and the next one knows it before contact.
#[test]
fn built_in() {
    let mut used = BTreeSet::new();
    for (device, man, model, sw_v, rule) in [
        (
            "sc-1",
            "Patrick Ohly",
            "SyncEvolution",
            "1.5.3",
            "SyncEvolution",
        ),
        (
            "x",
            "Synthesis AG",
            "SySync Server",
            "3.4",
            "libsynthesis by maker",
        ),
        (
            "x",
            "Somebody",
            "Synthesis PDA",
            "3.4",
            "libsynthesis by model",
        ),
        (
            "x",
            "Somebody",
            "Something",
            "synthesis 3.4",
            "libsynthesis by version",
        ),
        (
            "x",
            "Sony Ericsson",
            "P910i",
            "R1",
            "Sony Ericsson P900, P910",
        ),
        ("x", "SonyEricsson", "P800", "R1", "Sony Ericsson P800"),
        ("x", "Nokia", "Nokia 9210", "R1", "Nokia 9210"),
        ("fol-4711", "x", "y", "z", "Funambol Outlook plug-in"),
        ("x", "Oracle Corporation", "y", "z", "Oracle"),
        ("x", "Starfish", "y", "z", "Starfish"),
    ] {
        let mut world = World::new();
        world.client_config.device.id = device.into();
        world.client_config.device.man = man.into();
        world.client_config.device.model = model.into();
        world.client_config.device.sw_v = sw_v.into();
        world.add_client("One");
        for known in [false, true] {
            let done = exchange(&mut world, plain);
            let found = chosen(&done, Side::Remote);
            assert_eq!(found.len(), 1, "{rule} {known}: {found:?}");
            assert_eq!(found[0].0, rule);
            assert!(found[0].1.contains("is like"), "{found:?}");
            assert_eq!(done.client, Some(Closed::Complete));
        }
        used.insert(rule.to_owned());
    }
    // A server by its URL.
    let mut world = World::new();
    world.client_config.server = "http://sync.zyb.com/".into();
    let done = exchange(&mut world, plain);
    assert_eq!(chosen(&done, Side::Local)[0].0, "ZYB");
    used.insert("ZYB".to_owned());
    let all: BTreeSet<_> = Rule::built_in()
        .iter()
        .map(|rule| rule.name.to_string())
        .collect();
    assert_eq!(used, all, "a rule without a test");
    // Our own engines are like nobody.
    let done = exchange(&mut World::new(), plain);
    assert!(chosen(&done, Side::Local).is_empty() && chosen(&done, Side::Remote).is_empty());
}

/// A caller's rules are followed in their order; the profile survives the snapshot.
#[test]
fn rules_of_the_caller() {
    let mut world = world(None);
    let profile = Profile::default();
    let mut gone = profile.clone();
    gone.delete_gone = StatusCode::OK;
    world.server_config.rules = vec![
        Rule::new("other", profile.clone()).with_device(Pattern::new("urn:x-dev:phone*")),
        Rule::new("mine", gone).with_device(Pattern::new("urn:x-dev:tablet-6")),
        Rule::new("tablet", profile)
            .with_device(Pattern::new("urn:x-dev:*"))
            .with_man(Pattern::new("sync*")),
    ]
    .into();
    let done = exchange(&mut world, plain);
    // By identity alone nothing fits: the third asks for the maker, which comes later.
    let found = chosen(&done, Side::Remote);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "tablet");
    assert!(found[0].1.contains("Man \"syncml\""), "{found:?}");
    world.add_client("x");
    world.client.add(USER, NAMES[0].0, card("y"));
    world.sync();
}

//! Sessions that a server asks for.

mod common;

use common::{NAMES, PASSWORD, USER, World, ended, moved};
use ds_protocol::testing::Transcript;
use ds_protocol::{
    Alerted, AuthScheme, Closed, Credentials, Link, Notice, Notification, Side, SlowReason,
    SyncType,
};
use syncml_devinf::Version;
use syncml_meta::Nonce;
use syncml_repr::{AlertCode, Command, Message, StatusCode, decode, encode};
use syncml_wbxml::{Encoding, Limits};

/// Through an encoder and back, as over the wire.
fn sent(message: &Message, encoding: Encoding) -> Message {
    let bytes = encode(message, encoding).unwrap();
    decode(&bytes.into(), encoding, &Limits::default()).unwrap()
}

/// The two are in step, and each has changed something.
fn changed() -> World {
    let mut world = World::new();
    world.add_client("Mine;Old");
    world.sync();
    world.add_client("Mine;New");
    world.add_server("Theirs;New");
    world
}

/// What the server asks for.
fn asking(world: &World, alerts: &[(&str, SyncType)]) -> Notification {
    let mut asked = Notification::new("77", world.client_config.server.clone());
    let alerts = alerts.iter();
    asked.alerts = alerts
        .map(|(name, sync_type)| Alerted::new(*name, *sync_type))
        .collect();
    asked
}

/// The session that answers a notification.
fn answered(world: &mut World, asked: &Notification) -> Transcript {
    let mut pair = world.pair();
    let config = world.client_config.clone().alerted(asked);
    pair.client = config.expect("a session").into();
    pair.run(&mut world.client, &mut world.server)
}

fn messages(transcript: &Transcript) -> Vec<Message> {
    let messages = transcript.messages();
    messages
        .map(|bytes| decode(bytes, transcript.encoding, &Limits::default()).unwrap())
        .collect()
}

fn alerts(message: &Message) -> Vec<(u16, String)> {
    let commands = message.body.commands.iter();
    commands
        .filter_map(|command| match command {
            Command::Alert(alert) => {
                let target = alert.items[0].target_uri().unwrap_or_default();
                Some((alert.code?.get(), target.to_owned()))
            }
            _ => None,
        })
        .collect()
}

/// SAN-006, DS-S-007: package 0 of SyncML 1.0 and 1.1 says what it is made of, in both encodings.
#[test]
fn written_and_read() {
    for version in [Version::V1_0, Version::V1_1] {
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let mut asked = Notification::new("5", "http://pim.marina.example/syncml");
            for sync_type in SyncType::ALL {
                if sync_type != SyncType::Slow {
                    let alerted = Alerted::new(sync_type.name(), sync_type);
                    asked.alerts.push(alerted.with_media_type("text/x-vcard"));
                }
            }
            let message = sent(&asked.to_message(version, "IMEI:1"), encoding);
            assert_eq!(message.hdr.version(), Some(version));
            assert_eq!(message.hdr.msg_id.get(), 1);
            assert!(message.body.is_final);
            let codes: Vec<u16> = alerts(&message).iter().map(|alert| alert.0).collect();
            assert_eq!(codes, [206, 207, 208, 209, 210]);
            assert_eq!(Notification::from_message(&message), Some(asked));
        }
    }
}

/// SAN-006: what others write: an Alert for each datastore or several Items in one, with and without Target, and things
/// that ask for no session.
#[test]
fn read() {
    let fixture = testdata::get("message/notification-1.1.wbxml").expect("there");
    let message = decode(&fixture.bytes.into(), Encoding::Wbxml, &Limits::default()).unwrap();
    let asked = Notification::from_message(&message).unwrap();
    assert_eq!(asked.session_id.as_str(), "5");
    assert_eq!(asked.server, "http://pim.marina.example/syncml");
    let card = Alerted::new("card", SyncType::TwoWay).with_media_type("text/x-vcard");
    let cal = Alerted::new("cal", SyncType::OneWayFromServer).with_media_type("text/x-vcalendar");
    assert_eq!(asked.alerts, [card.clone(), cal]);

    let mut grouped = message.clone();
    let Command::Alert(second) = grouped.body.commands.remove(1) else {
        panic!("two Alerts")
    };
    let Command::Alert(first) = &mut grouped.body.commands[0] else {
        panic!("two Alerts")
    };
    first.items.extend(second.items);
    let types: Vec<_> = Notification::from_message(&grouped).unwrap().alerts;
    assert!(
        types
            .iter()
            .all(|alerted| alerted.sync_type == SyncType::TwoWay)
    );
    assert_eq!(types.len(), 2);

    // Neither the codes of clients nor an Alert without a datastore.
    for code in [200, 205, 222, 999] {
        let Command::Alert(alert) = &mut grouped.body.commands[0] else {
            panic!("an Alert")
        };
        alert.code = Some(AlertCode::new(code));
        assert_eq!(Notification::from_message(&grouped), None, "{code}");
    }
    let mut nothing = message;
    nothing.body.commands.truncate(1);
    if let Command::Alert(alert) = &mut nothing.body.commands[0] {
        alert.items[0].source = None;
    }
    assert_eq!(Notification::from_message(&nothing), None);
}

/// DS-C-007, DS-C-016, SAN-003, SAN-005: the session has the id it was asked for under, and asks for the datastores
/// that were named, in the way that was named, with the codes of clients.
#[test]
fn starts_a_session() {
    for (by_server, code, expected) in [
        (SyncType::TwoWay, 200, [[1, 0, 0, 0], [1, 0, 0, 0]]),
        (SyncType::OneWayFromClient, 202, [[0; 4], [1, 0, 0, 0]]),
        (SyncType::OneWayFromServer, 204, [[1, 0, 0, 0], [0; 4]]),
    ] {
        let mut world = changed();
        let asked = asking(&world, &[("./Contacts", by_server)]);
        let done = answered(&mut world, &asked);
        assert_eq!(done.client, Some(Closed::Complete), "{done}");
        let first = &messages(&done)[0];
        assert_eq!(first.hdr.session_id.as_str(), "77");
        assert_eq!(alerts(first), [(code, "./contacts".to_owned())]);
        assert!(asked.began(&first.hdr));
        assert_eq!(moved(&done), expected, "{done}");
    }
}

/// SAN-007: what is not known is left out; where nothing is left, nobody answers. No datastores: all of them.
#[test]
fn unknown_datastores() {
    let world = changed();
    let config = &world.client_config;
    let both = [
        ("recipes", SyncType::TwoWay),
        ("calendar", SyncType::TwoWay),
    ];
    let some = config.clone().alerted(&asking(&world, &both)).unwrap();
    assert_eq!(some.requests.len(), 1);
    assert_eq!(some.requests[0].remote, "calendar");
    assert_eq!(config.clone().alerted(&asking(&world, &both[..1])), None);
    let all = config.clone().alerted(&asking(&world, &[])).unwrap();
    assert_eq!(all.requests, config.requests);
    // A session without a number has one of the client's own.
    for none in ["", "0"] {
        let asked = Notification::new(none, "hub");
        let own = config.clone().alerted(&asked).unwrap();
        assert_eq!(own.session_id, config.session_id);
    }
}

/// MEM-T-014: what would take something away from the client goes on where its user agrees, and nowhere else.
#[test]
fn a_refresh_needs_leave() {
    for (by_server, agrees) in [
        (SyncType::RefreshFromServer, true),
        (SyncType::RefreshFromServer, false),
        (SyncType::RefreshFromClient, true),
        (SyncType::RefreshFromClient, false),
    ] {
        let mut world = changed();
        // Even where the caller is used to send everything.
        world.client_config.requests[0].sync_type = SyncType::Slow;
        let agreement = match agrees {
            true => |_: &Link, _, _| true,
            false => |_: &Link, _, _| false,
        };
        world.client = world.client.with_agreement(agreement);
        let asked = asking(&world, &[("contacts", by_server)]);
        let done = answered(&mut world, &asked);
        let told = done.notices(Side::Local).any(|notice| {
            matches!(
                notice,
                Notice::Settled { sync_type, reason: Some(SlowReason::PeerAsked), .. } if *sync_type == by_server
            )
        });
        assert_eq!(told, agrees, "{done}");
        if agrees {
            world.assert_equal();
        } else {
            assert_eq!(
                ended(&done),
                [(NAMES[0].0.to_owned(), StatusCode::FORBIDDEN)]
            );
            assert_eq!(moved(&done), [[0; 4]; 2]);
        }
    }
}

/// DS-S-007: the server goes on from the message it has sent, and knows the session by its id, in either reading.
#[test]
fn the_server_goes_on() {
    let mut world = changed();
    let asked = asking(&world, &[("contacts", SyncType::TwoWay)]);
    world.server_config.notified = true;
    let done = answered(&mut world, &asked);
    assert_eq!(done.client, Some(Closed::Complete), "{done}");
    let ids = messages(&done)
        .into_iter()
        .map(|message| message.hdr.msg_id.get());
    assert_eq!(ids.collect::<Vec<_>>(), [1, 2, 2, 3, 3, 4]);
    world.assert_equal();

    let mut hdr = messages(&done)[0].hdr.clone();
    for (id, ours) in [
        ("77", true),
        ("4D", true),
        ("4d", true),
        ("78", false),
        ("x", false),
    ] {
        hdr.session_id = id.into();
        assert_eq!(asked.began(&hdr), ours, "{id}");
    }
}

/// SAN-002, in the form of 1.1: a client sees who asks by the credentials of the message.
#[test]
fn signed() {
    let world = changed();
    let hub = Credentials::new("hub", "reed-42");
    let nonce = Nonce::new(b"nonce".to_vec());
    for scheme in [AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Mac] {
        for version in [Version::V1_0, Version::V1_1] {
            let asked = asking(&world, &[("contacts", SyncType::TwoWay)]);
            let mut message = asked.to_message(version, "/");
            assert!(!Notification::is_signed_by(&message, &hub, Some(&nonce)));
            Notification::sign(&mut message, &hub, scheme, Some(nonce.clone()));
            let message = sent(&message, Encoding::Wbxml);
            let holds = |server: &Credentials, nonce: Option<&Nonce>| {
                Notification::is_signed_by(&message, server, nonce)
            };
            assert!(holds(&hub, Some(&nonce)), "{scheme:?} {version:?}");
            assert!(!holds(&Credentials::new("hub", PASSWORD), Some(&nonce)));
            assert!(!holds(&Credentials::new(USER, "reed-42"), Some(&nonce)));
            let basic = scheme == AuthScheme::Basic;
            let other = Nonce::new(b"other".to_vec());
            assert_eq!(holds(&hub, Some(&other)), basic);
            assert_eq!(holds(&hub, None), basic);
        }
    }
    // A digest is not made without a nonce.
    let mut message = asking(&world, &[]).to_message(Version::V1_1, "/");
    Notification::sign(&mut message, &hub, AuthScheme::Md5, None);
    assert_eq!(message.hdr.cred, None);
}

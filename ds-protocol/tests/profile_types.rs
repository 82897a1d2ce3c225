//! Switches of profiles that change which types of sync and which filters go out, and what transports do; and that no
//! switch is without a test.

mod common;

use common::desk::{Desk, alert_with, codes};
use common::post::{Exchange, exchange};
use common::{NAMES, USER, World};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    AuthScheme, Closed, Device, Filter, FilterCaps, Notice, Profile, Rule, Side, SlowReason,
    SyncType, client, server,
};
use syncml_repr::{AlertCode, Command, Message, StatusCode};
use syncml_wbxml::Encoding;

/// A world of contacts alone, whose peers have this profile on both sides.
fn world(change: fn(&mut Profile)) -> World {
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    let mut profile = Profile::default();
    change(&mut profile);
    let rules = vec![Rule::new("everybody", profile)];
    world.client_config.rules = rules.clone().into();
    world.server_config.rules = rules.into();
    world
}

/// A switch off and on.
fn both(change: fn(&mut Profile)) -> [(World, bool); 2] {
    [(world(|_| ()), false), (world(change), true)]
}

fn plain(_: Side, _: &mut Message) {}

/// What the client asked for.
fn alerted(exchange: &Exchange) -> AlertCode {
    let mut commands = exchange.messages[0].1.body.commands.iter();
    let code = commands.find_map(|command| match command {
        Command::Alert(alert) => alert.code,
        _ => None,
    });
    code.expect("an Alert")
}

fn items(store: &MemoryStore, name: &str) -> usize {
    store.items(USER, name).count()
}

/// Every switch of a profile is set in a test.
#[test]
fn each_switch_has_a_test() {
    let all = serde_json::to_value(Profile::default()).unwrap();
    let tests = concat!(
        include_str!("profile.rs"),
        include_str!("profile_types.rs"),
        include_str!("busy.rs"),
        include_str!("tree.rs"),
    );
    for name in all.as_object().expect("named fields").keys() {
        let is_set = tests.contains(&format!("profile.{name} = "));
        assert!(is_set, "no test sets {name}");
    }
}

/// DS-C-008: changes go with the Alerts, where the server is known to take them, as soon as both are in step.
#[test]
fn takes_combined() {
    for (mut world, on) in both(|profile| profile.takes_combined = true) {
        world.client_config.auth = AuthScheme::Basic;
        world.sync();
        world.add_client("New");
        let done = exchange(&mut world, plain);
        let mut first = done.messages[0].1.body.commands.iter();
        assert_eq!(first.any(|it| matches!(it, Command::Sync(_))), on);
        world.assert_equal();
    }
}

/// a server that knows no refresh is asked for a slow sync and sent nothing; what it did not send is removed here.
#[test]
fn emulates_refresh() {
    for (mut world, on) in both(|profile| profile.emulates_refresh = true) {
        world.add_client("Both");
        world.sync();
        world.add_client("Mine");
        world.add_server("Theirs");
        world.client_config.requests[0].sync_type = SyncType::RefreshFromServer;
        let done = exchange(&mut world, plain);
        let expected = if on {
            AlertCode::SLOW
        } else {
            AlertCode::REFRESH_FROM_SERVER
        };
        assert_eq!(alerted(&done), expected);
        assert_eq!(done.codes(Side::Local, "Add"), [201, 201]);
        assert!(done.codes(Side::Remote, "Replace").is_empty());
        assert_eq!(items(&world.client, NAMES[0].0), 2);
        world.assert_equal();
        // What comes next needs nothing but the changes.
        world.client_config.requests[0].sync_type = SyncType::TwoWay;
        world.add_client("New");
        let next = exchange(&mut world, plain);
        assert_eq!(alerted(&next), AlertCode::TWO_WAY);
        assert_eq!(next.codes(Side::Remote, "Add"), [201]);
        world.assert_equal();
    }
}

/// such a refresh that was cut begins again: what the server takes for confirmed would not come, and be removed.
#[test]
fn a_refresh_that_is_emulated_begins_again() {
    let mut world = world(|profile| profile.emulates_refresh = true);
    world.client_config.sizes = common::sizes(2500);
    world.server_config.sizes = common::sizes(2500);
    for n in 0..20 {
        world.add_server(&format!("Theirs;{n}"));
    }
    world.client_config.requests[0].sync_type = SyncType::RefreshFromServer;
    let mut pair = world.pair();
    pair.suspend_before = Some(5);
    let first = pair.run(&mut world.client, &mut world.server);
    assert_eq!(first.client, Some(Closed::Suspended));
    let second = world.sync();
    assert!(!second.to_string().contains("<Data>225</Data>"), "{second}");
    assert_eq!(items(&world.client, NAMES[0].0), 20);
    world.assert_equal();
}

/// where anchors are lost, everything is compared; or taken from the server, in a session that follows, if the
/// caller agrees.
#[test]
fn recovers_by_refresh() {
    for lost_by in [Side::Local, Side::Remote] {
        for agrees in [true, false] {
            for (mut world, on) in both(|profile| profile.recovers_by_refresh = true) {
                world.add_client("Both");
                world.sync();
                let mine = world.add_client("Mine");
                world.add_server("Theirs");
                world.client = world.client.with_agreement(match agrees {
                    true => |_, _, _| true,
                    false => |_, asked, settled| asked == settled,
                });
                let done = exchange(&mut world, |side, message| {
                    for command in &mut message.body.commands {
                        if let Command::Alert(alert) = command
                            && side == lost_by
                            && let Some(meta) = alert.items[0].meta.as_mut()
                        {
                            let meta = std::sync::Arc::make_mut(meta);
                            meta.anchor.as_mut().unwrap().last = Some("nonsense".into());
                        }
                    }
                });
                let ended = done.notices(Side::Local).find_map(|notice| match notice {
                    Notice::DatastoreDone { status, .. } => Some(*status),
                    _ => None,
                });
                let expected = match (agrees, on) {
                    (false, _) => StatusCode::FORBIDDEN,
                    (true, true) => StatusCode::REFRESH_REQUIRED,
                    (true, false) => StatusCode::OK,
                };
                assert_eq!(ended, Some(expected), "{lost_by:?} {agrees} {on}");
                if !agrees {
                    continue;
                }
                let next = exchange(&mut world, plain);
                let asked = if on {
                    AlertCode::REFRESH_FROM_SERVER
                } else {
                    AlertCode::TWO_WAY
                };
                assert_eq!(alerted(&next), asked, "{lost_by:?}");
                let reason = next.notices(Side::Local).find_map(|notice| match notice {
                    Notice::Settled { reason, .. } => *reason,
                    _ => None,
                });
                assert_eq!(reason, on.then_some(SlowReason::AnchorMismatch));
                // What was here alone is what a refresh costs.
                let mut left = world.client.items(USER, NAMES[0].0);
                assert_eq!(left.any(|(id, _)| *id == mine), !on);
                drop(left);
                world.assert_equal();
                assert_eq!(alerted(&exchange(&mut world, plain)), AlertCode::TWO_WAY);
            }
        }
    }
}

/// a pair that never was in step has lost nothing: what is here alone goes to the server.
#[test]
fn a_first_sync_is_no_recovery() {
    let mut world = world(|profile| profile.recovers_by_refresh = true);
    world.add_client("Mine");
    world.add_server("Theirs");
    assert_eq!(alerted(&exchange(&mut world, plain)), AlertCode::SLOW);
    assert_eq!(items(&world.server, NAMES[0].1), 2);
    world.assert_equal();
}

/// FLT-002: an item's own id in a filter, as either family of servers reads it.
#[test]
fn bare_luid() {
    for (mut world, on) in both(|profile| profile.bare_luid = true) {
        let datastore = world.server_config.datastores[0].clone();
        world.server_config.datastores[0] = datastore.with_filter(FilterCaps::new(["SINCE"], []));
        world.server = world.server.with_filtering(|_| Ok(Box::new(|_, _| true)));
        world.sync();
        let wanted = "&LUID;&EQ;1012&OR;&luid;&EQ;10%3B23";
        world.client_config.requests[0].filter = Some(Filter::cgi("text/vcard", wanted));
        let done = exchange(&mut world, plain);
        let sent = String::from_utf8_lossy(&done.sent[0]).replace("&amp;", "&");
        let expected = if on {
            "&LUID&EQ;1012&OR;&luid&EQ;10%3B23"
        } else {
            wanted
        };
        assert!(sent.contains(expected), "{sent}");
    }
}

/// whoever sends a message is told that it must not go out a second time.
#[test]
fn no_resend() {
    for (mut world, on) in both(|profile| profile.no_resend = true) {
        let mut sent = 0;
        let config = std::sync::Arc::new(world.client_config.clone());
        let mut session = client::Session::new(config);
        let turn = ds_protocol::driver::turn(&mut session, &mut world.client, None, &mut |_| ());
        if let Some(transmit) = turn.unwrap().transmit {
            assert_eq!(transmit.once, on);
            sent += 1;
        }
        assert_eq!(sent, 1);
    }
}

/// a transport can see which clients do not wait long.
#[test]
fn short_keepalive() {
    for (mut world, on) in both(|profile| profile.short_keepalive = true) {
        let pair = world.pair();
        let mut client = client::Session::new(pair.client.clone());
        let turn = ds_protocol::driver::turn(&mut client, &mut world.client, None, &mut |_| ());
        let first = turn.unwrap().transmit.expect("a first message");
        let mut server = server::Session::new(pair.server.clone());
        assert!(!server.short_keepalive(), "nobody is known yet");
        let received = ds_protocol::Received::decode(
            first.bytes,
            first.encoding,
            &syncml_wbxml::Limits::default(),
        );
        ds_protocol::driver::turn(
            &mut server,
            &mut world.server,
            Some(received.unwrap()),
            &mut |_| (),
        )
        .unwrap();
        assert_eq!(server.short_keepalive(), on);
    }
}

/// DS-S-065: a phone whose session cannot be resumed is told that everything is compared, or, where it bears that and its
/// anchors match, that changes do (509).
#[test]
fn takes_override() {
    for on in [false, true] {
        let mut profile = Profile::default();
        profile.no_suspend = true;
        profile.takes_override = on;
        let mut desk = Desk::in_slow_sync();
        let empty = "<Sync><CmdID>1</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source></Sync><Final/>";
        desk.say(empty);
        desk.say("<Final/>");
        let datastores = [common::datastore("contacts", "text/vcard")];
        let config = server::Config::new(Device::new("hub", "server"), datastores);
        let config = config.with_auth(AuthScheme::Basic);
        let config = config.with_rules([Rule::new("phone", profile)]);
        for (last, expected) in [
            (Some("7"), [("509", 200), ("508", 201)]),
            (None, [("508", 201); 2]),
        ] {
            let (code, alerted) = expected[usize::from(!on)];
            desk = desk.next_session_of(config.clone());
            let answer = desk.say(&format!(
                "{}<Final/>",
                alert_with(1, 225, "contacts", last, "8")
            ));
            assert_eq!(
                codes(&answer)[1],
                format!("1 Alert {code}"),
                "{last:?} {on}"
            );
            let mut commands = answer.body.commands.iter();
            let offered = commands.find_map(|command| match command {
                Command::Alert(alert) => alert.code,
                _ => None,
            });
            assert_eq!(offered, Some(AlertCode::new(alerted)));
        }
    }
}

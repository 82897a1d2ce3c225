//! What every session must be like, requirement by requirement, and the list of all requirements.

mod common;

use std::collections::BTreeSet;
use std::path::Path;

use common::desk::{Desk, alert, codes, sync};
use common::post::{Exchange, each, exchange};
use common::{NAMES, USER, World, card, moved};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{Closed, Link, Notice, Side, Store, SyncType};
use syncml_repr::{AlertCode, Command, Data, Item, Locator, Message};
use syncml_wbxml::Encoding;

fn world() -> World {
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.auth = ds_protocol::AuthScheme::Basic;
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    world
}

fn plain(_: Side, _: &mut Message) {}

fn of(exchange: &Exchange, from: Side) -> Vec<Message> {
    let messages = exchange.messages.iter().filter(|(side, _)| *side == from);
    messages.map(|(_, message)| message.clone()).collect()
}

fn names(message: &Message) -> Vec<&str> {
    message.body.commands.iter().map(Command::name).collect()
}

/// DS-C-016, DS-C-017, DS-C-036: a session has its own id, messages are numbered from 1, and each says how large an
/// answer may be.
#[test]
fn headers_of_the_client() {
    let mut world = world();
    let sessions = [exchange(&mut world, plain), exchange(&mut world, plain)];
    let ids: BTreeSet<_> = sessions
        .iter()
        .map(|session| session.messages[0].1.hdr.session_id.as_str().to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    for session in &sessions {
        for (at, message) in of(session, Side::Local).iter().enumerate() {
            assert_eq!(message.hdr.msg_id.get() as usize, at + 1);
            assert_eq!(message.hdr.max_msg_size(), Some(65_536));
        }
    }
}

/// DS-C-018, DS-S-027, DS-S-028: one Alert for each datastore, without `Last` the first time; the server confirms the
/// client's `Next` and answers with its own Alert, the ends exchanged and anchors of its own.
#[test]
fn alerts() {
    let mut world = World::new().with_encoding(Encoding::Xml);
    for first in [true, false] {
        let done = exchange(&mut world, plain);
        let alerts = |from| -> Vec<_> {
            let messages = of(&done, from);
            let mut alerts: Vec<Item> = Vec::new();
            for message in &messages {
                for command in &message.body.commands {
                    if let Command::Alert(alert) = command {
                        alerts.extend(alert.items.iter().cloned());
                    }
                }
            }
            // Refused for want of credentials, package 1 goes out twice.
            alerts.split_off(alerts.len() - 2)
        };
        let (client, server) = (alerts(Side::Local), alerts(Side::Remote));
        let uri = |locator: &Option<Locator>| locator.as_ref().unwrap().loc_uri.clone();
        let anchor = |item: &Item| item.meta.as_ref().unwrap().anchor.clone().unwrap();
        for (ours, theirs) in client.iter().zip(&server) {
            assert_eq!(
                (uri(&ours.target), uri(&ours.source)),
                (uri(&theirs.source), uri(&theirs.target))
            );
            assert_eq!(anchor(ours).last.is_none(), first);
            assert_eq!(anchor(theirs).last.is_none(), first);
        }
        let echoed: Vec<_> = done
            .statuses(Side::Remote, "Alert")
            .into_iter()
            .rev()
            .take(2)
            .collect();
        for (status, item) in echoed.iter().rev().zip(&client) {
            let next = Data::next_anchor(anchor(item).next);
            assert_eq!(status.items[0].data, Some(next));
        }
    }
}

/// DS-C-019, DS-S-029: whatever message is the last one, anchors are the old ones or the new ones on each side, and the
/// client's are never ahead.
#[test]
fn anchors_move_at_the_end() {
    for cut in 1..4 {
        for answers in [false, true] {
            let mut world = world();
            world.sync();
            world.add_client("One");
            let link = Link::new(USER, "http://sync.example.net/ds", NAMES[0].0, NAMES[0].1);
            let before = world.client.open(&link).unwrap().last;
            let mut pair = world.pair();
            if answers {
                pair.lost_answers.push(cut);
            } else {
                pair.lost_requests.push(cut);
            }
            let transcript = pair.run(&mut world.client, &mut world.server);
            assert_ne!(transcript.client, Some(Closed::Complete));
            assert_eq!(
                world.client.open(&link).unwrap().last,
                before,
                "{cut} {answers}"
            );
        }
    }
}

/// DS-C-021: device information goes out the first time, when it has changed, and not in between.
#[test]
fn put_of_device_information() {
    let mut world = world();
    let puts = |world: &mut World| {
        let done = exchange(world, plain);
        let messages = of(&done, Side::Local);
        messages
            .iter()
            .any(|message| names(message).contains(&"Put"))
    };
    assert!(puts(&mut world));
    assert!(!puts(&mut world));
    world.client_config.device.sw_v = "2".into();
    assert!(puts(&mut world));
    assert!(!puts(&mut world));
}

/// DS-C-022, DS-S-044: a server that was told nothing asks, and the client answers with Results in its next package.
#[test]
fn get_of_the_server() {
    let mut world = world();
    let done = exchange(&mut world, |side, message| {
        if side == Side::Local {
            message
                .body
                .commands
                .retain(|command| !matches!(command, Command::Put(_)));
        }
    });
    assert!(names(&of(&done, Side::Remote)[0]).contains(&"Get"));
    assert!(names(&of(&done, Side::Local)[1]).contains(&"Results"));
    assert!(
        world
            .server
            .load_peer("urn:x-dev:tablet-5")
            .unwrap()
            .dev_inf
            .is_some()
    );
}

/// DS-C-023, DS-C-055: what the server says of itself is kept, from Results or Put; a server that says nothing is
/// synchronised with all the same.
#[test]
fn device_information_of_the_server() {
    let url = "http://sync.example.net/ds";
    let mut world = world();
    world.add_client("One");
    exchange(&mut world, plain);
    assert!(world.client.load_peer(url).unwrap().dev_inf.is_some());

    let mut world = self::world();
    world.add_client("One");
    let done = exchange(&mut world, |side, message| {
        if side == Side::Remote {
            message
                .body
                .commands
                .retain(|command| !matches!(command, Command::Results(_)));
        }
    });
    assert_eq!(done.client, Some(Closed::Complete));
    assert!(world.client.load_peer(url).unwrap().dev_inf.is_none());
    world.assert_equal();
}

/// DS-C-024, DS-C-025, DS-S-031: a Map names what the server's Adds have become, and nothing else: no Replace, no pair
/// of a slow sync. It is answered 200, and the pairs hold in the next session.
#[test]
fn maps() {
    let mut world = world();
    world.add_client("Both");
    world.add_server("Both");
    world.add_server("New");
    let done = exchange(&mut world, plain);
    let pairs = |done: &Exchange| {
        let mut pairs = 0;
        for message in of(done, Side::Local) {
            for command in &message.body.commands {
                if let Command::Map(map) = command {
                    pairs += map.items.len();
                }
            }
        }
        pairs
    };
    assert_eq!(pairs(&done), 1);
    assert_eq!(done.codes(Side::Remote, "Map"), [200]);
    let new = world
        .server
        .items(USER, NAMES[0].1)
        .last()
        .unwrap()
        .0
        .clone();
    world.server.put(USER, NAMES[0].1, new, card("Newer"));
    let done = exchange(&mut world, plain);
    assert_eq!(pairs(&done), 0);
    world.assert_equal();
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 2);
}

/// DS-C-026, DS-C-027: ids that nobody acknowledged come before the next Sync; in a slow sync they mean nothing.
#[test]
fn maps_of_an_earlier_session() {
    for slow in [false, true] {
        let mut world = world();
        world.sync();
        world.add_server("New");
        let mut pair = world.pair();
        pair.lost_requests.push(3);
        pair.run(&mut world.client, &mut world.server);
        world.client_config.resume = false;
        if slow {
            world.client_config.requests[0].sync_type = SyncType::Slow;
        }
        let done = exchange(&mut world, plain);
        let third = &of(&done, Side::Local)[1];
        let order: Vec<_> = names(third)
            .into_iter()
            .filter(|name| *name != "Status")
            .collect();
        assert_eq!(
            order,
            if slow {
                vec!["Sync"]
            } else {
                vec!["Map", "Sync"]
            }
        );
        world.assert_equal();
        assert_eq!(world.client.items(USER, NAMES[0].0).count(), 1);
    }
}

/// DS-S-039, DS-S-043: a server without changes says so in an empty Sync, with their number where the client asks
/// for it.
#[test]
fn empty_sync() {
    for counts in [true, false] {
        let mut world = world();
        world.sync();
        let mut record = world.server.load_peer("urn:x-dev:tablet-5").unwrap();
        let mut dev_inf = record.dev_inf.take().unwrap();
        dev_inf.support_number_of_changes = counts;
        record.dev_inf = Some(dev_inf);
        world
            .server
            .save_peer("urn:x-dev:tablet-5", record)
            .unwrap();
        let done = exchange(&mut world, plain);
        let syncs: Vec<_> = of(&done, Side::Remote)
            .iter()
            .flat_map(|message| message.body.commands.clone())
            .filter_map(|command| match command {
                Command::Sync(sync) => Some(sync),
                _ => None,
            })
            .collect();
        assert_eq!(syncs.len(), 1);
        assert!(syncs[0].commands.is_empty());
        assert_eq!(syncs[0].number_of_changes, counts.then_some(0));
    }
}

/// DS-S-072: package 2 ends when the Results for every Get and one Alert for every datastore are out, in however many
/// messages.
#[test]
fn package_2_is_complete() {
    let mut world = World::new().with_encoding(Encoding::Xml);
    world.client_config.sizes = common::sizes(2200);
    world.client_config.auth = ds_protocol::AuthScheme::Basic;
    let done = exchange(&mut world, plain);
    assert_eq!(done.client, Some(Closed::Complete));
    let mut owed = BTreeSet::from(["Results", "Alert"]);
    for message in of(&done, Side::Remote) {
        for name in names(&message) {
            owed.remove(name);
        }
        if message.body.is_final {
            assert!(owed.is_empty(), "{owed:?} after Final");
            break;
        }
    }
}

/// DS-C-037: each command of the server has one Status of the client, which names it and repeats its references.
#[test]
fn every_command_of_the_server_is_answered() {
    let mut world = world();
    world.add_server("One");
    world.add_server("Two");
    let done = exchange(&mut world, plain);
    let statuses: Vec<_> = of(&done, Side::Local)
        .iter()
        .flat_map(|message| message.body.commands.clone())
        .filter_map(|command| match command {
            Command::Status(status) => Some(status),
            _ => None,
        })
        .collect();
    let messages = of(&done, Side::Remote);
    let (_, answered) = messages.split_last().unwrap();
    for message in answered {
        let mut commands = message.body.commands.clone();
        each(&mut commands, &mut |command| {
            let Some(cmd_id) = command.cmd_id().filter(|_| command.name() != "Status") else {
                return;
            };
            let own = statuses.iter().filter(|status| {
                status.msg_ref == Some(message.hdr.msg_id) && status.cmd_ref == *cmd_id
            });
            let own: Vec<_> = own.collect();
            assert_eq!(own.len(), 1, "{command:?}");
            assert_eq!(own[0].cmd, command.name());
            if let Command::Modify(modify) = command {
                let uri = |locator: &Option<Locator>| {
                    locator
                        .iter()
                        .map(|l| l.loc_uri.clone())
                        .collect::<Vec<_>>()
                };
                let item = &modify.items[0];
                assert_eq!(own[0].target_refs.to_vec(), uri(&item.target));
                assert_eq!(own[0].source_refs.to_vec(), uri(&item.source));
            }
        });
    }
}

/// DS-S-015, DS-B-008: whatever stands below a header that can be read, the answer is one message; what is unknown is
/// refused or left aside, and what is known beside it is done.
#[test]
fn whatever_is_asked() {
    let alert = "<Alert><CmdID>9</CmdID><Data>201</Data><Item><Target><LocURI>contacts</LocURI></Target>\
                 <Source><LocURI>card</LocURI></Source><Foo>x</Foo></Item></Alert>";
    for body in [
        "",
        "<Final/>",
        "<Foo><CmdID>1</CmdID><Bar>x</Bar></Foo>",
        "<Alert><CmdID>1</CmdID></Alert>",
        "<Alert><CmdID>1</CmdID><Data>soon</Data></Alert>",
        "<Sync><CmdID>1</CmdID></Sync>",
        "<Add><CmdID>1</CmdID></Add>",
        "<Status><CmdID>1</CmdID><CmdRef>7</CmdRef><Cmd>Add</Cmd><Data>999</Data></Status>",
        "<Results><CmdID>1</CmdID><CmdRef>1</CmdRef></Results>",
    ] {
        let mut desk = Desk::new();
        let answer = desk.say(&format!("{body}{alert}"));
        let alerted = answer.body.commands.iter().any(|command| {
            matches!(command, Command::Status(status) if status.cmd_ref.as_str() == "9" && status.code.get() == 200)
        });
        assert!(alerted, "{body}: {answer:?}");
    }
}

/// DS-B-006: what the peer wants a person to read is told, and answered.
#[test]
fn display() {
    let mut world = world();
    let done = exchange(&mut world, |side, message| {
        if side == Side::Remote && message.hdr.msg_id.get() == 1 {
            let mut alert = syncml_repr::Alert::new("77", AlertCode::DISPLAY);
            alert.items = vec![Item::new().with_data("back at noon")];
            message.body.commands.push(alert.into());
        }
    });
    let shown = done
        .notices(Side::Local)
        .any(|notice| matches!(notice, Notice::Display { text } if text == "back at noon"));
    assert!(shown);
    let answer = done.statuses(Side::Local, "Alert");
    assert!(
        answer
            .iter()
            .any(|status| status.cmd_ref.as_str() == "77" && status.code.get() == 200)
    );
}

/// DS-B-010: statuses without MsgRef are about the last message.
#[test]
fn no_msg_ref() {
    let mut world = world();
    world.add_client("One");
    world.add_server("Two");
    let done = exchange(&mut world, |_, message| {
        for command in &mut message.body.commands {
            if let Command::Status(status) = command {
                status.msg_ref = None;
            }
        }
    });
    assert_eq!(done.client, Some(Closed::Complete));
    world.assert_equal();
    assert_eq!(moved(&world.sync()), [[0; 4]; 2]);
}

/// DS-B-011: statuses of items that come a message late still count.
#[test]
fn late_statuses() {
    let mut world = world();
    world.sync();
    world.add_client("One");
    let mut kept: Vec<Command> = Vec::new();
    // The server's answers to items wait for its next message.
    exchange(&mut world, |side, message| {
        if side == Side::Remote {
            let is_item = |command: &Command| matches!(command, Command::Status(status) if status.cmd == "Add" || status.cmd == "Replace");
            let late = std::mem::take(&mut kept);
            kept = message
                .body
                .commands
                .iter()
                .filter(|command| is_item(command))
                .cloned()
                .collect();
            message.body.commands.retain(|command| !is_item(command));
            message.body.commands.extend(late);
        }
    });
    assert_eq!(moved(&world.sync()), [[0; 4]; 2], "nothing is sent again");
    world.assert_equal();
}

/// DS-B-024: an Alert with several items has an answer for each.
#[test]
fn several_items_in_an_alert() {
    let mut desk = Desk::new();
    let item = |name: &str| {
        format!(
            "<Item><Target><LocURI>./{name}</LocURI></Target><Source><LocURI>./x-{name}</LocURI></Source>\
             <Meta><Anchor @><Next>7</Next></Anchor></Meta></Item>"
        )
    };
    let items: String = ["contacts", "nothing", "calendar"].map(item).concat();
    let answer = desk.say(&format!(
        "<Alert><CmdID>1</CmdID><Data>201</Data>{items}</Alert><Final/>"
    ));
    let statuses = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) if status.cmd == "Alert" => Some(status),
            _ => None,
        });
    let told: Vec<_> = statuses
        .map(|status| (status.target_refs[0].to_string(), status.code.get()))
        .collect();
    let expected = [("./contacts", 200), ("./nothing", 404), ("./calendar", 200)];
    assert_eq!(told, expected.map(|(uri, code)| (uri.to_owned(), code)));
    let alerts = answer.body.commands.iter();
    let alerts = alerts.filter(|command| matches!(command, Command::Alert(_)));
    assert_eq!(alerts.count(), 2, "one for each datastore that was found");
}

/// DS-B-007: codes that are no numbers are refused, or count as a refusal, and the session goes on.
#[test]
fn codes_that_are_no_numbers() {
    let mut desk = Desk::new();
    let strange = alert(1, 201, "contacts").replace("<Data>201<", "<Data>at once<");
    let answer = desk.say(&format!("{strange}{}<Final/>", alert(2, 201, "contacts")));
    assert_eq!(
        codes(&answer),
        ["0 SyncHdr 212", "1 Alert 400", "2 Alert 200"]
    );
    let alerted = answer
        .body
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Alert(alert) => Some(alert.cmd_id.as_str().to_owned()),
            _ => None,
        });
    let status = |data: &str| {
        format!(
            "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>{}</CmdRef><Cmd>Alert</Cmd><Data>{data}</Data></Status>",
            alerted.as_deref().unwrap()
        )
    };
    let answer = desk.say(&format!("{}{}", status("yes, gladly"), sync("")));
    // Whoever does not say yes says no: the datastore is given up, the message is answered all the same.
    assert_eq!(codes(&answer), ["0 SyncHdr 200", "2 Sync 400"]);
}

/// DS-B-009: one command with several items does what several commands do.
#[test]
fn several_items_in_a_command() {
    let mut world = world();
    for n in 0..3 {
        world.add_client(&format!("C;{n}"));
    }
    let done = exchange(&mut world, |side, message| {
        each(&mut message.body.commands, &mut |command| {
            if let (Side::Local, Command::Sync(sync)) = (side, command) {
                let mut items = Vec::new();
                for command in sync.commands.iter_mut() {
                    if let Command::Modify(modify) = command {
                        items.extend(std::mem::take(&mut modify.items));
                    }
                }
                sync.commands.truncate(1);
                if let Some(Command::Modify(modify)) = sync.commands.first_mut() {
                    modify.items = items.into_iter().collect();
                }
            }
        });
    });
    let refs: usize = done
        .statuses(Side::Remote, "Replace")
        .iter()
        .map(|status| status.source_refs.len())
        .sum();
    assert_eq!(refs, 3);
    assert_eq!(world.server.items(USER, NAMES[0].1).count(), 3);
}

/// DS-B-019: the same inputs give the same outputs.
#[test]
fn pure() {
    let run = || {
        let mut world = world();
        world.add_client("One");
        world.add_server("Two");
        let mut steps = world.sync().steps;
        steps.extend(world.sync().steps);
        steps
    };
    assert_eq!(run(), run());
}

/// DS-C-051: a session that is cut leaves what was carried out, and nothing else.
#[test]
fn aborted_sessions_change_nothing_else() {
    let mut world = world();
    world.add_client("Mine");
    world.add_server("Theirs");
    let before: Vec<_> = world
        .client
        .items(USER, NAMES[0].0)
        .map(|(id, content)| (id.clone(), content.clone()))
        .collect();
    let mut pair = world.pair();
    pair.lost_answers.push(1);
    pair.run(&mut world.client, &mut world.server);
    let after: Vec<_> = world
        .client
        .items(USER, NAMES[0].0)
        .map(|(id, content)| (id.clone(), content.clone()))
        .collect();
    assert_eq!(before, after);
    assert_eq!(MemoryStore::new().items(USER, NAMES[0].0).count(), 0);
}

/// Each requirement that the list marks as covered is named by a test.
#[test]
fn every_requirement_is_named() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let list = std::fs::read_to_string(root.join("testdata/CONFORMANCE.md")).unwrap();
    let mut named = BTreeSet::new();
    for folder in ["ds-protocol", "ds-host", "ds-objects", "san", "syncml-repr"] {
        collect(&root.join(folder), &mut named);
    }
    let mut rows = 0;
    for line in list.lines().filter(|line| line.starts_with("| DS-")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [id, what, state] = cells[..] else {
            panic!("three cells: {line}")
        };
        assert!(!what.is_empty(), "{id} says nothing");
        assert!(matches!(state, "covered" | "open"), "{line}");
        assert!(
            state == "open" || named.contains(id),
            "{id} is named by no test"
        );
        rows += 1;
    }
    assert_eq!(rows, 160, "requirements are added, never taken out");
}

/// Ids in the sources and scripts below a folder.
fn collect(folder: &Path, named: &mut BTreeSet<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                collect(&path, named);
            }
        } else if is_source(&path) {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            let ids = text
                .match_indices("DS-")
                .filter_map(|(at, _)| text.get(at..at + 8));
            named.extend(ids.map(str::to_owned));
        }
    }
}

fn is_source(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "rs" || extension == "py")
}

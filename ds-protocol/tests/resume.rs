//! Sessions that are cut or suspended, and the sessions that go on with them.

mod common;

use common::desk::{Desk, codes};
use common::{NAMES, USER, World, card, ended, event, moved, sizes};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Closed, Notice, Profile, Rule, Secret, Side, SlowReason, SyncType};
use syncml_repr::{AlertCode, Command, Message, StatusCode, decode};
use syncml_wbxml::Limits;

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

/// A session of this type. It may be cut.
fn run(world: &mut World, sync_type: SyncType, cut: Cut) -> Transcript {
    for request in &mut world.client_config.requests {
        request.sync_type = sync_type;
    }
    let mut pair = world.pair();
    match cut {
        Cut::Nowhere => {}
        Cut::Request(number) => pair.lost_requests.push(number),
        Cut::Answer(number) => pair.lost_answers.push(number),
        Cut::Suspended(number) => pair.suspend_before = Some(number),
    }
    pair.run(&mut world.client, &mut world.server)
}

#[derive(Clone, Copy, Debug)]
enum Cut {
    Nowhere,
    Request(usize),
    Answer(usize),
    Suspended(usize),
}

/// Two sides in step, then additions, an edit and a deletion on each, in more than one message.
fn changed(variant: Variant) -> World {
    let mut world = World::new().with_variant(variant);
    world.client_config.sizes = sizes(1500);
    world.server_config.sizes = sizes(1500);
    let mine = world.add_client("Mine;Old");
    let doomed = world.add_client("Mine;Doomed");
    let theirs = world.add_server("Theirs;Old");
    let lost = world.add_server("Theirs;Doomed");
    world.client.add(USER, NAMES[1].0, event("Breakfast"));
    world.sync();
    for n in 0..10 {
        world.add_client(&format!("Mine;{n}"));
        world.add_server(&format!("Theirs;{n}"));
    }
    let [client, server] = [NAMES[0].0, NAMES[0].1];
    assert!(world.client.put(USER, client, mine, card("Mine;Edited")));
    assert!(
        world
            .server
            .put(USER, server, theirs, card("Theirs;Edited"))
    );
    assert!(world.client.remove(USER, client, &doomed));
    assert!(world.server.remove(USER, server, &lost));
    world
}

fn messages(transcript: &Transcript, side: Side) -> Vec<Message> {
    let of_side = transcript.steps.iter().filter(|step| step.side == side);
    of_side
        .filter_map(|step| step.message.as_ref())
        .map(|bytes| decode(bytes, transcript.encoding, &Limits::default()).unwrap())
        .collect()
}

/// Alert codes of a message.
fn alerts(message: &Message) -> Vec<u16> {
    let commands = message.body.commands.iter();
    commands
        .filter_map(|command| match command {
            Command::Alert(alert) => alert.code.map(AlertCode::get),
            _ => None,
        })
        .collect()
}

/// Items that both sides have sent.
fn items_sent(transcript: &Transcript) -> usize {
    let both = [Side::Local, Side::Remote].map(|side| messages(transcript, side));
    let commands = both
        .iter()
        .flatten()
        .flat_map(|message| &message.body.commands);
    commands
        .map(|command| match command {
            Command::Sync(sync) => sync.commands.len(),
            _ => 0,
        })
        .sum()
}

/// Items that both sides have sent and know to have arrived.
fn items_acknowledged(transcript: &Transcript) -> usize {
    let told = [Side::Local, Side::Remote].map(|side| {
        let sent = transcript.notices(side);
        sent.filter(|notice| matches!(notice, Notice::Sent { .. }))
            .count()
    });
    told.iter().sum()
}

/// How many contacts are on one side only, or more than once on a side.
fn differ(world: &World) -> [usize; 2] {
    let [client, server] = world.contents(0);
    assert!(
        client
            .values()
            .chain(server.values())
            .all(|count| *count == 1),
        "doubled"
    );
    let only = |a: &std::collections::BTreeMap<Vec<u8>, usize>,
                b: &std::collections::BTreeMap<_, _>| {
        a.keys().filter(|text| !b.contains_key(*text)).count()
    };
    [only(&client, &server), only(&server, &client)]
}

/// The world after a session of this type that nothing has disturbed, and that session.
fn undisturbed(sync_type: SyncType) -> (World, Transcript) {
    let mut world = changed(Variant::Every);
    let whole = run(&mut world, sync_type, Cut::Nowhere);
    assert_eq!(whole.client, Some(Closed::Complete), "{whole}");
    (world, whole)
}

/// What the client's datastores have come to.
fn settled(transcript: &Transcript) -> Vec<SyncType> {
    let notices = transcript.notices(Side::Local);
    notices
        .filter_map(|notice| match notice {
            Notice::Resumed { sync_type, .. } | Notice::Settled { sync_type, .. } => {
                Some(*sync_type)
            }
            _ => None,
        })
        .collect()
}

/// Runs a session that is cut, then one that goes on; whether the first was cut at all.
fn goes_on(
    sync_type: SyncType,
    variant: Variant,
    cut: Cut,
    (expected, whole): &(World, Transcript),
) -> bool {
    let mut world = changed(variant);
    let first = run(&mut world, sync_type, cut);
    if first.client == Some(Closed::Complete) {
        return false;
    }
    let second = run(&mut world, sync_type, Cut::Nowhere);
    let told = format!("{sync_type:?} {cut:?} {variant:?}\n{first}\n{second}");
    assert_eq!(second.client, Some(Closed::Complete), "{told}");
    for (datastore, status) in ended(&second) {
        assert_eq!(status, StatusCode::OK, "{datastore} {told}");
    }
    assert!(differ(&world) == differ(expected), "{told}");
    // Also where the server has ended it and the client does not know it, nothing is compared that was not to be.
    assert_eq!(settled(&second), [sync_type; 2], "{told}");
    let all = items_sent(whole);
    let rest = items_sent(&second);
    assert!(
        rest + items_acknowledged(&first) <= all,
        "{rest} of {all} {told}"
    );
    let said = alerts(&messages(&second, Side::Local)[0]);
    if matches!(cut, Cut::Suspended(_)) && first.server == Some(Closed::Suspended) {
        assert_eq!(first.client, Some(Closed::Suspended), "{told}");
        assert!(said.iter().all(|code| *code == 225), "{told}");
    }
    // What this type of sync has left alone comes with the next, and then there is nothing more.
    let last = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
    assert_eq!(last.client, Some(Closed::Complete), "{told}");
    world.assert_equal();
    let quiet = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
    assert_eq!(moved(&quiet), QUIET, "{told}");
    true
}

/// DS-C-012, DS-C-046, DS-C-050, DS-S-012, DS-S-065, DS-S-068, DS-B-017: cut at every message, on its way there or
/// back, and taken up again: both sides end as if nothing had happened, and what had arrived does not go again.
#[test]
fn cut_at_every_message() {
    for sync_type in SyncType::ALL {
        let whole = undisturbed(sync_type);
        for variant in Variant::EACH {
            let mut number = 1;
            while goes_on(sync_type, variant, Cut::Answer(number), &whole) {
                // A request that never arrived is the same in every variant.
                if variant == Variant::Plain {
                    goes_on(sync_type, variant, Cut::Request(number), &whole);
                }
                number += 1;
            }
            assert!(number > 3, "{sync_type:?}");
        }
    }
}

/// DS-C-012, DS-S-012: left by will at every message, with Alert 224, and resumed with Alert 225.
#[test]
fn suspended_at_every_message() {
    for sync_type in SyncType::ALL {
        let whole = undisturbed(sync_type);
        for variant in Variant::EACH {
            let mut number = 1;
            while goes_on(sync_type, variant, Cut::Suspended(number), &whole) {
                number += 1;
            }
            assert!(number > 2, "{sync_type:?}");
        }
    }
}

/// PS 25.6, word for word: what the two sides say when a session is left and taken up.
#[test]
fn what_is_said() {
    for variant in Variant::EACH {
        let mut world = changed(variant);
        let first = run(&mut world, SyncType::Slow, Cut::Suspended(4));
        assert_eq!(first.client, Some(Closed::Suspended), "{first}");
        assert_eq!(first.server, Some(Closed::Suspended), "{first}");
        let (asked, answered) = (
            messages(&first, Side::Local),
            messages(&first, Side::Remote),
        );
        let (asked, answered) = (asked.last().unwrap(), answered.last().unwrap());
        assert_eq!(alerts(asked), [224]);
        assert!(asked.body.is_final && answered.body.is_final);
        let syncs = |message: &Message| {
            let mut commands = message.body.commands.iter();
            commands.any(|command| matches!(command, Command::Sync(_)))
        };
        assert!(!syncs(asked) && !syncs(answered), "{first}");
        assert!(alerts(answered).is_empty(), "{first}");
        assert!(
            codes(answered)
                .iter()
                .any(|code| code.ends_with("Alert 200")),
            "{first}"
        );
        let given_up: Vec<_> = ended(&first)
            .into_iter()
            .map(|(_, status)| status.get())
            .collect();
        assert_eq!(given_up, [514, 514]);

        let second = run(&mut world, SyncType::Slow, Cut::Nowhere);
        assert_eq!(alerts(&messages(&second, Side::Local)[0]), [225, 225]);
        let agreed = &messages(&second, Side::Remote)[0];
        assert_eq!(alerts(agreed), [201, 201], "{second}");
        for side in [Side::Local, Side::Remote] {
            let resumed = second.notices(side).filter(|notice| {
                matches!(
                    notice,
                    Notice::Resumed {
                        sync_type: SyncType::Slow,
                        ..
                    }
                )
            });
            assert_eq!(resumed.count(), 2, "{second}");
        }
    }
}

/// Before package 2 nothing is to be resumed, and in 1.1 nobody would understand.
#[test]
fn nothing_to_suspend() {
    let mut world = changed(Variant::Every);
    let first = run(&mut world, SyncType::Slow, Cut::Suspended(1));
    assert_eq!(first.client, Some(Closed::Suspended), "{first}");
    assert_eq!(messages(&first, Side::Local).len(), 1, "{first}");
    let second = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
    assert_eq!(alerts(&messages(&second, Side::Local)[0]), [200, 200]);

    let mut world = changed(Variant::Every);
    world.client_config.version = syncml_devinf::Version::V1_1;
    let first = run(&mut world, SyncType::Slow, Cut::Suspended(4));
    assert_eq!(first.client, Some(Closed::Suspended), "{first}");
    assert!(
        messages(&first, Side::Local)
            .iter()
            .all(|said| !alerts(said).contains(&224))
    );
    let second = run(&mut world, SyncType::Slow, Cut::Nowhere);
    assert_eq!(alerts(&messages(&second, Side::Local)[0]), [201, 201]);
    world.assert_equal();
}

/// The server loses what it knew of the client, and keeps its items.
fn forget(world: &mut World) {
    let mut fresh = MemoryStore::new().with_user(USER, Secret::Password(common::PASSWORD.into()));
    for (_, name, _) in NAMES {
        for (_, content) in world.server.items(USER, name) {
            fresh.add(USER, name, content.clone());
        }
    }
    world.server = fresh;
}

/// DS-C-012, DS-C-057: the server keeps nothing of the session: 508, and a slow sync from the start at once.
#[test]
fn refused_with_508() {
    for variant in Variant::EACH {
        let mut world = changed(variant);
        run(&mut world, SyncType::Slow, Cut::Answer(5));
        forget(&mut world);
        let second = run(&mut world, SyncType::Slow, Cut::Nowhere);
        assert_eq!(second.client, Some(Closed::Complete), "{second}");
        assert_eq!(alerts(&messages(&second, Side::Local)[0]), [225, 225]);
        // The same code in the Alert as for a resumed session.
        let refusals: Vec<_> = messages(&second, Side::Remote)
            .iter()
            .flat_map(codes)
            .filter(|code| code.ends_with("Alert 508"))
            .collect();
        assert_eq!(refusals.len(), 2, "{second}");
        let told = second.notices(Side::Remote).any(|notice| {
            matches!(
                notice,
                Notice::Settled {
                    reason: Some(SlowReason::NotResumable),
                    ..
                }
            )
        });
        assert!(told, "{second}");
        world.assert_equal();
        assert_eq!(differ(&world), [0, 0]);
        let quiet = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
        assert_eq!(moved(&quiet), QUIET);
    }
}

/// DS-C-061: items that had arrived are edited and deleted before the session goes on. Nothing of that is lost.
#[test]
fn changes_while_suspended() {
    for variant in [Variant::Plain, Variant::All] {
        for cut in 2..12 {
            for sync_type in [SyncType::TwoWay, SyncType::Slow] {
                let mut world = changed(variant);
                let first = run(&mut world, sync_type, Cut::Answer(cut));
                if first.client == Some(Closed::Complete) {
                    continue;
                }
                let edit = |store: &mut MemoryStore, name: &str, edited: &str, deleted: &str| {
                    let find = |store: &MemoryStore, text: &str| {
                        let mut items = store.items(USER, name);
                        let found = items.find(|(_, content)| {
                            String::from_utf8_lossy(&content.data).contains(&format!("{text}\r"))
                        });
                        found.unwrap().0.clone()
                    };
                    let id = find(store, edited);
                    assert!(store.put(USER, name, id, card(&format!("{edited} again"))));
                    let id = find(store, deleted);
                    assert!(store.remove(USER, name, &id));
                };
                edit(&mut world.client, NAMES[0].0, "Mine;0", "Mine;1");
                edit(&mut world.server, NAMES[0].1, "Theirs;0", "Theirs;1");
                for sync_type in [sync_type, SyncType::TwoWay] {
                    let transcript = run(&mut world, sync_type, Cut::Nowhere);
                    assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
                }
                world.assert_equal();
                let [client, _] = world.contents(0);
                let count = |text: &str| {
                    let same = client
                        .keys()
                        .filter(|key| String::from_utf8_lossy(key).contains(text));
                    same.count()
                };
                for text in ["Mine;0", "Theirs;0"] {
                    let told = format!("{text} {sync_type:?} cut at {cut}");
                    assert_eq!(count(&format!("N:{text} again\n")), 1, "{told}");
                    assert_eq!(count(&format!("N:{text}\n")), 0, "{told}");
                }
                // A slow sync that compares everything brings back what one side has deleted; one that goes on
                // does not.
                assert_eq!(differ(&world), [0, 0]);
                let quiet = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
                assert_eq!(moved(&quiet), QUIET);
            }
        }
    }
}

/// Cut, then cut again with or without a wish to resume, with a deletion between: whatever was meant by whom, the
/// two sides end up the same.
#[test]
fn both_sides_mean_the_same_session() {
    for first in [1, 2, 4, 7] {
        for second in [1, 2, 3, 5] {
            for wishes in [[true, false], [false, true], [true, true], [false, false]] {
                for lost_request in [false, true] {
                    let cut = |number| match lost_request {
                        true => Cut::Request(number),
                        false => Cut::Answer(number),
                    };
                    let mut world = changed(Variant::Every);
                    run(&mut world, SyncType::Slow, cut(first));
                    let id = world
                        .client
                        .items(USER, NAMES[0].0)
                        .nth(3)
                        .unwrap()
                        .0
                        .clone();
                    assert!(world.client.remove(USER, NAMES[0].0, &id));
                    world.client_config.resume = wishes[0];
                    run(&mut world, SyncType::TwoWay, cut(second));
                    let id = world
                        .server
                        .items(USER, NAMES[0].1)
                        .nth(3)
                        .unwrap()
                        .0
                        .clone();
                    assert!(world.server.remove(USER, NAMES[0].1, &id));
                    world.client_config.resume = wishes[1];
                    for _ in 0..2 {
                        let transcript = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
                        assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
                    }
                    assert_eq!(
                        differ(&world),
                        [0, 0],
                        "{first} {second} {wishes:?} {lost_request}"
                    );
                    let quiet = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
                    assert_eq!(moved(&quiet), QUIET, "{first} {second} {wishes:?}");
                }
            }
        }
    }
}

/// A one-way sync that had to begin afresh removes nothing, nor does the session after one that was cut.
#[test]
fn a_one_way_sync_does_not_become_a_refresh() {
    for (sync_type, left) in [
        (SyncType::OneWayFromClient, [0, 1]),
        (SyncType::OneWayFromServer, [1, 0]),
    ] {
        for number in 1..8 {
            let mut world = World::new();
            world.client_config.sizes = sizes(1500);
            world.server_config.sizes = sizes(1500);
            world.add_client("Mine;One");
            world.add_server("Theirs;One");
            let first = run(&mut world, sync_type, Cut::Answer(number));
            run(&mut world, sync_type, Cut::Nowhere);
            assert_eq!(differ(&world), left, "{number}\n{first}");
        }
    }
}

/// A refresh in which an item was refused is not taken up by one that would not know it: nothing is removed.
#[test]
fn a_refresh_that_lacks_an_item_is_not_resumed() {
    let lacking = || {
        let mut world = changed(Variant::Every);
        let strange = ds_protocol::Content::new("text/strange", "nothing that the server takes");
        world.client.add(USER, NAMES[0].0, strange);
        world
    };
    let whole = run(&mut lacking(), SyncType::RefreshFromClient, Cut::Nowhere);
    let mut world = lacking();
    let all_sent = Cut::Request(whole.messages().count() / 2 - 2);
    run(&mut world, SyncType::RefreshFromClient, all_sent);
    let second = run(&mut world, SyncType::RefreshFromClient, Cut::Nowhere);
    assert_eq!(moved(&second)[1][2], 0, "removed: {second}");
}

/// DS-S-064: a phone that has resumed and has nothing left forgets its Sync, and only asks for the next message.
#[test]
fn only_asking_counts_as_an_empty_sync() {
    let mut desk = Desk::new();
    desk.store.add(USER, "contacts", card("Theirs;One"));
    desk.say(&format!(
        "{}<Final/>",
        common::desk::alert(1, 201, "contacts")
    ));
    let sync = |rest: &str| {
        format!(
            "<Sync><CmdID>1</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source>{rest}</Sync>"
        )
    };
    let add = "<Add><CmdID>2</CmdID><Item><Source><LocURI>7</LocURI></Source><Data>BEGIN:VCARD</Data></Item></Add>";
    desk.say(&sync(add));
    // The phone loses the connection, and comes back.
    let mut desk = desk.next_session();
    let answer = desk.say(&format!(
        "{}<Final/>",
        common::desk::alert(1, 225, "contacts")
    ));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    assert_eq!(alerts(&answer), [201]);
    for round in 1..=4 {
        let answer = desk.say("<Alert><CmdID>1</CmdID><Data>222</Data></Alert>");
        let mut commands = answer.body.commands.iter();
        let goes_on = commands.any(|command| matches!(command, Command::Sync(_)));
        assert_eq!(goes_on, round == 4, "{round}: {answer:?}");
    }
    assert_eq!(desk.store.items(USER, "contacts").count(), 2);
}

/// DS-S-012: what cannot be resumed by a phone: in 1.1, what was ended, and what was asked for anew in between.
#[test]
fn what_a_server_refuses_to_resume() {
    use common::desk::alert;
    let mut desk = Desk::new();
    desk.say(&format!("{}<Final/>", alert(1, 203, "contacts")));
    let empty = "<Sync><CmdID>1</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source></Sync>";
    desk.say(empty);
    let mut other = desk.next_session();
    let answer = other.say_in("1.1", &format!("{}<Final/>", alert(1, 225, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 406"]);
    // A refresh is resumed as what it is.
    let mut other = other.next_session();
    let answer = other.say(&format!("{}<Final/>", alert(1, 225, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    assert_eq!(alerts(&answer), [203]);
    // Any other Alert ends it, although it is not followed up.
    let mut other = other.next_session();
    other.say(&format!("{}<Final/>", alert(1, 200, "contacts")));
    let mut other = other.next_session();
    let answer = other.say(&format!("{}<Final/>", alert(1, 225, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 508"]);
    assert_eq!(alerts(&answer), [201]);
}

/// DS-C-050, DS-S-065: the answer that ends a two-way sync is lost, again and again: each session that follows is told by the
/// server's `Last` that the one before has ended there, and nothing is compared.
#[test]
fn the_last_answer_is_lost() {
    let mut world = changed(Variant::Every);
    for round in 0..4 {
        let stores = (world.client.clone(), world.server.clone());
        let cut = (1..).find_map(|number| {
            (world.client, world.server) = stores.clone();
            let cut = run(&mut world, SyncType::TwoWay, Cut::Answer(number));
            assert_ne!(cut.client, Some(Closed::Complete), "{round} {cut}");
            (cut.server == Some(Closed::Complete)).then_some(cut)
        });
        let cut = cut.expect("a session that ends");
        let code = if round == 0 { 200 } else { 225 };
        let asked = alerts(&messages(&cut, Side::Local)[0]);
        assert_eq!(asked, [code, code], "{cut}");
        assert_eq!(settled(&cut), [SyncType::TwoWay; 2], "{cut}");
        world.add_client(&format!("After;{round}"));
    }
    let rest = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
    assert_eq!(settled(&rest), [SyncType::TwoWay; 2], "{rest}");
    world.assert_equal();
    assert_eq!(moved(&world.sync()), QUIET);
}

/// A client lost the last answer of a sync of changes, and then all that it knew of a refresh. It asks to go on with the
/// former, is offered the latter, and refuses that: once, and not for ever.
#[test]
fn what_a_client_refuses_to_resume() {
    for at in 2..=4 {
        let mut world = changed(Variant::Every);
        let stores = (world.client.clone(), world.server.clone());
        let ends = (1..).find(|number| {
            (world.client, world.server) = stores.clone();
            let cut = run(&mut world, SyncType::TwoWay, Cut::Answer(*number));
            cut.server == Some(Closed::Complete)
        });
        assert!(ends.is_some());
        let backup = world.client.clone();
        run(&mut world, SyncType::RefreshFromServer, Cut::Answer(at));
        world.client = backup;
        let first = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
        let asked = alerts(&messages(&first, Side::Local)[0]);
        assert_eq!(asked, [225, 225], "{at} {first}");
        let next = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
        assert_eq!(next.client, Some(Closed::Complete), "{at} {next}");
        world.assert_equal();
        assert_eq!(moved(&world.sync()), QUIET);
    }
}

/// A backup of a client's store, made at any moment of a session: the session that follows on it ends with both sides
/// equal, and nothing that is on one side is lost.
#[test]
fn a_restored_backup_loses_nothing() {
    let whole = messages(&undisturbed(SyncType::TwoWay).1, Side::Local).len();
    for at in 1..=whole {
        for more in [false, true] {
            let mut world = changed(Variant::Plain);
            run(&mut world, SyncType::TwoWay, Cut::Answer(at));
            let backup = world.client.clone();
            // It goes on here, and is restored then.
            run(&mut world, SyncType::TwoWay, Cut::Nowhere);
            if more {
                world.add_server("Theirs;Later");
                run(&mut world, SyncType::TwoWay, Cut::Nowhere);
            }
            let [_, server] = world.contents(0);
            world.client = backup;
            let next = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
            assert_eq!(next.client, Some(Closed::Complete), "{next}");
            run(&mut world, SyncType::TwoWay, Cut::Nowhere);
            world.assert_equal();
            let [client, _] = world.contents(0);
            let lost = server.keys().filter(|text| !client.contains_key(*text));
            assert_eq!(lost.count(), 0, "{at} {more} {next}");
        }
    }
}

/// The other way round: a backup of the server's store.
#[test]
fn a_restored_backup_of_a_server_loses_nothing() {
    let whole = messages(&undisturbed(SyncType::TwoWay).1, Side::Local).len();
    for at in 1..=whole {
        let mut world = changed(Variant::Plain);
        run(&mut world, SyncType::TwoWay, Cut::Answer(at));
        let backup = world.server.clone();
        run(&mut world, SyncType::TwoWay, Cut::Nowhere);
        let [client, _] = world.contents(0);
        world.server = backup;
        let next = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
        assert_eq!(next.client, Some(Closed::Complete), "{next}");
        run(&mut world, SyncType::TwoWay, Cut::Nowhere);
        world.assert_equal();
        let [after, _] = world.contents(0);
        let lost = client.keys().filter(|text| !after.contains_key(*text));
        assert_eq!(lost.count(), 0, "{at} {next}");
    }
}

/// DS-S-065: a client that can be told goes on with changes where nothing is to be resumed and the anchors match (509).
#[test]
fn overridden_with_509() {
    let mut profile = Profile::default();
    profile.no_suspend = true;
    let mut world = changed(Variant::Every);
    world.server_config.rules = vec![Rule::new("forgetful", profile)].into();
    let cut = run(&mut world, SyncType::TwoWay, Cut::Suspended(4));
    assert_eq!(cut.client, Some(Closed::Suspended), "{cut}");
    let next = run(&mut world, SyncType::TwoWay, Cut::Nowhere);
    assert_eq!(alerts(&messages(&next, Side::Local)[0]), [225, 225]);
    let answer = &messages(&next, Side::Remote)[0];
    let overridden = codes(answer);
    let overridden = overridden.iter().filter(|code| code.ends_with("Alert 509"));
    assert_eq!(overridden.count(), 2, "{next}");
    assert_eq!(alerts(answer), [200, 200]);
    assert_eq!(settled(&next), [SyncType::TwoWay; 2]);
    world.assert_equal();
    assert_eq!(moved(&world.sync()), QUIET);
}

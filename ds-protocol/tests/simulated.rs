//! What the simulator has found, each as a scenario of its own.

mod common;

use common::desk::{Desk, alert, codes, item, sync};
use common::post::exchange;
use common::{NAMES, USER, World, card};
use ds_protocol::testing::simulate::Plan;
use ds_protocol::{Closed, Side, SyncType};
use syncml_repr::Command;

/// DS-B-017: an Add that the client had already (418) stays paired, although its Map comes before that status.
#[test]
fn a_status_behind_its_map_does_not_unpair() {
    let mut world = World::new().with_variant(ds_protocol::testing::Variant::Plain);
    world.sync();
    world.add_server("Theirs;One");
    // The client takes the item, and its answer is lost.
    let mut pair = world.pair();
    pair.lost_requests.push(3);
    pair.run(&mut world.client, &mut world.server);
    let reordered = exchange(&mut world, |from, message| {
        if from == Side::Local {
            let statuses = |command: &Command| matches!(command, Command::Status(_));
            message.body.commands.sort_by_key(statuses);
        }
    });
    assert_eq!(reordered.client, Some(Closed::Complete));
    world.sync();
    world.sync();
    world.assert_equal();
    assert_eq!(world.contents(0)[0].len(), 1);
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 1);
}

/// DS-S-002: an item that is too large to be sent to the server in a slow sync is the one that the server has.
#[test]
fn what_was_too_large_to_be_compared_is_not_doubled() {
    let mut world = World::new();
    world.add_server(&format!("Large;{}", "x".repeat(5_000)));
    world.sync();
    world.server_config.sizes.max_obj_size = 4_000;
    world.client_config.requests[0].sync_type = SyncType::Slow;
    world.sync();
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 1);
    assert_eq!(world.server.items(USER, NAMES[0].1).count(), 1);
}

/// DS-S-002: what is new on both sides and says the same is one item, in a sync of changes, too.
#[test]
fn what_is_new_on_both_sides_is_one() {
    let mut world = World::new();
    world.sync();
    world.add_client("Same;One");
    world.add_server("Same;One");
    world.add_server("Other;One");
    world.sync();
    world.assert_equal();
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 2);
    world.sync();
    assert_eq!(world.server.items(USER, NAMES[0].1).count(), 2);
}

/// DS-B-011: a server that has missed a message does not take the end of an object for an item; it comes again as a whole.
#[test]
fn the_end_of_an_object_that_was_not_seen_is_refused() {
    let unseen = "<Item><Source><LocURI>7</LocURI></Source><Meta><Type @>text/vcard</Type></Meta><Data>rest</Data></Item>";
    // A client that says nothing of large objects sends none in parts: it only counts its messages in its own way.
    let kinds = [
        ("<MaxObjSize @>9000</MaxObjSize>", "3 Replace 424"),
        ("", "3 Replace 201"),
    ];
    for (says, told) in kinds {
        let mut desk = Desk::new();
        let begin = alert(1, 201, "contacts").replace("</Anchor>", &format!("</Anchor>{says}"));
        desk.say(&format!("{begin}<Final/>"));
        // The message with the beginning never came.
        desk.skip();
        let answer = desk.say(&sync(&item("Replace", 3, unseen)));
        let codes = codes(&answer);
        assert_eq!(codes.last().map(String::as_str), Some(told), "{codes:?}");
        let kept = usize::from(told.ends_with("201"));
        assert_eq!(desk.store.items(USER, "contacts").count(), kept);
    }
}

/// DS-S-002: a client of which the server can take no item, for their size alone, gets those of the server.
#[test]
fn large_items_do_not_keep_others_away() {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.client.add(USER, NAMES[0].0, card(&"x".repeat(5_000)));
    world.add_server("Theirs;One");
    world.server_config.sizes.max_obj_size = 4_000;
    world.client_config.version = syncml_devinf::Version::V1_0;
    world.sync();
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 2);
}

/// Plans that the simulator has cut down, each of which has failed: what it was that went wrong.
const PLANS: &[(&str, &str)] = &[
    // A server that has forgotten its last message threw away the Map for it, and sent the item as a new one.
    (
        "map_to_a_server_that_forgot",
        include_str!("plans/map_to_a_server_that_forgot.json"),
    ),
    // What a client has sent without an answer was not compared with what the server sent then.
    (
        "sent_and_not_answered",
        include_str!("plans/sent_and_not_answered.json"),
    ),
    // What a server has sent and the client refused was not compared with what the client sent then.
    (
        "refused_and_compared",
        include_str!("plans/refused_and_compared.json"),
    ),
    // The same, of an item that came in parts.
    (
        "large_and_compared",
        include_str!("plans/large_and_compared.json"),
    ),
    // A client of 1.1 forgot that the server may have an item that it never heard of again.
    (
        "deleted_after_no_answer",
        include_str!("plans/deleted_after_no_answer.json"),
    ),
    // A new item at the top was taken for one that stands elsewhere.
    (
        "moved_to_the_top_and_compared",
        include_str!("plans/moved_to_the_top_and_compared.json"),
    ),
    // A server that goes on with a session of which the device has begun the next one.
    (
        "two_sessions_of_a_device",
        include_str!("plans/two_sessions_of_a_device.json"),
    ),
    (
        "refresh_beside_a_slow_sync",
        include_str!("plans/refresh_beside_a_slow_sync.json"),
    ),
    // A server that had begun again with an older session began the slow sync again, and forgot what it had taken.
    (
        "slow_sync_that_began_twice",
        include_str!("plans/slow_sync_that_began_twice.json"),
    ),
    // The same, of a refresh.
    (
        "refresh_that_began_twice",
        include_str!("plans/refresh_that_began_twice.json"),
    ),
    // A client that kept its own of two states told its place alone.
    (
        "moved_and_changed",
        include_str!("plans/moved_and_changed.json"),
    ),
    // A slow sync that went on with nothing but what cannot be taken was given up, time after time.
    (
        "rest_that_cannot_be_taken",
        include_str!("plans/rest_that_cannot_be_taken.json"),
    ),
    // What a client was told to remove, without an answer, and was to have again, did not come back.
    (
        "out_of_the_filter_and_back",
        include_str!("plans/out_of_the_filter_and_back.json"),
    ),
    // A server's store could not note a temporary id that went out all the same: its Map said nothing, and the item came twice.
    (
        "temporary_id_that_was_not_noted",
        include_str!("plans/temporary_id_that_was_not_noted.json"),
    ),
    // A client had moved what the server had changed: it was sent what had won, and not where that stands.
    ("moved_and_lost", include_str!("plans/moved_and_lost.json")),
    // A merge of contents threw away where the client had put the item.
    (
        "moved_and_merged",
        include_str!("plans/moved_and_merged.json"),
    ),
    // The judge knew nothing of a state that lost a conflict and came back.
    (
        "folder_that_lost_a_conflict",
        include_str!("plans/folder_that_lost_a_conflict.json"),
    ),
];

/// DS-B-015, DS-B-017: `syncml simulate --plan FILE` tells each message by message.
#[test]
fn plans_that_have_failed() {
    for (name, json) in PLANS {
        let plan = Plan::from_json(json).expect(name);
        if let Err(broken) = plan.play() {
            panic!("{name}: {broken}\n{}", plan.transcript());
        }
        let again = Plan::from_json(&plan.to_json()).expect(name);
        assert_eq!(again, plan, "{name}");
    }
}

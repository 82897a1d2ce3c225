//! What the simulator has found, each as a scenario of its own.

mod common;

use common::desk::{Desk, alert, codes, item, sync};
use common::post::exchange;
use common::{NAMES, USER, World, card};
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

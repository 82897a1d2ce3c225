//! What becomes of single items: refused, held back, deleted in more than one way, copied, in groups.

mod common;

use common::hooked::Hooked;
use common::{NAMES, USER, World, card, moved};
use ds_protocol::testing::Transcript;
use ds_protocol::{Closed, Effect, Notice, Operation, Reply, Side, StoreFault};
use syncml_repr::StatusCode;

/// One session in which the client's store refuses operations.
fn sync_refusing(
    world: &mut World,
    refuse: impl FnMut(&Operation) -> Option<StatusCode>,
) -> Transcript {
    let pair = world.pair();
    let mut client = Hooked::refusing(&mut world.client, refuse);
    let transcript = pair.run(&mut client, &mut world.server);
    assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
    transcript
}

fn is_add(operation: &Operation) -> bool {
    matches!(operation, Operation::Add { .. })
}

/// PS 10.6: what a refused Add comes to in the next session, and after the item has changed.
#[test]
fn refused_items() {
    for (code, again) in [
        (408, true),
        (415, true),
        (417, true),
        (424, true),
        (500, true),
        (506, true),
        (510, true),
        (403, false),
        (405, false),
        (406, false),
        (412, false),
        (413, false),
        (414, false),
        (416, false),
        (425, false),
        (426, false),
        (427, false),
        (428, false),
    ] {
        let mut world = World::new();
        world.sync();
        let item = world.add_server("Heavy;One");
        world.add_server("Light;Two");
        let mut refused = false;
        let first = sync_refusing(&mut world, |operation| {
            let first = is_add(operation) && !std::mem::replace(&mut refused, true);
            first.then_some(StatusCode::new(code))
        });
        assert_eq!(moved(&first)[0][0], 1, "{code}: the other one arrives");
        let held = first
            .notices(Side::Remote)
            .any(|notice| matches!(notice, Notice::ItemHeld { item: held, .. } if *held == item));
        assert_eq!(held, !again, "{code}");
        assert!(
            first.notices(Side::Remote).any(|notice| matches!(
                notice,
                Notice::ItemRefused { item: refused, by: Side::Remote, status, .. }
                    if *refused == item && status.get() == code
            )),
            "{code}"
        );
        assert_eq!(
            moved(&world.sync())[0][0],
            usize::from(again),
            "{code}: the next session"
        );
        world
            .server
            .put(USER, NAMES[0].1, item, card("Lighter;One"));
        let third = world.sync();
        assert_eq!(moved(&third)[0][..2].iter().sum::<usize>(), 1, "{code}");
        world.assert_equal();
    }
}

/// DS-C-045, DS-S-042: a client that is full is sent no more new items in this session; everything else goes on, and
/// the rest comes in the next.
#[test]
fn full() {
    let mut world = World::new();
    world.client_config.sizes = common::sizes(3000);
    let known = world.add_server("Known;One");
    world.sync();
    for n in 0..80 {
        world.add_server(&format!("New;{n}"));
    }
    world
        .server
        .put(USER, NAMES[0].1, known, card("Known;Changed"));
    let mut room = 5;
    let mut asked = 0;
    let first = sync_refusing(&mut world, |operation| {
        if !is_add(operation) {
            return None;
        }
        asked += 1;
        let full = room == 0;
        room -= u32::from(!full);
        full.then_some(StatusCode::DEVICE_FULL)
    });
    assert!(asked < 40, "those of one message, not all: {asked}");
    assert_eq!(moved(&first)[0], [5, 1, 0, 0]);
    let second = world.sync();
    assert_eq!(moved(&second)[0], [75, 0, 0, 0]);
    world.assert_equal();
}

/// DS-S-058: an item that the server's store refuses fails alone, and comes again.
#[test]
fn one_fails() {
    let mut world = World::new();
    world.add_client("Good;One");
    world.add_client("Bad;Two");
    world.add_client("Good;Three");
    let pair = world.pair();
    let refuse = |operation: &Operation| match operation {
        Operation::Add { content, .. } if content.data.windows(3).any(|text| text == b"Bad") => {
            Some(StatusCode::DATA_STORE_FAILURE)
        }
        _ => None,
    };
    let mut server = Hooked::refusing(&mut world.server, refuse);
    let first = pair.run(&mut world.client, &mut server);
    drop(server);
    assert_eq!(moved(&first)[1][0], 2);
    assert_eq!(moved(&world.sync())[1][0], 1);
    world.assert_equal();
}

/// DS-S-063: a store that has no room for a chunk fails the object with its own status, and nothing else.
#[test]
fn no_room_for_a_chunk() {
    let mut world = World::new();
    world.client_config.sizes = common::sizes(3000);
    world.server_config.sizes = common::sizes(3000);
    world.add_client(&"Large".repeat(2000));
    world.add_client("Small;One");
    let pair = world.pair();
    let mut server = Hooked {
        inner: &mut world.server,
        hook: Box::new(|effect, _| match effect {
            Effect::StageChunk { offset, .. } if *offset > 0 => {
                let fault = StoreFault::new(StatusCode::DEVICE_FULL, "no room");
                Some(Err::<Reply, _>(fault))
            }
            _ => None,
        }),
    };
    let first = pair.run(&mut world.client, &mut server);
    drop(server);
    assert_eq!(first.client, Some(Closed::Complete), "{first}");
    assert!(first.notices(Side::Local).any(|notice| matches!(
        notice,
        Notice::ItemRefused {
            status: StatusCode::DEVICE_FULL,
            ..
        }
    )));
    assert_eq!(moved(&world.sync())[1][0], 2);
    world.assert_equal();
}

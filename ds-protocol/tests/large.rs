//! Items larger than a message, in both directions.

mod common;

use common::{NAMES, USER, World, moved};
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Content, ItemId, Side};
use syncml_devinf::Version;
use syncml_repr::{Command, Item, Message, Modify, decode};
use syncml_wbxml::{Encoding, Limits};

/// A card with a photo, whatever its size; line by line, as cards are.
fn photo(name: &str, size: usize) -> Content {
    let mut data = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name}\r\nPHOTO;ENCODING=b:\r\n");
    let mut number = 0u32;
    while data.len() < size {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        data.push_str(&format!(" {number:08x}<&>ö{number:08x}{number:08x}\r\n"));
    }
    data.push_str("END:VCARD\r\n");
    Content::new("text/vcard", data)
}

fn small(max: u64) -> World {
    let mut world = World::new();
    world.client_config.sizes = common::sizes(max);
    world.server_config.sizes = common::sizes(max);
    world
}

fn messages(transcript: &Transcript) -> Vec<(Side, Message)> {
    let steps = transcript.steps.iter();
    steps
        .filter_map(|step| {
            let bytes = step.message.as_ref()?;
            let message = decode(bytes, transcript.encoding, &Limits::default()).unwrap();
            Some((step.side, message))
        })
        .collect()
}

/// Item commands of one side, message by message.
fn items(transcript: &Transcript, side: Side) -> Vec<Vec<Modify>> {
    messages(transcript)
        .into_iter()
        .filter(|(from, _)| *from == side)
        .map(|(_, message)| {
            let commands = message.body.commands.into_iter();
            let syncs = commands.filter_map(|command| match command {
                Command::Sync(sync) => Some(sync.commands),
                _ => None,
            });
            syncs
                .flatten()
                .filter_map(|command| match command {
                    Command::Modify(modify) => Some(modify),
                    _ => None,
                })
                .collect()
        })
        .collect()
}

fn size(modify: &Modify) -> Option<u64> {
    modify.items[0].size(modify.meta.as_deref())
}

fn data_len(item: &Item) -> u64 {
    item.data.as_ref().map_or(0, |data| data.len() as u64)
}

/// What PS 13.1 says of the chunks of one side; how many there were.
fn check_chunks(transcript: &Transcript, side: Side, version: Version) -> usize {
    let mut count = 0;
    let mut open: Option<(Modify, u64, u64)> = None;
    for message in items(transcript, side) {
        for (place, modify) in message.iter().enumerate() {
            let item = &modify.items[0];
            let is_chunk = item.more_data || open.is_some();
            if !is_chunk {
                continue;
            }
            count += 1;
            assert_eq!(place + 1, message.len(), "a chunk ends its message");
            let meta = item.effective_meta(modify.meta.as_deref());
            match open.take() {
                None => {
                    let total = size(modify).expect("Size with the first chunk");
                    let position = (version == Version::V1_2).then_some(0);
                    assert_eq!(meta.data_pos(), position, "DS-C-060");
                    open = Some((modify.clone(), total, data_len(item)));
                }
                Some((first, total, sent)) => {
                    assert_eq!(size(modify), None, "Size with the first chunk only");
                    assert_eq!(first.kind, modify.kind);
                    assert_eq!(first.items[0].source, item.source);
                    assert_eq!(first.items[0].target, item.target);
                    let first_meta = first.items[0].effective_meta(first.meta.as_deref());
                    assert_eq!(first_meta.media_type, meta.media_type);
                    assert_eq!(first_meta.format, meta.format);
                    let sent = sent + data_len(item);
                    if item.more_data {
                        open = Some((first, total, sent));
                    } else {
                        assert_eq!(sent, total, "Size is what was transmitted");
                    }
                }
            }
        }
    }
    assert!(open.is_none(), "every object is complete");
    for (from, message) in messages(transcript) {
        let chunk = message.body.commands.iter().any(|command| {
            matches!(command, Command::Sync(sync) if sync.commands.iter().any(
                |child| matches!(child, Command::Modify(modify) if modify.items[0].more_data)))
        });
        if from == side && chunk {
            assert!(!message.body.is_final, "Final comes with the last chunk");
        }
    }
    count
}

/// Statuses of one side for item commands, in order.
fn item_codes(transcript: &Transcript, side: Side) -> Vec<u16> {
    messages(transcript)
        .iter()
        .filter(|(from, _)| *from == side)
        .flat_map(|(_, message)| &message.body.commands)
        .filter_map(|command| match command {
            Command::Status(status)
                if ["Add", "Replace", "Delete"].contains(&status.cmd.as_str()) =>
            {
                Some(status.code.get())
            }
            _ => None,
        })
        .collect()
}

/// DS-C-009, DS-C-010, DS-S-009, DS-S-010, DS-C-060: objects of many messages, among small items, as new items and as
/// changes, in both directions, encodings and versions, however the session is run.
#[test]
fn both_ways() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for version in [Version::V1_1, Version::V1_2] {
            let mut transcripts = Vec::new();
            for variant in Variant::EACH {
                let mut world = small(3000).with_encoding(encoding).with_variant(variant);
                world.client_config.version = version;
                let mine = world.client.add(USER, NAMES[0].0, photo("Mine", 15_000));
                world.add_client("Client;Small");
                world.client.add(USER, NAMES[0].0, photo("Mine too", 9_000));
                world.add_server("Server;Small");
                let theirs = world.server.add(USER, NAMES[0].1, photo("Theirs", 15_000));
                world
                    .server
                    .add(USER, NAMES[0].1, photo("Theirs too", 2_500));

                let first = world.sync();
                assert_eq!(moved(&first), [[3, 0, 0, 0], [3, 0, 0, 0]], "{first}");
                exact(&world);
                assert!(check_chunks(&first, Side::Local, version) > 8);
                assert!(check_chunks(&first, Side::Remote, version) > 4);
                for side in [Side::Local, Side::Remote] {
                    let codes = item_codes(&first, side);
                    assert!(
                        codes.iter().all(|code| [213, 201].contains(code)),
                        "{codes:?}"
                    );
                    assert_eq!(codes.iter().filter(|code| **code == 201).count(), 3);
                }

                let idle = world.sync();
                assert_eq!(idle.messages().count(), 6, "{idle}");

                world
                    .client
                    .put(USER, NAMES[0].0, mine, photo("Changed", 12_000));
                world
                    .server
                    .put(USER, NAMES[0].1, theirs, photo("Changed too", 12_000));
                let second = world.sync();
                assert_eq!(moved(&second), [[0, 1, 0, 0], [0, 1, 0, 0]], "{second}");
                exact(&world);
                transcripts.push([first, idle, second]);
            }
            let plain = &transcripts[0];
            for other in &transcripts[1..] {
                assert!(
                    plain
                        .iter()
                        .zip(other)
                        .all(|(plain, other)| plain.messages().eq(other.messages())),
                    "the same messages however the session is run"
                );
            }
        }
    }
}

/// The same octets on both sides: nothing folds line ends on its way.
fn exact(world: &World) {
    world.assert_equal();
    for (local, remote, _) in NAMES {
        for (_, content) in world.client.items(USER, local) {
            if content.data.len() > 3_000 {
                assert!(
                    world
                        .server
                        .items(USER, remote)
                        .any(|(_, other)| other == content)
                );
            }
        }
    }
}

/// DS-S-010: the sizes that make first, last and only chunks.
#[test]
fn every_size() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let mut world = small(2600).with_encoding(encoding);
        for size in (200..4_000).step_by(97) {
            world
                .client
                .add(USER, NAMES[0].0, photo(&format!("c{size}"), size));
            world
                .server
                .add(USER, NAMES[0].1, photo(&format!("s{size}"), size));
        }
        let transcript = world.sync();
        check_chunks(&transcript, Side::Local, Version::V1_2);
        check_chunks(&transcript, Side::Remote, Version::V1_2);
        exact(&world);
    }
}

/// DS-C-050: a session that is cut anywhere among the chunks is made up for.
#[test]
fn cut_among_chunks() {
    for cut in 1..12 {
        for answers in [false, true] {
            let mut world = small(2500);
            world.client.add(USER, NAMES[0].0, photo("Mine", 7_000));
            world.server.add(USER, NAMES[0].1, photo("Theirs", 7_000));
            let mut pair = world.pair();
            if answers {
                pair.lost_answers = vec![cut];
            } else {
                pair.lost_requests = vec![cut];
            }
            pair.run(&mut world.client, &mut world.server);
            world.sync();
            exact(&world);
            let ids: Vec<&ItemId> = world
                .client
                .items(USER, NAMES[0].0)
                .map(|item| item.0)
                .collect();
            assert_eq!(ids.len(), 2, "nothing twice");
        }
    }
}

//! What a client has room for: memory, items, the length of ids.

mod common;

use common::desk::{Desk, alert, item};
use common::hooked::Hooked;
use common::{NAMES, USER, World, card, moved};
use ds_protocol::testing::Variant;
use ds_protocol::{Content, Effect, ItemId, Notice, Reply, Side, Store};
use syncml_devinf::DsMem;
use syncml_meta::Mem;
use syncml_repr::{Command, Message, decode};
use syncml_wbxml::Limits;

/// A session in which the client's store tells what room there is in its contacts.
fn sync_with_room(world: &mut World, mem: Mem) -> ds_protocol::testing::Transcript {
    let pair = world.pair();
    let mut client = Hooked {
        inner: &mut world.client,
        hook: Box::new(move |effect, store| match effect {
            Effect::Open { link } if &*link.local == NAMES[0].0 => {
                let opened = store.open(link).map(|opened| opened.with_mem(Some(mem)));
                Some(opened.map(Reply::Opened))
            }
            _ => None,
        }),
    };
    pair.run(&mut client, &mut world.server)
}

/// DS-C-052, DS-S-042: the client tells its room with its first Sync, and is sent no more new items than that. The
/// rest is neither deleted nor counted as sent, and comes when there is room.
#[test]
fn free_room() {
    let size = card("New;0").data.len() as u64;
    for variant in Variant::EACH {
        for (free_mem, free_id, fits) in [
            (None, Some(0), 0),
            (None, Some(1), 1),
            (None, Some(3), 3),
            (None, Some(9), 5),
            (Some(0), None, 0),
            (Some(size - 1), None, 0),
            (Some(size), None, 1),
            (Some(3 * size + 5), Some(4), 3),
            (Some(100 * size), Some(2), 2),
            (None, None, 5),
        ] {
            let mut world = World::new().with_variant(variant);
            let known = world.add_server("Known;0");
            world.sync();
            for n in 0..5 {
                world.add_server(&format!("New;{n}"));
            }
            world.server.put(USER, NAMES[0].1, known, card("Known;1"));
            let transcript = sync_with_room(&mut world, Mem::new(free_mem, free_id));
            let case = format!("{free_mem:?} {free_id:?}\n{transcript}");
            assert_eq!(moved(&transcript)[0], [fits, 1, 0, 0], "{case}");
            let left = transcript.notices(Side::Remote);
            let left = left.filter(|notice| matches!(notice, Notice::NoRoom { .. }));
            let causes = left.map(|notice| notice.cause().expect("a decision").rule);
            assert_eq!(causes.count(), 5 - fits, "{case}");
            assert_eq!(world.server.items(USER, NAMES[0].1).count(), 6);
            assert_eq!(moved(&world.sync())[0], [5 - fits, 0, 0, 0], "{case}");
            world.assert_equal();
        }
    }
}

/// DS-C-052: the room stands in the first Sync, and not in what is not told.
#[test]
fn told_once() {
    let mut world = World::new();
    let transcript = sync_with_room(&mut world, Mem::new(Some(5000), Some(7)));
    let mems: Vec<Option<Mem>> = transcript
        .steps
        .iter()
        .filter(|step| step.side == Side::Local)
        .filter_map(|step| step.message.as_ref())
        .flat_map(|bytes| {
            let message = decode(bytes, transcript.encoding, &Limits::default()).unwrap();
            message.body.commands.into_iter()
        })
        .filter_map(|command| match command {
            Command::Sync(sync) => Some(sync.meta.as_ref().and_then(|meta| meta.mem)),
            _ => None,
        })
        .collect();
    assert_eq!(mems, [Some(Mem::new(Some(5000), Some(7))), None]);
}

/// What the server sends to a hand-made client that describes its datastores so, and says this in its Sync.
fn sent_to(described: &str, mem: &str, calendar: &str) -> [usize; 2] {
    let mut desk = Desk::new();
    for n in 0..4 {
        desk.store.add(USER, "contacts", card(&format!("c{n}")));
        desk.store
            .add(USER, "calendar", Content::new("text/calendar", "e"));
    }
    let store = |name: &str, mem: &str| {
        format!(
            "<DataStore><SourceRef>./x-{name}</SourceRef>\
             <Rx-Pref><CTType>text/vcard</CTType><VerCT>3.0</VerCT></Rx-Pref>\
             <Tx-Pref><CTType>text/vcard</CTType><VerCT>3.0</VerCT></Tx-Pref>{mem}\
             <SyncCap><SyncType>1</SyncType></SyncCap></DataStore>"
        )
    };
    let put = item(
        "Put",
        1,
        &format!(
            "<Meta><Type @>application/vnd.syncml-devinf+xml</Type></Meta><Item><Source><LocURI>./devinf12</LocURI></Source>\
             <Data><DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><DevID>phone</DevID><DevTyp>phone</DevTyp>{}{}\
             </DevInf></Data></Item>",
            store("contacts", described),
            store("calendar", described)
        ),
    );
    let alerts = alert(2, 201, "contacts") + &alert(3, 201, "calendar");
    desk.say(&format!("{put}{alerts}<Final/>"));
    let sync = |cmd_id: u32, name: &str, mem: &str| {
        format!(
            "<Sync><CmdID>{cmd_id}</CmdID><Target><LocURI>./{name}</LocURI></Target>\
             <Source><LocURI>./x-{name}</LocURI></Source>{mem}</Sync>"
        )
    };
    let answer = desk.say(&format!(
        "{}{}<Final/>",
        sync(1, "contacts", mem),
        sync(2, "calendar", calendar)
    ));
    ["./contacts", "./calendar"].map(|name| sent(&answer, name))
}

fn sent(answer: &Message, name: &str) -> usize {
    let syncs = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Sync(sync) => Some(sync),
            _ => None,
        });
    syncs
        .filter(|sync| {
            let source = sync.source.as_ref();
            source.is_some_and(|source| source.loc_uri == *name)
        })
        .map(|sync| sync.commands.len())
        .sum()
}

/// DS-S-042: what DevInf says of the memory counts until the Sync says what is free; memory that datastores share is
/// counted together.
#[test]
fn memory_of_device_information() {
    let mem = |inner: &str| format!("<Meta><Mem @>{inner}</Mem></Meta>");
    let ds = |inner: &str| format!("<DSMem>{inner}</DSMem>");
    for (described, free, calendar, expected) in [
        (String::new(), String::new(), String::new(), [4, 4]),
        (ds("<MaxID>2</MaxID>"), String::new(), String::new(), [2, 2]),
        (
            ds("<SharedMem/><MaxID>5</MaxID>"),
            String::new(),
            String::new(),
            [4, 1],
        ),
        (
            ds("<MaxID>2</MaxID>"),
            mem("<FreeMem>100000</FreeMem><FreeID>3</FreeID>"),
            String::new(),
            [3, 2],
        ),
        (
            String::new(),
            mem("<SharedMem/><FreeMem>100000</FreeMem><FreeId>3</FreeId>"),
            mem("<SharedMem/><FreeMem>100000</FreeMem><FreeID>3</FreeID>"),
            [3, 0],
        ),
    ] {
        let case = format!("{described} {free}");
        assert_eq!(sent_to(&described, &free, &calendar), expected, "{case}");
    }
}

/// DS-S-035: ids that are too long for a client go out under short names, until the Map has come; also where the Map
/// comes in the next session only.
#[test]
fn temporary_ids() {
    for lost in [false, true] {
        for variant in Variant::EACH {
            let mut world = World::new().with_variant(variant);
            world.sync();
            let long = ItemId::new("g".repeat(300));
            let short = ItemId::new("g".repeat(255));
            let name = NAMES[0].1;
            world.server.put(USER, name, long.clone(), card("Long;One"));
            world
                .server
                .put(USER, name, short.clone(), card("Short;One"));
            let mut pair = world.pair();
            // The message that holds the Map.
            pair.lost_requests = if lost { vec![3] } else { Vec::new() };
            let first = pair.run(&mut world.client, &mut world.server);
            assert_eq!(moved(&first)[0], [2, 0, 0, 0], "{first}");
            let said = format!("{first}");
            assert!(!said.contains(&format!("<LocURI>{}</LocURI>", long.as_str())));
            assert!(said.contains(&format!("<LocURI>{}</LocURI>", short.as_str())));
            if lost {
                world.sync();
            }
            // Both are paired: changes go to the very items, and nothing comes twice.
            assert!(world.server.put(USER, name, long, card("Long;Two")));
            let second = world.sync();
            assert_eq!(moved(&second), [[0, 1, 0, 0], [0; 4]], "{second}");
            world.assert_equal();
            assert_eq!(world.client.items(USER, NAMES[0].0).count(), 2);
        }
    }
}

/// DS-C-052, DS-S-042: a store that is bounded tells what is left of its room, and its device what there is in all; the
/// server sends no more, and what comes beyond it all the same is refused (420) and stays at the server.
#[test]
fn bounded_stores() {
    let size = card("New;0").data.len() as u64;
    for variant in Variant::EACH {
        for (max_mem, max_id) in [
            (None, Some(3)),
            (Some(3 * size + 5), None),
            (Some(9 * size), Some(3)),
        ] {
            let room = DsMem::new(max_mem, max_id);
            let mut world = World::new().with_variant(variant);
            world.client_config.requests.truncate(1);
            world.client = world.client.with_room(room);
            let request = &mut world.client_config.requests[0];
            request.datastore = request.datastore.clone().with_room(room);
            world.add_client("New;x");
            for n in 0..5 {
                world.add_server(&format!("New;{n}"));
            }
            let first = world.sync();
            let case = format!("{max_mem:?} {max_id:?}\n{first}");
            assert_eq!(moved(&first)[0], [2, 0, 0, 0], "{case}");
            let described = first.to_string();
            let told = |tag: &str, value: Option<u64>| {
                value.is_none_or(|value| described.contains(&format!("<{tag}>{value}</{tag}>")))
            };
            assert!(told("MaxMem", max_mem) && told("MaxID", max_id), "{case}");
            let left = max_mem.map(|octets| octets - size);
            assert!(
                told("FreeMem", left) && told("FreeID", max_id.map(|items| items - 1)),
                "{case}"
            );
            // Room is made here, and one more comes.
            let gone = world
                .client
                .items(USER, NAMES[0].0)
                .next()
                .unwrap()
                .0
                .clone();
            assert!(world.client.remove(USER, NAMES[0].0, &gone));
            let second = world.sync();
            assert_eq!(moved(&second)[0][0], 1, "{second}");
            assert_eq!(world.client.items(USER, NAMES[0].0).count(), 3);
            // A server that does not look at it.
            let pair = world.pair();
            let mut careless = Hooked {
                inner: &mut world.client,
                hook: Box::new(move |effect, store| match effect {
                    Effect::Open { link } => {
                        let opened = store
                            .open(link)
                            .map(|opened| opened.with_mem(Some(Mem::new(None, Some(99)))));
                        Some(opened.map(Reply::Opened))
                    }
                    _ => None,
                }),
            };
            let third = pair.run(&mut careless, &mut world.server);
            drop(careless);
            let refused = third.notices(Side::Local).filter(|notice| {
                matches!(notice, Notice::ItemRefused { status, .. } if status.get() == 420)
            });
            assert!(refused.count() >= 1, "{third}");
            assert_eq!(world.client.items(USER, NAMES[0].0).count(), 3);
            assert_eq!(world.server.items(USER, NAMES[0].1).count(), 5);
        }
    }
}

//! What becomes of single items: refused, held back, deleted in more than one way, copied, in groups.

mod common;

use common::desk::{Desk, alert, codes, item, sync};
use common::hooked::{Hook, Hooked};
use common::{NAMES, USER, World, card, datastore, moved};
use ds_protocol::testing::Transcript;
use ds_protocol::{
    Archiving, AuthScheme, Closed, Content, Datastore, Device, Effect, ItemId, Notice, Operation,
    Outcome, Reply, Side, StoreFault, Writes, server,
};
use syncml_repr::{Command, Message, StatusCode};

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

/// A server with one datastore, and a client that has `L1` and `L2` of it, in a two-way sync.
fn desk(version: &str, configure: impl Fn(Datastore) -> Datastore) -> Desk {
    let datastores = [configure(datastore("contacts", "text/vcard"))];
    let config =
        server::Config::new(Device::new("hub", "server"), datastores).with_auth(AuthScheme::Basic);
    let mut desk = Desk::of(config.clone());
    desk.say_in(version, &format!("{}<Final/>", alert(1, 201, "contacts")));
    let items = format!("{}{}", add(3, "L1", "one"), add(4, "L2", "two"));
    let answer = desk.say_in(version, &sync(&items));
    assert_eq!(codes(&answer)[2..], ["3 Add 201", "4 Add 201"]);
    desk.say_in(version, &format!("{HEADER_STATUS}<Final/>"));
    let mut desk = desk.next_session_of(config);
    let alert = alert(1, 200, "contacts").replace("<Next>7</Next>", "<Last>7</Last><Next>8</Next>");
    let answer = desk.say_in(version, &format!("{alert}<Final/>"));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    desk
}

const HEADER_STATUS: &str = "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>";

impl Desk {
    /// Contents that are there, in order.
    fn contents(&self) -> Vec<String> {
        let mut contents: Vec<String> = self
            .store
            .items(USER, "contacts")
            .map(|(_, content)| String::from_utf8(content.data.to_vec()).unwrap())
            .collect();
        contents.sort();
        contents
    }

    fn guid(&self, content: &str) -> ItemId {
        self.store
            .items(USER, "contacts")
            .find(|(_, there)| there.data == content)
            .map(|(id, _)| id.clone())
            .expect(content)
    }
}

fn add(cmd_id: u32, luid: &str, data: &str) -> String {
    modify("Add", cmd_id, luid, data)
}

fn modify(kind: &str, cmd_id: u32, luid: &str, data: &str) -> String {
    let rest = format!(
        "<Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>{luid}</LocURI></Source><Data>{data}</Data></Item>"
    );
    item(kind, cmd_id, &rest)
}

fn delete(cmd_id: u32, luid: &str, how: &str) -> String {
    let rest = format!("{how}<Item><Source><LocURI>{luid}</LocURI></Source></Item>");
    item("Delete", cmd_id, &rest)
}

fn copy(cmd_id: u32, from: &str, to: &str) -> String {
    let rest = format!(
        "<Item><Target><LocURI>{to}</LocURI></Target><Source><LocURI>{from}</LocURI></Source></Item>"
    );
    item("Copy", cmd_id, &rest)
}

/// The item commands of the server in a message.
fn sent(answer: &Message) -> Vec<String> {
    let syncs = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Sync(sync) => Some(&sync.commands),
            _ => None,
        });
    syncs
        .flatten()
        .filter_map(|command| match command {
            Command::Modify(modify) => Some(modify.kind.name().to_owned()),
            _ => None,
        })
        .collect()
}

/// DS-S-052: what a client drops softly stays here, and is not sent to it again until it changes there or here.
#[test]
fn soft_delete() {
    let mut desk = desk("1.2", |datastore| datastore);
    let guid = desk.guid("one");
    let answer = desk.say(&sync(&format!(
        "{}{}",
        delete(3, "L1", "<SftDel/>"),
        delete(4, "L7", "<SftDel/>")
    )));
    assert_eq!(codes(&answer)[2..], ["3 Delete 200", "4 Delete 211"]);
    assert!(sent(&answer).is_empty(), "{answer:?}");
    assert_eq!(desk.contents(), ["one", "two"]);
    // It has gone here before the client drops it.
    let mut desk = self::desk("1.2", |datastore| datastore);
    desk.store.remove(USER, "contacts", &guid);
    let answer = desk.say(&sync(&delete(3, "L1", "<SftDel/>")));
    assert_eq!(codes(&answer)[2..], ["3 Delete 423"]);
    assert!(sent(&answer).is_empty(), "{answer:?}");
}

/// DS-C-044: what the server wants to be gone from the client alone goes there, and no Delete comes back.
#[test]
fn soft_delete_at_the_client() {
    let mut world = World::new();
    world.add_server("Stays;Here");
    world.sync();
    let item = world
        .server
        .items(USER, NAMES[0].1)
        .next()
        .map(|item| item.0.clone());
    let item = item.unwrap();
    let pair = world.pair();
    let mut server = Hooked {
        inner: &mut world.server,
        hook: Box::new(|effect, store| match effect {
            Effect::ListChanges { link, scope, .. } if &*link.local == NAMES[0].1 => {
                let mut page =
                    ds_protocol::Store::list_changes(store, link, scope, None, 10, 9999).unwrap();
                let change = ds_protocol::Change::new(
                    ds_protocol::Cursor("9:9".into()),
                    ds_protocol::ChangeKind::Delete,
                    item.clone(),
                    ds_protocol::Revision(9),
                );
                page.changes = vec![change.with_remote(Some(ItemId::new("1"))).with_soft(true)];
                page.more = false;
                Some(Ok(Reply::Changes(page)))
            }
            Effect::Confirm { .. } => Some(Ok(Reply::Done)),
            _ => None,
        }),
    };
    let first = pair.run(&mut world.client, &mut server);
    drop(server);
    assert_eq!(moved(&first)[0], [0, 0, 1, 0], "{first}");
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 0);
    let second = world.sync();
    assert_eq!(moved(&second)[1], [0; 4], "{second}");
    assert_eq!(world.server.items(USER, NAMES[0].1).count(), 1);
}

/// DS-S-053: a Delete that asks for an archive copy.
#[test]
fn archive() {
    for (version, archiving, code, left) in [
        ("1.2", Archiving::Refused, 501, 2),
        ("1.0", Archiving::Refused, 210, 1),
        ("1.2", Archiving::DeletesOnly, 210, 1),
        ("1.2", Archiving::Archives, 200, 1),
    ] {
        let mut desk = desk(version, |datastore| datastore.with_archiving(archiving));
        let answer = desk.say_in(version, &sync(&delete(3, "L1", "<Archive/>")));
        assert_eq!(codes(&answer)[2..], [format!("3 Delete {code}")]);
        assert_eq!(desk.contents().len(), left, "{version} {archiving:?}");
    }
}

/// DS-S-056: a copy is a new item of the client's name; the original must be there, the copy not.
#[test]
fn copies() {
    let mut desk = desk("1.2", |datastore| datastore);
    let none = "<Item><Source><LocURI>L1</LocURI></Source></Item>";
    let commands = [
        copy(3, "L1", "L3"),
        copy(4, "L9", "L4"),
        copy(5, "L1", "L2"),
        item("Copy", 6, none),
        modify("Replace", 7, "L3", "three"),
        copy(8, "L3", "L5"),
    ];
    let answer = desk.say(&sync(&commands.concat()));
    assert_eq!(
        codes(&answer)[2..],
        [
            "3 Copy 201",
            "4 Copy 404",
            "5 Copy 418",
            "6 Copy 412",
            "7 Replace 200",
            "8 Copy 201"
        ]
    );
    assert_eq!(desk.contents(), ["one", "three", "three", "two"]);
    assert!(sent(&answer).is_empty(), "nothing comes back: {answer:?}");
}

/// DS-S-055: a Sequence is answered before what is in it, inside a Sync and outside, however deep.
#[test]
fn sequences() {
    let mut desk = desk("1.2", |datastore| datastore);
    let inner = item(
        "Sequence",
        5,
        &format!(
            "{}{}",
            modify("Replace", 6, "L1", "later"),
            delete(7, "L2", "")
        ),
    );
    let outer = item(
        "Sequence",
        3,
        &format!("{}{inner}{}", add(4, "L1", "sooner"), add(8, "L9", "nine")),
    );
    let display = "<Alert><CmdID>11</CmdID><Data>100</Data><Item><Data>hello</Data></Item></Alert>";
    let get = item(
        "Get",
        13,
        "<Item><Target><LocURI>./devinf12</LocURI></Target></Item>",
    );
    let top = item(
        "Sequence",
        10,
        &format!(
            "{display}{}{}",
            item("Sequence", 12, &get),
            sync(&add(15, "L8", "eight"))
                .replace("<CmdID>2<", "<CmdID>14<")
                .replace("<Final/>", "")
        ),
    );
    let answer = desk.say(&format!("{top}{}", sync(&outer)));
    assert_eq!(
        codes(&answer)[1..],
        [
            "10 Sequence 200",
            "11 Alert 200",
            "12 Sequence 200",
            "13 Get 200",
            "14 Sync 406",
            "15 Add 406",
            "2 Sync 200",
            "3 Sequence 200",
            "4 Add 200",
            "5 Sequence 200",
            "6 Replace 200",
            "7 Delete 200",
            "8 Add 201",
        ]
    );
    assert_eq!(desk.contents(), ["later", "nine"]);
}

/// DS-S-054, DS-B-027: all or nothing, in the order of the commands.
#[test]
fn atomic() {
    let children = |bad: &str| {
        format!(
            "{}{}{bad}{}",
            add(4, "L3", "three"),
            modify("Replace", 5, "L1", "changed"),
            delete(7, "L2", "")
        )
    };
    let good = children(&add(6, "L6", "six"));
    let picture = add(6, "L6", "six").replace("text/vcard", "image/png");
    let more = add(6, "L6", "six").replace("</Item>", "<MoreData/></Item>");
    let nested = item("Atomic", 6, "");
    let done = [
        "3 Atomic 200",
        "4 Add 201",
        "5 Replace 200",
        "6 Add 201",
        "7 Delete 200",
    ];
    let failed = |own: &str| -> Vec<String> {
        [
            "3 Atomic 507",
            "4 Add 216",
            "5 Replace 216",
            own,
            "7 Delete 215",
        ]
        .map(str::to_owned)
        .to_vec()
    };
    for (told, allowed, commands, expected) in [
        ("done", true, good.clone(), done.map(str::to_owned).to_vec()),
        (
            "not offered",
            false,
            good.clone(),
            [
                "3 Atomic 406",
                "4 Add 406",
                "5 Replace 406",
                "6 Add 406",
                "7 Delete 406",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
        ("a type", true, children(&picture), failed("6 Add 415")),
        ("a part", true, children(&more), failed("6 Add 400")),
        ("nested", true, children(&nested), failed("6 Atomic 500")),
        (
            "unknown original",
            true,
            children(&copy(6, "L9", "L8")),
            failed("6 Copy 404"),
        ),
        (
            "a sequence",
            true,
            children(&item("Sequence", 6, "")),
            [
                "3 Atomic 200",
                "4 Add 201",
                "5 Replace 200",
                "6 Sequence 200",
                "7 Delete 200",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
    ] {
        let mut desk = desk("1.2", |datastore| datastore.with_atomic(allowed));
        let after = format!("{}{}", item("Atomic", 3, &commands), add(9, "L9", "nine"));
        let answer = desk.say(&sync(&after));
        let mut expected = expected;
        let is_done = expected[0] == "3 Atomic 200";
        expected.push("9 Add 201".to_owned());
        assert_eq!(codes(&answer)[2..], expected, "{told}");
        let left = desk.contents();
        assert_eq!(left.contains(&"changed".to_owned()), is_done, "{told}");
        assert_eq!(left.contains(&"two".to_owned()), !is_done, "{told}");
        assert!(left.contains(&"nine".to_owned()), "{told}");
        desk.say(&format!("{HEADER_STATUS}<Final/>"));
    }
}

/// DS-S-054: a store that cannot do the third of four undoes the first two; one that cannot undo says so.
#[test]
fn atomic_that_the_store_refuses() {
    for (outcomes, expected) in [
        (
            [216, 216, 510, 215],
            [
                "3 Atomic 507",
                "4 Add 216",
                "5 Replace 216",
                "6 Add 510",
                "7 Delete 215",
            ],
        ),
        (
            [516, 216, 510, 215],
            [
                "3 Atomic 507",
                "4 Add 516",
                "5 Replace 216",
                "6 Add 510",
                "7 Delete 215",
            ],
        ),
    ] {
        let mut desk = desk("1.2", |datastore| datastore.with_atomic(true));
        let commands = [
            add(4, "L3", "three"),
            modify("Replace", 5, "L1", "changed"),
            add(6, "L6", "six"),
            delete(7, "L2", ""),
        ];
        let hook: Hook<'_> = Box::new(|effect, _| {
            let Effect::ApplyAtomic { operations, .. } = effect else {
                return None;
            };
            assert_eq!(operations.len(), 4);
            let refused = outcomes.map(|code| Outcome::Refused(StatusCode::new(code)));
            Some(Ok(Reply::Applied(refused.to_vec())))
        });
        let answer = desk.say_hooked(&sync(&item("Atomic", 3, &commands.concat())), hook);
        assert_eq!(codes(&answer)[2..], expected);
    }
}

/// An Atomic whose answers do not fit one message is not carried out (517).
#[test]
fn atomic_with_a_long_answer() {
    let mut desk = desk("1.2", |datastore| datastore.with_atomic(true));
    let adds: String = (0..40)
        .map(|n| add(10 + n, &format!("N{n}"), "new"))
        .collect();
    let cred = syncml_repr::Cred::basic(USER, common::PASSWORD);
    let header = format!(
        "<Cred><Data>{}</Data></Cred><Meta><MaxMsgSize @>4000</MaxMsgSize></Meta>",
        cred.data.as_text().unwrap()
    )
    .replace('@', r#"xmlns="syncml:metinf""#);
    let answer = desk.say_with("1.2", &header, &sync(&item("Atomic", 3, &adds)));
    assert_eq!(codes(&answer)[2..4], ["3 Atomic 517", "10 Add 215"]);
    assert_eq!(desk.contents(), ["one", "two"]);
}

/// DS-S-059: a datastore that is read-only for clients says so, or keeps silent; what both have is still known.
#[test]
fn read_only() {
    for (writes, codes) in [
        (Writes::Refused, [403, 403, 403]),
        (Writes::Ignored, [201, 200, 200]),
    ] {
        let mut world = World::new();
        let set = |datastore: &mut Datastore, writes| datastore.writes = writes;
        let both = Content::new("text/vcard", "BEGIN:VCARD\r\nN:Both\r\nEND:VCARD\r\n");
        world.client.add(USER, NAMES[0].0, both.clone());
        world.server.add(USER, NAMES[0].1, both);
        let mine = world.add_client("Mine;One");
        let mine_too = world.add_client("Mine;Two");
        world.sync();
        set(&mut world.server_config.datastores[0], writes);
        world.add_client("Mine;New");
        world
            .client
            .put(USER, NAMES[0].0, mine, card("Mine;Changed"));
        world.client.remove(USER, NAMES[0].0, &mine_too);
        let before: Vec<Content> = world
            .server
            .items(USER, NAMES[0].1)
            .map(|item| item.1.clone())
            .collect();
        let transcript = world.sync();
        assert_eq!(moved(&transcript), [[0; 4]; 2], "{transcript}");
        let after: Vec<Content> = world
            .server
            .items(USER, NAMES[0].1)
            .map(|item| item.1.clone())
            .collect();
        assert_eq!(before, after);
        let mut statuses: Vec<u16> = transcript
            .notices(Side::Local)
            .filter_map(|notice| match notice {
                Notice::Sent { status, .. } | Notice::ItemRefused { status, .. } => {
                    Some(status.get())
                }
                _ => None,
            })
            .collect();
        statuses.sort_by(|a, b| b.cmp(a));
        assert_eq!(statuses, codes);
    }
}

/// DS-S-060: a slow sync of which not one item was taken is given up (512); the server sends nothing and nothing is lost.
#[test]
fn nothing_taken() {
    let mut world = World::new();
    world.add_client("Mine;One");
    world.add_server("Theirs;One");
    let pair = world.pair();
    let refuse =
        |operation: &Operation| is_add(operation).then_some(StatusCode::DATA_STORE_FAILURE);
    let mut server = Hooked::refusing(&mut world.server, refuse);
    let first = pair.run(&mut world.client, &mut server);
    drop(server);
    let ended = common::ended(&first);
    assert_eq!(ended[0].1, StatusCode::SYNCHRONIZATION_FAILED, "{first}");
    assert_eq!(ended[1].1, StatusCode::OK, "the other datastore goes on");
    assert_eq!(moved(&first), [[0; 4]; 2]);
    world.sync();
    world.assert_equal();
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 2);
}

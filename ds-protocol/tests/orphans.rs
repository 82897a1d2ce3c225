//! Items whose parent is not there yet, or never comes; moves and deletions that cannot be done.

mod common;

use std::collections::BTreeMap;

use common::desk::{Desk, alert, codes, item, sync};
use common::grove::grove;
use common::hooked::Hooked;
use common::{NAMES, USER, World, datastore};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::Transcript;
use ds_protocol::{
    AuthScheme, ConflictPolicy, Content, Device, Effect, ItemId, Notice, Place, Reply, Side, Sizes,
    Store, server,
};
use syncml_repr::Message;

fn config() -> server::Config {
    let contacts = datastore("contacts", "text/vcard").with_hierarchical(true);
    let contacts = contacts.with_atomic(true);
    server::Config::new(Device::new("hub", "server"), [contacts]).with_auth(AuthScheme::Basic)
}

/// A server whose contacts are a tree, and a client that has agreed on a slow sync of them.
fn desk_of(config: server::Config) -> Desk {
    let mut desk = Desk::of(config);
    let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    desk
}

fn desk() -> Desk {
    desk_of(config())
}

/// A command about the client's item of this name, which is also its content; `above`: its parent.
fn put(kind: &str, cmd: u32, name: &str, above: Option<&str>) -> String {
    let parent = above.map_or_else(String::new, |above| {
        format!("<SourceParent><LocURI>{above}</LocURI></SourceParent>")
    });
    let data = match kind {
        "Move" | "Delete" => String::new(),
        _ => format!("<Meta><Type @>text/vcard</Type></Meta><Data>{name}</Data>"),
    };
    let source = format!("<Source><LocURI>{name}</LocURI></Source>");
    item(kind, cmd, &format!("<Item>{source}{parent}{data}</Item>"))
}

/// A Sync that is not the last.
fn part(children: &str) -> String {
    sync(children).replace("<Final/>", "")
}

/// What the client's items are called, with where they stand.
fn places(store: &MemoryStore, datastore: &str) -> BTreeMap<String, Option<String>> {
    let text = |content: &Content| String::from_utf8_lossy(&content.data).into_owned();
    let items = store.items(USER, datastore);
    let placed = items.map(|(_, content)| {
        let parent = content.place.parent();
        let parent = parent.and_then(|id| store.get(USER, datastore, id));
        (text(content), parent.map(text))
    });
    placed.collect()
}

fn assert_places(desk: &Desk, wanted: &[(&str, Option<&str>)]) {
    let wanted = wanted.iter();
    let wanted: BTreeMap<_, _> = wanted
        .map(|(name, above)| ((*name).to_owned(), above.map(str::to_owned)))
        .collect();
    assert_eq!(places(&desk.store, "contacts"), wanted);
}

fn statuses(answer: &Message) -> Vec<String> {
    let codes = codes(answer).into_iter();
    codes
        .filter(|code| !code.contains("SyncHdr") && !code.contains(" Sync "))
        .collect()
}

/// DS-S-069: a child that comes before its parent is answered when the parent has come, be that in the same message or
/// two messages later.
#[test]
fn parents_come_later() {
    let mut desk = desk();
    let answer = desk.say(&part(
        &(put("Add", 3, "leaf", Some("middle")) + &put("Add", 4, "other", None)),
    ));
    assert_eq!(statuses(&answer), ["4 Add 201"]);
    assert_places(&desk, &[("other", None)]);
    let answer = desk.say(&part(&put("Add", 3, "middle", Some("top"))));
    assert_eq!(statuses(&answer), Vec::<String>::new());
    let answer = desk.say(&part(
        &(put("Replace", 3, "top", None) + &put("Add", 4, "last", Some("leaf"))),
    ));
    let wanted = ["3 Replace 201", "3 Add 201", "3 Add 201", "4 Add 201"];
    let mut told = statuses(&answer);
    told.sort();
    let mut wanted = wanted.map(str::to_owned);
    wanted.sort();
    assert_eq!(told, wanted);
    let refs: Vec<u32> = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            syncml_repr::Command::Status(status) if status.cmd.as_str() == "Add" => {
                status.msg_ref.map(|msg| msg.get())
            }
            _ => None,
        })
        .collect();
    assert!(refs.contains(&2) && refs.contains(&3), "{refs:?}");
    let answer = desk.say(&sync(""));
    assert_eq!(statuses(&answer), Vec::<String>::new());
    assert_places(
        &desk,
        &[
            ("top", None),
            ("middle", Some("top")),
            ("leaf", Some("middle")),
            ("last", Some("leaf")),
            ("other", None),
        ],
    );
}

/// DS-S-069: a child whose parent never comes is refused at `Final` with 404, and so is what is below it; the others go on.
#[test]
fn parents_that_never_come() {
    let mut desk = desk();
    let body = put("Add", 3, "leaf", Some("nowhere"))
        + &put("Add", 4, "below", Some("leaf"))
        + &put("Replace", 5, "other", Some("nowhere"))
        + &put("Add", 6, "fine", None);
    let answer = desk.say(&part(&body));
    assert_eq!(statuses(&answer), ["6 Add 201"]);
    let answer = desk.say(&sync(&put("Add", 3, "too", Some("fine"))));
    assert_eq!(
        statuses(&answer),
        ["3 Add 201", "3 Add 404", "4 Add 404", "5 Replace 404"]
    );
    assert_places(&desk, &[("fine", None), ("too", Some("fine"))]);
}

/// No more waits than a message holds: what comes on top of that is refused at once.
#[test]
fn no_more_waits_than_a_message_holds() {
    let mut limits = Sizes::default();
    limits.max_msg_size = 4_000;
    let mut desk = desk_of(config().with_sizes(limits));
    let long = |name: String| put("Add", 3, &name, Some("nowhere"));
    let mut waiting = 0;
    for number in 0..12 {
        let answer = desk.say(&part(&long(format!("{number}{}", "x".repeat(500)))));
        match statuses(&answer).as_slice() {
            [] => waiting += 1,
            other => assert_eq!(other, ["3 Add 404"]),
        }
    }
    assert!((1..8).contains(&waiting), "{waiting}");
    let answer = desk.say(&sync(""));
    assert_eq!(statuses(&answer), vec!["3 Add 404"; waiting]);
}

/// What waits gives way to a newer command about the same item.
#[test]
fn newer_commands_go_first() {
    let mut desk = desk();
    let answer = desk.say(&part(&put("Add", 3, "leaf", Some("nowhere"))));
    assert_eq!(statuses(&answer), Vec::<String>::new());
    let answer = desk.say(&sync(&put("Replace", 3, "leaf", None)));
    assert_eq!(statuses(&answer), ["3 Replace 201", "3 Add 500"]);
    assert_places(&desk, &[("leaf", None)]);
}

/// A large object waits as any other item does, until another one takes its room.
#[test]
fn large_orphans() {
    let chunk = |cmd: u32, name: &str, above: &str, size: &str, data: &str, more: &str| {
        let rest = format!(
            "<Item><Source><LocURI>{name}</LocURI></Source>{above}\
             <Meta><Type @>text/vcard</Type>{size}</Meta><Data>{data}</Data>{more}</Item>"
        );
        item("Add", cmd, &rest)
    };
    let above = "<SourceParent><LocURI>top</LocURI></SourceParent>";
    for other in [false, true] {
        let mut desk = desk();
        let size = "<Size @>4</Size>";
        let first = chunk(3, "leaf", above, size, "le", "<MoreData/>");
        assert_eq!(statuses(&desk.say(&part(&first))), ["3 Add 213"]);
        // The place was told with the first chunk.
        let last = chunk(3, "leaf", "", "", "af", "");
        assert_eq!(statuses(&desk.say(&part(&last))), Vec::<String>::new());
        if other {
            let size = "<Size @>5</Size>";
            let first = chunk(3, "other", "", size, "oth", "<MoreData/>");
            let answer = desk.say(&part(&first));
            assert_eq!(statuses(&answer), ["3 Add 213", "3 Add 424"]);
            let last = chunk(3, "other", "", "", "er", "");
            assert_eq!(statuses(&desk.say(&part(&last))), ["3 Add 201"]);
        }
        let answer = desk.say(&sync(&put("Add", 3, "top", None)));
        if other {
            assert_eq!(statuses(&answer), ["3 Add 201"]);
            assert_places(&desk, &[("top", None), ("other", None)]);
        } else {
            assert_eq!(statuses(&answer), ["3 Add 201", "3 Add 201"]);
            assert_places(&desk, &[("top", None), ("leaf", Some("top"))]);
        }
    }
}

/// DS-B-026: Move with each kind of parent, and without; of what is not here, and to what is not here.
#[test]
fn moves() {
    let mut desk = desk();
    let tree = put("Add", 3, "top", None)
        + &put("Add", 4, "a", Some("top"))
        + &put("Add", 5, "b", Some("a"))
        + &put("Add", 6, "c", None);
    let answer = desk.say(&part(&tree));
    assert_eq!(statuses(&answer).len(), 4, "{answer:?}");
    let guid = |desk: &Desk, name: &str| {
        let mut items = desk.store.items(USER, "contacts");
        items
            .find(|(_, content)| content.data == name.as_bytes())
            .map(|(id, _)| id.as_str().to_owned())
            .unwrap()
    };
    let ours = format!(
        "<Item><Source><LocURI>b</LocURI></Source><TargetParent><LocURI>{}</LocURI></TargetParent></Item>",
        guid(&desk, "c")
    );
    for (command, told) in [
        (put("Move", 3, "c", Some("b")), "3 Move 200"),
        (put("Move", 3, "c", Some("")), "3 Move 200"),
        (put("Move", 3, "b", Some("./")), "3 Move 200"),
        // A peer that names our item.
        (item("Move", 3, &ours), "3 Move 200"),
        (put("Move", 3, "c", None), "3 Move 412"),
        (put("Move", 3, "never", Some("top")), "3 Move 404"),
        (put("Move", 3, "top", Some("top")), "3 Move 428"),
        (put("Move", 3, "c", Some("b")), "3 Move 428"),
    ] {
        let answer = desk.say(&part(&command));
        assert_eq!(statuses(&answer), [told], "{command}");
    }
    let waits = put("Move", 3, "a", Some("late")) + &put("Move", 4, "b", Some("nowhere"));
    let answer = desk.say(&part(&waits));
    assert_eq!(statuses(&answer), Vec::<String>::new());
    let unmoved = put("Replace", 4, "top", None);
    let answer = desk.say(&sync(&(put("Add", 3, "late", None) + &unmoved)));
    assert_eq!(
        statuses(&answer),
        ["3 Add 201", "4 Replace 200", "3 Move 200", "4 Move 428"]
    );
    assert_places(
        &desk,
        &[
            ("top", None),
            ("late", None),
            ("a", Some("late")),
            ("c", None),
            ("b", Some("c")),
        ],
    );
}

/// A datastore without hierarchy has no places: 406, as ever.
#[test]
fn flat_datastores_refuse_places() {
    let flat = server::Config::new(
        Device::new("hub", "server"),
        [datastore("contacts", "text/vcard")],
    );
    let mut desk = desk_of(flat.with_auth(AuthScheme::Basic));
    let body = put("Add", 3, "top", Some("/"))
        + &put("Add", 4, "leaf", Some("top"))
        + &put("Move", 5, "top", Some(""));
    let answer = desk.say(&sync(&body));
    assert_eq!(statuses(&answer), ["3 Add 201", "4 Add 406", "5 Move 406"]);
}

/// In an Atomic nothing waits: where a place is not there, nothing is done.
#[test]
fn atomic_trees() {
    let mut desk = desk();
    desk.say(&part(&put("Add", 3, "top", None)));
    let both = put("Add", 4, "x", None) + &put("Add", 5, "y", Some("nowhere"));
    let answer = desk.say(&part(&item("Atomic", 3, &both)));
    assert_eq!(
        statuses(&answer),
        ["3 Atomic 507", "4 Add 216", "5 Add 404"]
    );
    let good = put("Add", 4, "x", Some("top")) + &put("Add", 5, "y", Some("top"));
    let answer = desk.say(&sync(&item("Atomic", 3, &good)));
    assert_eq!(
        statuses(&answer),
        ["3 Atomic 200", "4 Add 201", "5 Add 201"]
    );
    assert_places(
        &desk,
        &[("top", None), ("x", Some("top")), ("y", Some("top"))],
    );
}

/// In an Atomic an item may stand under another one that it brings, several deep; all of it is there, or none.
#[test]
fn atomic_brings_trees() {
    let tree = |leaf: &str| {
        put("Add", 4, "x", Some("top"))
            + &put("Add", 5, "y", Some("x"))
            + &put("Replace", 6, "z", Some("y"))
            + &put("Move", 7, "b", Some("z"))
            + &put("Add", 8, leaf, Some("b"))
    };
    let mut desk = second_session(config());
    let failing =
        tree("leaf") + &put("Add", 9, "late", Some("later")) + &put("Add", 10, "later", None);
    let answer = desk.say(&part(&item("Atomic", 3, &failing)));
    let undone = [
        "3 Atomic 507",
        "4 Add 216",
        "5 Add 216",
        "6 Replace 216",
        "7 Move 216",
        "8 Add 216",
    ];
    let rest = ["9 Add 404", "10 Add 215"];
    assert_eq!(statuses(&answer), [&undone[..], &rest[..]].concat());
    let old = [("top", None), ("a", Some("top"))];
    assert_places(&desk, &[&old[..], &[("b", Some("a"))]].concat());
    let answer = desk.say(&sync(&item("Atomic", 3, &tree("leaf"))));
    let done = [
        "3 Atomic 200",
        "4 Add 201",
        "5 Add 201",
        "6 Replace 201",
        "7 Move 200",
        "8 Add 201",
    ];
    assert_eq!(statuses(&answer), done);
    let new = [
        ("x", Some("top")),
        ("y", Some("x")),
        ("z", Some("y")),
        ("b", Some("z")),
        ("leaf", Some("b")),
    ];
    assert_places(&desk, &[&old[..], &new[..]].concat());
}

/// In a slow sync an Atomic brings a tree of which a part is here: each item is compared with what stands where it is to
/// stand, and what is below something new is new.
#[test]
fn atomic_compares_trees() {
    let mut desk = Desk::of(config());
    let own = |desk: &mut Desk, name: &'static str, place| {
        let content = Content::new("text/vcard", name).with_place(place);
        desk.store.add(USER, "contacts", content)
    };
    let top = own(&mut desk, "top", Place::Top);
    let x = own(&mut desk, "x", Place::under(top.clone()));
    // Elsewhere than where the client has such a one.
    own(&mut desk, "leaf", Place::under(top));
    own(&mut desk, "mine", Place::under(x));
    desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    let tree = put("Add", 4, "top", None)
        + &put("Add", 5, "x", Some("top"))
        + &put("Replace", 6, "mine", Some("x"))
        + &put("Add", 7, "new", Some("x"))
        + &put("Add", 8, "leaf", Some("new"));
    let answer = desk.say(&sync(&item("Atomic", 3, &tree)));
    let codes = [
        "3 Atomic 200",
        "4 Add 201",
        "5 Add 201",
        "6 Replace 200",
        "7 Add 201",
        "8 Add 201",
    ];
    assert_eq!(statuses(&answer), codes);
    let mut items: Vec<_> = desk.store.items(USER, "contacts").collect();
    items.sort_by(|left, right| left.1.data.cmp(&right.1.data));
    let above = |content: &Content| {
        let parent = desk.store.get(USER, "contacts", content.place.parent()?)?;
        Some(String::from_utf8_lossy(&parent.data).into_owned())
    };
    let found = items.iter().map(|(_, content)| {
        let name = String::from_utf8_lossy(&content.data).into_owned();
        (name, above(content).unwrap_or_default())
    });
    let wanted = [
        ("leaf", "top"),
        ("leaf", "new"),
        ("mine", "x"),
        ("new", "x"),
        ("top", ""),
        ("x", "top"),
    ];
    let wanted = wanted.map(|(name, above)| (name.to_owned(), above.to_owned()));
    let mut found = found.collect::<Vec<_>>();
    found.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort();
    assert_eq!(found, wanted);
    // What the client did not send goes to it: the other leaf alone.
    let sent = answer.body.commands.iter().map(|command| match command {
        syncml_repr::Command::Sync(sync) => sync.commands.len(),
        _ => 0,
    });
    assert_eq!(sent.sum::<usize>(), 1, "{answer:?}");
}

/// A server that has in step `top`, `top/a` and `top/a/b` with a client, which begins another session.
fn second_session(config: server::Config) -> Desk {
    let mut desk = desk();
    let tree = put("Add", 3, "top", None)
        + &put("Add", 4, "a", Some("top"))
        + &put("Add", 5, "b", Some("a"));
    desk.say(&sync(&tree));
    desk.say(r#"<Alert><CmdID>1</CmdID><Data>222</Data></Alert><Final/>"#);
    let mut desk = desk.next_session_of(config);
    let next = common::desk::alert_with(1, 200, "contacts", Some("7"), "8");
    let answer = desk.say(&format!("{next}<Final/>"));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    desk
}

/// DS-S-070: a folder is removed when what is below it is, be that later in the package; else it is refused with 427, or
/// goes with all of it where that is configured.
#[test]
fn folders_go_last() {
    let delete = |cmd, name| put("Delete", cmd, name, None);
    let mut desk = second_session(config());
    let answer = desk.say(&part(&(delete(3, "top") + &delete(4, "a"))));
    assert_eq!(statuses(&answer), Vec::<String>::new());
    let answer = desk.say(&sync(&delete(3, "b")));
    assert_eq!(
        statuses(&answer),
        ["3 Delete 200", "4 Delete 200", "3 Delete 200"]
    );
    assert_places(&desk, &[]);

    let mut desk = second_session(config());
    let answer = desk.say(&sync(&(delete(3, "top") + &delete(4, "b"))));
    assert_eq!(statuses(&answer), ["4 Delete 200", "3 Delete 427"]);
    assert_places(&desk, &[("top", None), ("a", Some("top"))]);
    // The client gets back what it has deleted.
    let xml = format!("{:?}", answer.body.commands);
    assert!(xml.contains("Add"), "{xml}");

    let mut whole = config();
    whole.datastores[0].recursive_delete = true;
    let mut desk = second_session(whole);
    let moved = delete(3, "top") + &put("Move", 4, "b", Some(""));
    let answer = desk.say(&sync(&moved));
    assert_eq!(statuses(&answer), ["4 Move 200", "3 Delete 200"]);
    assert_places(&desk, &[("b", None)]);
}

/// A server whose list is upside down, and says that the client has every parent.
fn upside_down(inner: &mut MemoryStore) -> Hooked<'_> {
    Hooked {
        inner,
        hook: Box::new(|effect: &Effect, store: &mut MemoryStore| {
            let Effect::ListChanges {
                link, scope, after, ..
            } = effect
            else {
                return None;
            };
            let place: usize = after.as_ref().map_or(0, |cursor| cursor.0.parse().unwrap());
            let all = store.list_changes(link, scope, None, 1_000, u64::MAX);
            let mut page = all.unwrap();
            page.changes.reverse();
            for (number, change) in page.changes.iter_mut().enumerate() {
                change.cursor = ds_protocol::Cursor((number + 1).to_string().into());
                if let Some(parent) = &mut change.parent
                    && parent.remote.is_none()
                {
                    parent.sent = Some(parent.local.clone());
                }
            }
            page.changes.drain(..place.min(page.changes.len()));
            page.changes.truncate(5);
            page.more = page.changes.len() == 5;
            Some(Ok(Reply::Changes(page)))
        }),
    }
}

fn orphans(transcript: &Transcript, side: Side) -> Vec<Option<u16>> {
    let notices = transcript.notices(side);
    notices
        .filter_map(|notice| match notice {
            Notice::Orphan { status, .. } => Some(status.map(|status| status.get())),
            _ => None,
        })
        .collect()
}

fn run_upside_down(world: &mut World, theirs: bool) -> Transcript {
    let pair = world.pair();
    if theirs {
        pair.run(&mut world.client, &mut upside_down(&mut world.server))
    } else {
        pair.run(&mut upside_down(&mut world.client), &mut world.server)
    }
}

/// DS-S-069, DS-C-014: both roles bear a peer that sends children first, in one message or in many.
#[test]
fn upside_down_peers() {
    for theirs in [false, true] {
        for size in [1_600, 65_536] {
            let mut world = grove();
            world.client_config.sizes.max_sent = size;
            world.server_config.sizes.max_sent = size;
            let mut paths = vec!["a".to_owned()];
            for number in 0..9 {
                paths.push(format!("a/{number}"));
                paths.push(format!("a/{number}/x"));
            }
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let mut sender = if theirs { world.theirs() } else { world.mine() };
            sender.add_all(&paths);
            let transcript = run_upside_down(&mut world, theirs);
            assert_eq!(orphans(&transcript, Side::Local), [], "{transcript}");
            assert_eq!(orphans(&transcript, Side::Remote), [], "{transcript}");
            world.assert_trees(&paths);
            // And deletes what contains the rest first.
            let mut sender = if theirs { world.theirs() } else { world.mine() };
            sender.remove("a/3");
            sender.remove("a/5");
            run_upside_down(&mut world, theirs);
            let left: Vec<&str> = paths
                .iter()
                .filter(|path| !path.starts_with("a/3") && !path.starts_with("a/5"))
                .copied()
                .collect();
            world.assert_trees(&left);
        }
    }
}

/// DS-C-014, DS-S-014: what stands under an item that the peer refuses is refused, too, and says why; when the item is
/// taken at last, all of it follows.
#[test]
fn orphans_by_refusal() {
    for theirs in [false, true] {
        let mut world = grove();
        let mut sender = if theirs { world.theirs() } else { world.mine() };
        sender.add_all(&["a", "a/b", "a/b/c", "d"]);
        let pair = world.pair();
        let refuse = |operation: &ds_protocol::Operation| match operation {
            ds_protocol::Operation::Add { content, .. } if content.data == "FN:a\n" => {
                Some(syncml_repr::StatusCode::COMMAND_FAILED)
            }
            _ => None,
        };
        let (first, receiver) = if theirs {
            let mut receiver = Hooked::refusing(&mut world.client, refuse);
            (pair.run(&mut receiver, &mut world.server), Side::Local)
        } else {
            let mut receiver = Hooked::refusing(&mut world.server, refuse);
            (pair.run(&mut world.client, &mut receiver), Side::Remote)
        };
        assert_eq!(orphans(&first, receiver), [Some(404), Some(404)], "{first}");
        let causes: Vec<_> = first
            .notices(receiver)
            .filter(|notice| matches!(notice, Notice::Orphan { .. }))
            .filter_map(Notice::cause)
            .collect();
        assert_eq!(causes.len(), 2);
        assert!(
            causes[0].to_string().contains("is not here"),
            "{}",
            causes[0]
        );
        world.sync();
        world.assert_trees(&["a", "a/b", "a/b/c", "d"]);
    }
}

/// What the peer is not sent does not take along what is below it: the peer has no room, or the item is too large.
#[test]
fn children_of_unsent_items_stay() {
    let mut world = grove();
    world.theirs().add_all(&["a", "b", "b/c"]);
    let big = ItemId::new("big");
    let content = Content::new("text/vcard", format!("FN:{}", "x".repeat(5_000)));
    world.server.put(USER, NAMES[0].1, big.clone(), content);
    let below = common::grove::leaf("below").under(big);
    let below = world.server.add(USER, NAMES[0].1, below);
    world.client_config.sizes.max_obj_size = 2_000;
    let transcript = world.pair().run(&mut world.client, &mut world.server);
    assert_eq!(world.mine().paths(), ["a", "b", "b/c"]);
    assert_eq!(orphans(&transcript, Side::Remote), [None], "{transcript}");
    assert_eq!(orphans(&transcript, Side::Local), [], "it was not sent");
    world.client_config.sizes.max_obj_size = 20_000;
    world.sync();
    let has_below = |store: &MemoryStore, name| {
        store
            .items(USER, name)
            .any(|(_, content)| content.data == "FN:below\n" && content.place.parent().is_some())
    };
    assert!(has_below(&world.client, NAMES[0].0));
    assert!(world.server.get(USER, NAMES[0].1, &below).is_some());
}

/// DS-B-026: the client refuses a move of what has changed here, and the server decides.
#[test]
fn moves_of_what_has_changed_on_the_client() {
    let mut world = grove();
    world.server_config.datastores[0].conflict = ConflictPolicy::ServerWins;
    world.mine().add_all(&["a", "b", "c"]);
    world.sync();
    world.theirs().shift("c", "a");
    let hook = |effect: &Effect, store: &mut MemoryStore| {
        if let Effect::Resolve { link, .. } = effect {
            // A person edits it while the session runs.
            let mut items = store.items(USER, &link.local);
            let found = items.find(|(_, content)| content.data == "FN:c\n");
            let id = found.map(|(id, _)| id.clone());
            drop(items);
            if let Some(id) = id {
                store.put(USER, &link.local, id, common::grove::leaf("cc"));
            }
        }
        None
    };
    let pair = world.pair();
    let transcript = {
        let mut client = Hooked {
            inner: &mut world.client,
            hook: Box::new(hook),
        };
        pair.run(&mut client, &mut world.server)
    };
    let xml = transcript.to_string();
    assert!(
        xml.contains("<Move>") && xml.contains("<Data>409</Data>"),
        "{xml}"
    );
    assert_eq!(world.mine().paths(), ["a", "b", "cc"]);
    world.sync();
    world.assert_trees(&["a", "a/c", "b"]);
}

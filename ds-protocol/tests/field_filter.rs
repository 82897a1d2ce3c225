//! Field filters: a client that wants some properties of each item, and a server that loses none of the others.

mod common;

use common::objects::{fielding, filtering};
use common::{NAMES, USER, World, moved};
use ds_protocol::memory::{Fielding, MemoryStore};
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Content, Field, Filter, FilterCaps, ItemId, Notice, Side, SyncType};
use syncml_wbxml::Encoding;

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

/// A server that cuts items, and a client that knows that.
fn world() -> World {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    let datastore = world.server_config.datastores[0].clone();
    let caps = FilterCaps::new(["SINCE"], ["FN"]).with_fields(true);
    world.server_config.datastores[0] = datastore.with_filter(caps);
    world.server = world
        .server
        .with_filtering(filtering)
        .with_fielding(fielding());
    world
}

fn card(name: &str, lines: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{name}\r\nFN:{name}\r\n{lines}END:VCARD\r\n"),
    )
}

/// Ann has a number and a note, Bob a number alone, Cleo a note alone.
fn fill(world: &mut World) {
    for (name, lines) in [
        ("Ann", "TEL:1\r\nNOTE:Tea\r\n"),
        ("Bob", "TEL:2\r\n"),
        ("Cleo", "NOTE:Milk\r\n"),
    ] {
        world.server.add(USER, NAMES[0].1, card(name, lines));
    }
}

fn want(world: &mut World, names: &[&'static str]) {
    let fields: Vec<Field> = names.iter().map(|name| Field::new(*name)).collect();
    let filter = (!fields.is_empty()).then(|| Filter::of_fields("text/vcard", fields));
    world.client_config.requests[0].filter = filter;
}

/// Each item of a store on one line, ordered by name; nothing of its frame.
fn lines(store: &MemoryStore, datastore: &str) -> Vec<String> {
    let mut all: Vec<String> = store
        .items(USER, datastore)
        .map(|(_, content)| {
            let text = String::from_utf8_lossy(&content.data).into_owned();
            let frame = ["BEGIN:", "END:", "VERSION:", "UID:"];
            let lines = text
                .lines()
                .filter(|line| !frame.iter().any(|head| line.starts_with(head)));
            lines.collect::<Vec<_>>().join(" ")
        })
        .collect();
    all.sort();
    all
}

fn client(world: &World) -> Vec<String> {
    lines(&world.client, NAMES[0].0)
}

fn server(world: &World) -> Vec<String> {
    lines(&world.server, NAMES[0].1)
}

fn id_of(store: &MemoryStore, datastore: &str, name: &str) -> ItemId {
    let has = |content: &Content| {
        String::from_utf8_lossy(&content.data).contains(&format!("FN:{name}\r"))
            || String::from_utf8_lossy(&content.data).contains(&format!("FN:{name}\n"))
    };
    let found = store
        .items(USER, datastore)
        .find(|(_, content)| has(content));
    found.map(|(id, _)| id.clone()).unwrap()
}

fn types(transcript: &Transcript) -> Vec<SyncType> {
    let of = |notice: &Notice| match notice {
        Notice::Settled { sync_type, .. } => Some(*sync_type),
        _ => None,
    };
    transcript.notices(Side::Remote).filter_map(of).collect()
}

/// DS-C-054, FLT-008: the client has what it wants and no more; what it edits goes to the server, which keeps what it
/// has not sent.
#[test]
fn what_is_cut_off_is_no_edit() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            let mut world = world().with_encoding(encoding).with_variant(variant);
            world.sync();
            fill(&mut world);
            want(&mut world, &["FN", "tel"]);
            let first = world.sync();
            assert_eq!(
                client(&world),
                ["FN:Ann TEL:1", "FN:Bob TEL:2", "FN:Cleo"],
                "{first}"
            );
            assert_eq!(moved(&world.sync()), QUIET);

            let ann = id_of(&world.client, NAMES[0].0, "Ann");
            world
                .client
                .put(USER, NAMES[0].0, ann, card("Ann", "TEL:9\r\n"));
            let edit = world.sync();
            assert_eq!(
                server(&world),
                ["FN:Ann TEL:9 NOTE:Tea", "FN:Bob TEL:2", "FN:Cleo NOTE:Milk"],
                "{edit}"
            );
            assert_eq!(
                moved(&edit),
                [[0; 4], [0, 1, 0, 0]],
                "nothing comes back: {edit}"
            );
            assert_eq!(moved(&world.sync()), QUIET);

            // The server's edit of what is not wanted is none to the client; of what is wanted it is.
            let cleo = id_of(&world.server, NAMES[0].1, "Cleo");
            world.server.put(
                USER,
                NAMES[0].1,
                cleo,
                card("Cleo", "TEL:3\r\nNOTE:Beer\r\n"),
            );
            world.sync();
            assert_eq!(client(&world)[2], "FN:Cleo TEL:3");
        }
    }
}

/// FLT-006, FLT-008: a changed filter sends the items of which the client is to have more or less now, as Replaces, and no
/// slow sync.
#[test]
fn changed_fields() {
    let mut world = world();
    world.sync();
    fill(&mut world);
    want(&mut world, &["FN", "TEL"]);
    world.sync();
    for (fields, replaced, expected) in [
        // More of Ann and Cleo; Bob has no note.
        (
            &["FN", "TEL", "NOTE"][..],
            2,
            ["FN:Ann TEL:1 NOTE:Tea", "FN:Bob TEL:2", "FN:Cleo NOTE:Milk"],
        ),
        // The same list otherwise written.
        (
            &["Note", "Fn", "Tel"],
            0,
            ["FN:Ann TEL:1 NOTE:Tea", "FN:Bob TEL:2", "FN:Cleo NOTE:Milk"],
        ),
        // Less of Ann and Bob.
        (
            &["FN", "NOTE"],
            2,
            ["FN:Ann NOTE:Tea", "FN:Bob", "FN:Cleo NOTE:Milk"],
        ),
        (&["FN"], 2, ["FN:Ann", "FN:Bob", "FN:Cleo"]),
        // Everything.
        (
            &[],
            3,
            ["FN:Ann TEL:1 NOTE:Tea", "FN:Bob TEL:2", "FN:Cleo NOTE:Milk"],
        ),
        (
            &[],
            0,
            ["FN:Ann TEL:1 NOTE:Tea", "FN:Bob TEL:2", "FN:Cleo NOTE:Milk"],
        ),
    ] {
        want(&mut world, fields);
        let transcript = world.sync();
        assert_eq!(client(&world), expected, "{fields:?} {transcript}");
        assert_eq!(
            moved(&transcript)[0],
            [0, replaced, 0, 0],
            "{fields:?} {transcript}"
        );
        assert_eq!(types(&transcript), [SyncType::TwoWay], "{fields:?}");
        assert_eq!(moved(&world.sync()), QUIET, "{fields:?}");
    }
}

/// DS-C-054: in a slow sync the client's items, of which it has a part, are those that they were made of.
#[test]
fn slow_sync() {
    let mut world = world();
    world.sync();
    fill(&mut world);
    want(&mut world, &["FN", "TEL"]);
    world.sync();
    let dan = card("Dan", "TEL:4\r\nNOTE:Own\r\n");
    world.client.add(USER, NAMES[0].0, dan);
    world.client_config.requests[0].sync_type = SyncType::Slow;
    let slow = world.sync();
    assert_eq!(
        server(&world),
        [
            "FN:Ann TEL:1 NOTE:Tea",
            "FN:Bob TEL:2",
            "FN:Cleo NOTE:Milk",
            "FN:Dan TEL:4 NOTE:Own"
        ],
        "{slow}"
    );
    assert_eq!(client(&world).len(), 4);
    assert_eq!(moved(&slow)[1], [1, 0, 0, 3], "three are paired: {slow}");
    world.client_config.requests[0].sync_type = SyncType::TwoWay;
    assert_eq!(moved(&world.sync()), QUIET);
    // And they are still guarded.
    let ann = id_of(&world.client, NAMES[0].0, "Ann");
    world
        .client
        .put(USER, NAMES[0].0, ann, card("Ann", "TEL:9\r\n"));
    world.sync();
    assert_eq!(server(&world)[0], "FN:Ann TEL:9 NOTE:Tea");
}

/// FLT-008: items and properties in one filter; what the client adds as a whole is cut like all else, and stays whole here.
#[test]
fn with_a_filter_of_items() {
    let mut world = world();
    world.sync();
    fill(&mut world);
    let filter = Filter::cgi("text/vcard", "NOTE&NE;&NULL;").with_fields([Field::new("FN")]);
    world.client_config.requests[0].filter = Some(filter);
    let first = world.sync();
    assert_eq!(client(&world), ["FN:Ann", "FN:Cleo"], "{first}");
    world
        .client
        .add(USER, NAMES[0].0, card("Dan", "TEL:4\r\nNOTE:Own\r\n"));
    world.sync();
    assert_eq!(client(&world), ["FN:Ann", "FN:Cleo", "FN:Dan"]);
    assert_eq!(server(&world)[3], "FN:Dan TEL:4 NOTE:Own");
    assert_eq!(moved(&world.sync()), QUIET);
}

/// FLT-008: what a client sends beside what it was to have is taken where it is new; where it is not, ours stands, and the
/// client is told.
#[test]
fn more_than_was_wanted() {
    let mut world = world();
    world.sync();
    fill(&mut world);
    want(&mut world, &["FN"]);
    world.sync();
    let ann = id_of(&world.client, NAMES[0].0, "Ann");
    world.client.put(
        USER,
        NAMES[0].0,
        ann,
        card("Ann", "NOTE:Mine\r\nORG:New\r\n"),
    );
    world.sync();
    assert_eq!(server(&world)[0], "FN:Ann TEL:1 NOTE:Tea ORG:New");
    assert_eq!(client(&world)[0], "FN:Ann");
    assert_eq!(moved(&world.sync()), QUIET);
}

/// FLT-008: what cannot be put together with what is here is refused, and nothing is lost.
#[test]
fn what_cannot_be_merged() {
    let mut world = world();
    world.sync();
    fill(&mut world);
    want(&mut world, &["FN"]);
    world.sync();
    let ann = id_of(&world.client, NAMES[0].0, "Ann");
    world
        .client
        .put(USER, NAMES[0].0, ann, Content::new("text/vcard", "no card"));
    let transcript = world.sync();
    let mut refused = transcript
        .notices(Side::Remote)
        .filter_map(|notice| match notice {
            Notice::ItemRefused { status, .. } => Some(status.get()),
            _ => None,
        });
    assert_eq!(refused.next(), Some(426), "{transcript}");
    assert_eq!(server(&world)[0], "FN:Ann TEL:1 NOTE:Tea");
}

/// FLT-008: an item that is large even when it is cut is read in parts of what is left; one that is small enough without
/// the rest is sent, though it was held back as a whole.
#[test]
fn large_items() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let mut world = world().with_encoding(encoding);
        world.client_config.sizes = common::sizes(4_000);
        world.server_config.sizes = common::sizes(4_000);
        world.sync();
        let note = format!("NOTE:{}\r\nPHOTO;ENCODING=b:QUJD\r\n", "n".repeat(20_000));
        world.server.add(USER, NAMES[0].1, card("Ann", &note));
        want(&mut world, &["FN", "NOTE"]);
        let transcript = world.sync();
        let expected = format!("FN:Ann NOTE:{}", "n".repeat(20_000));
        assert_eq!(client(&world), [expected], "{transcript}");

        let mut world = self::world().with_encoding(encoding);
        world.client_config.sizes.max_obj_size = 5_000;
        world.sync();
        world.server.add(USER, NAMES[0].1, card("Ann", &note));
        world.sync();
        assert!(client(&world).is_empty());
        want(&mut world, &["FN", "PHOTO"]);
        world.sync();
        assert_eq!(client(&world), ["FN:Ann PHOTO;ENCODING=b:QUJD"]);
    }
}

/// FLT-008: `MaxSize` and parameters reach the store as they are: the filters that clients of mail send.
#[test]
fn of_mail() {
    let shows = |fields: &[Field], content: &Content| {
        let wanted: Vec<_> = fields.iter().map(ToString::to_string).collect();
        Some(Content::new(content.media_type.clone(), wanted.join(" ")))
    };
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for (field, text) in [
            (Field::new("emailitem"), "emailitem"),
            (
                Field::new("emailitem").with_params(["texttype"]),
                "emailitem;texttype",
            ),
            (
                Field::new("emailitem")
                    .with_params(["texttype"])
                    .with_max_size(Some(25_600)),
                "emailitem;texttype:25600",
            ),
            (
                Field::new("emailitem").with_params(["texttype", "attachtype"]),
                "emailitem;texttype;attachtype",
            ),
        ] {
            let mut world = world().with_encoding(encoding);
            world.server = world
                .server
                .with_fielding(Fielding::new(shows, |_, _, _| None));
            world.sync();
            fill(&mut world);
            let filter = Filter::of_fields("text/vcard", [field]).with_inclusive(true);
            world.client_config.requests[0].filter = Some(filter);
            let transcript = world.sync();
            assert_eq!(client(&world), [text; 3], "{transcript}");
            let mut told = transcript
                .notices(Side::Remote)
                .filter_map(|notice| match notice {
                    Notice::Filter { expression, .. } => Some(expression.to_string()),
                    _ => None,
                });
            assert_eq!(told.next(), Some(format!("[{text}]")));
        }
    }
}

/// DS-S-013, FLT-008: a server that cuts items says so.
#[test]
fn announced() {
    let mut world = world();
    let text = world.sync().to_string();
    assert!(
        text.contains("<CTType>application/vnd.syncml-devinf+xml</CTType>"),
        "{text}"
    );
}

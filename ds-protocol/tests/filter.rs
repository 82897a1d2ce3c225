//! Filters: a client that wants to have a part of a datastore, and a server that sends just that.

mod common;

use std::sync::Arc;

use common::objects::filtering;
use common::{NAMES, USER, World, ended, moved};
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{Content, Filter, FilterCaps, Notice, Side, SyncType, server};
use syncml_devinf::Version;
use syncml_repr::{Command, Data, Item, StatusCode};
use syncml_wbxml::{Encoding, Limits};

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

fn card(name: &str, category: &str) -> Content {
    let data = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name}\r\nFN:{name}\r\nCATEGORIES:{category}\r\nEND:VCARD\r\n"
    );
    Content::new("text/vcard", data)
}

/// A server with filters, four contacts in two categories, and a client that has talked to it once.
fn world() -> World {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    let datastore = world.server_config.datastores[0].clone();
    world.server_config.datastores[0] =
        datastore.with_filter(FilterCaps::new(["SINCE", "BEFORE"], ["CATEGORIES", "FN"]));
    world.server = world.server.with_filtering(filtering);
    world
}

fn fill(world: &mut World) {
    for (name, category) in [
        ("Ann", "family"),
        ("Bob", "work"),
        ("Cleo", "family"),
        ("Dan", "work"),
    ] {
        world.server.add(USER, NAMES[0].1, card(name, category));
    }
}

/// A session that is complete for the client; the server may not hear of its end.
fn run(world: &mut World) -> Transcript {
    let transcript = world.pair().run(&mut world.client, &mut world.server);
    assert_eq!(
        transcript.client,
        Some(ds_protocol::Closed::Complete),
        "{transcript}"
    );
    transcript
}

/// Asks the server what it can, with nothing to send yet.
fn introduce(world: &mut World) {
    world.sync();
}

fn want(world: &mut World, expression: &str, inclusive: bool) {
    world.client_config.requests[0].filter =
        Some(Filter::cgi("text/vcard", expression.to_owned()).with_inclusive(inclusive));
}

fn names(store: &MemoryStore, datastore: &str) -> Vec<String> {
    let mut names: Vec<_> = store
        .items(USER, datastore)
        .map(|(_, content)| {
            let text = String::from_utf8_lossy(&content.data).into_owned();
            text.lines()
                .find_map(|line| line.strip_prefix("FN:"))
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    names.sort();
    names
}

fn has(world: &World) -> Vec<String> {
    names(&world.client, NAMES[0].0)
}

fn filters(transcript: &Transcript, side: Side) -> Vec<(u16, bool)> {
    let of = |notice: &Notice| match notice {
        Notice::Filter { status, later, .. } => Some((status.get(), *later)),
        _ => None,
    };
    transcript.notices(side).filter_map(of).collect()
}

/// DS-C-013, DS-S-013, FLT-005, FLT-006: a filter that narrows and widens moves the difference and nothing else,
/// without a slow sync; what leaves the client stays at the server.
#[test]
fn exclusive() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            let mut world = world().with_encoding(encoding).with_variant(variant);
            introduce(&mut world);
            fill(&mut world);
            want(&mut world, "CATEGORIES&iCON;family", false);
            let first = world.sync();
            assert_eq!(has(&world), ["Ann", "Cleo"], "{first}");
            assert_eq!(filters(&first, Side::Remote), [(200, false)]);
            assert_eq!(filters(&first, Side::Local), [(200, false)]);
            assert_eq!(moved(&world.sync()), QUIET, "nothing has changed");

            // It matches no more, and another one does now.
            want(&mut world, "CATEGORIES&EQ;work&OR;FN&EQ;Ann", false);
            let second = world.sync();
            assert_eq!(has(&world), ["Ann", "Bob", "Dan"], "{second}");
            assert_eq!(moved(&second)[0], [2, 0, 1, 0], "{second}");
            assert!(second.to_string().contains("<SftDel/>"), "{second}");
            assert_eq!(names(&world.server, NAMES[0].1).len(), 4, "nothing is lost");
            // An edit lets an item in.
            let cleo = world.server.items(USER, NAMES[0].1);
            let cleo = cleo.filter(|(_, c)| c.data.windows(4).any(|w| w == b"Cleo"));
            let cleo = cleo.map(|(id, _)| id.clone()).next().unwrap();
            world
                .server
                .put(USER, NAMES[0].1, cleo.clone(), card("Cleo", "work"));
            world.sync();
            assert_eq!(has(&world), ["Ann", "Bob", "Cleo", "Dan"]);
            // And another one lets it out.
            world
                .server
                .put(USER, NAMES[0].1, cleo, card("Cleo", "school"));
            world.sync();
            assert_eq!(has(&world), ["Ann", "Bob", "Dan"]);
            // Without a filter everything comes.
            world.client_config.requests[0].filter = None;
            let all = world.sync();
            assert_eq!(has(&world), ["Ann", "Bob", "Cleo", "Dan"], "{all}");
            assert_eq!(moved(&all)[0], [1, 0, 0, 0], "{all}");
            assert_eq!(moved(&world.sync()), QUIET);
        }
    }
}

/// FLT-005, FLT-007: an inclusive filter adds and removes nothing, and what did not travel with it comes later.
#[test]
fn inclusive() {
    let mut world = world();
    introduce(&mut world);
    fill(&mut world);
    want(&mut world, "FN&EQ;Ann", false);
    world.sync();
    want(&mut world, "FN&EQ;Bob", true);
    world.sync();
    assert_eq!(has(&world), ["Ann", "Bob"]);
    let ann = world
        .server
        .items(USER, NAMES[0].1)
        .find(|(_, c)| c.data.windows(3).any(|w| w == b"Ann"));
    let ann = ann.map(|(id, _)| id.clone()).unwrap();
    world
        .server
        .put(USER, NAMES[0].1, ann, card("Anna", "family"));
    assert_eq!(
        moved(&world.sync()),
        QUIET,
        "the edit is of no interest to Bob"
    );
    world.client_config.requests[0].filter = None;
    assert_eq!(
        moved(&world.sync())[0],
        [2, 1, 0, 0],
        "and it is not forgotten"
    );
    assert_eq!(has(&world), ["Anna", "Bob", "Cleo", "Dan"]);
}

/// FLT-002, FLT-005: the client's own ids name items; one that has none is not meant.
#[test]
fn by_luid() {
    let mut world = world();
    fill(&mut world);
    world.sync();
    let bob = world
        .client
        .items(USER, NAMES[0].0)
        .find(|(_, c)| c.data.windows(3).any(|w| w == b"Bob"));
    let bob = bob.map(|(id, _)| id.as_str().to_owned()).unwrap();
    world.server.add(USER, NAMES[0].1, card("Eve", "work"));
    for form in ["&LUID;&EQ;", "&LUID&EQ;"] {
        want(&mut world, &format!("{form}{bob}"), false);
        world.sync();
        assert_eq!(has(&world), ["Bob"], "{form}");
    }
}

/// FLT-005, FLT-006: changes of the client count whether they match or not; what does not match leaves it again.
#[test]
fn changes_of_the_client() {
    let mut world = world();
    introduce(&mut world);
    fill(&mut world);
    want(&mut world, "CATEGORIES&EQ;family", false);
    world.sync();
    world.client.add(USER, NAMES[0].0, card("Fay", "work"));
    let transcript = world.sync();
    assert!(
        names(&world.server, NAMES[0].1).contains(&"Fay".to_owned()),
        "{transcript}"
    );
    world.sync();
    assert_eq!(has(&world), ["Ann", "Cleo"]);
    assert_eq!(names(&world.server, NAMES[0].1).len(), 5);
    assert_eq!(moved(&world.sync()), QUIET);
}

/// DS-S-013: a filter in every type of sync. A refresh from the client removes nothing that it was not to have.
#[test]
fn every_type() {
    for (sync_type, expected) in [
        (SyncType::Slow, 4),
        (SyncType::OneWayFromServer, 4),
        (SyncType::RefreshFromServer, 4),
        (SyncType::OneWayFromClient, 4),
        (SyncType::RefreshFromClient, 3),
    ] {
        let mut world = world();
        introduce(&mut world);
        fill(&mut world);
        want(&mut world, "CATEGORIES&EQ;family", false);
        run(&mut world);
        // Cleo is gone here, and nobody says so in a refresh but by sending what is left.
        if sync_type == SyncType::RefreshFromClient {
            let cleo = world
                .client
                .items(USER, NAMES[0].0)
                .find(|(_, c)| c.data.windows(4).any(|w| w == b"Cleo"));
            let cleo = cleo.map(|(id, _)| id.clone()).unwrap();
            world.client.remove(USER, NAMES[0].0, &cleo);
        }
        world.client_config.requests[0].sync_type = sync_type;
        let transcript = run(&mut world);
        let at_server = names(&world.server, NAMES[0].1);
        assert_eq!(
            at_server.len(),
            expected,
            "{sync_type:?}: {at_server:?}\n{transcript}"
        );
        let left = if expected == 4 { 2 } else { 1 };
        assert_eq!(has(&world).len(), left, "{sync_type:?} {transcript}");
    }
}

/// FLT-004: what cannot be followed is refused, each with its status, and the datastore is left alone.
#[test]
fn refused() {
    let cgi = |expression: &str| Filter::cgi("text/vcard", expression.to_owned());
    let mut other_grammar = cgi("FN&EQ;Ann");
    other_grammar.grammar = "x-other".into();
    for (filter, status) in [
        (cgi("FN&LIKE;Ann"), 422),
        (cgi("MAXCOUNT&EQ;5"), 422),
        (cgi("("), 422),
        (Filter::cgi("text/x-other", "FN&EQ;Ann"), 415),
        (other_grammar, 406),
    ] {
        let mut world = world();
        introduce(&mut world);
        fill(&mut world);
        // A client that asks all the same.
        let transcript = asking(&mut world, &filter);
        assert_eq!(
            alert_status(&transcript),
            Some(status),
            "{filter:?}\n{transcript}"
        );
        assert!(has(&world).is_empty(), "{filter:?}");
        assert_eq!(filters(&transcript, Side::Remote), [(status, false)]);
    }
    // A datastore without filters, and a filter of properties.
    let mut world = world();
    introduce(&mut world);
    world.server_config.datastores[0].filter = None;
    let transcript = asking(&mut world, &cgi("FN&EQ;Ann"));
    assert_eq!(alert_status(&transcript), Some(406), "{transcript}");
}

/// FLT-004: a datastore without filters of properties refuses them, with or without a filter of items, and each part
/// that cannot be read has its status.
#[test]
fn field_filters_that_are_refused() {
    let list = |names: &[&str]| {
        let properties = names.iter().map(|name| {
            syncml_devinf::Property::new((*name).to_owned())
                .to_fragment()
                .unwrap()
        });
        Item::new().with_data(Data::Markup(properties.collect()))
    };
    let typed = |item: Item, media_type: &'static str| {
        item.with_meta(syncml_meta::MetInf::default().with_type(media_type))
    };
    let record = || Some(Item::new().with_data(Data::from("FN&EQ;Ann")));
    for (offered, field, record, status) in [
        (false, Some(list(&["FN"])), None, 406),
        (false, Some(list(&["FN"])), record(), 406),
        (true, Some(list(&["FN"])), None, 200),
        (true, Some(list(&["FN"])), record(), 200),
        (
            true,
            Some(typed(list(&["FN"]), "application/vnd.syncml-devinf+wbxml")),
            None,
            200,
        ),
        (true, Some(typed(list(&["FN"]), "x-other")), None, 406),
        (true, Some(list(&["FN", " "])), None, 422),
        (true, Some(list(&[])), None, 422),
        (
            true,
            Some(Item::new().with_data(Data::from("FN"))),
            None,
            422,
        ),
        (
            true,
            Some(Item::new().with_data(Data::default())),
            None,
            412,
        ),
        (true, Some(Item::new()), record(), 412),
        (
            true,
            None,
            Some(Item::new().with_data(Data::from(" "))),
            412,
        ),
        (true, None, None, 412),
    ] {
        let mut world = world();
        let caps = world.server_config.datastores[0].filter.clone().unwrap();
        world.server_config.datastores[0].filter = Some(caps.with_fields(offered));
        world.server = world.server.with_fielding(common::objects::fielding());
        let code = answered(&mut world, |target| {
            let mut filter = syncml_repr::Filter::new("text/vcard");
            filter.field = field.clone();
            filter.record = record.clone();
            *target = target.clone().with_filter(filter);
        });
        assert_eq!(code, Some(status), "{offered} {field:?} {record:?}");
    }
    // A store that cuts nothing has the last word.
    let mut world = world();
    let caps = world.server_config.datastores[0].filter.clone().unwrap();
    world.server_config.datastores[0].filter = Some(caps.with_fields(true));
    let code = answered(&mut world, |target| {
        let mut filter = syncml_repr::Filter::new("text/vcard");
        filter.field = Some(list(&["FN"]));
        *target = target.clone().with_filter(filter);
    });
    assert_eq!(code, Some(406));
}

/// DS-C-013: no filter goes to a server that does not say that it takes filters; nothing moves, and when the server
/// was not known the next session gets further.
#[test]
fn only_where_it_is_offered() {
    let mut world = world();
    fill(&mut world);
    want(&mut world, "CATEGORIES&EQ;family", false);
    let first = run(&mut world);
    assert_eq!(filters(&first, Side::Local), [(406, true)], "{first}");
    assert_eq!(
        ended(&first),
        [(
            "people".to_owned(),
            StatusCode::OPTIONAL_FEATURE_NOT_SUPPORTED
        )]
    );
    assert!(!first.to_string().contains("<Filter>"), "{first}");
    run(&mut world);
    assert_eq!(has(&world), ["Ann", "Cleo"]);

    // One that has none.
    world.server_config.datastores[0].filter = None;
    world.client = MemoryStore::new();
    run(&mut world);
    let second = run(&mut world);
    assert_eq!(filters(&second, Side::Local), [(406, false)], "{second}");
    assert!(!second.to_string().contains("<Filter>"), "{second}");
    // A protocol without.
    world.client_config.version = Version::V1_1;
    let third = run(&mut world);
    assert_eq!(filters(&third, Side::Local), [(406, false)], "{third}");
}

/// FLT-009: before 1.2, what stands behind the name of a datastore is a filter where it is one, and echoed in any case.
#[test]
fn behind_the_name() {
    for (tail, expected) in [("CATEGORIES&EQ;family", 2), ("/dr(-30,60)", 4)] {
        let mut world = world().with_encoding(Encoding::Xml);
        fill(&mut world);
        world.client_config.version = Version::V1_1;
        let uri = format!("contacts?{tail}");
        world.client_config.requests[0].remote = uri.as_str().into();
        let transcript = run(&mut world);
        assert_eq!(has(&world).len(), expected, "{tail} {transcript}");
        let echoed = uri.replace('&', "&amp;");
        let echoes = transcript
            .to_string()
            .matches(&format!("<LocURI>./{echoed}</LocURI>"))
            .count();
        assert!(echoes >= 4, "both Alerts and both Syncs: {transcript}");
    }
}

/// DS-S-013: what can be filtered on stands in the device information.
#[test]
fn announced() {
    let mut world = world();
    let transcript = run(&mut world);
    let text = transcript.to_string();
    for line in [
        "<CTType>syncml:filtertype-cgi</CTType>",
        "<FilterKeyword>SINCE</FilterKeyword>",
        "<PropName>CATEGORIES</PropName>",
    ] {
        assert!(text.contains(line), "{line} {text}");
    }
}

/// A session in which the client asks with a filter whatever the server said of itself.
fn asking(world: &mut World, filter: &Filter) -> Transcript {
    use ds_protocol::Store;
    let url = world.client_config.server.clone();
    let mut record = world.client.load_peer(&url).unwrap();
    let mut dev_inf = record.dev_inf.take().unwrap();
    dev_inf.data_stores[0].filter_rx = vec![syncml_devinf::ContentType::new(
        filter.grammar.clone(),
        "1.0",
    )];
    record.dev_inf = Some(dev_inf);
    world.client.save_peer(&url, record).unwrap();
    world.client_config.requests[0].filter = Some(filter.clone());
    run(world)
}

fn alert_status(transcript: &Transcript) -> Option<u16> {
    let decode = |bytes: &bytes::Bytes| {
        syncml_repr::decode(bytes, transcript.encoding, &Limits::default()).unwrap()
    };
    let mut messages = transcript.messages().map(decode);
    messages.find_map(|message| status_of_alert(&message))
}

fn status_of_alert(message: &syncml_repr::Message) -> Option<u16> {
    message
        .body
        .commands
        .iter()
        .find_map(|command| match command {
            Command::Status(status) if status.cmd == "Alert" => Some(status.code.get()),
            _ => None,
        })
}

/// The answer to an Alert whose Target has passed through other hands.
fn answered(world: &mut World, doctor: impl Fn(&mut syncml_repr::Locator)) -> Option<u16> {
    world.client_config.auth = ds_protocol::AuthScheme::Basic;
    let mut client = ds_protocol::client::Session::new(Arc::new(world.client_config.clone()));
    let mut server = server::Session::new(Arc::new(world.server_config.clone()));
    let turn =
        ds_protocol::driver::turn(&mut client, &mut world.client, None, &mut |_| ()).unwrap();
    let sent = turn.transmit.unwrap();
    let mut received =
        ds_protocol::Received::decode(sent.bytes, sent.encoding, &Limits::default()).unwrap();
    for command in &mut received.message.body.commands {
        if let Command::Alert(alert) = command {
            for item in &mut alert.items {
                doctor(item.target.as_mut().unwrap());
            }
        }
    }
    let turn =
        ds_protocol::driver::turn(&mut server, &mut world.server, Some(received), &mut |_| ());
    let sent = turn.unwrap().transmit.unwrap();
    status_of_alert(&syncml_repr::decode(&sent.bytes, sent.encoding, &Limits::default()).unwrap())
}

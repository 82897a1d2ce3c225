//! What is sent of a datastore, and what becomes of it.

use ds_protocol::memory::{MemoryStore, Passes};
use ds_protocol::testing::Transcript;
use ds_protocol::{
    ConflictPolicy, Content, Effect, Filter, FilterCaps, ItemId, Known, Reply, Resolution, Secret,
    Side, Store, StoreFault,
};
use syncml_meta::Mem;
use syncml_repr::{Encoding, StatusCode};

use crate::common::hooked::{Hook, Hooked};
use crate::common::{NAMES, PASSWORD, USER, World, card, moved, sizes};
use crate::{in_step, record, world};

/// A session with a client's store, and a server's, that do otherwise.
fn sync_hooked(world: &mut World, client: Hook<'_>, server: Hook<'_>) -> Transcript {
    let pair = world.pair();
    let mut client = Hooked {
        inner: &mut world.client,
        hook: client,
    };
    let mut server = Hooked {
        inner: &mut world.server,
        hook: server,
    };
    pair.run(&mut client, &mut server)
}

fn plain<'a>() -> Hook<'a> {
    Box::new(|_, _| None)
}

/// DS-C-013, DS-S-013: a client that wants the family alone, and then those at work: what it has and does not want any
/// more is taken from it, and stays at the server.
#[test]
fn record_filter() {
    fn filtering(filter: &Filter) -> Result<Box<Passes>, StoreFault> {
        let expr = ds_objects::filter::parse(&filter.expression)
            .map_err(|error| StoreFault::new(StatusCode::BAD_CGI_SCRIPT, error.to_string()))?;
        Ok(Box::new(move |content, luid| {
            let item = ds_objects::filter::Item::new(&content.media_type, &content.data);
            expr.matches(&item.with_luid(luid.map(|luid| luid.as_str())))
        }))
    }
    let mut world = world();
    let caps = FilterCaps::new(["SINCE", "BEFORE"], ["CATEGORIES"]);
    let datastore = world.server_config.datastores[0].clone();
    world.server_config.datastores[0] = datastore.with_filter(caps);
    world.server = world.server.with_filtering(filtering);
    // The server says what it can before it can be asked for it.
    let introduced = world.sync();
    for (name, category) in [("Ann", "family"), ("Bob", "work"), ("Cleo", "family,work")] {
        let data = format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name}\r\nFN:{name}\r\nCATEGORIES:{category}\r\nEND:VCARD\r\n"
        );
        world
            .server
            .add(USER, NAMES[0].1, Content::new("text/vcard", data));
    }
    let mut want = |expression: &'static str| {
        world.client_config.requests[0].filter = Some(Filter::cgi("text/vcard", expression));
        world.sync()
    };
    let family = want("CATEGORIES&iCON;family");
    let work = want("CATEGORIES&iCON;work");
    assert_eq!(moved(&family)[0], [2, 0, 0, 0]);
    assert_eq!(moved(&work)[0], [1, 0, 1, 0]);
    assert_eq!(world.server.items(USER, NAMES[0].1).count(), 3);
    record("record-filter", &[introduced, family, work]);
}

/// DS-S-036: two versions made one (207), both kept (209), and two deletions, which are no conflict.
#[test]
fn conflict_policies() {
    let mut world = world();
    let items: Vec<ItemId> = ["Merged", "Doubled", "Deleted"]
        .iter()
        .map(|name| world.add_client(&format!("{name};Old")))
        .collect();
    world.sync();
    let theirs = |store: &MemoryStore, name: &str| {
        let mut there = store.items(USER, NAMES[0].1);
        let found =
            there.find(|(_, content)| String::from_utf8_lossy(&content.data).contains(name));
        found.unwrap().0.clone()
    };
    let mut own = Vec::new();
    for (id, name) in items.iter().zip(["Merged", "Doubled"]) {
        world
            .client
            .put(USER, NAMES[0].0, id.clone(), card(&format!("{name};Here")));
        let local = theirs(&world.server, name);
        own.push(local.clone());
        world
            .server
            .put(USER, NAMES[0].1, local, card(&format!("{name};There")));
    }
    world.client.remove(USER, NAMES[0].0, &items[2]);
    let local = theirs(&world.server, "Deleted");
    world.server.remove(USER, NAMES[0].1, &local);
    let policies = [ConflictPolicy::Merge, ConflictPolicy::Duplicate];
    let policy = |known: &Known| {
        let place = own.iter().position(|local| *local == known.local)?;
        Some(policies[place])
    };
    let server: Hook<'_> = Box::new(|effect, store| match effect {
        Effect::Resolve { link, keys } => Some(store.resolve(link, keys).map(|mut resolved| {
            for known in resolved.iter_mut().flatten() {
                known.conflict = policy(known);
            }
            Reply::Resolved(resolved)
        })),
        Effect::Reconcile { .. } => {
            let merged = Resolution::Merged(card("Merged;Of Both"));
            Some(Ok(Reply::Reconciled(Box::new(merged))))
        }
        _ => None,
    });
    let transcript = sync_hooked(&mut world, plain(), server);
    world.assert_equal();
    assert_eq!(world.client.items(USER, NAMES[0].0).count(), 3);
    record("conflict-policies", &[transcript]);
}

/// DS-S-036: the server hands the decision to the client, which keeps its own version: 409 and the server's, 208, and the
/// client's in the next session.
#[test]
fn conflict_handed_over() {
    let mut world = in_step();
    world.server_config.datastores[0].conflict = ConflictPolicy::ClientDecides;
    world.client_config.requests[0].on_conflict = Some(Side::Local);
    let change = |store: &mut MemoryStore, name: &str, text: &str| {
        let mut items = store.items(USER, name);
        let okafor = |content: &Content| String::from_utf8_lossy(&content.data).contains("Okafor");
        let found = items.find(|(_, content)| okafor(content));
        let id = found.unwrap().0.clone();
        drop(items);
        store.put(USER, name, id, card(text));
    };
    change(&mut world.client, NAMES[0].0, "Okafor;Chidi Emeka");
    change(&mut world.server, NAMES[0].1, "Okafor;C.");
    let first = world.sync();
    let second = world.sync();
    world.assert_equal();
    record("conflict-handed-over", &[first, second]);
}

/// DS-S-035: an id that is too long for the client goes out under a short name until its Map has come.
#[test]
fn temporary_id() {
    let mut world = world();
    let long = ItemId::new(format!("contact-{}", "0".repeat(260)));
    world
        .server
        .put(USER, NAMES[0].1, long.clone(), card("Tanaka;Yui"));
    let first = world.sync();
    world
        .server
        .put(USER, NAMES[0].1, long, card("Tanaka;Yui Mei"));
    let second = world.sync();
    assert_eq!(moved(&second)[0], [0, 1, 0, 0]);
    record("temporary-id", &[first, second]);
}

/// DS-C-052, DS-S-042: a client with room for one item more gets one, and the other in the next session.
#[test]
fn free_memory() {
    let mut world = in_step();
    world.add_server("Tanaka;Yui");
    world.add_server("Moreau;Luc");
    let room: Hook<'_> = Box::new(|effect, store| match effect {
        Effect::Open { link } => {
            let opened = store.open(link);
            let mem = Some(Mem::new(Some(30_000), Some(1)));
            Some(opened.map(|opened| Reply::Opened(opened.with_mem(mem))))
        }
        _ => None,
    });
    let first = sync_hooked(&mut world, room, plain());
    assert_eq!(moved(&first)[0], [1, 0, 0, 0]);
    let second = world.sync();
    assert_eq!(moved(&second)[0], [1, 0, 0, 0]);
    record("free-memory", &[first, second]);
}

/// DS-C-020: the server wants a slow sync and the client's user does not: 403 for the server's Alert, and nothing moves.
#[test]
fn slow_sync_refused() {
    let mut world = in_step();
    world.add_client("Tanaka;Yui");
    // The server has lost what it knew of the client.
    let mut forgetful = MemoryStore::new().with_user(USER, Secret::Password(PASSWORD.into()));
    for (id, content) in world.server.items(USER, NAMES[0].1) {
        forgetful.put(USER, NAMES[0].1, id.clone(), content.clone());
    }
    world.server = forgetful;
    let refuses: Hook<'_> = Box::new(|effect, _| match effect {
        Effect::Agree { .. } => Some(Ok(Reply::Agreed(false))),
        _ => None,
    });
    let refused = sync_hooked(&mut world, refuses, plain());
    assert_eq!(moved(&refused), [[0; 4]; 2]);
    record("slow-sync-refused", &[refused]);
}

/// DS-C-012, DS-C-057: the server keeps nothing of the session that was left: 508, and everything afresh.
#[test]
fn resume_refused() {
    let mut world = world();
    world.client_config.sizes = sizes(2_000);
    world.server_config.sizes = sizes(2_000);
    for number in 0..8 {
        world.add_client(&format!("Mine;{number}"));
    }
    let fresh = world.server.clone();
    let mut pair = world.pair();
    pair.suspend_before = Some(4);
    let cut = pair.run(&mut world.client, &mut world.server);
    world.server = fresh;
    record("resume-refused", &[cut, world.sync()]);
    world.assert_equal();
}

/// DS-S-038, DS-C-040, WBXML: packages over several messages, in the size that WBXML takes.
#[test]
fn multi_message_wbxml() {
    let mut world = in_step().with_encoding(Encoding::Wbxml);
    world.client_config.sizes = sizes(1_000);
    world.server_config.sizes = sizes(1_000);
    for number in 0..12 {
        world.add_client(&format!("Mine;{number}"));
        world.add_server(&format!("Theirs;{number}"));
    }
    record("multi-message-wbxml", &[world.sync()]);
}

//! Both sides changed the same item: every policy, in whole sessions.

mod common;

use common::hooked::Hooked;
use common::{NAMES, USER, World, card, moved};
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{ConflictPolicy, Content, Effect, ItemId, Notice, Reply, Resolution, Side};
use syncml_repr::{Command, Status, decode};
use syncml_wbxml::Limits;

/// What each side did to the one item that both have.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Did {
    Change,
    Delete,
}

use Did::{Change, Delete};

/// A world whose sides have changed or deleted the same item.
fn world(policy: ConflictPolicy, client: Did, server: Did) -> World {
    let mut world = World::new();
    world.server_config.datastores[0].conflict = policy;
    let mine = world.add_client("Both;One");
    world.sync();
    let theirs = only(&world, Side::Remote);
    match client {
        Change => drop(
            world
                .client
                .put(USER, NAMES[0].0, mine, card("Client;Changed")),
        ),
        Delete => drop(world.client.remove(USER, NAMES[0].0, &mine)),
    }
    match server {
        Change => drop(
            world
                .server
                .put(USER, NAMES[0].1, theirs, card("Server;Changed")),
        ),
        Delete => drop(world.server.remove(USER, NAMES[0].1, &theirs)),
    }
    world
}

fn only(world: &World, side: Side) -> ItemId {
    let (store, name) = match side {
        Side::Local => (&world.client, NAMES[0].0),
        Side::Remote => (&world.server, NAMES[0].1),
    };
    store.items(USER, name).next().expect("an item").0.clone()
}

/// Names in the contents of a side.
fn names(world: &World, side: usize) -> Vec<String> {
    let mut names: Vec<String> = world.contents(0)[side]
        .keys()
        .map(|content| {
            let text = String::from_utf8(content.clone()).unwrap();
            let line = text.lines().find_map(|line| line.strip_prefix("N:"));
            line.unwrap().to_owned()
        })
        .collect();
    names.sort();
    names
}

/// The server's statuses for item commands.
fn statuses(transcript: &Transcript) -> Vec<Status> {
    let steps = transcript
        .steps
        .iter()
        .filter(|step| step.side == Side::Remote);
    let messages = steps.filter_map(|step| step.message.as_ref());
    messages
        .flat_map(|bytes| {
            let message = decode(bytes, transcript.encoding, &Limits::default()).unwrap();
            message.body.commands.into_iter()
        })
        .filter_map(|command| match command {
            Command::Status(status) => Some(status),
            _ => None,
        })
        .filter(|status| ["Add", "Replace", "Delete"].contains(&status.cmd.as_str()))
        .collect()
}

fn told(transcript: &Transcript) -> Vec<u16> {
    let notices = transcript.notices(Side::Remote);
    notices
        .filter_map(|notice| match notice {
            Notice::Conflict { status, .. } => Some(status.get()),
            _ => None,
        })
        .collect()
}

/// DS-S-036, DS-S-037: what the client did × what the server did × each policy that asks nobody: the status, what
/// each side has afterwards, and that the next session has nothing to do.
#[test]
fn policies() {
    use ConflictPolicy::{ClientWins, Duplicate, ServerWins, Unresolved};
    let (mine, theirs) = ("Client;Changed", "Server;Changed");
    for (policy, client, server, code, left) in [
        (ClientWins, Change, Change, 208, vec![mine]),
        (ServerWins, Change, Change, 419, vec![theirs]),
        (Duplicate, Change, Change, 209, vec![mine, theirs]),
        (ClientWins, Change, Delete, 208, vec![mine]),
        (ServerWins, Change, Delete, 419, vec![]),
        (Duplicate, Change, Delete, 208, vec![mine]),
        (ClientWins, Delete, Change, 419, vec![theirs]),
        (ServerWins, Delete, Change, 419, vec![theirs]),
        (Duplicate, Delete, Change, 419, vec![theirs]),
        (ClientWins, Delete, Delete, 200, vec![]),
        (ServerWins, Delete, Delete, 200, vec![]),
        (Unresolved, Delete, Delete, 200, vec![]),
    ] {
        for variant in Variant::EACH {
            let mut world = world(policy, client, server).with_variant(variant);
            let transcript = world.sync();
            let case = format!("{policy:?} {client:?} {server:?}\n{transcript}");
            let codes: Vec<u16> = statuses(&transcript)
                .iter()
                .map(|it| it.code.get())
                .collect();
            assert_eq!(codes, [code], "{case}");
            let conflicts: &[u16] = if code == 200 { &[] } else { &[code] };
            assert_eq!(told(&transcript), conflicts, "{case}");
            assert_eq!(names(&world, 0), left, "{case}");
            assert_eq!(names(&world, 1), left, "{case}");
            assert_eq!(moved(&world.sync()), [[0; 4]; 2], "{case}");
        }
    }
}

/// DS-S-036: a conflict that nobody resolves leaves each side its own, is told in each session and sends nothing,
/// until one side changes.
#[test]
fn unresolved() {
    for variant in Variant::EACH {
        for (client, server) in [(Change, Change), (Change, Delete), (Delete, Change)] {
            let mut world = world(ConflictPolicy::Unresolved, client, server).with_variant(variant);
            let before = [names(&world, 0), names(&world, 1)];
            for _ in 0..2 {
                let transcript = world.sync();
                assert_eq!(
                    told(&transcript),
                    [409],
                    "{client:?} {server:?}\n{transcript}"
                );
                assert_eq!(moved(&transcript), [[0; 4]; 2], "{transcript}");
                assert_eq!([names(&world, 0), names(&world, 1)], before);
            }
        }
        // The client takes its change back to nothing, and the other side's version comes when it changes again.
        let mut world = world(ConflictPolicy::Unresolved, Change, Change).with_variant(variant);
        world.sync();
        world.server_config.datastores[0].conflict = ConflictPolicy::ServerWins;
        let transcript = world.sync();
        assert_eq!(told(&transcript), [419], "{transcript}");
        let theirs = only(&world, Side::Remote);
        world
            .server
            .put(USER, NAMES[0].1, theirs, card("Server;Again"));
        world.sync();
        assert_eq!(names(&world, 0), ["Server;Again"]);
        world.assert_equal();
    }
}

/// A session in which the server's store is asked, and says this.
fn sync_asked(world: &mut World, said: &Resolution, asked: &mut Vec<ConflictPolicy>) -> Transcript {
    let pair = world.pair();
    let mut server = Hooked {
        inner: &mut world.server,
        hook: Box::new(|effect, store| match effect {
            Effect::Reconcile {
                link,
                policy,
                local,
                theirs,
            } => {
                assert_eq!(
                    store.get(USER, &link.local, local),
                    Some(&card("Server;Changed"))
                );
                assert_eq!(*theirs, card("Client;Changed"));
                asked.push(*policy);
                Some(Ok(Reply::Reconciled(Box::new(said.clone()))))
            }
            _ => None,
        }),
    };
    pair.run(&mut world.client, &mut server)
}

/// DS-S-036: the store decides about two versions, or makes one of them, and the session does as it says.
#[test]
fn asked() {
    let merged: Content = card("Both;Merged");
    for policy in [ConflictPolicy::NewestWins, ConflictPolicy::Merge] {
        for (said, code, left) in [
            (Resolution::ClientWins, 208, vec!["Client;Changed"]),
            (Resolution::ServerWins, 419, vec!["Server;Changed"]),
            (Resolution::Merged(merged.clone()), 207, vec!["Both;Merged"]),
            (
                Resolution::Merged(card("Client;Changed")),
                207,
                vec!["Client;Changed"],
            ),
            (
                Resolution::Merged(card("Server;Changed")),
                207,
                vec!["Server;Changed"],
            ),
            (
                Resolution::Duplicate,
                209,
                vec!["Client;Changed", "Server;Changed"],
            ),
        ] {
            let mut world = world(policy, Change, Change);
            let mut asked = Vec::new();
            let transcript = sync_asked(&mut world, &said, &mut asked);
            assert_eq!(asked, [policy]);
            assert_eq!(told(&transcript), [code], "{said:?}\n{transcript}");
            assert_eq!(names(&world, 0), left, "{said:?}\n{transcript}");
            assert_eq!(names(&world, 1), left, "{said:?}\n{transcript}");
            assert_eq!(moved(&world.sync()), [[0; 4]; 2], "{said:?}");
        }
    }
}

/// 207 and 209 name the items: the merged one on both sides, the one that came to be.
#[test]
fn ids_of_a_conflict() {
    let mut world = world(ConflictPolicy::Merge, Change, Change);
    let (luid, guid) = (only(&world, Side::Local), only(&world, Side::Remote));
    let said = Resolution::Merged(card("Both;Merged"));
    let transcript = sync_asked(&mut world, &said, &mut Vec::new());
    let status = &statuses(&transcript)[0];
    assert_eq!(status.items[0].target_uri(), Some(guid.as_str()));
    assert_eq!(status.items[0].source_uri(), Some(luid.as_str()));

    let mut world = self::world(ConflictPolicy::Duplicate, Change, Change);
    let transcript = world.sync();
    let status = &statuses(&transcript)[0];
    let made = world
        .server
        .items(USER, NAMES[0].1)
        .find(|(_, content)| **content == card("Client;Changed"))
        .map(|(id, _)| id.as_str());
    assert_eq!(status.items[0].target_uri(), made);
}

/// A client's Delete wins over a change where that is wanted.
#[test]
fn deletes_that_win() {
    let mut world = world(ConflictPolicy::ClientWins, Delete, Change);
    world.server_config.datastores[0].deletes_win = true;
    let transcript = world.sync();
    assert_eq!(told(&transcript), [208], "{transcript}");
    assert!(names(&world, 0).is_empty() && names(&world, 1).is_empty());
    assert_eq!(moved(&world.sync()), [[0; 4]; 2]);
}

/// DS-C-043: a client that has changed an item since its list was made keeps its change, and the server resolves the
/// conflict in the next session.
#[test]
fn changed_while_the_session_ran() {
    for (server, left) in [(Change, "Client;Late"), (Delete, "Client;Late")] {
        let mut world = World::new();
        let mine = world.add_client("Both;One");
        world.sync();
        let theirs = only(&world, Side::Remote);
        match server {
            Change => drop(
                world
                    .server
                    .put(USER, NAMES[0].1, theirs, card("Server;Changed")),
            ),
            Delete => drop(world.server.remove(USER, NAMES[0].1, &theirs)),
        }
        let pair = world.pair();
        let mut late = false;
        let mut client = Hooked {
            inner: &mut world.client,
            hook: Box::new(|effect, store| {
                if matches!(effect, Effect::Resolve { .. }) && !std::mem::replace(&mut late, true) {
                    store.put(USER, NAMES[0].0, mine.clone(), card("Client;Late"));
                }
                None
            }),
        };
        let first = pair.run(&mut client, &mut world.server);
        drop(client);
        assert_eq!(moved(&first), [[0; 4]; 2], "{first}");
        assert_eq!(names(&world, 0), ["Client;Late"]);
        world.sync();
        assert_eq!(names(&world, 0), [left]);
        world.assert_equal();
    }
}

/// DS-S-036: a server that hands the decision to the client says 409 and sends its own version; what the client makes of it
/// stands on both sides after its next session. A client that does not decide leaves things as they are.
#[test]
fn handed_to_the_client() {
    for (stands, codes, left) in [
        (Some(Side::Local), [409, 208], Some("Client;Changed")),
        (Some(Side::Remote), [409, 200], Some("Server;Changed")),
        (None, [409, 409], None),
    ] {
        let mut world = world(ConflictPolicy::ClientDecides, Change, Change);
        world.client_config.requests[0].on_conflict = stands;
        let first = world.sync();
        let told: Vec<u16> = [Side::Remote, Side::Local]
            .into_iter()
            .flat_map(|side| first.notices(side))
            .filter_map(|notice| match notice {
                Notice::Conflict { status, .. } => Some(status.get()),
                _ => None,
            })
            .collect();
        assert_eq!(told, codes, "{first}");
        let second = world.sync();
        match left {
            Some(left) => {
                assert_eq!(names(&world, 0), [left], "{second}");
                world.assert_equal();
                assert_eq!(moved(&world.sync()), [[0; 4]; 2]);
            }
            // It comes again and again, and nothing is lost.
            None => assert_eq!(
                [names(&world, 0), names(&world, 1)],
                [["Client;Changed"], ["Server;Changed"]]
            ),
        }
    }
}

/// DS-S-037: where one side has deleted the item there is nothing to decide: data survives.
#[test]
fn nothing_to_hand_over() {
    for (client, server, left) in [
        (Delete, Change, "Server;Changed"),
        (Change, Delete, "Client;Changed"),
    ] {
        let mut world = world(ConflictPolicy::ClientDecides, client, server);
        world.client_config.requests[0].on_conflict = Some(Side::Remote);
        world.sync();
        assert_eq!(names(&world, 0), [left]);
        world.assert_equal();
    }
}

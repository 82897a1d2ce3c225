//! Items that stand under others: folders, and what is in them.

mod common;

use common::grove::{grove, leaf};
use common::{NAMES, USER, World, moved, sizes};
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{ConflictPolicy, ItemId, Notice, Pattern, Profile, Rule, Side, SyncType};
use syncml_wbxml::Encoding;

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

/// Nothing is left to be said.
fn assert_quiet(world: &mut World) {
    let transcript = world.sync();
    assert_eq!(moved(&transcript), QUIET, "{transcript}");
    assert!(!transcript.to_string().contains("Orphan"), "{transcript}");
}

/// How well the two know each other.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Acquaintance {
    /// Each knows that the other is of its kind.
    Kin,
    /// Each has a rule for the other.
    ByRule,
    /// Neither knows what the other is made of.
    Strangers,
}

use Acquaintance::{ByRule, Kin, Strangers};

fn refused(transcript: &Transcript) -> Vec<(Side, u16)> {
    let mut refused = Vec::new();
    for side in [Side::Local, Side::Remote] {
        for notice in transcript.notices(side) {
            if let Notice::ItemRefused {
                status,
                by: Side::Local,
                ..
            } = notice
            {
                refused.push((side, status.get()));
            }
        }
    }
    refused
}

/// DS-C-014, DS-S-014: trees of both sides come together, in one message or in many, however deep, and whatever is newer
/// than what it contains.
#[test]
fn trees_come_together() {
    for (encoding, size) in [
        (Encoding::Xml, 65_536),
        (Encoding::Wbxml, 65_536),
        (Encoding::Xml, 3_000),
        (Encoding::Wbxml, 2_400),
    ] {
        let mut world = grove().with_encoding(encoding);
        world.client_config.sizes = sizes(size);
        world.server_config.sizes = sizes(size);
        let mut paths = Vec::new();
        let mut deep = String::from("deep");
        for level in 0..12 {
            paths.push(deep.clone());
            paths.push(format!("{deep}/leaf {level}"));
            deep = format!("{deep}/{level}");
        }
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        world.mine().add_all(&paths);
        let theirs = ["a", "a/b", "a/b/c", "a/b/d", "a/e", "f"];
        world.theirs().add_all(&theirs);
        for path in ["deep/0/1/2", "deep/0", "deep"] {
            let name = path.rsplit('/').next().unwrap();
            world.mine().rename(path, "other");
            world.mine().rename(&path.replace(name, "other"), name);
        }
        world.theirs().shift("a", "f");
        world.theirs().shift("f/a", "");
        let transcript = world.sync();
        let all: Vec<&str> = paths.iter().copied().chain(theirs).collect();
        world.assert_trees(&all);
        assert_eq!(refused(&transcript), [], "{transcript}");
        assert!(!transcript.to_string().contains("Orphan"), "{transcript}");
        let xml = transcript.to_string();
        assert!(xml.contains("<SourceParent>"), "{xml}");
        assert!(xml.contains("<SupportHierarchicalSync/>"), "{xml}");
        assert_quiet(&mut world);
        // Now that the ids of the client are known.
        world.theirs().add("a/b/g");
        world.theirs().add("deep/0/h");
        let transcript = world.sync();
        assert!(transcript.to_string().contains("<TargetParent>"));
        let all: Vec<&str> = all.into_iter().chain(["a/b/g", "deep/0/h"]).collect();
        world.assert_trees(&all);
        assert_quiet(&mut world);
    }
}

/// Two sides in step with `a`, `a/b`, `a/b/c`, `a/b/d`, `e` and `e/f`.
fn in_step(known: Acquaintance) -> World {
    let mut world = grove();
    if known != Kin {
        world.client_config.device.man = "somebody".into();
        world.server_config.device.man = "somebody else".into();
    }
    if known == ByRule {
        let mut profile = Profile::default();
        profile.takes_move = true;
        profile.takes_top = true;
        let rule = Rule::new("takes all", profile).with_man(Pattern::new("somebody*"));
        world.client_config.rules = [rule.clone()].into();
        world.server_config.rules = [rule].into();
    }
    world
        .mine()
        .add_all(&["a", "a/b", "a/b/c", "a/b/d", "e", "e/f"]);
    world.sync();
    world.assert_trees(&["a", "a/b", "a/b/c", "a/b/d", "e", "e/f"]);
    assert_quiet(&mut world);
    world
}

/// DS-C-014, DS-S-014, DS-B-026: every change of a tree goes over, in both directions, as Move to those that take it and
/// as Replace to others.
#[test]
fn changes_of_a_tree() {
    for theirs in [false, true] {
        for known in [Kin, ByRule, Strangers] {
            for encoding in [Encoding::Xml, Encoding::Wbxml] {
                let mut world = in_step(known).with_encoding(encoding);
                let mut side = if theirs { world.theirs() } else { world.mine() };
                side.shift("a/b", "e");
                side.shift("e/b/c", "e/f");
                side.rename("e/b/d", "g");
                side.shift("e/b/g", "a");
                let transcript = world.sync();
                world.assert_trees(&["a", "a/g", "e", "e/b", "e/f", "e/f/c"]);
                let moves = transcript.to_string().matches("<Move>").count();
                // Every message is there once; what was renamed too is replaced.
                assert_eq!(
                    moves,
                    if known == Strangers { 0 } else { 2 },
                    "{transcript}"
                );
                assert_quiet(&mut world);

                // The other way round, and a folder that is emptied and removed.
                let mut side = if theirs { world.theirs() } else { world.mine() };
                side.add("h");
                side.shift("e/f", "h");
                side.shift("e/b", "h/f");
                side.remove("e");
                side.rename("h", "i");
                world.sync();
                world.assert_trees(&["a", "a/g", "i", "i/f", "i/f/b", "i/f/c"]);
                assert_quiet(&mut world);

                // A whole tree goes.
                let mut side = if theirs { world.theirs() } else { world.mine() };
                side.remove("i");
                world.sync();
                world.assert_trees(&["a", "a/g"]);
                assert_quiet(&mut world);
            }
        }
    }
}

/// DS-B-026: what has come to the top is told by an empty parent to those that take it; from others it is taken away,
/// and comes as a new item with the next session.
#[test]
fn to_the_top() {
    for theirs in [false, true] {
        for known in [Kin, ByRule, Strangers] {
            let mut world = in_step(known);
            let mut side = if theirs { world.theirs() } else { world.mine() };
            side.shift("e/f", "");
            let transcript = world.sync();
            assert_eq!(
                transcript.to_string().contains("<Delete>"),
                known == Strangers,
                "{transcript}"
            );
            if known == Strangers {
                world.sync();
            }
            world.assert_trees(&["a", "a/b", "a/b/c", "a/b/d", "e", "f"]);
            assert_quiet(&mut world);
        }
    }
}

/// DS-S-014: a client that keeps short ids only is told parents by their temporary ones.
#[test]
fn temporary_parents() {
    let mut world = grove();
    world.server_config.sizes = sizes(2_400);
    world.client_config.sizes = sizes(2_400);
    let long = |name: &str| ItemId::new(format!("{name}-{}", "x".repeat(300)));
    let mut place = ds_protocol::Place::Top;
    for name in ["a", "b", "c", "d", "e", "f"] {
        let content = leaf(name).with_place(place);
        world.server.put(USER, NAMES[0].1, long(name), content);
        place = ds_protocol::Place::under(long(name));
    }
    let transcript = world.sync();
    world.assert_trees(&["a", "a/b", "a/b/c", "a/b/c/d", "a/b/c/d/e", "a/b/c/d/e/f"]);
    assert!(!transcript.to_string().contains("xxxxxxxxx</LocURI>"));
    assert_quiet(&mut world);
}

/// DS-C-014, DS-S-014: every type of sync leaves the same tree where both sides are to have the same.
#[test]
fn sync_types() {
    for (sync_type, wanted) in [
        (
            SyncType::TwoWay,
            &["a", "a/m", "a/t", "e", "e/b", "e/b/c"][..],
        ),
        (SyncType::Slow, &["a", "a/m", "a/t", "e", "e/b", "e/b/c"]),
        (
            SyncType::RefreshFromClient,
            &["a", "a/m", "e", "e/b", "e/b/c"],
        ),
        (
            SyncType::RefreshFromServer,
            &["a", "a/b", "a/b/c", "a/t", "e"],
        ),
    ] {
        let mut world = grove();
        world.mine().add_all(&["a", "a/b", "a/b/c", "e"]);
        world.sync();
        world.mine().add("a/m");
        world.mine().shift("a/b", "e");
        world.theirs().add("a/t");
        if sync_type == SyncType::Slow {
            // What moved is new where everything is compared; so it does not move before.
            world.mine().shift("e/b", "a");
            world.theirs().add("e/b");
            world.theirs().add("e/b/c");
            world.mine().shift("a/b", "e");
            world.theirs().remove("a/b");
        }
        world.client_config.requests[0].sync_type = sync_type;
        let transcript = world.pair().run(&mut world.client, &mut world.server);
        let mut wanted: Vec<_> = wanted.iter().map(|path| (*path).to_owned()).collect();
        wanted.sort();
        assert_eq!(world.mine().paths(), wanted, "{sync_type:?} {transcript}");
        assert_eq!(world.theirs().paths(), wanted, "{sync_type:?} {transcript}");
        world.client_config.requests[0].sync_type = SyncType::TwoWay;
        assert_quiet(&mut world);
    }
    for (sync_type, mine, theirs) in [
        (
            SyncType::OneWayFromClient,
            &["a", "a/m", "e", "e/b", "e/b/c"][..],
            &["a", "a/m", "a/t", "e", "e/b", "e/b/c"][..],
        ),
        (
            SyncType::OneWayFromServer,
            &["a", "a/m", "a/t", "e", "e/b", "e/b/c"],
            &["a", "a/b", "a/b/c", "a/t", "e"],
        ),
    ] {
        let mut world = grove();
        world.mine().add_all(&["a", "a/b", "a/b/c", "e"]);
        world.sync();
        world.mine().add("a/m");
        world.mine().shift("a/b", "e");
        world.theirs().add("a/t");
        world.client_config.requests[0].sync_type = sync_type;
        let transcript = world.pair().run(&mut world.client, &mut world.server);
        assert_eq!(world.mine().paths(), mine, "{sync_type:?} {transcript}");
        assert_eq!(world.theirs().paths(), theirs, "{sync_type:?} {transcript}");
        world.client_config.requests[0].sync_type = SyncType::TwoWay;
        world.sync();
        world.assert_trees(&["a", "a/m", "a/t", "e", "e/b", "e/b/c"]);
        assert_quiet(&mut world);
    }
}

/// DS-B-026: a move against a change of the other side, policy by policy.
#[test]
fn moves_in_conflict() {
    use ConflictPolicy::*;
    for policy in [ClientWins, ServerWins, NewestWins, Merge, Duplicate] {
        for known in [Kin, ByRule, Strangers] {
            let mut world = in_step(known);
            world.server_config.datastores[0].conflict = policy;
            // Moved to different places.
            world.mine().shift("a/b/c", "e");
            world.theirs().shift("a/b/c", "a");
            // Moved here, and gone or changed there.
            world.mine().shift("a/b/d", "e");
            world.theirs().rename("a/b/d", "dd");
            let transcript = world.sync();
            let (mine, theirs) = (world.mine().paths(), world.theirs().paths());
            assert_eq!(mine, theirs, "{policy:?} {known:?} {transcript}");
            let wanted: &[&str] = match (policy, known) {
                (ServerWins, _) => &["a", "a/b", "a/b/dd", "a/c", "e", "e/f"],
                // A Replace brings both versions, a Move nothing that could be kept beside.
                (Duplicate, Strangers) => &["a", "a/b", "a/b/dd", "a/c", "e", "e/c", "e/d", "e/f"],
                (_, Strangers) => &["a", "a/b", "e", "e/c", "e/d", "e/f"],
                (_, Kin | ByRule) => &["a", "a/b", "e", "e/c", "e/dd", "e/f"],
            };
            assert_eq!(mine, wanted, "{policy:?} {known:?} {transcript}");
            assert_quiet(&mut world);
        }
    }
    // Nobody decides: both keep theirs.
    let mut world = in_step(Kin);
    world.server_config.datastores[0].conflict = Unresolved;
    world.mine().shift("a/b/c", "e");
    world.theirs().shift("a/b/c", "a");
    world.sync();
    assert!(world.mine().paths().contains(&"e/c".to_owned()));
    assert!(world.theirs().paths().contains(&"a/c".to_owned()));
}

/// A session is cut at any message, and the next one makes up for it.
#[test]
fn cut_sessions() {
    for lost in 1..9 {
        for request in [true, false] {
            let mut world = in_step(Kin);
            world.client_config.sizes = sizes(2_400);
            world.server_config.sizes = sizes(2_400);
            for side in ["m", "t"] {
                for number in 0..9 {
                    let path = format!("a/{side}{number}");
                    let mut tree = if side == "m" {
                        world.mine()
                    } else {
                        world.theirs()
                    };
                    tree.add(&path);
                    tree.add(&format!("{path}/leaf"));
                }
            }
            world.mine().shift("a/b", "e");
            world.theirs().shift("e/f", "a");
            let mut pair = world.pair();
            if request {
                pair.lost_requests = vec![lost];
            } else {
                pair.lost_answers = vec![lost];
            }
            pair.run(&mut world.client, &mut world.server);
            world.sync();
            let (mine, theirs) = (world.mine().paths(), world.theirs().paths());
            assert_eq!(mine, theirs, "{lost} {request}");
            assert_eq!(
                mine.len(),
                6 + 36,
                "nothing lost, nothing doubled: {mine:?}"
            );
            assert_quiet(&mut world);
        }
    }
}

/// A peer whose datastore is flat is told no places, and a Replace of its own changes none.
#[test]
fn flat_peers() {
    for flat in [Side::Local, Side::Remote] {
        let mut world = grove();
        match flat {
            Side::Local => world.client_config.requests[0].datastore.hierarchical = false,
            Side::Remote => world.server_config.datastores[0].hierarchical = false,
        }
        let mut tree = if flat == Side::Remote {
            world.mine()
        } else {
            world.theirs()
        };
        tree.add_all(&["a", "a/b", "a/b/c"]);
        let first = world.sync();
        assert!(!first.to_string().contains("Parent>"), "{first}");
        let mut side = if flat == Side::Remote {
            world.theirs()
        } else {
            world.mine()
        };
        assert_eq!(side.paths(), ["a", "b", "c"]);
        side.rename("b", "bb");
        world.sync();
        let mut tree = if flat == Side::Remote {
            world.mine()
        } else {
            world.theirs()
        };
        assert_eq!(tree.paths(), ["a", "a/bb", "a/bb/c"]);
        tree.shift("a/bb/c", "a");
        let moved = world.sync();
        assert!(!moved.to_string().contains("Parent>"), "{moved}");
        assert!(!moved.to_string().contains("<Move>"), "{moved}");
        // Everything is compared: places do not count.
        world.client_config.requests[0].sync_type = SyncType::Slow;
        world.sync();
        world.client_config.requests[0].sync_type = SyncType::TwoWay;
        let tree = if flat == Side::Remote {
            world.mine()
        } else {
            world.theirs()
        };
        assert_eq!(tree.paths(), ["a", "a/bb", "a/c"]);
        assert_quiet(&mut world);
    }
}

/// DS-S-070: a folder in which the other side has something new is not removed: it comes back, with what is in it. Where
/// trees are to go as a whole, they go.
#[test]
fn folders_with_something_new() {
    for theirs in [false, true] {
        for recursive in [false, true] {
            let mut world = in_step(Kin);
            world.server_config.datastores[0].recursive_delete = recursive;
            world.client_config.requests[0].datastore.recursive_delete = recursive;
            let (mut deleting, new) = if theirs {
                (world.theirs(), "a/b/n")
            } else {
                (world.mine(), "a/b/n")
            };
            deleting.remove("a");
            let mut adding = if theirs { world.mine() } else { world.theirs() };
            adding.add(new);
            let first = world.sync();
            let wanted: &[&str] = match (theirs, recursive) {
                (false, false) => &["a", "a/b", "a/b/n", "e", "e/f"],
                // The client's new item has no folder at the server.
                (true, false) => &["a", "a/b", "a/b/n", "e", "e/f"],
                _ => &["e", "e/f"],
            };
            if theirs && !recursive {
                assert!(first.to_string().contains("<Data>404</Data>"), "{first}");
                world.sync();
                world.sync();
            }
            if !recursive {
                assert!(first.to_string().contains("<Data>427</Data>"), "{first}");
            }
            world.assert_trees(wanted);
            assert_quiet(&mut world);
        }
    }
}

/// Every variant of a session of trees gives the same messages.
#[test]
fn in_every_way() {
    for variant in Variant::EACH {
        let mut world = grove().with_variant(variant);
        world.mine().add_all(&["a", "a/b", "c"]);
        world.theirs().add_all(&["t", "t/u"]);
        world.sync();
        world.mine().shift("t/u", "a/b");
        world.theirs().shift("c", "a");
        world.sync();
        world.assert_trees(&["a", "a/b", "a/b/u", "a/c", "t"]);
        assert_quiet(&mut world);
    }
}

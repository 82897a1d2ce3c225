//! Slow syncs of items that are one, and differ.

mod common;

use common::objects::likening;
use common::{NAMES, USER, World, moved};
use ds_protocol::testing::Transcript;
use ds_protocol::{
    Cause, Closed, ConflictPolicy, Content, Likeness, NoTwin, Notice, Side, SyncType, Twin,
};

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];

fn world(policy: ConflictPolicy) -> World {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    world.server_config.datastores[0].conflict = policy;
    world.server = world.server.with_likening(likening);
    world
}

fn card(lines: &str) -> Content {
    Content::new(
        "text/vcard",
        format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}END:VCARD\r\n"),
    )
}

/// The same person, as each side has her.
fn versions() -> [Content; 2] {
    let uid = "UID:0f6c1a52-anna@example.net\r\n";
    ["Client", "Server"].map(|side| card(&format!("{uid}FN:Anna {side}\r\n")))
}

fn names(world: &World) -> [Vec<String>; 2] {
    [0, 1].map(|side| {
        let contents = world.contents(0);
        let contents = contents[side].iter();
        let names = contents.flat_map(|(content, count)| {
            let text = String::from_utf8_lossy(content).into_owned();
            let name = text.lines().find_map(|line| line.strip_prefix("FN:"));
            std::iter::repeat_n(name.unwrap_or_default().to_owned(), *count)
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    })
}

/// A session that is complete for the client; the server may not hear of its end.
fn run(world: &mut World) -> Transcript {
    let transcript = world.run();
    assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
    transcript
}

fn causes(transcript: &Transcript, side: Side) -> Vec<String> {
    let causes = transcript.notices(side).filter_map(Notice::cause);
    causes.map(|cause: Cause| cause.to_string()).collect()
}

fn paired(transcript: &Transcript) -> Vec<Likeness> {
    let likeness = |notice: &Notice| match notice {
        Notice::Paired { likeness, .. } => Some(*likeness),
        _ => None,
    };
    transcript
        .notices(Side::Remote)
        .filter_map(likeness)
        .collect()
}

/// DS-S-036, DS-S-037: two versions with one UID are one item, and which of them stays the policy says; nothing is lost
/// that it does not say, and nothing is doubled.
#[test]
fn the_policy_decides() {
    use ConflictPolicy::{ClientWins, Duplicate, ServerWins, Unresolved};
    let (ours, theirs) = ("Anna Client", "Anna Server");
    for (policy, status, [client, server], words) in [
        (
            ClientWins,
            208,
            [vec![ours], vec![ours]],
            "takes the place of the peer's",
        ),
        (
            ServerWins,
            419,
            [vec![theirs], vec![theirs]],
            "gives way to the peer's",
        ),
        (
            Duplicate,
            209,
            [vec![ours, theirs], vec![ours, theirs]],
            "stays beside the peer's",
        ),
        (Unresolved, 409, [vec![ours], vec![theirs]], "was not taken"),
    ] {
        let mut world = world(policy);
        let [mine, other] = versions();
        world.client.add(USER, NAMES[0].0, mine);
        world.server.add(USER, NAMES[0].1, other);
        let slow = run(&mut world);
        assert_eq!(names(&world), [client, server], "{policy:?} {slow}");
        assert_eq!(paired(&slow), [Likeness::SameUid], "{policy:?}");
        let told = causes(&slow, Side::Remote);
        assert!(
            told.iter()
                .any(|cause| cause.contains("both have the same UID")),
            "{told:#?}"
        );
        let conflict = format!("both sides: {status}");
        assert!(
            told.iter().any(|cause| cause.contains(&conflict)),
            "{told:#?}"
        );
        let told = causes(&slow, Side::Local);
        assert!(told.iter().any(|cause| cause.contains(words)), "{told:#?}");
        assert_eq!(moved(&run(&mut world)), QUIET, "{policy:?}");
        // And once more from the beginning.
        world.client_config.requests[0].sync_type = SyncType::Slow;
        let again = run(&mut world);
        let expected = if policy == Unresolved {
            [1, 1]
        } else {
            [names(&world)[1].len(); 2]
        };
        assert_eq!(
            names(&world).map(|names| names.len()),
            expected,
            "{policy:?} {again}"
        );
    }
}

/// DS-S-036: case and blanks make no other item; an equal one goes first; what cannot be told apart is added, and the
/// reason is said.
#[test]
fn what_is_paired_and_what_is_not() {
    let mut world = world(ConflictPolicy::ServerWins);
    for lines in [
        "FN:Bert  Brown\r\nTEL:1\r\n",
        "FN:Dora\r\n",
        "FN:Otto\r\n",
        "FN:OTTO\r\n",
    ] {
        world.server.add(USER, NAMES[0].1, card(lines));
    }
    for lines in [
        "TEL:1\r\nFN:bert BROWN\r\n",
        "FN:Dora\r\n",
        "FN:otto\r\n",
        "FN:Edna\r\n",
    ] {
        world.client.add(USER, NAMES[0].0, card(lines));
    }
    let slow = run(&mut world);
    let all = ["Bert  Brown", "Dora", "Edna", "OTTO", "Otto", "otto"];
    assert_eq!(names(&world), [all, all], "{slow}");
    assert_eq!(paired(&slow), [Likeness::Normalized]);
    let told = causes(&slow, Side::Remote);
    for words in [
        "both say the same but for case and blanks",
        "it has the content of the peer's item",
        "nobody can tell which is meant",
        "nothing here is like the peer's item",
    ] {
        assert!(
            told.iter().any(|cause| cause.contains(words)),
            "{words} in {told:#?}"
        );
    }
    // The client has two that are equal, the server one: the second is another item.
    world.client.add(USER, NAMES[0].0, card("FN:Dora\r\n"));
    world.client_config.requests[0].sync_type = SyncType::Slow;
    let again = run(&mut world);
    let told = causes(&again, Side::Remote);
    let words = "is paired with another one of the peer";
    assert!(told.iter().any(|cause| cause.contains(words)), "{told:#?}");
    let twice = [
        "Bert  Brown",
        "Dora",
        "Dora",
        "Edna",
        "OTTO",
        "Otto",
        "otto",
    ];
    assert_eq!(names(&world), [twice, twice], "{again}");
}

/// A refresh leaves what the client has, and the item here keeps its id; a store that compares nothing loosely adds.
#[test]
fn refresh_from_the_client() {
    for loosely in [true, false] {
        let mut world = world(ConflictPolicy::ServerWins);
        if !loosely {
            let none = |_: &Content| ds_protocol::memory::Alike::default();
            world.server = world.server.with_likening(none);
        }
        let [mine, other] = versions();
        world.client.add(USER, NAMES[0].0, mine);
        let id = world.server.add(USER, NAMES[0].1, other);
        world.client_config.requests[0].sync_type = SyncType::RefreshFromClient;
        let refresh = run(&mut world);
        assert_eq!(
            names(&world),
            [["Anna Client"], ["Anna Client"]],
            "{refresh}"
        );
        let is_kept = world.server.get(USER, NAMES[0].1, &id).is_some();
        assert_eq!(is_kept, loosely, "{refresh}");
    }
}

/// What a search comes to names the item, or nothing.
#[test]
fn twins_name_items() {
    let id = ds_protocol::ItemId::new("1");
    assert_eq!(Twin::Found(id.clone(), Likeness::Equal).found(), Some(&id));
    assert_eq!(Twin::None(NoTwin::Nothing).found(), None);
}

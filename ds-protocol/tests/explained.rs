//! Every decision that users ask about has a cause: what was decided, what it stands on, and the rule.

mod common;

use common::post::exchange;
use common::{NAMES, USER, World, card, sizes};
use ds_protocol::testing::Transcript;
use ds_protocol::{
    Cause, ConflictPolicy, Credentials, Filter, FilterCaps, Notice, Pattern, Profile, Rule, Side,
    SyncType,
};
use syncml_devinf::Version;
use syncml_repr::Command;

fn world() -> World {
    let mut world = World::new();
    world.client_config.requests.truncate(1);
    world.server_config.datastores.truncate(1);
    world
}

fn run(world: &mut World) -> Transcript {
    world.pair().run(&mut world.client, &mut world.server)
}

fn causes(transcript: &Transcript, side: Side) -> Vec<Cause> {
    transcript.notices(side).filter_map(Notice::cause).collect()
}

/// There is a cause whose decision and evidence hold these words, and it names a rule.
#[track_caller]
fn told(causes: &[Cause], what: &str, evidence: &str) {
    let found = causes
        .iter()
        .find(|cause| cause.what.contains(what) && cause.evidence.contains(evidence));
    let found =
        found.unwrap_or_else(|| panic!("no {what:?} because of {evidence:?} in {causes:#?}"));
    assert!(!found.rule.is_empty(), "{found:?}");
    assert!(
        found.to_string().contains(found.rule),
        "one line says all: {found}"
    );
}

/// Why slow: no anchors, other anchors (both are shown), the peer's word.
#[test]
fn slow() {
    let mut world = world();
    let first = run(&mut world);
    told(
        &causes(&first, Side::Local),
        "people: slow sync",
        "stored Next of the peer none",
    );
    // The client has forgotten; the server shows what it compared.
    world.client = ds_protocol::memory::MemoryStore::new();
    world.client_config.requests[0].sync_type = SyncType::OneWayFromServer;
    let other = run(&mut world);
    told(
        &causes(&other, Side::Remote),
        "contacts: refresh-from-server sync",
        "stored Next of the peer \"",
    );
    told(
        &causes(&other, Side::Local),
        "people: refresh-from-server sync",
        "the peer answered with it",
    );
}

/// Paired, not paired, removed in a refresh.
#[test]
fn pairing() {
    let mut world = world();
    world.add_client("Both");
    world.add_server("Both");
    world.add_client("Mine");
    let first = causes(&run(&mut world), Side::Remote);
    told(&first, "is paired", "has the content");
    told(&first, "is new here", "nothing here is like");
    let doomed = world.server.add(USER, NAMES[0].1, card("Doomed"));
    world.client_config.requests[0].sync_type = SyncType::RefreshFromClient;
    let refresh = causes(&run(&mut world), Side::Remote);
    told(
        &refresh,
        &format!("item {} is removed", doomed.as_str()),
        "everything it has",
    );
}

/// Conflicts, with the policy that decided.
#[test]
fn conflict() {
    for (policy, status, word) in [
        (ConflictPolicy::ClientWins, "208", "client wins"),
        (ConflictPolicy::ServerWins, "419", "server wins"),
    ] {
        let mut world = world();
        world.server_config.datastores[0].conflict = policy;
        let id = world.add_client("Before");
        run(&mut world);
        let guid = world
            .server
            .items(USER, NAMES[0].1)
            .next()
            .unwrap()
            .0
            .clone();
        world.client.put(USER, NAMES[0].0, id, card("C"));
        world.server.put(USER, NAMES[0].1, guid, card("S"));
        let causes = causes(&run(&mut world), Side::Remote);
        told(&causes, "was changed on both sides", status);
        assert!(
            causes.iter().any(|cause| cause.rule.contains(word)),
            "{causes:#?}"
        );
    }
}

/// Refused, held back, given up.
#[test]
fn refused() {
    let mut world = world();
    run(&mut world);
    world.add_client("Empty");
    let done = exchange(&mut world, |side, message| {
        common::post::each(&mut message.body.commands, &mut |command| {
            if let (Side::Local, Command::Modify(modify)) = (side, command) {
                modify.items[0].data = None;
            }
        });
    });
    let causes = |side| {
        done.notices(side)
            .filter_map(Notice::cause)
            .collect::<Vec<_>>()
    };
    told(&causes(Side::Local), "was not taken", "412");
    world.server_config.datastores.clear();
    let gone = self::causes(&run(&mut world), Side::Local);
    told(&gone, "people: given up", "404");
    let mut world = self::world();
    world.client_config.credentials = Some(Credentials::new(USER, "rose"));
    let transcript = run(&mut world);
    told(
        &self::causes(&transcript, Side::Local),
        "credentials refused",
        "401",
    );
}

/// Too large.
#[test]
fn held() {
    let mut world = world();
    world.server_config.sizes = sizes(3000);
    world.client_config.version = Version::V1_0;
    world.add_client(&"Large".repeat(2000));
    let transcript = run(&mut world);
    told(
        &causes(&transcript, Side::Local),
        "is held back",
        "larger than the peer takes",
    );
}

/// Doubled: an Add whose Status was lost. Sent again: ids that nobody acknowledged, and a message.
#[test]
fn again() {
    let mut world = world();
    run(&mut world);
    world.add_client("Mine");
    let mut pair = world.pair();
    pair.lost_answers.push(2);
    pair.run(&mut world.client, &mut world.server);
    // A client that does not note what it sends would say Add again.
    let done = exchange(&mut world, |side, message| {
        common::post::each(&mut message.body.commands, &mut |command| {
            if let (Side::Local, Command::Modify(modify)) = (side, command) {
                modify.kind = syncml_repr::ModifyKind::Add;
            }
        });
    });
    let doubled: Vec<_> = done
        .notices(Side::Remote)
        .filter_map(Notice::cause)
        .collect();
    told(&doubled, "is not added again", "paired already");

    let mut world = self::world();
    run(&mut world);
    world.add_server("Theirs");
    let mut pair = world.pair();
    pair.lost_requests.push(3);
    pair.run(&mut world.client, &mut world.server);
    let again = run(&mut world);
    told(
        &causes(&again, Side::Local),
        "ids of 1 items are told again",
        "not acknowledged",
    );
    told(
        &[Notice::Repeated.cause().unwrap()],
        "stored answer",
        "number of the last one",
    );
}

/// Filters and profiles, with the expression and the text that was compared.
#[test]
fn filter_and_profile() {
    let mut world = world();
    world.server_config.rules = vec![
        Rule::new("tablets", Profile::default()).with_device(Pattern::new("urn:x-dev:tablet*")),
    ]
    .into();
    let datastore = world.server_config.datastores[0].clone();
    world.server_config.datastores[0] = datastore.with_filter(FilterCaps::new(["SINCE"], []));
    world.server = world.server.with_filtering(|_| Ok(Box::new(|_, _| true)));
    world.client_config.requests[0].filter = Some(Filter::cgi("text/vcard", "FN&EQ;One"));
    let first = run(&mut world);
    told(
        &causes(&first, Side::Remote),
        "treated as \"tablets\"",
        "urn:x-dev:tablet-5",
    );
    told(
        &causes(&first, Side::Local),
        "the filter FN&EQ;One is not followed",
        "not known yet",
    );
    let second = run(&mut world);
    told(
        &causes(&second, Side::Remote),
        "a part is synchronised",
        "FN&EQ;One",
    );
    let fallback = Notice::Fallback {
        from: Version::V1_2,
        to: Version::V1_1,
    };
    told(
        &[fallback.cause().unwrap()],
        "tried again in SyncML 1.1",
        "1.2",
    );
}

/// Progress is no decision.
#[test]
fn progress_has_no_cause() {
    assert_eq!(Notice::Busy.cause(), None);
    let mut world = world();
    run(&mut world);
    let quiet = run(&mut world);
    assert!(causes(&quiet, Side::Local).is_empty(), "{quiet}");
}

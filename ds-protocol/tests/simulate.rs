//! A world in which everything goes wrong that can: nothing is lost, nothing doubled, and everybody finds together.
//!
//! `cargo test` plays few seeds; `SEEDS=10000 cargo test --release -p ds-protocol --test simulate` plays what the gate does.

mod common;

use std::collections::BTreeMap;

use common::desk::{Desk, alert, sync};
use ds_protocol::testing::simulate::{Defect, Plan, Tally, phase_moves};

/// Seeds of a run.
fn seeds() -> u64 {
    let asked = std::env::var("SEEDS").ok();
    asked.and_then(|asked| asked.parse().ok()).unwrap_or(60)
}

/// DS-B-015, DS-B-016, DS-B-017: whatever befalls sessions. Every transition of the phase table is taken on the way, and
/// what is not in the table is refused.
#[test]
fn nothing_is_lost() {
    let count = seeds();
    let play = |first: u64| {
        let mut tally = Tally::default();
        for seed in (first..count).step_by(2) {
            match Plan::of(seed, None).play() {
                Ok(played) => tally.add(&played),
                Err(broken) => {
                    let small = broken.plan.shrunk().transcript();
                    panic!(
                        "{small}\n{broken}\nplay it again: syncml simulate --seed {seed} --seeds 1"
                    );
                }
            }
        }
        (tally, phase_moves())
    };
    let (mut tally, mut moves) = (Tally::default(), Vec::new());
    std::thread::scope(|scope| {
        let workers = [0, 1].map(|first| scope.spawn(move || play(first)));
        for worker in workers {
            let (played, moved) = worker.join().expect("the seeds above hold");
            tally.add(&played);
            moves.extend(moved);
        }
    });
    println!("{tally:#?}");
    assert_eq!(tally.seeds, count);
    another_round();
    moves.extend(phase_moves());
    let taken: BTreeMap<(&str, &str), bool> = moves
        .iter()
        .map(|(phase, event, legal)| ((&**phase, &**event), *legal))
        .collect();
    for (phase, event) in LEGAL {
        assert_eq!(
            taken.get(&(phase, event)),
            Some(&true),
            "{phase} on {event}"
        );
    }
    let refused = taken.iter().filter(|(_, legal)| !**legal);
    for ((phase, event), _) in refused {
        assert!(!LEGAL.contains(&(phase, event)), "{phase} on {event}");
    }
}

/// A client that alerts again in the same session, which ours does not.
fn another_round() {
    let mut desk = Desk::new();
    desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    desk.say(&sync(""));
    desk.say("<Final/>");
    let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    assert!(answer.body.is_final);
}

/// The rows of the phase table. That no other is taken is a test of the table.
const LEGAL: [(&str, &str); 11] = [
    ("Done", "NextRound"),
    ("ClientInit", "ClientFinal"),
    ("ClientInit", "CombinedFinal"),
    ("ServerInit", "ServerFinal"),
    ("ClientSync", "ClientFinal"),
    ("ClientSync", "NothingOwed"),
    ("ServerSync", "ServerFinal"),
    ("ServerSync", "ServerInitFinal"),
    ("ClientMap", "ClientFinal"),
    ("ClientMap", "NothingOwed"),
    ("ServerMap", "ServerFinal"),
];

/// Each defect, and the seeds within which it is found; the table of the guide.
const FOUND: &[(Defect, u64)] = &[
    (Defect::RepeatApplied, 50),
    (Defect::MapNotRepeated, 500),
    (Defect::MapNotOwed, 1),
    (Defect::MapDropped, 1),
    (Defect::ChunksMisplaced, 5),
    (Defect::ChunkReadTwice, 5),
    (Defect::FilterForgotten, 1),
    (Defect::CursorForgotten, 2),
    (Defect::BeginForgotten, 3),
    (Defect::ResumedAfresh, 5),
    (Defect::DeleteNotDone, 1),
    (Defect::PlaceForgotten, 100),
    (Defect::MoveNotDone, 500),
    (Defect::UnansweredConfirmed, 50),
    (Defect::RefusalConfirmed, 100),
    (Defect::GoneConfirmed, 1000),
    (Defect::ConflictUntold, 50),
    (Defect::RefusalUntold, 100),
    (Defect::ClientDeleted, 1000),
    (Defect::ServerChangeDropped, 50),
    (Defect::DeleteWins, 50),
    (Defect::TwinsIgnored, 1),
    (Defect::RefreshUnasked, 50),
    (Defect::SizeIgnored, 5),
    (Defect::FinalForgotten, 1),
    (Defect::EditOverlooked, 50),
    (Defect::SnapshotWithoutPending, 500),
    (Defect::SnapshotWithoutAnswer, 50),
    (Defect::SnapshotWithoutObject, 5),
    (Defect::SnapshotWithoutUser, 1),
    (Defect::SnapshotWithoutFilter, 1),
];

/// The simulator would see a real defect: it finds each of those that are there to be found. Without optimisation,
/// those alone that are found soon.
#[test]
fn defects_are_found() {
    let named: Vec<Defect> = FOUND.iter().map(|(defect, _)| *defect).collect();
    assert_eq!(named, Defect::ALL, "each has a row");
    let soon = if cfg!(debug_assertions) { 5 } else { u64::MAX };
    let mut missed = Vec::new();
    for (defect, within) in FOUND.iter().filter(|(_, within)| *within <= soon) {
        let fails = |seed: &u64| Plan::of(*seed, None).play().is_err();
        let found = defect.with(|| (0..*within).rev().find(fails));
        if found.is_none() {
            let later = defect.with(|| (*within..*within + 1000).find(fails));
            missed.push(format!(
                "{defect:?} is not found in {within} seeds; after that, at {later:?}"
            ));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

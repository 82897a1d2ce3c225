//! A world in which everything goes wrong that can: nothing is lost, nothing doubled, and everybody finds together.
//!
//! `cargo test` plays few seeds; `SEEDS=10000 cargo test --release -p ds-protocol --test simulate` plays what the gate
//! does. `SEEDS=10000..40000` plays those above; `-- --nocapture` prints the sessions and what befell them. `SAVE=FILE` keeps the
//! smallest plan of the first that fails.

mod common;

use std::collections::BTreeMap;
use std::ops::Range;

use common::desk::{Desk, alert, sync};
use ds_protocol::testing::simulate::{Defect, Plan, Tally, phase_moves};

/// Seeds that fail, of each half, after which a run ends.
const ENOUGH: usize = 10;

/// Seeds of a run: so many, or from one to another.
fn seeds() -> Range<u64> {
    let Ok(asked) = std::env::var("SEEDS") else {
        return 0..60;
    };
    let number = |text: &str| text.parse().expect("SEEDS is a number, or two: 100..200");
    match asked.split_once("..") {
        Some((first, end)) => number(first)..number(end),
        None => 0..number(&asked),
    }
}

/// DS-B-015, DS-B-016, DS-B-017: whatever befalls sessions. Every transition of the phase table is taken on the way, and
/// what is not in the table is refused.
#[test]
fn nothing_is_lost() {
    let seeds = seeds();
    let play = |first: u64| {
        let (mut tally, mut broken) = (Tally::default(), Vec::new());
        for seed in (seeds.start + first..seeds.end).step_by(2) {
            match Plan::of(seed, None).play() {
                Ok(played) => tally.add(&played),
                Err(found) => broken.push(found),
            }
            if broken.len() == ENOUGH {
                break;
            }
        }
        (tally, broken, phase_moves())
    };
    let (mut tally, mut broken, mut moves) = (Tally::default(), Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let workers = [0, 1].map(|first| scope.spawn(move || play(first)));
        for worker in workers {
            let (played, found, moved) = worker.join().expect("what a plan leads to is caught");
            tally.add(&played);
            broken.extend(found);
            moves.extend(moved);
        }
    });
    if let Some(first) = broken.first() {
        let small = first.plan.shrunk();
        println!("{}", small.transcript());
        if let Ok(file) = std::env::var("SAVE") {
            std::fs::write(file, small.to_json()).expect("SAVE names a file");
        }
    }
    for broken in &broken {
        let seed = broken.plan.seed();
        println!("{broken}\nplay it again: syncml simulate --seed {seed} --seeds 1");
    }
    assert!(broken.is_empty(), "{} seeds fail", broken.len());
    println!("{tally:#?}");
    assert_eq!(tally.seeds, seeds.end - seeds.start);
    if tally.seeds < 60 {
        // Of so few not each takes its part of the phase table.
        return;
    }
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
    (Defect::MapNotRepeated, 1000),
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
    (Defect::AtomicInParts, 500),
    (Defect::SoftIsHard, 100),
    (Defect::TemporaryForgotten, 100),
    (Defect::DigestUnchecked, 100),
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

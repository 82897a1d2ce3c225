//! What was simulated, in numbers.

use std::collections::BTreeMap;

use super::plan::Plan;

/// What was simulated.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// Seeds.
    pub seeds: u64,
    /// Sessions.
    pub sessions: u64,
    /// Messages that were sent.
    pub messages: u64,
    /// Octets of the largest session that rested, as JSON.
    pub heaviest: u64,
    /// Mishaps that came about, by kind.
    pub faults: BTreeMap<&'static str, u64>,
    /// Seeds by the quiet rounds that all needed to find together.
    pub rounds: BTreeMap<u32, u64>,
}

impl Tally {
    pub(super) fn strike(&mut self, name: &'static str) {
        *self.faults.entry(name).or_default() += 1;
    }

    pub(super) fn rounds(&mut self, rounds: u32) {
        *self.rounds.entry(rounds).or_default() += 1;
    }

    /// Adds another tally.
    pub fn add(&mut self, other: &Self) {
        self.seeds += other.seeds;
        self.sessions += other.sessions;
        self.messages += other.messages;
        self.heaviest = self.heaviest.max(other.heaviest);
        for (name, count) in &other.faults {
            *self.faults.entry(name).or_default() += count;
        }
        for (rounds, count) in &other.rounds {
            *self.rounds.entry(*rounds).or_default() += count;
        }
    }
}

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("seed {}: {what}", .plan.seed())]
#[non_exhaustive]
pub struct Broken {
    /// What was played.
    pub plan: Box<Plan>,
    /// What is wrong, in words.
    pub what: String,
}

impl Broken {
    pub(super) fn new(plan: Plan, what: String) -> Self {
        let plan = Box::new(plan);
        Self { plan, what }
    }
}

//! A store as a session sees it on a bad day.

use std::cmp::Ordering;

use syncml_repr::StatusCode;

use super::fault::{End, Fault, Kind, Restart, When};
use crate::change::{Operation, Outcome};
use crate::effect::{Effect, Reply};
use crate::memory::MemoryStore;
use crate::store::{Store, StoreFault};

/// What became of an effect.
#[derive(Debug)]
pub(super) enum Answer {
    Reply(Result<Reply, StoreFault>),
    /// The reply is there, and is given late.
    Late(Result<Reply, StoreFault>),
    /// The side has died.
    Killed(Restart),
}

/// The mishaps of one side's effects, in one session.
#[derive(Clone, Debug)]
pub(super) struct Tap {
    end: End,
    /// Effects so far.
    count: u32,
    faults: Vec<Fault>,
    /// Takes nothing new until this effect.
    full_until: u32,
    /// Names of the faults that have come about.
    pub(super) struck: Vec<&'static str>,
}

impl Tap {
    pub(super) fn new(end: End, faults: &[Fault]) -> Self {
        let own = |fault: &&Fault| fault.kind.effects_of() == Some(end);
        Self {
            end,
            count: 0,
            faults: faults.iter().filter(own).cloned().collect(),
            full_until: 0,
            struck: Vec::new(),
        }
    }

    /// The mishap of this effect. A mishap that asks for another effect than this waits for one.
    fn due(&mut self, effect: &Effect) -> Option<Kind> {
        let fits = |fault: &Fault| match fault.kind {
            Kind::Refuses(..) | Kind::Full(..) => {
                matches!(effect, Effect::Apply { .. } | Effect::ApplyAtomic { .. })
            }
            _ => true,
        };
        let count = self.count;
        let place = self
            .faults
            .iter()
            .position(|fault| fault.at <= count && fits(fault))?;
        let kind = self.faults.remove(place).kind;
        self.struck.push(kind.name());
        Some(kind)
    }

    /// Carries out an effect, or not.
    pub(super) fn perform(&mut self, store: &mut MemoryStore, effect: Effect) -> Answer {
        let due = self.due(&effect);
        self.count += 1;
        match due {
            Some(Kind::Killed(_, when, restart)) => {
                match when {
                    When::Before => {}
                    When::Within => {
                        if let Some(part) = part(&effect) {
                            _ = store.perform(part);
                        }
                    }
                    When::After => _ = store.perform(effect),
                }
                Answer::Killed(restart)
            }
            Some(Kind::StoreFails(_, status)) => Answer::Reply(Err(StoreFault::new(
                StatusCode::new(status),
                "the store fails",
            ))),
            Some(Kind::Refuses(_, status)) => {
                Answer::Reply(refusing(store, effect, Some(status), 1))
            }
            Some(Kind::Full(_, effects)) => {
                self.full_until = self.count + u32::from(effects);
                Answer::Reply(refusing(store, effect, None, usize::MAX))
            }
            Some(Kind::Slow) if self.end == End::Server => Answer::Late(store.perform(effect)),
            _ if self.count <= self.full_until => {
                Answer::Reply(refusing(store, effect, None, usize::MAX))
            }
            _ => Answer::Reply(store.perform(effect)),
        }
    }
}

/// The first half of what an effect writes, where it writes several things.
fn part(effect: &Effect) -> Option<Effect> {
    let mut part = effect.clone();
    match &mut part {
        Effect::Apply { operations, .. } => half(operations),
        Effect::Confirm { confirmed, .. } => half(confirmed),
        Effect::SaveMap { pairs, .. } | Effect::ConfirmMaps { pairs, .. } => half(pairs),
        Effect::Hold { held, .. } => half(held),
        _ => return None,
    }
    Some(part)
}

fn half<T>(list: &mut Vec<T>) {
    list.truncate(list.len().div_ceil(2));
}

/// Carries out what a store that takes no content (none: it is full) does of an effect.
fn refusing(
    store: &mut MemoryStore,
    effect: Effect,
    status: Option<u16>,
    mut times: usize,
) -> Result<Reply, StoreFault> {
    let (link, operations, atomic) = match effect {
        Effect::Apply { link, operations } => (link, operations, false),
        Effect::ApplyAtomic { link, operations } => (link, operations, true),
        other => return store.perform(other),
    };
    let before = atomic.then(|| store.clone());
    let mut outcomes = Vec::new();
    for operation in operations {
        let grows = matches!(
            operation,
            Operation::Add { .. }
                | Operation::Replace { .. }
                | Operation::Merge { .. }
                | Operation::Copy { .. }
        );
        let refused = match status {
            None => grows,
            // Only what the peer has asked for is refused for a reason of its own.
            Some(_) => grows || matches!(operation, Operation::Delete { .. }),
        };
        if refused && times > 0 {
            times -= 1;
            let status = status.map_or(StatusCode::DEVICE_FULL, StatusCode::new);
            outcomes.push(Outcome::Refused(status));
        } else {
            outcomes.extend(store.apply(&link, vec![operation])?);
        }
    }
    let failed = outcomes
        .iter()
        .position(|outcome| matches!(outcome, Outcome::Refused(_)));
    if let (Some(before), Some(failed)) = (before, failed) {
        *store = before;
        for (at, outcome) in outcomes.iter_mut().enumerate() {
            match at.cmp(&failed) {
                Ordering::Less => *outcome = Outcome::Refused(StatusCode::ATOMIC_ROLL_BACK_OK),
                Ordering::Equal => {}
                Ordering::Greater => *outcome = Outcome::Refused(StatusCode::NOT_EXECUTED),
            }
        }
    }
    Ok(Reply::Applied(outcomes))
}

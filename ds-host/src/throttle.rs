//! Attempts to log in that fail are slowed, for each user and for each address.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytestring::ByteString;

use crate::origin::Origin;

/// Failures that cost a user nothing, and the time each one above them costs.
const USER: Rate = Rate {
    burst: 5,
    interval: Duration::from_secs(5),
};
/// The same for an address.
const ADDRESS: Rate = Rate {
    burst: 20,
    interval: Duration::from_secs(1),
};
/// Longest wait of an attempt; those that would wait longer are turned away, and so is nobody for longer than this.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Attempts that may wait at the same time: each holds a thread.
const WAITING: usize = 32;
/// Users, and addresses, whose failures are remembered.
const REMEMBERED: usize = 10_000;

/// How often something may fail.
#[derive(Clone, Copy, Debug)]
struct Rate {
    burst: u32,
    interval: Duration,
}

/// Who tries to log in, and from where.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    user: ByteString,
    origin: Option<Origin>,
}

impl Attempt {
    /// An attempt. This machine is nobody's address: a proxy there may speak for everybody.
    pub(crate) fn new(user: ByteString, origin: Option<Origin>) -> Self {
        let origin = origin.filter(|origin| !origin.is_loopback());
        Self { user, origin }
    }
}

/// What is remembered of attempts that failed.
///
/// An attempt costs its user and its address a stretch of time if it fails. Up to a number of stretches nothing happens;
/// from then on each attempt waits until only so many are left, and takes its place in the line when it comes. Right
/// credentials cost nothing, whether there is such a user makes no difference, and nobody is locked out.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    users: Debts<ByteString>,
    origins: Debts<Origin>,
    waiting: AtomicUsize,
}

impl Throttle {
    /// How long an attempt has to wait before it is looked at; none: it is to come back later.
    pub(crate) fn wait(&self, attempt: &Attempt, now: Instant) -> Option<Duration> {
        let of_user = self.users.wait(&attempt.user, USER, now)?;
        let of_origin = match attempt.origin {
            Some(origin) => self.origins.wait(&origin, ADDRESS, now)?,
            None => Duration::ZERO,
        };
        Some(of_user.max(of_origin))
    }

    /// Waits as long as an attempt has to; false: it is to come back later.
    pub(crate) fn admit(&self, attempt: &Attempt) -> bool {
        match self.wait(attempt, Instant::now()) {
            None => false,
            Some(Duration::ZERO) => true,
            Some(wait) => {
                let others = self.waiting.fetch_add(1, Ordering::Relaxed);
                if others < WAITING {
                    std::thread::sleep(wait);
                }
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                others < WAITING
            }
        }
    }

    /// An attempt has failed.
    pub(crate) fn failed(&self, attempt: &Attempt, now: Instant) {
        self.users.add(&attempt.user, USER, now);
        if let Some(origin) = attempt.origin {
            self.origins.add(&origin, ADDRESS, now);
        }
    }
}

/// Until when each one's failures last.
#[derive(Debug)]
struct Debts<K>(Mutex<HashMap<K, Instant>>);

impl<K> Default for Debts<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash> Debts<K> {
    /// How long one has to wait. Who waits takes a place in the line: the next one waits longer.
    fn wait(&self, key: &K, rate: Rate, now: Instant) -> Option<Duration> {
        let mut debts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = debts.get_mut(key) else {
            return Some(Duration::ZERO);
        };
        let wait = until
            .saturating_duration_since(now)
            .saturating_sub(rate.interval * rate.burst);
        if wait > LONGEST_WAIT {
            return None;
        }
        if !wait.is_zero() {
            *until += rate.interval;
        }
        Some(wait)
    }

    fn add(&self, key: &K, rate: Rate, now: Instant) {
        let mut debts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if debts.len() >= REMEMBERED && !debts.contains_key(key) {
            debts.retain(|_, until| *until > now);
            if debts.len() >= REMEMBERED {
                // Whoever has so many names and addresses is not stopped by remembering one more.
                return;
            }
        }
        let most = now + rate.interval * (rate.burst + 1) + LONGEST_WAIT;
        let until = debts.entry(key.clone()).or_insert(now);
        *until = ((*until).max(now) + rate.interval).min(most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(user: &str, address: &str) -> Attempt {
        let origin = Origin::new(address.parse().unwrap());
        Attempt::new(user.into(), Some(origin))
    }

    /// Attempts of one user from ever other addresses.
    #[test]
    fn a_users_failures_are_slowed() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let from = |number: u32| attempt("ann", &format!("192.0.2.{number}"));
        for number in 1..=5 {
            assert_eq!(throttle.wait(&from(number), now), Some(Duration::ZERO));
            throttle.failed(&from(number), now);
        }
        assert_eq!(throttle.wait(&from(6), now), Some(Duration::ZERO));
        throttle.failed(&from(6), now);
        assert_eq!(throttle.wait(&from(7), now), Some(Duration::from_secs(5)));
        assert_eq!(
            throttle.wait(&from(8), now),
            Some(Duration::from_secs(10)),
            "they stand in a line"
        );
        let other = attempt("bob", "192.0.2.1");
        assert_eq!(throttle.wait(&other, now), Some(Duration::ZERO));
        for number in 9..100 {
            throttle.failed(&from(number), now);
        }
        assert_eq!(throttle.wait(&from(1), now), None);
        let later = now + Duration::from_secs(6);
        let wait = throttle.wait(&from(1), later).unwrap();
        assert!(wait <= LONGEST_WAIT, "nobody is locked out: {wait:?}");
        let later = now + Duration::from_secs(90);
        assert_eq!(throttle.wait(&from(1), later), Some(Duration::ZERO));
    }

    /// Attempts from one address with ever other names.
    #[test]
    fn an_addresss_failures_are_slowed() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        let named = |number: u32| attempt(&format!("user{number}"), "192.0.2.1");
        for number in 0..25 {
            throttle.failed(&named(number), now);
        }
        assert_eq!(throttle.wait(&named(30), now), Some(Duration::from_secs(5)));
        let other = attempt("ann", "192.0.2.2");
        assert_eq!(throttle.wait(&other, now), Some(Duration::ZERO));
        // A proxy on this machine is everybody.
        let here = attempt("ann", "127.0.0.1");
        for number in 0..100 {
            throttle.failed(&attempt(&format!("user{number}"), "127.0.0.1"), now);
        }
        assert_eq!(throttle.wait(&here, now), Some(Duration::ZERO));
    }

    #[test]
    fn memory_is_bounded() {
        let (throttle, now) = (Throttle::default(), Instant::now());
        for number in 0..2 * REMEMBERED {
            throttle.failed(&Attempt::new(format!("{number}").into(), None), now);
        }
        assert_eq!(throttle.users.0.lock().unwrap().len(), REMEMBERED);
        throttle.failed(
            &Attempt::new("ann".into(), None),
            now + Duration::from_secs(60),
        );
        assert_eq!(throttle.users.0.lock().unwrap().len(), 1);
    }
}

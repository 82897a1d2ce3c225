//! A turn under way, and those who wait for its answer.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use bytestring::ByteString;
use ds_protocol::{
    Effect, EffectId, Engine, Input, Misuse, Notice, Output, Received, Reply, SessionKey,
    StoreFault, Transmit, Wait, server,
};

use crate::error::{Error, ErrorKind};
use crate::service::Request;

/// Shorter waits than this would only keep the machine busy.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(10);
/// Half of the time after which impatient clients give up.
const SHORT_KEEPALIVE: Duration = Duration::from_secs(15);
/// After this time who waits looks whether anything has changed.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// Work for the store.
pub(crate) type Task = (EffectId, Effect);

/// A turn under way. One thread carries it out; others may come with further messages of its session.
#[derive(Debug)]
pub(crate) struct Desk {
    key: SessionKey,
    work: Mutex<Work>,
    /// The turn has ended.
    news: Condvar,
}

/// One of the turns that go on after their clients were told that they are late.
#[derive(Debug)]
pub(crate) struct Late(Arc<AtomicUsize>);

impl Late {
    /// One more, if there are fewer than `most`.
    pub(crate) fn new(count: &Arc<AtomicUsize>, most: usize) -> Option<Self> {
        let one_more = |late: usize| (late < most).then_some(late + 1);
        count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .ok()?;
        Some(Self(count.clone()))
    }
}

impl Drop for Late {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Default)]
struct Work {
    /// From when it is loaded to when the turn has ended.
    session: Option<server::Session>,
    /// Given out by the engine, to be carried out.
    effects: VecDeque<Task>,
    notices: Vec<Notice>,
    /// What the engine said last, until somebody takes it.
    said: Option<Transmit>,
    /// The client was told that the turn is at work still.
    late: Option<Late>,
    /// The client does not wait for long.
    hurries: bool,
    /// What only the client was told, or is being told.
    token: Option<String>,
    /// SHA-256 of the message taken last.
    digest: [u8; 32],
    /// How the turn ended, with the answer that is still to be given.
    result: Option<Result<Option<Transmit>, (ErrorKind, String)>>,
}

impl Desk {
    fn new(request: &Request) -> Self {
        let work = Work {
            digest: request.digest,
            ..Work::default()
        };
        Self {
            key: request.key.clone(),
            work: Mutex::new(work),
            news: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins the turn of a message, or begins anew with the session as it stands by now.
    pub(crate) fn begin(
        &self,
        mut session: server::Session,
        received: Received,
    ) -> Result<(), Misuse> {
        let token = session.resp_token().map(str::to_owned);
        let hurries = session.short_keepalive();
        session.handle(Input::Message(Box::new(received)))?;
        let mut work = self.lock();
        work.session = Some(session);
        work.token = token;
        work.hurries = hurries;
        Ok(())
    }

    /// What is to be done next, and what happened meanwhile. Nothing is to be done when the session waits for a message,
    /// or has ended.
    pub(crate) fn next(&self) -> Result<(Option<Task>, Vec<Notice>), Misuse> {
        let mut work = self.lock();
        let ended = work.poll();
        let notices = std::mem::take(&mut work.notices);
        let task = work.effects.pop_front();
        if task.is_none() && !ended {
            // Nobody else carries out effects: the turn would wait for ever.
            return Err(Misuse::NotWaiting);
        }
        Ok((task, notices))
    }

    /// An effect was carried out.
    pub(crate) fn reply(
        &self,
        id: EffectId,
        reply: Result<Reply, StoreFault>,
    ) -> Result<(), Misuse> {
        match &mut self.lock().session {
            Some(session) => session.handle(Input::Reply(id, reply)),
            None => Err(Misuse::NotWaiting),
        }
    }

    /// The turn has ended: its session, SHA-256 of the message it has taken last, and the answer if anybody waits for it,
    /// which is still to be [published](Self::publish).
    pub(crate) fn end(&self) -> Result<(server::Session, [u8; 32], Option<Transmit>), Misuse> {
        let mut work = self.lock();
        let session = work.session.take().ok_or(Misuse::NotWaiting)?;
        Ok((session, work.digest, work.said.take()))
    }

    /// Whether the client was told that the turn is at work still: then its message cannot be carried out anew.
    pub(crate) fn is_late(&self) -> bool {
        self.lock().late.is_some()
    }

    /// Everything is stored, or will never be: those who wait are told.
    pub(crate) fn publish(&self, result: Result<Option<Transmit>, Error>) {
        let mut work = self.lock();
        work.session = None;
        work.result
            .get_or_insert_with(|| result.map_err(|error| (error.kind(), error.to_string())));
        self.news.notify_all();
    }

    /// Waits for the answer. After `patience` the client is told that it is late, if this is a time to say so and the turn
    /// may go on by itself.
    pub(crate) fn wait(
        &self,
        patience: Option<Duration>,
        may_be_late: impl Fn() -> Option<Late>,
    ) -> Result<Transmit, Error> {
        let mut work = self.lock();
        let patience = patience.map_or(Duration::MAX, |patience| patience.max(SHORTEST_PATIENCE));
        let mut since = Instant::now();
        loop {
            if let Some(result) = &work.result {
                return match result {
                    Ok(Some(answer)) => Ok(answer.clone()),
                    Ok(None) => Err(busy("the answer is given to the next request")),
                    Err((kind, message)) => Err(Error::new(*kind, message.as_str())),
                };
            }
            let patience = match work.hurries {
                true => patience.min(SHORT_KEEPALIVE),
                false => patience,
            };
            let left = patience.saturating_sub(since.elapsed());
            if left.is_zero() {
                let fresh = match work.late {
                    Some(_) => None,
                    None => may_be_late(),
                };
                if (work.late.is_some() || fresh.is_some())
                    && let Some(said) = work.say_busy()
                {
                    work.late = work.late.take().or(fresh);
                    return Ok(said);
                }
                // It is no time to say so: the client has not logged in, or the answer is being written.
                since = Instant::now();
                continue;
            }
            let waited = self.news.wait_timeout(work, left.min(LONGEST_SLEEP));
            work = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Gives a turn that is late a further message of its session: what was said to the same message before, or none: the
    /// answer is to be waited for. An error: the message is to wait until the turn has ended.
    fn join(&self, request: &Request, received: &Received) -> Result<Option<Transmit>, Misuse> {
        let mut work = self.lock();
        let is_open = work.late.is_some() && work.result.is_none() && self.key == request.key;
        // The same message once more: its client may never have been told the token.
        let is_its_own = work.digest == request.digest || request.knows(work.token.as_deref());
        let Some(session) = work.session.as_mut().filter(|_| is_open && is_its_own) else {
            return Err(Misuse::NotWaiting);
        };
        session.handle(Input::Message(Box::new(received.clone())))?;
        work.poll();
        let said = work.said.take();
        if said.is_none() {
            work.digest = request.digest;
        }
        Ok(said)
    }
}

impl Work {
    /// Takes what the engine gives, until it waits. Whether it waits for a message, or for nothing more.
    fn poll(&mut self) -> bool {
        let Some(session) = &mut self.session else {
            return false;
        };
        loop {
            match session.poll() {
                Output::Effect(id, effect) => self.effects.push_back((id, effect)),
                Output::Notice(notice) => self.notices.push(notice),
                Output::Transmit(transmit) => self.said = Some(transmit),
                Output::Wait(wait) => return wait != Wait::Replies,
                _ => {}
            }
        }
    }

    fn say_busy(&mut self) -> Option<Transmit> {
        // The turn may have ended, and its session be on its way into the store.
        self.session.as_mut()?.handle(Input::Busy).ok()?;
        self.poll();
        self.said.take()
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work")
            .field("is_late", &self.late.is_some())
            .finish_non_exhaustive()
    }
}

/// A request that is to come back later.
pub(crate) fn busy(message: &str) -> Error {
    Error::new(ErrorKind::Busy, message).with_hint("ask again after a while")
}

/// One gate for each device that has a turn under way.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    gates: Mutex<HashMap<ByteString, Weak<Gate>>>,
}

/// Lets one turn of a device through at a time.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    turn: Mutex<Option<Arc<Desk>>>,
    /// The turn has ended.
    free: Condvar,
}

/// What a message finds at its gate.
#[derive(Debug)]
pub(crate) enum Entry {
    /// It is its turn.
    Turn(Turn),
    /// It belongs to a turn that is late, and has its answer.
    Answered(Transmit),
    /// It belongs to a turn that is late, and waits for the answer.
    Waits(Arc<Desk>),
}

/// A turn of a device. When it is dropped, the next one may begin.
#[derive(Debug)]
pub(crate) struct Turn {
    gate: Arc<Gate>,
    pub(crate) desk: Arc<Desk>,
}

impl Gates {
    pub(crate) fn of(&self, device: &ByteString) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(device).and_then(Weak::upgrade) {
            return gate;
        }
        if gates.len() == gates.capacity() {
            // Before the table grows: what nobody holds any more can go.
            gates.retain(|_, gate| gate.strong_count() > 0);
        }
        let gate = Arc::default();
        gates.insert(device.clone(), Arc::downgrade(&gate));
        gate
    }
}

impl Gate {
    /// Waits for the device's turn, or joins the one that is late.
    pub(crate) fn enter(
        self: Arc<Self>,
        request: &Request,
        received: &Received,
        patience: Duration,
    ) -> Result<Entry, Error> {
        let until = Instant::now() + patience;
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let Some(desk) = &*turn else {
                let desk = Arc::new(Desk::new(request));
                *turn = Some(desk.clone());
                drop(turn);
                return Ok(Entry::Turn(Turn { gate: self, desk }));
            };
            match desk.join(request, received) {
                Ok(Some(said)) => return Ok(Entry::Answered(said)),
                Ok(None) => return Ok(Entry::Waits(desk.clone())),
                Err(_) => {}
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(busy("an earlier message of this device is at work still"));
            }
            // That the turn is late by now is not told here.
            let waited = self.free.wait_timeout(turn, left.min(LONGEST_SLEEP));
            turn = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Only where it was not: the thread that carried it out has broken off.
        let error = Error::new(ErrorKind::Internal, "a turn broke off");
        self.desk.publish(Err(error));
        let mut turn = self
            .gate
            .turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *turn = None;
        drop(turn);
        self.gate.free.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_shared_and_forgotten() {
        let gates = Gates::default();
        let first = gates.of(&"a".into());
        assert!(Arc::ptr_eq(&first, &gates.of(&"a".into())));
        assert!(!Arc::ptr_eq(&first, &gates.of(&"b".into())));
        for number in 0..10_000 {
            gates.of(&format!("{number}").into());
        }
        assert!(gates.gates.lock().unwrap().len() < 100);
        assert!(Arc::ptr_eq(&first, &gates.of(&"a".into())));
    }
}

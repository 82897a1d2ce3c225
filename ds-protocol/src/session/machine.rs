//! Drives a turn of either role to its next stop.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use super::port::Port;
use crate::engine::{Misuse, Output, Wait};

/// A turn under way; it ends with the state it leaves behind.
pub(crate) type Turn<S> = Pin<Box<dyn Future<Output = S> + Send>>;

enum Slot<S> {
    Idle(Box<S>),
    Running(Turn<S>),
    /// Only while a turn is put in place.
    Empty,
}

/// State of a session between turns, or the turn that owns it.
pub(crate) struct Machine<S> {
    port: Port,
    /// What was put out and not taken yet.
    outputs: VecDeque<Output>,
    slot: Slot<S>,
}

/// What the machine must know of a state.
pub(crate) trait Waits {
    fn wait(&self) -> Wait;
}

impl<S: Waits> Machine<S> {
    pub(crate) fn idle(state: S, port: Port) -> Self {
        Self {
            port,
            outputs: VecDeque::new(),
            slot: Slot::Idle(Box::new(state)),
        }
    }

    pub(crate) fn running(turn: Turn<S>, port: Port) -> Self {
        Self {
            port,
            outputs: VecDeque::new(),
            slot: Slot::Running(turn),
        }
    }

    pub(crate) fn port(&self) -> &Port {
        &self.port
    }

    /// The state, where no turn is under way and every output was taken.
    pub(crate) fn state(&self) -> Option<&S> {
        match &self.slot {
            Slot::Idle(state) => Some(state),
            _ => None,
        }
    }

    /// Starts a turn on the state between turns.
    pub(crate) fn start(&mut self, turn: impl FnOnce(S, Port) -> Turn<S>) -> Result<(), Misuse> {
        match std::mem::replace(&mut self.slot, Slot::Empty) {
            Slot::Idle(state) => {
                self.slot = Slot::Running(turn(*state, self.port.clone()));
                Ok(())
            }
            other => {
                self.slot = other;
                Err(Misuse::NotWaiting)
            }
        }
    }

    pub(crate) fn poll(&mut self) -> Output {
        loop {
            if self.outputs.is_empty() {
                self.port.take(&mut self.outputs);
            }
            if let Some(output) = self.outputs.pop_front() {
                return output;
            }
            match &mut self.slot {
                Slot::Idle(state) => return Output::Wait(state.wait()),
                Slot::Empty => return Output::Wait(Wait::Replies),
                Slot::Running(turn) => {
                    match turn.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(state) => self.slot = Slot::Idle(Box::new(state)),
                        Poll::Pending => {
                            // Nothing new was put out: the turn waits for the caller.
                            self.port.take(&mut self.outputs);
                            let output = self.outputs.pop_front();
                            return output.unwrap_or(Output::Wait(Wait::Replies));
                        }
                    }
                }
            }
        }
    }
}

impl<S> fmt::Debug for Machine<S> {
    /// Where the session stands. What it holds, the last message with its credentials among it, is nobody's to print.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.slot {
            Slot::Idle(_) => "(between turns)",
            Slot::Running(_) | Slot::Empty => "(in a turn)",
        })
    }
}

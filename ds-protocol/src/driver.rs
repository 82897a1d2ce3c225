//! Drives an engine over a store, one turn at a time.

use crate::engine::{Closed, Engine, Input, Misuse, Output, Received, Transmit, Wait};
use crate::notice::Notice;
use crate::store::Store;

/// What a turn led to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Turn {
    /// The message to send. None only for a client whose session is over.
    pub transmit: Option<Transmit>,
    /// The session has ended with this turn, or before it.
    pub closed: Option<Closed>,
}

/// Gives a message to an engine, carries out all effects on the store, and returns the answer.
///
/// Effects are answered one by one, at once: a server with a store that may be slow is driven by hand, for
/// [`Input::Busy`].
///
/// A client's first turn has no `input`. Notices go to `on_notice` in the order in which they arise.
///
/// # Errors
///
/// [`Misuse`] when the engine does not wait for a message.
pub fn turn(
    engine: &mut impl Engine,
    store: &mut (impl Store + ?Sized),
    input: Option<Received>,
    on_notice: &mut dyn FnMut(Notice),
) -> Result<Turn, Misuse> {
    if let Some(received) = input {
        engine.handle(Input::Message(Box::new(received)))?;
    }
    let mut turn = Turn::default();
    loop {
        match engine.poll() {
            Output::Effect(id, effect) => {
                let reply = store.perform(effect);
                engine.handle(Input::Reply(id, reply))?;
            }
            Output::Notice(notice) => on_notice(notice),
            Output::Transmit(transmit) => turn.transmit = Some(transmit),
            Output::Wait(Wait::Message) => return Ok(turn),
            Output::Wait(Wait::Closed(closed)) => {
                turn.closed = Some(closed);
                return Ok(turn);
            }
            // Every effect was answered, so this does not come up; the caller would wait for ever.
            Output::Wait(Wait::Replies) => return Err(Misuse::NotWaiting),
        }
    }
}

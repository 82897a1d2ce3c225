//! One turn of an engine, up to where it rests, dies, or lets its peer wait.

use super::fault::Restart;
use super::tap::Answer;
use crate::effect::{Effect, EffectId, Reply};
use crate::engine::{Closed, Engine, Input, Output, Transmit, Wait};
use crate::notice::Notice;
use crate::store::StoreFault;

/// A reply that is there and was not given yet.
pub(super) type Held = (EffectId, Result<Reply, StoreFault>);

/// What a turn led to.
#[derive(Debug)]
pub(super) enum Turn {
    /// The engine rests.
    Rests(Option<Transmit>, Option<Closed>),
    /// The peer was told to wait; these replies are still to be given.
    Busy(Transmit, Vec<Held>),
    /// The side has died.
    Killed(Restart),
}

/// Drives an engine after its input was given.
///
/// # Errors
///
/// How the engine has broken its contract.
pub(super) fn drive(
    engine: &mut impl Engine,
    perform: &mut dyn FnMut(Effect) -> Answer,
    notices: &mut Vec<Notice>,
) -> Result<Turn, String> {
    let mut transmit = None;
    let mut late: Vec<Held> = Vec::new();
    let mut is_busy = false;
    loop {
        match engine.poll() {
            Output::Effect(id, effect) => match perform(effect) {
                Answer::Reply(reply) => give(engine, (id, reply))?,
                Answer::Late(reply) => late.push((id, reply)),
                Answer::Killed(restart) => return Ok(Turn::Killed(restart)),
            },
            Output::Notice(notice) => notices.push(notice),
            Output::Transmit(_) if transmit.is_some() => {
                return Err("two messages in one turn".to_owned());
            }
            Output::Transmit(sent) if is_busy => return Ok(Turn::Busy(sent, late)),
            Output::Transmit(sent) => transmit = Some(sent),
            Output::Wait(Wait::Message) => return Ok(Turn::Rests(transmit, None)),
            Output::Wait(Wait::Closed(closed)) => return Ok(Turn::Rests(transmit, Some(closed))),
            Output::Wait(Wait::Replies) if late.is_empty() => {
                return Err("waits for replies to effects that it has not given out".to_owned());
            }
            Output::Wait(Wait::Replies) => {
                is_busy = !is_busy && engine.handle(Input::Busy).is_ok();
                if !is_busy {
                    for held in late.drain(..) {
                        give(engine, held)?;
                    }
                }
            }
        }
    }
}

/// Gives a reply.
pub(super) fn give(engine: &mut impl Engine, (id, reply): Held) -> Result<(), String> {
    let given = engine.handle(Input::Reply(id, reply));
    given.map_err(|misuse| format!("a reply is refused: {misuse}"))
}

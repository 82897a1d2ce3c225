//! What befalls a session.

use serde::{Deserialize, Serialize};

use super::edit::Edit;
use crate::notice::Side;
use crate::testing::dice::Dice;

/// One mishap of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fault {
    /// The message of the session (exchange, from 1) or the effect of the side (from 0) that it befalls.
    pub(super) at: u32,
    pub(super) kind: Kind,
}

/// A side of a session. `Side` is not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    Client,
    Server,
}

impl From<End> for Side {
    fn from(end: End) -> Self {
        match end {
            End::Client => Self::Local,
            End::Server => Self::Remote,
        }
    }
}

/// Where in an effect a side is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum When {
    /// Before the store has done anything.
    Before,
    /// In the middle of what the store was to write.
    Within,
    /// When the store has written, and the engine was not told.
    After,
}

/// What a side begins with again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Restart {
    /// The session as it was stored last.
    Snapshot,
    /// What the store knows, and no session.
    Durable,
    /// The session as it was stored one message earlier.
    Stale,
}

/// How a peer that follows other rules writes its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Oddity {
    /// Statuses in another order, and behind what else is said.
    Reordered,
    /// Every command has the same id.
    SameIds,
    /// `Final` where the package goes on.
    FinalEarly,
    /// No `Final`.
    FinalNever,
}

/// What can befall a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    /// A message does not arrive.
    Lost(End),
    /// A request arrives twice.
    Doubled,
    /// A request arrives once more behind the next one.
    Delayed,
    /// A message arrives in part: as many thousandths of it.
    Truncated(End, u16),
    /// A message arrives with an octet that was not sent: the one at this thousandth, with these bits turned.
    Corrupted(End, u16, u8),
    /// A side dies.
    Killed(End, When, Restart),
    /// A store fails with this status.
    StoreFails(End, u16),
    /// A store takes nothing new for so many effects.
    Full(End, u8),
    /// A store refuses one item, with this status.
    Refuses(End, u16),
    /// The server's store takes its time: the client is told so.
    Slow,
    /// The user of the client leaves the session, to go on later.
    Suspends,
    /// A side gives the session up.
    GivesUp(End),
    /// A person edits in the middle of the session.
    Edits(Edit),
    /// A message is written by other rules.
    Odd(End, Oddity),
}

impl Kind {
    /// Its name in a tally.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Lost(End::Client) => "request lost",
            Self::Lost(End::Server) => "answer lost",
            Self::Doubled => "message doubled",
            Self::Delayed => "message delayed past the next",
            Self::Truncated(..) => "message truncated",
            Self::Corrupted(..) => "message corrupted",
            Self::Killed(End::Client, When::Before, _) => "client killed before an effect",
            Self::Killed(End::Client, When::Within, _) => "client killed within an effect",
            Self::Killed(End::Client, When::After, _) => "client killed after an effect",
            Self::Killed(End::Server, When::Before, _) => "server killed before an effect",
            Self::Killed(End::Server, When::Within, _) => "server killed within an effect",
            Self::Killed(End::Server, When::After, _) => "server killed after an effect",
            Self::StoreFails(..) => "store fails",
            Self::Full(..) => "store full",
            Self::Refuses(..) => "item refused",
            Self::Slow => "store slow",
            Self::Suspends => "session suspended",
            Self::GivesUp(_) => "session given up",
            Self::Edits(_) => "edit in a session",
            Self::Odd(_, Oddity::Reordered) => "answers out of order",
            Self::Odd(_, Oddity::SameIds) => "ids repeated",
            Self::Odd(_, Oddity::FinalEarly) => "Final early",
            Self::Odd(_, Oddity::FinalNever) => "Final missing",
        }
    }

    /// Whether it counts effects, and those of which side.
    pub(super) fn effects_of(&self) -> Option<End> {
        match self {
            Self::Killed(end, ..)
            | Self::StoreFails(end, _)
            | Self::Full(end, _)
            | Self::Refuses(end, _) => Some(*end),
            Self::Slow => Some(End::Server),
            _ => None,
        }
    }
}

/// Statuses with which stores fail.
const FAILURES: [u16; 4] = [500, 510, 417, 503];
/// Statuses with which items are refused: for now, and for good.
const REFUSALS: [u16; 6] = [420, 500, 510, 415, 403, 412];

impl Fault {
    /// A store that refuses an item.
    pub(super) fn refusal(dice: &mut Dice) -> Self {
        let end = dice.of([End::Client, End::Server]);
        let kind = Kind::Refuses(end, dice.of(REFUSALS));
        let at = dice.roll(8) * dice.roll(10);
        let at = u32::try_from(at).unwrap_or(0);
        Self { at, kind }
    }

    /// A message that is changed on its way.
    pub(super) fn corruption(dice: &mut Dice) -> Self {
        let end = dice.of([End::Client, End::Server]);
        let kind = Kind::Corrupted(end, dice.roll(1000) as u16, 1 << dice.roll(8));
        let at = 1 + dice.roll(3) + dice.roll(4);
        let at = u32::try_from(at).unwrap_or(0);
        Self { at, kind }
    }

    /// Some fault, of a world of so many stores.
    pub(super) fn some(dice: &mut Dice, stores: usize, devices: usize) -> Self {
        let end = dice.of([End::Client, End::Server]);
        let kind = match dice.roll(32) {
            0..=3 => Kind::Lost(end),
            4 => Kind::Doubled,
            5 => Kind::Delayed,
            6 => Kind::Truncated(end, dice.roll(1000) as u16),
            7 => Kind::Corrupted(end, dice.roll(1000) as u16, 1 << dice.roll(8)),
            8..=17 => Kind::Killed(
                end,
                dice.of([When::Before, When::Within, When::After]),
                dice.of([
                    Restart::Snapshot,
                    Restart::Snapshot,
                    Restart::Durable,
                    Restart::Stale,
                ]),
            ),
            18..=19 => Kind::StoreFails(end, dice.of(FAILURES)),
            20 => Kind::Full(end, 1 + dice.roll(6) as u8),
            21..=22 => Kind::Refuses(end, dice.of(REFUSALS)),
            23..=24 => Kind::Slow,
            25 => Kind::Suspends,
            26 => Kind::GivesUp(end),
            27..=29 => Kind::Edits(Edit::some(dice, stores, devices)),
            _ => Kind::Odd(
                end,
                dice.of([
                    Oddity::Reordered,
                    Oddity::SameIds,
                    Oddity::FinalEarly,
                    Oddity::FinalNever,
                ]),
            ),
        };
        let at = match kind.effects_of() {
            Some(_) => dice.roll(8) * dice.roll(10),
            None => 1 + dice.roll(3) + dice.roll(4),
        };
        let at = u32::try_from(at).unwrap_or(0);
        Self { at, kind }
    }
}

//! Deliberate defects, with which the simulator shows that it would see real ones.
//!
//! Without the feature `defects` none can be armed, and what asks for one is compiled away.

use crate::change::Operation;
use crate::effect::Effect;
use crate::notice::Notice;
use crate::place::Place;
use crate::snapshot::Saved;
use crate::sync_type::SyncType;

macro_rules! defects {
    ($($name:ident: $what:literal,)+) => {
        /// A mistake that an engine could make. The simulator must find each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Defect {
            $(#[doc = $what] $name,)+
        }

        impl Defect {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// What goes wrong, in words.
            #[must_use]
            pub const fn what(self) -> &'static str {
                match self {
                    $(Self::$name => $what,)+
                }
            }
        }
    };
}

defects! {
    RepeatApplied: "a message that comes again is carried out again",
    MapNotRepeated: "Maps of an earlier session are not sent again",
    MapNotOwed: "a client does not keep that it owes a Map",
    MapDropped: "a server acknowledges Maps and forgets them",
    ChunksMisplaced: "every chunk takes the place of those before it",
    ChunkReadTwice: "every chunk that is sent is the first one",
    FilterForgotten: "a server lists items that the client does not want",
    CursorForgotten: "a list of changes begins anew in each message",
    BeginForgotten: "a slow sync keeps the pairings of earlier sessions",
    ResumedAfresh: "a slow sync that goes on forgets what was paired",
    DeleteNotDone: "a Delete is answered and not carried out",
    PlaceForgotten: "an item that is received stands at the top",
    MoveNotDone: "a Move is answered and not carried out",
    UnansweredConfirmed: "a change counts as done when it is sent",
    RefusalConfirmed: "a change that the peer has refused counts as done",
    GoneConfirmed: "a Replace of what the peer does not have counts as done",
    ConflictUntold: "a conflict is decided and not told",
    RefusalUntold: "an item is refused and nobody is told",
    ClientDeleted: "a client lets the server delete what was changed here",
    ServerChangeDropped: "a change of the server that has won is not sent",
    DeleteWins: "a client's Delete wins over a server's change, and nobody is told",
    TwinsIgnored: "nothing is compared",
    RefreshUnasked: "a one-way sync without anchors removes what was not sent",
    SizeIgnored: "messages are as large as they like",
    FinalForgotten: "a server does not end its changes",
    EditOverlooked: "an item that changes while it is sent counts as sent",
    SnapshotWithoutPending: "a snapshot lacks the commands that wait for answers",
    SnapshotWithoutAnswer: "a snapshot lacks the last message",
    SnapshotWithoutObject: "a snapshot lacks the object that arrives",
    SnapshotWithoutUser: "a snapshot lacks who has logged in",
    SnapshotWithoutFilter: "a snapshot lacks the filter",
    AtomicInParts: "what is to be done together is done one by one",
    SoftIsHard: "what a device does not want any more is deleted for all",
    TemporaryForgotten: "a server forgets the temporary ids that it has sent",
    DigestUnchecked: "the digest of a message is not checked",
}

#[cfg(feature = "defects")]
mod armed {
    use std::cell::{Cell, RefCell};
    use std::collections::BTreeSet;

    thread_local! {
        pub(super) static ARMED: Cell<Option<super::Defect>> = const { Cell::new(None) };
        pub(super) static MOVES: RefCell<BTreeSet<(String, String, bool)>> =
            const { RefCell::new(BTreeSet::new()) };
    }
}

impl Defect {
    /// Whether this thread's engines are to have the defect.
    #[cfg(feature = "defects")]
    pub(crate) fn is_armed(self) -> bool {
        armed::ARMED.get() == Some(self)
    }

    #[cfg(not(feature = "defects"))]
    #[inline(always)]
    pub(crate) const fn is_armed(self) -> bool {
        false
    }

    /// Lets this thread's engines have the defect until the end of a function.
    #[cfg(feature = "defects")]
    pub fn with<T>(self, run: impl FnOnce() -> T) -> T {
        struct Disarm;
        impl Drop for Disarm {
            fn drop(&mut self) {
                armed::ARMED.set(None);
            }
        }
        armed::ARMED.set(Some(self));
        let _disarm = Disarm;
        run()
    }
}

/// Notes that a phase has met an event, and whether the table allows for that.
#[cfg(feature = "defects")]
pub(crate) fn note_move(phase: impl std::fmt::Debug, event: impl std::fmt::Debug, legal: bool) {
    let step = (format!("{phase:?}"), format!("{event:?}"), legal);
    armed::MOVES.with_borrow_mut(|moves| moves.insert(step));
}

/// What the engines of this thread have met so far: phase, event, and whether the table allows for it.
#[cfg(feature = "defects")]
pub fn phase_moves() -> Vec<(String, String, bool)> {
    armed::MOVES.with_borrow(|moves| moves.iter().cloned().collect())
}

/// What an engine asks for, or what it would ask for with the armed defect.
pub(crate) fn twisted(mut effect: Effect) -> Effect {
    if !cfg!(feature = "defects") {
        return effect;
    }
    match &mut effect {
        Effect::SaveMap { pairs, .. } if Defect::MapDropped.is_armed() => pairs.clear(),
        Effect::StageChunk { offset, .. } if Defect::ChunksMisplaced.is_armed() => *offset = 0,
        Effect::ReadItem { offset, .. } if Defect::ChunkReadTwice.is_armed() => *offset = 0,
        Effect::ListChanges { scope, .. } if Defect::FilterForgotten.is_armed() => {
            scope.filter = None;
        }
        Effect::ListChanges { after, .. } if Defect::CursorForgotten.is_armed() => *after = None,
        Effect::Begin { sync_type, .. } if Defect::BeginForgotten.is_armed() => {
            *sync_type = SyncType::TwoWay;
        }
        Effect::Begin { resumed, .. } if Defect::ResumedAfresh.is_armed() => *resumed = false,
        Effect::Confirm { confirmed, .. } if Defect::TemporaryForgotten.is_armed() => {
            for confirmed in confirmed {
                confirmed.temporary = None;
            }
        }
        Effect::Apply { operations, .. } => operations.iter_mut().for_each(twist),
        _ => {}
    }
    effect
}

fn twist(operation: &mut Operation) {
    match operation {
        Operation::Add { owes_map, .. } if Defect::MapNotOwed.is_armed() => *owes_map = false,
        Operation::Add { content, .. } | Operation::Replace { content, .. }
            if Defect::PlaceForgotten.is_armed() =>
        {
            content.place = Place::Unsaid;
        }
        Operation::Delete { local } if Defect::DeleteNotDone.is_armed() => {
            *operation = Operation::Unpair {
                local: local.clone(),
            };
        }
        Operation::SoftDelete { local } if Defect::SoftIsHard.is_armed() => {
            *operation = Operation::Delete {
                local: local.clone(),
            };
        }
        Operation::Move { local, .. } if Defect::MoveNotDone.is_armed() => {
            *operation = Operation::Move {
                local: local.clone(),
                place: Place::Unsaid,
            };
        }
        _ => {}
    }
}

/// Whether a notice is kept back.
pub(crate) fn keeps_back(notice: &Notice) -> bool {
    match notice {
        Notice::Conflict { .. } => Defect::ConflictUntold.is_armed(),
        Notice::ItemRefused { .. } | Notice::ItemHeld { .. } => Defect::RefusalUntold.is_armed(),
        _ => false,
    }
}

/// A session as it is stored.
pub(crate) fn stored(mut saved: Saved) -> Saved {
    if !cfg!(feature = "defects") {
        return saved;
    }
    let common = match &mut saved {
        Saved::Server(state) => {
            if Defect::SnapshotWithoutUser.is_armed() {
                state.own.user = None;
            }
            &mut state.common
        }
        Saved::Client(state) => &mut state.common,
    };
    if Defect::SnapshotWithoutPending.is_armed() {
        common.pending.clear();
    }
    if Defect::SnapshotWithoutAnswer.is_armed() {
        common.last_sent = bytes::Bytes::new();
    }
    for store in &mut common.datastores {
        if Defect::SnapshotWithoutObject.is_armed() {
            store.chunk_in = Default::default();
        }
        if Defect::SnapshotWithoutFilter.is_armed() {
            store.filter = None;
        }
    }
    saved
}

//! A world of one server and some devices in which everything goes wrong that can, the same way each time.
//!
//! A seed stands for a [`Plan`]: datastores, devices, edits, sessions, and what befalls them. Played, it lets the
//! engines work over [`MemoryStore`](crate::memory::MemoryStore)s. A model that knows nothing of
//! revisions, pairings and anchors, but every edit that a person has made, judges what is left.
//!
//! ```
//! use ds_protocol::testing::simulate::Plan;
//!
//! let tally = Plan::of(1, None).play().expect("nothing is lost");
//! assert!(tally.sessions > 0);
//! ```

mod body;
mod device;
mod edit;
mod fault;
mod guise;
mod host;
mod judge;
mod model;
#[cfg(feature = "san")]
mod notify;
mod plan;
mod report;
mod session;
mod shrink;
mod tap;
mod transcript;
mod turn;
mod world;

#[cfg(feature = "defects")]
pub use crate::defect::{Defect, phase_moves};
pub use plan::Plan;
pub use report::{Broken, Tally};

use std::panic::{AssertUnwindSafe, catch_unwind};

use self::world::World;

impl Plan {
    /// Lets everything happen.
    ///
    /// # Errors
    ///
    /// What is wrong: an engine has broken its contract, or a promise about items was not kept.
    pub fn play(&self) -> Result<Tally, Broken> {
        let mut world = World::new(self, false);
        let played = catch_unwind(AssertUnwindSafe(|| world.play()));
        match played.unwrap_or_else(|_| Err("an engine panics".to_owned())) {
            Ok(()) => {
                world.tally.seeds = 1;
                Ok(world.tally)
            }
            Err(what) => Err(Broken::new(self.clone(), what)),
        }
    }

    /// What happens, in words, with every message.
    #[must_use]
    pub fn transcript(&self) -> String {
        let mut world = World::new(self, true);
        let played = catch_unwind(AssertUnwindSafe(|| world.play()));
        let ended = played.unwrap_or_else(|_| Err("an engine panics".to_owned()));
        let mut text = world.log.unwrap_or_default().join("\n");
        if let Err(what) = ended {
            text.push_str("\n-- ");
            text.push_str(&what);
        }
        text
    }
}

//! For tests: two engines against each other without a transport, and a suite that checks anybody's store.

mod computed;
mod dice;
mod pair;
mod player;
pub mod simulate;
pub mod store_suite;

pub use computed::ComputedStore;
pub use pair::{Pair, Transcript};
pub use player::{Played, Player, Role, Step, Variant};

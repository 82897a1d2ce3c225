//! For tests: two engines against each other without a transport, and a suite that checks anybody's store.

mod computed;
mod pair;
pub mod store_suite;

pub use computed::ComputedStore;
pub use pair::{Pair, Step, Transcript, Variant};

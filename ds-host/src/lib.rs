#![doc = include_str!("../README.md")]

mod error;
pub mod http;
mod multiplex;
mod report;
mod sessions;
pub mod store;
mod sync;

pub use error::{Error, ErrorKind};
pub use multiplex::Multiplex;
pub use report::{Counts, DatastoreReport, Ending, ItemStatus, Report, Traffic};
pub use sessions::{Backend, Event, Service, ServiceRequest, SessionStore, StoredSession};
pub use sync::{SyncRequest, sync_once};

/// The page at the root of the repository; its example is tested here.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod root {}

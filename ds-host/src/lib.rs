#![doc = include_str!("../README.md")]

pub mod capability;
mod desk;
mod error;
pub mod http;
mod multiplex;
mod origin;
mod report;
mod service;
mod sessions;
pub mod store;
mod sync;
mod throttle;

pub use error::{Error, ErrorKind};
pub use multiplex::Multiplex;
pub use report::{Counts, DatastoreReport, Ending, ItemStatus, Report, Traffic};
pub use service::{Event, Service, ServiceRequest};
pub use sessions::{Backend, SessionStore, StoredSession};
pub use sync::{SyncRequest, sync_once};

/// The page at the root of the repository; its example is tested here.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod root {}

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
pub use sessions::{Backend, Event, Service, SessionStore};
pub use sync::{SyncRequest, sync_once};

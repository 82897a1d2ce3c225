//! OMA Data Synchronization (SyncML DS) as two pure state machines: a client's session and a server's.
//!
//! No socket, clock, randomness, disk, thread or runtime is in here. A session takes decoded messages and
//! the answers to its *effects*, and gives effects, notices and encoded messages. Who performs the effects,
//! when, and where the session rests in between is the caller's business: a phone keeps one session in memory,
//! a server stores a [`Snapshot`] after every message and takes it up in any process.
//!
//! ```text
//!            Received ─────────▶ ┌─────────┐ ─────────▶ Transmit   (one message a turn)
//!                                │ Session │ ─────────▶ Notice     (what was done, and why)
//!  Reply to each effect ───────▶ └─────────┘ ─────────▶ Effect     (work for the store)
//! ```
//!
//! The README has a whole session as an example.
//!
//! # Where things are
//!
//! * [`client`], [`server`]: the sessions and their configurations.
//! * [`Engine`], [`Input`], [`Output`]: the contract; [`driver::turn`] is the loop over it.
//! * [`Effect`], [`Reply`], [`Store`]: what a store must be able to do; [`memory::MemoryStore`] does it in memory.
//! * [`Notice`]: what a person may want to know.
//! * [`Snapshot`]: a session at rest.
//!
//! # What is offered, and what is refused
//!
//! Two-way, slow, one-way and refresh syncs of several datastores in a session, packages over any number of
//! messages under the peer's `MaxMsgSize`, items larger than a message, device information, ids mapped between the
//! sides, conflicts by six policies, soft delete, archive, Copy, Sequence and Atomic commands, the room that a client
//! has, record filters, Basic, MD5 and HMAC authentication, sync without separate initialisation, waiting for a busy
//! server, suspend and resume, SyncML 1.0, 1.1 and 1.2. Hierarchies and Move, field filters, Search and Exec are
//! answered with the status the protocol has for what is not offered.
//!
//! # Features
//!
//! | feature | |
//! | --- | --- |
//! | `testing` | `testing`: two engines against each other, and a suite for anybody's store |

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod auth;
mod change;
pub mod client;
mod config;
pub mod driver;
mod effect;
mod engine;
mod filter;
mod link;
pub mod memory;
mod notice;
mod peer;
mod profile;
pub mod server;
mod session;
mod snapshot;
mod store;
mod sync_type;
#[cfg(feature = "testing")]
pub mod testing;

pub use auth::{Access, Authorization, Challenge, Claim, Credentials, Hmac, HmacError};
pub use change::{
    Change, ChangeKind, ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known,
    KnownState, Large, MapPair, Operation, Outcome, Resolution, Revision, Scope,
};
pub use config::{
    Archiving, AuthScheme, ConflictPolicy, Datastore, Device, FilterCaps, Sizes, Writes,
};
pub use effect::{Effect, EffectId, Reply};
pub use engine::{Closed, Engine, Input, Misuse, Output, Received, Transmit, Wait};
pub use filter::Filter;
pub use link::{Anchors, Link, Opened, Partial};
pub use notice::{Cause, Compared, Notice, Side, SlowReason};
pub use peer::{PeerRecord, Secret};
pub use profile::{Pattern, Profile, Rule};
pub use snapshot::{NotQuiescent, RestoreError, SessionKey, Snapshot};
pub use store::{Store, StoreFault};
pub use sync_type::SyncType;

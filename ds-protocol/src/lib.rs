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
//! * [`Notification`]: what a server asks a client for, before a session. `Inbox` decides which of them a client follows,
//!   `Outbox` what a server sends to whom, and when again (feature `san`).
//! * [`Snapshot`]: a session at rest.
//!
//! # What is offered, and what is refused
//!
//! SyncML 1.0, 1.1 and 1.2, both roles, both encodings:
//!
//! * every sync type (200 to 205 and their server-alerted twins, for which [`Notification`]s ask), several datastores of different types in a session,
//!   with or without a separate initialisation, several rounds in one session, sessions for device information alone;
//! * packages over any number of messages under `MaxMsgSize`; large objects under `MaxObjSize`, read and kept in parts
//!   by the store; a busy server (101); sessions suspended (224), cut anywhere, and resumed (225);
//! * Add, Replace, Delete, soft delete, archive, Copy, Sequence, Atomic with rollback; Map, kept until it is
//!   acknowledged, with temporary ids for clients that keep short ones only; the peer's free memory;
//! * hierarchies ([`Place`]): items under others, Move, children that come before their parents;
//! * conflicts by seven policies, the caller's merge and the client's word among them; slow syncs matched by content or
//!   loosely, in the store;
//! * record and field filters ([`Filter`]), and what a changed filter means for what the client has;
//! * Basic, MD5 and HMAC, of the client and of the server, for a session, a datastore or an item; transports that
//!   have authenticated; [profiles](Profile) of peers, as data.
//!
//! Search and Exec are answered with the status the protocol has for what is not
//! offered, and so is everything that a datastore is not configured for.
//!
//! # Features
//!
//! | feature | |
//! | --- | --- |
//! | `san` | `Inbox` and `Outbox`: notifications of every version, over any carrier |
//! | `testing` | `testing`: two engines against each other, a world full of mishaps, and a suite for anybody's store |
//! | `defects` | mistakes that the tests of `testing::simulate` build into the engines; never for a program |

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

mod auth;
mod change;
pub mod client;
mod config;
#[cfg_attr(
    not(feature = "defects"),
    allow(dead_code, unreachable_pub, reason = "only tests look at them")
)]
mod defect;
pub mod driver;
mod effect;
mod engine;
mod filter;
pub mod guide;
mod link;
pub mod memory;
mod notice;
mod notification;
mod peer;
mod place;
mod profile;
pub mod server;
mod session;
mod snapshot;
mod store;
mod sync_type;
#[cfg(feature = "testing")]
pub mod testing;
mod twin;

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
pub use filter::{Field, Filter};
pub use link::{Anchors, Link, Opened, Partial};
pub use notice::{Cause, Compared, Notice, Side, SlowReason};
#[cfg(feature = "san")]
pub use notification::{
    Account, Asked, Call, Form, Ignored, Inbox, Outbox, OutboxConfig, OutboxError, Receipt,
    Sending, Step,
};
pub use notification::{Alerted, Notification};
pub use peer::{PeerRecord, Secret};
pub use place::{Moved, Parent, Place};
pub use profile::{BusyMode, Pattern, Profile, Rule};
pub use snapshot::{NotQuiescent, RestoreError, SessionKey, Snapshot};
pub use store::{Store, StoreFault};
pub use sync_type::SyncType;
pub use twin::{Finding, Likeness, NoTwin, Search, Twin};

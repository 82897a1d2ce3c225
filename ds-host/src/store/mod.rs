//! Stores: where items, pairings and anchors live.
//!
//! [`SqliteStore`] is a server's store: users, their datastores, their devices and the sessions under way, in
//! one SQLite file. It serves a client as well, which has its items in a database then. [`FolderStore`] is for clients
//! whose items are the files of a folder; a small SQLite file beside them knows what was synchronised. Both keep the same
//! books:
//!
//! * Every change of an item, whoever made it, gives the item a new *revision* from one counter. A deleted
//!   item keeps its row as a tombstone until every device knows.
//! * For each [`Link`](ds_protocol::Link) a *pairing* row says which revision of an item the peer has, and what the
//!   peer calls it. A change is an item whose revision differs from that.
//! * For each link a *cutoff* says up to which revision nothing differs, so that a session in which nothing
//!   happened looks at nothing. Whatever breaks a pairing below the cutoff lowers the cutoff of that one
//!   link; other devices hear of nothing.
//!
//! What a peer cannot hold of an item, or does not want, it is not shown: beside the revision stands in which *view* it has
//! that, so that what it sends back is put together with the rest, and what it has in another way ([`Fitted`]).
//!
//! A server's items may stand under others ([`Content::place`](ds_protocol::Content::place)): while none ever did, nothing is
//! kept or looked up for it. A folder is flat: its datastore must not be configured as
//! [hierarchical](ds_protocol::Datastore::hierarchical), for places would be lost.
//!
//! Files in a folder may be edited by anybody at any time. The folder is looked through when a session begins;
//! a file that changes during the session is left alone, and the peer's change of it is refused with 409
//! until the next session has seen both. What a server sends is written so that a crash at any
//! point neither loses nor doubles an item: the intent is noted first, the file written without its name,
//! synced and named, and then the books are brought up to date; [`FolderStore::open`] finishes what was begun.
//!
//! All methods block. In an asynchronous program, call them where blocking is allowed.

mod apply;
mod body;
mod device;
mod file_name;
mod filtered;
mod fingerprint;
mod fitted;
mod folder;
mod held;
mod item;
mod ledger;
mod lock;
mod notified;
mod pairing;
mod peer;
mod place;
mod query;
mod reconcile;
mod schema;
mod session;
mod shown;
mod sqlite;
mod stage;
mod transfer;
mod trouble;
mod twins;
mod view;
mod waiting;

pub use fitted::{Fitted, FittedEntry};
pub use folder::{FolderStore, Skipped};
pub use sqlite::{Put, SqliteStore};
pub use transfer::{Exported, Imported, export, import};
pub use waiting::Waiting;

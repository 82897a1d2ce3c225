//! What the client's and the server's session share.

pub(crate) mod accept;
mod agree;
mod atomic;
mod backlog;
pub(crate) mod busy;
pub(crate) mod chunk_in;
pub(crate) mod chunk_out;
pub(crate) mod command;
pub(crate) mod compose;
pub(crate) mod datastore;
pub(crate) mod dev_inf;
pub(crate) mod filter;
pub(crate) mod items;
pub(crate) mod login;
pub(crate) mod machine;
pub(crate) mod peer_store;
pub(crate) mod pending;
pub(crate) mod port;
pub(crate) mod refresh;
pub(crate) mod resume;
pub(crate) mod send;
pub(crate) mod state;
pub(crate) mod status;
pub(crate) mod talk;
pub(crate) mod transmit;

//! How much memory an engine takes in a session of many items.
//!
//! `cargo run --release -p ds-protocol --example engine_heap`, with `SCALE=N` for an N-th of the items.
//! One line for each role, direction and number of items: the most bytes in use at a time while one engine alone
//! goes through a session, with the message it is given, over a store that computes its items. A peer's messages
//! are recorded before.

#[path = "engine_heap/session.rs"]
mod session;

use ds_protocol::SyncType;

use session::{MOST, Recorded};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let scale = std::env::var("SCALE").map_or(Ok(1), |scale| scale.parse::<u64>())?;
    for sync_type in [SyncType::Slow, SyncType::RefreshFromServer] {
        for items in [1_000, 100_000, 1_000_000] {
            let recorded = Recorded::new(sync_type, items / scale)?;
            let (client, server) = (recorded.client()?, recorded.server()?);
            println!(
                "sync_type={} items={} client={client} server={server} allowed={MOST}",
                sync_type.name(),
                items / scale,
            );
        }
    }
    Ok(())
}

//! How much memory an engine takes in a session of many items.
//!
//! `cargo run --release -p ds-protocol --example engine_heap`, with `SCALE=N` for an N-th of the items.
//! One line for each direction, number and size of items: the most bytes in use at a time while one engine alone
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
        let small = [1_000, 100_000, 1_000_000].map(|items| (items / scale, 600));
        let large = [1 << 20, 10 << 20].map(|size| (2, size));
        for (items, size) in small.into_iter().chain(large) {
            let recorded = Recorded::new(sync_type, items, size)?;
            let (client, server) = (recorded.client()?, recorded.server()?);
            println!(
                "sync_type={} items={items} octets={size} client={client} server={server} allowed={MOST}",
                sync_type.name(),
            );
        }
    }
    Ok(())
}

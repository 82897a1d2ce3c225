//! The memory of an engine depends on the size of its messages and not on the number of items.
#![allow(missing_docs, reason = "tests")]

#[path = "../examples/engine_heap/session.rs"]
mod session;

use ds_protocol::SyncType;

use session::{MOST, Recorded};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn memory_does_not_grow_with_the_items() {
    for sync_type in [SyncType::Slow, SyncType::RefreshFromServer] {
        let [few, many] = [2_000, 6_000].map(|items| {
            let recorded = Recorded::new(sync_type, items).unwrap();
            [recorded.client().unwrap(), recorded.server().unwrap()]
        });
        println!("{} {few:?} {many:?}", sync_type.name());
        for (few, many) in few.into_iter().zip(many) {
            assert!(many <= MOST, "{} {many}", sync_type.name());
            assert!(many <= few + few / 10, "{} {few} {many}", sync_type.name());
        }
    }
}

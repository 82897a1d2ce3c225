//! The memory of an engine depends on the size of its messages, and neither on the number of items nor on theirs.
#![allow(missing_docs, reason = "tests")]

#[path = "../examples/engine_heap/session.rs"]
mod session;

use ds_protocol::SyncType;

use session::{MOST, Recorded};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn memory_does_not_grow_with_what_is_sent() {
    for sync_type in [SyncType::Slow, SyncType::RefreshFromServer] {
        let peaks = [(2_000, 600), (6_000, 600), (2, 1 << 20), (2, 2 << 20)];
        let peaks = peaks.map(|(items, size)| {
            let recorded = Recorded::new(sync_type, items, size).unwrap();
            [recorded.client().unwrap(), recorded.server().unwrap()]
        });
        let told = format!("{} {peaks:?}", sync_type.name());
        for grown in peaks.chunks(2) {
            for (less, more) in grown[0].into_iter().zip(grown[1]) {
                assert!(more <= MOST, "{told}");
                assert!(more <= less + less / 10, "{told}");
            }
        }
    }
}

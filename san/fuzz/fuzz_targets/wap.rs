//! Invariant: no panic; the body is the end of the frame; a frame we write gives its body back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use san::{Application, wap};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(push) = wap::unwrap(bytes) {
        assert!(bytes.ends_with(push.body));
    }
    let frame = wap::wrap(Application::DataSync, bytes, 1);
    assert_eq!(wap::unwrap(&frame).expect("our own frame").body, bytes);
});

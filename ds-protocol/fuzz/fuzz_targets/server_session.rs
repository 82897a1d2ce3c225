//! A server whose client and store do as the input says: no panic, each turn ends with one answer that can be read, the
//! session can be stored between any two messages.

#![no_main]

use libfuzzer_sys::fuzz_target;
use play::Script;

#[allow(dead_code, reason = "each target uses its own part")]
#[path = "../../tests/hostile/play.rs"]
mod play;

fuzz_target!(|input: &[u8]| {
    let _ = play::server(Script::new(input));
});

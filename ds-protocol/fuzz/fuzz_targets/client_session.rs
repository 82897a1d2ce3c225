//! A client whose server and store do as the input says: no panic, each turn ends, and so does the session.

#![no_main]

use libfuzzer_sys::fuzz_target;
use play::Script;

#[allow(dead_code, reason = "each target uses its own part")]
#[path = "../../tests/hostile/play.rs"]
mod play;

fuzz_target!(|input: &[u8]| {
    let _ = play::client(Script::new(input));
});

//! Any octets that are a message, at any time of a session, for both roles: no panic, and an answer.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "each target uses its own part")]
#[path = "../../tests/hostile/play.rs"]
mod play;

fuzz_target!(|input: &[u8]| {
    play::octets(input);
});

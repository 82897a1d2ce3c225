//! Invariant: no panic, no endless search; a rule that is written is read again as the same rule.
#![no_main]

use ds_objects::civil::{Duration, Moment, Time};
use ds_objects::recur::Rule;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let _ = (Time::parse(text), Duration::parse(text));
    let start = Moment::parse("20240229T080000").expect("a time");
    let old = Rule::parse_old(text, Some(start)).map(|(rule, _)| rule);
    for rule in old.into_iter().chain(Rule::parse(text)) {
        assert_eq!(Rule::parse(&rule.to_string()), Some(rule.clone()));
        if let Some(times) = rule.occurrences(start) {
            assert!(times.take(20).is_sorted());
        }
        if let Ok(old) = rule.to_old(start) {
            assert!(Rule::parse_old(&old, Some(start)).is_some(), "{old}");
        }
    }
});

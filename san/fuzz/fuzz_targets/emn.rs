//! Invariant: no panic; what is read can be written in WBXML and reads the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use san::emn::Emn;

fuzz_target!(|bytes: &[u8]| {
    let Ok(emn) = Emn::read(bytes) else { return };
    assert!(!emn.mailbox.is_empty());
    if let Ok(written) = emn.to_wbxml() {
        assert_eq!(Emn::read(&written).as_ref(), Ok(&emn));
    }
    if let Ok(written) = emn.to_xml() {
        let again = Emn::read(&written).expect("what we write reads");
        assert_eq!(again.timestamp.is_some(), emn.timestamp.is_some());
    }
});

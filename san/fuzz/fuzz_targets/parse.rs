//! Invariant: no panic; what is read can be written and reads the same; a signature verifies with its secret only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use san::{Application, Secret, Tolerance, Unverified};

fuzz_target!(|bytes: &[u8]| {
    for application in [Application::DataSync, Application::DeviceManagement] {
        let Ok(unverified) = Unverified::parse_as(application, bytes) else {
            continue;
        };
        let claimed = unverified.claimed().clone();
        let secret = Secret::new("fuzz", b"nonce");
        let _ = unverified.verify_with(&secret, &Tolerance::default().with_zero_digest(true));
        // One NUL at the end of a text is dropped on reading, so a second one would go on the second reading.
        if claimed.server_id.ends_with('\0')
            || claimed
                .syncs
                .iter()
                .any(|sync| sync.server_uri.ends_with('\0'))
        {
            continue;
        }
        let written = claimed.encode(&secret).expect("what was read fits");
        assert_eq!(written.len(), claimed.encoded_len());
        let again = Unverified::parse_as(application, &written).expect("what we write reads");
        assert_eq!(again.claimed(), &claimed);
        assert!(
            again
                .clone()
                .verify(&Secret::new("other", b"nonce"))
                .is_err()
        );
        assert_eq!(again.verify(&secret), Ok(claimed));
    }
});

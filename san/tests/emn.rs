//! Round trips of generated e-mail notifications.

#![cfg(feature = "emn")]

use proptest::prelude::*;
use san::emn::Emn;

proptest! {
    #[test]
    fn e_mail_notifications_come_back(mailbox in "(pop://|imap://|mailat:|https://www\\.|)[ -~]{1,40}", stamp in any::<bool>()) {
        let mut emn = Emn::new(mailbox);
        if stamp {
            emn = emn.with_timestamp("2026-01-02T03:04:05Z");
        }
        prop_assert_eq!(Emn::read(&emn.to_wbxml().expect("writes")), Ok(emn.clone()));
        prop_assert_eq!(Emn::read(&emn.to_xml().expect("writes")), Ok(emn));
    }

    #[test]
    fn any_bytes_are_an_e_mail_notification_or_not(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        for start in [&b""[..], b"\x03\x0d\x6a\x00\x85", b"<emn "] {
            let bytes = [start, &bytes].concat();
            match Emn::read(&bytes) {
                Ok(emn) => prop_assert!(!emn.mailbox.is_empty()),
                // Text in another charset is read as UTF-8, which is longer.
                Err(error) => prop_assert!(error.position() <= 3 * bytes.len()),
            }
        }
    }
}

//! Round trips of generated notifications.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::FileFailurePersistence;
use san::obex::{Receiver, Sender, Sent};
use san::wdp::{Joiner, Ports, Reference, UserData, split};
use san::{
    Application, ContentType, Initiator, LeftOut, Notification, Payload, Secret, SyncRequest,
    SyncType, UiMode, Unverified, Version, wap,
};

/// Up to 255 bytes of UTF-8 that do not end in NUL, which is dropped on reading.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,40}", "[a-z]{255}", "[а-я🐢]{0,60}"]
}

fn sync() -> impl Strategy<Value = SyncRequest> {
    (select(&SyncType::ALL[..]), 0_u32..1 << 24, text()).prop_map(|(sync_type, number, uri)| {
        SyncRequest::new(sync_type, ContentType::new(number).expect("24 bits"), uri)
    })
}

fn notification() -> impl Strategy<Value = Notification> {
    let header = (
        select(&[Version::V1_0, Version::V1_1, Version::V1_2][..]),
        select(
            &[
                UiMode::NotSpecified,
                UiMode::Background,
                UiMode::Informative,
                UiMode::UserInteraction,
            ][..],
        ),
        select(&[Initiator::User, Initiator::Server][..]),
        any::<u16>(),
        text(),
    );
    let body = (
        prop::collection::vec(sync(), 0..=15),
        prop::collection::vec(any::<u8>(), 0..64),
        any::<bool>(),
    );
    (header, body).prop_map(
        |((version, ui_mode, initiator, session_id, server_id), (syncs, vendor, dm))| {
            let mut notification = if dm {
                Notification::device_management(server_id, session_id)
            } else {
                Notification::new(server_id, session_id)
            };
            notification.version = version;
            notification.ui_mode = ui_mode;
            notification.initiator = initiator;
            notification.vendor = vendor;
            if !dm {
                notification.syncs = syncs;
            }
            notification
        },
    )
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource(
            "proptest-regressions",
        ))),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn san_001_written_notifications_are_read_back(
        notification in notification(),
        password in "[ -~]{0,20}",
        nonce in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let secret = Secret::new(&password, &nonce);
        let bytes = notification.encode(&secret).expect("fits");
        prop_assert_eq!(bytes.len(), notification.encoded_len());
        let unverified = Unverified::parse_as(notification.application, &bytes).expect("reads");
        prop_assert_eq!(unverified.claimed(), &notification);
        prop_assert_eq!(unverified.verify(&secret), Ok(notification));
    }

    #[test]
    fn san_002_another_secret_does_not_verify(
        notification in notification(),
        a in ("[ -~]{0,20}", prop::collection::vec(any::<u8>(), 0..20)),
        b in ("[ -~]{0,20}", prop::collection::vec(any::<u8>(), 0..20)),
    ) {
        prop_assume!(a != b);
        let bytes = notification.encode(&Secret::new(&a.0, &a.1)).expect("fits");
        let unverified = Unverified::parse_as(notification.application, &bytes).expect("reads");
        prop_assert!(unverified.verify(&Secret::new(&b.0, &b.1)).is_err());
    }

    #[test]
    fn san_011_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        for application in [Application::DataSync, Application::DeviceManagement] {
            match Unverified::parse_as(application, &bytes) {
                Ok(unverified) => {
                    prop_assert!(bytes.len() >= 24);
                    // A second NUL at the end would be dropped on the second reading.
                    let claimed = unverified.claimed();
                    prop_assume!(!claimed.server_id.ends_with('\0'));
                    prop_assume!(!claimed.syncs.iter().any(|sync| sync.server_uri.ends_with('\0')));
                    // What was read can be written, and says the same again.
                    let again = claimed.encode_unsigned().expect("fits");
                    let read = Unverified::parse_as(application, &again).expect("reads");
                    prop_assert_eq!(read.claimed(), claimed);
                }
                Err(error) => prop_assert!(error.position() <= bytes.len()),
            }
        }
    }

    #[test]
    fn san_010_wrapped_bodies_come_back(body in prop::collection::vec(any::<u8>(), 0..200), id in any::<u8>()) {
        for application in [Application::DataSync, Application::DeviceManagement] {
            let frame = wap::wrap(application, &body, id);
            let push = wap::unwrap(&frame).expect("reads");
            prop_assert_eq!(push.body, &body[..]);
            prop_assert_eq!(push.application(), Some(application));
        }
    }

    #[test]
    fn san_010_any_frame_is_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 3..80), len in 0_u8..40) {
        bytes[1] = 6;
        bytes[2] = len;
        match wap::unwrap(&bytes) {
            Ok(push) => prop_assert_eq!(push.body, &bytes[3 + usize::from(len)..]),
            Err(error) => prop_assert!(error.position() <= bytes.len()),
        }
    }

    #[test]
    fn san_001_what_fits_is_left_alone_and_what_does_not_is_shortened(notification in notification(), limit in 24_usize..400) {
        let fits = notification.encoded_len() <= limit;
        match notification.fit(limit) {
            Some(fit) => {
                prop_assert!(fit.notification.encoded_len() <= limit);
                prop_assert_eq!(fits, fit.left_out.is_empty());
                let sync = |left: &LeftOut| matches!(left, LeftOut::Sync(_));
                let dropped = fit.left_out.iter().filter(|left| sync(left)).count();
                let list = fit.left_out.iter().any(|left| matches!(left, LeftOut::List(_)));
                prop_assert!(list || fit.notification.syncs.len() + dropped == notification.syncs.len());
                prop_assert_eq!(&fit.notification.server_id, &notification.server_id);
            }
            None => prop_assert!(!fits),
        }
    }

    #[test]
    fn san_010_datagrams_in_parts_come_back(
        datagram in prop::collection::vec(any::<u8>(), 0..2000),
        (destination, source) in any::<(u16, u16)>(),
        reference in prop_oneof![any::<u8>().prop_map(Reference::Short), any::<u16>().prop_map(Reference::Long)],
        order in any::<prop::sample::Index>(),
    ) {
        let ports = Ports { destination, source };
        let mut parts = split(&datagram, ports, reference).expect("few parts");
        let first = order.index(parts.len());
        parts.rotate_left(first);
        let mut joiner = Joiner::default();
        let (last, others) = parts.split_last().expect("one at least");
        for part in others {
            prop_assert!(part.len() <= 140);
            prop_assert_eq!(joiner.take("x", UserData::read(part).expect("reads")), None);
        }
        let whole = joiner.take("x", UserData::read(last).expect("reads")).expect("complete");
        prop_assert_eq!((whole.ports, whole.body), (Some(ports), datagram));
    }

    #[test]
    fn san_010_what_is_put_comes_back(body in prop::collection::vec(any::<u8>(), 0..2000), max_packet in 255_u16..1000) {
        let mut sender = Sender::new(Application::DataSync, "text/plain", &body);
        let mut receiver = Receiver::default();
        let mut answer = receiver.take(&sender.first());
        answer.response[5..7].copy_from_slice(&max_packet.to_be_bytes());
        let mut put = None;
        loop {
            match sender.answered(&answer.response).expect("an answer") {
                Sent::More(packet) => {
                    prop_assert!(packet.len() <= usize::from(max_packet));
                    answer = receiver.take(&packet);
                    put = put.or_else(|| answer.put.take());
                }
                ending => {
                    prop_assert_eq!(ending, Sent::Accepted);
                    break;
                }
            }
        }
        prop_assert_eq!(put.expect("put").body, body);
    }

    #[test]
    fn san_010_payloads_come_out_of_their_layers(notification in notification(), id in any::<u8>()) {
        let san = notification.encode_unsigned().expect("fits");
        let push = wap::wrap(notification.application, &san, id);
        let payload = Payload::Notification(notification.application, &san);
        prop_assert_eq!(Payload::unpack(&push), Ok(payload.clone()));
        let sms = split(&push, Ports::PUSH, Reference::Short(id)).expect("few parts");
        if let [sms] = &sms[..] {
            prop_assert_eq!(Payload::unpack(sms), Ok(payload));
        }
    }

    #[test]
    fn san_011_any_bytes_are_unpacked_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        if let Err(error) = Payload::unpack(&bytes) {
            prop_assert!(error.position() <= bytes.len());
        }
        if let Err(error) = UserData::read(&bytes) {
            prop_assert!(error.position() <= bytes.len());
        }
        let mut receiver = Receiver::default();
        for operation in [0x80, 0x02, 0x82, 0x81] {
            let mut packet = vec![operation, 0, 0];
            packet.extend_from_slice(&bytes);
            let len = u16::try_from(packet.len()).expect("short");
            packet[1..3].copy_from_slice(&len.to_be_bytes());
            let answer = receiver.take(&packet);
            prop_assert_eq!(usize::from(answer.response[2]), answer.response.len());
        }
        let _ = Sender::new(Application::DataSync, "x/y", &bytes).answered(&bytes);
    }
}

//! Invariant: no panic; what is unpacked is the end of what came; parts that are joined again are what was split; an OBEX
//! packet has an answer of its own length.
#![no_main]

use libfuzzer_sys::fuzz_target;
use san::obex::{Receiver, Sender};
use san::wdp::{Joiner, Ports, Reference, UserData, split};
use san::{Application, Payload};

fuzz_target!(|bytes: &[u8]| {
    match Payload::unpack(bytes) {
        Ok(
            Payload::Notification(_, body)
            | Payload::Message(body)
            | Payload::Email(body)
            | Payload::Other(_, body),
        ) => assert!(bytes.ends_with(body)),
        Ok(_) => {}
        Err(error) => assert!(error.position() <= bytes.len()),
    }
    if let Ok(data) = UserData::read(bytes) {
        assert!(bytes.ends_with(data.body));
        let _ = Joiner::default().take("", data);
    }
    let parts = split(bytes, Ports::PUSH, Reference::Long(1)).expect("at most 4 KiB");
    let mut joiner = Joiner::default();
    let mut whole = None;
    for part in parts.iter().rev() {
        whole = joiner.take("", UserData::read(part).expect("our own"));
    }
    assert_eq!(whole.expect("complete").body, bytes);

    let mut receiver = Receiver::default();
    receiver.take(&Sender::new(Application::DataSync, "x/y", b"").first());
    for packet in [bytes, &[&[0x82, 0, 0][..], bytes].concat()] {
        let mut packet = packet.to_vec();
        let len = u16::try_from(packet.len()).expect("at most 4 KiB");
        if let Some(place) = packet.get_mut(1..3) {
            place.copy_from_slice(&len.to_be_bytes());
        }
        let response = receiver.take(&packet).response;
        assert_eq!(
            usize::from(u16::from_be_bytes([response[1], response[2]])),
            response.len()
        );
    }
    let mut sender = Sender::new(Application::DataSync, "x/y", bytes);
    let _ = sender.answered(bytes);
});

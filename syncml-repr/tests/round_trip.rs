//! What is written reads back the same, in both encodings and to the byte.

use proptest::prelude::*;
use syncml_repr::{
    Bytes, Command, Data, EncodeErrorKind, Encoder, Encoding, Format, Item, Limits, Message,
    Modify, ModifyKind, Version, decode, decode_header, encode, encoded_len, testing,
};

const ENCODINGS: [Encoding; 2] = [Encoding::Xml, Encoding::Wbxml];

fn again(message: &Message, encoding: Encoding) -> Message {
    let bytes = Bytes::from(encode(message, encoding).expect("can be encoded"));
    match decode(&bytes, encoding, &Limits::default()) {
        Ok(message) => message,
        Err(error) => panic!("{error}\n{}", bytes.escape_ascii()),
    }
}

fn has_unknown_elements(message: &Message) -> bool {
    serde_json::to_string(message)
        .expect("serializes")
        .contains("urn:example")
}

proptest! {
    /// REPR-001, REPR-005, REPR-006, REPR-009, REPR-010, REPR-011, REPR-018.
    #[test]
    fn repr_001_decode_of_encode_is_the_message(message in testing::message()) {
        for encoding in ENCODINGS {
            prop_assert_eq!(&again(&message, encoding), &message, "{:?}", encoding);
        }
    }

    /// REPR-015.
    #[test]
    fn repr_015_encoding_is_stable_and_twins_are_equal(message in testing::message()) {
        let [xml, wbxml] = ENCODINGS.map(|encoding| encode(&message, encoding).expect("can be encoded"));
        let xml_again = encode(&again(&message, Encoding::Wbxml), Encoding::Xml).expect("can be encoded");
        prop_assert_eq!(String::from_utf8_lossy(&xml_again), String::from_utf8_lossy(&xml));
        let wbxml_again = encode(&again(&message, Encoding::Xml), Encoding::Wbxml).expect("can be encoded");
        prop_assert_eq!(wbxml_again.escape_ascii().to_string(), wbxml.escape_ascii().to_string());
    }

    #[test]
    fn header_alone_is_the_header_of_the_message(message in testing::message()) {
        for encoding in ENCODINGS {
            let bytes = Bytes::from(encode(&message, encoding).expect("can be encoded"));
            prop_assert_eq!(&decode_header(&bytes, encoding, &Limits::default()).expect("can be read"), &message.hdr);
        }
    }

    /// REPR-007: octets come through both encodings.
    #[test]
    fn repr_007_octets_survive(item in testing::item_with_octets(), message in testing::message()) {
        let octets = item.data.as_ref().expect("has Data").to_bytes().expect("is no markup");
        let mut message = message;
        message.body.commands = vec![Modify::new(ModifyKind::Copy, 1).with_item(item).into()];
        for encoding in ENCODINGS {
            let read = again(&message, encoding);
            let [Command::Modify(copy)] = read.body.commands.as_slice() else { panic!("{read:?}") };
            prop_assert_eq!(&copy.items[0].payload(copy.meta.as_deref()).expect("is coded well"), &octets);
            // And what was read can be passed on in either encoding.
            for next in ENCODINGS {
                let read = again(&read, next);
                let [Command::Modify(copy)] = read.body.commands.as_slice() else { panic!("{read:?}") };
                prop_assert_eq!(&copy.items[0].payload(copy.meta.as_deref()).expect("is coded well"), &octets);
            }
        }
        // In WBXML they are not even recoded.
        prop_assert_eq!(again(&message, Encoding::Wbxml), message);
    }

    /// REPR-013: a message never exceeds its limit, and what does not fit leaves no trace.
    #[test]
    fn repr_013_limit_holds(message in testing::message(), limit in 0_usize..3000) {
        for encoding in ENCODINGS {
            let mut encoder = match Encoder::new(&message.hdr, encoding, Some(limit)) {
                Ok(encoder) => encoder,
                Err(error) => {
                    let EncodeErrorKind::Limit { needed, limit: told } = *error.kind() else { panic!("{error}") };
                    prop_assert!(needed > limit && told == limit);
                    continue;
                }
            };
            let mut fitting = message.clone();
            fitting.body.commands.clear();
            for command in &message.body.commands {
                let room = encoder.remaining();
                if encoder.push(command).expect("can be encoded") {
                    fitting.body.commands.push(command.clone());
                    prop_assert!(encoder.remaining() < room);
                } else {
                    prop_assert_eq!(encoder.remaining(), room);
                }
            }
            let bytes = encoder.finish(message.body.is_final).expect("can be finished");
            prop_assert!(bytes.len() <= limit);
            // The same bytes as if the others had never been tried.
            prop_assert_eq!(bytes, encode(&fitting, encoding).expect("can be encoded"));
        }
    }

    /// REPR-013: the same with changes in an open Sync.
    #[test]
    fn repr_013_limit_holds_in_an_open_sync(
        hdr in testing::header(Version::V1_2),
        sync in testing::sync(Version::V1_2),
        limit in 300_usize..3000,
    ) {
        for encoding in ENCODINGS {
            let Ok(mut encoder) = Encoder::new(&hdr, encoding, Some(limit)) else { continue };
            let mut kept = sync.clone();
            let commands = std::mem::take(&mut kept.commands);
            if !encoder.open(&kept).expect("can be encoded") {
                continue;
            }
            for command in commands {
                if encoder.push(&command).expect("can be encoded") {
                    kept.commands.push(command);
                }
            }
            encoder.close().expect("is open");
            let bytes = encoder.finish(true).expect("can be finished");
            prop_assert!(bytes.len() <= limit);
            let whole = Message::new(hdr.clone(), vec![kept.into()], true);
            prop_assert_eq!(bytes, encode(&whole, encoding).expect("can be encoded"));
        }
    }

    /// REPR-013: the length told is the length added.
    #[test]
    fn repr_013_length_told_is_length_added(message in testing::message_of(Version::V1_2)) {
        for encoding in ENCODINGS {
            let mut shorter = message.clone();
            let Some(last) = shorter.body.commands.pop() else { continue };
            let told = encoded_len(&last, encoding, Version::V1_2).expect("can be encoded");
            // One empty element so that the end tag of the body is there in both.
            shorter.body.is_final = true;
            let longer = Message::new(
                message.hdr.clone(),
                shorter.body.commands.iter().cloned().chain([last.clone()]).collect(),
                true,
            );
            let len = |message| encode(message, encoding).expect("can be encoded").len();
            let added = len(&longer) - len(&shorter);
            match encoding {
                Encoding::Xml => prop_assert_eq!(added, told),
                // Code pages are switched between commands, and names of unknown elements stand
                // in a table once.
                Encoding::Wbxml if !has_unknown_elements(&message) => {
                    prop_assert!(added.abs_diff(told) <= 2, "{added} {told}");
                }
                Encoding::Wbxml => {}
            }
        }
    }

    #[test]
    fn serde_round_trip(message in testing::message()) {
        let json = serde_json::to_string(&message).expect("serializes");
        prop_assert_eq!(serde_json::from_str::<Message>(&json).expect("deserializes"), message);
    }
}

#[test]
fn repr_007_octets_in_xml_are_base64_and_say_so() {
    let hdr = syncml_repr::SyncHdr::new(
        Version::V1_2,
        "1".into(),
        1.into(),
        syncml_repr::Locator::new("t"),
        syncml_repr::Locator::new("s"),
    );
    let item = Item::new().with_data(Data::from_octets(&b"\x00\x01\xFF"[..]));
    let add = Modify::new(ModifyKind::Add, 1).with_item(item);
    let message = Message::new(hdr, vec![add.into()], true);
    let xml = String::from_utf8(encode(&message, Encoding::Xml).expect("can be encoded"))
        .expect("is UTF-8");
    let expected =
        "<Item><Meta><Format xmlns=\"syncml:metinf\">b64</Format></Meta><Data>AAH/</Data></Item>";
    assert!(xml.contains(expected), "{xml}");
    let read = again(&message, Encoding::Xml);
    let Some(Command::Modify(add)) = read.body.commands.first() else {
        panic!("{read:?}")
    };
    assert_eq!(add.items[0].format(None), Some(&Format::B64));
}

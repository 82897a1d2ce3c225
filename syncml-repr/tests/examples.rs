//! What the examples print.

use syncml_repr::validate::validate;
use syncml_repr::{Bytes, Command, Encoding, Limits, decode, encode};

#[path = "../examples/decode.rs"]
#[allow(dead_code, reason = "the test calls what main calls")]
mod decode_example;
#[path = "../examples/mdm_answer/main.rs"]
#[allow(dead_code, reason = "the test calls what main calls")]
mod mdm_answer;

fn output(bytes: &'static [u8]) -> String {
    let mut out = Vec::new();
    mdm_answer::run(&Bytes::from_static(bytes), &mut out).expect("runs");
    String::from_utf8(out).expect("is UTF-8")
}

/// REPR-011: a message of device management is read and answered.
#[test]
fn repr_011_mdm_answer() {
    let text = output(include_bytes!("../examples/mdm_answer/message.xml"));
    insta::assert_snapshot!(text);

    // What it printed last is the answer; all of the message has its Status there.
    let xml = Bytes::from(text.lines().last().expect("prints the answer").to_owned());
    let report = validate(&xml, Encoding::Xml, &Limits::default());
    assert!(report.is_clean(), "{:?}", report.findings);
    let answer = decode(&xml, Encoding::Xml, &Limits::default()).expect("can be read");
    let codes: Vec<u16> = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Status(status) => Some(status.code.get()),
            _ => None,
        })
        .collect();
    assert_eq!(
        codes,
        [200, 200, 404, 200, 202, 200, 200, 200, 507, 216, 425, 215]
    );
}

/// The same message in WBXML gets the same answer.
#[test]
fn mdm_answer_reads_both_encodings() {
    let xml = include_bytes!("../examples/mdm_answer/message.xml");
    let message =
        decode(&Bytes::from_static(xml), Encoding::Xml, &Limits::default()).expect("can be read");
    let wbxml = Bytes::from(encode(&message, Encoding::Wbxml).expect("can be encoded"));
    let mut out = Vec::new();
    mdm_answer::run(&wbxml, &mut out).expect("runs");
    assert_eq!(String::from_utf8_lossy(&out), output(xml));
}

/// A file that is a message is shown without its secrets, another one is refused.
#[test]
fn decode_shows_messages() {
    let xml = b"<SyncML><SyncHdr><SessionID>7</SessionID><MsgID>1</MsgID><Source><LocURI>d</LocURI></Source><Cred><Data>c2VjcmV0</Data></Cred></SyncHdr>\
        <SyncBody><Alert><CmdID>1</CmdID><Data>222</Data></Alert><Final/></SyncBody></SyncML>";
    let mut out = Vec::new();
    decode_example::show("a.xml", &Bytes::from_static(xml), &mut out).expect("is a message");
    let text = String::from_utf8(out).expect("is UTF-8");
    assert!(text.starts_with("a.xml: Message {"), "{text}");
    assert!(
        text.contains("222 (next message)") && !text.contains("c2VjcmV0"),
        "{text}"
    );

    for (bytes, expected) in [
        (&b"BEGIN:VCARD"[..], "neither XML nor WBXML"),
        (b"<SyncML/>", "SyncHdr is missing at byte 9"),
    ] {
        let error = decode_example::show("b", &Bytes::from_static(bytes), &mut Vec::new())
            .expect_err("is none");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
}

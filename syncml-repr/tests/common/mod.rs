//! Messages made of their parts.

#![allow(dead_code, reason = "each test file uses some of these")]

use syncml_repr::{
    Bytes, Command, DecodeError, Encoding, Limits, Locator, Message, MsgId, SyncHdr, Version,
    decode, encode,
};

pub(crate) const HEADER: &str = "<SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>7</SessionID>\
    <MsgID>1</MsgID><Target><LocURI>http://s.example/ds</LocURI></Target><Source><LocURI>IMEI:1</LocURI></Source></SyncHdr>";

/// A document with this header and body content.
pub(crate) fn document(header: &str, body: &str) -> Bytes {
    format!("<SyncML xmlns='SYNCML:SYNCML1.2'>{header}<SyncBody>{body}</SyncBody></SyncML>").into()
}

pub(crate) fn decode_xml(bytes: &Bytes) -> Result<Message, DecodeError> {
    decode(bytes, Encoding::Xml, &Limits::default())
}

/// The commands of a message with this body.
pub(crate) fn commands(body: &str) -> Vec<Command> {
    match decode_xml(&document(HEADER, body)) {
        Ok(message) => message.body.commands,
        Err(error) => panic!("{error}: {body}"),
    }
}

/// The only command of a message with this body.
pub(crate) fn command(body: &str) -> Command {
    let mut commands = commands(body);
    assert_eq!(commands.len(), 1, "{body}");
    commands.swap_remove(0)
}

/// A message with one command.
pub(crate) fn message(version: Version, command: impl Into<Command>) -> Message {
    let hdr = SyncHdr::new(
        version,
        "7".into(),
        MsgId::FIRST,
        Locator::new("http://s.example/ds"),
        Locator::new("IMEI:1"),
    );
    Message::new(hdr, vec![command.into()], true)
}

/// The body of a message with one command, as it is written in XML.
pub(crate) fn body_xml(version: Version, command: impl Into<Command>) -> String {
    let bytes = encode(&message(version, command), Encoding::Xml).expect("can be encoded");
    let text = String::from_utf8(bytes).expect("is UTF-8");
    let start = text.find("<SyncBody>").expect("has a body") + "<SyncBody>".len();
    let end = text.rfind("<Final/>").expect("has Final");
    text[start..end].to_owned()
}

/// The message read back from WBXML.
pub(crate) fn through_wbxml(message: &Message) -> Message {
    let bytes = Bytes::from(encode(message, Encoding::Wbxml).expect("can be encoded"));
    decode(&bytes, Encoding::Wbxml, &Limits::default()).expect("can be read")
}

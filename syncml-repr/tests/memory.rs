//! A message read one command at a time takes little memory, however long it is.
#![allow(missing_docs, reason = "tests")]

use syncml_repr::{Bytes, CommandReader, Encoding, Limits, Message, Step, decode, encode};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// In bytes, in all.
const MOST: usize = 8 << 10;

/// Adds of some 600 bytes, whose line ends a reader has to change.
fn message(adds: usize) -> String {
    let card = "NOTE:what a reader of XML may not leave as it is\r\n".repeat(12);
    let add = |id: usize| {
        format!(
            "<Add><CmdID>{id}</CmdID><Meta><Type xmlns='syncml:metinf'>text/x-vcard</Type></Meta>\
             <Item><Source><LocURI>{id}</LocURI></Source><Data><![CDATA[{card}]]></Data></Item>\
             </Add>"
        )
    };
    let adds: String = (2..adds + 2).map(add).collect();
    format!(
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD>\
         <VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>\
         <Target><LocURI>a</LocURI></Target><Source><LocURI>b</LocURI></Source></SyncHdr>\
         <SyncBody><Sync><CmdID>1</CmdID>{adds}</Sync><Final/></SyncBody></SyncML>"
    )
}

/// Commands in a message, and the most bytes in use while they are read.
fn peak(bytes: &Bytes, encoding: Encoding) -> (usize, usize) {
    let limits = Limits::default().with_max_bytes(bytes.len());
    // The first share of a buffer makes it shareable, which is not the reader's doing.
    drop(bytes.clone());
    let profiler = dhat::Profiler::builder().testing().build();
    let commands = CommandReader::new(bytes, encoding, &limits)
        .unwrap()
        .filter(|step| matches!(step.as_ref().unwrap(), Step::Command(_)))
        .count();
    let peak = dhat::HeapStats::get().max_bytes;
    drop(profiler);
    (commands, peak)
}

#[test]
fn one_command_at_a_time() {
    let messages = [20, 2000].map(|adds| {
        let xml = Bytes::from(message(adds));
        let limits = Limits::default().with_max_bytes(xml.len());
        let message: Message = decode(&xml, Encoding::Xml, &limits).unwrap();
        let wbxml = Bytes::from(encode(&message, Encoding::Wbxml).unwrap());
        (xml, wbxml)
    });
    let [(few, few_wbxml), (many, many_wbxml)] = &messages;
    for (few, many, encoding) in [
        (few, many, Encoding::Xml),
        (few_wbxml, many_wbxml, Encoding::Wbxml),
    ] {
        let (commands, of_few) = peak(few, encoding);
        assert_eq!(commands, 20);
        let (commands, of_many) = peak(many, encoding);
        assert_eq!(commands, 2000);
        assert!(of_many <= MOST, "{encoding:?}: {of_many} bytes");
        assert_eq!(of_many, of_few, "{encoding:?}");
    }
}

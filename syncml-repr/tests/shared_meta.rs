//! Equal Metas of one message are written like any other, though they are copied.

use std::sync::Arc;

use syncml_repr::{
    Command, Encoder, Encoding, Item, Limits, Locator, Message, MetInf, Modify, ModifyKind, MsgId,
    SyncCmd, SyncHdr, Version, decode, encode,
};

fn hdr() -> SyncHdr {
    SyncHdr::new(
        Version::V1_2,
        "1".into(),
        MsgId::FIRST,
        Locator::new("http://sync.example.net/ds"),
        Locator::new("IMEI:1"),
    )
}

fn add(number: u32, meta: &Arc<MetInf>, data: &'static str) -> Command {
    let item = Item::new()
        .with_source(Locator::new(number.to_string()))
        .with_data(data);
    let mut add = Modify::new(ModifyKind::Add, number).with_item(item);
    add.meta = Some(Arc::clone(meta));
    add.into()
}

fn vcard() -> MetInf {
    MetInf::default().with_type("text/x-vcard")
}

/// One Meta held by many commands comes out as many equal ones do (WBXML-010: canonical form).
#[test]
fn a_meta_held_twice_is_written_twice() {
    let shared = Arc::new(vcard());
    let of = |metas: [Arc<MetInf>; 3]| {
        let mut sync = SyncCmd::new(1, Locator::new("./card"), Locator::new("./pb"));
        sync.commands = (2..)
            .zip(&metas)
            .map(|(number, meta)| add(number, meta, "BEGIN:VCARD\r\n"))
            .collect();
        Message::new(hdr(), vec![sync.into()], true)
    };
    let twice = of([Arc::clone(&shared), Arc::clone(&shared), shared]);
    let apart = of([Arc::new(vcard()), Arc::new(vcard()), Arc::new(vcard())]);
    for encoding in [Encoding::Wbxml, Encoding::Xml] {
        let bytes = encode(&twice, encoding).unwrap();
        assert_eq!(bytes, encode(&apart, encoding).unwrap());
        assert_eq!(
            decode(&bytes.into(), encoding, &Limits::default()).unwrap(),
            twice
        );
    }
}

/// A Meta that has been taken back is not copied from where it was.
#[test]
fn a_meta_taken_back_is_written_anew() {
    let meta = Arc::new(vcard());
    let long = "x".repeat(400).leak();
    let mut encoder = Encoder::new(&hdr(), Encoding::Wbxml, Some(300)).unwrap();
    let sync = SyncCmd::new(1, Locator::new("./card"), Locator::new("./pb"));
    assert!(encoder.open(&sync).unwrap());
    assert!(!encoder.push(&add(2, &meta, long)).unwrap());
    let short = [add(3, &meta, "BEGIN:VCARD\r\n"), add(4, &meta, "N:4\r\n")];
    for command in &short {
        assert!(encoder.push(command).unwrap());
    }
    encoder.close().unwrap();
    let bytes = encoder.finish(true).unwrap();
    let message = decode(&bytes.into(), Encoding::Wbxml, &Limits::default()).unwrap();
    let Some(Command::Sync(sync)) = message.body.commands.first() else {
        panic!("no Sync");
    };
    assert_eq!(sync.commands, short);
}

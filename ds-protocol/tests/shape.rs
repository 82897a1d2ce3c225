//! The shape of a session: packages, messages, and when it ends.

mod common;

use common::desk::{Desk, alert, codes};
use common::{World, moved, sizes};
use ds_protocol::testing::Variant;
use syncml_repr::Message;
use syncml_wbxml::{Encoding, Limits};

/// `MaxMsgSize` that a message states.
fn announced(message: &Message) -> u64 {
    message.hdr.max_msg_size().expect("always stated")
}

/// A client that sends far more than it takes: it is asked for smaller messages, and everything is answered.
#[test]
fn answers_do_not_pile_up() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            let mut world = World::new().with_variant(variant).with_encoding(encoding);
            // It takes little, and would send much.
            world.client_config.sizes = sizes(3000);
            world.client_config.sizes.max_sent = 60_000;
            for n in 0..500 {
                world.add_client(&format!("Client;{n}"));
            }
            let first = world.sync();
            assert_eq!(moved(&first)[1][0], 500);
            let mut asked = Vec::new();
            let mut sent = Vec::new();
            for (turn, bytes) in first.messages().enumerate() {
                let message = syncml_repr::decode(bytes, encoding, &Limits::default()).unwrap();
                if turn % 2 == 0 {
                    sent.push(bytes.len() as u64);
                } else {
                    asked.push(announced(&message));
                }
            }
            assert!(
                asked.contains(&65_536) && asked.contains(&2048),
                "{asked:?}"
            );
            assert!(*sent.iter().max().unwrap() > 40_000, "{sent:?}");
            // Each message keeps to the limit of the answer before it.
            for (asked, sent) in asked.iter().zip(&sent[1..]) {
                assert!(sent <= asked);
            }
            assert_eq!(asked.last(), Some(&65_536), "{asked:?}");
            world.assert_equal();
        }
    }
}

/// A client that does not care what it is asked for is given up before its answers fill the memory.
#[test]
fn piles_of_answers_are_given_up() {
    let mut desk = Desk::with_sizes(sizes(10_000));
    let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    let takes = r#"<Meta><MaxMsgSize xmlns="syncml:metinf">2500</MaxMsgSize></Meta>"#;
    let mut answered = 0;
    for round in 1..100 {
        let deletes: String = (0..100)
            .map(|n| format!("<Delete><CmdID>{}</CmdID><Item><Source><LocURI>{round}-{n}</LocURI></Source></Item></Delete>", n + 3))
            .collect();
        let sync = format!(
            "<Sync><CmdID>2</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source>{deletes}</Sync>"
        );
        let answer = desk.say_with("1.2", takes, &sync);
        if codes(&answer) == ["0 SyncHdr 413"] {
            assert!(answer.body.is_final);
            // Eight of our messages' worth of answers may wait, and no more.
            let waiting = (round * 100 - answered) * 64;
            assert!((80_000..100_000).contains(&waiting), "{waiting}");
            // What was given up is over.
            let answer = desk.say("<Final/>");
            assert_eq!(codes(&answer), ["0 SyncHdr 413"]);
            return;
        }
        assert!(codes(&answer).len() > 1, "some are answered");
        answered += codes(&answer).len();
    }
    panic!("answers pile up");
}

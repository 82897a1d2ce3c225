//! What is not offered, or not allowed, is answered with the status the protocol has for it, and the session goes on.

mod common;

use std::sync::Arc;

use common::desk::{Desk, alert, codes, item, sync};
use common::hooked::Hook;
use common::{PASSWORD, USER, card};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    Closed, Content, Device, Effect, Engine, Input, Misuse, Output, Received, Store, StoreFault,
    Wait, server,
};
use syncml_repr::{Command, Cred, StatusCode};
use syncml_wbxml::{Encoding, Limits};

/// DS-B-005, DS-S-024, DS-S-023, DS-S-057, REPR-012: commands and Alerts in package 1.
#[test]
fn package_1() {
    for (body, expected) in [
        (alert(1, 999, "contacts"), "1 Alert 406"),
        // resume of what was not kept
        (alert(1, 225, "contacts"), "1 Alert 508"),
        // never synchronised
        (alert(1, 200, "contacts"), "1 Alert 508"),
        (alert(1, 202, "contacts"), "1 Alert 508"),
        (alert(1, 204, "contacts"), "1 Alert 508"),
        (alert(1, 206, "contacts"), "1 Alert 508"),
        (alert(1, 207, "contacts"), "1 Alert 508"),
        // which does not matter where everything is sent
        (alert(1, 201, "contacts"), "1 Alert 200"),
        (alert(1, 203, "contacts"), "1 Alert 200"),
        (alert(1, 205, "contacts"), "1 Alert 200"),
        (alert(1, 210, "contacts"), "1 Alert 200"),
        (alert(1, 200, "nowhere"), "1 Alert 404"),
        (alert(1, 221, "contacts"), "1 Alert 200"),
        (alert(1, 222, "contacts"), "1 Alert 200"),
        (item("Alert", 1, "<Data>100</Data><Item><Data>hello</Data></Item>"), "1 Alert 200"),
        // a filter that would not be obeyed
        (
            alert(1, 201, "contacts").replace(
                "</LocURI></Target>",
                "</LocURI><Filter><Meta><Type @>text/vcard</Type></Meta><Record><Item><Data>N&amp;EQ;x</Data></Item></Record></Filter></Target>",
            ),
            "1 Alert 406",
        ),
        (item("Alert", 1, "<Data>200</Data>"), "1 Alert 412"),
        (item("Alert", 1, "<Data>two hundred</Data>"), "1 Alert 400"),
        (
            item(
                "Get",
                1,
                "<Item><Target><LocURI>./secrets</LocURI></Target></Item>",
            ),
            "1 Get 404",
        ),
        (
            item(
                "Put",
                1,
                "<Item><Source><LocURI>./letter</LocURI></Source><Data>x</Data></Item>",
            ),
            "1 Put 404",
        ),
        (
            item(
                "Put",
                1,
                "<Item><Source><LocURI>./devinf12</LocURI></Source><Data>x</Data></Item>",
            ),
            "1 Put 415",
        ),
        (
            item(
                "Exec",
                1,
                "<Item><Target><LocURI>./run</LocURI></Target></Item>",
            ),
            "1 Exec 406",
        ),
        (
            item(
                "Search",
                1,
                "<Source><LocURI>./contacts</LocURI></Source><Meta><Type @>x</Type></Meta><Data>y</Data>",
            ),
            "1 Search 406",
        ),
        (
            item(
                "Add",
                1,
                "<Item><Source><LocURI>1</LocURI></Source><Data>x</Data></Item>",
            ),
            "1 Add 405",
        ),
        (item("Frobnicate", 1, ""), "1 Frobnicate 501"),
    ] {
        let mut desk = Desk::new();
        let answer = desk.say(&format!("{body}<Final/>"));
        assert_eq!(codes(&answer), ["0 SyncHdr 212", expected], "{body}");
        assert!(answer.body.is_final);
        // the session lives
        assert_eq!(codes(&desk.say("<Final/>"))[0], "0 SyncHdr 200");
    }
}

/// DS-S-030, DS-S-050, DS-S-051, DS-S-053, DS-S-054, DS-S-055, DS-S-056, DS-S-058, DS-S-063: items in package 3.
/// A bad item fails alone.
#[test]
fn items() {
    let data = "<Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>";
    let good = item("Add", 9, &data.replace("L1", "L9"));
    for (body, expected) in [
        (item("Replace", 3, data), vec!["3 Replace 201"]),
        (
            item("Add", 3, &data.replace("<Data>v</Data>", "")),
            vec!["3 Add 412"],
        ),
        (item("Add", 3, &data.replace("L1", "")), vec!["3 Add 412"]),
        (item("Add", 3, ""), vec!["3 Add 412"]),
        (
            item("Add", 3, &data.replace("text/vcard", "image/png")),
            vec!["3 Add 415"],
        ),
        (
            item("Add", 3, &data.replace("</Item>", "<MoreData/></Item>")),
            vec!["3 Add 411"],
        ),
        (
            item("Replace", 3, &data.replace("<Type", "<FieldLevel @/><Type")),
            vec!["3 Replace 426"],
        ),
        // a place in a tree
        (
            item(
                "Add",
                3,
                &data.replace(
                    "<Data>",
                    "<SourceParent><LocURI>L0</LocURI></SourceParent><Data>",
                ),
            ),
            vec!["3 Add 406"],
        ),
        // a slow sync has no deletions
        (
            item(
                "Delete",
                3,
                "<Item><Source><LocURI>L1</LocURI></Source></Item>",
            ),
            vec!["3 Delete 403"],
        ),
        (item("Copy", 3, data), vec!["3 Copy 412"]),
        (item("Move", 3, data), vec!["3 Move 406"]),
        (
            item("Atomic", 3, &item("Add", 4, data)),
            vec!["3 Atomic 406", "4 Add 406"],
        ),
        (
            item(
                "Sequence",
                3,
                &format!(
                    "{}{}",
                    item("Add", 4, data),
                    item("Add", 5, &data.replace("L1", ""))
                ),
            ),
            vec!["3 Sequence 200", "4 Add 201", "5 Add 412"],
        ),
        // two items in a command, one of them good
        (
            item(
                "Add",
                3,
                &format!("{data}<Item><Source><LocURI>L2</LocURI></Source></Item>"),
            ),
            vec!["3 Add 201", "3 Add 412"],
        ),
    ] {
        let mut desk = Desk::in_slow_sync();
        let answer = desk.say(&sync(&format!("{body}{good}")));
        let mut all = vec!["0 SyncHdr 200", "2 Sync 200"];
        all.extend(&expected);
        all.push("9 Add 201");
        assert_eq!(codes(&answer), all, "{body}");
        assert!(
            desk.store
                .items(USER, "contacts")
                .any(|(_, content)| &*content.data == b"v"),
            "{body}"
        );
    }
}

/// DS-S-051, DS-S-053: deletions in a two-way sync.
#[test]
fn deletions() {
    let mut desk = Desk::in_slow_sync();
    let add = |luid: &str| {
        format!(
            "<Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>{luid}</LocURI></Source><Data>{luid}</Data></Item>"
        )
    };
    desk.say(&sync(&format!(
        "{}{}",
        item("Add", 3, &add("L1")),
        item("Add", 4, &add("L2"))
    )));
    desk.say("<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status><Final/>");
    let mut desk = desk.next_session();
    let two_way = alert(1, 200, "contacts").replace("<Next>7", "<Last>7</Last><Next>8");
    assert_eq!(
        codes(&desk.say(&format!("{two_way}<Final/>"))),
        ["0 SyncHdr 212", "1 Alert 200"]
    );
    let delete = |cmd_id, luid: &str, how: &str| {
        item(
            "Delete",
            cmd_id,
            &format!("{how}<Item><Source><LocURI>{luid}</LocURI></Source></Item>"),
        )
    };
    let body = [
        delete(3, "L1", ""),
        delete(4, "L1", ""),
        delete(5, "unknown", ""),
        delete(6, "L2", "<Archive/>"),
        delete(7, "L2", "<SftDel/>"),
    ];
    let expected = [
        "3 Delete 200",
        "4 Delete 211",
        "5 Delete 211",
        "6 Delete 501",
        "7 Delete 200",
    ];
    assert_eq!(codes(&desk.say(&sync(&body.concat())))[2..], expected);
    assert_eq!(desk.store.items(USER, "contacts").count(), 1);
}

/// DS-S-003 to DS-S-006, PS 6.3: items from the side that has nothing to send, and a Delete where everything is sent.
#[test]
fn wrong_direction() {
    let add = "<Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>";
    let delete = "<Item><Source><LocURI>L1</LocURI></Source></Item>";
    for (code, body, expected) in [
        (205, item("Add", 3, add), "3 Add 403"),
        (205, item("Replace", 3, add), "3 Replace 403"),
        (205, item("Delete", 3, delete), "3 Delete 403"),
        (203, item("Add", 3, add), "3 Add 201"),
        (203, item("Replace", 3, add), "3 Replace 201"),
        (203, item("Delete", 3, delete), "3 Delete 403"),
    ] {
        let mut desk = Desk::new();
        desk.store
            .add(USER, "contacts", Content::new("text/vcard", "w"));
        desk.say(&format!("{}<Final/>", alert(1, code, "contacts")));
        let answer = desk.say(&sync(&body));
        assert_eq!(
            codes(&answer),
            ["0 SyncHdr 200", "2 Sync 200", expected],
            "{code}"
        );
        // The server speaks in a refresh from the server only.
        let sends = answer
            .body
            .commands
            .iter()
            .any(|command| matches!(command, Command::Sync(_)));
        assert_eq!(sends, code == 205);
        // What the client did not send goes with the end of its package, and only where it was to send.
        let kept = desk
            .store
            .items(USER, "contacts")
            .any(|(_, content)| &*content.data == b"w");
        assert_eq!(kept, code == 205, "{code} {expected}");
    }
}

/// A refresh in which an item was not taken removes nothing: the own copy of that item may be among the rest.
#[test]
fn refresh_with_a_refused_item() {
    let mut desk = Desk::new();
    desk.store
        .add(USER, "contacts", Content::new("text/vcard", "w"));
    desk.say(&format!("{}<Final/>", alert(1, 203, "contacts")));
    let add = "<Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>";
    let refused = add.replace("text/vcard", "image/png").replace("L1", "L2");
    let body = format!("{}{}", item("Add", 3, add), item("Add", 4, &refused));
    let answer = desk.say(&sync(&body));
    assert_eq!(
        codes(&answer),
        ["0 SyncHdr 200", "2 Sync 200", "3 Add 201", "4 Add 415"]
    );
    assert_eq!(desk.store.items(USER, "contacts").count(), 2);
}

/// PS 6.3: a refresh in which the client says nothing is given up, and nothing is removed.
#[test]
fn refresh_without_a_sync() {
    let mut desk = Desk::new();
    desk.store
        .add(USER, "contacts", Content::new("text/vcard", "w"));
    desk.say(&format!("{}<Final/>", alert(1, 203, "contacts")));
    let answer = desk.say("<Final/>");
    assert_eq!(codes(&answer), ["0 SyncHdr 200"]);
    assert_eq!(desk.store.items(USER, "contacts").count(), 1);
}

/// PS 6.3: a Sync where none may be.
#[test]
fn sync_out_of_place() {
    let add = item(
        "Add",
        3,
        "<Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>",
    );
    let mut desk = Desk::in_slow_sync();
    let unknown = sync(&add).replace("contacts", "nowhere");
    assert_eq!(codes(&desk.say(&unknown))[1..], ["2 Sync 404", "3 Add 404"]);
    let mut desk = Desk::in_slow_sync();
    let not_alerted = sync(&add).replace("contacts", "calendar");
    assert_eq!(
        codes(&desk.say(&not_alerted))[1..],
        ["2 Sync 403", "3 Add 403"]
    );
    assert_eq!(desk.store.items(USER, "contacts").count(), 0);
}

/// DS-S-008, DS-S-067: combined packages 1 and 3: carried out where the anchors fit, refused whole where they do not.
#[test]
fn combined_init() {
    let add = item(
        "Add",
        3,
        "<Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>",
    );
    let mut desk = Desk::new();
    let answer = desk.say(&format!("{}{}", alert(1, 200, "contacts"), sync(&add)));
    assert_eq!(
        codes(&answer),
        ["0 SyncHdr 212", "1 Alert 508", "2 Sync 508", "3 Add 508"]
    );
    assert_eq!(
        desk.store.items(USER, "contacts").count(),
        0,
        "nothing applied"
    );
    assert!(
        !answer
            .body
            .commands
            .iter()
            .any(|command| matches!(command, Command::Sync(_)))
    );
    // The slow sync follows in the same session.
    assert_eq!(
        codes(&desk.say(&sync(&add)))[1..],
        ["2 Sync 200", "3 Add 201"]
    );

    let mut desk = Desk::new();
    desk.store.add(USER, "contacts", card("Here;Already"));
    let answer = desk.say(&format!("{}{}", alert(1, 201, "contacts"), sync(&add)));
    assert_eq!(
        codes(&answer),
        ["0 SyncHdr 212", "1 Alert 200", "2 Sync 200", "3 Add 201"]
    );
    let names: Vec<_> = answer.body.commands.iter().map(Command::name).collect();
    assert_eq!(
        names[4..],
        ["Get", "Alert", "Sync"],
        "packages 2 and 4 in one"
    );
    assert!(answer.body.is_final);
}

/// DS-S-047: a version nobody speaks.
#[test]
fn unknown_versions() {
    for (version, code, list) in [
        ("9.9", 513, "SyncML/1.0,SyncML/1.1,SyncML/1.2"),
        ("2.0", 513, "SyncML/1.0,SyncML/1.1,SyncML/1.2"),
    ] {
        let mut desk = Desk::new();
        let answer = desk.say_with(version, "", &alert(1, 200, "contacts"));
        assert_eq!(codes(&answer), [format!("0 SyncHdr {code}")]);
        let Command::Status(status) = &answer.body.commands[0] else {
            panic!("{answer:?}")
        };
        assert_eq!(status.items[0].data.as_ref().unwrap().as_text(), Some(list));
        assert_eq!(
            answer.hdr.version().map(|version| version.as_str()),
            Some("1.2")
        );
    }
}

/// DS-S-017: without credentials every command gets 407, nested ones too, and nothing is done.
#[test]
fn nothing_without_credentials() {
    let mut desk = Desk::new();
    let add = item(
        "Add",
        3,
        "<Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>",
    );
    let answer = desk.say_with(
        "1.2",
        "",
        &format!("{}{}", alert(1, 201, "contacts"), sync(&add)),
    );
    assert_eq!(
        codes(&answer),
        ["0 SyncHdr 407", "1 Alert 407", "2 Sync 407", "3 Add 407"]
    );
    assert_eq!(desk.store.items(USER, "contacts").count(), 0);
}

/// DS-C-038, DS-B-012: who wants no answer gets none.
#[test]
fn no_resp() {
    let mut desk = Desk::in_slow_sync();
    let data = "<NoResp/><Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>";
    assert_eq!(
        codes(&desk.say(&sync(&item("Add", 3, data)))),
        ["0 SyncHdr 200", "2 Sync 200"]
    );
    assert_eq!(desk.store.items(USER, "contacts").count(), 1);
}

/// DS-S-066, DS-S-033: a Map of nothing we know, and one after the end, are answered 200.
#[test]
fn stray_maps() {
    let mut desk = Desk::in_slow_sync();
    desk.say(&sync(""));
    let map = "<Map><CmdID>3</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source>\
               <MapItem><Target><LocURI>G9</LocURI></Target><Source><LocURI>L9</LocURI></Source></MapItem></Map><Final/>";
    assert_eq!(codes(&desk.say(map)), ["0 SyncHdr 200", "3 Map 200"]);
    assert_eq!(codes(&desk.say(map)), ["0 SyncHdr 200", "3 Map 200"]);
}

/// The contract: what a caller may not do changes nothing.
#[test]
fn misuse() {
    let mut store = MemoryStore::new();
    // MD5 needs a nonce, so there is an effect even for a stranger.
    let config = server::Config::new(Device::new("hub", "server"), []);
    let mut session = server::Session::new(Arc::new(config));
    let body = "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID>\
                <Target><LocURI>hub</LocURI></Target><Source><LocURI>p</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>";
    let received = || Box::new(Received::decode(body, Encoding::Xml, &Limits::default()).unwrap());
    assert_eq!(session.poll(), Output::Wait(Wait::Message));
    assert!(session.snapshot().is_ok());
    session.handle(Input::Message(received())).unwrap();
    let (id, effect) = loop {
        if let Output::Effect(id, effect) = session.poll() {
            break (id, effect);
        }
    };
    assert_eq!(
        session.handle(Input::Message(received())),
        Err(Misuse::NotWaiting)
    );
    assert!(session.snapshot().is_err(), "not in the middle of a turn");
    let wrong = session.handle(Input::Reply(id, Ok(ds_protocol::Reply::Secret(None))));
    assert_eq!(wrong, Err(Misuse::WrongReply(id)));
    let reply = store.perform(effect);
    session.handle(Input::Reply(id, reply.clone())).unwrap();
    assert_eq!(
        session.handle(Input::Reply(id, reply)),
        Err(Misuse::UnknownEffect(id))
    );
}

/// A store that fails takes its datastore with it, not the session.
#[test]
fn a_failing_store() {
    let mut desk = Desk::in_slow_sync();
    let add = "<Item><Source><LocURI>L1</LocURI></Source><Data>v</Data></Item>";
    let hook: Hook<'_> = Box::new(|effect, _| {
        let fault = StoreFault::new(StatusCode::DATA_STORE_FAILURE, "disk on fire");
        matches!(effect, Effect::Apply { .. }).then_some(Err(fault))
    });
    let message = desk.say_hooked(&sync(&item("Add", 3, add)), hook);
    assert_eq!(
        codes(&message),
        ["0 SyncHdr 200", "2 Sync 200", "3 Add 510"]
    );
    assert!(
        !message
            .body
            .commands
            .iter()
            .any(|command| matches!(command, Command::Sync(_))),
        "no Sync of ours"
    );
}

/// DS-S-018: after three wrong passwords even the right one comes too late.
#[test]
fn three_failures() {
    let mut desk = Desk::new();
    let wrong = Cred::basic(USER, "rose");
    let wrong = format!(
        "<Cred><Data>{}</Data></Cred>",
        wrong.data.as_text().unwrap()
    );
    for attempt in 1..=3 {
        let answer = desk.say_with(
            "1.2",
            &wrong,
            &format!("{}<Final/>", alert(1, 201, "contacts")),
        );
        assert_eq!(codes(&answer), ["0 SyncHdr 401", "1 Alert 401"]);
        let Command::Status(status) = &answer.body.commands[0] else {
            panic!("{answer:?}")
        };
        assert_eq!(
            status.chal.is_some(),
            attempt < 3,
            "the third is not asked again"
        );
    }
    let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 401", "1 Alert 401"]);
}

/// A peer whose messages are too small for anything is told so, and the session ends.
#[test]
fn hopelessly_small_messages() {
    for size in [1, 300, 450] {
        let mut desk = Desk::new();
        let cred = Cred::basic(USER, PASSWORD);
        let cred = format!(
            "<Cred><Data>{}</Data></Cred><Meta><MaxMsgSize @>{size}</MaxMsgSize></Meta>",
            cred.data.as_text().unwrap()
        )
        .replace('@', r#"xmlns="syncml:metinf""#);
        let get = item(
            "Get",
            2,
            "<Item><Target><LocURI>./devinf12</LocURI></Target></Item>",
        );
        let mut answer = desk.say_with(
            "1.2",
            &cred,
            &format!("{}{get}<Final/>", alert(1, 201, "contacts")),
        );
        for _ in 0..10 {
            if codes(&answer)[0] == "0 SyncHdr 413" {
                break;
            }
            answer = desk.say_with("1.2", "", &item("Alert", 1, "<Data>222</Data>"));
        }
        assert_eq!(codes(&answer)[0], "0 SyncHdr 413", "{size}");
        assert_eq!(
            desk.closed,
            Some(Closed::Aborted(StatusCode::REQUEST_ENTITY_TOO_LARGE))
        );
    }
}

/// DS-S-041: an item larger than the client takes is not sent, wherever the client says so; the others are.
#[test]
fn max_obj_size() {
    let limit = "<MaxObjSize @>200</MaxObjSize>";
    for (in_alert, in_header) in [
        (limit, ""),
        ("", limit),
        (limit, "<MaxObjSize @>5000</MaxObjSize>"),
        ("", ""),
    ] {
        let mut desk = Desk::new();
        desk.store.add(USER, "contacts", card("Small"));
        desk.store.add(USER, "contacts", card(&"Large".repeat(100)));
        let cred = Cred::basic(USER, PASSWORD);
        let header = format!(
            "<Cred><Data>{}</Data></Cred><Meta>{in_header}</Meta>",
            cred.data.as_text().unwrap()
        )
        .replace('@', r#"xmlns="syncml:metinf""#);
        let alert = alert(1, 201, "contacts").replace("</Anchor>", &format!("</Anchor>{in_alert}"));
        desk.say_with("1.2", &header, &format!("{alert}<Final/>"));
        let answer = desk.say(&sync(""));
        let sent = answer
            .body
            .commands
            .iter()
            .find_map(|command| match command {
                Command::Sync(sync) => Some(sync.commands.len()),
                _ => None,
            });
        let expected = if in_alert.is_empty() && in_header.is_empty() {
            2
        } else {
            1
        };
        assert_eq!(sent, Some(expected), "{in_alert} {in_header}");
        assert!(answer.body.is_final);
    }
}

//! What a server says to the chunks of a hand-made client, and what it makes of the answers to its own.

mod common;

use common::desk::{Desk, alert, codes};
use common::{PASSWORD, USER, sizes};
use ds_protocol::Content;
use syncml_meta::base64;
use syncml_repr::{AlertCode, Command, Cred, Data, Message, Modify};

/// A session that has agreed on a slow sync of contacts, with a server that takes items of 500 octets.
fn desk() -> Desk {
    let mut sizes = sizes(60_000);
    sizes.max_obj_size = 500;
    let mut desk = Desk::with_sizes(sizes);
    let answer = desk.say(&format!("{}<Final/>", alert(1, 201, "contacts")));
    assert_eq!(codes(&answer), ["0 SyncHdr 212", "1 Alert 200"]);
    desk
}

/// A Sync with these commands, which does not end the package.
fn part(children: &str) -> String {
    format!(
        "<Sync><CmdID>2</CmdID><Target><LocURI>./contacts</LocURI></Target><Source><LocURI>./x-contacts</LocURI></Source>\
         {children}</Sync>"
    )
}

/// A chunk of the item `id`: what its Meta says, its data, and whether more follows.
fn chunk(kind: &str, id: &str, meta: &str, data: &str, more: bool) -> String {
    let more = if more { "<MoreData/>" } else { "" };
    let data = if data.is_empty() {
        String::new()
    } else {
        format!("<Data>{data}</Data>")
    };
    format!(
        "<{kind}><CmdID>3</CmdID><Meta><Type @>text/vcard</Type></Meta><Item><Source><LocURI>{id}</LocURI></Source>\
         <Meta>{meta}</Meta>{data}{more}</Item></{kind}>"
    )
}

fn size(size: u64) -> String {
    format!("<Size @>{size}</Size><EMI @>datapos=0</EMI>")
}

fn at(position: u64) -> String {
    format!("<EMI @>datapos={position}</EMI>")
}

/// The statuses behind header and Sync, and the Alerts, of an answer.
fn said(answer: &Message) -> Vec<String> {
    let mut said = codes(answer);
    assert_eq!(said.remove(0), "0 SyncHdr 200");
    said.retain(|code| code != "2 Sync 200");
    for command in &answer.body.commands {
        if let Command::Alert(alert) = command {
            let code = alert.code.map_or(0, AlertCode::get);
            let item = &alert.items[0];
            said.push(format!(
                "Alert {code} {} {}",
                item.target_uri().unwrap_or("-"),
                item.source_uri().unwrap_or("-")
            ));
        }
    }
    said
}

const NEXT: &str = "Alert 222 phone http://hub/";

/// Says a part of package 3 for each of `chunks`, and compares what comes back. A `!` ends the package.
fn talk(told: &str, steps: &[(&str, &[&str])], stored: &[&str]) {
    let mut desk = desk();
    for (place, (children, expected)) in steps.iter().enumerate() {
        let (children, end) = match children.strip_suffix('!') {
            Some(children) => (children, "<Final/>"),
            None => (*children, ""),
        };
        let answer = desk.say(&format!("{}{end}", part(children)));
        assert_eq!(said(&answer), *expected, "{told}, message {}", place + 1);
    }
    let mut there: Vec<String> = desk
        .store
        .items(USER, "contacts")
        .map(|(_, content)| String::from_utf8(content.data.to_vec()).unwrap())
        .collect();
    there.sort();
    assert_eq!(there, stored, "{told}");
}

/// DS-S-010: chunks are accepted one by one, and asked for where nothing else is to be said.
#[test]
fn one_by_one() {
    for kind in ["Add", "Replace"] {
        let wanted = format!("3 {kind} 213");
        let done = format!("3 {kind} 201");
        talk(
            kind,
            &[
                (&chunk(kind, "L1", &size(6), "ab", true), &[&wanted, NEXT]),
                (&chunk(kind, "L1", "", "cd", true), &[&wanted, NEXT]),
                (
                    &format!("{}!", chunk(kind, "L1", "", "ef", false)),
                    &[&done],
                ),
            ],
            &["abcdef"],
        );
    }
}

/// DS-S-063: what cannot be put together is answered with the reason, the session goes on, and the item may come again.
#[test]
fn refused() {
    let long = "0123456789".repeat(30);
    let add = |meta: &str, data: &str, more| chunk("Add", "L1", meta, data, more);
    let good = chunk("Add", "L1", &size(4), "ab", true);
    for (told, chunks, code) in [
        ("no Size", vec![add(&at(0), "ab", true)], 411),
        ("no Size, no position", vec![add("", "ab", true)], 411),
        (
            "announced too large",
            vec![add(&size(501), "ab", true)],
            416,
        ),
        (
            "too large",
            vec![add(&size(400), &long, true), add("", &long, false)],
            413,
        ),
        ("too short", vec![good.clone(), add("", "c", false)], 424),
        ("too long", vec![good.clone(), add("", "cde", false)], 424),
        (
            "far too long",
            vec![good.clone(), add("", "cdefgh", true)],
            424,
        ),
        (
            "an end of nothing",
            vec![good.clone(), add("", "", false)],
            412,
        ),
        (
            "other type",
            vec![add(
                &format!("{}<Type @>image/png</Type>", size(4)),
                "ab",
                true,
            )],
            415,
        ),
        (
            "not Base64",
            vec![add(
                &format!("<Format @>b64</Format>{}", size(8)),
                "a!b?",
                true,
            )],
            400,
        ),
    ] {
        let mut steps: Vec<(String, Vec<String>)> = chunks
            .into_iter()
            .map(|chunk| (chunk, vec!["3 Add 213".to_owned(), NEXT.to_owned()]))
            .collect();
        steps.last_mut().unwrap().1[0] = format!("3 Add {code}");
        // It comes again, as a whole.
        steps.push((
            format!("{}!", add("", "whole", false)),
            vec!["3 Add 201".to_owned()],
        ));
        run(told, &steps, &["whole"]);
    }
}

fn run(told: &str, steps: &[(String, Vec<String>)], stored: &[&str]) {
    let expected: Vec<Vec<&str>> = steps
        .iter()
        .map(|(_, said)| said.iter().map(String::as_str).collect())
        .collect();
    let steps: Vec<(&str, &[&str])> = steps
        .iter()
        .zip(&expected)
        .map(|((children, _), said)| (children.as_str(), said.as_slice()))
        .collect();
    talk(told, &steps, stored);
}

/// DS-B-022: a chunk that continues what is not here.
#[test]
fn without_a_beginning() {
    talk(
        "the position tells",
        &[
            (
                &chunk("Add", "L1", &at(2), "cd", true),
                &["3 Add 424", NEXT],
            ),
            // and so does the object that was given up
            (&chunk("Add", "L1", "", "ef", true), &["3 Add 424", NEXT]),
            (
                &chunk("Add", "L1", &at(6), "gh", false),
                &["3 Add 424", NEXT],
            ),
            (
                &chunk("Add", "L1", &size(4), "ab", true),
                &["3 Add 213", NEXT],
            ),
            (
                &chunk("Add", "L1", &at(9), "cd", false),
                &["3 Add 424", NEXT],
            ),
            ("!", &[]),
        ],
        &[],
    );
}

/// DS-S-062: an object that another item, or the end of the package, has interrupted is asked for again.
#[test]
fn interrupted() {
    let first = chunk("Add", "L1", &size(4), "ab", true);
    let begun: (&str, &[&str]) = (&first, &["3 Add 213", NEXT]);
    let other = chunk("Add", "L2", "", "other", false);
    talk(
        "by another item",
        &[
            begun,
            (&other, &["3 Add 201", "Alert 223 - L1"]),
            (&chunk("Add", "L1", "", "cd", true), &["3 Add 424", NEXT]),
            ("!", &[]),
        ],
        &["other"],
    );
    talk(
        "by another item of the same message",
        &[(
            &format!("{first}{other}!"),
            &["3 Add 213", "3 Add 201", "Alert 223 - L1"],
        )],
        &["other"],
    );
    talk(
        "by another command for the same item",
        &[
            begun,
            (
                &format!("{}!", chunk("Replace", "L1", "", "other", false)),
                &["3 Replace 201", "Alert 223 - L1"],
            ),
        ],
        &["other"],
    );
    talk("by the end", &[begun, ("!", &["Alert 223 - L1"])], &[]);
    talk(
        "by another object",
        &[
            begun,
            (
                &chunk("Add", "L2", &size(4), "12", true),
                &["3 Add 213", "Alert 223 - L1"],
            ),
            (
                &format!("{}!", chunk("Add", "L2", "", "34", false)),
                &["3 Add 201"],
            ),
        ],
        &["1234"],
    );
    talk(
        "an end and a beginning in one message",
        &[
            begun,
            (
                &format!(
                    "{}{}",
                    chunk("Add", "L1", "", "cd", false),
                    chunk("Add", "L2", &size(4), "12", true)
                ),
                &["3 Add 201", "3 Add 213", NEXT],
            ),
            (
                &format!("{}!", chunk("Add", "L2", "", "34", false)),
                &["3 Add 201"],
            ),
        ],
        &["1234", "abcd"],
    );
}

/// A first chunk that comes again starts over; a chunk that says where it belongs is put there.
#[test]
fn again() {
    let first = chunk("Add", "L1", &size(4), "ab", true);
    let wanted: &[&str] = &["3 Add 213", NEXT];
    talk(
        "the first chunk",
        &[
            (&first, wanted),
            (&first, wanted),
            (
                &format!("{}!", chunk("Add", "L1", &at(2), "cd", false)),
                &["3 Add 201"],
            ),
        ],
        &["abcd"],
    );
    talk(
        "the whole, without a part",
        &[
            (&first, wanted),
            (
                &format!("{}!", chunk("Add", "L1", &size(5), "whole", false)),
                &["3 Add 201"],
            ),
        ],
        &["whole"],
    );
    talk(
        "the second chunk",
        &[
            (&chunk("Add", "L1", &size(6), "ab", true), wanted),
            (&chunk("Add", "L1", &at(2), "cX", true), wanted),
            (&chunk("Add", "L1", &at(2), "cd", true), wanted),
            (
                &format!("{}!", chunk("Add", "L1", "", "ef", false)),
                &["3 Add 201"],
            ),
        ],
        &["abcdef"],
    );
}

/// DS-B-025, META-009: sizes are counted in more than one way.
#[test]
fn ways_to_count() {
    let wanted: &[&str] = &["3 Add 213", NEXT];
    // CR LF when it was sent; an XML reader has made LF of it.
    talk(
        "lines",
        &[
            (&chunk("Add", "L1", &size(10), "ab\r\nc", true), wanted),
            (&chunk("Add", "L1", &at(5), "d\r\ne", true), wanted),
            (
                &format!("{}!", chunk("Add", "L1", &at(9), "f", false)),
                &["3 Add 201"],
            ),
        ],
        &["ab\ncd\nef"],
    );
    // A line end is cut in two, and an XML reader makes a line feed of each half. The position tells.
    let whole = chunk("Add", "L1", &at(7), "\nef", false) + "!";
    talk(
        "half a line end",
        &[
            (&chunk("Add", "L1", &size(10), "ab\r\ncd\r", true), wanted),
            (&whole, &["3 Add 201"]),
        ],
        &["ab\ncd\nef"],
    );
    let text = base64::encode(b"BEGIN:VCARD of some length");
    assert_eq!(text.len(), 36);
    let pieces = [&text[..10], &text[10..25], &text[25..]];
    for total in [36, 26] {
        let meta = format!("<Format @>b64</Format>{}", size(total));
        let b64 = "<Format @>b64</Format>";
        talk(
            "Base64 that is cut anywhere",
            &[
                (&chunk("Add", "L1", &meta, pieces[0], true), wanted),
                (&chunk("Add", "L1", b64, pieces[1], true), wanted),
                // The Format may be said once.
                (
                    &format!("{}!", chunk("Add", "L1", "", pieces[2], false)),
                    &["3 Add 201"],
                ),
            ],
            &["BEGIN:VCARD of some length"],
        );
    }
    // Each chunk coded by itself, with padding of its own and a line break.
    let coded = [base64::encode(b"abcd"), base64::encode(b"ef") + "\r\n"];
    let meta = format!("<Format @>b64</Format>{}", size(6));
    talk(
        "pieces with padding",
        &[
            (&chunk("Add", "L1", &meta, &coded[0], true), wanted),
            (
                &format!("{}!", chunk("Add", "L1", "", &coded[1], false)),
                &["3 Add 201"],
            ),
        ],
        &["abcdef"],
    );
}

/// A server with one item of 9,000 octets for a client with messages of 4,000, after the client's package 3; and its
/// answer to that.
fn sending() -> (Desk, Message) {
    let mut desk = Desk::new();
    desk.store.add(
        USER,
        "contacts",
        Content::new("text/vcard", "0123456789".repeat(900)),
    );
    desk.store
        .add(USER, "contacts", Content::new("text/vcard", "small"));
    let cred = Cred::basic(USER, PASSWORD);
    let header = format!(
        "<Cred><Data>{}</Data></Cred><Meta><MaxMsgSize @>4000</MaxMsgSize><MaxObjSize @>100000</MaxObjSize></Meta>",
        cred.data.as_text().unwrap()
    )
    .replace('@', r#"xmlns="syncml:metinf""#);
    desk.say_with(
        "1.2",
        &header,
        &format!("{}<Final/>", alert(1, 201, "contacts")),
    );
    let answer = desk.say(&format!("{}<Final/>", part("")));
    (desk, answer)
}

fn items(answer: &Message) -> Vec<&Modify> {
    let syncs = answer
        .body
        .commands
        .iter()
        .filter_map(|command| match command {
            Command::Sync(sync) => Some(&sync.commands),
            _ => None,
        });
    syncs
        .flatten()
        .filter_map(|command| match command {
            Command::Modify(modify) => Some(modify),
            _ => None,
        })
        .collect()
}

/// Whether the last item of a message is a chunk with more to come.
fn goes_on(answer: &Message) -> bool {
    items(answer)
        .last()
        .is_some_and(|modify| modify.items[0].more_data)
}

/// An answer to the last item of a message.
fn answer_with(answer: &Message, code: u16) -> String {
    let modify = items(answer).last().copied().expect("an item");
    format!(
        "<Status><CmdID>1</CmdID><MsgRef>{}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>\
         <Status><CmdID>2</CmdID><MsgRef>{}</MsgRef><CmdRef>{}</CmdRef><Cmd>Add</Cmd><Data>{code}</Data></Status>",
        answer.hdr.msg_id, answer.hdr.msg_id, modify.cmd_id
    )
}

/// DS-S-009: chunk by chunk after 213, and after the 200 that some say.
#[test]
fn sends_on() {
    for code in [213, 200] {
        let (mut desk, mut answer) = sending();
        let mut sent = Vec::new();
        while goes_on(&answer) {
            assert!(!answer.body.is_final);
            sent.push(items(&answer)[0].items[0].data.clone());
            let status = answer_with(&answer, code);
            answer = desk.say(&status);
        }
        sent.push(items(&answer)[0].items[0].data.clone());
        assert_eq!(sent.len(), 4);
        let text: String = sent
            .iter()
            .map(|data| data.as_ref().and_then(Data::as_text).unwrap())
            .collect();
        let octets = base64::decode_lenient(&text).unwrap();
        assert_eq!(octets, "0123456789".repeat(900).as_bytes());
        // The last chunk ends its message; what follows comes in the next one.
        let status = answer_with(&answer, 201);
        let last = desk.say(&status);
        assert_eq!(items(&last).len(), 1);
        assert!(last.body.is_final);
    }
}

/// DS-S-009, DS-B-023: whatever else is said ends the object, and the rest goes on; it is sent again in another session.
#[test]
fn stops() {
    let swapped = "<Alert><CmdID>3</CmdID><Data>223</Data><Item><Target><LocURI>1</LocURI></Target></Item></Alert>";
    for (told, code, more) in [
        ("an error", Some(500), ""),
        ("no room", Some(413), ""),
        ("cancelled", Some(214), ""),
        ("no end", Some(213), swapped),
    ] {
        let (mut desk, answer) = sending();
        assert!(goes_on(&answer), "{told}");
        let status = code.map_or_else(String::new, |code| answer_with(&answer, code));
        let answer = desk.say(&format!("{status}{more}"));
        let next = items(&answer);
        assert_eq!(next.len(), 1, "{told}");
        let data = next[0].items[0].data.as_ref().and_then(Data::as_text);
        assert_eq!(data, Some("small"), "{told}");
        assert!(answer.body.is_final, "{told}");
    }
}

/// A chunk that is not answered is waited for, for one message.
#[test]
fn waits_for_the_answer() {
    let (mut desk, first) = sending();
    let header = "<Status><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>";
    let answer = desk.say(header);
    assert!(items(&answer).is_empty() && !answer.body.is_final);
    // It comes late.
    let answer = desk.say(&answer_with(&first, 213));
    assert!(goes_on(&answer));
    let answer = desk.say(header);
    assert!(items(&answer).is_empty() && !answer.body.is_final);
    let answer = desk.say(header);
    let data = items(&answer)[0].items[0]
        .data
        .as_ref()
        .and_then(Data::as_text);
    assert_eq!(data, Some("small"), "given up");
    assert!(answer.body.is_final);
}

/// DS-B-023: a Status with code 223 for our Alert 223 is as good as any.
#[test]
fn our_alert_is_answered() {
    let mut desk = desk();
    desk.say(&part(&chunk("Add", "L1", &size(4), "ab", true)));
    let answer = desk.say(&format!("{}<Final/>", part("")));
    let Some(Command::Alert(alert)) = answer.body.commands.iter().find(|command| {
        matches!(command, Command::Alert(alert) if alert.code == Some(AlertCode::NO_END_OF_DATA))
    }) else {
        panic!("{answer:?}")
    };
    let status = format!(
        "<Status><CmdID>1</CmdID><MsgRef>{}</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>\
         <Status><CmdID>2</CmdID><MsgRef>{}</MsgRef><CmdRef>{}</CmdRef><Cmd>Alert</Cmd><Data>223</Data></Status><Final/>",
        answer.hdr.msg_id, answer.hdr.msg_id, alert.cmd_id
    );
    let answer = desk.say(&status);
    assert_eq!(codes(&answer), ["0 SyncHdr 200"]);
    assert!(answer.body.is_final);
}

//! Answers joined to what they answer, in the ways that devices give them.

mod common;

use common::commands;
use syncml_repr::{
    Answered, Answers, Bytes, Command, Encoding, Limits, Locator, Message, MsgId, StatusCode,
    SyncHdr, Version, decode,
};
use testdata::{Kind, Side};

fn numbered(number: u32, body: &str) -> Message {
    let hdr = SyncHdr::new(
        Version::V1_2,
        "7".into(),
        MsgId::new(number),
        Locator::new("there"),
        Locator::new("here"),
    );
    Message::new(hdr, commands(body), true)
}

/// A Status with these children between its id and its code.
fn status(refs: &str, code: u16) -> String {
    format!("<Status><CmdID>1</CmdID>{refs}<Data>{code}</Data></Status>")
}

fn code_of(answered: &Answered<'_>) -> Option<u16> {
    answered.code().map(StatusCode::get)
}

/// What each command but the headers came to: `name code`.
fn outcomes(answers: &Answers<'_>) -> Vec<String> {
    let commands = answers.commands().iter();
    commands
        .filter(|answered| answered.command.is_some())
        .map(|answered| {
            let code = code_of(answered).map_or_else(|| "-".into(), |code| code.to_string());
            format!("{} {code}", answered.name())
        })
        .collect()
}

const ALERT: &str = "<Alert><CmdID>1</CmdID><Data>100</Data></Alert>";

#[test]
fn headers_and_nested_commands_are_joined() {
    let sent = numbered(
        1,
        "<Sync><CmdID>1</CmdID><Add><CmdID>2</CmdID><Item/></Add>\
         <Atomic><CmdID>3</CmdID><Delete><CmdID>4</CmdID><Item/></Delete></Atomic></Sync>",
    );
    let body: String = [(0, 212), (1, 200), (2, 201), (3, 507), (4, 216)]
        .iter()
        .map(|(id, code)| status(&format!("<MsgRef>1</MsgRef><CmdRef>{id}</CmdRef>"), *code))
        .collect();
    let received = numbered(1, &body);
    let mut answers = Answers::new();
    answers.sent(&sent);
    answers.received(&received);
    assert_eq!(
        outcomes(&answers),
        ["Sync 200", "Add 201", "Atomic 507", "Delete 216"]
    );
    let header = &answers.commands()[0];
    assert_eq!((header.name(), code_of(header)), ("SyncHdr", Some(212)));
    assert_eq!(answers.unanswered().count(), 0);
    assert!(answers.unmatched().is_empty());
}

/// Who is owed an answer: neither Status nor Results, nothing that says NoResp, no Get that has
/// its Results.
#[test]
fn only_what_wants_an_answer_is_missed() {
    let body = "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>\
        <Results><CmdID>2</CmdID><MsgRef>1</MsgRef><CmdRef>3</CmdRef><Item/></Results>\
        <Alert><CmdID>3</CmdID><NoResp/><Data>100</Data></Alert>\
        <Get><CmdID>4</CmdID><Item/></Get><Get><CmdID>5</CmdID><Item/></Get>\
        <Map><CmdID>6</CmdID></Map><Foo><CmdID>7</CmdID></Foo><Exec><Item/></Exec>";
    let sent = numbered(2, body);
    let received = numbered(
        1,
        "<Results><CmdID>1</CmdID><MsgRef>2</MsgRef><CmdRef>4</CmdRef><Item/></Results>",
    );
    let mut answers = Answers::new();
    answers.sent(&sent);
    answers.received(&received);
    let missed: Vec<&str> = answers.unanswered().map(Answered::name).collect();
    assert_eq!(missed, ["Get", "Map", "Foo", "Exec"]);
    assert_eq!(answers.commands()[4].results.len(), 1);

    let mut silent = sent.clone();
    silent.hdr.no_resp = true;
    let mut answers = Answers::new();
    answers.sent(&silent);
    assert_eq!(answers.unanswered().count(), 0);
}

/// a Status may come late, after others.
#[test]
fn late_answers_are_joined() {
    let sent = [1, 2, 3].map(|number| numbered(number, ALERT));
    let received = [
        numbered(1, ""),
        numbered(2, &status("<MsgRef>2</MsgRef><CmdRef>1</CmdRef>", 200)),
        numbered(3, &status("<MsgRef>1</MsgRef><CmdRef>1</CmdRef>", 500)),
    ];
    let mut answers = Answers::new();
    for (sent, received) in sent.iter().zip(&received) {
        answers.sent(sent);
        answers.received(received);
    }
    assert_eq!(outcomes(&answers), ["Alert 500", "Alert 200", "Alert -"]);
    let missed: Vec<u32> = answers
        .unanswered()
        .map(|one| one.hdr.msg_id.get())
        .collect();
    assert_eq!(missed, [3]);
}

/// without MsgRef a Status is for the message sent last, or for the first if that has no
/// such command; Results are for the first message, or the last if that asked for nothing.
#[test]
fn a_missing_msg_ref_is_made_up_for() {
    let get = "<Get><CmdID>2</CmdID><Item/></Get>";
    let sent = [
        numbered(
            1,
            &[ALERT, get, "<Put><CmdID>9</CmdID><Item/></Put>"].concat(),
        ),
        numbered(
            2,
            &[ALERT, get, "<Get><CmdID>9</CmdID><Item/></Get>"].concat(),
        ),
        numbered(3, ALERT),
    ];
    let results =
        |id: u32| format!("<Results><CmdID>1</CmdID><CmdRef>{id}</CmdRef><Item/></Results>");
    let received = numbered(
        1,
        &[
            status("<CmdRef>1</CmdRef><Cmd>Alert</Cmd>", 200),
            status("<CmdRef>2</CmdRef><Cmd>Get</Cmd>", 404),
            results(2),
            results(9),
        ]
        .concat(),
    );
    let mut answers = Answers::new();
    answers.sent(&sent[0]);
    answers.sent(&sent[1]);
    let mut early = answers.clone();
    early.received(&received);
    answers.sent(&sent[2]);
    answers.received(&received);
    assert_eq!(
        outcomes(&early),
        ["Alert -", "Get -", "Put -", "Alert 200", "Get 404", "Get -"]
    );
    assert_eq!(
        outcomes(&answers),
        [
            "Alert -",
            "Get 404",
            "Put -",
            "Alert -",
            "Get -",
            "Get -",
            "Alert 200"
        ]
    );
    let with_results = |answers: &Answers<'_>| -> Vec<usize> {
        let commands = answers.commands().iter().enumerate();
        commands
            .filter(|(_, one)| !one.results.is_empty())
            .map(|(at, _)| at)
            .collect()
    };
    // Entries 0, 4 and 8 are headers.
    assert_eq!(with_results(&early), [2, 7]);
    assert_eq!(with_results(&answers), [2]);
    assert_eq!(answers.unmatched().len(), 1);
}

/// of commands with one id the name decides, in any case, then their order.
#[test]
fn duplicate_ids_are_told_apart() {
    let body = "<Put><CmdID>1</CmdID><Item/></Put><Alert><CmdID>1</CmdID><Data>200</Data></Alert>\
        <Alert><CmdID>1</CmdID><Data>201</Data></Alert><Get><CmdID>1</CmdID><Item/></Get>";
    let sent = numbered(1, body);
    let named = |cmd: &str, code| {
        status(
            &format!("<MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>{cmd}</Cmd>"),
            code,
        )
    };
    let received = numbered(
        1,
        &[
            named("ALERT", 508),
            named("Get", 200),
            named("Alert", 404),
            named("Put", 201),
            "<Results><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>1</CmdRef><Item/></Results>".into(),
        ]
        .concat(),
    );
    let mut answers = Answers::new();
    answers.sent(&sent);
    answers.received(&received);
    assert_eq!(
        outcomes(&answers),
        ["Put 201", "Alert 508", "Alert 404", "Get 200"]
    );
    assert_eq!(answers.commands()[4].results.len(), 1);

    // One more than there are, and one of no name that there is.
    let more = numbered(2, &[named("Alert", 200), named("Exec", 500)].concat());
    answers.received(&more);
    assert_eq!(
        outcomes(&answers),
        ["Put 500", "Alert 508", "Alert 404", "Get 200"]
    );
    assert!(answers.unmatched().is_empty());
}

/// A wrong name does not keep an answer from its command: the refs decide.
#[test]
fn names_do_not_matter_where_ids_are_right() {
    let sent = numbered(1, ALERT);
    let received = numbered(
        1,
        &status("<MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Sync</Cmd>", 200),
    );
    let mut answers = Answers::new();
    answers.sent(&sent);
    answers.received(&received);
    assert_eq!(outcomes(&answers), ["Alert 200"]);
}

#[test]
fn what_matches_nothing_is_listed() {
    let sent = numbered(1, ALERT);
    // Came before anything was sent, and answers nothing.
    let before = numbered(9, ALERT);
    let stray = numbered(
        1,
        &[
            status("<MsgRef>1</MsgRef><CmdRef>2</CmdRef>", 200),
            status("<MsgRef>2</MsgRef><CmdRef>1</CmdRef>", 200),
            status("<MsgRef>1</MsgRef>", 200),
            "<Results><CmdID>4</CmdID><CmdRef>1</CmdRef><Item/></Results>".into(),
        ]
        .concat(),
    );
    let mut answers = Answers::new();
    answers.received(&before);
    answers.sent(&sent);
    answers.received(&stray);
    assert_eq!(outcomes(&answers), ["Alert -"]);
    assert_eq!(answers.unmatched().len(), 4);
    assert_eq!(answers.unmatched()[3].name(), "Results");
}

/// A message sent or received again, the same to the last element, counts once.
#[test]
fn repeated_messages_count_once() {
    let sent = numbered(1, ALERT);
    let received = numbered(1, &status("<MsgRef>1</MsgRef><CmdRef>1</CmdRef>", 200));
    let (sent_again, received_again) = (sent.clone(), received.clone());
    let mut answers = Answers::new();
    answers.sent(&sent);
    answers.sent(&sent_again);
    answers.received(&received);
    answers.received(&received_again);
    assert_eq!(outcomes(&answers), ["Alert 200"]);
    assert_eq!(answers.commands()[1].statuses.len(), 1);
}

/// The first failure is the outcome, else the last that came: first "busy", then "done".
#[test]
fn the_outcome_of_several_statuses() {
    for (codes, expected) in [
        (&[][..], None),
        (&[101, 200], Some(200)),
        (&[200, 101], Some(101)),
        (&[200, 404, 200], Some(404)),
        (&[404, 500], Some(404)),
    ] {
        let sent = numbered(1, ALERT);
        let refs = "<MsgRef>1</MsgRef><CmdRef>1</CmdRef>";
        let body: String = codes.iter().map(|code| status(refs, *code)).collect();
        let received = numbered(1, &body);
        let mut answers = Answers::new();
        answers.sent(&sent);
        answers.received(&received);
        assert_eq!(code_of(&answers.commands()[1]), expected, "{codes:?}");
    }
}

/// items are named by references, by Items of the Status, or not at all.
#[test]
fn items_have_outcomes_of_their_own() {
    let item = |uri: &str| format!("<Item><Source><LocURI>{uri}</LocURI></Source></Item>");
    let sent = numbered(
        1,
        &format!(
            "<Delete><CmdID>1</CmdID>{}{}{}<Item><Target><LocURI>d</LocURI></Target></Item></Delete>",
            item("a"),
            item("b"),
            item("c")
        ),
    );
    let refs = "<MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>Delete</Cmd>";
    let by_refs = [
        status(
            &format!("{refs}<SourceRef>a</SourceRef><SourceRef>c</SourceRef>"),
            200,
        ),
        status(&format!("{refs}<TargetRef>d</TargetRef>"), 211),
    ]
    .concat();
    let by_items = format!("<Status>{refs}<Data>404</Data>{}</Status>", item("b"));
    let for_all = status(refs, 500);
    let with_text =
        format!("<Status>{refs}<Data>500</Data><Item><Data>sorry</Data></Item></Status>");
    for (body, expected) in [
        (by_refs.clone(), [Some(200), None, Some(200), Some(211)]),
        (
            [by_refs.clone(), by_items.clone()].concat(),
            [Some(200), Some(404), Some(200), Some(211)],
        ),
        (
            [by_refs, for_all.clone()].concat(),
            [Some(200), Some(500), Some(200), Some(211)],
        ),
        (for_all, [Some(500); 4]),
        (with_text, [Some(500); 4]),
        (String::new(), [None; 4]),
    ] {
        let received = numbered(1, &body);
        let mut answers = Answers::new();
        answers.sent(&sent);
        answers.received(&received);
        let codes = answers.commands()[1].item_codes();
        let codes: Vec<Option<u16>> = codes.iter().map(|code| code.map(StatusCode::get)).collect();
        assert_eq!(codes, expected, "{body}");
    }
}

/// In the sessions of the test data each answer finds its command, for both sides.
#[test]
fn answers_of_whole_sessions_are_joined() {
    let mut joined = 0;
    for scenario in testdata::scenarios() {
        let messages: Vec<(Side, Message)> = scenario
            .messages
            .iter()
            .filter(|message| !message.lost)
            .map(|message| {
                let bytes = Bytes::from_static(message.wbxml);
                let read = decode(&bytes, Encoding::Wbxml, &Limits::default());
                (message.from, read.expect("can be read"))
            })
            .collect();
        for side in [Side::Client, Side::Server] {
            // A session each: some scenarios have two.
            for session in messages.chunk_by(|(_, a), (_, b)| a.hdr.session_id == b.hdr.session_id)
            {
                let mut answers = Answers::new();
                for (from, message) in session {
                    if *from == side {
                        answers.sent(message);
                    } else {
                        answers.received(message);
                    }
                }
                let stray = answers.unmatched();
                assert!(stray.is_empty(), "{} {side:?}: {stray:?}", scenario.name);
                for answered in answers.commands() {
                    for status in &answered.statuses {
                        assert_eq!(
                            status.cmd.as_str(),
                            answered.name(),
                            "{} {side:?}",
                            scenario.name
                        );
                        joined += 1;
                    }
                    joined += answered.results.len();
                }
            }
        }
    }
    assert!(joined > 100, "{joined}");
}

/// In the recorded sessions of another engine, too, whose addresses change on the way; and it
/// leaves nothing unanswered but what came last.
#[test]
fn answers_of_recorded_sessions_are_joined() {
    for (folder, encoding) in [
        ("two-way-xml", Encoding::Xml),
        ("slow-wbxml", Encoding::Wbxml),
    ] {
        let prefix = format!("message/recorded/{folder}/");
        let messages: Vec<(bool, Message)> = testdata::all(Kind::Message)
            .filter(|fixture| fixture.name.starts_with(&prefix))
            .map(|fixture| {
                let bytes = Bytes::from_static(fixture.bytes);
                let read = decode(&bytes, encoding, &Limits::default());
                (
                    fixture.stem().ends_with("client"),
                    read.expect("can be read"),
                )
            })
            .collect();
        assert_eq!(messages.len(), 6, "{prefix}");
        for client in [true, false] {
            let mut answers = Answers::new();
            for (by_client, message) in &messages {
                if *by_client == client {
                    answers.sent(message);
                } else {
                    answers.received(message);
                }
            }
            assert!(
                answers.unmatched().is_empty(),
                "{prefix} {:?}",
                answers.unmatched()
            );
            let last = messages.iter().rfind(|(by_client, _)| *by_client == client);
            let last = last.map(|(_, message)| message.hdr.msg_id);
            for missed in answers.unanswered() {
                assert_eq!(Some(missed.hdr.msg_id), last, "{prefix} {}", missed.name());
            }
        }
    }
}

/// Hostile repetition costs no more than its length: thousands of commands with one id, and as
/// many answers.
#[test]
fn joining_is_linear() {
    let mut sent = numbered(1, ALERT);
    sent.body.commands = vec![sent.body.commands[0].clone(); 50_000];
    let mut received = numbered(
        1,
        &status("<MsgRef>1</MsgRef><CmdRef>1</CmdRef><Cmd>alert</Cmd>", 200),
    );
    received.body.commands = vec![received.body.commands[0].clone(); 50_000];
    let mut answers = Answers::new();
    answers.sent(&sent);
    answers.received(&received);
    assert_eq!(answers.unanswered().count(), 0);
    assert!(
        answers.commands()[1..]
            .iter()
            .all(|one| one.statuses.len() == 1)
    );
    assert!(matches!(
        answers.commands()[50_000].command,
        Some(Command::Alert(_))
    ));
}

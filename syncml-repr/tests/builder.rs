//! Messages put together: ids and references that are right by themselves.

mod common;

use std::collections::HashSet;

use common::{commands, message};
use proptest::prelude::*;
use syncml_repr::validate::validate;
use syncml_repr::{
    Alert, AlertCode, Answers, Bytes, Chal, CmdIds, Command, Cred, Data, Encoding, Exec, Get,
    Group, GroupKind, Item, Limits, Locator, Map, Message, MessageBuilder, Modify, ModifyKind,
    MsgId, Put, Reply, Search, Status, StatusCode, SyncCmd, SyncHdr, Version, decode, encode,
    testing,
};
use testdata::Kind;

fn server() -> SyncHdr {
    SyncHdr::new(
        Version::V1_2,
        "7".into(),
        MsgId::new(3),
        Locator::new("IMEI:1"),
        Locator::new("http://s.example/ds"),
    )
}

/// A message received, with these commands.
fn received(body: &str) -> Message {
    Message::new(server(), commands(body), true)
}

fn ids(message: &Message) -> Vec<&str> {
    let all = message.body.all_commands();
    all.map(|command| command.cmd_id().map_or("", |id| id.as_str()))
        .collect()
}

fn statuses(message: &Message) -> Vec<&Status> {
    let all = message.body.commands.iter();
    all.filter_map(|command| match command {
        Command::Status(status) => Some(status),
        _ => None,
    })
    .collect()
}

/// `MsgRef CmdRef Cmd Data targets sources` of a Status.
fn brief(status: &Status) -> String {
    let refs = |refs: &[_]| {
        let texts: Vec<String> = refs.iter().map(ToString::to_string).collect();
        texts.join(",")
    };
    format!(
        "{} {} {} {} [{}] [{}]",
        status.msg_ref.expect("has a MsgRef"),
        status.cmd_ref,
        status.cmd.as_str(),
        status.code,
        refs(&status.target_refs),
        refs(&status.source_refs)
    )
}

fn answers_to(body: &str, answer: impl FnOnce(&Message, &mut MessageBuilder)) -> Vec<String> {
    let received = received(body);
    let mut builder = MessageBuilder::new(received.hdr.reply(MsgId::new(2)));
    answer(&received, &mut builder);
    statuses(&builder.finish(false))
        .into_iter()
        .map(brief)
        .collect()
}

fn refused(body: &str, code: StatusCode) -> Vec<String> {
    answers_to(body, |received, builder| {
        builder.answer(received, code).rest(code);
    })
}

/// REPR-009: all commands are numbered, those in Sync, Atomic and Sequence in the order of the
/// document, whatever ids they had.
#[test]
fn repr_009_every_command_gets_its_own_id() {
    let add = || Modify::new(ModifyKind::Add, "same");
    let mut inner = Group::new(GroupKind::Atomic, "same");
    inner.commands = vec![add().into(), Exec::new("same", Item::new()).into()];
    let mut outer = Group::new(GroupKind::Sequence, "same");
    outer.commands = vec![add().into(), inner.into(), add().into()];
    let mut sync = SyncCmd::new("same", Locator::new("t"), Locator::new("s"));
    sync.commands = vec![add().into()];

    let mut builder = MessageBuilder::new(server());
    assert_eq!(builder.add(Alert::new("same", AlertCode::TWO_WAY)), "1");
    assert_eq!(builder.add(outer), "2");
    assert_eq!(builder.add(sync), "8");
    assert_eq!(builder.add(Put::new("")), "10");
    assert_eq!(builder.add(Get::new("")), "11");
    assert_eq!(
        builder.add(Map::new("", Locator::new("t"), Locator::new("s"))),
        "12"
    );
    assert_eq!(builder.add(Search::default()), "13");
    let message = builder.finish(true);
    let numbers: Vec<String> = (1..=13).map(|number| number.to_string()).collect();
    assert_eq!(ids(&message), numbers);
    assert!(message.body.is_final);
}

/// REPR-009: the Status of the header comes first and refers to the header as it was received.
#[test]
fn repr_009_header_status_mirrors_the_header() {
    let statuses = answers_to(
        "<Alert><CmdID>1</CmdID><Data>100</Data></Alert>",
        |received, builder| {
            builder.add(Alert::new("", AlertCode::NEXT_MESSAGE));
            let mut answer = builder.answer(received, StatusCode::OK);
            answer.status(&received.body.commands[0], StatusCode::OK);
            answer.header().code = StatusCode::AUTHENTICATION_ACCEPTED;
            answer.header().chal = Some(Box::new(Chal::new(Cred::MD5)));
        },
    );
    assert_eq!(
        statuses,
        [
            "3 0 SyncHdr 212 [IMEI:1] [http://s.example/ds]",
            "3 1 Alert 200 [] []"
        ]
    );
}

#[test]
fn the_header_of_an_answer_is_the_received_one_turned_round() {
    let mut hdr = server();
    hdr.ver_proto = "DM/1.2".into();
    let reply = hdr.reply(MsgId::new(4));
    assert_eq!((&*reply.ver_dtd, &*reply.ver_proto), ("1.2", "DM/1.2"));
    assert_eq!((reply.session_id.as_str(), reply.msg_id.get()), ("7", 4));
    assert_eq!(reply.target, Locator::new("http://s.example/ds"));
    assert_eq!(reply.source, Locator::new("IMEI:1"));
    assert!(reply.is_dm() && !server().is_dm());
    hdr.resp_uri = Some("http://s.example/ds?id=5".into());
    assert_eq!(reply.cred, None);
    assert_eq!(
        &*hdr.reply(MsgId::FIRST).target.loc_uri,
        "http://s.example/ds?id=5"
    );
}

/// REPR-009: references are those of the command, or of its items; absent and empty ones are not
/// made up.
#[test]
fn repr_009_references_are_those_of_the_command() {
    let body = "\
        <Sync><CmdID>1</CmdID><Target><LocURI>./t</LocURI></Target><Source><LocURI>./s</LocURI></Source>\
          <Add><CmdID>2</CmdID><Item><Source><LocURI>a</LocURI></Source></Item></Add>\
          <Replace><CmdID>3</CmdID><Item><Target><LocURI>b</LocURI></Target></Item>\
            <Item><Target><LocURI>c</LocURI></Target><Source><LocURI/></Source></Item></Replace></Sync>\
        <Map><CmdID>4</CmdID><Target><LocURI>./t</LocURI></Target><Source><LocURI>./s</LocURI></Source></Map>\
        <Atomic><CmdID>5</CmdID><Exec><CmdID>6</CmdID><Item><Target><LocURI>./e</LocURI></Target></Item></Exec></Atomic>\
        <Results><CmdID>7</CmdID><MsgRef>1</MsgRef><CmdRef>9</CmdRef><Item><Source><LocURI>./devinf12</LocURI></Source></Item></Results>\
        <Status><CmdID>8</CmdID><MsgRef>1</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>\
        <Foo><CmdID>9</CmdID></Foo>";
    let expected = [
        "3 0 SyncHdr 400 [IMEI:1] [http://s.example/ds]",
        "3 1 Sync 400 [./t] [./s]",
        "3 2 Add 400 [] [a]",
        "3 3 Replace 400 [b,c] []",
        "3 4 Map 400 [./t] [./s]",
        "3 5 Atomic 400 [] []",
        "3 6 Exec 400 [./e] []",
        "3 7 Results 400 [] [./devinf12]",
        "3 9 Foo 400 [] []",
    ];
    assert_eq!(refused(body, StatusCode::BAD_REQUEST), expected);
}

/// A command or message that says NoResp gets no Status; the header has one all the same.
#[test]
fn no_resp_is_obeyed() {
    let body = "<Alert><CmdID>1</CmdID><NoResp/><Data>100</Data></Alert>\
        <Alert><CmdID>2</CmdID><Data>100</Data></Alert>";
    assert_eq!(
        refused(body, StatusCode::OK),
        [
            "3 0 SyncHdr 200 [IMEI:1] [http://s.example/ds]",
            "3 2 Alert 200 [] []"
        ]
    );
    let mut silent = received(body);
    silent.hdr.no_resp = true;
    let mut builder = MessageBuilder::new(silent.hdr.reply(MsgId::FIRST));
    let mut answer = builder.answer(&silent, StatusCode::OK);
    assert!(
        answer
            .status(&silent.body.commands[1], StatusCode::OK)
            .is_none()
    );
    answer.rest(StatusCode::OK);
    assert_eq!(ids(&builder.finish(true)), ["1"]);
}

/// A Status once given is not given again, also not if the commands share an id.
#[test]
fn nothing_is_answered_twice() {
    let body = "<Alert><CmdID>1</CmdID><Data>100</Data></Alert><Alert><CmdID>1</CmdID><Data>222</Data></Alert>\
        <Get><CmdID>2</CmdID><Item/></Get>";
    let statuses = answers_to(body, |received, builder| {
        let [first, _, get] = received.body.commands.as_slice() else {
            panic!("three commands")
        };
        let mut answer = builder.answer(received, StatusCode::OK);
        assert!(answer.status(first, StatusCode::NOT_EXECUTED).is_some());
        assert!(answer.status(first, StatusCode::OK).is_none());
        assert_eq!(answer.statuses(first, |_| StatusCode::OK), 0);
        assert_eq!(answer.statuses(get, |_| StatusCode::NOT_FOUND), 1);
        assert!(answer.status(get, StatusCode::OK).is_none());
        answer.rest(StatusCode::OK);
    });
    assert_eq!(
        statuses[1..],
        [
            "3 1 Alert 215 [] []",
            "3 2 Get 404 [] []",
            "3 1 Alert 200 [] []"
        ]
    );
}

/// Items that fared differently: one Status for each outcome, with the references of its items.
#[test]
fn statuses_of_several_items_are_grouped() {
    let item = |uri: &str| format!("<Item><Source><LocURI>{uri}</LocURI></Source></Item>");
    let items = ["a", "b", "c", "d"].map(item).concat();
    let body = format!("<Delete><CmdID>5</CmdID>{items}</Delete>");
    let outcome = |item: &Item| match item.source_uri() {
        Some("b" | "d") => StatusCode::NOT_FOUND,
        _ => StatusCode::OK,
    };
    let statuses = answers_to(&body, |received, builder| {
        let mut answer = builder.answer(received, StatusCode::OK);
        assert_eq!(answer.statuses(&received.body.commands[0], outcome), 2);
    });
    assert_eq!(
        statuses[1..],
        ["3 5 Delete 200 [] [a,c]", "3 5 Delete 404 [] [b,d]"]
    );
}

/// Results refer to their Get and stand after the Statuses, before other commands.
#[test]
fn results_refer_to_their_get() {
    let received =
        received("<Get><CmdID>4</CmdID><Item><Target><LocURI>./a</LocURI></Target></Item></Get>");
    let get = &received.body.commands[0];
    let mut builder = MessageBuilder::new(received.hdr.reply(MsgId::FIRST));
    builder.add(Alert::new("", AlertCode::DISPLAY));
    let mut answer = builder.answer(&received, StatusCode::OK);
    let results = answer.results(
        get,
        [Item::new().with_source(Locator::new("./a")).with_data("1")],
    );
    results.target_ref = Some("./a".into());
    answer.status(get, StatusCode::OK);
    let message = builder.finish(true);

    let names: Vec<&str> = message.body.commands.iter().map(Command::name).collect();
    assert_eq!(names, ["Status", "Status", "Results", "Alert"]);
    let Command::Results(results) = &message.body.commands[2] else {
        panic!("is Results")
    };
    assert_eq!(
        (results.msg_ref, results.cmd_ref.as_str()),
        (Some(MsgId::new(3)), "4")
    );
    assert_eq!(results.items[0].data, Some(Data::from("1")));
    assert_eq!(results.target_ref.as_deref(), Some("./a"));
    let distinct: HashSet<&str> = ids(&message).into_iter().collect();
    assert_eq!(distinct, HashSet::from(["1", "2", "3", "4"]));
}

/// Results are answered in data synchronization; in device management only if something is wrong.
#[test]
fn results_are_answered_where_they_are() {
    let body = "<Results><CmdID>7</CmdID><MsgRef>1</MsgRef><CmdRef>9</CmdRef><Item/></Results>";
    for (ver_proto, code, expected) in [
        ("SyncML/1.2", StatusCode::OK, 2),
        ("DM/1.2", StatusCode::OK, 1),
        ("dm/1.1", StatusCode::OK, 1),
        ("DM/1.2", StatusCode::BAD_REQUEST, 2),
    ] {
        let mut received = received(body);
        received.hdr.ver_proto = ver_proto.into();
        let mut builder = MessageBuilder::new(received.hdr.reply(MsgId::FIRST));
        builder.answer(&received, StatusCode::OK).rest(code);
        assert_eq!(
            statuses(&builder.finish(true)).len(),
            expected,
            "{ver_proto} {code}"
        );
    }
}

/// A command that lacks its id cannot be referred to, but is refused all the same.
#[test]
fn commands_without_ids_are_answered() {
    let statuses = refused("<Add><Item/></Add>", StatusCode::BAD_REQUEST);
    assert_eq!(statuses[1], "3  Add 400 [] []");
}

/// Several messages are answered in one: a server that was busy, a message that did not fit.
#[test]
fn a_message_answers_several() {
    let old = received("<Alert><CmdID>1</CmdID><Data>100</Data></Alert>");
    let mut new = old.clone();
    new.hdr.msg_id = old.hdr.msg_id.next();
    let mut builder = MessageBuilder::new(old.hdr.reply(MsgId::FIRST));
    for message in [&old, &new] {
        builder.answer(message, StatusCode::OK).rest(StatusCode::OK);
    }
    let message = builder.finish(true);
    let refs: Vec<String> = statuses(&message).into_iter().map(brief).collect();
    assert_eq!(
        refs,
        [
            "3 0 SyncHdr 200 [IMEI:1] [http://s.example/ds]",
            "3 1 Alert 200 [] []",
            "4 0 SyncHdr 200 [IMEI:1] [http://s.example/ds]",
            "4 1 Alert 200 [] []"
        ]
    );
    assert_eq!(ids(&message), ["1", "2", "3", "4"]);
}

/// An unknown element keeps the id in its markup.
#[test]
fn unknown_commands_keep_their_ids() {
    let mut ids = CmdIds::new();
    let mut unknown = common::command("<Foo><CmdID>9</CmdID></Foo>");
    assert_eq!(ids.assign(&mut unknown), "9");
    assert_eq!(unknown, common::command("<Foo><CmdID>9</CmdID></Foo>"));
    assert_eq!(ids.next_id(), "1");
}

/// Groups in groups are numbered without recursion.
#[test]
fn deep_groups_are_numbered() {
    let mut group = Group::new(GroupKind::Sequence, "");
    for _ in 0..1000 {
        let mut outer = Group::new(GroupKind::Sequence, "");
        outer.commands.push(group.into());
        group = outer;
    }
    let mut builder = MessageBuilder::new(server());
    builder.add(group);
    assert_eq!(builder.finish(true).body.all_commands().count(), 1001);
}

proptest! {
    /// Whatever is numbered and answered can be written, has distinct ids, and is joined again.
    #[test]
    fn what_is_built_is_joined(mut sent in testing::message()) {
        let mut ids = CmdIds::new();
        sent.body.commands.retain(|command| !matches!(command, Command::Unknown(_)));
        for command in &mut sent.body.commands {
            ids.assign(command);
        }
        let unknown = sent.body.all_commands().any(|command| matches!(command, Command::Unknown(_)));
        prop_assume!(!unknown);

        let mut builder = MessageBuilder::new(sent.hdr.reply(MsgId::FIRST));
        builder.answer(&sent, StatusCode::OK).rest(StatusCode::ITEM_ADDED);
        let answer = builder.finish(true);
        let distinct: HashSet<&str> = answer.body.all_commands().map(|command| command.cmd_id().expect("is numbered").as_str()).collect();
        prop_assert_eq!(distinct.len(), answer.body.commands.len());
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let bytes = encode(&answer, encoding).expect("can be encoded").into();
            prop_assert_eq!(&decode(&bytes, encoding, &Limits::default()).expect("can be read"), &answer);
        }

        let mut answers = Answers::new();
        answers.sent(&sent);
        answers.received(&answer);
        prop_assert_eq!(answers.unanswered().count(), 0);
        prop_assert!(answers.unmatched().is_empty());
        for answered in answers.commands() {
            let Some(command) = answered.command else { continue };
            let wanted = Reply::to(&sent.hdr).status(command, StatusCode::ITEM_ADDED).is_some();
            let quiet = sent.hdr.is_dm() && answered.name() == "Results";
            prop_assert_eq!(answered.code(), (wanted && !quiet).then_some(StatusCode::ITEM_ADDED));
        }
    }
}

/// The encoder takes the ids as they come.
#[test]
fn built_messages_are_written() {
    let mut builder = MessageBuilder::new(server());
    builder.add(Alert::new("", AlertCode::NEXT_MESSAGE));
    let built = builder.finish(true);
    let mut by_hand = message(Version::V1_2, Alert::new(1, AlertCode::NEXT_MESSAGE));
    by_hand.hdr = server();
    assert_eq!(built, by_hand);
}

/// What answers a whole message keeps all rules: the strict reader finds nothing in it.
#[test]
fn built_answers_are_valid() {
    let mut checked = 0;
    for fixture in testdata::all(Kind::Message) {
        let Some(encoding) = syncml_wbxml::sniff(fixture.bytes) else {
            continue;
        };
        let Ok(received) = decode(
            &Bytes::from_static(fixture.bytes),
            encoding,
            &Limits::default(),
        ) else {
            continue;
        };
        if received.hdr.dtd_version().is_none()
            || !received
                .body
                .all_commands()
                .all(|command| command.cmd_id().is_some())
        {
            continue;
        }
        let mut builder = MessageBuilder::new(received.hdr.reply(MsgId::FIRST));
        builder
            .answer(&received, StatusCode::OK)
            .rest(StatusCode::OK);
        let answer = builder.finish(true);
        for encoding in [Encoding::Xml, Encoding::Wbxml] {
            let bytes = encode(&answer, encoding).expect("can be encoded").into();
            let report = validate(&bytes, encoding, &Limits::default());
            assert!(report.is_clean(), "{}: {:?}", fixture.name, report.findings);
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

//! A peer and a store that do as a script of octets says: used by the tests with octets of chance, and by the fuzz targets.
//!
//! What must hold, whatever they do: no panic; each turn ends; at most one message goes out in a turn, and it can be read; a
//! reply of a wrong kind is refused; each command gets one Status, of a code that it can have; a session can be stored and taken up between any two messages; a client whose server
//! has nothing more to say comes to an end.

#![allow(missing_docs, reason = "tests")]

use std::fmt::Write as _;
use std::sync::Arc;

use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    AuthScheme, Closed, Content, Credentials, Datastore, Device, Effect, Engine, Input, ItemId,
    Outcome, Output, Received, Reply, Secret, Snapshot, Store, StoreFault, SyncType, Transmit,
    Wait, client, server,
};
use syncml_devinf::ContentType;
use syncml_repr::{Command, Message, StatusCode};
use syncml_wbxml::{Encoding, Limits};

#[path = "book.rs"]
mod book;
use book::Book;

/// Outputs of one turn. A turn of these sessions needs a few hundred.
const MOST_OUTPUTS: usize = 50_000;
/// Messages that a peer of no words is given.
const MOST_SILENCE: usize = 200;
const URL: &str = "http://server/";

/// Octets that decide; when they are used up, everything is as it should be.
#[derive(Clone, Debug)]
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    fn next(&mut self) -> usize {
        match self.0 {
            [first, rest @ ..] => {
                self.0 = rest;
                usize::from(*first)
            }
            [] => usize::MAX,
        }
    }

    /// One time out of so many. Never at the end.
    fn one_of(&mut self, many: usize) -> bool {
        !self.is_done() && self.next().is_multiple_of(many)
    }

    fn pick<'b>(&mut self, choices: &[&'b str]) -> &'b str {
        choices[self.next() % choices.len()]
    }

    fn code(&mut self) -> StatusCode {
        const CODES: [u16; 24] = [
            101, 200, 201, 202, 207, 208, 209, 211, 212, 213, 214, 215, 216, 400, 401, 403, 404,
            407, 409, 418, 420, 424, 508, 511,
        ];
        let code = CODES[self.next() % CODES.len()];
        StatusCode::new(code)
    }
}

fn contacts(name: &'static str) -> Datastore {
    Datastore::new(name, [ContentType::new("text/vcard", "3.0")]).with_atomic(true)
}

fn store(datastore: &str) -> MemoryStore {
    let mut store = MemoryStore::new().with_user("ann", Secret::hashed("ann", "tulip"));
    for number in 0..4 {
        let card = format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{number}\r\nEND:VCARD\r\n");
        store.add("ann", datastore, Content::new("text/vcard", card));
    }
    let large = "n".repeat(5_000);
    store.add("ann", datastore, Content::new("text/vcard", large));
    store
}

/// What a store says: the truth, or what the script makes of it.
fn reply(
    store: &mut MemoryStore,
    effect: Effect,
    script: &mut Script<'_>,
) -> Result<Reply, StoreFault> {
    if script.one_of(12) {
        return Err(StoreFault::new(script.code(), "as the script says"));
    }
    let mut reply = store.perform(effect)?;
    if !script.one_of(8) {
        return Ok(reply);
    }
    match &mut reply {
        Reply::Applied(outcomes) => {
            for outcome in outcomes {
                *outcome = match script.next() % 3 {
                    0 => Outcome::Refused(script.code()),
                    1 => Outcome::Done(ItemId::new("elsewhere")),
                    _ => continue,
                };
            }
        }
        Reply::Resolved(known) => known.iter_mut().for_each(|known| {
            if script.one_of(2) {
                *known = None;
            }
        }),
        Reply::Changes(page) => {
            page.more = script.one_of(2);
            page.total = Some(script.next() as u64);
            page.changes.truncate(script.next() % 8);
            if let Some(first) = page.changes.first().cloned() {
                page.changes.push(first);
            }
        }
        Reply::Data(data) => {
            *data = data
                .take()
                .filter(|_| script.one_of(2))
                .map(|data| data.slice(..data.len() / 2))
        }
        Reply::Opened(opened) => {
            opened.last = None;
            opened.unfinished = script.one_of(2).then_some(SyncType::Slow);
        }
        Reply::Agreed(agreed) => *agreed = !*agreed,
        Reply::Maps(maps) => maps.truncate(script.next() % 3),
        Reply::Secret(secret) => *secret = None,
        Reply::Peer(record) => **record = Default::default(),
        _ => {}
    }
    Ok(reply)
}

/// A reply that this effect does not ask for.
fn wrong(effect: &Effect) -> Reply {
    match effect {
        Effect::SavePeer { .. }
        | Effect::CheckFilter { .. }
        | Effect::Begin { .. }
        | Effect::StageChunk { .. }
        | Effect::Hold { .. }
        | Effect::Confirm { .. }
        | Effect::SaveMap { .. }
        | Effect::ConfirmMaps { .. }
        | Effect::Commit { .. } => Reply::Agreed(true),
        _ => Reply::Done,
    }
}

/// Carries out a turn. What goes out, and whether the session has ended.
fn turn(
    engine: &mut impl Engine,
    store: &mut MemoryStore,
    script: &mut Script<'_>,
) -> (Option<Transmit>, Option<Closed>) {
    let mut sent = None;
    let mut open = Vec::new();
    for _ in 0..MOST_OUTPUTS {
        match engine.poll() {
            Output::Effect(id, effect) => {
                if script.one_of(16) {
                    let wrong = Ok(wrong(&effect));
                    assert!(
                        engine.handle(Input::Reply(id, wrong)).is_err(),
                        "{effect:?}"
                    );
                }
                let reply = reply(store, effect, script);
                if script.one_of(4) {
                    // Not yet.
                    open.push((id, reply));
                } else {
                    engine
                        .handle(Input::Reply(id, reply))
                        .expect("a reply that fits");
                }
            }
            Output::Transmit(transmit) => {
                assert!(sent.is_none(), "two messages in a turn");
                read(&transmit);
                sent = Some(transmit);
            }
            Output::Wait(Wait::Replies) => {
                let (id, reply) = open.pop().expect("something to be answered");
                assert!(engine.handle(Input::Suspend).is_err());
                engine
                    .handle(Input::Reply(id, reply.clone()))
                    .expect("a reply that fits");
                assert!(
                    engine.handle(Input::Reply(id, reply)).is_err(),
                    "answered before"
                );
            }
            Output::Wait(Wait::Message) => return (sent, None),
            Output::Wait(Wait::Closed(closed)) => return (sent, Some(closed)),
            _ => {}
        }
    }
    panic!("the turn does not end");
}

fn read(sent: &Transmit) -> Message {
    syncml_repr::decode(&sent.bytes, sent.encoding, &Limits::default())
        .expect("what is sent can be read")
}

/// One end of a conversation: what its messages are made of.
struct Voice {
    source: &'static str,
    target: &'static str,
    own: &'static str,
    theirs: &'static str,
    credentials: bool,
}

impl Voice {
    /// A message: answers to the other end's last one, right or wrong, and commands.
    fn say(&self, script: &mut Script<'_>, msg_id: usize, last: Option<&Message>) -> String {
        let mut text = format!(
            "<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>{msg_id}</MsgID>\
             <Target><LocURI>{}</LocURI></Target><Source><LocURI>{}</LocURI></Source>",
            self.target, self.source
        );
        if self.credentials && !script.one_of(10) {
            text += "<Cred><Meta><Type xmlns='syncml:metinf'>syncml:auth-basic</Type></Meta><Data>ann:tulip</Data></Cred>";
        }
        let max = script.pick(&["4000", "100000", "700", "1", "4000"]);
        let _ = write!(
            text,
            "<Meta><MaxMsgSize xmlns='syncml:metinf'>{max}</MaxMsgSize><MaxObjSize xmlns='syncml:metinf'>9000</MaxObjSize></Meta></SyncHdr><SyncBody>"
        );
        let mut cmd_id = 0;
        if let Some(last) = last {
            self.answer(&mut text, &mut cmd_id, script, last);
        }
        if !script.is_done() {
            for _ in 0..script.next() % 5 {
                self.command(&mut text, &mut cmd_id, script, 0);
            }
        }
        if !script.one_of(5) {
            text += "<Final/>";
        }
        text + "</SyncBody></SyncML>"
    }

    /// Statuses for everything that the other end has said.
    fn answer(
        &self,
        text: &mut String,
        cmd_id: &mut usize,
        script: &mut Script<'_>,
        last: &Message,
    ) {
        let msg_ref = last.hdr.msg_id.get();
        let mut status = |cmd_ref: String, name: &str, fine: &str| {
            *cmd_id += 1;
            if script.one_of(20) {
                return;
            }
            let code = match script.one_of(6) {
                true => script.code().get().to_string(),
                false => fine.to_owned(),
            };
            let _ = write!(
                text,
                "<Status><CmdID>{cmd_id}</CmdID><MsgRef>{msg_ref}</MsgRef><CmdRef>{cmd_ref}</CmdRef><Cmd>{name}</Cmd>"
            );
            if script.one_of(12) {
                *text += "<Chal><Meta><Type xmlns='syncml:metinf'>syncml:auth-md5</Type><Format xmlns='syncml:metinf'>b64</Format><NextNonce xmlns='syncml:metinf'>bm9uY2U=</NextNonce></Meta></Chal>";
            }
            let _ = write!(text, "<Data>{code}</Data></Status>");
        };
        status("0".to_owned(), "SyncHdr", "212");
        for command in &last.body.commands {
            match command {
                Command::Status(_) => {}
                Command::Sync(sync) => {
                    status(sync.cmd_id.to_string(), "Sync", "200");
                    for nested in &sync.commands {
                        if let Command::Modify(modify) = nested {
                            status(modify.cmd_id.to_string(), modify.kind.name(), "200");
                        }
                    }
                }
                other => {
                    if let Some(cmd_id) = other.cmd_id() {
                        status(cmd_id.to_string(), other.name(), "200");
                    }
                }
            }
        }
    }

    fn command(
        &self,
        text: &mut String,
        cmd_id: &mut usize,
        script: &mut Script<'_>,
        depth: usize,
    ) {
        *cmd_id += 1;
        let id = *cmd_id;
        let (own, theirs) = match script.one_of(10) {
            true => ("nothing", "nowhere"),
            false => (self.own, self.theirs),
        };
        let ends = format!(
            "<Target><LocURI>{theirs}</LocURI></Target><Source><LocURI>{own}</LocURI></Source>"
        );
        match script.next() % 9 {
            0..=2 => {
                let code = script.pick(&[
                    "200", "201", "202", "203", "204", "205", "206", "210", "221", "222", "223",
                    "224", "225", "100", "999", "200", "201",
                ]);
                let last = script.pick(&["0", "1", "19990101T000000Z", ""]);
                let _ = write!(
                    text,
                    "<Alert><CmdID>{id}</CmdID><Data>{code}</Data><Item>{ends}<Meta><Anchor xmlns='syncml:metinf'><Last>{last}</Last><Next>{id}</Next></Anchor></Meta></Item></Alert>"
                );
            }
            3..=4 => {
                let _ = write!(text, "<Sync><CmdID>{id}</CmdID>{ends}");
                for _ in 0..script.next() % 4 {
                    self.change(text, cmd_id, script, depth);
                }
                *text += "</Sync>";
            }
            5 => {
                let _ = write!(text, "<Map><CmdID>{id}</CmdID>{ends}");
                for _ in 0..script.next() % 3 {
                    let (guid, luid) = (script.next() % 6, script.next() % 6);
                    let _ = write!(
                        text,
                        "<MapItem><Target><LocURI>{guid}</LocURI></Target><Source><LocURI>{luid}</LocURI></Source></MapItem>"
                    );
                }
                *text += "</Map>";
            }
            6 => {
                let (msg, cmd) = (script.next() % 5, script.next() % 9);
                let name = script.pick(&[
                    "SyncHdr", "Sync", "Add", "Replace", "Delete", "Alert", "Map", "Put",
                    "Nonsense",
                ]);
                let code = script.code().get();
                let _ = write!(
                    text,
                    "<Status><CmdID>{id}</CmdID><MsgRef>{msg}</MsgRef><CmdRef>{cmd}</CmdRef><Cmd>{name}</Cmd><Data>{code}</Data></Status>"
                );
            }
            7 => {
                let name = script.pick(&["./devinf12", "./devinf11", "./elsewhere"]);
                let _ = write!(
                    text,
                    "<Get><CmdID>{id}</CmdID><Item><Target><LocURI>{name}</LocURI></Target></Item></Get>"
                );
            }
            _ => {
                let size = script.pick(&["", "<MaxGUIDSize>2</MaxGUIDSize>"]);
                let _ = write!(
                    text,
                    "<Put><CmdID>{id}</CmdID><Meta><Type xmlns='syncml:metinf'>application/vnd.syncml-devinf+xml</Type></Meta><Item>\
                     <Source><LocURI>./devinf12</LocURI></Source><Data><DevInf xmlns='syncml:devinf'><VerDTD>1.2</VerDTD><DevID>x</DevID>\
                     <DevTyp>phone</DevTyp><SupportLargeObjs/><DataStore><SourceRef>{own}</SourceRef>{size}<Rx-Pref><CTType>text/vcard</CTType>\
                     <VerCT>3.0</VerCT></Rx-Pref><Tx-Pref><CTType>text/vcard</CTType><VerCT>3.0</VerCT></Tx-Pref><SyncCap><SyncType>1</SyncType>\
                     <SyncType>2</SyncType></SyncCap></DataStore></DevInf></Data></Item></Put>"
                );
            }
        }
    }

    /// A command inside of a Sync.
    fn change(&self, text: &mut String, cmd_id: &mut usize, script: &mut Script<'_>, depth: usize) {
        *cmd_id += 1;
        let (id, item) = (*cmd_id, script.next() % 6);
        if depth < 3 && script.one_of(10) {
            let name = script.pick(&["Atomic", "Sequence"]);
            let _ = write!(text, "<{name}><CmdID>{id}</CmdID>");
            for _ in 0..script.next() % 3 {
                self.change(text, cmd_id, script, depth + 1);
            }
            let _ = write!(text, "</{name}>");
            return;
        }
        let name = script.pick(&["Add", "Add", "Replace", "Replace", "Delete", "Copy", "Move"]);
        let end = script.pick(&["Source", "Target", "Source"]);
        let size = script.pick(&[
            "",
            "",
            "",
            "<Size xmlns='syncml:metinf'>40</Size>",
            "<Size xmlns='syncml:metinf'>99999999999</Size>",
        ]);
        let more = script.pick(&["", "", "", "<MoreData/>"]);
        let data = script.pick(&[
            "BEGIN:VCARD\nVERSION:3.0\nFN:Asa\nEND:VCARD",
            "",
            "x",
            "zwanzig octets lang..",
        ]);
        let _ = write!(
            text,
            "<{name}><CmdID>{id}</CmdID><Item><{end}><LocURI>{item}</LocURI></{end}>\
             <Meta><Type xmlns='syncml:metinf'>text/vcard</Type>{size}</Meta><Data>{data}</Data>{more}</Item></{name}>"
        );
    }
}

fn received(text: String) -> Received {
    Received::decode(text, Encoding::Xml, &Limits::default()).expect("a message")
}

/// The same by way of JSON.
fn stored(snapshot: Snapshot) -> Snapshot {
    let json = serde_json::to_string(&snapshot).unwrap();
    let again: Snapshot = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    again
}

fn server_config() -> Arc<server::Config> {
    Arc::new(server::Config::new(
        Device::new("server", "server"),
        [contacts("contacts")],
    ))
}

/// A server, and a client that does as the script says. How many items the server has in the end; five at first.
pub(crate) fn server(mut script: Script<'_>) -> usize {
    let voice = Voice {
        source: "phone",
        target: URL,
        own: "people",
        theirs: "contacts",
        credentials: true,
    };
    let config = server_config();
    let (mut session, mut store) = (server::Session::new(config.clone()), store("contacts"));
    let (mut last, mut book) = (None, Book::default());
    for msg_id in 1..30 {
        if script.is_done() {
            break;
        }
        let received = received(voice.say(&mut script, msg_id, last.as_ref()));
        let is_wide = book.is_wide(&received.message);
        session
            .handle(Input::Message(Box::new(received)))
            .expect("it waits for a message");
        let (sent, closed) = turn(&mut session, &mut store, &mut script);
        let answer = read(&sent.expect("every message has an answer"));
        book.check(&answer);
        if is_wide && matches!(closed, None | Some(Closed::Complete)) {
            book.check_all();
        }
        last = Some(answer);
        if script.one_of(3) {
            let snapshot = stored(session.snapshot().unwrap());
            session = server::Session::restore(snapshot, config.clone()).unwrap();
        }
    }
    store.items("ann", "contacts").count()
}

/// A client, and a server that does as the script says. When it has nothing more to say, the session comes to its end.
pub(crate) fn client(mut script: Script<'_>) -> Closed {
    let voice = Voice {
        source: URL,
        target: "phone",
        own: "contacts",
        theirs: "people",
        credentials: false,
    };
    let sync_type = match script.next() % 4 {
        0 => SyncType::Slow,
        1 => SyncType::RefreshFromServer,
        2 => SyncType::OneWayFromClient,
        _ => SyncType::TwoWay,
    };
    let request = client::Request::new(contacts("people"), "contacts").with_sync_type(sync_type);
    let config = client::Config::new(Device::new("phone", "phone"), URL, "1".into(), [request])
        .with_credentials(Credentials::new("ann", "tulip"))
        .with_auth(AuthScheme::Basic)
        .with_encoding(Encoding::Xml)
        .with_combined(script.one_of(2));
    let config = Arc::new(config);
    let (mut session, mut store) = (client::Session::new(config.clone()), store("people"));
    let (mut sent, mut closed) = turn(&mut session, &mut store, &mut script);
    let (mut silence, mut book) = (0, Book::default());
    for msg_id in 1.. {
        let Some(last) = sent.filter(|_| closed.is_none()) else {
            break;
        };
        if script.is_done() {
            silence += 1;
            assert!(silence < MOST_SILENCE, "the session does not end");
        }
        let received = received(voice.say(&mut script, msg_id, Some(&read(&last))));
        book.note(&received.message);
        session
            .handle(Input::Message(Box::new(received)))
            .expect("it waits for a message");
        (sent, closed) = turn(&mut session, &mut store, &mut script);
        if let Some(sent) = &sent {
            book.check(&read(sent));
        }
        if closed.is_none() && script.one_of(3) {
            let snapshot = stored(session.snapshot().unwrap());
            session = client::Session::restore(snapshot, config.clone()).unwrap();
        }
    }
    closed.expect("a client has something to say until it has ended")
}

/// Any octets that are a message, at any time of either role's session.
pub(crate) fn octets(octets: &[u8]) {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let bytes = bytes::Bytes::copy_from_slice(octets);
        let Ok(received) = Received::decode(bytes, encoding, &Limits::default()) else {
            continue;
        };
        for before in 0..4 {
            let mut received = received.clone();
            received.message.hdr.msg_id = syncml_repr::MsgId::new(before + 1);
            alone(received, before);
        }
    }
}

/// Gives a message to both roles after so many messages of a session that goes well.
fn alone(received: Received, before: u32) {
    let honest = &mut Script::new(&[]);
    let request = client::Request::new(contacts("people"), "contacts");
    let config = client::Config::new(Device::new("phone", "phone"), URL, "1".into(), [request])
        .with_credentials(Credentials::new("ann", "tulip"));
    let mut client = client::Session::new(Arc::new(config));
    let mut server = server::Session::new(server_config());
    let (mut at_client, mut at_server) = (store("people"), store("contacts"));
    let (mut sent, _) = turn(&mut client, &mut at_client, honest);
    for _ in 0..before {
        let Some(message) = sent.take() else { break };
        let decode = |sent: &Transmit| {
            Received::decode(sent.bytes.clone(), sent.encoding, &Limits::default()).unwrap()
        };
        server
            .handle(Input::Message(Box::new(decode(&message))))
            .unwrap();
        let (answer, _) = turn(&mut server, &mut at_server, honest);
        client
            .handle(Input::Message(Box::new(decode(&answer.unwrap()))))
            .unwrap();
        let (next, closed) = turn(&mut client, &mut at_client, honest);
        sent = next.filter(|_| closed.is_none());
    }
    server
        .handle(Input::Message(Box::new(received.clone())))
        .unwrap();
    let (answer, _) = turn(&mut server, &mut at_server, honest);
    assert!(answer.is_some(), "every message has an answer");
    if sent.is_some() {
        client.handle(Input::Message(Box::new(received))).unwrap();
        let (sent, closed) = turn(&mut client, &mut at_client, honest);
        assert!(sent.is_some() || closed.is_some());
    }
}

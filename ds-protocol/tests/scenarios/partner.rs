//! One side of a session made by hand: it answers each command with success, and says beside that what a test wants.

use std::sync::Arc;

use bytes::Bytes;
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Player, Role, Variant};
use ds_protocol::{Closed, Input, Link, Received, Side, Store, client, server};
use syncml_meta::{Anchor, MetInf};
use syncml_repr::{
    CmdId, Command, Cred, Data, Encoding, Item, Limits, Locator, Message, ModifyKind, MsgId,
    Status, StatusCode, SyncHdr, Version, decode, encode,
};

use crate::common::hooked::{Hook, Hooked};
use crate::common::{NAMES, PASSWORD, USER, World};

pub(crate) const DEVICE: &str = "urn:x-dev:tablet-5";
pub(crate) const SERVER: &str = "http://sync.example.net/ds";

/// Commands that are numbered, by their start tags.
const NUMBERED: [&str; 15] = [
    "Alert", "Sync", "Add", "Replace", "Delete", "Copy", "Move", "Atomic", "Sequence", "Map",
    "Put", "Get", "Search", "Exec", "Results",
];

/// The side that is made by hand.
pub(crate) struct Partner {
    hdr: SyncHdr,
    heard: Option<Message>,
    /// Codes for commands that are not simply done, by their names; each serves once.
    pub(crate) codes: Vec<(&'static str, u16)>,
    /// What its next Status for a header lists.
    pub(crate) supports: Option<&'static str>,
    /// Its next message answers the header alone; the rest comes with the one after it.
    pub(crate) puts_off: bool,
    late: Vec<Command>,
    /// No command of its next message is to be answered.
    pub(crate) no_resp: bool,
}

impl Partner {
    fn new(version: Version, session_id: &str, target: &str, source: &str) -> Self {
        let (target, source) = (Locator::new(target), Locator::new(source));
        let mut hdr = SyncHdr::new(version, session_id.into(), MsgId::new(1), target, source);
        hdr.meta = Some(MetInf::default().with_max_msg_size(20_000).into());
        Self {
            hdr,
            heard: None,
            codes: Vec::new(),
            supports: None,
            puts_off: false,
            late: Vec::new(),
            no_resp: false,
        }
    }

    /// A client that shows its credentials.
    pub(crate) fn client(session_id: &str) -> Self {
        let mut partner = Self::new(Version::V1_2, session_id, SERVER, DEVICE);
        partner.hdr.cred = Some(Cred::basic(USER, PASSWORD).into());
        partner
    }

    /// A server.
    pub(crate) fn server(version: Version, session_id: &str) -> Self {
        Self::new(version, session_id, DEVICE, SERVER)
    }

    /// A message of the other side: what the next one answers.
    fn hear(&mut self, message: Message) {
        if let Some(uri) = &message.hdr.resp_uri {
            self.hdr.target = Locator::new(uri.clone());
        }
        // Let in once and for all.
        self.hdr.cred = None;
        self.heard = Some(message);
    }

    /// Statuses for what was heard, then commands, without ids and with `@` for the namespace of MetInf; `<Final/>` may
    /// stand at their end.
    fn say(&mut self, body: &str) -> Message {
        let mut commands = self.statuses();
        commands.extend(self.read(body, commands.len() + 1));
        for (number, command) in (1_u32..).zip(&mut commands) {
            if let Command::Status(status) = command {
                status.cmd_id = CmdId::from(number);
            }
        }
        let mut message = Message::new(self.hdr.clone(), commands, body.ends_with("<Final/>"));
        message.hdr.no_resp = std::mem::take(&mut self.no_resp);
        self.hdr.msg_id = MsgId::new(self.hdr.msg_id.get() + 1);
        message
    }

    fn read(&self, body: &str, mut next: usize) -> Vec<Command> {
        let mut numbered = String::new();
        let mut rest = body;
        while let Some((before, tag)) = rest.split_once('<') {
            let (name, after) = tag.split_once('>').expect("XML");
            numbered += &format!("{before}<{name}>");
            if NUMBERED.contains(&name) {
                numbered += &format!("<CmdID>{next}</CmdID>");
                next += 1;
            }
            rest = after;
        }
        let hdr = String::from_utf8(
            encode(
                &Message::new(self.hdr.clone(), Vec::new(), false),
                Encoding::Xml,
            )
            .unwrap(),
        );
        let numbered = numbered.replace('@', r#"xmlns="syncml:metinf""#);
        let xml = hdr
            .unwrap()
            .replace("<SyncBody/>", &format!("<SyncBody>{numbered}</SyncBody>"));
        assert!(xml.contains(&numbered), "{xml}");
        let message = decode(&xml.into(), Encoding::Xml, &Limits::default());
        message.expect("commands").body.commands
    }

    fn statuses(&mut self) -> Vec<Command> {
        let Some(heard) = self.heard.take() else {
            return Vec::new();
        };
        let mut header = Status::new(
            "",
            heard.hdr.msg_id,
            CmdId::header(),
            "SyncHdr",
            self.code("SyncHdr", StatusCode::OK),
        );
        header.target_refs = heard.hdr.target.loc_uri.clone().into();
        header.source_refs = heard.hdr.source.loc_uri.clone().into();
        if let Some(list) = self.supports.take() {
            header.items = vec![Item::new().with_data(Data::from(list))];
        }
        let mut statuses = vec![header.into()];
        let mut late = std::mem::take(&mut self.late);
        self.answer(heard.hdr.msg_id, &heard.body.commands, &mut late);
        match std::mem::take(&mut self.puts_off) {
            true => self.late = late,
            false => statuses.append(&mut late),
        }
        statuses
    }

    fn answer(&mut self, msg_id: MsgId, commands: &[Command], statuses: &mut Vec<Command>) {
        for command in commands {
            let (name, id) = (command.name().to_owned(), command.cmd_id().cloned());
            let items = match command {
                Command::Status(_) => continue,
                Command::Modify(modify) => &modify.items[..],
                Command::Alert(alert) => &alert.items[..],
                Command::Get(get) => &get.items[..],
                Command::Put(put) => &put.items[..],
                Command::Results(results) => &results.items[..],
                _ => &[],
            };
            let done = match command {
                Command::Modify(modify) if items.iter().any(|item| item.more_data) => {
                    assert!(modify.items.len() == 1);
                    StatusCode::CHUNKED_ITEM_ACCEPTED
                }
                Command::Modify(modify) if modify.kind == ModifyKind::Add => StatusCode::ITEM_ADDED,
                _ => StatusCode::OK,
            };
            let code = self.code(&name, done);
            let mut status = Status::new("", msg_id, id.expect("an id"), name, code);
            let uris = |of: fn(&Item) -> &Option<Locator>| {
                let locators = items.iter().filter_map(of_item(of));
                locators.map(|locator| locator.loc_uri.clone()).collect()
            };
            status.target_refs = uris(|item| &item.target);
            status.source_refs = uris(|item| &item.source);
            if let Command::Sync(sync) = command {
                status.target_refs = sync.target.iter().map(|uri| uri.loc_uri.clone()).collect();
                status.source_refs = sync.source.iter().map(|uri| uri.loc_uri.clone()).collect();
            }
            if let Command::Map(map) = command {
                status.target_refs = map.target.loc_uri.clone().into();
                status.source_refs = map.source.loc_uri.clone().into();
            }
            let anchor = items
                .first()
                .and_then(|item| item.meta.as_ref()?.anchor.as_ref());
            if let (Command::Alert(_), Some(anchor)) = (command, anchor) {
                let echoed = Data::anchor(&Anchor::new(anchor.next.clone()));
                status.items = vec![Item::new().with_data(echoed)];
            }
            statuses.push(status.into());
            match command {
                Command::Sync(sync) => self.answer(msg_id, &sync.commands, statuses),
                Command::Group(group) => self.answer(msg_id, &group.commands, statuses),
                _ => {}
            }
        }
    }

    fn code(&mut self, name: &str, done: StatusCode) -> StatusCode {
        let place = self.codes.iter().position(|(of, _)| *of == name);
        place.map_or(done, |place| StatusCode::new(self.codes.remove(place).1))
    }
}

fn of_item<'a>(of: fn(&Item) -> &Option<Locator>) -> impl Fn(&'a Item) -> Option<&'a Locator> {
    move |item| of(item).as_ref()
}

/// An engine, run in every way, and a partner; what they say is recorded.
pub(crate) struct Scene<R: Role> {
    pub(crate) partner: Partner,
    pub(crate) store: MemoryStore,
    pub(crate) said: Vec<(Side, Bytes)>,
    pub(crate) closed: Option<Closed>,
    engine: Player<R>,
}

impl Scene<server::Session> {
    /// A client that is made by hand and the server of a world.
    pub(crate) fn of_client(world: &World, session_id: &str) -> Self {
        let config = world.server_config.clone().with_resp_token("token-h");
        Self {
            partner: Partner::client(session_id),
            store: world.server.clone(),
            said: Vec::new(),
            closed: None,
            engine: Player::new(Arc::new(config), Variant::Every),
        }
    }

    /// The Alert of the next session, with the client's own anchors.
    pub(crate) fn alert(&mut self, code: u16) -> String {
        let (mine, theirs, _) = NAMES[0];
        let link = Link::new(USER, DEVICE, theirs, mine);
        let last = self
            .store
            .open(&link)
            .unwrap()
            .last
            .expect("in step")
            .remote;
        format!(
            "<Alert><Data>{code}</Data><Item><Target><LocURI>./{theirs}</LocURI></Target><Source><LocURI>./{mine}</LocURI></Source>\
             <Meta><Anchor @><Last>{last}</Last><Next>{last}0</Next></Anchor></Meta></Item></Alert>"
        )
    }

    /// Says something and hears the answer.
    pub(crate) fn say(&mut self, body: &str) -> Message {
        self.say_hooked(body, Box::new(|_, _| None))
    }

    /// As [`say`](Self::say), with a store that does otherwise.
    pub(crate) fn say_hooked(&mut self, body: &str, hook: Hook<'_>) -> Message {
        let said = self.partner.say(body);
        self.note(Side::Local, &said);
        let answer = self
            .turn(Some(&said), hook)
            .expect("a server always answers");
        self.partner.hear(answer.clone());
        answer
    }
}

impl Scene<client::Session> {
    /// A server that is made by hand and the client of a world, which speaks first.
    pub(crate) fn of_server(world: &World, config: client::Config, version: Version) -> Self {
        let mut scene = Self {
            partner: Partner::server(version, config.session_id.as_str()),
            store: world.client.clone(),
            said: Vec::new(),
            closed: None,
            engine: Player::new(Arc::new(config), Variant::Every),
        };
        let first = scene.turn(None, Box::new(|_, _| None)).expect("package 1");
        scene.partner.hear(first);
        scene
    }

    /// The server's own anchor of the session before.
    pub(crate) fn last(&mut self) -> String {
        let (mine, theirs, _) = NAMES[0];
        let link = Link::new(USER, SERVER, mine, theirs);
        let opened = self.store.open(&link).unwrap();
        opened.last.expect("in step").remote.to_string()
    }

    /// Says something and hears what the client has to say to it; none: its session is over.
    pub(crate) fn say(&mut self, body: &str) -> Option<Message> {
        let said = self.partner.say(body);
        self.note(Side::Remote, &said);
        let answer = self.turn(Some(&said), Box::new(|_, _| None))?;
        self.partner.hear(answer.clone());
        Some(answer)
    }
}

impl<R: Role> Scene<R> {
    fn note(&mut self, side: Side, message: &Message) {
        let bytes = encode(message, Encoding::Xml).unwrap();
        self.said.push((side, bytes.into()));
    }

    fn turn(&mut self, said: Option<&Message>, hook: Hook<'_>) -> Option<Message> {
        let input = said.map(|message| {
            let bytes = encode(message, Encoding::Xml).unwrap();
            let received = Received::decode(bytes, Encoding::Xml, &Limits::default());
            Input::Message(Box::new(received.unwrap()))
        });
        let mut store = Hooked {
            inner: &mut self.store,
            hook,
        };
        let played = self.engine.turn(&mut store, input.as_ref());
        self.closed = played.closed;
        let transmit = played.transmit?;
        self.said.push((played.step.side, transmit.bytes.clone()));
        let message = decode(&transmit.bytes, Encoding::Xml, &Limits::default());
        Some(message.expect("readable"))
    }
}

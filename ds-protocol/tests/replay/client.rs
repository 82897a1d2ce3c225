//! What a scenario's server says, said to our client.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Pair, Player, Variant};
use ds_protocol::{
    Anchors, AuthScheme, Content, Credentials, Device, Input, ItemId, Link, Operation, PeerRecord,
    Secret, Sizes, Store, client, server,
};
use syncml_meta::base64;
use syncml_repr::{AlertCode, CmdId, Command, Cred, Data, Message, ModifyKind, MsgId};
use syncml_wbxml::{Encoding, Limits};
use testdata::Side;

use crate::common::datastore;
use crate::script::{Script, arrived, before, content, dev_inf, essence, id, media_type, scripted};

/// A scenario as our client is to hold it.
pub(crate) struct Part<'a> {
    name: &'a str,
    encoding: Encoding,
    user: (&'a str, &'a str),
    /// The server's datastore, then the client's.
    names: (&'a str, &'a str),
    /// What the server shows, and the client wants to see.
    pub(crate) server: Option<(&'a str, &'a str)>,
    /// The first session is lost with what the server had acknowledged in it.
    pub(crate) forgets: bool,
    /// Size of the client's own messages, where it sends shorter ones than the server takes.
    pub(crate) max_sent: Option<u64>,
}

impl<'a> Part<'a> {
    pub(crate) fn new(
        name: &'a str,
        encoding: Encoding,
        user: (&'a str, &'a str),
        names: (&'a str, &'a str),
    ) -> Self {
        Self {
            name,
            encoding,
            user,
            names,
            server: None,
            forgets: false,
            max_sent: None,
        }
    }
}

impl Part<'_> {
    /// The store as it must have been before.
    fn memory(&self, script: &Script, link: &Link) -> MemoryStore {
        let (user, name) = (self.user.0, self.names.1);
        let mut memory = MemoryStore::new();
        let theirs = script.items(Side::Server).filter_map(|modify| id(modify).0);
        let ours = script.items(Side::Client);
        let ours = ours.filter(|modify| modify.kind != ModifyKind::Add);
        let ours = ours.map(|modify| id(modify).1.unwrap());
        let both: BTreeSet<ItemId> = theirs.chain(ours).collect();
        let own = script.anchors(Side::Client)[0].0.clone();
        // Nothing is known of items that were never synchronised.
        if let Some(own) = own {
            for local in both {
                memory.put(user, name, local.clone(), before());
                let remote = ItemId::new(format!("g-{}", local.as_str()));
                let pair = Operation::Pair {
                    local,
                    remote,
                    owes_map: false,
                };
                memory.apply(link, vec![pair]).unwrap();
            }
            let theirs = script.anchors(Side::Server)[0].0.clone();
            let anchors = Anchors::new(own, theirs.unwrap());
            memory.commit(link, &anchors).unwrap();
        }
        for modify in script.items(Side::Client) {
            let local = id(modify).1.unwrap();
            let item = &modify.items[0];
            if modify.kind == ModifyKind::Delete {
                assert!(memory.remove(user, name, &local));
                continue;
            }
            let part = content(modify);
            // A part that has no beginning goes on with the one before it.
            let begins = !item.more_data || item.effective_meta(None).size.is_some();
            let whole = match memory.get(user, name, &local) {
                Some(first) if script.is_chunked(&local) && !(begins && item.more_data) => {
                    Content::new(
                        &*part.media_type,
                        [&first.data[..], &part.data[..]].concat(),
                    )
                }
                _ => part,
            };
            memory.put(user, name, local, whole);
        }
        memory
    }

    fn config(&self, script: &Script) -> client::Config {
        let first = &script.messages[0].2.hdr;
        let types = script.items(Side::Client).map(media_type).next();
        let types = types.unwrap_or_else(|| "text/x-vcard".to_owned());
        let (remote, local) = self.names;
        let request = client::Request::new(datastore(local, &types), remote.to_owned());
        let mut config = client::Config::new(
            Device::new(first.source.loc_uri.clone(), "pda"),
            first.target.loc_uri.clone(),
            first.session_id.clone(),
            [request],
        )
        .with_credentials(Credentials::new(self.user.0.to_owned(), self.user.1))
        .with_encoding(self.encoding);
        config.sizes = script.sizes(Side::Client, Side::Server);
        config.sizes.max_sent = self.max_sent.unwrap_or(config.sizes.max_sent);
        let basic = |cred: &Cred| cred.is_scheme(Cred::BASIC);
        if first.cred.as_deref().is_some_and(basic) {
            config.auth = AuthScheme::Basic;
        }
        if let Some((user, password)) = self.server {
            let server = Credentials::new(user.to_owned(), password);
            config = config.with_server_credentials(server, AuthScheme::Basic);
        }
        config
    }

    /// Replays what the server says against our client.
    pub(crate) fn replay(self) {
        let script = Script::new(
            testdata::scenario(self.name).expect(self.name),
            self.encoding,
        );
        let mut config = self.config(&script);
        let (server_name, client_name) = self.names;
        let link = Link::new(
            self.user.0.to_owned(),
            config.server.clone(),
            client_name.to_owned(),
            server_name.to_owned(),
        );
        let mut memory = self.memory(&script, &link);
        let commands = script.messages[0].2.body.commands.iter();
        let mut record = PeerRecord::default();
        if !commands
            .into_iter()
            .any(|command| matches!(command, Command::Get(_)))
        {
            record.dev_inf = Some(dev_inf());
            record.dev_inf_sent = Some(fingerprint(&config));
        }
        memory.save_peer(&config.server, record).unwrap();
        let ours = script.anchors(Side::Client);
        let next = ours.iter().map(|(_, next)| next.clone()).collect();
        let mut store = scripted(&mut memory, next, Vec::new(), Vec::new(), self.forgets);
        let mut session = Player::<client::Session>::new(Arc::new(config.clone()), Variant::Every);
        let mut numbers = Numbers::default();
        let mut objects = Objects::default();
        let mut input = None;
        for (place, (side, lost, message)) in script.messages.iter().enumerate() {
            let name = format!("{}, message {}", self.name, place + 1);
            if *side == Side::Server {
                input = Some(arrived(&numbers.translated(message), self.encoding));
                continue;
            }
            if message.hdr.session_id != config.session_id {
                if let Some(last) = input.take() {
                    session.turn(&mut store, Some(&last));
                }
                numbers = Numbers::default();
                config.session_id = message.hdr.session_id.clone();
                session = Player::new(Arc::new(config.clone()), Variant::Every);
            }
            if says(message, AlertCode::SUSPEND) {
                session.turn(&mut store, Some(&Input::Suspend));
            }
            let turn = session.turn(&mut store, input.take().as_ref());
            let transmit = turn.transmit.expect("a message of the client");
            let sent = syncml_repr::decode(&transmit.bytes, self.encoding, &Limits::default());
            let mut sent = sent.unwrap();
            adopt_luids(&mut sent, message);
            numbers.note(message, &sent);
            // Some servers want device information with every slow sync; the script's does not.
            let puts = |command: &Command| matches!(command, Command::Put(_));
            if !message.body.commands.iter().any(puts) {
                sent.body.commands.retain(|command| !puts(command));
            }
            objects.take(&script, &mut sent);
            let mut message = message.clone();
            Objects::default().take(&script, &mut message);
            assert_eq!(in_any_order(sent), in_any_order(message), "{name}");
            if *lost {
                session.turn(&mut store, Some(&Input::Abort));
            }
        }
        let turn = session.turn(&mut store, input.as_ref());
        assert_eq!(
            (turn.transmit, turn.closed),
            (None, Some(ds_protocol::Closed::Complete))
        );
        drop(store);
        for (luid, data) in objects.0 {
            let whole = memory.get(self.user.0, self.names.1, &luid).unwrap();
            let expected = match self.encoding {
                Encoding::Xml => base64::encode(&whole.data).into_bytes(),
                _ => whole.data.to_vec(),
            };
            assert_eq!(data, expected, "{}", luid.as_str());
        }
    }
}

/// Large objects that were sent, as they were sent last: how they are written and where they are cut is the client's
/// choice, how many parts there are is not.
#[derive(Default)]
struct Objects(BTreeMap<ItemId, Vec<u8>>);

impl Objects {
    /// Takes the parts out of a message; their frames stay.
    fn take(&mut self, script: &Script, message: &mut Message) {
        crate::common::post::each(&mut message.body.commands, &mut |command| {
            let Command::Modify(modify) = command else {
                return;
            };
            let Some(luid) = id(modify).1.filter(|luid| script.is_chunked(luid)) else {
                return;
            };
            if let Some(meta) = &mut modify.meta {
                Arc::make_mut(meta).format = None;
            }
            let item = &mut modify.items[0];
            if let Some(meta) = &mut item.meta {
                let size = &mut Arc::make_mut(meta).size;
                *size = size.map(|_| 0);
                self.0.remove(&luid);
            }
            let part = item.data.take();
            let octets = part.as_ref().and_then(Data::as_bytes).unwrap_or_default();
            self.0.entry(luid).or_default().extend_from_slice(octets);
        });
    }
}

/// Whether a message holds such an Alert.
fn says(message: &Message, code: AlertCode) -> bool {
    let mut commands = message.body.commands.iter();
    commands.any(|command| matches!(command, Command::Alert(alert) if alert.code == Some(code)))
}

/// What our client's commands are numbered, where a script has its first package in another order.
#[derive(Default)]
struct Numbers(BTreeMap<(MsgId, CmdId), CmdId>);

impl Numbers {
    fn note(&mut self, scripted: &Message, ours: &Message) {
        for theirs in &scripted.body.commands {
            let name = |command: &&Command| command.name() == theirs.name();
            let same = scripted.body.commands.iter().filter(name);
            let place = same.take_while(|command| *command != theirs).count();
            let twin = ours.body.commands.iter().filter(name).nth(place);
            if let (Some(old), Some(new)) = (theirs.cmd_id(), twin.and_then(Command::cmd_id)) {
                let key = (scripted.hdr.msg_id, old.clone());
                self.0.insert(key, new.clone());
            }
        }
    }

    fn translated(&self, message: &Message) -> Message {
        let mut message = message.clone();
        let new =
            |msg_id: Option<MsgId>, id: &CmdId| Some(self.0.get(&(msg_id?, id.clone()))?.clone());
        for command in &mut message.body.commands {
            match command {
                Command::Status(status) => {
                    let number = new(status.msg_ref, &status.cmd_ref);
                    status.cmd_ref = number.unwrap_or_else(|| status.cmd_ref.clone());
                }
                Command::Results(results) => {
                    let number = new(results.msg_ref, &results.cmd_ref);
                    results.cmd_ref = number.unwrap_or_else(|| results.cmd_ref.clone());
                }
                _ => {}
            }
        }
        message
    }
}

/// The essence of a message of the client. The order of Put, Get and Alerts is its own choice.
fn in_any_order(mut message: Message) -> String {
    let commands = &mut message.body.commands;
    let is_init = |command: &Command| match command {
        Command::Put(_) | Command::Get(_) => true,
        Command::Alert(alert) => alert.items.iter().any(|item| item.meta.is_some()),
        _ => false,
    };
    if commands.iter().any(is_init) {
        commands.sort_by_key(|command| command.name().to_owned());
        for command in commands {
            match command {
                Command::Put(put) => put.cmd_id = CmdId::default(),
                Command::Get(get) => get.cmd_id = CmdId::default(),
                Command::Alert(alert) => alert.cmd_id = CmdId::default(),
                _ => {}
            }
        }
    }
    essence(message)
}

/// The ids a client gives are its own choice.
fn adopt_luids(sent: &mut Message, expected: &Message) {
    let maps = |message: &Message| -> Vec<_> {
        let map = message
            .body
            .commands
            .iter()
            .find_map(|command| match command {
                Command::Map(map) => Some(map.items.clone()),
                _ => None,
            });
        map.unwrap_or_default()
    };
    let expected = maps(expected);
    for command in &mut sent.body.commands {
        if let Command::Map(map) = command {
            for item in &mut map.items {
                if let Some(twin) = expected.iter().find(|twin| twin.target == item.target) {
                    item.source = twin.source.clone();
                }
            }
        }
    }
}

/// The fingerprint of its device information that a client remembers after a session.
fn fingerprint(config: &client::Config) -> syncml_repr::ByteString {
    let mut client = MemoryStore::new();
    let mut server = MemoryStore::new().with_user("u", Secret::Password("p".into()));
    let mut config = config.clone();
    config.credentials = Some(Credentials::new("u", "p"));
    let remote = config.requests[0].remote.to_string();
    let hub = server::Config::new(
        Device::new("hub", "server"),
        [datastore(&remote, "text/x-vcard")],
    );
    config.sizes = Sizes::default();
    let url = config.server.clone();
    let transcript = Pair::new(Arc::new(config), Arc::new(hub)).run(&mut client, &mut server);
    assert_eq!(transcript.client, Some(ds_protocol::Closed::Complete));
    client
        .load_peer(&url)
        .unwrap()
        .dev_inf_sent
        .expect("remembered")
}

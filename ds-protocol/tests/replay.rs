//! The sessions of `testdata`, replayed: an engine gets the messages of the other side and must answer with the very
//! messages that stand there. What is left out of the comparison is named in [`essence`].

mod common;

use std::sync::Arc;

use common::datastore;
use common::hooked::Hooked;
use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Pair, Player, Variant};
use ds_protocol::{
    Anchors, ConflictPolicy, Content, Credentials, Device, Effect, Input, ItemId, Known, Link,
    Operation, PeerRecord, Received, Reply, Secret, Sizes, Store, client, server,
};
use syncml_devinf::DevInf;
use syncml_meta::Nonce;
use syncml_repr::{Command, Data, Message, Modify, ModifyKind};
use syncml_wbxml::{Encoding, Limits};
use testdata::{Scenario, Side};

/// A memory store whose anchors and nonces are those of the scenario, and items of which have a policy of their own.
fn scripted<'a>(
    memory: &'a mut MemoryStore,
    next: Vec<String>,
    nonces: Vec<Nonce>,
    policies: Vec<(ItemId, ConflictPolicy)>,
) -> Hooked<'a> {
    let (mut next, mut nonces) = (next.into_iter(), nonces.into_iter());
    let policy = move |known: &Known| {
        let mut policies = policies.iter();
        let found = policies.find(|(local, _)| *local == known.local);
        found.map(|(_, policy)| *policy)
    };
    let hook = move |effect: &Effect, memory: &mut MemoryStore| match effect {
        Effect::NewNonce => {
            let nonce = nonces.next().expect("a nonce of the scenario");
            Some(Ok(Reply::Nonce(nonce)))
        }
        Effect::Open { link } => Some(memory.open(link).map(|mut opened| {
            opened.next = next.next().expect("an anchor of the scenario").into();
            Reply::Opened(opened)
        })),
        Effect::Resolve { link, keys } => Some(memory.resolve(link, keys).map(|mut resolved| {
            for known in resolved.iter_mut().flatten() {
                known.conflict = policy(known);
            }
            Reply::Resolved(resolved)
        })),
        _ => None,
    };
    Hooked {
        inner: memory,
        hook: Box::new(hook),
    }
}

/// A scenario with its messages decoded.
struct Script {
    messages: Vec<(Side, bool, Message)>,
}

impl Script {
    fn new(scenario: &Scenario, encoding: Encoding) -> Self {
        let messages = scenario.messages.iter().map(|message| {
            let bytes = if encoding == Encoding::Xml {
                message.xml
            } else {
                message.wbxml
            };
            let decoded = syncml_repr::decode(&bytes.into(), encoding, &Limits::default())
                .expect(message.name);
            (message.from, message.lost, decoded)
        });
        Self {
            messages: messages.collect(),
        }
    }

    /// Item commands of one side.
    fn items(&self, from: Side) -> impl Iterator<Item = &Modify> {
        self.messages
            .iter()
            .filter(move |(side, ..)| *side == from)
            .flat_map(|(.., message)| {
                message
                    .body
                    .commands
                    .iter()
                    .filter_map(|command| match command {
                        Command::Sync(sync) => {
                            Some(sync.commands.iter().filter_map(|child| match child {
                                Command::Modify(modify) => Some(modify),
                                _ => None,
                            }))
                        }
                        _ => None,
                    })
            })
            .flatten()
    }

    /// Last and Next of each session that one side alerts.
    fn anchors(&self, from: Side) -> Vec<(Option<String>, String)> {
        let mut seen = Vec::new();
        for (side, _, message) in &self.messages {
            for command in &message.body.commands {
                if let (true, Command::Alert(alert)) = (*side == from, command) {
                    let anchor = alert
                        .items
                        .first()
                        .and_then(|item| item.meta.as_ref())
                        .and_then(|meta| meta.anchor.clone());
                    if let Some(anchor) = anchor {
                        let anchor = (
                            anchor.last.map(|last| last.to_string()),
                            anchor.next.to_string(),
                        );
                        if !seen.contains(&anchor) {
                            seen.push(anchor);
                        }
                    }
                }
            }
        }
        seen
    }

    /// Nonces the server gives out.
    fn nonces(&self) -> Vec<Nonce> {
        let statuses = self
            .messages
            .iter()
            .flat_map(|(.., message)| &message.body.commands);
        statuses
            .filter_map(|command| match command {
                Command::Status(status) => status.chal.as_ref()?.meta.next_nonce.clone(),
                _ => None,
            })
            .collect()
    }

    fn max_msg_size(&self, from: Side) -> u64 {
        let (.., message) = self
            .messages
            .iter()
            .find(|(side, ..)| *side == from)
            .unwrap();
        message.hdr.max_msg_size().unwrap()
    }

    /// Sizes with the limits that one side states, for messages to the other.
    fn sizes(&self, of: Side, to: Side) -> Sizes {
        let mut sizes = Sizes::default();
        sizes.max_msg_size = self.max_msg_size(of);
        sizes.max_sent = self.max_msg_size(to);
        let (.., message) = self.messages.iter().find(|(side, ..)| *side == of).unwrap();
        sizes.max_obj_size = message.hdr.max_obj_size().unwrap_or(sizes.max_obj_size);
        sizes
    }
}

fn id(modify: &Modify) -> (Option<ItemId>, Option<ItemId>) {
    let item = &modify.items[0];
    let id = |locator: &Option<syncml_repr::Locator>| {
        locator
            .as_ref()
            .map(|locator| ItemId::new(locator.loc_uri.clone()))
    };
    (id(&item.target), id(&item.source))
}

fn content(modify: &Modify) -> Content {
    let data = modify.items[0]
        .data
        .as_ref()
        .and_then(Data::to_bytes)
        .expect("content");
    Content::new(media_type(modify), data)
}

fn media_type(modify: &Modify) -> String {
    let media_type = modify.items[0].media_type(modify.meta.as_deref());
    media_type.unwrap_or("text/x-vcard").to_owned()
}

fn before() -> Content {
    Content::new("text/x-vcard", "what it was before")
}

/// What must agree: everything but the limits, credentials of the server's own, device information and free memory,
/// which are matters of configuration or not offered.
fn essence(mut message: Message) -> String {
    message.hdr.meta = None;
    message.hdr.cred = message
        .hdr
        .cred
        .filter(|_| message.hdr.source.loc_name().is_some());
    for command in &mut message.body.commands {
        match command {
            Command::Put(put) => put.items[0].data = None,
            Command::Results(results) => results.items[0].data = None,
            Command::Sync(sync) => sync.meta = None,
            Command::Alert(alert) => {
                if let Some(meta) = alert.items.first_mut().and_then(|item| item.meta.as_mut()) {
                    std::sync::Arc::make_mut(meta).max_obj_size = None;
                }
            }
            _ => {}
        }
    }
    format!("{message:#?}")
}

/// A message as the engine gets it.
fn arrived(message: &Message, encoding: Encoding) -> Input {
    let bytes = syncml_repr::encode(message, encoding).unwrap();
    let received = Received::decode(bytes, encoding, &Limits::default()).unwrap();
    Input::Message(Box::new(received))
}

fn dev_inf() -> DevInf {
    let mut dev_inf = DevInf::default();
    dev_inf.support_number_of_changes = true;
    dev_inf
}

/// Replays what the client says against our server.
fn replay_server(
    name: &str,
    encoding: Encoding,
    user: &str,
    password: &str,
    names: (&str, &str),
    token: Option<&str>,
) {
    replay_server_with(name, encoding, (user, password), names, token, |_, _| {
        Vec::new()
    });
}

/// The same with a store that `prepare` has changed; it gives policies for items.
fn replay_server_with(
    name: &str,
    encoding: Encoding,
    (user, password): (&str, &str),
    names: (&str, &str),
    token: Option<&str>,
    prepare: impl FnOnce(&mut MemoryStore, &Link) -> Vec<(ItemId, ConflictPolicy)>,
) {
    let (server_name, client_name) = names;
    let script = Script::new(testdata::scenario(name).expect(name), encoding);
    let device = script.messages[0].2.hdr.source.loc_uri.to_string();
    let link = Link::new(
        user.to_owned(),
        device.clone(),
        server_name.to_owned(),
        client_name.to_owned(),
    );

    // The store as it must have been before.
    let mut memory =
        MemoryStore::new().with_user(user.to_owned(), Secret::Password(password.into()));
    let mut paired = Vec::new();
    let mut pair = |memory: &mut MemoryStore, luid: ItemId| {
        if !paired.contains(&luid) {
            let local = ItemId::new(format!("g-{}", luid.as_str()));
            memory.put(user, server_name, local.clone(), before());
            memory
                .apply(
                    &link,
                    vec![Operation::Pair {
                        local,
                        remote: luid.clone(),
                        owes_map: false,
                    }],
                )
                .unwrap();
            paired.push(luid);
        }
    };
    for modify in script.items(Side::Server) {
        if let (Some(luid), _) = id(modify) {
            pair(&mut memory, luid);
        }
    }
    for modify in script
        .items(Side::Client)
        .filter(|modify| modify.kind != ModifyKind::Add)
    {
        if let (_, Some(luid)) = id(modify) {
            pair(&mut memory, luid);
        }
    }
    let theirs = script.anchors(Side::Client);
    let ours = script.anchors(Side::Server);
    if let (Some(local), Some(remote)) = (ours[0].0.clone(), theirs[0].0.clone()) {
        memory.commit(&link, &Anchors::new(local, remote)).unwrap();
    }
    for modify in script.items(Side::Server) {
        let (target, source) = id(modify);
        match modify.kind {
            ModifyKind::Add => {
                assert!(memory.put(user, server_name, source.unwrap(), content(modify)))
            }
            ModifyKind::Replace => {
                let local = ItemId::new(format!("g-{}", target.unwrap().as_str()));
                assert!(memory.put(user, server_name, local, content(modify)));
            }
            _ => {
                let local = ItemId::new(format!("g-{}", target.unwrap().as_str()));
                assert!(memory.remove(user, server_name, &local));
            }
        }
    }
    let puts = script.messages.iter().any(|(.., message)| {
        message
            .body
            .commands
            .iter()
            .any(|c| matches!(c, Command::Put(_)))
    });
    if !puts {
        let mut record = PeerRecord::default();
        record.dev_inf = Some(dev_inf());
        memory.save_peer(&device, record).unwrap();
    }
    let next = ours.iter().map(|(_, next)| next.clone()).collect();
    let policies = prepare(&mut memory, &link);
    let mut store = scripted(&mut memory, next, script.nonces(), policies);

    let types = script.items(Side::Client).map(media_type).next();
    let types = types.unwrap_or_else(|| "text/x-vcard".to_owned());
    let sizes = script.sizes(Side::Server, Side::Client);
    let mut config = server::Config::new(
        Device::new("hub", "server"),
        [datastore(server_name, &types)],
    )
    .with_sizes(sizes);
    if let Some(token) = token {
        config = config.with_resp_token(token.to_owned());
    }
    let config = Arc::new(config);
    let mut session = Player::<server::Session>::new(config.clone(), Variant::Every);
    let mut session_id = script.messages[0].2.hdr.session_id.clone();
    let mut answer: Option<Message> = None;
    for (place, (side, lost, message)) in script.messages.iter().enumerate() {
        match side {
            Side::Client if *lost => {}
            Side::Client => {
                if message.hdr.session_id != session_id {
                    session_id = message.hdr.session_id.clone();
                    session = Player::new(config.clone(), Variant::Every);
                }
                let turn = session.turn(&mut store, Some(&arrived(message, encoding)));
                let transmit = turn.transmit.expect("a server always answers");
                answer = Some(
                    syncml_repr::decode(&transmit.bytes, encoding, &Limits::default()).unwrap(),
                );
            }
            _ => {
                let answer = answer.take().expect("a client's message before");
                assert_eq!(
                    essence(answer),
                    essence(message.clone()),
                    "{name}, message {}",
                    place + 1
                );
            }
        }
    }
}

/// Replays what the server says against our client.
fn replay_client(name: &str, encoding: Encoding, user: &str, password: &str, names: (&str, &str)) {
    let (server_name, client_name) = names;
    let script = Script::new(testdata::scenario(name).expect(name), encoding);
    let first = &script.messages[0].2.hdr;
    let server_uri = first.target.loc_uri.to_string();
    let link = Link::new(
        user.to_owned(),
        server_uri.clone(),
        client_name.to_owned(),
        server_name.to_owned(),
    );

    let mut memory = MemoryStore::new();
    let mut known = Vec::new();
    let mut know = |memory: &mut MemoryStore, local: ItemId| {
        if !known.contains(&local) {
            memory.put(user, client_name, local.clone(), before());
            let remote = ItemId::new(format!("g-{}", local.as_str()));
            memory
                .apply(
                    &link,
                    vec![Operation::Pair {
                        local: local.clone(),
                        remote,
                        owes_map: false,
                    }],
                )
                .unwrap();
            known.push(local);
        }
    };
    for modify in script.items(Side::Server) {
        if let (Some(luid), _) = id(modify) {
            know(&mut memory, luid);
        }
    }
    for modify in script
        .items(Side::Client)
        .filter(|modify| modify.kind != ModifyKind::Add)
    {
        know(&mut memory, id(modify).1.unwrap());
    }
    let ours = script.anchors(Side::Client);
    let theirs = script.anchors(Side::Server);
    memory
        .commit(
            &link,
            &Anchors::new(ours[0].0.clone().unwrap(), theirs[0].0.clone().unwrap()),
        )
        .unwrap();
    for modify in script.items(Side::Client) {
        let local = id(modify).1.unwrap();
        match modify.kind {
            ModifyKind::Delete => assert!(memory.remove(user, client_name, &local)),
            _ => {
                memory.put(user, client_name, local, content(modify));
            }
        }
    }
    let mut record = PeerRecord::default();
    let gets = script.messages[0]
        .2
        .body
        .commands
        .iter()
        .any(|command| matches!(command, Command::Get(_)));
    let mut config = client::Config::new(
        Device::new(first.source.loc_uri.clone(), "pda"),
        server_uri.clone(),
        first.session_id.clone(),
        [client::Request::new(
            datastore(client_name, "text/x-vcard"),
            server_name.to_owned(),
        )],
    )
    .with_credentials(Credentials::new(user.to_owned(), password))
    .with_encoding(encoding);
    config.sizes = script.sizes(Side::Client, Side::Server);
    if !gets {
        record.dev_inf = Some(dev_inf());
        record.dev_inf_sent = Some(fingerprint(&config));
    }
    if first
        .cred
        .as_ref()
        .is_some_and(|cred| cred.is_scheme(syncml_repr::Cred::BASIC))
    {
        config.auth = ds_protocol::AuthScheme::Basic;
    }
    memory.save_peer(&server_uri, record).unwrap();
    let next = ours.iter().map(|(_, next)| next.clone()).collect();
    let mut store = scripted(&mut memory, next, Vec::new(), Vec::new());
    let mut session = Player::<client::Session>::new(Arc::new(config), Variant::Every);
    let mut input = None;
    for (place, (side, _, message)) in script.messages.iter().enumerate() {
        if *side == Side::Server {
            input = Some(arrived(message, encoding));
            continue;
        }
        let turn = session.turn(&mut store, input.as_ref());
        let transmit = turn.transmit.expect("a message of the client");
        let mut sent = syncml_repr::decode(&transmit.bytes, encoding, &Limits::default()).unwrap();
        adopt_luids(&mut sent, message);
        assert_eq!(
            essence(sent),
            essence(message.clone()),
            "{name}, message {}",
            place + 1
        );
    }
    let turn = session.turn(&mut store, input.as_ref());
    assert_eq!(
        (turn.transmit, turn.closed),
        (None, Some(ds_protocol::Closed::Complete))
    );
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

const PHONE: (&str, &str) = ("card", "agenda");
const TABLET: (&str, &str) = ("contacts", "kontakty");
const TOMEK: (&str, &str) = ("tomek", "żółw-1979");

/// DS-S-001: the white paper's session, as a server.
#[test]
fn white_paper() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server("white-paper", encoding, "lucia", "marea-alta", PHONE, None);
    }
}

/// DS-S-016, DS-S-049, DS-C-030, DS-C-034: challenge, digest, next nonce, RespURI, on both sides.
#[test]
fn md5_challenge() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server(
            "md5-challenge",
            encoding,
            TOMEK.0,
            TOMEK.1,
            TABLET,
            Some("b7c14e90&n=2"),
        );
        replay_client("md5-challenge", encoding, TOMEK.0, TOMEK.1, TABLET);
    }
}

/// DS-S-038, DS-C-040: packages over several messages; in XML, for whose sizes the session was written.
#[test]
fn multi_message() {
    replay_server(
        "multi-message-222",
        Encoding::Xml,
        TOMEK.0,
        TOMEK.1,
        TABLET,
        None,
    );
    replay_client("multi-message-222", Encoding::Xml, TOMEK.0, TOMEK.1, TABLET);
}

/// DS-S-032, DS-S-034, DS-S-061: the Map of a lost message comes before the next Sync, and the Add again.
#[test]
fn map_resend() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server("map-resend", encoding, TOMEK.0, TOMEK.1, TABLET, None);
    }
}

/// DS-S-036, DS-S-037: 208, 409, 419 with the server's version, 419 to a Delete with the item as a new one.
#[test]
fn conflict() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        replay_server_with("conflict", encoding, TOMEK, TABLET, None, |memory, link| {
            let changed = |what: &str| Content::new("text/x-vcard", what.to_owned());
            let own = |luid: &str| ItemId::new(format!("g-{luid}"));
            for luid in ["41", "57"] {
                memory.put(TOMEK.0, TABLET.0, own(luid), changed("changed here"));
            }
            // What the client deletes has this id here, and was changed.
            let new = ItemId::new("fj-930");
            let content = memory.get(TOMEK.0, TABLET.0, &new).cloned().unwrap();
            memory.remove(TOMEK.0, TABLET.0, &own("59"));
            memory.put(TOMEK.0, TABLET.0, new.clone(), before());
            let pair = Operation::Pair {
                local: new.clone(),
                remote: ItemId::new("59"),
                owes_map: false,
            };
            let gone = Operation::Unpair { local: own("59") };
            memory.apply(link, vec![gone, pair]).unwrap();
            memory.put(TOMEK.0, TABLET.0, new, content);
            vec![
                (own("57"), ConflictPolicy::Unresolved),
                (own("58"), ConflictPolicy::ServerWins),
            ]
        });
        replay_client("conflict", encoding, TOMEK.0, TOMEK.1, TABLET);
    }
}

/// DS-S-010, DS-S-012: chunks, a suspended session, the object once more from its beginning in the one that resumes it.
#[test]
fn large_object_resume() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        let names = ("notes", "notatki");
        replay_server_with(
            "large-object-resume",
            encoding,
            TOMEK,
            names,
            None,
            |memory, _| {
                // A first synchronisation: nothing of the client's is here.
                for luid in ["n1", "n2"] {
                    memory.remove(TOMEK.0, names.0, &ItemId::new(format!("g-{luid}")));
                }
                Vec::new()
            },
        );
    }
}

//! What a scenario's client says, said to our server.

use std::sync::Arc;

use ds_protocol::memory::MemoryStore;
use ds_protocol::testing::{Player, Variant};
use ds_protocol::{
    Anchors, ConflictPolicy, Device, ItemId, Link, Operation, PeerRecord, Secret, Store, server,
};
use syncml_repr::{Command, Message, ModifyKind};
use syncml_wbxml::{Encoding, Limits};
use testdata::Side;

use crate::common::datastore;
use crate::script::{Script, arrived, before, content, dev_inf, essence, id, media_type, scripted};

/// Replays what the client says against our server.
pub(crate) fn replay_server(
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
pub(crate) fn replay_server_with(
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
    let mut store = scripted(&mut memory, next, script.nonces(), policies, false);

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

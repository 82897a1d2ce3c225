//! Who is who: every way in which a client and a server prove it to each other, and what they do not do before.

mod common;

use std::sync::Arc;

use common::{NAMES, PASSWORD, USER, World, datastore, moved, sizes};
use ds_protocol::testing::{Transcript, Variant};
use ds_protocol::{
    Access, AuthScheme, Authorization, Challenge, Closed, Credentials, Engine, Input, Notice,
    Output, Received, Side, Store, Wait, client::Request, server,
};
use syncml_devinf::Version;
use syncml_meta::Nonce;
use syncml_repr::{Command, Cred, Message, StatusCode};
use syncml_wbxml::{Encoding, Limits};

const QUIET: [[usize; 4]; 2] = [[0; 4]; 2];
const SERVER: &str = "hub";
const SERVER_PASSWORD: &str = "gorse";

fn messages(transcript: &Transcript) -> Vec<Message> {
    let decode = |bytes: &bytes::Bytes| {
        syncml_repr::decode(bytes, transcript.encoding, &Limits::default()).unwrap()
    };
    transcript.messages().map(decode).collect()
}

/// Statuses of the headers, message by message; 0 where there is none.
fn header_statuses(transcript: &Transcript) -> Vec<u16> {
    let of = |message: &Message| {
        let statuses = message.body.commands.iter();
        let mut codes = statuses.filter_map(|command| match command {
            Command::Status(status) if status.cmd_ref.is_header() => Some(status.code.get()),
            _ => None,
        });
        codes.next().unwrap_or_default()
    };
    messages(transcript).iter().map(of).collect()
}

fn has_cred(transcript: &Transcript) -> Vec<bool> {
    let messages = messages(transcript);
    messages
        .iter()
        .map(|message| message.hdr.cred.is_some())
        .collect()
}

fn told(transcript: &Transcript, side: Side, notice: impl Fn(&Notice) -> bool) -> usize {
    transcript.notices(side).filter(|n| notice(n)).count()
}

/// BIND-008: sessions in which each message proves who sent it; the nonce changes with each.
#[test]
fn hmac() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for version in Version::ALL {
            for variant in Variant::EACH {
                let mut world = World::new().with_encoding(encoding).with_variant(variant);
                world.client_config.version = version;
                world.client_config.auth = AuthScheme::Mac;
                world.server_config.auth = AuthScheme::Mac;
                world.add_client("Client;One");
                world.add_server("Server;One");
                let first = world.sync();
                assert_eq!(moved(&first), [[1, 0, 0, 0], [1, 0, 0, 0]], "{first}");
                world.assert_equal();
                assert!(!has_cred(&first).contains(&true), "{first}");
                let codes = header_statuses(&first);
                assert_eq!(codes[..2], [0, 407], "{codes:?}");
                assert!(codes[2..].iter().all(|code| *code == 200), "{codes:?}");
                assert_eq!(
                    told(&first, Side::Remote, |n| matches!(
                        n,
                        Notice::Authenticated { .. }
                    )),
                    1
                );
                // The nonce of the last answer is that of the next session's first message.
                let second = world.sync();
                assert!(!header_statuses(&second).contains(&407), "{second}");
            }
        }
    }
}

/// BIND-008, DS-S-017: a message that was changed on its way, or that comes without the header, is not carried out.
#[test]
fn hmac_refuses() {
    for tampered in [false, true] {
        for at in 1..4 {
            let mut world = World::new().with_encoding(Encoding::Xml);
            world.client_config.auth = AuthScheme::Mac;
            world.server_config.auth = AuthScheme::Mac;
            world.add_client("Client;One");
            let config = Arc::new(world.client_config.clone());
            let mut client = ds_protocol::client::Session::new(config);
            let mut server = server::Session::new(Arc::new(world.server_config.clone()));
            let mut answer = None;
            for round in 0..=at {
                let turn = ds_protocol::driver::turn(
                    &mut client,
                    &mut world.client,
                    answer.take(),
                    &mut |_| (),
                );
                let sent = turn.unwrap().transmit.expect("a message");
                let received =
                    Received::decode(sent.bytes.clone(), Encoding::Xml, &Limits::default())
                        .unwrap();
                let received = match sent.hmac {
                    Some(hmac) if round < at => received.with_hmac(hmac, &sent.bytes),
                    Some(hmac) if tampered => received.with_hmac(hmac, b"something else"),
                    _ => received,
                };
                let turn = ds_protocol::driver::turn(
                    &mut server,
                    &mut world.server,
                    Some(received),
                    &mut |_| (),
                );
                let turn = turn.unwrap();
                let sent = turn.transmit.expect("an answer");
                let text = String::from_utf8_lossy(&sent.bytes).into_owned();
                let refused =
                    text.contains("<Data>401</Data>") || text.contains("<Data>407</Data>");
                assert_eq!(
                    refused,
                    round == at || round == 0,
                    "{round} of {at}: {text}"
                );
                if round == at {
                    // Before the session began it may try again; later somebody else speaks.
                    assert_eq!(turn.closed.is_some(), at > 1, "{text}");
                }
                let hmac = sent.hmac.clone();
                let received =
                    Received::decode(sent.bytes.clone(), Encoding::Xml, &Limits::default())
                        .unwrap();
                answer = Some(match hmac {
                    Some(hmac) => received.with_hmac(hmac, &sent.bytes),
                    None => received,
                });
            }
            let taken = world.server.items(USER, NAMES[0].1).count();
            assert_eq!(taken, usize::from(at > 2), "{at}");
        }
    }
}

/// DS-S-016: a server that demands the digest of each message takes nothing weaker, and a client with a password
/// follows it there.
#[test]
fn hmac_on_demand() {
    let mut world = World::new();
    world.client_config.auth = AuthScheme::Basic;
    world.server_config.auth = AuthScheme::Mac;
    world.add_client("Client;One");
    let transcript = world.sync();
    assert_eq!(header_statuses(&transcript)[1], 401, "{transcript}");
    assert_eq!(moved(&transcript)[1][0], 1);
}

/// DS-C-031: credentials go with each message that is answered 200, and with none after 212.
#[test]
fn credentials_after_200_and_212() {
    for scheme in [AuthScheme::Basic, AuthScheme::Md5] {
        let mut world = World::new().with_encoding(Encoding::Xml);
        world.client_config.auth = scheme;
        world.client_config.requests.truncate(1);
        world.sync();
        let second = world.sync();
        assert_eq!(
            has_cred(&second),
            [true, false, false, false, false, false],
            "{second}"
        );
        // A server that answers 200 instead: the same messages with another status.
        world.client.put(
            USER,
            NAMES[0].0,
            ds_protocol::ItemId::new("a"),
            common::card("A;B"),
        );
        let config = Arc::new({
            let mut config = world.client_config.clone();
            config.session_id = "9".into();
            config
        });
        let mut client = ds_protocol::client::Session::new(config);
        let mut server = server::Session::new(Arc::new(world.server_config.clone()));
        let (mut answer, mut creds) = (None, Vec::new());
        loop {
            let turn = ds_protocol::driver::turn(
                &mut client,
                &mut world.client,
                answer.take(),
                &mut |_| (),
            );
            let Some(sent) = turn.unwrap().transmit else {
                break;
            };
            let received = Received::decode(sent.bytes, Encoding::Xml, &Limits::default()).unwrap();
            creds.push(received.message.hdr.cred.clone());
            let turn = ds_protocol::driver::turn(
                &mut server,
                &mut world.server,
                Some(received),
                &mut |_| (),
            );
            let sent = turn.unwrap().transmit.unwrap();
            let text = String::from_utf8(sent.bytes.to_vec()).unwrap();
            let text = text.replace("<Data>212</Data>", "<Data>200</Data>");
            answer = Some(Received::decode(text, Encoding::Xml, &Limits::default()).unwrap());
        }
        assert!(
            creds.len() > 2 && creds.iter().all(Option::is_some),
            "{creds:?}"
        );
        let data = |at: usize| creds[at].as_ref().unwrap().data.to_bytes();
        // The nonce that came with the first 200 makes the digest another one, and then stays.
        assert_eq!(data(0) == data(1), scheme == AuthScheme::Basic);
        assert_eq!(data(1), data(2));
    }
}

/// DS-S-019: each nonce serves once. A client that missed our answer, and somebody who repeats what it has said, are asked
/// for new credentials.
#[test]
fn nonces() {
    let mut world = World::new();
    world.sync();
    let kept = world
        .client
        .load_peer("http://sync.example.net/ds")
        .unwrap();
    assert!(!header_statuses(&world.sync()).contains(&401));
    world
        .client
        .save_peer("http://sync.example.net/ds", kept)
        .unwrap();
    let replayed = world.sync();
    assert_eq!(header_statuses(&replayed)[1], 401, "a replay: {replayed}");
    let is_stale = |n: &Notice| matches!(n, Notice::StaleNonce { user } if user == USER);
    assert_eq!(told(&replayed, Side::Remote, is_stale), 1);
    assert!(!header_statuses(&world.sync()).contains(&401));
}

/// DS-S-018, DS-S-019: a digest that is out of date costs a round, not one of the three tries.
#[test]
fn stale_nonce_is_no_failure() {
    let mut world = World::new().with_encoding(Encoding::Xml);
    let mut server = server::Session::new(Arc::new(world.server_config.clone()));
    let stale = Credentials::new(USER, "wrong");
    let mut closed = Vec::new();
    for n in 1..=5 {
        let mut config = world.client_config.clone();
        config.credentials = Some(stale.clone());
        let mut client = ds_protocol::client::Session::new(Arc::new(config));
        let mut record = world
            .client
            .load_peer("http://sync.example.net/ds")
            .unwrap();
        record.nonce = Some(Nonce::new(b"some nonce".as_slice()));
        world
            .client
            .save_peer("http://sync.example.net/ds", record)
            .unwrap();
        let turn = ds_protocol::driver::turn(&mut client, &mut world.client, None, &mut |_| ());
        let sent = turn.unwrap().transmit.unwrap();
        let text = String::from_utf8(sent.bytes.to_vec()).unwrap();
        let text = text.replacen("<MsgID>1<", &format!("<MsgID>{n}<"), 1);
        let received = Received::decode(text, Encoding::Xml, &Limits::default()).unwrap();
        let turn =
            ds_protocol::driver::turn(&mut server, &mut world.server, Some(received), &mut |_| ());
        closed.push(turn.unwrap().closed.is_some());
    }
    assert_eq!(closed, [false, false, false, true, true]);
}

fn proving(client: AuthScheme, server: AuthScheme) -> World {
    let mut world = World::new();
    world.client_config = world
        .client_config
        .clone()
        .with_server_credentials(Credentials::new(SERVER, SERVER_PASSWORD), client);
    world.server_config = world
        .server_config
        .clone()
        .with_credentials(Credentials::new(SERVER, SERVER_PASSWORD), server);
    world.add_client("Client;One");
    world.add_server("Server;One");
    world
}

/// DS-C-032, DS-S-020: a server proves who it is, unasked where it can, after one challenge where it cannot.
#[test]
fn server_proves_itself() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for variant in Variant::EACH {
            for (asked, scheme) in [
                (AuthScheme::Md5, AuthScheme::Md5),
                (AuthScheme::Basic, AuthScheme::Basic),
                // what the client asks for is stronger than what the server was told to show
                (AuthScheme::Md5, AuthScheme::Basic),
                (AuthScheme::Mac, AuthScheme::Md5),
                (AuthScheme::Mac, AuthScheme::Mac),
            ] {
                let mut world = proving(asked, scheme)
                    .with_encoding(encoding)
                    .with_variant(variant);
                let first = world.sync();
                let what = format!("{asked:?} of {scheme:?} {variant:?}\n{first}");
                assert_eq!(moved(&first), [[1, 0, 0, 0], [1, 0, 0, 0]], "{what}");
                for side in [Side::Local, Side::Remote] {
                    let known = |n: &Notice| matches!(n, Notice::ServerAuthenticated { user } if user == SERVER);
                    assert_eq!(told(&first, side, known), 1, "{what}");
                }
                let challenged = header_statuses(&first)
                    .iter()
                    .skip(2)
                    .any(|code| matches!(code, 401 | 407));
                assert_eq!(
                    challenged,
                    asked != AuthScheme::Basic || scheme != AuthScheme::Basic,
                    "{what}"
                );
                // With a nonce of the first session nobody is asked.
                let second = world.sync();
                let asked_again = header_statuses(&second)
                    .iter()
                    .any(|code| matches!(code, 401 | 407));
                assert_eq!(asked_again, scheme != asked, "{what}\n{second}");
                assert_eq!(moved(&second), QUIET, "{what}");
            }
        }
    }
}

/// DS-C-032, DS-S-020: the same in a session for device information alone, after which the server waits for nothing more.
#[test]
fn server_proves_itself_for_device_information() {
    for scheme in [AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Mac] {
        let mut world = proving(scheme, scheme);
        world.client_config.requests.clear();
        for session in 0..2 {
            let transcript = world.sync();
            let known = |n: &Notice| matches!(n, Notice::ServerAuthenticated { .. });
            let times = told(&transcript, Side::Local, known);
            assert_eq!(times, 1, "{scheme:?} {session}\n{transcript}");
        }
        let record = world
            .client
            .load_peer("http://sync.example.net/ds")
            .unwrap();
        assert!(record.dev_inf.is_some(), "{scheme:?}");
    }
}

/// DS-C-032, DS-S-020: the same where packages 1 and 2 take several messages.
#[test]
fn server_proves_itself_in_small_messages() {
    let mut several = 0;
    for (client, server) in [
        (4_000, 30_000),
        (30_000, 4_000),
        (4_000, 4_000),
        (8_000, 5_000),
    ] {
        for scheme in [AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Mac] {
            let mut world = proving(scheme, scheme).with_variant(Variant::Plain);
            for number in 0..20 {
                let (own, theirs) = (format!("own-{number}"), format!("their-{number}"));
                let request = Request::new(datastore(&own, "text/vcard"), theirs.clone());
                world.client_config.requests.push(request);
                let offered = datastore(&theirs, "text/vcard");
                world.server_config.datastores.push(offered);
            }
            world.client_config.sizes = sizes(client);
            world.client_config.sizes.max_sent = server;
            world.server_config.sizes = sizes(server);
            let first = world.sync();
            assert_eq!(moved(&first), [[1, 0, 0, 0], [1, 0, 0, 0]], "{first}");
            world.assert_equal();
            several += usize::from(first.messages().count() > 10);
            assert_eq!(moved(&world.sync()), QUIET);
        }
    }
    assert!(several > 4, "{several}");
}

/// DS-C-032: a client that wants to see who the server is does not send its changes before.
#[test]
fn nothing_is_combined_with_a_stranger() {
    let mut world = proving(AuthScheme::Md5, AuthScheme::Md5);
    world.client_config.combined = true;
    world.sync();
    assert_eq!(world.sync().messages().count(), 6, "three round trips");
    world.client_config.server_credentials = None;
    assert_eq!(world.sync().messages().count(), 4, "two");
}

/// DS-C-032: no data goes to a server that does not prove who it is; one challenge, then the end.
#[test]
fn impostor() {
    for wrong in [
        None,
        Some(Credentials::new(SERVER, "broom")),
        Some(Credentials::new("other", SERVER_PASSWORD)),
    ] {
        for scheme in [AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Mac] {
            let mut world = proving(scheme, scheme);
            world.server_config.credentials = wrong.clone();
            let transcript = world.pair().run(&mut world.client, &mut world.server);
            let code = match transcript.client {
                Some(Closed::Aborted(code)) => code.get(),
                ref other => panic!("{other:?}"),
            };
            assert!(matches!(code, 401 | 407), "{code} {transcript}");
            assert_eq!(moved(&transcript), QUIET);
            assert!(!transcript.to_string().contains("<Add>"), "{transcript}");
            assert_eq!(world.server.items(USER, NAMES[0].1).count(), 1);
        }
    }
}

/// DS-S-020: a server shows its password to nobody who was not let in, and to nobody where it was told to show a
/// digest.
#[test]
fn server_keeps_its_password() {
    let mut world = proving(AuthScheme::Basic, AuthScheme::Md5);
    let transcript = world.pair().run(&mut world.client, &mut world.server);
    assert!(
        matches!(transcript.client, Some(Closed::Aborted(_))),
        "{transcript}"
    );
    assert!(
        !has_cred(&transcript)[1..]
            .iter()
            .step_by(2)
            .any(|cred| *cred),
        "{transcript}"
    );
    let mut world = proving(AuthScheme::Basic, AuthScheme::Basic);
    world.client_config.credentials = Some(Credentials::new(USER, "rose"));
    let transcript = world.pair().run(&mut world.client, &mut world.server);
    assert!(
        !has_cred(&transcript)
            .iter()
            .skip(1)
            .step_by(2)
            .any(|cred| *cred),
        "{transcript}"
    );
}

/// A transport that has authenticated the user: nobody asks for credentials, and none that come are looked at.
#[test]
fn transport_has_authenticated() {
    for credentials in [None, Some(Credentials::new("somebody", "else"))] {
        let mut world = World::new();
        world.client_config.credentials = credentials.clone();
        world.client_config.auth = AuthScheme::Basic;
        let user = credentials.map_or("", |_| "somebody");
        world
            .client
            .add(user, NAMES[0].0, common::card("Client;One"));
        world.add_server("Server;One");
        let mut pair = world.pair();
        pair.user = Some(USER.into());
        let transcript = pair.run(&mut world.client, &mut world.server);
        assert_eq!(transcript.client, Some(Closed::Complete), "{transcript}");
        assert_eq!(moved(&transcript), [[1, 0, 0, 0], [1, 0, 0, 0]]);
        assert_eq!(header_statuses(&transcript)[1], 212);
        assert_eq!(world.server.items(USER, NAMES[0].1).count(), 2);
    }
}

/// DS-S-021: the caller is asked when a user logs in and when a datastore is alerted, and may refuse either.
#[test]
fn session_and_datastore_level() {
    fn locked(access: &Access) -> Authorization {
        let is_locked = access.command == "SyncHdr" && access.user == USER;
        match is_locked {
            true => Authorization::refused(StatusCode::PAYMENT_NEEDED),
            false => Authorization::Granted,
        }
    }
    let mut world = World::new();
    world.server = world.server.with_guard(locked);
    world.add_client("Client;One");
    let transcript = world.pair().run(&mut world.client, &mut world.server);
    assert_eq!(
        transcript.client,
        Some(Closed::Aborted(StatusCode::PAYMENT_NEEDED)),
        "{transcript}"
    );
    assert_eq!(moved(&transcript), QUIET);

    fn one_only(access: &Access) -> Authorization {
        match &access.datastore {
            Some(name) if name == NAMES[0].1 => Authorization::refused(StatusCode::FORBIDDEN),
            _ => Authorization::Granted,
        }
    }
    let mut world = World::new();
    world.server = world.server.with_guard(one_only);
    world.add_client("Client;One");
    world.client.add(USER, NAMES[1].0, common::event("Lunch"));
    let transcript = world.sync();
    assert_eq!(
        moved(&transcript)[1],
        [1, 0, 0, 0],
        "the other goes on: {transcript}"
    );
    let ended = common::ended(&transcript);
    assert!(
        ended.contains(&("people".into(), StatusCode::FORBIDDEN)),
        "{ended:?}"
    );
}

const ROOM: &str = "vault";

/// Whoever changes the contacts must say the word of the day with the command itself.
fn with_a_word(access: &Access) -> Authorization {
    let challenge = || Challenge::new(AuthScheme::Md5, Some(Nonce::new(ROOM.as_bytes())));
    if !matches!(&*access.command, "Replace" | "Alert" | "Sync" | "Put") {
        return Authorization::Granted;
    }
    match &access.claim {
        None if access.command == "Alert" => Authorization::Granted,
        None => Authorization::challenged(StatusCode::MISSING_CREDENTIALS, challenge()),
        Some(claim) => {
            let secret = ds_protocol::Secret::Password("word".into());
            let nonce = Nonce::new(ROOM.as_bytes());
            match claim.holds(Some(&secret), Some(&nonce), Version::V1_2) {
                true => Authorization::Granted,
                false => Authorization::challenged(StatusCode::INVALID_CREDENTIALS, challenge()),
            }
        }
    }
}

/// DS-S-021: credentials of single commands are the caller's to judge: right ones are carried out, wrong ones are
/// refused with a challenge in the command's own Status, and the rest of the session goes on.
#[test]
fn object_level() {
    for (word, expected) in [("word", 201), ("other", 401)] {
        let mut world = World::new().with_encoding(Encoding::Xml);
        world.client_config.requests.truncate(1);
        world.client_config.auth = AuthScheme::Basic;
        world.server = world.server.with_guard(with_a_word);
        world.add_client("With;Cred");
        world.add_client("Without;Cred");
        let nonce = Nonce::new(ROOM.as_bytes());
        let cred = cred(word, &nonce);
        let statuses = doctored(&mut world, |command| {
            let Command::Sync(sync) = command else { return };
            if let Some(Command::Modify(modify)) = sync.commands.first_mut() {
                modify.cred = Some(Box::new(cred.clone()));
            }
        });
        let adds: Vec<_> = statuses
            .iter()
            .filter(|status| status.cmd == "Replace")
            .collect();
        assert_eq!(adds[0].code.get(), expected, "{adds:?}");
        assert_eq!(adds[0].chal.is_some(), expected == 401);
        assert_eq!(
            adds[1].code.get(),
            201,
            "a command without a credential is the session's"
        );
        assert!(adds[1].chal.is_none());
        let taken = world.server.items(USER, NAMES[0].1).count();
        assert_eq!(taken, if expected == 201 { 2 } else { 1 });
    }
}

/// DS-S-021: the same with the Alert, the Sync and the Put: nothing of a refused Sync is carried out.
#[test]
fn command_level() {
    for (at, refused) in [("Alert", "Alert"), ("Sync", "Sync"), ("Put", "Put")] {
        for (word, right) in [("word", true), ("other", false)] {
            let mut world = World::new().with_encoding(Encoding::Xml);
            world.client_config.requests.truncate(1);
            world.client_config.auth = AuthScheme::Basic;
            world.server = world.server.with_guard(with_a_word);
            world.add_client("Client;One");
            let cred = Some(Box::new(cred(word, &Nonce::new(ROOM.as_bytes()))));
            let statuses = doctored(&mut world, |command| match command {
                Command::Alert(alert) if at == "Alert" => alert.cred = cred.clone(),
                Command::Sync(sync) if at == "Sync" => sync.cred = cred.clone(),
                Command::Put(put) if at == "Put" => put.cred = cred.clone(),
                _ => {}
            });
            let status = statuses
                .iter()
                .find(|status| status.cmd == refused)
                .unwrap();
            assert_eq!(status.code.is_success(), right, "{at} {word} {status:?}");
            assert_eq!(status.chal.is_some(), !right, "{at}");
            let taken = world.server.items(USER, NAMES[0].1).count();
            assert_eq!(taken, usize::from(right || at == "Put"), "{at} {word}");
        }
    }
}

/// A credential as SyncML 1.2 makes it of this word and nonce.
fn cred(word: &str, nonce: &Nonce) -> Cred {
    use md5::{Digest, Md5};
    let inner = syncml_meta::base64::encode(&Md5::digest(format!("{USER}:{word}")));
    let mut digest = Md5::new();
    digest.update(inner);
    digest.update(b":");
    digest.update(nonce.as_bytes());
    Cred::new(Cred::MD5, &digest.finalize())
}

/// Runs a session in which each command of the client passes through other hands; the server's statuses.
fn doctored(world: &mut World, doctor: impl Fn(&mut Command)) -> Vec<syncml_repr::Status> {
    let mut client = ds_protocol::client::Session::new(Arc::new(world.client_config.clone()));
    let mut server = server::Session::new(Arc::new(world.server_config.clone()));
    let (mut input, mut statuses) = (None, Vec::new());
    loop {
        let turn =
            ds_protocol::driver::turn(&mut client, &mut world.client, input.take(), &mut |_| ());
        let Some(sent) = turn.unwrap().transmit else {
            return statuses;
        };
        let mut received = Received::decode(sent.bytes, sent.encoding, &Limits::default()).unwrap();
        received.message.body.commands.iter_mut().for_each(&doctor);
        server.handle(Input::Message(Box::new(received))).unwrap();
        loop {
            match server.poll() {
                Output::Effect(id, effect) => {
                    let reply = world.server.perform(effect);
                    server.handle(Input::Reply(id, reply)).unwrap();
                }
                Output::Transmit(sent) => {
                    let received =
                        Received::decode(sent.bytes, sent.encoding, &Limits::default()).unwrap();
                    let commands = received.message.body.commands.iter();
                    statuses.extend(commands.filter_map(|command| match command {
                        Command::Status(status) => Some(status.clone()),
                        _ => None,
                    }));
                    input = Some(received);
                }
                Output::Wait(Wait::Replies) => panic!("all were given"),
                Output::Wait(_) => break,
                _ => {}
            }
        }
    }
}

/// No secret of either side in what is printed of a session.
#[test]
fn nothing_is_printed() {
    let mut world = proving(AuthScheme::Mac, AuthScheme::Mac);
    world.client_config.auth = AuthScheme::Mac;
    let printed = format!("{:?}{:?}", world.client_config, world.server_config);
    let transcript = world.sync();
    let notices = |side| {
        transcript
            .notices(side)
            .map(|n| format!("{n:?}"))
            .collect::<String>()
    };
    let printed = printed + &notices(Side::Local) + &notices(Side::Remote);
    for secret in [PASSWORD, SERVER_PASSWORD] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

/// A client's session at rest holds nothing that proves who the client is, in whatever way it does that.
#[test]
fn a_clients_snapshot_holds_no_credentials() {
    for encoding in [Encoding::Xml, Encoding::Wbxml] {
        for auth in [AuthScheme::Basic, AuthScheme::Md5, AuthScheme::Mac] {
            let mut world = World::new().with_encoding(encoding);
            world.client_config.auth = auth;
            world.server_config.auth = auth;
            world.add_client("Client;One");
            let config = Arc::new(world.client_config.clone());
            let mut client = ds_protocol::client::Session::new(config.clone());
            let mut server = server::Session::new(Arc::new(world.server_config.clone()));
            let (mut answer, mut proofs, mut ended) = (None, 0, false);
            while !ended {
                let store = &mut world.client;
                let turn =
                    ds_protocol::driver::turn(&mut client, store, answer.take(), &mut |_| ());
                let turn = turn.unwrap();
                ended = turn.closed.is_some();
                let snapshot = client.snapshot().unwrap();
                let stored = serde_json::to_vec(&snapshot).unwrap();
                let Some(sent) = turn.transmit else { break };
                let limits = Limits::default();
                let message = syncml_repr::decode(&sent.bytes, encoding, &limits).unwrap();
                let is_in = |secret: &[u8]| {
                    let octets = serde_json::to_string(secret).unwrap();
                    let octets = octets.trim_matches(['[', ']']).as_bytes().to_vec();
                    let found = |what: &[u8]| stored.windows(what.len()).any(|part| part == what);
                    found(secret) || found(&octets)
                };
                assert!(!is_in(PASSWORD.as_bytes()));
                if let Some(cred) = &message.hdr.cred {
                    proofs += 1;
                    assert!(!is_in(cred.data.as_bytes().unwrap()), "{auth:?}");
                }
                if let Some(hmac) = &sent.hmac {
                    proofs += 1;
                    let text = hmac.to_string();
                    let mac = text.split("mac=").nth(1).unwrap();
                    assert!(!is_in(mac.split(',').next().unwrap().as_bytes()), "{text}");
                }
                // It goes on from there all the same.
                client = ds_protocol::client::Session::restore(snapshot, config.clone()).unwrap();
                let read = |bytes: &bytes::Bytes, hmac: Option<ds_protocol::Hmac>| {
                    let read = Received::decode(bytes.clone(), encoding, &limits).unwrap();
                    match hmac {
                        Some(hmac) => read.with_hmac(hmac, bytes),
                        None => read,
                    }
                };
                let received = read(&sent.bytes, sent.hmac.clone());
                let store = &mut world.server;
                let turn =
                    ds_protocol::driver::turn(&mut server, store, Some(received), &mut |_| ());
                let sent = turn.unwrap().transmit.expect("an answer");
                answer = Some(read(&sent.bytes, sent.hmac.clone()));
            }
            assert!(proofs > 0, "{auth:?}");
            assert_eq!(world.server.items(USER, NAMES[0].1).count(), 1);
        }
    }
}

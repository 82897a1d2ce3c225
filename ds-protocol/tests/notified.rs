//! Notifications from one end to the other: what a server sends, what a client makes of it.

mod common;

use std::collections::BTreeMap;

use bytestring::ByteString;
use common::World;
use ds_protocol::{
    Account, Alerted, Asked, AuthScheme, Call, Closed, Credentials, Form, Ignored, Inbox,
    Notification, Outbox, OutboxConfig, Step, Store, SyncType,
};
use proptest::prelude::*;
use san::wdp::{Ports, Reference, split};
use san::{Initiator, Secret, UiMode, Unverified, wap};
use syncml_meta::Nonce;
use syncml_repr::{decode, encode};
use syncml_wbxml::{Encoding, Limits};

const SERVER: &str = "hub";
const DEVICE: &str = "urn:x-dev:tablet-5";
const SECRET: &str = "reed-42";

fn hub() -> Credentials {
    Credentials::new(SERVER, SECRET)
}

/// Both know each other, and are in step.
fn world() -> World {
    let mut world = World::new();
    world.client_config = world
        .client_config
        .with_server_credentials(hub(), AuthScheme::Md5);
    world.server_config = world.server_config.with_credentials(hub(), AuthScheme::Md5);
    world.add_client("Mine;Old");
    world.sync();
    world
}

/// The nonce that the client gave to the server, as either of them remembers it.
fn nonce(store: &mut impl Store, peer: &str) -> Option<Nonce> {
    let record = store.load_peer(peer).expect("answers");
    record.server_nonce
}

/// What a client remembers of notifications.
#[derive(Default)]
struct Desk {
    inbox: Inbox,
}

impl Desk {
    fn take(&mut self, world: &mut World, bytes: &[u8], media_type: Option<&str>) -> Taken {
        let server = world.client_config.server.clone();
        let nonce = nonce(&mut world.client, &server);
        let account = Account::new(world.client_config.clone(), nonce);
        let known = |name: &str| [SERVER, &server].contains(&name).then_some(account);
        self.inbox.take(bytes, media_type, known)
    }
}

type Taken = Result<Call, Ignored>;

/// Runs the session that a notification asks for.
fn follow(world: &mut World, call: &Call) -> ds_protocol::testing::Transcript {
    let mut pair = world.pair();
    pair.client = call.config.clone().into();
    pair.run(&mut world.client, &mut world.server)
}

fn config() -> OutboxConfig {
    OutboxConfig::new(SERVER, "http://sync.example.net/ds").with_credentials(hub())
}

fn contacts() -> Asked {
    let alerted = Alerted::new("contacts", SyncType::TwoWay).with_media_type("text/x-vcard");
    Asked::new(DEVICE, "contacts").with_alerted(alerted)
}

/// Steps until there is nothing to do, with what the store knows of devices.
fn steps(outbox: &mut Outbox, config: &OutboxConfig, world: &mut World) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some(step) = outbox.poll(config).expect("can be written") {
        if let Step::Nonce { device } = &step {
            let given = nonce(&mut world.server, device);
            outbox.nonce(device, given);
        } else {
            steps.push(step);
        }
    }
    steps
}

/// The octets of the one notification among the steps.
fn sent(steps: &[Step]) -> (Vec<u8>, &'static str, u16) {
    let mut sent = steps.iter().filter_map(|step| match step {
        Step::Send(sent) => Some((sent.bytes.clone(), sent.media_type, sent.session_id)),
        _ => None,
    });
    let one = sent.next().expect("one is sent");
    assert_eq!(sent.next(), None);
    one
}

/// DS-C-007, DS-C-015, DS-S-007, SAN-005: a change at the server, a notification as an SMS, the session that it asks for. In
/// either form and through every layer.
#[test]
fn from_a_change_to_a_session() {
    for form in [
        Form::Binary,
        Form::of(syncml_devinf::Version::V1_1),
        Form::Message(syncml_devinf::Version::V1_0, Encoding::Xml),
    ] {
        for layers in ["none", "push", "sms", "typed"] {
            let mut world = world();
            world.add_server("Theirs;New");
            let mut outbox = Outbox::new(77);
            outbox.changed(Some("other"), [contacts().with_form(form)]);
            let steps = steps(&mut outbox, &config(), &mut world);
            let (bytes, media_type, session_id) = sent(&steps);
            assert_eq!(session_id, 77);
            let number = san::ContentType::from_media_type(media_type);
            let push = wap::wrap_as(number, wap::DATA_SYNC, &bytes, 1);
            let mut desk = Desk::default();
            let taken = match layers {
                "none" => desk.take(&mut world, &bytes, None),
                "push" => desk.take(&mut world, &push, None),
                "typed" => desk.take(&mut world, &bytes, Some(media_type)),
                _ => {
                    let parts = split(&push, Ports::PUSH, Reference::Short(3)).expect("few");
                    let mut joiner = san::wdp::Joiner::default();
                    let datagram = parts.iter().filter_map(|part| {
                        let data = san::wdp::UserData::read(part).expect("reads");
                        joiner.take("+491", data)
                    });
                    let datagram = datagram.last().expect("whole");
                    desk.take(&mut world, &datagram.body, None)
                }
            };
            let call = taken.unwrap_or_else(|ignored| panic!("{form:?} {layers}: {ignored}"));
            assert_eq!(call.config.session_id.as_str(), "77");
            assert_eq!(call.config.requests.len(), 1);
            let receipt = outbox.began(DEVICE, &call.config.session_id).expect("ours");
            assert_eq!(receipt.form, form);
            assert!(outbox.is_empty());
            world.server_config.notified = receipt.is_notified();
            let done = follow(&mut world, &call);
            assert_eq!(done.client, Some(Closed::Complete), "{done}");
            world.assert_equal();
        }
    }
}

/// SAN-008: what comes twice is followed once: while its session runs, after it, and by a client that was put away.
#[test]
fn repeated() {
    let mut world = world();
    let mut outbox = Outbox::new(9);
    outbox.changed(None, [contacts()]);
    let (bytes, ..) = sent(&steps(&mut outbox, &config(), &mut world));
    let mut desk = Desk::default();
    let call = desk.take(&mut world, &bytes, None).expect("followed");
    let repeated = |running| {
        Err(Ignored::Repeated {
            session_id: "9".into(),
            running,
        })
    };
    assert_eq!(desk.take(&mut world, &bytes, None), repeated(true));
    follow(&mut world, &call);
    desk.inbox.ended(&call.notification);
    assert_eq!(desk.take(&mut world, &bytes, None), repeated(false));
    let stored = serde_json::to_string(&desk.inbox).expect("can be stored");
    desk.inbox = serde_json::from_str(&stored).expect("can be taken up");
    assert_eq!(desk.take(&mut world, &bytes, None), repeated(false));
    // One who has forgotten everything: the session has brought another nonce.
    let replayed = Desk::default().take(&mut world, &bytes, None);
    assert_eq!(replayed, Err(Ignored::Unverified(SERVER.into())));
}

/// SAN-008: sessions without a number are told apart by nothing but that one is over.
#[test]
fn without_a_number() {
    let mut world = world();
    let server = world.client_config.server.clone();
    let nonce = nonce(&mut world.client, &server).expect("was given out");
    let mut asked = Notification::new("0", SERVER);
    asked
        .alerts
        .push(Alerted::new("contacts", SyncType::TwoWay));
    let secret = Secret::new(SECRET, nonce.as_bytes());
    let bytes = asked.to_san().encode(&secret).expect("fits");
    let mut desk = Desk::default();
    for _ in 0..2 {
        let call = desk.take(&mut world, &bytes, None).expect("followed");
        assert_eq!(call.config.session_id, world.client_config.session_id);
        let again = desk.take(&mut world, &bytes, None);
        assert!(matches!(
            again,
            Err(Ignored::Repeated { running: true, .. })
        ));
        desk.inbox.ended(&call.notification);
    }
}

/// SAN-002, SAN-011, MEM-T-014: what is broken, forged or meant for others starts nothing, and it is said why.
#[test]
fn ignored() {
    let mut world = world();
    world.add_server("Theirs;New");
    let mut outbox = Outbox::new(5);
    outbox.changed(None, [contacts()]);
    let (good, ..) = sent(&steps(&mut outbox, &config(), &mut world));
    let server = world.client_config.server.clone();
    let nonce = nonce(&mut world.client, &server).expect("was given out");
    let signed = |notification: &san::Notification| {
        let secret = Secret::new(SECRET, nonce.as_bytes());
        notification.encode(&secret).expect("fits")
    };
    let mut flipped = good.clone();
    flipped[40] ^= 1;
    let mut unsigned = good.clone();
    unsigned[..16].fill(0);
    let mut foreign = Notification::new("5", "elsewhere").to_san();
    foreign.vendor = vec![1];
    let mut recipes = Notification::new("5", SERVER);
    recipes
        .alerts
        .push(Alerted::new("recipes", SyncType::TwoWay));
    let nameless = {
        let mut san = recipes.to_san();
        san.syncs[0].server_uri = "./".into();
        san
    };
    let dm = san::Notification::device_management(SERVER, 5);
    let dm = wap::wrap(san::Application::DeviceManagement, &signed(&dm), 0);
    let emn = wap::wrap_as(
        san::ContentType::from_media_type("application/vnd.wap.emn+wbxml"),
        wap::EMAIL,
        b"\x03\x0d\x6a\x00\x85\x07\x03a@b\x00\x01",
        0,
    );
    let mut message = {
        let mut asked = Notification::new("5", server.clone());
        asked
            .alerts
            .push(Alerted::new("contacts", SyncType::TwoWay));
        asked.to_message(syncml_devinf::Version::V1_1, DEVICE)
    };
    let bare = encode(&message, Encoding::Wbxml).expect("can be written");
    message.body.commands.clear();
    let nothing = encode(&message, Encoding::Wbxml).expect("can be written");
    let ignored = |ignored: &Ignored| match ignored {
        Ignored::Malformed(_) => "malformed",
        Ignored::NotOurs(_) => "not ours",
        Ignored::Nothing => "nothing",
        Ignored::UnknownServer(_) => "unknown server",
        Ignored::Unverified(_) => "unverified",
        Ignored::UnknownDatastores => "unknown datastores",
        _ => "?",
    };
    for (bytes, expected) in [
        (&b""[..], "malformed"),
        (&good[..30], "malformed"),
        (&bare[..40], "malformed"),
        (b"<SyncML>", "malformed"),
        (b"\x06\x05\x04\x0B\x84\xC0\x02\x01\x06\x50", "malformed"),
        (&flipped, "unverified"),
        (&unsigned, "unverified"),
        (&bare, "unverified"),
        (&signed(&foreign), "unknown server"),
        (&signed(&recipes.to_san()), "unknown datastores"),
        (&signed(&nameless), "nothing"),
        (&nothing, "nothing"),
        (&dm, "not ours"),
        (&emn, "not ours"),
    ] {
        let mut desk = Desk::default();
        let why = desk.take(&mut world, bytes, None).expect_err(expected);
        assert_eq!(ignored(&why), expected, "{why}");
        assert!(!why.to_string().is_empty());
        assert_eq!(desk.inbox, Inbox::default(), "nothing is remembered of it");
    }
    let typed = Desk::default().take(&mut world, &good, Some("text/plain"));
    assert!(matches!(typed, Err(Ignored::NotOurs(_))));
    // The good one, after all that.
    assert!(Desk::default().take(&mut world, &good, None).is_ok());
}

/// SAN-002: each deviation is followed where the account says so, and nowhere else.
#[test]
fn tolerances() {
    let mut world = world();
    let mut asked = Notification::new("5", SERVER);
    asked
        .alerts
        .push(Alerted::new("contacts", SyncType::TwoWay));
    let san = asked.to_san();
    let unsigned = san.encode_unsigned().expect("fits");
    let base64 = {
        let text = Secret::new(SECRET, b"bm9uY2U=");
        san.encode(&text).expect("fits")
    };
    let message = asked.to_message(syncml_devinf::Version::V1_1, DEVICE);
    let message = encode(&message, Encoding::Xml).expect("can be written");
    let nonce = Some(Nonce::new(b"nonce".to_vec()));
    let strict = Account::new(world.client_config.clone(), nonce);
    let mut stranger = strict.clone();
    stranger.config.server_credentials = None;
    let mut lenient = strict.clone();
    lenient.nonce_as_base64 = true;
    let follows = |bytes: &[u8], account: &Account| {
        let taken = Inbox::default().take(bytes, None, |_| Some(account.clone()));
        match taken {
            Ok(_) => true,
            Err(Ignored::Unverified(_)) => false,
            Err(other) => panic!("{other}"),
        }
    };
    for account in [&strict, &stranger] {
        let open = account.clone().with_unsigned(true);
        for bytes in [&unsigned, &message] {
            assert!(!follows(bytes, account));
            assert!(follows(bytes, &open));
        }
        assert!(!follows(&base64, &open));
    }
    assert!(follows(&base64, &lenient));
    assert!(!follows(&unsigned, &lenient));
    // A server that keeps a digest in place of the password.
    let digest = OutboxConfig::new(SERVER, "x").with_credentials({
        let mut kept = hub();
        // MD5 of `hub:reed-42`.
        kept.secret = ds_protocol::Secret::Digest(md5_of_hub());
        kept
    });
    let mut outbox = Outbox::new(3);
    outbox.changed(None, [contacts()]);
    let (bytes, ..) = sent(&steps(&mut outbox, &digest, &mut world));
    assert!(Desk::default().take(&mut world, &bytes, None).is_ok());
}

fn md5_of_hub() -> [u8; 16] {
    use md5::Digest as _;
    md5::Md5::digest(format!("{SERVER}:{SECRET}")).into()
}

/// What the users are to notice, whose wish it is and what the vendor says goes on to the caller.
#[test]
fn what_the_caller_is_told() {
    let mut world = world();
    let server = world.client_config.server.clone();
    let nonce = nonce(&mut world.client, &server).expect("was given out");
    let mut san = Notification::new("5", SERVER).to_san();
    san.ui_mode = UiMode::UserInteraction;
    san.initiator = Initiator::User;
    san.syncs.push(san::SyncRequest::new(
        san::SyncType::TwoWay,
        san::ContentType::UNSPECIFIED,
        "contacts",
    ));
    san.vendor = b"VEND".to_vec();
    let secret = Secret::new(SECRET, nonce.as_bytes());
    let bytes = san.encode(&secret).expect("fits");
    let call = Desk::default()
        .take(&mut world, &bytes, None)
        .expect("followed");
    assert_eq!(
        (call.ui_mode, call.initiator, &call.vendor[..]),
        (UiMode::UserInteraction, Initiator::User, &b"VEND"[..])
    );
}

/// SAN-009: it is sent again until the device comes, so often and no more, and nobody waits without having been told.
#[test]
fn again_until_the_device_comes() {
    let mut world = world();
    let config = config().with_waits([30, 60]);
    let mut outbox = Outbox::new(0xFFFF);
    outbox.changed(
        Some("tablet"),
        [contacts(), Asked::new("tablet", "contacts")],
    );
    let session_id = 0xFFFF;
    let device = || ByteString::from(DEVICE);
    let wait = |seconds| Step::Wait {
        device: device(),
        session_id,
        seconds,
    };
    let first = steps(&mut outbox, &config, &mut world);
    assert_eq!(first.len(), 2, "{first:?}");
    assert_eq!(first[1], wait(30));
    // Somebody else's time, and a second time.
    outbox.woken(DEVICE, 1);
    outbox.woken("tablet", session_id);
    assert_eq!(steps(&mut outbox, &config, &mut world), []);
    outbox.woken(DEVICE, session_id);
    outbox.woken(DEVICE, session_id);
    let second = steps(&mut outbox, &config, &mut world);
    assert_eq!(sent(&second), sent(&first), "the same octets");
    assert_eq!(second[1], wait(60));
    // Put away and taken up again: the wait begins anew.
    let stored = serde_json::to_string(&outbox).expect("can be stored");
    let mut outbox: Outbox = serde_json::from_str(&stored).expect("can be taken up");
    outbox.restored();
    assert_eq!(steps(&mut outbox, &config, &mut world), [wait(60)]);
    let mut comes = outbox.clone();
    outbox.woken(DEVICE, session_id);
    let gave_up = Step::GaveUp {
        device: device(),
        session_id,
    };
    assert_eq!(steps(&mut outbox, &config, &mut world), [gave_up]);
    assert!(outbox.is_empty());
    // The other end: it comes, under the same number written in another way.
    assert_eq!(comes.began("tablet", &"65535".into()), None);
    assert_eq!(comes.began(DEVICE, &"65534".into()), None);
    assert!(comes.began(DEVICE, &"ffff".into()).is_some());
    assert!(comes.is_empty());
    // No session has the number 0.
    comes.changed(None, [contacts()]);
    let (.., next) = sent(&steps(&mut comes, &config, &mut world));
    assert_eq!(next, 1);
}

/// What changes while a device is asked is asked for, too: with the rest before it was sent, later after that.
#[test]
fn more_changes() {
    let mut world = world();
    let config = config();
    let calendar = || Asked::new(DEVICE, "calendar");
    let names = |steps: &[Step]| -> Vec<String> {
        let sent = steps.iter().find_map(|step| match step {
            Step::Send(sent) => Some(&sent.notification.alerts),
            _ => None,
        });
        let alerts = sent.expect("one is sent").iter();
        alerts
            .map(|alerted| alerted.datastore.to_string())
            .collect()
    };
    let mut outbox = Outbox::new(1);
    outbox.changed(None, [contacts()]);
    outbox.changed(None, [calendar(), contacts()]);
    assert_eq!(
        names(&steps(&mut outbox, &config, &mut world)),
        ["contacts", "calendar"]
    );
    // The same again is on its way already.
    outbox.changed(None, [calendar()]);
    assert!(outbox.began(DEVICE, &"1".into()).is_some());
    assert!(outbox.is_empty());

    outbox.changed(None, [contacts()]);
    steps(&mut outbox, &config, &mut world);
    outbox.changed(None, [calendar()]);
    assert_eq!(steps(&mut outbox, &config, &mut world), []);
    assert!(outbox.began(DEVICE, &"2".into()).is_some());
    let next = steps(&mut outbox, &config, &mut world);
    assert_eq!(
        (names(&next), sent(&next).2),
        (vec!["calendar".to_owned()], 3)
    );
    // A session of the device's own does as well.
    outbox.synced(DEVICE, "contacts");
    assert!(!outbox.is_empty());
    outbox.synced(DEVICE, "./calendar");
    assert!(outbox.is_empty());
}

/// SAN-012, Q-709: a device that refuses one form gets the other; one that refuses both is left alone.
#[test]
fn refused_forms() {
    let mut world = world();
    let config = config();
    let message = Form::Message(syncml_devinf::Version::V1_1, Encoding::Wbxml);
    for (first, second) in [(Form::Binary, message), (message, Form::Binary)] {
        let mut outbox = Outbox::new(4);
        outbox.changed(None, [contacts().with_form(first)]);
        let (one, ..) = sent(&steps(&mut outbox, &config, &mut world));
        outbox.refused(DEVICE, 4);
        let (other, ..) = sent(&steps(&mut outbox, &config, &mut world));
        let binary = |bytes: &[u8]| Unverified::parse(bytes).is_ok();
        assert_eq!(
            (binary(&one), binary(&other)),
            (first == Form::Binary, second == Form::Binary)
        );
        let mut refuses_both = outbox.clone();
        let receipt = outbox.began(DEVICE, &"4".into()).expect("comes");
        assert_eq!(receipt.form, second);
        assert_eq!(receipt.is_notified(), second == message);
        refuses_both.refused(DEVICE, 4);
        let steps = steps(&mut refuses_both, &config, &mut world);
        assert!(
            matches!(steps[..], [Step::GaveUp { session_id: 4, .. }]),
            "{steps:?}"
        );
        assert!(refuses_both.is_empty());
    }
}

/// What one SMS has no room for is asked for after the session.
#[test]
fn one_short_message() {
    let mut world = world();
    let config = config().with_limit(san::SINGLE_SMS);
    let mut outbox = Outbox::new(1);
    let names: Vec<String> = (0..20).map(|n| format!("datastore-{n:02}")).collect();
    outbox.changed(
        None,
        names.iter().map(|name| Asked::new(DEVICE, name.as_str())),
    );
    let mut asked = Vec::new();
    for session_id in 1_u16.. {
        let steps = steps(&mut outbox, &config, &mut world);
        if steps.is_empty() {
            break;
        }
        let (bytes, _, id) = sent(&steps);
        assert!(bytes.len() <= san::SINGLE_SMS && id == session_id);
        let read = Unverified::parse(&bytes).expect("reads");
        let uris = read.claimed().syncs.iter().map(|sync| &sync.server_uri);
        asked.extend(uris.map(|uri| uri.trim_start_matches("./").to_owned()));
        assert!(outbox.began(DEVICE, &id.to_string().into()).is_some());
    }
    assert_eq!(asked, names);
    // Without a limit, fifteen fit.
    let config = self::config();
    outbox.changed(
        None,
        names.iter().map(|name| Asked::new(DEVICE, name.as_str())),
    );
    let (bytes, ..) = sent(&steps(&mut outbox, &config, &mut world));
    let read = Unverified::parse(&bytes).expect("reads");
    assert_eq!(read.claimed().syncs.len(), 15);
}

/// SAN-001: what cannot be written is told and does not stop others.
#[test]
fn what_cannot_be_written() {
    let mut outbox = Outbox::new(1);
    let long = "x".repeat(300);
    outbox.changed(
        None,
        [Asked::new("a", long.as_str()), Asked::new("b", "contacts")],
    );
    let config = OutboxConfig::new(SERVER, "x");
    let mut sent = Vec::new();
    let mut failures = 0;
    loop {
        match outbox.poll(&config) {
            Ok(Some(Step::Nonce { device })) => outbox.nonce(&device, None),
            Ok(Some(Step::Send(sending))) => sent.push(sending.device),
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                failures += 1;
                assert!(error.to_string().contains("255"), "{error}");
            }
        }
    }
    assert_eq!((failures, sent), (1, vec!["b".into()]));
}

/// What a bad road does to a notification.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    Doubled,
    Damaged(usize),
    Late,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Doubled),
        1 => any::<usize>().prop_map(Fate::Damaged),
        1 => Just(Fate::Late),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// SAN-008, SAN-009: on a bad road the device comes sooner or later than it might, never twice for one notification and
    /// never without one, and in the end nothing is missing.
    #[test]
    fn lost_notifications_do_no_harm(fates in prop::collection::vec(fate(), 1..14), by_message in any::<bool>()) {
        let mut world = world();
        world.variant = ds_protocol::testing::Variant::Plain;
        let form = match by_message {
            true => Form::of(syncml_devinf::Version::V1_1),
            false => Form::Binary,
        };
        let config = config().with_waits([1, 2]);
        let mut outbox = Outbox::new(100);
        let mut desk = Desk::default();
        let mut late: Option<Vec<u8>> = None;
        let mut begun: BTreeMap<String, usize> = BTreeMap::new();
        for (round, fate) in fates.into_iter().enumerate() {
            if round % 2 == 0 {
                world.add_server(&format!("Theirs;{round}"));
                outbox.changed(None, [contacts().with_form(form)]);
            }
            for step in steps(&mut outbox, &config, &mut world) {
                let Step::Send(sending) = step else { continue };
                let mut arrivals = late.take().into_iter().collect::<Vec<_>>();
                match fate {
                    Fate::Arrives => arrivals.push(sending.bytes),
                    Fate::Lost => {}
                    Fate::Doubled => arrivals.extend([sending.bytes.clone(), sending.bytes]),
                    Fate::Damaged(at) => {
                        let mut bytes = sending.bytes;
                        let at = at % bytes.len();
                        bytes[at] ^= 0x20;
                        arrivals.push(bytes);
                    }
                    Fate::Late => late = Some(sending.bytes),
                }
                for bytes in arrivals {
                    let Ok(call) = desk.take(&mut world, &bytes, None) else { continue };
                    let id = call.config.session_id.to_string();
                    *begun.entry(id).or_default() += 1;
                    let receipt = outbox.began(DEVICE, &call.config.session_id);
                    world.server_config.notified = receipt.is_some_and(|receipt| receipt.is_notified());
                    let done = follow(&mut world, &call);
                    world.server_config.notified = false;
                    // A message proves nothing: one that was damaged may ask for a session that the server did not.
                    let is_harmed = by_message && matches!(fate, Fate::Damaged(_));
                    prop_assert!(is_harmed || done.client == Some(Closed::Complete), "{}", done);
                    desk.inbox.ended(&call.notification);
                }
            }
            for id in 100..130 {
                outbox.woken(DEVICE, id);
            }
        }
        prop_assert!(begun.values().all(|times| *times == 1), "{:?}", begun);
        world.sync();
        world.assert_equal();
    }
}

/// SAN-006: the form of 1.1 is a message to the device, in the encoding that its media type says.
#[test]
fn a_message_for_older_devices() {
    let mut world = world();
    let mut outbox = Outbox::new(6);
    outbox.changed(
        None,
        [contacts().with_form(Form::of(syncml_devinf::Version::V1_1))],
    );
    let (bytes, media_type, _) = sent(&steps(&mut outbox, &config(), &mut world));
    assert_eq!(media_type, "application/vnd.syncml+wbxml");
    let message = decode(&bytes.into(), Encoding::Wbxml, &Limits::default()).expect("decodes");
    assert_eq!(message.hdr.target.loc_uri, DEVICE);
    let asked = Notification::from_message(&message).expect("asks");
    assert_eq!(asked.alerts, [contacts().alerted]);
}

//! Notifications as carriers bring them, SAN-006, SAN-010, SAN-011: the files of `san/carrier`.

#[cfg(feature = "emn")]
use san::emn::Emn;
use san::obex::{Put, Receiver};
use san::wdp::{Joiner, Ports, Reference, UserData, split};
use san::{Application, ContentType, ParseErrorKind, Payload, wap};
use testdata::{Expect, Fixture, Kind};

fn get(name: &str) -> &'static Fixture {
    let name = format!("san/carrier/{name}");
    testdata::get(&name).unwrap_or_else(|| panic!("{name} is not in the collection"))
}

/// What a packet of OBEX puts, after a connection was made.
fn put(packet: &[u8]) -> (u8, Option<Put>) {
    let mut receiver = Receiver::default();
    receiver.take(b"\x80\x00\x15\x10\x00\xFF\xFF\x46\x00\x0ESYNCML-SYNC");
    let answer = receiver.take(packet);
    (answer.response[0], answer.put)
}

/// SAN-010: in every form that is met, what is inside comes out.
#[test]
fn what_is_inside_comes_out() {
    let whole = |fixture: &&Fixture| !fixture.stem().starts_with("long");
    let mut count = 0;
    for fixture in testdata::all(Kind::Carrier).filter(whole) {
        let Some(model) = fixture.model() else {
            continue;
        };
        count += 1;
        let application = Application::from_media_type(model.media_type).expect("a notification");
        let expected = Payload::Notification(application, model.bytes);
        if fixture.name.ends_with(".obex") {
            let (code, put) = put(fixture.bytes);
            let put = put.expect("is put");
            let payload = Payload::new(put.media_type.as_deref(), &put.body);
            assert_eq!((code, payload), (0xA0, expected));
        } else {
            assert_eq!(
                Payload::unpack(fixture.bytes),
                Ok(expected),
                "{}",
                fixture.name
            );
        }
    }
    assert_eq!(count, 9);
}

/// SAN-010: parts in any order make one push, and a push makes these parts.
#[test]
fn parts() {
    let san = testdata::get("san/long.san").expect("is in the collection");
    let push = wap::wrap(Application::DataSync, san.bytes, 1);
    for (stem, reference) in [
        ("long", Reference::Short(42)),
        ("long-wide", Reference::Long(0x012A)),
    ] {
        let parts = [1, 2, 3].map(|number| get(&format!("{stem}-{number}.sms")).bytes);
        assert_eq!(split(&push, Ports::PUSH, reference).expect("three"), parts);
        for order in [[0, 1, 2], [2, 0, 1], [1, 2, 0]] {
            let mut joiner = Joiner::default();
            let mut whole = None;
            for at in order {
                assert_eq!(whole, None);
                whole = joiner.take("sender", UserData::read(parts[at]).expect("reads"));
            }
            let whole = whole.expect("complete");
            assert_eq!(whole.ports, Some(Ports::PUSH));
            assert_eq!(
                Payload::unpack(&whole.body),
                Ok(Payload::Notification(Application::DataSync, san.bytes))
            );
        }
    }
}

/// SAN-010: what we write is what another writer of these files has written.
#[test]
fn frames_are_written_bit_exact() {
    let two = testdata::get("san/a-two-stores.san").expect("there").bytes;
    let dm = testdata::get("san/d-dm.san").expect("there").bytes;
    let push = wap::wrap(Application::DataSync, two, 1);
    assert_eq!(push, get("a-two-stores.wsp").bytes);
    let ports = Ports {
        source: 9200,
        ..Ports::PUSH
    };
    let sms = split(&push, ports, Reference::Short(0)).expect("one");
    assert_eq!(sms, [get("a-two-stores.sms").bytes]);
    let push = wap::wrap(Application::DeviceManagement, dm, 1);
    let sms = split(&push, Ports::PUSH, Reference::Short(0)).expect("one");
    assert_eq!(sms, [get("d-dm.sms").bytes]);
    for (stem, id) in [("legacy-1.1", wap::DATA_SYNC), ("emn-mailat", wap::EMAIL)] {
        let document = get(&format!("{stem}.wbxml"));
        let content_type = ContentType::from_media_type(document.media_type);
        let push = wap::wrap_as(content_type, id, document.bytes, 1);
        assert_eq!(push, get(&format!("{stem}.wsp")).bytes);
    }
}

/// SAN-006: the form of 1.1 is told from the others, alone and in a push.
#[cfg(feature = "emn")]
#[test]
fn messages_and_e_mail() {
    for name in ["legacy-1.1.xml", "legacy-1.1.wbxml", "legacy-1.1.wsp"] {
        let bytes = get(name).bytes;
        let told = Payload::unpack(bytes).expect("unpacks");
        assert!(
            matches!(told, Payload::Message(inside) if bytes.ends_with(inside)),
            "{name}"
        );
    }
    let expected = Emn::new("mailat:user@wapforum.org").with_timestamp("2001-09-07T10:23:21Z");
    for name in ["emn-mailat.xml", "emn-mailat.wbxml", "emn-mailat.wsp"] {
        let Ok(Payload::Email(inside)) = Payload::unpack(get(name).bytes) else {
            panic!("{name} is an e-mail notification");
        };
        assert_eq!(Emn::read(inside).as_ref(), Ok(&expected), "{name}");
    }
    let values = Emn::read(get("emn-values.wbxml").bytes).expect("reads");
    assert_eq!(values.mailbox, "imap://joe;AUTH=*@mail.example.com/INBOX");
    assert_eq!(values.timestamp.as_deref(), Some("2026-01-02T03:00:00Z"));
}

/// SAN-011: what is broken is refused, at the place the manifest says.
#[test]
fn broken_ones() {
    let mut count = 0;
    for fixture in testdata::all(Kind::Carrier) {
        let Expect::Error(reason) = fixture.expect else {
            continue;
        };
        count += 1;
        if fixture.name.ends_with(".obex") {
            assert_eq!(put(fixture.bytes), (0xC0, None));
            continue;
        }
        let error = match UserData::read(fixture.bytes) {
            Ok(data) => wap::unwrap(data.body).map(|_| ()),
            Err(error) => Err(error),
        }
        .expect_err(fixture.name);
        let told = match error.kind() {
            ParseErrorKind::Truncated { .. } => "truncated",
            ParseErrorKind::UserData => "part",
            other => panic!("{other:?}"),
        };
        assert_eq!(told, reason, "{}", fixture.name);
        let moved = Payload::unpack(fixture.bytes).map_or_else(|moved| moved.position(), |_| 1);
        assert_eq!(Some(moved), fixture.at, "{}", fixture.name);
    }
    assert_eq!(count, 4);
}

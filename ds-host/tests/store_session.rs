//! Server sessions at rest in the SQLite store.

use std::sync::Arc;
use std::time::Duration;

use ds_host::store::SqliteStore;
use ds_host::{SessionStore, StoredSession};
use ds_protocol::driver::turn;
use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    Credentials, Datastore, Device, Received, Secret, SessionKey, SyncType, client, server,
};
use syncml_devinf::ContentType;
use syncml_repr::SessionId;

fn datastore() -> Datastore {
    Datastore::new("contacts", [ContentType::new("text/vcard", "3.0")])
}

/// What a server session looks like after each message.
fn snapshots(session_id: &str) -> Vec<StoredSession> {
    let request = client::Request::new(datastore(), "contacts").with_sync_type(SyncType::TwoWay);
    let device = Device::new("phone", "phone");
    let config = client::Config::new(
        device,
        "http://server/",
        SessionId::new(session_id),
        [request],
    )
    .with_credentials(Credentials::new("alice", "sesame"));
    let limits = config.sizes.limits;
    let mut client = client::Session::new(Arc::new(config));
    let mut server = server::Session::new(Arc::new(server::Config::new(
        Device::new("server", "server"),
        [datastore()],
    )));
    let mut phone = MemoryStore::new();
    let mut store = MemoryStore::new().with_user("alice", Secret::Password("sesame".into()));
    let mut snapshots = Vec::new();
    let mut input = None;
    loop {
        let Some(request) = turn(&mut client, &mut phone, input, &mut |_| {})
            .unwrap()
            .transmit
        else {
            return snapshots;
        };
        let received = Received::decode(request.bytes.clone(), request.encoding, &limits).unwrap();
        let answer = turn(&mut server, &mut store, Some(received), &mut |_| {})
            .unwrap()
            .transmit
            .unwrap();
        snapshots.push(StoredSession::new(server.snapshot().unwrap(), [7; 32]));
        input = Some(Received::decode(answer.bytes, answer.encoding, &limits).unwrap());
    }
}

#[test]
fn compare_and_swap() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(folder.path().join("server.db")).unwrap();
    let steps = snapshots("1");
    let [first, second, ..] = &steps[..] else {
        panic!("a session has at least two messages")
    };
    let key = first.snapshot.key();
    let (one, two) = (first.snapshot.revision(), second.snapshot.revision());
    assert!(one < two);

    assert_eq!(store.load_session(&key).unwrap(), None);
    assert!(
        !store.swap_session(&key, Some(one), second).unwrap(),
        "there is nothing to swap with"
    );
    assert!(store.swap_session(&key, None, first).unwrap());
    assert!(
        !store.swap_session(&key, None, second).unwrap(),
        "somebody was quicker"
    );
    assert_eq!(store.load_session(&key).unwrap().as_ref(), Some(first));
    assert!(
        !store.swap_session(&key, Some(two), second).unwrap(),
        "another revision is there"
    );
    assert!(store.swap_session(&key, Some(one), second).unwrap());
    assert!(
        !store.swap_session(&key, Some(one), second).unwrap(),
        "once only"
    );
    assert_eq!(store.load_session(&key).unwrap().as_ref(), Some(second));

    // A device that counts its sessions from 1 again.
    assert!(store.swap_session(&key, Some(two), first).unwrap());
    drop(store);
    let mut store = SqliteStore::open(folder.path().join("server.db")).unwrap();
    assert_eq!(store.load_session(&key).unwrap().as_ref(), Some(first));
}

#[test]
fn sessions_are_apart() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(folder.path().join("server.db")).unwrap();
    let steps = snapshots("1");
    let key = steps[0].snapshot.key();
    assert!(store.swap_session(&key, None, &steps[0]).unwrap());
    let later = SessionKey::new("phone", SessionId::new("2"));
    let other = SessionKey::new("tablet", SessionId::new("1"));
    for key in [&later, &other] {
        assert_eq!(store.load_session(key).unwrap(), None);
    }
}

#[test]
fn old_sessions_are_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(folder.path().join("server.db")).unwrap();
    let session = snapshots("1").remove(0);
    let key = session.snapshot.key();
    store.swap_session(&key, None, &session).unwrap();
    assert_eq!(store.expire_sessions(Duration::from_secs(60)).unwrap(), 0);
    assert!(store.load_session(&key).unwrap().is_some());
    assert_eq!(store.expire_sessions(Duration::ZERO).unwrap(), 1);
    assert_eq!(store.load_session(&key).unwrap(), None);

    // Without being asked: when another session begins.
    store.swap_session(&key, None, &session).unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("server.db")).unwrap();
    raw.execute("UPDATE session SET touched = touched - 2 * 86400", [])
        .unwrap();
    drop(raw);
    let other = snapshots("2").remove(0);
    store
        .swap_session(&other.snapshot.key(), None, &other)
        .unwrap();
    assert_eq!(store.load_session(&key).unwrap(), None);
    assert!(store.load_session(&other.snapshot.key()).unwrap().is_some());
}

#[test]
fn a_snapshot_that_cannot_be_read_is_no_session() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(folder.path().join("server.db")).unwrap();
    let session = snapshots("1").remove(0);
    let key = session.snapshot.key();
    store.swap_session(&key, None, &session).unwrap();
    let raw = rusqlite::Connection::open(folder.path().join("server.db")).unwrap();
    raw.execute("UPDATE session SET snapshot = x'7b7d'", [])
        .unwrap();
    drop(raw);
    assert_eq!(store.load_session(&key).unwrap(), None);
    assert!(
        store.swap_session(&key, None, &session).unwrap(),
        "the device begins anew"
    );
}

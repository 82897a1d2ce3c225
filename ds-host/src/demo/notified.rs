//! Something changes on the server, and a device that was told so synchronises by itself.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use ds_host::store::SqliteStore;
use ds_host::{Error, ErrorKind};
use ds_protocol::{
    Account, Asked, AuthScheme, Content, Credentials, Inbox, Outbox, OutboxConfig, Step, Store,
};
use san::{Application, wap};

use super::data::{DATASTORES, annotated, missing};
use super::{Stage, USER};

/// Device A: the one that listens.
const DEVICE: usize = 0;
/// How long it listens before the demonstration has failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who the server is to its devices.
pub(super) fn server() -> Credentials {
    Credentials::new("demo-server", "not-a-secret-either")
}

/// An edit on the server, a notification as a WAP push over UDP, a session of the device that gets it.
pub(super) fn run(
    stage: &mut Stage,
    store: &SqliteStore,
    say: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(failed)?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    say(&format!("device A listens for notifications at {address}"));
    let listening = &*stage;
    let done = thread::scope(|scope| {
        let device = scope.spawn(|| listen(listening, &socket));
        let told = edit(store).and_then(|()| notify(listening, store, address, say));
        let done = device.join().map_err(|_| missing("device A"))?;
        told.and(done)
    })?;
    stage.steps.push(done);
    Ok(())
}

/// Somebody edits a contact on the server.
fn edit(store: &SqliteStore) -> Result<(), Error> {
    let contacts = DATASTORES[0];
    let first = store.items(USER, contacts)?.into_iter().next();
    let (id, content) = first.ok_or_else(|| missing("a contact on the server"))?;
    let changed = annotated(&content.data, "X-DEMO:changed on the server")?;
    store.put(
        USER,
        contacts,
        &id,
        &Content::new(content.media_type, changed),
    )?;
    Ok(())
}

/// The server tells device A what waits for it.
fn notify(
    stage: &Stage,
    store: &SqliteStore,
    address: SocketAddr,
    say: &mut dyn FnMut(&str),
) -> Result<(), Error> {
    let config = OutboxConfig::new("", stage.url.as_str()).with_credentials(server());
    let device = stage.id(DEVICE);
    let waiting = store.waiting(USER)?.into_iter();
    let waiting = waiting.filter(|waiting| waiting.device == device && waiting.changes > 0);
    // Far from the numbers that the devices choose.
    let mut outbox = Outbox::new(1000);
    outbox.changed(
        None,
        waiting.map(|waiting| Asked::new(waiting.device, waiting.datastore)),
    );
    let socket = UdpSocket::bind("127.0.0.1:0").map_err(failed)?;
    let unwritable = |error| Error::new(ErrorKind::Internal, format!("{error}"));
    while let Some(step) = outbox.poll(&config).map_err(unwritable)? {
        match step {
            Step::Nonce { device } => {
                let nonce = store.peer(&device)?.server_nonce;
                outbox.nonce(&device, nonce);
            }
            Step::Send(sent) => {
                let push = wap::wrap(Application::DataSync, &sent.bytes, 1);
                socket.send_to(&push, address).map_err(failed)?;
                say(&format!(
                    "a contact is edited on the server, which asks device A for session {}: {} octets in a WAP push",
                    sent.session_id,
                    push.len()
                ));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Device A waits for a notification, and follows it.
fn listen(stage: &Stage, socket: &UdpSocket) -> Result<super::Step, Error> {
    let mut buffer = [0; 1500];
    let (len, _) = socket.recv_from(&mut buffer).map_err(failed)?;
    let nonce = super::together(&mut stage.stores(DEVICE)?).load_peer(&stage.url);
    let nonce = nonce.ok().and_then(|peer| peer.server_nonce);
    let config = stage
        .config(DEVICE)
        .with_server_credentials(server(), AuthScheme::Md5);
    let known = |name: &str| (*name == *server().user).then(|| Account::new(config, nonce));
    let call = Inbox::default()
        .take(buffer.get(..len).unwrap_or_default(), None, known)
        .map_err(|ignored| {
            Error::new(
                ErrorKind::Refused,
                format!("device A ignores the notification: {ignored}"),
            )
        })?;
    stage.session("notified", DEVICE, call.config)
}

fn failed(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("the loopback interface: {error}")).with_source(error)
}

//! A session recorded on both sides, and gone through again by one engine alone.

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::sync::Arc;

use bytes::Bytes;
use ds_protocol::testing::ComputedStore;
use ds_protocol::{
    Closed, Credentials, Datastore, Device, Engine, Notice, Received, Secret, Sizes, Store,
    SyncType, client, driver, server,
};
use syncml_devinf::ContentType;
use syncml_wbxml::{Encoding, Limits};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// `MaxMsgSize` of both sides.
const MAX_MSG_SIZE: usize = 64 << 10;

/// The most bytes an engine may have in use at a time.
pub(crate) const MOST: usize = 4 * MAX_MSG_SIZE + (256 << 10);

/// The messages of a session, in files, so that they take no memory.
pub(crate) struct Recorded {
    sync_type: SyncType,
    items: u64,
    /// Octets of an item.
    size: u64,
    of_client: Tape,
    of_server: Tape,
}

impl Recorded {
    /// Runs a session in which so many items of so many octets go one way.
    pub(crate) fn new(sync_type: SyncType, items: u64, size: u64) -> Result<Self> {
        let mut recorded = Self {
            sync_type,
            items,
            size,
            of_client: Tape::new()?,
            of_server: Tape::new()?,
        };
        let (mut client, mut phone) = recorded.new_client();
        let (mut server, mut hub) = recorded.new_server();
        let mut answer = None;
        while let Some(request) = turn(&mut client, &mut phone, answer.take())? {
            recorded.of_client.write(&request)?;
            answer = turn(&mut server, &mut hub, Some(request))?;
            recorded
                .of_server
                .write(answer.as_ref().ok_or("no answer")?)?;
        }
        recorded.check(&phone, &hub);
        Ok(recorded)
    }

    /// The most bytes the client's engine has in use.
    pub(crate) fn client(&self) -> Result<usize> {
        let mut tape = self.of_server.reader()?;
        let profiler = dhat::Profiler::builder().testing().build();
        let (mut client, mut phone) = self.new_client();
        let mut answer = None;
        while turn(&mut client, &mut phone, answer.take())?.is_some() {
            answer = tape.read()?;
        }
        let peak = dhat::HeapStats::get().max_bytes;
        drop(profiler);
        Ok(peak)
    }

    /// The most bytes the server's engine has in use.
    pub(crate) fn server(&self) -> Result<usize> {
        let mut tape = self.of_client.reader()?;
        let profiler = dhat::Profiler::builder().testing().build();
        let (mut server, mut hub) = self.new_server();
        while let Some(request) = tape.read()? {
            turn(&mut server, &mut hub, Some(request))?;
        }
        let peak = dhat::HeapStats::get().max_bytes;
        drop(profiler);
        Ok(peak)
    }

    /// Everything has arrived, in order and once.
    fn check(&self, phone: &ComputedStore, hub: &ComputedStore) {
        let (sent, arrived) = if self.is_from_client() {
            (phone.confirmed(), hub.received())
        } else {
            (hub.mapped(), phone.received())
        };
        assert_eq!((sent, arrived), (self.items, self.items));
    }

    fn is_from_client(&self) -> bool {
        self.sync_type == SyncType::Slow
    }

    fn new_client(&self) -> (client::Session, ComputedStore) {
        let request =
            client::Request::new(contacts("phonebook"), "contacts").with_sync_type(self.sync_type);
        let config = client::Config::new(
            Device::new("phone-1", "phone"),
            "http://sync.example.net/",
            "1".into(),
            [request],
        )
        .with_sizes(sizes())
        .with_credentials(Credentials::new("ann", "tulip"));
        let items = if self.is_from_client() { self.items } else { 0 };
        let store = ComputedStore::new(items, self.size);
        (client::Session::new(Arc::new(config)), store)
    }

    fn new_server(&self) -> (server::Session, ComputedStore) {
        let device = Device::new("sync.example.net", "server");
        let config = server::Config::new(device, [contacts("contacts")]).with_sizes(sizes());
        let items = if self.is_from_client() { 0 } else { self.items };
        let secret = Secret::Password("tulip".into());
        let store = ComputedStore::new(items, self.size).with_user("ann", secret);
        (server::Session::new(Arc::new(config)), store)
    }
}

fn contacts(name: &'static str) -> Datastore {
    Datastore::new(name, [ContentType::new("text/vcard", "3.0")])
}

fn sizes() -> Sizes {
    let mut sizes = Sizes::default();
    sizes.max_msg_size = MAX_MSG_SIZE as u64;
    sizes
}

/// One turn; the message it ends with.
fn turn(
    engine: &mut impl Engine,
    store: &mut impl Store,
    input: Option<Bytes>,
) -> Result<Option<Bytes>> {
    let received = input
        .map(|bytes| Received::decode(bytes, Encoding::Wbxml, &Limits::default()))
        .transpose()?;
    let notice = &mut |notice: Notice| {
        assert!(!matches!(notice, Notice::ItemRefused { .. }), "{notice:?}");
    };
    let turn = driver::turn(engine, store, received, notice)?;
    assert!(!matches!(turn.closed, Some(Closed::Aborted(_))));
    Ok(turn.transmit.map(|transmit| transmit.bytes))
}

/// Messages in a file that has no name.
struct Tape(File);

impl Tape {
    fn new() -> Result<Self> {
        Ok(Self(tempfile::tempfile()?))
    }

    fn write(&mut self, message: &Bytes) -> Result<()> {
        self.0
            .write_all(&u32::try_from(message.len())?.to_be_bytes())?;
        Ok(self.0.write_all(message)?)
    }

    /// From the beginning.
    fn reader(&self) -> Result<Self> {
        let mut file = self.0.try_clone()?;
        file.rewind()?;
        Ok(Self(file))
    }

    /// The next message; none at the end.
    fn read(&mut self) -> Result<Option<Bytes>> {
        let mut len = [0; 4];
        if self.0.read(&mut len)? < len.len() {
            return Ok(None);
        }
        let mut message = vec![0; u32::from_be_bytes(len) as usize];
        self.0.read_exact(&mut message)?;
        Ok(Some(message.into()))
    }
}

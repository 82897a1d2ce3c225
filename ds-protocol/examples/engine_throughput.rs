//! What the engines cost, a line of figures for each question.
//!
//! `cargo run --release -p ds-protocol --example engine_throughput [ROW…]`, with `SCALE=N` for an N-th of the items.
//! `cargo bench -p ds-protocol` runs the same.
//! `valgrind --tool=callgrind … session` less `… setup` counts the instructions of a slow sync of 100,000 items.
//! All in one thread, with stores in memory, in WBXML. Times are the least of some rounds, and what is compared
//! is measured in turn within the same run.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ds_protocol::memory::MemoryStore;
use ds_protocol::{
    Anchors, ChangePage, Confirmed, Content, Credentials, Cursor, Datastore, Device, Held, ItemId,
    Key, Known, Link, MapPair, NoTwin, Opened, Operation, Outcome, PeerRecord, Received, Revision,
    Scope, Search, Secret, Store, StoreFault, SyncType, Transmit, Twin, client, driver, server,
};
use syncml_devinf::ContentType;
use syncml_meta::Nonce;
use syncml_repr::{Bytes, decode, encode};
use syncml_wbxml::{Encoding, Limits};

type Stored<T> = std::result::Result<T, StoreFault>;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ROUNDS: usize = 5;

pub(crate) fn main() -> Result<()> {
    let scale = std::env::var("SCALE").map_or(Ok(1), |scale| scale.parse::<usize>())?;
    // `cargo bench` adds flags of its own.
    let rows = std::env::args().skip(1);
    let rows: Vec<String> = rows.filter(|row| !row.starts_with("--")).collect();
    let wanted = |row: &str| rows.is_empty() || rows.iter().any(|wanted| wanted == row);
    if wanted("slow_sync") {
        slow_sync(10_000 / scale)?;
    }
    if wanted("server_alone") {
        server_alone(1_000 / scale)?;
    }
    if wanted("growth") {
        growth(1_000 / scale, 100_000 / scale)?;
    }
    if wanted("idle") {
        idle(1_000_000 / scale)?;
    }
    // For a counter of instructions, which has to tell a session from what comes before it.
    if rows.iter().any(|row| row == "setup") {
        black_box(World::new(100_000 / scale));
    }
    if rows.iter().any(|row| row == "session") {
        World::new(100_000 / scale).sync()?;
    }
    if rows.iter().any(|row| row == "xa") {
        for _ in 0..8 {
            println!("{:?}", cost(1000, 100)?);
        }
    }
    if rows.iter().any(|row| row == "xt") {
        for _ in 0..8 {
            println!("{:?}", cost(100_000, 1)?);
        }
    }
    Ok(())
}

/// A slow sync of new contacts, both engines and both stores, beside decoding and encoding the same messages.
fn slow_sync(items: usize) -> Result<()> {
    let (mut engines, mut bare) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        let mut world = World::new(items);
        let begun = Instant::now();
        let messages = world.sync()?;
        engines = engines.min(begun.elapsed());
        let begun = Instant::now();
        for message in &messages {
            let read = decode(message, Encoding::Wbxml, &limits())?;
            black_box(encode(&read, Encoding::Wbxml)?);
        }
        bare = bare.min(begun.elapsed());
    }
    println!(
        "slow_sync items={items} items_per_s={:.0} ratio_to_bare={:.2}",
        items as f64 / engines.as_secs_f64(),
        ratio(engines, bare)
    );
    Ok(())
}

/// The server's turn for a package of Adds, with a store that does nothing, beside decoding them.
fn server_alone(items: usize) -> Result<()> {
    let (mut server, mut bare) = (Duration::MAX, Duration::MAX);
    // Short: the first rounds measure how memory is got from the system.
    for _ in 0..10 * ROUNDS {
        let mut world = World::new(items);
        let mut session = server::Session::new(Arc::clone(&world.server_config));
        let mut client = client::Session::new(Arc::new(world.client_config.clone()));
        let mut input = None;
        while let Some(sent) = turn(&mut client, &mut world.client, input.take())? {
            let begun = Instant::now();
            let answer = turn(
                &mut session,
                &mut Careless(&mut world.server),
                Some(sent.clone()),
            )?;
            let took = begun.elapsed();
            // The largest message is the one with the Adds.
            if sent.bytes.len() > items * 500 {
                server = server.min(took);
                let begun = Instant::now();
                black_box(decode(&sent.bytes, Encoding::Wbxml, &limits())?);
                bare = bare.min(begun.elapsed());
            }
            input = answer;
        }
    }
    println!(
        "server_alone items={items} ns_per_item={:.0} ratio_to_bare_decode={:.2}",
        server.as_nanos() as f64 / items as f64,
        ratio(server, bare)
    );
    Ok(())
}

/// What an item costs in one slow sync of many, beside what it costs in many of few, with as many items in all: so both
/// come to memory that no cache holds. What a session of few costs that is alone in the caches is printed as well.
fn growth(few: usize, many: usize) -> Result<()> {
    let [mut apart, mut together, mut alone] = [Duration::MAX; 3];
    for _ in 0..ROUNDS {
        apart = apart.min(cost(few, many / few)?);
        together = together.min(cost(many, 1)?);
        alone = alone.min(cost(few, 1)?);
    }
    println!(
        "growth few={few} many={many} ns_per_item={},{} ratio={:.2} ns_per_item_in_caches={}",
        apart.as_nanos(),
        together.as_nanos(),
        ratio(together, apart),
        alone.as_nanos()
    );
    Ok(())
}

/// What an item costs in some slow syncs, one after the other.
fn cost(items: usize, sessions: usize) -> Result<Duration> {
    let mut worlds: Vec<_> = (0..sessions).map(|_| World::new(items)).collect();
    let begun = Instant::now();
    for world in &mut worlds {
        world.exchange(|_| ())?;
    }
    Ok(begun.elapsed() / (items * sessions) as u32)
}

/// A two-way sync in which nothing has changed, with one item and with many. Packages are combined, so it takes two
/// requests and two answers.
fn idle(items: usize) -> Result<()> {
    let mut times = Vec::new();
    let mut messages = 0;
    for items in [1, items] {
        let mut world = World::new(items);
        world.client_config.combined = true;
        world.sync()?;
        let mut least = Duration::MAX;
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            messages = world.sync()?.len();
            least = least.min(begun.elapsed());
        }
        times.push(least);
    }
    println!(
        "idle items={items} messages={messages} us_per_session={} ratio_to_one_item={:.2}",
        times[1].as_micros(),
        ratio(times[1], times[0])
    );
    Ok(())
}

/// A client full of contacts and an empty server.
struct World {
    client: MemoryStore,
    server: MemoryStore,
    client_config: client::Config,
    server_config: Arc<server::Config>,
    sessions: u32,
}

impl World {
    fn new(items: usize) -> Self {
        let contacts =
            |name: &'static str| Datastore::new(name, [ContentType::new("text/vcard", "3.0")]);
        let device = Device::new("phone-1", "phone");
        let request = client::Request::new(contacts("phonebook"), "contacts");
        let url = "http://sync.example.net/";
        let mut sizes = ds_protocol::Sizes::default();
        sizes.max_msg_size = 1 << 20;
        sizes.max_sent = 1 << 20;
        sizes.limits = limits();
        let client_config = client::Config::new(device, url, "1".into(), [request])
            .with_sizes(sizes.clone())
            .with_credentials(Credentials::new("ann", "tulip"));
        let device = Device::new("sync.example.net", "server");
        let server_config = server::Config::new(device, [contacts("contacts")]).with_sizes(sizes);
        let mut client = MemoryStore::new();
        for number in 0..items {
            client.add("ann", "phonebook", card(number));
        }
        Self {
            client,
            server: MemoryStore::new().with_user("ann", Secret::Password("tulip".into())),
            client_config,
            server_config: Arc::new(server_config),
            sessions: 0,
        }
    }

    /// One session; its messages.
    fn sync(&mut self) -> Result<Vec<Bytes>> {
        let mut messages = Vec::new();
        self.exchange(|message| messages.push(message.clone()))?;
        Ok(messages)
    }

    /// One session, whose messages are seen and not kept.
    fn exchange(&mut self, mut see: impl FnMut(&Bytes)) -> Result<()> {
        self.sessions += 1;
        self.client_config.session_id = self.sessions.to_string().into();
        let mut client = client::Session::new(Arc::new(self.client_config.clone()));
        let mut server = server::Session::new(Arc::clone(&self.server_config));
        let mut input = None;
        while let Some(sent) = turn(&mut client, &mut self.client, input.take())? {
            see(&sent.bytes);
            input = turn(&mut server, &mut self.server, Some(sent))?;
            input.iter().for_each(|answer| see(&answer.bytes));
        }
        Ok(())
    }
}

/// A store that takes every item and keeps none.
struct Careless<'a>(&'a mut MemoryStore);

impl Store for Careless<'_> {
    fn load_secret(&mut self, user: &str) -> Stored<Option<Secret>> {
        self.0.load_secret(user)
    }

    fn load_peer(&mut self, device: &str) -> Stored<PeerRecord> {
        self.0.load_peer(device)
    }

    fn save_peer(&mut self, device: &str, record: PeerRecord) -> Stored<()> {
        self.0.save_peer(device, record)
    }

    fn new_nonce(&mut self) -> Stored<Nonce> {
        self.0.new_nonce()
    }

    fn open(&mut self, link: &Link) -> Stored<Opened> {
        self.0.open(link)
    }

    fn begin(&mut self, _: &Link, _: SyncType, _: bool) -> Stored<()> {
        Ok(())
    }

    fn list_changes(
        &mut self,
        _: &Link,
        _: &Scope,
        _: Option<&Cursor>,
        _: u32,
        _: u64,
    ) -> Stored<ChangePage> {
        Ok(ChangePage::new(Vec::new(), false, Some(0)))
    }

    fn read_item(
        &mut self,
        _: &Link,
        _: &ItemId,
        _: Revision,
        _: u64,
        _: u32,
    ) -> Stored<Option<Bytes>> {
        Ok(None)
    }

    fn stage_chunk(&mut self, _: &Link, _: &ItemId, _: u64, _: u64, _: Bytes) -> Stored<()> {
        Ok(())
    }

    fn hold(&mut self, _: &Link, _: &[Held]) -> Stored<()> {
        Ok(())
    }

    fn resolve(&mut self, _: &Link, keys: &[Key]) -> Stored<Vec<Option<Known>>> {
        Ok(vec![None; keys.len()])
    }

    fn find_twins(&mut self, _: &Link, contents: &[Content], _: &Search) -> Stored<Vec<Twin>> {
        Ok(vec![Twin::None(NoTwin::Nothing); contents.len()])
    }

    fn apply(&mut self, _: &Link, operations: Vec<Operation>) -> Stored<Vec<Outcome>> {
        let done = ItemId::new("1");
        Ok(vec![Outcome::Done(done); operations.len()])
    }

    fn confirm(&mut self, _: &Link, _: &[Confirmed]) -> Stored<()> {
        Ok(())
    }

    fn list_maps(&mut self, _: &Link, _: Option<&ItemId>, _: u32) -> Stored<Vec<MapPair>> {
        Ok(Vec::new())
    }

    fn save_map(&mut self, _: &Link, _: &[MapPair]) -> Stored<()> {
        Ok(())
    }

    fn confirm_maps(&mut self, _: &Link, _: &[MapPair]) -> Stored<()> {
        Ok(())
    }

    fn commit(&mut self, _: &Link, _: &Anchors) -> Stored<()> {
        Ok(())
    }
}

fn turn(
    engine: &mut impl ds_protocol::Engine,
    store: &mut impl Store,
    input: Option<Transmit>,
) -> Result<Option<Transmit>> {
    let received = input
        .map(|sent| Received::decode(sent.bytes, sent.encoding, &limits()))
        .transpose()?;
    Ok(driver::turn(engine, store, received, &mut |_| ())?.transmit)
}

fn limits() -> Limits {
    Limits::default().with_max_bytes(4 << 20)
}

/// A contact of about 600 octets.
fn card(number: usize) -> Content {
    let note = "Met at the harbour, asked for the tide tables of spring. ".repeat(8);
    let data = format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Person {number};Some;;;\r\nFN:Some Person {number}\r\n\
         TEL;TYPE=CELL:+49 30 {number:07}\r\nNOTE:{note}\r\nUID:{number}\r\nEND:VCARD\r\n"
    );
    Content::new("text/vcard", data)
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}

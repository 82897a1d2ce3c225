//! Many devices that synchronise at once, and an account of what everybody must have in the end.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use ds_host::http::client::{ClientOptions, HttpClient};
use ds_host::store::SqliteStore;
use ds_host::{Report, SyncRequest, sync_once};
use ds_protocol::memory::MemoryStore;
use ds_protocol::{Content, Credentials, Datastore, Device, ItemId, client};
use syncml_devinf::ContentType;

const PASSWORD: &str = "tulip";

/// Devices, two of which belong to one user.
pub(crate) struct Fleet {
    devices: Vec<Phone>,
    urls: Vec<String>,
}

struct Phone {
    number: usize,
    user: String,
    store: MemoryStore,
    sessions: usize,
    client: HttpClient,
}

/// What a round of sessions came to.
#[derive(Default)]
pub(crate) struct Round {
    pub(crate) sessions: usize,
    pub(crate) broken: usize,
    pub(crate) messages: u64,
    pub(crate) bytes: u64,
    pub(crate) took: Duration,
}

impl Fleet {
    /// Devices with items of their own, for the server at this URL.
    pub(crate) fn new(devices: usize, items: usize, url: &str) -> Self {
        let devices = (0..devices).map(|number| {
            let user = format!("user{}", number / 2);
            let mut store = MemoryStore::new();
            for item in 0..items {
                store.add(&user, "people", card(number, item));
            }
            let mut options = ClientOptions::default();
            // A server that was killed is back before long.
            options.pause = Duration::from_millis(200);
            Phone {
                number,
                user,
                store,
                sessions: 0,
                client: HttpClient::new(options),
            }
        });
        Self {
            devices: devices.collect(),
            urls: vec![url.to_owned()],
        }
    }

    /// With another server over the same store: every other device, one of each user's, goes there.
    pub(crate) fn with_other(mut self, url: &str) -> Self {
        self.urls.push(url.to_owned());
        self
    }

    /// Options of `syncml serve` that let the users of a fleet in.
    pub(crate) fn users(devices: usize) -> Vec<String> {
        let users = (0..devices.div_ceil(2)).map(|number| format!("user{number}:{PASSWORD}"));
        users.flat_map(|user| ["--user".to_owned(), user]).collect()
    }

    /// All devices at once, each until it has had a session that went well, in no more than `tries`.
    pub(crate) fn sync(&mut self, tries: usize) -> Round {
        let begun = Instant::now();
        let urls = &self.urls;
        let rounds = thread::scope(|scope| {
            let devices = self.devices.iter_mut();
            let running: Vec<_> = devices
                .map(|device| {
                    scope.spawn(move || device.sync(&urls[device.number % urls.len()], tries))
                })
                .collect();
            running
                .into_iter()
                .map(|device| device.join().unwrap())
                .collect::<Vec<_>>()
        });
        let mut sum = Round {
            took: begun.elapsed(),
            ..Round::default()
        };
        for round in rounds {
            sum.sessions += round.sessions;
            sum.broken += round.broken;
            sum.messages += round.messages;
            sum.bytes += round.bytes;
        }
        sum
    }

    /// Each device changes a third of its own items, removes one and adds one.
    pub(crate) fn edit(&mut self) {
        for phone in &mut self.devices {
            let own: Vec<_> = phone
                .own()
                .map(|(id, content)| (id.clone(), content.clone()))
                .collect();
            let Phone {
                number,
                user,
                store,
                ..
            } = phone;
            for (id, content) in own.iter().skip(1).step_by(3) {
                let changed = text(&content.data).replace("NOTE:", "NOTE:changed ");
                assert!(store.put(
                    user,
                    "people",
                    id.clone(),
                    Content::new("text/vcard", changed)
                ));
            }
            assert!(store.remove(user, "people", &own[0].0));
            store.add(user, "people", card(*number, 1_000_000));
        }
    }

    /// What everybody has now: nothing was synchronised since.
    pub(crate) fn all(&self) -> Vec<Items> {
        let both = |pair: &[Phone]| {
            let mut items = Items::new();
            for phone in pair {
                for (_, content) in phone.own() {
                    *items.entry(content.data.clone()).or_default() += 1;
                }
            }
            items
        };
        self.devices.chunks(2).map(both).collect()
    }

    /// Every device and the server have exactly these items, each once.
    pub(crate) fn assert_equal(&self, file: &Path, expected: &[Items]) {
        let server = SqliteStore::open(file).unwrap();
        for (user, (pair, expected)) in self.devices.chunks(2).zip(expected).enumerate() {
            let kept = server.items(&format!("user{user}"), "contacts").unwrap();
            let kept = count(kept.into_iter().map(|(_, content)| content.data));
            assert!(
                kept == *expected,
                "user {user}: the server {}",
                difference(&kept, expected)
            );
            for phone in pair {
                let kept = phone.store.items(&phone.user, "people");
                let kept = count(kept.map(|(_, content)| content.data.clone()));
                assert!(
                    kept == *expected,
                    "device {} {}",
                    phone.number,
                    difference(&kept, expected)
                );
            }
        }
    }
}

/// Contents, and how often each is there.
pub(crate) type Items = BTreeMap<Bytes, usize>;

fn count(contents: impl Iterator<Item = Bytes>) -> Items {
    let mut items = Items::new();
    for content in contents {
        *items.entry(content).or_default() += 1;
    }
    items
}

fn difference(kept: &Items, expected: &Items) -> String {
    let not_in = |one: &Items, other: &Items| {
        one.iter()
            .filter(|(content, count)| other.get(*content) != Some(count))
            .map(|(content, count)| {
                format!("{count} × {}", &text(content)[..60.min(content.len())])
            })
            .collect::<Vec<_>>()
    };
    format!(
        "has {:?} and should have {:?}",
        not_in(kept, expected),
        not_in(expected, kept)
    )
}

fn text(content: &Bytes) -> &str {
    std::str::from_utf8(content).unwrap()
}

/// A card that no other device has.
fn card(device: usize, item: usize) -> Content {
    Content::new(
        "text/vcard",
        format!(
            "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Device {device} item {item}\r\nN:{item};Device {device};;;\r\nNOTE:{}\r\nEND:VCARD\r\n",
            "n".repeat(100 + (device + item) % 100)
        ),
    )
}

impl Phone {
    /// Items that began on this device.
    fn own(&self) -> impl Iterator<Item = (&ItemId, &Content)> {
        let name = format!("FN:Device {} ", self.number);
        let items = self.store.items(&self.user, "people");
        items.filter(move |(_, content)| text(&content.data).contains(&name))
    }

    fn sync(&mut self, url: &str, tries: usize) -> Round {
        let (mut round, mut last) = (Round::default(), String::new());
        for _ in 0..tries {
            let report = self.session(url);
            round.sessions += 1;
            round.messages += report.messages.sent;
            round.bytes += report.bytes.sent + report.bytes.received;
            if report.is_success() {
                return round;
            }
            round.broken += 1;
            last = format!("{report:?}");
            thread::sleep(Duration::from_millis(100));
        }
        panic!(
            "device {} did not come through in {tries} sessions: {last}",
            self.number
        );
    }

    fn session(&mut self, url: &str) -> Report {
        self.sessions += 1;
        let people = Datastore::new("people", [ContentType::new("text/vcard", "3.0")]);
        let device = Device::new(format!("device-{}", self.number).as_str(), "phone");
        let session = format!("{:x}", self.sessions);
        let request = client::Request::new(people, "contacts");
        let config = client::Config::new(device, url, session.into(), [request])
            .with_credentials(Credentials::new(self.user.as_str(), PASSWORD));
        sync_once(&self.client, &mut self.store, SyncRequest::new(config)).unwrap()
    }
}

//! The demonstration: a server and two devices, from the first sync until nothing moves any more.

pub(crate) mod compare;
mod data;
mod notified;

use std::path::{Path, PathBuf};

use ds_host::http::Background;
use ds_host::http::client::HttpClient;
use ds_host::store::{FolderStore, SqliteStore};
use ds_host::{Error, ErrorKind, Multiplex, Report, Service, SyncRequest, sync_once};
use ds_protocol::{AuthScheme, Credentials, Device, Store, client};
use serde::Serialize;
use syncml_repr::SessionId;
use syncml_wbxml::Encoding;

use self::compare::Place;
use self::data::{DATASTORES, Deal};
use crate::cli::{config, default_datastores};

/// Rounds of two-way syncs until nothing may move any more.
const ROUNDS: u32 = 5;
const USER: &str = "demo";
const PASSWORD: &str = "not-a-secret";

/// One session of the demonstration.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// What it is for.
    pub(crate) step: String,
    /// `A` or `B`.
    pub(crate) device: &'static str,
    /// Form of its messages.
    pub(crate) encoding: Encoding,
    /// How the device proved who it is: `basic` or `md5`.
    pub(crate) auth: &'static str,
    pub(crate) report: Report,
}

/// What the demonstration led to.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    pub(crate) steps: Vec<Step>,
    /// Items in each datastore at the end.
    pub(crate) items: Vec<Held>,
    /// What should be equal and is not; empty is good.
    pub(crate) differences: Vec<String>,
}

/// A datastore and how many items each place holds.
#[derive(Debug, Serialize)]
pub(crate) struct Held {
    pub(crate) datastore: &'static str,
    pub(crate) server: usize,
    pub(crate) a: usize,
    pub(crate) b: usize,
}

/// Runs it in an empty directory. `say` gets a line for each thing a user does.
pub(crate) fn run(home: &Path, say: &mut dyn FnMut(&str)) -> Result<Outcome, Error> {
    let deal = Deal::new()?;
    let database = home.join("server.db");
    let store = SqliteStore::open(&database)?;
    store.set_user(USER, PASSWORD)?;
    let own = config(default_datastores(), AuthScheme::Md5)
        .with_credentials(notified::server(), AuthScheme::Md5);
    let service = Service::new(own, store.clone());
    let server = Background::start(service, "127.0.0.1:0").map_err(|error| {
        Error::new(
            ErrorKind::Io,
            format!("cannot listen at 127.0.0.1: {error}"),
        )
        .with_source(error)
    })?;
    say(&format!(
        "server at {}, store {}",
        server.url(),
        database.display()
    ));
    let devices =
        ["A", "B"].map(|name| (name, home.join(format!("device-{}", name.to_lowercase()))));
    let mut stage = Stage {
        url: server.url(),
        devices,
        client: HttpClient::default(),
        steps: Vec::new(),
    };

    for (number, (name, folder)) in stage.devices.iter().enumerate() {
        let count = deal.fill(number, folder)?;
        say(&format!(
            "device {name} has {count} items in {}",
            folder.display()
        ));
    }
    for device in 0..2 {
        stage.sync("first sync", device)?;
    }
    for (number, (name, folder)) in stage.devices.iter().enumerate() {
        let work = deal.work(number, folder)?;
        say(&format!(
            "the user of device {name} edits {}, adds {} and deletes {} items",
            work.edited, work.added, work.deleted
        ));
    }
    say("one contact was edited on both devices, in two ways");
    let mut differences = Vec::new();
    for server_edits in [false, true] {
        if server_edits {
            notified::run(&mut stage, &store, say)?;
        }
        if !stage.settle()? {
            differences.push(format!("something still moves after {ROUNDS} rounds"));
        }
    }
    drop(server);

    let store = SqliteStore::open(&database)?;
    let mut items = Vec::new();
    for datastore in DATASTORES {
        items.push(stage.compare(&store, datastore, &deal, &mut differences)?);
    }
    Ok(Outcome {
        steps: stage.steps,
        items,
        differences,
    })
}

/// The folders of a device behind one session.
fn together(stores: &mut [FolderStore]) -> Multiplex<'_> {
    let stores = stores.iter_mut().map(|store| store as &mut dyn Store);
    Multiplex::new(DATASTORES.into_iter().zip(stores))
}

/// Names and contents of the server's items.
fn on_server(store: &SqliteStore, datastore: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
    Ok(store
        .items(USER, datastore)?
        .into_iter()
        .map(|(id, content)| (id.as_str().to_owned(), content.data.to_vec()))
        .collect())
}

/// The devices, and what they did so far.
struct Stage {
    url: String,
    devices: [(&'static str, PathBuf); 2],
    client: HttpClient,
    steps: Vec<Step>,
}

impl Stage {
    /// Both devices in turn, until nothing moves; false: it still does after the last round.
    fn settle(&mut self) -> Result<bool, Error> {
        for round in 1..=ROUNDS {
            let mut quiet = true;
            for device in 0..2 {
                quiet &= self.sync(&format!("round {round}"), device)?;
            }
            if quiet {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a datastore holds in all three places, and what should be equal and is not.
    fn compare(
        &self,
        store: &SqliteStore,
        datastore: &'static str,
        deal: &Deal,
        differences: &mut Vec<String>,
    ) -> Result<Held, Error> {
        let mut places = vec![Place {
            name: "the server".to_owned(),
            items: on_server(store, datastore)?,
        }];
        for (name, folder) in &self.devices {
            places.push(Place::folder(
                &format!("device {name}"),
                &folder.join(datastore),
            )?);
        }
        differences.extend(compare::differences(datastore, &places));
        let held = Held {
            datastore,
            server: places[0].items.len(),
            a: places[1].items.len(),
            b: places[2].items.len(),
        };
        let expected = deal.expected(datastore);
        if held.server != expected {
            differences.push(format!(
                "{datastore}: the server has {} items, {expected} are right",
                held.server
            ));
        }
        Ok(held)
    }

    /// One session of a device with all its folders. Whether it was quiet.
    fn sync(&mut self, step: &str, device: usize) -> Result<bool, Error> {
        // Every form of message and of login has its turn.
        let number = self.steps.len();
        let encoding = match number.is_multiple_of(2) {
            true => Encoding::Wbxml,
            false => Encoding::Xml,
        };
        let scheme = match number % 4 {
            0 | 1 => AuthScheme::Md5,
            _ => AuthScheme::Basic,
        };
        let config = self.config(device).with_auth(scheme);
        let done = self.session(step, device, config.with_encoding(encoding))?;
        let mut datastores = done.report.datastores.iter();
        let quiet = datastores.all(|datastore| datastore.is_quiet());
        self.steps.push(done);
        Ok(quiet)
    }

    /// What the next session of a device is to do, unless somebody says otherwise.
    fn config(&self, device: usize) -> client::Config {
        let requests = default_datastores().into_iter().map(|own| {
            let remote = own.name.clone();
            client::Request::new(own, remote)
        });
        let described = Device::new(self.id(device), "workstation");
        let session_id = SessionId::new((self.steps.len() + 1).to_string());
        client::Config::new(described, self.url.as_str(), session_id, requests)
            .with_credentials(Credentials::new(USER, PASSWORD))
    }

    fn id(&self, device: usize) -> String {
        format!("demo-device-{}", self.devices[device].0.to_lowercase())
    }

    fn stores(&self, device: usize) -> Result<Vec<FolderStore>, Error> {
        let home = &self.devices[device].1;
        let stores = DATASTORES.map(|datastore| FolderStore::open(home.join(datastore), None));
        stores.into_iter().collect()
    }

    /// A session, which must go well.
    fn session(&self, step: &str, device: usize, config: client::Config) -> Result<Step, Error> {
        let (encoding, scheme) = (config.encoding, config.auth);
        let mut stores = self.stores(device)?;
        let mut stores = together(&mut stores);
        let report = sync_once(&self.client, &mut stores, SyncRequest::new(config))?;
        let device = self.devices[device].0;
        if !report.is_success() {
            return Err(Error::new(
                ErrorKind::Refused,
                format!("{step} of device {device} failed: {report:?}"),
            ));
        }
        Ok(Step {
            step: step.to_owned(),
            device,
            encoding,
            auth: match scheme {
                AuthScheme::Basic => "basic",
                _ => "md5",
            },
            report,
        })
    }
}

//! `syncml fitted`: what devices have in another way than the server.

use ds_host::store::{Fitted, SqliteStore};
use ds_host::{Error, ErrorKind};
use serde::Serialize;

use super::option::{StoreFile, datastore};
use super::{Failure, Output};

/// Tell what each device has in another way than it is here, item by item: dropped, shortened, converted.
///
/// A line for each: the item, the device, the property, what was done, and the rule by which it was done. What a device
/// lacks is kept here, and is not lost when its version comes back.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The server's store.
    #[arg(long, value_name = "sqlite:FILE", default_value = "sqlite:syncml.db")]
    store: StoreFile,
    /// Whose items. The store is at hand, so no password is asked for.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Of this device alone.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Which datastore.
    #[arg(value_parser = datastore)]
    datastore: String,
}

/// The JSON object of `fitted`.
#[derive(Serialize)]
struct Told {
    items: Vec<Fitted>,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let file = &args.store.0;
    if !file.exists() {
        let what = format!("there is no store {}", file.display());
        return Err(Error::new(ErrorKind::Store, what)
            .with_hint("`syncml serve` makes one; check --store")
            .into());
    }
    let mut items = SqliteStore::open(file)?.fitted(&args.user, &args.datastore)?;
    items.retain(|item| {
        args.device
            .as_ref()
            .is_none_or(|device| *device == item.peer)
    });
    let told = Told { items };
    output.result(&told, || {
        let lines = told.items.iter().flat_map(|fitted| {
            let (item, peer) = (fitted.item.as_str(), &fitted.peer);
            let line = move |entry| format!("{item} at {peer}: {entry}");
            fitted.entries.iter().map(line)
        });
        // Names of items and devices come from devices; a terminal is not to obey them.
        let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
        lines
            .map(|line| line.chars().map(plain).chain(['\n']).collect::<String>())
            .collect()
    })
}

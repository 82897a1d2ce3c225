//! `syncml export`: the server's items as files.

use std::path::PathBuf;

use ds_host::store::{Exported, SqliteStore, export};
use ds_host::{Error, ErrorKind};
use serde::Serialize;

use super::option::{StoreFile, datastore};
use super::{Failure, Output};

/// Write the items of a user's datastore into a directory, one a file.
///
/// A file's name is the item's id. What else is in the directory stays.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The server's store.
    #[arg(long, value_name = "sqlite:FILE", default_value = "sqlite:syncml.db")]
    store: StoreFile,
    /// Whose items. The store is at hand, so no password is asked for.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Which datastore.
    #[arg(value_parser = datastore)]
    datastore: String,
    /// Where to; made if it is not there.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// The JSON object of `export`.
#[derive(Serialize)]
struct Result_ {
    items: u64,
    #[serde(flatten)]
    exported: Exported,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    let file = &args.store.0;
    if !file.exists() {
        return Err(Error::new(
            ErrorKind::Store,
            format!("there is no store {}", file.display()),
        )
        .with_hint("`syncml serve` makes one; check --store")
        .into());
    }
    let exported = export(
        &SqliteStore::open(file)?,
        &args.user,
        &args.datastore,
        &args.directory,
    )?;
    let result = Result_ {
        items: exported.written + exported.unchanged,
        exported,
    };
    output.result(&result, || {
        format!(
            "{} items in {}: {} written, {} there already\n",
            result.items,
            args.directory.display(),
            result.exported.written,
            result.exported.unchanged
        )
    })
}

//! `syncml import`: files into the server's store.

use std::path::PathBuf;

use ds_host::store::{SqliteStore, import};

use super::option::{StoreFile, datastore};
use super::{Failure, Output};

/// Put the .vcf, .ics and .vcs files of a directory into a user's datastore, one item a file.
///
/// The item's id is the file's name, so that files that were exported go back to where they came from. The
/// devices of the user get what changed when they synchronise next.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The server's store; made if it is not there.
    #[arg(long, value_name = "sqlite:FILE", default_value = "sqlite:syncml.db")]
    store: StoreFile,
    /// Whose items. The store is at hand, so no password is asked for.
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Delete the items for which there is no file.
    #[arg(long)]
    delete: bool,
    /// Which datastore.
    #[arg(value_parser = datastore)]
    datastore: String,
    /// Where from.
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub(super) fn run(args: Args, output: Output) -> Result<(), Failure> {
    if !args.directory.is_dir() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Failure::io(&args.directory.display().to_string(), missing));
    }
    let store = SqliteStore::open(&args.store.0)?;
    let imported = import(
        &store,
        &args.user,
        &args.datastore,
        &args.directory,
        args.delete,
    )?;
    output.result(&imported, || {
        format!(
            "{} added, {} replaced, {} deleted, {} unchanged\n",
            imported.added, imported.replaced, imported.removed, imported.unchanged
        )
    })
}

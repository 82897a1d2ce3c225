//! A server's items as files, and back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use ds_protocol::{Content, ItemId};
use serde::Serialize;

use super::file_name;
use super::sqlite::{Put, SqliteStore};
use crate::error::{Error, ErrorKind};

/// What [`export`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Exported {
    /// Files written: new ones, and those that held something else.
    pub written: u64,
    /// Files that held the item already.
    pub unchanged: u64,
}

/// What [`import`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Imported {
    /// Items that were not there.
    pub added: u64,
    /// Items that held something else.
    pub replaced: u64,
    /// Items that held this very content.
    pub unchanged: u64,
    /// Items for which there is no file; they are removed only on demand.
    pub removed: u64,
}

/// Writes each item of a user's datastore into a file of a directory, which is made if it is not there.
///
/// The file's name is the item's id with the extension of its media type; octets that are not good in file
/// names are written as `%` and two hexadecimal digits. Other files in the directory are left alone.
///
/// # Errors
///
/// [`ErrorKind::Config`] when the user has no such datastore, [`ErrorKind::Io`] when a file cannot be written,
/// [`ErrorKind::Store`] when the database fails.
pub fn export(
    store: &SqliteStore,
    user: &str,
    datastore: &str,
    directory: &Path,
) -> Result<Exported, Error> {
    let known = store.datastores(user)?;
    if !known.iter().any(|name| name == datastore) {
        let error = Error::new(
            ErrorKind::Config,
            format!("{user} has no datastore {datastore}"),
        );
        return Err(match &known[..] {
            [] => error.with_hint("the store holds nothing of a user of this name"),
            known => error.with_hint(format!("there is: {}", known.join(", "))),
        });
    }
    fs::create_dir_all(directory).map_err(failed(directory))?;
    let mut exported = Exported::default();
    for (id, content) in store.items(user, datastore)? {
        let sniffed = ds_objects::media_type::sniff(&content.data).unwrap_or(&content.media_type);
        let extension = ds_objects::media_type::file_extension(sniffed).unwrap_or("bin");
        let path = directory.join(format!("{}.{extension}", file_name::encode(id.as_str())));
        match fs::read(&path) {
            Ok(held) if held == content.data => exported.unchanged += 1,
            _ => {
                fs::write(&path, &content.data).map_err(failed(&path))?;
                exported.written += 1;
            }
        }
    }
    Ok(exported)
}

/// Puts each `.vcf`, `.ics` and `.vcs` file of a directory into a user's datastore, under the id that is its name
/// without the extension. A file that holds what the item holds changes nothing. With `remove`, items
/// for which there is no file are deleted. Hidden files, other files and subdirectories are left alone.
///
/// # Errors
///
/// [`ErrorKind::Io`] when a file cannot be read, or when two files mean the same item; [`ErrorKind::Store`] when the
/// database fails. What was imported before stays.
pub fn import(
    store: &SqliteStore,
    user: &str,
    datastore: &str,
    directory: &Path,
    remove: bool,
) -> Result<Imported, Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed(directory))? {
        let entry = entry.map_err(failed(directory))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if file_name::is_item(&name) && entry.path().is_file() {
            names.push(name);
        }
    }
    names.sort();
    let mut imported = Imported::default();
    let mut seen = BTreeSet::new();
    for name in names {
        let path = directory.join(&name);
        let data = fs::read(&path).map_err(failed(&path))?;
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or(&name);
        let id = ItemId::new(file_name::decode(stem));
        if !seen.insert(id.clone()) {
            let error = Error::new(
                ErrorKind::Io,
                format!("two files are the item {}: {name} is one", id.as_str()),
            );
            return Err(error.with_hint("rename one of them"));
        }
        let content = Content::new(file_name::media_type(&name, &data), data);
        match store.put(user, datastore, &id, &content)? {
            Put::Added => imported.added += 1,
            Put::Replaced => imported.replaced += 1,
            Put::Unchanged => imported.unchanged += 1,
        }
    }
    if remove {
        for (id, _) in store.items(user, datastore)? {
            if !seen.contains(&id) && store.remove(user, datastore, &id)? {
                imported.removed += 1;
            }
        }
    }
    Ok(imported)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |error| {
        Error::new(ErrorKind::Io, format!("{}: {error}", path.display())).with_source(error)
    }
}

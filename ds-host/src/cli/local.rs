//! What a client synchronises: a folder of files, or a datastore in a database.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use ds_host::store::{Fitted, FolderStore, SqliteStore};
use ds_host::{Error, ErrorKind};
use ds_protocol::Store;
use syncml_devinf::DsMem;

use super::Failure;
use super::option::{StoreFile, datastore};

/// `DIR=DATASTORE` or `sqlite:FILE=DATASTORE`.
#[derive(Clone, Debug)]
pub(super) struct Local {
    pub(super) home: Home,
    /// The server's datastore, and the own one's name.
    pub(super) datastore: String,
}

/// Where the items are.
#[derive(Clone, Debug)]
pub(super) enum Home {
    Folder(PathBuf),
    Database(PathBuf),
}

impl FromStr for Local {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // Directories have an equals sign more often than datastores.
        let (home, name) = text
            .rsplit_once('=')
            .ok_or("write DIR=DATASTORE, such as ./my-contacts=contacts")?;
        let home = match home {
            "" => return Err("the directory is empty: write DIR=DATASTORE".to_owned()),
            database if database.starts_with("sqlite:") => {
                Home::Database(database.parse::<StoreFile>()?.0)
            }
            folder => Home::Folder(folder.into()),
        };
        Ok(Self {
            home,
            datastore: datastore(name)?,
        })
    }
}

impl Home {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::Database(path) => path,
        }
    }

    /// Whether both are one and the same, by whatever name.
    fn is(&self, other: &Self) -> bool {
        let full = |home: &Self| {
            let path = home.path();
            path.canonicalize().unwrap_or_else(|_| path.to_owned())
        };
        full(self) == full(other)
    }
}

/// A datastore has one home, and a folder is one datastore. A database may have several.
pub(super) fn refuse_twins(locals: &[Local]) -> Result<(), Failure> {
    for (number, local) in locals.iter().enumerate() {
        for other in &locals[..number] {
            let twice = match &local.home {
                _ if other.datastore == local.datastore => {
                    format!("the datastore {}", local.datastore)
                }
                Home::Folder(path) if local.home.is(&other.home) => {
                    format!("the folder {}", path.display())
                }
                _ => continue,
            };
            return Err(Failure::Usage(format!("{twice} is given twice")));
        }
    }
    Ok(())
}

/// The store of a [`Local`].
#[derive(Debug)]
pub(super) enum LocalStore {
    Folder(Box<FolderStore>),
    Database(SqliteStore),
}

/// A store by the name of its datastore.
pub(super) type Named = (String, LocalStore);

/// Opens the stores. What was synchronised is kept in `state` if that is said; a folder holds no more than `quota`.
pub(super) fn open(
    locals: &[Local],
    state: Option<&Path>,
    quota: Option<DsMem>,
) -> Result<Vec<Named>, Failure> {
    let mut stores = Vec::<Named>::new();
    for (number, local) in locals.iter().enumerate() {
        let store = match &local.home {
            Home::Folder(directory) => {
                let state = state.map(|file| state_file(file, local, locals.len()));
                let mut store = FolderStore::open(directory, state.as_deref())?;
                if let Some(quota) = quota {
                    store = store.with_quota(quota);
                }
                LocalStore::Folder(Box::new(store))
            }
            Home::Database(_) if state.is_some() || quota.is_some() => {
                return Err(Failure::Usage(
                    "--state, --quota and --max-items are for folders; a database has its state in itself"
                        .to_owned(),
                ));
            }
            Home::Database(file) => {
                let same = locals[..number]
                    .iter()
                    .position(|other| local.home.is(&other.home));
                let store = match same.and_then(|same| stores.get(same)) {
                    Some((_, LocalStore::Database(store))) => store.clone(),
                    _ => SqliteStore::open_alone(file)?,
                };
                LocalStore::Database(store)
            }
        };
        stores.push((local.datastore.clone(), store));
    }
    Ok(stores)
}

/// With several folders, each has a state file of its own: the datastore's name is appended.
fn state_file(file: &Path, local: &Local, locals: usize) -> PathBuf {
    if locals == 1 {
        return file.to_owned();
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(local.datastore.replace(['/', '\\'], "_"));
    name.into()
}

impl LocalStore {
    pub(super) fn store(&mut self) -> &mut dyn Store {
        match self {
            Self::Folder(store) => &mut **store,
            Self::Database(store) => store,
        }
    }

    fn device(&self) -> Result<Option<String>, Error> {
        match self {
            Self::Folder(store) => Ok(store.device().map(str::to_owned)),
            Self::Database(store) => store.device(),
        }
    }

    fn set_device(&mut self, device: &str) -> Result<(), Error> {
        match self {
            Self::Folder(store) => store.set_device(device),
            Self::Database(store) => store.set_device(device),
        }
    }

    /// What the server has in another way of this user's datastore.
    pub(super) fn fitted(&self, user: &str, datastore: &str) -> Result<Vec<Fitted>, Error> {
        match self {
            Self::Folder(store) => store.fitted(),
            Self::Database(store) => store.fitted(user, datastore),
        }
    }

    /// What was left alone, and why.
    pub(super) fn skipped(&self) -> Vec<String> {
        match self {
            Self::Folder(store) => {
                let skipped = store.skipped().iter();
                let path = |name: &str| store.directory().join(name);
                skipped
                    .map(|one| {
                        format!(
                            "{} was left alone: {}",
                            path(&one.name).display(),
                            one.reason
                        )
                    })
                    .collect()
            }
            Self::Database(_) => Vec::new(),
        }
    }
}

/// The identity of this device: as said, or as the stores remember it, or a new one. They remember it from now on.
pub(super) fn device(
    said: Option<&str>,
    stores: &mut [Named],
    new: impl FnOnce() -> Result<String, Failure>,
) -> Result<String, Failure> {
    let device = match said {
        Some(device) => device.to_owned(),
        None => {
            let mut known = Vec::new();
            for (_, store) in &*stores {
                known.extend(store.device()?);
            }
            known.dedup();
            match &known[..] {
                [] => new()?,
                [device] => device.clone(),
                [one, other, ..] => {
                    let error = Error::new(
                        ErrorKind::Config,
                        format!(
                            "these folders were synchronised as different devices: {one} and {other}"
                        ),
                    );
                    return Err(error
                        .with_hint("synchronise them one by one, or choose with --device ID")
                        .into());
                }
            }
        }
    };
    for (_, store) in stores {
        store.set_device(&device)?;
    }
    Ok(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_databases() {
        let folder = "a=b/c=./contacts".parse::<Local>().unwrap();
        assert!(matches!(&folder.home, Home::Folder(path) if path == Path::new("a=b/c")));
        assert_eq!(folder.datastore, "contacts");
        let database = "sqlite:mine.db=contacts".parse::<Local>().unwrap();
        assert!(matches!(&database.home, Home::Database(path) if path == Path::new("mine.db")));
        assert!("=contacts".parse::<Local>().is_err());
        assert!("sqlite:=contacts".parse::<Local>().is_err());
        assert!("dir=".parse::<Local>().is_err());
        assert!("dir".parse::<Local>().is_err());
    }

    #[test]
    fn each_once() {
        let locals = |texts: &[&str]| {
            let locals = texts.iter().map(|text| text.parse().unwrap());
            refuse_twins(&locals.collect::<Vec<Local>>())
        };
        locals(&["a=contacts", "b=calendar"]).unwrap();
        locals(&["sqlite:a=contacts", "sqlite:a=calendar"]).unwrap();
        locals(&["a=contacts", "b=contacts"]).unwrap_err();
        locals(&[".=contacts", "./.=calendar"]).unwrap_err();
    }
}

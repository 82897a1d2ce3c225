//! A client's store: a folder of files.

mod apply;
mod file;
mod hidden;
mod intent;
mod room;
mod scan;
mod seen;
mod stamp;
#[cfg(test)]
mod tests;
mod twins;

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use ds_protocol::{
    Anchors, ChangePage, Confirmed, Content, Cursor, Held, ItemId, Key, Known, Link, MapPair,
    Opened, Operation, Outcome, PeerRecord, Revision, Scope, Search, Secret, Store, StoreFault,
    SyncType, Twin,
};
use rusqlite::Connection;
use syncml_devinf::DsMem;
use syncml_meta::Nonce;

use self::file::Files;
use super::fingerprint;
use super::fitted::{self, Fitted};
use super::item::DatastoreId;
use super::ledger::Ledger;
use super::lock::Lock;
use super::peer;
use super::schema::{self, Kind, in_one_step, set_setting, setting};
use super::trouble::Result;
use crate::error::{Error, ErrorKind};

/// Name of the state file in a folder.
const STATE: &str = ".syncml.db";

/// A folder of `.vcf`, `.ics` and `.vcs` files, one item a file; the item's id is the file's name.
///
/// What was synchronised is remembered in an SQLite file, by default `.syncml.db` in the folder. Hidden files, other
/// extensions, symbolic links and subfolders are left alone. The folder is looked through in
/// [`Store::begin`]; files that change later are left to the next session. One program at a time
/// can have a folder open.
///
/// All files are side by side: a datastore that is a folder cannot be hierarchical.
///
/// The folder is one datastore, whatever a [`Link`] calls it, and it may be synchronised with several servers.
#[derive(Debug)]
pub struct FolderStore {
    connection: Connection,
    files: Files,
    datastore: DatastoreId,
    device: Option<String>,
    skipped: Vec<Skipped>,
    quota: Option<DsMem>,
    /// Given back behind the state file.
    _lock: Lock,
}

/// A file that could not be looked at. What is known of it stays as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl FolderStore {
    /// Opens a folder, with its state in this file or else in `.syncml.db` in the folder, and finishes what a
    /// session began that was cut in the middle of writing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when it is no folder, or when the state is another folder's: every item of
    /// that would count as deleted. [`ErrorKind::InUse`] when another program has the folder or the state
    /// open. [`ErrorKind::Store`] when the state cannot be opened, or is something else.
    pub fn open(
        directory: impl AsRef<Path>,
        state: Option<&Path>,
    ) -> std::result::Result<Self, Error> {
        let directory = directory.as_ref();
        let found = fs::canonicalize(directory).map_err(|error| {
            Error::new(
                ErrorKind::Config,
                format!("{}: {error}", directory.display()),
            )
            .with_hint("name a folder that exists")
            .with_source(error)
        })?;
        if !found.is_dir() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{} is not a folder", directory.display()),
            ));
        }
        // Whatever file its state is in.
        let lock = Lock::take(&found)?;
        let mut connection = match state {
            Some(state) => schema::open(state, Kind::Folder)?,
            None => schema::open(&found.join(STATE), Kind::Folder)?,
        };
        if state.is_some() {
            claim(&mut connection, &found)?;
        }
        let (datastore, device) = in_one_step::<_, Error>(&mut connection, |c| {
            fingerprint::forget_outdated(c)?;
            Ok((DatastoreId::of(c, "", "")?, setting(c, "device")?))
        })?;
        let state = state.map_or_else(|| found.join(STATE), Path::to_path_buf);
        let mut store = Self {
            connection,
            files: Files::new(found).beside(&state),
            datastore,
            device,
            skipped: Vec::new(),
            quota: None,
            _lock: lock,
        };
        store.recover()?;
        Ok(store)
    }

    /// With room for no more than this: what is left is told, and what the peer sends beyond it is refused (420). What is
    /// put into the folder by hand is not. Default: what the file system has room for, told where that is little.
    #[must_use]
    pub fn with_quota(mut self, quota: DsMem) -> Self {
        self.quota = Some(quota);
        self
    }

    /// The folder.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.files.directory()
    }

    /// Identity of the device this folder was synchronised as.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        self.device.as_deref()
    }

    /// Remembers the identity of the device this folder is synchronised as.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn set_device(&mut self, device: &str) -> std::result::Result<(), Error> {
        in_one_step::<_, Error>(&mut self.connection, |c| {
            Ok(set_setting(c, "device", device)?)
        })?;
        self.device = Some(device.to_owned());
        Ok(())
    }

    /// What servers have of items in another way than the files are, ordered by item.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn fitted(&self) -> std::result::Result<Vec<Fitted>, Error> {
        Ok(fitted::fitted(&self.connection, self.datastore)?)
    }

    /// Files that could not be looked at when a session began last.
    #[must_use]
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// One transaction on a link.
    fn on_link<T>(
        &mut self,
        link: &Link,
        work: impl FnOnce(&Ledger<'_>) -> Result<T>,
    ) -> std::result::Result<T, StoreFault> {
        let datastore = self.datastore;
        in_one_step(&mut self.connection, |c| {
            work(&Ledger::new(c, link, datastore)?)
        })
    }
}

/// Ties a state file that does not lie in its folder to that folder.
fn claim(connection: &mut Connection, directory: &Path) -> std::result::Result<(), Error> {
    let found = directory.to_string_lossy();
    let owner: PathBuf = in_one_step::<_, Error>(connection, |c| {
        let owner = setting(c, "directory")?;
        if owner.is_none() {
            set_setting(c, "directory", &found)?;
        }
        Ok(owner.unwrap_or_else(|| found.clone().into_owned()).into())
    })?;
    if owner.as_os_str() == found.as_ref() {
        return Ok(());
    }
    let error = Error::new(
        ErrorKind::Config,
        format!(
            "this state is of the folder {}, not of {}",
            owner.display(),
            directory.display()
        ),
    );
    Err(error.with_hint("give each folder a state file of its own"))
}

impl Store for FolderStore {
    /// None: nobody logs in to a folder.
    fn load_secret(&mut self, _user: &str) -> std::result::Result<Option<Secret>, StoreFault> {
        Ok(None)
    }

    fn load_peer(&mut self, device: &str) -> std::result::Result<PeerRecord, StoreFault> {
        in_one_step(&mut self.connection, |c| peer::load_peer(c, device))
    }

    fn save_peer(
        &mut self,
        device: &str,
        record: PeerRecord,
    ) -> std::result::Result<(), StoreFault> {
        in_one_step(&mut self.connection, |c| {
            peer::save_peer(c, device, &record)
        })
    }

    fn new_nonce(&mut self) -> std::result::Result<Nonce, StoreFault> {
        Ok(peer::new_nonce()?)
    }

    fn open(&mut self, link: &Link) -> std::result::Result<Opened, StoreFault> {
        if self.quota.is_some() {
            // What is there by now counts.
            self.scan()?;
        }
        let room = room::Room::of(self.quota, self.files.directory());
        self.on_link(link, |ledger| {
            let left = room.left(ledger)?;
            Ok(ledger.open()?.with_mem(left))
        })
    }

    fn begin(
        &mut self,
        link: &Link,
        sync_type: SyncType,
        resumed: bool,
    ) -> std::result::Result<(), StoreFault> {
        self.scan()?;
        self.on_link(link, |ledger| ledger.begin(sync_type, resumed))
    }

    fn list_changes(
        &mut self,
        link: &Link,
        scope: &Scope,
        after: Option<&Cursor>,
        limit: u32,
        budget: u64,
    ) -> std::result::Result<ChangePage, StoreFault> {
        let (datastore, files) = (self.datastore, &self.files);
        in_one_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            let view = ledger.view(&[], scope.max_size)?;
            ledger.list_changes(scope, view.as_ref(), after, limit, budget, |candidate| {
                // A file that was changed after the look around is for the next session.
                files.read_known(c, candidate.item, &candidate.name)
            })
        })
    }

    fn read_item(
        &mut self,
        link: &Link,
        local: &ItemId,
        revision: Revision,
        offset: u64,
        len: u32,
    ) -> std::result::Result<Option<Bytes>, StoreFault> {
        let (datastore, files) = (self.datastore, &self.files);
        in_one_step(&mut self.connection, |c| {
            let ledger = Ledger::new(c, link, datastore)?;
            match ledger.at_revision(local, revision)? {
                Some(item) => {
                    let whole = || files.read_known(c, item.id, local.as_str());
                    match ledger.read_shown(&item, offset, len, whole)? {
                        Some(part) => Ok(part),
                        None => files.read_known_part(c, item.id, local.as_str(), offset, len),
                    }
                }
                None => Ok(None),
            }
        })
    }

    fn stage_chunk(
        &mut self,
        link: &Link,
        item: &ItemId,
        total: u64,
        offset: u64,
        data: Bytes,
    ) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| {
            ledger.stage_chunk(item, total, offset, &data)
        })
    }

    fn hold(&mut self, link: &Link, held: &[Held]) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| ledger.hold(held))
    }

    fn resolve(
        &mut self,
        link: &Link,
        keys: &[Key],
    ) -> std::result::Result<Vec<Option<Known>>, StoreFault> {
        self.on_link(link, |ledger| ledger.resolve(keys))
    }

    fn find_twins(
        &mut self,
        link: &Link,
        contents: &[Content],
        search: &Search,
    ) -> std::result::Result<Vec<Twin>, StoreFault> {
        Ok(self.twins(link, contents, search)?)
    }

    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> std::result::Result<Vec<Outcome>, StoreFault> {
        Ok(self.apply_all(link, operations)?)
    }

    fn confirm(
        &mut self,
        link: &Link,
        confirmed: &[Confirmed],
    ) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| ledger.confirm(confirmed))
    }

    fn list_maps(
        &mut self,
        link: &Link,
        after: Option<&ItemId>,
        limit: u32,
    ) -> std::result::Result<Vec<MapPair>, StoreFault> {
        self.on_link(link, |ledger| ledger.list_maps(after, limit))
    }

    fn save_map(&mut self, link: &Link, pairs: &[MapPair]) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| ledger.save_map(pairs))
    }

    fn confirm_maps(
        &mut self,
        link: &Link,
        pairs: &[MapPair],
    ) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| ledger.confirm_maps(pairs))
    }

    fn conclude(&mut self, link: &Link, anchors: &Anchors) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| ledger.conclude(anchors))
    }

    fn commit(&mut self, link: &Link, anchors: &Anchors) -> std::result::Result<(), StoreFault> {
        self.on_link(link, |ledger| ledger.commit(anchors))
    }
}

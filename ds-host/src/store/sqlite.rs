//! A store in one SQLite file.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use ds_protocol::{
    Anchors, ChangePage, Confirmed, ConflictPolicy, Content, Cursor, Filter, Held, ItemId, Key,
    Known, Link, MapPair, Opened, Operation, Outcome, PeerRecord, Place, Resolution, Revision,
    Scope, Search, Secret, Store, StoreFault, SyncType, Twin,
};
use rusqlite::{Connection, params};
use syncml_meta::Nonce;

use super::apply::{add_item, apply_all_or_none, apply_one, bury, write_item};
use super::body;
use super::filtered::Wanted;
use super::fingerprint;
use super::item::DatastoreId;
use super::ledger::{self, Ledger};
use super::lock::Lock;
use super::peer;
use super::place::{self, Spot};
use super::schema::{self, Kind, in_one_step};
use super::trouble::{Result, Trouble};
use crate::error::{Error, ErrorKind};

/// The store of a server: items, devices, pairings and sessions of all users in one SQLite file. Or that of a client
/// ([`open_alone`](Self::open_alone)).
///
/// Cheap to clone; all clones share one connection that writes, and take turns, and one that looks things up. Each method is one transaction. Several
/// processes may have the same file open.
///
/// Users are told at start ([`set_user`](Self::set_user), [`set_secret`](Self::set_secret)) and kept in memory; the file
/// holds nothing of them but their names. Of a password, the digest is kept.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// # let file = folder.path().join("server.db");
/// use ds_host::store::{Put, SqliteStore};
/// use ds_protocol::{Content, ItemId};
///
/// let store = SqliteStore::open(&file)?;
/// let anna = Content::new("text/vcard", "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna\r\nN:;Anna;;;\r\nEND:VCARD\r\n");
/// assert_eq!(store.put("alice", "contacts", &ItemId::new("anna"), &anna)?, Put::Added);
/// assert_eq!(store.put("alice", "contacts", &ItemId::new("anna"), &anna)?, Put::Unchanged);
/// assert_eq!(store.items("alice", "contacts")?.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    pub(super) max_sessions: u32,
}

/// Sessions that are remembered where nothing else is said.
const MAX_SESSIONS: u32 = 10_000;

#[derive(Debug)]
struct Shared {
    connection: Mutex<Connection>,
    /// For looking things up: it waits for nobody who writes, be it here or in another process.
    reader: Mutex<Connection>,
    users: Mutex<BTreeMap<String, Secret>>,
    /// The last to be given back: when a handle of a file is closed, SQLite's own locks of that file are gone.
    _lock: Option<Lock>,
}

/// What [`SqliteStore::put`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_enums,
    reason = "there is nothing else that writing an item can do"
)]
pub enum Put {
    /// There was no item with this id.
    Added,
    /// It had another content.
    Replaced,
    /// It had this very content, octet by octet.
    Unchanged,
}

impl SqliteStore {
    /// Opens a store, and makes it where there is none.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the file cannot be opened, is something else, or was made by a newer version.
    pub fn open(path: impl AsRef<Path>) -> std::result::Result<Self, Error> {
        Self::open_as(path.as_ref(), false)
    }

    /// Opens a store, `alone` if no other program shall open it so.
    pub(super) fn open_as(path: &Path, alone: bool) -> std::result::Result<Self, Error> {
        let mut connection = schema::open(path, Kind::Server)?;
        let lock = alone.then(|| Lock::take(path)).transpose()?;
        in_one_step::<_, Error>(&mut connection, |c| Ok(fingerprint::forget_outdated(c)?))?;
        let shared = Shared {
            connection: Mutex::new(connection),
            reader: Mutex::new(schema::open_reader(path)?),
            users: Mutex::default(),
            _lock: lock,
        };
        Ok(Self {
            shared: Arc::new(shared),
            max_sessions: MAX_SESSIONS,
        })
    }

    /// Lets the file grow no larger than this, in bytes. What does not fit is refused as on a full disk. Default: as large
    /// as the disk allows. Beside the file its journal needs some room.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn set_max_size(&self, octets: u64) -> std::result::Result<(), Error> {
        let limit = |c: &Connection| -> Result<()> {
            let page_size: u32 = c.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = octets / u64::from(page_size.max(1));
            let pages = i64::try_from(pages).unwrap_or(i64::MAX);
            // It answers with the limit that holds: never less than what there is.
            Ok(c.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?)
        };
        Ok(limit(&self.writer())?)
    }

    /// Lets a user log in with this password, of which only the digest is kept ([`Secret::hashed`]).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for an empty name.
    pub fn set_user(&self, name: &str, password: &str) -> std::result::Result<(), Error> {
        self.set_secret(name, Secret::hashed(name, password))
    }

    /// Lets a user log in who can show that it knows this secret.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] for an empty name.
    pub fn set_secret(&self, name: &str, secret: Secret) -> std::result::Result<(), Error> {
        if name.is_empty() {
            return Err(Error::new(ErrorKind::Config, "a user needs a name"));
        }
        let mut users = self
            .shared
            .users
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        users.insert(name.to_owned(), secret);
        Ok(())
    }

    /// Names of the datastores a user has, ordered.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn datastores(&self, user: &str) -> std::result::Result<Vec<String>, Error> {
        self.step(|c| {
            let mut statement =
                c.prepare_cached("SELECT name FROM datastore WHERE user = ?1 ORDER BY name")?;
            let names = statement.query_map([user], |row| row.get(0))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// All items of a user's datastore, ordered by id.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn items(
        &self,
        user: &str,
        datastore: &str,
    ) -> std::result::Result<Vec<(ItemId, Content)>, Error> {
        self.step(|c| {
            let mut statement = c.prepare_cached(
                "SELECT i.name, i.media_type, b.content, above.name FROM item i
                 JOIN datastore d ON d.id = i.datastore JOIN body b ON b.item = i.id
                 LEFT JOIN place s ON s.item = i.id LEFT JOIN item above ON above.id = s.parent
                 WHERE d.user = ?1 AND d.name = ?2 AND i.deleted = 0 ORDER BY i.name",
            )?;
            let items = statement.query_map(params![user, datastore], |row| {
                let (name, media_type, content): (String, String, Vec<u8>) =
                    (row.get(0)?, row.get(1)?, row.get(2)?);
                let place = match row.get::<_, Option<String>>(3)? {
                    Some(parent) => Place::under(ItemId::new(parent)),
                    None => Place::Unsaid,
                };
                let content = Content::new(media_type, content).with_place(place);
                Ok((ItemId::new(name), content))
            })?;
            Ok(items.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Items that a peer had put into the archive before they were deleted, oldest first, under the ids they had.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn archived(
        &self,
        user: &str,
        datastore: &str,
    ) -> std::result::Result<Vec<(ItemId, Content)>, Error> {
        self.step(|c| match DatastoreId::find(c, user, datastore)? {
            Some(datastore) => body::archived(c, datastore),
            None => Ok(Vec::new()),
        })
    }

    /// Content of an item.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn get(
        &self,
        user: &str,
        datastore: &str,
        id: &ItemId,
    ) -> std::result::Result<Option<Content>, Error> {
        self.step(|c| {
            let Some(datastore) = DatastoreId::find(c, user, datastore)? else {
                return Ok(None);
            };
            let Some(item) = datastore.item(c, id.as_str())?.filter(|item| !item.deleted) else {
                return Ok(None);
            };
            let place = place::place_of(c, item.id)?;
            let data = body::read(c, item.id)?;
            Ok(data.map(|data| Content::new(item.media_type, data).with_place(place)))
        })
    }

    /// Adds an item, or replaces what it carries, and where it stands if that is said. The same content once more is no
    /// change. An item cannot stand under one that is not there, or that is below it: that is no change, either.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn put(
        &self,
        user: &str,
        datastore: &str,
        id: &ItemId,
        content: &Content,
    ) -> std::result::Result<Put, Error> {
        self.step(|c| {
            let datastore = DatastoreId::of(c, user, datastore)?;
            let item = datastore.item(c, id.as_str())?.filter(|item| !item.deleted);
            let row = item.as_ref().map(|item| item.id);
            let Some(spot) = datastore.spot(c, row, &content.place)? else {
                return Ok(Put::Unchanged);
            };
            let is_same = match &item {
                Some(item) => {
                    item.media_type == *content.media_type && body::is(c, item.id, &content.data)?
                }
                None => false,
            };
            let written = match is_same {
                true => None,
                false => Some(write_item(c, datastore, None, id, content)?),
            };
            let moved = match (row.or_else(|| written.map(|(row, _)| row)), &content.place) {
                (None, _) | (_, Place::Unsaid) => None,
                (Some(row), _) => {
                    datastore.relocate(c, row, written.map(|(_, revision)| revision), spot)?
                }
            };
            Ok(match (row, written, moved) {
                (None, ..) => Put::Added,
                (_, None, None) => Put::Unchanged,
                _ => Put::Replaced,
            })
        })
    }

    /// Adds an item under an id of the store's choice, which is returned. Where nothing is there to stand under, it stands
    /// at the top.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn add(
        &self,
        user: &str,
        datastore: &str,
        content: &Content,
    ) -> std::result::Result<ItemId, Error> {
        self.step(|c| {
            let datastore = DatastoreId::of(c, user, datastore)?;
            let spot = datastore.spot(c, None, &content.place)?;
            Ok(add_item(c, datastore, content, spot.unwrap_or(Spot::TOP))?.0)
        })
    }

    /// Deletes an item, and everything below it. Whether it was there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Store`] when the database fails.
    pub fn remove(
        &self,
        user: &str,
        datastore: &str,
        id: &ItemId,
    ) -> std::result::Result<bool, Error> {
        self.step(|c| {
            let Some(datastore) = DatastoreId::find(c, user, datastore)? else {
                return Ok(false);
            };
            let item = datastore.item(c, id.as_str())?.filter(|item| !item.deleted);
            let Some(item) = item else {
                return Ok(false);
            };
            for below in place::all_below(c, &item, id.as_str())? {
                bury(c, datastore, &below)?;
            }
            Ok(true)
        })
    }

    /// One transaction.
    pub(super) fn step<T, E: From<Trouble>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, E> {
        in_one_step(&mut self.writer(), work)
    }

    /// The connection that writes. A panic in another turn rolled its transaction back; it is in order itself.
    fn writer(&self) -> MutexGuard<'_, Connection> {
        let connection = self.shared.connection.lock();
        connection.unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks something up. Nobody who writes makes it wait.
    pub(super) fn look<T, E: From<Trouble>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> std::result::Result<T, E> {
        let connection = self.shared.reader.lock();
        work(&connection.unwrap_or_else(PoisonError::into_inner)).map_err(E::from)
    }

    /// One transaction on a link.
    fn on_link<T>(
        &self,
        link: &Link,
        work: impl FnOnce(&Ledger<'_>) -> Result<T>,
    ) -> std::result::Result<T, StoreFault> {
        self.step(|c| {
            work(&Ledger::new(
                c,
                link,
                DatastoreId::of(c, &link.user, &link.local)?,
            )?)
        })
    }
}

impl Store for SqliteStore {
    fn load_secret(&mut self, user: &str) -> std::result::Result<Option<Secret>, StoreFault> {
        let users = self
            .shared
            .users
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(users.get(user).cloned())
    }

    fn load_peer(&mut self, device: &str) -> std::result::Result<PeerRecord, StoreFault> {
        self.look(|c| peer::load_peer(c, device))
    }

    fn save_peer(
        &mut self,
        device: &str,
        record: PeerRecord,
    ) -> std::result::Result<(), StoreFault> {
        self.step(|c| peer::save_peer(c, device, &record))
    }

    fn spend_nonce(
        &mut self,
        device: &str,
        spent: &Nonce,
        next: Nonce,
    ) -> std::result::Result<bool, StoreFault> {
        self.step(|c| peer::spend_nonce(c, device, spent, next))
    }

    fn new_nonce(&mut self) -> std::result::Result<Nonce, StoreFault> {
        Ok(peer::new_nonce()?)
    }

    fn open(&mut self, link: &Link) -> std::result::Result<Opened, StoreFault> {
        self.on_link(link, |ledger| ledger.open())
    }

    fn check_filter(
        &mut self,
        _link: &Link,
        wanted: &Filter,
    ) -> std::result::Result<(), StoreFault> {
        Wanted::of(wanted).map(drop)
    }

    fn begin(
        &mut self,
        link: &Link,
        sync_type: SyncType,
        resumed: bool,
    ) -> std::result::Result<(), StoreFault> {
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
        let wanted = scope.filter.as_deref().map(Wanted::of).transpose()?;
        self.on_link(link, |ledger| {
            let view = ledger.view(wanted.as_ref().map_or(&[], Wanted::fields), scope.max_size)?;
            let view = view.as_ref();
            // What was shown otherwise in an earlier session is shown again.
            if wanted.is_some() || ledger.has_others(view)? {
                let wanted = wanted.unwrap_or_default();
                let place = after.map(ledger::parse_cursor).transpose()?;
                let wanted = (&wanted, view);
                return ledger.list_filtered(wanted, scope.max_size, place, limit, budget);
            }
            ledger.list_changes(scope, view, after, limit, budget, |candidate| {
                body::read(ledger.c, candidate.item)
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
        self.on_link(link, |ledger| {
            match ledger.at_revision(local, revision)? {
                Some(item) => {
                    let whole = || body::read(ledger.c, item.id);
                    match ledger.read_shown(&item, offset, len, whole)? {
                        Some(part) => Ok(part),
                        None => body::read_part(ledger.c, item.id, offset, len),
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
        // Others have their turn in between.
        while self.on_link(link, |ledger| {
            ledger.make_fingerprints(&|item, _| body::read(ledger.c, item))
        })? {}
        self.on_link(link, |ledger| {
            ledger.find_twins(contents, search, false, &|item, _| {
                body::read(ledger.c, item)
            })
        })
    }

    fn apply(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> std::result::Result<Vec<Outcome>, StoreFault> {
        self.on_link(link, |ledger| {
            operations
                .into_iter()
                .map(|operation| apply_one(ledger, operation))
                .collect()
        })
    }

    fn apply_atomic(
        &mut self,
        link: &Link,
        operations: Vec<Operation>,
    ) -> std::result::Result<Vec<Outcome>, StoreFault> {
        self.on_link(link, |ledger| apply_all_or_none(ledger, operations))
    }

    fn reconcile(
        &mut self,
        link: &Link,
        policy: ConflictPolicy,
        local: &ItemId,
        theirs: &Content,
    ) -> std::result::Result<Resolution, StoreFault> {
        self.on_link(link, |ledger| ledger.reconcile(policy, local, theirs))
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
